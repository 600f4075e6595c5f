/* metrics: what the node counts and measures, rendered as Prometheus text.
 *
 *   static struct metric *sealed;                                                 in the part's create function:
 *   sealed = metric_counter("zkroll_blocks_sealed_total", NULL, "blocks sealed");
 *   metric_add(sealed, 1);
 *
 * Names      zkroll_…; counters end in _total, times are histograms in seconds and end in _seconds. labels: NULL, or
 *            text such as `kernel="ifma",role="api"`, from the program alone: never from users, for each text is a
 *            series for ever.
 * Registry   one a process. Registering a name and labels again gives the same metric, so several nodes in one test
 *            count together. METRICS_MAX series; more, or another kind for a known name, is a bug.
 * Threads    any; updates are lock-free. */
#ifndef ZK_NODE_METRICS_H
#define ZK_NODE_METRICS_H

#include "base/common.h"

#define METRICS_MAX 512

struct metric;

/* Only rises. */
struct metric *metric_counter(const char *name, const char *labels, const char *help);
/* Goes up and down. */
struct metric *metric_gauge(const char *name, const char *labels, const char *help);
/* Times in seconds: buckets from 0.1 ms to 6,554 s, each twice the one before. */
struct metric *metric_seconds(const char *name, const char *labels, const char *help);

/* Of a counter. */
void metric_add(struct metric *m, uint64_t n);
/* Of a gauge. */
void metric_set(struct metric *m, double value);
/* Of a histogram. */
void metric_observe(struct metric *m, double seconds);

/* The value of a counter or gauge, the number of observations of a histogram. */
double metric_value(const struct metric *m);

/* The sum of a histogram's observations, in seconds. */
double metric_sum(const struct metric *m);

/* Seconds on the monotonic clock: what to take differences of. */
double metric_clock_s(void);

/* The whole registry in Prometheus's text format, version 0.0.4, with a NUL behind; sorted by name. The process's own
 * metrics (memory, processor time, open files, start time) are included. Returns owned (free). */
ZK_MUST_USE zk_err metrics_render(char **out, size_t *len);
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
