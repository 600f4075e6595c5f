#include "store/store_txs.h"

#include "store/store_internal.h"
#include "store/tx_record.h"

#include <stdlib.h>

/* ---- reading a row */

static void get_record(struct sql_query *q, unsigned col, struct tx *tx)
{
    size_t len;
    const uint8_t *p = sql_get_bytes(q, col, &len);
    if (p == NULL || tx_record_decode(tx, p, len) != ZK_OK) sql_corrupt(q, "a transaction that cannot be read");
}

static void get_facts(struct sql_query *q, unsigned col, struct tx_facts *facts, const struct tx *tx)
{
    static_assert(sizeof(struct tx_signers) == 60, "three key hashes without gaps");
    *facts = (struct tx_facts){.authorized = (sql_get_i64(q, col + 1) & TX_FLAG_AUTHORIZED) != 0};
    sql_get_fixed(q, col, &facts->signers, tx->type == TX_SWAP ? sizeof facts->signers : sizeof facts->signers.tx);
}

void get_queued_tx(struct sql_query *q, unsigned col, struct store_queued_tx *out)
{
    memset(out, 0, sizeof *out);
    out->id = sql_get_u64(q, col);
    sql_get_hash(q, col + 1, &out->hash);
    get_record(q, col + 2, &out->tx);
    get_facts(q, col + 3, &out->facts, &out->tx);
    out->fast = (sql_get_i64(q, col + 4) & TX_FLAG_FAST) != 0;
    if (!sql_is_null(q, col + 5)) {
        out->batch_id = sql_get_u64(q, col + 5);
        out->batch_pos = sql_get_u32(q, col + 6);
        out->batch_len = sql_get_u32(q, col + 7);
    }
    out->accepted_at = sql_get_i64(q, col + 8);
}

void get_tx(struct sql_query *q, unsigned col, struct store_tx *out)
{
    memset(out, 0, sizeof *out);
    out->id = sql_get_u64(q, col);
    sql_get_hash(q, col + 1, &out->hash);
    get_record(q, col + 2, &out->tx);
    get_facts(q, col + 3, &out->facts, &out->tx);
    if (!sql_is_null(q, col + 5)) out->batch_id = sql_get_u64(q, col + 5);
    out->accepted_at = sql_get_i64(q, col + 8);
    int64_t status = sql_get_i64(q, col + 9);
    if (status < STORE_TX_QUEUED || status > STORE_TX_REJECTED) sql_corrupt(q, "a transaction of no known status");
    out->status = (store_tx_status)status;
    if (out->status == STORE_TX_QUEUED) return;
    out->block = sql_get_u32(q, col + 10);
    out->index = sql_get_u32(q, col + 11);
    out->executed_at = sql_get_i64(q, col + 12);
    sql_get_text(q, col + 13, out->fail_reason, sizeof out->fail_reason);
}

/* ---- accepting */

/* The hashes of one call, each with its place in it, found by hash: open addressing, by their own first bytes. */
struct hash_set {
    struct hash_place {
        const hash32 *hash; /* NULL: free */
        size_t i;
    } * places;
    size_t mask;
};

static bool hash_set_init(struct hash_set *set, size_t n)
{
    size_t size = 16;
    while (size < 2 * n) size *= 2;
    set->mask = size - 1;
    set->places = calloc(size, sizeof *set->places);
    return set->places != NULL;
}

/* Where the hash is, or would be. */
static struct hash_place *hash_set_find(const struct hash_set *set, const hash32 *hash)
{
    size_t i = (size_t)load_be64(hash->b) & set->mask;
    while (set->places[i].hash != NULL && !hash32_eq(set->places[i].hash, hash)) i = (i + 1) & set->mask;
    return &set->places[i];
}

