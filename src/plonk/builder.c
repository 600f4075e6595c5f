#include "plonk/builder.h"

#include <string.h>

void builder_shape(struct builder *b, struct cs *cs, fr *const *advice)
{
    assert(!cs->sealed);
    *b = (struct builder){.cs = cs, .shape = true};
    for (int j = 0; j < PLONK_ADVICE && advice != NULL; j++) b->advice[j] = advice[j];
}

void builder_witness(struct builder *b, const struct cs *cs, uint32_t period_no, fr *const *advice)
{
    assert(cs->sealed);
    /* In witness mode nothing is written through this pointer. */
    *b = (struct builder){.cs = (struct cs *)(uintptr_t)cs, .shape = false};
    for (int j = 0; j < PLONK_ADVICE; j++) b->advice[j] = advice[j] + (size_t)period_no * cs->period;
}

uint32_t builder_rows_left(const struct builder *b)
{
    return b->cs->period - b->next_row;
}

uint32_t builder_rows(struct builder *b, uint32_t count)
{
    if (count > builder_rows_left(b)) {
        assert(b->shape); /* a witness has the rows of its shape */
        cs_failed(b->cs, zk_fail(ZK_ERR_FULL, "the period of %u rows is full in gadget %s", b->cs->period,
                                 b->cs->labels[b->label].name));
        return 0;
    }
    uint32_t first = b->next_row;
    b->next_row += count;
    if (b->shape) {
        for (uint32_t i = 0; i < count; i++) b->cs->row_label[first + i] = b->label;
        b->cs->labels[b->label].rows += count;
        b->cs->rows_used = b->next_row;
    }
    return first;
}

static void switch_on(struct builder *b, unsigned bit, uint32_t row)
{
    assert(row < b->cs->period);
    if (b->shape)
        b->cs->active[row] |= 1ULL << bit;
    else
        assert(cs_is_on(b->cs, row, bit)); /* the shape depends on values */
}

void builder_gate(struct builder *b, gate_id gate, uint32_t row)
{
    assert(gate.i < b->cs->n_gates);
    assert(b->cs->gates[gate.i].where <= GATE_ROWS_NOT_LAST);
    switch_on(b, b->cs->gates[gate.i].bit, row);
}

void builder_guest(struct builder *b, gate_id gate, uint32_t row, unsigned cells)
{
    builder_gate(b, gate, row);
    if (!b->shape) return;
    struct cs *cs = b->cs;
    assert(cs->guest_gate[row] == 0);
    cs->guest_gate[row] = (uint8_t)(gate.i + 1);
    for (unsigned i = 0; i < 2 && row + i < cs->period; i++) {
        const uint8_t own = (uint8_t)(cells >> 8 * i);
        if (own == 0) continue;
        cs->guest_label[row + i] = b->label;
        cs->guest_cells[row + i] |= own;
    }
}

void builder_lookup(struct builder *b, lookup_id lookup, uint32_t row)
{
    assert(lookup.i < b->cs->n_lookups);
    switch_on(b, b->cs->lookups[lookup.i].bit, row);
}

void builder_fix(struct builder *b, uint32_t row, fixed_id col, const fr *v)
{
    assert(row < b->cs->period);
    if (!b->shape) return;
    fr *cell = &b->cs->fixed[col.i][row];
    uint64_t *set = &b->cs->fixed_set[row];
    const bool again = (*set >> col.i & 1) != 0;
    assert(b->cs->failed != ZK_OK || !again || fr_eq(cell, v)); /* two gadgets want one coefficient cell */
    *set |= 1ULL << col.i;
    *cell = *v;
}

wire builder_put(struct builder *b, uint32_t row, unsigned col, const fr *v)
{
    assert(row < b->cs->period);
    assert(col < PLONK_ADVICE);
    if (b->lie != NULL && b->lie->row == row && b->lie->col == col) v = &b->lie->value;
    if (b->advice[col] != NULL) b->advice[col][row] = *v;
    return builder_wire(row, col);
}

wire builder_copy(struct builder *b, uint32_t row, unsigned col, wire src)
{
    assert(col < PLONK_COPY);
    fr v = builder_value(b, src);
    wire w = builder_put(b, row, col, &v);
    builder_connect(b, w, src);
    return w;
}

/* Cycles are joined by exchanging the successors of one cell of each; the shorter one takes the other's name. */
void builder_connect(struct builder *b, wire x, wire y)
{
    struct cs *cs = b->cs;
    uint32_t cells = cs->period * PLONK_COPY;
    assert(x.cell < cells && y.cell < cells);
    if (!b->shape) {
        assert(cs->copy_rep[x.cell] == cs->copy_rep[y.cell]); /* the shape depends on values */
        return;
    }
    uint32_t keep = cs->copy_rep[x.cell];
    uint32_t drop = cs->copy_rep[y.cell];
    if (keep == drop) return;
    if (cs->copy_size[keep] < cs->copy_size[drop]) {
        uint32_t t = keep;
        keep = drop;
        drop = t;
    }
    cs->copy_size[keep] += cs->copy_size[drop];
    uint32_t at = drop;
    do {
        cs->copy_rep[at] = keep;
        at = cs->copy_next[at];
    } while (at != drop);
    uint32_t t = cs->copy_next[x.cell];
    cs->copy_next[x.cell] = cs->copy_next[y.cell];
    cs->copy_next[y.cell] = t;
}

fr builder_cell(const struct builder *b, uint32_t row, unsigned col)
{
    assert(row < b->cs->period);
    assert(col < PLONK_ADVICE);
    return b->advice[col] != NULL ? b->advice[col][row] : FR_ZERO;
}

fr builder_value(const struct builder *b, wire w)
{
    return builder_cell(b, wire_row(w), wire_col(w));
}

void builder_open(struct builder *b, const char *name)
{
    struct cs *cs = b->cs;
    uint32_t i = b->label + 1u; /* children come after their parent */
    while (i < cs->n_labels && (cs->labels[i].parent != b->label || strcmp(cs->labels[i].name, name) != 0)) i++;
    if (i == cs->n_labels && b->shape) {
        if (cs->n_labels == PLONK_LABELS_MAX) {
            cs_failed(cs, zk_fail(ZK_ERR_FULL, "more than %d gadget labels", PLONK_LABELS_MAX));
            return;
        }
        cs->labels[cs->n_labels++] = (struct cs_label){.name = name, .parent = b->label};
    }
    assert(i < cs->n_labels);
    b->label = (uint16_t)i;
}

void builder_close(struct builder *b)
{
    assert(b->label != 0 || b->cs->failed != ZK_OK);
    b->label = b->cs->labels[b->label].parent;
}

zk_err witness_init(struct witness *w, unsigned log_n, const fr *publics, uint32_t n_public, struct arena *arena)
{
    size_t n = (size_t)1 << log_n;
    *w = (struct witness){.log_n = log_n, .publics = publics, .n_public = n_public};
    for (int j = 0; j < PLONK_ADVICE; j++) {
        w->advice[j] = arena_push(arena, fr, n);
        if (w->advice[j] == NULL) return ZK_ERR_FULL;
        memset(w->advice[j], 0, n * sizeof(fr));
    }
    return ZK_OK;
}
