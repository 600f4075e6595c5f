/* The proof system end to end: satisfied witnesses prove and verify; everything else is refused. */
#include "base/bytes.h"
#include "base/test.h"
#include "plonk/check.h"
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

static struct arena srs_arena, arena, scratch;
static struct pool *pool;
static struct srs big_srs, other_srs;
static struct setting one, two;

#define SRS_LOG_N 12

static const uint8_t srs_seeds[2][32] = {{7}, {8}};

static void begin(void)
{
    arena_release(&arena, 0);
    arena_release(&scratch, 0);
    if (pool != NULL) return;
    CHECK_OK(arena_map(&srs_arena, (size_t)16 << 20));
    CHECK_OK(arena_map(&arena, (size_t)4 << 30));
    CHECK_OK(arena_map(&scratch, (size_t)4 << 30));
    CHECK_OK(pool_create(&pool, 2));
    CHECK_OK(srs_make_insecure(&big_srs, (1 << SRS_LOG_N) + PLONK_PAD, srs_seeds[0], pool, &srs_arena, &scratch));
    CHECK_OK(srs_make_insecure(&other_srs, (1 << 6) + PLONK_PAD, srs_seeds[1], pool, &srs_arena, &scratch));
}

static uint64_t shape_seed; /* of the circuits that make_keys makes */

static void make_keys(struct setting *s, unsigned log_t, unsigned *log_n, unsigned parts, const struct srs *srs,
                      transcript_kind kind)
{
    CHECK_OK(test_circuit_init_random(&s->circuit, log_t, parts, shape_seed, &arena));
    if (*log_n < s->circuit.cs.log_table) *log_n = s->circuit.cs.log_table;
    s->srs = *srs;
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

/* Without begin(): several settings may live side by side. */
static void make(struct setting *s, unsigned log_t, unsigned log_n, unsigned parts, bool blind, struct prng *rng)
{
    struct prover_options options = {.unblinded = !blind};
    make_keys(s, log_t, &log_n, parts, &big_srs, TRANSCRIPT_KECCAK);
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
                 {6, 7, TEST_ARITH | TEST_LOOKUP},
                 {5, 6, TEST_LOOKUP | TEST_MANY},
                 {6, 6, TEST_POSEIDON},
                 {7, 8, TEST_ALL & ~TEST_MANY},
                 {8, 9, TEST_ALL},
                 {9, 9, TEST_ALL}};
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        begin();
        make(&one, cases[i].log_t, cases[i].log_n, cases[i].parts, i % 2 == 1, rng);
        CHECK_MSG(verifies(&one), "case %zu", i);
    }
}

/* Gadgets in random sequence and wiring, every gate among them, in periods and sizes of all kinds. */
static void test_proofs__of_random_circuits_verify(struct prng *rng)
{
    for (int i = 0; i < 10; i++) {
        begin();
        unsigned parts = i % 2 == 0 ? TEST_ALL : (unsigned)prng_below(rng, TEST_ALL) + 1;
        unsigned log_t = 5 + (unsigned)prng_below(rng, 5);
        unsigned log_n = log_t + (unsigned)prng_below(rng, 10 - log_t);
        shape_seed = prng_u64(rng) | 1;
        make(&one, log_t, log_n, parts, prng_below(rng, 2), rng);
        CHECK_MSG(verifies(&one), "parts %u, period 2^%u, rows 2^%u, shape %llu", parts, log_t, log_n,
                  (unsigned long long)shape_seed);
        shape_seed = 0;
    }
}

static void test_poseidon2_transcript__proves_and_verifies(struct prng *rng)
{
    struct prover_options options = {.seed = {1}};
    unsigned log_n = 6;
    begin();
    make_keys(&one, 5, &log_n, TEST_ARITH, &big_srs, TRANSCRIPT_POSEIDON2);
    CHECK_OK(test_witness(&one.circuit, &one.w, log_n, one.publics, rng, &arena));
    CHECK_OK(prove(&one, &options));
    CHECK(verifies(&one));
    one.proof[one.len / 2] ^= 1;
    CHECK(!verifies(&one));
}

