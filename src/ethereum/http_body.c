#include "ethereum/http_body.h"

#include <stdlib.h>
#include <string.h>

size_t http_body_take(char *bytes, size_t size, size_t n, void *body)
{
    struct http_body *b = body;
    size_t len = size * n; /* libcurl bounds a piece */
    if (len > b->max - b->len) {
        b->full = true;
        return 0;
    }
    if (len == 0) return 0;
    if (b->len + len > b->cap) {
        size_t cap = 2 * (b->len + len);
        char *p = realloc(b->bytes, cap);
        if (p == NULL) return 0;
        b->bytes = p;
        b->cap = cap;
    }
    memcpy(b->bytes + b->len, bytes, len);
    b->len += len;
    return len;
}
