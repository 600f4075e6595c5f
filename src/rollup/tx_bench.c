/* What a transaction costs before it meets the state: transfers that zkroll's own keys signed, in one thread. */
#include "base/arena.h"
#include "base/bench.h"
#include "base/prng.h"
#include "rollup/eth_auth.h"
#include "rollup/eth_text.h"
#include "rollup/tx_json.h"
#include "rollup/tx_verify.h"

#include <json-c/json.h>
#include <stdlib.h>

#define TXS_MAX 1024
#define KEYS    16

struct work {
    struct tx txs[TXS_MAX];
    struct tx_verify_item items[TXS_MAX];
    struct sig_key_info infos[KEYS];
    char *texts[TXS_MAX];
    struct arena scratch;
    size_t n;
};

static void run_json(void *ctx)
{
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++) {
        struct tx tx;
        tx_verdict verdict;
        zk_err err = tx_from_json_text(&tx, &verdict, w->texts[i], strlen(w->texts[i]));
        assert(err == ZK_OK);
        bench_keep(&tx);
    }
}

static void run_hash(void *ctx)
{
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++) {
        hash32 hash;
        zk_err err = tx_hash(&hash, &w->txs[i]);
        assert(err == ZK_OK);
        bench_keep(&hash);
    }
}

static void run_digest(void *ctx)
{
    static const struct token_label label = {"ETH", 18};
    static const struct token_labels tokens = {&label, 1};
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++) {
        char text[ETH_TEXT_MAX];
        size_t len;
        hash32 digest;
        zk_err err = eth_text_tx(text, sizeof text, &len, &w->txs[i], &tokens, 0);
        assert(err == ZK_OK);
        eip191_digest(&digest, text, len);
        bench_keep(&digest);
    }
}

static void run_verify_one(void *ctx)
{
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++) {
        struct tx_signers signers;
        tx_verdict verdict = tx_verify(&signers, &w->txs[i], 9);
        assert(verdict == TX_VALID);
        bench_keep(&signers);
    }
}

static void run_verify_many(void *ctx)
{
    struct work *w = ctx;
    zk_err err = tx_verify_many(w->items, w->n, 9, NULL, &w->scratch);
    assert(err == ZK_OK);
    for (size_t i = 0; i < w->n; i++) assert(w->items[i].verdict == TX_VALID);
}

static void make_work(struct work *w, struct prng *rng)
{
    uint8_t keys[KEYS][SIG_KEY_BYTES];
    uint8_t public[KEYS][SIG_KEY_BYTES];
    for (size_t k = 0; k < KEYS; k++) {
        uint8_t seed[32];
        prng_bytes(rng, seed, sizeof seed);
        zk_err err = sig_key_from_seed(keys[k], seed, sizeof seed);
        assert(err == ZK_OK);
        err = sig_public_key(public[k], keys[k]);
        assert(err == ZK_OK);
    }
    sig_key_info_many(w->infos, (const uint8_t(*)[SIG_KEY_BYTES]) public, KEYS, NULL);
    for (size_t i = 0; i < w->n; i++) {
        struct tx *tx = &w->txs[i];
        uint8_t bytes[TX_SIGN_BYTES_MAX];
        size_t len;
        struct json_object *json;
        *tx = (struct tx){.type = TX_TRANSFER,
                          .transfer = {.amount = 1000000000000, .fee = 2047, .valid = TIME_RANGE_ALL}};
        tx->transfer.nonce = (uint32_t)i;
        prng_bytes(rng, tx->transfer.to.b, 20);
        zk_err err = tx_sign_bytes(bytes, &len, tx);
        assert(err == ZK_OK);
        memcpy(tx->signature.pubkey, public[i % KEYS], SIG_KEY_BYTES);
        err = sig_sign(tx->signature.sig, keys[i % KEYS], bytes, len);
        assert(err == ZK_OK);
        err = tx_to_json(&json, tx);
        assert(err == ZK_OK);
        w->texts[i] = strdup(json_object_to_json_string(json));
        json_object_put(json);
        w->items[i] = (struct tx_verify_item){.tx = tx};
    }
}

static void report(const struct bench_options *o, struct work *w, const char *name, void (*run)(void *))
{
    double s = bench_median_s(run, w, 1, o->tiny ? 1 : 7);
    struct bench_result r = {.name = name, .value = (double)w->n / s, .unit = "1/s", .threads = 1};
    bench_report(o, &r);
}

int main(int argc, char **argv)
{
    static struct work w;
    struct bench_options o;
    struct prng rng;
    bench_begin(&o, "transactions", argc, argv);
    prng_seed(&rng, 1);
    w.n = o.tiny ? 16 : TXS_MAX;
    make_work(&w, &rng);
    zk_err err = arena_map(&w.scratch, tx_verify_scratch_len(w.n, NULL));
    assert(err == ZK_OK);
    report(&o, &w, "tx_from_json", run_json);
    report(&o, &w, "tx_hash", run_hash);
    report(&o, &w, "eth_text_digest", run_digest);
    report(&o, &w, "tx_verify", run_verify_one);
    report(&o, &w, "tx_verify_many", run_verify_many);
    for (size_t i = 0; i < w.n; i++) w.items[i].keys[0] = &w.infos[i % KEYS];
    report(&o, &w, "tx_verify_many_known", run_verify_many);
    for (size_t i = 0; i < w.n; i++) free(w.texts[i]);
    arena_unmap(&w.scratch);
    return 0;
}
