/* A writer that is killed at any moment leaves nothing half done, and nothing of what it was told is durable gets lost.
 * The child accepts, executes, seals, settles and unwinds as fast as it can, and notes in shared memory what the store
 * has confirmed; the parent kills it at a random moment, and adds up what it finds. */
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "store/databases_test.h"
#include "store/store_history.h"
#include "store/store_internal.h"
#include "store/world_test.h"

#define ACCOUNTS 24
#define START    1000000 /* what each account begins with */
#define KILLS    50

/* What the child has been told. */
struct told {
    uint64_t accepted; /* transactions */
    uint64_t executed; /* entries, since the last unwinding */
    uint32_t sealed;
    uint32_t settled;
    uint32_t unwinding; /* 1 while heads may fall */
    uint64_t rounds;
};

struct child {
    struct store *s;
    struct told *told;
    struct prng rng;
    struct store_heads heads;
    uint32_t nonces[ACCOUNTS];
    u128 balances[ACCOUNTS];
    uint32_t index; /* in the open block */
};

static eth_address address_of(uint32_t id)
{
    return id == 0 ? w_fee_address : w_address(id);
}

/* ---- the child */

static void load(struct child *c)
{
    static struct store_account a;
    bool found;
    struct store_block b;
    CHECK_OK(store_heads(c->s, &c->heads));
    CHECK_OK(store_block_get(c->s, &b, &found, c->heads.last_sealed + 1));
    CHECK(found == c->heads.open);
    c->index = found ? b.entries : 0;
    for (uint32_t id = 0; id < ACCOUNTS; id++) {
        CHECK_OK(store_account_by_id(c->s, &a, &found, id, STORE_COMMITTED));
        CHECK(found);
        c->nonces[id] = a.leaf.nonce;
        c->balances[id] = a.n_balances > 0 ? a.balances[0].amount : 0;
    }
}

static void accept_some(struct child *c)
{
    struct tx txs[24];
    struct store_new_tx news[24];
    struct store_submission subs[24];
    memset(news, 0, sizeof news);
    for (uint32_t i = 0; i < 24; i++) {
        uint32_t from = (uint32_t)prng_below(&c->rng, ACCOUNTS);
        uint32_t to = (from + 1 + (uint32_t)prng_below(&c->rng, ACCOUNTS - 1)) % ACCOUNTS;
        txs[i] = (struct tx){.type = TX_TRANSFER};
        prng_bytes(&c->rng, &txs[i].transfer.valid, sizeof txs[i].transfer.valid); /* so that each is another one */
        txs[i].transfer = (struct tx_transfer){
            from, address_of(from), address_of(to), 0, 0, 1 + prng_below(&c->rng, 9), 0, txs[i].transfer.valid};
        news[i].tx = &txs[i];
        CHECK_OK(tx_hash(&news[i].hash, &txs[i]));
    }
    size_t n = 0;
    for (size_t at = 0; at < 24; n++) {
        size_t k = n % 3 == 2 ? 4 : 1;
        if (k > 24 - at) k = 1;
        subs[n] = (struct store_submission){.txs = &news[at], .n = k, .is_batch = k > 1};
        at += k;
    }
    CHECK_OK(store_accept(c->s, subs, n, 1));
    c->told->accepted += 24;
}

static uint32_t id_of(const eth_address *a)
{
    return eth_address_eq(a, &w_fee_address) ? 0 : load_be32(a->b + 16);
}

static void execute_some(struct child *c)
{
    static struct store_queued_tx q[STORE_BATCH_MAX];
    static struct store_entry entries[STORE_BATCH_MAX];
    static const struct op op = {.kind = OP_TRANSFER};
    struct store_account_change changes[ACCOUNTS];
    struct token_balance balances[ACCOUNTS];
    size_t n;
    CHECK_OK(store_txs_queued(c->s, q, &n, STORE_BATCH_MAX, 0));
    for (size_t i = 0; i < n; i++) {
        const struct tx_transfer *t = &q[i].tx.transfer;
        uint32_t to = id_of(&t->to);
        bool rejected = q[i].batch_len == 0 && q[i].id % 7 == 0;
        entries[i] = (struct store_entry){.id = q[i].id, .op = rejected ? NULL : &op};
        entries[i].fail_reason = rejected ? "for a test" : NULL;
        store_parties_of_tx(&entries[i].parties, &q[i].tx, NULL);
        if (rejected) continue;
        c->nonces[t->account_id]++;
        c->balances[t->account_id] -= t->amount;
        c->balances[to] += t->amount;
    }
    for (uint32_t id = 0; id < ACCOUNTS; id++) {
        balances[id] = (struct token_balance){0, c->balances[id]};
        changes[id] =
            (struct store_account_change){.id = id,
                                          .leaf = {.address = address_of(id), .nonce = c->nonces[id], .exists = true},
                                          .balances = &balances[id],
                                          .n_balances = 1};
    }
    struct store_mini_block m = {.block = c->heads.last_sealed + 1,
                                 .timestamp = c->heads.last_sealed + 1,
                                 .first_index = c->index,
                                 .entries = entries,
                                 .n_entries = n,
                                 .accounts = changes,
                                 .n_accounts = ACCOUNTS,
                                 .now = 1};
    CHECK_OK(store_execute(c->s, &m));
    c->told->executed += n;
    c->index += (uint32_t)n;
}

