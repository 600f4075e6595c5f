/* field_bench_tmpl: the benchmarks of field_bench.c, included once for fr and once for fq with
 *   FIELD, FN, CONST as in field_tmpl.h, and NAME, "fr" or "fq". */

#ifndef FIELD_BENCH_LEN
#define FIELD_BENCH_LEN                                                                                                \
    256                    /* elements an array: all stay in the first-level cache, so arithmetic is what is measured */
#define FIELD_BENCH_INV 16 /* how many of them are inverted one by one */
#endif

struct FN(work) {
    FIELD a[FIELD_BENCH_LEN];
    FIELD b[FIELD_BENCH_LEN];
    FIELD out[FIELD_BENCH_LEN];
    FIELD scratch[FIELD_BENCH_LEN];
    const struct FN(kernels) * k;
    size_t rounds; /* passes over the arrays in one timed call */
};

#define RUN(name, statement)                                                                                           \
    static void FN(run_##name)(void *ctx)                                                                              \
    {                                                                                                                  \
        struct FN(work) *w = ctx;                                                                                      \
        for (size_t r = 0; r < w->rounds; r++) {                                                                       \
            statement;                                                                                                 \
            bench_keep(w->out);                                                                                        \
        }                                                                                                              \
    }
#define EACH_OF(n, statement)                                                                                          \
    for (size_t i = 0; i < (n); i++) statement
#define EACH(statement) EACH_OF(FIELD_BENCH_LEN, statement)

RUN(kernel_mul, w->k->mul(w->out, w->a, w->b, FIELD_BENCH_LEN))
RUN(kernel_add, w->k->add(w->out, w->a, w->b, FIELD_BENCH_LEN))
RUN(kernel_axpy, w->k->axpy(w->out, w->b, w->a, FIELD_BENCH_LEN))
RUN(kernel_batch_inv, w->k->batch_inv(w->out, w->a, FIELD_BENCH_LEN, w->scratch))
RUN(mul, EACH(FN(mul)(&w->out[i], &w->a[i], &w->b[i])))         /* independent products, as in curve formulas */
RUN(mul_chain, EACH(FN(mul)(&w->out[0], &w->out[0], &w->b[i]))) /* each waits for the one before */
RUN(sqr, EACH(FN(sqr)(&w->out[i], &w->a[i])))
RUN(add, EACH(FN(add)(&w->out[i], &w->a[i], &w->b[i])))
RUN(inv, EACH_OF(FIELD_BENCH_INV, FN(inv)(&w->out[i], &w->a[i])))
RUN(inv_vartime, EACH_OF(FIELD_BENCH_INV, FN(inv_vartime)(&w->out[i], &w->a[i])))
RUN(fermat, EACH_OF(FIELD_BENCH_INV, FN(pow)(&w->out[i], &w->a[i], (const uint64_t[4])CONST(MINUS_TWO_L))))

#undef RUN
#undef EACH
#undef EACH_OF

/* Times `run` with the kernels in use and `rival` with the plain ones, in turn, and reports both in ns an element; one
 * pass handles `elements`. A timed call is kept short against the scheduler's time slice, so that most calls are not
 * interrupted and the median is one of them. */
static void FN(compare)(const struct bench_options *o, const char *name, void (*run)(void *), const char *peer,
                        void (*rival)(void *), size_t elements)
{
    static struct FN(work) ours;
    static struct FN(work) theirs;
    struct prng rng;
    prng_seed(&rng, FIELD_BENCH_LEN);
    for (size_t i = 0; i < FIELD_BENCH_LEN; i++) {
        FN(random)(&ours.a[i], &rng);
        FN(random)(&ours.b[i], &rng);
    }
    ours.rounds = o->tiny ? 1 : elements == FIELD_BENCH_INV ? 1 : 20;
    theirs = ours;
    ours.k = FN(kernels)();
    theirs.k = FN(kernels_of)(CPU_PLAIN);
    double ours_s;
    double theirs_s;
    bench_pair_s(&ours_s, &theirs_s, run, &ours, rival, &theirs, o->tiny ? 1 : 101);
    double scale = 1e9 / (double)(ours.rounds * elements);
    bench_report(o, &(struct bench_result){.name = name,
                                           .value = ours_s * scale,
                                           .unit = "ns",
                                           .threads = 1,
                                           .peer = peer,
                                           .peer_value = theirs_s * scale});
}

static void FN(bench)(const struct bench_options *o)
{
    FN(compare)(o, NAME "_mul", FN(run_mul), "plain", FN(run_kernel_mul), FIELD_BENCH_LEN);
    FN(compare)(o, NAME "_mul_chain", FN(run_mul_chain), "plain", FN(run_kernel_mul), FIELD_BENCH_LEN);
    FN(compare)(o, NAME "_sqr", FN(run_sqr), "plain", FN(run_kernel_mul), FIELD_BENCH_LEN);
    FN(compare)(o, NAME "_add", FN(run_add), "plain", FN(run_kernel_add), FIELD_BENCH_LEN);
    FN(compare)(o, NAME "_mul_8lane", FN(run_kernel_mul), "plain", FN(run_kernel_mul), FIELD_BENCH_LEN);
    FN(compare)(o, NAME "_add_8lane", FN(run_kernel_add), "plain", FN(run_kernel_add), FIELD_BENCH_LEN);
    FN(compare)(o, NAME "_axpy_8lane", FN(run_kernel_axpy), "plain", FN(run_kernel_axpy), FIELD_BENCH_LEN);
    FN(compare)(o, NAME "_inv", FN(run_inv), "fermat", FN(run_fermat), FIELD_BENCH_INV);
    FN(compare)(o, NAME "_inv_vartime", FN(run_inv_vartime), "fermat", FN(run_fermat), FIELD_BENCH_INV);
    FN(compare)(o, NAME "_batch_inv", FN(run_kernel_batch_inv), "plain", FN(run_kernel_batch_inv), FIELD_BENCH_LEN);
}
