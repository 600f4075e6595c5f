/* Definition and sealing of a constraint system. The identity's constraints stand in this order, which is that of the
 * powers of alpha: the gates' constraints in the order they were required, the two of the copies, the lookup helpers,
 * the running sum. */
#include "plonk/cs.h"

#include <stdio.h>
#include <string.h>

#define GRAPH_NODES 16384

void cs_failed(struct cs *cs, zk_err err)
{
    if (cs->failed != ZK_OK) return;
    cs->failed = err;
    (void)snprintf(cs->failed_text, sizeof(cs->failed_text), "%s", zk_err_message());
}

static fr *zeroed_column(struct cs *cs, size_t n)
{
    fr *column = arena_push(cs->arena, fr, n);
    if (column != NULL) memset(column, 0, n * sizeof(fr));
    return column;
}

zk_err cs_init(struct cs *cs, const struct cs_config *config, struct arena *arena)
{
    memset(cs, 0, sizeof(*cs));
    if (config->log_t < PLONK_LOG_N_MIN || config->log_t > PLONK_LOG_N_MAX)
        return zk_fail(ZK_ERR_RANGE, "a circuit's period of 2^%u rows is outside 2^%u .. 2^%u", config->log_t,
                       PLONK_LOG_N_MIN, PLONK_LOG_N_MAX);
    cs->config = *config;
    cs->arena = arena;
    cs->period = 1u << config->log_t;
    ZK_TRY(expr_graph_init(&cs->graph, GRAPH_NODES, arena));
    size_t cells = (size_t)cs->period * PLONK_COPY;
    cs->active = arena_push(arena, uint64_t, cs->period);
    cs->fixed_set = arena_push(arena, uint64_t, cs->period);
    cs->copy_next = arena_push(arena, uint32_t, cells);
    cs->copy_rep = arena_push(arena, uint32_t, cells);
    cs->copy_size = arena_push(arena, uint32_t, cells);
    cs->row_label = arena_push(arena, uint16_t, cs->period);
    cs->guest_label = arena_push(arena, uint16_t, cs->period);
    cs->guest_cells = arena_push(arena, uint8_t, cs->period);
    cs->guest_gate = arena_push(arena, uint8_t, cs->period);
    if (cs->active == NULL || cs->fixed_set == NULL || cs->copy_next == NULL || cs->copy_rep == NULL ||
        cs->copy_size == NULL || cs->row_label == NULL || cs->guest_label == NULL || cs->guest_cells == NULL ||
        cs->guest_gate == NULL)
        return ZK_ERR_FULL;
    memset(cs->active, 0, cs->period * sizeof(uint64_t));
    memset(cs->fixed_set, 0, cs->period * sizeof(uint64_t));
    memset(cs->row_label, 0, cs->period * sizeof(uint16_t));
    memset(cs->guest_label, 0, cs->period * sizeof(uint16_t));
    memset(cs->guest_cells, 0, cs->period);
    memset(cs->guest_gate, 0, cs->period);
    for (uint32_t i = 0; i < cells; i++) {
        cs->copy_next[i] = i;
        cs->copy_rep[i] = i;
        cs->copy_size[i] = 1;
    }
    cs->labels[0].name = "circuit";
    cs->n_labels = 1;
    for (int w = 0; w < PLONK_TUPLE_MAX && config->table_cap > 0; w++) {
        cs->table[w] = arena_push(arena, fr, config->table_cap);
        if (cs->table[w] == NULL) return ZK_ERR_FULL;
    }
    return ZK_OK;
}

static fixed_id add_fixed(struct cs *cs, const char *name)
{
    assert(cs->n_fixed < PLONK_FIXED_MAX - PLONK_COPY);
    fr *column = zeroed_column(cs, cs->period);
    if (column == NULL) {
        cs_failed(cs, zk_fail(ZK_ERR_FULL, "no memory for fixed column %s", name));
        column = cs->fixed[0]; /* never used: cs_seal fails */
    }
    cs->fixed[cs->n_fixed] = column;
    cs->fixed_name[cs->n_fixed] = name;
    return (fixed_id){(uint16_t)cs->n_fixed++};
}

