#include "store/store_accounts.h"

#include "store/store_internal.h"

#include "rollup/nft.h"

#define BALANCE_BYTES 18

/* The verified state of an account is its row, if no block that is still to be executed on L1 has changed it. Else the
 * block that changed it last has kept the row before it, which in turn names the block before that: the chain ends at
 * the first row that a block up to the last executed one has written. */

static void get_balances(struct sql_query *q, unsigned col, struct store_account *out)
{
    size_t len;
    const uint8_t *p = sql_get_bytes(q, col, &len);
    out->n_balances = len / BALANCE_BYTES;
    if (len % BALANCE_BYTES != 0 || out->n_balances > TOKEN_ID_LAST + 1) {
        sql_corrupt(q, "balances that cannot be read");
        out->n_balances = 0;
    }
    for (size_t i = 0; i < out->n_balances; i++, p += BALANCE_BYTES)
        out->balances[i] = (struct token_balance){load_be16(p), load_be128(p + 2)};
}

static void get_type(struct sql_query *q, unsigned col, store_account_type *type, pubkey_hash *hash)
{
    int64_t v = sql_get_i64(q, col);
    memset(hash, 0, sizeof *hash);
    *type = STORE_TYPE_UNKNOWN;
    if (v < STORE_TYPE_UNKNOWN || v > STORE_TYPE_NO2FA_KEY)
        sql_corrupt(q, "an account of no known type");
    else
        *type = (store_account_type)v;
    if (*type == STORE_TYPE_NO2FA_KEY) sql_get_fixed(q, col + 1, hash->b, sizeof hash->b);
}

#define ACCOUNT_COLUMNS                                                                                                \
    "id, address, pubkey_hash, nonce, minted, balances, last_block, created_at, type, type_hash, undo"

static void get_account(struct sql_query *q, struct store_account *out, uint64_t *undo)
{
    out->id = sql_get_u32(q, 0);
    sql_get_address(q, 1, &out->leaf.address);
    sql_get_fixed(q, 2, out->leaf.pubkey_hash.b, sizeof out->leaf.pubkey_hash.b);
    out->leaf.nonce = sql_get_u32(q, 3);
    out->leaf.minted = sql_get_u32(q, 4);
    out->leaf.exists = true;
    get_balances(q, 5, out);
    out->last_block = sql_get_u32(q, 6);
    out->created_at = sql_get_i64(q, 7);
    get_type(q, 8, &out->type, &out->type_hash);
    *undo = sql_is_null(q, 10) ? 0 : sql_get_u64(q, 10);
}

/* One step back, to what the account was before its last block. */
static zk_err account_before(struct store *s, struct store_account *a, uint64_t *undo)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT existed, pubkey_hash, nonce, minted, balances, last_block, undo, id FROM undo_accounts"
              " WHERE seq = $1");
    sql_u64(&q, *undo);
    if (!sql_row(&q) || sql_get_i64(&q, 7) != (int64_t)a->id) {
        sql_corrupt(&q, "no value of an account before its last block");
    } else if (sql_get_i64(&q, 0) == 0) {
        a->leaf.exists = false;
    } else {
        sql_get_fixed(&q, 1, a->leaf.pubkey_hash.b, sizeof a->leaf.pubkey_hash.b);
        a->leaf.nonce = sql_get_u32(&q, 2);
        a->leaf.minted = sql_get_u32(&q, 3);
        get_balances(&q, 4, a);
        a->last_block = sql_get_u32(&q, 5);
        *undo = sql_is_null(&q, 6) ? 0 : sql_get_u64(&q, 6);
    }
    return sql_end(&q);
}

static zk_err account_at(struct store *s, struct store_account *a, bool *found, uint64_t undo, store_moment moment)
{
    if (!*found || moment == STORE_COMMITTED) return ZK_OK;
    uint64_t executed;
    ZK_TRY(head_get(s, &executed, HEAD_EXECUTED));
    while (a->leaf.exists && a->last_block > executed) ZK_TRY(account_before(s, a, &undo));
    *found = a->leaf.exists;
    return ZK_OK;
}

static void clear_account(struct store_account *a)
{
    memset(a, 0, offsetof(struct store_account, balances)); /* the list is long, and n_balances says where it ends */
}

