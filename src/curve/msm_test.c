/* Multi-scalar multiplication against sums of single multiplications, against one multiplication of a linear relation,
 * and kernels, thread counts and tables against each other. */
#include "curve/msm.h"

#include "base/arena.h"
#include "base/pool.h"
#include "base/test.h"
#include "curve/msm_sum.h"

#include <string.h>

#define SCRATCH_LEN ((size_t)1 << 30) /* of address space */

static void check_same(const g1_jac *want, const g1_jac *got, const char *what, size_t n)
{
    g1_affine a, b;
    g1_jac_to_affine(&a, want);
    g1_jac_to_affine(&b, got);
    CHECK_MSG(g1_affine_eq(&a, &b), "%s differs, n = %zu", what, n);
    CHECK_MSG(g1_jac_is_inf(got) || fq_is_one(&got->z), "%s: z is not 1, n = %zu", what, n);
}

static void naive(g1_jac *out, const g1_affine *points, const fr *scalars, size_t n)
{
    *out = G1_JAC_INF;
    for (size_t i = 0; i < n; i++) {
        g1_jac term;
        g1_mul_vartime(&term, &points[i], &scalars[i]);
        g1_jac_add(out, out, &term);
    }
}

/* points[i] = (i + 1) g, by one addition each; *sum = the scalar that the msm of such points gives times g. */
static void multiples_of(g1_affine *points, size_t n, const g1_affine *g, struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    g1_jac *jac = arena_push(scratch, g1_jac, n);
    g1_jac acc = G1_JAC_INF;
    CHECK(jac != NULL);
    for (size_t i = 0; i < n; i++) {
        g1_jac_add_mixed(&acc, &acc, g);
        jac[i] = acc;
    }
    CHECK_OK(g1_jac_batch_to_affine(points, jac, n, scratch));
    arena_release(scratch, mark);
}

static void relation(g1_jac *want, const g1_affine *g, const fr *scalars, size_t n)
{
    const fr one = FR_ONE;
    fr count = FR_ZERO, sum = FR_ZERO, term;
    for (size_t i = 0; i < n; i++) {
        fr_add(&count, &count, &one);
        fr_mul(&term, &count, &scalars[i]);
        fr_add(&sum, &sum, &term);
    }
    g1_mul_vartime(want, g, &sum);
}

/* ---- families */

enum { POINTS_RANDOM, POINTS_EQUAL, POINTS_OPPOSITE, POINTS_SOME_INF, POINTS_ALL_INF, POINTS_FEW, POINTS_KINDS };

static void fill_points(g1_affine *p, size_t n, int kind, struct prng *rng)
{
    g1_affine some[3];
    for (size_t i = 0; i < ZK_COUNT(some); i++) g1_random(&some[i], rng);
    for (size_t i = 0; i < n; i++) {
        g1_random(&p[i], rng);
        if (kind == POINTS_EQUAL || kind == POINTS_OPPOSITE) p[i] = some[0];
        if (kind == POINTS_OPPOSITE && i % 2 == 1) g1_affine_neg(&p[i], &p[i]);
        if (kind == POINTS_SOME_INF && prng_below(rng, 3) == 0) p[i] = G1_AFFINE_INF;
        if (kind == POINTS_ALL_INF) p[i] = G1_AFFINE_INF;
        if (kind == POINTS_FEW) p[i] = some[prng_below(rng, 3)];
        if (kind == POINTS_FEW && prng_u64(rng) % 2 == 0) g1_affine_neg(&p[i], &p[i]);
    }
}

enum {
    SCALARS_RANDOM,
    SCALARS_ZERO,
    SCALARS_ONE,
    SCALARS_MINUS_ONE,
    SCALARS_16_BITS,
    SCALARS_64_BITS,
    SCALARS_EQUAL,
    SCALARS_SMALL_SIGNED,
    SCALARS_SPARSE,
    SCALARS_POWERS,
    SCALARS_HALF,
    SCALARS_MIXED,
    SCALARS_KINDS
};

