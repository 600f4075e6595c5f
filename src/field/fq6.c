#include "field/fq6.h"

void fq6_add(fq6 *r, const fq6 *a, const fq6 *b)
{
    fq2_add(&r->c0, &a->c0, &b->c0);
    fq2_add(&r->c1, &a->c1, &b->c1);
    fq2_add(&r->c2, &a->c2, &b->c2);
}

void fq6_sub(fq6 *r, const fq6 *a, const fq6 *b)
{
    fq2_sub(&r->c0, &a->c0, &b->c0);
    fq2_sub(&r->c1, &a->c1, &b->c1);
    fq2_sub(&r->c2, &a->c2, &b->c2);
}

void fq6_neg(fq6 *r, const fq6 *a)
{
    fq2_neg(&r->c0, &a->c0);
    fq2_neg(&r->c1, &a->c1);
    fq2_neg(&r->c2, &a->c2);
}

/* r = (a0 + a1)(b0 + b1) - p0 - p1 = a0 b1 + a1 b0, where p0 = a0 b0 and p1 = a1 b1. */
static void cross(fq2 *r, const fq2 *a0, const fq2 *a1, const fq2 *b0, const fq2 *b1, const fq2 *p0, const fq2 *p1)
{
    fq2 s, t;
    fq2_add(&s, a0, a1);
    fq2_add(&t, b0, b1);
    fq2_mul(&s, &s, &t);
    fq2_sub(&s, &s, p0);
    fq2_sub(r, &s, p1);
}

/* Karatsuba, six products: with pi = ai bi,
 *   c0 = p0 + xi (a1 b2 + a2 b1)   c1 = a0 b1 + a1 b0 + xi p2   c2 = a0 b2 + a2 b0 + p1 */
void fq6_mul(fq6 *r, const fq6 *a, const fq6 *b)
{
    fq2 p0, p1, p2, x12, x01, x02;
    fq2_mul(&p0, &a->c0, &b->c0);
    fq2_mul(&p1, &a->c1, &b->c1);
    fq2_mul(&p2, &a->c2, &b->c2);
    cross(&x12, &a->c1, &a->c2, &b->c1, &b->c2, &p1, &p2);
    cross(&x01, &a->c0, &a->c1, &b->c0, &b->c1, &p0, &p1);
    cross(&x02, &a->c0, &a->c2, &b->c0, &b->c2, &p0, &p2);
    fq2_mul_xi(&x12, &x12);
    fq2_add(&r->c0, &p0, &x12);
    fq2_mul_xi(&p2, &p2);
    fq2_add(&r->c1, &x01, &p2);
    fq2_add(&r->c2, &x02, &p1);
}

void fq6_mul_fq2(fq6 *r, const fq6 *a, const fq2 *b)
{
    fq2 factor = *b;
    fq2_mul(&r->c0, &a->c0, &factor);
    fq2_mul(&r->c1, &a->c1, &factor);
    fq2_mul(&r->c2, &a->c2, &factor);
}

/* The same with b2 = 0: five products. */
void fq6_mul_01(fq6 *r, const fq6 *a, const fq2 *b0, const fq2 *b1)
{
    fq2 p0, p1, x01, t0, t2;
    fq2_mul(&p0, &a->c0, b0);
    fq2_mul(&p1, &a->c1, b1);
    cross(&x01, &a->c0, &a->c1, b0, b1, &p0, &p1);
    fq2_mul(&t0, &a->c2, b1);
    fq2_mul(&t2, &a->c2, b0);
    fq2_mul_xi(&t0, &t0);
    fq2_add(&r->c0, &p0, &t0);
    r->c1 = x01;
    fq2_add(&r->c2, &t2, &p1);
}

void fq6_mul_v(fq6 *r, const fq6 *a)
{
    fq2 t;
    fq2_mul_xi(&t, &a->c2);
    r->c2 = a->c1;
    r->c1 = a->c0;
    r->c0 = t;
}

/* Chung, Hasan: s0 = a0^2  s1 = 2 a0 a1  s2 = (a0 - a1 + a2)^2  s3 = 2 a1 a2  s4 = a2^2
 *   c0 = s0 + xi s3   c1 = s1 + xi s4   c2 = s1 + s2 + s3 - s0 - s4 */
void fq6_sqr(fq6 *r, const fq6 *a)
{
    fq2 s0, s1, s2, s3, s4;
    fq2_sqr(&s0, &a->c0);
    fq2_mul(&s1, &a->c0, &a->c1);
    fq2_dbl(&s1, &s1);
    fq2_sub(&s2, &a->c0, &a->c1);
    fq2_add(&s2, &s2, &a->c2);
    fq2_sqr(&s2, &s2);
    fq2_mul(&s3, &a->c1, &a->c2);
    fq2_dbl(&s3, &s3);
    fq2_sqr(&s4, &a->c2);
    fq2_add(&s2, &s2, &s1);
    fq2_add(&s2, &s2, &s3);
    fq2_sub(&s2, &s2, &s0);
    fq2_sub(&r->c2, &s2, &s4);
    fq2_mul_xi(&s3, &s3);
    fq2_add(&r->c0, &s0, &s3);
    fq2_mul_xi(&s4, &s4);
    fq2_add(&r->c1, &s1, &s4);
}

/* The adjoint row (A, B, C), and the norm N = a0 A + xi (a2 B + a1 C), which is in fq2:
 *   A = a0^2 - xi a1 a2   B = xi a2^2 - a0 a1   C = a1^2 - a0 a2 */
void fq6_inv(fq6 *r, const fq6 *a)
{
    fq2 ta, tb, tc, n, t;
    fq2_sqr(&ta, &a->c0);
    fq2_mul(&t, &a->c1, &a->c2);
    fq2_mul_xi(&t, &t);
    fq2_sub(&ta, &ta, &t);
    fq2_sqr(&tb, &a->c2);
    fq2_mul_xi(&tb, &tb);
    fq2_mul(&t, &a->c0, &a->c1);
    fq2_sub(&tb, &tb, &t);
    fq2_sqr(&tc, &a->c1);
    fq2_mul(&t, &a->c0, &a->c2);
    fq2_sub(&tc, &tc, &t);
    fq2_mul(&n, &a->c2, &tb);
    fq2_mul(&t, &a->c1, &tc);
    fq2_add(&n, &n, &t);
    fq2_mul_xi(&n, &n);
    fq2_mul(&t, &a->c0, &ta);
    fq2_add(&n, &n, &t);
    fq2_inv(&n, &n);
    fq2_mul(&r->c0, &ta, &n);
    fq2_mul(&r->c1, &tb, &n);
    fq2_mul(&r->c2, &tc, &n);
}

void fq6_random(fq6 *r, struct prng *rng)
{
    fq2_random(&r->c0, rng);
    fq2_random(&r->c1, rng);
    fq2_random(&r->c2, rng);
}
