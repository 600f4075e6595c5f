/* ntt_kernel: what ntt.c asks of a kernel: the two passes over one tile. Seen by the ntt_*.c files alone.
 *
 * Write the input as x[r C + c], r < R, c < C, n = R C, and the output as X[k + R j], k < R, j < C. With root g (omega,
 * or its inverse) of order n,
 *
 *   X[k + R j] = out_scale[j] * sum_c (g^R)^(c j) * first[c] * step[c]^k * sum_r (g^C)^(r k) * in_scale[r] * x[r C + c]
 *                                                  '--- twiddle ---'
 *
 *   columns   the inner sums and the twiddles, for eight columns c at a time: src -> mid
 *   rows      the outer sums, for eight k at a time: mid -> dst
 *
 * mid holds element (k, c) at [k / 8][c / 8][k % 8][c % 8]: a tile of columns writes runs of 2 KiB, a tile of rows
 * reads one run. Its values are residues below 2^256, not reduced, and in the kernel's own form. */
#ifndef ZK_POLY_NTT_KERNEL_H
#define ZK_POLY_NTT_KERNEL_H

#include "field/fr.h"

#define NTT_LANES 8

/* Below this, a transform is done directly: R and C would not both be 8. */
#define NTT_LOG_N_TILED 6

struct ntt_plan {
    unsigned log_rows; /* R = 2^log_rows */
    unsigned log_cols; /* C = 2^log_cols; log_rows <= log_cols <= log_rows + 1 */
    const void *roots; /* factors: g^rev(q) of the C-th root g, q < C / 2, rev: reversal of log_cols - 1 bits */
    size_t src_len;    /* coefficients in src; fewer than n are followed by zeros, more are folded in times *fold */
    fr fold;
    const void *in_scale;  /* R factors, or NULL for ones */
    const void *out_scale; /* C factors, or NULL for ones */
    const fr *first;       /* C elements, or NULL: first_all for each */
    fr first_all;
    const fr *step; /* C elements */
};

struct ntt_kernel {
    const char *name;
    size_t factor_len; /* bytes of a factor: an element that all eight lanes are multiplied by, made ready */
    size_t vector_len; /* bytes of eight elements in a tile */
    void (*factors)(void *out, const fr *x, size_t n);
    /* tile: 2^log_cols * vector_len bytes, 64-byte aligned, the caller's alone. index < C / 8 and R / 8. */
    void (*columns)(const struct ntt_plan *p, fr *mid, const fr *src, size_t index, void *tile);
    void (*rows)(const struct ntt_plan *p, fr *dst, const fr *mid, size_t index, void *tile);
};

extern const struct ntt_kernel ntt_kernel_plain, ntt_kernel_ifma;

/* The lowest `bits` bits of i in reverse order; bits <= 32. */
ZK_INLINE size_t ntt_reverse_bits(size_t i, unsigned bits)
{
    uint32_t x = (uint32_t)i;
    if (bits == 0) return 0;
    x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
    x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
    x = (x >> 4 & 0x0f0f0f0f) | (x & 0x0f0f0f0f) << 4;
    return __builtin_bswap32(x) >> (32 - bits);
}

/* Where mid holds lanes 0 .. 7 of (k, 8 block ..): eight columns of one row. */
ZK_INLINE size_t ntt_mid_index(const struct ntt_plan *p, size_t k, size_t block)
{
    size_t blocks = (size_t)1 << (p->log_cols - 3);
    return ((k / 8 * blocks + block) * 8 + k % 8) * 8;
}

#endif
