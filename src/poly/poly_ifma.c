/* The loops of poly_kernel.h for AVX-512 IFMA. Memory holds factor 2^256 throughout; one operand of a product is a
 * fixed factor (fr8_fixed.h) or is loaded with factor 2^260, so that results keep the factor of memory. Products go two
 * or four vectors at once: one alone leaves half of the multipliers idle. */
#include "poly/fr8_fixed.h"
#include "poly/fr8_streams.h"
#include "poly/poly_kernel.h"

/* ---- any n */

#define CHAINS 4 /* vectors side by side: element i belongs to chain i / 8 mod 4 */

/* *r = x^8, *s = x^32. */
static void step_powers(fr *r, fr *s, const fr *x)
{
    fr_sqr(r, x);
    fr_sqr(r, r);
    fr_sqr(r, r);
    fr_sqr(s, r);
    fr_sqr(s, s);
}

/* p[i .. i + 7], with zeros from n on. */
ZK_INLINE fr8 load_padded(const fr *p, size_t i, size_t n)
{
    if (i + 8 <= n) return fr8_load_raw(p + i);
    return i < n ? fr8_load_raw_n(p + i, n - i) : fr8_zero();
}

/* x[j] = x[j] w + p[i + 8 j ..]: below 3p. */
ZK_INLINE void eval_step(fr8 x[CHAINS], const struct fr_fixed *w, const fr8 c[CHAINS])
{
    for (int j = 0; j < CHAINS; j += 2) {
        fr8_mul_fixed2(&x[j], &x[j + 1], fr8_settle(x[j]), fr8_settle(x[j + 1]), w, w);
        x[j] = fr8_add(x[j], c[j]);
        x[j + 1] = fr8_add(x[j + 1], c[j + 1]);
    }
}

/* Horner's rule by z^32 in every lane of the chains, then by z^8 over the chains, then by z over the lanes. */
static void ifma_eval(fr *out, const fr *p, size_t n, const fr *z)
{
    fr z8, z32;
    struct fr_fixed w8, w32;
    step_powers(&z8, &z32, z);
    fr_fixed_init(&w8, &z8);
    fr_fixed_init(&w32, &z32);

    fr8 x[CHAINS];
    fr8 c[CHAINS];
    size_t whole = n / (8 * CHAINS) * (8 * CHAINS);
    for (size_t j = 0; j < CHAINS; j++) x[j] = load_padded(p, whole + 8 * j, n);
    for (size_t i = whole; i > 0; i -= 8 * CHAINS) {
        for (size_t j = 0; j < CHAINS; j++) c[j] = fr8_load_raw(p + i - 8 * CHAINS + 8 * j);
        eval_step(x, &w32, c);
    }
    for (size_t j = CHAINS - 1; j > 0; j--) {
        x[j - 1] = fr8_add(fr8_mul_fixed(fr8_settle(x[j]), &w8), x[j - 1]);
    }
    fr lanes[8];
    fr8_store_raw(lanes, fr8_tame(x[0]));
    poly_one_horner(out, lanes, 8, z);
}

static void ifma_powers(fr *out, const fr *first, const fr *base, size_t n)
{
    fr lanes[8], b8, b32;
    struct fr_fixed w8, w32;
    step_powers(&b8, &b32, base);
    fr_fixed_init(&w8, &b8);
    fr_fixed_init(&w32, &b32);
    lanes[0] = *first;
    for (int i = 1; i < 8; i++) fr_mul(&lanes[i], &lanes[i - 1], base);

    fr8 x[CHAINS];
    x[0] = fr8_load_raw(lanes);
    for (int j = 1; j < CHAINS; j++) x[j] = fr8_mul_fixed(fr8_settle(x[j - 1]), &w8);
    size_t i = 0;
    for (; i + 8 * CHAINS <= n; i += 8 * CHAINS) {
        for (size_t j = 0; j < CHAINS; j++) fr8_store_raw_sum(out + i + 8 * j, x[j]);
        for (size_t j = 0; j < CHAINS; j += 2)
            fr8_mul_fixed2(&x[j], &x[j + 1], fr8_settle(x[j]), fr8_settle(x[j + 1]), &w32, &w32);
    }
    for (size_t j = 0; i < n; i += 8, j++) fr8_store_raw_n(out + i, fr8_carry(x[j]), n - i < 8 ? n - i : 8);
}

ZK_INLINE fr8 product(fr8 a, fr8 b)
{
    fr8_wide w = fr8_wide_zero();
    fr8_wide_add_factors(&w, a, b);
    return fr8_wide_reduce_sum(w);
}

