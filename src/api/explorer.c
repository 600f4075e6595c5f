#include "api/explorer.h"

#include "api/api_internal.h"
#include "api/feed.h"
#include "node/chain.h"
#include "node/chain_info.h"
#include "rollup/eth_text.h"
#include "rollup/pubdata.h"
#include "store/store_jobs.h"
#include "store/store_lease.h"
#include "store/store_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROOFS_SHOWN 10 /* proofs that proveMs.mean is of */
#define GAS_BLOCKS   20 /* executed blocks that gasPerTransfer is of */

/* Chunks of zkSync 1.x, by its circuit's constants (2020 to 2022). */
unsigned zksync_bytes(op_kind kind)
{
    static const unsigned chunks[OP_KINDS] = {
        [OP_TRANSFER] = 2,         [OP_TRANSFER_LONG] = 2,   [OP_TRANSFER_NEW] = 6, [OP_NFT_TRANSFER] = 2,
        [OP_NFT_TRANSFER_NEW] = 6, [OP_MINT_NFT] = 5,        [OP_SWAP] = 5,         [OP_SWAP_NFT] = 5,
        [OP_DEPOSIT] = 6,          [OP_DEPOSIT_REFUSED] = 6, [OP_WITHDRAW] = 6,     [OP_FULL_EXIT] = 11,
        [OP_FULL_EXIT_NFT] = 11,   [OP_CHANGE_PUBKEY] = 6,   [OP_FORCED_EXIT] = 6,  [OP_WITHDRAW_NFT] = 10,
    };
    return chunks[kind] * 10;
}

static uint64_t transfers_of(const struct store_tally *t)
{
    return t->kinds[OP_TRANSFER] + t->kinds[OP_TRANSFER_LONG] + t->kinds[OP_TRANSFER_NEW] + t->kinds[OP_NFT_TRANSFER] +
           t->kinds[OP_NFT_TRANSFER_NEW];
}

/* ---- BlockInfo */

static const char *status_text(store_block_status status)
{
    switch (status) {
    case STORE_BLOCK_OPEN: return "open";
    case STORE_BLOCK_SEALED: return "sealed";
    case STORE_BLOCK_COMMITTED: return "committed";
    case STORE_BLOCK_PROVED: return "proved";
    case STORE_BLOCK_EXECUTED: return "executed";
    }
    return "";
}

static void put_step(struct json_object *o, const char *hash, const char *at, const char *gas,
                     const struct store_block_step *step)
{
    put_time(o, at, step->done ? step->at : 0);
    put(o, hash, step->done ? json_new_hex("0x", step->hash.b, 32) : NULL);
    put_u64_or_null(o, gas, step->done, step->gas_used);
}

static bool put_proof_bytes(struct json_object *o, struct api_worker *w, const struct store_block *b,
                            struct api_error *e)
{
    uint8_t *proof = NULL;
    size_t len = 0;
    bool found = false;
    if (b->has_proof && store_proof_get(w->store, &proof, &len, &found, b->header.number) != ZK_OK) {
        fail_store(e);
        return false;
    }
    free(proof);
    put_u64_or_null(o, "proofBytes", found, len);
    return true;
}

