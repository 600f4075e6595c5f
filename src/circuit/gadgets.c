#include "circuit/gadgets.h"

#define REVERSE_ROWS 256
#define MEMBER_ROWS  6 /* of three differences */

/* ---- numbers */

fr fr_u64(uint64_t x)
{
    fr r;
    fr_from_u64(&r, x);
    return r;
}

fr fr_i64(int64_t x)
{
    fr r = fr_u64((uint64_t)(x < 0 ? -x : x));
    if (x < 0) fr_neg(&r, &r);
    return r;
}

fr fr_u128(unsigned __int128 x)
{
    const uint64_t limbs[4] = {(uint64_t)x, (uint64_t)(x >> 64), 0, 0};
    fr r;
    bool ok = fr_from_limbs(&r, limbs);
    assert(ok);
    return r;
}

fr fr_pow2(unsigned e)
{
    assert(e < 254); /* 2^253 < p */
    uint64_t limbs[4] = {0};
    limbs[e / 64] = 1ULL << e % 64;
    fr r;
    bool ok = fr_from_limbs(&r, limbs);
    assert(ok);
    return r;
}

/* ---- gates */

static expr times(struct expr_graph *g, uint64_t c, expr e)
{
    return expr_mul(g, expr_u64(g, c), e);
}

static void add_bytes(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8], const expr q[13])
{
    struct expr_graph *g = &cs->graph;
    c->limbs = cs_gate(cs, "limbs", GATE_ROWS);
    expr sum = expr_mul(g, q[0], next[0]);
    for (int j = 1; j <= 4; j++) sum = expr_add(g, sum, expr_mul(g, q[j], w[j]));
    cs_require(cs, c->limbs, "value is limbs and the rest", expr_sub(g, sum, w[0]));

    c->big_endian = cs_gate(cs, "big_endian", GATE_ROWS);
    sum = expr_mul(g, q[0], w[0]);
    for (int j = 1; j <= 3; j++) sum = expr_add(g, sum, expr_mul(g, q[j], w[j]));
    cs_require(cs, c->big_endian, "next prefix has the bytes appended", expr_sub(g, sum, next[0]));

    c->reversed = cs_gate(cs, "reversed", GATE_ROWS);
    sum = expr_mul(g, q[7], next[4]);
    sum = expr_add(g, sum, expr_add(g, w[5], expr_add(g, expr_mul(g, q[5], w[6]), expr_mul(g, q[6], w[7]))));
    cs_require(cs, c->reversed, "suffix has the reversed bytes below", expr_sub(g, sum, w[4]));
}

/* sel[i] = 1 if d = i, for d in 0 .. 3: Lagrange polynomials. */
static void selectors_of(struct expr_graph *g, expr sel[CHILDREN], expr d)
{
    static const int64_t scale[CHILDREN] = {-6, 2, -2, 6};
    for (int i = 0; i < CHILDREN; i++) {
        expr e = expr_u64(g, 1);
        for (int j = 0; j < CHILDREN; j++)
            if (j != i) e = expr_mul(g, e, expr_sub(g, d, expr_u64(g, (uint64_t)j)));
        fr inv = fr_i64(scale[i]);
        fr_inv_vartime(&inv, &inv);
        sel[i] = expr_scale(g, &inv, e);
    }
}

static void add_merkle(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8])
{
    struct expr_graph *g = &cs->graph;
    expr sel[CHILDREN];
    c->digit = cs_gate(cs, "merkle_digit", GATE_ROWS);
    expr d = expr_sub(g, w[2], times(g, 4, w[3]));
    expr in_range = d;
    for (uint64_t i = 1; i < CHILDREN; i++) in_range = expr_mul(g, in_range, expr_sub(g, d, expr_u64(g, i)));
    cs_require(cs, c->digit, "digit is 0 .. 3", in_range);
    cs_require(cs, c->digit, "digit handed on", expr_sub(g, next[5], d));
    selectors_of(g, sel, d);
    expr picked = expr_zero();
    for (int i = 0; i < CHILDREN; i++) picked = expr_add(g, picked, expr_mul(g, sel[i], next[i]));
    cs_require(cs, c->digit, "new node is the child at the digit", expr_sub(g, picked, w[0]));

    c->siblings = cs_gate(cs, "merkle_siblings", GATE_ROWS);
    selectors_of(g, sel, w[5]);
    picked = expr_zero();
    for (int i = 0; i < CHILDREN; i++) {
        expr other = expr_sub(g, expr_u64(g, 1), sel[i]);
        cs_require(cs, c->siblings, "old and new sibling", expr_mul(g, other, expr_sub(g, w[i], next[i])));
        picked = expr_add(g, picked, expr_mul(g, sel[i], next[i]));
    }
    cs_require(cs, c->siblings, "old node is the child at the digit", expr_sub(g, picked, w[4]));
}

