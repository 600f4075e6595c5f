/* world_test: a small rollup beside a database: state and block of rollup/ execute random transactions and requests,
 * and everything is written to the store as the node would. What the store then says is compared with the state in
 * memory and with a plain list of what happened. */
#ifndef ZK_STORE_WORLD_TEST_H
#define ZK_STORE_WORLD_TEST_H

#include "base/test.h"
#include "rollup/nft.h"
#include "rollup/replay.h"
#include "rollup/tx_check.h"
#include "store/store_history.h"
#include "store/store_jobs.h"
#include "store/store_lease.h"
#include "store/store_tokens.h"

#include <stdio.h>
#include <stdlib.h>

#define W_ACCOUNTS 48
#define W_NFTS     64
#define W_TOKENS   3
#define W_BLOCKS   24
#define W_EVENTS   4096
#define W_TIME     INT64_C(1700000000)

/* A copy of the state that the store is compared with. */
struct w_state {
    uint32_t n_accounts, n_nfts;
    struct account_leaf accounts[W_ACCOUNTS];
    u128 balances[W_ACCOUNTS][W_TOKENS];
    struct nft_leaf nfts[W_NFTS];
};

/* What happened, in order. */
struct w_event {
    struct store_place place;
    bool is_priority, rejected;
    bool gone; /* rejected, and accepted again since */
    uint64_t id;
    hash32 hash;
    struct tx tx;
    struct store_parties parties;
};

struct world {
    struct store *store;
    struct state *state;
    struct block *block;
    struct pool *pool;
    uint32_t number;  /* of the block in progress */
    uint32_t entries; /* in it */
    uint32_t n_priority;
    bool begun;
    uint64_t seen_tx;   /* acceptance id */
    uint64_t serial;    /* next request from L1 */
    uint64_t eth_block; /* of it */
    int64_t now;
    struct w_state current;         /* as last written to the store */
    struct w_state after[W_BLOCKS]; /* by block number */
    struct w_event events[W_EVENTS];
    size_t n_events;
    size_t events_before[W_BLOCKS]; /* how many there were when the block began */
};

static const eth_address w_fee_address = {{0xfe, 0xee}};

static inline eth_address w_address(uint32_t i)
{
    eth_address a = {{0xad}};
    store_be32(a.b + 16, i);
    return a;
}

/* ---- life */

static inline void w_copy_state(struct w_state *out, const struct state *s)
{
    memset(out, 0, sizeof *out);
    out->n_accounts = state_account_count(s);
    out->n_nfts = state_nft_count(s);
    CHECK(out->n_accounts <= W_ACCOUNTS);
    CHECK(out->n_nfts <= W_NFTS);
    for (uint32_t i = 0; i < out->n_accounts; i++) {
        state_account(&out->accounts[i], s, i);
        for (uint32_t t = 0; t < W_TOKENS; t++) out->balances[i][t] = state_balance(s, i, t);
    }
    for (uint32_t i = 0; i < out->n_nfts; i++) state_nft(&out->nfts[i], s, NFT_ID_FIRST + i);
}

static inline struct state *w_new_state(void)
{
    struct state *s;
    struct state_config config = {.accounts = 1024, .nfts = 1024, .balance_bytes = 1 << 20, .address_key = {1, 2}};
    CHECK_OK(state_create(&s, &config, &w_fee_address));
    return s;
}

static inline struct world *w_create(const char *url)
{
    struct world *w = calloc(1, sizeof *w);
    CHECK(w != NULL);
    struct block_config config = block_config_default();
    CHECK_OK(store_open(&w->store, url, &(struct store_options){.create = true}));
    w->state = w_new_state();
    CHECK_OK(block_create(&w->block, &config));
    CHECK_OK(pool_create(&w->pool, 1));
    w->number = 1;
    w->now = W_TIME * 1000000;
    fr root;
    state_root(&root, w->state);
    CHECK_OK(store_genesis(w->store, &w_fee_address, &root, w->now));
    w_copy_state(&w->current, w->state);
    w->after[0] = w->current;
    return w;
}

