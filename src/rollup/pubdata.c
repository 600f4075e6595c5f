#include "rollup/pubdata.h"

#include "rollup/amount.h"

/* ---- writing: bytes are put one after another; words are only where the buffer is cut */

struct writer {
    uint8_t *p;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
    memcpy(w->p, bytes, n);
    w->p += n;
}

static void put_byte(struct writer *w, unsigned v)
{
    assert(v <= 0xff);
    *w->p++ = (uint8_t)v;
}

static void put_be(struct writer *w, uint32_t v, size_t n)
{
    for (size_t i = 0; i < n; i++) w->p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    w->p += n;
}

static void put_account(struct writer *w, uint32_t id)
{
    assert(id <= ACCOUNT_ID_NOBODY);
    put_be(w, id, 3);
}

static void put_token(struct writer *w, uint32_t token)
{
    assert(token_is_fungible(token));
    put_be(w, token, 2);
}

static void put_amount(struct writer *w, u128 amount)
{
    bool ok = amount_pack(w->p, amount);
    assert(ok);
    w->p += AMOUNT_PACKED_BYTES;
}

static void put_fee(struct writer *w, u128 fee)
{
    bool ok = fee_pack(w->p, fee);
    assert(ok);
    w->p += FEE_PACKED_BYTES;
}

static void skip(struct writer *w, size_t n)
{
    w->p += n;
}

static struct writer slot_writer(struct slot_words *slot, unsigned n_settlement, unsigned n_delta)
{
    slot->n_settlement = (uint8_t)n_settlement;
    slot->n_delta = (uint8_t)n_delta;
    return (struct writer){slot->words[0]};
}

static void put_first_byte(struct writer *w, enum delta_opcode opcode, const struct op *op)
{
    assert(op->fee_class < FEE_CLASSES);
    put_byte(w, (unsigned)opcode << 4 | op->fee_class);
}

/* First byte, sender, receiver, amount, and the rest that the longer forms add. */
static void encode_transfer(struct slot_words *slot, const struct op *op)
{
    static const enum delta_opcode opcodes[] = {[OP_TRANSFER] = DELTA_TRANSFER,
                                                [OP_TRANSFER_LONG] = DELTA_TRANSFER_LONG,
                                                [OP_TRANSFER_NEW] = DELTA_TRANSFER_NEW};
    struct writer w = slot_writer(slot, 0, op_delta_words(op->kind));
    put_first_byte(&w, opcodes[op->kind], op);
    put_account(&w, op->account);
    put_account(&w, op->other);
    put_amount(&w, op->amount);
    if (op->kind == OP_TRANSFER) return;
    put_token(&w, op->token);
    put_fee(&w, op->fee);
    if (op->kind == OP_TRANSFER_NEW) put(&w, op->address.b, sizeof op->address.b);
}

static void encode_nft_transfer(struct slot_words *slot, const struct op *op)
{
    assert(op->amount <= 1);
    struct writer w = slot_writer(slot, 0, op_delta_words(op->kind));
    put_byte(&w,
             (op->kind == OP_NFT_TRANSFER ? DELTA_NFT_TRANSFER : DELTA_NFT_TRANSFER_NEW) << 4 | (unsigned)op->amount);
    put_account(&w, op->account);
    put_account(&w, op->other);
    put_be(&w, op->token, 4);
    if (op->kind == OP_NFT_TRANSFER) return;
    skip(&w, 5); /* the address stands where a transfer to new has it */
    put(&w, op->address.b, sizeof op->address.b);
}

static void encode_mint(struct slot_words *slot, const struct op *op)
{
    struct writer w = slot_writer(slot, 0, op_delta_words(op->kind));
    put_first_byte(&w, DELTA_MINT_NFT, op);
    put_account(&w, op->account);
    put_account(&w, op->other);
    put_fee(&w, op->fee);
    skip(&w, 3);
    put(&w, op->nft.hash.b, sizeof op->nft.hash.b);
}

