/* poseidon2: the hash of the state trees and of what is proved: a permutation of four fr, its compression mode, and a
 * sponge. 8 full rounds (4 + 4), 56 partial ones, S-box x^5; the parameters that Barretenberg and Noir use.
 *
 *   external matrix   {{5,7,1,3},{4,6,1,1},{1,3,5,7},{1,1,4,6}}, once before round 0 and in every full round
 *   internal matrix   all-ones + diagonal, in every partial round
 *   compression       H4(a,b,c,d) = permute(a,b,c,d)[0] + a     the feed-forward makes it one-way
 *
 * Aliasing  outputs may be inputs where a line says so; they may not partly overlap.
 * Timing    constant time.
 * Failure   cannot fail.
 * Kernels   the _many functions take sixteen states at a time with AVX-512 IFMA; the results are the same bits. They
 *           run in the calling thread: cut large n over a pool.
 * Source    Grassi, Khovratovich, Schofnegger 2023, "Poseidon2"; constants and vectors: tests/vectors. */
#ifndef ZK_HASH_POSEIDON2_H
#define ZK_HASH_POSEIDON2_H

#include "field/fr.h"

#define POSEIDON2_WIDTH 4

void poseidon2_permute(fr s[POSEIDON2_WIDTH]);

/* *out = H4(in[0], in[1], in[2], in[3]). out may be one of in. */
void poseidon2_compress(fr *out, const fr in[POSEIDON2_WIDTH]);

/* Each of n states of four, one after the other; n >= 0. */
void poseidon2_permute_many(fr *states, size_t n);

/* out[i] = H4(in[4i], .., in[4i + 3]) for i < n; n >= 0. out may be in: a tree level hashes in place, since out[i] is
 * written after in[4i] .. is read. */
void poseidon2_compress_many(fr *out, const fr *in, size_t n);

/* A sponge for transcripts: rate 3 (lanes 0 .. 2), capacity 1 (lane 3).
 *
 * Domain    starts in the capacity lane, so that different uses never share a state.
 * Padding   before the first squeeze after absorbing, the element 1 follows the input, then zeros to a full block. So
 *           inputs of different length differ, also when one is the other followed by zeros.
 * Duplex    absorbing after a squeeze starts a new block; the output before it is bound by the state.
 * Output    three elements a permutation. */
struct poseidon2_sponge {
    fr state[POSEIDON2_WIDTH];
    unsigned used;  /* lanes of the current block absorbed or squeezed, 0 .. 3 */
    bool squeezing; /* the state is an output block */
};

void poseidon2_sponge_init(struct poseidon2_sponge *s, uint64_t domain);
void poseidon2_sponge_absorb(struct poseidon2_sponge *s, const fr *in, size_t n);
void poseidon2_sponge_squeeze(struct poseidon2_sponge *s, fr *out, size_t n);

#endif
