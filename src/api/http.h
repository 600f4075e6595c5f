/* http: an HTTP/1.1 server behind a narrow door: a handler gets a whole request and gives one answer, at once or later.
 *
 *   accept -> read headers and body -> handler(ctx, request, exchange) -> http_reply(exchange, …) -> write
 *              |  limits, deadlines                                        any thread, exactly once
 *
 * libmicrohttpd does the protocol (parsing, keep-alive, chunked bodies, epoll); nothing outside http_server.c knows it.
 * Here are the limits: connections in all and of one address, header and body sizes, requests a second of one address,
 * and deadlines for the whole of reading a request and of writing an answer, so that a client that sends or takes a
 * byte now and then is dropped as well as one that is silent. What all servers of the API share (memory above all) is
 * counted in clients.h.
 *
 * Threads    `threads` workers, each with its own epoll; handlers run in them, so a handler that is slow delays the
 *            other connections of its worker. A handler that must wait keeps the exchange and replies from elsewhere.
 * Ownership  a request is valid until its exchange is replied to. A reply takes the body.
 * TLS        none: public deployments stand behind a proxy that has the certificate (docs/api.md). */
#ifndef ZK_API_HTTP_H
#define ZK_API_HTTP_H

#include "api/clients.h"

struct http_server;
struct http_exchange;
struct ws_server;

typedef enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OPTIONS, HTTP_OTHER } http_method;

struct http_request {
    http_method method;
    const char *path;  /* as sent, up to '?'; begins with '/' */
    const char *query; /* as sent, after '?'; "" if there is none */
    const char *body;  /* NUL after the last byte; the body itself may hold others */
    size_t body_len;
    const char *client; /* the address that limits and logs go by */
    client_id who;      /* the same */
};

#define HTTP_CLIENT_MAX 46 /* an IPv6 address and a NUL */

struct http_limits {
    unsigned connections;        /* open at a time                                            */
    unsigned connections_per_ip; /* of one peer; 0: any                                       */
    unsigned idle_s;             /* a connection that says nothing is closed                  */
    unsigned read_s;             /* to send a request, headers and body                       */
    unsigned write_s;            /* to take an answer                                         */
    size_t body;                 /* bytes of one body; more: 413                              */
    double requests_per_s;       /* of one address, ten seconds' worth at once; 0: any; more: 429 */
};

typedef void (*http_handler)(void *ctx, const struct http_request *request, struct http_exchange *x);

struct http_config {
    const char *host; /* an address, not a name */
    uint16_t port;    /* 0: a free one */
    unsigned threads; /* 1 .. 64 */
    bool cors;        /* let pages of any origin read the answers; OPTIONS is then answered here */
    /* The header a trusted proxy puts the client's address in: the last of a list, for what stands before it the client
     * may have written. What is no address is ignored. NULL: the peer's address counts. */
    const char *client_header;
    struct http_limits limits;
    /* Borrowed. CLIENT_BODIES, CLIENT_ANSWERS: more: 503; with a client_header CLIENT_REQUESTS: more: 429. */
    struct clients *clients;
    http_handler handler;
    void *ctx; /* borrowed until http_server_stop returns */
};

/* Listens. ZK_ERR_IO if the address is taken or none of ours, ZK_ERR_RANGE, ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err http_server_start(struct http_server **out, const struct http_config *config);

/* Closes the door, waits for exchanges that are not yet replied to, then ends the workers. WebSocket connections must
 * have been closed (ws_server_stop), and sources of streams must end when they are woken. NULL is allowed. */
void http_server_stop(struct http_server *s);

uint16_t http_server_port(const struct http_server *s);

struct http_stats {
    uint64_t connections;  /* ever accepted */
    uint64_t open;         /* now */
    uint64_t requests;     /* handled */
    uint64_t refused_body; /* 413 and 503 */
    uint64_t refused_rate; /* 429 */
    uint64_t dropped_read; /* connections closed because a request did not come in time */
    uint64_t dropped_write;
};
void http_server_stats(struct http_stats *out, struct http_server *s);

/* A request header, or NULL. Only before the reply, in the thread of the handler. */
const char *http_header(const struct http_exchange *x, const char *name);

struct http_field {
    const char *name; /* NULL ends the list */
    const char *value;
};
#define HTTP_FIELDS_MAX 8

struct http_response {
    int status;
    const char *type; /* Content-Type; NULL: none */
    char *body;       /* from malloc, taken; NULL: empty */
    size_t len;
    bool packed;                                   /* the body is gzip already (the client takes it: http_takes_gzip) */
    struct http_field fields[HTTP_FIELDS_MAX + 1]; /* borrowed for the call */
};

/* Answers. Exactly once an exchange, from any thread; x and its request are gone then. Bodies worth it are compressed
 * if
 * the client takes gzip. */
void http_reply(struct http_exchange *x, const struct http_response *response);

/* The same with a text that is copied. */
void http_reply_text(struct http_exchange *x, int status, const char *type, const char *text);

bool http_takes_gzip(const struct http_exchange *x);

/* A body that is made piece by piece, in the worker's thread. */
struct http_source {
    /* Writes up to cap bytes and returns how many; 0: nothing yet, http_stream_wake will say when; -1: the end;
     * HTTP_SOURCE_FAILED: there should be more: the connection is closed, so that the client sees it. */
    long (*read)(void *ctx, char *buf, size_t cap);
    /* Once, when nothing is read any more, whatever the reason; any thread of the server. */
    void (*close)(void *ctx);
};
struct http_stream;
#define HTTP_SOURCE_FAILED (-2)

/* Answers with a stream; body and len of the response are not read. If it cannot be made, source->close is called and
 * 503 answered. *stream (may be NULL) is for waking: valid until source->close is called, and set before the first
 * read.
 * A stream that waits holds no deadline; one that has something must be taken within write_s a piece. */
void http_reply_stream(struct http_exchange *x, const struct http_response *response, const struct http_source *source,
                       void *ctx, struct http_stream **stream);
void http_stream_wake(struct http_stream *stream);

/* Answers by turning the connection into a WebSocket of the given kind (ws.h), or with 400 or 426 if the request is not
 * a proper handshake. */
void http_reply_websocket(struct http_exchange *x, struct ws_server *ws, int kind);

/* gzip of len bytes: from malloc, NULL if there is no memory. */
char *http_gzip(size_t *out_len, const void *data, size_t len, int level);

#endif
