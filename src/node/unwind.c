#include "node/unwind.h"

#define KEY         "unwind"
#define VALUE_BYTES (4 + 8 * UNWIND_OFFENDERS_MAX)
#define LIMIT_KEY   "block_shrink"

static_assert(VALUE_BYTES <= STORE_VALUE_MAX, "a request is one value");

zk_err unwind_asked(struct store *s, struct unwind_request *out, bool *found)
{
    uint8_t value[VALUE_BYTES];
    size_t len = 0;
    *out = (struct unwind_request){0};
    ZK_TRY(store_get(s, KEY, value, &len, sizeof value, found));
    if (!*found) return ZK_OK;
    if (len < 4 || (len - 4) % 8 != 0) return zk_fail(ZK_ERR_CORRUPT, "the request to unwind has %zu bytes", len);
    out->first = load_be32(value);
    out->n = (len - 4) / 8;
    for (size_t i = 0; i < out->n; i++) out->offenders[i] = load_be64(value + 4 + 8 * i);
    return ZK_OK;
}

static bool is_there(const struct unwind_request *r, uint64_t offender)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->offenders[i] == offender) return true;
    return false;
}

static void merge(struct unwind_request *r, bool found, uint32_t first, const uint64_t *offenders, size_t n)
{
    if (!found || first < r->first) r->first = first;
    for (size_t i = 0; i < n && r->n < UNWIND_OFFENDERS_MAX; i++)
        if (!is_there(r, offenders[i])) r->offenders[r->n++] = offenders[i];
}

static zk_err ask(struct store *s, uint32_t first, const uint64_t *offenders, size_t n)
{
    struct unwind_request r;
    bool found = false;
    ZK_TRY(unwind_asked(s, &r, &found));
    merge(&r, found, first, offenders, n);
    uint8_t value[VALUE_BYTES];
    store_be32(value, r.first);
    for (size_t i = 0; i < r.n; i++) store_be64(value + 4 + 8 * i, r.offenders[i]);
    return store_put(s, KEY, value, 4 + 8 * r.n);
}

static zk_err end(struct store *s, zk_err err)
{
    if (err == ZK_OK) return store_commit(s);
    store_rollback(s);
    return err;
}

zk_err unwind_ask(struct store *s, uint32_t first, const uint64_t *offenders, size_t n)
{
    assert(first >= 1);
    ZK_TRY(store_begin(s));
    return end(s, ask(s, first, offenders, n));
}

static zk_err save_limit(struct store *s, const struct block_shrink *limit)
{
    uint8_t value[8];
    store_be32(value, limit->last);
    store_be32(value + 4, limit->operations);
    return store_put(s, LIMIT_KEY, value, sizeof value);
}

zk_err unwind_ask_smaller(struct store *s, uint32_t first, const struct block_shrink *limit)
{
    assert(first >= 1);
    ZK_TRY(store_begin(s));
    zk_err err = ask(s, first, NULL, 0);
    if (err == ZK_OK) err = save_limit(s, limit);
    return end(s, err);
}

zk_err block_shrink_load(struct store *s, struct block_shrink *out)
{
    uint8_t value[8];
    size_t len = 0;
    bool found;
    *out = (struct block_shrink){0};
    ZK_TRY(store_get(s, LIMIT_KEY, value, &len, sizeof value, &found));
    if (!found) return ZK_OK;
    if (len != sizeof value) return zk_fail(ZK_ERR_CORRUPT, "the limit of blocks has %zu bytes", len);
    *out = (struct block_shrink){load_be32(value), load_be32(value + 4)};
    return ZK_OK;
}

uint32_t block_shrink_of(const struct block_shrink *limit, uint32_t block)
{
    return block <= limit->last ? limit->operations : 0;
}

zk_err unwind_forget(struct store *s)
{
    return store_remove(s, KEY);
}
