/* The hashes in pieces against whole, and the batch functions against one call an input. */
#include "hash/keccak256.h"
#include "hash/poseidon2.h"
#include "hash/rescue.h"

#include "base/fuzz.h"

#include <string.h>

#define ELEMENTS 80 /* twenty nodes: more than a vector of states */

/* The first byte says where to cut. */
static void keccak_pieces(const uint8_t *data, size_t len)
{
    uint8_t whole[32];
    uint8_t pieces[32];
    struct keccak256 k;
    size_t cut = len * data[0] / 255;
    keccak256(whole, data, len);
    keccak256_init(&k);
    keccak256_update(&k, data, cut);
    keccak256_update(&k, data + cut, len - cut);
    keccak256_final(&k, pieces);
    FUZZ_CHECK(memcmp(whole, pieces, sizeof whole) == 0);
}

static void poseidon2_many(const fr *in, size_t n)
{
    fr states[ELEMENTS];
    fr out[ELEMENTS / 4];
    memcpy(states, in, 4 * n * sizeof *in);
    poseidon2_permute_many(states, n);
    poseidon2_compress_many(out, in, n);
    for (size_t i = 0; i < n; i++) {
        fr s[4];
        fr one;
        memcpy(s, in + 4 * i, sizeof s);
        poseidon2_permute(s);
        FUZZ_CHECK(memcmp(s, states + 4 * i, sizeof s) == 0);
        poseidon2_compress(&one, in + 4 * i);
        FUZZ_CHECK(fr_eq(&one, &out[i]));
    }
}

static void sponge_pieces(const fr *in, size_t n, uint8_t first)
{
    struct poseidon2_sponge a;
    struct poseidon2_sponge b;
    fr x[4];
    fr y[4];
    size_t cut = n * first / 255;
    poseidon2_sponge_init(&a, n);
    poseidon2_sponge_absorb(&a, in, n);
    poseidon2_sponge_squeeze(&a, x, 4);
    poseidon2_sponge_init(&b, n);
    poseidon2_sponge_absorb(&b, in, cut);
    poseidon2_sponge_absorb(&b, in + cut, n - cut);
    poseidon2_sponge_squeeze(&b, y, 2);
    poseidon2_sponge_squeeze(&b, y + 2, 2);
    FUZZ_CHECK(memcmp(x, y, sizeof x) == 0);
}

/* One block each: a permutation costs as much as a thousand products a word. */
static void rescue_many(const fr *in, size_t n)
{
    fr many[2 * 9];
    fr one[2];
    size_t count = n / 2 < 9 ? n / 2 : 9;
    if (count == 0) return;
    rescue_hash_many(many, in, 2, count);
    size_t which = in[0].l[0] % count;
    rescue_hash(one, in + 2 * which, 2);
    FUZZ_CHECK(memcmp(one, many + 2 * which, sizeof one) == 0);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    fr in[ELEMENTS];
    size_t n = 0;
    if (len == 0) return;
    keccak_pieces(data, len);
    for (size_t at = 1; at + 32 <= len && n < ELEMENTS; at += 32) fr_from_be32_reduce(&in[n++], data + at);
    poseidon2_many(in, n / 4);
    sponge_pieces(in, n, data[0]);
    if (data[0] % 16 == 0) rescue_many(in, n);
}
