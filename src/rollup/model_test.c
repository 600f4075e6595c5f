/* The library against the model of model_test.h, over long random sequences of everything that can happen: the same
 * answers, values, roots and streams; supply conserved; and the same blocks without the transactions that failed. */
#include "rollup/model_test.h"

#include "rollup/block.h"
#include "rollup/replay.h"
#include "rollup/trace_codec.h"

#define ADDRESSES   30
#define SLOT_LIMIT  40
#define FEE_TOKENS  3
#define TRACE_BYTES ((size_t)1 << 22)

static const struct state_config small = {
    .accounts = M_ACCOUNTS, .nfts = M_NFTS, .balance_bytes = 1 << 20, .address_key = {3, 4}};

struct world {
    struct prng *rng;
    struct model model;
    struct state *s, *strict, *replayed; /* strict: offered only what succeeds */
    struct block *b, *strict_b;
    struct replay *replay;
    struct pool *pool;
    struct arena arena;
    eth_address address[ADDRESSES];
    uint64_t timestamp;
    uint32_t block_no;
    u128 supply[M_TOKENS]; /* deposited less withdrawn */
    unsigned kinds[OP_KINDS], reasons[FAIL_REASONS], fulls, seals;
};

/* ---- random things */

static uint64_t pick(struct world *w, uint64_t n)
{
    return prng_below(w->rng, n);
}

static bool chance(struct world *w, unsigned percent)
{
    return pick(w, 100) < percent;
}

/* The key that goes with an address, in its k-th version. */
static pubkey_hash key_of(const eth_address *a, unsigned k)
{
    pubkey_hash h;
    memcpy(h.b, a->b, 20);
    h.b[0] ^= 0x55;
    h.b[1] ^= (uint8_t)k;
    return h;
}

static const eth_address *any_address(struct world *w)
{
    return &w->address[pick(w, ADDRESSES)];
}

/* Mostly an account that exists. */
static uint32_t any_id(struct world *w)
{
    return chance(w, 97) ? (uint32_t)pick(w, w->model.n_accounts) : (uint32_t)pick(w, 1 << 24);
}

static const eth_address *address_of(struct world *w, uint32_t id)
{
    return id < w->model.n_accounts ? &w->model.accounts[id].address : any_address(w);
}

static uint32_t any_token(struct world *w)
{
    return m_tokens[chance(w, 70) ? pick(w, 3) : pick(w, M_TOKENS)];
}

static uint32_t any_nft(struct world *w)
{
    return 65536 + (uint32_t)pick(w, w->model.n_nfts + 2);
}

static uint32_t any_odd_token(struct world *w)
{
    static const uint32_t odd[] = {1024, 65535, 65536, 70000, 2147483645, 2147483646, UINT32_MAX};
    return odd[pick(w, ZK_COUNT(odd))];
}

static u128 any_amount(struct world *w, uint32_t id, uint32_t token)
{
    u128 has = id < w->model.n_accounts ? m_has(&w->model, id, token) : 0;
    if (token > 1023) return pick(w, 2);
    switch (pick(w, 8)) {
    case 0: return 0;
    case 1: return amount_closest(has);
    case 2: return amount_closest(has / 2);
    case 3: return chance(w, 20) ? amount_closest(U128_MAX) : 7;
    default: return amount_closest(has / (2 + pick(w, 50)));
    }
}

static u128 any_fee(struct world *w)
{
    static const uint16_t fees[] = {0, 0, 1, 5, 10, 100, 2000};
    return fees[pick(w, ZK_COUNT(fees))] * (u128)(chance(w, 10) ? 1000 : 1);
}

static struct time_range any_range(struct world *w)
{
    if (chance(w, 92)) return TIME_RANGE_ALL;
    return (struct time_range){w->timestamp - 1 + pick(w, 3), w->timestamp - 1 + pick(w, 3)};
}

static uint32_t nonce_of(struct world *w, uint32_t id)
{
    uint32_t nonce = id < w->model.n_accounts ? w->model.accounts[id].nonce : 0;
    return chance(w, 96) ? nonce : nonce + (uint32_t)pick(w, 3) - 1;
}

/* The account's key, or sometimes another. */
static pubkey_hash signer_for(struct world *w, uint32_t id)
{
    if (chance(w, 3)) return key_of(any_address(w), 0);
    if (chance(w, 1) || id >= w->model.n_accounts) return (pubkey_hash){{0}};
    return w->model.accounts[id].key;
}

