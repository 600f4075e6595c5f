/* The group law of g2, its edges, its order, membership, and its encodings. */
#include "curve/g2.h"

#include "base/arena.h"
#include "base/test.h"
#include "curve/bn254_gen.h"

#include <string.h>

#define AFFINE     g2_affine
#define JAC        g2_jac
#define FE         fq2
#define FEN(name)  fq2_##name
#define FN(name)   g2_##name
#define T(name)    test_g2_##name
#define GENERATOR  G2_GENERATOR
#define AFFINE_INF G2_AFFINE_INF
#define JAC_INF    G2_JAC_INF
#define ROUNDS     24
#include "curve/group_test_tmpl.h"

/* A point of the curve, in the group with probability 1 / (2q - p). */
static void random_on_curve(g2_affine *p, struct prng *rng)
{
    fq2 rhs;
    const fq2 b = G2_B_L;
    do {
        fq2_random(&p->x, rng);
        fq2_sqr(&rhs, &p->x);
        fq2_mul(&rhs, &rhs, &p->x);
        fq2_add(&rhs, &rhs, &b);
    } while (!fq2_sqrt_vartime(&p->y, &rhs));
}

/* Against p P: random points of the curve and of the group, and points of small order (10069 divides 2q - p), alone and
 * added to points of the group. */
static void test_g2_subgroup__is_what_the_order_kills(struct prng *rng)
{
    const fr modulus = FR_MODULUS;
    const uint64_t cofactor[4] = G2_COFACTOR_L;
    const uint64_t small[4] = {10069};
    uint64_t rest[4] = {0};
    unsigned __int128 carry = 0;
    for (int i = 3; i >= 0; i--) {
        carry = carry << 64 | cofactor[i];
        rest[i] = (uint64_t)(carry / small[0]);
        carry %= small[0];
    }
    CHECK(carry == 0);
    for (int i = 0; i < 24; i++) {
        g2_affine p;
        g2_jac r, s;
        random_on_curve(&p, rng);
        if (i % 4 == 1) g2_random(&p, rng);
        if (i % 4 >= 2) {
            mul_by_bits(&r, &p, modulus.l);
            g2_jac_to_affine(&p, &r);
            mul_by_bits(&r, &p, rest);
            g2_jac_to_affine(&p, &r);
            mul_by_bits(&s, &p, small);
            CHECK(g2_jac_is_inf(&s) && !g2_jac_is_inf(&r));
            if (i % 4 == 3) {
                g2_affine in_group;
                g2_random(&in_group, rng);
                g2_jac_add_mixed(&r, &r, &in_group);
                g2_jac_to_affine(&p, &r);
            }
        }
        CHECK(g2_affine_is_on_curve(&p));
        mul_by_bits(&r, &p, modulus.l);
        CHECK(g2_in_subgroup_vartime(&p) == g2_jac_is_inf(&r));
        CHECK(g2_in_subgroup_vartime(&p) == (i % 4 == 1));
    }
    CHECK(g2_in_subgroup_vartime(&G2_GENERATOR));
    CHECK(g2_in_subgroup_vartime(&G2_AFFINE_INF));
}

static void test_g2_psi__is_the_product_by_q(struct prng *rng)
{
    const fq q = FQ_MODULUS;
    for (int i = 0; i < 8; i++) {
        g2_affine p, image;
        g2_jac want;
        g2_random(&p, rng);
        if (i == 0) p = G2_AFFINE_INF;
        g2_psi(&image, &p);
        mul_by_bits(&want, &p, q.l);
        check_same(&image, &want);
    }
}

