#include "base/test.h"
#include "cli/units.h"
#include "rollup/amount.h"

static u128 parsed(const char *text, uint8_t decimals)
{
    u128 v;
    CHECK_OK(units_parse(&v, text, decimals));
    return v;
}

static void test_parse__takes_what_people_write(struct prng *rng)
{
    (void)rng;
    CHECK(parsed("1", 18) == (u128)1000000000000000000);
    CHECK(parsed("0.05", 18) == 50000000000000000);
    CHECK(parsed(".5", 1) == 5);
    CHECK(parsed("1.", 0) == 1);
    CHECK(parsed("0", 18) == 0);
    CHECK(parsed("007.10", 2) == 710);
    CHECK(parsed("1.2300000", 2) == 123);
    CHECK(parsed("340282366920938463463.374607431768211455", 18) == U128_MAX);
    CHECK(parsed("340282366920938463463374607431768211455", 0) == U128_MAX);
    CHECK(parsed("0", 255) == 0);
}

static void test_parse__refuses_everything_else(struct prng *rng)
{
    (void)rng;
    static const char *const bad[] = {"",   ".",    "-1",    "+1", "1e3", "1,5",   " 1",
                                      "1 ", "0x10", "1.2.3", "..", "nan", "1_000", "1.234"};
    u128 v;
    for (size_t i = 0; i < ZK_COUNT(bad); i++) {
        CHECK_ERR(ZK_ERR_INPUT, units_parse(&v, bad[i], 2));
        CHECK(v == 0);
    }
    CHECK_ERR(ZK_ERR_INPUT, units_parse(&v, "340282366920938463463374607431768211456", 0));
    CHECK_ERR(ZK_ERR_INPUT, units_parse(&v, "340282366920938463463.374607431768211456", 18));
    CHECK_ERR(ZK_ERR_INPUT, units_parse(&v, "1", 39));
}

static void test_parse__is_the_inverse_of_units_to_text(struct prng *rng)
{
    for (int i = 0; i < 2000; i++) {
        u128 v = (u128)prng_u64(rng) << 64 | prng_u64(rng);
        v >>= prng_below(rng, 128);
        uint8_t decimals = (uint8_t)prng_below(rng, 60);
        char text[UNITS_TEXT_MAX + 1];
        units_to_text(text, v, decimals);
        CHECK(parsed(text, decimals) == v);
    }
}

static void test_packable__names_both_neighbours(struct prng *rng)
{
    (void)rng;
    CHECK_OK(units_check_packable(parsed("1.5", 18), 18, "ETH"));
    CHECK_ERR(ZK_ERR_INPUT, units_check_packable(parsed("10.123456789012", 18), 18, "ETH"));
    CHECK_EQ_STR("this amount is too exact to be sent; the nearest: 10.123456789 or 10.12345679 ETH", zk_err_message());
    CHECK_OK(units_check_packable_fee(2047, 0, "X"));
    CHECK_ERR(ZK_ERR_INPUT, units_check_packable_fee(20481, 0, "X"));
    CHECK_EQ_STR("this fee is too exact to be sent; the nearest: 20470.0 or 20500.0 X", zk_err_message());
    CHECK_ERR(ZK_ERR_INPUT, units_check_packable(U128_MAX, 0, "X"));
    CHECK(amount_is_packable(amount_closest(U128_MAX)));
}

TEST_MAIN(TEST(test_parse__takes_what_people_write), TEST(test_parse__refuses_everything_else),
          TEST(test_parse__is_the_inverse_of_units_to_text), TEST(test_packable__names_both_neighbours))
