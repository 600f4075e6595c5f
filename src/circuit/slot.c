#include "circuit/slot.h"

#include "hash/poseidon2.h"
#include "rollup/apply.h"
#include "rollup/signature.h"

#include <string.h>

#define AMOUNT_BITS  128
#define ADDRESS_BITS 160
#define NONCE_BITS   32
#define TIME_BITS    64
#define HASH_HI_BITS 64 /* an address in two words: 8 and 12 bytes */
#define HASH_LO_BITS 96

static const fr zero_value = FR_ZERO;
static const fr one_value = FR_ONE;

void slot_gates_add(struct slot_gates *s, struct cs *cs, uint32_t challenge)
{
    struct expr_graph *g = &cs->graph;
    expr w[6], next[3], power[5];
    power[0] = expr_u64(g, 1);
    for (int i = 1; i < 5; i++) power[i] = expr_mul(g, power[i - 1], cs_public(cs, challenge));
    for (unsigned j = 0; j < 6; j++) w[j] = cs_cell(cs, j, 0);
    for (unsigned j = 0; j < 3; j++) next[j] = cs_cell(cs, j, 1);

    s->powers = cs_gate(cs, "powers", GATE_ROWS);
    static const unsigned lengths[3] = {4, 2, 3};
    for (unsigned k = 0; k < 3; k++) {
        expr sum = expr_zero();
        for (unsigned i = 0; i < lengths[k]; i++) sum = expr_add(g, sum, expr_mul(g, power[lengths[k] - 1 - i], w[i]));
        cs_require(cs, s->powers, "words as a polynomial", expr_sub(g, sum, next[k]));
    }

    s->stream_s = cs_gate(cs, "stream_s", GATE_ROWS);
    expr grown = expr_add(g, expr_mul(g, w[0], expr_sub(g, power[4], power[0])), w[2]);
    cs_require(cs, s->stream_s, "y_s", expr_sub(g, expr_add(g, w[0], expr_mul(g, w[1], grown)), w[3]));

    s->stream_d = cs_gate(cs, "stream_d", GATE_ROWS);
    expr factor = power[0];
    for (int i = 1; i <= 3; i++) factor = expr_add(g, factor, expr_mul(g, w[i], expr_sub(g, power[i], power[0])));
    cs_require(cs, s->stream_d, "y_d", expr_sub(g, expr_add(g, expr_mul(g, w[0], factor), next[0]), w[4]));

    s->fee_share = cs_gate(cs, "fee_share", GATE_ROWS);
    cs_require(cs, s->fee_share, "share of A", expr_sub(g, expr_mul(g, w[2], expr_add(g, power[1], w[0])), w[1]));
    cs_require(cs, s->fee_share, "share of B", expr_sub(g, expr_mul(g, w[5], expr_add(g, power[1], w[3])), w[4]));
    cs_require(cs, s->fee_share, "Phi", expr_sub(g, expr_sub(g, expr_add(g, next[0], w[2]), w[5]), next[1]));
}

/* ---- a signature that holds, for slots that have none */

static void empty_signature(struct schnorr_hints *h)
{
    static const uint8_t seed[SIG_SEED_MIN] = {0};
    static const uint8_t nothing[1] = {0};
    uint8_t key[SIG_KEY_BYTES], pub[SIG_KEY_BYTES], sig[SIG_BYTES];
    zk_err err = sig_key_from_seed(key, seed, sizeof seed);
    assert(err == ZK_OK);
    err = sig_public_key(pub, key);
    assert(err == ZK_OK);
    err = sig_sign(sig, key, nothing, 0);
    assert(err == ZK_OK);
    bool ok = schnorr_hints_from(h, pub, sig, nothing, 0);
    assert(ok);
}

void slot_hints_empty(struct slot_hints *h)
{
    memset(h, 0, sizeof *h);
    empty_signature(&h->signature);
    fr node = FR_ZERO;
    for (unsigned k = 0; k < BALANCE_TREE_LEVELS; k++) {
        for (unsigned s = 0; s < 2; s++)
            for (unsigned i = 0; i < CHILDREN - 1; i++) h->steps[s].balance_siblings[k][i] = node;
        const fr children[CHILDREN] = {node, node, node, node};
        poseidon2_compress(&node, children);
    }
    h->valid_until = UINT64_MAX;
}

/* ---- selectors */

struct selectors {
    wire is[SLOT_KINDS];
    wire short_or_long, transfers, longs, settles, signs, amounts; /* amounts: settles but no key change */
    wire uses_a, uses_b;
    wire exists_a, exists_b, refused_full; /* not selectors, but 0 or 1 too */
};

