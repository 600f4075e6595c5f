/* proof_jobs: what provers are given and what is taken from them. Between the table of jobs (store_jobs.h) and provers
 * in this process (prover.h) or elsewhere (`zkroll prover`, over HTTP, served by the API with these functions).
 *
 *   lease -> {block, key, token} -> trace -> heartbeat … -> submit: the proof is verified here before it is stored
 *                                                        -> fail:   another may try, after a pause
 *
 * Trust    none in provers: what they send is verified against the public inputs in the database. A wrong proof frees
 *          the job for others.
 * HTTP     all under /prover/v1, with "Authorization: Bearer TOKEN" if the node has a token:
 *            POST lease      {"prover": NAME, "keys": [0, 1]}   200 {"block", "keyId", "capacity", "token": TEXT,
 *                                                               "leaseMs", "keyDigest", "srsId"} or 204: nothing to do
 *            GET  trace/N                                       200 the trace's bytes (application/octet-stream), 404
 *            POST heartbeat  {"block": N, "token": TEXT}        200 {"ours": true|false}
 *            POST proof/N?token=TEXT&ms=MS&prover=NAME          200 {"verdict": "accepted"|"late"|"wrong"|"unknown"};
 *                            the proof's bytes as body          at most PROOF_JOBS_PROOF_MAX
 *            POST fail       {"block": N, "token": TEXT, "error": WORDS}      200 {}
 *          The token is a decimal number; NAME has 1 to 63 characters of [A-Za-z0-9._:@-].
 * Threads  any: one proof is verified at a time; each caller brings its own store handle. */
#ifndef ZK_NODE_PROOF_JOBS_H
#define ZK_NODE_PROOF_JOBS_H

#include "circuit/block_keys.h"
#include "node/config.h"
#include "node/events.h"
#include "store/store_jobs.h"

#define PROOF_JOBS_PROOF_MAX 16384 /* bytes; proof_len is below 4,000 */

struct proof_jobs;

struct block_setup;

/* Borrows setup, events (may be NULL) and pool. Opens keys as they are needed. */
ZK_MUST_USE zk_err proof_jobs_create(struct proof_jobs **out, struct block_setup *setup,
                                     const struct node_config *config, struct events *events, struct pool *pool);
void proof_jobs_destroy(struct proof_jobs *j);

struct proof_lease {
    uint32_t block;
    uint32_t key_id;
    uint32_t capacity;
    uint64_t token;
    uint32_t attempts; /* this one included */
    uint64_t lease_ms;
    struct block_key_info key; /* what the prover's own key must be */
};

/* A job for a prover that has these keys (n = 0: all). *found = false: nothing to do. */
ZK_MUST_USE zk_err proof_jobs_lease(struct proof_jobs *j, struct store *s, struct proof_lease *out, bool *found,
                                    const char *prover, const uint32_t *key_ids, size_t n);

/* The trace of a block that has a job; returned owned (free()). */
ZK_MUST_USE zk_err proof_jobs_trace(struct proof_jobs *j, struct store *s, uint8_t **trace, size_t *len, bool *found,
                                    uint32_t block);

ZK_MUST_USE zk_err proof_jobs_heartbeat(struct proof_jobs *j, struct store *s, bool *ours, uint32_t block,
                                        uint64_t token);

typedef enum proof_verdict {
    PROOF_ACCEPTED, /* stored */
    PROOF_LATE,     /* the block has a proof already */
    PROOF_WRONG,    /* not a proof of this block: the job waits for others, if the token holds its lease */
    PROOF_UNKNOWN,  /* no such block, or it is gone */
} proof_verdict;
const char *proof_verdict_str(proof_verdict verdict);

ZK_MUST_USE zk_err proof_jobs_submit(struct proof_jobs *j, struct store *s, proof_verdict *verdict, uint32_t block,
                                     uint64_t token, const char *prover, const uint8_t *proof, size_t len,
                                     uint64_t prove_ms);

ZK_MUST_USE zk_err proof_jobs_fail(struct proof_jobs *j, struct store *s, uint32_t block, uint64_t token,
                                   const char *error);

/* Is this a name that a prover may give itself? */
bool proof_jobs_is_name(const char *name);

#endif
