#include "store/store_blocks.h"

#include "store/store_internal.h"
#include "store/store_jobs.h"

#include <stdlib.h>

/* ---- a block's row */

#define STEP_COLUMNS(step) step "_tx, " step "_hash, " step "_gas, " step "_price, " step "_at"
#define BLOCK_COLUMNS                                                                                                  \
    "number, status, timestamp, fee_account, entries, n_priority, first_priority, old_root, new_root, capacity, "      \
    "used, key_id, settlement_len, delta_len, trace_len, binding, sealed_at, has_proof, proved_at, "                   \
    "prove_ms, " STEP_COLUMNS("commit") ", " STEP_COLUMNS("prove") ", " STEP_COLUMNS("execute")

static void get_step(struct sql_query *q, unsigned col, struct store_block_step *step)
{
    if (!sql_is_null(q, col)) step->l1_tx = sql_get_u64(q, col);
    if (sql_is_null(q, col + 1)) return;
    step->done = true;
    sql_get_hash(q, col + 1, &step->hash);
    step->gas_used = sql_get_u64(q, col + 2);
    step->gas_price = sql_get_u64(q, col + 3);
    step->at = sql_get_i64(q, col + 4);
}

static void get_binding(struct sql_query *q, unsigned col, struct store_block *out)
{
    uint8_t b[4 * 32];
    fr *const parts[] = {&out->chain, &out->challenge, &out->y_settlement, &out->y_delta};
    sql_get_fixed(q, col, b, sizeof b);
    for (size_t i = 0; i < ZK_COUNT(parts); i++)
        if (!fr_from_be32(parts[i], b + 32 * i)) sql_corrupt(q, "a field element that is none");
}

static void get_block(struct sql_query *q, struct store_block *out)
{
    memset(out, 0, sizeof *out);
    out->header.number = sql_get_u32(q, 0);
    int64_t status = sql_get_i64(q, 1);
    if (status < STORE_BLOCK_OPEN || status > STORE_BLOCK_EXECUTED) sql_corrupt(q, "a block of no known status");
    out->status = (store_block_status)status;
    out->header.timestamp = sql_get_u64(q, 2);
    out->header.fee_account = sql_get_u32(q, 3);
    out->entries = sql_get_u32(q, 4);
    out->n_priority = sql_get_u32(q, 5);
    out->first_priority = sql_get_u64(q, 6);
    if (out->status == STORE_BLOCK_OPEN) return;
    sql_get_fr(q, 7, &out->old_root);
    sql_get_fr(q, 8, &out->new_root);
    out->capacity = sql_get_u32(q, 9);
    out->used = sql_get_u32(q, 10);
    out->key_id = sql_get_u32(q, 11);
    out->settlement_len = sql_get_u32(q, 12);
    out->delta_len = sql_get_u32(q, 13);
    out->trace_len = sql_get_u32(q, 14);
    get_binding(q, 15, out);
    out->sealed_at = sql_get_i64(q, 16);
    out->has_proof = sql_get_i64(q, 17) != 0;
    if (!sql_is_null(q, 18)) out->proved_at = sql_get_i64(q, 18);
    if (!sql_is_null(q, 19)) out->prove_ms = sql_get_u64(q, 19);
    get_step(q, 20, &out->commit);
    get_step(q, 25, &out->prove);
    get_step(q, 30, &out->execute);
}

zk_err store_block_get(struct store *s, struct store_block *out, bool *found, uint32_t number)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " BLOCK_COLUMNS " FROM blocks WHERE number = $1");
    sql_i64(&q, number);
    memset(out, 0, sizeof *out);
    *found = sql_row(&q);
    if (*found) get_block(&q, out);
    return sql_end(&q);
}