static wire sum_of(struct builder *b, const struct gadgets *g, const wire *w, const int64_t *c, size_t n)
{
    struct term t[SLOT_KINDS];
    assert(n <= SLOT_KINDS);
    for (size_t i = 0; i < n; i++) t[i] = (struct term){c == NULL ? FR_ONE : fr_i64(c[i]), w[i]};
    return g_sum(b, g, t, n, &zero_value);
}

static void place_selectors(struct builder *b, const struct gadgets *g, struct selectors *s, const struct slot_hints *h)
{
    builder_open(b, "selectors");
    fr v[3 * PLONK_COPY] = {FR_ZERO};
    wire w[3 * PLONK_COPY];
    for (unsigned i = 0; i < SLOT_KINDS; i++) v[i] = fr_u64(i == h->kind);
    v[SLOT_KINDS] = fr_u64(h->steps[0].exists);
    v[SLOT_KINDS + 1] = fr_u64(h->steps[1].exists);
    v[SLOT_KINDS + 2] = fr_u64(h->refused_full);
    for (unsigned at = 0; at < ZK_COUNT(v); at += PLONK_COPY) {
        g_hints(b, w + at, v + at, PLONK_COPY);
        builder_gate(b, g->arith.boolean, wire_row(w[at]));
    }
    memcpy(s->is, w, sizeof s->is);
    s->exists_a = w[SLOT_KINDS];
    s->exists_b = w[SLOT_KINDS + 1];
    s->refused_full = w[SLOT_KINDS + 2];
    const wire *is = s->is;
    s->short_or_long = g_add(b, g, is[SLOT_TRANSFER], is[SLOT_TRANSFER_LONG]);
    s->longs = g_add(b, g, is[SLOT_TRANSFER_LONG], is[SLOT_TRANSFER_NEW]);
    s->transfers = g_add(b, g, is[SLOT_TRANSFER], s->longs);
    const wire signs[4] = {s->transfers, is[SLOT_WITHDRAW], is[SLOT_CHANGE_PUBKEY], is[SLOT_FORCED_EXIT]};
    s->signs = sum_of(b, g, signs, NULL, 4);
    const wire amounts[5] = {is[SLOT_DEPOSIT], is[SLOT_DEPOSIT_REFUSED], is[SLOT_WITHDRAW], is[SLOT_FULL_EXIT],
                             is[SLOT_FORCED_EXIT]};
    s->amounts = sum_of(b, g, amounts, NULL, 5);
    s->settles = g_add(b, g, s->amounts, is[SLOT_CHANGE_PUBKEY]);
    s->uses_a = g_sub(b, g, g->one, is[SLOT_NOOP]);
    const wire all[4] = {s->settles, s->transfers, is[SLOT_NOOP], is[SLOT_COLLECT_FEES]};
    builder_connect(b, sum_of(b, g, all, NULL, 4), g->one);
    const wire both[3] = {s->transfers, is[SLOT_FORCED_EXIT], is[SLOT_COLLECT_FEES]};
    s->uses_b = sum_of(b, g, both, NULL, 3);
    builder_close(b);
}

/* ---- leaves */

struct leaf {
    wire id, token, exists, address, nonce, pubkey_hash, minted, balance;
};

/* The nonce of A is range-checked after the operation instead, its balance and that of B were when they were written.
 * */
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

/* The leaf's hash, or 0 if there is none. address and nonce share an element: both are range-checked. */
static wire leaf_hash(struct builder *b, const struct gadgets *g, const struct leaf *l, wire packed, wire balance_root)
{
    const wire in[4] = {packed, l->pubkey_hash, balance_root, l->minted};
    wire hash = poseidon2_place_compress(b, &g->poseidon2, in);
    return g_mul(b, g, l->exists, hash);
}

static wire packed_identity(struct builder *b, const struct gadgets *g, const struct leaf *l)
{
    const struct term t[2] = {{FR_ONE, l->address}, {fr_pow2(ADDRESS_BITS), l->nonce}};
    return g_sum(b, g, t, 2, &zero_value);
}

/* Without a leaf all its fields are those of an account that has nothing. */
static void require_empty(struct builder *b, const struct gadgets *g, const struct leaf *l, wire packed,
                          wire balance_root)
{
    fr node = FR_ZERO;
    for (unsigned k = 0; k < BALANCE_TREE_LEVELS; k++) {
        const fr children[CHILDREN] = {node, node, node, node};
        poseidon2_compress(&node, children);
    }
    wire missing = g_sub(b, g, g->one, l->exists);
    g_if_const(b, g, missing, packed, &zero_value);
    g_if_const(b, g, missing, l->pubkey_hash, &zero_value);
    g_if_const(b, g, missing, l->minted, &zero_value);
    g_if_const(b, g, missing, balance_root, &node);
}

