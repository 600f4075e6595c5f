/* tree: a 4-ary Merkle tree of fixed depth over leaves that the caller numbers, most of them empty.
 *
 *   node = H4(child 0, .., child 3);  an empty leaf is 0, an empty subtree of height h is Z_h = H4(Z_h-1 four times)
 *
 * Every node above a set leaf is kept, so that a batch of changed leaves costs one hash for each distinct node above
 * them, level by level, and a proof costs none.
 *
 * Memory    arrays by height, from the arena given to tree_init: 32 bytes * 4/3 for each leaf of room. An all-zero
 *           element stands for Z_h, so that memory that was never touched is right, and costs nothing: the arena must
 *           be freshly mapped.
 * Threads   one writer or many readers.
 * Failure   only tree_init can fail. Reading outside the room gives empty nodes; setting a leaf there is a bug. */
#ifndef ZK_ROLLUP_TREE_H
#define ZK_ROLLUP_TREE_H

#include "base/arena.h"
#include "base/pool.h"
#include "field/fr.h"

#define TREE_LEVELS_MAX 16
#define TREE_ARITY      4

struct tree {
    unsigned levels;
    uint32_t first; /* the first leaf there is room for */
    uint32_t cap;   /* how many */
    struct {
        fr *node;       /* of this height; the leaves are height 0 */
        uint32_t first; /* index of node[0] in its level of the whole tree */
        uint32_t n;
    } at[TREE_LEVELS_MAX + 1];
};

/* Z_h for h <= TREE_LEVELS_MAX. */
const fr *tree_empty(unsigned h);

/* Room for leaves first .. first + cap - 1; cap >= 1, the last below 4^levels. ZK_ERR_FULL from the arena. */
ZK_MUST_USE zk_err tree_init(struct tree *t, unsigned levels, uint32_t first, uint32_t cap, struct arena *arena);

/* The bytes that tree_init takes from the arena. */
size_t tree_memory(unsigned levels, uint32_t first, uint32_t cap);

/* The node of height h and index i of its level (the leaf's number >> 2h). */
void tree_node(fr *out, const struct tree *t, unsigned h, uint32_t i);

void tree_root(fr *out, const struct tree *t);

/* Sets a leaf; nodes above it are stale until tree_update is told of it. */
void tree_set_leaf(struct tree *t, uint32_t i, const fr *leaf);

/* Brings the nodes above n changed leaves up to date. `leaves` is sorted, without repetition, and overwritten. */
void tree_update(struct tree *t, uint32_t *leaves, size_t n, struct pool *pool);

/* Hashes every node above the first n leaves of the room: after all of them were set. */
void tree_rebuild(struct tree *t, uint32_t n, struct pool *pool);

/* The siblings of leaf i from the bottom up: three a level, in the order of their place among the children. */
void tree_proof(fr (*siblings)[TREE_ARITY - 1], const struct tree *t, uint32_t i);

/* The root that leaf i, of this value, has with these siblings: what a verifier of a proof computes. */
void tree_proof_root(fr *root, unsigned levels, uint32_t i, const fr *leaf, const fr (*siblings)[TREE_ARITY - 1]);

/* Sorts ids and drops repetitions; returns how many are left. */
size_t tree_sort_unique(uint32_t *ids, size_t n);

#endif
