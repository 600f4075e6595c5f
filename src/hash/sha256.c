#include "hash/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

static void stop_unless(bool ok)
{
    if (ok) return;
    (void)fprintf(stderr, "sha256: OpenSSL could not compute SHA-256\n");
    abort();
}

void sha256(uint8_t out[32], const void *data, size_t len)
{
    unsigned out_len = 0;
    stop_unless(EVP_Digest(data, len, out, &out_len, EVP_sha256(), NULL) == 1);
    stop_unless(out_len == 32);
}

void hmac_sha256(uint8_t out[32], const void *key, size_t key_len, const void *data, size_t len)
{
    unsigned out_len = 0;
    assert(key_len <= INT32_MAX);
    stop_unless(HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &out_len) != NULL);
    stop_unless(out_len == 32);
}
