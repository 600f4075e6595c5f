/* The sequencer on both databases: a small rollup lives at random, is killed between any two steps, is unwound, and
 * must always be what the store says it is, and what replaying the streams gives. */
#include "node/chain.h"
#include "node/cleaner.h"
#include "node/mini_block.h"
#include "node/recovery.h"
#include "node/sequencer.h"
#include "node/sequencer_internal.h"
#include "node/settle_call.h"
#include "node/unwind.h"
#include "rollup/trace_codec.h"
#include "store/databases_test.h"
#include "store/world_test.h"

#define SECOND   INT64_C(1000000)
#define SENT_MAX 8192

struct rig {
    const char *url;
    char folder[64];
    struct world w; /* users: their activity is that of the store's tests, on the sequencer's state */
    struct sequencer_config config;
    struct sequencer *q;
    struct events *events;
    struct pool *pool;
    int64_t now;
    bool server_ends; /* when the time is asked for next */
};

static int64_t rig_now(void *ctx)
{
    struct rig *r = ctx;
    if (r->server_ends) db_server_stop(SIGQUIT);
    r->server_ends = false;
    return r->now;
}

/* Users only read the sequencer's state. */
static void look_at_state(struct rig *r)
{
    const struct state *s = sequencer_state(r->q);
    memcpy(&r->w.state, &s, sizeof s); // NOLINT(bugprone-sizeof-expression): the pointer is meant
}

static void rig_start(struct rig *r)
{
    CHECK_OK(sequencer_create(&r->q, &r->config, r->w.store, r->events, r->pool));
    look_at_state(r);
}

static struct rig *rig_create(const char *url)
{
    struct rig *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    r->url = url;
    r->now = W_TIME * SECOND;
    (void)snprintf(r->folder, sizeof r->folder, "/tmp/zkroll-seq-XXXXXX");
    CHECK(mkdtemp(r->folder) != NULL);
    CHECK_OK(store_open(&r->w.store, url, &(struct store_options){.create = true}));
    CHECK_OK(pool_create(&r->pool, 1));
    CHECK_OK(events_create(&r->events));
    r->w.now = r->now;
    CHECK_OK(recovery_genesis(r->w.store, &w_fee_address, NULL, r->now));
    CHECK_OK(chain_set_l1_confirmed(r->w.store, UINT32_MAX));
    r->config = (struct sequencer_config){
        .block = block_config_default(),
        .state = {.accounts = 1024, .nfts = 1024, .balance_bytes = 1 << 20, .address_key = {3, 4}},
        .data_dir = r->folder,
        .block_time_us = 10 * SECOND,
        .fast_block_time_us = 10 * SECOND,
        .tick_us = SECOND,
        .hold_us = 60 * SECOND,
        .transactions_max = 10000,
        .snapshot_blocks = 1000,
        .now = rig_now,
        .now_ctx = r,
    };
    r->config.block.slots = 40;
    rig_start(r);
    return r;
}

static void rig_kill(struct rig *r)
{
    sequencer_destroy(r->q);
    r->q = NULL;
}

static void rig_destroy(struct rig *r)
{
    rig_kill(r);
    store_close(r->w.store);
    events_destroy(r->events);
    pool_destroy(r->pool);
    (void)nftw(r->folder, db_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(r);
}

/* One step; true if it did something. */
static bool rig_step(struct rig *r)
{
    bool worked = false;
    int64_t wait = 0;
    CHECK_OK(sequencer_step(r->q, &worked, &wait));
    look_at_state(r);
    return worked;
}

static void rig_settle(struct rig *r)
{
    int steps = 0;
    while (rig_step(r)) CHECK_MSG(++steps < 10000, "the sequencer does not come to rest");
}

static void rig_seal(struct rig *r)
{
    CHECK_OK(sequencer_seal(r->q));
}

/* Until nothing is held any more for a nonce that does not come. */
static void rig_wait_out(struct rig *r)
{
    rig_settle(r);
    r->now += 61 * SECOND;
    rig_settle(r);
}

/* Users with deposits and keys. */
static void rig_beginnings(struct rig *r, struct prng *rng)
{
    for (int i = 0; i < 16; i++) w_deposit(&r->w, rng);
    rig_settle(r);
    for (int i = 0; i < 24; i++) {
        w_new_key(&r->w, rng);
        rig_settle(r);
    }
}

static struct store_heads heads_of(const struct rig *r)
{
    struct store_heads heads;
    CHECK_OK(store_heads(r->w.store, &heads));
    return heads;
}

/* ---- comparing */

/* The store's committed state is the sequencer's. */
static void check_store(struct rig *r)
{
    w_copy_state(&r->w.current, sequencer_state(r->q));
    w_check_state(&r->w, &r->w.current, STORE_COMMITTED);
}

static void check_replay_of(struct rig *r, struct replay *replay, struct state *s, uint32_t number)
{
    struct store_block block;
    struct store_streams streams;
    bool found;
    fr root;
    CHECK_OK(store_block_get(r->w.store, &block, &found, number));
    CHECK(found);
    state_root(&root, s);
    CHECK(fr_eq(&root, &block.old_root));
    CHECK_OK(store_block_streams(r->w.store, &streams, &found, number));
    CHECK(found);
    CHECK_OK(replay_block(replay, s, 0, streams.settlement, streams.settlement_len, streams.delta, streams.delta_len,
                          r->pool));
    store_streams_free(&streams);
    state_root(&root, s);
    CHECK(fr_eq(&root, &block.new_root));
}

/* The streams of all sealed blocks, from genesis, give each block's root; timestamps do not fall. */
static void check_replay(struct rig *r)
{
    struct state *s = w_new_state();
    struct replay *replay;
    uint64_t before = 0;
    CHECK_OK(replay_create(&replay));
    struct store_heads heads = heads_of(r);
    for (uint32_t number = 1; number <= heads.last_sealed; number++) {
        struct store_block block;
        bool found;
        check_replay_of(r, replay, s, number);
        CHECK_OK(store_block_get(r->w.store, &block, &found, number));
        CHECK(block.header.timestamp >= before);
        before = block.header.timestamp;
    }
    replay_destroy(replay);
    state_destroy(s);
}

/* Where every transaction and request was executed. */
struct ledger {
    size_t n;
    struct {
        uint64_t id;
        bool is_priority;
        uint32_t block, index;
    } entries[SENT_MAX];
};

static void read_ledger(struct ledger *l, struct rig *r)
{
    static struct store_block_entry entries[256];
    struct store_heads heads = heads_of(r);
    l->n = 0;
    for (uint32_t number = 1; number <= heads.last_block; number++) {
        size_t n = 0;
        for (uint32_t from = 0;; from = entries[n - 1].index + 1) {
            CHECK_OK(store_block_entries(r->w.store, entries, &n, ZK_COUNT(entries), number, from));
            if (n == 0) break;
            for (size_t i = 0; i < n; i++) {
                CHECK(entries[i].index >= from);
                if (entries[i].rejected) continue; /* these vanish when they are sent again */
                CHECK(l->n < SENT_MAX);
                l->entries[l->n].id = entries[i].is_priority ? entries[i].serial_id : entries[i].tx.id;
                l->entries[l->n].is_priority = entries[i].is_priority;
                l->entries[l->n].block = number;
                l->entries[l->n].index = entries[i].index;
                l->n++;
            }
        }
    }
}

/* Each transaction and request stands there at most once. */
static void check_once(const struct ledger *l)
{
    static uint8_t seen[2][SENT_MAX];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < l->n; i++) {
        CHECK(l->entries[i].id < SENT_MAX);
        uint8_t *mark = &seen[l->entries[i].is_priority][l->entries[i].id];
        CHECK_MSG(*mark == 0, "%s %llu was executed twice", l->entries[i].is_priority ? "request" : "transaction",
                  (unsigned long long)l->entries[i].id);
        *mark = 1;
    }
}

