/* fq2, fq6, fq12: the laws of a field, and every special product against the general one. */
#include "field/fq12.h"

#include "base/test.h"

#define ROUNDS 60

/* Elements with few coefficients first, where shortcuts go wrong; then random. */
static void sample(fq12 *a, size_t i, struct prng *rng)
{
    fq12_random(a, rng);
    if (i >= 64) return;
    fq2 *c[6] = {&a->c0.c0, &a->c0.c1, &a->c0.c2, &a->c1.c0, &a->c1.c1, &a->c1.c2};
    for (int k = 0; k < 6; k++)
        if (!(i >> k & 1)) *c[k] = FQ2_ZERO;
    if (i % 3 == 0) c[i % 6]->c0 = FQ_ZERO;
    if (i % 3 == 1) c[i % 6]->c1 = FQ_ZERO;
}

/* ---- oracles: polynomials in w with fq2 coefficients, reduced by w^6 = 9 + u; fq2 by the definition. */

static void fq2_mul_by_definition(fq2 *r, const fq2 *a, const fq2 *b)
{
    fq t0, t1;
    fq2 out;
    fq_mul(&t0, &a->c0, &b->c0);
    fq_mul(&t1, &a->c1, &b->c1);
    fq_sub(&out.c0, &t0, &t1);
    fq_mul(&t0, &a->c0, &b->c1);
    fq_mul(&t1, &a->c1, &b->c0);
    fq_add(&out.c1, &t0, &t1);
    *r = out;
}

static void to_powers(fq2 out[6], const fq12 *a)
{
    const fq2 c[6] = {a->c0.c0, a->c1.c0, a->c0.c1, a->c1.c1, a->c0.c2, a->c1.c2};
    for (int i = 0; i < 6; i++) out[i] = c[i];
}

static void mul_by_definition(fq12 *r, const fq12 *a, const fq12 *b)
{
    fq2 x[6], y[6], acc[6], t, xi;
    fq_from_u64(&xi.c0, 9);
    fq_from_u64(&xi.c1, 1);
    to_powers(x, a);
    to_powers(y, b);
    for (int i = 0; i < 6; i++) acc[i] = FQ2_ZERO;
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            fq2_mul_by_definition(&t, &x[i], &y[j]);
            if (i + j >= 6) fq2_mul_by_definition(&t, &t, &xi);
            fq2_add(&acc[(i + j) % 6], &acc[(i + j) % 6], &t);
        }
    }
    *r = (fq12){{acc[0], acc[2], acc[4]}, {acc[1], acc[3], acc[5]}};
}

/* ---- fq2 */

static void test_fq2_laws__hold(struct prng *rng)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        fq2 a, b, x, y;
        fq12 pick;
        sample(&pick, i, rng);
        a = i % 2 ? pick.c0.c0 : pick.c1.c2;
        fq2_random(&b, rng);
        fq2_mul(&x, &a, &b);
        fq2_mul_by_definition(&y, &a, &b);
        CHECK(fq2_eq(&x, &y));
        x = a;
        fq2_mul(&x, &x, &x);
        fq2_sqr(&y, &a);
        CHECK(fq2_eq(&x, &y));
        fq_from_u64(&b.c0, 9);
        b.c1 = FQ_ONE;
        fq2_mul(&x, &a, &b);
        fq2_mul_xi(&y, &a);
        CHECK(fq2_eq(&x, &y));
        b.c1 = FQ_ZERO;
        fq2_mul(&x, &a, &b);
        fq2_mul_fq(&y, &a, &b.c0);
        CHECK(fq2_eq(&x, &y));
        fq2_conj(&x, &a); /* a + a~ = 2 c0 */
        fq2_add(&x, &x, &a);
        fq_dbl(&y.c0, &a.c0);
        CHECK(fq_eq(&x.c0, &y.c0) && fq_is_zero(&x.c1));
        fq2_dbl(&x, &a);
        fq2_half(&x, &x);
        CHECK(fq2_eq(&x, &a));
        fq2_neg(&x, &a);
        fq2_add(&x, &x, &a);
        CHECK(fq2_is_zero(&x));
        fq2_inv(&x, &a);
        fq2_mul(&x, &x, &a);
        CHECK(fq2_is_zero(&a) ? fq2_is_zero(&x) : fq2_is_one(&x));
    }
}

