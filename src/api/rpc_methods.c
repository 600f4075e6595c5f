/* The methods of JSON-RPC, by name. */
#include "api/rpc.h"

#include "api/api_internal.h"
#include "api/model.h"
#include "api/subscriptions.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_TEXT "contracts-6" /* what the SDK's clients know zkSync 1.x's last contracts by */

#define METHOD(name)                                                                                                   \
    static struct json_object *name(struct rpc_slot *slot, struct api_worker *w, struct json_object *params,           \
                                    struct api_error *e, bool *later)
#define UNUSED_METHOD_ARGUMENTS ((void)slot, (void)w, (void)params, (void)e, (void)later)

/* ---- parameters */

static bool get_address(eth_address *out, struct json_object *params, size_t i, struct api_error *e)
{
    if (parse_address(out, json_text(rpc_param(params, i)), false)) return true;
    fail_params(e, "parameter %zu: want an address, 0x and 40 hexadecimal digits", i + 1);
    return false;
}

static bool get_tx_hash(hash32 *out, struct json_object *params, struct api_error *e)
{
    const char *why;
    if (parse_tx_hash(out, json_text(rpc_param(params, 0)), &why)) return true;
    fail_params(e, "%s", why);
    return false;
}

static bool get_u64(uint64_t *out, struct json_object *params, uint64_t max, struct api_error *e)
{
    if (json_u64(out, rpc_param(params, 0)) && *out <= max) return true;
    fail_params(e, "want a number");
    return false;
}

static bool get_token(struct token_like *out, struct json_object *params, size_t i, struct api_error *e)
{
    if (parse_token_like(out, rpc_param(params, i))) return true;
    fail_params(e, "parameter %zu: want a token's id, address or symbol", i + 1);
    return false;
}

/* ---- reading */

METHOD(contract_address)
{
    UNUSED_METHOD_ARGUMENTS;
    struct json_object *o = json_new_object();
    put_address(o, "mainContract", &w->api->config.contract);
    put_address(o, "govContract", &w->api->config.governance);
    return o;
}

METHOD(tokens)
{
    UNUSED_METHOD_ARGUMENTS;
    if (!worker_tokens(w, e)) return NULL;
    struct json_object *o = json_new_object();
    for (size_t i = 0; i < w->n_tokens; i++) put(o, w->tokens[i].symbol, json_token_rpc(&w->tokens[i]));
    return o;
}

METHOD(account_info)
{
    UNUSED_METHOD_ARGUMENTS;
    eth_address address;
    if (!get_address(&address, params, 0, e)) return NULL;
    return json_account_info(w, &address, e);
}

METHOD(tx_info)
{
    UNUSED_METHOD_ARGUMENTS;
    hash32 hash;
    if (!get_tx_hash(&hash, params, e)) return NULL;
    return json_tx_info(w, &hash, e);
}

METHOD(ethop_info)
{
    UNUSED_METHOD_ARGUMENTS;
    uint64_t serial;
    if (!get_u64(&serial, params, INT64_MAX, e)) return NULL;
    return json_ethop_info(w, serial, e);
}

METHOD(get_tx_fee)
{
    UNUSED_METHOD_ARGUMENTS;
    struct fee_request r = {.n = 1, .type_json = rpc_param(params, 0)};
    struct fee_quote q;
    fee_type type;
    if (!parse_fee_type(&r.types[0], r.type_json)) return fail_params(e, "parameter 1: want a type of fee");
    if (!get_address(&r.addresses[0], params, 1, e) || !get_token(&r.token, params, 2, e)) return NULL;
    if (!fee_of(&q, &type, w, &r, e)) return NULL;
    return json_fee_rpc(&q, type, r.type_json);
}

METHOD(get_txs_batch_fee_in_wei)
{
    UNUSED_METHOD_ARGUMENTS;
    struct json_object *types = rpc_param(params, 0), *addresses = rpc_param(params, 1);
    struct fee_request r = {0};
    struct fee_quote q;
    fee_type type;
    if (!json_object_is_type(types, json_type_array) || !json_object_is_type(addresses, json_type_array))
        return fail_params(e, "want arrays of types and addresses");
    r.n = json_object_array_length(types);
    size_t n_addresses = json_object_array_length(addresses);
    if (r.n > SUBMIT_BATCH_MAX) return fail_params(e, "more than %d transactions", SUBMIT_BATCH_MAX);
    for (size_t i = 0; i < r.n; i++)
        if (!parse_fee_type(&r.types[i], json_object_array_get_idx(types, i)))
            return fail_params(e, "type %zu: want a type of fee", i + 1);
    for (size_t i = 0; i < n_addresses && i < SUBMIT_BATCH_MAX; i++)
        if (!parse_address(&r.addresses[i], json_text(json_object_array_get_idx(addresses, i)), false))
            return fail_params(e, "address %zu: want 0x and 40 hexadecimal digits", i + 1);
    if (!get_token(&r.token, params, 2, e)) return NULL;
    if (n_addresses != r.n) return fail_rpc(e, 103, "Number of tx_types must be equal to the number of addresses");
    if (!fee_of(&q, &type, w, &r, e)) return NULL;
    struct json_object *o = json_new_object();
    put_u128(o, "totalFee", q.total_fee);
    return o;
}

