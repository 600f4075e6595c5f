/* expr_program: identities compiled for whole columns: what the quotient, the grand product and the lookup sums are
 * computed with.
 *
 * The nodes of a graph become instructions over registers; a register holds PROGRAM_BLOCK consecutive rows, so the
 * cost of interpreting vanishes. There are two instructions: load a leaf, and
 *   sum    r = +- a_1 b_1 +- a_2 b_2 .. +- c_1 +- c_2 ..
 * into which sums, differences and products that are used once are folded: the IFMA kernel reduces modulo p once a sum,
 * not once a product. Scalars (challenges, constants) are operands, computed once a run.
 *
 * Same bytes on every kernel and at any thread count: all outputs are reduced. Timing depends on sizes only. */
#ifndef ZK_PLONK_EXPR_PROGRAM_H
#define ZK_PLONK_EXPR_PROGRAM_H

#include "base/pool.h"
#include "plonk/cs.h"

#define PROGRAM_BLOCK 32
#define PROGRAM_ROOTS 4

struct program;

/* *out computes the roots (at most PROGRAM_ROOTS, none a scalar); lives in the arena, and borrows the graph. */
ZK_MUST_USE zk_err program_compile(struct program **out, const struct expr_graph *g, const expr *roots, size_t n_roots,
                                   struct arena *arena);

/* What the leaves are: columns of values at shift * omega^i, i < n. Columns that no root uses may be NULL. */
struct program_inputs {
    unsigned log_n;
    const fr *advice[PLONK_ADVICE];
    const fr *aux[AUX_MAX];
    const fr *fixed[PLONK_FIXED_MAX]; /* fixed_len elements, repeated */
    const fr *table[PLONK_TUPLE_MAX]; /* table_len elements, repeated */
    size_t fixed_len, table_len;
    const fr *first; /* n elements; the last row's polynomial is this one a row on */
    const fr *publics, *challenges, *alphas;
    fr shift, omega;
};

/* out[k][i] = root k at row i, all n rows. */
ZK_MUST_USE zk_err program_run(const struct program *p, fr *const *out, const struct program_inputs *in,
                               struct pool *pool, struct arena *scratch);

/* The same with the kernel of one level, at most cpu_best(): for tests. */
ZK_MUST_USE zk_err program_run_at(const struct program *p, fr *const *out, const struct program_inputs *in,
                                  cpu_level level, struct pool *pool, struct arena *scratch);

size_t program_scratch_len(const struct program *p, const struct pool *pool);

/* Products a row, and reductions a row: what the cost floor of the benchmark is made of. */
void program_cost(const struct program *p, uint32_t *products, uint32_t *reductions);

#endif