/* All that was known before stands where it stood. */
static void check_extends(const struct ledger *now, const struct ledger *before)
{
    CHECK(now->n >= before->n);
    for (size_t i = 0; i < before->n; i++) {
        CHECK_MSG(now->entries[i].id == before->entries[i].id &&
                      now->entries[i].is_priority == before->entries[i].is_priority &&
                      now->entries[i].block == before->entries[i].block &&
                      now->entries[i].index == before->entries[i].index,
                  "entry %zu moved", i);
    }
}

/* ---- tests */

DB_TEST(test_run__store_state_and_streams_agree)
{
    struct rig *r = rig_create(url);
    rig_beginnings(r, rng);
    check_store(r);
    for (int round = 0; round < 12; round++) {
        w_activity(&r->w, rng, 20);
        r->now += SECOND * (int64_t)prng_below(rng, 8);
        rig_settle(r);
        check_store(r);
        if (prng_below(rng, 3) == 0) rig_seal(r);
    }
    rig_wait_out(r);
    rig_seal(r);
    check_store(r);
    check_replay(r);
    struct store_heads heads = heads_of(r);
    CHECK(heads.last_sealed >= 4);
    CHECK_EQ_U64(0, heads.queued_txs);
    CHECK_EQ_U64(r->w.serial, heads.next_priority);
    struct ledger l;
    read_ledger(&l, r);
    check_once(&l);
    CHECK(l.n > 100);
    rig_destroy(r);
}

DB_TEST(test_kill__at_any_moment_loses_and_repeats_nothing)
{
    static struct ledger before, after;
    static struct w_state was, is;
    struct rig *r = rig_create(url);
    r->config.snapshot_blocks = 2;
    rig_beginnings(r, rng);
    unsigned kills = 0;
    for (int round = 0; round < 40; round++) {
        w_activity(&r->w, rng, 8);
        r->now += SECOND * (int64_t)prng_below(rng, 5);
        for (uint64_t steps = prng_below(rng, 4); steps > 0; steps--) (void)rig_step(r);
        if (prng_below(rng, 2) == 0) continue;
        /* Between steps nothing is pending: the state that returns is the one that was there. */
        w_copy_state(&was, sequencer_state(r->q));
        read_ledger(&before, r);
        size_t ops, ops_after;
        uint32_t entries, entries_after, number = sequencer_block(r->q, &ops, &entries);
        rig_kill(r);
        rig_start(r);
        kills++;
        w_copy_state(&is, sequencer_state(r->q));
        CHECK_EQ_BYTES(&was, &is, sizeof was);
        CHECK_EQ_U64(number, sequencer_block(r->q, &ops_after, &entries_after));
        CHECK_EQ_U64(ops, ops_after);
        CHECK_EQ_U64(entries, entries_after);
        rig_settle(r);
        read_ledger(&after, r);
        check_extends(&after, &before);
        check_once(&after);
        check_store(r);
    }
    CHECK(kills >= 10);
    rig_wait_out(r);
    rig_seal(r);
    check_store(r);
    check_replay(r);
    CHECK_EQ_U64(0, heads_of(r).queued_txs);
    rig_destroy(r);
}

static unsigned count_snapshots(const struct rig *r)
{
    unsigned n = 0;
    DIR *d = opendir(r->folder);
    CHECK(d != NULL);
    for (struct dirent *e; (e = readdir(d)) != NULL;) n += strstr(e->d_name, ".zks") != NULL;
    (void)closedir(d);
    return n;
}

static void damage_snapshots(const struct rig *r)
{
    DIR *d = opendir(r->folder);
    CHECK(d != NULL);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (strstr(e->d_name, ".zks") == NULL) continue;
        char path[400];
        (void)snprintf(path, sizeof path, "%s/%s", r->folder, e->d_name);
        FILE *f = fopen(path, "r+b");
        CHECK(f != NULL);
        CHECK(fseek(f, 100, SEEK_SET) == 0);
        CHECK(fputc(0xa5, f) != EOF);
        CHECK(fclose(f) == 0);
    }
    (void)closedir(d);
}

DB_TEST(test_snapshots__are_used_kept_few_and_not_trusted)
{
    static struct w_state was, is;
    struct rig *r = rig_create(url);
    rig_beginnings(r, rng);
    for (int i = 0; i < 6; i++) {
        w_activity(&r->w, rng, 10);
        rig_settle(r);
        CHECK_OK(sequencer_close(r->q)); /* seals, and saves at once */
        rig_kill(r);
        rig_start(r);
    }
    CHECK(count_snapshots(r) >= 1 && count_snapshots(r) <= 2);
    w_copy_state(&was, sequencer_state(r->q));
    rig_kill(r);
    damage_snapshots(r);
    rig_start(r);
    w_copy_state(&is, sequencer_state(r->q));
    CHECK_EQ_BYTES(&was, &is, sizeof was);
    CHECK_EQ_U64(0, count_snapshots(r)); /* removed */
    rig_destroy(r);
}

DB_TEST(test_snapshots__are_written_beside_the_work)
{
    struct rig *r = rig_create(url);
    r->config.snapshot_blocks = 1;
    rig_kill(r);
    rig_start(r);
    rig_beginnings(r, rng);
    rig_seal(r);
    for (int i = 0; i < 500 && count_snapshots(r) == 0; i++) {
        (void)usleep(10000);
        (void)rig_step(r);
    }
    CHECK(count_snapshots(r) >= 1);
    rig_kill(r);
    rig_start(r);
    check_store(r);
    rig_destroy(r);
}

