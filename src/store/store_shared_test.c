/* What several processes share: transactions, leases and fences, jobs, tokens, small values; and the schema. */
#include <sqlite3.h>

#include "store/databases_test.h"
#include "store/sql_driver.h"
#include "store/schema.h"
#include "store/world_test.h"

static struct store *open_at(const char *url, bool create)
{
    struct store *s;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = create, .busy_timeout_ms = 300}));
    return s;
}

static bool has(struct store *s, const char *key)
{
    uint8_t value[8];
    size_t len;
    bool found;
    CHECK_OK(store_get(s, key, value, &len, sizeof value, &found));
    return found;
}

/* ---- transactions */

DB_TEST(test_values__are_kept)
{
    (void)rng;
    struct store *s = open_at(url, true);
    uint8_t value[STORE_VALUE_MAX + 1] = {1, 2, 3}, got[STORE_VALUE_MAX];
    size_t len;
    bool found;
    CHECK(!has(s, "a"));
    CHECK_OK(store_put(s, "a", "xyz", 3));
    CHECK_OK(store_put(s, "b", NULL, 0));
    CHECK_OK(store_get(s, "a", got, &len, 3, &found));
    CHECK(found && len == 3 && memcmp(got, "xyz", 3) == 0);
    CHECK_ERR(ZK_ERR_RANGE, store_get(s, "a", got, &len, 2, &found));
    CHECK_OK(store_get(s, "b", got, &len, 0, &found));
    CHECK(found && len == 0);
    CHECK_OK(store_put(s, "a", value, STORE_VALUE_MAX));
    CHECK_OK(store_get(s, "a", got, &len, sizeof got, &found));
    CHECK(len == STORE_VALUE_MAX && memcmp(got, value, len) == 0);
    CHECK_ERR(ZK_ERR_RANGE, store_put(s, "a", value, STORE_VALUE_MAX + 1));
    CHECK_OK(store_remove(s, "a"));
    CHECK_OK(store_remove(s, "a"));
    CHECK(!has(s, "a") && has(s, "b"));
    store_close(s);
}

DB_TEST(test_transaction__is_whole_or_nothing)
{
    (void)rng;
    struct store *s = open_at(url, true), *other = open_at(url, false);
    CHECK_OK(store_begin(s));
    CHECK_OK(store_put(s, "a", "1", 1));
    CHECK(has(s, "a") && !has(other, "a"));
    store_rollback(s);
    store_rollback(s);
    CHECK(!has(s, "a"));
    CHECK_OK(store_begin(s));
    CHECK_OK(store_put(s, "a", "1", 1));
    CHECK_OK(store_put(s, "b", "1", 1));
    CHECK(!has(other, "b"));
    CHECK_OK(store_commit(s));
    CHECK(has(other, "a") && has(other, "b"));

    /* a failed part fails the whole */
    struct store_token eth = {.id = 0, .symbol = "ETH", .decimals = 18}, twin = {.id = 1, .symbol = "eth"};
    twin.address.b[0] = 1;
    CHECK_OK(store_begin(s));
    CHECK_OK(store_put(s, "c", "1", 1));
    CHECK_OK(store_token_put(s, &eth));
    CHECK_ERR(ZK_ERR_INPUT, store_token_put(s, &twin));
    CHECK(store_put(s, "d", "1", 1) != ZK_OK);
    CHECK_ERR(ZK_ERR_IO, store_commit(s));
    CHECK(!has(s, "c"));
    CHECK_OK(store_put(s, "c", "1", 1)); /* and the handle goes on */

    /* closing takes an open one back */
    CHECK_OK(store_begin(s));
    CHECK_OK(store_put(s, "e", "1", 1));
    store_close(s);
    CHECK(!has(other, "e") && has(other, "c"));
    store_close(other);
}

DB_TEST(test_reading__sees_one_moment)
{
    (void)rng;
    struct store *s = open_at(url, true), *reader = open_at(url, false);
    CHECK_OK(store_begin_read(reader));
    CHECK(!has(reader, "a"));
    CHECK_OK(store_put(s, "a", "1", 1)); /* the reader is in nobody's way */
    CHECK(!has(reader, "a"));
    store_rollback(reader);
    CHECK(has(reader, "a"));
    store_close(s);
    store_close(reader);
}