METHOD(get_token_price)
{
    UNUSED_METHOD_ARGUMENTS;
    struct token_like like;
    char text[FEE_PRICE_TEXT_MAX];
    uint64_t pico;
    if (!get_token(&like, params, 0, e)) return NULL;
    const struct store_token *t = worker_token_like(w, &like, e);
    if (t == NULL) return fail_rpc(e, RPC_INTERNAL, "Token not found in the DB");
    if (!token_price(t, &pico)) return fail_rpc(e, RPC_INTERNAL, "Price of %s is not known", t->symbol);
    fee_price_text(text, pico);
    return json_new_text(text);
}

METHOD(get_confirmations)
{
    UNUSED_METHOD_ARGUMENTS;
    return json_new_u64(w->api->config.confirmations);
}

METHOD(get_eth_tx_for_withdrawal)
{
    UNUSED_METHOD_ARGUMENTS;
    hash32 hash;
    if (!get_tx_hash(&hash, params, e)) return NULL;
    return json_eth_tx_for_withdrawal(w, &hash, e);
}

METHOD(get_zksync_version)
{
    UNUSED_METHOD_ARGUMENTS;
    return json_new_text(VERSION_TEXT);
}

METHOD(get_nft)
{
    UNUSED_METHOD_ARGUMENTS;
    uint64_t id;
    if (!get_u64(&id, params, UINT32_MAX, e)) return NULL;
    return token_is_nft((uint32_t)id) ? json_nft_full(w, (uint32_t)id, e) : NULL;
}

METHOD(get_nft_owner)
{
    UNUSED_METHOD_ARGUMENTS;
    uint64_t id;
    if (!get_u64(&id, params, UINT32_MAX, e)) return NULL;
    return json_nft_owner(w, (uint32_t)id, e);
}

METHOD(get_nft_id_by_tx_hash)
{
    UNUSED_METHOD_ARGUMENTS;
    hash32 hash;
    if (!get_tx_hash(&hash, params, e)) return NULL;
    return json_nft_id_by_tx(w, &hash, e);
}

/* ---- submitting */

static struct json_object *sync_hash(const hash32 *h)
{
    return json_new_hex("sync-tx:", h->b, sizeof h->b);
}

/* On one of admission's threads. */
static void on_submitted(void *ctx, const struct submit_answer *answer)
{
    struct api_error e = {0};
    struct json_object *result = NULL;
    if (answer->error != SUBMIT_OK) {
        fail_submit(&e, answer->error, answer->detail, false);
    } else {
        result = sync_hash(&answer->hashes[0]);
    }
    rpc_done(ctx, result, &e);
}

static void on_batch_submitted(void *ctx, const struct submit_answer *answer)
{
    struct api_error e = {0};
    struct json_object *result = NULL;
    if (answer->error != SUBMIT_OK) {
        fail_submit(&e, answer->error, answer->detail, false);
    } else {
        result = json_new_array();
        for (size_t i = 0; i < answer->n; i++) append(result, sync_hash(&answer->hashes[i]));
    }
    rpc_done(ctx, result, &e);
}

static void on_toggled(void *ctx, const struct submit_answer *answer)
{
    struct api_error e = {0};
    struct json_object *result = NULL;
    if (answer->error != SUBMIT_OK) {
        fail_submit(&e, answer->error, answer->detail, true);
    } else {
        result = json_new_object();
        put_bool(result, "success", true);
    }
    rpc_done(ctx, result, &e);
}

/* Takes request. */
static struct json_object *submit(struct rpc_slot *slot, struct api_worker *w, struct submit_request *request,
                                  submit_callback callback, struct api_error *e, bool *later)
{
    struct admission *a = w->api->config.admission;
    if (a == NULL) {
        submit_request_destroy(request);
        return fail_submit(e, SUBMIT_DISABLED, "", false);
    }
    request->client = client_id_number(&rpc_slot_origin(slot)->who);
    submit_error error = admission_submit(a, request, callback, slot);
    if (error != SUBMIT_OK) return fail_submit(e, error, "the queue of submissions is full", false);
    *later = true; /* the slot may be gone already */
    return NULL;
}

METHOD(tx_submit)
{
    const char *why = "";
    struct json_object *fast = rpc_param(params, 2);
    struct submit_request *r = submit_request_create(1);
    if (r == NULL) return fail_rpc(e, RPC_INTERNAL, "Internal error");
    r->flavour = SUBMIT_RPC;
    bool ok = parse_submit_tx(&r->txs[0], rpc_param(params, 0), rpc_param(params, 1), &why);
    if (ok && fast != NULL && !json_object_is_type(fast, json_type_boolean)) {
        ok = false;
        why = "fast: want a boolean";
    }
    if (!ok) {
        fail_params(e, "%s", why);
        submit_request_destroy(r);
        return NULL;
    }
    r->fast = fast != NULL && json_object_get_boolean(fast);
    return submit(slot, w, r, on_submitted, e, later);
}

