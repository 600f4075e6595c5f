#include "node/fees.h"

#include "base/test.h"
#include "rollup/block.h"
#include "rollup/amount.h"

#define GWEI UINT64_C(1000000000)
#define U(x) ((u128)UINT64_C(x))

/* A market with ETH at 200, DAI at 1, wBTC at 9,000 dollars. */
static struct fee_market market(void)
{
    struct fee_inputs in = {.since_us = 1000000000,
                            .gas_price_wei = GWEI,
                            .eth_price_pico = 200 * FEE_PICO,
                            .n_tokens = 3,
                            .tokens = {{0, 18, 200 * FEE_PICO}, {1, 18, FEE_PICO}, {2, 8, 9000 * FEE_PICO}}};
    return (struct fee_market){.policy = fee_policy_default(), .now = in};
}

/* Gas, fees and totals as exact fractions give them (Python's fractions.Fraction, the formula of fees.h). */
static void test_quote__is_the_formula(struct prng *rng)
{
    (void)rng;
    static const struct {
        fee_type type;
        uint64_t gas_price, eth_pico, price_pico;
        uint64_t decimals, gas, gas_fee, zkp_fee, total;
    } cases[] = {
        {FEE_TRANSFER, GWEI, 200 * FEE_PICO, 200 * FEE_PICO, 18, 974, 1266200000000, 3733800000000, 5000000000000},
        {FEE_TRANSFER, 31600000000, 200 * FEE_PICO, 9000 * FEE_PICO, 8, 974, 89, 6, 95},
        {FEE_TRANSFER, 55000000000, 1834500000000000, FEE_PICO, 18, 974, 127756414500000000, 500000000000000,
         128200000000000000},
        {FEE_TRANSFER, GWEI, 200 * FEE_PICO, FEE_PICO / 5, 6, 974, 1267, 3733, 5000},
        {FEE_TRANSFER_TO_NEW, 31600000000, 200 * FEE_PICO, 9000 * FEE_PICO, 8, 1882, 172, 6, 178},
        {FEE_WITHDRAW, GWEI, 200 * FEE_PICO, 200 * FEE_PICO, 18, 29390, 38207000000000, 2500000000000, 40700000000000},
        {FEE_FORCED_EXIT, GWEI, 200 * FEE_PICO, FEE_PICO / 5, 6, 29390, 38207, 2500, 40700},
        {FEE_MINT_NFT, GWEI, 200 * FEE_PICO, 200 * FEE_PICO, 18, 2856, 3712800000000, 5000000000000, 8710000000000},
        {FEE_WITHDRAW_NFT, 55000000000, 1834500000000000, FEE_PICO, 18, 76326, 10011433360500000000U, 1000000000000000,
         10010000000000000000U},
        {FEE_SWAP, 31600000000, 200 * FEE_PICO, 9000 * FEE_PICO, 8, 2922, 267, 17, 284},
        {FEE_CHANGE_PUBKEY_ECDSA, GWEI, 200 * FEE_PICO, 200 * FEE_PICO, 18, 14990, 19487000000000, 2500000000000,
         21900000000000},
    };
    struct fee_policy policy = fee_policy_default();
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        struct fee_inputs in = {.gas_price_wei = cases[i].gas_price,
                                .eth_price_pico = cases[i].eth_pico,
                                .n_tokens = 1,
                                .tokens = {{7, (uint8_t)cases[i].decimals, cases[i].price_pico}}};
        struct fee_quote q;
        CHECK(fee_quote(&q, &policy, &in, &cases[i].type, 1, 7));
        CHECK_EQ_U64(cases[i].gas, q.gas_amount);
        CHECK_EQ_U64(cases[i].gas_price, q.gas_price_wei);
        CHECK(q.gas_fee == cases[i].gas_fee);
        CHECK(q.zkp_fee == cases[i].zkp_fee);
        CHECK(q.total_fee == cases[i].total);
    }
}

static void test_quote__of_a_batch_is_the_sum_before_rounding(struct prng *rng)
{
    (void)rng;
    struct fee_market m = market();
    static const fee_type types[] = {FEE_TRANSFER, FEE_WITHDRAW, FEE_CHANGE_PUBKEY_ONCHAIN, FEE_SWAP, FEE_MINT_NFT};
    for (uint32_t token = 0; token < 3; token++) {
        struct fee_quote all, one;
        u128 gas_fee = 0, zkp_fee = 0, total;
        CHECK(fee_quote(&all, &m.policy, &m.now, types, ZK_COUNT(types), token));
        for (size_t i = 0; i < ZK_COUNT(types); i++) {
            CHECK(fee_quote(&one, &m.policy, &m.now, &types[i], 1, token));
            gas_fee += one.gas_fee;
            zkp_fee += one.zkp_fee;
        }
        CHECK(all.gas_fee == gas_fee && all.zkp_fee == zkp_fee);
        CHECK(fee_closest(&total, gas_fee + zkp_fee) && total == all.total_fee);
    }
}

