#include "base/test.h"
#include "node/mempool.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define HOLD   (60 * SECOND)
#define USERS  8

struct world {
    uint32_t nonces[USERS];
};

static uint32_t nonce_of(void *ctx, uint32_t account)
{
    const struct world *w = ctx;
    return account < USERS ? w->nonces[account] : 0;
}

static struct mempool *make(struct world *w, size_t max)
{
    struct mempool *m;
    struct mempool_config config = {.transactions_max = max, .hold_us = HOLD, .nonce_of = nonce_of, .ctx = w};
    CHECK_OK(mempool_create(&m, &config));
    return m;
}

static struct store_queued_tx transfer(uint64_t id, uint32_t account, uint32_t nonce)
{
    struct store_queued_tx t = {.id = id};
    t.tx.type = TX_TRANSFER;
    t.tx.transfer = (struct tx_transfer){.account_id = account, .nonce = nonce, .valid = TIME_RANGE_ALL, .fee = 100};
    return t;
}

static void add(struct mempool *m, uint64_t id, uint32_t account, uint32_t nonce)
{
    struct store_queued_tx t = transfer(id, account, nonce);
    CHECK_OK(mempool_add(m, &t, 1, id, 0));
}

/* Takes the next, which must be this one, and executes it. */
static void expect(struct mempool *m, struct world *w, uint64_t id, int64_t now)
{
    const struct mempool_unit *u = mempool_take(m, 1000, now, UINT64_MAX);
    CHECK_MSG(u != NULL, "nothing instead of %llu", (unsigned long long)id);
    CHECK_EQ_U64(id, u->txs[0].id);
    for (size_t i = 0; i < u->n; i++) {
        uint32_t account = tx_account_id(&u->txs[i].tx);
        if (w->nonces[account] == tx_nonce(&u->txs[i].tx)) w->nonces[account]++;
    }
    mempool_done(m);
}

static void expect_nothing(struct mempool *m, int64_t now)
{
    CHECK(mempool_take(m, 1000, now, UINT64_MAX) == NULL);
}

static void test_take__is_in_order_of_arrival_between_accounts(struct prng *rng)
{
    (void)rng;
    struct world w = {.nonces = {0, 5, 9}};
    struct mempool *m = make(&w, 100);
    add(m, 1, 1, 5);
    add(m, 2, 2, 9);
    add(m, 3, 1, 6);
    add(m, 4, 2, 10);
    for (uint64_t id = 1; id <= 4; id++) expect(m, &w, id, 0);
    expect_nothing(m, 0);
    mempool_destroy(m);
}

static void test_take__holds_a_nonce_that_is_too_high(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    add(m, 1, 1, 2);
    add(m, 2, 1, 1);
    add(m, 3, 2, 0);
    expect(m, &w, 3, 0);
    expect_nothing(m, HOLD - 1);
    CHECK(mempool_next_at(m) == HOLD);
    struct mempool_counts counts;
    mempool_counts(&counts, m);
    CHECK_EQ_U64(2, counts.waiting_nonce);
    add(m, 4, 1, 0);
    expect(m, &w, 4, 0);
    expect(m, &w, 2, 0);
    expect(m, &w, 1, 0);
    mempool_counts(&counts, m);
    CHECK_EQ_U64(0, counts.transactions);
    mempool_destroy(m);
}

static void test_take__offers_what_was_held_long_enough(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    add(m, 1, 1, 2);
    expect_nothing(m, HOLD - 1);
    expect(m, &w, 1, HOLD);
    CHECK_EQ_U64(0, w.nonces[1]);
    CHECK(mempool_next_at(m) == INT64_MAX);
    mempool_destroy(m);
}

static void test_take__nonce_that_was_used_is_not_held(struct prng *rng)
{
    (void)rng;
    struct world w = {.nonces = {0, 7}};
    struct mempool *m = make(&w, 100);
    add(m, 1, 1, 6);
    expect(m, &w, 1, 0);
    mempool_destroy(m);
}

