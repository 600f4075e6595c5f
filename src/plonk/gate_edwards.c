#include "plonk/gate_edwards.h"

/* x3 (1 + d x1 x2 y1 y2) = x1 y2 + y1 x2,  y3 (1 - d x1 x2 y1 y2) = y1 y2 + x1 x2, with xy2 = x2 y2 and d x1 y1 xy2 =
 *                                          t. */
static void require_sum(struct cs *cs, gate_id gate, const expr p[2], const expr q[2], expr xy2, const expr sum[2])
{
    struct expr_graph *g = &cs->graph;
    expr t = expr_scale(g, &ED_D, expr_mul(g, expr_mul(g, p[0], p[1]), xy2));
    expr x = expr_add(g, expr_mul(g, p[0], q[1]), expr_mul(g, p[1], q[0]));
    expr y = expr_add(g, expr_mul(g, p[1], q[1]), expr_mul(g, p[0], q[0]));
    cs_require(cs, gate, "x of the sum", expr_sub(g, expr_add(g, sum[0], expr_mul(g, sum[0], t)), x));
    cs_require(cs, gate, "y of the sum", expr_sub(g, expr_sub(g, sum[1], expr_mul(g, sum[1], t)), y));
}

static void add_mul_step(struct edwards_gates *e, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    const expr one = expr_u64(g, 1);
    expr v[PLONK_ADVICE], next[PLONK_COPY];
    for (unsigned j = 0; j < PLONK_ADVICE; j++) v[j] = cs_cell(cs, j, 0);
    for (unsigned j = 0; j < PLONK_COPY; j++) next[j] = cs_cell(cs, j, 1);
    e->mul_step = cs_gate(cs, "edwards_mul_step", GATE_ROWS);
    expr bit = expr_sub(g, next[2], expr_add(g, v[2], v[2]));
    cs_require(cs, e->mul_step, "bit", expr_mul(g, bit, expr_sub(g, bit, one)));
    expr x2 = expr_mul(g, v[0], v[0]);
    expr y2 = expr_mul(g, v[1], v[1]);
    expr xy = expr_mul(g, v[0], v[1]);
    expr denominator = expr_sub(g, y2, x2);
    cs_require(cs, e->mul_step, "x of the double", expr_sub(g, expr_mul(g, v[5], denominator), expr_add(g, xy, xy)));
    cs_require(cs, e->mul_step, "y of the double",
               expr_sub(g, expr_mul(g, v[6], expr_sub(g, expr_u64(g, 2), denominator)), expr_add(g, y2, x2)));
    cs_require(cs, e->mul_step, "product of coordinates", expr_sub(g, expr_mul(g, v[3], v[4]), v[7]));
    /* bit P = (bit x, 1 + bit (y - 1)), whose product of coordinates is bit x y because bit^2 = bit. */
    const expr q[2] = {expr_mul(g, bit, v[3]), expr_add(g, one, expr_mul(g, bit, expr_sub(g, v[4], one)))};
    require_sum(cs, e->mul_step, v + 5, q, expr_mul(g, bit, v[7]), next);
    for (int j = 3; j < 5; j++) cs_require(cs, e->mul_step, "the same point", expr_sub(g, next[j], v[j]));
}

void edwards_gates_add(struct edwards_gates *e, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    expr v[4], next[2];
    for (unsigned j = 0; j < 4; j++) v[j] = cs_cell(cs, j, 0);
    for (unsigned j = 0; j < 2; j++) next[j] = cs_cell(cs, j, 1);
    e->add = cs_gate(cs, "edwards_add", GATE_ROWS);
    require_sum(cs, e->add, v, v + 2, expr_mul(g, v[2], v[3]), next);
    e->on_curve = cs_gate(cs, "edwards_on_curve", GATE_ROWS);
    expr x2 = expr_mul(g, v[0], v[0]);
    expr y2 = expr_mul(g, v[1], v[1]);
    expr rhs = expr_add(g, expr_u64(g, 1), expr_scale(g, &ED_D, expr_mul(g, x2, y2)));
    cs_require(cs, e->on_curve, "-x^2 + y^2 = 1 + d x^2 y^2", expr_sub(g, expr_sub(g, y2, x2), rhs));
    add_mul_step(e, cs);
}

static ed_affine point_value(const struct builder *b, wire_point p)
{
    return (ed_affine){builder_value(b, p.x), builder_value(b, p.y)};
}

static ed_affine point_add(const ed_affine *p, const ed_affine *q)
{
    ed_ext a, c;
    ed_affine r;
    ed_from_affine(&a, p);
    ed_from_affine(&c, q);
    ed_add(&a, &a, &c);
    ed_to_affine(&r, &a);
    return r;
}

