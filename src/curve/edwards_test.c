/* The embedded curve: its law, its edges, its scalars, its subgroup, its encodings, and tests/vectors/curve.json. */
#include "curve/edwards.h"

#include "base/bytes.h"
#include "base/test.h"
#include "testing/vectors.h"

#include <string.h>

#define ROUNDS 40

/* ---- samples */

/* A uniform point of the whole curve: the cosets of the subgroup have equal shares. */
static void random_point(ed_affine *p, struct prng *rng)
{
    uint8_t bytes[32];
    do {
        prng_bytes(rng, bytes, sizeof bytes);
        bytes[31] &= 0xbf;
    } while (!ed_unpack(p, bytes));
}

static void random_scalar(ed_scalar *k, struct prng *rng)
{
    uint8_t bytes[64];
    prng_bytes(rng, bytes, sizeof bytes);
    ed_scalar_from_be64_reduce(k, bytes);
}

/* 0, 1, 2, .. 20, L - 1, L - 2, powers of 16 and their neighbours, all digits 7, 8, 15; then random. */
static void sample_scalar(ed_scalar *k, size_t i, struct prng *rng)
{
    ed_scalar one = {{1}};
    random_scalar(k, rng);
    if (i < 21) ed_scalar_from_u64(k, i);
    if (i == 21 || i == 22) {
        ed_scalar_from_u64(k, i - 20);
        ed_scalar_neg(k, k);
    }
    if (i >= 23 && i < 40) {
        unsigned bit = (unsigned)(i - 23) * 15;
        *k = (ed_scalar){{0}};
        k->l[bit / 64] = UINT64_C(1) << (bit % 64);
        if (i % 3 == 1) ed_scalar_add(k, k, &one);
        ed_scalar_neg(&one, &one);
        if (i % 3 == 2) ed_scalar_add(k, k, &one);
    }
    if (i >= 40 && i < 43) {
        static const uint64_t digits[3] = {0x7777777777777777, 0x8888888888888888, UINT64_MAX};
        uint64_t d = digits[i - 40];
        *k = (ed_scalar){{d, d, d, d >> 14}};
    }
}

static void rescale(ed_ext *p, struct prng *rng)
{
    fr s;
    fr_random(&s, rng);
    fr_mul(&p->x, &p->x, &s);
    fr_mul(&p->y, &p->y, &s);
    fr_mul(&p->z, &p->z, &s);
    fr_mul(&p->t, &p->t, &s);
}

/* The definition, by division. */
static void add_by_division(ed_affine *r, const ed_affine *p, const ed_affine *q)
{
    const fr one = FR_ONE;
    fr xy, yx, yy, xx, k, t;
    fr_mul(&xy, &p->x, &q->y);
    fr_mul(&yx, &p->y, &q->x);
    fr_mul(&yy, &p->y, &q->y);
    fr_mul(&xx, &p->x, &q->x);
    fr_mul(&k, &xx, &yy);
    fr_mul(&k, &k, &ED_D);
    fr_add(&xy, &xy, &yx);
    fr_add(&yy, &yy, &xx);
    fr_add(&t, &one, &k);
    fr_inv(&t, &t);
    fr_mul(&r->x, &xy, &t);
    fr_sub(&t, &one, &k);
    fr_inv(&t, &t);
    fr_mul(&r->y, &yy, &t);
}

static void check_same(const ed_affine *want, const ed_ext *got)
{
    ed_affine a;
    fr xy, zt;
    fr_mul(&xy, &got->x, &got->y);
    fr_mul(&zt, &got->z, &got->t);
    CHECK(fr_eq(&xy, &zt) && !fr_is_zero(&got->z));
    ed_to_affine(&a, got);
    CHECK(ed_is_on_curve(&a));
    CHECK(ed_affine_eq(want, &a));
    CHECK(ed_eq_affine(got, want));
}

/* k P bit by bit, with the definition. */
static void mul_by_bits(ed_affine *r, const ed_affine *p, const ed_scalar *k)
{
    ed_affine acc = ED_AFFINE_IDENTITY;
    for (int i = 255; i >= 0; i--) {
        add_by_division(&acc, &acc, &acc);
        if (k->l[i / 64] >> (i % 64) & 1) add_by_division(&acc, &acc, p);
    }
    *r = acc;
}

