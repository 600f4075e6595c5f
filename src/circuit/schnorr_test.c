/* The signature gadget alone: a period with one signature. */
#include "circuit/schnorr.h"

#include "base/test.h"
#include "plonk/check.h"
#include "rollup/signature.h"

#include <stdio.h>
#include <string.h>

#define LOG_T 16 /* the lookup table needs as many rows as the circuit has */

static struct arena arena;
static struct cs cs;
static struct gadgets gadgets;
static struct schnorr outputs;
static uint32_t rows_of_signature;

static void place(struct builder *b, const struct schnorr_hints *h)
{
    gadgets_begin(&gadgets, b);
    const uint32_t before = b->next_row;
    schnorr_place(b, &gadgets, h, &outputs);
    rows_of_signature = b->next_row - before;
}

static void shape(void)
{
    static bool done;
    if (done) return;
    done = true;
    const struct cs_config config = {.log_t = LOG_T, .table_cap = TABLE_CAP};
    CHECK_OK(arena_map(&arena, (size_t)1 << 30));
    CHECK_OK(cs_init(&cs, &config, &arena));
    gadgets_add(&gadgets, &cs);
    struct builder b;
    struct schnorr_hints h = {0};
    builder_shape(&b, &cs, NULL);
    place(&b, &h);
    CHECK_OK(cs_seal(&cs));
}

static bool satisfied(const struct schnorr_hints *h, char text[2048])
{
    shape();
    const size_t mark = arena_mark(&arena);
    struct witness w;
    struct builder b;
    struct check_failure failure;
    bool ok;
    CHECK_OK(witness_init(&w, LOG_T, NULL, 0, &arena));
    builder_witness(&b, &cs, 0, w.advice);
    place(&b, h);
    CHECK_OK(check_witness(&ok, &failure, &cs, &w, NULL, &arena));
    if (!ok && text != NULL) memcpy(text, failure.text, sizeof failure.text);
    pubkey_hash want;
    sig_pubkey_hash(&want, &h->key);
    const fr got = builder_value(&b, outputs.pubkey_hash);
    uint8_t bytes[32];
    fr_to_be32(bytes, &got);
    if (ok) CHECK_EQ_BYTES(want.b, bytes + 12, 20);
    arena_release(&arena, mark);
    return ok;
}

static void sign(struct schnorr_hints *h, struct prng *rng, size_t len)
{
    uint8_t seed[32], key[32], pub[32], sig[64], message[MESSAGE_BYTES];
    prng_bytes(rng, seed, 32);
    prng_bytes(rng, message, sizeof message);
    CHECK_OK(sig_key_from_seed(key, seed, 32));
    CHECK_OK(sig_public_key(pub, key));
    CHECK_OK(sig_sign(sig, key, message, len));
    CHECK(schnorr_hints_from(h, pub, sig, message, len));
}

static void test_schnorr__accepts_signatures(struct prng *rng)
{
    static const size_t lengths[] = {0, 1, 31, 32, 77, 92};
    char text[2048];
    for (size_t i = 0; i < ZK_COUNT(lengths); i++) {
        struct schnorr_hints h;
        sign(&h, rng, lengths[i]);
        CHECK_MSG(satisfied(&h, text), "%s", text);
    }
    printf("  %u rows a signature\n", rows_of_signature);
    CHECK_EQ_U64(SCHNORR_ROWS, rows_of_signature);
}

static void test_schnorr__refuses_forgeries(struct prng *rng)
{
    struct schnorr_hints good, h;
    sign(&good, rng, 77);
    h = good;
    h.message[5] ^= 1;
    CHECK(!satisfied(&h, NULL));
    h = good;
    h.message[91] ^= 1;
    CHECK(!satisfied(&h, NULL));
    h = good;
    h.s.l[0] ^= 1;
    CHECK(!satisfied(&h, NULL));
    struct schnorr_hints other;
    sign(&other, rng, 77);
    h = good;
    h.r = other.r;
    h.r_eighth = other.r_eighth;
    CHECK(!satisfied(&h, NULL));
    h = good;
    h.key = other.key;
    h.key_eighth = other.key_eighth;
    CHECK(!satisfied(&h, NULL));
}

static void test_schnorr__refuses_an_unreduced_scalar(struct prng *rng)
{
    /* s + L is below 2^251 for some s: then the equation holds, and only the range stops it */
    struct schnorr_hints h;
    for (;;) {
        sign(&h, rng, 40);
        unsigned __int128 carry = 0;
        ed_scalar s;
        for (int i = 0; i < 4; i++) {
            carry += (unsigned __int128)h.s.l[i] + ED_ORDER.l[i];
            s.l[i] = (uint64_t)carry;
            carry >>= 64;
        }
        if (s.l[3] >> (251 - 192) != 0) continue;
        char text[2048];
        h.s = s;
        CHECK(!satisfied(&h, text));
        CHECK_MSG(strstr(text, "range") != NULL, "%s", text);
        return;
    }
}

static void test_schnorr__refuses_the_identity(struct prng *rng)
{
    struct schnorr_hints h;
    sign(&h, rng, 40);
    /* key = identity: s G = R with s = k is then a signature of anything */
    h.key = h.key_eighth = ED_AFFINE_IDENTITY;
    ed_ext r;
    ed_mul_base(&r, &h.s);
    ed_to_affine(&h.r, &r);
    uint8_t pub[32], sig[64];
    ed_pack(pub, &h.r);
    ed_pack(sig, &h.r);
    ed_scalar_to_le32(sig + 32, &h.s);
    struct schnorr_hints with_r;
    CHECK(schnorr_hints_from(&with_r, pub, sig, h.message, 40));
    h.r_eighth = with_r.r_eighth;
    char text[2048];
    CHECK(!satisfied(&h, text));
    CHECK_MSG(strstr(text, "subgroup") != NULL, "%s", text);
    h.key_eighth = (ed_affine){FR_ZERO, FR_ZERO};
    fr_neg(&h.key_eighth.y, &h.key.y); /* (0, -1): 8 times it is the identity too */
    CHECK(!satisfied(&h, NULL));
}

static void test_schnorr__refuses_points_off_the_curve(struct prng *rng)
{
    struct schnorr_hints h;
    char text[2048];
    const fr one = FR_ONE;
    sign(&h, rng, 40);
    fr_add(&h.r_eighth.y, &h.r_eighth.y, &one);
    CHECK(!satisfied(&h, text));
    CHECK_MSG(strstr(text, "1 + d x^2 y^2") != NULL, "%s", text);
}

TEST_MAIN(TEST(test_schnorr__accepts_signatures), TEST(test_schnorr__refuses_forgeries),
          TEST(test_schnorr__refuses_an_unreduced_scalar), TEST(test_schnorr__refuses_the_identity),
          TEST(test_schnorr__refuses_points_off_the_curve))