/* Whatever the market does: the total is packable, not 0, and the quote passes its own check, alone and as a batch. */
static void test_quote__passes_its_own_check(struct prng *rng)
{
    for (int i = 0; i < 20000; i++) {
        struct fee_market m = {.policy = fee_policy_default()};
        fee_type type = (fee_type)prng_below(rng, FEE_TYPES);
        m.policy.block_slots = 1 + (unsigned)prng_below(rng, 3000);
        m.now = (struct fee_inputs){.gas_price_wei = prng_u64(rng) >> prng_below(rng, 64),
                                    .eth_price_pico = (prng_u64(rng) >> prng_below(rng, 64)) | 1,
                                    .open_slots = (unsigned)prng_below(rng, 3000),
                                    .n_tokens = 1,
                                    .tokens = {{3, (uint8_t)prng_below(rng, FEE_DECIMALS_MAX + 1),
                                                (prng_u64(rng) >> prng_below(rng, 64)) | 1}}};
        struct fee_quote q;
        CHECK(fee_quote(&q, &m.policy, &m.now, &type, 1, 3));
        CHECK(q.total_fee > 0);
        CHECK(fee_is_packable(q.total_fee));
        CHECK(fee_check(&m, 0, type, 3, q.total_fee) == FEE_ENOUGH);
        CHECK(fee_check_batch(&m, 0, &type, &(struct fee_offer){3, q.total_fee}, 1) == FEE_ENOUGH);
        CHECK(fee_check(&m, 0, type, 3, 0) == FEE_TOO_LOW);
        CHECK(fee_check(&m, 0, type, 3, q.total_fee - q.total_fee / 16 - 1) == FEE_TOO_LOW);
    }
}

static void test_quote__numbers_beyond_all_ranges_ask_for_the_most(struct prng *rng)
{
    (void)rng;
    struct fee_market m = market();
    struct fee_quote q;
    fee_type type = FEE_WITHDRAW;
    u128 most = 2047;
    for (int i = 0; i < 31; i++) most *= 10;
    m.now.gas_price_wei = UINT64_MAX;
    m.now.eth_price_pico = UINT64_MAX;
    m.now.tokens[0] = (struct fee_token){0, FEE_DECIMALS_MAX, 1};
    CHECK(fee_quote(&q, &m.policy, &m.now, &type, 1, 0));
    CHECK(q.total_fee == most);
    CHECK(fee_check(&m, 0, type, 0, most) == FEE_ENOUGH);
}

static void test_quote__refuses_tokens_that_cannot_pay(struct prng *rng)
{
    (void)rng;
    struct fee_market m = market();
    struct fee_quote q;
    fee_type type = FEE_TRANSFER;
    CHECK(!fee_quote(&q, &m.policy, &m.now, &type, 1, 3));     /* not enabled */
    CHECK(!fee_quote(&q, &m.policy, &m.now, &type, 1, 65536)); /* an NFT */
    m.now.tokens[1].price_pico = 0;
    CHECK(!fee_quote(&q, &m.policy, &m.now, &type, 1, 1)); /* no price */
    m.now.tokens[1] = (struct fee_token){1, FEE_DECIMALS_MAX + 1, FEE_PICO};
    CHECK(!fee_quote(&q, &m.policy, &m.now, &type, 1, 1));
    CHECK(fee_check(&m, 0, type, 1, U(1) << 100) == FEE_BAD_TOKEN);
}

static void test_fast__pays_what_the_block_has_not_earned(struct prng *rng)
{
    (void)rng;
    struct fee_market m = market();
    uint64_t slow = fee_gas(&m.policy, &m.now, FEE_WITHDRAW);
    CHECK_EQ_U64(slow + block_costs_default.base_gas, fee_gas(&m.policy, &m.now, FEE_FAST_WITHDRAW));
    m.now.open_slots = 400;
    CHECK_EQ_U64(slow + block_costs_default.base_gas * 6 / 10, fee_gas(&m.policy, &m.now, FEE_FAST_WITHDRAW));
    m.now.open_slots = 1000;
    CHECK_EQ_U64(slow, fee_gas(&m.policy, &m.now, FEE_FAST_WITHDRAW));
    m.now.open_slots = 2560;
    CHECK_EQ_U64(slow, fee_gas(&m.policy, &m.now, FEE_FAST_WITHDRAW));
    CHECK_EQ_U64(fee_gas(&m.policy, &m.now, FEE_WITHDRAW_NFT), fee_gas(&m.policy, &m.now, FEE_FAST_WITHDRAW_NFT));
}

