/* One slot: its kind, leaves, values and context, both steps, and what it hands on. The rules are in slot_rules.c, the
 * bytes in slot_words.c. */
#include "hash/poseidon2.h"
#include "hash/rescue.h"
#include "rollup/signature.h"

#include "circuit/slot_internal.h"

#include <string.h>

#define CONTENT_BITS 253 /* of an element of a message */
#define ORDER_BITS   (8 * ORDERS_ONE)
#define ORDERS_ONE   89

static const fr zero_value = FR_ZERO;
static const fr one_value = FR_ONE;

/* ---- hints */

void slot_hints_say(struct slot_hints *h, const uint8_t *message, size_t len)
{
    static const uint8_t seed[SIG_SEED_MIN] = {0};
    uint8_t key[SIG_KEY_BYTES], pub[SIG_KEY_BYTES], sig[SIG_BYTES];
    zk_err err = sig_key_from_seed(key, seed, sizeof seed);
    assert(err == ZK_OK);
    err = sig_public_key(pub, key);
    assert(err == ZK_OK);
    err = sig_sign(sig, key, message, len);
    assert(err == ZK_OK);
    bool ok = schnorr_hints_from(&h->signature, pub, sig, message, len);
    assert(ok);
}

void slot_hints_empty(struct slot_hints *h)
{
    static const uint8_t nothing[1] = {0};
    memset(h, 0, sizeof *h);
    h->kind = SLOT_NOOP;
    slot_hints_say(h, nothing, 0);
    fr node = FR_ZERO;
    for (unsigned k = 0; k < BALANCE_TREE_LEVELS; k++) {
        for (unsigned s = 0; s < 2; s++)
            for (unsigned i = 0; i < CHILDREN - 1; i++) h->steps[s].balance_siblings[k][i] = node;
        const fr children[CHILDREN] = {node, node, node, node};
        poseidon2_compress(&node, children);
    }
    h->valid_until = UINT64_MAX;
}

/* ---- leaves */

/* The nonce of A is range-checked after the operation instead, its balance and that of B were when they were written.
 */
static void place_leaf(struct builder *b, const struct gadgets *g, struct leaf *l, const struct step_hints *h,
                       wire exists)
{
    builder_open(b, "leaf");
    const fr v[5] = {fr_u64(h->id), fr_u64(h->token), h->pubkey_hash, fr_u64(h->minted), fr_u128(h->balance)};
    wire w[5];
    g_hints(b, w, v, 5);
    *l = (struct leaf){
        .exists = exists, .id = w[0], .token = w[1], .pubkey_hash = w[2], .minted = w[3], .balance = w[4]};
    l->address = g_number(b, g, &h->address, ADDRESS_BITS);
    builder_close(b);
}

/* ---- the operation's own values, and the context */

static void place_values(struct builder *b, const struct slot_env *env, struct values *v, const struct slot_hints *h)
{
    const struct gadgets *g = env->g;
    builder_open(b, "values");
    const fr class_fee = fr_u64(h->class_fee);
    const uint32_t small_hints[2] = {h->fee_packed >> 5, h->fee_class};
    static const unsigned widths[2] = {11, 4};
    wire small[2];
    v->class_fee = g_number_and(b, g, &class_fee, 16, small_hints, widths, small);
    v->class = small[1];
    v->fee = g_packed_from(b, g, h->fee_packed, small[0]);
    v->amount_packed = g_packed(b, g, h->amount_packed, 35);
    v->other_packed = g_packed(b, g, h->other_packed, 35);
    const fr from = fr_u64(h->valid_from);
    const fr until = fr_u64(h->valid_until);
    v->valid_from = g_number(b, g, &from, TIME_BITS);
    v->valid_until = g_number(b, g, &until, TIME_BITS);
    const fr nonce_b = fr_u64(h->steps[1].nonce);
    v->b.nonce = g_number(b, g, &nonce_b, NONCE_BITS);
    const fr owner = fr_u64(h->steps[1].owner);
    const fr creator = fr_u64(h->steps[1].creator);
    v->owner = g_number(b, g, &owner, ACCOUNT_ID_BITS);
    v->creator = g_number(b, g, &creator, ACCOUNT_ID_BITS);
    const fr free[5] = {h->address, fr_u128(h->amount_b), fr_u64(h->class_token), fr_u64(h->steps[0].nonce),
                        h->steps[1].content_lo};
    wire w[5];
    g_hints(b, w, free, 5);
    v->address = w[0];
    v->amount_b = w[1];
    v->class_token = w[2];
    v->a.nonce = w[3];
    v->content_lo = w[4];
    v->signed_address = v->c.hints[0];
    v->amount = v->c.hints[1];
    g_if_equal(b, g, v->c.on[ON_AMOUNT_PACKED], v->amount, v->amount_packed.value);
    builder_close(b);
}

