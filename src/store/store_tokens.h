/* store_tokens: the tokens of the rollup. Few, so lists come whole; callers keep them until the change token moves. */
#ifndef ZK_STORE_STORE_TOKENS_H
#define ZK_STORE_STORE_TOKENS_H

#include "store/store.h"

#define STORE_SYMBOL_MAX 32 /* bytes with the NUL */
#define STORE_PRICE_MAX  64 /* bytes with the NUL */

struct store_token {
    uint32_t id;
    eth_address address; /* zero: ETH */
    char symbol[STORE_SYMBOL_MAX];
    uint8_t decimals;
    bool enabled_for_fees;
    char price[STORE_PRICE_MAX]; /* USD a whole token, decimal; "": unknown */
    int64_t price_at;
    uint64_t eth_block; /* where it was added */
};

/* Adds or replaces a token; its price stays. ZK_ERR_INPUT if another id has the address or (in any case of letters) the
 * symbol: make symbols unique before. */
ZK_MUST_USE zk_err store_token_put(struct store *s, const struct store_token *token);

/* After a reorganization: removes tokens added in L1 blocks >= eth_block. */
ZK_MUST_USE zk_err store_tokens_reorg(struct store *s, uint64_t eth_block);

ZK_MUST_USE zk_err store_token_set_price(struct store *s, uint32_t id, const char *price, int64_t at);
ZK_MUST_USE zk_err store_token_set_fees(struct store *s, uint32_t id, bool enabled);

/* All with id >= from by rising id; up to cap (TOKEN_ID_LAST + 1 holds all). */
ZK_MUST_USE zk_err store_tokens(struct store *s, struct store_token *out, size_t *n, size_t cap, uint32_t from);

ZK_MUST_USE zk_err store_token_by_id(struct store *s, struct store_token *out, bool *found, uint32_t id);
/* In any case of (ASCII) letters. */
ZK_MUST_USE zk_err store_token_by_symbol(struct store *s, struct store_token *out, bool *found, const char *symbol);

#endif
