/* prng: reproducible numbers for tests, benchmarks and simulations. Never for keys or nonces.
 * Source: xoshiro256**, Blackman and Vigna 2018, seeded by splitmix64. */
#ifndef ZK_BASE_PRNG_H
#define ZK_BASE_PRNG_H

#include "base/common.h"

struct prng {
    uint64_t s[4];
};

void prng_seed(struct prng *r, uint64_t seed);

uint64_t prng_u64(struct prng *r);

/* Uniform in 0 .. n-1; n >= 1. */
uint64_t prng_below(struct prng *r, uint64_t n);

void prng_bytes(struct prng *r, void *out, size_t len);

#endif
