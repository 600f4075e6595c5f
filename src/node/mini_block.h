/* mini_block: entries of the open block that were executed (or rejected) and are not yet in the store, with all that
 * they changed.
 *
 * The values that are written are those of the state at the moment of writing, so each account is written once,
 * however often it was touched.
 * Memory   made once, for the largest mini-block; the list of balances grows as accounts need it.
 * Threads  one at a time. */
#ifndef ZK_NODE_MINI_BLOCK_H
#define ZK_NODE_MINI_BLOCK_H

#include "store/store_blocks.h"

#define MINI_BLOCK_ENTRIES_MAX 4096

struct mini_block;

/* Returns owned. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err mini_block_create(struct mini_block **out);
void mini_block_destroy(struct mini_block *m);

/* Empties it; what comes next was executed on this state as it is now. */
void mini_block_begin(struct mini_block *m, const struct state *s);

size_t mini_block_entries(const struct mini_block *m);
bool mini_block_has_room(const struct mini_block *m, size_t n);

/* The next executed transaction; op is what it did, borrowed until the next begin. */
void mini_block_executed(struct mini_block *m, const struct state *s, const struct store_queued_tx *tx,
                         const struct op *op);

/* A rejected one; the reason is copied. */
void mini_block_rejected(struct mini_block *m, const struct state *s, const struct store_queued_tx *tx,
                         const char *reason);

/* The next executed request from L1. */
void mini_block_priority(struct mini_block *m, uint64_t serial_id, const struct priority_op *request,
                         const eth_address *sender, const struct op *op);

/* One transaction of the database. On failure it can be tried again. */
ZK_MUST_USE zk_err mini_block_store(struct mini_block *m, struct store *store, const struct state *s, uint32_t block,
                                    uint64_t timestamp, uint32_t first_index, int64_t now);

/* After a recovery: what was executed again must have led to what the store has. ZK_ERR_CORRUPT if not. */
ZK_MUST_USE zk_err mini_block_compare(struct mini_block *m, struct store *store, const struct state *s);

/* Reads one account as a change; balances has room for TOKEN_ID_LAST + 1. */
void account_change_read(struct store_account_change *out, struct token_balance *balances, const struct state *s,
                         uint32_t id);

#endif
