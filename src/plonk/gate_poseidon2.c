#include "plonk/gate_poseidon2.h"

#include "hash/poseidon2_gen.h"

#define W       4
#define PARTIAL 56
#define A_ROW   8 /* partial rounds a row */

static const fr full_constant[8][W] = POSEIDON2_FULL_FR;
static const fr partial_constant[PARTIAL] = POSEIDON2_PARTIAL_FR;
static const fr diagonal[W] = POSEIDON2_DIAGONAL_FR;
static const uint8_t external[W][W] = {{5, 7, 1, 3}, {4, 6, 1, 1}, {1, 3, 5, 7}, {1, 1, 4, 6}};

/* What the header derives, computed from the constants. */
struct recurrence {
    fr a[3], b[4];
    fr k[PARTIAL];    /* k[i]: in the equation for x_i, i >= 4 */
    fr leave_x[W][3]; /* lane j before round 60 = sum of leave_x[j][t] x_(53 + t) */
    fr leave_w[W][4]; /*   + sum of leave_w[j][t] w_(52 + t)                      */
    fr leave_c[W];    /*   + leave_c[j]                                           */
};

typedef struct mat3 {
    fr m[3][3];
} mat3;

static mat3 hidden_matrix(void)
{
    mat3 a;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            a.m[i][j] = FR_ONE;
            if (i == j) fr_add(&a.m[i][j], &a.m[i][j], &diagonal[i + 1]);
        }
    return a;
}

/* r = a v; r != v. */
static void mat3_apply(fr r[3], const mat3 *a, const fr v[3])
{
    for (int i = 0; i < 3; i++) fr_dot(&r[i], a->m[i], v, 3);
}

static void cross(fr r[3], const fr u[3], const fr v[3])
{
    for (int i = 0; i < 3; i++) {
        fr s, t;
        fr_mul(&s, &u[(i + 1) % 3], &v[(i + 2) % 3]);
        fr_mul(&t, &u[(i + 2) % 3], &v[(i + 1) % 3]);
        fr_sub(&r[i], &s, &t);
    }
}

static fr det3(const mat3 *a)
{
    fr c[3], d;
    cross(c, a->m[1], a->m[2]);
    fr_dot(&d, a->m[0], c, 3);
    return d;
}

/* By the adjugate: column i of the inverse is the cross product of the other two rows over the determinant. */
static mat3 mat3_inverse(const mat3 *a)
{
    mat3 r;
    fr d = det3(a);
    assert(!fr_is_zero(&d));
    fr_inv(&d, &d);
    for (int i = 0; i < 3; i++) {
        fr c[3];
        cross(c, a->m[(i + 1) % 3], a->m[(i + 2) % 3]);
        for (int j = 0; j < 3; j++) fr_mul(&r.m[j][i], &c[j], &d);
    }
    return r;
}

/* The characteristic polynomial X^3 - a_1 X^2 - a_2 X - a_3: trace, minus the sum of the principal minors,
 * determinant. */
static void characteristic(fr a[3], const mat3 *m)
{
    fr_add(&a[0], &m->m[0][0], &m->m[1][1]);
    fr_add(&a[0], &a[0], &m->m[2][2]);
    a[1] = FR_ZERO;
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3;
        fr s, t;
        fr_mul(&s, &m->m[i][j], &m->m[j][i]);
        fr_mul(&t, &m->m[i][i], &m->m[j][j]);
        fr_add(&a[1], &a[1], &s);
        fr_sub(&a[1], &a[1], &t);
    }
    a[2] = det3(m);
}

/* Responses h_0 = 1 + d_0 and h_k = (1,1,1) A^(k-1) (1,1,1): b_k = h_k - a_1 h_(k-1) - .. */
static void recurrence_coefficients(struct recurrence *r, const mat3 *m)
{
    fr h[4], v[3] = {FR_ONE, FR_ONE, FR_ONE};
    const fr ones[3] = {FR_ONE, FR_ONE, FR_ONE};
    fr_add(&h[0], &ones[0], &diagonal[0]);
    for (int k = 1; k < 4; k++) {
        fr next[3];
        fr_dot(&h[k], ones, v, 3);
        mat3_apply(next, m, v);
        for (int i = 0; i < 3; i++) v[i] = next[i];
    }
    characteristic(r->a, m);
    for (int k = 0; k < 4; k++) {
        r->b[k] = h[k];
        for (int j = 1; j <= k; j++) {
            fr t;
            fr_mul(&t, &r->a[j - 1], &h[k - j]);
            fr_sub(&r->b[k], &r->b[k], &t);
        }
    }
    for (int i = 4; i < PARTIAL; i++) {
        r->k[i] = partial_constant[i];
        for (int j = 0; j < 3; j++) {
            fr t;
            fr_mul(&t, &r->a[j], &partial_constant[i - 1 - j]);
            fr_sub(&r->k[i], &r->k[i], &t);
        }
    }
}

