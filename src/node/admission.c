/* How many submissions go through their checks together.
 *
 *   inbox ----take----> group ---look up, keys, consent, verify---> outbox --commit--> callback
 *     ^                   |                                           ^
 *     '--answers-- L1 <---'                                           '-- toggles
 *
 * The worker takes what has gathered, up to GROUP_TXS: under load the groups are full and eight signatures cost little
 * more than one; without load nobody waits longer than GATHER_US. The committer works the same way: what passed while
 * the disk was busy goes into the next transaction. So both run at their own pace, and throughput follows load.
 *
 * Counting  `inside` counts transactions from admission_submit to their callback. It alone bounds the memory of all
 *           queues here. */
#include "node/admission.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/pool.h"
#include "node/chain.h"
#include "node/events.h"
#include "node/market.h"
#include "node/metrics.h"
#include "node/submit_check.h"
#include "node/submit_quota.h"
#include "store/store_txs.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GROUP_TXS     256 /* transactions checked together, more only if one batch has more */
#define GATHER_TXS    8   /* fewer than this wait a little for company */
#define GATHER_US     1000
#define COMMIT_TXS    2048   /* transactions made durable together */
#define VIEW_US       500000 /* tokens and prices are read again after this */
#define L1_SETS_MAX   256    /* submissions that wait for L1, in all */
#define L1_OF_CLIENT  64     /* of one client */
#define L1_OF_ACCOUNT 8      /* of one client about one account */
#define TOKENS_MAX    (TOKEN_ID_LAST + 1)
#define SCRATCH_TXS   (GROUP_TXS + SUBMIT_BATCH_MAX)
#define STOPPING_TEXT "the node is stopping"

struct queue {
    struct submit_job *first, **last;
};

struct admission_metrics {
    struct metric *accepted, *inside, *latency;
    struct metric *refused[SUBMIT_ERRORS];
    struct metric *look_up, *keys, *ethereum, *l2, *commit;
};

struct admission {
    struct admission_config config;
    struct admission_metrics metrics;

    pthread_mutex_t lock;
    pthread_cond_t inbox_wake, outbox_wake;
    struct queue inbox, outbox;
    size_t inside; /* transactions and toggles between submit and callback */
    size_t asking; /* jobs at L1 */
    struct l1_guest {
        uint64_t client;
        uint32_t account;
    } guests[L1_SETS_MAX]; /* of those */
    size_t unstored;       /* transactions in the outbox or being committed */
    bool disabled;
    char hold[SUBMIT_DETAIL_MAX]; /* why nothing is taken now; "": it is */
    bool stopping, worker_done;

    /* The worker's. */
    struct store *store;
    struct pool *pool;
    struct arena scratch;
    struct key_cache *keys;
    struct submit_quota *quota;
    struct fee_market market;
    struct token_label labels[TOKENS_MAX];
    struct store_token *tokens;
    uint64_t view_at;
    bool exodus; /* nothing that is accepted would ever count */
    struct submit_job **group;
    size_t n_group;

    struct store *commit_store; /* the committer's */
    struct l1_asker *asker;
    pthread_t worker, committer;
    bool worker_runs, committer_runs;
};

/* ---- small things ---- */

static uint64_t clock_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

static void queue_put(struct queue *q, struct submit_job *job)
{
    job->next = NULL;
    *q->last = job;
    q->last = &job->next;
}

static struct submit_job *queue_take(struct queue *q)
{
    struct submit_job *job = q->first;
    if (job == NULL) return NULL;
    q->first = job->next;
    if (q->first == NULL) q->last = &q->first;
    return job;
}

static size_t weight(const struct submit_job *job)
{
    return job->n == 0 ? 1 : job->n;
}

static void log_failure(const char *event)
{
    log_event(LOG_WARN, event, LOG_STR("detail", zk_err_message()), LOG_END);
}