fixed_id cs_fixed(struct cs *cs, const char *name)
{
    assert(!cs->sealed);
    return add_fixed(cs, name);
}

fixed_id cs_coefficient(struct cs *cs, unsigned i)
{
    assert(i < ZK_COUNT(cs->shared));
    while (cs->n_shared <= i) cs->shared[cs->n_shared++] = cs_fixed(cs, "coefficient");
    return cs->shared[i];
}

expr cs_cell(struct cs *cs, unsigned col, unsigned rot)
{
    assert(col < PLONK_ADVICE);
    if (rot == 1) cs->next_used[col] = true;
    return expr_advice(&cs->graph, col, rot);
}

expr cs_fixed_cell(struct cs *cs, fixed_id col)
{
    assert(col.i < cs->n_fixed);
    return expr_fixed(&cs->graph, col.i);
}

expr cs_public(struct cs *cs, uint32_t i)
{
    assert(i < cs->config.n_public);
    return expr_public(&cs->graph, i);
}

gate_id cs_gate(struct cs *cs, const char *name, gate_where where)
{
    assert(!cs->sealed);
    assert(cs->n_gates < PLONK_GATES_MAX);
    struct cs_gate *g = &cs->gates[cs->n_gates];
    *g = (struct cs_gate){.name = name, .where = where};
    if (where == GATE_ROWS || where == GATE_ROWS_NOT_LAST) {
        assert(cs->n_bits < PLONK_GATES_MAX);
        g->bit = (uint8_t)cs->n_bits++;
    }
    return (gate_id){(uint16_t)cs->n_gates++};
}

void cs_require(struct cs *cs, gate_id gate, const char *label, expr e)
{
    assert(!cs->sealed);
    assert(gate.i < cs->n_gates);
    assert(cs->n_constraints < PLONK_CONSTRAINTS);
    unsigned degree = expr_degree(&cs->graph, e);
    assert(degree + 1 <= PLONK_DEGREE); /* one factor is the selector */
    struct cs_gate *g = &cs->gates[gate.i];
    if (degree > g->degree) g->degree = (uint8_t)degree;
    cs->constraints[cs->n_constraints++] = (struct cs_constraint){e, label, gate.i};
}

uint32_t cs_table_row(struct cs *cs, const fr *tuple, size_t width)
{
    assert(!cs->sealed);
    assert(width >= 1 && width <= PLONK_TUPLE_MAX);
    if (cs->table_rows == cs->config.table_cap) {
        cs_failed(cs, zk_fail(ZK_ERR_FULL, "the lookup table has room for %u rows only", cs->config.table_cap));
        return 0;
    }
    for (size_t w = 0; w < PLONK_TUPLE_MAX; w++) cs->table[w][cs->table_rows] = w < width ? tuple[w] : FR_ZERO;
    if (width > cs->table_width) cs->table_width = (uint32_t)width;
    return cs->table_rows++;
}

void cs_table_range(struct cs *cs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        fr x;
        fr_from_u64(&x, i);
        (void)cs_table_row(cs, &x, 1);
    }
}

lookup_id cs_lookup(struct cs *cs, const char *name, const expr *tuple, size_t width)
{
    assert(!cs->sealed);
    assert(width >= 1 && width <= PLONK_TUPLE_MAX);
    assert(cs->n_lookups < PLONK_LOOKUPS_MAX && cs->n_bits < PLONK_GATES_MAX);
    struct cs_lookup *l = &cs->lookups[cs->n_lookups];
    *l = (struct cs_lookup){.name = name, .bit = (uint8_t)cs->n_bits++};
    for (size_t w = 0; w < PLONK_TUPLE_MAX; w++) {
        l->tuple[w] = w < width ? tuple[w] : expr_zero();
        unsigned degree = expr_degree(&cs->graph, l->tuple[w]);
        if (degree > l->degree) l->degree = (uint8_t)degree;
    }
    assert(l->degree <= PLONK_DEGREE - 2);
    return (lookup_id){(uint16_t)cs->n_lookups++};
}

