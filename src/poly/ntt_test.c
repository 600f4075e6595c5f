/* The transform against its definition, its laws, its inverse, and kernels and thread counts against each other. */
#include "poly/ntt.h"

#include "base/test.h"

#include <string.h>

#define LOG_N_MAX 16

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

static void horner(fr *out, const fr *p, size_t len, const fr *z)
{
    fr s = FR_ZERO;
    for (size_t i = len; i-- > 0;) {
        fr_mul(&s, &s, z);
        fr_add(&s, &s, &p[i]);
    }
    *out = s;
}

static void test_eval_coset__is_its_definition(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= 9; log_n++) {
        setup();
        size_t n = (size_t)1 << log_n;
        struct ntt_domain *d = domain(log_n);
        const size_t lens[] = {0, 1, n / 2 + 1, n - 1, n, n + 1, n + 7 < 2 * n ? n + 7 : 2 * n, 2 * n};
        fr *src = random_elements(2 * n, rng);
        fr *got = elements(n);
        for (size_t i = 0; i < ZK_COUNT(lens); i++) {
            fr shift = FR_ONE;
            for (int coset = 0; coset < 2; coset++) {
                fr want, z = shift;
                CHECK_OK(
                    ntt_eval_coset(d, &got, (const fr *const *)&src, lens[i], 1, coset ? &shift : NULL, NULL, &arena));
                for (size_t j = 0; j < n; j++) {
                    horner(&want, src, lens[i], &z);
                    check_eq(&want, &got[j], 1, "eval_coset", log_n);
                    fr_mul(&z, &z, ntt_domain_omega(d));
                }
                CHECK(fr_eq(&z, &shift));
                fr_random(&shift, rng);
            }
        }
    }
}

/* Each case: a random size, length and shift, compared with Horner's rule at random points, and taken back. */
static void test_eval_coset__random_cases(struct prng *rng)
{
    for (unsigned round = 0; round < 1500; round++) {
        setup();
        unsigned log_n = 1 + round % 10;
        size_t n = (size_t)1 << log_n;
        size_t len = prng_below(rng, 2 * n + 1);
        struct ntt_domain *d = domain(log_n);
        fr *src = random_elements(2 * n, rng);
        fr *got = elements(n);
        fr *back = elements(n);
        fr shift, fold;
        fr_random(&shift, rng);
        CHECK_OK(ntt_eval_coset(d, &got, (const fr *const *)&src, len, 1, &shift, NULL, &arena));
        for (int k = 0; k < 3; k++) {
            size_t j = prng_below(rng, n);
            fr z, want;
            fr_pow_u64_vartime(&z, ntt_domain_omega(d), j);
            fr_mul(&z, &z, &shift);
            horner(&want, src, len, &z);
            check_eq(&want, &got[j], 1, "random case", log_n);
        }
        CHECK_OK(ntt_interpolate_coset(d, &back, (const fr *const *)&got, 1, &shift, NULL, &arena));
        fr_pow_u64_vartime(&fold, &shift, n);
        for (size_t i = 0; i < n; i++) {
            fr want = i < len ? src[i] : FR_ZERO;
            if (n + i < len) {
                fr t;
                fr_mul(&t, &fold, &src[n + i]);
                fr_add(&want, &want, &t);
            }
            check_eq(&want, &back[i], 1, "taken back", log_n);
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
        CHECK(n == 1 || memcmp(p, src, n * sizeof(fr)) != 0);
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

static void test_forward__is_linear(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= 12; log_n++) {
        setup();
        size_t n = (size_t)1 << log_n;
        struct ntt_domain *d = domain(log_n);
        fr *p[3] = {random_elements(n, rng), random_elements(n, rng), elements(n)};
        fr c;
        fr_random(&c, rng);
        for (int pass = 0; pass < 2; pass++) { /* p[2] = p[0] + c p[1], before and after */
            for (size_t i = 0; i < n; i++) {
                fr t;
                fr_mul(&t, &c, &p[1][i]);
                fr_add(&t, &t, &p[0][i]);
                if (pass == 0)
                    p[2][i] = t;
                else
                    check_eq(&t, &p[2][i], 1, "linearity", log_n);
            }
            if (pass == 0) CHECK_OK(ntt_forward(d, p, 3, NULL, &arena));
        }
    }
}

/* Values of a product are products of values: coefficients by the schoolbook, cyclic in X^n = 1. */
static void test_forward__turns_convolution_into_products(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= 8; log_n++) {
        setup();
        size_t n = (size_t)1 << log_n;
        struct ntt_domain *d = domain(log_n);
        fr *p[3] = {random_elements(n, rng), random_elements(n, rng), elements(n)};
        for (size_t i = 0; i < n; i++) p[2][i] = FR_ZERO;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                fr t;
                fr_mul(&t, &p[0][i], &p[1][j]);
                fr_add(&p[2][(i + j) % n], &p[2][(i + j) % n], &t);
            }
        }
        CHECK_OK(ntt_forward(d, p, 3, NULL, &arena));
        for (size_t i = 0; i < n; i++) {
            fr t;
            fr_mul(&t, &p[0][i], &p[1][i]);
            check_eq(&t, &p[2][i], 1, "convolution", log_n);
        }
    }
}

