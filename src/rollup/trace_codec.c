#include "rollup/trace_codec.h"

#include "rollup/amount.h"

/* One description of each structure serves both directions: a coder either writes the value it is shown, or reads it.
 * After the first failure it does nothing any more. */
struct coder {
    uint8_t *out;      /* writing: where; NULL when reading */
    const uint8_t *in; /* reading */
    size_t left;
    zk_err err;
};

static const uint8_t magic[8] = {'z', 'k', 'r', 't', 'r', 'a', 'c', 'e'};
#define VERSION 1

static void fail(struct coder *c, const char *what)
{
    if (c->err == ZK_OK) c->err = zk_fail(ZK_ERR_INPUT, "not a block's trace: %s", what);
}

static void code_bytes(struct coder *c, void *p, size_t n)
{
    if (c->err != ZK_OK) return;
    if (n > c->left) {
        if (c->out != NULL)
            c->err = zk_fail(ZK_ERR_FULL, "no room for a block's trace");
        else
            fail(c, "it ends too early");
        return;
    }
    if (c->out != NULL) {
        memcpy(c->out, p, n);
        c->out += n;
    } else {
        assert(c->in != NULL);
        memcpy(p, c->in, n);
        c->in += n;
    }
    c->left -= n;
}

static void code_u8(struct coder *c, uint8_t *v, uint8_t max)
{
    code_bytes(c, v, 1);
    if (c->err == ZK_OK && *v > max) fail(c, "a small number is too big");
}

static void code_bool(struct coder *c, bool *v)
{
    uint8_t byte = c->out != NULL ? *v : 0;
    code_u8(c, &byte, 1);
    *v = byte == 1;
}

static void code_u32(struct coder *c, uint32_t *v, uint32_t max)
{
    uint8_t b[4] = {0};
    if (c->out != NULL) store_le32(b, *v);
    code_bytes(c, b, sizeof b);
    *v = load_le32(b);
    if (c->err == ZK_OK && *v > max) fail(c, "a number is too big");
}

static void code_u64(struct coder *c, uint64_t *v)
{
    uint8_t b[8] = {0};
    if (c->out != NULL) store_le64(b, *v);
    code_bytes(c, b, sizeof b);
    *v = load_le64(b);
}

static void code_u128(struct coder *c, u128 *v)
{
    uint64_t low = c->out != NULL ? (uint64_t)*v : 0;
    uint64_t high = c->out != NULL ? (uint64_t)(*v >> 64) : 0;
    code_u64(c, &low);
    code_u64(c, &high);
    *v = (u128)high << 64 | low;
}

static void code_fr(struct coder *c, fr *v)
{
    uint8_t b[32] = {0};
    if (c->out != NULL) fr_to_le32(b, v);
    code_bytes(c, b, sizeof b);
    if (c->out == NULL && !fr_from_le32(v, b)) fail(c, "an element is not below p");
}

static void code_frs(struct coder *c, fr *v, size_t n)
{
    for (size_t i = 0; i < n; i++) code_fr(c, &v[i]);
}

static void code_sealed(struct coder *c, struct block_sealed *b)
{
    code_u32(c, &b->header.number, UINT32_MAX);
    code_u32(c, &b->header.fee_account, ACCOUNT_ID_MAX);
    code_u64(c, &b->header.timestamp);
    code_fr(c, &b->old_root);
    code_fr(c, &b->new_root);
    uint32_t capacity = b->capacity, used = b->used;
    code_u32(c, &capacity, BLOCK_SLOTS_MAX);
    code_u32(c, &used, capacity);
    b->capacity = capacity;
    b->used = used;
    for (unsigned i = 0; i < FEE_CLASSES; i++) {
        code_u32(c, &b->classes[i].token, TOKEN_ID_LAST);
        code_u128(c, &b->classes[i].fee);
        code_u128(c, &b->fees[i]);
    }
    code_fr(c, &b->chain);
    code_fr(c, &b->challenge);
    code_fr(c, &b->y_settlement);
    code_fr(c, &b->y_delta);
}

