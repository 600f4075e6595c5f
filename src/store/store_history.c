#include "store/store_history.h"

#include "store/store_internal.h"

#define NFT_CONTENT_BYTES (4 + 4 + 20 + 32)

/* ---- an entry */

#define OP_COLUMNS "o.block, o.idx, o.priority, o.kind, o.account, o.amount, o.nft, " TX_COLUMNS ", " PRIORITY_COLUMNS
#define OP_JOINS                                                                                                       \
    " LEFT JOIN txs t ON o.priority = 0 AND t.id = o.ref LEFT JOIN priority_ops p ON o.priority = 1 AND"               \
    " p.serial_id = o.ref"
#define OP_OWN_COLUMNS 7

static void get_nft_content(struct sql_query *q, unsigned col, struct nft_content *out)
{
    uint8_t b[NFT_CONTENT_BYTES];
    if (sql_is_null(q, col)) return;
    sql_get_fixed(q, col, b, sizeof b);
    out->creator = load_be32(b);
    out->serial = load_be32(b + 4);
    memcpy(out->creator_address.b, b + 8, 20);
    memcpy(out->hash.b, b + 28, 32);
}

static void get_op(struct sql_query *q, struct store_op *out)
{
    memset(out, 0, sizeof *out);
    out->place = (struct store_place){sql_get_u32(q, 0), sql_get_u32(q, 1)};
    out->is_priority = sql_get_i64(q, 2) != 0;
    int64_t kind = sql_get_i64(q, 3);
    if (kind < 0 || kind >= OP_KINDS) sql_corrupt(q, "an operation of no known kind");
    out->kind = (op_kind)kind;
    out->rejected = kind == OP_NOOP;
    out->account = sql_is_null(q, 4) ? ACCOUNT_ID_NOBODY : sql_get_u32(q, 4);
    if (!sql_is_null(q, 5)) {
        uint8_t amount[16];
        sql_get_fixed(q, 5, amount, sizeof amount);
        out->amount = load_be128(amount);
    }
    get_nft_content(q, 6, &out->nft);
    if (out->is_priority) {
        get_priority(q, OP_OWN_COLUMNS + TX_COLUMN_COUNT, &out->priority);
        out->executed_at = out->priority.executed_at;
    } else {
        get_tx(q, OP_OWN_COLUMNS, &out->tx);
        out->executed_at = out->tx.executed_at;
    }
}

static zk_err collect_ops(struct sql_query *q, struct store_op *out, size_t *n)
{
    *n = 0;
    while (sql_row(q)) get_op(q, &out[(*n)++]);
    return sql_end(q);
}

zk_err store_op_get(struct store *s, struct store_op *out, bool *found, struct store_place place)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " OP_COLUMNS " FROM ops o" OP_JOINS " WHERE o.block = $1 AND o.idx = $2");
    sql_i64(&q, place.block);
    sql_i64(&q, place.index);
    size_t n;
    memset(out, 0, sizeof *out);
    zk_err err = collect_ops(&q, out, &n);
    *found = err == ZK_OK && n == 1;
    return err;
}

/* ---- a block's entries */

zk_err store_block_page(struct store *s, struct store_op *out, size_t *n, size_t cap, uint32_t block, uint32_t from,
                        store_order order)
{
    struct sql_query q;
    if (order == STORE_NEWER)
        sql_start(&q, s->db,
                  "SELECT " OP_COLUMNS " FROM ops o" OP_JOINS
                  " WHERE o.block = $1 AND o.idx >= $2 ORDER BY o.idx LIMIT $3");
    else
        sql_start(&q, s->db,
                  "SELECT " OP_COLUMNS " FROM ops o" OP_JOINS
                  " WHERE o.block = $1 AND o.idx <= $2 ORDER BY o.idx DESC LIMIT $3");
    sql_i64(&q, block);
    sql_i64(&q, from);
    sql_u64(&q, cap);
    return collect_ops(&q, out, n);
}

zk_err store_block_count(struct store *s, uint64_t *count, uint32_t block)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT count(*) FROM ops WHERE block = $1");
    sql_i64(&q, block);
    *count = sql_row(&q) ? sql_get_u64(&q, 0) : 0;
    return sql_end(&q);
}

