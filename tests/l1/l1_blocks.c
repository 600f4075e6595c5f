/* Blocks with real proofs for the contracts, and a reader that has nothing but the chain.
 *
 *   l1_blocks make FOLDER        keys and setup in FOLDER; prints the blocks as JSON (l1.mjs says what it does with them)
 *   l1_blocks setup FOLDER ID    the development setup in FOLDER, long enough for this key id
 *   l1_blocks read URL MAIN GOVERNANCE
 *                                asks the contracts, reads their events, and replays what was committed; prints JSON
 *   l1_blocks views URL MAIN GOVERNANCE
 *                                only asks the contracts
 *
 * Blocks have the time WORLD_TIME. Exit code 77 of `make` where proving takes minutes: without IFMA. */
#include "base/cpu.h"
#include "circuit/block_keys.h"
#include "circuit/world.h"
#include "curve/secp256k1.h"
#include "ethereum/eth_key.h"
#include "ethereum/log_scan.h"
#include "ethereum/zkroll_event.h"
#include "ethereum/zkroll_view.h"
#include "node/l1_block.h"
#include "plonk/prover.h"
#include "rollup/eth_auth.h"
#include "rollup/eth_text.h"
#include "rollup/priority_op.h"
#include "rollup/replay.h"
#include "rollup/tx_verify.h"

#define CHAIN_ID      9
#define SKIPPED       77
#define SLOTS         40
#define WITNESSES_MAX 8
#define CALL_MAX      ((size_t)1 << 16)

/* Users with Ethereum keys; the others have addresses that nobody has keys for, and authorize on chain. */
enum { USER_FACT = 1, USER_ECDSA, USER_CREATE2, USER_LEGACY, USER_EIP712, USER_KEYLESS, USER_POOR };

static struct arena home, scratch;
static struct pool *pool;
static struct block_circuit circuit;
static struct srs_file setup;
static struct proving_key pk;
static struct prover *prover;
static struct world w;
static struct eth_key eth_keys[WORLD_USERS];

static void must(bool ok, const char *what)
{
    if (ok) return;
    (void)fprintf(stderr, "l1_blocks: %s: %s\n", what, zk_err_message());
    exit(1);
}

/* ---- JSON */

static const char *separator = "";

static void print_hex(const uint8_t *p, size_t len)
{
    (void)fputs("\"0x", stdout);
    for (size_t i = 0; i < len; i++) (void)printf("%02x", p[i]);
    (void)fputc('"', stdout);
}

static void member_hex(const char *name, const uint8_t *p, size_t len)
{
    (void)printf(",\"%s\":", name);
    print_hex(p, len);
}

static void print_amount(const char *name, u128 v)
{
    uint8_t be[16];
    store_be128(be, v);
    member_hex(name, be, 16);
}

/* ---- requests that must stand in the queue before the block is committed, in the order of printing */

static void request_begin(const char *kind)
{
    (void)printf("%s{\"kind\":\"%s\"", separator, kind);
    separator = ",";
}

static void request_deposit(const eth_address *to, unsigned token, u128 amount)
{
    must(world_deposit(&w, to, token, amount), "a deposit is taken");
    request_begin("deposit");
    member_hex("to", to->b, 20);
    print_amount("amount", amount);
    (void)printf(",\"token\":%u}", token);
}

static void request_full_exit(unsigned account, const eth_address *owner, unsigned token)
{
    must(world_full_exit(&w, account, owner, token), "a full exit is taken");
    request_begin("fullExit");
    member_hex("owner", owner->b, 20);
    (void)printf(",\"account\":%u,\"token\":%u}", account, token);
}

/* ---- transactions */

/* Signed by a user's L2 key, checked as the node checks it, and executed. */
static void put_tx(struct tx *tx, unsigned signer)
{
    const struct user *u = &w.users[signer];
    uint8_t bytes[TX_SIGN_BYTES_MAX];
    struct tx_facts facts = {.authorized = true};
    struct block_result r;
    size_t len;
    WORLD_MUST(tx_sign_bytes(bytes, &len, tx));
    WORLD_MUST(sig_sign(tx->signature.sig, u->key, bytes, len));
    memcpy(tx->signature.pubkey, u->pub, sizeof u->pub);
    const tx_verdict verdict = tx_verify(&facts.signers, tx, CHAIN_ID);
    if (verdict != TX_VALID) {
        (void)fprintf(stderr, "l1_blocks: a transaction is invalid: %s\n", tx_verdict_str(verdict));
        exit(1);
    }
    WORLD_MUST(block_put_tx(w.b, &r, tx, &facts));
    if (r.answer == BLOCK_TAKEN) return;
    (void)fprintf(stderr, "l1_blocks: a transaction is refused: %s\n", fail_reason_str(r.reason));
    exit(1);
}