static void add_packed(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8])
{
    static const uint64_t power[4] = {10, 100, 10000, 100000000};
    struct expr_graph *g = &cs->graph;
    const expr one = expr_u64(g, 1);
    c->packed = cs_gate(cs, "packed", GATE_ROWS);
    expr exponent = expr_zero();
    expr product = one;
    for (int i = 4; i >= 0; i--) {
        cs_require(cs, c->packed, "bit of the exponent", expr_mul(g, w[i], expr_sub(g, w[i], one)));
        exponent = expr_add(g, expr_add(g, exponent, exponent), w[i]);
        fr factor = fr_u64(i < 4 ? power[i] : 10000000000000000u);
        const fr minus = fr_i64(-1);
        fr_add(&factor, &factor, &minus);
        product = expr_mul(g, product, expr_add(g, one, expr_scale(g, &factor, w[i])));
    }
    cs_require(cs, c->packed, "power of ten", expr_sub(g, product, w[5]));
    cs_require(cs, c->packed, "packed form", expr_sub(g, expr_add(g, times(g, 32, next[0]), exponent), next[1]));
    cs_require(cs, c->packed, "value", expr_sub(g, expr_mul(g, next[0], w[5]), next[2]));
}

static void add_window(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8])
{
    struct expr_graph *g = &cs->graph;
    c->window = cs_gate(cs, "window", GATE_ROWS);
    cs_require(cs, c->window, "one digit for both lookups", expr_sub(g, w[1], w[2]));
    cs_require(cs, c->window, "scalar", expr_sub(g, expr_add(g, times(g, 1 << WINDOW_BITS, w[3]), w[1]), next[3]));
    /* (w0, w4) + (w5, w6), complete */
    expr t = expr_scale(g, &ED_D, expr_mul(g, expr_mul(g, w[0], w[4]), expr_mul(g, w[5], w[6])));
    expr x = expr_add(g, expr_mul(g, w[0], w[6]), expr_mul(g, w[4], w[5]));
    expr y = expr_add(g, expr_mul(g, w[4], w[6]), expr_mul(g, w[0], w[5]));
    cs_require(cs, c->window, "x of the sum", expr_sub(g, expr_add(g, next[0], expr_mul(g, next[0], t)), x));
    cs_require(cs, c->window, "y of the sum", expr_sub(g, expr_sub(g, next[4], expr_mul(g, next[4], t)), y));
}

static void add_member(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8])
{
    struct expr_graph *g = &cs->graph;
    c->member = cs_gate(cs, "member", GATE_ROWS);
    expr product = w[4];
    for (int i = 0; i < 3; i++) product = expr_mul(g, product, expr_sub(g, w[3], w[i]));
    cs_require(cs, c->member, "product of differences", expr_sub(g, next[4], product));
}

/* On columns 1 .. 3: a general row of two inputs, and a test for zero. */
static void add_spare(struct gadgets *c, struct cs *cs, const expr w[8], const expr q[13])
{
    struct expr_graph *g = &cs->graph;
    c->spare = cs_gate(cs, "spare", GATE_ROWS);
    expr sum = expr_add(g, expr_mul(g, q[3], expr_mul(g, w[1], w[2])), q[4]);
    for (int j = 0; j < 3; j++) sum = expr_add(g, sum, expr_mul(g, q[j], w[1 + j]));
    cs_require(cs, c->spare, "sum of terms = 0", sum);
    c->spare_is_zero = cs_gate(cs, "spare_is_zero", GATE_ROWS);
    expr known = expr_sub(g, expr_add(g, expr_mul(g, w[1], w[2]), w[3]), expr_u64(g, 1));
    cs_require(cs, c->spare_is_zero, "x inv = 1 - out", known);
    cs_require(cs, c->spare_is_zero, "x out = 0", expr_mul(g, w[1], w[3]));
}

static uint8_t reverse_bits(unsigned x)
{
    unsigned r = 0;
    for (int i = 0; i < 8; i++) r |= (x >> i & 1) << (7 - i);
    return (uint8_t)r;
}

static unsigned window_bits(unsigned k)
{
    return k + 1 == WINDOWS ? 3 : WINDOW_BITS;
}

static void add_table(struct cs *cs)
{
    for (unsigned w = 1; w <= LIMB_BITS; w++) {
        for (uint32_t x = 0; x < 1u << w; x++) {
            const fr row[3] = {fr_u64(w), fr_u64(x), FR_ZERO};
            (void)cs_table_row(cs, row, 3);
        }
    }
    for (unsigned x = 0; x < REVERSE_ROWS; x++) {
        const fr row[3] = {fr_u64(TAG_REVERSE), fr_u64(x), fr_u64(reverse_bits(x))};
        (void)cs_table_row(cs, row, 3);
    }
    ed_ext base;
    ed_from_affine(&base, &ED_GENERATOR);
    for (unsigned k = 0; k < WINDOWS; k++) {
        ed_ext p = ED_EXT_IDENTITY;
        for (unsigned d = 0; d < 1u << window_bits(k); d++) {
            ed_affine a;
            ed_to_affine(&a, &p);
            const fr x[3] = {fr_u64(TAG_X + k), fr_u64(d), a.x};
            const fr y[3] = {fr_u64(TAG_Y + k), fr_u64(d), a.y};
            (void)cs_table_row(cs, x, 3);
            (void)cs_table_row(cs, y, 3);
            ed_add(&p, &p, &base);
        }
        for (int i = 0; i < WINDOW_BITS; i++) ed_dbl(&base, &base);
    }
}

