/* The 8-lane forms of fr8.h in registers, in ns an element: what a kernel that keeps its operands there can reach. */
#include "field/fr8.h"

#include "base/bench.h"

#include <stdio.h>

#define STEPS 2000

static fr one_memory[8];

/* Two chains that do not wait for each other. */
static void run_mul(void *ctx)
{
    (void)ctx;
    fr8 x = fr8_load(one_memory);
    fr8 y = fr8_one();
    const fr8 c = x;
    for (size_t i = 0; i < STEPS; i++) {
        x = fr8_mul(x, c);
        y = fr8_mul(y, c);
    }
    fr8_store(one_memory, fr8_carry(fr8_add(fr8_reduce_lazy(x), fr8_reduce_lazy(y))));
}

static void run_sqr(void *ctx)
{
    (void)ctx;
    fr8 x = fr8_load(one_memory);
    fr8 y = fr8_one();
    for (size_t i = 0; i < STEPS; i++) {
        x = fr8_sqr(x);
        y = fr8_sqr(y);
    }
    fr8_store(one_memory, fr8_carry(fr8_add(fr8_reduce_lazy(x), fr8_reduce_lazy(y))));
}

static void run_mul_chain(void *ctx)
{
    (void)ctx;
    fr8 x = fr8_load(one_memory);
    const fr8 c = x;
    for (size_t i = 0; i < STEPS; i++) x = fr8_mul(x, c);
    fr8_store(one_memory, x);
}

static void report(const struct bench_options *o, const char *name, void (*run)(void *), double elements)
{
    double s = bench_median_s(run, NULL, 1, o->tiny ? 1 : 101);
    bench_report(o, &(struct bench_result){.name = name, .value = s * 1e9 / elements, .unit = "ns", .threads = 1});
}

int main(int argc, char **argv)
{
    struct bench_options options;
    bench_begin(&options, "field: eight lanes in registers", argc, argv);
    if (cpu_level_get() < CPU_IFMA) {
        (void)printf("  skipped: needs AVX-512 IFMA\n");
        return 0;
    }
    for (int i = 0; i < 8; i++) one_memory[i] = FR_ONE;
    report(&options, "fr_mul_8lane_reg", run_mul, 16.0 * STEPS);
    report(&options, "fr_sqr_8lane_reg", run_sqr, 16.0 * STEPS);
    report(&options, "fr_mul_8lane_chain", run_mul_chain, 8.0 * STEPS);
    return 0;
}
