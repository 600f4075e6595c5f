#include "store/store_l1.h"

#include "store/l1_codec.h"
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the scan cursor */

static void scan_key(char out[STORE_KEY_MAX], const char *name)
{
    int len = snprintf(out, STORE_KEY_MAX, "scan:%s", name);
    assert(len > 0);
    assert(len < STORE_KEY_MAX);
    (void)len;
}

zk_err store_scan_save(struct store *s, const char *name, const struct log_scan *scan)
{
    uint8_t bytes[LOG_SCAN_BYTES_MAX];
    char key[STORE_KEY_MAX];
    scan_key(key, name);
    return store_put(s, key, bytes, log_scan_encode(bytes, scan));
}

zk_err store_scan_load(struct store *s, const char *name, struct log_scan *scan, bool *found)
{
    uint8_t bytes[LOG_SCAN_BYTES_MAX];
    size_t len;
    char key[STORE_KEY_MAX];
    scan_key(key, name);
    memset(scan, 0, sizeof *scan);
    ZK_TRY(store_get(s, key, bytes, &len, sizeof bytes, found));
    if (*found && !log_scan_decode(scan, bytes, len))
        return zk_fail(ZK_ERR_CORRUPT, "the database holds a position on L1 that is none: damaged");
    return ZK_OK;
}

/* ---- requests from L1: reading */

void get_priority(struct sql_query *q, unsigned col, struct store_priority_op *out)
{
    memset(out, 0, sizeof *out);
    out->serial_id = sql_get_u64(q, col);
    sql_get_hash(q, col + 1, &out->hash);
    uint32_t type = sql_get_u32(q, col + 2);
    size_t len;
    const uint8_t *data = sql_get_bytes(q, col + 3, &len);
    if (data == NULL || priority_op_decode(&out->op, type, data, len) != ZK_OK)
        sql_corrupt(q, "a request from L1 that cannot be read");
    sql_get_address(q, col + 4, &out->sender);
    sql_get_hash(q, col + 5, &out->eth_hash);
    out->eth_block = sql_get_u64(q, col + 6);
    sql_get_hash(q, col + 7, &out->eth_block_hash);
    out->eth_index = sql_get_u32(q, col + 8);
    out->log_index = sql_get_u32(q, col + 9);
    out->expires = sql_get_u64(q, col + 10);
    out->created_at = sql_get_i64(q, col + 11);
    out->executed = sql_get_i64(q, col + 12) != 0;
    if (!out->executed) return;
    out->block = sql_get_u32(q, col + 13);
    out->index = sql_get_u32(q, col + 14);
    out->executed_at = sql_get_i64(q, col + 15);
}

static zk_err one_priority(struct sql_query *q, struct store_priority_op *out, bool *found)
{
    memset(out, 0, sizeof *out);
    *found = sql_row(q);
    if (*found) get_priority(q, 0, out);
    return sql_end(q);
}

zk_err store_priority_get(struct store *s, struct store_priority_op *out, bool *found, uint64_t serial_id)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " PRIORITY_COLUMNS " FROM priority_ops p WHERE p.serial_id = $1");
    sql_u64(&q, serial_id);
    return one_priority(&q, out, found);
}

zk_err store_priority_by_hash(struct store *s, struct store_priority_op *out, bool *found, const hash32 *hash)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " PRIORITY_COLUMNS " FROM priority_ops p WHERE p.hash_key = $1 AND p.hash = $2");
    sql_i64(&q, hash_key(hash));
    sql_bytes(&q, hash->b, sizeof hash->b);
    return one_priority(&q, out, found);
}

zk_err store_priority_by_eth_hash(struct store *s, struct store_priority_op *out, bool *found, const hash32 *eth_hash)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT " PRIORITY_COLUMNS " FROM priority_ops p WHERE p.eth_key = $1 AND p.eth_hash = $2"
              " ORDER BY p.serial_id LIMIT 1");
    sql_i64(&q, hash_key(eth_hash));
    sql_bytes(&q, eth_hash->b, sizeof eth_hash->b);
    return one_priority(&q, out, found);
}

static zk_err collect_priority(struct sql_query *q, struct store_priority_op *out, size_t *n)
{
    *n = 0;
    while (sql_row(q)) get_priority(q, 0, &out[(*n)++]);
    return sql_end(q);
}

zk_err store_priority_ready(struct store *s, struct store_priority_op *out, size_t *n, size_t cap, uint64_t from,
                            uint64_t max_eth_block)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT " PRIORITY_COLUMNS " FROM priority_ops p WHERE p.status = 0 AND p.serial_id >= $1"
              " ORDER BY p.serial_id LIMIT $2");
    sql_u64(&q, from);
    sql_u64(&q, cap);
    ZK_TRY(collect_priority(&q, out, n));
    size_t ready = 0; /* none may be left out, none come before its time */
    while (ready < *n && out[ready].serial_id == from + ready && out[ready].eth_block <= max_eth_block) ready++;
    *n = ready;
    return ZK_OK;
}

