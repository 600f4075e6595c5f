#include "store/schema.h"

#include "store/store.h"

/* Words: INT8 a 64-bit integer; BYTES; KEY8 the primary key, an integer; TABLE_END ends a table; KEYED ends a table
 * whose rows lie in the order of its primary key (SQLite).
 *
 * hash_key is the first eight bytes of a hash: an index of numbers is a third of an index of hashes. Who looks there
 * compares the hash too; so it is no matter that two hashes may agree in it. */
static const char version_1[] =
    /* ---- what there is one of */
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BYTES NOT NULL) KEYED;"
    "CREATE TABLE heads (name TEXT PRIMARY KEY, value INT8 NOT NULL) KEYED;"
    "INSERT INTO heads VALUES ('last_tx', 0), ('accepted', 0), ('finished', 0), ('ops', 0), ('sealed', 0), ('open', 0),"
    " ('committed', 0), ('proved', 0), ('executed', 0), ('next_priority', 0), ('last_l1_tx', 0);"
    "CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INT8 NOT NULL, token INT8 NOT NULL) KEYED;"

    /* ---- transactions: status 0 queued, 1 executed, 2 rejected; flags 1 authorized, 2 fast */
    "CREATE TABLE txs ("
    "  id KEY8, hash_key INT8 NOT NULL, hash BYTES NOT NULL, record BYTES NOT NULL, signers BYTES NOT NULL,"
    "  flags INT8 NOT NULL, batch_id INT8, batch_pos INT8, batch_len INT8, sig_kind INT8 NOT NULL, sig BYTES,"
    "  accepted_at INT8 NOT NULL, status INT8 NOT NULL, block INT8, idx INT8, executed_at INT8, fail_reason TEXT,"
    "  account INT8 NOT NULL"
    ") TABLE_END;"
    "CREATE INDEX txs_hash ON txs (hash_key);"
    "CREATE INDEX txs_waiting ON txs (account) WHERE status = 0;"
    "CREATE INDEX txs_queued ON txs (id) WHERE status = 0;"
    "CREATE INDEX txs_rejected ON txs (executed_at) WHERE status = 2;"
    "CREATE TABLE batches (id KEY8, hash_key INT8 NOT NULL, hash BYTES NOT NULL, n INT8 NOT NULL,"
    "  created_at INT8 NOT NULL) TABLE_END;"
    "CREATE INDEX batches_hash ON batches (hash_key);"

    /* ---- entries of blocks: priority 0: ref is a transaction's id; 1: a serial id. kind: enum op_kind, 0 rejected */
    "CREATE TABLE ops ("
    "  block INT8 NOT NULL, idx INT8 NOT NULL, priority INT8 NOT NULL, ref INT8 NOT NULL, kind INT8 NOT NULL,"
    "  account INT8, amount BYTES, nft BYTES, PRIMARY KEY (block, idx)"
    ") KEYED;"
    "CREATE TABLE account_ops ("
    "  address BYTES NOT NULL, block INT8 NOT NULL, idx INT8 NOT NULL,"
    "  token0 INT8, token1 INT8, token2 INT8, token3 INT8, PRIMARY KEY (address, block, idx)"
    ") KEYED;"

    /* ---- state. balances: (token 2, amount 16) by rising token. type: enum store_account_type; type_block: whose key
     * change set it, NULL: a toggle. undo_*: the row before a block; existed 0: there was none. Those of accounts lie
     * in the order in which they were written (seq: block * 2^32 + a number), and undo says which one belongs to
    last_block */
    "CREATE TABLE accounts ("
    "  id KEY8, address BYTES NOT NULL, pubkey_hash BYTES NOT NULL, nonce INT8 NOT NULL, minted INT8 NOT NULL,"
    "  balances BYTES NOT NULL, last_block INT8 NOT NULL, undo INT8, created_at INT8 NOT NULL,"
    "  type INT8 NOT NULL, type_hash BYTES, type_block INT8"
    ") TABLE_END;"
    "CREATE UNIQUE INDEX accounts_address ON accounts (address);"
    "CREATE TABLE undo_accounts ("
    "  seq KEY8, id INT8 NOT NULL, existed INT8 NOT NULL, pubkey_hash BYTES, nonce INT8, minted INT8,"
    "  balances BYTES, last_block INT8, undo INT8, type INT8, type_hash BYTES, type_block INT8"
    ") TABLE_END;"
    "CREATE TABLE nfts ("
    "  id KEY8, creator INT8 NOT NULL, serial INT8 NOT NULL, content BYTES NOT NULL, creator_address BYTES NOT NULL,"
    "  address BYTES NOT NULL, owner INT8 NOT NULL, minted_block INT8 NOT NULL, mint_tx INT8 NOT NULL,"
    "  last_block INT8 NOT NULL"
    ") TABLE_END;"
    "CREATE INDEX nfts_owner ON nfts (owner, id);"
    "CREATE INDEX nfts_creator ON nfts (creator, id);"
    "CREATE INDEX nfts_mint ON nfts (mint_tx);"
    "CREATE TABLE undo_nfts ("
    "  block INT8 NOT NULL, id INT8 NOT NULL, existed INT8 NOT NULL, owner INT8, last_block INT8,"
    "  PRIMARY KEY (block, id)"
    ") KEYED;"

    /* ---- blocks: status: enum store_block_status. The three steps on L1: the transaction that does it, then, once
     * confirmed, its hash, gas and time */
    "CREATE TABLE blocks ("
    "  number KEY8, status INT8 NOT NULL, timestamp INT8 NOT NULL, fee_account INT8 NOT NULL, entries INT8 NOT NULL,"
    "  n_priority INT8 NOT NULL, first_priority INT8 NOT NULL, old_root BYTES, new_root BYTES, root_key INT8,"
    "  capacity INT8 NOT NULL, used INT8 NOT NULL, key_id INT8 NOT NULL,"
    "  settlement_len INT8 NOT NULL, delta_len INT8 NOT NULL, trace_len INT8 NOT NULL, binding BYTES, sealed_at INT8,"
    "  has_proof INT8 NOT NULL, proved_at INT8, prove_ms INT8,"
    "  commit_tx INT8, commit_hash BYTES, commit_gas INT8, commit_price INT8, commit_at INT8,"
    "  prove_tx INT8, prove_hash BYTES, prove_gas INT8, prove_price INT8, prove_at INT8,"
    "  execute_tx INT8, execute_hash BYTES, execute_gas INT8, execute_price INT8, execute_at INT8"
    ") TABLE_END;"
    "CREATE INDEX blocks_root ON blocks (root_key);"
    "CREATE INDEX blocks_commit ON blocks (commit_hash);"
    "CREATE INDEX blocks_prove ON blocks (prove_hash);"
    "CREATE INDEX blocks_execute ON blocks (execute_hash);"
    "CREATE TABLE streams (block KEY8, settlement BYTES NOT NULL, delta BYTES NOT NULL, hint BYTES) TABLE_END;"
    "CREATE TABLE traces (block KEY8, trace BYTES NOT NULL) TABLE_END;"
    "CREATE TABLE proofs (block KEY8, proof BYTES NOT NULL) TABLE_END;"
    "CREATE TABLE proof_jobs ("
    "  block KEY8, key_id INT8 NOT NULL, capacity INT8 NOT NULL, status INT8 NOT NULL, prover TEXT NOT NULL,"
    "  token INT8 NOT NULL, lease_until INT8 NOT NULL, heartbeat INT8 NOT NULL, attempts INT8 NOT NULL,"
    "  last_error TEXT NOT NULL, failed_at INT8 NOT NULL, created_at INT8 NOT NULL, started_at INT8 NOT NULL"
    ") TABLE_END;"
    "CREATE INDEX proof_jobs_open ON proof_jobs (block) WHERE status <> 2;"

    /* ---- L1. status 0 waits, 1 executed; missing 1: not on L1 since a reorganization. recipient: of deposits */
    "CREATE TABLE priority_ops ("
    "  serial_id KEY8, hash_key INT8 NOT NULL, hash BYTES NOT NULL, type INT8 NOT NULL, data BYTES NOT NULL,"
    "  sender BYTES NOT NULL, recipient BYTES, eth_key INT8 NOT NULL, eth_hash BYTES NOT NULL,"
    "  eth_block INT8 NOT NULL, eth_block_hash BYTES NOT NULL, eth_index INT8 NOT NULL, log_index INT8 NOT NULL,"
    "  expires INT8 NOT NULL, created_at INT8 NOT NULL, missing INT8 NOT NULL, status INT8 NOT NULL,"
    "  block INT8, idx INT8, executed_at INT8"
    ") TABLE_END;"
    "CREATE INDEX priority_ops_hash ON priority_ops (hash_key);"
    "CREATE INDEX priority_ops_eth ON priority_ops (eth_key);"
    "CREATE INDEX priority_ops_waiting ON priority_ops (serial_id) WHERE status = 0;"
    "CREATE INDEX priority_ops_recipient ON priority_ops (recipient, serial_id) WHERE status = 0;"
    "CREATE INDEX priority_ops_missing ON priority_ops (serial_id) WHERE missing = 1;"
    "CREATE TABLE l1_txs ("
    "  id KEY8, actions INT8 NOT NULL, first_block INT8 NOT NULL, last_block INT8 NOT NULL, what TEXT NOT NULL,"
    "  created_at INT8 NOT NULL, updated_at INT8 NOT NULL, closed INT8 NOT NULL, state INT8 NOT NULL, submission BYTES"
    ") TABLE_END;"
    "CREATE INDEX l1_txs_open ON l1_txs (id) WHERE closed = 0;"
    "CREATE TABLE tokens ("
    "  id KEY8, address BYTES NOT NULL, symbol TEXT NOT NULL, symbol_key TEXT NOT NULL, decimals INT8 NOT NULL,"
    "  fees INT8 NOT NULL, price TEXT NOT NULL, price_at INT8 NOT NULL, eth_block INT8 NOT NULL"
    ") TABLE_END;"
    "CREATE UNIQUE INDEX tokens_address ON tokens (address);"
    "CREATE UNIQUE INDEX tokens_symbol ON tokens (symbol_key);";

