/* Compilation walks from the roots, operands first. A node is inlined into its user's sum if that is its only user and
 * is a sum itself (for a product: exactly one factor of the sum's pair). Registers are handed out again after their
 * last use. */
#include "plonk/expr_program.h"

#include "base/cpu.h"
#include "plonk/expr_kernel.h"

#include <string.h>

#define NONE 0xffffffffu

struct compiler {
    const struct expr_graph *g;
    struct program *p;
    uint32_t *uses;   /* by node: how many users, roots included */
    bool *sum_user;   /* by node: its users are sums */
    uint32_t *temp;   /* by node: the virtual register, or NONE */
    uint32_t *scalar; /* by node: index among the scalars, or NONE */
    uint32_t n_temps;
    uint32_t *item_a, *item_b; /* operands of items: virtual registers or scalars */
    uint32_t *op_dst;          /* by op: the virtual register it writes */
};

static bool is_sum(const struct expr_node *n)
{
    return n->kind == EXPR_ADD || n->kind == EXPR_SUB;
}

static bool is_inlined(const struct compiler *c, uint32_t id)
{
    const struct expr_node *n = &c->g->nodes[id];
    return n->kind >= EXPR_ADD && !n->scalar && c->uses[id] == 1 && c->sum_user[id];
}

static void count_uses(struct compiler *c, const bool *used, const expr *roots, size_t n_roots)
{
    for (uint32_t i = 0; i < c->g->n_nodes; i++) c->sum_user[i] = true;
    for (uint32_t i = 0; i < c->g->n_nodes; i++) {
        const struct expr_node *n = &c->g->nodes[i];
        if (!used[i] || n->kind < EXPR_ADD || n->scalar) continue;
        const uint32_t operand[2] = {n->a, n->b};
        for (int k = 0; k < 2; k++) {
            c->uses[operand[k]]++;
            if (!is_sum(n)) c->sum_user[operand[k]] = false;
        }
    }
    for (size_t r = 0; r < n_roots; r++) {
        c->uses[roots[r].id]++;
        c->sum_user[roots[r].id] = false;
    }
}

static uint32_t scalar_index(struct compiler *c, uint32_t id)
{
    if (c->scalar[id] == NONE) {
        c->scalar[id] = c->p->n_scalars;
        c->p->scalars[c->p->n_scalars++] = id;
    }
    return c->scalar[id];
}

/* A sum being collected: pairs and terms in order of appearance. */
struct sum {
    uint32_t pair_a[PROGRAM_PAIRS_MAX], pair_b[PROGRAM_PAIRS_MAX], term[PROGRAM_TERMS_MAX];
    bool pair_negative[PROGRAM_PAIRS_MAX], term_negative[PROGRAM_TERMS_MAX];
    uint32_t n_pairs, n_terms;
};

/* waiting: how many nodes after this one still need a place. A node that finds no room for its parts becomes an
 * addend. */
static void collect(struct compiler *c, struct sum *s, uint32_t id, bool negative, uint32_t waiting)
{
    const struct expr_node *n = &c->g->nodes[id];
    const bool first = s->n_pairs + s->n_terms + waiting == 0; /* the node that is being made */
    const bool inlined = first || is_inlined(c, id);
    if (inlined && is_sum(n) && s->n_terms + waiting + 2 <= PROGRAM_TERMS_MAX) {
        collect(c, s, n->a, negative, waiting + 1);
        collect(c, s, n->b, n->kind == EXPR_SUB ? !negative : negative, waiting);
    } else if (inlined && n->kind == EXPR_MUL && s->n_pairs < PROGRAM_PAIRS_MAX) {
        s->pair_a[s->n_pairs] = n->a;
        s->pair_b[s->n_pairs] = n->b;
        s->pair_negative[s->n_pairs++] = negative;
    } else {
        assert(s->n_terms < PROGRAM_TERMS_MAX);
        s->term[s->n_terms] = id;
        s->term_negative[s->n_terms++] = negative;
    }
}