/* ---- selectors: gates and lookups that are on in the same rows are one class with one selector; classes that are
 * never on together share a column with values 1, 2, .. */

struct selector_group {
    uint64_t members; /* bits */
    unsigned count;   /* classes in it */
    unsigned room;    /* the least number of classes that one of its members can bear */
    uint64_t class_members[PLONK_DEGREE];
};

/* For each bit, the bits that are on in a same row somewhere, and those that are on in exactly the same rows. */
static void compare_rows(const struct cs *cs, uint64_t together[PLONK_GATES_MAX], uint64_t same[PLONK_GATES_MAX])
{
    for (unsigned bit = 0; bit < cs->n_bits; bit++) {
        together[bit] = 0;
        same[bit] = ~0ULL;
    }
    for (uint32_t row = 0; row < cs->period; row++) {
        const uint64_t on = cs->active[row];
        for (unsigned bit = 0; bit < cs->n_bits; bit++) {
            if (on >> bit & 1) together[bit] |= on;
            same[bit] &= on >> bit & 1 ? on : ~on;
        }
    }
}

/* How many classes may share a column with this one: the selector's degree is their number. */
static unsigned selector_room(const struct cs *cs, unsigned bit)
{
    for (uint32_t i = 0; i < cs->n_gates; i++)
        if (cs->gates[i].where <= GATE_ROWS_NOT_LAST && cs->gates[i].bit == bit)
            return PLONK_DEGREE - cs->gates[i].degree;
    return 2; /* a lookup: its selector multiplies the other three tuples and the table, 2 + 3 + 1 <= 6 */
}

static struct cs_selector *selector_of(struct cs *cs, unsigned bit)
{
    for (uint32_t i = 0; i < cs->n_gates; i++)
        if (cs->gates[i].where <= GATE_ROWS_NOT_LAST && cs->gates[i].bit == bit) return &cs->gates[i].selector;
    for (uint32_t i = 0; i < cs->n_lookups; i++)
        if (cs->lookups[i].bit == bit) return &cs->lookups[i].selector;
    assert(false);
    return NULL;
}

/* q * prod_{j != v} (j - q) / (v * prod_{j != v} (j - v)) over j = 1 .. k: 1 at q = v, 0 at the other values and at 0.
 * */
static expr selector_expr(struct cs *cs, unsigned col, unsigned v, unsigned k)
{
    struct expr_graph *g = &cs->graph;
    expr q = expr_fixed(g, col);
    expr product = q;
    fr norm, factor;
    fr_from_u64(&norm, v);
    for (unsigned j = 1; j <= k; j++) {
        if (j == v) continue;
        product = expr_mul(g, product, expr_sub(g, expr_u64(g, j), q));
        fr_from_u64(&factor, j > v ? j - v : v - j);
        if (j < v) fr_neg(&factor, &factor);
        fr_mul(&norm, &norm, &factor);
    }
    fr_inv(&norm, &norm);
    return expr_scale(g, &norm, product);
}

static void write_group(struct cs *cs, const struct selector_group *group)
{
    fixed_id col = add_fixed(cs, "selector");
    if (cs->failed != ZK_OK) return;
    for (unsigned v = 1; v <= group->count; v++) {
        const uint64_t members = group->class_members[v - 1];
        const expr when = selector_expr(cs, col.i, v, group->count);
        for (uint64_t rest = members; rest != 0; rest &= rest - 1)
            *selector_of(cs, (unsigned)__builtin_ctzll(rest)) =
                (struct cs_selector){.col = col.i, .value = (uint8_t)v, .of = (uint8_t)group->count, .when = when};
        fr value;
        fr_from_u64(&value, v);
        for (uint32_t row = 0; row < cs->period; row++)
            if ((cs->active[row] & members) != 0) cs->fixed[col.i][row] = value;
    }
}

