#include "circuit/gadgets.h"

#define REVERSE_ROWS 256
#define MEMBER_ROWS  4 /* of four differences */
#define FLAG_ROWS    ((SLOT_FLAGS + PLONK_COPY - 1) / PLONK_COPY)

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
    expr factor_of[5];
    for (int i = 4; i >= 0; i--) {
        cs_require(cs, c->packed, "bit of the exponent", expr_mul(g, w[i], expr_sub(g, w[i], one)));
        exponent = expr_add(g, expr_add(g, exponent, exponent), w[i]);
        fr factor = fr_u64(i < 4 ? power[i] : 10000000000000000u);
        const fr minus = fr_i64(-1);
        fr_add(&factor, &factor, &minus);
        factor_of[i] = expr_add(g, one, expr_scale(g, &factor, w[i]));
    }
    for (int i = 0; i < 2; i++) /* two factors each */
        cs_require(cs, c->packed, "part of the power",
                   expr_sub(g, expr_mul(g, factor_of[2 * i], factor_of[2 * i + 1]), w[6 + i]));
    expr product = expr_mul(g, expr_mul(g, w[6], w[7]), factor_of[4]);
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
    /* (w0, w4) + (w5, w6), complete; w7 is part of the product of all four */
    cs_require(cs, c->window, "product of three", expr_sub(g, expr_mul(g, expr_mul(g, w[0], w[4]), w[5]), w[7]));
    expr t = expr_scale(g, &ED_D, expr_mul(g, w[7], w[6]));
    expr x = expr_add(g, expr_mul(g, w[0], w[6]), expr_mul(g, w[4], w[5]));
    expr y = expr_add(g, expr_mul(g, w[4], w[6]), expr_mul(g, w[0], w[5]));
    cs_require(cs, c->window, "x of the sum", expr_sub(g, expr_add(g, next[0], expr_mul(g, next[0], t)), x));
    cs_require(cs, c->window, "y of the sum", expr_sub(g, expr_sub(g, next[4], expr_mul(g, next[4], t)), y));
}

static void add_member(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8])
{
    struct expr_graph *g = &cs->graph;
    c->member = cs_gate(cs, "member", GATE_ROWS);
    for (int i = 0; i < 2; i++) {
        expr two = expr_mul(g, expr_sub(g, w[5], w[2 * i]), expr_sub(g, w[5], w[2 * i + 1]));
        cs_require(cs, c->member, "two differences", expr_sub(g, two, w[6 + i]));
    }
    expr product = expr_mul(g, w[4], expr_mul(g, w[6], w[7]));
    cs_require(cs, c->member, "product of differences", expr_sub(g, next[4], product));
    cs_require(cs, c->member, "the same member", expr_sub(g, next[5], w[5]));
    c->member_end = cs_gate(cs, "member_end", GATE_ROWS);
    expr parts = expr_add(g, w[0], expr_add(g, times(g, 16, w[1]), times(g, 1 << 20, w[2])));
    cs_require(cs, c->member_end, "the member's parts", expr_sub(g, parts, w[5]));
}

/* On three columns: a general row of two inputs, or a condition; and a test for zero. at: coefficients. */
static const unsigned spare_at[6] = {0, 1, 2, 3, 4, 5};
static const unsigned end_at[6] = {5, 6, 7, 8, 10, 11}; /* those that a range of one limb leaves free */

static void add_spare(struct gadgets *c, struct cs *cs, const expr *w, const expr q[13], const unsigned at[6], bool end)
{
    struct expr_graph *g = &cs->graph;
    const gate_id spare = cs_gate(cs, end ? "spare_end" : "spare", GATE_ROWS);
    expr sum = expr_add(g, expr_mul(g, q[at[3]], expr_mul(g, w[0], w[1])), q[at[4]]);
    sum = expr_add(g, sum, expr_mul(g, q[at[5]], expr_mul(g, w[0], w[2])));
    for (int j = 0; j < 3; j++) sum = expr_add(g, sum, expr_mul(g, q[at[j]], w[j]));
    cs_require(cs, spare, "sum of terms = 0", sum);
    const gate_id is_zero = cs_gate(cs, end ? "end_is_zero" : "spare_is_zero", GATE_ROWS);
    expr known = expr_sub(g, expr_add(g, expr_mul(g, w[0], w[1]), w[2]), expr_u64(g, 1));
    cs_require(cs, is_zero, "x inv = 1 - out", known);
    cs_require(cs, is_zero, "x out = 0", expr_mul(g, w[0], w[2]));
    *(end ? &c->spare_end : &c->spare) = spare;
    *(end ? &c->end_is_zero : &c->spare_is_zero) = is_zero;
}

/* bit ? x : y */
static expr choice(struct expr_graph *g, expr bit, expr x, expr y)
{
    return expr_add(g, y, expr_mul(g, bit, expr_sub(g, x, y)));
}

