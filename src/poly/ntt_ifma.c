/* The transform for AVX-512 IFMA: a tile is an array of fr8, lanes being its eight columns or rows.
 *
 * Ranges. Memory holds values < p, mid < 2p; a coset's scaling and folding leave less than 4p. The first two levels,
 * with the roots 1 and I, add up to less than 16p. From there each level multiplies one input of a butterfly by a root
 * (giving < 2p, whatever it was) and makes x + t and x - t + 2p: a level adds 2p to the bound. With at most 14 levels
 * nothing exceeds 16p + 12 * 2p = 40p, and fr8_mul_fixed takes 84p; twiddles are below 2p, and fr8_mul takes
 * 40p * 2p <= 84 p^2. Limbs are loose: each level adds less than 2^57 to them, so they stay below 2^61, and only
 * the factors of products are carried. */
#include "poly/fr8_fixed.h"
#include "poly/ntt_kernel.h"

static void ifma_factors(void *out, const fr *x, size_t n)
{
    struct fr_fixed *f = out;
    for (size_t i = 0; i < n; i++) fr_fixed_init(&f[i], &x[i]);
}

/* ---- butterflies */

/* a + 8p - b, for b < 8p. */
ZK_INLINE fr8 sub8(fr8 a, fr8 b)
{
    static const uint64_t four[5] = FR_4P52_L;
    const fr8 four_p = fr8_splat52(four);
    return fr8_sub_exact(fr8_add(fr8_add(a, four_p), four_p), b);
}

/* (x, y) <- (x + w y, x - w y), twice: at x[0], y[0] with w and at x[dx], y[dx] with v. */
ZK_INLINE void butterfly2(fr8 *x, fr8 *y, size_t dx, const struct fr_fixed *w, const struct fr_fixed *v)
{
    fr8 t;
    fr8 u;
    fr8_mul_fixed2(&t, &u, fr8_settle(y[0]), fr8_settle(y[dx]), w, v);
    y[0] = fr8_sub2(x[0], t);
    x[0] = fr8_add(x[0], t);
    y[dx] = fr8_sub2(x[dx], u);
    x[dx] = fr8_add(x[dx], u);
}

ZK_INLINE void butterfly1(fr8 *x, fr8 *y, const struct fr_fixed *w)
{
    fr8 t = fr8_mul_fixed(fr8_settle(*y), w);
    *y = fr8_sub2(*x, t);
    *x = fr8_add(*x, t);
}

/* The first two levels, whose roots are 1, 1 and I: values < 4p to < 16p. */
ZK_INLINE void butterfly4_first(fr8 *out, size_t len, fr8 a, fr8 b, fr8 c, fr8 d, const struct fr_fixed *i)
{
    fr8 ac = fr8_add(a, c);
    fr8 bd = fr8_add(b, d);
    c = fr8_sub4(a, c);
    d = fr8_mul_fixed(fr8_settle(fr8_sub4(b, d)), i);
    out[0] = fr8_add(ac, bd);
    out[len] = sub8(ac, bd);
    out[2 * len] = fr8_add(c, d);
    out[3 * len] = fr8_sub2(c, d);
}

/* Blocks of 2^6 vectors (20 KB) are in the first-level cache. */
#define LOG_SWEEP 6

/* The levels from block `block` of 2^log_len vectors down, log_len >= 1. A block of 2 len vectors is the input modulo
 * X^(2 len) - w^2, and its halves become those modulo X^len - w and X^len + w, where w = root[block] at every level.
 * Depth first, so that all but the upper levels find their vectors in the first-level cache; there, level by level. */