/* The upper bits of the orders' hash that a slot has from the one before. */
static uint32_t hash_top(const struct builder *b, const struct values *v)
{
    uint64_t limbs[4];
    const fr hash = builder_value(b, v->before[CARRY_ORDERS]);
    fr_to_limbs(limbs, &hash);
    return (uint32_t)(limbs[3] >> (HASH_TOP - 192));
}

/* Two accounts, two receivers, a submitter, two tokens, each in range: so their sum below has one meaning. */
static void place_context(struct builder *b, const struct gadgets *g, struct values *v, const struct slot_hints *h)
{
    builder_open(b, "context");
    const wire *on = v->c.on;
    static const unsigned widths[2] = {6, 0};
    const uint32_t small_hints[2] = {hash_top(b, v), 0};
    wire small[2];
    const fr submitter = fr_u64(h->submitter);
    v->submitter = g_number_and(b, g, &submitter, ACCOUNT_ID_BITS, small_hints, widths, small);
    v->top = small[0];
    for (unsigned i = 0; i < 2; i++) {
        const fr account = fr_u64(h->accounts[i]);
        const fr receiver = fr_u64(h->receivers[i]);
        const bool in_full = i == 1 && h->kind < SLOT_KINDS && kind_has(h->kind, ON_AMOUNTS);
        const fr token = fr_u64(in_full ? (uint64_t)(h->amount >> 96) : h->tokens[i]); /* see place_words */
        v->accounts[i] = g_number(b, g, &account, ACCOUNT_ID_BITS);
        v->receivers[i] = g_number(b, g, &receiver, ACCOUNT_ID_BITS);
        v->tokens[i] = g_number(b, g, &token, TOKEN_BITS);
    }
    const struct term all[10] = {{FR_ONE, v->used[0]},           {fr_u64(2), v->used[1]},
                                 {fr_u64(4), v->class},          {fr_pow2(6), v->accounts[0]},
                                 {fr_pow2(30), v->accounts[1]},  {fr_pow2(54), v->receivers[0]},
                                 {fr_pow2(78), v->receivers[1]}, {fr_pow2(102), v->submitter},
                                 {fr_pow2(126), v->tokens[0]},   {fr_pow2(158), v->tokens[1]}};
    v->carry[CARRY_CONTEXT] = g_sum(b, g, all, 10, &zero_value);
    /* the own side is side 1 in half of the slots; amount 0 comes first */
    wire amount_0 = g_select(b, g, on[ON_SIDE_1], v->other_packed.packed, v->amount_packed.packed);
    fr first = fr_pow2(PACKED_BITS);
    const fr minus = fr_i64(-1);
    fr_add(&first, &first, &minus);
    const struct term amounts[3] = {
        {first, amount_0}, {FR_ONE, v->amount_packed.packed}, {FR_ONE, v->other_packed.packed}};
    v->carry[CARRY_AMOUNTS] = g_sum(b, g, amounts, 3, &zero_value);
    v->own_account = g_select(b, g, on[ON_SIDE_1], v->accounts[1], v->accounts[0]);
    v->own_receiver = g_select(b, g, on[ON_SIDE_1], v->receivers[0], v->receivers[1]);
    v->own_token = g_select(b, g, on[ON_SIDE_1], v->tokens[1], v->tokens[0]);
    v->own_used = g_select(b, g, on[ON_SIDE_1], v->used[1], v->used[0]);
    builder_close(b);
}

