/* The driver of SQLite.
 *
 * One file, in WAL mode: readers read what was committed when they began, and wait for nobody. Writers wait for each
 * other. Those of one process share one connection, in a queue, first come, first served: SQLite itself only polls, and
 * a thread that commits and begins again at once would starve the others; and a connection throws its cache of pages
 * away when another one has written, so that with two that write in turn no page would ever be found there. Writers of
 * other processes are waited for by polling every millisecond. A commit returns when the log is synced
 * (synchronous = FULL).
 *
 *   struct sqlite   a handle: its own connection, for reading
 *   struct gate     a file in this process: the queue of writers, and their connection */
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/sql_driver.h"
#include "store/sqlite_cache.h"

#define APPLICATION_ID   0x7a6b726c /* "zkrl": what kind of file it is */
#define BUSY_POLL_US     1000
#define READER_CACHE_KIB 16384
#define WRITER_CACHE_KIB 262144
#define CHECKPOINT_PAGES 32768     /* 128 MiB of log: a page written many times goes to its place once */
#define LOG_BYTES_KEPT   268435456 /* a log that grew larger behind a slow reader is cut again */

/* ---- connections and statements */

struct prepared {
    const void *key; /* of the struct sql_stmt; in a gate's table */
    sqlite3_stmt *st;
    int places[SQL_PARAMS_MAX]; /* of $1, $2, … */
};

struct connection {
    sqlite3 *db;
    const char *path;
    unsigned busy_timeout_ms;
    struct timespec busy_until;
};

struct waiter {
    pthread_cond_t turn;
    bool granted;
    struct waiter *next;
};

struct gate {
    dev_t dev;
    ino_t ino;
    unsigned users;
    bool held;
    struct waiter *first, *last;
    struct gate *next;
    /* what follows belongs to whoever is in the gate */
    struct connection writer; /* opened by the first */
    char *writer_path;
    struct prepared *statements[SQL_CACHE];
};

struct sqlite {
    struct sql base;
    struct connection reader;
    struct gate *gate;
    bool in_gate;
    char path[512];
};

/* What a statement of ours has: prepared for reading, and whichever of the two is at work. */
struct pair {
    struct prepared reader;
    struct prepared *active;
};

static struct sqlite *of(struct sql *c)
{
    return (struct sqlite *)(void *)c;
}

static struct connection *connection_of(struct sqlite *s)
{
    return s->in_gate ? &s->gate->writer : &s->reader;
}

static struct timespec after_ms(unsigned ms)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

zk_err sql_sqlite_error(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL: return ZK_ERR_FULL;
    case SQLITE_NOMEM: return ZK_ERR_MEMORY;
    case SQLITE_CONSTRAINT: return ZK_ERR_INPUT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* the lock of the log was not to be had */
    case SQLITE_SCHEMA:   /* another program changes it just now */
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return ZK_ERR_IO;
    default: return ZK_ERR_CORRUPT; /* damaged, no database, or a statement that does not fit what is there */
    }
}

/* SQLite's failure in our terms. `what` is what could not be done. */
static zk_err failed(struct connection *s, int code, const char *what)
{
    const char *words = s->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(s->db);
    int system = s->db == NULL ? errno : sqlite3_system_errno(s->db);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return zk_fail(ZK_ERR_IO, "database %s: %s: another program has been writing for more than %u ms", s->path,
                       what, s->busy_timeout_ms);
    case SQLITE_FULL: return zk_fail(ZK_ERR_FULL, "database %s: %s: the disk is full", s->path, what);
    case SQLITE_IOERR:
        if (system == ENOSPC || system == EDQUOT)
            return zk_fail(ZK_ERR_FULL, "database %s: %s: the disk is full", s->path, what);
        return zk_fail(ZK_ERR_IO, "database %s: %s: %s (errno %d)", s->path, what, words, system);
    case SQLITE_NOMEM: return zk_fail(ZK_ERR_MEMORY, "database %s: %s: out of memory", s->path, what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return zk_fail(ZK_ERR_CORRUPT, "database %s is damaged, or no database: %s: %s", s->path, what, words);
    default: return zk_fail(sql_sqlite_error(code), "database %s: %s: %s", s->path, what, words);
    }
}

