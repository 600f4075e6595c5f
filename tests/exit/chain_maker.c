/* Makes a rollup's history on a development L1, with every kind of operation, blocks that are committed and reverted,
 * and reorganizations. The rollup library executes, the contract's verifier is one that accepts everything, so that
 * nothing needs to be proved. Everything follows from the seed but L1's times.
 *
 *   chain_maker L1 MAIN TOKEN SEED OPS [REORG_MS [SNAPSHOT]]
 *
 * Anvil's account 0 is the operator; 1 .. 8 are users who also ask for things on L1. REORG_MS: how long a block that is
 * taken back is left standing (0: no reorganizations). The state at the end goes to SNAPSHOT, that of the middle to
 * SNAPSHOT.half. Prints JSON: what everybody has, and which requests wait. */
#include "base/bytes.h"
#include "base/prng.h"
#include "cli/chain_call.h"
#include "cli/signer.h"
#include "ethereum/mnemonic.h"
#include "ethereum/zkroll_contract.h"
#include "hash/keccak256.h"
#include "rollup/amount.h"
#include "rollup/block.h"
#include "rollup/eth_auth.h"
#include "rollup/snapshot.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MNEMONIC     "test test test test test test test test test test test junk"
#define RICH         8
#define USERS        40
#define REQUESTS_MAX 4096
#define WAITING      6 /* requests that the last blocks leave out */
#define TOKEN        1
#define CALL_MAX     (1 << 20)

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        if ((call) != ZK_OK) {                                                                                         \
            (void)fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, zk_err_message());                     \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

struct user {
    struct eth_key eth;
    eth_address address;
    pubkey_hash key; /* made up: nobody checks L2 signatures here */
};

struct maker {
    struct chain l1;
    struct eth_key operator_key;
    uint8_t main[20], token[20];
    struct prng rng;
    struct state *s;
    struct block *blocks[2];
    struct user users[USERS];
    struct priority_op requests[REQUESTS_MAX];
    size_t n_requests, taken;
    struct zkroll_stored last;
    uint32_t number;
    uint64_t ops;
    long reorg_ms;
    uint8_t *call;
};

/* ---- L1 */

static void send_call(struct maker *m, const struct eth_key *key, const uint8_t to[20], u128 value,
                      const struct abi_out *o, uint64_t gas)
{
    struct eth_receipt receipt;
    const struct chain_call call = {.to = to, .value = value, .data = o->buf, .len = o->len, .gas_limit = gas};
    if (!abi_out_ok(o)) exit(1);
    MUST(chain_send(&m->l1, &receipt, NULL, key, &call));
}

static struct abi_out begin_call(struct maker *m)
{
    struct abi_out o;
    abi_out_init(&o, m->call, CALL_MAX);
    return o;
}

static uint64_t l1_time(struct maker *m)
{
    struct eth_block head;
    MUST(eth_rpc_block_tag(m->l1.rpc, &head, "latest"));
    return head.timestamp;
}

static struct json_object *plain_call(struct maker *m, const char *method, struct json_object *arg)
{
    struct rpc_reply reply;
    struct json_object *params = json_object_new_array();
    if (arg != NULL) (void)json_object_array_add(params, arg);
    MUST(rpc_call(m->l1.rpc, &reply, method, params));
    MUST(rpc_reply_check(&reply, method));
    struct json_object *result = json_object_get(reply.result);
    rpc_reply_free(&reply);
    return result;
}

/* ---- requests */

static void deposit(struct maker *m, const eth_address *to, uint32_t token, u128 amount)
{
    struct priority_op *r = &m->requests[m->n_requests++];
    struct abi_out o = begin_call(m);
    uint8_t be[16];
    if (m->n_requests > REQUESTS_MAX) exit(1);
    store_be128(be, amount);
    *r = (struct priority_op){.type = PRIORITY_DEPOSIT};
    r->deposit.to = *to;
    r->deposit.token = token;
    r->deposit.amount = amount;
    if (token == 0)
        zkroll_put_deposit_eth(&o, to->b);
    else
        zkroll_put_deposit_erc20(&o, m->token, be, to->b);
    send_call(m, &m->operator_key, m->main, token == 0 ? amount : 0, &o, 200000);
}

