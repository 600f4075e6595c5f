/* bench: timing, the printed table, and the JSON lines in build/bench/.
 *
 * A benchmark program takes `--tiny` (sizes that finish at once: how the test suite keeps it alive), `--threads N`, and
 * `--out FILE` to append its results as JSON lines with the fields
 *   name, value, unit, threads, kernel, peer, peer_value, ratio
 * `value` is the median over the repeats. `peer` names what it is compared with, measured in the same run, and ratio is
 * value/peer_value for rates and peer_value/value for times: above 1, we are better. Absent ones are null. */
#ifndef ZK_BASE_BENCH_H
#define ZK_BASE_BENCH_H

#include "base/common.h"

struct bench_options {
    bool tiny;
    unsigned threads;     /* 0: not given */
    const char *out_path; /* NULL: print only */
};

/* Prints machine, kernel and seed. Exits with 2 and a usage line on unknown flags. */
void bench_begin(struct bench_options *o, const char *title, int argc, char **argv);

/* Seconds on the monotonic clock. */
double bench_now_s(void);

/* Calls fn(ctx) `warmups` times, then `repeats` times, and gives the median seconds of one call. repeats <= 101. */
double bench_median_s(void (*fn)(void *ctx), void *ctx, int warmups, int repeats);

/* The same for two rivals, in turn A B A B ..., so that both see the same machine: the medians of each. */
void bench_pair_s(double *a_s, double *b_s, void (*a)(void *), void *a_ctx, void (*b)(void *), void *b_ctx,
                  int repeats);

struct bench_result {
    const char *name;
    double value;
    const char *unit; /* "ns", "s", "1/s", "bytes", "gas"; ends in "/s" for rates */
    unsigned threads;
    const char *kernel; /* NULL: cpu_level_str of the level in use */
    const char *peer;   /* NULL: none */
    double peer_value;
};

void bench_report(const struct bench_options *o, const struct bench_result *r);

/* Keeps the compiler from removing the computation of *p. */
ZK_INLINE void bench_keep(const void *p)
{
    __asm__ volatile("" : : "r"(p) : "memory");
}

#endif
