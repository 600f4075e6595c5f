/* sequencer: executes what was accepted, in order, and makes blocks of it. The only writer of the rollup's state.
 *
 *   step:  requests from L1, in their order  \                                 [flush]            [seal]
 *          transactions, by the mempool's     > struct block, struct state --> mini-block in  --> block, streams, trace
 *          order                             /                                 the store          and proof job in it
 *
 *   Q1  What was executed and is not yet in the store is in `pending`; while something is pending after a failed write,
 *       nothing more is executed. So the store is never more than one mini-block behind, and never ahead.
 *   Q2  One mini-block is one transaction of the database, and so is sealing. Whatever happens between two of them, the
 *       state is that of the store: the open block's entries, executed again in order, give it (recovery.h).
 *   Q3  Fee classes that a block begins with are stored with the block before it, and its timestamp with its first
 *       entry: executing it again depends on nothing else.
 *   Q4  A request from L1 is executed before every transaction that is taken after it was confirmed.
 *   Q5  In exodus mode nothing is executed and nothing sealed: L1 takes no more blocks.
 *   Q6  A key change that was announced on L1 is executed within an hour of its acceptance, when the announcement was
 *       seen, or not at all: its owner can take it back on L1 a day later, and then no block with it can be committed.
 *
 * A block closes when something does not fit, when its time is up (sooner with a fast withdrawal in it), or when the
 * node stops. A block in which nothing was executed is not sealed. Its timestamp is the clock's when its first
 * operation is executed, never below that of the block before.
 *
 * Failure    of a step: ZK_ERR_IO, ZK_ERR_FULL: nothing is lost, step again after a while. ZK_ERR_CANCELLED: another
 *            sequencer has taken over. ZK_ERR_INPUT: store and memory do not agree (a write whose end was not heard
 *            of): create it anew. All else: stop.
 * Threads    one; it uses the pool. */
#ifndef ZK_NODE_SEQUENCER_H
#define ZK_NODE_SEQUENCER_H

#include "node/config.h"
#include "node/events.h"
#include "node/snapshots.h"
#include "rollup/block.h"
#include "store/store.h"

struct sequencer;

#define SEQUENCER_ONCHAIN_AGE_US INT64_C(3600000000)

struct sequencer_config {
    struct block_config block;
    struct state_config state;
    const char *data_dir; /* borrowed; of the snapshots */
    int64_t block_time_us, fast_block_time_us;
    int64_t tick_us;
    int64_t hold_us;         /* mempool.h */
    size_t transactions_max; /* mempool.h */
    uint32_t snapshot_blocks;
    uint32_t backlog_blocks; /* 0: no limit */
    bool traces;
    int64_t (*now)(void *ctx); /* microseconds since 1970; NULL: the system's clock */
    void *now_ctx;
};

/* From the node's settings, with a new secret for the address table. */
ZK_MUST_USE zk_err sequencer_config_from(struct sequencer_config *out, const struct node_config *c);

/* Recovers. Borrows store (fenced by the caller, with its genesis), events (may be NULL) and pool. Returns owned. */
ZK_MUST_USE zk_err sequencer_create(struct sequencer **out, const struct sequencer_config *config, struct store *store,
                                    struct events *events, struct pool *pool);

/* Drops it as it is: nothing is written. NULL is allowed. */
void sequencer_destroy(struct sequencer *q);

/* Looks for work and does at most a tick of it. *worked: there may be more to do at once; else *wait_us says how long
 * nothing will be to do, if no event comes. */
ZK_MUST_USE zk_err sequencer_step(struct sequencer *q, bool *worked, int64_t *wait_us);

/* Seals the open block if it has operations (and the backlog allows it), and saves a snapshot. */
ZK_MUST_USE zk_err sequencer_close(struct sequencer *q);

/* Seals the open block now, if something was executed in it. */
ZK_MUST_USE zk_err sequencer_seal(struct sequencer *q);

/* ---- for tests and benchmarks */

const struct state *sequencer_state(const struct sequencer *q);

/* The open block's number, and the operations and entries in it. */
uint32_t sequencer_block(const struct sequencer *q, size_t *ops, uint32_t *entries);

#endif
