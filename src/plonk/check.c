/* A gate's constraints are evaluated only in the rows it is on, by the list of the nodes they consist of. Rows are cut
 * into ranges for the threads; each range keeps its first failure and the lowest wins, so the report is the same at any
 * thread count. */
#include "plonk/check.h"

#include "base/bytes.h"
#include "base/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RANGE_ROWS 1024

struct found {
    bool failed;
    enum check_kind kind;
    uint32_t row;
    unsigned index, constraint;
};

struct check {
    const struct cs *cs;
    const struct witness *w;
    uint32_t n;
    uint32_t *nodes[PLONK_GATES_MAX + PLONK_LOOKUPS_MAX]; /* what gate g, then lookup l, consists of */
    size_t n_nodes[PLONK_GATES_MAX + PLONK_LOOKUPS_MAX];
    fr *values[POOL_THREADS_MAX];
    fr omega_last;
    fr challenges[CHALLENGE_COUNT];
    struct found *found; /* [ranges] */
};

static zk_err list_nodes(struct check *c, unsigned slot, bool *used, struct arena *scratch)
{
    size_t n = 0;
    for (uint32_t i = 0; i < c->cs->graph.n_nodes; i++) n += used[i];
    c->nodes[slot] = arena_push(scratch, uint32_t, n + 1);
    if (c->nodes[slot] == NULL) return ZK_ERR_FULL;
    for (uint32_t i = 0; i < c->cs->graph.n_nodes; i++)
        if (used[i]) c->nodes[slot][c->n_nodes[slot]++] = i;
    memset(used, 0, c->cs->graph.n_nodes);
    return ZK_OK;
}

static zk_err prepare(struct check *c, unsigned threads, struct arena *scratch)
{
    const struct cs *cs = c->cs;
    bool *used = arena_push(scratch, bool, cs->graph.n_nodes);
    if (used == NULL) return ZK_ERR_FULL;
    memset(used, 0, cs->graph.n_nodes);
    for (uint32_t g = 0; g < cs->n_gates; g++) {
        for (uint32_t i = 0; i < cs->n_constraints; i++)
            if (cs->constraints[i].gate == g) expr_mark(&cs->graph, cs->constraints[i].e, used);
        ZK_TRY(list_nodes(c, g, used, scratch));
    }
    for (uint32_t l = 0; l < cs->n_lookups; l++) {
        for (uint32_t t = 0; t < cs->table_width; t++) expr_mark(&cs->graph, cs->lookups[l].tuple[t], used);
        ZK_TRY(list_nodes(c, PLONK_GATES_MAX + l, used, scratch));
    }
    for (unsigned t = 0; t < threads; t++) {
        c->values[t] = arena_push(scratch, fr, cs->graph.n_nodes);
        if (c->values[t] == NULL) return ZK_ERR_FULL;
    }
    return ZK_OK;
}

/* What the leaves are in one row. */
struct row_view {
    fr cells[2][PLONK_ADVICE];
    fr fixed[PLONK_FIXED_MAX];
    struct expr_point at;
};

static void view_row(const struct check *c, struct row_view *v, uint32_t row)
{
    uint32_t next = row + 1 == c->n ? 0 : row + 1;
    for (int j = 0; j < PLONK_ADVICE; j++) {
        v->cells[0][j] = c->w->advice[j][row];
        v->cells[1][j] = c->w->advice[j][next];
    }
    for (uint32_t f = 0; f < c->cs->n_fixed; f++) v->fixed[f] = c->cs->fixed[f][row & (c->cs->period - 1)];
    v->at = (struct expr_point){
        .advice = {v->cells[0], v->cells[1]}, .fixed = v->fixed, .publics = c->w->publics, .challenges = c->challenges};
    v->at.first = row == 0 ? FR_ONE : FR_ZERO;
    v->at.last = row + 1 == c->n ? FR_ONE : FR_ZERO;
}

static bool gate_is_on(const struct check *c, const struct cs_gate *g, uint32_t row)
{
    switch (g->where) {
    case GATE_FIRST: return row == 0;
    case GATE_LAST: return row + 1 == c->n;
    case GATE_ROWS: break;
    case GATE_ROWS_NOT_LAST:
        if (row + 1 == c->n) return false;
        break;
    }
    return cs_is_on(c->cs, row & (c->cs->period - 1), g->bit);
}

