#include "cli/bench_sequencer.h"

#include "base/pool.h"
#include "cli/signer.h"
#include "hash/keccak256.h"
#include "node/admission.h"
#include "node/chain.h"
#include "node/market.h"
#include "node/metrics.h"
#include "node/node.h"
#include "store/store_blocks.h"
#include "store/store_l1.h"
#include "store/store_tokens.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REQUESTS_AT_ONCE 2000
#define ETH_PRICE_PICO   (200 * FEE_PICO)
#define GAS_PRICE        UINT64_C(20000000000)
#define DEPOSIT          ((u128)1000000000 * 1000000000 * 1000)
#define AMOUNT           1000000
#define WAIT_US          20000
#define STAGES           11

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

static zk_err check_empty(struct run *r)
{
    struct store_heads heads;
    ZK_TRY(store_heads(r->store, &heads));
    if (heads.last_block == 0 && heads.accepted_txs == 0 && heads.next_priority == 0) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "the database has blocks already: a benchmark wants a new one");
}

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

/* Account i + 1 belongs to user i; those above the users to nobody in particular. */
static eth_address address_of(const struct run *r, uint32_t i)
{
    if (i < r->b->users) return signer_address(&r->users[i]);
    eth_address a;
    uint8_t seed[8], hash[32];
    store_be64(seed, i);
    keccak256(hash, seed, sizeof seed);
    memcpy(a.b, hash, sizeof a.b);
    return a;
}

static zk_err request_accounts(struct run *r, uint32_t first, uint32_t n)
{
    static struct store_priority_op ops[REQUESTS_AT_ONCE];
    uint32_t conflict = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct store_priority_op *p = &ops[i];
        *p = (struct store_priority_op){.serial_id = first + i, .eth_block = 1, .created_at = wall_us()};
        p->op.type = PRIORITY_DEPOSIT;
        p->op.deposit.to = address_of(r, first + i);
        p->op.deposit.amount = DEPOSIT;
        p->sender = p->op.deposit.to;
        store_be64(p->eth_hash.b, first + i);
        p->eth_index = i;
        p->log_index = i;
    }
    return store_priority_add(r->store, ops, n, &conflict);
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

static zk_err make_accounts(struct run *r)
{
    uint32_t n = r->b->accounts;
    double since = metric_clock_s();
    for (uint32_t first = 0; first < n; first += REQUESTS_AT_ONCE) {
        ZK_TRY(request_accounts(r, first, n - first < REQUESTS_AT_ONCE ? n - first : REQUESTS_AT_ONCE));
        events_raise(node_events(r->node), EVENT_BIT(EVENT_PRIORITY));
    }
    ZK_TRY(wait_executed(r, n));
    (void)fprintf(r->b->out, "set-up: %u accounts by deposits in %.1f s\n", n, metric_clock_s() - since);
    return ZK_OK;
}

static zk_err set_key(struct run *r, uint32_t user)
{
    struct tx tx;
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
    uint32_t user = (uint32_t)(i % r->b->users), nonce = 1 + (uint32_t)(i / r->b->users);
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
                size_t i = (size_t)(tx->transfer.nonce - 1) * r->b->users + tx->transfer.account_id - 1;
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
    ZK_TRY(check_empty(r));
    ZK_TRY(make_market(r));
    ZK_TRY(pool_for(pool, r->b->users, make_user, r));
    eth_address fee_address = {{0xfe}};
    ZK_TRY(chain_bind_fee_address(r->store, &fee_address));
    ZK_TRY(chain_set_l1_confirmed(r->store, 1));
    ZK_TRY(node_start(r->node));
    ZK_TRY(make_accounts(r));
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
}

static zk_err run(struct run *r, struct pool *pool)
{
    r->sent = calloc(r->b->transfers, sizeof *r->sent);
    r->users = calloc(r->b->users, sizeof *r->users);
    if (r->sent == NULL || r->users == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the benchmark");
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
