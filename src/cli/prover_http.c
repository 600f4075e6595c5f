#include "cli/prover_http.h"

#include "base/bytes.h"
#include "ethereum/http_body.h"

#include <curl/curl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define URL_MAX    512
#define TOKEN_MAX  512
#define JSON_MAX   65536
#define JSON_DEPTH 8
#define TRACE_MAX  ((size_t)256 << 20)
#define CONNECT_S  15L
#define TIMEOUT_S  120L
#define NAP_MS     100

struct prover_http {
    CURL *curl;
    struct curl_slist *json_headers, *raw_headers;
    char url[URL_MAX];
    char name[STORE_PROVER_MAX];
    volatile sig_atomic_t stopping;
};

/* ---- one request */

struct answer {
    struct http_body body;
    long status;
};

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return ((struct prover_http *)ctx)->stopping != 0;
}

/* body NULL: GET. The answer is the caller's: free(a->body.bytes). */
static zk_err ask(struct prover_http *p, struct answer *a, const char *path, struct curl_slist *headers,
                  const void *body, size_t len)
{
    char url[URL_MAX + 256];
    (void)snprintf(url, sizeof url, "%s/prover/v1/%s", p->url, path);
    curl_easy_reset(p->curl);
    (void)curl_easy_setopt(p->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(p->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(p->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(p->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    (void)curl_easy_setopt(p->curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    (void)curl_easy_setopt(p->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(p->curl, CURLOPT_WRITEFUNCTION, http_body_take);
    (void)curl_easy_setopt(p->curl, CURLOPT_WRITEDATA, &a->body);
    (void)curl_easy_setopt(p->curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(p->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(p->curl, CURLOPT_XFERINFODATA, p);
    if (body != NULL) {
        (void)curl_easy_setopt(p->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
        (void)curl_easy_setopt(p->curl, CURLOPT_POSTFIELDS, body);
    }
    CURLcode code = curl_easy_perform(p->curl);
    (void)curl_easy_getinfo(p->curl, CURLINFO_RESPONSE_CODE, &a->status);
    if (code != CURLE_OK) return zk_fail(ZK_ERR_IO, "the node does not answer: %s", curl_easy_strerror(code));
    if (a->status == 401 || a->status == 403)
        return zk_fail(ZK_ERR_INPUT,
                       "the node refuses our token: it is set with --token-file or $" CONFIG_PROVER_TOKEN_VARIABLE);
    if (a->status == 200 || a->status == 204 || a->status == 404) return ZK_OK;
    return zk_fail(ZK_ERR_IO, "the node answers with status %ld", a->status);
}

/* A request that is answered with an object; *out = NULL for 204. */
static zk_err ask_json(struct prover_http *p, struct json_object **out, const char *path, struct curl_slist *headers,
                       const void *body, size_t len)
{
    struct answer a = {.body.max = JSON_MAX};
    *out = NULL;
    zk_err err = ask(p, &a, path, headers, body, len);
    if (err == ZK_OK && a.status == 404) err = zk_fail(ZK_ERR_INPUT, "that node has no work for provers (404)");
    if (err == ZK_OK && a.status == 200) {
        struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH);
        if (t != NULL) *out = json_tokener_parse_ex(t, http_body_text(&a.body), (int)a.body.len);
        json_tokener_free(t);
        if (!json_object_is_type(*out, json_type_object)) {
            json_object_put(*out);
            *out = NULL;
            err = zk_fail(ZK_ERR_IO, "the node's answer is no JSON object");
        }
    }
    free(a.body.bytes);
    return err;
}

/* Takes the request. */
static zk_err post_json(struct prover_http *p, struct json_object **out, const char *path, struct json_object *request)
{
    const char *text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
    zk_err err = ask_json(p, out, path, p->json_headers, text, strlen(text));
    json_object_put(request);
    return err;
}

/* ---- reading answers */

static bool get_u64(uint64_t *out, struct json_object *o, const char *key, uint64_t max)
{
    struct json_object *v;
    if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int)) return false;
    *out = json_object_get_uint64(v);
    return json_object_get_int64(v) >= 0 && *out <= max;
}

static const char *get_text(struct json_object *o, const char *key)
{
    struct json_object *v;
    if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string)) return "";
    return json_object_get_string(v);
}

static bool get_hash(uint8_t out[32], struct json_object *o, const char *key)
{
    const char *text = get_text(o, key);
    return hex_decode(out, 32, text, strlen(text));
}

static bool get_token(uint64_t *out, struct json_object *o)
{
    const char *text = get_text(o, "token");
    char *end;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

static bool read_lease(struct proof_lease *out, struct json_object *o)
{
    uint64_t block = 0, key_id = 0, capacity = 0, attempts = 1;
    bool ok = get_u64(&block, o, "block", UINT32_MAX) && get_u64(&key_id, o, "keyId", BLOCK_KEYS - 1) &&
              get_u64(&capacity, o, "capacity", BLOCK_SLOTS_MAX) && get_u64(&out->lease_ms, o, "leaseMs", 86400000) &&
              get_token(&out->token, o) && get_hash(out->key.digest, o, "keyDigest") &&
              get_hash(out->key.srs_id, o, "srsId");
    (void)get_u64(&attempts, o, "attempts", UINT32_MAX);
    out->block = (uint32_t)block;
    out->key_id = (uint32_t)key_id;
    out->capacity = (uint32_t)capacity;
    out->attempts = (uint32_t)attempts;
    return ok;
}

/* ---- the source */

static struct json_object *about(uint32_t block, uint64_t token)
{
    char text[24];
    struct json_object *o = json_object_new_object();
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)token);
    (void)json_object_object_add(o, "block", json_object_new_int64(block));
    (void)json_object_object_add(o, "token", json_object_new_string(text));
    return o;
}

static zk_err lease(void *ctx, struct proof_lease *out, bool *found, const uint32_t *key_ids, size_t n)
{
    struct prover_http *p = ctx;
    struct json_object *request = json_object_new_object(), *keys = json_object_new_array(), *answer;
    for (size_t i = 0; i < n; i++) (void)json_object_array_add(keys, json_object_new_int64(key_ids[i]));
    (void)json_object_object_add(request, "prover", json_object_new_string(p->name));
    (void)json_object_object_add(request, "keys", keys);
    *out = (struct proof_lease){0};
    *found = false;
    ZK_TRY(post_json(p, &answer, "lease", request));
    *found = answer != NULL;
    bool ok = !*found || read_lease(out, answer);
    json_object_put(answer);
    return ok ? ZK_OK : zk_fail(ZK_ERR_IO, "the node's lease is not of the form it must have");
}

static zk_err trace(void *ctx, uint8_t **bytes, size_t *len, bool *found, uint32_t block)
{
    struct prover_http *p = ctx;
    struct answer a = {.body.max = TRACE_MAX};
    char path[32];
    (void)snprintf(path, sizeof path, "trace/%u", block);
    zk_err err = ask(p, &a, path, p->raw_headers, NULL, 0);
    *found = err == ZK_OK && a.status == 200;
    *bytes = *found ? (uint8_t *)a.body.bytes : NULL;
    *len = a.body.len;
    if (!*found) free(a.body.bytes);
    return err;
}

static zk_err heartbeat(void *ctx, bool *ours, uint32_t block, uint64_t token)
{
    struct json_object *answer, *v = NULL;
    *ours = true;
    ZK_TRY(post_json(ctx, &answer, "heartbeat", about(block, token)));
    if (json_object_object_get_ex(answer, "ours", &v)) *ours = json_object_get_boolean(v);
    json_object_put(answer);
    return ZK_OK;
}

static zk_err submit(void *ctx, proof_verdict *verdict, const struct proof_lease *l, const uint8_t *proof, size_t len,
                     uint64_t prove_ms)
{
    struct prover_http *p = ctx;
    struct json_object *answer;
    char path[200];
    (void)snprintf(path, sizeof path, "proof/%u?token=%llu&ms=%llu&prover=%s", l->block, (unsigned long long)l->token,
                   (unsigned long long)prove_ms, p->name);
    ZK_TRY(ask_json(p, &answer, path, p->raw_headers, proof, len));
    const char *text = get_text(answer, "verdict");
    *verdict = PROOF_UNKNOWN;
    for (proof_verdict v = PROOF_ACCEPTED; v <= PROOF_UNKNOWN; v++)
        if (strcmp(text, proof_verdict_str(v)) == 0) *verdict = v;
    json_object_put(answer);
    return ZK_OK;
}

static zk_err fail(void *ctx, uint32_t block, uint64_t token, const char *error)
{
    struct json_object *request = about(block, token), *answer;
    (void)json_object_object_add(request, "error", json_object_new_string(error));
    ZK_TRY(post_json(ctx, &answer, "fail", request));
    json_object_put(answer);
    return ZK_OK;
}

static void wait(void *ctx, int timeout_ms)
{
    const struct prover_http *p = ctx;
    for (int ms = 0; ms < timeout_ms && p->stopping == 0; ms += NAP_MS) {
        const struct timespec t = {.tv_nsec = NAP_MS * 1000000L};
        (void)nanosleep(&t, NULL);
    }
}

static bool stopping(void *ctx)
{
    return ((struct prover_http *)ctx)->stopping != 0;
}

struct prover_source prover_http_source(struct prover_http *p)
{
    return (struct prover_source){.ctx = p,
                                  .lease = lease,
                                  .trace = trace,
                                  .heartbeat = heartbeat,
                                  .submit = submit,
                                  .fail = fail,
                                  .wait = wait,
                                  .stopping = stopping};
}

void prover_http_stop(struct prover_http *p)
{
    p->stopping = 1;
}

/* ---- life */

static zk_err make_headers(struct prover_http *p, const char *token)
{
    char line[TOKEN_MAX + 32];
    struct curl_slist **lists[] = {&p->json_headers, &p->raw_headers};
    static const char *const types[] = {"Content-Type: application/json", "Content-Type: application/octet-stream"};
    bool ok = true;
    (void)snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    for (size_t i = 0; i < ZK_COUNT(lists); i++) {
        *lists[i] = curl_slist_append(NULL, types[i]);
        ok &= *lists[i] != NULL && (token[0] == '\0' || curl_slist_append(*lists[i], line) != NULL);
    }
    zk_wipe(line, sizeof line);
    return ok ? ZK_OK : zk_fail(ZK_ERR_MEMORY, "no memory for an HTTP client");
}

static zk_err open_http(struct prover_http *p, const struct prover_http_config *c)
{
    size_t len = strlen(c->url);
    while (len > 0 && c->url[len - 1] == '/') len--;
    if (len >= URL_MAX || strncmp(c->url, "http", 4) != 0)
        return zk_fail(ZK_ERR_INPUT, "'%.80s' is not a URL of http:// or https://", c->url);
    if (!proof_jobs_is_name(c->name)) return zk_fail(ZK_ERR_INPUT, "'%.64s' is no name for a prover", c->name);
    memcpy(p->url, c->url, len);
    (void)snprintf(p->name, sizeof p->name, "%s", c->name);
    p->curl = curl_easy_init();
    if (p->curl == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an HTTP client");
    return make_headers(p, c->token);
}

zk_err prover_http_create(struct prover_http **out, const struct prover_http_config *config)
{
    struct prover_http *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an HTTP client");
    zk_err err = open_http(p, config);
    if (err != ZK_OK)
        prover_http_destroy(p);
    else
        *out = p;
    return err;
}

void prover_http_destroy(struct prover_http *p)
{
    if (p == NULL) return;
    curl_slist_free_all(p->json_headers);
    curl_slist_free_all(p->raw_headers);
    if (p->curl != NULL) curl_easy_cleanup(p->curl);
    free(p);
}
