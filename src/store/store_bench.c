/* What a transfer costs in the store: accepting it, reading it for execution, writing what it did, sealing its block;
 * in groups as the node makes them at 3,500 transfers a second. ZK_BENCH_DB: sqlite or postgres alone, not both.
 * ZK_BENCH_ACCOUNTS: how many accounts there are. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bench.h"
#include "base/prng.h"
#include "store/databases_test.h"
#include "store/store_blocks.h"

#define GROUP  175 /* a mini-block: 50 ms at 3,500 a second */
#define ROUNDS 14  /* mini-blocks in a block of 2,450 */

/* Time that passes, and of it what this process computes: the difference waits for disk, server and others. */
struct span {
    double wall_s, cpu_s;
};

static double cpu_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void span_begin(struct span *s)
{
    s->wall_s -= bench_now_s();
    s->cpu_s -= cpu_s();
}

static void span_end(struct span *s)
{
    s->wall_s += bench_now_s();
    s->cpu_s += cpu_s();
}

struct bench {
    struct store *store;     /* the sequencer's */
    struct store *admission; /* another's: each has its own in the node */
    struct prng rng;
    uint32_t accounts;
    uint32_t number;
    uint64_t seen;
    fr root;
    struct store_queued_tx queued[STORE_BATCH_MAX];
    uint32_t *nonces;
    size_t n_queued;
    struct span accept, read, execute, seal, head;
};

static void must(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "store_bench: %s\n", zk_err_message());
    exit(1);
}

static eth_address address_of(uint32_t id)
{
    eth_address a = {{0}};
    struct prng rng;
    prng_seed(&rng, id + UINT64_C(77));
    prng_bytes(&rng, a.b, sizeof a.b);
    return a;
}

static struct store_account_change change_of(const struct bench *b, uint32_t id, struct token_balance *balance)
{
    *balance = (struct token_balance){0, 1000000000 + b->nonces[id]};
    return (struct store_account_change){
        .id = id,
        .leaf = {.address = address_of(id), .pubkey_hash = {{1}}, .nonce = b->nonces[id], .exists = true},
        .balances = balance,
        .n_balances = 1};
}

static void write_mini(struct bench *b, uint32_t first, const struct store_entry *entries, size_t n,
                       const struct store_account_change *accounts, size_t n_accounts)
{
    struct store_mini_block m = {.block = b->number,
                                 .timestamp = b->number,
                                 .first_index = first,
                                 .entries = entries,
                                 .n_entries = n,
                                 .accounts = accounts,
                                 .n_accounts = n_accounts,
                                 .now = 1};
    must(store_execute(b->store, &m));
}

static void seal(struct bench *b, uint32_t entries)
{
    static uint8_t delta[12 * 2560];
    prng_bytes(&b->rng, delta, sizeof delta);
    struct block_sealed block = {.header = {b->number, 0, b->number},
                                 .old_root = b->root,
                                 .new_root = b->root,
                                 .capacity = 2560,
                                 .used = 2560,
                                 .delta = delta,
                                 .delta_len = sizeof delta};
    struct store_seal s = {.block = &block, .entries = entries, .now = 1};
    must(store_seal(b->store, &s));
    b->number++;
}

static void fill(struct bench *b)
{
    enum { CHUNK = 10000 };
    struct store_account_change *changes = calloc(CHUNK, sizeof *changes);
    struct token_balance *balances = calloc(CHUNK, sizeof *balances);
    if (changes == NULL || balances == NULL) exit(1);
    for (uint32_t id = 0; id < b->accounts;) {
        size_t n = 0;
        for (; n < CHUNK && id < b->accounts; n++, id++) changes[n] = change_of(b, id, &balances[n]);
        write_mini(b, 0, NULL, 0, changes, n);
    }
    seal(b, 0);
    free(changes);
    free(balances);
}

static void accept_group(struct bench *b)
{
    static struct tx txs[GROUP];
    static struct store_new_tx news[GROUP];
    static struct store_submission subs[GROUP];
    static uint8_t sig[65];
    for (size_t i = 0; i < GROUP; i++) {
        uint32_t from = (uint32_t)prng_below(&b->rng, b->accounts), to = (uint32_t)prng_below(&b->rng, b->accounts);
        txs[i] = (struct tx){.type = TX_TRANSFER};
        prng_bytes(&b->rng, &txs[i].signature, sizeof txs[i].signature);
        txs[i].transfer = (struct tx_transfer){from, address_of(from), address_of(to), 0, b->nonces[from]++, 1000,
                                               10,   {0, UINT32_MAX}};
        news[i] = (struct store_new_tx){.tx = &txs[i], .sig_kind = STORE_ETH_SIG_ECDSA, .sig = sig, .sig_len = 65};
        must(tx_hash(&news[i].hash, &txs[i]));
        subs[i] = (struct store_submission){.txs = &news[i], .n = 1};
    }
    span_begin(&b->accept);
    must(store_accept(b->admission, subs, GROUP, 1));
    span_end(&b->accept);
}

static void read_group(struct bench *b)
{
    span_begin(&b->read);
    must(store_txs_queued(b->store, b->queued, &b->n_queued, STORE_BATCH_MAX, b->seen));
    span_end(&b->read);
    b->seen = b->queued[b->n_queued - 1].id;
}

