/* Transactions against what the SDK made: transactions.json and the recorded traffic of sdk_requests.json; then the
 * negative space: every truncation, every byte changed, every member missing or of another kind. */
#include "rollup/tx.h"

#include "rollup/signature.h"
#include "rollup/tx_json.h"
#include "rollup/tx_legacy.h"
#include "rollup/tx_sign.h"
#include "rollup/vectors_test.h"

static const char *const kinds[] = {"Transfer", "Withdraw",    "ChangePubKey", "ForcedExit",
                                    "MintNFT",  "WithdrawNFT", "Swap"};

/* ---- comparing JSON ---- */

/* What the SDK sends and the protocol does not know. */
static bool is_extra(const char *key, struct json_object *in)
{
    static const char *const extras[] = {"tokenId", "feeTokenId", "ethAddress", "fastProcessing"};
    for (size_t i = 0; i < ZK_COUNT(extras); i++)
        if (strcmp(key, extras[i]) == 0) return true;
    return strcmp(key, "ethSignature") == 0 && vector_has(in, "ratio"); /* in an order */
}

/* What we write where the SDK left it out. */
static bool is_default(const char *key, struct json_object *v)
{
    static const char zero[] = "0x0000000000000000000000000000000000000000000000000000000000000000";
    if (strcmp(key, "fast") == 0) return !json_object_get_boolean(v);
    if (strcmp(key, "ethAuthData") == 0) return strcmp(vector_str(v, "type"), "Onchain") == 0;
    return strcmp(key, "batchHash") == 0 && strcmp(json_object_get_string(v), zero) == 0;
}

static void check_same(const char *key, struct json_object *want, struct json_object *got);

static void check_same_object(struct json_object *want, struct json_object *got)
{
    struct json_object *other;
    json_object_object_foreach(got, key, v)
    {
        if (json_object_object_get_ex(want, key, &other))
            check_same(key, other, v);
        else
            CHECK_MSG(is_default(key, v), "wrote %s", key);
    }
    json_object_object_foreach(want, wanted, ignored)
    {
        (void)ignored;
        CHECK_MSG(is_extra(wanted, want) || json_object_object_get_ex(got, wanted, &other), "lost %s", wanted);
    }
}

/* Equal values; hex in any case. */
static void check_same(const char *key, struct json_object *want, struct json_object *got)
{
    CHECK_MSG(json_object_get_type(want) == json_object_get_type(got), "%s has another type", key);
    if (json_object_is_type(want, json_type_object)) {
        check_same_object(want, got);
    } else if (json_object_is_type(want, json_type_array)) {
        CHECK_EQ_U64(json_object_array_length(want), json_object_array_length(got));
        for (size_t i = 0; i < json_object_array_length(want); i++)
            check_same(key, json_object_array_get_idx(want, i), json_object_array_get_idx(got, i));
    } else {
        const char *a = json_object_get_string(want);
        const char *b = json_object_get_string(got);
        CHECK_MSG(strcasecmp(a, b) == 0, "%s: want %s, got %s", key, a, b);
    }
}

static void read_tx(struct tx *tx, struct json_object *json)
{
    tx_verdict verdict;
    CHECK_OK(tx_from_json(tx, &verdict, json));
    CHECK(verdict == TX_VALID);
}

/* The same transaction from its full bytes, with what they do not hold copied. */
static void check_full_bytes(const struct tx *tx)
{
    uint8_t bytes[TX_FULL_BYTES_MAX];
    uint8_t again[TX_FULL_BYTES_MAX];
    size_t len;
    size_t again_len;
    struct tx decoded;
    CHECK_OK(tx_full_bytes(bytes, &len, tx));
    CHECK_EQ_U64(tx_full_len(tx->type), len);
    CHECK_OK(tx_from_full_bytes(&decoded, bytes, len));
    CHECK_OK(tx_full_bytes(again, &again_len, &decoded));
    CHECK(again_len == len);
    CHECK_EQ_BYTES(bytes, again, len);

    decoded.signature = tx->signature;
    if (tx->type == TX_CHANGE_PUBKEY) decoded.change_pubkey.auth = tx->change_pubkey.auth;
    for (int i = 0; i < 2 && tx->type == TX_SWAP; i++) decoded.swap.orders[i].signature = tx->swap.orders[i].signature;
    struct json_object *want;
    struct json_object *got;
    CHECK_OK(tx_to_json(&want, tx));
    CHECK_OK(tx_to_json(&got, &decoded));
    check_same("tx", want, got);
    json_object_put(want);
    json_object_put(got);
}

