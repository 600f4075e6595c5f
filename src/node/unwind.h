/* unwind: asking the sequencer to take back sealed blocks that can never be settled: one executed a request from L1
 * that a reorganization removed, or a key change whose authorization on L1 was reset, or became too old for L1.
 *
 *   settlement: unwind_ask, EVENT_UNWIND --> sequencer: in one database transaction, takes the blocks back, marks the
 *   offenders as not authorized, forgets the request; then its state, and executes again what was accepted, in order.
 *
 * A block that L1 refuses for a reason nobody knows (refusals.h) is taken back, too, and its operations go into smaller
 * blocks: of at most block_shrink.operations, up to the block block_shrink.last.
 *
 * The request is durable until then. Blocks that L1 has committed must be reverted there first (store_unwind refuses
 * them, and the request then waits). */
#ifndef ZK_NODE_UNWIND_H
#define ZK_NODE_UNWIND_H

#include "store/store.h"

#define UNWIND_OFFENDERS_MAX 256

struct unwind_request {
    uint32_t first; /* take back this block and all after it */
    size_t n;       /* acceptance ids of key changes that are not authorized any more */
    uint64_t offenders[UNWIND_OFFENDERS_MAX];
};

/* Adds to what is asked for already. first >= 1. Offenders above UNWIND_OFFENDERS_MAX are left out: L1 will refuse
 * their blocks again. */
ZK_MUST_USE zk_err unwind_ask(struct store *s, uint32_t first, const uint64_t *offenders, size_t n);

/* From which number of operations on a block closes; 0: no such limit. */
struct block_shrink {
    uint32_t last, operations;
};

/* Asks for block `first` and all after it to be made again, within this limit. */
ZK_MUST_USE zk_err unwind_ask_smaller(struct store *s, uint32_t first, const struct block_shrink *limit);

/* All 0 if none was set. */
ZK_MUST_USE zk_err block_shrink_load(struct store *s, struct block_shrink *out);

/* As it counts for a block. */
uint32_t block_shrink_of(const struct block_shrink *limit, uint32_t block);

ZK_MUST_USE zk_err unwind_asked(struct store *s, struct unwind_request *out, bool *found);

/* For the sequencer, as a part of its transaction. */
ZK_MUST_USE zk_err unwind_forget(struct store *s);

#endif
