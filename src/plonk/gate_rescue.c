#include "plonk/gate_rescue.h"

#include "hash/rescue.h"
#include "hash/rescue_gen.h"

#define W RESCUE_WIDTH

static const fr round_constant[2 * RESCUE_ROUNDS + 1][W] = RESCUE_ROUND_FR;
static const fr mds[W][W] = RESCUE_MDS_FR;

/* R(y), the constants C and C' from six coefficients. */
static void round_of(struct expr_graph *g, expr out[W], const expr y[W], const expr c[2 * W])
{
    expr t[W];
    for (int i = 0; i < W; i++) t[i] = expr_pow5(g, expr_add(g, expr_dot(g, mds[i], y, W), c[i]));
    for (int i = 0; i < W; i++) out[i] = expr_add(g, expr_dot(g, mds[i], t, W), c[W + i]);
}

static void require_inside(struct cs *cs, gate_id gate, const expr y[2][W], const expr state[W])
{
    for (int i = 0; i < W; i++)
        cs_require(cs, gate, "second round of the row", expr_sub(&cs->graph, expr_pow5(&cs->graph, y[1][i]), state[i]));
}

void rescue_gates_add(struct rescue_gates *r, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    expr y[2][W], next[W], absorbed[2], c[13], inside[W], after[W];
    for (unsigned i = 0; i < 13; i++) {
        r->c[i] = cs_coefficient(cs, i);
        c[i] = cs_fixed_cell(cs, r->c[i]);
    }
    for (unsigned i = 0; i < W; i++) {
        y[0][i] = cs_cell(cs, 2 + i, 0);
        y[1][i] = cs_cell(cs, 5 + i, 0);
        next[i] = expr_pow5(g, cs_cell(cs, 2 + i, 1));
    }
    for (unsigned i = 0; i < 2; i++) absorbed[i] = cs_cell(cs, i, 1);
    round_of(g, inside, y[0], c);
    round_of(g, after, y[1], c + 6);

    r->start = cs_gate(cs, "rescue_start", GATE_ROWS);
    for (int i = 0; i < W; i++) {
        expr state = i < 2 ? expr_add(g, c[i], absorbed[i]) : c[i];
        cs_require(cs, r->start, "first round", expr_sub(g, next[i], state));
    }
    r->step = cs_gate(cs, "rescue", GATE_ROWS);
    require_inside(cs, r->step, y, inside);
    for (int i = 0; i < W; i++) {
        expr state = i < 2 ? expr_add(g, after[i], expr_mul(g, c[12], absorbed[i])) : after[i];
        cs_require(cs, r->step, "first round of the next row", expr_sub(g, next[i], state));
    }
    r->out = cs_gate(cs, "rescue_out", GATE_ROWS);
    require_inside(cs, r->out, y, inside);
    for (int i = 0; i < 2; i++) cs_require(cs, r->out, "output", expr_sub(g, absorbed[i], after[i]));
}

/* The constants of a row: C and C' of its two rounds; before an absorption the next block's first constants join C'. */
static void fix_row(struct builder *b, const struct rescue_gates *g, uint32_t row, unsigned row_no, bool absorbs)
{
    for (unsigned half = 0; half < 2; half++) {
        for (unsigned i = 0; i < W; i++) {
            unsigned round = 2 * row_no + half;
            fr after = round_constant[2 * round + 2][i];
            if (absorbs && half == 1) fr_add(&after, &after, &round_constant[0][i]);
            builder_fix(b, row, g->c[6 * half + i], &round_constant[2 * round + 1][i]);
            builder_fix(b, row, g->c[6 * half + W + i], &after);
        }
    }
    const fr flag = absorbs ? FR_ONE : FR_ZERO;
    builder_fix(b, row, g->c[12], &flag);
}

static void put_shape(struct builder *b, const struct rescue_gates *g, uint32_t row, size_t n)
{
    size_t blocks = (n + 1) / 2;
    fr len;
    fr_from_u64(&len, n);
    builder_gate(b, g->start, row);
    for (unsigned i = 0; i < W; i++) {
        fr c = round_constant[0][i];
        if (i == 2) fr_add(&c, &c, &len);
        builder_fix(b, row, g->c[i], &c);
    }
    for (uint32_t k = 0; k < RESCUE_ROWS * blocks; k++) {
        bool last = k + 1 == RESCUE_ROWS * blocks;
        builder_gate(b, last ? g->out : g->step, row + 1 + k);
        fix_row(b, g, row + 1 + k, k % RESCUE_ROWS, !last && k % RESCUE_ROWS == RESCUE_ROWS - 1);
    }
}

void rescue_place_traced(struct builder *b, const struct rescue_gates *g, const wire *in, size_t n, wire one,
                         wire out[2], const fr trace_hint[], const fr out_hint[2])
{
    assert(n >= 1 && n <= RESCUE_LEN_MAX);
    builder_open(b, "rescue");
    const uint32_t blocks = (uint32_t)(n + 1) / 2;
    const uint32_t row = builder_rows(b, 2 + RESCUE_ROWS * blocks);
    put_shape(b, g, row, n);
    for (uint32_t k = 0; k < blocks; k++)
        for (unsigned i = 0; i < 2; i++)
            (void)builder_copy(b, row + 1 + RESCUE_ROWS * k, i, 2 * k + i < n ? in[2 * k + i] : one);
    for (uint32_t r = 0; r < RESCUE_ROUNDS * blocks; r++)
        for (unsigned i = 0; i < W; i++)
            (void)builder_put(b, row + 1 + r / 2, 2 + W * (r % 2) + i, &trace_hint[r * W + i]);
    for (unsigned i = 0; i < 2; i++) out[i] = builder_put(b, row + 1 + RESCUE_ROWS * blocks, i, &out_hint[i]);
    builder_close(b);
}

void rescue_place(struct builder *b, const struct rescue_gates *g, const wire *in, size_t n, wire one, wire out[2])
{
    assert(n >= 1 && n <= RESCUE_PLACE_MAX);
    fr values[RESCUE_PLACE_MAX], trace[RESCUE_TRACE_LEN(RESCUE_PLACE_MAX)], result[2];
    for (size_t i = 0; i < n; i++) values[i] = builder_value(b, in[i]);
    rescue_hash_many_traced(result, trace, values, n, 1);
    rescue_place_traced(b, g, in, n, one, out, trace, result);
}
