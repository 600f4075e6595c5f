#include "rollup/tx_json.h"

#include "rollup/amount.h"

#include <json-c/json.h>
#include <stdio.h>

/* ---- reading ---- */

struct reader {
    struct json_object *o;
    zk_err err;         /* the first member that is malformed */
    tx_verdict verdict; /* the first number that is too big */
};

static void fail(struct reader *r, const char *key, const char *want)
{
    if (r->err == ZK_OK) r->err = zk_fail(ZK_ERR_INPUT, "%s: want %s", key, want);
}

static void refuse(struct reader *r, tx_verdict verdict)
{
    if (r->verdict == TX_VALID) r->verdict = verdict;
}

/* True if v is exactly this text; a NUL inside does not end it. */
static bool is_text(struct json_object *v, const char *text)
{
    return json_object_is_type(v, json_type_string) && (size_t)json_object_get_string_len(v) == strlen(text) &&
           memcmp(json_object_get_string(v), text, strlen(text)) == 0;
}

/* The member, or NULL if it is absent or null. */
static struct json_object *member(const struct reader *r, const char *key)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(r->o, key, &v) ? v : NULL;
}

static struct json_object *object_member(struct reader *r, const char *key)
{
    struct json_object *v = member(r, key);
    if (v != NULL && json_object_is_type(v, json_type_object)) return v;
    fail(r, key, "an object");
    return NULL;
}

static uint64_t get_u64(struct reader *r, const char *key, uint64_t max)
{
    struct json_object *v = member(r, key);
    if (v != NULL && json_object_is_type(v, json_type_int) && json_object_get_int64(v) >= 0) {
        uint64_t n = json_object_get_uint64(v);
        if (n <= max) return n;
    }
    fail(r, key, max == UINT32_MAX ? "an integer below 2^32" : "an integer below 2^64");
    return 0;
}

static uint32_t get_u32(struct reader *r, const char *key)
{
    return (uint32_t)get_u64(r, key, UINT32_MAX);
}

static uint32_t get_u32_or_0(struct reader *r, const char *key)
{
    return member(r, key) == NULL ? 0 : get_u32(r, key);
}

static bool get_bool_or_false(struct reader *r, const char *key)
{
    struct json_object *v = member(r, key);
    if (v == NULL) return false;
    if (!json_object_is_type(v, json_type_boolean)) fail(r, key, "true or false");
    return json_object_get_boolean(v);
}

/* An amount: decimal text, or an integer below 2^64 - 1, for json-c reads all that are larger as that. */
static u128 read_u128(struct reader *r, const char *key, struct json_object *v, tx_verdict too_big)
{
    u128 n = 0;
    u128_parse parsed = U128_MALFORMED;
    if (v != NULL && json_object_is_type(v, json_type_int) && json_object_get_int64(v) >= 0 &&
        json_object_get_uint64(v) != UINT64_MAX)
        return json_object_get_uint64(v);
    if (v != NULL && json_object_is_type(v, json_type_string))
        parsed = u128_from_text(&n, json_object_get_string(v), (size_t)json_object_get_string_len(v));
    if (parsed == U128_TOO_BIG) refuse(r, too_big);
    if (parsed == U128_MALFORMED) fail(r, key, "a decimal number of base units");
    return n;
}

static u128 get_u128(struct reader *r, const char *key, tx_verdict too_big)
{
    return read_u128(r, key, member(r, key), too_big);
}

static void get_u128_pair(struct reader *r, u128 out[2], const char *key, tx_verdict too_big)
{
    struct json_object *v = member(r, key);
    if (v == NULL || !json_object_is_type(v, json_type_array) || json_object_array_length(v) != 2) {
        fail(r, key, "an array of two decimal numbers");
        return;
    }
    for (size_t i = 0; i < 2; i++) out[i] = read_u128(r, key, json_object_array_get_idx(v, i), too_big);
}

/* Exactly n bytes of hex after the prefix. */
static bool get_hex(uint8_t *out, size_t n, struct json_object *v, const char *prefix)
{
    memset(out, 0, n);
    if (v == NULL || !json_object_is_type(v, json_type_string)) return false;
    const char *text = json_object_get_string(v);
    size_t len = (size_t)json_object_get_string_len(v);
    size_t skip = strlen(prefix);
    return len == skip + 2 * n && memcmp(text, prefix, skip) == 0 && hex_decode(out, n, text + skip, 2 * n);
}