struct json_object *json_block_info(struct api_worker *w, const struct store_block *b, struct api_error *e)
{
    uint64_t zksync = 0;
    const struct store_tally *t = worker_tally(w, b->header.number, b, e);
    if (t == NULL) return NULL;
    for (int kind = 0; kind < OP_KINDS; kind++) zksync += t->kinds[kind] * zksync_bytes((op_kind)kind);
    struct json_object *o = json_new_object();
    put_u64(o, "blockNumber", b->header.number);
    put_text(o, "status", status_text(b->status));
    put_time(o, "timestamp", (int64_t)b->header.timestamp * 1000000);
    put_time(o, "sealedAt", b->sealed_at);
    put_u64(o, "operations", b->entries - t->rejected);
    put_u64(o, "rejected", t->rejected);
    put_u64(o, "transfers", transfers_of(t));
    put_u64(o, "priorityOperations", b->n_priority);
    put_u64(o, "capacity", b->capacity);
    put_u64(o, "usedSlots", b->used);
    put_u64(o, "keyId", b->key_id);
    put_fr(o, "oldRoot", "0x", &b->old_root);
    put_fr(o, "newRoot", "0x", &b->new_root);
    put_u64(o, "feeAccount", b->header.fee_account);
    put_u64(o, "settlementBytes", b->settlement_len);
    put_u64(o, "deltaBytes", b->delta_len);
    put_u64(o, "zksyncBytes", zksync);
    put_fr(o, "commitment", "0x", &b->chain);
    put_fr(o, "challenge", "0x", &b->challenge);
    put_fr(o, "ySettlement", "0x", &b->y_settlement);
    put_fr(o, "yDelta", "0x", &b->y_delta);
    put_u64_or_null(o, "proveMs", b->has_proof, b->prove_ms);
    put_step(o, "commitTx", "committedAt", "commitGas", &b->commit);
    put_step(o, "proveTx", "provedAt", "proveGas", &b->prove);
    put_step(o, "executeTx", "executedAt", "executeGas", &b->execute);
    if (put_proof_bytes(o, w, b, e)) return o;
    json_object_put(o);
    return NULL;
}

/* ---- Overview */

static void put_proof_times(struct json_object *o, const struct api_worker *w, size_t n)
{
    struct json_object *p = json_new_object();
    uint64_t sum = 0, last = 0;
    unsigned proofs = 0;
    for (size_t i = 0; i < n && proofs < PROOFS_SHOWN; i++) { /* from the newest block on */
        if (!w->blocks[i].has_proof) continue;
        if (proofs++ == 0) last = w->blocks[i].prove_ms;
        sum += w->blocks[i].prove_ms;
    }
    put_u64_or_null(p, "last", proofs > 0, last);
    put_u64_or_null(p, "mean", proofs > 0, proofs > 0 ? sum / proofs : 0);
    put(o, "proveMs", p);
}

/* One L1 transaction may do several steps of several blocks: its gas counts once. */
static uint64_t gas_once(const struct store_block *blocks, size_t n)
{
    const hash32 *seen[GAS_BLOCKS * 3];
    size_t n_seen = 0;
    uint64_t gas = 0;
    for (size_t i = 0; i < n; i++) {
        const struct store_block_step *const steps[] = {&blocks[i].commit, &blocks[i].prove, &blocks[i].execute};
        for (size_t k = 0; k < ZK_COUNT(steps); k++) {
            bool known = !steps[k]->done;
            for (size_t j = 0; j < n_seen && !known; j++) known = hash32_eq(seen[j], &steps[k]->hash);
            if (known) continue;
            seen[n_seen++] = &steps[k]->hash;
            gas += steps[k]->gas_used;
        }
    }
    return gas;
}

static bool put_gas(struct json_object *o, struct api_worker *w, struct api_error *e)
{
    const struct store_tally *t = NULL;
    size_t n = 0;
    uint32_t last = w->heads.last_executed;
    if (last > 0 &&
        store_blocks_page(w->store, w->blocks, &n, GAS_BLOCKS, last, STORE_OLDER, STORE_BLOCK_EXECUTED) != ZK_OK) {
        fail_store(e);
        return false;
    }
    if (n > 0) t = worker_tally(w, w->blocks[n - 1].header.number, &w->blocks[0], e);
    if (e->set) return false;
    if (t == NULL || transfers_of(t) == 0) {
        put_null(o, "gasPerTransfer");
    } else {
        put_f64(o, "gasPerTransfer", (double)gas_once(w->blocks, n) / (double)transfers_of(t));
    }
    return true;
}

static bool put_oldest_request(struct json_object *o, struct api_worker *w, struct api_error *e)
{
    struct store_priority_op *p = &w->pending[0];
    bool found;
    if (store_priority_oldest(w->store, p, &found) != ZK_OK) {
        fail_store(e);
        return false;
    }
    struct json_object *r = found ? json_new_object() : NULL;
    if (r != NULL) {
        put_u64(r, "id", p->serial_id);
        put_text(r, "type", p->op.type == PRIORITY_DEPOSIT ? "Deposit" : "FullExit");
        put_time(r, "createdAt", p->created_at);
        put_time(r, "expiresAt", p->expires < INT64_MAX / 1000000 ? (int64_t)p->expires * 1000000 : 0);
    }
    put(o, "oldestRequest", r);
    return true;
}