/* ---- what users see */

static struct tx transfer_of(const struct rig *r, uint32_t id, uint32_t nonce, u128 amount)
{
    struct account_leaf leaf;
    struct tx tx = {.type = TX_TRANSFER};
    state_account(&leaf, sequencer_state(r->q), id);
    tx.transfer = (struct tx_transfer){id, leaf.address, w_address(1), 0, nonce, amount, 1, TIME_RANGE_ALL};
    return tx;
}

static void fill_new(const struct rig *r, struct store_new_tx *n, const struct tx *tx)
{
    struct account_leaf leaf;
    state_account(&leaf, sequencer_state(r->q), tx_account_id(tx));
    *n = (struct store_new_tx){.tx = tx, .facts = {.authorized = true}};
    n->facts.signers.tx = tx->type == TX_CHANGE_PUBKEY ? tx->change_pubkey.new_pubkey_hash : leaf.pubkey_hash;
    CHECK_OK(tx_hash(&n->hash, tx));
}

static hash32 send(struct rig *r, const struct tx *tx, bool fast)
{
    struct store_new_tx n;
    fill_new(r, &n, tx);
    n.fast = fast;
    struct store_submission sub = {.txs = &n, .n = 1};
    CHECK_OK(store_accept(r->w.store, &sub, 1, r->now));
    CHECK(!sub.duplicate);
    return n.hash;
}

static struct store_tx receipt(struct rig *r, const hash32 *hash)
{
    struct store_tx tx;
    bool found;
    CHECK_OK(store_tx_get(r->w.store, &tx, &found, hash));
    CHECK(found);
    return tx;
}

/* A user with 1,000,000 of token 0 and a key; the open block is empty. */
static uint32_t rig_user(struct rig *r, uint32_t who)
{
    struct priority_op op = {.type = PRIORITY_DEPOSIT};
    op.deposit.to = w_address(who);
    op.deposit.amount = 1000000;
    w_request(&r->w, &op, who);
    rig_settle(r);
    uint32_t id;
    eth_address address = w_address(who);
    CHECK(state_find(&id, sequencer_state(r->q), &address));
    struct tx tx = {.type = TX_CHANGE_PUBKEY};
    tx.change_pubkey = (struct tx_change_pubkey){
        .account_id = id, .account = address, .new_pubkey_hash = w_key(id, 0), .valid = TIME_RANGE_ALL};
    (void)send(r, &tx, false);
    rig_settle(r);
    rig_seal(r);
    return id;
}

DB_TEST(test_reject__has_block_and_reason)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx poor = transfer_of(r, id, 1, 2000000), stale = transfer_of(r, id, 0, 5);
    hash32 h_poor = send(r, &poor, false), h_stale = send(r, &stale, false);
    rig_settle(r);
    struct store_tx got = receipt(r, &h_poor);
    CHECK(got.status == STORE_TX_REJECTED);
    CHECK_EQ_STR("Not enough balance", got.fail_reason);
    CHECK_EQ_U64(2, got.block);
    got = receipt(r, &h_stale);
    CHECK(got.status == STORE_TX_REJECTED);
    CHECK_EQ_STR("Nonce mismatch", got.fail_reason);
    /* A block of rejected ones alone is not sealed, and takes its time from what is executed first. */
    r->now += 3600 * SECOND;
    rig_settle(r);
    CHECK_EQ_U64(1, heads_of(r).last_sealed);
    struct tx good = transfer_of(r, id, 1, 5);
    hash32 h_good = send(r, &good, false);
    rig_settle(r);
    rig_kill(r);
    rig_start(r);
    CHECK(receipt(r, &h_good).status == STORE_TX_EXECUTED);
    rig_seal(r);
    struct store_block block;
    bool found;
    CHECK_OK(store_block_get(r->w.store, &block, &found, 2));
    CHECK_EQ_U64((uint64_t)W_TIME + 3600, block.header.timestamp);
    CHECK_EQ_U64(3, block.entries);
    rig_destroy(r);
}

DB_TEST(test_batch__is_executed_whole_or_not_at_all)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx txs[3];
    struct store_new_tx n[3];
    for (int good = 0; good < 2; good++) {
        for (uint32_t i = 0; i < 3; i++) {
            txs[i] = transfer_of(r, id, 1 + i, i == 2 && !good ? 2000000 : 10);
            fill_new(r, &n[i], &txs[i]);
        }
        struct store_submission sub = {.txs = n, .n = 3, .is_batch = true};
        CHECK_OK(store_accept(r->w.store, &sub, 1, r->now));
        CHECK(!sub.duplicate);
        rig_settle(r);
        for (int i = 0; i < 3; i++) {
            struct store_tx got = receipt(r, &n[i].hash);
            CHECK(got.status == (good ? STORE_TX_EXECUTED : STORE_TX_REJECTED));
            if (!good)
                CHECK_EQ_STR("Batch execution failed, since tx #3 of batch failed with a reason: Not enough balance",
                             got.fail_reason);
        }
    }
    check_store(r);
    rig_destroy(r);
}

DB_TEST(test_close__by_time_fullness_and_hurry)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1), nonce = 1;
    CHECK_EQ_U64(1, heads_of(r).last_sealed);
    struct tx tx = transfer_of(r, id, nonce++, 5);
    (void)send(r, &tx, false);
    rig_settle(r);
    r->now += 10 * SECOND - 1;
    rig_settle(r);
    CHECK_EQ_U64(1, heads_of(r).last_sealed);
    r->now += 1;
    rig_settle(r);
    CHECK_EQ_U64(2, heads_of(r).last_sealed);

    /* 40 slots: 39 transfers and one slot for the fees. */
    for (int i = 0; i < 41; i++) {
        tx = transfer_of(r, id, nonce++, 5);
        (void)send(r, &tx, false);
    }
    rig_settle(r);
    CHECK_EQ_U64(3, heads_of(r).last_sealed);
    size_t ops;
    uint32_t entries;
    CHECK_EQ_U64(4, sequencer_block(r->q, &ops, &entries));
    CHECK_EQ_U64(2, ops);
    struct store_block block;
    bool found;
    CHECK_OK(store_block_get(r->w.store, &block, &found, 3));
    CHECK_EQ_U64(40, block.used);

    r->config.fast_block_time_us = 0;
    rig_kill(r);
    rig_start(r);
    tx = transfer_of(r, id, nonce++, 5);
    (void)send(r, &tx, true);
    rig_settle(r);
    CHECK_EQ_U64(4, heads_of(r).last_sealed);
    rig_destroy(r);
}

