#include "node/l1_watcher.h"

#include "base/log.h"
#include "ethereum/eth_rpc.h"
#include "ethereum/eth_tx.h"
#include "ethereum/log_scan.h"
#include "ethereum/zkroll_event.h"
#include "ethereum/zkroll_view.h"
#include "node/chain.h"
#include "node/l1_link.h"
#include "node/metrics.h"
#include "node/tokens.h"
#include "node/unwind.h"
#include "store/store_l1.h"

#include <stdio.h>
#include <stdlib.h>

#define SCAN_NAME      "main"
#define RESCAN_LOOK_US INT64_C(30000000) /* how often the contract is asked whether a request was missed */

struct l1_watcher {
    struct l1_watcher_config config;
    struct rpc *rpc;
    struct store *store;
    struct events *events;
    uint64_t expiration; /* of requests, seconds */
    struct log_scan scan;
    struct l1_head head;
    int64_t missing_since; /* 0: nothing is */
    int64_t looked_at;     /* when the contract was last asked for its number of requests */
    bool exodus;
    struct metric *m_head, *m_lag, *m_answered, *m_requests, *m_reorgs;
};

/* ---- what is listened to */

static const zkroll_event_kind kinds[] = {ZKROLL_NEW_PRIORITY_REQUEST, ZKROLL_EXODUS_MODE, ZKROLL_NEW_TOKEN,
                                          ZKROLL_NFT_FACTORY_REGISTERED, ZKROLL_BLOCKS_REVERT};

static zk_err scan_step(struct l1_watcher *w, struct log_scan_step *step)
{
    uint8_t addresses[2][20], topics[ZK_COUNT(kinds)][32];
    memcpy(addresses[0], w->config.info.main_contract.b, 20);
    memcpy(addresses[1], w->config.info.governance.b, 20);
    for (size_t i = 0; i < ZK_COUNT(kinds); i++) zkroll_event_topic(topics[i], kinds[i]);
    const struct eth_filter filter = {.addresses = (const uint8_t(*)[20])addresses,
                                      .n_addresses = 2,
                                      .topics0 = (const uint8_t(*)[32])topics,
                                      .n_topics0 = ZK_COUNT(kinds)};
    return log_scan_step(&w->scan, step, w->rpc, &filter, 0);
}

/* ---- logs, decoded before the database is touched: some need questions to L1 */

struct batch {
    struct store_priority_op *requests;
    size_t n_requests;
    struct store_token *tokens;
    size_t n_tokens;
    struct zkroll_event *factories;
    size_t n_factories;
    bool exodus;
};

static void batch_free(struct batch *b)
{
    free(b->requests);
    free(b->tokens);
    free(b->factories);
}

/* An event counts only from the contract that it belongs to. */
static bool is_ours(const struct l1_watcher *w, const struct eth_log *log, zkroll_event_kind kind)
{
    bool of_governance = kind == ZKROLL_NEW_TOKEN || kind == ZKROLL_NFT_FACTORY_REGISTERED;
    const eth_address *owner = of_governance ? &w->config.info.governance : &w->config.info.main_contract;
    return memcmp(log->address, owner->b, 20) == 0;
}

/* The block of a log, for its time. ZK_ERR_IO if another has its place by now: the scan will notice. */
static zk_err block_time(struct l1_watcher *w, struct eth_block *block, const struct eth_log *log)
{
    bool found;
    if (block->number == log->block_number && memcmp(block->hash, log->block_hash, 32) == 0) return ZK_OK;
    ZK_TRY(eth_rpc_block(w->rpc, block, &found, log->block_number));
    if (found && memcmp(block->hash, log->block_hash, 32) == 0) return ZK_OK;
    return zk_fail(ZK_ERR_IO, "L1 block %llu changed while it was read", (unsigned long long)log->block_number);
}

