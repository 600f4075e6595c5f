/* The sender, the log scanner and the client on a live chain: anvil, at the URLs in ZK_L1_URLS. Each test uses keys and
 * contracts of its own, so that their order does not matter. */
#include "ethereum/eth_rpc.h"
#include "ethereum/eth_sender.h"
#include "ethereum/eth_tx.h"
#include "ethereum/log_scan.h"

#include "base/bytes.h"
#include "base/test.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define CHAIN_ID 9
#define GWEI     UINT64_C(1000000000)

/* ---- the chain */

/* One call of a method of anvil's own; params is JSON text. */
static void anvil(struct rpc *r, const char *method, const char *params)
{
    struct rpc_reply reply;
    struct json_object *array = json_tokener_parse(params);
    CHECK(array != NULL);
    CHECK_OK(rpc_call(r, &reply, method, array));
    CHECK_OK(rpc_reply_check(&reply, method));
    rpc_reply_free(&reply);
}

static struct rpc *connect_l1(void)
{
    static char urls[1024];
    struct rpc_config config = {.timeout_ms = 5000, .backoff_ms = 10, .tries = 8};
    const char *env = getenv("ZK_L1_URLS");
    CHECK_MSG(env != NULL, "ZK_L1_URLS is not set");
    (void)snprintf(urls, sizeof urls, "%s", env);
    char *rest = urls;
    for (char *url; (url = strsep(&rest, " ")) != NULL;) config.urls[config.n_urls++] = url;
    struct rpc *r;
    CHECK_OK(rpc_create(&r, &config));
    /* Blocks are made when a test says so: left alone, anvil mines some time after it has answered. */
    anvil(r, "evm_setAutomine", "[false]");
    return r;
}

static void mine(struct rpc *r, unsigned n)
{
    char params[32];
    (void)snprintf(params, sizeof params, "[%u]", n);
    anvil(r, "anvil_mine", params);
}

/* A key that the chain has not seen: it remembers those of earlier tests and runs, whose seeds are the same. */
static void fresh_key(struct eth_key *key)
{
    uint8_t secret[32];
    CHECK(getrandom(secret, sizeof secret, 0) == (ssize_t)sizeof secret);
    secret[0] &= 0x7f;
    CHECK_OK(eth_key_from_secret(key, secret));
}

static void fresh_address(uint8_t out[20])
{
    CHECK(getrandom(out, 20, 0) == 20);
}

static void fund(struct rpc *r, const uint8_t address[20])
{
    char params[128];
    char text[43];
    eth_address_str(text, address);
    (void)snprintf(params, sizeof params, "[\"%s\", \"0x3635c9adc5dea00000\"]", text); /* 1,000 ETH */
    anvil(r, "anvil_setBalance", params);
}

static uint64_t balance(struct rpc *r, const uint8_t address[20])
{
    uint8_t be[32];
    CHECK_OK(eth_rpc_balance(r, be, address));
    return load_be64(be + 24);
}

/* ---- a store that keeps what it is given, and can fail */

#define STORE_MAX 64

struct store {
    struct eth_submission items[STORE_MAX];
    size_t n;
    long saves_left; /* fails, as a crash would, when it reaches 0; negative: never */
    bool keeps_last; /* whether the failing save reached the disk */
};

static zk_err store_save(void *ctx, const struct eth_submission *s)
{
    struct store *store = ctx;
    bool crash = store->saves_left == 0;
    if (store->saves_left > 0) store->saves_left--;
    if (crash && !store->keeps_last) return zk_fail(ZK_ERR_IO, "crash before the save");
    size_t i = 0;
    while (i < store->n && store->items[i].id != s->id) i++;
    CHECK(i < STORE_MAX);
    if (i < store->n) free(store->items[i].data);
    if (i == store->n) store->n++;
    store->items[i] = *s;
    store->items[i].data = malloc(s->data_len + 1);
    CHECK(store->items[i].data != NULL);
    if (s->data_len > 0) memcpy(store->items[i].data, s->data, s->data_len);
    return crash ? zk_fail(ZK_ERR_IO, "crash after the save") : ZK_OK;
}

static void store_free(struct store *store)
{
    for (size_t i = 0; i < store->n; i++) free(store->items[i].data);
}

