#include "node/fees.h"

#include "rollup/amount.h"
#include "rollup/block.h"

#include <stdio.h>

#define WEI_DECIMALS 18
#define ATTO_A_PICO  UINT64_C(1000000)          /* dollars of 10^-18 in one of 10^-12 */
#define CENT_ATTO    ((u128)10000000000000000U) /* 0.01 dollars */

/* A word of 12 bytes under the floor of EIP-7623, where a block of transfers is: docs/gas.md, the difference of 2,000
 * and 490 transfers, (1,069,670 - 383,630) / 1,510. Smaller blocks pay less a word, and more of what all share. */
#define WORD_GAS 454

struct shape {
    op_kind kind;
    bool fast;
};

static const struct shape shapes[FEE_TYPES] = {
    [FEE_TRANSFER] = {OP_TRANSFER, false},
    [FEE_TRANSFER_TO_NEW] = {OP_TRANSFER_NEW, false},
    [FEE_WITHDRAW] = {OP_WITHDRAW, false},
    [FEE_FAST_WITHDRAW] = {OP_WITHDRAW, true},
    [FEE_FORCED_EXIT] = {OP_FORCED_EXIT, false},
    [FEE_CHANGE_PUBKEY_ONCHAIN] = {OP_CHANGE_PUBKEY, false},
    [FEE_CHANGE_PUBKEY_ECDSA] = {OP_CHANGE_PUBKEY, false},
    [FEE_CHANGE_PUBKEY_EIP712] = {OP_CHANGE_PUBKEY, false},
    [FEE_CHANGE_PUBKEY_CREATE2] = {OP_CHANGE_PUBKEY, false},
    [FEE_CHANGE_PUBKEY_LEGACY] = {OP_CHANGE_PUBKEY, false},
    [FEE_MINT_NFT] = {OP_MINT_NFT, false},
    [FEE_WITHDRAW_NFT] = {OP_WITHDRAW_NFT, false},
    [FEE_FAST_WITHDRAW_NFT] = {OP_WITHDRAW_NFT, true},
    [FEE_SWAP] = {OP_SWAP, false},
};

struct fee_policy fee_policy_default(void)
{
    return (struct fee_policy){.block_slots = 1000,
                               .gas_percent = 130,
                               .slot_price_pico = FEE_PICO / 2000,
                               .minimum_pico = FEE_PICO / 1000,
                               .hold_us = 60000000};
}

/* ---- arithmetic */

static u128 pow10_u128(unsigned e)
{
    u128 p = 1;
    assert(e <= 38);
    for (unsigned i = 0; i < e; i++) p *= 10;
    return p;
}

static u128 add_saturated(u128 a, u128 b)
{
    return a > U128_MAX - b ? U128_MAX : a + b;
}

/* a * b = hi * 2^128 + lo. */
static void mul_wide(u128 *hi, u128 *lo, u128 a, u128 b)
{
    const u128 low = UINT64_MAX;
    u128 a0 = a & low, a1 = a >> 64, b0 = b & low, b1 = b >> 64;
    u128 p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    u128 mid = (p00 >> 64) + (p01 & low) + (p10 & low); /* below 3 * 2^64 */
    *lo = (p00 & low) | mid << 64;
    *hi = p11 + (p01 >> 64) + (p10 >> 64) + (mid >> 64);
}

/* a * b / c, rounded up if `up`; U128_MAX if that is larger. c is not 0. */
static u128 mul_div(u128 a, u128 b, u128 c, bool up)
{
    u128 hi, lo, rest, quotient = 0;
    assert(c != 0);
    mul_wide(&hi, &lo, a, b);
    if (hi >= c) return U128_MAX;
    rest = hi; /* below c: the quotient fits */
    for (int i = 127; i >= 0; i--) {
        bool carry = rest >> 127 != 0;
        rest = rest << 1 | (lo >> i & 1);
        quotient <<= 1;
        if (carry || rest >= c) {
            rest -= c;
            quotient |= 1;
        }
    }
    return up && rest != 0 ? add_saturated(quotient, 1) : quotient;
}

/* ---- quotes */

const struct fee_token *fee_token_find(const struct fee_inputs *in, uint32_t token)
{
    for (unsigned i = 0; i < in->n_tokens; i++) {
        const struct fee_token *t = &in->tokens[i];
        if (t->id == token) return t->price_pico == 0 || t->decimals > FEE_DECIMALS_MAX ? NULL : t;
    }
    return NULL;
}

static uint64_t words(op_kind kind)
{
    return op_settlement_words(kind) + op_delta_words(kind);
}