zk_err store_blocks_page(struct store *s, struct store_block *out, size_t *n, size_t cap, uint32_t from,
                         store_order order, store_block_status at_least)
{
    struct sql_query q;
    if (order == STORE_NEWER)
        sql_start(&q, s->db,
                  "SELECT " BLOCK_COLUMNS " FROM blocks WHERE number >= $1 AND status >= $2 ORDER BY number LIMIT $3");
    else
        sql_start(&q, s->db,
                  "SELECT " BLOCK_COLUMNS
                  " FROM blocks WHERE number <= $1 AND status >= $2 ORDER BY number DESC LIMIT $3");
    sql_i64(&q, from);
    sql_i64(&q, at_least);
    sql_u64(&q, cap);
    *n = 0;
    while (sql_row(&q)) get_block(&q, &out[(*n)++]);
    return sql_end(&q);
}

zk_err store_block_find(struct store *s, uint32_t *number, bool *found, const hash32 *root_or_hash)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT number FROM (SELECT number FROM blocks WHERE root_key = $1 AND new_root = $2"
              " UNION SELECT number FROM blocks WHERE commit_hash = $2 UNION SELECT number FROM blocks"
              " WHERE prove_hash = $2 UNION SELECT number FROM blocks WHERE execute_hash = $2) f"
              " ORDER BY number LIMIT 1");
    sql_i64(&q, hash_key(root_or_hash));
    sql_bytes(&q, root_or_hash->b, sizeof root_or_hash->b);
    *found = sql_row(&q);
    *number = *found ? sql_get_u32(&q, 0) : 0;
    return sql_end(&q);
}

/* ---- its large parts */

zk_err store_block_streams(struct store *s, struct store_streams *out, bool *found, uint32_t number)
{
    memset(out, 0, sizeof *out);
    struct sql_query q;
    sql_start(&q, s->db, "SELECT settlement, delta FROM streams WHERE block = $1");
    sql_i64(&q, number);
    *found = sql_row(&q);
    if (*found) {
        size_t n_settlement, n_delta;
        const uint8_t *settlement = sql_get_bytes(&q, 0, &n_settlement);
        const uint8_t *delta = sql_get_bytes(&q, 1, &n_delta);
        uint8_t *memory = malloc(n_settlement + n_delta + 1);
        if (memory == NULL) {
            zk_err ended = sql_end(&q);
            return ended != ZK_OK ? ended : zk_fail(ZK_ERR_MEMORY, "no memory for a block's streams");
        }
        *out = (struct store_streams){memory, memory + n_settlement, n_settlement, n_delta};
        if (n_settlement > 0) memcpy(out->settlement, settlement, n_settlement);
        if (n_delta > 0) memcpy(out->delta, delta, n_delta);
    }
    zk_err err = sql_end(&q);
    if (err != ZK_OK) store_streams_free(out);
    return err;
}

void store_streams_free(struct store_streams *streams)
{
    free(streams->settlement);
    memset(streams, 0, sizeof *streams);
}

/* The one column of the one row, copied into memory of its own. */
static zk_err take_bytes(struct sql_query *q, uint8_t **out, size_t *len, bool *found)
{
    *out = NULL;
    *len = 0;
    *found = sql_row(q);
    bool memory = true;
    if (*found) {
        size_t n;
        const uint8_t *p = sql_get_bytes(q, 0, &n);
        *out = malloc(n + 1);
        memory = *out != NULL;
        if (memory && n > 0) memcpy(*out, p, n);
        if (memory) *len = n;
    }
    zk_err err = sql_end(q);
    if (err == ZK_OK && memory) return ZK_OK;
    free(*out);
    *out = NULL;
    *len = 0;
    return err != ZK_OK ? err : zk_fail(ZK_ERR_MEMORY, "no memory for what the database holds");
}

zk_err store_block_trace(struct store *s, uint8_t **trace, size_t *len, bool *found, uint32_t number)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT trace FROM traces WHERE block = $1");
    sql_i64(&q, number);
    return take_bytes(&q, trace, len, found);
}

