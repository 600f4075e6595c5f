/* Values that users write, and everything that the SDK sends (tests/vectors/sdk_requests.json). */
#include "api/parse.h"

#include "api/history_csv.h"
#include "api/json_out.h"
#include "api/model.h"
#include "api/rest.h"
#include "api/rpc.h"
#include "base/file.h"
#include "base/test.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS "0x00112233445566778899AabBcCdDeEff00112233"
#define DIGITS  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void test_parse__takes_addresses_and_hashes(struct prng *rng)
{
    (void)rng;
    eth_address a;
    hash32 h;
    pubkey_hash k;
    const char *why;
    CHECK(parse_address(&a, ADDRESS, false) && a.b[10] == 0xaa);
    CHECK(parse_address(&a, ADDRESS + 2, true));
    CHECK(!parse_address(&a, ADDRESS + 2, false));
    CHECK(!parse_address(&a, NULL, true));
    CHECK(!parse_address(&a, ADDRESS "0", true));
    CHECK(!parse_address(&a, "0x0011223344556677889900112233445566778g", true));
    CHECK(!parse_address(&a, "0x0x112233445566778899aabbccddeeff00112233", true));
    CHECK(parse_tx_hash(&h, "0x" DIGITS, &why) && parse_tx_hash(&h, "sync-tx:" DIGITS, &why));
    CHECK(!parse_tx_hash(&h, DIGITS, &why));
    CHECK_EQ_STR("TxHash should start with 0x or sync-tx:", why);
    CHECK(!parse_tx_hash(&h, "0x12", &why));
    CHECK_EQ_STR("TxHash size should be equal to 32", why);
    CHECK(!parse_tx_hash(&h, "sync-tx:0x112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", &why));
    CHECK(parse_pubkey_hash(&k, "sync:00112233445566778899aabbccddeeff00112233"));
    CHECK(parse_pubkey_hash(&k, ADDRESS));
    CHECK(!parse_pubkey_hash(&k, ADDRESS + 2));
}

static void test_parse__takes_whole_numbers_only(struct prng *rng)
{
    (void)rng;
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "0x1",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "000000000000000000001"};
    uint64_t n;
    CHECK(parse_u64(&n, "0", 0) && n == 0);
    CHECK(parse_u64(&n, "18446744073709551615", UINT64_MAX) && n == UINT64_MAX);
    CHECK(!parse_u64(&n, "11", 10));
    for (size_t i = 0; i < ZK_COUNT(wrong); i++) CHECK_MSG(!parse_u64(&n, wrong[i], UINT64_MAX), "%s", wrong[i]);
}

static struct json_object *json_of(const char *text)
{
    bool ok;
    struct json_object *o = json_read(text, strlen(text), &ok);
    CHECK_MSG(ok, "%s", text);
    return o;
}

static void test_parse__names_tokens_three_ways(struct prng *rng)
{
    (void)rng;
    static const struct {
        const char *json;
        int kind; /* -1: none */
    } cases[] = {{"0", TOKEN_BY_ID},
                 {"4294967295", TOKEN_BY_ID},
                 {"4294967296", -1},
                 {"-1", -1},
                 {"\"" ADDRESS "\"", TOKEN_BY_ADDRESS},
                 {"\"0x0011223344556677889900112233445566778gzz\"", -1},
                 {"\"0x12\"", TOKEN_BY_SYMBOL},
                 {"\"ETH\"", TOKEN_BY_SYMBOL},
                 {"\"12\"", TOKEN_BY_SYMBOL},
                 {"null", -1},
                 {"[]", -1},
                 {"1.5", -1}};
    struct token_like t;
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        struct json_object *o = json_of(cases[i].json);
        bool ok = parse_token_like(&t, o);
        CHECK_MSG(ok == (cases[i].kind >= 0) && (!ok || (int)t.kind == cases[i].kind), "%s", cases[i].json);
        json_object_put(o);
    }
    CHECK(parse_token_like_text(&t, "12") && t.kind == TOKEN_BY_ID && t.id == 12);
    CHECK(!parse_token_like_text(&t, "99999999999"));
    char longest[300];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK(parse_token_like_text(&t, longest) && t.kind == TOKEN_BY_SYMBOL && strlen(t.symbol) == sizeof t.symbol - 1);
}