/* ---- an account's entries. Parameters 1 to 3 are those of the filter: address, second address or NULL, token or
   -1. */

#define LISTED                                                                                                         \
    "a.address = $1 AND ($3 < 0 OR a.token0 = $3 OR a.token1 = $3 OR a.token2 = $3 OR a.token3 = $3)"                  \
    " AND (length($2) = 0 OR EXISTS (SELECT 1 FROM account_ops b WHERE b.address = $2 AND b.block = a.block"           \
    " AND b.idx = a.idx))"

static void bind_filter(struct sql_query *q, const struct store_history_filter *f)
{
    sql_bytes(q, f->address->b, sizeof f->address->b);
    sql_bytes(q, f->second == NULL ? (const uint8_t *)"" : f->second->b, f->second == NULL ? 0 : sizeof f->second->b);
    sql_i64(q, f->by_token ? (int64_t)f->token : -1);
}

zk_err store_history_page(struct store *s, struct store_op *out, size_t *n, size_t cap,
                          const struct store_history_filter *filter, struct store_place from, store_order order)
{
    struct sql_query q;
    if (order == STORE_NEWER)
        sql_start(&q, s->db,
                  "SELECT " OP_COLUMNS " FROM (SELECT a.block, a.idx FROM account_ops a WHERE " LISTED
                  " AND (a.block, a.idx) >= ($4, $5) ORDER BY a.block, a.idx LIMIT $6) l"
                  " JOIN ops o ON o.block = l.block AND o.idx = l.idx" OP_JOINS " ORDER BY o.block, o.idx");
    else
        sql_start(&q, s->db,
                  "SELECT " OP_COLUMNS " FROM (SELECT a.block, a.idx FROM account_ops a WHERE " LISTED
                  " AND (a.block, a.idx) <= ($4, $5) ORDER BY a.block DESC, a.idx DESC LIMIT $6) l"
                  " JOIN ops o ON o.block = l.block AND o.idx = l.idx" OP_JOINS " ORDER BY o.block DESC, o.idx DESC");
    bind_filter(&q, filter);
    sql_i64(&q, from.block);
    sql_i64(&q, from.index);
    sql_u64(&q, cap);
    return collect_ops(&q, out, n);
}

zk_err store_history_count(struct store *s, uint64_t *count, const struct store_history_filter *filter, uint64_t most)
{
    struct sql_query q;
    bool all = filter->second == NULL && !filter->by_token;
    if (all) {
        sql_start(&q, s->db,
                  "SELECT count(*) FROM (SELECT 1 FROM account_ops WHERE address = $1"
                  " ORDER BY block DESC, idx DESC LIMIT $2) a");
        sql_bytes(&q, filter->address->b, sizeof filter->address->b);
        sql_u64(&q, most);
    } else {
        sql_start(&q, s->db,
                  "SELECT count(*) FROM (SELECT * FROM account_ops WHERE address = $1"
                  " ORDER BY block DESC, idx DESC LIMIT $4) a WHERE " LISTED);
        bind_filter(&q, filter);
        sql_u64(&q, most);
    }
    *count = sql_row(&q) ? sql_get_u64(&q, 0) : 0;
    return sql_end(&q);
}

/* ---- by hash */

zk_err store_op_place(struct store *s, struct store_place *out, bool *found, const hash32 *hash)
{
    *out = STORE_PLACE_FIRST;
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT block, idx FROM txs WHERE hash_key = $1 AND hash = $2 AND status <> 0"
              " UNION ALL SELECT block, idx FROM priority_ops WHERE hash_key = $1 AND hash = $2 AND status = 1"
              " UNION ALL SELECT block, idx FROM priority_ops WHERE eth_key = $1 AND eth_hash = $2 AND status = 1"
              " ORDER BY 1, 2 LIMIT 1");
    sql_i64(&q, hash_key(hash));
    sql_bytes(&q, hash->b, sizeof hash->b);
    *found = sql_row(&q);
    if (*found) *out = (struct store_place){sql_get_u32(&q, 0), sql_get_u32(&q, 1)};
    return sql_end(&q);
}
