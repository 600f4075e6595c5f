/* The whole API over its ports, against a rollup that really executes and seals blocks. Every answer of REST is
 * compared
 * with the OpenAPI document on the way. */
#include "api/api.h"

#include "api/client_test.h"
#include "api/openapi_test.h"
#include "api/world_test.h"

#include <sys/resource.h>

static struct world *world_new(void)
{
    struct world *w = malloc(sizeof *w);
    CHECK(w != NULL);
    world_init(w);
    return w;
}

static void world_free(struct world *w)
{
    world_end(w);
    free(w);
}

/* ---- asking */

static struct json_object *parsed(const char *text)
{
    struct json_object *o = json_tokener_parse(text);
    CHECK_MSG(o != NULL || strcmp(text, "null") == 0, "no JSON: %s", text);
    return o;
}

/* One request on a connection of its own; checked against the document. *status, unless NULL. */
static struct json_object *rest_any(struct world *w, const char *method, const char *path, const char *body,
                                    int *status)
{
    struct client_answer a;
    int fd = client_connect(w->ports.rest);
    client_request(fd, &a, method, path, "Content-Type: application/json\r\n", body);
    close(fd);
    openapi_check(strcmp(method, "GET") == 0 ? "get" : "post", path, a.status, client_head(&a, "Content-Type"), a.body);
    if (status != NULL) *status = a.status;
    struct json_object *o = NULL;
    const char *type = client_head(&a, "Content-Type");
    if (type != NULL && strcmp(type, "application/json") == 0) o = parsed(a.body);
    client_answer_free(&a);
    return o;
}

static struct json_object *rest_get(struct world *w, const char *path)
{
    int status;
    struct json_object *o = rest_any(w, "GET", path, NULL, &status);
    CHECK_MSG(status == 200, "%s: %d", path, status);
    return o;
}

static struct json_object *at(struct json_object *o, const char *path)
{
    struct json_object *v = NULL;
    /* "/a/b/0" */
    CHECK_MSG(json_pointer_get(o, path, &v) == 0, "no %s in %s", path, json_object_to_json_string(o));
    return v;
}

static const char *text_at(struct json_object *o, const char *path)
{
    return json_object_get_string(at(o, path));
}

static int64_t number_at(struct json_object *o, const char *path)
{
    struct json_object *v = at(o, path);
    CHECK_MSG(json_object_is_type(v, json_type_int), "%s is no number", path);
    return json_object_get_int64(v);
}

/* The result of a v0.2 answer, owned. */
static struct json_object *result_of(struct json_object *o)
{
    CHECK_MSG(strcmp(text_at(o, "/status"), "success") == 0, "%s", json_object_to_json_string(o));
    struct json_object *r = json_object_get(at(o, "/result"));
    json_object_put(o);
    return r;
}

static struct json_object *v02(struct world *w, const char *fmt, ...) ZK_PRINTF(2, 3);
static struct json_object *v02(struct world *w, const char *fmt, ...)
{
    char path[512] = "/api/v0.2";
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(path + 9, sizeof path - 9, fmt, args);
    va_end(args);
    return result_of(rest_get(w, path));
}

/* A v0.2 answer that must be this error. */
static void v02_fails(struct world *w, const char *method, const char *path, const char *body, const char *type,
                      int code, const char *message)
{
    char full[512];
    int status;
    (void)snprintf(full, sizeof full, "/api/v0.2%s", path);
    struct json_object *o = rest_any(w, method, full, body, &status);
    CHECK_MSG(status == 200, "%s: %d", path, status);
    CHECK_EQ_STR("error", text_at(o, "/status"));
    CHECK_MSG(strcmp(type, text_at(o, "/error/errorType")) == 0 && number_at(o, "/error/code") == code, "%s: %s", path,
              json_object_to_json_string(at(o, "/error")));
    if (message != NULL) CHECK_EQ_STR(message, text_at(o, "/error/message"));
    json_object_put(o);
}

static void rest_status(struct world *w, const char *path, int want)
{
    int status;
    json_object_put(rest_any(w, "GET", path, NULL, &status));
    CHECK_MSG(status == want, "%s: %d, want %d", path, status, want);
}

static char *rpc_text(struct world *w, const char *body)
{
    struct client_answer a;
    int fd = client_connect(w->ports.rpc);
    client_request(fd, &a, "POST", "/", "Content-Type: application/json; charset=utf-8\r\n", body);
    close(fd);
    CHECK_EQ_U64(200, (uint64_t)a.status);
    return a.body;
}

/* The result; params is JSON. */
static struct json_object *rpc(struct world *w, const char *method, const char *params)
{
    size_t cap = strlen(params) + 256;
    char *body = malloc(cap);
    CHECK(body != NULL);
    (void)snprintf(body, cap, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);
    char *text = rpc_text(w, body);
    struct json_object *o = parsed(text);
    CHECK_MSG(number_at(o, "/id") == 1 && json_object_object_get_ex(o, "result", NULL), "%s(%s): %s", method, params,
              text);
    struct json_object *r = json_object_get(at(o, "/result"));
    json_object_put(o);
    free(text);
    free(body);
    return r;
}

static void rpc_fails(struct world *w, const char *method, const char *params, int code, const char *message)
{
    size_t cap = strlen(params) + 256;
    char *body = malloc(cap);
    CHECK(body != NULL);
    (void)snprintf(body, cap, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);
    char *text = rpc_text(w, body);
    struct json_object *o = parsed(text);
    CHECK_MSG(json_object_object_get_ex(o, "error", NULL) && number_at(o, "/error/code") == code, "%s(%s): %s", method,
              params, text);
    if (message != NULL) CHECK_EQ_STR(message, text_at(o, "/error/message"));
    json_object_put(o);
    free(text);
    free(body);
}

/* Submits by JSON-RPC; the hash as the node names it. */
static void submit(struct world *w, const struct tx *tx, const struct user *u, char hash[73])
{
    struct json_object *params = json_object_new_array(), *json;
    CHECK_OK(tx_to_json(&json, tx));
    json_object_array_add(params, json);
    json_object_array_add(params, tx->type == TX_CHANGE_PUBKEY ? NULL : world_eth_signature(w, tx, u));
    struct json_object *r = rpc(w, "tx_submit", json_object_to_json_string_ext(params, JSON_C_TO_STRING_PLAIN));
    (void)snprintf(hash, 73, "%s", json_object_get_string(r));
    CHECK(strncmp(hash, "sync-tx:", 8) == 0 && strlen(hash) == 72);
    json_object_put(r);
    json_object_put(params);
}

static struct json_object *tx_info(struct world *w, const char *hash)
{
    char params[128];
    (void)snprintf(params, sizeof params, "[\"%s\"]", hash);
    return rpc(w, "tx_info", params);
}

static void check_info(struct world *w, const char *hash, const char *want)
{
    struct json_object *got = tx_info(w, hash), *expected = parsed(want);
    CHECK_MSG(json_object_equal(got, expected), "want %s, got %s", want, json_object_to_json_string(got));
    json_object_put(got);
    json_object_put(expected);
}

static struct json_object *account_info(struct world *w, const char *address)
{
    char params[64];
    (void)snprintf(params, sizeof params, "[\"%s\"]", address);
    return rpc(w, "account_info", params);
}

/* Users 0 and 1 with 10 ETH and a key, in block 1, which is sealed and final. */
static void furnish(struct world *w)
{
    char hash[73];
    for (int i = 0; i < 2; i++) world_deposit(w, &w->users[i], 0, 10 * ETHER, true);
    world_run(w);
    for (int i = 0; i < 2; i++) {
        struct tx tx = world_change_pubkey(w, &w->users[i]);
        submit(w, &tx, &w->users[i], hash);
    }
    world_run(w);
    CHECK_EQ_U64(1, world_seal(w));
    world_confirm(w, WORLD_ALL_STEPS, 1, 1);
}

/* ---- tests */

static void test_rpc__speaks_json_rpc(struct prng *rng)
{
    (void)rng;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"get_zksync_version\",\"params\":null}",
         "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"contracts-6\"}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"get_zksync_version\",\"params\":[]}",
         "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":\"contracts-6\"}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"get_zksync_version\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":\"contracts-6\"}"},
        {"{", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}"},
        {"{} x", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}"},
        {"[]", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"Invalid request\"}}"},
        {"7", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"Invalid request\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1}",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32600,\"message\":\"Invalid request\"}}"},
        {"{\"id\":1,\"method\":\"tokens\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32600,\"message\":\"Unsupported JSON-RPC protocol "
         "version\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nope\",\"params\":[]}",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tx_subscribe\",\"params\":[]}",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32090,\"message\":\"Subscriptions are not available on "
         "this "
         "transport.\"}}"},
        {"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_zksync_version\"},"
         "{\"jsonrpc\":\"2.0\",\"method\":\"get_zksync_version\"},"
         "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get_confirmations_for_eth_op_amount\",\"params\":[]}]",
         "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"contracts-6\"},{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":2}]"},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"get_zksync_version\"}", ""},
    };
    struct world *w = world_new();
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        char *text = rpc_text(w, cases[i].in);
        struct json_object *got = parsed(text[0] == '\0' ? "null" : text),
                           *want = parsed(cases[i].out[0] == '\0' ? "null" : cases[i].out);
        CHECK_MSG(json_object_equal(got, want), "%s\nwant %s\ngot  %s", cases[i].in, cases[i].out, text);
        json_object_put(got);
        json_object_put(want);
        free(text);
    }
    struct client_answer a;
    int fd = client_connect(w->ports.rpc);
    client_request(fd, &a, "GET", "/", "", NULL);
    CHECK_EQ_U64(405, (uint64_t)a.status);
    client_answer_free(&a);
    client_request(fd, &a, "POST", "/", "Content-Type: text/plain\r\n", "{}");
    CHECK_EQ_U64(415, (uint64_t)a.status);
    client_answer_free(&a);
    client_request(fd, &a, "OPTIONS", "/", "Origin: http://x\r\n", NULL);
    CHECK_EQ_U64(200, (uint64_t)a.status);
    CHECK_EQ_STR("http://x", client_head(&a, "Access-Control-Allow-Origin"));
    client_answer_free(&a);
    close(fd);
    world_free(w);
}

