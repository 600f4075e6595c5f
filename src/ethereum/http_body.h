/* http_body: the bytes of an HTTP answer as libcurl brings them, up to a limit.
 *
 * Use        CURLOPT_WRITEFUNCTION = http_body_take, CURLOPT_WRITEDATA = the body; len = 0 and full = false begin anew.
 * Ownership  bytes belong to whoever holds the body: free(bytes). */
#ifndef ZK_ETHEREUM_HTTP_BODY_H
#define ZK_ETHEREUM_HTTP_BODY_H

#include "base/common.h"

struct http_body {
    char *bytes; /* NULL while empty; no terminating zero */
    size_t len, cap;
    size_t max; /* more is not taken */
    bool full;  /* more came: the transfer has ended with an error */
};

/* Less than size * n, without memory or room, ends the transfer. */
size_t http_body_take(char *bytes, size_t size, size_t n, void *body);

/* What has come: len bytes, never NULL. */
static inline const char *http_body_text(const struct http_body *b)
{
    return b->bytes != NULL ? b->bytes : "";
}

#endif