/* The same with ed_add and ed_dbl: fast enough to ask often. */
static void mul_by_adding(ed_ext *r, const ed_affine *p, const ed_scalar *k)
{
    ed_ext acc = ED_EXT_IDENTITY;
    ed_ext q;
    ed_from_affine(&q, p);
    for (int i = 255; i >= 0; i--) {
        ed_dbl(&acc, &acc);
        if (k->l[i / 64] >> (i % 64) & 1) ed_add(&acc, &acc, &q);
    }
    *r = acc;
}

/* A point of order 8, and so of each order that divides it. */
static void torsion_generator(ed_affine *t, struct prng *rng)
{
    ed_affine p;
    ed_ext r, four;
    do {
        random_point(&p, rng);
        mul_by_adding(&r, &p, &ED_ORDER);
        ed_dbl(&four, &r);
        ed_dbl(&four, &four);
    } while (ed_is_identity(&four));
    ed_to_affine(t, &r);
}

/* ---- the law */

/* All pairs of multiples of a point of order 8, where an incomplete law would fail, and of random points. */
static void test_additions__are_the_definition(struct prng *rng)
{
    ed_affine points[14];
    torsion_generator(&points[1], rng);
    points[0] = ED_AFFINE_IDENTITY;
    for (int i = 2; i < 8; i++) add_by_division(&points[i], &points[i - 1], &points[1]);
    points[8] = ED_GENERATOR;
    random_point(&points[9], rng);
    random_point(&points[10], rng);
    ed_affine_neg(&points[11], &points[9]);
    add_by_division(&points[12], &points[9], &points[4]);
    add_by_division(&points[13], &points[8], &points[1]);
    for (size_t i = 0; i < 14; i++) {
        for (size_t j = 0; j < 14; j++) {
            ed_affine want;
            ed_ext p, q, got;
            add_by_division(&want, &points[i], &points[j]);
            ed_from_affine(&p, &points[i]);
            ed_from_affine(&q, &points[j]);
            rescale(&p, rng);
            rescale(&q, rng);
            ed_add(&got, &p, &q);
            check_same(&want, &got);
            got = q;
            ed_add(&got, &p, &got);
            check_same(&want, &got);
            CHECK(ed_eq(&p, &q) == (i == j));
            if (i != j) continue;
            ed_dbl(&got, &p);
            check_same(&want, &got);
            got = p;
            ed_add(&got, &got, &got);
            check_same(&want, &got);
            ed_neg(&q, &p);
            ed_add(&got, &p, &q);
            CHECK(ed_is_identity(&got));
            CHECK(ed_is_identity(&p) == (i == 0));
            CHECK(ed_affine_is_identity(&points[i]) == (i == 0));
        }
    }
}

static void test_group__is_associative(struct prng *rng)
{
    for (int i = 0; i < ROUNDS; i++) {
        ed_affine a, b, c;
        ed_ext p, q, s, left, right;
        random_point(&a, rng);
        random_point(&b, rng);
        random_point(&c, rng);
        ed_from_affine(&p, &a);
        ed_from_affine(&q, &b);
        ed_from_affine(&s, &c);
        ed_add(&left, &p, &q);
        ed_add(&left, &left, &s);
        ed_add(&right, &q, &s);
        ed_add(&right, &p, &right);
        CHECK(ed_eq(&left, &right));
    }
}

static void test_mul__is_repeated_addition(struct prng *rng)
{
    const ed_scalar zero = {{0}};
    for (size_t i = 0; i < 43 + ROUNDS; i++) {
        ed_affine p, want;
        ed_ext got, by_adding;
        ed_scalar k;
        random_point(&p, rng);
        if (i % 5 == 0) torsion_generator(&p, rng);
        if (i % 9 == 0) p = ED_AFFINE_IDENTITY;
        sample_scalar(&k, i, rng);
        mul_by_adding(&by_adding, &p, &k);
        ed_mul(&got, &p, &k);
        CHECK(ed_eq(&by_adding, &got));
        if (i % 4 == 0) {
            mul_by_bits(&want, &p, &k);
            check_same(&want, &got);
        }
        ed_mul2_vartime(&got, &zero, &k, &p); /* -k p */
        ed_neg(&got, &got);
        CHECK(ed_eq(&by_adding, &got));
        mul_by_adding(&by_adding, &ED_GENERATOR, &k);
        ed_mul_base(&got, &k);
        CHECK(ed_eq(&by_adding, &got));
        ed_mul2_vartime(&got, &k, &zero, &p);
        CHECK(ed_eq(&by_adding, &got));
    }
}

