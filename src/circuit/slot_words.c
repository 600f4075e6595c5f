/* The bytes of a slot: the message that was signed, and the words that are published. */
#include "circuit/slot_internal.h"

static const fr zero_value = FR_ZERO;

static fr fr_minus_pow2(unsigned e)
{
    fr r = fr_pow2(e);
    fr_neg(&r, &r);
    return r;
}

/* ---- the hash of both orders */

/* The byte at k with its bits in the other order, cut: the first `n` bits of the byte, and the rest. */
static void cut_byte(struct builder *b, const struct gadgets *g, const struct message *m, unsigned k, unsigned n,
                     wire *first, wire *rest)
{
    const fr minus = fr_i64(-256);
    const fr one = FR_ONE;
    wire byte = g_pair(b, g, &one, m->suffix[k], &minus, m->suffix[k + 1], &zero_value, &zero_value);
    *rest = g_cut(b, g, byte, n);
    *first = builder_wire(wire_row(*rest), 1);
}

/* 1,424 bits are six elements of 253: two are of order 0 alone, the third ends with 47 bits of order 1, which is this
 * slot's message. */
wire place_orders_hash(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const struct message *m = &v->signature.message;
    const wire *suffix = m->suffix;
    builder_open(b, "orders");
    wire first_5, rest_5, first_37, rest_37, first_69, rest_69, element[6], hash[2];
    cut_byte(b, g, m, 5, 7, &first_5, &rest_5);
    cut_byte(b, g, m, 37, 4, &first_37, &rest_37);
    cut_byte(b, g, m, 69, 1, &first_69, &rest_69);
    element[0] = v->before[CARRY_ORDERS];
    element[1] = v->before[CARRY_ORDERS + 1];
    const struct term e2[4] = {{FR_ONE, v->before[CARRY_ORDERS + 2]},
                               {fr_pow2(206), suffix[0]},
                               {fr_minus_pow2(246), suffix[5]},
                               {fr_pow2(246), first_5}};
    const struct term e3[5] = {{FR_ONE, rest_5},
                               {fr_u64(2), suffix[6]},
                               {fr_pow2(209), suffix[32]},
                               {fr_minus_pow2(249), suffix[37]},
                               {fr_pow2(249), first_37}};
    const struct term e4[5] = {{FR_ONE, rest_37},
                               {fr_u64(16), suffix[38]},
                               {fr_pow2(212), suffix[64]},
                               {fr_minus_pow2(252), suffix[69]},
                               {fr_pow2(252), first_69}};
    const struct term e5[2] = {{FR_ONE, rest_69}, {fr_u64(128), suffix[70]}};
    element[2] = g_sum(b, g, e2, 4, &zero_value);
    element[3] = g_sum(b, g, e3, 5, &zero_value);
    element[4] = g_sum(b, g, e4, 5, &zero_value);
    element[5] = g_sum(b, g, e5, 2, &zero_value);
    rescue_place(b, &g->rescue, element, 6, g->one, hash);
    g_spare_rescue(g, hash[0], 6);
    builder_close(b);
    return hash[0];
}

/* ---- what was signed: the layouts of docs/circuit.md */

/* If sel, bytes from .. to of the message, at most 31, are the sum of terms. */
static void require_field(struct builder *b, const struct gadgets *g, const struct message *m, wire sel, unsigned from,
                          unsigned to, const struct term *want, size_t n)
{
    assert(n <= 2 && to - from <= 31);
    struct term t[4] = {{FR_ONE, m->prefix[to]}, {fr_minus_pow2(8 * (to - from)), m->prefix[from]}};
    for (size_t i = 0; i < n; i++) {
        t[2 + i] = want[i];
        fr_neg(&t[2 + i].c, &want[i].c);
    }
    g_when(b, g, sel, t, n + 2, &zero_value);
}

static wire scaled_sum(struct builder *b, const struct gadgets *g, const fr *c, wire x, wire y)
{
    const fr one = FR_ONE;
    return g_pair(b, g, c, x, &one, y, &zero_value, &zero_value);
}

/* Type, version, account id, address. */
static void require_first_bytes(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    wire address = g_select(b, g, on[ON_FORCED_EXIT], v->b.address, v->a.address);
    address = g_select(b, g, on[ON_ORDER], v->signed_address, address);
    const struct term t[4] = {{FR_ONE, v->signature.message.prefix[26]},
                              {fr_minus_pow2(200), v->c.type},
                              {fr_minus_pow2(160), v->a.id},
                              {fr_i64(-1), address}};
    const fr version = fr_minus_pow2(192);
    g_when(b, g, on[ON_SIGNS], t, 4, &version);
}