static void transform(fr8 *t, unsigned log_len, size_t block, const struct fr_fixed *root)
{
    size_t len = (size_t)1 << log_len >> 1;
    if (log_len > LOG_SWEEP) {
        for (size_t i = 0; i < len; i += 2) butterfly2(t + i, t + i + len, 1, &root[block], &root[block]);
        transform(t, log_len - 1, 2 * block, root);
        transform(t + len, log_len - 1, 2 * block + 1, root);
        return;
    }
    size_t blocks = 1;
    for (; len >= 2; len /= 2, block *= 2, blocks *= 2) {
        for (size_t b = 0; b < blocks; b++) {
            fr8 *x = t + 2 * len * b;
            const struct fr_fixed *w = &root[block + b];
            for (size_t i = 0; i < len; i += 2) butterfly2(x + i, x + i + len, 1, w, w);
        }
    }
    if (blocks == 1) butterfly1(t, t + 1, &root[block]);
    for (size_t b = 0; b + 1 < blocks; b += 2) {
        butterfly2(t + 2 * b, t + 2 * b + 1, 2, &root[block + b], &root[block + b + 1]);
    }
}

/* ---- columns */

/* Lanes i .. i + 7 of the source, zero from src_len on, with what is folded onto them: < 3p. */
static __attribute__((noinline)) fr8 load_part(const struct ntt_plan *p, const fr *src, size_t i)
{
    size_t n = (size_t)1 << (p->log_rows + p->log_cols);
    fr8 v = fr8_zero();
    if (i + 8 <= p->src_len)
        v = fr8_load_raw(src + i);
    else if (i < p->src_len)
        v = fr8_load_raw_n(src + i, p->src_len - i);
    if (n + i < p->src_len) {
        size_t k = p->src_len - n - i;
        fr8 over = k >= 8 ? fr8_load_raw(src + n + i) : fr8_load_raw_n(src + n + i, k);
        v = fr8_add(v, fr8_mul(over, fr8_splat(&p->fold)));
    }
    return v;
}

ZK_INLINE fr8 load_row(const struct ntt_plan *p, const fr *src, size_t row, size_t c0)
{
    size_t i = (row << p->log_cols) + c0;
    fr8 v;
    if (p->src_len == (size_t)1 << (p->log_rows + p->log_cols))
        v = fr8_load_raw(src + i);
    else
        v = load_part(p, src, i);
    const struct fr_fixed *scale = p->in_scale;
    if (scale != NULL) v = fr8_mul_fixed(fr8_settle(v), &scale[row]);
    return v;
}

/* Eight elements, factor 2^260, < 2p. */
static fr8 load_factor(const fr *x)
{
    return fr8_mul(fr8_load(x), fr8_one());
}

/* The next rows come from far apart, where the hardware does not look: asks for the 256 bytes of each of the four rows
 * that butterfly4_first will take AHEAD steps later. */
#define AHEAD 4
ZK_INLINE void prefetch_rows(const fr *src, size_t row, size_t len, unsigned log_cols)
{
    for (size_t q = 0; q < 4; q++) {
        const fr *x = src + ((row + q * len) << log_cols);
        for (size_t l = 0; l < NTT_LANES; l += 2) _mm_prefetch((const char *)(x + l), _MM_HINT_T0);
    }
}

#define CHAINS 4

static void ifma_columns(const struct ntt_plan *p, fr *mid, const fr *src, size_t index, void *tile)
{
    fr8 *t = tile;
    const struct fr_fixed *root = p->roots;
    size_t c0 = index * NTT_LANES;
    size_t n_rows = (size_t)1 << p->log_rows;
    size_t len = n_rows / 4;
    bool whole = p->src_len >> p->log_rows >> p->log_cols != 0; /* all rows are in memory */
    for (size_t r = 0; r < len; r++) {
        if (whole && r + AHEAD < len) prefetch_rows(src + c0, r + AHEAD, len, p->log_cols);
        butterfly4_first(t + r, len, load_row(p, src, r, c0), load_row(p, src, r + len, c0),
                         load_row(p, src, r + 2 * len, c0), load_row(p, src, r + 3 * len, c0), &root[1]);
    }
    for (size_t i = 0; i < 4; i++) transform(t + i * len, p->log_rows - 2, i, root);

    /* twiddle[i] runs through first * step^(i + CHAINS m) */
    fr8 step = load_factor(p->step + c0);
    fr8 twiddle[CHAINS];
    twiddle[0] = p->first != NULL ? load_factor(p->first + c0) : fr8_mul(fr8_splat(&p->first_all), fr8_one());
    for (int i = 1; i < CHAINS; i++) twiddle[i] = fr8_mul(twiddle[i - 1], step);
    step = fr8_sqr(fr8_sqr(step));
    for (size_t k = 0; k < n_rows; k += CHAINS) {
        for (size_t i = 0; i < CHAINS; i++) {
            fr8 v = fr8_carry(t[ntt_reverse_bits(k + i, p->log_rows)]);
            fr8_spill(mid + ntt_mid_index(p, k + i, index), fr8_mul(v, twiddle[i]));
            twiddle[i] = fr8_mul(twiddle[i], step);
        }
    }
}

