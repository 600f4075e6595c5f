/* fr_ifma: the fr_kernels of CPU_IFMA. Seen by fr.c alone. */
#ifndef ZK_FIELD_FR_IFMA_H
#define ZK_FIELD_FR_IFMA_H

#include "field/fr.h"

extern const struct fr_kernels fr_kernels_ifma;

#endif