/* The hash of the orders in bytes 30 .. 60: all bits of it but the top ones, which are a hint, and the whole is below
 * the modulus because its upper part is below that of the modulus. */
static void require_orders_hash(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    const wire *suffix = v->signature.message.suffix;
    const fr shift = fr_pow2(16);
    const fr minus = fr_i64(-1);
    fr bound;
    hash_bound(&bound);
    const struct term whole[4] = {{FR_ONE, scaled_sum(b, g, &shift, suffix[32], suffix[30])},
                                  {fr_minus_pow2(HASH_TOP), suffix[61]},
                                  {fr_pow2(HASH_TOP), v->top},
                                  {minus, v->before[CARRY_ORDERS]}};
    g_when(b, g, on[ON_SUBMITS], whole, 4, &zero_value);
    const struct term upper[4] = {{minus, v->room},
                                  {minus, suffix[42]},
                                  {fr_pow2(HASH_TOP - HASH_CUT), suffix[61]},
                                  {fr_minus_pow2(HASH_TOP - HASH_CUT), v->top}};
    g_when(b, g, on[ON_SUBMITS], upper, 4, &bound);
}

/* Amount, times and price of an order; byte 68, where its amount begins, is in the middle of a row. */
static void require_order(struct builder *b, const struct gadgets *g, struct values *v)
{
    const wire *on = v->c.on;
    const struct message *m = &v->signature.message;
    const struct term amount[4] = {{FR_ONE, m->prefix[73]},
                                   {fr_minus_pow2(48), m->prefix[67]},
                                   {fr_minus_pow2(40), m->byte_67},
                                   {fr_i64(-1), g_mul(b, g, v->own_used, v->amount_packed.packed)}};
    g_when(b, g, on[ON_ORDER], amount, 4, &zero_value);
    const struct term times[2] = {{fr_pow2(64), v->valid_from}, {FR_ONE, v->valid_until}};
    require_field(b, g, m, on[ON_ORDER], 73, 89, times, 2);
    const fr shift = fr_minus_pow2(120);
    v->order_sold = scaled_sum(b, g, &shift, m->prefix[38], m->prefix[53]);
    const struct term bought[3] = {
        {fr_u64(256), m->prefix[67]}, {FR_ONE, m->byte_67}, {fr_minus_pow2(120), m->prefix[53]}};
    v->order_bought = g_sum(b, g, bought, 3, &zero_value);
}

/* Bytes from .. to of the message, and up to three terms that they are the sum of. */
static struct piece field_piece(const struct values *v, enum slot_flag flag, unsigned from, unsigned to,
                                const struct term *want, unsigned n)
{
    const wire *prefix = v->signature.message.prefix;
    assert(n + 2 <= PIECE_TERMS && to - from <= 31);
    struct piece p = {.sel = v->c.on[flag],
                      .n = n + 2,
                      .t = {{FR_ONE, prefix[to]}, {fr_minus_pow2(8 * (to - from)), prefix[from]}},
                      .c = FR_ZERO};
    for (unsigned i = 0; i < n; i++) {
        p.t[2 + i] = want[i];
        fr_neg(&p.t[2 + i].c, &want[i].c);
    }
    return p;
}

/* A withdrawal's amount in full, a mint's recipient, a swap's amounts, each with fee and nonce or token; an order's
 * tokens, of which the one that is not sold is bought. */
static void require_middle(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    const struct message *m = &v->signature.message;
    const fr at_4 = fr_pow2(32);
    const fr at_6 = fr_pow2(48);
    const fr at_2 = fr_pow2(16);
    fr sold = at_4;
    const fr minus = fr_i64(-1);
    fr_add(&sold, &sold, &minus);
    wire fee_nonce = scaled_sum(b, g, &at_4, v->fee.packed, v->a.nonce);
    const struct term full[2] = {{at_6, v->amount}, {FR_ONE, fee_nonce}};
    require_field(b, g, m, on[ON_WITHDRAW], 50, 72, full, 2);
    wire token_fee_nonce = scaled_sum(b, g, &at_6, v->a.token, fee_nonce);
    const struct term mint[2] = {{fr_pow2(80), v->signed_address}, {FR_ONE, token_fee_nonce}};
    require_field(b, g, m, on[ON_MINT], 58, 88, mint, 2);
    wire token_fee = scaled_sum(b, g, &at_2, v->a.token, v->fee.packed);
    const struct term swap[2] = {{fr_pow2(80), token_fee}, {FR_ONE, v->carry[CARRY_AMOUNTS]}};
    require_field(b, g, m, on[ON_SUBMITS], 61, 77, swap, 2);
    wire tokens = g_add(b, g, v->tokens[0], v->tokens[1]);
    const struct term pair[2] = {{sold, v->own_token}, {FR_ONE, tokens}};
    require_field(b, g, m, on[ON_ORDER], 30, 38, pair, 2);
}

