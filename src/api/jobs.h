/* jobs: one thread for what would keep a worker of the HTTP server too long: Merkle proofs, questions to L1. */
#ifndef ZK_API_JOBS_H
#define ZK_API_JOBS_H

#include "base/common.h"

struct jobs;

/* end: the last thing the thread does; may be NULL. */
ZK_MUST_USE zk_err jobs_start(struct jobs **out, unsigned max, void (*end)(void *ctx), void *ctx);

/* Runs what waits, then ends. NULL is allowed. */
void jobs_stop(struct jobs *j);

/* run(ctx) later, in the order of the calls. False: too many wait. */
ZK_MUST_USE bool jobs_put(struct jobs *j, void (*run)(void *ctx), void *ctx);

#endif
