#include "cli/bench_sequencer.h"

#include "base/pool.h"
#include "cli/bench_fill.h"
#include "cli/signer.h"
#include "hash/keccak256.h"
#include "node/admission.h"
#include "node/chain.h"
#include "node/market.h"
#include "node/metrics.h"
#include "node/node.h"
#include "store/store_blocks.h"
#include "store/store_tokens.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ADDRESS_ROUNDS 8
#define ETH_PRICE_PICO (200 * FEE_PICO)
#define GAS_PRICE      UINT64_C(20000000000)
#define DEPOSIT        ((u128)1000000000 * 1000000000 * 1000)
#define AMOUNT         1000000
#define WAIT_US        20000
#define STAGES         11

struct sent {
    struct submit_request *request;
    double submitted, answered, sealed;
};

struct run {
    const struct bench_sequencer *b;
    struct node *node;
    struct store *store;
    struct admission *admission;
    struct signer *users;
    uint32_t *nonces; /* of each user's first transfer */
    struct token_label label;
    u128 fee;
    struct sent *sent;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    size_t outstanding, answered, refused;
    double before[STAGES]; /* seconds of the stages when the run began */
};

static void nap(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = WAIT_US * 1000}, NULL);
}

static int64_t wall_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- set-up: the chain */

static zk_err make_market(struct run *r)
{
    struct store_token eth = {.id = 0, .symbol = "ETH", .decimals = 18, .enabled_for_fees = true, .price = "200"};
    struct fee_market m = {.policy = fee_policy_default()};
    struct market_view view = {.gas_price_wei = GAS_PRICE, .eth_price_pico = ETH_PRICE_PICO, .n_tokens = 1};
    view.tokens[0] = (struct fee_token){.id = 0, .decimals = 18, .price_pico = ETH_PRICE_PICO};
    ZK_TRY(store_token_put(r->store, &eth));
    if (!market_update(&m, &view, (uint64_t)wall_us())) return zk_fail(ZK_ERR_CORRUPT, "no market");
    ZK_TRY(market_save(r->store, &m));
    struct fee_quote quote;
    const fee_type type = FEE_TRANSFER;
    if (!fee_quote(&quote, &m.policy, &m.now, &type, 1, 0)) return zk_fail(ZK_ERR_CORRUPT, "no fee");
    r->fee = quote.total_fee;
    r->label = (struct token_label){.symbol = "ETH", .decimals = 18};
    return ZK_OK;
}

/* ---- set-up: users and accounts */

static zk_err make_user(void *ctx, size_t i, unsigned worker)
{
    struct run *r = ctx;
    struct eth_key key;
    uint8_t seed[32] = "zkroll bench user", secret[32];
    (void)worker;
    store_be64(seed + 24, i);
    keccak256(secret, seed, sizeof seed);
    ZK_TRY(eth_key_from_secret(&key, secret));
    return signer_init(&r->users[i], &key, r->b->config.l1.chain_id);
}

/* Account i + 1 belongs to user i; those above the users to nobody in particular. Their addresses rise in eight rounds
 * through all that there are, each round between those of the rounds before: pages of an index are as full as those of
 * an index that grew in no order, but they are made in passes instead of one by one. */
static eth_address address_of(const void *ctx, uint32_t i)
{
    const struct run *r = ctx;
    if (i < r->b->users) return signer_address(&r->users[i]);
    eth_address a;
    uint8_t seed[8], hash[32];
    uint64_t per_round = (r->b->accounts + ADDRESS_ROUNDS - 1) / ADDRESS_ROUNDS, width = UINT64_MAX / per_round;
    store_be64(seed, i);
    keccak256(hash, seed, sizeof seed);
    memcpy(a.b, hash, sizeof a.b);
    store_be64(a.b, i % per_round * width + load_be64(hash + 24) % width);
    return a;
}

