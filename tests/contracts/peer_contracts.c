/* What the contracts' tests compare with: the same values, made by the C library. Started by forge (vm.ffi); prints one
 * 0x hex string of 32-byte words and ends.
 *
 *   peer_contracts hashes SEED N          a b c d H4(a, b, c, d)
 *   peer_contracts climbs SEED N LEVELS   leaf id root, then 3 siblings a level
 *   peer_contracts exits  SEED N          see put_exit_head; then the proof that performExodus takes, fungible and NFT
 *                                         in turn, from one state
 *   peer_contracts blocks SEED N          see put_block: random streams, bound; then how many operations are in the
 *                                         settlement stream, and each (put_settled)
 *   peer_contracts genesis ADDRESS 0      the root of a state with this fee address (in decimal) alone
 *   peer_contracts transfers SEED N       one block of N transfers with realistic ids and amounts, bound
 *   peer_contracts costs 0 0              block_costs_default: gas and bytes of a block, gas of a word; the most gas to
 *                                         execute a block; then gas, bytes and gas to execute, as the contract counts,
 *                                         of each kind of operation that L1 settles (put_costs) */
#include "base/prng.h"
#include "rollup/amount.h"
#include "rollup/apply.h"
#include "rollup/binding.h"
#include "rollup/block.h"
#include "rollup/priority_op.h"
#include "hash/poseidon2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- output: words of 32 bytes */

static void put_bytes(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) printf("%02x", p[i]);
}

static void put_padded(const uint8_t *p, size_t n, bool left)
{
    uint8_t word[32] = {0};
    assert(n <= sizeof word);
    memcpy(left ? word : word + sizeof word - n, p, n);
    put_bytes(word, sizeof word);
}

static void put_u128(u128 v)
{
    uint8_t b[16];
    store_be128(b, v);
    put_padded(b, sizeof b, false);
}

static void put_fr(const fr *x)
{
    uint8_t b[32];
    fr_to_be32(b, x);
    put_bytes(b, sizeof b);
}

static void put_frs(const fr *x, size_t n)
{
    for (size_t i = 0; i < n; i++) put_fr(x + i);
}

/* Its length, then the bytes, padded to whole words. */
static void put_stream(const uint8_t *p, size_t n)
{
    put_u128(n);
    for (size_t i = 0; i < n; i += 32) put_padded(p + i, n - i < 32 ? n - i : 32, true);
}

/* ---- hashes and paths */

static void hashes(struct prng *rng, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fr in[POSEIDON2_WIDTH], h;
        for (int k = 0; k < POSEIDON2_WIDTH; k++) fr_random(&in[k], rng);
        poseidon2_compress(&h, in);
        put_frs(in, POSEIDON2_WIDTH);
        put_fr(&h);
    }
}

static void climbs(struct prng *rng, size_t n, unsigned levels)
{
    for (size_t i = 0; i < n; i++) {
        fr siblings[TREE_LEVELS_MAX][TREE_ARITY - 1], leaf, node;
        uint64_t id = prng_below(rng, UINT64_C(1) << 2 * levels);
        fr_random(&leaf, rng);
        node = leaf;
        for (unsigned h = 0; h < levels; h++) {
            fr in[POSEIDON2_WIDTH];
            unsigned place = id >> 2 * h & 3;
            for (unsigned k = 0; k < TREE_ARITY - 1; k++) fr_random(&siblings[h][k], rng);
            for (unsigned k = 0, from = 0; k < TREE_ARITY; k++) in[k] = k == place ? node : siblings[h][from++];
            poseidon2_compress(&node, in);
        }
        put_fr(&leaf);
        put_u128(id);
        put_fr(&node);
        for (unsigned h = 0; h < levels; h++) put_frs(siblings[h], TREE_ARITY - 1);
    }
}

/* ---- exits */

#define EXIT_ACCOUNTS 200
#define EXIT_NFTS     100

static void must(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "peer_contracts: %s: %s\n", zk_err_str(err), zk_err_message());
    exit(1);
}

static void apply(struct state *s, const struct op *op, struct step *steps, size_t *n_steps)
{
    must(state_apply(s, op, steps + *n_steps));
    *n_steps += (size_t)2 * op_slots(op->kind);
}

