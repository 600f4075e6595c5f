/* rpc: a JSON-RPC 2.0 client over HTTP(S), with several endpoints.
 *
 * Trying again   A request that fails in transport (no connection, time-out, HTTP 408, 429 or 5xx, an answer that is
 *                not the JSON-RPC answer to what was asked) goes to the next endpoint; after all of them, there is a
 *                pause that doubles. `tries` bounds the whole. So a request may reach a node more than once: everything
 *                zkroll sends may (a signed transaction is the same transaction).
 *                A JSON-RPC error is an answer, and is not tried again, except "too many requests" (-32005 and 429).
 * Ownership      rpc_call takes params and gives back a reply that the caller ends with rpc_reply_free.
 * Threads        a struct rpc belongs to one thread at a time; rpc_cancel may come from any thread or signal handler.
 * Secrets        access keys in the paths or user parts of endpoints never appear in messages: only host and port do.
 * Trust          none: sizes, depths and types of answers are checked by whoever reads them (eth_rpc.h).
 * Source         JSON-RPC 2.0 specification. */
#ifndef ZK_ETHEREUM_RPC_H
#define ZK_ETHEREUM_RPC_H

#include "base/common.h"

struct json_object;
struct rpc;

#define RPC_URLS_MAX  8
#define RPC_BATCH_MAX 1000

struct rpc_config {
    const char *urls[RPC_URLS_MAX]; /* http:// or https://; copied */
    size_t n_urls;
    const char *peer;    /* who is at the other end, for messages: "L1" if NULL; static */
    uint32_t timeout_ms; /* of one attempt; 0: 15,000 */
    uint32_t tries;      /* attempts a request, over all endpoints; 0: 6 */
    bool fresh;          /* a connection for each attempt: on a kept one that breaks, libcurl sends a request again by
                            itself, and what is not idempotent must not be sent twice without our knowing */
    uint32_t backoff_ms; /* the first pause; 0: 250. Pauses end at 10 s */
    size_t reply_max;    /* bytes of an answer; 0: 64 MiB */
};

ZK_MUST_USE zk_err rpc_create(struct rpc **out, const struct rpc_config *config);
void rpc_destroy(struct rpc *r);

/* Which endpoint, by its place in the config, answered last. Two answers from one endpoint are of one node's view of
 * the chain (unless the endpoint stands for several nodes). */
size_t rpc_endpoint(const struct rpc *r);

/* Makes running and coming requests end with ZK_ERR_CANCELLED within a second. */
void rpc_cancel(struct rpc *r);

struct rpc_reply {
    struct json_object *result; /* borrowed from the reply; NULL if the node answered null or an error */
    bool failed;                /* the node answered with an error: */
    int64_t code;
    char message[200];
    struct json_object *data; /* borrowed from the reply; NULL if there is none */
    struct json_object *owner;
};

void rpc_reply_free(struct rpc_reply *reply);

/* params: a JSON array, taken whatever happens. ZK_ERR_IO when no endpoint answered, ZK_ERR_CANCELLED. An error that
 * the node answers is in *reply, with ZK_OK. */
ZK_MUST_USE zk_err rpc_call(struct rpc *r, struct rpc_reply *reply, const char *method, struct json_object *params);

struct rpc_request {
    const char *method;
    struct json_object *params; /* taken */
};

/* n <= RPC_BATCH_MAX requests in one HTTP request; replies[i] answers requests[i], in whatever order the node gave
 * them. On failure there is no reply to free. */
ZK_MUST_USE zk_err rpc_batch(struct rpc *r, struct rpc_reply *replies, const struct rpc_request *requests, size_t n);

/* ZK_OK, or the node's error as a ZK_ERR_INPUT whose message names the method. */
ZK_MUST_USE zk_err rpc_reply_check(const struct rpc_reply *reply, const char *method);

#endif
