/* edwards_many_ifma: the functions of edwards_many.h for CPU_IFMA. Seen by edwards_many.c alone. */
#ifndef ZK_CURVE_EDWARDS_MANY_IFMA_H
#define ZK_CURVE_EDWARDS_MANY_IFMA_H

#include "curve/edwards.h"

void ed_unpack_many_ifma(bool *ok, ed_affine *out, const uint8_t (*in)[32], size_t n);
void ed_in_subgroup_many_ifma(bool *ok, const ed_affine *p, size_t n);
void ed_mul2_equals_many_ifma(bool *ok, const ed_affine *r, const ed_scalar *s, const ed_scalar *c, const ed_affine *p,
                              size_t n);

#endif
