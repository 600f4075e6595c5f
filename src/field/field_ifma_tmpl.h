/* field_ifma_tmpl: the vector loops that fr_ifma.c and fq_ifma.c share; included with FIELD, FIELD8, FN, FN8 and CONST
 * as in the other templates. Memory holds factor 2^256. In a product one operand is loaded with factor 2^260 and the
 * other raw, so that the result is raw again (fr8.h). */

#include <string.h>

/* One vector: a value below 2p, factor 2^256, limbs not yet carried, from a[0..7], b[0..7] and c. */
typedef FIELD8 step_fn(const FIELD *a, const FIELD *b, const FIELD8 *c);

/* step over n elements. Two vectors at a time, loads before stores, so that each fills the gaps of the other: one alone
 * leaves half of the multipliers idle (mul: 3.4 against 2.5 ns an element). out may be a or b. The last n mod 8 go
 * through copies padded with zeros. */
ZK_INLINE void for_each_8(step_fn *step, FIELD *out, const FIELD *a, const FIELD *b, const FIELD8 *c, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        FIELD8 x = step(a + i, b + i, c);
        FIELD8 y = step(a + i + 8, b + i + 8, c);
        FN8(store_raw_sum)(out + i, x);
        FN8(store_raw_sum)(out + i + 8, y);
    }
    for (; i + 8 <= n; i += 8) FN8(store_raw_sum)(out + i, step(a + i, b + i, c));
    if (i == n) return;
    size_t tail_len = (n - i) * sizeof(FIELD);
    FIELD x[8] = {{{0}}};
    FIELD y[8] = {{{0}}};
    memcpy(x, a + i, tail_len);
    memcpy(y, b + i, tail_len);
    FN8(store_raw_sum)(x, step(x, y, c));
    memcpy(out + i, x, tail_len);
}

ZK_INLINE FIELD8 factors_mul(FIELD8 a, FIELD8 b)
{
    FN8(wide) w = FN8(wide_zero)();
    FN8(wide_add_factors)(&w, a, b);
    return FN8(wide_reduce_sum)(w);
}

ZK_INLINE FIELD8 mul_step(const FIELD *a, const FIELD *b, const FIELD8 *c)
{
    (void)c;
    return factors_mul(FN8(load_factor)(a), FN8(load_raw_factor)(b));
}

ZK_INLINE FIELD8 add_step(const FIELD *a, const FIELD *b, const FIELD8 *c)
{
    (void)c;
    return FN8(add)(FN8(load_raw)(a), FN8(load_raw)(b));
}

/* a - b + p, which lies in 1 .. 2p - 1. */
ZK_INLINE FIELD8 sub_step(const FIELD *a, const FIELD *b, const FIELD8 *c)
{
    static const uint64_t p52[5] = CONST(P52_L);
    (void)c;
    return FN8(sub_exact)(FN8(add)(FN8(load_raw)(a), FN8(splat52)(p52)), FN8(load_raw)(b));
}

ZK_INLINE FIELD8 scale_step(const FIELD *a, const FIELD *b, const FIELD8 *c)
{
    (void)b;
    return factors_mul(FN8(load_raw_factor)(a), *c);
}

/* b + c a; the product is reduced first, so that the sum is below 2p. */
ZK_INLINE FIELD8 axpy_step(const FIELD *a, const FIELD *b, const FIELD8 *c)
{
    return FN8(add)(FN8(load_raw)(b), FN8(reduce_sum)(factors_mul(FN8(load_raw_factor)(a), *c)));
}

static void ifma_mul(FIELD *out, const FIELD *a, const FIELD *b, size_t n)
{
    for_each_8(mul_step, out, a, b, NULL, n);
}

static void ifma_add(FIELD *out, const FIELD *a, const FIELD *b, size_t n)
{
    for_each_8(add_step, out, a, b, NULL, n);
}

static void ifma_sub(FIELD *out, const FIELD *a, const FIELD *b, size_t n)
{
    for_each_8(sub_step, out, a, b, NULL, n);
}

static void ifma_scale(FIELD *out, const FIELD *a, const FIELD *c, size_t n)
{
    const FIELD8 factor = FN8(splat)(c);
    for_each_8(scale_step, out, a, a, &factor, n);
}

static void ifma_axpy(FIELD *out, const FIELD *c, const FIELD *a, size_t n)
{
    const FIELD8 factor = FN8(splat)(c);
    for_each_8(axpy_step, out, a, out, &factor, n);
}

/* ---- inversion: Montgomery's trick in eight chains, lane j taking elements j, j + 8, ...; one scalar inversion joins
 * them. Zeros take part as ones, and are put back last. */

ZK_INLINE __mmask8 zero_lanes(const FIELD8 *a)
{
    __m512i any = a->l[0];
    for (int i = 1; i < 5; i++) any = _mm512_or_si512(any, a->l[i]);
    return _mm512_testn_epi64_mask(any, any);
}

ZK_INLINE FIELD8 load_or_one(const FIELD *p, __mmask8 *zero)
{
    const FIELD8 one = FN8(one)();
    FIELD8 a = FN8(load)(p);
    *zero = zero_lanes(&a);
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_mask_mov_epi64(a.l[i], *zero, one.l[i]);
    return a;
}

/* *acc (raw) is the inverse of all up to and including in[0..7]; prefix (factor 2^260) their product without these. */
ZK_INLINE void invert_step(FIELD *out, const FIELD *in, FIELD8 prefix, FIELD8 *acc)
{
    __mmask8 zero;
    FIELD8 x = load_or_one(in, &zero);
    FIELD8 inverse = FN8(mul)(prefix, *acc);
    *acc = FN8(mul)(x, *acc);
    for (int i = 0; i < 5; i++) inverse.l[i] = _mm512_mask_mov_epi64(inverse.l[i], zero, _mm512_setzero_si512());
    FN8(store_raw)(out, inverse);
}

static void ifma_batch_inv(FIELD *out, const FIELD *in, size_t n, FIELD *scratch)
{
    size_t whole = n & ~(size_t)7;
    size_t tail_len = (n - whole) * sizeof(FIELD);
    FIELD tail[8] = {{{0}}};
    FIELD lanes[8];
    FIELD lane_scratch[8];
    FIELD8 acc = FN8(one)();
    __mmask8 zero;

    if (n == 0) return;
    for (size_t i = 0; i < whole; i += 8) {
        FN8(spill)(scratch + i, acc);
        acc = FN8(mul)(load_or_one(in + i, &zero), acc);
    }
    FIELD8 tail_prefix = acc;
    memcpy(tail, in + whole, tail_len);
    acc = FN8(mul)(load_or_one(tail, &zero), acc);

    FN8(store)(lanes, acc);
    FN(kernels_of)(CPU_ADX)->batch_inv(lanes, lanes, 8, lane_scratch);
    acc = FN8(load_raw)(lanes);

    invert_step(tail, tail, tail_prefix, &acc);
    memcpy(out + whole, tail, tail_len);
    for (size_t i = whole; i > 0; i -= 8) invert_step(out + i - 8, in + i - 8, FN8(unspill)(scratch + i - 8), &acc);
}
