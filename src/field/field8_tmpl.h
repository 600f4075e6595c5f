/* field8_tmpl: what fr8.h and fq8.h share; the contract is in fr8.h. Included with
 *   FIELD, FIELD8   the types             FN8(name)   fr8_name or fq8_name
 *   CONST(name)     FR_name or FQ_name */

#include <immintrin.h>

#ifndef ZK_FIELD8_COMMON
#define ZK_FIELD8_COMMON

#define FIELD8_MASK52 ((1ULL << 52) - 1)

/* What is inlined everywhere in fast builds. Checked and sanitized code is many times larger, and a compiler needs
 * minutes for kernels made of it; there the same functions are called. */
#if defined(ZK_CHECKED) || defined(__SANITIZE_THREAD__)
#define FIELD8_FN static __attribute__((noinline, unused))
#else
#define FIELD8_FN ZK_INLINE
#endif

/* Eight elements of four 64-bit limbs to four vectors of equal limbs, and back. Memory order e0.0 e0.1 .. e7.3. */
ZK_INLINE void field8_transpose_in(__m512i l[4], const uint64_t *p)
{
    const __m512i lo = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    const __m512i hi = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
    __m512i a = _mm512_loadu_si512(p);
    __m512i b = _mm512_loadu_si512(p + 8);
    __m512i c = _mm512_loadu_si512(p + 16);
    __m512i d = _mm512_loadu_si512(p + 24);
    __m512i ab01 = _mm512_permutex2var_epi64(a, lo, b); /* limb 0 of e0 .. e3, limb 1 of e0 .. e3 */
    __m512i ab23 = _mm512_permutex2var_epi64(a, hi, b);
    __m512i cd01 = _mm512_permutex2var_epi64(c, lo, d);
    __m512i cd23 = _mm512_permutex2var_epi64(c, hi, d);
    l[0] = _mm512_shuffle_i64x2(ab01, cd01, 0x44);
    l[1] = _mm512_shuffle_i64x2(ab01, cd01, 0xee);
    l[2] = _mm512_shuffle_i64x2(ab23, cd23, 0x44);
    l[3] = _mm512_shuffle_i64x2(ab23, cd23, 0xee);
}

ZK_INLINE void field8_transpose_out(uint64_t *p, const __m512i l[4])
{
    const __m512i even = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    const __m512i odd = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
    __m512i ab01 = _mm512_shuffle_i64x2(l[0], l[1], 0x44); /* limb 0 of e0 .. e3, limb 1 of e0 .. e3 */
    __m512i cd01 = _mm512_shuffle_i64x2(l[0], l[1], 0xee);
    __m512i ab23 = _mm512_shuffle_i64x2(l[2], l[3], 0x44);
    __m512i cd23 = _mm512_shuffle_i64x2(l[2], l[3], 0xee);
    _mm512_storeu_si512(p, _mm512_permutex2var_epi64(ab01, even, ab23));
    _mm512_storeu_si512(p + 8, _mm512_permutex2var_epi64(ab01, odd, ab23));
    _mm512_storeu_si512(p + 16, _mm512_permutex2var_epi64(cd01, even, cd23));
    _mm512_storeu_si512(p + 24, _mm512_permutex2var_epi64(cd01, odd, cd23));
}

#endif

typedef struct FIELD8 {
    __m512i l[5];
} FIELD8;

/* The same five limbs in all lanes. */
ZK_INLINE FIELD8 FN8(splat52)(const uint64_t limbs[5])
{
    FIELD8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_set1_epi64((long long)limbs[i]);
    return r;
}

ZK_INLINE FIELD8 FN8(zero)(void)
{
    FIELD8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_setzero_si512();
    return r;
}

/* 1, factor 2^260; reduced. */
ZK_INLINE FIELD8 FN8(one)(void)
{
    static const uint64_t one[5] = CONST(R52_L);
    return FN8(splat52)(one);
}

/* Five 52-bit limbs, value < 2^256, as four of 64 bits, and back. */
ZK_INLINE void FN8(join)(__m512i l[4], FIELD8 a)
{
    l[0] = _mm512_or_si512(a.l[0], _mm512_slli_epi64(a.l[1], 52));
    l[1] = _mm512_or_si512(_mm512_srli_epi64(a.l[1], 12), _mm512_slli_epi64(a.l[2], 40));
    l[2] = _mm512_or_si512(_mm512_srli_epi64(a.l[2], 24), _mm512_slli_epi64(a.l[3], 28));
    l[3] = _mm512_or_si512(_mm512_srli_epi64(a.l[3], 36), _mm512_slli_epi64(a.l[4], 16));
}