/* Accounts with a few tokens each and keys, NFTs with owners; the trees of it. */
static struct state *random_state(struct prng *rng)
{
    struct state_config config = state_config_default();
    config.accounts = 4096;
    config.nfts = 4096;
    config.balance_bytes = 1 << 20;
    eth_address fee_address;
    prng_bytes(rng, fee_address.b, sizeof fee_address.b);
    struct state *s;
    must(state_create(&s, &config, &fee_address));
    static struct step steps[OP_STEPS_MAX * (4 * EXIT_ACCOUNTS + EXIT_NFTS)];
    size_t n = 0;
    for (uint32_t id = 1; id <= EXIT_ACCOUNTS; id++) {
        struct op op = {.kind = OP_DEPOSIT, .account = id};
        prng_bytes(rng, op.address.b, sizeof op.address.b);
        for (int k = 0; k < 3; k++) {
            op.token = (uint32_t)prng_below(rng, 3) ? (uint32_t)prng_below(rng, TOKEN_ID_LAST + 1) : 0;
            op.amount = (u128)(prng_u64(rng) >> 8) << 64 | prng_u64(rng);
            apply(s, &op, steps, &n);
        }
        struct op key = {.kind = OP_CHANGE_PUBKEY, .account = id, .address = op.address};
        prng_bytes(rng, key.pubkey_hash.b, sizeof key.pubkey_hash.b);
        if (id % 4 != 0) apply(s, &key, steps, &n);
    }
    for (unsigned i = 0; i < EXIT_NFTS; i++) {
        struct op op = {.kind = OP_MINT_NFT};
        op.account = 1 + 4 * (uint32_t)prng_below(rng, EXIT_ACCOUNTS / 4); /* one that has a key */
        op.other = 1 + (uint32_t)prng_below(rng, EXIT_ACCOUNTS);
        prng_bytes(rng, op.nft.hash.b, sizeof op.nft.hash.b);
        apply(s, &op, steps, &n);
    }
    struct pool *pool;
    must(pool_create(&pool, 1));
    must(state_update_trees(s, steps, n, pool));
    pool_destroy(pool);
    return s;
}

/* kind (0 fungible, 1 NFT), state root, account, owner, token, amount, creator, creator's address, serial, content. */
static void put_exit_head(const struct state *s, unsigned kind, uint32_t id, uint32_t token, u128 amount,
                          const struct nft_content *nft)
{
    struct account_leaf leaf;
    fr root;
    state_account(&leaf, s, id);
    state_root(&root, s);
    put_u128(kind);
    put_fr(&root);
    put_u128(id);
    put_padded(leaf.address.b, sizeof leaf.address.b, false);
    put_u128(token);
    put_u128(amount);
    put_u128(nft->creator);
    put_padded(nft->creator_address.b, sizeof nft->creator_address.b, false);
    put_u128(nft->serial);
    put_bytes(nft->hash.b, sizeof nft->hash.b);
}

static void put_fungible_exit(const struct state *s, struct prng *rng)
{
    uint32_t id = 1 + (uint32_t)prng_below(rng, EXIT_ACCOUNTS);
    static struct token_balance balances[TOKEN_ID_LAST + 1];
    size_t n = state_balances(balances, s, id);
    uint32_t token = balances[prng_below(rng, n)].token;
    struct account_proof p;
    state_prove_account(&p, s, id, token);
    put_exit_head(s, 0, id, token, p.balance, &(struct nft_content){0});
    put_u128(p.leaf.nonce);
    put_padded(p.leaf.pubkey_hash.b, sizeof p.leaf.pubkey_hash.b, false);
    put_u128(p.leaf.minted);
    put_fr(&p.nft_root);
    put_u128(p.nft_count);
    put_u128(p.account_count);
    for (int h = 0; h < BALANCE_TREE_LEVELS; h++) put_frs(p.balance_siblings[h], TREE_ARITY - 1);
    for (int h = 0; h < ACCOUNT_TREE_LEVELS; h++) put_frs(p.account_siblings[h], TREE_ARITY - 1);
}

static void put_nft_exit(const struct state *s, struct prng *rng)
{
    uint32_t token = NFT_ID_FIRST + (uint32_t)prng_below(rng, EXIT_NFTS);
    struct nft_proof nft;
    struct account_proof owner;
    state_prove_nft(&nft, s, token);
    state_prove_account(&owner, s, nft.leaf.owner, 0);
    fr balance, balance_root;
    balance_leaf(&balance, owner.balance);
    tree_proof_root(&balance_root, BALANCE_TREE_LEVELS, 0, &balance,
                    (const fr(*)[TREE_ARITY - 1]) owner.balance_siblings);
    put_exit_head(s, 1, nft.leaf.owner, token, 1, &nft.leaf.content);
    put_u128(owner.leaf.nonce);
    put_padded(owner.leaf.pubkey_hash.b, sizeof owner.leaf.pubkey_hash.b, false);
    put_u128(owner.leaf.minted);
    put_fr(&balance_root);
    put_u128(nft.nft_count);
    put_u128(nft.account_count);
    for (int h = 0; h < ACCOUNT_TREE_LEVELS; h++) put_frs(owner.account_siblings[h], TREE_ARITY - 1);
    for (int h = 0; h < NFT_TREE_LEVELS; h++) put_frs(nft.siblings[h], TREE_ARITY - 1);
}

