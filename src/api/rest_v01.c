/* REST v0.1: bare JSON, what older explorers and the TypeScript suite of zkSync 1.x ask. Answers have exactly the
 * members
 * of the protocol: clients paste them into typed literals. `commited` is spelled so. */
#include "api/rest.h"
#include "rollup/tx_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V01(name) static struct json_object *name(struct rest_call *c)

#define OFFSET_MAX     10000 /* of a history page by offset: it is found by walking */
#define BLOCKS_DEFAULT 20
#define TIMED_BLOCKS   20 /* executed blocks that withdrawal times are taken from */

/* ---- the network */

V01(get_testnet_config)
{
    struct json_object *o = json_new_object();
    put_address(o, "contractAddress", &c->api->config.contract);
    return o;
}

V01(get_status)
{
    if (!worker_heads(c->w, &c->e)) return NULL;
    const struct store_heads *h = &c->w->heads;
    struct json_object *o = json_new_object();
    put_u64_or_null(o, "next_block_at_max", h->last_block > 0, h->last_block);
    put_u64(o, "last_committed", h->last_committed);
    put_u64(o, "last_verified", h->last_executed);
    put_u64(o, "total_transactions", h->executed_ops);
    put_u64(o, "outstanding_txs", h->queued_txs);
    put_u64(o, "mempool_size", h->queued_txs);
    put_null(o, "core_status");
    return o;
}

static struct json_object *token_list(struct rest_call *c, bool fees_only)
{
    if (!worker_tokens(c->w, &c->e)) return NULL;
    struct json_object *list = json_new_array();
    for (size_t i = 0; i < c->w->n_tokens; i++) {
        const struct store_token *t = &c->w->tokens[i];
        if (!fees_only || t->enabled_for_fees || t->id == TOKEN_ID_ETH) append(list, json_token_rpc(t));
    }
    return list;
}

V01(get_tokens)
{
    return token_list(c, false);
}

V01(get_fee_tokens)
{
    return token_list(c, true);
}

/* Of blocks executed lately: seconds from their timestamp to their execution on L1. */
V01(get_withdrawal_time)
{
    size_t n = 0;
    uint64_t sum = 0, least = UINT64_MAX;
    struct store_block *b = c->w->blocks;
    if (!worker_heads(c->w, &c->e)) return NULL;
    uint32_t last = c->w->heads.last_executed;
    if (last > 0 &&
        store_blocks_page(c->w->store, b, &n, TIMED_BLOCKS, last, STORE_OLDER, STORE_BLOCK_EXECUTED) != ZK_OK)
        return fail_store(&c->e);
    for (size_t i = 0; i < n; i++) {
        int64_t took = b[i].execute.at / 1000000 - (int64_t)b[i].header.timestamp;
        uint64_t seconds = took > 0 ? (uint64_t)took : 0;
        sum += seconds;
        if (seconds < least) least = seconds;
    }
    struct json_object *o = json_new_object();
    put_u64(o, "normal", n > 0 ? sum / n : 0);
    put_u64(o, "fast", n > 0 ? least : 0);
    return o;
}

/* ---- operations as v0.1 writes them */

static void put_symbol(struct json_object *o, const char *key, struct rest_call *c, uint32_t token)
{
    char symbol[SYMBOL_TEXT_MAX];
    put_text(o, key, worker_symbol(c->w, symbol, token, &c->e));
}

static struct json_object *l2_json(struct rest_call *c, const struct store_op *op, bool symbols)
{
    struct json_object *o;
    const struct tx *tx = &op->tx.tx;
    if (tx_to_json(&o, tx) != ZK_OK) return fail_rpc(&c->e, -32603, "Internal error");
    if (symbols && tx->type == TX_TRANSFER) put_symbol(o, "token", c, tx->transfer.token);
    if (symbols && tx->type == TX_WITHDRAW) put_symbol(o, "token", c, tx->withdraw.token);
    if (symbols && tx->type == TX_FORCED_EXIT) put_symbol(o, "token", c, tx->forced_exit.token);
    struct time_range valid = tx_valid(tx);
    if (tx->type != TX_SWAP && tx->type != TX_MINT_NFT) {
        put_u64(o, "validFrom", valid.from);
        put_u64(o, "validUntil", valid.until);
    }
    if (tx->type == TX_CHANGE_PUBKEY) {
        if (json_member(o, "ethAuthData") == NULL) put_null(o, "ethAuthData");
        if (json_member(o, "ethSignature") == NULL) put_null(o, "ethSignature");
        put_u64(o, "chainId", c->api->config.chain_id);
    }
    return o;
}

