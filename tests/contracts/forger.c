/* Proofs of anything, for the development setup: its tau is known to everybody, and who knows tau needs no witness. So
 * that gas can be measured with the real verifiers of all capacities on any machine, and to show what INSECURE means.
 *
 *   forger KEY_ID OLD_ROOT NEW_ROOT HEADER C R Y_S Y_D     public inputs in hexadecimal; prints the proof
 *
 * All points and values but the last are arbitrary. The verifier ends with e(F + u W', [1]) = e(W', [tau]), where F
 * depends on everything else: W' = F / (tau - u) passes. */
#include "base/bytes.h"
#include "base/prng.h"
#include "circuit/block_keys.h"
#include "hash/keccak256.h"
#include "plonk/verifier.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena home, scratch;
static struct block_circuit circuit;
static struct proving_key pk;

static void must(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "forger: %s\n", zk_err_message());
    exit(1);
}

static void random_points(g1_affine *p, size_t n, struct prng *rng)
{
    for (size_t i = 0; i < n; i++) g1_random(&p[i], rng);
}

static void random_values(fr *x, size_t n, struct prng *rng)
{
    for (size_t i = 0; i < n; i++) fr_random(&x[i], rng);
}

static void forge(uint8_t *out, const fr publics[BLOCK_PUBLICS], struct prng *rng)
{
    static struct proof p;
    struct plonk_claim claim = {&pk.vk, publics, BLOCK_PUBLICS, out, proof_len(&pk.vk)};
    struct plonk_challenges challenges;
    g1_affine f, rhs;
    g1_jac w;
    fr tau, end;
    bool ok;
    random_points(p.advice, PLONK_ADVICE, rng);
    random_points(p.aux, AUX_MAX, rng);
    random_points(p.quotient, PLONK_CHUNKS, rng);
    random_values(p.advice_at[0], 2 * PLONK_ADVICE, rng);
    random_values(p.aux_next, AUX_MAX, rng);
    random_values(p.fixed_at, PLONK_FIXED_MAX, rng);
    random_values(p.table_at, PLONK_TUPLE_MAX, rng);
    random_points(p.w, 1, rng);
    p.w[1] = G1_AFFINE_INF;
    proof_encode(out, &pk.vk, &p);
    must(plonk_final_points(&ok, &f, &rhs, NULL, &end, &claim, &scratch));
    if (!ok || !proof_decode(&p, &pk.vk, out, claim.proof_len)) exit(1);
    plonk_challenges(&challenges, &pk.vk, publics, BLOCK_PUBLICS, &p);
    srs_insecure_tau(&tau, block_development_seed);
    fr_sub(&tau, &tau, &challenges.u);
    fr_inv(&tau, &tau);
    g1_mul_vartime(&w, &f, &tau);
    g1_jac_to_affine(&p.w[1], &w);
    proof_encode(out, &pk.vk, &p);
    must(plonk_verify(&ok, &claim, &scratch));
    if (ok) return;
    (void)fprintf(stderr, "forger: our own verifier is not fooled\n");
    exit(1);
}

int main(int argc, char **argv)
{
    static uint8_t proof[PROOF_LEN_MAX];
    fr publics[BLOCK_PUBLICS];
    uint8_t bytes[32 * BLOCK_PUBLICS], hash[32];
    struct prng rng;
    if (argc != 2 + BLOCK_PUBLICS) return 2;
    const unsigned id = (unsigned)strtoul(argv[1], NULL, 10);
    if (id >= BLOCK_KEYS) return 2;
    for (size_t i = 0; i < BLOCK_PUBLICS; i++)
        if (!hex_decode(bytes + 32 * i, 32, argv[2 + i], strlen(argv[2 + i])) ||
            !fr_from_be32(&publics[i], bytes + 32 * i))
            return 2;
    must(arena_map(&home, (size_t)1 << 30));
    must(arena_map(&scratch, (size_t)1 << 30));
    must(block_circuit_init(&circuit, &home));
    must(block_key_development(&pk, &circuit, id, NULL, &home, &scratch));
    keccak256(hash, bytes, sizeof bytes); /* other inputs, other proof; the same for the same */
    prng_seed(&rng, load_be64(hash));
    forge(proof, publics, &rng);
    for (size_t i = 0; i < proof_len(&pk.vk); i++) (void)printf("%02x", proof[i]);
    return 0;
}
