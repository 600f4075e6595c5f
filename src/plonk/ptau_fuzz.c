/* Bytes as edits of a valid .ptau file: four at a time, an offset (big-endian, modulo the length), an operation, a
 * value; the last byte of an input of odd length cuts the file. Laws: an accepted file gives the powers of the valid
 * one (an edit may fall where nothing is read); raw bytes are refused. */
#include "base/fuzz.h"
#include "plonk/ptau_test.h"

#include <stdlib.h>

static struct arena arena, scratch;
static struct srs srs;
static uint8_t valid[PTAU_TEST_CAP], edited[PTAU_TEST_CAP];
static struct ptau_layout layout;

static void must(zk_err err)
{
    if (err != ZK_OK) abort();
}

static void set_up(void)
{
    static const uint8_t seed[32] = {4};
    must(arena_map(&arena, (size_t)1 << 20));
    must(arena_map(&scratch, (size_t)256 << 20));
    must(srs_make_insecure(&srs, PTAU_TEST_N, seed, NULL, &arena, &scratch));
    ptau_write(valid, &layout, &srs);
}

static bool decodes(const uint8_t *bytes, size_t len)
{
    struct srs got;
    const size_t mark = arena_mark(&arena);
    const bool ok = ptau_decode(&got, bytes, len, 0, NULL, &arena, &scratch) == ZK_OK;
    if (ok) {
        FUZZ_CHECK(got.n == PTAU_TEST_N);
        FUZZ_CHECK(memcmp(got.g1, srs.g1, PTAU_TEST_N * sizeof(g1_affine)) == 0);
        FUZZ_CHECK(g2_affine_eq(&got.g2_tau, &srs.g2_tau));
    }
    arena_release(&arena, mark);
    return ok;
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    if (srs.n == 0) set_up();
    FUZZ_CHECK(!decodes(data, len));
    memcpy(edited, valid, layout.len);
    for (size_t i = 0; i + 4 <= len && i < 256; i += 4) {
        size_t at = load_be16(data + i) % layout.len;
        if (data[i + 2] & 4) at = layout.section[1 + at % 7] - 12 + at % 56;
        if (at >= layout.len) continue;
        switch (data[i + 2] & 3) {
        case 0: edited[at] = data[i + 3]; break;
        case 1: edited[at] ^= (uint8_t)(1 << (data[i + 3] & 7)); break;
        default: memset(edited + at / 4 * 4, data[i + 3] & 1 ? 0xff : 0, 4); break;
        }
    }
    const size_t cut = len % 2 == 1 ? data[len - 1] : 0;
    const bool ok = decodes(edited, layout.len - cut);
    FUZZ_CHECK(!ok || cut == 0);
}
