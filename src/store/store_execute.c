/* A mini-block: everything that a few executed operations change, in one transaction. Written for the number of rows: a
 * transfer costs one update of its transaction, one entry, two listings, and for each of two accounts (fewer, if they
 * come more than once) the value before the block and the new one. */
#include "store/store_blocks.h"

#include "store/store_internal.h"

#include <stdlib.h>

#define BALANCE_BYTES     18
#define NFT_CONTENT_BYTES (4 + 4 + 20 + 32)

static zk_err contradiction(const char *what, uint64_t have, uint64_t want)
{
    return zk_fail(ZK_ERR_INPUT, "%s: %llu, but the database says %llu: two sequencers, or a lost block", what,
                   (unsigned long long)have, (unsigned long long)want);
}

/* ---- entries */

static const struct sql_bulk_text insert_ops = {
    "block:i idx:i priority:i ref:i kind:i account:i amount:b nft:b",
    "INSERT INTO ops (block, idx, priority, ref, kind, account, amount, nft) SELECT r.* FROM r",
    "INSERT INTO ops (block, idx, priority, ref, kind, account, amount, nft)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    NULL,
};

static void encode_nft(uint8_t out[NFT_CONTENT_BYTES], const struct nft_content *nft)
{
    store_be32(out, nft->creator);
    store_be32(out + 4, nft->serial);
    memcpy(out + 8, nft->creator_address.b, 20);
    memcpy(out + 28, nft->hash.b, 32);
}

/* What pages show of an operation beyond its transaction: amounts that the state decided, who was credited. */
static void insert_op(struct sql_bulk *b, uint32_t block, uint32_t index, const struct store_entry *e)
{
    const struct op *op = e->op;
    bool has_amount = op != NULL && (op->kind == OP_FORCED_EXIT || op_is_priority(op->kind));
    bool has_nft = op != NULL && op->kind == OP_FULL_EXIT_NFT;
    uint8_t amount[16], nft[NFT_CONTENT_BYTES];
    if (has_amount) store_be128(amount, op->amount);
    if (has_nft) encode_nft(nft, &op->nft);
    sql_bulk_i64(b, block);
    sql_bulk_i64(b, index);
    sql_bulk_i64(b, e->is_priority);
    sql_bulk_u64(b, e->id);
    sql_bulk_i64(b, op == NULL ? OP_NOOP : op->kind);
    if (op != NULL && op->kind == OP_DEPOSIT)
        sql_bulk_i64(b, op->account);
    else
        sql_bulk_null_i64(b);
    sql_bulk_bytes(b, has_amount ? amount : NULL, sizeof amount);
    sql_bulk_bytes(b, has_nft ? nft : NULL, sizeof nft);
}

static zk_err write_ops(struct store *s, const struct store_mini_block *m)
{
    struct sql_bulk b;
    sql_bulk_start(&b, s->db, &insert_ops);
    for (size_t i = 0; i < m->n_entries; i++) insert_op(&b, m->block, m->first_index + (uint32_t)i, &m->entries[i]);
    return sql_bulk_end(&b);
}

/* "+ 0" keeps PostgreSQL from the index of what is queued: by its statistics often empty, it would be read whole for
 * each of the rows, a time that grows with the queue. Rows are found by their id. Likewise below. */
static const struct sql_bulk_text update_txs = {
    "id:i status:i block:i idx:i executed_at:i fail_reason:t",
    "UPDATE txs SET status = r.status, block = r.block, idx = r.idx, executed_at = r.executed_at,"
    " fail_reason = r.fail_reason FROM r WHERE txs.id = r.id AND txs.status + 0 = 0",
    "UPDATE txs SET status = $2, block = $3, idx = $4, executed_at = $5, fail_reason = $6"
    " WHERE id = $1 AND status = 0",
    NULL,
};

/* A transaction that is not queued any more would be executed twice: nothing of the mini-block is written then. */
static zk_err write_results(struct store *s, const struct store_mini_block *m, uint64_t *n)
{
    struct sql_bulk b;
    *n = 0;
    sql_bulk_start(&b, s->db, &update_txs);
    for (size_t i = 0; i < m->n_entries; i++) {
        const struct store_entry *e = &m->entries[i];
        if (e->is_priority) continue;
        sql_bulk_u64(&b, e->id);
        sql_bulk_i64(&b, e->fail_reason == NULL ? STORE_TX_EXECUTED : STORE_TX_REJECTED);
        sql_bulk_i64(&b, m->block);
        sql_bulk_u64(&b, m->first_index + i);
        sql_bulk_i64(&b, m->now);
        sql_bulk_str(&b, e->fail_reason);
        (*n)++;
    }
    ZK_TRY(sql_bulk_end(&b));
    return b.changes == *n ? ZK_OK : contradiction("transactions to be executed", *n, b.changes);
}

