/* From a graph to statements. A node that is used once is printed inside its user; a node with more uses, one that is
 * asked for, or one whose expression would need too much of the stack is a statement `mstore(word, expression)`. Words
 * are given out again after the last statement that reads them.
 *
 * Ranges. bound[i] = b means that node i's expression is at most b p. Products are reduced (b = 1); sums and
 * differences are plain additions as long as b <= 5, since 5 p < 2^256. */
#include "plonk/solidity_text.h"

#include <string.h>

#define BOUND_MAX  5  /* floor(2^256 / p) */
#define HEIGHT_MAX 10 /* words of the stack; DUP reaches 16, and p and a few others are below */
#define NO_WORD    UINT32_MAX

struct plan_node {
    uint32_t uses;
    uint32_t last_use; /* the statement that reads it last */
    uint32_t word;     /* of memory, if stored */
    uint8_t bound, height;
    bool used, stored, kept; /* kept: its word is never given out again */
};

struct sol_expr {
    const struct cs *cs;
    const struct verifying_key *vk;
    struct plan_node *nodes;
    uint32_t *free_words;
    uint32_t n_free, n_words;
};

static const struct expr_node *node_of(const struct sol_expr *e, uint32_t i)
{
    return &e->cs->graph.nodes[i];
}

static bool is_leaf(const struct sol_expr *e, uint32_t i)
{
    return node_of(e, i)->kind < EXPR_ADD;
}

static bool is_one(const struct sol_expr *e, uint32_t i)
{
    return node_of(e, i)->kind == EXPR_ALPHA && node_of(e, i)->a == 0;
}

static bool is_zero(uint32_t i)
{
    return i == expr_zero().id;
}

/* ---- planning */

static unsigned height_of(const struct sol_expr *e, uint32_t i)
{
    return is_leaf(e, i) || e->nodes[i].stored ? 1 : e->nodes[i].height;
}

/* Arguments are evaluated from the last to the first, so the deeper operand is printed last where the order is free. */
static void operands(const struct sol_expr *e, uint32_t i, uint32_t *x, uint32_t *y)
{
    const struct expr_node *n = node_of(e, i);
    *x = n->a;
    *y = n->b;
    if (n->kind != EXPR_SUB && height_of(e, *x) > height_of(e, *y)) {
        *x = n->b;
        *y = n->a;
    }
}

static unsigned bound_of(const struct sol_expr *e, uint32_t i)
{
    const struct expr_node *n = node_of(e, i);
    const unsigned sum = n->kind < EXPR_ADD ? 1 : e->nodes[n->a].bound + (unsigned)e->nodes[n->b].bound;
    switch ((expr_kind)n->kind) {
    case EXPR_ADD: return sum <= BOUND_MAX ? sum : 1;
    case EXPR_SUB:
        if (is_zero(n->a)) return e->nodes[n->b].bound;
        return sum <= BOUND_MAX ? sum : 1;
    case EXPR_MUL:
        if (is_one(e, n->a)) return e->nodes[n->b].bound;
        if (is_one(e, n->b)) return e->nodes[n->a].bound;
        return 1;
    default: return 1;
    }
}

/* mulmod(x, y, p) has p and y on the stack when x is evaluated; addmod, and sub(add(x, k p), y), no more. */
static unsigned height_if_inline(const struct sol_expr *e, uint32_t i)
{
    uint32_t x, y;
    operands(e, i, &x, &y);
    const unsigned hx = height_of(e, x) + 2;
    const unsigned hy = height_of(e, y) + 1;
    return (hx > hy ? hx : hy) + 1;
}

/* Notes that statement i reads what is stored under node x. */
static void note_reads(struct sol_expr *e, uint32_t i, uint32_t x)
{
    if (is_leaf(e, x)) return;
    if (e->nodes[x].stored && x != i) {
        e->nodes[x].last_use = i;
        return;
    }
    note_reads(e, i, node_of(e, x)->a);
    note_reads(e, i, node_of(e, x)->b);
}

/* Words that are free after statement i are given to it. */
static void give_word(struct sol_expr *e, uint32_t i)
{
    if (e->n_free > 0)
        e->nodes[i].word = e->free_words[--e->n_free];
    else
        e->nodes[i].word = e->n_words++;
}

