#include "store/sql.h"

#include "store/sql_driver.h"

#include <stdio.h>
#include <stdlib.h>

zk_err sql_open(struct sql **out, const char *url, const struct sql_config *config)
{
    *out = NULL;
    if (strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0)
        return sql_postgres_open(out, url, config);
    const char *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
    if (*path == '\0') return zk_fail(ZK_ERR_INPUT, "no database: want sqlite:PATH or postgres://…");
    if (strstr(path, "://") != NULL)
        return zk_fail(ZK_ERR_INPUT, "no such kind of database (want sqlite:PATH or postgres://…): %.100s", url);
    return sql_sqlite_open(out, path, config);
}

void sql_close(struct sql *c)
{
    if (c == NULL) return;
    sql_rollback(c);
    for (size_t i = 0; i < SQL_CACHE; i++) {
        struct sql_stmt *st = c->cache[i];
        if (st == NULL) continue;
        c->driver->forget(c, st);
        free(st->sql);
        free(st);
    }
    c->driver->close(c);
}

bool sql_is_postgres(const struct sql *c)
{
    return c->driver->is_postgres;
}

/* ---- transactions */

zk_err sql_begin(struct sql *c, sql_mode mode)
{
    assert(!c->in_transaction);
    ZK_TRY(c->driver->begin(c, mode));
    c->in_transaction = true;
    c->writing = mode == SQL_WRITE;
    c->failed = false;
    return ZK_OK;
}

zk_err sql_commit(struct sql *c)
{
    assert(c->in_transaction);
    if (c->failed) {
        sql_rollback(c);
        return zk_fail(ZK_ERR_IO, "the transaction was rolled back: a part of it had failed");
    }
    zk_err err = c->driver->commit(c);
    if (err != ZK_OK) {
        sql_rollback(c);
        return err;
    }
    c->in_transaction = c->writing = false;
    return ZK_OK;
}

void sql_rollback(struct sql *c)
{
    if (!c->in_transaction) return;
    c->driver->rollback(c);
    c->in_transaction = c->writing = c->failed = false;
}

bool sql_in_transaction(const struct sql *c)
{
    return c->in_transaction;
}

bool sql_is_writing(const struct sql *c)
{
    return c->in_transaction && c->writing;
}

zk_err sql_script(struct sql *c, const char *text)
{
    zk_err err = c->driver->script(c, text);
    if (err != ZK_OK) c->failed = c->in_transaction;
    return err;
}

char *sql_replace_words(const char *text, const char *(*is)(const char *word, size_t len))
{
    char *out = NULL;
    size_t out_len = 0;
    FILE *f = open_memstream(&out, &out_len);
    if (f == NULL) return NULL;
    while (*text != '\0') {
        size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
        const char *other = is(text, len);
        if (len == 0) len = 1;
        if (other != NULL)
            (void)fputs(other, f);
        else
            (void)fwrite(text, 1, len, f);
        text += len;
    }
    bool bad = ferror(f) != 0;
    if (fclose(f) == 0 && !bad) return out;
    free(out);
    return NULL;
}

/* ---- statements are found by the address of their text */

static struct sql_stmt **find_place(struct sql *c, const void *key)
{
    size_t i = sql_place(key);
    for (size_t tries = 0; tries < SQL_CACHE; tries++, i = (i + 1) % SQL_CACHE)
        if (c->cache[i] == NULL || c->cache[i]->key == key) return &c->cache[i];
    assert(!"more statements than places for them");
    return NULL;
}

static struct sql_stmt *take_stmt(struct sql *c, const void *key)
{
    struct sql_stmt **place = find_place(c, key);
    if (*place == NULL) {
        *place = calloc(1, sizeof **place);
        if (*place == NULL) return NULL;
        (*place)->key = key;
    }
    assert(!(*place)->busy);
    (*place)->busy = true;
    return *place;
}

/* Nothing goes to the server once a part of the transaction has failed. */
static zk_err may_go_on(const struct sql *c)
{
    return c->failed ? zk_fail(ZK_ERR_IO, "not done: an earlier part of the transaction has failed") : ZK_OK;
}

static zk_err note(struct sql *c, zk_err err)
{
    if (err != ZK_OK && c->in_transaction) c->failed = true;
    return err;
}

