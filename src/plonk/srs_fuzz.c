/* Bytes as edits of a valid SRS file: four at a time, an offset (big-endian, modulo the length), an operation, a value;
 * then the checksums are made to fit, unless the length is odd. Laws: what decodes is what would be encoded; raw bytes
 * are refused. */
#include "base/bytes.h"
#include "base/fuzz.h"
#include "hash/sha256.h"
#include "plonk/srs_file.h"

#include <stdlib.h>

#define N   8
#define LEN (SRS_HEADER_LEN + N * sizeof(g1_affine))

static struct arena arena, scratch;
static uint8_t *valid, *edited;

static void must(zk_err err)
{
    if (err != ZK_OK) abort();
}

static void set_up(void)
{
    static const uint8_t seed[32] = {6};
    struct srs srs;
    must(arena_map(&arena, (size_t)1 << 20));
    must(arena_map(&scratch, (size_t)64 << 20));
    must(srs_make_insecure(&srs, N, seed, NULL, &arena, &scratch));
    valid = arena_push(&arena, uint8_t, LEN);
    edited = arena_push(&arena, uint8_t, LEN);
    if (valid == NULL || edited == NULL) abort();
    must(srs_encode_header(valid, &srs, NULL, &scratch));
    memcpy(valid + SRS_HEADER_LEN, srs.g1, N * sizeof(g1_affine));
}

static bool decodes(const uint8_t *bytes, size_t len)
{
    struct srs srs;
    uint8_t again[SRS_HEADER_LEN];
    if (srs_decode(&srs, bytes, len, NULL, &scratch) != ZK_OK) return false;
    FUZZ_CHECK(len == SRS_HEADER_LEN + srs.n * sizeof(g1_affine));
    must(srs_encode_header(again, &srs, NULL, &scratch));
    FUZZ_CHECK(memcmp(again, bytes, SRS_HEADER_LEN) == 0);
    for (size_t i = 0; i < srs.n; i++) FUZZ_CHECK(g1_affine_is_on_curve(&srs.g1[i]));
    return true;
}

static void seal(uint8_t *bytes)
{
    uint8_t sum[32];
    sha256(sum, bytes + SRS_HEADER_LEN, LEN - SRS_HEADER_LEN);
    sha256(bytes + 192, sum, 32);
    sha256(bytes + 224, bytes, 224);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static uint8_t raw[FUZZ_LEN_MAX] ZK_ALIGN(64);
    if (valid == NULL) set_up();
    FUZZ_CHECK(decodes(valid, LEN));
    if (len <= sizeof(raw)) {
        memcpy(raw, data, len);
        FUZZ_CHECK(!decodes(raw, len));
    }
    memcpy(edited, valid, LEN);
    for (size_t i = 0; i + 4 <= len && i < 256; i += 4) {
        size_t at = load_be16(data + i) % LEN;
        if (data[i + 2] & 4) at %= 256;
        if (data[i + 2] & 8) at = SRS_HEADER_LEN + at % (LEN - SRS_HEADER_LEN);
        switch (data[i + 2] & 3) {
        case 0: edited[at] = data[i + 3]; break;
        case 1: edited[at] ^= (uint8_t)(1 << (data[i + 3] & 7)); break;
        default: memset(edited + at / 32 * 32, data[i + 3] & 1 ? 0xff : 0, 32); break;
        }
    }
    const bool changed = memcmp(edited, valid, LEN) != 0;
    if (len % 2 == 0) seal(edited);
    const bool ok = decodes(edited, LEN);
    FUZZ_CHECK(len % 2 == 0 || ok == !changed);
}