static void add_trade(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8])
{
    struct expr_graph *g = &cs->graph;
    const expr one = expr_u64(g, 1);
    c->nonzero = cs_gate(cs, "nonzero", GATE_ROWS);
    expr product = expr_mul(g, expr_sub(g, w[1], w[2]), expr_sub(g, w[3], w[4]));
    cs_require(cs, c->nonzero, "product of differences", expr_sub(g, product, w[6]));
    cs_require(cs, c->nonzero, "z if it is stated, else 1", expr_sub(g, choice(g, next[0], next[1], one), w[7]));
    expr inverse = expr_sub(g, expr_mul(g, w[5], expr_mul(g, w[6], w[7])), one);
    cs_require(cs, c->nonzero, "if selected, it has an inverse", expr_mul(g, w[0], inverse));
    cs_require(cs, c->nonzero, "selector handed on", expr_sub(g, next[5], w[0]));
    c->price = cs_gate(cs, "price", GATE_ROWS);
    expr gained = expr_sub(g, expr_mul(g, w[2], w[3]), expr_mul(g, w[1], w[4]));
    cs_require(cs, c->price, "if selected, room is what is gained", expr_mul(g, w[5], expr_sub(g, gained, next[0])));
}

/* Of degree 3. */
static void add_conditions(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8], const expr q[13])
{
    struct expr_graph *g = &cs->graph;
    c->spare_half = cs_gate(cs, "spare_half", GATE_ROWS);
    cs_require(cs, c->spare_half, "if selected, x is the constant",
               expr_mul(g, w[3], expr_add(g, expr_mul(g, q[5], w[4]), q[6])));
    expr first = expr_add(g, q[5], expr_add(g, expr_mul(g, q[1], w[1]), expr_mul(g, q[2], w[2])));
    expr second = expr_add(g, q[3], expr_mul(g, q[4], w[4]));
    expr chosen = expr_add(g, expr_mul(g, w[0], first), expr_mul(g, w[3], second));
    chosen = expr_add(g, chosen, expr_mul(g, q[0], w[5]));
    c->chosen = cs_gate(cs, "chosen", GATE_ROWS);
    cs_require(cs, c->chosen, "sum of pieces", expr_sub(g, chosen, next[5]));
    c->chosen_end = cs_gate(cs, "chosen_end", GATE_ROWS);
    cs_require(cs, c->chosen_end, "sum of pieces = 0", chosen);
    c->when = cs_gate(cs, "when", GATE_ROWS);
    expr sum = q[5];
    for (int j = 1; j <= 4; j++) sum = expr_add(g, sum, expr_mul(g, q[j], w[j]));
    cs_require(cs, c->when, "if selected, sum of terms = 0", expr_mul(g, w[0], sum));
}

/* Of degree 1 and 2. */
static void add_choices(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8], const expr q[13])
{
    struct expr_graph *g = &cs->graph;
    c->pair = cs_gate(cs, "pair", GATE_ROWS);
    cs_require(cs, c->pair, "out = bit ? x : y", expr_sub(g, choice(g, w[0], w[1], next[0]), next[1]));
    c->plus = cs_gate(cs, "plus", GATE_ROWS);
    cs_require(cs, c->plus, "out = x + y - z", expr_sub(g, expr_add(g, w[0], w[1]), expr_add(g, next[0], next[1])));
    c->twice = cs_gate(cs, "twice", GATE_ROWS);
    cs_require(cs, c->twice, "first equality", expr_mul(g, w[0], expr_sub(g, w[1], w[2])));
    cs_require(cs, c->twice, "second equality", expr_mul(g, w[0], expr_sub(g, w[3], w[4])));
    c->pick = cs_gate(cs, "pick", GATE_ROWS);
    cs_require(cs, c->pick, "first = bit ? x : y", expr_sub(g, choice(g, w[0], w[1], w[2]), next[0]));
    cs_require(cs, c->pick, "second = bit ? u : v", expr_sub(g, choice(g, w[0], w[3], w[4]), next[4]));
    c->entries = cs_gate(cs, "entries", GATE_ROWS);
    for (unsigned j = 0; j < 2; j++)
        cs_require(cs, c->entries, "class and its number",
                   expr_sub(g, expr_add(g, times(g, 16, w[2 * j]), q[j]), w[2 * j + 1]));
}

