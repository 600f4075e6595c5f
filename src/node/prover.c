#include "node/prover.h"

#include "base/log.h"
#include "node/block_prover.h"
#include "node/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICE       10
#define BACKOFF_MS 1000
#define BACKOFFS   6 /* doublings */

struct worker {
    const struct prover_source *source;
    const struct prover_config *config;
    struct block_setup *setup;
    struct pool *pool;
    struct block_prover *prover;
    uint32_t key_ids[BLOCK_KEYS];
    size_t n_keys;
    uint64_t made;
    unsigned failures; /* in a row */
    struct metric *m_working;
};

/* ---- a job's progress: heartbeats, and the wish to stop */

struct job {
    struct worker *w;
    const struct proof_lease *lease;
    double next_beat; /* seconds, monotonic */
    bool lost;
};

static bool go_on(void *ctx, double fraction)
{
    struct job *j = ctx;
    const struct prover_source *source = j->w->source;
    double now = metric_clock_s();
    (void)fraction;
    if (!j->w->config->to_completion && source->stopping(source->ctx)) return false;
    if (now < j->next_beat) return true;
    j->next_beat = now + (double)j->lease->lease_ms / 3000;
    bool ours = true;
    /* A source that does not answer may be back when the proof is done: only a clear no ends the work. */
    if (source->heartbeat(source->ctx, &ours, j->lease->block, j->lease->token) == ZK_OK && !ours) j->lost = true;
    return !j->lost;
}

/* ---- one job */

/* Is our key the one that the job is for? A prover of another build would only make proofs that are refused. */
static zk_err check_key(struct worker *w, const struct proof_lease *lease)
{
    const struct proving_key *pk;
    struct block_key_info ours;
    ZK_TRY(block_setup_key(w->setup, &pk, NULL, NULL, lease->key_id, w->pool));
    block_key_info(&ours, &pk->vk);
    if (memcmp(ours.digest, lease->key.digest, 32) == 0) return ZK_OK;
    return zk_fail(ZK_ERR_UNSUPPORTED, "key %u is another than the node's: of another build, or of another setup",
                   lease->key_id);
}

static zk_err make_proof(struct worker *w, struct block_proof *proof, const struct proof_lease *lease, bool *lost)
{
    uint8_t *trace = NULL;
    size_t len = 0;
    bool found = false;
    struct job job = {w, lease, 0, false};
    ZK_TRY(check_key(w, lease));
    ZK_TRY(w->source->trace(w->source->ctx, &trace, &len, &found, lease->block));
    if (!found) return zk_fail(ZK_ERR_INPUT, "the job's trace is gone");
    zk_err err = block_prove(proof, w->prover, trace, len, go_on, &job);
    free(trace);
    *lost = job.lost;
    return err;
}

static zk_err hand_in(struct worker *w, const struct proof_lease *lease, const struct block_proof *proof)
{
    proof_verdict verdict = PROOF_UNKNOWN;
    const uint64_t ms = (uint64_t)(proof->seconds * 1000);
    ZK_TRY(w->source->submit(w->source->ctx, &verdict, lease, proof->bytes, proof->len, ms));
    w->made++;
    log_event(verdict == PROOF_WRONG ? LOG_ERROR : LOG_INFO, "block_proved", LOG_U64("block", lease->block),
              LOG_U64("slots", lease->capacity), LOG_F64("seconds", proof->seconds),
              LOG_F64("witness_seconds", proof->witness_seconds), LOG_STR("verdict", proof_verdict_str(verdict)),
              LOG_END);
    return ZK_OK;
}

static zk_err do_job(struct worker *w, const struct proof_lease *lease)
{
    struct block_proof *proof = calloc(1, sizeof *proof);
    bool lost = false;
    if (proof == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a proof");
    log_event(LOG_INFO, "proof_begun", LOG_U64("block", lease->block), LOG_U64("slots", lease->capacity),
              LOG_U64("attempt", lease->attempts), LOG_END);
    metric_set(w->m_working, 1);
    zk_err err = make_proof(w, proof, lease, &lost);
    metric_set(w->m_working, 0);
    if (err == ZK_OK)
        err = hand_in(w, lease, proof);
    else if (lost)
        log_event(LOG_WARN, "lease_lost", LOG_U64("block", lease->block), LOG_END);
    else {
        log_event(err == ZK_ERR_CANCELLED ? LOG_INFO : LOG_WARN, "proof_failed", LOG_U64("block", lease->block),
                  LOG_STR("error", zk_err_message()), LOG_END);
        char why[STORE_ERROR_MAX];
        (void)snprintf(why, sizeof why, "%s", err == ZK_ERR_CANCELLED ? "the prover stopped" : zk_err_message());
        if (w->source->fail(w->source->ctx, lease->block, lease->token, why) == ZK_OK && err != ZK_ERR_MEMORY)
            err = ZK_OK;
    }
    free(proof);
    return lost ? ZK_OK : err;
}

/* ---- the loop */

static zk_err next_job(struct worker *w, bool *worked)
{
    struct proof_lease lease;
    bool found;
    *worked = false;
    ZK_TRY(w->source->lease(w->source->ctx, &lease, &found, w->key_ids, w->n_keys));
    if (!found) return ZK_OK;
    *worked = true;
    return do_job(w, &lease);
}

static zk_err run(struct worker *w)
{
    const struct prover_source *source = w->source;
    while (!source->stopping(source->ctx)) {
        bool worked = false;
        zk_err err = next_job(w, &worked);
        if (err == ZK_ERR_MEMORY || err == ZK_ERR_CORRUPT) return err;
        if (source->stopping(source->ctx) || (w->config->proofs != 0 && w->made >= w->config->proofs)) break;
        if (err != ZK_OK) {
            log_event(LOG_WARN, "prover_waits", LOG_STR("error", zk_err_message()), LOG_END);
            source->wait(source->ctx, BACKOFF_MS << (w->failures < BACKOFFS ? w->failures : BACKOFFS));
            w->failures++;
            continue;
        }
        w->failures = 0;
        if (!worked) source->wait(source->ctx, (int)w->config->retry_ms);
    }
    return ZK_OK;
}

static zk_err choose_keys(struct worker *w)
{
    for (uint32_t id = 0; id < BLOCK_KEYS; id++)
        if (w->config->memory_max == 0 || block_prover_memory(block_capacities[id]) <= w->config->memory_max)
            w->key_ids[w->n_keys++] = id;
    if (w->n_keys > 0) return ZK_OK;
    return zk_fail(ZK_ERR_RANGE, "the smallest blocks take %zu MB to prove, more than the limit",
                   block_prover_memory(block_capacities[0]) >> 20);
}

zk_err prover_run(const struct prover_source *source, struct block_setup *setup, const struct prover_config *config)
{
    struct worker w = {.source = source, .config = config, .setup = setup};
    /* Linux keeps a niceness a thread; the pool's threads inherit it. Users come before proofs. */
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    w.m_working = metric_gauge("zkroll_prover_working", NULL, "1 while this process makes a proof");
    zk_err err = choose_keys(&w);
    if (err == ZK_OK) err = pool_create(&w.pool, config->threads);
    if (err == ZK_OK) err = block_prover_create(&w.prover, setup, w.pool);
    if (err == ZK_OK) err = run(&w);
    block_prover_destroy(w.prover);
    pool_destroy(w.pool);
    return err;
}
