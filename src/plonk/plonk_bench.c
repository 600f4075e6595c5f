/* Chains of Poseidon2 permutations, 12 rows each, over all rows: prove time with its phases, memory, proof size, verify
 * time, permutations a second, and the time against a floor: the same number of multi-scalar multiplications,
 * transforms and field products at the rates measured in the same run. Sizes that would not fit the free memory are
 * left out. */
#include "base/bench.h"
#include "base/prng.h"
#include "curve/msm.h"
#include "hash/poseidon2.h"
#include "plonk/expr_program.h"
#include "plonk/gate_poseidon2.h"
#include "plonk/prover.h"
#include "plonk/verifier.h"
#include "poly/ntt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct chain {
    struct cs cs;
    struct poseidon2_gates gates;
    gate_id start, hand_over;
    uint32_t permutations; /* a period */
    fr (*states)[4];       /* where each period starts */
    struct witness w;
};

static void must(zk_err err, const char *what)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "%s: %s: %s\n", what, zk_err_str(err), zk_err_message());
    exit(1);
}

static void place(struct builder *b, const struct chain *c, const fr in[4])
{
    wire state[4];
    uint32_t row = builder_rows(b, 1);
    for (unsigned j = 0; j < 4; j++) state[j] = builder_put(b, row, j, &in[j]);
    for (uint32_t i = 0; i < c->permutations; i++) poseidon2_place(b, &c->gates, state, state);
    if (builder_rows_left(b) > 1) (void)builder_rows(b, builder_rows_left(b) - 1);
    row = builder_rows(b, 1);
    for (unsigned j = 0; j < 4; j++) (void)builder_copy(b, row, j, state[j]);
    builder_gate(b, c->hand_over, row);
}

static void make_circuit(struct chain *c, unsigned log_t, struct arena *arena)
{
    const struct cs_config config = {.log_t = log_t, .n_public = 4};
    struct builder b;
    struct cs *cs = &c->cs;
    const fr zeros[4] = {FR_ZERO};
    must(cs_init(cs, &config, arena), "circuit");
    poseidon2_gates_add(&c->gates, cs);
    c->start = cs_gate(cs, "start", GATE_FIRST);
    c->hand_over = cs_gate(cs, "hand_over", GATE_ROWS_NOT_LAST);
    for (unsigned j = 0; j < 4; j++) {
        cs_require(cs, c->start, "state", expr_sub(&cs->graph, cs_cell(cs, j, 0), cs_public(cs, j)));
        cs_require(cs, c->hand_over, "state", expr_sub(&cs->graph, cs_cell(cs, j, 1), cs_cell(cs, j, 0)));
    }
    c->permutations = ((1u << log_t) - 2) / POSEIDON2_ROWS;
    builder_shape(&b, cs, NULL);
    place(&b, c, zeros);
    must(cs_seal(cs), "circuit");
}

static void fill_periods(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct chain *c = ctx;
    (void)worker;
    for (size_t p = begin; p < end; p++) {
        struct builder b;
        builder_witness(&b, &c->cs, (uint32_t)p, c->w.advice);
        place(&b, c, c->states[p]);
    }
}

static void make_witness(struct chain *c, unsigned log_n, struct pool *pool, struct arena *arena)
{
    static fr publics[4];
    const size_t periods = ((size_t)1 << log_n) / c->cs.period;
    fr state[4];
    for (uint64_t j = 0; j < 4; j++) fr_from_u64(&publics[j], j + 1);
    memcpy(state, publics, sizeof(state));
    c->states = arena_push_bytes(arena, periods, sizeof(*c->states));
    if (c->states == NULL) must(ZK_ERR_FULL, "witness");
    for (size_t p = 0; p < periods; p++) {
        memcpy(c->states[p], state, sizeof(state));
        for (uint32_t i = 0; i < c->permutations; i++) poseidon2_permute(state);
    }
    must(witness_init(&c->w, log_n, publics, 4, arena), "witness");
    pool_for_range(pool, periods, 1, fill_periods, c);
}