/* ---- soundness in practice */

/* Is bytes [at, at + 64) of a proof a point? */
static bool is_point(const struct setting *s, size_t at)
{
    size_t points = PLONK_ADVICE + PLONK_CHUNKS;
    for (unsigned i = 0; i < AUX_MAX; i++) points += proof_has_aux(&s->circuit.cs, i);
    return at + 64 <= 64 * points || at >= s->len - 128;
}

static void negate_in_place(uint8_t *bytes, bool point)
{
    if (point) {
        g1_affine p;
        CHECK(g1_from_be64(&p, bytes));
        g1_affine_neg(&p, &p);
        g1_to_be64(bytes, &p);
    } else {
        fr x;
        CHECK(fr_from_be32(&x, bytes));
        fr_neg(&x, &x);
        fr_to_be32(bytes, &x);
    }
}

/* bytes += modulus, big-endian; false if that does not fit 32 bytes. */
static bool add_modulus(uint8_t bytes[32], const uint64_t modulus[4])
{
    unsigned carry = 0;
    for (int i = 31; i >= 0; i--) {
        int from_end = 31 - i;
        unsigned sum = bytes[i] + (unsigned)(modulus[from_end / 8] >> (8 * (from_end % 8)) & 255) + carry;
        bytes[i] = (uint8_t)sum;
        carry = sum >> 8;
    }
    return carry == 0;
}

static void expect_rejected(const struct setting *s, const uint8_t *proof, size_t at, const char *how)
{
    if (memcmp(proof, s->proof, s->len) == 0) return;
    CHECK_MSG(!verify(s, s->publics, TEST_PUBLICS, proof, s->len), "bytes %zu: %s, accepted", at, how);
}

static void test_mutations__of_every_element_are_rejected(struct prng *rng)
{
    static uint8_t bad[PROOF_LEN_MAX];
    begin();
    make(&one, 6, 7, TEST_ARITH | TEST_LOOKUP, false, rng);
    CHECK(verifies(&one));
    for (size_t at = 0; at < one.len;) {
        const bool point = is_point(&one, at);
        const size_t size = point ? 64 : 32;
        for (int how = 0; how < 6; how++) {
            static const char *const names[] = {"a bit changed",    "zero",    "negated",
                                                "plus the modulus", "swapped", "another"};
            memcpy(bad, one.proof, one.len);
            switch (how) {
            case 0: bad[at + size - 1] ^= 1; break;
            case 1: memset(bad + at, 0, size); break;
            case 2: negate_in_place(bad + at, point); break;
            case 3:
                if (!add_modulus(bad + at, point ? FQ_MODULUS.l : FR_MODULUS.l)) continue;
                break;
            case 4:
                if (at < size || is_point(&one, at - size) != point) continue;
                memcpy(bad + at, one.proof + at - size, size);
                memcpy(bad + at - size, one.proof + at, size);
                break;
            default:
                if (point)
                    g1_to_be64(bad + at, &G1_GENERATOR);
                else
                    prng_bytes(rng, bad + at + 1, 31);
            }
            expect_rejected(&one, bad, at, names[how]);
        }
        at += size;
    }
}

static void test_lengths__other_than_the_keys_are_rejected(struct prng *rng)
{
    static uint8_t longer[PROOF_LEN_MAX + 64];
    begin();
    make(&one, 5, 6, TEST_ARITH, false, rng);
    for (size_t len = 0; len < one.len; len++) CHECK(!verify(&one, one.publics, TEST_PUBLICS, one.proof, len));
    memcpy(longer, one.proof, one.len);
    for (size_t more = 1; more <= 64; more++) CHECK(!verify(&one, one.publics, TEST_PUBLICS, longer, one.len + more));
}