static void full_exit(struct maker *m, unsigned rich, uint32_t id, uint32_t token)
{
    static const uint8_t eth[20];
    struct priority_op *r = &m->requests[m->n_requests++];
    struct abi_out o = begin_call(m);
    if (m->n_requests > REQUESTS_MAX) exit(1);
    *r = (struct priority_op){.type = PRIORITY_FULL_EXIT};
    r->full_exit.account_id = id;
    r->full_exit.owner = m->users[rich].address;
    r->full_exit.token = token;
    if (token_is_nft(token))
        zkroll_put_full_exit_nft(&o, id, token);
    else
        zkroll_put_full_exit(&o, id, token == 0 ? eth : m->token);
    send_call(m, &m->users[rich].eth, m->main, 0, &o, 300000);
}

/* ---- transactions */

static uint64_t pick(struct maker *m, uint64_t n)
{
    return prng_below(&m->rng, n);
}

static u128 any_fee(struct maker *m)
{
    static const uint64_t fees[] = {0, 1000, 1000, 1000, 2000, 20470};
    return fees[pick(m, ZK_COUNT(fees))];
}

static uint32_t id_of(struct maker *m, const eth_address *a)
{
    uint32_t id = ACCOUNT_ID_NOBODY;
    (void)!state_find(&id, m->s, a);
    return id;
}

struct actor {
    unsigned user;
    uint32_t id;
    struct account_leaf leaf;
};

/* A user whose account has its key. */
static bool any_actor(struct maker *m, struct actor *a)
{
    a->user = (unsigned)pick(m, USERS);
    a->id = id_of(m, &m->users[a->user].address);
    state_account(&a->leaf, m->s, a->id);
    return a->id != ACCOUNT_ID_NOBODY && !pubkey_hash_is_zero(&a->leaf.pubkey_hash);
}

static eth_address any_address(struct maker *m)
{
    eth_address a;
    prng_bytes(&m->rng, a.b, 20);
    return a;
}

/* An address with an account. */
static eth_address known_address(struct maker *m)
{
    struct account_leaf leaf;
    do state_account(&leaf, m->s, (uint32_t)pick(m, state_account_count(m->s)));
    while (!leaf.exists);
    return leaf.address;
}

static uint32_t any_nft(struct maker *m, uint32_t owner)
{
    uint32_t n = state_nft_count(m->s);
    for (unsigned i = 0; i < 32 && n > 0; i++) {
        struct nft_leaf leaf;
        uint32_t id = NFT_ID_FIRST + (uint32_t)pick(m, n);
        state_nft(&leaf, m->s, id);
        if (leaf.owner == owner) return id;
    }
    return 0;
}

static void make_transfer(struct maker *m, struct tx *tx, const struct actor *a, bool to_new)
{
    u128 amount = pick(m, 1000000);
    *tx = (struct tx){.type = TX_TRANSFER};
    tx->transfer = (struct tx_transfer){.account_id = a->id,
                                        .from = a->leaf.address,
                                        .to = to_new ? any_address(m) : known_address(m),
                                        .token = pick(m, 3) == 0 ? TOKEN : 0,
                                        .nonce = a->leaf.nonce,
                                        .amount = amount,
                                        .fee = any_fee(m),
                                        .valid = TIME_RANGE_ALL};
    uint32_t nft = pick(m, 8) == 0 ? any_nft(m, a->id) : 0;
    if (nft == 0) return;
    tx->transfer.token = nft;
    tx->transfer.amount = 1;
    tx->transfer.fee = 0;
}

static void make_change_pubkey(struct maker *m, struct tx *tx, unsigned user)
{
    uint8_t message[CHANGE_PUBKEY_MESSAGE_BYTES];
    struct user *u = &m->users[user];
    struct account_leaf leaf;
    struct signer s = {.eth = u->eth};
    uint32_t id = id_of(m, &u->address);
    state_account(&leaf, m->s, id);
    prng_bytes(&m->rng, u->key.b, 20);
    *tx = (struct tx){.type = TX_CHANGE_PUBKEY};
    tx->change_pubkey = (struct tx_change_pubkey){.account_id = id,
                                                  .account = u->address,
                                                  .new_pubkey_hash = u->key,
                                                  .nonce = leaf.nonce,
                                                  .valid = TIME_RANGE_ALL,
                                                  .auth = {.kind = CHANGE_PUBKEY_ECDSA}};
    change_pubkey_message(message, &tx->change_pubkey);
    MUST(signer_sign_text(&s, tx->change_pubkey.auth.eth_signature, message, sizeof message));
}

