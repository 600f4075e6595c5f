/* The transform against its definition, its laws, its inverse, and kernels and thread counts against each other. */
#include "poly/ntt.h"

#include "base/test.h"

#include <string.h>

#define LOG_N_MAX 16
#define POLYS     3

static struct arena arena;

static void setup(void)
{
    if (arena.base == NULL) CHECK_OK(arena_map(&arena, (size_t)1 << 28));
    arena_release(&arena, 0);
}

static fr *elements(size_t n)
{
    fr *p = arena_push(&arena, fr, n);
    CHECK(p != NULL);
    return p;
}

static fr *random_elements(size_t n, struct prng *rng)
{
    fr *p = elements(n);
    for (size_t i = 0; i < n; i++) fr_random(&p[i], rng);
    return p;
}

static struct ntt_domain *domain(unsigned log_n)
{
    struct ntt_domain *d;
    CHECK_OK(ntt_domain_create(&d, log_n, NULL, &arena));
    CHECK_EQ_U64(log_n, ntt_domain_log_n(d));
    return d;
}

static void check_eq(const fr *want, const fr *got, size_t n, const char *what, unsigned log_n)
{
    for (size_t i = 0; i < n; i++)
        if (!fr_eq(&want[i], &got[i])) test_fail(__FILE__, __LINE__, "%s, log_n %u: element %zu", what, log_n, i);
}

/* The definition: Horner at each point. */
static void slow_eval(fr *out, const fr *p, size_t len, const fr *shift, unsigned log_n)
{
    fr omega, z = *shift;
    fr_root_of_unity(&omega, log_n);
    for (size_t j = 0; j < (size_t)1 << log_n; j++) {
        fr s = FR_ZERO;
        for (size_t i = len; i-- > 0;) {
            fr_mul(&s, &s, &z);
            fr_add(&s, &s, &p[i]);
        }
        out[j] = s;
        fr_mul(&z, &z, &omega);
    }
}

static void test_eval_coset__is_its_definition(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= 9; log_n++) {
        setup();
        size_t n = (size_t)1 << log_n;
        struct ntt_domain *d = domain(log_n);
        const size_t lens[] = {0, 1, n / 2 + 1, n - 1, n, n + 1, n + 7 < 2 * n ? n + 7 : 2 * n, 2 * n};
        fr *src = random_elements(2 * n, rng);
        fr *want = elements(n);
        fr *got = elements(n);
        for (size_t i = 0; i < ZK_COUNT(lens); i++) {
            fr shift = FR_ONE;
            for (int coset = 0; coset < 2; coset++) {
                slow_eval(want, src, lens[i], &shift, log_n);
                CHECK_OK(
                    ntt_eval_coset(d, &got, (const fr *const *)&src, lens[i], 1, coset ? &shift : NULL, NULL, &arena));
                check_eq(want, got, n, "eval_coset", log_n);
                fr_random(&shift, rng);
            }
        }
    }
}

static void test_inverse__undoes_forward(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= LOG_N_MAX; log_n++) {
        setup();
        size_t n = (size_t)1 << log_n;
        struct ntt_domain *d = domain(log_n);
        fr *src = random_elements(n, rng);
        fr *p = elements(n);
        fr shift;
        fr_random(&shift, rng);
        memcpy(p, src, n * sizeof(fr));
        CHECK_OK(ntt_forward(d, &p, 1, NULL, &arena));
        CHECK_OK(ntt_inverse(d, &p, 1, NULL, &arena));
        check_eq(src, p, n, "inverse of forward", log_n);
        CHECK_OK(ntt_forward_coset(d, &p, 1, &shift, NULL, &arena));
        CHECK_OK(ntt_inverse_coset(d, &p, 1, &shift, NULL, &arena));
        check_eq(src, p, n, "inverse of forward on a coset", log_n);
        CHECK_OK(ntt_inverse(d, &p, 1, NULL, &arena));
        CHECK_OK(ntt_forward(d, &p, 1, NULL, &arena));
        check_eq(src, p, n, "forward of inverse", log_n);
    }
}

TEST_MAIN(TEST(test_eval_coset__is_its_definition), TEST(test_inverse__undoes_forward))