static void test_rpc__refuses_bad_parameters(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    rpc_fails(w, "account_info", "[]", -32602, NULL);
    rpc_fails(w, "account_info", "{\"a\":1}", -32602, "Invalid params: expected an array");
    rpc_fails(w, "account_info", "[\"0x12\"]", -32602, NULL);
    rpc_fails(w, "tx_info", "[\"abc\"]", -32602, "Invalid params: TxHash should start with 0x or sync-tx:");
    rpc_fails(w, "tx_info", "[\"0xabc\"]", -32602, "Invalid params: TxHash size should be equal to 32");
    rpc_fails(w, "ethop_info", "[-1]", -32602, NULL);
    rpc_fails(w, "get_token_price", "[\"NONE\"]", -32603, "Token not found in the DB");
    rpc_fails(w, "get_tx_fee", "[\"Transfer\",\"0x0000000000000000000000000000000000000001\",\"wBTC\"]", 105,
              "Chosen token is not suitable for paying fees.");
    rpc_fails(w, "get_tx_fee", "[\"Transfer\",\"0x0000000000000000000000000000000000000001\",65536]", 105,
              "Chosen token is not suitable for paying fees.");
    rpc_fails(w, "get_tx_fee", "[\"Transfer\",\"0x0000000000000000000000000000000000000001\",\"X\"]", -32603,
              "Token not found in the DB");
    rpc_fails(w, "get_tx_fee", "[\"Fly\",\"0x0000000000000000000000000000000000000001\",\"ETH\"]", -32602, NULL);
    rpc_fails(w, "get_txs_batch_fee_in_wei", "[[\"Transfer\"],[],\"ETH\"]", 103,
              "Number of tx_types must be equal to the number of addresses");
    rpc_fails(w, "tx_submit", "[{\"type\":\"Close\"},null]", 301, "Account close tx is disabled.");
    rpc_fails(w, "tx_submit", "[{\"type\":\"Transfer\"},null]", -32602, NULL);
    rpc_fails(w, "tx_submit", "[7]", -32602, NULL);
    rpc_fails(w, "submit_txs_batch", "[[],[]]", 300, "Transaction batch is empty");
    rpc_fails(w, "submit_txs_batch", "[7,[]]", -32602, NULL);
    rpc_fails(w, "toggle_2fa", "[{\"enable\":true}]", -32602, NULL);
    world_free(w);
}

static void test_reads__know_the_network_and_its_tokens(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct json_object *o = rpc(w, "contract_address", "null");
    CHECK_EQ_STR("0xc001000000000000000000000000000000000000", text_at(o, "/mainContract"));
    CHECK_EQ_STR("0xc002000000000000000000000000000000000000", text_at(o, "/govContract"));
    json_object_put(o);
    o = rpc(w, "tokens", "null");
    CHECK_EQ_U64(3, (uint64_t)json_object_object_length(o));
    CHECK_EQ_STR("0x0000000000000000000000000000000000000000", text_at(o, "/ETH/address"));
    CHECK_EQ_STR("ERC20", text_at(o, "/wBTC/kind"));
    CHECK_EQ_U64(8, (uint64_t)number_at(o, "/wBTC/decimals"));
    json_object_put(o);
    o = rpc(w, "get_token_price", "[\"eth\"]");
    CHECK_EQ_STR("200", json_object_get_string(o));
    json_object_put(o);
    o = v02(w, "/config");
    CHECK_EQ_STR("localhost", text_at(o, "/network"));
    CHECK_EQ_STR("contractV4", text_at(o, "/zksyncVersion"));
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/depositConfirmations"));
    json_object_put(o);
    o = v02(w, "/tokens?from=0&limit=2&direction=newer");
    CHECK_EQ_U64(2, json_object_array_length(at(o, "/list")));
    CHECK_EQ_U64(3, (uint64_t)number_at(o, "/pagination/count"));
    json_object_put(o);
    o = v02(w, "/tokens?from=latest&limit=100&direction=older");
    CHECK_EQ_U64(3, json_object_array_length(at(o, "/list")));
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/list/0/id"));
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/pagination/from"));
    json_object_put(o);
    o = v02(w, "/tokens/dai");
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/id"));
    json_object_put(o);
    o = v02(w, "/tokens/ETH/priceIn/1");
    CHECK_EQ_STR("200", text_at(o, "/price"));
    json_object_put(o);
    o = v02(w, "/tokens/1/priceIn/0");
    CHECK_EQ_STR("0.005", text_at(o, "/price"));
    json_object_put(o);
    v02_fails(w, "GET", "/tokens/NOPE", NULL, "tokenError", 500, NULL);
    v02_fails(w, "GET", "/tokens/ETH/priceIn/dollars", NULL, "invalidDataError", 201,
              "Cannot parse currency. There are only token_id, usd options");
    v02_fails(w, "GET", "/tokens/nft/5", NULL, "invalidDataError", 208,
              "NFT token ID should be greater than or equal to 65536");
    v02_fails(w, "GET", "/tokens?from=0&limit=101&direction=newer", NULL, "invalidDataError", 206,
              "Limit for pagination should be less than or equal to 100");
    v02_fails(w, "GET", "/tokens?from=x&limit=1&direction=newer", NULL, "invalidDataError", 207,
              "Cannot parse `from` query parameter: x");
    v02_fails(w, "GET", "/blocks/soon", NULL, "invalidDataError", 202,
              "Cannot parse block position. There are only block_number, last_committed, last_finalized options");
    v02_fails(w, "GET", "/accounts/nobody", NULL, "invalidDataError", 203, "Cannot parse account id or address");
    v02_fails(w, "GET", "/accounts/77", NULL, "invalidDataError", 204, "Account is not found");
    rest_status(w, "/api/v0.2/tokens?from=0&limit=1", 400);
    rest_status(w, "/api/v0.2/tokens?from=0&limit=0&direction=newer", 400);
    rest_status(w, "/api/v0.2/tokens?from=0&limit=1&direction=up", 400);
    rest_status(w, "/api/v0.2/tokens?from=%zz&limit=1&direction=newer", 400);
    rest_status(w, "/api/v0.2/tokens/nft/abc", 404);
    rest_status(w, "/api/v0.2/transactions/abc", 404);
    CHECK(v02(w, "/transactions/0x%064d", 7) == NULL);
    CHECK(v02(w, "/blocks/lastCommitted") == NULL);
    CHECK(v02(w, "/tokens/nft/65536") == NULL);
    world_free(w);
}

static void test_fees__are_quoted_alike(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct json_object *o =
        rpc(w, "get_tx_fee", "[\"Transfer\",\"0x0000000000000000000000000000000000000001\",\"ETH\"]");
    CHECK_EQ_STR("TransferToNew", text_at(o, "/feeType"));
    char total[64];
    (void)snprintf(total, sizeof total, "%s", text_at(o, "/totalFee"));
    json_object_put(o);
    int status;
    o = result_of(rest_any(w, "POST", "/api/v0.2/fee",
                           "{\"txType\":\"Transfer\",\"address\":\"0x0000000000000000000000000000000000000001\","
                           "\"tokenLike\":\"ETH\"}",
                           &status));
    CHECK_EQ_STR(total, text_at(o, "/totalFee"));
    json_object_put(o);
    o = rpc(w, "get_tx_fee",
            "[{\"ChangePubKey\":{\"onchainPubkeyAuth\":false}},"
            "\"0x0000000000000000000000000000000000000001\",1]");
    CHECK_EQ_STR("false", text_at(o, "/feeType/ChangePubKey/onchainPubkeyAuth"));
    json_object_put(o);
    o = rpc(w, "get_tx_fee", "[\"ForcedExit\",\"0x0000000000000000000000000000000000000001\",0]");
    CHECK_EQ_STR("Withdraw", text_at(o, "/feeType"));
    json_object_put(o);
    o = rpc(w, "get_txs_batch_fee_in_wei",
            "[[\"Transfer\",\"Swap\"],[\"0x0000000000000000000000000000000000000001\","
            "\"0x0000000000000000000000000000000000000001\"],\"DAI\"]");
    CHECK(json_object_object_length(o) == 1);
    char batch[64];
    (void)snprintf(batch, sizeof batch, "%s", text_at(o, "/totalFee"));
    json_object_put(o);
    o = result_of(rest_any(w, "POST", "/api/v0.2/fee/batch",
                           "{\"transactions\":[{\"txType\":\"Transfer\",\"address\":"
                           "\"0x0000000000000000000000000000000000000001\"},{\"txType\":\"Swap\",\"address\":"
                           "\"0x0000000000000000000000000000000000000001\"}],\"tokenLike\":1}",
                           &status));
    CHECK_EQ_STR(batch, text_at(o, "/totalFee"));
    json_object_put(o);
    v02_fails(w, "POST", "/fee",
              "{\"txType\":\"Transfer\",\"address\":\"0x0000000000000000000000000000000000000001\","
              "\"tokenLike\":\"wBTC\"}",
              "submitError", 606, "Chosen token is not suitable for paying fees.");
    json_object_put(rest_any(w, "POST", "/api/v0.2/fee", "{", &status));
    CHECK_EQ_U64(400, (uint64_t)status);
    json_object_put(rest_any(w, "POST", "/api/v0.2/fee", "{\"txType\":1}", &status));
    CHECK_EQ_U64(400, (uint64_t)status);
    world_free(w);
}

