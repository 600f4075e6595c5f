#include "store/store.h"

#include "store/schema.h"
#include "store/store_internal.h"
#include "store/store_lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BUSY_TIMEOUT_MS 10000

static zk_err check_schema(struct sql *db, bool create)
{
    if (create) return schema_migrate(db, schema_migrations, schema_newest);
    unsigned version;
    ZK_TRY(schema_version(db, &version));
    if (version == 0) return zk_fail(ZK_ERR_UNSUPPORTED, "the database is empty: nobody has created it yet");
    if (version < schema_newest)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the database has the old schema version %u, want %u: start the node once",
                       version, schema_newest);
    if (version > schema_newest)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the database has schema version %u; this program knows %u: use a newer one",
                       version, schema_newest);
    return ZK_OK;
}

zk_err store_open(struct store **out, const char *url, const struct store_options *options)
{
    *out = NULL;
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database");
    struct sql_config config = {.create = options->create,
                                .busy_timeout_ms =
                                    options->busy_timeout_ms == 0 ? BUSY_TIMEOUT_MS : options->busy_timeout_ms};
    zk_err err = sql_open(&s->db, url, &config);
    if (err == ZK_OK) err = check_schema(s->db, options->create);
    if (err != ZK_OK) {
        store_close(s);
        return err;
    }
    *out = s;
    return ZK_OK;
}

void store_close(struct store *s)
{
    if (s == NULL) return;
    sql_close(s->db);
    free(s);
}

zk_err store_schema_version(struct store *s, unsigned *version)
{
    return schema_version(s->db, version);
}

/* ---- transactions */

static zk_err check_fence(struct store *s)
{
    if (!s->fenced) return ZK_OK;
    struct sql_query q;
    /* On PostgreSQL the row is held until the end: who wants to take the lease over waits for us, and we for him. */
    if (sql_is_postgres(s->db))
        sql_start(&q, s->db, "SELECT token FROM leases WHERE name = $1 FOR SHARE");
    else
        sql_start(&q, s->db, "SELECT token FROM leases WHERE name = $1");
    sql_text(&q, s->fence_name);
    bool ours = sql_row(&q) && sql_get_u64(&q, 0) == s->fence_token;
    ZK_TRY(sql_end(&q));
    if (ours) return ZK_OK;
    return zk_fail(ZK_ERR_CANCELLED, "another process has taken over as %s: this one writes no more", s->fence_name);
}

zk_err store_begin(struct store *s)
{
    ZK_TRY(sql_begin(s->db, SQL_WRITE));
    zk_err err = check_fence(s);
    if (err != ZK_OK) sql_rollback(s->db);
    return err;
}

zk_err store_begin_read(struct store *s)
{
    return sql_begin(s->db, SQL_READ);
}

zk_err store_commit(struct store *s)
{
    return sql_commit(s->db);
}

void store_rollback(struct store *s)
{
    sql_rollback(s->db);
}

void store_fence(struct store *s, const char *name, uint64_t token)
{
    s->fenced = name != NULL;
    s->fence_token = token;
    s->fence_name[0] = '\0';
    if (name != NULL) {
        assert(strlen(name) < sizeof s->fence_name);
        (void)snprintf(s->fence_name, sizeof s->fence_name, "%s", name);
    }
}

zk_err write_begin(struct store *s, bool *own)
{
    *own = !sql_in_transaction(s->db);
    if (*own) return store_begin(s);
    assert(sql_is_writing(s->db));
    return ZK_OK;
}

zk_err write_end(struct store *s, bool own, zk_err err)
{
    if (!own) return err;
    if (err == ZK_OK) return sql_commit(s->db);
    sql_rollback(s->db);
    return err;
}

zk_err read_begin(struct store *s, bool *own)
{
    *own = !sql_in_transaction(s->db);
    return *own ? sql_begin(s->db, SQL_READ) : ZK_OK;
}

zk_err read_end(struct store *s, bool own, zk_err err)
{
    if (own) sql_rollback(s->db);
    return err;
}

zk_err store_now(struct store *s, int64_t *now)
{
    if (!sql_is_postgres(s->db)) {
        struct timespec t;
        (void)clock_gettime(CLOCK_REALTIME, &t);
        *now = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
        return ZK_OK;
    }
    struct sql_query q;
    sql_start(&q, s->db, "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)");
    *now = sql_row(&q) ? sql_get_i64(&q, 0) : 0;
    return sql_end(&q);
}

/* SQLite counts other connections' commits itself. PostgreSQL's snapshot names the transactions that are still running:
 * it is another one as soon as any that wrote has become visible. */