static void operand(struct compiler *c, uint32_t id, uint32_t *out, bool *scalar)
{
    *scalar = c->g->nodes[id].scalar;
    *out = *scalar ? scalar_index(c, id) : c->temp[id];
    assert(*out != NONE);
}

static void emit_item(struct compiler *c, uint32_t a, uint32_t b, bool pair, bool negative)
{
    uint32_t i = c->p->n_items++;
    struct program_item *item = &c->p->items[i];
    *item = (struct program_item){.negative = negative};
    operand(c, a, &c->item_a[i], &item->a_scalar);
    c->item_b[i] = 0;
    if (!pair) return;
    operand(c, b, &c->item_b[i], &item->b_scalar);
    if (!item->a_scalar) return;
    /* The scalar, if there is one, comes second. */
    uint32_t t = c->item_a[i];
    c->item_a[i] = c->item_b[i];
    c->item_b[i] = t;
    item->a_scalar = false;
    item->b_scalar = true;
}

static uint32_t emit_op(struct compiler *c, struct program_op op)
{
    c->op_dst[c->p->n_ops] = c->n_temps;
    c->p->ops[c->p->n_ops++] = op;
    return c->n_temps++;
}

static uint32_t materialize(struct compiler *c, uint32_t id)
{
    const struct expr_node *n = &c->g->nodes[id];
    if (n->scalar) return scalar_index(c, id);
    if (c->temp[id] != NONE) return c->temp[id];
    if (n->kind < EXPR_ADD) {
        struct program_leaf *leaf = &c->p->leaves[c->p->n_leaves];
        *leaf = (struct program_leaf){n->kind, n->a, n->b};
        return c->temp[id] = emit_op(c, (struct program_op){.load = true, .first = c->p->n_leaves++});
    }
    struct sum s;
    s.n_pairs = 0;
    s.n_terms = 0;
    collect(c, &s, id, false, 0);
    for (uint32_t i = 0; i < s.n_pairs; i++) {
        (void)materialize(c, s.pair_a[i]);
        (void)materialize(c, s.pair_b[i]);
    }
    for (uint32_t i = 0; i < s.n_terms; i++) (void)materialize(c, s.term[i]);
    struct program_op op = {.n_pairs = (uint16_t)s.n_pairs, .n_terms = (uint16_t)s.n_terms, .first = c->p->n_items};
    for (uint32_t i = 0; i < s.n_pairs; i++) emit_item(c, s.pair_a[i], s.pair_b[i], true, s.pair_negative[i]);
    for (uint32_t i = 0; i < s.n_terms; i++) emit_item(c, s.term[i], 0, false, s.term_negative[i]);
    return c->temp[id] = emit_op(c, op);
}

/* ---- registers: a virtual one lives from the op that writes it to the last that reads it */

static void last_uses(const struct compiler *c, uint32_t *last, const expr *roots, size_t n_roots)
{
    const struct program *p = c->p;
    for (uint32_t i = 0; i < p->n_ops; i++) {
        last[c->op_dst[i]] = i;
        if (p->ops[i].load) continue;
        for (uint32_t k = 0; k < p->ops[i].n_pairs + 0u + p->ops[i].n_terms; k++) {
            const struct program_item *item = &p->items[p->ops[i].first + k];
            if (!item->a_scalar) last[c->item_a[p->ops[i].first + k]] = i;
            if (k < p->ops[i].n_pairs && !item->b_scalar) last[c->item_b[p->ops[i].first + k]] = i;
        }
    }
    for (size_t r = 0; r < n_roots; r++) last[c->temp[roots[r].id]] = NONE;
}

struct registers {
    uint32_t *of;   /* by virtual register */
    uint32_t *free; /* stack */
    uint32_t n_free, n;
};

static void release_if_last(struct registers *r, const uint32_t *last, uint32_t temp, uint32_t op)
{
    if (last[temp] != op || r->of[temp] == NONE) return;
    r->free[r->n_free++] = r->of[temp];
}

