/* gate_edwards: the embedded curve -x^2 + y^2 = 1 + d x^2 y^2 (curve/edwards.h). Its addition law is complete, so on
 * points of the curve every equation below has exactly one solution. All gates assume that their inputs are on the
 * curve; edwards_assert_on_curve demands it.
 *
 *   add        next (0, 1) = (0, 1) + (2, 3)                                                              degree 5
 *   on_curve   (0, 1) is on the curve                                                                     degree 4
 *   mul_step   one bit of a multiplication, most significant first:                                       degree 5
 *                0, 1  A           5, 6  D = 2 A        next 0, 1  D + bit P
 *                2     scalar s    7     P.x P.y        next 2     2 s + bit, with bit = next 2 - 2 s in {0, 1}
 *                3, 4  P                                next 3, 4  P
 *              D by x_D (y^2 - x^2) = 2 x y, y_D (2 - y^2 + x^2) = y^2 + x^2: the law with the curve's equation put in;
 *              the denominators are 1 + d x^2 y^2 and 1 - d x^2 y^2, which do not vanish on the curve
 * Copyable   A and P of the first row, the result and the scalar of the last. */
#ifndef ZK_PLONK_GATE_EDWARDS_H
#define ZK_PLONK_GATE_EDWARDS_H

#include "curve/edwards.h"
#include "plonk/builder.h"

#define EDWARDS_BITS_MAX 253

typedef struct wire_point {
    wire x, y;
} wire_point;

struct edwards_gates {
    gate_id add, on_curve, mul_step;
};

void edwards_gates_add(struct edwards_gates *g, struct cs *cs);

/* p + q. 2 rows: the second holds the sum in columns 0, 1. Twin: ed_add. */
wire_point edwards_place_add(struct builder *b, const struct edwards_gates *g, wire_point p, wire_point q);

/* Demands that p is on the curve. 1 row. Twin: ed_is_on_curve. */
void edwards_assert_on_curve(struct builder *b, const struct edwards_gates *g, wire_point p);

/* s p for the n_bits-bit integer s; n_bits + 1 rows. bits_hint[i] is bit i of s (least significant first), pinned by
 * *scalar = s, which the caller must constrain: below 2^253 it determines the bits. zero, one: wires constrained to 0,
 * 1, where the accumulator starts. Twin: ed_mul. */
wire_point edwards_place_mul(struct builder *b, const struct edwards_gates *g, wire_point p, const uint8_t *bits_hint,
                             unsigned n_bits, wire zero, wire one, wire *scalar);

#endif