/* Each slot of a swap publishes one word: what its own two leaves need. */
static void encode_swap(struct slot_words slots[OP_SLOTS_MAX], const struct op *op)
{
    const struct op_swap *s = &op->swap;
    struct writer w = slot_writer(&slots[0], 0, 1);
    put_first_byte(&w, op->kind == OP_SWAP ? DELTA_SWAP : DELTA_SWAP_NFT, op);
    put_account(&w, s->accounts[0]);
    put_account(&w, s->recipients[1]);
    put_amount(&w, s->amounts[0]);

    w = slot_writer(&slots[1], 0, 1);
    put_account(&w, s->accounts[1]);
    put_account(&w, s->recipients[0]);
    put_amount(&w, s->amounts[1]);
    put_byte(&w, (unsigned)s->nonce_used[0] | (unsigned)s->nonce_used[1] << 1);

    w = slot_writer(&slots[2], 0, 1);
    put_account(&w, s->submitter);
    if (op->kind == OP_SWAP) {
        put_token(&w, s->tokens[0]);
        put_token(&w, s->tokens[1]);
    } else {
        put_be(&w, s->tokens[0], 4);
    }
    put_fee(&w, op->fee);
    if (op->kind == OP_SWAP) return;

    w = slot_writer(&slots[3], 0, 1);
    put_be(&w, s->tokens[1], 4);
}

static void put_marker(struct writer *w, const struct op *op)
{
    put_first_byte(w, DELTA_MARKER, op);
    put_fee(w, op->fee);
    put_account(w, op->kind == OP_FORCED_EXIT ? op->other : 0);
    skip(w, 6);
}

static void encode_balance_settlement(struct slot_words *slot, const struct op *op, enum settlement_opcode opcode)
{
    struct writer w = slot_writer(slot, 4, 1);
    put_byte(&w, opcode);
    put_account(&w, op->account);
    put(&w, op->address.b, sizeof op->address.b);
    put_token(&w, op->token);
    skip(&w, 6);
    store_be128(w.p, op->amount);
    skip(&w, 16);
    put_marker(&w, op);
}

static void encode_change_pubkey(struct slot_words *slot, const struct op *op)
{
    struct writer w = slot_writer(slot, 4, 1);
    put_byte(&w, SETTLE_CHANGE_PUBKEY);
    put_account(&w, op->account);
    put(&w, op->address.b, sizeof op->address.b);
    put_be(&w, op->nonce, 4);
    put(&w, op->pubkey_hash.b, sizeof op->pubkey_hash.b);
    put_marker(&w, op);
}

static void encode_nft_settlement(struct slot_words slots[2], const struct op *op, enum settlement_opcode opcode)
{
    assert(op->amount <= 1);
    struct writer w = slot_writer(&slots[0], 4, 1);
    put_byte(&w, opcode);
    put_account(&w, op->account);
    put(&w, op->address.b, sizeof op->address.b);
    put_be(&w, op->token, 4);
    put(&w, op->nft.creator_address.b, sizeof op->nft.creator_address.b);
    put_marker(&w, op);

    w = slot_writer(&slots[1], 4, 0);
    put_account(&w, op->nft.creator);
    put_be(&w, op->nft.serial, 4);
    put_byte(&w, (unsigned)op->amount);
    put(&w, op->nft.hash.b, sizeof op->nft.hash.b);
}

unsigned op_encode(struct slot_words slots[OP_SLOTS_MAX], const struct op *op)
{
    memset(slots, 0, OP_SLOTS_MAX * sizeof *slots);
    switch (op->kind) {
    case OP_NOOP:
    case OP_COLLECT_FEES: break;
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_TRANSFER_NEW: encode_transfer(slots, op); break;
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW: encode_nft_transfer(slots, op); break;
    case OP_MINT_NFT: encode_mint(slots, op); break;
    case OP_SWAP:
    case OP_SWAP_NFT: encode_swap(slots, op); break;
    case OP_DEPOSIT: encode_balance_settlement(slots, op, SETTLE_DEPOSIT); break;
    case OP_DEPOSIT_REFUSED: encode_balance_settlement(slots, op, SETTLE_DEPOSIT_REFUSED); break;
    case OP_WITHDRAW: encode_balance_settlement(slots, op, SETTLE_WITHDRAW); break;
    case OP_FULL_EXIT: encode_balance_settlement(slots, op, SETTLE_FULL_EXIT); break;
    case OP_FORCED_EXIT: encode_balance_settlement(slots, op, SETTLE_FORCED_EXIT); break;
    case OP_CHANGE_PUBKEY: encode_change_pubkey(slots, op); break;
    case OP_WITHDRAW_NFT: encode_nft_settlement(slots, op, SETTLE_WITHDRAW_NFT); break;
    case OP_FULL_EXIT_NFT: encode_nft_settlement(slots, op, SETTLE_FULL_EXIT_NFT); break;
    case OP_KINDS: assert(false);
    }
    return op_slots(op->kind);
}

