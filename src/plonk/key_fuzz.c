/* Bytes as edits of a valid key: four at a time, an offset (big-endian, modulo the length), an operation, a value;
 * then the checksum is made to fit, unless the length is odd. Laws: what decodes is what would be encoded; raw bytes
 * are refused. */
#include "base/bytes.h"
#include "base/fuzz.h"
#include "plonk/key_file.h"
#include "plonk/test_circuit.h"

#include <stdlib.h>

static struct arena arena, scratch;
static struct test_circuit circuit;
static uint8_t *valid, *edited, *again;
static size_t valid_len;

static void must(zk_err err)
{
    if (err != ZK_OK) abort();
}

static void set_up(void)
{
    static const uint8_t seed[32] = {5};
    static struct proving_key pk;
    static struct srs srs;
    must(arena_map(&arena, (size_t)256 << 20));
    must(arena_map(&scratch, (size_t)256 << 20));
    must(srs_make_insecure(&srs, 32 + PLONK_PAD, seed, NULL, &arena, &scratch));
    must(test_circuit_init(&circuit, 5, TEST_ARITH, &arena));
    must(key_generate(&pk, &circuit.cs, 5, &srs, TRANSCRIPT_KECCAK, NULL, &arena, &scratch));
    valid_len = key_encoded_len(&pk.vk, true);
    valid = arena_push(&arena, uint8_t, valid_len);
    edited = arena_push(&arena, uint8_t, valid_len);
    again = arena_push(&arena, uint8_t, valid_len);
    if (valid == NULL || edited == NULL || again == NULL) abort();
    key_encode(valid, &pk, true);
}

static void check(const uint8_t *bytes, size_t len)
{
    struct proving_key pk;
    const size_t mark = arena_mark(&arena);
    if (key_decode(&pk, &circuit.cs, NULL, true, bytes, len, &arena) == ZK_OK) {
        FUZZ_CHECK(len == valid_len);
        key_encode(again, &pk, true);
        FUZZ_CHECK(memcmp(again, bytes, len) == 0);
    }
    arena_release(&arena, mark);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    if (valid == NULL) set_up();
    check(data, len);
    memcpy(edited, valid, valid_len);
    for (size_t i = 0; i + 4 <= len && i < 256; i += 4) {
        size_t at = load_be16(data + i) % valid_len;
        if (data[i + 2] & 4) at %= 512;
        switch (data[i + 2] & 3) {
        case 0: edited[at] = data[i + 3]; break;
        case 1: edited[at] ^= (uint8_t)(1 << (data[i + 3] & 7)); break;
        default: memset(edited + at / 32 * 32, data[i + 3] & 1 ? 0xff : 0, 16); break;
        }
    }
    if (len % 2 == 0) keccak256(edited + valid_len - 32, edited, valid_len - 32);
    check(edited, valid_len);
}
