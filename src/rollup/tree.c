#include "rollup/tree.h"

#include "hash/poseidon2.h"

#include <pthread.h>
#include <stdlib.h>

static fr empty_nodes[TREE_LEVELS_MAX + 1];
static pthread_once_t empty_once = PTHREAD_ONCE_INIT;

static void empty_make(void)
{
    for (unsigned h = 0; h < TREE_LEVELS_MAX; h++) {
        fr children[4] = {empty_nodes[h], empty_nodes[h], empty_nodes[h], empty_nodes[h]};
        poseidon2_compress(&empty_nodes[h + 1], children);
    }
}

const fr *tree_empty(unsigned h)
{
    assert(h <= TREE_LEVELS_MAX);
    (void)pthread_once(&empty_once, empty_make);
    return &empty_nodes[h];
}

static uint32_t level_first(uint32_t first, unsigned h)
{
    return h < 16 ? first >> 2 * h : 0;
}

static uint32_t level_count(uint32_t first, uint32_t cap, unsigned h)
{
    return level_first(first + (cap - 1), h) - level_first(first, h) + 1;
}

size_t tree_memory(unsigned levels, uint32_t first, uint32_t cap)
{
    size_t bytes = 0;
    for (unsigned h = 0; h <= levels; h++)
        bytes += (level_count(first, cap, h) * sizeof(fr) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    return bytes;
}

zk_err tree_init(struct tree *t, unsigned levels, uint32_t first, uint32_t cap, struct arena *arena)
{
    assert(levels >= 1 && levels <= TREE_LEVELS_MAX);
    assert(cap >= 1);
    assert((uint64_t)first + cap <= UINT64_C(1) << 2 * levels);
    *t = (struct tree){.levels = levels, .first = first, .cap = cap};
    for (unsigned h = 0; h <= levels; h++) {
        t->at[h].first = level_first(first, h);
        t->at[h].n = level_count(first, cap, h);
        t->at[h].node = arena_push(arena, fr, t->at[h].n);
        if (t->at[h].node == NULL) return ZK_ERR_FULL;
    }
    (void)tree_empty(0);
    return ZK_OK;
}

void tree_node(fr *out, const struct tree *t, unsigned h, uint32_t i)
{
    uint32_t k = i - t->at[h].first; /* wraps to a large number below the room */
    if (k < t->at[h].n && !fr_is_zero(&t->at[h].node[k]))
        *out = t->at[h].node[k];
    else
        *out = empty_nodes[h];
}

void tree_root(fr *out, const struct tree *t)
{
    tree_node(out, t, t->levels, 0);
}

void tree_set_leaf(struct tree *t, uint32_t i, const fr *leaf)
{
    uint32_t k = i - t->first;
    assert(k < t->cap);
    t->at[0].node[k] = *leaf;
}

/* One level of an update: nodes[i] at height h from their children. */
struct update {
    struct tree *t;
    unsigned h;
    const uint32_t *nodes; /* NULL: the first of the level's room, without gaps */
};

static uint32_t update_node(const struct update *u, size_t i)
{
    return u->nodes != NULL ? u->nodes[i] : u->t->at[u->h].first + (uint32_t)i;
}

#define UPDATE_CHUNK 64 /* nodes hashed together: four vectors of sixteen */

static void update_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct update *u = ctx;
    struct tree *t = u->t;
    fr buf[UPDATE_CHUNK * TREE_ARITY];
    while (begin < end) {
        size_t n = end - begin < UPDATE_CHUNK ? end - begin : UPDATE_CHUNK;
        for (size_t i = 0; i < n; i++)
            for (unsigned c = 0; c < TREE_ARITY; c++)
                tree_node(&buf[TREE_ARITY * i + c], t, u->h - 1, TREE_ARITY * update_node(u, begin + i) + c);
        poseidon2_compress_many(buf, buf, n);
        for (size_t i = 0; i < n; i++) t->at[u->h].node[update_node(u, begin + i) - t->at[u->h].first] = buf[i];
        begin += n;
    }
}

void tree_update(struct tree *t, uint32_t *leaves, size_t n, struct pool *pool)
{
    for (unsigned h = 1; h <= t->levels; h++) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            uint32_t parent = leaves[i] / TREE_ARITY;
            if (m == 0 || leaves[m - 1] != parent) leaves[m++] = parent;
        }
        n = m;
        struct update u = {t, h, leaves};
        if (n <= UPDATE_CHUNK)
            update_range(&u, 0, n, 0);
        else
            pool_for_range(pool, n, UPDATE_CHUNK, update_range, &u);
    }
}

void tree_rebuild(struct tree *t, uint32_t n, struct pool *pool)
{
    assert(n <= t->cap);
    if (n == 0) return;
    for (unsigned h = 1; h <= t->levels; h++) {
        struct update u = {t, h, NULL};
        pool_for_range(pool, level_count(t->first, n, h), UPDATE_CHUNK, update_range, &u);
    }
}

void tree_proof(fr (*siblings)[TREE_ARITY - 1], const struct tree *t, uint32_t i)
{
    for (unsigned h = 0; h < t->levels; h++, i /= TREE_ARITY) {
        unsigned k = 0;
        for (unsigned c = 0; c < TREE_ARITY; c++)
            if (c != i % TREE_ARITY) tree_node(&siblings[h][k++], t, h, i - i % TREE_ARITY + c);
    }
}

void tree_proof_root(fr *root, unsigned levels, uint32_t i, const fr *leaf, const fr (*siblings)[TREE_ARITY - 1])
{
    fr node = *leaf;
    for (unsigned h = 0; h < levels; h++, i /= TREE_ARITY) {
        fr children[TREE_ARITY];
        unsigned k = 0;
        for (unsigned c = 0; c < TREE_ARITY; c++) children[c] = c == i % TREE_ARITY ? node : siblings[h][k++];
        poseidon2_compress(&node, children);
    }
    *root = node;
}

static int id_order(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

size_t tree_sort_unique(uint32_t *ids, size_t n)
{
    if (n == 0) return 0;
    qsort(ids, n, sizeof *ids, id_order);
    size_t m = 1;
    for (size_t i = 1; i < n; i++)
        if (ids[m - 1] != ids[i]) ids[m++] = ids[i];
    return m;
}
