/* hex_decode: what it reads is written back the same but for case and prefix; what it refuses leaves zeros. The first
 * byte says by how much the room differs from what the digits need. */
#include "base/bytes.h"

#include "base/fuzz.h"

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static const uint8_t zero[FUZZ_LEN_MAX];
    uint8_t out[FUZZ_LEN_MAX];
    char again[2 * FUZZ_LEN_MAX + 1];
    if (len == 0 || len > FUZZ_LEN_MAX) return;
    const char *hex = (const char *)data + 1;
    size_t n = len - 1;
    bool prefix = n >= 2 && hex[0] == '0' && hex[1] == 'x';
    size_t digits = prefix ? n - 2 : n;
    size_t room = digits / 2 + (data[0] < 8 ? data[0] % 3 : 0);
    bool all = true;
    for (size_t i = n - digits; i < n; i++) {
        bool letter = (hex[i] >= 'a' && hex[i] <= 'f') || (hex[i] >= 'A' && hex[i] <= 'F');
        all = all && (letter || (hex[i] >= '0' && hex[i] <= '9'));
    }
    bool ok = hex_decode(out, room, hex, n);
    FUZZ_CHECK(ok == (all && digits == 2 * room));
    if (!ok) FUZZ_CHECK(memcmp(out, zero, room) == 0);
    if (!ok) return;
    hex_encode(again, out, room);
    for (size_t i = 0; i < digits; i++) {
        char c = hex[n - digits + i];
        FUZZ_CHECK(again[i] == (c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    }
    FUZZ_CHECK(again[digits] == '\0');
}