static void test_parse__knows_every_type_of_fee(struct prng *rng)
{
    (void)rng;
    static const struct {
        const char *json;
        int type;
    } cases[] = {{"\"Transfer\"", FEE_TRANSFER},
                 {"\"FastWithdrawNFT\"", FEE_FAST_WITHDRAW_NFT},
                 {"\"Swap\"", FEE_SWAP},
                 {"\"transfer\"", -1},
                 {"\"ChangePubKey\"", -1},
                 {"{\"ChangePubKey\":\"Onchain\"}", FEE_CHANGE_PUBKEY_ONCHAIN},
                 {"{\"ChangePubKey\":\"EIP712\"}", FEE_CHANGE_PUBKEY_EIP712},
                 {"{\"ChangePubKey\":{\"onchainPubkeyAuth\":true}}", FEE_CHANGE_PUBKEY_ONCHAIN},
                 {"{\"ChangePubKey\":{\"onchainPubkeyAuth\":false}}", FEE_CHANGE_PUBKEY_LEGACY},
                 {"{\"ChangePubKey\":{\"onchainPubkeyAuth\":0}}", -1},
                 {"{\"ChangePubKey\":null}", -1},
                 {"{}", -1},
                 {"null", -1}};
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        fee_type type;
        struct json_object *o = json_of(cases[i].json);
        bool ok = parse_fee_type(&type, o);
        CHECK_MSG(ok == (cases[i].type >= 0) && (!ok || (int)type == cases[i].type), "%s", cases[i].json);
        json_object_put(o);
    }
}

static void test_parse__reads_signatures_strictly(struct prng *rng)
{
    (void)rng;
    static const char *const wrong[] = {"null",
                                        "7",
                                        "{}",
                                        "{\"type\":\"EthereumSignature\"}",
                                        "{\"type\":\"EthereumSignature\",\"signature\":\"0x12\"}",
                                        "{\"type\":\"Other\",\"signature\":\"0x12\"}",
                                        "{\"type\":\"EIP1271Signature\",\"signature\":\"0x123\"}",
                                        "{\"type\":\"EIP1271Signature\",\"signature\":\"1234\"}",
                                        "{\"type\":\"EIP1271Signature\",\"signature\":\"0xzz\"}"};
    struct submit_signature s;
    for (size_t i = 0; i < ZK_COUNT(wrong); i++) {
        struct json_object *o = json_of(wrong[i]);
        CHECK_MSG(!parse_eth_signature(&s, o), "%s", wrong[i]);
        json_object_put(o);
    }
    struct json_object *o = json_of("{\"type\":\"EIP1271Signature\",\"signature\":\"0xAbcd\"}");
    CHECK(parse_eth_signature(&s, o) && s.kind == SUBMIT_SIGNATURE_EIP1271 && s.eip1271_len == 2);
    CHECK(s.eip1271[0] == 0xab && s.eip1271[1] == 0xcd);
    free(s.eip1271);
    json_object_put(o);
    o = json_of("{\"type\":\"EIP1271Signature\",\"signature\":\"0x\"}");
    CHECK(parse_eth_signature(&s, o) && s.eip1271_len == 0);
    free(s.eip1271);
    json_object_put(o);
}

