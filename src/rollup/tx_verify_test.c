#include "rollup/tx_verify.h"

#include "base/arena.h"
#include "base/pool.h"
#include "rollup/eth_auth.h"
#include "rollup/tx_json.h"
#include "rollup/tx_legacy.h"
#include "rollup/vectors_test.h"

#define CHAIN_ID 9 /* of the recorded traffic */
#define TXS_MAX  320

/* The transactions of all files, with what is to be said of each. */
struct sample {
    struct tx tx;
    const char *what;
    const char *verdict;
};
struct samples {
    struct sample list[TXS_MAX];
    size_t n;
};

static void times_to_numbers(struct json_object *json)
{
    static const char *const keys[] = {"validFrom", "validUntil"};
    for (size_t i = 0; i < 2; i++) {
        struct json_object *v;
        if (!json_object_object_get_ex(json, keys[i], &v) || !json_object_is_type(v, json_type_string)) continue;
        json_object_object_add(json, keys[i], json_object_new_uint64(strtoull(json_object_get_string(v), NULL, 10)));
    }
}

/* What the parser itself refuses is no sample: tx_check_test has it. */
static void add_sample(struct samples *s, struct json_object *json, const char *what, const char *verdict)
{
    tx_verdict parsed;
    CHECK(s->n < TXS_MAX);
    struct sample *sample = &s->list[s->n];
    times_to_numbers(json);
    CHECK_OK(tx_from_json(&sample->tx, &parsed, json));
    if (parsed != TX_VALID) return;
    sample->what = what;
    sample->verdict = verdict;
    s->n++;
}

static void add_invalid(struct samples *s, struct json_object *file)
{
    struct json_object *cases = vector_get(file, "cases");
    for (size_t i = 0; i < vector_count(cases); i++) {
        struct json_object *c = json_object_array_get_idx(cases, i);
        const char *want = vector_has(c, "expected_error") ? vector_str(c, "expected_error") : "valid";
        if (strcmp(want, "reject") == 0) want = tx_verdict_str(TX_BAD_TOKEN);
        add_sample(s, vector_get(c, "tx"), vector_str(c, "what"), want);
    }
}

static void add_traffic(struct samples *s, struct json_object *v)
{
    if (json_object_is_type(v, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(v); i++) add_traffic(s, json_object_array_get_idx(v, i));
    } else if (json_object_is_type(v, json_type_object)) {
        if (vector_has(v, "type") && vector_has(v, "nonce") && vector_has(v, "signature")) {
            add_sample(s, v, "recorded traffic", "valid");
            return;
        }
        json_object_object_foreach(v, key, member)
        {
            if (strcmp(key, "response") != 0 && strcmp(key, "sdkReturns") != 0) add_traffic(s, member);
        }
    }
}

static struct samples samples;
static struct tx_verify_item items[TXS_MAX];

/* Singly; together; together with all keys known, by two threads: the same verdicts and signers. */
static void check_samples(void)
{
    static struct sig_key_info infos[TXS_MAX][TX_SIGNATURES_MAX];
    static struct tx_signers signers[TXS_MAX];
    struct pool *pool;
    struct arena scratch;
    CHECK_OK(pool_create(&pool, 2));
    CHECK_OK(arena_map(&scratch, tx_verify_scratch_len(samples.n, pool)));
    for (size_t i = 0; i < samples.n; i++) {
        const struct sample *s = &samples.list[i];
        const char *got = tx_verdict_str(tx_verify(&signers[i], &s->tx, CHAIN_ID));
        CHECK_MSG(strcmp(s->verdict, got) == 0, "%s %s: want %s, got %s", tx_type_str(s->tx.type), s->what, s->verdict,
                  got);
        CHECK(pubkey_hash_is_zero(&signers[i].tx) == (strcmp(got, "valid") != 0));
        items[i] = (struct tx_verify_item){.tx = &s->tx};
    }
    for (int known = 0; known < 2; known++) {
        CHECK_OK(tx_verify_many(items, samples.n, CHAIN_ID, known ? pool : NULL, &scratch));
        for (size_t i = 0; i < samples.n; i++) {
            const struct tx *tx = &samples.list[i].tx;
            CHECK_EQ_STR(samples.list[i].verdict, tx_verdict_str(items[i].verdict));
            CHECK_EQ_BYTES(&signers[i], &items[i].signers, sizeof signers[i]);
            sig_key_info_many(&infos[i][0], &tx->signature.pubkey, 1, NULL);
            items[i].keys[0] = &infos[i][0];
            for (int k = 0; k < 2 && tx->type == TX_SWAP; k++) {
                sig_key_info_many(&infos[i][1 + k], &tx->swap.orders[k].signature.pubkey, 1, NULL);
                items[i].keys[1 + k] = &infos[i][1 + k];
            }
        }
    }
    arena_unmap(&scratch);
    pool_destroy(pool);
}