void fee_classes_encode(uint8_t out[PUBDATA_OPENING_BYTES], const struct fee_class classes[FEE_CLASSES])
{
    memset(out, 0, PUBDATA_OPENING_BYTES);
    struct writer w = {out};
    put_byte(&w, PUBDATA_FORMAT);
    skip(&w, 7);
    for (unsigned i = 0; i < FEE_CLASSES; i++) {
        put_token(&w, classes[i].token);
        put_fee(&w, classes[i].fee);
    }
}

/* ---- reading: a cursor that remembers the first thing wrong, so that the layouts below read like the tables */

struct cursor {
    const uint8_t *p;
    const char *wrong; /* NULL: all well so far */
};

static void blame(struct cursor *c, const char *wrong)
{
    if (c->wrong == NULL) c->wrong = wrong;
}

static void get(struct cursor *c, void *out, size_t n)
{
    memcpy(out, c->p, n);
    c->p += n;
}

static uint32_t get_be(struct cursor *c, size_t n)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++) v = v << 8 | c->p[i];
    c->p += n;
    return v;
}

static uint32_t get_token(struct cursor *c)
{
    uint32_t token = get_be(c, 2);
    if (!token_is_fungible(token)) blame(c, "a token id is above 1023");
    return token;
}

static u128 get_amount(struct cursor *c)
{
    u128 v;
    if (!amount_unpack_any(&v, c->p)) blame(c, "a packed amount stands for 2^128 or more");
    c->p += AMOUNT_PACKED_BYTES;
    return v;
}

static u128 get_fee(struct cursor *c)
{
    u128 v;
    if (!fee_unpack_any(&v, c->p)) blame(c, "a packed fee stands for 2^128 or more");
    c->p += FEE_PACKED_BYTES;
    return v;
}

static void get_zeros(struct cursor *c, size_t n)
{
    if (!bytes_are_zero(c->p, n)) blame(c, "an unused byte is not zero");
    c->p += n;
}

/* An operation that states its fee pays in its class's token; without a fee the class means nothing. */
static void set_fee(struct op *op, u128 fee, unsigned class, const struct pubdata_reader *r)
{
    op->fee = fee;
    op->fee_class = fee != 0 ? (uint8_t) class : 0;
    op->fee_token = fee != 0 ? r->classes[class].token : 0;
}

/* The opening words may name any token in a class that nobody uses. */
static void check_class(struct cursor *c, const struct op *op)
{
    if (!token_is_fungible(op->fee_token)) blame(c, "a fee class of a token above 1023 is used");
}

static void check_fee_token(struct cursor *c, const struct op *op)
{
    if (op->fee != 0 && op->fee_token != op->token) blame(c, "a fee is paid in another token than its class's");
}

static void decode_transfer(struct cursor *c, struct op *op, unsigned class, const struct pubdata_reader *r)
{
    op->account = get_be(c, 3);
    op->other = get_be(c, 3);
    op->amount = get_amount(c);
    if (op->kind == OP_TRANSFER) {
        op->token = r->classes[class].token;
        op->fee_class = (uint8_t) class;
        op->fee_token = op->token;
        op->fee = r->classes[class].fee;
        return;
    }
    op->token = get_token(c);
    set_fee(op, get_fee(c), class, r);
    check_fee_token(c, op);
    if (op->kind == OP_TRANSFER_NEW)
        get(c, op->address.b, sizeof op->address.b);
    else
        get_zeros(c, 8);
}

static void decode_nft_transfer(struct cursor *c, struct op *op, unsigned amount)
{
    if (amount > 1) blame(c, "an NFT transfer of more than one");
    op->amount = amount;
    op->account = get_be(c, 3);
    op->other = get_be(c, 3);
    op->token = get_be(c, 4);
    get_zeros(c, 1);
    if (op->kind == OP_NFT_TRANSFER) return;
    get_zeros(c, 4);
    get(c, op->address.b, sizeof op->address.b);
}

static void decode_mint(struct cursor *c, struct op *op, unsigned class, const struct pubdata_reader *r)
{
    op->account = get_be(c, 3);
    op->other = get_be(c, 3);
    set_fee(op, get_fee(c), class, r);
    get_zeros(c, 3);
    get(c, op->nft.hash.b, sizeof op->nft.hash.b);
    get_zeros(c, 4);
}

