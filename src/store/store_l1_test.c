/* What comes from L1 and goes there: requests and their reorganizations, the journal of the sender, blocks' steps. */
#include "store/databases_test.h"
#include "store/l1_codec.h"
#include "store/world_test.h"

static struct store *open_new(const char *url)
{
    struct store *s;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    return s;
}

static struct store_priority_op request(uint64_t serial, uint64_t eth_block, uint32_t to)
{
    struct store_priority_op p = {.serial_id = serial,
                                  .op = {.type = PRIORITY_DEPOSIT, .deposit = {1, 1000 + serial, w_address(to)}},
                                  .sender = w_address(50),
                                  .eth_hash = {{(uint8_t)serial, 9}},
                                  .eth_block = eth_block,
                                  .eth_block_hash = {{(uint8_t)eth_block, 8}},
                                  .eth_index = 3,
                                  .log_index = 4,
                                  .expires = 5000 - serial,
                                  .created_at = 77};
    return p;
}

static void add(struct store *s, const struct store_priority_op *ops, size_t n)
{
    uint32_t conflict;
    CHECK_OK(store_priority_add(s, ops, n, &conflict));
    CHECK_EQ_U64(0, conflict);
}

static void execute_requests(struct store *s, uint32_t block, uint32_t first_index, uint64_t first, size_t n)
{
    static const struct op op = {.kind = OP_DEPOSIT, .account = 1};
    struct store_entry e[8];
    for (size_t i = 0; i < n; i++) e[i] = (struct store_entry){.is_priority = true, .id = first + i, .op = &op};
    struct store_mini_block m = {
        .block = block, .timestamp = block, .first_index = first_index, .entries = e, .n_entries = n, .now = 88};
    CHECK_OK(store_execute(s, &m));
}

DB_TEST(test_priority__comes_back_as_it_was)
{
    (void)rng;
    struct store *s = open_new(url);
    struct store_priority_op p[3] = {request(0, 10, 1), request(1, 10, 2), request(2, 12, 1)}, got;
    p[1].op = (struct priority_op){.type = PRIORITY_FULL_EXIT, .full_exit = {5, w_address(9), 70000}};
    bool found;
    hash32 hash;
    add(s, p, 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(store_priority_get(s, &got, &found, i));
        CHECK(found && !got.executed);
        priority_op_hash(&hash, &p[i].eth_hash, p[i].eth_block, p[i].eth_index, i);
        CHECK_EQ_BYTES(&hash, &got.hash, 32);
        CHECK_EQ_BYTES(&p[i].sender, &got.sender, 20);
        CHECK_EQ_BYTES(&p[i].eth_block_hash, &got.eth_block_hash, 32);
        CHECK(got.op.type == p[i].op.type && got.eth_block == p[i].eth_block && got.eth_index == 3);
        CHECK(got.log_index == 4 && got.expires == 5000 - i && got.created_at == 77);
        CHECK_OK(store_priority_by_hash(s, &got, &found, &hash));
        CHECK(found && got.serial_id == i);
        CHECK_OK(store_priority_by_eth_hash(s, &got, &found, &p[i].eth_hash));
        CHECK(found && got.serial_id == i);
    }
    CHECK(got.op.deposit.amount == 1002 && got.op.deposit.token == 1);
    CHECK_OK(store_priority_get(s, &got, &found, 3));
    CHECK(!found);
    execute_requests(s, 1, 0, 0, 3);
    CHECK_OK(store_priority_get(s, &got, &found, 2));
    CHECK(got.executed && got.block == 1 && got.index == 2 && got.executed_at == 88);
    store_close(s);
}

DB_TEST(test_priority__is_ready_without_gaps)
{
    (void)rng;
    struct store *s = open_new(url);
    struct store_priority_op p[5] = {request(0, 10, 1), request(1, 11, 2), request(2, 12, 1), request(4, 12, 1),
                                     request(5, 13, 1)};
    struct store_priority_op got[8];
    size_t n;
    add(s, p, 5);
    CHECK_OK(store_priority_ready(s, got, &n, 8, 0, 100));
    CHECK_EQ_U64(3, n); /* 3 is missing */
    CHECK_OK(store_priority_ready(s, got, &n, 8, 0, 11));
    CHECK_EQ_U64(2, n);
    CHECK_OK(store_priority_ready(s, got, &n, 1, 0, 11));
    CHECK_EQ_U64(1, n);
    CHECK_OK(store_priority_ready(s, got, &n, 8, 3, 100));
    CHECK_EQ_U64(0, n);
    execute_requests(s, 1, 0, 0, 2);
    CHECK_OK(store_priority_ready(s, got, &n, 8, 2, 100));
    CHECK(n == 1 && got[0].serial_id == 2);

    eth_address a = w_address(1);
    CHECK_OK(store_priority_pending(s, got, &n, 8, &a, 0, STORE_NEWER));
    CHECK(n == 3 && got[0].serial_id == 2 && got[2].serial_id == 5);
    CHECK_OK(store_priority_pending(s, got, &n, 2, &a, UINT64_MAX, STORE_OLDER));
    CHECK(n == 2 && got[0].serial_id == 5 && got[1].serial_id == 4);
    CHECK_OK(store_priority_pending(s, got, &n, 8, &a, 4, STORE_OLDER));
    CHECK(n == 2 && got[0].serial_id == 4);
    a = w_address(2);
    CHECK_OK(store_priority_pending(s, got, &n, 8, &a, 0, STORE_NEWER));
    CHECK_EQ_U64(0, n); /* executed */
    store_close(s);
}

