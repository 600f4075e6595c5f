/* REST v0.2: what the SDK's RestProvider, wallets and explorers ask. */
#include "api/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_COUNT_MAX 100000 /* of an account's history that is looked through to count what fits */

#define V02(name) static struct json_object *name(struct rest_call *c)

/* ---- the network */

V02(get_config)
{
    struct json_object *o = json_new_object();
    put_text(o, "network", c->api->network);
    put_address(o, "contract", &c->api->config.contract);
    put_address(o, "govContract", &c->api->config.governance);
    put_u64(o, "depositConfirmations", c->api->config.confirmations);
    put_text(o, "zksyncVersion", "contractV4");
    return o;
}

V02(get_network_status)
{
    if (!worker_heads(c->w, &c->e)) return NULL;
    const struct store_heads *h = &c->w->heads;
    struct json_object *o = json_new_object();
    put_u64(o, "lastCommitted", h->last_committed);
    put_u64(o, "finalized", h->last_executed);
    put_u64(o, "totalTransactions", h->executed_ops);
    put_u64(o, "mempoolSize", h->queued_txs);
    put_null(o, "coreStatus");
    return o;
}

/* ---- accounts */

V02(get_account)
{
    eth_address a;
    if (!rest_account(c, &a, c->args[0])) return NULL;
    struct json_object *o = json_new_object();
    put(o, "depositing", json_depositing(c->w, &a, &c->e));
    put(o, "committed", json_account(c->w, &a, STORE_COMMITTED, &c->e));
    put(o, "finalized", json_account(c->w, &a, STORE_VERIFIED, &c->e));
    return o;
}

static struct json_object *account_at(struct rest_call *c, store_moment moment)
{
    eth_address a;
    if (!rest_account(c, &a, c->args[0])) return NULL;
    return json_account(c->w, &a, moment, &c->e);
}

V02(get_account_committed)
{
    return account_at(c, STORE_COMMITTED);
}

V02(get_account_finalized)
{
    return account_at(c, STORE_VERIFIED);
}

static struct json_object *tx_data_list(struct rest_call *c, size_t n)
{
    struct json_object *list = json_new_array();
    for (size_t i = 0; i < n && !c->e.set; i++) append(list, json_tx_data(c->w, &c->w->ops[i], &c->e));
    return list;
}

static struct json_object *hash_text(const hash32 *h)
{
    return json_new_hex("0x", h->b, sizeof h->b);
}

static struct json_object *empty_tx_page(const struct page *page)
{
    static const hash32 zero;
    return rest_paginated(page, json_new_array(), hash_text(&zero), 0);
}

/* Where a list of transactions begins; *none: it was asked for the latest, and there is none. */
static bool place_of_hash(struct rest_call *c, struct store_place *place, hash32 *hash, const char *text)
{
    const char *why;
    bool found;
    if (!parse_tx_hash(hash, text, &why)) {
        fail_rest(&c->e, "invalidDataError", 207, "Cannot parse `from` query parameter: %s", why);
        return false;
    }
    if (store_op_place(c->w->store, place, &found, hash) != ZK_OK) {
        fail_store(&c->e);
        return false;
    }
    if (!found) fail_rest(&c->e, "invalidDataError", 205, "Transaction is not found");
    return found;
}

static bool history_filter(struct rest_call *c, struct store_history_filter *f, eth_address addresses[2])
{
    const char *token = query_get(&c->query, "token"), *second = query_get(&c->query, "secondAccount");
    struct token_like like;
    *f = (struct store_history_filter){.address = &addresses[0]};
    if (!rest_account(c, &addresses[0], c->args[0])) return false;
    if (second != NULL) {
        if (!rest_account(c, &addresses[1], second)) return false;
        f->second = &addresses[1];
    }
    if (token == NULL) return true;
    if (!parse_token_like_text(&like, token)) {
        fail_rest(&c->e, "tokenError", 500, "Token not found: %s", token);
        return false;
    }
    f->by_token = true;
    f->token = like.id;
    if (like.kind == TOKEN_BY_ID && token_is_nft(like.id)) return true;
    const struct store_token *t = rest_token(c, &like);
    if (t != NULL) f->token = t->id;
    return t != NULL;
}