static zk_err find_tx(struct store *s, struct store_tx *out, bool *found, const hash32 *hash)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " TX_COLUMNS " FROM txs t WHERE t.hash_key = $1 AND t.hash = $2");
    sql_i64(&q, hash_key(hash));
    sql_bytes(&q, hash->b, sizeof hash->b);
    *found = sql_row(&q);
    if (*found) get_tx(&q, 0, out);
    return sql_end(&q);
}

/* What the database knows of one hash: absent, or its status. */
enum { STATUS_ABSENT = -1 };

static zk_err one_status(struct store *s, int *status, const hash32 *hash)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT status FROM txs WHERE hash_key = $1 AND hash = $2");
    sql_i64(&q, hash_key(hash));
    sql_bytes(&q, hash->b, sizeof hash->b);
    *status = sql_row(&q) ? (int)sql_get_i64(&q, 0) : STATUS_ABSENT;
    return sql_end(&q);
}

/* PostgreSQL: those of many that are there, in one round trip. Of equal hashes only the first gets the answer. */
static zk_err statuses_at_once(struct store *s, int *statuses, const hash32 *const *hashes, size_t n)
{
    int64_t *keys = calloc(n, sizeof *keys);
    struct hash_set set = {0};
    if (keys == NULL || !hash_set_init(&set, n)) {
        free(keys);
        return zk_fail(ZK_ERR_MEMORY, "no memory for %zu transactions", n);
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = hash_key(hashes[i]);
        statuses[i] = STATUS_ABSENT;
        struct hash_place *place = hash_set_find(&set, hashes[i]);
        if (place->hash == NULL) *place = (struct hash_place){hashes[i], i};
    }
    struct sql_query q;
    sql_start(&q, s->db, "SELECT hash, status FROM txs WHERE hash_key = ANY ($1)");
    sql_i64_array(&q, keys, n);
    while (sql_row(&q)) {
        hash32 hash;
        sql_get_hash(&q, 0, &hash);
        const struct hash_place *place = hash_set_find(&set, &hash);
        if (place->hash != NULL) statuses[place->i] = (int)sql_get_i64(&q, 1);
    }
    zk_err err = sql_end(&q);
    free(keys);
    free(set.places);
    return err;
}

static zk_err find_statuses(struct store *s, int *statuses, const hash32 *const *hashes, size_t n)
{
    if (sql_is_postgres(s->db)) return n == 0 ? ZK_OK : statuses_at_once(s, statuses, hashes, n);
    for (size_t i = 0; i < n; i++) ZK_TRY(one_status(s, &statuses[i], hashes[i]));
    return ZK_OK;
}

/* The first of n new ids. On PostgreSQL this row is what orders those who accept: they wait here for each other's
 * commits, so that ids become visible in order (T1). */
static zk_err take_ids(struct store *s, uint64_t *first, size_t n)
{
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE heads SET value = value + $1 WHERE name = '" HEAD_LAST_TX "' RETURNING value");
    sql_u64(&q, n);
    bool there = sql_row(&q);
    *first = there ? sql_get_u64(&q, 0) - n + 1 : 0;
    if (!there) sql_corrupt(&q, "no counter of transactions");
    return sql_end(&q);
}

static const struct sql_bulk_text insert_txs = {
    "id:i hash_key:i hash:b record:b signers:b flags:i batch_id:i batch_pos:i batch_len:i sig_kind:i sig:b "
    "accepted_at:i account:i",
    "INSERT INTO txs (id, hash_key, hash, record, signers, flags, batch_id, batch_pos, batch_len, sig_kind, sig,"
    " accepted_at, account, status) SELECT r.*, 0 FROM r",
    "INSERT INTO txs (id, hash_key, hash, record, signers, flags, batch_id, batch_pos, batch_len, sig_kind, sig,"
    " accepted_at, account, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)",
    NULL,
};

