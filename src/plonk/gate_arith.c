#include "plonk/gate_arith.h"

static void add_arith(struct arith_gates *a, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    expr w[5], q[8];
    for (unsigned i = 0; i < 8; i++) {
        a->q[i] = cs_coefficient(cs, i);
        q[i] = cs_fixed_cell(cs, a->q[i]);
    }
    expr sum = q[7];
    for (unsigned j = 0; j < 5; j++) {
        w[j] = cs_cell(cs, j, 0);
        sum = expr_add(g, sum, expr_mul(g, q[j], w[j]));
    }
    sum = expr_add(g, sum, expr_mul(g, q[5], expr_mul(g, w[0], w[1])));
    sum = expr_add(g, sum, expr_mul(g, q[6], expr_mul(g, w[2], w[3])));
    a->arith = cs_gate(cs, "arith", GATE_ROWS);
    cs_require(cs, a->arith, "sum of terms = 0", sum);
}

void arith_gates_add(struct arith_gates *a, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    const expr one = expr_u64(g, 1);
    expr w[5];
    for (unsigned j = 0; j < 5; j++) w[j] = cs_cell(cs, j, 0);
    add_arith(a, cs);
    a->boolean = cs_gate(cs, "boolean", GATE_ROWS);
    for (int j = 0; j < 5; j++) cs_require(cs, a->boolean, "w (w - 1) = 0", expr_mul(g, w[j], expr_sub(g, w[j], one)));
    a->select = cs_gate(cs, "select", GATE_ROWS);
    cs_require(cs, a->select, "bit", expr_mul(g, w[0], expr_sub(g, w[0], one)));
    expr picked = expr_add(g, w[2], expr_mul(g, w[0], expr_sub(g, w[1], w[2])));
    cs_require(cs, a->select, "out = bit ? x : y", expr_sub(g, picked, w[3]));
    a->is_zero = cs_gate(cs, "is_zero", GATE_ROWS);
    expr x_inv = expr_mul(g, w[0], w[1]);
    cs_require(cs, a->is_zero, "x inv = 1 - out", expr_sub(g, expr_add(g, x_inv, w[2]), one));
    cs_require(cs, a->is_zero, "x out = 0", expr_mul(g, w[0], w[2]));
}

void arith_row(struct builder *b, const struct arith_gates *g, const fr q[8], const wire *const in[5], const fr *hint,
               wire *out)
{
    uint32_t row = builder_rows(b, 1);
    builder_gate(b, g->arith, row);
    for (unsigned i = 0; i < 8; i++) builder_fix(b, row, g->q[i], &q[i]);
    for (unsigned j = 0; j < 5; j++) {
        wire w = builder_wire(row, j);
        if (in[j] != NULL)
            w = builder_copy(b, row, j, *in[j]);
        else if (hint != NULL)
            w = builder_put(b, row, j, &hint[j]);
        if (out != NULL) out[j] = w;
    }
}

static fr minus_one(void)
{
    const fr one = FR_ONE;
    fr r;
    fr_neg(&r, &one);
    return r;
}

wire arith_const(struct builder *b, const struct arith_gates *g, const fr *c)
{
    const wire *const none[5] = {NULL};
    const fr q[8] = {[0] = minus_one(), [7] = *c};
    const fr hint[5] = {*c};
    wire out[5];
    arith_row(b, g, q, none, hint, out);
    return out[0];
}

wire arith_linear(struct builder *b, const struct arith_gates *g, const fr *cx, wire x, const fr *cy, wire y,
                  const fr *c)
{
    const wire *const in[5] = {&x, &y};
    const fr q[8] = {[0] = *cx, [1] = *cy, [2] = minus_one(), [7] = *c};
    const fr vx = builder_value(b, x);
    const fr vy = builder_value(b, y);
    fr hint[5] = {FR_ZERO};
    fr t;
    fr_mul(&hint[2], cx, &vx);
    fr_mul(&t, cy, &vy);
    fr_add(&hint[2], &hint[2], &t);
    fr_add(&hint[2], &hint[2], c);
    wire out[5];
    arith_row(b, g, q, in, hint, out);
    return out[2];
}

wire arith_add(struct builder *b, const struct arith_gates *g, wire x, wire y)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    return arith_linear(b, g, &one, x, &one, y, &zero);
}

wire arith_sub(struct builder *b, const struct arith_gates *g, wire x, wire y)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    const fr minus = minus_one();
    return arith_linear(b, g, &one, x, &minus, y, &zero);
}

wire arith_mul(struct builder *b, const struct arith_gates *g, wire x, wire y)
{
    const wire *const in[5] = {&x, &y};
    const fr q[8] = {[2] = minus_one(), [5] = FR_ONE};
    const fr vx = builder_value(b, x);
    const fr vy = builder_value(b, y);
    fr hint[5] = {FR_ZERO};
    wire out[5];
    fr_mul(&hint[2], &vx, &vy);
    arith_row(b, g, q, in, hint, out);
    return out[2];
}

void arith_assert_const(struct builder *b, const struct arith_gates *g, wire x, const fr *c)
{
    const wire *const in[5] = {&x};
    const fr q[8] = {[0] = minus_one(), [7] = *c};
    arith_row(b, g, q, in, NULL, NULL);
}

void arith_assert_boolean(struct builder *b, const struct arith_gates *g, const wire *w, size_t n)
{
    assert(n <= 5);
    uint32_t row = builder_rows(b, 1);
    builder_gate(b, g->boolean, row);
    for (unsigned j = 0; j < n; j++) (void)builder_copy(b, row, j, w[j]);
}

wire arith_select(struct builder *b, const struct arith_gates *g, wire bit, wire x, wire y)
{
    uint32_t row = builder_rows(b, 1);
    builder_gate(b, g->select, row);
    (void)builder_copy(b, row, 0, bit);
    (void)builder_copy(b, row, 1, x);
    (void)builder_copy(b, row, 2, y);
    const fr vbit = builder_value(b, bit);
    const fr vx = builder_value(b, x);
    const fr vy = builder_value(b, y);
    fr out;
    fr_select(&out, &vy, &vx, fr_is_one(&vbit));
    return builder_put(b, row, 3, &out);
}

wire arith_is_zero(struct builder *b, const struct arith_gates *g, wire x)
{
    uint32_t row = builder_rows(b, 1);
    builder_gate(b, g->is_zero, row);
    (void)builder_copy(b, row, 0, x);
    const fr vx = builder_value(b, x);
    fr inv_hint;
    fr_inv(&inv_hint, &vx);
    (void)builder_put(b, row, 1, &inv_hint);
    const fr out = fr_is_zero(&vx) ? FR_ONE : FR_ZERO;
    return builder_put(b, row, 2, &out);
}