zk_err store_priority_pending(struct store *s, struct store_priority_op *out, size_t *n, size_t cap,
                              const eth_address *to, uint64_t from, store_order order)
{
    struct sql_query q;
    if (order == STORE_NEWER)
        sql_start(&q, s->db,
                  "SELECT " PRIORITY_COLUMNS " FROM priority_ops p WHERE p.status = 0 AND p.recipient = $1"
                  " AND p.serial_id >= $2 ORDER BY p.serial_id LIMIT $3");
    else
        sql_start(&q, s->db,
                  "SELECT " PRIORITY_COLUMNS " FROM priority_ops p WHERE p.status = 0 AND p.recipient = $1"
                  " AND p.serial_id <= $2 ORDER BY p.serial_id DESC LIMIT $3");
    sql_bytes(&q, to->b, sizeof to->b);
    sql_u64(&q, from > INT64_MAX ? INT64_MAX : from);
    sql_u64(&q, cap);
    return collect_priority(&q, out, n);
}

/* The first that no block executed on L1 has: of the block after those, or of none yet. */
static zk_err first_unsettled(struct store *s, uint64_t *serial_id)
{
    uint64_t executed;
    ZK_TRY(head_get(s, &executed, HEAD_EXECUTED));
    struct sql_query q;
    sql_start(&q, s->db, "SELECT first_priority FROM blocks WHERE number = $1");
    sql_u64(&q, executed + 1);
    bool found = sql_row(&q);
    if (found) *serial_id = sql_get_u64(&q, 0);
    ZK_TRY(sql_end(&q));
    return found ? ZK_OK : head_get(s, serial_id, HEAD_NEXT_PRIORITY);
}

static zk_err oldest(struct store *s, struct store_priority_op *out, bool *found)
{
    uint64_t first;
    ZK_TRY(first_unsettled(s, &first));
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT " PRIORITY_COLUMNS " FROM priority_ops p WHERE p.serial_id >= $1 ORDER BY p.serial_id LIMIT 1");
    sql_u64(&q, first);
    return one_priority(&q, out, found);
}

zk_err store_priority_oldest(struct store *s, struct store_priority_op *out, bool *found)
{
    bool own;
    *found = false;
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, oldest(s, out, found));
}

/* ---- requests from L1: writing */

static const struct sql_bulk_text put_priority = {
    "serial_id:i hash_key:i hash:b type:i data:b sender:b recipient:b eth_key:i eth_hash:b eth_block:i "
    "eth_block_hash:b eth_index:i log_index:i expires:i created_at:i",
    "INSERT INTO priority_ops (serial_id, hash_key, hash, type, data, sender, recipient, eth_key, eth_hash, eth_block,"
    " eth_block_hash, eth_index, log_index, expires, created_at, missing, status) SELECT r.*, 0, 0 FROM r WHERE true"
    " ON CONFLICT (serial_id) DO UPDATE SET hash_key = excluded.hash_key, hash = excluded.hash, type = excluded.type,"
    " data = excluded.data, sender = excluded.sender, recipient = excluded.recipient, eth_key = excluded.eth_key,"
    " eth_hash = excluded.eth_hash, eth_block = excluded.eth_block, eth_block_hash = excluded.eth_block_hash,"
    " eth_index = excluded.eth_index, log_index = excluded.log_index, expires = excluded.expires, missing = 0",
    NULL,
    NULL,
};

static void add_priority(struct sql_bulk *b, const struct store_priority_op *op)
{
    uint8_t data[PRIORITY_BYTES_MAX];
    size_t len = priority_op_encode(data, &op->op);
    bool deposit = op->op.type == PRIORITY_DEPOSIT;
    hash32 hash;
    priority_op_hash(&hash, &op->eth_hash, op->eth_block, op->eth_index, op->serial_id);
    sql_bulk_u64(b, op->serial_id);
    sql_bulk_i64(b, hash_key(&hash));
    sql_bulk_bytes(b, hash.b, sizeof hash.b);
    sql_bulk_i64(b, op->op.type);
    sql_bulk_bytes(b, data, len);
    sql_bulk_bytes(b, op->sender.b, sizeof op->sender.b);
    sql_bulk_bytes(b, deposit ? op->op.deposit.to.b : NULL, sizeof op->op.deposit.to.b);
    sql_bulk_i64(b, hash_key(&op->eth_hash));
    sql_bulk_bytes(b, op->eth_hash.b, sizeof op->eth_hash.b);
    sql_bulk_u64(b, op->eth_block);
    sql_bulk_bytes(b, op->eth_block_hash.b, sizeof op->eth_block_hash.b);
    sql_bulk_i64(b, op->eth_index);
    sql_bulk_i64(b, op->log_index);
    sql_bulk_u64(b, op->expires);
    sql_bulk_i64(b, op->created_at);
}

