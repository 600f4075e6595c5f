#include "circuit/block_witness.h"

#include "rollup/amount.h"

#include <stdio.h>
#include <string.h>

/* ---- hints of a slot */

static fr bytes20(const uint8_t b[20])
{
    uint8_t wide[32] = {0};
    memcpy(wide + 12, b, 20);
    fr r;
    fr_from_be32_reduce(&r, wide);
    return r;
}

/* A 16-byte half of a hash. */
static fr bytes16(const uint8_t b[16])
{
    return fr_u128(load_be128(b));
}

static void account_hints_from(struct step_hints *h, const struct step_trace *t)
{
    const struct step *s = t->step;
    h->id = s->id;
    h->token = s->token;
    h->exists = s->before.exists;
    h->nonce = s->before.nonce;
    h->minted = s->before.minted;
    h->address = bytes20(s->before.address.b);
    h->pubkey_hash = bytes20(s->before.pubkey_hash.b);
    h->balance = s->balance_before;
    memcpy(h->balance_siblings, t->balance_siblings, sizeof h->balance_siblings);
    memcpy(h->siblings, t->siblings, sizeof h->siblings);
}

/* The content of an NFT that is minted stands in the leaf's wires before it exists, too. */
static void nft_hints_from(struct step_hints *h, const struct step_trace *t)
{
    const struct step *s = t->step;
    const struct nft_leaf *leaf = s->nft_before.exists ? &s->nft_before : &s->nft_after;
    static_assert(NFT_TREE_LEVELS - ACCOUNT_TREE_LEVELS + 1 == BALANCE_TREE_LEVELS, "an NFT's path fits an account's");
    h->id = s->id;
    h->token = s->id >> ACCOUNT_ID_BITS << 2;
    h->exists = s->nft_before.exists;
    h->owner = leaf->owner;
    h->creator = leaf->content.creator;
    h->nonce = leaf->content.serial;
    h->address = bytes20(leaf->content.creator_address.b);
    h->pubkey_hash = bytes16(leaf->content.hash.b);
    h->content_lo = bytes16(leaf->content.hash.b + 16);
    memcpy(h->siblings, t->siblings, sizeof h->siblings);
    memcpy(h->balance_siblings[1], t->siblings[ACCOUNT_TREE_LEVELS],
           (BALANCE_TREE_LEVELS - 1) * sizeof h->balance_siblings[0]);
}

static void step_hints_from(struct step_hints *h, const struct step_trace *t)
{
    switch (t->step->kind) {
    case STEP_NONE: break;
    case STEP_ACCOUNT: account_hints_from(h, t); break;
    case STEP_NFT: nft_hints_from(h, t); break;
    }
}

static zk_err packed_fee(uint32_t *out, u128 fee)
{
    uint8_t packed[FEE_PACKED_BYTES];
    if (!fee_pack(packed, fee)) return zk_fail(ZK_ERR_INPUT, "a fee has no packed form");
    *out = (uint32_t)packed[0] << 8 | packed[1];
    return ZK_OK;
}

static zk_err packed_amount(uint64_t *out, u128 amount)
{
    uint8_t packed[AMOUNT_PACKED_BYTES];
    if (!amount_pack(packed, amount)) return zk_fail(ZK_ERR_INPUT, "an amount has no packed form");
    *out = (uint64_t)packed[0] << 32 | load_be32(packed + 1);
    return ZK_OK;
}

/* The transaction that a kind of slot executes, or 0 if it is none. */
static tx_type type_of(op_kind kind)
{
    switch (kind) {
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_TRANSFER_NEW:
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW: return TX_TRANSFER;
    case OP_WITHDRAW: return TX_WITHDRAW;
    case OP_CHANGE_PUBKEY: return TX_CHANGE_PUBKEY;
    case OP_FORCED_EXIT: return TX_FORCED_EXIT;
    case OP_MINT_NFT: return TX_MINT_NFT;
    case OP_WITHDRAW_NFT: return TX_WITHDRAW_NFT;
    case OP_SWAP:
    case OP_SWAP_NFT: return TX_SWAP;
    case OP_NOOP:
    case OP_DEPOSIT:
    case OP_DEPOSIT_REFUSED:
    case OP_FULL_EXIT:
    case OP_FULL_EXIT_NFT:
    case OP_COLLECT_FEES:
    case OP_KINDS: break;
    }
    return 0;
}