/* 9.1 refuses what equals the tolerance, 9.2 does not. */
static void test_check__five_percent(struct prng *rng)
{
    (void)rng;
    struct fee_market m = market();
    fee_type type = FEE_TRANSFER; /* 5,000,000,000,000 wei */
    CHECK(fee_check(&m, 0, type, 0, U(4761904761905)) == FEE_ENOUGH);
    CHECK(fee_check(&m, 0, type, 0, U(4761904761904)) == FEE_TOO_LOW);
    CHECK(fee_check(&m, 0, type, 0, U128_MAX) == FEE_ENOUGH);
    m.policy.minimum_pico = 7980000000; /* 39,900,000,000,000 wei = 1.05 * 38,000,000,000,000 */
    CHECK(fee_check(&m, 0, type, 0, U(38000000000000)) == FEE_TOO_LOW);
    CHECK(fee_check(&m, 0, type, 0, U(38000000000001)) == FEE_ENOUGH);
    CHECK(fee_check_batch(&m, 0, &type, &(struct fee_offer){0, U(38000000000000)}, 1) == FEE_ENOUGH);
    CHECK(fee_check_batch(&m, 0, &type, &(struct fee_offer){0, U(37999999999999)}, 1) == FEE_TOO_LOW);
}

static void test_check_batch__adds_dollars_of_several_tokens(struct prng *rng)
{
    (void)rng;
    struct fee_market m = market();
    fee_type types[20];
    struct fee_offer offers[20] = {{0}};
    m.policy.minimum_pico = 7980000000; /* 0.00798 dollars each: together 0.1596 */
    for (size_t i = 0; i < 20; i++) types[i] = FEE_TRANSFER;
    CHECK(fee_check_batch(&m, 0, types, offers, 20) == FEE_TOO_LOW);
    offers[3] = (struct fee_offer){1, U(100000000000000000)}; /* 0.1 in DAI alone */
    CHECK(fee_check_batch(&m, 0, types, offers, 20) == FEE_TOO_LOW);
    offers[9] = (struct fee_offer){0, U(245000000000000)}; /* 0.049 in ETH: 0.149 and a cent are not enough */
    CHECK(fee_check_batch(&m, 0, types, offers, 20) == FEE_TOO_LOW);
    offers[9] = (struct fee_offer){0, U(250000000000000)}; /* 0.15 and a cent are */
    CHECK(fee_check_batch(&m, 0, types, offers, 20) == FEE_ENOUGH);
    offers[11] = (struct fee_offer){5, 0}; /* a fee of nothing may name any token */
    CHECK(fee_check_batch(&m, 0, types, offers, 20) == FEE_ENOUGH);
    offers[11].amount = 1;
    CHECK(fee_check_batch(&m, 0, types, offers, 20) == FEE_BAD_TOKEN);
    /* Below a cent, twice what is offered is what counts. */
    m.policy.minimum_pico = FEE_PICO / 1000;
    types[0] = FEE_WITHDRAW;
    struct fee_offer small[2] = {{0, U(10000000000000)}, {1, U(2100000000000000)}}; /* 0.002 + 0.0021 */
    CHECK(fee_check_batch(&m, 0, types, small, 1) == FEE_TOO_LOW);                  /* one token: 5 % */
    CHECK(fee_check_batch(&m, 0, (fee_type[]){FEE_WITHDRAW, FEE_TRANSFER}, small, 2) == FEE_TOO_LOW);
    CHECK(fee_check_batch(&m, 0, (fee_type[]){FEE_TRANSFER, FEE_TRANSFER}, small, 2) == FEE_ENOUGH);
}

static void test_check__a_quote_holds_for_a_minute(struct prng *rng)
{
    (void)rng;
    struct fee_market m = market();
    struct fee_quote q;
    fee_type type = FEE_WITHDRAW;
    CHECK(fee_quote(&q, &m.policy, &m.now, &type, 1, 0));
    m.before = m.now;
    m.now.gas_price_wei *= 3;
    m.now.since_us = 5000000000;
    CHECK(fee_check(&m, 5000000000, type, 0, q.total_fee) == FEE_ENOUGH);
    CHECK(fee_check(&m, 5059999999, type, 0, q.total_fee) == FEE_ENOUGH);
    CHECK(fee_check(&m, 5060000000, type, 0, q.total_fee) == FEE_TOO_LOW);
    struct fee_offer offer = {0, q.total_fee};
    CHECK(fee_check_batch(&m, 5059999999, &type, &offer, 1) == FEE_ENOUGH);
    CHECK(fee_check_batch(&m, 5060000000, &type, &offer, 1) == FEE_TOO_LOW);
    m.now.gas_price_wei = 1; /* cheaper now: at once */
    m.before.gas_price_wei *= 100;
    CHECK(fee_check(&m, 5000000000, type, 0, q.total_fee) == FEE_ENOUGH);
}

