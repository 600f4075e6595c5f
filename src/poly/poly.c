/* Long vectors are cut by length alone, so nothing depends on the number of threads.
 *
 * Sums that need no running value (a polynomial at a point, an inner product) go by chunks, at most POLY_CHUNKS.
 *
 * Recurrences (Horner's rule with its running value, prefix products) go by parts of equal length, at most POLY_PARTS,
 * in three steps: every part by itself; the parts' results one after the other, which gives each part its start; every
 * part once more. POLY_STREAMS parts that follow each other make a group, which a kernel runs side by side in its
 * lanes; what is left over at the end, less than a group, is done part by part. */
#include "poly/poly.h"

#include "poly/poly_kernel.h"

/* Enough for POOL_THREADS_MAX threads. */
#define POLY_CHUNKS 256
#define POLY_PARTS  (POLY_CHUNKS * POLY_STREAMS)

/* Shorter ones would cost more in their starts (a power of z, a step from part to part) than they gain. */
#define POLY_CHUNK_MIN 1024
#define POLY_PART_MIN  128

/* Element-wise loops are handed out in runs that stay in the first-level cache. */
#define POLY_GRAIN 512

/* The same for sums of many vectors, where every run prepares all factors anew. */
#define COMBINE_GRAIN 2048

static const struct poly_kernel *kernel(void)
{
#ifdef ZK_X86_64
    if (cpu_level_get() == CPU_IFMA) return &poly_kernel_ifma;
#endif
    return &poly_kernel_plain;
}

/* ---- chunks */

struct chunks {
    const struct poly_kernel *kernel;
    size_t len;
    const fr *a;
    const fr *b;
    fr *out;
    fr part[POLY_CHUNKS]; /* [i] belongs to the chunk that begins at i * len */
};

static void chunks_run(struct chunks *c, size_t n, pool_range_body body, struct pool *pool)
{
    c->kernel = kernel();
    c->len = (n + POLY_CHUNKS - 1) / POLY_CHUNKS;
    if (c->len < POLY_CHUNK_MIN) c->len = POLY_CHUNK_MIN;
    pool_for_range(pool, n, c->len, body, c);
}

static void eval_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    c->kernel->eval(&c->part[begin / c->len], c->a + begin, end - begin, c->b);
}

void poly_eval(fr *out, const fr *p, size_t n, const fr *z, struct pool *pool)
{
    struct chunks c;
    fr z_len;
    c.a = p;
    c.b = z;
    chunks_run(&c, n, eval_body, pool);
    fr_pow_u64_vartime(&z_len, z, c.len);
    poly_one_horner(out, c.part, (n + c.len - 1) / c.len, &z_len);
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
    const fr at = *z; /* out may hold z */
    /* Long polynomials go through all threads one by one, so that the threads end together. */
    if (n >= POLY_CHUNK_MIN * POLY_CHUNKS) {
        for (size_t i = 0; i < n_polys; i++) poly_eval(&out[i], polys[i], n, &at, pool);
        return;
    }
    struct eval_many e = {out, polys, n, &at};
    pool_for_range(pool, n_polys, 1, eval_many_body, &e);
}

static void dot_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    (void)worker;
    c->kernel->dot(&c->part[begin / c->len], c->a + begin, c->b + begin, end - begin);
}

void poly_dot(fr *out, const fr *a, const fr *b, size_t n, struct pool *pool)
{
    struct chunks c;
    c.a = a;
    c.b = b;
    chunks_run(&c, n, dot_body, pool);
    poly_one_sum(out, c.part, (n + c.len - 1) / c.len);
}

static void powers_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chunks *c = ctx;
    fr first;
    (void)worker;
    fr_pow_u64_vartime(&first, c->b, begin);
    fr_mul(&first, &first, c->a);
    c->kernel->powers(c->out + begin, &first, c->b, end - begin);
}

void poly_powers(fr *out, const fr *first, const fr *base, size_t n, struct pool *pool)
{
    const fr start = *first; /* out may hold either */
    const fr step = *base;
    struct chunks c;
    c.a = &start;
    c.b = &step;
    c.out = out;
    chunks_run(&c, n, powers_body, pool);
}

/* ---- recurrences */

struct scan;

struct parts {
    const struct poly_kernel *kernel;
    size_t n;
    size_t len; /* of a part, but for the last; a multiple of 8 */
    size_t count;
    size_t groups; /* the first groups * POLY_STREAMS parts */
    const fr *in;
    const fr *z;             /* Horner's rule only */
    const struct scan *scan; /* running products and sums only */
    fr *out;
    fr part[POLY_PARTS]; /* results of parts, then their starts */
};

