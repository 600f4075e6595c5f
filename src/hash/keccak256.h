/* keccak256: the hash of Ethereum: Keccak[c=512] with the original padding 0x01 (not the 0x06 of FIPS 202 SHA3-256).
 *
 * Aliasing  out may be data.
 * Timing    depends on the length alone.
 * Failure   cannot fail.
 * Source    Bertoni, Daemen, Peeters, Van Assche 2011, "The Keccak reference". */
#ifndef ZK_HASH_KECCAK256_H
#define ZK_HASH_KECCAK256_H

#include "base/common.h"

#define KECCAK256_RATE 136 /* bytes a permutation: (1600 - 512) / 8 */

struct keccak256 {
    uint64_t lane[25]; /* lane x + 5y */
    size_t used;       /* bytes absorbed since the last permutation, < KECCAK256_RATE */
};

void keccak256(uint8_t out[32], const void *data, size_t len);

/* The same in pieces: init, update any number of times, final. keccak256_final wipes the state. */
void keccak256_init(struct keccak256 *k);
void keccak256_update(struct keccak256 *k, const void *data, size_t len);
void keccak256_final(struct keccak256 *k, uint8_t out[32]);

#endif
