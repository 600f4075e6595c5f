#include "base/bytes.h"
#include "cli/client_internal.h"
#include "ethereum/http_get.h"
#include "rollup/amount.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define TRIES_DEFAULT   3
#define TIMEOUT_DEFAULT 15000
#define URL_MAX         2048
#define ETH_DECIMALS    18

zk_err client_create(struct client **out, const struct client_config *config)
{
    const char *rest = config->rest_url != NULL ? config->rest_url : CLIENT_REST_DEFAULT;
    *out = NULL;
    if (strncmp(rest, "http://", 7) != 0 && strncmp(rest, "https://", 8) != 0)
        return zk_fail(ZK_ERR_INPUT, "the node's REST address must begin with http:// or https://");
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a client");
    c->timeout_ms = config->timeout_ms != 0 ? config->timeout_ms : TIMEOUT_DEFAULT;
    c->tries = config->tries != 0 ? config->tries : TRIES_DEFAULT;
    c->rest_url = strdup(rest);
    struct rpc_config rpc = {.urls = {config->rpc_url != NULL ? config->rpc_url : CLIENT_RPC_DEFAULT},
                             .n_urls = 1,
                             .peer = "the node",
                             .timeout_ms = c->timeout_ms,
                             .tries = c->tries};
    zk_err err = c->rest_url != NULL ? rpc_create(&c->rpc, &rpc) : zk_fail(ZK_ERR_MEMORY, "no memory for a client");
    rpc.tries = 1;
    rpc.fresh = true;
    if (err == ZK_OK) err = rpc_create(&c->once, &rpc);
    if (err != ZK_OK) {
        client_destroy(c);
        return err;
    }
    assert(c->rest_url != NULL);
    for (size_t len = strlen(c->rest_url); len > 0 && c->rest_url[len - 1] == '/'; len--) c->rest_url[len - 1] = '\0';
    *out = c;
    return ZK_OK;
}

/* The memory stays where it is: callers hold symbols. */
static void forget_tokens(struct client *c)
{
    c->n_tokens = 0;
    c->n_labels = 0;
    c->loaded = false;
}

void client_destroy(struct client *c)
{
    if (c == NULL) return;
    free(c->tokens);
    free(c->labels);
    rpc_destroy(c->rpc);
    rpc_destroy(c->once);
    free(c->rest_url);
    free(c);
}

int64_t client_refusal(const struct client *c)
{
    return c->refusal;
}

/* ---- reading answers */

zk_err client_call(struct client *c, struct rpc_reply *reply, const char *method, struct json_object *params)
{
    c->refusal = 0;
    ZK_TRY(rpc_call(c->rpc, reply, method, params));
    if (!reply->failed) return ZK_OK;
    c->refusal = reply->code;
    zk_err err = zk_fail(ZK_ERR_INPUT, "the node refuses: %s (code %lld)", reply->message, (long long)reply->code);
    rpc_reply_free(reply);
    return err;
}

zk_err client_bad_answer(const char *method)
{
    return zk_fail(ZK_ERR_IO, "the node's answer to %s is not of the form it must have", method);
}

