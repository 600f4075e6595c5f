/* units: amounts as people type them, "1.5", and what is wrong with those that cannot be.
 *
 * Form      digits, at most one point, at most as many fractional digits as the token has decimals (more are fine if
 *           they are zeros); no sign, no exponent, no separators. "0.5" and ".5" and "1." are all taken.
 * Failure   ZK_ERR_INPUT with a line for the person who typed it.
 * The other way is units_to_text (rollup/amount.h). */
#ifndef ZK_CLI_UNITS_H
#define ZK_CLI_UNITS_H

#include "rollup/types.h"

/* *out = text in base units of a token with these decimals. */
ZK_MUST_USE zk_err units_parse(u128 *out, const char *text, uint8_t decimals);

/* ZK_OK if an amount can be transferred as it is; else a line that names the nearest ones below and above, in token
 * units. Transfers publish 35 bits and a power of ten: 10.123456789012 ETH is too exact for that. */
ZK_MUST_USE zk_err units_check_packable(u128 amount, uint8_t decimals, const char *symbol);

/* The same for a fee: 11 bits and a power of ten. */
ZK_MUST_USE zk_err units_check_packable_fee(u128 fee, uint8_t decimals, const char *symbol);

#endif
