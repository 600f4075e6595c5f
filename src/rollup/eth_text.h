/* eth_text: the texts that people sign with their Ethereum key: what a wallet shows before it asks for consent. Both
 * sides make them from the same numbers, so every character counts.
 *
 * Form      UTF-8, lines separated by one newline, none at the end. Amounts in token units, addresses in lower case. A
 *           NUL follows, which len does not count.
 * Failure   ZK_ERR_FULL if cap bytes do not hold text and NUL. ZK_ERR_RANGE for a token without a label, and for a kind
 *           that has no such text. Nothing is then to be read from out.
 * Source    zkSync 1.x; tests/vectors/eth_messages.json. */
#ifndef ZK_ROLLUP_ETH_TEXT_H
#define ZK_ROLLUP_ETH_TEXT_H

#include "rollup/tx.h"

/* What a fungible token is called and how its base units are shown. */
#define TOKEN_SYMBOL_MAX 31
struct token_label {
    char symbol[TOKEN_SYMBOL_MAX + 1]; /* empty: no such token */
    uint8_t decimals;
};

/* The labels of tokens 0 .. n-1; NFTs need none ("NFT-65536", no decimals). Borrowed. */
struct token_labels {
    const struct token_label *of;
    size_t n;
};

/* Room for any one of these texts, and for a batch of n transactions. */
#define ETH_TEXT_MAX          1024
#define ETH_TEXT_BATCH_MAX(n) ((n) * (size_t)ETH_TEXT_MAX)

/* Spellings that are accepted besides the ordinary one. */
enum eth_text_flags {
    ETH_TEXT_UPPER_HASH = 1, /* an NFT's content hash in capitals: the SDK signs what its caller wrote */
    ETH_TEXT_EMPTY_LINE = 2, /* batch of nothing but empty parts: upstream's server puts an empty line first */
};

/* One transaction. A change-pubkey has none of its own: ZK_ERR_RANGE. */
ZK_MUST_USE zk_err eth_text_tx(char *out, size_t cap, size_t *len, const struct tx *tx,
                               const struct token_labels *tokens, unsigned flags);

/* The text of 2020, still accepted: transfers and withdrawals. */
ZK_MUST_USE zk_err eth_text_tx_old(char *out, size_t cap, size_t *len, const struct tx *tx,
                                   const struct token_labels *tokens);

/* An order of a swap, signed by its own account. */
ZK_MUST_USE zk_err eth_text_order(char *out, size_t cap, size_t *len, const struct order *order,
                                  const struct token_labels *tokens);

/* A batch: n >= 1 transactions, senders[i] the address of who pays for txs[i]. */
ZK_MUST_USE zk_err eth_text_batch(char *out, size_t cap, size_t *len, const struct tx *txs, const eth_address *senders,
                                  size_t n, const struct token_labels *tokens, unsigned flags);

/* Authorizes a new signing key (152 characters); what CHANGE_PUBKEY_LEGACY signs. */
ZK_MUST_USE zk_err eth_text_change_pubkey(char *out, size_t cap, size_t *len, const struct tx_change_pubkey *t);

/* The login of wallets: its signature is the seed of the L2 key. */
ZK_MUST_USE zk_err eth_text_login(char *out, size_t cap, size_t *len, uint64_t chain_id);

/* Turns the second factor on, or off: for all keys, or (key not NULL) for this one. */
ZK_MUST_USE zk_err eth_text_toggle_2fa(char *out, size_t cap, size_t *len, bool on, uint64_t timestamp_ms,
                                       const pubkey_hash *key);

/* An NFT factory's registration, checked by the contract (141 characters). */
ZK_MUST_USE zk_err eth_text_nft_factory(char *out, size_t cap, size_t *len, uint32_t creator_id,
                                        const eth_address *creator, const eth_address *factory);

#endif