/* Tells the submitter, and forgets the job. */
static void finish(struct admission *a, struct submit_job *job)
{
    struct submit_answer answer = {.error = job->error};
    (void)snprintf(answer.detail, sizeof answer.detail, "%s", job->detail);
    if (job->error == SUBMIT_OK) {
        answer.n = job->n;
        answer.hashes = job->hashes;
        if (job->n > 0) tx_batch_hash(&answer.batch_hash, job->hashes, job->n);
        metric_add(a->metrics.accepted, job->n);
        metric_observe(a->metrics.latency, (double)(clock_us(CLOCK_MONOTONIC) - job->arrived_us) * 1e-6);
    } else {
        metric_add(a->metrics.refused[job->error], 1);
    }
    job->callback(job->ctx, &answer);
    pthread_mutex_lock(&a->lock);
    a->inside -= weight(job);
    metric_set(a->metrics.inside, (double)a->inside);
    pthread_mutex_unlock(&a->lock);
    submit_job_destroy(job);
}

static void fail_and_finish(struct admission *a, struct submit_job *job, submit_error error, const char *detail)
{
    job->error = SUBMIT_OK;
    submit_fail(job, 0, error, detail);
    finish(a, job);
}

/* ---- the worker: checks ---- */

static zk_err refresh_labels(struct admission *a)
{
    size_t n;
    ZK_TRY(store_tokens(a->store, a->tokens, &n, TOKENS_MAX, 0));
    memset(a->labels, 0, sizeof a->labels);
    for (size_t i = 0; i < n; i++) {
        struct token_label *label = &a->labels[a->tokens[i].id];
        (void)snprintf(label->symbol, sizeof label->symbol, "%s", a->tokens[i].symbol);
        label->decimals = a->tokens[i].decimals;
    }
    return ZK_OK;
}

/* Tokens and prices move slowly, and quotes hold for a while: half a second late is early enough. */
static zk_err refresh(struct admission *a)
{
    uint64_t now = clock_us(CLOCK_MONOTONIC);
    bool found;
    pthread_mutex_lock(&a->lock);
    size_t unstored = a->unstored;
    pthread_mutex_unlock(&a->lock);
    ZK_TRY(submit_quota_refresh(a->quota, a->store, unstored));
    if (a->view_at != 0 && now - a->view_at < VIEW_US) return ZK_OK;
    ZK_TRY(chain_exodus(a->store, &a->exodus));
    ZK_TRY(refresh_labels(a));
    ZK_TRY(market_load(a->store, &a->market, &found));
    if (!found) memset(&a->market, 0, sizeof a->market); /* nobody can pay yet */
    a->view_at = now;
    return ZK_OK;
}

struct consent_loop {
    struct submit_job **jobs;
    const struct submit_view *view;
};

static void consent_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct consent_loop *loop = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) submit_consent(loop->jobs[i], loop->view);
}

/* Counts the seconds since *mark in a metric, and sets *mark to now. */
static void lap(struct metric *m, double *mark)
{
    double now = metric_clock_s();
    metric_observe(m, now - *mark);
    *mark = now;
}

static zk_err check_group(struct admission *a, struct submit_rules *rules)
{
    double mark = metric_clock_s();
    ZK_TRY(refresh(a));
    struct submit_view view = {.store = a->store,
                               .rules = rules,
                               .market = &a->market,
                               .labels = {a->labels, TOKENS_MAX},
                               .now_us = (int64_t)clock_us(CLOCK_REALTIME),
                               .keys = a->keys};
    struct consent_loop loop = {a->group, &view};
    /* One read transaction for all: one look at the file's locks instead of several a submission. */
    ZK_TRY(store_begin_read(a->store));
    for (size_t i = 0; i < a->n_group; i++) submit_look_up(a->group[i], &view);
    store_rollback(a->store);
    lap(a->metrics.look_up, &mark);
    ZK_TRY(submit_keys(a->group, a->n_group, &view, a->pool));
    lap(a->metrics.keys, &mark);
    pool_for_range(a->pool, a->n_group, 1, consent_range, &loop);
    lap(a->metrics.ethereum, &mark);
    ZK_TRY(submit_verify(a->group, a->n_group, &view, a->pool, &a->scratch));
    lap(a->metrics.l2, &mark);
    return ZK_OK;
}

