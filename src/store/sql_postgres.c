/* The driver of PostgreSQL.
 *
 * Statements are prepared under names, at their first use in a session; parameters and results are binary. Many rows go
 * as arrays, one for each column. All queries of the store go by indexes, so the planner is told not to consider
 * anything else: what it would choose for the empty tables of a new database is what must run when they have grown.
 *
 * A lost connection fails the transaction that was open; the next call outside of one connects again. If it is lost
 * while COMMIT is under way nobody here can know whether it was done: the failure says so. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/sql_driver.h"

#define BULK_ROWS_MAX  4096
#define BULK_BYTES_MAX ((size_t)4 << 20)

/* Types by their numbers in pg_type.dat. */
enum {
    OID_BYTES = 17,
    OID_INT8 = 20,
    OID_TEXT = 25,
    OID_BYTES_ARRAY = 1001,
    OID_TEXT_ARRAY = 1009,
    OID_INT8_ARRAY = 1016
};

struct postgres {
    struct sql base;
    PGconn *conn; /* NULL: not connected */
    char *uri;
    bool dead; /* the connection is lost, whatever libpq says of it */
    unsigned busy_timeout_ms;
    uint64_t session;   /* counts connections: what was prepared in an earlier one is gone */
    unsigned next_name; /* of a prepared statement */
};

/* An array parameter, or one column of a bulk: the elements as the protocol wants them, each after its length. */
struct column {
    uint8_t *bytes;
    size_t len, cap;
    bool has_null;
};

struct prepared {
    uint64_t session; /* 0: not yet */
    char name[16];
    PGresult *result;
    int row;
    size_t n_rows; /* of a bulk, not yet sent */
    struct column columns[SQL_PARAMS_MAX];
};

static struct postgres *of(struct sql *c)
{
    return (struct postgres *)(void *)c;
}

/* ---- failures */

static zk_err by_state(const char *state)
{
    static const struct {
        const char *prefix;
        zk_err err;
    } map[] = {{"53100", ZK_ERR_FULL}, {"53200", ZK_ERR_MEMORY}, {"53", ZK_ERR_IO},     {"08", ZK_ERR_IO},
               {"57", ZK_ERR_IO},      {"40", ZK_ERR_IO},        {"55P03", ZK_ERR_IO},  {"25", ZK_ERR_IO},
               {"58", ZK_ERR_IO},      {"23", ZK_ERR_INPUT},     {"22", ZK_ERR_INPUT},  {"28", ZK_ERR_INPUT},
               {"3D", ZK_ERR_INPUT},   {"XX", ZK_ERR_CORRUPT},   {"42", ZK_ERR_CORRUPT}};
    for (size_t i = 0; i < ZK_COUNT(map); i++)
        if (strncmp(state, map[i].prefix, strlen(map[i].prefix)) == 0) return map[i].err;
    return ZK_ERR_IO;
}

/* The server's words without line ends. */
static void words_of(char out[200], const char *message)
{
    size_t n = 0;
    for (; message != NULL && message[n] != '\0' && n < 199; n++) {
        out[n] = message[n];
        if (out[n] == '\n') out[n] = ' ';
    }
    while (n > 0 && out[n - 1] == ' ') n--;
    out[n] = '\0';
}

static bool is_alive(const struct postgres *p)
{
    return p->conn != NULL && !p->dead && PQstatus(p->conn) == CONNECTION_OK;
}

static zk_err lost(struct postgres *p)
{
    char words[200];
    p->dead = true;
    words_of(words, p->conn == NULL ? "no connection" : PQerrorMessage(p->conn));
    return zk_fail(ZK_ERR_IO, "the database does not answer: %s", words);
}

static zk_err failed(struct postgres *p, const PGresult *r)
{
    if (r == NULL || !is_alive(p)) return lost(p);
    char words[200];
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    words_of(words, PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
    if (state == NULL) return lost(p);
    if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0) p->dead = true; /* it is being shut down */
    zk_err err = by_state(state);
    if (err == ZK_ERR_FULL) return zk_fail(err, "the disk of the database is full: %s", words);
    return zk_fail(err, "database: %s (%s)", words, state);
}