static zk_err fill(struct run *r, const eth_address *fee_address, struct pool *pool)
{
    struct sequencer_config sequencer;
    ZK_TRY(sequencer_config_from(&sequencer, &r->b->config));
    sequencer.block.slots = BLOCK_SLOTS_MAX;
    const struct bench_fill f = {.store = r->store,
                                 .sequencer = &sequencer,
                                 .pool = pool,
                                 .fee_address = *fee_address,
                                 .accounts = r->b->accounts,
                                 .amount = DEPOSIT,
                                 .address_of = address_of,
                                 .ctx = r};
    double since = metric_clock_s();
    ZK_TRY(bench_fill_run(&f));
    (void)fprintf(r->b->out, "set-up: %u accounts by deposits in %.1f s\n", r->b->accounts, metric_clock_s() - since);
    return ZK_OK;
}

static zk_err check_account(struct run *r, uint32_t i)
{
    struct store_account_head have;
    bool found = false;
    eth_address want = address_of(r, i);
    ZK_TRY(store_account_head_by_id(r->store, &have, &found, i + 1));
    if (found && eth_address_eq(&have.address, &want)) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "the database is not empty, and not of a run with as many accounts");
}

/* A database that an earlier run has made is used again. */
static zk_err make_accounts(struct run *r, const eth_address *fee_address, struct pool *pool)
{
    struct store_heads heads;
    uint32_t n = 0;
    ZK_TRY(store_heads(r->store, &heads));
    if (heads.last_block == 0 && heads.accepted_txs == 0 && heads.next_priority == 0) return fill(r, fee_address, pool);
    ZK_TRY(store_account_count(r->store, &n));
    ZK_TRY(check_account(r, 0));
    ZK_TRY(check_account(r, r->b->accounts - 1));
    if (n == r->b->accounts + 1) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "the database is of a run with %u accounts", n - 1);
}

/* Until nothing waits, or the node fails. */
static zk_err wait_executed(struct run *r, uint64_t requests)
{
    for (;;) {
        struct store_heads heads;
        ZK_TRY(store_heads(r->store, &heads));
        if (heads.queued_txs == 0 && heads.next_priority >= requests) return ZK_OK;
        if (events_stopping(node_events(r->node))) return zk_fail(ZK_ERR_CANCELLED, "the node ended");
        nap();
    }
}

/* The time until the sequencer has the state and begins to work. */
static zk_err start_node(struct run *r)
{
    const struct metric *active = metric_gauge("zkroll_sequencer_active", NULL, "1 while this process has the lease");
    const struct metric *recovery = metric_seconds("zkroll_recovery_seconds", NULL, "time to recover the state");
    double since = metric_clock_s();
    ZK_TRY(node_start(r->node));
    while (metric_value(active) != 1) {
        if (events_stopping(node_events(r->node))) return zk_fail(ZK_ERR_CANCELLED, "the node ended");
        nap();
    }
    (void)fprintf(r->b->out, "start: %.2f s until the sequencer works, %.2f s of them for the state of %u accounts\n",
                  metric_clock_s() - since, metric_sum(recovery), r->b->accounts);
    return ZK_OK;
}

/* And the nonce of the first transfer. */
static zk_err set_key(struct run *r, uint32_t user)
{
    struct tx tx;
    struct store_account_head have;
    bool found = false;
    ZK_TRY(store_account_head_by_id(r->store, &have, &found, user + 1));
    r->nonces[user] = have.nonce;
    if (have.nonce > 0) return ZK_OK; /* an earlier run set it */
    r->nonces[user] = 1;
    ZK_TRY(signer_change_pubkey(&r->users[user], &tx, user + 1, 0, 0, 0));
    struct store_new_tx n = {.tx = &tx, .facts = {.signers.tx = r->users[user].l2_hash, .authorized = true}};
    ZK_TRY(tx_hash(&n.hash, &tx));
    struct store_submission sub = {.txs = &n, .n = 1};
    return store_accept(r->store, &sub, 1, wall_us());
}

static zk_err set_keys(struct run *r)
{
    ZK_TRY(store_begin(r->store));
    zk_err err = ZK_OK;
    for (uint32_t i = 0; err == ZK_OK && i < r->b->users; i++) err = set_key(r, i);
    if (err != ZK_OK) {
        store_rollback(r->store);
        return err;
    }
    ZK_TRY(store_commit(r->store));
    events_raise(node_events(r->node), EVENT_BIT(EVENT_TX));
    return wait_executed(r, 0);
}

/* ---- signing */

