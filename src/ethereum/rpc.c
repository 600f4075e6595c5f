#include "ethereum/rpc.h"

#include "base/bytes.h"
#include "ethereum/http_body.h"

#include <curl/curl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TIMEOUT_MS_DEFAULT  15000
#define TRIES_DEFAULT       6
#define BACKOFF_MS_DEFAULT  250
#define BACKOFF_MS_MAX      10000
#define REPLY_MAX_DEFAULT   ((size_t)64 << 20)
#define DEPTH_MAX           64
#define CODE_LIMIT_EXCEEDED (-32005) /* EIP-1474 */

struct rpc {
    CURL *curl;
    struct curl_slist *headers;
    char *urls[RPC_URLS_MAX];
    char *hosts[RPC_URLS_MAX]; /* host and port alone: what messages show, for paths and users hold access keys */
    size_t n_urls;
    size_t current; /* the endpoint that answered last */
    const char *peer;
    uint32_t timeout_ms;
    uint32_t tries;
    bool fresh;
    uint32_t backoff_ms;
    uint64_t next_id;
    atomic_bool cancelled;
    struct http_body body; /* the answer being received */
};

static void init_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct rpc *r = ctx;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return atomic_load(&r->cancelled); /* non-zero ends the transfer */
}

/* ---- life */

static bool set_options(struct rpc *r)
{
    CURL *c = r->curl;
    r->headers = curl_slist_append(NULL, "Content-Type: application/json");
    bool ok = r->headers != NULL;
    ok = ok && curl_easy_setopt(c, CURLOPT_HTTPHEADER, r->headers) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(r->timeout_ms < 5000 ? r->timeout_ms : 5000)) ==
                   CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, http_body_take) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_WRITEDATA, &r->body) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_XFERINFODATA, r) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, r->fresh ? 1L : 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_FORBID_REUSE, r->fresh ? 1L : 0L) == CURLE_OK;
    return ok;
}

/* "host:port" of "scheme://user:secret@host:port/path?key", in memory of its own. */
static char *host_of(const char *url)
{
    const char *begin = strstr(url, "://") + 3;
    size_t len = strcspn(begin, "/?#");
    for (size_t i = len; i-- > 0;) {
        if (begin[i] != '@') continue;
        begin += i + 1;
        len -= i + 1;
        break;
    }
    return strndup(begin, len);
}

