/* The embedded curve on eight points in the lanes of fr8.
 *
 * Ranges. Every fr8 named here is carried, and lazy (below 2p) unless a comment says more; add_carried and sub_carried
 * carry their result. A product allows factors with bounds a b <= 84. */
#include "curve/edwards_many_ifma.h"

#include "base/bytes.h"
#include "curve/edwards_gen.h"
#include "curve/edwards_many_gen.h"
#include "field/fr8.h"

/* Two vectors side by side, so that the products of one fill the latency of the other's. */
#define PAIR  2
#define LANES 8

/* A product is a kilobyte of code. Functions with several stay out of line, so that loops fit the instruction cache
 * (s G - c P: 53 KB inlined), and products outside of hot loops share mul8. */
#define ONE_COPY __attribute__((noinline))

ZK_INLINE fr8 add_carried(fr8 a, fr8 b)
{
    return fr8_carry(fr8_add(a, b));
}

/* a - b + 2p, b < 2p. */
ZK_INLINE fr8 sub_carried(fr8 a, fr8 b)
{
    return fr8_carry(fr8_sub2(a, b));
}

ONE_COPY static fr8 mul8(fr8 a, fr8 b)
{
    return fr8_mul(a, b);
}

/* a where the lane is 0, b where it is 1. */
ZK_INLINE fr8 select8(__mmask8 pick_b, fr8 a, fr8 b)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_mask_mov_epi64(a.l[i], pick_b, b.l[i]);
    return a;
}

/* Lanes whose lazy values are the same element: equal once both are reduced. */
static __mmask8 equal8(fr8 a, fr8 b)
{
    __mmask8 equal = 0xff;
    a = fr8_reduce_lazy(a);
    b = fr8_reduce_lazy(b);
    for (int i = 0; i < 5; i++) equal &= _mm512_cmpeq_epi64_mask(a.l[i], b.l[i]);
    return equal;
}

/* n <= 8 elements, `stride` apart, to lazy; the other lanes are zero. */
static fr8 load_strided(const fr *p, size_t stride, size_t n)
{
    ZK_ALIGN(64) fr lane[LANES] = {{{0}}};
    for (size_t i = 0; i < n; i++) lane[i] = p[stride * i];
    return mul8(fr8_load(lane), fr8_one());
}

static size_t lanes_of(size_t n, size_t at)
{
    if (at >= n) return 0;
    return n - at < LANES ? n - at : LANES;
}

/* x^e, four bits at a time. */
static void pow_pair(fr8 x[PAIR], const uint64_t e[4])
{
    fr8 power[16][PAIR];
    fr8 acc[PAIR];
    for (int k = 0; k < PAIR; k++) {
        acc[k] = power[0][k] = fr8_one();
        power[1][k] = x[k];
    }
    for (int i = 2; i < 16; i++)
        for (int k = 0; k < PAIR; k++) power[i][k] = fr8_mul(power[i - 1][k], x[k]);
    for (int i = 63; i >= 0; i--) {
        unsigned digit = (unsigned)(e[i / 16] >> (4 * (i % 16))) & 15;
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < PAIR; k++) acc[k] = fr8_sqr(acc[k]);
        if (digit == 0) continue;
        for (int k = 0; k < PAIR; k++) acc[k] = fr8_mul(acc[k], power[digit][k]);
    }
    for (int k = 0; k < PAIR; k++) x[k] = acc[k];
}

/* ---- decoding
 *
 * x = sqrt(u / v), u = y^2 - 1, v = d y^2 + 1, without an inversion: with b = u v, x = u / sqrt(b).
 * Let p - 1 = 2^28 m and h = b^((m-1)/2). Then h^2 b = b^m = t, an element of order dividing 2^28: t = z^E. If E is
 * even, (h z^(-E/2))^2 b = 1, and x = u h z^(-E/2); else b, and with it u / v, is no square. The bits of E come from
 * the lowest up: t[j] = (t z^(-bits found))^(2^j), and bit i is 0 exactly if t[27 - i] is 1. b = 0 gives h = x = 0, as
 * it should. */

