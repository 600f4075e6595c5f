/* The signer against what the unmodified SDK sent with the same Ethereum keys: tests/vectors/sdk_requests.json. */
#include "base/bytes.h"
#include "base/test.h"
#include "cli/signer.h"
#include "rollup/tx_json.h"
#include "testing/vectors.h"

#define SDK_CHAIN 9

static const struct token_label sdk_tokens[] = {{"ETH", 18}, {"wBTC", 8}};
static const struct token_labels labels = {sdk_tokens, ZK_COUNT(sdk_tokens)};

static void make_signer(struct signer *s, struct vec *file, const char *name)
{
    struct eth_key key;
    CHECK_OK(eth_key_from_hex(&key, vec_str(vec_get(vec_get(vec_get(file, "meta"), "ethPrivateKeys"), name))));
    CHECK_OK(signer_init(s, &key, SDK_CHAIN));
}

/* True if this signer's key signed it; then we sign the same. */
static bool same_signature(const struct signer *s, struct vec *json, struct tx *tx)
{
    tx_verdict verdict;
    const char *text = vec_json(json);
    CHECK_OK(tx_from_json_text(tx, &verdict, text, strlen(text)));
    CHECK(verdict == TX_VALID);
    struct l2_signature sdk = tx->signature;
    if (memcmp(sdk.pubkey, s->l2_public, 32) != 0) return false;
    memset(&tx->signature, 0, sizeof tx->signature);
    CHECK_OK(signer_sign(s, tx));
    CHECK_EQ_BYTES(sdk.pubkey, tx->signature.pubkey, 32);
    CHECK_EQ_BYTES(sdk.sig, tx->signature.sig, 64);
    return true;
}

static bool same_consent(const struct signer *s, struct vec *signature, const struct tx *tx)
{
    uint8_t want[65], got[65];
    if (tx->type == TX_SWAP || signature == NULL || !vec_is_object(signature)) return false;
    vec_bytes(want, 65, vec_get(signature, "signature"));
    CHECK_OK(signer_sign_consent(s, got, tx, &labels));
    CHECK_EQ_BYTES(want, got, 65);
    return true;
}

static void test_sdk__same_keys_and_signatures(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("sdk_requests.json");
    struct vec *steps = vec_get(file, "steps");
    struct signer s;
    struct tx tx;
    unsigned signatures = 0, consents = 0;
    make_signer(&s, file, "A");
    for (size_t i = 0; i < vec_len(steps); i++) {
        struct vec *exchanges = vec_find(vec_at(steps, i), "exchanges");
        for (size_t k = 0; exchanges != NULL && k < vec_len(exchanges); k++) {
            struct vec *request = vec_find(vec_at(exchanges, k), "request");
            struct vec *method = request != NULL ? vec_find(request, "method") : NULL;
            if (method == NULL || strcmp(vec_str(method), "tx_submit") != 0) continue;
            struct vec *params = vec_get(request, "params");
            if (!same_signature(&s, vec_at(params, 0), &tx)) continue;
            signatures++;
            consents += same_consent(&s, vec_is_null(vec_at(params, 1)) ? NULL : vec_at(params, 1), &tx);
        }
    }
    CHECK_MSG(signatures >= 8, "only %u signatures compared", signatures);
    CHECK_MSG(consents >= 3, "only %u consents compared", consents);
    vec_free(file);
    signer_wipe(&s);
}

static void test_change_pubkey__as_the_sdk_authorizes(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("sdk_requests.json");
    struct vec *steps = vec_get(file, "steps");
    struct signer s;
    unsigned compared = 0;
    make_signer(&s, file, "A");
    for (size_t i = 0; i < vec_len(steps); i++) {
        struct vec *exchanges = vec_find(vec_at(steps, i), "exchanges");
        for (size_t k = 0; exchanges != NULL && k < vec_len(exchanges); k++) {
            struct vec *request = vec_find(vec_at(exchanges, k), "request");
            struct vec *method = request != NULL ? vec_find(request, "method") : NULL;
            if (method == NULL || strcmp(vec_str(method), "tx_submit") != 0) continue;
            struct tx sdk, ours;
            if (!same_signature(&s, vec_at(vec_get(request, "params"), 0), &sdk)) continue;
            const struct tx_change_pubkey *t = &sdk.change_pubkey;
            if (sdk.type != TX_CHANGE_PUBKEY || t->auth.kind != CHANGE_PUBKEY_ECDSA) continue;
            CHECK_OK(signer_change_pubkey(&s, &ours, t->account_id, t->nonce, t->fee_token, t->fee));
            CHECK_EQ_BYTES(t->auth.eth_signature, ours.change_pubkey.auth.eth_signature, 65);
            CHECK_EQ_BYTES(sdk.signature.sig, ours.signature.sig, 64);
            compared++;
        }
    }
    CHECK(compared >= 1);
    vec_free(file);
    signer_wipe(&s);
}

static void test_chain__gives_another_key(struct prng *rng)
{
    struct eth_key key;
    struct signer a, b;
    uint8_t secret[32];
    prng_bytes(rng, secret, 32);
    secret[0] = 1;
    CHECK_OK(eth_key_from_secret(&key, secret));
    CHECK_OK(signer_init(&a, &key, 1));
    CHECK_OK(signer_init(&b, &key, 9));
    CHECK(!pubkey_hash_eq(&a.l2_hash, &b.l2_hash));
    signer_wipe(&a);
    for (size_t i = 0; i < sizeof a; i++) CHECK(((const uint8_t *)&a)[i] == 0);
}

TEST_MAIN(TEST(test_sdk__same_keys_and_signatures), TEST(test_change_pubkey__as_the_sdk_authorizes),
          TEST(test_chain__gives_another_key))
