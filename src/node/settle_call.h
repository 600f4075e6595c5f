/* settle_call: calls of the main contract made from blocks in the database: which blocks fit, and their bytes. Nothing
 * is sent here.
 *
 * Limits    a call stays below the gas of a transaction (EIP-7825) and the bytes that nodes pass on (128 KiB); the
 *           block gas of rollup/block.h leaves room for one block always.
 * Failure   ZK_ERR_CORRUPT: a block that must be there is not, or has not what it must have. */
#ifndef ZK_NODE_SETTLE_CALL_H
#define ZK_NODE_SETTLE_CALL_H

#include "ethereum/zkroll_contract.h"
#include "field/fr.h"
#include "store/store_blocks.h"

#define SETTLE_BYTES_MAX ((size_t)120000) /* of calldata */
#define SETTLE_GAS_MAX   UINT64_C(13000000)
#define SETTLE_BLOCKS    100 /* the most in a call: config settle.blocks-max */

/* Bits of actions, as store_blocks_assign takes them. */
#define SETTLE_COMMIT  (1U << STORE_COMMIT)
#define SETTLE_PROVE   (1U << STORE_PROVE)
#define SETTLE_EXECUTE (1U << STORE_EXECUTE)
#define SETTLE_ALL     (SETTLE_COMMIT | SETTLE_PROVE | SETTLE_EXECUTE)

/* "settle", "commit", "prove", "execute"; static. */
const char *settle_actions_str(unsigned actions);

/* How many blocks, first and those after it up to last, fit one call with these actions: at least 1. */
ZK_MUST_USE zk_err settle_fit(uint32_t *n, struct store *s, unsigned actions, uint32_t first, uint32_t last,
                              uint64_t blocks_max);

/* The call for blocks first .. last: all actions, or one of them. genesis_root: of what is committed before block 1.
 * Returns owned (free()). */
ZK_MUST_USE zk_err settle_call(uint8_t **data, size_t *len, struct store *s, unsigned actions, uint32_t first,
                               uint32_t last, const hash32 *genesis_root);

/* revertBlocks of blocks first .. last. */
ZK_MUST_USE zk_err settle_revert_call(uint8_t **data, size_t *len, struct store *s, uint32_t first, uint32_t last);

/* What L1 keeps of a block once it is committed: storedBlockHashes(number). */
ZK_MUST_USE zk_err settle_stored_hash(uint8_t out[32], struct store *s, uint32_t number);

/* ---- key changes of a block */

struct settle_change {
    uint64_t tx_id; /* acceptance id */
    struct tx_change_pubkey tx;
};

/* Executed key changes of a block in order; returned owned (free()). */
ZK_MUST_USE zk_err settle_changes(struct settle_change **out, size_t *n, struct store *s, uint32_t number);

#endif
