/* msm: multi-scalar multiplication in g1, out = sum of scalars[i] * points[i].
 *
 * Form     points affine, infinity as (0, 0); they may repeat, be infinite, equal or opposite. Any scalars; cost falls
 *          with the length of the scalars (of s or p - s, whichever is shorter) and with the number of zeros.
 *          The result has z = 1 (or is G1_JAC_INF): the same bytes at any thread count and CPU level.
 * Aliasing out may not overlap any input.
 * Timing   vartime: for public or blinded data only.
 * Memory   all from the caller's scratch arena, released on return; g1_msm_scratch_len says how much is enough.
 *          pool NULL: this thread alone. Points in an arena (64-byte aligned) are read a little faster.
 * Failure  ZK_ERR_FULL from the arena; ZK_ERR_RANGE for n > MSM_N_MAX.
 * Source   see msm.c. */
#ifndef ZK_CURVE_MSM_H
#define ZK_CURVE_MSM_H

#include "base/common.h"
#include "curve/g1.h"

struct arena;
struct pool;

#define MSM_N_MAX ((size_t)1 << 26)

/* n = 0 gives infinity. */
ZK_MUST_USE zk_err g1_msm(g1_jac *out, const g1_affine *points, const fr *scalars, size_t n, struct pool *pool,
                          struct arena *scratch);

/* Bytes of scratch that suffice for any n scalars and points; grows with n and threads (pool_threads). */
size_t g1_msm_scratch_len(size_t n, unsigned threads);

/* ---- a fixed basis, such as an SRS: multiples 2^k P of its points are kept, so that all windows share few sets of
 *      buckets and the windows can be wider. Built once (about 250 doublings a point), then read by any thread. */
struct msm_basis;

/* What a basis of n points takes with `tables` multiples of each, 64 bytes a point and table; 1 keeps the points alone,
 * and more than msm_basis_tables_max(n) is of no use. The arena `home` of msm_basis_create needs this much. */
size_t msm_basis_len(size_t n, unsigned tables);
unsigned msm_basis_tables_max(size_t n);

/* *out lives in home until home is released. points are copied. Needs msm_basis_scratch_len(threads) of scratch. */
ZK_MUST_USE zk_err msm_basis_create(struct msm_basis **out, const g1_affine *points, size_t n, unsigned tables,
                                    struct pool *pool, struct arena *home, struct arena *scratch);
size_t msm_basis_scratch_len(unsigned threads);

size_t msm_basis_n(const struct msm_basis *basis);

/* The points, as given. */
const g1_affine *msm_basis_points(const struct msm_basis *basis);

/* out = sum of scalars[i] * basis[i] for i < n; n at most the basis's. */
ZK_MUST_USE zk_err g1_msm_fixed(g1_jac *out, const struct msm_basis *basis, const fr *scalars, size_t n,
                                struct pool *pool, struct arena *scratch);
size_t g1_msm_fixed_scratch_len(const struct msm_basis *basis, size_t n, unsigned threads);

#endif