/* running: somebody holds the lease and nothing waits, or something moved lately; waiting: work lies there untouched.
 * */
static bool put_sequencer(struct json_object *o, struct api_worker *w, const struct feed_rates *rates,
                          struct api_error *e)
{
    struct store_lease lease;
    bool found;
    int64_t now;
    if (store_lease_get(w->store, &lease, &found, "sequencer") != ZK_OK || store_now(w->store, &now) != ZK_OK) {
        fail_store(e);
        return false;
    }
    bool held = found && lease.until > now;
    bool idle = w->heads.queued_txs > 0 && rates->ops_minute == 0;
    put_text(o, "sequencer", !held ? "stopped" : idle ? "waiting" : "running");
    return true;
}

static struct json_object *overview_of(struct api_worker *w, const struct feed_rates *rates, struct api_error *e)
{
    const struct api_config *k = &w->api->config;
    const struct store_heads *h = &w->heads;
    struct l1_head l1;
    bool found, exodus;
    uint8_t since[8];
    size_t since_len;
    uint32_t accounts;
    uint64_t nfts;
    size_t n = 0;
    if (l1_head_load(w->store, &l1, &found) != ZK_OK || store_account_count(w->store, &accounts) != ZK_OK ||
        store_nft_count(w->store, &nfts) != ZK_OK ||
        store_get(w->store, CHAIN_EXODUS_KEY, since, &since_len, sizeof since, &exodus) != ZK_OK)
        return fail_store(e);
    if (h->last_sealed > 0 && store_blocks_page(w->store, w->blocks, &n, STORE_PAGE_MAX, h->last_sealed, STORE_OLDER,
                                                STORE_BLOCK_SEALED) != ZK_OK)
        return fail_store(e);
    struct json_object *o = json_new_object(), *blocks = json_new_object(), *totals = json_new_object(),
                       *rate = json_new_object();
    put_text(o, "network", w->api->network);
    put_u64(o, "chainId", k->chain_id);
    put_address(o, "contract", &k->contract);
    put_address(o, "govContract", &k->governance);
    put_bool(o, "exodus", exodus);
    put_u64(o, "blockSlots", k->block_slots);
    put_u64(blocks, "sealed", h->last_sealed);
    put_u64(blocks, "committed", h->last_committed);
    put_u64(blocks, "proved", h->last_proved);
    put_u64(blocks, "executed", h->last_executed);
    put(o, "blocks", blocks);
    put_u64(totals, "transactions", h->executed_ops);
    put_u64(totals, "accounts", accounts);
    put_u64(totals, "nfts", nfts);
    put_u64(totals, "mempool", h->queued_txs);
    put(o, "totals", totals);
    put_f64(rate, "minute", rates->ops_minute);
    put_f64(rate, "hour", rates->ops_hour);
    put(o, "transfersPerSecond", rate);
    put_proof_times(o, w, n);
    put_time(o, "time", clock_wall_us());
    put_u64_or_null(o, "l1Block", found, l1.number);
    if (put_gas(o, w, e) && put_oldest_request(o, w, e) && put_sequencer(o, w, rates, e)) return o;
    json_object_put(o);
    return NULL;
}

struct json_object *json_overview(struct api_worker *w, const struct feed *feed, struct api_error *e)
{
    struct feed_rates rates;
    feed_rates(&rates, feed);
    return worker_heads(w, e) ? overview_of(w, &rates, e) : NULL;
}

/* ---- streams */

static struct json_object *span(size_t offset, size_t end)
{
    if (offset == end) return NULL;
    struct json_object *o = json_new_object();
    put_u64(o, "offset", offset);
    put_u64(o, "length", end - offset);
    return o;
}

static void put_nft(struct json_object *f, const struct nft_content *nft)
{
    put_u64(f, "creator", nft->creator);
    put_u64(f, "serial", nft->serial);
    put_address(f, "creatorAddress", &nft->creator_address);
    put_hash(f, "contentHash", &nft->hash);
}

