#include "node/sequencer.h"

#include "base/log.h"
#include "node/chain.h"
#include "node/sequencer_internal.h"
#include "rollup/trace_codec.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define SECOND INT64_C(1000000)

/* How long a step may have nothing to do before it looks again, events or not: processes do not wake each other. */
#define POLL_US    INT64_C(50000)
#define STALLED_US INT64_C(200000)
#define EVENTS_MASK                                                                                                    \
    (EVENT_BIT(EVENT_TX) | EVENT_BIT(EVENT_PRIORITY) | EVENT_BIT(EVENT_UNWIND) | EVENT_BIT(EVENT_PROVED))

static int64_t system_now(void *ctx)
{
    (void)ctx;
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

int64_t seq_now(const struct sequencer *q)
{
    return q->config.now(q->config.now_ctx);
}

/* ---- making and ending */

zk_err sequencer_config_from(struct sequencer_config *out, const struct node_config *c)
{
    struct block_config block = block_config_default();
    block.slots = (unsigned)c->sequencer.block_slots;
    block.gas = c->sequencer.block_gas;
    block.calldata_bytes = c->sequencer.block_calldata;
    block.fee_tokens = (unsigned)c->fee.fee_tokens;
    *out = (struct sequencer_config){.block = block,
                                     .state = {.accounts = (uint32_t)c->sequencer.accounts,
                                               .nfts = (uint32_t)c->sequencer.nfts,
                                               .balance_bytes = c->sequencer.balance_bytes},
                                     .data_dir = c->data_dir,
                                     .block_time_us = (int64_t)c->sequencer.block_time_ms * 1000,
                                     .fast_block_time_us = (int64_t)c->sequencer.fast_block_time_ms * 1000,
                                     .tick_us = (int64_t)c->sequencer.tick_ms * 1000,
                                     .hold_us = (int64_t)c->mempool.hold_ms * 1000,
                                     .transactions_max = c->mempool.total_max,
                                     .snapshot_blocks = (uint32_t)c->sequencer.snapshot_blocks,
                                     .backlog_blocks = (uint32_t)c->sequencer.backlog_blocks,
                                     .traces = c->sequencer.traces};
    ssize_t got = getrandom(out->state.address_key, sizeof out->state.address_key, 0);
    if (got != (ssize_t)sizeof out->state.address_key) return zk_fail(ZK_ERR_IO, "no random numbers");
    return ZK_OK;
}

static void make_metrics(struct sequencer_metrics *m)
{
    static const char blocks[] = "transactions that wait in the sequencer";
    m->executed = metric_counter("zkroll_transactions_executed_total", NULL, "transactions executed");
    m->rejected = metric_counter("zkroll_transactions_rejected_total", NULL, "transactions rejected when executed");
    m->priority = metric_counter("zkroll_priority_executed_total", NULL, "requests from L1 executed");
    m->sealed = metric_counter("zkroll_blocks_sealed_total", NULL, "blocks sealed");
    m->unwound = metric_counter("zkroll_blocks_unwound_total", NULL, "blocks taken back");
    m->block = metric_gauge("zkroll_block", NULL, "number of the open block");
    m->open_ops = metric_gauge("zkroll_block_operations", NULL, "operations in the open block");
    m->waiting = metric_gauge("zkroll_mempool_transactions", NULL, blocks);
    m->waiting_time = metric_gauge("zkroll_mempool_waiting", "for=\"time\"", "transactions and batches that wait");
    m->waiting_nonce = metric_gauge("zkroll_mempool_waiting", "for=\"nonce\"", "transactions and batches that wait");
    m->backlog = metric_gauge("zkroll_unproved_blocks", NULL, "sealed blocks without a proof");
    m->execute_s = metric_seconds("zkroll_stage_seconds", "stage=\"execute\"", "time of a stage");
    m->flush_s = metric_seconds("zkroll_stage_seconds", "stage=\"store\"", "time of a stage");
    m->read_s = metric_seconds("zkroll_stage_seconds", "stage=\"read\"", "time of a stage");
    m->seal_s = metric_seconds("zkroll_stage_seconds", "stage=\"tree\"", "time of a stage");
    m->trace_s = metric_seconds("zkroll_stage_seconds", "stage=\"trace\"", "time of a stage");
    m->seal_store_s = metric_seconds("zkroll_stage_seconds", "stage=\"store_block\"", "time of a stage");
    m->latency_s = metric_seconds("zkroll_execution_latency_seconds", NULL,
                                  "from a transaction's acceptance until its result is durable");
    m->recovery_s = metric_seconds("zkroll_recovery_seconds", NULL, "time to recover the state");
}

static zk_err create(struct sequencer *q)
{
    unsigned slots = q->config.block.slots;
    unsigned capacity = 0;
    for (size_t i = BLOCK_CAPACITIES; i-- > 0;)
        if (block_capacities[i] >= slots) capacity = block_capacities[i];
    ZK_TRY(block_create(&q->block, &q->config.block));
    ZK_TRY(mini_block_create(&q->pending));
    ZK_TRY(snapshots_create(&q->snapshots, q->config.data_dir));
    if (q->config.traces) {
        q->trace_cap = block_trace_bytes_max(capacity);
        ZK_TRY(arena_map(&q->arena, block_trace_memory(capacity, q->pool)));
        q->trace = malloc(q->trace_cap);
    }
    q->txs = malloc(SEQ_READ_TXS * sizeof *q->txs);
    q->priority = malloc(SEQ_READ_PRIORITY * sizeof *q->priority);
    if (q->txs == NULL || q->priority == NULL || (q->config.traces && q->trace == NULL))
        return zk_fail(ZK_ERR_MEMORY, "no memory for the sequencer");
    return seq_load(q);
}

zk_err sequencer_create(struct sequencer **out, const struct sequencer_config *config, struct store *store,
                        struct events *events, struct pool *pool)
{
    *out = NULL;
    struct sequencer *q = calloc(1, sizeof *q);
    if (q == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the sequencer");
    q->config = *config;
    if (q->config.now == NULL) q->config.now = system_now;
    q->store = store;
    q->events = events;
    q->pool = pool;
    make_metrics(&q->metrics);
    zk_err err = create(q);
    if (err == ZK_OK)
        *out = q;
    else
        sequencer_destroy(q);
    return err;
}

void sequencer_destroy(struct sequencer *q)
{
    if (q == NULL) return;
    seq_unload(q);
    free(q->plan.positions);
    block_destroy(q->block);
    mini_block_destroy(q->pending);
    snapshots_destroy(q->snapshots);
    arena_unmap(&q->arena);
    free(q->trace);
    free(q->txs);
    free(q->priority);
    free(q);
}

/* ---- reading what is new */

int seq_by_id(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool was_unwound(const struct sequencer *q, uint64_t id)
{
    return q->n_unwound > 0 && bsearch(&id, q->unwound, q->n_unwound, sizeof id, seq_by_id) != NULL;
}

size_t seq_unit_len(const struct store_queued_tx *txs, size_t i, size_t n)
{
    size_t len = 1;
    while (txs[i].batch_id != 0 && i + len < n && txs[i + len].batch_id == txs[i].batch_id) len++;
    return len;
}

static zk_err read_txs(struct sequencer *q, int64_t now)
{
    size_t n = 0;
    q->more_txs = false;
    if (!mempool_has_room(q->mempool, SEQ_READ_TXS)) {
        q->more_txs = true; /* when there is room */
        return ZK_OK;
    }
    ZK_TRY(store_txs_queued(q->store, q->txs, &n, SEQ_READ_TXS, q->last_tx));
    for (size_t i = 0, len; i < n; i += len) {
        len = seq_unit_len(q->txs, i, n);
        q->last_tx = q->txs[i + len - 1].id;
        if (was_unwound(q, q->txs[i].id)) continue;
        ZK_TRY(mempool_add(q->mempool, &q->txs[i], len, SEQ_RANK_NEW + q->txs[i].id, now));
    }
    q->more_txs = n > 0;
    return ZK_OK;
}

static zk_err read_priority(struct sequencer *q)
{
    if (q->priority_at < q->n_priority) return ZK_OK;
    uint64_t confirmed = 0;
    size_t n = 0;
    q->n_priority = q->priority_at = 0;
    q->more_priority = false;
    ZK_TRY(chain_l1_confirmed(q->store, &confirmed));
    ZK_TRY(store_priority_ready(q->store, q->priority, &n, SEQ_READ_PRIORITY, q->next_priority, confirmed));
    q->n_priority = n;
    q->more_priority = n == SEQ_READ_PRIORITY;
    return ZK_OK;
}

static zk_err read_exodus(struct sequencer *q)
{
    bool exodus;
    ZK_TRY(chain_exodus(q->store, &exodus));
    if (exodus != q->exodus)
        log_event(LOG_ERROR, exodus ? "sequencer_stops" : "sequencer_goes_on", LOG_STR("why", "exodus mode"), LOG_END);
    q->exodus = exodus;
    return ZK_OK;
}

static zk_err read_new(struct sequencer *q, int64_t now)
{
    uint64_t token = 0;
    ZK_TRY(store_change_token(q->store, &token));
    if (!q->has_token || token != q->token) ZK_TRY(read_exodus(q));
    bool moved = !q->has_token || token != q->token;
    bool room = q->more_txs && mempool_has_room(q->mempool, SEQ_READ_TXS);
    double since = metric_clock_s();
    if (moved || room) ZK_TRY(read_txs(q, now));
    if (moved || (q->more_priority && q->priority_at == q->n_priority)) ZK_TRY(read_priority(q));
    if (moved || room) metric_observe(q->metrics.read_s, metric_clock_s() - since);
    q->token = token;
    q->has_token = true;
    return ZK_OK;
}

/* ---- executing */

/* The timestamp is the clock's until something is executed in the block. */
static void settle_timestamp(struct sequencer *q, int64_t now)
{
    if (block_op_count(q->block) != 0) return;
    uint64_t seconds = now > 0 ? (uint64_t)(now / SECOND) : 0;
    q->timestamp = seconds > q->last_timestamp ? seconds : q->last_timestamp;
    block_set_timestamp(q->block, q->timestamp);
}

static void note_first(struct sequencer *q, int64_t now)
{
    if (q->opened_at == 0) q->opened_at = now;
}

/* The next request, and what it did. *put = false: the block is full. */
static zk_err put_priority(struct sequencer *q, bool *put, int64_t now)
{
    const struct store_priority_op *request = &q->priority[q->priority_at];
    struct block_result r;
    ZK_TRY(block_put_priority(q->block, &r, &request->op));
    *put = r.answer == BLOCK_TAKEN;
    if (!*put) return ZK_OK;
    mini_block_priority(q->pending, request->serial_id, &request->op, &request->sender, block_op(q->block, r.first_op));
    q->priority_at++;
    q->next_priority = request->serial_id + 1;
    note_first(q, now);
    metric_add(q->metrics.priority, 1);
    return ZK_OK;
}

/* Q6. What was executed in time and is executed again is settlement's to judge. */
static bool has_lapsed(const struct sequencer *q, const struct store_queued_tx *t, int64_t now)
{
    bool onchain = t->tx.type == TX_CHANGE_PUBKEY && t->tx.change_pubkey.auth.kind == CHANGE_PUBKEY_ONCHAIN;
    return onchain && now - t->accepted_at > SEQUENCER_ONCHAIN_AGE_US && !was_unwound(q, t->id);
}

static zk_err put_unit(struct sequencer *q, struct block_result *r, const struct mempool_unit *u, int64_t now)
{
    for (size_t i = 0; i < u->n; i++) {
        q->batch[i] = u->txs[i].tx;
        q->batch_facts[i] = u->txs[i].facts;
        if (has_lapsed(q, &u->txs[i], now)) q->batch_facts[i].authorized = false;
    }
    if (u->txs[0].batch_id == 0) return block_put_tx(q->block, r, &q->batch[0], &q->batch_facts[0]);
    return block_put_batch(q->block, r, q->batch, q->batch_facts, u->n);
}

static void reject_unit(struct sequencer *q, const struct mempool_unit *u, const struct block_result *r)
{
    char text[BATCH_FAIL_TEXT_MAX];
    const char *reason = fail_reason_str(r->reason);
    if (u->txs[0].batch_id != 0 && r->reason != FAIL_BATCH_TOO_BIG) {
        batch_fail_text(text, r->failed + 1, r->reason);
        reason = text;
    }
    for (size_t i = 0; i < u->n; i++) mini_block_rejected(q->pending, q->state, &u->txs[i], reason);
    metric_add(q->metrics.rejected, u->n);
}

static void note_executed(struct sequencer *q, const struct mempool_unit *u, const struct block_result *r, int64_t now)
{
    for (size_t i = 0; i < u->n; i++)
        mini_block_executed(q->pending, q->state, &u->txs[i], block_op(q->block, r->first_op + i));
    q->fast |= u->fast;
    note_first(q, now);
    metric_add(q->metrics.executed, u->n);
}

/* Orders of a swap move nonces of accounts that are not the unit's. */
static void release_orders(struct sequencer *q, const struct mempool_unit *u)
{
    for (size_t i = 0; i < u->n; i++) {
        if (u->txs[i].tx.type != TX_SWAP) continue;
        for (int k = 0; k < 2; k++) mempool_nonce_moved(q->mempool, u->txs[i].tx.swap.orders[k].account_id);
    }
}

/* After unwinding, a batch that was rejected may lack a transaction that has been sent again since: never execute what
 * is left of it. */
static bool is_torn(const struct mempool_unit *u)
{
    return u->txs[0].batch_id != 0 && u->n != u->txs[0].batch_len;
}

static void reject_torn(struct sequencer *q, const struct mempool_unit *u)
{
    static const char reason[] = "Batch execution failed, since a transaction of it was sent again";
    for (size_t i = 0; i < u->n; i++) mini_block_rejected(q->pending, q->state, &u->txs[i], reason);
    metric_add(q->metrics.rejected, u->n);
}

static zk_err put_or_reject(struct sequencer *q, struct block_result *r, const struct mempool_unit *u, int64_t now)
{
    if (is_torn(u)) {
        *r = (struct block_result){.answer = BLOCK_REFUSED};
        reject_torn(q, u);
        return ZK_OK;
    }
    ZK_TRY(put_unit(q, r, u, now));
    if (r->answer == BLOCK_REFUSED) reject_unit(q, u, r);
    if (r->answer == BLOCK_TAKEN) note_executed(q, u, r, now);
    return ZK_OK;
}

static zk_err execute_unit(struct sequencer *q, const struct mempool_unit *u, int64_t now)
{
    struct block_result r;
    zk_err err = put_or_reject(q, &r, u, now);
    if (err != ZK_OK || r.answer == BLOCK_FULL) {
        mempool_put_back(q->mempool);
        q->is_full = true;
        return err;
    }
    if (r.answer == BLOCK_TAKEN) release_orders(q, u);
    for (size_t i = 0; i < u->n; i++) q->accepted[q->n_accepted++] = u->txs[i].accepted_at;
    mempool_done(q->mempool);
    return ZK_OK;
}

/* Blocks that were refused by L1 are made smaller than what fits. And what was rejected costs nobody anything, but
 * readers of a block get it with the rest. */
static bool has_reached_limit(const struct sequencer *q)
{
    size_t ops = block_op_count(q->block);
    uint32_t limit = block_shrink_of(&q->limit, q->number);
    if (ops == 0) return false;
    return (limit != 0 && ops >= limit) || q->entries + mini_block_entries(q->pending) >= ops + SEQ_REJECTED_MAX;
}

/* One request or unit. *any = false: there is none, or the block is full. */
static zk_err execute_next(struct sequencer *q, bool *any, int64_t now)
{
    bool has_priority = q->priority_at < q->n_priority;
    uint64_t below = q->below;
    if (has_priority) below = seq_plan_position(&q->plan, q->priority[q->priority_at].serial_id);
    settle_timestamp(q, now);
    const struct mempool_unit *u = below > 0 ? mempool_take(q->mempool, q->timestamp, now, below) : NULL;
    *any = u != NULL || has_priority;
    if (!*any) return ZK_OK;
    if (u != NULL) {
        ZK_TRY(execute_unit(q, u, now));
    } else {
        bool put = false;
        ZK_TRY(put_priority(q, &put, now));
        if (!put) q->is_full = true;
    }
    *any = !q->is_full;
    if (q->is_full && block_op_count(q->block) == 0)
        return zk_fail(ZK_ERR_RANGE, "an operation does not fit an empty block: the block's limits are too small");
    return ZK_OK;
}

/* Until there is nothing more, the block is full, or the tick is over. */
static zk_err execute(struct sequencer *q, bool *worked, int64_t now)
{
    double since = metric_clock_s(), until = since + (double)q->config.tick_us * 1e-6;
    q->is_full |= has_reached_limit(q);
    bool any = !q->is_full;
    zk_err err = seq_plan_limit(q, &q->below, now);
    while (err == ZK_OK && any && mini_block_has_room(q->pending, STORE_BATCH_MAX) && metric_clock_s() < until) {
        err = execute_next(q, &any, now);
        q->is_full |= has_reached_limit(q);
        any &= !q->is_full;
    }
    *worked = mini_block_entries(q->pending) > 0;
    if (*worked) metric_observe(q->metrics.execute_s, metric_clock_s() - since);
    return err;
}

/* ---- a step */

static bool block_is_due(const struct sequencer *q, int64_t now)
{
    if (block_op_count(q->block) == 0) return false;
    if (q->is_full) return true;
    int64_t age = now - q->opened_at;
    return age >= q->config.block_time_us || (q->fast && age >= q->config.fast_block_time_us);
}

/* When the block's time is up; INT64_MAX: nothing is in it. */
static int64_t block_due_at(const struct sequencer *q)
{
    if (block_op_count(q->block) == 0) return INT64_MAX;
    int64_t time = q->config.block_time_us;
    if (q->fast && q->config.fast_block_time_us < time) time = q->config.fast_block_time_us;
    return q->opened_at + time;
}

static zk_err close_if_due(struct sequencer *q, bool *worked, int64_t now)
{
    if (now < q->opened_at) q->opened_at = now; /* a clock that was set back must not keep the block open */
    if (!block_is_due(q, now) || now < q->stalled_until) return ZK_OK;
    bool done = false;
    ZK_TRY(seq_seal(q, &done));
    if (!done) q->stalled_until = now + STALLED_US;
    *worked |= done;
    return ZK_OK;
}

static void update_gauges(struct sequencer *q)
{
    struct mempool_counts counts;
    mempool_counts(&counts, q->mempool);
    metric_set(q->metrics.waiting, (double)counts.transactions);
    metric_set(q->metrics.waiting_time, (double)counts.waiting_time);
    metric_set(q->metrics.waiting_nonce, (double)counts.waiting_nonce);
    metric_set(q->metrics.block, q->number);
    metric_set(q->metrics.open_ops, (double)block_op_count(q->block));
}

static int64_t time_to_wait(const struct sequencer *q, int64_t now)
{
    int64_t at = mempool_next_at(q->mempool), due = block_due_at(q);
    if (q->stalled_until > now && due <= now) due = q->stalled_until;
    if (due < at) at = due;
    if (at <= now) return 0;
    return at - now < POLL_US ? at - now : POLL_US;
}

zk_err sequencer_step(struct sequencer *q, bool *worked, int64_t *wait_us)
{
    *worked = false;
    *wait_us = POLL_US;
    if (!q->is_loaded) ZK_TRY(seq_load(q)); /* the database failed in the middle of an unwinding */
    if (mini_block_entries(q->pending) > 0) ZK_TRY(seq_flush(q));
    if (q->is_sealed) ZK_TRY(seq_store_sealed(q));
    bool unwound = false;
    ZK_TRY(seq_unwind(q, &unwound));
    int64_t now = seq_now(q);
    ZK_TRY(read_new(q, now));
    if (q->exodus) return ZK_OK;
    zk_err err = execute(q, worked, now);
    if (mini_block_entries(q->pending) > 0) ZK_TRY(seq_flush(q));
    if (err != ZK_OK) return err;
    ZK_TRY(close_if_due(q, worked, seq_now(q)));
    snapshots_poll(q->snapshots, q->last_executed);
    update_gauges(q);
    *worked |= unwound || (q->more_txs && mempool_has_room(q->mempool, SEQ_READ_TXS));
    *wait_us = *worked ? 0 : time_to_wait(q, seq_now(q));
    return ZK_OK;
}

zk_err sequencer_seal(struct sequencer *q)
{
    if (!q->is_loaded) return ZK_OK; /* what there is is in the database */
    if (mini_block_entries(q->pending) > 0) ZK_TRY(seq_flush(q));
    if (q->is_sealed) ZK_TRY(seq_store_sealed(q));
    bool done = false;
    return block_op_count(q->block) > 0 && !q->exodus ? seq_seal(q, &done) : ZK_OK;
}

zk_err sequencer_close(struct sequencer *q)
{
    ZK_TRY(sequencer_seal(q));
    if (!q->is_loaded) return ZK_OK;
    uint32_t last = q->number - 1;
    if (last == 0 || last == q->last_snapshot) return ZK_OK;
    if (block_op_count(q->block) > 0) block_abandon(q->block); /* the backlog kept it open: the store has it */
    return snapshots_save(q->snapshots, q->state, last, q->last_executed);
}

const struct state *sequencer_state(const struct sequencer *q)
{
    return q->state;
}

uint32_t sequencer_block(const struct sequencer *q, size_t *ops, uint32_t *entries)
{
    *ops = block_op_count(q->block);
    *entries = q->entries + (uint32_t)mini_block_entries(q->pending);
    return q->number;
}
