/* The client's half that asks for fees, submits, and asks what became of it. */
#include "base/bytes.h"
#include "cli/client_internal.h"
#include "rollup/amount.h"
#include "rollup/tx_json.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- fees */

static struct json_object *fee_type_json(client_fee_type type)
{
    static const char *const names[] = {
        [CLIENT_FEE_TRANSFER] = "Transfer",
        [CLIENT_FEE_WITHDRAW] = "Withdraw",
        [CLIENT_FEE_FAST_WITHDRAW] = "FastWithdraw",
        [CLIENT_FEE_FORCED_EXIT] = "ForcedExit",
        [CLIENT_FEE_MINT_NFT] = "MintNFT",
        [CLIENT_FEE_WITHDRAW_NFT] = "WithdrawNFT",
        [CLIENT_FEE_FAST_WITHDRAW_NFT] = "FastWithdrawNFT",
        [CLIENT_FEE_SWAP] = "Swap",
    };
    if (type == CLIENT_FEE_CHANGE_PUBKEY_ONCHAIN || type == CLIENT_FEE_CHANGE_PUBKEY_ECDSA) {
        struct json_object *o = json_object_new_object();
        const char *how = type == CLIENT_FEE_CHANGE_PUBKEY_ONCHAIN ? "Onchain" : "ECDSA";
        (void)json_object_object_add(o, "ChangePubKey", json_object_new_string(how));
        return o;
    }
    return json_object_new_string(names[type]);
}

zk_err client_fee(struct client *c, u128 *fee, client_fee_type type, const eth_address *to, uint32_t token)
{
    struct rpc_reply reply;
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, fee_type_json(type));
    (void)json_object_array_add(params, client_json_hex(to->b, 20));
    (void)json_object_array_add(params, json_object_new_uint64(token));
    ZK_TRY(client_call(c, &reply, "get_tx_fee", params));
    bool ok = client_read_amount(client_get(reply.result, "totalFee"), fee) && fee_is_packable(*fee);
    rpc_reply_free(&reply);
    return ok ? ZK_OK : client_bad_answer("get_tx_fee");
}

zk_err client_fee_batch(struct client *c, u128 *fee, const client_fee_type *types, const eth_address *to, size_t n,
                        uint32_t token)
{
    struct rpc_reply reply;
    struct json_object *kinds = json_object_new_array();
    struct json_object *addresses = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_object_array_add(kinds, fee_type_json(types[i]));
        (void)json_object_array_add(addresses, client_json_hex(to[i].b, 20));
    }
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, kinds);
    (void)json_object_array_add(params, addresses);
    (void)json_object_array_add(params, json_object_new_uint64(token));
    ZK_TRY(client_call(c, &reply, "get_txs_batch_fee_in_wei", params));
    bool ok = client_read_amount(client_get(reply.result, "totalFee"), fee) && fee_is_packable(*fee);
    rpc_reply_free(&reply);
    return ok ? ZK_OK : client_bad_answer("get_txs_batch_fee_in_wei");
}

/* ---- submitting */

static struct json_object *eth_signature_json(const uint8_t *signature)
{
    if (signature == NULL) return NULL;
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "type", json_object_new_string("EthereumSignature"));
    (void)json_object_object_add(o, "signature", client_json_hex(signature, 65));
    return o;
}

static bool read_hash(hash32 *out, struct json_object *v)
{
    return v != NULL && json_object_is_type(v, json_type_string) && client_hash_parse(out, json_object_get_string(v));
}

static zk_err ask_receipt(struct client *c, struct json_object **receipt, const hash32 *hash)
{
    char path[128];
    char hex[65];
    hex_encode(hex, hash->b, 32);
    (void)snprintf(path, sizeof path, "/transactions/0x%s", hex);
    return client_rest(c, receipt, path);
}

zk_err client_tx_known(struct client *c, bool *known, const hash32 *hash)
{
    struct json_object *receipt = NULL;
    ZK_TRY(ask_receipt(c, &receipt, hash));
    *known = receipt != NULL;
    json_object_put(receipt);
    return ZK_OK;
}

/* Does the node have the transaction, not rejected? Asked when it refuses one that it may have taken a moment ago, or
 * does not answer. */