static inline void w_destroy(struct world *w)
{
    store_close(w->store);
    block_destroy(w->block);
    state_destroy(w->state);
    pool_destroy(w->pool);
    free(w);
}

/* ---- writing */

#define W_CHANGES (W_ACCOUNTS + W_NFTS)

struct w_changes {
    struct store_account_change accounts[W_ACCOUNTS];
    struct token_balance balances[W_ACCOUNTS][W_TOKENS];
    size_t n_accounts;
    struct store_nft_change nfts[W_NFTS];
    size_t n_nfts;
};

static inline bool w_same_account(const struct account_leaf *a, const struct account_leaf *b)
{
    return a->exists == b->exists && a->nonce == b->nonce && a->minted == b->minted &&
           eth_address_eq(&a->address, &b->address) && pubkey_hash_eq(&a->pubkey_hash, &b->pubkey_hash);
}

/* An NFT's content never changes. */
static inline bool w_same_nft(const struct nft_leaf *a, const struct nft_leaf *b)
{
    return a->exists == b->exists && a->owner == b->owner;
}

/* What differs from what the store has. */
static inline void w_find_changes(struct w_changes *out, struct world *w, const store_type_change *types,
                                  const uint64_t *mints)
{
    struct w_state next;
    w_copy_state(&next, w->state);
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < next.n_accounts; i++) {
        bool type_changes = types != NULL && types[i] != STORE_TYPE_KEEP;
        if (!type_changes && w_same_account(&next.accounts[i], &w->current.accounts[i]) &&
            memcmp(next.balances[i], w->current.balances[i], sizeof next.balances[i]) == 0)
            continue;
        struct store_account_change *a = &out->accounts[out->n_accounts];
        *a = (struct store_account_change){.id = i, .leaf = next.accounts[i]};
        a->type = types == NULL ? STORE_TYPE_KEEP : types[i];
        a->balances = out->balances[out->n_accounts];
        a->n_balances = state_balances(out->balances[out->n_accounts], w->state, i);
        out->n_accounts++;
    }
    for (uint32_t i = 0; i < next.n_nfts; i++) {
        if (w_same_nft(&next.nfts[i], &w->current.nfts[i])) continue;
        struct store_nft_change *n = &out->nfts[out->n_nfts++];
        *n = (struct store_nft_change){.id = NFT_ID_FIRST + i, .leaf = next.nfts[i]};
        n->mint_tx = mints == NULL ? 0 : mints[i];
        nft_address(&n->address, &n->leaf.content);
    }
    w->current = next;
}

static inline void w_begin_block(struct world *w)
{
    struct block_header header = {.number = w->number, .fee_account = 0, .timestamp = (uint64_t)W_TIME + w->number};
    block_begin(w->block, w->state, &header, NULL, 0);
    CHECK(w->number < W_BLOCKS);
    w->events_before[w->number] = w->n_events;
    w->entries = w->n_priority = 0;
    w->begun = true;
}

/* Entries of one mini-block as they come about. */
#define W_MINI 64
struct w_mini {
    struct store_entry entries[W_MINI];
    char fails[W_MINI][STORE_FAIL_MAX];
    size_t n;
    store_type_change types[W_ACCOUNTS];
    uint64_t mints[W_NFTS];
};

static inline void w_event(struct world *w, const struct w_mini *m, const hash32 *hash, const struct tx *tx)
{
    const struct store_entry *e = &m->entries[m->n - 1];
    CHECK(w->n_events < W_EVENTS);
    struct w_event *event = &w->events[w->n_events++];
    memset(event, 0, sizeof *event);
    event->place = (struct store_place){w->number, w->entries + (uint32_t)m->n - 1};
    event->is_priority = e->is_priority;
    event->rejected = e->fail_reason != NULL;
    event->id = e->id;
    event->hash = *hash;
    event->parties = e->parties;
    if (tx != NULL) event->tx = *tx;
}