static void test_public_inputs__other_than_proved_are_rejected(struct prng *rng)
{
    begin();
    make(&one, 5, 6, TEST_ARITH, false, rng);
    for (uint32_t i = 0; i < TEST_PUBLICS; i++) {
        const fr edges[2] = {FR_ZERO, FR_ONE};
        for (int k = 0; k < 4; k++) {
            fr publics[TEST_PUBLICS];
            memcpy(publics, one.publics, sizeof(publics));
            if (k < 2) publics[i] = edges[k];
            if (k == 2) fr_neg(&publics[i], &publics[i]);
            if (k == 3) fr_add(&publics[i], &publics[i], &edges[1]);
            CHECK(!verify(&one, publics, TEST_PUBLICS, one.proof, one.len));
        }
        fr swapped[TEST_PUBLICS];
        memcpy(swapped, one.publics, sizeof(swapped));
        swapped[i] = one.publics[(i + 1) % TEST_PUBLICS];
        swapped[(i + 1) % TEST_PUBLICS] = one.publics[i];
        CHECK(!verify(&one, swapped, TEST_PUBLICS, one.proof, one.len));
    }
    CHECK(!verify(&one, one.publics, TEST_PUBLICS - 1, one.proof, one.len));
}

static void test_keys__of_another_circuit_size_or_srs_reject(struct prng *rng)
{
    begin();
    make(&one, 5, 6, TEST_ARITH, false, rng);
    CHECK(verifies(&one));
    unsigned log_n = 7;
    make_keys(&two, 5, &log_n, TEST_ARITH, &big_srs, TRANSCRIPT_KECCAK);
    CHECK_EQ_U64(one.len, two.len);
    CHECK(!verify(&two, one.publics, TEST_PUBLICS, one.proof, one.len));
    log_n = 6;
    make_keys(&two, 5, &log_n, TEST_ARITH, &other_srs, TRANSCRIPT_KECCAK);
    CHECK(!verify(&two, one.publics, TEST_PUBLICS, one.proof, one.len));
    make_keys(&two, 5, &log_n, TEST_ARITH, &big_srs, TRANSCRIPT_POSEIDON2);
    CHECK(!verify(&two, one.publics, TEST_PUBLICS, one.proof, one.len));
    make_keys(&two, 6, &log_n, TEST_ARITH, &big_srs, TRANSCRIPT_KECCAK); /* another period: other copies, same gates */
    CHECK(!verify(&two, one.publics, TEST_PUBLICS, one.proof, one.len));
    struct prover *p;
    CHECK_ERR(ZK_ERR_INPUT, prover_create(&p, &one.pk, &other_srs, 0, pool, &arena, &scratch));
}

static void test_wrong_witness__is_refused_or_does_not_verify(struct prng *rng)
{
    begin();
    make(&one, 6, 7, TEST_ARITH | TEST_LOOKUP, false, rng);
    size_t wrong = 0;
    for (int i = 0; i < 24; i++) {
        struct prover_options options = {.unchecked = true, .unblinded = i & 1};
        const size_t row = 64 * prng_below(rng, 2) + prng_below(rng, 18);
        fr *cell = &one.w.advice[prng_below(rng, PLONK_COPY)][row];
        const fr old = *cell;
        const fr small = FR_ONE;
        bool ok;
        if (i % 4 == 3)
            fr_add(cell, cell, &small);
        else
            fr_random(cell, rng);
        CHECK_OK(check_witness(&ok, NULL, &one.circuit.cs, &one.w, pool, &scratch));
        if (!ok) {
            CHECK_OK(prove(&one, &options));
            CHECK(!verifies(&one));
            options.unchecked = false;
            CHECK_ERR(ZK_ERR_INPUT, prove(&one, &options));
            CHECK(strstr(zk_err_message(), "row") != NULL);
            CHECK(strstr(zk_err_message(), "0x") == NULL); /* no cell's value: the witness may be secret */
            wrong++;
        }
        *cell = old;
    }
    CHECK(wrong > 4);
    fr *end = &one.publics[1];
    fr_add(end, end, end);
    struct prover_options options = {.unchecked = true};
    CHECK_OK(prove(&one, &options));
    CHECK(!verifies(&one));
}

/* ---- transcript */

#define CHALLENGES 9

