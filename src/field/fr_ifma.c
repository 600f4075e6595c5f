/* fr_kernels for AVX-512 IFMA: eight elements at a time, the tail in a vector of its own. */
#include "field/fr_ifma.h"

#include "field/fr8.h"

#define FIELD     fr
#define FIELD8    fr8
#define FN8(name) fr8_##name
#include "field/field_ifma_tmpl.h"

const struct fr_kernels fr_kernels_ifma = {
    .name = "ifma",
    .mul = ifma_mul,
    .scale = ifma_scale,
};