/* Transfer i: the users take turns, to receivers all over the accounts. */
static zk_err sign_transfer(void *ctx, size_t i, unsigned worker)
{
    struct run *r = ctx;
    uint32_t user = (uint32_t)(i % r->b->users), nonce = r->nonces[user] + (uint32_t)(i / r->b->users);
    uint32_t to = (uint32_t)((i * UINT64_C(0x9e3779b97f4a7c15) >> 20) % r->b->accounts);
    struct submit_request *request = submit_request_create(1);
    (void)worker;
    if (request == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the transfers");
    struct submit_tx *t = &request->txs[0];
    t->tx.type = TX_TRANSFER;
    t->tx.transfer = (struct tx_transfer){.account_id = user + 1,
                                          .from = signer_address(&r->users[user]),
                                          .to = address_of(r, to),
                                          .nonce = nonce,
                                          .amount = AMOUNT,
                                          .fee = r->fee,
                                          .valid = {0, UINT32_MAX}};
    r->sent[i].request = request;
    const struct token_labels labels = {&r->label, 1};
    ZK_TRY(signer_sign(&r->users[user], &t->tx));
    t->signatures[0].kind = SUBMIT_SIGNATURE_ETHEREUM;
    return signer_sign_consent(&r->users[user], t->signatures[0].ethereum, &t->tx, &labels);
}

/* ---- the run */

struct answer_ctx {
    struct run *run;
    size_t i;
};

static void answered(void *ctx, const struct submit_answer *answer)
{
    struct answer_ctx *a = ctx;
    struct run *r = a->run;
    double now = metric_clock_s();
    (void)pthread_mutex_lock(&r->lock);
    r->sent[a->i].answered = now;
    r->outstanding--;
    r->answered++;
    if (answer->error != SUBMIT_OK && r->refused++ == 0)
        (void)fprintf(stderr, "a transfer was refused: %s %s\n", submit_error_str(answer->error), answer->detail);
    (void)pthread_cond_signal(&r->moved);
    (void)pthread_mutex_unlock(&r->lock);
}

static zk_err submit_all(struct run *r)
{
    struct answer_ctx *contexts = calloc(r->b->transfers, sizeof *contexts);
    if (contexts == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the transfers");
    zk_err err = ZK_OK;
    size_t given = 0;
    for (; err == ZK_OK && given < r->b->transfers; given++) {
        (void)pthread_mutex_lock(&r->lock);
        while (r->outstanding >= r->b->window) (void)pthread_cond_wait(&r->moved, &r->lock);
        r->outstanding++;
        (void)pthread_mutex_unlock(&r->lock);
        contexts[given] = (struct answer_ctx){r, given};
        r->sent[given].submitted = metric_clock_s();
        struct submit_request *request = r->sent[given].request;
        r->sent[given].request = NULL;
        submit_error said = admission_submit(r->admission, request, answered, &contexts[given]);
        if (said != SUBMIT_OK) err = zk_fail(ZK_ERR_FULL, "admission took no more: %s", submit_error_str(said));
    }
    if (err != ZK_OK) given--; /* the last one is never answered */
    (void)pthread_mutex_lock(&r->lock);
    while (r->answered < given) (void)pthread_cond_wait(&r->moved, &r->lock);
    (void)pthread_mutex_unlock(&r->lock);
    free(contexts);
    if (err == ZK_OK && r->refused > 0) err = zk_fail(ZK_ERR_INPUT, "%zu transfers were refused", r->refused);
    return err;
}

/* ---- results */

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_percentiles(const struct run *r, const char *what, double *values, size_t n)
{
    if (n == 0) return;
    qsort(values, n, sizeof values[0], by_value);
    (void)fprintf(r->b->out, "latency, %-28s p50 %7.1f ms   p90 %7.1f   p99 %7.1f   max %7.1f\n", what,
                  values[n / 2] * 1e3, values[n * 9 / 10] * 1e3, values[n * 99 / 100] * 1e3, values[n - 1] * 1e3);
}

/* When the block of each transfer was sealed: by the times in the store. first: the first block of the run. */
static zk_err read_sealed(struct run *r, uint32_t first, double clock_minus_wall, size_t *executed)
{
    struct store_heads heads;
    ZK_TRY(store_heads(r->store, &heads));
    static struct store_block_entry entries[1024];
    *executed = 0;
    for (uint32_t number = first; number <= heads.last_sealed; number++) {
        struct store_block block;
        bool found = false;
        ZK_TRY(store_block_get(r->store, &block, &found, number));
        size_t n = 0;
        for (uint32_t from = 0;; from = entries[n - 1].index + 1) {
            ZK_TRY(store_block_entries(r->store, entries, &n, ZK_COUNT(entries), number, from));
            if (n == 0) break;
            for (size_t k = 0; k < n; k++) {
                const struct tx *tx = &entries[k].tx.tx;
                if (entries[k].is_priority || entries[k].rejected || tx->type != TX_TRANSFER) continue;
                uint32_t user = tx->transfer.account_id - 1;
                size_t i = (size_t)(tx->transfer.nonce - r->nonces[user]) * r->b->users + user;
                if (i >= r->b->transfers) continue;
                r->sent[i].sealed = (double)block.sealed_at * 1e-6 + clock_minus_wall;
                (*executed)++;
            }
        }
    }
    return ZK_OK;
}

static const struct stage {
    const char *group, *metric, *name;
} stages[STAGES] = {
    {"look-ups", "zkroll_admission_stage_seconds", "look_up"},
    {"look-ups", "zkroll_admission_stage_seconds", "keys"},
    {"signature", "zkroll_admission_stage_seconds", "ethereum_signatures"},
    {"signature", "zkroll_admission_stage_seconds", "l2_signatures"},
    {"storage", "zkroll_admission_stage_seconds", "commit"},
    {"storage", "zkroll_stage_seconds", "read"},
    {"execution", "zkroll_stage_seconds", "execute"},
    {"storage", "zkroll_stage_seconds", "store"},
    {"tree", "zkroll_stage_seconds", "tree"},
    {"tree", "zkroll_stage_seconds", "trace"},
    {"storage", "zkroll_stage_seconds", "store_block"},
};

static double stage_seconds(const struct stage *stage)
{
    char labels[64];
    (void)snprintf(labels, sizeof labels, "stage=\"%s\"", stage->name);
    return metric_sum(metric_seconds(stage->metric, labels, "time of a stage"));
}

/* The set-up used the same stages. */
static void note_costs(struct run *r)
{
    for (size_t i = 0; i < STAGES; i++) r->before[i] = stage_seconds(&stages[i]);
}

static void print_costs(const struct run *r)
{
    for (size_t i = 0; i < STAGES; i++)
        (void)fprintf(r->b->out, "cost, %-10s %-20s %8.1f us a transfer\n", stages[i].group, stages[i].name,
                      (stage_seconds(&stages[i]) - r->before[i]) * 1e6 / (double)r->b->transfers);
}

static double processor_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static zk_err print_results(struct run *r, uint32_t first_block, double began, double accepted, double processor)
{
    size_t n = r->b->transfers, executed = 0;
    double clock_minus_wall = metric_clock_s() - (double)wall_us() * 1e-6, last = began;
    double *values = calloc(n, sizeof *values);
    if (values == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the results");
    zk_err err = read_sealed(r, first_block, clock_minus_wall, &executed);
    if (err == ZK_OK && executed != n) err = zk_fail(ZK_ERR_CORRUPT, "%zu of %zu transfers are in blocks", executed, n);
    if (err == ZK_OK) {
        for (size_t i = 0; i < n; i++)
            if (r->sent[i].sealed > last) last = r->sent[i].sealed;
        double seconds = last - began;
        (void)fprintf(r->b->out,
                      "%.0f transfers/s from submission to sealed block (%zu in %.2f s, %u accounts, %u users)\n",
                      (double)n / seconds, n, seconds, r->b->accounts, r->b->users);
        (void)fprintf(r->b->out, "%.0f transfers/s accepted (durable)\n", (double)n / (accepted - began));
        (void)fprintf(r->b->out, "%.1f us of processor time a transfer; %.2f processors in use\n",
                      processor * 1e6 / (double)n, processor / seconds);
        for (size_t i = 0; i < n; i++) values[i] = r->sent[i].answered - r->sent[i].submitted;
        print_percentiles(r, "submitted to accepted", values, n);
        for (size_t i = 0; i < n; i++) values[i] = r->sent[i].sealed - r->sent[i].submitted;
        print_percentiles(r, "submitted to sealed", values, n);
        print_costs(r);
    }
    free(values);
    return err;
}

/* ---- all of it */

static zk_err wait_sealed(struct run *r)
{
    ZK_TRY(wait_executed(r, 0));
    node_stop(r->node); /* it seals what is open */
    return ZK_OK;
}

static zk_err measure(struct run *r, struct pool *pool)
{
    struct store_heads heads;
    double since = metric_clock_s();
    ZK_TRY(pool_for(pool, r->b->transfers, sign_transfer, r));
    (void)fprintf(r->b->out, "set-up: %zu transfers signed in %.1f s\n", r->b->transfers, metric_clock_s() - since);
    ZK_TRY(store_heads(r->store, &heads));
    note_costs(r);
    double processor = processor_s(), began = metric_clock_s();
    ZK_TRY(submit_all(r));
    double accepted = metric_clock_s();
    ZK_TRY(wait_sealed(r));
    processor = processor_s() - processor;
    ZK_TRY(node_join(r->node));
    return print_results(r, heads.last_sealed + 1, began, accepted, processor);
}

static zk_err prepare(struct run *r, struct pool *pool)
{
    ZK_TRY(node_open_store(&r->store, r->node));
    ZK_TRY(make_market(r));
    ZK_TRY(pool_for(pool, r->b->users, make_user, r));
    const eth_address fee_address = {{0xfe}};
    ZK_TRY(chain_bind_fee_address(r->store, &fee_address));
    ZK_TRY(chain_set_l1_confirmed(r->store, 1));
    ZK_TRY(make_accounts(r, &fee_address, pool));
    ZK_TRY(start_node(r));
    return set_keys(r);
}

static zk_err start_admission(struct run *r)
{
    struct admission_config a = admission_config_default();
    a.database = node_database(r->node);
    a.events = node_events(r->node);
    a.chain_id = r->b->config.l1.chain_id;
    a.inbox_max = r->b->window + 1;
    a.pool_max = (uint32_t)r->b->transfers + r->b->window;
    a.account_max = a.pool_max;
    a.threads = (unsigned)r->b->config.threads;
    a.block_slots = (unsigned)r->b->config.sequencer.block_slots;
    return admission_create(&r->admission, &a);
}

static void end(struct run *r)
{
    admission_destroy(r->admission);
    for (size_t i = 0; r->sent != NULL && i < r->b->transfers; i++) submit_request_destroy(r->sent[i].request);
    for (uint32_t i = 0; r->users != NULL && i < r->b->users; i++) signer_wipe(&r->users[i]);
    store_close(r->store);
    free(r->sent);
    free(r->users);
    free(r->nonces);
}

static zk_err run(struct run *r, struct pool *pool)
{
    r->sent = calloc(r->b->transfers, sizeof *r->sent);
    r->users = calloc(r->b->users, sizeof *r->users);
    r->nonces = calloc(r->b->users, sizeof *r->nonces);
    if (r->sent == NULL || r->users == NULL || r->nonces == NULL)
        return zk_fail(ZK_ERR_MEMORY, "no memory for the benchmark");
    ZK_TRY(prepare(r, pool));
    ZK_TRY(start_admission(r));
    return measure(r, pool);
}

zk_err bench_sequencer_run(const struct bench_sequencer *b)
{
    struct run r = {.b = b, .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct pool *pool;
    if (b->users == 0 || b->users > b->accounts || b->transfers == 0 || b->window == 0)
        return zk_fail(ZK_ERR_RANGE, "a benchmark needs transfers, and at most as many users as accounts");
    ZK_TRY(pool_create(&pool, 0));
    zk_err err = node_create(&r.node, &b->config);
    if (err == ZK_OK) err = run(&r, pool);
    char why[256];
    (void)snprintf(why, sizeof why, "%s", zk_err_message());
    end(&r);
    if (r.node != NULL) {
        node_stop(r.node);
        zk_err ended = node_join(r.node);
        if (err == ZK_OK) err = ended;
        node_destroy(r.node);
    }
    pool_destroy(pool);
    return err == ZK_OK ? ZK_OK : zk_fail(err, "%s", why);
}
