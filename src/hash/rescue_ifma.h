/* rescue_ifma: rescue_hash_many for CPU_IFMA. Seen by rescue.c alone. */
#ifndef ZK_HASH_RESCUE_IFMA_H
#define ZK_HASH_RESCUE_IFMA_H

#include "field/fr.h"

/* trace NULL: none is kept. */
void rescue_hash_many_ifma(fr *out, fr *trace, const fr *in, size_t n, size_t count);

#endif