static inline void w_note_effects(struct w_mini *m, const struct world *w, const struct store_queued_tx *q)
{
    if (q->tx.type == TX_CHANGE_PUBKEY)
        m->types[q->tx.change_pubkey.account_id] =
            q->tx.change_pubkey.auth.kind == CHANGE_PUBKEY_CREATE2 ? STORE_TYPE_BY_CREATE2 : STORE_TYPE_BY_OWNER;
    if (q->tx.type == TX_MINT_NFT) m->mints[state_nft_count(w->state) - 1] = q->id;
}

static inline void w_parties(struct store_parties *out, const struct world *w, const struct tx *tx)
{
    eth_address orders[2] = {{{0}}, {{0}}};
    for (size_t i = 0; i < 2 && tx->type == TX_SWAP; i++) {
        struct account_leaf leaf;
        state_account(&leaf, w->state, tx->swap.orders[i].account_id);
        if (leaf.exists) orders[i] = leaf.address;
    }
    store_parties_of_tx(out, tx, orders);
}

/* Executes n queued transactions that are one unit. */
static inline void w_execute_unit(struct world *w, struct w_mini *m, const struct store_queued_tx *q, size_t n)
{
    struct tx txs[STORE_BATCH_MAX];
    struct tx_facts facts[STORE_BATCH_MAX];
    struct block_result r;
    for (size_t i = 0; i < n; i++) {
        txs[i] = q[i].tx;
        facts[i] = q[i].facts;
    }
    if (q[0].batch_len > 0)
        CHECK_OK(block_put_batch(w->block, &r, txs, facts, n));
    else
        CHECK_OK(block_put_tx(w->block, &r, &txs[0], &facts[0]));
    CHECK(r.answer != BLOCK_FULL);
    for (size_t i = 0; i < n; i++) {
        CHECK(m->n < W_MINI);
        struct store_entry *e = &m->entries[m->n];
        *e = (struct store_entry){.id = q[i].id};
        if (r.answer == BLOCK_REFUSED) {
            if (q[0].batch_len > 0)
                batch_fail_text(m->fails[m->n], r.failed + 1, r.reason);
            else
                (void)snprintf(m->fails[m->n], STORE_FAIL_MAX, "%s", fail_reason_str(r.reason));
            e->fail_reason = m->fails[m->n];
        } else {
            e->op = block_op(w->block, r.first_op + i);
            w_note_effects(m, w, &q[i]);
        }
        w_parties(&e->parties, w, &q[i].tx);
        m->n++;
        w_event(w, m, &q[i].hash, &q[i].tx);
    }
}

static inline void w_execute_request(struct world *w, struct w_mini *m, const struct store_priority_op *p)
{
    struct block_result r;
    CHECK_OK(block_put_priority(w->block, &r, &p->op));
    CHECK(r.answer == BLOCK_TAKEN);
    m->entries[m->n] =
        (struct store_entry){.is_priority = true, .id = p->serial_id, .op = block_op(w->block, r.first_op)};
    store_parties_of_priority(&m->entries[m->n].parties, &p->op, &p->sender);
    m->n++;
    w->n_priority++;
    w_event(w, m, &p->hash, NULL);
}

static inline void w_write_mini(struct world *w, const struct w_mini *m)
{
    struct w_changes changes;
    w_find_changes(&changes, w, m->types, m->mints);
    struct store_mini_block mini = {.block = w->number,
                                    .timestamp = (uint64_t)W_TIME + w->number,
                                    .first_index = w->entries,
                                    .entries = m->entries,
                                    .n_entries = m->n,
                                    .accounts = changes.accounts,
                                    .n_accounts = changes.n_accounts,
                                    .nfts = changes.nfts,
                                    .n_nfts = changes.n_nfts,
                                    .now = w->now++};
    CHECK_OK(store_execute(w->store, &mini));
    w->entries += (uint32_t)m->n;
}