void gadgets_add(struct gadgets *c, struct cs *cs)
{
    expr w[PLONK_ADVICE], next[PLONK_ADVICE], q[13];
    arith_gates_add(&c->arith, cs);
    poseidon2_gates_add(&c->poseidon2, cs);
    poseidon2_gate_last_add(&c->poseidon2, cs);
    rescue_gates_add(&c->rescue, cs);
    edwards_gates_add(&c->edwards, cs);
    for (unsigned i = 0; i < 13; i++) {
        c->q[i] = cs_coefficient(cs, i);
        q[i] = cs_fixed_cell(cs, c->q[i]);
    }
    for (unsigned j = 0; j < PLONK_ADVICE; j++) {
        w[j] = cs_cell(cs, j, 0);
        next[j] = cs_cell(cs, j, 1);
    }
    add_bytes(c, cs, w, next, q);
    add_merkle(c, cs, w, next);
    add_packed(c, cs, w, next);
    add_window(c, cs, w, next);
    add_member(c, cs, w, next);
    add_spare(c, cs, w, q);
    for (unsigned j = 1; j <= 4; j++) {
        const expr tuple[3] = {q[8 + j], w[j], j < 4 ? w[4 + j] : expr_zero()};
        c->look[j] = cs_lookup(cs, "table", tuple, 3);
    }
    add_table(cs);
}

void gadgets_begin(struct gadgets *g, struct builder *b)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    g->zero = arith_const(b, &g->arith, &zero);
    g->one = arith_const(b, &g->arith, &one);
}

/* ---- arith rows */

/* A spare row of a level, under the label of who takes it. */
static bool take_spare(struct builder *b, const struct gadgets *g, uint32_t *row)
{
    if (g->spares == NULL || g->spares->used == g->spares->n) return false;
    *row = g->spares->row[g->spares->used++];
    if (b->shape) b->cs->row_label[*row] = b->label;
    return true;
}

/* q0 w1 + q1 w2 + q2 w3 + q3 w1 w2 + q4 = 0 in a spare row. out: w3, unless it is given. */
static wire spare_row(struct builder *b, const struct gadgets *g, uint32_t row, const fr q[5], wire x, wire y,
                      const fr *out_hint)
{
    builder_gate(b, g->spare, row);
    for (unsigned i = 0; i < 5; i++) builder_fix(b, row, g->q[i], &q[i]);
    (void)builder_copy(b, row, 1, x);
    (void)builder_copy(b, row, 2, y);
    return out_hint != NULL ? builder_put(b, row, 3, out_hint) : builder_copy(b, row, 3, g->zero);
}

wire g_pair(struct builder *b, const struct gadgets *g, const fr *cx, wire x, const fr *cy, wire y, const fr *cxy,
            const fr *c)
{
    uint32_t row;
    if (!take_spare(b, g, &row)) {
        const fr q[8] = {[0] = *cx, [1] = *cy, [5] = *cxy, [7] = *c};
        const wire in[4] = {x, y, g->zero, g->zero};
        return g_row(b, g, q, in);
    }
    const fr q[5] = {*cx, *cy, fr_i64(-1), *cxy, *c};
    const fr vx = builder_value(b, x);
    const fr vy = builder_value(b, y);
    fr out = *c;
    fr t;
    fr_mul(&t, cx, &vx);
    fr_add(&out, &out, &t);
    fr_mul(&t, cy, &vy);
    fr_add(&out, &out, &t);
    fr_mul(&t, &vx, &vy);
    fr_mul(&t, &t, cxy);
    fr_add(&out, &out, &t);
    return spare_row(b, g, row, q, x, y, &out);
}

wire g_add(struct builder *b, const struct gadgets *g, wire x, wire y)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    return g_pair(b, g, &one, x, &one, y, &zero, &zero);
}

wire g_sub(struct builder *b, const struct gadgets *g, wire x, wire y)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    const fr minus = fr_i64(-1);
    return g_pair(b, g, &one, x, &minus, y, &zero, &zero);
}

wire g_is_zero(struct builder *b, const struct gadgets *g, wire x)
{
    uint32_t row;
    if (!take_spare(b, g, &row)) return arith_is_zero(b, &g->arith, x);
    const fr v = builder_value(b, x);
    fr inv_hint;
    fr_inv_vartime(&inv_hint, &v);
    const fr out = fr_u64(fr_is_zero(&v));
    builder_gate(b, g->spare_is_zero, row);
    (void)builder_copy(b, row, 1, x);
    (void)builder_put(b, row, 2, &inv_hint);
    return builder_put(b, row, 3, &out);
}

