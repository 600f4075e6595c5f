/* How a long transform stays in the cache: Bailey's four steps, in two passes over memory.
 *
 * Let n = R C with R = C or C / 2, and read the n coefficients as a matrix of R rows and C columns, row by row. With
 * i = r C + c for the input, k + R j for the output and omega^n = 1,
 *
 *   omega^((r C + c)(k + R j)) = (omega^C)^(r k) * omega^(c k) * (omega^R)^(c j),
 *
 * so the transform is: one of length R down every column; the product of element (k, c) with the twiddle omega^(c k);
 * one of length C along every row; and the result read column by column.
 *
 *   src                        mid                          dst
 *   +---+---------+            +---+---+---+                +---+---------+
 *   |   |         |  columns   +---+---+---+   rows         |   |         |
 *   | 8 |  C      |  ------->  |   |   |   |   -------->    | 8 |  R      |
 *   |   |         |            +---+---+---+                |   |         |
 *   +---+---------+            8 x 8 blocks                 +---+---------+
 *
 * A pass takes a tile of eight columns (of eight rows) into a buffer of the thread's own: 320 bytes a row of the tile,
 * 320 KB for n = 2^20, a third of a second-level cache of 1 MB. It transforms the tile there and writes it, so every
 * element crosses the outer cache levels twice, whatever n is. Lanes of a vector are the columns of the tile: all eight
 * meet the same root, no lane ever meets another, and the roots of a whole transform are a table of C / 2. A tile
 * leaves the inner transform in bit-reversed order; that costs nothing, because each row of it is written on its own
 * anyway. mid is out of place, so that the second pass may write over src, and order is natural on both sides.
 *
 * Twiddles are not in a table (it would be as long as the polynomial, and reading it as dear as a product): a tile runs
 * through the powers of omega^c, lane by lane, one product each. What a coset adds goes along: on the way in,
 * s^(r C + c) = (s^C)^r s^c is a factor of the row and a start of the twiddles; on the way out s^-(k + R j) is a factor
 * of the step of the twiddles and one of the row j. 1 / n is the start of the twiddles of an inverse. So a coset costs
 * one product an element more than the subgroup, and an inverse none.
 *
 * Work for 2^20: 5 products an element in the butterflies of each pass, less 3/4 because the first two levels have the
 * roots 1, 1 and the square root of -1; and two for the twiddles. Ranges are in ntt_ifma.c: values stay lazy, as in
 * Harvey 2014, from the load of a tile to its store.
 *
 * Invariants
 *   I1  dst is written in the second pass only, when all of src has been read.
 *   I2  a tile writes only elements that it owns; nothing depends on which thread takes it.
 *   I3  what leaves a pass towards dst is reduced. */
#include "poly/ntt.h"

#include "poly/ntt_kernel.h"

#include <string.h>

/* Below this many elements in a call, waking threads costs more than they save. */
#define NTT_PARALLEL_MIN ((size_t)1 << 12)

/* Small polynomials go through the passes together, up to this many elements, so that all threads have tiles. */
#define NTT_BATCH_ELEMENTS ((size_t)1 << 16)

/* One direction: g = omega or its inverse. */
struct direction {
    fr g;
    fr *powers;  /* g^c, c < C */
    void *roots; /* the kernel's, for transforms of length up to C */
};

struct ntt_domain {
    unsigned log_n;
    unsigned log_rows;
    unsigned log_cols;
    fr n_inv;
    const struct ntt_kernel *kernel;
    struct direction fwd, inv;
};

static const struct ntt_kernel *kernel_of(cpu_level level)
{
#ifdef ZK_X86_64
    if (level == CPU_IFMA) return &ntt_kernel_ifma;
#else
    (void)level;
#endif
    return &ntt_kernel_plain;
}

/* ---- domains */

/* out[i] = first * base^i */
static void powers(fr *out, const fr *first, const fr *base, size_t n)
{
    fr x = *first;
    for (size_t i = 0; i < n; i++) {
        out[i] = x;
        fr_mul(&x, &x, base);
    }
}

static void bit_reverse(fr *p, unsigned log_len)
{
    for (size_t i = 0; i < (size_t)1 << log_len; i++) {
        size_t j = ntt_reverse_bits(i, log_len);
        if (i >= j) continue;
        fr t = p[i];
        p[i] = p[j];
        p[j] = t;
    }
}

/* The factors base^i in the kernel's form, NULL if there is no room. */
static void *factor_powers(const struct ntt_domain *d, const fr *base, size_t n, struct arena *arena)
{
    const fr one = FR_ONE;
    void *out = arena_push_bytes(arena, n, d->kernel->factor_len);
    size_t mark = arena_mark(arena);
    fr *x = arena_push(arena, fr, n);
    if (out == NULL || x == NULL) return NULL;
    powers(x, &one, base, n);
    d->kernel->factors(out, x, n);
    arena_release(arena, mark);
    return out;
}