static zk_err insert_tx(struct sql_bulk *b, const struct store_new_tx *t, uint64_t id,
                        const struct store_submission *sub, size_t pos, int64_t now)
{
    uint8_t record[TX_RECORD_MAX];
    size_t len;
    ZK_TRY(tx_record_encode(record, &len, t->tx));
    if (t->sig_len > STORE_ETH_SIG_MAX) return zk_fail(ZK_ERR_RANGE, "an Ethereum signature of %zu bytes", t->sig_len);
    bool swap = t->tx->type == TX_SWAP;
    sql_bulk_u64(b, id);
    sql_bulk_i64(b, hash_key(&t->hash));
    sql_bulk_bytes(b, t->hash.b, sizeof t->hash.b);
    sql_bulk_bytes(b, record, len);
    sql_bulk_bytes(b, &t->facts.signers, swap ? sizeof t->facts.signers : sizeof t->facts.signers.tx);
    sql_bulk_i64(b, (t->facts.authorized ? TX_FLAG_AUTHORIZED : 0) | (t->fast ? TX_FLAG_FAST : 0));
    if (sub->is_batch) {
        sql_bulk_u64(b, sub->first_id);
        sql_bulk_u64(b, pos);
        sql_bulk_u64(b, sub->n);
    } else {
        for (int i = 0; i < 3; i++) sql_bulk_null_i64(b);
    }
    sql_bulk_i64(b, t->sig_kind);
    sql_bulk_bytes(b, t->sig_kind == STORE_ETH_SIG_NONE ? NULL : t->sig, t->sig_len);
    sql_bulk_i64(b, now);
    sql_bulk_i64(b, tx_account_id(t->tx));
    return b->err;
}

static zk_err insert_all(struct store *s, const struct store_submission *subs, size_t n, int64_t now)
{
    struct sql_bulk b;
    zk_err err = ZK_OK;
    sql_bulk_start(&b, s->db, &insert_txs);
    for (size_t i = 0; i < n && err == ZK_OK; i++)
        for (size_t k = 0; k < subs[i].n && !subs[i].duplicate && err == ZK_OK; k++)
            err = insert_tx(&b, &subs[i].txs[k], subs[i].first_id + k, &subs[i], k, now);
    if (err != ZK_OK && b.err == ZK_OK) b.err = err; /* a transaction without a record: nothing is to be sent */
    return sql_bulk_end(&b);
}

static zk_err insert_batches(struct store *s, const struct store_submission *subs, size_t n, int64_t now)
{
    for (size_t i = 0; i < n; i++) {
        if (!subs[i].is_batch || subs[i].duplicate) continue;
        assert(subs[i].n <= STORE_BATCH_MAX);
        hash32 hashes[STORE_BATCH_MAX], hash;
        for (size_t k = 0; k < subs[i].n; k++) hashes[k] = subs[i].txs[k].hash;
        tx_batch_hash(&hash, hashes, subs[i].n);
        struct sql_query q;
        sql_start(&q, s->db, "INSERT INTO batches (id, hash_key, hash, n, created_at) VALUES ($1, $2, $3, $4, $5)");
        sql_u64(&q, subs[i].first_id);
        sql_i64(&q, hash_key(&hash));
        sql_bytes(&q, hash.b, sizeof hash.b);
        sql_u64(&q, subs[i].n);
        sql_i64(&q, now);
        ZK_TRY(sql_run(&q));
    }
    return ZK_OK;
}

/* A duplicate of what is queued or executed, or of another in this call. */
static void judge(struct store_submission *sub, const int *statuses, struct hash_set *seen)
{
    sub->duplicate = false;
    for (size_t k = 0; k < sub->n; k++) {
        bool known = statuses[k] == STORE_TX_QUEUED || statuses[k] == STORE_TX_EXECUTED;
        if (known || hash_set_find(seen, &sub->txs[k].hash)->hash != NULL) sub->duplicate = true;
        for (size_t j = 0; j < k && !sub->duplicate; j++)
            sub->duplicate = hash32_eq(&sub->txs[j].hash, &sub->txs[k].hash);
    }
    for (size_t k = 0; k < sub->n && !sub->duplicate; k++)
        *hash_set_find(seen, &sub->txs[k].hash) = (struct hash_place){&sub->txs[k].hash, k};
}

