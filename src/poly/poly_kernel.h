/* poly_kernel: the loops of poly.c for one level. Seen by the poly*.c files alone.
 *
 * A recurrence cannot use eight lanes on one sequence, so it runs over POLY_STREAMS sequences at once: stream s is the
 * elements s len .. s len + len - 1 of an array of POLY_STREAMS * len, and has its own start in an array of
 * POLY_STREAMS. len is a multiple of 8. An output array may be the input array. */
#ifndef ZK_POLY_POLY_KERNEL_H
#define ZK_POLY_POLY_KERNEL_H

#include "field/fr.h"

#define POLY_STREAMS 16

struct poly_kernel {
    const char *name;

    /* ---- any n */
    void (*eval)(fr *out, const fr *p, size_t n, const fr *z);          /* *out = sum of p[i] z^i */
    void (*powers)(fr *out, const fr *first, const fr *base, size_t n); /* out[i] = first * base^i */
    void (*dot)(fr *out, const fr *a, const fr *b, size_t n);           /* *out = sum of a[i] b[i] */
    /* out[i] = sum over j of c[j] polys[j][at + i]; n_polys >= 1; out may be polys[0] + at */
    void (*combine)(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t at, size_t n);

    /* ---- streams */
    void (*horner)(fr *out, const fr *p, size_t len, const fr *z); /* out[s] = value of stream s at z */
    /* For i = len - 1 .. 0: q[i] = x, x = p[i] + z x; x starts as carry[s]. */
    void (*div_linear)(fr *q, const fr *p, size_t len, const fr *z, const fr *carry);
    void (*product)(fr *out, const fr *in, size_t len);                         /* out[s] = product of stream s */
    void (*prefix_product)(fr *out, const fr *in, size_t len, const fr *start); /* out[i] = start[s] in[0] .. in[i-1] */
    void (*sum)(fr *out, const fr *in, size_t len);
    void (*prefix_sum)(fr *out, const fr *in, size_t len, const fr *start);
};

extern const struct poly_kernel poly_kernel_plain, poly_kernel_ifma;

/* One stream of any length in plain C, for what is left over at the end of a vector. */
void poly_one_horner(fr *out, const fr *p, size_t len, const fr *z);
void poly_one_div_linear(fr *q, const fr *p, size_t len, const fr *z, const fr *carry);
void poly_one_product(fr *out, const fr *in, size_t len);
void poly_one_prefix_product(fr *out, const fr *in, size_t len, const fr *start);
void poly_one_sum(fr *out, const fr *in, size_t len);
void poly_one_prefix_sum(fr *out, const fr *in, size_t len, const fr *start);

#endif