/* The class named in the first byte is one of the block's. Its token is range-checked where it matters: there it is
 * that of step A. */
static void place_class(struct builder *b, const struct slot_env *env, const struct values *v)
{
    builder_open(b, "class");
    g_member(b, env->g, v->class, v->class_fee, v->class_token, env->classes);
    builder_close(b);
}

/* ---- both steps */

/* Balances and key after the operation, and the nonce with one more, in range. */
static void place_changes(struct builder *b, const struct gadgets *g, const struct values *v, struct leaf *a_after,
                          struct leaf *b_after)
{
    builder_open(b, "changes");
    *a_after = v->a;
    *b_after = v->b;
    const fr q_a[8] = {[2] = FR_ONE, [3] = fr_i64(-1), [5] = FR_ONE};
    const wire in_a[4] = {v->c.way_a, v->amount, v->a.balance, v->fee.value};
    a_after->balance = g_row(b, g, q_a, in_a);
    g_range(b, g, a_after->balance, AMOUNT_BITS);
    const fr q_b[8] = {[2] = FR_ONE, [5] = FR_ONE};
    const wire in_b[4] = {v->c.way_b, v->amount_b, v->b.balance, g->zero};
    b_after->balance = g_row(b, g, q_b, in_b);
    g_range(b, g, b_after->balance, AMOUNT_BITS);
    a_after->pubkey_hash = g_select(b, g, v->c.on[ON_CHANGE_PUBKEY], v->signature.pubkey_hash, v->a.pubkey_hash);
    builder_close(b);
}

/* Existence, address, nonce and mints of A after the operation. */
static void place_changes_late(struct builder *b, const struct gadgets *g, struct values *v, struct leaf *a_after)
{
    const wire *on = v->c.on;
    builder_open(b, "changes");
    const fr minus = fr_i64(-1);
    v->new_a = g_pair(b, g, &one_value, on[ON_DEPOSIT], &zero_value, v->a.exists, &minus, &zero_value);
    a_after->exists = g_add(b, g, v->a.exists, v->new_a);
    a_after->address = g_select(b, g, v->new_a, v->address, v->a.address);
    a_after->minted = g_add(b, g, v->a.minted, on[ON_MINT]);
    /* An order's nonce moves if it states an amount, and its account does not submit: then it moves there. */
    g_range(b, g, g_add(b, g, v->a.nonce, on[ON_SIGNS]), NONCE_BITS);
    v->is_submitter = g_equal(b, g, v->a.id, v->submitter);
    wire of_order = g_select(b, g, v->is_submitter, g->zero, v->own_used);
    wire moves = g_select(b, g, on[ON_ORDER], of_order, on[ON_SIGNS]);
    a_after->nonce = g_add(b, g, v->a.nonce, moves);
    builder_close(b);
}

static wire packed_identity(struct builder *b, const struct gadgets *g, const struct leaf *l)
{
    const struct term t[2] = {{FR_ONE, l->address}, {fr_pow2(ADDRESS_BITS), l->nonce}};
    return g_sum(b, g, t, 2, &zero_value);
}

/* The leaf's hash, or 0 if there is none. packed: address and nonce, in range, share an element. */
static wire leaf_hash(struct builder *b, const struct gadgets *g, const struct leaf *l, wire packed, wire third)
{
    const wire in[4] = {packed, l->pubkey_hash, third, l->minted};
    wire hash = poseidon2_place_compress(b, &g->poseidon2, in);
    g_spare_last(g, hash);
    return g_mul(b, g, l->exists, hash);
}

static fr empty_balances(void)
{
    fr node = FR_ZERO;
    for (unsigned k = 0; k < BALANCE_TREE_LEVELS; k++) {
        const fr children[CHILDREN] = {node, node, node, node};
        poseidon2_compress(&node, children);
    }
    return node;
}

