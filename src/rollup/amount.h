/* amount: numbers of tokens as decimal text, as token units, and packed.
 *
 * Packed form   mantissa * 32 + exponent, big-endian; value = mantissa * 10^exponent, exponent 0 .. 31.
 *                 amount   5 bytes, mantissa below 2^35
 *                 fee      2 bytes, mantissa below 2^11
 *               The packed form of v is the one with the smallest exponent e for which v <= M * 10^e, M the largest
 *               mantissa. v is packable if 10^e divides it; signers refuse other values, so nothing is ever rounded
 *               silently. "Closest" is what the SDK's closestPackable… give: the largest packable value <= v.
 * Aliasing      none. Timing: variable, nothing here is secret. Failure: answers, not errors; outputs are then 0. */
#ifndef ZK_ROLLUP_AMOUNT_H
#define ZK_ROLLUP_AMOUNT_H

#include "rollup/types.h"

#define AMOUNT_PACKED_BYTES 5
#define FEE_PACKED_BYTES    2

/* The packed form of v. False if v is not packable. */
ZK_MUST_USE bool amount_pack(uint8_t out[AMOUNT_PACKED_BYTES], u128 v);
ZK_MUST_USE bool fee_pack(uint8_t out[FEE_PACKED_BYTES], u128 v);

bool amount_is_packable(u128 v);
bool fee_is_packable(u128 v);

/* Reads a packed form. False if it is not the one that amount_pack writes, or stands for 2^128 or more. */
ZK_MUST_USE bool amount_unpack(u128 *v, const uint8_t in[AMOUNT_PACKED_BYTES]);
ZK_MUST_USE bool fee_unpack(u128 *v, const uint8_t in[FEE_PACKED_BYTES]);

/* Any mantissa and exponent: several forms give one value, so never for bytes that are signed or published. False for
 * 2^128 or more. */
ZK_MUST_USE bool amount_unpack_any(u128 *v, const uint8_t in[AMOUNT_PACKED_BYTES]);
ZK_MUST_USE bool fee_unpack_any(u128 *v, const uint8_t in[FEE_PACKED_BYTES]);

/* The largest packable value <= v. Fees: false if v is above the largest packable fee, 2047 * 10^31. */
u128 amount_closest(u128 v);
ZK_MUST_USE bool fee_closest(u128 *out, u128 v);

/* What the SDK's closestGreaterOrEqPackable… give: v rounded up to a multiple of the 10^e of its packed form. False if
 * that is 2^128 or more, or if v is above the largest packable fee. */
ZK_MUST_USE bool amount_closest_up(u128 *out, u128 v);
ZK_MUST_USE bool fee_closest_up(u128 *out, u128 v);

/* Decimal text: digits only, no sign, no leading zero. */
#define U128_TEXT_MAX 39 /* digits of 2^128 - 1 */

typedef enum u128_parse {
    U128_PARSED,
    U128_TOO_BIG,   /* decimal, but 2^128 or more */
    U128_MALFORMED, /* anything else; also the empty text */
} u128_parse;

ZK_MUST_USE u128_parse u128_from_text(u128 *v, const char *text, size_t len);

/* Writes digits and a NUL; returns the number of digits. */
size_t u128_to_text(char out[U128_TEXT_MAX + 1], u128 v);

/* Token units as people read them: exact, at least one fractional digit, no needless zeros ("1.0", "0.0000109").
 * Writes a NUL; returns the length. Any number of decimals that an ERC-20 can state is fine. */
#define UNITS_TEXT_MAX (U128_TEXT_MAX + 255 + 2)
size_t units_to_text(char out[UNITS_TEXT_MAX + 1], u128 v, uint8_t decimals);

#endif
