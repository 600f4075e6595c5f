/* ws: WebSocket connections: text messages in, text messages out, all in one thread.
 *
 * Connections come from the HTTP servers (http_reply_websocket). Frames are wslay's business. What is here is the loop,
 * the limits and the patience: a peer that does not take its messages is first no longer read, then dropped.
 *
 *   each message gets exactly one ws_answer, from any thread, with text or with none; while a connection has
 *   `answers` of them open, or too many bytes that it does not take, nothing more is read from it (but what came in the
 *   same 256 bytes). Connections take turns: a few messages or 64 KiB each.
 *
 * Threads  handlers run in the loop's thread, one at a time. ws_answer, ws_send and ws_wake may be called by any.
 * Names    a connection is an id that is never used again, so what comes late for one that is gone goes nowhere. */
#ifndef ZK_API_WS_H
#define ZK_API_WS_H

#include "api/clients.h"

struct ws_server;
typedef uint64_t ws_id;

struct ws_limits {
    unsigned connections;
    size_t message;        /* bytes of one incoming message; more closes with 1009 */
    unsigned answers;      /* messages of one connection not yet answered */
    size_t queued;         /* bytes a connection may leave untaken; more drops it */
    unsigned idle_s;       /* a ping after half of this silence; dropped after all of it */
    unsigned read_s;       /* to send a message, all its fragments; more drops it */
    unsigned stuck_s;      /* bytes wait and none is taken: dropped */
    double messages_per_s; /* of one connection, ten seconds' worth at once; 0: any; faster: read later */
};

struct ws_handlers {
    /* False refuses the connection. */
    bool (*open)(void *ctx, ws_id id, int kind);
    /* NUL follows the last byte. */
    void (*message)(void *ctx, ws_id id, int kind, const char *text, size_t len);
    void (*closed)(void *ctx, ws_id id, int kind);
    /* At least every tick_ms, and soon after ws_wake. */
    void (*tick)(void *ctx);
    /* The first and last thing the loop's thread does. May be NULL. */
    void (*begin)(void *ctx);
    void (*end)(void *ctx);
};

struct ws_config {
    struct ws_limits limits;
    struct clients
        *clients; /* borrowed: CLIENT_SOCKETS; CLIENT_BODIES (more closes with 1013); CLIENT_ANSWERS (more drops) */
    struct ws_handlers handlers;
    void *ctx;
    unsigned tick_ms;
};

ZK_MUST_USE zk_err ws_server_start(struct ws_server **out, const struct ws_config *config);

/* Says goodbye (1001) to all and ends the thread. Messages not yet answered are forgotten; ws_answer, ws_send and
 * ws_wake must not be called any more once ws_server_free has been. NULL is allowed. */
void ws_server_stop(struct ws_server *s);
void ws_server_free(struct ws_server *s);

/* Takes over a connected socket of a client; `release(handle)` gives it back for closing. `early`: what came behind the
 * handshake, copied. False if there is no room, or the client has enough of them: the caller closes. Any thread. */
ZK_MUST_USE bool ws_adopt(struct ws_server *s, const client_id *who, int fd, int kind, const void *early,
                          size_t early_len, void (*release)(void *handle), void *handle);

/* Whose connection it is; false if it is gone. In the loop's thread. */
ZK_MUST_USE bool ws_client(client_id *out, const struct ws_server *s, ws_id id);

/* The one answer to a message; text is copied; NULL: none is due. */
void ws_answer(struct ws_server *s, ws_id id, const char *text, size_t len);

/* A message of our own. */
void ws_send(struct ws_server *s, ws_id id, const char *text, size_t len);

/* Closes after what is queued is sent. */
void ws_close(struct ws_server *s, ws_id id);

void ws_wake(struct ws_server *s);

struct ws_stats {
    uint64_t open;
    uint64_t messages_in;
    uint64_t messages_out;
    uint64_t dropped_slow; /* to take answers, or to send a message */
    uint64_t dropped_idle;
    uint64_t refused;
};
void ws_server_stats(struct ws_stats *out, struct ws_server *s);

/* Sec-WebSocket-Accept for a Sec-WebSocket-Key. False if the key is not the base64 of 16 bytes. */
ZK_MUST_USE bool ws_accept_key(char out[29], const char *key);

#endif
