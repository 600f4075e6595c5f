/* eth_auth: what counts as consent by the owner of an Ethereum address: signatures of texts, and the five ways to
 * authorize a new L2 key.
 *
 * Form      An Ethereum signature is 65 bytes r, s, v, v being 0, 1, 27 or 28. Of the two s that sign one digest both
 *           are taken: a signature is no identifier.
 * Outside   Contracts that sign (EIP-1271) are asked on L1 by the node; of it here is the digest alone. Likewise the
 *           fact that authorizes a key on chain.
 * Timing    variable: nothing here is secret.  Purity  no allocation, no state.
 * Source    EIP-191, EIP-712, EIP-1014; zkSync 1.x for the messages. */
#ifndef ZK_ROLLUP_ETH_AUTH_H
#define ZK_ROLLUP_ETH_AUTH_H

#include "rollup/tx.h"

#define ETH_SIGNATURE_BYTES 65

/* keccak256 of the message as wallets sign it: after 0x19 "Ethereum Signed Message:", newline, its decimal length. */
void eip191_digest(hash32 *digest, const void *msg, size_t len);

/* Who signed this digest. False, and *signer = 0, if nobody can have. */
ZK_MUST_USE bool eth_recover(eth_address *signer, const hash32 *digest, const uint8_t sig[ETH_SIGNATURE_BYTES]);

/* True if this address signed the message in the manner of EIP-191. */
ZK_MUST_USE bool eth_signed(const eth_address *address, const void *msg, size_t len,
                            const uint8_t sig[ETH_SIGNATURE_BYTES]);

/* The message that stood for a whole batch before it had a text: keccak256 of the old bytes of its n transactions, to
 * be signed as 32 bytes. ZK_ERR_RANGE if one of them has no old bytes, as in tx_legacy.h. */
ZK_MUST_USE zk_err eth_batch_message_old(hash32 *msg, const struct tx *txs, size_t n);

/* ---- authorization of a new L2 key */

/* What CHANGE_PUBKEY_ECDSA signs: key hash 20, nonce 4, account id 4, zeros 32. */
#define CHANGE_PUBKEY_MESSAGE_BYTES 60
void change_pubkey_message(uint8_t out[CHANGE_PUBKEY_MESSAGE_BYTES], const struct tx_change_pubkey *t);

/* What CHANGE_PUBKEY_EIP712 signs. */
void change_pubkey_eip712_digest(hash32 *digest, const struct tx_change_pubkey *t, uint64_t chain_id);

/* The address of a contract that was created with a commitment to this key: EIP-1014 with
 * salt = keccak256(salt_arg, key hash). auth.create2 of t is read. */
void change_pubkey_create2_address(eth_address *address, const struct tx_change_pubkey *t);

/* What the contract stores for a key that was announced on chain: keccak256 of its hash. */
void change_pubkey_auth_fact(hash32 *fact, const pubkey_hash *key);

/* True if the owner of t->account authorizes t's key by the data in t. CHANGE_PUBKEY_ONCHAIN has none: true, and the
 * node asks the contract. */
ZK_MUST_USE bool change_pubkey_authorized(const struct tx_change_pubkey *t, uint64_t chain_id);

/* What the contract is shown with a block so that it checks the authorization itself: kind 1, then the signature with
 * v = 27 or 28, or creator, salt_arg and code hash; nothing if the fact is on chain. Returns the length. */
#define CHANGE_PUBKEY_WITNESS_MAX 85
size_t change_pubkey_witness(uint8_t out[CHANGE_PUBKEY_WITNESS_MAX], const struct tx_change_pubkey *t);

#endif
