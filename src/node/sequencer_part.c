#include "node/sequencer_part.h"

#include "base/log.h"
#include "node/chain.h"
#include "node/chain_info.h"
#include "node/lease.h"
#include "node/metrics.h"
#include "node/recovery.h"
#include "node/sequencer.h"

#include <stdlib.h>

#define RETRY_MS 500
#define EVENTS_MASK                                                                                                    \
    (EVENT_BIT(EVENT_TX) | EVENT_BIT(EVENT_PRIORITY) | EVENT_BIT(EVENT_UNWIND) | EVENT_BIT(EVENT_PROVED))

struct sequencer_service {
    const struct node_config *config;
    struct events *events;
    struct pool *pool;
    struct store *store;
    struct lease *lease;
    struct sequencer_config sequencer_config;
    bool in_trouble; /* said so already */
    struct metric *active;
};

static void close_service(void *self)
{
    struct sequencer_service *p = self;
    lease_destroy(p->lease);
    store_close(p->store);
}

/* The fee account's address, as far as it is in the configuration. */
static zk_err bind_fee_address(struct sequencer_service *p)
{
    const char *text = p->config->genesis_fee;
    eth_address address;
    if (text[0] == '\0') return ZK_OK;
    bool ok = hex_decode(address.b, sizeof address.b, text, strlen(text));
    assert(ok); /* the configuration was checked */
    (void)ok;
    return chain_bind_fee_address(p->store, &address);
}

static zk_err open_service(void *self, struct node *n)
{
    struct sequencer_service *p = self;
    p->config = node_config_of(n);
    p->events = node_events(n);
    p->pool = node_pool(n);
    p->active = metric_gauge("zkroll_sequencer_active", NULL, "1 while this process has the sequencer's lease");
    struct store *lease_store = NULL;
    ZK_TRY(sequencer_config_from(&p->sequencer_config, p->config));
    ZK_TRY(node_open_store(&p->store, n));
    ZK_TRY(bind_fee_address(p));
    ZK_TRY(node_open_store(&lease_store, n));
    return lease_create(&p->lease, lease_store, p->events, LEASE_SEQUENCER,
                        (int64_t)p->config->sequencer.lease_ms * 1000);
}

static void pause_ms(const struct sequencer_service *p, int ms)
{
    struct events_seen seen;
    events_seen_now(&seen, p->events);
    (void)events_wait(p->events, &seen, 0, ms);
}

/* ---- genesis */

static zk_err try_genesis(struct sequencer_service *p, bool *known)
{
    eth_address address;
    struct chain_info info;
    bool deployed = false;
    int64_t now = 0;
    ZK_TRY(chain_fee_address(p->store, &address, known));
    if (!*known) return ZK_OK;
    ZK_TRY(chain_info_load(p->store, &info, &deployed));
    ZK_TRY(store_now(p->store, &now));
    return recovery_genesis(p->store, &address, deployed ? &info.genesis_root : NULL, now);
}

/* Until somebody has said who owns account 0; false: the node stops before that. */
static zk_err wait_for_genesis(struct sequencer_service *p, bool *known)
{
    bool said = false;
    for (*known = false; !events_stopping(p->events) && lease_held(p->lease);) {
        ZK_TRY(try_genesis(p, known));
        if (*known) return ZK_OK;
        if (!said) log_event(LOG_INFO, "waiting_for_genesis", LOG_END);
        said = true;
        pause_ms(p, RETRY_MS);
    }
    return ZK_OK;
}

/* ---- working */

/* What may pass by itself: said once, then tried again. */
static bool may_pass(struct sequencer_service *p, zk_err err)
{
    if (err != ZK_ERR_IO && err != ZK_ERR_FULL) return false;
    if (!p->in_trouble) log_event(LOG_ERROR, "sequencer_waits", LOG_STR("why", zk_err_message()), LOG_END);
    p->in_trouble = true;
    pause_ms(p, RETRY_MS);
    return true;
}

static void note_well(struct sequencer_service *p)
{
    if (p->in_trouble) log_event(LOG_INFO, "sequencer_goes_on", LOG_END);
    p->in_trouble = false;
}

/* Until the node stops (ZK_OK), or something that stepping again does not help. */
static zk_err step_on(struct sequencer_service *p, struct sequencer *q)
{
    struct events_seen seen = {0};
    while (!events_stopping(p->events)) {
        if (!lease_held(p->lease)) return zk_fail(ZK_ERR_CANCELLED, "the sequencer's lease was lost");
        events_seen_now(&seen, p->events);
        bool worked = false;
        int64_t wait_us = 0;
        zk_err err = sequencer_step(q, &worked, &wait_us);
        if (err != ZK_OK && may_pass(p, err)) continue;
        if (err != ZK_OK) return err;
        note_well(p);
        if (!worked) (void)events_wait(p->events, &seen, EVENTS_MASK, (int)(wait_us / 1000) + 1);
    }
    return sequencer_close(q);
}

static zk_err serve(struct sequencer_service *p)
{
    bool known = false;
    store_fence(p->store, LEASE_SEQUENCER, lease_token(p->lease));
    ZK_TRY(wait_for_genesis(p, &known));
    if (!known) return ZK_OK;
    struct sequencer *q;
    ZK_TRY(sequencer_create(&q, &p->sequencer_config, p->store, p->events, p->pool));
    metric_set(p->active, 1);
    log_event(LOG_INFO, "sequencer_started", LOG_U64("token", lease_token(p->lease)), LOG_END);
    zk_err err = step_on(p, q);
    metric_set(p->active, 0);
    sequencer_destroy(q);
    return err;
}

/* Another sequencer has taken over, or memory and store do not agree: begin anew. */
static bool begins_anew(zk_err err)
{
    if (err != ZK_ERR_CANCELLED && err != ZK_ERR_INPUT) return false;
    log_event(LOG_WARN, "sequencer_restarts", LOG_STR("why", zk_err_message()), LOG_END);
    return true;
}

static zk_err run(void *self)
{
    struct sequencer_service *p = self;
    while (lease_wait(p->lease)) {
        zk_err err = serve(p);
        store_fence(p->store, NULL, 0);
        if (err == ZK_OK) break; /* the node stops */
        if (!begins_anew(err) && !may_pass(p, err)) return err;
        pause_ms(p, RETRY_MS);
    }
    return ZK_OK;
}

const struct node_part sequencer_part = {.name = "sequencer",
                                         .roles = ROLE_SEQUENCER,
                                         .size = sizeof(struct sequencer_service),
                                         .open = open_service,
                                         .run = run,
                                         .close = close_service};