static void list_challenges(fr out[CHALLENGES], const struct setting *s, const fr *publics, const struct proof *proof)
{
    struct plonk_challenges c;
    plonk_challenges(&c, &s->pk.vk, publics, TEST_PUBLICS, proof);
    memcpy(out, c.round1, 4 * sizeof(fr));
    out[4] = c.alpha;
    out[5] = c.zeta;
    out[6] = c.nu;
    out[7] = c.u;
    out[8] = c.end;
}

/* Challenges before `first` stay, those from it on change. */
static void expect_change(const fr before[CHALLENGES], const fr after[CHALLENGES], int first, const char *what)
{
    for (int i = 0; i < CHALLENGES; i++)
        CHECK_MSG(fr_eq(&before[i], &after[i]) == (i < first), "%s changed: challenge %d", what, i);
}

static void test_challenges__depend_on_everything_before_them(struct prng *rng)
{
    for (int kind = 0; kind < TRANSCRIPT_KINDS; kind++) {
        struct prover_options options = {.unblinded = true};
        unsigned log_n = 6;
        begin();
        make_keys(&one, 6, &log_n, TEST_ARITH | TEST_LOOKUP | TEST_MANY, &big_srs, (transcript_kind)kind);
        CHECK_OK(test_witness(&one.circuit, &one.w, log_n, one.publics, rng, &arena));
        CHECK_OK(prove(&one, &options));
        struct proof proof;
        fr before[CHALLENGES], after[CHALLENGES], publics[TEST_PUBLICS];
        CHECK(proof_decode(&proof, &one.pk.vk, one.proof, one.len));
        list_challenges(before, &one, one.publics, &proof);
        for (int i = 0; i < CHALLENGES; i++)
            for (int j = 0; j < i; j++) CHECK(!fr_eq(&before[i], &before[j]));
        for (int i = 0; i < TEST_PUBLICS; i++) {
            memcpy(publics, one.publics, sizeof(publics));
            fr_random(&publics[i], rng);
            list_challenges(after, &one, publics, &proof);
            expect_change(before, after, 0, "a public input");
        }
        one.pk.vk.digest[31] ^= 1;
        list_challenges(after, &one, one.publics, &proof);
        expect_change(before, after, 0, "the key's digest");
        one.pk.vk.digest[31] ^= 1;
        /* Elements in the order of the proof; the round each belongs to decides what may change. */
        for (size_t at = 0; at < one.len;) {
            static uint8_t bad[PROOF_LEN_MAX];
            struct proof changed;
            bool point = is_point(&one, at);
            memcpy(bad, one.proof, one.len);
            if (point)
                g1_to_be64(bad + at, &G1_GENERATOR);
            else
                bad[at + 31] ^= 1;
            CHECK(proof_decode(&changed, &one.pk.vk, bad, one.len));
            list_challenges(after, &one, one.publics, &changed);
            size_t index = at / 64;
            int first = 6;
            if (point) {
                size_t aux = 0;
                for (unsigned i = 0; i < AUX_MAX; i++) aux += proof_has_aux(&one.circuit.cs, i);
                first = index <= PLONK_ADVICE ? 0 : index < PLONK_ADVICE + aux ? 4 : 5;
                if (at == one.len - 128) first = 7;
                if (at == one.len - 64) first = 8;
            }
            expect_change(before, after, first, "an element of the proof");
            at += point ? 64 : 32;
        }
    }
}

/* ---- batches, determinism, sizes */

