#include "base/fuzz.h"
#include "rollup/priority_op.h"

/* Whatever is read is written back to the same bytes. */
FUZZ_TARGET(const uint8_t *data, size_t len)
{
    struct priority_op op;
    uint8_t again[PRIORITY_BYTES_MAX];
    if (len == 0 || priority_op_decode(&op, data[0], data, len) != ZK_OK) return;
    FUZZ_CHECK(priority_op_encode(again, &op) == len);
    FUZZ_CHECK(memcmp(again, data, len) == 0);
}
