/* unwind: asking the sequencer to take back sealed blocks that can never be settled: one executed a request from L1
 * that a reorganization removed, or a key change whose authorization on L1 was reset, or became too old for L1.
 *
 *   settlement: unwind_ask, EVENT_UNWIND --> sequencer: in one database transaction, takes the blocks back, marks the
 *   offenders as not authorized, forgets the request; then its state, and executes again what was accepted, in order.
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

/* Adds to what is asked for already. first >= 1. ZK_ERR_FULL above UNWIND_OFFENDERS_MAX offenders: ask again later. */
ZK_MUST_USE zk_err unwind_ask(struct store *s, uint32_t first, const uint64_t *offenders, size_t n);

ZK_MUST_USE zk_err unwind_asked(struct store *s, struct unwind_request *out, bool *found);

/* For the sequencer, as a part of its transaction. */
ZK_MUST_USE zk_err unwind_forget(struct store *s);

#endif