static void genesis(const char *decimal)
{
    struct state_config config = state_config_default();
    config.accounts = config.nfts = 1;
    config.balance_bytes = 1 << 20;
    eth_address fee_address = {0};
    for (const char *p = decimal; *p >= '0' && *p <= '9'; p++) {
        unsigned carry = (unsigned)(*p - '0');
        for (size_t i = sizeof fee_address.b; i-- > 0; carry >>= 8) {
            carry += 10U * fee_address.b[i];
            fee_address.b[i] = (uint8_t)carry;
        }
    }
    struct state *s;
    must(state_create(&s, &config, &fee_address));
    fr root;
    state_root(&root, s);
    put_fr(&root);
    state_destroy(s);
}

static void exits(struct prng *rng, size_t n)
{
    struct state *s = random_state(rng);
    for (size_t i = 0; i < n; i++)
        if (i % 2 == 0)
            put_fungible_exit(s, rng);
        else
            put_nft_exit(s, rng);
    state_destroy(s);
}

/* ---- blocks */

#define STREAM_MAX 200000
#define OPS_MAX    11

struct streams {
    uint8_t settlement[STREAM_MAX], delta[STREAM_MAX];
    size_t settlement_len, delta_len;
    fr chain;
};

static void streams_start(struct streams *b, const struct fee_class *classes)
{
    fee_classes_encode(b->delta, classes);
    b->settlement_len = 0;
    b->delta_len = PUBDATA_OPENING_BYTES;
    binding_chain_start(&b->chain, b->delta);
}

static void streams_add(struct streams *b, const struct op *op)
{
    struct slot_words slots[OP_SLOTS_MAX];
    unsigned n = op_encode(slots, op);
    for (unsigned i = 0; i < n; i++) {
        size_t ns = slots[i].n_settlement * (size_t)WORD_BYTES, nd = slots[i].n_delta * (size_t)WORD_BYTES;
        assert(b->settlement_len + ns <= STREAM_MAX && b->delta_len + nd <= STREAM_MAX);
        memcpy(b->settlement + b->settlement_len, slots[i].words[0], ns);
        memcpy(b->delta + b->delta_len, slots[i].words[slots[i].n_settlement], nd);
        b->settlement_len += ns;
        b->delta_len += nd;
        binding_chain_slot(&b->chain, &slots[i]);
    }
}

/* What L1 must make of an operation of the settlement stream: first byte, account, address, token, amount, nonce, key
 * hash, creator, serial, creator's address, content, and the queue's bytes of the request it is, if it is one. */
static void put_settled(const struct op *op)
{
    static const uint8_t first_byte[OP_KINDS] = {
        [OP_DEPOSIT] = SETTLE_DEPOSIT,
        [OP_DEPOSIT_REFUSED] = SETTLE_DEPOSIT_REFUSED,
        [OP_WITHDRAW] = SETTLE_WITHDRAW,
        [OP_FULL_EXIT] = SETTLE_FULL_EXIT,
        [OP_CHANGE_PUBKEY] = SETTLE_CHANGE_PUBKEY,
        [OP_FORCED_EXIT] = SETTLE_FORCED_EXIT,
        [OP_WITHDRAW_NFT] = SETTLE_WITHDRAW_NFT,
        [OP_FULL_EXIT_NFT] = SETTLE_FULL_EXIT_NFT,
    };
    put_u128(first_byte[op->kind]);
    put_u128(op->account);
    put_padded(op->address.b, sizeof op->address.b, false);
    put_u128(op->token);
    put_u128(op->amount);
    put_u128(op->nonce);
    put_padded(op->pubkey_hash.b, sizeof op->pubkey_hash.b, false);
    put_u128(op->nft.creator);
    put_u128(op->nft.serial);
    put_padded(op->nft.creator_address.b, sizeof op->nft.creator_address.b, false);
    put_bytes(op->nft.hash.b, sizeof op->nft.hash.b);
    uint8_t data[PRIORITY_BYTES_MAX];
    size_t len = 0;
    if (op->kind == OP_DEPOSIT || op->kind == OP_DEPOSIT_REFUSED) {
        struct priority_op p = {.type = PRIORITY_DEPOSIT};
        p.deposit.token = op->token;
        p.deposit.amount = op->amount;
        p.deposit.to = op->address;
        len = priority_op_encode(data, &p);
    } else if (op_is_priority(op->kind)) {
        struct priority_op p = {.type = PRIORITY_FULL_EXIT};
        p.full_exit.account_id = op->account;
        p.full_exit.owner = op->address;
        p.full_exit.token = op->token;
        len = priority_op_encode(data, &p);
    }
    put_stream(data, len);
}