/* Reads what waits and executes it, at most `limit` entries or a little more. */
static inline void w_tick(struct world *w, size_t limit)
{
    static struct store_queued_tx queued[STORE_BATCH_MAX];
    static struct store_priority_op ready[8];
    static struct w_mini m;
    memset(&m, 0, sizeof m);
    size_t n;
    if (!w->begun) w_begin_block(w);
    struct store_heads heads;
    CHECK_OK(store_heads(w->store, &heads));
    CHECK_OK(store_priority_ready(w->store, ready, &n, ZK_COUNT(ready), heads.next_priority, UINT64_MAX));
    for (size_t i = 0; i < n; i++) w_execute_request(w, &m, &ready[i]);
    CHECK_OK(store_txs_queued(w->store, queued, &n, ZK_COUNT(queued), w->seen_tx));
    for (size_t i = 0; i < n && m.n < limit;) {
        size_t unit = queued[i].batch_len > 0 ? queued[i].batch_len : 1;
        w_execute_unit(w, &m, &queued[i], unit);
        i += unit;
        w->seen_tx = queued[i - 1].id;
    }
    if (m.n > 0) w_write_mini(w, &m);
}

static inline void w_seal(struct world *w)
{
    if (!w->begun) w_begin_block(w);
    CHECK_OK(block_seal(w->block, w->pool, NULL, NULL));
    struct w_changes changes;
    w_find_changes(&changes, w, NULL, NULL);
    const uint8_t trace[] = "a trace";
    const struct store_seal seal = {.block = block_sealed(w->block),
                                    .key_id = 1,
                                    .entries = w->entries,
                                    .n_priority = w->n_priority,
                                    .trace = trace,
                                    .trace_len = sizeof trace,
                                    .accounts = changes.accounts,
                                    .n_accounts = changes.n_accounts,
                                    .now = w->now++};
    CHECK_OK(store_seal(w->store, &seal));
    w->after[w->number] = w->current;
    w->number++;
    w->begun = false;
}

/* ---- what users do */

static inline void w_request(struct world *w, const struct priority_op *op, uint32_t sender)
{
    uint32_t conflict;
    struct store_priority_op p = {.serial_id = w->serial,
                                  .op = *op,
                                  .sender = w_address(sender),
                                  .eth_block = w->eth_block,
                                  .expires = 1000 + w->serial,
                                  .created_at = w->now++};
    store_be64(p.eth_hash.b, w->serial * UINT64_C(0x9e3779b97f4a7c15));
    p.eth_hash.b[31] = 7;
    CHECK_OK(store_priority_add(w->store, &p, 1, &conflict));
    CHECK_EQ_U64(0, conflict);
    w->serial++;
    w->eth_block += w->serial % 3;
}

static inline void w_deposit(struct world *w, struct prng *rng)
{
    struct priority_op op = {.type = PRIORITY_DEPOSIT};
    uint32_t to = (uint32_t)prng_below(rng, W_ACCOUNTS - 4);
    op.deposit.to = w_address(to);
    op.deposit.token = (uint32_t)prng_below(rng, W_TOKENS);
    op.deposit.amount = 1000 + prng_below(rng, 1000000);
    w_request(w, &op, (uint32_t)prng_below(rng, 50));
}

static inline void w_full_exit(struct world *w, struct prng *rng)
{
    struct priority_op op = {.type = PRIORITY_FULL_EXIT};
    struct account_leaf leaf;
    op.full_exit.account_id = (uint32_t)prng_below(rng, state_account_count(w->state));
    state_account(&leaf, w->state, op.full_exit.account_id);
    op.full_exit.owner = leaf.address;
    op.full_exit.token = (uint32_t)prng_below(rng, W_TOKENS);
    if (prng_below(rng, 2) == 0 && state_nft_count(w->state) > 0) {
        struct nft_leaf nft;
        op.full_exit.token = NFT_ID_FIRST + (uint32_t)prng_below(rng, state_nft_count(w->state));
        state_nft(&nft, w->state, op.full_exit.token);
        op.full_exit.account_id = nft.owner == ACCOUNT_ID_NOBODY ? 0 : nft.owner;
        state_account(&leaf, w->state, op.full_exit.account_id);
        op.full_exit.owner = leaf.address;
    }
    w_request(w, &op, 0);
}