#define TWO_ADICITY FR_TWO_ADICITY

/* *root *= z^(-E/2); the lanes that have one. t in: z^E, or 0 (which becomes a root of 0). */
static __mmask8 correct_root(fr8 *root, fr8 t0)
{
    static const uint64_t z_inverse[TWO_ADICITY][5] = ED8_ROOT_INVERSES;
    const fr8 one = fr8_reduce_lazy(fr8_one());
    fr8 t[TWO_ADICITY];
    t0 = select8(equal8(t0, fr8_zero()), t0, one);
    t[0] = t0;
    for (int j = 1; j < TWO_ADICITY; j++) t[j] = fr8_sqr(t[j - 1]);
    __mmask8 square = equal8(t[TWO_ADICITY - 1], one);
    for (int i = 1; i < TWO_ADICITY; i++) {
        __mmask8 bit = (__mmask8)~equal8(t[TWO_ADICITY - 1 - i], one);
        if (bit == 0) continue;
        *root = select8(bit, *root, fr8_mul(*root, fr8_splat52(z_inverse[i - 1])));
        for (int j = 0; j < TWO_ADICITY - 1 - i; j++)
            t[j] = select8(bit, t[j], fr8_mul(t[j], fr8_splat52(z_inverse[i + j])));
    }
    return square;
}

/* One of the two x of each y; the lanes that have one. */
static void x_from_y_pair(__mmask8 ok[PAIR], fr8 x[PAIR], const fr8 y[PAIR])
{
    static const uint64_t exponent[4] = ED8_SQRT_EXPONENT;
    const fr d = ED_D_L;
    const fr8 d8 = fr8_splat(&d);
    fr8 u[PAIR];
    fr8 b[PAIR];
    fr8 h[PAIR];
    for (int k = 0; k < PAIR; k++) {
        fr8 yy = mul8(y[k], y[k]);
        u[k] = sub_carried(yy, fr8_one()); /* < 4p */
        b[k] = mul8(u[k], add_carried(mul8(yy, d8), fr8_one()));
        h[k] = b[k];
    }
    pow_pair(h, exponent);
    for (int k = 0; k < PAIR; k++) {
        fr8 t = mul8(mul8(h[k], h[k]), b[k]);
        x[k] = mul8(u[k], h[k]);
        ok[k] = correct_root(&x[k], t);
    }
}

void ed_unpack_many_ifma(bool *ok, ed_affine *out, const uint8_t (*in)[32], size_t n)
{
    for (size_t at = 0; at < n; at += PAIR * LANES) {
        ZK_ALIGN(64) fr y[PAIR * LANES] = {{{0}}};
        ZK_ALIGN(64) fr x[PAIR * LANES];
        size_t part = n - at < PAIR * LANES ? n - at : PAIR * LANES;
        for (size_t i = 0; i < part; i++) {
            uint8_t bytes[32];
            memcpy(bytes, in[at + i], 32);
            bytes[31] &= 0x7f;
            ok[at + i] = fr_from_le32(&y[i], bytes);
        }
        fr8 x8[PAIR];
        fr8 y8[PAIR];
        __mmask8 square[PAIR];
        for (int k = 0; k < PAIR; k++) y8[k] = load_strided(y + LANES * k, 1, LANES);
        x_from_y_pair(square, x8, y8);
        for (int k = 0; k < PAIR; k++) fr8_store(x + LANES * k, x8[k]);
        for (size_t i = 0; i < part; i++) {
            uint64_t limbs[4];
            fr_to_limbs(limbs, &x[i]);
            if ((limbs[0] & 1) != in[at + i][31] >> 7) fr_neg(&x[i], &x[i]);
            ok[at + i] = ok[at + i] && (square[i / LANES] >> (i % LANES) & 1) != 0;
            out[at + i] = ok[at + i] ? (ed_affine){x[i], y[i]} : ED_AFFINE_IDENTITY;
        }
    }
}