static const struct sql_bulk_text update_priority = {
    "serial_id:i block:i idx:i executed_at:i",
    "UPDATE priority_ops SET status = 1, block = r.block, idx = r.idx, executed_at = r.executed_at"
    " FROM r WHERE priority_ops.serial_id = r.serial_id AND priority_ops.status + 0 = 0",
    "UPDATE priority_ops SET status = 1, block = $2, idx = $3, executed_at = $4 WHERE serial_id = $1 AND status = 0",
    NULL,
};

static zk_err write_priority(struct store *s, const struct store_mini_block *m, uint64_t *n)
{
    uint64_t next;
    ZK_TRY(head_get(s, &next, HEAD_NEXT_PRIORITY));
    struct sql_bulk b;
    *n = 0;
    uint64_t wrong = UINT64_MAX;
    sql_bulk_start(&b, s->db, &update_priority);
    for (size_t i = 0; i < m->n_entries; i++) {
        const struct store_entry *e = &m->entries[i];
        if (!e->is_priority) continue;
        if (e->id != next + *n && wrong == UINT64_MAX) wrong = e->id;
        sql_bulk_u64(&b, e->id);
        sql_bulk_i64(&b, m->block);
        sql_bulk_u64(&b, m->first_index + i);
        sql_bulk_i64(&b, m->now);
        (*n)++;
    }
    ZK_TRY(sql_bulk_end(&b));
    if (wrong != UINT64_MAX) return contradiction("next request from L1", wrong, next);
    if (b.changes != *n) return contradiction("requests from L1 to be executed", *n, b.changes);
    return *n == 0 ? ZK_OK : head_set(s, HEAD_NEXT_PRIORITY, next + *n);
}

static const struct sql_bulk_text insert_account_ops = {
    "address:b block:i idx:i token0:i token1:i token2:i token3:i",
    "INSERT INTO account_ops (address, block, idx, token0, token1, token2, token3) SELECT r.* FROM r",
    "INSERT INTO account_ops (address, block, idx, token0, token1, token2, token3)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
    NULL,
};

static zk_err write_listings(struct store *s, const struct store_mini_block *m)
{
    struct sql_bulk b;
    sql_bulk_start(&b, s->db, &insert_account_ops);
    for (size_t i = 0; i < m->n_entries; i++) {
        const struct store_parties *p = &m->entries[i].parties;
        for (unsigned k = 0; k < p->n_addresses; k++) {
            sql_bulk_bytes(&b, p->addresses[k].b, sizeof p->addresses[k].b);
            sql_bulk_i64(&b, m->block);
            sql_bulk_u64(&b, m->first_index + i);
            for (unsigned t = 0; t < STORE_TOKENS_MAX; t++) {
                if (t < p->n_tokens)
                    sql_bulk_i64(&b, p->tokens[t]);
                else
                    sql_bulk_null_i64(&b);
            }
        }
    }
    return sql_bulk_end(&b);
}

/* ---- state */

/* The value before the block, kept at its first change in it. */
#define UNDO_COLUMNS                                                                                                   \
    "INSERT INTO undo_accounts (seq, id, existed, pubkey_hash, nonce, minted, balances, last_block, undo, type,"       \
    " type_hash, type_block)"
#define UNDO_VALUES                                                                                                    \
    "CASE WHEN a.id IS NULL THEN 0 ELSE 1 END, a.pubkey_hash, a.nonce, a.minted, a.balances, a.last_block, a.undo,"    \
    " a.type, a.type_hash, a.type_block"
static const struct sql_bulk_text keep_accounts = {
    "seq:i id:i block:i",
    UNDO_COLUMNS " SELECT r.seq, r.id, " UNDO_VALUES " FROM r LEFT JOIN accounts a ON a.id = r.id"
                 " WHERE a.id IS NULL OR a.last_block < r.block",
    UNDO_COLUMNS " SELECT $1, $2, " UNDO_VALUES " FROM (SELECT 1) LEFT JOIN accounts a ON a.id = $2"
                 " WHERE a.id IS NULL OR a.last_block < $3",
    NULL,
};

