/* fr_kernels for AVX-512 IFMA: eight elements at a time, the tail in a vector of its own. */
#include "field/fr_ifma.h"

#include "field/fr8.h"

#define FIELD       fr
#define FIELD8      fr8
#define FN(name)    fr_##name
#define FN8(name)   fr8_##name
#define CONST(name) FR_##name
#include "field/field_ifma_tmpl.h"

/* With factor 2^260 up to x^4, and the last factor raw. x < 16p, so x^2 < 256p / 84 + p < 5p, and x^4 < 2p again. */
ZK_INLINE fr8 pow5_step(const fr *a, const fr *b, const fr8 *c)
{
    (void)b;
    (void)c;
    fr8 x4 = fr8_sqr(fr8_sqr(fr8_load(a)));
    return factors_mul(x4, fr8_load_raw_factor(a));
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
