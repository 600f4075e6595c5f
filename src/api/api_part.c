#include "api/api_part.h"

#include "api/api.h"
#include "base/log.h"
#include "node/admission_part.h"
#include "node/block_setup.h"
#include "node/chain.h"
#include "node/chain_info.h"
#include "node/l1_link.h"
#include "node/proof_jobs.h"
#include "store/store_jobs.h"

#include <stdio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG_LOOK_MS  1000
#define PROVER_TOKEN_MAX 256
#define RPC_BODY         ((size_t)5 << 20) /* what clients of zkSync 1.x may send */

struct api_service {
    const struct node_config *config;
    struct node *node;
    struct store *store; /* for looking at the backlog */
    struct admission *admission;
    struct block_setup *setup; /* of the proofs that provers elsewhere bring */
    struct proof_jobs *proof_jobs;
    struct api *api;
    bool held;
    bool waits; /* for the contract: said so already */
    atomic_bool exodus;
};

static void close_service(void *self)
{
    struct api_service *p = self;
    api_stop(p->api); /* while admission still answers */
    admission_destroy(p->admission);
    proof_jobs_destroy(p->proof_jobs);
    block_setup_destroy(p->setup);
    store_close(p->store);
}

/* In exodus mode the rollup is over, however well its node is. */
static bool node_is_ready(void *ctx)
{
    struct api_service *p = ctx;
    return node_ready(p->node) && !atomic_load(&p->exodus);
}

/* ---- settings */

/* Without a word for them, provers elsewhere are not served. */
static zk_err start_prover_door(struct api_service *p, char token[PROVER_TOKEN_MAX])
{
    const struct node_config *c = p->config;
    token[0] = '\0';
    if (c->api.prover_token_file[0] == '\0' && getenv(CONFIG_PROVER_TOKEN_VARIABLE) == NULL) return ZK_OK;
    ZK_TRY(config_secret(token, PROVER_TOKEN_MAX, c->api.prover_token_file, CONFIG_PROVER_TOKEN_VARIABLE));
    ZK_TRY(block_setup_of(&p->setup, c));
    return proof_jobs_create(&p->proof_jobs, p->setup, c, node_events(p->node), node_pool(p->node));
}

static zk_err start_api(struct api_service *p, const char *database, const struct chain_info *chain, const char *token)
{
    const struct node_config *c = p->config;
    char dev[CONFIG_LIST_CAP], l1[CONFIG_TEXT_CAP] = "";
    size_t cursor = 0;
    struct api_config a = api_config_default();
    ZK_TRY(config_data_path(dev, sizeof dev, c, API_DEV_FILE));
    bool is_dev = l1_is_development(c->l1.chain_id) && config_next_item(l1, sizeof l1, c->l1.urls, &cursor);
    if (!l1_is_development(c->l1.chain_id) && c->api.client_header[0] == '\0')
        log_event(LOG_WARN, "api_without_client_header", LOG_STR("host", c->api.host), LOG_END);
    a.database = database;
    a.host = c->api.host;
    a.rpc_port = (uint16_t)c->api.rpc_port;
    a.ws_port = (uint16_t)c->api.ws_port;
    a.rest_port = (uint16_t)c->api.rest_port;
    a.web3_port = (uint16_t)c->api.web3_port;
    a.limits.connections = (unsigned)c->api.connections_max;
    a.limits.connections_per_ip = (unsigned)c->api.connections_per_ip;
    a.client_share = (unsigned)c->api.client_share;
    a.limits.requests_per_s = (double)c->api.requests_per_s;
    a.client_header = c->api.client_header;
    a.limits.body = c->api.body_max > RPC_BODY ? c->api.body_max : RPC_BODY;
    a.rest_body = c->api.body_max;
    a.ws_connections = (unsigned)c->api.connections_max;
    a.ports_file = c->api.ports_file;
    a.prover_token = token;
    a.proof_jobs = p->proof_jobs;
    a.chain_id = c->l1.chain_id;
    a.contract = chain->main_contract;
    a.governance = chain->governance;
    a.nft_factory = chain->nft_factory;
    a.confirmations = c->l1.confirmations;
    a.block_slots = (unsigned)c->sequencer.block_slots;
    a.l1_url = is_dev ? l1 : NULL;
    a.dev_file = is_dev ? dev : NULL;
    a.state_dir = c->data_dir;
    a.admission = p->admission;
    a.events = node_events(p->node);
    a.ready = node_is_ready;
    a.ready_ctx = p;
    return api_start(&p->api, &a);
}

/* ---- the part */

static zk_err open_doors(struct api_service *p, const struct chain_info *chain)
{
    char token[PROVER_TOKEN_MAX];
    ZK_TRY(admission_for_node(&p->admission, p->node, chain));
    zk_err err = start_prover_door(p, token);
    if (err == ZK_OK) err = start_api(p, node_database(p->node), chain, token);
    zk_wipe(token, sizeof token);
    return err;
}

/* Whoever is told a wrong address of the contract sends money there. So nothing is served before the role L1, here or
 * in another process, has written it; unless the configuration says that there is no L1. */
static zk_err start_if_known(struct api_service *p)
{
    struct chain_info chain = {0};
    bool found;
    ZK_TRY(chain_info_load(p->store, &chain, &found));
    if (found || p->config->l1.urls[0] == '\0') return open_doors(p, &chain);
    if (!p->waits) log_event(LOG_WARN, "api_waits_for_contract", LOG_END);
    p->waits = true;
    return ZK_OK;
}

static zk_err open_service(void *self, struct node *n)
{
    struct api_service *p = self;
    p->config = node_config_of(n);
    p->node = n;
    ZK_TRY(node_open_store(&p->store, p->node));
    return start_if_known(p);
}

/* Nothing more is taken while proofs lag too far behind. */
static void look_at_backlog(struct api_service *p)
{
    struct store_job_counts counts;
    int64_t now;
    if (p->config->mempool.backlog_ms == 0) return;
    if (store_job_counts(p->store, &counts) != ZK_OK || store_now(p->store, &now) != ZK_OK) return;
    int64_t age = counts.oldest_at > 0 ? now - counts.oldest_at : 0;
    bool hold = age > (int64_t)p->config->mempool.backlog_ms * 1000;
    if (hold == p->held) return;
    p->held = hold;
    admission_hold(p->admission, hold ? "too many blocks wait for their proofs" : NULL);
    log_event(hold ? LOG_ERROR : LOG_INFO, hold ? "backlog_refuses" : "backlog_accepts", LOG_I64("age_us", age),
              LOG_END);
}

static void look_at_exodus(struct api_service *p)
{
    bool exodus;
    if (chain_exodus(p->store, &exodus) == ZK_OK) atomic_store(&p->exodus, exodus);
}

static zk_err run(void *self)
{
    struct api_service *p = self;
    struct events *events = node_events(p->node);
    while (!events_stopping(events)) {
        struct events_seen seen;
        if (p->api == NULL) ZK_TRY(start_if_known(p));
        if (p->api != NULL) look_at_backlog(p);
        look_at_exodus(p);
        events_seen_now(&seen, events);
        (void)events_wait(events, &seen, 0, BACKLOG_LOOK_MS);
    }
    return ZK_OK;
}

const struct node_part api_part = {.name = "api",
                                   .roles = ROLE_API,
                                   .size = sizeof(struct api_service),
                                   .open = open_service,
                                   .run = run,
                                   .close = close_service};
