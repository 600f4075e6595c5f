/* The worked examples of Solidity's ABI specification, and what a reader must refuse. */
#include "ethereum/abi.h"

#include "base/bytes.h"
#include "base/test.h"

static void check_hex(const uint8_t *got, size_t len, const char *hex)
{
    uint8_t want[1024];
    CHECK_EQ_U64(strlen(hex) / 2, len);
    CHECK(hex_decode(want, len, hex, 2 * len));
    CHECK_EQ_BYTES(want, got, len);
}

static void test_selector__of_known_functions_and_events(struct prng *rng)
{
    (void)rng;
    uint8_t selector[4];
    uint8_t topic[32];
    abi_selector(selector, "depositETH(address)");
    check_hex(selector, 4, "2d2da806");
    abi_selector(selector, "commitBlocks((uint32,uint64,bytes32,uint256,bytes32,bytes32),"
                           "(bytes32,bytes,uint256,(bytes,uint32)[],uint32,uint32)[])");
    check_hex(selector, 4, "45269298");
    abi_topic(topic, "NewPriorityRequest(address,uint64,uint8,bytes,uint256)");
    check_hex(topic, 32, "d0943372c08b438a88d4b39d77216901079eda9ca59d45349841c099083b6830");
}

/* f(uint256,uint32[],bytes10,bytes) with (0x123, [0x456, 0x789], "1234567890", "Hello, world!") */
static void test_put__writes_the_example_of_the_specification(struct prng *rng)
{
    (void)rng;
    uint8_t buf[512];
    struct abi_out o;
    abi_out_init(&o, buf, sizeof buf);
    abi_put_selector(&o, "f(uint256,uint32[],bytes10,bytes)");
    size_t tuple = abi_begin(&o);
    abi_put_u64(&o, 0x123);
    size_t array = abi_put_slot(&o);
    abi_put_fixed_bytes(&o, (const uint8_t *)"1234567890", 10);
    size_t bytes = abi_put_slot(&o);
    abi_fill_slot(&o, array, tuple);
    abi_put_u64(&o, 2);
    abi_put_u64(&o, 0x456);
    abi_put_u64(&o, 0x789);
    abi_fill_slot(&o, bytes, tuple);
    abi_put_bytes(&o, (const uint8_t *)"Hello, world!", 13);
    CHECK(abi_out_ok(&o));
    check_hex(buf, o.len,
              "8be65246"
              "0000000000000000000000000000000000000000000000000000000000000123"
              "0000000000000000000000000000000000000000000000000000000000000080"
              "3132333435363738393000000000000000000000000000000000000000000000"
              "00000000000000000000000000000000000000000000000000000000000000e0"
              "0000000000000000000000000000000000000000000000000000000000000002"
              "0000000000000000000000000000000000000000000000000000000000000456"
              "0000000000000000000000000000000000000000000000000000000000000789"
              "000000000000000000000000000000000000000000000000000000000000000d"
              "48656c6c6f2c20776f726c642100000000000000000000000000000000000000");

    /* And back. */
    struct abi_in in = {buf + 4, o.len - 4};
    struct abi_in members;
    const uint8_t *p;
    size_t len, n;
    uint64_t x;
    uint8_t ten[10];
    CHECK(abi_get_u64(&in, 0, &x) && x == 0x123);
    CHECK(abi_get_array(&in, 1, 10, &members, &n) && n == 2);
    CHECK(abi_get_u64(&members, 1, &x) && x == 0x789);
    CHECK(!abi_get_array(&in, 1, 1, &members, &n));
    CHECK(abi_get_fixed_bytes(&in, 2, ten, 10));
    CHECK_EQ_BYTES("1234567890", ten, 10);
    CHECK(!abi_get_fixed_bytes(&in, 2, ten, 9));
    CHECK(abi_get_bytes(&in, 3, &p, &len) && len == 13);
    CHECK_EQ_BYTES("Hello, world!", p, 13);

    /* A reader of a shorter text never looks beyond it. */
    for (size_t cut = 0; cut < in.len; cut++) {
        struct abi_in part = {in.p, cut};
        CHECK(!abi_get_bytes(&part, 3, &p, &len));
    }
    /* A writer with less room notices. */
    for (size_t cap = 0; cap < o.len; cap++) {
        struct abi_out small;
        abi_out_init(&small, buf + 300, cap < 200 ? cap : 199);
        abi_put_selector(&small, "f()");
        abi_put_bytes(&small, in.p, 180);
        CHECK(!abi_out_ok(&small));
    }
}

static void test_get__refuses_values_beyond_their_type(struct prng *rng)
{
    (void)rng;
    uint8_t word[64];
    uint64_t x;
    uint8_t be[16];
    uint8_t address[20];
    bool b;
    const uint8_t *p;
    size_t len;
    struct abi_in in = {word, 32};
    memset(word, 0, sizeof word);
    word[31] = 2;
    CHECK(abi_get_u64(&in, 0, &x) && x == 2);
    CHECK(!abi_get_bool(&in, 0, &b));
    CHECK(!abi_get_u64(&in, 1, &x));
    word[23] = 1;
    CHECK(!abi_get_u64(&in, 0, &x));
    CHECK(abi_get_u128(&in, 0, be));
    CHECK(abi_get_address(&in, 0, address));
    word[15] = 1;
    CHECK(!abi_get_u128(&in, 0, be));
    CHECK(abi_get_address(&in, 0, address));
    word[11] = 1;
    CHECK(!abi_get_address(&in, 0, address));

    /* bytes: an offset beyond the end, a length beyond the end, a dirty last byte */
    in.len = 64;
    memset(word, 0, sizeof word);
    word[31] = 32;
    CHECK(abi_get_bytes(&in, 0, &p, &len) && len == 0);
    word[63] = 1;
    CHECK(!abi_get_bytes(&in, 0, &p, &len));
    word[31] = 65;
    CHECK(!abi_get_bytes(&in, 0, &p, &len));
    memset(word, 0xff, sizeof word);
    CHECK(!abi_get_bytes(&in, 0, &p, &len));
    uint8_t dirty[96] = {0};
    dirty[31] = 32;
    dirty[63] = 1;
    dirty[95] = 1;
    struct abi_in in3 = {dirty, sizeof dirty};
    CHECK(!abi_get_bytes(&in3, 0, &p, &len));
    dirty[95] = 0;
    CHECK(abi_get_bytes(&in3, 0, &p, &len) && len == 1);
}

TEST_MAIN(TEST(test_selector__of_known_functions_and_events), TEST(test_put__writes_the_example_of_the_specification),
          TEST(test_get__refuses_values_beyond_their_type))