static zk_err read_request(struct l1_watcher *w, struct batch *b, struct eth_block *block, const struct eth_log *log,
                           const struct zkroll_event *e, int64_t now)
{
    struct store_priority_op *r = &b->requests[b->n_requests];
    ZK_TRY(block_time(w, block, log));
    zk_err err = priority_op_decode(&r->op, e->request.op_type, e->request.data.p, e->request.data.len);
    if (err != ZK_OK)
        return zk_fail(ZK_ERR_CORRUPT, "request %llu of L1 is none: %s", (unsigned long long)e->request.serial_id,
                       zk_err_message());
    r->serial_id = e->request.serial_id;
    memcpy(r->sender.b, e->request.sender, 20);
    memcpy(r->eth_hash.b, log->tx_hash, 32);
    r->eth_block = log->block_number;
    memcpy(r->eth_block_hash.b, log->block_hash, 32);
    r->eth_index = (uint32_t)log->tx_index;
    r->log_index = (uint32_t)log->log_index;
    r->expires = block->timestamp + w->expiration;
    r->created_at = now;
    b->n_requests++;
    return ZK_OK;
}

static zk_err read_log(struct l1_watcher *w, struct batch *b, struct eth_block *block, const struct eth_log *log,
                       int64_t now)
{
    struct zkroll_event e;
    ZK_TRY(zkroll_event_decode(&e, log));
    if (e.kind == ZKROLL_EVENT_OTHER || !is_ours(w, log, e.kind)) return ZK_OK;
    switch (e.kind) {
    case ZKROLL_NEW_PRIORITY_REQUEST: return read_request(w, b, block, log, &e, now);
    case ZKROLL_EXODUS_MODE: b->exodus = true; return ZK_OK;
    case ZKROLL_NFT_FACTORY_REGISTERED: b->factories[b->n_factories++] = e; return ZK_OK;
    case ZKROLL_NEW_TOKEN: {
        struct store_token *t = &b->tokens[b->n_tokens++];
        *t = (struct store_token){.id = e.token.token_id, .eth_block = log->block_number};
        memcpy(t->address.b, e.token.address, 20);
        return token_describe(t, w->rpc);
    }
    default: return ZK_OK; /* our own blocks: settlement watches those */
    }
}

static zk_err read_logs(struct l1_watcher *w, struct batch *b, const struct eth_logs *logs, int64_t now)
{
    struct eth_block block = {.number = UINT64_MAX};
    b->requests = calloc(logs->n + 1, sizeof *b->requests);
    b->tokens = calloc(logs->n + 1, sizeof *b->tokens);
    b->factories = calloc(logs->n + 1, sizeof *b->factories);
    if (b->requests == NULL || b->tokens == NULL || b->factories == NULL)
        return zk_fail(ZK_ERR_MEMORY, "no memory for %zu events", logs->n);
    for (size_t i = 0; i < logs->n; i++) ZK_TRY(read_log(w, b, &block, &logs->items[i], now));
    return ZK_OK;
}

/* ---- into the store */

/* By id and address: anybody may register his own address for another's id, which has no effect on that one. */
static void factory_key(char out[STORE_KEY_MAX], uint32_t creator_id, const uint8_t creator[20])
{
    char address[41];
    hex_encode(address, creator, 20);
    int len = snprintf(out, STORE_KEY_MAX, "nft_factory/%u/%s", creator_id, address);
    assert(len > 0 && len < STORE_KEY_MAX);
    (void)len;
}

zk_err nft_factory_save(struct store *s, uint32_t creator_id, const eth_address *creator, const eth_address *factory)
{
    char key[STORE_KEY_MAX];
    factory_key(key, creator_id, creator->b);
    return store_put(s, key, factory->b, sizeof factory->b);
}

static zk_err save_factory(struct store *s, const struct zkroll_event *e)
{
    eth_address creator, factory;
    memcpy(creator.b, e->factory.creator, 20);
    memcpy(factory.b, e->factory.factory, 20);
    return nft_factory_save(s, e->factory.creator_id, &creator, &factory);
}

zk_err nft_factory_of(struct store *s, eth_address *factory, bool *found, uint32_t creator_id,
                      const eth_address *creator)
{
    char key[STORE_KEY_MAX];
    size_t len;
    factory_key(key, creator_id, creator->b);
    *factory = (eth_address){{0}};
    return store_get(s, key, factory->b, &len, sizeof factory->b, found);
}