/* To the end there are zeros; kinds exclude each other, so they share rows. */
static void require_rest_zero(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const struct piece p[5] = {field_piece(v, ON_ZERO_77, 77, MESSAGE_BYTES, NULL, 0),
                               field_piece(v, ON_CHANGE_PUBKEY, 72, MESSAGE_BYTES, NULL, 0),
                               field_piece(v, ON_MINT, 88, MESSAGE_BYTES, NULL, 0),
                               field_piece(v, ON_WITHDRAW_NFT, 76, MESSAGE_BYTES, NULL, 0),
                               field_piece(v, ON_ORDER, 89, MESSAGE_BYTES, NULL, 0)};
    g_exclusive(b, g, p, ZK_COUNT(p));
    require_field(b, g, &v->signature.message, v->c.on[ON_FORCED_EXIT], 52, 77, NULL, 0);
}

void require_message(struct builder *b, const struct gadgets *g, struct values *v)
{
    const wire *on = v->c.on;
    const struct message *m = &v->signature.message;
    builder_open(b, "layout");
    require_first_bytes(b, g, v);
    wire token = g_select(b, g, on[ON_NFT_SIGNED], v->tokens[0], v->a.token);
    const struct term second[2] = {{fr_pow2(32), v->signed_address}, {FR_ONE, token}};
    require_field(b, g, m, on[ON_LAYOUT_SECOND], 26, 50, second, 2);
    /* fee, nonce and times, which four layouts end with */
    const struct term ends[4] = {{fr_pow2(160), v->fee.packed},
                                 {fr_pow2(128), v->a.nonce},
                                 {fr_pow2(64), v->valid_from},
                                 {FR_ONE, v->valid_until}};
    const struct term end = {FR_ONE, g_sum(b, g, ends, 4, &zero_value)};
    const struct term transfer[2] = {{fr_pow2(176), v->amount_packed.packed}, end};
    const struct term with_token[2] = {{fr_pow2(176), v->a.token}, end};
    require_field(b, g, m, on[ON_LAYOUT_TRANSFER], 50, 77, transfer, 2);
    require_field(b, g, m, on[ON_CHANGE_PUBKEY], 50, 72, &end, 1);
    require_field(b, g, m, on[ON_FORCED_EXIT], 26, 52, with_token, 2);
    require_field(b, g, m, on[ON_WITHDRAW_NFT], 50, 76, with_token, 2);
    const struct term times[2] = {{fr_pow2(96), v->valid_from}, {fr_pow2(32), v->valid_until}};
    require_field(b, g, m, on[ON_WITHDRAW], 72, MESSAGE_BYTES, times, 2);
    const struct term hi[1] = {{FR_ONE, v->b.pubkey_hash}};
    const struct term lo[1] = {{FR_ONE, v->content_lo}};
    require_field(b, g, m, on[ON_CONTENT], 26, 42, hi, 1);
    require_field(b, g, m, on[ON_CONTENT], 42, 58, lo, 1);
    const struct term nonce[1] = {{FR_ONE, v->a.nonce}};
    require_field(b, g, m, on[ON_NONCE_26], 26, 30, nonce, 1);
    require_middle(b, g, v);
    require_orders_hash(b, g, v);
    require_order(b, g, v);
    require_rest_zero(b, g, v);
    builder_close(b);
}

/* ---- what is published: the words of docs/pubdata.md */