V02(get_account_transactions)
{
    struct page page;
    struct store_history_filter filter;
    struct store_place from = STORE_PLACE_LAST;
    eth_address addresses[2];
    hash32 hash;
    uint64_t count;
    size_t n;
    struct store *s = c->w->store;
    if (!rest_page(&page, c) || !history_filter(c, &filter, addresses) || !worker_heads(c->w, &c->e)) return NULL;
    if (page.latest) {
        if (store_history_page(s, c->w->ops, &n, 1, &filter, STORE_PLACE_LAST, STORE_OLDER) != ZK_OK)
            return fail_store(&c->e);
        if (n == 0) return empty_tx_page(&page);
        from = c->w->ops[0].place;
        hash = *op_hash(&c->w->ops[0]);
    } else if (!place_of_hash(c, &from, &hash, page.from)) {
        return NULL;
    }
    if (store_history_page(s, c->w->ops, &n, page.limit, &filter, from, page.order) != ZK_OK ||
        store_history_count(s, &count, &filter, HISTORY_COUNT_MAX) != ZK_OK)
        return fail_store(&c->e);
    return rest_paginated(&page, tx_data_list(c, n), hash_text(&hash), count);
}

static bool from_number(struct rest_call *c, uint64_t *out, const struct page *page, uint64_t latest)
{
    if (page->latest) {
        *out = latest;
        return true;
    }
    if (parse_u64(out, page->from, INT64_MAX)) return true;
    fail_rest(&c->e, "invalidDataError", 207, "Cannot parse `from` query parameter: %s", page->from);
    return false;
}

V02(get_account_pending)
{
    struct page page;
    eth_address a;
    uint64_t from = 0;
    size_t n;
    struct api_worker *w = c->w;
    if (!rest_page(&page, c) || !rest_account(c, &a, c->args[0])) return NULL;
    if (page.latest) {
        if (store_priority_pending(w->store, w->pending, &n, 1, &a, INT64_MAX, STORE_OLDER) != ZK_OK)
            return fail_store(&c->e);
        from = n > 0 ? w->pending[0].serial_id : 0;
    } else if (!from_number(c, &from, &page, 0)) {
        return NULL;
    }
    if (store_priority_pending(w->store, w->pending, &n, page.limit, &a, from, page.order) != ZK_OK)
        return fail_store(&c->e);
    struct json_object *list = json_new_array();
    for (size_t i = 0; i < n; i++) append(list, json_tx_data_pending(&w->pending[i]));
    return rest_paginated(&page, list, json_new_u64(from), n);
}

/* ---- blocks */

V02(get_blocks)
{
    struct page page;
    uint64_t from;
    size_t n;
    struct api_worker *w = c->w;
    if (!rest_page(&page, c) || !worker_heads(w, &c->e) || !from_number(c, &from, &page, w->heads.last_committed))
        return NULL;
    uint32_t start = from > UINT32_MAX ? UINT32_MAX : (uint32_t)from;
    if (store_blocks_page(w->store, w->blocks, &n, page.limit, start, page.order, STORE_BLOCK_COMMITTED) != ZK_OK)
        return fail_store(&c->e);
    struct json_object *list = json_new_array();
    for (size_t i = 0; i < n; i++) append(list, json_block(&w->blocks[i]));
    return rest_paginated(&page, list, json_new_u64(from), w->heads.last_committed);
}

/* {pos}: a number, lastCommitted or lastFinalized. */
static bool block_position(struct rest_call *c, uint32_t *number)
{
    const char *text = c->args[0];
    uint64_t n;
    if (!worker_heads(c->w, &c->e)) return false;
    if (strcmp(text, "lastCommitted") == 0) {
        *number = c->w->heads.last_committed;
    } else if (strcmp(text, "lastFinalized") == 0) {
        *number = c->w->heads.last_executed;
    } else if (parse_u64(&n, text, UINT32_MAX)) {
        *number = (uint32_t)n;
    } else {
        fail_rest(&c->e, "invalidDataError", 202,
                  "Cannot parse block position. There are only block_number, last_committed, last_finalized options");
        return false;
    }
    return true;
}

