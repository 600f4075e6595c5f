#include "circuit/block_witness.h"

#include "rollup/amount.h"

#include <stdio.h>
#include <string.h>

/* ---- hints of a slot */

static zk_err kind_of(enum slot_kind *kind, const struct op *op)
{
    switch (op->kind) {
    case OP_NOOP: *kind = SLOT_NOOP; return ZK_OK;
    case OP_TRANSFER: *kind = SLOT_TRANSFER; return ZK_OK;
    case OP_TRANSFER_LONG: *kind = SLOT_TRANSFER_LONG; return ZK_OK;
    case OP_TRANSFER_NEW: *kind = SLOT_TRANSFER_NEW; return ZK_OK;
    case OP_DEPOSIT: *kind = SLOT_DEPOSIT; return ZK_OK;
    case OP_DEPOSIT_REFUSED: *kind = SLOT_DEPOSIT_REFUSED; return ZK_OK;
    case OP_WITHDRAW: *kind = SLOT_WITHDRAW; return ZK_OK;
    case OP_FULL_EXIT: *kind = SLOT_FULL_EXIT; return ZK_OK;
    case OP_CHANGE_PUBKEY: *kind = SLOT_CHANGE_PUBKEY; return ZK_OK;
    case OP_FORCED_EXIT: *kind = SLOT_FORCED_EXIT; return ZK_OK;
    case OP_COLLECT_FEES: *kind = SLOT_COLLECT_FEES; return ZK_OK;
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW:
    case OP_MINT_NFT:
    case OP_SWAP:
    case OP_SWAP_NFT:
    case OP_FULL_EXIT_NFT:
    case OP_WITHDRAW_NFT:
    case OP_KINDS: break;
    }
    return zk_fail(ZK_ERR_UNSUPPORTED, "the block circuit does not carry the operation: %s", op_kind_str(op->kind));
}

static fr bytes20(const uint8_t b[20])
{
    uint8_t wide[32] = {0};
    memcpy(wide + 12, b, 20);
    fr r;
    fr_from_be32_reduce(&r, wide);
    return r;
}

static void step_hints_from(struct step_hints *h, const struct step_trace *t)
{
    const struct step *s = t->step;
    if (s->kind == STEP_NONE) return;
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

/* What kind of transaction a slot's signature belongs to, or 0 if it has none. A trace may come from elsewhere. */
static zk_err require_tx(const struct slot_trace *t, enum slot_kind kind)
{
    tx_type want = 0;
    switch (kind) {
    case SLOT_TRANSFER:
    case SLOT_TRANSFER_LONG:
    case SLOT_TRANSFER_NEW: want = TX_TRANSFER; break;
    case SLOT_WITHDRAW: want = TX_WITHDRAW; break;
    case SLOT_CHANGE_PUBKEY: want = TX_CHANGE_PUBKEY; break;
    case SLOT_FORCED_EXIT: want = TX_FORCED_EXIT; break;
    case SLOT_NOOP:
    case SLOT_DEPOSIT:
    case SLOT_DEPOSIT_REFUSED:
    case SLOT_FULL_EXIT:
    case SLOT_COLLECT_FEES:
    case SLOT_KINDS: break;
    }
    const bool fits =
        want == 0 ? t->signer == SIGNER_NONE : t->signer == SIGNER_TX && t->tx != NULL && t->tx->type == want;
    if (!fits) return zk_fail(ZK_ERR_INPUT, "a %s with another transaction", op_kind_str(t->op->kind));
    return ZK_OK;
}

static void addresses_from(struct slot_hints *h, const struct slot_trace *t)
{
    if (h->kind != SLOT_TRANSFER && h->kind != SLOT_TRANSFER_LONG) h->address = bytes20(t->op->address.b);
    if (h->kind == SLOT_TRANSFER || h->kind == SLOT_TRANSFER_LONG || h->kind == SLOT_TRANSFER_NEW) {
        assert(t->tx != NULL); /* the kind was compared with the transaction before */
        h->signed_address = bytes20(t->tx->transfer.to.b);
    }
    if (h->kind == SLOT_WITHDRAW) h->signed_address = h->address;
    if (h->kind == SLOT_CHANGE_PUBKEY) h->signed_address = bytes20(t->op->pubkey_hash.b);
}

static zk_err amounts_from(struct slot_hints *h, const struct slot_trace *t)
{
    const struct step *a = t->steps[0].step;
    const struct step *b = t->steps[1].step;
    h->amount = t->op->amount;
    if (h->kind == SLOT_COLLECT_FEES) {
        h->amount = a->balance_after - a->balance_before;
        h->amount_2 = b->balance_after - b->balance_before;
    }
    if (h->kind == SLOT_TRANSFER || h->kind == SLOT_TRANSFER_LONG || h->kind == SLOT_TRANSFER_NEW)
        ZK_TRY(packed_amount(&h->amount_packed, t->op->amount));
    if (h->kind == SLOT_DEPOSIT_REFUSED) {
        const bool owner = a->before.exists && eth_address_eq(&a->before.address, &t->op->address);
        h->refused_full = !(owner && t->op->amount > U128_MAX - a->balance_before);
    }
    return ZK_OK;
}

static zk_err slot_hints_from(struct slot_hints *h, const struct slot_trace *t, const struct block_sealed *block)
{
    ZK_TRY(kind_of(&h->kind, t->op));
    ZK_TRY(require_tx(t, h->kind));
    if (t->op->fee_class >= FEE_CLASSES) return zk_fail(ZK_ERR_INPUT, "there is no fee class %u", t->op->fee_class);
    for (unsigned k = 0; k < SLOT_STEPS; k++) step_hints_from(&h->steps[k], &t->steps[k]);
    h->fee_class = t->op->fee_class;
    h->class_token = block->classes[h->fee_class].token;
    ZK_TRY(packed_fee(&h->class_fee, block->classes[h->fee_class].fee));
    if (h->kind == SLOT_NOOP) return ZK_OK;
    addresses_from(h, t);
    ZK_TRY(amounts_from(h, t));
    if (t->signer == SIGNER_NONE) return ZK_OK;
    ZK_TRY(packed_fee(&h->fee_packed, t->op->fee));
    const struct time_range valid = tx_valid(t->tx);
    h->valid_from = valid.from;
    h->valid_until = valid.until;
    uint8_t message[TX_SIGN_BYTES_MAX];
    size_t len;
    bool is_signed = slot_sign_bytes(message, &len, t);
    assert(is_signed); /* require_tx saw the signer */
    if (!schnorr_hints_from(&h->signature, t->signature->pubkey, t->signature->sig, message, len))
        return zk_fail(ZK_ERR_INPUT, "a %s has a malformed signature", op_kind_str(t->op->kind));
    return ZK_OK;
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
    zk_err err = slot_hints_from(h, i < job->t->capacity ? &job->t->slots[i] : &none, job->t->block);
    if (err != ZK_OK) return zk_fail(err, "slot %zu: %s", i, zk_err_message());
    return ZK_OK;
}

/* ---- what periods hand on */

struct running {
    fr account_root, nft_root, chain, y_settlement, y_delta, phi;
    uint32_t account_count, nft_count;
    bool closing;
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
        const fr b = fee_share(h->steps[1].token, h->amount_2, r);
        fr_sub(&s->phi, &s->phi, &a);
        fr_sub(&s->phi, &s->phi, &b);
        s->closing = true;
    } else if (t->signer != SIGNER_NONE) {
        const fr share = fee_share(h->steps[0].token, t->op->fee, r);
        fr_add(&s->phi, &s->phi, &share);
    }
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
    p->closing = s->closing;
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
