/* submit_quota: how many transactions may wait, of one account and in all.
 *
 * The store knows how many wait; asking it for every transaction would cost as much as checking a signature. So the
 * number is remembered with what was let in since, which can only be too high: transactions leave the queue unseen.
 * Only where that number is at the limit is the store asked again.
 * Strangers, and what is not valid yet (admission.h, A4), have a quarter of the places.
 * Memory   about 16 bytes an account that sent something lately; bounded, for what is forgotten is asked again.
 * Threads  one at a time. */
#ifndef ZK_NODE_SUBMIT_QUOTA_H
#define ZK_NODE_SUBMIT_QUOTA_H

#include "store/store_txs.h"

struct submit_quota;

/* Returns owned. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err submit_quota_create(struct submit_quota **out, uint32_t pool_max, uint32_t account_max);
void submit_quota_destroy(struct submit_quota *q);

/* What waits in all, as the store says now, besides `unstored` transactions that are let in but not stored yet. */
ZK_MUST_USE zk_err submit_quota_refresh(struct submit_quota *q, struct store *s, uint64_t unstored);

typedef enum submit_place { SUBMIT_PLACE_FREE, SUBMIT_PLACE_ACCOUNT_FULL, SUBMIT_PLACE_POOL_FULL } submit_place;

/* Takes a place for one transaction of this account, if there is one. modest: of the quarter. */
ZK_MUST_USE zk_err submit_quota_take(struct submit_quota *q, submit_place *place, struct store *s, uint32_t account_id,
                                     bool modest);

#endif