static zk_err run_text(struct connection *s, const char *text, const char *what)
{
    int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? ZK_OK : failed(s, sqlite3_extended_errcode(s->db), what);
}

static int on_busy(void *ctx, int times)
{
    struct connection *s = ctx;
    if (times == 0) s->busy_until = after_ms(s->busy_timeout_ms);
    struct timespec now = after_ms(0);
    if (now.tv_sec > s->busy_until.tv_sec ||
        (now.tv_sec == s->busy_until.tv_sec && now.tv_nsec >= s->busy_until.tv_nsec))
        return 0;
    (void)usleep(BUSY_POLL_US);
    return 1;
}

static zk_err pragma_number(struct connection *s, const char *text, int64_t *out)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(s->db, text, -1, &st, NULL);
    if (code == SQLITE_OK && (code = sqlite3_step(st)) == SQLITE_ROW) *out = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return code == SQLITE_ROW ? ZK_OK : failed(s, sqlite3_extended_errcode(s->db), "reading its header");
}

/* A file of ours, or an empty one (*fresh). */
static zk_err check_kind(struct connection *s, bool *fresh)
{
    int64_t id = 0, objects = 0;
    *fresh = false;
    ZK_TRY(pragma_number(s, "PRAGMA application_id", &id));
    if (id == APPLICATION_ID) return ZK_OK;
    ZK_TRY(pragma_number(s, "SELECT count(*) FROM sqlite_master", &objects));
    if (objects > 0 || id != 0) return zk_fail(ZK_ERR_INPUT, "%s is the database of another program", s->path);
    *fresh = true;
    return ZK_OK;
}

static zk_err configure(struct connection *s, bool create, int cache_kib)
{
    bool fresh;
    char text[256];
    (void)sqlite3_extended_result_codes(s->db, 1);
    (void)sqlite3_busy_handler(s->db, on_busy, s);
    ZK_TRY(check_kind(s, &fresh));
    if (fresh && create) {
        (void)snprintf(text, sizeof text, "PRAGMA journal_mode = WAL; PRAGMA application_id = %d", APPLICATION_ID);
        ZK_TRY(run_text(s, text, "making it"));
    }
    (void)snprintf(text, sizeof text,
                   "PRAGMA synchronous = FULL; PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY;"
                   "PRAGMA wal_autocheckpoint = %d; PRAGMA journal_size_limit = %d; PRAGMA trusted_schema = OFF",
                   cache_kib, CHECKPOINT_PAGES, LOG_BYTES_KEPT);
    return run_text(s, text, "opening it");
}

static void close_connection(struct connection *s)
{
    if (s->db == NULL) return;
    (void)sqlite3_close(s->db);
    s->db = NULL;
}

static zk_err open_connection(struct connection *s, const char *path, unsigned busy_timeout_ms, bool create,
                              int cache_kib)
{
    s->path = path;
    s->busy_timeout_ms = busy_timeout_ms;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(path, &s->db, flags, NULL);
    zk_err err = code == SQLITE_OK ? configure(s, create, cache_kib) : failed(s, code, "opening it");
    if (err != ZK_OK) close_connection(s);
    return err;
}

/* ---- the queue of writers of one file */

static pthread_mutex_t gates_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct gate *gates;

static struct gate *gate_get(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) return NULL;
    (void)pthread_mutex_lock(&gates_mutex);
    struct gate *g = gates;
    while (g != NULL && !(g->dev == st.st_dev && g->ino == st.st_ino)) g = g->next;
    if (g == NULL && (g = calloc(1, sizeof *g)) != NULL) {
        *g = (struct gate){.dev = st.st_dev, .ino = st.st_ino, .next = gates};
        gates = g;
    }
    if (g != NULL) g->users++;
    (void)pthread_mutex_unlock(&gates_mutex);
    return g;
}

static void gate_put(struct gate *g)
{
    if (g == NULL) return;
    (void)pthread_mutex_lock(&gates_mutex);
    if (--g->users == 0) {
        struct gate **p = &gates;
        while (*p != g) p = &(*p)->next;
        *p = g->next;
        for (size_t i = 0; i < SQL_CACHE; i++) {
            if (g->statements[i] == NULL) continue;
            (void)sqlite3_finalize(g->statements[i]->st);
            free(g->statements[i]);
        }
        close_connection(&g->writer);
        free(g->writer_path);
        free(g);
    }
    (void)pthread_mutex_unlock(&gates_mutex);
}

