/* transcript: Fiat and Shamir: the challenges as a function of all that was said before them.
 *
 * What is absorbed, in order, for prover, verifier and contract alike. [f] is a commitment (64 bytes x, y big-endian),
 * a value is 32 bytes big-endian. Counts are fixed by the key, so the encoding is injective.
 *
 *   start    TRANSCRIPT_LABEL (32 bytes: protocol name and version), the key's digest (32 bytes), the public inputs
 *   round 1  [a_0] .. [a_7], with lookups [m]                                    -> beta, gamma, eta, lambda
 *   round 2  [z], with lookups [phi], [helper] ..                                -> alpha
 *   round 3  [t_0] .. [t_4]                                                      -> zeta
 *   round 4  the values, in the order of proof.h                                 -> nu
 *   round 5  [W]                                                                 -> u
 *   end      [W']                                                                -> only for batches of proofs
 *
 * Keccak-256: state' = keccak256(state | what was absorbed since), challenge = state' mod p; the first state is empty
 * (0 bytes). A challenge right after another is keccak256(state). 2^256 is 5.3 p, so no residue is more than 1.14
 * times as likely as it should be: a loss of less than a bit.
 * Poseidon2: the sponge of hash/poseidon2.h; a point is four 128-bit halves (x low, x high, y low, y high), 32 bytes of
 * other data two halves. For proofs that are verified inside a circuit.
 *
 * Timing  of public data only. */
#ifndef ZK_PLONK_TRANSCRIPT_H
#define ZK_PLONK_TRANSCRIPT_H

#include "curve/g1.h"
#include "hash/keccak256.h"
#include "hash/poseidon2.h"

/* "zkroll plonk 1", followed by zeros. A change of the protocol changes the number. */
#define TRANSCRIPT_LABEL "zkroll plonk 1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

typedef enum transcript_kind { TRANSCRIPT_KECCAK, TRANSCRIPT_POSEIDON2, TRANSCRIPT_KINDS } transcript_kind;

struct transcript {
    transcript_kind kind;
    struct keccak256 keccak;
    struct poseidon2_sponge sponge;
};

/* Absorbs the label and the key's digest. */
void transcript_init(struct transcript *t, transcript_kind kind, const uint8_t key_digest[32]);

void transcript_absorb_bytes32(struct transcript *t, const uint8_t bytes[32]);
void transcript_absorb_fr(struct transcript *t, const fr *values, size_t n);
void transcript_absorb_g1(struct transcript *t, const g1_affine *points, size_t n);

/* The next challenge; bound to everything absorbed and squeezed before. */
void transcript_challenge(struct transcript *t, fr *out);

#endif
