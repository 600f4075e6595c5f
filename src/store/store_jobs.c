#include "store/store_jobs.h"

#include "store/store_internal.h"

#include <stdio.h>

#define JOB_COLUMNS                                                                                                    \
    "block, key_id, capacity, status, prover, token, lease_until, heartbeat, attempts, last_error, created_at, "       \
    "started_at"

static void get_job(struct sql_query *q, struct store_job *out)
{
    memset(out, 0, sizeof *out);
    out->block = sql_get_u32(q, 0);
    out->key_id = sql_get_u32(q, 1);
    out->capacity = sql_get_u32(q, 2);
    int64_t status = sql_get_i64(q, 3);
    if (status < STORE_JOB_WAITING || status > STORE_JOB_DONE) sql_corrupt(q, "a proof job of no known status");
    out->status = (store_job_status)status;
    sql_get_text(q, 4, out->prover, sizeof out->prover);
    out->token = sql_get_u64(q, 5);
    out->lease_until = sql_get_i64(q, 6);
    out->heartbeat = sql_get_i64(q, 7);
    out->attempts = sql_get_u32(q, 8);
    sql_get_text(q, 9, out->last_error, sizeof out->last_error);
    out->created_at = sql_get_i64(q, 10);
    out->started_at = sql_get_i64(q, 11);
}

/* Texts that come from provers and from errors: cut to their room, and printable. */
static void cut_text(char *out, size_t cap, const char *text)
{
    size_t n = 0;
    for (; text[n] != '\0' && n + 1 < cap; n++) {
        out[n] = text[n];
        if (text[n] < 0x20 || text[n] >= 0x7f) out[n] = '?';
    }
    out[n] = '\0';
}

static bool offered(const struct store_job *job, const uint32_t *key_ids, size_t n)
{
    if (key_ids == NULL) return true;
    for (size_t i = 0; i < n; i++)
        if (key_ids[i] == job->key_id) return true;
    return false;
}

/* On PostgreSQL another prover may be taking the same job right now: the row is held, or skipped if it is. */
static zk_err find_job(struct store *s, struct store_job *out, bool *found, const uint32_t *key_ids, size_t n,
                       int64_t now, int64_t retry_after)
{
#define FREE_JOBS                                                                                                      \
    "SELECT " JOB_COLUMNS " FROM proof_jobs WHERE status <> 2 AND lease_until <= $1 AND failed_at <= $2 ORDER BY "     \
    "block"
    struct sql_query q;
    if (sql_is_postgres(s->db))
        sql_start(&q, s->db, FREE_JOBS " FOR UPDATE SKIP LOCKED");
    else
        sql_start(&q, s->db, FREE_JOBS);
    sql_i64(&q, now);
    sql_i64(&q, now - retry_after);
    *found = false;
    while (!*found && sql_row(&q)) {
        get_job(&q, out);
        *found = offered(out, key_ids, n);
    }
    return sql_end(&q);
}

static zk_err lease_job(struct store *s, struct store_job *out, bool *found, const char *prover,
                        const uint32_t *key_ids, size_t n, int64_t lease_for, int64_t retry_after)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    ZK_TRY(find_job(s, out, found, key_ids, n, now, retry_after));
    if (!*found) return ZK_OK;
    cut_text(out->prover, sizeof out->prover, prover);
    out->status = STORE_JOB_LEASED;
    ZK_TRY(head_add(s, HEAD_LAST_LEASE, 1));
    ZK_TRY(head_get(s, &out->token, HEAD_LAST_LEASE));
    out->attempts++;
    out->lease_until = now + lease_for;
    out->heartbeat = out->started_at = now;
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE proof_jobs SET status = 1, prover = $1, token = $2, lease_until = $3, heartbeat = $4,"
              " started_at = $4, attempts = $5, failed_at = 0 WHERE block = $6");
    sql_text(&q, out->prover);
    sql_u64(&q, out->token);
    sql_i64(&q, out->lease_until);
    sql_i64(&q, now);
    sql_i64(&q, out->attempts);
    sql_i64(&q, out->block);
    return sql_run(&q);
}

zk_err store_job_lease(struct store *s, struct store_job *out, bool *found, const char *prover, const uint32_t *key_ids,
                       size_t n, int64_t lease_for, int64_t retry_after)
{
    bool own;
    *found = false;
    memset(out, 0, sizeof *out);
    ZK_TRY(write_begin(s, &own));
    zk_err err = write_end(s, own, lease_job(s, out, found, prover, key_ids, n, lease_for, retry_after));
    if (err != ZK_OK) *found = false;
    return err;
}

static zk_err prolong(struct store *s, bool *ours, uint32_t block, uint64_t token, int64_t lease_for)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE proof_jobs SET heartbeat = $1, lease_until = $2 WHERE block = $3 AND token = $4 AND status = 1");
    sql_i64(&q, now);
    sql_i64(&q, now + lease_for);
    sql_i64(&q, block);
    sql_u64(&q, token);
    ZK_TRY(sql_run(&q));
    *ours = q.changes == 1;
    return ZK_OK;
}

zk_err store_job_heartbeat(struct store *s, bool *ours, uint32_t block, uint64_t token, int64_t lease_for)
{
    bool own;
    *ours = false;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, prolong(s, ours, block, token, lease_for));
}

