/* restore_block: what the contract must hold of a block, recomputed from what its commit published. Pure. */
#ifndef ZK_CLI_RESTORE_BLOCK_H
#define ZK_CLI_RESTORE_BLOCK_H

#include "ethereum/zkroll_contract.h"
#include "field/fr.h"

struct restored_block {
    struct zkroll_stored stored;
    struct zkroll_inputs inputs;
    fr publics[7]; /* of its proof: old root, new root, header, C, r, y_s, y_d */
};

/* Block i of a commit; old_root is the state's root before it. ZK_ERR_INPUT if a value is not below p, or the streams
 * are not operations. */
ZK_MUST_USE zk_err restored_block_make(struct restored_block *out, const struct zkroll_commit *commit, size_t i);

/* The place of a block in its commit. ZK_ERR_INPUT if the commit does not have it. */
ZK_MUST_USE zk_err restored_block_find(size_t *i, const struct zkroll_commit *commit, uint32_t number);

#endif
