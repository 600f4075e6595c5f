/* fq6: fq2[v] / (v^3 - xi), the middle of the tower.
 * Form      c0 + c1 v + c2 v^2.
 * Aliasing, timing, failure as in fq.h.
 * Source    Devegili, O'hEigeartaigh, Scott, Dahab 2006 (products and squares). */
#ifndef ZK_FIELD_FQ6_H
#define ZK_FIELD_FQ6_H

#include "field/fq2.h"

typedef struct fq6 {
    fq2 c0, c1, c2;
} fq6;

#define FQ6_ZERO ((fq6){FQ2_ZERO, FQ2_ZERO, FQ2_ZERO})
#define FQ6_ONE  ((fq6){FQ2_ONE, FQ2_ZERO, FQ2_ZERO})

ZK_INLINE bool fq6_is_zero(const fq6 *a)
{
    return fq2_is_zero(&a->c0) & fq2_is_zero(&a->c1) & fq2_is_zero(&a->c2);
}

ZK_INLINE bool fq6_eq(const fq6 *a, const fq6 *b)
{
    return fq2_eq(&a->c0, &b->c0) & fq2_eq(&a->c1, &b->c1) & fq2_eq(&a->c2, &b->c2);
}

void fq6_add(fq6 *r, const fq6 *a, const fq6 *b);
void fq6_sub(fq6 *r, const fq6 *a, const fq6 *b);
void fq6_neg(fq6 *r, const fq6 *a);
void fq6_mul(fq6 *r, const fq6 *a, const fq6 *b);
void fq6_mul_fq2(fq6 *r, const fq6 *a, const fq2 *b);
void fq6_mul_01(fq6 *r, const fq6 *a, const fq2 *b0, const fq2 *b1); /* r = a (b0 + b1 v) */
void fq6_mul_v(fq6 *r, const fq6 *a);                                /* r = a v */
void fq6_sqr(fq6 *r, const fq6 *a);

/* r = 1 / a, and 0 for 0. */
void fq6_inv(fq6 *r, const fq6 *a);

/* Uniform, for tests and benchmarks only. */
void fq6_random(fq6 *r, struct prng *rng);

#endif