/* Reads everything again from the beginning, in the next steps. */
static void scan_again(struct l1_watcher *w, const char *why)
{
    log_event(LOG_WARN, "l1_scan_again", LOG_STR("why", why), LOG_U64("from", w->config.info.block), LOG_END);
    log_scan_init(&w->scan, w->config.info.block);
    w->scan.span = w->config.span;
}

/* W2: is the request before this one known? */
static zk_err check_gap(struct l1_watcher *w, bool *gap, const struct batch *b)
{
    struct store_priority_op before;
    bool found = true;
    *gap = false;
    for (size_t i = 1; i < b->n_requests; i++) *gap |= b->requests[i].serial_id != b->requests[i - 1].serial_id + 1;
    if (b->n_requests > 0 && b->requests[0].serial_id > 0)
        ZK_TRY(store_priority_get(w->store, &before, &found, b->requests[0].serial_id - 1));
    *gap |= !found;
    return ZK_OK;
}

static zk_err save_head(struct l1_watcher *w)
{
    uint64_t confirmed, was;
    w->head.scanned = w->scan.next == 0 ? 0 : w->scan.next - 1;
    ZK_TRY(l1_head_save(w->store, &w->head));
    if (!l1_head_confirmed(&confirmed, &w->head, w->config.confirmations)) return ZK_OK;
    ZK_TRY(chain_l1_confirmed(w->store, &was));
    return was == confirmed ? ZK_OK : chain_set_l1_confirmed(w->store, confirmed);
}

static zk_err write_batch(struct l1_watcher *w, struct batch *b, uint32_t *conflict)
{
    ZK_TRY(store_priority_add(w->store, b->requests, b->n_requests, conflict));
    if (*conflict != 0) return ZK_OK;
    for (size_t i = 0; i < b->n_tokens; i++) ZK_TRY(token_add(&b->tokens[i], w->store));
    for (size_t i = 0; i < b->n_factories; i++) ZK_TRY(save_factory(w->store, &b->factories[i]));
    if (b->exodus) ZK_TRY(chain_set_exodus(w->store, true, w->head.number));
    ZK_TRY(store_scan_save(w->store, SCAN_NAME, &w->scan));
    return save_head(w);
}

/* One transaction, W1. On failure, or a conflict, nothing was written. */
static zk_err save_batch(struct l1_watcher *w, struct batch *b, uint32_t *conflict)
{
    *conflict = 0;
    ZK_TRY(store_begin(w->store));
    zk_err err = write_batch(w, b, conflict);
    if (err == ZK_OK && *conflict == 0) return store_commit(w->store);
    store_rollback(w->store);
    return err;
}

static void raise(struct l1_watcher *w, unsigned mask)
{
    if (w->events != NULL) events_raise(w->events, mask);
}

static zk_err ask_unwind(struct l1_watcher *w, uint32_t block, const char *why)
{
    log_event(LOG_WARN, "unwind_asked", LOG_U64("block", block), LOG_STR("why", why), LOG_END);
    ZK_TRY(unwind_ask(w->store, block, NULL, 0));
    raise(w, EVENT_BIT(EVENT_UNWIND));
    return ZK_OK;
}

static void say_batch(struct l1_watcher *w, const struct batch *b)
{
    char address[43];
    metric_add(w->m_requests, b->n_requests);
    for (size_t i = 0; i < b->n_tokens; i++) {
        eth_address_str(address, b->tokens[i].address.b);
        log_event(LOG_INFO, "token_added", LOG_U64("id", b->tokens[i].id), LOG_STR("symbol", b->tokens[i].symbol),
                  LOG_U64("decimals", b->tokens[i].decimals), LOG_STR("address", address), LOG_END);
    }
    for (size_t i = 0; i < b->n_requests; i++)
        log_event(LOG_INFO, "request_seen", LOG_U64("serial_id", b->requests[i].serial_id),
                  LOG_STR("type", b->requests[i].op.type == PRIORITY_DEPOSIT ? "deposit" : "full_exit"),
                  LOG_U64("l1_block", b->requests[i].eth_block), LOG_END);
    if (b->exodus && !w->exodus)
        log_event(LOG_ERROR, "exodus", LOG_STR("what", "users leave; no more blocks"), LOG_END);
    w->exodus |= b->exodus;
}