static bool node_has(struct client *c, const hash32 *hash)
{
    struct json_object *receipt = NULL;
    int64_t refusal = c->refusal;
    (void)!ask_receipt(c, &receipt, hash);
    struct json_object *status = client_get(receipt, "status");
    bool has = receipt != NULL && status != NULL && json_object_is_type(status, json_type_string) &&
               strcmp(json_object_get_string(status), "rejected") != 0;
    json_object_put(receipt);
    c->refusal = refusal;
    return has;
}

/* Submits, again where an answer was lost. An answer that is lost may hide a yes: the second attempt is then refused as
 * a duplicate or, if it was executed meanwhile, for its nonce. So after a loss a refusal is none: only the transaction
 * itself tells, and while it is not seen the outcome is unknown (ZK_ERR_IO). Otherwise a caller would sign another one.
 *
 *   attempt answered: yes                         -> ZK_OK, reply is set
 *   attempt answered: no, and nothing was lost    -> ZK_ERR_INPUT, unless the node has it (sent by an earlier process)
 *   lost, or refused after a loss, and it is there -> ZK_OK without a reply
 *   otherwise, at the last attempt                -> ZK_ERR_IO */
static zk_err submit(struct client *c, struct rpc_reply *reply, bool *replied, const char *method,
                     struct json_object *params, const hash32 *hash)
{
    zk_err err = ZK_ERR_IO;
    bool lost = false;
    char why[200];
    *replied = false;
    for (uint32_t i = 0; i < c->tries; i++) {
        c->refusal = 0;
        err = rpc_call(c->once, reply, method, json_object_get(params));
        if (err == ZK_OK && !reply->failed) {
            *replied = true;
            break;
        }
        if (err == ZK_OK) {
            c->refusal = reply->code;
            err = zk_fail(ZK_ERR_INPUT, "the node refuses: %s (code %lld)", reply->message, (long long)reply->code);
            rpc_reply_free(reply);
        }
        if (err != ZK_ERR_INPUT && err != ZK_ERR_IO) break;
        lost = lost || err == ZK_ERR_IO;
        (void)snprintf(why, sizeof why, "%s", zk_err_message());
        if (node_has(c, hash)) {
            c->refusal = 0;
            err = ZK_OK;
            break;
        }
        err = zk_fail(lost ? ZK_ERR_IO : ZK_ERR_INPUT, "%s", why);
        if (!lost) break;
    }
    if (lost && err != ZK_OK) c->refusal = 0;
    json_object_put(params);
    return err;
}

zk_err client_submit(struct client *c, hash32 *hash, const struct client_submission *s, bool fast)
{
    static const char method[] = "tx_submit";
    struct rpc_reply reply;
    struct json_object *tx;
    hash32 got;
    ZK_TRY(tx_hash(hash, s->tx));
    ZK_TRY(tx_to_json(&tx, s->tx));
    json_object_object_del(tx, "fast"); /* RPC's third parameter says it */
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, tx);
    (void)json_object_array_add(params, eth_signature_json(s->eth_signature));
    (void)json_object_array_add(params, json_object_new_boolean(fast));
    bool replied;
    ZK_TRY(submit(c, &reply, &replied, method, params, hash));
    if (!replied) return ZK_OK;
    bool ok = read_hash(&got, reply.result);
    rpc_reply_free(&reply);
    if (!ok) return client_bad_answer(method);
    return hash32_eq(hash, &got) ? ZK_OK : zk_fail(ZK_ERR_IO, "the node has another hash for this transaction");
}

static zk_err batch_params(struct json_object **out, const struct client_submission *s, size_t n,
                           const uint8_t *batch_signature)
{
    struct json_object *txs = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_new_object();
        struct json_object *tx;
        (void)json_object_array_add(txs, item);
        zk_err err = tx_to_json(&tx, s[i].tx);
        if (err != ZK_OK) {
            json_object_put(txs);
            return err;
        }
        (void)json_object_object_add(item, "tx", tx);
        (void)json_object_object_add(item, "signature", eth_signature_json(s[i].eth_signature));
    }
    struct json_object *signatures = json_object_new_array();
    if (batch_signature != NULL) (void)json_object_array_add(signatures, eth_signature_json(batch_signature));
    *out = json_object_new_array();
    (void)json_object_array_add(*out, txs);
    (void)json_object_array_add(*out, signatures);
    return ZK_OK;
}

