#include "node/prices.h"

#include "base/test.h"

static const struct store_token eth = {.id = 0, .symbol = "ETH"};
static const struct store_token dai = {.id = 1, .symbol = "DAI", .address = {{0x11, 0x22}}};
#define DAI_ADDRESS "0x1122000000000000000000000000000000000000"

static void test_list__is_read(struct prng *rng)
{
    (void)rng;
    struct price_list list;
    CHECK_OK(prices_parse(&list, "ETH=200, wBTC=9000.5," DAI_ADDRESS "=1"));
    CHECK_EQ_U64(3, list.n);
    CHECK_EQ_U64(200 * FEE_PICO, price_of(&list, NULL, &eth, false));
    CHECK_EQ_U64(FEE_PICO, price_of(&list, NULL, &dai, false));
    static const char *const bad[] = {"ETH", "ETH=", "=1", "ETH=-1", "ETH=1e3", "ETH=1,x"};
    for (size_t i = 0; i < ZK_COUNT(bad); i++) CHECK_ERR(ZK_ERR_INPUT, prices_parse(&list, bad[i]));
}

/* Anybody may list a token of any symbol. */
static void test_symbol__counts_on_development_chains_only(struct prng *rng)
{
    (void)rng;
    struct price_list list;
    CHECK_OK(prices_parse(&list, "ETH=200,dai=1"));
    CHECK_EQ_U64(FEE_PICO, price_of(&list, NULL, &dai, true));
    CHECK_EQ_U64(0, price_of(&list, NULL, &dai, false));
    CHECK_EQ_U64(200 * FEE_PICO, price_of(&list, NULL, &eth, false));
    CHECK_EQ_U64(0, price_of(NULL, NULL, &eth, false));
}

static void test_service__answers_are_taken_with_care(struct prng *rng)
{
    (void)rng;
    struct price_list list, listed;
    static const char json[] = "{\"ETH\": \"1834.25\", \"" DAI_ADDRESS "\": 1.5, \"bad\": -1, \"worse\": \"x\", "
                               "\"obj\": {}, \"big\": 1e300, \"\": 1}";
    CHECK_OK(prices_from_json(&list, json, sizeof json - 1));
    CHECK_EQ_U64(2, list.n);
    CHECK_OK(prices_parse(&listed, "ETH=200,obj=7"));
    CHECK_EQ_U64(UINT64_C(1834250000000000), price_of(&list, &listed, &eth, false));
    CHECK_EQ_U64(3 * FEE_PICO / 2, price_of(&list, &listed, &dai, false));
    const struct store_token obj = {.id = 9, .symbol = "obj", .address = {{9}}};
    CHECK_EQ_U64(7 * FEE_PICO, price_of(&list, &listed, &obj, true)); /* the list, where the service is silent */
    static const char *const bad[] = {"", "[]", "1", "{", "{\"a\":", "{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}"};
    for (size_t i = 0; i < ZK_COUNT(bad); i++) CHECK_ERR(ZK_ERR_INPUT, prices_from_json(&list, bad[i], strlen(bad[i])));
}

TEST_MAIN(TEST(test_list__is_read), TEST(test_symbol__counts_on_development_chains_only),
          TEST(test_service__answers_are_taken_with_care))