static void put_swap(struct json_object *f, const struct op_swap *s)
{
    static const char *const names[2][4] = {{"accountA", "recipientA", "tokenA", "amountA"},
                                            {"accountB", "recipientB", "tokenB", "amountB"}};
    put_u64(f, "submitter", s->submitter);
    for (int i = 0; i < 2; i++) {
        put_u64(f, names[i][0], s->accounts[i]);
        put_u64(f, names[i][1], s->recipients[i]);
        put_u64(f, names[i][2], s->tokens[i]);
        put_u128(f, names[i][3], s->amounts[i]);
    }
}

/* The members that the kind publishes (op.h). */
static struct json_object *fields_of(const struct op *op)
{
    struct json_object *f = json_new_object();
    switch (op->kind) {
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_TRANSFER_NEW:
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW:
        put_u64(f, "from", op->account);
        put_u64(f, "to", op->other);
        put_u64(f, "token", op->token);
        put_u128(f, "amount", op->amount);
        if (op->kind == OP_TRANSFER_NEW || op->kind == OP_NFT_TRANSFER_NEW) put_address(f, "address", &op->address);
        break;
    case OP_MINT_NFT:
        put_u64(f, "creator", op->account);
        put_u64(f, "recipient", op->other);
        put_hash(f, "contentHash", &op->nft.hash);
        break;
    case OP_SWAP:
    case OP_SWAP_NFT: put_swap(f, &op->swap); break;
    case OP_DEPOSIT:
    case OP_DEPOSIT_REFUSED:
    case OP_WITHDRAW:
    case OP_FULL_EXIT:
    case OP_FORCED_EXIT:
        put_u64(f, "account", op->account);
        if (op->kind == OP_FORCED_EXIT) put_u64(f, "initiator", op->other);
        put_u64(f, "token", op->token);
        put_u128(f, "amount", op->amount);
        put_address(f, "address", &op->address);
        break;
    case OP_FULL_EXIT_NFT:
    case OP_WITHDRAW_NFT:
        put_u64(f, "account", op->account);
        put_u64(f, "token", op->token);
        put_u128(f, "amount", op->amount);
        put_address(f, "address", &op->address);
        put_nft(f, &op->nft);
        break;
    case OP_CHANGE_PUBKEY:
        put_u64(f, "account", op->account);
        put_pubkey_hash(f, "pubKeyHash", &op->pubkey_hash);
        put_address(f, "address", &op->address);
        put_u64(f, "nonce", op->nonce);
        break;
    case OP_NOOP:
    case OP_COLLECT_FEES:
    case OP_KINDS: break;
    }
    if (!op_is_priority(op->kind)) {
        put_u64(f, "feeToken", op->fee_token);
        put_u128(f, "fee", op->fee);
    }
    return f;
}

static struct json_object *hex_of_any(const uint8_t *bytes, size_t len)
{
    char *text = malloc(2 * len + 3);
    if (text == NULL) abort();
    hex_text(text, "0x", bytes, len);
    struct json_object *o = json_new_text(text);
    free(text);
    return o;
}

/* Calls back with each operation of the streams and where it stands. */
typedef void (*op_seen)(void *ctx, size_t ordinal, const struct op *op, size_t delta, size_t delta_end, size_t settle,
                        size_t settle_end);

static zk_err walk(const struct store_streams *s, op_seen seen, void *ctx)
{
    struct pubdata_reader r;
    ZK_TRY(pubdata_open(&r, s->settlement, s->settlement_len, s->delta, s->delta_len));
    for (size_t k = 0;; k++) {
        struct op op;
        bool end;
        size_t delta = (size_t)(r.delta - s->delta), settle = (size_t)(r.settlement - s->settlement);
        ZK_TRY(pubdata_next(&r, &op, &end));
        if (end) return ZK_OK;
        seen(ctx, k, &op, delta, (size_t)(r.delta - s->delta), settle, (size_t)(r.settlement - s->settlement));
    }
}

struct streams_list {
    struct json_object *list;
    const uint32_t *indexes;
    size_t n;
};

static void list_op(void *ctx, size_t k, const struct op *op, size_t delta, size_t delta_end, size_t settle,
                    size_t settle_end)
{
    struct streams_list *l = ctx;
    struct json_object *o = json_new_object();
    put_u64_or_null(o, "index", k < l->n, k < l->n ? l->indexes[k] : 0);
    put_text(o, "kind", op_kind_str(op->kind));
    put(o, "fields", fields_of(op));
    put(o, "delta", span(delta, delta_end));
    put(o, "settlement", span(settle, settle_end));
    append(l->list, o);
}

