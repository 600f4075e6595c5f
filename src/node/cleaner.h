/* cleaner: drops what nobody needs any more, beside the sequencer: traces of blocks that L1 has executed, and rejected
 * transactions that are older than mempool.keep-rejected. As much as has come: it goes on until nothing is left, in
 * small database transactions, so that who writes in between waits for milliseconds. Any number of processes may do
 * it. */
#ifndef ZK_NODE_CLEANER_H
#define ZK_NODE_CLEANER_H

#include "node/node.h"
#include "store/store.h"

/* One round of it. keep_us: how long rejected transactions are kept. Between two of its database transactions it asks
 * `stop`, which may be NULL. */
ZK_MUST_USE zk_err clean_store(struct store *s, int64_t keep_us, bool (*stop)(void *ctx), void *ctx);

/* The part of a node that does it every minute. */
extern const struct node_part cleaner_part;

#endif
