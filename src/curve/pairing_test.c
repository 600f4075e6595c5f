/* The pairing: bilinear, not degenerate, of the right order, and equal to its definition. */
#include "curve/pairing.h"

#include "base/test.h"
#include "curve/bn254_gen.h"

static void mul1(g1_affine *r, const g1_affine *p, const fr *k)
{
    g1_jac j;
    g1_mul_vartime(&j, p, k);
    g1_jac_to_affine(r, &j);
}

static void mul2(g2_affine *r, const g2_affine *p, const fr *k)
{
    g2_jac j;
    g2_mul_vartime(&j, p, k);
    g2_jac_to_affine(r, &j);
}

static void test_pairing__is_bilinear(struct prng *rng)
{
    for (int i = 0; i < 12; i++) {
        g1_affine p, kp;
        g2_affine q, kq;
        fq12 e, left, right;
        uint64_t limbs[4];
        fr k;
        g1_random(&p, rng);
        g2_random(&q, rng);
        fr_random(&k, rng);
        if (i < 4) fr_from_u64(&k, (uint64_t)i);
        if (i == 4) fr_neg(&k, &FR_ONE);
        mul1(&kp, &p, &k);
        mul2(&kq, &q, &k);
        fr_to_limbs(limbs, &k);
        pairing(&e, &p, &q);
        fq12_pow_vartime(&e, &e, limbs, 4);
        pairing(&left, &kp, &q);
        CHECK(fq12_eq(&e, &left));
        pairing(&right, &p, &kq);
        CHECK(fq12_eq(&e, &right));
    }
}

static void test_pairing__is_additive_in_each_argument(struct prng *rng)
{
    for (int i = 0; i < 8; i++) {
        g1_affine p[2], psum;
        g2_affine q[2], qsum;
        g1_jac pj;
        g2_jac qj;
        fq12 a, b, sum;
        for (int k = 0; k < 2; k++) {
            g1_random(&p[k], rng);
            g2_random(&q[k], rng);
        }
        g1_jac_from_affine(&pj, &p[0]);
        g1_jac_add_mixed(&pj, &pj, &p[1]);
        g1_jac_to_affine(&psum, &pj);
        g2_jac_from_affine(&qj, &q[0]);
        g2_jac_add_mixed(&qj, &qj, &q[1]);
        g2_jac_to_affine(&qsum, &qj);
        pairing(&a, &p[0], &q[0]);
        pairing(&b, &p[1], &q[0]);
        fq12_mul(&a, &a, &b);
        pairing(&sum, &psum, &q[0]);
        CHECK(fq12_eq(&a, &sum));
        pairing(&a, &p[0], &q[0]);
        pairing(&b, &p[0], &q[1]);
        fq12_mul(&a, &a, &b);
        pairing(&sum, &p[0], &qsum);
        CHECK(fq12_eq(&a, &sum));
    }
}

static void test_pairing__is_not_degenerate(struct prng *rng)
{
    const fr order = FR_MODULUS;
    for (int i = 0; i < 6; i++) {
        g1_affine p = G1_GENERATOR;
        g2_affine q = G2_GENERATOR;
        fq12 e;
        if (i > 0) g1_random(&p, rng);
        if (i > 0) g2_random(&q, rng);
        pairing(&e, &p, &q);
        CHECK(!fq12_is_one(&e));
        fq12_pow_vartime(&e, &e, order.l, 4); /* prime order: now known exactly */
        CHECK(fq12_is_one(&e));
    }
}

static void test_pairing__takes_infinity_to_one(struct prng *rng)
{
    const g1_affine p_inf = G1_AFFINE_INF;
    const g2_affine q_inf = G2_AFFINE_INF;
    g1_affine p;
    g2_affine q;
    fq12 e;
    g1_random(&p, rng);
    g2_random(&q, rng);
    pairing(&e, &p_inf, &q);
    CHECK(fq12_is_one(&e));
    pairing(&e, &p, &q_inf);
    CHECK(fq12_is_one(&e));
    pairing(&e, &p_inf, &q_inf);
    CHECK(fq12_is_one(&e));
    CHECK(pairing_check(&p, &q, 0));
    CHECK(pairing_check(&p_inf, &q, 1));
    CHECK(!pairing_check(&p, &q, 1));
}

/* f^((q^12 - 1)/p) by plain powers: q^6 and q^2 by Frobenius, the rest by its 761 bits. */
static void test_final_power__is_the_power_it_says(struct prng *rng)
{
    const uint64_t hard[BN_HARD_LIMBS] = BN_HARD_L;
    for (int i = 0; i < 6; i++) {
        fq12 f, got, want, t;
        fq12_random(&f, rng);
        pairing_final_power(&got, &f);
        fq12_frobenius(&want, &f, 3);
        fq12_frobenius(&want, &want, 3);
        fq12_inv(&t, &f);
        fq12_mul(&want, &want, &t);
        fq12_frobenius(&t, &want, 1);
        fq12_frobenius(&t, &t, 1);
        fq12_mul(&want, &want, &t);
        fq12_pow_vartime(&want, &want, hard, BN_HARD_LIMBS);
        CHECK(fq12_eq(&want, &got));
        pairing_final_power(&f, &f);
        CHECK(fq12_eq(&want, &f));
    }
}

/* Sums that vanish, sums that miss by one, infinities anywhere, and more pairs than a batch holds. */
static void test_pairing_check__is_the_product(struct prng *rng)
{
    enum { MAX = 19 };
    g1_affine p[MAX];
    g2_affine q[MAX];
    for (size_t n = 1; n <= MAX; n += n < 3 ? 1 : 4) {
        fr sum = FR_ZERO, a, b, ab, inv;
        for (size_t i = 0; i < n; i++) {
            fr_random(&a, rng);
            fr_random(&b, rng);
            if (n > 2 && i % 5 == 1) a = FR_ZERO;
            if (n > 2 && i % 7 == 2) b = FR_ZERO;
            if (i == n - 1) { /* a b = -sum */
                b = FR_ONE;
                fr_neg(&a, &sum);
            }
            mul1(&p[i], &G1_GENERATOR, &a);
            mul2(&q[i], &G2_GENERATOR, &b);
            fr_mul(&ab, &a, &b);
            fr_add(&sum, &sum, &ab);
        }
        CHECK(fr_is_zero(&sum));
        CHECK(pairing_check(p, q, n));
        fr_random(&inv, rng);
        mul1(&p[n - 1], &G1_GENERATOR, &inv);
        CHECK(!pairing_check(p, q, n));
        /* The product of single pairings is the value of the loop over all. */
        fq12 product = FQ12_ONE, e;
        for (size_t i = 0; i < n; i++) {
            pairing(&e, &p[i], &q[i]);
            fq12_mul(&product, &product, &e);
        }
        pairing_miller(&e, p, q, n);
        pairing_final_power(&e, &e);
        CHECK(fq12_eq(&product, &e));
    }
}

TEST_MAIN(TEST(test_pairing__is_bilinear), TEST(test_pairing__is_additive_in_each_argument),
          TEST(test_pairing__is_not_degenerate), TEST(test_pairing__takes_infinity_to_one),
          TEST(test_final_power__is_the_power_it_says), TEST(test_pairing_check__is_the_product))
