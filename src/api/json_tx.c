#include "api/model.h"

#include "api/api_internal.h"
#include "rollup/tx_json.h"

#include <string.h>

/* ---- JSON-RPC: what became of it */

static struct json_object *block_part(uint32_t block, const struct store_heads *heads)
{
    struct json_object *o = json_new_object();
    put_u64(o, "blockNumber", block);
    put_bool(o, "committed", true); /* executed: that is what the protocol means by it */
    put_bool(o, "verified", block <= heads->last_executed);
    return o;
}

struct json_object *json_tx_info(struct api_worker *w, const hash32 *hash, struct api_error *e)
{
    struct store_tx tx;
    bool found;
    if (!worker_heads(w, e)) return NULL;
    if (store_tx_get(w->store, &tx, &found, hash) != ZK_OK) return fail_store(e);
    bool executed = found && tx.status != STORE_TX_QUEUED;
    bool rejected = executed && tx.status == STORE_TX_REJECTED;
    struct json_object *o = json_new_object();
    put_bool(o, "executed", executed);
    if (executed) {
        put_bool(o, "success", !rejected);
    } else {
        put_null(o, "success");
    }
    put_text(o, "failReason", rejected ? tx.fail_reason : NULL);
    put(o, "block", executed ? block_part(tx.block, &w->heads) : NULL);
    return o;
}

struct json_object *json_ethop_info(struct api_worker *w, uint64_t serial_id, struct api_error *e)
{
    struct store_priority_op p;
    bool found;
    if (!worker_heads(w, e)) return NULL;
    if (store_priority_get(w->store, &p, &found, serial_id) != ZK_OK) return fail_store(e);
    struct json_object *o = json_new_object();
    put_bool(o, "executed", found && p.executed);
    put(o, "block", found && p.executed ? block_part(p.block, &w->heads) : NULL);
    return o;
}

struct json_object *json_eth_tx_for_withdrawal(struct api_worker *w, const hash32 *hash, struct api_error *e)
{
    struct store_tx tx;
    bool found;
    if (store_tx_get(w->store, &tx, &found, hash) != ZK_OK) return fail_store(e);
    if (!found || tx.status != STORE_TX_EXECUTED) return NULL;
    const struct store_block *b = worker_block(w, tx.block, e);
    return b != NULL && b->execute.done ? json_new_hex("0x", b->execute.hash.b, 32) : NULL;
}

/* ---- REST */

const char *op_status(const struct store_op *op, const struct store_heads *heads)
{
    if (op->place.block == 0) return "queued";
    if (op->rejected) return "rejected";
    return op->place.block <= heads->last_executed ? "finalized" : "committed";
}

const hash32 *op_hash(const struct store_op *op)
{
    return op->is_priority ? &op->priority.hash : &op->tx.hash;
}

bool op_find(struct api_worker *w, struct store_op *op, bool *found, const hash32 *hash, struct api_error *e)
{
    struct store_place place;
    memset(op, 0, sizeof *op);
    if (!worker_heads(w, e)) return false;
    if (store_op_place(w->store, &place, found, hash) != ZK_OK) goto failed;
    if (*found) {
        if (store_op_get(w->store, op, found, place) != ZK_OK) goto failed;
        return true;
    }
    if (store_tx_get(w->store, &op->tx, found, hash) != ZK_OK) goto failed;
    if (*found) {
        op->place = (struct store_place){op->tx.block, op->tx.index};
        op->rejected = op->tx.status == STORE_TX_REJECTED;
        op->executed_at = op->tx.executed_at;
        return true;
    }
    op->is_priority = true;
    if (store_priority_by_hash(w->store, &op->priority, found, hash) != ZK_OK) goto failed;
    if (!*found && store_priority_by_eth_hash(w->store, &op->priority, found, hash) != ZK_OK) goto failed;
    return true;
failed:
    fail_store(e);
    return false;
}

struct json_object *json_receipt(struct api_worker *w, const hash32 *hash, struct api_error *e)
{
    struct store_op op;
    bool found;
    if (!op_find(w, &op, &found, hash, e) || !found) return NULL;
    struct json_object *o = json_new_object();
    uint32_t block = op.place.block;
    if (op.is_priority) {
        put_text(o, "status", op_status(&op, &w->heads));
        put_u64(o, "ethBlock", op.priority.eth_block);
        put_u64_or_null(o, "rollupBlock", block != 0, block);
        put_u64(o, "id", op.priority.serial_id);
        return o;
    }
    put_hash(o, "txHash", &op.tx.hash);
    put_u64_or_null(o, "rollupBlock", block != 0, block);
    put_text(o, "status", op_status(&op, &w->heads));
    put_text(o, "failReason", op.rejected ? op.tx.fail_reason : NULL);
    return o;
}