/* First fit, in the order of definition. */
static void pack_selectors(struct cs *cs)
{
    uint64_t together[PLONK_GATES_MAX], same[PLONK_GATES_MAX], done = 0;
    struct selector_group groups[PLONK_GATES_MAX];
    const uint64_t all = cs->n_bits == 64 ? ~0ULL : (1ULL << cs->n_bits) - 1;
    unsigned n_groups = 0;
    compare_rows(cs, together, same);
    for (unsigned bit = 0; bit < cs->n_bits; bit++) {
        if (done >> bit & 1) continue;
        const uint64_t members = same[bit] & all;
        unsigned room = PLONK_DEGREE;
        for (uint64_t rest = members; rest != 0; rest &= rest - 1) {
            unsigned r = selector_room(cs, (unsigned)__builtin_ctzll(rest));
            if (r < room) room = r;
        }
        unsigned g = 0;
        for (; g < n_groups; g++) {
            const struct selector_group *have = &groups[g];
            if (have->count + 1 <= room && have->count + 1 <= have->room && (have->members & together[bit]) == 0) break;
        }
        if (g == n_groups) groups[n_groups++] = (struct selector_group){.room = room};
        groups[g].members |= members;
        if (room < groups[g].room) groups[g].room = room;
        groups[g].class_members[groups[g].count++] = members;
        done |= members;
    }
    for (unsigned g = 0; g < n_groups; g++) write_group(cs, &groups[g]);
}

/* ---- lookups */

/* Lookups into sums: the first has the table and phi with it, 1 + 1 + degrees <= 6; a helper has 1 + degrees <= 6. */
static void group_lookups(struct cs *cs)
{
    unsigned used = 2;
    uint8_t chunk = 0;
    for (uint32_t i = 0; i < cs->n_lookups; i++) {
        if (used + cs->lookups[i].degree > PLONK_DEGREE) {
            chunk++;
            used = 1;
        }
        used += cs->lookups[i].degree;
        cs->lookups[i].chunk = chunk;
    }
    assert(chunk <= PLONK_CHUNK_HELPERS);
    cs->n_chunks = cs->n_lookups == 0 ? 0 : chunk + 1u;
}

/* The identity is linear in the auxiliary columns of this row: its parts, collected on the way. */
struct linear {
    expr sum_without_m, m_factor; /* num_0 = sum_without_m - m * m_factor */
};

/* lambda - (t_0 + eta t_1 + eta^2 t_2 + ..) */
static expr pole(struct cs *cs, const expr *tuple)
{
    struct expr_graph *g = &cs->graph;
    expr eta = expr_challenge_leaf(g, CHALLENGE_ETA);
    expr fold = tuple[cs->table_width - 1];
    for (uint32_t w = cs->table_width - 1; w-- > 0;) fold = expr_add(g, expr_mul(g, fold, eta), tuple[w]);
    return expr_sub(g, expr_challenge_leaf(g, CHALLENGE_LAMBDA), fold);
}

/* The sum of one chunk as a fraction: over its lookups selector / pole, in the first also -m / (table's pole). */
static void sum_fraction(struct cs *cs, unsigned chunk, struct linear *linear)
{
    struct expr_graph *g = &cs->graph;
    expr num[PLONK_LOOKUPS_MAX + 1] = {{0}}, den[PLONK_LOOKUPS_MAX + 1] = {{0}};
    size_t n = 0;
    for (uint32_t i = 0; i < cs->n_lookups; i++) {
        if (cs->lookups[i].chunk != chunk) continue;
        num[n] = cs->lookups[i].selector.when;
        den[n++] = pole(cs, cs->lookups[i].tuple);
    }
    if (chunk == 0) {
        expr row[PLONK_TUPLE_MAX];
        for (uint32_t w = 0; w < PLONK_TUPLE_MAX; w++) row[w] = expr_table(g, w);
        num[n] = expr_neg(g, expr_aux(g, AUX_M, 0));
        den[n++] = pole(cs, row);
    }
    assert(n >= 1);
    expr a = num[0];
    expr b = den[0];
    for (size_t i = 1; i < n; i++) {
        if (chunk == 0 && i + 1 == n) { /* the table: numerator -m */
            linear->sum_without_m = expr_mul(g, a, den[i]);
            linear->m_factor = b;
        }
        a = expr_add(g, expr_mul(g, a, den[i]), expr_mul(g, num[i], b));
        b = expr_mul(g, b, den[i]);
    }
    cs->sum_num[chunk] = a;
    cs->sum_den[chunk] = b;
}

