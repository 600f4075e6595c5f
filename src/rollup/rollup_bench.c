/* What the rules cost: execution, tree update, witness trace, sealing; and a large state: build, memory, save, restart.
 *
 *   rollup_bench [--accounts N] [bench flags]     N accounts with two balances each; default 10^6, tiny 2000 */
#include "base/bench.h"
#include "base/prng.h"
#include "rollup/block.h"
#include "rollup/replay.h"
#include "rollup/snapshot.h"
#include "rollup/state_internal.h"
#include "rollup/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        if ((call) != ZK_OK) {                                                                                         \
            (void)fprintf(stderr, "%s: %s\n", #call, zk_err_message());                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

#define BLOCKS_MAX 21

struct bench {
    struct bench_options o;
    uint32_t accounts;
    unsigned transfers; /* a block */
    unsigned blocks;
    struct pool *pool;
    struct state *s;
    struct block *b;
    struct prng rng;
    uint32_t block_no;
};

static double resident_bytes(void)
{
    long pages = 0, size = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%ld %ld", &size, &pages) != 2) pages = 0;
    if (f != NULL) (void)fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void report(const struct bench *b, const char *name, double value, const char *unit)
{
    bench_report(&b->o,
                 &(struct bench_result){.name = name, .value = value, .unit = unit, .threads = pool_threads(b->pool)});
}

static pubkey_hash key_of(uint32_t id)
{
    pubkey_hash h = {{1}};
    store_be32(h.b + 16, id);
    return h;
}

static void put_account(struct state *s, uint32_t id, struct prng *rng)
{
    static const uint32_t tokens[2] = {0, 1};
    for (unsigned k = 0; k < 2; k++) {
        struct step step;
        state_step_account(&step, s, id, tokens[k]);
        if (k == 0) prng_bytes(rng, step.after.address.b, 20);
        step.after.exists = true;
        step.after.pubkey_hash = key_of(id);
        step.balance_after = (u128)1 << 80;
        state_step_write(s, &step);
    }
}

static void bench_build(struct bench *b)
{
    struct state_config config = {.accounts = b->accounts + 1,
                                  .nfts = 1,
                                  .balance_bytes = (uint64_t)b->accounts * 64 + (1 << 20),
                                  .address_key = {7, 8}};
    double before = resident_bytes(), start = bench_now_s();
    eth_address fee = {{1}};
    MUST(state_create(&b->s, &config, &fee));
    for (uint32_t id = 1; id <= b->accounts; id++) put_account(b->s, id, &b->rng);
    report(b, "state/build/values", bench_now_s() - start, "s");
    start = bench_now_s();
    state_rebuild_leaves(b->s, b->pool);
    report(b, "state/build/trees", bench_now_s() - start, "s");
    report(b, "state/memory_an_account", (resident_bytes() - before) / b->accounts, "bytes");
}

static void make_transfer(struct bench *b, struct tx *tx, struct tx_facts *facts)
{
    uint32_t from = 1 + (uint32_t)prng_below(&b->rng, b->accounts), to = 1 + (uint32_t)prng_below(&b->rng, b->accounts);
    struct account_leaf sender, receiver;
    state_account(&sender, b->s, from);
    state_account(&receiver, b->s, to);
    *tx = (struct tx){.type = TX_TRANSFER};
    tx->transfer = (struct tx_transfer){.account_id = from,
                                        .from = sender.address,
                                        .to = receiver.address,
                                        .token = 0,
                                        .nonce = sender.nonce,
                                        .amount = 1 + prng_below(&b->rng, 1000),
                                        .fee = 10,
                                        .valid = TIME_RANGE_ALL};
    *facts = (struct tx_facts){.signers.tx = key_of(from)};
}

static int double_order(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *v, unsigned n)
{
    qsort(v, n, sizeof *v, double_order);
    return v[n / 2];
}

static double fill_block(struct bench *b, struct tx *txs, struct tx_facts *facts)
{
    const struct block_header header = {++b->block_no, 0, 1700000000 + b->block_no};
    block_begin(b->b, b->s, &header, NULL, 0);
    for (unsigned i = 0; i < b->transfers; i++) make_transfer(b, &txs[i], &facts[i]);
    double start = bench_now_s();
    unsigned taken = 0;
    for (unsigned i = 0; i < b->transfers; i++) {
        struct block_result r;
        MUST(block_put_tx(b->b, &r, &txs[i], &facts[i]));
        taken += r.answer == BLOCK_TAKEN;
    }
    double seconds = bench_now_s() - start;
    if (taken + b->transfers / 8 < b->transfers) exit(1); /* a sender met twice fails on its nonce; that is rare */
    return seconds;
}

/* Only the trees: the leaves of as many transfers, all written again. */
static double time_update(struct bench *b, struct step *steps)
{
    for (unsigned i = 0; i < 2 * b->transfers; i++) {
        state_step_account(&steps[i], b->s, 1 + (uint32_t)prng_below(&b->rng, b->accounts), 0);
        steps[i].balance_after++;
        state_step_write(b->s, &steps[i]);
    }
    double start = bench_now_s();
    MUST(state_update_trees(b->s, steps, (size_t)2 * b->transfers, b->pool));
    return bench_now_s() - start;
}

static void bench_blocks(struct bench *b)
{
    struct block_config config = block_config_default();
    MUST(block_create(&b->b, &config));
    struct tx *txs = calloc(b->transfers, sizeof *txs);
    struct tx_facts *facts = calloc(b->transfers, sizeof *facts);
    struct step *steps = calloc((size_t)2 * b->transfers, sizeof *steps);
    struct arena arena;
    MUST(arena_map(&arena, block_trace_memory(BLOCK_SLOTS_MAX, b->pool)));
    if (txs == NULL || facts == NULL || steps == NULL) exit(1);
    double exec[BLOCKS_MAX], update[BLOCKS_MAX], seal[BLOCKS_MAX], traced[BLOCKS_MAX];
    for (unsigned i = 0; i < b->blocks; i++) {
        exec[i] = fill_block(b, txs, facts);
        double start = bench_now_s();
        MUST(block_seal(b->b, b->pool, NULL, NULL));
        seal[i] = bench_now_s() - start;

        exec[i] = (exec[i] + fill_block(b, txs, facts)) / 2;
        struct block_trace *trace;
        start = bench_now_s();
        MUST(block_seal(b->b, b->pool, &arena, &trace));
        traced[i] = bench_now_s() - start;
        arena_release(&arena, 0);
        update[i] = time_update(b, steps);
    }
    report(b, "block/execute", b->transfers / median(exec, b->blocks), "tx/s");
    report(b, "block/update_trees", median(update, b->blocks), "s");
    report(b, "block/seal", median(seal, b->blocks), "s");
    report(b, "block/seal_with_trace", median(traced, b->blocks), "s");
    arena_unmap(&arena);
    free(steps);
    free(facts);
    free(txs);
}

/* The last block again, from its streams. */
static void bench_replay(struct bench *b)
{
    const struct block_sealed *sealed = block_sealed(b->b);
    struct replay *r;
    MUST(replay_create(&r));
    double times[BLOCKS_MAX];
    for (unsigned i = 0; i < b->blocks; i++) {
        double start = bench_now_s();
        MUST(replay_block(r, b->s, 0, sealed->settlement, sealed->settlement_len, sealed->delta, sealed->delta_len,
                          b->pool));
        times[i] = bench_now_s() - start;
    }
    report(b, "block/replay", (double)replay_op_count(r) / median(times, b->blocks), "op/s");
    replay_destroy(r);
}

static void bench_snapshot(struct bench *b)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/rollup_bench.%ld.state", ZK_BINARY_DIR, (long)getpid());
    fr want, got;
    state_root(&want, b->s);
    struct state_config config = b->s->config;
    double start = bench_now_s();
    MUST(state_save(b->s, path));
    report(b, "state/save", bench_now_s() - start, "s");
    state_destroy(b->s);
    start = bench_now_s();
    MUST(state_load(&b->s, &config, path, false, b->pool));
    report(b, "state/load", bench_now_s() - start, "s");
    (void)unlink(path);
    state_root(&got, b->s);
    if (!fr_eq(&want, &got)) exit(1);
}

/* Takes our own flag out of the arguments. */
static uint32_t take_accounts(int *argc, char **argv)
{
    for (int i = 1; i + 1 < *argc; i++) {
        if (strcmp(argv[i], "--accounts") != 0) continue;
        unsigned long n = strtoul(argv[i + 1], NULL, 10);
        memmove(&argv[i], &argv[i + 2], (size_t)(*argc - i - 2) * sizeof *argv);
        *argc -= 2;
        return n >= 100 && n <= ACCOUNT_ID_MAX ? (uint32_t)n : 0;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    uint32_t accounts = take_accounts(&argc, argv);
    bench_begin(&b.o, "rollup", argc, argv);
    b.accounts = accounts != 0 ? accounts : b.o.tiny ? 2000 : 1000000;
    b.transfers = b.o.tiny ? 100 : 2000;
    b.blocks = b.o.tiny ? 3 : BLOCKS_MAX;
    prng_seed(&b.rng, 1);
    MUST(pool_create(&b.pool, b.o.threads));
    bench_build(&b);
    bench_blocks(&b);
    bench_replay(&b);
    bench_snapshot(&b);
    block_destroy(b.b);
    state_destroy(b.s);
    pool_destroy(b.pool);
    return 0;
}
