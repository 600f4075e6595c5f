/* poly.h against the sums and products it stands for, one element at a time. */
#include "poly/poly.h"

#include "base/test.h"

#include <string.h>

/* Around the lengths of vectors, chunks, parts and groups of parts; the last has parts longer than the shortest. */
static const size_t lens[] = {0,    1,    2,    7,    8,    9,    15,   16,   17,   31,    64,    65,
                              1000, 1023, 1024, 1025, 2047, 2048, 2049, 4096, 5000, 10000, 530000};
#define LEN_MAX 530000

static fr a[LEN_MAX], b[LEN_MAX], want[LEN_MAX], got[LEN_MAX];
static ZK_ALIGN(64) uint8_t memory[16 << 20];
static struct arena arena;
static struct pool *pools[3]; /* of 1, 2 and 3 threads */

static void setup(struct prng *rng)
{
    arena_init(&arena, memory, sizeof memory);
    /* Sixteen random elements at random places: fr_random for each would be most of the time. */
    fr some[16];
    for (size_t i = 0; i < ZK_COUNT(some); i++) fr_random(&some[i], rng);
    some[0] =
        (fr){{FR_MODULUS.l[0] - 1, FR_MODULUS.l[1], FR_MODULUS.l[2], FR_MODULUS.l[3]}}; /* the largest in memory */
    for (size_t i = 0; i < LEN_MAX; i++) {
        a[i] = some[prng_below(rng, 16)];
        b[i] = some[prng_below(rng, 16)];
    }
    for (unsigned i = 0; i < 3; i++)
        if (pools[i] == NULL) CHECK_OK(pool_create(&pools[i], i + 1));
}

static void check_eq(const fr *w, const fr *g, size_t n, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (!fr_eq(&w[i], &g[i])) test_fail(__FILE__, __LINE__, "length %zu: element %zu", len, i);
}

static void horner(fr *out, const fr *p, size_t n, const fr *z)
{
    fr s = FR_ZERO;
    for (size_t i = n; i-- > 0;) {
        fr_mul(&s, &s, z);
        fr_add(&s, &s, &p[i]);
    }
    *out = s;
}

/* Every length, each with another number of threads; the long ones with all. */
#define FOR_LENGTHS(l, t)                                                                                              \
    for (size_t l = 0; l < ZK_COUNT(lens); l++)                                                                        \
        for (size_t t = lens[l] > 1024 ? 0 : l % 3; t<3; t += lens[l]> 1024 ? 1 : 3)

static void test_eval__is_horner(struct prng *rng)
{
    setup(rng);
    FOR_LENGTHS(l, t)
    {
        fr z, w, g[4];
        const fr *polys[4] = {a, b, a, b};
        fr_random(&z, rng);
        horner(&w, a, lens[l], &z);
        poly_eval(&g[0], a, lens[l], &z, pools[t]);
        CHECK(fr_eq(&w, &g[0]));
        poly_eval_many(g, polys, 4, lens[l], &z, pools[t]);
        for (int i = 0; i < 4; i += 2) CHECK(fr_eq(&w, &g[i]));
        horner(&w, b, lens[l], &z);
        for (int i = 1; i < 4; i += 2) CHECK(fr_eq(&w, &g[i]));
    }
}

static void test_div_linear__times_divisor_is_dividend(struct prng *rng)
{
    setup(rng);
    FOR_LENGTHS(l, t)
    {
        size_t n = lens[l];
        fr z, v, w;
        if (n == 0) continue;
        fr_random(&z, rng);
        horner(&w, a, n, &z);
        poly_div_linear(got, &v, a, n, &z, pools[t]);
        CHECK(fr_eq(&w, &v));
        CHECK(fr_is_zero(&got[n - 1]));
        for (size_t i = 0; i < n; i++) { /* (X - z) q + v */
            fr s;
            fr_mul(&s, &got[i], &z);
            fr_sub(&want[i], i == 0 ? &v : &got[i - 1], &s);
        }
        check_eq(want, a, n, n);
        memcpy(want, a, n * sizeof(fr));
        poly_div_linear(want, NULL, want, n, &z, pools[t]);
        check_eq(want, got, n, n);
    }
}