static void check_json(const struct tx *tx, struct json_object *json)
{
    struct json_object *written;
    struct tx again;
    tx_verdict verdict;
    CHECK_OK(tx_to_json(&written, tx));
    check_same("tx", json, written);
    const char *text = json_object_to_json_string_ext(written, JSON_C_TO_STRING_PLAIN);
    CHECK_OK(tx_from_json_text(&again, &verdict, text, strlen(text)));
    CHECK(verdict == TX_VALID && again.type == tx->type);
    struct json_object *rewritten;
    CHECK_OK(tx_to_json(&rewritten, &again));
    CHECK_EQ_STR(text, json_object_to_json_string_ext(rewritten, JSON_C_TO_STRING_PLAIN));
    json_object_put(written);
    json_object_put(rewritten);
}

static void check_hash(const struct tx *tx, const char *want)
{
    char hex[65];
    hash32 hash;
    CHECK_OK(tx_hash(&hash, tx));
    hex_encode(hex, hash.b, 32);
    CHECK(strncmp(want, "sync-tx:", 8) == 0);
    CHECK_EQ_STR(want + 8, hex);
}

static void check_sign_bytes(const struct tx *tx, struct json_object *c, const char *key)
{
    uint8_t want[TX_FULL_BYTES_MAX];
    uint8_t got[TX_SIGN_BYTES_MAX];
    size_t len;
    size_t want_len = vector_hex(want, sizeof want, c, key);
    CHECK_OK(tx_sign_bytes(got, &len, tx));
    CHECK_EQ_U64(want_len, len);
    CHECK_EQ_BYTES(want, got, len);
}

/* ---- vectors ---- */

static void check_vector(struct json_object *c)
{
    struct tx tx;
    struct json_object *json = vector_get(c, "json");
    read_tx(&tx, json);
    check_sign_bytes(&tx, c, "sign_bytes");
    check_hash(&tx, vector_str(c, "tx_hash"));
    if (tx.type == TX_SWAP) {
        uint8_t want[TX_FULL_BYTES_MAX];
        uint8_t got[TX_FULL_BYTES_MAX];
        size_t len;
        vector_bytes(want, sizeof want, c, "server_tx_bytes");
        CHECK_OK(tx_full_bytes(got, &len, &tx));
        CHECK_EQ_BYTES(want, got, sizeof want);
        vector_bytes(want, SIG_ORDERS_DIGEST, c, "orders_hash");
        sig_orders_hash(got, got + 30);
        CHECK_EQ_BYTES(want, got, SIG_ORDERS_DIGEST);
    }
    check_full_bytes(&tx);
    check_json(&tx, json);
}

static void test_tx__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    size_t n = 0;
    for (size_t k = 0; k < ZK_COUNT(kinds); k++) {
        struct json_object *list = vector_get(file, kinds[k]);
        CHECK_EQ_U64(vector_u64(vector_get(file, "counts"), kinds[k]), vector_count(list));
        for (size_t i = 0; i < vector_count(list); i++, n++) check_vector(json_object_array_get_idx(list, i));
    }
    printf("transactions.json: %zu transactions\n", n);
    CHECK(n == 24 + 20 + 16 + 14 + 12 + 12 + 16);
    json_object_put(file);
}

/* Orders come in swaps only: each is put into a swap, on both sides. */
static void test_order__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    struct json_object *list = vector_get(file, "Order");
    struct json_object *swap = vector_get(json_object_array_get_idx(vector_get(file, "Swap"), 0), "json");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *orders = json_object_new_array();
        for (int k = 0; k < 2; k++) json_object_array_add(orders, json_object_get(vector_get(c, "json")));
        json_object_object_add(swap, "orders", orders);
        struct tx tx;
        read_tx(&tx, swap);
        check_json(&tx, swap);
        uint8_t want[ORDER_BYTES];
        uint8_t got[ORDER_BYTES];
        vector_bytes(want, sizeof want, c, "sign_bytes");
        for (int k = 0; k < 2; k++) {
            struct order again;
            CHECK_OK(order_sign_bytes(got, &tx.swap.orders[k]));
            CHECK_EQ_BYTES(want, got, sizeof want);
            CHECK_OK(order_from_sign_bytes(&again, want, sizeof want));
            CHECK_OK(order_sign_bytes(got, &again));
            CHECK_EQ_BYTES(want, got, sizeof want);
        }
    }
    printf("transactions.json: %zu orders\n", vector_count(list));
    CHECK(vector_count(list) == 8);
    json_object_put(file);
}

