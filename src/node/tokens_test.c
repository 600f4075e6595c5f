#include "node/tokens.h"

#include "base/test.h"
#include "ethereum/abi.h"

static size_t string_answer(uint8_t *out, size_t cap, const char *text)
{
    struct abi_out o;
    abi_out_init(&o, out, cap);
    size_t tuple = abi_begin(&o), slot = abi_put_slot(&o);
    abi_fill_slot(&o, slot, tuple);
    abi_put_bytes(&o, (const uint8_t *)text, strlen(text));
    CHECK(abi_out_ok(&o));
    return o.len;
}

static void test_symbol__takes_plain_ones(struct prng *rng)
{
    (void)rng;
    static const char *const good[] = {"DAI", "wBTC", "USD.e", "a", "$X", "B-52", "ABCDEFGHIJKLMNOPQRST"};
    uint8_t answer[256];
    char symbol[STORE_SYMBOL_MAX];
    for (size_t i = 0; i < ZK_COUNT(good); i++) {
        size_t len = string_answer(answer, sizeof answer, good[i]);
        CHECK(token_symbol(symbol, answer, len));
        CHECK_EQ_STR(good[i], symbol);
        memset(answer, 0, 32);
        memcpy(answer, good[i], strlen(good[i]));
        CHECK(token_symbol(symbol, answer, 32));
        CHECK_EQ_STR(good[i], symbol);
    }
}

static void test_symbol__refuses_what_could_deceive(struct prng *rng)
{
    (void)rng;
    static const char *const bad[] = {"",
                                      "ETH",
                                      "eth",
                                      "NFT-7",
                                      "nft-x",
                                      "ERC20-1",
                                      "12",
                                      "0x12",
                                      "0Xab",
                                      "A B",
                                      "DAI\n",
                                      "D\xc3\x84I",
                                      "ABCDEFGHIJKLMNOPQRSTU",
                                      "<b>",
                                      "DAI/ETH",
                                      "a\\b",
                                      "\"x"};
    uint8_t answer[256];
    char symbol[STORE_SYMBOL_MAX];
    for (size_t i = 0; i < ZK_COUNT(bad); i++) {
        size_t len = string_answer(answer, sizeof answer, bad[i]);
        CHECK_MSG(!token_symbol(symbol, answer, len), "%s", bad[i]);
        CHECK_EQ_STR("", symbol);
    }
    CHECK(!token_symbol(symbol, answer, 0));
    CHECK(!token_symbol(symbol, answer, 31));
    size_t len = string_answer(answer, sizeof answer, "DAI");
    for (size_t cut = 1; cut < len; cut++)
        if (len - cut != 32) CHECK(!token_symbol(symbol, answer, len - cut));
}

static void test_decimals__are_a_byte(struct prng *rng)
{
    (void)rng;
    uint8_t answer[33] = {0}, decimals;
    answer[31] = 6;
    CHECK(token_decimals(&decimals, answer, 32) && decimals == 6);
    answer[31] = 255;
    CHECK(token_decimals(&decimals, answer, 32) && decimals == 255);
    answer[30] = 1;
    CHECK(!token_decimals(&decimals, answer, 32));
    answer[30] = 0;
    CHECK(!token_decimals(&decimals, answer, 31));
    CHECK(!token_decimals(&decimals, answer, 33));
}

TEST_MAIN(TEST(test_symbol__takes_plain_ones), TEST(test_symbol__refuses_what_could_deceive),
          TEST(test_decimals__are_a_byte))