zk_err store_proof_get(struct store *s, uint8_t **proof, size_t *len, bool *found, uint32_t block)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT proof FROM proofs WHERE block = $1");
    sql_i64(&q, block);
    return take_bytes(&q, proof, len, found);
}

zk_err store_block_hint(struct store *s, uint8_t *out, size_t *len, size_t cap, bool *found, uint32_t number)
{
    assert(cap >= STORE_VALUE_MAX);
    struct sql_query q;
    sql_start(&q, s->db, "SELECT hint FROM streams WHERE block = $1");
    sql_i64(&q, number);
    *len = 0;
    *found = sql_row(&q) && !sql_is_null(&q, 0);
    if (*found) {
        const uint8_t *p = sql_get_bytes(&q, 0, len);
        if (*len > cap) {
            sql_corrupt(&q, "a hint that is too long");
            *len = 0;
        }
        if (*len > 0) memcpy(out, p, *len);
    }
    return sql_end(&q);
}

zk_err store_traces_drop(struct store *s, uint32_t number)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db,
              "DELETE FROM traces WHERE block < $1 AND block <= (SELECT value FROM heads WHERE name = '" HEAD_EXECUTED
              "')");
    sql_i64(&q, number);
    return write_end(s, own, sql_run(&q));
}

/* ---- its entries */

#define ENTRIES_FROM                                                                                                   \
    "SELECT o.idx, o.priority, o.kind, o.ref, " TX_COLUMNS ", " PRIORITY_COLUMNS                                       \
    " FROM ops o LEFT JOIN txs t ON o.priority = 0 AND t.id = o.ref"                                                   \
    " LEFT JOIN priority_ops p ON o.priority = 1 AND p.serial_id = o.ref WHERE o.block = $1 AND o.idx >= $2"

static zk_err read_entries(struct store *s, const char *text, struct store_block_entry *out, size_t *n, size_t cap,
                           uint32_t number, uint32_t from)
{
    struct sql_query q;
    sql_start(&q, s->db, text);
    sql_i64(&q, number);
    sql_i64(&q, from);
    sql_u64(&q, cap);
    *n = 0;
    while (sql_row(&q)) {
        struct store_block_entry *e = &out[(*n)++];
        memset(e, 0, sizeof *e);
        e->index = sql_get_u32(&q, 0);
        e->is_priority = sql_get_i64(&q, 1) != 0;
        e->rejected = sql_get_i64(&q, 2) == OP_NOOP;
        if (e->is_priority) {
            struct store_priority_op p;
            get_priority(&q, 4 + TX_COLUMN_COUNT, &p);
            e->serial_id = p.serial_id;
            e->priority = p.op;
        } else {
            get_queued_tx(&q, 4, &e->tx);
        }
    }
    return sql_end(&q);
}

zk_err store_block_entries(struct store *s, struct store_block_entry *out, size_t *n, size_t cap, uint32_t number,
                           uint32_t from)
{
    return read_entries(s, ENTRIES_FROM " ORDER BY o.idx LIMIT $3", out, n, cap, number, from);
}

zk_err store_block_executed(struct store *s, struct store_block_entry *out, size_t *n, size_t cap, uint32_t number,
                            uint32_t from)
{
    return read_entries(s, ENTRIES_FROM " AND o.kind <> 0 ORDER BY o.idx LIMIT $3", out, n, cap, number, from);
}

zk_err store_block_places(struct store *s, struct store_entry_place *out, size_t *n, size_t cap, uint32_t number,
                          uint32_t from)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT idx, priority, ref FROM ops WHERE block = $1 AND idx >= $2 ORDER BY idx LIMIT $3");
    sql_i64(&q, number);
    sql_i64(&q, from);
    sql_u64(&q, cap);
    *n = 0;
    while (sql_row(&q))
        out[(*n)++] = (struct store_entry_place){sql_get_u64(&q, 2), sql_get_u32(&q, 0), sql_get_i64(&q, 1) != 0};
    return sql_end(&q);
}