const char *const schema_migrations[] = {version_1};
const unsigned schema_newest = ZK_COUNT(schema_migrations);
static_assert(ZK_COUNT(schema_migrations) == STORE_SCHEMA_VERSION, "store.h says which version this program writes");

static zk_err table_exists(struct sql *c, bool *exists)
{
    struct sql_query q;
    if (sql_is_postgres(c))
        sql_start(&q, c,
                  "SELECT count(*) FROM information_schema.tables"
                  " WHERE table_schema = current_schema() AND table_name = 'schema_version'");
    else
        sql_start(&q, c, "SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'");
    *exists = sql_row(&q) && sql_get_i64(&q, 0) > 0;
    return sql_end(&q);
}

zk_err schema_version(struct sql *c, unsigned *version)
{
    bool exists;
    *version = 0;
    ZK_TRY(table_exists(c, &exists));
    if (!exists) return ZK_OK;
    struct sql_query q;
    sql_start(&q, c, "SELECT version FROM schema_version");
    if (sql_row(&q)) *version = sql_get_u32(&q, 0);
    return sql_end(&q);
}

static zk_err set_version(struct sql *c, unsigned version)
{
    struct sql_query q;
    sql_start(&q, c, "UPDATE schema_version SET version = $1");
    sql_i64(&q, version);
    return sql_run(&q);
}