struct bed {
    struct rpc *rpc;
    struct eth_key key;
    struct store store;
    struct eth_sender *sender;
};

static void open_sender(struct bed *b)
{
    struct eth_sender_config config = {.rpc = b->rpc,
                                       .key = &b->key,
                                       .chain_id = CHAIN_ID,
                                       .confirmations = 2,
                                       .stuck_ms = 60000,
                                       .max_fee_cap = 500 * GWEI,
                                       .in_flight_max = 8,
                                       .save = store_save,
                                       .save_ctx = &b->store};
    CHECK_OK(eth_sender_create(&b->sender, &config, b->store.items, b->store.n));
}

static void bed_init(struct bed *b)
{
    memset(b, 0, sizeof *b);
    b->store.saves_left = -1;
    b->rpc = connect_l1();
    fresh_key(&b->key);
    fund(b->rpc, b->key.address);
    open_sender(b);
}

static void bed_free(struct bed *b)
{
    eth_sender_destroy(b->sender);
    store_free(&b->store);
    rpc_destroy(b->rpc);
}

static void submit_payment(struct bed *b, uint64_t id, const uint8_t to[20], uint64_t wei)
{
    struct eth_request request = {0};
    memcpy(request.to, to, 20);
    store_be64(request.value + 24, wei);
    CHECK_OK(eth_sender_submit(b->sender, id, &request));
}

static eth_submission_state state_of(const struct bed *b, uint64_t id)
{
    const struct eth_submission *s = eth_sender_get(b->sender, id);
    CHECK(s != NULL);
    return s->state;
}

/* Makes the node forget the newest attempt, which waits in its pool. */
static void drop_last_attempt(const struct bed *b, uint64_t id)
{
    const struct eth_submission *s = eth_sender_get(b->sender, id);
    char hash[67] = "0x";
    char params[80];
    hex_encode(hash + 2, s->attempts[s->n_attempts - 1].hash, 32);
    (void)snprintf(params, sizeof params, "[\"%s\"]", hash);
    anvil(b->rpc, "anvil_dropTransaction", params);
}

/* ---- the sender */