/* *before: the scanner as it was, to be taken when nothing was written: *taken = false. */
static zk_err take_logs(struct l1_watcher *w, bool *taken, const struct log_scan_step *step,
                        const struct log_scan *before, int64_t now)
{
    struct batch b = {0};
    bool gap = false;
    uint32_t conflict = 0;
    zk_err err = read_logs(w, &b, &step->logs, now);
    if (err == ZK_OK) err = check_gap(w, &gap, &b);
    if (err == ZK_OK && !gap) err = save_batch(w, &b, &conflict);
    *taken = err == ZK_OK && conflict == 0;
    if (!*taken) w->scan = *before;
    if (err == ZK_OK && gap) scan_again(w, "a request is missing");
    if (err == ZK_OK && conflict != 0)
        err = ask_unwind(w, conflict, "L1 has another request in the place of one executed");
    if (err == ZK_OK && !gap && conflict == 0) {
        say_batch(w, &b);
        if (b.n_requests > 0) raise(w, EVENT_BIT(EVENT_PRIORITY));
        if (b.n_requests + b.n_tokens > 0) raise(w, EVENT_BIT(EVENT_CHANGE));
    }
    batch_free(&b);
    return err;
}

static zk_err write_reorg(struct l1_watcher *w)
{
    ZK_TRY(store_priority_reorg(w->store, w->scan.next));
    ZK_TRY(store_tokens_reorg(w->store, w->scan.next));
    ZK_TRY(store_scan_save(w->store, SCAN_NAME, &w->scan));
    return save_head(w);
}

static zk_err take_reorg(struct l1_watcher *w, const struct log_scan *before)
{
    log_event(LOG_WARN, "l1_reorg", LOG_U64("from", w->scan.next), LOG_U64("read_to", before->next), LOG_END);
    metric_add(w->m_reorgs, 1);
    zk_err err = store_begin(w->store);
    if (err == ZK_OK) {
        err = write_reorg(w);
        if (err == ZK_OK)
            err = store_commit(w->store);
        else
            store_rollback(w->store);
    }
    if (err != ZK_OK)
        w->scan = *before;
    else
        raise(w, EVENT_BIT(EVENT_PRIORITY) | EVENT_BIT(EVENT_CHANGE));
    return err;
}

/* ---- nothing new: is anything missing? */

/* W3. */
static zk_err look_for_vanished(struct l1_watcher *w, int64_t now)
{
    uint32_t block;
    ZK_TRY(store_priority_missing(w->store, &block, w->scan.next == 0 ? 0 : w->scan.next - 1));
    if (block == 0) {
        w->missing_since = 0;
        return ZK_OK;
    }
    if (w->missing_since == 0) {
        w->missing_since = now;
        log_event(LOG_WARN, "request_vanished", LOG_U64("block", block), LOG_END);
    }
    if (now - w->missing_since < w->config.patience_us) return ZK_OK;
    w->missing_since = now; /* asked again, should this be without effect */
    return ask_unwind(w, block, "a request that it executed is not on L1 any more");
}

/* The event may have been missed, or its block removed. */
static zk_err turn_exodus(struct l1_watcher *w, bool exodus)
{
    ZK_TRY(chain_set_exodus(w->store, exodus, w->head.number));
    w->exodus = exodus;
    log_event(LOG_ERROR, exodus ? "exodus" : "exodus_taken_back",
              LOG_STR("what", exodus ? "users leave; no more blocks" : "L1 was reorganized"), LOG_END);
    return ZK_OK;
}

