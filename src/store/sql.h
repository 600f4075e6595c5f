/* sql: one way to speak to SQLite and PostgreSQL. Inside the store only; store_*.c are written over this.
 *
 *   struct sql_query q;                                    sql_start(&q, db, "SELECT a, b FROM t WHERE id = $1");
 *   sql_i64(&q, id);                                       parameters in order
 *   while (sql_row(&q)) { ... sql_get_i64(&q, 0) ... }     columns by number
 *   ZK_TRY(sql_end(&q));                                   the first failure of all of these
 *
 * Texts       SQL that both understand, as string literals: a statement is prepared once a connection and found again
 *             by the literal's address. Parameters are $1 … $12, each one type wherever it stands.
 * Values      int64, bytes, text; each may be NULL. Unsigned 64-bit values are stored as the int64 of the same bits.
 * Many rows   sql_bulk: SQLite executes a row at a time (a call costs about a microsecond); PostgreSQL gets arrays of
 *             columns, so that a thousand rows are one round trip and one plan.
 * Sticky      After a failure inside a transaction everything fails until sql_rollback; sql_commit rolls back then.
 * Failure     as in store.h. Also ZK_ERR_INPUT: a constraint was violated.
 * Threads     a connection belongs to one thread. */
#ifndef ZK_STORE_SQL_H
#define ZK_STORE_SQL_H

#include "base/bytes.h"

struct sql;
struct sql_stmt;

#define SQL_PARAMS_MAX 24

struct sql_config {
    bool create;
    unsigned busy_timeout_ms;
};

ZK_MUST_USE zk_err sql_open(struct sql **out, const char *url, const struct sql_config *config);
void sql_close(struct sql *c);
bool sql_is_postgres(const struct sql *c);

/* ---- transactions */

typedef enum sql_mode { SQL_WRITE, SQL_READ } sql_mode;
ZK_MUST_USE zk_err sql_begin(struct sql *c, sql_mode mode);
ZK_MUST_USE zk_err sql_commit(struct sql *c);
void sql_rollback(struct sql *c); /* keeps this thread's message */
bool sql_in_transaction(const struct sql *c);
bool sql_is_writing(const struct sql *c); /* in a transaction of SQL_WRITE */

/* ---- statements */

struct sql_query {
    struct sql *c;
    struct sql_stmt *st;
    zk_err err;
    unsigned n_bound;
    bool running, done;
    uint64_t changes; /* rows changed, after sql_run */
};

void sql_start(struct sql_query *q, struct sql *c, const char *text);
void sql_i64(struct sql_query *q, int64_t v);
void sql_u64(struct sql_query *q, uint64_t v);
void sql_bytes(struct sql_query *q, const void *p, size_t len); /* borrowed until sql_end; p NULL: NULL */
void sql_text(struct sql_query *q, const char *text);           /* borrowed until sql_end; NULL: NULL */

/* For `= ANY ($n)`. PostgreSQL only. */
void sql_i64_array(struct sql_query *q, const int64_t *v, size_t n);

/* The next row. False after the last, and after a failure. */
ZK_MUST_USE bool sql_row(struct sql_query *q);

/* Columns of the row, valid until the next sql_row or sql_end. A column of the wrong length or type, or NULL where none
 * may be, is ZK_ERR_CORRUPT in sql_end; the value is then 0. */
bool sql_is_null(struct sql_query *q, unsigned col);
int64_t sql_get_i64(struct sql_query *q, unsigned col);
uint64_t sql_get_u64(struct sql_query *q, unsigned col);
uint32_t sql_get_u32(struct sql_query *q, unsigned col);
const uint8_t *sql_get_bytes(struct sql_query *q, unsigned col, size_t *len); /* NULL: NULL or empty, *len = 0 */
void sql_get_fixed(struct sql_query *q, unsigned col, void *out, size_t len);
void sql_get_text(struct sql_query *q, unsigned col, char *out, size_t cap); /* NULL: ""; too long: corrupt */

/* What the row holds is not what this program writes: sql_end will say so. */
void sql_corrupt(struct sql_query *q, const char *what);

ZK_MUST_USE zk_err sql_end(struct sql_query *q);

/* For a statement without rows. */
ZK_MUST_USE zk_err sql_run(struct sql_query *q);

/* Statements without parameters and rows, separated by `;`. In schemas (schema.c) also the words INT8, BYTES, KEY8 and
 * KEYED are understood. */
ZK_MUST_USE zk_err sql_script(struct sql *c, const char *text);

/* ---- many rows */

/* columns  names and types, "id:i hash:b note:t"
 * body     an INSERT, UPDATE or DELETE that takes its rows from a table `r` with these columns, and treats no row of
 *          its target twice
 * sqlite   NULL, or the same for one row with the columns as $1, $2, …: where that is faster; then, if that changed no
 *          row, sqlite_else, unless it is NULL */
struct sql_bulk_text {
    const char *columns;
    const char *body;
    const char *sqlite;
    const char *sqlite_else;
};

struct sql_bulk {
    struct sql *c;
    struct sql_stmt *st;
    zk_err err;
    unsigned n_bound; /* of the current row */
    uint64_t changes; /* rows changed, after sql_bulk_end */
};

void sql_bulk_start(struct sql_bulk *b, struct sql *c, const struct sql_bulk_text *text);
void sql_bulk_i64(struct sql_bulk *b, int64_t v);
void sql_bulk_u64(struct sql_bulk *b, uint64_t v);
void sql_bulk_null_i64(struct sql_bulk *b);
void sql_bulk_bytes(struct sql_bulk *b, const void *p, size_t len); /* borrowed until the row is complete */
void sql_bulk_str(struct sql_bulk *b, const char *text);
ZK_MUST_USE zk_err sql_bulk_end(struct sql_bulk *b);

#endif
