/* token_on_l1: what L1 says of a rollup's token: its address, from the rollup's governance, and its symbol and
 * decimals, from its own contract. An amount in whole tokens means nothing without these.
 *
 * Trust      of the L1 node alone. l->main must be set: the contract comes from the user (l1.h).
 * Failure    as in l1.h; ZK_ERR_INPUT also if there is no such token. */
#ifndef ZK_CLI_TOKEN_ON_L1_H
#define ZK_CLI_TOKEN_ON_L1_H

#include "cli/l1.h"

struct token_on_l1 {
    uint32_t id;
    eth_address address;
    bool known;            /* false: its contract does not say what label has */
    struct l1_token label; /* 0 decimals and an empty symbol if not known */
};

ZK_MUST_USE zk_err token_on_l1_by_id(struct token_on_l1 *out, struct l1 *l, uint32_t id);
ZK_MUST_USE zk_err token_on_l1_by_address(struct token_on_l1 *out, struct l1 *l, const eth_address *address);

/* "ETH", an id, an address, or the symbol of exactly one listed token; a symbol is looked for in the whole list, which
 * takes three questions a token. */
ZK_MUST_USE zk_err token_on_l1_find(struct token_on_l1 *out, struct l1 *l, const char *text);

/* Is this the name that an honest node may give the token? Its own, or the one with its id that is given where the
 * symbol is taken already or unfit. */
ZK_MUST_USE bool token_on_l1_may_be_called(const struct token_on_l1 *t, const char *symbol);

#define TOKEN_AMOUNT_MAX 160
/* "1.5 ETH", or "1500 base units of token 7 (0x…)" where the decimals are not known. */
void token_on_l1_amount(char out[TOKEN_AMOUNT_MAX], u128 amount, const struct token_on_l1 *t);

#endif