/* ---- the whole identity */

/* Adds the constraint e with the next power of alpha. */
static expr with_alpha(struct cs *cs, expr sum, expr e)
{
    assert(expr_degree(&cs->graph, e) <= PLONK_DEGREE);
    return expr_add(&cs->graph, sum, expr_mul(&cs->graph, e, expr_alpha(&cs->graph, cs->n_alphas++)));
}

static expr gate_guard(struct cs *cs, const struct cs_gate *gate)
{
    struct expr_graph *g = &cs->graph;
    switch (gate->where) {
    case GATE_FIRST: return expr_first(g);
    case GATE_LAST: return expr_last(g);
    case GATE_ROWS: break;
    case GATE_ROWS_NOT_LAST:
        return expr_mul(g, gate->selector.when, expr_sub(g, expr_x(g), expr_challenge_leaf(g, CHALLENGE_OMEGA_LAST)));
    }
    return gate->selector.when;
}

/* The sum of alpha^k c_k over the constraints of a gate, arranged for evaluation in many rows: where several c_k
 * contain one vector node v with scalar factors (the S-boxes under a matrix), v is multiplied once, by a scalar that
 * is computed once a run. What only one c_k contains stays inside it: a sum costs one reduction, whatever its length.
 * */
struct spread {
    struct cs *cs;
    expr *factor;    /* [nodes] of the sum of alpha^k * scalar */
    uint16_t *count; /* [nodes] how many constraints contain the node */
    uint16_t *last;  /* [nodes] the last of them + 1 */
    uint32_t *list;  /* nodes met */
    uint32_t n_list, cap;
    expr scalars, own; /* what has no vector part; what stays in the constraint at hand */
    bool counting;
    uint32_t k; /* the constraint at hand */
};

/* 1 or -1 for these constants, else 0. */
static int unit_sign(const struct expr_graph *g, expr e)
{
    if (g->nodes[e.id].kind != EXPR_CONST) return 0;
    fr c = g->consts[g->nodes[e.id].a];
    if (fr_is_one(&c)) return 1;
    fr_neg(&c, &c);
    return fr_is_one(&c) ? -1 : 0;
}

static void spread_vector(struct spread *s, expr v, expr scale)
{
    struct expr_graph *g = &s->cs->graph;
    if (s->counting) {
        if (unit_sign(g, scale) != 0) return; /* inside its constraint it costs nothing */
        if (s->count[v.id] == 0) s->list[s->n_list++] = v.id;
        if (s->last[v.id] != s->k + 1) s->count[v.id]++;
        s->last[v.id] = (uint16_t)(s->k + 1);
    } else if (s->count[v.id] > 1) {
        const expr alpha = expr_alpha(g, s->k);
        s->factor[v.id] = expr_add(g, s->factor[v.id], expr_mul(g, scale, alpha));
    } else {
        s->own = unit_sign(g, scale) < 0 ? expr_sub(g, s->own, v) : expr_add(g, s->own, expr_mul(g, v, scale));
    }
}

/* Adds scale * e. */
static void spread(struct spread *s, expr e, expr scale)
{
    struct expr_graph *g = &s->cs->graph;
    const struct expr_node n = g->nodes[e.id];
    if (n.scalar) {
        if (s->counting) return;
        s->scalars = expr_add(g, s->scalars, expr_mul(g, expr_mul(g, e, scale), expr_alpha(g, s->k)));
    } else if (n.kind == EXPR_ADD || n.kind == EXPR_SUB) {
        spread(s, (expr){n.a}, scale);
        spread(s, (expr){n.b}, n.kind == EXPR_SUB ? expr_neg(g, scale) : scale);
    } else if (n.kind == EXPR_MUL && g->nodes[n.a].scalar) {
        spread(s, (expr){n.b}, expr_mul(g, scale, (expr){n.a}));
    } else if (n.kind == EXPR_MUL && g->nodes[n.b].scalar) {
        spread(s, (expr){n.a}, expr_mul(g, scale, (expr){n.b}));
    } else {
        spread_vector(s, e, scale);
    }
}

