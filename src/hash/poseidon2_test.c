/* poseidon2 against its vectors, an independent statement of the matrices, and the kernels against each other. */
#include "hash/poseidon2.h"

#include "base/test.h"
#include "testing/vectors.h"

#include <string.h>

#define MANY 40

static void test_poseidon2__vectors(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("poseidon2_bn254_t4.json");
    struct vec *list = vec_get(file, "vectors");
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        fr in[4], want[4], compressed, got[4], one;
        for (size_t k = 0; k < 4; k++) {
            vec_fr(&in[k], vec_at(vec_get(v, "input"), k));
            vec_fr(&want[k], vec_at(vec_get(v, "output"), k));
        }
        vec_fr(&compressed, vec_get(v, "compress4"));
        memcpy(got, in, sizeof got);
        poseidon2_permute(got);
        CHECK_EQ_BYTES(want, got, sizeof got);
        poseidon2_compress(&one, in);
        CHECK(fr_eq(&one, &compressed));
        memcpy(got, in, sizeof got);
        poseidon2_permute_many(got, 1);
        CHECK_EQ_BYTES(want, got, sizeof got);
        poseidon2_compress_many(&one, in, 1);
        CHECK(fr_eq(&one, &compressed));
    }
    vec_free(file);
}

/* The permutation from the parameters of the file, matrices written out: nothing shared with the code under test. */
static void slow_permute(fr s[4], struct vec *file)
{
    struct vec *rounds = vec_get(file, "round_constants");
    struct vec *matrix = vec_get(file, "external_matrix");
    struct vec *diagonal = vec_get(file, "internal_diagonal_minus_1");
    for (size_t r = 0; r <= vec_len(rounds); r++) {
        bool full = true;
        if (r > 0) {
            struct vec *c = vec_at(rounds, r - 1);
            full = vec_len(c) == 4;
            for (size_t i = 0; i < vec_len(c); i++) {
                fr x;
                vec_fr(&x, vec_at(c, i));
                fr_add(&x, &x, &s[i]);
                fr_pow_u64_vartime(&s[i], &x, 5);
            }
        }
        fr out[4];
        for (size_t i = 0; i < 4; i++) {
            out[i] = FR_ZERO;
            for (size_t j = 0; j < 4; j++) {
                fr m = FR_ONE;
                fr d;
                if (full) {
                    fr_from_u64(&m, vec_u64(vec_at(vec_at(matrix, i), j)));
                } else if (i == j) {
                    vec_fr(&d, vec_at(diagonal, i));
                    fr_add(&m, &m, &d);
                }
                fr_mul(&m, &m, &s[j]);
                fr_add(&out[i], &out[i], &m);
            }
        }
        memcpy(s, out, sizeof out);
    }
}

/* 0, 1, p - 1 and random. */
static void sample(fr *r, struct prng *rng)
{
    switch (prng_below(rng, 8)) {
    case 0: *r = FR_ZERO; break;
    case 1: *r = FR_ONE; break;
    case 2:
        *r = FR_ONE;
        fr_neg(r, r);
        break;
    default: fr_random(r, rng);
    }
}

static void test_poseidon2__is_what_its_parameters_say(struct prng *rng)
{
    struct vec *file = vec_load("poseidon2_bn254_t4.json");
    for (int round = 0; round < 20; round++) {
        fr want[4], got[4];
        for (int i = 0; i < 4; i++) sample(&want[i], rng);
        memcpy(got, want, sizeof got);
        slow_permute(want, file);
        poseidon2_permute(got);
        CHECK_EQ_BYTES(want, got, sizeof got);
    }
    vec_free(file);
}

static void test_poseidon2_many__equals_one_by_one_for_every_tail(struct prng *rng)
{
    fr in[4 * MANY], states[4 * MANY], out[MANY + 1];
    for (size_t n = 0; n <= MANY; n++) {
        for (size_t i = 0; i < 4 * n; i++) sample(&in[i], rng);
        memcpy(states, in, sizeof states);
        fr guard;
        fr_random(&guard, rng);
        out[n] = guard;
        poseidon2_permute_many(states, n);
        poseidon2_compress_many(out, in, n);
        CHECK(fr_eq(&out[n], &guard));
        for (size_t i = 0; i < n; i++) {
            fr want[4], compressed;
            memcpy(want, in + 4 * i, sizeof want);
            poseidon2_permute(want);
            CHECK_EQ_BYTES(want, states + 4 * i, sizeof want);
            poseidon2_compress(&compressed, in + 4 * i);
            CHECK(fr_eq(&compressed, &out[i]));
        }
        poseidon2_compress_many(in, in, n); /* a level in place */
        CHECK(n == 0 || memcmp(in, out, n * sizeof(fr)) == 0);
    }
}

