/* fr: the scalar field of BN254, integers modulo
 *   p = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001.
 *
 * Form      Montgomery, x * 2^256 mod p; four 64-bit limbs, least significant first; always < p. So equal values have
 *           equal bytes, and zero is all-zero.
 * Aliasing  an output may be the same object as an input; it may not partly overlap one.
 * Timing    constant time, unless the name ends in _vartime. The batch kernels (fr_kernels) are constant time too.
 * Failure   void functions cannot fail.
 * Kernels   single operations are chosen once at start (plain C, or mulx/adx); the results are the same bits.
 *           Loops over many elements belong in fr_kernels or in an x_ifma.c over fr8.h.
 * Source    product: Koc, Acar, Kaliski 1996, "CIOS"; inverse: Bernstein, Yang 2019; roots: Tonelli 1891,
 *           Shanks 1973. */
#ifndef ZK_FIELD_FR_H
#define ZK_FIELD_FR_H

#include "base/common.h"
#include "base/cpu.h"
#include "field/field_gen.h"

struct prng;

typedef struct fr {
    uint64_t l[4];
} fr;

#define FR_ZERO    ((fr){{0, 0, 0, 0}})
#define FR_ONE     ((fr){FR_R_L})
#define FR_MODULUS ((fr){FR_MODULUS_L}) /* the integer p in plain limbs: not an element, for comparisons only */

/* ---- comparison and selection */

ZK_INLINE bool fr_is_zero(const fr *a)
{
    return (a->l[0] | a->l[1] | a->l[2] | a->l[3]) == 0;
}

ZK_INLINE bool fr_eq(const fr *a, const fr *b)
{
    return ((a->l[0] ^ b->l[0]) | (a->l[1] ^ b->l[1]) | (a->l[2] ^ b->l[2]) | (a->l[3] ^ b->l[3])) == 0;
}

bool fr_is_one(const fr *a);

/* r = pick_b ? b : a, without a branch. */
void fr_select(fr *r, const fr *a, const fr *b, bool pick_b);

/* ---- arithmetic */

void fr_add(fr *r, const fr *a, const fr *b);
void fr_sub(fr *r, const fr *a, const fr *b);
void fr_neg(fr *r, const fr *a);
void fr_dbl(fr *r, const fr *a);
void fr_half(fr *r, const fr *a); /* r = a / 2 */
void fr_mul(fr *r, const fr *a, const fr *b);
void fr_sqr(fr *r, const fr *a);
void fr_pow5(fr *r, const fr *a); /* r = a^5: the S-box of Poseidon2 and Rescue */

/* r = a^e, e = the 256-bit integer of four limbs, least significant first. Time depends on nothing. */
void fr_pow(fr *r, const fr *a, const uint64_t e[4]);

/* r = a^e; time depends on e only. */
void fr_pow_u64_vartime(fr *r, const fr *a, uint64_t e);

/* r = 1 / a, and 0 for 0. fr_inv is constant time. */
void fr_inv(fr *r, const fr *a);
void fr_inv_vartime(fr *r, const fr *a);

/* out[i] = 1 / in[i], and 0 for 0. out may be in; n >= 0. One inversion and 3n products; scratch has n elements and
 * overlaps neither. */
void fr_batch_inv(fr *out, const fr *in, size_t n, fr *scratch);

/* r^2 = a. False, with *r = 0, if a is not a square. Which of the two roots is not specified. */
ZK_MUST_USE bool fr_sqrt_vartime(fr *r, const fr *a);

/* Sum of a[i] * b[i]. */
void fr_dot(fr *r, const fr *a, const fr *b, size_t n);

/* ---- roots of unity: *r = a primitive 2^log_n-th root of 1, log_n <= FR_TWO_ADICITY (28);
 *      fr_root_of_unity(k)^2 = fr_root_of_unity(k - 1). */
void fr_root_of_unity(fr *r, unsigned log_n);

/* ---- integers and bytes */

void fr_from_u64(fr *r, uint64_t x);

/* The integer 0 <= x < p in four limbs, least significant first. */
void fr_to_limbs(uint64_t out[4], const fr *a);

/* False, with *r = 0, if the limbs are p or more. */
ZK_MUST_USE bool fr_from_limbs(fr *r, const uint64_t in[4]);

/* in mod p, for any 256-bit integer. */
void fr_from_limbs_reduce(fr *r, const uint64_t in[4]);

/* Reads 32 bytes. False, with *r = 0, if they encode p or more. */
ZK_MUST_USE bool fr_from_be32(fr *r, const uint8_t in[32]);
ZK_MUST_USE bool fr_from_le32(fr *r, const uint8_t in[32]);

void fr_to_be32(uint8_t out[32], const fr *a);
void fr_to_le32(uint8_t out[32], const fr *a);

/* The 256-bit big-endian integer, reduced: for hashes turned into challenges. */
void fr_from_be32_reduce(fr *r, const uint8_t in[32]);

/* The 512-bit big-endian integer, reduced: its distribution is uniform to 2^-256 if the bytes are. */
void fr_from_be64_reduce(fr *r, const uint8_t in[64]);

/* Uniform, for tests and benchmarks only. */
void fr_random(fr *r, struct prng *rng);

/* ---- many at once: chosen once, over whole vectors, never per element. out may be a or b; any n, any alignment. */
struct fr_kernels {
    const char *name;                                                /* "plain", "adx", "ifma" */
    void (*mul)(fr *out, const fr *a, const fr *b, size_t n);        /* out[i] = a[i] * b[i] */
    void (*add)(fr *out, const fr *a, const fr *b, size_t n);        /* out[i] = a[i] + b[i] */
    void (*sub)(fr *out, const fr *a, const fr *b, size_t n);        /* out[i] = a[i] - b[i] */
    void (*scale)(fr *out, const fr *a, const fr *c, size_t n);      /* out[i] = a[i] * *c */
    void (*axpy)(fr *out, const fr *c, const fr *a, size_t n);       /* out[i] += *c * a[i] */
    void (*pow5)(fr *out, const fr *a, size_t n);                    /* out[i] = a[i]^5 */
    void (*batch_inv)(fr *out, const fr *in, size_t n, fr *scratch); /* as fr_batch_inv */
};

/* The kernels of the level that cpu_level_get() gives. */
const struct fr_kernels *fr_kernels(void);

/* The kernels of a level up to cpu_best(), or NULL if this build has none for it: what tests compare. */
const struct fr_kernels *fr_kernels_of(cpu_level level);

#endif