/* A value as a linear form in x_53, x_54, x_55, w_52 .. w_55 and 1. */
typedef struct form {
    fr c[8];
} form;

static form form_add_scaled(form f, const fr *s, const form *g)
{
    for (int i = 0; i < 8; i++) {
        fr t;
        fr_mul(&t, s, &g->c[i]);
        fr_add(&f.c[i], &f.c[i], &t);
    }
    return f;
}

static form form_unit(int i)
{
    form f = {{{{0}}}};
    f.c[i] = FR_ONE;
    return f;
}

/* v' = A v + w (1,1,1). */
static void hidden_step(form v[3], const mat3 *m, const form *w)
{
    form next[3];
    for (int i = 0; i < 3; i++) {
        next[i] = *w;
        for (int j = 0; j < 3; j++) next[i] = form_add_scaled(next[i], &m->m[i][j], &v[j]);
    }
    for (int i = 0; i < 3; i++) v[i] = next[i];
}

/* Solve for v_52 from y_t = x_(53+t) - c_(53+t) - h_0 w_(52+t) - (what w before it added) = (1,1,1) A^t v_52, run
 * forward to v_56, and add lane 0. */
static void leave_coefficients(struct recurrence *r, const mat3 *m)
{
    const fr one = FR_ONE;
    fr h0, minus_h0, minus_one;
    form v[3] = {{{{{0}}}}};
    mat3 observe;
    fr_add(&h0, &one, &diagonal[0]);
    fr_neg(&minus_h0, &h0);
    fr_neg(&minus_one, &one);
    fr row[3] = {FR_ONE, FR_ONE, FR_ONE};
    form y[3];
    for (int t = 0; t < 3; t++) {
        form w = form_unit(3 + t);
        y[t] = form_unit(t);
        fr_neg(&y[t].c[7], &partial_constant[53 + t]);
        y[t] = form_add_scaled(y[t], &minus_h0, &w);
        for (int i = 0; i < 3; i++) y[t] = form_add_scaled(y[t], &minus_one, &v[i]); /* v from w alone, v_52 = 0 */
        for (int i = 0; i < 3; i++) observe.m[t][i] = row[i];
        fr next[3];
        for (int i = 0; i < 3; i++) {
            const fr column[3] = {m->m[0][i], m->m[1][i], m->m[2][i]};
            fr_dot(&next[i], row, column, 3);
        }
        for (int i = 0; i < 3; i++) row[i] = next[i];
        hidden_step(v, m, &w);
    }
    mat3 solve = mat3_inverse(&observe);
    for (int i = 0; i < 3; i++) {
        v[i] = (form){{{{0}}}};
        for (int t = 0; t < 3; t++) v[i] = form_add_scaled(v[i], &solve.m[i][t], &y[t]);
    }
    for (int t = 0; t < 3; t++) {
        form w = form_unit(3 + t);
        hidden_step(v, m, &w);
    }
    form w55 = form_unit(6);
    form lane[W] = {{{{{0}}}}};
    lane[0] = form_add_scaled(lane[0], &h0, &w55); /* v is v_55 here */
    for (int i = 0; i < 3; i++) lane[0] = form_add_scaled(lane[0], &one, &v[i]);
    hidden_step(v, m, &w55);
    for (int i = 0; i < 3; i++) lane[i + 1] = v[i];
    for (int j = 0; j < W; j++) {
        for (int t = 0; t < 3; t++) r->leave_x[j][t] = lane[j].c[t];
        for (int t = 0; t < 4; t++) r->leave_w[j][t] = lane[j].c[3 + t];
        r->leave_c[j] = lane[j].c[7];
    }
}

