/* What a hash costs. Rates are of one core; the batch functions stand beside one call an input in the same run. */
#include "hash/keccak256.h"
#include "hash/poseidon2.h"
#include "hash/rescue.h"

#include "base/bench.h"
#include "base/prng.h"

#define NODES      1024 /* a multiple of every kernel's width; in and out stay in the second-level cache */
#define MESSAGES   64
#define RESCUE_LEN 4 /* elements of a signature's challenge: two permutations */
#define BYTES      8192

struct work {
    fr nodes[4 * NODES];
    fr out[NODES];
    uint8_t bytes[BYTES];
    size_t n;
};

static void run_poseidon2(void *ctx)
{
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++) poseidon2_compress(&w->out[i], w->nodes + 4 * i);
    bench_keep(w->out);
}

static void run_poseidon2_batch(void *ctx)
{
    struct work *w = ctx;
    poseidon2_compress_many(w->out, w->nodes, w->n);
    bench_keep(w->out);
}

static void run_rescue(void *ctx)
{
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++) rescue_hash(w->out + 2 * i, w->nodes + RESCUE_LEN * i, RESCUE_LEN);
    bench_keep(w->out);
}

static void run_rescue_batch(void *ctx)
{
    struct work *w = ctx;
    rescue_hash_many(w->out, w->nodes, RESCUE_LEN, w->n);
    bench_keep(w->out);
}

static void run_keccak_short(void *ctx)
{
    struct work *w = ctx;
    for (size_t i = 0; i < w->n; i++) keccak256(w->bytes, w->bytes, 64);
    bench_keep(w->bytes);
}

static void run_keccak_long(void *ctx)
{
    struct work *w = ctx;
    uint8_t out[32];
    keccak256(out, w->bytes, BYTES);
    bench_keep(out);
}

/* The rate of `run`, n units a call, beside that of `rival` if there is one. */
static void rate(const struct bench_options *o, const char *name, const char *unit, void (*run)(void *),
                 void (*rival)(void *), struct work *w, size_t n, double units)
{
    double ours_s;
    double rival_s = 0;
    w->n = n;
    int repeats = o->tiny ? 1 : 31;
    if (rival != NULL) {
        bench_pair_s(&ours_s, &rival_s, run, w, rival, w, repeats);
    } else {
        ours_s = bench_median_s(run, w, 1, repeats);
    }
    bench_report(o, &(struct bench_result){.name = name,
                                           .value = units / ours_s,
                                           .unit = unit,
                                           .threads = 1,
                                           .peer = rival != NULL ? "one by one" : NULL,
                                           .peer_value = rival != NULL ? units / rival_s : 0});
}

int main(int argc, char **argv)
{
    static struct work w;
    struct bench_options o;
    struct prng rng;
    bench_begin(&o, "hash: hashes a second and core", argc, argv);
    prng_seed(&rng, 1);
    for (size_t i = 0; i < ZK_COUNT(w.nodes); i++) fr_random(&w.nodes[i], &rng);
    prng_bytes(&rng, w.bytes, sizeof w.bytes);
    size_t nodes = o.tiny ? 32 : NODES;
    size_t messages = o.tiny ? 16 : MESSAGES;
    rate(&o, "poseidon2", "1/s", run_poseidon2, NULL, &w, nodes, (double)nodes);
    rate(&o, "poseidon2_batch", "1/s", run_poseidon2_batch, run_poseidon2, &w, nodes, (double)nodes);
    rate(&o, "rescue", "1/s", run_rescue, NULL, &w, messages / 4, (double)messages / 4);
    rate(&o, "rescue_batch", "1/s", run_rescue_batch, run_rescue, &w, messages, (double)messages);
    rate(&o, "keccak256_64_bytes", "1/s", run_keccak_short, NULL, &w, nodes, (double)nodes);
    rate(&o, "keccak256_8_kb", "bytes/s", run_keccak_long, NULL, &w, 1, BYTES);
    return 0;
}