static void test_mul2__is_the_difference_of_two_products(struct prng *rng)
{
    for (size_t i = 0; i < 4 * ROUNDS; i++) {
        ed_affine p;
        ed_scalar s, c;
        ed_ext a, b, got;
        random_point(&p, rng);
        if (i % 7 == 0) p = ED_GENERATOR;
        sample_scalar(&s, prng_below(rng, 60), rng);
        sample_scalar(&c, prng_below(rng, 60), rng);
        if (i % 7 == 0 && i % 2 == 0) c = s; /* s G - s G */
        ed_mul_base(&a, &s);
        ed_mul(&b, &p, &c);
        ed_neg(&b, &b);
        ed_add(&a, &a, &b);
        ed_mul2_vartime(&got, &s, &c, &p);
        CHECK(ed_eq(&a, &got));
    }
}

/* ---- scalars */

static void test_scalars__form_a_ring_modulo_l(struct prng *rng)
{
    for (size_t i = 0; i < 10 * ROUNDS; i++) {
        ed_scalar a, b, c, x, y;
        ed_ext p, q, sum;
        sample_scalar(&a, i % 50, rng);
        sample_scalar(&b, i / 8, rng);
        random_scalar(&c, rng);
        ed_scalar_add(&x, &a, &b);
        ed_scalar_mul(&x, &x, &c);
        ed_scalar_mul(&y, &b, &c);
        ed_scalar_mul(&b, &a, &c);
        ed_scalar_add(&y, &y, &b);
        CHECK(ed_scalar_eq(&x, &y));
        ed_scalar_neg(&y, &a);
        ed_scalar_add(&y, &y, &a);
        CHECK(ed_scalar_is_zero(&y));
        ed_scalar_from_u64(&y, 1);
        ed_scalar_mul(&y, &y, &a);
        CHECK(ed_scalar_eq(&a, &y));
        if (i % 20 != 0) continue;
        /* (a + c) G = a G + c G, (a c) G = a (c G) */
        ed_mul_base(&p, &a);
        ed_mul_base(&q, &c);
        ed_add(&sum, &p, &q);
        ed_scalar_add(&x, &a, &c);
        ed_mul_base(&p, &x);
        CHECK(ed_eq(&p, &sum));
        ed_affine cg;
        ed_to_affine(&cg, &q);
        ed_mul(&q, &cg, &a);
        ed_mul_base(&p, &b);
        CHECK(ed_eq(&p, &q));
    }
}

static void test_scalar_bytes__are_canonical(struct prng *rng)
{
    uint8_t be[32], le[32], wide[64];
    ed_scalar a, b, hi, lo, shift;
    for (size_t i = 0; i < 3 * ROUNDS; i++) {
        sample_scalar(&a, i, rng);
        ed_scalar_to_be32(be, &a);
        ed_scalar_to_le32(le, &a);
        for (int k = 0; k < 32; k++) CHECK(be[k] == le[31 - k]);
        CHECK(ed_scalar_from_be32(&b, be) && ed_scalar_eq(&a, &b));
        CHECK(ed_scalar_from_le32(&b, le) && ed_scalar_eq(&a, &b));
    }
    /* L - 1 is read; L, and L with any limb one more, are not. */
    for (int i = -2; i < 4; i++) {
        b = ED_ORDER;
        if (i >= 0) b.l[i]++;
        if (i == -2) b.l[0]--;
        ed_scalar_to_be32(be, &b);
        ed_scalar_to_le32(le, &b);
        CHECK(ed_scalar_from_be32(&a, be) == (i == -2));
        CHECK(ed_scalar_is_zero(&a) == (i != -2));
        CHECK(ed_scalar_from_le32(&a, le) == (i == -2));
        CHECK(ed_scalar_is_zero(&a) == (i != -2));
    }
    memset(be, 0xff, 32);
    CHECK(!ed_scalar_from_be32(&a, be) && ed_scalar_is_zero(&a));
    /* 64 bytes: hi 2^256 + lo, by the ring. 2^256 = (2^128)^2. */
    for (int i = 0; i < ROUNDS; i++) {
        prng_bytes(rng, wide, sizeof wide);
        if (i == 0) memset(wide, 0xff, sizeof wide);
        if (i == 1) memset(wide, 0, 32);
        uint8_t half[64] = {0};
        memcpy(half + 32, wide, 32);
        ed_scalar_from_be64_reduce(&hi, half);
        memcpy(half + 32, wide + 32, 32);
        ed_scalar_from_be64_reduce(&lo, half);
        shift = (ed_scalar){{0, 0, 1, 0}};
        ed_scalar_mul(&shift, &shift, &shift);
        ed_scalar_mul(&hi, &hi, &shift);
        ed_scalar_add(&hi, &hi, &lo);
        ed_scalar_from_be64_reduce(&a, wide);
        CHECK(ed_scalar_eq(&a, &hi));
        ed_scalar_to_be32(be, &a);
        CHECK(ed_scalar_from_be32(&b, be));
    }
}

