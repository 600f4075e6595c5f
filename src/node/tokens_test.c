#include "node/tokens.h"

#include "ethereum/abi.h"
#include "store/databases_test.h"

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

static void add(struct store *s, uint32_t id, const char *symbol)
{
    struct store_token t = {.id = id, .decimals = 18};
    t.address.b[19] = (uint8_t)id;
    (void)snprintf(t.symbol, sizeof t.symbol, "%s", symbol);
    CHECK_OK(token_add(&t, s));
}

static void check_symbol(struct store *s, uint32_t id, const char *want)
{
    struct store_token t;
    bool found;
    CHECK_OK(store_token_by_id(s, &t, &found, id));
    CHECK(found);
    CHECK_EQ_STR(want, t.symbol);
}

DB_TEST(test_add__makes_symbols_different_within_one_transaction)
{
    struct store *s;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    CHECK_OK(store_begin(s));
    add(s, 1, "FOO");
    add(s, 2, "foo"); /* the same to who reads it */
    add(s, 3, "BAR-4");
    add(s, 4, "BAR");
    add(s, 5, "bar"); /* BAR-5 is free */
    add(s, 6, "BAR-7");
    add(s, 7, "BAR"); /* and BAR-7 is not */
    CHECK_OK(store_commit(s));
    for (int again = 0; again < 2; again++) {
        check_symbol(s, 1, "FOO");
        check_symbol(s, 2, "foo-2");
        check_symbol(s, 3, "BAR-4");
        check_symbol(s, 4, "BAR");
        check_symbol(s, 5, "bar-5");
        check_symbol(s, 6, "BAR-7");
        check_symbol(s, 7, "ERC20-7");
        add(s, 2, "foo"); /* read again after a reorganization */
        add(s, 7, "BAR");
    }
    store_close(s);
}

TEST_MAIN(TEST(test_add__makes_symbols_different_within_one_transaction), TEST(test_symbol__takes_plain_ones),
          TEST(test_symbol__refuses_what_could_deceive), TEST(test_decimals__are_a_byte))
