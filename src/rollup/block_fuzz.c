/* Bytes as a program of transactions and requests: each is taken, refused or does not fit; whatever was taken can be
 * sealed, traced and replayed to the same root, conserves the supply, and can be taken back whole. */
#include "base/fuzz.h"
#include "rollup/amount.h"
#include "rollup/block.h"
#include "rollup/replay.h"
#include "rollup/trace.h"

#define USERS       6
#define TOKENS      3
#define ACTIONS_MAX 24
#define TS          1700000000

struct reader {
    const uint8_t *p, *end;
};

static unsigned byte(struct reader *r)
{
    return r->p < r->end ? *r->p++ : 0;
}

static eth_address address_of(unsigned i)
{
    eth_address a = {{0}};
    if (i % 32 == 31) memset(a.b, 0xff, 20);
    if (i % 32 < 30) a.b[19] = (uint8_t)(1 + i % 32);
    return a;
}

static pubkey_hash key_of(unsigned id)
{
    pubkey_hash k = {{0}};
    if (id >= 1 && id <= USERS) k.b[0] = (uint8_t)id;
    return k;
}

static uint32_t token_of(struct reader *r)
{
    unsigned v = byte(r);
    if (v < 160) return v % TOKENS;
    if (v < 240) return NFT_ID_FIRST + v % 5;
    static const uint32_t odd[] = {1023, 1024, 65535, 70000, NFT_ID_LAST, NFT_ID_LAST + 1, UINT32_MAX};
    return odd[v % ZK_COUNT(odd)];
}

static u128 amount_of(struct reader *r)
{
    unsigned v = byte(r);
    return v < 200 ? v % 16 : v < 250 ? (u128)1 << (v - 200) * 2 : U128_MAX;
}

static struct time_range range_of(struct reader *r)
{
    unsigned v = byte(r);
    return v < 250 ? TIME_RANGE_ALL : (struct time_range){TS + v - 253, TS + v - 252};
}

/* The nonce that the account has, most often. */
static uint32_t nonce_of(struct reader *r, const struct state *s, uint32_t id)
{
    struct account_leaf leaf;
    state_account(&leaf, s, id);
    unsigned v = byte(r);
    return leaf.nonce + (v >= 240 ? v - 245 : 0);
}

static void read_order(struct order *o, struct reader *r, const struct state *s, uint32_t sell, uint32_t buy,
                       u128 amount)
{
    o->account_id = byte(r) % (USERS + 2);
    o->recipient = address_of(byte(r));
    o->nonce = nonce_of(r, s, o->account_id);
    o->token_sell = sell;
    o->token_buy = buy;
    o->ratio[0] = byte(r);
    o->ratio[1] = byte(r) % 4;
    o->amount = byte(r) % 3 == 0 ? 0 : amount;
    o->valid = range_of(r);
}

