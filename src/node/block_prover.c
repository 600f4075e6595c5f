#include "node/block_prover.h"

#include "circuit/block_witness.h"
#include "plonk/verifier.h"
#include "rollup/trace_codec.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROW_BYTES   4096 /* reserved a row; about half is used */
#define ROW_USED    ((size_t)2048)
#define FIXED_BYTES ((size_t)512 << 20)
#define TABLE_LOG_N 20 /* up to here multiples of the setup are kept: proofs are a sixth faster for 64 bytes a row */

struct block_prover {
    struct block_setup *setup;
    struct pool *pool;
    bool loaded;
    unsigned key_id;
    const struct proving_key *pk;
    struct prover *prover;
    struct arena home, scratch;
};

zk_err block_prover_create(struct block_prover **out, struct block_setup *setup, struct pool *pool)
{
    struct block_prover *p = calloc(1, sizeof *p);
    *out = p;
    if (p == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the prover");
    p->setup = setup;
    p->pool = pool;
    return ZK_OK;
}

static void unload(struct block_prover *p)
{
    arena_unmap(&p->home);
    arena_unmap(&p->scratch);
    p->home = p->scratch = (struct arena){0};
    p->prover = NULL;
    p->loaded = false;
}

void block_prover_destroy(struct block_prover *p)
{
    if (p == NULL) return;
    unload(p);
    free(p);
}

size_t block_prover_memory(unsigned capacity)
{
    return (ROW_USED << block_circuit_log_n(capacity)) + ((size_t)128 << 20);
}

static zk_err load(struct block_prover *p, unsigned key_id)
{
    const struct srs *srs;
    if (p->loaded && p->key_id == key_id) return ZK_OK;
    unload(p);
    ZK_TRY(block_setup_key(p->setup, &p->pk, &srs, NULL, key_id, p->pool));
    const unsigned log_n = p->pk->vk.log_n;
    zk_err err = arena_map(&p->home, ((size_t)ROW_BYTES << log_n) + FIXED_BYTES);
    if (err == ZK_OK) err = arena_map(&p->scratch, ((size_t)ROW_BYTES << log_n) + FIXED_BYTES);
    if (err == ZK_OK)
        err = prover_create(&p->prover, p->pk, srs, log_n <= TABLE_LOG_N ? 1 : 0, p->pool, &p->home, &p->scratch);
    if (err != ZK_OK) {
        unload(p);
        return err;
    }
    p->loaded = true;
    p->key_id = key_id;
    return ZK_OK;
}

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- progress: how the time of a proof is shared out, by circuit_bench at 2^20 */

static const double phase_ends[PHASE_COUNT + 1] = {0.05, 0.05, 0.30, 0.45, 0.85, 0.90, 1.0};

struct progress {
    block_progress call;
    void *ctx;
};

static bool report(void *ctx, prover_phase phase, double fraction)
{
    const struct progress *p = ctx;
    double from = phase_ends[phase], to = phase_ends[phase + 1];
    return p->call == NULL || p->call(p->ctx, from + (to - from) * fraction);
}

/* ---- one proof */

/* Says what is wrong with a witness whose proof does not hold. */
static zk_err explain(struct block_prover *p, const struct witness *w)
{
    bool ok = false;
    char text[2304];
    ZK_TRY(block_witness_check(&ok, text, block_setup_circuit(p->setup), w, p->pool, &p->scratch));
    return ok ? zk_fail(ZK_ERR_INPUT, "the witness holds, but the proof of it does not verify")
              : zk_fail(ZK_ERR_INPUT, "the block cannot be proved: %.200s", text);
}

static zk_err check(struct block_prover *p, const struct block_proof *proof, const struct witness *w,
                    const struct block_hints *hints)
{
    bool ok = false;
    const struct plonk_claim claim = {.vk = &p->pk->vk,
                                      .publics = hints->publics,
                                      .n_public = BLOCK_PUBLICS,
                                      .proof = proof->bytes,
                                      .proof_len = proof->len};
    ZK_TRY(plonk_verify(&ok, &claim, &p->scratch));
    return ok ? ZK_OK : explain(p, w);
}

static zk_err prove(struct block_proof *out, struct block_prover *p, const struct block_trace *t, double start,
                    struct progress *progress)
{
    struct block_hints hints;
    struct witness witness;
    ZK_TRY(block_hints_make(&hints, t, p->pool, &p->scratch));
    ZK_TRY(block_witness_make(&witness, block_setup_circuit(p->setup), &hints, p->pool, &p->scratch));
    out->witness_seconds = now_s() - start;
    /* Blocks are public: nothing to hide. An invalid witness shows in the proof, which is verified. */
    const struct prover_options options = {
        .unblinded = true, .unchecked = true, .progress = report, .progress_ctx = progress};
    out->len = proof_len(&p->pk->vk);
    ZK_TRY(plonk_prove(out->bytes, p->prover, &witness, &options, &p->scratch));
    ZK_TRY(check(p, out, &witness, &hints));
    out->seconds = now_s() - start;
    return ZK_OK;
}

static zk_err find_key(unsigned *key_id, unsigned capacity)
{
    for (*key_id = 0; *key_id < BLOCK_KEYS; (*key_id)++)
        if (block_capacities[*key_id] == capacity) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "no circuit has %u slots", capacity);
}

zk_err block_prove(struct block_proof *out, struct block_prover *p, const uint8_t *trace, size_t len,
                   block_progress progress, void *ctx)
{
    unsigned key_id;
    struct block_trace *t;
    struct arena home;
    struct progress report_to = {progress, ctx};
    double start = now_s();
    memset(out, 0, sizeof *out);
    ZK_TRY(arena_map(&home, block_trace_decoded_memory(BLOCK_SLOTS_MAX)));
    zk_err err = block_trace_decode(&t, trace, len, &home);
    if (err == ZK_OK) err = find_key(&key_id, t->capacity);
    if (err == ZK_OK) err = load(p, key_id);
    if (err == ZK_OK) {
        size_t mark = arena_mark(&p->scratch);
        err = prove(out, p, t, start, &report_to);
        arena_release(&p->scratch, mark);
    }
    arena_unmap(&home);
    return err;
}