static void take_words(struct sol_expr *e, uint32_t i, uint32_t x)
{
    struct plan_node *n = &e->nodes[x];
    if (is_leaf(e, x)) return;
    if (n->stored && x != i) {
        if (n->last_use != i || n->kept) return;
        n->last_use = NO_WORD; /* once, though the statement may read it more often */
        e->free_words[e->n_free++] = n->word;
        return;
    }
    take_words(e, i, node_of(e, x)->a);
    take_words(e, i, node_of(e, x)->b);
}

static void mark_root(struct sol_expr *e, bool *used, expr root)
{
    expr_mark(&e->cs->graph, root, used);
    if (is_leaf(e, root.id)) return;
    e->nodes[root.id].kept = true;
}

static void plan(struct sol_expr *e, bool *used)
{
    const uint32_t n = e->cs->graph.n_nodes;
    mark_root(e, used, e->cs->rest);
    for (unsigned i = 0; i < AUX_MAX; i++) mark_root(e, used, e->cs->aux_factor[i]);
    for (uint32_t i = 0; i < n; i++) {
        e->nodes[i].used = used[i];
        if (!used[i] || is_leaf(e, i)) continue;
        e->nodes[node_of(e, i)->a].uses++;
        e->nodes[node_of(e, i)->b].uses++;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct plan_node *at = &e->nodes[i];
        if (!used[i]) continue;
        at->bound = (uint8_t)bound_of(e, i);
        at->height = 1;
        if (is_leaf(e, i)) continue;
        at->height = (uint8_t)height_if_inline(e, i);
        at->stored = at->kept || at->uses > 1 || at->height >= HEIGHT_MAX;
    }
    for (uint32_t i = 0; i < n; i++)
        if (e->nodes[i].stored) note_reads(e, i, i);
    for (uint32_t i = 0; i < n; i++) {
        if (!e->nodes[i].stored) continue;
        take_words(e, i, i);
        give_word(e, i);
    }
}

zk_err sol_expr_plan(struct sol_expr **out, uint32_t *n_temps, const struct verifying_key *vk, struct arena *scratch)
{
    const uint32_t n = vk->cs->graph.n_nodes;
    struct sol_expr *e = arena_push(scratch, struct sol_expr, 1);
    bool *used = arena_push(scratch, bool, n);
    if (e == NULL || used == NULL) return ZK_ERR_FULL;
    *e = (struct sol_expr){.cs = vk->cs, .vk = vk};
    e->nodes = arena_push(scratch, struct plan_node, n);
    e->free_words = arena_push(scratch, uint32_t, n);
    if (e->nodes == NULL || e->free_words == NULL) return ZK_ERR_FULL;
    memset(e->nodes, 0, n * sizeof(struct plan_node));
    memset(used, 0, n);
    plan(e, used);
    *n_temps = e->n_words;
    *out = e;
    return ZK_OK;
}

/* ---- printing */

struct printer {
    struct sol_expr *e;
    struct text *t;
    const struct sol_map *map;
};

static void print_leaf(struct printer *p, const struct expr_node *n)
{
    static const char *const challenges[] = {"BETA", "GAMMA", "ETA", "LAMBDA"};
    struct text *t = p->t;
    fr omega;
    switch ((expr_kind)n->kind) {
    case EXPR_CONST: text_fr(t, &p->e->cs->graph.consts[n->a]); break;
    case EXPR_PUBLIC: text_add(t, "mload(PUBLIC_%u)", n->a); break;
    case EXPR_CHALLENGE:
        if (n->a < CHALLENGE_OMEGA_LAST) {
            text_add(t, "mload(%s)", challenges[n->a]);
            break;
        }
        fr_root_of_unity(&omega, p->e->vk->log_n);
        fr_inv_vartime(&omega, &omega);
        text_fr(t, &omega);
        break;
    case EXPR_ALPHA:
        if (n->a == 0)
            text_add(t, "1");
        else
            text_add(t, "mload(0x%x)", p->map->alphas + 32 * (n->a - 1));
        break;
    case EXPR_ADVICE: text_add(t, "mload(%s_%u)", n->b == 0 ? "A" : "NEXT", n->a); break;
    case EXPR_AUX: /* this row's are not values: the identity is linear in them */
        assert(n->b == 1);
        text_add(t, "mload(%s)", n->a == AUX_Z ? "Z_NEXT" : "PHI_NEXT");
        break;
    case EXPR_FIXED: text_add(t, "mload(F_%u)", n->a); break;
    case EXPR_TABLE: text_add(t, "mload(T_%u)", n->a); break;
    case EXPR_X: text_add(t, "mload(ZETA)"); break;
    case EXPR_FIRST: text_add(t, "mload(FIRST)"); break;
    case EXPR_LAST: text_add(t, "mload(LAST)"); break;
    case EXPR_ADD:
    case EXPR_SUB:
    case EXPR_MUL: assert(false); break;
    }
}