static void get_address(struct reader *r, eth_address *out, const char *key)
{
    if (!get_hex(out->b, sizeof out->b, member(r, key), "0x")) fail(r, key, "0x and 40 hex digits");
}

static void get_hash32(struct reader *r, hash32 *out, const char *key)
{
    if (!get_hex(out->b, sizeof out->b, member(r, key), "0x")) fail(r, key, "0x and 64 hex digits");
}

static void get_eth_signature(struct reader *r, uint8_t out[65], const char *key)
{
    if (!get_hex(out, 65, member(r, key), "0x")) fail(r, key, "0x and 130 hex digits");
}

static void get_pubkey_hash(struct reader *r, pubkey_hash *out, const char *key)
{
    struct json_object *v = member(r, key);
    if (!get_hex(out->b, sizeof out->b, v, "sync:") && !get_hex(out->b, sizeof out->b, v, "0x"))
        fail(r, key, "sync: and 40 hex digits");
}

static void get_l2_signature(struct reader *r, struct l2_signature *out)
{
    struct reader sub = {object_member(r, "signature"), ZK_OK, TX_VALID};
    if (sub.o == NULL) return;
    if (!get_hex(out->pubkey, sizeof out->pubkey, member(&sub, "pubKey"), "")) fail(r, "pubKey", "64 hex digits");
    if (!get_hex(out->sig, sizeof out->sig, member(&sub, "signature"), "")) fail(r, "signature", "128 hex digits");
}

static struct time_range get_range(struct reader *r)
{
    return (struct time_range){get_u64(r, "validFrom", UINT64_MAX), get_u64(r, "validUntil", UINT64_MAX)};
}

/* "If either is absent": half a range is none. */
static struct time_range get_range_or_all(struct reader *r)
{
    if (member(r, "validFrom") == NULL || member(r, "validUntil") == NULL) return TIME_RANGE_ALL;
    return get_range(r);
}

static void get_transfer(struct reader *r, struct tx_transfer *t)
{
    t->account_id = get_u32(r, "accountId");
    get_address(r, &t->from, "from");
    get_address(r, &t->to, "to");
    t->token = get_u32(r, "token");
    t->amount = get_u128(r, "amount", TX_BAD_AMOUNT);
    t->fee = get_u128(r, "fee", TX_BAD_FEE);
    t->nonce = get_u32(r, "nonce");
    t->valid = get_range_or_all(r);
}

static void get_withdraw(struct reader *r, struct tx_withdraw *t)
{
    t->account_id = get_u32(r, "accountId");
    get_address(r, &t->from, "from");
    get_address(r, &t->to, "to");
    t->token = get_u32(r, "token");
    t->amount = get_u128(r, "amount", TX_BAD_AMOUNT);
    t->fee = get_u128(r, "fee", TX_BAD_FEE);
    t->nonce = get_u32(r, "nonce");
    t->fast = get_bool_or_false(r, "fast");
    t->valid = get_range_or_all(r);
}

static void get_batch_hash_or_zero(struct reader *r, hash32 *out)
{
    if (member(r, "batchHash") != NULL) get_hash32(r, out, "batchHash");
}

static void get_auth_data(struct reader *r, struct change_pubkey_auth *auth)
{
    struct json_object *v = member(r, "type");
    if (is_text(v, "Onchain")) {
        auth->kind = CHANGE_PUBKEY_ONCHAIN;
    } else if (is_text(v, "ECDSA") || is_text(v, "EIP712")) {
        auth->kind = is_text(v, "ECDSA") ? CHANGE_PUBKEY_ECDSA : CHANGE_PUBKEY_EIP712;
        get_eth_signature(r, auth->eth_signature, "ethSignature");
        get_batch_hash_or_zero(r, &auth->batch_hash);
    } else if (is_text(v, "CREATE2")) {
        auth->kind = CHANGE_PUBKEY_CREATE2;
        get_address(r, &auth->create2.creator, "creatorAddress");
        get_hash32(r, &auth->create2.salt_arg, "saltArg");
        get_hash32(r, &auth->create2.code_hash, "codeHash");
    } else {
        fail(r, "ethAuthData.type", "Onchain, ECDSA, CREATE2 or EIP712");
    }
}

