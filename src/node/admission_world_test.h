/* A rollup's database with accounts, tokens and prices, users with both their keys, and the way to sign and submit:
 * for the tests and the benchmark of admission. */
#ifndef ZK_NODE_ADMISSION_WORLD_TEST_H
#define ZK_NODE_ADMISSION_WORLD_TEST_H

#include "base/test.h"
#include "curve/secp256k1.h"
#include "hash/keccak256.h"
#include "node/admission.h"
#include "node/market.h"
#include "rollup/amount.h"
#include "rollup/eth_auth.h"
#include "rollup/eth_text.h"
#include "rollup/signature.h"
#include "rollup/tx_sign.h"
#include "store/store_blocks.h"
#include "store/store_tokens.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WORLD_CHAIN_ID 9
#define WORLD_USERS    12
#define WORLD_SECOND   INT64_C(1000000)

enum { TOKEN_ETH = 0, TOKEN_DAI = 1, TOKEN_WBTC = 2, TOKEN_BAT = 3, WORLD_TOKENS = 4, TOKEN_NONE = 77 };

/* 200, 1, 9,000 dollars; BAT pays no fees. */
static const struct store_token world_tokens[WORLD_TOKENS] = {
    {.id = TOKEN_ETH, .symbol = "ETH", .decimals = 18, .enabled_for_fees = true, .price = "200"},
    {.id = TOKEN_DAI, .address = {{1}}, .symbol = "DAI", .decimals = 18, .enabled_for_fees = true, .price = "1"},
    {.id = TOKEN_WBTC, .address = {{2}}, .symbol = "wBTC", .decimals = 8, .enabled_for_fees = true, .price = "9000"},
    {.id = TOKEN_BAT, .address = {{3}}, .symbol = "BAT", .decimals = 18},
};

struct world_user {
    uint32_t id; /* of the account; users from world.n_accounts on have none */
    uint8_t eth_key[32];
    eth_address address;
    uint8_t l2_key[SIG_KEY_BYTES];
    uint8_t pubkey[SIG_KEY_BYTES];
    pubkey_hash key_hash;
};

struct world {
    char dir[64];
    char path[96];
    struct store *store;
    struct world_user *users;
    size_t n_users;
    struct token_label labels[WORLD_TOKENS];
    struct fee_market market;
    struct admission_config config;
    struct admission *admission;
};

static inline int64_t world_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * WORLD_SECOND + t.tv_nsec / 1000;
}

static inline void world_user_init(struct world_user *u, uint32_t id)
{
    uint8_t seed[32] = "zkroll test user", key[64], hash[32];
    struct sig_key_info info;
    memset(u, 0, sizeof *u);
    u->id = id;
    store_be32(seed + 28, id);
    keccak256(u->eth_key, seed, sizeof seed);
    CHECK(secp_public_key(key, u->eth_key));
    keccak256(hash, key, sizeof key);
    memcpy(u->address.b, hash + 12, 20);
    CHECK_OK(sig_key_from_seed(u->l2_key, u->eth_key, sizeof u->eth_key));
    CHECK_OK(sig_public_key(u->pubkey, u->l2_key));
    sig_key_info_many(&info, &u->pubkey, 1, NULL);
    u->key_hash = info.hash;
}

/* ---- signing */

static inline void world_sign_l2(struct l2_signature *sig, const struct world_user *u, const uint8_t *msg, size_t len)
{
    memcpy(sig->pubkey, u->pubkey, sizeof sig->pubkey);
    CHECK_OK(sig_sign(sig->sig, u->l2_key, msg, len));
}

static inline void world_sign_tx(struct tx *tx, const struct world_user *u)
{
    uint8_t msg[TX_SIGN_BYTES_MAX];
    size_t len;
    CHECK_OK(tx_sign_bytes(msg, &len, tx));
    world_sign_l2(&tx->signature, u, msg, len);
}

static inline void world_sign_order(struct order *o, const struct world_user *u)
{
    uint8_t msg[ORDER_BYTES];
    CHECK_OK(order_sign_bytes(msg, o));
    world_sign_l2(&o->signature, u, msg, sizeof msg);
}

