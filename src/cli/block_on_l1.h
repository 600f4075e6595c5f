/* block_on_l1: everything that L1 has of one block: what was published, what the contract holds, the proof. */
#ifndef ZK_CLI_BLOCK_ON_L1_H
#define ZK_CLI_BLOCK_ON_L1_H

#include "cli/l1.h"
#include "cli/restore_block.h"

struct block_on_l1 {
    struct restored_block block; /* recomputed; its hash is the contract's */
    uint8_t hash[32];
    uint8_t commit_tx[32], prove_tx[32], execute_tx[32]; /* the last of each */
    bool proven, executed;
    struct eth_bytes commit_input, prove_input; /* owned */
    struct zkroll_commit commit;                /* points into commit_input */
    size_t place;                               /* of the block in it */
    struct zkroll_bytes proof; /* points into an input; NULL if it was not proven, or by a contract of somebody's */
};

/* Reads L1's events about the block, from first_block on, and the transactions that they name. ZK_ERR_INPUT if L1 has
 * not committed it; ZK_ERR_CORRUPT if what was published is not what the contract holds a hash of. */
ZK_MUST_USE zk_err block_on_l1_read(struct block_on_l1 *out, struct l1 *l, uint32_t number, uint64_t first_block);

/* Harmless on a zeroed struct. */
void block_on_l1_free(struct block_on_l1 *b);

#endif
