/* store_internal: what the files of the store share. */
#ifndef ZK_STORE_STORE_INTERNAL_H
#define ZK_STORE_STORE_INTERNAL_H

#include "field/fr.h"
#include "store/sql.h"
#include "store/store.h"
#include "store/store_blocks.h"
#include "store/store_history.h"

struct store {
    struct sql *db;
    bool fenced;
    char fence_name[32];
    uint64_t fence_token;
};

/* Every writing function: *own tells whether the transaction is its own. write_end(…, err) ends what write_begin began:
 * commits if err is ZK_OK, else rolls back; returns the first failure. */
ZK_MUST_USE zk_err write_begin(struct store *s, bool *own);
ZK_MUST_USE zk_err write_end(struct store *s, bool own, zk_err err);

/* The same for reading several things of one moment. */
ZK_MUST_USE zk_err read_begin(struct store *s, bool *own);
ZK_MUST_USE zk_err read_end(struct store *s, bool own, zk_err err);

/* Counters of table heads. */
#define HEAD_LAST_TX       "last_tx"
#define HEAD_ACCEPTED      "accepted"
#define HEAD_FINISHED      "finished" /* transactions executed or rejected */
#define HEAD_OPS           "ops"
#define HEAD_SEALED        "sealed"
#define HEAD_OPEN          "open" /* 1: block sealed + 1 is open */
#define HEAD_COMMITTED     "committed"
#define HEAD_PROVED        "proved"
#define HEAD_EXECUTED      "executed"
#define HEAD_NEXT_PRIORITY "next_priority"
#define HEAD_LAST_L1_TX    "last_l1_tx"
#define HEAD_LAST_LEASE    "last_lease" /* of proof jobs; not there before the first */

ZK_MUST_USE zk_err head_get(struct store *s, uint64_t *value, const char *name);
ZK_MUST_USE zk_err head_set(struct store *s, const char *name, uint64_t value);
ZK_MUST_USE zk_err head_add(struct store *s, const char *name, int64_t delta);

/* Where the values of accounts before a block begin among all of them. */
#define UNDO_FIRST(block) ((uint64_t)(block) << 32)

/* The first eight bytes of a hash, as indexes have them. */
ZK_INLINE int64_t hash_key(const hash32 *hash)
{
    return (int64_t)load_be64(hash->b);
}

void sql_fr(struct sql_query *q, const fr *v, uint8_t room[32]); /* room lives until sql_end */
void sql_get_fr(struct sql_query *q, unsigned col, fr *out);
void sql_get_hash(struct sql_query *q, unsigned col, hash32 *out);
void sql_get_address(struct sql_query *q, unsigned col, eth_address *out);

/* Bits of txs.flags. */
enum { TX_FLAG_AUTHORIZED = 1, TX_FLAG_FAST = 2 };

/* A transaction's stored parts. Columns of TX_COLUMNS, from column `col` on. */
#define TX_COLUMNS                                                                                                     \
    "t.id, t.hash, t.record, t.signers, t.flags, t.batch_id, t.batch_pos, t.batch_len, t.accepted_at, t.status, "      \
    "t.block, t.idx, t.executed_at, t.fail_reason"
#define TX_COLUMN_COUNT 14
void get_queued_tx(struct sql_query *q, unsigned col, struct store_queued_tx *out);
void get_tx(struct sql_query *q, unsigned col, struct store_tx *out);

/* Who was a party of a transaction: those it names, and the owners of the accounts that a swap's orders name by id. */
ZK_MUST_USE zk_err stored_parties(struct store *s, struct store_parties *out, const struct tx *tx);

/* Takes an entry out of its parties' histories. */
ZK_MUST_USE zk_err delete_listings(struct store *s, const struct store_parties *parties, uint32_t block,
                                   uint32_t index);

/* Removes a rejected transaction with all that shows it. */
ZK_MUST_USE zk_err remove_rejected(struct store *s, const struct store_tx *t);

/* A request's stored parts. */
#define PRIORITY_COLUMNS                                                                                               \
    "p.serial_id, p.hash, p.type, p.data, p.sender, p.eth_hash, p.eth_block, p.eth_block_hash, p.eth_index, "          \
    "p.log_index, p.expires, p.created_at, p.status, p.block, p.idx, p.executed_at"
#define PRIORITY_COLUMN_COUNT 16
void get_priority(struct sql_query *q, unsigned col, struct store_priority_op *out);

#endif
