/* prover_rounds: a proof in the making, shared by the rounds. Seen by the prover*.c files alone.
 *
 * Polynomials are coefficients, n + PLONK_PAD of them, zero from `len` on (n, or n + BLINDERS with blinding). */
#ifndef ZK_PLONK_PROVER_ROUNDS_H
#define ZK_PLONK_PROVER_ROUNDS_H

#include "curve/msm.h"
#include "plonk/expr_program.h"
#include "plonk/prover.h"
#include "plonk/verifier.h"
#include "poly/ntt.h"
#include "poly/poly.h"

/* Two values and the commitment of each polynomial are shown: three blinding coefficients. */
#define BLINDERS 3

/* Columns of n + PLONK_PAD elements for what does not last. */
#define TEMPS (PLONK_ADVICE + AUX_MAX)

struct prover {
    const struct proving_key *pk;
    const struct srs *srs;
    struct msm_basis *basis; /* NULL: none */
    struct pool *pool;
    struct ntt_domain *domain, *period_domain, *table_domain;
    struct program *copies, *sums[PLONK_CHUNK_HELPERS + 1], *identity;
    fr *cosets_inverse; /* PLONK_CHUNKS^2: from remainders on the cosets to pieces of the quotient */
    fr shifts[PLONK_CHUNKS], shift_powers[PLONK_CHUNKS]; /* g_j, and g_j^n */
    struct prover_times times;
};

struct proving {
    struct prover *p;
    const struct cs *cs;
    const struct witness *w;
    const struct prover_options *options;
    struct arena *scratch;
    size_t n, len;
    fr *advice[PLONK_ADVICE], *aux[AUX_MAX], *quotient[PLONK_CHUNKS];
    fr *temp[TEMPS];
    struct transcript transcript;
    struct plonk_challenges c;
    fr omega;
    fr *alphas;
    uint8_t blinding_key[32];
    uint64_t blinders_made;
    struct proof proof;
};

/* A step is done; asks the caller whether to go on. */
ZK_MUST_USE zk_err proving_step(struct proving *s, prover_phase phase, double fraction);

/* *out = commitment to the first len coefficients. */
ZK_MUST_USE zk_err proving_commit(struct proving *s, g1_affine *out, const fr *coefficients, size_t len);

/* Seconds on the monotonic clock: for prover_times only. */
double proving_now_s(void);

/* The next secret blinding value. */
void proving_blinder(struct proving *s, fr *out);

/* The leaves' scalars and fixed sizes for a program; columns are the caller's. */
void proving_inputs(const struct proving *s, struct program_inputs *in);

ZK_MUST_USE zk_err round_quotient(struct proving *s);
ZK_MUST_USE zk_err round_values(struct proving *s);
ZK_MUST_USE zk_err round_opening(struct proving *s);

/* Sets up what the quotient needs: cosets and their inverse. */
ZK_MUST_USE zk_err quotient_setup(struct prover *p, struct arena *arena);

#endif
