/* Accepting transactions: order, duplicates, batches, replacement; on both databases, and by several threads at
   once. */
#include <pthread.h>

#include "store/databases_test.h"
#include "store/world_test.h"

static struct tx transfer(uint32_t account, uint32_t nonce)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer =
        (struct tx_transfer){account, w_address(account), w_address(account + 1), 0, nonce, 7, 1, TIME_RANGE_ALL};
    return tx;
}

static struct store_new_tx new_tx(const struct tx *tx)
{
    struct store_new_tx n = {.tx = tx};
    CHECK_OK(tx_hash(&n.hash, tx));
    n.facts.signers.tx.b[0] = 9;
    return n;
}

static struct store *open_new(const char *url)
{
    struct store *s;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    return s;
}

static bool accept_one(struct store *s, const struct tx *tx)
{
    struct store_new_tx n = new_tx(tx);
    struct store_submission sub = {.txs = &n, .n = 1};
    CHECK_OK(store_accept(s, &sub, 1, 5));
    CHECK(sub.duplicate == (sub.first_id == 0));
    return !sub.duplicate;
}

/* Executes or rejects one transaction in a mini-block of its own. */
static void finish(struct store *s, uint32_t index, uint64_t id, const struct tx *tx, const char *fail)
{
    static const struct op op = {.kind = OP_TRANSFER};
    struct store_entry e = {.id = id, .fail_reason = fail, .op = fail == NULL ? &op : NULL};
    store_parties_of_tx(&e.parties, tx, NULL);
    struct store_mini_block m = {
        .block = 1, .timestamp = 1, .first_index = index, .entries = &e, .n_entries = 1, .now = 77};
    CHECK_OK(store_execute(s, &m));
}

DB_TEST(test_accept__keeps_everything)
{
    struct store *s = open_new(url);
    struct tx tx = transfer(1, 2);
    prng_bytes(rng, &tx.signature, sizeof tx.signature);
    struct store_new_tx n = new_tx(&tx);
    uint8_t sig[65], got_sig[STORE_ETH_SIG_MAX];
    prng_bytes(rng, sig, sizeof sig);
    n.facts.authorized = n.fast = true;
    n.sig_kind = STORE_ETH_SIG_EIP1271;
    n.sig = sig;
    n.sig_len = sizeof sig;
    struct store_submission sub = {.txs = &n, .n = 1};
    CHECK_OK(store_accept(s, &sub, 1, 12345));
    CHECK_EQ_U64(1, sub.first_id);

    struct store_queued_tx q[STORE_BATCH_MAX];
    size_t count, len;
    CHECK_OK(store_txs_queued(s, q, &count, STORE_BATCH_MAX, 0));
    CHECK_EQ_U64(1, count);
    CHECK_EQ_U64(1, q[0].id);
    CHECK_EQ_BYTES(&n.hash, &q[0].hash, 32);
    CHECK_EQ_BYTES(&tx, &q[0].tx, sizeof tx);
    CHECK_EQ_BYTES(&n.facts.signers, &q[0].facts.signers, sizeof n.facts.signers);
    CHECK(q[0].facts.authorized && q[0].fast);
    CHECK_EQ_U64(0, q[0].batch_id);
    CHECK_EQ_U64(0, q[0].batch_len);
    CHECK_EQ_U64(12345, (uint64_t)q[0].accepted_at);

    struct store_tx t;
    bool found;
    store_eth_sig kind;
    CHECK_OK(store_tx_get(s, &t, &found, &n.hash));
    CHECK(found && t.status == STORE_TX_QUEUED && t.id == 1 && t.fail_reason[0] == '\0');
    CHECK_OK(store_tx_signature(s, &kind, got_sig, &len, &found, &n.hash));
    CHECK(found && kind == STORE_ETH_SIG_EIP1271 && len == sizeof sig);
    CHECK_EQ_BYTES(sig, got_sig, len);
    hash32 other = n.hash;
    other.b[31] ^= 1; /* the same index key */
    CHECK_OK(store_tx_get(s, &t, &found, &other));
    CHECK(!found);
    CHECK_OK(store_tx_signature(s, &kind, got_sig, &len, &found, &other));
    CHECK(!found);
    store_close(s);
}

