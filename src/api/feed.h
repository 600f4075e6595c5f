/* feed: the live events of zkroll's own API, as server-sent events, and the rates that an overview shows.
 *
 *   thread: the store changed? -> new heads -> `block` for each block that got somewhere, `overview` once a second
 *        -> ring of the last FEED_RING texts -> each stream reads on from where it is
 *
 * Slow      a stream that falls behind by more than the ring goes on at its newest text; nobody waits for it.
 * Silence   every FEED_PULSE_S a comment, so that those who are gone are noticed.
 * Rates     from executed operations seen a second apart, for an hour: of this process's time, not before.
 * Threads   feed_rates: any. */
#ifndef ZK_API_FEED_H
#define ZK_API_FEED_H

#include "api/http.h"

#define FEED_RING    256
#define FEED_PULSE_S 15

struct api;
struct feed;

ZK_MUST_USE zk_err feed_start(struct feed **out, struct api *api);

/* Ends all streams and the thread. */
void feed_stop(struct feed *f);
void feed_free(struct feed *f);

/* Answers with the stream of events; 503 if there are too many (CLIENT_STREAMS). In the handler's thread. */
void feed_open(struct feed *f, const struct http_request *r, struct http_exchange *x);

struct feed_rates {
    double ops_minute, ops_hour; /* operations a second */
};
void feed_rates(struct feed_rates *out, const struct feed *f);

#endif