static bool make_swap(struct maker *m, struct tx *tx, struct tx_facts *facts)
{
    struct actor a[3];
    *tx = (struct tx){.type = TX_SWAP};
    struct tx_swap *t = &tx->swap;
    for (unsigned i = 0; i < 3; i++)
        if (!any_actor(m, &a[i])) return false;
    *t = (struct tx_swap){
        .submitter_id = a[2].id, .submitter = a[2].leaf.address, .nonce = a[2].leaf.nonce, .fee = any_fee(m)};
    uint32_t nft = pick(m, 2) == 0 ? any_nft(m, a[0].id) : 0;
    for (unsigned i = 0; i < 2; i++) {
        t->amounts[i] = nft != 0 && i == 0 ? 1 : 1 + pick(m, 1000);
        t->orders[i] = (struct order){.account_id = a[i].id,
                                      .recipient = known_address(m),
                                      .nonce = a[i].leaf.nonce,
                                      .token_sell = i == 0 ? (nft != 0 ? nft : 0) : TOKEN,
                                      .token_buy = i == 0 ? TOKEN : (nft != 0 ? nft : 0),
                                      .valid = TIME_RANGE_ALL};
        facts->signers.orders[i] = a[i].leaf.pubkey_hash;
    }
    for (unsigned i = 0; i < 2; i++) {
        t->orders[i].amount = pick(m, 2) == 0 ? t->amounts[i] : 0;
        t->orders[i].ratio[0] = t->amounts[i];
        t->orders[i].ratio[1] = t->amounts[1 - i];
    }
    facts->signers.tx = a[2].leaf.pubkey_hash;
    return true;
}

/* Any kind but transfers. False if this one cannot be made now. */
static bool make_other(struct maker *m, struct tx *tx, struct tx_facts *facts, const struct actor *a)
{
    switch (pick(m, 7)) {
    case 0:
        *tx = (struct tx){.type = TX_WITHDRAW};
        tx->withdraw = (struct tx_withdraw){.account_id = a->id,
                                            .from = a->leaf.address,
                                            .to = any_address(m),
                                            .token = pick(m, 2) == 0 ? TOKEN : 0,
                                            .nonce = a->leaf.nonce,
                                            .amount = pick(m, 1000000),
                                            .fee = any_fee(m),
                                            .valid = TIME_RANGE_ALL};
        return true;
    case 1:
        *tx = (struct tx){.type = TX_MINT_NFT};
        tx->mint_nft = (struct tx_mint_nft){.creator_id = a->id,
                                            .creator = a->leaf.address,
                                            .recipient = known_address(m),
                                            .nonce = a->leaf.nonce,
                                            .fee = any_fee(m)};
        prng_bytes(&m->rng, tx->mint_nft.content_hash.b, 32);
        return true;
    case 2:
        *tx = (struct tx){.type = TX_WITHDRAW_NFT};
        tx->withdraw_nft = (struct tx_withdraw_nft){.account_id = a->id,
                                                    .from = a->leaf.address,
                                                    .to = a->leaf.address,
                                                    .token = any_nft(m, a->id),
                                                    .nonce = a->leaf.nonce,
                                                    .fee = any_fee(m),
                                                    .valid = TIME_RANGE_ALL};
        return tx->withdraw_nft.token != 0 && pick(m, 3) == 0;
    case 3:
        *tx = (struct tx){.type = TX_FORCED_EXIT};
        tx->forced_exit = (struct tx_forced_exit){.initiator_id = a->id,
                                                  .target = known_address(m),
                                                  .nonce = a->leaf.nonce,
                                                  .fee = any_fee(m),
                                                  .valid = TIME_RANGE_ALL};
        return true;
    case 4:
        make_change_pubkey(m, tx, a->user);
        facts->signers.tx = m->users[a->user].key;
        return true;
    default: return make_swap(m, tx, facts);
    }
}