static void test_sender__mines_each_submission_once(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    fresh_address(to);
    for (uint64_t id = 0; id < 20; id++) {
        submit_payment(&b, id, to, 100 + id);
        submit_payment(&b, id, to, 7); /* I4: nothing */
    }
    for (uint64_t now = 0; now < 10 && state_of(&b, 19) != ETH_SUBMISSION_DONE; now++) {
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    for (uint64_t id = 0; id < 20; id++) {
        CHECK(state_of(&b, id) == ETH_SUBMISSION_DONE);
        CHECK_EQ_U64(id, eth_sender_get(b.sender, id)->nonce);
        eth_sender_forget(b.sender, id);
        CHECK(eth_sender_get(b.sender, id) == NULL);
    }
    CHECK_EQ_U64(20 * 100 + 190, balance(b.rpc, to));
    CHECK_OK(eth_sender_tick(b.sender, 100));
    bed_free(&b);
}

static void test_sender__survives_a_crash_at_every_save(struct prng *rng)
{
    (void)rng;
    for (long crash_at = 0; crash_at < 12; crash_at++) {
        for (int keeps = 0; keeps < 2; keeps++) {
            struct bed b;
            uint8_t to[20];
            bed_init(&b);
            fresh_address(to);
            b.store.keeps_last = keeps;
            b.store.saves_left = crash_at;
            bool crashed = false;
            for (uint64_t id = 0; id < 3; id++) {
                struct eth_request request = {0};
                memcpy(request.to, to, 20);
                request.value[31] = 1;
                if (eth_sender_submit(b.sender, id, &request) == ZK_OK) continue;
                crashed = true;
                eth_sender_destroy(b.sender);
                b.store.saves_left = -1;
                open_sender(&b);
                CHECK_OK(eth_sender_submit(b.sender, id, &request)); /* the caller does not know, and submits again */
            }
            for (uint64_t now = 0; now < 20; now++) {
                zk_err err = eth_sender_tick(b.sender, now);
                if (err != ZK_OK) {
                    CHECK(!crashed);
                    crashed = true;
                    eth_sender_destroy(b.sender);
                    b.store.saves_left = -1;
                    open_sender(&b);
                }
                mine(b.rpc, 1);
            }
            for (uint64_t id = 0; id < 3; id++) CHECK(state_of(&b, id) == ETH_SUBMISSION_DONE);
            CHECK_EQ_U64(3, balance(b.rpc, to));
            bed_free(&b);
        }
    }
}

/* The newest was forgotten, an older one not: its nonce does not tell the next. */
static void test_sender__gives_no_nonce_twice_after_a_restart(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    fresh_address(to);
    for (uint64_t id = 0; id < 3; id++) submit_payment(&b, id, to, 1);
    for (uint64_t now = 0; now < 5; now++) {
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    for (uint64_t id = 0; id < 3; id++) CHECK(state_of(&b, id) == ETH_SUBMISSION_DONE);
    eth_sender_destroy(b.sender);
    CHECK_EQ_U64(2, b.store.items[2].id);
    free(b.store.items[--b.store.n].data);
    open_sender(&b);
    submit_payment(&b, 3, to, 1);
    for (uint64_t now = 5; now < 10; now++) {
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    CHECK(state_of(&b, 3) == ETH_SUBMISSION_DONE);
    CHECK_EQ_U64(3, eth_sender_get(b.sender, 3)->nonce);
    CHECK_EQ_U64(4, balance(b.rpc, to));
    bed_free(&b);
}

/* A node that cannot answer, or that is not where another was, is no reason to give anything up. chain.mjs has one. */
static void test_sender__is_patient_with_a_node_in_trouble(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    fresh_address(to);
    mine(b.rpc, 5); /* room for confirmations */
    submit_payment(&b, 1, to, 5);
    for (uint64_t now = 0; now < 20; now++) {
        zk_err err = eth_sender_tick(b.sender, now);
        CHECK_MSG(err == ZK_OK || err == ZK_ERR_IO || err == ZK_ERR_INPUT, "%s", zk_err_message());
        CHECK(state_of(&b, 1) != ETH_SUBMISSION_REFUSED);
        if (now > 8) mine(b.rpc, 1);
    }
    CHECK(state_of(&b, 1) == ETH_SUBMISSION_DONE);
    CHECK_EQ_U64(5, balance(b.rpc, to));
    bed_free(&b);
}

static void test_sender__raises_fees_of_a_stuck_transaction(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    fresh_address(to);
    mine(b.rpc, 1);
    submit_payment(&b, 1, to, 5);
    CHECK_OK(eth_sender_tick(b.sender, 1000));
    CHECK(state_of(&b, 1) == ETH_SUBMISSION_SENT);
    /* The base fee rises beyond what the first attempt pays. */
    uint64_t paid = eth_sender_get(b.sender, 1)->attempts[0].max_fee;
    char params[64];
    (void)snprintf(params, sizeof params, "[\"0x%llx\"]", (unsigned long long)(paid + 10 * GWEI));
    anvil(b.rpc, "anvil_setNextBlockBaseFeePerGas", params);
    mine(b.rpc, 1);
    CHECK_OK(eth_sender_tick(b.sender, 2000));
    CHECK_EQ_U64(1, eth_sender_get(b.sender, 1)->n_attempts); /* not stuck yet */
    CHECK_OK(eth_sender_tick(b.sender, 61000));
    CHECK_EQ_U64(2, eth_sender_get(b.sender, 1)->n_attempts);
    mine(b.rpc, 1);
    for (uint64_t now = 62000; now < 62004; now++) {
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    CHECK(state_of(&b, 1) == ETH_SUBMISSION_DONE);
    const struct eth_submission *s = eth_sender_get(b.sender, 1);
    CHECK_EQ_BYTES(s->attempts[1].hash, s->mined_hash, 32);
    CHECK_EQ_U64(5, balance(b.rpc, to));
    anvil(b.rpc, "anvil_setNextBlockBaseFeePerGas", "[\"0x3b9aca00\"]");
    mine(b.rpc, 1);
    bed_free(&b);
}

static void test_sender__never_pays_above_its_cap(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    fresh_address(to);
    submit_payment(&b, 1, to, 5);
    for (uint64_t k = 0; k < 80; k++) CHECK_OK(eth_sender_tick(b.sender, k * 60000));
    const struct eth_submission *s = eth_sender_get(b.sender, 1);
    CHECK(s->n_attempts > 5 && s->n_attempts <= ETH_ATTEMPTS_MAX);
    for (size_t i = 0; i < s->n_attempts; i++)
        CHECK(s->attempts[i].max_fee <= 500 * GWEI && s->attempts[i].max_priority <= s->attempts[i].max_fee);
    /* What waits at the cap, and is dropped, is sent again as it is. */
    size_t n = s->n_attempts;
    drop_last_attempt(&b, 1);
    mine(b.rpc, 1);
    CHECK_EQ_U64(0, balance(b.rpc, to));
    CHECK_OK(eth_sender_tick(b.sender, UINT64_C(80) * 60000));
    CHECK_EQ_U64(n, eth_sender_get(b.sender, 1)->n_attempts);
    mine(b.rpc, 1);
    CHECK_EQ_U64(5, balance(b.rpc, to));
    bed_free(&b);
}

static void test_sender__sends_again_what_a_reorg_or_the_node_lost(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    for (unsigned depth = 1; depth <= 3; depth++) {
        fresh_address(to);
        submit_payment(&b, depth, to, 9);
        CHECK_OK(eth_sender_tick(b.sender, 0));
        mine(b.rpc, depth);
        CHECK_OK(eth_sender_tick(b.sender, 0));
        CHECK(state_of(&b, depth) == (depth == 3 ? ETH_SUBMISSION_DONE : ETH_SUBMISSION_MINED));
        if (depth == 3) break;
        char params[32];
        (void)snprintf(params, sizeof params, "[%u, []]", depth);
        anvil(b.rpc, "anvil_reorg", params);
        CHECK_EQ_U64(0, balance(b.rpc, to));
        CHECK_OK(eth_sender_tick(b.sender, 0));
        CHECK(state_of(&b, depth) == ETH_SUBMISSION_SENT);
        for (int i = 0; i < 4; i++) {
            CHECK_OK(eth_sender_tick(b.sender, 0));
            mine(b.rpc, 1);
        }
        CHECK(state_of(&b, depth) == ETH_SUBMISSION_DONE);
        CHECK_EQ_U64(9, balance(b.rpc, to));
    }
    /* Dropped from the node's pool. */
    fresh_address(to);
    submit_payment(&b, 10, to, 11);
    CHECK_OK(eth_sender_tick(b.sender, 0));
    drop_last_attempt(&b, 10);
    mine(b.rpc, 1);
    CHECK_EQ_U64(0, balance(b.rpc, to));
    CHECK_OK(eth_sender_tick(b.sender, 0));
    mine(b.rpc, 1);
    CHECK_EQ_U64(11, balance(b.rpc, to));
    CHECK_EQ_U64(1, eth_sender_get(b.sender, 10)->n_attempts);
    bed_free(&b);
}

/* I5: what was done and forgotten is gone; what comes after has its nonce, and waits for those below. */
static void test_sender__fills_the_nonces_that_a_deep_reorg_freed(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    fresh_address(to);
    mine(b.rpc, 1);
    for (uint64_t id = 0; id < 3; id++) submit_payment(&b, id, to, 1);
    for (uint64_t now = 0; now < 5; now++) {
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    for (uint64_t id = 0; id < 3; id++) {
        CHECK(state_of(&b, id) == ETH_SUBMISSION_DONE);
        eth_sender_forget(b.sender, id);
    }
    anvil(b.rpc, "anvil_reorg", "[5, []]");
    CHECK_EQ_U64(0, balance(b.rpc, to));
    submit_payment(&b, 3, to, 10);
    for (uint64_t now = 5; now < 15; now++) { /* not at once: they may come back */
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    CHECK(state_of(&b, 3) == ETH_SUBMISSION_SENT);
    CHECK_EQ_U64(3, eth_sender_get(b.sender, 3)->nonce);
    CHECK_EQ_U64(0, balance(b.rpc, to));
    for (uint64_t now = 60005; now < 60010; now++) {
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    CHECK(state_of(&b, 3) == ETH_SUBMISSION_DONE);
    CHECK_EQ_U64(10, balance(b.rpc, to));
    bed_free(&b);
}

static void test_sender__tells_failed_from_refused(struct prng *rng)
{
    (void)rng;
    static const uint8_t reverts[] = {0x5f, 0x5f, 0xfd}; /* init code: revert(0, 0) */
    struct bed b;
    bed_init(&b);
    struct eth_request request = {.creates = true, .data = reverts, .data_len = sizeof reverts};
    CHECK_OK(eth_sender_submit(b.sender, 1, &request));
    request.gas_limit = 100000; /* no estimate: it is sent, and reverts there */
    CHECK_OK(eth_sender_submit(b.sender, 2, &request));
    for (uint64_t now = 0; now < 6; now++) {
        CHECK_OK(eth_sender_tick(b.sender, now));
        mine(b.rpc, 1);
    }
    CHECK(state_of(&b, 1) == ETH_SUBMISSION_REFUSED);
    CHECK(state_of(&b, 2) == ETH_SUBMISSION_FAILED);
    CHECK_EQ_U64(0, eth_sender_get(b.sender, 2)->nonce); /* the refused one took none */
    bed_free(&b);
}

static void test_sender__says_why_a_node_refuses_a_transaction(struct prng *rng)
{
    (void)rng;
    struct bed b;
    bed_init(&b);
    struct eth_request request = {.gas_limit = UINT64_C(1) << 40}; /* more than any block has */
    CHECK_OK(eth_sender_submit(b.sender, 1, &request));
    for (uint64_t now = 0; now < 3; now++) {
        CHECK_ERR(ZK_ERR_INPUT, eth_sender_tick(b.sender, now));
        CHECK_MSG(strstr(zk_err_message(), "eth_sendRawTransaction") != NULL, "%s", zk_err_message());
        CHECK(state_of(&b, 1) == ETH_SUBMISSION_SENT);
    }
    bed_free(&b);
}

static void test_sender__notices_that_its_key_is_used_elsewhere(struct prng *rng)
{
    (void)rng;
    struct bed b;
    uint8_t to[20];
    bed_init(&b);
    fresh_address(to);
    submit_payment(&b, 1, to, 5);
    CHECK_OK(eth_sender_tick(b.sender, 0));

    struct eth_tx tx = {.type = ETH_TX_1559, .chain_id = CHAIN_ID, .nonce = 0, .gas_limit = 21000};
    uint8_t raw[512], hash[32];
    size_t len;
    eth_send outcome;
    store_be64(tx.max_fee + 24, 400 * GWEI);
    store_be64(tx.max_priority + 24, 300 * GWEI);
    CHECK_OK(eth_tx_sign(raw, &len, hash, &tx, &b.key));
    CHECK_OK(eth_rpc_send_raw(b.rpc, &outcome, raw, len));
    CHECK(outcome == ETH_SEND_ACCEPTED);
    for (int confirmations = 0; confirmations < 2; confirmations++) {
        mine(b.rpc, 1);
        CHECK_OK(eth_sender_tick(b.sender, 1)); /* it may yet be reorganized away */
    }
    mine(b.rpc, 1);
    CHECK_OK(eth_sender_tick(b.sender, 1)); /* nor at once */
    CHECK_OK(eth_sender_tick(b.sender, 4000));
    CHECK_ERR(ZK_ERR_CORRUPT, eth_sender_tick(b.sender, 5001));
    CHECK_OK(eth_rpc_send_raw(b.rpc, &outcome, raw, len));
    CHECK(outcome == ETH_SEND_NONCE_TOO_LOW || outcome == ETH_SEND_ACCEPTED);
    bed_free(&b);
}

/* ---- the scanner */

/* Emits an event without data whose topic is the first word of the calldata. */
static const uint8_t emitter_init[] = {0x60, 0x09, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3,
                                       0x60, 0x00, 0x35, 0x60, 0x00, 0x60, 0x00, 0xa1, 0x00};

struct emitter {
    struct rpc *rpc;
    struct eth_key key;
    uint8_t address[20];
    uint64_t
        unmined; /* sent since the last block: after a reorganization, anvil's pending nonce is not to be trusted */
};

static void send_now(struct emitter *e, const uint8_t *to, const uint8_t *data, size_t len)
{
    struct eth_tx tx = {.type = ETH_TX_1559,
                        .chain_id = CHAIN_ID,
                        .gas_limit = 200000,
                        .creates = to == NULL,
                        .data = data,
                        .data_len = len};
    uint8_t raw[512], hash[32];
    size_t raw_len;
    eth_send outcome;
    CHECK_OK(eth_rpc_nonce(e->rpc, &tx.nonce, e->key.address, false));
    tx.nonce += e->unmined++;
    if (to != NULL) memcpy(tx.to, to, 20);
    store_be64(tx.max_fee + 24, 100 * GWEI);
    store_be64(tx.max_priority + 24, GWEI);
    CHECK_OK(eth_tx_sign(raw, &raw_len, hash, &tx, &e->key));
    CHECK_OK(eth_rpc_send_raw(e->rpc, &outcome, raw, raw_len));
    CHECK_MSG(outcome == ETH_SEND_ACCEPTED, "%s", zk_err_message());
}

static void mine_events(struct emitter *e, unsigned n)
{
    mine(e->rpc, n);
    e->unmined = 0;
}

static void emitter_init_on(struct emitter *e)
{
    *e = (struct emitter){.rpc = connect_l1()};
    fresh_key(&e->key);
    fund(e->rpc, e->key.address);
    send_now(e, NULL, emitter_init, sizeof emitter_init);
    eth_create_address(e->address, e->key.address, 0);
    mine_events(e, 25); /* out of the reach of the reorganizations below */
}

static void emit(struct emitter *e, uint64_t value)
{
    uint8_t word[32] = {0};
    store_be64(word + 24, value);
    send_now(e, e->address, word, sizeof word);
}

#define EVENTS_MAX 4096

struct events {
    struct event {
        uint64_t block;
        uint64_t value;
    } items[EVENTS_MAX];
    size_t n;
};

static void keep(struct events *events, const struct eth_logs *logs)
{
    for (size_t i = 0; i < logs->n; i++) {
        CHECK(events->n < EVENTS_MAX && logs->items[i].n_topics == 1 && logs->items[i].data_len == 0);
        events->items[events->n++] =
            (struct event){logs->items[i].block_number, load_be64(logs->items[i].topics[0] + 24)};
    }
}

static void scan_all(struct log_scan *scan, struct events *events, const struct emitter *e, uint64_t confirmations,
                     unsigned *reorgs)
{
    struct eth_filter filter = {.addresses = &e->address, .n_addresses = 1};
    struct log_scan_step step;
    do {
        uint64_t next = scan->next;
        CHECK_OK(log_scan_step(scan, &step, e->rpc, &filter, confirmations));
        if (step.outcome == LOG_SCAN_LOGS) {
            CHECK(step.from == next && scan->next > next);
            keep(events, &step.logs);
            eth_logs_free(&step.logs);
        } else if (step.outcome == LOG_SCAN_REORG) {
            ++*reorgs;
            CHECK(scan->next < next);
            while (events->n > 0 && events->items[events->n - 1].block >= scan->next) events->n--;
        }
    } while (step.outcome != LOG_SCAN_IDLE);
}

/* What a fresh scan of the whole chain gives. */
static void check_truth(const struct emitter *e, const struct events *got, uint64_t at, uint64_t first,
                        uint64_t confirmations)
{
    static struct events truth;
    struct log_scan fresh;
    unsigned reorgs = 0;
    truth.n = 0;
    log_scan_init(&fresh, first);
    scan_all(&fresh, &truth, e, confirmations, &reorgs);
    CHECK_EQ_U64(0, reorgs);
    CHECK_MSG(truth.n == got->n, "%zu events by blocks read up to %llu, %zu by a fresh scan up to %llu", got->n,
              (unsigned long long)at, truth.n, (unsigned long long)fresh.next);
    for (size_t i = 0; i < got->n; i++)
        CHECK(truth.items[i].block == got->items[i].block && truth.items[i].value == got->items[i].value);
}

static void test_scan__follows_reorgs_of_random_depth(struct prng *rng)
{
    static struct events events[2];
    struct emitter e;
    struct log_scan scans[2]; /* one reads the newest block, one waits for six confirmations */
    static const uint64_t confirmations[2] = {0, 6};
    unsigned reorgs[2] = {0, 0};
    struct eth_block head;
    uint64_t value = 1;
    emitter_init_on(&e);
    CHECK_OK(eth_rpc_block_tag(e.rpc, &head, "latest"));
    uint64_t first = head.number - 20;
    for (int k = 0; k < 2; k++) {
        events[k].n = 0;
        log_scan_init(&scans[k], first);
    }
    for (int round = 0; round < 40; round++) {
        for (uint64_t i = prng_below(rng, 8); i > 0; i--) {
            emit(&e, value++);
            if (prng_below(rng, 3) == 0) mine_events(&e, 1 + (unsigned)prng_below(rng, 4));
        }
        mine_events(&e, 1);
        if (round % 3 == 2) {
            char params[32];
            CHECK_OK(eth_rpc_block_tag(e.rpc, &head, "latest"));
            uint64_t room = head.number - first < 20 ? head.number - first : 20;
            uint64_t depth = 1 + prng_below(rng, 1 + prng_below(rng, room)); /* short ones are more frequent */
            (void)snprintf(params, sizeof params, "[%llu, []]", (unsigned long long)depth);
            anvil(e.rpc, "anvil_reorg", params);
        }
        for (int k = 0; k < 2; k++)
            if (prng_below(rng, 2) == 0) scan_all(&scans[k], &events[k], &e, confirmations[k], &reorgs[k]);
    }
    for (int k = 0; k < 2; k++) {
        scan_all(&scans[k], &events[k], &e, confirmations[k], &reorgs[k]);
        check_truth(&e, &events[k], scans[k].next, first, confirmations[k]);
    }
    CHECK_MSG(events[0].n > 20 && reorgs[0] > 1, "%zu events, %u reorganizations seen", events[0].n, reorgs[0]);
    rpc_destroy(e.rpc);
}

static void test_scan__keeps_old_anchors_on_a_long_chain(struct prng *rng)
{
    (void)rng;
    struct emitter e;
    struct log_scan scan;
    struct events events = {.n = 0};
    struct eth_block head;
    unsigned reorgs = 0;
    emitter_init_on(&e);
    CHECK_OK(eth_rpc_block_tag(e.rpc, &head, "latest"));
    log_scan_init(&scan, head.number + 1);
    for (int i = 0; i < 300; i++) {
        if (i == 251) emit(&e, 1); /* empty blocks made again would have the same hashes */
        mine_events(&e, 1);
        scan_all(&scan, &events, &e, 0, &reorgs);
    }
    CHECK_EQ_U64(LOG_SCAN_ANCHORS, scan.n_anchors);
    uint64_t newest = scan.anchors[LOG_SCAN_ANCHORS - 1].number;
    CHECK(newest - scan.anchors[0].number > 250);
    CHECK_EQ_U64(1, events.n);
    anvil(e.rpc, "anvil_reorg", "[50, []]");
    scan_all(&scan, &events, &e, 0, &reorgs);
    CHECK_EQ_U64(1, reorgs);
    CHECK_EQ_U64(0, events.n);
    rpc_destroy(e.rpc);
}

/* ---- the client */

static void test_rpc__answers_a_batch_in_order(struct prng *rng)
{
    (void)rng;
    struct rpc *r = connect_l1();
    struct rpc_request requests[50];
    struct rpc_reply replies[50];
    for (int i = 0; i < 50; i++)
        requests[i] = (struct rpc_request){i % 2 ? "eth_chainId" : "eth_noSuchMethod", json_object_new_array()};
    CHECK_OK(rpc_batch(r, replies, requests, 50));
    for (int i = 0; i < 50; i++) {
        CHECK(replies[i].failed == (i % 2 == 0));
        if (i % 2) CHECK_EQ_STR("0x9", json_object_get_string(replies[i].result));
        if (i % 2 == 0) CHECK_EQ_U64((uint64_t)-32601, (uint64_t)replies[i].code);
        rpc_reply_free(&replies[i]);
    }
    CHECK_OK(rpc_batch(r, replies, requests, 0));
    rpc_destroy(r);
}

static void test_rpc__gives_revert_data_and_code(struct prng *rng)
{
    (void)rng;
    static const uint8_t reverts[] = {0x60, 0xab, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xfd}; /* revert with the byte ab */
    static const uint8_t returns[] = {0x60, 0xcd, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xf3};
    struct rpc *r = connect_l1();
    struct eth_bytes out;
    bool reverted;
    struct eth_call call = {.data = reverts, .data_len = sizeof reverts};
    CHECK_OK(eth_rpc_call(r, &out, &reverted, &call));
    CHECK(reverted && out.len == 1 && out.p[0] == 0xab);
    eth_bytes_free(&out);
    call.data = returns;
    CHECK_OK(eth_rpc_call(r, &out, &reverted, &call));
    CHECK(!reverted && out.len == 1 && out.p[0] == 0xcd);
    eth_bytes_free(&out);
    uint64_t gas;
    bool fails;
    CHECK_OK(eth_rpc_estimate_gas(r, &gas, &fails, &call));
    CHECK(!fails && gas > 53000);
    call.data = reverts;
    CHECK_OK(eth_rpc_estimate_gas(r, &gas, &fails, &call));
    CHECK(fails);
    static const uint8_t invalid[] = {0xfe};
    call.data = invalid;
    call.data_len = sizeof invalid;
    CHECK_OK(eth_rpc_estimate_gas(r, &gas, &fails, &call));
    CHECK(fails);
    uint64_t chain_id;
    CHECK_OK(eth_rpc_chain_id(r, &chain_id));
    CHECK_EQ_U64(CHAIN_ID, chain_id);
    struct eth_block block;
    bool found;
    CHECK_OK(eth_rpc_block(r, &block, &found, UINT64_C(1) << 40));
    CHECK(!found);
    CHECK_OK(eth_rpc_block(r, &block, &found, 0));
    CHECK(found && block.number == 0);
    rpc_destroy(r);
}

static void test_rpc__refuses_bad_endpoints_and_can_be_cancelled(struct prng *rng)
{
    (void)rng;
    struct rpc *r;
    struct rpc_config config = {.urls = {"ftp://127.0.0.1/"}, .n_urls = 1};
    CHECK_ERR(ZK_ERR_INPUT, rpc_create(&r, &config));
    config.n_urls = 0;
    CHECK_ERR(ZK_ERR_RANGE, rpc_create(&r, &config));
    config =
        (struct rpc_config){.urls = {"http://user:secret@127.0.0.1:9/key"}, .n_urls = 1, .tries = 2, .backoff_ms = 1};
    CHECK_OK(rpc_create(&r, &config));
    uint64_t x;
    CHECK_ERR(ZK_ERR_IO, eth_rpc_chain_id(r, &x));
    CHECK(strstr(zk_err_message(), "127.0.0.1:9") != NULL);
    CHECK(strstr(zk_err_message(), "secret") == NULL && strstr(zk_err_message(), "key") == NULL);
    rpc_cancel(r);
    CHECK_ERR(ZK_ERR_CANCELLED, eth_rpc_chain_id(r, &x));
    rpc_destroy(r);
}

TEST_MAIN(TEST(test_sender__mines_each_submission_once), TEST(test_sender__gives_no_nonce_twice_after_a_restart),
          TEST(test_sender__is_patient_with_a_node_in_trouble), TEST(test_sender__survives_a_crash_at_every_save),
          TEST(test_sender__raises_fees_of_a_stuck_transaction), TEST(test_sender__never_pays_above_its_cap),
          TEST(test_sender__sends_again_what_a_reorg_or_the_node_lost), TEST(test_sender__tells_failed_from_refused),
          TEST(test_sender__fills_the_nonces_that_a_deep_reorg_freed),
          TEST(test_sender__says_why_a_node_refuses_a_transaction),
          TEST(test_sender__notices_that_its_key_is_used_elsewhere), TEST(test_scan__follows_reorgs_of_random_depth),
          TEST(test_scan__keeps_old_anchors_on_a_long_chain), TEST(test_rpc__answers_a_batch_in_order),
          TEST(test_rpc__gives_revert_data_and_code), TEST(test_rpc__refuses_bad_endpoints_and_can_be_cancelled))