/* Terms are below 2p: after this many, the sum (with what was tamed before) is still below 2^260, about 84 p. */
#define DOT_TERMS 40

static void ifma_dot(fr *out, const fr *a, const fr *b, size_t n)
{
    fr8 x = fr8_zero();
    size_t i = 0;
    while (i + 16 <= n) {
        for (size_t k = 0; k < DOT_TERMS && i + 16 <= n; k += 2, i += 16) {
            fr8 s = product(fr8_load_factor(a + i), fr8_load_raw_factor(b + i));
            fr8 t = product(fr8_load_factor(a + i + 8), fr8_load_raw_factor(b + i + 8));
            x = fr8_add(x, fr8_add(s, t));
        }
        x = fr8_tame(x);
    }
    fr lanes[8];
    fr8_store_raw(lanes, x);
    fr s, t;
    fr_dot(&s, a + i, b + i, n - i);
    poly_one_sum(&t, lanes, 8);
    fr_add(out, &s, &t);
}

/* Terms of one pass over memory; each is below 2p, and what an earlier pass left below p. */
#define COMBINE_TERMS 16

/* x = the sum of c[j] polys[j][at ..] for eight elements each at `at` and at + 8. */
ZK_INLINE void combine_step(fr8 x[2], const struct fr_fixed *c, const fr *const *polys, size_t n_polys, size_t at)
{
    for (size_t j = 0; j < n_polys; j++) {
        fr8 s, t;
        fr8_mul_fixed2(&s, &t, fr8_load_raw_factor(polys[j] + at), fr8_load_raw_factor(polys[j] + at + 8), &c[j],
                       &c[j]);
        x[0] = fr8_add(x[0], s);
        x[1] = fr8_add(x[1], t);
    }
}

static void combine_few(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t at, size_t n, bool adds)
{
    struct fr_fixed w[COMBINE_TERMS];
    for (size_t j = 0; j < n_polys; j++) fr_fixed_init(&w[j], &c[j]);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        fr8 x[2] = {fr8_zero(), fr8_zero()};
        if (adds) x[0] = fr8_load_raw(out + i);
        if (adds) x[1] = fr8_load_raw(out + i + 8);
        combine_step(x, w, polys, n_polys, at + i);
        fr8_store_raw(out + i, fr8_tame(x[0]));
        fr8_store_raw(out + i + 8, fr8_tame(x[1]));
    }
    for (; i < n; i++) {
        fr x = adds ? out[i] : FR_ZERO;
        for (size_t j = 0; j < n_polys; j++) {
            fr t;
            fr_mul(&t, &c[j], &polys[j][at + i]);
            fr_add(&x, &x, &t);
        }
        out[i] = x;
    }
}

static void ifma_combine(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t at, size_t n)
{
    for (size_t j = 0; j < n_polys; j += COMBINE_TERMS) {
        size_t m = n_polys - j < COMBINE_TERMS ? n_polys - j : COMBINE_TERMS;
        combine_few(out, c + j, polys + j, m, at, n, j > 0);
    }
}

/* ---- streams: x[0] has the first eight, x[1] the others */

static_assert(POLY_STREAMS == 16, "two vectors");

/* words[v] + 4 k = the words of element i + k of the eight streams of vector v. */
ZK_INLINE void load_elements(__m512i words[2][8], const fr *p, size_t i, size_t len)
{
    for (size_t v = 0; v < 2; v++) fr8_streams_load2(words[v], p + 8 * v * len + i, len);
}

ZK_INLINE void store_elements(fr *p, size_t i, size_t len, const fr8 e0[2], const fr8 e1[2])
{
    for (size_t v = 0; v < 2; v++) fr8_streams_store2(p + 8 * v * len + i, len, e0[v], e1[v]);
}

/* x = x z + the elements; below 3p. */
ZK_INLINE void horner_step(fr8 x[2], const struct fr_fixed *z, __m512i words[2][8], int k)
{
    fr8_mul_fixed2(&x[0], &x[1], fr8_settle(x[0]), fr8_settle(x[1]), z, z);
    for (int v = 0; v < 2; v++) x[v] = fr8_add(x[v], fr8_split(words[v] + 4 * k));
}

