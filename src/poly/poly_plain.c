/* The loops of poly_kernel.h in plain C: their meaning. */
#include "poly/poly_kernel.h"

/* ---- one stream */

void poly_one_horner(fr *out, const fr *p, size_t len, const fr *z)
{
    fr x = FR_ZERO;
    for (size_t i = len; i-- > 0;) {
        fr_mul(&x, &x, z);
        fr_add(&x, &x, &p[i]);
    }
    *out = x;
}

void poly_one_div_linear(fr *q, const fr *p, size_t len, const fr *z, const fr *carry)
{
    fr x = *carry;
    for (size_t i = len; i-- > 0;) {
        fr t;
        fr_mul(&t, &x, z);
        fr_add(&t, &t, &p[i]);
        q[i] = x;
        x = t;
    }
}

void poly_one_product(fr *out, const fr *in, size_t len)
{
    fr x = FR_ONE;
    for (size_t i = 0; i < len; i++) fr_mul(&x, &x, &in[i]);
    *out = x;
}

void poly_one_prefix_product(fr *out, const fr *in, size_t len, const fr *start)
{
    fr x = *start;
    for (size_t i = 0; i < len; i++) {
        fr t;
        fr_mul(&t, &x, &in[i]);
        out[i] = x;
        x = t;
    }
}

void poly_one_sum(fr *out, const fr *in, size_t len)
{
    fr x = FR_ZERO;
    for (size_t i = 0; i < len; i++) fr_add(&x, &x, &in[i]);
    *out = x;
}

void poly_one_prefix_sum(fr *out, const fr *in, size_t len, const fr *start)
{
    fr x = *start;
    for (size_t i = 0; i < len; i++) {
        fr t;
        fr_add(&t, &x, &in[i]);
        out[i] = x;
        x = t;
    }
}

/* ---- streams */

static void plain_horner(fr *out, const fr *p, size_t len, const fr *z)
{
    for (size_t s = 0; s < POLY_STREAMS; s++) poly_one_horner(&out[s], p + s * len, len, z);
}

static void plain_div_linear(fr *q, const fr *p, size_t len, const fr *z, const fr *carry)
{
    for (size_t s = 0; s < POLY_STREAMS; s++) poly_one_div_linear(q + s * len, p + s * len, len, z, &carry[s]);
}

static void plain_product(fr *out, const fr *in, size_t len)
{
    for (size_t s = 0; s < POLY_STREAMS; s++) poly_one_product(&out[s], in + s * len, len);
}

static void plain_prefix_product(fr *out, const fr *in, size_t len, const fr *start)
{
    for (size_t s = 0; s < POLY_STREAMS; s++) poly_one_prefix_product(out + s * len, in + s * len, len, &start[s]);
}

static void plain_sum(fr *out, const fr *in, size_t len)
{
    for (size_t s = 0; s < POLY_STREAMS; s++) poly_one_sum(&out[s], in + s * len, len);
}

static void plain_prefix_sum(fr *out, const fr *in, size_t len, const fr *start)
{
    for (size_t s = 0; s < POLY_STREAMS; s++) poly_one_prefix_sum(out + s * len, in + s * len, len, &start[s]);
}

/* ---- any n */

static void plain_powers(fr *out, const fr *first, const fr *base, size_t n)
{
    fr x = *first;
    for (size_t i = 0; i < n; i++) {
        out[i] = x;
        fr_mul(&x, &x, base);
    }
}

static void plain_combine(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fr x, t;
        fr_mul(&x, &c[0], &polys[0][at + i]);
        for (size_t j = 1; j < n_polys; j++) {
            fr_mul(&t, &c[j], &polys[j][at + i]);
            fr_add(&x, &x, &t);
        }
        out[i] = x;
    }
}

const struct poly_kernel poly_kernel_plain = {
    .name = "plain",
    .eval = poly_one_horner,
    .powers = plain_powers,
    .dot = fr_dot,
    .combine = plain_combine,
    .horner = plain_horner,
    .div_linear = plain_div_linear,
    .product = plain_product,
    .prefix_product = plain_prefix_product,
    .sum = plain_sum,
    .prefix_sum = plain_prefix_sum,
};