V02(get_block)
{
    uint32_t number;
    if (!block_position(c, &number)) return NULL;
    const struct store_block *b = worker_block(c->w, number, &c->e);
    return b != NULL && b->status >= STORE_BLOCK_COMMITTED ? json_block(b) : NULL;
}

V02(get_block_transactions)
{
    struct page page;
    struct store_place from;
    uint32_t number;
    hash32 hash;
    uint64_t count;
    size_t n;
    struct api_worker *w = c->w;
    if (!rest_page(&page, c) || !block_position(c, &number)) return NULL;
    if (page.latest) {
        if (store_block_page(w->store, w->ops, &n, 1, number, UINT32_MAX, STORE_OLDER) != ZK_OK)
            return fail_store(&c->e);
        if (n == 0) return empty_tx_page(&page);
        from = w->ops[0].place;
        hash = *op_hash(&w->ops[0]);
    } else if (!place_of_hash(c, &from, &hash, page.from)) {
        return NULL;
    }
    if (from.block != number) return fail_rest(&c->e, "invalidDataError", 205, "Transaction is not found");
    if (store_block_page(w->store, w->ops, &n, page.limit, number, from.index, page.order) != ZK_OK ||
        store_block_count(w->store, &count, number) != ZK_OK)
        return fail_store(&c->e);
    return rest_paginated(&page, tx_data_list(c, n), hash_text(&hash), count);
}

V02(get_block_transaction)
{
    uint32_t number;
    uint64_t index;
    bool found;
    if (!rest_number(c, &index, c->args[1], UINT32_MAX) || !block_position(c, &number)) return NULL;
    if (store_op_get(c->w->store, &c->w->ops[0], &found, (struct store_place){number, (uint32_t)index}) != ZK_OK)
        return fail_store(&c->e);
    return found ? json_tx_data(c->w, &c->w->ops[0], &c->e) : NULL;
}

/* ---- fees */

static struct json_object *fee_answer(struct rest_call *c, struct fee_request *r)
{
    struct fee_quote q;
    fee_type type;
    if (!parse_token_like(&r->token, json_member(c->body, "tokenLike")))
        return fail_status(&c->e, 400, "Json deserialize error: tokenLike");
    return fee_of(&q, &type, c->w, r, &c->e) ? json_fee_rest(&q) : NULL;
}

static bool fee_part(struct rest_call *c, struct fee_request *r, struct json_object *o)
{
    size_t i = r->n++;
    if (parse_fee_type(&r->types[i], json_member(o, "txType")) &&
        parse_address(&r->addresses[i], json_text(json_member(o, "address")), false))
        return true;
    fail_status(&c->e, 400, "Json deserialize error: want txType and address");
    return false;
}

V02(post_fee)
{
    struct fee_request r = {0};
    return fee_part(c, &r, c->body) ? fee_answer(c, &r) : NULL;
}

V02(post_fee_batch)
{
    struct fee_request r = {0};
    struct json_object *txs = json_member(c->body, "transactions");
    if (!json_object_is_type(txs, json_type_array) || json_object_array_length(txs) > SUBMIT_BATCH_MAX)
        return fail_status(&c->e, 400, "Json deserialize error: transactions: want an array of at most %d",
                           SUBMIT_BATCH_MAX);
    for (size_t i = 0; i < json_object_array_length(txs); i++)
        if (!fee_part(c, &r, json_object_array_get_idx(txs, i))) return NULL;
    return fee_answer(c, &r);
}

/* ---- tokens */