/* If `missing`, there is no leaf: all its fields are those of an account that has nothing. */
static void require_empty(struct builder *b, const struct gadgets *g, wire missing, const struct leaf *l, wire packed)
{
    g_if_const(b, g, missing, packed, &zero_value);
    g_if_const(b, g, missing, l->pubkey_hash, &zero_value);
    g_if_const(b, g, missing, l->minted, &zero_value);
}

static struct level climb(struct builder *b, const struct gadgets *g, struct level l, unsigned levels,
                          const fr siblings[][CHILDREN - 1])
{
    l.new_node = g_level_start(b, l.new_node);
    for (unsigned k = 0; k < levels; k++) l = g_level(b, g, l, siblings[k]);
    g_spare_last(g, l.new_node);
    return l;
}

static struct level balance_chain(struct builder *b, const struct gadgets *g, const struct leaf *before,
                                  const struct leaf *after, const struct step_hints *h)
{
    const struct level start = {before->balance, after->balance, before->token};
    builder_open(b, "step");
    struct level l = climb(b, g, start, BALANCE_TREE_LEVELS, h->balance_siblings);
    builder_connect(b, l.index, g->zero);
    builder_close(b);
    return l;
}

/* Opens A against the account root and replaces it; where A is not used, the root passes by. */
static void place_step_a(struct builder *b, const struct gadgets *g, const struct values *v, const struct leaf *after,
                         const struct level *balances, struct slot_state *s, const struct step_hints *h)
{
    const wire used = v->c.on[ON_A];
    builder_open(b, "step");
    const fr empty = empty_balances();
    wire packed = packed_identity(b, g, &v->a);
    struct level top = {.index = v->a.id};
    top.old_node = leaf_hash(b, g, &v->a, packed, balances->old_node);
    top.new_node = leaf_hash(b, g, after, packed_identity(b, g, after), balances->new_node);
    top = climb(b, g, top, ACCOUNT_TREE_LEVELS, h->siblings);
    builder_connect(b, top.index, g->zero);
    wire missing = g_sub(b, g, g->one, v->a.exists);
    require_empty(b, g, missing, &v->a, packed);
    g_if_const(b, g, missing, balances->old_node, &empty);
    g_if_equal(b, g, used, top.old_node, s->account_root);
    s->account_root = g_select(b, g, used, top.new_node, s->account_root);
    builder_close(b);
}

/* Twin of the first twelve levels above an NFT's leaf: the node with this leaf. */
static void native_climb(fr *node, const struct step_hints *h)
{
    for (unsigned k = 0; k < ACCOUNT_TREE_LEVELS; k++) {
        const unsigned digit = h->id >> 2 * k & 3;
        fr children[CHILDREN];
        for (unsigned i = 0, s = 0; i < CHILDREN; i++) children[i] = i == digit ? *node : h->siblings[k][s++];
        poseidon2_compress(node, children);
    }
}

/* What step B hashes of its leaf: an account, or an NFT. */
struct leaf_b {
    wire packed, packed_after, exists_after;
};

/* address + nonce 2^160, or owner + creator 2^24 + serial 2^48 + creator's address 2^80; and the same after. */
static struct leaf_b place_leaf_b(struct builder *b, const struct gadgets *g, struct values *v)
{
    const wire *on = v->c.on;
    fr nonce = fr_pow2(ADDRESS_BITS);
    fr address = fr_pow2(80);
    const fr nonce_nft = fr_pow2(48);
    const fr nobody = fr_u64(ACCOUNT_ID_NOBODY);
    const fr minus = fr_i64(-1);
    fr_sub(&nonce, &nonce_nft, &nonce);
    fr_add(&address, &address, &minus);
    const struct term more[4] = {
        {FR_ONE, v->owner}, {fr_pow2(24), v->creator}, {nonce, v->b.nonce}, {address, v->b.address}};
    const fr q[8] = {[2] = FR_ONE, [3] = fr_pow2(ADDRESS_BITS), [5] = FR_ONE};
    const wire in[4] = {on[ON_NFT], g_sum(b, g, more, 4, &zero_value), v->b.address, v->b.nonce};
    struct leaf_b l = {.packed = g_row(b, g, q, in)};
    v->moves = g_mul(b, g, on[ON_NFT_IS_OWN], v->amount);
    v->target = g_pair(b, g, &nobody, on[ON_NFT_EXIT], &one_value, v->own_receiver, &minus, &zero_value);
    wire change = g_mul_add(b, g, on[ON_NEW_B], v->signed_address, v->moves, g_sub(b, g, v->target, v->owner));
    l.packed_after = g_add(b, g, l.packed, change);
    l.exists_after = g_add(b, g, v->b.exists, on[ON_CREATES_B]);
    return l;
}