/* The block that has executed another request under this serial id; 0: none. */
static zk_err find_conflict(struct store *s, const struct store_priority_op *op, uint32_t *block)
{
    struct store_priority_op have;
    bool found;
    ZK_TRY(store_priority_get(s, &have, &found, op->serial_id));
    *block = 0;
    if (!found || !have.executed) return ZK_OK;
    uint8_t a[PRIORITY_BYTES_MAX], b[PRIORITY_BYTES_MAX];
    size_t a_len = priority_op_encode(a, &have.op);
    size_t b_len = priority_op_encode(b, &op->op);
    bool same = a_len == b_len && memcmp(a, b, a_len) == 0 && have.op.type == op->op.type;
    if (!same) *block = have.block;
    return ZK_OK;
}

static zk_err add_all(struct store *s, const struct store_priority_op *ops, size_t n, uint32_t *conflict)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t block;
        ZK_TRY(find_conflict(s, &ops[i], &block));
        if (block != 0 && (*conflict == 0 || block < *conflict)) *conflict = block;
    }
    if (*conflict != 0) return ZK_OK;
    struct sql_bulk b;
    sql_bulk_start(&b, s->db, &put_priority);
    for (size_t i = 0; i < n; i++) add_priority(&b, &ops[i]);
    return sql_bulk_end(&b);
}

zk_err store_priority_add(struct store *s, const struct store_priority_op *ops, size_t n, uint32_t *conflict)
{
    bool own;
    *conflict = 0;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, add_all(s, ops, n, conflict));
}

static zk_err reorg(struct store *s, uint64_t eth_block)
{
    struct sql_query q;
    sql_start(&q, s->db, "DELETE FROM priority_ops WHERE status = 0 AND eth_block >= $1");
    sql_u64(&q, eth_block);
    ZK_TRY(sql_run(&q));
    sql_start(&q, s->db, "UPDATE priority_ops SET missing = 1 WHERE status = 1 AND eth_block >= $1");
    sql_u64(&q, eth_block);
    return sql_run(&q);
}

zk_err store_priority_reorg(struct store *s, uint64_t eth_block)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, reorg(s, eth_block));
}

zk_err store_priority_missing(struct store *s, uint32_t *block, uint64_t eth_block)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT min(block) FROM priority_ops WHERE missing = 1 AND status = 1 AND eth_block <= $1");
    sql_u64(&q, eth_block);
    *block = sql_row(&q) && !sql_is_null(&q, 0) ? sql_get_u32(&q, 0) : 0;
    return sql_end(&q);
}

/* ---- transactions to L1 */

void store_l1_tx_free(struct store_l1_tx *t)
{
    free(t->submission.data);
    memset(t, 0, sizeof *t);
}

static zk_err begin_l1_tx(struct store *s, uint64_t *id, unsigned actions, uint32_t first_block, uint32_t last_block,
                          const char *what, int64_t now)
{
    ZK_TRY(head_add(s, HEAD_LAST_L1_TX, 1));
    ZK_TRY(head_get(s, id, HEAD_LAST_L1_TX));
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO l1_txs (id, actions, first_block, last_block, what, created_at, updated_at, closed, state)"
              " VALUES ($1, $2, $3, $4, $5, $6, $6, 0, 0)");
    sql_u64(&q, *id);
    sql_i64(&q, actions);
    sql_i64(&q, first_block);
    sql_i64(&q, last_block);
    sql_text(&q, what == NULL ? "" : what);
    sql_i64(&q, now);
    return sql_run(&q);
}

zk_err store_l1_tx_begin(struct store *s, uint64_t *id, unsigned actions, uint32_t first_block, uint32_t last_block,
                         const char *what, int64_t now)
{
    bool own;
    *id = 0;
    assert(what == NULL || strlen(what) < sizeof((struct store_l1_tx *)NULL)->what);
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, begin_l1_tx(s, id, actions, first_block, last_block, what, now));
}

static zk_err save_submission(struct store *s, const struct eth_submission *sub, const uint8_t *bytes, size_t len)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO l1_txs (id, actions, first_block, last_block, what, created_at, updated_at, closed, state,"
              " submission) VALUES ($1, 0, 0, 0, '', $2, $2, 0, $3, $4) ON CONFLICT (id) DO UPDATE SET"
              " updated_at = excluded.updated_at, state = excluded.state, submission = excluded.submission");
    sql_u64(&q, sub->id);
    sql_i64(&q, now);
    sql_i64(&q, sub->state);
    sql_bytes(&q, bytes, len);
    return sql_run(&q);
}