static void test_deposit__is_seen_at_every_stage(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *u = &w->users[0];
    char eth[67] = "0x";
    struct json_object *o = account_info(w, u->text);
    CHECK(at(o, "/id") == NULL && at(o, "/accountType") == NULL);
    CHECK_EQ_STR("sync:0000000000000000000000000000000000000000", text_at(o, "/verified/pubKeyHash"));
    json_object_put(o);
    hash32 hash = world_deposit(w, u, 0, 3 * ETHER, false);
    world_deposit(w, u, 0, ETHER, false);
    hex_encode(eth + 2, hash.b, 32);
    /* Seen. */
    o = account_info(w, u->text);
    CHECK_EQ_STR("4000000000000000000", text_at(o, "/depositing/balances/ETH/amount"));
    CHECK_EQ_U64(4, (uint64_t)number_at(o, "/depositing/balances/ETH/expectedAcceptBlock"));
    json_object_put(o);
    o = v02(w, "/transactions/%s", eth);
    CHECK_EQ_STR("queued", text_at(o, "/status"));
    CHECK_EQ_U64(0, (uint64_t)number_at(o, "/id"));
    json_object_put(o);
    o = v02(w, "/accounts/%s/transactions/pending?from=0&limit=10&direction=newer", u->text);
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/pagination/count"));
    CHECK_EQ_STR("Deposit", text_at(o, "/list/0/op/type"));
    json_object_put(o);
    o = rpc(w, "ethop_info", "[0]");
    CHECK(!json_object_get_boolean(at(o, "/executed")) && at(o, "/block") == NULL);
    json_object_put(o);
    /* Executed. */
    CHECK_OK(chain_set_l1_confirmed(w->store, w->l1_block));
    world_run(w);
    o = rpc(w, "ethop_info", "[0]");
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/block/blockNumber"));
    CHECK(json_object_get_boolean(at(o, "/block/committed")) && !json_object_get_boolean(at(o, "/block/verified")));
    json_object_put(o);
    o = account_info(w, u->text);
    CHECK_EQ_STR("4000000000000000000", text_at(o, "/committed/balances/ETH"));
    CHECK(json_object_object_length(at(o, "/verified/balances")) == 0);
    CHECK(json_object_object_length(at(o, "/depositing/balances")) == 0);
    CHECK_EQ_U64(u->id, (uint64_t)number_at(o, "/id"));
    json_object_put(o);
    o = v02(w, "/transactions/%s", eth);
    CHECK_EQ_STR("committed", text_at(o, "/status"));
    json_object_put(o);
    o = v02(w, "/transactions/%s/data", eth);
    CHECK_EQ_STR(u->text, text_at(o, "/tx/op/to"));
    CHECK_EQ_U64(u->id, (uint64_t)number_at(o, "/tx/op/accountId"));
    CHECK(at(o, "/ethSignature") == NULL);
    json_object_put(o);
    /* Final. */
    world_seal(w);
    world_confirm(w, WORLD_ALL_STEPS, 1, 1);
    o = v02(w, "/transactions/%s", eth);
    CHECK_EQ_STR("finalized", text_at(o, "/status"));
    json_object_put(o);
    o = v02(w, "/accounts/%u/finalized", u->id);
    CHECK_EQ_STR("4000000000000000000", text_at(o, "/balances/ETH"));
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/lastUpdateInBlock"));
    json_object_put(o);
    world_free(w);
}

static void test_transfer__is_seen_at_every_stage(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *a = &w->users[0], *c = &w->users[2];
    char hash[73], bad[73], path[256];
    furnish(w);
    struct tx tx = world_transfer(w, a, &c->address, ETHER);
    submit(w, &tx, a, hash);
    check_info(w, hash, "{\"executed\":false,\"success\":null,\"failReason\":null,\"block\":null}");
    struct json_object *o = v02(w, "/transactions/%s", hash);
    CHECK_EQ_STR("queued", text_at(o, "/status"));
    json_object_put(o);
    o = v02(w, "/transactions/0x%s/data", hash + 8);
    CHECK(at(o, "/tx/blockNumber") == NULL && at(o, "/tx/createdAt") != NULL);
    CHECK(strlen(text_at(o, "/ethSignature")) == 132);
    json_object_put(o);
    o = v02(w, "/networkStatus");
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/mempoolSize"));
    json_object_put(o);
    world_run(w);
    check_info(
        w, hash,
        "{\"executed\":true,\"success\":true,\"failReason\":null,\"block\":{\"blockNumber\":2,\"committed\":true,"
        "\"verified\":false}}");
    o = account_info(w, c->text);
    CHECK_EQ_STR("1000000000000000000", text_at(o, "/committed/balances/ETH"));
    CHECK_EQ_U64(3, (uint64_t)number_at(o, "/id"));
    json_object_put(o);
    /* One that fails: from an account without a key. */
    struct tx wrong = world_transfer(w, c, &a->address, ETHER / 2);
    submit(w, &wrong, c, bad);
    world_run(w);
    o = tx_info(w, bad);
    CHECK(!json_object_get_boolean(at(o, "/success")));
    CHECK_EQ_STR("Account is locked", text_at(o, "/failReason"));
    json_object_put(o);
    o = v02(w, "/transactions/%s", bad);
    CHECK_EQ_STR("rejected", text_at(o, "/status"));
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/rollupBlock"));
    json_object_put(o);
    /* Sealed, committed, final. */
    CHECK_EQ_U64(2, world_seal(w));
    CHECK(v02(w, "/blocks/2") == NULL);
    world_confirm(w, 1u << STORE_COMMIT, 2, 2);
    o = v02(w, "/blocks/2");
    CHECK_EQ_STR("committed", text_at(o, "/status"));
    CHECK(at(o, "/verifyTxHash") == NULL);
    json_object_put(o);
    world_confirm(w, 1u << STORE_PROVE | 1u << STORE_EXECUTE, 2, 2);
    o = v02(w, "/blocks/lastFinalized");
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/blockNumber"));
    json_object_put(o);
    check_info(
        w, hash,
        "{\"executed\":true,\"success\":true,\"failReason\":null,\"block\":{\"blockNumber\":2,\"committed\":true,"
        "\"verified\":true}}");
    o = v02(w, "/blocks?from=latest&limit=10&direction=older");
    CHECK_EQ_U64(2, json_object_array_length(at(o, "/list")));
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/pagination/count"));
    json_object_put(o);
    o = v02(w, "/blocks/2/transactions?from=latest&limit=10&direction=older");
    CHECK_EQ_U64(2, json_object_array_length(at(o, "/list")));
    CHECK_EQ_STR("rejected", text_at(o, "/list/0/status"));
    CHECK_EQ_STR("finalized", text_at(o, "/list/1/status"));
    json_object_put(o);
    o = v02(w, "/blocks/2/transactions/0");
    CHECK(strcmp(text_at(o, "/txHash") + 2, hash + 8) == 0);
    json_object_put(o);
    /* The account's history, by pages. */
    o = v02(w, "/accounts/%s/transactions?from=latest&limit=2&direction=older", a->text);
    CHECK_EQ_U64(4, (uint64_t)number_at(o, "/pagination/count"));
    CHECK_EQ_U64(2, json_object_array_length(at(o, "/list")));
    (void)snprintf(path, sizeof path, "/accounts/%s/transactions?from=%s&limit=100&direction=older", a->text,
                   text_at(o, "/list/1/txHash"));
    json_object_put(o);
    o = v02(w, "%s", path);
    CHECK_EQ_U64(3, json_object_array_length(at(o, "/list")));
    CHECK_EQ_STR("ChangePubKey", text_at(o, "/list/1/op/type"));
    CHECK_EQ_U64(9, (uint64_t)number_at(o, "/list/1/op/chainId"));
    json_object_put(o);
    o = v02(w, "/accounts/%u/transactions?from=latest&limit=9&direction=older&secondAccount=%s&token=ETH", a->id,
            c->text);
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/pagination/count"));
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/accounts/%s/transactions?from=0x%064d&limit=2&direction=older", a->text, 1);
    v02_fails(w, "GET", path, NULL, "invalidDataError", 205, "Transaction is not found");
    world_free(w);
}

static void test_withdraw__names_its_l1_transaction(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    char hash[73], params[96];
    furnish(w);
    struct tx tx = world_withdraw(w, &w->users[0], ETHER);
    submit(w, &tx, &w->users[0], hash);
    world_seal(w);
    (void)snprintf(params, sizeof params, "[\"%s\"]", hash);
    CHECK(rpc(w, "get_eth_tx_for_withdrawal", params) == NULL);
    world_confirm(w, WORLD_ALL_STEPS, 2, 2);
    struct json_object *o = rpc(w, "get_eth_tx_for_withdrawal", params);
    CHECK(strncmp(json_object_get_string(o), "0xc0", 4) == 0);
    struct json_object *data = v02(w, "/transactions/%s/data", hash);
    CHECK_EQ_STR(json_object_get_string(o), text_at(data, "/tx/op/ethTxHash"));
    json_object_put(o);
    json_object_put(data);
    world_free(w);
}

