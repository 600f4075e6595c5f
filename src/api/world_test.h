/* world_test: a whole rollup in one process for the tests of the API: users with both keys, a database, admission, the
 * sequencer, and an L1 that does what the test says. What the API answers then is about real blocks. */
#ifndef ZK_API_WORLD_TEST_H
#define ZK_API_WORLD_TEST_H

#include "api/api.h"
#include "base/log.h"
#include "base/test.h"
#include "curve/secp256k1.h"
#include "hash/keccak256.h"
#include "node/admission.h"
#include "node/chain.h"
#include "node/market.h"
#include "node/recovery.h"
#include "node/sequencer.h"
#include "rollup/eth_auth.h"
#include "rollup/eth_text.h"
#include "rollup/signature.h"
#include "rollup/tx_json.h"
#include "rollup/tx_sign.h"
#include "store/store_history.h"
#include "store/store_l1.h"
#include "store/store_tokens.h"

#include <ftw.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WORLD_USERS 4
#define ETHER       ((u128)1000000000 * 1000000000)

struct user {
    uint32_t id; /* account id, once deposited to: index + 1 */
    uint8_t eth_key[32];
    eth_address address;
    uint8_t l2_key[SIG_KEY_BYTES];
    uint8_t pubkey[SIG_KEY_BYTES];
    pubkey_hash key_hash;
    uint32_t nonce;
    char text[44]; /* the address */
};

struct world {
    char dir[64];
    char db[96];
    struct store *store;
    struct admission *admission;
    struct sequencer *sequencer;
    struct node_config config;
    struct sequencer_config sequencer_config;
    struct api *api;
    struct api_ports ports;
    struct user users[WORLD_USERS];
    struct token_label labels[3];
    struct fee_market market;
    uint64_t serial;   /* of the next request from L1 */
    uint64_t l1_block; /* its head */
    uint8_t l1_hash;   /* the last byte of the last L1 hash */
};

static const struct store_token world_tokens[] = {
    {.id = 0, .symbol = "ETH", .decimals = 18, .enabled_for_fees = true, .price = "200"},
    {.id = 1, .address = {{0xd, 0xa, 1}}, .symbol = "DAI", .decimals = 18, .enabled_for_fees = true, .price = "1"},
    {.id = 2, .address = {{0xb, 0xa, 2}}, .symbol = "wBTC", .decimals = 8, .price = ""},
};

static inline int64_t world_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline void user_init(struct user *u, uint32_t index)
{
    uint8_t seed[32] = "zkroll api test user", key[64], hash[32];
    struct sig_key_info info;
    u->id = index + 1;
    store_be32(seed + 28, index);
    keccak256(u->eth_key, seed, sizeof seed);
    CHECK(secp_public_key(key, u->eth_key));
    keccak256(hash, key, sizeof key);
    memcpy(u->address.b, hash + 12, 20);
    CHECK_OK(sig_key_from_seed(u->l2_key, u->eth_key, sizeof u->eth_key));
    CHECK_OK(sig_public_key(u->pubkey, u->l2_key));
    sig_key_info_many(&info, &u->pubkey, 1, NULL);
    u->key_hash = info.hash;
    memcpy(u->text, "0x", 2);
    hex_encode(u->text + 2, u->address.b, 20);
}

static inline void world_make_market(struct world *w)
{
    struct market_view view = {.gas_price_wei = 20000000000, .eth_price_pico = 200 * FEE_PICO};
    for (size_t i = 0; i < ZK_COUNT(world_tokens); i++) {
        const struct store_token *t = &world_tokens[i];
        CHECK_OK(store_token_put(w->store, t));
        CHECK_OK(store_token_set_price(w->store, t->id, t->price, world_now()));
        (void)snprintf(w->labels[i].symbol, sizeof w->labels[i].symbol, "%s", t->symbol);
        w->labels[i].decimals = t->decimals;
        uint64_t price;
        if (!t->enabled_for_fees) continue;
        CHECK(fee_price_parse(&price, t->price));
        view.tokens[view.n_tokens++] = (struct fee_token){t->id, t->decimals, price};
    }
    w->market.policy = fee_policy_default();
    CHECK(market_update(&w->market, &view, (uint64_t)world_now()));
    CHECK_OK(market_save(w->store, &w->market));
}