/* Of constraints first .. end - 1; constraint k has alpha^k. */
static expr spread_run(struct spread *s, uint32_t first, uint32_t end)
{
    struct expr_graph *g = &s->cs->graph;
    expr sum = expr_zero();
    s->scalars = expr_zero();
    s->n_list = 0;
    for (int pass = 0; pass < 2; pass++) {
        s->counting = pass == 0;
        for (s->k = first; s->k < end; s->k++) {
            s->own = expr_zero();
            spread(s, s->cs->constraints[s->k].e, expr_u64(g, 1));
            if (!s->counting) sum = expr_add(g, sum, expr_mul(g, s->own, expr_alpha(g, s->k)));
        }
    }
    for (uint32_t i = 0; i < s->n_list; i++) {
        const uint32_t v = s->list[i];
        sum = expr_add(g, sum, expr_mul(g, (expr){v}, s->factor[v]));
        s->factor[v] = expr_zero();
        s->count[v] = 0;
        s->last[v] = 0;
    }
    return expr_add(g, sum, s->scalars);
}

static zk_err spread_init(struct spread *s, struct cs *cs)
{
    const uint32_t cap = cs->graph.cap_nodes;
    *s = (struct spread){.cs = cs, .cap = cap};
    s->factor = arena_push(cs->arena, expr, cap);
    s->count = arena_push(cs->arena, uint16_t, cap);
    s->last = arena_push(cs->arena, uint16_t, cap);
    s->list = arena_push(cs->arena, uint32_t, cap);
    if (s->factor == NULL || s->count == NULL || s->last == NULL || s->list == NULL) return ZK_ERR_FULL;
    memset(s->factor, 0, cap * sizeof(expr)); /* node 0 is the constant 0 */
    memset(s->count, 0, cap * sizeof(uint16_t));
    memset(s->last, 0, cap * sizeof(uint16_t));
    return ZK_OK;
}

/* selector * (sum of alpha^k constraint_k), over runs of constraints of one gate: as it stands for the verifier, which
 * has one point, and spread for the prover. */
static zk_err gates_identity(struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    struct spread s;
    const size_t mark = arena_mark(cs->arena);
    ZK_TRY(spread_init(&s, cs));
    cs->identity = cs->rest = expr_zero();
    for (uint32_t i = 0; i < cs->n_constraints;) {
        const uint32_t first = i;
        const uint16_t gate = cs->constraints[i].gate;
        const expr guard = gate_guard(cs, &cs->gates[gate]);
        expr run = expr_zero();
        for (; i < cs->n_constraints && cs->constraints[i].gate == gate; i++)
            run = with_alpha(cs, run, cs->constraints[i].e);
        cs->rest = expr_add(g, cs->rest, expr_mul(g, run, guard));
        cs->identity = expr_add(g, cs->identity, expr_mul(g, spread_run(&s, first, i), guard));
    }
    arena_release(cs->arena, mark);
    return ZK_OK;
}

/* Factors a_j + beta k_j X + gamma and a_j + beta X s_j + gamma. */
static void copy_fraction(struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    expr beta_x = expr_mul(g, expr_challenge_leaf(g, CHALLENGE_BETA), expr_x(g));
    expr gamma = expr_challenge_leaf(g, CHALLENGE_GAMMA);
    expr num = expr_u64(g, 1);
    expr den = expr_u64(g, 1);
    for (unsigned j = 0; j < PLONK_COPY; j++) {
        expr shifted = expr_add(g, expr_advice(g, j, 0), gamma);
        fr k;
        cs_coset_label(&k, j);
        num = expr_mul(g, num, expr_add(g, shifted, expr_scale(g, &k, beta_x)));
        den = expr_mul(g, den, expr_add(g, shifted, expr_mul(g, beta_x, expr_fixed(g, cs->sigma_first + j))));
    }
    cs->copy_num = num;
    cs->copy_den = den;
}

