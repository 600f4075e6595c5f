/* Hash consing: a node's kind and operands are looked up before it is made. Sums and products put the older operand
 * first, so that a + b and b + a are one node. */
#include "plonk/expr.h"

#include <string.h>

static uint32_t hash_node(const struct expr_node *n)
{
    uint64_t h = (uint64_t)n->kind * 0x9e3779b97f4a7c15u;
    h = (h ^ n->a) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 29) ^ n->b) * 0x94d049bb133111ebu;
    return (uint32_t)(h >> 32);
}

zk_err expr_graph_init(struct expr_graph *g, uint32_t cap, struct arena *arena)
{
    assert(cap >= 16);
    memset(g, 0, sizeof(*g));
    g->cap_nodes = cap;
    g->cap_consts = cap;
    g->n_buckets = 16;
    while (g->n_buckets < 2 * cap) g->n_buckets *= 2;
    g->nodes = arena_push(arena, struct expr_node, cap);
    g->consts = arena_push(arena, fr, cap);
    g->buckets = arena_push(arena, uint32_t, g->n_buckets);
    if (g->nodes == NULL || g->consts == NULL || g->buckets == NULL) return ZK_ERR_FULL;
    memset(g->nodes, 0, cap * sizeof(struct expr_node));
    memset(g->buckets, 0, g->n_buckets * sizeof(uint32_t));
    (void)expr_const(g, &FR_ZERO); /* node 0 */
    return ZK_OK;
}

/* The index of a node equal to n, made if need be. */
static expr intern(struct expr_graph *g, struct expr_node n)
{
    uint32_t mask = g->n_buckets - 1;
    uint32_t at = hash_node(&n) & mask;
    for (; g->buckets[at] != 0; at = (at + 1) & mask) {
        const struct expr_node *old = &g->nodes[g->buckets[at] - 1];
        if (old->kind == n.kind && old->a == n.a && old->b == n.b) return (expr){g->buckets[at] - 1};
    }
    if (g->n_nodes == g->cap_nodes) {
        g->full = true;
        return expr_zero();
    }
    g->nodes[g->n_nodes] = n;
    g->buckets[at] = ++g->n_nodes;
    return (expr){g->n_nodes - 1};
}

static expr leaf(struct expr_graph *g, expr_kind kind, uint32_t a, uint32_t b)
{
    bool scalar = kind <= EXPR_ALPHA;
    struct expr_node n = {.kind = (uint8_t)kind, .scalar = scalar, .a = a, .b = b};
    n.degree = scalar || kind == EXPR_X ? 0 : 1;
    return intern(g, n);
}

expr expr_zero(void)
{
    return (expr){0};
}

expr expr_const(struct expr_graph *g, const fr *c)
{
    uint32_t i = 0;
    while (i < g->n_consts && !fr_eq(&g->consts[i], c)) i++;
    if (i == g->n_consts) {
        if (g->n_consts == g->cap_consts) {
            g->full = true;
            return expr_zero();
        }
        g->consts[g->n_consts++] = *c;
    }
    return leaf(g, EXPR_CONST, i, 0);
}

expr expr_u64(struct expr_graph *g, uint64_t c)
{
    fr x;
    fr_from_u64(&x, c);
    return expr_const(g, &x);
}

expr expr_public(struct expr_graph *g, uint32_t i)
{
    return leaf(g, EXPR_PUBLIC, i, 0);
}

expr expr_challenge_leaf(struct expr_graph *g, expr_challenge c)
{
    return leaf(g, EXPR_CHALLENGE, (uint32_t)c, 0);
}

expr expr_alpha(struct expr_graph *g, uint32_t power)
{
    return leaf(g, EXPR_ALPHA, power, 0);
}

expr expr_advice(struct expr_graph *g, uint32_t col, uint32_t rot)
{
    assert(rot <= 1);
    return leaf(g, EXPR_ADVICE, col, rot);
}

expr expr_aux(struct expr_graph *g, uint32_t col, uint32_t rot)
{
    assert(rot <= 1);
    return leaf(g, EXPR_AUX, col, rot);
}

expr expr_fixed(struct expr_graph *g, uint32_t col)
{
    return leaf(g, EXPR_FIXED, col, 0);
}

expr expr_table(struct expr_graph *g, uint32_t col)
{
    return leaf(g, EXPR_TABLE, col, 0);
}

expr expr_x(struct expr_graph *g)
{
    return leaf(g, EXPR_X, 0, 0);
}

expr expr_first(struct expr_graph *g)
{
    return leaf(g, EXPR_FIRST, 0, 0);
}

expr expr_last(struct expr_graph *g)
{
    return leaf(g, EXPR_LAST, 0, 0);
}

static const fr *as_const(const struct expr_graph *g, expr e)
{
    const struct expr_node *n = &g->nodes[e.id];
    return n->kind == EXPR_CONST ? &g->consts[n->a] : NULL;
}

