/* The decoder of a restore's cursor: what it takes, encode writes again, byte for byte. The checksum is made right
 * first, so that the fuzzer gets behind it. */
#include "base/bytes.h"
#include "base/fuzz.h"
#include "cli/restore_cursor.h"
#include "hash/sha256.h"

#include <stdlib.h>
#include <string.h>

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    struct restore_cursor c;
    uint8_t *bytes = malloc(len + 32);
    if (bytes == NULL) return;
    if (len > 0) memcpy(bytes, data, len);
    sha256(bytes + len, bytes, len);
    if (restore_cursor_decode(&c, bytes, len + 32) == ZK_OK) {
        size_t again_len = restore_cursor_encoded_len(&c);
        uint8_t *again = malloc(again_len);
        FUZZ_CHECK(again != NULL && again_len == len + 32);
        restore_cursor_encode(again, &c);
        FUZZ_CHECK(memcmp(again, bytes, again_len) == 0);
        free(again);
        restore_cursor_free(&c);
    }
    free(bytes);
}
