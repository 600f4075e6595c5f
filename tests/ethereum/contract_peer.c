/* Questions about the calls, events and errors of the main contract (src/ethereum/zkroll_contract.h, zkroll_event.h).
 * Structures are words in the order of their members; byte strings are hex, empty ones "-"; a list is its count and its
 * members. */
#include "ethereum/zkroll_event.h"

#include "peer.h"

#define BYTES_MAX (PEER_LINE_MAX / 2)
#define ITEMS_MAX 64

/* ---- reading words */

static char **next_word;
static uint8_t pool[4 * BYTES_MAX]; /* byte strings of one question */
static size_t pool_used;

static const char *word(void)
{
    return *next_word++;
}

static uint64_t get_u64(void)
{
    return strtoull(word(), NULL, 10);
}

static void get_fixed(uint8_t *out, size_t len)
{
    const char *w = word();
    if (!hex_decode(out, len, w, strlen(w))) peer_refuse("wrong length", w);
}

static struct zkroll_bytes get_bytes(void)
{
    const char *w = word();
    struct zkroll_bytes b = {pool + pool_used, strcmp(w, "-") == 0 ? 0 : strlen(w) / 2};
    if (b.len > 0 && !hex_decode(pool + pool_used, b.len, w, strlen(w))) peer_refuse("not hex", w);
    pool_used += b.len;
    return b;
}

static size_t get_list(struct zkroll_bytes *items)
{
    const size_t n = get_u64();
    for (size_t i = 0; i < n; i++) items[i] = get_bytes();
    return n;
}

static void begin(char **args)
{
    next_word = args;
    pool_used = 0;
}

static void get_stored(struct zkroll_stored *b)
{
    b->number = (uint32_t)get_u64();
    b->priority_operations = get_u64();
    get_fixed(b->settlement_hash, 32);
    b->timestamp = get_u64();
    get_fixed(b->state_root, 32);
    get_fixed(b->commitment, 32);
}

static void get_inputs(struct zkroll_inputs *i)
{
    i->key_id = (uint32_t)get_u64();
    get_fixed(i->old_root, 32);
    get_fixed(i->chain, 32);
    get_fixed(i->r, 32);
    get_fixed(i->y_settlement, 32);
    get_fixed(i->y_delta, 32);
}

static struct zkroll_new_block blocks[ITEMS_MAX];
static struct zkroll_bytes witnesses[ITEMS_MAX][ITEMS_MAX];

static size_t get_blocks(void)
{
    const size_t n = get_u64();
    for (size_t i = 0; i < n; i++) {
        struct zkroll_new_block *b = &blocks[i];
        b->timestamp = get_u64();
        get_fixed(b->state_root, 32);
        get_fixed(b->chain, 32);
        b->key_id = (uint32_t)get_u64();
        b->settlement = get_bytes();
        b->delta = get_bytes();
        b->n_witnesses = get_list(witnesses[i]);
        b->witnesses = witnesses[i];
    }
    return n;
}

/* ---- writing words */

static void print_bytes(const uint8_t *p, size_t len)
{
    if (len == 0) (void)fputs("-", stdout);
    for (size_t i = 0; i < len; i++) (void)printf("%02x", p[i]);
    (void)fputc(' ', stdout);
}

static void print_u64(uint64_t x)
{
    (void)printf("%llu ", (unsigned long long)x);
}

static void print_stored(const struct zkroll_stored *b)
{
    print_u64(b->number);
    print_u64(b->priority_operations);
    print_bytes(b->settlement_hash, 32);
    print_u64(b->timestamp);
    print_bytes(b->state_root, 32);
    print_bytes(b->commitment, 32);
}

static void print_list(const struct zkroll_bytes *items, size_t n)
{
    print_u64(n);
    for (size_t i = 0; i < n; i++) print_bytes(items[i].p, items[i].len);
}

/* ---- calls: encoders with exactly the room they asked for */

static uint8_t buffer[4 * BYTES_MAX];
static struct abi_out out;

static void start(size_t len)
{
    abi_out_init(&out, buffer, len);
}

static void finish(void)
{
    if (!abi_out_ok(&out)) peer_refuse("no room", "");
    print_bytes(buffer, out.len);
}

static void finish_exact(size_t len)
{
    if (out.len != len) peer_refuse("a call of another length", "");
    finish();
}

static void answer_commit(char **args, int n_args)
{
    (void)n_args;
    struct zkroll_stored last;
    begin(args);
    get_stored(&last);
    const size_t n = get_blocks(), len = zkroll_commit_len(blocks, n);
    start(len);
    zkroll_put_commit(&out, &last, blocks, n);
    finish_exact(len);
}

