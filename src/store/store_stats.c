#include "store/store_stats.h"

#include "store/store_internal.h"

#include <string.h>

zk_err store_tally(struct store *s, struct store_tally *out, uint32_t first, uint32_t last)
{
    struct sql_query q;
    memset(out, 0, sizeof *out);
    sql_start(&q, s->db, "SELECT kind, count(*) FROM ops WHERE block >= $1 AND block <= $2 GROUP BY kind");
    sql_i64(&q, first);
    sql_i64(&q, last);
    while (sql_row(&q)) {
        int64_t kind = sql_get_i64(&q, 0);
        uint64_t n = sql_get_u64(&q, 1);
        if (kind == OP_NOOP) {
            out->rejected = n;
        } else if (kind > 0 && kind < OP_KINDS) {
            out->kinds[kind] = n;
        } else {
            sql_corrupt(&q, "an operation of no known kind");
        }
    }
    return sql_end(&q);
}

zk_err store_executed_indexes(struct store *s, uint32_t *out, size_t *n, size_t cap, uint32_t block, uint32_t from)
{
    struct sql_query q;
    *n = 0;
    sql_start(&q, s->db, "SELECT idx FROM ops WHERE block = $1 AND idx >= $2 AND kind <> 0 ORDER BY idx LIMIT $3");
    sql_i64(&q, block);
    sql_i64(&q, from);
    sql_u64(&q, cap);
    while (*n < cap && sql_row(&q)) out[(*n)++] = sql_get_u32(&q, 0);
    return sql_end(&q);
}

/* Their ids have no gaps: counting them would walk them all. */
zk_err store_nft_count(struct store *s, uint64_t *n)
{
    struct sql_query q;
    *n = 0;
    sql_start(&q, s->db, "SELECT max(id) FROM nfts");
    if (sql_row(&q) && !sql_is_null(&q, 0)) *n = sql_get_u64(&q, 0) + 1 - NFT_ID_FIRST;
    return sql_end(&q);
}
