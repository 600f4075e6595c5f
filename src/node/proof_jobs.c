#include "node/proof_jobs.h"

#include "base/log.h"
#include "node/block_setup.h"
#include "node/metrics.h"
#include "plonk/verifier.h"
#include "rollup/binding.h"
#include "store/store_blocks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_AFTER_US INT64_C(5000000) /* a job that failed waits so long */
#define VERIFY_MEMORY  ((size_t)64 << 20)

struct proof_jobs {
    struct block_setup *setup;
    struct events *events;
    struct pool *pool;
    uint64_t lease_ms;
    uint64_t attempts_max;
    pthread_mutex_t lock; /* of scratch */
    struct arena scratch;
    struct metric *accepted, *wrong, *late, *prove_seconds;
};

const char *proof_verdict_str(proof_verdict verdict)
{
    static const char *const names[] = {"accepted", "late", "wrong", "unknown"};
    assert(verdict < ZK_COUNT(names));
    return names[verdict];
}

zk_err proof_jobs_create(struct proof_jobs **out, struct block_setup *setup, const struct node_config *config,
                         struct events *events, struct pool *pool)
{
    struct proof_jobs *j = calloc(1, sizeof *j);
    *out = NULL;
    if (j == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for proof jobs");
    *j = (struct proof_jobs){.setup = setup,
                             .events = events,
                             .pool = pool,
                             .lease_ms = config->prover.lease_ms,
                             .attempts_max = config->prover.attempts_max};
    (void)pthread_mutex_init(&j->lock, NULL);
    j->accepted = metric_counter("zkroll_proofs_total", "verdict=\"accepted\"", "proofs that provers sent");
    j->wrong = metric_counter("zkroll_proofs_total", "verdict=\"wrong\"", "proofs that provers sent");
    j->late = metric_counter("zkroll_proofs_total", "verdict=\"late\"", "proofs that provers sent");
    j->prove_seconds = metric_seconds("zkroll_prove_seconds", NULL, "time a block's proof took its prover");
    zk_err err = arena_map(&j->scratch, VERIFY_MEMORY);
    if (err != ZK_OK)
        proof_jobs_destroy(j);
    else
        *out = j;
    return err;
}

void proof_jobs_destroy(struct proof_jobs *j)
{
    if (j == NULL) return;
    arena_unmap(&j->scratch);
    (void)pthread_mutex_destroy(&j->lock);
    free(j);
}

bool proof_jobs_is_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len >= STORE_PROVER_MAX) return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@-") == len;
}

/* ---- giving out */

zk_err proof_jobs_lease(struct proof_jobs *j, struct store *s, struct proof_lease *out, bool *found, const char *prover,
                        const uint32_t *key_ids, size_t n)
{
    struct store_job job;
    const struct proving_key *pk;
    *out = (struct proof_lease){0};
    ZK_TRY(store_job_lease(s, &job, found, prover, key_ids, n, (int64_t)j->lease_ms * 1000, RETRY_AFTER_US));
    if (!*found) return ZK_OK;
    if (job.key_id >= BLOCK_KEYS)
        return zk_fail(ZK_ERR_CORRUPT, "the job of block %u has key %u", job.block, job.key_id);
    ZK_TRY(block_setup_key(j->setup, &pk, NULL, NULL, job.key_id, j->pool));
    /* Tried on: it may be the provers' fault, not the block's. */
    if (job.attempts > j->attempts_max)
        log_event(LOG_ERROR, "block_not_proved", LOG_U64("block", job.block), LOG_U64("attempts", job.attempts),
                  LOG_STR("last_error", job.last_error), LOG_END);
    *out = (struct proof_lease){.block = job.block,
                                .key_id = job.key_id,
                                .capacity = job.capacity,
                                .token = job.token,
                                .attempts = job.attempts,
                                .lease_ms = j->lease_ms};
    block_key_info(&out->key, &pk->vk);
    return ZK_OK;
}

zk_err proof_jobs_trace(struct proof_jobs *j, struct store *s, uint8_t **trace, size_t *len, bool *found,
                        uint32_t block)
{
    struct store_job job;
    (void)j;
    ZK_TRY(store_job_get(s, &job, found, block));
    return *found ? store_block_trace(s, trace, len, found, block) : ZK_OK;
}

zk_err proof_jobs_heartbeat(struct proof_jobs *j, struct store *s, bool *ours, uint32_t block, uint64_t token)
{
    return store_job_heartbeat(s, ours, block, token, (int64_t)j->lease_ms * 1000);
}