static void add_copies(struct cs *cs)
{
    struct expr_graph *g = &cs->graph;
    const expr z = expr_aux(g, AUX_Z, 0);
    const expr first = expr_mul(g, expr_first(g), expr_alpha(g, cs->n_alphas));
    const expr alpha = expr_alpha(g, cs->n_alphas + 1);
    const expr next_side = expr_mul(g, expr_aux(g, AUX_Z, 1), cs->copy_den);
    cs->rest = expr_add(g, expr_sub(g, cs->rest, first), expr_mul(g, next_side, alpha));
    cs->aux_factor[AUX_Z] = expr_sub(g, first, expr_mul(g, cs->copy_num, alpha));
    cs->identity = with_alpha(cs, cs->identity, expr_mul(g, expr_first(g), expr_sub(g, z, expr_u64(g, 1))));
    cs->identity = with_alpha(cs, cs->identity, expr_sub(g, next_side, expr_mul(g, z, cs->copy_num)));
}

/* helper_c * den_c = num_c, and (phi(next) - phi - sum of helpers) * den_0 = num_0. */
static void add_lookups(struct cs *cs, const struct linear *linear)
{
    struct expr_graph *g = &cs->graph;
    const expr alpha = expr_alpha(g, cs->n_alphas + cs->n_chunks - 1); /* of the running sum */
    const expr den = expr_mul(g, cs->sum_den[0], alpha);
    expr step = expr_sub(g, expr_aux(g, AUX_PHI, 1), expr_aux(g, AUX_PHI, 0));
    for (unsigned c = 1; c < cs->n_chunks; c++) {
        const expr helper = expr_aux(g, AUX_HELPER + c - 1, 0);
        const expr own = expr_alpha(g, cs->n_alphas);
        cs->rest = expr_sub(g, cs->rest, expr_mul(g, cs->sum_num[c], own));
        cs->aux_factor[AUX_HELPER + c - 1] = expr_sub(g, expr_mul(g, cs->sum_den[c], own), den);
        cs->identity = with_alpha(cs, cs->identity, expr_sub(g, expr_mul(g, helper, cs->sum_den[c]), cs->sum_num[c]));
        step = expr_sub(g, step, helper);
    }
    cs->rest = expr_add(g, cs->rest, expr_mul(g, expr_aux(g, AUX_PHI, 1), den));
    cs->rest = expr_sub(g, cs->rest, expr_mul(g, linear->sum_without_m, alpha));
    cs->aux_factor[AUX_PHI] = expr_neg(g, den);
    cs->aux_factor[AUX_M] = expr_mul(g, linear->m_factor, alpha);
    cs->identity = with_alpha(cs, cs->identity, expr_sub(g, expr_mul(g, step, cs->sum_den[0]), cs->sum_num[0]));
}

/* ---- table */

static uint64_t hash_tuple(const struct cs *cs, const fr *tuple)
{
    uint64_t h = 0;
    for (uint32_t w = 0; w < cs->table_width; w++) h = (h ^ tuple[w].l[0] ^ (tuple[w].l[2] << 1)) * 0x9e3779b97f4a7c15u;
    return h >> 24;
}

static bool tuple_is_row(const struct cs *cs, const fr *tuple, uint32_t row)
{
    for (uint32_t w = 0; w < cs->table_width; w++)
        if (!fr_eq(&tuple[w], &cs->table[w][row])) return false;
    return true;
}

bool cs_table_find(const struct cs *cs, const fr *tuple, uint32_t *row)
{
    uint32_t mask = cs->table_buckets - 1;
    for (uint32_t at = (uint32_t)hash_tuple(cs, tuple) & mask; cs->table_index[at] != 0; at = (at + 1) & mask) {
        *row = cs->table_index[at] - 1;
        if (tuple_is_row(cs, tuple, *row)) return true;
    }
    return false;
}