struct found_txs {
    struct json_object *list[8];
    size_t n;
};

/* Everything in a request that is a signed transaction, in order. */
static void find_txs(struct found_txs *found, struct json_object *v)
{
    if (json_object_is_type(v, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(v); i++) find_txs(found, json_object_array_get_idx(v, i));
    } else if (json_object_is_type(v, json_type_object)) {
        if (vector_has(v, "type") && vector_has(v, "nonce") && vector_has(v, "signature")) {
            CHECK(found->n < ZK_COUNT(found->list));
            found->list[found->n++] = v;
            return;
        }
        json_object_object_foreach(v, key, member)
        {
            (void)key;
            find_txs(found, member);
        }
    }
}

static void test_tx__recorded_traffic(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("sdk_requests.json");
    struct json_object *steps = vector_get(file, "steps");
    size_t parsed = 0;
    size_t compared = 0;
    for (size_t i = 0; i < vector_count(steps); i++) {
        struct json_object *step = json_object_array_get_idx(steps, i);
        struct json_object *exchanges = vector_get(step, "exchanges");
        struct found_txs found = {.n = 0};
        for (size_t k = 0; k < vector_count(exchanges); k++) {
            struct json_object *request;
            if (json_object_object_get_ex(json_object_array_get_idx(exchanges, k), "request", &request))
                find_txs(&found, request);
        }
        struct json_object *submitted = vector_has(step, "submittedTxs") ? vector_get(step, "submittedTxs") : NULL;
        for (size_t k = 0; k < found.n; k++, parsed++) {
            struct tx tx;
            read_tx(&tx, found.list[k]);
            check_full_bytes(&tx);
            check_json(&tx, found.list[k]);
            if (submitted == NULL) continue;
            struct json_object *want = json_object_array_get_idx(submitted, k);
            CHECK_EQ_STR(vector_str(want, "type"), tx_type_str(tx.type));
            check_sign_bytes(&tx, want, "signedBytes");
            check_hash(&tx, vector_str(want, "serverTxHash"));
            compared++;
        }
        CHECK_MSG(submitted == NULL || vector_count(submitted) == found.n, "%s", vector_str(step, "step"));
    }
    printf("sdk_requests.json: %zu transactions, %zu with bytes and hash\n", parsed, compared);
    CHECK(parsed == 35 && compared == 34);
    json_object_put(file);
}

static void test_hash__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("pubdata.json");
    struct json_object *list = vector_get(file, "batch_hashes");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *names = vector_get(c, "tx_hashes");
        hash32 hashes[8];
        hash32 want;
        hash32 got;
        CHECK(vector_count(names) <= ZK_COUNT(hashes));
        for (size_t k = 0; k < vector_count(names); k++) {
            const char *hex = json_object_get_string(json_object_array_get_idx(names, k)) + 8;
            CHECK(hex_decode(hashes[k].b, 32, hex, strlen(hex)));
        }
        const char *hex = vector_str(c, "batch_hash") + 8;
        CHECK(hex_decode(want.b, 32, hex, strlen(hex)));
        tx_batch_hash(&got, hashes, vector_count(names));
        CHECK_EQ_BYTES(want.b, got.b, 32);
    }
    printf("pubdata.json, batch_hashes: %zu entries\n", vector_count(list));
    CHECK(vector_count(list) == 3);
    json_object_put(file);
}

