/* store: the database. SQLite in the node's folder, or PostgreSQL where several machines share it; same tables, same
 * queries (docs/store.md). This header opens it; what is in it is in a header a subject:
 *
 *   store_txs.h       transactions: accepted, queued           store_blocks.h    execution, blocks, recovery, unwinding
 *   store_accounts.h  accounts, balances, NFTs                 store_l1.h        requests from L1, L1 transactions
 *   store_tokens.h    tokens and their prices                  store_jobs.h      proofs and who makes them
 *   store_history.h   pages of operations and blocks           store_lease.h     who may write, one at a time
 *
 * Handles    One thread a handle; as many handles as there are threads.
 * Atomic     Each function that writes is one transaction, unless the caller has begun one: then it is a part of that.
 *            After store_commit (or, without store_begin, on return) what was written survives a power failure.
 *            After any failure in a transaction the only thing left to do with it is store_rollback.
 * Reading    Sees what was committed before the call, and what the own transaction wrote. Readers wait for nobody.
 *            Between store_begin_read and store_rollback all reads see one moment.
 * Forms      times: microseconds since 1970; amounts: u128; "none" for hashes and times is said by a bool or by 0 as
 *            each struct says. Texts are UTF-8 with a NUL.
 * Ownership  Functions that find an unknown number of things fill arrays of the caller's; those that return owned
 *            memory say so.
 * Failure    ZK_ERR_IO          the database does not answer, or stayed busy; nothing of the call was done. Try again.
 *            ZK_ERR_FULL        the disk is full; nothing of the call was done.
 *            ZK_ERR_CORRUPT     the file is damaged, or holds what this program cannot have written: stop.
 *            ZK_ERR_CANCELLED   the lease that the handle was fenced with is no longer ours (store_lease.h): stop
 *            writing. ZK_ERR_UNSUPPORTED a schema newer than this program. ZK_ERR_INPUT: a URL that is none, a row that
 *            contradicts another (a block out of order). ZK_ERR_MEMORY.
 *            The message has the database's words. A handle whose server went away connects again at the next call. If
 *            it went away while it committed, ZK_ERR_IO leaves open whether that was done: the writer reads the
 *            database again before it goes on. */
#ifndef ZK_STORE_STORE_H
#define ZK_STORE_STORE_H

#include "rollup/types.h"

struct store;

/* The version of the schema that this program writes. */
#define STORE_SCHEMA_VERSION 1

struct store_options {
    bool create;              /* make the database, and bring its schema up to date */
    unsigned busy_timeout_ms; /* how long to wait for another writer; 0: 10 s */
};

/* Opens by URL: `sqlite:PATH` or a bare path; `postgres://user@host:port/name?…` (any libpq URI). Without `create` the
 * schema must be there and be ours. Returns owned. */
ZK_MUST_USE zk_err store_open(struct store **out, const char *url, const struct store_options *options);

/* NULL is allowed. Rolls back an open transaction. */
void store_close(struct store *s);

/* The version that the database has. */
ZK_MUST_USE zk_err store_schema_version(struct store *s, unsigned *version);

/* ---- transactions: one at a time, not nested */

ZK_MUST_USE zk_err store_begin(struct store *s);      /* to write: waits for other writers (SQLite) */
ZK_MUST_USE zk_err store_begin_read(struct store *s); /* to read one moment; end it with store_rollback */
ZK_MUST_USE zk_err store_commit(struct store *s);     /* on failure nothing was written, and no transaction is open */
void store_rollback(struct store *s);                 /* harmless without a transaction */

/* Microseconds since 1970, by the database's clock: the same for all machines that share it. */
ZK_MUST_USE zk_err store_now(struct store *s, int64_t *now);

/* A number that is another one after any other handle's commit (and perhaps at other times). Costs microseconds. */
ZK_MUST_USE zk_err store_change_token(struct store *s, uint64_t *token);

/* ---- small values by name: chain id, contract addresses, genesis root, fee inputs, … */

#define STORE_KEY_MAX   64
#define STORE_VALUE_MAX 4096

ZK_MUST_USE zk_err store_put(struct store *s, const char *key, const void *value, size_t len);

/* *found = false if there is none; else *len <= cap bytes (ZK_ERR_RANGE if it has more). */
ZK_MUST_USE zk_err store_get(struct store *s, const char *key, void *value, size_t *len, size_t cap, bool *found);
ZK_MUST_USE zk_err store_remove(struct store *s, const char *key);

/* ---- how far the chain is; all 0 at first */

struct store_heads {
    uint32_t last_block; /* the newest block there is, open or sealed; 0: none yet */
    bool open;           /* last_block is still open */
    uint32_t last_sealed;
    uint32_t last_committed; /* commit confirmed on L1 */
    uint32_t last_proved;    /* proof accepted by L1, confirmed */
    uint32_t last_executed;  /* executed on L1, confirmed: "verified", "finalized" */
    uint64_t executed_ops;   /* in all blocks, rejected transactions included (but those forgotten since) */
    uint64_t accepted_txs;   /* ever (those that replaced a rejected one count again) */
    uint64_t queued_txs;     /* accepted, not yet executed */
    uint64_t next_priority;  /* serial id of the first request from L1 that is not executed */
};

ZK_MUST_USE zk_err store_heads(struct store *s, struct store_heads *out);

/* ---- pages */

typedef enum store_order {
    STORE_NEWER,
    STORE_OLDER
} store_order; /* at or after `from`, rising; at or before, falling */
#define STORE_PAGE_MAX 100

#endif
