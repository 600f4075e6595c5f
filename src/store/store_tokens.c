#include "store/store_tokens.h"

#include "store/store_internal.h"

/* Symbols are found in any case of ASCII letters. */
static void symbol_key(char out[STORE_SYMBOL_MAX], const char *symbol)
{
    size_t i = 0;
    for (; symbol[i] != '\0' && i + 1 < STORE_SYMBOL_MAX; i++) {
        out[i] = symbol[i];
        if (out[i] >= 'A' && out[i] <= 'Z') out[i] = (char)(out[i] | 0x20);
    }
    out[i] = '\0';
}

#define TOKEN_COLUMNS "id, address, symbol, decimals, fees, price, price_at, eth_block"

static void get_token(struct sql_query *q, struct store_token *out)
{
    memset(out, 0, sizeof *out);
    out->id = sql_get_u32(q, 0);
    sql_get_address(q, 1, &out->address);
    sql_get_text(q, 2, out->symbol, sizeof out->symbol);
    uint32_t decimals = sql_get_u32(q, 3);
    if (decimals > UINT8_MAX) sql_corrupt(q, "a token of too many decimals");
    out->decimals = (uint8_t)decimals;
    out->enabled_for_fees = sql_get_i64(q, 4) != 0;
    sql_get_text(q, 5, out->price, sizeof out->price);
    out->price_at = sql_get_i64(q, 6);
    out->eth_block = sql_get_u64(q, 7);
}

zk_err store_token_put(struct store *s, const struct store_token *token)
{
    char key[STORE_SYMBOL_MAX];
    symbol_key(key, token->symbol);
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO tokens (id, address, symbol, symbol_key, decimals, fees, price, price_at, eth_block)"
              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET address = excluded.address,"
              " symbol = excluded.symbol, symbol_key = excluded.symbol_key, decimals = excluded.decimals,"
              " fees = excluded.fees, eth_block = excluded.eth_block");
    sql_i64(&q, token->id);
    sql_bytes(&q, token->address.b, sizeof token->address.b);
    sql_text(&q, token->symbol);
    sql_text(&q, key);
    sql_i64(&q, token->decimals);
    sql_i64(&q, token->enabled_for_fees);
    sql_text(&q, token->price);
    sql_i64(&q, token->price_at);
    sql_u64(&q, token->eth_block);
    return write_end(s, own, sql_run(&q));
}

zk_err store_tokens_reorg(struct store *s, uint64_t eth_block)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db, "DELETE FROM tokens WHERE eth_block >= $1 AND id <> 0");
    sql_u64(&q, eth_block);
    return write_end(s, own, sql_run(&q));
}

zk_err store_token_set_price(struct store *s, uint32_t id, const char *price, int64_t at)
{
    if (strlen(price) >= STORE_PRICE_MAX) return zk_fail(ZK_ERR_RANGE, "a price of %zu characters", strlen(price));
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE tokens SET price = $1, price_at = $2 WHERE id = $3");
    sql_text(&q, price);
    sql_i64(&q, at);
    sql_i64(&q, id);
    return write_end(s, own, sql_run(&q));
}

zk_err store_token_set_fees(struct store *s, uint32_t id, bool enabled)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE tokens SET fees = $1 WHERE id = $2");
    sql_i64(&q, enabled);
    sql_i64(&q, id);
    return write_end(s, own, sql_run(&q));
}

zk_err store_tokens(struct store *s, struct store_token *out, size_t *n, size_t cap, uint32_t from)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " TOKEN_COLUMNS " FROM tokens WHERE id >= $1 ORDER BY id LIMIT $2");
    sql_i64(&q, from);
    sql_u64(&q, cap);
    *n = 0;
    while (sql_row(&q)) get_token(&q, &out[(*n)++]);
    return sql_end(&q);
}

static zk_err one_token(struct sql_query *q, struct store_token *out, bool *found)
{
    memset(out, 0, sizeof *out);
    *found = sql_row(q);
    if (*found) get_token(q, out);
    return sql_end(q);
}

zk_err store_token_by_id(struct store *s, struct store_token *out, bool *found, uint32_t id)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " TOKEN_COLUMNS " FROM tokens WHERE id = $1");
    sql_i64(&q, id);
    return one_token(&q, out, found);
}

zk_err store_token_by_symbol(struct store *s, struct store_token *out, bool *found, const char *symbol)
{
    *found = false;
    memset(out, 0, sizeof *out);
    if (strlen(symbol) >= STORE_SYMBOL_MAX) return ZK_OK; /* no token has it */
    char key[STORE_SYMBOL_MAX];
    symbol_key(key, symbol);
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " TOKEN_COLUMNS " FROM tokens WHERE symbol_key = $1");
    sql_text(&q, key);
    return one_token(&q, out, found);
}