static void queue_remove(struct gate *g, struct waiter *w)
{
    struct waiter **p = &g->first;
    struct waiter *before = NULL;
    while (*p != w) {
        before = *p;
        p = &(*p)->next;
    }
    *p = w->next;
    if (g->last == w) g->last = before;
}

/* False if it was not our turn in time. */
static bool gate_enter(struct gate *g, unsigned timeout_ms)
{
    struct timespec until = after_ms(timeout_ms);
    (void)pthread_mutex_lock(&gates_mutex);
    bool in = !g->held;
    if (in) {
        g->held = true;
    } else {
        struct waiter w = {.granted = false};
        pthread_condattr_t attr;
        (void)pthread_condattr_init(&attr);
        (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&w.turn, &attr);
        (void)pthread_condattr_destroy(&attr);
        if (g->last != NULL)
            g->last->next = &w;
        else
            g->first = &w;
        g->last = &w;
        int late = 0;
        while (!w.granted && late == 0) late = pthread_cond_timedwait(&w.turn, &gates_mutex, &until);
        in = w.granted;
        if (!in) queue_remove(g, &w);
        (void)pthread_cond_destroy(&w.turn);
    }
    (void)pthread_mutex_unlock(&gates_mutex);
    return in;
}

static void gate_leave(struct gate *g)
{
    (void)pthread_mutex_lock(&gates_mutex);
    struct waiter *w = g->first;
    if (w == NULL) {
        g->held = false;
    } else { /* handed over: nobody else can get in between */
        g->first = w->next;
        if (g->first == NULL) g->last = NULL;
        w->granted = true;
        (void)pthread_cond_signal(&w->turn);
    }
    (void)pthread_mutex_unlock(&gates_mutex);
}

static void sqlite_close(struct sql *c)
{
    struct sqlite *s = of(c);
    close_connection(&s->reader);
    gate_put(s->gate);
    free(s);
}

/* ---- transactions */

static void leave_gate(struct sqlite *s)
{
    if (s->in_gate) gate_leave(s->gate);
    s->in_gate = false;
}

/* In the gate. The path of the handle that opens the writer goes with it; so the writer keeps a copy of its own. */
static zk_err begin_writing(struct sqlite *s)
{
    struct connection *w = &s->gate->writer;
    if (w->db == NULL) {
        char *path = strdup(s->path);
        if (path == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database");
        free(s->gate->writer_path);
        s->gate->writer_path = path;
        ZK_TRY(open_connection(w, path, s->reader.busy_timeout_ms, false, WRITER_CACHE_KIB));
    }
    w->busy_timeout_ms = s->reader.busy_timeout_ms;
    return run_text(w, "BEGIN IMMEDIATE", "beginning to write");
}

static zk_err sqlite_begin(struct sql *c, sql_mode mode)
{
    struct sqlite *s = of(c);
    if (mode == SQL_READ) return run_text(&s->reader, "BEGIN", "beginning to read");
    if (!gate_enter(s->gate, s->reader.busy_timeout_ms)) return failed(&s->reader, SQLITE_BUSY, "beginning to write");
    s->in_gate = true;
    zk_err err = begin_writing(s);
    if (err != ZK_OK) leave_gate(s);
    return err;
}

static zk_err sqlite_commit(struct sql *c)
{
    struct sqlite *s = of(c);
    zk_err err = run_text(connection_of(s), "COMMIT", "committing");
    if (err == ZK_OK) leave_gate(s);
    return err;
}

static void sqlite_rollback(struct sql *c)
{
    struct sqlite *s = of(c);
    sqlite3 *db = connection_of(s)->db;
    /* Some failures, a full disk among them, have rolled back already. */
    if (!sqlite3_get_autocommit(db)) (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    leave_gate(s);
}

/* ---- statements */

static zk_err prepare(struct connection *s, struct prepared *p, const char *text, unsigned n_params)
{
    if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &p->st, NULL) != SQLITE_OK)
        return failed(s, sqlite3_extended_errcode(s->db), "preparing a statement");
    for (unsigned i = 0; i < n_params; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "$%u", i + 1);
        p->places[i] = sqlite3_bind_parameter_index(p->st, name); /* 0: this text has no use for it */
    }
    assert(sqlite3_bind_parameter_count(p->st) <= (int)n_params);
    return ZK_OK;
}