static void fill_scalars(fr *s, size_t n, int kind, struct prng *rng)
{
    const uint64_t half[4] = FR_HALF_L;
    fr one = FR_ONE, equal, middle;
    fr_random(&equal, rng);
    CHECK(fr_from_limbs(&middle, half));
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = prng_u64(rng);
        fr_random(&s[i], rng);
        int k = kind == SCALARS_MIXED ? (int)prng_below(rng, SCALARS_MIXED) : kind;
        if (k == SCALARS_ZERO || (k == SCALARS_SPARSE && bits % 8 != 0)) s[i] = FR_ZERO;
        if (k == SCALARS_ONE) s[i] = one;
        if (k == SCALARS_MINUS_ONE) fr_neg(&s[i], &one);
        if (k == SCALARS_16_BITS || k == SCALARS_SMALL_SIGNED) fr_from_u64(&s[i], bits >> 48);
        if (k == SCALARS_64_BITS) fr_from_u64(&s[i], bits);
        if (k == SCALARS_SMALL_SIGNED && bits % 2 == 0) fr_neg(&s[i], &s[i]);
        if (k == SCALARS_EQUAL) s[i] = equal;
        if (k == SCALARS_HALF) s[i] = middle; /* (p - 1)/2 - 1, .. (p - 1)/2 + 2: where the sign turns */
        for (uint64_t j = 0; k == SCALARS_HALF && j < bits % 4; j++) fr_add(&s[i], &s[i], &one);
        if (k == SCALARS_HALF) fr_sub(&s[i], &s[i], &one);
        if (k == SCALARS_POWERS) { /* 2^j, or 2^j - 1: carries through many digits */
            fr two;
            fr_from_u64(&two, 2);
            fr_pow_u64_vartime(&s[i], &two, bits % 254);
            if (bits >> 63) fr_sub(&s[i], &s[i], &one);
        }
    }
}

/* ---- the tests */

static void test_msm__is_the_sum_for_small_n(struct prng *rng)
{
    static g1_affine points[48];
    static fr scalars[48];
    struct arena scratch;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    for (int pk = 0; pk < POINTS_KINDS; pk++) {
        for (int sk = 0; sk < SCALARS_KINDS; sk++) {
            size_t n = 1 + prng_below(rng, ZK_COUNT(points));
            g1_jac want, got;
            fill_points(points, n, pk, rng);
            fill_scalars(scalars, n, sk, rng);
            naive(&want, points, scalars, n);
            CHECK_OK(g1_msm(&got, points, scalars, n, NULL, &scratch));
            CHECK_MSG(g1_jac_eq(&want, &got), "points %d, scalars %d, n = %zu", pk, sk, n);
            check_same(&want, &got, "msm", n);
        }
    }
    CHECK_EQ_U64(0, arena_mark(&scratch));
    arena_unmap(&scratch);
}

static void test_msm__is_the_sum_for_every_length(struct prng *rng)
{
    static g1_affine points[70];
    static fr scalars[70];
    struct arena scratch;
    g1_jac want = G1_JAC_INF, got, term;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    fill_points(points, ZK_COUNT(points), POINTS_RANDOM, rng);
    fill_scalars(scalars, ZK_COUNT(points), SCALARS_RANDOM, rng);
    for (size_t n = 0; n <= ZK_COUNT(points); n++) {
        CHECK_OK(g1_msm(&got, points, scalars, n, NULL, &scratch));
        check_same(&want, &got, "msm", n);
        if (n == ZK_COUNT(points)) break;
        g1_mul_vartime(&term, &points[n], &scalars[n]);
        g1_jac_add(&want, &want, &term);
    }
    arena_unmap(&scratch);
}

/* All families at a length where lanes, parts and pieces are many, as a relation: points are multiples of one. */
static void test_msm__keeps_linear_relations(struct prng *rng)
{
    const size_t sizes[] = {1000, 1 << 12, (1 << 13) + 5, 1 << 14};
    struct arena scratch, home;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    CHECK_OK(arena_map(&home, SCRATCH_LEN));
    g1_affine *points = arena_push(&home, g1_affine, 1 << 14);
    fr *scalars = arena_push(&home, fr, 1 << 14);
    g1_affine g;
    g1_random(&g, rng);
    multiples_of(points, 1 << 14, &g, &scratch);
    for (size_t i = 0; i < ZK_COUNT(sizes); i++) {
        for (int sk = 0; sk < SCALARS_KINDS; sk++) {
            if (i > 0 && sk != SCALARS_RANDOM && sk != SCALARS_MIXED && sk != SCALARS_EQUAL) continue;
            g1_jac want, got;
            fill_scalars(scalars, sizes[i], sk, rng);
            relation(&want, &g, scalars, sizes[i]);
            CHECK_OK(g1_msm(&got, points, scalars, sizes[i], NULL, &scratch));
            check_same(&want, &got, "msm", sizes[i]);
        }
    }
    arena_unmap(&home);
    arena_unmap(&scratch);
}

