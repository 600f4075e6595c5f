/* verifier: is a proof valid? The protocol is docs/plonk.md.
 *
 * Answers   *ok. A malformed proof, a wrong length or a wrong number of public inputs is an invalid proof, not an
 *           error; an error means that the question could not be answered (scratch too small).
 * Timing    of public data only. */
#ifndef ZK_PLONK_VERIFIER_H
#define ZK_PLONK_VERIFIER_H

#include "plonk/proof.h"

/* "This proof shows that the circuit of the key has a witness with these public inputs." Borrows all. */
struct plonk_claim {
    const struct verifying_key *vk;
    const fr *publics;
    uint32_t n_public;
    const uint8_t *proof;
    size_t proof_len;
};

ZK_MUST_USE zk_err plonk_verify(bool *ok, const struct plonk_claim *claim, struct arena *scratch);

/* *ok = all n claims hold (n = 0: true), with one pairing check. Claims may be of different circuits and sizes, but of
 * one SRS: else ZK_ERR_RANGE. Proofs are combined with weights that depend on all of them; accepts a false one with
 * probability n / p. */
ZK_MUST_USE zk_err plonk_verify_batch(bool *ok, const struct plonk_claim *claims, size_t n, struct arena *scratch);

size_t verifier_scratch_len(const struct verifying_key *vk);

/* Every challenge of a proof, in the order of transcript.h. */
struct plonk_challenges {
    fr round1[CHALLENGE_COUNT]; /* beta, gamma, eta, lambda; and omega^(n-1) */
    fr alpha, zeta, nu, u;
    fr end; /* after [W']: for batches */
};

/* What the verifier's transcript gives; for tests and for the Solidity writer's. */
void plonk_challenges(struct plonk_challenges *out, const struct verifying_key *vk, const fr *publics,
                      uint32_t n_public, const struct proof *proof);

/* The identity at zeta as a linear form in the auxiliary columns: rest + sum of factor[i] * column i (0 for columns
 * that the circuit has not). False if zeta is in the rows' group or scratch is too small (then *err is not ZK_OK). */
ZK_MUST_USE bool plonk_linearize(fr *rest, fr factor[AUX_MAX], zk_err *err, const struct verifying_key *vk,
                                 const fr *publics, const struct plonk_challenges *c, const struct proof *proof,
                                 struct arena *scratch);

/* The points of the final check, e(lhs, [1]) = e(rhs, [tau]); what a verifier that can only pair must compute. *ok =
 * false if the proof is refused before it. n_products: scalar multiplications that lhs takes, unless NULL. */
ZK_MUST_USE zk_err plonk_final_points(bool *ok, g1_affine *lhs, g1_affine *rhs, uint32_t *n_products, fr *end,
                                      const struct plonk_claim *claim, struct arena *scratch);

#endif
