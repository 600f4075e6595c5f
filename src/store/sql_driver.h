/* sql_driver: what the two drivers implement for sql.c. */
#ifndef ZK_STORE_SQL_DRIVER_H
#define ZK_STORE_SQL_DRIVER_H

#include "store/sql.h"

typedef enum sql_type { SQL_I64, SQL_BYTES, SQL_TEXT, SQL_I64_ARRAY } sql_type;

/* One parameter, or one value of a bulk row. */
struct sql_value {
    sql_type type;
    bool null;
    int64_t i64;
    const void *p;
    size_t len;
};

struct sql_stmt {
    const void *key;                  /* address of the text, or of the bulk text */
    const char *text;                 /* NULL for a bulk */
    const struct sql_bulk_text *bulk; /* NULL for a query */
    bool busy;                        /* between start and end */
    unsigned n_params;                /* bulk: columns */
    sql_type types[SQL_PARAMS_MAX];   /* bulk */
    char *sql;                        /* bulk: the text that is prepared, owned */
    uint64_t changes;                 /* bulk: rows changed since its start */
    struct sql_value values[SQL_PARAMS_MAX];
    void *impl; /* the driver's */
};

#define SQL_CACHE 512 /* places for statements; there are fewer texts */

/* Where to begin looking for a statement by its key. */
ZK_INLINE size_t sql_place(const void *key)
{
    return (size_t)((uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SQL_CACHE;
}

struct sql_driver {
    bool is_postgres;
    void (*close)(struct sql *c);
    zk_err (*begin)(struct sql *c, sql_mode mode);
    zk_err (*commit)(struct sql *c);
    void (*rollback)(struct sql *c);
    zk_err (*script)(struct sql *c, const char *text);
    /* Frees st->impl. */
    void (*forget)(struct sql *c, struct sql_stmt *st);
    /* The first step executes; *row: whether there is a row. */
    zk_err (*step)(struct sql *c, struct sql_stmt *st, unsigned n_params, bool first, bool *row, uint64_t *changes);
    void (*reset)(struct sql *c, struct sql_stmt *st);
    bool (*is_null)(struct sql_stmt *st, unsigned col);
    bool (*get_i64)(struct sql_stmt *st, unsigned col, int64_t *v);
    bool (*get_bytes)(struct sql_stmt *st, unsigned col, const uint8_t **p, size_t *len);
    /* A bulk's complete row in st->values; then all that are not yet sent. */
    zk_err (*bulk_row)(struct sql *c, struct sql_stmt *st);
    zk_err (*bulk_flush)(struct sql *c, struct sql_stmt *st);
};

struct sql {
    const struct sql_driver *driver;
    struct sql_stmt *cache[SQL_CACHE];
    bool in_transaction, writing;
    bool failed; /* in this transaction */
};

ZK_MUST_USE zk_err sql_sqlite_open(struct sql **out, const char *path, const struct sql_config *config);
/* Which of our failures one of SQLite's result codes is. */
zk_err sql_sqlite_error(int code);
ZK_MUST_USE zk_err sql_postgres_open(struct sql **out, const char *uri, const struct sql_config *config);

/* The text of a bulk for one row as parameters (SQLite), or for arrays as parameters (PostgreSQL). Owned. NULL: no
 * memory. */
char *sql_bulk_make(const struct sql_stmt *st, bool arrays);

/* The text with each word for which `is` knows another in its place. Owned. NULL: no memory. */
char *sql_replace_words(const char *text, const char *(*is)(const char *word, size_t len));

#endif