DB_TEST(test_change_token__moves_with_each_commit)
{
    (void)rng;
    struct store *s = open_at(url, true), *reader = open_at(url, false);
    uint64_t before, after;
    for (char i = 0; i < 20; i++) {
        CHECK_OK(store_change_token(reader, &before));
        CHECK_OK(store_put(s, "a", &i, 1));
        CHECK_OK(store_change_token(reader, &after));
        CHECK(before != after);
    }
    store_close(s);
    store_close(reader);
}

/* ---- leases */

DB_TEST(test_lease__has_one_holder)
{
    (void)rng;
    struct store *a = open_at(url, true), *b = open_at(url, false);
    struct store_lease la, lb;
    bool held, found;
    CHECK_OK(store_lease_get(a, &la, &found, "sequencer"));
    CHECK(!found);
    CHECK_OK(store_lease_take(a, &la, &held, "sequencer", "host-a", 60000000));
    CHECK(held && la.token == 1);
    CHECK_OK(store_lease_take(b, &lb, &held, "sequencer", "host-b", 300000));
    CHECK(!held);
    CHECK_EQ_STR("host-a", lb.holder);
    CHECK_OK(store_lease_take(b, &lb, &held, "sender", "host-b", 300000));
    CHECK(held); /* another lease */
    CHECK_OK(store_lease_take(a, &la, &held, "sequencer", "host-a", 60000000));
    CHECK(held && la.token == 1); /* the same holder again */
    CHECK_OK(store_lease_renew(a, &held, "sequencer", 1, 200000));
    CHECK(held);
    store_fence(a, "sequencer", 1);
    CHECK_OK(store_put(a, "x", "1", 1));
    (void)usleep(220000); /* it runs out, but nobody has taken it yet */
    CHECK_OK(store_put(a, "x", "1", 1));
    CHECK_OK(store_lease_take(b, &lb, &held, "sequencer", "host-b", 300000));
    CHECK(held && lb.token == 2);
    CHECK_ERR(ZK_ERR_CANCELLED, store_put(a, "y", "1", 1));
    CHECK_ERR(ZK_ERR_CANCELLED, store_begin(a));
    CHECK(!has(b, "y"));
    CHECK_OK(store_lease_renew(a, &held, "sequencer", 1, 200000));
    CHECK(!held);
    CHECK_OK(store_lease_release(a, "sequencer", 1)); /* not his any more: nothing happens */
    CHECK_OK(store_lease_renew(b, &held, "sequencer", 2, 300000));
    CHECK(held);
    CHECK_OK(store_lease_release(b, "sequencer", 2));
    store_fence(a, NULL, 0);
    CHECK_OK(store_lease_take(a, &la, &held, "sequencer", "host-a", 300000));
    CHECK(held && la.token == 3);
    store_close(a);
    store_close(b);
}

/* ---- jobs */

static void seal_empty(struct store *s, uint32_t number, uint32_t key_id)
{
    struct block_sealed b = {.header = {number, 0, number}, .capacity = 40};
    struct store_seal seal = {.block = &b, .key_id = key_id, .now = (int64_t)(1000 + number)};
    CHECK_OK(store_seal(s, &seal));
}

static bool lease(struct store *s, struct store_job *job, const char *prover, int64_t retry_after)
{
    bool found;
    CHECK_OK(store_job_lease(s, job, &found, prover, NULL, 0, 60000000, retry_after));
    return found;
}

