/* field_ifma_test_tmpl: the tests of field_ifma_test.c, included once for fr and once for fq. A vector is looked at as
 * eight integers of five 52-bit limbs, and each integer as an element, whatever its Montgomery factor. */

/* This program runs at every level; what it tests exists at one. */
#define NEEDS_IFMA                                                                                                     \
    if (cpu_level_get() < CPU_IFMA) return

/* One integer below 2^260 (radix 2^52), modulo p: low 256 bits + high bits * 2^256. */
static void FN(of_limbs)(FIELD *r, const uint64_t l[5])
{
    const uint64_t low[4] = {l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40, l[2] >> 24 | l[3] << 28,
                             l[3] >> 36 | l[4] << 16};
    const FIELD two_256 = {CONST(R_L)};
    FIELD high, shift;
    FN(from_limbs_reduce)(r, low);
    FN(from_u64)(&high, l[4] >> 48);
    FN(from_limbs_reduce)(&shift, two_256.l);
    FN(mul)(&high, &high, &shift);
    FN(add)(r, r, &high);
}

static void FN8(to_words)(uint64_t out[5][8], const FIELD8 *a)
{
    for (int i = 0; i < 5; i++) _mm512_storeu_si512(out[i], a->l[i]);
}

static FIELD8 FN8(from_words)(uint64_t in[5][8])
{
    FIELD8 a;
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_loadu_si512(in[i]);
    return a;
}

static void FN(of_lane)(FIELD *r, const FIELD8 *a, int lane)
{
    uint64_t words[5][8];
    uint64_t limbs[5];
    FN8(to_words)(words, a);
    for (int i = 0; i < 5; i++) limbs[i] = words[i][lane];
    FN(of_limbs)(r, limbs);
}

/* 2^-260 */
static void FN(unshift)(FIELD *r)
{
    FIELD two;
    FN(from_u64)(&two, 2);
    FN(pow_u64_vartime)(r, &two, 260);
    FN(inv)(r, r);
}

/* Eight carried integers just below multiple * p, the last two random below it: k p - 1 - (0 .. 5). */
static FIELD8 FN8(just_below)(unsigned multiple, struct prng *rng)
{
    static const uint64_t p52[5] = CONST(P52_L);
    uint64_t words[5][8];
    for (int lane = 0; lane < 8; lane++) {
        int64_t carry = lane < 6 ? -1 - lane : -(int64_t)(prng_u64(rng) >> 20);
        for (int i = 0; i < 5; i++) {
            uint64_t x = p52[i] * multiple + (uint64_t)carry; /* below 2^52 * 84 + a carry */
            words[i][lane] = x & FIELD8_MASK52;
            carry = (int64_t)x >> 52;
        }
        CHECK(carry == 0);
    }
    return FN8(from_words)(words);
}

/* Random limbs, and all ones in lane 0: 2^260 - 1. */
static FIELD8 FN8(any_carried)(struct prng *rng)
{
    uint64_t words[5][8];
    for (int i = 0; i < 5; i++)
        for (int lane = 0; lane < 8; lane++) words[i][lane] = lane == 0 ? FIELD8_MASK52 : prng_u64(rng) & FIELD8_MASK52;
    return FN8(from_words)(words);
}

static void FN8(check_mul)(FIELD8 a, FIELD8 b, bool lazy)
{
    FIELD unshift;
    FN(unshift)(&unshift);
    FIELD8 product = FN8(mul)(a, b);
    CHECK(FN8(is_carried)(&product));
    if (lazy) CHECK(FN8(is_below_2p)(&product));
    for (int lane = 0; lane < 8; lane++) {
        FIELD x, y, got;
        FN(of_lane)(&x, &a, lane);
        FN(of_lane)(&y, &b, lane);
        FN(of_lane)(&got, &product, lane);
        FN(mul)(&x, &x, &y);
        FN(mul)(&x, &x, &unshift);
        CHECK(FN(eq)(&x, &got));
    }
}

static void T(mul__takes_all_carried_values)(struct prng *rng)
{
    static const unsigned bounds[][2] = {{84, 1}, {1, 84}, {42, 2}, {21, 4}, {9, 9}, {5, 16}, {2, 2}, {1, 1}};
    NEEDS_IFMA;
    for (size_t i = 0; i < ZK_COUNT(bounds); i++)
        FN8(check_mul)(FN8(just_below)(bounds[i][0], rng), FN8(just_below)(bounds[i][1], rng), true);
    for (size_t i = 0; i < ROUNDS; i++) {
        FIELD8 a = FN8(any_carried)(rng);
        FIELD8 b = FN8(any_carried)(rng);
        FN8(check_mul)(a, FN8(just_below)(1, rng), true); /* a < 2^260 and b < p: a b / 2^260 < p */
        FN8(check_mul)(FN8(zero)(), b, true);
        FN8(check_mul)(a, FN8(just_below)(20, rng), false);
        FIELD8 s = FN8(just_below)(i % 2 == 0 ? 9 : 16, rng);
        FIELD8 square = FN8(sqr)(s);
        FIELD8 product = FN8(mul)(s, s);
        CHECK_EQ_BYTES(&product, &square, sizeof square);
    }
}

