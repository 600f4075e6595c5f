/* Whole nodes in this process, with the sequencer as their only part of this layer. */
#include "base/log.h"
#include "node/chain.h"
#include "node/node.h"
#include "store/databases_test.h"
#include "store/store_blocks.h"
#include "store/store_l1.h"

#include <stdatomic.h>

static struct node_config config_of(const char *url, const char *folder)
{
    struct node_config c;
    config_defaults(&c);
    CHECK_OK(config_set(&c, "roles", "sequencer"));
    CHECK_OK(config_set(&c, "data-dir", folder));
    CHECK_OK(config_set(&c, "db.url", url));
    CHECK_OK(config_set(&c, "genesis-fee", "0x00000000000000000000000000000000000000fe"));
    CHECK_OK(config_set(&c, "threads", "1"));
    CHECK_OK(config_set(&c, "sequencer.lease", "1s"));
    CHECK_OK(config_set(&c, "sequencer.accounts", "1000"));
    CHECK_OK(config_set(&c, "sequencer.nfts", "1000"));
    CHECK_OK(config_set(&c, "sequencer.balance-bytes", "1MiB"));
    return c;
}

static void make_folder(char folder[32])
{
    (void)snprintf(folder, 32, "/tmp/zkroll-node-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
}

static void remove_folder(const char *folder)
{
    (void)nftw(folder, db_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct node *start(const char *url, const char *folder)
{
    struct node *n;
    struct node_config c = config_of(url, folder);
    CHECK_OK(node_create(&n, &c));
    CHECK_OK(node_start(n));
    return n;
}

static void stop(struct node *n)
{
    node_stop(n);
    CHECK_OK(node_join(n));
    node_destroy(n);
}

static void deposit(struct store *s, uint64_t serial)
{
    struct store_priority_op p = {.serial_id = serial, .eth_block = 1};
    uint32_t conflict;
    p.op.type = PRIORITY_DEPOSIT;
    p.op.deposit.to = (eth_address){{7, (uint8_t)serial}};
    p.op.deposit.amount = 1000;
    CHECK_OK(store_priority_add(s, &p, 1, &conflict));
    CHECK_OK(chain_set_l1_confirmed(s, 1));
}

static struct store_heads wait_executed(struct store *s, uint64_t requests)
{
    struct store_heads heads = {0};
    for (int i = 0; i < 2000 && heads.next_priority < requests; i++) {
        (void)usleep(5000);
        CHECK_OK(store_heads(s, &heads));
    }
    CHECK_EQ_U64(requests, heads.next_priority);
    return heads;
}

DB_TEST(test_node__executes_and_seals_when_it_stops)
{
    char folder[32], path[64];
    make_folder(folder);
    struct node *n = start(url, folder);
    CHECK(node_ready(n));
    struct store *s;
    struct store_heads heads;
    CHECK_OK(node_open_store(&s, n));
    deposit(s, 0);
    heads = wait_executed(s, 1);
    CHECK_EQ_U64(0, heads.last_sealed);
    stop(n);
    CHECK_OK(store_heads(s, &heads));
    CHECK_EQ_U64(1, heads.last_sealed);
    (void)snprintf(path, sizeof path, "%s/state-1.zks", folder);
    CHECK(access(path, F_OK) == 0);
    n = start(url, folder);
    deposit(s, 1);
    (void)wait_executed(s, 2);
    stop(n);
    store_close(s);
    remove_folder(folder);
}

DB_TEST(test_two_nodes__the_second_waits_and_takes_over)
{
    char folders[2][32];
    make_folder(folders[0]);
    make_folder(folders[1]);
    struct node *a = start(url, folders[0]);
    struct store *s;
    CHECK_OK(node_open_store(&s, a));
    deposit(s, 0);
    (void)wait_executed(s, 1);
    struct node *b = start(url, folders[1]);
    deposit(s, 1);
    (void)wait_executed(s, 2);
    stop(a);
    deposit(s, 2); /* the other one has no snapshot, and no part in the blocks before */
    (void)wait_executed(s, 3);
    stop(b);
    struct store_heads heads;
    CHECK_OK(store_heads(s, &heads));
    CHECK_EQ_U64(2, heads.last_sealed);
    store_close(s);
    remove_folder(folders[0]);
    remove_folder(folders[1]);
}

DB_TEST(test_create__refuses_the_database_of_another_chain)
{
    char folder[32];
    make_folder(folder);
    stop(start(url, folder));
    struct node *n;
    struct node_config c = config_of(url, folder);
    CHECK_OK(config_set(&c, "l1.chain-id", "1"));
    CHECK_ERR(ZK_ERR_INPUT, node_create(&n, &c));
    CHECK(strstr(zk_err_message(), "chain 9") != NULL);
    c = config_of(url, folder);
    CHECK_OK(config_set(&c, "genesis-fee", "0x00000000000000000000000000000000000000ff"));
    CHECK_OK(node_create(&n, &c));
    CHECK_ERR(ZK_ERR_INPUT, node_start(n));
    node_destroy(n);
    remove_folder(folder);
}

/* ---- parts */

static char journal[64];

static void note(const char *what)
{
    size_t len = strlen(journal);
    (void)snprintf(journal + len, sizeof journal - len, "%s ", what);
}

struct probe {
    struct node *node;
};

static zk_err open_good(void *self, struct node *n)
{
    struct probe *p = self;
    CHECK(p->node == NULL); /* zeroed */
    p->node = n;
    note("+good");
    return ZK_OK;
}

static zk_err run_good(void *self)
{
    const struct probe *p = self;
    struct events_seen seen = {0};
    (void)events_wait(node_events(p->node), &seen, 0, -1);
    return ZK_OK;
}

static void close_good(void *self)
{
    (void)self;
    note("-good");
}

static zk_err open_bad(void *self, struct node *n)
{
    (void)self;
    (void)n;
    note("+bad");
    return zk_fail(ZK_ERR_IO, "port 3030 is in use");
}

static zk_err run_bad(void *self)
{
    (void)self;
    return zk_fail(ZK_ERR_CORRUPT, "something broke");
}

static atomic_bool cut_short;

static void stop_waiting(void *self)
{
    (void)self;
    atomic_store(&cut_short, true);
}

/* As a request to L1 that its part's stop cancels. */
static zk_err run_until_cut_short(void *self)
{
    (void)self;
    while (!atomic_load(&cut_short)) (void)usleep(1000);
    return zk_fail(ZK_ERR_CANCELLED, "the request was cancelled");
}

static void close_bad(void *self)
{
    (void)self;
    note("-bad");
}

#define PROBE(name, role, open, run, stop, close)                                                                      \
    {                                                                                                                  \
        name, role, sizeof(struct probe), open, run, stop, close                                                       \
    }

static const struct node_part good = PROBE("good", ROLE_SEQUENCER, open_good, run_good, NULL, close_good);
static const struct node_part unborn = PROBE("unborn", ROLE_SEQUENCER, open_bad, run_good, NULL, close_bad);
static const struct node_part failing = PROBE("failing", ROLE_SEQUENCER, open_good, run_bad, NULL, close_bad);
static const struct node_part waiting =
    PROBE("waiting", ROLE_SEQUENCER, open_good, run_until_cut_short, stop_waiting, close_good);
static const struct node_part other_role = PROBE("other", ROLE_PROVER, open_bad, run_bad, NULL, close_bad);

static void test_part__that_cannot_be_made_ends_the_others(struct prng *rng)
{
    (void)rng;
    char folder[32], url[256];
    make_folder(folder);
    struct node *n;
    struct node_config c = config_of(db_new_sqlite(url), folder);
    journal[0] = '\0';
    CHECK_OK(node_create(&n, &c));
    CHECK_OK(node_add_part(n, &good));
    CHECK_OK(node_add_part(n, &other_role));
    CHECK_OK(node_add_part(n, &unborn));
    CHECK_ERR(ZK_ERR_IO, node_start(n));
    CHECK_EQ_STR("port 3030 is in use", zk_err_message());
    CHECK_EQ_STR("+good +bad -bad -good ", journal);
    CHECK(!node_ready(n));
    node_destroy(n);
    remove_folder(folder);
}

static void test_part__that_fails_stops_the_node_with_its_words(struct prng *rng)
{
    (void)rng;
    char folder[32], url[256];
    make_folder(folder);
    struct node *n;
    struct node_config c = config_of(db_new_sqlite(url), folder);
    journal[0] = '\0';
    CHECK_OK(node_create(&n, &c));
    CHECK_OK(node_add_part(n, &good));
    CHECK_OK(node_add_part(n, &failing));
    CHECK_OK(node_start(n));
    CHECK_ERR(ZK_ERR_CORRUPT, node_join(n));
    CHECK_EQ_STR("failing: something broke", zk_err_message());
    CHECK_EQ_STR("+good +good -bad -good ", journal);
    node_destroy(n);
    remove_folder(folder);
}

static void test_part__that_its_stop_cuts_short_has_not_failed(struct prng *rng)
{
    (void)rng;
    char folder[32], url[256];
    make_folder(folder);
    struct node *n;
    struct node_config c = config_of(db_new_sqlite(url), folder);
    journal[0] = '\0';
    CHECK_OK(node_create(&n, &c));
    CHECK_OK(node_add_part(n, &waiting));
    CHECK_OK(node_start(n));
    stop(n);
    CHECK_EQ_STR("+good -good ", journal);
    remove_folder(folder);
}

TEST_MAIN(TEST(test_node__executes_and_seals_when_it_stops), TEST(test_two_nodes__the_second_waits_and_takes_over),
          TEST(test_create__refuses_the_database_of_another_chain),
          TEST(test_part__that_cannot_be_made_ends_the_others),
          TEST(test_part__that_fails_stops_the_node_with_its_words),
          TEST(test_part__that_its_stop_cuts_short_has_not_failed))