/* x = hi 2^96 + lo: as it stands in two words. */
static void split_words(struct builder *b, const struct gadgets *g, wire x, wire *hi, wire *lo)
{
    const fr value = builder_value(b, x);
    uint64_t v[4];
    fr_to_limbs(v, &value);
    const uint64_t lo_limbs[4] = {v[0], v[1] & 0xffffffff, 0, 0};
    const fr hi_value = fr_u64(v[1] >> 32 | v[2] << 32);
    fr lo_value;
    fr_from_limbs_reduce(&lo_value, lo_limbs);
    *hi = g_number(b, g, &hi_value, 64);
    *lo = g_number(b, g, &lo_value, 96);
    const fr q[8] = {fr_pow2(96), FR_ONE, fr_i64(-1)};
    const wire *const in[5] = {hi, lo, &x, &g->zero, &g->zero};
    arith_row(b, &g->arith, q, in, NULL, NULL);
}

/* The same of what stands in the third and fourth word: an amount, a key hash, the address of an NFT's creator. */
static void place_second(struct builder *b, const struct gadgets *g, const struct values *v, wire *hi, wire *lo)
{
    const wire *on = v->c.on;
    const struct term of[3] = {{FR_ONE, on[ON_AMOUNTS]}, {FR_ONE, on[ON_CHANGE_PUBKEY]}, {FR_ONE, on[ON_NFT_SETTLES]}};
    const wire x[3] = {v->amount, v->signature.pubkey_hash, v->b.address};
    const fr zero = FR_ZERO;
    fr value = FR_ZERO;
    for (unsigned i = 0; i < 3; i++) {
        const fr flag = builder_value(b, of[i].w);
        if (!fr_is_zero(&flag)) value = builder_value(b, x[i]);
    }
    uint64_t l[4];
    fr_to_limbs(l, &value);
    const uint64_t lo_limbs[4] = {l[0], l[1] & 0xffffffff, 0, 0};
    const fr hi_value = fr_u64(l[1] >> 32 | l[2] << 32);
    fr lo_value;
    fr_from_limbs_reduce(&lo_value, lo_limbs);
    *hi = g_number(b, g, &hi_value, 64);
    *lo = g_number(b, g, &lo_value, 96);
    const struct piece p[4] = {
        {.sel = g->one, .n = 2, .t = {{fr_pow2(96), *hi}, {FR_ONE, *lo}}, .c = zero},
        {.sel = on[ON_AMOUNTS], .n = 1, .t = {{fr_i64(-1), v->amount}}, .c = zero},
        {.sel = on[ON_CHANGE_PUBKEY], .n = 1, .t = {{fr_i64(-1), v->signature.pubkey_hash}}, .c = zero},
        {.sel = on[ON_NFT_SETTLES], .n = 1, .t = {{fr_i64(-1), v->b.address}}, .c = zero}};
    g_exclusive(b, g, p, ZK_COUNT(p));
}

static struct piece part(wire sel, unsigned n, struct term t0, struct term t1)
{
    return (struct piece){.sel = sel, .n = n, .t = {t0, t1}, .c = FR_ZERO};
}

static struct piece part_one(wire sel, const fr *c, wire w)
{
    return (struct piece){.sel = sel, .n = 1, .t = {{*c, w}}, .c = FR_ZERO};
}

/* The sum of bytes from .. to of the message, at 2^shift. Byte 54 is in the middle of a row. */
static struct piece bytes_at(const struct values *v, enum slot_flag flag, unsigned from, unsigned to, unsigned shift)
{
    const struct message *m = &v->signature.message;
    struct piece p = {.sel = v->c.on[flag], .c = FR_ZERO};
    const unsigned ends[2] = {to, from};
    for (unsigned i = 0; i < 2; i++) {
        const unsigned at = ends[i];
        fr c = fr_pow2(shift + (i == 0 ? 0 : 8 * (to - from)));
        if (i == 1) fr_neg(&c, &c);
        if (at == 54) {
            const fr byte = fr_u64(256);
            p.t[p.n++] = (struct term){c, m->byte_53};
            fr_mul(&c, &c, &byte);
        }
        p.t[p.n++] = (struct term){c, m->prefix[at == 54 ? 53 : at]};
    }
    return p;
}

