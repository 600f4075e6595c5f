#include "field/fq12.h"

#include "field/fq12_gen.h"

bool fq12_is_one(const fq12 *a)
{
    const fq12 one = FQ12_ONE;
    return fq12_eq(a, &one);
}

/* Karatsuba: c0 = a0 b0 + v a1 b1, c1 = (a0 + a1)(b0 + b1) - a0 b0 - a1 b1. */
void fq12_mul(fq12 *r, const fq12 *a, const fq12 *b)
{
    fq6 p0, p1, s, t;
    fq6_mul(&p0, &a->c0, &b->c0);
    fq6_mul(&p1, &a->c1, &b->c1);
    fq6_add(&s, &a->c0, &a->c1);
    fq6_add(&t, &b->c0, &b->c1);
    fq6_mul(&s, &s, &t);
    fq6_sub(&s, &s, &p0);
    fq6_sub(&r->c1, &s, &p1);
    fq6_mul_v(&p1, &p1);
    fq6_add(&r->c0, &p0, &p1);
}

/* c0 = (a0 + a1)(a0 + v a1) - m - v m, c1 = 2 m, m = a0 a1. */
void fq12_sqr(fq12 *r, const fq12 *a)
{
    fq6 m, s, t;
    fq6_add(&s, &a->c0, &a->c1);
    fq6_mul_v(&t, &a->c1);
    fq6_add(&t, &t, &a->c0);
    fq6_mul(&m, &a->c0, &a->c1);
    fq6_mul(&s, &s, &t);
    fq6_sub(&s, &s, &m);
    fq6_add(&r->c1, &m, &m);
    fq6_mul_v(&m, &m);
    fq6_sub(&r->c0, &s, &m);
}

/* b0 + b1 w + b3 w^3 = b0 + (b1 + b3 v) w. */
void fq12_mul_013(fq12 *r, const fq12 *a, const fq2 *b0, const fq2 *b1, const fq2 *b3)
{
    fq6 p0, p1, s;
    fq2 b01;
    fq6_mul_fq2(&p0, &a->c0, b0);
    fq6_mul_01(&p1, &a->c1, b1, b3);
    fq2_add(&b01, b0, b1);
    fq6_add(&s, &a->c0, &a->c1);
    fq6_mul_01(&s, &s, &b01, b3);
    fq6_sub(&s, &s, &p0);
    fq6_sub(&r->c1, &s, &p1);
    fq6_mul_v(&p1, &p1);
    fq6_add(&r->c0, &p0, &p1);
}

void fq12_conj(fq12 *r, const fq12 *a)
{
    r->c0 = a->c0;
    fq6_neg(&r->c1, &a->c1);
}

/* By the norm to fq6: (c0 - c1 w) / (c0^2 - v c1^2). */
void fq12_inv(fq12 *r, const fq12 *a)
{
    fq6 n, t;
    fq6_sqr(&t, &a->c1);
    fq6_mul_v(&t, &t);
    fq6_sqr(&n, &a->c0);
    fq6_sub(&n, &n, &t);
    fq6_inv(&n, &n);
    fq6_mul(&r->c0, &a->c0, &n);
    fq6_mul(&t, &a->c1, &n);
    fq6_neg(&r->c1, &t);
}

void fq12_frobenius(fq12 *r, const fq12 *a, unsigned k)
{
    static const fq2 factors[3][6] = FQ12_FROBENIUS_L;
    assert(k >= 1 && k <= 3);
    const fq2 *f = factors[k - 1];
    const fq2 *in[6] = {&a->c0.c0, &a->c1.c0, &a->c0.c1, &a->c1.c1, &a->c0.c2, &a->c1.c2};
    fq2 *out[6] = {&r->c0.c0, &r->c1.c0, &r->c0.c1, &r->c1.c1, &r->c0.c2, &r->c1.c2};
    for (int i = 0; i < 6; i++) {
        if (k == 2) {
            fq2_mul_fq(out[i], in[i], &f[i].c0); /* xi^((q^2 - 1)/6) is in fq */
        } else {
            fq2_conj(out[i], in[i]);
            if (i > 0) fq2_mul(out[i], out[i], &f[i]);
        }
    }
}

/* (x + y s)^2 in fq4 = fq2[s] / (s^2 - xi): r0 = x^2 + xi y^2, r1 = 2 x y. */
static void fq4_sqr(fq2 *r0, fq2 *r1, const fq2 *x, const fq2 *y)
{
    fq2 xx, yy, s;
    fq2_sqr(&xx, x);
    fq2_sqr(&yy, y);
    fq2_add(&s, x, y);
    fq2_sqr(&s, &s);
    fq2_sub(&s, &s, &xx);
    fq2_sub(r1, &s, &yy);
    fq2_mul_xi(&yy, &yy);
    fq2_add(r0, &xx, &yy);
}

/* r = 3 t - 2 a. */
static void three_minus_two(fq2 *r, const fq2 *t, const fq2 *a)
{
    fq2 d;
    fq2_sub(&d, t, a);
    fq2_dbl(&d, &d);
    fq2_add(r, &d, t);
}

/* r = 3 t + 2 a. */
static void three_plus_two(fq2 *r, const fq2 *t, const fq2 *a)
{
    fq2 d;
    fq2_add(&d, t, a);
    fq2_dbl(&d, &d);
    fq2_add(r, &d, t);
}

/* fq12 as fq4[w], with s = w^3: a = A + B w + C w^2, A = (a0, a3), B = (a1, a4), C = (a2, a5) in powers of w. Then
 *   a^2 = (3 A^2 - 2 A~) + (3 s C^2 + 2 B~) w + (3 B^2 - 2 C~) w^2,   ~ being the conjugation s -> -s of fq4. */
void fq12_cyclotomic_sqr(fq12 *r, const fq12 *a)
{
    const fq12 in = *a;
    fq2 t0, t1;
    fq4_sqr(&t0, &t1, &in.c0.c0, &in.c1.c1); /* A^2 */
    three_minus_two(&r->c0.c0, &t0, &in.c0.c0);
    three_plus_two(&r->c1.c1, &t1, &in.c1.c1);
    fq4_sqr(&t0, &t1, &in.c1.c0, &in.c0.c2); /* B^2 */
    three_minus_two(&r->c0.c1, &t0, &in.c0.c1);
    three_plus_two(&r->c1.c2, &t1, &in.c1.c2);
    fq4_sqr(&t0, &t1, &in.c0.c1, &in.c1.c2); /* C^2; s C^2 = xi t1 + t0 s */
    fq2_mul_xi(&t1, &t1);
    three_plus_two(&r->c1.c0, &t1, &in.c1.c0);
    three_minus_two(&r->c0.c2, &t0, &in.c0.c2);
}

void fq12_pow_vartime(fq12 *r, const fq12 *a, const uint64_t *e, size_t n)
{
    fq12 acc = FQ12_ONE;
    fq12 base = *a;
    for (size_t i = 64 * n; i-- > 0;) {
        fq12_sqr(&acc, &acc);
        if (e[i / 64] >> (i % 64) & 1) fq12_mul(&acc, &acc, &base);
    }
    *r = acc;
}

void fq12_random(fq12 *r, struct prng *rng)
{
    fq6_random(&r->c0, rng);
    fq6_random(&r->c1, rng);
}