/* ---- the connection */

static void no_notice(void *ctx, const PGresult *r)
{
    (void)ctx;
    (void)r;
}

static zk_err command(struct postgres *p, const char *text)
{
    PGresult *r = PQexec(p->conn, text);
    ExecStatusType status = PQresultStatus(r);
    zk_err err = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? ZK_OK : failed(p, r);
    PQclear(r);
    return err;
}

static zk_err set_up_session(struct postgres *p)
{
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "SET synchronous_commit = on; SET lock_timeout = %u; SET client_min_messages = warning; SET jit = off;"
        " SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
        " SET enable_mergejoin = off; SET idle_in_transaction_session_timeout = 300000",
        p->busy_timeout_ms);
    return command(p, text);
}

static void disconnect(struct postgres *p)
{
    if (p->conn != NULL) PQfinish(p->conn);
    p->conn = NULL;
    p->dead = false;
}

static zk_err connect_now(struct postgres *p)
{
    const char *const keys[] = {"dbname", "connect_timeout", "application_name", "client_encoding", NULL};
    const char *const values[] = {p->uri, "10", "zkroll", "UTF8", NULL};
    disconnect(p);
    p->conn = PQconnectdbParams(keys, values, 1);
    if (p->conn == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database connection");
    if (PQstatus(p->conn) != CONNECTION_OK) {
        char words[200];
        words_of(words, PQerrorMessage(p->conn));
        disconnect(p);
        return zk_fail(ZK_ERR_IO, "cannot connect to the database: %s", words);
    }
    (void)PQsetNoticeReceiver(p->conn, no_notice, NULL);
    p->session++;
    zk_err err = set_up_session(p);
    if (err != ZK_OK) disconnect(p);
    return err;
}

/* A transaction does not outlive its connection. */
static zk_err ensure_connected(struct postgres *p)
{
    if (is_alive(p)) return ZK_OK;
    if (p->base.in_transaction) return lost(p);
    return connect_now(p);
}

static void postgres_close(struct sql *c)
{
    struct postgres *p = of(c);
    disconnect(p);
    free(p->uri);
    free(p);
}

/* ---- transactions */

static zk_err postgres_begin(struct sql *c, sql_mode mode)
{
    struct postgres *p = of(c);
    const char *text = mode == SQL_WRITE ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                                         : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    ZK_TRY(ensure_connected(p));
    zk_err err = command(p, text);
    if (err == ZK_OK || is_alive(p)) return err;
    ZK_TRY(connect_now(p)); /* the connection was dead before we knew: nothing is lost yet */
    return command(p, text);
}

static zk_err postgres_commit(struct sql *c)
{
    struct postgres *p = of(c);
    if (!is_alive(p)) return lost(p);
    PGresult *r = PQexec(p->conn, "COMMIT");
    zk_err err = ZK_OK;
    bool lost_now = r == NULL || PQstatus(p->conn) == CONNECTION_BAD;
    if (!lost_now && PQresultStatus(r) != PGRES_COMMAND_OK) err = failed(p, r);
    if (lost_now || p->dead)
        err = zk_fail(ZK_ERR_IO, "the database was lost while it committed: it may have been done, or not");
    else if (err == ZK_OK && strcmp(PQcmdStatus(r), "COMMIT") != 0)
        err = zk_fail(ZK_ERR_IO, "the database has rolled the transaction back");
    PQclear(r);
    return err;
}

static void postgres_rollback(struct sql *c)
{
    struct postgres *p = of(c);
    if (p->conn == NULL || (is_alive(p) && PQtransactionStatus(p->conn) == PQTRANS_IDLE)) return;
    if (is_alive(p)) {
        PGresult *r = PQexec(p->conn, "ROLLBACK");
        bool done = PQresultStatus(r) == PGRES_COMMAND_OK;
        PQclear(r);
        if (done) return;
    }
    disconnect(p);
}

/* ---- parameters */

static Oid oid_of(sql_type type, bool array)
{
    switch (type) {
    case SQL_I64: return array ? OID_INT8_ARRAY : OID_INT8;
    case SQL_BYTES: return array ? OID_BYTES_ARRAY : OID_BYTES;
    case SQL_TEXT: return array ? OID_TEXT_ARRAY : OID_TEXT;
    case SQL_I64_ARRAY: break;
    }
    return OID_INT8_ARRAY;
}

static bool column_reserve(struct column *col, size_t n)
{
    if (col->cap - col->len >= n) return true;
    size_t cap = 2 * col->cap + n + 256;
    uint8_t *more = realloc(col->bytes, cap);
    if (more == NULL) return false;
    col->bytes = more;
    col->cap = cap;
    return true;
}

/* Dimensions 1 | has NULLs | type of the elements | length | lower bound 1: filled in when the length is known. */
#define ARRAY_HEAD 20

static void column_begin(struct column *col)
{
    col->len = 0;
    col->has_null = false;
}

static bool column_add(struct column *col, const struct sql_value *v)
{
    size_t len = v->null ? 0 : v->type == SQL_I64 ? 8 : v->len;
    if (col->len == 0) {
        if (!column_reserve(col, ARRAY_HEAD)) return false;
        col->len = ARRAY_HEAD;
    }
    if (!column_reserve(col, 4 + len)) return false;
    uint8_t *p = col->bytes + col->len;
    store_be32(p, v->null ? UINT32_MAX : (uint32_t)len);
    if (!v->null && v->type == SQL_I64)
        store_be64(p + 4, (uint64_t)v->i64);
    else if (len > 0)
        memcpy(p + 4, v->p, len);
    col->has_null = col->has_null || v->null;
    col->len += 4 + len;
    return true;
}

static void column_finish(struct column *col, Oid element, size_t n)
{
    store_be32(col->bytes, 1);
    store_be32(col->bytes + 4, col->has_null);
    store_be32(col->bytes + 8, element);
    store_be32(col->bytes + 12, (uint32_t)n);
    store_be32(col->bytes + 16, 1);
}

/* ---- statements */

static struct prepared *prepared_of(struct sql_stmt *st)
{
    if (st->impl == NULL) st->impl = calloc(1, sizeof(struct prepared));
    return st->impl;
}

static void postgres_forget(struct sql *c, struct sql_stmt *st)
{
    (void)c;
    struct prepared *s = st->impl;
    if (s == NULL) return;
    PQclear(s->result);
    for (size_t i = 0; i < SQL_PARAMS_MAX; i++) free(s->columns[i].bytes);
    free(s);
    st->impl = NULL;
}

static zk_err prepare(struct postgres *p, struct sql_stmt *st, struct prepared *s, const char *text, unsigned n,
                      bool arrays)
{
    if (s->session == p->session) return ZK_OK;
    Oid types[SQL_PARAMS_MAX];
    for (unsigned i = 0; i < n; i++) types[i] = arrays ? oid_of(st->types[i], true) : oid_of(st->values[i].type, false);
    (void)snprintf(s->name, sizeof s->name, "s%u", p->next_name++);
    PGresult *r = PQprepare(p->conn, s->name, text, (int)n, types);
    zk_err err = PQresultStatus(r) == PGRES_COMMAND_OK ? ZK_OK : failed(p, r);
    PQclear(r);
    if (err == ZK_OK) s->session = p->session;
    return err;
}

static zk_err run_prepared(struct postgres *p, struct prepared *s, unsigned n, const char *const *values,
                           const int *lengths, uint64_t *changes)
{
    static const int binary[SQL_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    PQclear(s->result);
    s->result = PQexecPrepared(p->conn, s->name, (int)n, values, lengths, binary, 1);
    s->row = -1;
    ExecStatusType status = PQresultStatus(s->result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return failed(p, s->result);
    const char *count = PQcmdTuples(s->result);
    *changes = *count == '\0' ? 0 : strtoull(count, NULL, 10);
    return ZK_OK;
}

/* One value as a parameter; numbers in `room`. */
static zk_err parameter(struct prepared *s, unsigned i, const struct sql_value *v, uint8_t room[8], const char **value,
                        int *length)
{
    *value = v->null ? NULL : v->p;
    *length = (int)v->len;
    if (v->null) return ZK_OK;
    if (v->type == SQL_I64) {
        store_be64(room, (uint64_t)v->i64);
        *value = (const char *)room;
        *length = 8;
    }
    if (v->type == SQL_I64_ARRAY) {
        struct column *col = &s->columns[i];
        column_begin(col);
        for (size_t k = 0; k < v->len; k++) {
            struct sql_value element = {.type = SQL_I64, .i64 = ((const int64_t *)v->p)[k]};
            if (!column_add(col, &element)) return zk_fail(ZK_ERR_MEMORY, "no memory for a database statement");
        }
        column_finish(col, OID_INT8, v->len);
        *value = (const char *)col->bytes;
        *length = (int)col->len;
    }
    return ZK_OK;
}

static zk_err execute(struct postgres *p, struct sql_stmt *st, struct prepared *s, unsigned n, uint64_t *changes)
{
    const char *values[SQL_PARAMS_MAX];
    int lengths[SQL_PARAMS_MAX];
    uint8_t room[SQL_PARAMS_MAX][8];
    ZK_TRY(ensure_connected(p));
    for (unsigned i = 0; i < n; i++) ZK_TRY(parameter(s, i, &st->values[i], room[i], &values[i], &lengths[i]));
    zk_err err = prepare(p, st, s, st->text, n, false);
    if (err == ZK_OK) err = run_prepared(p, s, n, values, lengths, changes);
    if (err == ZK_OK || p->base.in_transaction || is_alive(p)) return err;
    ZK_TRY(connect_now(p)); /* reads outside of a transaction may be asked again */
    ZK_TRY(prepare(p, st, s, st->text, n, false));
    return run_prepared(p, s, n, values, lengths, changes);
}

static zk_err postgres_step(struct sql *c, struct sql_stmt *st, unsigned n_params, bool first, bool *row,
                            uint64_t *changes)
{
    struct prepared *s = prepared_of(st);
    *row = false;
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database statement");
    if (first) ZK_TRY(execute(of(c), st, s, n_params, changes));
    *row = PQresultStatus(s->result) == PGRES_TUPLES_OK && ++s->row < PQntuples(s->result);
    return ZK_OK;
}

static void postgres_reset(struct sql *c, struct sql_stmt *st)
{
    (void)c;
    struct prepared *s = st->impl;
    if (s == NULL) return;
    PQclear(s->result);
    s->result = NULL;
    s->n_rows = 0;
    for (unsigned i = 0; i < SQL_PARAMS_MAX; i++) column_begin(&s->columns[i]);
}

/* ---- columns of a row */

static bool postgres_is_null(struct sql_stmt *st, unsigned col)
{
    const struct prepared *s = st->impl;
    return PQgetisnull(s->result, s->row, (int)col) != 0;
}

static bool postgres_get_i64(struct sql_stmt *st, unsigned col, int64_t *v)
{
    const struct prepared *s = st->impl;
    if (postgres_is_null(st, col)) return false;
    const uint8_t *p = (const uint8_t *)PQgetvalue(s->result, s->row, (int)col);
    switch (PQgetlength(s->result, s->row, (int)col)) {
    case 4: *v = (int32_t)load_be32(p); return true;
    case 8: *v = (int64_t)load_be64(p); return true;
    default: return false;
    }
}

static bool postgres_get_bytes(struct sql_stmt *st, unsigned col, const uint8_t **out, size_t *len)
{
    const struct prepared *s = st->impl;
    Oid type = PQftype(s->result, (int)col);
    if (type != OID_BYTES && type != OID_TEXT) return false;
    *out = (const uint8_t *)PQgetvalue(s->result, s->row, (int)col);
    *len = (size_t)PQgetlength(s->result, s->row, (int)col);
    return true;
}

/* ---- many rows */

static zk_err send_bulk(struct postgres *p, struct sql_stmt *st, struct prepared *s)
{
    const char *values[SQL_PARAMS_MAX];
    int lengths[SQL_PARAMS_MAX];
    if (st->sql == NULL && (st->sql = sql_bulk_make(st, true)) == NULL)
        return zk_fail(ZK_ERR_MEMORY, "no memory for a database statement");
    ZK_TRY(ensure_connected(p));
    for (unsigned i = 0; i < st->n_params; i++) {
        column_finish(&s->columns[i], oid_of(st->types[i], false), s->n_rows);
        values[i] = (const char *)s->columns[i].bytes;
        lengths[i] = (int)s->columns[i].len;
    }
    ZK_TRY(prepare(p, st, s, st->sql, st->n_params, true));
    uint64_t changes = 0;
    ZK_TRY(run_prepared(p, s, st->n_params, values, lengths, &changes));
    st->changes += changes;
    return ZK_OK;
}

static zk_err postgres_bulk_flush(struct sql *c, struct sql_stmt *st)
{
    struct prepared *s = prepared_of(st);
    if (s == NULL || s->n_rows == 0) return ZK_OK;
    zk_err err = send_bulk(of(c), st, s);
    postgres_reset(c, st);
    return err;
}

static zk_err postgres_bulk_row(struct sql *c, struct sql_stmt *st)
{
    struct prepared *s = prepared_of(st);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database statement");
    size_t bytes = 0;
    for (unsigned i = 0; i < st->n_params; i++) {
        if (!column_add(&s->columns[i], &st->values[i])) return zk_fail(ZK_ERR_MEMORY, "no memory for rows to write");
        bytes += s->columns[i].len;
    }
    s->n_rows++;
    return s->n_rows < BULK_ROWS_MAX && bytes < BULK_BYTES_MAX ? ZK_OK : postgres_bulk_flush(c, st);
}

/* ---- schemas */

static const char *schema_word(const char *word, size_t len)
{
    static const struct {
        const char *word, *is;
    } words[] = {{"BYTES", "BYTEA"}, {"KEY8", "BIGINT PRIMARY KEY"}, {"KEYED", ""}, {"TABLE_END", ""}};
    for (size_t i = 0; i < ZK_COUNT(words); i++)
        if (strlen(words[i].word) == len && memcmp(words[i].word, word, len) == 0) return words[i].is;
    return NULL;
}

static zk_err postgres_script(struct sql *c, const char *text)
{
    struct postgres *p = of(c);
    ZK_TRY(ensure_connected(p));
    char *out = sql_replace_words(text, schema_word);
    if (out == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a schema");
    zk_err err = command(p, out);
    free(out);
    return err;
}

static const struct sql_driver driver = {
    .is_postgres = true,
    .close = postgres_close,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .script = postgres_script,
    .forget = postgres_forget,
    .step = postgres_step,
    .reset = postgres_reset,
    .is_null = postgres_is_null,
    .get_i64 = postgres_get_i64,
    .get_bytes = postgres_get_bytes,
    .bulk_row = postgres_bulk_row,
    .bulk_flush = postgres_bulk_flush,
};

zk_err sql_postgres_open(struct sql **out, const char *uri, const struct sql_config *config)
{
    struct postgres *p = calloc(1, sizeof *p);
    if (p == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a database");
    p->base.driver = &driver;
    p->busy_timeout_ms = config->busy_timeout_ms;
    p->uri = strdup(uri);
    zk_err err = p->uri == NULL ? zk_fail(ZK_ERR_MEMORY, "no memory for a database") : connect_now(p);
    if (err != ZK_OK) {
        postgres_close(&p->base);
        return err;
    }
    *out = &p->base;
    return ZK_OK;
}