static zk_err account_by_id(struct store *s, struct store_account *out, bool *found, uint32_t id, store_moment moment)
{
    clear_account(out);
    uint64_t undo = 0;
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE id = $1");
    sql_i64(&q, id);
    *found = sql_row(&q);
    if (*found) get_account(&q, out, &undo);
    ZK_TRY(sql_end(&q));
    ZK_TRY(account_at(s, out, found, undo, moment));
    if (!*found) clear_account(out);
    return ZK_OK;
}

static zk_err account_by_address(struct store *s, struct store_account *out, bool *found, const eth_address *address,
                                 store_moment moment)
{
    clear_account(out);
    uint64_t undo = 0;
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE address = $1");
    sql_bytes(&q, address->b, sizeof address->b);
    *found = sql_row(&q);
    if (*found) get_account(&q, out, &undo);
    ZK_TRY(sql_end(&q));
    ZK_TRY(account_at(s, out, found, undo, moment));
    if (!*found) clear_account(out);
    return ZK_OK;
}

zk_err store_account_by_id(struct store *s, struct store_account *out, bool *found, uint32_t id, store_moment moment)
{
    bool own;
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, account_by_id(s, out, found, id, moment));
}

zk_err store_account_by_address(struct store *s, struct store_account *out, bool *found, const eth_address *address,
                                store_moment moment)
{
    bool own;
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, account_by_address(s, out, found, address, moment));
}

/* ---- heads */

#define HEAD_COLUMNS "id, address, pubkey_hash, nonce, type, type_hash, created_at"

static zk_err get_head(struct sql_query *q, struct store_account_head *out, bool *found)
{
    memset(out, 0, sizeof *out);
    *found = sql_row(q);
    if (*found) {
        out->id = sql_get_u32(q, 0);
        sql_get_address(q, 1, &out->address);
        sql_get_fixed(q, 2, out->pubkey_hash.b, sizeof out->pubkey_hash.b);
        out->nonce = sql_get_u32(q, 3);
        get_type(q, 4, &out->type, &out->type_hash);
        out->created_at = sql_get_i64(q, 6);
    }
    return sql_end(q);
}

zk_err store_account_head_by_id(struct store *s, struct store_account_head *out, bool *found, uint32_t id)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " HEAD_COLUMNS " FROM accounts WHERE id = $1");
    sql_i64(&q, id);
    return get_head(&q, out, found);
}

zk_err store_account_head_by_address(struct store *s, struct store_account_head *out, bool *found,
                                     const eth_address *address)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " HEAD_COLUMNS " FROM accounts WHERE address = $1");
    sql_bytes(&q, address->b, sizeof address->b);
    return get_head(&q, out, found);
}

zk_err store_account_exists(struct store *s, bool *exists, const eth_address *address)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT 1 FROM accounts WHERE address = $1");
    sql_bytes(&q, address->b, sizeof address->b);
    *exists = sql_row(&q);
    return sql_end(&q);
}

/* A toggle is no block's doing (type_block NULL): unwinding leaves it alone. */
static zk_err set_type(struct store *s, const char *text, store_account_type type, const pubkey_hash *type_hash,
                       uint64_t key, uint64_t *changes)
{
    struct sql_query q;
    sql_start(&q, s->db, text);
    sql_i64(&q, type);
    sql_bytes(&q, type_hash != NULL ? type_hash->b : NULL, type_hash != NULL ? sizeof type_hash->b : 0);
    sql_u64(&q, key);
    ZK_TRY(sql_run(&q));
    *changes = q.changes;
    return ZK_OK;
}

static zk_err undo_of(struct store *s, uint64_t *seq, const char *text, uint64_t key)
{
    struct sql_query q;
    sql_start(&q, s->db, text);
    sql_u64(&q, key);
    *seq = sql_row(&q) && !sql_is_null(&q, 0) ? sql_get_u64(&q, 0) : 0;
    return sql_end(&q);
}

/* The row, and the values before it that unwinding would bring back, from the newest on: the toggle is its owner's, and
 * outlives them. */