/* out = q0 w0 + .. + q3 w3 + q5 w0 w1 + q6 w2 w3 + q7, in column 4. */
wire g_row(struct builder *b, const struct gadgets *g, const fr q_in[8], const wire in[4])
{
    fr q[8];
    for (int i = 0; i < 8; i++) q[i] = q_in[i];
    fr v[4], t;
    fr sum = q[7];
    for (int i = 0; i < 4; i++) {
        v[i] = builder_value(b, in[i]);
        fr_mul(&t, &q[i], &v[i]);
        fr_add(&sum, &sum, &t);
    }
    for (int i = 0; i < 2; i++) {
        fr_mul(&t, &v[2 * i], &v[2 * i + 1]);
        fr_mul(&t, &t, &q[5 + i]);
        fr_add(&sum, &sum, &t);
    }
    q[4] = fr_i64(-1);
    const fr hint[5] = {[4] = sum};
    const wire *const w[5] = {&in[0], &in[1], &in[2], &in[3], NULL};
    wire out[5];
    arith_row(b, &g->arith, q, w, hint, out);
    return out[4];
}

wire g_sum(struct builder *b, const struct gadgets *g, const struct term *t, size_t n, const fr *c)
{
    if (n <= 2) {
        const fr none = FR_ZERO;
        return g_pair(b, g, n > 0 ? &t[0].c : &none, n > 0 ? t[0].w : g->zero, n > 1 ? &t[1].c : &none,
                      n > 1 ? t[1].w : g->zero, &none, c);
    }
    fr q[8] = {[7] = *c};
    wire in[4] = {g->zero, g->zero, g->zero, g->zero};
    size_t at = 0;
    for (; at < n && at < 4; at++) {
        q[at] = t[at].c;
        in[at] = t[at].w;
    }
    wire out = g_row(b, g, q, in);
    while (at < n) {
        fr r[8] = {FR_ONE};
        wire more[4] = {out, g->zero, g->zero, g->zero};
        for (unsigned i = 1; i < 4 && at < n; i++, at++) {
            r[i] = t[at].c;
            more[i] = t[at].w;
        }
        out = g_row(b, g, r, more);
    }
    return out;
}

wire g_mul(struct builder *b, const struct gadgets *g, wire x, wire y)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    return g_pair(b, g, &zero, x, &zero, y, &one, &zero);
}

wire g_mul_add(struct builder *b, const struct gadgets *g, wire x, wire y, wire u, wire v)
{
    const fr q[8] = {[5] = FR_ONE, [6] = FR_ONE};
    const wire in[4] = {x, y, u, v};
    return g_row(b, g, q, in);
}

wire g_select(struct builder *b, const struct gadgets *g, wire bit, wire x, wire y)
{
    const fr q[8] = {[3] = FR_ONE, [5] = FR_ONE, [6] = fr_i64(-1)};
    const wire in[4] = {bit, x, bit, y};
    return g_row(b, g, q, in);
}

wire g_equal(struct builder *b, const struct gadgets *g, wire x, wire y)
{
    return g_is_zero(b, g, g_sub(b, g, x, y));
}

void g_if_equal(struct builder *b, const struct gadgets *g, wire sel, wire x, wire y)
{
    const fr q[8] = {[5] = FR_ONE, [6] = fr_i64(-1)};
    const wire *const in[5] = {&sel, &x, &sel, &y, &g->zero};
    arith_row(b, &g->arith, q, in, NULL, NULL);
}

void g_if_const(struct builder *b, const struct gadgets *g, wire sel, wire x, const fr *c)
{
    uint32_t row;
    fr minus_c;
    fr_neg(&minus_c, c);
    if (take_spare(b, g, &row)) {
        const fr q[5] = {minus_c, [3] = FR_ONE};
        (void)spare_row(b, g, row, q, sel, x, NULL);
        return;
    }
    const fr q[8] = {minus_c, [5] = FR_ONE};
    const wire *const in[5] = {&sel, &x, &g->zero, &g->zero, &g->zero};
    arith_row(b, &g->arith, q, in, NULL, NULL);
}

void g_not_zero(struct builder *b, const struct gadgets *g, wire x)
{
    const fr q[8] = {[5] = FR_ONE, [7] = fr_i64(-1)};
    const wire *const in[5] = {&x, NULL, NULL, NULL, NULL};
    fr hint[5] = {FR_ZERO};
    const fr v = builder_value(b, x);
    fr_inv_vartime(&hint[1], &v);
    arith_row(b, &g->arith, q, in, hint, NULL);
}

void g_hints(struct builder *b, wire *out, const fr *v_hints, size_t n)
{
    assert(n <= PLONK_COPY);
    const uint32_t row = builder_rows(b, 1);
    for (unsigned i = 0; i < n; i++) out[i] = builder_put(b, row, i, &v_hints[i]);
}

void g_demand(struct builder *b, const struct gadgets *g, struct demand first, struct demand second)
{
    const fr q[8] = {[0] = fr_i64(-first.c), [2] = fr_i64(-second.c), [5] = FR_ONE, [6] = FR_ONE};
    const wire *const in[5] = {&first.sel, &first.x, &second.sel, &second.x, &g->zero};
    arith_row(b, &g->arith, q, in, NULL, NULL);
}