DB_TEST(test_jobs__go_to_one_prover_after_the_other)
{
    (void)rng;
    struct store *s = open_at(url, true);
    struct store_job a, b;
    struct store_job_counts counts;
    fr zero = {{0}};
    bool found, ours, stored;
    uint32_t upto;
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    CHECK(!lease(s, &a, "p", 0));
    for (uint32_t i = 1; i <= 3; i++) seal_empty(s, i, i == 2 ? 5 : 1);
    CHECK(lease(s, &a, "alpha", 0));
    CHECK(a.block == 1 && a.token == 1 && a.attempts == 1 && a.capacity == 40 && a.status == STORE_JOB_LEASED);
    uint32_t keys[] = {1, 9};
    CHECK_OK(store_job_lease(s, &b, &found,
                             "beta\n\xff with a name that is much longer than a prover's name may ever be", keys, 2,
                             100000, 0));
    CHECK(found && b.block == 3 && strncmp(b.prover, "beta?? with", 11) == 0);
    CHECK_OK(store_job_counts(s, &counts));
    CHECK(counts.waiting == 1 && counts.leased == 2 && counts.done == 0 && counts.unproved_slots == 120);
    CHECK(counts.oldest_at == 1001);

    CHECK_OK(store_job_heartbeat(s, &ours, 3, b.token, 100000));
    CHECK(ours);
    CHECK_OK(store_job_heartbeat(s, &ours, 3, b.token + 1, 100000));
    CHECK(!ours);
    (void)usleep(120000); /* beta is silent */
    CHECK_OK(store_job_lease(s, &b, &found, "gamma", keys, 2, 60000000, 0));
    CHECK(found && b.block == 3 && b.token == 3 && b.attempts == 2);
    CHECK_OK(store_job_heartbeat(s, &ours, 3, 2, 100000));
    CHECK(!ours); /* beta wakes up */
    CHECK_OK(store_job_failed(s, 3, 2, "beta has no say"));
    CHECK_OK(store_job_get(s, &b, &found, 3));
    CHECK(found && b.status == STORE_JOB_LEASED);
    CHECK_OK(store_job_failed(s, 3, 3, "out of memory"));
    CHECK_OK(store_job_get(s, &b, &found, 3));
    CHECK(b.status == STORE_JOB_WAITING);
    CHECK_EQ_STR("out of memory", b.last_error);
    CHECK(lease(s, &b, "delta", 60000000) && b.block == 2);
    CHECK(!lease(s, &b, "delta", 60000000)); /* 3 has just failed */
    CHECK(lease(s, &b, "delta", 0) && b.block == 3);

    const uint8_t proof[] = {1, 2, 3};
    CHECK_OK(store_job_done(s, &stored, 1, "alpha", proof, sizeof proof, 777));
    CHECK(stored);
    CHECK_OK(store_job_done(s, &stored, 1, "alpha", proof, 2, 778));
    CHECK(!stored);
    CHECK_OK(store_job_done(s, &stored, 9, "alpha", proof, 2, 778));
    CHECK(!stored);
    uint8_t *bytes;
    size_t len;
    CHECK_OK(store_proof_get(s, &bytes, &len, &found, 1));
    CHECK(found && len == 3 && memcmp(bytes, proof, 3) == 0);
    free(bytes);
    struct store_block block;
    CHECK_OK(store_block_get(s, &block, &found, 1));
    CHECK(block.has_proof && block.prove_ms == 777);
    CHECK_OK(store_proved_up_to(s, &upto));
    CHECK_EQ_U64(1, upto);
    CHECK_OK(store_job_done(s, &stored, 3, "delta", proof, sizeof proof, 1));
    CHECK_OK(store_proved_up_to(s, &upto));
    CHECK_EQ_U64(1, upto);
    CHECK_OK(store_job_done(s, &stored, 2, "delta", proof, sizeof proof, 1));
    CHECK_OK(store_proved_up_to(s, &upto));
    CHECK_EQ_U64(3, upto);
    CHECK_OK(store_proof_discard(s, 2, "L1 says no"));
    CHECK_OK(store_proved_up_to(s, &upto));
    CHECK_EQ_U64(1, upto);
    CHECK_OK(store_proof_get(s, &bytes, &len, &found, 2));
    CHECK(!found);
    CHECK_OK(store_job_counts(s, &counts));
    CHECK(counts.waiting == 1 && counts.leased == 0 && counts.done == 2);
    CHECK_OK(store_unwind(s, 3));
    CHECK_OK(store_job_get(s, &b, &found, 3));
    CHECK(!found);
    store_close(s);
}

/* ---- tokens */

