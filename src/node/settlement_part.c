/* Settlement as a part of a node: its key, its lease, and its loop. */
#include "base/log.h"
#include "circuit/block_keys.h"
#include "ethereum/zkroll_view.h"
#include "node/l1_link.h"
#include "node/lease.h"
#include "node/settlement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEI_A_GWEI     UINT64_C(1000000000)
#define BACKOFF_MAX_MS 10000
#define CIRCUIT_MEMORY ((size_t)256 << 20) /* reserved; 40 MB are used, for a second */
#define PATIENCE_US    INT64_C(5000000)    /* and so much for each confirmation */
#define FAILURES_ALARM 12                  /* in a row, ever more slowly: about a minute */

struct part {
    struct node *node;
    struct l1_link link;
    struct store *store;
    struct eth_key key;
    struct settlement_config config;
    struct lease *lease;
    bool checked; /* the contract is one that we can settle with */
};

static void part_close(void *self)
{
    struct part *p = self;
    lease_destroy(p->lease);
    store_close(p->store);
    l1_link_close(&p->link);
    eth_key_wipe(&p->key);
}

static zk_err read_key(struct eth_key *key, const struct node_config *c)
{
    if (c->l1.key_file[0] != '\0') return eth_key_from_file(key, c->l1.key_file, getenv(CONFIG_KEY_PASSWORD_VARIABLE));
    if (getenv(CONFIG_KEY_VARIABLE) == NULL)
        return zk_fail(ZK_ERR_INPUT,
                       "no key of the operator: l1.key-file names its file, or $" CONFIG_KEY_VARIABLE " has it");
    return eth_key_from_env(key, CONFIG_KEY_VARIABLE);
}

/* ---- are the contract's verifiers for the circuit that this program has? */

