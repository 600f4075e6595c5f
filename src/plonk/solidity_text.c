#include "plonk/solidity_text.h"

#include <stdarg.h>
#include <stdio.h>

void text_add(struct text *t, const char *fmt, ...)
{
    const size_t room = t->full ? 0 : t->cap - t->len; /* with none, nothing is written */
    va_list args;
    va_start(args, fmt);
    int got = vsnprintf(t->out + t->len, room, fmt, args);
    va_end(args);
    assert(got >= 0);
    if ((size_t)got >= room)
        t->full = true;
    else
        t->len += (size_t)got;
}

void text_fr(struct text *t, const fr *x)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[32];
    char hex[65];
    size_t first = 0;
    fr_to_be32(bytes, x);
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[64] = 0;
    while (first < 63 && hex[first] == '0') first++;
    text_add(t, "0x%s", hex + first);
}
