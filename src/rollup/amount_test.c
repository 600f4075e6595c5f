#include "rollup/amount.h"

#include "rollup/vectors_test.h"

/* Amounts and fees side by side, so that each test is written once. */
struct kind {
    const char *name;
    size_t bytes;
    u128 mantissa_max;
    bool (*pack)(uint8_t *out, u128 v);
    bool (*is_packable)(u128 v);
    bool (*unpack)(u128 *v, const uint8_t *in);
    bool (*unpack_any)(u128 *v, const uint8_t *in);
    bool (*closest)(u128 *out, u128 v);
    bool (*closest_up)(u128 *out, u128 v);
};

static bool amount_closest_always(u128 *out, u128 v)
{
    *out = amount_closest(v);
    return true;
}

static const struct kind kinds[] = {
    {"amount", 5, ((u128)1 << 35) - 1, amount_pack, amount_is_packable, amount_unpack, amount_unpack_any,
     amount_closest_always, amount_closest_up},
    {"fee", 2, ((u128)1 << 11) - 1, fee_pack, fee_is_packable, fee_unpack, fee_unpack_any, fee_closest, fee_closest_up},
};

static void check_u128(u128 want, u128 got, const char *what)
{
    char a[U128_TEXT_MAX + 1];
    char b[U128_TEXT_MAX + 1];
    u128_to_text(a, want);
    u128_to_text(b, got);
    CHECK_MSG(want == got, "%s: want %s, got %s", what, a, b);
}

static void check_encode(const struct kind *k, struct json_object *c)
{
    uint8_t packed[5];
    uint8_t want[5];
    u128 got;
    u128 v = vector_u128(c, "value");
    if (vector_has(c, "too_big")) {
        CHECK(!k->pack(packed, v) && !k->is_packable(v) && !k->closest(&got, v) && !k->closest_up(&got, v));
        return;
    }
    bool packable = vector_bool(c, "packable");
    CHECK(k->is_packable(v) == packable);
    CHECK(k->pack(packed, v) == packable);
    CHECK(packable == vector_has(c, "sdk_packed"));
    vector_bytes(want, k->bytes, c, "closest_packed");
    if (packable) CHECK_EQ_BYTES(want, packed, k->bytes);
    CHECK(k->closest(&got, v));
    check_u128(vector_u128(c, "closest"), got, "closest");
    CHECK(k->pack(packed, got));
    CHECK_EQ_BYTES(want, packed, k->bytes);
    const char *up = vector_str(c, "closest_greater_or_equal");
    u128 want_up;
    bool has_up = u128_from_text(&want_up, up, strlen(up)) == U128_PARSED;
    CHECK(k->closest_up(&got, v) == has_up);
    if (has_up) check_u128(want_up, got, "closest_up");
}

static void check_decode(const struct kind *k, struct json_object *c)
{
    uint8_t packed[5];
    u128 got;
    vector_bytes(packed, k->bytes, c, "packed");
    if (vector_bool(c, "overflows_u128")) {
        CHECK(!k->unpack_any(&got, packed) && !k->unpack(&got, packed));
        return;
    }
    CHECK(k->unpack_any(&got, packed));
    check_u128(vector_u128(c, "value"), got, "unpack_any");
    bool canonical = vector_bool(c, "canonical");
    CHECK(k->unpack(&got, packed) == canonical);
    if (canonical) check_u128(vector_u128(c, "value"), got, "unpack");
}

static size_t check_list(const struct kind *k, struct json_object *file, const char *suffix,
                         void (*check)(const struct kind *, struct json_object *))
{
    char key[32];
    (void)snprintf(key, sizeof key, "%s_%s", k->name, suffix);
    struct json_object *list = vector_get(file, key);
    for (size_t i = 0; i < vector_count(list); i++) check(k, json_object_array_get_idx(list, i));
    return vector_count(list);
}

static void test_packing__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("packing.json");
    size_t n = 0;
    for (size_t i = 0; i < ZK_COUNT(kinds); i++) {
        n += check_list(&kinds[i], file, "encode", check_encode);
        n += check_list(&kinds[i], file, "decode", check_decode);
    }
    struct json_object *full = vector_get(file, "full_amount_16_bytes_big_endian");
    for (size_t i = 0; i < vector_count(full); i++, n++) {
        struct json_object *c = json_object_array_get_idx(full, i);
        uint8_t want[16];
        uint8_t got[16];
        vector_bytes(want, 16, c, "bytes16");
        store_be128(got, vector_u128(c, "value"));
        CHECK_EQ_BYTES(want, got, 16);
        check_u128(vector_u128(c, "value"), load_be128(want), "load_be128");
    }
    printf("packing.json: %zu entries\n", n);
    CHECK(n == 109 + 110 + 18 + 17 + 5);
    json_object_put(file);
}