/* ethAuthData counts before the older ethSignature; neither of them: the contract knows. */
static void get_auth(struct reader *r, struct change_pubkey_auth *auth)
{
    if (member(r, "ethAuthData") != NULL) {
        struct reader sub = {object_member(r, "ethAuthData"), ZK_OK, TX_VALID};
        if (sub.o == NULL) return;
        get_auth_data(&sub, auth);
        if (r->err == ZK_OK) r->err = sub.err;
    } else if (member(r, "ethSignature") != NULL) {
        auth->kind = CHANGE_PUBKEY_LEGACY;
        get_eth_signature(r, auth->eth_signature, "ethSignature");
    } else {
        auth->kind = CHANGE_PUBKEY_ONCHAIN;
    }
}

static void get_change_pubkey(struct reader *r, struct tx_change_pubkey *t)
{
    t->account_id = get_u32(r, "accountId");
    get_address(r, &t->account, "account");
    get_pubkey_hash(r, &t->new_pubkey_hash, "newPkHash");
    t->fee_token = get_u32_or_0(r, "feeToken");
    t->fee = member(r, "fee") == NULL ? 0 : get_u128(r, "fee", TX_BAD_FEE);
    t->nonce = get_u32(r, "nonce");
    t->valid = get_range_or_all(r);
    get_auth(r, &t->auth);
}

static void get_forced_exit(struct reader *r, struct tx_forced_exit *t)
{
    t->initiator_id = get_u32(r, "initiatorAccountId");
    get_address(r, &t->target, "target");
    t->token = get_u32(r, "token");
    t->fee = get_u128(r, "fee", TX_BAD_FEE);
    t->nonce = get_u32(r, "nonce");
    t->valid = get_range_or_all(r);
}

static void get_mint_nft(struct reader *r, struct tx_mint_nft *t)
{
    t->creator_id = get_u32(r, "creatorId");
    get_address(r, &t->creator, "creatorAddress");
    get_hash32(r, &t->content_hash, "contentHash");
    get_address(r, &t->recipient, "recipient");
    t->fee_token = get_u32_or_0(r, "feeToken");
    t->fee = get_u128(r, "fee", TX_BAD_FEE);
    t->nonce = get_u32(r, "nonce");
}

static void get_withdraw_nft(struct reader *r, struct tx_withdraw_nft *t)
{
    t->account_id = get_u32(r, "accountId");
    get_address(r, &t->from, "from");
    get_address(r, &t->to, "to");
    t->token = get_u32(r, "token");
    t->fee_token = get_u32(r, "feeToken");
    t->fee = get_u128(r, "fee", TX_BAD_FEE);
    t->nonce = get_u32(r, "nonce");
    t->fast = get_bool_or_false(r, "fast");
    t->valid = get_range(r);
}

static void get_order(struct reader *r, struct order *o)
{
    o->account_id = get_u32(r, "accountId");
    get_address(r, &o->recipient, "recipient");
    o->nonce = get_u32(r, "nonce");
    o->token_sell = get_u32(r, "tokenSell");
    o->token_buy = get_u32(r, "tokenBuy");
    get_u128_pair(r, o->ratio, "ratio", TX_BAD_ORDER0_PRICE);
    o->amount = get_u128(r, "amount", TX_BAD_ORDER0_AMOUNT);
    o->valid = get_range(r);
    get_l2_signature(r, &o->signature);
}

static void get_orders(struct reader *r, struct order orders[2])
{
    struct json_object *v = member(r, "orders");
    if (v == NULL || !json_object_is_type(v, json_type_array) || json_object_array_length(v) != 2) {
        fail(r, "orders", "an array of two orders");
        return;
    }
    for (int i = 0; i < 2; i++) {
        struct reader sub = {json_object_array_get_idx(v, (size_t)i), ZK_OK, TX_VALID};
        if (!json_object_is_type(sub.o, json_type_object)) {
            fail(r, "orders", "an array of two orders");
            return;
        }
        get_order(&sub, &orders[i]);
        if (r->err == ZK_OK) r->err = sub.err;
        if (sub.verdict != TX_VALID) refuse(r, (tx_verdict)(sub.verdict + i * TX_NEXT_ORDER));
    }
}

/* A fee of 2^128 or more is called unpackable here, as upstream does. */
static void get_swap(struct reader *r, struct tx_swap *t)
{
    t->submitter_id = get_u32(r, "submitterId");
    get_address(r, &t->submitter, "submitterAddress");
    t->nonce = get_u32(r, "nonce");
    t->fee_token = get_u32(r, "feeToken");
    t->fee = get_u128(r, "fee", TX_UNPACKABLE_FEE);
    get_u128_pair(r, t->amounts, "amounts", TX_BAD_AMOUNT);
    get_orders(r, t->orders);
}

