/* Digests, signers and authorizations of tests/vectors/eth_messages.json; and the real thing: every Ethereum signature
 * in the recorded traffic of the SDK, over texts made from the transactions beside it. */
#include "rollup/eth_auth.h"

#include "hash/keccak256.h"
#include "rollup/eth_text.h"
#include "rollup/signature.h"
#include "rollup/tx_json.h"
#include "rollup/vectors_test.h"

#define CHAIN_ID 9 /* of the recorded traffic */

static void read_key_hash(pubkey_hash *out, struct json_object *o, const char *key)
{
    const char *text = vector_str(o, key);
    CHECK(strncmp(text, "sync:", 5) == 0 && hex_decode(out->b, 20, text + 5, strlen(text + 5)));
}

/* An entry with message, digest, signature and signer, wherever it stands in the file. */
static bool check_message(struct json_object *c)
{
    static uint8_t msg[4096];
    uint8_t sig[ETH_SIGNATURE_BYTES];
    hash32 want;
    hash32 digest;
    eth_address signer;
    eth_address got;
    if (!vector_has(c, "message_hex") || !vector_has(c, "eip191_hash")) return false;
    size_t len = vector_hex(msg, sizeof msg, c, "message_hex");
    vector_bytes(want.b, 32, c, "eip191_hash");
    eip191_digest(&digest, msg, len);
    CHECK_EQ_BYTES(want.b, digest.b, 32);
    vector_bytes(sig, sizeof sig, vector_get(c, "signature"), "signature");
    vector_bytes(signer.b, 20, c, "signer");
    CHECK(eth_recover(&got, &digest, sig) && eth_address_eq(&got, &signer));
    CHECK(eth_signed(&signer, msg, len, sig));
    CHECK(!eth_signed(&signer, msg, len - 1, sig));
    msg[0] ^= 1;
    CHECK(!eth_signed(&signer, msg, len, sig));
    return true;
}

static void test_messages__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    size_t n = 0;
    json_object_object_foreach(file, key, list)
    {
        (void)key;
        if (!json_object_is_type(list, json_type_array)) continue;
        for (size_t i = 0; i < vector_count(list); i++) n += check_message(json_object_array_get_idx(list, i));
    }
    printf("eth_messages.json: %zu signed messages\n", n);
    CHECK(n == 43 + 3 + 2 + 2 + 12 + 4 + 2);
    json_object_put(file);
}

static void test_recover__accepts_and_refuses(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *list = vector_get(file, "ecdsa_acceptance");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        uint8_t sig[ETH_SIGNATURE_BYTES + 16];
        hash32 digest;
        eth_address want;
        eth_address got;
        size_t len = vector_hex(sig, sizeof sig, c, "signature");
        vector_bytes(digest.b, 32, c, "eip191_hash");
        vector_bytes(want.b, 20, c, "expected_signer");
        bool ok = len == ETH_SIGNATURE_BYTES && eth_recover(&got, &digest, sig) && eth_address_eq(&got, &want);
        CHECK_MSG(ok == vector_bool(c, "accepted"), "%s", vector_str(c, "note"));
    }
    CHECK(vector_count(list) == 7);
    struct json_object *contracts = vector_get(file, "eip1271");
    for (size_t i = 0; i < vector_count(contracts); i++) {
        struct json_object *c = json_object_array_get_idx(contracts, i);
        const char *text = vector_str(c, "text");
        hash32 want;
        hash32 got;
        vector_bytes(want.b, 32, c, "hash_passed_to_isValidSignature");
        eip191_digest(&got, text, strlen(text));
        CHECK_EQ_BYTES(want.b, got.b, 32);
    }
    CHECK(vector_count(contracts) == 2);
    json_object_put(file);
}

/* ---- authorization of new keys ---- */

static change_pubkey_auth_kind kind_of(const char *variant)
{
    if (strcmp(variant, "ECDSA") == 0) return CHANGE_PUBKEY_ECDSA;
    if (strcmp(variant, "CREATE2") == 0) return CHANGE_PUBKEY_CREATE2;
    if (strcmp(variant, "Onchain") == 0) return CHANGE_PUBKEY_ONCHAIN;
    if (strncmp(variant, "legacy", 6) == 0) return CHANGE_PUBKEY_LEGACY;
    CHECK(strncmp(variant, "EIP712", 6) == 0);
    return CHANGE_PUBKEY_EIP712;
}