/* change: enum store_type_change. A key change by CREATE2 makes the type CREATE2 (2); another makes it OWNED (1),
 * unless 2FA is off (3, 4). type_block is set only if that changed the type: one that its owner toggled to is his, and
 * no unwinding takes it back. */
#define ACCOUNT_COLUMNS                                                                                                \
    "INSERT INTO accounts (id, address, pubkey_hash, nonce, minted, balances, last_block, undo, created_at, type,"     \
    " type_block)"
#define ACCOUNT_CONFLICT                                                                                               \
    " ON CONFLICT (id) DO UPDATE SET pubkey_hash = excluded.pubkey_hash, nonce = excluded.nonce,"                      \
    " minted = excluded.minted, balances = excluded.balances, last_block = excluded.last_block,"                       \
    " undo = CASE WHEN accounts.last_block < excluded.last_block THEN excluded.undo ELSE accounts.undo END,"           \
    " type = CASE WHEN excluded.type = 2 THEN 2 WHEN excluded.type = 1 AND accounts.type < 3 THEN 1"                   \
    " ELSE accounts.type END,"                                                                                         \
    " type_block = CASE WHEN (excluded.type = 2 AND accounts.type <> 2)"                                               \
    " OR (excluded.type = 1 AND accounts.type IN (0, 2)) THEN excluded.type_block ELSE accounts.type_block END"
static const struct sql_bulk_text put_accounts = {
    "id:i address:b pubkey_hash:b nonce:i minted:i balances:b last_block:i undo:i created_at:i change:i",
    ACCOUNT_COLUMNS " SELECT r.id, r.address, r.pubkey_hash, r.nonce, r.minted, r.balances, r.last_block, r.undo,"
                    " r.created_at, CASE r.change WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE 0 END,"
                    " CASE r.change WHEN 0 THEN NULL ELSE r.last_block END FROM r WHERE true" ACCOUNT_CONFLICT,
    /* Most accounts are there; an INSERT would look for each address first, on a page that nobody else needs. */
    "UPDATE accounts SET pubkey_hash = $3, nonce = $4, minted = $5, balances = $6, last_block = $7,"
    " undo = CASE WHEN last_block < $7 THEN $8 ELSE undo END,"
    " type = CASE WHEN $10 = 1 THEN 2 WHEN $10 = 2 AND type < 3 THEN 1 ELSE type END,"
    " type_block = CASE WHEN ($10 = 1 AND type <> 2) OR ($10 = 2 AND type IN (0, 2)) THEN $7 ELSE type_block END"
    " WHERE id = $1",
    ACCOUNT_COLUMNS " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE $10 WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE 0 END,"
                    " CASE $10 WHEN 0 THEN NULL ELSE $7 END)",
};

static size_t encode_balances(uint8_t *out, const struct store_account_change *a)
{
    assert(a->n_balances <= TOKEN_ID_LAST + 1);
    uint8_t *p = out;
    for (size_t i = 0; i < a->n_balances; i++, p += BALANCE_BYTES) {
        store_be16(p, (uint16_t)a->balances[i].token);
        store_be128(p + 2, a->balances[i].amount);
    }
    return (size_t)(p - out);
}

static void put_account(struct sql_bulk *b, const struct store_account_change *a, uint32_t block, uint64_t undo,
                        int64_t now)
{
    uint8_t balances[(TOKEN_ID_LAST + 1) * BALANCE_BYTES];
    size_t len = encode_balances(balances, a);
    sql_bulk_i64(b, a->id);
    sql_bulk_bytes(b, a->leaf.address.b, sizeof a->leaf.address.b);
    sql_bulk_bytes(b, a->leaf.pubkey_hash.b, sizeof a->leaf.pubkey_hash.b);
    sql_bulk_i64(b, a->leaf.nonce);
    sql_bulk_i64(b, a->leaf.minted);
    sql_bulk_bytes(b, balances, len);
    sql_bulk_i64(b, block);
    sql_bulk_u64(b, undo);
    sql_bulk_i64(b, now);
    sql_bulk_i64(b, a->type);
}

/* The next free place among the values before this block. */
static zk_err next_undo(struct store *s, uint64_t *seq, uint32_t block)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT max(seq) FROM undo_accounts WHERE seq >= $1");
    sql_u64(&q, UNDO_FIRST(block));
    *seq = sql_row(&q) && !sql_is_null(&q, 0) ? sql_get_u64(&q, 0) + 1 : UNDO_FIRST(block);
    return sql_end(&q);
}