/* Opens `before` against *root and replaces it by `after`; where `used` is 0, the root passes by. */
static void place_step(struct builder *b, const struct gadgets *g, wire used, wire *root, const struct leaf *before,
                       const struct leaf *after, const struct step_hints *h)
{
    builder_open(b, "step");
    struct level l = {before->balance, g_level_start(b, after->balance), before->token};
    for (unsigned k = 0; k < BALANCE_TREE_LEVELS; k++) l = g_level(b, g, l, h->balance_siblings[k]);
    builder_connect(b, l.index, g->zero);
    wire packed = packed_identity(b, g, before);
    require_empty(b, g, before, packed, l.old_node);
    struct level top = {.index = before->id};
    top.old_node = leaf_hash(b, g, before, packed, l.old_node);
    top.new_node = leaf_hash(b, g, after, packed_identity(b, g, after), l.new_node);
    top.new_node = g_level_start(b, top.new_node);
    for (unsigned k = 0; k < ACCOUNT_TREE_LEVELS; k++) top = g_level(b, g, top, h->siblings[k]);
    builder_connect(b, top.index, g->zero);
    g_if_equal(b, g, used, top.old_node, *root);
    *root = g_select(b, g, used, top.new_node, *root);
    builder_close(b);
}

/* ---- the operation's own values */

struct values {
    struct selectors s;
    struct leaf a, b, a_after, b_after;
    struct schnorr signature;
    struct packed amount_packed, fee;
    wire amount, amount_2, address, signed_address, valid_from, valid_until;
    wire class, class_token, class_fee;
    wire new_a; /* a deposit that creates its account */
    wire full;  /* no account can be made any more */
};

static void place_values(struct builder *b, const struct slot_env *env, struct values *v, const struct slot_hints *h)
{
    const struct gadgets *g = env->g;
    builder_open(b, "values");
    v->fee = g_packed(b, g, h->fee_packed, 11);
    v->amount_packed = g_packed(b, g, h->amount_packed, 35);
    const fr amount = fr_u128(h->amount);
    const fr amount_2 = fr_u128(h->amount_2);
    const fr from = fr_u64(h->valid_from);
    const fr until = fr_u64(h->valid_until);
    v->amount = g_number(b, g, &amount, AMOUNT_BITS);
    v->valid_from = g_number(b, g, &from, TIME_BITS);
    v->valid_until = g_number(b, g, &until, TIME_BITS);
    const fr free[5] = {h->address, h->signed_address, amount_2, fr_u64(h->class_token), fr_u64(h->steps[0].nonce)};
    wire w[5];
    g_hints(b, w, free, 5);
    v->address = w[0];
    v->signed_address = w[1];
    v->amount_2 = w[2];
    v->class_token = w[3];
    v->a.nonce = w[4];
    const fr nonce_b = fr_u64(h->steps[1].nonce);
    v->b.nonce = g_number(b, g, &nonce_b, NONCE_BITS);
    g_if_equal(b, g, v->s.transfers, v->amount, v->amount_packed.value);
    builder_close(b);
}

/* The class named in the first byte is one of the block's. Its token is range-checked where it matters: there it is
 * that of
 * step A. */
static void place_class(struct builder *b, const struct slot_env *env, struct values *v, const struct slot_hints *h)
{
    const struct gadgets *g = env->g;
    builder_open(b, "class");
    const fr class = fr_u64(h->fee_class);
    const fr fee = fr_u64(h->class_fee);
    v->class = g_number(b, g, &class, 4);
    v->class_fee = g_number(b, g, &fee, 16);
    const struct term t[3] = {{FR_ONE, v->class}, {fr_pow2(20), v->class_token}, {fr_u64(16), v->class_fee}};
    g_member(b, g, g_sum(b, g, t, 3, &zero_value), env->classes);
    builder_close(b);
}

/* ---- rules, grouped as in docs/circuit.md */