static void read_signature(struct tx_change_pubkey *t, struct json_object *c)
{
    struct json_object *sig = vector_get(c, "signature");
    bool bare = json_object_is_type(sig, json_type_string);
    vector_bytes(t->auth.eth_signature, ETH_SIGNATURE_BYTES, bare ? c : sig, "signature");
    vector_bytes(t->account.b, 20, c, "signer");
}

static void read_create2(struct tx_change_pubkey *t, struct json_object *c)
{
    struct json_object *data = vector_get(c, "ethAuthData");
    vector_bytes(t->auth.create2.creator.b, 20, data, "creatorAddress");
    vector_bytes(t->auth.create2.salt_arg.b, 32, data, "saltArg");
    vector_bytes(t->auth.create2.code_hash.b, 32, data, "codeHash");
    vector_bytes(t->account.b, 20, c, "account_address");
}

static struct tx_change_pubkey read_change(struct json_object *c)
{
    struct tx_change_pubkey t = {.auth.kind = kind_of(vector_str(c, "variant"))};
    read_key_hash(&t.new_pubkey_hash, c, "newPkHash");
    if (vector_has(c, "nonce")) t.nonce = (uint32_t)vector_u64(c, "nonce");
    if (vector_has(c, "accountId")) t.account_id = (uint32_t)vector_u64(c, "accountId");
    if (t.auth.kind == CHANGE_PUBKEY_CREATE2)
        read_create2(&t, c);
    else if (t.auth.kind != CHANGE_PUBKEY_ONCHAIN)
        read_signature(&t, c);
    return t;
}

static void check_witness(const struct tx_change_pubkey *t, struct json_object *c)
{
    uint8_t want[CHANGE_PUBKEY_WITNESS_MAX];
    uint8_t got[CHANGE_PUBKEY_WITNESS_MAX];
    size_t want_len = vector_hex(want, sizeof want, c, "commit_eth_witness");
    CHECK_EQ_U64(want_len, change_pubkey_witness(got, t));
    CHECK_EQ_BYTES(want, got, want_len);
    if (t->auth.kind == CHANGE_PUBKEY_CREATE2) return;
    struct tx_change_pubkey other = *t; /* v as 0 or 1 is the same signature, and the contract sees 27 or 28 */
    other.auth.eth_signature[64] = (uint8_t)(other.auth.eth_signature[64] - 27);
    CHECK_EQ_U64(want_len, change_pubkey_witness(got, &other));
    CHECK_EQ_BYTES(want, got, want_len);
}

/* Nothing that the authorization covers can be changed. */
static void check_bound(const struct tx_change_pubkey *t, uint64_t chain_id)
{
    struct tx_change_pubkey other = *t;
    other.new_pubkey_hash.b[19] ^= 1;
    CHECK(!change_pubkey_authorized(&other, chain_id));
    other = *t;
    other.account.b[0] ^= 1;
    CHECK(!change_pubkey_authorized(&other, chain_id));
    if (t->auth.kind == CHANGE_PUBKEY_CREATE2) return;
    other = *t;
    other.nonce ^= 1;
    CHECK(!change_pubkey_authorized(&other, chain_id));
    other = *t;
    other.account_id ^= 1;
    CHECK(!change_pubkey_authorized(&other, chain_id));
    other = *t;
    other.auth.eth_signature[40] ^= 1;
    CHECK(!change_pubkey_authorized(&other, chain_id));
    other = *t;
    other.auth.batch_hash.b[31] = 1;
    CHECK(change_pubkey_authorized(&other, chain_id) == (t->auth.kind == CHANGE_PUBKEY_LEGACY)); /* which has none */
    CHECK(change_pubkey_authorized(t, chain_id + 1) == (t->auth.kind != CHANGE_PUBKEY_EIP712));
}