DB_TEST(test_tokens__are_found_by_all_their_names)
{
    (void)rng;
    struct store *s = open_at(url, true);
    struct store_token t[3] = {{.id = 0, .symbol = "ETH", .decimals = 18, .enabled_for_fees = true},
                               {.id = 2, .symbol = "wBTC", .decimals = 8, .eth_block = 7},
                               {.id = 5, .symbol = "DAI", .decimals = 255, .eth_block = 9}};
    struct store_token got, list[4];
    bool found;
    size_t n;
    for (size_t i = 0; i < 3; i++) {
        t[i].address.b[3] = (uint8_t)i;
        CHECK_OK(store_token_put(s, &t[i]));
    }
    CHECK_OK(store_token_set_price(s, 2, "9000.5", 44));
    CHECK_OK(store_token_by_symbol(s, &got, &found, "WbTc"));
    CHECK(found && got.id == 2 && got.decimals == 8 && got.price_at == 44 && got.eth_block == 7);
    CHECK_EQ_STR("wBTC", got.symbol);
    CHECK_EQ_STR("9000.5", got.price);
    CHECK_OK(store_token_put(s, &t[1])); /* again: the price stays */
    CHECK_OK(store_token_by_id(s, &got, &found, 2));
    CHECK_EQ_STR("9000.5", got.price);
    CHECK_OK(store_token_set_fees(s, 5, true));
    CHECK_OK(store_token_by_id(s, &got, &found, 5));
    CHECK(got.enabled_for_fees);
    CHECK_OK(store_token_by_symbol(s, &got, &found, "nothing"));
    CHECK(!found);
    CHECK_OK(store_token_by_symbol(s, &got, &found, "a symbol that is longer than any may be"));
    CHECK(!found);
    CHECK_OK(store_tokens(s, list, &n, 4, 0));
    CHECK(n == 3 && list[0].id == 0 && list[1].id == 2 && list[2].id == 5);
    CHECK_OK(store_tokens(s, list, &n, 1, 1));
    CHECK(n == 1 && list[0].id == 2);
    struct store_token twin = t[1];
    twin.id = 6;
    twin.address.b[0] = 77;
    CHECK_ERR(ZK_ERR_INPUT, store_token_put(s, &twin)); /* the symbol is taken */
    twin.symbol[0] = 'x';
    twin.address = t[1].address;
    CHECK_ERR(ZK_ERR_INPUT, store_token_put(s, &twin)); /* the address is */
    CHECK_OK(store_tokens_reorg(s, 8));
    CHECK_OK(store_tokens(s, list, &n, 4, 0));
    CHECK_EQ_U64(2, n);
    CHECK_OK(store_tokens_reorg(s, 0));
    CHECK_OK(store_tokens(s, list, &n, 4, 0));
    CHECK_EQ_U64(1, n); /* ETH is not from a log */
    store_close(s);
}

/* ---- the schema */

static const char *const three_versions[] = {
    "CREATE TABLE a (id KEY8, x INT8 NOT NULL) TABLE_END; INSERT INTO a (id, x) VALUES (1, 10)",
    "ALTER TABLE a ADD COLUMN y BYTES; UPDATE a SET x = x + 1",
    "CREATE TABLE b (name TEXT PRIMARY KEY) KEYED; INSERT INTO b SELECT 'x' FROM a WHERE x = 11"};

static int64_t number(struct sql *c, const char *text)
{
    struct sql_query q;
    sql_start(&q, c, text);
    CHECK(sql_row(&q));
    int64_t v = sql_get_i64(&q, 0);
    CHECK_OK(sql_end(&q));
    return v;
}

DB_TEST(test_schema__is_brought_from_any_version_to_the_newest)
{
    (void)rng;
    struct sql_config config = {.create = true, .busy_timeout_ms = 1000};
    struct sql *c;
    unsigned version;
    CHECK_OK(sql_open(&c, url, &config));
    CHECK_OK(schema_version(c, &version));
    CHECK_EQ_U64(0, version);
    for (unsigned n = 1; n <= 3; n++) {
        CHECK_OK(schema_migrate(c, three_versions, n));
        CHECK_OK(schema_version(c, &version));
        CHECK_EQ_U64(n, version);
        CHECK_OK(schema_migrate(c, three_versions, n)); /* nothing to do */
    }
    CHECK_EQ_U64(11, (uint64_t)number(c, "SELECT x FROM a"));
    CHECK_EQ_U64(1, (uint64_t)number(c, "SELECT count(*) FROM b"));
    CHECK_ERR(ZK_ERR_UNSUPPORTED, schema_migrate(c, three_versions, 2)); /* newer than we know */
    sql_close(c);
}

DB_TEST(test_schema__a_migration_that_fails_leaves_the_version_before)
{
    (void)rng;
    static const char *const broken[] = {"CREATE TABLE a (id KEY8) TABLE_END",
                                         "CREATE TABLE b (id KEY8) TABLE_END; INSERT INTO nowhere VALUES (1)"};
    struct sql_config config = {.create = true, .busy_timeout_ms = 1000};
    struct sql *c;
    unsigned version;
    CHECK_OK(sql_open(&c, url, &config));
    CHECK(schema_migrate(c, broken, 2) != ZK_OK);
    CHECK_OK(schema_version(c, &version));
    CHECK_EQ_U64(1, version);
    CHECK_EQ_U64(0, (uint64_t)number(c, "SELECT count(*) FROM a"));
    struct sql_query q;
    sql_start(&q, c, "SELECT count(*) FROM b");
    CHECK(sql_run(&q) != ZK_OK);
    sql_close(c);
}