static void seal_one(struct child *c)
{
    static uint8_t bytes[30000];
    uint32_t number = c->heads.last_sealed + 1;
    struct block_sealed b = {.header = {number, 0, number}, .capacity = 40, .delta = bytes, .delta_len = sizeof bytes};
    struct store_seal seal = {.block = &b, .entries = c->index, .trace = bytes, .trace_len = sizeof bytes, .now = 1};
    CHECK_OK(store_seal(c->s, &seal));
    c->heads.last_sealed = c->told->sealed = number;
    c->index = 0;
    bool stored;
    if (number % 2 == 0) CHECK_OK(store_job_done(c->s, &stored, number, "p", bytes, 100, 1));
}

static void settle_some(struct child *c)
{
    struct store_l1_result r = {.at = 1};
    if (c->heads.last_sealed <= c->heads.last_executed + 2) return;
    uint32_t last = c->heads.last_sealed - 2;
    CHECK_OK(store_blocks_confirm(c->s, 7, c->heads.last_executed + 1, last, &r));
    c->heads.last_executed = c->heads.last_committed = c->told->settled = last;
}

static void unwind_one(struct child *c)
{
    if (c->heads.last_sealed <= c->heads.last_committed) return;
    c->told->unwinding = 1;
    CHECK_OK(store_unwind(c->s, c->heads.last_sealed));
    load(c);
    c->told->sealed = c->heads.last_sealed;
    c->told->executed = c->heads.executed_ops;
    c->told->unwinding = 0;
}

static void begin_world(struct store *s)
{
    struct store_account_change changes[ACCOUNTS];
    struct token_balance balance = {0, START};
    fr zero = {{0}};
    CHECK_OK(store_begin(s));
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    for (uint32_t id = 0; id < ACCOUNTS; id++)
        changes[id] = (struct store_account_change){
            .id = id, .leaf = {.address = address_of(id), .exists = true}, .balances = &balance, .n_balances = 1};
    struct store_mini_block m = {.block = 1, .timestamp = 1, .accounts = changes, .n_accounts = ACCOUNTS, .now = 1};
    CHECK_OK(store_execute(s, &m));
    struct block_sealed b = {.header = {1, 0, 1}, .capacity = 40};
    struct store_seal seal = {.block = &b, .now = 1};
    CHECK_OK(store_seal(s, &seal));
    struct store_l1_result r = {.at = 1};
    CHECK_OK(store_blocks_confirm(s, 7, 1, 1, &r));
    CHECK_OK(store_commit(s));
}

static _Noreturn void run_child(const char *url, struct told *told, uint64_t seed)
{
    static struct child c;
    c.told = told;
    prng_seed(&c.rng, seed);
    CHECK_OK(store_open(&c.s, url, &(struct store_options){.create = true}));
    load(&c);
    told->sealed = c.heads.last_sealed;
    told->executed = c.heads.executed_ops;
    told->accepted = c.heads.accepted_txs;
    told->unwinding = 0;
    for (;; told->rounds++) {
        accept_some(&c);
        execute_some(&c);
        if (prng_below(&c.rng, 3) == 0) seal_one(&c);
        if (prng_below(&c.rng, 6) == 0) settle_some(&c);
        if (prng_below(&c.rng, 8) == 0) unwind_one(&c);
    }
}

/* ---- the parent */

static uint64_t count(struct store *s, const char *text)
{
    struct sql_query q;
    sql_start(&q, s->db, text);
    uint64_t n = sql_row(&q) ? sql_get_u64(&q, 0) : 0;
    CHECK_OK(sql_end(&q));
    return n;
}

static void check_state(struct store *s, store_moment moment, uint64_t *nonces)
{
    static struct store_account a;
    u128 sum = 0;
    bool found;
    *nonces = 0;
    for (uint32_t id = 0; id < ACCOUNTS; id++) {
        CHECK_OK(store_account_by_id(s, &a, &found, id, moment));
        CHECK(found);
        sum += a.balances[0].amount;
        *nonces += a.leaf.nonce;
    }
    CHECK(sum == (u128)ACCOUNTS * START);
}

