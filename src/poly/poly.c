/* Long vectors are cut into chunks, at most POLY_CHUNKS of them and by length alone, so that a recurrence (Horner's
 * rule, a prefix product) runs in three steps: every chunk by itself in parallel, the chunks' results one after the
 * other, and, where each element needs its own result, every chunk once more from the right start. Partial results then
 * fit on the stack, and nothing depends on the number of threads. */
#include "poly/poly.h"

#include "poly/poly_kernel.h"

/* Enough for POOL_THREADS_MAX threads. */
#define POLY_CHUNKS 256

/* Shorter chunks would cost more in their starts (a power of z, an inversion) than they gain. */
#define POLY_CHUNK_MIN 1024

/* Element-wise loops are handed out in runs that stay in the first-level cache. */
#define POLY_GRAIN 512

static const struct poly_kernel *kernel(void)
{
    return &poly_kernel_plain;
}

static size_t chunk_len(size_t n)
{
    size_t len = (n + POLY_CHUNKS - 1) / POLY_CHUNKS;
    return len < POLY_CHUNK_MIN ? POLY_CHUNK_MIN : len;
}

/* One job over chunks; each body uses what it needs. part[i] belongs to the chunk that begins at i * len. */
struct chunks {
    size_t len;
    const fr *a;
    const fr *b;
    const fr *z;
    fr *out;
    fr part[POLY_CHUNKS];
};

static void chunks_run(struct chunks *c, size_t n, pool_range_body body, struct pool *pool)
{
    c->len = chunk_len(n);
    assert((n + c->len - 1) / c->len <= POLY_CHUNKS);
    pool_for_range(pool, n, c->len, body, c);
}

/* ---- Horner's rule */

static void eval_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    kernel()->eval(&c->part[begin / c->len], c->a + begin, end - begin, c->z);
}

/* part[i] = the chunk's own value -> the value at z of all from chunk i on, divided by z^(i len); returns the whole. */
static fr chunks_horner(struct chunks *c, size_t n)
{
    fr s = FR_ZERO;
    fr z_len;
    fr_pow_u64_vartime(&z_len, c->z, c->len);
    for (size_t i = (n + c->len - 1) / c->len; i-- > 0;) {
        fr_mul(&s, &s, &z_len);
        fr_add(&s, &s, &c->part[i]);
        c->part[i] = s;
    }
    return s;
}

void poly_eval(fr *out, const fr *p, size_t n, const fr *z, struct pool *pool)
{
    struct chunks c = {.a = p, .z = z};
    chunks_run(&c, n, eval_body, pool);
    *out = chunks_horner(&c, n);
}

struct eval_many {
    fr *out;
    const fr *const *polys;
    size_t n;
    const fr *z;
};

static void eval_many_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct eval_many *e = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) poly_eval(&e->out[i], e->polys[i], e->n, e->z, NULL);
}

void poly_eval_many(fr *out, const fr *const *polys, size_t n_polys, size_t n, const fr *z, struct pool *pool)
{
    if (n_polys < pool_threads(pool)) {
        for (size_t i = 0; i < n_polys; i++) poly_eval(&out[i], polys[i], n, z, pool);
        return;
    }
    const fr at = *z; /* out may hold z */
    struct eval_many e = {out, polys, n, &at};
    pool_for_range(pool, n_polys, 1, eval_many_body, &e);
}

static void div_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    kernel()->div_linear(c->out + begin, c->a + begin, end - begin, c->z, &c->part[begin / c->len]);
}

void poly_div_linear(fr *q, fr *value, const fr *p, size_t n, const fr *z, struct pool *pool)
{
    assert(n >= 1);
    const fr at = *z;
    struct chunks c = {.a = p, .z = &at, .out = q};
    chunks_run(&c, n, eval_body, pool);
    fr v = chunks_horner(&c, n);
    /* A chunk's carry is the sum over all later chunks. */
    size_t count = (n + c.len - 1) / c.len;
    for (size_t i = 0; i + 1 < count; i++) c.part[i] = c.part[i + 1];
    c.part[count - 1] = FR_ZERO;
    pool_for_range(pool, n, c.len, div_body, &c);
    if (value != NULL) *value = v;
}

/* ---- element by element */

struct elements {
    fr *out;
    const fr *c;
    const fr *a;
    const fr *const *polys;
    size_t n_polys;
};