/* Which signature a kind of slot verifies. */
static slot_signer signer_of(enum slot_kind kind)
{
    if (kind_has(kind, ON_SIDE_1_ORDER)) return SIGNER_ORDER_1;
    if (kind_has(kind, ON_ORDER)) return SIGNER_ORDER_0;
    return kind_has(kind, ON_SIGNS) ? SIGNER_TX : SIGNER_NONE;
}

/* Is the slot's leaf what its kind opens? */
static bool opens(const struct slot_trace *t, unsigned k, bool account, bool nft)
{
    const step_kind want = account ? STEP_ACCOUNT : nft ? STEP_NFT : STEP_NONE;
    return t->steps[k].step->kind == want;
}

/* A trace may come from elsewhere: it must have the transaction, the signature and the leaves that its operation has.
 */
static zk_err require_fits(const struct slot_trace *t, enum slot_kind kind)
{
    const tx_type want = type_of(t->op->kind);
    bool fits = want == 0 ? t->tx == NULL : t->tx != NULL && t->tx->type == want;
    fits = fits && t->signer == signer_of(kind) && (t->signature != NULL) == (t->signer != SIGNER_NONE);
    if (!fits) return zk_fail(ZK_ERR_INPUT, "a %s with another transaction", op_kind_str(t->op->kind));
    fits = opens(t, 0, kind_has(kind, ON_A), false) && opens(t, 1, kind_has(kind, ON_B), kind_has(kind, ON_NFT));
    if (!fits) return zk_fail(ZK_ERR_INPUT, "a %s with other leaves than it opens", op_kind_str(t->op->kind));
    if (t->op->fee_class >= FEE_CLASSES) return zk_fail(ZK_ERR_INPUT, "there is no fee class %u", t->op->fee_class);
    return ZK_OK;
}

static void addresses_from(struct slot_hints *h, const struct slot_trace *t)
{
    const struct tx *tx = t->tx; /* its type was compared with the operation's before */
    if (kind_has(h->kind, ON_SETTLES) || kind_has(h->kind, ON_NEW_B)) h->address = bytes20(t->op->address.b);
    if (h->kind == SLOT_WITHDRAW_NFT || h->kind == SLOT_FULL_EXIT_NFT) { /* published beside the first address */
        h->steps[1].exists = true;
        h->steps[1].address = bytes20(t->op->nft.creator_address.b);
    }
    if (tx == NULL) return;
    if (tx->type == TX_TRANSFER) h->signed_address = bytes20(tx->transfer.to.b);
    if (tx->type == TX_MINT_NFT) h->signed_address = bytes20(tx->mint_nft.recipient.b);
    if (tx->type == TX_WITHDRAW || tx->type == TX_WITHDRAW_NFT) h->signed_address = h->address;
    if (tx->type == TX_CHANGE_PUBKEY) h->signed_address = bytes20(t->op->pubkey_hash.b);
    if (kind_has(h->kind, ON_ORDER))
        h->signed_address = bytes20(tx->swap.orders[kind_has(h->kind, ON_SIDE_1)].recipient.b);
}

/* What all slots of an operation have in common. */
static zk_err context_from(struct slot_hints *h, const struct slot_trace *t)
{
    const struct op *op = t->op;
    uint64_t amounts[2] = {0, 0};
    if (op->kind == OP_SWAP || op->kind == OP_SWAP_NFT) {
        const struct op_swap *s = &op->swap;
        memcpy(h->accounts, s->accounts, sizeof h->accounts);
        memcpy(h->receivers, s->recipients, sizeof h->receivers);
        memcpy(h->tokens, s->tokens, sizeof h->tokens);
        memcpy(h->used, s->nonce_used, sizeof h->used);
        h->submitter = s->submitter;
        for (unsigned i = 0; i < 2; i++) ZK_TRY(packed_amount(&amounts[i], s->amounts[i]));
    } else if (type_of(op->kind) == TX_TRANSFER || type_of(op->kind) == TX_MINT_NFT) {
        h->accounts[0] = op->account;
        h->receivers[1] = op->other;
        h->tokens[0] = op->token;
        ZK_TRY(packed_amount(&amounts[0], op->amount));
    } else if (op->kind == OP_WITHDRAW_NFT || op->kind == OP_FULL_EXIT_NFT) {
        h->accounts[0] = op->account;
        h->tokens[0] = op->token;
    }
    const bool side_1 = kind_has(h->kind, ON_SIDE_1);
    h->amount_packed = amounts[side_1];
    h->other_packed = amounts[!side_1];
    return ZK_OK;
}