static void sign_digest(uint8_t sig[65], unsigned user, const hash32 *digest)
{
    must(secp_sign_recoverable(sig, digest->b, eth_keys[user].secret), "a signature is made");
}

static void authorize(struct tx_change_pubkey *t, unsigned user)
{
    hash32 digest;
    uint8_t message[CHANGE_PUBKEY_MESSAGE_BYTES];
    char text[512];
    size_t len;
    switch (user) {
    case USER_ECDSA:
        t->auth.kind = CHANGE_PUBKEY_ECDSA;
        change_pubkey_message(message, t);
        eip191_digest(&digest, message, sizeof message);
        sign_digest(t->auth.eth_signature, user, &digest);
        break;
    case USER_LEGACY:
        t->auth.kind = CHANGE_PUBKEY_LEGACY;
        WORLD_MUST(eth_text_change_pubkey(text, sizeof text, &len, t));
        eip191_digest(&digest, text, len);
        sign_digest(t->auth.eth_signature, user, &digest);
        break;
    case USER_EIP712:
        t->auth.kind = CHANGE_PUBKEY_EIP712;
        change_pubkey_eip712_digest(&digest, t, CHAIN_ID);
        sign_digest(t->auth.eth_signature, user, &digest);
        break;
    case USER_CREATE2:
        t->auth.kind = CHANGE_PUBKEY_CREATE2;
        memset(&t->auth.create2, 0x5c, sizeof t->auth.create2);
        break;
    default: t->auth.kind = CHANGE_PUBKEY_ONCHAIN;
    }
}

static void put_change_pubkey(unsigned user)
{
    struct tx tx = {.type = TX_CHANGE_PUBKEY};
    tx.change_pubkey = (struct tx_change_pubkey){.account_id = world_id(&w, user),
                                                 .account = w.users[user].address,
                                                 .new_pubkey_hash = w.users[user].hash,
                                                 .nonce = world_nonce(&w, user),
                                                 .valid = TIME_RANGE_ALL};
    authorize(&tx.change_pubkey, user);
    put_tx(&tx, user);
}

static void put_transfer(unsigned from, const eth_address *to, unsigned token, u128 amount, u128 fee)
{
    must(world_transfer(&w, from, to, token, amount, fee), "a transfer is taken");
}

static void put_withdraw(unsigned from, const eth_address *to, unsigned token, u128 amount, u128 fee)
{
    must(world_withdraw(&w, from, to, token, amount, fee), "a withdrawal is taken");
}

static uint32_t put_mint(unsigned from, unsigned to, uint8_t content, u128 fee)
{
    struct tx tx = {.type = TX_MINT_NFT};
    tx.mint_nft = (struct tx_mint_nft){.creator_id = world_id(&w, from),
                                       .creator = w.users[from].address,
                                       .recipient = w.users[to].address,
                                       .nonce = world_nonce(&w, from),
                                       .fee = fee};
    memset(tx.mint_nft.content_hash.b, content, 32);
    const uint32_t id = NFT_ID_FIRST + state_nft_count(w.s);
    put_tx(&tx, from);
    return id;
}

static void put_withdraw_nft(unsigned from, const eth_address *to, uint32_t token, u128 fee)
{
    struct tx tx = {.type = TX_WITHDRAW_NFT};
    tx.withdraw_nft = (struct tx_withdraw_nft){.account_id = world_id(&w, from),
                                               .from = w.users[from].address,
                                               .to = *to,
                                               .token = token,
                                               .nonce = world_nonce(&w, from),
                                               .fee = fee,
                                               .valid = TIME_RANGE_ALL};
    put_tx(&tx, from);
}