/* The destination is chosen before the operands are given back, so a sum never overwrites what it reads. */
static void assign_registers(struct compiler *c, struct registers *r, uint32_t *last)
{
    struct program *p = c->p;
    for (uint32_t i = 0; i < p->n_ops; i++) {
        struct program_op *op = &p->ops[i];
        uint32_t reg = r->n_free > 0 ? r->free[--r->n_free] : r->n++;
        r->of[c->op_dst[i]] = reg;
        op->dst = (uint16_t)reg;
        if (op->load) continue;
        for (uint32_t k = 0; k < op->n_pairs + 0u + op->n_terms; k++) {
            uint32_t at = op->first + k;
            struct program_item *item = &p->items[at];
            item->a = (uint16_t)(item->a_scalar ? c->item_a[at] : r->of[c->item_a[at]]);
            if (k < op->n_pairs) item->b = (uint16_t)(item->b_scalar ? c->item_b[at] : r->of[c->item_b[at]]);
        }
        for (uint32_t k = 0; k < op->n_pairs + 0u + op->n_terms; k++) {
            uint32_t at = op->first + k;
            const uint32_t reads[2] = {p->items[at].a_scalar ? NONE : c->item_a[at],
                                       k < op->n_pairs && !p->items[at].b_scalar ? c->item_b[at] : NONE};
            for (int w = 0; w < 2; w++) {
                if (reads[w] == NONE || last[reads[w]] != i) continue;
                release_if_last(r, last, reads[w], i);
                last[reads[w]] = NONE; /* once */
            }
        }
    }
    p->n_regs = r->n;
}

/* ---- memory */

static zk_err allocate(struct compiler *c, struct program **out, uint32_t nodes, struct arena *arena)
{
    *out = arena_push(arena, struct program, 1);
    if (*out == NULL) return ZK_ERR_FULL;
    memset(*out, 0, sizeof(**out));
    struct program *p = c->p = *out;
    p->graph = c->g;
    p->ops = arena_push(arena, struct program_op, nodes);
    p->items = arena_push(arena, struct program_item, 3 * (size_t)nodes);
    p->leaves = arena_push(arena, struct program_leaf, nodes);
    p->scalars = arena_push(arena, uint32_t, nodes);
    p->scalar_nodes = arena_push(arena, bool, nodes);
    bool ok = p->ops != NULL && p->items != NULL && p->leaves != NULL && p->scalars != NULL && p->scalar_nodes != NULL;
    return ok ? ZK_OK : ZK_ERR_FULL;
}

static zk_err allocate_work(struct compiler *c, uint32_t nodes, struct arena *arena)
{
    c->uses = arena_push(arena, uint32_t, nodes);
    c->sum_user = arena_push(arena, bool, nodes);
    c->temp = arena_push(arena, uint32_t, nodes);
    c->scalar = arena_push(arena, uint32_t, nodes);
    c->item_a = arena_push(arena, uint32_t, 3 * (size_t)nodes);
    c->item_b = arena_push(arena, uint32_t, 3 * (size_t)nodes);
    c->op_dst = arena_push(arena, uint32_t, nodes);
    if (c->uses == NULL || c->sum_user == NULL || c->temp == NULL || c->scalar == NULL || c->item_a == NULL ||
        c->item_b == NULL || c->op_dst == NULL)
        return ZK_ERR_FULL;
    memset(c->uses, 0, nodes * sizeof(uint32_t));
    memset(c->temp, 0xff, nodes * sizeof(uint32_t));
    memset(c->scalar, 0xff, nodes * sizeof(uint32_t));
    return ZK_OK;
}

