/* Blocks full of signed transfers, proved: transfers a second at each capacity, the phases, and peak memory.
 *
 *   circuit_bench [--slots 40|160|640|2560] [bench flags]     default 40; tiny: the circuit and a witness, no proof */
#include "base/bench.h"
#include "circuit/world.h"
#include "plonk/prover.h"
#include "plonk/verifier.h"

#include <sys/resource.h>

struct run {
    struct bench_options o;
    unsigned slots;
    struct pool *pool;
    struct world world;
    struct block_circuit circuit;
    struct arena home, scratch;
    struct block_hints hints;
    struct witness witness;
    unsigned transfers;
    double witness_s;
};

static void report(const struct run *r, const char *name, double value, const char *unit)
{
    char full[96];
    (void)snprintf(full, sizeof full, "circuit/%u/%s", r->slots, name);
    bench_report(&r->o,
                 &(struct bench_result){.name = full, .value = value, .unit = unit, .threads = pool_threads(r->pool)});
}

static double peak_bytes(void)
{
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss * 1024;
}

/* Seconds of processor time so far: what a busy machine does not blur. */
static double cpu_s(void)
{
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* One slot less than the capacity: the fees of one class take one. */
static const struct block_trace *full_block(struct run *r)
{
    const struct fee_class class = {0, 1};
    world_create(&r->world, r->slots);
    world_fund(&r->world, 4);
    world_begin(&r->world, &class, 1);
    r->transfers = r->slots - 1;
    for (unsigned i = 0; i < r->transfers; i++) {
        const unsigned from = 1 + i % 4;
        if (!world_transfer(&r->world, from, &r->world.users[1 + (i + 1 + i / 4 % 3) % 4].address, 0, 1 + i % 7, 1)) {
            (void)fprintf(stderr, "transfer %u refused: %s\n", i, fail_reason_str(r->world.reason));
            exit(1);
        }
    }
    return world_seal(&r->world);
}

static void make_witness(struct run *r)
{
    WORLD_MUST(arena_map(&r->home, (size_t)40 << 30));
    double start = bench_now_s();
    WORLD_MUST(block_circuit_init(&r->circuit, &r->home));
    report(r, "shape", bench_now_s() - start, "s");
    const struct block_trace *trace = full_block(r);
    start = bench_now_s();
    WORLD_MUST(block_hints_make(&r->hints, trace, r->pool, &r->home));
    const double hints_s = bench_now_s() - start;
    report(r, "witness/hints", hints_s, "s");
    start = bench_now_s();
    WORLD_MUST(block_witness_make(&r->witness, &r->circuit, &r->hints, r->pool, &r->home));
    r->witness_s = bench_now_s() - start;
    report(r, "witness/cells", r->witness_s, "s");
    r->witness_s += hints_s;
    WORLD_MUST(arena_map(&r->scratch, (size_t)40 << 30));
    bool ok;
    char text[2304];
    start = bench_now_s();
    WORLD_MUST(block_witness_check(&ok, text, &r->circuit, &r->witness, r->pool, &r->scratch));
    report(r, "witness/check", bench_now_s() - start, "s");
    if (!ok) {
        (void)fprintf(stderr, "%s\n", text);
        exit(1);
    }
}

static void prove(struct run *r)
{
    const unsigned log_n = r->hints.log_n;
    static const uint8_t seed[32] = {1};
    struct srs srs;
    struct proving_key pk;
    struct prover *prover;
    double start = bench_now_s();
    WORLD_MUST(srs_make_insecure(&srs, ((size_t)1 << log_n) + PLONK_PAD, seed, r->pool, &r->home, &r->scratch));
    report(r, "srs", bench_now_s() - start, "s");
    start = bench_now_s();
    WORLD_MUST(key_generate(&pk, &r->circuit.cs, log_n, &srs, TRANSCRIPT_KECCAK, r->pool, &r->home, &r->scratch));
    report(r, "keys", bench_now_s() - start, "s");
    WORLD_MUST(prover_create(&prover, &pk, &srs, log_n <= 20 ? 1 : 0, r->pool, &r->home, &r->scratch));
    const struct prover_options options = {.unblinded = true, .unchecked = true};
    static uint8_t proof[PROOF_LEN_MAX];
    const double cpu = cpu_s();
    start = bench_now_s();
    WORLD_MUST(plonk_prove(proof, prover, &r->witness, &options, &r->scratch));
    const double seconds = bench_now_s() - start;
    const struct prover_times *times = prover_times(prover);
    for (unsigned p = 0; p < PHASE_COUNT; p++) report(r, prover_phase_str((prover_phase)p), times->phase[p], "s");
    report(r, "prove", seconds, "s");
    report(r, "prove/processor_time", cpu_s() - cpu, "s");
    report(r, "transfers", r->transfers / seconds, "1/s");
    report(r, "transfers_with_witness", r->transfers / (seconds + r->witness_s), "1/s");
    report(r, "proof", (double)proof_len(&pk.vk), "bytes");
    const struct plonk_claim claim = {&pk.vk, r->witness.publics, BLOCK_PUBLICS, proof, proof_len(&pk.vk)};
    bool ok;
    start = bench_now_s();
    WORLD_MUST(plonk_verify(&ok, &claim, &r->scratch));
    report(r, "verify", bench_now_s() - start, "s");
    if (!ok) {
        (void)fprintf(stderr, "the proof does not verify\n");
        exit(1);
    }
}

/* Takes our own flag out of the arguments. */
static unsigned take_slots(int *argc, char **argv)
{
    for (int i = 1; i + 1 < *argc; i++) {
        if (strcmp(argv[i], "--slots") != 0) continue;
        unsigned long n = strtoul(argv[i + 1], NULL, 10);
        memmove(&argv[i], &argv[i + 2], (size_t)(*argc - i - 2) * sizeof *argv);
        *argc -= 2;
        for (unsigned k = 0; k < BLOCK_CAPACITIES; k++)
            if (block_capacities[k] == n) return (unsigned)n;
    }
    return block_capacities[0];
}

int main(int argc, char **argv)
{
    static struct run r;
    r.slots = take_slots(&argc, argv);
    bench_begin(&r.o, "circuit", argc, argv);
    WORLD_MUST(pool_create(&r.pool, r.o.threads));
    make_witness(&r);
    if (!r.o.tiny) prove(&r);
    report(&r, "peak_memory", peak_bytes(), "bytes");
    world_destroy(&r.world);
    pool_destroy(r.pool);
    return 0;
}
