/* schnorr: one signature of zkSync 1.x, verified (rollup/signature.h).
 *
 *   m = Rescue(message elements)      c = low_125(h0) + 2^125 low_125(h1), (h0, h1) = Rescue(P.x, R.x, m as 768 bits)
 *   s G = R + c P                     key hash = low_160(Rescue(P.x, P.y))
 *
 * Demanded of every slot, also of those that sign nothing: they carry a valid signature of any message under any key,
 * so no condition reaches into this gadget. What binds it are its outputs: the message's prefixes and the key hash.
 *
 * Points     P = 8 P', R = 8 R' with P', R' on the curve (any that a witness gives): so both are on the curve and in
 * the
 *            subgroup of order L. P.x, R.x != 0, and (0, -1) is not in the subgroup: so neither is the identity.
 * Scalars    s < L, so a signature has one s. c is exact: h0, h1 are split as integers below p.
 * Bytes      P.x, R.x and m as integers below p: a second decomposition would give a second challenge.
 * Rows       SCHNORR_ROWS.  Twin: sig_verify. */
#ifndef ZK_CIRCUIT_SCHNORR_H
#define ZK_CIRCUIT_SCHNORR_H

#include "circuit/gadgets.h"

#define SCHNORR_ROWS 494

struct schnorr_hints {
    ed_affine key, key_eighth, r, r_eighth;
    ed_scalar s;
    uint8_t message[MESSAGE_BYTES];
};

struct schnorr {
    struct message message;
    wire pubkey_hash;
};

/* What a signature needs; false if key, R or s are malformed. message: len <= MESSAGE_BYTES, padded with zeros. */
ZK_MUST_USE bool schnorr_hints_from(struct schnorr_hints *h, const uint8_t key[32], const uint8_t sig[64],
                                    const uint8_t *message, size_t len);

void schnorr_place(struct builder *b, const struct gadgets *g, const struct schnorr_hints *h, struct schnorr *out);

#endif