static void amounts_from(struct slot_hints *h, const struct slot_trace *t)
{
    const struct step *a = t->steps[0].step;
    const struct step *b = t->steps[1].step;
    h->amount = t->op->amount;
    if (t->op->kind == OP_SWAP || t->op->kind == OP_SWAP_NFT)
        h->amount = t->op->swap.amounts[kind_has(h->kind, ON_SIDE_1)];
    if (h->kind == SLOT_COLLECT_FEES) {
        h->amount = a->balance_after - a->balance_before;
        h->amount_b = b->balance_after - b->balance_before;
    }
    if (kind_has(h->kind, ON_B_AMOUNT)) h->amount_b = h->amount;
    if (h->kind == SLOT_DEPOSIT_REFUSED) {
        const bool owner = a->before.exists && eth_address_eq(&a->before.address, &t->op->address);
        h->refused_full = !(owner && t->op->amount > U128_MAX - a->balance_before);
    }
}

/* Whether the owner of an account asks for its NFT; of a withdrawal, he does. */
static bool owner_asks(const struct slot_trace *t, const struct slot_trace *first)
{
    const struct step *a = first->steps[0].step;
    return t->op->kind == OP_WITHDRAW_NFT ||
           (a->kind == STEP_ACCOUNT && a->before.exists && eth_address_eq(&a->before.address, &t->op->address));
}

/* Content that nobody signs in this slot: a message of its own has its bytes. */
static void say_content(struct slot_hints *h, const struct nft_content *content)
{
    uint8_t message[58] = {0};
    memcpy(message + 26, content->hash.b, 32);
    slot_hints_say(h, message, sizeof message);
}

static zk_err signature_from(struct slot_hints *h, const struct slot_trace *t)
{
    struct time_range valid = TIME_RANGE_ALL;
    if (kind_has(h->kind, ON_ORDER))
        valid = t->tx->swap.orders[kind_has(h->kind, ON_SIDE_1)].valid;
    else if (h->kind != SLOT_MINT && !kind_has(h->kind, ON_SUBMITS))
        valid = tx_valid(t->tx);
    h->valid_from = valid.from;
    h->valid_until = valid.until;
    uint8_t message[TX_SIGN_BYTES_MAX];
    size_t len;
    bool is_signed = slot_sign_bytes(message, &len, t);
    assert(is_signed); /* require_fits saw the signer */
    if (!schnorr_hints_from(&h->signature, t->signature->pubkey, t->signature->sig, message, len))
        return zk_fail(ZK_ERR_INPUT, "a %s has a malformed signature", op_kind_str(t->op->kind));
    return ZK_OK;
}

/* The class that the first byte names: an NFT transfer's is its amount. */
static unsigned class_of(const struct op *op)
{
    return op->kind == OP_NFT_TRANSFER || op->kind == OP_NFT_TRANSFER_NEW ? (unsigned)op->amount & 1 : op->fee_class;
}

/* t: the slot, whose operation begins t->part slots before. */
static zk_err slot_hints_from(struct slot_hints *h, const struct slot_trace *t, const struct block_sealed *block)
{
    h->kind = kind_of_op(t->op, t->part);
    if (h->kind == SLOT_KINDS) return zk_fail(ZK_ERR_INPUT, "a %s has no slot %u", op_kind_str(t->op->kind), t->part);
    ZK_TRY(require_fits(t, h->kind));
    for (unsigned k = 0; k < SLOT_STEPS; k++) step_hints_from(&h->steps[k], &t->steps[k]);
    h->fee_class = class_of(t->op);
    h->class_token = block->classes[h->fee_class].token;
    ZK_TRY(packed_fee(&h->class_fee, block->classes[h->fee_class].fee));
    if (h->kind == SLOT_NOOP) return ZK_OK;
    addresses_from(h, t);
    ZK_TRY(context_from(h, t));
    amounts_from(h, t);
    if (kind_has(h->kind, ON_NFT_EXIT)) say_content(h, &t->op->nft);
    if (t->op->kind == OP_WITHDRAW_NFT || t->op->kind == OP_FULL_EXIT_NFT) h->used[0] = owner_asks(t, t - t->part);
    if (!kind_has(h->kind, ON_NO_FEE)) ZK_TRY(packed_fee(&h->fee_packed, t->op->fee));
    return t->signer == SIGNER_NONE ? ZK_OK : signature_from(h, t);
}