/* First byte and parties, and what else stands there by kind. */
static wire first_word(struct builder *b, const struct gadgets *g, const struct values *v, wire hi)
{
    const wire *on = v->c.on;
    const fr one = FR_ONE;
    const fr at_opcode = fr_pow2(88);
    const fr at_40 = fr_pow2(40);
    const fr at_24 = fr_pow2(24);
    const fr at_8 = fr_pow2(8);
    const fr at_64 = fr_pow2(64);
    const struct piece p[14] = {
        part_one(g->one, &at_opcode, v->c.opcode),
        {.sel = on[ON_MOVED],
         .n = 3,
         .t = {{at_opcode, v->class}, {at_64, v->a.id}, {at_40, v->own_receiver}},
         .c = FR_ZERO},
        part(on[ON_SETTLES], 2, (struct term){at_64, v->a.id}, (struct term){one, hi}),
        part(on[ON_FORCED_EXIT], 2, (struct term){at_64, v->b.id}, (struct term){fr_minus_pow2(64), v->a.id}),
        part_one(on[ON_WORD_AMOUNT], &one, v->amount_packed.packed),
        part_one(on[ON_WORD_NFT], &at_8, v->tokens[0]),
        part_one(on[ON_WORD_TOKEN], &at_64, v->tokens[1]),
        part_one(on[ON_MINT], &at_24, v->fee.packed),
        {.sel = on[ON_SIDE_1_ORDER],
         .n = 5,
         .t = {{fr_pow2(72), v->a.id},
               {fr_pow2(48), v->b.id},
               {at_8, v->amount_packed.packed},
               {one, v->used[0]},
               {fr_u64(2), v->used[1]}},
         .c = FR_ZERO},
        part(on[ON_SUBMITS], 2, (struct term){fr_pow2(72), v->a.id}, (struct term){at_24, v->fee.packed}),
        part(on[ON_WORD_TOKENS], 2, (struct term){fr_pow2(56), v->tokens[0]}, (struct term){at_40, v->tokens[1]}),
        part_one(on[ON_WORD_NFT_SWAP], &at_40, v->tokens[0]),
        {.sel = on[ON_NFT_EXIT],
         .n = 3,
         .t = {{fr_pow2(72), v->creator}, {at_40, v->b.nonce}, {fr_pow2(32), v->amount}},
         .c = FR_ZERO},
        bytes_at(v, ON_NFT_EXIT, 26, 30, 0)};
    return g_chosen(b, g, p, ZK_COUNT(p));
}

static wire third_word(struct builder *b, const struct gadgets *g, const struct values *v, wire lo, wire second_hi)
{
    const wire *on = v->c.on;
    const fr one = FR_ONE;
    const fr at_64 = fr_pow2(64);
    const fr at_80 = fr_pow2(80);
    const struct piece p[7] = {bytes_at(v, ON_MINT, 38, 50, 0),
                               bytes_at(v, ON_NFT_EXIT, 42, 54, 0),
                               part_one(on[ON_SETTLES], &one, second_hi),
                               part_one(on[ON_NEW_B], &one, lo),
                               part_one(on[ON_AMOUNTS], &at_80, v->a.token),
                               part_one(on[ON_CHANGE_PUBKEY], &at_64, v->a.nonce),
                               part_one(on[ON_NFT_SETTLES], &at_64, v->tokens[0])};
    return g_chosen(b, g, p, ZK_COUNT(p));
}

void place_words(struct builder *b, const struct gadgets *g, const struct values *v, wire w[5])
{
    const wire *on = v->c.on;
    const fr one = FR_ONE;
    builder_open(b, "words");
    wire hi, lo, second_hi, second_lo;
    split_words(b, g, v->address, &hi, &lo);
    place_second(b, g, v, &second_hi, &second_lo);
    g_if_equal(b, g, on[ON_AMOUNTS], second_hi, v->tokens[1]); /* 32 bits: the amount is below 2^128 */
    g_if_equal(b, g, on[ON_WORD_NFT], v->class, v->amount); /* the amount, 0 or 1, is published in the class's place */
    w[0] = first_word(b, g, v, hi);
    const struct piece w1[5] = {
        part_one(on[ON_SETTLES], &one, lo), part_one(on[ON_NEW_B], &one, hi),
        part(on[ON_LONG], 2, (struct term){fr_pow2(80), v->a.token}, (struct term){fr_pow2(64), v->fee.packed}),
        bytes_at(v, ON_MINT, 26, 38, 0), bytes_at(v, ON_NFT_EXIT, 30, 42, 0)};
    w[1] = g_chosen(b, g, w1, ZK_COUNT(w1));
    w[2] = third_word(b, g, v, lo, second_hi);
    const struct piece w3[3] = {part_one(on[ON_SETTLES], &one, second_lo), bytes_at(v, ON_MINT, 50, 58, 32),
                                bytes_at(v, ON_NFT_EXIT, 54, 58, 64)};
    w[3] = g_chosen(b, g, w3, ZK_COUNT(w3));
    fr marker = fr_pow2(88);
    const fr code = fr_u64(15 * 16);
    fr_mul(&marker, &marker, &code);
    const fr at_48 = fr_pow2(48);
    const struct piece w4[2] = {
        {.sel = on[ON_SETTLES], .n = 2, .t = {{fr_pow2(88), v->class}, {fr_pow2(72), v->fee.packed}}, .c = marker},
        part_one(on[ON_FORCED_EXIT], &at_48, v->a.id)};
    w[4] = g_chosen(b, g, w4, ZK_COUNT(w4));
    builder_close(b);
}