static int compare_ids(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void execute_group(struct bench *b, uint32_t first)
{
    static struct store_entry entries[STORE_BATCH_MAX];
    static struct store_account_change changes[2 * STORE_BATCH_MAX];
    static struct token_balance balances[2 * STORE_BATCH_MAX];
    static const struct op op = {.kind = OP_TRANSFER};
    uint32_t ids[2 * STORE_BATCH_MAX];
    size_t n_ids = 0, n = 0;
    for (size_t i = 0; i < b->n_queued; i++) {
        entries[i] = (struct store_entry){.id = b->queued[i].id, .op = &op};
        store_parties_of_tx(&entries[i].parties, &b->queued[i].tx, NULL);
        ids[n_ids++] = b->queued[i].tx.transfer.account_id;
        ids[n_ids++] = (uint32_t)prng_below(&b->rng, b->accounts);
    }
    qsort(ids, n_ids, sizeof *ids, compare_ids);
    for (size_t i = 0; i < n_ids; i++) {
        if (i > 0 && ids[i] == ids[i - 1]) continue;
        changes[n] = change_of(b, ids[i], &balances[n]);
        n++;
    }
    span_begin(&b->execute);
    write_mini(b, first, entries, b->n_queued, changes, n);
    span_end(&b->execute);
}

static void one_block(struct bench *b)
{
    uint32_t entries = 0;
    for (int i = 0; i < ROUNDS; i++) {
        accept_group(b);
        read_group(b);
        execute_group(b, entries);
        entries += (uint32_t)b->n_queued;
        struct store_account_head head;
        bool found;
        span_begin(&b->head);
        for (uint32_t k = 0; k < GROUP; k++)
            must(store_account_head_by_id(b->admission, &head, &found, (uint32_t)prng_below(&b->rng, b->accounts)));
        span_end(&b->head);
    }
    span_begin(&b->seal);
    seal(b, entries);
    struct store_l1_result done = {.at = 1};
    must(store_blocks_confirm(b->store, 7, 1, b->number - 1, &done));
    span_end(&b->seal);
}

static const char *kind; /* of database */

static void report_one(const struct bench_options *o, const char *name, const char *what, uint32_t accounts, double s,
                       size_t n)
{
    char full[96];
    (void)snprintf(full, sizeof full, "%s, %u accounts: %s%s", kind, accounts, name, what);
    bench_report(o, &(struct bench_result){.name = full, .value = 1e9 * s / (double)n, .unit = "ns", .threads = 1});
}

static void report(const struct bench_options *o, const char *name, uint32_t accounts, const struct span *s, size_t n)
{
    report_one(o, name, "", accounts, s->wall_s, n);
    report_one(o, name, ", computing", accounts, s->cpu_s, n);
}

static void run(const struct bench_options *o, bool postgres, uint32_t accounts, unsigned blocks)
{
    static struct bench b;
    char url[256];
    kind = postgres ? "PostgreSQL" : "SQLite";
    if (postgres)
        db_new_postgres(url);
    else
        db_new_sqlite(url);
    b = (struct bench){.accounts = accounts, .number = 1};
    prng_seed(&b.rng, 1);
    b.nonces = calloc(accounts, sizeof *b.nonces);
    if (b.nonces == NULL) exit(1);
    must(store_open(&b.store, url, &(struct store_options){.create = true}));
    must(store_open(&b.admission, url, &(struct store_options){.create = false}));
    eth_address fee = address_of(0);
    must(store_genesis(b.store, &fee, &b.root, 1));
    fill(&b);
    one_block(&b);
    b.accept = b.read = b.execute = b.seal = b.head = (struct span){0, 0};
    for (unsigned i = 0; i < blocks; i++) one_block(&b);
    size_t n = (size_t)blocks * GROUP * ROUNDS;
    struct span all = {b.accept.wall_s + b.read.wall_s + b.execute.wall_s + b.seal.wall_s,
                       b.accept.cpu_s + b.read.cpu_s + b.execute.cpu_s + b.seal.cpu_s};
    report(o, "accept", accounts, &b.accept, n);
    report(o, "read queued", accounts, &b.read, n);
    report(o, "execute", accounts, &b.execute, n);
    report(o, "seal and confirm", accounts, &b.seal, n);
    report(o, "a transfer", accounts, &all, n);
    report(o, "look up an account", accounts, &b.head, n);
    store_close(b.store);
    store_close(b.admission);
    free(b.nonces);
}

int main(int argc, char **argv)
{
    struct bench_options o;
    bench_begin(&o, "store", argc, argv);
    const char *accounts = getenv("ZK_BENCH_ACCOUNTS");
    static const uint32_t sizes[] = {1000, 1000000};
    const char *only = getenv("ZK_BENCH_DB");
    int first = only != NULL && strcmp(only, "postgres") == 0;
    int last = !o.tiny && (only == NULL || first == 1);
    if (!o.tiny && last == 1) db_server_create(true);
    for (int postgres = first; postgres <= last; postgres++) {
        if (o.tiny)
            run(&o, postgres, 500, 1);
        else if (accounts != NULL)
            run(&o, postgres, (uint32_t)strtoul(accounts, NULL, 10), 20);
        for (size_t i = 0; i < ZK_COUNT(sizes) && !o.tiny && accounts == NULL; i++) run(&o, postgres, sizes[i], 20);
    }
    return 0;
}
