/* fq: the base field of BN254, integers modulo
 *   q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47.
 * Form, aliasing, timing, failure and kernels are those of fr.h, with q for p; q = 3 mod 4, so a root is a power. */
#ifndef ZK_FIELD_FQ_H
#define ZK_FIELD_FQ_H

#include "base/common.h"
#include "base/cpu.h"
#include "field/field_gen.h"

struct prng;

typedef struct fq {
    uint64_t l[4];
} fq;

#define FQ_ZERO    ((fq){{0, 0, 0, 0}})
#define FQ_ONE     ((fq){FQ_R_L})
#define FQ_MODULUS ((fq){FQ_MODULUS_L}) /* the integer q in plain limbs: not an element, for comparisons only */

/* ---- comparison and selection */

ZK_INLINE bool fq_is_zero(const fq *a)
{
    return (a->l[0] | a->l[1] | a->l[2] | a->l[3]) == 0;
}

ZK_INLINE bool fq_eq(const fq *a, const fq *b)
{
    return ((a->l[0] ^ b->l[0]) | (a->l[1] ^ b->l[1]) | (a->l[2] ^ b->l[2]) | (a->l[3] ^ b->l[3])) == 0;
}

bool fq_is_one(const fq *a);

/* r = pick_b ? b : a, without a branch. */
void fq_select(fq *r, const fq *a, const fq *b, bool pick_b);

/* ---- arithmetic */

void fq_add(fq *r, const fq *a, const fq *b);
void fq_sub(fq *r, const fq *a, const fq *b);
void fq_neg(fq *r, const fq *a);
void fq_dbl(fq *r, const fq *a);
void fq_half(fq *r, const fq *a); /* r = a / 2 */
void fq_mul(fq *r, const fq *a, const fq *b);
void fq_sqr(fq *r, const fq *a);

/* r = a^e, e = the 256-bit integer of four limbs, least significant first. Time depends on nothing. */
void fq_pow(fq *r, const fq *a, const uint64_t e[4]);

/* r = a^e; time depends on e only. */
void fq_pow_u64_vartime(fq *r, const fq *a, uint64_t e);

/* r = 1 / a, and 0 for 0. fq_inv is constant time. */
void fq_inv(fq *r, const fq *a);
void fq_inv_vartime(fq *r, const fq *a);

/* out[i] = 1 / in[i], and 0 for 0. out may be in; n >= 0. One inversion and 3n products; scratch has n elements and
 * overlaps neither. */
void fq_batch_inv(fq *out, const fq *in, size_t n, fq *scratch);

/* r^2 = a. False, with *r = 0, if a is not a square. Which of the two roots is not specified. */
ZK_MUST_USE bool fq_sqrt_vartime(fq *r, const fq *a);

/* Sum of a[i] * b[i]. */
void fq_dot(fq *r, const fq *a, const fq *b, size_t n);

/* ---- integers and bytes */

void fq_from_u64(fq *r, uint64_t x);

/* The integer 0 <= x < q in four limbs, least significant first. */
void fq_to_limbs(uint64_t out[4], const fq *a);

/* False, with *r = 0, if the limbs are q or more. */
ZK_MUST_USE bool fq_from_limbs(fq *r, const uint64_t in[4]);

/* in mod q, for any 256-bit integer. */
void fq_from_limbs_reduce(fq *r, const uint64_t in[4]);

/* Reads 32 bytes. False, with *r = 0, if they encode q or more. */
ZK_MUST_USE bool fq_from_be32(fq *r, const uint8_t in[32]);
ZK_MUST_USE bool fq_from_le32(fq *r, const uint8_t in[32]);

void fq_to_be32(uint8_t out[32], const fq *a);
void fq_to_le32(uint8_t out[32], const fq *a);

/* The 256-bit big-endian integer, reduced: for hashes turned into challenges. */
void fq_from_be32_reduce(fq *r, const uint8_t in[32]);

/* The 512-bit big-endian integer, reduced: its distribution is uniform to 2^-256 if the bytes are. */
void fq_from_be64_reduce(fq *r, const uint8_t in[64]);

/* Uniform, for tests and benchmarks only. */
void fq_random(fq *r, struct prng *rng);

/* ---- many at once: chosen once, over whole vectors, never per element. out may be a or b; any n, any alignment. */
struct fq_kernels {
    const char *name;                                                /* "plain", "adx", "ifma" */
    void (*mul)(fq *out, const fq *a, const fq *b, size_t n);        /* out[i] = a[i] * b[i] */
    void (*add)(fq *out, const fq *a, const fq *b, size_t n);        /* out[i] = a[i] + b[i] */
    void (*sub)(fq *out, const fq *a, const fq *b, size_t n);        /* out[i] = a[i] - b[i] */
    void (*scale)(fq *out, const fq *a, const fq *c, size_t n);      /* out[i] = a[i] * *c */
    void (*axpy)(fq *out, const fq *c, const fq *a, size_t n);       /* out[i] += *c * a[i] */
    void (*batch_inv)(fq *out, const fq *in, size_t n, fq *scratch); /* as fq_batch_inv */
};

/* The kernels of the level that cpu_level_get() gives. */
const struct fq_kernels *fq_kernels(void);

/* The kernels of a level up to cpu_best(), or NULL if this build has none for it: what tests compare. */
const struct fq_kernels *fq_kernels_of(cpu_level level);

#endif