static void test_batches__hold_if_all_do(struct prng *rng)
{
    begin();
    make(&one, 5, 6, TEST_ARITH, false, rng);
    make(&two, 6, 7, TEST_ARITH | TEST_LOOKUP, true, rng);
    struct plonk_claim claims[4] = {{&one.pk.vk, one.publics, TEST_PUBLICS, one.proof, one.len},
                                    {&two.pk.vk, two.publics, TEST_PUBLICS, two.proof, two.len},
                                    {&one.pk.vk, one.publics, TEST_PUBLICS, one.proof, one.len},
                                    {&one.pk.vk, one.publics, TEST_PUBLICS, one.proof, one.len}};
    bool ok;
    for (size_t n = 0; n <= 4; n++) {
        CHECK_OK(plonk_verify_batch(&ok, claims, n, &scratch));
        CHECK(ok);
    }
    for (int i = 0; i < 4; i++) {
        uint8_t bad[PROOF_LEN_MAX];
        const uint8_t *good = claims[i].proof;
        memcpy(bad, good, claims[i].proof_len);
        g1_to_be64(bad + claims[i].proof_len - 64, &G1_GENERATOR); /* decodes, and fails only in the pairing */
        claims[i].proof = bad;
        CHECK_OK(plonk_verify_batch(&ok, claims, 4, &scratch));
        CHECK(!ok);
        claims[i].proof = good;
    }
    unsigned log_n = 6;
    make_keys(&two, 5, &log_n, TEST_ARITH, &other_srs, TRANSCRIPT_KECCAK);
    claims[1].vk = &two.pk.vk;
    CHECK_ERR(ZK_ERR_RANGE, plonk_verify_batch(&ok, claims, 4, &scratch));
    CHECK(!ok);
}

static void test_proofs__are_the_same_bytes_everywhere(struct prng *rng)
{
    static uint8_t first[PROOF_LEN_MAX];
    struct prover_options options = {.seed = {1, 2, 3}};
    begin();
    make(&one, 6, 7, TEST_ARITH | TEST_LOOKUP, false, rng);
    CHECK_OK(prove(&one, &options));
    memcpy(first, one.proof, one.len);
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        struct pool *other;
        struct prover *p;
        CHECK_OK(pool_create(&other, threads));
        for (unsigned tables = 0; tables <= 1; tables++) {
            CHECK_OK(prover_create(&p, &one.pk, &one.srs, tables, other, &arena, &scratch));
            CHECK_OK(plonk_prove(one.proof, p, &one.w, &options, &scratch));
            CHECK_EQ_BYTES(first, one.proof, one.len);
        }
        pool_destroy(other);
    }
    options.seed[0] ^= 1;
    CHECK_OK(prove(&one, &options));
    for (size_t at = 0; at + 64 <= one.len && is_point(&one, at); at += 64)
        CHECK(memcmp(first + at, one.proof + at, 64) != 0);
    CHECK(verifies(&one));
}

/* The digest of one proof: it must not depend on the kernel, and moves only when the protocol or these gates do. */
static void test_proof__is_the_pinned_one(struct prng *rng)
{
    static const char pinned[] = "bf6d90c47d75c611e19dd0a0438bf1112b846e3c7ec29490e5e02abb7b8af5a0";
    struct prng fixed;
    uint8_t digest[32];
    char hex[65];
    (void)rng;
    prng_seed(&fixed, 1);
    begin();
    make(&one, 8, 9, TEST_ALL, true, &fixed);
    keccak256(digest, one.proof, one.len);
    hex_encode(hex, digest, 32);
    CHECK_EQ_STR(pinned, hex);
}

/* What is counted does not depend on the proof being valid: this one is all infinity and zero. */
static void test_sizes__are_pinned(struct prng *rng)
{
    static const uint8_t nothing[PROOF_LEN_MAX];
    const fr publics[TEST_PUBLICS] = {FR_ZERO};
    g1_affine lhs, rhs;
    uint32_t products;
    unsigned log_n = 12;
    fr end;
    bool ok;
    (void)rng;
    begin();
    make_keys(&one, 7, &log_n, TEST_ALL & ~TEST_MANY, &big_srs, TRANSCRIPT_KECCAK);
    const struct plonk_claim claim = {&one.pk.vk, publics, TEST_PUBLICS, nothing, one.len};
    CHECK_OK(plonk_final_points(&ok, &lhs, &rhs, &products, &end, &claim, &scratch));
    CHECK(ok);
    CHECK(!verify(&one, publics, TEST_PUBLICS, nothing, one.len));
    printf("  proof %zu bytes, %u scalar multiplications, %u fixed columns\n", one.len, products,
           one.circuit.cs.n_fixed_all);
    CHECK_EQ_U64(2752, one.len);
    CHECK_EQ_U64(20, products);
}

struct progress_log {
    int calls, stop_at;
    prover_phase phase;
    double fraction;
};

