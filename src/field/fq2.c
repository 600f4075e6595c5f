#include "field/fq2.h"

bool fq2_is_one(const fq2 *a)
{
    return fq_is_one(&a->c0) & fq_is_zero(&a->c1);
}

void fq2_select(fq2 *r, const fq2 *a, const fq2 *b, bool pick_b)
{
    fq_select(&r->c0, &a->c0, &b->c0, pick_b);
    fq_select(&r->c1, &a->c1, &b->c1, pick_b);
}

void fq2_add(fq2 *r, const fq2 *a, const fq2 *b)
{
    fq_add(&r->c0, &a->c0, &b->c0);
    fq_add(&r->c1, &a->c1, &b->c1);
}

void fq2_sub(fq2 *r, const fq2 *a, const fq2 *b)
{
    fq_sub(&r->c0, &a->c0, &b->c0);
    fq_sub(&r->c1, &a->c1, &b->c1);
}

void fq2_neg(fq2 *r, const fq2 *a)
{
    fq_neg(&r->c0, &a->c0);
    fq_neg(&r->c1, &a->c1);
}

void fq2_dbl(fq2 *r, const fq2 *a)
{
    fq_dbl(&r->c0, &a->c0);
    fq_dbl(&r->c1, &a->c1);
}

void fq2_half(fq2 *r, const fq2 *a)
{
    fq_half(&r->c0, &a->c0);
    fq_half(&r->c1, &a->c1);
}

/* Karatsuba: c1 = (a0 + a1)(b0 + b1) - a0 b0 - a1 b1. */
void fq2_mul(fq2 *r, const fq2 *a, const fq2 *b)
{
    fq t0, t1, sa, sb;
    fq_add(&sa, &a->c0, &a->c1);
    fq_add(&sb, &b->c0, &b->c1);
    fq_mul(&t0, &a->c0, &b->c0);
    fq_mul(&t1, &a->c1, &b->c1);
    fq_mul(&sa, &sa, &sb);
    fq_sub(&r->c0, &t0, &t1);
    fq_sub(&sa, &sa, &t0);
    fq_sub(&r->c1, &sa, &t1);
}

void fq2_mul_fq(fq2 *r, const fq2 *a, const fq *b)
{
    fq factor = *b;
    fq_mul(&r->c0, &a->c0, &factor);
    fq_mul(&r->c1, &a->c1, &factor);
}

/* r = 9 a. */
static void times9(fq *r, const fq *a)
{
    fq t;
    fq_dbl(&t, a);
    fq_dbl(&t, &t);
    fq_dbl(&t, &t);
    fq_add(r, &t, a);
}

/* (9 + u)(c0 + c1 u) = (9 c0 - c1) + (9 c1 + c0) u. */
void fq2_mul_xi(fq2 *r, const fq2 *a)
{
    fq t0, t1;
    times9(&t0, &a->c0);
    times9(&t1, &a->c1);
    fq_sub(&t0, &t0, &a->c1);
    fq_add(&r->c1, &t1, &a->c0);
    r->c0 = t0;
}

/* c0^2 - c1^2 = (c0 + c1)(c0 - c1). */
void fq2_sqr(fq2 *r, const fq2 *a)
{
    fq sum, diff, prod;
    fq_add(&sum, &a->c0, &a->c1);
    fq_sub(&diff, &a->c0, &a->c1);
    fq_mul(&prod, &a->c0, &a->c1);
    fq_mul(&r->c0, &sum, &diff);
    fq_dbl(&r->c1, &prod);
}

void fq2_conj(fq2 *r, const fq2 *a)
{
    r->c0 = a->c0;
    fq_neg(&r->c1, &a->c1);
}

/* c0^2 + c1^2, the product with the conjugate. */
static void norm(fq *r, const fq2 *a)
{
    fq t;
    fq_sqr(&t, &a->c0);
    fq_sqr(r, &a->c1);
    fq_add(r, r, &t);
}

void fq2_inv(fq2 *r, const fq2 *a)
{
    fq n;
    norm(&n, a);
    fq_inv(&n, &n);
    fq2_conj(r, a);
    fq2_mul_fq(r, r, &n);
}

/* Montgomery's trick, as fq_batch_inv. */
void fq2_batch_inv(fq2 *out, const fq2 *in, size_t n, fq2 *scratch)
{
    const fq2 one = FQ2_ONE;
    const fq2 zero = FQ2_ZERO;
    fq2 acc = one;
    fq2 x;
    for (size_t i = 0; i < n; i++) {
        scratch[i] = acc;
        fq2_select(&x, &in[i], &one, fq2_is_zero(&in[i]));
        fq2_mul(&acc, &acc, &x);
    }
    fq2_inv(&acc, &acc);
    for (size_t i = n; i-- > 0;) {
        fq2 inverse;
        bool is_zero = fq2_is_zero(&in[i]);
        fq2_select(&x, &in[i], &one, is_zero);
        fq2_mul(&inverse, &acc, &scratch[i]);
        fq2_mul(&acc, &acc, &x);
        fq2_select(&out[i], &inverse, &zero, is_zero);
    }
}

/* By the norm: if a = (x0 + x1 u)^2 then a0 = x0^2 - x1^2 and sqrt(norm a) = +-(x0^2 + x1^2), so x0^2 is (a0 + n)/2 or
 * (a0 - n)/2; their product is -(a1/2)^2, so for a1 != 0 exactly one is a square. Then x1 = a1 / (2 x0).
 * With a1 = 0 a root is sqrt(a0), or sqrt(-a0) u. */
bool fq2_sqrt_vartime(fq2 *r, const fq2 *a)
{
    const fq2 square = *a; /* r may be a */
    fq2 root = FQ2_ZERO, check;
    fq n, half;
    *r = FQ2_ZERO;
    if (fq_is_zero(&square.c1)) {
        if (!fq_sqrt_vartime(&root.c0, &square.c0)) {
            fq_neg(&n, &square.c0);
            if (!fq_sqrt_vartime(&root.c1, &n)) return false;
        }
    } else {
        norm(&n, &square);
        if (!fq_sqrt_vartime(&n, &n)) return false;
        fq_add(&half, &square.c0, &n);
        fq_half(&half, &half);
        if (!fq_sqrt_vartime(&root.c0, &half)) {
            fq_sub(&half, &half, &n);
            if (!fq_sqrt_vartime(&root.c0, &half)) return false;
        }
        fq_dbl(&n, &root.c0);
        fq_inv_vartime(&n, &n);
        fq_mul(&root.c1, &square.c1, &n);
    }
    fq2_sqr(&check, &root);
    if (!fq2_eq(&check, &square)) return false;
    *r = root;
    return true;
}

void fq2_random(fq2 *r, struct prng *rng)
{
    fq_random(&r->c0, rng);
    fq_random(&r->c1, rng);
}