/* ---- the floor */

struct rates {
    double product_s;    /* one field product, one thread */
    double msm_s, ntt_s; /* of this size, all threads */
};

static void measure_rates(struct rates *r, const struct srs *srs, unsigned log_n, unsigned tables, struct pool *pool,
                          struct arena *arena, struct arena *scratch)
{
    enum { LEN = 4096 };
    const size_t n = (size_t)1 << log_n;
    size_t mark = arena_mark(scratch);
    fr *x = arena_push(scratch, fr, n);
    struct ntt_domain *domain;
    struct msm_basis *basis;
    g1_jac sum;
    struct prng rng;
    if (x == NULL) must(ZK_ERR_FULL, "rates");
    prng_seed(&rng, 1);
    for (size_t i = 0; i < n; i++) fr_random(&x[i], &rng);
    double start = bench_now_s();
    size_t rounds = 0;
    for (; bench_now_s() - start < 0.05; rounds++) fr_kernels()->mul(x, x, x, n < LEN ? n : LEN);
    r->product_s = (bench_now_s() - start) / ((double)rounds * (double)(n < LEN ? n : LEN));
    must(ntt_domain_create(&domain, log_n, pool, arena), "rates");
    start = bench_now_s();
    must(ntt_forward(domain, &x, 1, pool, scratch), "rates");
    r->ntt_s = bench_now_s() - start;
    if (tables > 0) must(msm_basis_create(&basis, srs->g1, n, tables, pool, arena, scratch), "rates");
    start = bench_now_s();
    if (tables > 0)
        must(g1_msm_fixed(&sum, basis, x, n, pool, scratch), "rates");
    else
        must(g1_msm(&sum, srs->g1, x, n, pool, scratch), "rates");
    r->msm_s = bench_now_s() - start;
    arena_release(scratch, mark);
}

static double floor_s(const struct rates *r, const struct chain *c, unsigned log_n, unsigned threads,
                      struct arena *arena)
{
    struct program *p;
    uint32_t products, reductions;
    must(program_compile(&p, &c->cs.graph, &c->cs.identity, 1, arena), "floor");
    program_cost(p, &products, &reductions);
    const double msms = PLONK_ADVICE + 1 + PLONK_CHUNKS + 2;
    const double ntts = PLONK_ADVICE + 1 + PLONK_CHUNKS * (PLONK_ADVICE + 2);
    const double rows = (double)((size_t)1 << log_n) * PLONK_CHUNKS;
    return msms * r->msm_s + ntts * r->ntt_s + rows * products * r->product_s / threads;
}

/* ---- one size */

static void report(const struct bench_options *o, unsigned log_n, unsigned threads, const char *what, double value,
                   const char *unit)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "plonk_2^%u_%s", log_n, what);
    const struct bench_result r = {.name = name, .value = value, .unit = unit, .threads = threads};
    bench_report(o, &r);
}

