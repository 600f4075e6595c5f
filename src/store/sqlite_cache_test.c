/* SQLite over the wrapped page cache: a table whose rows are known, through growth, rollback and shrinking, with a
 * cache far too small and one with room for everything. */
#include "store/sqlite_cache.h"

#include "base/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS 3000

struct table {
    sqlite3 *db;
    char folder[64];
    unsigned value[KEYS]; /* 0: no row; else what the row holds, and 7 bytes for each unit of it mod 64 */
};

static void run(const struct table *t, const char *text)
{
    char *why = NULL;
    int code = sqlite3_exec(t->db, text, NULL, NULL, &why);
    if (code != SQLITE_OK) (void)fprintf(stderr, "%s: %s\n", text, why);
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)code);
    sqlite3_free(why);
}

static void open_table(struct table *t, const char *vacuum, int cache_pages)
{
    char text[256];
    sqlite_cache_install();
    memset(t, 0, sizeof *t);
    (void)snprintf(t->folder, sizeof t->folder, "/tmp/zk-cache-XXXXXX");
    CHECK(mkdtemp(t->folder) != NULL);
    (void)snprintf(text, sizeof text, "%s/db", t->folder);
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_open(text, &t->db));
    (void)snprintf(
        text, sizeof text,
        "PRAGMA page_size = 512; PRAGMA auto_vacuum = %s; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
        "PRAGMA cache_size = %d; PRAGMA wal_autocheckpoint = 200",
        vacuum, cache_pages);
    run(t, text);
    run(t, "CREATE TABLE t (k BLOB PRIMARY KEY, v INTEGER, pad BLOB) WITHOUT ROWID");
}

static void close_table(struct table *t)
{
    static const char *const files[] = {"db", "db-wal", "db-shm"};
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_close(t->db));
    for (size_t i = 0; i < ZK_COUNT(files); i++) {
        char path[80];
        (void)snprintf(path, sizeof path, "%s/%s", t->folder, files[i]);
        (void)unlink(path);
    }
    CHECK_EQ_U64(0, (uint64_t)rmdir(t->folder));
}

/* Keys in no order, so that trees are balanced in the middle. */
static void put(struct table *t, unsigned key, unsigned value)
{
    char text[160];
    unsigned scattered = key * 2654435761U;
    if (value == 0)
        (void)snprintf(text, sizeof text, "DELETE FROM t WHERE k = x'%08x%04x'", scattered, key);
    else
        (void)snprintf(text, sizeof text, "REPLACE INTO t VALUES (x'%08x%04x', %u, zeroblob(%u))", scattered, key,
                       value, value % 64 * 7);
    run(t, text);
    t->value[key] = value;
}

static int compare_row(void *ctx, int columns, char **values, char **names)
{
    struct table *t = ctx;
    (void)columns;
    (void)names;
    unsigned key = (unsigned)strtoul(values[0], NULL, 16) & 0xffff, value = (unsigned)strtoul(values[1], NULL, 10);
    CHECK(key < KEYS);
    CHECK_EQ_U64(t->value[key], value);
    CHECK_EQ_U64(value % 64 * 7, strtoul(values[2], NULL, 10));
    t->value[key] |= 1U << 31; /* seen */
    return 0;
}

static int is_ok(void *ctx, int columns, char **values, char **names)
{
    (void)columns;
    (void)names;
    *(bool *)ctx = strcmp(values[0], "ok") == 0;
    return 0;
}

static void check(struct table *t)
{
    bool ok = false;
    CHECK_EQ_U64(SQLITE_OK,
                 (uint64_t)sqlite3_exec(t->db, "SELECT hex(k), v, length(pad) FROM t", compare_row, t, NULL));
    for (unsigned i = 0; i < KEYS; i++) {
        CHECK_EQ_U64(t->value[i] != 0, t->value[i] >> 31);
        t->value[i] &= ~(1U << 31);
    }
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_exec(t->db, "PRAGMA integrity_check", is_ok, &ok, NULL));
    CHECK(ok);
}