V02(get_tokens)
{
    struct page page;
    uint64_t from;
    struct api_worker *w = c->w;
    if (!rest_page(&page, c) || !worker_tokens(w, &c->e)) return NULL;
    if (!from_number(c, &from, &page, w->n_tokens > 0 ? w->tokens[w->n_tokens - 1].id : 0)) return NULL;
    struct json_object *list = json_new_array();
    for (size_t k = 0; k < w->n_tokens && json_object_array_length(list) < page.limit; k++) {
        const struct store_token *t = &w->tokens[page.order == STORE_NEWER ? k : w->n_tokens - 1 - k];
        if (page.order == STORE_NEWER ? t->id >= from : t->id <= from) append(list, json_token_rest(t));
    }
    return rest_paginated(&page, list, json_new_u64(from), w->n_tokens);
}

static const struct store_token *token_of_path(struct rest_call *c, const char *text)
{
    struct token_like like;
    if (!parse_token_like_text(&like, text)) return fail_rest(&c->e, "tokenError", 500, "Token not found: %s", text);
    return rest_token(c, &like);
}

V02(get_token)
{
    const struct store_token *t = token_of_path(c, c->args[0]);
    return t != NULL ? json_token_rest(t) : NULL;
}

V02(get_token_price)
{
    const struct store_token *t = token_of_path(c, c->args[0]);
    uint64_t pico, other_pico = FEE_PICO, id;
    char text[PRICE_TEXT_MAX];
    if (t == NULL) return NULL;
    struct store_token token = *t; /* the next look-up may read them again */
    if (!token_price(&token, &pico))
        return fail_rest(&c->e, "tokenError", 501, "Api error: no price of %s", token.symbol);
    if (strcmp(c->args[1], "usd") != 0) {
        if (!parse_u64(&id, c->args[1], UINT32_MAX))
            return fail_rest(&c->e, "invalidDataError", 201,
                             "Cannot parse currency. There are only token_id, usd options");
        const struct store_token *in = rest_token(c, &(struct token_like){.kind = TOKEN_BY_ID, .id = (uint32_t)id});
        if (in == NULL) return NULL;
        if (!token_price(in, &other_pico))
            return fail_rest(&c->e, "tokenError", 501, "Api error: no price of %s", in->symbol);
        if (other_pico == 0) return fail_rest(&c->e, "invalidDataError", 200, "Cannot show price in zero price token");
    }
    price_ratio_text(text, pico, other_pico);
    struct json_object *o = json_new_object();
    put_u64(o, "tokenId", token.id);
    put_text(o, "tokenSymbol", token.symbol);
    put_text(o, "priceIn", c->args[1]);
    put_u64(o, "decimals", token.decimals);
    put_text(o, "price", text);
    return o;
}

static bool nft_id(struct rest_call *c, uint32_t *id)
{
    uint64_t n;
    if (!rest_number(c, &n, c->args[0], UINT32_MAX)) return false;
    *id = (uint32_t)n;
    if (n >= NFT_ID_FIRST) return true;
    fail_rest(&c->e, "invalidDataError", 208, "NFT token ID should be greater than or equal to 65536");
    return false;
}

V02(get_nft)
{
    uint32_t id;
    return nft_id(c, &id) ? json_nft_full(c->w, id, &c->e) : NULL;
}

V02(get_nft_owner)
{
    uint32_t id;
    return nft_id(c, &id) ? json_nft_owner(c->w, id, &c->e) : NULL;
}

V02(get_nft_id_by_tx_hash)
{
    hash32 hash;
    return rest_hash(c, &hash, c->args[0]) ? json_nft_id_by_tx(c->w, &hash, &c->e) : NULL;
}

/* ---- transactions */

V02(get_transaction)
{
    hash32 hash;
    return rest_hash(c, &hash, c->args[0]) ? json_receipt(c->w, &hash, &c->e) : NULL;
}

V02(get_transaction_data)
{
    hash32 hash;
    return rest_hash(c, &hash, c->args[0]) ? json_tx_data_by_hash(c->w, &hash, &c->e) : NULL;
}