/* Who asks for more than he has makes nobody hurry: neither the block nor its settlement. */
DB_TEST(test_fast__counts_only_when_executed)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    bool fast = true;
    r->config.fast_block_time_us = 0;
    rig_kill(r);
    rig_start(r);
    for (uint32_t nonce = 1; nonce <= 2; nonce++) {
        struct tx plain = transfer_of(r, id, nonce, 5), tx = {.type = TX_WITHDRAW};
        struct account_leaf leaf;
        state_account(&leaf, sequencer_state(r->q), id);
        u128 amount = nonce == 1 ? 2000000 : 5;
        tx.withdraw =
            (struct tx_withdraw){id, leaf.address, leaf.address, 0, nonce + 1, true, amount, 2, TIME_RANGE_ALL};
        (void)send(r, &plain, false);
        hash32 hash = send(r, &tx, true);
        rig_settle(r);
        CHECK(receipt(r, &hash).status == (nonce == 1 ? STORE_TX_REJECTED : STORE_TX_EXECUTED));
        CHECK_EQ_U64(nonce == 1 ? 1 : 3, heads_of(r).last_sealed);
        if (nonce == 1) rig_seal(r);
        CHECK_OK(store_block_has_fast(r->w.store, &fast, 1 + nonce));
        CHECK(fast == (nonce == 2));
    }
    rig_destroy(r);
}

DB_TEST(test_time__does_not_fall_when_the_clock_does)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    r->now -= 5000 * SECOND;
    struct tx tx = transfer_of(r, id, 1, 5);
    (void)send(r, &tx, false);
    rig_settle(r);
    r->now -= 5000 * SECOND;
    rig_settle(r);
    CHECK_EQ_U64(1, heads_of(r).last_sealed);
    r->now += 10 * SECOND; /* the block's age still counts */
    rig_settle(r);
    CHECK_EQ_U64(2, heads_of(r).last_sealed);
    check_replay(r);
    rig_destroy(r);
}

DB_TEST(test_valid_from__waits_for_a_block_of_that_time)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx tx = transfer_of(r, id, 1, 5);
    tx.transfer.valid.from = (uint64_t)W_TIME + 100;
    hash32 hash = send(r, &tx, false);
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_QUEUED);
    rig_kill(r);
    rig_start(r);
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_QUEUED);
    r->now = (W_TIME + 100) * SECOND;
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_EXECUTED);
    rig_destroy(r);
}

/* The announcement was seen when it was accepted; by now its owner may have taken it back. */
DB_TEST(test_onchain_key__is_executed_within_an_hour_or_not_at_all)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    eth_address address = w_address(1);
    hash32 hashes[2];
    for (uint32_t late = 0; late < 2; late++) {
        struct tx tx = {.type = TX_CHANGE_PUBKEY};
        tx.change_pubkey = (struct tx_change_pubkey){.account_id = id,
                                                     .account = address,
                                                     .nonce = 1 + late,
                                                     .new_pubkey_hash = w_key(id, 1 + late),
                                                     .auth = {.kind = CHANGE_PUBKEY_ONCHAIN},
                                                     .valid = TIME_RANGE_ALL};
        tx.change_pubkey.valid.from = (uint64_t)(r->now / SECOND) + 3600 + late;
        hashes[late] = send(r, &tx, false);
        rig_settle(r);
        r->now += (3600 + late) * SECOND;
        rig_settle(r);
        rig_seal(r);
    }
    CHECK(receipt(r, &hashes[0]).status == STORE_TX_EXECUTED);
    CHECK(receipt(r, &hashes[1]).status == STORE_TX_REJECTED);
    /* Executed in time, it is executed again whenever its block is made again. */
    r->now += 7200 * SECOND;
    CHECK_OK(unwind_ask(r->w.store, receipt(r, &hashes[0]).block, NULL, 0));
    rig_settle(r);
    CHECK(receipt(r, &hashes[0]).status == STORE_TX_EXECUTED);
    check_store(r);
    rig_destroy(r);
}

DB_TEST(test_nonce__too_high_is_held_then_rejected)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx late = transfer_of(r, id, 2, 5), first = transfer_of(r, id, 1, 5), lost = transfer_of(r, id, 9, 5);
    hash32 h_late = send(r, &late, false), h_lost = send(r, &lost, false);
    rig_settle(r);
    CHECK(receipt(r, &h_late).status == STORE_TX_QUEUED);
    hash32 h_first = send(r, &first, false);
    rig_settle(r);
    CHECK(receipt(r, &h_first).status == STORE_TX_EXECUTED);
    CHECK(receipt(r, &h_late).status == STORE_TX_EXECUTED);
    r->now += 60 * SECOND;
    rig_settle(r);
    CHECK_EQ_STR("Nonce mismatch", receipt(r, &h_lost).fail_reason);
    rig_destroy(r);
}

DB_TEST(test_backlog__keeps_the_block_open)
{
    struct rig *r = rig_create(url);
    r->config.backlog_blocks = 2;
    rig_kill(r);
    rig_start(r);
    uint32_t id = rig_user(r, 1), nonce = 1;
    for (int i = 0; i < 3; i++) {
        struct tx tx = transfer_of(r, id, nonce++, 5);
        (void)send(r, &tx, false);
        rig_settle(r);
        r->now += 11 * SECOND;
        rig_settle(r);
    }
    CHECK_EQ_U64(2, heads_of(r).last_sealed);
    CHECK(heads_of(r).open);
    bool stored;
    CHECK_OK(store_job_done(r->w.store, &stored, 1, "p", (const uint8_t *)"x", 1, 1));
    CHECK(stored);
    r->now += SECOND;
    rig_settle(r);
    CHECK_EQ_U64(3, heads_of(r).last_sealed);
    rig_destroy(r);
}

DB_TEST(test_fence__stops_a_sequencer_that_was_replaced)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct store_lease mine, other;
    bool held;
    CHECK_OK(store_lease_take(r->w.store, &mine, &held, "sequencer", "a", 1));
    CHECK(held);
    store_fence(r->w.store, "sequencer", mine.token);
    struct store *second;
    CHECK_OK(store_open(&second, r->url, &(struct store_options){.create = false}));
    (void)usleep(2000);
    CHECK_OK(store_lease_take(second, &other, &held, "sequencer", "b", 60 * SECOND));
    CHECK(held);
    store_close(second);
    store_fence(r->w.store, NULL, 0);
    struct tx tx = transfer_of(r, id, 1, 5);
    hash32 hash = send(r, &tx, false);
    store_fence(r->w.store, "sequencer", mine.token);
    bool worked;
    int64_t wait;
    CHECK_ERR(ZK_ERR_CANCELLED, sequencer_step(r->q, &worked, &wait));
    store_fence(r->w.store, NULL, 0);
    CHECK(receipt(r, &hash).status == STORE_TX_QUEUED);
    rig_kill(r);
    rig_start(r);
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_EXECUTED);
    rig_destroy(r);
}

