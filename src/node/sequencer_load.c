#include "base/log.h"
#include "node/recovery.h"
#include "node/sequencer_internal.h"

#include <stdlib.h>

#define SECOND      INT64_C(1000000)
#define PLACES_PAGE 256

/* How long an unwound request of L1 that is in the store again may take to get its confirmations, before what came
 * after it is executed without it. */
#define PLAN_HOLD_US (1200 * SECOND)

/* L1 refuses blocks that are older than a day. One that is still open after half of it is executed again with a new
 * timestamp, which leaves the other half for proving it. */
#define OPEN_BLOCK_AGE_MAX (12 * 3600 * SECOND)

static uint32_t nonce_of(void *ctx, uint32_t account)
{
    const struct sequencer *q = ctx;
    struct account_leaf leaf;
    state_account(&leaf, q->state, account);
    return leaf.nonce;
}

void seq_unload(struct sequencer *q)
{
    mempool_destroy(q->mempool);
    state_destroy(q->state);
    free(q->unwound);
    q->mempool = NULL;
    q->state = NULL;
    q->unwound = NULL;
    q->n_unwound = 0;
}

static zk_err make_mempool(struct sequencer *q)
{
    struct mempool_config config = {
        .transactions_max = q->config.transactions_max, .hold_us = q->config.hold_us, .nonce_of = nonce_of, .ctx = q};
    return mempool_create(&q->mempool, &config);
}

/* ---- the open block again */

/* entries[0 .. n-1]: one transaction, or a batch. */
static zk_err put_again(struct sequencer *q, const struct store_block_entry *entries, size_t n)
{
    struct block_result r;
    if (entries[0].is_priority) {
        ZK_TRY(block_put_priority(q->block, &r, &entries[0].priority));
    } else {
        for (size_t i = 0; i < n; i++) {
            q->batch[i] = entries[i].tx.tx;
            q->batch_facts[i] = entries[i].tx.facts;
            q->fast |= entries[i].tx.fast;
        }
        if (entries[0].tx.batch_id == 0)
            ZK_TRY(block_put_tx(q->block, &r, &q->batch[0], &q->batch_facts[0]));
        else
            ZK_TRY(block_put_batch(q->block, &r, q->batch, q->batch_facts, n));
    }
    if (r.answer != BLOCK_TAKEN)
        return zk_fail(ZK_ERR_CORRUPT, "entry %u of the open block %u cannot be executed again", entries[0].index,
                       q->number);
    for (size_t i = 0; i < n; i++) {
        const struct op *op = block_op(q->block, r.first_op + i);
        if (entries[i].is_priority)
            mini_block_priority(q->pending, entries[i].serial_id, &entries[i].priority, &(eth_address){0}, op);
        else
            mini_block_executed(q->pending, q->state, &entries[i].tx, op);
    }
    return ZK_OK;
}

static size_t batch_len(const struct store_block_entry *entries, size_t n)
{
    size_t len = 1;
    if (entries[0].is_priority || entries[0].tx.batch_id == 0) return 1;
    while (len < n && !entries[len].is_priority && entries[len].tx.batch_id == entries[0].tx.batch_id) len++;
    return len;
}

/* All executed entries of a block, in memory that the caller frees. */
static zk_err read_entries(struct sequencer *q, struct store_block_entry **out, size_t *n, uint32_t number)
{
    size_t cap = 1024, got = 0;
    *n = 0;
    *out = malloc(cap * sizeof **out);
    zk_err err = ZK_OK;
    do {
        if (*out != NULL && cap - *n < STORE_BATCH_MAX) {
            struct store_block_entry *more = realloc(*out, 2 * cap * sizeof **out);
            if (more == NULL) free(*out);
            *out = more;
            cap *= 2;
        }
        if (*out == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the entries of block %u", number);
        /* Indices have gaps, where transactions were rejected. */
        uint32_t from = *n == 0 ? 0 : (*out)[*n - 1].index + 1;
        err = store_block_executed(q->store, *out + *n, &got, cap - *n, number, from);
        if (err == ZK_OK) *n += got;
    } while (err == ZK_OK && got > 0);
    if (err != ZK_OK) {
        free(*out);
        *out = NULL;
    }
    return err;
}

static zk_err execute_again(struct sequencer *q, const struct store_block_entry *entries, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        len = batch_len(&entries[i], n - i);
        ZK_TRY(put_again(q, &entries[i], len));
    }
    ZK_TRY(mini_block_compare(q->pending, q->store, q->state));
    if (block_op_count(q->block) > 0) q->opened_at = (int64_t)q->timestamp * SECOND;
    mini_block_begin(q->pending, q->state);
    return ZK_OK;
}

