/* ntt: the number theoretic transform over fr: polynomials as coefficients, and as values on a domain.
 *
 * Domain    H = { omega^i }, 0 <= i < n = 2^log_n, omega = fr_root_of_unity(log_n). The coset of H with shift s is
 *           { s omega^i }; s may be any non-zero element.
 * Order     natural on both sides: element i of an array is the coefficient of X^i, or the value at omega^i.
 * Aliasing  the arrays of one call do not overlap, except that dst[i] may be src[i] itself.
 * Scratch   ntt_scratch_len bytes of the caller's arena, released on return.
 * Threads   a domain is read-only after its creation and may be shared. Work is cut into tiles for the pool; the result
 *           is the same bytes at any thread count and on every kernel, since all outputs are reduced.
 * Timing    depends on the sizes only.
 * Failure   ZK_ERR_FULL: the arena is too small. ZK_ERR_RANGE: log_n too large. Outputs are then unspecified.
 * Source    Cooley, Tukey 1965; Bailey 1990 (four steps); Harvey 2014 (lazy butterflies). See ntt.c. */
#ifndef ZK_POLY_NTT_H
#define ZK_POLY_NTT_H

#include "base/arena.h"
#include "base/pool.h"
#include "field/fr.h"

#define NTT_LOG_N_MAX FR_TWO_ADICITY

struct ntt_domain;

/* Tables of about 4 sqrt(n) elements; memory from arena, valid as long as it is. */
ZK_MUST_USE zk_err ntt_domain_create(struct ntt_domain **out, unsigned log_n, struct pool *pool, struct arena *arena);

/* The same with the kernels of one level, at most cpu_best(): for tests. */
ZK_MUST_USE zk_err ntt_domain_create_at(struct ntt_domain **out, unsigned log_n, cpu_level level, struct arena *arena);

/* What ntt_domain_create takes from its arena, in bytes. */
size_t ntt_domain_len(unsigned log_n);

/* The scratch of any transform of n_polys polynomials: one polynomial in transit (several, if they are small), a tile a
 * thread, and tables for a coset. Grows with log_n and threads, not with n_polys above a bound. */
size_t ntt_scratch_len(const struct ntt_domain *d, size_t n_polys, const struct pool *pool);

unsigned ntt_domain_log_n(const struct ntt_domain *d);

/* omega, its inverse, 1 / n; valid as long as the domain. */
const fr *ntt_domain_omega(const struct ntt_domain *d);
const fr *ntt_domain_omega_inv(const struct ntt_domain *d);
const fr *ntt_domain_n_inv(const struct ntt_domain *d);

/* In place, n_polys arrays of n elements. Coefficients to values at omega^i, and back. */
ZK_MUST_USE zk_err ntt_forward(const struct ntt_domain *d, fr *const *polys, size_t n_polys, struct pool *pool,
                               struct arena *scratch);
ZK_MUST_USE zk_err ntt_inverse(const struct ntt_domain *d, fr *const *polys, size_t n_polys, struct pool *pool,
                               struct arena *scratch);

/* In place. Coefficients to values at shift * omega^i, and back; shift != 0. */
ZK_MUST_USE zk_err ntt_forward_coset(const struct ntt_domain *d, fr *const *polys, size_t n_polys, const fr *shift,
                                     struct pool *pool, struct arena *scratch);
ZK_MUST_USE zk_err ntt_inverse_coset(const struct ntt_domain *d, fr *const *polys, size_t n_polys, const fr *shift,
                                     struct pool *pool, struct arena *scratch);

/* Out of place: dst[i][j] = the value of src[i] at shift * omega^j. src[i] has src_len coefficients, at most
 * 2n; those from n on are folded in (X^(n+i) is shift^n X^i on the coset), missing ones are zero: blinded polynomials
 * and short ones need no copy. shift NULL means 1. */
ZK_MUST_USE zk_err ntt_eval_coset(const struct ntt_domain *d, fr *const *dst, const fr *const *src, size_t src_len,
                                  size_t n_polys, const fr *shift, struct pool *pool, struct arena *scratch);

/* Out of place: dst[i] = the coefficients of the polynomial of degree < n whose value at shift * omega^j is src[i][j].
 * shift NULL means 1. */
ZK_MUST_USE zk_err ntt_interpolate_coset(const struct ntt_domain *d, fr *const *dst, const fr *const *src,
                                         size_t n_polys, const fr *shift, struct pool *pool, struct arena *scratch);

#endif
