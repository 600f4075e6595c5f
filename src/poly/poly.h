/* poly: arithmetic on long vectors of fr: polynomials as coefficients (element i belongs to X^i) or as values on the
 * domain of ntt.h.
 *
 * Aliasing  an output may be an input itself where its function says so; otherwise arrays do not overlap. Single
 *           elements (points, results) may be anywhere.
 * Threads   every function takes a pool, or NULL. Work is cut by length alone and all outputs are reduced, so the
 *           result is the same bytes at any thread count and on every kernel.
 * Timing    depends on lengths only, but for the functions that say otherwise.
 * Failure   only those that take a scratch arena can fail, with ZK_ERR_FULL; it is released on return. */
#ifndef ZK_POLY_POLY_H
#define ZK_POLY_POLY_H

#include "base/arena.h"
#include "base/pool.h"
#include "field/fr.h"
#include "poly/ntt.h"

/* ---- coefficients; n >= 0, and the polynomial without coefficients is 0 */

/* *out = p(z). */
void poly_eval(fr *out, const fr *p, size_t n, const fr *z, struct pool *pool);

/* out[i] = polys[i](z). Faster than one by one if they are short. */
void poly_eval_many(fr *out, const fr *const *polys, size_t n_polys, size_t n, const fr *z, struct pool *pool);

/* q(X) = (p(X) - p(z)) / (X - z), of degree n - 2: n elements are written, q[n - 1] = 0. *value = p(z), unless NULL.
 * q may be p. n >= 1. */
void poly_div_linear(fr *q, fr *value, const fr *p, size_t n, const fr *z, struct pool *pool);

/* acc += c p. */
void poly_add_scaled(fr *acc, const fr *c, const fr *p, size_t n, struct pool *pool);

/* out = c p. out may be p. */
void poly_scale(fr *out, const fr *c, const fr *p, size_t n, struct pool *pool);

/* out = sum of c[i] polys[i]; out may be polys[0], but none of the others. c does not overlap out. */
void poly_combine(fr *out, const fr *c, const fr *const *polys, size_t n_polys, size_t n, struct pool *pool);

/* ---- vectors */

/* out[i] = first * base^i. */
void poly_powers(fr *out, const fr *first, const fr *base, size_t n, struct pool *pool);

/* out[i] = in[0] * .. * in[i - 1], so out[0] = 1; *total = the product of all n, unless NULL. out may be in. */
void poly_prefix_product(fr *out, fr *total, const fr *in, size_t n, struct pool *pool);

/* out[i] = in[0] + .. + in[i - 1], so out[0] = 0; *total = the sum of all n, unless NULL. out may be in. */
void poly_prefix_sum(fr *out, fr *total, const fr *in, size_t n, struct pool *pool);

/* *out = sum of a[i] b[i]. */
void poly_dot(fr *out, const fr *a, const fr *b, size_t n, struct pool *pool);

/* out[i] = 1 / in[i], and 0 for 0. out may be in. Scratch: poly_batch_inv_scratch_len bytes. */
ZK_MUST_USE zk_err poly_batch_inv(fr *out, const fr *in, size_t n, struct pool *pool, struct arena *scratch);
size_t poly_batch_inv_scratch_len(size_t n, const struct pool *pool);

/* ---- domains: H of order n = 2^log_n. z is public: whether it lies in H shows in the time. */

/* *out = z^n - 1, the polynomial that vanishes on H. On the coset sH it is the constant s^n - 1. */
void poly_vanishing(fr *out, unsigned log_n, const fr *z);

/* *out = L_i(z), the polynomial of degree < n that is 1 at omega^i and 0 on the rest of H; i < n. The first Lagrange
 * polynomial is i = 0, the last i = n - 1. */
void poly_lagrange(fr *out, const struct ntt_domain *d, size_t i, const fr *z);

/* out[i] = L_i(z) for all i < n. Scratch: n elements and poly_batch_inv_scratch_len(n). */
ZK_MUST_USE zk_err poly_lagrange_all(fr *out, const struct ntt_domain *d, const fr *z, struct pool *pool,
                                     struct arena *scratch);

/* *out = p(z) for the p of degree < n with p(omega^i) = values[i] (barycentric formula). Scratch: n elements more than
 * poly_lagrange_all; for several polynomials at one z, call that and poly_dot. */
ZK_MUST_USE zk_err poly_eval_values(fr *out, const struct ntt_domain *d, const fr *values, const fr *z,
                                    struct pool *pool, struct arena *scratch);

#endif