/* ---- C and both y */

/* Three rows: the words; what counts them, and their sums; what the streams were and are, and the last element of C.
 *   row    columns 0 .. 4                                              5               6            7
 *   0      words 0 .. 4                                                all as one sum  0, 1         0 .. 2
 *   1      settles | words of the delta stream in binary | four settle delta's sum     y_s's sum    word 4
 *   2      y_d before, after | y_s before, after | word 4 and counts   */
void slot_gates_add(struct slot_gates *s, struct cs *cs, uint32_t challenge)
{
    struct expr_graph *g = &cs->graph;
    const expr one = expr_u64(g, 1);
    expr w[PLONK_ADVICE], next[PLONK_ADVICE], power[5];
    power[0] = one;
    for (int i = 1; i < 5; i++) power[i] = expr_mul(g, power[i - 1], cs_public(cs, challenge));
    for (unsigned j = 0; j < PLONK_ADVICE; j++) {
        w[j] = cs_cell(cs, j, 0);
        next[j] = cs_cell(cs, j, 1);
    }

    s->words = cs_gate(cs, "words", GATE_ROWS);
    static const unsigned lengths[3] = {4, 2, 3};
    for (unsigned k = 0; k < 3; k++) {
        expr sum = expr_zero();
        for (unsigned i = 0; i < lengths[k]; i++) sum = expr_add(g, sum, expr_mul(g, power[lengths[k] - 1 - i], w[i]));
        cs_require(cs, s->words, "words as a polynomial", expr_sub(g, sum, w[5 + k]));
    }
    const expr b1 = next[1], b2 = next[2], b4 = next[3];
    expr delta = expr_mul(g, expr_mul(g, b1, expr_sub(g, one, b2)), w[0]);
    delta = expr_add(g, delta, expr_mul(g, expr_mul(g, b2, expr_sub(g, one, b1)), w[6]));
    delta = expr_add(g, delta, expr_mul(g, expr_mul(g, b1, b2), w[7]));
    delta = expr_add(g, delta, expr_mul(g, b4, w[5]));
    expr marker = expr_mul(g, next[0], expr_sub(g, w[4], delta)); /* the marker instead */
    cs_require(cs, s->words, "what the delta stream gets", expr_sub(g, expr_add(g, delta, marker), next[5]));
    cs_require(cs, s->words, "what the settlement stream gets", expr_sub(g, expr_mul(g, next[4], w[5]), next[6]));
    cs_require(cs, s->words, "word 4", expr_sub(g, w[4], next[7]));

    s->streams = cs_gate(cs, "streams", GATE_ROWS);
    static const unsigned counts[3] = {1, 2, 4};
    expr y = next[0];
    expr n = expr_zero();
    for (unsigned i = 0; i < 3; i++) {
        const expr more = expr_mul(g, w[1 + i], expr_sub(g, power[counts[i]], one));
        y = expr_mul(g, y, expr_add(g, one, more));
        n = expr_add(g, n, expr_mul(g, expr_u64(g, counts[i]), w[1 + i]));
    }
    cs_require(cs, s->streams, "y_d", expr_sub(g, expr_add(g, y, w[5]), next[1]));
    expr grown = expr_mul(g, next[2], expr_add(g, one, expr_mul(g, w[4], expr_sub(g, power[4], one))));
    cs_require(cs, s->streams, "y_s", expr_sub(g, expr_add(g, grown, w[6]), next[3]));
    const fr at_settlement = fr_pow2(98); /* 4 2^96 */
    const fr at_delta = fr_pow2(104);
    expr last = expr_add(g, w[7], expr_add(g, expr_scale(g, &at_settlement, w[4]), expr_scale(g, &at_delta, n)));
    cs_require(cs, s->streams, "word 4 and counts", expr_sub(g, last, next[4]));

    s->fee_share = cs_gate(cs, "fee_share", GATE_ROWS);
    expr due_a = expr_sub(g, w[1], expr_mul(g, w[2], w[3]));
    expr due_b = expr_mul(g, w[2], w[4]);
    cs_require(cs, s->fee_share, "share of A", expr_sub(g, expr_mul(g, w[5], expr_add(g, power[1], w[0])), due_a));
    cs_require(cs, s->fee_share, "share of B", expr_sub(g, expr_mul(g, w[6], expr_add(g, power[1], next[0])), due_b));
    cs_require(cs, s->fee_share, "Phi", expr_sub(g, expr_sub(g, expr_add(g, next[1], w[5]), w[6]), next[2]));
}