/* ---- ranges */

static unsigned bits_at(const uint64_t limbs[4], unsigned at, unsigned n)
{
    uint64_t v = limbs[at / 64] >> at % 64;
    if (at % 64 != 0 && at / 64 < 3) v |= limbs[at / 64 + 1] << (64 - at % 64);
    return (unsigned)(v & ((1ULL << n) - 1));
}

/* Rows of limbs of the value, which is put into column 0 of the first. */
static wire range_rows(struct builder *b, const struct gadgets *g, fr value, unsigned bits)
{
    assert(bits >= 1 && bits <= 252);
    uint64_t v[4];
    fr_to_limbs(v, &value);
    builder_open(b, "range");
    const unsigned limbs = (bits + LIMB_BITS - 1) / LIMB_BITS;
    const unsigned rows = (limbs + 3) / 4;
    uint32_t row = builder_rows(b, rows);
    wire out = builder_put(b, row, 0, &value);
    for (unsigned r = 0; r < rows; r++) {
        builder_gate(b, g->limbs, row + r);
        for (unsigned j = 0; j < 4 && 4 * r + j < limbs; j++) {
            const unsigned at = LIMB_BITS * (4 * r + j);
            const unsigned width = bits - at < LIMB_BITS ? bits - at : LIMB_BITS;
            const fr limb = fr_u64(bits_at(v, at, width));
            const fr coefficient = fr_pow2(LIMB_BITS * j);
            const fr tag = fr_u64(width);
            (void)builder_put(b, row + r, 1 + j, &limb);
            builder_fix(b, row + r, g->q[1 + j], &coefficient);
            builder_fix(b, row + r, g->q[9 + j], &tag);
            builder_lookup(b, g->look[1 + j], row + r);
        }
        if (r + 1 == rows) break;
        const unsigned shift = 4 * LIMB_BITS * (r + 1);
        uint64_t rest[4] = {0};
        for (unsigned i = 0; i < 4; i++) {
            if (shift / 64 + i > 3) break;
            rest[i] = v[shift / 64 + i] >> shift % 64;
            if (shift % 64 != 0 && shift / 64 + i < 3) rest[i] |= v[shift / 64 + i + 1] << (64 - shift % 64);
        }
        fr next;
        fr_from_limbs_reduce(&next, rest);
        const fr coefficient = fr_pow2(4 * LIMB_BITS);
        builder_fix(b, row + r, g->q[0], &coefficient);
        (void)builder_put(b, row + r + 1, 0, &next);
    }
    builder_close(b);
    return out;
}

void g_range(struct builder *b, const struct gadgets *g, wire x, unsigned bits)
{
    wire copy = range_rows(b, g, builder_value(b, x), bits);
    builder_connect(b, copy, x);
}

wire g_number(struct builder *b, const struct gadgets *g, const fr *v_hint, unsigned bits)
{
    return range_rows(b, g, *v_hint, bits);
}

wire g_cut(struct builder *b, const struct gadgets *g, wire byte, unsigned lo_bits)
{
    const uint32_t row = builder_rows(b, 1);
    uint64_t v[4];
    const fr value = builder_value(b, byte);
    fr_to_limbs(v, &value);
    (void)builder_copy(b, row, 0, byte);
    builder_gate(b, g->limbs, row);
    wire out = byte;
    for (unsigned j = 0; j < 2; j++) {
        const unsigned width = j == 0 ? lo_bits : 8 - lo_bits;
        const fr part = fr_u64(bits_at(v, j == 0 ? 0 : lo_bits, width));
        const fr coefficient = fr_u64(j == 0 ? 1 : 1u << lo_bits);
        const fr tag = fr_u64(width);
        out = builder_put(b, row, 1 + j, &part);
        builder_fix(b, row, g->q[1 + j], &coefficient);
        builder_fix(b, row, g->q[9 + j], &tag);
        builder_lookup(b, g->look[1 + j], row);
    }
    return out;
}

/* One row of n bytes: lookups and the suffix of reversed bytes. */
static void byte_row(struct builder *b, const struct gadgets *g, uint32_t row, const uint8_t *bytes, unsigned n,
                     const fr *suffix, bool last)
{
    const fr tag = fr_u64(TAG_REVERSE);
    const fr power[4] = {FR_ONE, fr_u64(1 << 8), fr_u64(1 << 16), fr_u64(1 << 24)};
    builder_gate(b, g->reversed, row);
    (void)builder_put(b, row, 4, suffix);
    for (unsigned j = 0; j < n; j++) {
        const fr byte = fr_u64(bytes[j]);
        const fr reversed = fr_u64(reverse_bits(bytes[j]));
        (void)builder_put(b, row, 1 + j, &byte);
        (void)builder_put(b, row, 5 + j, &reversed);
        builder_fix(b, row, g->q[9 + j], &tag);
        builder_lookup(b, g->look[1 + j], row);
        if (j > 0) builder_fix(b, row, g->q[4 + j], &power[j]);
    }
    if (!last) builder_fix(b, row, g->q[7], &power[n]);
}