static void code_nft_content(struct coder *c, struct nft_content *n)
{
    code_u32(c, &n->creator, ACCOUNT_ID_NOBODY);
    code_u32(c, &n->serial, UINT32_MAX);
    code_bytes(c, n->creator_address.b, sizeof n->creator_address.b);
    code_bytes(c, n->hash.b, sizeof n->hash.b);
}

static void code_swap(struct coder *c, struct op_swap *s)
{
    for (unsigned i = 0; i < 2; i++) {
        code_u32(c, &s->accounts[i], ACCOUNT_ID_NOBODY);
        code_u32(c, &s->recipients[i], ACCOUNT_ID_NOBODY);
        code_u32(c, &s->tokens[i], UINT32_MAX);
        code_u128(c, &s->amounts[i]);
        code_bool(c, &s->nonce_used[i]);
    }
    code_u32(c, &s->submitter, ACCOUNT_ID_NOBODY);
}

static void code_op(struct coder *c, struct op *op)
{
    uint8_t kind = (uint8_t)op->kind;
    code_u8(c, &kind, OP_KINDS - 1);
    op->kind = (op_kind)kind;
    code_u8(c, &op->fee_class, FEE_CLASSES - 1);
    code_u32(c, &op->account, ACCOUNT_ID_NOBODY);
    code_u32(c, &op->other, ACCOUNT_ID_NOBODY);
    code_u32(c, &op->token, UINT32_MAX);
    code_u32(c, &op->fee_token, UINT32_MAX);
    code_u32(c, &op->nonce, UINT32_MAX);
    code_u128(c, &op->amount);
    code_u128(c, &op->fee);
    code_bytes(c, op->address.b, sizeof op->address.b);
    code_bytes(c, op->pubkey_hash.b, sizeof op->pubkey_hash.b);
    code_nft_content(c, &op->nft);
    if (op->kind == OP_SWAP || op->kind == OP_SWAP_NFT) code_swap(c, &op->swap);
}

static void code_signature(struct coder *c, struct l2_signature *s)
{
    code_bytes(c, s->pubkey, sizeof s->pubkey);
    code_bytes(c, s->sig, sizeof s->sig);
}

/* A transaction of an operation that has one: its full bytes, then its signatures. */
static void code_tx(struct coder *c, struct tx *tx)
{
    uint8_t bytes[TX_FULL_BYTES_MAX] = {0};
    size_t full_len = 0;
    if (c->out != NULL) {
        zk_err err = tx_full_bytes(bytes, &full_len, tx);
        assert(err == ZK_OK); /* what was executed has an encoding */
    }
    uint32_t len = (uint32_t)full_len;
    code_u32(c, &len, TX_FULL_BYTES_MAX);
    if (c->err != ZK_OK) return;
    code_bytes(c, bytes, len);
    if (c->out == NULL && c->err == ZK_OK && tx_from_full_bytes(tx, bytes, len) != ZK_OK) fail(c, "a transaction");
    if (c->err != ZK_OK) return;
    code_signature(c, &tx->signature);
    if (tx->type != TX_SWAP) return;
    code_signature(c, &tx->swap.orders[0].signature);
    code_signature(c, &tx->swap.orders[1].signature);
}

static void code_account_leaf(struct coder *c, struct account_leaf *leaf)
{
    code_bool(c, &leaf->exists);
    if (!leaf->exists) return;
    code_bytes(c, leaf->address.b, sizeof leaf->address.b);
    code_bytes(c, leaf->pubkey_hash.b, sizeof leaf->pubkey_hash.b);
    code_u32(c, &leaf->nonce, UINT32_MAX);
    code_u32(c, &leaf->minted, UINT32_MAX);
}

static void code_nft_leaf(struct coder *c, struct nft_leaf *leaf)
{
    code_bool(c, &leaf->exists);
    if (!leaf->exists) return;
    code_u32(c, &leaf->owner, ACCOUNT_ID_NOBODY);
    code_nft_content(c, &leaf->content);
}