static void test_take__waits_for_valid_from(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    struct store_queued_tx late = transfer(1, 1, 0), later = transfer(2, 2, 0);
    late.tx.transfer.valid.from = 500;
    later.tx.transfer.valid.from = 600;
    CHECK_OK(mempool_add(m, &later, 1, 2, 0));
    CHECK_OK(mempool_add(m, &late, 1, 1, 0));
    add(m, 3, 3, 0);
    CHECK_EQ_U64(3, mempool_take(m, 499, 0, UINT64_MAX)->txs[0].id);
    mempool_done(m);
    CHECK(mempool_take(m, 499, 0, UINT64_MAX) == NULL);
    CHECK(mempool_next_at(m) == 500 * SECOND);
    CHECK_EQ_U64(1, mempool_take(m, 500, 0, UINT64_MAX)->txs[0].id);
    mempool_done(m);
    CHECK(mempool_take(m, 599, 0, UINT64_MAX) == NULL);
    CHECK_EQ_U64(2, mempool_take(m, 700, 0, UINT64_MAX)->txs[0].id);
    mempool_done(m);
    mempool_destroy(m);
}

static void test_take__offers_what_has_expired(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    struct store_queued_tx old = transfer(1, 1, 5);
    old.tx.transfer.valid.until = 999;
    (void)mempool_take(m, 1000, 0, UINT64_MAX);
    CHECK_OK(mempool_add(m, &old, 1, 1, 0));
    expect(m, &w, 1, 0); /* to be rejected: nothing can help it */
    mempool_destroy(m);
}

static void test_batch__waits_for_each_of_its_accounts(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    struct store_queued_tx batch[3] = {transfer(10, 1, 1), transfer(11, 2, 1), transfer(12, 1, 2)};
    CHECK_OK(mempool_add(m, batch, 3, 10, 0));
    expect_nothing(m, 0);
    add(m, 20, 1, 0);
    expect(m, &w, 20, 0);
    expect_nothing(m, 0);
    add(m, 21, 2, 0);
    expect(m, &w, 21, 0);
    expect(m, &w, 10, 0);
    CHECK_EQ_U64(3, w.nonces[1]);
    mempool_destroy(m);
}

static void test_batch__is_held_no_longer_for_two_accounts_than_for_one(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    struct store_queued_tx batch[2] = {transfer(10, 1, 1), transfer(11, 2, 1)}, later = transfer(12, 3, 5);
    CHECK_OK(mempool_add(m, batch, 2, 10, 0));
    CHECK_OK(mempool_add(m, &later, 1, 12, HOLD / 2));
    add(m, 20, 1, 0);
    expect(m, &w, 20, HOLD - 1);
    expect_nothing(m, HOLD - 1);
    expect(m, &w, 10, HOLD);
    expect_nothing(m, HOLD);
    expect(m, &w, 12, HOLD + HOLD / 2);
    mempool_destroy(m);
}

static void test_batch__waits_for_the_latest_valid_from(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    struct store_queued_tx batch[2] = {transfer(10, 1, 0), transfer(11, 2, 0)};
    batch[0].tx.transfer.valid.from = 50;
    batch[1].tx.transfer.valid.from = 70;
    CHECK_OK(mempool_add(m, batch, 2, 10, 0));
    CHECK(mempool_take(m, 69, 0, UINT64_MAX) == NULL);
    CHECK(mempool_take(m, 70, 0, UINT64_MAX) != NULL);
    mempool_done(m);
    mempool_destroy(m);
}

static void test_put_back__is_given_first(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    add(m, 5, 1, 0);
    CHECK(mempool_take(m, 1, 0, UINT64_MAX) != NULL);
    mempool_put_back(m);
    add(m, 4, 2, 0);
    CHECK(mempool_take(m, 1, 0, 5) == NULL); /* its rank is not below 5 */
    expect(m, &w, 5, 0);
    expect(m, &w, 4, 0);
    mempool_destroy(m);
}

static void test_take__respects_the_rank_bound(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    add(m, 7, 1, 0);
    CHECK(mempool_take(m, 1, 0, 7) == NULL);
    CHECK(mempool_take(m, 1, 0, 8) != NULL);
    mempool_done(m);
    mempool_destroy(m);
}

static void test_has_room__counts_transactions(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 3);
    struct store_queued_tx batch[2] = {transfer(1, 1, 0), transfer(2, 1, 1)};
    CHECK(mempool_has_room(m, 3));
    CHECK_OK(mempool_add(m, batch, 2, 1, 0));
    CHECK(mempool_has_room(m, 1));
    CHECK(!mempool_has_room(m, 2));
    expect(m, &w, 1, 0);
    CHECK(mempool_has_room(m, 3));
    mempool_destroy(m);
}