/* The table's length becomes a power of two by repeating its first row; equal rows are found as their first. */
static zk_err seal_table(struct cs *cs)
{
    if (cs->n_lookups == 0) return ZK_OK;
    if (cs->table_rows == 0) return zk_fail(ZK_ERR_RANGE, "the circuit has lookups but its table is empty");
    cs->log_table = PLONK_LOG_N_MIN;
    while (1u << cs->log_table < cs->table_rows) cs->log_table++;
    uint32_t rows = 1u << cs->log_table;
    for (uint32_t w = 0; w < cs->table_width; w++) {
        fr *padded = arena_push(cs->arena, fr, rows);
        if (padded == NULL) return ZK_ERR_FULL;
        for (uint32_t i = 0; i < rows; i++) padded[i] = cs->table[w][i < cs->table_rows ? i : 0];
        cs->table[w] = padded;
    }
    cs->table_buckets = 4 * rows;
    cs->table_index = arena_push(cs->arena, uint32_t, cs->table_buckets);
    if (cs->table_index == NULL) return ZK_ERR_FULL;
    memset(cs->table_index, 0, cs->table_buckets * sizeof(uint32_t));
    for (uint32_t i = 0; i < cs->table_rows; i++) {
        fr tuple[PLONK_TUPLE_MAX];
        uint32_t found;
        for (uint32_t w = 0; w < cs->table_width; w++) tuple[w] = cs->table[w][i];
        if (cs_table_find(cs, tuple, &found)) continue;
        uint32_t mask = cs->table_buckets - 1;
        uint32_t at = (uint32_t)hash_tuple(cs, tuple) & mask;
        while (cs->table_index[at] != 0) at = (at + 1) & mask;
        cs->table_index[at] = i + 1;
    }
    return ZK_OK;
}

zk_err cs_seal(struct cs *cs)
{
    assert(!cs->sealed);
    cs->sealed = true;
    if (cs->failed != ZK_OK) return zk_fail(cs->failed, "%s", cs->failed_text);
    ZK_TRY(seal_table(cs));
    cs->n_constants = cs->n_fixed;
    pack_selectors(cs);
    cs->sigma_first = cs->n_fixed;
    cs->n_fixed_all = cs->n_fixed + PLONK_COPY;
    group_lookups(cs);
    struct linear linear = {{0}, {0}};
    for (unsigned c = 0; c < cs->n_chunks; c++) sum_fraction(cs, c, &linear);
    copy_fraction(cs);
    ZK_TRY(gates_identity(cs));
    add_copies(cs);
    if (cs->n_lookups > 0) add_lookups(cs, &linear);
    cs->n_aux = cs->n_lookups > 0 ? AUX_HELPER + cs->n_chunks - 1 : AUX_Z + 1;
    if (cs->graph.full) return zk_fail(ZK_ERR_FULL, "the circuit's identities need more than %d nodes", GRAPH_NODES);
    if (cs->failed != ZK_OK) return zk_fail(cs->failed, "%s", cs->failed_text);
    return ZK_OK;
}

void cs_coset_label(fr *k, unsigned col)
{
    fr seven;
    fr_from_u64(&seven, 7);
    fr_pow_u64_vartime(k, &seven, col);
}

void cs_stats(const struct cs *cs, struct cs_stats *out)
{
    memset(out, 0, sizeof(*out));
    out->rows = cs->period;
    out->rows_used = cs->rows_used;
    out->gates = cs->n_gates;
    out->lookups = cs->n_lookups;
    out->constraints = cs->n_constraints;
    out->fixed_columns = cs->n_fixed_all;
    out->selector_columns = cs->n_fixed - cs->n_constants;
    out->nodes = cs->graph.n_nodes;
    for (int j = 0; j < PLONK_ADVICE; j++) out->next_columns += cs->next_used[j];
    for (uint32_t row = 0; row < cs->period; row++) {
        for (uint32_t g = 0; g < cs->n_gates; g++)
            if (cs->gates[g].where <= GATE_ROWS_NOT_LAST) out->gate_rows[g] += cs_is_on(cs, row, cs->gates[g].bit);
        for (uint32_t l = 0; l < cs->n_lookups; l++) out->lookup_rows[l] += cs_is_on(cs, row, cs->lookups[l].bit);
    }
}