static void check_change(const struct tx_change_pubkey *t, struct json_object *c)
{
    hash32 want;
    hash32 got;
    uint64_t chain_id = vector_has(c, "chainId") ? vector_u64(c, "chainId") : CHAIN_ID;
    CHECK(change_pubkey_authorized(t, chain_id));
    if (t->auth.kind == CHANGE_PUBKEY_ONCHAIN) {
        uint8_t none[CHANGE_PUBKEY_WITNESS_MAX];
        vector_bytes(want.b, 32, c, "stored_auth_fact");
        change_pubkey_auth_fact(&got, &t->new_pubkey_hash);
        CHECK_EQ_BYTES(want.b, got.b, 32);
        CHECK(change_pubkey_witness(none, t) == 0);
        return;
    }
    if (t->auth.kind == CHANGE_PUBKEY_ECDSA) {
        uint8_t message[CHANGE_PUBKEY_MESSAGE_BYTES];
        uint8_t want_message[CHANGE_PUBKEY_MESSAGE_BYTES];
        vector_bytes(want_message, sizeof want_message, c, "message_hex");
        change_pubkey_message(message, t);
        CHECK_EQ_BYTES(want_message, message, sizeof message);
    }
    if (t->auth.kind == CHANGE_PUBKEY_EIP712) {
        vector_bytes(want.b, 32, c, "digest");
        change_pubkey_eip712_digest(&got, t, chain_id);
        CHECK_EQ_BYTES(want.b, got.b, 32);
    }
    check_witness(t, c);
    check_bound(t, chain_id);
}

static void test_change_pubkey__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *list = vector_get(file, "change_pub_key");
    size_t count[5] = {0};
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct tx_change_pubkey t = read_change(c);
        check_change(&t, c);
        count[t.auth.kind]++;
    }
    printf("eth_messages.json, change_pub_key: %zu entries\n", vector_count(list));
    CHECK(count[CHANGE_PUBKEY_ECDSA] == 6 && count[CHANGE_PUBKEY_LEGACY] == 6 && count[CHANGE_PUBKEY_CREATE2] == 4 &&
          count[CHANGE_PUBKEY_ONCHAIN] == 3 && count[CHANGE_PUBKEY_EIP712] == 3);
    json_object_put(file);
}

/* ---- recorded traffic: the tokens are those that the stub served ---- */

static const struct token_label stub_tokens[] = {{"ETH", 18}, {"wBTC", 8}};
static const struct token_labels stub_labels = {stub_tokens, ZK_COUNT(stub_tokens)};

/* The signature in {"type": "EthereumSignature", "signature": "0x…"}; false for null and for other lengths. */
static bool read_eth_signature(uint8_t sig[ETH_SIGNATURE_BYTES], struct json_object *v)
{
    struct json_object *hex;
    if (!json_object_is_type(v, json_type_object) || !json_object_object_get_ex(v, "signature", &hex)) return false;
    return hex_decode(sig, ETH_SIGNATURE_BYTES, json_object_get_string(hex), strlen(json_object_get_string(hex)));
}

struct traffic {
    eth_address sender;
    size_t singles;
    size_t orders;
    size_t batches;
};

static void check_signed(const struct traffic *t, const char *text, size_t len, const uint8_t sig[ETH_SIGNATURE_BYTES])
{
    CHECK_MSG(eth_signed(&t->sender, text, len, sig), "not the signature of:\n%s", text);
}

/* sigs: one object, or for a swap an array of three. */
static void check_single(struct traffic *t, struct json_object *json, struct json_object *sigs)
{
    static char text[ETH_TEXT_MAX];
    uint8_t sig[ETH_SIGNATURE_BYTES];
    size_t len;
    struct tx tx;
    tx_verdict verdict;
    CHECK_OK(tx_from_json(&tx, &verdict, json));
    bool swap = json_object_is_type(sigs, json_type_array);
    if (!read_eth_signature(sig, swap ? json_object_array_get_idx(sigs, 0) : sigs)) return;
    CHECK_OK(eth_text_tx(text, sizeof text, &len, &tx, &stub_labels, 0));
    check_signed(t, text, len, sig);
    t->singles++;
    for (size_t i = 0; i < 2 && swap; i++) {
        struct traffic other = *t; /* order 1 is B's */
        CHECK(read_eth_signature(sig, json_object_array_get_idx(sigs, 1 + i)));
        CHECK_OK(eth_text_order(text, sizeof text, &len, &tx.swap.orders[i], &stub_labels));
        hash32 digest;
        eip191_digest(&digest, text, len);
        CHECK(eth_recover(&other.sender, &digest, sig));
        CHECK((i == 0) == eth_address_eq(&other.sender, &t->sender));
        t->orders++;
    }
}