/* Two programs may open a new database at once: the second finds the work done. */
static zk_err lock_schema(struct sql *c)
{
    if (!sql_is_postgres(c)) return ZK_OK; /* a writer is alone */
    struct sql_query q;
    sql_start(&q, c, "SELECT pg_advisory_xact_lock(2053861996)");
    return sql_run(&q);
}

static zk_err migrate_one(struct sql *c, const char *const *migrations, unsigned n, bool *done)
{
    unsigned version;
    ZK_TRY(lock_schema(c));
    ZK_TRY(schema_version(c, &version));
    if (version > n)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the database has schema version %u; this program knows %u: use a newer one",
                       version, n);
    *done = version == n;
    if (*done) return ZK_OK;
    if (version == 0)
        ZK_TRY(sql_script(c, "CREATE TABLE schema_version (version INT8 NOT NULL) TABLE_END;"
                             "INSERT INTO schema_version VALUES (0)"));
    ZK_TRY(sql_script(c, migrations[version]));
    return set_version(c, version + 1);
}

zk_err schema_migrate(struct sql *c, const char *const *migrations, unsigned n)
{
    for (bool done = false; !done;) {
        ZK_TRY(sql_begin(c, SQL_WRITE));
        zk_err err = migrate_one(c, migrations, n, &done);
        if (err == ZK_OK && !done) err = sql_commit(c);
        sql_rollback(c);
        ZK_TRY(err);
    }
    return ZK_OK;
}
