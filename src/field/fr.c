#include "field/fr.h"

#include "field/fr_adx.h"
#include "field/fr_ifma.h"

#define FIELD       fr
#define FN(name)    fr_##name
#define CONST(name) FR_##name
#include "field/field_tmpl.h"

void fr_pow5(fr *r, const fr *a)
{
    fr x = *a;
    fr y;
    fr_sqr(&y, &x);
    fr_sqr(&y, &y);
    fr_mul(r, &y, &x);
}

void fr_root_of_unity(fr *r, unsigned log_n)
{
    assert(log_n <= FR_TWO_ADICITY);
    fr root = {FR_ROOT_L};
    for (unsigned k = FR_TWO_ADICITY; k > log_n; k--) fr_sqr(&root, &root);
    *r = root;
}

/* Tonelli and Shanks, with p - 1 = 2^28 m. Invariants: root^2 = a t, and t has order 2^k with k < order of z. */
bool fr_sqrt_vartime(fr *r, const fr *a)
{
    static const uint64_t odd_part[4] = FR_ODD_PART_L;
    uint64_t e[4]; /* (m - 1) / 2 */
    for (int i = 0; i < 4; i++) e[i] = odd_part[i] >> 1 | (i < 3 ? odd_part[i + 1] << 63 : 0);

    fr t;
    fr root;
    fr z = {FR_ROOT_L};
    fr_pow(&t, a, e);
    fr_mul(&root, &t, a);  /* a^((m+1)/2) */
    fr_mul(&t, &t, &root); /* a^m */
    unsigned z_order = FR_TWO_ADICITY;
    while (!fr_is_one(&t) && !fr_is_zero(&t)) {
        unsigned k = 0;
        fr u = t;
        while (!fr_is_one(&u) && k < z_order) {
            fr_sqr(&u, &u);
            k++;
        }
        if (k >= z_order) { /* t has the full order left: no square */
            *r = FR_ZERO;
            return false;
        }
        for (unsigned i = k; i + 1 < z_order; i++) fr_sqr(&z, &z);
        fr_mul(&root, &root, &z);
        fr_sqr(&z, &z);
        fr_mul(&t, &t, &z);
        z_order = k;
    }
    *r = root;
    return true;
}

static void plain_pow5(fr *out, const fr *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fr x4;
        one_plain_sqr(&x4, &a[i]);
        one_plain_sqr(&x4, &x4);
        one_plain_mul(&out[i], &x4, &a[i]);
    }
}

static const struct fr_kernels kernels_plain = {
    .name = "plain",
    .mul = plain_mul,
    .add = plain_add,
    .sub = plain_sub,
    .scale = plain_scale,
    .axpy = plain_axpy,
    .pow5 = plain_pow5,
    .batch_inv = plain_batch_inv,
};

static const struct fr_kernels *const by_level[] = {
    [CPU_PLAIN] = &kernels_plain,
#ifdef ZK_X86_64
    [CPU_ADX] = &fr_kernels_adx,
    [CPU_IFMA] = &fr_kernels_ifma,
#endif
};

const struct fr_kernels *fr_kernels_of(cpu_level level)
{
    return level <= cpu_best() ? by_level[level] : NULL;
}

const struct fr_kernels *fr_kernels(void)
{
    return by_level[cpu_level_get()];
}
