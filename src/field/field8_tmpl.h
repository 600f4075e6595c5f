/* field8_tmpl: what fr8.h and fq8.h share; the contract is in fr8.h. Included with
 *   FIELD, FIELD8   the types             FN8(name)   fr8_name or fq8_name
 *   CONST(name)     FR_name or FQ_name */

#include <immintrin.h>

#ifndef ZK_FIELD8_COMMON
#define ZK_FIELD8_COMMON

#define FIELD8_MASK52 ((1ULL << 52) - 1)

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

ZK_INLINE FIELD8 FN8(split)(const __m512i l[4])
{
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    FIELD8 r;
    r.l[0] = _mm512_and_si512(l[0], mask);
    r.l[1] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(l[0], 52), _mm512_slli_epi64(l[1], 12)), mask);
    r.l[2] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(l[1], 40), _mm512_slli_epi64(l[2], 24)), mask);
    r.l[3] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(l[2], 28), _mm512_slli_epi64(l[3], 36)), mask);
    r.l[4] = _mm512_srli_epi64(l[3], 16);
    return r;
}

ZK_INLINE FIELD8 FN8(load_raw)(const FIELD *p)
{
    __m512i l[4];
    field8_transpose_in(l, p[0].l);
    return FN8(split)(l);
}

/* Times 2^4 while repacking: from factor 2^256 to 2^260. */
ZK_INLINE FIELD8 FN8(load)(const FIELD *p)
{
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    __m512i l[4];
    FIELD8 r;
    field8_transpose_in(l, p[0].l);
    r.l[0] = _mm512_and_si512(_mm512_slli_epi64(l[0], 4), mask);
    r.l[1] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(l[0], 48), _mm512_slli_epi64(l[1], 16)), mask);
    r.l[2] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(l[1], 36), _mm512_slli_epi64(l[2], 28)), mask);
    r.l[3] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(l[2], 24), _mm512_slli_epi64(l[3], 40)), mask);
    r.l[4] = _mm512_srli_epi64(l[3], 12);
    return r;
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
ZK_INLINE bool FN8(is_carried)(const FIELD8 *a)
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
ZK_INLINE FIELD8 FN8(carry)(FIELD8 a)
{
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    for (int i = 0; i < 4; i++) {
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(a.l[i], 52));
        a.l[i] = _mm512_and_si512(a.l[i], mask);
    }
    ZK_DCHECK(FN8(is_carried)(&a));
    return a;
}

/* a - p where that is not negative, else a. */
ZK_INLINE FIELD8 FN8(reduce_lazy)(FIELD8 a)
{
    static const uint64_t p52[5] = CONST(P52_L);
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    FIELD8 d = FN8(sub_exact)(a, FN8(splat52)(p52));
    for (int i = 0; i < 4; i++) {
        d.l[i + 1] = _mm512_add_epi64(d.l[i + 1], _mm512_srai_epi64(d.l[i], 52));
        d.l[i] = _mm512_and_si512(d.l[i], mask);
    }
    __mmask8 negative = _mm512_movepi64_mask(d.l[4]);
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_mask_mov_epi64(d.l[i], negative, a.l[i]);
    return d;
}

/* Montgomery product. Column sums: each of t[0..5] receives at most four 52-bit halves a row and five rows, below 2^57.
 * Value: (a b + m p) / 2^260 with m < 2^260, so below a b / 2^260 + p <= 2p. */
ZK_INLINE FIELD8 FN8(mul)(FIELD8 a, FIELD8 b)
{
    static const uint64_t p52[5] = CONST(P52_L);
    const __m512i zero = _mm512_setzero_si512();
    const __m512i ninv = _mm512_set1_epi64(CONST(NINV52));
    const FIELD8 p = FN8(splat52)(p52);
    ZK_DCHECK(FN8(is_carried)(&a));
    ZK_DCHECK(FN8(is_carried)(&b));
    __m512i t[6] = {zero, zero, zero, zero, zero, zero};
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) t[j] = _mm512_madd52lo_epu64(t[j], a.l[j], b.l[i]);
        for (int j = 0; j < 5; j++) t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], a.l[j], b.l[i]);
        __m512i m = _mm512_madd52lo_epu64(zero, t[0], ninv);
        for (int j = 0; j < 5; j++) t[j] = _mm512_madd52lo_epu64(t[j], m, p.l[j]);
        for (int j = 0; j < 5; j++) t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], m, p.l[j]);
        /* The low 52 bits of t[0] are now zero. */
        t[1] = _mm512_add_epi64(t[1], _mm512_srli_epi64(t[0], 52));
        for (int j = 0; j < 5; j++) t[j] = t[j + 1];
        t[5] = zero;
    }
    FIELD8 r = {{t[0], t[1], t[2], t[3], t[4]}};
    return FN8(carry)(r);
}

ZK_INLINE FIELD8 FN8(sqr)(FIELD8 a)
{
    return FN8(mul)(a, a);
}

/* Writes limbs of radix 2^52, value < p, as eight elements. */
ZK_INLINE void FN8(pack)(FIELD *p, FIELD8 a)
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

ZK_INLINE void FN8(store_raw)(FIELD *p, FIELD8 a)
{
    ZK_DCHECK(FN8(is_carried)(&a));
    FN8(pack)(p, FN8(reduce_lazy)(a));
}

/* Divides by 2^4: adds the multiple k p, k < 16, that clears the low four bits, and shifts. (2p + 15p) / 16 < 2p. */
ZK_INLINE void FN8(store)(FIELD *p, FIELD8 a)
{
    static const uint64_t p52[5] = CONST(P52_L);
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    const __m512i zero = _mm512_setzero_si512();
    const FIELD8 modulus = FN8(splat52)(p52);
    ZK_DCHECK(FN8(is_carried)(&a));
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