static void test_nft__is_shown_when_verified(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *u = &w->users[0];
    char hash[73], params[96];
    furnish(w);
    struct json_object *overview = rest_get(w, "/api/zkroll/v1/overview");
    CHECK_EQ_U64(0, (uint64_t)number_at(overview, "/totals/nfts"));
    json_object_put(overview);
    struct tx tx = world_mint(w, u);
    submit(w, &tx, u, hash);
    world_run(w);
    overview = rest_get(w, "/api/zkroll/v1/overview");
    CHECK_EQ_U64(1, (uint64_t)number_at(overview, "/totals/nfts"));
    json_object_put(overview);
    (void)snprintf(params, sizeof params, "[\"%s\"]", hash);
    struct json_object *o = rpc(w, "get_nft_id_by_tx_hash", params);
    CHECK_EQ_U64(65536, (uint64_t)json_object_get_int64(o));
    json_object_put(o);
    o = account_info(w, u->text);
    CHECK_EQ_STR("NFT-65536", text_at(o, "/committed/nfts/65536/symbol"));
    CHECK_EQ_U64(u->id, (uint64_t)number_at(o, "/committed/mintedNfts/65536/creatorId"));
    CHECK(json_object_object_length(at(o, "/verified/nfts")) == 0);
    json_object_put(o);
    CHECK(rpc(w, "get_nft", "[65536]") == NULL);
    CHECK(rpc(w, "get_nft_owner", "[65536]") == NULL);
    CHECK(rpc(w, "get_nft_owner", "[7]") == NULL);
    world_seal(w);
    world_confirm(w, WORLD_ALL_STEPS, 2, 2);
    o = rpc(w, "get_nft", "[65536]");
    CHECK_EQ_STR("0xc003000000000000000000000000000000000000", text_at(o, "/currentFactory"));
    CHECK(at(o, "/withdrawnFactory") == NULL);
    json_object_put(o);
    o = v02(w, "/tokens/nft/65536/owner");
    CHECK_EQ_U64(u->id, (uint64_t)json_object_get_int64(o));
    json_object_put(o);
    o = v02(w, "/tokens/nft/65536");
    CHECK_EQ_STR("NFT-65536", text_at(o, "/symbol"));
    json_object_put(o);
    o = v02(w, "/tokens/nft_id_by_tx_hash/%s", hash);
    CHECK_EQ_U64(65536, (uint64_t)json_object_get_int64(o));
    json_object_put(o);
    o = rest_get(w, "/api/zkroll/v1/nfts/65536/proof");
    CHECK_EQ_U64(u->id, (uint64_t)number_at(o, "/owner"));
    CHECK_EQ_U64(NFT_TREE_LEVELS, json_object_array_length(at(o, "/siblings")));
    json_object_put(o);
    rest_status(w, "/api/zkroll/v1/nfts/65537/proof", 404);
    rest_status(w, "/api/zkroll/v1/nfts/7/proof", 400);
    world_free(w);
}

static void test_rest__submits_and_says_why_not(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *a = &w->users[0];
    struct json_object *json, *body;
    int status;
    furnish(w);
    struct tx tx = world_transfer(w, a, &w->users[1].address, ETHER);
    CHECK_OK(tx_to_json(&json, &tx));
    body = json_object_new_object();
    json_object_object_add(body, "tx", json);
    v02_fails(w, "POST", "/transactions", json_object_to_json_string(body), "submitError", 605,
              "Transaction adding error: MissingEthSignature.");
    json_object_object_add(body, "signature", world_eth_signature(w, &tx, &w->users[1]));
    v02_fails(w, "POST", "/transactions", json_object_to_json_string(body), "submitError", 605,
              "Transaction adding error: Eth signature is incorrect.");
    json_object_object_add(body, "signature", world_eth_signature(w, &tx, a));
    json_object_object_add(json, "signature", json_object_get(at(json, "/signature")));
    struct json_object *l2 = at(json, "/signature");
    char *good = strdup(text_at(l2, "/signature"));
    CHECK(good != NULL);
    good[3] = good[3] == '0' ? '1' : '0';
    json_object_object_add(l2, "signature", json_object_new_string(good));
    v02_fails(w, "POST", "/transactions", json_object_to_json_string(body), "submitError", 605,
              "Transaction adding error: Tx is incorrect: L2 signature is incorrect.");
    free(good);
    json_object_put(body);
    CHECK_OK(tx_to_json(&json, &tx));
    body = json_object_new_object();
    json_object_object_add(body, "tx", json);
    json_object_object_add(body, "signature", world_eth_signature(w, &tx, a));
    struct json_object *hash =
        result_of(rest_any(w, "POST", "/api/v0.2/transactions", json_object_to_json_string(body), &status));
    CHECK(strncmp(json_object_get_string(hash), "0x", 2) == 0);
    v02_fails(w, "POST", "/transactions", json_object_to_json_string(body), "submitError", 605,
              "Transaction adding error: Database unavailable.");
    json_object_put(hash);
    json_object_put(body);
    json_object_put(rest_any(w, "POST", "/api/v0.2/transactions", "{\"tx\":{\"type\":\"Transfer\"}}", &status));
    CHECK_EQ_U64(400, (uint64_t)status);
    v02_fails(w, "POST", "/transactions", "{\"tx\":{\"type\":\"Close\"}}", "submitError", 601,
              "Account close tx is disabled.");
    v02_fails(w, "POST", "/transactions/batches", "{\"txs\":[]}", "submitError", 605,
              "Transaction adding error: Transaction batch is empty.");
    v02_fails(
        w, "POST", "/transactions/toggle2FA",
        "{\"enable\":true,\"accountId\":1,\"timestamp\":5,\"signature\":{\"type\":\"EthereumSignature\","
        "\"signature\":\"0x0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "000000000000000000000000000000000000000000\"}}",
        "submitError", 602, "Invalid params: Timestamp differs by more than 40 minutes.");
    /* A batch, with a signature of each. */
    struct json_object *txs = json_object_new_array();
    for (int i = 0; i < 2; i++) {
        struct tx t = world_transfer(w, a, &w->users[1].address, ETHER / 10);
        struct json_object *item = json_object_new_object();
        CHECK_OK(tx_to_json(&json, &t));
        json_object_object_add(item, "tx", json);
        json_object_object_add(item, "signature", world_eth_signature(w, &t, a));
        json_object_array_add(txs, item);
    }
    body = json_object_new_object();
    json_object_object_add(body, "txs", txs);
    struct json_object *r =
        result_of(rest_any(w, "POST", "/api/v0.2/transactions/batches", json_object_to_json_string(body), &status));
    CHECK_EQ_U64(2, json_object_array_length(at(r, "/transactionHashes")));
    struct json_object *b = v02(w, "/transactions/batches/%s", text_at(r, "/batchHash"));
    CHECK_EQ_STR("queued", text_at(b, "/batchStatus/lastState"));
    json_object_put(b);
    world_run(w);
    b = v02(w, "/transactions/batches/%s", text_at(r, "/batchHash"));
    CHECK_EQ_STR("committed", text_at(b, "/batchStatus/lastState"));
    CHECK_EQ_STR(text_at(r, "/transactionHashes/1"), text_at(b, "/transactionHashes/1"));
    json_object_put(b);
    b = v02(w, "/transactions/%s/data", text_at(r, "/transactionHashes/0"));
    CHECK(at(b, "/tx/batchId") != NULL);
    json_object_put(b);
    json_object_put(r);
    json_object_put(body);
    CHECK(v02(w, "/transactions/batches/0x%064d", 3) == NULL);
    world_free(w);
}

/* ---- WebSocket */

static struct json_object *ws_next(int fd)
{
    char *text;
    size_t len;
    for (;;) {
        int opcode = client_ws_read(fd, &text, &len);
        CHECK_MSG(opcode == 1 || opcode == 9, "opcode %d", opcode);
        if (opcode == 1) break;
        free(text);
    }
    struct json_object *o = parsed(text);
    free(text);
    return o;
}

static struct json_object *ws_ask(int fd, const char *method, const char *params)
{
    char body[512];
    (void)snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"%s\",\"params\":%s}", method, params);
    CHECK(client_ws_say(fd, body));
    return ws_next(fd);
}