/* Step B. An account's path is five levels of balances, its leaf, twelve levels; an NFT's its leaf, twelve levels, and
 * four of the five: the first of the five is then of no account. So the second level of the five takes what the first
 * gives, or what the twelve give, which are placed after it: `joint` is that node, connected at the end. */
static void place_step_b(struct builder *b, const struct gadgets *g, struct values *v, const struct leaf *balances,
                         struct slot_state *s, const struct step_hints *h)
{
    const wire *on = v->c.on;
    builder_open(b, "step");
    const fr empty = empty_balances();
    const struct leaf_b leaf = place_leaf_b(b, g, v);
    struct level l = {v->b.balance, g_level_start(b, balances->balance), v->b.token};
    l = g_level(b, g, l, &h->balance_siblings[0][0]);
    g_spare_last(g, l.new_node);
    wire index_1 = l.index;

    fr joint[2] = {FR_ZERO, FR_ZERO}; /* old, new */
    const fr is_nft = builder_value(b, on[ON_NFT]);
    if (fr_is_one(&is_nft)) {
        const wire packed[2] = {leaf.packed, leaf.packed_after};
        const wire exists[2] = {v->b.exists, leaf.exists_after};
        for (unsigned k = 0; k < 2; k++) {
            const fr in[4] = {builder_value(b, packed[k]), builder_value(b, v->b.pubkey_hash),
                              builder_value(b, v->content_lo), builder_value(b, v->b.minted)};
            const fr there = builder_value(b, exists[k]);
            poseidon2_compress(&joint[k], in);
            fr_mul(&joint[k], &joint[k], &there);
            native_climb(&joint[k], h);
        }
    }
    const struct picked pick = g_pick(b, g, on[ON_NFT], &joint[1], l.new_node, &joint[0], l.old_node);
    l.new_node = pick.first;
    l.old_node = pick.second;
    for (unsigned k = 1; k < BALANCE_TREE_LEVELS; k++) l = g_level(b, g, l, h->balance_siblings[k]);
    g_spare_last(g, l.new_node);
    builder_connect(b, l.index, g->zero);

    wire third = g_select(b, g, on[ON_NFT], v->content_lo, l.old_node);
    wire third_after = g_select(b, g, on[ON_NFT], v->content_lo, l.new_node);
    struct leaf after = v->b;
    after.exists = leaf.exists_after;
    struct level top = {.index = v->b.id};
    top.old_node = leaf_hash(b, g, &v->b, leaf.packed, third);
    top.new_node = leaf_hash(b, g, &after, leaf.packed_after, third_after);
    top = climb(b, g, top, ACCOUNT_TREE_LEVELS, h->siblings);
    const fr joints[2] = {builder_value(b, top.new_node), builder_value(b, top.old_node)};
    (void)builder_put(b, wire_row(pick.x), wire_col(pick.x), &joints[0]); /* of an account, they were not known */
    (void)builder_put(b, wire_row(pick.u), wire_col(pick.u), &joints[1]);
    builder_connect(b, pick.x, top.new_node);
    builder_connect(b, pick.u, top.old_node);
    wire upper = g_mul(b, g, on[ON_NFT], index_1);
    builder_connect(b, top.index, upper); /* an account's id ends here, an NFT's goes on in the four levels */

