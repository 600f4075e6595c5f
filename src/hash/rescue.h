/* rescue: the hash of zkSync 1.x signatures and keys: Rescue over fr, width 3 (rate 2, capacity 1), 22 rounds of
 * x^(1/5), matrix, constants, x^5, matrix, constants.
 *
 * Hash      a fixed-length sponge: the capacity word starts as the length n, an odd input gets the element 1 appended,
 *           and each pair is added to words 0 and 1 and permuted. Words 0 and 1 at the end are the two outputs.
 * Aliasing  outputs may not overlap inputs, except that permutations work in place.
 * Timing    constant time.
 * Failure   cannot fail.
 * Kernels   rescue_hash_many takes eight inputs at a time with AVX-512 IFMA; the results are the same bits. It runs in
 *           the calling thread: cut large counts over a pool.
 * Cost      x^(1/5) takes 250 squarings and about 50 products by an addition chain (rescue_gen.h has the exact count),
 *           so a permutation costs about 20,000 products, and a transfer's signature check four permutations.
 * Source    Aly, Ashur, Ben-Sasson, Dhooghe, Szepieniec 2019; parameters and padding of zksync-crypto 0.6.2. */
#ifndef ZK_HASH_RESCUE_H
#define ZK_HASH_RESCUE_H

#include "field/fr.h"

#define RESCUE_WIDTH   3
#define RESCUE_LEN_MAX 255

void rescue_permute(fr s[RESCUE_WIDTH]);

/* Both outputs of the hash of n elements, 1 <= n <= RESCUE_LEN_MAX. Most callers want out[0] alone. */
void rescue_hash(fr out[2], const fr *in, size_t n);

/* out[2k], out[2k + 1] = rescue_hash of the n elements at in + k n, for k < count; count >= 0. */
void rescue_hash_many(fr *out, const fr *in, size_t n, size_t count);

/* The same, and what the inverse S-boxes give: RESCUE_TRACE_LEN(n) elements at trace + k RESCUE_TRACE_LEN(n) for input
 * k, block by block, round by round, three words each. For witnesses of circuits: nothing else of a permutation is
 * costly. */
#define RESCUE_ROUNDS       22
#define RESCUE_TRACE_LEN(n) (((n) + 1) / 2 * RESCUE_ROUNDS * RESCUE_WIDTH)
void rescue_hash_many_traced(fr *out, fr *trace, const fr *in, size_t n, size_t count);

#endif