DB_TEST(test_open__checks_the_schema)
{
    (void)rng;
    struct store *s;
    struct sql *c;
    struct sql_config config = {.create = true, .busy_timeout_ms = 1000};
    struct store_options look = {.create = false}, create = {.create = true};
    unsigned version;
    CHECK_OK(sql_open(&c, url, &config));
    CHECK_ERR(ZK_ERR_UNSUPPORTED, store_open(&s, url, &look)); /* empty */
    s = open_at(url, true);
    CHECK_OK(store_schema_version(s, &version));
    CHECK_EQ_U64(STORE_SCHEMA_VERSION, version);
    store_close(s);
    store_close(open_at(url, true));
    store_close(open_at(url, false));
    CHECK_OK(sql_begin(c, SQL_WRITE));
    CHECK_OK(sql_script(c, "UPDATE schema_version SET version = version + 1"));
    CHECK_OK(sql_commit(c));
    CHECK_ERR(ZK_ERR_UNSUPPORTED, store_open(&s, url, &look));
    CHECK_ERR(ZK_ERR_UNSUPPORTED, store_open(&s, url, &create));
    CHECK_OK(sql_begin(c, SQL_WRITE));
    CHECK_OK(sql_script(c, "UPDATE schema_version SET version = version - 2"));
    CHECK_OK(sql_commit(c));
    CHECK_ERR(ZK_ERR_UNSUPPORTED, store_open(&s, url, &look)); /* older, and we are not to change it */
    sql_close(c);
}

/* ---- what cannot be opened, and what cannot be written */

/* Who had a job of a block that was unwound has no say in the job of the block that took its number. */
DB_TEST(test_jobs__tokens_never_come_again)
{
    (void)rng;
    struct store *s = open_at(url, true);
    struct store_job old, job;
    fr zero = {{0}};
    bool found, ours;
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    seal_empty(s, 1, 1);
    CHECK(lease(s, &old, "slow", 0));
    CHECK_OK(store_unwind(s, 1));
    seal_empty(s, 1, 1);
    CHECK(lease(s, &job, "other", 0));
    CHECK(job.block == old.block && job.token > old.token);
    CHECK_OK(store_job_heartbeat(s, &ours, 1, old.token, 1));
    CHECK(!ours);
    CHECK_OK(store_job_failed(s, 1, old.token, "no say"));
    CHECK_OK(store_job_get(s, &job, &found, 1));
    CHECK(job.status == STORE_JOB_LEASED);
    store_close(s);
}

/* Only what cannot pass stops the node. */
static void test_sqlite_errors__that_pass_are_io(struct prng *rng)
{
    (void)rng;
    static const int passing[] = {SQLITE_BUSY,  SQLITE_LOCKED, SQLITE_PROTOCOL, SQLITE_SCHEMA,  SQLITE_INTERRUPT,
                                  SQLITE_ABORT, SQLITE_IOERR,  SQLITE_CANTOPEN, SQLITE_READONLY};
    static const int stopping[] = {SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR, SQLITE_MISUSE};
    for (size_t i = 0; i < ZK_COUNT(passing); i++) CHECK(sql_sqlite_error(passing[i]) == ZK_ERR_IO);
    for (size_t i = 0; i < ZK_COUNT(stopping); i++) CHECK(sql_sqlite_error(stopping[i]) == ZK_ERR_CORRUPT);
    CHECK(sql_sqlite_error(SQLITE_IOERR_READ) == ZK_ERR_IO);
    CHECK(sql_sqlite_error(SQLITE_FULL) == ZK_ERR_FULL);
    CHECK(sql_sqlite_error(SQLITE_NOMEM) == ZK_ERR_MEMORY);
    CHECK(sql_sqlite_error(SQLITE_CONSTRAINT_UNIQUE) == ZK_ERR_INPUT);
}

