/* fr8_fixed: products by a factor that is known beforehand (roots of unity, powers of a point), a fifth cheaper than
 * fr8_mul and without its chain of dependent steps. Include it only in x_ifma.c files.
 *
 * For a factor w < p keep w and w' = floor(2^260 w / p). For x < 2^260, m = floor(x w' / 2^260) is the quotient of x w
 * by p, or one less; so x w - m p < 2p, and its low 260 bits are all of it: 34 + 25 + 25 IFMA instructions against 105.
 * The factor is a plain integer, so the product keeps the Montgomery factor of x.
 *
 *   operation          in                              out
 *   fr8_settle         loose                           settled, same value
 *   fr8_mul_fixed, _fixed2  settled                    loose, value < 2p, |limb| < 2^57
 *   fr8_tame           loose                           carried, value < 2p, same residue
 *
 * A settled vector is a carried one whose limbs may keep garbage from bit 52 on: IFMA instructions look at the low 52
 * bits only. It is good as a factor and for nothing else.
 *
 * Timing  constant time.
 * Source  Shoup's trick as in Harvey 2014, "Faster arithmetic for number-theoretic transforms", section 2. */
#ifndef ZK_POLY_FR8_FIXED_H
#define ZK_POLY_FR8_FIXED_H

#include "field/fr8.h"
#include "poly/poly_gen.h"

/* A factor w: w[] is the integer w < p, q[] is floor(2^260 w / p); limbs < 2^52. */
struct fr_fixed {
    uint64_t w[5];
    uint64_t q[5];
};

/* 2^260 w = q p + s with s = 2^260 w mod p, so q = -s / p mod 2^260; and s is the memory form of 16 w. */
ZK_INLINE void fr_fixed_init(struct fr_fixed *f, const fr *w)
{
    static const uint64_t ninv[5] = FR_NINV260_L;
    uint64_t l[4];
    fr s;
    fr_to_limbs(l, w);
    f->w[0] = l[0] & FIELD8_MASK52;
    f->w[1] = (l[0] >> 52 | l[1] << 12) & FIELD8_MASK52;
    f->w[2] = (l[1] >> 40 | l[2] << 24) & FIELD8_MASK52;
    f->w[3] = (l[2] >> 28 | l[3] << 36) & FIELD8_MASK52;
    f->w[4] = l[3] >> 16;
    fr_dbl(&s, w);
    for (int i = 0; i < 3; i++) fr_dbl(&s, &s);
    const uint64_t s52[5] = {s.l[0] & FIELD8_MASK52, (s.l[0] >> 52 | s.l[1] << 12) & FIELD8_MASK52,
                             (s.l[1] >> 40 | s.l[2] << 24) & FIELD8_MASK52,
                             (s.l[2] >> 28 | s.l[3] << 36) & FIELD8_MASK52, s.l[3] >> 16};
    unsigned __int128 acc = 0;
    for (int k = 0; k < 5; k++) {
        for (int i = 0; i <= k; i++) acc += (unsigned __int128)s52[i] * ninv[k - i];
        f->q[k] = (uint64_t)acc & FIELD8_MASK52;
        acc >>= 52;
    }
}

/* Moves what is above bit 52 of each limb, with its sign, into the next; leaves it standing in its own. */
ZK_INLINE fr8 fr8_settle(fr8 a)
{
    for (int i = 0; i < 4; i++) a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(a.l[i], 52));
    return a;
}

#define FIXED_LO(acc, a, b) ((acc) = _mm512_madd52lo_epu64((acc), (a), _mm512_set1_epi64((long long)(b))))
#define FIXED_HI(acc, a, b) ((acc) = _mm512_madd52hi_epu64((acc), (a), _mm512_set1_epi64((long long)(b))))

/* (*r, *s) = (x w, y v), steps in turn: one product alone waits for its own carries a third of the time, and the
 * processor looks too few vector instructions ahead to find the next. */
