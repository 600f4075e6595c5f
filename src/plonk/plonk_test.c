/* The proof system end to end: satisfied witnesses prove and verify; everything else is refused. */
#include "base/test.h"
#include "plonk/prover.h"
#include "plonk/test_circuit.h"
#include "plonk/verifier.h"

#include <stdio.h>

/* A circuit with keys, a witness and a proof. */
struct setting {
    struct test_circuit circuit;
    struct srs srs;
    struct proving_key pk;
    struct prover *prover;
    struct witness w;
    fr publics[TEST_PUBLICS];
    uint8_t proof[PROOF_LEN_MAX];
    size_t len;
};

static struct arena arena, scratch;
static struct pool *pool;
static struct setting one;

static void begin(void)
{
    if (arena.base == NULL) {
        CHECK_OK(arena_map(&arena, (size_t)4 << 30));
        CHECK_OK(arena_map(&scratch, (size_t)4 << 30));
        CHECK_OK(pool_create(&pool, 2));
    }
    arena_release(&arena, 0);
    arena_release(&scratch, 0);
}

static void make_keys(struct setting *s, unsigned log_t, unsigned *log_n, unsigned parts, transcript_kind kind)
{
    static const uint8_t seed[32] = {7};
    CHECK_OK(test_circuit_init(&s->circuit, log_t, parts, &arena));
    if (*log_n < s->circuit.cs.log_table) *log_n = s->circuit.cs.log_table;
    CHECK_OK(srs_make_insecure(&s->srs, ((size_t)1 << *log_n) + PLONK_PAD, seed, pool, &arena, &scratch));
    CHECK_OK(key_generate(&s->pk, &s->circuit.cs, *log_n, &s->srs, kind, pool, &arena, &scratch));
    CHECK_OK(prover_create(&s->prover, &s->pk, &s->srs, 0, pool, &arena, &scratch));
    s->len = proof_len(&s->pk.vk);
    CHECK(s->len <= PROOF_LEN_MAX);
}

static zk_err prove(struct setting *s, const struct prover_options *options)
{
    return plonk_prove(s->proof, s->prover, &s->w, options, &scratch);
}

static bool verify(const struct setting *s, const fr *publics, uint32_t n_public, const uint8_t *proof, size_t len)
{
    const struct plonk_claim claim = {&s->pk.vk, publics, n_public, proof, len};
    bool ok;
    CHECK_OK(plonk_verify(&ok, &claim, &scratch));
    return ok;
}

static bool verifies(const struct setting *s)
{
    return verify(s, s->publics, TEST_PUBLICS, s->proof, s->len);
}

static void make(struct setting *s, unsigned log_t, unsigned log_n, unsigned parts, bool blind, struct prng *rng)
{
    struct prover_options options = {.blind = blind};
    begin();
    make_keys(s, log_t, &log_n, parts, TRANSCRIPT_KECCAK);
    CHECK_OK(test_witness(&s->circuit, &s->w, log_n, s->publics, rng, &arena));
    prng_bytes(rng, options.seed, 32);
    CHECK_OK(prove(s, &options));
}

static void test_proofs__of_satisfied_witnesses_verify(struct prng *rng)
{
    static const struct {
        unsigned log_t, log_n, parts;
    } cases[] = {{5, 5, TEST_ARITH},
                 {5, 6, TEST_ARITH},
                 {5, 8, TEST_ARITH},
                 {6, 9, TEST_ARITH | TEST_LOOKUP},
                 {5, 9, TEST_LOOKUP | TEST_MANY},
                 {6, 6, TEST_POSEIDON},
                 {7, 9, TEST_ALL & ~TEST_MANY},
                 {8, 9, TEST_ALL},
                 {7, 12, TEST_ALL & ~TEST_MANY},
                 {9, 9, TEST_ALL}};
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        for (int blind = 0; blind < 2; blind++) {
            make(&one, cases[i].log_t, cases[i].log_n, cases[i].parts, blind, rng);
            CHECK_MSG(verifies(&one), "case %zu, blind %d", i, blind);
        }
    }
}

TEST_MAIN(TEST(test_proofs__of_satisfied_witnesses_verify))
