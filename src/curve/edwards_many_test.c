/* edwards_many against the single functions, for every tail, with all kinds of points among their neighbours. */
#include "curve/edwards_many.h"

#include "base/test.h"
#include "testing/vectors.h"

#include <string.h>

#define MANY   40
#define COSETS 8

/* A generator of the whole curve's points of small order: a point of order 8, from the vectors. */
static void load_torsion(ed_ext torsion[COSETS])
{
    struct vec *file = vec_load("curve.json");
    struct vec *list = vec_get(file, "small_order_points");
    ed_affine t = ED_AFFINE_IDENTITY;
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        if (vec_u64(vec_get(v, "order")) != 8) continue;
        vec_fr(&t.x, vec_get(v, "x"));
        vec_fr(&t.y, vec_get(v, "y"));
    }
    ed_ext step;
    ed_from_affine(&step, &t);
    torsion[0] = ED_EXT_IDENTITY;
    for (int i = 1; i < COSETS; i++) ed_add(&torsion[i], &torsion[i - 1], &step);
    ed_add(&step, &torsion[COSETS - 1], &step);
    CHECK(ed_is_identity(&step) && !ed_is_identity(&torsion[4]));
    vec_free(file);
}

static void random_scalar(ed_scalar *k, struct prng *rng)
{
    uint8_t bytes[64];
    prng_bytes(rng, bytes, sizeof bytes);
    ed_scalar_from_be64_reduce(k, bytes);
}

/* 0, 1, L - 1 or random. */
static void sample_scalar(ed_scalar *k, struct prng *rng)
{
    uint64_t kind = prng_below(rng, 8);
    ed_scalar_from_u64(k, kind & 1);
    if (kind == 2 || kind == 3) {
        ed_scalar_from_u64(k, 1);
        ed_scalar_neg(k, k);
    }
    if (kind > 3) random_scalar(k, rng);
}

/* A random point of the subgroup, or the identity, plus the given point of small order. */
static void sample_point(ed_affine *p, const ed_ext *small, struct prng *rng)
{
    ed_scalar k;
    ed_ext q;
    sample_scalar(&k, rng);
    ed_mul_base(&q, &k);
    ed_add(&q, &q, small);
    ed_to_affine(p, &q);
}

static void test_unpack_many__equals_one_by_one(struct prng *rng)
{
    ed_ext torsion[COSETS];
    uint8_t in[MANY][32];
    ed_affine out[MANY], want;
    bool ok[MANY];
    size_t accepted = 0;
    size_t refused = 0;
    load_torsion(torsion);
    for (size_t n = 0; n <= MANY; n++) {
        for (size_t i = 0; i < n; i++) {
            ed_affine p;
            sample_point(&p, &torsion[prng_below(rng, COSETS)], rng);
            ed_pack(in[i], &p);
            uint64_t kind = prng_below(rng, 8);
            if (kind == 0) memset(in[i], 0xff, 32);         /* y too large */
            if (kind == 1) in[i][prng_below(rng, 31)] ^= 1; /* half of these are on the curve */
            if (kind == 2) in[i][31] ^= 0x80;               /* the other x, also of x = 0 */
            if (kind == 3) prng_bytes(rng, in[i], 31);
        }
        ed_unpack_many_vartime(ok, out, (const uint8_t(*)[32])in, n);
        for (size_t i = 0; i < n; i++) {
            CHECK(ed_unpack(&want, in[i]) == ok[i]);
            CHECK(ed_affine_eq(&want, &out[i]));
            accepted += ok[i];
            refused += !ok[i];
        }
    }
    CHECK(accepted > MANY && refused > MANY);
}

static void test_unpack_many__vectors(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("curve.json");
    struct vec *list = vec_get(file, "decompression");
    size_t n = vec_len(list);
    uint8_t in[64][32];
    ed_affine out[64];
    bool ok[64];
    CHECK(n <= 64);
    for (size_t i = 0; i < n; i++) vec_bytes(in[i], 32, vec_get(vec_at(list, i), "packed"));
    ed_unpack_many_vartime(ok, out, (const uint8_t(*)[32])in, n);
    for (size_t i = 0; i < n; i++) {
        struct vec *v = vec_at(list, i);
        CHECK(ok[i] == vec_bool(vec_get(v, "valid")));
        if (!ok[i]) continue;
        fr x;
        vec_fr(&x, vec_get(v, "x"));
        CHECK(fr_eq(&x, &out[i].x));
        bool inside;
        ed_in_subgroup_many_vartime(&inside, &out[i], 1);
        CHECK(inside == vec_bool(vec_get(v, "in_prime_subgroup")));
    }
    vec_free(file);
}

/* By the definition, L P = identity (as (L - 1) P = -P), on every coset, in every lane. */
static void test_in_subgroup_many__is_the_definition_on_every_coset(struct prng *rng)
{
    ed_ext torsion[COSETS];
    ed_affine p[MANY];
    bool inside[MANY];
    ed_scalar minus_one;
    load_torsion(torsion);
    ed_scalar_from_u64(&minus_one, 1);
    ed_scalar_neg(&minus_one, &minus_one);
    for (size_t n = 0; n <= MANY; n++) {
        for (size_t i = 0; i < n; i++) sample_point(&p[i], &torsion[(i + n) % COSETS], rng);
        ed_in_subgroup_many_vartime(inside, p, n);
        for (size_t i = 0; i < n; i++) {
            CHECK(inside[i] == ((i + n) % COSETS == 0));
            CHECK(inside[i] == ed_in_subgroup_vartime(&p[i]));
            ed_ext q;
            ed_affine minus;
            ed_mul(&q, &p[i], &minus_one);
            ed_affine_neg(&minus, &p[i]);
            CHECK(inside[i] == ed_eq_affine(&q, &minus));
        }
    }
}

static void test_mul2_equals_many__equals_one_by_one(struct prng *rng)
{
    ed_ext torsion[COSETS];
    ed_affine p[MANY], r[MANY];
    ed_scalar s[MANY], c[MANY];
    bool ok[MANY], want[MANY];
    load_torsion(torsion);
    for (size_t n = 0; n <= MANY; n++) {
        for (size_t i = 0; i < n; i++) {
            ed_ext q;
            sample_scalar(&s[i], rng);
            sample_scalar(&c[i], rng);
            sample_point(&p[i], &torsion[prng_below(rng, 4) == 0 ? prng_below(rng, COSETS) : 0], rng);
            ed_mul2_vartime(&q, &s[i], &c[i], &p[i]);
            uint64_t kind = prng_below(rng, 6);
            if (kind == 0) ed_add(&q, &q, &torsion[1 + prng_below(rng, COSETS - 1)]);
            want[i] = kind != 0;
            ed_to_affine(&r[i], &q);
            if (kind == 1) {
                ed_affine_neg(&r[i], &r[i]);
                want[i] = ed_eq_affine(&q, &r[i]);
            }
        }
        ed_mul2_equals_many_vartime(ok, r, s, c, p, n);
        for (size_t i = 0; i < n; i++) CHECK(ok[i] == want[i]);
    }
}

TEST_MAIN(TEST(test_unpack_many__equals_one_by_one), TEST(test_unpack_many__vectors),
          TEST(test_in_subgroup_many__is_the_definition_on_every_coset), TEST(test_mul2_equals_many__equals_one_by_one))
