/* Seconds of one multi-scalar multiplication: variable and fixed base; scalars of full length, small, and mostly 0. */
#include "curve/msm.h"

#include "base/arena.h"
#include "base/bench.h"
#include "base/cpu.h"
#include "base/pool.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_LEN ((size_t)8 << 30) /* of address space */
#define BASIS_BYTES ((size_t)1 << 30) /* of tables */

struct work {
    const g1_affine *points;
    const fr *scalars;
    const struct msm_basis *basis; /* NULL: variable base */
    size_t n;
    struct pool *pool;
    struct arena scratch;
    g1_jac out;
};

static void must(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "msm_bench: %s\n", zk_err_message());
    exit(1);
}

static void run(void *ctx)
{
    struct work *w = ctx;
    if (w->basis != NULL) {
        must(g1_msm_fixed(&w->out, w->basis, w->scalars, w->n, w->pool, &w->scratch));
    } else {
        must(g1_msm(&w->out, w->points, w->scalars, w->n, w->pool, &w->scratch));
    }
    bench_keep(&w->out);
}

/* g, 2g, 3g, ..: one addition a point and one inversion. */
static void make_points(g1_affine *points, size_t n, struct prng *rng, struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    g1_jac *jac = arena_push(scratch, g1_jac, n);
    g1_jac acc = G1_JAC_INF;
    g1_affine g;
    g1_random(&g, rng);
    if (jac == NULL) must(ZK_ERR_FULL);
    for (size_t i = 0; i < n; i++) {
        g1_jac_add_mixed(&acc, &acc, &g);
        jac[i] = acc;
    }
    must(g1_jac_batch_to_affine(points, jac, n, scratch));
    arena_release(scratch, mark);
}

enum { FULL, BITS_16, BITS_64, SPARSE };

static void make_scalars(fr *s, size_t n, int kind, struct prng *rng)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = prng_u64(rng);
        fr_random(&s[i], rng);
        if (kind == BITS_16) fr_from_u64(&s[i], bits >> 48);
        if (kind == BITS_64) fr_from_u64(&s[i], bits);
        if (kind == SPARSE && bits % 16 != 0) s[i] = FR_ZERO;
    }
}

/* The scalar kernels take seconds above 2^16: one measurement of the plain case has to do there. */
static bool is_slow(void)
{
    return cpu_level_get() < CPU_IFMA;
}

static void report(const struct bench_options *o, struct work *w, unsigned log_n, const char *suffix, unsigned threads)
{
    char name[32];
    (void)snprintf(name, sizeof name, "msm_%u%s", log_n, suffix);
    must(pool_create(&w->pool, threads));
    int repeats = log_n >= 20 ? 5 : 11;
    if (o->tiny || (is_slow() && log_n > 16)) repeats = 1;
    double s = bench_median_s(run, w, repeats > 1, repeats);
    pool_destroy(w->pool);
    bench_report(o, &(struct bench_result){.name = name, .value = s, .unit = "s", .threads = threads});
}

static void report_all(const struct bench_options *o, struct work *w, unsigned log_n, const char *suffix)
{
    if (o->threads != 0) {
        report(o, w, log_n, suffix, o->threads);
    } else {
        for (unsigned threads = 1; threads <= 2; threads++) report(o, w, log_n, suffix, threads);
    }
}

static void bench_size(const struct bench_options *o, struct work *w, fr *scalars, unsigned log_n, struct prng *rng,
                       struct arena *home)
{
    static const char *const suffixes[] = {
        [FULL] = "", [BITS_16] = "_16bit", [BITS_64] = "_64bit", [SPARSE] = "_sparse"};
    bool brief = is_slow() && log_n > 16;
    w->n = (size_t)1 << log_n;
    w->basis = NULL;
    for (int kind = FULL; kind <= (brief ? FULL : SPARSE); kind++) {
        make_scalars(scalars, w->n, kind, rng);
        report_all(o, w, log_n, suffixes[kind]);
    }
    if (brief) return;
    unsigned tables = msm_basis_tables_max(w->n);
    while (tables > 1 && msm_basis_len(w->n, tables) > BASIS_BYTES) tables--;
    size_t mark = arena_mark(home);
    struct msm_basis *basis;
    struct pool *pool;
    must(pool_create(&pool, 0));
    double begin = bench_now_s();
    must(msm_basis_create(&basis, w->points, w->n, tables, pool, home, &w->scratch));
    (void)printf("  basis of 2^%u: %u tables, %.2f s\n", log_n, tables, bench_now_s() - begin);
    pool_destroy(pool);
    w->basis = basis;
    make_scalars(scalars, w->n, FULL, rng);
    report_all(o, w, log_n, "_fixed");
    arena_release(home, mark);
}

int main(int argc, char **argv)
{
    static const unsigned sizes[] = {12, 16, 18, 20};
    struct bench_options o;
    struct work w = {0};
    struct arena home;
    struct prng rng;
    bench_begin(&o, "curve: multi-scalar multiplication in g1", argc, argv);
    prng_seed(&rng, 1);
    must(arena_map(&w.scratch, SCRATCH_LEN));
    must(arena_map(&home, SCRATCH_LEN));
    size_t n_sizes = o.tiny ? 1 : ZK_COUNT(sizes);
    size_t n = (size_t)1 << (o.tiny ? 8 : sizes[n_sizes - 1]);
    g1_affine *points = arena_push(&home, g1_affine, n);
    fr *scalars = arena_push(&home, fr, n);
    if (points == NULL || scalars == NULL) must(ZK_ERR_FULL);
    make_points(points, n, &rng, &w.scratch);
    w.points = points;
    w.scalars = scalars;
    for (size_t i = 0; i < n_sizes; i++) bench_size(&o, &w, scalars, o.tiny ? 8 : sizes[i], &rng, &home);
    (void)printf("  most scratch: %zu MiB\n", w.scratch.peak >> 20);
    arena_unmap(&home);
    arena_unmap(&w.scratch);
    return 0;
}
