/* balances: the fungible balances of all accounts, in one pool of memory.
 *
 * An account's balances are a list of (token, amount), sorted by token, none of them 0, in a block of the pool with
 * room for 1, 2, 4, .. 1024 of them: 18 bytes each. Blocks that grew too small are kept in a free list of their size.
 *
 * Memory    given by the caller; must be zero-cost until touched (arena_map).  Failure  asking for room that
 *           balance_pool_has_room did not promise is a bug. */
#ifndef ZK_ROLLUP_BALANCES_H
#define ZK_ROLLUP_BALANCES_H

#include "rollup/types.h"

#define BALANCE_SIZES 11 /* blocks of 2^0 .. 2^10 balances */

struct balance_pool {
    uint8_t *base;
    uint32_t used; /* in units of BALANCE_UNIT bytes */
    uint32_t cap;
    uint32_t free[BALANCE_SIZES]; /* first free block of each size, 0 for none; a free block begins with the next */
};

#define BALANCE_UNIT           4
#define BALANCE_POOL_BYTES_MAX ((uint64_t)UINT32_MAX * BALANCE_UNIT)

/* One account's list: all zero when empty. */
struct balance_list {
    uint32_t block;
    uint16_t n;
    uint8_t size; /* of the block: room for 2^size; 0 if n is 0 */
};

void balance_pool_init(struct balance_pool *p, void *memory, uint64_t bytes);

/* True if `lists` lists may each grow by one balance. */
bool balance_pool_has_room(const struct balance_pool *p, unsigned lists);

/* 0 if it is not in the list. */
u128 balance_get(const struct balance_pool *p, const struct balance_list *l, uint32_t token);

void balance_set(struct balance_pool *p, struct balance_list *l, uint32_t token, u128 amount);

/* The i-th balance of the list, i < n; returns its token. */
uint32_t balance_at(u128 *amount, const struct balance_pool *p, const struct balance_list *l, unsigned i);

#endif
