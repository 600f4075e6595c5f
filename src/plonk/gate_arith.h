/* gate_arith: the gates any circuit starts with. Each takes one row.
 *
 *   arith      q0 w0 + q1 w1 + q2 w2 + q3 w3 + q4 w4 + q5 w0 w1 + q6 w2 w3 + q7 = 0     coefficients 0 .. 7, degree 3
 *   boolean    w (w - 1) = 0 for w = w0 .. w4 (unused cells are 0)                                         degree 2
 *   select     w0 (w0 - 1) = 0, w3 = w2 + w0 (w1 - w2): w3 = w0 ? w1 : w2                                  degree 2
 *   is_zero    w0 w1 = 1 - w2, w0 w2 = 0: w2 = (w0 = 0), w1 a hint                                         degree 2
 * w0 .. w4 are the copyable columns. */
#ifndef ZK_PLONK_GATE_ARITH_H
#define ZK_PLONK_GATE_ARITH_H

#include "plonk/builder.h"

struct arith_gates {
    gate_id arith, boolean, select, is_zero;
    fixed_id q[8];
};

void arith_gates_add(struct arith_gates *g, struct cs *cs);

/* One arith row. in[j] for j < 5 is copied into w_j; if in[j] is NULL, hint[j] is put there (hint may be NULL: zeros).
 * q: the eight coefficients. Wires of the row in out[5], unless NULL. */
void arith_row(struct builder *b, const struct arith_gates *g, const fr q[8], const wire *const in[5], const fr *hint,
               wire *out);

/* The constant c. 1 row. */
wire arith_const(struct builder *b, const struct arith_gates *g, const fr *c);

/* cx x + cy y + c. 1 row. */
wire arith_linear(struct builder *b, const struct arith_gates *g, const fr *cx, wire x, const fr *cy, wire y,
                  const fr *c);

wire arith_add(struct builder *b, const struct arith_gates *g, wire x, wire y);
wire arith_sub(struct builder *b, const struct arith_gates *g, wire x, wire y);
wire arith_mul(struct builder *b, const struct arith_gates *g, wire x, wire y);

/* Demands x = c. 1 row. */
void arith_assert_const(struct builder *b, const struct arith_gates *g, wire x, const fr *c);

/* Demands that up to five wires are 0 or 1. 1 row. */
void arith_assert_boolean(struct builder *b, const struct arith_gates *g, const wire *w, size_t n);

/* bit ? x : y; demands that bit is 0 or 1. 1 row. Twin: fr_select. */
wire arith_select(struct builder *b, const struct arith_gates *g, wire bit, wire x, wire y);

/* 1 if x = 0, else 0. 1 row, 1 hint. Sound for any x: if x != 0, x out = 0 forces out = 0; if x = 0, x inv = 1 - out
 * forces out = 1. Twin: fr_is_zero. */
wire arith_is_zero(struct builder *b, const struct arith_gates *g, wire x);

#endif
