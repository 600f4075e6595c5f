/* Transforms by size, direction, threads and number of polynomials. */
#include "poly/ntt.h"

#include "base/bench.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>

#define POLYS 8

struct work {
    struct ntt_domain *d;
    fr *polys[POLYS];
    size_t n_polys;
    fr shift;
    struct pool *pool;
    struct arena *scratch;
};

static void check(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "ntt_bench: %s\n", zk_err_message());
    exit(1);
}

static void forward(void *ctx)
{
    struct work *w = ctx;
    check(ntt_forward(w->d, w->polys, w->n_polys, w->pool, w->scratch));
}

static void inverse(void *ctx)
{
    struct work *w = ctx;
    check(ntt_inverse(w->d, w->polys, w->n_polys, w->pool, w->scratch));
}

static void forward_coset(void *ctx)
{
    struct work *w = ctx;
    check(ntt_forward_coset(w->d, w->polys, w->n_polys, &w->shift, w->pool, w->scratch));
}

static void inverse_coset(void *ctx)
{
    struct work *w = ctx;
    check(ntt_inverse_coset(w->d, w->polys, w->n_polys, &w->shift, w->pool, w->scratch));
}

static void measure(const struct bench_options *o, struct work *w, const char *what, void (*fn)(void *))
{
    char name[64];
    unsigned log_n = ntt_domain_log_n(w->d);
    (void)snprintf(name, sizeof name, "ntt%s_%u%s", what, log_n, w->n_polys > 1 ? "_x8" : "");
    int repeats = log_n >= 22 || w->n_polys > 1 ? 5 : 15;
    if (o->tiny) repeats = 1;
    const struct bench_result r = {
        .name = name, .value = bench_median_s(fn, w, 1, repeats), .unit = "s", .threads = pool_threads(w->pool)};
    bench_report(o, &r);
}

static void size_run(const struct bench_options *o, unsigned log_n, struct pool *pool)
{
    struct arena arena;
    struct prng rng;
    size_t n = (size_t)1 << log_n;
    struct work w = {.pool = pool, .scratch = &arena};
    check(arena_map(&arena, (size_t)16 << 30));
    check(ntt_domain_create(&w.d, log_n, pool, &arena));
    prng_seed(&rng, log_n);
    fr_random(&w.shift, &rng);
    size_t room = log_n <= 20 ? POLYS : 1;
    for (size_t i = 0; i < room; i++) {
        w.polys[i] = arena_push(&arena, fr, n);
        if (w.polys[i] == NULL) check(ZK_ERR_FULL);
        for (size_t k = 0; k < n; k++) fr_random(&w.polys[i][k], &rng);
    }
    w.n_polys = 1;
    measure(o, &w, "", forward);
    measure(o, &w, "_inverse", inverse);
    measure(o, &w, "_coset", forward_coset);
    measure(o, &w, "_inverse_coset", inverse_coset);
    if (room > 1) {
        w.n_polys = room;
        measure(o, &w, "", forward);
        measure(o, &w, "_coset", forward_coset);
    }
    bench_keep(w.polys[0]);
    arena_unmap(&arena);
}

int main(int argc, char **argv)
{
    static const unsigned sizes[] = {16, 18, 20, 22};
    static const unsigned tiny[] = {4, 10};
    struct bench_options o;
    bench_begin(&o, "ntt", argc, argv);
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct pool *pool;
        if (o.threads != 0 && threads != o.threads) continue;
        check(pool_create(&pool, threads));
        size_t count = o.tiny ? ZK_COUNT(tiny) : ZK_COUNT(sizes);
        for (size_t i = 0; i < count; i++) size_run(&o, o.tiny ? tiny[i] : sizes[i], pool);
        pool_destroy(pool);
    }
    return 0;
}