static zk_err replace_rejected(struct store *s, const struct store_submission *sub, const int *statuses)
{
    for (size_t k = 0; k < sub->n; k++) {
        if (statuses[k] != STORE_TX_REJECTED) continue;
        struct store_tx old;
        bool found;
        ZK_TRY(find_tx(s, &old, &found, &sub->txs[k].hash));
        if (found) ZK_TRY(remove_rejected(s, &old));
    }
    return ZK_OK;
}

static zk_err accept_with(struct store *s, struct store_submission *subs, size_t n, int64_t now, const hash32 **hashes,
                          int *statuses, struct hash_set *seen, size_t total)
{
    uint64_t next;
    ZK_TRY(take_ids(s, &next, total));
    ZK_TRY(find_statuses(s, statuses, hashes, total));
    size_t at = 0, accepted = 0;
    for (size_t i = 0; i < n; i++, at += subs[i - 1].n) {
        judge(&subs[i], statuses + at, seen);
        subs[i].first_id = subs[i].duplicate ? 0 : next;
        if (subs[i].duplicate) continue;
        next += subs[i].n;
        accepted += subs[i].n;
        ZK_TRY(replace_rejected(s, &subs[i], statuses + at));
    }
    if (accepted == 0) return ZK_OK;
    ZK_TRY(insert_all(s, subs, n, now));
    ZK_TRY(insert_batches(s, subs, n, now));
    return head_add(s, HEAD_ACCEPTED, (int64_t)accepted);
}

zk_err store_accept(struct store *s, struct store_submission *subs, size_t n, int64_t now)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) total += subs[i].n;
    if (total == 0) return ZK_OK;
    const hash32 **hashes = calloc(total, sizeof(const hash32 *));
    int *statuses = calloc(total, sizeof *statuses);
    struct hash_set seen = {0};
    zk_err err = ZK_OK;
    if (hashes == NULL || statuses == NULL || !hash_set_init(&seen, total)) {
        err = zk_fail(ZK_ERR_MEMORY, "no memory to accept %zu transactions", total);
        goto out;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < subs[i].n; k++) hashes[at++] = &subs[i].txs[k].hash;
    bool own;
    err = write_begin(s, &own);
    if (err == ZK_OK) err = write_end(s, own, accept_with(s, subs, n, now, hashes, statuses, &seen, total));
out:
    free(hashes);
    free(statuses);
    free(seen.places);
    return err;
}

/* ---- for the sequencer */

/* Without the rest of a batch that did not fit. */
static size_t whole_batches(const struct store_queued_tx *txs, size_t n)
{
    if (n == 0 || txs[n - 1].batch_len == 0 || txs[n - 1].batch_pos + 1 == txs[n - 1].batch_len) return n;
    uint64_t cut = txs[n - 1].batch_id;
    while (n > 0 && txs[n - 1].batch_id == cut) n--;
    return n;
}

zk_err store_txs_queued(struct store *s, struct store_queued_tx *out, size_t *n, size_t cap, uint64_t after)
{
    assert(cap >= STORE_BATCH_MAX);
    *n = 0;
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " TX_COLUMNS " FROM txs t WHERE t.status = 0 AND t.id > $1 ORDER BY t.id LIMIT $2");
    sql_u64(&q, after);
    sql_u64(&q, cap);
    while (sql_row(&q)) get_queued_tx(&q, 0, &out[(*n)++]);
    ZK_TRY(sql_end(&q));
    if (*n == cap) *n = whole_batches(out, *n);
    return ZK_OK;
}

