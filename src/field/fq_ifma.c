/* fq_kernels for AVX-512 IFMA: eight elements at a time, the tail in a vector of its own. */
#include "field/fq_ifma.h"

#include "field/fq8.h"

#define FIELD       fq
#define FIELD8      fq8
#define FN(name)    fq_##name
#define FN8(name)   fq8_##name
#define CONST(name) FQ_##name
#include "field/field_ifma_tmpl.h"

const struct fq_kernels fq_kernels_ifma = {
    .name = "ifma",
    .mul = ifma_mul,
    .add = ifma_add,
    .sub = ifma_sub,
    .scale = ifma_scale,
    .axpy = ifma_axpy,
    .batch_inv = ifma_batch_inv,
};
