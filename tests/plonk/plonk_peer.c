/* Answers questions about circuits that use every gate and lookup (plonk/test_circuit.h), for the scripts of this
 * folder. A circuit is numbered in the order of the `circuit` questions of one run; a run starts from nothing, so the
 * same questions give the same keys and proofs.
 *
 *   circuit LOG_T LOG_N PARTS SEED     keys under the insecure SRS of seed SEED, a witness and a blinded proof; answers
 *                                      points values products fixed_packs table_packs insecure
 *   contract NUMBER NAME               the Solidity source, in hex
 *   publics NUMBER, proof NUMBER       in hex
 *   verify NUMBER PUBLICS PROOF        yes or no
 *   ptau PATH N SRS_PATH               imports N powers (0: all) of a ceremony file, saves them as an SRS file and opens
 *                                      that: `ok N insecure`, or `refused` and why
 *   powers SRS_PATH I ..               powers I .. in hex, then tau in G2
 *   prove_with SRS_PATH LOG_T LOG_N PARTS   a proof under the keys of this SRS: its verdict and the mark on the key */
#include "peer.h"

#include "plonk/prover.h"
#include "plonk/solidity.h"
#include "plonk/srs_file.h"
#include "plonk/test_circuit.h"
#include "plonk/verifier.h"

#define CIRCUITS_MAX 16
#define PUBLICS      7 /* as a block proof has; the last four are in no gate */

struct setting {
    struct test_circuit circuit;
    struct srs srs;
    struct proving_key pk;
    fr publics[PUBLICS];
    uint8_t proof[PROOF_LEN_MAX];
};

static struct arena arena, scratch;
static struct setting *settings[CIRCUITS_MAX];
static unsigned n_settings;

static void must(zk_err err)
{
    if (err != ZK_OK) peer_refuse(zk_err_str(err), zk_err_message());
}

static struct setting *setting_of(const char *number)
{
    const unsigned long i = strtoul(number, NULL, 10);
    if (i >= n_settings) peer_refuse("no such circuit", number);
    return settings[i];
}

/* test_circuit_init with PUBLICS public inputs. */
static void make_circuit(struct test_circuit *t, unsigned log_t, unsigned parts)
{
    const struct cs_config config = {.log_t = log_t, .table_cap = 2 * TEST_TABLE, .n_public = PUBLICS};
    struct builder b;
    fr out;
    t->parts = parts;
    must(cs_init(&t->cs, &config, &arena));
    test_circuit_gates(t);
    builder_shape(&b, &t->cs, NULL);
    test_place(&b, t, &FR_ZERO, &out);
    must(cs_seal(&t->cs));
}

static void answer_ptau(char **args, int n_args)
{
    struct srs srs;
    struct srs_file file;
    const size_t mark = arena_mark(&arena);
    (void)n_args;
    if (srs_import_ptau(&srs, args[0], strtoul(args[1], NULL, 10), NULL, &arena, &scratch) != ZK_OK) {
        (void)printf("refused %s", zk_err_message());
        arena_release(&arena, mark);
        return;
    }
    must(srs_save(args[2], &srs, NULL, &scratch));
    must(srs_open(&file, args[2], NULL, &scratch));
    (void)printf("ok %zu %d", file.srs.n, file.srs.insecure);
    srs_close(&file);
    arena_release(&arena, mark);
}

static void answer_powers(char **args, int n_args)
{
    struct srs_file file;
    uint8_t bytes[128];
    char hex[257];
    must(srs_open(&file, args[0], NULL, &scratch));
    for (int i = 1; i < n_args; i++) {
        const size_t k = strtoul(args[i], NULL, 10);
        if (k >= file.srs.n) peer_refuse("no such power", args[i]);
        g1_to_be64(bytes, &file.srs.g1[k]);
        hex_encode(hex, bytes, 64);
        (void)printf("%s ", hex);
    }
    g2_to_be128(bytes, &file.srs.g2_tau);
    hex_encode(hex, bytes, 128);
    (void)fputs(hex, stdout);
    srs_close(&file);
}

static void make_proof(struct setting *s, unsigned log_n, struct prng *rng)
{
    struct witness w;
    struct prover *prover;
    struct prover_options options = {.seed = {1}};
    for (int i = 0; i < PUBLICS; i++) fr_random(&s->publics[i], rng);
    must(test_witness(&s->circuit, &w, log_n, s->publics, rng, &arena));
    w.n_public = PUBLICS;
    prng_bytes(rng, options.seed, sizeof(options.seed));
    must(prover_create(&prover, &s->pk, &s->srs, 0, NULL, &arena, &scratch));
    must(plonk_prove(s->proof, prover, &w, &options, &scratch));
}

