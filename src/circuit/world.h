/* world: blocks with real signatures, made by the rollup library: for the tests and the benchmark of the circuit, and
 * for its audit. What fails here ends the program: it can only be a bug, or a machine without memory. */
#ifndef ZK_CIRCUIT_WORLD_H
#define ZK_CIRCUIT_WORLD_H

#include "circuit/block_witness.h"
#include "rollup/block.h"
#include "rollup/signature.h"
#include "rollup/tx_sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_USERS 8
#define WORLD_TIME  1700000000

#define WORLD_MUST(call)                                                                                               \
    do {                                                                                                               \
        if ((call) != ZK_OK) {                                                                                         \
            (void)fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, zk_err_message());                     \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

struct user {
    eth_address address;
    uint8_t key[SIG_KEY_BYTES], pub[SIG_KEY_BYTES];
    pubkey_hash hash;
};

struct world {
    struct state *s;
    struct block *b;
    struct user users[WORLD_USERS]; /* user 0 is the fee account */
    uint32_t block_no;
    struct arena arena; /* of the trace */
    struct block_trace *trace;
    fail_reason reason;
};

static inline void world_create(struct world *w, unsigned slots)
{
    memset(w, 0, sizeof *w);
    const struct state_config state = {
        .accounts = ACCOUNT_ID_MAX + 1, .nfts = 64, .balance_bytes = 1 << 22, .address_key = {3, 4}};
    struct block_config block = block_config_default();
    block.slots = slots;
    for (unsigned i = 0; i < WORLD_USERS; i++) {
        struct user *u = &w->users[i];
        uint8_t seed[SIG_SEED_MIN] = {(uint8_t)(i + 1)};
        ed_affine point;
        memset(u->address.b, (int)(0xa0 + i), sizeof u->address.b);
        WORLD_MUST(sig_key_from_seed(u->key, seed, sizeof seed));
        WORLD_MUST(sig_public_key(u->pub, u->key));
        if (!sig_parse_key(&point, u->pub)) exit(1);
        sig_pubkey_hash(&u->hash, &point);
    }
    WORLD_MUST(state_create(&w->s, &state, &w->users[0].address));
    WORLD_MUST(block_create(&w->b, &block));
    WORLD_MUST(arena_map(&w->arena, block_trace_memory(slots, NULL) + (1 << 20)));
}

static inline void world_destroy(struct world *w)
{
    block_destroy(w->b);
    state_destroy(w->s);
    arena_unmap(&w->arena);
}

static inline void world_begin(struct world *w, const struct fee_class *classes, unsigned n)
{
    const struct block_header header = {++w->block_no, 0, WORLD_TIME};
    block_begin(w->b, w->s, &header, classes, n);
}

static inline const struct block_trace *world_seal(struct world *w)
{
    arena_release(&w->arena, 0);
    WORLD_MUST(block_seal(w->b, NULL, &w->arena, &w->trace));
    return w->trace;
}

static inline bool world_taken(struct world *w, const struct block_result *r)
{
    w->reason = r->reason;
    return r->answer == BLOCK_TAKEN;
}

static inline bool world_deposit(struct world *w, const eth_address *to, uint32_t token, u128 amount)
{
    struct priority_op op = {.type = PRIORITY_DEPOSIT};
    struct block_result r;
    op.deposit.token = token;
    op.deposit.amount = amount;
    op.deposit.to = *to;
    WORLD_MUST(block_put_priority(w->b, &r, &op));
    return world_taken(w, &r);
}

static inline bool world_full_exit(struct world *w, uint32_t id, const eth_address *owner, uint32_t token)
{
    struct priority_op op = {.type = PRIORITY_FULL_EXIT};
    struct block_result r;
    op.full_exit.account_id = id;
    op.full_exit.owner = *owner;
    op.full_exit.token = token;
    WORLD_MUST(block_put_priority(w->b, &r, &op));
    return world_taken(w, &r);
}

static inline uint32_t world_id(struct world *w, unsigned user)
{
    uint32_t id = ACCOUNT_ID_NOBODY;
    (void)!state_find(&id, w->s, &w->users[user].address);
    return id;
}

static inline uint32_t world_nonce(struct world *w, unsigned user)
{
    struct account_leaf leaf;
    state_account(&leaf, w->s, world_id(w, user));
    return leaf.nonce;
}

/* Signs and executes. */
static inline bool world_tx(struct world *w, struct tx *tx, unsigned signer)
{
    const struct user *u = &w->users[signer];
    uint8_t bytes[TX_SIGN_BYTES_MAX];
    size_t len;
    struct block_result r;
    WORLD_MUST(tx_sign_bytes(bytes, &len, tx));
    WORLD_MUST(sig_sign(tx->signature.sig, u->key, bytes, len));
    memcpy(tx->signature.pubkey, u->pub, sizeof u->pub);
    const struct tx_facts facts = {.signers.tx = u->hash, .authorized = true};
    WORLD_MUST(block_put_tx(w->b, &r, tx, &facts));
    return world_taken(w, &r);
}

static inline bool world_transfer(struct world *w, unsigned from, const eth_address *to, uint32_t token, u128 amount,
                                  u128 fee)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){.account_id = world_id(w, from),
                                       .from = w->users[from].address,
                                       .to = *to,
                                       .token = token,
                                       .nonce = world_nonce(w, from),
                                       .amount = amount,
                                       .fee = fee,
                                       .valid = {WORLD_TIME - 10, UINT32_MAX}};
    return world_tx(w, &tx, from);
}

