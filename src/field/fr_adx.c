/* fr for processors with mulx, adcx and adox. */
#include "field/fr_adx.h"

#define FIELD       fr
#define FN(name)    fr_##name
#define CONST(name) FR_##name
#include "field/field_adx_tmpl.h"

static void adx_pow5(fr *out, const fr *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fr x4;
        fr_sqr_adx(&x4, &a[i]);
        fr_sqr_adx(&x4, &x4);
        fr_mul_adx(&out[i], &x4, &a[i]);
    }
}

const struct fr_kernels fr_kernels_adx = {
    .name = "adx",
    .mul = adx_mul,
    .add = adx_add,
    .sub = adx_sub,
    .scale = adx_scale,
    .axpy = adx_axpy,
    .pow5 = adx_pow5,
    .batch_inv = adx_batch_inv,
};
