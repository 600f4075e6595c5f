#include "node/settle_call.h"

#include "node/l1_block.h"
#include "rollup/eth_auth.h"
#include "store/store_jobs.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_PAGE     64
#define CHANGE_PUBKEY_OP 0x07 /* first byte in the settlement stream (docs/pubdata.md) */
#define NFT_EXIT_OP      0x16
#define NFT_WITHDRAW_OP  0x0a
#define OPERATION_BYTES  48

const char *settle_actions_str(unsigned actions)
{
    switch (actions) {
    case SETTLE_ALL: return "settle";
    case SETTLE_COMMIT: return "commit";
    case SETTLE_PROVE: return "prove";
    case SETTLE_EXECUTE: return "execute";
    default: return "other";
    }
}

/* ---- one block with all that a call may need of it */

struct loaded {
    struct l1_block l1;
    struct store_streams streams;
    uint8_t *proof;
    size_t proof_len;
    struct settle_change *changes;
    uint8_t (*witness_bytes)[CHANGE_PUBKEY_WITNESS_MAX];
    struct zkroll_bytes *witnesses;
};

static void loaded_free(struct loaded *b, size_t n)
{
    for (size_t i = 0; b != NULL && i < n; i++) {
        store_streams_free(&b[i].streams);
        free(b[i].proof);
        free(b[i].changes);
        free(b[i].witness_bytes);
        free(b[i].witnesses);
    }
    free(b);
}

static zk_err get_block(struct store_block *out, struct store *s, uint32_t number)
{
    bool found;
    ZK_TRY(store_block_get(s, out, &found, number));
    if (!found || out->status == STORE_BLOCK_OPEN)
        return zk_fail(ZK_ERR_CORRUPT, "the database has no sealed block %u", number);
    return ZK_OK;
}

static zk_err load_streams(struct loaded *b, struct store *s, const struct store_block *row)
{
    bool found;
    ZK_TRY(store_block_streams(s, &b->streams, &found, row->header.number));
    if (!found) return zk_fail(ZK_ERR_CORRUPT, "the database has no streams of block %u", row->header.number);
    const struct block_sealed sealed = {.header = row->header,
                                        .old_root = row->old_root,
                                        .new_root = row->new_root,
                                        .capacity = row->capacity,
                                        .used = row->used,
                                        .settlement = b->streams.settlement,
                                        .settlement_len = b->streams.settlement_len,
                                        .delta = b->streams.delta,
                                        .delta_len = b->streams.delta_len,
                                        .chain = row->chain,
                                        .challenge = row->challenge,
                                        .y_settlement = row->y_settlement,
                                        .y_delta = row->y_delta};
    l1_block_make(&b->l1, &sealed, row->n_priority);
    return ZK_OK;
}

static bool has_key_change(const struct loaded *b)
{
    const uint8_t *p = b->streams.settlement;
    for (size_t at = 0; at + OPERATION_BYTES <= b->streams.settlement_len;) {
        if (p[at] == CHANGE_PUBKEY_OP) return true;
        at += p[at] == NFT_EXIT_OP || p[at] == NFT_WITHDRAW_OP ? 2 * OPERATION_BYTES : OPERATION_BYTES;
    }
    return false;
}