static void add_scaled_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct elements *e = ctx;
    (void)worker;
    fr_kernels()->axpy(e->out + begin, e->c, e->a + begin, end - begin);
}

void poly_add_scaled(fr *acc, const fr *c, const fr *p, size_t n, struct pool *pool)
{
    const fr factor = *c;
    struct elements e = {.out = acc, .c = &factor, .a = p};
    pool_for_range(pool, n, POLY_GRAIN, add_scaled_body, &e);
}

static void scale_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct elements *e = ctx;
    (void)worker;
    fr_kernels()->scale(e->out + begin, e->a + begin, e->c, end - begin);
}

void poly_scale(fr *out, const fr *c, const fr *p, size_t n, struct pool *pool)
{
    const fr factor = *c;
    struct elements e = {.out = out, .c = &factor, .a = p};
    pool_for_range(pool, n, POLY_GRAIN, scale_body, &e);
}

static void combine_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct elements *e = ctx;
    (void)worker;
    kernel()->combine(e->out + begin, e->c, e->polys, e->n_polys, begin, end - begin);
}

void poly_combine(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t n, struct pool *pool)
{
    if (n_polys == 0) {
        for (size_t i = 0; i < n; i++) out[i] = FR_ZERO;
        return;
    }
    struct elements e = {.out = out, .c = c, .polys = polys, .n_polys = n_polys};
    pool_for_range(pool, n, POLY_GRAIN, combine_body, &e);
}

/* ---- powers, prefix products and sums */

static void powers_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    fr first;
    (void)worker;
    fr_pow_u64_vartime(&first, c->z, begin);
    fr_mul(&first, &first, c->a);
    kernel()->powers(c->out + begin, &first, c->z, end - begin);
}

void poly_powers(fr *out, const fr *first, const fr *base, size_t n, struct pool *pool)
{
    const fr start = *first;
    const fr step = *base;
    struct chunks c = {.a = &start, .z = &step, .out = out};
    chunks_run(&c, n, powers_body, pool);
}

static void product_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    kernel()->product(&c->part[begin / c->len], c->a + begin, end - begin);
}

static void prefix_product_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    kernel()->prefix_product(c->out + begin, c->a + begin, end - begin, &c->part[begin / c->len]);
}

void poly_prefix_product(fr *out, fr *total, const fr *in, size_t n, struct pool *pool)
{
    struct chunks c = {.a = in, .out = out};
    chunks_run(&c, n, product_body, pool);
    fr x = FR_ONE;
    for (size_t i = 0; i * c.len < n; i++) {
        fr t;
        fr_mul(&t, &x, &c.part[i]);
        c.part[i] = x;
        x = t;
    }
    pool_for_range(pool, n, c.len, prefix_product_body, &c);
    if (total != NULL) *total = x;
}

static void sum_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    fr s = FR_ZERO;
    for (size_t i = begin; i < end; i++) fr_add(&s, &s, &c->a[i]);
    c->part[begin / c->len] = s;
}

static void prefix_sum_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    fr s = c->part[begin / c->len];
    for (size_t i = begin; i < end; i++) {
        fr t;
        fr_add(&t, &s, &c->a[i]);
        c->out[i] = s;
        s = t;
    }
}

void poly_prefix_sum(fr *out, fr *total, const fr *in, size_t n, struct pool *pool)
{
    struct chunks c = {.a = in, .out = out};
    chunks_run(&c, n, sum_body, pool);
    fr s = FR_ZERO;
    for (size_t i = 0; i * c.len < n; i++) {
        fr t;
        fr_add(&t, &s, &c.part[i]);
        c.part[i] = s;
        s = t;
    }
    pool_for_range(pool, n, c.len, prefix_sum_body, &c);
    if (total != NULL) *total = s;
}

static void dot_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    kernel()->dot(&c->part[begin / c->len], c->a + begin, c->b + begin, end - begin);
}

void poly_dot(fr *out, const fr *a, const fr *b, size_t n, struct pool *pool)
{
    struct chunks c = {.a = a, .b = b};
    chunks_run(&c, n, dot_body, pool);
    fr s = FR_ZERO;
    for (size_t i = 0; i * c.len < n; i++) fr_add(&s, &s, &c.part[i]);
    *out = s;
}

/* ---- inverses */

/* Long enough that the one inversion a chunk is lost in its products. */
#define BATCH_INV_CHUNK 4096

struct batch_inv {
    fr *out;
    const fr *in;
    fr *scratch; /* BATCH_INV_CHUNK elements a thread */
};