static void test_g2_bytes__round_trip(struct prng *rng)
{
    uint8_t bytes[128], packed[64], zero[128] = {0};
    g2_affine p, q;
    for (size_t i = 0; i < 30; i++) {
        g2_random(&p, rng);
        if (i == 0) p = G2_AFFINE_INF;
        g2_to_be128(bytes, &p);
        CHECK(g2_from_be128(&q, bytes) && g2_affine_eq(&p, &q));
        g2_to_be64c(packed, &p);
        CHECK(g2_from_be64c(&q, packed) && g2_affine_eq(&p, &q));
        CHECK((packed[0] >> 6 == 1) == (i == 0));
        g2_affine_neg(&p, &p);
        packed[0] ^= i == 0 ? 0 : 0x40;
        CHECK(g2_from_be64c(&q, packed) && g2_affine_eq(&p, &q));
        if (i == 0) CHECK_EQ_BYTES(zero, bytes, 128);
    }
    /* EIP-197 puts the imaginary part first: 198e9393… is that of the generator's x. */
    g2_to_be128(bytes, &G2_GENERATOR);
    const uint8_t x_imag[4] = {0x19, 0x8e, 0x93, 0x93};
    const uint8_t x_real[4] = {0x18, 0x00, 0xde, 0xef};
    const uint8_t y_imag[4] = {0x09, 0x06, 0x89, 0xd0};
    const uint8_t y_real[4] = {0x12, 0xc8, 0x5e, 0xa5};
    CHECK_EQ_BYTES(x_imag, bytes, 4);
    CHECK_EQ_BYTES(x_real, bytes + 32, 4);
    CHECK_EQ_BYTES(y_imag, bytes + 64, 4);
    CHECK_EQ_BYTES(y_real, bytes + 96, 4);
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

static void test_g2_bytes__refuse_what_is_not_canonical(struct prng *rng)
{
    uint8_t good[128], bad[128], packed[64], twisted[64];
    g2_affine p, q;
    for (size_t i = 0; i < 12; i++) {
        g2_random(&p, rng);
        g2_to_be128(good, &p);
        for (int k = 0; k < 4; k++) {
            memcpy(bad, good, 128);
            add_modulus(bad + 32 * k);
            CHECK(!g2_from_be128(&q, bad) && g2_affine_is_inf(&q));
        }
        memcpy(bad, good, 128);
        bad[prng_below(rng, 128)] ^= (uint8_t)(1U << prng_below(rng, 8));
        CHECK(!g2_from_be128(&q, bad) && g2_affine_is_inf(&q));
        g2_to_be64c(packed, &p);
        for (unsigned flags = 0; flags < 2; flags++) { /* 00, and infinity with a coordinate */
            memcpy(twisted, packed, 64);
            twisted[0] = (uint8_t)((twisted[0] & 0x3f) | flags << 6);
            CHECK(!g2_from_be64c(&q, twisted) && g2_affine_is_inf(&q));
        }
        memcpy(twisted, packed, 64);
        add_modulus(twisted + 32);
        CHECK(!g2_from_be64c(&q, twisted) && g2_affine_is_inf(&q));
    }
    memset(packed, 0xff, 64);
    CHECK(!g2_from_be64c(&q, packed));
    memset(bad, 0xff, 128);
    CHECK(!g2_from_be128(&q, bad));
    memset(bad, 0, 128);
    bad[127] = 1;
    CHECK(!g2_from_be128(&q, bad));
    memset(packed, 0, 64);
    packed[0] = 0x40;
    add_modulus(packed + 32);
    CHECK(!g2_from_be64c(&q, packed));
}

/* On the curve is not enough: both forms refuse a point outside the group. */
static void test_g2_bytes__refuse_points_outside_the_group(struct prng *rng)
{
    uint8_t bytes[128], packed[64];
    g2_affine p, q;
    for (int i = 0; i < 12; i++) {
        random_on_curve(&p, rng);
        CHECK(g2_affine_is_on_curve(&p));
        g2_to_be128(bytes, &p);
        CHECK(!g2_from_be128(&q, bytes) && g2_affine_is_inf(&q));
        g2_to_be64c(packed, &p);
        CHECK(!g2_from_be64c(&q, packed) && g2_affine_is_inf(&q));
    }
}

TEST_MAIN(TEST(test_g2_additions__are_chord_and_tangent), TEST(test_g2_jac_eq__sees_the_point_not_its_form),
          TEST(test_g2_group__is_associative_and_commutative), TEST(test_g2_mul__is_repeated_addition),
          TEST(test_g2_mul__is_linear), TEST(test_g2_order__is_the_modulus_of_fr),
          TEST(test_g2_batch_to_affine__is_to_affine), TEST(test_g2_on_curve__refuses_other_points),
          TEST(test_g2_subgroup__is_what_the_order_kills), TEST(test_g2_psi__is_the_product_by_q),
          TEST(test_g2_bytes__round_trip), TEST(test_g2_bytes__refuse_what_is_not_canonical),
          TEST(test_g2_bytes__refuse_points_outside_the_group))
