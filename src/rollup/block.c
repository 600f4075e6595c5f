#include "rollup/block.h"

#include "rollup/amount.h"
#include "rollup/trace.h"

#include <stdlib.h>

const unsigned block_capacities[BLOCK_CAPACITIES] = {40, 160, 640, BLOCK_SLOTS_MAX};

/* The measured numbers of docs/gas.md, rounded up; tests/contracts/gas.mjs compares. base_gas: the verifier of the
 * smallest capacity, which is the dearest, 21,000, and the rest of commit, prove and execute. word_gas: 12 bytes of
 * calldata that are not zero, keccak256 and Horner's rule. op_gas: the dearest of its kind: a storage slot that was
 * empty, the longest text of a key's authorization. base_bytes: with what pads both streams to whole words. */
const struct block_costs block_costs_default = {
    .base_gas = 520000,
    .word_gas = 290,
    .op_gas =
        {
            [OP_DEPOSIT] = 4800,
            [OP_DEPOSIT_REFUSED] = 29700,
            [OP_WITHDRAW] = 26600,
            [OP_FORCED_EXIT] = 26600,
            [OP_FULL_EXIT] = 12700,
            [OP_CHANGE_PUBKEY] = 12200,
            [OP_WITHDRAW_NFT] = 71200,
            [OP_FULL_EXIT_NFT] = 74500,
        },
    .base_bytes = 4200,
    .op_bytes = {[OP_CHANGE_PUBKEY] = 160},
};

struct block_config block_config_default(void)
{
    return (struct block_config){.slots = BLOCK_SLOTS_MAX,
                                 .calldata_bytes = 100000,
                                 .gas = 12000000,
                                 .fee_tokens = 4,
                                 .costs = block_costs_default};
}

const char *block_limit_str(block_limit limit)
{
    static const char *const names[] = {[BLOCK_LIMIT_SLOTS] = "slots",
                                        [BLOCK_LIMIT_CLASSES] = "fee classes",
                                        [BLOCK_LIMIT_BYTES] = "calldata",
                                        [BLOCK_LIMIT_GAS] = "gas",
                                        [BLOCK_LIMIT_EXECUTION] = "execution on L1",
                                        [BLOCK_LIMIT_FEE_ACCOUNT] = "fee account"};
    assert(limit < ZK_COUNT(names));
    return names[limit];
}

/* Everything about the content that can be set back at once: what a failed batch returns to. */
struct content {
    size_t n_ops;
    size_t n_txs;
    unsigned n_slots; /* without fee collections */
    unsigned n_priority;
    size_t bytes;
    uint64_t gas;
    uint64_t execute_gas;
    unsigned n_classes;
    struct fee_class classes[FEE_CLASSES];
    u128 fees[FEE_CLASSES];
};

typedef enum block_state { BLOCK_OPEN, BLOCK_SEALED } block_state;

struct block {
    struct block_config config;
    struct state *s;
    struct block_header header;
    fr old_root; /* taken at the beginning: it covers the counts, which move with the operations */
    block_state state;
    struct content has;
    struct op *ops;           /* of operations, then of fee collections */
    const struct tx **op_txs; /* in txs, or NULL */
    struct tx *txs;
    struct step *steps; /* two a slot */
    uint8_t *settlement, *delta;
    fr *chains; /* C after each slot */
    struct block_sealed sealed;
};