DB_TEST(test_priority__survives_reorganizations)
{
    (void)rng;
    struct store *s = open_new(url);
    struct store_priority_op p[4] = {request(0, 10, 1), request(1, 11, 2), request(2, 12, 1), request(3, 13, 1)};
    struct store_priority_op got;
    uint32_t block, conflict;
    bool found;
    add(s, p, 4);
    execute_requests(s, 1, 0, 0, 2);
    CHECK_OK(store_priority_reorg(s, 11));
    CHECK_OK(store_priority_get(s, &got, &found, 2));
    CHECK(!found);
    CHECK_OK(store_priority_get(s, &got, &found, 1));
    CHECK(found && got.executed);
    CHECK_OK(store_priority_missing(s, &block, 10));
    CHECK_EQ_U64(0, block);
    CHECK_OK(store_priority_missing(s, &block, 11));
    CHECK_EQ_U64(1, block);

    /* it comes back elsewhere: the same request, another place */
    p[1].eth_block = 14;
    p[1].eth_index = 0;
    add(s, &p[1], 3);
    CHECK_OK(store_priority_missing(s, &block, 100));
    CHECK_EQ_U64(0, block);
    CHECK_OK(store_priority_get(s, &got, &found, 1));
    CHECK(found && got.executed && got.eth_block == 14 && got.eth_index == 0);

    /* another request has its serial id: the block that executed it must be unwound */
    CHECK_OK(store_priority_reorg(s, 11));
    p[1].op.deposit.amount++;
    CHECK_OK(store_priority_add(s, &p[1], 2, &conflict));
    CHECK_EQ_U64(1, conflict);
    CHECK_OK(store_priority_get(s, &got, &found, 2));
    CHECK(!found); /* nothing of that call */
    CHECK_OK(store_unwind(s, 1));
    CHECK_OK(store_priority_get(s, &got, &found, 1));
    CHECK(!found); /* it was missing */
    CHECK_OK(store_priority_get(s, &got, &found, 0));
    CHECK(found && !got.executed);
    add(s, &p[1], 2);
    CHECK_OK(store_priority_get(s, &got, &found, 1));
    CHECK(found && !got.executed && got.op.deposit.amount == 1002);
    struct store_heads heads;
    CHECK_OK(store_heads(s, &heads));
    CHECK_EQ_U64(0, heads.next_priority);

    /* a request that is not executed may change */
    p[1].op.deposit.amount++;
    add(s, &p[1], 1);
    CHECK_OK(store_priority_get(s, &got, &found, 1));
    CHECK(got.op.deposit.amount == 1003);
    store_close(s);
}

DB_TEST(test_scan__is_kept)
{
    struct store *s = open_new(url);
    static struct log_scan scan, got;
    bool found;
    CHECK_OK(store_scan_load(s, "watcher", &got, &found));
    CHECK(!found);
    scan = (struct log_scan){.first = 5, .next = 900, .span = 1000, .n_anchors = LOG_SCAN_ANCHORS};
    for (size_t i = 0; i < LOG_SCAN_ANCHORS; i++) {
        scan.anchors[i].number = 100 + 2 * i;
        prng_bytes(rng, scan.anchors[i].hash, 32);
    }
    CHECK_OK(store_scan_save(s, "watcher", &scan));
    CHECK_OK(store_scan_load(s, "watcher", &got, &found));
    CHECK(found);
    CHECK_EQ_BYTES(&scan, &got, sizeof scan);
    CHECK_OK(store_scan_load(s, "other", &got, &found));
    CHECK(!found);
    CHECK_OK(store_put(s, "scan:other", "no cursor", 9));
    CHECK_ERR(ZK_ERR_CORRUPT, store_scan_load(s, "other", &got, &found));
    store_close(s);
}

