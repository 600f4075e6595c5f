/* proof: the bytes of a proof, and which polynomial is opened where.
 *
 * A proof is its points (64 bytes each: x, y big-endian, infinity 64 zero bytes) and values (32 bytes big-endian,
 * below p) in this order; counts follow from the key, so the length is fixed and nothing else is accepted.
 *
 *   [a_0] .. [a_7]                    advice columns
 *   [m]                               with lookups: how often each table row is used
 *   [z]                               copies
 *   [phi], [helper_1] ..              with lookups
 *   [t_0] .. [t_4]                    quotient
 *   values at zeta                    a_0 .. a_7
 *   values at zeta omega              a_j for the columns read in the next row, ascending
 *   values at zeta omega              z, with lookups phi
 *   values at zeta^(n/T)              fixed columns, then s_0 .. s_4
 *   values at zeta^(n/T_t)            with lookups: table columns
 *   [W], [W']                         opening
 *
 * Openings. Every polynomial belongs to a group, by where it is opened; within the batch it has the power of nu that is
 * its place in this list (l: the linearization, docs/plonk.md section 7):
 *   group A, at zeta                      a_j not read in the next row, l
 *   group B, at zeta and zeta omega       a_j read in the next row
 *   group C, at zeta omega                z, phi
 *   group D, modulo X^K - zeta^(n/T)      packs of fixed columns
 *   group E, modulo X^K' - zeta^(n/T_t)   packs of table columns */
#ifndef ZK_PLONK_PROOF_H
#define ZK_PLONK_PROOF_H

#include "plonk/key.h"

/* The longest proof there can be. */
#define PLONK_POINTS_MAX (PLONK_ADVICE + AUX_MAX + PLONK_CHUNKS + 2)
#define PLONK_VALUES_MAX (2 * PLONK_ADVICE + 2 + PLONK_FIXED_MAX + PLONK_TUPLE_MAX)
#define PROOF_LEN_MAX    (64 * PLONK_POINTS_MAX + 32 * PLONK_VALUES_MAX)

struct proof {
    g1_affine advice[PLONK_ADVICE];
    g1_affine aux[AUX_MAX];
    g1_affine quotient[PLONK_CHUNKS];
    fr advice_at[2][PLONK_ADVICE]; /* [0] at zeta, [1] at zeta omega (0 for columns not read in the next row) */
    fr aux_next[AUX_MAX];          /* at zeta omega: z and phi only */
    fr fixed_at[PLONK_FIXED_MAX];
    fr table_at[PLONK_TUPLE_MAX];
    g1_affine w[2];
};

/* Bytes of every proof under this key. */
size_t proof_len(const struct verifying_key *vk);

/* Writes proof_len bytes. */
void proof_encode(uint8_t *out, const struct verifying_key *vk, const struct proof *proof);

/* Reads exactly len bytes. False, for any length, value or point that proof_encode would not have written. */
ZK_MUST_USE bool proof_decode(struct proof *out, const struct verifying_key *vk, const uint8_t *in, size_t len);

/* Absorbs what round 4 absorbs: the values in the order above. */
void proof_absorb_values(struct transcript *t, const struct verifying_key *vk, const struct proof *proof);

/* Is auxiliary column i part of this circuit? Is it opened at zeta omega? */
bool proof_has_aux(const struct cs *cs, unsigned i);
bool proof_aux_next(unsigned i);

#endif