static zk_err compile(struct compiler *c, const expr *roots, size_t n_roots, struct arena *arena)
{
    const uint32_t nodes = c->g->n_nodes;
    ZK_TRY(allocate_work(c, nodes, arena));
    bool *used = arena_push(arena, bool, nodes);
    uint32_t *last = arena_push(arena, uint32_t, nodes);
    struct registers r = {arena_push(arena, uint32_t, nodes), arena_push(arena, uint32_t, nodes), 0, 0};
    if (used == NULL || last == NULL || r.of == NULL || r.free == NULL) return ZK_ERR_FULL;
    memset(used, 0, nodes);
    for (size_t i = 0; i < n_roots; i++) expr_mark(c->g, roots[i], used);
    count_uses(c, used, roots, n_roots);
    for (size_t i = 0; i < n_roots; i++) {
        assert(!c->g->nodes[roots[i].id].scalar);
        (void)materialize(c, roots[i].id);
    }
    last_uses(c, last, roots, n_roots);
    assign_registers(c, &r, last);
    c->p->n_roots = (uint32_t)n_roots;
    for (size_t i = 0; i < n_roots; i++) c->p->roots[i] = (uint16_t)r.of[c->temp[roots[i].id]];
    memset(c->p->scalar_nodes, 0, nodes);
    for (uint32_t i = 0; i < c->p->n_scalars; i++) expr_mark(c->g, (expr){c->p->scalars[i]}, c->p->scalar_nodes);
    return ZK_OK;
}

zk_err program_compile(struct program **out, const struct expr_graph *g, const expr *roots, size_t n_roots,
                       struct arena *arena)
{
    assert(n_roots >= 1 && n_roots <= PROGRAM_ROOTS);
    struct compiler c = {.g = g};
    ZK_TRY(allocate(&c, out, g->n_nodes, arena));
    size_t mark = arena_mark(arena);
    zk_err err = compile(&c, roots, n_roots, arena);
    arena_release(arena, mark);
    return err;
}

void program_cost(const struct program *p, uint32_t *products, uint32_t *reductions)
{
    *products = 0;
    *reductions = 0;
    for (uint32_t i = 0; i < p->n_ops; i++) {
        *products += p->ops[i].n_pairs;
        *reductions += p->ops[i].n_pairs > 0;
    }
}

/* ---- running */

struct run {
    const struct program *p;
    const struct program_inputs *in;
    const struct program_kernel *kernel;
    fr *const *out;
    const void *scalars;
    const fr *omega_powers; /* PROGRAM_BLOCK of them */
    struct worker {
        void *regs;
        fr *copies; /* for leaves that are not contiguous: PROGRAM_BLOCK elements each */
        const fr **leaf;
    } * workers;
};

/* PROGRAM_BLOCK elements of a column of len elements from `at` on, cyclically. */
static const fr *cyclic(const fr *column, size_t len, size_t at, fr *copy)
{
    at &= len - 1;
    if (at + PROGRAM_BLOCK <= len) return column + at;
    for (size_t i = 0; i < PROGRAM_BLOCK; i++) copy[i] = column[(at + i) & (len - 1)];
    return copy;
}

static const fr *x_block(const struct run *r, size_t row, fr *copy)
{
    fr start;
    fr_pow_u64_vartime(&start, &r->in->omega, row);
    fr_mul(&start, &start, &r->in->shift);
    fr_kernels()->scale(copy, r->omega_powers, &start, PROGRAM_BLOCK);
    return copy;
}

static const fr *leaf_block(const struct run *r, const struct program_leaf *l, size_t row, fr *copy)
{
    const struct program_inputs *in = r->in;
    const size_t n = (size_t)1 << in->log_n;
    switch ((expr_kind)l->kind) {
    case EXPR_ADVICE: return cyclic(in->advice[l->a], n, row + l->b, copy);
    case EXPR_AUX: return cyclic(in->aux[l->a], n, row + l->b, copy);
    case EXPR_FIXED: return cyclic(in->fixed[l->a], in->fixed_len, row, copy);
    case EXPR_TABLE: return cyclic(in->table[l->a], in->table_len, row, copy);
    case EXPR_FIRST: return cyclic(in->first, n, row, copy);
    case EXPR_LAST: return cyclic(in->first, n, row + 1, copy);
    default: break;
    }
    assert(l->kind == EXPR_X);
    return x_block(r, row, copy);
}