static void any_transfer(struct world *w, struct tx *tx, uint32_t id, pubkey_hash *signer)
{
    uint32_t token = chance(w, 65) ? any_token(w) : chance(w, 90) ? any_nft(w) : any_odd_token(w);
    const struct m_nft *nft = m_nft(&w->model, token);
    if (nft != NULL && nft->owner < w->model.n_accounts && chance(w, 70)) id = nft->owner;
    tx->type = TX_TRANSFER;
    tx->transfer = (struct tx_transfer){.account_id = chance(w, 98) ? id : any_id(w),
                                        .from = *address_of(w, id),
                                        .to = *any_address(w),
                                        .token = token,
                                        .nonce = nonce_of(w, id),
                                        .amount = any_amount(w, id, token),
                                        .fee = token > 1023 && chance(w, 95) ? 0 : any_fee(w),
                                        .valid = any_range(w)};
    *signer = signer_for(w, id);
}

static void any_withdraw(struct world *w, struct tx *tx, uint32_t id)
{
    uint32_t token = chance(w, 97) ? any_token(w) : any_odd_token(w);
    tx->type = TX_WITHDRAW;
    tx->withdraw = (struct tx_withdraw){.account_id = chance(w, 98) ? id : any_id(w),
                                        .from = *address_of(w, id),
                                        .to = *any_address(w),
                                        .token = token,
                                        .nonce = nonce_of(w, id),
                                        .amount = any_amount(w, id, token) + chance(w, 50),
                                        .fee = any_fee(w),
                                        .valid = any_range(w)};
}

static void any_change_pubkey(struct world *w, struct tx *tx, uint32_t id, pubkey_hash *signer)
{
    pubkey_hash key = key_of(address_of(w, id), (unsigned)pick(w, 3));
    tx->type = TX_CHANGE_PUBKEY;
    tx->change_pubkey =
        (struct tx_change_pubkey){.account_id = chance(w, 98) ? id : any_id(w),
                                  .account = *address_of(w, id),
                                  .new_pubkey_hash = key,
                                  .fee_token = chance(w, 97) ? any_token(w) : any_odd_token(w),
                                  .nonce = nonce_of(w, id),
                                  .fee = any_fee(w),
                                  .valid = any_range(w),
                                  .auth.kind = chance(w, 10) ? CHANGE_PUBKEY_CREATE2 : CHANGE_PUBKEY_ECDSA};
    *signer = chance(w, 97) ? key : key_of(any_address(w), 1);
}

static void any_forced_exit(struct world *w, struct tx *tx, uint32_t id)
{
    tx->type = TX_FORCED_EXIT;
    tx->forced_exit = (struct tx_forced_exit){.initiator_id = id,
                                              .target = *any_address(w),
                                              .token = chance(w, 97) ? any_token(w) : any_odd_token(w),
                                              .nonce = nonce_of(w, id),
                                              .fee = any_fee(w),
                                              .valid = any_range(w)};
}

static void any_mint(struct world *w, struct tx *tx, uint32_t id)
{
    tx->type = TX_MINT_NFT;
    tx->mint_nft = (struct tx_mint_nft){.creator_id = id,
                                        .creator = chance(w, 97) ? *address_of(w, id) : *any_address(w),
                                        .recipient = *any_address(w),
                                        .fee_token = chance(w, 97) ? any_token(w) : any_odd_token(w),
                                        .nonce = nonce_of(w, id),
                                        .fee = any_fee(w)};
    prng_bytes(w->rng, tx->mint_nft.content_hash.b, 32);
}

static void any_withdraw_nft(struct world *w, struct tx *tx, uint32_t id, pubkey_hash *signer)
{
    uint32_t token = chance(w, 95) ? any_nft(w) : any_odd_token(w);
    if (m_nft(&w->model, token) != NULL && m_nft(&w->model, token)->owner < w->model.n_accounts && chance(w, 80))
        id = m_nft(&w->model, token)->owner;
    tx->type = TX_WITHDRAW_NFT;
    tx->withdraw_nft = (struct tx_withdraw_nft){.account_id = chance(w, 98) ? id : any_id(w),
                                                .from = *address_of(w, id),
                                                .to = *any_address(w),
                                                .token = token,
                                                .fee_token = chance(w, 97) ? any_token(w) : any_odd_token(w),
                                                .nonce = nonce_of(w, id),
                                                .fee = any_fee(w),
                                                .valid = any_range(w)};
    *signer = signer_for(w, id);
}

