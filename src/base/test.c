#include "base/test.h"

#include "base/bytes.h"
#include "base/cpu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SEED_DEFAULT UINT64_C(20261123)

static const char *running = "";
static uint64_t seed = SEED_DEFAULT;

void test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list args;
    (void)fprintf(stderr, "FAIL %s (--seed %llu, ZK_CPU=%s)\n  %s:%d: ", running, (unsigned long long)seed,
                  cpu_level_str(cpu_level_get()), file, line);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

void test_check_bytes(const char *file, int line, const char *what, const void *want, const void *got, size_t n)
{
    if (n == 0 || memcmp(want, got, n) == 0) return;
    size_t i = 0;
    while (((const uint8_t *)want)[i] == ((const uint8_t *)got)[i]) i++;
    size_t shown = n - i < 32 ? n - i : 32;
    char want_hex[65];
    char got_hex[65];
    hex_encode(want_hex, (const uint8_t *)want + i, shown);
    hex_encode(got_hex, (const uint8_t *)got + i, shown);
    test_fail(file, line, "%s differs from byte %zu of %zu:\n  want %s\n  got  %s", what, i, n, want_hex, got_hex);
}

void test_check_u64(const char *file, int line, const char *what, uint64_t want, uint64_t got)
{
    if (want == got) return;
    test_fail(file, line, "%s: want %llu (0x%llx), got %llu (0x%llx)", what, (unsigned long long)want,
              (unsigned long long)want, (unsigned long long)got, (unsigned long long)got);
}

void test_check_str(const char *file, int line, const char *what, const char *want, const char *got)
{
    if (got != NULL && strcmp(want, got) == 0) return;
    test_fail(file, line, "%s: want \"%s\", got \"%s\"", what, want, got != NULL ? got : "(null)");
}

static uint64_t parse_seed(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (end == text || *end != '\0') {
        (void)fprintf(stderr, "bad seed: %s\n", text);
        exit(2);
    }
    return value;
}

int test_main(const struct test *tests, size_t n, int argc, char **argv)
{
    const char *only = NULL;
    const char *env = getenv("ZK_SEED");
    if (env != NULL) seed = parse_seed(env);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = parse_seed(argv[++i]);
        else
            only = argv[i];
    }
    (void)printf("seed %llu, ZK_CPU=%s\n", (unsigned long long)seed, cpu_level_str(cpu_level_get()));
    size_t run = 0;
    for (size_t i = 0; i < n; i++) {
        if (only != NULL && strstr(tests[i].name, only) == NULL) continue;
        struct prng rng;
        prng_seed(&rng, seed);
        running = tests[i].name;
        (void)printf("%s\n", running);
        (void)fflush(stdout);
        tests[i].run(&rng);
        run++;
    }
    if (run == 0) {
        (void)fprintf(stderr, "no test has \"%s\" in its name\n", only != NULL ? only : "");
        return 2;
    }
    (void)printf("%zu passed\n", run);
    return 0;
}
