/* l1_block: a sealed block in the words of the main contract: what it keeps of it, what its proof is about, and what is
 * committed. Pure.
 *
 * Ownership  block's streams are the sealed block's; its witnesses are the caller's to set. */
#ifndef ZK_NODE_L1_BLOCK_H
#define ZK_NODE_L1_BLOCK_H

#include "ethereum/zkroll_contract.h"
#include "rollup/block.h"

struct l1_block {
    struct zkroll_stored stored;
    struct zkroll_inputs inputs;
    struct zkroll_new_block block; /* witnesses: none */
};

/* priority_operations: how many requests of the queue are in it (block_totals). The key is that of its capacity. */
void l1_block_make(struct l1_block *out, const struct block_sealed *b, uint64_t priority_operations);

#endif