static inline pubkey_hash w_key(uint32_t id, uint32_t nonce)
{
    pubkey_hash k = {{0x77}};
    store_be32(k.b + 8, nonce);
    store_be32(k.b + 16, id);
    return k;
}

/* An account that can send, or 0 (the fee account, which cannot). */
static inline uint32_t w_sender(const struct world *w, struct prng *rng)
{
    for (int i = 0; i < 8; i++) {
        uint32_t id = (uint32_t)prng_below(rng, state_account_count(w->state));
        struct account_leaf leaf;
        state_account(&leaf, w->state, id);
        if (!pubkey_hash_is_zero(&leaf.pubkey_hash)) return id;
    }
    return 0;
}

static inline void w_sign(struct store_new_tx *n, const struct tx *tx, struct prng *rng)
{
    static uint8_t sig[65];
    prng_bytes(rng, sig, sizeof sig);
    n->tx = tx;
    CHECK_OK(tx_hash(&n->hash, tx));
    if (prng_below(rng, 3) > 0) {
        n->sig_kind = STORE_ETH_SIG_ECDSA;
        n->sig = sig;
        n->sig_len = sizeof sig;
    }
}

static inline void w_facts(const struct world *w, struct store_new_tx *n, const struct tx *tx, const pubkey_hash *key)
{
    n->facts.authorized = true;
    n->facts.signers.tx = *key;
    if (tx->type != TX_SWAP) return;
    for (size_t i = 0; i < 2; i++) {
        struct account_leaf leaf;
        state_account(&leaf, w->state, tx->swap.orders[i].account_id);
        n->facts.signers.orders[i] = leaf.pubkey_hash;
    }
}

static inline void w_make_swap(struct world *w, struct tx_swap *t, uint32_t id, const struct account_leaf *leaf,
                               struct prng *rng)
{
    *t = (struct tx_swap){.submitter_id = id, .submitter = leaf->address, .nonce = leaf->nonce, .fee = 1};
    for (uint32_t i = 0; i < 2; i++) {
        struct account_leaf owner;
        uint32_t account = w_sender(w, rng);
        state_account(&owner, w->state, account);
        t->amounts[i] = 10 + i;
        t->orders[i] = (struct order){.account_id = account,
                                      .recipient = owner.address,
                                      .nonce = owner.nonce,
                                      .token_sell = i,
                                      .token_buy = 1 - i,
                                      .ratio = {i == 0 ? 10 : 11, i == 0 ? 11 : 10},
                                      .valid = TIME_RANGE_ALL};
        prng_bytes(rng, &t->orders[i].signature, sizeof t->orders[i].signature);
    }
}

static inline void w_make_tx(struct world *w, struct tx *tx, uint32_t id, struct prng *rng)
{
    struct account_leaf leaf, other;
    uint32_t to = (uint32_t)prng_below(rng, state_account_count(w->state));
    uint32_t token = (uint32_t)prng_below(rng, W_TOKENS);
    state_account(&leaf, w->state, id);
    state_account(&other, w->state, to);
    memset(tx, 0, sizeof *tx);
    prng_bytes(rng, &tx->signature, sizeof tx->signature);
    u128 amount = prng_below(rng, 2000);
    uint32_t nonce = leaf.nonce + (prng_below(rng, 8) == 0); /* some are refused */
    switch (prng_below(rng, 8)) {
    case 0:
        tx->type = TX_WITHDRAW;
        tx->withdraw = (struct tx_withdraw){
            id, leaf.address, other.address, token, nonce, prng_below(rng, 2) == 1, amount, 2, TIME_RANGE_ALL};
        break;
    case 1:
        tx->type = TX_MINT_NFT;
        tx->mint_nft = (struct tx_mint_nft){id, leaf.address, {{0}}, other.address, token, nonce, 3};
        prng_bytes(rng, tx->mint_nft.content_hash.b, 32);
        break;
    case 2:
        tx->type = TX_FORCED_EXIT;
        tx->forced_exit = (struct tx_forced_exit){id, other.address, token, nonce, 1, TIME_RANGE_ALL};
        break;
    case 3:
        tx->type = TX_SWAP;
        w_make_swap(w, &tx->swap, id, &leaf, rng);
        break;
    default:
        tx->type = TX_TRANSFER;
        tx->transfer = (struct tx_transfer){
            id, leaf.address, other.address, token, nonce, amount, 1, {0, 1000 + (uint64_t)W_TIME}};
        if (prng_below(rng, 4) == 0) tx->transfer.to = w_address((uint32_t)prng_below(rng, W_ACCOUNTS - 4));
    }
}