/* ---- the subgroup */

/* Against L P, on random points of all cosets and on every multiple of a point of order 8. */
static void test_subgroup__is_what_the_order_kills(struct prng *rng)
{
    ed_affine t, p;
    ed_ext r, te;
    unsigned inside = 0;
    for (int i = 0; i < 12 * ROUNDS; i++) {
        random_point(&p, rng);
        mul_by_adding(&r, &p, &ED_ORDER);
        CHECK(ed_in_subgroup_vartime(&p) == ed_is_identity(&r));
        inside += ed_is_identity(&r);
    }
    CHECK(inside > 20 && inside < 120); /* an eighth of 480 */
    torsion_generator(&t, rng);
    ed_from_affine(&te, &t);
    for (int i = 0; i < ROUNDS; i++) {
        ed_scalar k;
        ed_ext q;
        random_scalar(&k, rng);
        if (i == 0) ed_scalar_from_u64(&k, 0);
        ed_mul_base(&q, &k);
        for (int coset = 0; coset < 8; coset++) {
            ed_to_affine(&p, &q);
            CHECK(ed_in_subgroup_vartime(&p) == (coset == 0));
            ed_add(&q, &q, &te);
        }
    }
    CHECK(ed_in_subgroup_vartime(&ED_GENERATOR));
}

/* ---- bytes */

static void test_pack__is_read_back(struct prng *rng)
{
    for (int i = 0; i < 5 * ROUNDS; i++) {
        uint8_t bytes[32], again[32];
        ed_affine p, q;
        random_point(&p, rng);
        ed_pack(bytes, &p);
        CHECK(ed_unpack(&q, bytes) && ed_affine_eq(&p, &q));
        bytes[31] ^= 0x80;
        ed_affine_neg(&p, &p);
        CHECK(ed_unpack(&q, bytes) && ed_affine_eq(&p, &q));
        ed_pack(again, &q);
        CHECK_EQ_BYTES(bytes, again, 32);
    }
}

static void test_unpack__refuses_what_is_no_point(struct prng *rng)
{
    const ed_affine identity = ED_AFFINE_IDENTITY;
    uint8_t bytes[32] = {0};
    uint64_t limbs[4] = FR_MODULUS_L;
    ed_affine p;
    unsigned refused = 0;
    for (int i = 0; i < 10 * ROUNDS; i++) {
        fr y;
        fr_random(&y, rng);
        fr_to_le32(bytes, &y);
        bool ok = ed_unpack(&p, bytes);
        CHECK(ed_is_on_curve(&p) && fr_eq(&p.y, ok ? &y : &identity.y));
        if (!ok) CHECK(ed_affine_is_identity(&p));
        refused += !ok;
    }
    CHECK(refused > 150 && refused < 250);
    /* y = p + 1 would be the identity again; 2^255 - 1 is far above. */
    limbs[0]++;
    for (int sign = 0; sign < 2; sign++) {
        for (int i = 0; i < 4; i++) store_le64(bytes + 8 * i, limbs[i]);
        bytes[31] |= (uint8_t)(sign << 7);
        CHECK(!ed_unpack(&p, bytes) && ed_affine_is_identity(&p));
        memset(bytes, 0xff, 32);
        bytes[31] = (uint8_t)(0x7f | sign << 7);
        CHECK(!ed_unpack(&p, bytes) && ed_affine_is_identity(&p));
    }
    /* x = 0 has no parity to choose: both encodings are the identity. */
    memset(bytes, 0, 32);
    bytes[0] = 1;
    CHECK(ed_unpack(&p, bytes) && ed_affine_is_identity(&p));
    bytes[31] = 0x80;
    CHECK(ed_unpack(&p, bytes) && ed_affine_is_identity(&p));
}

/* ---- tests/vectors/curve.json */

static void point_of(ed_affine *p, struct vec *v)
{
    vec_fr(&p->x, vec_get(v, "x"));
    vec_fr(&p->y, vec_get(v, "y"));
}