static void decode_swap(struct cursor *c, struct op *op, unsigned class, const struct pubdata_reader *r)
{
    struct op_swap *s = &op->swap;
    s->accounts[0] = get_be(c, 3);
    s->recipients[1] = get_be(c, 3);
    s->amounts[0] = get_amount(c);
    s->accounts[1] = get_be(c, 3);
    s->recipients[0] = get_be(c, 3);
    s->amounts[1] = get_amount(c);
    uint32_t mask = get_be(c, 1);
    if (mask > 3) blame(c, "a swap's nonce mask has more than two bits");
    s->nonce_used[0] = mask & 1;
    s->nonce_used[1] = mask >> 1 & 1;
    s->submitter = get_be(c, 3);
    if (op->kind == OP_SWAP) {
        s->tokens[0] = get_token(c);
        s->tokens[1] = get_token(c);
    } else {
        s->tokens[0] = get_be(c, 4);
    }
    set_fee(op, get_fee(c), class, r);
    get_zeros(c, 3);
    if (op->kind == OP_SWAP) return;
    s->tokens[1] = get_be(c, 4);
    get_zeros(c, 8);
}

static void decode_balance_settlement(struct cursor *c, struct op *op)
{
    op->account = get_be(c, 3);
    get(c, op->address.b, sizeof op->address.b);
    op->token = get_token(c);
    get_zeros(c, 6);
    op->amount = load_be128(c->p);
    c->p += 16;
}

static void decode_change_pubkey(struct cursor *c, struct op *op)
{
    op->account = get_be(c, 3);
    get(c, op->address.b, sizeof op->address.b);
    op->nonce = get_be(c, 4);
    get(c, op->pubkey_hash.b, sizeof op->pubkey_hash.b);
}

static void decode_nft_settlement(struct cursor *c, struct op *op)
{
    op->account = get_be(c, 3);
    get(c, op->address.b, sizeof op->address.b);
    op->token = get_be(c, 4);
    get(c, op->nft.creator_address.b, sizeof op->nft.creator_address.b);
    op->nft.creator = get_be(c, 3);
    op->nft.serial = get_be(c, 4);
    op->amount = get_be(c, 1);
    if (op->amount > 1) blame(c, "an NFT operation of more than one");
    get(c, op->nft.hash.b, sizeof op->nft.hash.b);
    get_zeros(c, 8);
}

static op_kind settlement_kind(uint8_t opcode)
{
    switch (opcode) {
    case SETTLE_DEPOSIT: return OP_DEPOSIT;
    case SETTLE_DEPOSIT_REFUSED: return OP_DEPOSIT_REFUSED;
    case SETTLE_WITHDRAW: return OP_WITHDRAW;
    case SETTLE_FULL_EXIT: return OP_FULL_EXIT;
    case SETTLE_FULL_EXIT_NFT: return OP_FULL_EXIT_NFT;
    case SETTLE_FORCED_EXIT: return OP_FORCED_EXIT;
    case SETTLE_CHANGE_PUBKEY: return OP_CHANGE_PUBKEY;
    case SETTLE_WITHDRAW_NFT: return OP_WITHDRAW_NFT;
    default: return OP_NOOP;
    }
}

static op_kind delta_kind(unsigned opcode)
{
    switch (opcode) {
    case DELTA_TRANSFER: return OP_TRANSFER;
    case DELTA_TRANSFER_LONG: return OP_TRANSFER_LONG;
    case DELTA_TRANSFER_NEW: return OP_TRANSFER_NEW;
    case DELTA_NFT_TRANSFER: return OP_NFT_TRANSFER;
    case DELTA_NFT_TRANSFER_NEW: return OP_NFT_TRANSFER_NEW;
    case DELTA_MINT_NFT: return OP_MINT_NFT;
    case DELTA_SWAP: return OP_SWAP;
    case DELTA_SWAP_NFT: return OP_SWAP_NFT;
    default: return OP_NOOP;
    }
}

/* The operation of the settlement stream that a marker stands for. */
static zk_err next_settlement(struct pubdata_reader *r, struct op *op)
{
    if (r->settlement == r->settlement_end)
        return zk_fail(ZK_ERR_INPUT, "the delta stream has a marker more than the settlement stream has operations");
    op->kind = settlement_kind(r->settlement[0]);
    if (op->kind == OP_NOOP)
        return zk_fail(ZK_ERR_INPUT, "no operation of the settlement stream begins with byte %02x", r->settlement[0]);
    size_t len = (size_t)op_settlement_words(op->kind) * WORD_BYTES;
    if ((size_t)(r->settlement_end - r->settlement) < len)
        return zk_fail(ZK_ERR_INPUT, "the settlement stream ends inside an operation");

    struct cursor c = {r->settlement + 1, NULL};
    if (op->kind == OP_CHANGE_PUBKEY)
        decode_change_pubkey(&c, op);
    else if (op->kind == OP_WITHDRAW_NFT || op->kind == OP_FULL_EXIT_NFT)
        decode_nft_settlement(&c, op);
    else
        decode_balance_settlement(&c, op);
    if (op->kind == OP_WITHDRAW_NFT && op->amount != 1) blame(&c, "a withdrawal of no NFT");
    r->settlement += len;
    assert(c.p == r->settlement);
    return c.wrong == NULL ? ZK_OK : zk_fail(ZK_ERR_INPUT, "settlement stream: %s", c.wrong);
}

