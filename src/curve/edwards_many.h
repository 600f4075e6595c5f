/* edwards_many: what signature checks need of edwards.h, for many points at once. The results are those of the single
 * functions named beside each; with AVX-512 IFMA eight lanes work side by side.
 *
 * Input     n >= 0; points are on the curve. Each function runs in the calling thread.
 * Aliasing  outputs do not overlap inputs.
 * Timing    not constant time: public data only.
 * Failure   cannot fail; bad encodings are answers. */
#ifndef ZK_CURVE_EDWARDS_MANY_H
#define ZK_CURVE_EDWARDS_MANY_H

#include "curve/edwards.h"

/* Points a call handles best: a multiple of eight, small enough for the stack, large enough to share an inversion. */
#define ED_MANY_BLOCK 32

/* ok[i] = ed_unpack(&out[i], in[i]). */
void ed_unpack_many_vartime(bool *ok, ed_affine *out, const uint8_t (*in)[32], size_t n);

/* ok[i] = ed_in_subgroup_vartime(&p[i]). */
void ed_in_subgroup_many_vartime(bool *ok, const ed_affine *p, size_t n);

/* ok[i] = (s[i] ED_GENERATOR - c[i] p[i] = r[i]), by ed_mul2_vartime and ed_eq_affine. */
void ed_mul2_equals_many_vartime(bool *ok, const ed_affine *r, const ed_scalar *s, const ed_scalar *c,
                                 const ed_affine *p, size_t n);

#endif