zk_err store_txs_unwound(struct store *s, struct store_queued_tx *out, size_t *n, size_t cap, size_t skip)
{
    *n = 0;
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT " TX_COLUMNS " FROM txs t WHERE t.status = 0 AND t.block IS NOT NULL"
              " ORDER BY t.block, t.idx LIMIT $1 OFFSET $2");
    sql_u64(&q, cap);
    sql_u64(&q, skip);
    while (sql_row(&q)) get_queued_tx(&q, 0, &out[(*n)++]);
    ZK_TRY(sql_end(&q));
    if (*n == cap) *n = whole_batches(out, *n);
    return ZK_OK;
}

/* ---- for admission and API */

zk_err store_txs_waiting(struct store *s, uint64_t *n, uint32_t account_id)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT count(*) FROM txs WHERE account = $1 AND status = 0");
    sql_i64(&q, account_id);
    *n = sql_row(&q) ? sql_get_u64(&q, 0) : 0;
    return sql_end(&q);
}

zk_err store_tx_get(struct store *s, struct store_tx *out, bool *found, const hash32 *hash)
{
    return find_tx(s, out, found, hash);
}

zk_err store_tx_signature(struct store *s, store_eth_sig *kind, uint8_t *sig, size_t *len, bool *found,
                          const hash32 *hash)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT sig_kind, sig FROM txs WHERE hash_key = $1 AND hash = $2");
    sql_i64(&q, hash_key(hash));
    sql_bytes(&q, hash->b, sizeof hash->b);
    *kind = STORE_ETH_SIG_NONE;
    *len = 0;
    *found = sql_row(&q);
    if (*found) {
        int64_t k = sql_get_i64(&q, 0);
        const uint8_t *p = sql_get_bytes(&q, 1, len);
        if (k < STORE_ETH_SIG_NONE || k > STORE_ETH_SIG_EIP1271 || *len > STORE_ETH_SIG_MAX) {
            sql_corrupt(&q, "an Ethereum signature that is none");
            *len = 0;
        }
        if (*len > 0) {
            *kind = (store_eth_sig)k;
            memcpy(sig, p, *len);
        }
    }
    return sql_end(&q);
}

static zk_err get_batch_txs(struct store *s, struct store_batch *out)
{
    struct sql_query q;
    uint32_t n = 0;
    sql_start(&q, s->db,
              "SELECT hash, status, block, executed_at FROM txs WHERE id >= $1 AND id < $2 AND batch_id = $1"
              " ORDER BY id");
    sql_u64(&q, out->id);
    sql_u64(&q, out->id + out->n);
    while (sql_row(&q)) {
        sql_get_hash(&q, 0, &out->hashes[n++]);
        out->status = (store_tx_status)sql_get_i64(&q, 1);
        if (out->status == STORE_TX_QUEUED) continue;
        out->block = sql_get_u32(&q, 2);
        out->updated_at = sql_get_i64(&q, 3);
    }
    out->n = n; /* fewer if some were rejected, and since accepted again or forgotten */
    return sql_end(&q);
}

static zk_err get_batch(struct store *s, struct store_batch *out, bool *found, const hash32 *batch_hash)
{
    memset(out, 0, sizeof *out);
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT id, n, created_at FROM batches WHERE hash_key = $1 AND hash = $2 ORDER BY id DESC LIMIT 1");
    sql_i64(&q, hash_key(batch_hash));
    sql_bytes(&q, batch_hash->b, sizeof batch_hash->b);
    *found = sql_row(&q);
    if (*found) {
        out->id = sql_get_u64(&q, 0);
        out->n = sql_get_u32(&q, 1);
        out->created_at = out->updated_at = sql_get_i64(&q, 2);
        if (out->n > STORE_BATCH_MAX) sql_corrupt(&q, "a batch that is too large");
    }
    ZK_TRY(sql_end(&q));
    return *found ? get_batch_txs(s, out) : ZK_OK;
}

zk_err store_batch_get(struct store *s, struct store_batch *out, bool *found, const hash32 *batch_hash)
{
    bool own;
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, get_batch(s, out, found, batch_hash));
}