static void test_legacy__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("legacy_sign_bytes.json");
    struct json_object *list = vector_get(file, "cases");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *json = vector_get(c, "tx");
        if (!vector_has(json, "signature"))
            json_object_object_add(json, "signature", json_object_get(vector_get(c, "signature")));
        struct tx tx;
        struct tx decoded;
        uint8_t want[TX_LEGACY_BYTES_MAX];
        uint8_t got[TX_LEGACY_BYTES_MAX];
        size_t want_len = vector_hex(want, sizeof want, c, "sign_bytes");
        size_t len;
        bool with_range;
        read_tx(&tx, json);
        CHECK_OK(tx_legacy_bytes(got, &len, &tx, vector_has(json, "validUntil")));
        CHECK_EQ_U64(want_len, len);
        CHECK_EQ_BYTES(want, got, len);
        CHECK_OK(tx_from_legacy_bytes(&decoded, &with_range, want, want_len));
        CHECK(with_range == vector_has(json, "validUntil"));
        decoded.signature = tx.signature;
        check_json(&decoded, json);
        CHECK(tx_from_full_bytes(&decoded, want, want_len) == ZK_ERR_INPUT); /* the two layouts exclude each other */
        for (size_t cut = 0; cut < want_len; cut++) {
            bool rest;
            bool fine = with_range && cut == want_len - 16 && tx.type != TX_FORCED_EXIT;
            CHECK((tx_from_legacy_bytes(&decoded, &rest, want, cut) == ZK_OK) == fine);
        }
    }
    printf("legacy_sign_bytes.json: %zu entries\n", vector_count(list));
    CHECK(vector_count(list) == 42);
    json_object_put(file);
}

/* ---- what must be refused ---- */

/* A transaction of each kind, from the vectors: the second has ordinary values. */
static struct json_object *example(struct json_object *file, size_t kind)
{
    return vector_get(json_object_array_get_idx(vector_get(file, kinds[kind]), 1), "json");
}

/* Every length but the right one; every byte changed: refused, or another transaction with the changed bytes. */
static void test_bytes__one_encoding(struct prng *rng)
{
    struct json_object *file = vectors_load("transactions.json");
    for (size_t k = 0; k < ZK_COUNT(kinds); k++) {
        struct tx tx;
        struct tx other;
        uint8_t bytes[TX_FULL_BYTES_MAX + 1] = {0};
        uint8_t again[TX_FULL_BYTES_MAX];
        size_t len;
        size_t again_len;
        read_tx(&tx, example(file, k));
        CHECK_OK(tx_full_bytes(bytes, &len, &tx));
        for (size_t cut = 0; cut <= len + 1; cut++)
            CHECK((tx_from_full_bytes(&other, bytes, cut) == ZK_OK) == (cut == len));
        for (size_t i = 0; i < len; i++) {
            uint8_t kept = bytes[i];
            bytes[i] ^= (uint8_t)(1 + prng_below(rng, 255));
            if (tx_from_full_bytes(&other, bytes, len) == ZK_OK) {
                CHECK_OK(tx_full_bytes(again, &again_len, &other));
                CHECK(again_len == len);
                CHECK_EQ_BYTES(bytes, again, len);
            }
            bytes[i] = kept;
        }
    }
    json_object_put(file);
}

static void test_bytes__refuses_other_packings(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    struct tx tx;
    uint8_t bytes[TX_FULL_BYTES_MAX];
    size_t len;
    read_tx(&tx, example(file, 0));
    tx.transfer.amount = 10;
    tx.transfer.fee = 20;
    CHECK_OK(tx_full_bytes(bytes, &len, &tx));
    static const uint8_t ten[5] = {0, 0, 0, 0, 1 << 5 | 1}; /* 1 * 10^1 */
    static const uint8_t twenty[2] = {0, 2 << 5 | 1};       /* 2 * 10^1 */
    memcpy(bytes + 50, ten, 5);
    CHECK_ERR(ZK_ERR_INPUT, tx_from_full_bytes(&tx, bytes, len));
    bytes[54] = 0;
    bytes[53] = 0;
    memcpy(bytes + 55, twenty, 2);
    CHECK_ERR(ZK_ERR_INPUT, tx_from_full_bytes(&tx, bytes, len));
    memset(bytes + 50, 0xff, 5); /* 2^128 and more */
    CHECK_ERR(ZK_ERR_INPUT, tx_from_full_bytes(&tx, bytes, len));
    json_object_put(file);
}

