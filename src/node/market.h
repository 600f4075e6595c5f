/* market: what counts for fees now: kept in the database by the one process that asks the market, read by all that
 * quote or check fees (fees.h).
 *
 *   prices (prices.h), L1's gas price --market_update--> struct fee_market --market_save--> store --market_load--> fees
 *
 * Steps    what counts changes at most once in policy.hold_us, so that a quote and what counted before it are all that
 *          a check needs; but nobody ever pays with a token that has just lost its price: that counts at once, and so
 *          does a token that is new. */
#ifndef ZK_NODE_MARKET_H
#define ZK_NODE_MARKET_H

#include "node/fees.h"
#include "store/store.h"

/* What was observed. */
struct market_view {
    uint64_t gas_price_wei; /* 0: unknown, the old one stays */
    uint64_t eth_price_pico;
    unsigned open_slots;
    unsigned n_tokens;
    struct fee_token tokens[FEE_TOKENS_MAX]; /* by rising id */
};

/* True if *m changed: save it. The first view always counts. The policy is the caller's to set. */
bool market_update(struct fee_market *m, const struct market_view *view, uint64_t now_us);

ZK_MUST_USE zk_err market_save(struct store *s, const struct fee_market *m);

/* *found = false before the first save: nobody can pay then. ZK_ERR_CORRUPT. */
ZK_MUST_USE zk_err market_load(struct store *s, struct fee_market *m, bool *found);

/* The part of a node that asks L1 and the price source, and keeps prices and fee tokens in the store (node.h). */
struct node_part;
extern const struct node_part market_part;

#endif