static inline void world_sign_message(struct submit_signature *sig, const struct world_user *u, const void *msg,
                                      size_t len)
{
    hash32 digest;
    eip191_digest(&digest, msg, len);
    sig->kind = SUBMIT_SIGNATURE_ETHEREUM;
    CHECK(secp_sign_recoverable(sig->ethereum, digest.b, u->eth_key));
}

static inline struct token_labels world_labels(const struct world *w)
{
    return (struct token_labels){w->labels, WORLD_TOKENS};
}

static inline void world_sign_text(struct submit_signature *sig, const struct world *w, const struct world_user *u,
                                   const struct tx *tx)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    struct token_labels labels = world_labels(w);
    CHECK_OK(eth_text_tx(text, sizeof text, &len, tx, &labels, 0));
    world_sign_message(sig, u, text, len);
}

/* ---- transactions; not signed yet */

static inline u128 world_fee(const struct world *w, fee_type type, uint32_t token)
{
    struct fee_quote quote;
    CHECK(fee_quote(&quote, &w->market.policy, &w->market.now, &type, 1, token));
    return quote.total_fee;
}

static inline struct tx world_transfer(const struct world *w, const struct world_user *from,
                                       const struct world_user *to, uint32_t nonce)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){.account_id = from->id,
                                       .from = from->address,
                                       .to = to->address,
                                       .token = TOKEN_ETH,
                                       .nonce = nonce,
                                       .amount = 1000000,
                                       .fee = world_fee(w, FEE_TRANSFER, TOKEN_ETH),
                                       .valid = {0, UINT32_MAX}};
    return tx;
}

static inline struct tx world_withdraw(const struct world *w, const struct world_user *from, uint32_t nonce)
{
    struct tx tx = {.type = TX_WITHDRAW};
    tx.withdraw = (struct tx_withdraw){.account_id = from->id,
                                       .from = from->address,
                                       .to = from->address,
                                       .token = TOKEN_ETH,
                                       .nonce = nonce,
                                       .amount = 1000001,
                                       .fee = world_fee(w, FEE_FAST_WITHDRAW, TOKEN_ETH),
                                       .valid = {0, UINT32_MAX}};
    return tx;
}

/* ---- the store */

/* Accounts 0 .. n - 1 with their keys, nonce 5, and 1,000 ETH each, as one executed block. */
static inline void world_make_accounts(struct world *w, size_t n)
{
    static const struct token_balance balance = {TOKEN_ETH, (u128)1000 * 1000000000 * 1000000000};
    fr root = {{0}};
    CHECK_OK(store_genesis(w->store, &w->users[0].address, &root, world_now()));
    struct store_account_change *changes = calloc(n, sizeof *changes);
    CHECK(changes != NULL);
    for (size_t i = 0; i < n; i++) {
        const struct world_user *u = &w->users[i];
        struct account_leaf leaf = {.address = u->address, .pubkey_hash = u->key_hash, .nonce = 5, .exists = true};
        changes[i] = (struct store_account_change){.id = u->id, .leaf = leaf, .balances = &balance, .n_balances = 1};
    }
    struct store_mini_block m = {
        .block = 1, .timestamp = 1000, .accounts = changes, .n_accounts = n, .now = world_now()};
    CHECK_OK(store_execute(w->store, &m));
    free(changes);
}

static inline void world_make_market(struct world *w)
{
    struct market_view view = {.gas_price_wei = 20000000000, .eth_price_pico = 200 * FEE_PICO};
    for (size_t i = 0; i < WORLD_TOKENS; i++) {
        const struct store_token *t = &world_tokens[i];
        uint64_t price;
        CHECK_OK(store_token_put(w->store, t));
        (void)snprintf(w->labels[i].symbol, sizeof w->labels[i].symbol, "%s", t->symbol);
        w->labels[i].decimals = t->decimals;
        if (!t->enabled_for_fees) continue;
        CHECK(fee_price_parse(&price, t->price));
        view.tokens[view.n_tokens++] = (struct fee_token){t->id, t->decimals, price};
    }
    w->market.policy = fee_policy_default();
    CHECK(market_update(&w->market, &view, (uint64_t)world_now()));
    CHECK_OK(market_save(w->store, &w->market));
}

