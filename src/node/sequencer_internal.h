/* sequencer_internal: the sequencer's own state, for its files: sequencer.c (steps and execution), sequencer_seal.c
 * (writing), sequencer_load.c (recovery and unwinding). */
#ifndef ZK_NODE_SEQUENCER_INTERNAL_H
#define ZK_NODE_SEQUENCER_INTERNAL_H

#include "node/mempool.h"
#include "node/metrics.h"
#include "node/mini_block.h"
#include "node/sequencer.h"
#include "node/unwind.h"
#include "store/store_l1.h"

#define SEQ_READ_TXS      512 /* transactions read from the store at once; at least STORE_BATCH_MAX */
#define SEQ_READ_PRIORITY 128

#define SEQ_REJECTED_MAX 4096 /* with so many rejected transactions a block closes, if it has an operation */

/* Ranks of transactions in the mempool: those that an unwound block has held come first, in its order. */
#define SEQ_RANK_NEW (UINT64_C(1) << 62)

/* What unwound blocks held between their transactions: request `first_serial + i` comes after positions[i] of the
 * unwound transactions, which wait for it for a while: executed without it, who depends on it would be rejected. In
 * memory only: after a crash the requests come first, which is as valid. */
struct seq_plan {
    int64_t made_at;
    uint64_t first_serial;
    uint64_t *positions;
    size_t n;
};

struct sequencer_metrics {
    struct metric *executed, *rejected, *priority, *sealed, *unwound;
    struct metric *block, *open_ops, *waiting, *waiting_time, *waiting_nonce, *backlog;
    struct metric *execute_s, *flush_s, *read_s, *seal_s, *trace_s, *seal_store_s, *latency_s, *recovery_s;
};

struct sequencer {
    struct tx batch[STORE_BATCH_MAX];      /* scratch: a batch in the block's form */
    struct fee_class classes[FEE_CLASSES]; /* that the next block begins with */
    struct tx_facts batch_facts[STORE_BATCH_MAX];
    struct sequencer_config config;
    struct store *store;
    struct events *events;
    struct events_seen seen;
    struct pool *pool;
    struct snapshots *snapshots;
    struct mini_block *pending;
    struct block *block;
    struct arena arena; /* of traces */
    uint8_t *trace;
    size_t trace_cap, trace_len;
    struct sequencer_metrics metrics;

    /* of one recovery */
    struct state *state;
    struct mempool *mempool;
    uint32_t number;         /* the open block's */
    uint64_t timestamp;      /* the open block's */
    uint64_t last_timestamp; /* of the block before */
    int64_t opened_at;       /* when its first operation was executed */
    uint32_t entries;        /* of the open block, in the store */
    bool fast;               /* the open block has one that is in a hurry */
    bool is_full;            /* something did not fit: seal it */
    bool is_sealed;          /* in memory; the store does not know yet */
    size_t n_classes;
    struct block_shrink limit; /* set by settlement, if L1 refused a block */
    uint32_t last_executed;    /* final on L1 */
    uint32_t last_snapshot;

    /* reading */
    bool has_token;
    uint64_t token;
    bool more_txs, more_priority;
    uint64_t last_tx;
    uint64_t *unwound; /* ids that were taken first: sorted */
    size_t n_unwound;
    struct seq_plan plan;
    uint64_t next_priority;
    uint64_t below; /* ranks that may be executed while no request is ready */
    struct store_queued_tx *txs;
    struct store_priority_op *priority;
    size_t n_priority, priority_at;
    bool is_loaded;      /* state, mempool and block are the database's: a load that failed is tried again */
    bool unwind_refused; /* said so already */
    bool exodus;         /* nothing is executed any more */
    bool stalled;        /* by the backlog: said so already */
    int64_t stalled_until;

    int64_t accepted[MINI_BLOCK_ENTRIES_MAX]; /* when the transactions were that are pending */
    size_t n_accepted;
};

int64_t seq_now(const struct sequencer *q);

/* ---- sequencer_seal.c */

/* Writes what is pending. */
ZK_MUST_USE zk_err seq_flush(struct sequencer *q);

/* Seals the open block and begins the next; nothing may be pending. *done = false: the backlog does not allow it. */
ZK_MUST_USE zk_err seq_seal(struct sequencer *q, bool *done);

/* Stores a block that was sealed before, when that failed, and begins the next. */
ZK_MUST_USE zk_err seq_store_sealed(struct sequencer *q);

/* The block `number` begins: its timestamp is settled when something is executed in it. */
void seq_begin_block(struct sequencer *q, uint64_t timestamp);

/* The classes that block `number` begins with, as they were stored with the one before. */
ZK_MUST_USE zk_err seq_read_classes(struct sequencer *q);

/* ---- sequencer_load.c */

/* Makes state, mempool and open block from the store. */
ZK_MUST_USE zk_err seq_load(struct sequencer *q);
void seq_unload(struct sequencer *q);

/* Takes back blocks if that was asked for: *done then, and all is loaded anew. */
ZK_MUST_USE zk_err seq_unwind(struct sequencer *q, bool *done);

/* How many of the unwound transactions come before this request. */
uint64_t seq_plan_position(const struct seq_plan *plan, uint64_t serial_id);

/* While no request is ready: only transactions of ranks below this may be executed. */
ZK_MUST_USE zk_err seq_plan_limit(struct sequencer *q, uint64_t *below, int64_t now);

/* ---- sequencer.c */

/* The transactions txs[i ..] that belong together: one, or a batch. */
size_t seq_unit_len(const struct store_queued_tx *txs, size_t i, size_t n);

/* For arrays of ids (qsort, bsearch). */
int seq_by_id(const void *a, const void *b);

#endif
