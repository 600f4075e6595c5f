/* load_http: many HTTP requests, made before or while it runs, over many keep-alive connections at a rate or flat out,
 * from one thread, with what came of each.
 *
 *   lane    requests of one lane go one after the other, in order, over one connection: those of one account
 *   busy    a refusal that says "try later": the request is sent again after a pause, its lane waits
 *   broken  a lane whose request was refused otherwise, or got no answer: the rest of it is not sent
 *
 * Time      no longer than max_seconds for sending, and timeout_ms more for the last answers.
 * Trust     an answer is looked at only as far as the report needs; its length is bounded.
 * Failure   ZK_ERR_IO: the first connection cannot be made. ZK_ERR_MEMORY. What goes wrong later is counted. */
#ifndef ZK_CLI_LOAD_HTTP_H
#define ZK_CLI_LOAD_HTTP_H

#include "base/common.h"

#include <stdatomic.h>

typedef enum load_state {
    LOAD_UNSENT = 0,
    LOAD_ACCEPTED, /* JSON-RPC result */
    LOAD_REFUSED,  /* JSON-RPC error */
    LOAD_LOST,     /* no answer, or none that makes sense: what became of it is not known */
} load_state;

struct load_shot {
    char *bytes; /* a whole HTTP request; owned, freed with the answer, then NULL */
    size_t len;
    uint32_t lane;
    load_state state;    /* out */
    uint32_t reason;     /* out, of a refusal: index into load_report.reasons */
    uint32_t latency_us; /* out: from the first sending to the answer */
};

#define LOAD_REASONS_MAX 32
#define LOAD_REASON_TEXT 96

struct load_report {
    double seconds; /* from the first request to the last answer */
    size_t accepted, refused, lost, unsent, retries, connections_lost;
    size_t n_reasons;
    struct load_reason {
        int64_t code;
        char text[LOAD_REASON_TEXT];
        size_t n;
    } reasons[LOAD_REASONS_MAX]; /* the last one collects what has no room */
};

/* Where another thread makes the requests while they are sent. */
struct load_feed {
    atomic_size_t made; /* shots below this may be sent */
    atomic_bool ended;  /* no more will be made: those that are not stay unsent */
};

struct load_config {
    const char *host; /* a name or an address */
    uint16_t port;
    unsigned connections; /* 1 .. 10,000 */
    double rate;          /* requests a second; 0: flat out */
    double max_seconds;
    uint32_t timeout_ms;                          /* of an answer */
    const struct load_feed *feed;                 /* NULL: all shots are made; their lanes are known in any case */
    void (*progress)(void *ctx, size_t answered); /* every ten seconds; NULL: none */
    void *progress_ctx;
};

ZK_MUST_USE zk_err load_http(struct load_report *report, struct load_shot *shots, size_t n,
                             const struct load_config *config);

/* A POST of a JSON body, as load_shot wants it. Returns owned; NULL: no memory. */
char *load_http_post(size_t *len, const char *host, const char *path, const char *json);

/* The q-quantile of the latencies of accepted shots, in microseconds; 0 if there are none. */
uint32_t load_latency(const struct load_shot *shots, size_t n, double q);

#endif