static zk_err direction_init(struct direction *dir, const struct ntt_domain *d, struct arena *arena)
{
    size_t n_cols = (size_t)1 << d->log_cols;
    unsigned log_roots = d->log_cols > 0 ? d->log_cols - 1 : 0;
    fr one = FR_ONE;
    fr root = dir->g; /* of order C */
    for (unsigned i = 0; i < d->log_rows; i++) fr_sqr(&root, &root);

    dir->powers = arena_push(arena, fr, n_cols);
    dir->roots = arena_push_bytes(arena, (size_t)1 << log_roots, d->kernel->factor_len);
    if (dir->powers == NULL || dir->roots == NULL) return ZK_ERR_FULL;
    powers(dir->powers, &one, &root, (size_t)1 << log_roots);
    bit_reverse(dir->powers, log_roots);
    d->kernel->factors(dir->roots, dir->powers, (size_t)1 << log_roots);
    powers(dir->powers, &one, &dir->g, n_cols);
    return ZK_OK;
}

zk_err ntt_domain_create_at(struct ntt_domain **out, unsigned log_n, cpu_level level, struct arena *arena)
{
    *out = NULL;
    if (log_n > NTT_LOG_N_MAX)
        return zk_fail(ZK_ERR_RANGE, "a domain of 2^%u elements; fr has at most 2^%d", log_n, NTT_LOG_N_MAX);
    size_t mark = arena_mark(arena);
    struct ntt_domain *d = arena_push(arena, struct ntt_domain, 1);
    if (d == NULL) return ZK_ERR_FULL;
    *d = (struct ntt_domain){.log_n = log_n, .log_rows = log_n / 2, .log_cols = log_n - log_n / 2};
    d->kernel = kernel_of(level);
    fr_root_of_unity(&d->fwd.g, log_n);
    fr_inv_vartime(&d->inv.g, &d->fwd.g);
    fr_from_u64(&d->n_inv, (uint64_t)1 << log_n);
    fr_inv_vartime(&d->n_inv, &d->n_inv);
    zk_err err = direction_init(&d->fwd, d, arena);
    if (err == ZK_OK) err = direction_init(&d->inv, d, arena);
    if (err != ZK_OK) {
        arena_release(arena, mark);
        return err;
    }
    *out = d;
    return ZK_OK;
}

zk_err ntt_domain_create(struct ntt_domain **out, unsigned log_n, struct pool *pool, struct arena *arena)
{
    (void)pool; /* the tables are a few times sqrt(n) elements: not worth a thread */
    return ntt_domain_create_at(out, log_n, cpu_level_get(), arena);
}

