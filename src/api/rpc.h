/* rpc: JSON-RPC 2.0: a text with one request or a batch of them in, a text with the answers out. The same for HTTP and
 * WebSocket; subscriptions are WebSocket's alone (subscriptions.h).
 *
 *   rpc_handle -> parse -> for each request: method table (rpc_methods.c) -> result or error, now or later -> reply
 *
 * Bounds    a batch may have RPC_REQUESTS_MAX requests, api_config.batch_ms of work and answer_max bytes of answers
 *           (over WebSocket, where one thread serves all, an eighth of that time); the requests behind that get
 *           RPC_LIMIT. Answers that wait are the client's (CLIENT_ANSWERS).
 * Order     answers of a batch stand in the order of its requests, whenever they come.
 * Threads   reply comes once, in the caller's thread before rpc_handle returns, or in another one later. */
#ifndef ZK_API_RPC_H
#define ZK_API_RPC_H

#include "api/worker.h"
#include "api/ws.h"

#define RPC_REQUESTS_MAX 1000 /* requests in one text */

enum rpc_code {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL = -32603,
    RPC_LIMIT = -32005,            /* EIP-1474: limit exceeded */
    RPC_NO_SUBSCRIPTIONS = -32090, /* not on this transport */
    RPC_SUBSCRIPTION_REJECTED = -32091,
};

struct rpc_origin {
    bool is_ws;
    bool is_web3; /* the methods of web3.h, and no others */
    ws_id ws;     /* is_ws */
    client_id who;
};

/* text: from malloc, taken; NULL: there is nothing to say (notifications). */
typedef void (*rpc_reply)(void *ctx, char *text, size_t len);

void rpc_handle(struct api *api, const char *text, size_t len, const struct rpc_origin *origin, rpc_reply reply,
                void *ctx);

/* ---- for methods */

struct rpc_slot;

/* Returns the result (NULL: null), or sets e, or sets *later and calls rpc_done then. w is NULL for methods that need
 * none. */
typedef struct json_object *(*rpc_run)(struct rpc_slot *slot, struct api_worker *w, struct json_object *params,
                                       struct api_error *e, bool *later);

struct rpc_method {
    const char *name;
    rpc_run run;
};

/* NULL: there is none of that name. */
const struct rpc_method *rpc_method_find(const char *name);

const struct rpc_origin *rpc_slot_origin(const struct rpc_slot *slot);

/* The end of a method that answers later: takes result; e->set: an error instead. */
void rpc_done(struct rpc_slot *slot, struct json_object *result, const struct api_error *e);

/* The i-th parameter, NULL if it is not there or null. */
struct json_object *rpc_param(struct json_object *params, size_t i);

#endif
