/* eth_consent: which digests, signed with the Ethereum key, count as consent to a transaction, an order, a batch or a
 * change of two-factor authentication. Wallets of different years sign different texts; any one of them is enough.
 *
 * Failure  ZK_ERR_RANGE: there is no such text, for the kind has none or a token is unknown. ZK_ERR_MEMORY.
 * Purity   no state; a batch's text is made in memory of its own. */
#ifndef ZK_NODE_ETH_CONSENT_H
#define ZK_NODE_ETH_CONSENT_H

#include "rollup/eth_text.h"

#define CONSENT_DIGESTS_MAX 5

struct eth_consent {
    size_t n;
    hash32 digests[CONSENT_DIGESTS_MAX]; /* as wallets sign: eip191_digest of the texts, the usual one first */
};

ZK_MUST_USE zk_err eth_consent_tx(struct eth_consent *c, const struct tx *tx, const struct token_labels *tokens);
ZK_MUST_USE zk_err eth_consent_order(struct eth_consent *c, const struct order *order,
                                     const struct token_labels *tokens);
ZK_MUST_USE zk_err eth_consent_batch(struct eth_consent *c, const struct tx *txs, const eth_address *senders, size_t n,
                                     const struct token_labels *tokens);
ZK_MUST_USE zk_err eth_consent_toggle(struct eth_consent *c, bool enable, uint64_t timestamp_ms,
                                      const pubkey_hash *key);

/* True if this address signed one of the digests. Tries them in order; each costs one recovery of a key. */
ZK_MUST_USE bool eth_consent_given(const struct eth_consent *c, const eth_address *address, const uint8_t sig[65]);

/* Who signed which digest: signers[i] for digests[i], zero where nobody can have. */
void eth_consent_signers(eth_address signers[CONSENT_DIGESTS_MAX], const struct eth_consent *c, const uint8_t sig[65]);

#endif