struct slots_job {
    struct block_hints *h;
    const struct block_trace *t;
    const struct slot_hints *empty;
};

static zk_err slot_body(void *ctx, size_t i, unsigned worker)
{
    (void)worker;
    const struct slots_job *job = ctx;
    struct slot_hints *h = &job->h->period[i / SLOTS_PER_PERIOD].slots[i % SLOTS_PER_PERIOD];
    *h = *job->empty;
    static const struct op no_op = {.kind = OP_NOOP};
    static const struct step no_step = {.kind = STEP_NONE};
    const struct slot_trace none = {.op = &no_op, .steps = {{.step = &no_step}, {.step = &no_step}}};
    const struct slot_trace *t = i < job->t->capacity ? &job->t->slots[i] : &none;
    if (t->part > i || (t - t->part)->op != t->op) return zk_fail(ZK_ERR_INPUT, "slot %zu continues nothing", i);
    zk_err err = slot_hints_from(h, t, job->t->block);
    if (err != ZK_OK) return zk_fail(err, "slot %zu: %s", i, zk_err_message());
    return ZK_OK;
}

/* ---- what periods hand on */

struct running {
    fr account_root, nft_root, chain, y_settlement, y_delta, phi;
    uint32_t account_count, nft_count;
    unsigned kind;
    bool open;
    fr carry[CARRY_WIRES];
    const struct slot_hints *last;
};

static void horner(fr *y, const struct slot_words *w, unsigned from, unsigned to, const fr *r)
{
    for (unsigned i = from; i < to; i++) {
        uint8_t wide[32] = {0};
        fr v;
        memcpy(wide + 32 - WORD_BYTES, w->words[i], WORD_BYTES);
        fr_from_be32_reduce(&v, wide);
        fr_mul(y, y, r);
        fr_add(y, y, &v);
    }
}

/* value / (r + token) */
static fr fee_share(uint32_t token, u128 value, const fr *r)
{
    fr share = fr_u64(token);
    const fr v = fr_u128(value);
    if (value == 0) return FR_ZERO;
    fr_add(&share, &share, r);
    fr_inv_vartime(&share, &share);
    fr_mul(&share, &share, &v);
    return share;
}

static void run_slot(struct running *s, const struct slot_trace *t, const struct slot_hints *h, const fr *r)
{
    const unsigned n_s = t->words.n_settlement;
    horner(&s->y_settlement, &t->words, 0, n_s, r);
    horner(&s->y_delta, &t->words, n_s, n_s + t->words.n_delta, r);
    s->chain = t->chain;
    if (h->kind == SLOT_COLLECT_FEES) {
        const fr a = fee_share(h->steps[0].token, h->amount, r);
        const fr b = fee_share(h->steps[1].token, h->amount_b, r);
        fr_sub(&s->phi, &s->phi, &a);
        fr_sub(&s->phi, &s->phi, &b);
    } else if (!kind_has(h->kind, ON_NO_FEE)) {
        const fr share = fee_share(h->steps[0].token, t->op->fee, r);
        fr_add(&s->phi, &s->phi, &share);
    }
    s->kind = h->kind;
    s->open = kind_has(h->kind, ON_MORE);
    if (s->open) slot_carry(s->carry, h, s->last);
    s->last = h;
    if (h->kind == SLOT_NOOP) return;
    s->account_root = t->steps[1].account_root;
    s->nft_root = t->steps[1].nft_root;
    s->account_count = t->steps[1].account_count;
    s->nft_count = t->steps[1].nft_count;
}

static void period_state(struct period_hints *p, const struct running *s, const fr *opening_chain)
{
    p->chain = s->chain;
    p->y_settlement = s->y_settlement;
    p->y_delta = s->y_delta;
    p->phi = s->phi;
    p->kind = s->kind;
    p->open = s->open;
    memcpy(p->carry, s->carry, sizeof p->carry);
    p->opening_chain = *opening_chain;
    p->account_root = s->account_root;
    p->nft_root = s->nft_root;
    p->nft_count = fr_u64(s->nft_count);
    p->account_count = fr_u64(s->account_count);
    state_root_of(&p->root, &s->account_root, &s->nft_root, s->nft_count, s->account_count);
}

