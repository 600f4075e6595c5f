/* tx_verify: the whole check of transactions before they meet the state: limits (tx_check.h), the authorization of new
 * keys (eth_auth.h), and every L2 signature (signature.h), many transactions at a time.
 *
 * What passes was signed by the keys whose hashes are in `signers`; that these are the keys of the accounts named is
 * for the state transition to say. Of a change-pubkey it is said here: the key that signed is the new one.
 * Timing    variable: nothing here is secret.
 * Threads   the pool's; the verdicts do not depend on their number.
 * Purity    no allocation but in scratch, no state. */
#ifndef ZK_ROLLUP_TX_VERIFY_H
#define ZK_ROLLUP_TX_VERIFY_H

#include "rollup/signature.h"
#include "rollup/tx_check.h"
#include "rollup/tx_sign.h"

struct tx_verify_item {
    const struct tx *tx; /* borrowed */
    /* Of the keys that signed tx and its orders, where the caller remembers them; else NULL. Borrowed. */
    const struct sig_key_info *keys[TX_SIGNATURES_MAX];
    tx_verdict verdict;        /* out */
    struct tx_signers signers; /* out: all zero unless verdict is TX_VALID */
};

/* Fills in each item's verdict and signers: the item's own, whatever its neighbours are. chain_id is L1's.
 * Scratch: tx_verify_scratch_len bytes, released on return; ZK_ERR_FULL if there are less. */
ZK_MUST_USE zk_err tx_verify_many(struct tx_verify_item *items, size_t n, uint64_t chain_id, struct pool *pool,
                                  struct arena *scratch);
size_t tx_verify_scratch_len(size_t n, const struct pool *pool);

/* The same for one, in this thread. */
ZK_MUST_USE tx_verdict tx_verify(struct tx_signers *signers, const struct tx *tx, uint64_t chain_id);

#endif
