/* fq_ifma: the fq_kernels of CPU_IFMA. Seen by fq.c alone. */
#ifndef ZK_FIELD_FQ_IFMA_H
#define ZK_FIELD_FQ_IFMA_H

#include "field/fq.h"

extern const struct fq_kernels fq_kernels_ifma;

#endif