ZK_INLINE void fr8_mul_fixed2(fr8 *r_out, fr8 *s_out, fr8 x, fr8 y, const struct fr_fixed *w, const struct fr_fixed *v)
{
    static const uint64_t minus_p[5] = FR_MINUS_P52_L;
    const fr8 zero = fr8_zero();

    /* The quotients: columns 4 to 9 of x w'. What columns 0 to 3 would carry into column 4 is below 8 units of 2^208,
     * and changes a quotient by one at most, downwards. */
    __m512i c[10];
    __m512i d[10];
    for (int i = 4; i < 10; i++) c[i] = d[i] = zero.l[0];
#pragma GCC unroll 5
    for (int j = 4; j >= 0; j--) {
#pragma GCC unroll 5
        for (int i = 0; i < 5; i++) {
            if (i + j >= 4) FIXED_LO(c[i + j], x.l[i], w->q[j]);
            if (i + j >= 4) FIXED_LO(d[i + j], y.l[i], v->q[j]);
            if (i + j >= 3) FIXED_HI(c[i + j + 1], x.l[i], w->q[j]);
            if (i + j >= 3) FIXED_HI(d[i + j + 1], y.l[i], v->q[j]);
        }
    }

    /* x w - m p mod 2^260, where subtracting p is adding 2^260 - p. */
    fr8 r = zero;
    fr8 s = zero;
#pragma GCC unroll 5
    for (int j = 0; j < 5; j++) {
#pragma GCC unroll 5
        for (int i = 0; i + j < 5; i++) {
            FIXED_LO(r.l[i + j], x.l[i], w->w[j]);
            FIXED_LO(s.l[i + j], y.l[i], v->w[j]);
            if (i + j < 4) FIXED_HI(r.l[i + j + 1], x.l[i], w->w[j]);
            if (i + j < 4) FIXED_HI(s.l[i + j + 1], y.l[i], v->w[j]);
        }
    }
    for (int i = 4; i < 9; i++) {
        c[i + 1] = _mm512_add_epi64(c[i + 1], _mm512_srli_epi64(c[i], 52));
        d[i + 1] = _mm512_add_epi64(d[i + 1], _mm512_srli_epi64(d[i], 52));
    }
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
#pragma GCC unroll 5
        for (int j = 0; i + j < 5; j++) {
            FIXED_LO(r.l[i + j], c[5 + i], minus_p[j]);
            FIXED_LO(s.l[i + j], d[5 + i], minus_p[j]);
            if (i + j < 4) FIXED_HI(r.l[i + j + 1], c[5 + i], minus_p[j]);
            if (i + j < 4) FIXED_HI(s.l[i + j + 1], d[5 + i], minus_p[j]);
        }
    }
    /* The value is below 2p, so its true top limb is below 2^47 and what the lower limbs still carry is below 2^6:
     * modulo 2^52, and read as signed, the top limb is right as it stands. */
    r.l[4] = _mm512_srai_epi64(_mm512_slli_epi64(r.l[4], 12), 12);
    s.l[4] = _mm512_srai_epi64(_mm512_slli_epi64(s.l[4], 12), 12);
    *r_out = r;
    *s_out = s;
}

/* One alone: the other is thrown away by the compiler. */
ZK_INLINE fr8 fr8_mul_fixed(fr8 x, const struct fr_fixed *w)
{
    fr8 r;
    fr8 unused;
    fr8_mul_fixed2(&r, &unused, x, x, w, w);
    return r;
}

/* Subtracts the quotient by p, estimated from the top limb: at most one too small, since for v < 2^260 the estimate
 * differs from v / p by less than v (1 / p - MU / 2^260) + 2^-44 < 1. */
ZK_INLINE fr8 fr8_tame(fr8 a)
{
    static const uint64_t minus_p[5] = FR_MINUS_P52_L;
    a = fr8_carry(a);
    __m512i m = _mm512_madd52hi_epu64(_mm512_setzero_si512(), a.l[4], _mm512_set1_epi64(FR_MU260));
    for (int i = 0; i < 5; i++) FIXED_LO(a.l[i], m, minus_p[i]);
    for (int i = 0; i < 4; i++) FIXED_HI(a.l[i + 1], m, minus_p[i]);
    for (int i = 0; i < 4; i++) {
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srli_epi64(a.l[i], 52));
        a.l[i] = _mm512_and_si512(a.l[i], _mm512_set1_epi64(FIELD8_MASK52));
    }
    a.l[4] = _mm512_and_si512(a.l[4], _mm512_set1_epi64(FIELD8_MASK52));
    return a;
}

#undef FIXED_LO
#undef FIXED_HI

#endif
