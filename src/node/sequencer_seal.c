#include "base/log.h"
#include "circuit/block_keys.h"
#include "node/sequencer_internal.h"
#include "rollup/trace_codec.h"
#include "store/store_jobs.h"

#define CLASSES_DEPTH 4096 /* waiting transactions that are looked at */
#define CLASSES_LEAST 3    /* so many must share a class before it gets a place from the beginning */
#define CLASS_BYTES   (2 + 16)

static void raise(struct sequencer *q, unsigned mask)
{
    if (q->events != NULL) events_raise(q->events, mask);
}

static void note_latency(struct sequencer *q)
{
    int64_t now = seq_now(q);
    for (size_t i = 0; i < q->n_accepted; i++)
        metric_observe(q->metrics.latency_s, (double)(now - q->accepted[i]) * 1e-6);
    q->n_accepted = 0;
}

zk_err seq_flush(struct sequencer *q)
{
    double since = metric_clock_s();
    size_t n = mini_block_entries(q->pending);
    ZK_TRY(mini_block_store(q->pending, q->store, q->state, q->number, q->timestamp, q->entries, seq_now(q)));
    q->entries += (uint32_t)n;
    mini_block_begin(q->pending, q->state);
    note_latency(q);
    metric_observe(q->metrics.flush_s, metric_clock_s() - since);
    raise(q, EVENT_BIT(EVENT_CHANGE));
    return ZK_OK;
}

/* ---- fee classes of the next block: token 2, fee 16, big-endian, for each */

static void choose_classes(struct sequencer *q)
{
    /* Room is left for those that nobody waits with yet. */
    size_t max = FEE_CLASSES - q->config.block.fee_tokens;
    if (max > FEE_CLASSES / 2) max = FEE_CLASSES / 2;
    q->n_classes = mempool_fee_classes(q->mempool, q->classes, max, CLASSES_DEPTH, CLASSES_LEAST);
}

static size_t write_classes(uint8_t out[FEE_CLASSES * CLASS_BYTES], const struct sequencer *q)
{
    for (size_t i = 0; i < q->n_classes; i++) {
        store_be16(out + i * CLASS_BYTES, (uint16_t)q->classes[i].token);
        store_be128(out + i * CLASS_BYTES + 2, q->classes[i].fee);
    }
    return q->n_classes * CLASS_BYTES;
}

zk_err seq_read_classes(struct sequencer *q)
{
    uint8_t hint[STORE_VALUE_MAX];
    size_t len = 0;
    bool found = false;
    q->n_classes = 0;
    if (q->number == 1) return ZK_OK;
    ZK_TRY(store_block_hint(q->store, hint, &len, sizeof hint, &found, q->number - 1));
    if (!found || len % CLASS_BYTES != 0 || len > (size_t)FEE_CLASSES * CLASS_BYTES)
        return zk_fail(ZK_ERR_CORRUPT, "the fee classes stored with block %u are damaged", q->number - 1);
    q->n_classes = len / CLASS_BYTES;
    for (size_t i = 0; i < q->n_classes; i++)
        q->classes[i] = (struct fee_class){load_be16(hint + i * CLASS_BYTES), load_be128(hint + i * CLASS_BYTES + 2)};
    return ZK_OK;
}

/* ---- blocks */

void seq_begin_block(struct sequencer *q, uint64_t timestamp)
{
    struct block_header header = {.number = q->number, .fee_account = ACCOUNT_ID_FEE, .timestamp = timestamp};
    q->timestamp = timestamp;
    q->opened_at = 0;
    q->entries = 0;
    q->fast = q->is_full = q->is_sealed = false;
    q->n_accepted = 0;
    block_begin(q->block, q->state, &header, q->classes, (unsigned)q->n_classes);
    mini_block_begin(q->pending, q->state);
}

/* *allowed = false while too many blocks wait for their proofs. */
static zk_err check_backlog(struct sequencer *q, bool *allowed)
{
    *allowed = true;
    struct store_job_counts counts;
    if (q->config.backlog_blocks == 0) return ZK_OK;
    ZK_TRY(store_job_counts(q->store, &counts));
    uint64_t unproved = counts.waiting + counts.leased;
    metric_set(q->metrics.backlog, (double)unproved);
    *allowed = unproved < q->config.backlog_blocks;
    if (*allowed == q->stalled)
        log_event(*allowed ? LOG_INFO : LOG_WARN, *allowed ? "sealing_goes_on" : "sealing_waits",
                  LOG_U64("unproved_blocks", unproved), LOG_U64("limit", q->config.backlog_blocks), LOG_END);
    q->stalled = !*allowed;
    return ZK_OK;
}

