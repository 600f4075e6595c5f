/* poly.h against the sums and products it stands for, one element at a time. */
#include "poly/poly.h"

#include "base/test.h"

#include <string.h>

/* Around vector and chunk lengths. */
static const size_t lens[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 65, 1000, 1023, 1024, 1025, 2048, 4097, 10000};
#define LEN_MAX 10000

static fr a[LEN_MAX], b[LEN_MAX], c[LEN_MAX], want[LEN_MAX], got[LEN_MAX];
static ZK_ALIGN(64) uint8_t memory[8 << 20];
static struct arena arena;

static void setup(struct prng *rng)
{
    arena_init(&arena, memory, sizeof memory);
    for (size_t i = 0; i < LEN_MAX; i++) {
        fr_random(&a[i], rng);
        fr_random(&b[i], rng);
        fr_random(&c[i], rng);
    }
    a[3] = FR_ZERO;
}

static void check_eq(const fr *w, const fr *g, size_t n, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (!fr_eq(&w[i], &g[i])) test_fail(__FILE__, __LINE__, "length %zu: element %zu", len, i);
}

static void slow_eval(fr *out, const fr *p, size_t n, const fr *z)
{
    fr s = FR_ZERO;
    for (size_t i = n; i-- > 0;) {
        fr_mul(&s, &s, z);
        fr_add(&s, &s, &p[i]);
    }
    *out = s;
}

static void test_eval__is_horner(struct prng *rng)
{
    setup(rng);
    for (size_t l = 0; l < ZK_COUNT(lens); l++) {
        fr z, w, g[3];
        const fr *polys[3] = {a, b, c};
        fr_random(&z, rng);
        slow_eval(&w, a, lens[l], &z);
        poly_eval(&g[0], a, lens[l], &z, NULL);
        CHECK(fr_eq(&w, &g[0]));
        poly_eval_many(g, polys, 3, lens[l], &z, NULL);
        for (int i = 0; i < 3; i++) {
            slow_eval(&w, polys[i], lens[l], &z);
            CHECK(fr_eq(&w, &g[i]));
        }
    }
}

static void test_div_linear__times_divisor_is_dividend(struct prng *rng)
{
    setup(rng);
    for (size_t l = 1; l < ZK_COUNT(lens); l++) {
        size_t n = lens[l];
        fr z, v, w;
        fr_random(&z, rng);
        slow_eval(&w, a, n, &z);
        poly_div_linear(got, &v, a, n, &z, NULL);
        CHECK(fr_eq(&w, &v));
        CHECK(fr_is_zero(&got[n - 1]));
        for (size_t i = 0; i < n; i++) { /* (X - z) q + v */
            fr t;
            fr_mul(&t, &got[i], &z);
            fr_neg(&t, &t);
            fr_add(&want[i], i == 0 ? &v : &got[i - 1], &t);
        }
        check_eq(want, a, n, n);
        memcpy(want, a, n * sizeof(fr));
        poly_div_linear(want, NULL, want, n, &z, NULL);
        check_eq(want, got, n, n);
    }
}

TEST_MAIN(TEST(test_eval__is_horner), TEST(test_div_linear__times_divisor_is_dividend))
