#include "circuit/audit.h"

#include <stdio.h>
#include <string.h>

#define PROGRESS_ROWS 1024

void audit_init(struct audit *a, const struct block_circuit *c, struct arena *arena)
{
    const struct expr_graph *g = &c->cs.graph;
    *a = (struct audit){.c = c, .arena = arena};
    a->used = arena_push(arena, bool, g->n_nodes);
    a->value = arena_push(arena, fr, g->n_nodes);
    assert(a->used != NULL && a->value != NULL);
}

static bool audit_gate_on(const struct cs *cs, const struct cs_gate *g, uint32_t row, uint32_t n)
{
    switch (g->where) {
    case GATE_ROWS: return cs_is_on(cs, row & (cs->period - 1), g->bit);
    case GATE_ROWS_NOT_LAST: return row != n - 1 && cs_is_on(cs, row & (cs->period - 1), g->bit);
    case GATE_FIRST: return row == 0;
    case GATE_LAST: return row == n - 1;
    }
    return false;
}

static const struct audit_list *audit_list_of(struct audit *a, uint32_t row, uint32_t n)
{
    const struct cs *cs = &a->c->cs;
    const struct audit_list key = {
        .active = cs->active[row & (cs->period - 1)], .first = row == 0, .last = row == n - 1};
    for (unsigned i = 0; i < a->n_lists; i++) {
        const struct audit_list *l = &a->lists[i];
        if (l->active == key.active && l->first == key.first && l->last == key.last) return l;
    }
    assert(a->n_lists < AUDIT_LISTS_MAX);
    struct audit_list *l = &a->lists[a->n_lists++];
    *l = key;
    memset(a->used, 0, cs->graph.n_nodes);
    for (uint32_t i = 0; i < cs->n_constraints; i++)
        if (audit_gate_on(cs, &cs->gates[cs->constraints[i].gate], row, n))
            expr_mark(&cs->graph, cs->constraints[i].e, a->used);
    for (uint32_t i = 0; i < cs->n_lookups; i++)
        for (uint32_t k = 0; k < cs->table_width; k++)
            if (cs_is_on(cs, row & (cs->period - 1), cs->lookups[i].bit))
                expr_mark(&cs->graph, cs->lookups[i].tuple[k], a->used);
    for (uint32_t i = 0; i < cs->graph.n_nodes; i++) l->n += a->used[i];
    l->ids = arena_push(a->arena, uint32_t, l->n + 1);
    assert(l->ids != NULL);
    for (uint32_t i = 0, k = 0; i < cs->graph.n_nodes; i++)
        if (a->used[i]) l->ids[k++] = i;
    return l;
}

/* Values of the nodes that matter in one row. */
static void audit_evaluate(struct audit *a, const struct witness *w, uint32_t row)
{
    const struct cs *cs = &a->c->cs;
    const uint32_t n = 1u << w->log_n;
    const uint32_t at = row & (cs->period - 1);
    fr advice[2][PLONK_ADVICE], fixed[PLONK_FIXED_MAX], aux[AUX_MAX], table[PLONK_TUPLE_MAX];
    fr challenges[CHALLENGE_COUNT];
    memset(aux, 0, sizeof aux);
    memset(table, 0, sizeof table);
    memset(challenges, 0, sizeof challenges);
    for (unsigned j = 0; j < PLONK_ADVICE; j++) {
        advice[0][j] = w->advice[j][row];
        advice[1][j] = w->advice[j][(row + 1) & (n - 1)];
    }
    for (uint32_t i = 0; i < cs->n_fixed; i++) fixed[i] = cs->fixed[i][at];
    const struct expr_point p = {.advice = {advice[0], advice[1]},
                                 .aux = {aux, aux},
                                 .fixed = fixed,
                                 .table = table,
                                 .publics = w->publics,
                                 .challenges = challenges,
                                 .first = row == 0 ? FR_ONE : FR_ZERO,
                                 .last = row == n - 1 ? FR_ONE : FR_ZERO};
    const struct audit_list *l = audit_list_of(a, row, n);
    expr_eval_list(&cs->graph, &p, l->ids, l->n, a->value);
}

enum audit_of { AUDIT_ROW, AUDIT_GATE, AUDIT_CELL };

static void audit_add(struct audit *a, struct audit_report *r, uint32_t row, const char *what, enum audit_of of,
                      unsigned i)
{
    if (r->n == AUDIT_FOUND_MAX) return;
    struct audit_found *f = &r->found[r->n];
    f->row = row;
    f->what = what;
    const uint32_t at = row & (a->c->cs.period - 1);
    switch (of) {
    case AUDIT_ROW: check_row_path(f->path, sizeof f->path, &a->c->cs, at); break;
    case AUDIT_GATE: check_gate_path(f->path, sizeof f->path, &a->c->cs, at, i); break;
    case AUDIT_CELL: check_cell_path(f->path, sizeof f->path, &a->c->cs, at, i); break;
    }
    if (a->dropped == NULL || strstr(f->path, a->dropped) == NULL) r->n++;
}