/* ---- the subgroup: the Tate pairing of edwards.c, lane by lane */

static fr8 tate_value(fr8 x, fr8 y)
{
    const fr offset = ED_TATE_OFFSET_L;
    const fr slope = ED_TATE_SLOPE_L;
    const fr slope2 = ED_TATE_SLOPE2_L;
    const fr8 one = fr8_one();
    fr8 minus = sub_carried(one, y); /* < 3p */
    fr8 plus = add_carried(one, y);  /* < 3p */
    fr8 line = add_carried(mul8(minus, fr8_splat(&offset)), mul8(plus, fr8_splat(&slope)));
    line = sub_carried(plus, mul8(line, x)); /* line1, < 5p */
    fr8 f = mul8(line, add_carried(y, y));
    f = mul8(f, f);
    f = mul8(f, sub_carried(one, mul8(x, fr8_splat(&slope2))));
    f = mul8(f, x);
    f = mul8(f, mul8(mul8(minus, minus), minus));
    return mul8(mul8(f, f), mul8(minus, plus));
}

void ed_in_subgroup_many_ifma(bool *ok, const ed_affine *p, size_t n)
{
    static const uint64_t exponent[4] = ED_TATE_EXPONENT_L;
    const fr target = ED_TATE_TARGET_L;
    const fr8 target8 = mul8(fr8_splat(&target), fr8_one());
    for (size_t at = 0; at < n; at += PAIR * LANES) {
        fr8 f[PAIR];
        for (size_t k = 0; k < PAIR; k++) {
            size_t lanes = lanes_of(n, at + LANES * k);
            const ed_affine *part = lanes > 0 ? p + at + LANES * k : p;
            f[k] = tate_value(load_strided(&part->x, 2, lanes), load_strided(&part->y, 2, lanes));
        }
        pow_pair(f, exponent);
        for (size_t k = 0; k < PAIR; k++) {
            __mmask8 inside = equal8(f[k], target8);
            for (size_t i = 0; i < lanes_of(n, at + LANES * k); i++) {
                const ed_affine *point = &p[at + LANES * k + i];
                ok[at + LANES * k + i] = fr_is_zero(&point->x) ? fr_is_one(&point->y) : (inside >> i & 1) != 0;
            }
        }
    }
}

/* ---- s G - c P: signed digits of five bits, from the top; one table of multiples of -P a lane, one of G for all */

#define DIGIT_BITS 5
#define DIGITS     51 /* 255 bits: scalars and the carry of recode() stay below 2^252 */
#define MULTIPLES  17 /* 0 .. 16 */

struct ext8 {
    fr8 x, y, z, t;
};

/* A summand, by its Y_MINUS_X, Y_PLUS_X, T2D = 2 d t and Z2 = 2 z (where z is not 1). */
enum { Y_MINUS_X, Y_PLUS_X, T2D, Z2, NIELS_LEN = Z2, PREPARED_LEN };
struct prepared8 {
    fr8 c[PREPARED_LEN];
};

static_assert(sizeof(struct prepared8) == PREPARED_LEN * 5 * LANES * sizeof(uint64_t), "vectors without gaps");

/* The formulas of edwards.c; t is left as it is where only doublings follow. The four factors stay below 8p, and their
 * products in range: E F < 48 p^2, F G < 32 p^2. */