/* ---- rows */

/* 8 x 8 matrix of 64-bit words, transposed. */
ZK_INLINE void transpose8(__m512i m[8])
{
    __m512i a[8];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = _mm512_unpacklo_epi64(m[2 * i], m[2 * i + 1]);
        a[2 * i + 1] = _mm512_unpackhi_epi64(m[2 * i], m[2 * i + 1]);
    }
    __m512i b[8];
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            b[4 * i + j] = _mm512_shuffle_i64x2(a[4 * i + j], a[4 * i + j + 2], 0x88);
            b[4 * i + j + 2] = _mm512_shuffle_i64x2(a[4 * i + j], a[4 * i + j + 2], 0xdd);
        }
    }
    for (int j = 0; j < 4; j++) {
        m[j] = _mm512_shuffle_i64x2(b[j], b[j + 4], 0x88);
        m[j + 4] = _mm512_shuffle_i64x2(b[j], b[j + 4], 0xdd);
    }
}

/* Block of 8 rows by 8 columns of mid: out[i] has column i, its lanes the rows. */
static void load_block(fr8 *out, const fr *block)
{
    __m512i m[4][8];
    for (size_t k = 0; k < 8; k++) {
        for (size_t l = 0; l < 4; l++) m[l][k] = _mm512_loadu_si512(block + 8 * k + 2 * l);
    }
    for (size_t l = 0; l < 4; l++) transpose8(m[l]);
    for (size_t k = 0; k < 8; k++) {
        const __m512i l[4] = {m[0][k], m[1][k], m[2][k], m[3][k]};
        out[k] = fr8_split(l);
    }
}

static void ifma_rows(const struct ntt_plan *p, fr *dst, const fr *mid, size_t index, void *tile)
{
    fr8 *t = tile;
    const struct fr_fixed *root = p->roots;
    const struct fr_fixed *scale = p->out_scale;
    size_t k0 = index * NTT_LANES;
    size_t n_cols = (size_t)1 << p->log_cols;
    size_t len = n_cols / 4;
    for (size_t c = 0; c < n_cols; c += 8) load_block(t + c, mid + ntt_mid_index(p, k0, c / 8));
    for (size_t c = 0; c < len; c++) {
        butterfly4_first(t + c, len, t[c], t[c + len], t[c + 2 * len], t[c + 3 * len], &root[1]);
    }
    for (size_t i = 0; i < 4; i++) transform(t + i * len, p->log_cols - 2, i, root);
    for (size_t j = 0; j < n_cols; j++) {
        fr8 v = t[ntt_reverse_bits(j, p->log_cols)];
        v = scale != NULL ? fr8_carry(fr8_mul_fixed(fr8_settle(v), &scale[j])) : fr8_tame(v);
        fr8_store_raw(dst + (j << p->log_rows) + k0, v);
    }
}

const struct ntt_kernel ntt_kernel_ifma = {
    .name = "ifma",
    .factor_len = sizeof(struct fr_fixed),
    .vector_len = sizeof(fr8),
    .factors = ifma_factors,
    .columns = ifma_columns,
    .rows = ifma_rows,
};