/* Each limb right in its low 52 bits, with bits of the next above them. */
ZK_INLINE FIELD8 FN8(split_factor)(const __m512i l[4])
{
    FIELD8 r;
    r.l[0] = l[0];
    r.l[1] = _mm512_or_si512(_mm512_srli_epi64(l[0], 52), _mm512_slli_epi64(l[1], 12));
    r.l[2] = _mm512_or_si512(_mm512_srli_epi64(l[1], 40), _mm512_slli_epi64(l[2], 24));
    r.l[3] = _mm512_or_si512(_mm512_srli_epi64(l[2], 28), _mm512_slli_epi64(l[3], 36));
    r.l[4] = _mm512_srli_epi64(l[3], 16);
    return r;
}

/* The same, times 2^4. */
ZK_INLINE FIELD8 FN8(split_factor_times16)(const __m512i l[4])
{
    FIELD8 r;
    r.l[0] = _mm512_slli_epi64(l[0], 4);
    r.l[1] = _mm512_or_si512(_mm512_srli_epi64(l[0], 48), _mm512_slli_epi64(l[1], 16));
    r.l[2] = _mm512_or_si512(_mm512_srli_epi64(l[1], 36), _mm512_slli_epi64(l[2], 28));
    r.l[3] = _mm512_or_si512(_mm512_srli_epi64(l[2], 24), _mm512_slli_epi64(l[3], 40));
    r.l[4] = _mm512_srli_epi64(l[3], 12);
    return r;
}

/* Clears what a factor has above bit 52; the top limb has nothing there. */
ZK_INLINE FIELD8 FN8(clear_high)(FIELD8 a)
{
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    for (int i = 0; i < 4; i++) a.l[i] = _mm512_and_si512(a.l[i], mask);
    return a;
}

ZK_INLINE FIELD8 FN8(split)(const __m512i l[4])
{
    return FN8(clear_high)(FN8(split_factor)(l));
}

/* load and load_raw for operands that go straight into wide_add_factors, and nowhere else: without clear_high. */
FIELD8_FN FIELD8 FN8(load_raw_factor)(const FIELD *p)
{
    __m512i l[4];
    field8_transpose_in(l, p[0].l);
    return FN8(split_factor)(l);
}

FIELD8_FN FIELD8 FN8(load_factor)(const FIELD *p)
{
    __m512i l[4];
    field8_transpose_in(l, p[0].l);
    return FN8(split_factor_times16)(l);
}

FIELD8_FN FIELD8 FN8(load_raw)(const FIELD *p)
{
    __m512i l[4];
    field8_transpose_in(l, p[0].l);
    return FN8(split)(l);
}

/* Times 2^4 while repacking: from factor 2^256 to 2^260. */
FIELD8_FN FIELD8 FN8(load)(const FIELD *p)
{
    return FN8(clear_high)(FN8(load_factor)(p));
}

/* One element in all lanes; ranges as load and load_raw. */
ZK_INLINE FIELD8 FN8(splat_raw)(const FIELD *x)
{
    const uint64_t *l = x->l;
    const uint64_t limbs[5] = {l[0] & FIELD8_MASK52, (l[0] >> 52 | l[1] << 12) & FIELD8_MASK52,
                               (l[1] >> 40 | l[2] << 24) & FIELD8_MASK52, (l[2] >> 28 | l[3] << 36) & FIELD8_MASK52,
                               l[3] >> 16};
    return FN8(splat52)(limbs);
}

ZK_INLINE FIELD8 FN8(splat)(const FIELD *x)
{
    const uint64_t *l = x->l;
    const uint64_t limbs[5] = {l[0] << 4 & FIELD8_MASK52, (l[0] >> 48 | l[1] << 16) & FIELD8_MASK52,
                               (l[1] >> 36 | l[2] << 28) & FIELD8_MASK52, (l[2] >> 24 | l[3] << 40) & FIELD8_MASK52,
                               l[3] >> 12};
    return FN8(splat52)(limbs);
}

/* Are all limbs below 2^52? For ZK_DCHECK. */
FIELD8_FN bool FN8(is_carried)(const FIELD8 *a)
{
    __m512i all = a->l[0];
    for (int i = 1; i < 5; i++) all = _mm512_or_si512(all, a->l[i]);
    return _mm512_test_epi64_mask(all, _mm512_set1_epi64((long long)~FIELD8_MASK52)) == 0;
}

ZK_INLINE FIELD8 FN8(add)(FIELD8 a, FIELD8 b)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_add_epi64(a.l[i], b.l[i]);
    return a;
}

