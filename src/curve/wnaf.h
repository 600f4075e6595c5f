/* wnaf: signed windows of an integer: k = sum of digit[i] 2^i. Each digit is zero, or odd and below 2^(width - 1) in
 * magnitude, and then the next width - 1 digits are zero; so 2^(width - 2) odd multiples of a point serve all digits.
 * Timing  variable: for public scalars only.
 * Source  Hankerson, Menezes, Vanstone 2004, algorithm 3.35. */
#ifndef ZK_CURVE_WNAF_H
#define ZK_CURVE_WNAF_H

#include "base/common.h"

#define WNAF_LEN       257 /* a 256-bit integer may carry into bit 256 */
#define WNAF_WIDTH_MAX 8   /* digits fit int8_t */

/* k: four limbs, least significant first; 2 <= width <= WNAF_WIDTH_MAX. */
ZK_INLINE void wnaf_recode(int8_t digits[WNAF_LEN], const uint64_t k[4], unsigned width)
{
    unsigned carry = 0;
    assert(width >= 2 && width <= WNAF_WIDTH_MAX);
    for (unsigned i = 0; i < WNAF_LEN; i++) digits[i] = 0;
    for (unsigned i = 0; i < WNAF_LEN;) {
        unsigned word = i < 256 ? (unsigned)(k[i / 64] >> (i % 64)) : 0; /* the bits from i on */
        if (i < 192 && i % 64 > 64 - width) word |= (unsigned)(k[i / 64 + 1] << (64 - i % 64));
        if ((word & 1) == carry) { /* what is left, with the carry, is even */
            i++;
            continue;
        }
        int digit = (int)((word & ((1U << width) - 1)) + carry);
        carry = digit >> (width - 1);
        digits[i] = (int8_t)(digit - (int)(carry << width));
        i += width;
    }
}

#endif