static void any_swap(struct world *w, struct tx *tx, uint32_t id, struct tx_signers *signers)
{
    uint32_t accounts[2] = {chance(w, 30) ? id : any_id(w), any_id(w)};
    uint32_t tokens[2] = {any_token(w), any_token(w)};
    if (chance(w, 35)) tokens[pick(w, 2)] = any_nft(w);
    if (chance(w, 2)) tokens[pick(w, 2)] = any_odd_token(w);
    tx->type = TX_SWAP;
    tx->swap = (struct tx_swap){.submitter_id = chance(w, 98) ? id : any_id(w),
                                .submitter = *address_of(w, id),
                                .nonce = nonce_of(w, id),
                                .fee_token = chance(w, 40) ? tokens[pick(w, 2)] : any_token(w),
                                .fee = any_fee(w)};
    for (unsigned i = 0; i < 2; i++) {
        const struct m_nft *nft = m_nft(&w->model, tokens[i]);
        if (nft != NULL && nft->owner < w->model.n_accounts && chance(w, 80)) accounts[i] = nft->owner;
        tx->swap.amounts[i] = any_amount(w, accounts[i], tokens[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        const u128 *amounts = tx->swap.amounts;
        tx->swap.orders[i] =
            (struct order){.account_id = accounts[i],
                           .recipient = chance(w, 60) ? *address_of(w, accounts[i]) : *any_address(w),
                           .nonce = nonce_of(w, accounts[i]),
                           .token_sell = tokens[i],
                           .token_buy = chance(w, 98) ? tokens[1 - i] : any_token(w),
                           .ratio = {chance(w, 90) ? amounts[i] : 1, amounts[1 - i] / (1 + pick(w, 3)) + chance(w, 5)},
                           .amount = chance(w, 50)   ? 0
                                     : chance(w, 95) ? amounts[i]
                                                     : amount_closest(amounts[i] / 2),
                           .valid = any_range(w)};
        for (unsigned k = 0; k < 2; k++)
            if (tx->swap.orders[i].ratio[k] >> ORDER_PRICE_BITS != 0) tx->swap.orders[i].ratio[k] = 1;
        signers->orders[i] = signer_for(w, accounts[i]);
    }
}

static void any_tx(struct world *w, struct tx *tx, struct tx_facts *facts)
{
    memset(tx, 0, sizeof *tx);
    *facts = (struct tx_facts){.authorized = chance(w, 98)};
    uint32_t id = any_id(w);
    facts->signers.tx = signer_for(w, id);
    switch (pick(w, 12)) {
    case 0:
    case 1:
    case 2:
    case 3: any_transfer(w, tx, id, &facts->signers.tx); break;
    case 4: any_withdraw(w, tx, id); break;
    case 5:
    case 6: any_change_pubkey(w, tx, id, &facts->signers.tx); break;
    case 7: any_forced_exit(w, tx, id); break;
    case 8: any_mint(w, tx, id); break;
    case 9: any_withdraw_nft(w, tx, id, &facts->signers.tx); break;
    default: any_swap(w, tx, id, &facts->signers); break;
    }
}

static struct priority_op any_request(struct world *w)
{
    if (chance(w, 65)) {
        struct priority_op deposit = {.type = PRIORITY_DEPOSIT,
                                      .deposit = {.token = chance(w, 10) ? 63 : any_token(w), .to = *any_address(w)}};
        deposit.deposit.amount = (u128)prng_u64(w->rng) << pick(w, 32);
        if (deposit.deposit.token == 63) {
            if (eth_address_eq(&deposit.deposit.to, &w->address[0])) deposit.deposit.to = w->address[1];
            if (chance(w, 50)) deposit.deposit.amount = U128_MAX / 2 + 1;
        }
        return deposit;
    }
    uint32_t id = any_id(w), token = chance(w, 60) ? any_token(w) : any_nft(w);
    if (m_nft(&w->model, token) != NULL && chance(w, 50)) id = m_nft(&w->model, token)->owner;
    if (id > ACCOUNT_ID_MAX) id = 0;
    return (struct priority_op){
        .type = PRIORITY_FULL_EXIT,
        .full_exit = {.account_id = id, .token = token, .owner = chance(w, 80) ? *address_of(w, id) : *any_address(w)}};
}

/* ---- the world */

static void world_begin_block(struct world *w)
{
    w->timestamp += 10;
    const struct block_header header = {++w->block_no, ACCOUNT_ID_FEE, w->timestamp};
    /* Sometimes most classes are expected ones, so that transfers have to take the long form. */
    unsigned n = chance(w, 60) ? 12 + (unsigned)pick(w, 3) : 0;
    struct fee_class classes[FEE_CLASSES];
    struct m_class m_classes[FEE_CLASSES];
    for (unsigned i = 0; i < n; i++) {
        classes[i] = (struct fee_class){m_tokens[pick(w, 3)], pick(w, 2047)};
        m_classes[i] = (struct m_class){classes[i].token, classes[i].fee, 0};
    }
    block_begin(w->b, w->s, &header, classes, n);
    block_begin(w->strict_b, w->strict, &header, classes, n);
    m_begin(&w->model, SLOT_LIMIT, FEE_TOKENS, m_classes, n);
}

static void world_create(struct world *w, struct prng *rng)
{
    memset(w, 0, sizeof *w);
    w->rng = rng;
    w->timestamp = 1700000000;
    for (unsigned i = 0; i < ADDRESSES; i++) prng_bytes(rng, w->address[i].b, 20);
    memset(w->address[ADDRESSES - 1].b, 0, 20);
    memset(w->address[ADDRESSES - 2].b, 0xff, 20);
    struct block_config config = block_config_default();
    config.slots = SLOT_LIMIT;
    config.fee_tokens = FEE_TOKENS;
    config.calldata_bytes = 1 << 20;
    config.gas = UINT64_MAX;
    CHECK_OK(state_create(&w->s, &small, &w->address[0]));
    CHECK_OK(state_create(&w->strict, &small, &w->address[0]));
    CHECK_OK(state_create(&w->replayed, &small, &w->address[0]));
    CHECK_OK(block_create(&w->b, &config));
    CHECK_OK(block_create(&w->strict_b, &config));
    CHECK_OK(replay_create(&w->replay));
    CHECK_OK(pool_create(&w->pool, 2));
    CHECK_OK(arena_map(&w->arena, TRACE_BYTES));
    (void)m_create(&w->model, &w->address[0]);
    world_begin_block(w);
}

static void world_destroy(struct world *w)
{
    arena_unmap(&w->arena);
    pool_destroy(w->pool);
    replay_destroy(w->replay);
    block_destroy(w->strict_b);
    block_destroy(w->b);
    state_destroy(w->replayed);
    state_destroy(w->strict);
    state_destroy(w->s);
}

/* ---- comparing */

static void check_values(struct world *w, const struct state *s)
{
    struct model *m = &w->model;
    CHECK_EQ_U64(m->n_accounts, state_account_count(s));
    CHECK_EQ_U64(m->n_nfts, state_nft_count(s));
    for (uint32_t id = 0; id < m->n_accounts; id++) {
        const struct m_account *a = &m->accounts[id];
        struct account_leaf leaf;
        state_account(&leaf, s, id);
        CHECK(leaf.exists);
        CHECK(eth_address_eq(&a->address, &leaf.address));
        CHECK(pubkey_hash_eq(&a->key, &leaf.pubkey_hash));
        CHECK_EQ_U64(a->nonce, leaf.nonce);
        CHECK_EQ_U64(a->minted, leaf.minted);
        for (unsigned t = 0; t < M_TOKENS; t++)
            CHECK_MSG(a->balance[t] == state_balance(s, id, m_tokens[t]), "account %u token %u", id, m_tokens[t]);
        uint32_t found;
        CHECK(state_find(&found, s, &a->address));
        CHECK_EQ_U64(id, found);
    }
    for (uint32_t i = 0; i < m->n_nfts; i++) {
        struct nft_leaf leaf;
        state_nft(&leaf, s, NFT_ID_FIRST + i);
        CHECK(leaf.exists);
        CHECK_EQ_U64(m->nfts[i].owner, leaf.owner);
        CHECK_EQ_U64(m->nfts[i].serial, leaf.content.serial);
    }
}

/* Deposits less withdrawals = balances and fees still to be collected, of every token, at every step. */
static void check_supply(struct world *w)
{
    for (unsigned t = 0; t < M_TOKENS; t++) {
        u128 sum = 0;
        for (uint32_t id = 0; id < state_account_count(w->s); id++) sum += state_balance(w->s, id, m_tokens[t]);
        for (size_t i = 0; i < block_op_count(w->b); i++) {
            const struct op *op = block_op(w->b, i);
            if (op->fee != 0 && op->fee_token == m_tokens[t]) sum += op->fee;
        }
        CHECK_MSG(sum == w->supply[t], "supply of token %u", m_tokens[t]);
    }
}

static void check_words(struct world *w)
{
    size_t settlement = 0, delta = 0;
    for (size_t i = 0; i < block_op_count(w->b); i++) {
        settlement += op_settlement_words(block_op(w->b, i)->kind) * WORD_BYTES;
        delta += op_delta_words(block_op(w->b, i)->kind) * WORD_BYTES;
    }
    CHECK_EQ_U64(w->model.n_settlement, settlement);
    CHECK_MSG(w->model.n_delta == delta, "delta words after %s",
              op_kind_str(block_op(w->b, block_op_count(w->b) - 1)->kind));
}

static void count_supply(struct world *w, const struct op *op)
{
    for (unsigned t = 0; t < M_TOKENS; t++) {
        if (op->token != m_tokens[t]) continue;
        if (op->kind == OP_DEPOSIT) w->supply[t] += op->amount;
        if (op->kind == OP_WITHDRAW || op->kind == OP_FULL_EXIT || op->kind == OP_FORCED_EXIT)
            w->supply[t] -= op->amount;
    }
    w->kinds[op->kind]++;
}

/* ---- traces: every step against the roots, by hashing its path from scratch */

static void leaf_root(fr *root, const struct step_trace *t, bool after)
{
    const struct step *step = t->step;
    fr leaf;
    if (step->kind == STEP_NFT) {
        nft_leaf_hash(&leaf, after ? &step->nft_after : &step->nft_before);
        tree_proof_root(root, NFT_TREE_LEVELS, step->id, &leaf, t->siblings);
        return;
    }
    fr balance, balance_root;
    balance_leaf(&balance, after ? step->balance_after : step->balance_before);
    tree_proof_root(&balance_root, BALANCE_TREE_LEVELS, step->token, &balance, t->balance_siblings);
    CHECK(fr_eq(&balance_root, after ? &t->balance_root_after : &t->balance_root_before));
    account_leaf_hash(&leaf, after ? &step->after : &step->before, &balance_root);
    tree_proof_root(root, ACCOUNT_TREE_LEVELS, step->id, &leaf, t->siblings);
}

/* The words of all slots are the streams, and C follows from them slot by slot. */
static void check_trace_words(const struct block_trace *t)
{
    const uint8_t *settlement = t->block->settlement, *delta = t->block->delta + PUBDATA_OPENING_BYTES;
    fr chain;
    binding_chain_start(&chain, t->block->delta);
    for (unsigned i = 0; i < t->capacity; i++) {
        const struct slot_words *w = &t->slots[i].words;
        size_t ns = (size_t)w->n_settlement * WORD_BYTES, nd = (size_t)w->n_delta * WORD_BYTES;
        CHECK_EQ_BYTES(settlement, w->words[0], ns);
        CHECK_EQ_BYTES(delta, w->words[w->n_settlement], nd);
        settlement += ns;
        delta += nd;
        binding_chain_slot(&chain, w);
        CHECK(fr_eq(&chain, &t->slots[i].chain));
    }
    CHECK(settlement == t->block->settlement + t->block->settlement_len);
    CHECK(delta == t->block->delta + t->block->delta_len);
    CHECK(fr_eq(&chain, &t->block->chain));
}

static void check_trace(const struct block_trace *t)
{
    fr account_root = t->account_root, nft_root = t->nft_root, root;
    uint32_t account_count = t->account_count, nft_count = t->nft_count;
    state_root_of(&root, &account_root, &nft_root, nft_count, account_count);
    CHECK(fr_eq(&root, &t->block->old_root));
    for (unsigned i = 0; i < SLOT_STEPS * t->capacity; i++) {
        const struct step_trace *st = &t->slots[i / SLOT_STEPS].steps[i % SLOT_STEPS];
        if (st->step->kind != STEP_NONE) {
            leaf_root(&root, st, false);
            CHECK(fr_eq(&root, st->step->kind == STEP_NFT ? &nft_root : &account_root));
            leaf_root(&root, st, true);
            CHECK(fr_eq(&root, st->step->kind == STEP_NFT ? &st->nft_root : &st->account_root));
        }
        if (st->step->kind != STEP_NFT) CHECK(fr_eq(&nft_root, &st->nft_root));
        if (st->step->kind != STEP_ACCOUNT) CHECK(fr_eq(&account_root, &st->account_root));
        account_root = st->account_root;
        nft_root = st->nft_root;
        account_count = st->account_count;
        nft_count = st->nft_count;
    }
    state_root_of(&root, &account_root, &nft_root, nft_count, account_count);
    CHECK(fr_eq(&root, &t->block->new_root));
    check_trace_words(t);
}

/* A trace survives its bytes. */
static void check_codec(struct world *w, const struct block_trace *t)
{
    size_t cap = block_trace_bytes_max(t->capacity), len, len_again;
    uint8_t *bytes = arena_push(&w->arena, uint8_t, cap), *again = arena_push(&w->arena, uint8_t, cap);
    CHECK(bytes != NULL && again != NULL);
    CHECK_OK(block_trace_encode(bytes, &len, cap, t));
    struct block_trace *back;
    CHECK_OK(block_trace_decode(&back, bytes, len, &w->arena));
    check_trace(back);
    for (unsigned i = 0; i < t->capacity; i++) {
        CHECK_EQ_U64(t->slots[i].signer, back->slots[i].signer);
        CHECK_EQ_U64(t->slots[i].part, back->slots[i].part);
        uint8_t want[TX_SIGN_BYTES_MAX], got[TX_SIGN_BYTES_MAX];
        size_t n, m;
        if (!slot_sign_bytes(want, &n, &t->slots[i])) continue;
        CHECK(slot_sign_bytes(got, &m, &back->slots[i]) && n == m);
        CHECK_EQ_BYTES(want, got, n);
    }
    CHECK_OK(block_trace_encode(again, &len_again, cap, back));
    CHECK_EQ_U64(len, len_again);
    CHECK_EQ_BYTES(bytes, again, len);
    CHECK_ERR(ZK_ERR_FULL, block_trace_encode(again, &len_again, len - 1, back));
}

/* ---- acting */

static void world_seal(struct world *w)
{
    bool traced = w->seals++ % 4 == 0;
    struct block_trace *trace;
    size_t mark = arena_mark(&w->arena);
    CHECK_OK(block_seal(w->b, w->pool, &w->arena, traced ? &trace : NULL));
    CHECK_OK(block_seal(w->strict_b, NULL, NULL, NULL));
    const struct block_sealed *a = block_sealed(w->b), *b = block_sealed(w->strict_b);
    if (traced) {
        check_trace(trace);
        check_codec(w, trace);
    }
    arena_release(&w->arena, mark);

    m_seal(&w->model);
    CHECK_EQ_U64(w->model.n_settlement, a->settlement_len);
    CHECK_EQ_BYTES(w->model.settlement, a->settlement, a->settlement_len);
    CHECK_EQ_U64(w->model.n_delta, a->delta_len);
    CHECK_EQ_BYTES(w->model.delta, a->delta, a->delta_len);
    fr root;
    m_root(&root, &w->model);
    CHECK(fr_eq(&root, &a->new_root));
    CHECK(fr_eq(&a->new_root, &b->new_root));
    CHECK(fr_eq(&a->chain, &b->chain));
    CHECK(fr_eq(&a->challenge, &b->challenge));
    CHECK(fr_eq(&a->y_settlement, &b->y_settlement));
    CHECK(fr_eq(&a->y_delta, &b->y_delta));

    CHECK_OK(replay_block(w->replay, w->replayed, ACCOUNT_ID_FEE, a->settlement, a->settlement_len, a->delta,
                          a->delta_len, w->pool));
    state_root(&root, w->replayed);
    CHECK(fr_eq(&root, &a->new_root));
    CHECK_EQ_U64(block_op_count(w->b), replay_op_count(w->replay));
    check_values(w, w->s);
    check_values(w, w->replayed);
    world_begin_block(w);
    check_supply(w);
}

/* Runs txs on the model; NULL, the first fail reason, or M_FULL. The model is as before unless all succeed. */
static const char *model_run(struct world *w, const struct tx *txs, const struct tx_facts *facts, size_t n,
                             size_t *failed)
{
    static struct model before;
    before = w->model;
    for (size_t i = 0; i < n; i++) {
        const char *why = m_tx(&w->model, &txs[i], &facts[i].signers, facts[i].authorized, w->timestamp);
        if (why == NULL) continue;
        w->model = before;
        *failed = i;
        return why;
    }
    return NULL;
}

static void check_answer(struct world *w, const struct block_result *r, const char *want, size_t failed)
{
    if (r->answer == BLOCK_TAKEN) {
        CHECK_MSG(want == NULL, "taken, where the model says: %s", want);
    } else if (r->answer == BLOCK_FULL) {
        CHECK_MSG(want != NULL && strcmp(want, M_FULL) == 0, "full, where the model says: %s", want ? want : "ok");
    } else {
        CHECK_MSG(want != NULL, "refused, where the model takes: %s", fail_reason_str(r->reason));
        CHECK_EQ_STR(want, fail_reason_str(r->reason));
        CHECK_EQ_U64(failed, r->failed);
        w->reasons[r->reason]++;
    }
}

static void act_txs(struct world *w, size_t n)
{
    struct tx txs[5];
    struct tx_facts facts[5];
    for (size_t i = 0; i < n; i++) any_tx(w, &txs[i], &facts[i]);
    struct block_result r;
    do {
        size_t failed = 0;
        const char *want = model_run(w, txs, facts, n, &failed);
        size_t ops = block_op_count(w->b);
        CHECK_OK(n == 1 ? block_put_tx(w->b, &r, txs, facts) : block_put_batch(w->b, &r, txs, facts, n));
        check_answer(w, &r, want, failed);
        if (r.answer == BLOCK_FULL) {
            w->fulls++;
            world_seal(w);
            continue;
        }
        if (r.answer != BLOCK_TAKEN) {
            CHECK_EQ_U64(ops, block_op_count(w->b));
            break;
        }
        for (size_t i = 0; i < n; i++) count_supply(w, block_op(w->b, r.first_op + i));
        struct block_result strict;
        for (size_t i = 0; i < n; i++) {
            CHECK_OK(block_put_tx(w->strict_b, &strict, &txs[i], &facts[i]));
            CHECK(strict.answer == BLOCK_TAKEN);
        }
    } while (r.answer == BLOCK_FULL);
}

static void act_request(struct world *w)
{
    struct priority_op request = any_request(w);
    struct block_result r;
    do {
        static struct model before;
        before = w->model;
        const char *want = m_priority(&w->model, &request);
        if (want != NULL) w->model = before;
        CHECK_OK(block_put_priority(w->b, &r, &request));
        check_answer(w, &r, want, 0);
        if (r.answer == BLOCK_FULL) world_seal(w);
    } while (r.answer == BLOCK_FULL);
    CHECK(r.answer == BLOCK_TAKEN);
    count_supply(w, block_op(w->b, r.first_op));
    CHECK_OK(block_put_priority(w->strict_b, &r, &request));
    CHECK(r.answer == BLOCK_TAKEN);
}

#define STEPS 3000

static void test_library__agrees_with_the_model(struct prng *rng)
{
    static struct world w;
    world_create(&w, rng);
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t what = pick(&w, 100);
        if (what < 15)
            act_request(&w);
        else if (what < 30)
            act_txs(&w, 2 + pick(&w, 4));
        else if (what < 99)
            act_txs(&w, 1);
        else
            world_seal(&w);
        check_values(&w, w.s);
        check_words(&w);
        check_supply(&w);
    }
    world_seal(&w);
    for (op_kind kind = OP_TRANSFER; kind < OP_COLLECT_FEES; kind++)
        CHECK_MSG(w.kinds[kind] > 0, "no %s was executed", op_kind_str(kind));
    CHECK(w.fulls > 0);
    world_destroy(&w);
}

TEST_MAIN(TEST(test_library__agrees_with_the_model))
