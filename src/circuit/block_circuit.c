#include "circuit/block_circuit.h"

#include "hash/poseidon2.h"
#include "rollup/binding.h"

#include <string.h>

#define OPENING_WORDS 6
#define CLASSES       16
#define CLASS_BITS    32 /* token and packed fee */

static void add_gates(struct block_circuit *c)
{
    struct cs *cs = &c->cs;
    struct expr_graph *g = &cs->graph;
    expr w[PLONK_ADVICE], next[PLONK_ADVICE];
    for (unsigned j = 0; j < PLONK_ADVICE; j++) {
        w[j] = cs_cell(cs, j, 0);
        next[j] = cs_cell(cs, j, 1);
    }
    c->first = cs_gate(cs, "first", GATE_FIRST);
    cs_require(cs, c->first, "old root", expr_sub(g, w[0], cs_public(cs, PUBLIC_OLD_ROOT)));
    cs_require(cs, c->first, "C starts with the opening words", expr_sub(g, w[1], next[0]));
    cs_require(cs, c->first, "y_s starts with 1", expr_sub(g, w[2], expr_u64(g, 1)));
    cs_require(cs, c->first, "y_d starts with the opening words", expr_sub(g, w[3], next[3]));
    cs_require(cs, c->first, "Phi starts with 0", w[4]);
    cs_require(cs, c->first, "no slot stands before", expr_sub(g, w[6], expr_u64(g, SLOT_START)));

    c->last = cs_gate(cs, "last", GATE_LAST);
    cs_require(cs, c->last, "new root", expr_sub(g, w[0], cs_public(cs, PUBLIC_NEW_ROOT)));
    cs_require(cs, c->last, "C", expr_sub(g, w[1], cs_public(cs, PUBLIC_CHAIN)));
    cs_require(cs, c->last, "y_s", expr_sub(g, w[2], cs_public(cs, PUBLIC_Y_SETTLEMENT)));
    cs_require(cs, c->last, "y_d", expr_sub(g, w[3], cs_public(cs, PUBLIC_Y_DELTA)));
    cs_require(cs, c->last, "all fees are collected", w[4]);
    cs_require(cs, c->last, "no operation is left open", w[7]);

    c->pass_in = cs_gate(cs, "pass_in", GATE_ROWS);
    c->pass_out = cs_gate(cs, "pass_out", GATE_ROWS);
    for (unsigned j = 0; j < 3; j++) {
        cs_require(cs, c->pass_in, "into copyable cells", expr_sub(g, w[PLONK_COPY + j], next[j]));
        cs_require(cs, c->pass_out, "out of copyable cells", expr_sub(g, w[j], next[PLONK_COPY + j]));
    }
    c->hand_over = cs_gate(cs, "hand_over", GATE_ROWS_NOT_LAST);
    for (unsigned j = 0; j < PLONK_ADVICE; j++)
        cs_require(cs, c->hand_over, "to the next period", expr_sub(g, w[j], next[j]));

    c->header = cs_gate(cs, "header", GATE_ROWS);
    const fr number = fr_pow2(96);
    const fr account = fr_pow2(64);
    expr header = expr_add(g, expr_add(g, expr_scale(g, &number, w[0]), expr_scale(g, &account, w[1])), w[2]);
    cs_require(cs, c->header, "header", expr_sub(g, header, cs_public(cs, PUBLIC_HEADER)));

    c->opening = cs_gate(cs, "opening", GATE_ROWS);
    expr y = expr_u64(g, 1);
    for (unsigned i = 0; i < OPENING_WORDS; i++)
        y = expr_add(g, expr_mul(g, y, cs_public(cs, PUBLIC_CHALLENGE)), i < 5 ? w[i] : next[0]);
    cs_require(cs, c->opening, "y_d of the opening words", expr_sub(g, y, next[1]));
}

unsigned block_circuit_log_n(unsigned capacity)
{
    unsigned log_n = BLOCK_LOG_T;
    while ((unsigned)SLOTS_PER_PERIOD << (log_n - BLOCK_LOG_T) < capacity) log_n++;
    return log_n;
}

struct head {
    struct gadgets gadgets; /* with this period's constants */
    struct slot_state state;
    struct slot_env env;
    wire opening_chain;
};

static void place_header(struct builder *b, const struct block_circuit *c, struct head *head,
                         const struct period_hints *h)
{
    const struct gadgets *g = &head->gadgets;
    builder_open(b, "header");
    wire number = g_number(b, g, &h->number, 32);
    head->env.fee_account = g_number(b, g, &h->fee_account, 32);
    head->env.timestamp = g_number(b, g, &h->timestamp, 64);
    const uint32_t row = builder_rows(b, 1);
    builder_gate(b, c->header, row);
    (void)builder_copy(b, row, 0, number);
    (void)builder_copy(b, row, 1, head->env.fee_account);
    (void)builder_copy(b, row, 2, head->env.timestamp);
    builder_close(b);
}