/* number, fee account, timestamp, old root, new root, C, header, r, y_s, y_d, settlement, delta. */
static void put_block(const struct streams *b, const struct block_header *h, const fr *old_root, const fr *new_root)
{
    fr header, r, y_s, y_d;
    binding_header(&header, h);
    binding_challenge(&r, b->settlement, b->settlement_len, b->delta, b->delta_len, &b->chain, h, old_root, new_root);
    binding_evaluate(&y_s, b->settlement, b->settlement_len, &r);
    binding_evaluate(&y_d, b->delta, b->delta_len, &r);
    put_u128(h->number);
    put_u128(h->fee_account);
    put_u128(h->timestamp);
    put_fr(old_root);
    put_fr(new_root);
    put_fr(&b->chain);
    put_fr(&header);
    put_fr(&r);
    put_fr(&y_s);
    put_fr(&y_d);
    put_stream(b->settlement, b->settlement_len);
    put_stream(b->delta, b->delta_len);
}

static u128 packable(struct prng *rng, unsigned bits, unsigned exponent_max)
{
    u128 v = prng_u64(rng) >> (64 - bits);
    for (uint64_t e = prng_below(rng, exponent_max); e > 0; e--) v *= 10;
    return v;
}

static u128 any_amount(struct prng *rng)
{
    switch (prng_below(rng, 6)) {
    case 0: return 0;
    case 1: return U128_MAX;
    default: return (u128)prng_u64(rng) << 64 | prng_u64(rng);
    }
}

static uint32_t any_account(struct prng *rng)
{
    return prng_below(rng, 8) ? (uint32_t)prng_below(rng, ACCOUNT_ID_MAX + 1) : ACCOUNT_ID_MAX;
}

static uint32_t any_nft(struct prng *rng)
{
    return NFT_ID_FIRST + (uint32_t)prng_below(rng, NFT_ID_LAST - NFT_ID_FIRST + 1);
}

/* An operation of this kind with anything in it that has bytes. */
static struct op random_op(struct prng *rng, op_kind kind)
{
    struct op op = {.kind = kind, .account = any_account(rng), .other = any_account(rng)};
    bool is_nft =
        kind == OP_NFT_TRANSFER || kind == OP_NFT_TRANSFER_NEW || kind == OP_FULL_EXIT_NFT || kind == OP_WITHDRAW_NFT;
    op.fee_class = (uint8_t)prng_below(rng, FEE_CLASSES);
    op.token = is_nft ? any_nft(rng) : (uint32_t)prng_below(rng, TOKEN_ID_LAST + 1);
    op.fee = packable(rng, 11, 20);
    op.amount = is_nft ? prng_below(rng, 2) : op_is_settlement(kind) ? any_amount(rng) : packable(rng, 35, 25);
    if (kind == OP_WITHDRAW_NFT) op.amount = 1;
    prng_bytes(rng, op.address.b, sizeof op.address.b);
    prng_bytes(rng, op.pubkey_hash.b, sizeof op.pubkey_hash.b);
    op.nonce = (uint32_t)prng_u64(rng);
    op.nft.creator = any_account(rng);
    op.nft.serial = (uint32_t)prng_u64(rng);
    prng_bytes(rng, op.nft.creator_address.b, sizeof op.nft.creator_address.b);
    prng_bytes(rng, op.nft.hash.b, sizeof op.nft.hash.b);
    for (int i = 0; i < 2; i++) {
        op.swap.accounts[i] = any_account(rng);
        op.swap.recipients[i] = any_account(rng);
        op.swap.tokens[i] = kind == OP_SWAP ? (uint32_t)prng_below(rng, TOKEN_ID_LAST + 1) : any_nft(rng);
        op.swap.amounts[i] = kind == OP_SWAP ? packable(rng, 35, 25) : prng_below(rng, 2);
    }
    op.swap.submitter = any_account(rng);
    return op;
}

