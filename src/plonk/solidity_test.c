/* The writer of Solidity verifiers: what can be seen without an EVM. tests/plonk/ compiles and runs what it writes. */
#include "plonk/solidity.h"

#include "base/test.h"
#include "plonk/prover.h"
#include "plonk/test_circuit.h"
#include "plonk/verifier.h"

#include <stdio.h>

static struct arena arena, scratch;
static struct test_circuit circuit;
static struct srs srs;
static struct proving_key pk;
static char text[SOLIDITY_LEN_MAX], again[SOLIDITY_LEN_MAX];

static void make(unsigned log_n, unsigned parts, transcript_kind kind)
{
    static const uint8_t seed[32] = {3};
    if (arena.base == NULL) {
        CHECK_OK(arena_map(&arena, (size_t)1 << 30));
        CHECK_OK(arena_map(&scratch, (size_t)1 << 30));
    }
    arena_release(&arena, 0);
    CHECK_OK(srs_make_insecure(&srs, ((size_t)1 << log_n) + PLONK_PAD, seed, NULL, &arena, &scratch));
    CHECK_OK(test_circuit_init(&circuit, 6, parts, &arena));
    CHECK_OK(key_generate(&pk, &circuit.cs, log_n, &srs, kind, NULL, &arena, &scratch));
}

static void test_source__is_the_same_each_time_and_names_its_key(struct prng *rng)
{
    size_t len, again_len;
    char want[96] = "bytes32 public constant KEY_DIGEST = 0x";
    (void)rng;
    make(9, TEST_ARITH | TEST_LOOKUP, TRANSCRIPT_KECCAK);
    CHECK_OK(solidity_write(text, sizeof(text), &len, &pk.vk, "Some_Verifier2", &scratch));
    CHECK_OK(solidity_write(again, sizeof(again), &again_len, &pk.vk, "Some_Verifier2", &scratch));
    CHECK_EQ_U64(len, again_len);
    CHECK_EQ_U64(len, strlen(text));
    CHECK_EQ_BYTES(text, again, len);
    CHECK(strstr(text, "\ncontract Some_Verifier2 {\n") != NULL);
    for (size_t i = 0; i < 4; i++) (void)snprintf(want + 39 + 2 * i, 3, "%02x", (unsigned)pk.vk.digest[i]);
    CHECK(strstr(text, want) != NULL);
    CHECK(strstr(text, "INSECURE_SRS = true") != NULL);
    CHECK_EQ_U64(0, arena_mark(&scratch));
}

static void test_source__that_does_not_fit_is_refused(struct prng *rng)
{
    size_t len, full;
    make(9, TEST_ARITH | TEST_LOOKUP, TRANSCRIPT_KECCAK);
    CHECK_OK(solidity_write(text, sizeof(text), &full, &pk.vk, "V", &scratch));
    CHECK_OK(solidity_write(again, full + 1, &len, &pk.vk, "V", &scratch));
    for (int i = 0; i < 50; i++) {
        const size_t cap = i == 0 ? full : 1 + prng_below(rng, full);
        again[cap] = 'x';
        CHECK_ERR(ZK_ERR_FULL, solidity_write(again, cap, &len, &pk.vk, "V", &scratch));
        CHECK_EQ_U64(0, len);
        CHECK(again[cap] == 'x');
    }
}

static void test_source__of_another_transcript_is_refused(struct prng *rng)
{
    size_t len;
    (void)rng;
    make(6, TEST_ARITH, TRANSCRIPT_POSEIDON2);
    CHECK_ERR(ZK_ERR_UNSUPPORTED, solidity_write(text, sizeof(text), &len, &pk.vk, "V", &scratch));
}

static void test_products__are_those_of_the_verifier(struct prng *rng)
{
    static const unsigned cases[][2] = {{6, TEST_ARITH}, {9, TEST_ARITH | TEST_LOOKUP}, {9, TEST_LOOKUP | TEST_MANY}};
    static uint8_t proof[PROOF_LEN_MAX];
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        struct witness w;
        struct prover *prover;
        struct prover_options options = {.seed = {1}};
        fr publics[TEST_PUBLICS], end;
        g1_affine lhs, rhs;
        uint32_t n;
        bool ok;
        make(cases[i][0], cases[i][1], TRANSCRIPT_KECCAK);
        CHECK_OK(test_witness(&circuit, &w, cases[i][0], publics, rng, &arena));
        CHECK_OK(prover_create(&prover, &pk, &srs, 0, NULL, &arena, &scratch));
        CHECK_OK(plonk_prove(proof, prover, &w, &options, &scratch));
        const struct plonk_claim claim = {&pk.vk, publics, TEST_PUBLICS, proof, proof_len(&pk.vk)};
        CHECK_OK(plonk_final_points(&ok, &lhs, &rhs, &n, &end, &claim, &scratch));
        CHECK(ok);
        CHECK_EQ_U64(n, solidity_products(&pk.vk));
    }
}

TEST_MAIN(TEST(test_source__is_the_same_each_time_and_names_its_key), TEST(test_source__that_does_not_fit_is_refused),
          TEST(test_source__of_another_transcript_is_refused), TEST(test_products__are_those_of_the_verifier))