static void test_bytes__needs_packable_numbers(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    struct tx tx;
    uint8_t bytes[TX_FULL_BYTES_MAX];
    size_t len;
    hash32 hash;
    read_tx(&tx, example(file, 0));
    tx.transfer.amount = 34359738369;
    CHECK_ERR(ZK_ERR_RANGE, tx_full_bytes(bytes, &len, &tx));
    CHECK_ERR(ZK_ERR_RANGE, tx_sign_bytes(bytes, &len, &tx));
    CHECK_ERR(ZK_ERR_RANGE, tx_hash(&hash, &tx));
    read_tx(&tx, example(file, 6));
    tx.swap.orders[1].ratio[1] = (u128)1 << ORDER_PRICE_BITS;
    CHECK_ERR(ZK_ERR_RANGE, tx_full_bytes(bytes, &len, &tx));
    json_object_put(file);
}

static bool is_optional(const char *kind, const char *key)
{
    bool time = strncmp(key, "valid", 5) == 0;
    if (time) return strcmp(kind, "WithdrawNFT") != 0;
    if (strcmp(kind, "ChangePubKey") == 0 && strcmp(key, "fee") == 0) return true;
    if (strcmp(key, "ethAuthData") == 0 || strcmp(key, "ethSignature") == 0) return true;
    return strcmp(key, "feeToken") == 0 && (strcmp(kind, "ChangePubKey") == 0 || strcmp(kind, "MintNFT") == 0);
}

static zk_err try_text(const char *text)
{
    struct tx tx;
    tx_verdict verdict;
    return tx_from_json_text(&tx, &verdict, text, strlen(text));
}

static zk_err try_json(struct json_object *json)
{
    return try_text(json_object_to_json_string(json));
}

/* Each member absent, null, or a value of each wrong kind. */
static void test_json__wants_every_member(struct prng *rng)
{
    (void)rng;
    static const char *const wrong[] = {"null",   "true", "[]",  "{}",  "\"\"",
                                        "\"zz\"", "-1",   "1.5", "1e3", "4294967296000"};
    struct json_object *file = vectors_load("transactions.json");
    size_t refused = 0;
    for (size_t k = 0; k < ZK_COUNT(kinds); k++) {
        struct json_object *json = example(file, k);
        struct json_object *whole = NULL;
        CHECK(json_object_deep_copy(json, &whole, NULL) == 0);
        json_object_object_foreach(json, key, kept)
        {
            if (is_extra(key, json)) continue;
            bool number = json_object_is_type(kept, json_type_int);
            bool digits = json_object_is_type(kept, json_type_string) && kept != NULL &&
                          strspn(json_object_get_string(kept), "0123456789") == strlen(json_object_get_string(kept));
            json_object_object_del(whole, key);
            CHECK_MSG((try_json(whole) == ZK_OK) == is_optional(kinds[k], key), "%s without %s", kinds[k], key);
            for (size_t w = 0; w < ZK_COUNT(wrong); w++) {
                bool fine = w == 0 ? is_optional(kinds[k], key)
                                   : w == 9 && (digits || (number && strncmp(key, "valid", 5) == 0));
                json_object_object_add(whole, key, json_tokener_parse(wrong[w]));
                CHECK_MSG((try_json(whole) == ZK_OK) == fine, "%s with %s = %s", kinds[k], key, wrong[w]);
                refused += !fine;
            }
            json_object_object_add(whole, key, json_object_get(kept));
            CHECK_OK(try_json(whole));
        }
        json_object_put(whole);
    }
    printf("%zu wrong members refused\n", refused);
    CHECK(refused > 500);
    json_object_put(file);
}

