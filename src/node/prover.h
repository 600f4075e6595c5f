/* prover: makes proofs for jobs, one after the other: as a part of a node, or from another machine over HTTP. What
 * differs is where jobs come from, which is a table of functions.
 *
 *   lease -> trace -> block_prove, with a heartbeat every third of the lease -> submit, or fail
 *
 * A lease that was lost while proving ends the proof; the next job is asked for. Failures of the source are waited out.
 * Threads   prover_run: one; it makes a pool of its own, of lower priority than the rest of the process. */
#ifndef ZK_NODE_PROVER_H
#define ZK_NODE_PROVER_H

#include "node/block_setup.h"
#include "node/node.h"
#include "node/proof_jobs.h"

struct prover_source {
    void *ctx;
    zk_err (*lease)(void *ctx, struct proof_lease *out, bool *found, const uint32_t *key_ids, size_t n);
    zk_err (*trace)(void *ctx, uint8_t **trace, size_t *len, bool *found, uint32_t block); /* owned: free() */
    zk_err (*heartbeat)(void *ctx, bool *ours, uint32_t block, uint64_t token);
    zk_err (*submit)(void *ctx, proof_verdict *verdict, const struct proof_lease *lease, const uint8_t *proof,
                     size_t len, uint64_t prove_ms);
    zk_err (*fail)(void *ctx, uint32_t block, uint64_t token, const char *error);
    /* Waits for work at most so long; may return at any time. */
    void (*wait)(void *ctx, int timeout_ms);
    bool (*stopping)(void *ctx);
};

struct prover_config {
    unsigned threads;   /* 0: one a processor */
    size_t memory_max;  /* larger capacities are not taken; 0: no limit */
    uint64_t proofs;    /* end after so many; 0: never */
    uint64_t retry_ms;  /* how long to wait for more work */
    bool to_completion; /* a proof that is under way when the source stops is finished */
};

/* Until source->stopping. Borrows all. ZK_ERR_RANGE: no capacity fits the memory. */
ZK_MUST_USE zk_err prover_run(const struct prover_source *source, struct block_setup *setup,
                              const struct prover_config *config);

/* The part of a node that does it (node.h). */
extern const struct node_part prover_part;

#endif
