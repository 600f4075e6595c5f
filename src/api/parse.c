#include "api/parse.h"

#include "api/json_out.h"
#include "rollup/tx_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool hex_of(uint8_t *out, size_t n, const char *digits)
{
    size_t len = strlen(digits);
    return len == 2 * n && hex_decode(out, n, digits, len);
}

bool parse_address(eth_address *out, const char *text, bool bare)
{
    if (text == NULL) return false;
    if (strncmp(text, "0x", 2) == 0) return hex_of(out->b, sizeof out->b, text + 2);
    return bare && hex_of(out->b, sizeof out->b, text);
}

bool parse_tx_hash(hash32 *out, const char *text, const char **why)
{
    const char *digits = NULL;
    *why = "TxHash should start with 0x or sync-tx:";
    if (text != NULL && strncmp(text, "0x", 2) == 0) digits = text + 2;
    if (text != NULL && strncmp(text, "sync-tx:", 8) == 0) digits = text + 8;
    if (digits == NULL) return false;
    *why = "TxHash size should be equal to 32";
    if (strlen(digits) != 64) return false;
    *why = "TxHash is not hexadecimal";
    return hex_of(out->b, sizeof out->b, digits);
}

bool parse_pubkey_hash(pubkey_hash *out, const char *text)
{
    if (text == NULL) return false;
    if (strncmp(text, "sync:", 5) == 0) return hex_of(out->b, sizeof out->b, text + 5);
    if (strncmp(text, "0x", 2) == 0) return hex_of(out->b, sizeof out->b, text + 2);
    return false;
}