/* Offers one transaction to the block. False: the block is full. */
static bool put_one(struct maker *m, struct block *b, unsigned others)
{
    struct tx tx;
    struct actor a;
    struct block_result r;
    if (!any_actor(m, &a)) return true;
    struct tx_facts facts = {.signers.tx = a.leaf.pubkey_hash, .authorized = true};
    if (pick(m, 1000) >= others)
        make_transfer(m, &tx, &a, pick(m, 50) == 0);
    else if (!make_other(m, &tx, &facts, &a))
        return true;
    pubkey_hash key = m->users[a.user].key;
    MUST(block_put_tx(b, &r, &tx, &facts));
    if (r.answer != BLOCK_TAKEN && tx.type == TX_CHANGE_PUBKEY) m->users[a.user].key = key;
    return r.answer != BLOCK_FULL;
}

/* ---- blocks */

static void fill(struct maker *m, struct block *b, size_t ops, unsigned others)
{
    const struct block_header header = {.number = ++m->number, .fee_account = ACCOUNT_ID_FEE, .timestamp = l1_time(m)};
    block_begin(b, m->s, &header, NULL, 0);
    while (m->taken + WAITING < m->n_requests) {
        struct block_result r;
        MUST(block_put_priority(b, &r, &m->requests[m->taken]));
        if (r.answer == BLOCK_FULL) break;
        m->taken++;
    }
    while (block_op_count(b) < ops && put_one(m, b, others)) continue;
    MUST(block_seal(b, NULL, NULL, NULL));
}

/* What L1 is told of a sealed block; witnesses in memory that the caller frees. */
static void describe(struct zkroll_new_block *n, const struct block *b, struct zkroll_bytes *witnesses,
                     uint8_t (*bytes)[CHANGE_PUBKEY_WITNESS_MAX])
{
    const struct block_sealed *s = block_sealed(b);
    *n = (struct zkroll_new_block){.timestamp = s->header.timestamp,
                                   .settlement = {s->settlement, s->settlement_len},
                                   .delta = {s->delta, s->delta_len},
                                   .witnesses = witnesses};
    fr_to_be32(n->state_root, &s->new_root);
    fr_to_be32(n->chain, &s->chain);
    for (size_t i = 0; i < block_op_count(b); i++) {
        const struct tx *tx = block_op_tx(b, i);
        if (tx == NULL || tx->type != TX_CHANGE_PUBKEY) continue;
        size_t len = change_pubkey_witness(bytes[n->n_witnesses], &tx->change_pubkey);
        witnesses[n->n_witnesses] = (struct zkroll_bytes){bytes[n->n_witnesses], len};
        n->n_witnesses++;
    }
}

static void make_stored(struct zkroll_stored *out, struct zkroll_inputs *inputs, const struct block *b)
{
    const struct block_sealed *s = block_sealed(b);
    *inputs = (struct zkroll_inputs){.key_id = 0};
    fr_to_be32(inputs->old_root, &s->old_root);
    fr_to_be32(inputs->chain, &s->chain);
    fr_to_be32(inputs->r, &s->challenge);
    fr_to_be32(inputs->y_settlement, &s->y_settlement);
    fr_to_be32(inputs->y_delta, &s->y_delta);
    *out = (struct zkroll_stored){.number = s->header.number, .timestamp = s->header.timestamp};
    for (size_t i = 0; i < block_op_count(b); i++) out->priority_operations += op_is_priority(block_op(b, i)->kind);
    keccak256(out->settlement_hash, s->settlement, s->settlement_len);
    fr_to_be32(out->state_root, &s->new_root);
    zkroll_inputs_hash(out->commitment, inputs);
}

struct described {
    struct zkroll_new_block n;
    struct zkroll_stored stored;
    struct zkroll_inputs inputs;
    struct zkroll_bytes witnesses[BLOCK_SLOTS_MAX];
    uint8_t bytes[BLOCK_SLOTS_MAX][CHANGE_PUBKEY_WITNESS_MAX];
};

static struct described *describe_all(const struct block *b)
{
    struct described *d = calloc(1, sizeof *d);
    if (d == NULL) exit(1);
    describe(&d->n, b, d->witnesses, d->bytes);
    make_stored(&d->stored, &d->inputs, b);
    return d;
}

