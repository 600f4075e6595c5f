/* The transform in plain C: what the passes mean (ntt_kernel.h), one element at a time. Everything is reduced. */
#include "poly/ntt_kernel.h"

#include <string.h>

typedef struct vec {
    fr lane[NTT_LANES];
} vec;

static void plain_factors(void *out, const fr *x, size_t n)
{
    memcpy(out, x, n * sizeof(fr));
}

/* (x, y) <- (x + w y, x - w y) */
static void butterfly(vec *x, vec *y, const fr *w)
{
    for (int i = 0; i < NTT_LANES; i++) {
        fr t;
        fr_mul(&t, &y->lane[i], w);
        fr_sub(&y->lane[i], &x->lane[i], &t);
        fr_add(&x->lane[i], &x->lane[i], &t);
    }
}

/* Eight transforms side by side, natural order in, bit-reversed out. A block of 2 len vectors holds the input modulo
 * X^(2 len) - w^2; its halves become those modulo X^len - w and X^len + w, and w = root[block] at every level. */
static void transform(vec *t, unsigned log_len, const fr *root)
{
    size_t n = (size_t)1 << log_len;
    for (size_t len = n / 2; len >= 1; len /= 2) {
        for (size_t block = 0; block < n / 2 / len; block++) {
            vec *x = t + block * 2 * len;
            for (size_t i = 0; i < len; i++) butterfly(&x[i], &x[i + len], &root[block]);
        }
    }
}

static void load(vec *out, const struct ntt_plan *p, const fr *src, size_t i)
{
    size_t n = (size_t)1 << (p->log_rows + p->log_cols);
    for (size_t l = 0; l < NTT_LANES; l++) {
        fr *x = &out->lane[l];
        *x = i + l < p->src_len ? src[i + l] : FR_ZERO;
        if (n + i + l < p->src_len) {
            fr t;
            fr_mul(&t, &src[n + i + l], &p->fold);
            fr_add(x, x, &t);
        }
    }
}

static void scale(vec *v, const fr *c)
{
    for (int l = 0; l < NTT_LANES; l++) fr_mul(&v->lane[l], &v->lane[l], c);
}

static void plain_columns(const struct ntt_plan *p, fr *mid, const fr *src, size_t index, void *tile)
{
    vec *t = tile;
    vec twiddle;
    const fr *in_scale = p->in_scale;
    size_t n_rows = (size_t)1 << p->log_rows;
    size_t c0 = index * NTT_LANES;
    for (size_t r = 0; r < n_rows; r++) {
        load(&t[r], p, src, (r << p->log_cols) + c0);
        if (in_scale != NULL) scale(&t[r], in_scale + r);
    }
    transform(t, p->log_rows, p->roots);
    for (size_t l = 0; l < NTT_LANES; l++) twiddle.lane[l] = p->first != NULL ? p->first[c0 + l] : p->first_all;
    for (size_t k = 0; k < n_rows; k++) {
        const vec *v = &t[ntt_reverse_bits(k, p->log_rows)];
        fr *out = mid + ntt_mid_index(p, k, index);
        for (size_t l = 0; l < NTT_LANES; l++) {
            fr_mul(&out[l], &v->lane[l], &twiddle.lane[l]);
            fr_mul(&twiddle.lane[l], &twiddle.lane[l], &p->step[c0 + l]);
        }
    }
}

static void plain_rows(const struct ntt_plan *p, fr *dst, const fr *mid, size_t index, void *tile)
{
    vec *t = tile;
    const fr *out_scale = p->out_scale;
    size_t n_cols = (size_t)1 << p->log_cols;
    size_t k0 = index * NTT_LANES;
    for (size_t c = 0; c < n_cols; c++) {
        for (size_t l = 0; l < NTT_LANES; l++) t[c].lane[l] = mid[ntt_mid_index(p, k0 + l, c / 8) + c % 8];
    }
    transform(t, p->log_cols, p->roots);
    for (size_t j = 0; j < n_cols; j++) {
        vec *v = &t[ntt_reverse_bits(j, p->log_cols)];
        if (out_scale != NULL) scale(v, out_scale + j);
        for (size_t l = 0; l < NTT_LANES; l++) dst[(j << p->log_rows) + k0 + l] = v->lane[l];
    }
}

const struct ntt_kernel ntt_kernel_plain = {
    .name = "plain",
    .factor_len = sizeof(fr),
    .vector_len = sizeof(vec),
    .factors = plain_factors,
    .columns = plain_columns,
    .rows = plain_rows,
};