static void recurrence_init(struct recurrence *r)
{
    mat3 m = hidden_matrix();
    recurrence_coefficients(r, &m);
    leave_coefficients(r, &m);
}

/* ---- the identities */

static expr external_lane(struct expr_graph *g, const expr s[W], int lane)
{
    expr sum = expr_zero();
    for (int j = 0; j < W; j++) sum = expr_add(g, sum, expr_mul(g, expr_u64(g, external[lane][j]), s[j]));
    return sum;
}

/* out = M (s + c)^5 */
static void full_round(struct expr_graph *g, expr out[W], const expr s[W], const expr c[W])
{
    expr t[W];
    for (int j = 0; j < W; j++) t[j] = expr_pow5(g, expr_add(g, s[j], c[j]));
    for (int j = 0; j < W; j++) out[j] = external_lane(g, t, j);
}

static void constants_of(struct expr_graph *g, expr c[W], int full_index)
{
    for (int j = 0; j < W; j++) c[j] = expr_const(g, &full_constant[full_index][j]);
}

static void cells(struct cs *cs, expr out[W], unsigned first, unsigned rot)
{
    for (unsigned j = 0; j < W; j++) out[j] = cs_cell(cs, first + j, rot);
}

static void require_equal(struct cs *cs, gate_id gate, const char *label, const expr want[W], const expr got[W])
{
    for (int j = 0; j < W; j++) cs_require(cs, gate, label, expr_sub(&cs->graph, want[j], got[j]));
}

static void add_enter(struct poseidon2_gates *p, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    expr in[W], s[W], c[W], out[W], have[W];
    p->enter = cs_gate(cs, "poseidon2_enter", GATE_ROWS);
    cells(cs, in, 0, 0);
    for (int j = 0; j < W; j++) s[j] = external_lane(g, in, j);
    constants_of(g, c, 0);
    full_round(g, out, s, c);
    cells(cs, have, 4, 0);
    require_equal(cs, p->enter, "round 0", out, have);
    constants_of(g, c, 1);
    full_round(g, out, have, c);
    cells(cs, have, 0, 1);
    require_equal(cs, p->enter, "round 1", out, have);
}

/* Rounds 2 and 3, then the first four S-box inputs: x_0 = s_0 + c_0, and three steps of the hidden lanes. */
static void add_middle(struct poseidon2_gates *p, struct cs *cs, const mat3 *m)
{
    struct expr_graph *g = &cs->graph;
    expr s[W], c[W], out[W], have[W], next[W];
    fr h0;
    const fr one = FR_ONE;
    fr_add(&h0, &one, &diagonal[0]);
    p->middle = cs_gate(cs, "poseidon2_middle", GATE_ROWS);
    cells(cs, s, 0, 0);
    constants_of(g, c, 2);
    full_round(g, out, s, c);
    cells(cs, have, 4, 0);
    require_equal(cs, p->middle, "round 2", out, have);
    constants_of(g, c, 3);
    full_round(g, out, have, c);
    cells(cs, next, 0, 1);
    expr lane0 = out[0];
    expr v[3] = {out[1], out[2], out[3]};
    for (int t = 0; t < W; t++) {
        expr x = expr_add(g, lane0, expr_const(g, &partial_constant[t]));
        cs_require(cs, p->middle, "round 3 and first partial rounds", expr_sub(g, x, next[t]));
        expr w = expr_pow5(g, next[t]);
        lane0 = expr_scale(g, &h0, w);
        for (int i = 0; i < 3; i++) lane0 = expr_add(g, lane0, v[i]);
        expr stepped[3];
        for (int i = 0; i < 3; i++) stepped[i] = expr_add(g, expr_dot(g, m->m[i], v, 3), w);
        for (int i = 0; i < 3; i++) v[i] = stepped[i];
    }
}

/* x[4] from x[0 .. 3]. */
static expr recur(struct expr_graph *g, const struct recurrence *r, const expr *x, expr k)
{
    expr sum = k;
    for (int t = 0; t < 3; t++) sum = expr_add(g, sum, expr_scale(g, &r->a[t], x[3 - t]));
    for (int t = 0; t < 4; t++) sum = expr_add(g, sum, expr_scale(g, &r->b[t], expr_pow5(g, x[3 - t])));
    return sum;
}