/* In memory: the trees, the streams, and the bytes for provers. */
static zk_err seal_block(struct sequencer *q)
{
    double since = metric_clock_s();
    size_t mark = arena_mark(&q->arena);
    struct block_trace *trace = NULL;
    ZK_TRY(block_seal(q->block, q->pool, &q->arena, q->config.traces ? &trace : NULL));
    q->is_sealed = true;
    double sealed = metric_clock_s();
    metric_observe(q->metrics.seal_s, sealed - since);
    q->trace_len = 0;
    zk_err err = ZK_OK;
    if (trace != NULL) {
        err = block_trace_encode(q->trace, &q->trace_len, q->trace_cap, trace);
        metric_observe(q->metrics.trace_s, metric_clock_s() - sealed);
    }
    arena_release(&q->arena, mark);
    assert(err == ZK_OK); /* the buffer has room for the largest trace */
    choose_classes(q);
    return ZK_OK;
}

static void log_sealed(const struct sequencer *q, const struct block_sealed *b, double seconds)
{
    uint8_t root[32];
    char hex[65];
    fr_to_be32(root, &b->new_root);
    hex_encode(hex, root, sizeof root);
    log_event(LOG_INFO, "block_sealed", LOG_U64("block", b->header.number),
              LOG_U64("operations", block_op_count(q->block)), LOG_U64("entries", q->entries),
              LOG_U64("slots", b->used), LOG_U64("capacity", b->capacity),
              LOG_U64("bytes", b->settlement_len + b->delta_len), LOG_F64("store_seconds", seconds),
              LOG_STR("root", hex), LOG_END);
}

static zk_err read_final(struct sequencer *q)
{
    struct store_heads heads;
    ZK_TRY(store_heads(q->store, &heads));
    q->last_executed = heads.last_executed;
    return ZK_OK;
}

static void begin_next(struct sequencer *q)
{
    q->last_timestamp = q->timestamp;
    if (q->number - q->last_snapshot >= q->config.snapshot_blocks) {
        snapshots_begin(q->snapshots, q->state, q->number);
        q->last_snapshot = q->number;
    }
    q->number++;
    seq_begin_block(q, q->last_timestamp);
}

zk_err seq_store_sealed(struct sequencer *q)
{
    const struct block_sealed *b = block_sealed(q->block);
    uint8_t hint[FEE_CLASSES * CLASS_BYTES];
    struct token_balance balances[TOKEN_ID_LAST + 1];
    struct store_account_change fee_account;
    account_change_read(&fee_account, balances, q->state, ACCOUNT_ID_FEE);
    struct store_seal seal = {.block = b,
                              .key_id = block_key_id(b->capacity),
                              .entries = q->entries,
                              .n_priority = block_totals(q->block).priority,
                              .classes_hint = hint,
                              .classes_hint_len = write_classes(hint, q),
                              .trace = q->trace,
                              .trace_len = q->trace_len,
                              .accounts = &fee_account,
                              .n_accounts = 1,
                              .now = seq_now(q)};
    double since = metric_clock_s();
    ZK_TRY(store_seal(q->store, &seal));
    double seconds = metric_clock_s() - since;
    metric_observe(q->metrics.seal_store_s, seconds);
    metric_add(q->metrics.sealed, 1);
    log_sealed(q, b, seconds);
    begin_next(q);
    raise(q, EVENT_BIT(EVENT_SEALED) | EVENT_BIT(EVENT_CHANGE));
    return read_final(q);
}

zk_err seq_seal(struct sequencer *q, bool *done)
{
    assert(mini_block_entries(q->pending) == 0);
    assert(block_op_count(q->block) > 0);
    ZK_TRY(check_backlog(q, done));
    if (!*done) return ZK_OK;
    ZK_TRY(seal_block(q));
    return seq_store_sealed(q);
}
