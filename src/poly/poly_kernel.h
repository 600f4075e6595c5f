/* poly_kernel: the loops of poly.c over one chunk, for one level. Seen by the poly*.c files alone.
 * Any n; an output may be an input of the same function, at the same index. */
#ifndef ZK_POLY_POLY_KERNEL_H
#define ZK_POLY_POLY_KERNEL_H

#include "field/fr.h"

struct poly_kernel {
    const char *name;
    /* *out = sum of p[i] z^i */
    void (*eval)(fr *out, const fr *p, size_t n, const fr *z);
    /* For i = n - 1 .. 0: q[i] = s, s = p[i] + z s; s starts as *carry. */
    void (*div_linear)(fr *q, const fr *p, size_t n, const fr *z, const fr *carry);
    /* out[i] = first * base^i */
    void (*powers)(fr *out, const fr *first, const fr *base, size_t n);
    /* *out = the product of all */
    void (*product)(fr *out, const fr *in, size_t n);
    /* out[i] = first * in[0] * .. * in[i - 1] */
    void (*prefix_product)(fr *out, const fr *in, size_t n, const fr *first);
    /* *out = sum of a[i] b[i] */
    void (*dot)(fr *out, const fr *a, const fr *b, size_t n);
    /* out[i] = sum over j of c[j] polys[j][at + i]; n_polys >= 1 */
    void (*combine)(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t at, size_t n);
};

extern const struct poly_kernel poly_kernel_plain;

#endif