/* suffix[k] = sum of reversed bytes k .. n - 1, the k-th the lowest. */
static void suffixes(fr *suffix, const uint8_t *bytes, unsigned n)
{
    const fr base = fr_u64(256);
    suffix[n] = FR_ZERO;
    for (unsigned k = n; k-- > 0;) {
        const fr reversed = fr_u64(reverse_bits(bytes[k]));
        fr_mul(&suffix[k], &suffix[k + 1], &base);
        fr_add(&suffix[k], &suffix[k], &reversed);
    }
}

void g_coordinate_bytes(struct builder *b, const struct gadgets *g, wire x, struct coordinate *out)
{
    builder_open(b, "coordinate");
    const fr value = builder_value(b, x);
    const fr base = fr_u64(256);
    const fr power[4] = {FR_ONE, fr_u64(1 << 8), fr_u64(1 << 16), fr_u64(1 << 24)};
    uint8_t bytes[32];
    fr suffix[33], rest[33];
    fr_to_le32(bytes, &value);
    suffixes(suffix, bytes, 32);
    rest[32] = FR_ZERO;
    for (unsigned k = 32; k-- > 0;) {
        const fr byte = fr_u64(bytes[k]);
        fr_mul(&rest[k], &rest[k + 1], &base);
        fr_add(&rest[k], &rest[k], &byte);
    }
    const uint32_t row = builder_rows(b, 12);
    for (unsigned r = 0; r < 12; r++) {
        const unsigned at = r < 11 ? 3 * r : 31;
        const unsigned n = r < 10 ? 3 : 1;
        builder_gate(b, g->limbs, row + r);
        (void)builder_put(b, row + r, 0, &rest[at]);
        for (unsigned j = 0; j < n; j++) builder_fix(b, row + r, g->q[1 + j], &power[j]);
        if (r < 11) builder_fix(b, row + r, g->q[0], &power[n]);
        byte_row(b, g, row + r, bytes + at, n, &suffix[at], r == 11);
    }
    builder_connect(b, builder_wire(row, 0), x);
    out->reversed = builder_wire(row, 4);
    out->reversed_30 = builder_wire(row + 10, 4);
    out->reversed_31 = builder_wire(row + 11, 4);
    g_canonical(b, g, builder_wire(row + 5, 0), 120, false);
    builder_close(b);
}

/* Where rows of a message begin: ends of fields in any layout, and bytes 31 and 63, which elements share. */
static const uint8_t message_cuts[] = {0,  26, 30, 31, 32, 42, 50, 52, 53, 58,
                                       61, 63, 64, 72, 73, 76, 77, 88, 89, MESSAGE_BYTES};

void g_message(struct builder *b, const struct gadgets *g, const uint8_t bytes_hint[MESSAGE_BYTES], struct message *out)
{
    builder_open(b, "message");
    fr suffix[MESSAGE_BYTES + 3];
    wire at_cut[MESSAGE_BYTES + 1]; /* suffix cells */
    fr *const segment[3] = {suffix, suffix + 33, suffix + 66};
    for (unsigned s = 0; s < 3; s++) suffixes(segment[s], bytes_hint + 32 * s, s < 2 ? 32 : MESSAGE_BYTES - 64);
    const fr base[4] = {FR_ONE, fr_u64(1 << 8), fr_u64(1 << 16), fr_u64(1 << 24)};
    fr prefix = FR_ZERO;
    for (unsigned i = 0; i <= MESSAGE_BYTES; i++) out->prefix[i] = at_cut[i] = g->zero;
    uint32_t row = builder_rows(b, MESSAGE_ROWS + 1);
    (void)builder_copy(b, row, 0, g->zero);
    for (unsigned c = 0; c + 1 < ZK_COUNT(message_cuts); c++) {
        out->prefix[message_cuts[c]] = builder_wire(row, 0);
        at_cut[message_cuts[c]] = builder_wire(row, 4);
        for (unsigned at = message_cuts[c]; at < message_cuts[c + 1]; row++) {
            const unsigned n = message_cuts[c + 1] - at < 3 ? message_cuts[c + 1] - at : 3;
            const bool last = at + n == 32 || at + n == 64 || at + n == MESSAGE_BYTES;
            byte_row(b, g, row, bytes_hint + at, n, &segment[at / 32 < 2 ? at / 32 : 2][at < 64 ? at % 32 : at - 64],
                     last);
            builder_gate(b, g->big_endian, row);
            builder_fix(b, row, g->q[0], &base[n]);
            for (unsigned j = 0; j < n; j++) {
                const fr byte = fr_u64(bytes_hint[at + j]);
                builder_fix(b, row, g->q[1 + j], &base[n - 1 - j]);
                fr_mul(&prefix, &prefix, &base[1]);
                fr_add(&prefix, &prefix, &byte);
            }
            (void)builder_put(b, row + 1, 0, &prefix);
            at += n;
        }
    }
    out->prefix[MESSAGE_BYTES] = builder_wire(row, 0);

    const fr minus = fr_i64(-1);
    fr top = fr_pow2(253);
    fr_mul(&top, &top, &minus);
    wire hi_31 = g_cut(b, g, at_cut[31], 5);
    wire hi_63 = g_cut(b, g, at_cut[63], 2);
    const fr zero = FR_ZERO;
    const struct term e0[2] = {{FR_ONE, at_cut[0]}, {top, hi_31}};
    const struct term e1[3] = {{FR_ONE, hi_31}, {fr_u64(8), at_cut[32]}, {top, hi_63}};
    const struct term e2[2] = {{FR_ONE, hi_63}, {fr_u64(64), at_cut[64]}};
    out->elements[0] = g_sum(b, g, e0, 2, &zero);
    out->elements[1] = g_sum(b, g, e1, 3, &zero);
    out->elements[2] = g_sum(b, g, e2, 2, &zero);
    builder_close(b);
}