static bool check_gates(const struct check *c, const struct row_view *v, uint32_t row, fr *values, struct found *f)
{
    for (uint32_t g = 0; g < c->cs->n_gates; g++) {
        if (!gate_is_on(c, &c->cs->gates[g], row)) continue;
        expr_eval_list(&c->cs->graph, &v->at, c->nodes[g], c->n_nodes[g], values);
        for (uint32_t i = 0; i < c->cs->n_constraints; i++) {
            const struct cs_constraint *k = &c->cs->constraints[i];
            if (k->gate != g || fr_is_zero(&values[k->e.id])) continue;
            *f = (struct found){.failed = true, .kind = CHECK_GATE, .row = row, .index = g, .constraint = i};
            return false;
        }
    }
    return true;
}

static bool check_lookups(const struct check *c, const struct row_view *v, uint32_t row, fr *values, struct found *f)
{
    for (uint32_t l = 0; l < c->cs->n_lookups; l++) {
        const struct cs_lookup *lookup = &c->cs->lookups[l];
        if (!cs_is_on(c->cs, row & (c->cs->period - 1), lookup->bit)) continue;
        const unsigned slot = PLONK_GATES_MAX + l;
        expr_eval_list(&c->cs->graph, &v->at, c->nodes[slot], c->n_nodes[slot], values);
        fr tuple[PLONK_TUPLE_MAX];
        for (uint32_t t = 0; t < c->cs->table_width; t++) tuple[t] = values[lookup->tuple[t].id];
        uint32_t at;
        if (cs_table_find(c->cs, tuple, &at)) continue;
        *f = (struct found){.failed = true, .kind = CHECK_LOOKUP, .row = row, .index = l};
        return false;
    }
    return true;
}

static bool check_copies(const struct check *c, uint32_t row, struct found *f)
{
    uint32_t in_period = row & (c->cs->period - 1);
    for (unsigned j = 0; j < PLONK_COPY; j++) {
        uint32_t to = c->cs->copy_next[in_period * PLONK_COPY + j];
        const fr *other = &c->w->advice[to % PLONK_COPY][row - in_period + to / PLONK_COPY];
        if (fr_eq(&c->w->advice[j][row], other)) continue;
        *f = (struct found){.failed = true, .kind = CHECK_COPY, .row = row, .index = j};
        return false;
    }
    return true;
}

static void check_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct check *c = ctx;
    struct found *f = &c->found[begin / RANGE_ROWS];
    struct row_view v;
    for (size_t row = begin; row < end && !f->failed; row++) {
        view_row(c, &v, (uint32_t)row);
        if (!check_gates(c, &v, (uint32_t)row, c->values[worker], f)) return;
        if (!check_lookups(c, &v, (uint32_t)row, c->values[worker], f)) return;
        if (!check_copies(c, (uint32_t)row, f)) return;
    }
}

/* ---- the report */

static void label_path(char *out, size_t cap, const struct cs *cs, uint16_t label)
{
    uint16_t chain[32];
    size_t n = 0;
    while (n < ZK_COUNT(chain)) {
        chain[n++] = label;
        if (label == 0) break;
        label = cs->labels[label].parent;
    }
    size_t len = 0;
    out[0] = 0;
    while (n-- > 0 && len + 1 < cap) {
        int got = snprintf(out + len, cap - len, "%s%s", len == 0 ? "" : "/", cs->labels[chain[n]].name);
        if (got < 0) return;
        len += (size_t)got;
    }
}

void check_row_path(char *out, size_t cap, const struct cs *cs, uint32_t row_in_period)
{
    label_path(out, cap, cs, cs->row_label[row_in_period]);
}

void check_gate_path(char *out, size_t cap, const struct cs *cs, uint32_t row_in_period, unsigned gate)
{
    const bool guest = cs->guest_gate[row_in_period] == gate + 1;
    label_path(out, cap, cs, guest ? cs->guest_label[row_in_period] : cs->row_label[row_in_period]);
}

void check_cell_path(char *out, size_t cap, const struct cs *cs, uint32_t row_in_period, unsigned col)
{
    const bool guest = (cs->guest_cells[row_in_period] >> col & 1) != 0;
    label_path(out, cap, cs, guest ? cs->guest_label[row_in_period] : cs->row_label[row_in_period]);
}

struct text {
    char *out;
    size_t cap, len;
};

ZK_PRINTF(2, 3) static void say(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int got = vsnprintf(t->out + t->len, t->cap - t->len, fmt, args); /* len < cap: at least the final zero fits */
    va_end(args);
    if (got > 0) t->len += (size_t)got;
    if (t->len >= t->cap) t->len = t->cap - 1;
}