static void bench_size(const struct bench_options *o, unsigned log_t, unsigned log_n, unsigned tables,
                       struct pool *pool)
{
    static const uint8_t seed[32] = {1};
    static struct chain c;
    static struct proving_key pk;
    const unsigned threads = pool_threads(pool);
    const size_t n = (size_t)1 << log_n;
    struct arena arena = {0};
    struct arena scratch = {0};
    struct srs srs;
    struct prover *prover;
    must(arena_map(&arena, (size_t)64 << 30), "memory");
    must(arena_map(&scratch, (size_t)64 << 30), "memory");
    double start = bench_now_s();
    must(srs_make_insecure(&srs, n + PLONK_PAD, seed, pool, &arena, &scratch), "srs");
    report(o, log_n, threads, "srs", bench_now_s() - start, "s");
    make_circuit(&c, log_t, &arena);
    start = bench_now_s();
    must(key_generate(&pk, &c.cs, log_n, &srs, TRANSCRIPT_KECCAK, pool, &arena, &scratch), "key");
    report(o, log_n, threads, "keygen", bench_now_s() - start, "s");
    start = bench_now_s();
    make_witness(&c, log_n, pool, &arena);
    report(o, log_n, threads, "witness", bench_now_s() - start, "s");
    must(prover_create(&prover, &pk, &srs, tables, pool, &arena, &scratch), "prover");
    uint8_t *proof = arena_push(&arena, uint8_t, PROOF_LEN_MAX);
    if (proof == NULL) must(ZK_ERR_FULL, "proof");
    const struct prover_options options = {.unchecked = true, .unblinded = true};
    const int repeats = log_n >= 20 || o->tiny ? 1 : 3;
    double best = 1e9;
    struct prover_times times = {{0}, 0, 0, 0};
    scratch.peak = 0;
    for (int i = 0; i < repeats; i++) {
        start = bench_now_s();
        must(plonk_prove(proof, prover, &c.w, &options, &scratch), "prove");
        double s = bench_now_s() - start;
        if (s >= best) continue;
        best = s;
        times = *prover_times(prover);
    }
    const size_t memory = arena.used + scratch.peak;
    report(o, log_n, threads, "prove", best, "s");
    for (int phase = PHASE_ADVICE; phase < PHASE_COUNT; phase++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "phase_%s", prover_phase_str((prover_phase)phase));
        report(o, log_n, threads, name, times.phase[phase], "s");
    }
    report(o, log_n, threads, "commitments", times.commit, "s");
    report(o, log_n, threads, "transforms", times.ntt, "s");
    report(o, log_n, threads, "evaluations", times.evaluate, "s");
    report(o, log_n, threads, "memory", (double)memory, "bytes");
    report(o, log_n, threads, "proof_len", (double)proof_len(&pk.vk), "bytes");
    const struct plonk_claim claim = {&pk.vk, c.w.publics, c.w.n_public, proof, proof_len(&pk.vk)};
    bool ok;
    start = bench_now_s();
    must(plonk_verify(&ok, &claim, &scratch), "verify");
    report(o, log_n, threads, "verify", bench_now_s() - start, "s");
    if (!ok) must(ZK_ERR_CORRUPT, "the proof does not verify");
    const size_t permutations = n / c.cs.period * c.permutations;
    report(o, log_n, threads, "permutations", (double)permutations / best, "1/s");
    struct rates rates;
    measure_rates(&rates, &srs, log_n, tables, pool, &arena, &scratch);
    const double floor = floor_s(&rates, &c, log_n, threads, &arena);
    report(o, log_n, threads, "floor", floor, "s");
    report(o, log_n, threads, "over_floor", best / floor, "x");
    arena_unmap(&arena);
    arena_unmap(&scratch);
}

/* About 1,300 bytes a row. */
static bool fits(unsigned log_n)
{
    const double free_bytes = (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    return (double)((size_t)1 << log_n) * 1900 < free_bytes;
}

int main(int argc, char **argv)
{
    struct bench_options o;
    struct pool *pool;
    bench_begin(&o, "plonk: chains of Poseidon2 permutations", argc, argv);
    must(pool_create(&pool, o.threads), "threads");
    if (o.tiny) bench_size(&o, 8, 9, 0, pool);
    const char *only = getenv("ZK_BENCH_LOG_N"); /* one size alone */
    const unsigned first = only != NULL ? (unsigned)strtoul(only, NULL, 10) : 14;
    const unsigned last = only != NULL ? first : 22;
    for (unsigned log_n = first; log_n <= last && !o.tiny; log_n += 2) {
        if (!fits(log_n)) {
            (void)printf("2^%u rows: not enough free memory\n", log_n);
            continue;
        }
        bench_size(&o, 12, log_n, 1, pool);
    }
    pool_destroy(pool);
    return 0;
}
