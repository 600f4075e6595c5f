/* fr8: eight fr side by side, for AVX-512 IFMA. Include it only in x_ifma.c files.
 *
 * A vector holds limb i of all eight elements in l[i], radix 2^52. Its Montgomery factor is 2^260, so a product needs
 * no shifts; fr8_load and fr8_store convert from and to fr. fr8_load_raw keeps the factor 2^256 of memory: a product of
 * one raw operand and one loaded (or constant) operand is raw again, which saves the conversion where one factor is
 * known beforehand (twiddles, challenges):   raw(x) * c -> raw(x c).
 *
 * Ranges (p is the modulus, about 2^253.6; 2^260 is about 84 p)
 *   reduced  limbs < 2^52, value < p       what fr8_reduce returns and fr8_store writes
 *   lazy     limbs < 2^52, value < 2p      what fr8_mul returns
 *   carried  limbs < 2^52, value < 84p     what fr8_mul takes, with a product of values below 84 p^2
 *   loose    limbs signed, |limb| < 2^62, value in 0 .. 2^260 - 1     sums and differences before fr8_carry
 *
 *   operation               in                              out
 *   fr8_load                fr in memory                    carried, < 16p, factor 2^260
 *   fr8_load_raw            fr in memory                    reduced, factor 2^256
 *   fr8_mul, fr8_sqr        carried, bounds a b <= 84       lazy; for larger ones carried, < (a b / 84 + 1) p
 *   fr8_wide_mul, _sqr,     carried                         wide: columns of a b, of a^2, of the sum
 *     _add_mul
 *   fr8_wide_reduce         wide, at most 200 products      as fr8_mul, by the sum of the products' bounds
 *   fr8_add                 any                             loose, bounds add up
 *   fr8_sub2, fr8_sub4      b < 2p, b < 4p                  loose, bound of a + 2p, a + 4p   (never negative)
 *   fr8_carry               loose                           carried, same value
 *   fr8_reduce_lazy         carried, < 2p                   reduced
 *   fr8_store               carried, < 2p, factor 2^260     fr in memory
 *   fr8_store_raw           carried, < 2p, factor 2^256     fr in memory
 *   fr8_spill, fr8_unspill  carried, < 2^256                the same, by way of scratch memory in an order of its own
 * Checked builds verify limbs and values on entry of the products, the stores and fr8_reduce_lazy.
 *
 * A sum of products costs one reduction, half a product's work, however many there are:
 *   fr8_wide w = fr8_wide_mul(a, b);  fr8_wide_add_mul(&w, c, d);  r = fr8_wide_reduce(w);
 * The reduction also takes its digits without waiting where it can (field8_tmpl.h), so a product alone takes 2.4 ns an
 * element, and 1.8 when another that does not depend on it runs beside it (AMD Zen 5, 3.9 GHz): write loops so.
 *
 * Kernels that read a product's operands from memory and write its result there may save the masks and carries that the
 * product does not need: fr8_load_factor, fr8_load_raw_factor -> fr8_wide_add_factors -> fr8_wide_reduce_sum ->
 * fr8_store_raw_sum. field_ifma_tmpl.h shows how.
 *
 * Timing  constant time.
 * Source  Gueron, Krasnov 2016 (52-bit Montgomery products); Drucker, Gueron 2019 (IFMA). */
#ifndef ZK_FIELD_FR8_H
#define ZK_FIELD_FR8_H

#include "field/fr.h"

#define FIELD       fr
#define FIELD8      fr8
#define FN8(name)   fr8_##name
#define CONST(name) FR_##name
#include "field/field8_tmpl.h"
#undef FIELD
#undef FIELD8
#undef FN8
#undef CONST

#endif