static struct store_queued_tx later(uint64_t id, uint32_t account, uint32_t nonce)
{
    struct store_queued_tx t = transfer(id, account, nonce);
    t.tx.transfer.valid.from = 5000;
    return t;
}

/* Whoever fills it with what cannot be executed yet keeps nobody out. */
static void test_has_room__always_for_what_may_be_ready(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 3);
    CHECK(mempool_has_room(m, 512)); /* a limit below what is read at once is allowed, too */
    for (uint64_t id = 1; id <= 5; id++) {
        struct store_queued_tx t = later(id, 1, (uint32_t)id - 1);
        CHECK_OK(mempool_add(m, &t, 1, id, 0));
        CHECK(mempool_has_room(m, 512));
    }
    add(m, 6, 2, 0);
    CHECK(!mempool_has_room(m, 1));
    expect(m, &w, 6, 0);
    CHECK(mempool_has_room(m, 512));
    mempool_destroy(m);
}

static void test_sweep__offers_what_waits_in_vain(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    struct mempool_counts counts;
    for (uint64_t id = 1; id <= 40; id++) {
        struct store_queued_tx t = later(id, (uint32_t)id % USERS, 3);
        t.tx.transfer.valid.from += (id * 7) % 40;
        CHECK_OK(mempool_add(m, &t, 1, id, SECOND));
    }
    expect_nothing(m, SECOND);
    w.nonces[2] = 3; /* its turn, but for the time */
    w.nonces[5] = 4;
    expect_nothing(m, SECOND + SWEEP_US - 1);
    for (uint64_t id = 5; id <= 40; id += USERS) expect(m, &w, id, SECOND + SWEEP_US);
    expect_nothing(m, SECOND + SWEEP_US);
    mempool_counts(&counts, m);
    CHECK_EQ_U64(35, counts.waiting_time);
    for (int i = 0; i < USERS; i++) w.nonces[i] = 3;
    uint64_t last = 0;
    for (int i = 0; i < 35; i++) { /* the others come when it is time, still in the order of their times */
        uint64_t at = (uint64_t)(mempool_next_at(m) / SECOND);
        const struct mempool_unit *u = mempool_take(m, at, 2 * SECOND, UINT64_MAX);
        CHECK(u != NULL);
        CHECK_EQ_U64(at, tx_valid(&u->txs[0].tx).from);
        CHECK(at >= last);
        last = at;
        mempool_done(m);
    }
    mempool_destroy(m);
}

static void test_fee_classes__are_the_most_common(struct prng *rng)
{
    (void)rng;
    struct world w = {0};
    struct mempool *m = make(&w, 100);
    uint64_t id = 1;
    const struct {
        uint64_t fee;
        uint32_t token;
        int n;
    } sorts[] = {{100, 0, 3}, {100, 1, 5}, {200, 0, 4}, {7, 2, 2}, {0, 70000, 6}, {123456789, 0, 9}};
    for (size_t i = 0; i < ZK_COUNT(sorts); i++) {
        for (int k = 0; k < sorts[i].n; k++, id++) {
            struct store_queued_tx t = transfer(id, 100 + (uint32_t)id, 0); /* many accounts */
            t.tx.transfer.token = sorts[i].token;
            t.tx.transfer.fee = sorts[i].fee;
            CHECK_OK(mempool_add(m, &t, 1, id, 0));
        }
    }
    struct fee_class classes[4];
    CHECK_EQ_U64(3, mempool_fee_classes(m, classes, 4, 1000, 3)); /* no NFTs, no unpackable fees, none below three */
    CHECK(classes[0].token == 1 && classes[0].fee == 100);
    CHECK(classes[1].token == 0 && classes[1].fee == 200);
    CHECK(classes[2].token == 0 && classes[2].fee == 100);
    CHECK_EQ_U64(1, mempool_fee_classes(m, classes, 1, 1000, 3));
    mempool_destroy(m);
}

/* ---- against the definition: a list, searched through every time */

#define MODEL_MAX 64

struct model_unit {
    uint64_t rank;
    size_t n;
    struct store_queued_tx txs[3];
    uint64_t valid_from;
};

struct model {
    struct model_unit units[MODEL_MAX];
    size_t n;
};

