#include "cli/args.h"
#include "cli/l1.h"
#include "cli/restore.h"
#include "cli/restore_store.h"
#include "base/bytes.h"
#include "ethereum/eth_tx.h"
#include "node/config.h"
#include "node/l1_link.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DIR_DEFAULT        "zkroll-restore"
#define CONFIRMATIONS      12 /* restore waits longer than a wallet: what it read must not be taken back */
#define CHECKPOINT_SECONDS 30
#define SHOW_SECONDS       1
#define FOLLOW_MS          2000
#define FOLLOW_FAST_MS     200
#define FOLLOW_RETRY_MS    2000

static struct restore *running; /* for the signal handler */

static void on_signal(int signal)
{
    (void)signal;
    if (running != NULL) restore_cancel(running);
}

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- progress */

struct meter {
    const struct args *a;
    double start, shown, saved;
    double done_at_start; /* share of the work that a run before did */
    bool terminal;
};

/* How much of the work is done, 0 .. 1: reading L1 counts a tenth, replaying the rest. */
static double share(const struct restore_progress *p)
{
    double span = (double)(p->head > p->first_block ? p->head - p->first_block + 1 : 1);
    double read = (double)(p->next_block - p->first_block) / span;
    double replayed = p->executed > 0 ? (double)p->replayed / p->executed : 1;
    double done = 0.1 * (read > 1 ? 1 : read) + 0.9 * replayed;
    return done > 1 ? 1 : done;
}

static void show(struct meter *m, const struct restore *r, bool last)
{
    struct restore_progress p;
    double now = now_s();
    if (args_has(m->a, ARG_QUIET) || (!last && now - m->shown < (m->terminal ? 0.2 : 5 * SHOW_SECONDS))) return;
    m->shown = now;
    restore_progress_get(&p, r);
    double done = share(&p);
    double seconds = now - m->start;
    double gained = done - m->done_at_start;
    char left[48] = "";
    if (!last && gained > 0.005 && done < 1)
        (void)snprintf(left, sizeof left, ", about %.0f s left", seconds * (1 - done) / gained);
    (void)fprintf(stderr, "%sL1 block %llu of %llu; block %u of %u; %llu operations, %.0f/s%s%s",
                  m->terminal ? "\r" : "", (unsigned long long)(p.next_block > 0 ? p.next_block - 1 : 0),
                  (unsigned long long)p.head, p.replayed, p.executed, (unsigned long long)p.ops,
                  seconds > 0 ? (double)p.ops_here / seconds : 0, left, m->terminal ? "\033[K" : "\n");
    if (m->terminal && last) (void)fputc('\n', stderr);
    (void)fflush(stderr);
}

/* ---- running */

static void pause_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* Steps until there is nothing more and the contract agrees. */
static zk_err catch_up(struct restore *r, struct meter *m, bool fast_chain)
{
    bool behind = true;
    while (behind) {
        bool idle;
        ZK_TRY(restore_step(r, &idle));
        show(m, r, false);
        if (now_s() - m->saved > CHECKPOINT_SECONDS) {
            ZK_TRY(restore_checkpoint(r));
            m->saved = now_s();
        }
        if (!idle) continue;
        ZK_TRY(restore_confirm(r, &behind));
        if (behind) pause_ms(fast_chain ? FOLLOW_FAST_MS : FOLLOW_MS); /* for confirmations, or a lagging node */
    }
    ZK_TRY(restore_checkpoint(r));
    m->saved = now_s();
    return ZK_OK;
}

static void print_result(const struct args *a, const struct restore *r)
{
    const struct restore_cursor *c = restore_cursor_of(r);
    char path[FILE_PATH_MAX];
    char root[65];
    char contract[43];
    struct restore_progress p;
    restore_progress_get(&p, r);
    restore_state_path(path, r);
    hex_encode(root, c->last.state_root, 32);
    eth_address_str(contract, c->contract);
    if (args_has(a, ARG_JSON))
        printf("{\"block\":%u,\"root\":\"0x%s\",\"operations\":%llu,\"waitingRequests\":%zu,\"exodus\":%s,"
               "\"contract\":\"%s\",\"snapshot\":\"%s\",\"reorganizations\":%u}\n",
               c->last.number, root, (unsigned long long)c->ops, c->n_requests, c->exodus ? "true" : "false", contract,
               path, p.rewinds);
    else
        printf("block %u, root 0x%s\nstate in %s\n", c->last.number, root, path);
    (void)fflush(stdout);
}

/* Following goes on for months: an L1 node that does not answer for a while is no reason to end. */
static zk_err catch_up_patiently(struct restore *r, struct meter *m, bool fast_chain)
{
    for (;;) {
        zk_err err = catch_up(r, m, fast_chain);
        if (err != ZK_ERR_IO || !args_has(m->a, ARG_FOLLOW)) return err;
        if (!args_has(m->a, ARG_QUIET))
            (void)fprintf(stderr, "%s%s; trying again\n", m->terminal ? "\r\033[K" : "", zk_err_message());
        pause_ms(FOLLOW_RETRY_MS);
    }
}

struct begin {
    struct meter *m;
    const struct restore *r;
};

static void tell(void *ctx)
{
    struct begin *b = ctx;
    show(b->m, b->r, false);
}