static void check_database(struct store *s, const struct told *told)
{
    struct store_heads h;
    uint64_t nonces, verified;
    CHECK_OK(store_heads(s, &h));

    /* nothing of what was confirmed is lost */
    CHECK(h.accepted_txs >= told->accepted);
    CHECK(h.last_executed >= told->settled);
    if (!told->unwinding) CHECK(h.last_sealed >= told->sealed);
    if (!told->unwinding) CHECK(h.executed_ops >= told->executed);

    /* tables and counters agree */
    CHECK_EQ_U64(h.accepted_txs, count(s, "SELECT count(*) FROM txs"));
    CHECK_EQ_U64(h.queued_txs, count(s, "SELECT count(*) FROM txs WHERE status = 0"));
    CHECK_EQ_U64(h.executed_ops, count(s, "SELECT count(*) FROM ops"));
    CHECK_EQ_U64(h.executed_ops, count(s, "SELECT count(*) FROM txs t JOIN ops o ON o.block = t.block AND o.idx = t.idx"
                                          " AND o.ref = t.id WHERE t.status <> 0"));
    CHECK_EQ_U64(2 * h.executed_ops, count(s, "SELECT count(*) FROM account_ops"));
    CHECK_EQ_U64(h.last_sealed, count(s, "SELECT count(*) FROM blocks WHERE status >= 1"));
    CHECK_EQ_U64(h.last_block, count(s, "SELECT count(*) FROM blocks"));
    CHECK_EQ_U64(h.last_sealed, count(s, "SELECT count(*) FROM streams"));
    CHECK_EQ_U64(h.last_sealed, count(s, "SELECT count(*) FROM proof_jobs"));
    CHECK_EQ_U64(count(s, "SELECT count(*) FROM proofs"), count(s, "SELECT count(*) FROM proof_jobs WHERE status = 2"));
    CHECK_EQ_U64(count(s, "SELECT count(*) FROM blocks WHERE has_proof = 1"), count(s, "SELECT count(*) FROM proofs"));
    CHECK_EQ_U64(h.executed_ops, count(s, "SELECT CAST(sum(entries) AS bigint) FROM blocks"));
    CHECK_EQ_U64(0,
                 count(s, "SELECT count(*) FROM txs t JOIN batches b ON b.id = t.batch_id WHERE t.batch_len <> b.n"));

    /* each executed transaction has moved its money once */
    check_state(s, STORE_COMMITTED, &nonces);
    CHECK_EQ_U64(count(s, "SELECT count(*) FROM txs WHERE status = 1"), nonces);
    check_state(s, STORE_VERIFIED, &verified);
    struct sql_query q;
    sql_start(&q, s->db, "SELECT count(*) FROM txs WHERE status = 1 AND block <= $1");
    sql_u64(&q, h.last_executed);
    CHECK(sql_row(&q));
    CHECK_EQ_U64(sql_get_u64(&q, 0), verified);
    CHECK_OK(sql_end(&q));
}

/* The server finishes what a killed client had asked for, a COMMIT too; only then is its end an end. (Nodes need not
 * wait: leases fence them.) */
static void wait_for_orphans(struct store *s)
{
    if (!sql_is_postgres(s->db)) return;
    for (int i = 0; i < 10000; i++) {
        if (count(s, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                     " AND pid <> pg_backend_pid() AND datname = current_database()") == 0)
            return;
        (void)usleep(1000);
    }
    CHECK_MSG(false, "a killed client is still connected");
}

static struct told *shared_told(void)
{
    struct told *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(told != MAP_FAILED);
    return told;
}

/* The child has done some of everything; on a busy machine that may take a while. */
static void wait_for_round(const struct told *told)
{
    uint64_t before = __atomic_load_n(&told->rounds, __ATOMIC_RELAXED);
    for (int i = 0; i < 100000 && __atomic_load_n(&told->rounds, __ATOMIC_RELAXED) == before; i++) (void)usleep(200);
}

DB_TEST(test_kill__leaves_nothing_half_done)
{
    if (!db_with_postgres()) return; /* once is enough */
    struct told *told = shared_told();
    struct store *s;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    begin_world(s);
    for (int i = 0; i < KILLS; i++) {
        store_close(s); /* an SQLite connection must not be carried through a fork */
        uint64_t seed = prng_u64(rng);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) run_child(url, told, seed);
        if (i % 5 != 0) wait_for_round(told); /* else it may not have begun */
        (void)usleep((useconds_t)prng_below(rng, 30000));
        CHECK(kill(pid, SIGKILL) == 0);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_MSG(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child ended by itself");
        CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
        wait_for_orphans(s);
        check_database(s, told);
    }
    CHECK(told->rounds >= 4 * KILLS / 5);
    store_close(s);
    CHECK(munmap(told, sizeof *told) == 0);
}