static void test_verify__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *invalid = vectors_load("transactions_invalid.json");
    struct json_object *traffic = vectors_load("sdk_requests.json");
    samples.n = 0;
    add_invalid(&samples, invalid);
    size_t n = samples.n;
    add_traffic(&samples, vector_get(traffic, "steps"));
    check_samples();
    printf("transactions_invalid.json: %zu entries; sdk_requests.json: %zu transactions\n", n, samples.n - n);
    CHECK(n == 94 - 10 && samples.n - n == 35);
    json_object_put(invalid);
    json_object_put(traffic);
}

/* All that the SDK signed, whatever its limits; and the hash of each key. */
static void test_messages__signed_by_the_sdk(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    size_t n = 0;
    json_object_object_foreach(file, kind, list)
    {
        if (!json_object_is_type(list, json_type_array) || strcmp(kind, "Order") == 0 ||
            strcmp(kind, "sdk_refuses") == 0)
            continue;
        for (size_t i = 0; i < vector_count(list); i++) {
            struct json_object *c = json_object_array_get_idx(list, i);
            struct tx tx;
            tx_verdict verdict;
            struct tx_message messages[TX_SIGNATURES_MAX];
            size_t n_messages;
            CHECK_OK(tx_from_json(&tx, &verdict, vector_get(c, "json")));
            CHECK_OK(tx_messages(messages, &n_messages, &tx));
            CHECK(n_messages == (tx.type == TX_SWAP ? 3 : 1));
            for (size_t k = 0; k < n_messages; k++, n++) {
                const struct l2_signature *sig = messages[k].signature;
                CHECK(sig_verify(sig->pubkey, sig->sig, messages[k].bytes, messages[k].len) == SIG_OK);
            }
            struct sig_key_info info;
            char hex[41];
            sig_key_info_many(&info, &tx.signature.pubkey, 1, NULL);
            hex_encode(hex, info.hash.b, 20);
            CHECK_EQ_STR(vector_str(c, "pub_key_hash") + strlen("sync:"), hex);
        }
    }
    printf("transactions.json: %zu signatures\n", n);
    CHECK(n == 24 + 20 + 16 + 14 + 12 + 12 + 3 * 16);
    json_object_put(file);
}

/* Old layouts: good signatures of old bytes, and refused as transactions. */
static void test_legacy__is_refused(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("legacy_sign_bytes.json");
    struct json_object *list = vector_get(file, "cases");
    size_t refused = 0;
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *json = vector_get(c, "tx");
        struct tx tx;
        struct tx_signers signers;
        uint8_t bytes[TX_LEGACY_BYTES_MAX];
        tx_verdict verdict;
        size_t len;
        json_object_object_add(json, "signature", json_object_get(vector_get(c, "signature")));
        CHECK_OK(tx_from_json(&tx, &verdict, json));
        CHECK_OK(tx_legacy_bytes(bytes, &len, &tx, vector_has(json, "validUntil")));
        CHECK(sig_verify(tx.signature.pubkey, tx.signature.sig, bytes, len) == SIG_OK);
        verdict = tx_verify(&signers, &tx, CHAIN_ID);
        CHECK(verdict != TX_VALID);
        refused += verdict == TX_BAD_SIGNATURE;
    }
    printf("legacy_sign_bytes.json: %zu of %zu refused for the signature alone\n", refused, vector_count(list));
    CHECK(refused > 30);
    json_object_put(file);
}

/* ---- signatures of our own ---- */

struct key {
    uint8_t secret[SIG_KEY_BYTES];
    struct sig_key_info info;
    uint8_t public[SIG_KEY_BYTES];
};

static struct key random_key(struct prng *rng)
{
    struct key k;
    uint8_t seed[32];
    prng_bytes(rng, seed, sizeof seed);
    CHECK_OK(sig_key_from_seed(k.secret, seed, sizeof seed));
    CHECK_OK(sig_public_key(k.public, k.secret));
    sig_key_info_many(&k.info, (const uint8_t(*)[SIG_KEY_BYTES]) & k.public, 1, NULL);
    return k;
}

static void sign(struct l2_signature *out, const struct key *k, const uint8_t *msg, size_t len)
{
    memcpy(out->pubkey, k->public, SIG_KEY_BYTES);
    CHECK_OK(sig_sign(out->sig, k->secret, msg, len));
}

static void sign_tx(struct tx *tx, const struct key *k)
{
    uint8_t bytes[TX_SIGN_BYTES_MAX];
    size_t len;
    CHECK_OK(tx_sign_bytes(bytes, &len, tx));
    sign(&tx->signature, k, bytes, len);
}

static struct tx signed_transfer(const struct key *k)
{
    struct tx tx = {.type = TX_TRANSFER, .transfer = {.to = {{1}}, .amount = 5, .valid = TIME_RANGE_ALL}};
    sign_tx(&tx, k);
    return tx;
}

static void test_signature__every_bit_counts(struct prng *rng)
{
    struct key k = random_key(rng);
    struct tx tx = signed_transfer(&k);
    struct tx_signers signers;
    CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_VALID && pubkey_hash_eq(&signers.tx, &k.info.hash));
    for (size_t bit = 0; bit < 8 * sizeof tx.signature; bit += 3) {
        struct tx other = tx;
        uint8_t *byte = bit < 256 ? &other.signature.pubkey[bit / 8] : &other.signature.sig[bit / 8 - 32];
        *byte ^= (uint8_t)(1 << bit % 8);
        CHECK(tx_verify(&signers, &other, CHAIN_ID) == TX_BAD_SIGNATURE);
    }
}