zk_err store_block_has_fast(struct store *s, bool *fast, uint32_t number)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT 1 FROM ops o JOIN txs t ON t.id = o.ref WHERE o.block = $1 AND o.priority = 0"
              " AND o.kind IN ($2, $3) AND (t.flags & $4) <> 0 LIMIT 1");
    sql_i64(&q, number);
    sql_i64(&q, OP_WITHDRAW);
    sql_i64(&q, OP_WITHDRAW_NFT);
    sql_i64(&q, TX_FLAG_FAST);
    *fast = sql_row(&q);
    return sql_end(&q);
}

/* ---- on L1 */

#define ASSIGN(step)                                                                                                   \
    "UPDATE blocks SET " step "_tx = $1 WHERE number >= $2 AND number <= $3 AND status >= 1 AND " step "_hash IS NULL"
static const char *const assign_texts[] = {ASSIGN("commit"), ASSIGN("prove"), ASSIGN("execute")};

zk_err store_blocks_assign(struct store *s, uint64_t l1_tx, unsigned actions, uint32_t first, uint32_t last)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    zk_err err = ZK_OK;
    for (unsigned a = 0; a < ZK_COUNT(assign_texts) && err == ZK_OK; a++) {
        if ((actions & 1u << a) == 0) continue;
        struct sql_query q;
        sql_start(&q, s->db, assign_texts[a]);
        sql_u64(&q, l1_tx);
        sql_i64(&q, first);
        sql_i64(&q, last);
        err = sql_run(&q);
        if (err == ZK_OK && q.changes != (uint64_t)last - first + 1)
            err =
                zk_fail(ZK_ERR_INPUT, "blocks %u to %u are not all sealed, or that step is done for some", first, last);
    }
    return write_end(s, own, err);
}

#define UNASSIGN(step) "UPDATE blocks SET " step "_tx = NULL WHERE " step "_tx = $1 AND " step "_hash IS NULL"
static const char *const unassign_texts[] = {UNASSIGN("commit"), UNASSIGN("prove"), UNASSIGN("execute")};

zk_err store_blocks_unassign(struct store *s, uint64_t l1_tx)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    zk_err err = ZK_OK;
    for (unsigned a = 0; a < ZK_COUNT(unassign_texts) && err == ZK_OK; a++) {
        struct sql_query q;
        sql_start(&q, s->db, unassign_texts[a]);
        sql_u64(&q, l1_tx);
        err = sql_run(&q);
    }
    return write_end(s, own, err);
}

#define CONFIRM(step, status)                                                                                          \
    "UPDATE blocks SET " step "_hash = $1, " step "_gas = $2, " step "_price = $3, " step "_at = $4,"                  \
    " status = CASE WHEN status < " status " THEN " status " ELSE status END"                                          \
    " WHERE number >= $5 AND number <= $6 AND status >= 1"
static const struct {
    const char *text, *head, *name;
} confirm_steps[] = {{CONFIRM("commit", "2"), HEAD_COMMITTED, "committed"},
                     {CONFIRM("prove", "3"), HEAD_PROVED, "proved"},
                     {CONFIRM("execute", "4"), HEAD_EXECUTED, "executed"}};

/* Blocks go in order: a step of block n is confirmed after that of n - 1, and after the step before it. */
static zk_err confirm_one(struct store *s, unsigned a, uint32_t first, uint32_t last,
                          const struct store_l1_result *result)
{
    uint64_t head, limit;
    ZK_TRY(head_get(s, &head, confirm_steps[a].head));
    ZK_TRY(head_get(s, &limit, a == 0 ? HEAD_SEALED : confirm_steps[a - 1].head));
    if (last <= head) return ZK_OK; /* known already */
    if (first > head + 1 || last > limit)
        return zk_fail(ZK_ERR_INPUT, "blocks %u to %u cannot be %s now: %llu are, and %llu could be", first, last,
                       confirm_steps[a].name, (unsigned long long)head, (unsigned long long)limit);
    struct sql_query q;
    sql_start(&q, s->db, confirm_steps[a].text);
    sql_bytes(&q, result->hash.b, sizeof result->hash.b);
    sql_u64(&q, result->gas_used);
    sql_u64(&q, result->gas_price);
    sql_i64(&q, result->at);
    sql_u64(&q, head + 1);
    sql_i64(&q, last);
    ZK_TRY(sql_run(&q));
    if (q.changes != last - head) return zk_fail(ZK_ERR_CORRUPT, "the database lacks blocks that it counts: damaged");
    return head_set(s, confirm_steps[a].head, last);
}

