/* Rules of a slot, grouped as in docs/circuit.md. */
#include "circuit/slot_internal.h"
#include "rollup/apply.h"

static const fr zero_value = FR_ZERO;
static const fr one_value = FR_ONE;

static bool is_on(const struct builder *b, const struct values *v, enum slot_flag flag)
{
    const fr on = builder_value(b, v->c.on[flag]);
    return fr_is_one(&on);
}

/* The number of message bytes from .. to, at most 31. */
static fr bytes_value(const struct builder *b, const struct values *v, unsigned from, unsigned to)
{
    fr r = fr_pow2(8 * (to - from));
    const fr first = builder_value(b, v->signature.message.prefix[from]);
    const fr whole = builder_value(b, v->signature.message.prefix[to]);
    fr_mul(&r, &r, &first);
    fr_sub(&r, &whole, &r);
    return r;
}

/* Bytes 53 .. 67. */
static fr price_bought(const struct builder *b, const struct values *v)
{
    fr r = bytes_value(b, v, 53, 67);
    const fr byte = fr_u64(256);
    const fr last = builder_value(b, v->signature.message.byte_67);
    fr_mul(&r, &r, &byte);
    fr_add(&r, &r, &last);
    return r;
}

static fr product(fr x, const fr *y)
{
    fr_mul(&x, &x, y);
    return x;
}

/* The number of a hash's bits from HASH_CUT on, as bytes 42 .. 60 of the message and `top` have them. */
static fr hash_upper(const struct builder *b, const struct values *v)
{
    const wire *suffix = v->signature.message.suffix;
    const fr shift = fr_pow2(HASH_TOP - HASH_CUT);
    fr upper = builder_value(b, v->top);
    const fr after = builder_value(b, suffix[61]);
    const fr from = builder_value(b, suffix[42]);
    fr_sub(&upper, &upper, &after);
    fr_mul(&upper, &upper, &shift);
    fr_add(&upper, &upper, &from);
    return upper;
}

void hash_bound(fr *bound)
{
    const fr minus = fr_i64(-1);
    uint64_t m[4];
    fr_to_limbs(m, &minus);
    const uint64_t high[4] = {m[1] >> 32 | m[2] << 32, m[2] >> 32 | m[3] << 32, m[3] >> 32, 0};
    static_assert(HASH_CUT == 96, "the limbs above are those from bit 96");
    bool ok = fr_from_limbs(bound, high);
    assert(ok);
    fr_add(bound, bound, &minus);
}

void place_room(struct builder *b, const struct gadgets *g, struct values *v, const struct slot_state *s)
{
    builder_open(b, "room");
    fr room = FR_ZERO;
    fr less = FR_ZERO;
    if (is_on(b, v, ON_REFUSED)) {
        room = builder_value(b, v->a.balance);
        const fr amount = builder_value(b, v->amount);
        fr_add(&room, &room, &amount);
        less = fr_pow2(AMOUNT_BITS);
        const fr full = builder_value(b, v->refused_full);
        if (fr_is_one(&full)) room = less = FR_ZERO;
    } else if (is_on(b, v, ON_DEPOSIT)) {
        const fr exists = builder_value(b, v->a.exists);
        room = fr_u64(ACCOUNT_ID_MAX);
        less = builder_value(b, s->account_count);
        if (fr_is_one(&exists)) room = less = FR_ZERO;
    } else if (is_on(b, v, ON_NEW_B)) {
        room = fr_u64(ACCOUNT_ID_LAST_BY_TRANSFER);
        less = builder_value(b, s->account_count);
    } else if (is_on(b, v, ON_MINT)) {
        room = fr_u64(NFT_ID_LAST);
        less = builder_value(b, v->b.id);
    } else if (is_on(b, v, ON_ORDER)) {
        const fr sold = builder_value(b, v->amount);
        const fr bought = builder_value(b, v->other_packed.value);
        room = product(bytes_value(b, v, 38, 53), &bought);
        less = product(price_bought(b, v), &sold);
    } else if (is_on(b, v, ON_SUBMITS)) {
        hash_bound(&room);
        less = hash_upper(b, v);
    }
    fr_sub(&room, &room, &less);
    v->room = g_number(b, g, &room, ROOM_BITS);
    builder_close(b);
}

