#include "node/cleaner.h"

#include "base/log.h"
#include "store/store_blocks.h"

#define ROUND_MS    60000
#define PRUNE_LIMIT 200 /* in one database transaction: a few milliseconds */

zk_err clean_store(struct store *s, int64_t keep_us, bool (*stop)(void *ctx), void *ctx)
{
    struct store_heads heads;
    int64_t now = 0;
    ZK_TRY(store_heads(s, &heads));
    ZK_TRY(store_now(s, &now));
    ZK_TRY(store_traces_drop(s, heads.last_executed + 1));
    for (size_t n = PRUNE_LIMIT; n == PRUNE_LIMIT && (stop == NULL || !stop(ctx));)
        ZK_TRY(store_txs_prune(s, &n, now - keep_us, PRUNE_LIMIT));
    return ZK_OK;
}

/* ---- as a part of a node */

struct cleaner {
    struct node *node;
    struct store *store;
};

static zk_err open_cleaner(void *self, struct node *n)
{
    struct cleaner *c = self;
    c->node = n;
    return node_open_store(&c->store, n);
}

static void close_cleaner(void *self)
{
    store_close(((struct cleaner *)self)->store);
}

static bool is_stopping(void *ctx)
{
    const struct cleaner *c = ctx;
    return events_stopping(node_events(c->node));
}

/* What fails is tried again in the next round: nothing depends on it. */
static zk_err run(void *self)
{
    struct cleaner *c = self;
    struct events *events = node_events(c->node);
    struct events_seen seen;
    const int64_t keep_us = (int64_t)node_config_of(c->node)->mempool.keep_rejected_ms * 1000;
    events_seen_now(&seen, events);
    while (!events_stopping(events)) {
        zk_err err = clean_store(c->store, keep_us, is_stopping, c);
        if (err == ZK_ERR_CORRUPT) return err;
        if (err != ZK_OK) log_event(LOG_WARN, "not_cleaned", LOG_STR("error", zk_err_message()), LOG_END);
        (void)events_wait(events, &seen, 0, ROUND_MS);
    }
    return ZK_OK;
}

const struct node_part cleaner_part = {.name = "cleaner",
                                       .roles = ROLE_SEQUENCER,
                                       .size = sizeof(struct cleaner),
                                       .open = open_cleaner,
                                       .run = run,
                                       .close = close_cleaner};
