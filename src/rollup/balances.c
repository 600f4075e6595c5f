#include "rollup/balances.h"

/* A block of 2^size balances: the amounts, 16 bytes each in machine order, then the tokens, 2 bytes each. */
static uint32_t block_units(unsigned size)
{
    uint32_t bytes = UINT32_C(18) << size;
    return (bytes + BALANCE_UNIT - 1) / BALANCE_UNIT;
}

static uint8_t *block_at(const struct balance_pool *p, uint32_t block)
{
    return p->base + (size_t)block * BALANCE_UNIT;
}

static uint8_t *amount_at(const struct balance_pool *p, const struct balance_list *l, unsigned i)
{
    return block_at(p, l->block) + (size_t)16 * i;
}

static uint8_t *token_at(const struct balance_pool *p, const struct balance_list *l, unsigned i)
{
    return block_at(p, l->block) + ((size_t)16 << l->size) + (size_t)2 * i;
}

static uint16_t token_load(const struct balance_pool *p, const struct balance_list *l, unsigned i)
{
    uint16_t token;
    memcpy(&token, token_at(p, l, i), sizeof token);
    return token;
}

void balance_pool_init(struct balance_pool *p, void *memory, uint64_t bytes)
{
    if (bytes > BALANCE_POOL_BYTES_MAX) bytes = BALANCE_POOL_BYTES_MAX;
    *p = (struct balance_pool){.base = memory, .used = 1, .cap = (uint32_t)(bytes / BALANCE_UNIT)};
}

bool balance_pool_has_room(const struct balance_pool *p, unsigned lists)
{
    return p->cap > p->used && p->cap - p->used >= lists * block_units(BALANCE_SIZES - 1);
}

static uint32_t block_take(struct balance_pool *p, unsigned size)
{
    uint32_t block = p->free[size];
    if (block != 0) {
        memcpy(&p->free[size], block_at(p, block), sizeof p->free[size]);
        return block;
    }
    block = p->used;
    assert(p->cap - p->used >= block_units(size));
    p->used += block_units(size);
    return block;
}

static void block_give(struct balance_pool *p, uint32_t block, unsigned size)
{
    memcpy(block_at(p, block), &p->free[size], sizeof p->free[size]);
    p->free[size] = block;
}

/* The place of the first token that is not smaller. */
static unsigned find(const struct balance_pool *p, const struct balance_list *l, uint32_t token)
{
    unsigned low = 0, high = l->n;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (token_load(p, l, mid) < token)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

u128 balance_get(const struct balance_pool *p, const struct balance_list *l, uint32_t token)
{
    unsigned i = find(p, l, token);
    if (i == l->n || token_load(p, l, i) != token) return 0;
    u128 amount;
    memcpy(&amount, amount_at(p, l, i), sizeof amount);
    return amount;
}

uint32_t balance_at(u128 *amount, const struct balance_pool *p, const struct balance_list *l, unsigned i)
{
    assert(i < l->n);
    memcpy(amount, amount_at(p, l, i), sizeof *amount);
    return token_load(p, l, i);
}

static void grow(struct balance_pool *p, struct balance_list *l)
{
    struct balance_list old = *l;
    l->size = old.n == 0 ? 0 : (uint8_t)(old.size + 1);
    assert(l->size < BALANCE_SIZES);
    l->block = block_take(p, l->size);
    if (old.n == 0) return;
    memcpy(amount_at(p, l, 0), amount_at(p, &old, 0), (size_t)16 * old.n);
    memcpy(token_at(p, l, 0), token_at(p, &old, 0), (size_t)2 * old.n);
    block_give(p, old.block, old.size);
}

static void insert(struct balance_pool *p, struct balance_list *l, unsigned i, uint32_t token, u128 amount)
{
    if (l->n == 0 || l->n == 1u << l->size) grow(p, l);
    memmove(amount_at(p, l, i + 1), amount_at(p, l, i), (size_t)16 * (l->n - i));
    memmove(token_at(p, l, i + 1), token_at(p, l, i), (size_t)2 * (l->n - i));
    uint16_t token16 = (uint16_t)token;
    memcpy(token_at(p, l, i), &token16, sizeof token16);
    memcpy(amount_at(p, l, i), &amount, sizeof amount);
    l->n++;
}

static void erase(struct balance_pool *p, struct balance_list *l, unsigned i)
{
    l->n--;
    memmove(amount_at(p, l, i), amount_at(p, l, i + 1), (size_t)16 * (l->n - i));
    memmove(token_at(p, l, i), token_at(p, l, i + 1), (size_t)2 * (l->n - i));
    if (l->n > 0) return;
    block_give(p, l->block, l->size);
    *l = (struct balance_list){0};
}

void balance_set(struct balance_pool *p, struct balance_list *l, uint32_t token, u128 amount)
{
    assert(token_is_fungible(token));
    unsigned i = find(p, l, token);
    bool there = i < l->n && token_load(p, l, i) == token;
    if (there && amount != 0)
        memcpy(amount_at(p, l, i), &amount, sizeof amount);
    else if (there)
        erase(p, l, i);
    else if (amount != 0)
        insert(p, l, i, token, amount);
}