DB_TEST(test_accept__refuses_duplicates)
{
    (void)rng;
    struct store *s = open_new(url);
    struct tx a = transfer(1, 0), b = transfer(2, 0);
    CHECK(accept_one(s, &a));
    CHECK(!accept_one(s, &a)); /* queued */
    finish(s, 0, 1, &a, NULL);
    CHECK(!accept_one(s, &a)); /* executed */

    /* twice in one call, alone and in a batch: the first counts */
    struct tx c = transfer(3, 0);
    struct store_new_tx news[4] = {new_tx(&b), new_tx(&b), new_tx(&c), new_tx(&b)};
    struct store_submission subs[3] = {
        {.txs = &news[0], .n = 1}, {.txs = &news[1], .n = 1}, {.txs = &news[2], .n = 2, .is_batch = true}};
    CHECK_OK(store_accept(s, subs, 3, 5));
    CHECK(!subs[0].duplicate && subs[1].duplicate && subs[2].duplicate);

    /* a batch that holds a transaction twice */
    struct store_new_tx twice[2] = {new_tx(&c), new_tx(&c)};
    struct store_submission sub = {.txs = twice, .n = 2, .is_batch = true};
    CHECK_OK(store_accept(s, &sub, 1, 5));
    CHECK(sub.duplicate);
    struct store_heads heads;
    CHECK_OK(store_heads(s, &heads));
    CHECK_EQ_U64(2, heads.accepted_txs);
    CHECK_EQ_U64(1, heads.queued_txs);
    CHECK_EQ_U64(1, heads.executed_ops);
    store_close(s);
}

DB_TEST(test_accept__replaces_what_was_rejected)
{
    (void)rng;
    struct store *s = open_new(url);
    struct tx a = transfer(1, 0);
    struct store_history_filter filter = {.address = &a.transfer.to};
    struct store_tx t;
    struct store_place place;
    uint64_t count;
    bool found;
    CHECK(accept_one(s, &a));
    finish(s, 0, 1, &a, "Nonce mismatch");
    CHECK_OK(store_tx_get(s, &t, &found, &(hash32){0}));
    CHECK(!found);
    hash32 hash = new_tx(&a).hash;
    CHECK_OK(store_tx_get(s, &t, &found, &hash));
    CHECK(found && t.status == STORE_TX_REJECTED && t.block == 1 && t.index == 0 && t.executed_at == 77);
    CHECK_EQ_STR("Nonce mismatch", t.fail_reason);
    CHECK_OK(store_history_count(s, &count, &filter, INT64_MAX));
    CHECK_EQ_U64(1, count);

    CHECK(accept_one(s, &a));
    CHECK_OK(store_tx_get(s, &t, &found, &hash));
    CHECK(found && t.status == STORE_TX_QUEUED && t.id > 1);
    CHECK_OK(store_history_count(s, &count, &filter, INT64_MAX));
    CHECK_EQ_U64(0, count);
    CHECK_OK(store_op_place(s, &place, &found, &hash));
    CHECK(!found);
    finish(s, 1, t.id, &a, NULL);
    CHECK_OK(store_op_place(s, &place, &found, &hash));
    CHECK(found && place.block == 1 && place.index == 1);
    CHECK_OK(store_history_count(s, &count, &filter, INT64_MAX));
    CHECK_EQ_U64(1, count);
    CHECK_OK(store_block_count(s, &count, 1));
    CHECK_EQ_U64(1, count);
    store_close(s);
}

DB_TEST(test_prune__forgets_old_rejected_ones)
{
    (void)rng;
    struct store *s = open_new(url);
    struct tx txs[4];
    size_t n;
    bool found;
    struct store_tx t;
    for (uint32_t i = 0; i < 4; i++) {
        txs[i] = transfer(i + 1, 0);
        CHECK(accept_one(s, &txs[i]));
        finish(s, i, i + 1, &txs[i], i == 3 ? NULL : "no");
    }
    CHECK_OK(store_txs_prune(s, &n, 77, 10));
    CHECK_EQ_U64(0, n);
    CHECK_OK(store_txs_prune(s, &n, 78, 2));
    CHECK_EQ_U64(2, n);
    CHECK_OK(store_txs_prune(s, &n, 78, 10));
    CHECK_EQ_U64(1, n);
    for (uint32_t i = 0; i < 4; i++) {
        hash32 hash = new_tx(&txs[i]).hash;
        CHECK_OK(store_tx_get(s, &t, &found, &hash));
        CHECK(found == (i == 3));
    }
    store_close(s);
}

