/* transition: may this transaction be executed now, and as which operation?
 *
 * The checks are those of the wire protocol, in its order, each with the text users see. Added are refusals of what no
 * circuit can carry, so that whatever passes can be proved:
 *   - an account's nonce of 2^32 - 1 (FAIL_NONCE_MISMATCH)
 *   - recipient ff…ff: FAIL_TO_ID_TOO_BIG, FAIL_MINT_RECIPIENT_INCORRECT, FAIL_RECIPIENT_NOT_FOUND
 *   - transfers to new accounts when only the last 2^20 ids are left, which are kept for deposits (FAIL_TO_ID_TOO_BIG)
 *   - transfers and swaps of nothing, of ids 1024 .. 65535 that no token has (FAIL_TOKEN_NOT_SUPPORTED)
 *   - a balance that would be 2^128 or more (FAIL_BALANCE_TOO_BIG), an NFT beyond the last id (FAIL_NFT_ID_TOO_BIG)
 *   - numbers without a packed form, price parts of more than 120 bits; tx_check_limits refuses those before
 *
 * Not here are the protocol's checks that an account which exists has an id up to 2^24 - 2: it always has.
 *
 * Requests from L1 never fail: transition_priority gives each a harmless operation.
 * Purity   reads the state; changes nothing. */
#ifndef ZK_ROLLUP_TRANSITION_H
#define ZK_ROLLUP_TRANSITION_H

#include "rollup/priority_op.h"
#include "rollup/state.h"
#include "rollup/tx.h"

/* What was found out about a transaction before its turn. */
struct tx_facts {
    struct tx_signers signers;
    bool authorized; /* of a change-pubkey: by the owner of the address, as eth_auth.h or the fact on L1 says */
};

typedef enum fail_reason {
    FAIL_NONE,
    FAIL_BAD_TIME,
    FAIL_TOKEN_NOT_SUPPORTED,
    FAIL_FEE_TOKEN_NOT_SUPPORTED,
    FAIL_TO_ZERO_ADDRESS,
    FAIL_FROM_NOT_FOUND,
    FAIL_LOCKED,
    FAIL_TRANSFER_BAD_SIGNATURE,
    FAIL_TRANSFER_BAD_ID,
    FAIL_TO_ID_TOO_BIG,
    FAIL_NONCE_MISMATCH,
    FAIL_NOT_ENOUGH_BALANCE,
    FAIL_WITHDRAW_BAD_SIGNATURE,
    FAIL_WITHDRAW_BAD_ID,
    FAIL_ACCOUNT_NOT_FOUND,
    FAIL_CHANGE_PUBKEY_BAD_AUTH,
    FAIL_CHANGE_PUBKEY_BAD_SIGNATURE,
    FAIL_CHANGE_PUBKEY_BAD_ID,
    FAIL_INITIATOR_NOT_FOUND,
    FAIL_FORCED_EXIT_BAD_SIGNATURE,
    FAIL_TARGET_NOT_FOUND,
    FAIL_TARGET_NOT_LOCKED,
    FAIL_TARGET_INVALID,
    FAIL_INITIATOR_NOT_ENOUGH_BALANCE,
    FAIL_MINT_RECIPIENT_INCORRECT,
    FAIL_CREATOR_NOT_FOUND,
    FAIL_CREATOR_INCORRECT,
    FAIL_MINT_BAD_SIGNATURE,
    FAIL_MINT_RECIPIENT_NOT_FOUND,
    FAIL_NFT_NOT_FOUND,
    FAIL_NOT_ENOUGH_NFT_BALANCE,
    FAIL_ORDER_BAD_ID,
    FAIL_RECIPIENT_NOT_FOUND,
    FAIL_ORDER_BAD_SIGNATURE,
    FAIL_SUBMITTER_NOT_FOUND,
    FAIL_SWAP_BAD_SIGNATURE,
    FAIL_SUBMITTER_INCORRECT,
    FAIL_TOKENS_DO_NOT_MATCH,
    FAIL_SAME_TOKENS,
    FAIL_AMOUNTS_DO_NOT_MATCH,
    FAIL_SELF_SWAP,
    FAIL_BAD_PRICE,
    FAIL_BALANCE_TOO_BIG,
    FAIL_NFT_ID_TOO_BIG,
    FAIL_AMOUNT_NOT_PACKABLE,
    FAIL_FEE_NOT_PACKABLE,
    FAIL_PRICE_TOO_BIG,
    FAIL_BATCH_TOO_BIG,
    FAIL_REASONS
} fail_reason;

/* The fail reason as users see it; "" for FAIL_NONE; static. */
const char *fail_reason_str(fail_reason reason);

/* The reason of every transaction in a batch whose number k (from 1) failed: "Batch execution failed, since tx #k of
 * batch failed with a reason: …". FAIL_BATCH_TOO_BIG stands alone. */
#define BATCH_FAIL_TEXT_MAX 256
void batch_fail_text(char out[BATCH_FAIL_TEXT_MAX], size_t k, fail_reason reason);

/* If FAIL_NONE, op is what the transaction does in a block of this timestamp. A fungible transfer comes as OP_TRANSFER
 * or OP_TRANSFER_NEW; which form it takes and fee_class are the block's to choose. */
ZK_MUST_USE fail_reason transition_tx(struct op *op, const struct state *s, const struct tx *tx,
                                      const struct tx_facts *facts, uint64_t timestamp);

/* The operation of a request from L1. ZK_ERR_INPUT for one that the contract cannot have queued: a token id that is
 * neither, or account id 2^24 - 1. */
ZK_MUST_USE zk_err transition_priority(struct op *op, const struct state *s, const struct priority_op *request);

#endif
