/* rest: routes, and the three ways in which answers are wrapped.
 *
 *   REST_V02    {request, status, error, result}, always HTTP 200, unless the request could not be read at all
 *   REST_V01    bare JSON with ordinary statuses, errors as {"code", "message"}
 *   REST_OWN    bare JSON with ordinary statuses, errors as {"error"}: zkroll's own
 *   REST_RAW    the handler answers by itself
 *
 * A route's pattern has segments in braces; their decoded text is in args[], in order. A handler returns the result
 * (NULL: null), or sets c->e, or takes the exchange (c->taken) to answer it itself, perhaps later.
 * Threads   a handler runs in a worker of the HTTP server. */
#ifndef ZK_API_REST_H
#define ZK_API_REST_H

#include "api/api_internal.h"
#include "api/model.h"

#define REST_ARGS_MAX 3
#define REST_ARG_MAX  160

typedef enum rest_form { REST_V02, REST_V01, REST_OWN, REST_RAW } rest_form;

struct rest_route;

struct rest_call {
    struct api *api;
    struct api_worker *w;
    struct http_exchange *x;
    const struct http_request *r;
    const struct rest_route *route;
    char args[REST_ARGS_MAX][REST_ARG_MAX];
    struct query query;
    struct json_object *body; /* of a POST with JSON; owned by the call */
    struct api_error e;
    bool taken;
};

typedef struct json_object *(*rest_run)(struct rest_call *c);

struct rest_route {
    http_method method;
    rest_form form;
    const char *pattern;
    rest_run run;
};

/* Lists of routes, each ended by one without a pattern. */
extern const struct rest_route routes_v02[], routes_v01[], routes_own[], routes_node[], routes_prover[];

/* The handler of the REST port. ctx is the struct api. */
void rest_handle(void *ctx, const struct http_request *r, struct http_exchange *x);

/* Matches a path against a pattern; fills args. Pure. */
ZK_MUST_USE bool rest_match(char args[REST_ARGS_MAX][REST_ARG_MAX], const char *pattern, const char *path);

/* ---- answering later: what a call leaves behind for the thread that will have the answer */

struct rest_later;
/* Marks the call as taken. NULL: no memory, c->e is set. */
struct rest_later *rest_later(struct rest_call *c);
/* Takes both. */
void rest_later_done(struct rest_later *later, struct json_object *result, const struct api_error *e);
/* It is answered now after all: gives the call back. */
void rest_later_cancel(struct rest_later *later, struct rest_call *c);

/* ---- what handlers share */

struct page {
    const char *from; /* text */
    bool latest;
    unsigned limit;
    store_order order;
};
/* False: c->e is set. */
ZK_MUST_USE bool rest_page(struct page *out, struct rest_call *c);

/* {list, pagination: {from, limit, direction, count}}; takes list and from. */
struct json_object *rest_paginated(const struct page *page, struct json_object *list, struct json_object *from,
                                   uint64_t count);

/* {a} of v0.2: an id or an address. *known = false: an address that has no account. False: c->e is set. */
ZK_MUST_USE bool rest_account(struct rest_call *c, eth_address *address, const char *text);

/* {hash}; anything else is no such route. */
ZK_MUST_USE bool rest_hash(struct rest_call *c, hash32 *hash, const char *text);

/* Digits up to max; anything else is no such route. */
ZK_MUST_USE bool rest_number(struct rest_call *c, uint64_t *out, const char *text, uint64_t max);

/* NULL: c->e is set. */
const struct store_token *rest_token(struct rest_call *c, const struct token_like *like);

#endif