/* ---- killed for real */

/* A sequencer in a process of its own, until it is killed. */
static void run_child(const struct rig *r)
{
    struct sequencer *q;
    struct store *s;
    struct pool *pool;
    struct sequencer_config config = r->config;
    bool worked;
    int64_t wait;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    config.now = NULL; /* the system's clock */
    if (store_open(&s, r->url, &(struct store_options){.create = false}) != ZK_OK || pool_create(&pool, 1) != ZK_OK ||
        sequencer_create(&q, &config, s, NULL, pool) != ZK_OK) {
        (void)fprintf(stderr, "a killed sequencer does not start again: %s\n", zk_err_message());
        _exit(1);
    }
    for (;;) {
        if (sequencer_step(q, &worked, &wait) != ZK_OK) {
            (void)fprintf(stderr, "a step failed: %s\n", zk_err_message());
            _exit(2);
        }
        if (!worked) (void)usleep(500);
    }
}

static pid_t start_child(const struct rig *r)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) run_child(r);
    return pid;
}

/* Users as they were when the run began, with the nonces that they count by themselves. */
#define KILL_USERS 6
#define KILLS      50

struct kill_load {
    uint32_t ids[KILL_USERS], nonces[KILL_USERS];
    hash32 sent[SENT_MAX];
    size_t n_sent;
};

static void send_some(struct rig *r, struct kill_load *l, struct prng *rng)
{
    for (uint64_t n = 1 + prng_below(rng, 12); n > 0; n--) {
        size_t from = prng_below(rng, KILL_USERS), to = prng_below(rng, KILL_USERS);
        struct tx tx = {.type = TX_TRANSFER};
        tx.transfer = (struct tx_transfer){.account_id = l->ids[from],
                                           .from = w_address((uint32_t)from + 1),
                                           .to = w_address((uint32_t)to + 1),
                                           .nonce = l->nonces[from]++,
                                           .amount = 1,
                                           .fee = 1,
                                           .valid = TIME_RANGE_ALL};
        struct store_new_tx new = {.tx = &tx, .facts = {.signers.tx = w_key(l->ids[from], 0)}};
        CHECK_OK(tx_hash(&new.hash, &tx));
        struct store_submission sub = {.txs = &new, .n = 1};
        CHECK_OK(store_accept(r->w.store, &sub, 1, r->now));
        CHECK(!sub.duplicate);
        CHECK(l->n_sent < SENT_MAX);
        l->sent[l->n_sent++] = new.hash;
    }
    if (prng_below(rng, 3) == 0) w_deposit(&r->w, rng);
}

DB_TEST(test_kill_9__at_fifty_moments_loses_and_repeats_nothing)
{
    static struct kill_load load;
    static struct ledger l;
    struct rig *r = rig_create(url);
    memset(&load, 0, sizeof load);
    for (uint32_t i = 0; i < KILL_USERS; i++) {
        load.ids[i] = rig_user(r, i + 1);
        load.nonces[i] = 1;
    }
    r->config.block.slots = 12; /* so that many moments are in the midst of sealing */
    r->config.snapshot_blocks = 3;
    rig_kill(r);
    for (int kills = 0; kills < KILLS; kills++) {
        pid_t child = start_child(r);
        for (uint64_t rounds = 1 + prng_below(rng, 4); rounds > 0; rounds--) {
            send_some(r, &load, rng);
            (void)usleep((useconds_t)prng_below(rng, 8000));
        }
        int status = 0;
        CHECK_MSG(waitpid(child, &status, WNOHANG) == 0, "the sequencer ended by itself: %d", status);
        CHECK(kill(child, SIGKILL) == 0);
        CHECK(waitpid(child, &status, 0) == child);
    }
    r->now = INT64_C(1000000) * time(NULL);
    rig_start(r);
    rig_settle(r);
    rig_seal(r);
    for (size_t i = 0; i < load.n_sent; i++) CHECK(receipt(r, &load.sent[i]).status == STORE_TX_EXECUTED);
    CHECK_EQ_U64(0, heads_of(r).queued_txs);
    CHECK_EQ_U64(r->w.serial, heads_of(r).next_priority);
    for (uint32_t i = 0; i < KILL_USERS; i++) {
        struct account_leaf leaf;
        state_account(&leaf, sequencer_state(r->q), load.ids[i]);
        CHECK_EQ_U64(load.nonces[i], leaf.nonce);
    }
    read_ledger(&l, r);
    check_once(&l);
    check_store(r);
    check_replay(r);
    rig_destroy(r);
}

/* ---- unwinding */

DB_TEST(test_unwind__executes_the_same_again)
{
    static struct w_state was, is;
    static struct ledger before, after;
    struct rig *r = rig_create(url);
    rig_beginnings(r, rng);
    rig_seal(r);
    for (int i = 0; i < 5; i++) {
        w_activity(&r->w, rng, 12);
        rig_settle(r);
        if (i < 4) rig_seal(r);
    }
    w_copy_state(&was, sequencer_state(r->q));
    read_ledger(&before, r);
    uint32_t first = heads_of(r).last_sealed - 2;
    CHECK_OK(unwind_ask(r->w.store, first, NULL, 0));
    rig_settle(r);
    /* Nothing was wrong with them: the same entries in the same order, and every account as before; only the fees of
     * blocks that are not yet sealed again are not yet collected. */
    w_copy_state(&is, sequencer_state(r->q));
    for (uint32_t t = 0; t < W_TOKENS; t++) was.balances[0][t] = is.balances[0][t] = 0;
    CHECK_EQ_BYTES(&was, &is, sizeof was);
    read_ledger(&after, r);
    check_once(&after);
    CHECK_EQ_U64(before.n, after.n);
    for (size_t i = 0; i < before.n; i++) {
        CHECK_EQ_U64(before.entries[i].id, after.entries[i].id);
        CHECK(before.entries[i].is_priority == after.entries[i].is_priority);
    }
    check_store(r);
    rig_seal(r);
    check_replay(r);
    bool asked;
    struct unwind_request request;
    CHECK_OK(unwind_asked(r->w.store, &request, &asked));
    CHECK(!asked);
    rig_destroy(r);
}