static void add_partial(struct poseidon2_gates *p, struct cs *cs, const struct recurrence *r)
{
    struct expr_graph *g = &cs->graph;
    expr x[12], k[8];
    for (unsigned i = 0; i < 12; i++) x[i] = cs_cell(cs, i % 8, i / 8);
    for (unsigned i = 0; i < 8; i++) k[i] = cs_fixed_cell(cs, p->c[i]);
    p->partial = cs_gate(cs, "poseidon2_partial", GATE_ROWS);
    for (int i = 4; i < 12; i++)
        cs_require(cs, p->partial, "recurrence", expr_sub(g, recur(g, r, x + i - 4, k[i - 4]), x[i]));
}

static void add_leave(struct poseidon2_gates *p, struct cs *cs, const struct recurrence *r)
{
    struct expr_graph *g = &cs->graph;
    expr x[8], next[W];
    for (unsigned i = 0; i < 8; i++) x[i] = cs_cell(cs, i, 0);
    cells(cs, next, 0, 1);
    p->leave = cs_gate(cs, "poseidon2_leave", GATE_ROWS);
    for (int i = 4; i < 8; i++)
        cs_require(cs, p->leave, "recurrence", expr_sub(g, recur(g, r, x + i - 4, expr_const(g, &r->k[48 + i])), x[i]));
    for (int j = 0; j < W; j++) {
        expr sum = expr_const(g, &r->leave_c[j]);
        sum = expr_add(g, sum, expr_dot(g, r->leave_x[j], x + 5, 3));
        for (int t = 0; t < 4; t++) sum = expr_add(g, sum, expr_scale(g, &r->leave_w[j][t], expr_pow5(g, x[4 + t])));
        cs_require(cs, p->leave, "state after the partial rounds", expr_sub(g, sum, next[j]));
    }
}

static void add_full(struct poseidon2_gates *p, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    expr s[W], c[8], out[W], have[W];
    for (unsigned i = 0; i < 8; i++) c[i] = cs_fixed_cell(cs, p->c[i]);
    p->full = cs_gate(cs, "poseidon2_full", GATE_ROWS);
    cells(cs, s, 0, 0);
    full_round(g, out, s, c);
    cells(cs, have, 4, 0);
    require_equal(cs, p->full, "first round", out, have);
    full_round(g, out, have, c + 4);
    cells(cs, have, 0, 1);
    out[0] = expr_add(g, out[0], expr_mul(g, cs_fixed_cell(cs, p->c[8]), cs_cell(cs, 4, 1)));
    require_equal(cs, p->full, "second round", out, have);
}

void poseidon2_gate_last_add(struct poseidon2_gates *p, struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    expr s[W], c[8], out[W], have[W];
    for (unsigned i = 0; i < 8; i++) c[i] = cs_fixed_cell(cs, p->c[i]);
    p->last = cs_gate(cs, "poseidon2_last", GATE_ROWS);
    p->has_last = true;
    cells(cs, s, 0, 0);
    full_round(g, out, s, c);
    cells(cs, have, 4, 0);
    require_equal(cs, p->last, "first round", out, have);
    full_round(g, out, have, c + 4);
    cs_require(cs, p->last, "output", expr_sub(g, expr_add(g, out[0], cs_cell(cs, 4, 1)), cs_cell(cs, 0, 1)));
}

void poseidon2_gates_add(struct poseidon2_gates *p, struct cs *cs)
{
    p->has_last = false;
    struct recurrence r;
    recurrence_init(&r);
    mat3 m = hidden_matrix();
    for (unsigned i = 0; i < 9; i++) p->c[i] = cs_coefficient(cs, i);
    add_enter(p, cs);
    add_middle(p, cs, &m);
    add_partial(p, cs, &r);
    add_leave(p, cs, &r);
    add_full(p, cs);
}

/* ---- placing */

static void external_apply(fr s[W])
{
    fr out[W];
    for (int i = 0; i < W; i++) {
        out[i] = FR_ZERO;
        for (int j = 0; j < W; j++)
            for (int k = 0; k < external[i][j]; k++) fr_add(&out[i], &out[i], &s[j]);
    }
    for (int i = 0; i < W; i++) s[i] = out[i];
}

static void full_apply(fr s[W], int full_index)
{
    for (int j = 0; j < W; j++) {
        fr_add(&s[j], &s[j], &full_constant[full_index][j]);
        fr_pow5(&s[j], &s[j]);
    }
    external_apply(s);
}

