/* g2: the second group of BN254: the points of order p (fr's modulus) of the twist y^2 = x^3 + 3/(9 + u) over fq2.
 * Unlike g1 it has a cofactor, 2q - p: a point of the curve need not be in the group.
 *
 * Everything is as in g1.h: forms, infinity, aliasing, timing, sources. What differs:
 * Input     points are on the curve; the additions and products do not need them to be in the group. The decoders check
 *           both, so a decoded point is in the group.
 * Source    membership: Dai, Lin, Zhao, Zhou 2022, "Fast subgroup membership testings for G1, G2 and GT". */
#ifndef ZK_CURVE_G2_H
#define ZK_CURVE_G2_H

#include "base/common.h"
#include "field/fq2.h"
#include "field/fr.h"

struct arena;
struct prng;

typedef struct g2_affine {
    fq2 x, y;
} g2_affine;

typedef struct g2_jac {
    fq2 x, y, z;
} g2_jac;

extern const g2_affine G2_GENERATOR; /* that of EIP-197 */

#define G2_AFFINE_INF ((g2_affine){FQ2_ZERO, FQ2_ZERO})
#define G2_JAC_INF    ((g2_jac){FQ2_ONE, FQ2_ONE, FQ2_ZERO})

/* ---- questions */

ZK_INLINE bool g2_affine_is_inf(const g2_affine *p)
{
    return fq2_is_zero(&p->x) & fq2_is_zero(&p->y);
}

ZK_INLINE bool g2_jac_is_inf(const g2_jac *p)
{
    return fq2_is_zero(&p->z);
}

ZK_INLINE bool g2_affine_eq(const g2_affine *p, const g2_affine *q)
{
    return fq2_eq(&p->x, &q->x) & fq2_eq(&p->y, &q->y);
}

/* Any coordinates; infinity counts as on the curve. On the curve is not yet in the group. */
ZK_MUST_USE bool g2_affine_is_on_curve(const g2_affine *p);
ZK_MUST_USE bool g2_jac_is_on_curve(const g2_jac *p);

/* Is this point of the curve in the group? Exact; about a third of a multiplication. */
ZK_MUST_USE bool g2_in_subgroup_vartime(const g2_affine *p);

/* The same point, whatever the z. */
ZK_MUST_USE bool g2_jac_eq(const g2_jac *p, const g2_jac *q);

/* ---- group law */

void g2_affine_neg(g2_affine *r, const g2_affine *p);
void g2_jac_neg(g2_jac *r, const g2_jac *p);
void g2_jac_dbl(g2_jac *r, const g2_jac *p);
void g2_jac_add(g2_jac *r, const g2_jac *p, const g2_jac *q);
void g2_jac_add_mixed(g2_jac *r, const g2_jac *p, const g2_affine *q);

/* r = k p. */
void g2_mul(g2_jac *r, const g2_affine *p, const fr *k);
void g2_mul_vartime(g2_jac *r, const g2_affine *p, const fr *k);

/* r = psi(p): the q-power Frobenius of the curve over fq12, seen on the twist. In the group it is a product by q. */
void g2_psi(g2_affine *r, const g2_affine *p);

/* A uniform point of the group, for tests and benchmarks only. */
void g2_random(g2_affine *r, struct prng *rng);

/* ---- conversion */

void g2_jac_from_affine(g2_jac *r, const g2_affine *p);
void g2_jac_to_affine(g2_affine *r, const g2_jac *p);

/* out[i] = in[i] in affine form, with one inversion; n >= 0. Scratch: 2 n fq2, released on return. ZK_ERR_FULL. */
ZK_MUST_USE zk_err g2_jac_batch_to_affine(g2_affine *out, const g2_jac *in, size_t n, struct arena *scratch);

/* ---- bytes. Every point of the group has exactly one encoding in each form; the decoders refuse all else with false
 *      and *r = infinity. */

/* 128 bytes, big-endian, in the order of the EVM precompiles, imaginary part first: x.c1, x.c0, y.c1, y.c0. Infinity is
 * 128 zero bytes. */
void g2_to_be128(uint8_t out[128], const g2_affine *p);
ZK_MUST_USE bool g2_from_be128(g2_affine *r, const uint8_t in[128]);

/* 64 bytes x.c1, x.c0, with the flags of g1_to_be32c in the top bits of the first byte. The larger of y and -y is the
 * one with the larger c1, or with c1 = 0 the larger c0. */
void g2_to_be64c(uint8_t out[64], const g2_affine *p);
ZK_MUST_USE bool g2_from_be64c(g2_affine *r, const uint8_t in[64]);

#endif