/* ---- Merkle */

wire g_level_start(struct builder *b, wire x)
{
    return builder_copy(b, builder_rows(b, 1), 0, x);
}

struct level g_level(struct builder *b, const struct gadgets *g, struct level in, const fr siblings_hint[CHILDREN - 1])
{
    builder_open(b, "level");
    const uint32_t top = wire_row(in.new_node);
    const uint32_t row = builder_rows(b, 1);
    assert(wire_col(in.new_node) == 0);
    assert(row == top + 1 || b->cs->failed != ZK_OK);
    const fr index = builder_value(b, in.index);
    uint64_t limbs[4];
    fr_to_limbs(limbs, &index);
    const unsigned digit = (unsigned)(limbs[0] & 3);
    const fr d = fr_u64(digit);
    const fr rest = fr_u64(limbs[0] >> 2);
    (void)builder_copy(b, top, 2, in.index);
    wire next_index = builder_put(b, top, 3, &rest);
    builder_gate(b, g->digit, top);
    builder_gate(b, g->siblings, row);

    const fr old_value = builder_value(b, in.old_node);
    const fr new_value = builder_value(b, in.new_node);
    wire new_children[CHILDREN], old_children[CHILDREN];
    const uint32_t old_row = row + 1;
    /* The compression copies its inputs from the wires given; the old children have no other cell, so they are put
     * where the compression will stand, and connected to themselves. */
    for (unsigned i = 0, s = 0; i < CHILDREN; i++) {
        const fr *sibling = i == digit ? NULL : &siblings_hint[s++];
        new_children[i] = builder_put(b, row, i, sibling == NULL ? &new_value : sibling);
        old_children[i] = builder_put(b, old_row, i, sibling == NULL ? &old_value : sibling);
    }
    (void)builder_copy(b, row, 4, in.old_node);
    (void)builder_put(b, row, 5, &d);
    struct level out;
    out.old_node = poseidon2_place_compress(b, &g->poseidon2, old_children);
    assert(wire_row(old_children[0]) + POSEIDON2_ROWS - 1 == wire_row(out.old_node) || b->cs->failed != ZK_OK);
    out.new_node = poseidon2_place_compress(b, &g->poseidon2, new_children);
    out.index = next_index;
    if (g->spares != NULL && g->spares->n < SPARES_MAX) g->spares->row[g->spares->n++] = wire_row(out.old_node);
    builder_close(b);
    return out;
}

/* ---- packed numbers */

struct packed g_packed(struct builder *b, const struct gadgets *g, uint64_t packed_hint, unsigned mantissa_bits)
{
    builder_open(b, "packed");
    const uint32_t row = builder_rows(b, 2);
    builder_gate(b, g->packed, row);
    fr power = FR_ONE;
    fr ten = fr_u64(10);
    for (unsigned i = 0; i < 5; i++) {
        const fr bit = fr_u64(packed_hint >> i & 1);
        (void)builder_put(b, row, i, &bit);
        if (packed_hint >> i & 1) fr_mul(&power, &power, &ten);
        fr_sqr(&ten, &ten);
    }
    (void)builder_put(b, row, 5, &power);
    const fr mantissa = fr_u64(packed_hint >> 5);
    const fr packed = fr_u64(packed_hint);
    fr value;
    fr_mul(&value, &mantissa, &power);
    wire m = builder_put(b, row + 1, 0, &mantissa);
    struct packed out = {builder_put(b, row + 1, 1, &packed), builder_put(b, row + 1, 2, &value)};
    g_range(b, g, m, mantissa_bits);
    builder_close(b);
    return out;
}

/* ---- one of sixteen */