static inline void world_start_sequencer(struct world *w)
{
    config_defaults(&w->config);
    w->config.sequencer.backlog_blocks = 0; /* nobody proves here */
    w->config.sequencer.accounts = 1000;
    w->config.sequencer.nfts = 1000;
    w->config.sequencer.balance_bytes = 1 << 20;
    CHECK_OK(sequencer_config_from(&w->sequencer_config, &w->config));
    w->sequencer_config.data_dir = w->dir;
    w->sequencer_config.block_time_us = INT64_MAX / 4; /* blocks end when the test says so */
    CHECK_OK(sequencer_create(&w->sequencer, &w->sequencer_config, w->store, NULL, NULL));
}

/* Executes all that can be. */
static inline void world_run(struct world *w)
{
    for (bool worked = true; worked;) {
        int64_t wait;
        CHECK_OK(sequencer_step(w->sequencer, &worked, &wait));
    }
}

/* Seals the open block; returns its number. */
static inline uint32_t world_seal(struct world *w)
{
    world_run(w);
    size_t ops;
    uint32_t entries, number = sequencer_block(w->sequencer, &ops, &entries);
    CHECK_OK(sequencer_seal(w->sequencer));
    return number;
}

/* L1 has done this with the blocks. */
static inline void world_confirm(struct world *w, unsigned actions, uint32_t first, uint32_t last)
{
    struct store_l1_result r = {.gas_used = 300000, .gas_price = 20000000000, .at = world_now()};
    r.hash.b[0] = 0xc0;
    r.hash.b[31] = ++w->l1_hash;
    CHECK_OK(store_blocks_confirm(w->store, actions, first, last, &r));
}
#define WORLD_ALL_STEPS (1u << STORE_COMMIT | 1u << STORE_PROVE | 1u << STORE_EXECUTE)

/* A deposit, seen by the watcher; executed once confirmed. Returns the L1 transaction's hash. */
static inline hash32 world_deposit(struct world *w, const struct user *u, uint32_t token, u128 amount, bool confirmed)
{
    struct store_priority_op p = {.serial_id = w->serial++,
                                  .op = {.type = PRIORITY_DEPOSIT, .deposit = {token, amount, u->address}},
                                  .sender = u->address,
                                  .eth_block = ++w->l1_block,
                                  .expires = 2000000000,
                                  .created_at = world_now()};
    uint32_t conflict;
    p.eth_hash.b[0] = 0xde;
    p.eth_hash.b[31] = (uint8_t)p.serial_id;
    CHECK_OK(store_priority_add(w->store, &p, 1, &conflict));
    if (confirmed) CHECK_OK(chain_set_l1_confirmed(w->store, w->l1_block));
    return p.eth_hash;
}

static inline struct admission_config world_admission_config(const struct world *w)
{
    struct admission_config a = admission_config_default();
    a.database = w->db;
    a.forced_exit_min_age_s = 0;
    a.threads = 1;
    a.fee_free_ids[0] = 3;
    a.n_fee_free_ids = 1;
    return a;
}

/* change: what a test wants otherwise; may be NULL. */
static inline void world_start_api(struct world *w, void (*change)(struct api_config *c))
{
    struct api_config c = api_config_default();
    c.database = w->db;
    c.rpc_port = c.ws_port = c.rest_port = 0;
    c.threads = 2;
    c.admission = w->admission;
    c.contract = (eth_address){{0xc0, 1}};
    c.governance = (eth_address){{0xc0, 2}};
    c.nft_factory = (eth_address){{0xc0, 3}};
    c.confirmations = 2;
    c.block_slots = 40;
    c.state_dir = w->dir;
    if (change != NULL) change(&c);
    CHECK_OK(api_start(&w->api, &c));
    w->ports = api_ports_of(w->api);
}