zk_err client_submit_batch(struct client *c, hash32 *hashes, const struct client_submission *s, size_t n,
                           const uint8_t *batch_signature)
{
    static const char method[] = "submit_txs_batch";
    struct rpc_reply reply;
    struct json_object *params;
    for (size_t i = 0; i < n; i++) ZK_TRY(tx_hash(&hashes[i], s[i].tx));
    ZK_TRY(batch_params(&params, s, n, batch_signature));
    bool replied;
    ZK_TRY(submit(c, &reply, &replied, method, params, &hashes[n - 1]));
    if (!replied) return ZK_OK;
    bool ok = json_object_is_type(reply.result, json_type_array) && json_object_array_length(reply.result) == n;
    bool same = true;
    for (size_t i = 0; ok && i < n; i++) {
        hash32 got;
        ok = read_hash(&got, json_object_array_get_idx(reply.result, i));
        same = same && ok && hash32_eq(&got, &hashes[i]);
    }
    rpc_reply_free(&reply);
    if (!ok) return client_bad_answer(method);
    return same ? ZK_OK : zk_fail(ZK_ERR_IO, "the node has other hashes for these transactions");
}

zk_err client_nft_known(struct client *c, bool *known, uint32_t nft_id)
{
    struct rpc_reply reply;
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, json_object_new_uint64(nft_id));
    ZK_TRY(client_call(c, &reply, "get_nft", params));
    *known = reply.result != NULL;
    rpc_reply_free(&reply);
    return ZK_OK;
}

/* ---- what became of it */

static bool read_info(struct client_tx_info *out, struct json_object *v, bool is_tx)
{
    struct json_object *block = client_get(v, "block");
    struct json_object *reason = client_get(v, "failReason");
    if (!client_get_bool(v, "executed", &out->executed)) return false;
    if (out->executed && is_tx && !client_get_bool(v, "success", &out->success)) return false;
    if (out->executed && !is_tx) out->success = true;
    if (reason != NULL && json_object_is_type(reason, json_type_string))
        (void)snprintf(out->fail_reason, sizeof out->fail_reason, "%.255s", json_object_get_string(reason));
    if (block == NULL) return true;
    return client_get_u32(block, "blockNumber", &out->block) && client_get_bool(block, "committed", &out->committed) &&
           client_get_bool(block, "verified", &out->verified);
}

static zk_err ask_info(struct client *c, struct client_tx_info *out, const char *method, struct json_object *what,
                       bool is_tx)
{
    struct rpc_reply reply;
    *out = (struct client_tx_info){0};
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, what);
    ZK_TRY(client_call(c, &reply, method, params));
    bool ok = read_info(out, reply.result, is_tx);
    rpc_reply_free(&reply);
    return ok ? ZK_OK : client_bad_answer(method);
}

zk_err client_tx_info(struct client *c, struct client_tx_info *out, const hash32 *hash)
{
    char text[CLIENT_HASH_TEXT];
    client_hash_text(text, hash);
    return ask_info(c, out, "tx_info", json_object_new_string(text), true);
}

zk_err client_op_info(struct client *c, struct client_tx_info *out, uint64_t serial_id)
{
    return ask_info(c, out, "ethop_info", json_object_new_uint64(serial_id), false);
}

zk_err client_withdrawal_l1_hash(struct client *c, bool *found, hash32 *l1_hash, const hash32 *hash)
{
    static const char method[] = "get_eth_tx_for_withdrawal";
    struct rpc_reply reply;
    char text[CLIENT_HASH_TEXT];
    client_hash_text(text, hash);
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, json_object_new_string(text));
    ZK_TRY(client_call(c, &reply, method, params));
    *found = reply.result != NULL;
    bool ok = !*found || read_hash(l1_hash, reply.result);
    rpc_reply_free(&reply);
    return ok ? ZK_OK : client_bad_answer(method);
}