DB_TEST(test_l1_txs__are_kept)
{
    struct store *s = open_new(url);
    uint64_t id[3];
    for (size_t i = 0; i < 3; i++)
        CHECK_OK(store_l1_tx_begin(s, &id[i], 1u << STORE_COMMIT, 10 * (uint32_t)i, 10 * (uint32_t)i + 9, "commit", 5));
    CHECK(id[0] < id[1] && id[1] < id[2]);
    static uint8_t data[70000];
    prng_bytes(rng, data, sizeof data);
    static struct eth_submission sub;
    sub = (struct eth_submission){.id = id[1],
                                  .state = ETH_SUBMISSION_MINED,
                                  .data = data,
                                  .data_len = sizeof data,
                                  .gas_limit = 5,
                                  .nonce = UINT64_MAX,
                                  .n_attempts = ETH_ATTEMPTS_MAX,
                                  .receipt = {true, 9, {1, 2}, 3, 4, true, {5}},
                                  .mined_hash = {7}};
    for (size_t i = 0; i < ETH_ATTEMPTS_MAX; i++) {
        sub.attempts[i] = (struct eth_attempt){.max_fee = i, .max_priority = 2 * i, .sent_ms = 3 * i};
        prng_bytes(rng, sub.attempts[i].hash, 32);
    }
    CHECK_OK(store_l1_tx_save(s, &sub));
    sub.state = ETH_SUBMISSION_DONE;
    CHECK_OK(store_l1_tx_save(s, &sub));
    struct store_l1_tx *list, one;
    size_t n;
    bool found;
    CHECK_OK(store_l1_txs_open(s, &list, &n));
    CHECK_EQ_U64(3, n);
    CHECK(list[0].submission.data == NULL && list[0].submission.n_attempts == 0 && list[0].submission.id == id[0]);
    CHECK(list[1].first_block == 10 && list[1].last_block == 19 && list[1].actions == 1);
    CHECK_EQ_STR("commit", list[1].what);
    const struct eth_submission *got = &list[1].submission;
    CHECK(got->state == ETH_SUBMISSION_DONE && got->nonce == UINT64_MAX && got->data_len == sizeof data);
    CHECK_EQ_BYTES(data, got->data, sizeof data);
    CHECK_EQ_BYTES(sub.attempts, got->attempts, sizeof sub.attempts);
    CHECK(got->receipt.succeeded && got->receipt.created && got->receipt.contract[0] == 5 && got->mined_hash[0] == 7);
    for (size_t i = 0; i < n; i++) store_l1_tx_free(&list[i]);
    free(list);

    CHECK_OK(store_l1_tx_close(s, id[1]));
    CHECK_OK(store_l1_txs_open(s, &list, &n));
    CHECK(n == 2 && list[0].id == id[0] && list[1].id == id[2]);
    for (size_t i = 0; i < n; i++) store_l1_tx_free(&list[i]);
    free(list);
    CHECK_OK(store_l1_tx_get(s, &one, &found, id[1]));
    CHECK(found && one.closed && one.submission.data_len == 0 && one.submission.n_attempts == ETH_ATTEMPTS_MAX);
    store_l1_tx_free(&one);
    CHECK_OK(store_l1_tx_get(s, &one, &found, 99));
    CHECK(!found);
    store_close(s);
}

static void seal_with(struct store *s, uint32_t number, uint32_t entries, uint32_t n_priority)
{
    struct block_sealed b = {.header = {number, 0, number}, .capacity = 40, .new_root = {{0}}};
    struct store_seal seal = {.block = &b, .key_id = 2, .entries = entries, .n_priority = n_priority, .now = 6};
    CHECK_OK(store_seal(s, &seal));
}

static void seal_empty(struct store *s, uint32_t number)
{
    seal_with(s, number, 0, 0);
}

static zk_err confirm(struct store *s, unsigned actions, uint32_t first, uint32_t last)
{
    struct store_l1_result r = {.hash = {{(uint8_t)first, (uint8_t)last}}, .gas_used = 11, .gas_price = 12, .at = 13};
    return store_blocks_confirm(s, actions, first, last, &r);
}

enum { C = 1u << STORE_COMMIT, P = 1u << STORE_PROVE, E = 1u << STORE_EXECUTE };