static size_t padded(size_t len)
{
    return (len + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

size_t ntt_domain_len(unsigned log_n)
{
    size_t n_cols = (size_t)1 << (log_n - log_n / 2);
    size_t n_roots = n_cols > 1 ? n_cols / 2 : 1;
    size_t root_len = kernel_of(cpu_level_get())->factor_len;
    return padded(sizeof(struct ntt_domain)) + 2 * (padded(n_cols * sizeof(fr)) + padded(n_roots * root_len));
}

unsigned ntt_domain_log_n(const struct ntt_domain *d)
{
    return d->log_n;
}

const fr *ntt_domain_omega(const struct ntt_domain *d)
{
    return &d->fwd.g;
}

const fr *ntt_domain_omega_inv(const struct ntt_domain *d)
{
    return &d->inv.g;
}

const fr *ntt_domain_n_inv(const struct ntt_domain *d)
{
    return &d->n_inv;
}

/* ---- small transforms: n < 2^NTT_LOG_N_TILED, in this thread */

/* Radix 2 on the stack; scales as the plan says, with c = r C + c and j = k + R j. */
static void transform_small(fr *dst, const fr *src, size_t src_len, const struct direction *dir, unsigned log_n,
                            const fr *shift_in, const fr *shift_out, const fr *factor)
{
    fr x[1 << NTT_LOG_N_TILED] = {{{0}}};
    fr pow = FR_ONE;
    fr t;
    size_t n = (size_t)1 << log_n;
    for (size_t i = 0; i < src_len; i++) { /* i >= n: the power goes on, so the folding factor is there already */
        size_t at = ntt_reverse_bits(i % n, log_n);
        fr_mul(&t, &src[i], &pow);
        fr_add(&x[at], &x[at], &t);
        fr_mul(&pow, &pow, shift_in);
    }
    for (size_t len = 1; len < n; len *= 2) {
        fr root = dir->g; /* of order 2 len */
        for (size_t m = n / 2; m > len; m /= 2) fr_sqr(&root, &root);
        for (size_t at = 0; at < n; at += 2 * len) {
            fr w = FR_ONE;
            for (size_t i = at; i < at + len; i++) {
                fr_mul(&t, &x[i + len], &w);
                fr_sub(&x[i + len], &x[i], &t);
                fr_add(&x[i], &x[i], &t);
                fr_mul(&w, &w, &root);
            }
        }
    }
    pow = *factor;
    for (size_t i = 0; i < n; i++) {
        fr_mul(&dst[i], &x[i], &pow);
        fr_mul(&pow, &pow, shift_out);
    }
}

/* ---- tiled transforms */

/* What one call transforms, and the scratch that it has. */
struct call {
    const struct ntt_domain *d;
    const struct ntt_kernel *kernel;
    struct ntt_plan plan;
    fr *const *dst;
    const fr *const *src;
    fr *mid;        /* batch * n elements */
    uint8_t *tiles; /* one of tile_len bytes for each thread */
    size_t tile_len;
};

static size_t batch_of(const struct ntt_domain *d, size_t n_polys)
{
    size_t batch = NTT_BATCH_ELEMENTS >> d->log_n;
    if (batch == 0) batch = 1;
    return batch < n_polys ? batch : n_polys;
}

static size_t tile_len(const struct ntt_domain *d)
{
    return padded(d->kernel->vector_len << d->log_cols);
}

size_t ntt_scratch_len(const struct ntt_domain *d, size_t n_polys, const struct pool *pool)
{
    if (d->log_n < NTT_LOG_N_TILED) return 0;
    size_t n_cols = (size_t)1 << d->log_cols;
    return padded((batch_of(d, n_polys) << d->log_n) * sizeof(fr)) + pool_threads(pool) * tile_len(d) +
           padded(n_cols * d->kernel->factor_len) + padded(n_cols * sizeof(fr));
}

static void columns_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct call *c = ctx;
    unsigned log_tiles = c->plan.log_cols - 3;
    for (size_t i = begin; i < end; i++) {
        size_t poly = i >> log_tiles;
        c->kernel->columns(&c->plan, c->mid + (poly << c->d->log_n), c->src[poly], i - (poly << log_tiles),
                           c->tiles + worker * c->tile_len);
    }
}

static void rows_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct call *c = ctx;
    unsigned log_tiles = c->plan.log_rows - 3;
    for (size_t i = begin; i < end; i++) {
        size_t poly = i >> log_tiles;
        c->kernel->rows(&c->plan, c->dst[poly], c->mid + (poly << c->d->log_n), i - (poly << log_tiles),
                        c->tiles + worker * c->tile_len);
    }
}

/* Takes scratch and runs both passes over all polynomials, batch by batch. */
static zk_err call_run(struct call *c, size_t n_polys, struct pool *pool, struct arena *scratch)
{
    const struct ntt_domain *d = c->d;
    size_t batch = batch_of(d, n_polys);
    if (batch << d->log_n < NTT_PARALLEL_MIN) pool = NULL;
    c->kernel = d->kernel;
    c->tile_len = tile_len(d);
    c->mid = arena_push(scratch, fr, batch << d->log_n);
    c->tiles = arena_push_bytes(scratch, pool_threads(pool), c->tile_len);
    if (c->mid == NULL || c->tiles == NULL) return ZK_ERR_FULL;
    while (n_polys > 0) {
        size_t m = n_polys < batch ? n_polys : batch;
        pool_for_range(pool, m << (d->log_cols - 3), 1, columns_body, c);
        pool_for_range(pool, m << (d->log_rows - 3), 1, rows_body, c);
        c->dst += m;
        c->src += m;
        n_polys -= m;
    }
    return ZK_OK;
}

