#include "cli/restore_store.h"

#include "base/bytes.h"
#include "ethereum/eth_tx.h"
#include "rollup/nft.h"
#include "rollup/replay.h"
#include "store/store_blocks.h"
#include "store/store_jobs.h"
#include "store/store_l1.h"

#include <stdlib.h>

#define IDS_AN_OP        5 /* of a swap */
#define MICROSECONDS     1000000
#define WITNESS_CREATE2  85 /* kind, creator, salt, code hash (eth_auth.h) */
#define ALL_STEPS        (1u << STORE_COMMIT | 1u << STORE_PROVE | 1u << STORE_EXECUTE)
#define PROVED_ELSEWHERE "L1"

struct restore_store {
    struct store *db;
    uint32_t last; /* block */
};

zk_err restore_store_open(struct restore_store **out, const char *url)
{
    const struct store_options options = {.create = true};
    struct store_heads heads;
    *out = NULL;
    struct restore_store *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database");
    zk_err err = store_open(&s->db, url, &options);
    if (err == ZK_OK) err = store_heads(s->db, &heads);
    if (err == ZK_OK && heads.last_executed != heads.last_sealed)
        err = zk_fail(ZK_ERR_INPUT, "the database has blocks that L1 has not executed: it is a node's own");
    if (err != ZK_OK) {
        restore_store_close(s);
        return err;
    }
    s->last = heads.last_sealed;
    *out = s;
    return ZK_OK;
}

void restore_store_close(struct restore_store *s)
{
    if (s == NULL) return;
    store_close(s->db);
    free(s);
}

zk_err restore_store_check(const struct restore_store *s, uint32_t replayed)
{
    if (s->last >= replayed) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT,
                   "the database has blocks up to %u, and the restored state is of block %u: begin both "
                   "anew, with an empty --dir",
                   s->last, replayed);
}

/* ---- what a block changed */

struct changes {
    uint32_t *ids;
    size_t n_ids;
    uint32_t *nfts;
    size_t n_nfts;
    struct store_account_change *accounts;
    struct store_nft_change *nft_changes;
    struct token_balance *balances;
    struct store_entry *entries;
    struct store_priority_op *requests;
};

static void changes_free(struct changes *c)
{
    free(c->ids);
    free(c->nfts);
    free(c->accounts);
    free(c->nft_changes);
    free(c->balances);
    free(c->entries);
    free(c->requests);
}

/* The accounts whose leaves an operation may have changed. */
static size_t ids_of(uint32_t out[IDS_AN_OP], const struct op *op)
{
    out[0] = op->account;
    out[1] = op->other;
    switch (op->kind) {
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_TRANSFER_NEW:
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW:
    case OP_MINT_NFT:
    case OP_FORCED_EXIT: return 2;
    case OP_SWAP:
    case OP_SWAP_NFT:
        memcpy(out, op->swap.accounts, sizeof op->swap.accounts);
        memcpy(out + 2, op->swap.recipients, sizeof op->swap.recipients);
        out[4] = op->swap.submitter;
        return IDS_AN_OP;
    case OP_DEPOSIT_REFUSED: return 0;
    default: return 1;
    }
}

static int by_value(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static size_t sort_unique(uint32_t *v, size_t n)
{
    if (n == 0) return 0;
    qsort(v, n, sizeof *v, by_value);
    size_t kept = 1;
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[kept - 1]) v[kept++] = v[i];
    return kept;
}

static void collect(struct changes *c, const struct restore_replayed *b)
{
    assert(c->ids != NULL && c->nfts != NULL);
    c->ids[c->n_ids++] = ACCOUNT_ID_FEE;
    for (size_t i = 0; i < replay_op_count(b->replay); i++) {
        const struct op *op = replay_op(b->replay, i);
        c->n_ids += ids_of(c->ids + c->n_ids, op);
        if (token_is_nft(op->token)) c->nfts[c->n_nfts++] = op->token;
        for (unsigned k = 0; k < 2; k++)
            if (token_is_nft(op->swap.tokens[k])) c->nfts[c->n_nfts++] = op->swap.tokens[k];
    }
    for (uint32_t i = b->nfts_before; i < state_nft_count(b->state); i++) c->nfts[c->n_nfts++] = NFT_ID_FIRST + i;
    c->n_ids = sort_unique(c->ids, c->n_ids);
    c->n_nfts = sort_unique(c->nfts, c->n_nfts);
}

