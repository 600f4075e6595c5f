#include "field/fq.h"

#include "field/fq_adx.h"
#include "field/fq_ifma.h"

#define FIELD       fq
#define FN(name)    fq_##name
#define CONST(name) FQ_##name
#include "field/field_tmpl.h"

/* q = 3 mod 4: the candidate is a^((q+1)/4), and a square's is its root. */
bool fq_sqrt_vartime(fq *r, const fq *a)
{
    /* (q + 1) / 4 = ((q - 1) / 2 + 1) / 2, and (q - 1) / 2 is odd. */
    static const uint64_t half[4] = FQ_HALF_L;
    uint64_t e[4];
    uint64_t carry = 1;
    for (int i = 0; i < 4; i++) e[i] = add_carry(half[i], 0, &carry);
    for (int i = 0; i < 4; i++) e[i] = e[i] >> 1 | (i < 3 ? e[i + 1] << 63 : 0);

    fq root;
    fq check;
    fq_pow(&root, a, e);
    fq_sqr(&check, &root);
    bool ok = fq_eq(&check, a);
    *r = ok ? root : FQ_ZERO;
    return ok;
}

static const struct fq_kernels kernels_plain = {
    .name = "plain",
    .mul = plain_mul,
    .add = plain_add,
    .sub = plain_sub,
    .scale = plain_scale,
    .axpy = plain_axpy,
    .batch_inv = plain_batch_inv,
};

static const struct fq_kernels *const by_level[] = {
    [CPU_PLAIN] = &kernels_plain,
#ifdef ZK_X86_64
    [CPU_ADX] = &fq_kernels_adx,
    [CPU_IFMA] = &fq_kernels_ifma,
#endif
};

const struct fq_kernels *fq_kernels_of(cpu_level level)
{
    return level <= cpu_best() ? by_level[level] : NULL;
}

const struct fq_kernels *fq_kernels(void)
{
    return by_level[cpu_level_get()];
}
