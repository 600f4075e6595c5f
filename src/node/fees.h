/* fees: what the operator asks for a transaction, and whether what a user offers is enough. Pure: everything it depends
 * on is in struct fee_market, which others fill (prices.h) and store.
 *
 * Model     an operation costs L1 gas, by the measured table (docs/gas.md, rollup/block.h): its share of what a block
 *           costs, what its published words cost under the calldata floor, and what L1 does for it; and slots of the
 *           circuit, which somebody has to prove.
 *
 *             gas fee   = ceil(gas * gas price * scale * price of ETH / price of the token)
 *             zkp fee   = ceil(slots * price of a slot / price of the token), raised until both reach the minimum
 *             total fee = the largest packable number <= gas fee + zkp fee; of a batch: of the sum of its parts
 *
 * Steps     the gas price is one of 24 values a decade, and it and prices stay where they are while the market moves
 *           little, so that users who pay at about the same time share the fee classes of a block. What was quoted
 *           holds for a while: a fee is enough if it is by what counts now, or by what counted before and ended
 *           less than that ago.
 * Prices    dollars in units of 10^-12 ("pico"), of one whole token; 0: no price, so not for fees.
 * Purity    no clock, no allocation. Numbers that leave their range saturate: nobody can be asked for less that way.
 * Source    shape, rounding and tolerance: the wire protocol of zkSync 1.x. */
#ifndef ZK_NODE_FEES_H
#define ZK_NODE_FEES_H

#include "rollup/op.h"

typedef enum fee_type {
    FEE_TRANSFER,
    FEE_TRANSFER_TO_NEW, /* a transfer whose recipient has no account */
    FEE_WITHDRAW,
    FEE_FAST_WITHDRAW,
    FEE_FORCED_EXIT,
    FEE_CHANGE_PUBKEY_ONCHAIN,
    FEE_CHANGE_PUBKEY_ECDSA,
    FEE_CHANGE_PUBKEY_EIP712,
    FEE_CHANGE_PUBKEY_CREATE2,
    FEE_CHANGE_PUBKEY_LEGACY, /* the old form that says only that it is not on chain */
    FEE_MINT_NFT,
    FEE_WITHDRAW_NFT,
    FEE_FAST_WITHDRAW_NFT,
    FEE_SWAP,
    FEE_TYPES
} fee_type;

#define FEE_TOKENS_MAX   FEE_CLASSES
#define FEE_DECIMALS_MAX 36 /* tokens with more cannot pay fees */
#define FEE_PICO         UINT64_C(1000000000000)

/* What the operator decides. */
struct fee_policy {
    unsigned block_slots;     /* how full a block is expected to be: so many share its costs; at least 1 */
    unsigned gas_percent;     /* scale of the gas part; 130 leaves room for rising prices */
    uint64_t slot_price_pico; /* dollars for proving a slot */
    uint64_t minimum_pico;    /* dollars an operation pays at least */
    uint64_t hold_us;         /* how long a quote holds after prices moved */
};

/* 1,000 slots, 130 %, 0.0005 dollars a slot, at least 0.001 dollars, quotes hold for a minute. */
struct fee_policy fee_policy_default(void);

struct fee_token {
    uint32_t id;
    uint8_t decimals;
    uint64_t price_pico;
};

/* What the market says, in steps. */
struct fee_inputs {
    uint64_t since_us; /* microseconds since 1970: when these began to count */
    uint64_t gas_price_wei;
    uint64_t eth_price_pico;
    unsigned open_slots; /* used in the block being built: what a fast withdrawal need not pay for */
    unsigned n_tokens;
    struct fee_token tokens[FEE_TOKENS_MAX]; /* those that may pay fees, by rising id */
};

struct fee_market {
    struct fee_policy policy;
    struct fee_inputs now, before; /* before.n_tokens = 0 if nothing counted before */
};

/* NULL if it may not pay fees. */
const struct fee_token *fee_token_find(const struct fee_inputs *in, uint32_t token);

struct fee_quote {
    uint64_t gas_amount;
    uint64_t gas_price_wei;
    u128 gas_fee; /* in base units of the token */
    u128 zkp_fee;
    u128 total_fee; /* packable */
};

/* The fee of n transactions, 1 or a batch. False if the token may not pay fees (or has no price). */
ZK_MUST_USE bool fee_quote(struct fee_quote *out, const struct fee_policy *policy, const struct fee_inputs *in,
                           const fee_type *types, size_t n, uint32_t token);

/* The gas of one, whoever pays. */
uint64_t fee_gas(const struct fee_policy *policy, const struct fee_inputs *in, fee_type type);

/* ---- is what is offered enough? */

typedef enum fee_verdict { FEE_ENOUGH, FEE_TOO_LOW, FEE_BAD_TOKEN } fee_verdict;

/* A transaction on its own, at time now_us. */
ZK_MUST_USE fee_verdict fee_check(const struct fee_market *m, uint64_t now_us, fee_type type, uint32_t token,
                                  u128 offered);

struct fee_offer {
    uint32_t token;
    u128 amount;
};

/* A batch with what its transactions offer: if all fees that are not zero are in one token, they are compared in that
 * token, else their sum in dollars is compared with the fee in ETH. Only tokens of fees that are not zero matter. */
ZK_MUST_USE fee_verdict fee_check_batch(const struct fee_market *m, uint64_t now_us, const fee_type *types,
                                        const struct fee_offer *offers, size_t n);

/* ---- steps */

/* The step for a gas price, given the one that counts (0: none): the same while the price is at most that and not below
 * four fifths of it, else the smallest step that is not below. At least 1. */
uint64_t fee_gas_price_step(uint64_t counts, uint64_t wei);

/* The price that counts from now on: the old one while the new is within 2 % of it, else the new to three digits. */
uint64_t fee_price_step(uint64_t counts, uint64_t pico);

/* ---- prices as text: decimal, such as "9000" or "0.2" */

#define FEE_PRICE_TEXT_MAX 24

/* Digits, and a point with at most 12 more; below 2^64. More digits behind the point are cut off. */
ZK_MUST_USE bool fee_price_parse(uint64_t *pico, const char *text);

/* Without needless zeros: "200", "0.2". Writes a NUL. */
void fee_price_text(char out[FEE_PRICE_TEXT_MAX], uint64_t pico);

#endif