/* If the flag is on, x = y. */
static struct piece equal_if(wire sel, wire x, wire y)
{
    return (struct piece){.sel = sel, .n = 2, .t = {{FR_ONE, x}, {fr_i64(-1), y}}, .c = FR_ZERO};
}

void require_signer(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    builder_open(b, "signer");
    g_if_const(b, g, on[ON_NEEDS_A], v->a.exists, &one_value);
    g_if_equal(b, g, on[ON_BY_LEAF], v->a.pubkey_hash, v->signature.pubkey_hash);
    builder_close(b);
}

void require_parties(struct builder *b, const struct slot_env *env, const struct values *v)
{
    const struct gadgets *g = env->g;
    const wire *on = v->c.on;
    builder_open(b, "parties");
    /* B exists and is who was signed for; or is new */
    g_if_const(b, g, on[ON_NEEDS_B], v->b.exists, &one_value);
    g_if_const(b, g, on[ON_CREATES_B], v->b.exists, &zero_value);
    g_if_equal(b, g, on[ON_TO_SIGNED], v->b.address, v->signed_address);
    g_if_equal(b, g, on[ON_SAME_TOKEN], v->a.token, v->b.token);
    g_if_equal(b, g, on[ON_B_AMOUNT], v->amount_b, v->amount);
    /* forced exit: no key, the whole balance */
    g_if_equal_two(b, g, on[ON_FORCED_EXIT], v->b.address, v->address, v->amount, v->b.balance);
    g_if_const(b, g, on[ON_FORCED_EXIT], v->b.pubkey_hash, &zero_value);
    /* published addresses */
    g_if_equal(b, g, on[ON_SIGNED_TOO], v->address, v->signed_address);
    g_if_equal_two(b, g, on[ON_CHANGE_PUBKEY], v->address, v->a.address, v->signed_address, v->signature.pubkey_hash);
    /* fee collection */
    g_if_equal_two(b, g, on[ON_COLLECT], v->a.id, env->fee_account, v->b.id, env->fee_account);
    builder_close(b);
}

/* Requests from L1, which cannot fail. */
void require_requests(struct builder *b, const struct gadgets *g, struct values *v, const struct slot_state *s)
{
    const wire *on = v->c.on;
    builder_open(b, "requests");
    wire is_owner = g_equal(b, g, v->a.address, v->address);
    wire matches = g_mul(b, g, is_owner, v->a.exists);
    /* deposit: to the account of that address, or to the next */
    wire existing = g_sub(b, g, on[ON_DEPOSIT], v->new_a);
    const fr last = fr_u64(ACCOUNT_ID_MAX);
    const struct term left[2] = {{fr_i64(-1), v->room}, {fr_i64(-1), s->account_count}};
    g_when(b, g, v->new_a, left, 2, &last);
    g_if_const(b, g, existing, is_owner, &one_value);
    /* refused deposit: full, or an overflow */
    wire by_full = g_mul(b, g, v->refused_full, on[ON_REFUSED]);
    wire by_overflow = g_sub(b, g, on[ON_REFUSED], by_full);
    const fr end = fr_u64(ACCOUNT_ID_NOBODY);
    g_if_const(b, g, by_full, s->account_count, &end);
    g_if_const(b, g, by_full, v->a.id, &zero_value);
    g_if_const(b, g, by_overflow, matches, &one_value);
    fr limit = fr_pow2(AMOUNT_BITS);
    fr_neg(&limit, &limit);
    const struct term over[3] = {{fr_i64(-1), v->room}, {FR_ONE, v->a.balance}, {FR_ONE, v->amount}};
    g_when(b, g, by_overflow, over, 3, &limit);
    /* full exit: the whole balance of the owner, nothing of anybody else; and the new account's id */
    const struct piece exits[3] = {equal_if(on[ON_FULL_EXIT], v->amount, g_mul(b, g, matches, v->a.balance)),
                                   equal_if(on[ON_FULL_EXIT_NFT], v->used[0], matches),
                                   equal_if(v->new_a, v->a.id, s->account_count)};
    g_exclusive(b, g, exits, ZK_COUNT(exits));
    builder_close(b);
}