/* One bucket gets all: every addition after the first of a lane, and every merge of lanes, meets an equal point. */
static void test_msm__adds_one_point_many_times(struct prng *rng)
{
    const size_t n = 5000;
    struct arena scratch, home;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    CHECK_OK(arena_map(&home, SCRATCH_LEN));
    g1_affine *points = arena_push(&home, g1_affine, n);
    fr *scalars = arena_push(&home, fr, n);
    g1_affine g;
    g1_random(&g, rng);
    for (int opposite = 0; opposite < 2; opposite++) {
        fr sum = FR_ZERO;
        g1_jac want, got;
        fr_random(&scalars[0], rng);
        for (size_t i = 0; i < n; i++) {
            points[i] = g;
            scalars[i] = scalars[0];
            bool minus = opposite && prng_u64(rng) % 2 == 0;
            if (minus) g1_affine_neg(&points[i], &g);
            if (minus) fr_sub(&sum, &sum, &scalars[i]);
            if (!minus) fr_add(&sum, &sum, &scalars[i]);
        }
        g1_mul_vartime(&want, &g, &sum);
        CHECK_OK(g1_msm(&got, points, scalars, n, NULL, &scratch));
        check_same(&want, &got, "msm of one point", n);
    }
    arena_unmap(&home);
    arena_unmap(&scratch);
}

static void test_msm__has_the_same_bytes_at_any_thread_count(struct prng *rng)
{
    const size_t n = 3000;
    struct arena scratch, home;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    CHECK_OK(arena_map(&home, SCRATCH_LEN));
    g1_affine *points = arena_push(&home, g1_affine, n);
    fr *scalars = arena_push(&home, fr, n);
    g1_affine g;
    g1_random(&g, rng);
    multiples_of(points, n, &g, &scratch);
    fill_scalars(scalars, n, SCALARS_MIXED, rng);
    g1_jac want;
    relation(&want, &g, scalars, n);
    g1_jac first = G1_JAC_INF;
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct pool *pool;
        g1_jac got;
        CHECK_OK(pool_create(&pool, threads));
        CHECK_OK(g1_msm(&got, points, scalars, n, pool, &scratch));
        pool_destroy(pool);
        if (threads == 1) first = got;
        check_same(&want, &got, "msm", n);
        CHECK_EQ_BYTES(&first, &got, sizeof got);
    }
    arena_unmap(&home);
    arena_unmap(&scratch);
}

static void test_msm__fixed_basis_agrees(struct prng *rng)
{
    static const unsigned tables[] = {1, 2, 3, 200};
    const size_t n = 1500;
    struct arena scratch, home;
    struct pool *pool;
    CHECK_OK(pool_create(&pool, 2));
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    CHECK_OK(arena_map(&home, SCRATCH_LEN));
    g1_affine *points = arena_push(&home, g1_affine, n);
    fr *scalars = arena_push(&home, fr, n);
    g1_affine g;
    g1_random(&g, rng);
    multiples_of(points, n, &g, &scratch);
    points[7] = G1_AFFINE_INF;
    for (size_t t = 0; t < ZK_COUNT(tables); t++) {
        struct msm_basis *basis;
        size_t mark = arena_mark(&home);
        CHECK_OK(msm_basis_create(&basis, points, n, tables[t], pool, &home, &scratch));
        CHECK_EQ_U64(msm_basis_len(n, tables[t]), arena_mark(&home) - mark);
        CHECK_EQ_U64(n, msm_basis_n(basis));
        CHECK_EQ_BYTES(points, msm_basis_points(basis), n * sizeof *points);
        for (int sk = 0; sk < SCALARS_KINDS; sk++) {
            size_t m = sk == SCALARS_RANDOM ? n : prng_below(rng, n + 1);
            g1_jac want, got;
            fill_scalars(scalars, m, sk, rng);
            CHECK_OK(g1_msm(&want, points, scalars, m, NULL, &scratch));
            CHECK_OK(g1_msm_fixed(&got, basis, scalars, m, pool, &scratch));
            CHECK_MSG(memcmp(&want, &got, sizeof got) == 0, "tables %u, scalars %d, n = %zu", tables[t], sk, m);
        }
        arena_release(&home, mark);
    }
    pool_destroy(pool);
    arena_unmap(&home);
    arena_unmap(&scratch);
}

