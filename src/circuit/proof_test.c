/* A block of the smallest capacity, proved and verified. Skipped where proving takes minutes: without IFMA. */
#include "base/test.h"
#include "circuit/world.h"
#include "plonk/prover.h"
#include "plonk/verifier.h"

#define SKIPPED 77

static struct arena home, scratch;

static void test_block__is_proved_and_verified(struct prng *rng)
{
    (void)rng;
    static struct block_circuit circuit;
    static struct world w;
    static uint8_t proof[PROOF_LEN_MAX];
    static const uint8_t seed[32] = {7};
    const eth_address stranger = {{0x77, 1, 2, 3}};
    struct block_hints h;
    struct witness cells;
    struct pool *pool;
    struct srs srs;
    struct proving_key pk;
    struct prover *prover;
    CHECK_OK(pool_create(&pool, 0));
    CHECK_OK(arena_map(&home, (size_t)4 << 30));
    CHECK_OK(arena_map(&scratch, (size_t)4 << 30));
    CHECK_OK(block_circuit_init(&circuit, &home));
    world_create(&w, 40);
    world_fund(&w, 4);
    const struct fee_class classes[2] = {{0, 30}, {5, 2000}};
    world_begin(&w, classes, 2);
    CHECK(world_transfer(&w, 1, &w.users[2].address, 0, 1000, 30));
    CHECK(world_transfer(&w, 3, &stranger, 0, 500, 20));
    CHECK(world_withdraw(&w, 2, &stranger, 5, 123456, 2000));
    CHECK(world_forced_exit(&w, 1, &stranger, 0, 10));
    CHECK(world_full_exit(&w, world_id(&w, 3), &w.users[3].address, 5));
    CHECK_OK(block_hints_make(&h, world_seal(&w), pool, &home));
    CHECK_OK(block_witness_make(&cells, &circuit, &h, pool, &home));

    CHECK_OK(srs_make_insecure(&srs, ((size_t)1 << h.log_n) + PLONK_PAD, seed, pool, &home, &scratch));
    CHECK_OK(key_generate(&pk, &circuit.cs, h.log_n, &srs, TRANSCRIPT_KECCAK, pool, &home, &scratch));
    CHECK_OK(prover_create(&prover, &pk, &srs, 0, pool, &home, &scratch));
    const struct prover_options options = {.unblinded = true};
    CHECK_OK(plonk_prove(proof, prover, &cells, &options, &scratch));
    fr publics[BLOCK_PUBLICS];
    memcpy(publics, h.publics, sizeof publics);
    const struct plonk_claim claim = {&pk.vk, publics, BLOCK_PUBLICS, proof, proof_len(&pk.vk)};
    bool ok;
    CHECK_OK(plonk_verify(&ok, &claim, &scratch));
    CHECK(ok);
    const fr one = FR_ONE;
    for (unsigned i = 0; i < BLOCK_PUBLICS; i++) {
        fr_add(&publics[i], &publics[i], &one);
        CHECK_OK(plonk_verify(&ok, &claim, &scratch));
        CHECK(!ok);
        fr_sub(&publics[i], &publics[i], &one);
    }
    world_destroy(&w);
    pool_destroy(pool);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {TEST(test_block__is_proved_and_verified)};
    if (cpu_level_get() != CPU_IFMA) return SKIPPED;
    return test_main(tests, ZK_COUNT(tests), argc, argv);
}