static void test_gas_price_step__is_near_and_not_below(struct prng *rng)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t wei = prng_u64(rng) >> prng_below(rng, 64);
        uint64_t step = fee_gas_price_step(0, wei);
        CHECK(step >= wei && step >= 1);
        CHECK(wei < 1000 || (double)step <= 1.121 * (double)wei);
        CHECK_EQ_U64(step, fee_gas_price_step(step, wei)); /* stays */
        CHECK_EQ_U64(step, fee_gas_price_step(0, step));   /* a step is its own step */
    }
    uint64_t at = fee_gas_price_step(0, 20 * GWEI);
    CHECK_EQ_U64(UINT64_C(21500000000), at);
    CHECK_EQ_U64(at, fee_gas_price_step(at, 21500000000));
    CHECK_EQ_U64(at, fee_gas_price_step(at, 17200000000));
    CHECK_EQ_U64(UINT64_C(17800000000), fee_gas_price_step(at, 17199999999));
    CHECK_EQ_U64(UINT64_C(23700000000), fee_gas_price_step(at, 21500000001));
}

static void test_price_step__moves_when_the_market_does(struct prng *rng)
{
    (void)rng;
    CHECK_EQ_U64(FEE_PICO * 9870, fee_price_step(0, FEE_PICO * 98765 / 10));
    CHECK_EQ_U64(FEE_PICO * 100, fee_price_step(FEE_PICO * 100, FEE_PICO * 102));
    CHECK_EQ_U64(FEE_PICO * 103, fee_price_step(FEE_PICO * 100, FEE_PICO * 103));
    CHECK_EQ_U64(FEE_PICO * 100, fee_price_step(FEE_PICO * 100, FEE_PICO * 98));
    CHECK_EQ_U64(FEE_PICO * 97, fee_price_step(FEE_PICO * 100, FEE_PICO * 97));
    CHECK_EQ_U64(0, fee_price_step(FEE_PICO, 0));
    CHECK_EQ_U64(7, fee_price_step(0, 7));
}

static void test_price_text__reads_and_writes(struct prng *rng)
{
    static const struct {
        const char *in, *out;
        uint64_t pico;
    } good[] = {{"9000", "9000", 9000 * FEE_PICO},
                {"0.2", "0.2", FEE_PICO / 5},
                {"1.000", "1", FEE_PICO},
                {"0", "0", 0},
                {"0.0000000000019", "0.000000000001", 1},
                {"18446744.073709551615", "18446744.073709551615", UINT64_MAX},
                {"007.5", "7.5", 15 * FEE_PICO / 2}};
    static const char *const bad[] = {"",      ".",  "1.", ".5", "-1", "1e3", " 1", "1,5", "18446744.073709551616",
                                      "1.2.3", "nan"};
    char text[FEE_PRICE_TEXT_MAX];
    uint64_t pico;
    for (size_t i = 0; i < ZK_COUNT(good); i++) {
        CHECK(fee_price_parse(&pico, good[i].in));
        CHECK_EQ_U64(good[i].pico, pico);
        fee_price_text(text, pico);
        CHECK_EQ_STR(good[i].out, text);
    }
    for (size_t i = 0; i < ZK_COUNT(bad); i++) CHECK_MSG(!fee_price_parse(&pico, bad[i]), "%s", bad[i]);
    for (int i = 0; i < 10000; i++) {
        uint64_t want = prng_u64(rng) >> prng_below(rng, 64);
        fee_price_text(text, want);
        CHECK(fee_price_parse(&pico, text) && pico == want);
    }
}

TEST_MAIN(TEST(test_quote__is_the_formula), TEST(test_quote__of_a_batch_is_the_sum_before_rounding),
          TEST(test_quote__passes_its_own_check), TEST(test_quote__numbers_beyond_all_ranges_ask_for_the_most),
          TEST(test_quote__refuses_tokens_that_cannot_pay), TEST(test_fast__pays_what_the_block_has_not_earned),
          TEST(test_check__five_percent), TEST(test_check_batch__adds_dollars_of_several_tokens),
          TEST(test_check__a_quote_holds_for_a_minute), TEST(test_gas_price_step__is_near_and_not_below),
          TEST(test_price_step__moves_when_the_market_does), TEST(test_price_text__reads_and_writes))