static zk_err load_witnesses(struct loaded *b, struct store *s)
{
    size_t n = 0;
    if (!has_key_change(b)) return ZK_OK;
    ZK_TRY(settle_changes(&b->changes, &n, s, b->l1.stored.number));
    b->witness_bytes = calloc(n + 1, sizeof *b->witness_bytes);
    b->witnesses = calloc(n + 1, sizeof *b->witnesses);
    if (b->witness_bytes == NULL || b->witnesses == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for witnesses");
    for (size_t i = 0; i < n; i++)
        b->witnesses[i] =
            (struct zkroll_bytes){b->witness_bytes[i], change_pubkey_witness(b->witness_bytes[i], &b->changes[i].tx)};
    b->l1.block.witnesses = b->witnesses;
    b->l1.block.n_witnesses = n;
    return ZK_OK;
}

static zk_err load_proof(struct loaded *b, struct store *s)
{
    bool found;
    ZK_TRY(store_proof_get(s, &b->proof, &b->proof_len, &found, b->l1.stored.number));
    return found ? ZK_OK : zk_fail(ZK_ERR_CORRUPT, "the database has no proof of block %u", b->l1.stored.number);
}

static zk_err load_block(struct loaded *b, struct store *s, uint32_t number, unsigned actions)
{
    struct store_block row;
    ZK_TRY(get_block(&row, s, number));
    ZK_TRY(load_streams(b, s, &row));
    if ((actions & SETTLE_COMMIT) != 0) ZK_TRY(load_witnesses(b, s));
    if ((actions & SETTLE_PROVE) != 0) ZK_TRY(load_proof(b, s));
    return ZK_OK;
}

/* Returns owned: loaded_free with last - first + 1. */
static zk_err load_blocks(struct loaded **out, struct store *s, unsigned actions, uint32_t first, uint32_t last)
{
    size_t n = (size_t)last - first + 1;
    assert(first >= 1);
    assert(first <= last);
    struct loaded *b = calloc(n, sizeof *b);
    *out = b;
    if (b == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for %zu blocks", n);
    zk_err err = ZK_OK;
    for (size_t i = 0; i < n && err == ZK_OK; i++) err = load_block(&b[i], s, first + (uint32_t)i, actions);
    if (err != ZK_OK) {
        loaded_free(b, n);
        *out = NULL;
    }
    return err;
}

struct change_list {
    struct settle_change *items;
    size_t n, cap;
};

static zk_err add_change(struct change_list *list, uint64_t tx_id, const struct tx_change_pubkey *tx)
{
    if (list->n == list->cap) {
        size_t cap = 2 * list->cap + 8;
        struct settle_change *grown = realloc(list->items, cap * sizeof *grown);
        if (grown == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for key changes");
        list->items = grown;
        list->cap = cap;
    }
    list->items[list->n++] = (struct settle_change){tx_id, *tx};
    return ZK_OK;
}

/* All pages of a block's entries, through a page of the caller's. */
static zk_err find_changes(struct change_list *list, struct store *s, uint32_t number, struct store_block_entry *page)
{
    size_t got = 0;
    for (uint32_t from = 0;; from = page[got - 1].index + 1) {
        ZK_TRY(store_block_executed(s, page, &got, ENTRIES_PAGE, number, from));
        if (got == 0) return ZK_OK;
        for (size_t i = 0; i < got; i++) {
            const struct store_block_entry *e = &page[i];
            if (e->is_priority || e->tx.tx.type != TX_CHANGE_PUBKEY) continue;
            ZK_TRY(add_change(list, e->tx.id, &e->tx.tx.change_pubkey));
        }
    }
}

zk_err settle_changes(struct settle_change **out, size_t *n, struct store *s, uint32_t number)
{
    struct change_list list = {0};
    struct store_block_entry *page = calloc(ENTRIES_PAGE, sizeof *page);
    *out = NULL;
    *n = 0;
    if (page == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a block's entries");
    zk_err err = find_changes(&list, s, number, page);
    free(page);
    if (err != ZK_OK) {
        free(list.items);
        return err;
    }
    *out = list.items;
    *n = list.n;
    return ZK_OK;
}

/* ---- what fits */

static uint64_t gas_of(const struct store_block *b, unsigned actions)
{
    const struct block_costs *c = &block_costs_default;
    uint64_t words = (b->settlement_len + b->delta_len) / WORD_BYTES;
    uint64_t operations = b->settlement_len / OPERATION_BYTES;
    uint64_t gas = 100000;
    if ((actions & SETTLE_COMMIT) != 0) gas += words * c->word_gas + operations * c->op_gas[OP_CHANGE_PUBKEY];
    if ((actions & SETTLE_PROVE) != 0) gas += 400000;
    if ((actions & SETTLE_EXECUTE) != 0) gas += operations * c->op_gas[OP_DEPOSIT_REFUSED];
    return gas;
}

static size_t bytes_of(const struct store_block *b, unsigned actions)
{
    size_t bytes = 600;
    if ((actions & SETTLE_COMMIT) != 0)
        bytes += b->settlement_len + b->delta_len + b->settlement_len / OPERATION_BYTES * 192;
    else if ((actions & SETTLE_EXECUTE) != 0)
        bytes += b->settlement_len;
    if ((actions & SETTLE_PROVE) != 0) bytes += 3500;
    return bytes;
}

zk_err settle_fit(uint32_t *n, struct store *s, unsigned actions, uint32_t first, uint32_t last, uint64_t blocks_max)
{
    uint64_t gas = 0;
    size_t bytes = 0;
    *n = 0;
    for (uint32_t number = first; number <= last && *n < blocks_max && *n < SETTLE_BLOCKS; number++) {
        struct store_block b;
        ZK_TRY(get_block(&b, s, number));
        gas += gas_of(&b, actions);
        bytes += bytes_of(&b, actions);
        if (*n > 0 && (gas > SETTLE_GAS_MAX || bytes > SETTLE_BYTES_MAX)) break;
        (*n)++;
    }
    return ZK_OK;
}

/* ---- calls */

static zk_err stored_before(struct zkroll_stored *out, struct store *s, uint32_t first, const hash32 *genesis_root)
{
    struct loaded *b;
    if (first == 1) {
        zkroll_genesis(out, genesis_root->b);
        return ZK_OK;
    }
    ZK_TRY(load_blocks(&b, s, 0, first - 1, first - 1));
    *out = b->l1.stored;
    loaded_free(b, 1);
    return ZK_OK;
}

/* The lists that the calls of zkroll_contract.h take. */
struct lists {
    struct zkroll_stored last;
    struct zkroll_new_block *blocks;
    struct zkroll_bytes *proof_bytes;
    struct zkroll_proof *proofs;
    struct zkroll_execution *executions;
    size_t n;
};

static void lists_free(struct lists *l)
{
    free(l->blocks);
    free(l->proof_bytes);
    free(l->proofs);
    free(l->executions);
}

static zk_err lists_make(struct lists *l, const struct loaded *b, size_t n)
{
    l->n = n;
    l->blocks = calloc(n, sizeof *l->blocks);
    l->proof_bytes = calloc(n, sizeof *l->proof_bytes);
    l->proofs = calloc(n, sizeof *l->proofs);
    l->executions = calloc(n, sizeof *l->executions);
    if (l->blocks == NULL || l->proof_bytes == NULL || l->proofs == NULL || l->executions == NULL)
        return zk_fail(ZK_ERR_MEMORY, "no memory for a call");
    for (size_t i = 0; i < n; i++) {
        l->blocks[i] = b[i].l1.block;
        l->proof_bytes[i] = (struct zkroll_bytes){b[i].proof, b[i].proof_len};
        l->proofs[i] = (struct zkroll_proof){b[i].l1.stored, b[i].l1.inputs, l->proof_bytes[i]};
        l->executions[i] = (struct zkroll_execution){b[i].l1.stored, b[i].l1.block.settlement};
    }
    return ZK_OK;
}

static size_t call_len(const struct lists *l, unsigned actions)
{
    switch (actions) {
    case SETTLE_ALL: return zkroll_settle_len(l->blocks, l->proof_bytes, l->n);
    case SETTLE_COMMIT: return zkroll_commit_len(l->blocks, l->n);
    case SETTLE_PROVE: return zkroll_prove_len(l->proofs, l->n);
    default: return zkroll_execute_len(l->executions, l->n);
    }
}

static void put_call(struct abi_out *o, const struct lists *l, unsigned actions)
{
    switch (actions) {
    case SETTLE_ALL: zkroll_put_settle(o, &l->last, l->blocks, l->proof_bytes, l->n); return;
    case SETTLE_COMMIT: zkroll_put_commit(o, &l->last, l->blocks, l->n); return;
    case SETTLE_PROVE: zkroll_put_prove(o, l->proofs, l->n); return;
    default: zkroll_put_execute(o, l->executions, l->n); return;
    }
}

static zk_err encode(uint8_t **data, size_t *len, const struct lists *l, unsigned actions)
{
    struct abi_out o;
    *len = call_len(l, actions);
    *data = malloc(*len);
    if (*data == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a call of %zu bytes", *len);
    abi_out_init(&o, *data, *len);
    put_call(&o, l, actions);
    assert(abi_out_ok(&o));
    assert(o.len == *len);
    return ZK_OK;
}

zk_err settle_call(uint8_t **data, size_t *len, struct store *s, unsigned actions, uint32_t first, uint32_t last,
                   const hash32 *genesis_root)
{
    struct loaded *b = NULL;
    struct lists l = {0};
    size_t n = (size_t)last - first + 1;
    assert(actions == SETTLE_ALL || actions == SETTLE_COMMIT || actions == SETTLE_PROVE || actions == SETTLE_EXECUTE);
    *data = NULL;
    zk_err err = load_blocks(&b, s, actions, first, last);
    if (err == ZK_OK) err = stored_before(&l.last, s, first, genesis_root);
    if (err == ZK_OK) err = lists_make(&l, b, n);
    if (err == ZK_OK) err = encode(data, len, &l, actions);
    lists_free(&l);
    if (b != NULL) loaded_free(b, n);
    return err;
}

/* stored has room for n. */
static zk_err encode_revert(uint8_t **data, size_t *len, struct zkroll_stored *stored, const struct loaded *b, size_t n)
{
    struct abi_out o;
    *len = zkroll_revert_len(n);
    *data = malloc(*len);
    if (*data == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a call");
    for (size_t i = 0; i < n; i++) stored[i] = b[n - 1 - i].l1.stored;
    abi_out_init(&o, *data, *len);
    zkroll_put_revert(&o, stored, n);
    assert(abi_out_ok(&o));
    return ZK_OK;
}

zk_err settle_revert_call(uint8_t **data, size_t *len, struct store *s, uint32_t first, uint32_t last)
{
    struct loaded *b = NULL;
    size_t n = (size_t)last - first + 1;
    *data = NULL;
    struct zkroll_stored *stored = calloc(n, sizeof *stored);
    if (stored == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a call");
    zk_err err = load_blocks(&b, s, 0, first, last);
    if (err == ZK_OK) err = encode_revert(data, len, stored, b, n);
    if (b != NULL) loaded_free(b, n);
    free(stored);
    return err;
}

zk_err settle_stored_hash(uint8_t out[32], struct store *s, uint32_t number)
{
    struct loaded *b;
    ZK_TRY(load_blocks(&b, s, 0, number, number));
    zkroll_stored_hash(out, &b->l1.stored);
    loaded_free(b, 1);
    return ZK_OK;
}
