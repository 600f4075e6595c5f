/* The loops of poly_kernel.h in plain C: their meaning. */
#include "poly/poly_kernel.h"

static void plain_eval(fr *out, const fr *p, size_t n, const fr *z)
{
    fr s = FR_ZERO;
    for (size_t i = n; i-- > 0;) {
        fr_mul(&s, &s, z);
        fr_add(&s, &s, &p[i]);
    }
    *out = s;
}

static void plain_div_linear(fr *q, const fr *p, size_t n, const fr *z, const fr *carry)
{
    fr s = *carry;
    for (size_t i = n; i-- > 0;) {
        fr t;
        fr_mul(&t, &s, z);
        fr_add(&t, &t, &p[i]);
        q[i] = s;
        s = t;
    }
}

static void plain_powers(fr *out, const fr *first, const fr *base, size_t n)
{
    fr x = *first;
    for (size_t i = 0; i < n; i++) {
        out[i] = x;
        fr_mul(&x, &x, base);
    }
}

static void plain_product(fr *out, const fr *in, size_t n)
{
    fr x = FR_ONE;
    for (size_t i = 0; i < n; i++) fr_mul(&x, &x, &in[i]);
    *out = x;
}

static void plain_prefix_product(fr *out, const fr *in, size_t n, const fr *first)
{
    fr x = *first;
    for (size_t i = 0; i < n; i++) {
        fr t;
        fr_mul(&t, &x, &in[i]);
        out[i] = x;
        x = t;
    }
}

static void plain_dot(fr *out, const fr *a, const fr *b, size_t n)
{
    fr_dot(out, a, b, n);
}

static void plain_combine(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fr s, t;
        fr_mul(&s, &c[0], &polys[0][at + i]);
        for (size_t j = 1; j < n_polys; j++) {
            fr_mul(&t, &c[j], &polys[j][at + i]);
            fr_add(&s, &s, &t);
        }
        out[i] = s;
    }
}

const struct poly_kernel poly_kernel_plain = {
    .name = "plain",
    .eval = plain_eval,
    .div_linear = plain_div_linear,
    .powers = plain_powers,
    .product = plain_product,
    .prefix_product = plain_prefix_product,
    .dot = plain_dot,
    .combine = plain_combine,
};