static zk_err write_accounts(struct store *s, const struct store_account_change *accounts, size_t n, uint32_t block,
                             int64_t now)
{
    if (n == 0) return ZK_OK;
    uint64_t seq;
    ZK_TRY(next_undo(s, &seq, block));
    struct sql_bulk b;
    sql_bulk_start(&b, s->db, &keep_accounts);
    for (size_t i = 0; i < n; i++) {
        sql_bulk_u64(&b, seq + i);
        sql_bulk_i64(&b, accounts[i].id);
        sql_bulk_i64(&b, block);
    }
    ZK_TRY(sql_bulk_end(&b));
    sql_bulk_start(&b, s->db, &put_accounts);
    for (size_t i = 0; i < n; i++) put_account(&b, &accounts[i], block, seq + i, now);
    return sql_bulk_end(&b);
}

static const struct sql_bulk_text keep_nfts = {
    "id:i block:i",
    "INSERT INTO undo_nfts (block, id, existed, owner, last_block)"
    " SELECT r.block, r.id, CASE WHEN n.id IS NULL THEN 0 ELSE 1 END, n.owner, n.last_block"
    " FROM r LEFT JOIN nfts n ON n.id = r.id WHERE n.id IS NULL OR n.last_block < r.block",
    NULL,
    NULL,
};

static const struct sql_bulk_text put_nfts = {
    "id:i creator:i serial:i content:b creator_address:b address:b owner:i last_block:i mint_tx:i",
    "INSERT INTO nfts (id, creator, serial, content, creator_address, address, owner, minted_block, mint_tx,"
    " last_block) SELECT r.id, r.creator, r.serial, r.content, r.creator_address, r.address, r.owner, r.last_block,"
    " r.mint_tx, r.last_block FROM r WHERE true ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,"
    " last_block = excluded.last_block",
    NULL,
    NULL,
};

static void put_nft(struct sql_bulk *b, const struct store_nft_change *n, uint32_t block)
{
    const struct nft_content *c = &n->leaf.content;
    sql_bulk_i64(b, n->id);
    sql_bulk_i64(b, c->creator);
    sql_bulk_i64(b, c->serial);
    sql_bulk_bytes(b, c->hash.b, sizeof c->hash.b);
    sql_bulk_bytes(b, c->creator_address.b, sizeof c->creator_address.b);
    sql_bulk_bytes(b, n->address.b, sizeof n->address.b);
    sql_bulk_i64(b, n->leaf.owner);
    sql_bulk_i64(b, block);
    sql_bulk_u64(b, n->mint_tx);
}

static zk_err write_nfts(struct store *s, const struct store_mini_block *m)
{
    if (m->n_nfts == 0) return ZK_OK;
    struct sql_bulk b;
    sql_bulk_start(&b, s->db, &keep_nfts);
    for (size_t i = 0; i < m->n_nfts; i++) {
        sql_bulk_i64(&b, m->nfts[i].id);
        sql_bulk_i64(&b, m->block);
    }
    ZK_TRY(sql_bulk_end(&b));
    sql_bulk_start(&b, s->db, &put_nfts);
    for (size_t i = 0; i < m->n_nfts; i++) put_nft(&b, &m->nfts[i], m->block);
    return sql_bulk_end(&b);
}

/* ---- the block */

static zk_err open_block(struct store *s, uint32_t number, uint64_t timestamp)
{
    uint64_t next_priority;
    ZK_TRY(head_get(s, &next_priority, HEAD_NEXT_PRIORITY));
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO blocks (number, status, timestamp, fee_account, entries, n_priority, first_priority,"
              " capacity, used, key_id, settlement_len, delta_len, trace_len, has_proof)"
              " VALUES ($1, 0, $2, 0, 0, 0, $3, 0, 0, 0, 0, 0, 0, 0)");
    sql_i64(&q, number);
    sql_u64(&q, timestamp);
    sql_u64(&q, next_priority);
    ZK_TRY(sql_run(&q));
    return head_set(s, HEAD_OPEN, 1);
}