void g_member(struct builder *b, const struct gadgets *g, wire x, const wire list[16])
{
    builder_open(b, "member");
    const uint32_t row = builder_rows(b, MEMBER_ROWS + 1);
    const fr value = builder_value(b, x);
    fr product = FR_ONE;
    (void)builder_copy(b, row, 4, g->one);
    for (unsigned r = 0; r < MEMBER_ROWS; r++) {
        builder_gate(b, g->member, row + r);
        (void)builder_copy(b, row + r, 3, x);
        for (unsigned i = 0; i < 3; i++) {
            const unsigned at = 3 * r + i < 16 ? 3 * r + i : 15;
            fr e = builder_value(b, builder_copy(b, row + r, i, list[at]));
            fr_sub(&e, &value, &e);
            fr_mul(&product, &product, &e);
        }
        (void)builder_put(b, row + r + 1, 4, &product);
    }
    builder_connect(b, builder_wire(row + MEMBER_ROWS, 4), g->zero);
    builder_close(b);
}

/* ---- signatures' parts */

void g_canonical(struct builder *b, const struct gadgets *g, wire hi, unsigned lo_bits, bool hi_checked)
{
    const unsigned hi_bits = 254 - lo_bits;
    const fr modulus = fr_i64(-1);
    uint64_t m[4], top[4] = {0};
    fr_to_limbs(m, &modulus);
    for (unsigned i = 0; i < hi_bits; i++)
        if (m[(lo_bits + i) / 64] >> (lo_bits + i) % 64 & 1) top[i / 64] |= 1ULL << i % 64;
    fr bound;
    fr_from_limbs_reduce(&bound, top);
    const fr minus = fr_i64(-1);
    fr_add(&bound, &bound, &minus);
    const struct term t[1] = {{fr_i64(-1), hi}};
    wire room = g_sum(b, g, t, 1, &bound);
    if (hi_checked) g_range(b, g, hi, hi_bits);
    g_range(b, g, room, hi_bits);
}

static ed_affine affine_sum(const ed_affine *p, const ed_affine *q)
{
    ed_ext a, c;
    ed_affine r;
    ed_from_affine(&a, p);
    ed_from_affine(&c, q);
    ed_add(&a, &a, &c);
    ed_to_affine(&r, &a);
    return r;
}

wire_point g_eight_times(struct builder *b, const struct gadgets *g, const ed_affine *p_hint)
{
    builder_open(b, "eight_times");
    const uint32_t row = builder_rows(b, 4);
    ed_affine p = *p_hint;
    builder_gate(b, g->edwards.on_curve, row);
    for (unsigned i = 0; i < 4; i++) {
        wire x = builder_put(b, row + i, 0, &p.x);
        wire y = builder_put(b, row + i, 1, &p.y);
        if (i == 3) break;
        (void)builder_copy(b, row + i, 2, x);
        (void)builder_copy(b, row + i, 3, y);
        builder_gate(b, g->edwards.add, row + i);
        p = affine_sum(&p, &p);
    }
    builder_close(b);
    return (wire_point){builder_wire(row + 3, 0), builder_wire(row + 3, 1)};
}

wire_point g_mul_base(struct builder *b, const struct gadgets *g, const ed_scalar *s_hint, wire *scalar)
{
    builder_open(b, "mul_base");
    const uint32_t row = builder_rows(b, WINDOWS + 1);
    (void)builder_copy(b, row, 0, g->zero);
    (void)builder_copy(b, row, 4, g->one);
    (void)builder_copy(b, row, 3, g->zero);
    ed_affine acc = ED_AFFINE_IDENTITY;
    fr s = FR_ZERO;
    const fr base = fr_u64(1 << WINDOW_BITS);
    for (unsigned i = 0; i < WINDOWS; i++) {
        const unsigned k = WINDOWS - 1 - i;
        const unsigned digit = bits_at(s_hint->l, WINDOW_BITS * k, window_bits(k));
        const fr d = fr_u64(digit);
        ed_scalar multiple = {{0}};
        multiple.l[k / 8] = (uint64_t)digit << WINDOW_BITS * (k % 8);
        ed_ext ext;
        ed_affine p;
        ed_mul_base(&ext, &multiple);
        ed_to_affine(&p, &ext);
        const fr tags[2] = {fr_u64(TAG_X + k), fr_u64(TAG_Y + k)};
        builder_gate(b, g->window, row + i);
        for (unsigned j = 0; j < 2; j++) {
            (void)builder_put(b, row + i, 1 + j, &d);
            builder_fix(b, row + i, g->q[9 + j], &tags[j]);
            builder_lookup(b, g->look[1 + j], row + i);
        }
        (void)builder_put(b, row + i, 5, &p.x);
        (void)builder_put(b, row + i, 6, &p.y);
        acc = affine_sum(&acc, &p);
        fr_mul(&s, &s, &base);
        fr_add(&s, &s, &d);
        (void)builder_put(b, row + i + 1, 0, &acc.x);
        (void)builder_put(b, row + i + 1, 4, &acc.y);
        (void)builder_put(b, row + i + 1, 3, &s);
    }
    *scalar = builder_wire(row + WINDOWS, 3);
    builder_close(b);
    return (wire_point){builder_wire(row + WINDOWS, 0), builder_wire(row + WINDOWS, 4)};
}