static bool indexes_of(struct api_worker *w, uint32_t *out, size_t *n, uint32_t block, struct api_error *e)
{
    if (store_executed_indexes(w->store, out, n, BLOCK_SLOTS_MAX, block, 0) == ZK_OK) return true;
    fail_store(e);
    return false;
}

struct json_object *json_streams(struct api_worker *w, uint32_t block, struct api_error *e)
{
    struct store_streams s;
    uint32_t indexes[BLOCK_SLOTS_MAX];
    struct streams_list l = {.indexes = indexes};
    bool found;
    if (store_block_streams(w->store, &s, &found, block) != ZK_OK) return fail_store(e);
    if (!found) return NULL;
    struct json_object *o = json_new_object();
    l.list = json_new_array();
    put(o, "settlement", hex_of_any(s.settlement, s.settlement_len));
    put(o, "delta", hex_of_any(s.delta, s.delta_len));
    put(o, "operations", l.list);
    if (indexes_of(w, indexes, &l.n, block, e) && walk(&s, list_op, &l) != ZK_OK) fail_store(e);
    store_streams_free(&s);
    if (!e->set) return o;
    json_object_put(o);
    return NULL;
}

/* ---- Timeline */

struct op_finder {
    size_t wanted;
    struct json_object *into;
};

static void put_spans(void *ctx, size_t k, const struct op *op, size_t delta, size_t delta_end, size_t settle,
                      size_t settle_end)
{
    struct op_finder *f = ctx;
    (void)op;
    if (k != f->wanted) return;
    put(f->into, "delta", span(delta, delta_end));
    put(f->into, "settlement", span(settle, settle_end));
}

/* Where in its sealed block's streams the entry is. */
static void put_place(struct json_object *o, struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    struct store_streams s;
    uint32_t indexes[BLOCK_SLOTS_MAX];
    size_t n, k;
    bool found;
    put_null(o, "delta");
    put_null(o, "settlement");
    if (op->place.block == 0 || op->rejected || !indexes_of(w, indexes, &n, op->place.block, e)) return;
    for (k = 0; k < n && indexes[k] != op->place.index; k++) continue;
    if (store_block_streams(w->store, &s, &found, op->place.block) != ZK_OK) {
        fail_store(e);
        return;
    }
    if (!found) return;
    if (walk(&s, put_spans, &(struct op_finder){k, o}) != ZK_OK) fail_store(e);
    store_streams_free(&s);
}

/* What its owner signed, in words. */
static struct json_object *message_of(struct api_worker *w, const struct tx *tx, struct api_error *e)
{
    static const struct token_label none;
    struct token_label labels[TOKEN_ID_LAST + 1];
    char text[ETH_TEXT_MAX];
    size_t len;
    if (!worker_tokens(w, e)) return NULL;
    for (size_t i = 0; i < ZK_COUNT(labels); i++) labels[i] = none;
    for (size_t i = 0; i < w->n_tokens; i++) {
        struct token_label *l = &labels[w->tokens[i].id];
        (void)snprintf(l->symbol, sizeof l->symbol, "%.*s", TOKEN_SYMBOL_MAX, w->tokens[i].symbol);
        l->decimals = w->tokens[i].decimals;
    }
    struct token_labels all = {labels, ZK_COUNT(labels)};
    zk_err err = tx->type == TX_CHANGE_PUBKEY ? eth_text_change_pubkey(text, sizeof text, &len, &tx->change_pubkey)
                                              : eth_text_tx(text, sizeof text, &len, tx, &all, 0);
    return err == ZK_OK ? json_new_text(text) : NULL;
}

static void put_steps(struct json_object *o, const struct store_block *b)
{
    static const struct store_block none;
    if (b == NULL) b = &none;
    put_time(o, "sealedAt", b->sealed_at);
    put_time(o, "committedAt", b->commit.done ? b->commit.at : 0);
    put_time(o, "provedAt", b->prove.done ? b->prove.at : 0);
    put_time(o, "finalizedAt", b->execute.done ? b->execute.at : 0);
    put(o, "commitTx", b->commit.done ? json_new_hex("0x", b->commit.hash.b, 32) : NULL);
    put(o, "proveTx", b->prove.done ? json_new_hex("0x", b->prove.hash.b, 32) : NULL);
    put(o, "executeTx", b->execute.done ? json_new_hex("0x", b->execute.hash.b, 32) : NULL);
}