static void test_msm__stays_within_its_scratch(struct prng *rng)
{
    static const size_t sizes[] = {1, 2, 17, 300, 5000};
    struct arena big, home;
    struct pool *pool;
    CHECK_OK(pool_create(&pool, 2));
    CHECK_OK(arena_map(&big, SCRATCH_LEN));
    CHECK_OK(arena_map(&home, SCRATCH_LEN));
    g1_affine *points = arena_push(&home, g1_affine, 5000);
    fr *scalars = arena_push(&home, fr, 5000);
    multiples_of(points, 5000, &G1_GENERATOR, &big);
    struct msm_basis *basis;
    CHECK_OK(msm_basis_create(&basis, points, 5000, 4, pool, &home, &big));
    for (size_t i = 0; i < ZK_COUNT(sizes); i++) {
        for (int sk = 0; sk < SCALARS_KINDS; sk++) {
            size_t n = sizes[i];
            struct arena exact;
            g1_jac got;
            fill_scalars(scalars, n, sk, rng);
            CHECK_OK(arena_map(&exact, g1_msm_scratch_len(n, 2)));
            CHECK_OK(g1_msm(&got, points, scalars, n, pool, &exact));
            arena_unmap(&exact);
            CHECK_OK(arena_map(&exact, g1_msm_fixed_scratch_len(basis, n, 2)));
            CHECK_OK(g1_msm_fixed(&got, basis, scalars, n, pool, &exact));
            CHECK_EQ_U64(0, arena_mark(&exact));
            arena_unmap(&exact);
        }
    }
    pool_destroy(pool);
    arena_unmap(&home);
    arena_unmap(&big);
}

/* What a prover must find room for, less the sorters' share (which depends on the kernel). */
static void test_msm__pins_its_scratch(struct prng *rng)
{
    (void)rng;
    CHECK_EQ_U64(42073472, g1_msm_scratch_len((size_t)1 << 16, 2) - 2 * msm_summer_len());
    CHECK_EQ_U64(613588480, g1_msm_scratch_len((size_t)1 << 20, 2) - 2 * msm_summer_len());
    CHECK_EQ_U64(13, msm_basis_tables_max((size_t)1 << 20));
}

static void test_msm__says_when_the_arena_is_full(struct prng *rng)
{
    static uint8_t buf[1 << 16];
    static g1_affine points[100];
    static fr scalars[100];
    struct arena small;
    struct msm_basis *basis;
    g1_jac got;
    fill_points(points, 100, POINTS_RANDOM, rng);
    fill_scalars(scalars, 100, SCALARS_RANDOM, rng);
    arena_init(&small, buf, sizeof buf);
    CHECK_ERR(ZK_ERR_FULL, g1_msm(&got, points, scalars, 100, NULL, &small));
    CHECK_EQ_U64(0, arena_mark(&small));
    CHECK_ERR(ZK_ERR_FULL, msm_basis_create(&basis, points, 100, 100, NULL, &small, &small));
    CHECK_EQ_U64(0, arena_mark(&small));
    CHECK(basis == NULL);
    CHECK_ERR(ZK_ERR_RANGE, msm_basis_create(&basis, points, 0, 1, NULL, &small, &small));
    CHECK_ERR(ZK_ERR_RANGE, g1_msm(&got, points, scalars, MSM_N_MAX + 1, NULL, &small));
}

/* ---- kernels */

/* Lanes of falling length over few points, so that equal, opposite and infinite sums are common. */
static void test_msm_kernels__agree(struct prng *rng)
{
    enum { LANES = 2500, ROUNDS = 9 };
    static g1_affine points[64], want[LANES], got[LANES];
    static uint32_t entries[LANES * ROUNDS];
    uint32_t active[ROUNDS];
    struct arena scratch;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    void *plain_scratch = arena_push_bytes(&scratch, 1, msm_kernel_plain.scratch_len);
    void *best_scratch = arena_push_bytes(&scratch, 1, msm_kernel()->scratch_len);
    for (int trial = 0; trial < 12; trial++) {
        size_t n_points = trial % 3 == 0 ? 2 : 64;
        fill_points(points, 64, trial % 2 == 0 ? POINTS_RANDOM : POINTS_FEW, rng);
        size_t total = 0;
        size_t rounds = 1 + prng_below(rng, ROUNDS);
        uint32_t n = trial < 4 ? (uint32_t)(1 + prng_below(rng, 20)) : (uint32_t)(1 + prng_below(rng, LANES));
        for (size_t k = 0; k < rounds; k++) {
            active[k] = n;
            total += n;
            n = (uint32_t)(1 + prng_below(rng, n));
        }
        for (size_t i = 0; i < total; i++) entries[i] = (uint32_t)(prng_below(rng, n_points) << 1 | prng_below(rng, 2));
        const struct msm_lanes work = {points, entries, active, rounds};
        msm_kernel_plain.sum_lanes(want, &work, plain_scratch);
        msm_kernel()->sum_lanes(got, &work, best_scratch);
        CHECK_EQ_BYTES(want, got, active[0] * sizeof *got);
        /* and the plain one against the group law */
        size_t lane = prng_below(rng, active[0]);
        g1_jac sum = G1_JAC_INF, have;
        for (size_t k = 0, at = 0; k < rounds && lane < active[k]; at += active[k++]) {
            g1_affine term = points[entries[at + lane] >> 1];
            if (entries[at + lane] & 1) g1_affine_neg(&term, &term);
            g1_jac_add_mixed(&sum, &sum, &term);
        }
        g1_jac_from_affine(&have, &want[lane]);
        CHECK(g1_jac_eq(&sum, &have));
    }
    arena_unmap(&scratch);
}