static zk_err finish_job(struct store *s, bool *stored, uint32_t block, const char *prover, const uint8_t *proof,
                         size_t len, uint64_t prove_ms)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    char name[STORE_PROVER_MAX];
    cut_text(name, sizeof name, prover);
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE proof_jobs SET status = 2, prover = $1, lease_until = 0, heartbeat = $2"
              " WHERE block = $3 AND status <> 2");
    sql_text(&q, name);
    sql_i64(&q, now);
    sql_i64(&q, block);
    ZK_TRY(sql_run(&q));
    *stored = q.changes == 1;
    if (!*stored) return ZK_OK;
    sql_start(&q, s->db, "INSERT INTO proofs (block, proof) VALUES ($1, $2)");
    sql_i64(&q, block);
    sql_bytes(&q, len == 0 ? (const uint8_t *)"" : proof, len);
    ZK_TRY(sql_run(&q));
    sql_start(&q, s->db, "UPDATE blocks SET has_proof = 1, proved_at = $1, prove_ms = $2 WHERE number = $3");
    sql_i64(&q, now);
    sql_u64(&q, prove_ms);
    sql_i64(&q, block);
    return sql_run(&q);
}

zk_err store_job_done(struct store *s, bool *stored, uint32_t block, const char *prover, const uint8_t *proof,
                      size_t len, uint64_t prove_ms)
{
    bool own;
    *stored = false;
    ZK_TRY(write_begin(s, &own));
    zk_err err = write_end(s, own, finish_job(s, stored, block, prover, proof, len, prove_ms));
    if (err != ZK_OK) *stored = false;
    return err;
}

static zk_err fail_job(struct store *s, uint32_t block, uint64_t token, const char *error)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    char words[STORE_ERROR_MAX];
    cut_text(words, sizeof words, error);
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE proof_jobs SET status = 0, lease_until = 0, last_error = $1, failed_at = $2"
              " WHERE block = $3 AND token = $4 AND status = 1");
    sql_text(&q, words);
    sql_i64(&q, now);
    sql_i64(&q, block);
    sql_u64(&q, token);
    return sql_run(&q);
}

zk_err store_job_failed(struct store *s, uint32_t block, uint64_t token, const char *error)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, fail_job(s, block, token, error));
}

zk_err store_job_get(struct store *s, struct store_job *out, bool *found, uint32_t block)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " JOB_COLUMNS " FROM proof_jobs WHERE block = $1");
    sql_i64(&q, block);
    memset(out, 0, sizeof *out);
    *found = sql_row(&q);
    if (*found) get_job(&q, out);
    return sql_end(&q);
}

static zk_err count_jobs(struct store *s, struct store_job_counts *out)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT count(*), CAST(coalesce(sum(capacity), 0) AS bigint), coalesce(min(created_at), 0),"
              " count(CASE WHEN lease_until > $1 THEN 1 END) FROM proof_jobs WHERE status <> 2");
    sql_i64(&q, now);
    if (sql_row(&q)) {
        out->unproved_slots = sql_get_u64(&q, 1);
        out->oldest_at = sql_get_i64(&q, 2);
        out->leased = sql_get_u64(&q, 3);
        out->waiting = sql_get_u64(&q, 0) - out->leased;
    }
    ZK_TRY(sql_end(&q));
    uint64_t sealed; /* each sealed block has a job; to count the done ones would read them all */
    ZK_TRY(head_get(s, &sealed, HEAD_SEALED));
    out->done = sealed - out->waiting - out->leased;
    return ZK_OK;
}

zk_err store_job_counts(struct store *s, struct store_job_counts *out)
{
    bool own;
    memset(out, 0, sizeof *out);
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, count_jobs(s, out));
}

static zk_err discard(struct store *s, uint32_t block, const char *error)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    char words[STORE_ERROR_MAX];
    cut_text(words, sizeof words, error);
    struct sql_query q;
    sql_start(&q, s->db, "DELETE FROM proofs WHERE block = $1");
    sql_i64(&q, block);
    ZK_TRY(sql_run(&q));
    sql_start(&q, s->db,
              "UPDATE blocks SET has_proof = 0, proved_at = NULL, prove_ms = NULL WHERE number = $1 AND status < 3");
    sql_i64(&q, block);
    ZK_TRY(sql_run(&q));
    if (q.changes != 1) return zk_fail(ZK_ERR_INPUT, "block %u has no proof that could be discarded", block);
    sql_start(&q, s->db,
              "UPDATE proof_jobs SET status = 0, lease_until = 0, last_error = $1, failed_at = $2 WHERE block = $3");
    sql_text(&q, words);
    sql_i64(&q, now);
    sql_i64(&q, block);
    return sql_run(&q);
}

zk_err store_proof_discard(struct store *s, uint32_t block, const char *error)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, discard(s, block, error));
}

static zk_err proved_up_to(struct store *s, uint32_t *block)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT min(block) FROM proof_jobs WHERE status <> 2");
    bool some = sql_row(&q) && !sql_is_null(&q, 0);
    *block = some ? sql_get_u32(&q, 0) - 1 : 0;
    ZK_TRY(sql_end(&q));
    if (some) return ZK_OK;
    uint64_t sealed;
    ZK_TRY(head_get(s, &sealed, HEAD_SEALED));
    *block = (uint32_t)sealed;
    return ZK_OK;
}

zk_err store_proved_up_to(struct store *s, uint32_t *block)
{
    bool own;
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, proved_up_to(s, block));
}
