#include "hash/keccak256.h"

#include "base/bytes.h"
#include "hash/keccak256_gen.h"

#include <string.h>

#define ROUNDS 24

ZK_INLINE uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (-n & 63);
}

/* Keccak-f[1600]. The loops are over constants, so that the compiler unrolls them and keeps the lanes in registers. */
static void permute(uint64_t a[25])
{
    static const uint64_t round_constant[ROUNDS] = KECCAK_ROUND_CONSTANTS;
    static const unsigned rotation[25] = KECCAK_ROTATIONS;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t c[5];
        uint64_t b[25];
        /* theta */
#pragma GCC unroll 5
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
#pragma GCC unroll 5
        for (int x = 0; x < 5; x++) {
            uint64_t d = c[(x + 4) % 5] ^ rotl(c[(x + 1) % 5], 1);
            /* rho and pi: lane (x, y) moves to (y, 2x + 3y) */
#pragma GCC unroll 5
            for (int y = 0; y < 5; y++) b[y + 5 * ((2 * x + 3 * y) % 5)] = rotl(a[x + 5 * y] ^ d, rotation[x + 5 * y]);
        }
        /* chi */
#pragma GCC unroll 5
        for (int y = 0; y < 25; y += 5)
#pragma GCC unroll 5
            for (int x = 0; x < 5; x++) a[x + y] = b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]);
        /* iota */
        a[0] ^= round_constant[round];
    }
}

static void absorb_block(struct keccak256 *k, const uint8_t block[KECCAK256_RATE])
{
    for (size_t i = 0; i < KECCAK256_RATE / 8; i++) k->lane[i] ^= load_le64(block + 8 * i);
    permute(k->lane);
}

/* Fewer bytes than a block, into the part of the state that starts at k->used. */
static void absorb_bytes(struct keccak256 *k, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t at = k->used + i;
        k->lane[at / 8] ^= (uint64_t)p[i] << (8 * (at % 8));
    }
    k->used += len;
}

void keccak256_init(struct keccak256 *k)
{
    memset(k, 0, sizeof *k);
}

void keccak256_update(struct keccak256 *k, const void *data, size_t len)
{
    const uint8_t *p = data;
    if (k->used > 0) {
        size_t room = KECCAK256_RATE - k->used;
        size_t take = len < room ? len : room;
        absorb_bytes(k, p, take);
        p += take;
        len -= take;
        if (k->used < KECCAK256_RATE) return;
        permute(k->lane);
        k->used = 0;
    }
    for (; len >= KECCAK256_RATE; len -= KECCAK256_RATE) {
        absorb_block(k, p);
        p += KECCAK256_RATE;
    }
    absorb_bytes(k, p, len);
}

void keccak256_final(struct keccak256 *k, uint8_t out[32])
{
    static const uint8_t first = 0x01;
    assert(k->used < KECCAK256_RATE);
    absorb_bytes(k, &first, 1);
    k->lane[KECCAK256_RATE / 8 - 1] ^= UINT64_C(0x80) << 56;
    permute(k->lane);
    for (size_t i = 0; i < 4; i++) store_le64(out + 8 * i, k->lane[i]);
    zk_wipe(k, sizeof *k);
}

void keccak256(uint8_t out[32], const void *data, size_t len)
{
    struct keccak256 k;
    keccak256_init(&k);
    keccak256_update(&k, data, len);
    keccak256_final(&k, out);
}