V02(get_batch)
{
    hash32 hash;
    bool found;
    struct store_batch *b = &c->w->batch;
    if (!rest_hash(c, &hash, c->args[0]) || !worker_heads(c->w, &c->e)) return NULL;
    if (store_batch_get(c->w->store, b, &found, &hash) != ZK_OK) return fail_store(&c->e);
    if (!found) return NULL;
    struct json_object *o = json_new_object(), *hashes = json_new_array(), *status = json_new_object();
    const char *state = b->status == STORE_TX_QUEUED            ? "queued"
                        : b->status == STORE_TX_REJECTED        ? "rejected"
                        : b->block <= c->w->heads.last_executed ? "finalized"
                                                                : "committed";
    for (uint32_t i = 0; i < b->n; i++) append(hashes, hash_text(&b->hashes[i]));
    put_time(status, "updatedAt", b->updated_at);
    put_text(status, "lastState", state);
    put_hash(o, "batchHash", &hash);
    put(o, "transactionHashes", hashes);
    put_time(o, "createdAt", b->created_at);
    put(o, "batchStatus", status);
    return o;
}

/* On one of admission's threads. */
static void on_submitted(void *ctx, const struct submit_answer *a)
{
    struct api_error e = {0};
    struct json_object *result = NULL;
    if (a->error != SUBMIT_OK) {
        fail_submit(&e, a->error, a->detail, false);
    } else {
        result = hash_text(&a->hashes[0]);
    }
    rest_later_done(ctx, result, &e);
}

static void on_batch_submitted(void *ctx, const struct submit_answer *a)
{
    struct api_error e = {0};
    struct json_object *result = NULL;
    if (a->error != SUBMIT_OK) {
        fail_submit(&e, a->error, a->detail, false);
    } else {
        struct json_object *hashes = json_new_array();
        for (size_t i = 0; i < a->n; i++) append(hashes, hash_text(&a->hashes[i]));
        result = json_new_object();
        put(result, "transactionHashes", hashes);
        put_hash(result, "batchHash", &a->batch_hash);
    }
    rest_later_done(ctx, result, &e);
}

static void on_toggled(void *ctx, const struct submit_answer *a)
{
    struct api_error e = {0};
    struct json_object *result = NULL;
    if (a->error != SUBMIT_OK) {
        fail_submit(&e, a->error, a->detail, true);
    } else {
        result = json_new_object();
        put_bool(result, "success", true);
    }
    rest_later_done(ctx, result, &e);
}

/* Takes request. */
static struct json_object *submit(struct rest_call *c, struct submit_request *request, submit_callback callback)
{
    struct admission *a = c->api->config.admission;
    struct rest_later *later = a != NULL ? rest_later(c) : NULL;
    if (later == NULL) {
        submit_request_destroy(request);
        return fail_submit(&c->e, SUBMIT_DISABLED, "", false);
    }
    request->client = client_id_number(&c->r->who);
    submit_error error = admission_submit(a, request, callback, later);
    if (error == SUBMIT_OK) return NULL;
    rest_later_cancel(later, c);
    return fail_submit(&c->e, error, "the queue of submissions is full", false);
}

/* SDK wallets ask for a fast withdrawal over REST with `fastProcessing`. */
static void honour_fast_processing(struct submit_tx *t, struct json_object *json)
{
    struct json_object *fast = json_member(json, "fastProcessing");
    if (!json_object_is_type(fast, json_type_boolean) || !json_object_get_boolean(fast)) return;
    if (t->tx.type == TX_WITHDRAW) t->tx.withdraw.fast = true;
    if (t->tx.type == TX_WITHDRAW_NFT) t->tx.withdraw_nft.fast = true;
}

V02(post_transaction)
{
    const char *why = "";
    struct json_object *tx = json_member(c->body, "tx");
    struct submit_request *r = submit_request_create(1);
    if (r == NULL) return fail_rpc(&c->e, -32603, "Internal error");
    r->flavour = SUBMIT_REST;
    if (!parse_submit_tx(&r->txs[0], tx, json_member(c->body, "signature"), &why)) {
        fail_status(&c->e, 400, "Json deserialize error: %s", why);
        submit_request_destroy(r);
        return NULL;
    }
    honour_fast_processing(&r->txs[0], tx);
    return submit(c, r, on_submitted);
}

