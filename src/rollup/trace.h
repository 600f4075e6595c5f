/* trace: what the circuit's witness needs of a block, slot by slot: every opened leaf with its siblings at that moment,
 * the roots after it, the published words, the running C, and who signed what.
 *
 * Method    The leaves of a tree change one after the other. Level by level from the bottom, each change makes a new
 *           version of the node above it, whose other children are as the changes before it left them. So all versions
 *           of a level are known before any is hashed, and are hashed as one batch.
 * Form      steps[k] of a slot is A or B. Where the slot uses no step, step->kind is STEP_NONE, siblings are zero, and
 *           the roots and counts are those before it. No-op slots at the end are included.
 * Memory    the caller's arena: block_trace_memory(capacity) at most, of which about a quarter is scratch and given
 *           back. Points into the block and its state's transactions: valid until block_begin. */
#ifndef ZK_ROLLUP_TRACE_H
#define ZK_ROLLUP_TRACE_H

#include "rollup/block.h"
#include "rollup/tx_sign.h"

struct step_trace {
    const struct step *step;
    fr balance_root_before, balance_root_after;               /* of an account step */
    fr balance_siblings[BALANCE_TREE_LEVELS][TREE_ARITY - 1]; /* of an account step */
    fr siblings[TREE_LEVELS_MAX][TREE_ARITY - 1];             /* 12 levels of an account, 16 of an NFT */
    fr account_root, nft_root;                                /* after the step */
    uint32_t account_count, nft_count;                        /* after the step */
};

/* Whose signature a slot verifies. */
typedef enum slot_signer { SIGNER_NONE, SIGNER_TX, SIGNER_ORDER_0, SIGNER_ORDER_1 } slot_signer;

struct slot_trace {
    const struct op *op; /* for no-op slots one of kind OP_NOOP */
    unsigned part;       /* which slot of its operation, from 0 */
    const struct tx *tx; /* NULL for requests from L1, fee collections and no-ops */
    slot_signer signer;
    const struct l2_signature *signature; /* NULL for SIGNER_NONE */
    struct slot_words words;
    fr chain; /* C after the slot */
    struct step_trace steps[SLOT_STEPS];
};

struct block_trace {
    const struct block_sealed *block;
    fr account_root, nft_root; /* before the block */
    uint32_t account_count, nft_count;
    unsigned capacity;
    struct slot_trace *slots;
};

/* Arena bytes for a trace of this many slots. */
size_t block_trace_memory(unsigned capacity, const struct pool *pool);

/* Parts of block_seal and of trace_codec.h, which alone call them: before the trees are updated, and when all is
 * known. */
ZK_MUST_USE zk_err block_trace_create(struct block_trace **out, const struct state *s, const struct step *steps,
                                      unsigned used, unsigned capacity, struct pool *pool, struct arena *arena);
void block_trace_finish(struct block_trace *t, const struct block_sealed *sealed, const struct op *ops, size_t n_ops,
                        const struct tx *const *op_txs, const fr *chains);

/* Fills in the roots and counts after each step where the step leaves them alone. */
void block_trace_carry(struct block_trace *t);

/* The bytes that the slot's signature is over; false if it verifies none. */
ZK_MUST_USE bool slot_sign_bytes(uint8_t out[TX_SIGN_BYTES_MAX], size_t *len, const struct slot_trace *slot);

#endif