/* The database goes away between the unwinding and the reading of what is to be executed again. */
DB_TEST(test_unwind__survives_the_end_of_the_database_server)
{
    if (strncmp(url, "postgres", 8) != 0) return;
    static struct ledger before, after;
    struct rig *r = rig_create(url);
    bool worked;
    int64_t wait;
    rig_beginnings(r, rng);
    rig_seal(r);
    uint32_t first = heads_of(r).last_sealed + 1;
    for (int i = 0; i < 2; i++) {
        w_activity(&r->w, rng, 12);
        rig_settle(r);
        rig_seal(r);
    }
    read_ledger(&before, r);
    CHECK_OK(unwind_ask(r->w.store, first, NULL, 0));
    r->server_ends = true;
    CHECK_ERR(ZK_ERR_IO, sequencer_step(r->q, &worked, &wait));
    CHECK(!r->server_ends);
    CHECK_OK(sequencer_seal(r->q)); /* there is nothing that only memory has */
    db_server_start();
    rig_settle(r);
    read_ledger(&after, r);
    check_once(&after);
    CHECK_EQ_U64(before.n, after.n);
    for (size_t i = 0; i < before.n; i++) CHECK_EQ_U64(before.entries[i].id, after.entries[i].id);
    check_store(r);
    rig_seal(r);
    check_replay(r);
    rig_destroy(r);
}

DB_TEST(test_unwind__without_the_offending_key_change)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1), other = rig_user(r, 2);
    struct tx key = {.type = TX_CHANGE_PUBKEY};
    key.change_pubkey = (struct tx_change_pubkey){.account_id = id,
                                                  .account = w_address(1),
                                                  .new_pubkey_hash = w_key(id, 77),
                                                  .nonce = 1,
                                                  .valid = TIME_RANGE_ALL};
    hash32 h_key = send(r, &key, false);
    rig_settle(r);
    struct tx follows = transfer_of(r, id, 2, 5), unrelated = transfer_of(r, other, 1, 6);
    hash32 h_follows = send(r, &follows, false), h_unrelated = send(r, &unrelated, false);
    rig_settle(r);
    rig_seal(r);
    CHECK(receipt(r, &h_follows).status == STORE_TX_EXECUTED);
    uint64_t offender = receipt(r, &h_key).id;
    CHECK_OK(unwind_ask(r->w.store, 3, &offender, 1));
    rig_settle(r);
    CHECK(receipt(r, &h_key).status == STORE_TX_REJECTED);
    CHECK_EQ_STR("ChangePubKey Ethereum auth data is incorrect", receipt(r, &h_key).fail_reason);
    CHECK(receipt(r, &h_unrelated).status == STORE_TX_EXECUTED);
    CHECK(receipt(r, &h_follows).status == STORE_TX_QUEUED); /* its nonce is too high now */
    r->now += 61 * SECOND;
    rig_settle(r);
    CHECK(receipt(r, &h_follows).status == STORE_TX_REJECTED);
    struct account_leaf leaf;
    pubkey_hash old = w_key(id, 0);
    state_account(&leaf, sequencer_state(r->q), id);
    CHECK(pubkey_hash_eq(&leaf.pubkey_hash, &old));
    check_store(r);
    rig_seal(r);
    check_replay(r);
    rig_destroy(r);
}

DB_TEST(test_unwind__without_a_deposit_that_is_gone_from_l1)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    r->w.eth_block = 1000;
    struct priority_op op = {.type = PRIORITY_DEPOSIT};
    op.deposit.to = w_address(1);
    op.deposit.amount = 50000000;
    w_request(&r->w, &op, 9);
    uint64_t gone = r->w.serial - 1;
    rig_settle(r);
    struct tx rich = transfer_of(r, id, 1, 40000000), modest = transfer_of(r, id, 2, 500);
    hash32 h_rich = send(r, &rich, false), h_modest = send(r, &modest, false);
    rig_settle(r);
    rig_seal(r);
    CHECK(receipt(r, &h_rich).status == STORE_TX_EXECUTED);
    uint32_t block;
    CHECK_OK(store_priority_reorg(r->w.store, 1000));
    CHECK_OK(store_priority_missing(r->w.store, &block, UINT32_MAX));
    CHECK_EQ_U64(2, block);
    CHECK_OK(unwind_ask(r->w.store, block, NULL, 0));
    rig_settle(r);
    CHECK(receipt(r, &h_rich).status == STORE_TX_QUEUED); /* it may come back */
    r->now += 30 * SECOND;
    rig_settle(r);
    CHECK_EQ_STR("Not enough balance", receipt(r, &h_rich).fail_reason);
    CHECK(receipt(r, &h_modest).status == STORE_TX_QUEUED);
    CHECK_EQ_U64(gone, heads_of(r).next_priority);
    check_store(r);
    /* It comes back, with other content. */
    r->w.serial = gone;
    op.deposit.amount = 7;
    w_request(&r->w, &op, 9);
    struct tx again = transfer_of(r, id, 1, 44);
    hash32 h_again = send(r, &again, false);
    rig_settle(r);
    CHECK(receipt(r, &h_again).status == STORE_TX_EXECUTED);
    CHECK(receipt(r, &h_modest).status == STORE_TX_EXECUTED);
    CHECK(state_balance(sequencer_state(r->q), id, 0) == 1000000 + 7 - 44 - 500 - 2 + 44 + 500);
    rig_seal(r);
    check_store(r);
    check_replay(r);
    rig_destroy(r);
}

/* A removed transaction of L1 is mostly mined again: what depends on it must not be rejected meanwhile. */
DB_TEST(test_unwind__waits_for_a_deposit_that_comes_back)
{
    struct rig *r = rig_create(url);
    CHECK_OK(chain_set_l1_confirmed(r->w.store, 2000));
    (void)rig_user(r, 1);
    r->w.eth_block = 1000;
    struct priority_op op = {.type = PRIORITY_DEPOSIT};
    op.deposit.to = w_address(2);
    op.deposit.amount = 50;
    w_request(&r->w, &op, 9);
    uint64_t gone = r->w.serial - 1;
    rig_settle(r);
    uint32_t id;
    eth_address address = w_address(2);
    CHECK(state_find(&id, sequencer_state(r->q), &address));
    struct tx tx = {.type = TX_CHANGE_PUBKEY};
    tx.change_pubkey = (struct tx_change_pubkey){
        .account_id = id, .account = address, .new_pubkey_hash = w_key(id, 0), .valid = TIME_RANGE_ALL};
    hash32 hash = send(r, &tx, false);
    rig_settle(r);
    rig_seal(r);
    CHECK(receipt(r, &hash).status == STORE_TX_EXECUTED);
    CHECK_OK(store_priority_reorg(r->w.store, 1000));
    CHECK_OK(unwind_ask(r->w.store, 2, NULL, 0));
    rig_settle(r);
    r->now += 20 * SECOND;
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_QUEUED);
    r->w.serial = gone;
    r->w.eth_block = 2001; /* seen again, without its confirmations: those are worth waiting for */
    w_request(&r->w, &op, 9);
    r->now += 600 * SECOND;
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_QUEUED);
    CHECK_OK(chain_set_l1_confirmed(r->w.store, 2001));
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_EXECUTED);
    rig_seal(r);
    check_store(r);
    check_replay(r);
    rig_destroy(r);
}