static bool model_blocked(const struct model_unit *u, const struct world *w)
{
    for (size_t i = 0; i < u->n; i++) {
        bool first = true;
        for (size_t j = 0; j < i; j++) first &= tx_account_id(&u->txs[j].tx) != tx_account_id(&u->txs[i].tx);
        if (first && tx_nonce(&u->txs[i].tx) > w->nonces[tx_account_id(&u->txs[i].tx)]) return true;
    }
    return false;
}

static struct model_unit *model_take(struct model *m, const struct world *w, uint64_t timestamp)
{
    struct model_unit *best = NULL;
    for (size_t i = 0; i < m->n; i++) {
        struct model_unit *u = &m->units[i];
        if (u->valid_from > timestamp || model_blocked(u, w)) continue;
        if (best == NULL || u->rank < best->rank) best = u;
    }
    return best;
}

static void test_random__agrees_with_a_list(struct prng *rng)
{
    for (int round = 0; round < 300; round++) {
        struct world w = {0};
        struct model model = {0};
        struct mempool *m = make(&w, 1000);
        uint64_t id = 1, timestamp = 100;
        for (int step = 0; step < 200; step++) {
            if (model.n < MODEL_MAX && prng_below(rng, 3) != 0) {
                struct model_unit *u = &model.units[model.n++];
                *u = (struct model_unit){.rank = id, .n = 1 + prng_below(rng, 3)};
                for (size_t i = 0; i < u->n; i++) {
                    uint32_t account = (uint32_t)prng_below(rng, USERS);
                    uint32_t nonce = w.nonces[account] + (uint32_t)prng_below(rng, 4);
                    if (nonce > 0 && prng_below(rng, 8) == 0) nonce--;
                    u->txs[i] = transfer(id++, account, nonce);
                    u->txs[i].tx.transfer.valid.from = prng_below(rng, 4) == 0 ? timestamp + prng_below(rng, 9) : 0;
                    uint64_t from = u->txs[i].tx.transfer.valid.from;
                    if (from > u->valid_from) u->valid_from = from;
                }
                CHECK_OK(mempool_add(m, u->txs, u->n, u->rank, 0));
            }
            timestamp += prng_below(rng, 2);
            struct model_unit *want = model_take(&model, &w, timestamp);
            const struct mempool_unit *got = mempool_take(m, timestamp, 0, UINT64_MAX);
            CHECK((want == NULL) == (got == NULL));
            if (want == NULL) continue;
            CHECK_EQ_U64(want->rank, got->txs[0].id);
            if (prng_below(rng, 5) == 0) {
                mempool_put_back(m);
                got = mempool_take(m, timestamp, 0, UINT64_MAX);
                CHECK_EQ_U64(want->rank, got->txs[0].id);
            }
            bool refused = prng_below(rng, 6) == 0; /* then no nonce moves */
            for (size_t i = 0; !refused && i < want->n; i++) {
                uint32_t account = tx_account_id(&want->txs[i].tx);
                if (w.nonces[account] == tx_nonce(&want->txs[i].tx)) w.nonces[account]++;
            }
            *want = model.units[--model.n];
            mempool_done(m);
            if (prng_below(rng, 10) == 0) { /* an order of a swap */
                uint32_t account = (uint32_t)prng_below(rng, USERS);
                w.nonces[account]++;
                mempool_nonce_moved(m, account);
            }
        }
        mempool_destroy(m);
    }
}

TEST_MAIN(TEST(test_take__is_in_order_of_arrival_between_accounts), TEST(test_take__holds_a_nonce_that_is_too_high),
          TEST(test_take__offers_what_was_held_long_enough), TEST(test_take__nonce_that_was_used_is_not_held),
          TEST(test_take__waits_for_valid_from), TEST(test_take__offers_what_has_expired),
          TEST(test_batch__waits_for_each_of_its_accounts),
          TEST(test_batch__is_held_no_longer_for_two_accounts_than_for_one),
          TEST(test_batch__waits_for_the_latest_valid_from), TEST(test_put_back__is_given_first),
          TEST(test_take__respects_the_rank_bound), TEST(test_has_room__counts_transactions),
          TEST(test_has_room__always_for_what_may_be_ready), TEST(test_sweep__offers_what_waits_in_vain),
          TEST(test_fee_classes__are_the_most_common), TEST(test_random__agrees_with_a_list))