static void test_open__says_what_is_wrong(struct prng *rng)
{
    struct store *s;
    struct store_options look = {.create = false}, create = {.create = true};
    char url[256], path[256];
    CHECK_ERR(ZK_ERR_INPUT, store_open(&s, "mysql://localhost/x", &create));
    CHECK_ERR(ZK_ERR_INPUT, store_open(&s, "sqlite:", &create));
    char longer[1024] = "sqlite:/tmp/";
    memset(longer + 12, 'x', sizeof longer - 13); /* never another file of a shorter name */
    CHECK_ERR(ZK_ERR_INPUT, store_open(&s, longer, &create));
    CHECK_ERR(ZK_ERR_IO, store_open(&s, "/nonexistent/folder/x.db", &create));
    CHECK_ERR(ZK_ERR_IO, store_open(&s, db_new_sqlite(url), &look)); /* no such file */
    CHECK_ERR(ZK_ERR_IO, store_open(&s, "postgres:///x?host=/nonexistent&connect_timeout=1", &look));

    db_new_sqlite(url);
    (void)snprintf(path, sizeof path, "%s", url + 7);
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    uint8_t bytes[8192];
    prng_bytes(rng, bytes, sizeof bytes);
    CHECK(fwrite(bytes, 1, sizeof bytes, f) == sizeof bytes);
    CHECK(fclose(f) == 0);
    CHECK_ERR(ZK_ERR_CORRUPT, store_open(&s, url, &create));

    sqlite3 *db;
    db_new_sqlite(url);
    CHECK(sqlite3_open(url + 7, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, "CREATE TABLE theirs (x)", NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
    CHECK_ERR(ZK_ERR_INPUT, store_open(&s, url, &create)); /* another program's */
}

/* Another process writes for longer than we wait. */
static void test_busy__fails_in_time_and_leaves_nothing(struct prng *rng)
{
    (void)rng;
    char url[256];
    struct store *s = open_at(db_new_sqlite(url), true);
    sqlite3 *db;
    CHECK(sqlite3_open(url + 7, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
    CHECK_ERR(ZK_ERR_IO, store_put(s, "a", "1", 1));
    CHECK(strstr(zk_err_message(), "another program has been writing") != NULL);
    CHECK(!has(s, "a"));
    CHECK(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
    CHECK_OK(store_put(s, "a", "1", 1));
    store_close(s);
}

/* The server is killed and comes back. */
static void test_server__comes_back(struct prng *rng)
{
    (void)rng;
    if (!db_with_postgres()) return;
    char url[256];
    db_new_postgres(url);
    struct store *s = open_at(url, true);
    CHECK_OK(store_put(s, "a", "1", 1));
    CHECK_OK(store_begin(s));
    CHECK_OK(store_put(s, "b", "1", 1));
    db_server_stop(SIGQUIT);
    CHECK_ERR(ZK_ERR_IO, store_put(s, "c", "1", 1));
    CHECK_ERR(ZK_ERR_IO, store_commit(s));
    CHECK_ERR(ZK_ERR_IO, store_put(s, "d", "1", 1));
    CHECK(strstr(zk_err_message(), "cannot connect") != NULL);
    db_server_start();
    CHECK(has(s, "a") && !has(s, "b") && !has(s, "c"));
    CHECK_OK(store_put(s, "d", "1", 1));
    CHECK(has(s, "d"));
    db_server_stop(SIGQUIT); /* idle connections are found dead at the next call */
    db_server_start();
    CHECK_OK(store_put(s, "e", "1", 1));
    db_server_stop(SIGQUIT);
    db_server_start();
    CHECK(has(s, "e"));
    store_close(s);
}

TEST_MAIN(TEST(test_values__are_kept), TEST(test_transaction__is_whole_or_nothing), TEST(test_reading__sees_one_moment),
          TEST(test_change_token__moves_with_each_commit), TEST(test_lease__has_one_holder),
          TEST(test_jobs__go_to_one_prover_after_the_other), TEST(test_jobs__tokens_never_come_again),
          TEST(test_sqlite_errors__that_pass_are_io), TEST(test_tokens__are_found_by_all_their_names),
          TEST(test_schema__is_brought_from_any_version_to_the_newest),
          TEST(test_schema__a_migration_that_fails_leaves_the_version_before), TEST(test_open__checks_the_schema),
          TEST(test_open__says_what_is_wrong), TEST(test_busy__fails_in_time_and_leaves_nothing),
          TEST(test_server__comes_back))
