/* fr_kernels for AVX-512 IFMA: eight elements at a time, the tail in a vector of its own. */
#include "field/fr_ifma.h"

#include "field/fr8.h"

#define FIELD       fr
#define FIELD8      fr8
#define FN(name)    fr_##name
#define FN8(name)   fr8_##name
#define CONST(name) FR_##name
#include "field/field_ifma_tmpl.h"

static inline void pow5_step(fr *out, const fr *a, const fr *b, const fr8 *c)
{
    (void)b;
    (void)c;
    fr8 x = fr8_load(a);
    fr8 y = fr8_sqr(x); /* x < 16p, so y < 256p / 84 + p < 5p, and y^2 < 2p again */
    fr8_store(out, fr8_mul(fr8_sqr(y), x));
}

static void ifma_pow5(fr *out, const fr *a, size_t n)
{
    for_each_8(pow5_step, out, a, a, NULL, n);
}

const struct fr_kernels fr_kernels_ifma = {
    .name = "ifma",
    .mul = ifma_mul,
    .add = ifma_add,
    .sub = ifma_sub,
    .scale = ifma_scale,
    .axpy = ifma_axpy,
    .pow5 = ifma_pow5,
    .batch_inv = ifma_batch_inv,
};