static void print_node(struct printer *p, uint32_t i, bool as_statement);

static void print_call(struct printer *p, const char *name, uint32_t x, uint32_t y, bool modulo)
{
    text_add(p->t, "%s(", name);
    print_node(p, x, false);
    text_add(p->t, ", ");
    print_node(p, y, false);
    text_add(p->t, modulo ? ", p)" : ")");
}

static void print_multiple_of_p(struct printer *p, unsigned k)
{
    if (k == 1)
        text_add(p->t, "p");
    else if (k == 2)
        text_add(p->t, "add(p, p)");
    else
        text_add(p->t, "mul(%u, p)", k);
}

/* x - y as x + (k p - y), y <= k p. */
static void print_difference(struct printer *p, uint32_t x, uint32_t y, bool modulo)
{
    const unsigned k = p->e->nodes[y].bound;
    if (is_zero(x)) {
        text_add(p->t, "sub(");
        print_multiple_of_p(p, k);
        text_add(p->t, ", ");
        print_node(p, y, false);
        text_add(p->t, ")");
        return;
    }
    text_add(p->t, modulo ? "addmod(" : "sub(add(");
    print_node(p, x, false);
    text_add(p->t, modulo ? ", sub(" : ", ");
    print_multiple_of_p(p, k);
    text_add(p->t, modulo ? ", " : "), ");
    print_node(p, y, false);
    text_add(p->t, modulo ? "), p)" : ")");
}

static void print_node(struct printer *p, uint32_t i, bool as_statement)
{
    const struct sol_expr *e = p->e;
    const struct expr_node *n = node_of(e, i);
    uint32_t x, y;
    if (is_leaf(e, i)) {
        print_leaf(p, n);
        return;
    }
    if (e->nodes[i].stored && !as_statement) {
        text_add(p->t, "mload(0x%x)", p->map->temps + 32 * e->nodes[i].word);
        return;
    }
    operands(e, i, &x, &y);
    const bool modulo = e->nodes[n->a].bound + e->nodes[n->b].bound > BOUND_MAX;
    if (n->kind == EXPR_SUB)
        print_difference(p, x, y, modulo);
    else if (n->kind == EXPR_ADD)
        print_call(p, modulo ? "addmod" : "add", x, y, modulo);
    else if (is_one(e, x))
        print_node(p, y, false);
    else if (is_one(e, y))
        print_node(p, x, false);
    else
        print_call(p, "mulmod", x, y, true);
}

static void print_result(struct printer *p, uint32_t to, expr root)
{
    text_add(p->t, "            mstore(0x%x, ", to);
    print_node(p, root.id, false);
    text_add(p->t, ")\n");
}

void sol_expr_print(struct sol_expr *e, struct text *t, const struct sol_map *map)
{
    struct printer p = {e, t, map};
    for (uint32_t i = 0; i < e->cs->graph.n_nodes; i++) {
        if (!e->nodes[i].stored) continue;
        text_add(t, "            mstore(0x%x, ", map->temps + 32 * e->nodes[i].word);
        print_node(&p, i, true);
        text_add(t, ")\n");
    }
    print_result(&p, map->rest, e->cs->rest);
    for (unsigned i = 0; i < AUX_MAX; i++)
        if (proof_has_aux(e->cs, i)) print_result(&p, map->factors + 32 * i, e->cs->aux_factor[i]);
}