/* The block that a mini-block belongs to is the one after the last sealed one, and is as long as its writer thinks. */
static zk_err enter_block(struct store *s, uint32_t number, uint64_t timestamp, bool *opened)
{
    uint64_t sealed, open;
    ZK_TRY(head_get(s, &sealed, HEAD_SEALED));
    ZK_TRY(head_get(s, &open, HEAD_OPEN));
    if (number != sealed + 1) return contradiction("number of the block", number, sealed + 1);
    *opened = open == 0;
    return *opened ? open_block(s, number, timestamp) : ZK_OK;
}

static bool executes_something(const struct store_mini_block *m)
{
    for (size_t i = 0; i < m->n_entries; i++)
        if (m->entries[i].fail_reason == NULL) return true;
    return false;
}

/* The time of a block is fixed by the first of its entries that was executed. While a block is open, `used` says
 * whether there is one: to look for it among any number of rejected ones would take too long. */
static zk_err grow_block(struct store *s, const struct store_mini_block *m, uint64_t n_priority)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE blocks SET entries = entries + $1, n_priority = n_priority + $2, timestamp = $5,"
              " used = CASE WHEN $6 = 1 THEN 1 ELSE used END"
              " WHERE number = $3 AND status = 0 AND entries = $4 AND (timestamp = $5 OR used = 0)");
    sql_u64(&q, m->n_entries);
    sql_u64(&q, n_priority);
    sql_i64(&q, m->block);
    sql_i64(&q, m->first_index);
    sql_u64(&q, m->timestamp);
    sql_i64(&q, executes_something(m));
    ZK_TRY(sql_run(&q));
    return q.changes == 1 ? ZK_OK : contradiction("entries of the open block, or its time", m->first_index, 0);
}

static zk_err execute(struct store *s, const struct store_mini_block *m)
{
    uint64_t n_txs, n_priority;
    bool opened;
    ZK_TRY(enter_block(s, m->block, m->timestamp, &opened));
    ZK_TRY(write_results(s, m, &n_txs));
    ZK_TRY(write_priority(s, m, &n_priority));
    ZK_TRY(grow_block(s, m, n_priority));
    ZK_TRY(write_ops(s, m));
    ZK_TRY(write_listings(s, m));
    ZK_TRY(write_accounts(s, m->accounts, m->n_accounts, m->block, m->now));
    ZK_TRY(write_nfts(s, m));
    ZK_TRY(head_add(s, HEAD_FINISHED, (int64_t)n_txs));
    return head_add(s, HEAD_OPS, (int64_t)m->n_entries);
}

zk_err store_execute(struct store *s, const struct store_mini_block *m)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, execute(s, m));
}

/* ---- genesis */

#define GENESIS_KEY "genesis_root"

static zk_err genesis(struct store *s, const eth_address *fee_address, const fr *root, int64_t now)
{
    fr have;
    bool found;
    ZK_TRY(store_genesis_root(s, &have, &found));
    if (found) return ZK_OK;
    uint8_t bytes[32];
    fr_to_be32(bytes, root);
    ZK_TRY(store_put(s, GENESIS_KEY, bytes, sizeof bytes));
    struct sql_bulk b;
    struct store_account_change fee = {.id = ACCOUNT_ID_FEE, .leaf = {.address = *fee_address, .exists = true}};
    sql_bulk_start(&b, s->db, &put_accounts);
    put_account(&b, &fee, 0, 0, now);
    return sql_bulk_end(&b);
}

zk_err store_genesis(struct store *s, const eth_address *fee_address, const fr *root, int64_t now)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, genesis(s, fee_address, root, now));
}

zk_err store_genesis_root(struct store *s, fr *root, bool *found)
{
    uint8_t bytes[32];
    size_t len;
    ZK_TRY(store_get(s, GENESIS_KEY, bytes, &len, sizeof bytes, found));
    if (*found && (len != 32 || !fr_from_be32(root, bytes)))
        return zk_fail(ZK_ERR_CORRUPT, "the database holds a genesis root that is none: damaged");
    return ZK_OK;
}

/* ---- sealing */

static zk_err check_roots(struct store *s, const struct block_sealed *b)
{
    fr before = {{0}};
    bool found = false;
    if (b->header.number == 1) {
        ZK_TRY(store_genesis_root(s, &before, &found));
    } else {
        struct sql_query q;
        sql_start(&q, s->db, "SELECT new_root FROM blocks WHERE number = $1");
        sql_i64(&q, (int64_t)b->header.number - 1);
        found = sql_row(&q);
        if (found) sql_get_fr(&q, 0, &before);
        ZK_TRY(sql_end(&q));
    }
    if (found && fr_eq(&before, &b->old_root)) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "block %u does not start from the root that the block before it left",
                   b->header.number);
}