static void read_tx(struct tx *tx, struct tx_facts *facts, struct reader *r, const struct state *s)
{
    static const tx_type types[] = {TX_TRANSFER, TX_WITHDRAW,     TX_CHANGE_PUBKEY, TX_FORCED_EXIT,
                                    TX_MINT_NFT, TX_WITHDRAW_NFT, TX_SWAP};
    memset(tx, 0, sizeof *tx);
    tx->type = types[byte(r) % ZK_COUNT(types)];
    uint32_t id = byte(r) % (USERS + 2);
    eth_address from = address_of(id), to = address_of(byte(r));
    uint32_t nonce = nonce_of(r, s, id), token = token_of(r);
    u128 amount = amount_of(r), fee = amount_of(r);
    *facts = (struct tx_facts){.signers.tx = key_of(byte(r) < 250 ? id : 1), .authorized = byte(r) < 250};
    hash32 hash = {{(uint8_t)byte(r)}};
    switch (tx->type) {
    case TX_TRANSFER: tx->transfer = (struct tx_transfer){id, from, to, token, nonce, amount, fee, range_of(r)}; break;
    case TX_WITHDRAW:
        tx->withdraw = (struct tx_withdraw){id, from, to, token, nonce, false, amount, fee, range_of(r)};
        break;
    case TX_CHANGE_PUBKEY:
        tx->change_pubkey = (struct tx_change_pubkey){.account_id = id,
                                                      .account = from,
                                                      .fee_token = token,
                                                      .new_pubkey_hash = facts->signers.tx,
                                                      .nonce = nonce,
                                                      .fee = fee,
                                                      .valid = range_of(r)};
        break;
    case TX_FORCED_EXIT: tx->forced_exit = (struct tx_forced_exit){id, to, token, nonce, fee, range_of(r)}; break;
    case TX_MINT_NFT: tx->mint_nft = (struct tx_mint_nft){id, from, hash, to, token % 3, nonce, fee}; break;
    case TX_WITHDRAW_NFT:
        tx->withdraw_nft =
            (struct tx_withdraw_nft){id, from, to, token, byte(r) % TOKENS, nonce, false, fee, range_of(r)};
        break;
    case TX_SWAP: {
        uint32_t other = token_of(r);
        tx->swap = (struct tx_swap){.submitter_id = id,
                                    .submitter = from,
                                    .nonce = nonce,
                                    .fee_token = byte(r) % TOKENS,
                                    .fee = fee,
                                    .amounts = {amount, amount_of(r)}};
        read_order(&tx->swap.orders[0], r, s, token, other, tx->swap.amounts[0]);
        read_order(&tx->swap.orders[1], r, s, other, token, tx->swap.amounts[1]);
        for (int i = 0; i < 2; i++) facts->signers.orders[i] = key_of(tx->swap.orders[i].account_id);
        break;
    }
    }
}

static struct priority_op read_request(struct reader *r)
{
    struct priority_op p = {.type = PRIORITY_DEPOSIT};
    if (byte(r) % 2 == 0) {
        p.deposit.token = byte(r) % TOKENS;
        p.deposit.amount = amount_of(r);
        p.deposit.to = address_of(byte(r));
        return p;
    }
    p.type = PRIORITY_FULL_EXIT;
    p.full_exit.account_id = byte(r) % (USERS + 3);
    p.full_exit.owner = address_of(byte(r) < 200 ? p.full_exit.account_id : byte(r));
    unsigned v = byte(r);
    p.full_exit.token = v < 128 ? v % TOKENS : NFT_ID_FIRST + v % 5;
    return p;
}

struct fixture {
    struct state *s, *copy;
    struct block *b;
    struct replay *replay;
    struct arena arena;
};

static void make_users(struct state *s)
{
    struct step steps[USERS * TOKENS];
    size_t n = 0;
    for (uint32_t id = 1; id <= USERS; id++)
        for (uint32_t token = 0; token < TOKENS; token++) {
            struct step *step = &steps[n++];
            state_step_account(step, s, id, token);
            step->after = (struct account_leaf){.address = address_of(id), .pubkey_hash = key_of(id), .exists = true};
            if (id == USERS) step->after.pubkey_hash = key_of(0); /* one without a key */
            step->balance_after = (u128)1000 << 20 * token;
            state_step_write(s, step);
        }
    struct step nft;
    state_step_nft(&nft, s, NFT_ID_FIRST);
    nft.nft_after = (struct nft_leaf){.exists = true, .owner = 1, .content.creator = 1};
    state_step_write(s, &nft);
    FUZZ_CHECK(state_update_trees(s, steps, n, NULL) == ZK_OK);
    FUZZ_CHECK(state_update_trees(s, &nft, 1, NULL) == ZK_OK);
}

static void fixture_make(struct fixture *f)
{
    static const struct state_config config = {
        .accounts = 4096, .nfts = 4096, .balance_bytes = 1 << 20, .address_key = {1, 2}};
    struct block_config block = block_config_default();
    block.slots = 40;
    block.fee_tokens = 2;
    const eth_address fee = address_of(0);
    FUZZ_CHECK(state_create(&f->s, &config, &fee) == ZK_OK);
    FUZZ_CHECK(state_create(&f->copy, &config, &fee) == ZK_OK);
    FUZZ_CHECK(block_create(&f->b, &block) == ZK_OK);
    FUZZ_CHECK(replay_create(&f->replay) == ZK_OK);
    FUZZ_CHECK(arena_map(&f->arena, block_trace_memory(40, NULL)) == ZK_OK);
    make_users(f->s);
    make_users(f->copy);
}