static void code_step(struct coder *c, struct step *step, struct step_trace *t)
{
    uint8_t kind = (uint8_t)step->kind;
    code_u8(c, &kind, STEP_NFT);
    step->kind = (step_kind)kind;
    if (step->kind == STEP_NONE) return;
    if (step->kind == STEP_NFT) {
        code_u32(c, &step->id, UINT32_MAX);
        code_nft_leaf(c, &step->nft_before);
        code_nft_leaf(c, &step->nft_after);
        code_frs(c, t->siblings[0], (size_t)NFT_TREE_LEVELS * (TREE_ARITY - 1));
        code_fr(c, &t->nft_root);
        return;
    }
    code_u32(c, &step->id, ACCOUNT_ID_NOBODY);
    code_u32(c, &step->token, TOKEN_ID_LAST);
    code_account_leaf(c, &step->before);
    code_account_leaf(c, &step->after);
    code_u128(c, &step->balance_before);
    code_u128(c, &step->balance_after);
    code_fr(c, &t->balance_root_before);
    code_fr(c, &t->balance_root_after);
    code_frs(c, t->balance_siblings[0], (size_t)BALANCE_TREE_LEVELS * (TREE_ARITY - 1));
    code_frs(c, t->siblings[0], (size_t)ACCOUNT_TREE_LEVELS * (TREE_ARITY - 1));
    code_fr(c, &t->account_root);
}

static void code_begin(struct coder *c, struct block_trace *t, struct block_sealed *b)
{
    uint8_t mark[8];
    memcpy(mark, magic, sizeof mark);
    code_bytes(c, mark, sizeof mark);
    if (c->err == ZK_OK && memcmp(mark, magic, sizeof mark) != 0) fail(c, "it begins otherwise");
    uint32_t version = VERSION;
    code_u32(c, &version, UINT32_MAX);
    if (c->err == ZK_OK && version != VERSION)
        c->err =
            zk_fail(ZK_ERR_UNSUPPORTED, "a block's trace of version %u; this build reads version %d", version, VERSION);
    code_sealed(c, b);
    code_fr(c, &t->account_root);
    code_fr(c, &t->nft_root);
    code_u32(c, &t->account_count, ACCOUNT_ID_MAX + 1);
    code_u32(c, &t->nft_count, NFT_ID_LAST - NFT_ID_FIRST + 1);
    t->capacity = b->capacity;
}

/* ---- writing */

size_t block_trace_bytes_max(unsigned capacity)
{
    /* In memory every part is at least as long as in bytes, but for lengths and marks. */
    return 4096 + (size_t)capacity * (sizeof(struct slot_trace) + sizeof(struct op) + sizeof(struct tx) +
                                      SLOT_STEPS * sizeof(struct step) + 2 * SLOT_WORDS_MAX * WORD_BYTES + 64);
}

/* Slots of one operation point to it; a slot of part 0 begins the next. */
static uint32_t count_ops(const struct block_trace *t)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < t->block->used; i++) n += t->slots[i].part == 0;
    return n;
}

static void write_ops(struct coder *c, const struct block_trace *t)
{
    uint32_t n = count_ops(t);
    code_u32(c, &n, BLOCK_SLOTS_MAX);
    for (unsigned i = 0; i < t->block->used; i++) {
        if (t->slots[i].part != 0) continue;
        struct op op = *t->slots[i].op;
        code_op(c, &op);
        const struct tx *have = t->slots[i].tx;
        bool has_tx = have != NULL;
        code_bool(c, &has_tx);
        if (have == NULL) continue;
        struct tx tx = *have;
        code_tx(c, &tx);
    }
}

zk_err block_trace_encode(uint8_t *out, size_t *len, size_t cap, const struct block_trace *t)
{
    struct coder c = {.out = out, .left = cap};
    struct block_trace head = *t;
    struct block_sealed sealed = *t->block;
    code_begin(&c, &head, &sealed);
    write_ops(&c, t);
    for (unsigned i = 0; i < sealed.used; i++) {
        for (unsigned k = 0; k < SLOT_STEPS; k++) {
            struct step_trace st = t->slots[i].steps[k];
            struct step step = *st.step;
            code_step(&c, &step, &st);
        }
    }
    *len = cap - c.left;
    return c.err;
}

/* ---- reading */