/* Gates and lookups of one row. */
void audit_row(struct audit *a, struct audit_report *r, const struct witness *w, uint32_t row)
{
    const struct cs *cs = &a->c->cs;
    audit_evaluate(a, w, row);
    for (uint32_t i = 0; i < cs->n_constraints; i++) {
        const struct cs_constraint *k = &cs->constraints[i];
        if (!audit_gate_on(cs, &cs->gates[k->gate], row, 1u << w->log_n)) continue;
        if (!fr_is_zero(&a->value[k->e.id])) audit_add(a, r, row, k->label, AUDIT_GATE, k->gate);
    }
    for (uint32_t i = 0; i < cs->n_lookups; i++) {
        const struct cs_lookup *l = &cs->lookups[i];
        if (!cs_is_on(cs, row & (cs->period - 1), l->bit)) continue;
        fr tuple[PLONK_TUPLE_MAX];
        uint32_t at;
        for (uint32_t k = 0; k < cs->table_width; k++) tuple[k] = a->value[l->tuple[k].id];
        if (!cs_table_find(cs, tuple, &at)) audit_add(a, r, row, "lookup", AUDIT_ROW, 0);
    }
}

/* Is the cell one of several that must be equal? */
bool audit_is_copied(const struct cs *cs, uint32_t row_in_period, unsigned col)
{
    const uint32_t cell = row_in_period * PLONK_COPY + col;
    return col < PLONK_COPY && cs->copy_next[cell] != cell;
}

static void audit_copies(struct audit *a, struct audit_report *r, const struct witness *w)
{
    const struct cs *cs = &a->c->cs;
    for (uint32_t row = 0; row < 1u << w->log_n; row++) {
        const uint32_t at = row & (cs->period - 1);
        for (unsigned j = 0; j < PLONK_COPY; j++) {
            const uint32_t to = cs->copy_rep[at * PLONK_COPY + j];
            const fr *other = &w->advice[to % PLONK_COPY][row - at + to / PLONK_COPY];
            if (!fr_eq(&w->advice[j][row], other)) audit_add(a, r, row, "copy", AUDIT_CELL, j);
        }
    }
}

void audit_witness(struct audit *a, struct audit_report *r, const struct witness *w)
{
    r->n = 0;
    audit_copies(a, r, w);
    for (uint32_t row = 0; row < 1u << w->log_n; row++) audit_row(a, r, w, row);
}

void audit_forge(struct witness *w, const struct block_circuit *c, struct block_hints *h, const struct builder_lie *lie,
                 struct arena *arena)
{
    zk_err err = witness_init(w, h->log_n, h->publics, BLOCK_PUBLICS, arena);
    assert(err == ZK_OK);
    const uint32_t tail = block_circuit_tail(c);
    for (unsigned p = 0; p < h->periods; p++) {
        struct builder b;
        builder_witness(&b, &c->cs, p, w->advice);
        if (p == 0) b.lie = lie;
        block_circuit_place(&b, c, &h->period[p], h->publics);
        const uint32_t last = c->cs.period - 1;
        if (p + 1 == h->periods) {
            h->publics[PUBLIC_NEW_ROOT] = builder_cell(&b, last, 0);
            h->publics[PUBLIC_CHAIN] = builder_cell(&b, last, 1);
            h->publics[PUBLIC_Y_SETTLEMENT] = builder_cell(&b, last, 2);
            h->publics[PUBLIC_Y_DELTA] = builder_cell(&b, last, 3);
            break;
        }
        struct period_hints *next = &h->period[p + 1];
        next->root = builder_cell(&b, last, 0);
        next->chain = builder_cell(&b, last, 1);
        next->y_settlement = builder_cell(&b, last, 2);
        next->y_delta = builder_cell(&b, last, 3);
        next->phi = builder_cell(&b, last, 4);
        const fr kind = builder_cell(&b, last, 6);
        const fr carry = builder_cell(&b, last, 7);
        uint64_t kind_limbs[4];
        fr_to_limbs(kind_limbs, &kind);
        next->kind = (unsigned)kind_limbs[0];
        next->open = !fr_is_zero(&carry);
        for (unsigned i = 0; i < CARRY_WIRES; i++) /* the inputs of two compressions */
            next->carry[i] = builder_cell(&b, i < 4 ? tail + 12 : tail + 24, i < 4 ? i : i - 3);
        next->account_root = builder_cell(&b, tail, 0);
        next->nft_root = builder_cell(&b, tail, 1);
        next->nft_count = builder_cell(&b, tail, 2);
        next->account_count = builder_cell(&b, tail, 3);
    }
}

/* ---- the sweep */

/* Does some constraint or lookup that is on in the row, or in the one before, depend on the cell at all? Found out with
 * random values in all cells around it: a polynomial that does not change there does not have the cell. */