#define BATCH_MAX 8

/* list: [{tx, signature?}, …]; all of one sender. */
static void check_batch(struct traffic *t, struct json_object *list, struct json_object *sigs)
{
    static char text[ETH_TEXT_BATCH_MAX(BATCH_MAX)];
    static struct tx txs[BATCH_MAX];
    eth_address senders[BATCH_MAX];
    uint8_t sig[ETH_SIGNATURE_BYTES];
    size_t len;
    size_t n = vector_count(list);
    CHECK(n <= BATCH_MAX);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        tx_verdict verdict;
        CHECK_OK(tx_from_json(&txs[i], &verdict, vector_get(item, "tx")));
        senders[i] = t->sender;
        if (vector_has(item, "signature")) check_single(t, vector_get(item, "tx"), vector_get(item, "signature"));
    }
    bool many = json_object_is_type(sigs, json_type_array);
    if (many && vector_count(sigs) == 0) return;
    if (!read_eth_signature(sig, many ? json_object_array_get_idx(sigs, 0) : sigs)) return;
    if (bytes_are_zero(sig, sizeof sig)) return; /* a wallet that cannot sign */
    CHECK_OK(eth_text_batch(text, sizeof text, &len, txs, senders, n, &stub_labels, 0));
    check_signed(t, text, len, sig);
    t->batches++;
}

static void check_rpc(struct traffic *t, struct json_object *request)
{
    const char *method = vector_str(request, "method");
    if (strcmp(method, "tx_submit") != 0 && strcmp(method, "submit_txs_batch") != 0) return;
    struct json_object *params = vector_get(request, "params");
    struct json_object *sigs = json_object_array_get_idx(params, 1);
    if (strcmp(method, "tx_submit") == 0)
        check_single(t, json_object_array_get_idx(params, 0), sigs);
    else
        check_batch(t, json_object_array_get_idx(params, 0), sigs);
}

static void check_rest(struct traffic *t, struct json_object *request)
{
    if (!vector_has(request, "body")) return;
    struct json_object *body = vector_get(request, "body");
    struct json_object *sigs = vector_has(body, "signature") ? vector_get(body, "signature") : NULL;
    if (vector_has(body, "tx"))
        check_single(t, vector_get(body, "tx"), sigs);
    else if (vector_has(body, "txs") && vector_has(json_object_array_get_idx(vector_get(body, "txs"), 0), "tx"))
        check_batch(t, vector_get(body, "txs"), sigs);
}

static void test_traffic__every_signature_holds(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("sdk_requests.json");
    struct json_object *steps = vector_get(file, "steps");
    struct traffic t = {.singles = 0};
    vector_bytes(t.sender.b, 20, vector_get(vector_get(file, "meta"), "addresses"), "A");
    for (size_t i = 0; i < vector_count(steps); i++) {
        struct json_object *exchanges = vector_get(json_object_array_get_idx(steps, i), "exchanges");
        for (size_t k = 0; k < vector_count(exchanges); k++) {
            struct json_object *exchange = json_object_array_get_idx(exchanges, k);
            if (!vector_has(exchange, "request")) continue;
            struct json_object *request = vector_get(exchange, "request");
            const char *to = vector_str(exchange, "to");
            if (strncmp(to, "jsonrpc", 7) == 0) check_rpc(&t, request);
            if (strcmp(to, "rest") == 0) check_rest(&t, request);
        }
    }
    printf("sdk_requests.json: %zu signatures of transactions, %zu of orders, %zu of batches\n", t.singles, t.orders,
           t.batches);
    CHECK(t.singles == 13 && t.orders == 2 && t.batches == 6);
    json_object_put(file);
}

