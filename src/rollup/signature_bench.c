/* Signatures a second and core: signing, checking one, and checking batches as the sequencer does. */
#include "rollup/signature.h"

#include "base/arena.h"
#include "base/bench.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURES    256
#define MESSAGE_BYTES 71 /* a transfer's sign bytes */

struct work {
    uint8_t private_key[32];
    uint8_t keys[SIGNATURES][32];
    uint8_t sigs[SIGNATURES][64];
    uint8_t messages[SIGNATURES][MESSAGE_BYTES];
    struct sig_key_info infos[SIGNATURES];
    struct sig_item items[SIGNATURES];
    sig_verdict verdicts[SIGNATURES];
    struct arena scratch;
    size_t n;
};

static void must(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "signature_bench: %s\n", zk_err_message());
    exit(1);
}

static void run_sign(void *ctx)
{
    struct work *w = ctx;
    uint8_t sig[64];
    for (size_t i = 0; i < w->n; i++) must(sig_sign(sig, w->private_key, w->messages[i], MESSAGE_BYTES));
    bench_keep(sig);
}

static void run_sign_many(void *ctx)
{
    enum { AT_ONCE = 16 };
    struct work *w = ctx;
    uint8_t sigs[AT_ONCE][64];
    struct sig_request requests[AT_ONCE];
    for (size_t i = 0; i + AT_ONCE <= w->n; i += AT_ONCE) {
        for (size_t k = 0; k < AT_ONCE; k++)
            requests[k] = (struct sig_request){w->private_key, w->messages[i + k], MESSAGE_BYTES};
        must(sig_sign_many(sigs, requests, AT_ONCE));
    }
    bench_keep(sigs);
}

static void run_verify(void *ctx)
{
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++)
        w->verdicts[i] = sig_verify(w->keys[i], w->sigs[i], w->messages[i], MESSAGE_BYTES);
    bench_keep(w->verdicts);
}

static void run_verify_batch(void *ctx)
{
    struct work *w = ctx;
    must(sig_verify_batch(w->verdicts, w->items, w->n, NULL, &w->scratch));
    bench_keep(w->verdicts);
}

static void run_key_info(void *ctx)
{
    struct work *w = ctx;
    sig_key_info_many(w->infos, (const uint8_t(*)[32])w->keys, w->n, NULL);
    bench_keep(w->infos);
}

static void fill(struct work *w, size_t n)
{
    struct prng rng;
    uint8_t seed[32];
    prng_seed(&rng, 1);
    for (size_t i = 0; i < n; i++) {
        prng_bytes(&rng, seed, sizeof seed);
        prng_bytes(&rng, w->messages[i], MESSAGE_BYTES);
        must(sig_key_from_seed(w->private_key, seed, sizeof seed));
        must(sig_public_key(w->keys[i], w->private_key));
        must(sig_sign(w->sigs[i], w->private_key, w->messages[i], MESSAGE_BYTES));
        w->items[i] = (struct sig_item){w->keys[i], NULL, w->sigs[i], w->messages[i], MESSAGE_BYTES};
    }
    w->n = n;
    run_key_info(w);
}

static void rate(const struct bench_options *o, const char *name, void (*run)(void *), struct work *w, double peer)
{
    double seconds = bench_median_s(run, w, 1, o->tiny ? 1 : 15);
    for (size_t i = 0; i < w->n; i++) {
        if (w->verdicts[i] == SIG_OK) continue;
        (void)fprintf(stderr, "signature_bench: a valid signature was refused\n");
        exit(1);
    }
    bench_report(o, &(struct bench_result){.name = name,
                                           .value = (double)w->n / seconds,
                                           .unit = "1/s",
                                           .threads = 1,
                                           .peer = peer > 0 ? "sig_verify" : NULL,
                                           .peer_value = peer});
}

int main(int argc, char **argv)
{
    static struct work w;
    struct bench_options o;
    bench_begin(&o, "signature: signatures a second and core", argc, argv);
    must(arena_map(&w.scratch, sig_verify_scratch_len(NULL)));
    size_t n = o.tiny ? 40 : SIGNATURES;
    fill(&w, n);
    w.n = n / 4; /* the single calls take their time */
    rate(&o, "sig_sign", run_sign, &w, 0);
    double one_s = bench_median_s(run_verify, &w, 1, o.tiny ? 1 : 7);
    double one = (double)w.n / one_s;
    rate(&o, "sig_verify", run_verify, &w, 0);
    w.n = n;
    rate(&o, "sig_sign_many", run_sign_many, &w, 0);
    rate(&o, "sig_verify_batch", run_verify_batch, &w, one);
    rate(&o, "sig_key_info", run_key_info, &w, 0);
    for (size_t i = 0; i < n; i++) w.items[i].known = &w.infos[i];
    rate(&o, "sig_verify_batch_known_keys", run_verify_batch, &w, one);
    arena_unmap(&w.scratch);
    return 0;
}