/* The opening words from the classes; C0 and y_d after them. */
static wire place_opening(struct builder *b, const struct block_circuit *c, struct head *head,
                          const struct period_hints *h, const fr *challenge)
{
    const struct gadgets *g = &head->gadgets;
    builder_open(b, "opening");
    wire class[CLASSES], word[OPENING_WORDS], k[4];
    for (unsigned i = 0; i < CLASSES; i++) {
        const fr v = fr_u64((uint64_t)h->class_token[i] << 16 | h->class_fee[i]);
        class[i] = g_number(b, g, &v, CLASS_BITS);
    }
    for (unsigned i = 0; i < CLASSES; i += 2)
        g_entries(b, g, class[i], class[i + 1], i, &head -> env.classes[i], &head->env.classes[i + 1]);
    const fr zero = FR_ZERO;
    const fr format = fr_pow2(88);
    const struct term first[1] = {{FR_ONE, class[0]}};
    word[0] = g_sum(b, g, first, 1, &format);
    for (unsigned i = 1; i < OPENING_WORDS; i++) {
        const struct term t[3] = {
            {fr_pow2(64), class[3 * i - 2]}, {fr_pow2(32), class[3 * i - 1]}, {FR_ONE, class[3 * i]}};
        word[i] = g_sum(b, g, t, 3, &zero);
    }
    k[0] = g->one;
    for (unsigned i = 0; i < 3; i++) {
        const struct term t[2] = {{FR_ONE, word[2 * i]}, {fr_pow2(96), word[2 * i + 1]}};
        k[1 + i] = g_sum(b, g, t, 2, &zero);
    }
    builder_connect(b, poseidon2_place_compress(b, &g->poseidon2, k), head->opening_chain);
    const uint32_t row = builder_rows(b, 2);
    builder_gate(b, c->opening, row);
    fr y = FR_ONE;
    for (unsigned i = 0; i < OPENING_WORDS; i++) {
        const fr v = builder_value(b, i < 5 ? builder_copy(b, row, i, word[i]) : builder_copy(b, row + 1, 0, word[i]));
        fr_mul(&y, &y, challenge);
        fr_add(&y, &y, &v);
    }
    wire out = builder_put(b, row + 1, 1, &y);
    builder_close(b);
    return out;
}

/* H4(H4(v0, v1, v2, v3), v4, v5, v6) */
static void carry_digest(fr *out, const fr v[CARRY_WIRES])
{
    const fr first[4] = {v[0], v[1], v[2], v[3]};
    fr second[4] = {FR_ZERO, v[4], v[5], v[6]};
    poseidon2_compress(&second[0], first);
    poseidon2_compress(out, second);
}

static wire place_digest(struct builder *b, const struct gadgets *g, const wire v[CARRY_WIRES])
{
    const wire first[4] = {v[0], v[1], v[2], v[3]};
    const wire second[4] = {poseidon2_place_compress(b, &g->poseidon2, first), v[4], v[5], v[6]};
    return poseidon2_place_compress(b, &g->poseidon2, second);
}

/* What the slot before handed on: free where its operation was complete, for then no slot reads it; else of the hash
 * that stands in row 0, for then that is not 0, and `open` must be 1. */
static void place_carry(struct builder *b, struct head *head, const struct period_hints *h, wire digest)
{
    const struct gadgets *g = &head->gadgets;
    builder_open(b, "carry");
    const fr open = fr_u64(h->open);
    fr v[CARRY_WIRES + 1];
    memcpy(v, h->carry, sizeof h->carry);
    v[CARRY_WIRES] = open;
    wire w[CARRY_WIRES + 1];
    g_hints(b, w, v, 4);
    g_hints(b, w + 4, v + 4, 4);
    arith_assert_boolean(b, &g->arith, &w[CARRY_WIRES], 1);
    memcpy(head->state.carry, w, sizeof head->state.carry);
    builder_connect(b, g_mul(b, g, w[CARRY_WIRES], place_digest(b, g, w)), digest);
    builder_close(b);
}

