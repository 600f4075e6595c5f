/* A trace from anywhere: refused, or written again as the same bytes. */
#include "base/fuzz.h"
#include "rollup/trace_codec.h"

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static struct arena arena;
    if (arena.base == NULL)
        FUZZ_CHECK(arena_map(&arena, block_trace_decoded_memory(640) + block_trace_bytes_max(640)) == ZK_OK);
    struct block_trace *t;
    if (block_trace_decode(&t, data, len, &arena) == ZK_OK) {
        size_t cap = block_trace_bytes_max(t->capacity), again_len;
        uint8_t *again = arena_push(&arena, uint8_t, cap);
        FUZZ_CHECK(again != NULL);
        FUZZ_CHECK(block_trace_encode(again, &again_len, cap, t) == ZK_OK);
        FUZZ_CHECK(again_len == len);
        FUZZ_CHECK(memcmp(again, data, len) == 0);
    }
    arena_release(&arena, 0);
}