ONE_COPY static void dbl8(struct ext8 *r, bool with_t)
{
    fr8 a = fr8_sqr(r->x);
    fr8 b = fr8_sqr(r->y);
    fr8 c = fr8_sqr(r->z);
    fr8 sum = fr8_add(a, b);
    fr8 e = fr8_carry(fr8_sub4(fr8_sqr(add_carried(r->x, r->y)), sum)); /* < 6p */
    fr8 h = fr8_carry(fr8_sub4(fr8_zero(), sum));                       /* <= 4p */
    fr8 g = sub_carried(b, a);                                          /* < 4p */
    fr8 f = fr8_carry(fr8_sub4(g, fr8_add(c, c)));                      /* < 8p */
    r->x = fr8_mul(e, f);
    r->y = fr8_mul(g, h);
    r->z = fr8_mul(f, g);
    if (with_t) r->t = fr8_mul(e, h);
}

/* d = z 2z', lazy, or 2 z, < 4p. The factors stay below 6p: F G < 36 p^2. */
ONE_COPY static void add_common8(struct ext8 *r, const struct prepared8 *q, fr8 d, bool with_t)
{
    fr8 a = fr8_mul(sub_carried(r->y, r->x), q->c[Y_MINUS_X]);
    fr8 b = fr8_mul(add_carried(r->y, r->x), q->c[Y_PLUS_X]);
    fr8 c = fr8_mul(r->t, q->c[T2D]);
    fr8 e = sub_carried(b, a);
    fr8 f = sub_carried(d, c);
    fr8 g = add_carried(d, c);
    fr8 h = add_carried(b, a);
    r->x = fr8_mul(e, f);
    r->y = fr8_mul(g, h);
    r->z = fr8_mul(f, g);
    if (with_t) r->t = fr8_mul(e, h);
}

/* Entries below 4p, so that a product with a sum below 4p is in range. */
static void prepare8(struct prepared8 *r, const struct ext8 *p)
{
    const fr d2 = ED_2D_L;
    r->c[Y_MINUS_X] = sub_carried(p->y, p->x);
    r->c[Y_PLUS_X] = add_carried(p->y, p->x);
    r->c[T2D] = mul8(p->t, fr8_splat(&d2));
    r->c[Z2] = add_carried(p->z, p->z);
}

/* The entry for a digit, sign included: of the opposite point, y - x and y + x change places and t changes sign. */
ZK_INLINE void negate_lanes(struct prepared8 *r, __mmask8 negative)
{
    fr8 minus = r->c[Y_MINUS_X];
    r->c[Y_MINUS_X] = select8(negative, minus, r->c[Y_PLUS_X]);
    r->c[Y_PLUS_X] = select8(negative, r->c[Y_PLUS_X], minus);
    r->c[T2D] = select8(negative, r->c[T2D], fr8_carry(fr8_sub2(fr8_zero(), r->c[T2D])));
}

/* Word `index` of a table, for each lane. */
ZK_INLINE __m512i gather(const void *table, __m512i index)
{
    return _mm512_i64gather_epi64(index, table, 8);
}

/* Each lane's own multiple: entry |digit| of its column of the table. */
static void pick_point(struct prepared8 *r, const struct prepared8 table[MULTIPLES], __m512i digit)
{
    const __m512i lane = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    const __m512i entry_len = _mm512_set1_epi64(sizeof(struct prepared8) / sizeof(uint64_t));
    __m512i index = _mm512_add_epi64(_mm512_mullo_epi64(_mm512_abs_epi64(digit), entry_len), lane);
    for (int k = 0; k < PREPARED_LEN; k++)
        for (int i = 0; i < 5; i++) r->c[k].l[i] = gather(&table[0].c[k].l[i], index);
    negate_lanes(r, _mm512_movepi64_mask(digit));
}

/* A multiple of G for each lane; Z2 is not set. */
static void pick_base(struct prepared8 *r, __m512i digit)
{
    static const uint64_t base[MULTIPLES][NIELS_LEN][5] = ED8_BASE_MULTIPLES;
    __m512i index = _mm512_mullo_epi64(_mm512_abs_epi64(digit), _mm512_set1_epi64(NIELS_LEN * 5));
    for (int k = 0; k < NIELS_LEN; k++)
        for (int i = 0; i < 5; i++) r->c[k].l[i] = gather(&base[0][k][i], index);
    negate_lanes(r, _mm512_movepi64_mask(digit));
}