static void put_token(struct json_object *o, struct rest_call *c, uint32_t token, bool symbols)
{
    if (symbols) {
        put_symbol(o, "token", c, token);
    } else {
        put_u64(o, "token", token);
    }
}

static struct json_object *l1_json(struct rest_call *c, const struct store_op *op, bool symbols)
{
    const struct priority_op *p = &op->priority.op;
    struct json_object *o = json_new_object(), *inner = json_new_object();
    if (p->type == PRIORITY_DEPOSIT) {
        put_text(o, "type", "Deposit");
        put_u64_or_null(o, "account_id", op->place.block != 0 && op->account != ACCOUNT_ID_NOBODY, op->account);
        put_address(inner, "from", &op->priority.sender);
        put_token(inner, c, p->deposit.token, symbols);
        put_u128(inner, "amount", p->deposit.amount);
        put_address(inner, "to", &p->deposit.to);
        put(o, "priority_op", inner);
        return o;
    }
    bool nft = op->kind == OP_FULL_EXIT_NFT && op->amount == 1;
    put_text(o, "type", "FullExit");
    put_u64(inner, "account_id", p->full_exit.account_id);
    put_address(inner, "eth_address", &p->full_exit.owner);
    put_token(inner, c, p->full_exit.token, symbols);
    put(o, "priority_op", inner);
    put(o, "withdraw_amount", op->place.block != 0 ? json_new_u128(op->amount) : NULL);
    put_u64_or_null(o, "creator_account_id", nft, op->nft.creator);
    put(o, "creator_address", nft ? json_new_hex("0x", op->nft.creator_address.b, 20) : NULL);
    put_u64_or_null(o, "serial_id", nft, op->nft.serial);
    put(o, "content_hash", nft ? json_new_hex("0x", op->nft.hash.b, 32) : NULL);
    return o;
}

static struct json_object *op_json(struct rest_call *c, const struct store_op *op, bool symbols)
{
    return op->is_priority ? l1_json(c, op, symbols) : l2_json(c, op, symbols);
}

/* L2: sync-tx:; L1: the transaction on L1. */
static struct json_object *hash_json(const struct store_op *op)
{
    return op->is_priority ? json_new_hex("0x", op->priority.eth_hash.b, 32)
                           : json_new_hex("sync-tx:", op->tx.hash.b, 32);
}

static void put_outcome(struct json_object *o, const struct store_op *op)
{
    bool executed = op->place.block != 0;
    put(o, "success", executed ? json_object_new_boolean(!op->rejected) : NULL);
    put_text(o, "fail_reason", op->rejected ? op->tx.fail_reason : NULL);
    put_u64_or_null(o, "batch_id", !op->is_priority && op->tx.batch_id != 0, op->tx.batch_id);
}

/* ---- histories */

static struct json_object *history_item(struct rest_call *c, const struct store_op *op)
{
    char place[32];
    bool executed = op->place.block != 0;
    struct json_object *o = json_new_object();
    (void)snprintf(place, sizeof place, "%u,%u", op->place.block, op->place.index);
    put_text(o, "tx_id", executed ? place : "-");
    put(o, "hash", hash_json(op));
    put_u64_or_null(o, "eth_block", op->is_priority, op->priority.eth_block);
    put_u64_or_null(o, "pq_id", op->is_priority, op->priority.serial_id);
    put(o, "tx", op_json(c, op, true));
    put_outcome(o, op);
    put_bool(o, "commited", executed);
    put_bool(o, "verified", executed && op->place.block <= c->w->heads.last_executed);
    put_time(o, "created_at", executed ? op->executed_at : op->is_priority ? op->priority.created_at : 0);
    return o;
}

