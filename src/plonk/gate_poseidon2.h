/* gate_poseidon2: a Poseidon2 permutation (hash/poseidon2.h) in 12 rows: 11 that the gates are on in, and one for the
 * output, whose columns 4 .. 7 (5 .. 7 for a compression) are free.
 *
 *   row     columns 0 .. 3             4 .. 7           gate     demands
 *   0       the input                  before round 1   enter    4 .. 7: round 0 with the first matrix; next: round 1
 *   1       before round 2             before round 3   middle   4 .. 7: round 2; next: the first four S-box inputs
 *   2 .. 7  S-box inputs 8k ..         8k + 4 ..        partial  4 .. 7 and next by the recurrence
 *   8       S-box inputs 48 .. 51      52 .. 55         leave    4 .. 7 by the recurrence; next: the state
 *   9, 10   before rounds 60, 62       before 61, 63    full     4 .. 7, next: a round each; coefficient 8 adds next 4
 *   11      the output                                           "next": columns 0 .. 3 of the next row
 *
 * The recurrence. Let x_i be lane 0 of partial round i after its constant was added, w_i = x_i^5. The other three lanes
 * are a linear system driven by w: v' = A v + w (1,1,1), x_(i+1) - c_(i+1) = (1 + d_0) w_i + (1,1,1) v, with A =
 * all-ones + diag(d_1, d_2, d_3). By Cayley and Hamilton, with A^3 = a_1 A^2 + a_2 A + a_3,
 *   x_(i+4) = a_1 x_(i+3) + a_2 x_(i+2) + a_3 x_(i+1) + b_0 w_(i+3) + b_1 w_(i+2) + b_2 w_(i+1) + b_3 w_i + k_i
 * so one committed cell a partial round pins the whole state: eight rounds a row. After round 55 the three hidden lanes
 * follow from three consecutive x and their w, because ((1,1,1) A^j), j = 0, 1, 2, is invertible (asserted at start).
 *
 * Sound      every cell of rows 1 .. 11 is determined by the input row; degrees are 5.
 * Copyable   inputs (row 0, columns 0 .. 3), outputs (row 11, columns 0 .. 3).
 * Twins      poseidon2_permute, poseidon2_compress. Coefficients 0 .. 8. */
#ifndef ZK_PLONK_GATE_POSEIDON2_H
#define ZK_PLONK_GATE_POSEIDON2_H

#include "plonk/builder.h"

#define POSEIDON2_ROWS 12

struct poseidon2_gates {
    gate_id enter, middle, partial, leave, full;
    gate_id last; /* if has_last */
    bool has_last;
    fixed_id c[9];
};

void poseidon2_gates_add(struct poseidon2_gates *g, struct cs *cs);

/* Then compressions end with a gate of their own, which demands only the output: columns 1 .. 3 of their last row are
 * free (set to 0), copyable, and see the row after. One more fixed column. */
void poseidon2_gate_last_add(struct poseidon2_gates *g, struct cs *cs);

/* out = permutation of in. 12 rows. */
void poseidon2_place(struct builder *b, const struct poseidon2_gates *g, const wire in[4], wire out[4]);

/* H4(in): lane 0 of the permutation plus in[0]. 12 rows; in[0] is also copied to column 4 of the last. */
wire poseidon2_place_compress(struct builder *b, const struct poseidon2_gates *g, const wire in[4]);

#endif