static void answer_circuit(char **args, int n_args)
{
    uint8_t seed[32] = {0};
    struct prng rng;
    (void)n_args;
    if (n_settings == CIRCUITS_MAX) peer_refuse("too many circuits", args[0]);
    struct setting *s = arena_push(&arena, struct setting, 1);
    if (s == NULL) must(ZK_ERR_FULL);
    memset(s, 0, sizeof(*s));
    const unsigned log_n = (unsigned)strtoul(args[1], NULL, 10);
    seed[0] = (uint8_t)strtoul(args[3], NULL, 10);
    prng_seed(&rng, seed[0]);
    make_circuit(&s->circuit, (unsigned)strtoul(args[0], NULL, 10), (unsigned)strtoul(args[2], NULL, 10));
    must(srs_make_insecure(&s->srs, ((size_t)1 << log_n) + PLONK_PAD, seed, NULL, &arena, &scratch));
    must(key_generate(&s->pk, &s->circuit.cs, log_n, &s->srs, TRANSCRIPT_KECCAK, NULL, &arena, &scratch));
    make_proof(s, log_n, &rng);
    settings[n_settings++] = s;
    unsigned points = PLONK_ADVICE + PLONK_CHUNKS + 2;
    for (unsigned i = 0; i < AUX_MAX; i++) points += proof_has_aux(&s->circuit.cs, i);
    const struct verifying_key *vk = &s->pk.vk;
    (void)printf("%u %zu %u %u %u %d", points, proof_len(vk) / 32 - 2 * (size_t)points, solidity_products(vk),
                 vk->n_fixed_commits, vk->n_table_commits, vk->insecure);
}

static void answer_contract(char **args, int n_args)
{
    static char source[SOLIDITY_LEN_MAX], hex[2 * SOLIDITY_LEN_MAX + 1];
    size_t len;
    (void)n_args;
    must(solidity_write(source, sizeof(source), &len, &setting_of(args[0])->pk.vk, args[1], &scratch));
    hex_encode(hex, (const uint8_t *)source, len);
    (void)fputs(hex, stdout);
}

static void answer_publics(char **args, int n_args)
{
    (void)n_args;
    for (int i = 0; i < PUBLICS; i++) {
        uint8_t bytes[32];
        fr_to_be32(bytes, &setting_of(args[0])->publics[i]);
        peer_print32(bytes);
    }
}

static void answer_proof(char **args, int n_args)
{
    static char hex[2 * PROOF_LEN_MAX + 1];
    const struct setting *s = setting_of(args[0]);
    (void)n_args;
    hex_encode(hex, s->proof, proof_len(&s->pk.vk));
    (void)fputs(hex, stdout);
}

/* Reads as many whole bytes as there are; the length is a part of the question. */
static size_t read_bytes(uint8_t *out, size_t cap, const char *hex)
{
    const size_t len = strlen(hex) / 2;
    if (len > cap || !hex_decode(out, len, hex, 2 * len)) peer_refuse("not hex, or too long", "");
    return len;
}

static void answer_verify(char **args, int n_args)
{
    static uint8_t proof[PROOF_LEN_MAX + 256], publics[32 * PUBLICS];
    const struct setting *s = setting_of(args[0]);
    fr values[PUBLICS];
    bool ok = true;
    (void)n_args;
    if (read_bytes(publics, sizeof(publics), args[1]) != sizeof(publics)) peer_refuse("public inputs", args[1]);
    for (size_t i = 0; i < PUBLICS; i++) ok &= fr_from_be32(&values[i], publics + 32 * i);
    const size_t len = args[2][0] == '-' ? 0 : read_bytes(proof, sizeof(proof), args[2]);
    const struct plonk_claim claim = {&s->pk.vk, values, PUBLICS, proof, len};
    if (ok) must(plonk_verify(&ok, &claim, &scratch));
    (void)fputs(ok ? "yes" : "no", stdout);
}

static void answer_prove_with(char **args, int n_args)
{
    struct setting *s = arena_push(&arena, struct setting, 1);
    struct srs_file file;
    struct prng rng;
    bool ok;
    (void)n_args;
    if (s == NULL) must(ZK_ERR_FULL);
    memset(s, 0, sizeof(*s));
    must(srs_open(&file, args[0], NULL, &scratch));
    const unsigned log_n = (unsigned)strtoul(args[2], NULL, 10);
    prng_seed(&rng, 1);
    s->srs = file.srs;
    make_circuit(&s->circuit, (unsigned)strtoul(args[1], NULL, 10), (unsigned)strtoul(args[3], NULL, 10));
    must(key_generate(&s->pk, &s->circuit.cs, log_n, &s->srs, TRANSCRIPT_KECCAK, NULL, &arena, &scratch));
    make_proof(s, log_n, &rng);
    const struct plonk_claim claim = {&s->pk.vk, s->publics, PUBLICS, s->proof, proof_len(&s->pk.vk)};
    must(plonk_verify(&ok, &claim, &scratch));
    (void)printf("%s %d", ok ? "yes" : "no", s->pk.vk.insecure);
    srs_close(&file);
}

int main(void)
{
    static const struct peer_op ops[] = {{"circuit", 4, answer_circuit}, {"contract", 2, answer_contract},
                                         {"publics", 1, answer_publics}, {"proof", 1, answer_proof},
                                         {"verify", 3, answer_verify},   {"ptau", 3, answer_ptau},
                                         {"powers", -1, answer_powers},  {"prove_with", 4, answer_prove_with}};
    must(arena_map(&arena, (size_t)4 << 30));
    must(arena_map(&scratch, (size_t)4 << 30));
    return peer_serve(ops, ZK_COUNT(ops));
}