static zk_err config_check(const struct block_config *c)
{
    if (c->slots < OP_SLOTS_MAX + 1 || c->slots > BLOCK_SLOTS_MAX)
        return zk_fail(ZK_ERR_RANGE, "a block has %d to %d slots, not %u", OP_SLOTS_MAX + 1, BLOCK_SLOTS_MAX, c->slots);
    if (c->fee_tokens < 1 || c->fee_tokens > FEE_CLASSES)
        return zk_fail(ZK_ERR_RANGE, "a block takes fees in 1 to %d tokens, not %u", FEE_CLASSES, c->fee_tokens);
    for (op_kind kind = OP_NOOP; kind < OP_KINDS; kind++) {
        uint64_t words = op_settlement_words(kind) + op_delta_words(kind);
        if (c->costs.base_bytes + PUBDATA_OPENING_BYTES + words * WORD_BYTES + c->costs.op_bytes[kind] >
            c->calldata_bytes)
            return zk_fail(ZK_ERR_RANGE, "an operation, \"%s\", does not fit a block of %zu bytes", op_kind_str(kind),
                           c->calldata_bytes);
        if (c->costs.base_gas + (PUBDATA_OPENING_WORDS + words) * c->costs.word_gas + c->costs.op_gas[kind] > c->gas)
            return zk_fail(ZK_ERR_RANGE, "an operation, \"%s\", does not fit a block of %llu gas", op_kind_str(kind),
                           (unsigned long long)c->gas);
    }
    return ZK_OK;
}

