/* Keys as bytes: what was written is read; whatever else is refused, for the right reason. */
#include "plonk/key_file.h"

#include "base/pool.h"
#include "base/test.h"
#include "plonk/prover.h"
#include "plonk/test_circuit.h"
#include "plonk/verifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct arena arena, scratch;
static struct test_circuit circuit, other;
static struct srs srs;
static struct proving_key pk;

static void begin(void)
{
    static const uint8_t seed[32] = {9};
    if (arena.base == NULL) {
        CHECK_OK(arena_map(&arena, (size_t)1 << 30));
        CHECK_OK(arena_map(&scratch, (size_t)1 << 30));
    }
    arena_release(&arena, 0);
    CHECK_OK(srs_make_insecure(&srs, 128 + PLONK_PAD, seed, NULL, &arena, &scratch));
    CHECK_OK(test_circuit_init(&circuit, 6, TEST_ARITH | TEST_LOOKUP, &arena));
    CHECK_OK(test_circuit_init(&other, 6, TEST_ARITH | TEST_LOOKUP | TEST_MANY, &arena));
    CHECK_OK(key_generate(&pk, &circuit.cs, 7, &srs, TRANSCRIPT_KECCAK, NULL, &arena, &scratch));
}

static uint8_t *encode(size_t *len, bool columns)
{
    *len = key_encoded_len(&pk.vk, columns);
    uint8_t *bytes = arena_push(&arena, uint8_t, *len);
    CHECK(bytes != NULL);
    key_encode(bytes, &pk, columns);
    return bytes;
}

/* Makes the checksum fit again. */
static void seal(uint8_t *bytes, size_t len)
{
    keccak256(bytes + len - 32, bytes, len - 32);
}

static void test_key__survives_encoding(struct prng *rng)
{
    struct proving_key back;
    size_t len;
    (void)rng;
    begin();
    for (int columns = 0; columns < 2; columns++) {
        uint8_t *bytes = encode(&len, columns);
        CHECK_OK(key_decode(&back, &circuit.cs, srs.id, columns, bytes, len, &arena));
        CHECK_EQ_BYTES(pk.vk.digest, back.vk.digest, 32);
        CHECK(back.vk.insecure);
        for (uint32_t f = 0; f < circuit.cs.n_fixed_all && columns; f++)
            CHECK_EQ_BYTES(pk.fixed[f], back.fixed[f], 64 * sizeof(fr));
        for (uint32_t j = 0; j < PLONK_COPY && columns; j++)
            CHECK_EQ_BYTES(pk.labels[j], back.labels[j], 64 * sizeof(fr));
    }
}

static void test_damaged_bytes__are_refused(struct prng *rng)
{
    struct proving_key back;
    size_t len;
    begin();
    uint8_t *bytes = encode(&len, true);
    for (size_t cut = 0; cut < len; cut += 1 + prng_below(rng, 500))
        CHECK_ERR(ZK_ERR_CORRUPT, key_decode(&back, &circuit.cs, srs.id, true, bytes, cut, &arena));
    for (size_t i = 0; i < 200; i++) {
        size_t at = i < 60 ? i : prng_below(rng, len);
        bytes[at] ^= (uint8_t)(1 << prng_below(rng, 8));
        zk_err err = key_decode(&back, &circuit.cs, srs.id, true, bytes, len, &arena);
        CHECK(err == ZK_ERR_CORRUPT || (err == ZK_ERR_UNSUPPORTED && at >= 8 && at < 12));
        bytes = encode(&len, true);
        arena_release(&arena, arena_mark(&arena));
    }
}

/* With a checksum that fits: each field of the header is still looked at. */
static void test_forged_headers__are_refused(struct prng *rng)
{
    struct proving_key back;
    size_t len;
    (void)rng;
    begin();
    for (size_t at = 0; at < 240; at += at < 48 ? 4 : 16) {
        uint8_t *bytes = encode(&len, true);
        if (at == 28 || at == 32) continue; /* transcript and mark of insecurity: other keys, with other digests */
        bytes[at] ^= 1;
        seal(bytes, len);
        CHECK_MSG(key_decode(&back, &circuit.cs, srs.id, true, bytes, len, &arena) != ZK_OK, "byte %zu", at);
    }
    for (size_t at = 240; at < len - 32; at += 4096) {
        uint8_t *bytes = encode(&len, true);
        memset(bytes + at / 32 * 32 + 16, 0xff, 32); /* no element and no coordinate */
        seal(bytes, len);
        CHECK_ERR(ZK_ERR_CORRUPT, key_decode(&back, &circuit.cs, srs.id, true, bytes, len, &arena));
    }
}

