/* prover: makes a proof that a witness satisfies a circuit. The protocol is docs/plonk.md.
 *
 * Determinism  the same bytes for the same key, witness and options, on every kernel and at any thread count.
 * Blinding     on, unless options say otherwise: the proof then shows nothing of the witness but the public inputs. The
 *              seed must be secret and random. The blinding values are derived from the seed, the key, the public
 *              inputs and the witness, so that a seed used twice does no harm. `unblinded` is a little faster, for
 *              witnesses that are public anyway, such as blocks.
 * Memory       the prover lives in an arena; each proof takes scratch and releases it. For 2^22 rows, 8 columns and
 *              lookups: 6 GB (prover_scratch_len), next to the witness (1 GB) and the SRS.
 *              Scratch holds witness data afterwards: wipe it if that is secret.
 * Threads      one proof at a time per prover; the pool does the rest.
 * Timing       depends on the witness: on the machine of whoever knows it. */
#ifndef ZK_PLONK_PROVER_H
#define ZK_PLONK_PROVER_H

#include "base/pool.h"
#include "plonk/builder.h"
#include "plonk/proof.h"

typedef enum prover_phase {
    PHASE_CHECK,    /* the witness, if asked for               */
    PHASE_ADVICE,   /* interpolation and commitments           */
    PHASE_PRODUCTS, /* grand product, lookup sums, commitments */
    PHASE_QUOTIENT,
    PHASE_VALUES,
    PHASE_OPENING,
    PHASE_COUNT
} prover_phase;

const char *prover_phase_str(prover_phase phase);

/* Called between steps with the fraction of the phase that is done, 0 .. 1. False asks to stop: ZK_ERR_CANCELLED. */
typedef bool (*prover_progress)(void *ctx, prover_phase phase, double fraction);

struct prover_options {
    bool unblinded;   /* no zero knowledge: for a witness that is public anyway */
    bool unchecked;   /* do not check the witness first: a wrong one then gives a proof that does not verify */
    uint8_t seed[32]; /* secret and random, where anything is to be hidden */
    prover_progress progress;
    void *progress_ctx;
};

/* What the time of the last proof went into, in seconds. */
struct prover_times {
    double phase[PHASE_COUNT];
    double commit, ntt, evaluate; /* across phases */
};

struct prover;

/* Borrows the key and the SRS, which must be the key's own (ZK_ERR_INPUT). msm_tables: multiples of the SRS that are
 * kept for faster commitments, 64 n bytes each; 0: none, 1 or more: see msm_basis. */
ZK_MUST_USE zk_err prover_create(struct prover **out, const struct proving_key *pk, const struct srs *srs,
                                 unsigned msm_tables, struct pool *pool, struct arena *arena, struct arena *scratch);

/* Writes proof_len(&pk->vk) bytes. ZK_ERR_INPUT, with the failure's description as message, if the witness is checked
 * and does not satisfy the circuit; ZK_ERR_RANGE if its size is not the key's. The witness is only read. */
ZK_MUST_USE zk_err plonk_prove(uint8_t *out, struct prover *p, const struct witness *w,
                               const struct prover_options *options, struct arena *scratch);

/* Bytes of scratch that suffice for a proof. */
size_t prover_scratch_len(const struct prover *p);

const struct prover_times *prover_times(const struct prover *p);

#endif
