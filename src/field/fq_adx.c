/* fq for processors with mulx, adcx and adox. */
#include "field/fq_adx.h"

#define FIELD       fq
#define FN(name)    fq_##name
#define CONST(name) FQ_##name
#include "field/field_adx_tmpl.h"

const struct fq_kernels fq_kernels_adx = {
    .name = "adx",
    .mul = adx_mul,
    .add = adx_add,
    .sub = adx_sub,
    .scale = adx_scale,
    .axpy = adx_axpy,
    .batch_inv = adx_batch_inv,
};
