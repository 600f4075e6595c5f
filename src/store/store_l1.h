/* store_l1: what the watcher read from L1, and the transactions that are sent there. */
#ifndef ZK_STORE_STORE_L1_H
#define ZK_STORE_STORE_L1_H

#include "ethereum/eth_sender.h"
#include "ethereum/log_scan.h"
#include "rollup/priority_op.h"
#include "store/store.h"

/* ---- the scan cursor, under a name; stored in the same transaction as what was made of the logs */

ZK_MUST_USE zk_err store_scan_save(struct store *s, const char *name, const struct log_scan *scan);
ZK_MUST_USE zk_err store_scan_load(struct store *s, const char *name, struct log_scan *scan, bool *found);

/* ---- requests from L1 */

struct store_priority_op {
    struct priority_op op;
    uint64_t serial_id;
    uint64_t eth_block;
    uint64_t expires;    /* deadline, seconds */
    int64_t created_at;  /* when it was seen */
    int64_t executed_at; /* if executed */
    hash32 hash;         /* priority_op_hash */
    hash32 eth_hash;     /* of the L1 transaction */
    hash32 eth_block_hash;
    eth_address sender;    /* on L1: the `from` of a deposit, the owner of an exit */
    uint32_t eth_index;    /* of the transaction in its block */
    uint32_t log_index;    /* in its block */
    uint32_t block, index; /* if executed */
    bool executed;
};

/* Adds requests. One that is known with the same bytes gets its new place on L1 and stays executed if it was; one that
 * is known with other bytes: replaced if it was not executed, else *conflict = the lowest block that executed such a
 * one, and nothing is written (unwind it first). *conflict = 0: none. `hash` is made here. `executed` and what goes
 * with it are not read. */
ZK_MUST_USE zk_err store_priority_add(struct store *s, const struct store_priority_op *ops, size_t n,
                                      uint32_t *conflict);

/* After a reorganization: removes requests of L1 blocks >= eth_block that are not executed. Executed ones stay, marked
 * as missing on L1 until store_priority_add sees them again. */
ZK_MUST_USE zk_err store_priority_reorg(struct store *s, uint64_t eth_block);

/* The lowest rollup block that executed a request which is missing on L1 and was in an L1 block <= eth_block; 0: none.
 * The caller decides how long it waits for the request to come back; then the block can never be committed, and is to
 * be unwound: store_unwind forgets missing requests. */
ZK_MUST_USE zk_err store_priority_missing(struct store *s, uint32_t *block, uint64_t eth_block);

/* Requests that are not executed with serial id >= from, in L1 blocks <= max_eth_block, by serial id and without gap:
 * what the sequencer may execute now. */
ZK_MUST_USE zk_err store_priority_ready(struct store *s, struct store_priority_op *out, size_t *n, size_t cap,
                                        uint64_t from, uint64_t max_eth_block);

ZK_MUST_USE zk_err store_priority_get(struct store *s, struct store_priority_op *out, bool *found, uint64_t serial_id);
ZK_MUST_USE zk_err store_priority_by_hash(struct store *s, struct store_priority_op *out, bool *found,
                                          const hash32 *hash);
/* The first request of that L1 transaction. */
ZK_MUST_USE zk_err store_priority_by_eth_hash(struct store *s, struct store_priority_op *out, bool *found,
                                              const hash32 *eth_hash);

/* Deposits to this L2 address that are not executed: a page by serial id. */
ZK_MUST_USE zk_err store_priority_pending(struct store *s, struct store_priority_op *out, size_t *n, size_t cap,
                                          const eth_address *to, uint64_t from, store_order order);

/* The first request that is in no block executed on L1: the one whose deadline comes first. The contract's clock runs
 * until then, whether it is executed on L2 or not. *found = false: there is none. */
ZK_MUST_USE zk_err store_priority_oldest(struct store *s, struct store_priority_op *out, bool *found);

/* ---- transactions to L1: the journal of an eth_sender, and what each is for */

struct store_l1_tx {
    uint64_t id;      /* rising */
    uint32_t actions; /* bits 1 << store_block_action; 0: something else, named by `what` */
    uint32_t first_block, last_block;
    char what[32];
    int64_t created_at, updated_at;
    bool closed;                      /* no longer of interest to the sender */
    struct eth_submission submission; /* submission.id = id; data owned by the struct */
};
void store_l1_tx_free(struct store_l1_tx *t);

/* Reserves the next id for a submission and records what it is for; the submission follows with store_l1_tx_save. */
ZK_MUST_USE zk_err store_l1_tx_begin(struct store *s, uint64_t *id, unsigned actions, uint32_t first_block,
                                     uint32_t last_block, const char *what, int64_t now);

/* For eth_sender_config.save (ctx is the struct store): stores or replaces, durably. */
zk_err store_l1_tx_save(void *store, const struct eth_submission *submission);

/* The submission is forgotten by the sender; the row stays for those who look it up, without its data. */
ZK_MUST_USE zk_err store_l1_tx_close(struct store *s, uint64_t id);

/* All that are not closed, by rising id; one that has no submission yet has submission.data = NULL and attempts 0.
 * Returns owned: free each with store_l1_tx_free, then the array with free(). */
ZK_MUST_USE zk_err store_l1_txs_open(struct store *s, struct store_l1_tx **out, size_t *n);

ZK_MUST_USE zk_err store_l1_tx_get(struct store *s, struct store_l1_tx *out, bool *found, uint64_t id);

#endif
