/* rescue against its vectors, and the kernels against each other. */
#include "hash/rescue.h"

#include "base/test.h"
#include "hash/rescue_gen.h"
#include "testing/vectors.h"

#include <string.h>

#define MANY 17

static void test_rescue_constants__equal_the_vectors(struct prng *rng)
{
    (void)rng;
    static const fr rounds[45][3] = RESCUE_ROUND_FR;
    static const fr mds[3][3] = RESCUE_MDS_FR;
    struct vec *file = vec_load("rescue_bn254.json");
    struct vec *list = vec_get(file, "round_constants");
    CHECK_EQ_U64(135, vec_len(list));
    fr want;
    for (size_t i = 0; i < 135; i++) {
        vec_fr(&want, vec_at(list, i));
        CHECK(fr_eq(&want, &rounds[i / 3][i % 3]));
    }
    for (size_t i = 0; i < 9; i++) {
        vec_fr(&want, vec_at(vec_at(vec_get(file, "mds"), i / 3), i % 3));
        CHECK(fr_eq(&want, &mds[i / 3][i % 3]));
    }
    vec_free(file);
}

static void test_rescue_permute__vectors(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("rescue_hash.json");
    struct vec *list = vec_get(file, "permutation");
    for (size_t i = 0; i < vec_len(list); i++) {
        fr s[3], want[3];
        for (size_t k = 0; k < 3; k++) {
            vec_fr(&s[k], vec_at(vec_get(vec_at(list, i), "state"), k));
            vec_fr(&want[k], vec_at(vec_get(vec_at(list, i), "output"), k));
        }
        rescue_permute(s);
        CHECK_EQ_BYTES(want, s, sizeof s);
    }
    vec_free(file);
}

static void test_rescue_hash__vectors(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("rescue_hash.json");
    struct vec *list = vec_get(file, "field_elements");
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        struct vec *input = vec_get(v, "input");
        fr in[RESCUE_LEN_MAX], want[2], got[2];
        size_t n = vec_len(input);
        CHECK(n <= RESCUE_LEN_MAX);
        for (size_t k = 0; k < n; k++) vec_fr(&in[k], vec_at(input, k));
        vec_fr(&want[0], vec_get(v, "hash"));
        vec_fr(&want[1], vec_get(v, "second_squeezed"));
        rescue_hash(got, in, n);
        CHECK_EQ_BYTES(want, got, sizeof got);
        rescue_hash_many(got, in, n, 1);
        CHECK_EQ_BYTES(want, got, sizeof got);
    }
    vec_free(file);
}

/* Inputs with 0, 1 and p - 1 among random ones. */
static void sample(fr *r, struct prng *rng)
{
    fr_random(r, rng);
    uint64_t kind = prng_below(rng, 6);
    if (kind < 2) *r = kind == 0 ? FR_ZERO : FR_ONE;
    if (kind == 2) {
        *r = FR_ONE;
        fr_neg(r, r);
    }
}

static void test_rescue_hash_many__equals_one_by_one_for_every_tail(struct prng *rng)
{
    static const size_t lengths[] = {1, 2, 3, 4, 7};
    fr in[7 * MANY], got[2 * MANY + 1];
    for (size_t count = 0; count <= MANY; count++) {
        size_t n = lengths[count % ZK_COUNT(lengths)];
        for (size_t i = 0; i < n * count; i++) sample(&in[i], rng);
        fr guard;
        fr_random(&guard, rng);
        got[2 * count] = guard;
        rescue_hash_many(got, in, n, count);
        CHECK(fr_eq(&got[2 * count], &guard));
        for (size_t k = 0; k < count; k++) {
            fr want[2];
            rescue_hash(want, in + n * k, n);
            CHECK_EQ_BYTES(want, got + 2 * k, sizeof want);
        }
    }
}

static void test_rescue_hash__takes_255_elements(struct prng *rng)
{
    fr in[RESCUE_LEN_MAX], one[2], many[2], shorter[2];
    for (size_t i = 0; i < RESCUE_LEN_MAX; i++) fr_random(&in[i], rng);
    rescue_hash(one, in, RESCUE_LEN_MAX);
    rescue_hash_many(many, in, RESCUE_LEN_MAX, 1);
    CHECK_EQ_BYTES(one, many, sizeof one);
    rescue_hash_many(shorter, in, RESCUE_LEN_MAX - 1, 1);
    CHECK(!fr_eq(&many[0], &shorter[0]));
}

static void test_rescue_trace__is_of_the_same_hash_for_every_tail(struct prng *rng)
{
    enum { N = 5, MAX = 17 };
    static fr in[N * MAX], out[2 * MAX], want[2 * MAX], trace[MAX * RESCUE_TRACE_LEN(N)], one[RESCUE_TRACE_LEN(N)];
    for (size_t i = 0; i < N * MAX; i++) fr_random(&in[i], rng);
    for (size_t count = 0; count <= MAX; count++) {
        rescue_hash_many(want, in, N, count);
        rescue_hash_many_traced(out, trace, in, N, count);
        CHECK_EQ_BYTES(want, out, 2 * count * sizeof(fr));
        for (size_t k = 0; k < count; k++) {
            rescue_hash_many_traced(out, one, in + N * k, N, 1);
            CHECK_EQ_BYTES(one, trace + k * RESCUE_TRACE_LEN(N), sizeof(one));
        }
    }
    /* The first S-boxes see the first block, the length and the constants: two inputs that differ in word 0 alone. */
    fr pair[2 * N], five[2], difference;
    for (size_t i = 0; i < N; i++) pair[i] = pair[N + i] = in[i];
    fr_add(&pair[N], &pair[N], &in[1]);
    rescue_hash_many_traced(out, trace, pair, N, 2);
    for (int k = 0; k < 2; k++) fr_pow5(&five[k], &trace[k * RESCUE_TRACE_LEN(N)]);
    fr_sub(&difference, &five[1], &five[0]);
    CHECK(fr_eq(&difference, &in[1]));
    CHECK(fr_eq(&trace[1], &trace[RESCUE_TRACE_LEN(N) + 1]));
}

TEST_MAIN(TEST(test_rescue_constants__equal_the_vectors), TEST(test_rescue_permute__vectors),
          TEST(test_rescue_hash__vectors), TEST(test_rescue_hash_many__equals_one_by_one_for_every_tail),
          TEST(test_rescue_hash__takes_255_elements), TEST(test_rescue_trace__is_of_the_same_hash_for_every_tail))