/* Rejected ones cost nobody anything: they must cost us nothing either. */
DB_TEST(test_rejected__close_blocks_and_go_when_they_are_old)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx tx = transfer_of(r, id, 1, 5);
    struct store_new_tx *n = calloc(STORE_BATCH_MAX, sizeof *n);
    struct tx *txs = calloc(STORE_BATCH_MAX, sizeof *txs);
    CHECK(n != NULL && txs != NULL);
    hash32 good = send(r, &tx, false), bad = {{0}};
    rig_settle(r);
    for (uint32_t sent = 0; sent < SEQ_REJECTED_MAX; sent += STORE_BATCH_MAX) {
        for (uint32_t i = 0; i < STORE_BATCH_MAX; i++) {
            txs[i] = transfer_of(r, id, 2, 2000000 + sent + i);
            fill_new(r, &n[i], &txs[i]);
            struct store_submission sub = {.txs = &n[i], .n = 1};
            CHECK_OK(store_accept(r->w.store, &sub, 1, r->now));
            bad = n[i].hash;
        }
        rig_settle(r);
    }
    CHECK_EQ_U64(2, heads_of(r).last_sealed); /* though its time is not up */
    CHECK(receipt(r, &bad).status == STORE_TX_REJECTED);
    size_t ops;
    uint32_t entries;
    CHECK_EQ_U64(3, sequencer_block(r->q, &ops, &entries));
    CHECK(ops == 0);
    tx = transfer_of(r, id, 2, 6);
    (void)send(r, &tx, false);
    rig_settle(r);
    rig_kill(r);
    CHECK_OK(clean_store(r->w.store, 0, NULL, NULL)); /* all, however many they are */
    bool found;
    struct store_tx got;
    CHECK_OK(store_tx_get(r->w.store, &got, &found, &bad));
    CHECK(!found);
    CHECK(receipt(r, &good).status == STORE_TX_EXECUTED);
    struct store_entry_place places[8];
    size_t n_places;
    CHECK_OK(store_block_places(r->w.store, places, &n_places, 8, 2, 0));
    CHECK_EQ_U64(1, n_places);
    rig_start(r);
    rig_seal(r);
    check_store(r);
    check_replay(r);
    free(n);
    free(txs);
    rig_destroy(r);
}

DB_TEST(test_unwind__waits_while_l1_has_the_block)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct store_l1_result result = {.gas_used = 1};
    CHECK_OK(store_blocks_confirm(r->w.store, 1U << STORE_COMMIT, 1, 1, &result));
    CHECK_OK(unwind_ask(r->w.store, 1, NULL, 0));
    struct tx tx = transfer_of(r, id, 1, 5);
    hash32 hash = send(r, &tx, false);
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_EXECUTED);
    CHECK_EQ_U64(1, heads_of(r).last_sealed);
    CHECK_OK(store_blocks_revert(r->w.store, 1));
    rig_settle(r);
    CHECK_EQ_U64(0, heads_of(r).last_sealed);
    CHECK(receipt(r, &hash).status == STORE_TX_EXECUTED);
    check_store(r);
    rig_destroy(r);
}

/* L1 refused the block, and nobody knows why. */
DB_TEST(test_unwind__into_smaller_blocks)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    hash32 hashes[20];
    for (uint32_t i = 0; i < 20; i++) {
        struct tx tx = transfer_of(r, id, 1 + i, 5);
        hashes[i] = send(r, &tx, false);
    }
    rig_settle(r);
    rig_seal(r);
    CHECK_EQ_U64(2, heads_of(r).last_sealed);
    CHECK_OK(unwind_ask_smaller(r->w.store, 2, &(struct block_shrink){.last = 4, .operations = 5}));
    rig_step(r);
    rig_kill(r); /* the limit outlives the program */
    rig_start(r);
    rig_settle(r);
    CHECK_EQ_U64(4, heads_of(r).last_sealed); /* 5, 5, 5; the rest is in one without limit */
    size_t ops;
    uint32_t entries;
    CHECK_EQ_U64(5, sequencer_block(r->q, &ops, &entries));
    CHECK_EQ_U64(5, ops);
    for (uint32_t i = 0; i < 20; i++) {
        struct store_tx got = receipt(r, &hashes[i]);
        CHECK(got.status == STORE_TX_EXECUTED);
        CHECK_EQ_U64(2 + i / 5, got.block);
    }
    for (uint32_t i = 20; i < 30; i++) {
        struct tx tx = transfer_of(r, id, 1 + i, 5);
        (void)send(r, &tx, false);
    }
    rig_settle(r);
    CHECK_EQ_U64(4, heads_of(r).last_sealed);
    rig_seal(r);
    check_store(r);
    check_replay(r);
    rig_destroy(r);
}

DB_TEST(test_exodus__stops_everything)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx tx = transfer_of(r, id, 1, 5);
    hash32 before = send(r, &tx, false);
    rig_settle(r);
    CHECK_OK(chain_set_exodus(r->w.store, true, 77));
    tx = transfer_of(r, id, 2, 5);
    hash32 after = send(r, &tx, false);
    for (int again = 0; again < 2; again++) {
        rig_settle(r);
        r->now += 3600 * SECOND;
        rig_settle(r);
        CHECK(receipt(r, &before).status == STORE_TX_EXECUTED);
        CHECK(receipt(r, &after).status == STORE_TX_QUEUED);
        CHECK_EQ_U64(1, heads_of(r).last_sealed);
        CHECK_OK(sequencer_close(r->q));
        CHECK_EQ_U64(1, heads_of(r).last_sealed);
        rig_kill(r);
        rig_start(r);
    }
    CHECK_OK(chain_set_exodus(r->w.store, false, 78)); /* L1 was reorganized */
    rig_settle(r);
    CHECK(receipt(r, &after).status == STORE_TX_EXECUTED);
    rig_seal(r);
    check_store(r);
    rig_destroy(r);
}