DB_TEST(test_queue__gives_whole_batches_in_order)
{
    (void)rng;
    struct store *s = open_new(url);
    static struct tx txs[600];
    static struct store_new_tx news[600];
    struct store_submission subs[8];
    static const size_t lens[8] = {1, 150, 1, 100, 2, 200, 1, 3};
    size_t at = 0;
    for (size_t i = 0; i < 8; i++) {
        subs[i] = (struct store_submission){.txs = &news[at], .n = lens[i], .is_batch = lens[i] > 1};
        for (size_t k = 0; k < lens[i]; k++, at++) {
            txs[at] = transfer((uint32_t)at, 0);
            news[at] = new_tx(&txs[at]);
        }
    }
    CHECK_OK(store_accept(s, subs, 8, 5));
    static struct store_queued_tx q[STORE_BATCH_MAX];
    size_t seen = 0;
    for (uint64_t after = 0;;) {
        size_t n;
        CHECK_OK(store_txs_queued(s, q, &n, STORE_BATCH_MAX, after));
        if (n == 0) break;
        for (size_t i = 0; i < n; i++, seen++) {
            CHECK_EQ_BYTES(&news[seen].hash, &q[i].hash, 32);
            CHECK(q[i].id > after);
            after = q[i].id;
        }
        const struct store_queued_tx *last = &q[n - 1];
        CHECK(last->batch_len == 0 || last->batch_pos + 1 == last->batch_len);
    }
    CHECK_EQ_U64(at, seen);

    hash32 hashes[STORE_BATCH_MAX], batch_hash;
    for (size_t k = 0; k < 200; k++) hashes[k] = subs[5].txs[k].hash;
    tx_batch_hash(&batch_hash, hashes, 200);
    static struct store_batch batch;
    bool found;
    CHECK_OK(store_batch_get(s, &batch, &found, &batch_hash));
    CHECK(found && batch.n == 200 && batch.status == STORE_TX_QUEUED && batch.id == subs[5].first_id);
    CHECK_EQ_BYTES(hashes, batch.hashes, sizeof hashes);
    batch_hash.b[30] ^= 1;
    CHECK_OK(store_batch_get(s, &batch, &found, &batch_hash));
    CHECK(!found);
    store_close(s);
}

/* ---- several threads */

#define THREADS    4
#define PER_THREAD 60

struct acceptor {
    const char *url;
    uint32_t account;
};

static void *accept_many(void *ctx)
{
    const struct acceptor *a = ctx;
    struct store *s;
    CHECK_OK(store_open(&s, a->url, &(struct store_options){.create = false}));
    for (uint32_t i = 0; i < PER_THREAD; i++) {
        struct tx tx = transfer(a->account, i);
        CHECK(accept_one(s, &tx));
    }
    store_close(s);
    return NULL;
}

/* T1: a reader that goes on from the last id it has seen misses none. */
DB_TEST(test_threads__ids_appear_in_order)
{
    (void)rng;
    struct store *s = open_new(url);
    pthread_t threads[THREADS];
    struct acceptor acceptors[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        acceptors[i] = (struct acceptor){url, 100 * i};
        CHECK(pthread_create(&threads[i], NULL, accept_many, &acceptors[i]) == 0);
    }
    static struct store_queued_tx q[STORE_BATCH_MAX];
    size_t seen = 0;
    uint64_t after = 0;
    for (int idle = 0; seen < THREADS * PER_THREAD; idle++) {
        size_t n;
        CHECK(idle < 100000);
        (void)usleep(200);
        CHECK_OK(store_txs_queued(s, q, &n, STORE_BATCH_MAX, after));
        seen += n;
        if (n > 0) after = q[n - 1].id;
    }
    for (size_t i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    struct store_heads heads;
    CHECK_OK(store_heads(s, &heads));
    CHECK_EQ_U64(THREADS * PER_THREAD, heads.queued_txs);
    store_close(s);
}

TEST_MAIN(TEST(test_accept__keeps_everything), TEST(test_accept__refuses_duplicates),
          TEST(test_accept__replaces_what_was_rejected), TEST(test_prune__forgets_old_rejected_ones),
          TEST(test_queue__gives_whole_batches_in_order), TEST(test_threads__ids_appear_in_order))