zk_err rpc_create(struct rpc **out, const struct rpc_config *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *peer = config->peer != NULL ? config->peer : "L1";
    *out = NULL;
    if (config->n_urls < 1 || config->n_urls > RPC_URLS_MAX)
        return zk_fail(ZK_ERR_RANGE, "%zu endpoints of %s given; 1 to %d are supported", config->n_urls, peer,
                       RPC_URLS_MAX);
    for (size_t i = 0; i < config->n_urls; i++)
        if (strncmp(config->urls[i], "http://", 7) != 0 && strncmp(config->urls[i], "https://", 8) != 0)
            return zk_fail(ZK_ERR_INPUT, "endpoint %zu of %s must begin with http:// or https://", i + 1, peer);

    (void)pthread_once(&once, init_curl);
    struct rpc *r = calloc(1, sizeof *r);
    if (r == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a JSON-RPC client");
    r->timeout_ms = config->timeout_ms != 0 ? config->timeout_ms : TIMEOUT_MS_DEFAULT;
    r->fresh = config->fresh;
    r->tries = config->tries != 0 ? config->tries : TRIES_DEFAULT;
    r->backoff_ms = config->backoff_ms != 0 ? config->backoff_ms : BACKOFF_MS_DEFAULT;
    r->body.max = config->reply_max != 0 ? config->reply_max : REPLY_MAX_DEFAULT;
    r->next_id = 1;
    r->peer = peer;
    r->curl = curl_easy_init();
    bool ok = r->curl != NULL && set_options(r);
    for (; ok && r->n_urls < config->n_urls; r->n_urls++) {
        r->urls[r->n_urls] = strdup(config->urls[r->n_urls]);
        r->hosts[r->n_urls] = host_of(config->urls[r->n_urls]);
        ok = r->urls[r->n_urls] != NULL && r->hosts[r->n_urls] != NULL;
    }
    if (!ok) {
        rpc_destroy(r);
        return zk_fail(ZK_ERR_MEMORY, "cannot set up a JSON-RPC client");
    }
    *out = r;
    return ZK_OK;
}

void rpc_destroy(struct rpc *r)
{
    if (r == NULL) return;
    curl_easy_cleanup(r->curl);
    curl_slist_free_all(r->headers);
    for (size_t i = 0; i < RPC_URLS_MAX; i++) {
        free(r->urls[i]);
        free(r->hosts[i]);
    }
    free(r->body.bytes);
    free(r);
}

size_t rpc_endpoint(const struct rpc *r)
{
    return r->current;
}

void rpc_cancel(struct rpc *r)
{
    atomic_store(&r->cancelled, true);
}

void rpc_reply_free(struct rpc_reply *reply)
{
    json_object_put(reply->owner);
    *reply = (struct rpc_reply){0};
}

/* ---- one attempt */

/* One HTTP exchange with endpoint `at`; the answer's JSON in *out, owned. ZK_ERR_IO with the reason. */
static zk_err exchange(struct rpc *r, struct json_object **out, size_t at, const char *text)
{
    const char *host = r->hosts[at];
    long status = 0;
    *out = NULL;
    r->body.len = 0;
    r->body.full = false;
    if (curl_easy_setopt(r->curl, CURLOPT_URL, r->urls[at]) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(text)) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, text) != CURLE_OK)
        return zk_fail(ZK_ERR_MEMORY, "cannot set up a request to %s", host);
    CURLcode code = curl_easy_perform(r->curl);
    if (atomic_load(&r->cancelled)) return zk_fail(ZK_ERR_CANCELLED, "the request to %s was cancelled", host);
    if (r->body.full) return zk_fail(ZK_ERR_IO, "%s answers with more than %zu bytes", host, r->body.max);
    if (code != CURLE_OK) return zk_fail(ZK_ERR_IO, "%s: %s", host, curl_easy_strerror(code));
    (void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 408 || status == 429 || status >= 500)
        return zk_fail(ZK_ERR_IO, "%s answers with HTTP %ld", host, status);

    struct json_tokener *parser = json_tokener_new_ex(DEPTH_MAX);
    if (parser == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to read an answer");
    if (r->body.len <= INT32_MAX) *out = json_tokener_parse_ex(parser, http_body_text(&r->body), (int)r->body.len);
    json_tokener_free(parser);
    if (*out == NULL)
        return zk_fail(ZK_ERR_IO, "%s answers with HTTP %ld and something that is not JSON", host, status);
    return ZK_OK;
}

/* Takes one answer object apart: result or error, for the id asked. False if it is not that. */
static bool read_reply(struct rpc_reply *reply, struct json_object *answer, uint64_t id)
{
    struct json_object *got_id;
    struct json_object *result;
    struct json_object *error;
    struct json_object *member;
    *reply = (struct rpc_reply){0};
    if (!json_object_is_type(answer, json_type_object)) return false;
    if (!json_object_object_get_ex(answer, "id", &got_id) || !json_object_is_type(got_id, json_type_int) ||
        json_object_get_uint64(got_id) != id)
        return false;
    if (json_object_object_get_ex(answer, "error", &error) && json_object_is_type(error, json_type_object)) {
        reply->failed = true;
        if (json_object_object_get_ex(error, "code", &member)) reply->code = json_object_get_int64(member);
        if (json_object_object_get_ex(error, "message", &member) && json_object_is_type(member, json_type_string))
            (void)snprintf(reply->message, sizeof reply->message, "%s", json_object_get_string(member));
        if (json_object_object_get_ex(error, "data", &member)) reply->data = member;
    } else if (json_object_object_get_ex(answer, "result", &result)) {
        reply->result = result;
    } else {
        return false;
    }
    reply->owner = json_object_get(answer);
    return true;
}

static bool is_rate_limit(const struct rpc_reply *reply)
{
    /* The code also stands for answers that are too long, which trying again does not shorten. */
    return reply->failed &&
           (reply->code == 429 || (reply->code == CODE_LIMIT_EXCEEDED && strcasestr(reply->message, "rate") != NULL));
}

static void free_replies(struct rpc_reply *replies, size_t n)
{
    for (size_t i = 0; i < n; i++) rpc_reply_free(&replies[i]);
}