static const uint8_t some_proof[64] = {1, 2, 3};
static const struct zkroll_bytes proof = {some_proof, sizeof some_proof};

#define GAS 16000000

static void commit(struct maker *m, const struct zkroll_new_block *blocks, size_t n)
{
    struct abi_out o = begin_call(m);
    zkroll_put_commit(&o, &m->last, blocks, n);
    send_call(m, &m->operator_key, m->main, 0, &o, GAS);
}

static void settle(struct maker *m, const struct described *d, bool at_once)
{
    struct abi_out o = begin_call(m);
    if (at_once) {
        zkroll_put_settle(&o, &m->last, &d->n, &proof, 1);
        send_call(m, &m->operator_key, m->main, 0, &o, GAS);
    } else {
        const struct zkroll_proof p = {.stored = d->stored, .inputs = d->inputs, .proof = proof};
        const struct zkroll_execution e = {.stored = d->stored, .settlement = d->n.settlement};
        commit(m, &d->n, 1);
        zkroll_put_prove(&o, &p, 1);
        send_call(m, &m->operator_key, m->main, 0, &o, GAS);
        o = begin_call(m);
        zkroll_put_execute(&o, &e, 1);
        send_call(m, &m->operator_key, m->main, 0, &o, GAS);
    }
}

/* Two blocks in one call, then both taken back on L1. */
static void commit_and_revert(struct maker *m)
{
    size_t taken = m->taken;
    uint32_t number = m->number;
    struct user *users = malloc(sizeof m->users);
    if (users == NULL) exit(1);
    memcpy(users, m->users, sizeof m->users);
    fill(m, m->blocks[0], 20, 300);
    fill(m, m->blocks[1], 20, 300);
    struct described *d[2] = {describe_all(m->blocks[0]), describe_all(m->blocks[1])};
    const struct zkroll_new_block both[2] = {d[0]->n, d[1]->n};
    const struct zkroll_stored back[2] = {d[1]->stored, d[0]->stored};
    commit(m, both, 2);
    struct abi_out o = begin_call(m);
    zkroll_put_revert(&o, back, 2);
    send_call(m, &m->operator_key, m->main, 0, &o, GAS);
    MUST(block_unwind(m->blocks[1], NULL));
    MUST(block_unwind(m->blocks[0], NULL));
    memcpy(m->users, users, sizeof m->users);
    m->taken = taken;
    m->number = number;
    free(users);
    free(d[0]);
    free(d[1]);
}