static const tx_type tx_types[] = {TX_TRANSFER, TX_WITHDRAW,     TX_CHANGE_PUBKEY, TX_FORCED_EXIT,
                                   TX_MINT_NFT, TX_WITHDRAW_NFT, TX_SWAP};

static bool get_type(struct reader *r, tx_type *type)
{
    struct json_object *v = member(r, "type");
    for (size_t i = 0; i < ZK_COUNT(tx_types); i++) {
        *type = tx_types[i];
        if (is_text(v, tx_type_str(*type))) return true;
    }
    fail(r, "type", "Transfer, Withdraw, ChangePubKey, ForcedExit, MintNFT, WithdrawNFT or Swap");
    return false;
}

zk_err tx_from_json(struct tx *tx, tx_verdict *verdict, struct json_object *json)
{
    memset(tx, 0, sizeof *tx);
    *verdict = TX_VALID;
    if (!json_object_is_type(json, json_type_object)) return zk_fail(ZK_ERR_INPUT, "a transaction is a JSON object");
    struct reader r = {json, ZK_OK, TX_VALID};
    if (!get_type(&r, &tx->type)) return r.err;
    get_l2_signature(&r, &tx->signature);
    switch (tx->type) {
    case TX_WITHDRAW: get_withdraw(&r, &tx->withdraw); break;
    case TX_TRANSFER: get_transfer(&r, &tx->transfer); break;
    case TX_CHANGE_PUBKEY: get_change_pubkey(&r, &tx->change_pubkey); break;
    case TX_FORCED_EXIT: get_forced_exit(&r, &tx->forced_exit); break;
    case TX_MINT_NFT: get_mint_nft(&r, &tx->mint_nft); break;
    case TX_WITHDRAW_NFT: get_withdraw_nft(&r, &tx->withdraw_nft); break;
    case TX_SWAP: get_swap(&r, &tx->swap); break;
    }
    *verdict = r.verdict;
    return r.err;
}

static bool only_space(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0') return false;
    return true;
}

