/* pairing: the optimal ate pairing of BN254, e: g1 x g2 -> the elements of order p in fq12.
 *
 * Value     e(P, Q) = f^((q^12 - 1)/p), f the Miller function of 6x + 2 with its two Frobenius lines: bilinear, and
 *           of order p for the two generators. Infinity on either side gives 1.
 * Input     points of g1 and of g2, the group: what their decoders return. A point of the twist outside g2 gives a
 *           value without meaning, so never pair one that did not come from a decoder.
 * Timing    variable: for public points.
 * Failure   none.
 * Source    Vercauteren 2010 (optimal ate); Costello, Lange, Naehrig 2010 (steps); Scott et al. 2009 (final power). */
#ifndef ZK_CURVE_PAIRING_H
#define ZK_CURVE_PAIRING_H

#include "base/common.h"
#include "curve/g1.h"
#include "curve/g2.h"
#include "field/fq12.h"

/* out = e(p, q). */
void pairing(fq12 *out, const g1_affine *p, const g2_affine *q);

/* Is the product of all e(p[i], q[i]) one? True for n = 0. One final power for all. */
ZK_MUST_USE bool pairing_check(const g1_affine *p, const g2_affine *q, size_t n);

/* The two halves: out = product of the Miller functions of all pairs; out = f^((q^12 - 1)/p), f != 0. */
void pairing_miller(fq12 *out, const g1_affine *p, const g2_affine *q, size_t n);
void pairing_final_power(fq12 *out, const fq12 *f);

#endif