/* a - b without an offset: the caller knows that the value is not negative. */
ZK_INLINE FIELD8 FN8(sub_exact)(FIELD8 a, FIELD8 b)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_sub_epi64(a.l[i], b.l[i]);
    return a;
}

ZK_INLINE FIELD8 FN8(sub2)(FIELD8 a, FIELD8 b)
{
    static const uint64_t twice[5] = CONST(2P52_L);
    return FN8(sub_exact)(FN8(add)(a, FN8(splat52)(twice)), b);
}

ZK_INLINE FIELD8 FN8(sub4)(FIELD8 a, FIELD8 b)
{
    static const uint64_t four[5] = CONST(4P52_L);
    return FN8(sub_exact)(FN8(add)(a, FN8(splat52)(four)), b);
}

/* Moves what is above bit 52 of each limb, with its sign, into the next. */
FIELD8_FN FIELD8 FN8(carry)(FIELD8 a)
{
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    for (int i = 0; i < 4; i++) {
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(a.l[i], 52));
        a.l[i] = _mm512_and_si512(a.l[i], mask);
    }
    ZK_DCHECK(FN8(is_carried)(&a));
    return a;
}

/* For ZK_DCHECK: is the value below 2p? limbs as fr8_reduce_sum takes them. */
FIELD8_FN bool FN8(is_below_2p)(const FIELD8 *a)
{
    static const uint64_t twice[5] = CONST(2P52_L);
    FIELD8 d = FN8(sub_exact)(*a, FN8(splat52)(twice));
    for (int i = 0; i < 4; i++) d.l[i + 1] = _mm512_add_epi64(d.l[i + 1], _mm512_srai_epi64(d.l[i], 52));
    return _mm512_movepi64_mask(d.l[4]) == 0xff;
}

/* a - p where that is not negative, else a; a < 2p, limbs not yet carried. The carries of both run side by side. */
FIELD8_FN FIELD8 FN8(reduce_sum)(FIELD8 a)
{
    static const uint64_t p52[5] = CONST(P52_L);
    ZK_DCHECK(FN8(is_below_2p)(&a));
    FIELD8 d = FN8(sub_exact)(a, FN8(splat52)(p52));
    for (int i = 0; i < 4; i++) {
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(a.l[i], 52));
        d.l[i + 1] = _mm512_add_epi64(d.l[i + 1], _mm512_srai_epi64(d.l[i], 52));
    }
    __mmask8 negative = _mm512_movepi64_mask(d.l[4]);
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_mask_mov_epi64(d.l[i], negative, a.l[i]);
    return FN8(clear_high)(d);
}

/* a - p where that is not negative, else a. */
FIELD8_FN FIELD8 FN8(reduce_lazy)(FIELD8 a)
{
    static const uint64_t p52[5] = CONST(P52_L);
    ZK_DCHECK(FN8(is_carried)(&a));
    ZK_DCHECK(FN8(is_below_2p)(&a));
    FIELD8 d = FN8(sub_exact)(a, FN8(splat52)(p52));
    for (int i = 0; i < 4; i++) d.l[i + 1] = _mm512_add_epi64(d.l[i + 1], _mm512_srai_epi64(d.l[i], 52));
    __mmask8 negative = _mm512_movepi64_mask(d.l[4]);
    d = FN8(clear_high)(d);
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_mask_mov_epi64(d.l[i], negative, a.l[i]);
    return d;
}

/* ---- products
 *
 * A product is ten columns of weight 2^(52 i), each in two sums that do not wait for each other: the low halves of the
 * 104-bit partial products, and the high halves of the column before. A column of one product gets at most five low and
 * five high halves, and as many from the reduction: sums of up to 200 products stay below 2^63. */
typedef struct FN8(wide) {
    __m512i lo[10];
    __m512i hi[10];
} FN8(wide);

FIELD8_FN FN8(wide) FN8(wide_zero)(void)
{
    FN8(wide) w;
    for (int i = 0; i < 10; i++) w.lo[i] = w.hi[i] = _mm512_setzero_si512();
    return w;
}

/* *w += a b. IFMA reads the low 52 bits of a limb and ignores the rest. */
FIELD8_FN void FN8(wide_add_factors)(FN8(wide) * w, FIELD8 a, FIELD8 b)
{
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
#pragma GCC unroll 5
        for (int j = 0; j < 5; j++) {
            w->lo[i + j] = _mm512_madd52lo_epu64(w->lo[i + j], a.l[j], b.l[i]);
            w->hi[i + j + 1] = _mm512_madd52hi_epu64(w->hi[i + j + 1], a.l[j], b.l[i]);
        }
    }
}