static inline bool world_withdraw(struct world *w, unsigned from, const eth_address *to, uint32_t token, u128 amount,
                                  u128 fee)
{
    struct tx tx = {.type = TX_WITHDRAW};
    tx.withdraw = (struct tx_withdraw){.account_id = world_id(w, from),
                                       .from = w->users[from].address,
                                       .to = *to,
                                       .token = token,
                                       .nonce = world_nonce(w, from),
                                       .amount = amount,
                                       .fee = fee,
                                       .valid = {0, WORLD_TIME}};
    return world_tx(w, &tx, from);
}

static inline bool world_change_pubkey(struct world *w, unsigned user, unsigned key_of, uint32_t fee_token, u128 fee)
{
    struct tx tx = {.type = TX_CHANGE_PUBKEY};
    tx.change_pubkey = (struct tx_change_pubkey){.account_id = world_id(w, user),
                                                 .account = w->users[user].address,
                                                 .new_pubkey_hash = w->users[key_of].hash,
                                                 .fee_token = fee_token,
                                                 .nonce = world_nonce(w, user),
                                                 .fee = fee,
                                                 .valid = TIME_RANGE_ALL};
    return world_tx(w, &tx, key_of);
}

static inline bool world_forced_exit(struct world *w, unsigned from, const eth_address *target, uint32_t token,
                                     u128 fee)
{
    struct tx tx = {.type = TX_FORCED_EXIT};
    tx.forced_exit = (struct tx_forced_exit){.initiator_id = world_id(w, from),
                                             .target = *target,
                                             .token = token,
                                             .nonce = world_nonce(w, from),
                                             .fee = fee,
                                             .valid = {WORLD_TIME, WORLD_TIME}};
    return world_tx(w, &tx, from);
}

static inline bool world_mint(struct world *w, unsigned from, const eth_address *to, uint8_t content,
                              uint32_t fee_token, u128 fee)
{
    struct tx tx = {.type = TX_MINT_NFT};
    tx.mint_nft = (struct tx_mint_nft){.creator_id = world_id(w, from),
                                       .creator = w->users[from].address,
                                       .recipient = *to,
                                       .fee_token = fee_token,
                                       .nonce = world_nonce(w, from),
                                       .fee = fee};
    for (unsigned i = 0; i < 32; i++) tx.mint_nft.content_hash.b[i] = (uint8_t)(content + 7 * i);
    return world_tx(w, &tx, from);
}