static void answer_settle(char **args, int n_args)
{
    (void)n_args;
    struct zkroll_stored last;
    struct zkroll_bytes proofs[ITEMS_MAX];
    begin(args);
    get_stored(&last);
    const size_t n = get_blocks();
    if (get_list(proofs) != n) peer_refuse("one proof a block", "");
    const size_t len = zkroll_settle_len(blocks, proofs, n);
    start(len);
    zkroll_put_settle(&out, &last, blocks, proofs, n);
    finish_exact(len);
}

static void answer_prove(char **args, int n_args)
{
    (void)n_args;
    static struct zkroll_proof proofs[ITEMS_MAX];
    begin(args);
    const size_t n = get_u64();
    for (size_t i = 0; i < n; i++) {
        get_stored(&proofs[i].stored);
        get_inputs(&proofs[i].inputs);
        proofs[i].proof = get_bytes();
    }
    const size_t len = zkroll_prove_len(proofs, n);
    start(len);
    zkroll_put_prove(&out, proofs, n);
    struct zkroll_proof *read; /* what is written is read back */
    size_t n_read;
    if (zkroll_prove_decode(&read, &n_read, out.buf, out.len) != ZK_OK || n_read != n)
        peer_refuse(zk_err_message(), "prove");
    free(read);
    finish_exact(len);
}

static void answer_execute(char **args, int n_args)
{
    (void)n_args;
    static struct zkroll_execution executions[ITEMS_MAX];
    begin(args);
    const size_t n = get_u64();
    for (size_t i = 0; i < n; i++) {
        get_stored(&executions[i].stored);
        executions[i].settlement = get_bytes();
    }
    const size_t len = zkroll_execute_len(executions, n);
    start(len);
    zkroll_put_execute(&out, executions, n);
    finish_exact(len);
}

static void answer_revert(char **args, int n_args)
{
    (void)n_args;
    static struct zkroll_stored stored[ITEMS_MAX];
    begin(args);
    const size_t n = get_u64(), len = zkroll_revert_len(n);
    for (size_t i = 0; i < n; i++) get_stored(&stored[i]);
    start(len);
    zkroll_put_revert(&out, stored, n);
    finish_exact(len);
}

static void answer_commit_read(char **args, int n_args)
{
    (void)n_args;
    struct zkroll_commit c;
    begin(args);
    const struct zkroll_bytes input = get_bytes();
    if (zkroll_commit_decode(&c, input.p, input.len) != ZK_OK) {
        (void)fputs("refused", stdout);
        return;
    }
    print_stored(&c.last);
    print_u64(c.n);
    for (size_t i = 0; i < c.n; i++) {
        const struct zkroll_new_block *b = &c.blocks[i];
        print_u64(b->timestamp);
        print_bytes(b->state_root, 32);
        print_bytes(b->chain, 32);
        print_u64(b->key_id);
        print_bytes(b->settlement.p, b->settlement.len);
        print_bytes(b->delta.p, b->delta.len);
        print_list(b->witnesses, b->n_witnesses);
    }
    if (c.proofs != NULL) print_list(c.proofs, c.n);
    zkroll_commit_free(&c);
}

static void answer_hashes(char **args, int n_args)
{
    (void)n_args;
    struct zkroll_stored stored, genesis;
    struct zkroll_inputs inputs;
    uint8_t hash[32];
    begin(args);
    get_stored(&stored);
    get_inputs(&inputs);
    zkroll_stored_hash(hash, &stored);
    print_bytes(hash, 32);
    zkroll_inputs_hash(hash, &inputs);
    print_bytes(hash, 32);
    zkroll_genesis(&genesis, stored.state_root);
    zkroll_stored_hash(hash, &genesis);
    print_bytes(hash, 32);
}

static void get_exit(struct zkroll_exit *e, uint8_t (*path)[32])
{
    get_fixed(e->owner, 20);
    e->account_id = (uint32_t)get_u64();
    e->token_id = (uint32_t)get_u64();
    get_fixed(e->amount, 16);
    e->creator_id = (uint32_t)get_u64();
    get_fixed(e->creator, 20);
    e->serial_id = (uint32_t)get_u64();
    get_fixed(e->content_hash, 32);
    e->path = (const uint8_t(*)[32])path;
    e->path_len = get_u64();
    for (size_t i = 0; i < e->path_len; i++) get_fixed(path[i], 32);
}

static void answer_exit(char **args, int n_args)
{
    (void)n_args;
    struct zkroll_stored last;
    struct zkroll_exit e;
    static uint8_t path[ZKROLL_PATH_NFT][32];
    begin(args);
    get_stored(&last);
    get_exit(&e, path);
    const size_t len = zkroll_exit_len(&e);
    start(len);
    zkroll_put_exit(&out, &last, &e);
    finish_exact(len);
}