/* CREATE2 accounts are told by the witness of their key's change. */
static store_type_change type_change(const struct restore_replayed *b, uint32_t id)
{
    size_t k = 0;
    store_type_change change = STORE_TYPE_KEEP;
    for (size_t i = 0; i < replay_op_count(b->replay); i++) {
        const struct op *op = replay_op(b->replay, i);
        if (op->kind != OP_CHANGE_PUBKEY) continue;
        bool create2 = k < b->published->n_witnesses && b->published->witnesses[k].len == WITNESS_CREATE2;
        if (op->account == id) change = create2 ? STORE_TYPE_BY_CREATE2 : STORE_TYPE_BY_OWNER;
        k++;
    }
    return change;
}

static zk_err describe_accounts(struct changes *c, const struct restore_replayed *b)
{
    static struct token_balance all[TOKEN_ID_LAST + 1];
    size_t kept = 0;
    size_t total = 0;
    for (size_t i = 0; i < c->n_ids; i++) total += state_balances(all, b->state, c->ids[i]);
    c->accounts = calloc(c->n_ids + 1, sizeof *c->accounts);
    c->balances = calloc(total + 1, sizeof *c->balances);
    if (c->accounts == NULL || c->balances == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a block's accounts");
    struct token_balance *at = c->balances;
    for (size_t i = 0; i < c->n_ids; i++) {
        struct store_account_change *a = &c->accounts[kept];
        *a = (struct store_account_change){.id = c->ids[i], .type = type_change(b, c->ids[i])};
        state_account(&a->leaf, b->state, a->id);
        if (!a->leaf.exists) continue; /* a full exit may name anybody */
        size_t n = state_balances(all, b->state, a->id);
        memcpy(at, all, n * sizeof *all);
        a->balances = at;
        a->n_balances = n;
        at += n;
        kept++;
    }
    c->n_ids = kept;
    return ZK_OK;
}

static zk_err describe_nfts(struct changes *c, const struct restore_replayed *b)
{
    size_t kept = 0;
    c->nft_changes = calloc(c->n_nfts + 1, sizeof *c->nft_changes);
    if (c->nft_changes == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a block's NFTs");
    for (size_t i = 0; i < c->n_nfts; i++) {
        struct store_nft_change *n = &c->nft_changes[kept];
        *n = (struct store_nft_change){.id = c->nfts[i]};
        state_nft(&n->leaf, b->state, n->id);
        if (!n->leaf.exists) continue;
        nft_address(&n->address, &n->leaf.content);
        kept++;
    }
    c->n_nfts = kept;
    return ZK_OK;
}

/* The requests that the block executed, in its order, which is that of their ids. */
static zk_err describe_requests(struct changes *c, const struct restore_replayed *b)
{
    size_t n = b->block->stored.priority_operations;
    size_t k = 0;
    c->entries = calloc(n + 1, sizeof *c->entries);
    c->requests = calloc(n + 1, sizeof *c->requests);
    if (c->entries == NULL || c->requests == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a block's requests");
    for (size_t i = 0; i < replay_op_count(b->replay) && k < n; i++) {
        const struct op *op = replay_op(b->replay, i);
        if (!op_is_priority(op->kind)) continue;
        const struct restore_request *r = &b->requests[k];
        struct store_priority_op *p = &c->requests[k];
        *p = (struct store_priority_op){.serial_id = r->serial_id, .eth_block = r->requested_in};
        memcpy(p->sender.b, r->sender, 20);
        ZK_TRY(priority_op_decode(&p->op, r->op_type, r->data, r->len));
        c->entries[k] = (struct store_entry){.is_priority = true, .id = r->serial_id, .op = op};
        store_parties_of_priority(&c->entries[k].parties, &p->op, &p->sender);
        k++;
    }
    return ZK_OK;
}

/* ---- the block itself */

static void seal_of(struct block_sealed *out, const struct restore_replayed *b)
{
    const struct zkroll_new_block *n = b->published;
    const fr *p = b->block->publics;
    struct pubdata_reader reader;
    *out = (struct block_sealed){.header = {b->block->stored.number, ACCOUNT_ID_FEE, n->timestamp},
                                 .old_root = p[0],
                                 .new_root = p[1],
                                 .chain = p[3],
                                 .challenge = p[4],
                                 .y_settlement = p[5],
                                 .y_delta = p[6],
                                 .settlement = n->settlement.p,
                                 .settlement_len = n->settlement.len,
                                 .delta = n->delta.p,
                                 .delta_len = n->delta.len};
    out->capacity = block_capacities[n->key_id < BLOCK_CAPACITIES ? n->key_id : BLOCK_CAPACITIES - 1];
    if (pubdata_open(&reader, n->settlement.p, n->settlement.len, n->delta.p, n->delta.len) == ZK_OK)
        memcpy(out->classes, reader.classes, sizeof out->classes);
    for (size_t i = 0; i < replay_op_count(b->replay); i++) {
        const struct op *op = replay_op(b->replay, i);
        out->used += op_slots(op->kind);
        out->fees[op->fee_class] += op->fee;
    }
    for (unsigned k = 0; k < FEE_CLASS_PAIRS; k++) out->used += out->fees[2 * k] != 0 || out->fees[2 * k + 1] != 0;
}

static zk_err write_block(struct store *db, const struct restore_replayed *b, const struct changes *c)
{
    const struct zkroll_stored *stored = &b->block->stored;
    const int64_t now = (int64_t)stored->timestamp * MICROSECONDS;
    struct store_l1_result result = {.at = now};
    struct block_sealed sealed;
    uint32_t conflict;
    bool job;
    const size_t n = stored->priority_operations;
    memcpy(result.hash.b, b->commit_tx, 32);
    seal_of(&sealed, b);
    const struct store_mini_block mini = {.block = stored->number,
                                          .timestamp = stored->timestamp,
                                          .entries = c->entries,
                                          .n_entries = n,
                                          .accounts = c->accounts,
                                          .n_accounts = c->n_ids,
                                          .nfts = c->nft_changes,
                                          .n_nfts = c->n_nfts,
                                          .now = now};
    static const uint8_t no_hint[1]; /* none is another thing than no classes */
    const struct store_seal seal = {.block = &sealed,
                                    .classes_hint = no_hint,
                                    .key_id = b->published->key_id,
                                    .entries = (uint32_t)n,
                                    .n_priority = (uint32_t)n,
                                    .now = now};
    ZK_TRY(store_priority_add(db, c->requests, n, &conflict));
    if (conflict != 0) return zk_fail(ZK_ERR_INPUT, "the database has other requests than L1: it is of another chain");
    ZK_TRY(store_execute(db, &mini));
    ZK_TRY(store_seal(db, &seal));
    ZK_TRY(store_job_done(db, &job, stored->number, PROVED_ELSEWHERE, NULL, 0, 0));
    return store_blocks_confirm(db, ALL_STEPS, stored->number, stored->number, &result);
}

static zk_err write_genesis(struct restore_store *s, const struct restore_replayed *b)
{
    struct account_leaf fee;
    fr have;
    bool found;
    state_account(&fee, b->state, ACCOUNT_ID_FEE);
    ZK_TRY(store_genesis_root(s->db, &have, &found));
    if (!found)
        return store_genesis(s->db, &fee.address, &b->block->publics[0],
                             (int64_t)b->block->stored.timestamp * MICROSECONDS);
    if (fr_eq(&have, &b->block->publics[0])) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "the database has another genesis: it is of another rollup");
}

zk_err restore_store_put(void *ctx, const struct restore_replayed *b)
{
    struct restore_store *s = ctx;
    struct changes c = {.n_ids = 0};
    size_t ops = replay_op_count(b->replay);
    uint32_t number = b->block->stored.number;
    if (number <= s->last) return ZK_OK;
    c.ids = calloc(ops * IDS_AN_OP + 1, sizeof *c.ids);
    c.nfts = calloc(3 * ops + state_nft_count(b->state) - b->nfts_before + 1, sizeof *c.nfts);
    zk_err err = c.ids != NULL && c.nfts != NULL ? ZK_OK : zk_fail(ZK_ERR_MEMORY, "no memory for a block's changes");
    if (err == ZK_OK) collect(&c, b);
    if (err == ZK_OK) err = describe_accounts(&c, b);
    if (err == ZK_OK) err = describe_nfts(&c, b);
    if (err == ZK_OK) err = describe_requests(&c, b);
    if (err == ZK_OK) err = store_begin(s->db);
    if (err == ZK_OK && number == 1) err = write_genesis(s, b);
    if (err == ZK_OK) err = write_block(s->db, b, &c);
    if (err == ZK_OK)
        err = store_commit(s->db);
    else
        store_rollback(s->db);
    if (err == ZK_OK) s->last = number;
    changes_free(&c);
    return err;
}
