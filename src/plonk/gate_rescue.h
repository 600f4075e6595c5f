/* gate_rescue: the Rescue hash of zkSync 1.x (hash/rescue.h), two rounds a row: 11 rows a permutation, and one row
 * before and one after a hash.
 *
 * Only the outputs y of the inverse S-boxes are committed: y^5 = state is checked, and the next state is
 * R(y) = M (M y + C)^5 + C', of degree 5 in y.
 *
 *   row            columns 0, 1            2 .. 4            5 .. 7              gate
 *   0              -                       -                 -                   start
 *   1 + 11b ..     first: pair absorbed    y of round 2i     y of round 2i + 1   step; out in the hash's last row
 *   1 + 11 blocks  the two outputs         -                 -                   -
 *
 *   start      next y^5 = coefficients 0 .. 2 (first constants and the length) + (next 0, next 1, 0)
 *   step       (5 .. 7)^5 = R(2 .. 4); next y^5 = R(5 .. 7) + coefficient 12 * (next 0, next 1, 0)
 *   out        (5 .. 7)^5 = R(2 .. 4); next 0, 1 = the first two lanes of R(5 .. 7)
 *
 * Sound      x -> x^5 is a bijection, so every y is determined; degrees are 5.
 * Copyable   absorbed elements and outputs. Coefficients 0 .. 12 (start uses 0 .. 2).
 * Twin       rescue_hash. */
#ifndef ZK_PLONK_GATE_RESCUE_H
#define ZK_PLONK_GATE_RESCUE_H

#include "hash/rescue.h"
#include "plonk/builder.h"

#define RESCUE_ROWS      11 /* a permutation */
#define RESCUE_PLACE_MAX 16 /* elements that rescue_place hashes itself */

struct rescue_gates {
    gate_id start, step, out;
    fixed_id c[13];
};

void rescue_gates_add(struct rescue_gates *g, struct cs *cs);

/* out[0], out[1] = rescue_hash of the n elements; 2 + 11 ceil(n / 2) rows. one: a wire constrained to 1, the padding
 * of odd lengths (unused for even n). */
void rescue_place(struct builder *b, const struct rescue_gates *g, const wire *in, size_t n, wire one, wire out[2]);

/* The same with the trace and the outputs made before, by rescue_hash_many_traced: many hashes at a time cost a tenth.
 * Hints: a wrong one gives a witness that does not satisfy the gates. */
void rescue_place_traced(struct builder *b, const struct rescue_gates *g, const wire *in, size_t n, wire one,
                         wire out[2], const fr trace_hint[], const fr out_hint[2]);

#endif