void place_accounts(struct builder *b, const struct gadgets *g, const struct values *v, struct slot_state *s)
{
    const wire *on = v->c.on;
    builder_open(b, "accounts");
    /* the next id, for an account or an NFT that begins; and an NFT that leaves: it exists, the account owns it, and
     * its address asked */
    wire owns = g_mul(b, g, g_equal(b, g, v->owner, v->own_account), v->b.exists);
    const struct piece ids[3] = {equal_if(on[ON_NEW_B], v->b.id, s->account_count),
                                 {.sel = on[ON_MINT],
                                  .n = 2,
                                  .t = {{FR_ONE, v->b.id}, {fr_i64(-1), s->nft_count}},
                                  .c = fr_i64(-(int64_t)NFT_ID_FIRST)},
                                 equal_if(on[ON_NFT_EXIT], v->amount, g_mul(b, g, owns, v->used[0]))};
    g_exclusive(b, g, ids, ZK_COUNT(ids));
    /* room for accounts by transfers, and for NFTs */
    const fr last_account = fr_u64(ACCOUNT_ID_LAST_BY_TRANSFER);
    const fr last_nft = fr_u64(NFT_ID_LAST);
    const struct term accounts_left[2] = {{fr_i64(-1), v->room}, {fr_i64(-1), s->account_count}};
    const struct term nfts_left[2] = {{fr_i64(-1), v->room}, {fr_i64(-1), v->b.id}};
    g_when(b, g, on[ON_NEW_B], accounts_left, 2, &last_account);
    g_when(b, g, on[ON_MINT], nfts_left, 2, &last_nft);
    wire one_more = g_add(b, g, v->new_a, on[ON_NEW_B]);
    s->account_count = g_add(b, g, s->account_count, one_more);
    s->nft_count = g_add(b, g, s->nft_count, on[ON_MINT]);
    builder_close(b);
}

/* The NFT of step B: minted, moved, or gone to L1. */
void require_nft(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    builder_open(b, "nft");
    g_if_const(b, g, on[ON_NFT], v->b.minted, &zero_value);
    /* mint: by A, for the receiver */
    g_if_equal_two(b, g, on[ON_MINT], v->owner, v->own_receiver, v->creator, v->a.id);
    g_if_equal_two(b, g, on[ON_MINT], v->b.address, v->a.address, v->b.nonce, v->a.minted);
    /* moves: one of it, by its owner */
    g_if_const(b, g, v->moves, v->b.exists, &one_value);
    g_if_const(b, g, v->moves, v->amount, &one_value);
    g_if_equal(b, g, v->moves, v->owner, v->own_account);
    g_if_const(b, g, on[ON_MUST], v->amount, &one_value);
    builder_close(b);
}

/* What this slot does itself, against the operation's context. */
void require_context(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    builder_open(b, "context");
    g_if_equal(b, g, on[ON_A_IS_OWN], v->a.id, v->own_account);
    g_if_equal(b, g, on[ON_B_IS_OWN], v->b.id, v->own_receiver);
    g_if_equal(b, g, on[ON_NFT_IS_OWN], v->b.id, v->own_token);
    g_if_equal(b, g, on[ON_OWN_TOKEN], v->a.token, v->own_token);
    g_if_equal(b, g, on[ON_SUBMITS], v->a.id, v->submitter);
    builder_close(b);
}