static void place_head(struct builder *b, const struct block_circuit *c, struct head *head,
                       const struct period_hints *h, const fr *publics)
{
    builder_open(b, "head");
    const uint32_t row = builder_rows(b, 2);
    const fr kind = fr_u64(h->kind);
    fr carry = FR_ZERO;
    if (h->open) carry_digest(&carry, h->carry);
    builder_gate(b, c->pass_in, row);
    wire root = builder_put(b, row, 0, &h->root);
    head->state.chain = builder_put(b, row, 1, &h->chain);
    head->state.y_settlement = builder_put(b, row, 2, &h->y_settlement);
    head->state.y_delta = builder_put(b, row, 3, &h->y_delta);
    head->state.phi = builder_put(b, row, 4, &h->phi);
    (void)builder_put(b, row, 5, &h->opening_chain);
    (void)builder_put(b, row, 6, &kind);
    (void)builder_put(b, row, 7, &carry);
    head->opening_chain = builder_put(b, row + 1, 0, &h->opening_chain);
    head->state.kind = builder_put(b, row + 1, 1, &kind);
    wire digest = builder_put(b, row + 1, 2, &carry);

    head->gadgets = c->gadgets;
    gadgets_begin(&head->gadgets, b);
    head->env.g = &head->gadgets;
    head->env.gates = &c->slot;
    head->env.challenge = publics[PUBLIC_CHALLENGE];
    place_carry(b, head, h, digest);
    place_header(b, c, head, h);
    (void)builder_copy(b, row + 1, 3, place_opening(b, c, head, h, &publics[PUBLIC_CHALLENGE]));
    const fr parts[4] = {h->account_root, h->nft_root, h->nft_count, h->account_count};
    wire opened[4];
    g_hints(b, opened, parts, 4);
    builder_connect(b, poseidon2_place_compress(b, &c->gadgets.poseidon2, opened), root);
    head->state.account_root = opened[0];
    head->state.nft_root = opened[1];
    head->state.nft_count = opened[2];
    head->state.account_count = opened[3];
    builder_close(b);
}

static void place_tail(struct builder *b, const struct block_circuit *c, const struct head *head)
{
    const struct slot_state *s = &head->state;
    const struct gadgets *g = &head->gadgets;
    builder_open(b, "tail");
    const wire parts[4] = {s->account_root, s->nft_root, s->nft_count, s->account_count};
    wire root = poseidon2_place_compress(b, &g->poseidon2, parts);
    wire carry = g_mul(b, g, s->more, place_digest(b, g, s->carry));
    if (builder_rows_left(b) > 2) (void)builder_rows(b, builder_rows_left(b) - 2);
    const uint32_t row = builder_rows(b, 2);
    const wire passed[3] = {head->opening_chain, s->kind, carry};
    builder_gate(b, c->pass_out, row);
    const wire out[PLONK_COPY] = {root, s->chain, s->y_settlement, s->y_delta, s->phi};
    for (unsigned j = 0; j < PLONK_COPY; j++) (void)builder_copy(b, row + 1, j, out[j]);
    for (unsigned j = 0; j < 3; j++) {
        const fr v = builder_value(b, builder_copy(b, row, j, passed[j]));
        (void)builder_put(b, row + 1, PLONK_COPY + j, &v);
    }
    builder_gate(b, c->hand_over, row + 1);
    builder_close(b);
}

uint32_t block_circuit_tail(const struct block_circuit *c)
{
    return c->head_rows + SLOTS_PER_PERIOD * c->slot_rows;
}

/* rows: of the head, and of a slot. */
static void place_period(struct builder *b, const struct block_circuit *c, const struct period_hints *h,
                         const fr *publics, uint32_t rows[2])
{
    struct head head;
    memset(&head, 0, sizeof head);
    place_head(b, c, &head, h, publics);
    rows[0] = b->next_row;
    for (unsigned i = 0; i < SLOTS_PER_PERIOD; i++) {
        const uint32_t before = b->next_row;
        slot_place(b, &head.env, &head.state, &h->slots[i]);
        rows[1] = b->next_row - before;
    }
    place_tail(b, c, &head);
}

void block_circuit_place(struct builder *b, const struct block_circuit *c, const struct period_hints *h,
                         const fr *publics)
{
    uint32_t rows[2];
    place_period(b, c, h, publics, rows);
}

zk_err block_circuit_init(struct block_circuit *c, struct arena *arena)
{
    const struct cs_config config = {.log_t = BLOCK_LOG_T, .table_cap = TABLE_CAP, .n_public = BLOCK_PUBLICS};
    memset(c, 0, sizeof *c);
    ZK_TRY(cs_init(&c->cs, &config, arena));
    gadgets_add(&c->gadgets, &c->cs);
    slot_gates_add(&c->slot, &c->cs, PUBLIC_CHALLENGE);
    add_gates(c);
    struct period_hints *h = arena_push(arena, struct period_hints, 1);
    if (h == NULL) return ZK_ERR_FULL;
    memset(h, 0, sizeof *h);
    const fr publics[BLOCK_PUBLICS] = {FR_ZERO};
    struct builder b;
    builder_shape(&b, &c->cs, NULL);
    uint32_t rows[2];
    place_period(&b, c, h, publics, rows);
    c->head_rows = rows[0];
    c->slot_rows = rows[1];
    return cs_seal(&c->cs);
}
