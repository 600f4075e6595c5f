/* A restore's cursor: what follows from events, what does not, what can be forgotten, and its bytes. */
#include "cli/restore_cursor.h"

#include "base/bytes.h"
#include "base/test.h"

#include <stdlib.h>

static const uint8_t contract[20] = {1, 2, 3};
static const uint8_t request_bytes[PRIORITY_DEPOSIT_BYTES] = {1};

struct story {
    struct restore_cursor c;
    struct eth_log log;
};

static void start(struct story *s)
{
    *s = (struct story){.log = {.block_number = 10}};
    restore_cursor_init(&s->c, 9, contract, 5);
}

static zk_err tell(struct story *s, zkroll_event_kind kind, uint32_t number)
{
    struct zkroll_event e = {.kind = kind};
    s->log.block_number++;
    s->log.tx_hash[0] = (uint8_t)number;
    switch (kind) {
    case ZKROLL_NEW_PRIORITY_REQUEST:
        e.request.serial_id = number;
        e.request.op_type = PRIORITY_DEPOSIT;
        e.request.data = (struct zkroll_bytes){request_bytes, sizeof request_bytes};
        break;
    case ZKROLL_BLOCKS_REVERT:
        e.revert.executed = restore_cursor_executed(&s->c);
        e.revert.committed = number;
        break;
    default: e.block.number = number;
    }
    return restore_cursor_event(&s->c, &e, &s->log);
}

/* Genesis, four requests, blocks 1 .. 5 committed, the first two executed. */
static void usual(struct story *s)
{
    start(s);
    CHECK_OK(tell(s, ZKROLL_GENESIS, 0));
    for (uint32_t i = 0; i < 4; i++) CHECK_OK(tell(s, ZKROLL_NEW_PRIORITY_REQUEST, i));
    for (uint32_t i = 1; i <= 5; i++) CHECK_OK(tell(s, ZKROLL_BLOCK_COMMIT, i));
    for (uint32_t i = 1; i <= 2; i++) CHECK_OK(tell(s, ZKROLL_BLOCK_VERIFICATION, i));
}

static void replay_one(struct story *s, uint64_t requests)
{
    struct zkroll_stored stored = {.number = s->c.blocks[0].number, .priority_operations = requests};
    restore_cursor_replayed(&s->c, &stored, 7);
}

static void test_events__in_order_are_taken(struct prng *rng)
{
    struct story s;
    (void)rng;
    usual(&s);
    CHECK_EQ_U64(2, restore_cursor_ready(&s.c));
    CHECK_EQ_U64(2, restore_cursor_executed(&s.c));
    replay_one(&s, 3);
    CHECK_EQ_U64(1, s.c.last.number);
    CHECK_EQ_U64(1, s.c.n_requests);
    CHECK_EQ_U64(3, s.c.requests[0].serial_id);
    CHECK_EQ_U64(7, s.c.ops);
    CHECK_OK(tell(&s, ZKROLL_BLOCKS_REVERT, 3));
    CHECK_EQ_U64(2, s.c.n_blocks); /* 2 executed, 3 committed */
    CHECK_OK(tell(&s, ZKROLL_BLOCK_COMMIT, 4));
    CHECK_OK(tell(&s, ZKROLL_EXODUS_MODE, 0));
    CHECK(s.c.exodus);
    restore_cursor_free(&s.c);
}

static void test_events__gaps_are_refused(struct prng *rng)
{
    struct story s;
    (void)rng;
    start(&s);
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCK_COMMIT, 1)); /* before the genesis */
    restore_cursor_free(&s.c);
    usual(&s);
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_GENESIS, 0));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCK_COMMIT, 7));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCK_COMMIT, 5));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCK_VERIFICATION, 4));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCK_VERIFICATION, 2));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_NEW_PRIORITY_REQUEST, 3));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_NEW_PRIORITY_REQUEST, 5));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCKS_REVERT, 1)); /* below what is executed */
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCKS_REVERT, 6));
    for (uint32_t i = 3; i <= 5; i++) CHECK_OK(tell(&s, ZKROLL_BLOCK_VERIFICATION, i));
    CHECK_ERR(ZK_ERR_CORRUPT, tell(&s, ZKROLL_BLOCK_VERIFICATION, 6)); /* never committed */
    restore_cursor_free(&s.c);
}

