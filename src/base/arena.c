#include "base/arena.h"

#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

void arena_init(struct arena *a, void *buf, size_t len)
{
    /* Pieces are aligned relative to an aligned base, so an odd buffer loses its first few bytes. */
    size_t skip = (size_t)(-(uintptr_t)buf % ARENA_ALIGN);
    if (skip > len) skip = len;
    *a = (struct arena){.base = (uint8_t *)buf + skip, .cap = len - skip};
    ASAN_POISON_MEMORY_REGION(a->base, a->cap);
}

zk_err arena_map(struct arena *a, size_t len)
{
    *a = (struct arena){0};
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return zk_fail(ZK_ERR_MEMORY, "cannot reserve %zu bytes of memory", len);
    /* Huge pages where the system gives them: polynomials are long, and page walks cost NTTs a tenth of their time. */
    (void)madvise(p, len, MADV_HUGEPAGE);
    arena_init(a, p, len);
    a->mapped = true;
    return ZK_OK;
}

void arena_unmap(struct arena *a)
{
    if (a->mapped) {
        ASAN_UNPOISON_MEMORY_REGION(a->base, a->cap);
        (void)munmap(a->base, a->cap);
    }
    *a = (struct arena){0};
}

void *arena_push_bytes(struct arena *a, size_t count, size_t size)
{
    size_t len;
    if (__builtin_mul_overflow(count, size, &len) || len > a->cap - a->used) {
        (void)zk_fail(ZK_ERR_FULL, "arena of %zu bytes has no room for %zu times %zu bytes more", a->cap, count, size);
        return NULL;
    }
    uint8_t *p = a->base + a->used;
    size_t padded = (len + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (padded > a->cap - a->used) padded = a->cap - a->used;
    a->used += padded;
    if (a->used > a->peak) a->peak = a->used;
    ASAN_UNPOISON_MEMORY_REGION(p, len);
    return p;
}

size_t arena_mark(const struct arena *a)
{
    return a->used;
}

void arena_release(struct arena *a, size_t mark)
{
    assert(mark <= a->used);
    ASAN_POISON_MEMORY_REGION(a->base + mark, a->used - mark);
    a->used = mark;
}