/* What the leaves become. */
static void place_changes(struct builder *b, const struct gadgets *g, struct values *v)
{
    const wire *is = v->s.is;
    builder_open(b, "changes");
    v->a_after = v->a;
    v->b_after = v->b;
    /* A */
    const wire ways_a[5] = {is[SLOT_DEPOSIT], is[SLOT_COLLECT_FEES], v->s.transfers, is[SLOT_WITHDRAW],
                            is[SLOT_FULL_EXIT]};
    static const int64_t signs_a[5] = {1, 1, -1, -1, -1};
    wire way = sum_of(b, g, ways_a, signs_a, 5);
    const fr q_a[8] = {[2] = FR_ONE, [3] = fr_i64(-1), [5] = FR_ONE};
    const wire in_a[4] = {way, v->amount, v->a.balance, v->fee.value};
    v->a_after.balance = g_row(b, g, q_a, in_a);
    g_range(b, g, v->a_after.balance, AMOUNT_BITS);
    v->a_after.nonce = g_add(b, g, v->a.nonce, v->s.signs);
    g_range(b, g, v->a_after.nonce, NONCE_BITS);
    v->a_after.pubkey_hash = g_select(b, g, is[SLOT_CHANGE_PUBKEY], v->signature.pubkey_hash, v->a.pubkey_hash);
    const fr q_new[8] = {FR_ONE, [5] = fr_i64(-1)};
    const wire in_new[4] = {is[SLOT_DEPOSIT], v->a.exists, g->zero, g->zero};
    v->new_a = g_row(b, g, q_new, in_new);
    v->a_after.exists = g_add(b, g, v->a.exists, v->new_a);
    const fr q_address[8] = {[2] = FR_ONE, [5] = FR_ONE};
    const wire in_address[4] = {v->new_a, v->address, v->a.address, g->zero};
    v->a_after.address = g_row(b, g, q_address, in_address);
    /* B */
    wire way_b = g_sub(b, g, v->s.transfers, is[SLOT_FORCED_EXIT]);
    wire change = g_mul_add(b, g, way_b, v->amount, is[SLOT_COLLECT_FEES], v->amount_2);
    v->b_after.balance = g_add(b, g, v->b.balance, change);
    g_range(b, g, v->b_after.balance, AMOUNT_BITS);
    v->b_after.exists = g_add(b, g, v->b.exists, is[SLOT_TRANSFER_NEW]);
    const wire in_b[4] = {is[SLOT_TRANSFER_NEW], v->signed_address, v->b.address, g->zero};
    v->b_after.address = g_row(b, g, q_address, in_b);
    builder_close(b);
}

static void require_signer(struct builder *b, const struct gadgets *g, const struct values *v)
{
    builder_open(b, "signer");
    g_demand(b, g, (struct demand){v->s.signs, v->a.exists, 1},
             (struct demand){v->s.is[SLOT_COLLECT_FEES], v->a.exists, 1});
    wire by_leaf = g_sub(b, g, v->s.signs, v->s.is[SLOT_CHANGE_PUBKEY]);
    g_if_equal(b, g, by_leaf, v->a.pubkey_hash, v->signature.pubkey_hash);
    builder_close(b);
}

static void require_parties(struct builder *b, const struct slot_env *env, const struct values *v)
{
    const struct gadgets *g = env->g;
    const wire *is = v->s.is;
    builder_open(b, "parties");
    /* B exists and is who was signed for; or is new */
    wire b_exists = g_sub(b, g, v->s.uses_b, is[SLOT_TRANSFER_NEW]);
    g_demand(b, g, (struct demand){b_exists, v->b.exists, 1}, (struct demand){is[SLOT_TRANSFER_NEW], v->b.exists, 0});
    g_if_equal(b, g, v->s.short_or_long, v->b.address, v->signed_address);
    wire same_token = g_sub(b, g, v->s.uses_b, is[SLOT_COLLECT_FEES]);
    g_if_equal(b, g, same_token, v->a.token, v->b.token);
    /* forced exit: no key, the whole balance */
    g_if_equal(b, g, is[SLOT_FORCED_EXIT], v->b.address, v->address);
    g_if_equal(b, g, is[SLOT_FORCED_EXIT], v->amount, v->b.balance);
    /* published addresses */
    wire signed_too = g_add(b, g, is[SLOT_WITHDRAW], is[SLOT_TRANSFER_NEW]);
    g_if_equal(b, g, signed_too, v->address, v->signed_address);
    g_if_equal(b, g, is[SLOT_CHANGE_PUBKEY], v->address, v->a.address);
    g_if_equal(b, g, is[SLOT_CHANGE_PUBKEY], v->signed_address, v->signature.pubkey_hash);
    /* fee collection */
    g_if_equal(b, g, is[SLOT_COLLECT_FEES], v->a.id, env->fee_account);
    g_if_equal(b, g, is[SLOT_COLLECT_FEES], v->b.id, env->fee_account);
    builder_close(b);
}

