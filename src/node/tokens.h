/* tokens: what a token that governance has listed is called: symbol and decimals, asked of its contract.
 *
 * A token's contract is a stranger's: it may answer anything, at any length, differently each time. So calls have a gas
 * limit, and a symbol is taken only if it is short, plain, and nobody's else: users sign texts with it.
 *
 *   symbol     1 to 20 of [A-Za-z0-9$.+-], not like "NFT-…", "ERC20-…" or "ETH"; if another token has it: SYMBOL-id
 *   otherwise  ERC20-id, and 18 decimals if those are not told
 * Purity     token_symbol and token_decimals read answers; no I/O. */
#ifndef ZK_NODE_TOKENS_H
#define ZK_NODE_TOKENS_H

#include "ethereum/rpc.h"
#include "store/store_tokens.h"

#define TOKEN_SYMBOL_LEN_MAX 20

/* The symbol in what symbol() returned (a string, or 32 bytes as old tokens give them), if it is one that we take. */
ZK_MUST_USE bool token_symbol(char out[STORE_SYMBOL_MAX], const uint8_t *answer, size_t len);

/* The number in what decimals() returned. */
ZK_MUST_USE bool token_decimals(uint8_t *out, const uint8_t *answer, size_t len);

/* "ERC20-7". */
void token_fallback_symbol(char out[STORE_SYMBOL_MAX], uint32_t id);

/* Fills symbol and decimals of a token whose id and address are set, as L1 tells them. ZK_ERR_IO; a contract that does
 * not answer properly is no failure. */
ZK_MUST_USE zk_err token_describe(struct store_token *t, struct rpc *rpc);

/* Stores it, under another symbol if another token has this one. Within the transaction that stores the tokens before
 * it: two that were listed together may have one symbol. */
ZK_MUST_USE zk_err token_add(struct store_token *t, struct store *s);

/* Adds ETH, token 0, if it is not there. */
ZK_MUST_USE zk_err token_add_eth(struct store *s);

#endif
