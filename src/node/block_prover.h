/* block_prover: from the trace of a block to its proof. The same in a node and in `zkroll prover`.
 *
 * Memory     of the capacity in use alone; at most 2 kB a row and 128 MiB: 0.3 GB for 40 slots, 9 GB for 2,560.
 *            Another capacity's is given back first.
 * Trust      a trace may come from elsewhere: whatever it is, the answer is a proof that holds, or an error.
 * Threads    one at a time; the pool does the work. */
#ifndef ZK_NODE_BLOCK_PROVER_H
#define ZK_NODE_BLOCK_PROVER_H

#include "node/block_setup.h"
#include "plonk/prover.h"

struct block_prover;

/* Borrows setup and pool. */
ZK_MUST_USE zk_err block_prover_create(struct block_prover **out, struct block_setup *setup, struct pool *pool);
void block_prover_destroy(struct block_prover *p);

/* What a prover of this capacity takes at most, in bytes. */
size_t block_prover_memory(unsigned capacity);

struct block_proof {
    uint8_t bytes[PROOF_LEN_MAX];
    size_t len;
    double seconds;         /* all of it */
    double witness_seconds; /* the part before the proof */
};

/* Called now and then with the fraction that is done; false asks to stop: ZK_ERR_CANCELLED. */
typedef bool (*block_progress)(void *ctx, double fraction);

/* ZK_ERR_INPUT, ZK_ERR_UNSUPPORTED: the trace is no trace of a block that can be proved, in words; a proof that comes
 * out is verified first. */
ZK_MUST_USE zk_err block_prove(struct block_proof *out, struct block_prover *p, const uint8_t *trace, size_t len,
                               block_progress progress, void *ctx);

#endif
