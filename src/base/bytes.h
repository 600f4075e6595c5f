/* bytes: big- and little-endian integers in byte strings, hex, comparison and wiping.
 *
 * Ownership  everything here borrows its arguments.
 * Timing     zk_bytes_eq_ct and zk_wipe are constant time; the hex functions are not. */
#ifndef ZK_BASE_BYTES_H
#define ZK_BASE_BYTES_H

#include "base/common.h"

#include <string.h>

ZK_INLINE uint16_t load_be16(const uint8_t p[2])
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}
ZK_INLINE uint32_t load_be32(const uint8_t p[4])
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
ZK_INLINE uint64_t load_be64(const uint8_t p[8])
{
    return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}
ZK_INLINE uint32_t load_le32(const uint8_t p[4])
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
ZK_INLINE uint64_t load_le64(const uint8_t p[8])
{
    return (uint64_t)load_le32(p + 4) << 32 | load_le32(p);
}
ZK_INLINE void store_be16(uint8_t p[2], uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
ZK_INLINE void store_be32(uint8_t p[4], uint32_t v)
{
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (24 - 8 * i));
}
ZK_INLINE void store_be64(uint8_t p[8], uint64_t v)
{
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> (56 - 8 * i));
}
ZK_INLINE void store_le32(uint8_t p[4], uint32_t v)
{
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (8 * i));
}
ZK_INLINE void store_le64(uint8_t p[8], uint64_t v)
{
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> (8 * i));
}

/* Writes 2 * len lower-case digits and a NUL. out has 2 * len + 1 bytes. */
void hex_encode(char *out, const uint8_t *in, size_t len);

/* Reads exactly len bytes from 2 * len digits of either case. hex_len is the number of characters in hex; an
 * optional "0x" is accepted. False, and out zeroed, for any other length or character. */
ZK_MUST_USE bool hex_decode(uint8_t *out, size_t len, const char *hex, size_t hex_len);

/* True if the n bytes agree; the time depends on n alone. */
ZK_MUST_USE bool zk_bytes_eq_ct(const void *a, const void *b, size_t n);

/* Overwrites a secret; never optimized away. */
void zk_wipe(void *p, size_t n);

#endif