static zk_err load_open_block(struct sequencer *q)
{
    struct store_block block;
    bool found = false;
    ZK_TRY(store_block_get(q->store, &block, &found, q->number));
    if (!found) return zk_fail(ZK_ERR_CORRUPT, "the open block %u is missing in the database", q->number);
    seq_begin_block(q, block.header.timestamp);
    struct store_block_entry *entries;
    size_t n = 0;
    ZK_TRY(read_entries(q, &entries, &n, q->number));
    zk_err err = execute_again(q, entries, n);
    q->entries = block.entries;
    free(entries);
    return err;
}

/* ---- transactions that were executed before their block was taken back */

static zk_err note_unwound(struct sequencer *q, const struct store_queued_tx *txs, size_t n)
{
    uint64_t *ids = realloc(q->unwound, (q->n_unwound + n) * sizeof *ids);
    if (ids == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the unwound transactions");
    q->unwound = ids;
    for (size_t i = 0; i < n; i++) q->unwound[q->n_unwound++] = txs[i].id;
    return ZK_OK;
}

static zk_err load_unwound(struct sequencer *q)
{
    int64_t now = seq_now(q);
    size_t total = 0;
    for (size_t n = 0;; total += n) {
        ZK_TRY(store_txs_unwound(q->store, q->txs, &n, SEQ_READ_TXS, total));
        if (n == 0) break;
        for (size_t i = 0, len; i < n; i += len) {
            len = seq_unit_len(q->txs, i, n);
            ZK_TRY(mempool_add(q->mempool, &q->txs[i], len, total + i, now));
        }
        ZK_TRY(note_unwound(q, q->txs, n));
    }
    if (total > 0) qsort(q->unwound, total, sizeof q->unwound[0], seq_by_id);
    return ZK_OK;
}

/* ---- all of it */

static zk_err load_state(struct sequencer *q)
{
    struct recovered r;
    double since = metric_clock_s();
    ZK_TRY(recovery_run(&r, q->store, q->snapshots, &q->config.state, q->pool, NULL, NULL));
    double seconds = metric_clock_s() - since;
    q->state = r.state;
    q->number = r.last_sealed + 1;
    q->last_timestamp = r.last_timestamp;
    q->last_snapshot = r.from_snapshot;
    metric_observe(q->metrics.recovery_s, seconds);
    log_event(LOG_INFO, "state_recovered", LOG_U64("block", r.last_sealed), LOG_U64("snapshot", r.from_snapshot),
              LOG_U64("replayed", r.replayed), LOG_U64("accounts", state_account_count(r.state)),
              LOG_F64("seconds", seconds), LOG_END);
    return ZK_OK;
}

static zk_err too_old(struct sequencer *q)
{
    int64_t age = seq_now(q) - (int64_t)q->timestamp * SECOND;
    if (block_op_count(q->block) == 0 || age < OPEN_BLOCK_AGE_MAX) return ZK_OK;
    log_event(LOG_WARN, "open_block_too_old", LOG_U64("block", q->number), LOG_I64("seconds", age / SECOND), LOG_END);
    return unwind_ask(q->store, q->number, NULL, 0);
}

zk_err seq_load(struct sequencer *q)
{
    struct store_heads heads;
    seq_unload(q);
    q->is_loaded = q->has_token = q->more_txs = q->more_priority = false;
    q->last_tx = 0;
    q->n_priority = q->priority_at = 0;
    q->stalled_until = 0;
    ZK_TRY(load_state(q));
    ZK_TRY(store_heads(q->store, &heads));
    q->next_priority = heads.next_priority;
    q->last_executed = heads.last_executed;
    ZK_TRY(block_shrink_load(q->store, &q->limit));
    ZK_TRY(make_mempool(q));
    ZK_TRY(seq_read_classes(q));
    if (heads.open)
        ZK_TRY(load_open_block(q));
    else
        seq_begin_block(q, q->last_timestamp);
    ZK_TRY(too_old(q));
    ZK_TRY(load_unwound(q));
    q->is_loaded = true;
    return ZK_OK;
}

/* ---- unwinding */

static bool plan_has(const struct seq_plan *plan, uint64_t serial_id)
{
    return serial_id >= plan->first_serial && serial_id - plan->first_serial < plan->n;
}

uint64_t seq_plan_position(const struct seq_plan *plan, uint64_t serial_id)
{
    return plan_has(plan, serial_id) ? plan->positions[serial_id - plan->first_serial] : 0;
}

/* One that is not in the store is waited for half as long as a nonce that is missing; one that is there, until it has
 * its confirmations. */
zk_err seq_plan_limit(struct sequencer *q, uint64_t *below, int64_t now)
{
    struct store_priority_op request;
    bool found;
    *below = UINT64_MAX;
    if (!plan_has(&q->plan, q->next_priority) || now - q->plan.made_at >= PLAN_HOLD_US) return ZK_OK;
    ZK_TRY(store_priority_get(q->store, &request, &found, q->next_priority));
    if (!found && now - q->plan.made_at >= q->config.hold_us / 2) return ZK_OK;
    *below = seq_plan_position(&q->plan, q->next_priority);
    return ZK_OK;
}

static void plan_clear(struct seq_plan *plan)
{
    free(plan->positions);
    *plan = (struct seq_plan){0};
}

static zk_err plan_add(struct seq_plan *plan, uint64_t serial_id, uint64_t position)
{
    if (plan->n == 0) plan->first_serial = serial_id;
    if (serial_id != plan->first_serial + plan->n)
        return zk_fail(ZK_ERR_CORRUPT, "request %llu from L1 was not executed in its order",
                       (unsigned long long)serial_id);
    uint64_t *positions = realloc(plan->positions, (plan->n + 1) * sizeof *positions);
    if (positions == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to unwind");
    plan->positions = positions;
    plan->positions[plan->n++] = position;
    return ZK_OK;
}

/* Where the requests of blocks first .. last stood among their transactions. */
static zk_err plan_make(struct sequencer *q, uint32_t first, uint32_t last)
{
    uint64_t position = 0;
    plan_clear(&q->plan);
    q->plan.made_at = seq_now(q);
    for (uint32_t number = first; number <= last; number++) {
        struct store_entry_place page[PLACES_PAGE];
        size_t n;
        for (uint32_t from = 0;; from = page[n - 1].index + 1) {
            ZK_TRY(store_block_places(q->store, page, &n, PLACES_PAGE, number, from));
            if (n == 0) break;
            for (size_t i = 0; i < n; i++) {
                if (page[i].is_priority)
                    ZK_TRY(plan_add(&q->plan, page[i].ref, position));
                else
                    position++;
            }
        }
    }
    return ZK_OK;
}

static zk_err take_back(struct sequencer *q, const struct unwind_request *r)
{
    ZK_TRY(store_begin(q->store));
    zk_err err = store_unwind(q->store, r->first);
    for (size_t i = 0; err == ZK_OK && i < r->n; i++) err = store_tx_unauthorize(q->store, r->offenders[i]);
    if (err == ZK_OK) err = unwind_forget(q->store);
    if (err == ZK_OK) return store_commit(q->store);
    store_rollback(q->store);
    return err;
}

/* Blocks that L1 has committed, or is about to, cannot be taken back yet: the request waits until that has ended. */
static zk_err refused(struct sequencer *q, const struct unwind_request *r, const struct store_heads *heads)
{
    if (!q->unwind_refused)
        log_event(LOG_WARN, "unwind_waits", LOG_U64("block", r->first), LOG_U64("committed", heads->last_committed),
                  LOG_END);
    q->unwind_refused = true;
    return ZK_OK;
}

zk_err seq_unwind(struct sequencer *q, bool *done)
{
    struct unwind_request r;
    struct store_heads heads;
    bool asked = false;
    *done = false;
    ZK_TRY(unwind_asked(q->store, &r, &asked));
    if (!asked) return ZK_OK;
    ZK_TRY(store_heads(q->store, &heads));
    if (r.first <= heads.last_committed) return refused(q, &r, &heads);
    if (heads.last_block < r.first) {
        log_event(LOG_WARN, "unwind_without_blocks", LOG_U64("block", r.first), LOG_END);
        return unwind_forget(q->store);
    }
    ZK_TRY(plan_make(q, r.first, heads.last_block));
    zk_err err = take_back(q, &r);
    if (err == ZK_ERR_INPUT) {
        plan_clear(&q->plan);
        return refused(q, &r, &heads);
    }
    if (err != ZK_OK) return err;
    q->unwind_refused = false;
    metric_add(q->metrics.unwound, heads.last_block - r.first + 1);
    log_event(LOG_WARN, "blocks_unwound", LOG_U64("first", r.first), LOG_U64("last", heads.last_block),
              LOG_U64("offenders", r.n), LOG_END);
    *done = true;
    snapshots_remove_above(q->snapshots, r.first - 1);
    ZK_TRY(seq_load(q));
    if (q->events != NULL) events_raise(q->events, EVENT_BIT(EVENT_CHANGE));
    return ZK_OK;
}