static zk_err write_sealed(struct store *s, const struct store_seal *seal)
{
    const struct block_sealed *b = seal->block;
    uint8_t old_root[32], new_root[32], binding[4 * 32];
    fr_to_be32(new_root, &b->new_root);
    fr_to_be32(binding, &b->chain);
    fr_to_be32(binding + 32, &b->challenge);
    fr_to_be32(binding + 64, &b->y_settlement);
    fr_to_be32(binding + 96, &b->y_delta);
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE blocks SET status = 1, fee_account = $1, old_root = $2, new_root = $3, root_key = $4,"
              " capacity = $5, used = $6, key_id = $7, settlement_len = $8, delta_len = $9, trace_len = $10,"
              " binding = $11, sealed_at = $12"
              " WHERE number = $13 AND status = 0 AND entries = $14 AND n_priority = $15 AND timestamp = $16");
    sql_i64(&q, b->header.fee_account);
    sql_fr(&q, &b->old_root, old_root);
    sql_bytes(&q, new_root, sizeof new_root);
    sql_u64(&q, load_be64(new_root));
    sql_i64(&q, b->capacity);
    sql_i64(&q, b->used);
    sql_i64(&q, seal->key_id);
    sql_u64(&q, b->settlement_len);
    sql_u64(&q, b->delta_len);
    sql_u64(&q, seal->trace_len);
    sql_bytes(&q, binding, sizeof binding);
    sql_i64(&q, seal->now);
    sql_i64(&q, b->header.number);
    sql_i64(&q, seal->entries);
    sql_i64(&q, seal->n_priority);
    sql_u64(&q, b->header.timestamp);
    ZK_TRY(sql_run(&q));
    if (q.changes != 1) return contradiction("entries of the block to be sealed, or its time", seal->entries, 0);
    return ZK_OK;
}

static zk_err write_streams(struct store *s, const struct store_seal *seal)
{
    const struct block_sealed *b = seal->block;
    struct sql_query q;
    sql_start(&q, s->db, "INSERT INTO streams (block, settlement, delta, hint) VALUES ($1, $2, $3, $4)");
    sql_i64(&q, b->header.number);
    sql_bytes(&q, b->settlement_len == 0 ? (const uint8_t *)"" : b->settlement, b->settlement_len);
    sql_bytes(&q, b->delta_len == 0 ? (const uint8_t *)"" : b->delta, b->delta_len);
    sql_bytes(&q, seal->classes_hint, seal->classes_hint_len);
    ZK_TRY(sql_run(&q));
    if (seal->trace_len == 0) return ZK_OK;
    sql_start(&q, s->db, "INSERT INTO traces (block, trace) VALUES ($1, $2)");
    sql_i64(&q, b->header.number);
    sql_bytes(&q, seal->trace, seal->trace_len);
    return sql_run(&q);
}

static zk_err write_job(struct store *s, const struct store_seal *seal)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO proof_jobs (block, key_id, capacity, status, prover, token, lease_until, heartbeat,"
              " attempts, last_error, failed_at, created_at, started_at)"
              " VALUES ($1, $2, $3, 0, '', 0, 0, 0, 0, '', 0, $4, 0)");
    sql_i64(&q, seal->block->header.number);
    sql_i64(&q, seal->key_id);
    sql_i64(&q, seal->block->capacity);
    sql_i64(&q, seal->now);
    return sql_run(&q);
}

static zk_err seal_block(struct store *s, const struct store_seal *seal)
{
    const struct block_header *h = &seal->block->header;
    bool opened;
    ZK_TRY(enter_block(s, h->number, h->timestamp, &opened));
    ZK_TRY(check_roots(s, seal->block));
    ZK_TRY(write_accounts(s, seal->accounts, seal->n_accounts, h->number, seal->now));
    ZK_TRY(write_sealed(s, seal));
    ZK_TRY(write_streams(s, seal));
    ZK_TRY(write_job(s, seal));
    ZK_TRY(head_set(s, HEAD_OPEN, 0));
    return head_set(s, HEAD_SEALED, h->number);
}

zk_err store_seal(struct store *s, const struct store_seal *seal)
{
    if (seal->classes_hint_len > STORE_VALUE_MAX) return zk_fail(ZK_ERR_RANGE, "the sequencer's hint is too long");
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, seal_block(s, seal));
}