/* The server is killed instead: what was confirmed is there when it is back. */
static void test_server_kill__leaves_nothing_half_done(struct prng *rng)
{
    if (!db_with_postgres()) {
        printf("  skipped: there is no PostgreSQL here\n");
        return;
    }
    char url[256];
    struct told *told = shared_told();
    struct store *s;
    CHECK_OK(store_open(&s, db_new_postgres(url), &(struct store_options){.create = true}));
    begin_world(s);
    for (int i = 0; i < 8; i++) {
        uint64_t seed = prng_u64(rng);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            CHECK(freopen("/dev/null", "w", stderr) != NULL); /* it will fail, and say so */
            run_child(url, told, seed);
        }
        wait_for_round(told);
        (void)usleep((useconds_t)prng_below(rng, 50000));
        db_server_stop(SIGQUIT);
        db_wait(pid);
        db_server_start();
        check_database(s, told);
    }
    CHECK(told->rounds >= 8);
    store_close(s);
    CHECK(munmap(told, sizeof *told) == 0);
}

/* ---- a full disk */

/* One round of work, until something fails. */
static zk_err try_round(struct child *c)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){0, address_of(0), address_of(1), 0, 0, 1, 0, {prng_u64(&c->rng), 0}};
    struct store_new_tx n = {.tx = &tx};
    uint8_t value[STORE_VALUE_MAX];
    char key[STORE_KEY_MAX];
    CHECK_OK(tx_hash(&n.hash, &tx));
    struct store_submission sub = {.txs = &n, .n = 1};
    prng_bytes(&c->rng, value, sizeof value);
    (void)snprintf(key, sizeof key, "%llu", (unsigned long long)prng_u64(&c->rng));
    ZK_TRY(store_begin(c->s));
    zk_err err = store_accept(c->s, &sub, 1, 1);
    if (err == ZK_OK) err = store_put(c->s, key, value, sizeof value);
    if (err == ZK_OK) return store_commit(c->s);
    store_rollback(c->s);
    return err;
}

/* A file system of its own in `folder`, seen by this process alone. False if the system does not let us. */
static bool mount_small(const char *folder, const char *size)
{
    static bool apart;
    if (!apart && unshare(getuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    if (!apart && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return false;
    unsigned long flags = apart ? MS_REMOUNT : 0;
    apart = true;
    return mount("none", folder, "tmpfs", flags, size) == 0;
}

static void test_full_disk__fails_clearly_and_loses_nothing(struct prng *rng)
{
    static const char *const sizes[] = {"size=2m", "size=4m", "size=5m"};
    static struct child c;
    char url[256], folder[128];
    uint64_t done = 0;
    db_folder();
    (void)snprintf(folder, sizeof folder, "%s/small", dbs.folder);
    (void)snprintf(url, sizeof url, "sqlite:%s/small/db", dbs.folder);
    CHECK(mkdir(folder, 0755) == 0);
    if (!mount_small(folder, sizes[0])) {
        printf("  skipped: this system lets us mount nothing\n");
        return;
    }
    CHECK_OK(store_open(&c.s, url, &(struct store_options){.create = true}));
    begin_world(c.s);
    c.rng = *rng;
    for (size_t k = 0; k < ZK_COUNT(sizes); k++) {
        CHECK(k == 0 || mount_small(folder, sizes[k]));
        zk_err err = ZK_OK;
        for (int i = 0; i < 2000 && err == ZK_OK; i++) {
            err = try_round(&c);
            done += err == ZK_OK;
        }
        CHECK_MSG(err == ZK_ERR_FULL, "%s: %s", zk_err_str(err), zk_err_message());
        CHECK(strstr(zk_err_message(), "disk is full") != NULL);
        CHECK_EQ_U64(done, count(c.s, "SELECT count(*) FROM txs")); /* reading goes on */
        CHECK_EQ_U64(done + 1, count(c.s, "SELECT count(*) FROM meta"));
        CHECK_ERR(ZK_ERR_FULL, try_round(&c));
    }
    CHECK(mount_small(folder, "size=64m"));
    for (int i = 0; i < 10; i++) CHECK_OK(try_round(&c));
    store_close(c.s);
    CHECK_OK(store_open(&c.s, url, &(struct store_options){.create = true}));
    CHECK(done > 100);
    CHECK_EQ_U64(done + 10, count(c.s, "SELECT count(*) FROM txs"));
    store_close(c.s);
    CHECK(umount(folder) == 0);
}

TEST_MAIN(TEST(test_kill__leaves_nothing_half_done), TEST(test_server_kill__leaves_nothing_half_done),
          TEST(test_full_disk__fails_clearly_and_loses_nothing))