static void test_ws__tells_when_a_transaction_gets_somewhere(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    char hash[73], params[256], id[200], verify_id[200];
    furnish(w);
    int fd = client_ws_open(w->ports.ws, "/");
    struct json_object *o = ws_ask(fd, "get_zksync_version", "[]");
    CHECK_EQ_STR("contracts-6", text_at(o, "/result"));
    json_object_put(o);
    struct tx tx = world_transfer(w, &w->users[0], &w->users[1].address, ETHER);
    submit(w, &tx, &w->users[0], hash);
    (void)snprintf(params, sizeof params, "[\"%s\",\"COMMIT\"]", hash);
    o = ws_ask(fd, "tx_subscribe", params);
    (void)snprintf(id, sizeof id, "%s", text_at(o, "/result"));
    CHECK(strncmp(id, "txsub/sync-tx:", 14) == 0);
    json_object_put(o);
    (void)snprintf(params, sizeof params, "[\"%s\",\"VERIFY\"]", hash);
    o = ws_ask(fd, "tx_sub", params);
    (void)snprintf(verify_id, sizeof verify_id, "%s", text_at(o, "/result"));
    json_object_put(o);
    world_run(w);
    o = ws_next(fd);
    CHECK_EQ_STR("tx", text_at(o, "/method"));
    CHECK_EQ_STR(id, text_at(o, "/params/subscription"));
    CHECK(json_object_get_boolean(at(o, "/params/result/success")));
    json_object_put(o);
    /* It is over; unsubscribing is fine all the same. */
    (void)snprintf(params, sizeof params, "[\"%s\"]", id);
    o = ws_ask(fd, "tx_unsubscribe", params);
    CHECK(json_object_get_boolean(at(o, "/result")));
    json_object_put(o);
    world_seal(w);
    world_confirm(w, WORLD_ALL_STEPS, 2, 2);
    o = ws_next(fd);
    CHECK_EQ_STR(verify_id, text_at(o, "/params/subscription"));
    CHECK(json_object_get_boolean(at(o, "/params/result/block/verified")));
    json_object_put(o);
    /* What is so already is told at once, after the answer. */
    o = ws_ask(fd, "ethop_subscribe", "[0,\"VERIFY\"]");
    CHECK(strncmp(text_at(o, "/result"), "eosub/0/VERIFY/", 15) == 0);
    json_object_put(o);
    o = ws_next(fd);
    CHECK_EQ_STR("eth_op", text_at(o, "/method"));
    json_object_put(o);
    /* Accounts: the next change. */
    o = ws_ask(fd, "account_subscribe", "[\"0x00000000000000000000000000000000000000aa\",\"COMMIT\"]");
    CHECK_EQ_U64(1, (uint64_t)(number_at(o, "/error/code") == -32091));
    json_object_put(o);
    (void)snprintf(params, sizeof params, "[\"%s\",\"COMMIT\"]", w->users[0].text);
    o = ws_ask(fd, "account_subscribe", params);
    CHECK(strncmp(text_at(o, "/result"), "acsub/", 6) == 0);
    json_object_put(o);
    world_deposit(w, &w->users[0], 0, ETHER, true);
    world_run(w);
    o = ws_next(fd);
    CHECK_EQ_STR("account", text_at(o, "/method"));
    CHECK(at(o, "/params/result/balances/ETH") != NULL);
    json_object_put(o);
    o = ws_ask(fd, "tx_unsubscribe", "[7]");
    CHECK_EQ_STR("Expected subscription id.", text_at(o, "/error/message"));
    json_object_put(o);
    o = ws_ask(fd, "tx_subscribe", "[\"0x12\",\"COMMIT\"]");
    CHECK(number_at(o, "/error/code") == -32602);
    json_object_put(o);
    close(fd);
    world_free(w);
}

static void share_little(struct api_config *c)
{
    c->client_header = "X-Client";
    c->listeners = 64;      /* 4 of a connection, 16 of a client */
    c->ws_connections = 24; /* 6 of a client */
    c->streams = 8;         /* 2 of a client */
    c->forget_s = 1;
}

/* To a transaction that nobody knows. */
static bool subscribes(int fd, int number)
{
    char params[96];
    (void)snprintf(params, sizeof params, "[\"0x%064x\",\"COMMIT\"]", (unsigned)number);
    struct json_object *o = ws_ask(fd, "tx_subscribe", params);
    bool ok = json_object_object_get_ex(o, "result", NULL);
    CHECK(ok || number_at(o, "/error/code") == -32091);
    json_object_put(o);
    return ok;
}

/* A line of /metrics. */
static double metric_at(struct world *w, const char *name)
{
    struct client_answer a;
    int fd = client_connect(w->ports.rest);
    client_request(fd, &a, "GET", "/metrics", "", NULL);
    close(fd);
    const char *line = strstr(a.body, name);
    CHECK_MSG(line != NULL, "no %s", name);
    double value = strtod(line + strlen(name), NULL);
    client_answer_free(&a);
    return value;
}

static void wait_for_metric(struct world *w, const char *name, double want)
{
    double is = want - 1;
    for (int i = 0; i < 500 && is != want; i++) {
        is = metric_at(w, name);
        if (is != want) usleep(10000);
    }
    CHECK_MSG(is == want, "%s %g", name, is);
}

static void test_ws__leaves_listeners_for_others(struct prng *rng)
{
    static const char held[] = "zkroll_api_held{what=\"listeners\"}";
    struct world *w = world_new();
    int greedy[6];
    (void)rng;
    api_stop(w->api);
    world_start_api(w, share_little);
    for (int i = 0; i < 6; i++) greedy[i] = client_ws_open_as(w->ports.ws, "/", "192.0.2.1");
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 5; k++) CHECK(subscribes(greedy[i], 5 * i + k) == (k < 4 && i < 4));
    int more = client_ws_open_as(w->ports.ws, "/", "192.0.2.1"); /* a seventh connection: closed at once */
    CHECK(client_closed(more, 2000));
    close(more);
    int other = client_ws_open_as(w->ports.ws, "/", "192.0.2.2");
    CHECK(subscribes(other, 7));
    wait_for_metric(w, held, 17);
    close(greedy[0]);
    wait_for_metric(w, held, 13); /* what it had is free again */
    CHECK(subscribes(greedy[5], 100));
    /* Whatever changes after a second, nobody knows these transactions, and they are forgotten. */
    usleep(1100000);
    world_deposit(w, &w->users[0], 0, ETHER, true);
    world_run(w);
    wait_for_metric(w, held, 0);
    for (int i = 1; i < 6; i++) close(greedy[i]);
    close(other);
    world_free(w);
}

static void share_a_hundredth(struct api_config *c)
{
    c->client_header = "X-Client";
    c->client_share = 1;
    c->bodies = c->answers = (size_t)40 << 20; /* a hundredth of it is less than one request or answer may be */
}

static void answer_little(struct api_config *c)
{
    c->client_header = "X-Client";
    c->answer_max = 20000;
    c->answers = 200000; /* a quarter of it one client's */
}

static void work_little(struct api_config *c)
{
    c->batch_ms = 0;
}

/* n times the same request. */
static char *batch_of(const char *method, const char *params, int n)
{
    size_t one = strlen(method) + strlen(params) + 80, at = 0, cap = (size_t)n * one + 3;
    char *text = malloc(cap);
    CHECK(text != NULL);
    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, cap - at, "%s{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}",
                               i == 0 ? "[" : ",", i, method, params);
    (void)snprintf(text + at, cap - at, "]");
    return text;
}

/* How many answers of a batch are there, and how many of them are results: those first. */
static size_t results_of(struct world *w, const char *batch, size_t *n_answers)
{
    char *text = rpc_text(w, batch);
    struct json_object *o = parsed(text);
    size_t n = 0;
    *n_answers = json_object_array_length(o);
    for (size_t i = 0; i < *n_answers; i++) {
        struct json_object *answer = json_object_array_get_idx(o, i);
        CHECK_EQ_U64(i, (uint64_t)number_at(answer, "/id"));
        if (json_object_object_get_ex(answer, "result", NULL)) {
            CHECK_EQ_U64(i, n++);
        } else {
            CHECK(number_at(answer, "/error/code") == -32005);
        }
    }
    json_object_put(o);
    free(text);
    return n;
}

static void test_rpc__bounds_what_a_batch_may_cost(struct prng *rng)
{
    static const char held[] = "zkroll_api_held{what=\"answer_bytes\"}";
    struct world *w = world_new();
    size_t n;
    (void)rng;
    char *batch = batch_of("contract_address", "[]", 400);
    CHECK_EQ_U64(400, results_of(w, batch, &n));
    CHECK_EQ_U64(400, n);
    api_stop(w->api);
    world_start_api(w, work_little);
    CHECK_EQ_U64(0, results_of(w, batch, &n));
    CHECK_EQ_U64(400, n);
    api_stop(w->api);
    world_start_api(w, answer_little);
    size_t results = results_of(w, batch, &n);
    CHECK_MSG(results > 20 && results < 200, "%zu", results);
    CHECK_EQ_U64(400, n);
    free(batch);
    wait_for_metric(w, held, 0);
    world_free(w);
}

static void test_start__reserves_open_files(struct prng *rng)
{
    struct world *w = world_new();
    struct rlimit before, r;
    (void)rng;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_MSG(before.rlim_cur == before.rlim_max, "the API that runs has raised it");
    r = before;
    r.rlim_cur = 300; /* as a shell may have it */
    CHECK(setrlimit(RLIMIT_NOFILE, &r) == 0);
    api_stop(w->api);
    world_start_api(w, NULL);
    CHECK(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == before.rlim_max);
    struct api_config c = api_config_default();
    struct api *api;
    c.database = w->db;
    c.rpc_port = c.ws_port = c.rest_port = 0;
    c.limits.connections = UINT32_MAX;
    CHECK(api_start(&api, &c) == ZK_ERR_RANGE && api == NULL);
    CHECK_MSG(strstr(zk_err_message(), "LimitNOFILE") != NULL, "%s", zk_err_message());
    world_free(w);
}

