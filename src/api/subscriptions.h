/* subscriptions: who wants to be told, once, when a transaction, a request from L1 or an account gets somewhere.
 *
 *   subscriptions_add -> listener -> subscriptions_look, whenever the store changed -> notification -> gone
 *
 * Order    a listener is first looked at by subscriptions_look, which runs after the answer with its id was queued.
 * Account  COMMIT: told of the next change of the committed state after it subscribed; VERIFY: of the verified one. The
 *          protocol says "when the condition holds"; for an account that is when it moves.
 * Bounds   listeners in all and of one client (CLIENT_LISTENERS), of one connection, and of one thing. A look takes a
 *          few milliseconds at most and goes on where it ended; of a thing that is executed it looks again only when
 *          its block is. Hashes and serial ids that nobody knows are forgotten after a while.
 * Threads  all in the WebSocket loop. */
#ifndef ZK_API_SUBSCRIPTIONS_H
#define ZK_API_SUBSCRIPTIONS_H

#include "api/worker.h"
#include "api/ws.h"

struct subscriptions;

typedef enum subscription_kind { SUBSCRIBE_TX, SUBSCRIBE_ETHOP, SUBSCRIBE_ACCOUNT } subscription_kind;

struct subscription_what {
    subscription_kind kind;
    bool verify; /* else COMMIT */
    hash32 hash;
    uint64_t serial_id;
    eth_address address;
};

#define SUBSCRIPTION_ID_MAX 128

struct subscriptions_limits {
    unsigned of_one;        /* listeners of one transaction, request or account */
    unsigned of_connection; /* of one connection */
    unsigned forget_s;      /* transactions nobody knows; requests from L1, which take their time, six times that */
    unsigned look_us;       /* a look */
};

/* ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err subscriptions_create(struct subscriptions **out, struct api *api,
                                        const struct subscriptions_limits *limits);
void subscriptions_destroy(struct subscriptions *s);

/* Writes the id. False: e is set. */
ZK_MUST_USE bool subscriptions_add(struct subscriptions *s, char id[SUBSCRIPTION_ID_MAX],
                                   const struct subscription_what *what, ws_id conn, struct api_worker *w,
                                   struct api_error *e);

/* If the connection has a listener of that id. */
void subscriptions_remove(struct subscriptions *s, const char *id, ws_id conn);

/* All of a connection. */
void subscriptions_drop(struct subscriptions *s, ws_id conn);

/* Tells those whose time has come. Looks only if something changed, or somebody is new. */
void subscriptions_look(struct subscriptions *s);

size_t subscriptions_count(const struct subscriptions *s);

#endif
