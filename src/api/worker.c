#include "api/worker.h"

#include "api/api_internal.h"
#include "base/log.h"
#include "node/market.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define TOKENS_FOR_MS 1000 /* what is remembered of tokens may be this old */
#define MARKET_FOR_MS 200  /* and of prices: quotes hold much longer */

int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- refusals */

static void set_message(struct api_error *e, const char *fmt, va_list args)
{
    e->set = true;
    (void)vsnprintf(e->message, sizeof e->message, fmt, args);
}

void *fail_store(struct api_error *e)
{
    if (e->set) return NULL;
    log_event(LOG_WARN, "api_store_failed", LOG_STR("why", zk_err_message()), LOG_END);
    *e = (struct api_error){
        .set = true, .rpc_code = 300, .type = "storageError", .rest_code = 300, .message = "Database unavailable"};
    return NULL;
}

void *fail_params(struct api_error *e, const char *fmt, ...)
{
    if (e->set) return NULL;
    *e = (struct api_error){.set = true, .rpc_code = -32602, .type = "submitError", .rest_code = 602, .status = 400};
    va_list args;
    va_start(args, fmt);
    int n = snprintf(e->message, sizeof e->message, "Invalid params: ");
    (void)vsnprintf(e->message + n, sizeof e->message - (size_t)n, fmt, args);
    va_end(args);
    return NULL;
}

void *fail_rpc(struct api_error *e, int code, const char *fmt, ...)
{
    if (e->set) return NULL;
    *e = (struct api_error){.rpc_code = code, .type = "internalError", .rest_code = 60000};
    va_list args;
    va_start(args, fmt);
    set_message(e, fmt, args);
    va_end(args);
    return NULL;
}

void *fail_rest(struct api_error *e, const char *type, int code, const char *fmt, ...)
{
    if (e->set) return NULL;
    *e = (struct api_error){.rpc_code = -32603, .type = type, .rest_code = code};
    va_list args;
    va_start(args, fmt);
    set_message(e, fmt, args);
    va_end(args);
    return NULL;
}

void *fail_status(struct api_error *e, int status, const char *fmt, ...)
{
    if (e->set) return NULL;
    *e = (struct api_error){.rpc_code = -32603, .type = "internalError", .rest_code = 60000, .status = status};
    va_list args;
    va_start(args, fmt);
    set_message(e, fmt, args);
    va_end(args);
    return NULL;
}

void *fail_submit(struct api_error *e, submit_error error, const char *detail, bool toggle)
{
    struct submit_reply rpc, rest;
    if (e->set) return NULL;
    if (toggle) {
        submit_error_toggle_rpc(&rpc, error, detail);
        submit_error_toggle_rest(&rest, error, detail);
    } else {
        submit_error_rpc(&rpc, error, detail);
        submit_error_rest(&rest, error, detail);
    }
    *e = (struct api_error){.set = true, .rpc_code = rpc.code, .type = "submitError", .rest_code = rest.code};
    (void)snprintf(e->message, sizeof e->message, "%s", rpc.message);
    (void)snprintf(e->rest_message, sizeof e->rest_message, "%s", rest.message);
    if (rpc.has_data) (void)snprintf(e->data, sizeof e->data, "%s", rpc.data);
    return NULL;
}

/* ---- life */

static void worker_free(void *arg)
{
    struct api_worker *w = arg;
    if (w == NULL) return;
    store_close(w->store);
    free(w);
}

zk_err workers_init(struct api *api)
{
    if (pthread_key_create(&api->worker_key, worker_free) != 0)
        return zk_fail(ZK_ERR_MEMORY, "no thread-specific data left");
    return ZK_OK;
}

void workers_free(struct api *api)
{
    worker_end(api); /* of this thread; the others ended with theirs */
    pthread_key_delete(api->worker_key);
}

static struct api_worker *worker_new(struct api *api, struct api_error *e)
{
    struct api_worker *w = calloc(1, sizeof *w);
    if (w == NULL) return fail_rpc(e, -32603, "Internal error");
    w->api = api;
    w->tokens_stale = w->market_stale = true;
    if (store_open(&w->store, api->config.database, &(struct store_options){0}) != ZK_OK) {
        free(w);
        return fail_store(e);
    }
    if (pthread_setspecific(api->worker_key, w) != 0) {
        worker_free(w);
        return fail_rpc(e, -32603, "Internal error");
    }
    return w;
}

struct api_worker *worker_begin(struct api *api, struct api_error *e)
{
    memset(e, 0, sizeof *e);
    struct api_worker *w = pthread_getspecific(api->worker_key);
    if (w == NULL) w = worker_new(api, e);
    if (w == NULL) return NULL;
    uint64_t token;
    if (store_change_token(w->store, &token) != ZK_OK) return fail_store(e);
    if (!w->token_known || token != w->token) {
        w->heads_known = false;
        w->tokens_stale = w->market_stale = true;
        w->last_block.header.number = 0;
    }
    w->token_known = true;
    w->token = token;
    return w;
}