zk_err tx_from_json_text(struct tx *tx, tx_verdict *verdict, const char *text, size_t len)
{
    memset(tx, 0, sizeof *tx);
    *verdict = TX_VALID;
    if (len > TX_JSON_TEXT_MAX) return zk_fail(ZK_ERR_INPUT, "a transaction of %zu characters", len);
    struct json_tokener *tokener = json_tokener_new_ex(TX_JSON_DEPTH_MAX);
    if (tokener == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to parse a transaction");
    json_tokener_set_flags(tokener,
                           JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS | JSON_TOKENER_VALIDATE_UTF8);

    struct json_object *json = json_tokener_parse_ex(tokener, text, (int)len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    zk_err err;
    if (error != json_tokener_success) {
        err = zk_fail(ZK_ERR_INPUT, "not JSON: %s", json_tokener_error_desc(error));
    } else if (!only_space(text + end, len - end)) {
        err = zk_fail(ZK_ERR_INPUT, "something follows the transaction");
    } else {
        err = tx_from_json(tx, verdict, json);
    }
    json_object_put(json);
    json_tokener_free(tokener);
    return err;
}

/* ---- writing ---- */

struct writer {
    struct json_object *o;
    zk_err err;
};

/* Takes v; NULL means that it could not be made. */
static void add(struct writer *w, const char *key, struct json_object *v)
{
    if (v != NULL && w->o != NULL && json_object_object_add(w->o, key, v) == 0) return;
    json_object_put(v);
    w->err = zk_fail(ZK_ERR_MEMORY, "no memory for a transaction's JSON");
}

static void add_u64(struct writer *w, const char *key, uint64_t v)
{
    add(w, key, json_object_new_uint64(v));
}

static struct json_object *new_u128(u128 v)
{
    char text[U128_TEXT_MAX + 1];
    u128_to_text(text, v);
    return json_object_new_string(text);
}

static void add_u128(struct writer *w, const char *key, u128 v)
{
    add(w, key, new_u128(v));
}

static void add_u128_pair(struct writer *w, const char *key, const u128 v[2])
{
    struct json_object *list = json_object_new_array();
    for (int i = 0; i < 2; i++) {
        struct json_object *item = new_u128(v[i]);
        if (list != NULL && item != NULL && json_object_array_add(list, item) == 0) continue;
        json_object_put(item);
        json_object_put(list);
        list = NULL;
    }
    add(w, key, list);
}

static void add_hex(struct writer *w, const char *key, const char *prefix, const uint8_t *bytes, size_t n)
{
    char text[8 + 2 * 65 + 1];
    size_t skip = strlen(prefix);
    assert(skip <= 8);
    assert(n <= 65);
    (void)snprintf(text, sizeof text, "%s", prefix);
    hex_encode(text + skip, bytes, n);
    add(w, key, json_object_new_string(text));
}

static void add_address(struct writer *w, const char *key, const eth_address *a)
{
    add_hex(w, key, "0x", a->b, sizeof a->b);
}

static void add_hash32(struct writer *w, const char *key, const hash32 *h)
{
    add_hex(w, key, "0x", h->b, sizeof h->b);
}

static void add_signature(struct writer *w, const struct l2_signature *s)
{
    struct writer sub = {json_object_new_object(), ZK_OK};
    add_hex(&sub, "pubKey", "", s->pubkey, sizeof s->pubkey);
    add_hex(&sub, "signature", "", s->sig, sizeof s->sig);
    if (sub.err != ZK_OK) w->err = sub.err;
    add(w, "signature", sub.o);
}

static void add_range(struct writer *w, struct time_range valid)
{
    add_u64(w, "validFrom", valid.from);
    add_u64(w, "validUntil", valid.until);
}

static void add_range_unless_all(struct writer *w, struct time_range valid)
{
    if (valid.from != 0 || valid.until != UINT64_MAX) add_range(w, valid);
}

static void add_transfer(struct writer *w, const struct tx_transfer *t)
{
    add_u64(w, "accountId", t->account_id);
    add_address(w, "from", &t->from);
    add_address(w, "to", &t->to);
    add_u64(w, "token", t->token);
    add_u128(w, "amount", t->amount);
    add_u128(w, "fee", t->fee);
    add_u64(w, "nonce", t->nonce);
    add_range_unless_all(w, t->valid);
}

static void add_withdraw(struct writer *w, const struct tx_withdraw *t)
{
    add_u64(w, "accountId", t->account_id);
    add_address(w, "from", &t->from);
    add_address(w, "to", &t->to);
    add_u64(w, "token", t->token);
    add_u128(w, "amount", t->amount);
    add_u128(w, "fee", t->fee);
    add_u64(w, "nonce", t->nonce);
    add(w, "fast", json_object_new_boolean(t->fast));
    add_range_unless_all(w, t->valid);
}

static const char *auth_kind_str(change_pubkey_auth_kind kind)
{
    switch (kind) {
    case CHANGE_PUBKEY_ONCHAIN: return "Onchain";
    case CHANGE_PUBKEY_ECDSA: return "ECDSA";
    case CHANGE_PUBKEY_CREATE2: return "CREATE2";
    case CHANGE_PUBKEY_LEGACY: break; /* has no ethAuthData */
    case CHANGE_PUBKEY_EIP712: return "EIP712";
    }
    return "";
}

static void add_auth(struct writer *w, const struct change_pubkey_auth *auth)
{
    if (auth->kind == CHANGE_PUBKEY_LEGACY) {
        add_hex(w, "ethSignature", "0x", auth->eth_signature, sizeof auth->eth_signature);
        return;
    }
    struct writer sub = {json_object_new_object(), ZK_OK};
    add(&sub, "type", json_object_new_string(auth_kind_str(auth->kind)));
    if (auth->kind == CHANGE_PUBKEY_ECDSA || auth->kind == CHANGE_PUBKEY_EIP712) {
        add_hex(&sub, "ethSignature", "0x", auth->eth_signature, sizeof auth->eth_signature);
        add_hash32(&sub, "batchHash", &auth->batch_hash);
    }
    if (auth->kind == CHANGE_PUBKEY_CREATE2) {
        add_address(&sub, "creatorAddress", &auth->create2.creator);
        add_hash32(&sub, "saltArg", &auth->create2.salt_arg);
        add_hash32(&sub, "codeHash", &auth->create2.code_hash);
    }
    if (sub.err != ZK_OK) w->err = sub.err;
    add(w, "ethAuthData", sub.o);
}

static void add_change_pubkey(struct writer *w, const struct tx_change_pubkey *t)
{
    add_u64(w, "accountId", t->account_id);
    add_address(w, "account", &t->account);
    add_hex(w, "newPkHash", "sync:", t->new_pubkey_hash.b, sizeof t->new_pubkey_hash.b);
    add_u64(w, "feeToken", t->fee_token);
    add_u128(w, "fee", t->fee);
    add_u64(w, "nonce", t->nonce);
    add_auth(w, &t->auth);
    add_range_unless_all(w, t->valid);
}

static void add_forced_exit(struct writer *w, const struct tx_forced_exit *t)
{
    add_u64(w, "initiatorAccountId", t->initiator_id);
    add_address(w, "target", &t->target);
    add_u64(w, "token", t->token);
    add_u128(w, "fee", t->fee);
    add_u64(w, "nonce", t->nonce);
    add_range_unless_all(w, t->valid);
}

static void add_mint_nft(struct writer *w, const struct tx_mint_nft *t)
{
    add_u64(w, "creatorId", t->creator_id);
    add_address(w, "creatorAddress", &t->creator);
    add_hash32(w, "contentHash", &t->content_hash);
    add_address(w, "recipient", &t->recipient);
    add_u64(w, "feeToken", t->fee_token);
    add_u128(w, "fee", t->fee);
    add_u64(w, "nonce", t->nonce);
}

static void add_withdraw_nft(struct writer *w, const struct tx_withdraw_nft *t)
{
    add_u64(w, "accountId", t->account_id);
    add_address(w, "from", &t->from);
    add_address(w, "to", &t->to);
    add_u64(w, "token", t->token);
    add_u64(w, "feeToken", t->fee_token);
    add_u128(w, "fee", t->fee);
    add_u64(w, "nonce", t->nonce);
    add(w, "fast", json_object_new_boolean(t->fast));
    add_range(w, t->valid);
}

static void add_order(struct writer *w, const struct order *o)
{
    add_u64(w, "accountId", o->account_id);
    add_address(w, "recipient", &o->recipient);
    add_u64(w, "nonce", o->nonce);
    add_u64(w, "tokenSell", o->token_sell);
    add_u64(w, "tokenBuy", o->token_buy);
    add_u128_pair(w, "ratio", o->ratio);
    add_u128(w, "amount", o->amount);
    add_range(w, o->valid);
    add_signature(w, &o->signature);
}

static void add_orders(struct writer *w, const struct order orders[2])
{
    struct json_object *list = json_object_new_array();
    for (int i = 0; i < 2; i++) {
        struct writer sub = {json_object_new_object(), ZK_OK};
        add_order(&sub, &orders[i]);
        if (sub.err == ZK_OK && list != NULL && json_object_array_add(list, sub.o) == 0) continue;
        json_object_put(sub.o);
        json_object_put(list);
        list = NULL;
    }
    add(w, "orders", list);
}

static void add_swap(struct writer *w, const struct tx_swap *t)
{
    add_u64(w, "submitterId", t->submitter_id);
    add_address(w, "submitterAddress", &t->submitter);
    add_u64(w, "nonce", t->nonce);
    add_orders(w, t->orders);
    add_u128_pair(w, "amounts", t->amounts);
    add_u64(w, "feeToken", t->fee_token);
    add_u128(w, "fee", t->fee);
}

zk_err tx_to_json(struct json_object **json, const struct tx *tx)
{
    assert(tx_type_str(tx->type) != NULL);
    struct writer w = {json_object_new_object(), ZK_OK};
    add(&w, "type", json_object_new_string(tx_type_str(tx->type)));
    switch (tx->type) {
    case TX_WITHDRAW: add_withdraw(&w, &tx->withdraw); break;
    case TX_TRANSFER: add_transfer(&w, &tx->transfer); break;
    case TX_CHANGE_PUBKEY: add_change_pubkey(&w, &tx->change_pubkey); break;
    case TX_FORCED_EXIT: add_forced_exit(&w, &tx->forced_exit); break;
    case TX_MINT_NFT: add_mint_nft(&w, &tx->mint_nft); break;
    case TX_WITHDRAW_NFT: add_withdraw_nft(&w, &tx->withdraw_nft); break;
    case TX_SWAP: add_swap(&w, &tx->swap); break;
    }
    add_signature(&w, &tx->signature);
    if (w.err != ZK_OK) {
        json_object_put(w.o);
        w.o = NULL;
    }
    *json = w.o;
    return w.err;
}