uint64_t fee_gas(const struct fee_policy *policy, const struct fee_inputs *in, fee_type type)
{
    const struct block_costs *costs = &block_costs_default;
    assert(type < FEE_TYPES);
    assert(policy->block_slots > 0);
    op_kind kind = shapes[type].kind;
    uint64_t share = (costs->base_gas * op_slots(kind) + policy->block_slots - 1) / policy->block_slots;
    uint64_t gas = share + words(kind) * WORD_GAS + costs->op_gas[kind];
    if (shapes[type].fast && in->open_slots < policy->block_slots)
        gas += costs->base_gas * (policy->block_slots - in->open_slots) / policy->block_slots;
    return gas;
}

/* Dollars of 10^-12 as units of a token, rounded up. */
static u128 units_of_pico(u128 pico, const struct fee_token *t)
{
    return mul_div(pico, pow10_u128(t->decimals), t->price_pico, true);
}

/* 1 wei is eth_price / 10^18 picodollars, and a unit of the token price / 10^decimals: the powers of ten cancel, so
 * that with 64-bit prices no factor exceeds 128 bits. */
static u128 units_of_wei(u128 wei, uint64_t eth_price, const struct fee_token *t)
{
    unsigned up = t->decimals > WEI_DECIMALS ? t->decimals - WEI_DECIMALS : 0;
    unsigned down = t->decimals < WEI_DECIMALS ? WEI_DECIMALS - t->decimals : 0;
    return mul_div(wei, (u128)eth_price * pow10_u128(up), (u128)t->price_pico * pow10_u128(down), true);
}

static u128 pack_down(u128 fee)
{
    u128 packed;
    if (!fee_closest(&packed, fee)) packed = (u128)2047 * pow10_u128(31); /* the largest there is */
    return packed;
}

bool fee_quote(struct fee_quote *out, const struct fee_policy *policy, const struct fee_inputs *in,
               const fee_type *types, size_t n, uint32_t token)
{
    const struct fee_token *t = fee_token_find(in, token);
    *out = (struct fee_quote){.gas_price_wei = in->gas_price_wei};
    if (t == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        uint64_t gas = fee_gas(policy, in, types[i]);
        u128 wei = ((u128)gas * in->gas_price_wei * policy->gas_percent + 99) / 100;
        u128 gas_fee = units_of_wei(wei, in->eth_price_pico, t);
        u128 zkp_fee = units_of_pico((u128)op_slots(shapes[types[i]].kind) * policy->slot_price_pico, t);
        u128 least = units_of_pico(policy->minimum_pico, t);
        if (add_saturated(gas_fee, zkp_fee) < least) zkp_fee = least - gas_fee;
        out->gas_amount += gas;
        out->gas_fee = add_saturated(out->gas_fee, gas_fee);
        out->zkp_fee = add_saturated(out->zkp_fee, zkp_fee);
    }
    out->total_fee = pack_down(add_saturated(out->gas_fee, out->zkp_fee));
    return true;
}

/* ---- checks */

/* tolerance(p) = 2 p if p < 0.01, else max(1.05 p, p + 0.01), where p is a whole number of units. Scaled by 100. */
static u128 tolerance_units(u128 p)
{
    if (p == 0) return 0;
    return p > U128_MAX / 105 ? U128_MAX : p * 105; /* p >= 1: 1.05 p >= p + 0.01 */
}

static u128 times_100(u128 x)
{
    return x > U128_MAX / 100 ? U128_MAX : x * 100;
}

static u128 tolerance_dollars(u128 atto)
{
    if (atto < CENT_ATTO) return 2 * atto;
    u128 by_share = atto > U128_MAX / 105 ? U128_MAX : atto * 105 / 100;
    u128 by_cent = add_saturated(atto, CENT_ATTO);
    return by_share > by_cent ? by_share : by_cent;
}

/* Dollars of 10^-18. */
static u128 dollars(const struct fee_token *t, u128 units)
{
    return mul_div(units, (u128)t->price_pico * ATTO_A_PICO, pow10_u128(t->decimals), false);
}

static fee_verdict check_one(const struct fee_market *m, const struct fee_inputs *in, fee_type type, uint32_t token,
                             u128 offered)
{
    struct fee_quote quote;
    if (!fee_quote(&quote, &m->policy, in, &type, 1, token)) return FEE_BAD_TOKEN;
    return times_100(quote.total_fee) >= tolerance_units(offered) ? FEE_TOO_LOW : FEE_ENOUGH;
}