static void test_start__leaves_room_for_one_request(struct prng *rng)
{
    struct world *w = world_new();
    struct client_answer a;
    size_t len = (size_t)4 << 20;
    char *body = malloc(len + 1);
    (void)rng;
    CHECK(body != NULL);
    memset(body, ' ', len);
    body[len] = '\0';
    static const char ask[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"contract_address\"}";
    memcpy(body, ask, sizeof ask - 1);
    api_stop(w->api);
    world_start_api(w, share_a_hundredth);
    int fd = client_connect(w->ports.rpc);
    client_request(fd, &a, "POST", "/", "Content-Type: application/json\r\nX-Client: 192.0.2.1\r\n", body);
    close(fd);
    CHECK_EQ_U64(200, (uint64_t)a.status);
    CHECK(strstr(a.body, "\"result\"") != NULL);
    client_answer_free(&a);
    free(body);
    world_free(w);
}

static int events_as(struct world *w, const char *client, int *fd)
{
    char head[256];
    int status;
    *fd = client_connect(w->ports.rest);
    (void)snprintf(head, sizeof head, "GET /api/zkroll/v1/events HTTP/1.1\r\nHost: x\r\nX-Client: %s\r\n\r\n", client);
    CHECK(client_say(*fd, head));
    CHECK(recv(*fd, head, 13, MSG_WAITALL) == 13);
    head[13] = '\0';
    CHECK(sscanf(head, "HTTP/1.1 %d", &status) == 1);
    return status;
}

static void test_own__leaves_streams_for_others(struct prng *rng)
{
    struct world *w = world_new();
    int fds[4];
    (void)rng;
    api_stop(w->api);
    world_start_api(w, share_little);
    CHECK(events_as(w, "2001:db8::1", &fds[0]) == 200);
    CHECK(events_as(w, "2001:db8::2", &fds[1]) == 200);
    CHECK(events_as(w, "2001:db8::3", &fds[2]) == 503); /* one network is one client */
    CHECK(events_as(w, "2001:db8:1::1", &fds[3]) == 200);
    for (int i = 0; i < 4; i++) close(fds[i]);
    world_free(w);
}

/* The world again with an L1 that takes connections and never answers; returns its listening socket. */
static int silence_l1(struct world *w, uint32_t timeout_ms)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    char url[64];
    int l1 = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(l1, (struct sockaddr *)&a, sizeof a) == 0 && listen(l1, 10) == 0);
    CHECK(getsockname(l1, (struct sockaddr *)&a, &len) == 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(a.sin_port));
    api_stop(w->api);
    admission_destroy(w->admission);
    struct admission_config c = world_admission_config(w);
    c.l1_urls[c.n_l1_urls++] = url;
    c.l1_timeout_ms = timeout_ms;
    CHECK_OK(admission_create(&w->admission, &c));
    world_start_api(w, NULL);
    return l1;
}

static void test_stop__waits_for_answers_to_websockets(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    furnish(w);
    int l1 = silence_l1(w, 600);
    struct tx tx = world_transfer(w, &w->users[0], &w->users[1].address, ETHER);
    struct json_object *json;
    char *body;
    CHECK_OK(tx_to_json(&json, &tx));
    CHECK(asprintf(&body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tx_submit\","
                   "\"params\":[%s,{\"type\":\"EIP1271Signature\",\"signature\":\"0x12\"}]}",
                   json_object_to_json_string(json)) > 0);
    int fd = client_ws_open(w->ports.ws, "/");
    CHECK(client_ws_say(fd, body));
    int asked = accept(l1, NULL, NULL); /* the question is on its way, and nobody will answer it */
    CHECK(asked >= 0);
    int64_t before = world_now();
    api_stop(w->api);
    w->api = NULL;
    /* Who stops admission now finds nobody left who would be told through the API that is gone. */
    CHECK_MSG(world_now() - before >= 200000, "stopped in %lld us", (long long)(world_now() - before));
    admission_destroy(w->admission);
    w->admission = NULL;
    close(asked);
    close(l1);
    close(fd);
    json_object_put(json);
    free(body);
    world_free(w);
}

/* ---- zkroll's own */

static void test_own__shows_blocks_streams_proofs(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *u = &w->users[0];
    char hash[73], path[256];
    struct json_object *o = rest_get(w, "/api/zkroll/v1/overview");
    CHECK(at(o, "/gasPerTransfer") == NULL);
    json_object_put(o);
    furnish(w);
    struct tx tx = world_transfer(w, u, &w->users[1].address, ETHER);
    submit(w, &tx, u, hash);
    world_run(w);
    struct tx exit = world_withdraw(w, u, ETHER);
    submit(w, &exit, u, path);
    world_seal(w);
    o = rest_get(w, "/api/zkroll/v1/overview");
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/blocks/sealed"));
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/blocks/executed"));
    CHECK_EQ_U64(6, (uint64_t)number_at(o, "/totals/transactions"));
    CHECK_EQ_U64(40, (uint64_t)number_at(o, "/blockSlots"));
    json_object_put(o);
    world_deposit(w, u, 1, 5, false);
    o = rest_get(w, "/api/zkroll/v1/overview");
    CHECK_EQ_STR("Deposit", text_at(o, "/oldestRequest/type"));
    json_object_put(o);
    o = rest_get(w, "/api/zkroll/v1/blocks?from=latest&limit=5");
    CHECK_EQ_U64(2, json_object_array_length(at(o, "/list")));
    CHECK_EQ_STR("sealed", text_at(o, "/list/0/status"));
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/list/0/transfers"));
    CHECK_EQ_U64(80, (uint64_t)number_at(o, "/list/0/zksyncBytes"));
    CHECK_EQ_STR("executed", text_at(o, "/list/1/status"));
    json_object_put(o);
    o = rest_get(w, "/api/zkroll/v1/blocks/2/streams");
    CHECK_EQ_U64(2, json_object_array_length(at(o, "/operations")));
    CHECK_EQ_STR("transfer", text_at(o, "/operations/0/kind"));
    CHECK_EQ_STR("1000000000000000000", text_at(o, "/operations/0/fields/amount"));
    CHECK_EQ_U64(72, (uint64_t)number_at(o, "/operations/0/delta/offset"));
    CHECK_EQ_U64(48, (uint64_t)number_at(o, "/operations/1/settlement/length"));
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/api/zkroll/v1/transactions/%s", hash);
    o = rest_get(w, path);
    CHECK_EQ_U64(72, (uint64_t)number_at(o, "/delta/offset"));
    CHECK(at(o, "/settlement") == NULL && at(o, "/sealedAt") != NULL && at(o, "/finalizedAt") == NULL);
    CHECK(strncmp(text_at(o, "/message"), "Transfer 1.0 ETH to: 0x", 23) == 0);
    json_object_put(o);
    /* A proof is of the last block that is final. */
    (void)snprintf(path, sizeof path, "/api/zkroll/v1/accounts/%s/proof?token=0", u->text);
    o = rest_get(w, path);
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/blockNumber"));
    json_object_put(o);
    world_confirm(w, WORLD_ALL_STEPS, 2, 2);
    o = rest_get(w, path);
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/blockNumber"));
    CHECK_EQ_U64(5, json_object_array_length(at(o, "/balanceSiblings")));
    CHECK_EQ_U64(12, json_object_array_length(at(o, "/accountSiblings")));
    struct json_object *block = rest_get(w, "/api/zkroll/v1/blocks/2");
    CHECK_EQ_STR(text_at(block, "/newRoot"), text_at(o, "/root"));
    struct json_object *info = account_info(w, u->text);
    CHECK_EQ_STR(text_at(info, "/verified/balances/ETH"), text_at(o, "/balance"));
    json_object_put(info);
    json_object_put(block);
    json_object_put(o);
    rest_status(w, "/api/zkroll/v1/blocks/3", 404);
    rest_status(w, "/api/zkroll/v1/blocks/x", 400);
    rest_status(w, "/api/zkroll/v1/blocks?limit=1000", 400);
    rest_status(w, "/api/zkroll/v1/accounts/0x00000000000000000000000000000000000000aa/proof", 404);
    rest_status(w, "/api/zkroll/v1/accounts/1/proof?token=5000", 400);
    rest_status(w, "/api/zkroll/v1/transactions/0x0000000000000000000000000000000000000000000000000000000000000001",
                404);
    rest_status(w, "/api/zkroll/v1/dev", 404);
    /* Search. */
    static const struct {
        const char *q, *kind;
    } searches[] = {{"2", "block"},  {"9", NULL},      {"%231", "account"},
                    {"%2399", NULL}, {"dai", "token"}, {"nope", NULL}};
    for (size_t i = 0; i < ZK_COUNT(searches); i++) {
        (void)snprintf(path, sizeof path, "/api/zkroll/v1/search?q=%s", searches[i].q);
        o = rest_get(w, path);
        struct json_object *kind = at(o, "/kind");
        CHECK_MSG(searches[i].kind == NULL
                      ? kind == NULL
                      : kind != NULL && strcmp(searches[i].kind, json_object_get_string(kind)) == 0,
                  "%s", path);
        json_object_put(o);
    }
    (void)snprintf(path, sizeof path, "/api/zkroll/v1/search?q=%s", hash);
    o = rest_get(w, path);
    CHECK_EQ_STR("transaction", text_at(o, "/kind"));
    json_object_put(o);
    world_free(w);
}

/* Reads a body of unknown length (chunked, or until the end). */
static char *read_all(int fd, size_t *len)
{
    size_t cap = 1 << 20;
    char *text = calloc(1, cap);
    CHECK(text != NULL);
    *len = 0;
    for (;;) {
        ssize_t n = recv(fd, text + *len, cap - 1 - *len, 0);
        if (n <= 0) return text;
        *len += (size_t)n;
    }
}

