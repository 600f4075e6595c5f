#include "base/bench.h"

#include "base/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print_machine(void)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    if (f == NULL) return;
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "model name", 10) != 0) continue;
        const char *colon = strchr(line, ':');
        if (colon != NULL) (void)printf("  machine%s", colon);
        break;
    }
    (void)fclose(f);
}

void bench_begin(struct bench_options *o, const char *title, int argc, char **argv)
{
    *o = (struct bench_options){0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--tiny") == 0) {
            o->tiny = true;
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            o->threads = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            o->out_path = argv[++i];
        } else {
            (void)fprintf(stderr, "usage: %s [--tiny] [--threads N] [--out FILE.jsonl]\n", argv[0]);
            exit(2);
        }
    }
    (void)printf("%s\n", title);
    print_machine();
    (void)printf("  kernel: %s\n", cpu_level_str(cpu_level_get()));
}

double bench_now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, compare);
    return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

#define REPEATS_MAX 101

static double time_s(void (*fn)(void *ctx), void *ctx)
{
    double begin = bench_now_s();
    fn(ctx);
    return bench_now_s() - begin;
}

double bench_median_s(void (*fn)(void *ctx), void *ctx, int warmups, int repeats)
{
    double t[REPEATS_MAX];
    assert(repeats >= 1 && repeats <= REPEATS_MAX);
    for (int i = 0; i < warmups; i++) fn(ctx);
    for (int i = 0; i < repeats; i++) t[i] = time_s(fn, ctx);
    return median(t, repeats);
}

void bench_pair_s(double *a_s, double *b_s, void (*a)(void *), void *a_ctx, void (*b)(void *), void *b_ctx, int repeats)
{
    double ta[REPEATS_MAX];
    double tb[REPEATS_MAX];
    assert(repeats >= 1 && repeats <= REPEATS_MAX);
    for (int i = -1; i < repeats; i++) { /* the first pair warms up */
        int at = i < 0 ? 0 : i;
        ta[at] = time_s(a, a_ctx);
        tb[at] = time_s(b, b_ctx);
    }
    *a_s = median(ta, repeats);
    *b_s = median(tb, repeats);
}

void bench_report(const struct bench_options *o, const struct bench_result *r)
{
    const char *kernel = r->kernel != NULL ? r->kernel : cpu_level_str(cpu_level_get());
    size_t unit_len = strlen(r->unit);
    bool is_rate = unit_len >= 2 && strcmp(r->unit + unit_len - 2, "/s") == 0;
    double ratio = 0;
    if (r->peer != NULL) ratio = is_rate ? r->value / r->peer_value : r->peer_value / r->value;

    (void)printf("  %-28s %14.6g %-8s %2u thr  %-6s", r->name, r->value, r->unit, r->threads, kernel);
    if (r->peer != NULL) (void)printf("  %s %.6g, ratio %.2f", r->peer, r->peer_value, ratio);
    (void)printf("\n");
    (void)fflush(stdout);
    if (o->out_path == NULL) return;

    FILE *f = fopen(o->out_path, "a");
    if (f == NULL) {
        (void)fprintf(stderr, "cannot append to %s\n", o->out_path);
        exit(1);
    }
    (void)fprintf(f, "{\"name\":\"%s\",\"value\":%.9g,\"unit\":\"%s\",\"threads\":%u,\"kernel\":\"%s\",", r->name,
                  r->value, r->unit, r->threads, kernel);
    if (r->peer != NULL)
        (void)fprintf(f, "\"peer\":\"%s\",\"peer_value\":%.9g,\"ratio\":%.4g}\n", r->peer, r->peer_value, ratio);
    else
        (void)fprintf(f, "\"peer\":null,\"peer_value\":null,\"ratio\":null}\n");
    if (fclose(f) != 0) {
        (void)fprintf(stderr, "cannot write %s\n", o->out_path);
        exit(1);
    }
}