DB_TEST(test_start__open_block_that_is_too_old_for_l1_begins_anew)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx tx = transfer_of(r, id, 1, 5);
    hash32 hash = send(r, &tx, false);
    rig_settle(r);
    rig_kill(r);
    r->now += 13 * 3600 * SECOND;
    rig_start(r);
    rig_settle(r);
    CHECK(receipt(r, &hash).status == STORE_TX_EXECUTED);
    rig_seal(r);
    struct store_block block;
    bool found;
    CHECK_OK(store_block_get(r->w.store, &block, &found, 2));
    CHECK_EQ_U64((uint64_t)W_TIME + 13 * 3600, block.header.timestamp);
    rig_destroy(r);
}

DB_TEST(test_genesis__of_another_chain_is_refused)
{
    struct rig *r = rig_create(url);
    eth_address other = {{9}};
    hash32 root = {{1}};
    CHECK_OK(recovery_genesis(r->w.store, &w_fee_address, NULL, 1));
    CHECK_ERR(ZK_ERR_INPUT, recovery_genesis(r->w.store, &other, NULL, 1));
    CHECK_ERR(ZK_ERR_INPUT, recovery_genesis(r->w.store, &w_fee_address, &root, 1));
    rig_destroy(r);
}

/* A store whose accounts are not what its operations lead to is not served. */
DB_TEST(test_start__refuses_accounts_that_do_not_follow)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx tx = transfer_of(r, id, 1, 5);
    (void)send(r, &tx, false);
    rig_settle(r);
    struct token_balance balance = {0, 123};
    struct store_account_change forged = {.id = id, .balances = &balance, .n_balances = 1};
    state_account(&forged.leaf, sequencer_state(r->q), id);
    size_t ops;
    uint32_t entries, number = sequencer_block(r->q, &ops, &entries);
    struct store_mini_block m = {.block = number,
                                 .timestamp = (uint64_t)W_TIME,
                                 .first_index = entries,
                                 .accounts = &forged,
                                 .n_accounts = 1,
                                 .now = r->now};
    CHECK_OK(store_execute(r->w.store, &m));
    rig_kill(r);
    CHECK_ERR(ZK_ERR_CORRUPT, sequencer_create(&r->q, &r->config, r->w.store, r->events, r->pool));
    rig_destroy(r);
}

DB_TEST(test_traces__are_those_of_the_blocks)
{
    struct rig *r = rig_create(url);
    r->config.traces = true;
    rig_kill(r);
    rig_start(r);
    rig_beginnings(r, rng);
    rig_seal(r);
    uint8_t *bytes;
    size_t len;
    bool found;
    struct store_block block;
    CHECK_OK(store_block_trace(r->w.store, &bytes, &len, &found, 1));
    CHECK(found);
    CHECK_OK(store_block_get(r->w.store, &block, &found, 1));
    struct arena arena;
    struct block_trace *trace;
    CHECK_OK(arena_map(&arena, block_trace_decoded_memory(block.capacity)));
    CHECK_OK(block_trace_decode(&trace, bytes, len, &arena));
    CHECK(fr_eq(&trace->block->new_root, &block.new_root));
    CHECK(fr_eq(&trace->block->challenge, &block.challenge));
    arena_unmap(&arena);
    free(bytes);
    rig_destroy(r);
}

/* Each key change needs one witness at commit: one too many, and L1 refuses the block for ever. */
DB_TEST(test_key_changes__are_found_once_across_gaps)
{
    struct rig *r = rig_create(url);
    uint32_t id = rig_user(r, 1);
    struct tx stale[70], change = {.type = TX_CHANGE_PUBKEY};
    for (uint32_t i = 0; i < ZK_COUNT(stale); i++) {
        stale[i] = transfer_of(r, id, 0, 5 + i);
        (void)send(r, &stale[i], false);
    }
    rig_settle(r);
    change.change_pubkey = (struct tx_change_pubkey){.account_id = id,
                                                     .account = w_address(1),
                                                     .new_pubkey_hash = w_key(id, 1),
                                                     .nonce = 1,
                                                     .valid = TIME_RANGE_ALL};
    (void)send(r, &change, false);
    rig_settle(r);
    /* Rejected once more, they stand behind the key change, and leave gaps before it. */
    for (size_t i = 0; i < 10; i++) (void)send(r, &stale[i], false);
    rig_settle(r);
    rig_seal(r);
    CHECK_EQ_U64(2, heads_of(r).last_sealed);

    struct settle_change *changes;
    size_t n;
    CHECK_OK(settle_changes(&changes, &n, r->w.store, 2));
    CHECK_EQ_U64(1, n);
    CHECK_EQ_U64(1, changes[0].tx.nonce);
    free(changes);
    rig_destroy(r);
}

TEST_MAIN(TEST(test_run__store_state_and_streams_agree), TEST(test_kill__at_any_moment_loses_and_repeats_nothing),
          TEST(test_snapshots__are_used_kept_few_and_not_trusted), TEST(test_snapshots__are_written_beside_the_work),
          TEST(test_reject__has_block_and_reason), TEST(test_batch__is_executed_whole_or_not_at_all),
          TEST(test_close__by_time_fullness_and_hurry), TEST(test_fast__counts_only_when_executed),
          TEST(test_time__does_not_fall_when_the_clock_does), TEST(test_valid_from__waits_for_a_block_of_that_time),
          TEST(test_onchain_key__is_executed_within_an_hour_or_not_at_all),
          TEST(test_nonce__too_high_is_held_then_rejected), TEST(test_backlog__keeps_the_block_open),
          TEST(test_fence__stops_a_sequencer_that_was_replaced),
          TEST(test_kill_9__at_fifty_moments_loses_and_repeats_nothing), TEST(test_unwind__executes_the_same_again),
          TEST(test_unwind__survives_the_end_of_the_database_server),
          TEST(test_unwind__without_the_offending_key_change),
          TEST(test_unwind__without_a_deposit_that_is_gone_from_l1), TEST(test_unwind__waits_while_l1_has_the_block),
          TEST(test_unwind__into_smaller_blocks), TEST(test_exodus__stops_everything),
          TEST(test_unwind__waits_for_a_deposit_that_comes_back),
          TEST(test_rejected__close_blocks_and_go_when_they_are_old),
          TEST(test_start__open_block_that_is_too_old_for_l1_begins_anew),
          TEST(test_genesis__of_another_chain_is_refused), TEST(test_start__refuses_accounts_that_do_not_follow),
          TEST(test_traces__are_those_of_the_blocks), TEST(test_key_changes__are_found_once_across_gaps))