/* The writer's statement of this key: there, or a new one. NULL: no memory. */
static struct prepared *writer_statement(struct gate *g, const void *key)
{
    size_t i = sql_place(key);
    while (g->statements[i] != NULL && g->statements[i]->key != key) i = (i + 1) % SQL_CACHE;
    if (g->statements[i] == NULL) {
        g->statements[i] = calloc(1, sizeof *g->statements[i]);
        if (g->statements[i] != NULL) g->statements[i]->key = key;
    }
    return g->statements[i];
}

/* Prepares what is not yet prepared on the connection that is to execute it. */
static zk_err activate(struct sqlite *s, struct sql_stmt *st, const char *text, unsigned n_params)
{
    if (st->impl == NULL) st->impl = calloc(1, sizeof(struct pair));
    struct pair *pair = st->impl;
    if (pair != NULL) pair->active = s->in_gate ? writer_statement(s->gate, st->key) : &pair->reader;
    if (pair == NULL || pair->active == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database statement");
    return pair->active->st != NULL ? ZK_OK : prepare(connection_of(s), pair->active, text, n_params);
}

static void sqlite_forget(struct sql *c, struct sql_stmt *st)
{
    (void)c;
    struct pair *pair = st->impl;
    if (pair == NULL) return;
    (void)sqlite3_finalize(pair->reader.st);
    free(pair);
    st->impl = NULL;
}

static void bind_values(const struct prepared *p, const struct sql_stmt *st, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct sql_value *v = &st->values[i];
        int place = p->places[i];
        if (place == 0) continue;
        if (v->null)
            (void)sqlite3_bind_null(p->st, place);
        else if (v->type == SQL_I64)
            (void)sqlite3_bind_int64(p->st, place, v->i64);
        else if (v->type == SQL_BYTES)
            (void)sqlite3_bind_blob64(p->st, place, v->p, v->len, SQLITE_STATIC);
        else
            (void)sqlite3_bind_text64(p->st, place, v->p, v->len, SQLITE_STATIC, SQLITE_UTF8);
    }
}

static zk_err sqlite_step(struct sql *c, struct sql_stmt *st, unsigned n_params, bool first, bool *row,
                          uint64_t *changes)
{
    struct sqlite *s = of(c);
    struct connection *at = connection_of(s);
    *row = false;
    if (first) ZK_TRY(activate(s, st, st->text, n_params));
    const struct prepared *p = ((struct pair *)st->impl)->active;
    if (first) {
        assert(sqlite3_bind_parameter_count(p->st) == (int)n_params);
        bind_values(p, st, n_params);
    }
    int code = sqlite3_step(p->st);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW) return ZK_OK;
    if (code != SQLITE_DONE) return failed(at, sqlite3_extended_errcode(at->db), "running a statement");
    *changes = (uint64_t)sqlite3_changes64(at->db);
    return ZK_OK;
}

static void sqlite_reset(struct sql *c, struct sql_stmt *st)
{
    (void)c;
    const struct pair *pair = st->impl;
    if (pair != NULL && pair->active != NULL && pair->active->st != NULL) (void)sqlite3_reset(pair->active->st);
}

static sqlite3_stmt *active(const struct sql_stmt *st)
{
    return ((const struct pair *)st->impl)->active->st;
}

static bool sqlite_is_null(struct sql_stmt *st, unsigned col)
{
    return sqlite3_column_type(active(st), (int)col) == SQLITE_NULL;
}

static bool sqlite_get_i64(struct sql_stmt *st, unsigned col, int64_t *v)
{
    if (sqlite3_column_type(active(st), (int)col) != SQLITE_INTEGER) return false;
    *v = sqlite3_column_int64(active(st), (int)col);
    return true;
}

static bool sqlite_get_bytes(struct sql_stmt *st, unsigned col, const uint8_t **out, size_t *len)
{
    int type = sqlite3_column_type(active(st), (int)col);
    if (type != SQLITE_BLOB && type != SQLITE_TEXT) return false;
    *out = sqlite3_column_blob(active(st), (int)col);
    *len = (size_t)sqlite3_column_bytes(active(st), (int)col);
    return true;
}