static bool get_limit(struct rest_call *c, unsigned *limit, const char *text, unsigned fallback)
{
    uint64_t n;
    *limit = fallback;
    if (text == NULL) return true;
    if (parse_u64(&n, text, STORE_PAGE_MAX)) {
        *limit = (unsigned)n;
        return true;
    }
    fail_status(&c->e, 400, "limit: want a number up to %d", STORE_PAGE_MAX);
    return false;
}

static bool get_address(struct rest_call *c, eth_address *a)
{
    if (parse_address(a, c->args[0], false)) return true;
    fail_status(&c->e, 404, "Not found");
    return false;
}

/* The executed entries after the first `skip`, newest first, appended. */
static bool append_executed(struct rest_call *c, struct json_object *list, const eth_address *a, uint64_t skip,
                            size_t limit)
{
    struct store_history_filter f = {.address = a};
    struct store_place from = STORE_PLACE_LAST;
    for (;;) {
        size_t n, want = skip > 0 ? STORE_PAGE_MAX : limit;
        if (limit == 0) return true;
        if (store_history_page(c->w->store, c->w->ops, &n, want, &f, from, STORE_OLDER) != ZK_OK) {
            fail_store(&c->e);
            return false;
        }
        for (size_t i = 0; i < n && limit > 0; i++) {
            if (skip > 0) {
                skip--;
                continue;
            }
            append(list, history_item(c, &c->w->ops[i]));
            limit--;
        }
        if (n < want) return true;
        from = c->w->ops[n - 1].place;
        if (from.index > 0) {
            from.index--;
        } else if (from.block > 0) {
            from = (struct store_place){from.block - 1, UINT32_MAX};
        } else {
            return true;
        }
    }
}

/* Pending deposits count first against offset and limit, and stand at the end. */
V01(get_history)
{
    eth_address a;
    uint64_t offset;
    unsigned limit;
    size_t pending = 0, shown = 0;
    if (!get_address(c, &a) || !get_limit(c, &limit, c->args[2], 0) || !worker_heads(c->w, &c->e)) return NULL;
    if (!parse_u64(&offset, c->args[1], OFFSET_MAX))
        return fail_status(&c->e, 400, "offset: want a number up to %d", OFFSET_MAX);
    if (store_priority_pending(c->w->store, c->w->pending, &pending, STORE_PAGE_MAX, &a, INT64_MAX, STORE_OLDER) !=
        ZK_OK)
        return fail_store(&c->e);
    if (offset < pending) shown = pending - offset < limit ? pending - offset : limit;
    struct json_object *list = json_new_array();
    uint64_t skip = offset > pending ? offset - pending : 0;
    if (!append_executed(c, list, &a, skip, limit - shown)) {
        json_object_put(list);
        return NULL;
    }
    for (size_t i = 0; i < shown; i++) {
        struct store_op op = {.is_priority = true, .priority = c->w->pending[offset + i]};
        append(list, history_item(c, &op));
    }
    return list;
}

/* "block,index" */
static bool get_place(struct rest_call *c, struct store_place *place, bool *given)
{
    const char *text = query_get(&c->query, "tx_id");
    char block[16];
    uint64_t b, i;
    *given = text != NULL;
    if (text == NULL) return true;
    size_t len = strcspn(text, ",");
    if (len < sizeof block && text[len] == ',') {
        memcpy(block, text, len);
        block[len] = '\0';
        if (parse_u64(&b, block, UINT32_MAX) && parse_u64(&i, text + len + 1, UINT32_MAX)) {
            *place = (struct store_place){(uint32_t)b, (uint32_t)i};
            return true;
        }
    }
    fail_status(&c->e, 400, "tx_id: want \"block,index\"");
    return false;
}