static bool note_progress(void *ctx, prover_phase phase, double fraction)
{
    struct progress_log *l = ctx;
    CHECK(phase > l->phase || (phase == l->phase && fraction >= l->fraction));
    CHECK(fraction >= 0 && fraction <= 1);
    l->phase = phase;
    l->fraction = fraction;
    return ++l->calls != l->stop_at;
}

static void test_progress__is_reported_and_can_cancel(struct prng *rng)
{
    begin();
    make(&one, 5, 6, TEST_ARITH, false, rng);
    struct progress_log log = {0};
    struct prover_options options = {.progress = note_progress, .progress_ctx = &log};
    CHECK_OK(prove(&one, &options));
    CHECK_EQ_U64(PHASE_OPENING, log.phase);
    int calls = log.calls;
    CHECK(calls > 10);
    for (int stop = 1; stop <= calls; stop++) {
        log = (struct progress_log){.stop_at = stop};
        CHECK_ERR(ZK_ERR_CANCELLED, prove(&one, &options));
        CHECK_EQ_U64((uint64_t)stop, (uint64_t)log.calls);
    }
}

static void test_scratch__of_the_announced_length_suffices(struct prng *rng)
{
    struct arena exact = {0};
    struct prover_options options = {.seed = {1}};
    bool ok;
    begin();
    make(&one, 7, 9, TEST_ALL & ~TEST_MANY, false, rng);
    CHECK_OK(arena_map(&exact, prover_scratch_len(one.prover)));
    CHECK_OK(plonk_prove(one.proof, one.prover, &one.w, &options, &exact));
    CHECK_EQ_U64(0, arena_mark(&exact));
    arena_unmap(&exact);
    const struct plonk_claim claim = {&one.pk.vk, one.publics, TEST_PUBLICS, one.proof, one.len};
    CHECK_OK(arena_map(&exact, verifier_scratch_len(&one.pk.vk)));
    CHECK_OK(plonk_verify(&ok, &claim, &exact));
    CHECK(ok);
    arena_unmap(&exact);
}

static void test_srs__made_here_is_consistent_and_marked(struct prng *rng)
{
    begin();
    bool ok;
    CHECK(big_srs.insecure);
    CHECK_OK(srs_check(&ok, &big_srs, pool, &scratch));
    CHECK(ok);
    CHECK(memcmp(big_srs.id, other_srs.id, 32) != 0);
    g1_affine points[100];
    memcpy(points, big_srs.g1, sizeof(points));
    struct srs part = big_srs;
    part.g1 = points;
    part.n = 100;
    CHECK_OK(srs_check(&ok, &part, pool, &scratch));
    CHECK(ok);
    for (int i = 0; i < 100; i += 1 + (int)prng_below(rng, 20)) {
        g1_affine old = points[i];
        g1_random(&points[i], rng);
        CHECK_OK(srs_check(&ok, &part, pool, &scratch));
        CHECK(!ok);
        points[i] = old;
    }
    part.g2_tau = other_srs.g2_tau;
    CHECK_OK(srs_check(&ok, &part, pool, &scratch));
    CHECK(!ok);
}

static void test_key_generation__refuses_what_does_not_fit(struct prng *rng)
{
    struct proving_key pk;
    (void)rng;
    begin();
    CHECK_OK(test_circuit_init(&one.circuit, 6, TEST_ARITH, &arena));
    CHECK_ERR(ZK_ERR_RANGE, key_generate(&pk, &one.circuit.cs, 5, &big_srs, TRANSCRIPT_KECCAK, pool, &arena, &scratch));
    CHECK_ERR(ZK_ERR_RANGE,
              key_generate(&pk, &one.circuit.cs, 13, &big_srs, TRANSCRIPT_KECCAK, pool, &arena, &scratch));
    CHECK_OK(key_generate(&pk, &one.circuit.cs, 12, &big_srs, TRANSCRIPT_KECCAK, pool, &arena, &scratch));
}