static inline void w_submit(struct world *w, struct store_new_tx *txs, size_t n, bool is_batch)
{
    struct store_submission sub = {.txs = txs, .n = n, .is_batch = is_batch};
    CHECK_OK(store_accept(w->store, &sub, 1, w->now++));
    for (size_t i = 0; i < n && !sub.duplicate; i++)
        for (size_t k = 0; k < w->n_events; k++)
            if (hash32_eq(&w->events[k].hash, &txs[i].hash)) w->events[k].gone = true;
}

static inline void w_transaction(struct world *w, struct prng *rng)
{
    struct tx tx;
    struct account_leaf leaf;
    uint32_t id = w_sender(w, rng);
    state_account(&leaf, w->state, id);
    w_make_tx(w, &tx, id, rng);
    struct store_new_tx n = {.fast = prng_below(rng, 4) == 0};
    w_facts(w, &n, &tx, &leaf.pubkey_hash);
    w_sign(&n, &tx, rng);
    w_submit(w, &n, 1, false);
}

static inline void w_new_key(struct world *w, struct prng *rng)
{
    uint32_t id = (uint32_t)prng_below(rng, state_account_count(w->state));
    if (id == 0) return;
    struct account_leaf leaf;
    state_account(&leaf, w->state, id);
    struct tx tx = {.type = TX_CHANGE_PUBKEY};
    prng_bytes(rng, &tx.signature, sizeof tx.signature);
    tx.change_pubkey = (struct tx_change_pubkey){.account_id = id,
                                                 .account = leaf.address,
                                                 .new_pubkey_hash = w_key(id, leaf.nonce),
                                                 .nonce = leaf.nonce,
                                                 .valid = TIME_RANGE_ALL};
    struct change_pubkey_auth *auth = &tx.change_pubkey.auth;
    auth->kind = (change_pubkey_auth_kind)prng_below(rng, leaf.nonce == 0 ? 5 : 2);
    if (auth->kind == CHANGE_PUBKEY_CREATE2)
        prng_bytes(rng, &auth->create2, sizeof auth->create2);
    else if (auth->kind != CHANGE_PUBKEY_ONCHAIN)
        prng_bytes(rng, auth->eth_signature, sizeof auth->eth_signature);
    struct store_new_tx n = {0};
    w_facts(w, &n, &tx, &tx.change_pubkey.new_pubkey_hash);
    w_sign(&n, &tx, rng);
    w_submit(w, &n, 1, false);
}

/* An NFT changes hands: two transfers, one of which pays. */
static inline void w_nft_transfer(struct world *w, struct prng *rng)
{
    if (state_nft_count(w->state) == 0) return;
    struct nft_leaf nft;
    struct account_leaf leaf, other;
    uint32_t id = NFT_ID_FIRST + (uint32_t)prng_below(rng, state_nft_count(w->state));
    state_nft(&nft, w->state, id);
    if (nft.owner == ACCOUNT_ID_NOBODY || nft.owner == 0) return;
    state_account(&leaf, w->state, nft.owner);
    state_account(&other, w->state, (uint32_t)prng_below(rng, state_account_count(w->state)));
    struct tx txs[2];
    struct store_new_tx n[2] = {0};
    memset(txs, 0, sizeof txs);
    for (uint32_t i = 0; i < 2; i++) {
        txs[i].type = TX_TRANSFER;
        prng_bytes(rng, &txs[i].signature, sizeof txs[i].signature);
        txs[i].transfer = (struct tx_transfer){
            nft.owner, leaf.address,  i == 0 ? other.address : leaf.address, i == 0 ? id : 0, leaf.nonce + i, i == 0,
            i,         TIME_RANGE_ALL};
        w_facts(w, &n[i], &txs[i], &leaf.pubkey_hash);
        w_sign(&n[i], &txs[i], rng);
    }
    w_submit(w, n, 2, true);
}