/* ---- many rows: one after the other */

static zk_err run_row(struct connection *at, const struct prepared *p, const struct sql_stmt *st, uint64_t *changes)
{
    bind_values(p, st, st->n_params);
    int code = sqlite3_step(p->st);
    zk_err err = ZK_OK;
    if (code == SQLITE_DONE)
        *changes = (uint64_t)sqlite3_changes64(at->db);
    else
        err = failed(at, sqlite3_extended_errcode(at->db), "writing a row");
    (void)sqlite3_reset(p->st);
    return err;
}

/* Only writers have such rows, so the second text has its place among the writer's statements alone. */
static zk_err run_else(struct sqlite *s, const struct sql_stmt *st, uint64_t *changes)
{
    assert(s->in_gate);
    struct prepared *p = writer_statement(s->gate, &st->bulk->sqlite_else);
    if (p == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database statement");
    if (p->st == NULL) ZK_TRY(prepare(&s->gate->writer, p, st->bulk->sqlite_else, st->n_params));
    return run_row(&s->gate->writer, p, st, changes);
}

static zk_err sqlite_bulk_row(struct sql *c, struct sql_stmt *st)
{
    struct sqlite *s = of(c);
    uint64_t changes = 0;
    if (st->sql == NULL && (st->sql = sql_bulk_make(st, false)) == NULL)
        return zk_fail(ZK_ERR_MEMORY, "no memory for a database statement");
    ZK_TRY(activate(s, st, st->sql, st->n_params));
    ZK_TRY(run_row(connection_of(s), ((const struct pair *)st->impl)->active, st, &changes));
    if (changes == 0 && st->bulk->sqlite_else != NULL) ZK_TRY(run_else(s, st, &changes));
    st->changes += changes;
    return ZK_OK;
}

static zk_err sqlite_bulk_flush(struct sql *c, struct sql_stmt *st)
{
    (void)c;
    (void)st;
    return ZK_OK;
}

/* ---- schemas: the words that differ */

static const char *schema_word(const char *word, size_t len)
{
    static const struct {
        const char *word, *is;
    } words[] = {{"INT8", "INTEGER"},
                 {"BYTES", "BLOB"},
                 {"KEY8", "INTEGER PRIMARY KEY"},
                 {"KEYED", "WITHOUT ROWID, STRICT"},
                 {"TABLE_END", "STRICT"}};
    for (size_t i = 0; i < ZK_COUNT(words); i++)
        if (strlen(words[i].word) == len && memcmp(words[i].word, word, len) == 0) return words[i].is;
    return NULL;
}

static zk_err sqlite_script(struct sql *c, const char *text)
{
    char *out = sql_replace_words(text, schema_word);
    if (out == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a schema");
    zk_err err = run_text(connection_of(of(c)), out, "running a script");
    free(out);
    return err;
}

static const struct sql_driver driver = {
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .script = sqlite_script,
    .forget = sqlite_forget,
    .step = sqlite_step,
    .reset = sqlite_reset,
    .is_null = sqlite_is_null,
    .get_i64 = sqlite_get_i64,
    .get_bytes = sqlite_get_bytes,
    .bulk_row = sqlite_bulk_row,
    .bulk_flush = sqlite_bulk_flush,
};

zk_err sql_sqlite_open(struct sql **out, const char *path, const struct sql_config *config)
{
    sqlite_cache_install();
    struct sqlite *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database");
    if (strlen(path) >= sizeof s->path) {
        free(s);
        return zk_fail(ZK_ERR_INPUT, "the path of a database is at most %zu bytes long", sizeof s->path - 1);
    }
    s->base.driver = &driver;
    (void)snprintf(s->path, sizeof s->path, "%s", path);
    zk_err err = open_connection(&s->reader, s->path, config->busy_timeout_ms, config->create, READER_CACHE_KIB);
    if (err == ZK_OK && (s->gate = gate_get(path)) == NULL)
        err = zk_fail(ZK_ERR_IO, "database %s: gone while it was opened", s->path);
    if (err != ZK_OK) {
        sqlite_close(&s->base);
        return err;
    }
    *out = &s->base;
    return ZK_OK;
}