zk_err block_create(struct block **out, const struct block_config *config)
{
    *out = NULL;
    ZK_TRY(config_check(config));
    size_t slots = config->slots;
    struct block *b = calloc(1, sizeof *b);
    if (b == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a block");
    b->config = *config;
    b->ops = calloc(slots, sizeof *b->ops);
    b->op_txs = calloc(slots, sizeof(const struct tx *));
    b->txs = calloc(slots, sizeof *b->txs);
    b->steps = calloc(slots * SLOT_STEPS, sizeof *b->steps);
    b->settlement = calloc(slots * SLOT_WORDS_MAX, WORD_BYTES);
    b->delta = calloc(slots * SLOT_WORDS_MAX + PUBDATA_OPENING_WORDS, WORD_BYTES);
    b->chains = calloc(BLOCK_SLOTS_MAX, sizeof *b->chains);
    if (b->chains == NULL || b->ops == NULL || b->op_txs == NULL || b->txs == NULL || b->steps == NULL ||
        b->settlement == NULL || b->delta == NULL) {
        block_destroy(b);
        return zk_fail(ZK_ERR_MEMORY, "no memory for a block of %zu slots", slots);
    }
    *out = b;
    return ZK_OK;
}

void block_destroy(struct block *b)
{
    if (b == NULL) return;
    free(b->ops);
    free(b->op_txs);
    free(b->txs);
    free(b->steps);
    free(b->settlement);
    free(b->delta);
    free(b->chains);
    free(b);
}

/* ---- fee classes */

static bool class_of_token(unsigned *c, const struct content *has, uint32_t token)
{
    for (unsigned i = 0; i < has->n_classes; i++) {
        if (has->classes[i].token != token) continue;
        *c = i;
        return true;
    }
    return false;
}

static bool class_exact(unsigned *c, const struct content *has, uint32_t token, u128 fee)
{
    for (unsigned i = 0; i < has->n_classes; i++) {
        if (has->classes[i].token != token || has->classes[i].fee != fee) continue;
        *c = i;
        return true;
    }
    return false;
}

/* How many classes are kept for fee tokens that have none yet. */
static unsigned classes_kept(const struct block *b)
{
    unsigned tokens = 0;
    for (unsigned i = 0; i < b->has.n_classes; i++) {
        unsigned first = 0;
        tokens += class_of_token(&first, &b->has, b->has.classes[i].token) && first == i;
    }
    return tokens < b->config.fee_tokens ? b->config.fee_tokens - tokens : 0;
}

/* What an operation does to the fee classes. */
struct class_choice {
    unsigned class;
    bool add;
    bool long_form;
};

static struct class_choice new_class(const struct block *b, bool long_form)
{
    return (struct class_choice){b->has.n_classes, true, long_form};
}

/* False if there is no class to be had. A transfer wants its exact class, and makes one as long as that takes no other
 * token's; all others state their fee and only need their token. */
static bool choose_class(struct class_choice *out, const struct block *b, const struct op *op)
{
    const struct content *has = &b->has;
    unsigned c = 0;
    *out = (struct class_choice){0};
    bool known_token = class_of_token(&c, has, op->fee_token);
    if (op->kind == OP_TRANSFER) {
        if (class_exact(&out->class, has, op->fee_token, op->fee)) return true;
        bool optional = known_token || op->fee == 0;
        if (has->n_classes + (optional ? classes_kept(b) : 0) < FEE_CLASSES) {
            *out = new_class(b, false);
            return true;
        }
        out->long_form = true;
    }
    if (op->fee == 0) return true;
    if (known_token) {
        out->class = c;
        return true;
    }
    if (has->n_classes == FEE_CLASSES) return false;
    *out = new_class(b, out->long_form);
    return true;
}

void block_begin(struct block *b, struct state *s, const struct block_header *header, const struct fee_class *classes,
                 unsigned n)
{
    assert(n <= FEE_CLASSES);
    b->s = s;
    b->header = *header;
    b->state = BLOCK_OPEN;
    state_root(&b->old_root, s);
    struct account_leaf fee_account;
    state_account(&fee_account, s, header->fee_account);
    assert(fee_account.exists);
    b->has = (struct content){.n_classes = n,
                              .bytes = b->config.costs.base_bytes + PUBDATA_OPENING_BYTES,
                              .gas = b->config.costs.base_gas + PUBDATA_OPENING_WORDS * b->config.costs.word_gas};
    for (unsigned i = 0; i < n; i++) {
        assert(token_is_fungible(classes[i].token));
        assert(fee_is_packable(classes[i].fee));
        b->has.classes[i] = classes[i];
    }
}

void block_set_timestamp(struct block *b, uint64_t timestamp)
{
    assert(b->state == BLOCK_OPEN);
    assert(b->has.n_ops == 0);
    b->header.timestamp = timestamp;
}

/* ---- taking operations */

static unsigned fee_slots(const struct content *has)
{
    unsigned n = 0;
    for (unsigned k = 0; k < FEE_CLASS_PAIRS; k++) n += has->fees[2 * k] != 0 || has->fees[2 * k + 1] != 0;
    return n;
}

/* Invariant B2: what the fee account has of a token, and is still to get, is below 2^128. */
static bool fee_account_can_take(const struct block *b, uint32_t token)
{
    u128 sum = state_balance(b->s, b->header.fee_account, token);
    for (unsigned i = 0; i < b->has.n_classes; i++) {
        if (b->has.classes[i].token != token) continue;
        if (b->has.fees[i] > U128_MAX - sum) return false;
        sum += b->has.fees[i];
    }
    return true;
}

/* True if the steps may have brought the fee account closer to its bound. */
static bool fee_accounts_ok(const struct block *b, const struct op *op, const struct step *steps, unsigned n)
{
    if (op->fee != 0 && !fee_account_can_take(b, op->fee_token)) return false;
    for (unsigned i = 0; i < n; i++) {
        const struct step *step = &steps[i];
        bool gained = step->kind == STEP_ACCOUNT && step->id == b->header.fee_account &&
                      step->balance_after > step->balance_before;
        if (gained && !fee_account_can_take(b, step->token)) return false;
    }
    return true;
}

static void count_op(struct content *has, const struct block_costs *costs, const struct op *op,
                     const struct class_choice *choice)
{
    if (choice->add) has->classes[has->n_classes++] = (struct fee_class){op->fee_token, op->fee};
    has->fees[choice->class] += op->fee;
    unsigned words = op_settlement_words(op->kind) + op_delta_words(op->kind);
    has->n_slots += op_slots(op->kind);
    has->n_priority += op_is_priority(op->kind);
    has->bytes += (size_t)words * WORD_BYTES + costs->op_bytes[op->kind];
    has->gas += words * costs->word_gas + costs->op_gas[op->kind];
    has->execute_gas += op_execute_gas(op->kind);
}

/* The first limit that the content exceeds; false if none. */
static bool exceeds(block_limit *limit, const struct content *has, const struct block_config *config)
{
    if (has->n_slots + fee_slots(has) > config->slots)
        *limit = BLOCK_LIMIT_SLOTS;
    else if (has->bytes > config->calldata_bytes)
        *limit = BLOCK_LIMIT_BYTES;
    else if (has->gas > config->gas)
        *limit = BLOCK_LIMIT_GAS;
    else if (has->execute_gas > EXECUTE_GAS_MAX)
        *limit = BLOCK_LIMIT_EXECUTION;
    else
        return false;
    return true;
}

static zk_err full(struct block_result *r, block_limit limit)
{
    r->answer = BLOCK_FULL;
    r->limit = limit;
    return ZK_OK;
}

static zk_err refused(struct block_result *r, fail_reason reason)
{
    r->answer = BLOCK_REFUSED;
    r->reason = reason;
    return ZK_OK;
}

/* Forgets all classes; nothing uses one. */
static void drop_classes(struct content *has)
{
    has->n_classes = 0;
    memset(has->classes, 0, sizeof has->classes);
}

/* Classes that were expected and are not used yet give way to the first operation that needs their room. */
static bool find_class(struct class_choice *choice, struct block *b, const struct op *op)
{
    if (choose_class(choice, b, op)) return true;
    if (b->has.n_ops != 0) return false;
    drop_classes(&b->has);
    return choose_class(choice, b, op);
}

/* Takes an operation that the transition has allowed. */
static zk_err put_op(struct block *b, struct block_result *r, struct op *op, const struct tx *tx)
{
    struct class_choice choice;
    struct content before = b->has;
    if (!find_class(&choice, b, op)) return full(r, BLOCK_LIMIT_CLASSES);
    op->fee_class = (uint8_t)choice.class;
    if (choice.long_form) op->kind = OP_TRANSFER_LONG;
    count_op(&b->has, &b->config.costs, op, &choice);
    block_limit limit;
    if (exceeds(&limit, &b->has, &b->config)) {
        b->has = before;
        return full(r, limit);
    }

    struct step *steps = &b->steps[SLOT_STEPS * before.n_slots];
    unsigned n_steps = SLOT_STEPS * op_slots(op->kind);
    zk_err err = state_apply(b->s, op, steps);
    if (err != ZK_OK) {
        assert(err == ZK_ERR_FULL); /* the transition lets nothing pass that is impossible */
        b->has = before;
        return err;
    }
    if (!fee_accounts_ok(b, op, steps, n_steps)) {
        state_undo(b->s, steps, n_steps);
        b->has = before;
        return tx != NULL ? refused(r, FAIL_BALANCE_TOO_BIG) : full(r, BLOCK_LIMIT_FEE_ACCOUNT);
    }

    b->op_txs[b->has.n_ops] = NULL;
    if (tx != NULL) {
        b->txs[b->has.n_txs] = *tx;
        b->op_txs[b->has.n_ops] = &b->txs[b->has.n_txs++];
    }
    b->ops[b->has.n_ops++] = *op;
    r->answer = BLOCK_TAKEN;
    return ZK_OK;
}

static zk_err put_tx(struct block *b, struct block_result *r, const struct tx *tx, const struct tx_facts *facts)
{
    struct op op;
    fail_reason reason = transition_tx(&op, b->s, tx, facts, b->header.timestamp);
    if (reason != FAIL_NONE) return refused(r, reason);
    return put_op(b, r, &op, tx);
}

zk_err block_put_tx(struct block *b, struct block_result *r, const struct tx *tx, const struct tx_facts *facts)
{
    assert(b->state == BLOCK_OPEN);
    *r = (struct block_result){.first_op = b->has.n_ops};
    return put_tx(b, r, tx, facts);
}

/* All n or none: what was executed before one that is not taken is taken back. */
static zk_err put_all(struct block *b, struct block_result *r, const struct tx *txs, const struct tx_facts *facts,
                      size_t n)
{
    struct content before = b->has;
    for (size_t i = 0; i < n; i++) {
        r->failed = i;
        zk_err err = put_tx(b, r, &txs[i], &facts[i]);
        if (err == ZK_OK && r->answer == BLOCK_TAKEN) continue;
        state_undo(b->s, &b->steps[SLOT_STEPS * before.n_slots], SLOT_STEPS * (b->has.n_slots - before.n_slots));
        b->has = before;
        return err;
    }
    r->failed = 0;
    return ZK_OK;
}

/* A batch that does not fit among the classes that were expected may fit among its own: they give way to it, as they do
 * to a single operation (find_class). If it fits no empty block, they are there again. */
zk_err block_put_batch(struct block *b, struct block_result *r, const struct tx *txs, const struct tx_facts *facts,
                       size_t n)
{
    assert(b->state == BLOCK_OPEN);
    struct content before = b->has;
    *r = (struct block_result){.first_op = b->has.n_ops};
    zk_err err = put_all(b, r, txs, facts, n);
    if (err != ZK_OK || r->answer != BLOCK_FULL) return err;
    if (before.n_ops == 0 && before.n_classes != 0) {
        drop_classes(&b->has);
        err = put_all(b, r, txs, facts, n);
        if (err != ZK_OK || r->answer != BLOCK_TAKEN) b->has = before;
    }
    if (err != ZK_OK || r->answer != BLOCK_FULL) return err;
    r->failed = 0;
    return before.n_ops == 0 ? refused(r, FAIL_BATCH_TOO_BIG) : ZK_OK;
}

zk_err block_put_priority(struct block *b, struct block_result *r, const struct priority_op *request)
{
    assert(b->state == BLOCK_OPEN);
    *r = (struct block_result){.first_op = b->has.n_ops};
    struct op op;
    ZK_TRY(transition_priority(&op, b->s, request));
    return put_op(b, r, &op, NULL);
}

/* ---- what is in it */

size_t block_op_count(const struct block *b)
{
    return b->has.n_ops;
}

const struct op *block_op(const struct block *b, size_t i)
{
    assert(i < b->has.n_ops);
    return &b->ops[i];
}

const struct tx *block_op_tx(const struct block *b, size_t i)
{
    assert(i < b->has.n_ops);
    return b->op_txs[i];
}

struct block_totals block_totals(const struct block *b)
{
    return (struct block_totals){.slots = b->has.n_slots + fee_slots(&b->has),
                                 .priority = b->has.n_priority,
                                 .classes = b->has.n_classes,
                                 .bytes = b->has.bytes,
                                 .gas = b->has.gas,
                                 .execute_gas = b->has.execute_gas};
}

/* ---- sealing */

static void append(uint8_t *stream, size_t *len, const uint8_t *words, unsigned n)
{
    memcpy(stream + *len, words, (size_t)n * WORD_BYTES);
    *len += (size_t)n * WORD_BYTES;
}

/* Both streams and C. */
static void write_streams(struct block *b)
{
    struct block_sealed *out = &b->sealed;
    fee_classes_encode(b->delta, b->has.classes);
    out->delta_len = PUBDATA_OPENING_BYTES;
    out->settlement_len = 0;
    binding_chain_start(&out->chain, b->delta);
    unsigned at = 0;
    for (size_t i = 0; i < b->has.n_ops; i++) {
        struct slot_words slots[OP_SLOTS_MAX];
        unsigned n = op_encode(slots, &b->ops[i]);
        for (unsigned k = 0; k < n; k++) {
            const struct slot_words *w = &slots[k];
            append(b->settlement, &out->settlement_len, w->words[0], w->n_settlement);
            append(b->delta, &out->delta_len, w->words[w->n_settlement], w->n_delta);
            binding_chain_slot(&out->chain, w);
            b->chains[at++] = out->chain;
        }
    }
    const struct slot_words nothing = {0};
    while (at < out->capacity) {
        binding_chain_slot(&out->chain, &nothing);
        b->chains[at++] = out->chain;
    }
    out->settlement = b->settlement;
    out->delta = b->delta;
}

/* The fee collections follow the operations in ops and steps. Cannot fail: invariants B1 and B2. */
static unsigned collect_fees(struct block *b)
{
    unsigned slots = b->has.n_slots;
    size_t at = b->has.n_ops;
    for (unsigned k = 0; k < FEE_CLASS_PAIRS; k++) {
        if (b->has.fees[2 * k] == 0 && b->has.fees[2 * k + 1] == 0) continue;
        b->ops[at] = (struct op){.kind = OP_COLLECT_FEES, .account = 2 * k};
        b->op_txs[at++] = NULL;
        zk_err err = state_apply_fees(b->s, b->header.fee_account, &b->has.classes[2 * k], &b->has.fees[2 * k],
                                      &b->steps[SLOT_STEPS * slots++]);
        assert(err == ZK_OK);
    }
    return slots;
}

static unsigned capacity_for(unsigned slots)
{
    for (unsigned i = 0; i < BLOCK_CAPACITIES; i++)
        if (slots <= block_capacities[i]) return block_capacities[i];
    assert(false);
    return 0;
}

zk_err block_seal(struct block *b, struct pool *pool, struct arena *arena, struct block_trace **trace)
{
    assert(b->state == BLOCK_OPEN);
    ZK_TRY(state_has_room(b->s, 0, 0));
    struct block_sealed *out = &b->sealed;
    *out = (struct block_sealed){.header = b->header};
    memcpy(out->classes, b->has.classes, sizeof out->classes);
    memcpy(out->fees, b->has.fees, sizeof out->fees);
    out->old_root = b->old_root;
    out->used = collect_fees(b);
    out->capacity = capacity_for(out->used);

    zk_err err = ZK_OK;
    if (trace != NULL) err = block_trace_create(trace, b->s, b->steps, out->used, out->capacity, pool, arena);
    if (err == ZK_OK) err = state_update_trees(b->s, b->steps, (size_t)SLOT_STEPS * out->used, pool);
    if (err != ZK_OK) {
        state_undo(b->s, &b->steps[SLOT_STEPS * b->has.n_slots], SLOT_STEPS * (out->used - b->has.n_slots));
        return err;
    }
    state_root(&out->new_root, b->s);
    write_streams(b);
    binding_challenge(&out->challenge, b->settlement, out->settlement_len, b->delta, out->delta_len, &out->chain,
                      &b->header, &out->old_root, &out->new_root);
    binding_evaluate(&out->y_settlement, b->settlement, out->settlement_len, &out->challenge);
    binding_evaluate(&out->y_delta, b->delta, out->delta_len, &out->challenge);
    b->state = BLOCK_SEALED;
    if (trace != NULL)
        block_trace_finish(*trace, out, b->ops, b->has.n_ops + (out->used - b->has.n_slots), b->op_txs, b->chains);
    return ZK_OK;
}

const struct block_sealed *block_sealed(const struct block *b)
{
    assert(b->state == BLOCK_SEALED);
    return &b->sealed;
}

void block_abandon(struct block *b)
{
    assert(b->state == BLOCK_OPEN);
    state_undo(b->s, b->steps, (size_t)SLOT_STEPS * b->has.n_slots);
    block_begin(b, b->s, &b->header, NULL, 0);
}

zk_err block_unwind(struct block *b, struct pool *pool)
{
    assert(b->state == BLOCK_SEALED);
    size_t n = (size_t)SLOT_STEPS * b->sealed.used;
    state_undo(b->s, b->steps, n);
    zk_err err = state_update_trees(b->s, b->steps, n, pool);
    if (err != ZK_OK) return err;
    block_begin(b, b->s, &b->header, NULL, 0);
    return ZK_OK;
}