static zk_err set_types(struct store *s, bool *found, uint32_t id, store_account_type type, const pubkey_hash *hash)
{
    uint64_t changes, seq;
    ZK_TRY(set_type(s, "UPDATE accounts SET type = $1, type_hash = $2, type_block = NULL WHERE id = $3", type, hash, id,
                    &changes));
    *found = changes > 0;
    if (!*found) return ZK_OK;
    ZK_TRY(undo_of(s, &seq, "SELECT undo FROM accounts WHERE id = $1", id));
    while (seq != 0) {
        ZK_TRY(set_type(s,
                        "UPDATE undo_accounts SET type = $1, type_hash = $2, type_block = NULL"
                        " WHERE seq = $3 AND existed = 1",
                        type, hash, seq, &changes));
        if (changes == 0) break; /* before it was made, or dropped: that block is final */
        ZK_TRY(undo_of(s, &seq, "SELECT undo FROM undo_accounts WHERE seq = $1", seq));
    }
    return ZK_OK;
}

zk_err store_account_set_type(struct store *s, bool *found, uint32_t id, store_account_type type,
                              const pubkey_hash *type_hash)
{
    bool own;
    *found = false;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, set_types(s, found, id, type, type == STORE_TYPE_NO2FA_KEY ? type_hash : NULL));
}

zk_err store_account_count(struct store *s, uint32_t *n)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT id + 1 FROM accounts ORDER BY id DESC LIMIT 1"); /* ids have no gaps */
    *n = sql_row(&q) ? sql_get_u32(&q, 0) : 0;
    return sql_end(&q);
}

/* ---- NFTs */

#define NFT_COLUMNS                                                                                                    \
    "n.id, n.creator, n.serial, n.content, n.creator_address, n.address, n.owner, n.minted_block, n.last_block, "      \
    "t.hash"
#define NFT_FROM " FROM nfts n LEFT JOIN txs t ON t.id = n.mint_tx"

static void get_nft(struct sql_query *q, struct store_nft *out)
{
    memset(out, 0, sizeof *out);
    out->id = sql_get_u32(q, 0);
    out->leaf.content.creator = sql_get_u32(q, 1);
    out->leaf.content.serial = sql_get_u32(q, 2);
    sql_get_hash(q, 3, &out->leaf.content.hash);
    sql_get_address(q, 4, &out->leaf.content.creator_address);
    sql_get_address(q, 5, &out->address);
    out->leaf.owner = sql_get_u32(q, 6);
    out->leaf.exists = true;
    out->minted_block = sql_get_u32(q, 7);
    out->last_block = sql_get_u32(q, 8);
    if (!sql_is_null(q, 9)) sql_get_hash(q, 9, &out->mint_tx);
}

/* As account_before. */
static zk_err nft_before(struct store *s, struct store_nft *nft)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT existed, owner, last_block FROM undo_nfts WHERE block = $1 AND id = $2");
    sql_i64(&q, nft->last_block);
    sql_i64(&q, nft->id);
    if (!sql_row(&q)) {
        sql_corrupt(&q, "no value of an NFT before its last block");
    } else if (sql_get_i64(&q, 0) == 0) {
        nft->leaf.exists = false;
    } else {
        nft->leaf.owner = sql_get_u32(&q, 1);
        nft->last_block = sql_get_u32(&q, 2);
    }
    return sql_end(&q);
}

static zk_err nft_at(struct store *s, struct store_nft *nft, uint64_t executed)
{
    while (nft->leaf.exists && nft->last_block > executed) ZK_TRY(nft_before(s, nft));
    return ZK_OK;
}

static zk_err nft_get(struct store *s, struct store_nft *out, bool *found, uint32_t id, store_moment moment)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " NFT_COLUMNS NFT_FROM " WHERE n.id = $1");
    sql_i64(&q, id);
    memset(out, 0, sizeof *out);
    *found = sql_row(&q);
    if (*found) get_nft(&q, out);
    ZK_TRY(sql_end(&q));
    if (!*found || moment == STORE_COMMITTED) return ZK_OK;
    uint64_t executed;
    ZK_TRY(head_get(s, &executed, HEAD_EXECUTED));
    ZK_TRY(nft_at(s, out, executed));
    *found = out->leaf.exists;
    if (!*found) memset(out, 0, sizeof *out);
    return ZK_OK;
}