static void set_order(struct order *o, unsigned user, uint32_t sell, uint32_t buy, u128 amount)
{
    uint8_t bytes[ORDER_BYTES];
    *o = (struct order){.account_id = world_id(&w, user),
                        .recipient = w.users[user].address,
                        .nonce = world_nonce(&w, user),
                        .token_sell = sell,
                        .token_buy = buy,
                        .ratio = {1, 1},
                        .amount = amount,
                        .valid = TIME_RANGE_ALL};
    if (token_is_nft(buy)) o->ratio[0] = 1000; /* so much may be given for one */
    if (token_is_nft(sell)) o->ratio[1] = 1000;
    WORLD_MUST(order_sign_bytes(bytes, o));
    WORLD_MUST(sig_sign(o->signature.sig, w.users[user].key, bytes, sizeof bytes));
    memcpy(o->signature.pubkey, w.users[user].pub, sizeof o->signature.pubkey);
}

static void put_swap(unsigned submitter, unsigned a, unsigned b, uint32_t token_a, uint32_t token_b)
{
    const u128 amount_a = token_is_nft(token_a) ? 1 : 1000, amount_b = token_is_nft(token_b) ? 1 : 1000;
    struct tx tx = {.type = TX_SWAP};
    tx.swap = (struct tx_swap){.submitter_id = world_id(&w, submitter),
                               .submitter = w.users[submitter].address,
                               .nonce = world_nonce(&w, submitter),
                               .fee = 30,
                               .amounts = {amount_a, amount_b}};
    set_order(&tx.swap.orders[0], a, token_a, token_b, amount_a);
    set_order(&tx.swap.orders[1], b, token_b, token_a, amount_b);
    put_tx(&tx, submitter);
}

/* ---- a block */

struct made {
    struct l1_block l1;
    struct zkroll_bytes witnesses[WITNESSES_MAX];
    uint8_t witness_bytes[WITNESSES_MAX][CHANGE_PUBKEY_WITNESS_MAX];
    uint8_t proof[PROOF_LEN_MAX];
};

static void find_witnesses(struct made *m)
{
    size_t n = 0;
    for (size_t i = 0; i < block_op_count(w.b); i++) {
        const struct tx *tx = block_op_tx(w.b, i);
        if (tx == NULL || tx->type != TX_CHANGE_PUBKEY) continue;
        must(n < WITNESSES_MAX, "there is room for a witness");
        m->witnesses[n] =
            (struct zkroll_bytes){m->witness_bytes[n], change_pubkey_witness(m->witness_bytes[n], &tx->change_pubkey)};
        n++;
    }
    m->l1.block.witnesses = m->witnesses;
    m->l1.block.n_witnesses = n;
}

static void prove(struct made *m, const struct block_trace *trace)
{
    const struct prover_options options = {.unblinded = true};
    struct block_hints hints;
    struct witness cells;
    const size_t mark = arena_mark(&home);
    WORLD_MUST(block_hints_make(&hints, trace, pool, &home));
    WORLD_MUST(block_witness_make(&cells, &circuit, &hints, pool, &home));
    WORLD_MUST(plonk_prove(m->proof, prover, &cells, &options, &scratch));
    arena_release(&home, mark);
}

static void print_stored(const struct zkroll_stored *b)
{
    (void)printf("[%u,%llu,", b->number, (unsigned long long)b->priority_operations);
    print_hex(b->settlement_hash, 32);
    (void)printf(",%llu,", (unsigned long long)b->timestamp);
    print_hex(b->state_root, 32);
    (void)fputc(',', stdout);
    print_hex(b->commitment, 32);
    (void)fputc(']', stdout);
}

static void print_call(const char *name, const struct abi_out *o)
{
    must(abi_out_ok(o), "a call fits");
    member_hex(name, o->buf, o->len);
}

/* The calls, by the encoders that the node uses. */
static void print_calls(const struct made *m, const struct zkroll_stored *last)
{
    static uint8_t buffer[CALL_MAX];
    const struct zkroll_bytes proof = {m->proof, proof_len(&pk.vk)};
    const struct zkroll_proof proved = {m->l1.stored, m->l1.inputs, proof};
    const struct zkroll_execution executed = {m->l1.stored, m->l1.block.settlement};
    struct abi_out o;
    abi_out_init(&o, buffer, sizeof buffer);
    zkroll_put_commit(&o, last, &m->l1.block, 1);
    print_call("commit", &o);
    abi_out_init(&o, buffer, sizeof buffer);
    zkroll_put_prove(&o, &proved, 1);
    print_call("prove", &o);
    abi_out_init(&o, buffer, sizeof buffer);
    zkroll_put_execute(&o, &executed, 1);
    print_call("execute", &o);
    abi_out_init(&o, buffer, sizeof buffer);
    zkroll_put_settle(&o, last, &m->l1.block, &proof, 1);
    print_call("settle", &o);
    abi_out_init(&o, buffer, sizeof buffer);
    zkroll_put_revert(&o, &m->l1.stored, 1);
    print_call("revert", &o);
}