METHOD(submit_txs_batch)
{
    const char *why = "";
    struct submit_request *r = parse_batch(rpc_param(params, 0), rpc_param(params, 1), SUBMIT_RPC, &why);
    if (r == NULL) return fail_params(e, "%s", why);
    return submit(slot, w, r, on_batch_submitted, e, later);
}

METHOD(toggle_2fa)
{
    const char *why = "";
    struct toggle_2fa toggle;
    struct admission *a = w->api->config.admission;
    if (!parse_toggle_2fa(&toggle, rpc_param(params, 0), &why)) return fail_params(e, "%s", why);
    if (a == NULL) {
        free(toggle.signature.eip1271);
        return fail_submit(e, SUBMIT_DISABLED, "", true);
    }
    toggle.client = client_id_number(&rpc_slot_origin(slot)->who);
    submit_error error = admission_toggle_2fa(a, &toggle, on_toggled, slot);
    if (error != SUBMIT_OK) return fail_submit(e, error, "the queue of submissions is full", true);
    *later = true;
    return NULL;
}

/* ---- subscribing */

static struct json_object *subscribe(struct rpc_slot *slot, struct api_worker *w, struct json_object *params,
                                     struct api_error *e, subscription_kind kind)
{
    struct subscription_what what = {.kind = kind};
    const struct rpc_origin *origin = rpc_slot_origin(slot);
    const char *action = json_text(rpc_param(params, 1));
    uint64_t serial;
    char id[SUBSCRIPTION_ID_MAX];
    if (!origin->is_ws) return fail_rpc(e, RPC_NO_SUBSCRIPTIONS, "Subscriptions are not available on this transport.");
    if (kind == SUBSCRIBE_TX && !get_tx_hash(&what.hash, params, e)) return NULL;
    if (kind == SUBSCRIBE_ACCOUNT && !get_address(&what.address, params, 0, e)) return NULL;
    if (kind == SUBSCRIBE_ETHOP) {
        if (!get_u64(&serial, params, INT64_MAX, e)) return NULL;
        what.serial_id = serial;
    }
    if (action == NULL || (strcmp(action, "COMMIT") != 0 && strcmp(action, "VERIFY") != 0))
        return fail_params(e, "action: want \"COMMIT\" or \"VERIFY\"");
    what.verify = action[0] == 'V';
    if (!subscriptions_add(w->api->subs, id, &what, origin->ws, w, e)) return NULL;
    return json_new_text(id);
}

METHOD(tx_subscribe)
{
    (void)later;
    return subscribe(slot, w, params, e, SUBSCRIBE_TX);
}

METHOD(ethop_subscribe)
{
    (void)later;
    return subscribe(slot, w, params, e, SUBSCRIBE_ETHOP);
}

METHOD(account_subscribe)
{
    (void)later;
    return subscribe(slot, w, params, e, SUBSCRIBE_ACCOUNT);
}

METHOD(unsubscribe)
{
    UNUSED_METHOD_ARGUMENTS;
    const struct rpc_origin *origin = rpc_slot_origin(slot);
    const char *id = json_text(rpc_param(params, 0));
    if (!origin->is_ws) return fail_rpc(e, RPC_NO_SUBSCRIPTIONS, "Subscriptions are not available on this transport.");
    if (id == NULL) return fail_rpc(e, RPC_INVALID_PARAMS, "Expected subscription id.");
    subscriptions_remove(w->api->subs, id, origin->ws);
    return json_object_new_boolean(true);
}

/* ---- the table */

static const struct rpc_method methods[] = {
    {"account_info", account_info},
    {"account_sub", account_subscribe},
    {"account_subscribe", account_subscribe},
    {"account_unsubscribe", unsubscribe},
    {"contract_address", contract_address},
    {"ethop_info", ethop_info},
    {"ethop_sub", ethop_subscribe},
    {"ethop_subscribe", ethop_subscribe},
    {"ethop_unsubscribe", unsubscribe},
    {"get_confirmations_for_eth_op_amount", get_confirmations},
    {"get_eth_tx_for_withdrawal", get_eth_tx_for_withdrawal},
    {"get_nft", get_nft},
    {"get_nft_id_by_tx_hash", get_nft_id_by_tx_hash},
    {"get_nft_owner", get_nft_owner},
    {"get_token_price", get_token_price},
    {"get_tx_fee", get_tx_fee},
    {"get_txs_batch_fee_in_wei", get_txs_batch_fee_in_wei},
    {"get_zksync_version", get_zksync_version},
    {"submit_txs_batch", submit_txs_batch},
    {"toggle_2fa", toggle_2fa},
    {"tokens", tokens},
    {"tx_info", tx_info},
    {"tx_sub", tx_subscribe},
    {"tx_submit", tx_submit},
    {"tx_subscribe", tx_subscribe},
    {"tx_unsubscribe", unsubscribe},
};

static int by_name(const void *key, const void *method)
{
    return strcmp(key, ((const struct rpc_method *)method)->name);
}

const struct rpc_method *rpc_method_find(const char *name)
{
    return bsearch(name, methods, ZK_COUNT(methods), sizeof methods[0], by_name);
}