static inline bool world_withdraw_nft(struct world *w, unsigned from, const eth_address *to, uint32_t nft,
                                      uint32_t fee_token, u128 fee)
{
    struct tx tx = {.type = TX_WITHDRAW_NFT};
    tx.withdraw_nft = (struct tx_withdraw_nft){.account_id = world_id(w, from),
                                               .from = w->users[from].address,
                                               .to = *to,
                                               .token = nft,
                                               .fee_token = fee_token,
                                               .nonce = world_nonce(w, from),
                                               .fee = fee,
                                               .valid = {7, UINT32_MAX}};
    return world_tx(w, &tx, from);
}

/* A swap in which user `sellers[i]` sells `amounts[i]` of tokens[i], at the price of just these amounts; recipients are
 * users. used[i]: the order states its amount. */
struct swap_plan {
    unsigned sellers[2], recipients[2], submitter;
    uint32_t tokens[2], fee_token;
    u128 amounts[2], fee;
    bool used[2];
};

static inline void world_order(struct world *w, struct order *o, const struct swap_plan *p, unsigned i)
{
    *o = (struct order){.account_id = world_id(w, p->sellers[i]),
                        .recipient = w->users[p->recipients[i]].address,
                        .nonce = world_nonce(w, p->sellers[i]),
                        .token_sell = p->tokens[i],
                        .token_buy = p->tokens[1 - i],
                        .ratio = {p->amounts[i], p->amounts[1 - i]},
                        .amount = p->used[i] ? p->amounts[i] : 0,
                        .valid = {WORLD_TIME - 3 - i, UINT32_MAX}};
}

static inline void world_sign_order(struct world *w, struct order *o, unsigned signer)
{
    uint8_t bytes[TX_SIGN_BYTES_MAX];
    WORLD_MUST(order_sign_bytes(bytes, o));
    WORLD_MUST(sig_sign(o->signature.sig, w->users[signer].key, bytes, ORDER_BYTES));
    memcpy(o->signature.pubkey, w->users[signer].pub, sizeof o->signature.pubkey);
}

static inline struct tx world_plan_swap(struct world *w, const struct swap_plan *p)
{
    struct tx tx = {.type = TX_SWAP};
    tx.swap = (struct tx_swap){.submitter_id = world_id(w, p->submitter),
                               .submitter = w->users[p->submitter].address,
                               .nonce = world_nonce(w, p->submitter),
                               .fee_token = p->fee_token,
                               .fee = p->fee,
                               .amounts = {p->amounts[0], p->amounts[1]}};
    for (unsigned i = 0; i < 2; i++) {
        world_order(w, &tx.swap.orders[i], p, i);
        world_sign_order(w, &tx.swap.orders[i], p->sellers[i]);
    }
    return tx;
}

/* Signs as the submitter and executes. */
static inline bool world_submit_swap(struct world *w, struct tx *tx, const struct swap_plan *p)
{
    const struct user *u = &w->users[p->submitter];
    uint8_t bytes[TX_SIGN_BYTES_MAX];
    size_t len;
    struct block_result r;
    WORLD_MUST(tx_sign_bytes(bytes, &len, tx));
    WORLD_MUST(sig_sign(tx->signature.sig, u->key, bytes, len));
    memcpy(tx->signature.pubkey, u->pub, sizeof u->pub);
    struct tx_facts facts = {.signers.tx = u->hash};
    for (unsigned i = 0; i < 2; i++) facts.signers.orders[i] = w->users[p->sellers[i]].hash;
    WORLD_MUST(block_put_tx(w->b, &r, tx, &facts));
    return world_taken(w, &r);
}

static inline bool world_swap(struct world *w, const struct swap_plan *p)
{
    struct tx tx = world_plan_swap(w, p);
    return world_submit_swap(w, &tx, p);
}