zk_err store_nft_get(struct store *s, struct store_nft *out, bool *found, uint32_t id, store_moment moment)
{
    bool own;
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, nft_get(s, out, found, id, moment));
}

static zk_err collect_nfts(struct sql_query *q, struct store_nft *out, size_t *n)
{
    *n = 0;
    while (sql_row(q)) get_nft(q, &out[(*n)++]);
    return sql_end(q);
}

/* Of n rows, those that exist at the verified moment; by_owner: and are owned by `owner` then. */
static zk_err keep_verified(struct store *s, struct store_nft *out, size_t *n, bool by_owner, uint32_t owner)
{
    uint64_t executed;
    ZK_TRY(head_get(s, &executed, HEAD_EXECUTED));
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        struct store_nft nft = out[i];
        ZK_TRY(nft_at(s, &nft, executed));
        if (nft.leaf.exists && (!by_owner || nft.leaf.owner == owner)) out[kept++] = nft;
    }
    *n = kept;
    return ZK_OK;
}

static zk_err owned_committed(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account,
                              uint32_t from)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " NFT_COLUMNS NFT_FROM " WHERE n.owner = $1 AND n.id >= $2 ORDER BY n.id LIMIT $3");
    sql_i64(&q, account);
    sql_i64(&q, from);
    sql_u64(&q, cap);
    return collect_nfts(&q, out, n);
}

/* Whoever owns it now, or owned it before a block that is not executed. */
static zk_err owned_candidates(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account,
                               uint32_t from)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT " NFT_COLUMNS NFT_FROM " WHERE n.id >= $2 AND (n.owner = $1 OR n.id IN"
              " (SELECT u.id FROM undo_nfts u WHERE u.owner = $1)) ORDER BY n.id LIMIT $3");
    sql_i64(&q, account);
    sql_i64(&q, from);
    sql_u64(&q, cap);
    return collect_nfts(&q, out, n);
}

/* Candidates that turn out to be another's leave room, which the next ones fill. */
static zk_err owned_verified(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account,
                             uint32_t from)
{
    *n = 0;
    for (;;) {
        size_t got;
        size_t room = cap - *n;
        ZK_TRY(owned_candidates(s, out + *n, &got, room, account, from));
        if (got == 0) return ZK_OK;
        from = out[*n + got - 1].id + 1;
        size_t kept = got;
        ZK_TRY(keep_verified(s, out + *n, &kept, true, account));
        *n += kept;
        if (got < room || *n == cap) return ZK_OK;
    }
}

zk_err store_nfts_owned(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account, uint32_t from,
                        store_moment moment)
{
    bool own;
    assert(cap > 0);
    assert(account != ACCOUNT_ID_NOBODY);
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own,
                    moment == STORE_COMMITTED ? owned_committed(s, out, n, cap, account, from)
                                              : owned_verified(s, out, n, cap, account, from));
}

static zk_err nfts_minted(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account,
                          uint32_t from, store_moment moment)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT " NFT_COLUMNS NFT_FROM " WHERE n.creator = $1 AND n.id >= $2 ORDER BY n.id LIMIT $3");
    sql_i64(&q, account);
    sql_i64(&q, from);
    sql_u64(&q, cap);
    ZK_TRY(collect_nfts(&q, out, n));
    return moment == STORE_COMMITTED ? ZK_OK : keep_verified(s, out, n, false, 0);
}

zk_err store_nfts_minted(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account, uint32_t from,
                         store_moment moment)
{
    bool own;
    ZK_TRY(read_begin(s, &own));
    return read_end(s, own, nfts_minted(s, out, n, cap, account, from, moment));
}

zk_err store_nft_by_mint(struct store *s, uint32_t *id, bool *found, const hash32 *tx_hash)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "SELECT n.id FROM txs t JOIN nfts n ON n.mint_tx = t.id WHERE t.hash_key = $1 AND t.hash = $2");
    sql_i64(&q, hash_key(tx_hash));
    sql_bytes(&q, tx_hash->b, sizeof tx_hash->b);
    *found = sql_row(&q);
    *id = *found ? sql_get_u32(&q, 0) : 0;
    return sql_end(&q);
}