/* Requests from L1, which cannot fail. */
static void require_requests(struct builder *b, const struct gadgets *g, struct values *v, const struct slot_state *s)
{
    const wire *is = v->s.is;
    builder_open(b, "requests");
    const fr end = fr_i64(-(int64_t)ACCOUNT_ID_NOBODY);
    const struct term room[1] = {{FR_ONE, s->account_count}};
    v->full = g_is_zero(b, g, g_sum(b, g, room, 1, &end));
    wire is_owner = g_equal(b, g, v->a.address, v->address);
    wire matches = g_mul(b, g, is_owner, v->a.exists);
    /* deposit: to the account of that address, or to the next */
    wire existing = g_sub(b, g, is[SLOT_DEPOSIT], v->new_a);
    g_if_equal(b, g, v->new_a, v->a.id, s->account_count);
    /* refused deposit: full, or an overflow */
    wire by_full = g_mul(b, g, v->s.refused_full, is[SLOT_DEPOSIT_REFUSED]);
    wire by_overflow = g_sub(b, g, is[SLOT_DEPOSIT_REFUSED], by_full);
    g_demand(b, g, (struct demand){existing, is_owner, 1}, (struct demand){by_full, v->full, 1});
    g_demand(b, g, (struct demand){v->new_a, v->full, 0}, (struct demand){by_full, v->a.id, 0});
    g_demand(b, g, (struct demand){by_overflow, matches, 1},
             (struct demand){is[SLOT_FORCED_EXIT], v->b.pubkey_hash, 0});
    fr limit = fr_pow2(AMOUNT_BITS);
    fr_neg(&limit, &limit);
    const struct term over[2] = {{FR_ONE, v->a.balance}, {FR_ONE, v->amount}};
    g_range(b, g, g_mul(b, g, by_overflow, g_sum(b, g, over, 2, &limit)), AMOUNT_BITS);
    /* full exit: the whole balance of the owner, nothing of anybody else */
    g_if_equal(b, g, is[SLOT_FULL_EXIT], v->amount, g_mul(b, g, matches, v->a.balance));
    builder_close(b);
}

static void place_accounts(struct builder *b, const struct gadgets *g, const struct values *v, struct slot_state *s)
{
    builder_open(b, "accounts");
    g_if_equal(b, g, v->s.is[SLOT_TRANSFER_NEW], v->b.id, s->account_count);
    const fr last = fr_u64(ACCOUNT_ID_LAST_BY_TRANSFER);
    const fr minus = fr_i64(-1);
    wire room = g_pair(b, g, &last, v->s.is[SLOT_TRANSFER_NEW], &zero_value, s->account_count, &minus, &zero_value);
    g_range(b, g, room, ACCOUNT_ID_BITS);
    const wire more[3] = {s->account_count, v->new_a, v->s.is[SLOT_TRANSFER_NEW]};
    s->account_count = sum_of(b, g, more, NULL, 3);
    builder_close(b);
}

static void place_fees(struct builder *b, const struct slot_env *env, const struct values *v, struct slot_state *s)
{
    const struct gadgets *g = env->g;
    const wire *is = v->s.is;
    builder_open(b, "fees");
    wire unsigned_slot = g_sub(b, g, g->one, v->s.signs);
    g_if_const(b, g, unsigned_slot, v->fee.packed, &zero_value);
    g_if_equal(b, g, is[SLOT_TRANSFER], v->a.token, v->class_token);
    g_if_equal(b, g, is[SLOT_TRANSFER], v->fee.packed, v->class_fee);
    wire pays = g_sub(b, g, g->one, g_is_zero(b, g, v->fee.value));
    g_if_equal(b, g, pays, v->a.token, v->class_token);
    /* Phi += fee / (r + token of A) - collected / (r + token) */
    const fr q[8] = {[2] = FR_ONE, [5] = fr_i64(-1)};
    const wire in[4] = {is[SLOT_COLLECT_FEES], v->amount, v->fee.value, g->zero};
    wire share_a = g_row(b, g, q, in);
    wire share_b = g_mul(b, g, is[SLOT_COLLECT_FEES], v->amount_2);
    const uint32_t row = builder_rows(b, 2);
    builder_gate(b, env->gates->fee_share, row);
    const wire from[4] = {v->a.token, share_a, v->b.token, share_b};
    fr value[4], shares[2];
    for (unsigned i = 0; i < 4; i++) value[i] = builder_value(b, from[i]);
    (void)builder_copy(b, row, 0, from[0]);
    (void)builder_copy(b, row, 1, from[1]);
    (void)builder_copy(b, row, 3, from[2]);
    (void)builder_copy(b, row, 4, from[3]);
    for (unsigned k = 0; k < 2; k++) {
        fr_add(&shares[k], &env->challenge, &value[2 * k]);
        if (fr_is_zero(&value[2 * k + 1]))
            shares[k] = FR_ZERO;
        else
            fr_inv_vartime(&shares[k], &shares[k]);
        fr_mul(&shares[k], &shares[k], &value[2 * k + 1]);
        (void)builder_put(b, row, k == 0 ? 2 : 5, &shares[k]);
    }
    fr phi = builder_value(b, builder_copy(b, row + 1, 0, s->phi));
    fr_add(&phi, &phi, &shares[0]);
    fr_sub(&phi, &phi, &shares[1]);
    s->phi = builder_put(b, row + 1, 1, &phi);
    builder_close(b);
}

static void require_time(struct builder *b, const struct slot_env *env, const struct values *v)
{
    builder_open(b, "time");
    g_range(b, env->g, g_sub(b, env->g, env->timestamp, v->valid_from), TIME_BITS);
    g_range(b, env->g, g_sub(b, env->g, v->valid_until, env->timestamp), TIME_BITS);
    builder_close(b);
}