/* Requests of the contract that the store has not, though their blocks were read: W2 for the last one. */
static zk_err look_for_missed(struct l1_watcher *w, int64_t now)
{
    const struct zkroll_view view = {w->rpc, {0}};
    struct zkroll_view v = view;
    struct zkroll_progress p;
    struct store_priority_op r;
    bool found = true;
    if (now - w->looked_at < RESCAN_LOOK_US) return ZK_OK;
    memcpy(v.address, w->config.info.main_contract.b, 20);
    ZK_TRY(zkroll_view_progress(&p, &v));
    w->looked_at = now;
    if (p.exodus != w->exodus) ZK_TRY(turn_exodus(w, p.exodus));
    uint64_t total = p.first_request + p.open_requests;
    if (total == 0 || p.l1_block >= w->scan.next) return ZK_OK;
    ZK_TRY(store_priority_get(w->store, &r, &found, total - 1));
    if (!found) scan_again(w, "the contract has more requests than were seen");
    return ZK_OK;
}

/* ---- one step */

static zk_err look_at_head(struct l1_watcher *w, bool *moved, int64_t now)
{
    struct eth_block head;
    ZK_TRY(eth_rpc_block_tag(w->rpc, &head, "latest"));
    *moved = head.number != w->head.number;
    w->head = (struct l1_head){.number = head.number,
                               .timestamp = head.timestamp,
                               .seen_at = now,
                               .base_fee = head.base_fee,
                               .scanned = w->head.scanned};
    metric_set(w->m_head, (double)head.number);
    metric_set(w->m_answered, (double)now * 1e-6);
    return ZK_OK;
}

static zk_err store_head(struct l1_watcher *w)
{
    ZK_TRY(store_begin(w->store));
    zk_err err = save_head(w);
    if (err == ZK_OK)
        err = store_commit(w->store);
    else
        store_rollback(w->store);
    if (err == ZK_OK) raise(w, EVENT_BIT(EVENT_PRIORITY));
    return err;
}

zk_err l1_watcher_step(struct l1_watcher *w, bool *worked, int64_t now)
{
    struct log_scan before = w->scan;
    struct log_scan_step step = {0};
    bool moved = false, taken = true;
    zk_err err = ZK_OK;
    *worked = false;
    ZK_TRY(look_at_head(w, &moved, now));
    ZK_TRY(scan_step(w, &step));
    switch (step.outcome) {
    case LOG_SCAN_LOGS: err = take_logs(w, &taken, &step, &before, now); break;
    case LOG_SCAN_REORG: err = take_reorg(w, &before); break;
    case LOG_SCAN_IDLE:
        if (moved) err = store_head(w);
        if (err == ZK_OK) err = look_for_vanished(w, now);
        if (err == ZK_OK) err = look_for_missed(w, now);
        break;
    }
    if (step.outcome == LOG_SCAN_LOGS) eth_logs_free(&step.logs);
    *worked = err == ZK_OK && taken && step.outcome != LOG_SCAN_IDLE; /* a conflict waits for the sequencer */
    metric_set(w->m_lag, w->scan.next > w->head.number ? 0 : (double)(w->head.number + 1 - w->scan.next));
    return err;
}

/* ---- life */

static zk_err open_watcher(struct l1_watcher *w)
{
    struct zkroll_settings settings;
    struct zkroll_view view = {.rpc = w->rpc};
    bool found;
    memcpy(view.address, w->config.info.main_contract.b, 20);
    ZK_TRY(zkroll_view_settings(&settings, &view));
    w->expiration = settings.priority_expiration;
    ZK_TRY(token_add_eth(w->store));
    ZK_TRY(chain_exodus(w->store, &w->exodus));
    ZK_TRY(l1_head_load(w->store, &w->head, &found));
    ZK_TRY(store_scan_load(w->store, SCAN_NAME, &w->scan, &found));
    if (!found) {
        log_scan_init(&w->scan, w->config.info.block);
        w->scan.span = w->config.span;
    }
    return ZK_OK;
}