struct reading {
    struct block_trace *t;
    struct block_sealed *sealed;
    struct op *ops;
    struct tx *txs;
    const struct tx **op_txs;
    struct step *steps;
    fr *chains;
    uint8_t *settlement, *delta;
};

size_t block_trace_decoded_memory(unsigned capacity)
{
    return sizeof(struct block_trace) + sizeof(struct block_sealed) + PUBDATA_OPENING_BYTES + (size_t)16 * ARENA_ALIGN +
           (size_t)capacity *
               (sizeof(struct slot_trace) + sizeof(struct op) + sizeof(struct tx) + sizeof(const struct tx *) +
                SLOT_STEPS * sizeof(struct step) + sizeof(fr) + (size_t)2 * SLOT_WORDS_MAX * WORD_BYTES);
}

static zk_err reading_memory(struct reading *r, const struct block_trace *head, const struct block_sealed *sealed,
                             struct arena *arena)
{
    size_t n = head->capacity;
    r->t = arena_push(arena, struct block_trace, 1);
    r->sealed = arena_push(arena, struct block_sealed, 1);
    struct slot_trace *slots = arena_push(arena, struct slot_trace, n);
    r->ops = arena_push(arena, struct op, n);
    r->txs = arena_push(arena, struct tx, n);
    r->op_txs = arena_push_bytes(arena, n, sizeof(const struct tx *));
    r->steps = arena_push(arena, struct step, n * SLOT_STEPS);
    r->chains = arena_push(arena, fr, n);
    r->settlement = arena_push(arena, uint8_t, n * SLOT_WORDS_MAX * WORD_BYTES);
    r->delta = arena_push(arena, uint8_t, PUBDATA_OPENING_BYTES + n * SLOT_WORDS_MAX * WORD_BYTES);
    if (r->t == NULL || r->sealed == NULL || slots == NULL || r->ops == NULL || r->txs == NULL || r->op_txs == NULL ||
        r->steps == NULL || r->chains == NULL || r->settlement == NULL || r->delta == NULL)
        return ZK_ERR_FULL;
    memset(slots, 0, n * sizeof *slots);
    memset(r->ops, 0, n * sizeof *r->ops);
    memset(r->steps, 0, n * SLOT_STEPS * sizeof *r->steps);
    *r->t = *head;
    *r->sealed = *sealed;
    r->t->slots = slots;
    return ZK_OK;
}

/* What op_encode takes for granted of an operation that was applied. */
static bool op_is_encodable(const struct op *op)
{
    bool swap = op->kind == OP_SWAP || op->kind == OP_SWAP_NFT;
    bool packs = op->kind == OP_TRANSFER || op->kind == OP_TRANSFER_LONG || op->kind == OP_TRANSFER_NEW;
    bool nft = op->kind == OP_NFT_TRANSFER || op->kind == OP_NFT_TRANSFER_NEW || op->kind == OP_WITHDRAW_NFT ||
               op->kind == OP_FULL_EXIT_NFT;
    if (!fee_is_packable(op->fee)) return false;
    if (packs && !amount_is_packable(op->amount)) return false;
    if (nft && op->amount > 1) return false;
    if (!nft && !swap && op->kind != OP_TRANSFER && !token_is_fungible(op->token)) return false;
    for (unsigned i = 0; i < 2 && swap; i++) {
        if (!amount_is_packable(op->swap.amounts[i])) return false;
        if (op->kind == OP_SWAP && !token_is_fungible(op->swap.tokens[i])) return false;
    }
    return true;
}

/* Signatures are taken from the transaction by the operation's kind. */
static bool op_may_have(const struct op *op, const struct tx *tx)
{
    bool swap = op->kind == OP_SWAP || op->kind == OP_SWAP_NFT;
    return tx == NULL ? !swap : swap == (tx->type == TX_SWAP);
}

static void append(uint8_t *stream, size_t *len, const uint8_t *words, unsigned n)
{
    memcpy(stream + *len, words, (size_t)n * WORD_BYTES);
    *len += (size_t)n * WORD_BYTES;
}

