/* The prover as a part of a node: its jobs come from the database. */
#include "node/prover.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RETRY_MS 1000 /* jobs of another process's sequencer raise no event here */

struct part {
    struct node *node;
    struct store *store;
    struct block_setup *setup;
    struct proof_jobs *jobs;
    struct events_seen seen;
    char name[STORE_PROVER_MAX];
};

/* ---- the source */

static zk_err lease(void *ctx, struct proof_lease *out, bool *found, const uint32_t *key_ids, size_t n)
{
    struct part *p = ctx;
    return proof_jobs_lease(p->jobs, p->store, out, found, p->name, key_ids, n);
}

static zk_err trace(void *ctx, uint8_t **bytes, size_t *len, bool *found, uint32_t block)
{
    struct part *p = ctx;
    return proof_jobs_trace(p->jobs, p->store, bytes, len, found, block);
}

static zk_err heartbeat(void *ctx, bool *ours, uint32_t block, uint64_t token)
{
    struct part *p = ctx;
    return proof_jobs_heartbeat(p->jobs, p->store, ours, block, token);
}

static zk_err submit(void *ctx, proof_verdict *verdict, const struct proof_lease *l, const uint8_t *proof, size_t len,
                     uint64_t prove_ms)
{
    struct part *p = ctx;
    return proof_jobs_submit(p->jobs, p->store, verdict, l->block, l->token, p->name, proof, len, prove_ms);
}

static zk_err fail(void *ctx, uint32_t block, uint64_t token, const char *error)
{
    struct part *p = ctx;
    return proof_jobs_fail(p->jobs, p->store, block, token, error);
}

static void wait(void *ctx, int timeout_ms)
{
    struct part *p = ctx;
    (void)events_wait(node_events(p->node), &p->seen, EVENT_BIT(EVENT_SEALED), timeout_ms);
}

static bool stopping(void *ctx)
{
    struct part *p = ctx;
    return events_stopping(node_events(p->node));
}

/* ---- the part */

static void part_close(void *self)
{
    struct part *p = self;
    proof_jobs_destroy(p->jobs);
    block_setup_destroy(p->setup);
    store_close(p->store);
}

static zk_err part_open(void *self, struct node *n)
{
    struct part *p = self;
    const struct node_config *c = node_config_of(n);
    char host[40] = "";
    p->node = n;
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(p->name, sizeof p->name, "%s:%ld", host, (long)getpid());
    if (!proof_jobs_is_name(p->name)) (void)snprintf(p->name, sizeof p->name, "node:%ld", (long)getpid());
    ZK_TRY(node_open_store(&p->store, n));
    ZK_TRY(block_setup_of(&p->setup, c));
    return proof_jobs_create(&p->jobs, p->setup, c, node_events(n), NULL);
}

static zk_err part_run(void *self)
{
    struct part *p = self;
    const struct node_config *c = node_config_of(p->node);
    const struct prover_source source = {.ctx = p,
                                         .lease = lease,
                                         .trace = trace,
                                         .heartbeat = heartbeat,
                                         .submit = submit,
                                         .fail = fail,
                                         .wait = wait,
                                         .stopping = stopping};
    const struct prover_config config = {
        .threads = (unsigned)c->threads, .memory_max = c->prover.memory_max, .retry_ms = RETRY_MS};
    return prover_run(&source, p->setup, &config);
}

const struct node_part prover_part = {.name = "prover",
                                      .roles = ROLE_PROVER,
                                      .size = sizeof(struct part),
                                      .open = part_open,
                                      .run = part_run,
                                      .close = part_close};