/* digit[i] in -16 .. 15 with k = sum of digit[i] 32^i; k < 2^251, so that the last digit is not negative. */
static void recode(int64_t digit[DIGITS][LANES], size_t lane, const ed_scalar *k)
{
    int64_t carry = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        size_t bit = DIGIT_BITS * i;
        uint64_t word = k->l[bit / 64] >> (bit % 64);
        if (bit % 64 > 64 - DIGIT_BITS && bit / 64 < 3) word |= k->l[bit / 64 + 1] << (64 - bit % 64);
        int64_t d = (int64_t)(word & ((1 << DIGIT_BITS) - 1)) + carry;
        carry = (d + (1 << (DIGIT_BITS - 1))) >> DIGIT_BITS;
        digit[i][lane] = d - carry * (1 << DIGIT_BITS);
    }
    ZK_DCHECK(carry == 0);
}

static void multiples_of_minus(struct prepared8 table[MULTIPLES], fr8 x, fr8 y)
{
    struct ext8 p = {mul8(sub_carried(fr8_zero(), x), fr8_one()), y, fr8_one(), fr8_zero()};
    p.t = mul8(p.x, p.y);
    struct ext8 q = {fr8_zero(), fr8_one(), fr8_one(), fr8_zero()};
    prepare8(&table[0], &q);
    prepare8(&table[1], &p);
    q = p;
    for (int i = 2; i < MULTIPLES; i++) {
        add_common8(&q, &table[1], mul8(q.z, table[1].c[Z2]), true);
        prepare8(&table[i], &q);
    }
}

static void equals_block(bool *ok, const ed_affine *r, const ed_scalar *s, const ed_scalar *c, const ed_affine *p,
                         size_t n)
{
    struct prepared8 table[MULTIPLES];
    struct prepared8 pick;
    ZK_ALIGN(64) int64_t s_digit[DIGITS][LANES] = {{0}};
    ZK_ALIGN(64) int64_t c_digit[DIGITS][LANES] = {{0}};
    for (size_t i = 0; i < n; i++) {
        recode(s_digit, i, &s[i]);
        recode(c_digit, i, &c[i]);
    }
    multiples_of_minus(table, load_strided(&p->x, 2, n), load_strided(&p->y, 2, n));
    struct ext8 acc = {fr8_zero(), fr8_one(), fr8_one(), fr8_zero()};
    for (int i = DIGITS - 1; i >= 0; i--) {
        for (int j = 1; j < DIGIT_BITS && i != DIGITS - 1; j++) dbl8(&acc, false);
        if (i != DIGITS - 1) dbl8(&acc, true);
        pick_point(&pick, (const struct prepared8 *)table, _mm512_load_si512(c_digit[i]));
        add_common8(&acc, &pick, mul8(acc.z, pick.c[Z2]), true);
        pick_base(&pick, _mm512_load_si512(s_digit[i]));
        add_common8(&acc, &pick, add_carried(acc.z, acc.z), false);
    }
    __mmask8 equal = equal8(mul8(acc.x, fr8_one()), mul8(acc.z, load_strided(&r->x, 2, n)));
    equal &= equal8(mul8(acc.y, fr8_one()), mul8(acc.z, load_strided(&r->y, 2, n)));
    for (size_t i = 0; i < n; i++) ok[i] = (equal >> i & 1) != 0;
}

void ed_mul2_equals_many_ifma(bool *ok, const ed_affine *r, const ed_scalar *s, const ed_scalar *c, const ed_affine *p,
                              size_t n)
{
    for (size_t at = 0; at < n; at += LANES) {
        equals_block(ok + at, r + at, s + at, c + at, p + at, lanes_of(n, at));
    }
}