static fr times(fr x, const fr *y)
{
    fr_mul(&x, &x, y);
    return x;
}

static fr plus(fr x, const fr *y)
{
    fr_add(&x, &x, y);
    return x;
}

/* Rows 0 .. 2 of slot_gates_add; returns the last element of C's hash. */
static wire place_streams(struct builder *b, const struct slot_env *env, const struct values *v, const wire w[5],
                          struct slot_state *s)
{
    const wire *on = v->c.on;
    const uint32_t row = builder_rows(b, 3);
    builder_gate(b, env->gates->words, row);
    builder_gate(b, env->gates->streams, row + 1);
    const wire counts[5] = {on[ON_SETTLES], on[ON_DELTA_1], on[ON_DELTA_2], on[ON_DELTA_4], on[ON_SETTLEMENT_4]};
    static const unsigned lengths[3] = {4, 2, 3};
    fr word[5], sum[3];
    bool bit[5];
    for (unsigned i = 0; i < 5; i++) {
        word[i] = builder_value(b, builder_copy(b, row, i, w[i]));
        const fr count = builder_value(b, builder_copy(b, row + 1, i, counts[i]));
        bit[i] = fr_is_one(&count);
    }
    for (unsigned k = 0; k < 3; k++) {
        sum[k] = FR_ZERO;
        for (unsigned i = 0; i < lengths[k]; i++) sum[k] = plus(times(sum[k], &env->challenge), &word[i]);
        (void)builder_put(b, row, 5 + k, &sum[k]);
    }
    fr delta = bit[1] && bit[2] ? sum[2] : bit[1] ? word[0] : bit[2] ? sum[1] : FR_ZERO;
    if (bit[3]) delta = plus(delta, &sum[0]);
    if (bit[0]) delta = word[4];
    const fr settled = bit[4] ? sum[0] : FR_ZERO;
    (void)builder_put(b, row + 1, 5, &delta);
    (void)builder_put(b, row + 1, 6, &settled);
    (void)builder_put(b, row + 1, 7, &word[4]);

    const unsigned n_delta = bit[1] + 2u * bit[2] + 4u * bit[3];
    fr y_d = builder_value(b, builder_copy(b, row + 2, 0, s->y_delta));
    fr y_s = builder_value(b, builder_copy(b, row + 2, 2, s->y_settlement));
    for (unsigned i = 0; i < n_delta; i++) y_d = times(y_d, &env->challenge);
    for (unsigned i = 0; i < 4 && bit[4]; i++) y_s = times(y_s, &env->challenge);
    y_d = plus(y_d, &delta);
    y_s = plus(y_s, &settled);
    s->y_delta = builder_put(b, row + 2, 1, &y_d);
    s->y_settlement = builder_put(b, row + 2, 3, &y_s);
    const fr at_settlement = fr_pow2(98);
    fr at_delta = fr_pow2(104);
    const fr n = fr_u64(n_delta);
    fr last = plus(word[4], bit[4] ? &at_settlement : &zero_value);
    at_delta = times(at_delta, &n);
    last = plus(last, &at_delta);
    return builder_put(b, row + 2, 4, &last);
}

void place_binding(struct builder *b, const struct slot_env *env, const struct values *v, const wire w[5],
                   struct slot_state *s)
{
    const struct gadgets *g = env->g;
    const fr shift = fr_pow2(96);
    builder_open(b, "binding");
    wire last = place_streams(b, env, v, w, s);
    const wire in[4] = {s->chain, scaled_sum(b, g, &shift, w[1], w[0]), scaled_sum(b, g, &shift, w[3], w[2]), last};
    s->chain = poseidon2_place_compress(b, &g->poseidon2, in);
    builder_close(b);
}