/* The largest values, alternating with zeros in three ways: what lazy ranges could overflow on. */
static void fill_extreme(fr *p, size_t n, unsigned kind)
{
    const fr one = FR_ONE;
    fr top;
    fr_neg(&top, &one);
    const fr integer = {{FR_MODULUS.l[0] - 1, FR_MODULUS.l[1], FR_MODULUS.l[2], FR_MODULUS.l[3]}}; /* in memory */
    for (size_t i = 0; i < n; i++) p[i] = kind == 0 ? integer : (i >> (kind - 1) & 1) ? integer : FR_ZERO;
    if (kind == 3) p[0] = top;
}

static void test_kernels__agree(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= 14; log_n++) {
        for (unsigned kind = 0; kind < 5; kind++) {
            setup();
            size_t n = (size_t)1 << log_n;
            size_t len = kind < 4 ? n : n + n / 2;
            fr *src = kind < 4 ? elements(n) : random_elements(2 * n, rng);
            fr *out[4] = {elements(n), elements(n), elements(n), elements(n)};
            fr *want[4] = {elements(n), elements(n), elements(n), elements(n)};
            fr shift;
            fr_random(&shift, rng);
            if (kind < 4) fill_extreme(src, n, kind);
            for (int level = CPU_PLAIN; level <= (int)cpu_level_get(); level++) {
                struct ntt_domain *d;
                const fr *const *in = (const fr *const *)&src;
                fr **to = level == CPU_PLAIN ? want : out;
                CHECK_OK(ntt_domain_create_at(&d, log_n, (cpu_level)level, &arena));
                CHECK_OK(ntt_eval_coset(d, &to[0], in, len, 1, NULL, NULL, &arena));
                CHECK_OK(ntt_eval_coset(d, &to[1], in, len, 1, &shift, NULL, &arena));
                CHECK_OK(ntt_interpolate_coset(d, &to[2], in, 1, NULL, NULL, &arena));
                CHECK_OK(ntt_interpolate_coset(d, &to[3], in, 1, &shift, NULL, &arena));
                if (level == CPU_PLAIN) continue;
                for (int i = 0; i < 4; i++) check_eq(want[i], to[i], n, cpu_level_str((cpu_level)level), log_n);
            }
        }
    }
}

/* Sizes at which one polynomial, several together, and several batches are in transit. */
static void test_threads__agree(struct prng *rng)
{
    enum { POLYS = 5 };
    struct pool *pool[2];
    CHECK_OK(pool_create(&pool[0], 2));
    CHECK_OK(pool_create(&pool[1], 3));
    for (unsigned log_n = 3; log_n <= 15; log_n += 3) {
        setup();
        size_t n = (size_t)1 << log_n;
        struct ntt_domain *d = domain(log_n);
        fr *src[POLYS], *want[POLYS], *got[POLYS];
        fr shift;
        fr_random(&shift, rng);
        for (int i = 0; i < POLYS; i++) {
            src[i] = random_elements(n, rng);
            want[i] = elements(n);
            got[i] = elements(n);
        }
        const fr *const *in = (const fr *const *)src;
        for (size_t i = 0; i < POLYS; i++) CHECK_OK(ntt_eval_coset(d, &want[i], in + i, n, 1, &shift, NULL, &arena));
        for (int t = 0; t < 2; t++) {
            CHECK_OK(ntt_eval_coset(d, got, in, n, POLYS, &shift, pool[t], &arena));
            for (int i = 0; i < POLYS; i++) check_eq(want[i], got[i], n, "threads", log_n);
            CHECK_OK(ntt_inverse_coset(d, got, POLYS, &shift, pool[t], &arena));
            for (int i = 0; i < POLYS; i++) check_eq(src[i], got[i], n, "threads, inverse", log_n);
        }
    }
    pool_destroy(pool[0]);
    pool_destroy(pool[1]);
}