static void answer_exits(char **args, int n_args)
{
    enum { MAX = 4 };
    (void)n_args;
    struct zkroll_stored last;
    struct zkroll_exit e[MAX];
    static uint8_t paths[MAX][ZKROLL_PATH_NFT][32];
    begin(args);
    get_stored(&last);
    const size_t n = get_u64();
    for (size_t i = 0; i < n && i < MAX; i++) get_exit(&e[i], paths[i]);
    const size_t len = zkroll_exits_len(e, n);
    start(len);
    zkroll_put_exits(&out, &last, e, n);
    finish_exact(len);
}

static void answer_cancel(char **args, int n_args)
{
    (void)n_args;
    struct zkroll_bytes deposits[ITEMS_MAX];
    begin(args);
    const uint64_t n_requests = get_u64();
    const size_t n = get_list(deposits), len = zkroll_cancel_deposits_len(deposits, n);
    start(len);
    zkroll_put_cancel_deposits(&out, n_requests, deposits, n);
    finish_exact(len);
}

/* The others, each once: two addresses, an amount, two numbers. */
static void answer_small(char **args, int n_args)
{
    (void)n_args;
    uint8_t a[20], b[20], amount[16];
    begin(args);
    get_fixed(a, 20);
    get_fixed(b, 20);
    get_fixed(amount, 16);
    const uint32_t x = (uint32_t)get_u64(), y = (uint32_t)get_u64();
    for (int which = 0; which < 8; which++) {
        start(ZKROLL_SMALL_CALL_MAX);
        if (which == 0) zkroll_put_activate_exodus(&out);
        if (which == 1) zkroll_put_withdraw_pending(&out, a, b, amount);
        if (which == 2) zkroll_put_withdraw_pending_nft(&out, x);
        if (which == 3) zkroll_put_full_exit(&out, x, a);
        if (which == 4) zkroll_put_full_exit_nft(&out, x, y);
        if (which == 5) zkroll_put_auth_fact(&out, a, x);
        if (which == 6) zkroll_put_deposit_eth(&out, a);
        if (which == 7) zkroll_put_deposit_erc20(&out, a, amount, b);
        finish();
    }
}

/* ---- events and errors */