static void random_header(struct prng *rng, struct block_header *h, fr *old_root, fr *new_root)
{
    *h = (struct block_header){.number = 1 + (uint32_t)prng_below(rng, UINT32_MAX), .timestamp = prng_u64(rng) >> 31};
    fr_random(old_root, rng);
    fr_random(new_root, rng);
}

static void blocks(struct prng *rng, size_t n)
{
    static struct streams b;
    for (size_t i = 0; i < n; i++) {
        struct fee_class classes[FEE_CLASSES];
        for (int k = 0; k < FEE_CLASSES; k++)
            classes[k] = (struct fee_class){(uint32_t)prng_below(rng, TOKEN_ID_LAST + 1), packable(rng, 11, 20)};
        streams_start(&b, classes);
        struct op settled[OPS_MAX];
        size_t n_settled = 0;
        for (uint64_t ops = prng_below(rng, OPS_MAX + 1); ops > 0; ops--) {
            struct op op = random_op(rng, (op_kind)(OP_TRANSFER + prng_below(rng, OP_COLLECT_FEES - OP_TRANSFER)));
            streams_add(&b, &op);
            if (op_is_settlement(op.kind)) settled[n_settled++] = op;
        }
        struct block_header h;
        fr old_root, new_root;
        random_header(rng, &h, &old_root, &new_root);
        put_block(&b, &h, &old_root, &new_root);
        put_u128(n_settled);
        for (size_t k = 0; k < n_settled; k++) put_settled(&settled[k]);
    }
}

/* Payments of a chain with a million accounts, some cents to some thousands, three fees in two tokens. */
static void transfers(struct prng *rng, size_t n)
{
    static struct streams b;
    struct fee_class classes[FEE_CLASSES] = {{0, 81 * (u128)100000000000}, {4, 21000}, {4, 52000}};
    streams_start(&b, classes);
    for (size_t i = 0; i < n; i++) {
        struct op op = {.kind = OP_TRANSFER, .fee_class = (uint8_t)prng_below(rng, 3)};
        op.account = (uint32_t)prng_below(rng, 1000000);
        op.other = (uint32_t)prng_below(rng, 1000000);
        op.amount = 1 + prng_below(rng, 1000000); /* cents */
        for (int k = op.fee_class == 0 ? 12 : 4; k > 0; k--) op.amount *= 10;
        streams_add(&b, &op);
    }
    struct block_header h;
    fr old_root, new_root;
    random_header(rng, &h, &old_root, &new_root);
    put_block(&b, &h, &old_root, &new_root);
}

/* In the order in which gas.mjs asks. */
static void put_costs(void)
{
    static const op_kind kinds[] = {OP_DEPOSIT,   OP_DEPOSIT_REFUSED, OP_WITHDRAW,     OP_FORCED_EXIT,
                                    OP_FULL_EXIT, OP_CHANGE_PUBKEY,   OP_WITHDRAW_NFT, OP_FULL_EXIT_NFT};
    const struct block_costs *c = &block_costs_default;
    put_u128(c->base_gas);
    put_u128(c->base_bytes);
    put_u128(c->word_gas);
    put_u128(EXECUTE_GAS_MAX);
    for (size_t i = 0; i < ZK_COUNT(kinds); i++) {
        put_u128(c->op_gas[kinds[i]]);
        put_u128(c->op_bytes[kinds[i]]);
        put_u128(op_execute_gas(kinds[i]));
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        (void)fprintf(stderr,
                      "usage: peer_contracts hashes|climbs|exits|genesis|blocks|transfers|costs SEED N [LEVELS]\n");
        return 2;
    }
    const char *what = argv[1];
    struct prng rng;
    prng_seed(&rng, strtoull(argv[2], NULL, 0));
    size_t n = strtoul(argv[3], NULL, 0);
    unsigned levels = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 0) : 0;
    printf("0x");
    if (strcmp(what, "hashes") == 0)
        hashes(&rng, n);
    else if (strcmp(what, "climbs") == 0 && levels <= TREE_LEVELS_MAX)
        climbs(&rng, n, levels);
    else if (strcmp(what, "exits") == 0)
        exits(&rng, n);
    else if (strcmp(what, "genesis") == 0)
        genesis(argv[2]);
    else if (strcmp(what, "blocks") == 0)
        blocks(&rng, n);
    else if (strcmp(what, "transfers") == 0)
        transfers(&rng, n);
    else if (strcmp(what, "costs") == 0)
        put_costs();
    else
        return 2;
    return 0;
}