zk_err store_l1_tx_save(void *store, const struct eth_submission *submission)
{
    struct store *s = store;
    size_t len = submission_encoded_len(submission);
    uint8_t *bytes = malloc(len);
    if (bytes == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an L1 transaction of %zu bytes", len);
    submission_encode(bytes, submission);
    bool own;
    zk_err err = write_begin(s, &own);
    if (err == ZK_OK) err = write_end(s, own, save_submission(s, submission, bytes, len));
    free(bytes);
    return err;
}

#define L1_TX_COLUMNS "id, actions, first_block, last_block, what, created_at, updated_at, closed, submission"

static zk_err get_l1_tx(struct sql_query *q, struct store_l1_tx *out)
{
    memset(out, 0, sizeof *out);
    out->id = sql_get_u64(q, 0);
    out->actions = sql_get_u32(q, 1);
    out->first_block = sql_get_u32(q, 2);
    out->last_block = sql_get_u32(q, 3);
    sql_get_text(q, 4, out->what, sizeof out->what);
    out->created_at = sql_get_i64(q, 5);
    out->updated_at = sql_get_i64(q, 6);
    out->closed = sql_get_i64(q, 7) != 0;
    size_t len;
    const uint8_t *p = sql_get_bytes(q, 8, &len);
    if (p == NULL) {
        out->submission.id = out->id;
        return ZK_OK;
    }
    zk_err err = submission_decode(&out->submission, p, len);
    if (err == ZK_ERR_INPUT || (err == ZK_OK && out->submission.id != out->id))
        sql_corrupt(q, "an L1 transaction that cannot be read");
    return err == ZK_ERR_MEMORY ? err : ZK_OK;
}

static void free_l1_txs(struct store_l1_tx *list, size_t n)
{
    for (size_t i = 0; i < n; i++) store_l1_tx_free(&list[i]);
    free(list);
}

zk_err store_l1_txs_open(struct store *s, struct store_l1_tx **out, size_t *n)
{
    *out = NULL;
    *n = 0;
    size_t room = 0, used = 0;
    struct store_l1_tx *list = NULL;
    zk_err err = ZK_OK;
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " L1_TX_COLUMNS " FROM l1_txs WHERE closed = 0 ORDER BY id");
    while (err == ZK_OK && sql_row(&q)) {
        if (used == room) {
            room = room == 0 ? 16 : 2 * room;
            struct store_l1_tx *more = realloc(list, room * sizeof *list);
            if (more == NULL) {
                err = zk_fail(ZK_ERR_MEMORY, "no memory for %zu L1 transactions", room);
                break;
            }
            list = more;
        }
        err = get_l1_tx(&q, &list[used++]);
    }
    zk_err ended = sql_end(&q);
    if (err == ZK_OK) err = ended;
    if (err != ZK_OK) {
        free_l1_txs(list, used);
        return err;
    }
    *out = list;
    *n = used;
    return ZK_OK;
}

zk_err store_l1_tx_get(struct store *s, struct store_l1_tx *out, bool *found, uint64_t id)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " L1_TX_COLUMNS " FROM l1_txs WHERE id = $1");
    sql_u64(&q, id);
    memset(out, 0, sizeof *out);
    *found = sql_row(&q);
    zk_err err = *found ? get_l1_tx(&q, out) : ZK_OK;
    zk_err ended = sql_end(&q);
    if (err == ZK_OK) err = ended;
    if (err != ZK_OK) store_l1_tx_free(out);
    return err;
}

static zk_err close_l1_tx(struct store *s, const struct store_l1_tx *t)
{
    struct eth_submission without = t->submission;
    without.data = NULL;
    without.data_len = 0;
    size_t len = submission_encoded_len(&without);
    uint8_t *bytes = malloc(len);
    if (bytes == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an L1 transaction");
    submission_encode(bytes, &without);
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE l1_txs SET closed = 1, submission = $1 WHERE id = $2");
    sql_bytes(&q, bytes, len);
    sql_u64(&q, t->id);
    zk_err err = sql_run(&q);
    free(bytes);
    return err;
}

zk_err store_l1_tx_close(struct store *s, uint64_t id)
{
    bool own, found;
    ZK_TRY(write_begin(s, &own));
    struct store_l1_tx t;
    zk_err err = store_l1_tx_get(s, &t, &found, id);
    if (err == ZK_OK && found) {
        err = close_l1_tx(s, &t);
        store_l1_tx_free(&t);
    }
    return write_end(s, own, err);
}