static void put_state(struct builder *b, uint32_t row, unsigned col, const fr s[W])
{
    for (unsigned j = 0; j < W; j++) (void)builder_put(b, row, col + j, &s[j]);
}

static void put_trace(struct builder *b, uint32_t row, const wire in[4])
{
    fr s[W];
    for (int j = 0; j < W; j++) s[j] = builder_value(b, in[j]);
    external_apply(s);
    full_apply(s, 0);
    put_state(b, row, 4, s);
    full_apply(s, 1);
    put_state(b, row + 1, 0, s);
    full_apply(s, 2);
    put_state(b, row + 1, 4, s);
    full_apply(s, 3);
    for (unsigned i = 0; i < PARTIAL; i++) {
        fr_add(&s[0], &s[0], &partial_constant[i]);
        (void)builder_put(b, row + 2 + i / A_ROW, i % A_ROW, &s[0]);
        fr_pow5(&s[0], &s[0]);
        fr sum = s[0];
        for (int j = 1; j < W; j++) fr_add(&sum, &sum, &s[j]);
        for (int j = 0; j < W; j++) {
            fr_mul(&s[j], &s[j], &diagonal[j]);
            fr_add(&s[j], &s[j], &sum);
        }
    }
    for (unsigned k = 0; k < 4; k++) {
        put_state(b, row + 9 + k / 2, 4 * (k % 2), s);
        full_apply(s, (int)(4 + k));
    }
    put_state(b, row + 11, 0, s);
}

/* Gates and their coefficients. */
static void put_shape(struct builder *b, const struct poseidon2_gates *g, uint32_t row, bool feed_forward)
{
    const fr flags[2] = {FR_ZERO, feed_forward ? FR_ONE : FR_ZERO};
    for (unsigned k = 0; k < 2; k++) builder_fix(b, row + 9 + k, g->c[8], &flags[k]);
    builder_gate(b, g->enter, row);
    builder_gate(b, g->middle, row + 1);
    for (unsigned k = 0; k < 6; k++) builder_gate(b, g->partial, row + 2 + k);
    builder_gate(b, g->leave, row + 8);
    builder_gate(b, g->full, row + 9);
    const bool narrow = feed_forward && g->has_last;
    builder_gate(b, narrow ? g->last : g->full, row + 10);
    if (!b->shape) return;
    struct recurrence r;
    recurrence_init(&r);
    for (unsigned k = 0; k < 6; k++)
        for (unsigned i = 0; i < 8; i++) builder_fix(b, row + 2 + k, g->c[i], &r.k[8 * k + 4 + i]);
    for (unsigned k = 0; k < 2; k++)
        for (unsigned i = 0; i < 8; i++) builder_fix(b, row + 9 + k, g->c[i], &full_constant[4 + 2 * k + i / W][i % W]);
}

static uint32_t place(struct builder *b, const struct poseidon2_gates *g, const wire in[4], bool feed_forward)
{
    uint32_t row = builder_rows(b, POSEIDON2_ROWS);
    put_shape(b, g, row, feed_forward);
    for (unsigned j = 0; j < W; j++) (void)builder_copy(b, row, j, in[j]);
    put_trace(b, row, in);
    return row;
}

void poseidon2_place(struct builder *b, const struct poseidon2_gates *g, const wire in[4], wire out[4])
{
    builder_open(b, "poseidon2");
    uint32_t row = place(b, g, in, false);
    for (unsigned j = 0; j < W; j++) out[j] = builder_wire(row + 11, j);
    builder_close(b);
}

wire poseidon2_place_compress(struct builder *b, const struct poseidon2_gates *g, const wire in[4])
{
    builder_open(b, "poseidon2_compress");
    uint32_t row = place(b, g, in, true);
    const fr zero = FR_ZERO;
    fr first = builder_value(b, in[0]);
    fr out = builder_cell(b, row + 11, 0);
    fr_add(&out, &out, &first);
    (void)builder_copy(b, row + 11, 4, in[0]);
    for (unsigned j = 1; j < W && g->has_last; j++) (void)builder_put(b, row + 11, j, &zero);
    wire w = builder_put(b, row + 11, 0, &out);
    builder_close(b);
    return w;
}
