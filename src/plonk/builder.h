/* builder: how gadgets place rows, and how the same code fills them.
 *
 * A circuit is one function that builds a period, written against this interface. It runs in two modes:
 *   shape    once: gates, fixed cells, copies and labels go into the constraint system; values are also kept if there
 *            is somewhere to keep them
 *   witness  once for each period, any number of periods at the same time (a builder each): only values are written;
 *            gates and copies are compared with the shape, so a gadget whose shape depends on values is found at once
 *
 *   static void square_gadget(struct builder *b, struct my_gates *g, wire x, wire *y)
 *   {
 *       uint32_t row = builder_rows(b, 1);
 *       wire in = builder_copy(b, row, 0, x);              // the value of x, and a copy constraint
 *       fr v = builder_value(b, in);
 *       fr_sqr(&v, &v);
 *       *y = builder_put(b, row, 1, &v);                   // a hint until the next line pins it
 *       builder_gate(b, g->square, row);
 *   }
 *
 * A gadget must not branch on values: in shape mode without a witness they are all zero.
 *
 * wire       a cell of the copyable columns of this period, by number: an address, not a value
 * Rows       are handed out in order; a row belongs to who asked for it, but others may use its free cells
 * Neighbours the row after the last of the period is the first of the next one (of period 0 after the last period):
 *            builder_put takes row T for it only by way of that period's own builder
 * Failure    running out of rows is kept and reported by cs_seal; other misuse is an assertion. */
#ifndef ZK_PLONK_BUILDER_H
#define ZK_PLONK_BUILDER_H

#include "plonk/cs.h"

/* row * PLONK_COPY + column. */
typedef struct wire {
    uint32_t cell;
} wire;

/* A cell that gets another value than its gadget gives it; what is derived from it is derived from that. */
struct builder_lie {
    uint32_t row;
    unsigned col;
    fr value;
};

struct builder {
    struct cs *cs;            /* written in shape mode only */
    fr *advice[PLONK_ADVICE]; /* the period's part of each column; NULL: values are not kept */
    bool shape;
    uint32_t next_row;
    uint16_t label;
    const struct builder_lie *lie; /* for tests of constraints; NULL: none */
};

/* A shape builder for a cs that is not sealed. advice: PLONK_ADVICE columns of T zeroed cells, or NULL. */
void builder_shape(struct builder *b, struct cs *cs, fr *const *advice);

/* A witness builder for one period of a sealed cs. advice: whole columns of n zeroed cells. The cs is only read. */
void builder_witness(struct builder *b, const struct cs *cs, uint32_t period_no, fr *const *advice);

/* count fresh rows in a piece; the first. If the period is full, the failure is kept and row 0 is returned. */
uint32_t builder_rows(struct builder *b, uint32_t count);

/* Rows not yet handed out. */
uint32_t builder_rows_left(const struct builder *b);

void builder_gate(struct builder *b, gate_id gate, uint32_t row);
void builder_lookup(struct builder *b, lookup_id lookup, uint32_t row);

/* The same as builder_gate, in a row that another gadget has asked for: in its free cells, and those of the row after
 * it. What is wrong with the gate or with these cells is then reported under the label that is open now. cells: bit j
 * for column j of the row, bit 8 + j for column j of the next. One guest a row. */
void builder_guest(struct builder *b, gate_id gate, uint32_t row, unsigned cells);

/* Sets a fixed cell; one that is set already, to zero too, may be set again to the same value only. A gadget sets every
 * coefficient that its gates read, so that no other gadget can put another value under them. */
void builder_fix(struct builder *b, uint32_t row, fixed_id col, const fr *v);

/* Puts a value into a cell; any column. The wire is one only if col < PLONK_COPY. */
wire builder_put(struct builder *b, uint32_t row, unsigned col, const fr *v);

/* The value of src into a cell, and the constraint that they are equal; col < PLONK_COPY. */
wire builder_copy(struct builder *b, uint32_t row, unsigned col, wire src);

/* Demands that two cells are equal. */
void builder_connect(struct builder *b, wire x, wire y);

fr builder_value(const struct builder *b, wire w);
fr builder_cell(const struct builder *b, uint32_t row, unsigned col);

ZK_INLINE wire builder_wire(uint32_t row, unsigned col)
{
    return (wire){row * PLONK_COPY + col};
}
ZK_INLINE uint32_t wire_row(wire w)
{
    return w.cell / PLONK_COPY;
}
ZK_INLINE unsigned wire_col(wire w)
{
    return w.cell % PLONK_COPY;
}

/* Rows handed out in between are reported under `name` (a string literal), inside the labels open now. */
void builder_open(struct builder *b, const char *name);
void builder_close(struct builder *b);

/* ---- a witness: what the prover takes */
struct witness {
    unsigned log_n;
    fr *advice[PLONK_ADVICE]; /* n cells each; the prover overwrites them */
    const fr *publics;
    uint32_t n_public;
};

/* All-zero columns of 2^log_n cells. publics is borrowed. */
ZK_MUST_USE zk_err witness_init(struct witness *w, unsigned log_n, const fr *publics, uint32_t n_public,
                                struct arena *arena);

#endif