static bool is_read(struct audit *a, struct witness *w, uint32_t row, unsigned col, struct prng *rng)
{
    fr before[PLONK_CONSTRAINTS + PLONK_LOOKUPS_MAX * PLONK_TUPLE_MAX];
    const struct cs *cs = &a->c->cs;
    const uint32_t n = 1u << w->log_n;
    fr kept[3][PLONK_ADVICE];
    bool read = false;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < PLONK_ADVICE; j++) {
            fr *cell = &w->advice[j][(row + n - 1 + i) & (n - 1)];
            kept[i][j] = *cell;
            fr_random(cell, rng);
        }
    for (unsigned i = 0; i < 2 && !read; i++) {
        const uint32_t at = (row + n - 1 + i) & (n - 1);
        for (unsigned pass = 0; pass < 2; pass++) {
            size_t k = 0;
            if (pass == 1) fr_random(&w->advice[col][row], rng);
            audit_evaluate(a, w, at);
            for (uint32_t c = 0; c < cs->n_constraints; c++) {
                if (!audit_gate_on(cs, &cs->gates[cs->constraints[c].gate], at, n)) continue;
                const fr v = a->value[cs->constraints[c].e.id];
                if (pass == 1 && !fr_eq(&before[k], &v)) read = true;
                before[k++] = v;
            }
            for (uint32_t l = 0; l < cs->n_lookups; l++) {
                for (uint32_t t = 0; t < cs->table_width && cs_is_on(cs, at & (cs->period - 1), cs->lookups[l].bit);
                     t++) {
                    const fr v = a->value[cs->lookups[l].tuple[t].id];
                    if (pass == 1 && !fr_eq(&before[k], &v)) read = true;
                    before[k++] = v;
                }
            }
        }
    }
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < PLONK_ADVICE; j++) w->advice[j][(row + n - 1 + i) & (n - 1)] = kept[i][j];
    return read;
}

/* Does a constraint notice each of several wrong values in a cell that no other must equal? */
static bool noticed(struct audit *a, struct audit_report *r, const struct witness *w, uint32_t row, unsigned col)
{
    const uint32_t n = 1u << w->log_n;
    fr *cell = &w->advice[col][row];
    const fr kept = *cell;
    const fr wrong[3] = {fr_u64(1), fr_i64(-1), fr_pow2(200)};
    bool all = true;
    for (unsigned k = 0; k < ZK_COUNT(wrong) && all; k++) {
        fr_add(cell, &kept, &wrong[k]);
        r->n = 0;
        audit_row(a, r, w, row);
        if (r->n == 0) audit_row(a, r, w, (row + n - 1) & (n - 1));
        all = r->n != 0;
        *cell = kept;
    }
    return all;
}

static void tally_add(struct audit_sweep *s, const char *path, unsigned col)
{
    for (unsigned i = 0; i < s->n_tallies; i++) {
        if (s->tallies[i].col != col || strcmp(s->tallies[i].path, path) != 0) continue;
        s->tallies[i].count++;
        return;
    }
    assert(s->n_tallies < AUDIT_TALLIES_MAX);
    struct audit_tally *t = &s->tallies[s->n_tallies++];
    (void)snprintf(t->path, sizeof t->path, "%s", path);
    t->col = col;
    t->count = 1;
}

void audit_sweep(struct audit_sweep *out, struct audit *a, struct witness *w, uint32_t rows, struct prng *rng,
                 void (*progress)(void *ctx, uint32_t done, uint32_t rows), void *ctx)
{
    const struct cs *cs = &a->c->cs;
    struct audit_report *report = arena_push(a->arena, struct audit_report, 1);
    assert(report != NULL);
    memset(out, 0, sizeof *out);
    for (uint32_t row = 0; row < rows; row++) {
        const uint32_t at = row & (cs->period - 1);
        for (unsigned col = 0; col < PLONK_ADVICE; col++, out->cells++) {
            if (audit_is_copied(cs, at, col) || noticed(a, report, w, row, col)) continue;
            if (!is_read(a, w, row, col, rng)) {
                out->unread++;
                continue;
            }
            char path[AUDIT_PATH];
            check_cell_path(path, sizeof path, cs, at, col);
            tally_add(out, path, col);
            out->unnoticed++;
        }
        if (progress != NULL && (row + 1) % PROGRESS_ROWS == 0) progress(ctx, row + 1, rows);
    }
}

const char *audit_explained(const struct audit_tally *t)
{
    static const char spare[] = "a bit beside another that nothing uses";
    static const char inverse[] = "the hint of an inverse, where what it inverts is 0 or the condition is off";
    static const struct {
        const char *path;
        unsigned col;
        const char *why;
    } known[] = {
        {"circuit/head/carry", 1, spare},      /* beside `open` */
        {"circuit/head/carry", 2, spare},      /**/
        {"circuit/head/carry", 3, spare},      /**/
        {"circuit/head/carry", 4, spare},      /**/
        {"circuit/slot/accounts", 2, inverse}, /* 1 / (owner - own account), where they are equal */
        {"circuit/slot/changes", 3, inverse},  /* 1 / (account - submitter), where they are equal */
        {"circuit/slot/requests", 3, inverse}, /* 1 / (address - published address), where they are equal */
        {"circuit/slot/swap", 5, inverse},     /* 1 / the product of differences, in slots without an order */
    };
    for (unsigned i = 0; i < ZK_COUNT(known); i++)
        if (known[i].col == t->col && strcmp(known[i].path, t->path) == 0) return known[i].why;
    return NULL;
}