/* Every 2-byte string, against the definition: one canonical form a value. */
static void test_fee__every_pattern(struct prng *rng)
{
    (void)rng;
    size_t canonical = 0;
    for (unsigned i = 0; i <= 0xffff; i++) {
        uint8_t in[2] = {(uint8_t)(i >> 8), (uint8_t)i};
        uint8_t again[2];
        u128 v;
        u128 strict;
        u128 power = 1;
        CHECK(fee_unpack_any(&v, in));
        for (unsigned e = i % 32; e > 0; e--) power *= 10;
        check_u128((i / 32) * power, v, "fee");
        bool ok = fee_unpack(&strict, in);
        CHECK(fee_pack(again, v)); /* whatever a form stands for is packable */
        CHECK(ok == (memcmp(in, again, 2) == 0));
        canonical += ok;
    }
    /* e = 0: 2048 mantissas; each further e: those that the e below cannot hold, 205 .. 2047, as 204 * 10 < 2047 */
    CHECK_EQ_U64(2048 + 31 * (2048 - 205), canonical);
}

static u128 random_u128(struct prng *rng)
{
    u128 v = (u128)prng_u64(rng) << 64 | prng_u64(rng);
    return v >> prng_below(rng, 128);
}

static void test_packing__laws(struct prng *rng)
{
    for (size_t i = 0; i < ZK_COUNT(kinds); i++) {
        const struct kind *k = &kinds[i];
        for (int round = 0; round < 20000; round++) {
            u128 v = round == 0 ? U128_MAX : random_u128(rng);
            u128 down;
            u128 up;
            uint8_t packed[5];
            if (!k->closest(&down, v)) {
                CHECK(k->bytes == 2 && v / k->mantissa_max >= 100);
                continue;
            }
            CHECK(down <= v && k->is_packable(down) && k->pack(packed, down));
            CHECK(k->unpack(&up, packed) && up == down);
            CHECK(k->is_packable(v) == (down == v));
            CHECK(v - down <= v / (k->mantissa_max / 10)); /* at least all digits of the mantissa but one are kept */
            if (k->closest_up(&up, v)) CHECK(up >= v && k->is_packable(up) && (up == v) == k->is_packable(v));
        }
    }
}

static void test_text__round_trips(struct prng *rng)
{
    char text[U128_TEXT_MAX + 1];
    for (int i = 0; i < 2000; i++) {
        u128 v = i == 0 ? U128_MAX : i == 1 ? 0 : random_u128(rng);
        u128 again;
        size_t len = u128_to_text(text, v);
        CHECK(len == strlen(text) && u128_from_text(&again, text, len) == U128_PARSED && again == v);
    }
    u128_to_text(text, U128_MAX);
    CHECK_EQ_STR("340282366920938463463374607431768211455", text);
}

static void test_text__refuses(struct prng *rng)
{
    (void)rng;
    static const char *const malformed[] = {"", "-1", "+1", "01", "00", " 1", "1 ", "1.0", "1e3", "0x10", "1_000", "a"};
    static const char *const too_big[] = {"340282366920938463463374607431768211456",
                                          "999999999999999999999999999999999999999",
                                          "1000000000000000000000000000000000000000000000000000000000000000000000"};
    u128 v;
    for (size_t i = 0; i < ZK_COUNT(malformed); i++)
        CHECK_MSG(u128_from_text(&v, malformed[i], strlen(malformed[i])) == U128_MALFORMED, "'%s'", malformed[i]);
    for (size_t i = 0; i < ZK_COUNT(too_big); i++)
        CHECK_MSG(u128_from_text(&v, too_big[i], strlen(too_big[i])) == U128_TOO_BIG && v == 0, "%s", too_big[i]);
    CHECK(u128_from_text(&v, "1\0", 2) == U128_MALFORMED);
}

static void test_units__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *list = vector_get(file, "format_units");
    char text[UNITS_TEXT_MAX + 1];
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        size_t len = units_to_text(text, vector_u128(c, "value"), (uint8_t)vector_u64(c, "decimals"));
        CHECK_EQ_STR(vector_str(c, "text"), text);
        CHECK(len == strlen(text));
    }
    printf("eth_messages.json, format_units: %zu entries\n", vector_count(list));
    CHECK(vector_count(list) == 49);
    json_object_put(file);
    CHECK(units_to_text(text, 1, 255) == 2 + 255);
    CHECK(units_to_text(text, U128_MAX, 255) == 2 + 255);
}

TEST_MAIN(TEST(test_packing__vectors), TEST(test_fee__every_pattern), TEST(test_packing__laws),
          TEST(test_text__round_trips), TEST(test_text__refuses), TEST(test_units__vectors))
