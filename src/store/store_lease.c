#include "store/store_lease.h"

#include "store/store_internal.h"

#include <stdio.h>

static zk_err read_lease(struct store *s, struct store_lease *out, bool *found, const char *name, bool lock)
{
    struct sql_query q;
    if (lock && sql_is_postgres(s->db))
        sql_start(&q, s->db, "SELECT holder, until, token FROM leases WHERE name = $1 FOR UPDATE");
    else
        sql_start(&q, s->db, "SELECT holder, until, token FROM leases WHERE name = $1");
    sql_text(&q, name);
    memset(out, 0, sizeof *out);
    *found = sql_row(&q);
    if (*found) {
        sql_get_text(&q, 0, out->holder, sizeof out->holder);
        out->until = sql_get_i64(&q, 1);
        out->token = sql_get_u64(&q, 2);
    }
    return sql_end(&q);
}

zk_err store_lease_get(struct store *s, struct store_lease *out, bool *found, const char *name)
{
    return read_lease(s, out, found, name, false);
}

/* So that there is a row to hold. */
static zk_err ensure_row(struct store *s, const char *name)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "INSERT INTO leases (name, holder, until, token) VALUES ($1, '', 0, 0) ON CONFLICT DO NOTHING");
    sql_text(&q, name);
    return sql_run(&q);
}

static zk_err take(struct store *s, struct store_lease *out, bool *held, const char *name, const char *holder,
                   int64_t lease_for)
{
    int64_t now;
    bool found;
    ZK_TRY(ensure_row(s, name));
    ZK_TRY(read_lease(s, out, &found, name, true));
    ZK_TRY(store_now(s, &now)); /* after the row is ours: we may have waited for it */
    bool same = strcmp(out->holder, holder) == 0;
    if (!same && out->holder[0] != '\0' && out->until > now) return ZK_OK;
    *held = true;
    if (!same) out->token++;
    out->until = now + lease_for;
    (void)snprintf(out->holder, sizeof out->holder, "%s", holder);
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE leases SET holder = $1, until = $2, token = $3 WHERE name = $4");
    sql_text(&q, out->holder);
    sql_i64(&q, out->until);
    sql_u64(&q, out->token);
    sql_text(&q, name);
    return sql_run(&q);
}

zk_err store_lease_take(struct store *s, struct store_lease *out, bool *held, const char *name, const char *holder,
                        int64_t lease_for)
{
    assert(strlen(name) < STORE_LEASE_NAME_MAX);
    assert(strlen(holder) < STORE_LEASE_HOLDER_MAX);
    assert(holder[0] != '\0');
    *held = false;
    bool own;
    ZK_TRY(write_begin(s, &own));
    zk_err err = write_end(s, own, take(s, out, held, name, holder, lease_for));
    if (err != ZK_OK) *held = false;
    return err;
}

static zk_err renew(struct store *s, bool *held, const char *name, uint64_t token, int64_t lease_for)
{
    int64_t now;
    ZK_TRY(store_now(s, &now));
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE leases SET until = $1 WHERE name = $2 AND token = $3 AND holder <> ''");
    sql_i64(&q, now + lease_for);
    sql_text(&q, name);
    sql_u64(&q, token);
    ZK_TRY(sql_run(&q));
    *held = q.changes == 1;
    return ZK_OK;
}

/* The fence would turn "it is another's now" into a failure: here it is the answer. */
static zk_err begin_unfenced(struct store *s, bool *own)
{
    *own = !sql_in_transaction(s->db);
    return *own ? sql_begin(s->db, SQL_WRITE) : ZK_OK;
}

zk_err store_lease_renew(struct store *s, bool *held, const char *name, uint64_t token, int64_t lease_for)
{
    bool own;
    *held = false;
    ZK_TRY(begin_unfenced(s, &own));
    zk_err err = write_end(s, own, renew(s, held, name, token, lease_for));
    if (err != ZK_OK) *held = false;
    return err;
}

zk_err store_lease_release(struct store *s, const char *name, uint64_t token)
{
    bool own;
    ZK_TRY(begin_unfenced(s, &own));
    struct sql_query q;
    sql_start(&q, s->db, "UPDATE leases SET holder = '', until = 0 WHERE name = $1 AND token = $2");
    sql_text(&q, name);
    sql_u64(&q, token);
    return write_end(s, own, sql_run(&q));
}