V02(post_batch)
{
    const char *why = "";
    struct json_object *txs = json_member(c->body, "txs");
    struct submit_request *r = parse_batch(txs, json_member(c->body, "signature"), SUBMIT_REST, &why);
    if (r == NULL) return fail_status(&c->e, 400, "Json deserialize error: %s", why);
    for (size_t i = 0; i < r->n; i++)
        honour_fast_processing(&r->txs[i], json_member(json_object_array_get_idx(txs, i), "tx"));
    return submit(c, r, on_batch_submitted);
}

V02(post_toggle_2fa)
{
    const char *why = "";
    struct toggle_2fa toggle;
    struct admission *a = c->api->config.admission;
    if (!parse_toggle_2fa(&toggle, c->body, &why)) return fail_status(&c->e, 400, "Json deserialize error: %s", why);
    struct rest_later *later = a != NULL ? rest_later(c) : NULL;
    if (later == NULL) {
        free(toggle.signature.eip1271);
        return fail_submit(&c->e, SUBMIT_DISABLED, "", true);
    }
    toggle.client = client_id_number(&c->r->who);
    submit_error error = admission_toggle_2fa(a, &toggle, on_toggled, later);
    if (error == SUBMIT_OK) return NULL;
    rest_later_cancel(later, c);
    return fail_submit(&c->e, error, "the queue of submissions is full", true);
}

/* ---- the table; of two patterns that fit, the first counts */

#define BASE "/api/v0.2"
const struct rest_route routes_v02[] = {
    {HTTP_GET, REST_V02, BASE "/config", get_config},
    {HTTP_GET, REST_V02, BASE "/networkStatus", get_network_status},
    {HTTP_GET, REST_V02, BASE "/accounts/{accountIdOrAddress}", get_account},
    {HTTP_GET, REST_V02, BASE "/accounts/{accountIdOrAddress}/committed", get_account_committed},
    {HTTP_GET, REST_V02, BASE "/accounts/{accountIdOrAddress}/finalized", get_account_finalized},
    {HTTP_GET, REST_V02, BASE "/accounts/{accountIdOrAddress}/transactions", get_account_transactions},
    {HTTP_GET, REST_V02, BASE "/accounts/{accountIdOrAddress}/transactions/pending", get_account_pending},
    {HTTP_GET, REST_V02, BASE "/blocks", get_blocks},
    {HTTP_GET, REST_V02, BASE "/blocks/{blockPosition}", get_block},
    {HTTP_GET, REST_V02, BASE "/blocks/{blockPosition}/transactions", get_block_transactions},
    {HTTP_GET, REST_V02, BASE "/blocks/{blockPosition}/transactions/{transactionIndex}", get_block_transaction},
    {HTTP_POST, REST_V02, BASE "/fee", post_fee},
    {HTTP_POST, REST_V02, BASE "/fee/batch", post_fee_batch},
    {HTTP_GET, REST_V02, BASE "/tokens", get_tokens},
    {HTTP_GET, REST_V02, BASE "/tokens/nft/{id}", get_nft},
    {HTTP_GET, REST_V02, BASE "/tokens/nft/{id}/owner", get_nft_owner},
    {HTTP_GET, REST_V02, BASE "/tokens/nft_id_by_tx_hash/{txHash}", get_nft_id_by_tx_hash},
    {HTTP_GET, REST_V02, BASE "/tokens/{tokenLike}", get_token},
    {HTTP_GET, REST_V02, BASE "/tokens/{tokenLike}/priceIn/{currency}", get_token_price},
    {HTTP_POST, REST_V02, BASE "/transactions", post_transaction},
    {HTTP_POST, REST_V02, BASE "/transactions/batches", post_batch},
    {HTTP_POST, REST_V02, BASE "/transactions/toggle2FA", post_toggle_2fa},
    {HTTP_GET, REST_V02, BASE "/transactions/batches/{batchHash}", get_batch},
    {HTTP_GET, REST_V02, BASE "/transactions/{txHash}", get_transaction},
    {HTTP_GET, REST_V02, BASE "/transactions/{txHash}/data", get_transaction_data},
    {0},
};
