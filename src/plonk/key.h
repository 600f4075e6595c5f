/* key: what prover and verifier know of a circuit of 2^log_n rows.
 *
 * Periodic columns. A fixed column is a polynomial g of degree < T evaluated at X^(n/T), so it costs T numbers, not n.
 * The copies' permutation is X s_j(X^(n/T)): s_j(omega_T^i) = k_j' omega^(i' - i) if the cell after (i, j) in its
 * cycle is (i', j'), and row c T + i then gets the label k_j' omega^(c T + i'): the same cell of the same period.
 *
 * Packing. K columns g_0 .. g_(K-1) are committed together as G(X) = sum X^i g_i(X^K), K a power of two, at most n/T
 * so that G has degree < n. Then G mod (X^K - y) = sum X^i g_i(y): one opening gives all values at y = zeta^(n/T). The
 * table's columns are packed in the same way with their own period.
 *
 * A key is bound to its circuit (hash of identities, fixed cells, copies and table), to its SRS, and to the
 * transcript. The digest is what proofs are bound to: keccak256 of all that a verifier uses.
 *
 * Ownership  a key borrows its cs and its SRS, and lives in the arena it was made in. Read by any thread.
 * Timing     of public data only. */
#ifndef ZK_PLONK_KEY_H
#define ZK_PLONK_KEY_H

#include "plonk/cs.h"
#include "plonk/srs.h"
#include "plonk/transcript.h"

#define PLONK_KEY_VERSION 1

/* Coefficients a polynomial may have beyond n: blinding. The SRS needs n + PLONK_PAD powers. */
#define PLONK_PAD 16

struct verifying_key {
    const struct cs *cs;
    unsigned log_n;
    transcript_kind transcript;
    unsigned log_pack, log_table_pack; /* K = 2^log_pack columns a commitment */
    uint32_t n_fixed_commits, n_table_commits;
    g1_affine fixed_commits[PLONK_FIXED_MAX];
    g1_affine table_commits[PLONK_TUPLE_MAX];
    g2_affine g2_tau;
    uint8_t srs_id[32];
    bool insecure; /* made from an insecure SRS */
    uint8_t circuit_hash[32];
    uint8_t digest[32];
};

struct proving_key {
    struct verifying_key vk;
    fr *fixed[PLONK_FIXED_MAX]; /* coefficients, T each: fixed columns, then s_j */
    fr *table[PLONK_TUPLE_MAX]; /* coefficients, 2^log_table each */
    fr *labels[PLONK_COPY];     /* values of s_j, T each */
};

/* keccak256 over the circuit: sizes, the graph, gates, lookups, fixed cells, copies, table. Names do not count. */
void circuit_hash(uint8_t out[32], const struct cs *cs);

/* Makes both keys. ZK_ERR_RANGE if 2^log_n does not fit the period, the table or the SRS (n + PLONK_PAD powers). Home:
 * about 32 T (columns + 5) bytes. Scratch: 64 n bytes at most, and what g1_msm wants. */
ZK_MUST_USE zk_err key_generate(struct proving_key *out, const struct cs *cs, unsigned log_n, const struct srs *srs,
                                transcript_kind transcript, struct pool *pool, struct arena *home,
                                struct arena *scratch);

/* The keys that key_generate makes with srs_make_insecure's SRS of this seed, in milliseconds and without its powers:
 * who knows tau commits by one product. */
ZK_MUST_USE zk_err key_generate_insecure(struct proving_key *out, const struct cs *cs, unsigned log_n,
                                         const uint8_t seed[32], transcript_kind transcript, struct pool *pool,
                                         struct arena *home, struct arena *scratch);

/* Sets everything that follows from sizes alone: pack sizes, counts. Part of key_generate and of loading. */
ZK_MUST_USE zk_err key_layout(struct verifying_key *vk, const struct cs *cs, unsigned log_n);

/* Sets vk->digest from the rest. */
void key_set_digest(struct verifying_key *vk);

/* The values of s_j. Home: PLONK_COPY T elements. */
ZK_MUST_USE zk_err key_labels(struct proving_key *pk, struct arena *home);

#endif
