#include "node/metrics.h"

#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_SECONDS } metric_kind;

/* Bucket i holds observations up to 100 us * 2^i; the last one has no bound. */
#define BUCKETS      27
#define BUCKET_FIRST 1e-4

struct metric {
    const char *name, *labels, *help; /* copies */
    metric_kind kind;
    _Atomic uint64_t value; /* counter: the count; gauge: a double's bits; histogram: the sum in nanoseconds */
    _Atomic uint64_t buckets[BUCKETS + 1];
};

static struct {
    pthread_mutex_t lock;
    size_t n;
    struct metric all[METRICS_MAX];
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- registering */

static const char *copy(const char *text)
{
    char *made = strdup(text != NULL ? text : "");
    assert(made != NULL);
    return made;
}

static struct metric *find(const char *name, const char *labels)
{
    for (size_t i = 0; i < registry.n; i++)
        if (strcmp(registry.all[i].name, name) == 0 && strcmp(registry.all[i].labels, labels) == 0)
            return &registry.all[i];
    return NULL;
}

static struct metric *metric_register(metric_kind kind, const char *name, const char *labels, const char *help)
{
    (void)pthread_mutex_lock(&registry.lock);
    struct metric *m = find(name, labels != NULL ? labels : "");
    if (m == NULL) {
        assert(registry.n < METRICS_MAX);
        m = &registry.all[registry.n++];
        m->name = copy(name);
        m->labels = copy(labels);
        m->help = copy(help);
        m->kind = kind;
    }
    assert(m->kind == kind);
    (void)pthread_mutex_unlock(&registry.lock);
    return m;
}

struct metric *metric_counter(const char *name, const char *labels, const char *help)
{
    return metric_register(METRIC_COUNTER, name, labels, help);
}

struct metric *metric_gauge(const char *name, const char *labels, const char *help)
{
    return metric_register(METRIC_GAUGE, name, labels, help);
}

struct metric *metric_seconds(const char *name, const char *labels, const char *help)
{
    return metric_register(METRIC_SECONDS, name, labels, help);
}

/* ---- counting */

void metric_add(struct metric *m, uint64_t n)
{
    assert(m->kind == METRIC_COUNTER);
    atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

void metric_set(struct metric *m, double value)
{
    assert(m->kind == METRIC_GAUGE);
    atomic_store_explicit(&m->value, bits_of(value), memory_order_relaxed);
}

static double bucket_end(size_t i)
{
    return ldexp(BUCKET_FIRST, (int)i);
}

void metric_observe(struct metric *m, double seconds)
{
    assert(m->kind == METRIC_SECONDS);
    if (!(seconds > 0)) seconds = 0; /* a clock that went back, or not a number */
    size_t i = 0;
    while (i < BUCKETS && seconds > bucket_end(i)) i++;
    atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->value, (uint64_t)(fmin(seconds, 1e9) * 1e9), memory_order_relaxed);
}

static uint64_t observations(const struct metric *m)
{
    uint64_t n = 0;
    for (size_t i = 0; i <= BUCKETS; i++) n += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
    return n;
}

double metric_value(const struct metric *m)
{
    uint64_t value = atomic_load_explicit(&m->value, memory_order_relaxed);
    switch (m->kind) {
    case METRIC_COUNTER: return (double)value;
    case METRIC_GAUGE: return double_of(value);
    case METRIC_SECONDS: return (double)observations(m);
    }
    return 0;
}

double metric_sum(const struct metric *m)
{
    assert(m->kind == METRIC_SECONDS);
    return (double)atomic_load_explicit(&m->value, memory_order_relaxed) * 1e-9;
}

double metric_clock_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the process */

static size_t count_open_files(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    if (d == NULL) return 0;
    while (readdir(d) != NULL) n++;
    (void)closedir(d);
    return n > 3 ? n - 3 : 0; /* ".", "..", and the folder itself */
}

static double resident_bytes(void)
{
    unsigned long long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL) return 0;
    char line[128];
    if (fgets(line, sizeof line, f) != NULL) {
        char *end;
        size = strtoull(line, &end, 10);
        resident = strtoull(end, NULL, 10);
    }
    (void)fclose(f);
    (void)size;
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double processor_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void write_process(FILE *out)
{
    (void)fprintf(out,
                  "# HELP process_resident_memory_bytes memory in use\n"
                  "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %.0f\n",
                  resident_bytes());
    (void)fprintf(out,
                  "# HELP process_cpu_seconds_total processor time used\n"
                  "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.3f\n",
                  processor_seconds());
    (void)fprintf(out, "# HELP process_open_fds open files\n# TYPE process_open_fds gauge\nprocess_open_fds %zu\n",
                  count_open_files());
}

/* ---- rendering */

static const char *type_name(metric_kind kind)
{
    switch (kind) {
    case METRIC_COUNTER: return "counter";
    case METRIC_GAUGE: return "gauge";
    case METRIC_SECONDS: return "histogram";
    }
    return "untyped";
}

static void write_histogram(FILE *out, const struct metric *m)
{
    const char *comma = m->labels[0] != '\0' ? "," : "";
    uint64_t sum = 0;
    for (size_t i = 0; i <= BUCKETS; i++) {
        sum += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
        char end[32];
        if (i < BUCKETS)
            (void)snprintf(end, sizeof end, "%.10g", bucket_end(i));
        else
            (void)snprintf(end, sizeof end, "+Inf");
        (void)fprintf(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", m->name, m->labels, comma, end, (unsigned long long)sum);
    }
    const char *open = m->labels[0] != '\0' ? "{" : "", *close = m->labels[0] != '\0' ? "}" : "";
    double total = (double)atomic_load_explicit(&m->value, memory_order_relaxed) * 1e-9;
    (void)fprintf(out, "%s_sum%s%s%s %.9g\n", m->name, open, m->labels, close, total);
    (void)fprintf(out, "%s_count%s%s%s %llu\n", m->name, open, m->labels, close, (unsigned long long)sum);
}

static void write_metric(FILE *out, const struct metric *m)
{
    if (m->kind == METRIC_SECONDS) {
        write_histogram(out, m);
        return;
    }
    if (m->labels[0] != '\0')
        (void)fprintf(out, "%s{%s} %.17g\n", m->name, m->labels, metric_value(m));
    else
        (void)fprintf(out, "%s %.17g\n", m->name, metric_value(m));
}

static int by_name(const void *a, const void *b)
{
    const struct metric *const *x = a, *const *y = b;
    int names = strcmp((*x)->name, (*y)->name);
    return names != 0 ? names : strcmp((*x)->labels, (*y)->labels);
}

zk_err metrics_render(char **out, size_t *len)
{
    const struct metric *sorted[METRICS_MAX];
    (void)pthread_mutex_lock(&registry.lock);
    size_t n = registry.n;
    (void)pthread_mutex_unlock(&registry.lock);
    for (size_t i = 0; i < n; i++) sorted[i] = &registry.all[i];
    qsort(sorted, n, sizeof(const struct metric *), by_name);

    *out = NULL;
    *len = 0;
    FILE *f = open_memstream(out, len);
    if (f == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for metrics");
    write_process(f);
    for (size_t i = 0; i < n; i++) {
        const struct metric *m = sorted[i];
        if (i == 0 || strcmp(m->name, sorted[i - 1]->name) != 0)
            (void)fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, type_name(m->kind));
        write_metric(f, m);
    }
    if (fclose(f) == 0) return ZK_OK;
    free(*out);
    *out = NULL;
    return zk_fail(ZK_ERR_MEMORY, "no memory for metrics");
}
