/* Vector functions of poly.h: nanoseconds an element, on one and two threads. */
#include "poly/poly.h"

#include "base/bench.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>

#define TERMS 16

struct work {
    size_t n;
    fr *a, *b, *out;
    fr z, result;
    fr c[TERMS];
    const fr *polys[TERMS];
    struct pool *pool;
    struct arena arena;
};

static void check(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "poly_bench: %s\n", zk_err_message());
    exit(1);
}

#define RUN(name, call)                                                                                                \
    static void name(void *ctx)                                                                                        \
    {                                                                                                                  \
        struct work *w = ctx;                                                                                          \
        call;                                                                                                          \
        bench_keep(w->out);                                                                                            \
    }

RUN(run_eval, poly_eval(&w->result, w->a, w->n, &w->z, w->pool))
RUN(run_div_linear, poly_div_linear(w->out, NULL, w->a, w->n, &w->z, w->pool))
RUN(run_prefix_product, poly_prefix_product(w->out, NULL, w->a, w->n, w->pool))
RUN(run_prefix_sum, poly_prefix_sum(w->out, NULL, w->a, w->n, w->pool))
RUN(run_powers, poly_powers(w->out, &w->z, &w->z, w->n, w->pool))
RUN(run_dot, poly_dot(&w->result, w->a, w->b, w->n, w->pool))
RUN(run_add_scaled, poly_add_scaled(w->out, &w->z, w->a, w->n, w->pool))
RUN(run_combine, poly_combine(w->out, w->c, w->polys, TERMS, w->n, w->pool))
RUN(run_batch_inv, check(poly_batch_inv(w->out, w->a, w->n, w->pool, &w->arena)))

static const struct {
    const char *name;
    void (*fn)(void *);
} benches[] = {
    {"poly_eval", run_eval},
    {"poly_div_linear", run_div_linear},
    {"poly_prefix_product", run_prefix_product},
    {"poly_prefix_sum", run_prefix_sum},
    {"poly_powers", run_powers},
    {"poly_dot", run_dot},
    {"poly_add_scaled", run_add_scaled},
    {"poly_combine_x16", run_combine},
    {"poly_batch_inv", run_batch_inv},
};

int main(int argc, char **argv)
{
    struct bench_options o;
    struct prng rng;
    bench_begin(&o, "poly", argc, argv);
    struct work w = {.n = (size_t)1 << (o.tiny ? 12 : 20)};
    check(arena_map(&w.arena, (size_t)1 << 30));
    w.a = arena_push(&w.arena, fr, w.n);
    w.b = arena_push(&w.arena, fr, w.n);
    w.out = arena_push(&w.arena, fr, w.n);
    if (w.a == NULL || w.b == NULL || w.out == NULL) check(ZK_ERR_FULL);
    prng_seed(&rng, 1);
    fr_random(&w.z, &rng);
    for (size_t i = 0; i < w.n; i++) {
        fr_random(&w.a[i], &rng);
        fr_random(&w.b[i], &rng);
        w.out[i] = w.b[i];
    }
    for (size_t i = 0; i < TERMS; i++) {
        fr_random(&w.c[i], &rng);
        w.polys[i] = i % 2 ? w.a : w.b;
    }
    for (unsigned threads = 1; threads <= 2; threads++) {
        if (o.threads != 0 && threads != o.threads) continue;
        check(pool_create(&w.pool, threads));
        for (size_t i = 0; i < ZK_COUNT(benches); i++) {
            double s = bench_median_s(benches[i].fn, &w, 1, o.tiny ? 1 : 9);
            const struct bench_result r = {
                .name = benches[i].name, .value = s * 1e9 / (double)w.n, .unit = "ns", .threads = threads};
            bench_report(&o, &r);
        }
        pool_destroy(w.pool);
    }
    arena_unmap(&w.arena);
    return 0;
}