static void run_blocks(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct run *r = ctx;
    const struct worker *w = &r->workers[worker];
    for (size_t block = begin; block < end; block++) {
        const size_t row = block * PROGRAM_BLOCK;
        fr *out[PROGRAM_ROOTS];
        for (uint32_t i = 0; i < r->p->n_leaves; i++)
            w->leaf[i] = leaf_block(r, &r->p->leaves[i], row, w->copies + (size_t)i * PROGRAM_BLOCK);
        for (uint32_t k = 0; k < r->p->n_roots; k++) out[k] = r->out[k] + row;
        r->kernel->run(r->p, w->leaf, r->scalars, w->regs, out);
    }
}

/* The scalars' values, in the kernel's form. */
static zk_err prepare_scalars(struct run *r, struct arena *scratch)
{
    const struct program *p = r->p;
    const struct expr_point at = {.publics = r->in->publics, .challenges = r->in->challenges, .alphas = r->in->alphas};
    fr *values = arena_push(scratch, fr, p->graph->n_nodes);
    fr *list = arena_push(scratch, fr, p->n_scalars + 1);
    void *scalars = arena_push_bytes(scratch, p->n_scalars + 1u, r->kernel->scalar_len);
    if (values == NULL || list == NULL || scalars == NULL) return ZK_ERR_FULL;
    expr_eval(p->graph, &at, p->scalar_nodes, values);
    for (uint32_t i = 0; i < p->n_scalars; i++) list[i] = values[p->scalars[i]];
    r->kernel->scalars(scalars, list, p->n_scalars);
    r->scalars = scalars;
    return ZK_OK;
}

static zk_err prepare_workers(struct run *r, unsigned threads, struct arena *scratch)
{
    fr *powers = arena_push(scratch, fr, PROGRAM_BLOCK);
    r->workers = arena_push(scratch, struct worker, threads);
    if (powers == NULL || r->workers == NULL) return ZK_ERR_FULL;
    powers[0] = FR_ONE;
    for (int i = 1; i < PROGRAM_BLOCK; i++) fr_mul(&powers[i], &powers[i - 1], &r->in->omega);
    r->omega_powers = powers;
    for (unsigned t = 0; t < threads; t++) {
        struct worker *w = &r->workers[t];
        w->regs = arena_push_bytes(scratch, r->p->n_regs, r->kernel->reg_len);
        w->copies = arena_push(scratch, fr, (size_t)r->p->n_leaves * PROGRAM_BLOCK);
        w->leaf = arena_push(scratch, const fr *, r->p->n_leaves);
        if (w->regs == NULL || w->copies == NULL || w->leaf == NULL) return ZK_ERR_FULL;
    }
    return ZK_OK;
}

#define BLOCKS_A_RANGE 32

zk_err program_run_at(const struct program *p, fr *const *out, const struct program_inputs *in, cpu_level level,
                      struct pool *pool, struct arena *scratch)
{
    assert(in->log_n >= PLONK_LOG_N_MIN);
    struct run r = {.p = p, .in = in, .out = out, .kernel = &program_kernel_plain};
#ifdef ZK_X86_64
    if (level >= CPU_IFMA) r.kernel = &program_kernel_ifma;
#else
    (void)level;
#endif
    size_t mark = arena_mark(scratch);
    zk_err err = prepare_scalars(&r, scratch);
    if (err != ZK_OK) goto out;
    err = prepare_workers(&r, pool_threads(pool), scratch);
    if (err != ZK_OK) goto out;
    pool_for_range(pool, ((size_t)1 << in->log_n) / PROGRAM_BLOCK, BLOCKS_A_RANGE, run_blocks, &r);
out:
    arena_release(scratch, mark);
    return err;
}

zk_err program_run(const struct program *p, fr *const *out, const struct program_inputs *in, struct pool *pool,
                   struct arena *scratch)
{
    return program_run_at(p, out, in, cpu_level_get(), pool, scratch);
}

size_t program_scratch_len(const struct program *p, const struct pool *pool)
{
    const size_t a_worker = (size_t)p->n_regs * 2048 + (size_t)p->n_leaves * (PROGRAM_BLOCK * sizeof(fr) + 8) + 4096;
    return pool_threads(pool) * a_worker + (p->graph->n_nodes + 10 * (size_t)p->n_scalars) * sizeof(fr) + 8192;
}
