/* fq2: fq[u] / (u^2 + 1), the field of g2's coordinates. q = 3 mod 4, so -1 is no square in fq and this is a field.
 *
 * Form      c0 + c1 u, both as in fq.h; equal values have equal bytes.
 * Aliasing, timing, failure as in fq.h.
 * Xi        9 + u, neither a square nor a cube: fq6 adjoins its cube root, fq12 its sixth root. */
#ifndef ZK_FIELD_FQ2_H
#define ZK_FIELD_FQ2_H

#include "field/fq.h"

typedef struct fq2 {
    fq c0, c1;
} fq2;

#define FQ2_ZERO ((fq2){FQ_ZERO, FQ_ZERO})
#define FQ2_ONE  ((fq2){FQ_ONE, FQ_ZERO})

ZK_INLINE bool fq2_is_zero(const fq2 *a)
{
    return fq_is_zero(&a->c0) & fq_is_zero(&a->c1);
}

ZK_INLINE bool fq2_eq(const fq2 *a, const fq2 *b)
{
    return fq_eq(&a->c0, &b->c0) & fq_eq(&a->c1, &b->c1);
}

bool fq2_is_one(const fq2 *a);

/* r = pick_b ? b : a, without a branch. */
void fq2_select(fq2 *r, const fq2 *a, const fq2 *b, bool pick_b);

void fq2_add(fq2 *r, const fq2 *a, const fq2 *b);
void fq2_sub(fq2 *r, const fq2 *a, const fq2 *b);
void fq2_neg(fq2 *r, const fq2 *a);
void fq2_dbl(fq2 *r, const fq2 *a);
void fq2_half(fq2 *r, const fq2 *a);
void fq2_mul(fq2 *r, const fq2 *a, const fq2 *b);
void fq2_mul_fq(fq2 *r, const fq2 *a, const fq *b);
void fq2_mul_xi(fq2 *r, const fq2 *a); /* r = (9 + u) a */
void fq2_sqr(fq2 *r, const fq2 *a);

/* r = c0 - c1 u = a^q. */
void fq2_conj(fq2 *r, const fq2 *a);

/* r = 1 / a, and 0 for 0. */
void fq2_inv(fq2 *r, const fq2 *a);

/* As fq_batch_inv. */
void fq2_batch_inv(fq2 *out, const fq2 *in, size_t n, fq2 *scratch);

/* r^2 = a. False, with *r = 0, if a is not a square. Which of the two roots is not specified. */
ZK_MUST_USE bool fq2_sqrt_vartime(fq2 *r, const fq2 *a);

/* Uniform, for tests and benchmarks only. */
void fq2_random(fq2 *r, struct prng *rng);

#endif