static inline void world_init(struct world *w)
{
    memset(w, 0, sizeof *w);
    log_configure(LOG_ERROR, LOG_TEXT, stderr);
    (void)snprintf(w->dir, sizeof w->dir, "%s/zkroll-api-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    CHECK(mkdtemp(w->dir) != NULL);
    (void)snprintf(w->db, sizeof w->db, "%s/db", w->dir);
    CHECK_OK(store_open(&w->store, w->db, &(struct store_options){.create = true}));
    for (uint32_t i = 0; i < WORLD_USERS; i++) user_init(&w->users[i], i);
    world_make_market(w);
    eth_address fee_address = {{0xfe, 0xe0}};
    CHECK_OK(recovery_genesis(w->store, &fee_address, NULL, world_now()));
    world_start_sequencer(w);
    struct admission_config a = world_admission_config(w);
    CHECK_OK(admission_create(&w->admission, &a));
    world_start_api(w, NULL);
}

static inline int world_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void world_end(struct world *w)
{
    api_stop(w->api);
    admission_destroy(w->admission);
    sequencer_destroy(w->sequencer);
    store_close(w->store);
    CHECK(nftw(w->dir, world_remove, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* ---- transactions */

static inline u128 world_fee(const struct world *w, fee_type type, uint32_t token)
{
    struct fee_quote q;
    CHECK(fee_quote(&q, &w->market.policy, &w->market.now, &type, 1, token));
    return q.total_fee;
}

static inline void world_sign(struct tx *tx, const struct user *u)
{
    uint8_t msg[TX_SIGN_BYTES_MAX];
    size_t len;
    CHECK_OK(tx_sign_bytes(msg, &len, tx));
    memcpy(tx->signature.pubkey, u->pubkey, sizeof tx->signature.pubkey);
    CHECK_OK(sig_sign(tx->signature.sig, u->l2_key, msg, len));
}

static inline struct tx world_transfer(struct world *w, struct user *from, const eth_address *to, u128 amount)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){.account_id = from->id,
                                       .from = from->address,
                                       .to = *to,
                                       .nonce = from->nonce++,
                                       .amount = amount,
                                       .fee = world_fee(w, FEE_TRANSFER_TO_NEW, 0),
                                       .valid = {0, UINT32_MAX}};
    world_sign(&tx, from);
    return tx;
}

static inline struct tx world_withdraw(struct world *w, struct user *from, u128 amount)
{
    struct tx tx = {.type = TX_WITHDRAW};
    tx.withdraw = (struct tx_withdraw){.account_id = from->id,
                                       .from = from->address,
                                       .to = from->address,
                                       .nonce = from->nonce++,
                                       .amount = amount,
                                       .fee = world_fee(w, FEE_WITHDRAW, 0),
                                       .valid = {0, UINT32_MAX}};
    world_sign(&tx, from);
    return tx;
}

static inline struct tx world_mint(struct world *w, struct user *from)
{
    struct tx tx = {.type = TX_MINT_NFT};
    tx.mint_nft = (struct tx_mint_nft){.creator_id = from->id,
                                       .creator = from->address,
                                       .content_hash = {{0x77, 1}},
                                       .recipient = from->address,
                                       .nonce = from->nonce++,
                                       .fee = world_fee(w, FEE_MINT_NFT, 0)};
    world_sign(&tx, from);
    return tx;
}

/* Signed with the Ethereum key. */
static inline struct tx world_change_pubkey(struct world *w, struct user *u)
{
    struct tx tx = {.type = TX_CHANGE_PUBKEY};
    uint8_t msg[60] = {0}; /* key hash 20, nonce 4, account id 4, zeros 32 */
    hash32 digest;
    tx.change_pubkey = (struct tx_change_pubkey){.account_id = u->id,
                                                 .account = u->address,
                                                 .new_pubkey_hash = u->key_hash,
                                                 .nonce = u->nonce++,
                                                 .fee = world_fee(w, FEE_CHANGE_PUBKEY_ECDSA, 0),
                                                 .valid = {0, UINT32_MAX},
                                                 .auth = {.kind = CHANGE_PUBKEY_ECDSA}};
    memcpy(msg, u->key_hash.b, 20);
    store_be32(msg + 20, tx.change_pubkey.nonce);
    store_be32(msg + 24, tx.change_pubkey.account_id);
    eip191_digest(&digest, msg, sizeof msg);
    CHECK(secp_sign_recoverable(tx.change_pubkey.auth.eth_signature, digest.b, u->eth_key));
    world_sign(&tx, u);
    return tx;
}

/* {"type":"EthereumSignature","signature":"0x…"} over the transaction's text; owned. */
static inline struct json_object *world_eth_signature(const struct world *w, const struct tx *tx, const struct user *u)
{
    char text[ETH_TEXT_MAX], hex[2 + 130 + 1] = "0x";
    size_t len;
    uint8_t sig[65];
    hash32 digest;
    struct token_labels labels = {w->labels, ZK_COUNT(w->labels)};
    CHECK_OK(eth_text_tx(text, sizeof text, &len, tx, &labels, 0));
    eip191_digest(&digest, text, len);
    CHECK(secp_sign_recoverable(sig, digest.b, u->eth_key));
    hex_encode(hex + 2, sig, sizeof sig);
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, "type", json_object_new_string("EthereumSignature"));
    json_object_object_add(o, "signature", json_object_new_string(hex));
    return o;
}

#endif