static expr binary(struct expr_graph *g, expr_kind kind, expr a, expr b)
{
    const struct expr_node *na = &g->nodes[a.id];
    const struct expr_node *nb = &g->nodes[b.id];
    unsigned degree = na->degree > nb->degree ? na->degree : nb->degree;
    if (kind == EXPR_MUL) degree = na->degree + nb->degree;
    assert(degree < 256);
    if (kind != EXPR_SUB && a.id > b.id) {
        expr t = a;
        a = b;
        b = t;
    }
    struct expr_node n = {.kind = (uint8_t)kind, .degree = (uint8_t)degree, .scalar = na->scalar && nb->scalar};
    n.a = a.id;
    n.b = b.id;
    return intern(g, n);
}

expr expr_add(struct expr_graph *g, expr a, expr b)
{
    const fr *ca = as_const(g, a);
    const fr *cb = as_const(g, b);
    if (ca != NULL && fr_is_zero(ca)) return b;
    if (cb != NULL && fr_is_zero(cb)) return a;
    if (ca != NULL && cb != NULL) {
        fr sum;
        fr_add(&sum, ca, cb);
        return expr_const(g, &sum);
    }
    return binary(g, EXPR_ADD, a, b);
}

expr expr_sub(struct expr_graph *g, expr a, expr b)
{
    const fr *ca = as_const(g, a);
    const fr *cb = as_const(g, b);
    if (a.id == b.id) return expr_zero();
    if (cb != NULL && fr_is_zero(cb)) return a;
    if (ca != NULL && cb != NULL) {
        fr difference;
        fr_sub(&difference, ca, cb);
        return expr_const(g, &difference);
    }
    return binary(g, EXPR_SUB, a, b);
}

expr expr_mul(struct expr_graph *g, expr a, expr b)
{
    const fr *ca = as_const(g, a);
    const fr *cb = as_const(g, b);
    if ((ca != NULL && fr_is_zero(ca)) || (cb != NULL && fr_is_zero(cb))) return expr_zero();
    if (ca != NULL && fr_is_one(ca)) return b;
    if (cb != NULL && fr_is_one(cb)) return a;
    if (ca != NULL && cb != NULL) {
        fr product;
        fr_mul(&product, ca, cb);
        return expr_const(g, &product);
    }
    return binary(g, EXPR_MUL, a, b);
}

expr expr_neg(struct expr_graph *g, expr a)
{
    return expr_sub(g, expr_zero(), a);
}

expr expr_scale(struct expr_graph *g, const fr *c, expr a)
{
    return expr_mul(g, expr_const(g, c), a);
}

expr expr_pow5(struct expr_graph *g, expr a)
{
    expr a2 = expr_mul(g, a, a);
    return expr_mul(g, expr_mul(g, a2, a2), a);
}

expr expr_dot(struct expr_graph *g, const fr *c, const expr *a, size_t n)
{
    expr sum = expr_zero();
    for (size_t i = 0; i < n; i++) sum = expr_add(g, sum, expr_scale(g, &c[i], a[i]));
    return sum;
}

unsigned expr_degree(const struct expr_graph *g, expr e)
{
    return g->nodes[e.id].degree;
}

void expr_mark(const struct expr_graph *g, expr root, bool *used)
{
    used[root.id] = true;
    for (uint32_t i = root.id + 1; i-- > 0;) {
        const struct expr_node *n = &g->nodes[i];
        if (!used[i] || n->kind < EXPR_ADD) continue;
        used[n->a] = true;
        used[n->b] = true;
    }
}

static void eval_node(const struct expr_graph *g, const struct expr_point *at, uint32_t id, fr *value)
{
    const struct expr_node *n = &g->nodes[id];
    switch ((expr_kind)n->kind) {
    case EXPR_CONST: value[id] = g->consts[n->a]; break;
    case EXPR_PUBLIC: value[id] = at->publics[n->a]; break;
    case EXPR_CHALLENGE: value[id] = at->challenges[n->a]; break;
    case EXPR_ALPHA: value[id] = at->alphas[n->a]; break;
    case EXPR_ADVICE: value[id] = at->advice[n->b][n->a]; break;
    case EXPR_AUX: value[id] = at->aux[n->b][n->a]; break;
    case EXPR_FIXED: value[id] = at->fixed[n->a]; break;
    case EXPR_TABLE: value[id] = at->table[n->a]; break;
    case EXPR_X: value[id] = at->x; break;
    case EXPR_FIRST: value[id] = at->first; break;
    case EXPR_LAST: value[id] = at->last; break;
    case EXPR_ADD: fr_add(&value[id], &value[n->a], &value[n->b]); break;
    case EXPR_SUB: fr_sub(&value[id], &value[n->a], &value[n->b]); break;
    case EXPR_MUL: fr_mul(&value[id], &value[n->a], &value[n->b]); break;
    }
}

void expr_eval(const struct expr_graph *g, const struct expr_point *at, const bool *used, fr *value)
{
    for (uint32_t i = 0; i < g->n_nodes; i++)
        if (used == NULL || used[i]) eval_node(g, at, i, value);
}

void expr_eval_list(const struct expr_graph *g, const struct expr_point *at, const uint32_t *ids, size_t n, fr *value)
{
    for (size_t i = 0; i < n; i++) eval_node(g, at, ids[i], value);
}
