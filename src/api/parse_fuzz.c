/* What strangers write in requests: read without harm, within every bound, and owned by whom the header says. */
#include "api/parse.h"
#include "base/fuzz.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *member(struct json_object *o, const char *key)
{
    struct json_object *value = NULL;
    if (json_object_is_type(o, json_type_object)) (void)json_object_object_get_ex(o, key, &value);
    return value;
}

static void check_signature(const struct submit_signature *s)
{
    FUZZ_CHECK(s->kind <= SUBMIT_SIGNATURE_EIP1271);
    FUZZ_CHECK(s->eip1271_len <= SUBMIT_EIP1271_MAX);
    FUZZ_CHECK(s->eip1271_len == 0 || (s->kind == SUBMIT_SIGNATURE_EIP1271 && s->eip1271 != NULL));
}

static void check_tx(const struct submit_tx *t)
{
    for (size_t i = 0; i < ZK_COUNT(t->signatures); i++) check_signature(&t->signatures[i]);
    FUZZ_CHECK(t->verdict < TX_VERDICTS);
    FUZZ_CHECK(t->close || t->verdict != TX_VALID || tx_type_str(t->tx.type) != NULL);
    for (size_t i = 1; i < ZK_COUNT(t->signatures); i++)
        FUZZ_CHECK(t->is_array || t->signatures[i].kind == SUBMIT_SIGNATURE_NONE);
}

static void one_tx(struct json_object *json)
{
    const char *why = NULL;
    struct submit_request *r = submit_request_create(1);
    if (r == NULL) return;
    if (parse_submit_tx(&r->txs[0], member(json, "tx"), member(json, "signature"), &why))
        check_tx(&r->txs[0]);
    else
        FUZZ_CHECK(why != NULL);
    submit_request_destroy(r);
}

static void batch(struct json_object *json)
{
    const char *why = NULL;
    struct submit_request *r = parse_batch(member(json, "txs"), member(json, "signature"), SUBMIT_REST, &why);
    FUZZ_CHECK(r != NULL || why != NULL);
    if (r == NULL) return;
    FUZZ_CHECK(r->is_batch && r->n <= SUBMIT_BATCH_MAX && r->n <= r->n_given);
    for (size_t i = 0; i < r->n; i++) check_tx(&r->txs[i]);
    for (size_t i = 0; i < r->n_signatures_given && i < SUBMIT_SIGNATURES_MAX; i++) {
        check_signature(&r->signatures[i]);
        FUZZ_CHECK(r->signatures[i].kind != SUBMIT_SIGNATURE_NONE);
    }
    submit_request_destroy(r);
}

static void toggle(struct json_object *json)
{
    const char *why = NULL;
    struct toggle_2fa t = {0};
    if (!parse_toggle_2fa(&t, json, &why)) {
        FUZZ_CHECK(why != NULL);
        return;
    }
    check_signature(&t.signature);
    free(t.signature.eip1271);
}

static void small_things(struct json_object *json)
{
    struct token_like token;
    fee_type type;
    if (parse_token_like(&token, json)) FUZZ_CHECK(memchr(token.symbol, 0, sizeof token.symbol) != NULL);
    if (parse_fee_type(&type, json)) FUZZ_CHECK(type < FEE_TYPES);
}

/* What stands in a query is found again, and nothing else. */
static void query(const char *text)
{
    struct query q;
    if (!parse_query(&q, text)) return;
    FUZZ_CHECK(q.n <= QUERY_PAIRS_MAX);
    for (size_t i = 0; i < q.n; i++) {
        FUZZ_CHECK(q.keys[i] >= q.text && q.keys[i] < q.text + sizeof q.text);
        FUZZ_CHECK(q.values[i] >= q.text && q.values[i] + strlen(q.values[i]) < q.text + sizeof q.text);
        FUZZ_CHECK(query_get(&q, q.keys[i]) == q.values[i]);
    }
}

static void words(const char *text)
{
    eth_address address;
    hash32 hash;
    pubkey_hash key;
    uint64_t number;
    struct token_like token;
    char segment[64];
    const char *why = NULL;
    if (parse_address(&address, text, true)) FUZZ_CHECK(strlen(text) == 40 || strlen(text) == 42);
    FUZZ_CHECK(parse_tx_hash(&hash, text, &why) || why != NULL);
    if (parse_pubkey_hash(&key, text)) FUZZ_CHECK(strlen(text) >= 42);
    if (parse_u64(&number, text, 1000)) FUZZ_CHECK(number <= 1000 && parse_is_digits(text));
    if (parse_token_like_text(&token, text)) FUZZ_CHECK(memchr(token.symbol, 0, sizeof token.symbol) != NULL);
    if (parse_segment(segment, sizeof segment, text, strlen(text))) FUZZ_CHECK(strlen(segment) < sizeof segment);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);
    if (text == NULL) return;
    memcpy(text, data, len);
    text[len] = '\0';
    struct json_object *json = json_tokener_parse(text);
    if (json != NULL) {
        one_tx(json);
        batch(json);
        toggle(json);
        small_things(json);
        json_object_put(json);
    }
    query(text);
    words(text);
    free(text);
}