static void test_own__streams_a_history_as_csv(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *u = &w->users[0];
    char request[256], hash[73];
    furnish(w);
    for (int i = 0; i < 5; i++) {
        struct tx tx = world_transfer(w, u, &w->users[1].address, ETHER / 100);
        submit(w, &tx, u, hash);
    }
    world_run(w);
    int fd = client_connect(w->ports.rest);
    (void)snprintf(request, sizeof request,
                   "GET /api/zkroll/v1/accounts/%s/history.csv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                   u->text);
    CHECK(client_say(fd, request));
    size_t len, lines = 0;
    char *text = read_all(fd, &len);
    close(fd);
    CHECK(strstr(text, "Content-Type: text/csv") != NULL);
    for (const char *p = strstr(text, "time,block,index"); p != NULL && (p = strstr(p, "\r\n")) != NULL; p++)
        lines += p[2] == '2'; /* a year */
    CHECK_EQ_U64(7, lines);   /* deposit, key, five transfers */
    CHECK(strstr(text, ",Transfer,") != NULL && strstr(text, ",ETH,0.01,ETH,") != NULL);
    free(text);
    world_free(w);
}

static void test_own__tells_events(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    char text[65536] = "";
    size_t len = 0;
    int fd = client_connect(w->ports.rest);
    CHECK(client_say(fd, "GET /api/zkroll/v1/events HTTP/1.1\r\nHost: x\r\n\r\n"));
    while (strstr(text, "event: overview\ndata: {") == NULL) {
        ssize_t n = recv(fd, text + len, sizeof text - 1 - len, 0);
        CHECK(n > 0);
        len += (size_t)n;
        text[len] = '\0';
    }
    furnish(w);
    while (strstr(text, "event: block\ndata: {\"blockNumber\":1,") == NULL) {
        ssize_t n = recv(fd, text + len, sizeof text - 1 - len, 0);
        CHECK(n > 0);
        len += (size_t)n;
        text[len] = '\0';
    }
    world_free(w); /* ends the stream */
    CHECK(client_closed(fd, 5000));
    close(fd);
}

static void test_v01__answers(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *u = &w->users[0];
    char hash[73], path[256];
    furnish(w);
    struct tx tx = world_transfer(w, u, &w->users[1].address, ETHER);
    submit(w, &tx, u, hash);
    world_seal(w);
    world_deposit(w, u, 0, 5, false);
    struct json_object *o = rest_get(w, "/api/v0.1/status");
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/last_committed"));
    json_object_put(o);
    o = rest_get(w, "/api/v0.1/tokens");
    CHECK_EQ_U64(3, json_object_array_length(o));
    json_object_put(o);
    o = rest_get(w, "/api/v0.1/tokens_acceptable_for_fees");
    CHECK_EQ_U64(2, json_object_array_length(o));
    json_object_put(o);
    json_object_put(rest_get(w, "/api/v0.1/testnet_config"));
    (void)snprintf(path, sizeof path, "/api/v0.1/account/%s/history/0/10", u->text);
    o = rest_get(w, path);
    CHECK_EQ_U64(4, json_object_array_length(o));
    CHECK_EQ_STR("2,0", text_at(o, "/0/tx_id"));
    CHECK_EQ_STR("ETH", text_at(o, "/0/tx/token"));
    CHECK_EQ_STR("-", text_at(o, "/3/tx_id"));
    CHECK_EQ_STR("ETH", text_at(o, "/3/tx/priority_op/token"));
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/api/v0.1/account/%s/history/1/2", u->text);
    o = rest_get(w, path);
    CHECK_EQ_U64(2, json_object_array_length(o));
    CHECK_EQ_STR("2,0", text_at(o, "/0/tx_id"));
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/api/v0.1/account/%s/history/newer_than?tx_id=2,4294967295&limit=10", u->text);
    o = rest_get(w, path);
    CHECK_EQ_U64(0, json_object_array_length(o)); /* nothing is behind the last place of the last block */
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/api/v0.1/account/%s/history/0/101", u->text);
    rest_status(w, path, 400);
    (void)snprintf(path, sizeof path, "/api/v0.1/account/%s/history/older_than?tx_id=2,0&limit=10", u->text);
    o = rest_get(w, path);
    CHECK_EQ_U64(2, json_object_array_length(o));
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/api/v0.1/account/%s/history/newer_than?tx_id=1,0&limit=10", u->text);
    o = rest_get(w, path);
    CHECK_EQ_U64(2, json_object_array_length(o));
    CHECK_EQ_STR("2,0", text_at(o, "/0/tx_id"));
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/api/v0.1/transactions_all/%s", hash);
    o = rest_get(w, path);
    CHECK_EQ_STR("Transfer", text_at(o, "/tx_type"));
    CHECK_EQ_U64(0, (uint64_t)number_at(o, "/tx/token"));
    json_object_put(o);
    (void)snprintf(path, sizeof path, "/api/v0.1/transactions/%s", hash);
    o = rest_get(w, path);
    CHECK_EQ_U64(2, (uint64_t)number_at(o, "/block_number"));
    json_object_put(o);
    json_object_put(rest_get(w, "/api/v0.1/priority_operations/0/"));
    o = rest_get(w, "/api/v0.1/blocks");
    CHECK_EQ_U64(1, json_object_array_length(o));
    (void)snprintf(path, sizeof path, "/api/v0.1/search?query=%s", text_at(o, "/0/new_state_root"));
    json_object_put(o);
    o = rest_get(w, path);
    CHECK_EQ_U64(1, (uint64_t)number_at(o, "/block_number"));
    json_object_put(o);
    rest_status(w, "/api/v0.1/blocks/2", 404);
    rest_status(w, "/api/v0.1/search?query=77", 404);
    o = rest_get(w, "/api/v0.1/blocks/1/transactions");
    CHECK_EQ_U64(4, json_object_array_length(o));
    json_object_put(o);
    o = rest_get(w, "/api/v0.1/blocks/1/transactions/0");
    CHECK_EQ_STR("Deposit", text_at(o, "/op/type"));
    json_object_put(o);
    json_object_put(rest_get(w, "/api/v0.1/withdrawal_processing_time"));
    o = rest_get(w, "/api/forced_exit_requests/v0.1/status");
    CHECK_EQ_STR("disabled", text_at(o, "/status"));
    json_object_put(o);
    world_free(w);
}

static void test_rest__serves_the_rest_of_the_port(struct prng *rng)
{
    (void)rng;
    static const struct {
        const char *method, *path;
        int status;
        const char *type;
    } cases[] = {
        {"GET", "/health", 200, "text/plain"},
        {"GET", "/ready", 200, "text/plain"},
        {"GET", "/metrics", 200, "text/plain"},
        {"GET", "/api/v0.2/openapi.json", 200, "application/json"},
        {"GET", "/api/v0.2/nothing", 404, "text"},
        {"POST", "/api/v0.2/config", 405, "text"},
        {"GET", "/no/such.file", 404, "text"},
        {"GET", "/../../etc/passwd.txt", 404, "text"},
        {"GET", "/", 200, "text/html"},
        {"GET", "/blocks/7", 200, "text/html"},
        {"POST", "/prover/v1/lease", 404, "application/json"},
    };
    struct world *w = world_new();
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        struct client_answer a;
        int fd = client_connect(w->ports.rest);
        client_request(fd, &a, cases[i].method, cases[i].path, "", cases[i].method[0] == 'P' ? "{}" : NULL);
        close(fd);
        const char *type = client_head(&a, "Content-Type");
        CHECK_MSG(a.status == cases[i].status && type != NULL &&
                      strncmp(type, cases[i].type, strlen(cases[i].type)) == 0,
                  "%s %s: %d %s", cases[i].method, cases[i].path, a.status, type);
        client_answer_free(&a);
    }
    struct client_answer a;
    int fd = client_connect(w->ports.rest);
    client_request(fd, &a, "GET", "/", "Accept-Encoding: gzip\r\n", NULL);
    char etag[1024], header[1100];
    (void)snprintf(etag, sizeof etag, "%s", client_head(&a, "ETag"));
    CHECK(strncmp(client_head(&a, "Content-Security-Policy"), "default-src 'none'; script-src 'self'", 37) == 0);
    CHECK_EQ_STR("gzip", client_head(&a, "Content-Encoding"));
    client_answer_free(&a);
    (void)snprintf(header, sizeof header, "If-None-Match: %s\r\n", etag);
    client_request(fd, &a, "GET", "/", header, NULL);
    CHECK_EQ_U64(304, (uint64_t)a.status);
    client_answer_free(&a);
    client_request(fd, &a, "POST", "/jsrpc", "Content-Type: application/json\r\n",
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_zksync_version\"}");
    CHECK(strstr(a.body, "contracts-6") != NULL);
    client_answer_free(&a);
    close(fd);
    world_free(w);
}

/* ---- Ethereum's form */

static struct json_object *web3_answer(struct world *w, const char *method, const char *params)
{
    char body[8192];
    struct client_answer a;
    int fd = client_connect(w->ports.rest);
    (void)snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);
    client_request(fd, &a, "POST", "/web3", "Content-Type: application/json\r\n", body);
    close(fd);
    CHECK_EQ_U64(200, (uint64_t)a.status);
    struct json_object *o = parsed(a.body);
    client_answer_free(&a);
    return o;
}