/* Some users do something. */
static inline void w_activity(struct world *w, struct prng *rng, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (prng_below(rng, 10)) {
        case 0: w_deposit(w, rng); break;
        case 1:
            if (prng_below(rng, 3) == 0) w_full_exit(w, rng);
            break;
        case 2: w_new_key(w, rng); break;
        case 3: w_nft_transfer(w, rng); break;
        default: w_transaction(w, rng);
        }
    }
}

/* Deposits to some accounts, keys for them. */
static inline void w_beginnings(struct world *w, struct prng *rng)
{
    for (int i = 0; i < 16; i++) w_deposit(w, rng);
    w_tick(w, 40);
    for (int i = 0; i < 24; i++) {
        w_new_key(w, rng);
        w_tick(w, 40);
    }
}

/* ---- comparing */

static inline void w_check_account(struct world *w, const struct w_state *want, uint32_t id, store_moment moment)
{
    static struct store_account got;
    bool found;
    CHECK_OK(store_account_by_id(w->store, &got, &found, id, moment));
    CHECK_MSG(found == (id < want->n_accounts), "account %u, moment %d", id, (int)moment);
    if (!found) return;
    CHECK_EQ_U64(id, got.id);
    CHECK_EQ_BYTES(&want->accounts[id].address, &got.leaf.address, 20);
    CHECK_EQ_BYTES(&want->accounts[id].pubkey_hash, &got.leaf.pubkey_hash, 20);
    CHECK_EQ_U64(want->accounts[id].nonce, got.leaf.nonce);
    CHECK_EQ_U64(want->accounts[id].minted, got.leaf.minted);
    size_t n = 0;
    for (uint32_t t = 0; t < W_TOKENS; t++) {
        if (want->balances[id][t] == 0) continue;
        CHECK(n < got.n_balances);
        CHECK_EQ_U64(t, got.balances[n].token);
        CHECK(got.balances[n].amount == want->balances[id][t]);
        n++;
    }
    CHECK_EQ_U64(n, got.n_balances);
    CHECK_OK(store_account_by_address(w->store, &got, &found, &want->accounts[id].address, moment));
    CHECK(found && got.id == id);
}

static inline void w_check_state(struct world *w, const struct w_state *want, store_moment moment)
{
    uint32_t n = moment == STORE_COMMITTED ? want->n_accounts : W_ACCOUNTS;
    for (uint32_t i = 0; i < n; i++) w_check_account(w, want, i, moment);
    for (uint32_t i = 0; i < W_NFTS; i++) {
        struct store_nft nft;
        bool found;
        CHECK_OK(store_nft_get(w->store, &nft, &found, NFT_ID_FIRST + i, moment));
        CHECK(found == (i < want->n_nfts));
        if (!found) continue;
        CHECK_EQ_U64(want->nfts[i].owner, nft.leaf.owner);
        CHECK_EQ_BYTES(&want->nfts[i].content, &nft.leaf.content, sizeof nft.leaf.content);
    }
    for (uint32_t id = 0; id < want->n_accounts; id++) {
        struct store_nft owned[W_NFTS];
        size_t n_owned, k = 0;
        CHECK_OK(store_nfts_owned(w->store, owned, &n_owned, W_NFTS, id, 0, moment));
        for (uint32_t i = 0; i < want->n_nfts; i++) {
            if (want->nfts[i].owner != id) continue;
            CHECK(k < n_owned);
            CHECK_EQ_U64(NFT_ID_FIRST + i, owned[k++].id);
        }
        CHECK_EQ_U64(k, n_owned);
        CHECK_OK(store_nfts_minted(w->store, owned, &n_owned, W_NFTS, id, 0, moment));
        CHECK_EQ_U64(want->accounts[id].minted, n_owned);
    }
}

#endif
