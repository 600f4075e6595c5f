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

/* Five limbs of `bits` bits as an integer below 2^256. */
static FIELD FN(joined)(const uint64_t limbs[5], unsigned bits)
{
    FIELD a = {{0}};
    for (unsigned i = 0; i < 5; i++) {
        unsigned at = i * bits;
        a.l[at / 64] |= limbs[i] << at % 64;
        if (at % 64 + bits > 64 && at / 64 < 3) a.l[at / 64 + 1] |= limbs[i] >> (64 - at % 64);
    }
    return a;
}

/* a 2^n mod p by doubling: sums need no Montgomery form. */
static FIELD FN(doubled)(FIELD a, unsigned n)
{
    for (unsigned i = 0; i < n; i++) FN(dbl)(&a, &a);
    return a;
}

/* field_gen.h is what field_gen.py writes (make gen-check); this is that both mean the same. */
static void T(constants__follow_from_the_modulus)(struct prng *rng)
{
    const uint64_t p52[5] = CONST(P52_L), p62[5] = CONST(P62_L), r52[5] = CONST(R52_L), r2_62[5] = CONST(R2_62_L);
    const uint64_t friendly[5] = CONST(FRIENDLY52_L);
    const FIELD p = {CONST(MODULUS_L)}, r = {CONST(R_L)}, r2 = {CONST(R2_L)}, r3 = {CONST(R3_L)};
    const FIELD half = {CONST(HALF_L)}, minus_two = {CONST(MINUS_TWO_L)}, unit = {{1, 0, 0, 0}};
    FIELD x;
    (void)rng;
#define IS(want, got)                                                                                                  \
    do {                                                                                                               \
        x = (got);                                                                                                     \
        CHECK_EQ_BYTES(&(want), &x, sizeof x);                                                                         \
    } while (0)
    IS(p, FN(joined)(p52, 52));
    IS(p, FN(joined)(p62, 62));
    IS(r, FN(doubled)(unit, 256));
    IS(r2, FN(doubled)(unit, 512));
    IS(r3, FN(doubled)(unit, 768));
    IS(r2, FN(joined)(r2_62, 62));
    const FIELD shifted = FN(joined)(r52, 52);
    IS(shifted, FN(doubled)(unit, 260));
    IS(unit, FN(doubled)(FN(joined)(friendly, 52), 52)); /* 2^52 f = k p + 1 */
    FIELD sum = FN(doubled)(half, 1);                    /* (p - 1) / 2, doubled: -1 */
    FN(add)(&sum, &sum, &unit);
    CHECK(FN(is_zero)(&sum));
    FN(add)(&sum, &minus_two, &unit);
    FN(add)(&sum, &sum, &unit);
    CHECK(FN(is_zero)(&sum));
#undef IS
    CHECK_EQ_U64(UINT64_MAX, CONST(NINV64) * p.l[0]);
    CHECK_EQ_U64((UINT64_C(1) << 52) - 1, CONST(NINV52) * p.l[0] & ((UINT64_C(1) << 52) - 1));
    CHECK_EQ_U64(1, CONST(INV62) * p.l[0] & (UINT64_MAX >> 2));
    CHECK_EQ_U64(15, CONST(NINV4) * p.l[0] & 15);
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

/* Small and large values, powers of two and their neighbours in both forms, then random ones. */
static void T(inv__is_fermats_power)(struct prng *rng)
{
    static const uint64_t exponent[4] = CONST(MINUS_TWO_L);
    for (size_t i = 0; i < 1200; i++) {
        FIELD a, want, got;
        uint64_t limbs[4] = {0};
        if (i < 762) {
            limbs[i / 3 / 64] = UINT64_C(1) << (i / 3 % 64);
            a = (FIELD){{limbs[0], limbs[1], limbs[2], limbs[3]}}; /* below 2^254; the modulus is more than 2^253 */
            if (i / 3 == 253) a.l[3] -= 1;
            const FIELD neighbour = {{1, 0, 0, 0}};
            if (i % 3 == 1) FN(add)(&a, &a, &neighbour);
            if (i % 3 == 2) FN(neg)(&a, &a);
        } else if (i < 900) {
            FN(from_u64)(&a, i - 762);
        } else {
            FN(random)(&a, rng);
        }
        FN(pow)(&want, &a, exponent);
        FN(inv)(&got, &a);
        CHECK(FN(eq)(&want, &got));
        FN(inv_vartime)(&got, &a);
        CHECK(FN(eq)(&want, &got));
        FN(inv)(&a, &a);
        CHECK(FN(eq)(&want, &a));
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

/* ---- kernels against the plain definition */

#define KERNEL_LEN 41

static void FN(check_kernels)(const struct FN(kernels) * k, const FIELD *a, const FIELD *b, const FIELD *c, size_t n)
{
    const struct FN(kernels) *plain = FN(kernels_of)(CPU_PLAIN);
    FIELD want[KERNEL_LEN + 1], got[KERNEL_LEN + 1], scratch[KERNEL_LEN + 1];
    const size_t len = sizeof want;
    /* One element more than n, which nobody may touch. Every operation three times: apart, out = a, out = b. */
#define AGREE(op)                                                                                                      \
    do {                                                                                                               \
        memcpy(want, c, len);                                                                                          \
        plain->op(want, a, b, n);                                                                                      \
        memcpy(got, c, len);                                                                                           \
        k->op(got, a, b, n);                                                                                           \
        CHECK_MSG(memcmp(want, got, len) == 0, "%s %s, n = %zu", k->name, #op, n);                                     \
        memcpy(got, a, len);                                                                                           \
        k->op(got, got, b, n);                                                                                         \
        CHECK_MSG(memcmp(want, got, n * sizeof(FIELD)) == 0, "%s %s, out = a, n = %zu", k->name, #op, n);              \
        memcpy(got, b, len);                                                                                           \
        k->op(got, a, got, n);                                                                                         \
        CHECK_MSG(memcmp(want, got, n * sizeof(FIELD)) == 0, "%s %s, out = b, n = %zu", k->name, #op, n);              \
    } while (0)
    AGREE(mul);
    AGREE(add);
    AGREE(sub);
#undef AGREE
    memcpy(want, c, len);
    plain->scale(want, a, &b[0], n);
    memcpy(got, c, len);
    k->scale(got, a, &b[0], n);
    CHECK_MSG(memcmp(want, got, len) == 0, "%s scale, n = %zu", k->name, n);
    memcpy(got, a, len);
    k->scale(got, got, &got[n], n); /* the factor may stand behind the last element */
    plain->scale(want, a, &a[n], n);
    CHECK_MSG(memcmp(want, got, n * sizeof(FIELD)) == 0, "%s scale, out = a, n = %zu", k->name, n);
    memcpy(want, c, len);
    plain->axpy(want, &b[0], a, n);
    memcpy(got, c, len);
    k->axpy(got, &b[0], a, n);
    CHECK_MSG(memcmp(want, got, len) == 0, "%s axpy, n = %zu", k->name, n);
    memcpy(want, c, len);
    plain->batch_inv(want, a, n, scratch);
    memcpy(got, c, len);
    k->batch_inv(got, a, n, scratch);
    CHECK_MSG(memcmp(want, got, len) == 0, "%s batch_inv, n = %zu", k->name, n);
    memcpy(got, a, len);
    k->batch_inv(got, got, n, scratch);
    CHECK_MSG(memcmp(want, got, n * sizeof(FIELD)) == 0, "%s batch_inv, out = in, n = %zu", k->name, n);
}

static void T(kernels__agree)(struct prng *rng)
{
    FIELD a[KERNEL_LEN + 1], b[KERNEL_LEN + 1], c[KERNEL_LEN + 1];
    for (int level = CPU_PLAIN; level <= CPU_IFMA; level++) {
        const struct FN(kernels) *k = FN(kernels_of)((cpu_level)level);
        if (k == NULL) continue;
        for (size_t n = 0; n < KERNEL_LEN; n++) {
            for (size_t i = 0; i <= KERNEL_LEN; i++) {
                FN(sample)(&a[i], prng_below(rng, 26), rng);
                FN(sample)(&b[i], prng_below(rng, 26), rng);
                FN(sample)(&c[i], prng_below(rng, 26), rng);
            }
            FN(check_kernels)(k, a, b, c, n);
        }
    }
    CHECK_EQ_STR(cpu_level_str(cpu_level_get()), FN(kernels)()->name);
}