static struct json_object *timeline_of(struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    struct json_object *o = json_new_object();
    bool executed = op->place.block != 0;
    put_hash(o, "txHash", op_hash(op));
    put_text(o, "kind", op->is_priority ? "L1" : "L2");
    put_text(o, "status", op_status(op, &w->heads));
    put_u64_or_null(o, "blockNumber", executed, op->place.block);
    put_u64_or_null(o, "blockIndex", executed, op->place.index);
    put_text(o, "failReason", op->rejected ? op->tx.fail_reason : NULL);
    put(o, "message", op->is_priority ? NULL : message_of(w, &op->tx.tx, e));
    put_time(o, "seenAt", op->is_priority ? op->priority.created_at : 0);
    put_time(o, "acceptedAt", op->is_priority ? 0 : op->tx.accepted_at);
    put_time(o, "executedAt", executed ? op->executed_at : 0);
    put(o, "ethTx", op->is_priority ? json_new_hex("0x", op->priority.eth_hash.b, 32) : NULL);
    const struct store_block *b =
        executed && op->place.block <= w->heads.last_sealed ? worker_block(w, op->place.block, e) : NULL;
    put_steps(o, b);
    put_place(o, w, op, e);
    if (!e->set) return o;
    json_object_put(o);
    return NULL;
}

struct json_object *json_timeline(struct api_worker *w, const hash32 *hash, struct api_error *e)
{
    bool found;
    if (!op_find(w, &w->ops[0], &found, hash, e) || !found) return NULL;
    return timeline_of(w, &w->ops[0], e);
}

/* ---- search */

static struct json_object *hit(const char *kind, struct json_object *id)
{
    struct json_object *o = json_new_object();
    put_text(o, "kind", kind);
    put(o, "id", id);
    return o;
}

static struct json_object *search_hash(struct api_worker *w, const hash32 *hash, struct api_error *e)
{
    uint32_t block;
    bool found;
    if (!op_find(w, &w->ops[0], &found, hash, e)) return NULL;
    if (found) return hit("transaction", json_new_hex("0x", op_hash(&w->ops[0])->b, 32));
    if (store_block_find(w->store, &block, &found, hash) != ZK_OK) return fail_store(e);
    return found ? hit("block", json_new_u64(block)) : hit(NULL, NULL);
}

static struct json_object *search_account(struct api_worker *w, uint64_t id, struct api_error *e)
{
    struct store_account_head head;
    bool found = false;
    if (id <= ACCOUNT_ID_MAX && store_account_head_by_id(w->store, &head, &found, (uint32_t)id) != ZK_OK)
        return fail_store(e);
    return found ? hit("account", json_new_hex("0x", head.address.b, 20)) : hit(NULL, NULL);
}

struct json_object *json_search(struct api_worker *w, const char *what, struct api_error *e)
{
    eth_address address;
    hash32 hash;
    uint64_t n;
    const char *why;
    struct token_like like;
    if (!worker_heads(w, e)) return NULL;
    if (what[0] == '#' && parse_u64(&n, what + 1, UINT32_MAX)) return search_account(w, n, e);
    if (parse_u64(&n, what, UINT32_MAX))
        return n >= 1 && n <= w->heads.last_sealed ? hit("block", json_new_u64(n)) : hit(NULL, NULL);
    if (parse_address(&address, what, true)) return hit("account", json_new_hex("0x", address.b, 20));
    if (parse_tx_hash(&hash, what, &why) || (strlen(what) == 64 && hex_decode(hash.b, 32, what, 64)))
        return search_hash(w, &hash, e);
    const struct store_token *t = parse_token_like_text(&like, what) ? worker_token_like(w, &like, e) : NULL;
    if (e->set) return NULL;
    return t != NULL ? hit("token", json_new_u64(t->id)) : hit(NULL, NULL);
}