/* Where the database is: in memory if there is such a place, for its safety is not what tests are about. */
static bool world_on_disk;

static inline const char *world_base(void)
{
    return !world_on_disk && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* A world of n_users, of whom the first n_accounts have an account. */
static inline void world_init(struct world *w, size_t n_users, size_t n_accounts)
{
    struct store_options create = {.create = true};
    memset(w, 0, sizeof *w);
    (void)snprintf(w->dir, sizeof w->dir, "%s/zkroll-admission-XXXXXX", world_base());
    CHECK(mkdtemp(w->dir) != NULL);
    (void)snprintf(w->path, sizeof w->path, "%s/db", w->dir);
    CHECK_OK(store_open(&w->store, w->path, &create));
    w->n_users = n_users;
    w->users = calloc(n_users, sizeof *w->users);
    CHECK(w->users != NULL);
    for (size_t i = 0; i < n_users; i++) world_user_init(&w->users[i], (uint32_t)i);
    world_make_market(w);
    world_make_accounts(w, n_accounts);
    w->config = admission_config_default();
    w->config.database = w->path;
    w->config.chain_id = WORLD_CHAIN_ID;
    w->config.keys_max = 1024;
    w->config.threads = 2;
}

static inline void world_start(struct world *w)
{
    CHECK_OK(admission_create(&w->admission, &w->config));
}

static inline void world_stop(struct world *w)
{
    admission_destroy(w->admission);
    w->admission = NULL;
}

static inline void world_end(struct world *w)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[128];
    world_stop(w);
    store_close(w->store);
    free(w->users);
    for (size_t i = 0; i < ZK_COUNT(suffixes); i++) {
        (void)snprintf(path, sizeof path, "%s%s", w->path, suffixes[i]);
        (void)unlink(path);
    }
    CHECK(rmdir(w->dir) == 0);
}

/* ---- submitting, and waiting for the answer */

struct world_answer {
    pthread_mutex_t lock;
    pthread_cond_t done_cond;
    bool done;
    submit_error error;
    char detail[SUBMIT_DETAIL_MAX];
    size_t n;
    hash32 first, batch_hash;
};

static inline void world_answer_init(struct world_answer *a)
{
    memset(a, 0, sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->done_cond, NULL);
}

static inline void world_take_answer(void *ctx, const struct submit_answer *answer)
{
    struct world_answer *a = ctx;
    pthread_mutex_lock(&a->lock);
    CHECK(!a->done);
    a->error = answer->error;
    memcpy(a->detail, answer->detail, sizeof a->detail);
    a->n = answer->n;
    if (answer->n > 0) a->first = answer->hashes[0];
    a->batch_hash = answer->batch_hash;
    a->done = true;
    pthread_cond_broadcast(&a->done_cond);
    pthread_mutex_unlock(&a->lock);
}

static inline submit_error world_wait(struct world_answer *a)
{
    pthread_mutex_lock(&a->lock);
    while (!a->done) pthread_cond_wait(&a->done_cond, &a->lock);
    pthread_mutex_unlock(&a->lock);
    return a->error;
}

static inline struct submit_request *world_copy_request(const struct submit_request *r)
{
    struct submit_request *copy = submit_request_create(r->n);
    CHECK(copy != NULL);
    memcpy(copy, r, sizeof *r + r->n * sizeof r->txs[0]);
    return copy;
}

/* Submits a copy of *r (without signatures of contracts, which are memory of the request) and gives the answer. */
static inline submit_error world_submit(struct world *w, struct world_answer *a, const struct submit_request *r)
{
    world_answer_init(a);
    submit_error error = admission_submit(w->admission, world_copy_request(r), world_take_answer, a);
    return error == SUBMIT_OK ? world_wait(a) : error;
}

#endif
