/* store_stats: numbers for explorers and dashboards. Reading only; nothing in the node depends on them. */
#ifndef ZK_STORE_STORE_STATS_H
#define ZK_STORE_STORE_STATS_H

#include "store/store_blocks.h"

/* What blocks first .. last executed, by kind; rejected transactions apart (kinds[OP_NOOP] is 0). */
struct store_tally {
    uint64_t kinds[OP_KINDS];
    uint64_t rejected;
};
ZK_MUST_USE zk_err store_tally(struct store *s, struct store_tally *out, uint32_t first, uint32_t last);

/* The indexes of a block's entries that were executed, in order, with index >= from: the k-th operation in the streams
 * is the k-th of these. Up to cap. */
ZK_MUST_USE zk_err store_executed_indexes(struct store *s, uint32_t *out, size_t *n, size_t cap, uint32_t block,
                                          uint32_t from);

/* How many NFTs were ever minted, committed. */
ZK_MUST_USE zk_err store_nft_count(struct store *s, uint64_t *n);

#endif