/* Whatever the wallets signed in the recording, texts and bytes. */
static void test_traffic__every_wallet_signature_holds(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("sdk_requests.json");
    struct json_object *steps = vector_get(file, "steps");
    struct json_object *addresses = vector_get(vector_get(file, "meta"), "addresses");
    size_t n = 0;
    for (size_t i = 0; i < vector_count(steps); i++) {
        struct json_object *step = json_object_array_get_idx(steps, i);
        if (!vector_has(step, "ethSignedMessages")) continue;
        struct json_object *list = vector_get(step, "ethSignedMessages");
        for (size_t k = 0; k < vector_count(list); k++, n++) {
            struct json_object *c = json_object_array_get_idx(list, k);
            static uint8_t msg[4096];
            uint8_t sig[ETH_SIGNATURE_BYTES];
            eth_address signer;
            size_t len = vector_hex(msg, sizeof msg, c, "hex");
            vector_bytes(sig, sizeof sig, c, "signature");
            vector_bytes(signer.b, 20, addresses, vector_str(c, "signer"));
            CHECK_MSG(eth_signed(&signer, msg, len, sig), "%s", vector_str(step, "step"));
        }
    }
    printf("sdk_requests.json: %zu wallet signatures\n", n);
    CHECK(n == 32);
    json_object_put(file);
}

/* The signature of the login text, as it is, is the seed of the L2 key. */
static void test_login__gives_the_key(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *list = vector_get(file, "login_messages");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        uint8_t seed[ETH_SIGNATURE_BYTES];
        uint8_t want[SIG_KEY_BYTES];
        uint8_t key[SIG_KEY_BYTES];
        uint8_t public[1][SIG_KEY_BYTES];
        struct sig_key_info info;
        pubkey_hash want_hash;
        eth_address signer;
        const char *text = vector_str(c, "text");
        vector_bytes(seed, sizeof seed, c, "signature_is_the_seed");
        vector_bytes(signer.b, 20, c, "signer");
        vector_bytes(want, sizeof want, c, "l2_private_key");
        read_key_hash(&want_hash, c, "pub_key_hash");
        CHECK(eth_signed(&signer, text, strlen(text), seed));
        CHECK_OK(sig_key_from_seed(key, seed, sizeof seed));
        CHECK_EQ_BYTES(want, key, sizeof key);
        CHECK_OK(sig_public_key(public[0], key));
        sig_key_info_many(&info, (const uint8_t(*)[SIG_KEY_BYTES]) public, 1, NULL);
        CHECK_EQ_BYTES(want_hash.b, info.hash.b, sizeof want_hash.b);
    }
    CHECK(vector_count(list) == 8);
    json_object_put(file);
}

/* keccak256 of the old bytes, one after the other; and a kind that has none. */
static void test_batch__old_message(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("legacy_sign_bytes.json");
    struct json_object *list = vector_get(file, "cases");
    static uint8_t all[64 * 85];
    struct tx txs[64];
    size_t len = 0;
    size_t n = 0;
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *json = vector_get(c, "tx");
        tx_verdict verdict;
        if (!vector_has(json, "validUntil")) continue;
        json_object_object_add(json, "signature", json_object_get(vector_get(c, "signature")));
        CHECK_OK(tx_from_json(&txs[n++], &verdict, json));
        len += vector_hex(all + len, sizeof all - len, c, "sign_bytes");
    }
    hash32 want;
    hash32 got;
    keccak256(want.b, all, len);
    CHECK(n > 10);
    CHECK_OK(eth_batch_message_old(&got, txs, n));
    CHECK_EQ_BYTES(want.b, got.b, 32);
    txs[n - 1].type = TX_MINT_NFT;
    CHECK_ERR(ZK_ERR_RANGE, eth_batch_message_old(&got, txs, n));
    json_object_put(file);
}

TEST_MAIN(TEST(test_messages__vectors), TEST(test_recover__accepts_and_refuses), TEST(test_change_pubkey__vectors),
          TEST(test_traffic__every_signature_holds), TEST(test_traffic__every_wallet_signature_holds),
          TEST(test_login__gives_the_key), TEST(test_batch__old_message))
