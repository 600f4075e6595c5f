/* clients: who the clients of the API are, and how much of what they all share each of them holds: so that nobody, with
 * however many connections, takes what is everybody's.
 *
 *   take(who, thing, n) -> within the limit of all, and of one? -> counted until give(who, thing, n)
 *
 * Who       an address: of IPv6 its first 64 bits, for whoever has one has them all. Clients on this machine whose
 *           proxy does not say whom it speaks for (client_local) cannot be told apart: they are bounded together only.
 * Memory    an entry a client that holds something, so at most as many as there are things held.
 * Threads   any. */
#ifndef ZK_API_CLIENTS_H
#define ZK_API_CLIENTS_H

#include "base/common.h"

struct clients;
struct sockaddr;

typedef struct client_id {
    uint8_t b[16];
} client_id;

extern const client_id client_local; /* all zero */

/* An address in digits. False: it is none. */
ZK_MUST_USE bool client_id_parse(client_id *out, const char *text);
/* Of a peer; one of this machine's (127.0.0.0/8, ::1) is client_local. */
void client_id_of_peer(client_id *out, const struct sockaddr *peer);
/* As one number, for those who only count; 0: client_local. */
uint64_t client_id_number(const client_id *id);
bool client_id_eq(const client_id *a, const client_id *b);

typedef enum client_thing {
    CLIENT_REQUESTS,  /* under way, where the peers are proxies */
    CLIENT_BODIES,    /* bytes of requests, over HTTP and WebSocket */
    CLIENT_ANSWERS,   /* bytes of answers not yet taken */
    CLIENT_SOCKETS,   /* WebSocket connections */
    CLIENT_LISTENERS, /* subscriptions */
    CLIENT_STREAMS,   /* of events */
    CLIENT_THINGS,
} client_thing;

struct clients_limits {
    size_t all[CLIENT_THINGS], one[CLIENT_THINGS]; /* 0: any */
};

ZK_MUST_USE zk_err clients_create(struct clients **out, const struct clients_limits *limits);
/* Everything has been given back. NULL is allowed. */
void clients_destroy(struct clients *c);

/* False, and nothing happens: that would be more than one client, or all, may hold; or there is no memory. */
ZK_MUST_USE bool clients_take(struct clients *c, const client_id *who, client_thing thing, size_t n);
void clients_give(struct clients *c, const client_id *who, client_thing thing, size_t n);

/* Held by all; refused ever. */
size_t clients_held(struct clients *c, client_thing thing);
uint64_t clients_refused(struct clients *c, client_thing thing);

#endif