static void decode_marker(struct cursor *c, struct op *op, unsigned class, const struct pubdata_reader *r)
{
    if (op_is_priority(op->kind))
        get_zeros(c, FEE_PACKED_BYTES);
    else
        set_fee(op, get_fee(c), class, r);
    op->other = get_be(c, 3);
    get_zeros(c, 6);
    if (op->kind == OP_WITHDRAW || op->kind == OP_FORCED_EXIT) check_fee_token(c, op);
    if (op->kind != OP_FORCED_EXIT && op->other != 0) blame(c, "an initiator where there is none");
}

zk_err pubdata_next(struct pubdata_reader *r, struct op *op, bool *end)
{
    memset(op, 0, sizeof *op);
    *end = r->delta == r->delta_end;
    if (*end) {
        if (r->settlement == r->settlement_end) return ZK_OK;
        return zk_fail(ZK_ERR_INPUT, "the settlement stream has more operations than the delta stream has markers");
    }

    unsigned opcode = r->delta[0] >> 4;
    unsigned class = r->delta[0] & 15;
    if (opcode == DELTA_MARKER) {
        ZK_TRY(next_settlement(r, op));
    } else {
        op->kind = delta_kind(opcode);
        if (op->kind == OP_NOOP)
            return zk_fail(ZK_ERR_INPUT, "no operation of the delta stream begins with byte %02x", r->delta[0]);
    }
    size_t len = (size_t)op_delta_words(op->kind) * WORD_BYTES;
    if ((size_t)(r->delta_end - r->delta) < len)
        return zk_fail(ZK_ERR_INPUT, "the delta stream ends inside an operation");

    struct cursor c = {r->delta + 1, NULL};
    switch (op->kind) {
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_TRANSFER_NEW: decode_transfer(&c, op, class, r); break;
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW: decode_nft_transfer(&c, op, class); break;
    case OP_MINT_NFT: decode_mint(&c, op, class, r); break;
    case OP_SWAP:
    case OP_SWAP_NFT: decode_swap(&c, op, class, r); break;
    default: decode_marker(&c, op, class, r); break;
    }
    check_class(&c, op);
    r->delta += len;
    assert(c.p == r->delta);
    return c.wrong == NULL ? ZK_OK : zk_fail(ZK_ERR_INPUT, "delta stream: %s", c.wrong);
}

zk_err pubdata_open(struct pubdata_reader *r, const uint8_t *settlement, size_t settlement_len, const uint8_t *delta,
                    size_t delta_len)
{
    *r = (struct pubdata_reader){0};
    if (settlement_len % WORD_BYTES != 0 || delta_len % WORD_BYTES != 0)
        return zk_fail(ZK_ERR_INPUT, "a published stream is not a whole number of %d-byte words", WORD_BYTES);
    if (delta_len < PUBDATA_OPENING_BYTES)
        return zk_fail(ZK_ERR_INPUT, "the delta stream is shorter than its %d opening words", PUBDATA_OPENING_WORDS);
    if (delta[0] != PUBDATA_FORMAT)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the delta stream has format %u; this build reads format %d", delta[0],
                       PUBDATA_FORMAT);

    struct cursor c = {delta + 1, NULL};
    get_zeros(&c, 7);
    for (unsigned i = 0; i < FEE_CLASSES; i++) {
        r->classes[i].token = get_be(&c, 2);
        r->classes[i].fee = get_fee(&c);
    }
    if (c.wrong != NULL) return zk_fail(ZK_ERR_INPUT, "opening words: %s", c.wrong);
    r->settlement = settlement;
    r->settlement_end = settlement + settlement_len;
    r->delta = delta + PUBDATA_OPENING_BYTES;
    r->delta_end = delta + delta_len;
    return ZK_OK;
}