/* Users 1 .. n get a million of tokens 0 and 5 and their keys; in a block of their own. */
static inline void world_fund(struct world *w, unsigned n)
{
    world_begin(w, NULL, 0);
    for (unsigned i = 1; i <= n; i++) {
        if (!world_deposit(w, &w->users[i].address, 0, 1000000)) exit(1);
        if (!world_deposit(w, &w->users[i].address, 5, 1000000)) exit(1);
        if (!world_change_pubkey(w, i, i, 0, 0)) exit(1);
    }
    (void)world_seal(w);
}

/* The state and an open block of 40 slots with every kind of operation. */
static inline void world_everything(struct world *w)
{
    const eth_address stranger = {{0x77, 1, 2, 3}};
    const eth_address another = {{0x78, 1, 2, 3}};
    struct fee_class classes[FEE_CLASSES] = {{0, 30}, {5, 2000}, {0, 0}};
    for (unsigned i = 3; i < FEE_CLASSES; i++) classes[i] = (struct fee_class){0, 500 + i}; /* none is left to open */
    const uint32_t nft = NFT_ID_FIRST;
    bool ok = true;
    world_fund(w, 4);
    world_begin(w, NULL, 0);
    for (uint8_t i = 0; i < 4; i++) ok = ok && world_mint(w, 1, &w->users[1 + i / 2].address, i, 0, 0);
    (void)world_seal(w);
    world_begin(w, classes, FEE_CLASSES);
    ok = ok && world_mint(w, 1, &w->users[2].address, 99, 0, 30);
    ok = ok && world_deposit(w, &w->users[5].address, 5, 7);
    ok = ok && world_deposit(w, &w->users[4].address, 5, U128_MAX);
    ok = ok && world_full_exit(w, 5000, &w->users[3].address, 0);
    ok = ok && world_full_exit(w, world_id(w, 3), &w->users[3].address, 5);
    ok = ok && world_transfer(w, 1, &w->users[2].address, 0, 1000, 30);
    ok = ok && world_transfer(w, 3, &w->users[2].address, 0, 1000, 20);
    ok = ok && world_transfer(w, 1, &stranger, 0, 500, 20);
    ok = ok && world_withdraw(w, 2, &stranger, 5, 123456, 2000);
    ok = ok && world_forced_exit(w, 1, &stranger, 0, 10);
    ok = ok && world_change_pubkey(w, 4, 4, 0, 100);
    ok = ok && world_transfer(w, 1, &w->users[2].address, nft, 1, 0);
    ok = ok && world_transfer(w, 2, &another, nft + 2, 1, 0);
    ok = ok && world_withdraw_nft(w, 2, &stranger, nft, 0, 30);
    ok = ok && world_full_exit(w, world_id(w, 2), &w->users[2].address, nft + 3);
    struct swap_plan p = {.sellers = {1, 2}, .recipients = {1, 2}, .submitter = 4, .fee_token = 0, .fee = 30};
    p.tokens[1] = 5;
    p.amounts[0] = 1000;
    p.amounts[1] = 2500;
    p.used[0] = true;
    ok = ok && world_swap(w, &p);
    p.tokens[0] = nft + 1; /* NFT for token, from 1 to 2 */
    p.amounts[0] = 1;
    ok = ok && world_swap(w, &p);
    p.tokens[0] = 0; /* token for NFT, from 2 to 1 */
    p.tokens[1] = nft + 1;
    p.amounts[0] = 77;
    p.amounts[1] = 1;
    ok = ok && world_swap(w, &p);
    p.tokens[0] = nft + 1;
    p.tokens[1] = nft + 4;
    p.amounts[0] = 1;
    ok = ok && world_swap(w, &p);
    if (!ok) {
        (void)fprintf(stderr, "a block of everything: %s\n", fail_reason_str(w->reason));
        exit(1);
    }
}

#endif