static void answered(void *ctx);

struct asking {
    struct admission *a;
    struct submit_job *job;
};

static struct l1_guest guest_of(const struct submit_job *job)
{
    if (job->request == NULL) return (struct l1_guest){job->toggle.client, job->toggle.account_id};
    return (struct l1_guest){job->request->client, tx_account_id(&job->request->txs[0].tx)};
}

/* Of a client that nobody knows, all of one account count together. */
static bool enter_l1(struct admission *a, const struct submit_job *job)
{
    struct l1_guest g = guest_of(job);
    size_t of_client = 0, of_account = 0;
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < a->asking; i++) {
        if (a->guests[i].client != g.client) continue;
        of_client++;
        of_account += a->guests[i].account == g.account;
    }
    bool room = a->asking < L1_SETS_MAX && of_account < L1_OF_ACCOUNT && (g.client == 0 || of_client < L1_OF_CLIENT);
    if (room) a->guests[a->asking++] = g;
    pthread_mutex_unlock(&a->lock);
    return room;
}

/* The lock is held. */
static void leave_l1(struct admission *a, const struct submit_job *job)
{
    struct l1_guest g = guest_of(job);
    size_t i = 0;
    while (i < a->asking && (a->guests[i].client != g.client || a->guests[i].account != g.account)) i++;
    assert(i < a->asking);
    a->guests[i] = a->guests[--a->asking];
}

/* Gives the job to those who ask L1; it comes back to the inbox. */
static void ask_l1(struct admission *a, struct submit_job *job)
{
    struct asking *asking = malloc(sizeof *asking);
    if (asking != NULL && enter_l1(a, job)) {
        *asking = (struct asking){a, job};
        if (l1_ask(a->asker, job->questions, job->n_questions, answered, asking)) return;
        pthread_mutex_lock(&a->lock);
        leave_l1(a, job);
        pthread_mutex_unlock(&a->lock);
    }
    free(asking);
    fail_and_finish(a, job, SUBMIT_BUSY, "too many submissions wait for answers from L1");
}

static void answered(void *ctx)
{
    struct asking *asking = ctx;
    struct admission *a = asking->a;
    pthread_mutex_lock(&a->lock);
    leave_l1(a, asking->job);
    queue_put(&a->inbox, asking->job);
    pthread_cond_signal(&a->inbox_wake);
    pthread_mutex_unlock(&a->lock);
    free(asking);
}

/* Places in the pool for all of the job's transactions. */
static void take_places(struct admission *a, struct submit_job *job)
{
    bool modest = submit_is_stranger(job) || submit_waits_for_time(job, (int64_t)clock_us(CLOCK_REALTIME));
    for (size_t i = 0; i < job->n && job->error == SUBMIT_OK; i++) {
        submit_place place;
        uint32_t id = tx_account_id(&job->request->txs[i].tx);
        if (submit_quota_take(a->quota, &place, a->store, id, modest) != ZK_OK)
            submit_fail(job, 0, SUBMIT_DATABASE, zk_err_message());
        else if (place == SUBMIT_PLACE_POOL_FULL)
            submit_fail(job, 0, SUBMIT_BUSY, "too many transactions wait; try again later");
        else if (place == SUBMIT_PLACE_ACCOUNT_FULL)
            submit_fail(job, 0, SUBMIT_BUSY, "too many transactions of this account wait; try again later");
    }
}

static void hand_on(struct admission *a, struct submit_job *job)
{
    if (job->asking) {
        ask_l1(a, job);
        return;
    }
    if (job->error == SUBMIT_OK && job->n > 0) take_places(a, job);
    if (job->error != SUBMIT_OK) {
        finish(a, job);
        return;
    }
    pthread_mutex_lock(&a->lock);
    a->unstored += job->n;
    queue_put(&a->outbox, job);
    pthread_cond_signal(&a->outbox_wake);
    pthread_mutex_unlock(&a->lock);
}