static void batch_inv_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct batch_inv *b = ctx;
    fr_kernels()->batch_inv(b->out + begin, b->in + begin, end - begin, b->scratch + worker * (size_t)BATCH_INV_CHUNK);
}

size_t poly_batch_inv_scratch_len(size_t n, const struct pool *pool)
{
    (void)n;
    return pool_threads(pool) * BATCH_INV_CHUNK * sizeof(fr);
}

zk_err poly_batch_inv(fr *out, const fr *in, size_t n, struct pool *pool, struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    struct batch_inv b = {.out = out, .in = in};
    b.scratch = arena_push_bytes(scratch, 1, poly_batch_inv_scratch_len(n, pool));
    if (b.scratch == NULL) return ZK_ERR_FULL;
    pool_for_range(pool, n, BATCH_INV_CHUNK, batch_inv_body, &b);
    arena_release(scratch, mark);
    return ZK_OK;
}

/* ---- domains */

void poly_vanishing(fr *out, unsigned log_n, const fr *z)
{
    const fr one = FR_ONE;
    fr x = *z;
    for (unsigned i = 0; i < log_n; i++) fr_sqr(&x, &x);
    fr_sub(out, &x, &one);
}

/* L_i(z) = omega^i (z^n - 1) / (n (z - omega^i)); on H itself the quotient is 0 / 0 only at z = omega^i. */
void poly_lagrange(fr *out, const struct ntt_domain *d, size_t i, const fr *z)
{
    fr root, x, y;
    assert(i >> ntt_domain_log_n(d) == 0);
    fr_pow_u64_vartime(&root, ntt_domain_omega(d), i);
    fr_sub(&x, z, &root);
    if (fr_is_zero(&x)) {
        *out = FR_ONE;
        return;
    }
    fr_inv_vartime(&x, &x);
    poly_vanishing(&y, ntt_domain_log_n(d), z);
    fr_mul(&y, &y, ntt_domain_n_inv(d));
    fr_mul(&y, &y, &root);
    fr_mul(out, &y, &x);
}

static void minus_from_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct elements *e = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) fr_sub(&e->out[i], e->c, &e->a[i]);
}

static void mul_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct elements *e = ctx;
    (void)worker;
    fr_kernels()->mul(e->out + begin, e->out + begin, e->a + begin, end - begin);
}

zk_err poly_lagrange_all(fr *out, const struct ntt_domain *d, const fr *z, struct pool *pool, struct arena *scratch)
{
    size_t n = (size_t)1 << ntt_domain_log_n(d);
    size_t mark = arena_mark(scratch);
    const fr one = FR_ONE;
    const fr at = *z;
    fr y;
    zk_err err = ZK_ERR_FULL;
    fr *root = arena_push(scratch, fr, n);
    if (root == NULL) goto out;

    struct elements e = {.out = out, .c = &at, .a = root};
    poly_powers(root, &one, ntt_domain_omega(d), n, pool);
    pool_for_range(pool, n, POLY_GRAIN, minus_from_body, &e);
    poly_vanishing(&y, ntt_domain_log_n(d), &at);
    if (fr_is_zero(&y)) { /* z in H: one of the L_i is 1, all others are 0 */
        for (size_t i = 0; i < n; i++) out[i] = fr_is_zero(&out[i]) ? FR_ONE : FR_ZERO;
        err = ZK_OK;
        goto out;
    }
    err = poly_batch_inv(out, out, n, pool, scratch);
    if (err != ZK_OK) goto out;
    fr_mul(&y, &y, ntt_domain_n_inv(d));
    poly_scale(root, &y, root, n, pool);
    pool_for_range(pool, n, POLY_GRAIN, mul_body, &e);
out:
    arena_release(scratch, mark);
    return err;
}

zk_err poly_eval_values(fr *out, const struct ntt_domain *d, const fr *values, const fr *z, struct pool *pool,
                        struct arena *scratch)
{
    size_t n = (size_t)1 << ntt_domain_log_n(d);
    size_t mark = arena_mark(scratch);
    zk_err err = ZK_ERR_FULL;
    fr *weight = arena_push(scratch, fr, n);
    if (weight == NULL) goto out;
    err = poly_lagrange_all(weight, d, z, pool, scratch);
    if (err == ZK_OK) poly_dot(out, values, weight, n, pool);
out:
    arena_release(scratch, mark);
    return err;
}
