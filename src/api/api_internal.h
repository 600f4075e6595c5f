/* api_internal: the one struct that the parts of this layer share. */
#ifndef ZK_API_API_INTERNAL_H
#define ZK_API_API_INTERNAL_H

#include "api/api.h"
#include "api/http.h"
#include "api/ws.h"

#include <pthread.h>

struct subscriptions;
struct feed;
struct files;
struct jobs;
struct proofs;

/* Kinds of WebSocket connections. */
enum { WS_RPC = 1 };

struct api {
    struct api_config config; /* texts are owned */
    pthread_key_t worker_key;
    struct clients *clients;
    struct http_server *rpc, *ws_door, *rest, *web3; /* web3: NULL without a port of its own */
    struct ws_server *ws;
    struct ws_calls {
        pthread_mutex_t lock;
        pthread_cond_t none;
        size_t open; /* messages not yet answered: each holds ws */
    } ws_calls;
    struct subscriptions *subs;
    struct feed *feed;
    struct files *files;
    struct jobs *jobs;
    struct proofs *proofs; /* the jobs' thread's */
    const char *network;   /* as the SDK names it */
    int64_t started_us;
};

/* Sets the gauges of the servers, for /metrics. */
void api_gauges(struct api *api);

#endif