    /* without a leaf; but a minted NFT has its content in these wires already */
    const struct term there[2] = {{fr_i64(-1), v->b.exists}, {fr_i64(-1), on[ON_MINT]}};
    wire missing = g_sum(b, g, there, 2, &one_value);
    require_empty(b, g, missing, &v->b, leaf.packed);
    fr minus_empty;
    fr_neg(&minus_empty, &empty);
    const struct term none[2] = {{FR_ONE, third}, {empty, on[ON_NFT]}};
    g_when(b, g, missing, none, 2, &minus_empty);

    g_if_equal(b, g, on[ON_B], top.old_node, s->account_root);
    s->account_root = g_select(b, g, on[ON_B], top.new_node, s->account_root);
    g_if_equal(b, g, on[ON_NFT], l.old_node, s->nft_root);
    s->nft_root = g_select(b, g, on[ON_NFT], l.new_node, s->nft_root);
    builder_close(b);
}

/* ---- what goes on in the next slot */

static void hand_on(struct builder *b, const struct gadgets *g, struct values *v, wire orders_hash,
                    struct slot_state *s)
{
    builder_open(b, "carry");
    v->carry[CARRY_SIGNED] = v->signed_address;
    v->carry[CARRY_SECOND] = v->b.address;
    for (unsigned i = 0; i < 3; i++) v->carry[CARRY_ORDERS + i] = v->signature.message.elements[i];
    v->carry[CARRY_ORDERS] = g_select(b, g, v->c.on[ON_SIDE_1_ORDER], orders_hash, v->signature.message.elements[0]);
    memcpy(s->carry, v->carry, sizeof s->carry);
    s->kind = v->c.kind;
    s->more = v->c.on[ON_MORE];
    builder_close(b);
}

/* n bits of a message from bit `from` on, each byte's highest first; the first is the lowest of the number. */
static fr message_bits(const uint8_t *message, unsigned from, unsigned n)
{
    uint64_t limbs[4] = {0};
    for (unsigned i = 0; i < n; i++) {
        const unsigned at = from + i;
        if (message[at / 8] >> (7 - at % 8) & 1) limbs[i / 64] |= UINT64_C(1) << i % 64;
    }
    fr r;
    fr_from_limbs_reduce(&r, limbs);
    return r;
}

void slot_carry(fr out[CARRY_WIRES], const struct slot_hints *h, const struct slot_hints *before)
{
    struct {
        uint64_t value;
        unsigned at;
    } parts[10] = {{h->used[0], 0},      {h->used[1], 1},       {h->fee_class, 2},     {h->accounts[0], 6},
                   {h->accounts[1], 30}, {h->receivers[0], 54}, {h->receivers[1], 78}, {h->submitter, 102},
                   {h->tokens[0], 126},  {h->tokens[1], 158}};
    out[CARRY_CONTEXT] = FR_ZERO;
    for (unsigned i = 0; i < ZK_COUNT(parts); i++) {
        fr part = fr_pow2(parts[i].at);
        const fr value = fr_u64(parts[i].value);
        fr_mul(&part, &part, &value);
        fr_add(&out[CARRY_CONTEXT], &out[CARRY_CONTEXT], &part);
    }
    const bool side_1 = h->kind < SLOT_KINDS && kind_has(h->kind, ON_SIDE_1);
    const uint64_t amounts[2] = {side_1 ? h->other_packed : h->amount_packed,
                                 side_1 ? h->amount_packed : h->other_packed};
    out[CARRY_AMOUNTS] = fr_u128((u128)amounts[0] << PACKED_BITS | amounts[1]);
    out[CARRY_SIGNED] = h->signed_address;
    out[CARRY_SECOND] = h->steps[1].address;
    for (unsigned i = 0; i < 3; i++) {
        const unsigned from = CONTENT_BITS * i;
        const unsigned rest = 8 * MESSAGE_BYTES - from;
        out[CARRY_ORDERS + i] = message_bits(h->signature.message, from, rest < CONTENT_BITS ? rest : CONTENT_BITS);
    }
    if (h->kind >= SLOT_KINDS || !kind_has(h->kind, ON_SIDE_1_ORDER) || before == NULL) return;
    uint8_t orders[2 * ORDERS_ONE + 2] = {0};
    memcpy(orders, before->signature.message, ORDERS_ONE);
    memcpy(orders + ORDERS_ONE, h->signature.message, ORDERS_ONE);
    fr elements[6], hash[2];
    for (unsigned i = 0; i < 6; i++) {
        const unsigned rest = 2 * ORDER_BITS - CONTENT_BITS * i;
        elements[i] = message_bits(orders, CONTENT_BITS * i, rest < CONTENT_BITS ? rest : CONTENT_BITS);
    }
    rescue_hash(hash, elements, 6);
    out[CARRY_ORDERS] = hash[0];
}