static zk_err run_periods(struct block_hints *h, const struct block_trace *t)
{
    const struct block_sealed *block = t->block;
    const fr *r = &h->publics[PUBLIC_CHALLENGE];
    uint8_t opening[PUBDATA_OPENING_BYTES];
    fr opening_chain;
    fee_classes_encode(opening, block->classes);
    binding_chain_start(&opening_chain, opening);
    struct running s = {.account_root = t->account_root,
                        .nft_root = t->nft_root,
                        .chain = opening_chain,
                        .kind = SLOT_START,
                        .y_settlement = FR_ONE,
                        .account_count = t->account_count,
                        .nft_count = t->nft_count};
    binding_evaluate(&s.y_delta, opening, sizeof opening, r);
    for (unsigned p = 0; p < h->periods; p++) {
        struct period_hints *period = &h->period[p];
        period_state(period, &s, &opening_chain);
        period->number = fr_u64(block->header.number);
        period->fee_account = fr_u64(block->header.fee_account);
        period->timestamp = fr_u64(block->header.timestamp);
        for (unsigned i = 0; i < FEE_CLASSES; i++) {
            period->class_token[i] = block->classes[i].token;
            ZK_TRY(packed_fee(&period->class_fee[i], block->classes[i].fee));
        }
        for (unsigned i = 0; i < SLOTS_PER_PERIOD && SLOTS_PER_PERIOD * p + i < t->capacity; i++)
            run_slot(&s, &t->slots[SLOTS_PER_PERIOD * p + i], &period->slots[i], r);
    }
    return ZK_OK;
}

zk_err block_hints_make(struct block_hints *h, const struct block_trace *t, struct pool *pool, struct arena *arena)
{
    const struct block_sealed *block = t->block;
    memset(h, 0, sizeof *h);
    h->log_n = block_circuit_log_n(t->capacity);
    h->periods = 1u << (h->log_n - BLOCK_LOG_T);
    if (h->periods * SLOTS_PER_PERIOD != t->capacity)
        return zk_fail(ZK_ERR_RANGE, "no circuit has %u slots", t->capacity);
    h->period = arena_push(arena, struct period_hints, h->periods);
    struct slot_hints *empty = arena_push(arena, struct slot_hints, 1);
    if (h->period == NULL || empty == NULL) return ZK_ERR_FULL;
    memset(h->period, 0, h->periods * sizeof *h->period);
    slot_hints_empty(empty);
    fr header;
    binding_header(&header, &block->header);
    const fr publics[BLOCK_PUBLICS] = {block->old_root,  block->new_root,     header,        block->chain,
                                       block->challenge, block->y_settlement, block->y_delta};
    memcpy(h->publics, publics, sizeof publics);
    struct slots_job job = {h, t, empty};
    ZK_TRY(pool_for(pool, t->capacity, slot_body, &job));
    return run_periods(h, t);
}

/* ---- cells */

struct cells_job {
    struct witness *w;
    const struct block_circuit *c;
    const struct block_hints *h;
};

static zk_err period_body(void *ctx, size_t i, unsigned worker)
{
    (void)worker;
    const struct cells_job *job = ctx;
    struct builder b;
    builder_witness(&b, &job->c->cs, (uint32_t)i, job->w->advice);
    block_circuit_place(&b, job->c, &job->h->period[i], job->h->publics);
    return ZK_OK;
}

zk_err block_witness_make(struct witness *w, const struct block_circuit *c, const struct block_hints *h,
                          struct pool *pool, struct arena *arena)
{
    ZK_TRY(witness_init(w, h->log_n, h->publics, BLOCK_PUBLICS, arena));
    struct cells_job job = {w, c, h};
    return pool_for(pool, h->periods, period_body, &job);
}

zk_err block_witness_check(bool *ok, char text[2304], const struct block_circuit *c, const struct witness *w,
                           struct pool *pool, struct arena *scratch)
{
    struct check_failure failure;
    ZK_TRY(check_witness(ok, &failure, &c->cs, w, pool, scratch));
    if (*ok) return ZK_OK;
    /* slots stand one after the other before the tail: the first begins where the head ends */
    const uint32_t row = failure.row % c->cs.period;
    if (row >= c->head_rows && row < c->head_rows + SLOTS_PER_PERIOD * c->slot_rows)
        (void)snprintf(text, 2304, "slot %u: %s",
                       failure.period * SLOTS_PER_PERIOD + (row - c->head_rows) / c->slot_rows, failure.text);
    else
        (void)snprintf(text, 2304, "between slots: %s", failure.text);
    return ZK_OK;
}