/* Labels X s_j(X^(n/T)): over all rows a permutation of the cells' labels, that of the copies in every period. */
static void test_key_generation__with_tau_gives_the_same_keys(struct prng *rng)
{
    struct proving_key pk, by_tau;
    (void)rng;
    begin();
    for (unsigned log_n = 7; log_n <= SRS_LOG_N; log_n += 5) { /* many commitments, and one */
        CHECK_OK(test_circuit_init(&one.circuit, 6, TEST_ARITH | TEST_LOOKUP, &arena));
        const struct cs *cs = &one.circuit.cs;
        CHECK_OK(key_generate(&pk, cs, log_n, &big_srs, TRANSCRIPT_KECCAK, pool, &arena, &scratch));
        CHECK_OK(key_generate_insecure(&by_tau, cs, log_n, srs_seeds[0], TRANSCRIPT_KECCAK, pool, &arena, &scratch));
        CHECK_EQ_U64(pk.vk.n_fixed_commits, by_tau.vk.n_fixed_commits);
        CHECK_EQ_BYTES(pk.vk.digest, by_tau.vk.digest, 32);
        for (uint32_t f = 0; f < cs->n_fixed_all; f++) CHECK_EQ_BYTES(pk.fixed[f], by_tau.fixed[f], 64 * sizeof(fr));
        CHECK_OK(key_generate_insecure(&by_tau, cs, log_n, srs_seeds[1], TRANSCRIPT_KECCAK, pool, &arena, &scratch));
        CHECK(memcmp(pk.vk.digest, by_tau.vk.digest, 32) != 0);
    }
}

static void test_labels__are_the_permutation_in_every_period(struct prng *rng)
{
    enum { LOG_N = 7, N = 128, T = 32 };
    static fr identity[N][PLONK_COPY];
    (void)rng;
    begin();
    unsigned log_n = LOG_N;
    make_keys(&one, 5, &log_n, TEST_ARITH, &big_srs, TRANSCRIPT_KECCAK);
    fr omega, x = FR_ONE;
    fr_root_of_unity(&omega, LOG_N);
    for (int i = 0; i < N; i++) {
        for (unsigned j = 0; j < PLONK_COPY; j++) {
            cs_coset_label(&identity[i][j], j);
            fr_mul(&identity[i][j], &identity[i][j], &x);
        }
        fr_mul(&x, &x, &omega);
    }
    x = FR_ONE;
    for (uint32_t i = 0; i < N; i++) {
        for (uint32_t j = 0; j < PLONK_COPY; j++) {
            fr sigma;
            fr_mul(&sigma, &x, &one.pk.labels[j][i % T]);
            uint32_t to = one.circuit.cs.copy_next[(i % T) * PLONK_COPY + j];
            CHECK(fr_eq(&sigma, &identity[i / T * T + to / PLONK_COPY][to % PLONK_COPY]));
        }
        fr_mul(&x, &x, &omega);
    }
    for (int a = 0; a < N * PLONK_COPY; a++)
        for (int b = 0; b < a; b++) CHECK(!fr_eq(&identity[0][0] + a, &identity[0][0] + b));
}

TEST_MAIN(TEST(test_proofs__of_satisfied_witnesses_verify), TEST(test_proofs__of_random_circuits_verify),
          TEST(test_poseidon2_transcript__proves_and_verifies), TEST(test_mutations__of_every_element_are_rejected),
          TEST(test_lengths__other_than_the_keys_are_rejected),
          TEST(test_public_inputs__other_than_proved_are_rejected),
          TEST(test_keys__of_another_circuit_size_or_srs_reject),
          TEST(test_wrong_witness__is_refused_or_does_not_verify),
          TEST(test_challenges__depend_on_everything_before_them), TEST(test_batches__hold_if_all_do),
          TEST(test_proofs__are_the_same_bytes_everywhere), TEST(test_proof__is_the_pinned_one),
          TEST(test_sizes__are_pinned), TEST(test_progress__is_reported_and_can_cancel),
          TEST(test_scratch__of_the_announced_length_suffices), TEST(test_srs__made_here_is_consistent_and_marked),
          TEST(test_key_generation__refuses_what_does_not_fit), TEST(test_key_generation__with_tau_gives_the_same_keys),
          TEST(test_labels__are_the_permutation_in_every_period))
