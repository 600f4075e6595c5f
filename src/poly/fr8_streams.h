/* fr8_streams: eight sequences of fr in memory as lanes. Include it only in x_ifma.c files.
 * Lane s of a vector belongs to p + s * stride; two elements of each sequence, a cache line, are moved at a time. */
#ifndef ZK_POLY_FR8_STREAMS_H
#define ZK_POLY_FR8_STREAMS_H

#include "field/fr8.h"

/* An 8 x 8 matrix of 64-bit words, transposed. */
ZK_INLINE void fr8_transpose_words(__m512i m[8])
{
    __m512i a[8];
    __m512i b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm512_unpacklo_epi64(m[i], m[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi64(m[i], m[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int j = i; j < i + 2; j++) {
            b[j] = _mm512_shuffle_i64x2(a[j], a[j + 2], 0x88);
            b[j + 2] = _mm512_shuffle_i64x2(a[j], a[j + 2], 0xdd);
        }
    }
    for (int j = 0; j < 4; j++) {
        m[j] = _mm512_shuffle_i64x2(b[j], b[j + 4], 0x88);
        m[j + 4] = _mm512_shuffle_i64x2(b[j], b[j + 4], 0xdd);
    }
}

/* m[0 .. 3] = the words of element 0 of all sequences, m[4 .. 7] those of element 1. */
ZK_INLINE void fr8_streams_load2(__m512i m[8], const fr *p, size_t stride)
{
    for (size_t s = 0; s < 8; s++) m[s] = _mm512_loadu_si512(p + s * stride);
    fr8_transpose_words(m);
}

/* Writes e0 and e1, reduced, as elements 0 and 1 of all sequences. */
ZK_INLINE void fr8_streams_store2(fr *p, size_t stride, fr8 e0, fr8 e1)
{
    __m512i m[8];
    fr8_join(m, e0);
    fr8_join(m + 4, e1);
    fr8_transpose_words(m);
    for (size_t s = 0; s < 8; s++) _mm512_storeu_si512(p + s * stride, m[s]);
}

#endif