/* The identity signs everything: upstream's server takes it, no circuit does. */
static void test_signature__refuses_the_identity(struct prng *rng)
{
    (void)rng;
    struct tx tx = {.type = TX_TRANSFER, .transfer = {.to = {{1}}, .valid = TIME_RANGE_ALL}};
    struct tx_signers signers;
    tx.signature.pubkey[0] = 1;
    tx.signature.sig[0] = 1;
    CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_BAD_SIGNATURE);
}

static void test_change_pubkey__is_signed_by_the_new_key(struct prng *rng)
{
    struct key k = random_key(rng);
    struct key other = random_key(rng);
    struct tx tx = {.type = TX_CHANGE_PUBKEY, .change_pubkey = {.valid = TIME_RANGE_ALL}};
    struct tx_signers signers;
    tx.change_pubkey.new_pubkey_hash = k.info.hash;
    sign_tx(&tx, &k);
    CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_VALID);
    sign_tx(&tx, &other);
    CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_BAD_SIGNATURE && pubkey_hash_is_zero(&signers.tx));
    sign_tx(&tx, &k);
    tx.change_pubkey.auth.kind = CHANGE_PUBKEY_ECDSA; /* with a signature of zeros */
    CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_BAD_AUTH);
}

static void test_swap__three_signatures(struct prng *rng)
{
    struct key keys[3] = {random_key(rng), random_key(rng), random_key(rng)};
    struct tx good = {.type = TX_SWAP};
    struct tx_signers signers;
    for (int i = 0; i < 2; i++) {
        struct order *o = &good.swap.orders[i];
        uint8_t bytes[ORDER_BYTES];
        *o = (struct order){
            .account_id = (uint32_t)i, .token_sell = (uint32_t)i, .recipient = {{1}}, .valid = TIME_RANGE_ALL};
        CHECK_OK(order_sign_bytes(bytes, o));
        sign(&o->signature, &keys[1 + i], bytes, sizeof bytes);
    }
    sign_tx(&good, &keys[0]);
    CHECK(tx_verify(&signers, &good, CHAIN_ID) == TX_VALID);
    CHECK(pubkey_hash_eq(&signers.tx, &keys[0].info.hash) && pubkey_hash_eq(&signers.orders[0], &keys[1].info.hash) &&
          pubkey_hash_eq(&signers.orders[1], &keys[2].info.hash));
    for (int i = 0; i < 2; i++) {
        struct tx tx = good;
        tx.swap.orders[i].signature.sig[40] ^= 1; /* no part of what the submitter signed */
        CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_BAD_ORDER_SIGNATURE);
        CHECK(pubkey_hash_is_zero(&signers.tx) && pubkey_hash_is_zero(&signers.orders[1 - i]));
        tx = good;
        tx.swap.orders[i].nonce++; /* part of both */
        CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_BAD_SIGNATURE);
    }
    struct tx tx = good;
    tx.swap.orders[0].signature = good.swap.orders[1].signature;
    CHECK(tx_verify(&signers, &tx, CHAIN_ID) == TX_BAD_ORDER_SIGNATURE);
}

static void test_many__any_number_and_no_room(struct prng *rng)
{
    struct key k = random_key(rng);
    struct tx tx = signed_transfer(&k);
    struct arena scratch;
    CHECK_OK(arena_map(&scratch, tx_verify_scratch_len(TXS_MAX, NULL)));
    for (size_t n = 0; n < 20; n++) {
        for (size_t i = 0; i < n; i++) items[i] = (struct tx_verify_item){.tx = &tx, .verdict = TX_BAD_NONCE};
        CHECK_OK(tx_verify_many(items, n, CHAIN_ID, NULL, &scratch));
        for (size_t i = 0; i < n; i++) CHECK(items[i].verdict == TX_VALID);
    }
    CHECK(arena_mark(&scratch) == 0);
    scratch.cap = tx_verify_scratch_len(1, NULL);
    CHECK_OK(tx_verify_many(items, 1, CHAIN_ID, NULL, &scratch));
    scratch.cap /= 2;
    CHECK_ERR(ZK_ERR_FULL, tx_verify_many(items, 1, CHAIN_ID, NULL, &scratch));
    CHECK(arena_mark(&scratch) == 0);
    scratch.cap = tx_verify_scratch_len(TXS_MAX, NULL);
    arena_unmap(&scratch);
}

TEST_MAIN(TEST(test_verify__vectors), TEST(test_messages__signed_by_the_sdk), TEST(test_legacy__is_refused),
          TEST(test_signature__every_bit_counts), TEST(test_signature__refuses_the_identity),
          TEST(test_change_pubkey__is_signed_by_the_new_key), TEST(test_swap__three_signatures),
          TEST(test_many__any_number_and_no_room))