static void T(carry__takes_signed_limbs)(struct prng *rng)
{
    NEEDS_IFMA;
    for (size_t n = 0; n < ROUNDS; n++) {
        FIELD8 a = FN8(any_carried)(rng);
        uint64_t words[5][8];
        FN8(to_words)(words, &a);
        /* Moves up to +-2^9 of a limb's units into the limb below, 2^52 each: the value stays, limbs reach 2^61. */
        for (int i = 0; i < 4; i++) {
            for (int lane = 0; lane < 8; lane++) {
                int64_t k = n == 0 ? 511 : n == 1 ? -511 : (int64_t)prng_below(rng, 1023) - 511;
                words[i][lane] += (uint64_t)k << 52;
                words[i + 1][lane] -= (uint64_t)k;
            }
        }
        FIELD8 carried = FN8(carry)(FN8(from_words)(words));
        CHECK_EQ_BYTES(&a, &carried, sizeof a);
    }
}

/* 0, 1, p - 1, p, p + 1 and 2p - 1, by both reductions. */
static void T(reduce__is_exact_around_p)(struct prng *rng)
{
    static const uint64_t p52[5] = CONST(P52_L);
    NEEDS_IFMA;
    (void)rng;
    FIELD8 p = FN8(splat52)(p52);
    FIELD8 unit = FN8(zero)();
    unit.l[0] = _mm512_set1_epi64(1);
    FIELD8 below = FN8(carry)(FN8(sub_exact)(p, unit));
    FIELD8 above = FN8(carry)(FN8(add)(p, unit));
    FIELD8 last = FN8(carry)(FN8(add)(p, below));
    FIELD8 zero = FN8(zero)();
    const FIELD8 cases[][2] = {{zero, zero}, {unit, unit}, {below, below}, {p, zero}, {above, unit}, {last, below}};
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        FIELD8 lazy = FN8(reduce_lazy)(cases[i][0]);
        CHECK_EQ_BYTES(&cases[i][1], &lazy, sizeof lazy);
        FIELD8 sum = FN8(reduce_sum)(cases[i][0]);
        CHECK_EQ_BYTES(&cases[i][1], &sum, sizeof sum);
    }
}

static void T(sub__is_never_negative)(struct prng *rng)
{
    NEEDS_IFMA;
    FIELD8 zero = FN8(zero)();
    FIELD8 b2 = FN8(just_below)(2, rng);
    FIELD8 b4 = FN8(just_below)(4, rng);
    FIELD8 d2 = FN8(carry)(FN8(sub2)(zero, b2));
    FIELD8 d4 = FN8(carry)(FN8(sub4)(zero, b4));
    for (int lane = 0; lane < 8; lane++) {
        FIELD x, y;
        FN(of_lane)(&x, &b2, lane);
        FN(of_lane)(&y, &d2, lane);
        FN(add)(&x, &x, &y);
        CHECK(FN(is_zero)(&x));
        FN(of_lane)(&x, &b4, lane);
        FN(of_lane)(&y, &d4, lane);
        FN(add)(&x, &x, &y);
        CHECK(FN(is_zero)(&x));
    }
    CHECK(FN8(is_carried)(&d2) && FN8(is_carried)(&d4));
}

/* 200 products of factors below 2^256 and 5p: the sum of a b / 2^260 stays below 200 * 5p / 16 < 63p, so the result
 * fits in five limbs. */
static void T(wide__sums_200_products)(struct prng *rng)
{
    NEEDS_IFMA;
    FIELD unshift;
    FIELD want[8];
    FN(unshift)(&unshift);
    memset(want, 0, sizeof want);
    FN8(wide) w = FN8(wide_zero)();
    for (int n = 0; n < 200; n++) {
        FIELD8 a = FN8(any_carried)(rng);
        FIELD8 b = FN8(just_below)(5, rng);
        a.l[4] = _mm512_srli_epi64(a.l[4], 4);
        FN8(wide_add_mul)(&w, a, b);
        for (int lane = 0; lane < 8; lane++) {
            FIELD x, y;
            FN(of_lane)(&x, &a, lane);
            FN(of_lane)(&y, &b, lane);
            FN(mul)(&x, &x, &y);
            FN(add)(&want[lane], &want[lane], &x);
        }
    }
    FIELD8 sum = FN8(wide_reduce)(w);
    CHECK(FN8(is_carried)(&sum));
    for (int lane = 0; lane < 8; lane++) {
        FIELD got;
        FN(of_lane)(&got, &sum, lane);
        FN(mul)(&want[lane], &want[lane], &unshift);
        CHECK(FN(eq)(&want[lane], &got));
    }
}

static void T(memory__round_trips)(struct prng *rng)
{
    NEEDS_IFMA;
    for (size_t n = 0; n < ROUNDS; n++) {
        FIELD in[8], out[8];
        const FIELD minus_one = {CONST(MINUS_TWO_L)}; /* the largest limbs but one */
        for (int i = 0; i < 8; i++) FN(random)(&in[i], rng);
        if (n == 0) in[3] = minus_one;
        FN8(store_raw)(out, FN8(load_raw)(in));
        CHECK_EQ_BYTES(in, out, sizeof in);
        FN8(store)(out, FN8(mul)(FN8(load)(in), FN8(one)()));
        CHECK_EQ_BYTES(in, out, sizeof in);
        FN8(spill)(out, FN8(load_raw)(in));
        FIELD8 back = FN8(unspill)(out);
        FN8(store_raw)(out, back);
        CHECK_EQ_BYTES(in, out, sizeof in);
        FN8(store_raw)(out, FN8(splat_raw)(&in[5]));
        CHECK_EQ_BYTES(&in[5], &out[n % 8], sizeof in[5]);
        for (size_t part = 0; part < 8; part++) {
            memset(out, 0x55, sizeof out);
            FN8(store_raw_n)(out, FN8(load_raw_n)(in, part), part);
            CHECK_EQ_BYTES(in, out, part * sizeof in[0]);
            CHECK(out[part].l[0] == UINT64_C(0x5555555555555555));
        }
    }
}

#undef NEEDS_IFMA