static void unpacked(ed_affine *p, struct vec *v)
{
    uint8_t bytes[32];
    vec_bytes(bytes, 32, v);
    CHECK(ed_unpack(p, bytes));
}

static void check_packs_to(struct vec *packed, const ed_affine *p)
{
    uint8_t want[32], got[32];
    vec_bytes(want, 32, packed);
    ed_pack(got, p);
    CHECK_EQ_BYTES(want, got, 32);
}

static void check_parameters(struct vec *file)
{
    uint8_t want[32], got[32];
    ed_affine g;
    fr d;
    vec_fr(&d, vec_get(file, "d"));
    CHECK(fr_eq(&d, &ED_D));
    vec_bytes(want, 32, vec_get(file, "subgroup_order"));
    ed_scalar_to_be32(got, &ED_ORDER);
    CHECK_EQ_BYTES(want, got, 32);
    point_of(&g, vec_get(file, "generator"));
    CHECK(ed_affine_eq(&g, &ED_GENERATOR));
    check_packs_to(vec_get(vec_get(file, "generator"), "packed"), &ED_GENERATOR);
}

static void check_multiples(struct vec *list)
{
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        uint8_t bytes[32];
        ed_scalar k;
        ed_affine want;
        ed_ext got;
        vec_bytes(bytes, 32, vec_get(v, "scalar"));
        CHECK(ed_scalar_from_be32(&k, bytes));
        point_of(&want, v);
        ed_mul_base(&got, &k);
        check_same(&want, &got);
        ed_mul(&got, &ED_GENERATOR, &k);
        check_same(&want, &got);
        check_packs_to(vec_get(v, "packed"), &want);
    }
}

static void check_additions(struct vec *list)
{
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        ed_affine a, b, want;
        ed_ext p, q;
        unpacked(&a, vec_get(v, "a"));
        unpacked(&b, vec_get(v, "b"));
        unpacked(&want, vec_get(v, "sum"));
        ed_from_affine(&p, &a);
        ed_from_affine(&q, &b);
        ed_add(&p, &p, &q);
        check_same(&want, &p);
    }
}

static void check_small_orders(struct vec *list)
{
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        uint64_t order = vec_u64(vec_get(v, "order"));
        ed_affine p;
        ed_ext q;
        ed_scalar k;
        point_of(&p, v);
        CHECK(ed_is_on_curve(&p));
        check_packs_to(vec_get(v, "packed"), &p);
        CHECK(ed_in_subgroup_vartime(&p) == (order == 1));
        for (uint64_t n = 1; n <= order; n++) {
            ed_scalar_from_u64(&k, n);
            ed_mul(&q, &p, &k);
            CHECK(ed_is_identity(&q) == (n == order));
        }
    }
}

static void check_decompression(struct vec *list)
{
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        uint8_t bytes[32], again[32];
        ed_affine p, want;
        vec_bytes(bytes, 32, vec_get(v, "packed"));
        bool ok = ed_unpack(&p, bytes);
        CHECK_MSG(ok == vec_bool(vec_get(v, "valid")), "%s", vec_json(v));
        if (!ok) continue;
        point_of(&want, v);
        CHECK_MSG(ed_affine_eq(&want, &p), "%s", vec_json(v));
        CHECK_MSG(ed_in_subgroup_vartime(&p) == vec_bool(vec_get(v, "in_prime_subgroup")), "%s", vec_json(v));
        ed_pack(again, &p);
        CHECK_MSG((memcmp(bytes, again, 32) == 0) == vec_bool(vec_get(v, "canonical")), "%s", vec_json(v));
    }
}

static void test_vectors__of_curve_json(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("curve.json");
    check_parameters(file);
    check_multiples(vec_get(file, "generator_multiples"));
    check_additions(vec_get(file, "additions"));
    check_small_orders(vec_get(file, "small_order_points"));
    check_decompression(vec_get(file, "decompression"));
    vec_free(file);
}

TEST_MAIN(TEST(test_additions__are_the_definition), TEST(test_group__is_associative),
          TEST(test_mul__is_repeated_addition), TEST(test_mul2__is_the_difference_of_two_products),
          TEST(test_scalars__form_a_ring_modulo_l), TEST(test_scalar_bytes__are_canonical),
          TEST(test_subgroup__is_what_the_order_kills), TEST(test_pack__is_read_back),
          TEST(test_unpack__refuses_what_is_no_point), TEST(test_vectors__of_curve_json))