/* Sorts the answers of a batch by their ids, first_id .. first_id + n - 1, each exactly once. */
static bool read_batch(struct rpc_reply *replies, struct json_object *answers, uint64_t first_id, size_t n)
{
    memset(replies, 0, n * sizeof *replies);
    if (!json_object_is_type(answers, json_type_array) || json_object_array_length(answers) != n) return false;
    for (size_t k = 0; k < n; k++) {
        struct json_object *answer = json_object_array_get_idx(answers, k);
        struct json_object *id;
        if (!json_object_is_type(answer, json_type_object) || !json_object_object_get_ex(answer, "id", &id) ||
            !json_object_is_type(id, json_type_int))
            return false;
        uint64_t i = json_object_get_uint64(id) - first_id;
        if (i >= n || replies[i].owner != NULL || !read_reply(&replies[i], answer, first_id + i)) return false;
    }
    return true;
}

struct attempt {
    const char *text;
    uint64_t first_id;
    size_t n;
    bool batch;
    struct rpc_reply *replies;
};

static zk_err try_once(struct rpc *r, const struct attempt *a, size_t at)
{
    struct json_object *answer;
    ZK_TRY(exchange(r, &answer, at, a->text));
    bool ok =
        a->batch ? read_batch(a->replies, answer, a->first_id, a->n) : read_reply(a->replies, answer, a->first_id);
    zk_err err = ZK_OK;
    if (!ok) err = zk_fail(ZK_ERR_IO, "%s does not answer what was asked", r->hosts[at]);
    for (size_t i = 0; err == ZK_OK && i < a->n; i++)
        if (is_rate_limit(&a->replies[i]))
            err = zk_fail(ZK_ERR_IO, "%s limits our rate: %s", r->hosts[at], a->replies[i].message);
    if (err != ZK_OK) free_replies(a->replies, a->n);
    json_object_put(answer);
    return err;
}

/* ---- trying again */

static void pause_ms(struct rpc *r, uint32_t ms)
{
    while (ms > 0 && !atomic_load(&r->cancelled)) {
        uint32_t part = ms < 100 ? ms : 100;
        struct timespec t = {0, (long)part * 1000000};
        (void)nanosleep(&t, NULL);
        ms -= part;
    }
}

static zk_err run(struct rpc *r, const struct attempt *a)
{
    uint32_t wait = r->backoff_ms;
    zk_err err = ZK_ERR_IO;
    for (uint32_t k = 0; k < r->tries; k++) {
        if (k > 0 && k % r->n_urls == 0) {
            pause_ms(r, wait);
            wait = wait < BACKOFF_MS_MAX / 2 ? 2 * wait : BACKOFF_MS_MAX;
        }
        if (atomic_load(&r->cancelled)) return zk_fail(ZK_ERR_CANCELLED, "requests to %s were cancelled", r->peer);
        err = try_once(r, a, r->current);
        if (err != ZK_ERR_IO) return err;
        r->current = (r->current + 1) % r->n_urls;
    }
    return zk_fail(err, "no answer from %s after %u attempts; the last: %.150s", r->peer, r->tries, zk_err_message());
}

static struct json_object *make_request(const char *method, struct json_object *params, uint64_t id)
{
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "jsonrpc", json_object_new_string("2.0"));
    (void)json_object_object_add(o, "id", json_object_new_uint64(id));
    (void)json_object_object_add(o, "method", json_object_new_string(method));
    (void)json_object_object_add(o, "params", params);
    return o;
}

zk_err rpc_call(struct rpc *r, struct rpc_reply *reply, const char *method, struct json_object *params)
{
    *reply = (struct rpc_reply){0};
    struct json_object *request = make_request(method, params, r->next_id);
    struct attempt a = {.text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN),
                        .first_id = r->next_id,
                        .n = 1,
                        .replies = reply};
    r->next_id++;
    zk_err err = run(r, &a);
    json_object_put(request);
    return err;
}

zk_err rpc_batch(struct rpc *r, struct rpc_reply *replies, const struct rpc_request *requests, size_t n)
{
    assert(n <= RPC_BATCH_MAX);
    if (n == 0) return ZK_OK;
    struct json_object *all = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        (void)json_object_array_add(all, make_request(requests[i].method, requests[i].params, r->next_id + i));
    struct attempt a = {.text = json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN),
                        .first_id = r->next_id,
                        .n = n,
                        .batch = true,
                        .replies = replies};
    r->next_id += n;
    zk_err err = run(r, &a);
    json_object_put(all);
    return err;
}

zk_err rpc_reply_check(const struct rpc_reply *reply, const char *method)
{
    if (!reply->failed) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "L1 refuses %s: %s (code %lld)", method, reply->message, (long long)reply->code);
}
