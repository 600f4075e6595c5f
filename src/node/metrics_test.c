#include "base/test.h"
#include "node/metrics.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_line(const char *line)
{
    char *text, want[200];
    size_t len;
    CHECK_OK(metrics_render(&text, &len));
    CHECK_EQ_U64(strlen(text), len);
    CHECK(len > 0 && text[len - 1] == '\n');
    (void)snprintf(want, sizeof want, "\n%s\n", line);
    bool found = strstr(text, want) != NULL;
    free(text);
    return found;
}

static void test_register__gives_the_same_metric_again(struct prng *rng)
{
    (void)rng;
    struct metric *a = metric_counter("t_same_total", NULL, "same");
    CHECK(a == metric_counter("t_same_total", NULL, "same"));
    CHECK(a != metric_counter("t_same_total", "x=\"1\"", "same"));
    metric_add(a, 3);
    metric_add(a, 4);
    CHECK(metric_value(a) == 7);
    CHECK(has_line("t_same_total 7"));
    CHECK(has_line("t_same_total{x=\"1\"} 0"));
    CHECK(has_line("# TYPE t_same_total counter"));
}

static void test_gauge__keeps_the_last_value(struct prng *rng)
{
    (void)rng;
    struct metric *g = metric_gauge("t_gauge", NULL, "gauge");
    metric_set(g, 12.5);
    metric_set(g, -0.25);
    CHECK(metric_value(g) == -0.25);
    CHECK(has_line("t_gauge -0.25"));
}

static void test_seconds__buckets_are_cumulative(struct prng *rng)
{
    (void)rng;
    struct metric *h = metric_seconds("t_wait_seconds", "kind=\"a\"", "waiting");
    metric_observe(h, 0);
    metric_observe(h, 1e-4); /* the first bucket's end belongs to it */
    metric_observe(h, 1.1e-4);
    metric_observe(h, 1e9);
    metric_observe(h, -5);
    metric_observe(h, NAN);
    CHECK(has_line("t_wait_seconds_bucket{kind=\"a\",le=\"0.0001\"} 4"));
    CHECK(has_line("t_wait_seconds_bucket{kind=\"a\",le=\"0.0002\"} 5"));
    CHECK(has_line("t_wait_seconds_bucket{kind=\"a\",le=\"6710.8864\"} 5"));
    CHECK(has_line("t_wait_seconds_bucket{kind=\"a\",le=\"+Inf\"} 6"));
    CHECK(has_line("t_wait_seconds_count{kind=\"a\"} 6"));
    CHECK(metric_value(h) == 6);
}

static void *add_many(void *arg)
{
    struct metric **m = arg;
    for (int i = 0; i < 20000; i++) {
        metric_add(m[0], 1);
        metric_observe(m[1], 0.001);
    }
    return NULL;
}

static void test_threads__lose_no_count(struct prng *rng)
{
    (void)rng;
    struct metric *m[2] = {metric_counter("t_threads_total", NULL, "c"),
                           metric_seconds("t_threads_seconds", NULL, "h")};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, add_many, m) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(metric_value(m[0]) == 80000);
    CHECK(metric_value(m[1]) == 80000);
}

/* Every line is a comment, or NAME[{LABELS}] NUMBER. */
static void test_render__every_line_has_the_form(struct prng *rng)
{
    (void)rng;
    char *text;
    size_t len;
    CHECK_OK(metrics_render(&text, &len));
    CHECK(strstr(text, "\nprocess_resident_memory_bytes ") != NULL);
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "# HELP ", 7) == 0 || strncmp(line, "# TYPE ", 7) == 0) continue;
        char *space = strrchr(line, ' '), *end;
        CHECK(space != NULL);
        (void)strtod(space + 1, &end);
        CHECK_MSG(*end == '\0' && end != space + 1, "not a number: %s", line);
        size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
        CHECK_MSG(name > 0 && (line[name] == ' ' || line[name] == '{'), "no name: %s", line);
    }
    free(text);
}

TEST_MAIN(TEST(test_register__gives_the_same_metric_again), TEST(test_gauge__keeps_the_last_value),
          TEST(test_seconds__buckets_are_cumulative), TEST(test_threads__lose_no_count),
          TEST(test_render__every_line_has_the_form))