static void test_stale_keys__are_refused(struct prng *rng)
{
    struct proving_key back;
    size_t len;
    uint8_t id[32];
    (void)rng;
    begin();
    uint8_t *bytes = encode(&len, true);
    CHECK_ERR(ZK_ERR_INPUT, key_decode(&back, &other.cs, srs.id, true, bytes, len, &arena));
    memcpy(id, srs.id, 32);
    id[0] ^= 1;
    CHECK_ERR(ZK_ERR_INPUT, key_decode(&back, &circuit.cs, id, true, bytes, len, &arena));
    CHECK_OK(key_decode(&back, &circuit.cs, NULL, true, bytes, len, &arena));
    bytes = encode(&len, false);
    CHECK_ERR(ZK_ERR_INPUT, key_decode(&back, &circuit.cs, srs.id, true, bytes, len, &arena));
}

static void test_circuit_hash__sees_every_cell_copy_and_gate(struct prng *rng)
{
    uint8_t before[32], after[32];
    (void)rng;
    begin();
    struct cs *cs = &circuit.cs;
    circuit_hash(before, cs);
    fr *cell = &cs->fixed[2][5];
    const fr one = FR_ONE;
    const fr old = *cell;
    fr_add(cell, cell, &one);
    circuit_hash(after, cs);
    CHECK(memcmp(before, after, 32) != 0);
    *cell = old;
    uint32_t next = cs->copy_next[7];
    cs->copy_next[7] = next ^ 1;
    circuit_hash(after, cs);
    CHECK(memcmp(before, after, 32) != 0);
    cs->copy_next[7] = next;
    cs->graph.nodes[40].a ^= 1;
    circuit_hash(after, cs);
    CHECK(memcmp(before, after, 32) != 0);
    cs->graph.nodes[40].a ^= 1;
    fr_add(&cs->table[0][3], &cs->table[0][3], &one);
    circuit_hash(after, cs);
    CHECK(memcmp(before, after, 32) != 0);
    fr_sub(&cs->table[0][3], &cs->table[0][3], &one);
    circuit_hash(after, cs);
    CHECK_EQ_BYTES(before, after, 32);
}

static void test_cache__is_used_if_whole_and_rebuilt_if_not(struct prng *rng)
{
    char path[64];
    struct proving_key back;
    struct witness w;
    fr publics[TEST_PUBLICS];
    bool made, ok;
    begin();
    (void)snprintf(path, sizeof(path), "/tmp/zkroll_key_test_%ld", (long)getpid());
    (void)unlink(path);
    CHECK_ERR(ZK_ERR_IO, key_load(&back, path, &circuit.cs, srs.id, true, &arena));
    const bool want_made[4] = {true, false, true, false};
    for (int i = 0; i < 4; i++) {
        if (i == 2) { /* one byte of the file is lost */
            FILE *f = fopen(path, "r+b");
            CHECK(f != NULL);
            CHECK(fseek(f, 1000, SEEK_SET) == 0);
            int c = fgetc(f);
            CHECK(fseek(f, 1000, SEEK_SET) == 0);
            CHECK(fputc(c ^ 1, f) != EOF);
            CHECK(fclose(f) == 0);
        }
        CHECK_OK(
            key_load_or_generate(&back, &made, path, &circuit.cs, 7, &srs, TRANSCRIPT_KECCAK, NULL, &arena, &scratch));
        CHECK(made == want_made[i]);
        CHECK_EQ_BYTES(pk.vk.digest, back.vk.digest, 32);
    }
    CHECK(unlink(path) == 0);
    struct prover *prover;
    static uint8_t proof[PROOF_LEN_MAX];
    const struct prover_options options = {.seed = {1}};
    CHECK_OK(test_witness(&circuit, &w, 7, publics, rng, &arena));
    CHECK_OK(prover_create(&prover, &back, &srs, 0, NULL, &arena, &scratch));
    CHECK_OK(plonk_prove(proof, prover, &w, &options, &scratch));
    const struct plonk_claim claim = {&pk.vk, publics, TEST_PUBLICS, proof, proof_len(&pk.vk)};
    CHECK_OK(plonk_verify(&ok, &claim, &scratch));
    CHECK(ok);
}

TEST_MAIN(TEST(test_key__survives_encoding), TEST(test_damaged_bytes__are_refused),
          TEST(test_forged_headers__are_refused), TEST(test_stale_keys__are_refused),
          TEST(test_circuit_hash__sees_every_cell_copy_and_gate), TEST(test_cache__is_used_if_whole_and_rebuilt_if_not))