/* Bytes from .. to of the message, less what they should be: 0 if they are. Bytes are at most 31. */
static wire field_error(struct builder *b, const struct gadgets *g, const struct message *m, unsigned from, unsigned to,
                        const struct term *want, size_t n)
{
    struct term t[8];
    assert(n <= 6 && to - from <= 31);
    fr shift = fr_pow2(8 * (to - from));
    fr_neg(&shift, &shift);
    t[0] = (struct term){FR_ONE, m->prefix[to]};
    t[1] = (struct term){shift, m->prefix[from]};
    for (size_t i = 0; i < n; i++) {
        t[2 + i] = want[i];
        fr_neg(&t[2 + i].c, &want[i].c);
    }
    return g_sum(b, g, t, n + 2, &zero_value);
}

/* The signed bytes are those of the operation: spec of the layouts in docs/circuit.md. */
static void require_message(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *is = v->s.is;
    const struct message *m = &v->signature.message;
    builder_open(b, "layout");
    /* 0 .. 25: type, version, account id, address */
    wire address = g_select(b, g, is[SLOT_FORCED_EXIT], v->b.address, v->a.address);
    const wire types[4] = {v->s.transfers, is[SLOT_WITHDRAW], is[SLOT_CHANGE_PUBKEY], is[SLOT_FORCED_EXIT]};
    static const int64_t type_bytes[4] = {255 - 5, 255 - 3, 255 - 7, 255 - 8};
    wire type = sum_of(b, g, types, type_bytes, 4);
    const struct term head[3] = {{fr_pow2(200), type}, {fr_pow2(160), v->a.id}, {FR_ONE, address}};
    const fr version = fr_pow2(192);
    g_if_equal(b, g, v->s.signs, m->prefix[26], g_sum(b, g, head, 3, &version));
    /* 26 .. 49: second address or key hash, token; not in a forced exit */
    const struct term second[2] = {{fr_pow2(32), v->signed_address}, {FR_ONE, v->a.token}};
    wire in_second = g_sub(b, g, v->s.signs, is[SLOT_FORCED_EXIT]);
    wire second_error = field_error(b, g, m, 26, 50, second, 2);
    /* fee, nonce and times, which three layouts end with */
    const struct term end_terms[4] = {{fr_pow2(160), v->fee.packed},
                                      {fr_pow2(128), v->a.nonce},
                                      {fr_pow2(64), v->valid_from},
                                      {FR_ONE, v->valid_until}};
    const struct term end = {FR_ONE, g_sum(b, g, end_terms, 4, &zero_value)};
    const struct term exit_rest[2] = {{fr_pow2(176), v->a.token}, end};
    const struct term transfer_rest[2] = {{fr_pow2(176), v->amount_packed.packed}, end};
    g_demand(b, g, (struct demand){in_second, second_error, 0},
             (struct demand){is[SLOT_FORCED_EXIT], field_error(b, g, m, 26, 52, exit_rest, 2), 0});
    g_demand(b, g, (struct demand){v->s.transfers, field_error(b, g, m, 50, 77, transfer_rest, 2), 0},
             (struct demand){is[SLOT_CHANGE_PUBKEY], field_error(b, g, m, 50, 72, &end, 1), 0});
    /* a withdrawal has its amount in full */
    const struct term full[3] = {{fr_pow2(48), v->amount}, {fr_pow2(32), v->fee.packed}, {FR_ONE, v->a.nonce}};
    const struct term times[2] = {{fr_pow2(96), v->valid_from}, {fr_pow2(32), v->valid_until}};
    g_demand(b, g, (struct demand){is[SLOT_WITHDRAW], field_error(b, g, m, 50, 72, full, 3), 0},
             (struct demand){is[SLOT_FORCED_EXIT], field_error(b, g, m, 52, 77, NULL, 0), 0});
    /* and zeros to the end */
    g_demand(b, g, (struct demand){is[SLOT_WITHDRAW], field_error(b, g, m, 72, MESSAGE_BYTES, times, 2), 0},
             (struct demand){is[SLOT_CHANGE_PUBKEY], field_error(b, g, m, 72, MESSAGE_BYTES, NULL, 0), 0});
    wire tail = field_error(b, g, m, 77, MESSAGE_BYTES, NULL, 0);
    g_demand(b, g, (struct demand){v->s.transfers, tail, 0}, (struct demand){is[SLOT_FORCED_EXIT], tail, 0});
    builder_close(b);
}

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
    *hi = g_number(b, g, &hi_value, HASH_HI_BITS);
    *lo = g_number(b, g, &lo_value, HASH_LO_BITS);
    const fr q[8] = {fr_pow2(HASH_LO_BITS), FR_ONE, fr_i64(-1)};
    const wire *const in[5] = {hi, lo, &x, &g->zero, &g->zero};
    arith_row(b, &g->arith, q, in, NULL, NULL);
}