bool parse_is_digits(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

bool parse_u64(uint64_t *out, const char *text, uint64_t max)
{
    uint64_t v = 0;
    if (text == NULL || !parse_is_digits(text) || strlen(text) > 20) return false;
    for (const char *p = text; *p != '\0'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (v > (UINT64_MAX - digit) / 10) return false;
        v = v * 10 + digit;
    }
    *out = v;
    return v <= max;
}

static bool is_address_text(const char *text)
{
    return strncmp(text, "0x", 2) == 0 && strlen(text) == 42;
}

bool parse_token_like_text(struct token_like *out, const char *text)
{
    uint64_t id;
    memset(out, 0, sizeof *out);
    if (parse_is_digits(text)) {
        out->kind = TOKEN_BY_ID;
        if (!parse_u64(&id, text, UINT32_MAX)) return false;
        out->id = (uint32_t)id;
        return true;
    }
    if (is_address_text(text)) {
        out->kind = TOKEN_BY_ADDRESS;
        return parse_address(&out->address, text, false);
    }
    out->kind = TOKEN_BY_SYMBOL;
    size_t len = strlen(text);
    if (len >= sizeof out->symbol) len = sizeof out->symbol - 1; /* no token is called that */
    memcpy(out->symbol, text, len);
    return true;
}

bool parse_token_like(struct token_like *out, struct json_object *json)
{
    uint64_t id;
    memset(out, 0, sizeof *out);
    if (json_u64(&id, json)) {
        out->kind = TOKEN_BY_ID;
        out->id = (uint32_t)id;
        return id <= UINT32_MAX;
    }
    const char *text = json_text(json);
    if (text == NULL) return false;
    if (is_address_text(text) || !parse_is_digits(text)) return parse_token_like_text(out, text);
    out->kind = TOKEN_BY_SYMBOL; /* in a body a string of digits is a symbol */
    (void)snprintf(out->symbol, sizeof out->symbol, "%s", text);
    return true;
}

bool parse_fee_type(fee_type *out, struct json_object *json)
{
    static const struct {
        const char *name;
        fee_type type;
    } plain[] = {{"Transfer", FEE_TRANSFER},
                 {"Withdraw", FEE_WITHDRAW},
                 {"FastWithdraw", FEE_FAST_WITHDRAW},
                 {"ForcedExit", FEE_FORCED_EXIT},
                 {"MintNFT", FEE_MINT_NFT},
                 {"WithdrawNFT", FEE_WITHDRAW_NFT},
                 {"FastWithdrawNFT", FEE_FAST_WITHDRAW_NFT},
                 {"Swap", FEE_SWAP}},
      change[] = {{"Onchain", FEE_CHANGE_PUBKEY_ONCHAIN},
                  {"ECDSA", FEE_CHANGE_PUBKEY_ECDSA},
                  {"CREATE2", FEE_CHANGE_PUBKEY_CREATE2},
                  {"EIP712", FEE_CHANGE_PUBKEY_EIP712}};
    const char *name = json_text(json);
    if (name != NULL) {
        for (size_t i = 0; i < ZK_COUNT(plain); i++) {
            *out = plain[i].type;
            if (strcmp(name, plain[i].name) == 0) return true;
        }
        return false;
    }
    struct json_object *auth = json_member(json, "ChangePubKey");
    name = json_text(auth);
    if (name != NULL) {
        for (size_t i = 0; i < ZK_COUNT(change); i++) {
            *out = change[i].type;
            if (strcmp(name, change[i].name) == 0) return true;
        }
        return false;
    }
    struct json_object *onchain = json_member(auth, "onchainPubkeyAuth");
    if (!json_object_is_type(onchain, json_type_boolean)) return false;
    *out = json_object_get_boolean(onchain) ? FEE_CHANGE_PUBKEY_ONCHAIN : FEE_CHANGE_PUBKEY_LEGACY;
    return true;
}

/* ---- signatures */

bool parse_eth_signature(struct submit_signature *out, struct json_object *json)
{
    memset(out, 0, sizeof *out);
    const char *type = json_text(json_member(json, "type"));
    const char *hex = json_text(json_member(json, "signature"));
    if (type == NULL || hex == NULL || strncmp(hex, "0x", 2) != 0) return false;
    if (strcmp(type, "EthereumSignature") == 0) {
        out->kind = SUBMIT_SIGNATURE_ETHEREUM;
        return hex_of(out->ethereum, sizeof out->ethereum, hex + 2);
    }
    if (strcmp(type, "EIP1271Signature") != 0) return false;
    size_t digits = strlen(hex + 2);
    if (digits % 2 != 0 || digits / 2 > SUBMIT_EIP1271_MAX) return false;
    uint8_t *bytes = malloc(digits / 2 + 1);
    if (bytes == NULL) return false;
    if (digits > 0 && !hex_of(bytes, digits / 2, hex + 2)) {
        free(bytes);
        return false;
    }
    out->kind = SUBMIT_SIGNATURE_EIP1271;
    out->eip1271 = bytes;
    out->eip1271_len = digits / 2;
    return true;
}

/* EthSigs: null, one, or an array of up to three of which some may be null. */
static bool parse_eth_signatures(struct submit_tx *out, struct json_object *json)
{
    if (json == NULL) return true;
    if (!json_object_is_type(json, json_type_array)) return parse_eth_signature(&out->signatures[0], json);
    out->is_array = true;
    size_t n = json_object_array_length(json);
    if (n > ZK_COUNT(out->signatures)) return false;
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(json, i);
        if (item != NULL && !parse_eth_signature(&out->signatures[i], item)) return false;
    }
    return true;
}

bool parse_submit_tx(struct submit_tx *out, struct json_object *tx, struct json_object *signatures, const char **why)
{
    const char *type = json_text(json_member(tx, "type"));
    if (type != NULL && strcmp(type, "Close") == 0) {
        out->close = true;
        return true;
    }
    if (tx_from_json(&out->tx, &out->verdict, tx) != ZK_OK) {
        *why = zk_err_message();
        return false;
    }
    *why = "signature: want null, {type, signature}, or an array of three of these";
    return parse_eth_signatures(out, signatures);
}

static bool parse_batch_signatures(struct submit_request *r, struct json_object *json)
{
    if (json == NULL) return true;
    if (!json_object_is_type(json, json_type_array)) {
        r->n_signatures_given = 1;
        return parse_eth_signature(&r->signatures[0], json);
    }
    size_t n = json_object_array_length(json);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(json, i);
        if (item == NULL) continue;
        size_t k = r->n_signatures_given++;
        if (k < SUBMIT_SIGNATURES_MAX && !parse_eth_signature(&r->signatures[k], item)) return false;
    }
    return true;
}