static void test_json__refuses_text_that_is_not_one_object(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    static char text[TX_JSON_TEXT_MAX + 64];
    const char *good = json_object_to_json_string(example(file, 0));
    size_t len = strlen(good);
    CHECK_OK(try_text(good));
    (void)snprintf(text, sizeof text, " \n%s\t ", good);
    CHECK_OK(try_text(text));
    (void)snprintf(text, sizeof text, "%s{}", good);
    CHECK_ERR(ZK_ERR_INPUT, try_text(text));
    (void)snprintf(text, sizeof text, "[%s]", good);
    CHECK_ERR(ZK_ERR_INPUT, try_text(text));
    for (size_t cut = 0; cut < len; cut++) {
        (void)snprintf(text, sizeof text, "%.*s", (int)cut, good);
        CHECK_ERR(ZK_ERR_INPUT, try_text(text));
    }
    memset(text, ' ', sizeof text - 1);
    memcpy(text, good, len);
    CHECK_ERR(ZK_ERR_INPUT, try_text(text)); /* longer than TX_JSON_TEXT_MAX */
    memset(text, '[', TX_JSON_TEXT_MAX - 1);
    text[TX_JSON_TEXT_MAX - 1] = '\0';
    CHECK_ERR(ZK_ERR_INPUT, try_text(text));
    json_object_put(file);
}

/* 2^64 - 1 as a number, exactly; a missing range is that, and stays missing. */
static void test_json__times_are_exact(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    struct json_object *json = example(file, 0);
    struct tx tx;
    json_object_object_add(json, "validUntil", json_tokener_parse("18446744073709551615"));
    read_tx(&tx, json);
    CHECK(tx.transfer.valid.until == UINT64_MAX);
    json_object_object_add(json, "validUntil", json_tokener_parse("9007199254740993"));
    read_tx(&tx, json);
    CHECK(tx.transfer.valid.until == 9007199254740993);
    json_object_object_del(json, "validFrom"); /* half a range is none */
    read_tx(&tx, json);
    CHECK(tx.transfer.valid.from == 0 && tx.transfer.valid.until == UINT64_MAX);
    json_object_object_del(json, "validUntil");
    check_json(&tx, json);
    json_object_object_add(json, "validFrom", json_object_new_int(7));
    json_object_object_add(json, "validUntil", json_tokener_parse("18446744073709552000"));
    read_tx(&tx, json);
    CHECK(tx.transfer.valid.from == 7 && tx.transfer.valid.until == UINT64_MAX);
    json_object_object_add(json, "amount", json_tokener_parse("18446744073709552000")); /* but amounts are not cut */
    CHECK_ERR(ZK_ERR_INPUT, try_json(json));
    json_object_object_add(json, "amount", json_tokener_parse("18446744073709551614"));
    CHECK_OK(try_json(json));
    json_object_put(file);
}

/* Zero-length, wrong prefix, one digit more or less, a digit that is none. */
static void test_json__hex_is_exact(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    struct json_object *json = example(file, 2);
    static const char *const bad[] = {"0x",
                                      "cdb6aaa202424477ea70a52380422e92938cba53",
                                      "0Xcdb6aaa202424477ea70a52380422e92938cba53",
                                      "0xcdb6aaa202424477ea70a52380422e92938cba5",
                                      "0xcdb6aaa202424477ea70a52380422e92938cba533",
                                      "0xcdb6aaa202424477ea70a52380422e92938cba5g",
                                      "sync:cdb6aaa202424477ea70a52380422e92938cba53"};
    for (size_t i = 0; i < ZK_COUNT(bad); i++) {
        json_object_object_add(json, "account", json_object_new_string(bad[i]));
        CHECK_MSG(try_json(json) == ZK_ERR_INPUT, "%s", bad[i]);
    }
    json_object_object_add(json, "account", json_object_new_string("0xCDB6aaa202424477ea70a52380422e92938cba53"));
    json_object_object_add(json, "newPkHash", json_object_new_string("0x2cd5e079815de74b13aeff2d40f89fc880a1cdfa"));
    CHECK_OK(try_json(json));
    json_object_object_add(json, "newPkHash", json_object_new_string("2cd5e079815de74b13aeff2d40f89fc880a1cdfa"));
    CHECK_ERR(ZK_ERR_INPUT, try_json(json));
    json_object_put(file);
}

TEST_MAIN(TEST(test_tx__vectors), TEST(test_order__vectors), TEST(test_tx__recorded_traffic), TEST(test_hash__vectors),
          TEST(test_legacy__vectors), TEST(test_bytes__one_encoding), TEST(test_bytes__refuses_other_packings),
          TEST(test_bytes__needs_packable_numbers), TEST(test_json__wants_every_member),
          TEST(test_json__refuses_text_that_is_not_one_object), TEST(test_json__times_are_exact),
          TEST(test_json__hex_is_exact))