zk_err ntt_eval_coset(const struct ntt_domain *d, fr *const *dst, const fr *const *src, size_t src_len, size_t n_polys,
                      const fr *shift, struct pool *pool, struct arena *scratch)
{
    const fr one = FR_ONE;
    size_t n = (size_t)1 << d->log_n;
    bool is_coset = shift != NULL && !fr_is_one(shift);
    assert(src_len <= 2 * n);
    assert(!is_coset || !fr_is_zero(shift));
    if (n_polys == 0) return ZK_OK;
    if (d->log_n < NTT_LOG_N_TILED) {
        for (size_t i = 0; i < n_polys; i++)
            transform_small(dst[i], src[i], src_len, &d->fwd, d->log_n, is_coset ? shift : &one, &one, &one);
        return ZK_OK;
    }

    size_t mark = arena_mark(scratch);
    size_t n_rows = (size_t)1 << d->log_rows;
    size_t n_cols = (size_t)1 << d->log_cols;
    zk_err err = ZK_ERR_FULL;
    struct call c = {.d = d, .dst = dst, .src = src};
    c.plan = (struct ntt_plan){.log_rows = d->log_rows, .log_cols = d->log_cols, .roots = d->fwd.roots};
    c.plan.src_len = src_len;
    c.plan.fold = one;
    c.plan.first_all = one;
    c.plan.step = d->fwd.powers;
    if (is_coset) { /* s^(r C + c) = (s^C)^r on the way in, s^c in the twiddles */
        fr shift_c;
        fr_pow_u64_vartime(&shift_c, shift, n_cols);
        void *in_scale = factor_powers(d, &shift_c, n_rows, scratch);
        fr *first = arena_push(scratch, fr, n_cols);
        if (in_scale == NULL || first == NULL) goto out;
        powers(first, &one, shift, n_cols);
        fr_pow_u64_vartime(&c.plan.fold, shift, n);
        c.plan.in_scale = in_scale;
        c.plan.first = first;
    }
    err = call_run(&c, n_polys, pool, scratch);
out:
    arena_release(scratch, mark);
    return err;
}

zk_err ntt_interpolate_coset(const struct ntt_domain *d, fr *const *dst, const fr *const *src, size_t n_polys,
                             const fr *shift, struct pool *pool, struct arena *scratch)
{
    const fr one = FR_ONE;
    size_t n = (size_t)1 << d->log_n;
    bool is_coset = shift != NULL && !fr_is_one(shift);
    fr shift_inv = FR_ONE;
    assert(!is_coset || !fr_is_zero(shift));
    if (n_polys == 0) return ZK_OK;
    if (is_coset) fr_inv_vartime(&shift_inv, shift);
    if (d->log_n < NTT_LOG_N_TILED) {
        for (size_t i = 0; i < n_polys; i++)
            transform_small(dst[i], src[i], n, &d->inv, d->log_n, &one, &shift_inv, &d->n_inv);
        return ZK_OK;
    }

    size_t mark = arena_mark(scratch);
    size_t n_cols = (size_t)1 << d->log_cols;
    zk_err err = ZK_ERR_FULL;
    struct call c = {.d = d, .dst = dst, .src = src};
    c.plan = (struct ntt_plan){.log_rows = d->log_rows, .log_cols = d->log_cols, .roots = d->inv.roots};
    c.plan.src_len = n;
    c.plan.fold = one;
    c.plan.first_all = d->n_inv;
    c.plan.step = d->inv.powers;
    if (is_coset) { /* s^-(k + R j) = s^-k in the twiddles, (s^-R)^j on the way out */
        fr shift_r;
        fr_pow_u64_vartime(&shift_r, &shift_inv, (uint64_t)1 << d->log_rows);
        void *out_scale = factor_powers(d, &shift_r, n_cols, scratch);
        fr *step = arena_push(scratch, fr, n_cols);
        if (out_scale == NULL || step == NULL) goto out;
        for (size_t i = 0; i < n_cols; i++) fr_mul(&step[i], &d->inv.powers[i], &shift_inv);
        c.plan.out_scale = out_scale;
        c.plan.step = step;
    }
    err = call_run(&c, n_polys, pool, scratch);
out:
    arena_release(scratch, mark);
    return err;
}

/* ---- in place */

zk_err ntt_forward_coset(const struct ntt_domain *d, fr *const *polys, size_t n_polys, const fr *shift,
                         struct pool *pool, struct arena *scratch)
{
    const fr *const *src = (const fr *const *)polys;
    return ntt_eval_coset(d, polys, src, (size_t)1 << d->log_n, n_polys, shift, pool, scratch);
}

zk_err ntt_inverse_coset(const struct ntt_domain *d, fr *const *polys, size_t n_polys, const fr *shift,
                         struct pool *pool, struct arena *scratch)
{
    return ntt_interpolate_coset(d, polys, (const fr *const *)polys, n_polys, shift, pool, scratch);
}

zk_err ntt_forward(const struct ntt_domain *d, fr *const *polys, size_t n_polys, struct pool *pool,
                   struct arena *scratch)
{
    return ntt_forward_coset(d, polys, n_polys, NULL, pool, scratch);
}

zk_err ntt_inverse(const struct ntt_domain *d, fr *const *polys, size_t n_polys, struct pool *pool,
                   struct arena *scratch)
{
    return ntt_inverse_coset(d, polys, n_polys, NULL, pool, scratch);
}