zk_err l1_watcher_create(struct l1_watcher **out, const struct l1_watcher_config *config, struct rpc *rpc,
                         struct store *store, struct events *events)
{
    struct l1_watcher *w = calloc(1, sizeof *w);
    *out = NULL;
    if (w == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the watcher");
    *w = (struct l1_watcher){.config = *config, .rpc = rpc, .store = store, .events = events};
    w->m_head = metric_gauge("zkroll_l1_block", NULL, "newest L1 block seen");
    w->m_lag = metric_gauge("zkroll_l1_lag_blocks", NULL, "L1 blocks whose events are not read yet");
    w->m_answered =
        metric_gauge("zkroll_l1_answered_timestamp_seconds", NULL, "when L1 answered last, in seconds since 1970");
    w->m_requests = metric_counter("zkroll_l1_requests_total", NULL, "requests of users read from L1");
    w->m_reorgs = metric_counter("zkroll_l1_reorgs_total", NULL, "reorganizations of L1 met");
    zk_err err = open_watcher(w);
    if (err != ZK_OK)
        l1_watcher_destroy(w);
    else
        *out = w;
    return err;
}

void l1_watcher_destroy(struct l1_watcher *w)
{
    free(w);
}

/* ---- as a part of a node */

#define BACKOFF_MAX_MS   10000
#define PATIENCE_LEAST_S 5 /* and so much for each confirmation */

struct part {
    struct node *node;
    struct l1_link link;
    struct store *store;
    struct l1_watcher *watcher;
};

static void part_close(void *self)
{
    struct part *p = self;
    l1_watcher_destroy(p->watcher);
    store_close(p->store);
    l1_link_close(&p->link);
}

/* Asks L1. */
static zk_err make_watcher(struct part *p)
{
    const struct node_config *c = node_config_of(p->node);
    ZK_TRY(l1_link_check(&p->link));
    const struct l1_watcher_config config = {.info = p->link.info,
                                             .confirmations = c->l1.confirmations,
                                             .span = c->l1.scan_span,
                                             .patience_us =
                                                 (int64_t)(PATIENCE_LEAST_S * (1 + c->l1.confirmations)) * 1000000};
    return l1_watcher_create(&p->watcher, &config, p->link.rpc, p->store, node_events(p->node));
}

static zk_err part_open(void *self, struct node *n)
{
    struct part *p = self;
    p->node = n;
    ZK_TRY(node_open_store(&p->store, n));
    ZK_TRY(l1_link_open(&p->link, node_config_of(n), p->store));
    return p->link.unchecked ? ZK_OK : make_watcher(p);
}

static zk_err part_run(void *self)
{
    struct part *p = self;
    struct events *events = node_events(p->node);
    struct events_seen seen;
    const int poll_ms = (int)node_config_of(p->node)->l1.poll_ms;
    int backoff_ms = poll_ms;
    events_seen_now(&seen, events);
    while (!events_stopping(events)) {
        bool worked = false;
        zk_err err = p->watcher == NULL ? make_watcher(p) : l1_watcher_step(p->watcher, &worked, l1_now_us());
        if (err == ZK_ERR_CANCELLED) return ZK_OK; /* part_stop was called */
        if (err == ZK_ERR_CORRUPT || err == ZK_ERR_MEMORY) return err;
        if (err == ZK_ERR_INPUT && p->watcher == NULL) return err; /* L1 is not the one that the database is of */
        if (err != ZK_OK)
            log_event(LOG_WARN, "l1_watch_failed", LOG_STR("error", zk_err_message()),
                      LOG_U64("retry_ms", (uint64_t)backoff_ms), LOG_END);
        if (!worked) (void)events_wait(events, &seen, 0, err == ZK_OK ? poll_ms : backoff_ms);
        backoff_ms = err == ZK_OK ? poll_ms : 2 * backoff_ms;
        if (backoff_ms > BACKOFF_MAX_MS) backoff_ms = BACKOFF_MAX_MS;
    }
    return ZK_OK;
}

static void part_stop(void *self)
{
    struct part *p = self;
    l1_link_cancel(&p->link);
}

const struct node_part l1_watcher_part = {.name = "l1_watcher",
                                          .roles = ROLE_L1,
                                          .size = sizeof(struct part),
                                          .open = part_open,
                                          .run = part_run,
                                          .stop = part_stop,
                                          .close = part_close};
