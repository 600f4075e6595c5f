/* g1: the group of BN254 over fq, y^2 = x^3 + 3. It has prime order p (fr's modulus) and cofactor 1, so every point of
 * the curve is in the group.
 *
 * Form      g1_affine: (x, y); infinity is (0, 0), which is not on the curve since b = 3.
 *           g1_jac: (x / z^2, y / z^3); infinity is any (x, y, 0). Equal points have many forms: use g1_jac_eq.
 * Input     points are on the curve; only the decoders and the on_curve questions expect anything else. No operation
 *           has an exceptional case: equal, opposite and infinite points are right everywhere.
 * Aliasing  an output may be the same object as an input; it may not partly overlap one.
 * Timing    g1_mul is constant time in point and scalar. The additions are constant time except that infinite, equal
 *           and opposite points take branches of their own; names ending in _vartime and the decoders depend on
 *           everything.
 * Failure   void functions cannot fail.
 * Source    Jacobian: Bernstein, Lange, EFD (dbl-2009-l, add-2007-bl, madd-2007-bl); constant time: complete formulas,
 *           Renes, Costello, Batina 2016, algorithms 7 and 9. */
#ifndef ZK_CURVE_G1_H
#define ZK_CURVE_G1_H

#include "base/common.h"
#include "field/fq.h"
#include "field/fr.h"

struct arena;
struct prng;

typedef struct g1_affine {
    fq x, y;
} g1_affine;

typedef struct g1_jac {
    fq x, y, z;
} g1_jac;

extern const g1_affine G1_GENERATOR; /* (1, 2) */

#define G1_AFFINE_INF ((g1_affine){FQ_ZERO, FQ_ZERO})
#define G1_JAC_INF    ((g1_jac){FQ_ONE, FQ_ONE, FQ_ZERO})

/* ---- questions */

ZK_INLINE bool g1_affine_is_inf(const g1_affine *p)
{
    return fq_is_zero(&p->x) & fq_is_zero(&p->y);
}

ZK_INLINE bool g1_jac_is_inf(const g1_jac *p)
{
    return fq_is_zero(&p->z);
}

ZK_INLINE bool g1_affine_eq(const g1_affine *p, const g1_affine *q)
{
    return fq_eq(&p->x, &q->x) & fq_eq(&p->y, &q->y);
}

/* Any coordinates; infinity counts as on the curve. */
ZK_MUST_USE bool g1_affine_is_on_curve(const g1_affine *p);
ZK_MUST_USE bool g1_jac_is_on_curve(const g1_jac *p);

/* The same point, whatever the z. */
ZK_MUST_USE bool g1_jac_eq(const g1_jac *p, const g1_jac *q);

/* ---- group law */

void g1_affine_neg(g1_affine *r, const g1_affine *p);
void g1_jac_neg(g1_jac *r, const g1_jac *p);
void g1_jac_dbl(g1_jac *r, const g1_jac *p);
void g1_jac_add(g1_jac *r, const g1_jac *p, const g1_jac *q);
void g1_jac_add_mixed(g1_jac *r, const g1_jac *p, const g1_affine *q);

/* r = k p. */
void g1_mul(g1_jac *r, const g1_affine *p, const fr *k);
void g1_mul_vartime(g1_jac *r, const g1_affine *p, const fr *k);

/* A uniform point of the group, for tests and benchmarks only. */
void g1_random(g1_affine *r, struct prng *rng);

/* ---- conversion */

void g1_jac_from_affine(g1_jac *r, const g1_affine *p);
void g1_jac_to_affine(g1_affine *r, const g1_jac *p);

/* out[i] = in[i] in affine form, with one inversion; n >= 0. Scratch: 2 n fq, released on return. ZK_ERR_FULL. */
ZK_MUST_USE zk_err g1_jac_batch_to_affine(g1_affine *out, const g1_jac *in, size_t n, struct arena *scratch);

/* ---- bytes. Every point has exactly one encoding in each form; the decoders refuse all else with false and
 *      *r = infinity. They check the curve equation, hence the group. */

/* 64 bytes x, y, big-endian, as the EVM precompiles have it; infinity is 64 zero bytes. */
void g1_to_be64(uint8_t out[64], const g1_affine *p);
ZK_MUST_USE bool g1_from_be64(g1_affine *r, const uint8_t in[64]);

/* 32 bytes: x big-endian (q < 2^254), and two flags in the top bits of the first byte:
 *   00  never valid                             01  infinity: all other bits are zero
 *   10  y is the smaller root, y <= (q - 1)/2   11  y is the larger */
void g1_to_be32c(uint8_t out[32], const g1_affine *p);
ZK_MUST_USE bool g1_from_be32c(g1_affine *r, const uint8_t in[32]);

#endif
