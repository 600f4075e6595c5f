/* field_test_tmpl: the tests of field_test.c, included once for fr and once for fq; T(name) names the test. */

/* Values where carries and borrows happen: 0, 1, 2, p-1, p-2, (p-1)/2, 2^52 +- 1, 2^64 +- 1, 2^253; then random. */
static void FN(sample)(FIELD *out, size_t i, struct prng *rng)
{
    static const uint64_t edges[][4] = {{0},
                                        {1},
                                        {2},
                                        CONST(HALF_L),
                                        CONST(MINUS_TWO_L),
                                        {(UINT64_C(1) << 52) - 1},
                                        {(UINT64_C(1) << 52) + 1},
                                        {UINT64_MAX},
                                        {0, 1},
                                        {1, 1},
                                        {0, 0, 0, UINT64_C(1) << 61},
                                        {UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    if (i < ZK_COUNT(edges)) {
        FN(from_limbs_reduce)(out, edges[i]);
    } else if (i == ZK_COUNT(edges)) {
        FIELD one = {CONST(R_L)};
        FN(neg)(out, &one);
    } else {
        FN(random)(out, rng);
    }
}

static void T(laws__hold)(struct prng *rng)
{
    const FIELD one = {CONST(R_L)};
    const FIELD zero = {{0}};
    for (size_t i = 0; i < ROUNDS; i++) {
        FIELD a, b, c, x, y, z;
        FN(sample)(&a, i % 25, rng);
        FN(sample)(&b, i / 25, rng);
        FN(random)(&c, rng);
        FN(add)(&x, &a, &b);
        FN(add)(&y, &b, &a);
        CHECK(FN(eq)(&x, &y));
        FN(sub)(&y, &x, &b);
        CHECK(FN(eq)(&y, &a));
        FN(neg)(&y, &a);
        FN(add)(&y, &y, &a);
        CHECK(FN(is_zero)(&y));
        FN(dbl)(&x, &a);
        FN(half)(&y, &x);
        CHECK(FN(eq)(&y, &a));
        FN(mul)(&x, &a, &b);
        FN(mul)(&y, &b, &a);
        CHECK(FN(eq)(&x, &y));
        FN(mul)(&x, &x, &c); /* (ab)c = a(bc) */
        FN(mul)(&y, &b, &c);
        FN(mul)(&y, &a, &y);
        CHECK(FN(eq)(&x, &y));
        FN(add)(&x, &a, &b); /* (a+b)c = ac + bc */
        FN(mul)(&x, &x, &c);
        FN(mul)(&y, &a, &c);
        FN(mul)(&z, &b, &c);
        FN(add)(&y, &y, &z);
        CHECK(FN(eq)(&x, &y));
        FN(mul)(&x, &a, &one);
        CHECK(FN(eq)(&x, &a));
        FN(sqr)(&x, &a);
        FN(mul)(&y, &a, &a);
        CHECK(FN(eq)(&x, &y));
        FN(inv)(&x, &a);
        FN(mul)(&y, &x, &a);
        CHECK(FN(eq)(&y, FN(is_zero)(&a) ? &zero : &one));
        FN(inv_vartime)(&y, &a);
        CHECK(FN(eq)(&x, &y));
        FN(pow_u64_vartime)(&x, &a, 5);
        FN(sqr)(&y, &a);
        FN(sqr)(&y, &y);
        FN(mul)(&y, &y, &a);
        CHECK(FN(eq)(&x, &y));
    }
}

static void T(bytes__are_canonical)(struct prng *rng)
{
    const FIELD p = {CONST(MODULUS_L)};
    uint8_t be[32], le[32];
    FIELD a, b;
    for (size_t i = 0; i < ROUNDS; i++) {
        FN(sample)(&a, i, rng);
        FN(to_be32)(be, &a);
        FN(to_le32)(le, &a);
        for (int k = 0; k < 32; k++) CHECK(be[k] == le[31 - k]);
        CHECK(FN(from_be32)(&b, be) && FN(eq)(&a, &b));
        CHECK(FN(from_le32)(&b, le) && FN(eq)(&a, &b));
        FN(from_be32_reduce)(&b, be);
        CHECK(FN(eq)(&a, &b));
    }
    /* p - 1 is read, p and all above are not. */
    CHECK(!FN(from_limbs)(&b, p.l) && FN(is_zero)(&b));
    uint64_t below[4] = {p.l[0] - 1, p.l[1], p.l[2], p.l[3]};
    CHECK(FN(from_limbs)(&b, below));
    FIELD one = {CONST(R_L)};
    FN(add)(&b, &b, &one);
    CHECK(FN(is_zero)(&b));
    for (int i = 0; i < 4; i++) {
        uint64_t above[4] = {p.l[0], p.l[1], p.l[2], p.l[3]};
        above[i]++;
        CHECK(!FN(from_limbs)(&b, above) && FN(is_zero)(&b));
    }
    memset(be, 0xff, sizeof be);
    CHECK(!FN(from_be32)(&b, be) && FN(is_zero)(&b));
    /* 2^256 - 1 mod p = R - 1. */
    FN(from_be32_reduce)(&a, be);
    const FIELD r_limbs = {CONST(R_L)};
    FN(from_limbs_reduce)(&b, r_limbs.l);
    FN(sub)(&b, &b, &one);
    CHECK(FN(eq)(&a, &b));
    /* hi * 2^256 + lo */
    uint8_t wide[64];
    prng_bytes(rng, wide, sizeof wide);
    FIELD hi, lo, shift;
    FN(from_be32_reduce)(&hi, wide);
    FN(from_be32_reduce)(&lo, wide + 32);
    FN(from_limbs_reduce)(&shift, r_limbs.l);
    FN(mul)(&hi, &hi, &shift);
    FN(add)(&hi, &hi, &lo);
    FN(from_be64_reduce)(&a, wide);
    CHECK(FN(eq)(&a, &hi));
}

static void T(sqrt__finds_roots_of_squares_only)(struct prng *rng)
{
    FIELD non_residue, a, root, sq;
    FN(from_u64)(&non_residue, CONST(GENERATOR_U64));
    for (size_t i = 0; i < 50; i++) {
        FN(sample)(&a, i, rng);
        FN(sqr)(&a, &a);
        CHECK(FN(sqrt_vartime)(&root, &a));
        FN(sqr)(&sq, &root);
        CHECK(FN(eq)(&sq, &a));
        if (FN(is_zero)(&a)) continue;
        FN(mul)(&a, &a, &non_residue);
        CHECK(!FN(sqrt_vartime)(&root, &a));
        CHECK(FN(is_zero)(&root));
    }
}

static void T(batch_inv__keeps_zero)(struct prng *rng)
{
    FIELD in[40] = {{{0}}};
    FIELD out[40], scratch[40], x;
    for (size_t n = 0; n <= 40; n++) {
        for (size_t i = 0; i < n; i++) FN(sample)(&in[i], prng_below(rng, 30), rng);
        FN(batch_inv)(out, in, n, scratch);
        for (size_t i = 0; i < n; i++) {
            FN(inv)(&x, &in[i]);
            CHECK(FN(eq)(&x, &out[i]));
        }
        FN(batch_inv)(in, in, n, scratch);
        for (size_t i = 0; i < n; i++) CHECK(FN(eq)(&in[i], &out[i]));
    }
}