static struct json_object *history_from(struct rest_call *c, store_order order)
{
    eth_address a;
    struct store_place from = order == STORE_OLDER ? STORE_PLACE_LAST : STORE_PLACE_FIRST;
    bool given;
    unsigned limit;
    size_t n;
    if (!get_address(c, &a) || !get_limit(c, &limit, query_get(&c->query, "limit"), STORE_PAGE_MAX) ||
        !get_place(c, &from, &given) || !worker_heads(c->w, &c->e))
        return NULL;
    if (given && order == STORE_NEWER) /* the entry itself is not wanted */
        from = from.index < UINT32_MAX ? (struct store_place){from.block, from.index + 1}
                                       : (struct store_place){from.block < UINT32_MAX ? from.block + 1 : from.block, 0};
    if (given && order == STORE_OLDER)
        from = from.index > 0 ? (struct store_place){from.block, from.index - 1}
                              : (struct store_place){from.block > 0 ? from.block - 1 : 0, UINT32_MAX};
    struct store_history_filter f = {.address = &a};
    if (store_history_page(c->w->store, c->w->ops, &n, limit, &f, from, order) != ZK_OK) return fail_store(&c->e);
    struct json_object *list = json_new_array(); /* newest first, either way */
    for (size_t i = 0; i < n; i++) append(list, history_item(c, &c->w->ops[order == STORE_OLDER ? i : n - 1 - i]));
    return list;
}

V01(get_history_older)
{
    return history_from(c, STORE_OLDER);
}

V01(get_history_newer)
{
    return history_from(c, STORE_NEWER);
}

/* ---- transactions */

V01(get_transaction)
{
    struct store_op *op = &c->w->ops[0];
    hash32 hash;
    bool found;
    if (!rest_hash(c, &hash, c->args[0]) || !op_find(c->w, op, &found, &hash, &c->e)) return NULL;
    if (!found || op->place.block == 0) return NULL;
    struct json_object *o = json_new_object();
    put(o, "tx_hash", hash_json(op));
    put_u64(o, "block_number", op->place.block);
    put_bool(o, "success", !op->rejected);
    put_bool(o, "verified", op->place.block <= c->w->heads.last_executed);
    put_text(o, "fail_reason", op->rejected ? op->tx.fail_reason : NULL);
    put_null(o, "prover_run");
    return o;
}

static void put_ends(struct json_object *o, const eth_address *from, const eth_address *to)
{
    put_address(o, "from", from);
    put_address(o, "to", to);
}

static void put_all_l2(struct json_object *o, const struct store_op *op)
{
    const struct tx *tx = &op->tx.tx;
    uint32_t token = tx_fee_token(tx);
    struct json_object *amount = NULL;
    put_text(o, "tx_type", tx_type_str(tx->type));
    switch (tx->type) {
    case TX_TRANSFER:
        put_ends(o, &tx->transfer.from, &tx->transfer.to);
        token = tx->transfer.token;
        amount = json_new_u128(tx->transfer.amount);
        break;
    case TX_WITHDRAW:
        put_ends(o, &tx->withdraw.from, &tx->withdraw.to);
        token = tx->withdraw.token;
        amount = json_new_u128(tx->withdraw.amount);
        break;
    case TX_CHANGE_PUBKEY:
        put_address(o, "from", &tx->change_pubkey.account);
        put_pubkey_hash(o, "to", &tx->change_pubkey.new_pubkey_hash);
        amount = json_new_text("unknown amount");
        break;
    case TX_MINT_NFT:
        put_ends(o, &tx->mint_nft.creator, &tx->mint_nft.recipient);
        amount = json_new_text("1");
        break;
    case TX_WITHDRAW_NFT:
        put_ends(o, &tx->withdraw_nft.from, &tx->withdraw_nft.to);
        token = tx->withdraw_nft.token;
        amount = json_new_text("1");
        break;
    case TX_FORCED_EXIT:
        put_ends(o, &tx->forced_exit.target, &tx->forced_exit.target);
        token = tx->forced_exit.token;
        amount = json_new_u128(op->amount);
        break;
    case TX_SWAP:
        put_ends(o, &tx->swap.submitter, &tx->swap.submitter);
        amount = json_new_text("0");
        break;
    }
    put_u64(o, "token", token);
    put(o, "amount", amount);
    put_u128(o, "fee", tx_fee(tx));
    put_u64(o, "nonce", tx_nonce(tx));
}

static void put_all_l1(struct json_object *o, const struct store_op *op)
{
    const struct priority_op *p = &op->priority.op;
    bool deposit = p->type == PRIORITY_DEPOSIT;
    put_text(o, "tx_type", deposit ? "Deposit" : "FullExit");
    if (deposit) {
        put_ends(o, &op->priority.sender, &p->deposit.to);
    } else {
        put_ends(o, &p->full_exit.owner, &p->full_exit.owner);
    }
    put_u64(o, "token", deposit ? p->deposit.token : p->full_exit.token);
    put_u128(o, "amount", deposit ? p->deposit.amount : op->amount);
    put_null(o, "fee");
    put(o, "nonce", json_object_new_int(-1));
}