static zk_err run(const struct args *a, struct restore *r, bool fast_chain)
{
    struct restore_progress p;
    const char *snapshot = args_get(a, ARG_SNAPSHOT);
    restore_progress_get(&p, r);
    struct meter m = {.a = a, .start = now_s(), .saved = now_s(), .terminal = isatty(STDERR_FILENO) == 1};
    if (p.replayed > 0) m.done_at_start = share(&p);
    if (snapshot != NULL && p.replayed > 0 && !args_has(a, ARG_QUIET))
        (void)fprintf(stderr, "going on from block %u; the snapshot is not needed\n", p.replayed);
    if (snapshot != NULL && p.replayed == 0) {
        struct begin begin = {.m = &m, .r = r};
        ZK_TRY(restore_begin_from(r, snapshot, tell, &begin));
    }
    ZK_TRY(catch_up_patiently(r, &m, fast_chain));
    show(&m, r, true);
    print_result(a, r);
    while (args_has(a, ARG_FOLLOW)) {
        uint8_t before[32];
        memcpy(before, restore_cursor_of(r)->last.state_root, 32);
        pause_ms(fast_chain ? FOLLOW_FAST_MS : FOLLOW_MS);
        ZK_TRY(catch_up_patiently(r, &m, fast_chain));
        if (memcmp(restore_cursor_of(r)->last.state_root, before, 32) != 0) print_result(a, r);
    }
    return ZK_OK;
}

/* What was done is kept, also when it ends with a failure; a lie of L1's is not. */
static zk_err finish(const struct args *a, struct restore *r, zk_err err)
{
    char why[256];
    if (err == ZK_OK || err == ZK_ERR_CORRUPT) return err;
    (void)snprintf(why, sizeof why, "%s", zk_err_message());
    bool kept = restore_checkpoint(r) == ZK_OK;
    if (err == ZK_ERR_CANCELLED && args_has(a, ARG_FOLLOW)) return ZK_OK; /* how following ends */
    return zk_fail(err, "%.180s%s", why, kept ? "; the same command goes on from here" : "");
}

/* The password is where the node has it: in no argument. */
static zk_err open_store(struct restore_store **store, const char *database)
{
    char url[CONFIG_DATABASE_CAP];
    zk_err err = config_database_url(url, database, "");
    if (err == ZK_OK) err = restore_store_open(store, url);
    zk_wipe(url, sizeof url);
    return err;
}

static zk_err restore(const struct args *a, struct l1 *l, struct pool *pool)
{
    const char *dir = args_get(a, ARG_DIR);
    struct restore_config config = {.dir = dir != NULL ? dir : DIR_DEFAULT, .chain_id = l->chain_id, .pool = pool};
    struct sigaction action = {.sa_handler = on_signal};
    struct restore *r;
    const char *database = args_get(a, ARG_DATABASE);
    struct restore_store *store = NULL;
    if (!args_has(a, ARG_CONTRACT))
        return zk_fail(ZK_ERR_INPUT, "which rollup? name its main contract with --contract ADDRESS");
    ZK_TRY(args_u64(&config.first_block, a, ARG_FROM_BLOCK, 0, 0, UINT64_C(1) << 40));
    uint64_t confirmations = l1_is_development(l->chain_id) ? 0 : CONFIRMATIONS;
    ZK_TRY(args_u64(&config.confirmations, a, ARG_CONFIRMATIONS, confirmations, 0, 10000));
    memcpy(config.contract, l->main.address, 20);
    for (size_t i = 0; i < a->n_values[ARG_L1]; i++) config.urls[config.n_urls++] = a->values[ARG_L1][i];
    if (config.n_urls == 0) config.urls[config.n_urls++] = args_get(a, ARG_L1);
    if (database != NULL && args_has(a, ARG_SNAPSHOT))
        return zk_fail(ZK_ERR_INPUT, "--database needs every block from the first on: leave --snapshot out");
    (void)mkdir(config.dir, 0777); /* the database may be in it; restore_open says what is wrong */
    if (database != NULL) ZK_TRY(open_store(&store, database));
    config.replayed = database != NULL ? restore_store_put : NULL;
    config.replayed_ctx = store;
    zk_err opened = restore_open(&r, &config);
    if (opened == ZK_OK && store != NULL) opened = restore_store_check(store, restore_cursor_of(r)->last.number);
    if (opened != ZK_OK) {
        restore_store_close(store);
        return opened;
    }
    running = r;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    zk_err err = finish(a, r, run(a, r, l1_is_development(l->chain_id)));
    running = NULL;
    restore_close(r);
    restore_store_close(store);
    return err;
}

static cli_exit restore_run(const struct args *a)
{
    struct l1 l;
    struct pool *pool;
    if (pool_create(&pool, 0) != ZK_OK) return args_failed(a);
    zk_err err = l1_open(&l, a);
    if (err == ZK_OK) err = restore(a, &l, pool);
    cli_exit code = err == ZK_OK ? CLI_DONE : args_failed(a);
    l1_close(&l);
    pool_destroy(pool);
    return code;
}

static const struct args_command command = {
    "",
    "",
    "rebuild the rollup's whole state from L1 alone",
    "It asks no operator and trusts none: every block's published bytes must have the hash that the contract holds, "
    "and\n"
    "lead to the root that it holds. Stopped at any point, the same command goes on. The folder then serves\n"
    "`zkroll exit` and `zkroll verify balance`; with --database a node can start from it.",
    ARGS_BIT(ARG_L1) | ARGS_BIT(ARG_CONTRACT) | ARGS_BIT(ARG_CHAIN_ID) | ARGS_BIT(ARG_DIR) | ARGS_BIT(ARG_SNAPSHOT) |
        ARGS_BIT(ARG_FOLLOW) | ARGS_BIT(ARG_DATABASE) | ARGS_BIT(ARG_FROM_BLOCK) | ARGS_BIT(ARG_CONFIRMATIONS) |
        ARGS_BIT(ARG_JSON) | ARGS_BIT(ARG_QUIET),
    0,
    0,
    restore_run,
};

const struct args_program restore_program = {
    .name = "zkroll restore", .what = "The state from L1", .commands = &command, .n = 1};

int cmd_restore(int argc, char **argv)
{
    return args_main(&restore_program, argc, argv);
}
