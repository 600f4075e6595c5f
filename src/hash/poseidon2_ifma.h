/* poseidon2_ifma: the _many functions of poseidon2.h for CPU_IFMA. Seen by poseidon2.c alone. */
#ifndef ZK_HASH_POSEIDON2_IFMA_H
#define ZK_HASH_POSEIDON2_IFMA_H

#include "field/fr.h"

void poseidon2_permute_many_ifma(fr *states, size_t n);
void poseidon2_compress_many_ifma(fr *out, const fr *in, size_t n);

#endif
