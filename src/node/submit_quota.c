#include "node/submit_quota.h"

#include <stdlib.h>

#define SLOTS        ((size_t)1 << 16) /* accounts remembered; a newcomer takes the place of who was there */
#define MODEST_SHARE 4

struct slot {
    uint32_t account;
    uint32_t waiting; /* at most; 0: nothing known */
};

struct submit_quota {
    uint32_t pool_max, account_max;
    uint64_t total;
    struct slot slots[SLOTS];
};

zk_err submit_quota_create(struct submit_quota **out, uint32_t pool_max, uint32_t account_max)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the pool's limits");
    (*out)->pool_max = pool_max;
    (*out)->account_max = account_max;
    return ZK_OK;
}

void submit_quota_destroy(struct submit_quota *q)
{
    free(q);
}

zk_err submit_quota_refresh(struct submit_quota *q, struct store *s, uint64_t unstored)
{
    struct store_heads heads;
    ZK_TRY(store_heads(s, &heads));
    q->total = heads.queued_txs + unstored;
    return ZK_OK;
}

/* A share of a limit, but never nothing. */
static uint32_t limit(uint32_t max, bool modest)
{
    uint32_t share = modest ? max / MODEST_SHARE : max;
    return share == 0 ? 1 : share;
}

zk_err submit_quota_take(struct submit_quota *q, submit_place *place, struct store *s, uint32_t account_id, bool modest)
{
    struct slot *slot = &q->slots[account_id % SLOTS];
    uint32_t max = limit(q->account_max, modest);
    *place = SUBMIT_PLACE_POOL_FULL;
    if (q->total >= limit(q->pool_max, modest)) return ZK_OK;
    if (slot->account != account_id || slot->waiting >= max) {
        uint64_t waiting;
        ZK_TRY(store_txs_waiting(s, &waiting, account_id));
        *slot = (struct slot){account_id, waiting > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)waiting};
    }
    *place = SUBMIT_PLACE_ACCOUNT_FULL;
    if (slot->waiting >= max) return ZK_OK;
    slot->waiting++;
    q->total++;
    *place = SUBMIT_PLACE_FREE;
    return ZK_OK;
}