void worker_end(struct api *api)
{
    worker_free(pthread_getspecific(api->worker_key));
    pthread_setspecific(api->worker_key, NULL);
}

/* ---- what it remembers */

bool worker_heads(struct api_worker *w, struct api_error *e)
{
    if (!w->heads_known) {
        if (store_heads(w->store, &w->heads) != ZK_OK) {
            fail_store(e);
            return false;
        }
        w->heads_known = true;
    }
    return true;
}

static bool tokens_read(struct api_worker *w, struct api_error *e)
{
    if (store_tokens(w->store, w->tokens, &w->n_tokens, ZK_COUNT(w->tokens), 0) != ZK_OK) {
        w->n_tokens = 0;
        fail_store(e);
        return false;
    }
    w->tokens_stale = false;
    w->tokens_at_ms = clock_ms();
    return true;
}

bool worker_tokens(struct api_worker *w, struct api_error *e)
{
    if (w->n_tokens > 0 && (!w->tokens_stale || clock_ms() - w->tokens_at_ms < TOKENS_FOR_MS)) return true;
    return tokens_read(w, e);
}

static const struct store_token *find_id(const struct api_worker *w, uint32_t id)
{
    size_t lo = 0, hi = w->n_tokens;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (w->tokens[mid].id == id) return &w->tokens[mid];
        if (w->tokens[mid].id < id) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return NULL;
}

static const struct store_token *find_like(const struct api_worker *w, const struct token_like *like)
{
    if (like->kind == TOKEN_BY_ID) return find_id(w, like->id);
    for (size_t i = 0; i < w->n_tokens; i++) {
        const struct store_token *t = &w->tokens[i];
        if (like->kind == TOKEN_BY_ADDRESS ? eth_address_eq(&t->address, &like->address)
                                           : strcasecmp(t->symbol, like->symbol) == 0)
            return t;
    }
    return NULL;
}

const struct store_token *worker_token_like(struct api_worker *w, const struct token_like *like, struct api_error *e)
{
    if (!worker_tokens(w, e)) return NULL;
    const struct store_token *t = find_like(w, like);
    if (t != NULL || !w->tokens_stale) return t;
    return tokens_read(w, e) ? find_like(w, like) : NULL; /* it may be new */
}

const struct store_token *worker_token(struct api_worker *w, uint32_t id, struct api_error *e)
{
    return worker_token_like(w, &(struct token_like){.kind = TOKEN_BY_ID, .id = id}, e);
}

const char *worker_symbol(struct api_worker *w, char out[SYMBOL_TEXT_MAX], uint32_t id, struct api_error *e)
{
    const struct store_token *t = token_is_fungible(id) ? worker_token(w, id, e) : NULL;
    if (t != NULL) {
        (void)snprintf(out, SYMBOL_TEXT_MAX, "%s", t->symbol);
    } else {
        (void)snprintf(out, SYMBOL_TEXT_MAX, "%s-%u", token_is_fungible(id) ? "ERC20" : "NFT", id);
    }
    return out;
}

const struct store_block *worker_block(struct api_worker *w, uint32_t number, struct api_error *e)
{
    bool found;
    if (number == 0) return NULL;
    if (w->last_block.header.number == number) return &w->last_block;
    w->last_block.header.number = 0;
    if (store_block_get(w->store, &w->last_block, &found, number) != ZK_OK) return fail_store(e);
    if (!found) {
        w->last_block.header.number = 0;
        return NULL;
    }
    return &w->last_block;
}

const struct store_tally *worker_tally(struct api_worker *w, uint32_t first, const struct store_block *last,
                                       struct api_error *e)
{
    uint32_t number = last->header.number;
    struct worker_tally *t = &w->tallies[(2 * number + (first != number)) % WORKER_TALLIES];
    if (t->last == number && t->first == first && t->sealed_at == last->sealed_at && fr_eq(&t->root, &last->new_root))
        return &t->tally;
    t->last = 0;
    if (store_tally(w->store, &t->tally, first, number) != ZK_OK) return fail_store(e);
    t->first = first;
    t->last = number;
    t->root = last->new_root;
    t->sealed_at = last->sealed_at;
    return &t->tally;
}

bool worker_market(struct api_worker *w, struct api_error *e)
{
    bool found;
    if (!w->market_stale || (w->market_at_ms != 0 && clock_ms() - w->market_at_ms < MARKET_FOR_MS)) return true;
    if (market_load(w->store, &w->market, &found) != ZK_OK) {
        fail_store(e);
        return false;
    }
    if (!found) memset(&w->market, 0, sizeof w->market); /* nobody can pay yet */
    w->market_stale = false;
    w->market_at_ms = clock_ms();
    return true;
}
