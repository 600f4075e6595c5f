/* mempool: accepted transactions that wait for their turn, in the sequencer's memory. What is in it is durable in the
 * store; it is filled again from there at every start.
 *
 *              add             take                  done
 *   store -----------> TIME ----------> READY -----> TAKEN ----> gone
 *                        \               ^  ^___________/ put_back
 *                         \-> HELD ------/ the nonces before it were used, or it has waited long enough
 *
 * A unit is a transaction, or a batch, which is executed whole. It waits for
 *   time     until the timestamp reaches the latest validFrom of its transactions; but one whose nonce has been used
 *            meanwhile is offered within SWEEP_US, and fails
 *   nonces   while one of its accounts' nonces is below the first that the unit uses of it; but no longer than `hold`,
 *            after which it is offered all the same, and fails with the protocol's reason
 * Units that wait for nothing are taken by rank (the order of acceptance). So those of an account come in the order of
 * their nonces. One past its validUntil is offered like others, and fails.
 *
 * Bounds     `transactions_max`, then mempool_has_room is false and the rest stays in the store, but never while
 *            nothing is ready: what only waits must not keep out what could be executed. Then the number of accepted
 *            transactions, which admission limits, is the bound. A unit takes about 800 bytes a transaction.
 * Threads    one at a time. */
#ifndef ZK_NODE_MEMPOOL_H
#define ZK_NODE_MEMPOOL_H

#include "store/store_txs.h"

struct mempool;

struct mempool_config {
    size_t transactions_max;
    int64_t hold_us;
    uint32_t (*nonce_of)(void *ctx, uint32_t account); /* the account's nonce now; 0 if it does not exist */
    void *ctx;
};

/* Returns owned. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err mempool_create(struct mempool **out, const struct mempool_config *config);
void mempool_destroy(struct mempool *m);

#define SWEEP_US INT64_C(10000000)

/* May n more transactions be added? */
bool mempool_has_room(const struct mempool *m, size_t n);

/* Adds a unit: a transaction (n = 1), or all of a batch. Copies it. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err mempool_add(struct mempool *m, const struct store_queued_tx *txs, size_t n, uint64_t rank,
                               int64_t now);

struct mempool_unit {
    size_t n;
    const struct store_queued_tx *txs;
    bool fast; /* one of them wants the block to close soon */
};

/* The next unit for a block of this timestamp (seconds), at time now, if its rank is below that; NULL: none can be
 * executed yet. It stays the mempool's, and is valid until it is given to one of the two functions that follow, which
 * must happen before the next take. */
const struct mempool_unit *mempool_take(struct mempool *m, uint64_t timestamp, int64_t now, uint64_t below);

/* Executed or rejected: forget it. Looks at the nonces of its accounts again, and lets go who waited for them. */
void mempool_done(struct mempool *m);

/* The block was full: the next take gives it again. */
void mempool_put_back(struct mempool *m);

/* The account's nonce has moved by something else: a request from L1, an order of a swap. */
void mempool_nonce_moved(struct mempool *m, uint32_t account);

/* When mempool_take may give something that it would not give now, if nothing is added: a time in microseconds, by the
 * clock that timestamps (in seconds) come from; INT64_MAX: never. */
int64_t mempool_next_at(const struct mempool *m);

/* Transactions in it, and those that wait for time and for nonces. */
struct mempool_counts {
    size_t transactions, units, waiting_time, waiting_nonce;
};
void mempool_counts(struct mempool_counts *out, const struct mempool *m);

/* The fee classes of the transfers that come next (up to `depth` units): those that at least `least` of them share, the
 * most common first. Returns how many, at most max. */
size_t mempool_fee_classes(const struct mempool *m, struct fee_class *out, size_t max, size_t depth, size_t least);

#endif