struct submit_request *parse_batch(struct json_object *txs, struct json_object *signatures, submit_flavour flavour,
                                   const char **why)
{
    *why = "want an array of {tx, signature}";
    if (!json_object_is_type(txs, json_type_array)) return NULL;
    size_t given = json_object_array_length(txs);
    size_t n = given > SUBMIT_BATCH_MAX ? SUBMIT_BATCH_MAX : given;
    struct submit_request *r = submit_request_create(n);
    if (r == NULL) {
        *why = "no memory";
        return NULL;
    }
    r->flavour = flavour;
    r->is_batch = true;
    r->n_given = given;
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        struct json_object *item = json_object_array_get_idx(txs, i);
        ok = parse_submit_tx(&r->txs[i], json_member(item, "tx"), json_member(item, "signature"), why);
    }
    if (ok) {
        *why = "signature of the batch: want null, {type, signature}, or an array of these";
        ok = parse_batch_signatures(r, signatures);
    }
    if (ok) return r;
    submit_request_destroy(r);
    return NULL;
}

bool parse_toggle_2fa(struct toggle_2fa *out, struct json_object *json, const char **why)
{
    uint64_t id;
    memset(out, 0, sizeof *out);
    struct json_object *enable = json_member(json, "enable");
    struct json_object *key = json_member(json, "pubKeyHash");
    *why = "enable: want a boolean";
    if (!json_object_is_type(enable, json_type_boolean)) return false;
    out->enable = json_object_get_boolean(enable);
    *why = "accountId: want a number";
    if (!json_u64(&id, json_member(json, "accountId")) || id > UINT32_MAX) return false;
    out->account_id = (uint32_t)id;
    *why = "timestamp: want milliseconds";
    if (!json_u64(&out->timestamp_ms, json_member(json, "timestamp"))) return false;
    *why = "pubKeyHash: want sync: and 40 hexadecimal digits";
    out->has_key = key != NULL;
    if (out->has_key && !parse_pubkey_hash(&out->key, json_text(key))) return false;
    *why = "signature: want {type, signature}";
    return parse_eth_signature(&out->signature, json_member(json, "signature"));
}

/* ---- percent encoding */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Length of the UTF-8 sequence at p, 0 if it is none. Overlong forms, surrogates and what is beyond U+10FFFF are
 * none. */
static size_t utf8_len(const uint8_t *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : 0;
    if (p[0] >= 0xf0 && p[0] <= 0xf4) n = 4;
    if (n == 0 || n > left) return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (p[0] == 0xe0 && p[1] < 0xa0) return 0;
    if (p[0] == 0xed && p[1] > 0x9f) return 0;
    if (p[0] == 0xf0 && p[1] < 0x90) return 0;
    if (p[0] == 0xf4 && p[1] > 0x8f) return 0;
    return n;
}

bool parse_is_utf8(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len((const uint8_t *)text + i, len - i);
        if (n == 0) return false;
        i += n;
    }
    return true;
}

static bool decode(char *out, size_t cap, size_t *out_len, const char *text, size_t len, bool plus)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int hi = i + 2 < len ? hex_digit(text[i + 1]) : -1;
            int lo = i + 2 < len ? hex_digit(text[i + 2]) : -1;
            if (hi < 0 || lo < 0) return false;
            c = (char)(hi * 16 + lo);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0' || n + 1 >= cap) return false;
        out[n++] = c;
    }
    out[n] = '\0';
    *out_len = n;
    return parse_is_utf8(out, n);
}

bool parse_segment(char *out, size_t cap, const char *text, size_t len)
{
    size_t n;
    return decode(out, cap, &n, text, len, false);
}

bool parse_query(struct query *out, const char *text)
{
    size_t used = 0;
    out->n = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, "&");
        if (len > 0) {
            if (out->n == QUERY_PAIRS_MAX) return false;
            const char *eq = memchr(text, '=', len);
            size_t key_len = eq != NULL ? (size_t)(eq - text) : len;
            size_t value_at = eq != NULL ? key_len + 1 : len;
            size_t n;
            char *key = out->text + used;
            if (!decode(key, sizeof out->text - used, &n, text, key_len, true)) return false;
            used += n + 1;
            char *value = out->text + used;
            if (used >= sizeof out->text ||
                !decode(value, sizeof out->text - used, &n, text + value_at, len - value_at, true))
                return false;
            used += n + 1;
            if (query_get(out, key) != NULL) return false;
            out->keys[out->n] = key;
            out->values[out->n] = value;
            out->n++;
        }
        text += len;
        if (*text == '&') text++;
    }
    return true;
}

const char *query_get(const struct query *q, const char *key)
{
    for (size_t i = 0; i < q->n; i++)
        if (strcmp(q->keys[i], key) == 0) return q->values[i];
    return NULL;
}
