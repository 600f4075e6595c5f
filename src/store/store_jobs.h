/* store_jobs: proofs, and who makes them. A sealed block has a job; a prover leases it and shows that it lives; when it
 * does not, another gets the job. Several provers may work on one job if that happens: the first proof that the node
 * has verified counts.
 *
 *   WAITING -lease-> LEASED -done-> DONE;   LEASED -expired, failed-> WAITING
 *
 * Time is the database's (store_now), so provers' clocks do not matter. */
#ifndef ZK_STORE_STORE_JOBS_H
#define ZK_STORE_STORE_JOBS_H

#include "store/store.h"

#define STORE_PROVER_MAX 64  /* bytes with the NUL: a prover's name */
#define STORE_ERROR_MAX  256 /* bytes with the NUL */

typedef enum store_job_status { STORE_JOB_WAITING, STORE_JOB_LEASED, STORE_JOB_DONE } store_job_status;

struct store_job {
    uint32_t block;
    uint32_t key_id;
    uint32_t capacity;
    store_job_status status;
    char prover[STORE_PROVER_MAX]; /* who has it, or had it last; "": nobody yet */
    uint64_t token;                /* of the lease; rises with every lease of the job */
    int64_t lease_until;           /* 0: not leased */
    int64_t heartbeat;             /* the last sign of life; 0: none */
    uint32_t attempts;             /* leases so far */
    char last_error[STORE_ERROR_MAX];
    int64_t created_at, started_at;
};

/* Leases the lowest block's job that waits (or whose lease has run out), among those of the n key ids; NULL: any.
 * *found = false: there is none. A job whose last lease failed waits until `retry_after` of microseconds have passed
 * since. */
ZK_MUST_USE zk_err store_job_lease(struct store *s, struct store_job *out, bool *found, const char *prover,
                                   const uint32_t *key_ids, size_t n, int64_t lease_for, int64_t retry_after);

/* Prolongs it. *ours = false: the lease ran out and another prover has the job, or the job is gone or done. */
ZK_MUST_USE zk_err store_job_heartbeat(struct store *s, bool *ours, uint32_t block, uint64_t token, int64_t lease_for);

/* Stores a proof that the caller has verified. Also for a lease that ran out. *stored = false if the block has one
 * already, or is gone. */
ZK_MUST_USE zk_err store_job_done(struct store *s, bool *stored, uint32_t block, const char *prover,
                                  const uint8_t *proof, size_t len, uint64_t prove_ms);

/* The prover gives up, or sent what is no proof: the job waits again. Only by the holder of the lease. */
ZK_MUST_USE zk_err store_job_failed(struct store *s, uint32_t block, uint64_t token, const char *error);

ZK_MUST_USE zk_err store_job_get(struct store *s, struct store_job *out, bool *found, uint32_t block);

struct store_job_counts {
    uint64_t waiting, leased, done; /* leased: and not run out */
    int64_t oldest_at;              /* sealed_at of the oldest block without proof; 0: none */
    uint64_t unproved_slots;        /* capacity of the blocks without proof, summed */
};
ZK_MUST_USE zk_err store_job_counts(struct store *s, struct store_job_counts *out);

/* The proof, returned owned (free()). */
ZK_MUST_USE zk_err store_proof_get(struct store *s, uint8_t **proof, size_t *len, bool *found, uint32_t block);

/* Throws away a block's proof (L1 refused it): the job waits again. */
ZK_MUST_USE zk_err store_proof_discard(struct store *s, uint32_t block, const char *error);

/* The last block such that it and all before it have proofs. */
ZK_MUST_USE zk_err store_proved_up_to(struct store *s, uint32_t *block);

#endif