void sql_start(struct sql_query *q, struct sql *c, const char *text)
{
    *q = (struct sql_query){.c = c};
    q->err = may_go_on(c);
    q->st = take_stmt(c, text);
    if (q->st == NULL)
        q->err = note(c, zk_fail(ZK_ERR_MEMORY, "no memory for a database statement"));
    else
        q->st->text = text;
}

static void bind(struct sql_query *q, struct sql_value v)
{
    if (q->err != ZK_OK) return;
    assert(q->n_bound < SQL_PARAMS_MAX);
    assert(!q->running);
    q->st->values[q->n_bound++] = v;
}

void sql_i64(struct sql_query *q, int64_t v)
{
    bind(q, (struct sql_value){.type = SQL_I64, .i64 = v});
}

void sql_u64(struct sql_query *q, uint64_t v)
{
    sql_i64(q, (int64_t)v);
}

void sql_bytes(struct sql_query *q, const void *p, size_t len)
{
    bind(q, (struct sql_value){.type = SQL_BYTES, .null = p == NULL, .p = p, .len = len});
}

void sql_text(struct sql_query *q, const char *text)
{
    bind(q,
         (struct sql_value){.type = SQL_TEXT, .null = text == NULL, .p = text, .len = text == NULL ? 0 : strlen(text)});
}

void sql_i64_array(struct sql_query *q, const int64_t *v, size_t n)
{
    assert(sql_is_postgres(q->c));
    bind(q, (struct sql_value){.type = SQL_I64_ARRAY, .p = v, .len = n});
}

bool sql_row(struct sql_query *q)
{
    if (q->err != ZK_OK || q->done) return false;
    bool row = false;
    q->err = note(q->c, q->c->driver->step(q->c, q->st, q->n_bound, !q->running, &row, &q->changes));
    q->running = true;
    q->done = !row;
    return row && q->err == ZK_OK;
}

void sql_corrupt(struct sql_query *q, const char *what)
{
    if (q->err == ZK_OK) q->err = note(q->c, zk_fail(ZK_ERR_CORRUPT, "the database holds %s: damaged", what));
}

bool sql_is_null(struct sql_query *q, unsigned col)
{
    return q->c->driver->is_null(q->st, col);
}

int64_t sql_get_i64(struct sql_query *q, unsigned col)
{
    int64_t v = 0;
    if (!q->c->driver->get_i64(q->st, col, &v)) {
        sql_corrupt(q, "no number where one must be");
        return 0;
    }
    return v;
}

uint64_t sql_get_u64(struct sql_query *q, unsigned col)
{
    return (uint64_t)sql_get_i64(q, col);
}

uint32_t sql_get_u32(struct sql_query *q, unsigned col)
{
    int64_t v = sql_get_i64(q, col);
    if (v >= 0 && v <= UINT32_MAX) return (uint32_t)v;
    sql_corrupt(q, "a number out of its range");
    return 0;
}

const uint8_t *sql_get_bytes(struct sql_query *q, unsigned col, size_t *len)
{
    const uint8_t *p = NULL;
    *len = 0;
    if (sql_is_null(q, col)) return NULL;
    if (!q->c->driver->get_bytes(q->st, col, &p, len)) sql_corrupt(q, "no bytes where some must be");
    return *len == 0 ? NULL : p;
}

void sql_get_fixed(struct sql_query *q, unsigned col, void *out, size_t len)
{
    size_t have;
    const uint8_t *p = sql_get_bytes(q, col, &have);
    if (have == len) {
        memcpy(out, p, len);
        return;
    }
    memset(out, 0, len);
    sql_corrupt(q, "bytes of another length than they must have");
}

void sql_get_text(struct sql_query *q, unsigned col, char *out, size_t cap)
{
    size_t len;
    const uint8_t *p = sql_get_bytes(q, col, &len);
    out[0] = '\0';
    if (len >= cap) {
        sql_corrupt(q, "a text longer than it may be");
        return;
    }
    if (len > 0) memcpy(out, p, len);
    out[len] = '\0';
}

zk_err sql_end(struct sql_query *q)
{
    if (q->st != NULL && q->st->busy) {
        if (q->running) q->c->driver->reset(q->c, q->st);
        q->st->busy = false;
    }
    return q->err;
}

zk_err sql_run(struct sql_query *q)
{
    while (sql_row(q)) {}
    return sql_end(q);
}