wire_point edwards_place_add(struct builder *b, const struct edwards_gates *g, wire_point p, wire_point q)
{
    uint32_t row = builder_rows(b, 2);
    builder_gate(b, g->add, row);
    (void)builder_copy(b, row, 0, p.x);
    (void)builder_copy(b, row, 1, p.y);
    (void)builder_copy(b, row, 2, q.x);
    (void)builder_copy(b, row, 3, q.y);
    const ed_affine vp = point_value(b, p);
    const ed_affine vq = point_value(b, q);
    const ed_affine sum = point_add(&vp, &vq);
    return (wire_point){builder_put(b, row + 1, 0, &sum.x), builder_put(b, row + 1, 1, &sum.y)};
}

void edwards_assert_on_curve(struct builder *b, const struct edwards_gates *g, wire_point p)
{
    uint32_t row = builder_rows(b, 1);
    builder_gate(b, g->on_curve, row);
    (void)builder_copy(b, row, 0, p.x);
    (void)builder_copy(b, row, 1, p.y);
}

/* doubles[i] = 2 A_i and sums[i] = A_(i+1) of the steps from A_0 = identity, with one inversion for all. */
static void multiples(ed_affine *doubles, ed_affine *sums, const ed_affine *p, const uint8_t *bits, unsigned n_bits)
{
    ed_ext at[2 * EDWARDS_BITS_MAX], point, acc = ED_EXT_IDENTITY;
    fr z[2 * EDWARDS_BITS_MAX], scratch[2 * EDWARDS_BITS_MAX];
    ed_from_affine(&point, p);
    for (unsigned i = 0; i < n_bits; i++) {
        ed_dbl(&acc, &acc);
        at[2 * i] = acc;
        if (bits[n_bits - 1 - i] != 0) ed_add(&acc, &acc, &point);
        at[2 * i + 1] = acc;
    }
    for (unsigned i = 0; i < 2 * n_bits; i++) z[i] = at[i].z;
    fr_batch_inv(z, z, 2 * (size_t)n_bits, scratch);
    for (unsigned i = 0; i < 2 * n_bits; i++) {
        ed_affine *out = i % 2 == 0 ? &doubles[i / 2] : &sums[i / 2];
        fr_mul(&out->x, &at[i].x, &z[i]);
        fr_mul(&out->y, &at[i].y, &z[i]);
    }
}

wire_point edwards_place_mul(struct builder *b, const struct edwards_gates *g, wire_point p, const uint8_t *bits_hint,
                             unsigned n_bits, wire zero, wire one, wire *scalar)
{
    assert(n_bits >= 1 && n_bits <= EDWARDS_BITS_MAX);
    ed_affine doubles[EDWARDS_BITS_MAX], sums[EDWARDS_BITS_MAX];
    const fr one_value = FR_ONE;
    fr s = FR_ZERO;
    fr xy;
    builder_open(b, "edwards_mul");
    const uint32_t row = builder_rows(b, n_bits + 1);
    const ed_affine vp = point_value(b, p);
    fr_mul(&xy, &vp.x, &vp.y);
    multiples(doubles, sums, &vp, bits_hint, n_bits);
    (void)builder_copy(b, row, 0, zero);
    (void)builder_copy(b, row, 1, one);
    (void)builder_copy(b, row, 2, zero);
    (void)builder_copy(b, row, 3, p.x);
    (void)builder_copy(b, row, 4, p.y);
    for (unsigned i = 0; i < n_bits; i++) {
        builder_gate(b, g->mul_step, row + i);
        fr_dbl(&s, &s);
        if (bits_hint[n_bits - 1 - i] != 0) fr_add(&s, &s, &one_value);
        (void)builder_put(b, row + i, 5, &doubles[i].x);
        (void)builder_put(b, row + i, 6, &doubles[i].y);
        (void)builder_put(b, row + i, 7, &xy);
        (void)builder_put(b, row + i + 1, 0, &sums[i].x);
        (void)builder_put(b, row + i + 1, 1, &sums[i].y);
        (void)builder_put(b, row + i + 1, 2, &s);
        (void)builder_put(b, row + i + 1, 3, &vp.x);
        (void)builder_put(b, row + i + 1, 4, &vp.y);
    }
    *scalar = builder_wire(row + n_bits, 2);
    builder_close(b);
    return (wire_point){builder_wire(row + n_bits, 0), builder_wire(row + n_bits, 1)};
}
