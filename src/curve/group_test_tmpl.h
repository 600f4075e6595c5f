/* group_test_tmpl: tests that g1 and g2 share, included by g1_test.c and g2_test.c; T(name) names the test. */

/* The same point with another z. */
static void rescale(JAC *p, struct prng *rng)
{
    FE s, s2;
    FEN(random)(&s, rng);
    FEN(sqr)(&s2, &s);
    FEN(mul)(&p->x, &p->x, &s2);
    FEN(mul)(&s2, &s2, &s);
    FEN(mul)(&p->y, &p->y, &s2);
    FEN(mul)(&p->z, &p->z, &s);
}

/* Infinity, the generator, its opposite, then random points, with random z. */
static void sample(JAC *out, size_t i, struct prng *rng)
{
    AFFINE p = GENERATOR;
    if (i > 2) FN(random)(&p, rng);
    FN(jac_from_affine)(out, &p);
    if (i == 0) *out = JAC_INF;
    if (i == 2) FN(jac_neg)(out, out);
    rescale(out, rng);
}

/* The textbook law on affine points: chord and tangent, by division. The oracle for all other additions. */
static void add_by_division(AFFINE *r, const AFFINE *p, const AFFINE *q)
{
    FE num, den, slope, x, y;
    if (FN(affine_is_inf)(p)) {
        *r = *q;
        return;
    }
    if (FN(affine_is_inf)(q)) {
        *r = *p;
        return;
    }
    if (FEN(eq)(&p->x, &q->x)) {
        FEN(add)(&den, &p->y, &q->y);
        if (FEN(is_zero)(&den)) {
            *r = AFFINE_INF;
            return;
        }
        FEN(sqr)(&x, &p->x);
        FEN(dbl)(&num, &x);
        FEN(add)(&num, &num, &x);
    } else {
        FEN(sub)(&num, &q->y, &p->y);
        FEN(sub)(&den, &q->x, &p->x);
    }
    FEN(inv)(&den, &den);
    FEN(mul)(&slope, &num, &den);
    FEN(sqr)(&x, &slope);
    FEN(sub)(&x, &x, &p->x);
    FEN(sub)(&x, &x, &q->x);
    FEN(sub)(&y, &p->x, &x);
    FEN(mul)(&y, &y, &slope);
    FEN(sub)(&r->y, &y, &p->y);
    r->x = x;
}

static void check_same(const AFFINE *want, const JAC *got)
{
    AFFINE a;
    CHECK(FN(jac_is_on_curve)(got));
    FN(jac_to_affine)(&a, got);
    CHECK(FN(affine_is_on_curve)(&a));
    CHECK(FN(affine_eq)(want, &a));
}

/* Every addition against the textbook: all pairs of edges, equal points under different z, opposite points, aliases. */
static void T(additions__are_chord_and_tangent)(struct prng *rng)
{
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 8; j++) {
            JAC p, q, got;
            AFFINE pa, qa, want;
            sample(&p, i, rng);
            sample(&q, j, rng);
            if (j == 6) q = p;
            if (j == 7) FN(jac_neg)(&q, &p);
            if (j >= 6) rescale(&q, rng);
            FN(jac_to_affine)(&pa, &p);
            FN(jac_to_affine)(&qa, &q);
            add_by_division(&want, &pa, &qa);
            FN(jac_add)(&got, &p, &q);
            check_same(&want, &got);
            FN(jac_add_mixed)(&got, &p, &qa);
            check_same(&want, &got);
            got = p;
            FN(jac_add)(&got, &got, &q);
            check_same(&want, &got);
            got = q;
            FN(jac_add)(&got, &p, &got);
            check_same(&want, &got);
            got = p;
            FN(jac_add_mixed)(&got, &got, &qa);
            check_same(&want, &got);
            add_by_division(&want, &pa, &pa);
            FN(jac_dbl)(&got, &p);
            check_same(&want, &got);
            got = p;
            FN(jac_dbl)(&got, &got);
            check_same(&want, &got);
            got = p;
            FN(jac_add)(&got, &got, &got);
            check_same(&want, &got);
            FN(affine_neg)(&qa, &pa);
            FN(jac_neg)(&got, &p);
            check_same(&qa, &got);
        }
    }
}

static void T(jac_eq__sees_the_point_not_its_form)(struct prng *rng)
{
    for (size_t i = 0; i < 6; i++) {
        JAC p, q, minus;
        sample(&p, i, rng);
        q = p;
        rescale(&q, rng);
        CHECK(FN(jac_eq)(&p, &q));
        CHECK(FN(jac_is_inf)(&p) == (i == 0));
        FN(jac_neg)(&minus, &q);
        CHECK(FN(jac_eq)(&p, &minus) == (i == 0));
        FN(jac_dbl)(&q, &q);
        CHECK(FN(jac_eq)(&p, &q) == (i == 0));
        sample(&q, 9, rng);
        CHECK(!FN(jac_eq)(&p, &q));
        CHECK(!FN(jac_eq)(&q, &p));
    }
}