static zk_err our_circuit(uint8_t hash[32])
{
    struct arena home;
    struct block_circuit *circuit = calloc(1, sizeof *circuit);
    if (circuit == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the circuit");
    zk_err err = arena_map(&home, CIRCUIT_MEMORY);
    if (err == ZK_OK) err = block_circuit_init(circuit, &home);
    if (err == ZK_OK) circuit_hash(hash, &circuit->cs);
    arena_unmap(&home);
    free(circuit);
    return err;
}

/* The smallest key that holds the blocks that are made here. */
static uint32_t key_wanted(const struct node_config *c)
{
    uint32_t id = 0;
    while (id + 1 < BLOCK_KEYS && block_capacities[id] < c->sequencer.block_slots) id++;
    return id;
}

/* Better not to start than to make blocks that can never be proved to this contract. */
static zk_err check_verifiers(const struct part *p)
{
    const struct node_config *c = node_config_of(p->node);
    struct zkroll_view view = {.rpc = p->link.rpc};
    uint8_t ours[32];
    memcpy(view.address, p->link.info.main_contract.b, 20);
    ZK_TRY(our_circuit(ours));
    for (uint32_t id = 0; id < BLOCK_KEYS; id++) {
        struct zkroll_verifier v;
        bool found;
        ZK_TRY(zkroll_view_verifier(&v, &found, &view, id));
        if (!found && id == key_wanted(c))
            return zk_fail(ZK_ERR_INPUT,
                           "the contract has no key for blocks of %u slots: sequencer.block-slots is "
                           "too large for it",
                           block_capacities[id]);
        if (!found) continue;
        if (memcmp(v.circuit_hash, ours, 32) != 0)
            return zk_fail(ZK_ERR_INPUT,
                           "the contract's verifier for blocks of %u slots is of another circuit than "
                           "this program's: use the release that it was deployed with",
                           block_capacities[id]);
        if (v.insecure && !l1_is_development(p->link.info.chain_id))
            return zk_fail(ZK_ERR_INPUT, "the contract's verifiers are of an insecure setup, on a chain of worth");
    }
    return ZK_OK;
}

static zk_err check_contract(struct part *p)
{
    ZK_TRY(l1_link_check(&p->link));
    ZK_TRY(check_verifiers(p));
    p->checked = true;
    return ZK_OK;
}

/* Until L1 answers, or the node stops. */
static zk_err wait_for_l1(struct part *p)
{
    struct events *events = node_events(p->node);
    struct events_seen seen;
    int wait_ms = (int)node_config_of(p->node)->l1.poll_ms;
    events_seen_now(&seen, events);
    while (!p->checked && !events_stopping(events)) {
        zk_err err = check_contract(p);
        if (err == ZK_OK || events_stopping(events)) break;
        if (err != ZK_ERR_IO) return err;
        log_event(LOG_WARN, "settlement_waits", LOG_STR("error", zk_err_message()), LOG_END);
        (void)events_wait(events, &seen, 0, wait_ms);
        wait_ms = 2 * wait_ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : 2 * wait_ms;
    }
    return ZK_OK;
}

static struct settlement_config make_config(const struct node_config *c, const struct chain_info *info)
{
    return (struct settlement_config){.info = *info,
                                      .confirmations = c->l1.confirmations,
                                      .stuck_ms = c->l1.stuck_ms,
                                      .max_fee = c->l1.max_fee_gwei * WEI_A_GWEI,
                                      .split = strcmp(c->settle.mode, "split") == 0,
                                      .blocks_max = c->settle.blocks_max,
                                      .deadline_us = (int64_t)c->settle.deadline_ms * 1000,
                                      .gas_price_max = c->settle.gas_price_gwei_max * WEI_A_GWEI,
                                      .commit_ahead_us = (int64_t)c->settle.commit_ahead_ms * 1000,
                                      .patience_us = PATIENCE_US * (1 + (int64_t)c->l1.confirmations)};
}

static zk_err part_open(void *self, struct node *n)
{
    struct part *p = self;
    const struct node_config *c = node_config_of(n);
    struct store *for_lease = NULL;
    p->node = n;
    ZK_TRY(read_key(&p->key, c));
    ZK_TRY(node_open_store(&p->store, n));
    ZK_TRY(l1_link_open(&p->link, c, p->store));
    if (!p->link.unchecked) ZK_TRY(check_contract(p));
    p->config = make_config(c, &p->link.info);
    ZK_TRY(node_open_store(&for_lease, n));
    return lease_create(&p->lease, for_lease, node_events(n), LEASE_SENDER, (int64_t)c->sequencer.lease_ms * 1000);
}

/* What passes by itself is said softly; a person is told of what does not. */
static void say_waits(unsigned failures)
{
    bool alarm = failures % FAILURES_ALARM == 0;
    log_event(alarm ? LOG_ERROR : LOG_WARN, "settlement_waits", LOG_STR("error", zk_err_message()),
              LOG_U64("times", failures), LOG_END);
}

/* Steps until the node stops, the lease is lost, or something needs a new start: then what was read from the database
 * is read again. */
static zk_err run_with_lease(struct part *p)
{
    struct events *events = node_events(p->node);
    struct events_seen seen;
    struct settlement *s;
    const unsigned mask = EVENT_BIT(EVENT_PROVED) | EVENT_BIT(EVENT_SEALED) | EVENT_BIT(EVENT_UNWIND);
    const int poll_ms = (int)node_config_of(p->node)->l1.poll_ms;
    int wait_ms = poll_ms;
    unsigned failures = 0;
    zk_err err = ZK_OK;
    store_fence(p->store, LEASE_SENDER, lease_token(p->lease));
    ZK_TRY(settlement_create(&s, &p->config, p->link.rpc, &p->key, p->store, events));
    events_seen_now(&seen, events);
    while (!events_stopping(events) && lease_held(p->lease)) {
        bool worked = false;
        err = settlement_step(s, &worked, l1_now_us());
        if (err != ZK_OK && err != ZK_ERR_IO && err != ZK_ERR_INPUT) break;
        failures = err == ZK_OK ? 0 : failures + 1;
        if (failures > 0) say_waits(failures);
        if (!worked) (void)events_wait(events, &seen, err == ZK_OK ? mask : 0, wait_ms);
        wait_ms = err == ZK_OK ? poll_ms : 2 * wait_ms;
        if (wait_ms > BACKOFF_MAX_MS) wait_ms = BACKOFF_MAX_MS;
    }
    settlement_destroy(s);
    return err == ZK_ERR_IO || err == ZK_ERR_INPUT ? ZK_OK : err;
}

static zk_err part_run(void *self)
{
    struct part *p = self;
    struct events *events = node_events(p->node);
    struct events_seen seen = {0};
    ZK_TRY(wait_for_l1(p));
    while (lease_wait(p->lease) && !events_stopping(events)) {
        zk_err err = run_with_lease(p);
        if (events_stopping(events)) break;
        if (err == ZK_ERR_CORRUPT || err == ZK_ERR_MEMORY) return err;
        if (err != ZK_OK) log_event(LOG_WARN, "settlement_restarts", LOG_STR("error", zk_err_message()), LOG_END);
        events_seen_now(&seen, events);
        (void)events_wait(events, &seen, 0, (int)node_config_of(p->node)->l1.poll_ms);
    }
    return ZK_OK;
}

static void part_stop(void *self)
{
    l1_link_cancel(&((struct part *)self)->link);
}

const struct node_part settlement_part = {.name = "settlement",
                                          .roles = ROLE_L1,
                                          .size = sizeof(struct part),
                                          .open = part_open,
                                          .run = part_run,
                                          .stop = part_stop,
                                          .close = part_close};