/* ---- many rows */

static bool parse_columns(struct sql_stmt *st)
{
    st->n_params = 0;
    for (const char *p = st->bulk->columns; (p = strchr(p, ':')) != NULL; p++) {
        assert(st->n_params < SQL_PARAMS_MAX);
        sql_type type = p[1] == 'i' ? SQL_I64 : p[1] == 'b' ? SQL_BYTES : SQL_TEXT;
        st->types[st->n_params++] = type;
    }
    return st->n_params > 0;
}

char *sql_bulk_make(const struct sql_stmt *st, bool arrays)
{
    const struct sql_bulk_text *t = st->bulk;
    if (!arrays && t->sqlite != NULL) return strdup(t->sqlite);
    static const char *const array_types[] = {[SQL_I64] = "bigint[]", [SQL_BYTES] = "bytea[]", [SQL_TEXT] = "text[]"};
    char *out = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&out, &len);
    if (f == NULL) return NULL;
    (void)fputs("WITH r(", f);
    for (const char *p = t->columns; *p != '\0';) {
        size_t name = strcspn(p, ":");
        (void)fprintf(f, "%.*s", (int)name, p);
        p += name + 2;
        p += strspn(p, " ");
        if (*p != '\0') (void)fputs(", ", f);
    }
    (void)fputs(arrays ? ") AS (SELECT * FROM unnest(" : ") AS (VALUES(", f);
    for (unsigned i = 0; i < st->n_params; i++) {
        (void)fprintf(f, "%s$%u", i == 0 ? "" : ", ", i + 1);
        if (arrays) (void)fprintf(f, "::%s", array_types[st->types[i]]);
    }
    (void)fprintf(f, ")) %s", t->body);
    bool bad = ferror(f) != 0;
    if (fclose(f) != 0 || bad) {
        free(out);
        return NULL;
    }
    return out;
}

void sql_bulk_start(struct sql_bulk *b, struct sql *c, const struct sql_bulk_text *text)
{
    *b = (struct sql_bulk){.c = c};
    b->err = may_go_on(c);
    b->st = take_stmt(c, text);
    if (b->st == NULL) {
        b->err = note(c, zk_fail(ZK_ERR_MEMORY, "no memory for a database statement"));
        return;
    }
    b->st->changes = 0;
    if (b->st->bulk == NULL) {
        b->st->bulk = text;
        bool has_columns = parse_columns(b->st);
        assert(has_columns);
        (void)has_columns;
    }
}

static void bulk_value(struct sql_bulk *b, struct sql_value v)
{
    if (b->err != ZK_OK) return;
    assert(v.type == b->st->types[b->n_bound]);
    b->st->values[b->n_bound++] = v;
    if (b->n_bound < b->st->n_params) return;
    b->n_bound = 0;
    b->err = note(b->c, b->c->driver->bulk_row(b->c, b->st));
}

void sql_bulk_i64(struct sql_bulk *b, int64_t v)
{
    bulk_value(b, (struct sql_value){.type = SQL_I64, .i64 = v});
}

void sql_bulk_u64(struct sql_bulk *b, uint64_t v)
{
    sql_bulk_i64(b, (int64_t)v);
}

void sql_bulk_null_i64(struct sql_bulk *b)
{
    bulk_value(b, (struct sql_value){.type = SQL_I64, .null = true});
}

void sql_bulk_bytes(struct sql_bulk *b, const void *p, size_t len)
{
    bulk_value(b, (struct sql_value){.type = SQL_BYTES, .null = p == NULL, .p = p, .len = len});
}

void sql_bulk_str(struct sql_bulk *b, const char *text)
{
    bulk_value(b, (struct sql_value){
                      .type = SQL_TEXT, .null = text == NULL, .p = text, .len = text == NULL ? 0 : strlen(text)});
}

zk_err sql_bulk_end(struct sql_bulk *b)
{
    if (b->st == NULL) return b->err;
    assert(b->n_bound == 0 || b->err != ZK_OK);
    if (b->err == ZK_OK) b->err = note(b->c, b->c->driver->bulk_flush(b->c, b->st));
    if (b->err != ZK_OK) b->c->driver->reset(b->c, b->st);
    b->changes = b->st->changes;
    b->st->busy = false;
    return b->err;
}