static void test_fq2_sqrt__finds_roots_of_squares_only(struct prng *rng)
{
    for (size_t i = 0; i < 2 * ROUNDS; i++) {
        fq2 a, root, sq;
        fq2_random(&a, rng);
        if (i % 4 == 1) a.c0 = FQ_ZERO;
        if (i % 4 == 2) a.c1 = FQ_ZERO;
        if (i == 0) a = FQ2_ZERO;
        fq2_sqr(&sq, &a);
        CHECK(fq2_sqrt_vartime(&root, &sq));
        fq2 same = sq;
        CHECK(fq2_sqrt_vartime(&same, &same));
        CHECK(fq2_eq(&same, &root));
        fq2_neg(&a, &a);
        if (!fq2_eq(&root, &a)) fq2_neg(&root, &root);
        CHECK(fq2_eq(&root, &a));
        if (i == 0) continue;
        fq2_mul_xi(&sq, &sq); /* xi is no square */
        CHECK(!fq2_sqrt_vartime(&root, &sq) && fq2_is_zero(&root));
    }
    /* -1 and a non-residue of fq have roots in fq2, (c u)^2 = -c^2. */
    fq2 minus = FQ2_ONE, root, sq;
    fq2_neg(&minus, &minus);
    CHECK(fq2_sqrt_vartime(&root, &minus));
    fq2_sqr(&sq, &root);
    CHECK(fq2_eq(&sq, &minus));
}

static void test_fq2_batch_inv__keeps_zero(struct prng *rng)
{
    fq2 in[12] = {FQ2_ZERO};
    fq2 out[12], scratch[12], x;
    for (size_t n = 0; n <= 12; n++) {
        for (size_t i = 0; i < n; i++) {
            fq2_random(&in[i], rng);
            if (prng_below(rng, 4) == 0) in[i] = FQ2_ZERO;
        }
        fq2_batch_inv(out, in, n, scratch);
        for (size_t i = 0; i < n; i++) {
            fq2_inv(&x, &in[i]);
            CHECK(fq2_eq(&x, &out[i]));
        }
        fq2_batch_inv(in, in, n, scratch);
        for (size_t i = 0; i < n; i++) CHECK(fq2_eq(&in[i], &out[i]));
    }
}

/* ---- fq6 and fq12 */

static void test_fq12_mul__is_the_product_of_polynomials(struct prng *rng)
{
    for (size_t i = 0; i < 64 + ROUNDS; i++) {
        fq12 a, b, x, y;
        sample(&a, i, rng);
        sample(&b, prng_below(rng, 80), rng);
        mul_by_definition(&x, &a, &b);
        fq12_mul(&y, &a, &b);
        CHECK(fq12_eq(&x, &y));
        y = a;
        fq12_mul(&y, &y, &b);
        CHECK(fq12_eq(&x, &y));
        mul_by_definition(&x, &a, &a);
        fq12_sqr(&y, &a);
        CHECK(fq12_eq(&x, &y));
        y = a;
        fq12_sqr(&y, &y);
        CHECK(fq12_eq(&x, &y));
        fq2 b0 = b.c0.c0, b1 = b.c1.c0, b3 = b.c1.c1;
        b = (fq12){{b0, FQ2_ZERO, FQ2_ZERO}, {b1, b3, FQ2_ZERO}};
        mul_by_definition(&x, &a, &b);
        fq12_mul_013(&y, &a, &b0, &b1, &b3);
        CHECK(fq12_eq(&x, &y));
        y = a;
        fq12_mul_013(&y, &y, &b0, &b1, &b3);
        CHECK(fq12_eq(&x, &y));
    }
}