static void parts_init(struct parts *p, fr *out, const fr *in, size_t n, const fr *z)
{
    size_t len = (n + POLY_PARTS - 1) / POLY_PARTS;
    p->kernel = kernel();
    p->n = n;
    p->len = len < POLY_PART_MIN ? POLY_PART_MIN : (len + 7) / 8 * 8;
    p->count = (n + p->len - 1) / p->len;
    p->groups = n / (p->len * POLY_STREAMS);
    p->in = in;
    p->z = z;
    p->out = out;
}

/* Bodies get indices of groups, and above them of single parts. */
static void parts_run(struct parts *p, pool_range_body body, struct pool *pool)
{
    pool_for_range(pool, p->groups + p->count - p->groups * POLY_STREAMS, 1, body, p);
}

/* The part that index i begins with, and for a single part its length; 0 for a group. */
static size_t part_of(const struct parts *p, size_t i, size_t *single_len)
{
    *single_len = 0;
    if (i < p->groups) return i * POLY_STREAMS;
    size_t part = p->groups * POLY_STREAMS + i - p->groups;
    *single_len = p->n - part * p->len < p->len ? p->n - part * p->len : p->len;
    return part;
}

static void horner_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct parts *p = ctx;
    size_t len;
    (void)end;
    (void)worker;
    size_t i = part_of(p, begin, &len);
    if (len == 0)
        p->kernel->horner(&p->part[i], p->in + i * p->len, p->len, p->z);
    else
        poly_one_horner(&p->part[i], p->in + i * p->len, len, p->z);
}

static void div_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct parts *p = ctx;
    size_t len;
    (void)end;
    (void)worker;
    size_t i = part_of(p, begin, &len);
    size_t at = i * p->len;
    if (len == 0)
        p->kernel->div_linear(p->out + at, p->in + at, p->len, p->z, &p->part[i]);
    else
        poly_one_div_linear(p->out + at, p->in + at, len, p->z, &p->part[i]);
}

void poly_div_linear(fr *q, fr *value, const fr *p, size_t n, const fr *z, struct pool *pool)
{
    const fr at = *z; /* q may hold z */
    struct parts s;
    const fr zero = FR_ZERO;
    fr z_len;
    assert(n >= 1);
    parts_init(&s, q, p, n, &at);
    parts_run(&s, horner_body, pool);
    fr_pow_u64_vartime(&z_len, &at, s.len);
    fr v;
    poly_one_horner(&v, s.part, s.count, &z_len);
    /* A part starts with the value of all that is above it. */
    poly_one_div_linear(s.part, s.part, s.count, &z_len, &zero);
    parts_run(&s, div_body, pool);
    if (value != NULL) *value = v;
}

/* A running product or sum: of the groups of parts, and of single parts. */
struct scan {
    void (*all)(fr *out, const fr *in, size_t len);
    void (*all_one)(fr *out, const fr *in, size_t len);
    void (*prefix)(fr *out, const fr *in, size_t len, const fr *start);
    void (*prefix_one)(fr *out, const fr *in, size_t len, const fr *start);
    fr neutral;
};

static void all_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct parts *p = ctx;
    size_t len;
    (void)end;
    (void)worker;
    size_t i = part_of(p, begin, &len);
    if (len == 0)
        p->scan->all(&p->part[i], p->in + i * p->len, p->len);
    else
        p->scan->all_one(&p->part[i], p->in + i * p->len, len);
}

static void prefix_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct parts *p = ctx;
    size_t len;
    (void)end;
    (void)worker;
    size_t i = part_of(p, begin, &len);
    size_t at = i * p->len;
    if (len == 0)
        p->scan->prefix(p->out + at, p->in + at, p->len, &p->part[i]);
    else
        p->scan->prefix_one(p->out + at, p->in + at, len, &p->part[i]);
}

static void scan_run(fr *out, fr *total, const fr *in, size_t n, const struct scan *scan, struct pool *pool)
{
    struct parts p;
    fr x;
    parts_init(&p, out, in, n, NULL);
    p.scan = scan;
    parts_run(&p, all_body, pool);
    scan->all_one(&x, p.part, p.count);
    scan->prefix_one(p.part, p.part, p.count, &scan->neutral);
    parts_run(&p, prefix_body, pool);
    if (total != NULL) *total = x;
}

void poly_prefix_product(fr *out, fr *total, const fr *in, size_t n, struct pool *pool)
{
    const struct poly_kernel *k = kernel();
    const struct scan products = {k->product, poly_one_product, k->prefix_product, poly_one_prefix_product, FR_ONE};
    scan_run(out, total, in, n, &products, pool);
}

void poly_prefix_sum(fr *out, fr *total, const fr *in, size_t n, struct pool *pool)
{
    const struct poly_kernel *k = kernel();
    const struct scan sums = {k->sum, poly_one_sum, k->prefix_sum, poly_one_prefix_sum, FR_ZERO};
    scan_run(out, total, in, n, &sums, pool);
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
    pool_for_range(pool, n, COMBINE_GRAIN, combine_body, &e);
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