static void say_fr(struct text *t, const char *name, const fr *x)
{
    uint8_t bytes[32];
    char hex[65];
    fr_to_be32(bytes, x);
    hex_encode(hex, bytes, 32);
    const char *digits = hex;
    while (*digits == '0' && digits[1] != 0) digits++;
    say(t, "\n  %s = 0x%s", name, digits);
}

static void say_cells(struct text *t, const struct check *c, uint32_t row)
{
    for (int rot = 0; rot < 2; rot++) {
        uint32_t at = row + (uint32_t)rot == c->n ? 0 : row + (uint32_t)rot;
        for (int j = 0; j < PLONK_ADVICE; j++) {
            char name[16];
            if (rot == 1 && !c->cs->next_used[j]) continue;
            (void)snprintf(name, sizeof(name), "%s[%d]", rot == 0 ? "row" : "next", j);
            say_fr(t, name, &c->w->advice[j][at]);
        }
    }
}

static void describe(const struct check *c, const struct found *f, struct check_failure *out)
{
    const struct cs *cs = c->cs;
    uint32_t in_period = f->row & (cs->period - 1);
    struct text t = {out->text, sizeof(out->text), 0};
    char path[256];
    *out = (struct check_failure){.kind = f->kind, .row = f->row, .period = f->row / cs->period, .index = f->index};
    out->constraint = f->constraint;
    check_row_path(path, sizeof(path), cs, in_period);
    if (f->kind == CHECK_GATE) check_gate_path(path, sizeof(path), cs, in_period, f->index);
    if (f->kind == CHECK_COPY) check_cell_path(path, sizeof(path), cs, in_period, f->index);
    switch (f->kind) {
    case CHECK_GATE:
        say(&t, "gate %s, constraint \"%s\"", cs->gates[f->index].name, cs->constraints[f->constraint].label);
        break;
    case CHECK_LOOKUP: say(&t, "lookup %s: not in the table", cs->lookups[f->index].name); break;
    case CHECK_COPY: {
        uint32_t to = cs->copy_next[in_period * PLONK_COPY + f->index];
        out->other_row = f->row - in_period + to / PLONK_COPY;
        out->other_col = to % PLONK_COPY;
        say(&t, "copy of column %u: differs from row %u, column %u", f->index, out->other_row, out->other_col);
        break;
    }
    }
    say(&t, "; row %u (period %u, row %u of it), gadget %s", f->row, out->period, in_period, path);
    if (f->kind == CHECK_COPY) {
        say_fr(&t, "this", &c->w->advice[f->index][f->row]);
        say_fr(&t, "that", &c->w->advice[out->other_col][out->other_row]);
    } else {
        say_cells(&t, c, f->row);
    }
}

static zk_err run(struct check *c, bool *ok, struct check_failure *first, struct pool *pool, struct arena *scratch)
{
    size_t ranges = (c->n + RANGE_ROWS - 1) / RANGE_ROWS;
    ZK_TRY(prepare(c, pool_threads(pool), scratch));
    c->found = arena_push(scratch, struct found, ranges);
    if (c->found == NULL) return ZK_ERR_FULL;
    memset(c->found, 0, ranges * sizeof(struct found));
    pool_for_range(pool, c->n, RANGE_ROWS, check_range, c);
    *ok = true;
    for (size_t r = 0; r < ranges && *ok; r++) {
        if (!c->found[r].failed) continue;
        *ok = false;
        if (first != NULL) describe(c, &c->found[r], first);
    }
    return ZK_OK;
}

zk_err check_witness(bool *ok, struct check_failure *first, const struct cs *cs, const struct witness *w,
                     struct pool *pool, struct arena *scratch)
{
    assert(cs->sealed);
    *ok = false;
    if (w->log_n < cs->config.log_t || w->log_n > PLONK_LOG_N_MAX || w->log_n < cs->log_table)
        return zk_fail(ZK_ERR_RANGE, "2^%u rows are too few for a period of 2^%u and a table of 2^%u, or too many",
                       w->log_n, cs->config.log_t, cs->log_table);
    if (w->n_public != cs->config.n_public)
        return zk_fail(ZK_ERR_RANGE, "%u public inputs, the circuit has %u", w->n_public, cs->config.n_public);
    struct check c = {.cs = cs, .w = w, .n = 1u << w->log_n};
    size_t mark = arena_mark(scratch);
    zk_err err = run(&c, ok, first, pool, scratch);
    arena_release(scratch, mark);
    return err;
}