/* Seals, proves, prints what follows the requests; *last becomes this block. */
static void finish_block(struct zkroll_stored *last)
{
    static struct made m;
    const struct block_trace *trace = world_seal(&w);
    const uint64_t requests = block_totals(w.b).priority;
    l1_block_make(&m.l1, block_sealed(w.b), requests);
    find_witnesses(&m);
    (void)printf("],\"operations\":[");
    for (size_t i = 0; i < block_op_count(w.b); i++)
        (void)printf("%s%d", i == 0 ? "" : ",", (int)block_op(w.b, i)->kind);
    (void)fputs("],\"last\":", stdout);
    print_stored(last);
    (void)fputs(",\"stored\":", stdout);
    print_stored(&m.l1.stored);
    prove(&m, trace);
    print_calls(&m, last);
    (void)fputs("}", stdout);
    *last = m.l1.stored;
}

static void begin_block(const char *name, bool first, const struct fee_class *classes, unsigned n)
{
    (void)printf("%s\n{\"name\":\"%s\",\"requests\":[", first ? "" : ",", name);
    separator = "";
    world_begin(&w, classes, n);
}

/* ---- the blocks */

static const eth_address stranger = {{0x77, 1, 2, 3}}, other_stranger = {{0x78, 4, 5, 6}};

static void make_funding(struct zkroll_stored *last)
{
    begin_block("funding", true, NULL, 0);
    for (unsigned u = USER_FACT; u <= USER_KEYLESS; u++) request_deposit(&w.users[u].address, 0, 1000000);
    for (unsigned u = USER_FACT; u <= USER_KEYLESS; u++) request_deposit(&w.users[u].address, 1, 5000000);
    for (unsigned u = USER_FACT; u <= USER_EIP712; u++) put_change_pubkey(u);
    finish_block(last);
}

static void make_payments(struct zkroll_stored *last)
{
    const struct fee_class classes[] = {{0, 30}, {1, 2000}};
    begin_block("payments", false, classes, 2);
    request_deposit(&w.users[USER_POOR].address, 1, 7);
    put_transfer(USER_FACT, &w.users[USER_ECDSA].address, 0, 1000, 30);
    put_transfer(USER_ECDSA, &w.users[USER_FACT].address, 0, 1000, 40); /* long: another fee than its class */
    put_transfer(USER_CREATE2, &stranger, 0, 500, 20);                  /* to new */
    put_withdraw(USER_LEGACY, &stranger, 1, 123456, 2000);
    put_withdraw(USER_EIP712, &other_stranger, 0, 4242, 30);
    must(world_forced_exit(&w, USER_FACT, &w.users[USER_KEYLESS].address, 0, 10), "a forced exit is taken");
    request_full_exit(world_id(&w, USER_ECDSA), &w.users[USER_ECDSA].address, 1);
    request_full_exit(world_id(&w, USER_LEGACY), &w.users[USER_FACT].address, 0); /* not the owner: exits 0 */
    request_full_exit(77777, &w.users[USER_FACT].address, 0);                     /* no such account */
    put_withdraw(USER_FACT, &w.users[USER_FACT].address, 0, 5, 30);
    finish_block(last);
}

static void make_nfts(struct zkroll_stored *last)
{
    const struct fee_class class = {0, 30};
    begin_block("nfts", false, &class, 1);
    const uint32_t first = put_mint(USER_FACT, USER_FACT, 0x11, 30),
                   second = put_mint(USER_FACT, USER_CREATE2, 0x22, 30);
    put_transfer(USER_FACT, &w.users[USER_LEGACY].address, first, 1, 0);
    put_transfer(USER_CREATE2, &other_stranger, second, 1, 0);
    const uint32_t third = put_mint(USER_LEGACY, USER_LEGACY, 0x33, 30);
    put_withdraw_nft(USER_LEGACY, &stranger, third, 30);
    request_full_exit(world_id(&w, USER_LEGACY), &w.users[USER_LEGACY].address, first);
    request_full_exit(world_id(&w, USER_LEGACY), &w.users[USER_LEGACY].address, second); /* somebody else's */
    finish_block(last);
}