/* Waits until there is something to do, and a little longer if it is little; the lock is held. */
static void gather(struct admission *a)
{
    while (a->inbox.first == NULL && !(a->stopping && a->asking == 0)) pthread_cond_wait(&a->inbox_wake, &a->lock);
    if (a->stopping || a->inside >= GATHER_TXS) return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += GATHER_US * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    while (a->inside < GATHER_TXS && !a->stopping)
        if (pthread_cond_timedwait(&a->inbox_wake, &a->lock, &until) != 0) break;
}

/* False when all is done: stopping, and nothing left. */
static bool take_group(struct admission *a, struct submit_rules *rules, char hold[SUBMIT_DETAIL_MAX], bool *stopping)
{
    size_t txs = 0;
    a->n_group = 0;
    pthread_mutex_lock(&a->lock);
    gather(a);
    while (a->inbox.first != NULL && (txs == 0 || txs + weight(a->inbox.first) <= GROUP_TXS)) {
        struct submit_job *job = queue_take(&a->inbox);
        txs += weight(job);
        a->group[a->n_group++] = job;
    }
    rules->disabled = a->disabled;
    memcpy(hold, a->hold, SUBMIT_DETAIL_MAX);
    *stopping = a->stopping;
    bool done = a->n_group == 0 && a->stopping && a->asking == 0;
    pthread_mutex_unlock(&a->lock);
    return !done;
}

static void fail_group(struct admission *a, submit_error error, const char *detail)
{
    for (size_t i = 0; i < a->n_group; i++) fail_and_finish(a, a->group[i], error, detail);
}