static struct json_object *execute_hash(struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    if (op->rejected || op->place.block == 0 || op->place.block > w->heads.last_executed) return NULL;
    const struct store_block *b = worker_block(w, op->place.block, e);
    return b != NULL && b->execute.done ? json_new_hex("0x", b->execute.hash.b, 32) : NULL;
}

/* The transaction as its user sent it, with what REST adds. */
static struct json_object *l2_op(struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    struct json_object *o;
    if (tx_to_json(&o, &op->tx.tx) != ZK_OK) return fail_rpc(e, -32603, "Internal error");
    switch (op->tx.tx.type) {
    case TX_WITHDRAW:
    case TX_FORCED_EXIT:
    case TX_WITHDRAW_NFT: put(o, "ethTxHash", execute_hash(w, op, e)); break;
    case TX_CHANGE_PUBKEY:
        if (json_member(o, "ethAuthData") == NULL) put_null(o, "ethAuthData");
        if (json_member(o, "ethSignature") == NULL) put_null(o, "ethSignature");
        put_u64(o, "chainId", w->api->config.chain_id);
        break;
    default: break;
    }
    return o;
}

static struct json_object *l1_op(const struct store_op *op)
{
    const struct store_priority_op *p = &op->priority;
    struct json_object *o = json_new_object();
    bool executed = op->place.block != 0;
    if (p->op.type == PRIORITY_DEPOSIT) {
        put_text(o, "type", "Deposit");
        put_address(o, "from", &p->sender);
        put_u64(o, "tokenId", p->op.deposit.token);
        put_u128(o, "amount", p->op.deposit.amount);
        put_address(o, "to", &p->op.deposit.to);
        put_u64_or_null(o, "accountId", executed && op->account != ACCOUNT_ID_NOBODY, op->account);
    } else {
        put_text(o, "type", "FullExit");
        put_u64(o, "accountId", p->op.full_exit.account_id);
        put_u64(o, "tokenId", p->op.full_exit.token);
    }
    put_hash(o, "ethHash", &p->eth_hash);
    put_u64(o, "id", p->serial_id);
    put_hash(o, "txHash", &p->hash);
    return o;
}

struct json_object *json_tx_data(struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    struct json_object *o = json_new_object();
    bool executed = op->place.block != 0;
    put_hash(o, "txHash", op_hash(op));
    put_u64_or_null(o, "blockIndex", executed, op->place.index);
    put_u64_or_null(o, "blockNumber", executed, op->place.block);
    put(o, "op", op->is_priority ? l1_op(op) : l2_op(w, op, e));
    put_text(o, "status", op_status(op, &w->heads));
    put_text(o, "failReason", op->rejected ? op->tx.fail_reason : NULL);
    put_time(o, "createdAt", executed ? op->executed_at : op->is_priority ? 0 : op->tx.accepted_at);
    put_u64_or_null(o, "batchId", !op->is_priority && op->tx.batch_id != 0, op->tx.batch_id);
    return o;
}

struct json_object *json_tx_data_pending(const struct store_priority_op *p)
{
    struct store_op op = {.is_priority = true, .priority = *p};
    struct json_object *o = json_new_object();
    put_hash(o, "txHash", &p->hash);
    put_null(o, "blockIndex");
    put_null(o, "blockNumber");
    put(o, "op", l1_op(&op));
    put_text(o, "status", "queued");
    put_null(o, "failReason");
    put_null(o, "createdAt");
    put_null(o, "batchId");
    return o;
}

static struct json_object *eth_signature(struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    store_eth_sig kind;
    uint8_t sig[STORE_ETH_SIG_MAX];
    char text[2 + 2 * STORE_ETH_SIG_MAX + 1] = "0x";
    size_t len;
    bool found;
    if (op->is_priority) return NULL;
    if (store_tx_signature(w->store, &kind, sig, &len, &found, &op->tx.hash) != ZK_OK) return fail_store(e);
    if (!found || kind == STORE_ETH_SIG_NONE) return NULL;
    hex_encode(text + 2, sig, len);
    return json_new_text(text);
}

struct json_object *json_tx_data_by_hash(struct api_worker *w, const hash32 *hash, struct api_error *e)
{
    struct store_op op;
    bool found;
    if (!op_find(w, &op, &found, hash, e) || !found) return NULL;
    struct json_object *o = json_new_object();
    put(o, "tx", json_tx_data(w, &op, e));
    put(o, "ethSignature", eth_signature(w, &op, e));
    if (!e->set) return o;
    json_object_put(o);
    return NULL;
}