/* A block that L1 executes, and then forgets: the chain goes on from before it. */
static void settle_and_reorganize(struct maker *m)
{
    size_t taken = m->taken;
    uint32_t number = m->number;
    struct user *users = malloc(sizeof m->users);
    if (users == NULL) exit(1);
    memcpy(users, m->users, sizeof m->users);
    struct json_object *id = plain_call(m, "evm_snapshot", NULL);
    fill(m, m->blocks[0], 50, 300);
    struct described *d = describe_all(m->blocks[0]);
    settle(m, d, true);
    const struct timespec pause = {m->reorg_ms / 1000, m->reorg_ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
    json_object_put(plain_call(m, "evm_revert", id));
    MUST(block_unwind(m->blocks[0], NULL));
    memcpy(m->users, users, sizeof m->users);
    m->taken = taken;
    m->number = number;
    free(users);
    free(d);
}

static void make_block(struct maker *m, size_t ops, unsigned others, bool at_once)
{
    fill(m, m->blocks[0], ops, others);
    struct described *d = describe_all(m->blocks[0]);
    settle(m, d, at_once);
    m->last = d->stored;
    m->ops += block_op_count(m->blocks[0]);
    free(d);
}

/* ---- the run */

static void make_users(struct maker *m)
{
    MUST(mnemonic_key(&m->operator_key, MNEMONIC, "", 0));
    for (unsigned i = 0; i < USERS; i++) {
        struct user *u = &m->users[i];
        uint8_t secret[32];
        prng_bytes(&m->rng, secret, 32);
        secret[0] = 1;
        if (i < RICH)
            MUST(mnemonic_key(&u->eth, MNEMONIC, "", i + 1));
        else
            MUST(eth_key_from_secret(&u->eth, secret));
        memcpy(u->address.b, u->eth.address, 20);
    }
}

/* Everybody gets money and a key. */
static void fund(struct maker *m)
{
    for (unsigned i = 0; i < USERS; i++) deposit(m, &m->users[i].address, 0, (u128)1000000000000000 + i);
    for (unsigned i = 0; i < USERS; i++) deposit(m, &m->users[i].address, TOKEN, (u128)1000000000000 + i);
    for (unsigned i = 0; i < WAITING; i++) deposit(m, &m->users[i].address, 0, 1 + i);
    make_block(m, 0, 0, true);
    const struct block_header header = {.number = ++m->number, .timestamp = l1_time(m)};
    block_begin(m->blocks[0], m->s, &header, NULL, 0);
    for (unsigned i = 0; i < USERS - 2; i++) { /* the last two never set a key: anybody may force them out */
        struct tx tx;
        struct block_result r;
        make_change_pubkey(m, &tx, i);
        const struct tx_facts facts = {.signers.tx = m->users[i].key, .authorized = true};
        MUST(block_put_tx(m->blocks[0], &r, &tx, &facts));
        if (r.answer != BLOCK_TAKEN) exit(1);
    }
    MUST(block_seal(m->blocks[0], NULL, NULL, NULL));
    struct described *d = describe_all(m->blocks[0]);
    settle(m, d, true);
    m->last = d->stored;
    m->ops += block_op_count(m->blocks[0]);
    free(d);
}

static void ask_l1(struct maker *m)
{
    unsigned rich = (unsigned)pick(m, RICH);
    uint32_t id = id_of(m, &m->users[rich].address);
    eth_address stranger = any_address(m);
    if (pick(m, 2) == 0)
        deposit(m, pick(m, 3) == 0 ? &stranger : &m->users[rich].address, pick(m, 2) ? TOKEN : 0, 1 + pick(m, 100000));
    if (pick(m, 4) == 0) full_exit(m, rich, pick(m, 5) == 0 ? 999999 : id, pick(m, 2) ? TOKEN : 0);
    uint32_t nft = any_nft(m, id);
    if (pick(m, 4) == 0) full_exit(m, rich, id, nft != 0 ? nft : NFT_ID_LAST);
}

static void run(struct maker *m, uint64_t ops, const char *half_path)
{
    bool half = false;
    fund(m);
    for (unsigned i = 0; m->ops < ops; i++) {
        if (half_path != NULL && !half && m->ops >= ops / 2) {
            MUST(state_save(m->s, half_path));
            half = true;
        }
        ask_l1(m);
        if (i % 5 == 2) commit_and_revert(m);
        if (m->reorg_ms > 0 && i % 4 == 1) settle_and_reorganize(m);
        /* Small blocks of everything, and full ones that are transfers for the greater part. */
        uint64_t big = ops / 20 < 2600 ? ops / 20 : 2600;
        if (i % 2 == 0 || ops - m->ops < big)
            make_block(m, 60, 400, i % 3 != 0);
        else
            make_block(m, (size_t)big, 20, i % 3 != 0);
    }
}

/* ---- the result */

static struct json_object *text_u128(u128 v)
{
    char text[U128_TEXT_MAX + 1];
    u128_to_text(text, v);
    return json_object_new_string(text);
}

static struct json_object *text_hex(const uint8_t *p, size_t n)
{
    char text[2 * 64 + 3] = "0x";
    hex_encode(text + 2, p, n);
    return json_object_new_string(text);
}

static struct json_object *accounts_json(struct maker *m)
{
    static struct token_balance balances[TOKEN_ID_LAST + 1];
    struct json_object *list = json_object_new_array();
    for (uint32_t id = 0; id < state_account_count(m->s); id++) {
        struct account_leaf leaf;
        struct json_object *o = json_object_new_object();
        struct json_object *b = json_object_new_object();
        state_account(&leaf, m->s, id);
        size_t n = state_balances(balances, m->s, id);
        for (size_t i = 0; i < n; i++) {
            char token[16];
            (void)snprintf(token, sizeof token, "%u", balances[i].token);
            (void)json_object_object_add(b, token, text_u128(balances[i].amount));
        }
        (void)json_object_object_add(o, "id", json_object_new_uint64(id));
        (void)json_object_object_add(o, "address", text_hex(leaf.address.b, 20));
        (void)json_object_object_add(o, "balances", b);
        (void)json_object_array_add(list, o);
    }
    return list;
}

static struct json_object *nfts_json(struct maker *m)
{
    struct json_object *list = json_object_new_array();
    for (uint32_t id = NFT_ID_FIRST; id < NFT_ID_FIRST + state_nft_count(m->s); id++) {
        struct nft_leaf leaf;
        struct json_object *o = json_object_new_object();
        state_nft(&leaf, m->s, id);
        (void)json_object_object_add(o, "id", json_object_new_uint64(id));
        (void)json_object_object_add(o, "owner", json_object_new_uint64(leaf.owner));
        (void)json_object_array_add(list, o);
    }
    return list;
}

static struct json_object *waiting_json(struct maker *m)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = m->taken; i < m->n_requests; i++) {
        const struct priority_op *r = &m->requests[i];
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "id", json_object_new_uint64(i));
        if (r->type == PRIORITY_DEPOSIT) {
            (void)json_object_object_add(o, "to", text_hex(r->deposit.to.b, 20));
            (void)json_object_object_add(o, "token", json_object_new_uint64(r->deposit.token));
            (void)json_object_object_add(o, "amount", text_u128(r->deposit.amount));
        }
        (void)json_object_array_add(list, o);
    }
    return list;
}

