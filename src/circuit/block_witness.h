/* block_witness: from the trace of a sealed block to the cells of its proof.
 *
 * Two steps, so that tests can lie in between: hints (what each slot did, from the trace), then cells
 * (block_circuit.h).
 * Both are parallel and give the same values at any thread count.
 *
 * Check mode  block_witness_check names the first rule that a witness breaks: gadget, row, and the slot it is in. The
 *             prover's own check is the same without the slot. */
#ifndef ZK_CIRCUIT_BLOCK_WITNESS_H
#define ZK_CIRCUIT_BLOCK_WITNESS_H

#include "base/pool.h"
#include "circuit/block_circuit.h"
#include "plonk/check.h"
#include "rollup/trace.h"

struct block_hints {
    unsigned log_n;
    unsigned periods;
    struct period_hints *period; /* in the arena */
    fr publics[BLOCK_PUBLICS];
};

/* Arena: about 24 kB a period. ZK_ERR_INPUT for a trace that no library made (a malformed signature, an amount without
 * packed form, leaves or transactions that do not fit their operation): a prover may have got it from elsewhere. */
ZK_MUST_USE zk_err block_hints_make(struct block_hints *h, const struct block_trace *t, struct pool *pool,
                                    struct arena *arena);

/* Columns of 2^log_n cells in the arena; w->publics is h->publics, borrowed. */
ZK_MUST_USE zk_err block_witness_make(struct witness *w, const struct block_circuit *c, const struct block_hints *h,
                                      struct pool *pool, struct arena *arena);

/* *ok = all rules hold; if not, text says which does not, where. Scratch as in check_witness. */
ZK_MUST_USE zk_err block_witness_check(bool *ok, char text[2304], const struct block_circuit *c,
                                       const struct witness *w, struct pool *pool, struct arena *scratch);

#endif