struct json_object *client_get(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    if (o == NULL || !json_object_is_type(o, json_type_object)) return NULL;
    return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

bool client_get_u64(struct json_object *o, const char *key, uint64_t *out)
{
    struct json_object *v = client_get(o, key);
    *out = 0;
    if (v == NULL || !json_object_is_type(v, json_type_int) || json_object_get_int64(v) < 0) return false;
    *out = json_object_get_uint64(v);
    return true;
}

bool client_get_u32(struct json_object *o, const char *key, uint32_t *out)
{
    uint64_t v;
    *out = 0;
    if (!client_get_u64(o, key, &v) || v > UINT32_MAX) return false;
    *out = (uint32_t)v;
    return true;
}

bool client_get_bool(struct json_object *o, const char *key, bool *out)
{
    struct json_object *v = client_get(o, key);
    *out = false;
    if (v == NULL || !json_object_is_type(v, json_type_boolean)) return false;
    *out = json_object_get_boolean(v);
    return true;
}

static bool read_hex(struct json_object *v, uint8_t *out, size_t len)
{
    return v != NULL && json_object_is_type(v, json_type_string) &&
           hex_decode(out, len, json_object_get_string(v), (size_t)json_object_get_string_len(v));
}

bool client_get_hex(struct json_object *o, const char *key, uint8_t *out, size_t len)
{
    memset(out, 0, len);
    return read_hex(client_get(o, key), out, len);
}

bool client_read_amount(struct json_object *v, u128 *out)
{
    *out = 0;
    return v != NULL && json_object_is_type(v, json_type_string) &&
           u128_from_text(out, json_object_get_string(v), (size_t)json_object_get_string_len(v)) == U128_PARSED;
}

struct json_object *client_json_hex(const uint8_t *bytes, size_t len)
{
    char *text = malloc(2 * len + 3);
    if (text == NULL) return NULL;
    text[0] = '0';
    text[1] = 'x';
    hex_encode(text + 2, bytes, len);
    struct json_object *o = json_object_new_string_len(text, (int)(2 * len + 2));
    free(text);
    return o;
}

/* ---- contracts and tokens */

static zk_err load_contracts(struct client *c)
{
    struct rpc_reply reply;
    ZK_TRY(client_call(c, &reply, "contract_address", json_object_new_array()));
    bool ok = client_get_hex(reply.result, "mainContract", c->main_contract.b, 20) &&
              client_get_hex(reply.result, "govContract", c->governance.b, 20);
    rpc_reply_free(&reply);
    return ok ? ZK_OK : client_bad_answer("contract_address");
}

static bool read_token(struct client *c, struct client_token *out, struct json_object *v)
{
    uint32_t decimals;
    struct json_object *symbol = client_get(v, "symbol");
    if (!client_get_u32(v, "id", &out->id) || out->id > TOKEN_ID_LAST) return false;
    if (!client_get_u32(v, "decimals", &decimals) || decimals > 255) return false;
    if (!client_get_hex(v, "address", out->address.b, 20)) return false;
    if (symbol == NULL || !json_object_is_type(symbol, json_type_string)) return false;
    if (json_object_get_string_len(symbol) < 1 || json_object_get_string_len(symbol) > TOKEN_SYMBOL_MAX) return false;
    struct token_label *label = &c->labels[out->id];
    out->decimals = label->decimals = (uint8_t)decimals;
    (void)snprintf(label->symbol, sizeof label->symbol, "%s", json_object_get_string(symbol));
    for (const char *p = label->symbol; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ' || *p == 127) return false; /* it goes to terminals and into signed texts */
    out->symbol = label->symbol;
    return true;
}

/* ETH is what the protocol says it is. A node that could give it other decimals, or its name to another token, would
 * decide how much is sent of what. */
static bool is_honest_about_eth(const struct client_token *t)
{
    bool named = strcasecmp(t->symbol, "ETH") == 0;
    bool placed = eth_address_is_zero(&t->address);
    return t->id == TOKEN_ID_ETH ? named && placed && t->decimals == ETH_DECIMALS : !named && !placed;
}

static int by_id(const void *a, const void *b)
{
    const struct client_token *x = a;
    const struct client_token *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static zk_err read_tokens(struct client *c, struct json_object *all)
{
    if (all == NULL || !json_object_is_type(all, json_type_object)) return client_bad_answer("tokens");
    if (json_object_object_length(all) > TOKEN_ID_LAST + 1) return client_bad_answer("tokens");
    json_object_object_foreach(all, key, v)
    {
        (void)key;
        if (!read_token(c, &c->tokens[c->n_tokens++], v)) return client_bad_answer("tokens");
    }
    qsort(c->tokens, c->n_tokens, sizeof c->tokens[0], by_id);
    for (size_t i = 1; i < c->n_tokens; i++)
        if (c->tokens[i].id == c->tokens[i - 1].id) return client_bad_answer("tokens");
    bool honest = c->n_tokens > 0 && c->tokens[0].id == TOKEN_ID_ETH;
    for (size_t i = 0; i < c->n_tokens; i++) honest = honest && is_honest_about_eth(&c->tokens[i]);
    if (!honest)
        return zk_fail(ZK_ERR_CORRUPT,
                       "the node's list of tokens is false about ETH, which is token 0 and has %d "
                       "decimals: do not believe this node",
                       ETH_DECIMALS);
    c->n_labels = c->tokens[c->n_tokens - 1].id + 1;
    return ZK_OK;
}

zk_err client_load(struct client *c)
{
    struct rpc_reply reply;
    forget_tokens(c);
    ZK_TRY(load_contracts(c));
    ZK_TRY(client_call(c, &reply, "tokens", json_object_new_array()));
    if (c->tokens == NULL) c->tokens = calloc(TOKEN_ID_LAST + 1, sizeof c->tokens[0]);
    if (c->labels == NULL) c->labels = calloc(TOKEN_ID_LAST + 1, sizeof c->labels[0]);
    bool memory = c->tokens != NULL && c->labels != NULL;
    zk_err err = memory ? read_tokens(c, reply.result) : zk_fail(ZK_ERR_MEMORY, "no memory for the list of tokens");
    rpc_reply_free(&reply);
    if (err != ZK_OK) forget_tokens(c);
    c->loaded = err == ZK_OK;
    return err;
}

static zk_err loaded(struct client *c)
{
    return c->loaded ? ZK_OK : client_load(c);
}

zk_err client_contracts(struct client *c, eth_address *main_contract, eth_address *governance)
{
    ZK_TRY(loaded(c));
    *main_contract = c->main_contract;
    *governance = c->governance;
    return ZK_OK;
}

struct token_labels client_labels(const struct client *c)
{
    return (struct token_labels){.of = c->labels, .n = c->n_labels};
}

size_t client_tokens(const struct client *c, const struct client_token **out)
{
    *out = c->tokens;
    return c->n_tokens;
}

static bool is_number(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len < 10 && strspn(text, "0123456789") == len;
}

static bool token_is(const struct client_token *t, const char *text)
{
    uint8_t address[20];
    if (is_number(text)) return t->id == strtoul(text, NULL, 10);
    if (strncmp(text, "0x", 2) == 0)
        return hex_decode(address, 20, text, strlen(text)) && memcmp(address, t->address.b, 20) == 0;
    return strcasecmp(t->symbol, text) == 0;
}

static zk_err no_such_token(const struct client *c, const char *text)
{
    char list[160] = "";
    size_t len = 0;
    for (size_t i = 0; i < c->n_tokens; i++) {
        int n = snprintf(list + len, sizeof list - len, "%s%s", i > 0 ? ", " : "", c->tokens[i].symbol);
        if (n < 0 || (size_t)n >= sizeof list - len - 5) {
            (void)snprintf(list + len, sizeof list - len, ", …");
            break;
        }
        len += (size_t)n;
    }
    return zk_fail(ZK_ERR_INPUT, "the node has no token '%.50s'; it has %s", text, list);
}

zk_err client_token(struct client *c, struct client_token *out, const char *text)
{
    ZK_TRY(loaded(c));
    for (int fresh = 0; fresh < 2; fresh++) {
        size_t found = 0;
        for (size_t i = 0; i < c->n_tokens; i++) {
            if (!token_is(&c->tokens[i], text)) continue;
            *out = c->tokens[i];
            found++;
            if (strcmp(out->symbol, text) == 0) return ZK_OK; /* as it is written: that one is meant */
        }
        if (found > 1)
            return zk_fail(ZK_ERR_INPUT, "the node has %zu tokens '%.50s': name the one you mean by its address on L1",
                           found, text);
        if (found == 1) return ZK_OK;
        if (fresh == 0) ZK_TRY(client_load(c)); /* it may have been listed since */
    }
    return no_such_token(c, text);
}

zk_err client_token_by_id(struct client *c, struct client_token *out, uint32_t id)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", id);
    return client_token(c, out, text);
}

/* ---- accounts */

static bool read_balances(struct client *c, struct client_balance **out, size_t *n, struct json_object *map, bool waits)
{
    if (map == NULL || !json_object_is_type(map, json_type_object)) return false;
    size_t cap = (size_t)json_object_object_length(map);
    *out = calloc(cap + 1, sizeof **out);
    if (*out == NULL) return false;
    json_object_object_foreach(map, symbol, v)
    {
        struct client_token token = {.id = 0};
        struct client_balance *b = &(*out)[*n];
        if (client_token(c, &token, symbol) != ZK_OK) return false;
        b->token = token.id;
        if (!client_read_amount(waits ? client_get(v, "amount") : v, &b->amount)) return false;
        if (waits && !client_get_u64(v, "expectedAcceptBlock", &b->expected_block)) return false;
        (*n)++;
    }
    return true;
}

static int by_token(const void *a, const void *b)
{
    const struct client_balance *x = a;
    const struct client_balance *y = b;
    return (x->token > y->token) - (x->token < y->token);
}

static bool read_nft(struct client_nft *out, struct json_object *v)
{
    return client_get_u32(v, "id", &out->id) && client_get_u32(v, "creatorId", &out->creator) &&
           client_get_u32(v, "serialId", &out->serial) &&
           client_get_hex(v, "creatorAddress", out->creator_address.b, 20) &&
           client_get_hex(v, "contentHash", out->content_hash.b, 32);
}

static bool read_nfts(struct client_state *s, struct json_object *map)
{
    if (map == NULL || !json_object_is_type(map, json_type_object)) return false;
    s->nfts = calloc((size_t)json_object_object_length(map) + 1, sizeof *s->nfts);
    if (s->nfts == NULL) return false;
    json_object_object_foreach(map, id, v)
    {
        (void)id;
        if (!read_nft(&s->nfts[s->n_nfts++], v)) return false;
    }
    return true;
}

static bool read_pubkey_hash(pubkey_hash *out, struct json_object *v)
{
    if (v == NULL || !json_object_is_type(v, json_type_string)) return false;
    const char *text = json_object_get_string(v);
    return strncmp(text, "sync:", 5) == 0 && hex_decode(out->b, 20, text + 5, strlen(text + 5));
}

static bool read_state(struct client *c, struct client_state *out, struct json_object *v)
{
    if (!client_get_u32(v, "nonce", &out->nonce) || !read_pubkey_hash(&out->pubkey_hash, client_get(v, "pubKeyHash")))
        return false;
    if (!read_balances(c, &out->balances, &out->n_balances, client_get(v, "balances"), false)) return false;
    qsort(out->balances, out->n_balances, sizeof out->balances[0], by_token);
    return read_nfts(out, client_get(v, "nfts"));
}

static bool read_account(struct client *c, struct client_account *out, struct json_object *v)
{
    if (v == NULL || !json_object_is_type(v, json_type_object)) return false;
    out->exists = client_get(v, "id") != NULL;
    if (out->exists && !client_get_u32(v, "id", &out->id)) return false;
    struct json_object *waiting = client_get(client_get(v, "depositing"), "balances");
    return read_state(c, &out->committed, client_get(v, "committed")) &&
           read_state(c, &out->verified, client_get(v, "verified")) &&
           read_balances(c, &out->depositing, &out->n_depositing, waiting, true);
}

zk_err client_account(struct client *c, struct client_account *out, const eth_address *address)
{
    struct rpc_reply reply;
    *out = (struct client_account){.address = *address};
    ZK_TRY(loaded(c));
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, client_json_hex(address->b, 20));
    ZK_TRY(client_call(c, &reply, "account_info", params));
    bool ok = read_account(c, out, reply.result);
    rpc_reply_free(&reply);
    if (ok) return ZK_OK;
    client_account_free(out);
    return client_bad_answer("account_info");
}

void client_account_free(struct client_account *a)
{
    free(a->committed.balances);
    free(a->committed.nfts);
    free(a->verified.balances);
    free(a->verified.nfts);
    free(a->depositing);
    *a = (struct client_account){0};
}

u128 client_balance_of(const struct client_state *s, uint32_t token)
{
    for (size_t i = 0; i < s->n_balances; i++)
        if (s->balances[i].token == token) return s->balances[i].amount;
    return 0;
}

/* ---- REST */

zk_err client_rest(struct client *c, struct json_object **result, const char *path)
{
    char url[URL_MAX];
    long status;
    struct json_object *answer;
    *result = NULL;
    c->refusal = 0;
    int n = snprintf(url, sizeof url, "%s%s", c->rest_url, path);
    if (n < 0 || (size_t)n >= sizeof url) return zk_fail(ZK_ERR_INPUT, "the REST address is too long");
    ZK_TRY(http_get_json(&answer, &status, url, c->timeout_ms, c->tries));
    struct json_object *state = client_get(answer, "status");
    zk_err err = ZK_OK;
    if (state == NULL || !json_object_is_type(state, json_type_string)) {
        err = zk_fail(ZK_ERR_IO, "the node's REST interface answers %.80s with HTTP %ld", path, status);
    } else if (strcmp(json_object_get_string(state), "success") == 0) {
        *result = json_object_get(client_get(answer, "result"));
    } else {
        struct json_object *error = client_get(answer, "error");
        struct json_object *text = client_get(error, "message");
        uint64_t code;
        if (client_get_u64(error, "code", &code)) c->refusal = (int64_t)code;
        err = zk_fail(ZK_ERR_INPUT, "the node refuses: %.180s (code %lld)",
                      text != NULL ? json_object_get_string(text) : "no reason given", (long long)c->refusal);
    }
    json_object_put(answer);
    return err;
}

/* What is wrong, as the node's own interface says it. */
static const char *own_error(struct json_object *answer)
{
    struct json_object *text = client_get(answer, "error");
    if (text != NULL && json_object_is_type(text, json_type_object)) text = client_get(text, "message");
    if (text == NULL) text = client_get(answer, "message");
    return text != NULL && json_object_is_type(text, json_type_string) ? json_object_get_string(text)
                                                                       : "no reason given";
}

zk_err client_own(struct client *c, struct json_object **result, const char *path)
{
    char url[URL_MAX];
    long status;
    const char *authority = strstr(c->rest_url, "://") + 3;
    size_t server = (size_t)(authority - c->rest_url) + strcspn(authority, "/");
    *result = NULL;
    c->refusal = 0;
    int n = snprintf(url, sizeof url, "%.*s%s", (int)server, c->rest_url, path);
    if (n < 0 || (size_t)n >= sizeof url) return zk_fail(ZK_ERR_INPUT, "the REST address is too long");
    ZK_TRY(http_get_json(result, &status, url, c->timeout_ms, c->tries));
    if (status < 400) return ZK_OK;
    c->refusal = status;
    zk_err err = zk_fail(ZK_ERR_INPUT, "the node refuses: %.180s (HTTP %ld)", own_error(*result), status);
    json_object_put(*result);
    *result = NULL;
    return err;
}

zk_err client_block_slots(struct client *c, uint32_t *out)
{
    struct json_object *o;
    ZK_TRY(client_own(c, &o, "/api/zkroll/v1/overview"));
    bool ok = client_get_u32(o, "blockSlots", out) && *out >= 5;
    json_object_put(o);
    return ok ? ZK_OK : client_bad_answer("overview");
}

zk_err client_history(struct client *c, struct json_object **page, const eth_address *address, const char *from,
                      unsigned limit)
{
    char path[256];
    char hex[41];
    hex_encode(hex, address->b, 20);
    (void)snprintf(path, sizeof path, "/accounts/0x%s/transactions?from=%.80s&limit=%u&direction=older", hex,
                   from != NULL ? from : "latest", limit);
    return client_rest(c, page, path);
}

/* ---- hashes */

void client_hash_text(char out[CLIENT_HASH_TEXT], const hash32 *hash)
{
    (void)snprintf(out, CLIENT_HASH_TEXT, "sync-tx:");
    hex_encode(out + 8, hash->b, 32);
}

bool client_hash_parse(hash32 *out, const char *text)
{
    if (strncmp(text, "sync-tx:", 8) == 0) {
        text += 8;
        if (strncmp(text, "0x", 2) == 0) return false;
    }
    return hex_decode(out->b, 32, text, strlen(text));
}
