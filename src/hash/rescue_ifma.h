/* rescue_ifma: rescue_hash_many for CPU_IFMA. Seen by rescue.c alone. */
#ifndef ZK_HASH_RESCUE_IFMA_H
#define ZK_HASH_RESCUE_IFMA_H

#include "field/fr.h"

void rescue_hash_many_ifma(fr *out, const fr *in, size_t n, size_t count);

#endif