static fee_verdict check_batch(const struct fee_market *m, const struct fee_inputs *in, const fee_type *types,
                               const struct fee_offer *offers, size_t n)
{
    struct fee_quote quote;
    size_t paying = n; /* one that pays, n: none */
    bool mixed = false;
    u128 sum = 0, sum_dollars = 0;
    for (size_t i = 0; i < n; i++) {
        if (offers[i].amount == 0) continue;
        const struct fee_token *t = fee_token_find(in, offers[i].token);
        if (t == NULL) return FEE_BAD_TOKEN;
        if (paying < n && offers[paying].token != offers[i].token) mixed = true;
        paying = i;
        sum = add_saturated(sum, offers[i].amount);
        sum_dollars = add_saturated(sum_dollars, dollars(t, offers[i].amount));
    }
    if (paying < n && !mixed) {
        if (!fee_quote(&quote, &m->policy, in, types, n, offers[paying].token)) return FEE_BAD_TOKEN;
        return times_100(quote.total_fee) > tolerance_units(sum) ? FEE_TOO_LOW : FEE_ENOUGH;
    }
    /* The fee in ETH, whether or not ETH is a fee token here. */
    struct fee_inputs eth = {.gas_price_wei = in->gas_price_wei,
                             .eth_price_pico = in->eth_price_pico,
                             .open_slots = in->open_slots,
                             .n_tokens = 1,
                             .tokens = {{TOKEN_ID_ETH, WEI_DECIMALS, in->eth_price_pico}}};
    if (!fee_quote(&quote, &m->policy, &eth, types, n, TOKEN_ID_ETH)) return FEE_BAD_TOKEN;
    return dollars(&eth.tokens[0], quote.total_fee) > tolerance_dollars(sum_dollars) ? FEE_TOO_LOW : FEE_ENOUGH;
}

/* What counted before `now` did, while somebody may still hold a quote of it. */
static const struct fee_inputs *still_held(const struct fee_market *m, uint64_t now_us)
{
    bool held = m->before.n_tokens > 0 && now_us < m->now.since_us + m->policy.hold_us;
    return held ? &m->before : NULL;
}

fee_verdict fee_check(const struct fee_market *m, uint64_t now_us, fee_type type, uint32_t token, u128 offered)
{
    const struct fee_inputs *before = still_held(m, now_us);
    fee_verdict v = check_one(m, &m->now, type, token, offered);
    if (v != FEE_ENOUGH && before != NULL && check_one(m, before, type, token, offered) == FEE_ENOUGH) v = FEE_ENOUGH;
    return v;
}

fee_verdict fee_check_batch(const struct fee_market *m, uint64_t now_us, const fee_type *types,
                            const struct fee_offer *offers, size_t n)
{
    const struct fee_inputs *before = still_held(m, now_us);
    fee_verdict v = check_batch(m, &m->now, types, offers, n);
    if (v != FEE_ENOUGH && before != NULL && check_batch(m, before, types, offers, n) == FEE_ENOUGH) v = FEE_ENOUGH;
    return v;
}

/* ---- steps */

/* Mantissas of a decade, 10^(i/24) to two digits more: each is 8 to 12 % above the one before. */
static const uint16_t mantissas[] = {1000, 1100, 1210, 1330, 1470, 1620, 1780, 1960, 2150, 2370, 2610, 2870,
                                     3160, 3480, 3830, 4220, 4640, 5110, 5620, 6190, 6810, 7500, 8250, 9090};

uint64_t fee_gas_price_step(uint64_t counts, uint64_t wei)
{
    if (counts != 0 && wei <= counts && wei >= counts - counts / 5) return counts;
    if (wei < 1000) return wei == 0 ? 1 : wei;
    for (u128 scale = 1;; scale *= 10)
        for (size_t i = 0; i < ZK_COUNT(mantissas); i++) {
            u128 step = mantissas[i] * scale;
            if (step >= wei) return step > UINT64_MAX ? UINT64_MAX : (uint64_t)step;
        }
}

uint64_t fee_price_step(uint64_t counts, uint64_t pico)
{
    uint64_t away = pico > counts ? pico - counts : counts - pico;
    if (counts != 0 && away <= counts / 50) return counts;
    uint64_t scale = 1;
    while (pico / scale >= 1000) scale *= 10;
    return pico / scale * scale;
}

/* ---- text */

bool fee_price_parse(uint64_t *pico, const char *text)
{
    u128 v = 0;
    unsigned behind = 0; /* digits behind the point that counted */
    bool point = false, digit = false;
    *pico = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '.' && !point && digit) {
            point = true;
            digit = false; /* one must follow */
            continue;
        }
        if (*p < '0' || *p > '9') return false;
        digit = true;
        if (point && behind == 12) continue;
        behind += point;
        v = v * 10 + (unsigned)(*p - '0');
        if (v > UINT64_MAX) return false;
    }
    v *= pow10_u128(12 - behind);
    if (!digit || v > UINT64_MAX) return false;
    *pico = (uint64_t)v;
    return true;
}

void fee_price_text(char out[FEE_PRICE_TEXT_MAX], uint64_t pico)
{
    int len = snprintf(out, FEE_PRICE_TEXT_MAX, "%llu.%012llu", (unsigned long long)(pico / FEE_PICO),
                       (unsigned long long)(pico % FEE_PICO));
    assert(len > 0 && len < FEE_PRICE_TEXT_MAX);
    while (out[len - 1] == '0') out[--len] = '\0';
    if (out[len - 1] == '.') out[len - 1] = '\0';
}