static void make_swaps(struct zkroll_stored *last)
{
    const struct fee_class class = {0, 30};
    begin_block("swaps", false, &class, 1);
    put_swap(USER_FACT, USER_CREATE2, USER_LEGACY, 0, 1);
    const uint32_t nft = put_mint(USER_EIP712, USER_EIP712, 0x44, 30);
    put_swap(USER_FACT, USER_EIP712, USER_CREATE2, nft, 1);
    finish_block(last);
}

/* After what no chain of deposits gets to in a test: an account tree that is all but full. */
static void make_refused_deposit(struct zkroll_stored *last)
{
    begin_block("full", false, NULL, 0);
    request_deposit(&w.users[USER_FACT].address, 0, 11); /* the last account */
    request_deposit(&stranger, 1, 22);                   /* refused */
    finish_block(last);
}

/* ---- make */

static void make_users(void)
{
    for (unsigned u = 0; u < WORLD_USERS; u++) {
        struct tx_change_pubkey t = {.new_pubkey_hash = w.users[u].hash};
        const uint8_t secret[32] = {(uint8_t)(0x11 + u), 1};
        WORLD_MUST(eth_key_from_secret(&eth_keys[u], secret));
        if (u == USER_ECDSA || u == USER_LEGACY || u == USER_EIP712)
            memcpy(w.users[u].address.b, eth_keys[u].address, 20);
        if (u != USER_CREATE2) continue;
        authorize(&t, u);
        change_pubkey_create2_address(&w.users[u].address, &t);
    }
}

static void genesis_of_state(struct zkroll_stored *out)
{
    fr root;
    uint8_t bytes[32];
    state_root(&root, w.s);
    fr_to_be32(bytes, &root);
    zkroll_genesis(out, bytes);
}

static void open_keys(const char *folder)
{
    WORLD_MUST(pool_create(&pool, 0));
    WORLD_MUST(arena_map(&home, (size_t)4 << 30));
    WORLD_MUST(arena_map(&scratch, (size_t)4 << 30));
    WORLD_MUST(block_circuit_init(&circuit, &home));
    const unsigned id = block_key_id(SLOTS);
    WORLD_MUST(block_srs_open(&setup, folder, NULL, id, pool, &scratch));
    WORLD_MUST(block_key_open(&pk, NULL, folder, &circuit, id, &setup.srs, pool, &home, &scratch));
    WORLD_MUST(prover_create(&prover, &pk, &setup.srs, 1, pool, &home, &scratch));
}

static int make(const char *folder)
{
    struct zkroll_stored last;
    if (cpu_level_get() != CPU_IFMA) return SKIPPED;
    open_keys(folder);
    world_create(&w, SLOTS);
    make_users();
    genesis_of_state(&last);
    (void)printf("{\"time\":%d", WORLD_TIME);
    member_hex("feeAddress", w.users[0].address.b, 20);
    member_hex("genesisRoot", last.state_root, 32);
    member_hex("keyDigest", pk.vk.digest, 32);
    (void)fputs(",\"facts\":[{\"pubkeyHash\":", stdout);
    print_hex(w.users[USER_FACT].hash.b, 20);
    member_hex("owner", w.users[USER_FACT].address.b, 20);
    (void)fputs("}],\"blocks\":[", stdout);
    make_funding(&last);
    make_payments(&last);
    make_nfts(&last);
    make_swaps(&last);
    world_destroy(&w);
    world_create(&w, SLOTS);
    state_skip_accounts(w.s, ACCOUNT_ID_MAX);
    genesis_of_state(&last);
    make_refused_deposit(&last);
    (void)puts("\n]}");
    world_destroy(&w);
    srs_close(&setup);
    pool_destroy(pool);
    return 0;
}

static int make_setup(const char *folder, unsigned key_id)
{
    WORLD_MUST(pool_create(&pool, 0));
    WORLD_MUST(arena_map(&scratch, (size_t)1 << 30));
    WORLD_MUST(block_srs_open(&setup, folder, NULL, key_id, pool, &scratch));
    srs_close(&setup);
    pool_destroy(pool);
    return 0;
}

/* ---- read: what a restorer does */

struct reader {
    struct rpc *rpc;
    struct zkroll_view main, governance;
    struct state *state;
    struct replay *replay;
    uint32_t committed; /* replayed */
    unsigned events, requests, tokens;
};