/* *w += a b. */
FIELD8_FN void FN8(wide_add_mul)(FN8(wide) * w, FIELD8 a, FIELD8 b)
{
    ZK_DCHECK(FN8(is_carried)(&a));
    ZK_DCHECK(FN8(is_carried)(&b));
    FN8(wide_add_factors)(w, a, b);
}

FIELD8_FN FN8(wide) FN8(wide_mul)(FIELD8 a, FIELD8 b)
{
    FN8(wide) w = FN8(wide_zero)();
    FN8(wide_add_mul)(&w, a, b);
    return w;
}

/* a^2: the products a_i a_j, i < j, once and doubled, and the squares. Columns have few terms, so one sum each does. */
FIELD8_FN FN8(wide) FN8(wide_sqr)(FIELD8 a)
{
    FN8(wide) w = FN8(wide_zero)();
    ZK_DCHECK(FN8(is_carried)(&a));
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
#pragma GCC unroll 5
        for (int j = i + 1; j < 5; j++) {
            w.lo[i + j] = _mm512_madd52lo_epu64(w.lo[i + j], a.l[j], a.l[i]);
            w.lo[i + j + 1] = _mm512_madd52hi_epu64(w.lo[i + j + 1], a.l[j], a.l[i]);
        }
    }
    for (int i = 1; i < 9; i++) w.lo[i] = _mm512_add_epi64(w.lo[i], w.lo[i]);
    for (int i = 0; i < 5; i++) {
        w.lo[2 * i] = _mm512_madd52lo_epu64(w.lo[2 * i], a.l[i], a.l[i]);
        w.hi[2 * i + 1] = _mm512_madd52hi_epu64(w.hi[2 * i + 1], a.l[i], a.l[i]);
    }
    return w;
}

/* w / 2^260 mod p, limbs not yet carried. Clears one column after the other, from the lowest; t is its sum.
 *
 * Columns 0 to 2 use a multiple of p that makes the quotient digit free: k p = 2^52 f - 1 with k = -1/p mod 2^52, so
 * t + (t mod 2^52) k p = 2^52 (t >> 52) + 2^52 f (t mod 2^52). Only these three: k is as long as a column, and what is
 * added must stay small against 2^260 p. Columns 3 and 4 use p itself and m = t k mod 2^52; the lowest column of
 * t + m p is then 0 or 2^52 beyond t >> 52, and what it carries is (t + 2^52 - 1) >> 52, without a product.
 *
 * Value: w / 2^260 + (added) / 2^260, and added < (2^208 + 2^260) p: so below w / 2^260 + p (1 + 2^-52). */
FIELD8_FN FIELD8 FN8(wide_reduce_sum)(FN8(wide) w)
{
    static const uint64_t p52[5] = CONST(P52_L);
    static const uint64_t f52[5] = CONST(FRIENDLY52_L);
    const FIELD8 p = FN8(splat52)(p52);
    const FIELD8 f = FN8(splat52)(f52);
    const __m512i k = _mm512_set1_epi64(CONST(NINV52));
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++) {
        __m512i t = _mm512_add_epi64(w.lo[i], w.hi[i]);
        w.hi[i + 1] = _mm512_add_epi64(w.hi[i + 1], _mm512_srli_epi64(t, 52));
#pragma GCC unroll 5
        for (int j = 0; j < 5; j++) {
            w.lo[i + j + 1] = _mm512_madd52lo_epu64(w.lo[i + j + 1], t, f.l[j]);
            w.hi[i + j + 2] = _mm512_madd52hi_epu64(w.hi[i + j + 2], t, f.l[j]);
        }
    }
#pragma GCC unroll 2
    for (int i = 3; i < 5; i++) {
        __m512i t = _mm512_add_epi64(w.lo[i], w.hi[i]);
        __m512i m = _mm512_madd52lo_epu64(_mm512_setzero_si512(), t, k);
        w.hi[i + 1] = _mm512_add_epi64(w.hi[i + 1], _mm512_srli_epi64(_mm512_add_epi64(t, mask), 52));
        w.hi[i + 1] = _mm512_madd52hi_epu64(w.hi[i + 1], m, p.l[0]);
#pragma GCC unroll 4
        for (int j = 1; j < 5; j++) {
            w.lo[i + j] = _mm512_madd52lo_epu64(w.lo[i + j], m, p.l[j]);
            w.hi[i + j + 1] = _mm512_madd52hi_epu64(w.hi[i + j + 1], m, p.l[j]);
        }
    }
    FIELD8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_add_epi64(w.lo[5 + i], w.hi[5 + i]);
    return r;
}