/* The five words, as docs/pubdata.md has them. */
static void place_words(struct builder *b, const struct gadgets *g, const struct values *v, wire w[5])
{
    const wire *is = v->s.is;
    builder_open(b, "words");
    wire hi, lo, second_hi, second_lo;
    split_words(b, g, v->address, &hi, &lo);
    wire second = g_select(b, g, is[SLOT_CHANGE_PUBKEY], v->signature.pubkey_hash, v->amount);
    split_words(b, g, second, &second_hi, &second_lo);

    static const int64_t first_bytes[9] = {16, 32, 48, 0x01, 0x11, 0x03, 0x06, 0x07, 0x08};
    wire opcode = sum_of(b, g, &is[SLOT_TRANSFER], first_bytes, 9);
    wire account = g_select(b, g, is[SLOT_FORCED_EXIT], v->b.id, v->a.id);
    const struct term settled[2] = {{fr_pow2(64), account}, {FR_ONE, hi}};
    const struct term moved[4] = {
        {fr_pow2(88), v->class}, {fr_pow2(64), v->a.id}, {fr_pow2(40), v->b.id}, {FR_ONE, v->amount_packed.packed}};
    wire body = g_mul_add(b, g, v->s.settles, g_sum(b, g, settled, 2, &zero_value), v->s.transfers,
                          g_sum(b, g, moved, 4, &zero_value));
    const struct term w0[2] = {{fr_pow2(88), opcode}, {FR_ONE, body}};
    w[0] = g_sum(b, g, w0, 2, &zero_value);

    const struct term stated[2] = {{fr_pow2(80), v->a.token}, {fr_pow2(64), v->fee.packed}};
    wire w1 = g_mul_add(b, g, v->s.settles, lo, v->s.longs, g_sum(b, g, stated, 2, &zero_value));
    const fr q1[8] = {[2] = FR_ONE, [5] = FR_ONE};
    const wire in1[4] = {is[SLOT_TRANSFER_NEW], hi, w1, g->zero};
    w[1] = g_row(b, g, q1, in1);

    wire w2 = g_mul_add(b, g, v->s.settles, second_hi, is[SLOT_TRANSFER_NEW], lo);
    const fr q2[8] = {[5] = fr_pow2(80), [6] = fr_pow2(64)};
    const wire in2[4] = {v->s.amounts, v->a.token, is[SLOT_CHANGE_PUBKEY], v->a.nonce};
    w[2] = g_add(b, g, w2, g_row(b, g, q2, in2));
    w[3] = g_mul(b, g, v->s.settles, second_lo);

    const struct term marker[2] = {{fr_pow2(88), v->class}, {fr_pow2(72), v->fee.packed}};
    fr marker_byte = fr_pow2(88);
    const fr marker_code = fr_u64(15 * 16);
    fr_mul(&marker_byte, &marker_byte, &marker_code);
    const fr q4[8] = {[5] = FR_ONE, [6] = fr_pow2(48)};
    const wire in4[4] = {v->s.settles, g_sum(b, g, marker, 2, &marker_byte), is[SLOT_FORCED_EXIT], v->a.id};
    w[4] = g_row(b, g, q4, in4);
    builder_close(b);
}

/* C and both y. */
static void place_binding(struct builder *b, const struct slot_env *env, const struct values *v, const wire w[5],
                          struct slot_state *s)
{
    const struct gadgets *g = env->g;
    const wire *is = v->s.is;
    builder_open(b, "binding");
    const struct term e0[2] = {{FR_ONE, w[0]}, {fr_pow2(96), w[1]}};
    const struct term e1[2] = {{FR_ONE, w[2]}, {fr_pow2(96), w[3]}};
    fr n_settles = fr_pow2(98);
    const fr n_delta = fr_pow2(104);
    fr_add(&n_settles, &n_settles, &n_delta);
    fr three = fr_pow2(105);
    fr_add(&three, &three, &n_delta);
    const struct term e2[5] = {{FR_ONE, w[4]},
                               {n_settles, v->s.settles},
                               {n_delta, is[SLOT_TRANSFER]},
                               {fr_pow2(105), is[SLOT_TRANSFER_LONG]},
                               {three, is[SLOT_TRANSFER_NEW]}};
    const wire in[4] = {s->chain, g_sum(b, g, e0, 2, &zero_value), g_sum(b, g, e1, 2, &zero_value),
                        g_sum(b, g, e2, 5, &zero_value)};
    s->chain = poseidon2_place_compress(b, &g->poseidon2, in);

