/* Strings and lists of the Yellow Paper and the Ethereum wiki, canonical forms, and round trips. */
#include "ethereum/rlp.h"

#include "base/bytes.h"
#include "base/test.h"

static void check_out(const struct rlp_out *o, const char *hex)
{
    uint8_t want[512];
    CHECK(rlp_out_ok(o));
    CHECK_EQ_U64(strlen(hex) / 2, rlp_out_len(o));
    CHECK(hex_decode(want, strlen(hex) / 2, hex, strlen(hex)));
    CHECK_EQ_BYTES(want, rlp_out_data(o), rlp_out_len(o));
}

static void test_rlp__writes_the_known_examples(struct prng *rng)
{
    (void)rng;
    uint8_t buf[512];
    struct rlp_out o;
    rlp_out_init(&o, buf, sizeof buf);
    rlp_put_bytes(&o, "dog", 3);
    check_out(&o, "83646f67");

    rlp_out_init(&o, buf, sizeof buf);
    size_t end = rlp_mark(&o);
    rlp_put_bytes(&o, "dog", 3);
    rlp_put_bytes(&o, "cat", 3);
    rlp_put_list(&o, end);
    check_out(&o, "c88363617483646f67");

    rlp_out_init(&o, buf, sizeof buf);
    rlp_put_bytes(&o, "", 0);
    check_out(&o, "80");
    rlp_out_init(&o, buf, sizeof buf);
    rlp_put_u64(&o, 0);
    check_out(&o, "80");
    rlp_out_init(&o, buf, sizeof buf);
    rlp_put_u64(&o, 15);
    check_out(&o, "0f");
    rlp_out_init(&o, buf, sizeof buf);
    rlp_put_u64(&o, 1024);
    check_out(&o, "820400");
    rlp_out_init(&o, buf, sizeof buf);
    rlp_put_list(&o, rlp_mark(&o));
    check_out(&o, "c0");

    /* [ [], [[]], [ [], [[]] ] ] */
    rlp_out_init(&o, buf, sizeof buf);
    size_t all = rlp_mark(&o);
    size_t third = rlp_mark(&o);
    size_t inner = rlp_mark(&o);
    rlp_put_list(&o, rlp_mark(&o));
    rlp_put_list(&o, inner);
    rlp_put_list(&o, rlp_mark(&o));
    rlp_put_list(&o, third);
    size_t second = rlp_mark(&o);
    rlp_put_list(&o, rlp_mark(&o));
    rlp_put_list(&o, second);
    rlp_put_list(&o, rlp_mark(&o));
    rlp_put_list(&o, all);
    check_out(&o, "c7c0c1c0c3c0c1c0");

    rlp_out_init(&o, buf, sizeof buf);
    const char *lorem = "Lorem ipsum dolor sit amet, consectetur adipisicing elit";
    rlp_put_bytes(&o, lorem, strlen(lorem));
    CHECK_EQ_U64(58, rlp_out_len(&o));
    CHECK_EQ_BYTES("\xb8\x38", rlp_out_data(&o), 2);
}

static void test_rlp__round_trips_at_every_header_length(struct prng *rng)
{
    static uint8_t data[70000];
    static uint8_t buf[140100];
    static const size_t lens[] = {0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65535, 65536, 70000};
    prng_bytes(rng, data, sizeof data);
    for (size_t i = 0; i < ZK_COUNT(lens); i++) {
        struct rlp_out o;
        rlp_out_init(&o, buf, sizeof buf);
        size_t end = rlp_mark(&o);
        rlp_put_u64(&o, lens[i]);
        rlp_put_bytes(&o, data, lens[i]);
        rlp_put_list(&o, end);
        CHECK(rlp_out_ok(&o));

        struct rlp_in in = {rlp_out_data(&o), rlp_out_len(&o)};
        struct rlp_in list;
        struct rlp_item item;
        uint64_t n;
        CHECK(rlp_next_list(&in, &list) && in.len == 0);
        CHECK(rlp_next(&list, &item) && !item.is_list);
        CHECK_EQ_U64(lens[i], item.len);
        CHECK_EQ_BYTES(data, item.p, item.len);
        CHECK(rlp_next_u64(&list, &n) && list.len == 0);
        CHECK_EQ_U64(lens[i], n);
        CHECK(!rlp_next(&list, &item));
        /* Too short a buffer is noticed, whatever is missing. */
        for (size_t cut = 1; cut < 5 && cut < rlp_out_len(&o); cut++) {
            struct rlp_in part = {rlp_out_data(&o), rlp_out_len(&o) - cut};
            CHECK(!rlp_next_list(&part, &list));
            struct rlp_out small;
            rlp_out_init(&small, buf + 70010, rlp_out_len(&o) - cut);
            end = rlp_mark(&small);
            rlp_put_u64(&small, lens[i]);
            rlp_put_bytes(&small, data, lens[i]);
            rlp_put_list(&small, end);
            CHECK(!rlp_out_ok(&small));
            if (rlp_out_len(&o) > 60000) break;
        }
    }
}

static void test_rlp__refuses_what_is_not_canonical(struct prng *rng)
{
    (void)rng;
    static const char *const bad[] = {
        "8100",
        "817f", /* a single byte below 0x80 has no header */
        "b800",
        "b801aa",
        "b837",   /* a short string in the long form */
        "b90038", /* leading zero in the length */
        "f800",
        "f90001",             /* the same for lists */
        "bfffffffffffffffff", /* a length beyond everything */
        "83646f",
        "c3",
        "b8",
        "ff", /* truncated */
    };
    for (size_t i = 0; i < ZK_COUNT(bad); i++) {
        uint8_t bytes[64];
        size_t len = strlen(bad[i]) / 2;
        CHECK(hex_decode(bytes, len, bad[i], 2 * len));
        struct rlp_in in = {bytes, len};
        struct rlp_item item;
        CHECK_MSG(!rlp_next(&in, &item), "%s was read", bad[i]);
    }
    uint64_t n;
    uint8_t word[32];
    struct rlp_in zero = {(const uint8_t *)"\x00", 1};
    CHECK(!rlp_next_u64(&zero, &n));
    struct rlp_in padded = {(const uint8_t *)"\x82\x00\x01", 3};
    CHECK(!rlp_next_u256(&padded, word));
    struct rlp_in wide = {(const uint8_t *)"\x89\x01\x02\x03\x04\x05\x06\x07\x08\x09", 10};
    CHECK(!rlp_next_u64(&wide, &n));
}

TEST_MAIN(TEST(test_rlp__writes_the_known_examples), TEST(test_rlp__round_trips_at_every_header_length),
          TEST(test_rlp__refuses_what_is_not_canonical))