static void T(group__is_associative_and_commutative)(struct prng *rng)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        JAC p, q, s, left, right;
        sample(&p, i % 4, rng);
        sample(&q, i / 4 % 4, rng);
        sample(&s, i, rng);
        FN(jac_add)(&left, &p, &q);
        FN(jac_add)(&right, &q, &p);
        CHECK(FN(jac_eq)(&left, &right));
        FN(jac_add)(&left, &left, &s);
        FN(jac_add)(&right, &q, &s);
        FN(jac_add)(&right, &p, &right);
        CHECK(FN(jac_eq)(&left, &right));
    }
}

/* Bit by bit with the general addition: the slow way. */
static void mul_by_bits(JAC *r, const AFFINE *p, const uint64_t k[4])
{
    JAC acc = JAC_INF;
    for (int i = 255; i >= 0; i--) {
        FN(jac_dbl)(&acc, &acc);
        if (k[i / 64] >> (i % 64) & 1) FN(jac_add_mixed)(&acc, &acc, p);
    }
    *r = acc;
}

/* 0, 1, 2, .. 40, p - 1, p - 2, powers of two and their neighbours (all windows, all carries), then random. */
static void sample_scalar(fr *k, size_t i, struct prng *rng)
{
    fr_random(k, rng);
    if (i < 41) fr_from_u64(k, i);
    if (i == 41 || i == 42) {
        fr_from_u64(k, i - 40);
        fr_neg(k, k);
    }
    if (i > 42 && i < 60) {
        fr two, off;
        fr_from_u64(&two, 2);
        fr_pow_u64_vartime(k, &two, 15 * (i - 42) + prng_below(rng, 15) - 15);
        fr_from_u64(&off, prng_below(rng, 3));
        fr_add(k, k, &off);
    }
}

static void T(mul__is_repeated_addition)(struct prng *rng)
{
    for (size_t i = 0; i < 60 + ROUNDS / 4; i++) {
        AFFINE p;
        JAC want, got;
        uint64_t limbs[4];
        fr k;
        FN(random)(&p, rng);
        if (i % 7 == 0) p = GENERATOR;
        if (i % 11 == 0) p = AFFINE_INF;
        sample_scalar(&k, i, rng);
        fr_to_limbs(limbs, &k);
        mul_by_bits(&want, &p, limbs);
        FN(mul)(&got, &p, &k);
        CHECK(FN(jac_is_on_curve)(&got) && FN(jac_eq)(&want, &got));
        FN(mul_vartime)(&got, &p, &k);
        CHECK(FN(jac_is_on_curve)(&got) && FN(jac_eq)(&want, &got));
    }
}

static void T(mul__is_linear)(struct prng *rng)
{
    for (size_t i = 0; i < ROUNDS / 4; i++) {
        AFFINE p;
        JAC a, b, sum;
        fr k, l;
        FN(random)(&p, rng);
        fr_random(&k, rng);
        fr_random(&l, rng);
        FN(mul)(&a, &p, &k);
        FN(mul_vartime)(&b, &p, &l);
        FN(jac_add)(&sum, &a, &b);
        fr_add(&k, &k, &l);
        FN(mul)(&a, &p, &k);
        CHECK(FN(jac_eq)(&sum, &a));
    }
}

static void T(order__is_the_modulus_of_fr)(struct prng *rng)
{
    const fr modulus = FR_MODULUS;
    for (size_t i = 0; i < 5; i++) {
        AFFINE p = GENERATOR;
        JAC r;
        if (i > 0) FN(random)(&p, rng);
        CHECK(!FN(affine_is_inf)(&p) && FN(affine_is_on_curve)(&p));
        mul_by_bits(&r, &p, modulus.l);
        CHECK(FN(jac_is_inf)(&r));
    }
}

static void T(batch_to_affine__is_to_affine)(struct prng *rng)
{
    static uint8_t memory[64 * 256];
    struct arena scratch;
    JAC in[20];
    AFFINE out[20], want;
    arena_init(&scratch, memory, sizeof memory);
    for (size_t n = 0; n <= 20; n++) {
        for (size_t i = 0; i < n; i++) sample(&in[i], prng_below(rng, 5), rng);
        CHECK_OK(FN(jac_batch_to_affine)(out, in, n, &scratch));
        CHECK(scratch.used == 0);
        for (size_t i = 0; i < n; i++) {
            FN(jac_to_affine)(&want, &in[i]);
            CHECK(FN(affine_eq)(&want, &out[i]));
        }
    }
    arena_init(&scratch, memory, 64);
    CHECK_ERR(ZK_ERR_FULL, FN(jac_batch_to_affine)(out, in, 20, &scratch));
    CHECK(scratch.used == 0);
}

static void T(on_curve__refuses_other_points)(struct prng *rng)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        AFFINE p;
        JAC j;
        FN(random)(&p, rng);
        CHECK(FN(affine_is_on_curve)(&p));
        FEN(random)(i % 2 ? &p.x : &p.y, rng);
        CHECK(!FN(affine_is_on_curve)(&p));
        FN(jac_from_affine)(&j, &p);
        rescale(&j, rng);
        CHECK(!FN(jac_is_on_curve)(&j));
    }
}
