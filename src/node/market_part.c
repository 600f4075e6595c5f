/* The market as a part of a node: asks for prices and gas, and keeps them where the API and admission read them. */
#include "base/log.h"
#include "ethereum/eth_rpc.h"
#include "node/l1_link.h"
#include "node/market.h"
#include "node/metrics.h"
#include "node/node.h"
#include "node/prices.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_MS        1000
#define GAS_LOOK_US    INT64_C(5000000)
#define FETCH_US       INT64_C(60000000)
#define SMOOTHING      8                  /* looks at the gas price that are averaged, about */
#define CENT_100_PICO  (FEE_PICO / 10000) /* a hundredth of a cent */
#define BACKOFF_MAX_MS 30000

struct part {
    struct node *node;
    struct rpc *rpc;
    struct store *store;
    struct fee_market market;
    struct price_list listed, fetched;
    int64_t fetched_at, tried_at; /* 0: never */
    int64_t gas_at;
    double gas_price; /* wei, smoothed; 0: unknown */
    bool development;
    struct metric *m_gas_price;
    uint64_t eth_price_pico; /* the last that was known; 0: none */
};

static void part_close(void *self)
{
    struct part *p = self;
    store_close(p->store);
    rpc_destroy(p->rpc);
}

static struct fee_policy policy_of(const struct node_config *c)
{
    return (struct fee_policy){.block_slots = (unsigned)c->fee.block_slots,
                               .gas_percent = (unsigned)c->fee.gas_percent,
                               .slot_price_pico = c->fee.zkp_fee_cents_100 * CENT_100_PICO,
                               .minimum_pico = c->fee.min_fee_cents_100 * CENT_100_PICO,
                               .hold_us = c->fee.quote_ms * 1000};
}

static zk_err part_open(void *self, struct node *n)
{
    struct part *p = self;
    const struct node_config *c = node_config_of(n);
    bool found;
    p->node = n;
    ZK_TRY(prices_parse(&p->listed, c->fee.prices));
    ZK_TRY(l1_rpc_open(&p->rpc, c));
    ZK_TRY(node_open_store(&p->store, n));
    ZK_TRY(market_load(p->store, &p->market, &found));
    p->market.policy = policy_of(c);
    p->development = l1_is_development(c->l1.chain_id);
    p->m_gas_price = metric_gauge("zkroll_gas_price_gwei", NULL, "L1's gas price, smoothed");
    return ZK_OK;
}

/* ---- looking */

static zk_err look_at_gas(struct part *p, int64_t now)
{
    struct eth_block head;
    uint64_t tip;
    if (p->gas_at != 0 && now - p->gas_at < GAS_LOOK_US) return ZK_OK;
    ZK_TRY(eth_rpc_block_tag(p->rpc, &head, "latest"));
    ZK_TRY(eth_rpc_priority_fee(p->rpc, &tip));
    double wei = (double)head.base_fee + (double)tip;
    p->gas_price = p->gas_price == 0 ? wei : p->gas_price + (wei - p->gas_price) / SMOOTHING;
    p->gas_at = now;
    metric_set(p->m_gas_price, p->gas_price * 1e-9);
    return ZK_OK;
}

static void look_at_service(struct part *p, int64_t now)
{
    const struct node_config *c = node_config_of(p->node);
    struct price_list got;
    if (strcmp(c->fee.price_source, "static") == 0) return;
    if (p->tried_at != 0 && now - p->tried_at < FETCH_US) return;
    p->tried_at = now;
    if (prices_fetch(&got, c->fee.price_source, (uint32_t)c->l1.timeout_ms) == ZK_OK) {
        p->fetched = got;
        p->fetched_at = now;
        return;
    }
    log_event(LOG_WARN, "prices_unknown", LOG_STR("error", zk_err_message()), LOG_END);
    if (now - p->fetched_at > PRICES_OLD_US) p->fetched.n = 0;
}

/* ---- tokens: prices into the store; the first so many with a price may pay fees, ETH first */

static zk_err update_token(struct part *p, struct store_token *t, struct market_view *view, bool *changed, int64_t now)
{
    const unsigned most = (unsigned)node_config_of(p->node)->fee.fee_tokens;
    uint64_t pico = price_of(&p->fetched, &p->listed, t, p->development);
    char text[FEE_PRICE_TEXT_MAX] = "";
    if (pico != 0) fee_price_text(text, pico);
    bool pays =
        pico != 0 && t->decimals <= FEE_DECIMALS_MAX && view->n_tokens < most && view->n_tokens < FEE_TOKENS_MAX;
    if (pays) view->tokens[view->n_tokens++] = (struct fee_token){t->id, t->decimals, pico};
    if (t->id == TOKEN_ID_ETH && pico != 0) p->eth_price_pico = pico;
    if (strcmp(t->price, text) != 0) {
        ZK_TRY(store_token_set_price(p->store, t->id, text, now));
        *changed = true;
    }
    if (t->enabled_for_fees == pays) return ZK_OK;
    *changed = true;
    return store_token_set_fees(p->store, t->id, pays);
}

static zk_err look_at_tokens(struct part *p, struct market_view *view, bool *changed, int64_t now)
{
    struct store_token *tokens = calloc(TOKEN_ID_LAST + 1, sizeof *tokens);
    size_t n = 0;
    if (tokens == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the tokens");
    zk_err err = store_tokens(p->store, tokens, &n, TOKEN_ID_LAST + 1, 0);
    for (size_t i = 0; i < n && err == ZK_OK; i++) err = update_token(p, &tokens[i], view, changed, now);
    free(tokens);
    return err;
}

static zk_err look(struct part *p, int64_t now)
{
    struct market_view view = {0};
    bool changed = false;
    ZK_TRY(look_at_gas(p, now));
    look_at_service(p, now);
    ZK_TRY(look_at_tokens(p, &view, &changed, now));
    view.gas_price_wei = (uint64_t)p->gas_price;
    view.eth_price_pico = p->eth_price_pico; /* the last one, if there is none now: gas is never free */
    if (view.n_tokens == 0 || view.eth_price_pico == 0) return ZK_OK; /* the watcher has not added ETH yet */
    if (market_update(&p->market, &view, (uint64_t)now)) {
        ZK_TRY(market_save(p->store, &p->market));
        changed = true;
    }
    if (changed) events_raise(node_events(p->node), EVENT_BIT(EVENT_CHANGE));
    return ZK_OK;
}

static zk_err part_run(void *self)
{
    struct part *p = self;
    struct events *events = node_events(p->node);
    struct events_seen seen;
    int wait_ms = LOOK_MS;
    events_seen_now(&seen, events);
    while (!events_stopping(events)) {
        zk_err err = look(p, l1_now_us());
        if (events_stopping(events)) break;
        if (err == ZK_ERR_MEMORY || err == ZK_ERR_CORRUPT) return err;
        if (err != ZK_OK) log_event(LOG_WARN, "market_unknown", LOG_STR("error", zk_err_message()), LOG_END);
        wait_ms = err == ZK_OK ? LOOK_MS : 2 * wait_ms;
        if (wait_ms > BACKOFF_MAX_MS) wait_ms = BACKOFF_MAX_MS;
        (void)events_wait(events, &seen, 0, wait_ms);
    }
    return ZK_OK;
}

static void part_stop(void *self)
{
    rpc_cancel(((struct part *)self)->rpc);
}

const struct node_part market_part = {.name = "market",
                                      .roles = ROLE_L1,
                                      .size = sizeof(struct part),
                                      .open = part_open,
                                      .run = part_run,
                                      .stop = part_stop,
                                      .close = part_close};