static void print_event(const struct zkroll_event *e)
{
    switch (e->kind) {
    case ZKROLL_NEW_PRIORITY_REQUEST:
        print_bytes(e->request.sender, 20);
        print_u64(e->request.serial_id);
        print_u64(e->request.op_type);
        print_bytes(e->request.data.p, e->request.data.len);
        print_u64(e->request.expiration_block);
        break;
    case ZKROLL_DEPOSIT:
        print_u64(e->balance.token_id);
        print_bytes(e->balance.amount, 16);
        break;
    case ZKROLL_WITHDRAWAL:
        print_bytes(e->balance.owner, 20);
        print_u64(e->balance.token_id);
        print_bytes(e->balance.amount, 16);
        break;
    case ZKROLL_WITHDRAWAL_PENDING:
        print_u64(e->balance.token_id);
        print_bytes(e->balance.owner, 20);
        print_bytes(e->balance.amount, 16);
        print_u64(e->balance.type);
        break;
    case ZKROLL_WITHDRAWAL_NFT:
    case ZKROLL_WITHDRAWAL_NFT_PENDING: print_u64(e->nft.token_id); break;
    case ZKROLL_AUTH_FACT_SET:
    case ZKROLL_AUTH_FACT_RESET_STARTED:
        print_bytes(e->auth.owner, 20);
        print_u64(e->auth.nonce);
        if (e->kind == ZKROLL_AUTH_FACT_SET) print_bytes(e->auth.pubkey_hash.p, e->auth.pubkey_hash.len);
        break;
    case ZKROLL_BLOCK_COMMIT:
    case ZKROLL_BLOCK_PROVEN:
    case ZKROLL_BLOCK_VERIFICATION: print_u64(e->block.number); break;
    case ZKROLL_BLOCKS_REVERT:
        print_u64(e->revert.executed);
        print_u64(e->revert.committed);
        break;
    case ZKROLL_EXIT_PERFORMED:
        print_u64(e->exit.account_id);
        print_u64(e->exit.token_id);
        print_bytes(e->exit.owner, 20);
        break;
    case ZKROLL_GENESIS:
        print_bytes(e->genesis.root, 32);
        print_bytes(e->genesis.fee_address, 20);
        print_bytes(e->genesis.governance, 20);
        print_u64(e->genesis.priority_expiration);
        print_u64(e->genesis.notice_period);
        print_u64(e->genesis.notice_floor);
        break;
    case ZKROLL_KEY_ADDED:
    case ZKROLL_KEY_RETIRED:
        print_u64(e->key.key_id);
        if (e->kind == ZKROLL_KEY_ADDED) print_bytes(e->key.verifier, 20);
        break;
    case ZKROLL_NEW_TOKEN:
        print_bytes(e->token.address, 20);
        print_u64(e->token.token_id);
        break;
    case ZKROLL_TOKEN_PAUSED_UPDATE:
        print_bytes(e->token.address, 20);
        print_u64(e->token.paused);
        break;
    case ZKROLL_VALIDATOR_STATUS_UPDATE:
        print_bytes(e->account.address, 20);
        print_u64(e->account.active);
        break;
    case ZKROLL_NEW_GOVERNOR:
    case ZKROLL_NEW_TOKEN_GOVERNANCE:
    case ZKROLL_DEFAULT_NFT_FACTORY: print_bytes(e->account.address, 20); break;
    case ZKROLL_NFT_FACTORY_REGISTERED:
        print_u64(e->factory.creator_id);
        print_bytes(e->factory.creator, 20);
        print_bytes(e->factory.factory, 20);
        break;
    case ZKROLL_UPGRADE_STARTED:
    case ZKROLL_UPGRADE_PREPARATION:
    case ZKROLL_UPGRADE_CANCEL:
    case ZKROLL_UPGRADE_COMPLETE:
        print_u64(e->upgrade.version);
        if (e->kind == ZKROLL_UPGRADE_STARTED || e->kind == ZKROLL_UPGRADE_COMPLETE) {
            print_u64(e->upgrade.n_targets);
            for (size_t i = 0; i < e->upgrade.n_targets; i++) print_bytes(e->upgrade.targets[i], 20);
        }
        if (e->kind == ZKROLL_UPGRADE_STARTED) print_u64(e->upgrade.notice_period);
        break;
    case ZKROLL_DEPLOYED:
        print_bytes(e->deployed.main, 20);
        print_bytes(e->deployed.governance, 20);
        print_bytes(e->deployed.gatekeeper, 20);
        print_bytes(e->deployed.token_governance, 20);
        print_bytes(e->deployed.nft_factory, 20);
        print_bytes(e->deployed.fee_address, 20);
        break;
    case ZKROLL_FORCED_EXIT_PAID: print_bytes(e->payment.amount, 32); break;
    case ZKROLL_EXODUS_MODE:
    case ZKROLL_EVENT_OTHER: break;
    }
}

/* "event N topics data" */
static void answer_event(char **args, int n_args)
{
    (void)n_args;
    struct eth_log log = {0};
    struct zkroll_event e;
    begin(args);
    log.n_topics = get_u64();
    if (log.n_topics > ETH_TOPICS_MAX) {
        (void)fputs("refused", stdout); /* no log has more */
        return;
    }
    for (size_t i = 0; i < log.n_topics; i++) get_fixed(log.topics[i], 32);
    const struct zkroll_bytes data = get_bytes();
    log.data = data.p;
    log.data_len = data.len;
    if (zkroll_event_decode(&e, &log) != ZK_OK) {
        (void)fputs("refused", stdout);
        return;
    }
    (void)printf("%s ", e.kind == ZKROLL_EVENT_OTHER ? "other" : zkroll_event_signature(e.kind));
    print_event(&e);
}

static void answer_events(char **args, int n_args)
{
    (void)args;
    (void)n_args;
    for (unsigned k = 0; k < ZKROLL_EVENT_KINDS; k++) (void)printf("%s ", zkroll_event_signature((zkroll_event_kind)k));
}

static void answer_reverted(char **args, int n_args)
{
    (void)n_args;
    char text[ZKROLL_REVERT_MAX];
    begin(args);
    const struct zkroll_bytes data = get_bytes();
    (void)printf("%d ", zkroll_revert_text(text, data.p, data.len));
    (void)fputs(text, stdout);
}

int main(void)
{
    static const struct peer_op ops[] = {
        {"commit", -1, answer_commit},   {"commit_read", 1, answer_commit_read},
        {"settle", -1, answer_settle},   {"prove", -1, answer_prove},
        {"execute", -1, answer_execute}, {"revert", -1, answer_revert},
        {"hashes", -1, answer_hashes},   {"exit", -1, answer_exit},
        {"exits", -1, answer_exits},     {"cancel", -1, answer_cancel},
        {"small", 5, answer_small},      {"event", -1, answer_event},
        {"events", 0, answer_events},    {"reverted", 1, answer_reverted},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