zk_err store_change_token(struct store *s, uint64_t *token)
{
    struct sql_query q;
    *token = 0;
    if (!sql_is_postgres(s->db)) {
        sql_start(&q, s->db, "PRAGMA data_version");
        if (sql_row(&q)) *token = sql_get_u64(&q, 0);
        return sql_end(&q);
    }
    sql_start(&q, s->db, "SELECT CAST(pg_current_snapshot() AS text)");
    if (sql_row(&q)) {
        size_t len;
        const uint8_t *p = sql_get_bytes(&q, 0, &len);
        uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
        for (size_t i = 0; i < len; i++) h = (h ^ p[i]) * UINT64_C(0x100000001b3);
        *token = h;
    }
    return sql_end(&q);
}

/* ---- small values */

zk_err store_put(struct store *s, const char *key, const void *value, size_t len)
{
    assert(strlen(key) < STORE_KEY_MAX);
    if (len > STORE_VALUE_MAX) return zk_fail(ZK_ERR_RANGE, "a value of %zu bytes for %s", len, key);
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    sql_text(&q, key);
    sql_bytes(&q, len == 0 ? "" : value, len);
    return write_end(s, own, sql_run(&q));
}

zk_err store_get(struct store *s, const char *key, void *value, size_t *len, size_t cap, bool *found)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT value FROM meta WHERE key = $1");
    sql_text(&q, key);
    *len = 0;
    *found = sql_row(&q);
    bool fits = true;
    if (*found) {
        const uint8_t *p = sql_get_bytes(&q, 0, len);
        fits = *len <= cap;
        if (fits && *len > 0) memcpy(value, p, *len);
    }
    ZK_TRY(sql_end(&q));
    return fits ? ZK_OK : zk_fail(ZK_ERR_RANGE, "the stored %s has %zu bytes", key, *len);
}

zk_err store_remove(struct store *s, const char *key)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    struct sql_query q;
    sql_start(&q, s->db, "DELETE FROM meta WHERE key = $1");
    sql_text(&q, key);
    return write_end(s, own, sql_run(&q));
}

/* ---- heads */

zk_err head_get(struct store *s, uint64_t *value, const char *name)
{
    struct sql_query q;
    sql_start(&q, s->db, "SELECT value FROM heads WHERE name = $1");
    sql_text(&q, name);
    *value = sql_row(&q) ? sql_get_u64(&q, 0) : 0;
    return sql_end(&q);
}

zk_err head_set(struct store *s, const char *name, uint64_t value)
{
    struct sql_query q;
    sql_start(
        &q, s->db,
        "INSERT INTO heads (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    sql_text(&q, name);
    sql_u64(&q, value);
    return sql_run(&q);
}

zk_err head_add(struct store *s, const char *name, int64_t delta)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO heads (name, value) VALUES ($1, $2)"
              " ON CONFLICT (name) DO UPDATE SET value = heads.value + excluded.value");
    sql_text(&q, name);
    sql_i64(&q, delta);
    return sql_run(&q);
}

zk_err store_heads(struct store *s, struct store_heads *out)
{
    memset(out, 0, sizeof *out);
    uint64_t finished = 0;
    struct sql_query q;
    sql_start(&q, s->db, "SELECT name, value FROM heads");
    while (sql_row(&q)) {
        char name[32];
        sql_get_text(&q, 0, name, sizeof name);
        uint64_t v = sql_get_u64(&q, 1);
        if (strcmp(name, HEAD_SEALED) == 0) out->last_sealed = (uint32_t)v;
        if (strcmp(name, HEAD_OPEN) == 0) out->open = v != 0;
        if (strcmp(name, HEAD_COMMITTED) == 0) out->last_committed = (uint32_t)v;
        if (strcmp(name, HEAD_PROVED) == 0) out->last_proved = (uint32_t)v;
        if (strcmp(name, HEAD_EXECUTED) == 0) out->last_executed = (uint32_t)v;
        if (strcmp(name, HEAD_OPS) == 0) out->executed_ops = v;
        if (strcmp(name, HEAD_ACCEPTED) == 0) out->accepted_txs = v;
        if (strcmp(name, HEAD_FINISHED) == 0) finished = v;
        if (strcmp(name, HEAD_NEXT_PRIORITY) == 0) out->next_priority = v;
    }
    out->last_block = out->last_sealed + (out->open ? 1 : 0);
    out->queued_txs = out->accepted_txs - finished;
    return sql_end(&q);
}

/* ---- values in statements */

void sql_fr(struct sql_query *q, const fr *v, uint8_t room[32])
{
    fr_to_be32(room, v);
    sql_bytes(q, room, 32);
}

void sql_get_fr(struct sql_query *q, unsigned col, fr *out)
{
    uint8_t b[32];
    sql_get_fixed(q, col, b, sizeof b);
    if (!fr_from_be32(out, b)) sql_corrupt(q, "a field element that is none");
}

void sql_get_hash(struct sql_query *q, unsigned col, hash32 *out)
{
    sql_get_fixed(q, col, out->b, sizeof out->b);
}

void sql_get_address(struct sql_query *q, unsigned col, eth_address *out)
{
    sql_get_fixed(q, col, out->b, sizeof out->b);
}