static void print_result(struct maker *m)
{
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "block", json_object_new_uint64(m->number));
    (void)json_object_object_add(o, "root", text_hex(m->last.state_root, 32));
    (void)json_object_object_add(o, "operations", json_object_new_uint64(m->ops));
    (void)json_object_object_add(o, "accounts", accounts_json(m));
    (void)json_object_object_add(o, "nfts", nfts_json(m));
    (void)json_object_object_add(o, "waiting", waiting_json(m));
    printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    json_object_put(o);
}

static void address_arg(uint8_t out[20], const char *text)
{
    if (!hex_decode(out, 20, text, strlen(text))) exit(2);
}

int main(int argc, char **argv)
{
    static struct maker m;
    const struct state_config config = {
        .accounts = 1 << 20, .nfts = 1 << 16, .balance_bytes = 1 << 26, .address_key = {5, 6}};
    struct block_config blocks = block_config_default();
    eth_address fee;
    uint8_t root[32];
    fr have;
    if (argc < 6) return 2;
    prng_seed(&m.rng, strtoull(argv[4], NULL, 10));
    address_arg(m.main, argv[2]);
    address_arg(m.token, argv[3]);
    m.reorg_ms = argc > 6 ? strtol(argv[6], NULL, 10) : 0;
    const struct rpc_config rpc = {.urls = {argv[1]}, .n_urls = 1};
    MUST(rpc_create(&m.l1.rpc, &rpc));
    MUST(eth_rpc_chain_id(m.l1.rpc, &m.l1.chain_id));
    m.call = malloc(CALL_MAX);
    make_users(&m);
    memcpy(fee.b, m.operator_key.address, 20); /* what `zkroll deploy` takes on a development chain */
    MUST(state_create(&m.s, &config, &fee));
    blocks.costs.op_bytes[OP_CHANGE_PUBKEY] = 160;
    for (unsigned i = 0; i < 2; i++) MUST(block_create(&m.blocks[i], &blocks));
    state_root(&have, m.s);
    fr_to_be32(root, &have);
    zkroll_genesis(&m.last, root);
    char half_path[4096] = "";
    if (argc > 7) (void)snprintf(half_path, sizeof half_path, "%s.half", argv[7]);
    run(&m, strtoull(argv[5], NULL, 10), argc > 7 ? half_path : NULL);
    if (argc > 7) MUST(state_save(m.s, argv[7]));
    print_result(&m);
    block_destroy(m.blocks[0]);
    block_destroy(m.blocks[1]);
    state_destroy(m.s);
    rpc_destroy(m.l1.rpc);
    free(m.call);
    return 0;
}
