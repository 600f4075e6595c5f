#include "node/market.h"

#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GWEI   UINT64_C(1000000000)
#define SECOND UINT64_C(1000000)
#define START  (UINT64_C(1700000000) * SECOND)

static struct market_view view(void)
{
    return (struct market_view){.gas_price_wei = 20 * GWEI,
                                .eth_price_pico = 200 * FEE_PICO,
                                .n_tokens = 2,
                                .tokens = {{0, 18, 200 * FEE_PICO}, {1, 18, FEE_PICO}}};
}

static void test_update__moves_once_a_minute(struct prng *rng)
{
    (void)rng;
    struct fee_market m = {.policy = fee_policy_default()};
    struct market_view v = view();
    CHECK(market_update(&m, &v, START)); /* the first counts at once */
    CHECK_EQ_U64(UINT64_C(21500000000), m.now.gas_price_wei);
    CHECK_EQ_U64(0, m.before.n_tokens);
    CHECK(!market_update(&m, &v, START + 3600 * SECOND)); /* nothing moved */
    v.gas_price_wei = 40 * GWEI;
    v.eth_price_pico = 210 * FEE_PICO;
    CHECK(!market_update(&m, &v, START + 59 * SECOND));
    CHECK(market_update(&m, &v, START + 60 * SECOND));
    CHECK_EQ_U64(UINT64_C(42200000000), m.now.gas_price_wei);
    CHECK_EQ_U64(210 * FEE_PICO, m.now.eth_price_pico);
    CHECK_EQ_U64(UINT64_C(21500000000), m.before.gas_price_wei);
    CHECK_EQ_U64(START + 60 * SECOND, m.now.since_us);
    v.gas_price_wei = 0; /* unknown: the old one stays */
    CHECK(!market_update(&m, &v, START + 240 * SECOND));
}

static void test_update__tokens_come_and_go_at_once(struct prng *rng)
{
    (void)rng;
    struct fee_market m = {.policy = fee_policy_default()};
    struct market_view v = view();
    CHECK(market_update(&m, &v, START));
    v.n_tokens = 3;
    v.tokens[2] = (struct fee_token){7, 6, FEE_PICO / 2};
    CHECK(market_update(&m, &v, START + SECOND));
    CHECK(fee_token_find(&m.now, 7) != NULL);
    CHECK_EQ_U64(3, m.now.n_tokens);
    v.tokens[1].price_pico = 0; /* a peg that broke: no more, under no quote */
    v.gas_price_wei = 40 * GWEI;
    CHECK(market_update(&m, &v, START + 60 * SECOND));
    v.tokens[2].price_pico = 0;
    CHECK(market_update(&m, &v, START + 61 * SECOND));
    CHECK(fee_token_find(&m.now, 1) == NULL && fee_token_find(&m.before, 1) == NULL);
    CHECK(fee_token_find(&m.now, 7) == NULL && fee_token_find(&m.before, 7) == NULL);
    CHECK(fee_token_find(&m.now, 0) != NULL);
}

static void test_store__gives_back_what_was_saved(struct prng *rng)
{
    char path[] = "/tmp/zkroll-market-XXXXXX";
    struct store *s;
    struct fee_market m = {.policy = fee_policy_default()}, back;
    bool found;
    int fd = mkstemp(path);
    CHECK(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
    CHECK_OK(store_open(&s, path, &(struct store_options){.create = true}));
    CHECK_OK(market_load(s, &back, &found));
    CHECK(!found && back.now.n_tokens == 0);
    for (int i = 0; i < 50; i++) {
        struct fee_inputs *const sets[] = {&m.now, &m.before};
        for (size_t k = 0; k < 2; k++) {
            *sets[k] = (struct fee_inputs){.since_us = prng_u64(rng),
                                           .gas_price_wei = prng_u64(rng),
                                           .eth_price_pico = prng_u64(rng),
                                           .open_slots = (unsigned)prng_below(rng, 2560),
                                           .n_tokens = (unsigned)prng_below(rng, FEE_TOKENS_MAX + 1)};
            for (unsigned t = 0; t < sets[k]->n_tokens; t++)
                sets[k]->tokens[t] = (struct fee_token){t * 3, (uint8_t)prng_below(rng, 37), prng_u64(rng)};
        }
        CHECK_OK(market_save(s, &m));
        CHECK_OK(market_load(s, &back, &found));
        CHECK(found);
        CHECK(memcmp(&m.policy, &back.policy, sizeof m.policy) == 0);
        CHECK_EQ_U64(m.now.since_us, back.now.since_us);
        CHECK_EQ_U64(m.before.gas_price_wei, back.before.gas_price_wei);
        CHECK_EQ_U64(m.before.n_tokens, back.before.n_tokens);
        for (unsigned t = 0; t < m.now.n_tokens; t++) {
            CHECK_EQ_U64(m.now.tokens[t].id, back.now.tokens[t].id);
            CHECK_EQ_U64(m.now.tokens[t].decimals, back.now.tokens[t].decimals);
            CHECK_EQ_U64(m.now.tokens[t].price_pico, back.now.tokens[t].price_pico);
        }
    }
    uint8_t bytes[STORE_VALUE_MAX];
    size_t len;
    CHECK_OK(store_get(s, "fee_market", bytes, &len, sizeof bytes, &found));
    for (size_t cut = 0; cut < len; cut += 7) { /* damaged: refused, not guessed */
        CHECK_OK(store_put(s, "fee_market", bytes, cut));
        CHECK_ERR(ZK_ERR_CORRUPT, market_load(s, &back, &found));
    }
    store_close(s);
    char file[64];
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < ZK_COUNT(ends); i++) {
        (void)snprintf(file, sizeof file, "%s%s", path, ends[i]);
        (void)unlink(file);
    }
}

TEST_MAIN(TEST(test_update__moves_once_a_minute), TEST(test_update__tokens_come_and_go_at_once),
          TEST(test_store__gives_back_what_was_saved))