/* Streams and C from the operations; the slots must be as many as stated. */
static void make_streams(struct coder *c, struct reading *r, size_t n_ops)
{
    struct block_sealed *b = r->sealed;
    fee_classes_encode(r->delta, b->classes);
    b->settlement_len = 0;
    b->delta_len = PUBDATA_OPENING_BYTES;
    fr chain;
    binding_chain_start(&chain, r->delta);
    unsigned at = 0;
    for (size_t i = 0; i < n_ops; i++) {
        struct slot_words slots[OP_SLOTS_MAX];
        unsigned n = op_encode(slots, &r->ops[i]);
        if (at + n > b->used) {
            fail(c, "more slots than it says");
            return;
        }
        for (unsigned k = 0; k < n; k++) {
            append(r->settlement, &b->settlement_len, slots[k].words[0], slots[k].n_settlement);
            append(r->delta, &b->delta_len, slots[k].words[slots[k].n_settlement], slots[k].n_delta);
            binding_chain_slot(&chain, &slots[k]);
            r->chains[at++] = chain;
        }
    }
    if (at != b->used) fail(c, "fewer slots than it says");
    const struct slot_words nothing = {0};
    while (at < b->capacity) {
        binding_chain_slot(&chain, &nothing);
        r->chains[at++] = chain;
    }
    if (!fr_eq(&chain, &b->chain)) fail(c, "its operations do not lead to its C");
    b->settlement = r->settlement;
    b->delta = r->delta;
}

static size_t read_ops(struct coder *c, struct reading *r)
{
    uint32_t n = 0;
    code_u32(c, &n, r->sealed->used);
    for (uint32_t i = 0; i < n && c->err == ZK_OK; i++) {
        struct op *op = &r->ops[i];
        code_op(c, op);
        bool has_tx = false;
        code_bool(c, &has_tx);
        r->op_txs[i] = NULL;
        if (has_tx && c->err == ZK_OK) {
            code_tx(c, &r->txs[i]);
            r->op_txs[i] = &r->txs[i];
        }
        if (c->err != ZK_OK) break;
        if (op->kind == OP_NOOP || !op_is_encodable(op) || !op_may_have(op, r->op_txs[i])) fail(c, "an operation");
    }
    return n;
}

static zk_err read_all(struct coder *c, struct reading *r)
{
    size_t n_ops = read_ops(c, r);
    if (c->err == ZK_OK) make_streams(c, r, n_ops);
    for (size_t i = 0; i < (size_t)r->t->capacity * SLOT_STEPS; i++) {
        struct step_trace *st = &r->t->slots[i / SLOT_STEPS].steps[i % SLOT_STEPS];
        st->step = &r->steps[i];
        if (i < (size_t)r->sealed->used * SLOT_STEPS) code_step(c, &r->steps[i], st);
    }
    if (c->err == ZK_OK && c->left != 0) fail(c, "it does not end where it should");
    if (c->err != ZK_OK) return c->err;
    block_trace_carry(r->t);
    block_trace_finish(r->t, r->sealed, r->ops, n_ops, r->op_txs, r->chains);
    return ZK_OK;
}

static bool capacity_exists(unsigned capacity)
{
    for (unsigned i = 0; i < BLOCK_CAPACITIES; i++)
        if (block_capacities[i] == capacity) return true;
    return false;
}

zk_err block_trace_decode(struct block_trace **out, const uint8_t *in, size_t len, struct arena *arena)
{
    *out = NULL;
    struct coder c = {.in = in, .left = len};
    struct block_trace head = {0};
    struct block_sealed sealed = {0};
    code_begin(&c, &head, &sealed);
    if (c.err == ZK_OK && !capacity_exists(head.capacity)) fail(&c, "no circuit has so many slots");
    for (unsigned i = 0; i < FEE_CLASSES && c.err == ZK_OK; i++)
        if (!fee_is_packable(sealed.classes[i].fee)) fail(&c, "a fee class");
    if (c.err != ZK_OK) return c.err;

    size_t mark = arena_mark(arena);
    struct reading r;
    zk_err err = reading_memory(&r, &head, &sealed, arena);
    if (err == ZK_OK) err = read_all(&c, &r);
    if (err != ZK_OK) {
        arena_release(arena, mark);
        return err;
    }
    *out = r.t;
    return ZK_OK;
}