static void test_scratch__is_what_was_said(struct prng *rng)
{
    struct pool *pool;
    CHECK_OK(pool_create(&pool, 2));
    for (unsigned log_n = 0; log_n <= 12; log_n += 3) {
        for (size_t n_polys = 1; n_polys <= 3; n_polys += 2) {
            setup();
            size_t n = (size_t)1 << log_n;
            size_t before = arena_mark(&arena);
            struct ntt_domain *d = domain(log_n);
            CHECK_EQ_U64(ntt_domain_len(log_n), arena_mark(&arena) - before);
            fr *p[3] = {random_elements(n, rng), random_elements(n, rng), random_elements(n, rng)};
            fr shift;
            fr_random(&shift, rng);
            size_t len = ntt_scratch_len(d, n_polys, pool);
            uint8_t *bytes = arena_push_bytes(&arena, len + ARENA_ALIGN, 1);
            struct arena scratch;
            arena_init(&scratch, bytes, len);
            CHECK_OK(ntt_forward_coset(d, p, n_polys, &shift, pool, &scratch));
            CHECK_OK(ntt_inverse_coset(d, p, n_polys, &shift, pool, &scratch));
            CHECK_EQ_U64(0, scratch.used);
            if (len == 0) continue;
            arena_init(&scratch, bytes, ntt_scratch_len(d, 1, NULL) / 2);
            CHECK_ERR(ZK_ERR_FULL, ntt_forward_coset(d, p, n_polys, &shift, pool, &scratch));
            CHECK_ERR(ZK_ERR_FULL, ntt_inverse_coset(d, p, n_polys, &shift, pool, &scratch));
            CHECK_EQ_U64(0, scratch.used);
        }
    }
    pool_destroy(pool);
}

static void test_domain__refuses_what_cannot_be(struct prng *rng)
{
    struct ntt_domain *d;
    struct arena small;
    static uint8_t bytes[2048];
    (void)rng;
    setup();
    CHECK_ERR(ZK_ERR_RANGE, ntt_domain_create(&d, NTT_LOG_N_MAX + 1, NULL, &arena));
    CHECK(d == NULL);
    arena_init(&small, bytes, sizeof bytes);
    CHECK_ERR(ZK_ERR_FULL, ntt_domain_create(&d, 20, NULL, &small));
    CHECK(d == NULL);
    CHECK_EQ_U64(0, small.used);
    d = domain(NTT_LOG_N_MAX); /* the largest has tables only: its vectors would take 8 GiB each */
    fr x = *ntt_domain_omega(d);
    for (unsigned i = 0; i < NTT_LOG_N_MAX - 1; i++) fr_sqr(&x, &x);
    fr_neg(&x, &x);
    CHECK(fr_is_one(&x));
    fr_mul(&x, ntt_domain_omega(d), ntt_domain_omega_inv(d));
    CHECK(fr_is_one(&x));
    fr_from_u64(&x, (uint64_t)1 << NTT_LOG_N_MAX);
    fr_mul(&x, &x, ntt_domain_n_inv(d));
    CHECK(fr_is_one(&x));
}

TEST_MAIN(TEST(test_eval_coset__is_its_definition), TEST(test_eval_coset__random_cases),
          TEST(test_inverse__undoes_forward), TEST(test_forward__is_linear),
          TEST(test_forward__turns_convolution_into_products), TEST(test_kernels__agree), TEST(test_threads__agree),
          TEST(test_scratch__is_what_was_said), TEST(test_domain__refuses_what_cannot_be))