static void add_control(struct gadgets *c, struct cs *cs, const expr w[8], const expr next[8], const expr q[13])
{
    struct expr_graph *g = &cs->graph;
    c->flags = cs_gate(cs, "flags", GATE_ROWS);
    expr sum = expr_mul(g, q[0], w[5]);
    for (unsigned j = 0; j < PLONK_COPY; j++) {
        cs_require(cs, c->flags, "a flag is 0 or 1", expr_mul(g, w[j], expr_sub(g, w[j], expr_u64(g, 1))));
        sum = expr_add(g, sum, times(g, UINT64_C(1) << j, w[j]));
    }
    cs_require(cs, c->flags, "control word", expr_sub(g, next[5], sum));
    c->constants = cs_gate(cs, "constants", GATE_ROWS);
    cs_require(cs, c->constants, "into a copyable cell", expr_sub(g, w[6], next[0]));
    cs_require(cs, c->constants, "into a copyable cell", expr_sub(g, w[7], next[4]));
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

/* What a kind stands for: nothing for what is none. */
static void kind_values(fr v[KIND_VALUES], enum slot_kind kind)
{
    const struct kind_info none = {.name = NULL};
    const struct kind_info *k = kind < SLOT_KINDS ? kind_info(kind) : &none;
    v[0] = fr_u64(k->flags);
    v[1] = fr_u64(k->opcode);
    v[2] = fr_u64(k->type);
    v[3] = fr_i64(k->way_a);
    v[4] = fr_i64(k->way_b);
}

static void add_kinds(struct cs *cs)
{
    for (unsigned k = 0; k < SLOT_KINDS; k++) {
        fr v[KIND_VALUES];
        kind_values(v, (enum slot_kind)k);
        for (unsigned i = 0; i < KIND_VALUES; i++) {
            const fr row[3] = {fr_u64(TAG_KIND + i), fr_u64(k), v[i]};
            (void)cs_table_row(cs, row, 3);
        }
    }
    static_assert(SLOT_START < ORDER_BASE, "a pair of kinds is one number");
    for (unsigned before = 0; before <= SLOT_START; before++) {
        for (unsigned k = 0; k < SLOT_KINDS; k++) {
            if (!kind_may_follow((enum slot_kind)before, (enum slot_kind)k)) continue;
            const fr row[3] = {fr_u64(TAG_ORDER), fr_u64((uint64_t)ORDER_BASE * before + k), FR_ZERO};
            (void)cs_table_row(cs, row, 3);
        }
    }
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
    add_kinds(cs);
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
    /* Selectors share fixed columns in the order of definition (cs.h): first what can share with one other, then what
     * can with two, then the rest. */
    for (unsigned j = 1; j <= 4; j++) {
        const expr tuple[3] = {q[8 + j], w[j], j < 4 ? w[4 + j] : expr_zero()};
        c->look[j] = cs_lookup(cs, "table", tuple, 3);
    }
    add_merkle(c, cs, w, next);
    add_trade(c, cs, w, next);
    add_spare(c, cs, w + 1, q, spare_at, false);
    add_spare(c, cs, w + 2, q, end_at, true);
    add_conditions(c, cs, w, next, q);
    add_packed(c, cs, w, next);
    add_window(c, cs, w, next);
    add_member(c, cs, w, next);
    add_bytes(c, cs, w, next, q);
    add_choices(c, cs, w, next, q);
    add_control(c, cs, w, next, q);
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

/* A row with free cells. */
static bool take_from(struct spare_rows *s, uint32_t *row)
{
    if (s->used == s->n) return false;
    *row = s->row[s->used++];
    return true;
}

/* *at: where its coefficients are, and its first column: in the last row of a compression, or in the end of a range. */
struct spare_place {
    uint32_t row;
    unsigned col;
    const unsigned *at;
    gate_id gate, is_zero;
};

static bool take_spare(const struct gadgets *g, struct spare_place *p)
{
    if (g->spares == NULL) return false;
    if (take_from(&g->spares->end, &p->row)) {
        p->col = 2;
        p->at = end_at;
        p->gate = g->spare_end;
        p->is_zero = g->end_is_zero;
        return true;
    }
    p->col = 1;
    p->at = spare_at;
    p->gate = g->spare;
    p->is_zero = g->spare_is_zero;
    return take_from(&g->spares->last, &p->row);
}

static bool take_pair(const struct gadgets *g, uint32_t *row)
{
    return g->spares != NULL && take_from(&g->spares->pair, row);
}

static void add_to(struct spare_rows *s, uint32_t row)
{
    if (s->n < SPARES_MAX) s->row[s->n++] = row;
}

void g_spare_last(const struct gadgets *g, wire out)
{
    if (g->spares != NULL) add_to(&g->spares->last, wire_row(out));
}

void g_spare_rescue(const struct gadgets *g, wire out, size_t n)
{
    if (g->spares == NULL) return;
    const uint32_t blocks = (uint32_t)(n + 1) / 2;
    const uint32_t rows = 1 + RESCUE_ROWS * blocks;
    if (wire_row(out) < rows) return; /* the builder has failed */
    const uint32_t start = wire_row(out) - rows;
    add_to(&g->spares->start, start);
    add_to(&g->spares->end, wire_row(out));
    for (uint32_t k = 0; k < blocks; k++)
        for (uint32_t r = 2; r < 1 + RESCUE_ROWS; r += 2) add_to(&g->spares->pair, start + RESCUE_ROWS * k + r);
}

/* q0 x + q1 y + q2 z + q3 x y + q4 + q5 x z = 0 in spare cells; z is 0 if it is NULL. out_hint: then z is new. */
static wire spare_row(struct builder *b, const struct gadgets *g, const struct spare_place *p, const fr q[6], wire x,
                      wire y, const wire *z, const fr *out_hint)
{
    builder_guest(b, p->gate, p->row, 7u << p->col);
    for (unsigned i = 0; i < 6; i++) builder_fix(b, p->row, g->q[p->at[i]], &q[i]);
    (void)builder_copy(b, p->row, p->col, x);
    (void)builder_copy(b, p->row, p->col + 1, y);
    return out_hint != NULL ? builder_put(b, p->row, p->col + 2, out_hint)
                            : builder_copy(b, p->row, p->col + 2, z == NULL ? g->zero : *z);
}

/* out = bit ? x : y in two rows of a Rescue hash; out_hint NULL: out is y again, so bit (x - y) = 0. */
static wire pair_rows(struct builder *b, const struct gadgets *g, uint32_t row, wire bit, wire x, wire y,
                      const fr *out_hint)
{
    builder_guest(b, g->pair, row, 0x303);
    (void)builder_copy(b, row, 0, bit);
    (void)builder_copy(b, row, 1, x);
    (void)builder_copy(b, row + 1, 0, y);
    return out_hint != NULL ? builder_put(b, row + 1, 1, out_hint) : builder_copy(b, row + 1, 1, y);
}

wire g_pair(struct builder *b, const struct gadgets *g, const fr *cx, wire x, const fr *cy, wire y, const fr *cxy,
            const fr *c)
{
    struct spare_place place;
    if (!take_spare(g, &place)) {
        const fr q[8] = {[0] = *cx, [1] = *cy, [5] = *cxy, [7] = *c};
        const wire in[4] = {x, y, g->zero, g->zero};
        return g_row(b, g, q, in);
    }
    const fr q[6] = {*cx, *cy, fr_i64(-1), *cxy, *c};
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
    return spare_row(b, g, &place, q, x, y, NULL, &out);
}

/* x + y - z in two rows of a Rescue hash. */
static wire plus_rows(struct builder *b, const struct gadgets *g, uint32_t row, wire x, wire y, wire z)
{
    fr out = builder_value(b, x);
    const fr vy = builder_value(b, y);
    const fr vz = builder_value(b, z);
    fr_add(&out, &out, &vy);
    fr_sub(&out, &out, &vz);
    builder_guest(b, g->plus, row, 0x303);
    (void)builder_copy(b, row, 0, x);
    (void)builder_copy(b, row, 1, y);
    (void)builder_copy(b, row + 1, 0, z);
    return builder_put(b, row + 1, 1, &out);
}

wire g_add(struct builder *b, const struct gadgets *g, wire x, wire y)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    uint32_t row;
    if (take_pair(g, &row)) return plus_rows(b, g, row, x, y, g->zero);
    return g_pair(b, g, &one, x, &one, y, &zero, &zero);
}

wire g_sub(struct builder *b, const struct gadgets *g, wire x, wire y)
{
    const fr one = FR_ONE;
    const fr zero = FR_ZERO;
    const fr minus = fr_i64(-1);
    uint32_t row;
    if (take_pair(g, &row)) return plus_rows(b, g, row, x, g->zero, y);
    return g_pair(b, g, &one, x, &minus, y, &zero, &zero);
}

wire g_is_zero(struct builder *b, const struct gadgets *g, wire x)
{
    struct spare_place place;
    if (!take_spare(g, &place)) return arith_is_zero(b, &g->arith, x);
    const fr v = builder_value(b, x);
    fr inv_hint;
    fr_inv_vartime(&inv_hint, &v);
    const fr out = fr_u64(fr_is_zero(&v));
    builder_guest(b, place.is_zero, place.row, 7u << place.col);
    (void)builder_copy(b, place.row, place.col, x);
    (void)builder_put(b, place.row, place.col + 1, &inv_hint);
    return builder_put(b, place.row, place.col + 2, &out);
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
    if (g->spares != NULL && g->spares->pair.used < g->spares->pair.n) return g_select(b, g, x, y, g->zero);
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
    uint32_t row;
    if (take_pair(g, &row)) {
        const fr vb = builder_value(b, bit);
        const fr vx = builder_value(b, x);
        const fr vy = builder_value(b, y);
        fr out;
        fr_sub(&out, &vx, &vy);
        fr_mul(&out, &out, &vb);
        fr_add(&out, &out, &vy);
        return pair_rows(b, g, row, bit, x, y, &out);
    }
    const fr q[8] = {[3] = FR_ONE, [5] = FR_ONE, [6] = fr_i64(-1)};
    const wire in[4] = {bit, x, bit, y};
    return g_row(b, g, q, in);
}

wire g_equal(struct builder *b, const struct gadgets *g, wire x, wire y)
{
    return g_is_zero(b, g, g_sub(b, g, x, y));
}

struct picked g_pick(struct builder *b, const struct gadgets *g, wire bit, const fr *x_hint, wire y, const fr *u_hint,
                     wire v)
{
    const uint32_t row = builder_rows(b, 2);
    fr out[2];
    builder_gate(b, g->pick, row);
    const fr on = builder_value(b, builder_copy(b, row, 0, bit));
    const fr other[2] = {builder_value(b, builder_copy(b, row, 2, y)), builder_value(b, builder_copy(b, row, 4, v))};
    const fr *const hint[2] = {x_hint, u_hint};
    for (unsigned i = 0; i < 2; i++) {
        fr_sub(&out[i], hint[i], &other[i]);
        fr_mul(&out[i], &out[i], &on);
        fr_add(&out[i], &out[i], &other[i]);
    }
    return (struct picked){builder_put(b, row, 1, x_hint), builder_put(b, row, 3, u_hint),
                           builder_put(b, row + 1, 0, &out[0]), builder_put(b, row + 1, 4, &out[1])};
}

/* Part of a piece: two terms at most, or one. */
struct scrap {
    wire sel;
    unsigned n;
    struct term t[2];
    fr c;
};
#define SCRAPS_MAX 48

/* Cuts pieces into scraps of two and of one term. */
static void cut_pieces(struct scrap twos[SCRAPS_MAX], size_t *n_twos, struct scrap ones[SCRAPS_MAX], size_t *n_ones,
                       const struct piece *p, size_t n)
{
    *n_twos = *n_ones = 0;
    for (size_t i = 0; i < n; i++) {
        fr c = p[i].c;
        for (unsigned k = 0; k < p[i].n || k == 0; k += 2) {
            const bool two = k + 1 < p[i].n;
            assert(*n_twos < SCRAPS_MAX && *n_ones < SCRAPS_MAX);
            struct scrap *s = two ? &twos[(*n_twos)++] : &ones[(*n_ones)++];
            *s = (struct scrap){.sel = p[i].sel, .n = two ? 2 : p[i].n == 0 ? 0 : 1, .c = c};
            for (unsigned m = 0; m < s->n; m++) s->t[m] = p[i].t[k + m];
            c = (fr)FR_ZERO;
        }
    }
    /* a row has room for one of each: cut some of two if there are too many */
    while (*n_twos > (*n_twos + *n_ones + 1) / 2 && *n_ones + 2 <= SCRAPS_MAX) {
        const struct scrap s = twos[--*n_twos];
        ones[(*n_ones)++] = (struct scrap){s.sel, 1, {s.t[0]}, s.c};
        ones[(*n_ones)++] = (struct scrap){s.sel, 1, {s.t[1]}, FR_ZERO};
    }
}

static fr scrap_value(const struct builder *b, const struct scrap *s)
{
    fr sum = s->c;
    for (unsigned i = 0; i < s->n; i++) {
        fr v = builder_value(b, s->t[i].w);
        fr_mul(&v, &v, &s->t[i].c);
        fr_add(&sum, &sum, &v);
    }
    const fr on = builder_value(b, s->sel);
    fr_mul(&sum, &sum, &on);
    return sum;
}

/* The cell of a scrap's i-th term; out_hint: then the term is new, and its cell the sum's. */
static wire put_term(struct builder *b, const struct gadgets *g, uint32_t row, unsigned col, const struct scrap *s,
                     unsigned i, const fr *out_hint)
{
    if (out_hint != NULL) return builder_put(b, row, col, out_hint);
    return builder_copy(b, row, col, i < s->n ? s->t[i].w : g->zero);
}

/* Rows whose scraps' sum is 0. out_hint: the sum of all but the last piece, of one term, whose wire is new. */
static wire chosen_rows(struct builder *b, const struct gadgets *g, const struct piece *p, size_t n, const fr *out_hint)
{
    struct scrap twos[SCRAPS_MAX], ones[SCRAPS_MAX];
    const struct scrap none = {.sel = g->zero, .c = FR_ZERO};
    const fr zero = FR_ZERO;
    const fr one = FR_ONE;
    size_t n_twos, n_ones;
    cut_pieces(twos, &n_twos, ones, &n_ones, p, out_hint == NULL ? n : n - 1);
    if (out_hint != NULL) ones[n_ones++] = (struct scrap){.sel = p[n - 1].sel, .n = 1, .t = {p[n - 1].t[0]}};
    const size_t half = (n_twos + n_ones + 1) / 2;
    const size_t rows = n_twos > half ? n_twos : half;
    uint32_t row = builder_rows(b, (uint32_t)rows);
    wire out = g->zero;
    size_t i = 0;
    size_t k = 0;
    fr sum = FR_ZERO;
    for (size_t r = 0; r < rows; r++, row++) {
        const bool late = i == n_twos; /* no scrap of two is left */
        const struct scrap *first = !late ? &twos[i++] : k < n_ones ? &ones[k++] : &none;
        const fr *first_out = late && k == n_ones && first != &none ? out_hint : NULL;
        const struct scrap *second = k < n_ones ? &ones[k++] : &none;
        const fr *second_out = k == n_ones && second != &none ? out_hint : NULL;
        const fr q[6] = {
            r == 0 ? zero : one, first->n > 0 ? first->t[0].c : zero,   first->n > 1 ? first->t[1].c : zero,
            second->c,           second->n > 0 ? second->t[0].c : zero, first->c};
        builder_gate(b, r + 1 == rows ? g->chosen_end : g->chosen, row);
        for (unsigned j = 0; j < 6; j++) builder_fix(b, row, g->q[j], &q[j]);
        (void)builder_copy(b, row, 0, first->sel);
        wire w = put_term(b, g, row, 1, first, 0, first_out);
        if (first_out != NULL) out = w;
        (void)put_term(b, g, row, 2, first, 1, NULL);
        (void)builder_copy(b, row, 3, second->sel);
        w = put_term(b, g, row, 4, second, 0, second_out);
        if (second_out != NULL) out = w;
        fr v = first_out != NULL ? *out_hint : scrap_value(b, first);
        if (first_out != NULL) fr_neg(&v, &v);
        fr_add(&sum, &sum, &v);
        v = second_out != NULL ? *out_hint : scrap_value(b, second);
        if (second_out != NULL) fr_neg(&v, &v);
        fr_add(&sum, &sum, &v);
        if (r + 1 < rows) (void)builder_put(b, row + 1, 5, &sum);
    }
    return out;
}

void g_exclusive(struct builder *b, const struct gadgets *g, const struct piece *p, size_t n)
{
    (void)chosen_rows(b, g, p, n, NULL);
}

wire g_chosen(struct builder *b, const struct gadgets *g, const struct piece *p, size_t n)
{
    struct piece all[SCRAPS_MAX];
    assert(n < SCRAPS_MAX);
    fr sum = FR_ZERO;
    for (size_t i = 0; i < n; i++) {
        all[i] = p[i];
        fr v = p[i].c;
        for (unsigned k = 0; k < p[i].n; k++) {
            fr t = builder_value(b, p[i].t[k].w);
            fr_mul(&t, &t, &p[i].t[k].c);
            fr_add(&v, &v, &t);
        }
        const fr on = builder_value(b, p[i].sel);
        fr_mul(&v, &v, &on);
        fr_add(&sum, &sum, &v);
    }
    all[n] = (struct piece){.sel = g->one, .n = 1, .t = {{fr_i64(-1), g->zero}}, .c = FR_ZERO};
    return chosen_rows(b, g, all, n + 1, &sum);
}

void g_when(struct builder *b, const struct gadgets *g, wire sel, const struct term *t, size_t n, const fr *c)
{
    assert(n <= 4);
    struct spare_place place;
    if (n == 1 && g->spares != NULL && take_from(&g->spares->half, &place.row)) {
        builder_guest(b, g->spare_half, place.row, 3u << 3);
        builder_fix(b, place.row, g->q[5], &t[0].c);
        builder_fix(b, place.row, g->q[6], c);
        (void)builder_copy(b, place.row, 3, sel);
        (void)builder_copy(b, place.row, 4, t[0].w);
        return;
    }
    if (n <= 2 && take_spare(g, &place)) {
        const fr zero = FR_ZERO;
        const fr q[6] = {*c, zero, zero, n > 0 ? t[0].c : zero, zero, n > 1 ? t[1].c : zero};
        (void)spare_row(b, g, &place, q, sel, n > 0 ? t[0].w : g->zero, n > 1 ? &t[1].w : NULL, NULL);
        return;
    }
    const uint32_t row = builder_rows(b, 1);
    builder_gate(b, g->when, row);
    (void)builder_copy(b, row, 0, sel);
    const fr zero = FR_ZERO;
    for (unsigned i = 0; i < 4; i++) {
        builder_fix(b, row, g->q[1 + i], i < n ? &t[i].c : &zero);
        (void)builder_copy(b, row, 1 + i, i < n ? t[i].w : g->zero);
    }
    builder_fix(b, row, g->q[5], c);
}

void g_trade(struct builder *b, const struct gadgets *g, const struct trade *t)
{
    const uint32_t row = builder_rows(b, 3);
    const wire first[PLONK_COPY] = {t->sel, t->x, t->y, t->u, t->v};
    const wire second[PLONK_COPY] = {t->stated, t->z, t->gain, t->p, t->q};
    fr v[2][PLONK_COPY], product, other, inverse_hint;
    const fr one = FR_ONE;
    builder_gate(b, g->nonzero, row);
    builder_gate(b, g->price, row + 1);
    for (unsigned i = 0; i < PLONK_COPY; i++) {
        v[0][i] = builder_value(b, builder_copy(b, row, i, first[i]));
        v[1][i] = builder_value(b, builder_copy(b, row + 1, i, second[i]));
    }
    (void)builder_copy(b, row + 2, 0, t->room);
    fr_sub(&product, &v[0][1], &v[0][2]);
    fr_sub(&other, &v[0][3], &v[0][4]);
    fr_mul(&product, &product, &other);
    fr stated = v[1][1];
    fr_sub(&stated, &stated, &one);
    fr_mul(&stated, &stated, &v[1][0]);
    fr_add(&stated, &stated, &one);
    fr_mul(&inverse_hint, &product, &stated);
    fr_inv_vartime(&inverse_hint, &inverse_hint);
    (void)builder_put(b, row, 5, &inverse_hint);
    (void)builder_put(b, row, 6, &product);
    (void)builder_put(b, row, 7, &stated);
    (void)builder_put(b, row + 1, 5, &v[0][0]);
    if (g->spares != NULL) add_to(&g->spares->end, row + 2);
}

void g_if_equal_two(struct builder *b, const struct gadgets *g, wire sel, wire x, wire y, wire u, wire v)
{
    uint32_t row;
    const wire in[PLONK_COPY] = {sel, x, y, u, v};
    if (g->spares != NULL && take_from(&g->spares->start, &row)) {
        builder_guest(b, g->twice, row, 0x1f);
    } else {
        row = builder_rows(b, 1);
        builder_gate(b, g->twice, row);
    }
    for (unsigned i = 0; i < PLONK_COPY; i++) (void)builder_copy(b, row, i, in[i]);
}

void g_if_equal(struct builder *b, const struct gadgets *g, wire sel, wire x, wire y)
{
    uint32_t row;
    if (take_pair(g, &row)) {
        (void)pair_rows(b, g, row, sel, x, y, NULL);
        return;
    }
    const fr zero = FR_ZERO;
    const struct term t[2] = {{FR_ONE, x}, {fr_i64(-1), y}};
    g_when(b, g, sel, t, 2, &zero);
}

void g_if_const(struct builder *b, const struct gadgets *g, wire sel, wire x, const fr *c)
{
    const struct term t[1] = {{FR_ONE, x}};
    fr minus_c;
    fr_neg(&minus_c, c);
    g_when(b, g, sel, t, 1, &minus_c);
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

/* ---- ranges */

static unsigned bits_at(const uint64_t limbs[4], unsigned at, unsigned n)
{
    uint64_t v = limbs[at / 64] >> at % 64;
    if (at % 64 != 0 && at / 64 < 3) v |= limbs[at / 64 + 1] << (64 - at % 64);
    return (unsigned)(v & ((1ULL << n) - 1));
}

/* The last row of a range with one or two limbs in it: its columns from 2 or 3 are free. */
static void free_end(struct builder *b, const struct gadgets *g, uint32_t row, unsigned limbs)
{
    if (g->spares == NULL || limbs > 2) return;
    const fr none = FR_ZERO;
    builder_fix(b, row, g->q[0], &none);
    for (unsigned j = 1 + limbs; j <= 4; j++) builder_fix(b, row, g->q[j], &none);
    add_to(limbs == 1 ? &g->spares->end : &g->spares->half, row);
}

/* Rows of limbs of the value, which is put into column 0 of the first. whole: the caller wants the rest of the row. */
static wire range_rows(struct builder *b, const struct gadgets *g, fr value, unsigned bits, bool whole)
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
        if (r + 1 == rows) {
            if (!whole) free_end(b, g, row + r, limbs - 4 * r);
            break;
        }
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
    wire copy = range_rows(b, g, builder_value(b, x), bits, false);
    builder_connect(b, copy, x);
}

wire g_number(struct builder *b, const struct gadgets *g, const fr *v_hint, unsigned bits)
{
    return range_rows(b, g, *v_hint, bits, false);
}

wire g_number_and(struct builder *b, const struct gadgets *g, const fr *v_hint, unsigned bits,
                  const uint32_t small_hints[2], const unsigned widths[2], wire small[2])
{
    assert(bits <= 2 * LIMB_BITS);
    wire out = range_rows(b, g, *v_hint, bits, true);
    const fr none = FR_ZERO;
    builder_open(b, "range");
    for (unsigned j = 0; j < 2; j++) {
        if (widths[j] == 0) continue;
        const fr v = fr_u64(small_hints[j]);
        const fr tag = fr_u64(widths[j]);
        small[j] = builder_put(b, wire_row(out), 3 + j, &v);
        builder_fix(b, wire_row(out), g->q[3 + j], &none);
        builder_fix(b, wire_row(out), g->q[11 + j], &tag);
        builder_lookup(b, g->look[3 + j], wire_row(out));
    }
    builder_close(b);
    return out;
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

/* Where rows of a message begin: ends of fields in any layout, bytes 31 and 63, which elements share, and 5, 37 and 69,
 * which elements of the orders' hash share. */
static const uint8_t message_cuts[] = {0,  5,  6,  26, 30, 31, 32, 37, 38, 42, 50, 52, 53,
                                       58, 61, 63, 64, 69, 70, 72, 73, 76, 77, 88, 89, MESSAGE_BYTES};

void g_message(struct builder *b, const struct gadgets *g, const uint8_t bytes_hint[MESSAGE_BYTES], struct message *out)
{
    builder_open(b, "message");
    fr suffix[MESSAGE_BYTES + 3];
    wire *const at_cut = out->suffix;
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
            if (at == 53) out->byte_53 = builder_wire(row, 1);
            if (at == 67) {
                out->prefix[67] = builder_wire(row, 0);
                out->byte_67 = builder_wire(row, 1);
            }
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
    g_spare_last(g, out.old_node);
    builder_close(b);
    return out;
}

/* ---- packed numbers */

static struct packed packed_rows(struct builder *b, const struct gadgets *g, uint64_t packed_hint, wire *mantissa)
{
    const uint32_t row = builder_rows(b, 2);
    builder_gate(b, g->packed, row);
    fr part[3] = {FR_ONE, FR_ONE, FR_ONE}; /* of bits 0 and 1, 2 and 3, 4 */
    fr ten = fr_u64(10);
    for (unsigned i = 0; i < 5; i++) {
        const fr bit = fr_u64(packed_hint >> i & 1);
        (void)builder_put(b, row, i, &bit);
        if (packed_hint >> i & 1) fr_mul(&part[i / 2], &part[i / 2], &ten);
        fr_sqr(&ten, &ten);
    }
    fr power = part[2];
    for (unsigned i = 0; i < 2; i++) {
        (void)builder_put(b, row, 6 + i, &part[i]);
        fr_mul(&power, &power, &part[i]);
    }
    (void)builder_put(b, row, 5, &power);
    const fr m = fr_u64(packed_hint >> 5);
    const fr packed = fr_u64(packed_hint);
    fr value;
    fr_mul(&value, &m, &power);
    *mantissa = builder_put(b, row + 1, 0, &m);
    return (struct packed){builder_put(b, row + 1, 1, &packed), builder_put(b, row + 1, 2, &value)};
}

struct packed g_packed(struct builder *b, const struct gadgets *g, uint64_t packed_hint, unsigned mantissa_bits)
{
    builder_open(b, "packed");
    wire mantissa;
    struct packed out = packed_rows(b, g, packed_hint, &mantissa);
    g_range(b, g, mantissa, mantissa_bits);
    builder_close(b);
    return out;
}

struct packed g_packed_from(struct builder *b, const struct gadgets *g, uint64_t packed_hint, wire mantissa)
{
    builder_open(b, "packed");
    wire own;
    struct packed out = packed_rows(b, g, packed_hint, &own);
    builder_connect(b, own, mantissa);
    builder_close(b);
    return out;
}

/* ---- one of sixteen */

void g_member(struct builder *b, const struct gadgets *g, wire small, wire x, wire y, const wire list[16])
{
    builder_open(b, "member");
    const uint32_t row = builder_rows(b, MEMBER_ROWS + 1);
    const wire parts[3] = {small, x, y};
    const fr scale[3] = {FR_ONE, fr_u64(16), fr_u64(1 << 20)};
    fr value = FR_ZERO;
    for (unsigned i = 0; i < 3; i++) {
        fr v = builder_value(b, builder_copy(b, row + MEMBER_ROWS, i, parts[i]));
        fr_mul(&v, &v, &scale[i]);
        fr_add(&value, &value, &v);
    }
    fr product = FR_ONE;
    (void)builder_copy(b, row, 4, g->one);
    for (unsigned r = 0; r < MEMBER_ROWS; r++) {
        builder_gate(b, g->member, row + r);
        (void)builder_put(b, row + r, 5, &value);
        for (unsigned i = 0; i < 4; i += 2) {
            fr first = builder_value(b, builder_copy(b, row + r, i, list[4 * r + i]));
            fr second = builder_value(b, builder_copy(b, row + r, i + 1, list[4 * r + i + 1]));
            fr_sub(&first, &value, &first);
            fr_sub(&second, &value, &second);
            fr_mul(&first, &first, &second);
            (void)builder_put(b, row + r, 6 + i / 2, &first);
            fr_mul(&product, &product, &first);
        }
        (void)builder_put(b, row + r + 1, 4, &product);
    }
    (void)builder_put(b, row + MEMBER_ROWS, 5, &value);
    builder_gate(b, g->member_end, row + MEMBER_ROWS);
    builder_connect(b, builder_wire(row + MEMBER_ROWS, 4), g->zero);
    builder_close(b);
}

void g_entries(struct builder *b, const struct gadgets *g, wire x, wire y, unsigned i, wire *first, wire *second)
{
    const uint32_t row = builder_rows(b, 1);
    const wire in[2] = {x, y};
    wire *const out[2] = {first, second};
    const fr scale = fr_u64(16);
    builder_gate(b, g->entries, row);
    for (unsigned j = 0; j < 2; j++) {
        const fr no = fr_u64(i + j);
        fr v = builder_value(b, builder_copy(b, row, 2 * j, in[j]));
        fr_mul(&v, &v, &scale);
        fr_add(&v, &v, &no);
        builder_fix(b, row, g->q[j], &no);
        *out[j] = builder_put(b, row, 2 * j + 1, &v);
    }
}

/* ---- kinds */

/* Row r: flags 5 (FLAG_ROWS - 1 - r) .., in columns 0 .. 4, with the control word of those before in column 5. */
static void flag_rows(struct builder *b, const struct gadgets *g, uint32_t row, uint64_t flags, struct control *out)
{
    const fr shift = fr_u64(1 << PLONK_COPY);
    const fr none = FR_ZERO;
    for (unsigned r = 0; r < FLAG_ROWS; r++) {
        const unsigned first = PLONK_COPY * (FLAG_ROWS - 1 - r);
        builder_gate(b, g->flags, row + r);
        builder_fix(b, row + r, g->q[0], r == 0 ? &none : &shift);
        for (unsigned j = 0; j < PLONK_COPY; j++) {
            const fr bit = fr_u64(flags >> (first + j) & 1);
            wire w = builder_put(b, row + r, j, &bit);
            if (first + j < SLOT_FLAGS) out->on[first + j] = w;
        }
        const fr word = fr_u64(flags >> first);
        (void)builder_put(b, row + r + 1, 5, &word);
    }
}

/* Two constants of the kind, in columns 6 and 7, and in columns 0 and 4 of the next row. */
static void constant_row(struct builder *b, const struct gadgets *g, uint32_t row, unsigned first_tag, const fr v[2])
{
    builder_gate(b, g->constants, row);
    for (unsigned j = 0; j < 2; j++) {
        const fr tag = fr_u64(first_tag + j);
        builder_fix(b, row, g->q[10 + j], &tag);
        builder_lookup(b, g->look[2 + j], row);
        (void)builder_put(b, row, 6 + j, &v[j]);
        (void)builder_put(b, row + 1, 4 * j, &v[j]);
    }
}

void g_control(struct builder *b, const struct gadgets *g, enum slot_kind kind_hint, const fr hints[3],
               struct control *out)
{
    static_assert(PLONK_COPY * FLAG_ROWS < 64, "a control word fits");
    builder_open(b, "control");
    fr v[KIND_VALUES];
    const fr kind = fr_u64(kind_hint);
    const fr tag = fr_u64(TAG_KIND);
    kind_values(v, kind_hint);
    const uint32_t first = builder_rows(b, FLAG_ROWS + 3);
    const uint32_t row = first + FLAG_ROWS;
    flag_rows(b, g, first, kind_hint < SLOT_KINDS ? kind_info(kind_hint)->flags : 0, out);
    out->kind = builder_put(b, row, 1, &kind);
    builder_fix(b, row, g->q[9], &tag);
    builder_lookup(b, g->look[1], row);
    for (unsigned r = 0; r < 2; r++) {
        for (unsigned j = 2; j <= 3; j++) (void)builder_copy(b, row + r, j, out->kind);
        constant_row(b, g, row + r, TAG_KIND + 1 + 2 * r, v + 1 + 2 * r);
    }
    out->opcode = builder_wire(row + 1, 0);
    out->type = builder_wire(row + 1, 4);
    out->way_a = builder_wire(row + 2, 0);
    out->way_b = builder_wire(row + 2, 4);
    for (unsigned j = 0; j < 3; j++) out->hints[j] = builder_put(b, row + 2, 1 + j, &hints[j]);
    builder_close(b);
}

void g_order(struct builder *b, const struct gadgets *g, wire before, wire kind)
{
    const fr tag = fr_u64(TAG_ORDER);
    const fr q[8] = {fr_u64(ORDER_BASE), FR_ONE};
    const wire in[4] = {before, kind, g->zero, g->zero};
    wire out = g_row(b, g, q, in);
    const uint32_t row = b->cs->failed == ZK_OK ? wire_row(out) : 0;
    builder_fix(b, row, g->q[12], &tag);
    builder_lookup(b, g->look[4], row);
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
        fr three;
        fr_mul(&three, &acc.x, &acc.y);
        fr_mul(&three, &three, &p.x);
        (void)builder_put(b, row + i, 7, &three);
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