V01(get_transaction_all)
{
    struct store_op *op = &c->w->ops[0];
    hash32 hash;
    bool found;
    if (!rest_hash(c, &hash, c->args[0]) || !op_find(c->w, op, &found, &hash, &c->e)) return NULL;
    if (!found || (op->place.block == 0 && !op->is_priority)) return NULL;
    struct json_object *o = json_new_object();
    if (op->is_priority) {
        put_all_l1(o, op);
    } else {
        put_all_l2(o, op);
    }
    put(o, "block_number", json_object_new_int64(op->place.block != 0 ? (int64_t)op->place.block : -1));
    put_time(o, "created_at", op->place.block != 0 ? op->executed_at : op->priority.created_at);
    put_text(o, "fail_reason", op->rejected ? op->tx.fail_reason : NULL);
    put(o, "tx", op_json(c, op, false));
    put_u64_or_null(o, "batch_id", !op->is_priority && op->tx.batch_id != 0, op->tx.batch_id);
    return o;
}

V01(get_priority_operation)
{
    struct store_priority_op p;
    uint64_t id;
    bool found;
    if (!rest_number(c, &id, c->args[0], INT64_MAX) || !worker_heads(c->w, &c->e)) return NULL;
    if (store_priority_get(c->w->store, &p, &found, id) != ZK_OK) return fail_store(&c->e);
    struct json_object *o = json_new_object();
    put_bool(o, "committed", found && p.executed);
    put_bool(o, "verified", found && p.executed && p.block <= c->w->heads.last_executed);
    put_null(o, "prover_run");
    return o;
}

/* ---- blocks */

static struct json_object *block_json(const struct store_block *b)
{
    struct json_object *o = json_new_object();
    put_u64(o, "block_number", b->header.number);
    put_fr(o, "new_state_root", "sync-bl:", &b->new_root);
    put_u64(o, "block_size", b->capacity);
    put(o, "commit_tx_hash", b->commit.done ? json_new_hex("0x", b->commit.hash.b, 32) : NULL);
    put(o, "verify_tx_hash", b->execute.done ? json_new_hex("0x", b->execute.hash.b, 32) : NULL);
    put_time(o, "committed_at", b->commit.done ? b->commit.at : b->sealed_at);
    put_time(o, "verified_at", b->execute.done ? b->execute.at : 0);
    return o;
}

V01(get_blocks)
{
    const char *max = query_get(&c->query, "max_block");
    unsigned limit;
    uint64_t from;
    size_t n;
    if (!get_limit(c, &limit, query_get(&c->query, "limit"), BLOCKS_DEFAULT) || !worker_heads(c->w, &c->e)) return NULL;
    from = c->w->heads.last_committed;
    if (max != NULL && !parse_u64(&from, max, UINT32_MAX)) return fail_status(&c->e, 400, "max_block: want a number");
    if (store_blocks_page(c->w->store, c->w->blocks, &n, limit, (uint32_t)from, STORE_OLDER, STORE_BLOCK_COMMITTED) !=
        ZK_OK)
        return fail_store(&c->e);
    struct json_object *list = json_new_array();
    for (size_t i = 0; i < n; i++) append(list, block_json(&c->w->blocks[i]));
    return list;
}

static struct json_object *block_or_404(struct rest_call *c, uint32_t number)
{
    const struct store_block *b = worker_block(c->w, number, &c->e);
    if (b == NULL || b->status < STORE_BLOCK_COMMITTED) return fail_status(&c->e, 404, "Block not found");
    return block_json(b);
}

V01(get_block)
{
    uint64_t n;
    return rest_number(c, &n, c->args[0], UINT32_MAX) ? block_or_404(c, (uint32_t)n) : NULL;
}

