/* lease: one process at a time: a thread that takes a lease of the store (store_lease.h), renews it, and says whether
 * it is held.
 *
 * Time       The holder renews at a third of the lease. It believes itself held only until the end of the lease that
 *            its last renewal gave, by its own clock, counted from before the renewal was asked for: so it stops before
 *            another can start. Who sleeps through that is stopped by the fence (store_fence with lease_token).
 * Threads    any. */
#ifndef ZK_NODE_LEASE_H
#define ZK_NODE_LEASE_H

#include "node/events.h"
#include "store/store_lease.h"

struct lease;

/* The names there are. */
#define LEASE_SEQUENCER "sequencer" /* executes and seals */
#define LEASE_SENDER    "sender"    /* sends to L1 */

/* Starts to try; takes the store handle. name is static. Returns owned. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err lease_create(struct lease **out, struct store *s, struct events *e, const char *name,
                                int64_t lease_us);

/* Gives the lease up, if it is held, so that others need not wait for its end. NULL is allowed. */
void lease_destroy(struct lease *l);

/* Ends it without giving the lease up: as if the process had died. For tests. */
void lease_abandon(struct lease *l);

/* Waits until it is held: true; or until the node stops: false. */
bool lease_wait(struct lease *l);

/* Held now? Once lost, lease_wait may find it again, with another token. */
bool lease_held(struct lease *l);

/* Of the lease that was held last. */
uint64_t lease_token(struct lease *l);

#endif
