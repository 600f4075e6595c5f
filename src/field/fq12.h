/* fq12: fq6[w] / (w^2 - v), the field of pairing values; w^6 = xi.
 * Form      c0 + c1 w. In powers of w the six fq2 coefficients are
 *             1: c0.c0   w: c1.c0   w^2: c0.c1   w^3: c1.c1   w^4: c0.c2   w^5: c1.c2.
 * Cyclotomic  the elements with a^(q^4 - q^2 + 1) = 1, as after the first part of the final exponentiation. For them
 *             1/a is the conjugate, and squares are cheaper.
 * Aliasing, timing, failure as in fq.h.
 * Source    Granger, Scott 2010 (cyclotomic squares). */
#ifndef ZK_FIELD_FQ12_H
#define ZK_FIELD_FQ12_H

#include "field/fq6.h"

typedef struct fq12 {
    fq6 c0, c1;
} fq12;

#define FQ12_ONE ((fq12){FQ6_ONE, FQ6_ZERO})

ZK_INLINE bool fq12_eq(const fq12 *a, const fq12 *b)
{
    return fq6_eq(&a->c0, &b->c0) & fq6_eq(&a->c1, &b->c1);
}

bool fq12_is_one(const fq12 *a);

void fq12_mul(fq12 *r, const fq12 *a, const fq12 *b);
void fq12_sqr(fq12 *r, const fq12 *a);

/* r = a (b0 + b1 w + b3 w^3): what a line of the pairing is. */
void fq12_mul_013(fq12 *r, const fq12 *a, const fq2 *b0, const fq2 *b1, const fq2 *b3);

/* r = c0 - c1 w = a^(q^6). */
void fq12_conj(fq12 *r, const fq12 *a);

/* r = 1 / a, and 0 for 0. */
void fq12_inv(fq12 *r, const fq12 *a);

/* r = a^(q^k), k = 1, 2 or 3. */
void fq12_frobenius(fq12 *r, const fq12 *a, unsigned k);

/* r = a^2 for cyclotomic a. */
void fq12_cyclotomic_sqr(fq12 *r, const fq12 *a);

/* r = a^e, e = n limbs, least significant first; time depends on e. */
void fq12_pow_vartime(fq12 *r, const fq12 *a, const uint64_t *e, size_t n);

/* Uniform, for tests and benchmarks only. */
void fq12_random(fq12 *r, struct prng *rng);

#endif