zk_err proof_jobs_fail(struct proof_jobs *j, struct store *s, uint32_t block, uint64_t token, const char *error)
{
    (void)j;
    return store_job_failed(s, block, token, error);
}

/* ---- taking back */

static void publics_of(fr out[BLOCK_PUBLICS], const struct store_block *b)
{
    out[PUBLIC_OLD_ROOT] = b->old_root;
    out[PUBLIC_NEW_ROOT] = b->new_root;
    binding_header(&out[PUBLIC_HEADER], &b->header);
    out[PUBLIC_CHAIN] = b->chain;
    out[PUBLIC_CHALLENGE] = b->challenge;
    out[PUBLIC_Y_SETTLEMENT] = b->y_settlement;
    out[PUBLIC_Y_DELTA] = b->y_delta;
}

static zk_err verify(struct proof_jobs *j, bool *ok, const struct store_block *b, const uint8_t *proof, size_t len)
{
    const struct proving_key *pk;
    fr publics[BLOCK_PUBLICS];
    *ok = false;
    if (b->key_id >= BLOCK_KEYS) return zk_fail(ZK_ERR_CORRUPT, "block %u has key %u", b->header.number, b->key_id);
    ZK_TRY(block_setup_key(j->setup, &pk, NULL, NULL, b->key_id, j->pool));
    publics_of(publics, b);
    const struct plonk_claim claim = {
        .vk = &pk->vk, .publics = publics, .n_public = BLOCK_PUBLICS, .proof = proof, .proof_len = len};
    (void)pthread_mutex_lock(&j->lock);
    size_t mark = arena_mark(&j->scratch);
    zk_err err = plonk_verify(ok, &claim, &j->scratch);
    arena_release(&j->scratch, mark);
    (void)pthread_mutex_unlock(&j->lock);
    return err;
}

/* What the proof was verified against must be what the block is when it is stored: a block that was unwound and made
 * again has the same number. */
static zk_err store_verified(struct store *s, bool *stored, const struct store_block *b, const char *prover,
                             const uint8_t *proof, size_t len, uint64_t prove_ms)
{
    struct store_block now;
    bool found = false;
    ZK_TRY(store_begin(s));
    zk_err err = store_job_done(s, stored, b->header.number, prover, proof, len, prove_ms);
    if (err == ZK_OK) err = store_block_get(s, &now, &found, b->header.number);
    bool same = found && fr_eq(&now.new_root, &b->new_root) && fr_eq(&now.challenge, &b->challenge);
    if (err == ZK_OK && *stored && same) return store_commit(s);
    *stored = false;
    store_rollback(s);
    return err;
}

static zk_err take(struct proof_jobs *j, struct store *s, proof_verdict *verdict, const struct store_block *b,
                   const char *prover, const uint8_t *proof, size_t len, uint64_t prove_ms)
{
    bool stored;
    ZK_TRY(store_verified(s, &stored, b, prover, proof, len, prove_ms));
    *verdict = stored ? PROOF_ACCEPTED : PROOF_LATE;
    metric_add(stored ? j->accepted : j->late, 1);
    if (!stored) return ZK_OK;
    metric_observe(j->prove_seconds, (double)prove_ms / 1000);
    if (j->events != NULL) events_raise(j->events, EVENT_BIT(EVENT_PROVED) | EVENT_BIT(EVENT_CHANGE));
    return ZK_OK;
}

zk_err proof_jobs_submit(struct proof_jobs *j, struct store *s, proof_verdict *verdict, uint32_t block, uint64_t token,
                         const char *prover, const uint8_t *proof, size_t len, uint64_t prove_ms)
{
    struct store_block b;
    bool found, ok;
    *verdict = PROOF_UNKNOWN;
    ZK_TRY(store_block_get(s, &b, &found, block));
    if (!found || b.status == STORE_BLOCK_OPEN) return ZK_OK;
    if (b.has_proof) {
        *verdict = PROOF_LATE;
        metric_add(j->late, 1);
        return ZK_OK;
    }
    ZK_TRY(verify(j, &ok, &b, proof, len));
    if (ok) return take(j, s, verdict, &b, prover, proof, len, prove_ms);
    *verdict = PROOF_WRONG;
    metric_add(j->wrong, 1);
    return store_job_failed(s, block, token, "sent what is no proof of the block");
}
