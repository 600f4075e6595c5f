/* fq_kernels for AVX-512 IFMA: eight elements at a time, the tail in a vector of its own. */
#include "field/fq_ifma.h"

#include "field/fq8.h"

#define FIELD     fq
#define FIELD8    fq8
#define FN8(name) fq8_##name
#include "field/field_ifma_tmpl.h"

const struct fq_kernels fq_kernels_ifma = {
    .name = "ifma",
    .mul = ifma_mul,
    .scale = ifma_scale,
};
