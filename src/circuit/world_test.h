/* world_test: blocks with real signatures, made by the rollup library, for the tests and the benchmark of the
 * circuit. */
#ifndef ZK_CIRCUIT_WORLD_TEST_H
#define ZK_CIRCUIT_WORLD_TEST_H

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

#endif
