/* The group law of g1, its edges, its order, and its encodings. */
#include "curve/g1.h"

#include "base/arena.h"
#include "base/test.h"

#include <string.h>

#define AFFINE     g1_affine
#define JAC        g1_jac
#define FE         fq
#define FEN(name)  fq_##name
#define FN(name)   g1_##name
#define T(name)    test_g1_##name
#define GENERATOR  G1_GENERATOR
#define AFFINE_INF G1_AFFINE_INF
#define JAC_INF    G1_JAC_INF
#define ROUNDS     40
#include "curve/group_test_tmpl.h"

static void test_g1_bytes__round_trip(struct prng *rng)
{
    uint8_t bytes[64], packed[32], zero[64] = {0};
    g1_affine p, q;
    for (size_t i = 0; i < 100; i++) {
        g1_random(&p, rng);
        if (i == 0) p = G1_AFFINE_INF;
        g1_to_be64(bytes, &p);
        CHECK(g1_from_be64(&q, bytes) && g1_affine_eq(&p, &q));
        g1_to_be32c(packed, &p);
        CHECK(g1_from_be32c(&q, packed) && g1_affine_eq(&p, &q));
        CHECK((packed[0] >> 6 == 1) == (i == 0));
        g1_affine_neg(&p, &p);
        packed[0] ^= i == 0 ? 0 : 0x40;
        CHECK(g1_from_be32c(&q, packed) && g1_affine_eq(&p, &q));
        if (i == 0) CHECK_EQ_BYTES(zero, bytes, 64);
    }
    /* (1, 2): 2 is the smaller root. */
    g1_to_be64(bytes, &G1_GENERATOR);
    zero[31] = 1;
    zero[63] = 2;
    CHECK_EQ_BYTES(zero, bytes, 64);
    g1_to_be32c(packed, &G1_GENERATOR);
    zero[0] = 0x80;
    CHECK_EQ_BYTES(zero, packed, 32);
}

/* bytes += q, as a big-endian integer: the same residue, not canonical. */
static void add_modulus(uint8_t bytes[32])
{
    const fq modulus = FQ_MODULUS;
    unsigned carry = 0;
    for (int i = 0; i < 32; i++) {
        carry += bytes[31 - i] + (unsigned)(modulus.l[i / 8] >> (8 * (i % 8)) & 0xff);
        bytes[31 - i] = (uint8_t)carry;
        carry >>= 8;
    }
    CHECK(carry == 0);
}

static void test_g1_bytes__refuse_what_is_not_canonical(struct prng *rng)
{
    uint8_t good[64], bad[64], packed[32];
    g1_affine p, q;
    for (size_t i = 0; i < 50; i++) {
        g1_random(&p, rng);
        g1_to_be64(good, &p);
        memcpy(bad, good, 64);
        add_modulus(bad);
        CHECK(!g1_from_be64(&q, bad) && g1_affine_is_inf(&q));
        memcpy(bad, good, 64);
        add_modulus(bad + 32);
        CHECK(!g1_from_be64(&q, bad) && g1_affine_is_inf(&q));
        memcpy(bad, good, 64);
        bad[prng_below(rng, 64)] ^= (uint8_t)(1U << prng_below(rng, 8));
        CHECK(!g1_from_be64(&q, bad) && g1_affine_is_inf(&q));
        g1_to_be32c(packed, &p);
        packed[0] &= 0x3f; /* flags 00, then infinity with a coordinate */
        CHECK(!g1_from_be32c(&q, packed) && g1_affine_is_inf(&q));
        packed[0] |= 0x40;
        CHECK(!g1_from_be32c(&q, packed) && g1_affine_is_inf(&q));
    }
    /* (0, y): 3 is no square, so x = 0 has no point. x = q would be 0 again. */
    memset(packed, 0, 32);
    CHECK(!g1_from_be32c(&q, packed));
    packed[0] = 0x80;
    CHECK(!g1_from_be32c(&q, packed));
    packed[0] = 0;
    add_modulus(packed);
    packed[0] |= 0x40;
    CHECK(!g1_from_be32c(&q, packed));
    /* x = q + 1: the generator's x, too large. */
    memset(packed, 0, 32);
    packed[31] = 1;
    add_modulus(packed);
    packed[0] |= 0x80;
    CHECK(!g1_from_be32c(&q, packed) && g1_affine_is_inf(&q));
    memset(packed, 0xff, 32);
    CHECK(!g1_from_be32c(&q, packed));
    memset(bad, 0xff, 64);
    CHECK(!g1_from_be64(&q, bad));
    memset(bad, 0, 64);
    bad[63] = 1;
    CHECK(!g1_from_be64(&q, bad));
}

TEST_MAIN(TEST(test_g1_additions__are_chord_and_tangent), TEST(test_g1_jac_eq__sees_the_point_not_its_form),
          TEST(test_g1_group__is_associative_and_commutative), TEST(test_g1_mul__is_repeated_addition),
          TEST(test_g1_mul__is_linear), TEST(test_g1_order__is_the_modulus_of_fr),
          TEST(test_g1_batch_to_affine__is_to_affine), TEST(test_g1_on_curve__refuses_other_points),
          TEST(test_g1_bytes__round_trip), TEST(test_g1_bytes__refuse_what_is_not_canonical))