/* Every block that the transaction committed: decoded, bound as the contract binds it, replayed. */
static void replay_commit(struct reader *r, const uint8_t tx_hash[32])
{
    struct eth_bytes input;
    struct zkroll_commit c;
    uint8_t from[20], root[32];
    bool found;
    WORLD_MUST(eth_rpc_tx_input(r->rpc, &input, from, &found, tx_hash));
    must(found, "the transaction of a commit is there");
    WORLD_MUST(zkroll_commit_decode(&c, input.p, input.len));
    must(c.last.number == r->committed, "blocks are committed in order");
    for (size_t i = 0; i < c.n; i++) {
        const struct zkroll_new_block *b = &c.blocks[i];
        fr after;
        WORLD_MUST(replay_block(r->replay, r->state, ACCOUNT_ID_FEE, b->settlement.p, b->settlement.len, b->delta.p,
                                b->delta.len, NULL));
        state_root(&after, r->state);
        fr_to_be32(root, &after);
        must(memcmp(root, b->state_root, 32) == 0, "the root is the one that was committed");
        r->committed++;
    }
    zkroll_commit_free(&c);
    eth_bytes_free(&input);
}

static void read_log(struct reader *r, const struct eth_log *log)
{
    struct zkroll_event e;
    struct priority_op op;
    WORLD_MUST(zkroll_event_decode(&e, log));
    r->events++;
    switch (e.kind) {
    case ZKROLL_NEW_PRIORITY_REQUEST:
        WORLD_MUST(priority_op_decode(&op, e.request.op_type, e.request.data.p, e.request.data.len));
        must(e.request.serial_id == r->requests++, "requests come in order");
        break;
    case ZKROLL_BLOCK_COMMIT:
        if (e.block.number == r->committed + 1) replay_commit(r, log->tx_hash);
        must(e.block.number <= r->committed, "no block is missing");
        break;
    case ZKROLL_BLOCKS_REVERT:
        while (r->committed > e.revert.committed) {
            must(r->committed == e.revert.committed + 1, "one block can be taken back");
            WORLD_MUST(replay_undo(r->replay, r->state, NULL));
            r->committed--;
        }
        break;
    case ZKROLL_NEW_TOKEN: must(e.token.token_id == ++r->tokens, "tokens come in order"); break;
    default: break;
    }
}

static void scan(struct reader *r)
{
    uint8_t addresses[2][20];
    struct log_scan s;
    struct log_scan_step step;
    memcpy(addresses[0], r->main.address, 20);
    memcpy(addresses[1], r->governance.address, 20);
    const struct eth_filter filter = {.addresses = (const uint8_t(*)[20])addresses, .n_addresses = 2};
    log_scan_init(&s, 0);
    for (;;) {
        WORLD_MUST(log_scan_step(&s, &step, r->rpc, &filter, 0));
        if (step.outcome != LOG_SCAN_LOGS) return;
        for (size_t i = 0; i < step.logs.n; i++) read_log(r, &step.logs.items[i]);
        eth_logs_free(&step.logs);
    }
}