static void test_fq6_products__are_those_of_fq12(struct prng *rng)
{
    for (size_t i = 0; i < 64; i++) {
        fq12 a, b, want;
        fq6 got;
        sample(&a, i, rng);
        sample(&b, 63 - i, rng);
        a.c1 = b.c1 = FQ6_ZERO;
        mul_by_definition(&want, &a, &b);
        fq6_mul(&got, &a.c0, &b.c0);
        CHECK(fq6_eq(&want.c0, &got) && fq6_is_zero(&want.c1));
        mul_by_definition(&want, &a, &a);
        got = a.c0;
        fq6_sqr(&got, &got);
        CHECK(fq6_eq(&want.c0, &got));
        b.c0.c2 = FQ2_ZERO;
        mul_by_definition(&want, &a, &b);
        got = a.c0;
        fq6_mul_01(&got, &got, &b.c0.c0, &b.c0.c1);
        CHECK(fq6_eq(&want.c0, &got));
        b.c0.c1 = FQ2_ZERO;
        mul_by_definition(&want, &a, &b);
        got = a.c0;
        fq6_mul_fq2(&got, &got, &b.c0.c0);
        CHECK(fq6_eq(&want.c0, &got));
        b.c0 = (fq6){FQ2_ZERO, FQ2_ONE, FQ2_ZERO};
        mul_by_definition(&want, &a, &b);
        got = a.c0;
        fq6_mul_v(&got, &got);
        CHECK(fq6_eq(&want.c0, &got));
        fq6_inv(&got, &a.c0);
        fq6_mul(&got, &got, &a.c0);
        CHECK(fq6_eq(&got, fq6_is_zero(&a.c0) ? &FQ6_ZERO : &FQ6_ONE));
    }
}

static void test_fq12_inv__is_the_inverse(struct prng *rng)
{
    for (size_t i = 0; i < 64 + ROUNDS; i++) {
        fq12 a, x;
        sample(&a, i, rng);
        fq12_inv(&x, &a);
        fq12_mul(&x, &x, &a);
        if (i == 0)
            CHECK(fq6_is_zero(&x.c0) && fq6_is_zero(&x.c1));
        else
            CHECK(fq12_is_one(&x));
    }
}

static void test_fq12_frobenius__is_a_power_of_q(struct prng *rng)
{
    const uint64_t q[4] = FQ_MODULUS_L;
    for (size_t i = 0; i < 12; i++) {
        fq12 a, want, got;
        sample(&a, 53 + i, rng);
        want = a;
        for (unsigned k = 1; k <= 3; k++) {
            fq12_pow_vartime(&want, &want, q, 4);
            fq12_frobenius(&got, &a, k);
            CHECK(fq12_eq(&want, &got));
            got = a;
            fq12_frobenius(&got, &got, k);
            CHECK(fq12_eq(&want, &got));
        }
        fq12_frobenius(&want, &want, 3); /* a^(q^6) */
        fq12_conj(&got, &a);
        CHECK(fq12_eq(&want, &got));
    }
}

static void test_fq12_cyclotomic_sqr__is_the_square(struct prng *rng)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        fq12 a, b, x, y;
        sample(&a, 40 + i, rng);
        if (i == 0) a = FQ12_ONE;
        /* a^((q^6 - 1)(q^2 + 1)) is cyclotomic. */
        fq12_inv(&b, &a);
        fq12_conj(&a, &a);
        fq12_mul(&a, &a, &b);
        fq12_frobenius(&b, &a, 2);
        fq12_mul(&a, &a, &b);
        fq12_sqr(&x, &a);
        fq12_cyclotomic_sqr(&y, &a);
        CHECK(fq12_eq(&x, &y));
        fq12_cyclotomic_sqr(&a, &a);
        CHECK(fq12_eq(&x, &a));
        fq12_conj(&y, &a);
        fq12_mul(&y, &y, &a);
        CHECK(fq12_is_one(&y));
    }
}

TEST_MAIN(TEST(test_fq2_laws__hold), TEST(test_fq2_sqrt__finds_roots_of_squares_only),
          TEST(test_fq2_batch_inv__keeps_zero), TEST(test_fq12_mul__is_the_product_of_polynomials),
          TEST(test_fq6_products__are_those_of_fq12), TEST(test_fq12_inv__is_the_inverse),
          TEST(test_fq12_frobenius__is_a_power_of_q), TEST(test_fq12_cyclotomic_sqr__is_the_square))