static void hash_of(fr *out, uint64_t domain, const fr *in, size_t n)
{
    struct poseidon2_sponge s;
    poseidon2_sponge_init(&s, domain);
    poseidon2_sponge_absorb(&s, in, n);
    poseidon2_sponge_squeeze(&s, out, 1);
}

/* The sponge by hand for two blocks; the piecewise calls give the same; domains, lengths and trailing zeros matter. */
static void test_poseidon2_sponge__follows_its_definition(struct prng *rng)
{
    fr in[5], state[4], out[4], again[4];
    for (int i = 0; i < 5; i++) fr_random(&in[i], rng);
    fr one = FR_ONE;
    for (int i = 0; i < 3; i++) state[i] = in[i];
    fr_from_u64(&state[3], 77);
    poseidon2_permute(state);
    fr_add(&state[0], &state[0], &in[3]);
    fr_add(&state[1], &state[1], &in[4]);
    fr_add(&state[2], &state[2], &one);
    poseidon2_permute(state);

    struct poseidon2_sponge s;
    poseidon2_sponge_init(&s, 77);
    poseidon2_sponge_absorb(&s, in, 5);
    poseidon2_sponge_squeeze(&s, out, 4);
    CHECK_EQ_BYTES(state, out, 3 * sizeof(fr));
    poseidon2_permute(state);
    CHECK(fr_eq(&state[0], &out[3]));

    poseidon2_sponge_init(&s, 77);
    for (int i = 0; i < 5; i++) {
        poseidon2_sponge_absorb(&s, in, 0);
        poseidon2_sponge_absorb(&s, in + i, 1);
    }
    for (int i = 0; i < 4; i++) poseidon2_sponge_squeeze(&s, again + i, 1);
    CHECK_EQ_BYTES(out, again, sizeof out);

    fr zeros[4] = {in[0], FR_ZERO, FR_ZERO, FR_ZERO};
    fr one_tail[2] = {in[0], FR_ONE};
    fr h[7];
    hash_of(&h[0], 1, zeros, 0);
    for (size_t n = 1; n <= 4; n++) hash_of(&h[n], 1, zeros, n);
    hash_of(&h[5], 2, zeros, 1);
    hash_of(&h[6], 1, one_tail, 2);
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++) CHECK(!fr_eq(&h[i], &h[j]));
}

/* What is absorbed after a squeeze changes what is squeezed next, and so does having squeezed. */
static void test_poseidon2_sponge__is_a_duplex(struct prng *rng)
{
    fr in[2], first, with, without, changed;
    for (int i = 0; i < 2; i++) fr_random(&in[i], rng);
    struct poseidon2_sponge s;
    poseidon2_sponge_init(&s, 5);
    poseidon2_sponge_absorb(&s, in, 1);
    poseidon2_sponge_squeeze(&s, &first, 1);
    struct poseidon2_sponge branch = s;
    poseidon2_sponge_absorb(&s, in + 1, 1);
    poseidon2_sponge_squeeze(&s, &with, 1);
    poseidon2_sponge_absorb(&branch, in, 1);
    poseidon2_sponge_squeeze(&branch, &changed, 1);
    hash_of(&without, 5, in, 2);
    CHECK(!fr_eq(&with, &first));
    CHECK(!fr_eq(&with, &changed));
    CHECK(!fr_eq(&with, &without));
}

TEST_MAIN(TEST(test_poseidon2__vectors), TEST(test_poseidon2__is_what_its_parameters_say),
          TEST(test_poseidon2_many__equals_one_by_one_for_every_tail),
          TEST(test_poseidon2_sponge__follows_its_definition), TEST(test_poseidon2_sponge__is_a_duplex))