static void print_views(const struct reader *r)
{
    struct zkroll_progress p;
    struct zkroll_settings s;
    struct zkroll_verifier v;
    struct zkroll_request q;
    struct zkroll_auth_fact fact;
    uint8_t hash[32], amount[16], address[20];
    uint32_t tokens, token_id;
    bool found, flag;
    WORLD_MUST(zkroll_view_progress(&p, &r->main));
    (void)printf(",\"committed\":%u,\"proven\":%u,\"executed\":%u,\"firstRequest\":%llu,\"openRequests\":%llu",
                 p.committed, p.proven, p.executed, (unsigned long long)p.first_request,
                 (unsigned long long)p.open_requests);
    (void)printf(",\"committedRequests\":%llu,\"exodus\":%s,\"l1Block\":%llu", (unsigned long long)p.committed_requests,
                 p.exodus ? "true" : "false", (unsigned long long)p.l1_block);
    WORLD_MUST(zkroll_view_settings(&s, &r->main));
    member_hex("governance", s.governance, 20);
    (void)printf(",\"priorityExpiration\":%llu,\"keys\":[", (unsigned long long)s.priority_expiration);
    for (uint32_t id = 0; id <= s.key_count; id++) {
        WORLD_MUST(zkroll_view_verifier(&v, &found, &r->main, id));
        if (!found) continue;
        (void)fputs(id == 0 ? "{\"digest\":" : ",{\"digest\":", stdout);
        print_hex(v.key_digest, 32);
        member_hex("circuitHash", v.circuit_hash, 32);
        member_hex("srsId", v.srs_id, 32);
        (void)printf(",\"insecure\":%s,\"proofLength\":%llu}", v.insecure ? "true" : "false",
                     (unsigned long long)v.proof_len);
    }
    (void)fputs("]", stdout);
    WORLD_MUST(zkroll_view_stored_hash(hash, &r->main, p.committed));
    member_hex("storedHash", hash, 32);
    WORLD_MUST(zkroll_view_request(&q, &r->main, 0));
    member_hex("requestHash", q.hash, 20);
    (void)printf(",\"requestDeadline\":%llu,\"requestType\":%u", (unsigned long long)q.deadline, q.op_type);
    memset(address, 0xa0 + USER_FACT, 20); /* world_create's address */
    WORLD_MUST(zkroll_view_auth_fact(&fact, &r->main, address, 0));
    member_hex("fact", fact.fact, 32);
    WORLD_MUST(zkroll_view_token_address(address, &r->governance, 1));
    member_hex("token", address, 20);
    WORLD_MUST(zkroll_view_pending_balance(amount, &r->main, stranger.b, address));
    member_hex("pending", amount, 16);
    WORLD_MUST(zkroll_view_token_id(&token_id, &r->governance, address));
    WORLD_MUST(zkroll_view_total_tokens(&tokens, &r->governance));
    (void)printf(",\"tokenId\":%u,\"totalTokens\":%u", token_id, tokens);
    WORLD_MUST(zkroll_view_token_paused(&flag, &r->governance, 1));
    (void)printf(",\"paused\":%s", flag ? "true" : "false");
    WORLD_MUST(zkroll_view_is_validator(&flag, &r->governance, s.governance));
    (void)printf(",\"governanceIsValidator\":%s", flag ? "true" : "false");
    WORLD_MUST(zkroll_view_exited(&flag, &r->main, 1, 0));
    (void)printf(",\"exited\":%s", flag ? "true" : "false");
    WORLD_MUST(zkroll_view_pending_nft_owner(address, &r->main, NFT_ID_FIRST));
    member_hex("pendingNft", address, 20);
}

static int read_chain(const char *url, const char *main_address, const char *governance, bool replays)
{
    const struct rpc_config config = {.urls = {url}, .n_urls = 1};
    const struct state_config small = {.accounts = 1 << 16, .nfts = 64, .balance_bytes = 1 << 22};
    struct reader r = {0};
    eth_address fee_account;
    fr root;
    uint8_t bytes[32];
    memset(fee_account.b, 0xa0, 20);
    must(hex_decode(r.main.address, 20, main_address, strlen(main_address)), "an address");
    must(hex_decode(r.governance.address, 20, governance, strlen(governance)), "an address");
    WORLD_MUST(rpc_create(&r.rpc, &config));
    r.main.rpc = r.governance.rpc = r.rpc;
    WORLD_MUST(state_create(&r.state, &small, &fee_account));
    WORLD_MUST(replay_create(&r.replay));
    if (replays) scan(&r);
    state_root(&root, r.state);
    fr_to_be32(bytes, &root);
    (void)printf("{\"replayed\":%u,\"events\":%u,\"requests\":%u,\"tokens\":%u", r.committed, r.events, r.requests,
                 r.tokens);
    member_hex("root", bytes, 32);
    print_views(&r);
    (void)puts("}");
    struct zkroll_view nobody = {.rpc = r.rpc, .address = {9}};
    struct zkroll_progress p;
    must(zkroll_view_progress(&p, &nobody) == ZK_ERR_INPUT, "an account without code is not the contract");
    replay_destroy(r.replay);
    state_destroy(r.state);
    rpc_destroy(r.rpc);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "make") == 0) return make(argv[2]);
    if (argc == 4 && strcmp(argv[1], "setup") == 0) return make_setup(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    if (argc == 5 && strcmp(argv[1], "read") == 0) return read_chain(argv[2], argv[3], argv[4], true);
    if (argc == 5 && strcmp(argv[1], "views") == 0) return read_chain(argv[2], argv[3], argv[4], false);
    (void)fprintf(stderr, "usage: l1_blocks make FOLDER | setup FOLDER ID | read|views URL MAIN GOVERNANCE\n");
    return 2;
}