static struct json_object *web3(struct world *w, const char *method, const char *params)
{
    struct json_object *o = web3_answer(w, method, params);
    CHECK_MSG(json_object_object_get_ex(o, "result", NULL), "%s(%s): %s", method, params,
              json_object_to_json_string(o));
    struct json_object *r = json_object_get(at(o, "/result"));
    json_object_put(o);
    return r;
}

static void web3_is(struct world *w, const char *method, const char *params, const char *want)
{
    struct json_object *o = web3(w, method, params);
    CHECK_MSG(strcmp(want, json_object_get_string(o)) == 0, "%s(%s): want %s, got %s", method, params, want,
              json_object_get_string(o));
    json_object_put(o);
}

static void web3_fails(struct world *w, const char *method, const char *params, int code, const char *message)
{
    struct json_object *o = web3_answer(w, method, params);
    CHECK_MSG(number_at(o, "/error/code") == code, "%s", json_object_to_json_string(o));
    CHECK_EQ_STR(message, text_at(o, "/error/message"));
    json_object_put(o);
}

#define WORD_OF(digits) "0x00000000000000000000000000000000000000000000000000000000" digits

static void test_web3__shows_the_rollup_as_a_chain(struct prng *rng)
{
    (void)rng;
    struct world *w = world_new();
    struct user *u = &w->users[0];
    char hash[73], mint[73], params[256], block_hash[67];
    furnish(w);
    struct tx tx = world_transfer(w, u, &w->users[1].address, ETHER);
    submit(w, &tx, u, hash);
    world_run(w);
    struct tx nft = world_mint(w, u);
    submit(w, &nft, u, mint);
    world_seal(w);
    web3_is(w, "web3_clientVersion", "[]", "zkSync");
    web3_is(w, "net_version", "[]", "240");
    web3_is(w, "eth_blockNumber", "[]", "0x1");
    web3_fails(w, "tokens", "[]", -32601, "Method not found");
    (void)snprintf(params, sizeof params, "[\"0x%s\"]", hash + 8);
    CHECK(web3(w, "eth_getTransactionByHash", params) == NULL); /* not committed yet */
    (void)snprintf(params, sizeof params, "[\"%s\",\"0x5\"]", u->text);
    web3_fails(w, "eth_getBalance", params, -32602, "Block with such number doesn't exist yet");
    world_confirm(w, WORLD_ALL_STEPS, 2, 2);
    struct json_object *info = account_info(w, u->text), *o;
    (void)snprintf(params, sizeof params, "[\"%s\",\"latest\"]", u->text);
    o = web3(w, "eth_getBalance", params);
    uint64_t wei = strtoull(json_object_get_string(o), NULL, 16);
    CHECK_EQ_U64(strtoull(text_at(info, "/verified/balances/ETH"), NULL, 10), wei);
    json_object_put(info);
    json_object_put(o);
    o = web3(w, "eth_getBlockByNumber", "[\"0x2\",true]");
    CHECK_EQ_U64(2, json_object_array_length(at(o, "/transactions")));
    CHECK_EQ_STR(u->text, text_at(o, "/transactions/0/from"));
    CHECK_EQ_STR("0xc350", text_at(o, "/gasLimit"));
    (void)snprintf(block_hash, sizeof block_hash, "%.66s", text_at(o, "/hash"));
    json_object_put(o);
    (void)snprintf(params, sizeof params, "[\"%s\"]", block_hash);
    web3_is(w, "eth_getBlockTransactionCountByHash", params, "0x2");
    o = web3(w, "eth_getBlockByHash", params);
    CHECK_EQ_STR("0x2", text_at(o, "/number"));
    json_object_put(o);
    CHECK(web3(w, "eth_getBlockByNumber", "[\"0x9\",false]") == NULL);
    (void)snprintf(params, sizeof params, "[\"0x%s\"]", hash + 8);
    o = web3(w, "eth_getTransactionReceipt", params);
    CHECK_EQ_U64(3, json_object_array_length(at(o, "/logs"))); /* the proxy's, the amount, the fee */
    CHECK_EQ_STR("0x1000000000000000000000000000000000000000", text_at(o, "/logs/0/address"));
    CHECK_EQ_STR("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", text_at(o, "/logs/1/topics/0"));
    CHECK_EQ_U64(1, json_object_array_length(at(o, "/logs/1/topics")));
    CHECK_EQ_STR("0x1", text_at(o, "/status"));
    json_object_put(o);
    o = web3(w, "eth_getLogs",
             "[{\"fromBlock\":\"0x1\",\"toBlock\":\"latest\",\"address\":"
             "\"0x1000000000000000000000000000000000000000\"}]");
    CHECK_EQ_U64(6, json_object_array_length(o)); /* two deposits, two keys, a transfer, a mint */
    json_object_put(o);
    o = web3(w, "eth_getLogs",
             "[{\"fromBlock\":\"0x2\",\"topics\":[\"0x0000000000000000000000000000000000000000000000000"
             "000000000000000\"]}]");
    CHECK_EQ_U64(0, json_object_array_length(o));
    json_object_put(o);
    /* One of several addresses and topics, in any case of letters; more than a hundred are refused. */
    o = web3(w, "eth_getLogs",
             "[{\"fromBlock\":\"0x1\",\"address\":[\"0x00000000000000000000000000000000000000AA\","
             "\"0x0D0A010000000000000000000000000000000000\",\"0x0000000000000000000000000000000000000000\"],"
             "\"topics\":[[\"0xDDF252AD1BE2C89B69C2B068FC378DAA952BA7F163C4A11628F55A4DF523B3EF\"],null]}]");
    CHECK(json_object_array_length(o) > 0);
    for (size_t i = 0; i < json_object_array_length(o); i++)
        CHECK_EQ_STR("0x0000000000000000000000000000000000000000",
                     text_at(json_object_array_get_idx(o, i), "/address"));
    json_object_put(o);
    for (int n = 100; n <= 101; n++) {
        char filter[8192] = "[{\"fromBlock\":\"0x1\",\"address\":[", *end = filter + strlen(filter);
        for (int i = 0; i < n; i++) end += snprintf(end, 64, "%s\"0x%040x\"", i == 0 ? "" : ",", (unsigned)i + 1);
        (void)snprintf(end, 8, "]}]");
        o = web3_answer(w, "eth_getLogs", filter);
        CHECK(json_object_object_get_ex(o, n == 100 ? "result" : "error", NULL));
        json_object_put(o);
    }
    web3_fails(w, "eth_getLogs", "[{\"address\":\"0x12\"}]", -32602,
               "Invalid params: a filter has addresses of 20 and topics of 32 bytes in hexadecimal");
    /* Calls. */
    o = web3(w, "eth_call",
             "[{\"to\":\"0x0d0a010000000000000000000000000000000000\",\"data\":\"0x95d89b41\"},\"latest\"]");
    CHECK(strstr(json_object_get_string(o), "444149") != NULL); /* DAI */
    json_object_put(o);
    web3_is(w, "eth_call", "[{\"to\":\"0x0d0a010000000000000000000000000000000000\",\"data\":\"0x313ce567\"}]",
            WORD_OF("00000012"));
    web3_is(w, "eth_call", "[{\"to\":\"0x00000000000000000000000000000000000000aa\",\"data\":\"0x313ce567\"}]", "0x");
    char owner[67];
    (void)snprintf(owner, sizeof owner, "0x%024d%s", 0, u->text + 2);
    web3_is(
        w, "eth_call",
        "[{\"to\":\"0x2000000000000000000000000000000000000000\",\"data\":\"0x6352211e00000000000000000000000000000000"
        "00000000000000000000000000010000\"},\"latest\"]",
        owner);
    web3_fails(
        w, "eth_call",
        "[{\"to\":\"0x2000000000000000000000000000000000000000\",\"data\":\"0x6352211e00000000000000000000000000000"
        "00000000000000000000000000000010001\"}]",
        3, "execution reverted: ERC721: owner query for nonexistent token");
    o = web3(
        w, "eth_call",
        "[{\"to\":\"0x2000000000000000000000000000000000000000\",\"data\":\"0xc87b56dd000000000000000000000000000000000"
        "0000000000000000000000000010000\"}]");
    CHECK(strstr(json_object_get_string(o), "697066733a2f2f516d") != NULL); /* ipfs://Qm */
    json_object_put(o);
    world_free(w);
}

TEST_MAIN(TEST(test_rpc__speaks_json_rpc), TEST(test_rpc__refuses_bad_parameters),
          TEST(test_reads__know_the_network_and_its_tokens), TEST(test_fees__are_quoted_alike),
          TEST(test_deposit__is_seen_at_every_stage), TEST(test_transfer__is_seen_at_every_stage),
          TEST(test_withdraw__names_its_l1_transaction), TEST(test_nft__is_shown_when_verified),
          TEST(test_rest__submits_and_says_why_not), TEST(test_ws__tells_when_a_transaction_gets_somewhere),
          TEST(test_rpc__bounds_what_a_batch_may_cost), TEST(test_start__reserves_open_files),
          TEST(test_start__leaves_room_for_one_request), TEST(test_ws__leaves_listeners_for_others),
          TEST(test_own__leaves_streams_for_others), TEST(test_stop__waits_for_answers_to_websockets),
          TEST(test_own__shows_blocks_streams_proofs), TEST(test_own__streams_a_history_as_csv),
          TEST(test_own__tells_events), TEST(test_v01__answers), TEST(test_rest__serves_the_rest_of_the_port),
          TEST(test_web3__shows_the_rollup_as_a_chain))
