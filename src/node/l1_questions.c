#include "node/l1_questions.h"

#include "ethereum/abi.h"
#include "ethereum/eth_rpc.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define EIP1271_SIGNATURE "isValidSignature(bytes32,bytes)"
#define REPLY_MAX         ((size_t)1 << 16) /* a word, or why it reverted */
#define GAS_MAX           UINT64_C(2000000) /* of a call: anybody may have made the contract */
#define THREADS_MAX       64

/* bytes4, left-aligned in the word that comes back; it is also the function's selector. */
static const uint8_t eip1271_magic[32] = {0x16, 0x26, 0xba, 0x7e};

struct set {
    struct set *next;
    struct l1_question *questions;
    size_t n;
    void (*done)(void *ctx);
    void *ctx;
};

struct l1_asker {
    struct l1_asker_config config;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct set *first, **last;
    size_t waiting;
    bool stopping;
    size_t n_threads;
    pthread_t threads[THREADS_MAX];
    struct rpc *rpcs[THREADS_MAX]; /* one a thread; made before the threads */
    size_t n_rpcs;
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static l1_answer yes_if(bool yes)
{
    return yes ? L1_YES : L1_NO;
}

/* One eth_call; *word is what it returned if that is exactly one word, else *ok is false. */
static zk_err call_word(struct rpc *rpc, uint8_t word[32], bool *ok, const eth_address *to, const uint8_t *data,
                        size_t len)
{
    struct eth_bytes out = {0};
    bool reverted;
    struct eth_call call = {.to = to->b, .data = data, .data_len = len, .gas = GAS_MAX};
    ZK_TRY(eth_rpc_call(rpc, &out, &reverted, &call));
    *ok = !reverted && out.len == 32;
    if (*ok) memcpy(word, out.p, 32);
    eth_bytes_free(&out);
    return ZK_OK;
}

static l1_answer ask_signature(struct rpc *rpc, const struct l1_question *q)
{
    uint8_t word[32];
    bool ok;
    size_t cap = 4 + 3 * 32 + q->sig_len + 64;
    uint8_t *data = malloc(cap);
    if (data == NULL) return L1_SILENT;
    struct abi_out o;
    abi_out_init(&o, data, cap);
    abi_put_selector(&o, EIP1271_SIGNATURE);
    size_t tuple = abi_begin(&o);
    abi_put_word(&o, q->digest.b);
    size_t slot = abi_put_slot(&o);
    abi_fill_slot(&o, slot, tuple);
    abi_put_bytes(&o, q->sig, q->sig_len);
    assert(abi_out_ok(&o));
    zk_err err = call_word(rpc, word, &ok, &q->account, data, o.len);
    free(data);
    /* A node that refuses the call has executed it and failed: out of gas, no such opcode, … */
    if (err == ZK_ERR_INPUT) return L1_NO;
    if (err != ZK_OK) return L1_SILENT;
    return yes_if(ok && memcmp(word, eip1271_magic, 32) == 0);
}

/* One view of the contract with the arguments (address, uint32). */
static zk_err view(struct rpc *rpc, uint8_t word[32], bool *ok, const eth_address *contract, const char *signature,
                   const struct l1_question *q)
{
    uint8_t data[4 + 2 * 32];
    struct abi_out o;
    abi_out_init(&o, data, sizeof data);
    abi_put_selector(&o, signature);
    abi_put_address(&o, q->account.b);
    abi_put_u64(&o, q->nonce);
    assert(abi_out_ok(&o));
    return call_word(rpc, word, ok, contract, data, o.len);
}

/* The fact must stand, and its reset must not have been announced: then it stands for a day at least. The sequencer
 * uses it within an hour (sequencer.h, Q6), which leaves the rest of the day for the block to be committed. */
static l1_answer ask_key(struct rpc *rpc, const eth_address *contract, const struct l1_question *q)
{
    static const uint8_t zero[32];
    uint8_t fact[32], timer[32];
    bool ok_fact, ok_timer;
    if (view(rpc, fact, &ok_fact, contract, "authFacts(address,uint32)", q) != ZK_OK) return L1_SILENT;
    if (!ok_fact || memcmp(fact, q->digest.b, 32) != 0) return L1_NO;
    if (view(rpc, timer, &ok_timer, contract, "authFactsResetTimer(address,uint32)", q) != ZK_OK) return L1_SILENT;
    return yes_if(ok_timer && memcmp(timer, zero, 32) == 0);
}

static bool is_stopping(struct l1_asker *a)
{
    pthread_mutex_lock(&a->lock);
    bool stopping = a->stopping;
    pthread_mutex_unlock(&a->lock);
    return stopping;
}

static void answer(struct l1_asker *a, struct rpc *rpc, struct set *set)
{
    uint64_t deadline = now_ms() + a->config.timeout_ms;
    for (size_t i = 0; i < set->n; i++) {
        struct l1_question *q = &set->questions[i];
        if (q->answer != L1_UNASKED) continue;
        if (rpc == NULL || now_ms() >= deadline || is_stopping(a))
            q->answer = L1_SILENT;
        else
            q->answer = q->kind == L1_ASK_KEY ? ask_key(rpc, &a->config.contract, q) : ask_signature(rpc, q);
    }
    set->done(set->ctx);
    free(set);
}

struct thread_arg {
    struct l1_asker *asker;
    struct rpc *rpc;
};

static void *run(void *arg)
{
    struct thread_arg *own = arg;
    struct l1_asker *a = own->asker;
    (void)pthread_setname_np(pthread_self(), "ask-l1");
    pthread_mutex_lock(&a->lock);
    for (;;) {
        while (a->first == NULL && !a->stopping) pthread_cond_wait(&a->wake, &a->lock);
        struct set *set = a->first;
        if (set == NULL) break;
        a->first = set->next;
        if (a->first == NULL) a->last = &a->first;
        a->waiting--;
        pthread_mutex_unlock(&a->lock);
        answer(a, own->rpc, set);
        pthread_mutex_lock(&a->lock);
    }
    pthread_mutex_unlock(&a->lock);
    free(own);
    return NULL;
}

/* A question is asked twice at most: what has no answer within half the time gets one more attempt. */
static zk_err make_rpc(struct rpc **out, const struct l1_asker_config *config)
{
    struct rpc_config c = {.n_urls = config->n_urls,
                           .timeout_ms = config->timeout_ms / 2 + 1,
                           .tries = 2,
                           .backoff_ms = 50,
                           .reply_max = REPLY_MAX};
    *out = NULL;
    if (config->n_urls == 0) return ZK_OK;
    if (config->n_urls > RPC_URLS_MAX) return zk_fail(ZK_ERR_RANGE, "at most %d L1 endpoints", RPC_URLS_MAX);
    for (size_t i = 0; i < config->n_urls; i++) c.urls[i] = config->urls[i];
    return rpc_create(out, &c);
}

static zk_err start(struct l1_asker *a)
{
    for (size_t i = 0; i < a->config.threads; i++) {
        ZK_TRY(make_rpc(&a->rpcs[i], &a->config));
        a->n_rpcs++;
        struct thread_arg *arg = malloc(sizeof *arg);
        if (arg == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a thread");
        *arg = (struct thread_arg){a, a->rpcs[i]};
        if (pthread_create(&a->threads[i], NULL, run, arg) != 0) {
            free(arg);
            return zk_fail(ZK_ERR_MEMORY, "cannot start a thread that asks L1");
        }
        a->n_threads++;
    }
    return ZK_OK;
}

zk_err l1_asker_create(struct l1_asker **out, const struct l1_asker_config *config)
{
    *out = NULL;
    if (config->threads < 1 || config->threads > THREADS_MAX)
        return zk_fail(ZK_ERR_RANGE, "threads that ask L1: 1 to %d, not %u", THREADS_MAX, config->threads);
    struct l1_asker *a = calloc(1, sizeof *a);
    if (a == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for questions to L1");
    a->config = *config;
    a->last = &a->first;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->wake, NULL);
    zk_err err = start(a);
    a->config.urls = NULL; /* the caller's */
    if (err != ZK_OK) {
        l1_asker_destroy(a);
        return err;
    }
    *out = a;
    return ZK_OK;
}

void l1_asker_cancel(struct l1_asker *a)
{
    pthread_mutex_lock(&a->lock);
    a->stopping = true;
    pthread_cond_broadcast(&a->wake);
    pthread_mutex_unlock(&a->lock);
    for (size_t i = 0; i < a->n_rpcs; i++)
        if (a->rpcs[i] != NULL) rpc_cancel(a->rpcs[i]);
}

void l1_asker_destroy(struct l1_asker *a)
{
    if (a == NULL) return;
    l1_asker_cancel(a);
    for (size_t i = 0; i < a->n_threads; i++) pthread_join(a->threads[i], NULL);
    for (size_t i = 0; i < a->n_rpcs; i++) rpc_destroy(a->rpcs[i]);
    pthread_cond_destroy(&a->wake);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

bool l1_ask(struct l1_asker *a, struct l1_question *questions, size_t n, void (*done)(void *ctx), void *ctx)
{
    struct set *set = malloc(sizeof *set);
    if (set == NULL) return false;
    *set = (struct set){.questions = questions, .n = n, .done = done, .ctx = ctx};
    pthread_mutex_lock(&a->lock);
    bool taken = a->waiting < a->config.waiting_max && !a->stopping;
    if (taken) {
        *a->last = set;
        a->last = &set->next;
        a->waiting++;
        pthread_cond_signal(&a->wake);
    }
    pthread_mutex_unlock(&a->lock);
    if (!taken) free(set);
    return taken;
}
