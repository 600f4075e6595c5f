/* pool: a fixed set of threads and a parallel for.
 *
 * One pool is made at start and passed down; every function that takes a `struct pool *` also takes NULL, which means
 * "in this thread alone".
 *
 * Determinism  Which thread runs which index is not fixed. A body that writes only what its index owns gives the same
 *              bytes at any thread count; `worker` may choose scratch memory, never a result.
 * Threads      pool_for may be called by any thread, one at a time; a second caller waits. The caller is worker 0 and
 *              works too. Calling it from inside a body of the same pool is a bug: inner loops get NULL.
 * Errors       A body that fails returns its zk_err. pool_for then gives back the failure with the lowest index that
 *              ran, with its message; indices not yet begun are skipped. */
#ifndef ZK_BASE_POOL_H
#define ZK_BASE_POOL_H

#include "base/common.h"

struct pool;

#define POOL_THREADS_MAX 256

/* Starts n_threads - 1 threads; 0 means one for each processor this process may use. ZK_ERR_MEMORY, ZK_ERR_RANGE. */
ZK_MUST_USE zk_err pool_create(struct pool **out, unsigned n_threads);

/* Waits for the threads to end. NULL is allowed. No call may be running. */
void pool_destroy(struct pool *p);

/* At least 1; 1 for NULL. */
unsigned pool_threads(const struct pool *p);

/* The body of a loop: index i, and worker < pool_threads(). */
typedef zk_err (*pool_body)(void *ctx, size_t i, unsigned worker);

/* body(ctx, i, worker) once for each i < n. */
ZK_MUST_USE zk_err pool_for(struct pool *p, size_t n, pool_body body, void *ctx);

/* The body of a loop over ranges: begin <= index < end. */
typedef void (*pool_range_body)(void *ctx, size_t begin, size_t end, unsigned worker);

/* Cuts 0 .. n-1 into ranges of `grain` indices (the last may be shorter; grain >= 1), for bodies that cannot fail. */
void pool_for_range(struct pool *p, size_t n, size_t grain, pool_range_body body, void *ctx);

#endif
