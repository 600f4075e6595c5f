/* arena: memory with one lifetime, given by the caller and freed whole.
 *
 * An arena hands out pieces of one region from front to back. A mark taken before a group of pushes releases them all.
 * `field` to `circuit` take their scratch memory from an arena of the caller's and never call malloc.
 *
 *   size_t mark = arena_mark(scratch);
 *   fr *q = arena_push(scratch, fr, n);            64-byte aligned, not zeroed
 *   if (q == NULL) return ...;                     zk_fail was already called: message says how much was missing
 *   arena_release(scratch, mark);
 *
 * Ownership  arena_init borrows its buffer; arena_map owns its pages until arena_unmap.
 * Threads    one thread at a time. A worker that needs scratch gets a piece, or an arena, of its own.
 * Checked    under AddressSanitizer, released memory is poisoned. */
#ifndef ZK_BASE_ARENA_H
#define ZK_BASE_ARENA_H

#include "base/common.h"

struct arena {
    uint8_t *base;
    size_t used;
    size_t cap;
    size_t peak; /* the most that was ever in use: what a budget is set from */
    bool mapped;
};

/* Alignment of every piece: a cache line, and a vector of eight 64-bit lanes. */
#define ARENA_ALIGN 64

/* Uses len bytes at buf. */
void arena_init(struct arena *a, void *buf, size_t len);

/* Reserves len bytes of address space; pages cost memory from their first use on. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err arena_map(struct arena *a, size_t len);

/* Gives back what arena_map reserved. Harmless on a zeroed struct. */
void arena_unmap(struct arena *a);

/* count * size bytes, or NULL with a message if they do not fit or the product overflows. */
ZK_MUST_USE void *arena_push_bytes(struct arena *a, size_t count, size_t size);

#define arena_push(a, type, count) ((type *)arena_push_bytes((a), (count), sizeof(type)))

size_t arena_mark(const struct arena *a);

/* Frees all that was pushed since mark. */
void arena_release(struct arena *a, size_t mark);

#endif