static void ifma_horner(fr *out, const fr *p, size_t len, const fr *z)
{
    struct fr_fixed w;
    fr8 x[2] = {fr8_zero(), fr8_zero()};
    fr_fixed_init(&w, z);
    for (size_t i = len; i > 0; i -= 2) {
        __m512i words[2][8];
        load_elements(words, p, i - 2, len);
        horner_step(x, &w, words, 1);
        horner_step(x, &w, words, 0);
    }
    for (int v = 0; v < 2; v++) fr8_store_raw(out + 8 * v, fr8_tame(x[v]));
}

static void ifma_div_linear(fr *q, const fr *p, size_t len, const fr *z, const fr *carry)
{
    struct fr_fixed w;
    fr8 x[2] = {fr8_load_raw(carry), fr8_load_raw(carry + 8)};
    fr_fixed_init(&w, z);
    for (size_t i = len; i > 0; i -= 2) {
        __m512i words[2][8];
        fr8 q0[2], q1[2];
        load_elements(words, p, i - 2, len);
        for (int v = 0; v < 2; v++) q1[v] = fr8_reduce_lazy(fr8_tame(x[v]));
        horner_step(x, &w, words, 1);
        for (int v = 0; v < 2; v++) q0[v] = fr8_reduce_lazy(fr8_tame(x[v]));
        horner_step(x, &w, words, 0);
        store_elements(q, i - 2, len, q0, q1);
    }
}

/* x = x times the elements: below 2p, from factors below 2p and 16p. */
ZK_INLINE void product_step(fr8 x[2], __m512i words[2][8], int k)
{
    for (int v = 0; v < 2; v++) x[v] = product(fr8_settle(x[v]), fr8_split_factor_times16(words[v] + 4 * k));
}

static void ifma_product(fr *out, const fr *in, size_t len)
{
    const fr one = FR_ONE;
    fr8 x[2] = {fr8_splat_raw(&one), fr8_splat_raw(&one)};
    for (size_t i = 0; i < len; i += 2) {
        __m512i words[2][8];
        load_elements(words, in, i, len);
        product_step(x, words, 0);
        product_step(x, words, 1);
    }
    for (int v = 0; v < 2; v++) fr8_store_raw_sum(out + 8 * v, x[v]);
}

static void ifma_prefix_product(fr *out, const fr *in, size_t len, const fr *start)
{
    fr8 x[2] = {fr8_load_raw(start), fr8_load_raw(start + 8)};
    for (size_t i = 0; i < len; i += 2) {
        __m512i words[2][8];
        fr8 e0[2], e1[2];
        load_elements(words, in, i, len);
        for (int v = 0; v < 2; v++) e0[v] = fr8_reduce_sum(x[v]);
        product_step(x, words, 0);
        for (int v = 0; v < 2; v++) e1[v] = fr8_reduce_sum(x[v]);
        product_step(x, words, 1);
        store_elements(out, i, len, e0, e1);
    }
}

/* x = x plus the elements, reduced. */
ZK_INLINE void sum_step(fr8 x[2], __m512i words[2][8], int k)
{
    for (int v = 0; v < 2; v++) x[v] = fr8_reduce_sum(fr8_add(x[v], fr8_split(words[v] + 4 * k)));
}

static void ifma_sum(fr *out, const fr *in, size_t len)
{
    fr8 x[2] = {fr8_zero(), fr8_zero()};
    for (size_t i = 0; i < len; i += 2) {
        __m512i words[2][8];
        load_elements(words, in, i, len);
        sum_step(x, words, 0);
        sum_step(x, words, 1);
    }
    for (int v = 0; v < 2; v++) fr8_store_raw(out + 8 * v, x[v]);
}

static void ifma_prefix_sum(fr *out, const fr *in, size_t len, const fr *start)
{
    fr8 x[2] = {fr8_load_raw(start), fr8_load_raw(start + 8)};
    for (size_t i = 0; i < len; i += 2) {
        __m512i words[2][8];
        load_elements(words, in, i, len);
        fr8 e0[2] = {x[0], x[1]};
        sum_step(x, words, 0);
        fr8 e1[2] = {x[0], x[1]};
        sum_step(x, words, 1);
        store_elements(out, i, len, e0, e1);
    }
}

const struct poly_kernel poly_kernel_ifma = {
    .name = "ifma",
    .eval = ifma_eval,
    .powers = ifma_powers,
    .dot = ifma_dot,
    .combine = ifma_combine,
    .horner = ifma_horner,
    .div_linear = ifma_div_linear,
    .product = ifma_product,
    .prefix_product = ifma_prefix_product,
    .sum = ifma_sum,
    .prefix_sum = ifma_prefix_sum,
};
