/* Bytes as edits of a valid proof: four at a time, an offset (big-endian, modulo the length), an operation, a value.
 * Laws: what decodes is what would be encoded; only the proof itself verifies; raw bytes of any length are refused or
 * encode back. */
#include "base/bytes.h"
#include "base/fuzz.h"
#include "base/prng.h"
#include "plonk/prover.h"
#include "plonk/test_circuit.h"
#include "plonk/verifier.h"

#include <stdlib.h>

static struct arena arena, scratch;
static struct test_circuit circuit;
static struct srs srs;
static struct proving_key pk;
static struct witness w;
static fr publics[TEST_PUBLICS];
static uint8_t valid[PROOF_LEN_MAX];
static size_t valid_len;

static void must(zk_err err)
{
    if (err != ZK_OK) abort();
}

static void set_up(void)
{
    static const uint8_t seed[32] = {5};
    const struct prover_options options = {.unblinded = true};
    struct prng rng;
    struct prover *prover;
    prng_seed(&rng, 1);
    must(arena_map(&arena, (size_t)256 << 20));
    must(arena_map(&scratch, (size_t)256 << 20));
    must(srs_make_insecure(&srs, 32 + PLONK_PAD, seed, NULL, &arena, &scratch));
    must(test_circuit_init(&circuit, 5, TEST_ARITH, &arena));
    must(key_generate(&pk, &circuit.cs, 5, &srs, TRANSCRIPT_KECCAK, NULL, &arena, &scratch));
    must(test_witness(&circuit, &w, 5, publics, &rng, &arena));
    must(prover_create(&prover, &pk, &srs, 0, NULL, &arena, &scratch));
    must(plonk_prove(valid, prover, &w, &options, &scratch));
    valid_len = proof_len(&pk.vk);
}

static void check_round_trip(const uint8_t *bytes, size_t len)
{
    static uint8_t again[PROOF_LEN_MAX];
    struct proof proof;
    if (!proof_decode(&proof, &pk.vk, bytes, len)) return;
    FUZZ_CHECK(len == valid_len);
    proof_encode(again, &pk.vk, &proof);
    FUZZ_CHECK(memcmp(again, bytes, len) == 0);
}

static bool verifies(const uint8_t *bytes)
{
    const struct plonk_claim claim = {&pk.vk, publics, TEST_PUBLICS, bytes, valid_len};
    bool ok;
    must(plonk_verify(&ok, &claim, &scratch));
    return ok;
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    uint8_t proof[PROOF_LEN_MAX];
    if (valid_len == 0) set_up();
    check_round_trip(data, len);
    memcpy(proof, valid, valid_len);
    for (size_t i = 0; i + 4 <= len; i += 4) {
        const size_t at = load_be16(data + i) % valid_len;
        switch (data[i + 2] & 3) {
        case 0: proof[at] = data[i + 3]; break;
        case 1: proof[at] ^= (uint8_t)(1 << (data[i + 3] & 7)); break;
        case 2: memset(proof + at / 32 * 32, data[i + 3] & 1 ? 0xff : 0, 32); break;
        default: memmove(proof + at / 64 * 64, proof + data[i + 3] * 64 % (valid_len / 64 * 64), 64);
        }
    }
    check_round_trip(proof, valid_len);
    if (len % 4 == 0 && len < 64) FUZZ_CHECK(verifies(proof) == (memcmp(proof, valid, valid_len) == 0));
}
