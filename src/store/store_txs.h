/* store_txs: accepted transactions.
 *
 *   QUEUED -store_execute-> EXECUTED or REJECTED;  -store_unwind-> QUEUED again
 *
 *   T1  A transaction has an id in the order of acceptance, without gaps seen by readers: once id k is visible, no
 *       smaller id appears later.
 *   T2  At most one transaction has a given hash. One that is accepted again after it was rejected takes a new id, and
 *       the rejected one is gone from block and account histories.
 *   T3  The transactions of a batch have consecutive ids, and the batch's id is that of its first. */
#ifndef ZK_STORE_STORE_TXS_H
#define ZK_STORE_STORE_TXS_H

#include "rollup/transition.h"
#include "store/store.h"

typedef enum store_tx_status { STORE_TX_QUEUED, STORE_TX_EXECUTED, STORE_TX_REJECTED } store_tx_status;

typedef enum store_eth_sig { STORE_ETH_SIG_NONE, STORE_ETH_SIG_ECDSA, STORE_ETH_SIG_EIP1271 } store_eth_sig;
#define STORE_ETH_SIG_MAX 4096 /* bytes */
#define STORE_BATCH_MAX   200
#define STORE_FAIL_MAX    BATCH_FAIL_TEXT_MAX

/* ---- accepting */

struct store_new_tx {
    const struct tx *tx; /* borrowed */
    hash32 hash;
    struct tx_facts facts;
    bool fast;              /* the block it gets into shall close soon */
    store_eth_sig sig_kind; /* the Ethereum signature that came with it (of a swap: the submitter's) */
    const uint8_t *sig;     /* borrowed */
    size_t sig_len;
};

/* One transaction, or a batch. */
struct store_submission {
    const struct store_new_tx *txs; /* borrowed */
    size_t n;                       /* 1, or 1 to STORE_BATCH_MAX for a batch */
    bool is_batch;
    bool duplicate; /* out: a transaction with this hash waits or was executed; nothing of the submission is stored */
    uint64_t first_id; /* out: if not duplicate */
};

/* Accepts n submissions in one transaction (group commit), each whole or not at all. */
ZK_MUST_USE zk_err store_accept(struct store *s, struct store_submission *subs, size_t n, int64_t now);

/* ---- for the sequencer */

struct store_queued_tx {
    struct tx tx;
    uint64_t id;
    uint64_t batch_id; /* 0: none */
    int64_t accepted_at;
    uint32_t batch_pos; /* from 0 */
    uint32_t batch_len; /* 0: none */
    bool fast;
    hash32 hash;
    struct tx_facts facts;
};

/* Queued transactions with id > after, by rising id: up to cap (at least STORE_BATCH_MAX) of them, and never a part of
 * a batch. *n = 0: there are none. */
ZK_MUST_USE zk_err store_txs_queued(struct store *s, struct store_queued_tx *out, size_t *n, size_t cap,
                                    uint64_t after);

/* Those of the queued ones that a block has held before it was unwound, in the order of that execution: up to cap, from
 * the skip-th on. At start the sequencer takes them before all others. */
ZK_MUST_USE zk_err store_txs_unwound(struct store *s, struct store_queued_tx *out, size_t *n, size_t cap, size_t skip);

/* The fact on L1 that authorized this key change is gone: it waits on as one that is not authorized, and will be
 * rejected. Nothing happens if it does not wait. */
ZK_MUST_USE zk_err store_tx_unauthorize(struct store *s, uint64_t id);

/* ---- for admission */

/* How many transactions wait that name this account as the one that pays. Time grows with the number. */
ZK_MUST_USE zk_err store_txs_waiting(struct store *s, uint64_t *n, uint32_t account_id);

/* ---- for the API */

struct store_tx {
    uint64_t id;
    hash32 hash;
    struct tx tx;
    struct tx_facts facts;
    store_tx_status status;
    uint64_t batch_id;                /* 0: none */
    uint32_t block;                   /* EXECUTED, REJECTED; of a rejected one: the block in which it would have been */
    uint32_t index;                   /* in that block, store_blocks.h */
    char fail_reason[STORE_FAIL_MAX]; /* REJECTED */
    int64_t accepted_at;
    int64_t executed_at; /* EXECUTED, REJECTED */
};

ZK_MUST_USE zk_err store_tx_get(struct store *s, struct store_tx *out, bool *found, const hash32 *hash);

/* The Ethereum signature that came with it; *len <= STORE_ETH_SIG_MAX, 0 for none. */
ZK_MUST_USE zk_err store_tx_signature(struct store *s, store_eth_sig *kind, uint8_t *sig, size_t *len, bool *found,
                                      const hash32 *hash);

struct store_batch {
    uint64_t id;
    int64_t created_at;
    uint32_t n;
    hash32 hashes[STORE_BATCH_MAX];
    store_tx_status status; /* of all */
    uint32_t block;         /* unless queued */
    int64_t updated_at;     /* executed, or created */
};

/* The newest batch with this hash (tx_batch_hash). */
ZK_MUST_USE zk_err store_batch_get(struct store *s, struct store_batch *out, bool *found, const hash32 *batch_hash);

/* Forgets rejected transactions that were executed before a time; at most `limit` of them. */
ZK_MUST_USE zk_err store_txs_prune(struct store *s, size_t *n, int64_t before, size_t limit);

#endif