/* Some changes in a transaction, of which a savepoint's may be taken back, or all. */
static void change(struct table *t, struct prng *rng, unsigned n, bool mostly_delete)
{
    static unsigned before[KEYS];
    bool all = prng_below(rng, 4) == 0, part = prng_below(rng, 3) == 0;
    if (all) memcpy(before, t->value, sizeof before);
    run(t, "BEGIN");
    for (unsigned i = 0; i < n; i++) {
        if (part && !all && i == n / 2) {
            run(t, "SAVEPOINT s");
            memcpy(before, t->value, sizeof before);
        }
        bool gone = prng_below(rng, 10) < (mostly_delete ? 9 : 2);
        put(t, (unsigned)prng_below(rng, KEYS), gone ? 0 : 1 + (unsigned)prng_below(rng, 1000));
    }
    if (part && !all) run(t, "ROLLBACK TO s");
    if (all || part) memcpy(t->value, before, sizeof before);
    run(t, all ? "ROLLBACK" : "COMMIT");
}

static void live(struct prng *rng, const char *vacuum, int cache_pages)
{
    static struct table t;
    open_table(&t, vacuum, cache_pages);
    for (unsigned round = 0; round < 12; round++) {
        for (unsigned i = 0; i < 6; i++) change(&t, rng, 150, round % 4 == 3);
        if (round % 4 == 3) run(&t, strcmp(vacuum, "INCREMENTAL") == 0 ? "PRAGMA incremental_vacuum" : "VACUUM");
        check(&t);
    }
    close_table(&t);
}

/* The first test: SQLite takes no settings once it is in use. */
static void test_install__replaces_what_truncates(struct prng *rng)
{
    (void)rng;
    sqlite3_pcache_methods2 before = {0}, after = {0};
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &before));
    sqlite_cache_install();
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &after));
    CHECK(before.xTruncate != after.xTruncate && before.xRekey != after.xRekey);
}

/* Pages by number, as a list of those that are there: after any truncation the cache has the same. */
static void test_truncate__drops_all_from_the_limit_on(struct prng *rng)
{
    enum { PAGES = 400, BYTES = 1024, ASIDE = 0x40000000 / BYTES + 1 };
    bool there[PAGES] = {false};
    sqlite3_pcache_methods2 m = {0};
    sqlite_cache_install();
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_initialize());
    (void)sqlite3_shutdown();
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &m));
    CHECK_EQ_U64(SQLITE_OK, (uint64_t)sqlite3_initialize());
    sqlite3_pcache *c = m.xCreate(BYTES, 64, 1);
    CHECK(c != NULL);
    m.xCachesize(c, 2 * PAGES);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned at = 1 + (unsigned)prng_below(rng, PAGES - 1), to = 1 + (unsigned)prng_below(rng, PAGES - 1);
        unsigned what = (unsigned)prng_below(rng, 20);
        sqlite3_pcache_page *page = what < 15 ? m.xFetch(c, at, what < 12 ? 2 : 0) : NULL;
        CHECK_EQ_U64(what < 12 || (what < 15 && there[at]), page != NULL);
        if (page != NULL) there[at] = true;
        if (what >= 10 && page != NULL && !there[to]) { /* to its new number, by way of the one behind the end */
            m.xRekey(c, page, at, ASIDE);
            there[at] = false;
            bool away = prng_below(rng, 2) == 0;
            if (away) m.xTruncate(c, PAGES + 1);
            page = m.xFetch(c, ASIDE, 0);
            CHECK(away == (page == NULL));
            if (page != NULL) m.xRekey(c, page, ASIDE, to);
            there[to] = page != NULL;
        }
        if (page != NULL) m.xUnpin(c, page, 0);
        if (what < 19) continue;
        m.xTruncate(c, at);
        memset(there + at, 0, sizeof there - at);
    }
    unsigned n = 0;
    for (unsigned i = 1; i < PAGES; i++) n += there[i];
    CHECK_EQ_U64(n, (uint64_t)m.xPagecount(c));
    m.xDestroy(c);
}

static void test_cache__small_and_growing(struct prng *rng)
{
    live(rng, "NONE", 12);
}

static void test_cache__large_and_growing(struct prng *rng)
{
    live(rng, "NONE", 100000);
}

static void test_cache__small_and_shrinking(struct prng *rng)
{
    live(rng, "INCREMENTAL", 12);
    live(rng, "FULL", 12);
}

static void test_cache__large_and_shrinking(struct prng *rng)
{
    live(rng, "INCREMENTAL", 100000);
    live(rng, "FULL", 100000);
}

TEST_MAIN(TEST(test_install__replaces_what_truncates), TEST(test_truncate__drops_all_from_the_limit_on),
          TEST(test_cache__small_and_growing), TEST(test_cache__large_and_growing),
          TEST(test_cache__small_and_shrinking), TEST(test_cache__large_and_shrinking))