/* ---- the whole */

static void place_control(struct builder *b, const struct gadgets *g, struct values *v, const struct slot_hints *h,
                          wire exists[2])
{
    const fr hints[3] = {h->signed_address, fr_u128(h->amount)};
    g_control(b, g, h->kind, hints, &v->c);
    builder_open(b, "values");
    const fr bits[PLONK_COPY] = {fr_u64(h->steps[0].exists), fr_u64(h->steps[1].exists), fr_u64(h->refused_full),
                                 fr_u64(h->used[0]), fr_u64(h->used[1])};
    wire w[PLONK_COPY];
    g_hints(b, w, bits, PLONK_COPY);
    builder_gate(b, g->arith.boolean, wire_row(w[0]));
    exists[0] = w[0];
    exists[1] = w[1];
    v->refused_full = w[2];
    v->used[0] = w[3];
    v->used[1] = w[4];
    builder_close(b);
}

/* The steps come before the rules: their spare rows are for what comes after. */
void slot_place(struct builder *b, const struct slot_env *env, struct slot_state *s, const struct slot_hints *h)
{
    struct spares spares;
    struct gadgets gadgets = *env->g;
    struct slot_env own = *env;
    const struct gadgets *g = &gadgets;
    struct leaf a_after, b_after;
    struct values v;
    wire words[5], exists[2];
    memset(&v, 0, sizeof v);
    memset(&spares, 0, sizeof spares);
    own.g = g;
    gadgets.spares = &spares;
    memcpy(v.before, s->carry, sizeof v.before);
    builder_open(b, "slot");
    place_control(b, g, &v, h, exists);
    place_leaf(b, g, &v.a, &h->steps[0], exists[0]);
    place_leaf(b, g, &v.b, &h->steps[1], exists[1]);
    schnorr_place(b, g, &h->signature, &v.signature);
    place_values(b, &own, &v, h);
    place_class(b, &own, &v);
    place_context(b, g, &v, h);
    place_changes(b, g, &v, &a_after, &b_after);
    const struct level balances = balance_chain(b, g, &v.a, &a_after, &h->steps[0]);
    place_changes_late(b, g, &v, &a_after);
    place_step_a(b, g, &v, &a_after, &balances, s, &h->steps[0]);
    place_step_b(b, g, &v, &b_after, s, &h->steps[1]);
    wire orders_hash = place_orders_hash(b, g, &v);
    place_room(b, g, &v, s);
    require_signer(b, g, &v);
    require_parties(b, &own, &v);
    require_requests(b, g, &v, s);
    require_context(b, g, &v);
    require_nft(b, g, &v);
    place_accounts(b, g, &v, s);
    place_fees(b, &own, &v, s);
    require_time(b, &own, &v);
    builder_open(b, "order");
    g_order(b, g, s->kind, v.c.kind);
    builder_close(b);
    hand_on(b, g, &v, orders_hash, s);
    require_carry(b, g, &v);
    require_message(b, g, &v);
    require_swap(b, g, &v);
    place_words(b, g, &v, words);
    place_binding(b, &own, &v, words, s);
    builder_close(b);
}