static void total(u128 out[TOKENS], const struct state *s)
{
    for (uint32_t token = 0; token < TOKENS; token++) {
        out[token] = 0;
        for (uint32_t id = 0; id < state_account_count(s); id++) out[token] += state_balance(s, id, token);
    }
}

/* Before = after, less what came from L1, plus what left to it. */
static void check_supply(const struct fixture *f, const u128 before[TOKENS])
{
    u128 after[TOKENS];
    total(after, f->s);
    for (size_t i = 0; i < block_op_count(f->b); i++) {
        const struct op *op = block_op(f->b, i);
        if (op->token >= TOKENS) continue;
        if (op->kind == OP_DEPOSIT) after[op->token] -= op->amount;
        if (op->kind == OP_WITHDRAW || op->kind == OP_FULL_EXIT || op->kind == OP_FORCED_EXIT)
            after[op->token] += op->amount;
    }
    for (uint32_t token = 0; token < TOKENS; token++) FUZZ_CHECK(before[token] == after[token]);
}

static void run(struct fixture *f, struct reader *r)
{
    for (unsigned i = 0; i < ACTIONS_MAX && r->p < r->end; i++) {
        struct block_result result;
        struct tx txs[3];
        struct tx_facts facts[3];
        unsigned what = byte(r) % 8;
        if (what == 0) {
            struct priority_op request = read_request(r);
            FUZZ_CHECK(block_put_priority(f->b, &result, &request) == ZK_OK);
            FUZZ_CHECK(result.answer != BLOCK_REFUSED);
        } else if (what == 1) {
            unsigned n = 1 + byte(r) % 3;
            for (unsigned k = 0; k < n; k++) read_tx(&txs[k], &facts[k], r, f->s);
            FUZZ_CHECK(block_put_batch(f->b, &result, txs, facts, n) == ZK_OK);
        } else {
            read_tx(txs, facts, r, f->s);
            FUZZ_CHECK(block_put_tx(f->b, &result, txs, facts) == ZK_OK);
        }
    }
}

static void check_replay(const struct fixture *f, const struct block_sealed *sealed)
{
    fr before, after;
    state_root(&before, f->copy);
    FUZZ_CHECK(replay_block(f->replay, f->copy, ACCOUNT_ID_FEE, sealed->settlement, sealed->settlement_len,
                            sealed->delta, sealed->delta_len, NULL) == ZK_OK);
    state_root(&after, f->copy);
    FUZZ_CHECK(fr_eq(&after, &sealed->new_root));
    FUZZ_CHECK(replay_undo(f->replay, f->copy, NULL) == ZK_OK);
    state_root(&after, f->copy);
    FUZZ_CHECK(fr_eq(&before, &after));
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static struct fixture f;
    if (f.s == NULL) fixture_make(&f);
    fr before, after;
    u128 supply[TOKENS];
    state_root(&before, f.s);
    total(supply, f.s);
    block_begin(f.b, f.s, &(struct block_header){1, ACCOUNT_ID_FEE, TS}, NULL, 0);
    struct reader r = {data, data + len};
    run(&f, &r);

    bool traced = len % 4 == 0; /* it costs as much as all the rest */
    struct block_trace *trace = NULL;
    FUZZ_CHECK(block_seal(f.b, NULL, &f.arena, traced ? &trace : NULL) == ZK_OK);
    const struct block_sealed *sealed = block_sealed(f.b);
    if (traced) {
        const struct step_trace *last = &trace->slots[trace->capacity - 1].steps[SLOT_STEPS - 1];
        state_root_of(&after, &last->account_root, &last->nft_root, last->nft_count, last->account_count);
        FUZZ_CHECK(fr_eq(&after, &sealed->new_root));
        arena_release(&f.arena, 0);
    }
    check_supply(&f, supply);

    if (len % 2 == 0) check_replay(&f, sealed);
    FUZZ_CHECK(block_unwind(f.b, NULL) == ZK_OK);
    state_root(&after, f.s);
    FUZZ_CHECK(fr_eq(&before, &after));
}