/* ---- forgetting */

/* On PostgreSQL another process may have unwound its block since it was read: then it waits again, and stays. */
static zk_err delete_tx(struct store *s, uint64_t id)
{
    struct sql_query q;
    sql_start(&q, s->db, "DELETE FROM txs WHERE id = $1 AND status = 2");
    sql_u64(&q, id);
    ZK_TRY(sql_run(&q));
    return q.changes == 1 ? ZK_OK : zk_fail(ZK_ERR_IO, "a rejected transaction waits again: try again");
}

static zk_err delete_entry(struct store *s, const struct store_tx *t)
{
    struct sql_query q;
    sql_start(&q, s->db, "DELETE FROM ops WHERE block = $1 AND idx = $2 AND priority = 0 AND ref = $3");
    sql_i64(&q, t->block);
    sql_i64(&q, t->index);
    sql_u64(&q, t->id);
    ZK_TRY(sql_run(&q));
    return head_add(s, HEAD_OPS, -(int64_t)q.changes);
}

zk_err stored_parties(struct store *s, struct store_parties *out, const struct tx *tx)
{
    eth_address orders[2] = {{{0}}, {{0}}};
    for (size_t i = 0; i < 2 && tx->type == TX_SWAP; i++) {
        struct store_account_head head;
        bool found;
        ZK_TRY(store_account_head_by_id(s, &head, &found, tx->swap.orders[i].account_id));
        if (found) orders[i] = head.address;
    }
    store_parties_of_tx(out, tx, orders);
    return ZK_OK;
}

zk_err delete_listings(struct store *s, const struct store_parties *parties, uint32_t block, uint32_t index)
{
    for (unsigned i = 0; i < parties->n_addresses; i++) {
        struct sql_query q;
        sql_start(&q, s->db, "DELETE FROM account_ops WHERE address = $1 AND block = $2 AND idx = $3");
        sql_bytes(&q, parties->addresses[i].b, sizeof parties->addresses[i].b);
        sql_i64(&q, block);
        sql_i64(&q, index);
        ZK_TRY(sql_run(&q));
    }
    return ZK_OK;
}

zk_err remove_rejected(struct store *s, const struct store_tx *t)
{
    struct store_parties parties;
    assert(t->status == STORE_TX_REJECTED);
    ZK_TRY(delete_tx(s, t->id)); /* first: it holds the row until the end */
    ZK_TRY(stored_parties(s, &parties, &t->tx));
    ZK_TRY(delete_listings(s, &parties, t->block, t->index));
    return delete_entry(s, t);
}

static zk_err find_prunable(struct store *s, struct store_tx *out, bool *found, int64_t before)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT " TX_COLUMNS " FROM txs t WHERE t.status = 2 AND t.executed_at < $1"
              " ORDER BY t.executed_at LIMIT 1");
    sql_i64(&q, before);
    *found = sql_row(&q);
    if (*found) get_tx(&q, 0, out);
    return sql_end(&q);
}

static zk_err prune(struct store *s, size_t *n, int64_t before, size_t limit)
{
    for (*n = 0; *n < limit; (*n)++) {
        struct store_tx old;
        bool found;
        ZK_TRY(find_prunable(s, &old, &found, before));
        if (!found) break;
        ZK_TRY(remove_rejected(s, &old));
    }
    return ZK_OK;
}

zk_err store_tx_unauthorize(struct store *s, uint64_t id)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE txs SET flags = flags & $1 WHERE id = $2 AND status = 0");
    sql_i64(&q, TX_FLAG_FAST);
    sql_i64(&q, (int64_t)id);
    return write_end(s, own, sql_run(&q));
}

zk_err store_txs_prune(struct store *s, size_t *n, int64_t before, size_t limit)
{
    bool own;
    *n = 0;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, prune(s, n, before, limit));
}