static void test_prefixes__are_running_products_and_sums(struct prng *rng)
{
    setup(rng);
    FOR_LENGTHS(l, t)
    {
        size_t n = lens[l];
        fr x = FR_ONE, total;
        for (size_t i = 0; i < n; i++) {
            want[i] = x;
            fr_mul(&x, &x, &a[i]);
        }
        poly_prefix_product(got, &total, a, n, pools[t]);
        check_eq(want, got, n, n);
        CHECK(fr_eq(&x, &total));
        memcpy(got, a, n * sizeof(fr));
        poly_prefix_product(got, NULL, got, n, pools[t]);
        check_eq(want, got, n, n);

        x = FR_ZERO;
        for (size_t i = 0; i < n; i++) {
            want[i] = x;
            fr_add(&x, &x, &a[i]);
        }
        poly_prefix_sum(got, &total, a, n, pools[t]);
        check_eq(want, got, n, n);
        CHECK(fr_eq(&x, &total));
        memcpy(got, a, n * sizeof(fr));
        poly_prefix_sum(got, NULL, got, n, pools[t]);
        check_eq(want, got, n, n);
    }
}

static void test_elements__are_one_by_one(struct prng *rng)
{
    setup(rng);
    FOR_LENGTHS(l, t)
    {
        size_t n = lens[l];
        fr c, first, x, dot = FR_ZERO, dot_got;
        fr_random(&c, rng);
        fr_random(&first, rng);
        x = first;
        for (size_t i = 0; i < n; i++) {
            want[i] = x;
            fr_mul(&x, &x, &c);
        }
        poly_powers(got, &first, &c, n, pools[t]);
        check_eq(want, got, n, n);
        for (size_t i = 0; i < n; i++) fr_mul(&want[i], &c, &a[i]);
        poly_scale(got, &c, a, n, pools[t]);
        check_eq(want, got, n, n);
        for (size_t i = 0; i < n; i++) {
            fr_add(&want[i], &want[i], &b[i]);
            fr_mul(&x, &a[i], &b[i]);
            fr_add(&dot, &dot, &x);
        }
        memcpy(got, b, n * sizeof(fr));
        poly_add_scaled(got, &c, a, n, pools[t]);
        check_eq(want, got, n, n);
        poly_dot(&dot_got, a, b, n, pools[t]);
        CHECK(fr_eq(&dot, &dot_got));
        CHECK_OK(poly_batch_inv(got, a, n, pools[t], &arena));
        for (size_t i = 0; i < n; i++) {
            fr_mul(&x, &got[i], &a[i]);
            CHECK(fr_is_one(&x) || (fr_is_zero(&a[i]) && fr_is_zero(&got[i])));
        }
    }
}

/* Numbers of terms around what one pass takes, with the output in place of the first. */
static void test_combine__is_a_sum_of_multiples(struct prng *rng)
{
    enum { TERMS = 35, N = 5003 };
    const fr *polys[TERMS];
    fr c[TERMS];
    setup(rng);
    for (size_t i = 0; i < TERMS; i++) {
        polys[i] = (i % 2 ? a : b) + 1000 * i;
        fr_random(&c[i], rng);
    }
    for (size_t terms = 0; terms <= TERMS; terms += terms < 3 ? 1 : 8) {
        memset(want, 0, N * sizeof(fr));
        for (size_t j = 0; j < terms; j++) poly_add_scaled(want, &c[j], polys[j], N, NULL);
        for (size_t t = 0; t < 3; t++) {
            poly_combine(got, c, polys, terms, N, pools[t]);
            check_eq(want, got, N, N);
        }
        if (terms == 0) continue;
        memcpy(got, polys[0], N * sizeof(fr));
        const fr *first = polys[0];
        polys[0] = got;
        poly_combine(got, c, polys, terms, N, NULL);
        polys[0] = first;
        check_eq(want, got, N, N);
    }
}