    uint32_t row = builder_rows(b, 2);
    static const unsigned lengths[3] = {4, 2, 3};
    wire polynomial[3];
    fr word[5];
    for (unsigned i = 0; i < 5; i++) word[i] = builder_value(b, builder_copy(b, row, i, w[i]));
    builder_gate(b, env->gates->powers, row);
    for (unsigned k = 0; k < 3; k++) {
        fr sum = FR_ZERO;
        for (unsigned i = 0; i < lengths[k]; i++) {
            fr_mul(&sum, &sum, &env->challenge);
            fr_add(&sum, &sum, &word[i]);
        }
        polynomial[k] = builder_put(b, row + 1, k, &sum);
    }
    const fr r = env->challenge;
    fr r2, r3, r4, t;
    fr_sqr(&r2, &r);
    fr_mul(&r3, &r2, &r);
    fr_sqr(&r4, &r2);

    /* y_s */
    row = builder_rows(b, 1);
    builder_gate(b, env->gates->stream_s, row);
    fr y = builder_value(b, builder_copy(b, row, 0, s->y_settlement));
    const fr settles = builder_value(b, builder_copy(b, row, 1, v->s.settles));
    const fr added = builder_value(b, builder_copy(b, row, 2, polynomial[0]));
    fr_mul(&t, &y, &r4);
    fr_add(&t, &t, &added);
    fr_select(&y, &y, &t, fr_is_one(&settles));
    s->y_settlement = builder_put(b, row, 3, &y);

    /* y_d */
    wire one_word = g_add(b, g, v->s.settles, is[SLOT_TRANSFER]);
    wire some = g_mul_add(b, g, v->s.settles, w[4], is[SLOT_TRANSFER], w[0]);
    wire more = g_mul_add(b, g, is[SLOT_TRANSFER_LONG], polynomial[1], is[SLOT_TRANSFER_NEW], polynomial[2]);
    wire delta = g_add(b, g, some, more);
    row = builder_rows(b, 2);
    builder_gate(b, env->gates->stream_d, row);
    const wire counts[3] = {one_word, is[SLOT_TRANSFER_LONG], is[SLOT_TRANSFER_NEW]};
    const fr *const powers[3] = {&r, &r2, &r3};
    y = builder_value(b, builder_copy(b, row, 0, s->y_delta));
    fr factor = FR_ONE;
    for (unsigned k = 0; k < 3; k++) {
        const fr on = builder_value(b, builder_copy(b, row, 1 + k, counts[k]));
        fr_select(&factor, &factor, powers[k], fr_is_one(&on));
    }
    const fr delta_value = builder_value(b, builder_copy(b, row + 1, 0, delta));
    fr_mul(&y, &y, &factor);
    fr_add(&y, &y, &delta_value);
    s->y_delta = builder_put(b, row, 4, &y);
    builder_close(b);
}

/* After the first fee collection only such, and no-ops. */
static void place_order(struct builder *b, const struct gadgets *g, const struct values *v, struct slot_state *s)
{
    const wire *is = v->s.is;
    builder_open(b, "order");
    const fr minus = fr_i64(-1);
    wire closing = g_pair(b, g, &one_value, s->closing, &one_value, is[SLOT_COLLECT_FEES], &minus, &zero_value);
    wire allowed = g_add(b, g, is[SLOT_COLLECT_FEES], is[SLOT_NOOP]);
    g_if_const(b, g, s->closing, allowed, &one_value);
    s->closing = closing;
    builder_close(b);
}

/* The steps come before the rules: their spare rows are for what comes after. */
void slot_place(struct builder *b, const struct slot_env *env, struct slot_state *s, const struct slot_hints *h)
{
    struct spares spares = {.n = 0};
    struct gadgets gadgets = *env->g;
    struct slot_env own = *env;
    const struct gadgets *g = &gadgets;
    struct values v;
    wire words[5];
    own.g = g;
    gadgets.spares = &spares;
    builder_open(b, "slot");
    place_selectors(b, g, &v.s, h);
    place_leaf(b, g, &v.a, &h->steps[0], v.s.exists_a);
    place_leaf(b, g, &v.b, &h->steps[1], v.s.exists_b);
    schnorr_place(b, g, &h->signature, &v.signature);
    place_values(b, &own, &v, h);
    place_class(b, &own, &v, h);
    place_changes(b, g, &v);
    place_step(b, g, v.s.uses_a, &s->account_root, &v.a, &v.a_after, &h->steps[0]);
    place_step(b, g, v.s.uses_b, &s->account_root, &v.b, &v.b_after, &h->steps[1]);
    require_signer(b, g, &v);
    require_parties(b, &own, &v);
    require_requests(b, g, &v, s);
    place_accounts(b, g, &v, s);
    place_fees(b, &own, &v, s);
    require_time(b, &own, &v);
    require_message(b, g, &v);
    place_order(b, g, &v, s);
    place_words(b, g, &v, words);
    place_binding(b, &own, &v, words, s);
    builder_close(b);
}