/* The contract's clock runs until a request is executed on L1, whatever L2 says of it. */
DB_TEST(test_priority__oldest_waits_until_l1_has_executed_it)
{
    (void)rng;
    struct store *s = open_new(url);
    struct store_priority_op p[4] = {request(0, 10, 1), request(1, 10, 2), request(2, 12, 1), request(3, 12, 1)}, got;
    fr zero = {{0}};
    bool found;
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    CHECK_OK(store_priority_oldest(s, &got, &found));
    CHECK(!found);
    add(s, p, 4);
    CHECK_OK(store_priority_oldest(s, &got, &found));
    CHECK(found && got.serial_id == 0 && got.expires == 5000);
    execute_requests(s, 1, 0, 0, 2);
    CHECK_OK(store_priority_oldest(s, &got, &found));
    CHECK(found && got.serial_id == 0);
    seal_with(s, 1, 2, 2);
    seal_empty(s, 2);
    execute_requests(s, 3, 0, 2, 1);
    CHECK_OK(confirm(s, C | P, 1, 1));
    CHECK_OK(store_priority_oldest(s, &got, &found));
    CHECK(found && got.serial_id == 0 && got.executed);
    CHECK_OK(confirm(s, E, 1, 1));
    CHECK_OK(store_priority_oldest(s, &got, &found));
    CHECK(found && got.serial_id == 2 && got.executed);
    seal_with(s, 3, 1, 1);
    CHECK_OK(confirm(s, C | P | E, 2, 3));
    CHECK_OK(store_priority_oldest(s, &got, &found));
    CHECK(found && got.serial_id == 3 && !got.executed);
    execute_requests(s, 4, 0, 3, 1);
    seal_with(s, 4, 1, 1);
    CHECK_OK(confirm(s, C | P | E, 4, 4));
    CHECK_OK(store_priority_oldest(s, &got, &found));
    CHECK(!found);
    store_close(s);
}

DB_TEST(test_blocks__go_through_l1_in_order)
{
    (void)rng;
    struct store *s = open_new(url);
    fr zero = {{0}};
    struct store_block b;
    bool found;
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    for (uint32_t i = 1; i <= 4; i++) seal_empty(s, i);
    CHECK_OK(store_block_get(s, &b, &found, 2));
    CHECK(found && b.status == STORE_BLOCK_SEALED && b.key_id == 2 && b.capacity == 40 && !b.commit.done);

    CHECK_ERR(ZK_ERR_INPUT, confirm(s, C, 2, 2)); /* 1 is not committed */
    CHECK_ERR(ZK_ERR_INPUT, confirm(s, C, 1, 5)); /* 5 does not exist */
    CHECK_ERR(ZK_ERR_INPUT, confirm(s, E, 1, 1)); /* not proved */
    CHECK_ERR(ZK_ERR_INPUT, store_blocks_assign(s, 7, C, 4, 5));
    CHECK_OK(store_blocks_assign(s, 7, C | P, 1, 3));
    CHECK_OK(store_block_get(s, &b, &found, 3));
    CHECK(b.commit.l1_tx == 7 && b.prove.l1_tx == 7 && b.execute.l1_tx == 0);
    CHECK_OK(confirm(s, C, 1, 3));
    CHECK_ERR(ZK_ERR_INPUT, store_blocks_assign(s, 8, C, 3, 3)); /* that is done */
    CHECK_OK(store_blocks_unassign(s, 7));
    CHECK_OK(store_block_get(s, &b, &found, 3));
    CHECK(b.commit.l1_tx == 7 && b.commit.done && b.prove.l1_tx == 0);
    CHECK(b.commit.gas_used == 11 && b.commit.gas_price == 12 && b.commit.at == 13 && b.commit.hash.b[1] == 3);
    CHECK(b.status == STORE_BLOCK_COMMITTED);
    CHECK_OK(confirm(s, P | E, 1, 2));
    CHECK_OK(confirm(s, P | E, 1, 2)); /* again: known already */
    CHECK_OK(confirm(s, C | P | E, 1, 2));

    struct store_heads heads;
    CHECK_OK(store_heads(s, &heads));
    CHECK(heads.last_committed == 3 && heads.last_proved == 2 && heads.last_executed == 2 && heads.last_sealed == 4);
    uint32_t number;
    CHECK_OK(store_block_find(s, &number, &found, &(hash32){{1, 2}}));
    CHECK(found && number == 1);
    CHECK_OK(store_block_find(s, &number, &found, &(hash32){{9, 9}}));
    CHECK(!found);
    struct store_block page[4];
    size_t n;
    CHECK_OK(store_blocks_page(s, page, &n, 4, UINT32_MAX, STORE_OLDER, STORE_BLOCK_COMMITTED));
    CHECK(n == 3 && page[0].header.number == 3 && page[2].header.number == 1);
    CHECK_OK(store_blocks_page(s, page, &n, 2, 2, STORE_NEWER, STORE_BLOCK_SEALED));
    CHECK(n == 2 && page[0].header.number == 2 && page[1].header.number == 3);

    CHECK_OK(store_blocks_revert(s, 3));
    CHECK_OK(store_block_get(s, &b, &found, 3));
    CHECK(b.status == STORE_BLOCK_SEALED && !b.commit.done && b.commit.l1_tx == 0);
    CHECK_OK(store_heads(s, &heads));
    CHECK(heads.last_committed == 2 && heads.last_proved == 2);
    CHECK_OK(confirm(s, C | P | E, 3, 4));
    CHECK_OK(store_heads(s, &heads));
    CHECK(heads.last_executed == 4);
    store_close(s);
}