static void test_msm_kernels__double_alike(struct prng *rng)
{
    static g1_affine points[300], want[300], got[300];
    struct arena scratch;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    void *plain_scratch = arena_push_bytes(&scratch, 1, msm_kernel_plain.scratch_len);
    void *best_scratch = arena_push_bytes(&scratch, 1, msm_kernel()->scratch_len);
    fill_points(points, ZK_COUNT(points), POINTS_SOME_INF, rng);
    for (unsigned times = 0; times < 20; times += 1 + times / 2) {
        size_t n = 1 + prng_below(rng, ZK_COUNT(points));
        msm_kernel_plain.double_many(want, points, n, times, plain_scratch);
        msm_kernel()->double_many(got, points, n, times, best_scratch);
        CHECK_EQ_BYTES(want, got, n * sizeof *got);
        g1_jac p, have;
        g1_jac_from_affine(&p, &points[0]);
        for (unsigned i = 0; i < times; i++) g1_jac_dbl(&p, &p);
        g1_jac_from_affine(&have, &want[0]);
        CHECK(g1_jac_eq(&p, &have));
    }
    arena_unmap(&scratch);
}

static void test_msm_sum__sums_each_key(struct prng *rng)
{
    enum { N = 6000, KEYS = 50 };
    static g1_affine points[64], out[KEYS];
    static uint64_t entries[N];
    uint32_t keys[KEYS];
    struct arena scratch;
    struct msm_summer summer;
    CHECK_OK(arena_map(&scratch, SCRATCH_LEN));
    CHECK_OK(msm_summer_init(&summer, &scratch));
    CHECK_EQ_U64(msm_summer_len(), arena_mark(&scratch));
    fill_points(points, 64, POINTS_RANDOM, rng);
    for (int trial = 0; trial < 4; trial++) {
        g1_jac want[KEYS];
        bool seen[KEYS] = {false};
        size_t n = trial == 0 ? 0 : prng_below(rng, N);
        for (size_t k = 0; k < KEYS; k++) want[k] = G1_JAC_INF;
        for (size_t i = 0; i < n; i++) {
            uint64_t key = prng_below(rng, 4) == 0 ? prng_below(rng, KEYS) : 3; /* one list is long */
            uint64_t index = prng_below(rng, 64);
            uint64_t sign = prng_below(rng, 2);
            g1_affine term = points[index];
            entries[i] = key << 32 | index << 1 | sign;
            if (sign) g1_affine_neg(&term, &term);
            g1_jac_add_mixed(&want[key], &want[key], &term);
        }
        size_t n_sums = msm_sum_by_key(&summer, out, keys, points, entries, n, KEYS);
        for (size_t i = 0; i < n_sums; i++) {
            g1_jac have;
            CHECK(keys[i] < KEYS && !seen[keys[i]]);
            seen[keys[i]] = true;
            g1_jac_from_affine(&have, &out[i]);
            CHECK(g1_jac_eq(&want[keys[i]], &have));
        }
        for (size_t k = 0; k < KEYS; k++) CHECK(seen[k] != g1_jac_is_inf(&want[k]));
    }
    arena_unmap(&scratch);
}

TEST_MAIN(TEST(test_msm__is_the_sum_for_small_n), TEST(test_msm__is_the_sum_for_every_length),
          TEST(test_msm__keeps_linear_relations), TEST(test_msm__adds_one_point_many_times),
          TEST(test_msm__has_the_same_bytes_at_any_thread_count), TEST(test_msm__fixed_basis_agrees),
          TEST(test_msm__stays_within_its_scratch), TEST(test_msm__pins_its_scratch),
          TEST(test_msm__says_when_the_arena_is_full), TEST(test_msm_kernels__agree),
          TEST(test_msm_kernels__double_alike), TEST(test_msm_sum__sums_each_key))