static void test_parse__decodes_queries(struct prng *rng)
{
    (void)rng;
    static const char *const wrong[] = {
        "a=%",   "a=%4",     "a=%zz",       "a=%00",          "a=1&a=2",
        "a=%ff", "a=%c0%80", "a=%ed%a0%80", "a=%f4%90%80%80", "1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17"};
    struct query q;
    CHECK(parse_query(&q, "") && q.n == 0);
    CHECK(parse_query(&q, "from=latest&limit=10&x=a%20b+c%2B%26&empty=&none&&u=%e2%82%ac"));
    CHECK_EQ_STR("latest", query_get(&q, "from"));
    CHECK_EQ_STR("a b c+&", query_get(&q, "x"));
    CHECK_EQ_STR("", query_get(&q, "empty"));
    CHECK_EQ_STR("", query_get(&q, "none"));
    CHECK_EQ_STR("\xe2\x82\xac", query_get(&q, "u"));
    CHECK(query_get(&q, "y") == NULL);
    for (size_t i = 0; i < ZK_COUNT(wrong); i++) CHECK_MSG(!parse_query(&q, wrong[i]), "%s", wrong[i]);
    char longest[3000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK(!parse_query(&q, longest));
}

static void test_rest__matches_routes(struct prng *rng)
{
    (void)rng;
    char args[REST_ARGS_MAX][REST_ARG_MAX];
    CHECK(rest_match(args, "/a/{x}/b/{y}", "/a/1/b/two%20"));
    CHECK_EQ_STR("1", args[0]);
    CHECK_EQ_STR("two ", args[1]);
    CHECK(rest_match(args, "/a", "/a/") && !rest_match(args, "/a", "/a//"));
    CHECK(!rest_match(args, "/a/{x}", "/a/") && !rest_match(args, "/a/{x}", "/a/1/2") &&
          !rest_match(args, "/a", "/ab"));
    CHECK(!rest_match(args, "/a/{x}", "/a/%00") && !rest_match(args, "/a/{x}", "/a/%2"));
    CHECK(rest_match(args, "/a/{x}", "/a/b%2fc")); /* an escaped slash is no border */
    CHECK_EQ_STR("b/c", args[0]);
    char longest[REST_ARG_MAX + 8] = "/a/";
    memset(longest + 3, 'x', REST_ARG_MAX);
    CHECK(!rest_match(args, "/a/{x}", longest));
}

static void test_prices__divide_exactly(struct prng *rng)
{
    (void)rng;
    char text[PRICE_TEXT_MAX];
    price_ratio_text(text, 1, 3);
    CHECK_EQ_STR("0.333333333333333333", text);
    price_ratio_text(text, 200, 1);
    CHECK_EQ_STR("200", text);
    price_ratio_text(text, 1, UINT64_C(1000000000000000000));
    CHECK_EQ_STR("0.000000000000000001", text);
    price_ratio_text(text, UINT64_MAX, 2);
    CHECK_EQ_STR("9223372036854775807.5", text);
    price_ratio_text(text, UINT64_MAX - 1, UINT64_MAX);
    CHECK_EQ_STR("0.999999999999999999", text);
}

static void test_csv__quotes_what_needs_it(struct prng *rng)
{
    (void)rng;
    static const char *const cases[][2] = {
        {"plain", "plain"},    {"", ""},          {"a,b", "\"a,b\""},  {"a\"b", "\"a\"\"b\""},
        {"=1+1", "\"'=1+1\""}, {"-1", "\"'-1\""}, {"a\nb", "\"a\nb\""}};
    char out[CSV_FIELD_MAX];
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        size_t n = csv_field(out, cases[i][0]);
        CHECK_EQ_STR(cases[i][1], out);
        CHECK_EQ_U64(strlen(out), n);
    }
    char longest[2 * CSV_FIELD_MAX];
    memset(longest, '"', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK(csv_field(out, longest) < CSV_FIELD_MAX);
}

static void test_json__is_bounded(struct prng *rng)
{
    (void)rng;
    static const char *const wrong[] = {"",    " ",   "{",     "[1,]", "{\"a\":1,}",  "nul",
                                        "1 2", "'a'", "[1] x", "\xff", "\"\xc0\x80\""};
    bool ok;
    for (size_t i = 0; i < ZK_COUNT(wrong); i++) {
        json_object_put(json_read(wrong[i], strlen(wrong[i]), &ok));
        CHECK_MSG(!ok, "%s", wrong[i]);
    }
    size_t cap = 500000;
    char *text = malloc(cap);
    CHECK(text != NULL);
    for (size_t n = 20; n <= 30; n += 10) { /* levels */
        memset(text, '[', n);
        memset(text + n, ']', n);
        json_object_put(json_read(text, 2 * n, &ok));
        CHECK(ok == (n == 20));
    }
    for (size_t n = 190000; n <= 210000; n += 20000) { /* values */
        text[0] = '[';
        for (size_t i = 0; i < 2 * n; i++) text[1 + i] = i % 2 == 0 ? '7' : ',';
        text[2 * n] = ']';
        json_object_put(json_read(text, 2 * n + 1, &ok));
        CHECK(ok == (n == 190000));
    }
    free(text);
}

/* ---- what the SDK sends */

static void check_sdk_call(struct json_object *request)
{
    const char *name = json_text(json_member(request, "method")), *why = "";
    struct json_object *params = json_member(request, "params");
    CHECK_MSG(name == NULL || rpc_method_find(name) != NULL, "method %s", name);
    if (name != NULL && strcmp(name, "tx_submit") == 0) {
        struct submit_tx t = {0};
        CHECK_MSG(parse_submit_tx(&t, rpc_param(params, 0), rpc_param(params, 1), &why), "%s: %s", why,
                  json_object_to_json_string(params));
        for (size_t i = 0; i < ZK_COUNT(t.signatures); i++) free(t.signatures[i].eip1271);
    }
    if (name != NULL && strcmp(name, "submit_txs_batch") == 0) {
        struct submit_request *r = parse_batch(rpc_param(params, 0), rpc_param(params, 1), SUBMIT_RPC, &why);
        CHECK_MSG(r != NULL, "%s: %s", why, json_object_to_json_string(params));
        submit_request_destroy(r);
    }
    if (name != NULL && strcmp(name, "get_tx_fee") == 0) {
        fee_type type;
        struct token_like token;
        CHECK(parse_fee_type(&type, rpc_param(params, 0)) && parse_token_like(&token, rpc_param(params, 2)));
    }
}

static bool route_exists(http_method method, const char *path)
{
    static const struct rest_route *const tables[] = {routes_v02, routes_v01};
    char args[REST_ARGS_MAX][REST_ARG_MAX];
    for (size_t t = 0; t < ZK_COUNT(tables); t++)
        for (const struct rest_route *r = tables[t]; r->pattern != NULL; r++)
            if (r->method == method && rest_match(args, r->pattern, path)) return true;
    return false;
}

/* request: {method, url, body} */
static void check_sdk_rest(struct json_object *request)
{
    const char *method = json_text(json_member(request, "method")), *path = json_text(json_member(request, "url"));
    struct query query;
    char only[1024];
    CHECK_MSG(method != NULL && path != NULL, "%s", json_object_to_json_string(request));
    size_t len = strcspn(path, "?");
    CHECK(len < sizeof only);
    memcpy(only, path, len);
    only[len] = '\0';
    CHECK_MSG(route_exists(strcmp(method, "POST") == 0 ? HTTP_POST : HTTP_GET, only), "%s %s", method, path);
    CHECK_MSG(parse_query(&query, path[len] == '?' ? path + len + 1 : ""), "%s", path);
}

static void test_parse__takes_all_that_the_sdk_sends(struct prng *rng)
{
    (void)rng;
    struct file_map m;
    bool ok;
    size_t n_rpc = 0, n_rest = 0;
    CHECK_OK(file_map(&m, "tests/vectors/sdk_requests.json"));
    struct json_object *all = json_read((const char *)m.bytes, m.len, &ok), *steps = json_member(all, "steps");
    file_unmap(&m);
    CHECK(ok && json_object_is_type(steps, json_type_array));
    for (size_t i = 0; i < json_object_array_length(steps); i++) {
        struct json_object *list = json_member(json_object_array_get_idx(steps, i), "exchanges");
        for (size_t k = 0; list != NULL && k < json_object_array_length(list); k++) {
            struct json_object *x = json_object_array_get_idx(list, k), *request = json_member(x, "request");
            const char *to = json_text(json_member(x, "to"));
            CHECK(to != NULL);
            if (strcmp(to, "jsonrpc-http") == 0 || strcmp(to, "jsonrpc-ws") == 0) {
                check_sdk_call(request);
                n_rpc++;
            } else if (strcmp(to, "rest") == 0) {
                check_sdk_rest(request);
                n_rest++;
            }
        }
    }
    CHECK_MSG(n_rpc > 50 && n_rest > 20, "%zu calls, %zu of REST", n_rpc, n_rest);
    json_object_put(all);
}

TEST_MAIN(TEST(test_parse__takes_addresses_and_hashes), TEST(test_parse__takes_whole_numbers_only),
          TEST(test_parse__names_tokens_three_ways), TEST(test_parse__knows_every_type_of_fee),
          TEST(test_parse__reads_signatures_strictly), TEST(test_parse__decodes_queries),
          TEST(test_rest__matches_routes), TEST(test_prices__divide_exactly), TEST(test_csv__quotes_what_needs_it),
          TEST(test_json__is_bounded), TEST(test_parse__takes_all_that_the_sdk_sends))