/* A later slot of an operation has the context of the one before, and its addresses where they are due. */
void require_carry(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    builder_open(b, "carry");
    g_if_equal_two(b, g, on[ON_CONTINUES], v->carry[CARRY_CONTEXT], v->before[CARRY_CONTEXT], v->carry[CARRY_AMOUNTS],
                   v->before[CARRY_AMOUNTS]);
    g_if_equal(b, g, on[ON_SIDE_1_ORDER], v->signed_address, v->before[CARRY_SECOND]);
    g_if_equal(b, g, on[ON_FROM_Q0], v->b.address, v->before[CARRY_SIGNED]);
    g_if_equal(b, g, on[ON_NFT_EXIT], v->b.address, v->before[CARRY_SECOND]);
    builder_close(b);
}

/* Two orders: other accounts, other tokens, an amount where one is stated, and a price that is met. */
void require_swap(struct builder *b, const struct gadgets *g, const struct values *v)
{
    const wire *on = v->c.on;
    builder_open(b, "swap");
    const struct trade t = {.sel = on[ON_ORDER],
                            .x = v->accounts[0],
                            .y = v->accounts[1],
                            .u = v->tokens[0],
                            .v = v->tokens[1],
                            .stated = v->own_used,
                            .z = v->amount,
                            .gain = v->other_packed.value,
                            .p = v->order_sold,
                            .q = v->order_bought,
                            .room = v->room};
    g_trade(b, g, &t);
    builder_close(b);
}

void place_fees(struct builder *b, const struct slot_env *env, const struct values *v, struct slot_state *s)
{
    const struct gadgets *g = env->g;
    const wire *on = v->c.on;
    builder_open(b, "fees");
    g_if_const(b, g, on[ON_NO_FEE], v->fee.packed, &zero_value);
    g_if_equal(b, g, on[ON_SHORT], v->a.token, v->class_token);
    g_if_equal(b, g, on[ON_SHORT], v->fee.packed, v->class_fee);
    g_if_equal(b, g, v->fee.value, v->a.token, v->class_token); /* the fee is no bit, but 0 or not 0 */
    /* Phi += (fee - collected) / (r + token of A) - collected by B / (r + token of B) */
    const uint32_t row = builder_rows(b, 2);
    builder_gate(b, env->gates->fee_share, row);
    const wire in[PLONK_COPY] = {v->a.token, v->fee.value, on[ON_COLLECT], v->amount, v->amount_b};
    fr value[PLONK_COPY], share[2], token[2], due[2];
    for (unsigned i = 0; i < PLONK_COPY; i++) value[i] = builder_value(b, builder_copy(b, row, i, in[i]));
    token[0] = value[0];
    token[1] = builder_value(b, builder_copy(b, row + 1, 0, v->b.token));
    fr_mul(&due[0], &value[2], &value[3]);
    fr_sub(&due[0], &value[1], &due[0]);
    fr_mul(&due[1], &value[2], &value[4]);
    for (unsigned k = 0; k < 2; k++) {
        fr_add(&share[k], &env->challenge, &token[k]);
        if (fr_is_zero(&due[k]))
            share[k] = FR_ZERO;
        else
            fr_inv_vartime(&share[k], &share[k]);
        fr_mul(&share[k], &share[k], &due[k]);
        (void)builder_put(b, row, 5 + k, &share[k]);
    }
    fr phi = builder_value(b, builder_copy(b, row + 1, 1, s->phi));
    fr_add(&phi, &phi, &share[0]);
    fr_sub(&phi, &phi, &share[1]);
    s->phi = builder_put(b, row + 1, 2, &phi);
    builder_close(b);
}

void require_time(struct builder *b, const struct slot_env *env, const struct values *v)
{
    builder_open(b, "time");
    g_range(b, env->g, g_sub(b, env->g, env->timestamp, v->valid_from), TIME_BITS);
    g_range(b, env->g, g_sub(b, env->g, v->valid_until, env->timestamp), TIME_BITS);
    builder_close(b);
}
