/* sha256: SHA-256 and HMAC-SHA-256, from OpenSSL.
 *
 * Aliasing  out may be an input.
 * Timing    depends on the lengths alone.
 * Failure   none that a caller could handle: OpenSSL without SHA-256, or without memory, stops the program. */
#ifndef ZK_HASH_SHA256_H
#define ZK_HASH_SHA256_H

#include "base/common.h"

void sha256(uint8_t out[32], const void *data, size_t len);

void hmac_sha256(uint8_t out[32], const void *key, size_t key_len, const void *data, size_t len);

#endif
