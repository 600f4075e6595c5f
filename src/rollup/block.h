/* block: operations executed one after the other, until they are sealed into what L1 sees and the prover proves.
 *
 *   EMPTY -put-> OPEN -seal-> SEALED          block_begin leads to EMPTY, from anywhere
 *     ^___________/ abandon     |
 *     ^_________________________/ unwind      both take every operation back
 *
 * Taking    block_put_* either takes an operation (the state then has its effects), or refuses it (a reason; nothing
 *           changed), or says that the block is full (nothing changed; seal and offer it to the next block). The same
 *           operations in the same order always give the same block.
 * Invariants B1 what is in the block fits every limit, with the slots that its fees need.
 *            B2 the fee account can take what the accumulators hold.
 *            B3 a SEALED block never changes, and its streams replay to its new root.
 * Memory    block_create allocates all that the largest capacity needs, about 4 MB; nothing later but the trace, which
 *           comes from the caller's arena. A block borrows its state from block_begin on.
 * Threads   one at a time; block_seal uses the pool. */
#ifndef ZK_ROLLUP_BLOCK_H
#define ZK_ROLLUP_BLOCK_H

#include "rollup/apply.h"
#include "rollup/binding.h"
#include "rollup/transition.h"

/* How many slots the circuits have. */
#define BLOCK_CAPACITIES 4
extern const unsigned block_capacities[BLOCK_CAPACITIES]; /* 40, 160, 640, 2560 */
#define BLOCK_SLOTS_MAX 2560

/* A model of what a block costs on L1: all three calls, in one transaction. */
struct block_costs {
    uint64_t base_gas;         /* a block without operations */
    uint64_t word_gas;         /* a word of either stream: its calldata, hash and Horner step */
    uint32_t op_gas[OP_KINDS]; /* what L1 does for the operation besides */
    size_t base_bytes;         /* of calldata */
    size_t op_bytes[OP_KINDS]; /* of calldata besides its words: witnesses of authorization */
};
extern const struct block_costs block_costs_default;

struct block_config {
    unsigned slots; /* 5 to BLOCK_SLOTS_MAX */
    size_t calldata_bytes;
    uint64_t gas;
    unsigned fee_tokens; /* how many tokens fees may be paid in, 1 to 16: so many classes are kept for tokens that have
                             none yet, so that nobody can close blocks by sending many different fees */
    struct block_costs costs;
};

/* 2560 slots, 100 kB, 12 M gas, 4 fee tokens, default costs. */
struct block_config block_config_default(void);

struct block;

/* Returns owned. ZK_ERR_RANGE, ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err block_create(struct block **out, const struct block_config *config);
void block_destroy(struct block *b);

/* Starts an empty block on a state whose trees are up to date. The first n classes are those the caller expects; others
 * are added as operations need them. Their fees are packable, their tokens fungible; n <= FEE_CLASSES. */
void block_begin(struct block *b, struct state *s, const struct block_header *header, const struct fee_class *classes,
                 unsigned n);

/* Only while the block is empty. */
void block_set_timestamp(struct block *b, uint64_t timestamp);

typedef enum block_answer { BLOCK_TAKEN, BLOCK_REFUSED, BLOCK_FULL } block_answer;
typedef enum block_limit {
    BLOCK_LIMIT_SLOTS,
    BLOCK_LIMIT_CLASSES,
    BLOCK_LIMIT_BYTES,
    BLOCK_LIMIT_GAS,
    BLOCK_LIMIT_EXECUTION, /* EXECUTE_GAS_MAX, which the contract checks and no configuration moves */
    BLOCK_LIMIT_FEE_ACCOUNT
} block_limit;
const char *block_limit_str(block_limit limit);

struct block_result {
    block_answer answer;
    fail_reason reason; /* BLOCK_REFUSED: why */
    size_t failed;      /* BLOCK_REFUSED: which of the batch, from 0 */
    block_limit limit;  /* BLOCK_FULL: what would be exceeded */
    size_t first_op;    /* BLOCK_TAKEN: index in the block of the first operation */
};

/* Executes a transaction that passed tx_check_limits. ZK_ERR_FULL if the state has no room. */
ZK_MUST_USE zk_err block_put_tx(struct block *b, struct block_result *r, const struct tx *tx,
                                const struct tx_facts *facts);

/* Executes n transactions, all or none, nothing in between. One that no empty block could hold: FAIL_BATCH_TOO_BIG. */
ZK_MUST_USE zk_err block_put_batch(struct block *b, struct block_result *r, const struct tx *txs,
                                   const struct tx_facts *facts, size_t n);

/* Executes a request from L1: taken, or the block is full. ZK_ERR_INPUT for one that L1 cannot have queued. */
ZK_MUST_USE zk_err block_put_priority(struct block *b, struct block_result *r, const struct priority_op *request);

/* ---- what is in it */

size_t block_op_count(const struct block *b);
const struct op *block_op(const struct block *b, size_t i);

/* The transaction of an operation, or NULL for a request from L1. Valid until block_begin. */
const struct tx *block_op_tx(const struct block *b, size_t i);

struct block_totals {
    unsigned slots;    /* fee collections included */
    unsigned priority; /* requests from L1 */
    unsigned classes;
    size_t bytes; /* of calldata */
    uint64_t gas;
    uint64_t execute_gas; /* as the contract counts it (op_execute_gas) */
};
struct block_totals block_totals(const struct block *b);

/* ---- sealing */

struct block_trace;

struct block_sealed {
    struct block_header header;
    fr old_root, new_root;
    unsigned capacity; /* slots of the circuit it is for: the smallest that holds it */
    unsigned used;     /* slots with an operation or a fee collection */
    const uint8_t *settlement, *delta;
    size_t settlement_len, delta_len;
    struct fee_class classes[FEE_CLASSES];
    u128 fees[FEE_CLASSES]; /* what each class collected */
    fr chain;               /* C */
    fr challenge;           /* r */
    fr y_settlement, y_delta;
};

/* Collects the fees, updates the trees, writes the streams and what binds them. With trace not NULL also makes the
 * witness's raw material (trace.h) in the arena; *trace is valid as long as block and arena are. An empty block may be
 * sealed. ZK_ERR_MEMORY, ZK_ERR_FULL; the block is then as it was before. */
ZK_MUST_USE zk_err block_seal(struct block *b, struct pool *pool, struct arena *arena, struct block_trace **trace);

/* Valid until block_begin; the block must be sealed. */
const struct block_sealed *block_sealed(const struct block *b);

/* Takes back every operation of an open block. */
void block_abandon(struct block *b);

/* Takes back a sealed block, which must be the last one that changed the state. ZK_ERR_MEMORY: the values are those of
 * before the block, the trees are not; block and state can only be destroyed. */
ZK_MUST_USE zk_err block_unwind(struct block *b, struct pool *pool);

#endif