V01(get_search)
{
    const char *q = query_get(&c->query, "query"), *why;
    uint64_t n;
    hash32 hash;
    uint32_t number;
    bool found = false;
    if (q == NULL) return fail_status(&c->e, 400, "want query=");
    if (parse_u64(&n, q, UINT32_MAX)) return block_or_404(c, (uint32_t)n);
    if (strncmp(q, "sync-bl:", 8) == 0) q += 8;
    bool is_hash = strlen(q) == 64 ? hex_decode(hash.b, 32, q, 64) : parse_tx_hash(&hash, q, &why);
    if (is_hash && store_block_find(c->w->store, &number, &found, &hash) != ZK_OK) return fail_store(&c->e);
    return found ? block_or_404(c, number) : fail_status(&c->e, 404, "Block not found");
}

static struct json_object *executed_json(struct rest_call *c, const struct store_op *op)
{
    struct json_object *o = json_new_object();
    put(o, "tx_hash", hash_json(op));
    put_u64(o, "block_number", op->place.block);
    put_u64_or_null(o, "block_index", !op->rejected, op->place.index);
    put(o, "op", op_json(c, op, false));
    put_outcome(o, op);
    put_time(o, "created_at", op->executed_at);
    return o;
}

V01(get_block_transactions)
{
    uint64_t number;
    uint32_t from = 0;
    if (!rest_number(c, &number, c->args[0], UINT32_MAX)) return NULL;
    struct json_object *list = json_new_array();
    for (;;) {
        size_t n;
        if (store_block_page(c->w->store, c->w->ops, &n, STORE_PAGE_MAX, (uint32_t)number, from, STORE_NEWER) !=
            ZK_OK) {
            json_object_put(list);
            return fail_store(&c->e);
        }
        for (size_t i = 0; i < n; i++) append(list, executed_json(c, &c->w->ops[i]));
        if (n < STORE_PAGE_MAX) return list;
        from = c->w->ops[n - 1].place.index + 1;
    }
}

V01(get_block_transaction)
{
    uint64_t number, index;
    bool found;
    if (!rest_number(c, &number, c->args[0], UINT32_MAX) || !rest_number(c, &index, c->args[1], UINT32_MAX))
        return NULL;
    struct store_place place = {(uint32_t)number, (uint32_t)index};
    if (store_op_get(c->w->store, &c->w->ops[0], &found, place) != ZK_OK) return fail_store(&c->e);
    return found ? executed_json(c, &c->w->ops[0]) : fail_status(&c->e, 404, "Transaction not found");
}

/* ---- the service of exits paid on L1, which this node does not offer */

V01(get_forced_exit_status)
{
    (void)c;
    struct json_object *o = json_new_object();
    put_text(o, "status", "disabled");
    return o;
}

#define BASE "/api/v0.1"
const struct rest_route routes_v01[] = {
    {HTTP_GET, REST_V01, BASE "/testnet_config", get_testnet_config},
    {HTTP_GET, REST_V01, BASE "/status", get_status},
    {HTTP_GET, REST_V01, BASE "/tokens", get_tokens},
    {HTTP_GET, REST_V01, BASE "/tokens_acceptable_for_fees", get_fee_tokens},
    {HTTP_GET, REST_V01, BASE "/account/{address}/history/older_than", get_history_older},
    {HTTP_GET, REST_V01, BASE "/account/{address}/history/newer_than", get_history_newer},
    {HTTP_GET, REST_V01, BASE "/account/{address}/history/{offset}/{limit}", get_history},
    {HTTP_GET, REST_V01, BASE "/transactions/{hash}", get_transaction},
    {HTTP_GET, REST_V01, BASE "/transactions_all/{hash}", get_transaction_all},
    {HTTP_GET, REST_V01, BASE "/priority_operations/{id}", get_priority_operation},
    {HTTP_GET, REST_V01, BASE "/blocks", get_blocks},
    {HTTP_GET, REST_V01, BASE "/blocks/{number}", get_block},
    {HTTP_GET, REST_V01, BASE "/blocks/{number}/transactions", get_block_transactions},
    {HTTP_GET, REST_V01, BASE "/blocks/{number}/transactions/{index}", get_block_transaction},
    {HTTP_GET, REST_V01, BASE "/search", get_search},
    {HTTP_GET, REST_V01, BASE "/withdrawal_processing_time", get_withdrawal_time},
    {HTTP_GET, REST_V01, "/api/forced_exit_requests/v0.1/status", get_forced_exit_status},
    {0},
};