DB_TEST(test_block__comes_back_as_it_was_sealed)
{
    struct store *s = open_new(url);
    fr zero = {{0}};
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    static uint8_t settlement[48], delta[30000], trace[100000], hint[STORE_VALUE_MAX];
    prng_bytes(rng, settlement, sizeof settlement);
    prng_bytes(rng, delta, sizeof delta);
    prng_bytes(rng, trace, sizeof trace);
    struct block_sealed b = {.header = {1, 5, 1234567},
                             .capacity = 640,
                             .used = 600,
                             .settlement = settlement,
                             .settlement_len = sizeof settlement,
                             .delta = delta,
                             .delta_len = sizeof delta};
    b.new_root.l[0] = 1; /* some field elements: Montgomery forms of whatever */
    b.chain.l[0] = 2;
    b.challenge.l[1] = 3;
    b.y_settlement.l[2] = 4;
    b.y_delta.l[0] = 5;
    struct store_seal seal = {.block = &b,
                              .key_id = 3,
                              .classes_hint = hint,
                              .classes_hint_len = 7,
                              .trace = trace,
                              .trace_len = sizeof trace,
                              .now = 99};
    memcpy(hint, "classes", 7);
    CHECK_OK(store_seal(s, &seal));
    struct store_block got;
    bool found;
    size_t len;
    uint8_t *bytes;
    CHECK_OK(store_block_get(s, &got, &found, 1));
    CHECK(found && got.header.fee_account == 5 && got.header.timestamp == 1234567 && got.used == 600);
    CHECK(got.sealed_at == 99 && got.trace_len == sizeof trace && got.delta_len == sizeof delta);
    CHECK(fr_eq(&got.new_root, &b.new_root) && fr_eq(&got.chain, &b.chain) && fr_eq(&got.challenge, &b.challenge));
    CHECK(fr_eq(&got.y_settlement, &b.y_settlement) && fr_eq(&got.y_delta, &b.y_delta));
    struct store_streams streams;
    CHECK_OK(store_block_streams(s, &streams, &found, 1));
    CHECK(found && streams.settlement_len == sizeof settlement && streams.delta_len == sizeof delta);
    CHECK_EQ_BYTES(settlement, streams.settlement, sizeof settlement);
    CHECK_EQ_BYTES(delta, streams.delta, sizeof delta);
    store_streams_free(&streams);
    CHECK_OK(store_block_trace(s, &bytes, &len, &found, 1));
    CHECK(found && len == sizeof trace);
    CHECK_EQ_BYTES(trace, bytes, len);
    free(bytes);
    CHECK_OK(store_block_hint(s, hint, &len, sizeof hint, &found, 1));
    CHECK(found && len == 7 && memcmp(hint, "classes", 7) == 0);
    CHECK_OK(store_traces_drop(s, 2));
    CHECK_OK(store_block_trace(s, &bytes, &len, &found, 1));
    CHECK(found); /* not executed yet */
    free(bytes);
    CHECK_OK(confirm(s, C | P | E, 1, 1));
    CHECK_OK(store_traces_drop(s, 2));
    CHECK_OK(store_block_trace(s, &bytes, &len, &found, 1));
    CHECK(!found);
    CHECK_OK(store_block_streams(s, &streams, &found, 2));
    CHECK(!found);
    hash32 root;
    uint32_t number;
    fr_to_be32(root.b, &b.new_root);
    CHECK_OK(store_block_find(s, &number, &found, &root));
    CHECK(found && number == 1);
    store_close(s);
}

TEST_MAIN(TEST(test_priority__comes_back_as_it_was), TEST(test_priority__is_ready_without_gaps),
          TEST(test_priority__survives_reorganizations), TEST(test_scan__is_kept), TEST(test_l1_txs__are_kept),
          TEST(test_priority__oldest_waits_until_l1_has_executed_it), TEST(test_blocks__go_through_l1_in_order),
          TEST(test_block__comes_back_as_it_was_sealed))