static uint64_t less_kept(uint64_t block)
{
    return block > STORE_UNDO_KEPT ? block - STORE_UNDO_KEPT : 0;
}

/* Blocks up to `last` are executed, those up to `before` were: what is too old now goes. The lower end is said too:
 * PostgreSQL would pass by all that earlier calls have deleted. */
static zk_err drop_undo(struct store *s, uint64_t before, uint64_t last)
{
    struct sql_query q;
    before = less_kept(before);
    last = less_kept(last);
    sql_start(&q, s->db, "DELETE FROM undo_accounts WHERE seq >= $1 AND seq < $2");
    sql_u64(&q, UNDO_FIRST(before + 1));
    sql_u64(&q, UNDO_FIRST(last + 1));
    ZK_TRY(sql_run(&q));
    sql_start(&q, s->db, "DELETE FROM undo_nfts WHERE block > $1 AND block <= $2");
    sql_u64(&q, before);
    sql_u64(&q, last);
    return sql_run(&q);
}

static zk_err confirm(struct store *s, unsigned actions, uint32_t first, uint32_t last,
                      const struct store_l1_result *result)
{
    uint64_t executed;
    ZK_TRY(head_get(s, &executed, HEAD_EXECUTED));
    for (unsigned a = 0; a < ZK_COUNT(confirm_steps); a++)
        if ((actions & 1u << a) != 0) ZK_TRY(confirm_one(s, a, first, last, result));
    return (actions & 1u << STORE_EXECUTE) != 0 ? drop_undo(s, executed, last) : ZK_OK;
}

zk_err store_blocks_confirm(struct store *s, unsigned actions, uint32_t first, uint32_t last,
                            const struct store_l1_result *result)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, confirm(s, actions, first, last, result));
}

static zk_err revert(struct store *s, uint32_t first)
{
    uint64_t executed, committed, proved;
    ZK_TRY(head_get(s, &executed, HEAD_EXECUTED));
    ZK_TRY(head_get(s, &committed, HEAD_COMMITTED));
    ZK_TRY(head_get(s, &proved, HEAD_PROVED));
    if (first <= less_kept(executed))
        return zk_fail(ZK_ERR_CORRUPT,
                       "L1 has lost block %u, which it had executed %llu blocks ago: too many to take back", first,
                       (unsigned long long)executed - first + 1);
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE blocks SET status = 1, commit_tx = NULL, commit_hash = NULL, commit_gas = NULL,"
              " commit_price = NULL, commit_at = NULL, prove_tx = NULL, prove_hash = NULL, prove_gas = NULL,"
              " prove_price = NULL, prove_at = NULL, execute_tx = NULL, execute_hash = NULL, execute_gas = NULL,"
              " execute_price = NULL, execute_at = NULL WHERE number >= $1 AND status >= 1");
    sql_i64(&q, first);
    ZK_TRY(sql_run(&q));
    if (executed >= first) ZK_TRY(head_set(s, HEAD_EXECUTED, first - 1));
    if (committed >= first) ZK_TRY(head_set(s, HEAD_COMMITTED, first - 1));
    return proved >= first ? head_set(s, HEAD_PROVED, first - 1) : ZK_OK;
}

zk_err store_blocks_revert(struct store *s, uint32_t first)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, revert(s, first));
}