FIELD8_FN FIELD8 FN8(wide_reduce)(FN8(wide) w)
{
    return FN8(carry)(FN8(wide_reduce_sum)(w));
}

FIELD8_FN FIELD8 FN8(mul)(FIELD8 a, FIELD8 b)
{
    return FN8(wide_reduce)(FN8(wide_mul)(a, b));
}

FIELD8_FN FIELD8 FN8(sqr)(FIELD8 a)
{
    return FN8(wide_reduce)(FN8(wide_sqr)(a));
}

/* Writes limbs of radix 2^52, value < p, as eight elements. */
FIELD8_FN void FN8(pack)(FIELD *p, FIELD8 a)
{
    __m512i l[4];
    FN8(join)(l, a);
    field8_transpose_out(p[0].l, l);
}

/* Keeps a lazy vector in the memory of eight elements, in an order of its own (limbs side by side); unspill reads it
 * back. For scratch arrays: no transposition and no reduction. */
ZK_INLINE void FN8(spill)(FIELD *p, FIELD8 a)
{
    __m512i l[4];
    ZK_DCHECK(FN8(is_carried)(&a));
    FN8(join)(l, a);
    for (int i = 0; i < 4; i++) _mm512_storeu_si512(p + 2 * i, l[i]);
}

ZK_INLINE FIELD8 FN8(unspill)(const FIELD *p)
{
    __m512i l[4];
    for (int i = 0; i < 4; i++) l[i] = _mm512_loadu_si512(p + 2 * i);
    return FN8(split)(l);
}

/* store_raw of a value below 2p with limbs not yet carried, such as wide_reduce_sum returns. */
FIELD8_FN void FN8(store_raw_sum)(FIELD *p, FIELD8 a)
{
    FN8(pack)(p, FN8(reduce_sum)(a));
}

FIELD8_FN void FN8(store_raw)(FIELD *p, FIELD8 a)
{
    FN8(pack)(p, FN8(reduce_lazy)(a));
}

/* Divides by 2^4: adds the multiple k p, k < 16, that clears the low four bits, and shifts. (2p + 15p) / 16 < 2p. */
FIELD8_FN void FN8(store)(FIELD *p, FIELD8 a)
{
    static const uint64_t p52[5] = CONST(P52_L);
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    const __m512i zero = _mm512_setzero_si512();
    const FIELD8 modulus = FN8(splat52)(p52);
    ZK_DCHECK(FN8(is_carried)(&a));
    ZK_DCHECK(FN8(is_below_2p)(&a));
    __m512i k =
        _mm512_and_si512(_mm512_madd52lo_epu64(zero, a.l[0], _mm512_set1_epi64(CONST(NINV4))), _mm512_set1_epi64(15));
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_madd52lo_epu64(a.l[i], k, modulus.l[i]);
    for (int i = 0; i < 4; i++) a.l[i + 1] = _mm512_madd52hi_epu64(a.l[i + 1], k, modulus.l[i]);
    a = FN8(carry)(a);
    for (int i = 0; i < 4; i++)
        a.l[i] =
            _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(a.l[i], 4), _mm512_slli_epi64(a.l[i + 1], 48)), mask);
    a.l[4] = _mm512_srli_epi64(a.l[4], 4);
    FN8(pack)(p, FN8(reduce_lazy)(a));
}

/* The first n < 8 of eight elements; lanes from n on are zero, and are not written. */
ZK_INLINE FIELD8 FN8(load_raw_n)(const FIELD *p, size_t n)
{
    ZK_ALIGN(64) FIELD part[8] = {{{0}}};
    for (size_t i = 0; i < n; i++) part[i] = p[i];
    return FN8(load_raw)(part);
}

ZK_INLINE FIELD8 FN8(load_n)(const FIELD *p, size_t n)
{
    ZK_ALIGN(64) FIELD part[8] = {{{0}}};
    for (size_t i = 0; i < n; i++) part[i] = p[i];
    return FN8(load)(part);
}

ZK_INLINE void FN8(store_raw_n)(FIELD *p, FIELD8 a, size_t n)
{
    ZK_ALIGN(64) FIELD part[8];
    FN8(store_raw)(part, a);
    for (size_t i = 0; i < n; i++) p[i] = part[i];
}

ZK_INLINE void FN8(store_n)(FIELD *p, FIELD8 a, size_t n)
{
    ZK_ALIGN(64) FIELD part[8];
    FN8(store)(part, a);
    for (size_t i = 0; i < n; i++) p[i] = part[i];
}
