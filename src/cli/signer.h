/* signer: an Ethereum key and the L2 key that belongs to it, and what they sign.
 *
 * The L2 key is the one that wallets on the SDK derive: the Ethereum key signs the login text of eth_text_login, and
 * the signature is the seed. So the same Ethereum key gives the same L2 key everywhere, and nothing else need be kept.
 *
 * Secrets   both keys live in the struct, which the caller ends with signer_wipe. Nothing here prints or logs.
 * Timing    constant time in the keys, as eth_key.h and signature.h say.
 * Failure   ZK_ERR_INPUT for keys that are none; ZK_ERR_RANGE for transactions that cannot be signed (unpackable
 *           amounts and such, tx.h), or a token without label. */
#ifndef ZK_CLI_SIGNER_H
#define ZK_CLI_SIGNER_H

#include "ethereum/eth_key.h"
#include "rollup/eth_text.h"
#include "rollup/signature.h"
#include "rollup/tx.h"

struct signer {
    struct eth_key eth;
    uint8_t l2_secret[SIG_KEY_BYTES];
    uint8_t l2_public[SIG_KEY_BYTES];
    pubkey_hash l2_hash;
    uint64_t chain_id;
};

/* chain_id: of L1, part of the login text. */
ZK_MUST_USE zk_err signer_init(struct signer *s, const struct eth_key *key, uint64_t chain_id);

void signer_wipe(struct signer *s);

/* The Ethereum address as rollup code wants it. */
eth_address signer_address(const struct signer *s);

/* Puts the L2 signature into the transaction (not into the orders of a swap). */
ZK_MUST_USE zk_err signer_sign(const struct signer *s, struct tx *tx);

/* The same for n transactions, txs[i] by signers[i], several hashes at a time. */
ZK_MUST_USE zk_err signer_sign_many(const struct signer *const *signers, struct tx *txs, size_t n);

/* The Ethereum signature of a text, in the manner of EIP-191. */
ZK_MUST_USE zk_err signer_sign_text(const struct signer *s, uint8_t signature[65], const void *text, size_t len);

/* The Ethereum signature that a node wants beside a transaction of an ordinary account. */
ZK_MUST_USE zk_err signer_sign_consent(const struct signer *s, uint8_t signature[65], const struct tx *tx,
                                       const struct token_labels *tokens);

/* The one signature for a batch of this signer's transactions. */
ZK_MUST_USE zk_err signer_sign_batch(const struct signer *s, uint8_t signature[65], const struct tx *txs, size_t n,
                                     const struct token_labels *tokens);

/* A change-pubkey to this signer's L2 key, authorized by its Ethereum key and signed. */
ZK_MUST_USE zk_err signer_change_pubkey(const struct signer *s, struct tx *tx, uint32_t account_id, uint32_t nonce,
                                        uint32_t fee_token, u128 fee);

#endif