static void check_lagrange(const struct ntt_domain *d, const fr *z, struct pool *pool)
{
    size_t n = (size_t)1 << ntt_domain_log_n(d);
    fr *p = arena_push(&arena, fr, n);
    fr *all = arena_push(&arena, fr, n);
    CHECK(p != NULL && all != NULL);
    CHECK_OK(poly_lagrange_all(all, d, z, pool, &arena));
    for (size_t i = 0; i < n; i += i < 4 || n <= 64 ? 1 : n / 7) { /* L_i is interpolated from its definition */
        fr w, g;
        for (size_t j = 0; j < n; j++) p[j] = j == i ? FR_ONE : FR_ZERO;
        CHECK_OK(ntt_inverse(d, &p, 1, pool, &arena));
        horner(&w, p, n, z);
        poly_lagrange(&g, d, i, z);
        CHECK(fr_eq(&w, &g));
        CHECK(fr_eq(&w, &all[i]));
    }
    fr w, g;
    memcpy(p, a, n * sizeof(fr));
    horner(&w, p, n, z);
    CHECK_OK(ntt_forward(d, &p, 1, pool, &arena));
    CHECK_OK(poly_eval_values(&g, d, p, z, pool, &arena));
    CHECK(fr_eq(&w, &g));
}

static void test_lagrange__is_one_at_its_point_only(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= 12; log_n += log_n < 6 ? 1 : 3) {
        struct ntt_domain *d;
        fr z;
        setup(rng);
        CHECK_OK(ntt_domain_create(&d, log_n, NULL, &arena));
        fr_random(&z, rng);
        check_lagrange(d, &z, pools[log_n % 3]);
        fr_pow_u64_vartime(&z, ntt_domain_omega(d), prng_below(rng, (uint64_t)1 << log_n));
        check_lagrange(d, &z, pools[log_n % 3]); /* a point of the domain */
    }
}

static void test_vanishing__is_zero_on_the_domain_and_constant_on_cosets(struct prng *rng)
{
    for (unsigned log_n = 0; log_n <= 10; log_n++) {
        fr root, x, y, shift, on_coset;
        fr_root_of_unity(&root, log_n);
        fr_pow_u64_vartime(&x, &root, prng_u64(rng));
        poly_vanishing(&y, log_n, &x);
        CHECK(fr_is_zero(&y));
        fr_random(&shift, rng);
        poly_vanishing(&on_coset, log_n, &shift);
        CHECK(!fr_is_zero(&on_coset));
        fr_mul(&x, &x, &shift);
        poly_vanishing(&y, log_n, &x);
        CHECK(fr_eq(&y, &on_coset));
    }
}

static void test_scratch__too_small_is_refused(struct prng *rng)
{
    static ZK_ALIGN(64) uint8_t bytes[1 << 16];
    struct ntt_domain *d;
    struct arena small;
    fr z, out;
    setup(rng);
    fr_random(&z, rng);
    CHECK_OK(ntt_domain_create(&d, 12, NULL, &arena));
    arena_init(&small, bytes, sizeof bytes);
    CHECK_ERR(ZK_ERR_FULL, poly_batch_inv(got, a, 5000, NULL, &small));
    CHECK_ERR(ZK_ERR_FULL, poly_lagrange_all(got, d, &z, NULL, &small));
    CHECK_ERR(ZK_ERR_FULL, poly_eval_values(&out, d, a, &z, NULL, &small));
    CHECK_EQ_U64(0, small.used);
}

TEST_MAIN(TEST(test_eval__is_horner), TEST(test_div_linear__times_divisor_is_dividend),
          TEST(test_prefixes__are_running_products_and_sums), TEST(test_elements__are_one_by_one),
          TEST(test_combine__is_a_sum_of_multiples), TEST(test_lagrange__is_one_at_its_point_only),
          TEST(test_vanishing__is_zero_on_the_domain_and_constant_on_cosets), TEST(test_scratch__too_small_is_refused))
