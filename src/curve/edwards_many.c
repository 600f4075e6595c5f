#include "curve/edwards_many.h"

#include "curve/edwards_many_ifma.h"

void ed_unpack_many_vartime(bool *ok, ed_affine *out, const uint8_t (*in)[32], size_t n)
{
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_IFMA) {
        ed_unpack_many_ifma(ok, out, in, n);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) ok[i] = ed_unpack(&out[i], in[i]);
}

void ed_in_subgroup_many_vartime(bool *ok, const ed_affine *p, size_t n)
{
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_IFMA) {
        ed_in_subgroup_many_ifma(ok, p, n);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) ok[i] = ed_in_subgroup_vartime(&p[i]);
}

void ed_mul2_equals_many_vartime(bool *ok, const ed_affine *r, const ed_scalar *s, const ed_scalar *c,
                                 const ed_affine *p, size_t n)
{
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_IFMA) {
        ed_mul2_equals_many_ifma(ok, r, s, c, p, n);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) {
        ed_ext q;
        ed_mul2_vartime(&q, &s[i], &c[i], &p[i]);
        ok[i] = ed_eq_affine(&q, &r[i]);
    }
}