static void *work(void *arg)
{
    struct admission *a = arg;
    (void)pthread_setname_np(pthread_self(), "admission");
    char hold[SUBMIT_DETAIL_MAX];
    bool stopping;
    struct submit_rules rules = {.chain_id = a->config.chain_id,
                                 .forced_exit_min_age_s = a->config.forced_exit_min_age_s,
                                 .enforce_pubkey_change_fee = a->config.enforce_pubkey_change_fee,
                                 .fee_free_ids = a->config.fee_free_ids,
                                 .n_fee_free_ids = a->config.n_fee_free_ids,
                                 .block_slots = a->config.block_slots};
    while (take_group(a, &rules, hold, &stopping)) {
        if (stopping)
            fail_group(a, SUBMIT_BUSY, STOPPING_TEXT);
        else if (hold[0] != 0)
            fail_group(a, SUBMIT_BUSY, hold);
        else if (check_group(a, &rules) != ZK_OK) {
            store_rollback(a->store);
            log_failure("submissions_not_checked");
            fail_group(a, SUBMIT_DATABASE, zk_err_message());
        } else if (a->exodus)
            fail_group(a, SUBMIT_DISABLED, NULL);
        else
            for (size_t i = 0; i < a->n_group; i++) hand_on(a, a->group[i]);
    }
    pthread_mutex_lock(&a->lock);
    a->worker_done = true;
    pthread_cond_signal(&a->outbox_wake);
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* ---- the committer ---- */

/* What one database transaction takes. */
struct commit {
    struct submit_job *jobs[COMMIT_TXS];
    struct store_submission subs[COMMIT_TXS];
    struct store_new_tx txs[COMMIT_TXS];
    size_t n, n_txs;
};

static store_eth_sig kept_kind(submit_signature_kind kind)
{
    switch (kind) {
    case SUBMIT_SIGNATURE_NONE: return STORE_ETH_SIG_NONE;
    case SUBMIT_SIGNATURE_ETHEREUM: return STORE_ETH_SIG_ECDSA;
    case SUBMIT_SIGNATURE_EIP1271: return STORE_ETH_SIG_EIP1271;
    }
    return STORE_ETH_SIG_NONE;
}

static void commit_add(struct commit *c, struct submit_job *job)
{
    struct store_new_tx *txs = &c->txs[c->n_txs];
    for (size_t i = 0; i < job->n; i++) {
        const struct tx *tx = &job->request->txs[i].tx;
        const struct submit_signature *sig = submit_signature_of(job, i);
        bool contract = sig->kind == SUBMIT_SIGNATURE_EIP1271;
        txs[i] = (struct store_new_tx){
            .tx = tx,
            .hash = job->hashes[i],
            .facts = job->facts[i].tx,
            .fast = (tx->type == TX_WITHDRAW && tx->withdraw.fast) ||
                    (tx->type == TX_WITHDRAW_NFT && tx->withdraw_nft.fast),
            .sig_kind = kept_kind(sig->kind),
            .sig = contract ? sig->eip1271 : sig->ethereum,
            .sig_len = contract ? sig->eip1271_len : sizeof sig->ethereum,
        };
        if (sig->kind == SUBMIT_SIGNATURE_NONE) txs[i].sig_len = 0;
    }
    c->jobs[c->n] = job;
    c->subs[c->n++] = (struct store_submission){.txs = txs, .n = job->n, .is_batch = job->request->is_batch};
    c->n_txs += job->n;
}

static void commit_toggle(struct admission *a, struct submit_job *job)
{
    const struct toggle_2fa *t = &job->toggle;
    store_account_type type = STORE_TYPE_OWNED;
    bool found;
    if (!t->enable) type = t->has_key ? STORE_TYPE_NO2FA_KEY : STORE_TYPE_NO2FA;
    if (store_account_set_type(a->commit_store, &found, t->account_id, type, t->has_key ? &t->key : NULL) != ZK_OK)
        submit_fail(job, 0, SUBMIT_DATABASE, zk_err_message());
    else if (!found)
        submit_fail(job, 0, SUBMIT_DATABASE, "no such account");
    finish(a, job);
}

/* One database transaction, and then everybody's answer. */
static void commit_all(struct admission *a, struct commit *c)
{
    double mark = metric_clock_s();
    zk_err err = c->n == 0 ? ZK_OK : store_accept(a->commit_store, c->subs, c->n, (int64_t)clock_us(CLOCK_REALTIME));
    char message[SUBMIT_DETAIL_MAX];
    (void)snprintf(message, sizeof message, "%s", err == ZK_OK ? "" : zk_err_message());
    if (err != ZK_OK) log_failure("submissions_not_stored");
    lap(a->metrics.commit, &mark);
    pthread_mutex_lock(&a->lock);
    a->unstored -= c->n_txs;
    pthread_mutex_unlock(&a->lock);
    if (err == ZK_OK && a->config.events != NULL) events_raise(a->config.events, EVENT_BIT(EVENT_TX));
    for (size_t i = 0; i < c->n; i++) {
        if (err != ZK_OK)
            submit_fail(c->jobs[i], 0, SUBMIT_DATABASE, message);
        else if (c->subs[i].duplicate)
            submit_fail(c->jobs[i], 0, SUBMIT_DUPLICATE, NULL);
        finish(a, c->jobs[i]);
    }
}

/* False when all is done. Toggles end the group: they are rare, and a transaction of their own. */
static bool take_commit(struct admission *a, struct commit *c, struct submit_job **toggle)
{
    c->n = c->n_txs = 0;
    *toggle = NULL;
    pthread_mutex_lock(&a->lock);
    while (a->outbox.first == NULL && !a->worker_done) pthread_cond_wait(&a->outbox_wake, &a->lock);
    bool done = a->outbox.first == NULL;
    while (a->outbox.first != NULL && c->n_txs + weight(a->outbox.first) <= COMMIT_TXS) {
        struct submit_job *job = queue_take(&a->outbox);
        if (job->request == NULL) {
            *toggle = job;
            break;
        }
        commit_add(c, job);
    }
    pthread_mutex_unlock(&a->lock);
    return !done;
}

static void *commit_loop(void *arg)
{
    struct admission *a = arg;
    struct commit *c = malloc(sizeof *c);
    struct submit_job *toggle;
    (void)pthread_setname_np(pthread_self(), "accept");
    if (c == NULL) abort(); /* at start, 600 kB */
    while (take_commit(a, c, &toggle)) {
        if (c->n > 0) commit_all(a, c);
        if (toggle != NULL) commit_toggle(a, toggle);
    }
    free(c);
    return NULL;
}

/* ---- the way in ---- */

static submit_error enter(struct admission *a, struct submit_request *request, const struct toggle_2fa *toggle,
                          submit_callback callback, void *ctx)
{
    struct submit_job *job = submit_job_create(request, toggle, callback, ctx);
    if (job == NULL) {
        submit_request_destroy(request);
        if (toggle != NULL) free(toggle->signature.eip1271);
        return SUBMIT_INTERNAL;
    }
    job->arrived_us = clock_us(CLOCK_MONOTONIC);
    pthread_mutex_lock(&a->lock);
    bool taken = a->inside + weight(job) <= a->config.inbox_max && !a->stopping;
    if (taken) {
        bool was_empty = a->inbox.first == NULL;
        a->inside += weight(job);
        queue_put(&a->inbox, job);
        if (was_empty || a->inside == GATHER_TXS) pthread_cond_signal(&a->inbox_wake);
    }
    pthread_mutex_unlock(&a->lock);
    if (taken) return SUBMIT_OK;
    metric_add(a->metrics.refused[SUBMIT_BUSY], 1);
    submit_job_destroy(job);
    return SUBMIT_BUSY;
}

submit_error admission_submit(struct admission *a, struct submit_request *request, submit_callback callback, void *ctx)
{
    assert(request->n <= SUBMIT_BATCH_MAX && (request->is_batch || request->n == 1));
    return enter(a, request, NULL, callback, ctx);
}

submit_error admission_toggle_2fa(struct admission *a, const struct toggle_2fa *toggle, submit_callback callback,
                                  void *ctx)
{
    return enter(a, NULL, toggle, callback, ctx);
}

void admission_set_disabled(struct admission *a, bool disabled)
{
    pthread_mutex_lock(&a->lock);
    a->disabled = disabled;
    pthread_mutex_unlock(&a->lock);
}

void admission_hold(struct admission *a, const char *detail)
{
    pthread_mutex_lock(&a->lock);
    (void)snprintf(a->hold, sizeof a->hold, "%s", detail == NULL ? "" : detail);
    pthread_mutex_unlock(&a->lock);
}

/* ---- life ---- */

struct admission_config admission_config_default(void)
{
    return (struct admission_config){.chain_id = 9,
                                     .l1_timeout_ms = 5000,
                                     .l1_threads = 4,
                                     .enforce_pubkey_change_fee = true,
                                     .inbox_max = 20000,
                                     .pool_max = 200000,
                                     .account_max = 1000,
                                     .keys_max = 65536,
                                     .block_slots = 2560};
}

static void register_metrics(struct admission_metrics *m)
{
    static const char stage[] = "zkroll_admission_stage_seconds";
    static const char stage_help[] = "time of a group of submissions in a stage of admission";
    char labels[64];
    m->accepted = metric_counter("zkroll_admission_accepted_total", NULL, "transactions accepted and durable");
    m->inside = metric_gauge("zkroll_admission_inside", NULL, "transactions between arrival and answer");
    m->latency = metric_seconds("zkroll_admission_seconds", NULL, "from arrival to the answer, of what was accepted");
    m->look_up = metric_seconds(stage, "stage=\"look_up\"", stage_help);
    m->keys = metric_seconds(stage, "stage=\"keys\"", stage_help);
    m->ethereum = metric_seconds(stage, "stage=\"ethereum_signatures\"", stage_help);
    m->l2 = metric_seconds(stage, "stage=\"l2_signatures\"", stage_help);
    m->commit = metric_seconds(stage, "stage=\"commit\"", stage_help);
    for (int e = SUBMIT_OK + 1; e < SUBMIT_ERRORS; e++) {
        (void)snprintf(labels, sizeof labels, "reason=\"%s\"", submit_error_str((submit_error)e));
        m->refused[e] = metric_counter("zkroll_admission_refused_total", labels, "submissions refused");
    }
}

static zk_err allocate(struct admission *a, const struct admission_config *config)
{
    a->tokens = malloc(TOKENS_MAX * sizeof *a->tokens);
    a->group = malloc(GROUP_TXS * sizeof(struct submit_job *));
    if (a->tokens == NULL || a->group == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for admission");
    ZK_TRY(pool_create(&a->pool, config->threads));
    ZK_TRY(arena_map(&a->scratch,
                     tx_verify_scratch_len(SCRATCH_TXS, a->pool) + SCRATCH_TXS * sizeof(struct tx_verify_item) + 4096));
    ZK_TRY(key_cache_create(&a->keys, config->keys_max));
    return submit_quota_create(&a->quota, config->pool_max, config->account_max);
}

static zk_err start(struct admission *a, const struct admission_config *config)
{
    struct store_options options = {.create = false};
    struct l1_asker_config asker = {.urls = config->l1_urls,
                                    .n_urls = config->n_l1_urls,
                                    .contract = config->contract,
                                    .timeout_ms = config->l1_timeout_ms,
                                    .threads = config->l1_threads,
                                    .waiting_max = L1_SETS_MAX};
    a->config = *config;
    a->disabled = config->disabled;
    ZK_TRY(allocate(a, config));
    ZK_TRY(store_open(&a->store, config->database, &options));
    ZK_TRY(store_open(&a->commit_store, config->database, &options));
    ZK_TRY(l1_asker_create(&a->asker, &asker));
    a->committer_runs = pthread_create(&a->committer, NULL, commit_loop, a) == 0;
    a->worker_runs = a->committer_runs && pthread_create(&a->worker, NULL, work, a) == 0;
    if (!a->worker_runs) return zk_fail(ZK_ERR_MEMORY, "cannot start the threads of admission");
    return ZK_OK;
}

zk_err admission_create(struct admission **out, const struct admission_config *config)
{
    *out = NULL;
    struct admission *a = calloc(1, sizeof *a);
    if (a == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for admission");
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->inbox_wake, &monotonic);
    pthread_cond_init(&a->outbox_wake, NULL);
    pthread_condattr_destroy(&monotonic);
    queue_init(&a->inbox);
    queue_init(&a->outbox);
    register_metrics(&a->metrics);
    zk_err err = start(a, config);
    if (err != ZK_OK) {
        admission_destroy(a);
        return err;
    }
    *out = a;
    return ZK_OK;
}

void admission_destroy(struct admission *a)
{
    if (a == NULL) return;
    pthread_mutex_lock(&a->lock);
    a->stopping = true;
    a->worker_done = !a->worker_runs;
    pthread_cond_broadcast(&a->inbox_wake);
    pthread_cond_broadcast(&a->outbox_wake);
    pthread_mutex_unlock(&a->lock);
    if (a->asker != NULL) l1_asker_cancel(a->asker);
    if (a->worker_runs) pthread_join(a->worker, NULL);
    if (a->committer_runs) pthread_join(a->committer, NULL);
    l1_asker_destroy(a->asker);
    assert(a->inside == 0);
    store_close(a->store);
    store_close(a->commit_store);
    submit_quota_destroy(a->quota);
    key_cache_destroy(a->keys);
    arena_unmap(&a->scratch);
    pool_destroy(a->pool);
    free(a->tokens);
    free(a->group);
    pthread_cond_destroy(&a->inbox_wake);
    pthread_cond_destroy(&a->outbox_wake);
    pthread_mutex_destroy(&a->lock);
    free(a);
}