/* L1 blocks: 11 genesis, 12 .. 15 requests, 16 .. 20 commits, 21 and 22 executions. */
static void test_rewind__forgets_what_is_above(struct prng *rng)
{
    struct story s;
    (void)rng;
    usual(&s);
    CHECK(restore_cursor_rewind(&s.c, 22));
    CHECK_EQ_U64(1, restore_cursor_ready(&s.c));
    CHECK(restore_cursor_rewind(&s.c, 18));
    CHECK_EQ_U64(2, s.c.n_blocks);
    CHECK_EQ_U64(0, restore_cursor_ready(&s.c));
    CHECK(restore_cursor_rewind(&s.c, 14));
    CHECK_EQ_U64(2, s.c.n_requests);
    CHECK_EQ_U64(2, s.c.next_serial);
    CHECK_OK(tell(&s, ZKROLL_NEW_PRIORITY_REQUEST, 2));
    CHECK(!restore_cursor_rewind(&s.c, 11)); /* the genesis itself */
    restore_cursor_free(&s.c);

    usual(&s);
    replay_one(&s, 0);
    CHECK(restore_cursor_rewind(&s.c, 22));
    CHECK(!restore_cursor_rewind(&s.c, 21)); /* a replayed block's execution */
    CHECK_OK(tell(&s, ZKROLL_BLOCKS_REVERT, 4));
    uint64_t reverted_in = s.log.block_number;
    CHECK(restore_cursor_rewind(&s.c, reverted_in + 1));
    CHECK(!restore_cursor_rewind(&s.c, reverted_in)); /* block 5 would come back, and is not known any more */
    restore_cursor_free(&s.c);
}

static void check_same(const struct restore_cursor *a, const struct restore_cursor *b)
{
    CHECK_EQ_U64(a->chain_id, b->chain_id);
    CHECK_EQ_U64(a->n_blocks, b->n_blocks);
    CHECK_EQ_U64(a->n_requests, b->n_requests);
    CHECK_EQ_U64(a->next_serial, b->next_serial);
    CHECK_EQ_U64(a->hard, b->hard);
    CHECK_EQ_U64(a->last.number, b->last.number);
    CHECK_EQ_U64(a->scan.next, b->scan.next);
    for (size_t i = 0; i < a->n_blocks; i++) CHECK_EQ_BYTES(a->blocks[i].tx, b->blocks[i].tx, 32);
    for (size_t i = 0; i < a->n_requests; i++)
        CHECK_EQ_BYTES(a->requests[i].data, b->requests[i].data, sizeof a->requests[i].data);
}

static void test_bytes__are_read_back_and_nothing_else_is(struct prng *rng)
{
    struct story s;
    struct restore_cursor back;
    usual(&s);
    replay_one(&s, 1);
    size_t len = restore_cursor_encoded_len(&s.c);
    uint8_t *bytes = malloc(len + 1);
    CHECK(bytes != NULL);
    restore_cursor_encode(bytes, &s.c);
    CHECK_OK(restore_cursor_decode(&back, bytes, len));
    check_same(&s.c, &back);
    uint8_t *again = malloc(len);
    CHECK(again != NULL && restore_cursor_encoded_len(&back) == len);
    restore_cursor_encode(again, &back);
    CHECK_EQ_BYTES(bytes, again, len);
    restore_cursor_free(&back);
    for (size_t cut = 0; cut < len; cut += 97) CHECK_ERR(ZK_ERR_CORRUPT, restore_cursor_decode(&back, bytes, cut));
    for (int i = 0; i < 200; i++) {
        size_t at = (size_t)prng_below(rng, len);
        uint8_t bit = (uint8_t)(1 << prng_below(rng, 8));
        bytes[at] ^= bit;
        CHECK(restore_cursor_decode(&back, bytes, len) != ZK_OK);
        bytes[at] ^= bit;
    }
    free(bytes);
    free(again);
    restore_cursor_free(&s.c);
}

TEST_MAIN(TEST(test_events__in_order_are_taken), TEST(test_events__gaps_are_refused),
          TEST(test_rewind__forgets_what_is_above), TEST(test_bytes__are_read_back_and_nothing_else_is))
