#include "base/bytes.h"

void hex_encode(char *out, const uint8_t *in, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool hex_decode(uint8_t *out, size_t len, const char *hex, size_t hex_len)
{
    if (hex_len >= 2 && hex[0] == '0' && hex[1] == 'x') {
        hex += 2;
        hex_len -= 2;
    }
    bool ok = hex_len % 2 == 0 && hex_len / 2 == len;
    for (size_t i = 0; ok && i < len; i++) {
        int hi = hex_digit(hex[2 * i]);
        int lo = hex_digit(hex[2 * i + 1]);
        ok = hi >= 0 && lo >= 0;
        if (ok) out[i] = (uint8_t)(hi << 4 | lo);
    }
    if (!ok && len > 0) memset(out, 0, len);
    return ok;
}

bool zk_bytes_eq_ct(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < n; i++) diff |= x[i] ^ y[i];
    return diff == 0;
}

void zk_wipe(void *p, size_t n)
{
    explicit_bzero(p, n);
}
