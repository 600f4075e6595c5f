/* check: does a witness satisfy a circuit? Every gate in every row, every copy, every lookup, without a proof.
 *
 * For debugging, for tests, and for provers that refuse to prove nonsense. Names what fails: the constraint, its gate,
 * the row (and period), the gadget, all in the first line of `text`; the lines after it show the cells the gate can
 * see, and are for the witness's owner only. Reads; shares nothing; any thread.
 * Timing  depends on the witness. */
#ifndef ZK_PLONK_CHECK_H
#define ZK_PLONK_CHECK_H

#include "plonk/builder.h"

struct pool;

enum check_kind { CHECK_GATE, CHECK_COPY, CHECK_LOOKUP };

struct check_failure {
    enum check_kind kind;
    uint32_t row; /* of all n */
    uint32_t period;
    unsigned index;      /* gate, or lookup; column of a copy */
    unsigned constraint; /* CHECK_GATE: which */
    uint32_t other_row;  /* CHECK_COPY: the row of the cell it should equal */
    unsigned other_col;
    char text[2048]; /* all of it, for a person */
};

/* *ok = the witness satisfies the sealed cs with 2^log_n rows; if not, *first has the failure of the lowest row. first
 * may be NULL. ZK_ERR_RANGE if sizes do not fit. Scratch: 40 bytes a node of the graph for each thread. */
ZK_MUST_USE zk_err check_witness(bool *ok, struct check_failure *first, const struct cs *cs, const struct witness *w,
                                 struct pool *pool, struct arena *scratch);

/* The label path of a row of the period, such as "circuit/slot/poseidon2". Writes a string of at most cap bytes. */
void check_row_path(char *out, size_t cap, const struct cs *cs, uint32_t row_in_period);

/* The same of a gate's constraint in the row, and of a cell: a guest's (builder_guest) have a label of their own. */
void check_gate_path(char *out, size_t cap, const struct cs *cs, uint32_t row_in_period, unsigned gate);
void check_cell_path(char *out, size_t cap, const struct cs *cs, uint32_t row_in_period, unsigned col);

#endif
