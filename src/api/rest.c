#include "api/rest.h"

#include "api/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=utf-8"

/* ---- routes */

bool rest_match(char args[REST_ARGS_MAX][REST_ARG_MAX], const char *pattern, const char *path)
{
    size_t n = 0;
    while (*pattern != '\0') {
        if (*pattern == '{') {
            size_t len = strcspn(path, "/");
            if (len == 0 || n == REST_ARGS_MAX || !parse_segment(args[n], REST_ARG_MAX, path, len)) return false;
            n++;
            path += len;
            pattern += strcspn(pattern, "}") + 1;
            continue;
        }
        if (*pattern != *path) return false;
        pattern++;
        path++;
    }
    return *path == '\0' || strcmp(path, "/") == 0; /* one slash at the end is forgiven */
}

static const struct rest_route *const tables[] = {routes_v02, routes_own, routes_node, routes_prover, routes_v01};

/* *other: the path is known, but not for this method. */
static const struct rest_route *route_of(struct rest_call *c, const char *path, http_method method, bool *other)
{
    if (method == HTTP_HEAD) method = HTTP_GET;
    *other = false;
    for (size_t t = 0; t < ZK_COUNT(tables); t++) {
        for (const struct rest_route *r = tables[t]; r->pattern != NULL; r++) {
            if (!rest_match(c->args, r->pattern, path)) continue;
            if (r->method == method) return r;
            *other = true;
        }
    }
    return NULL;
}

/* ---- envelopes */

static void put_args(struct json_object *o, const struct rest_call *c)
{
    size_t n = 0;
    for (const char *p = strchr(c->route->pattern, '{'); p != NULL; p = strchr(p + 1, '{')) {
        char name[40];
        size_t len = strcspn(p + 1, "}");
        if (len >= sizeof name) len = sizeof name - 1;
        memcpy(name, p + 1, len);
        name[len] = '\0';
        put_text(o, name, c->args[n++]);
    }
    for (size_t i = 0; i < c->query.n; i++) put_text(o, c->query.keys[i], c->query.values[i]);
}

static struct json_object *request_part(const struct rest_call *c)
{
    struct json_object *o = json_new_object(), *args = json_new_object();
    char now[TIME_TEXT_MAX];
    time_text_now(now);
    put_args(args, c);
    put_text(o, "network", c->api->network);
    put_text(o, "apiVersion", "v02");
    put_text(o, "resource", c->r->path);
    put(o, "args", args);
    put_text(o, "timestamp", now);
    return o;
}

static const char *rest_words(const struct api_error *e)
{
    return e->rest_message[0] != '\0' ? e->rest_message : e->message;
}

static struct json_object *envelope(struct json_object *request, struct json_object *result, const struct api_error *e)
{
    struct json_object *o = json_new_object(), *error = NULL;
    put(o, "request", request);
    put_text(o, "status", e->set ? "error" : "success");
    if (e->set) {
        error = json_new_object();
        put_text(error, "errorType", e->type);
        put_u64(error, "code", (uint64_t)e->rest_code);
        put_text(error, "message", rest_words(e));
    }
    put(o, "error", error);
    put(o, "result", result);
    return o;
}

static void reply_json(struct http_exchange *x, int status, struct json_object *o)
{
    struct http_response r = {.status = status, .type = JSON_TYPE};
    r.body = json_take_text(&r.len, o);
    http_reply(x, &r);
}

static void reply_bare_error(struct http_exchange *x, rest_form form, const struct api_error *e)
{
    int status = e->status != 0 ? e->status : 500;
    struct json_object *o = json_new_object();
    if (form == REST_OWN) {
        put_text(o, "error", e->message);
    } else {
        put_u64(o, "code", (uint64_t)e->rest_code);
        put_text(o, "message", rest_words(e));
    }
    reply_json(x, status, o);
}

static void reply(struct http_exchange *x, rest_form form, struct json_object *request, struct json_object *result,
                  const struct api_error *e)
{
    if (form == REST_V02 && (!e->set || e->status == 0)) {
        if (e->set) {
            json_object_put(result);
            result = NULL;
        }
        reply_json(x, 200, envelope(request, result, e));
        return;
    }
    json_object_put(request);
    if (!e->set) {
        if (result == NULL) {
            http_reply_text(x, 200, JSON_TYPE, "null");
        } else {
            reply_json(x, 200, result);
        }
        return;
    }
    json_object_put(result);
    if (form == REST_V02) {
        http_reply_text(x, e->status, TEXT_TYPE, e->message);
    } else {
        reply_bare_error(x, form, e);
    }
}

/* ---- later */

struct rest_later {
    struct http_exchange *x;
    rest_form form;
    struct json_object *request;
};

struct rest_later *rest_later(struct rest_call *c)
{
    struct rest_later *l = malloc(sizeof *l);
    if (l == NULL) return fail_rpc(&c->e, -32603, "Internal error");
    *l = (struct rest_later){c->x, c->route->form, c->route->form == REST_V02 ? request_part(c) : NULL};
    c->taken = true;
    return l;
}

void rest_later_done(struct rest_later *l, struct json_object *result, const struct api_error *e)
{
    reply(l->x, l->form, l->request, result, e);
    free(l);
}

void rest_later_cancel(struct rest_later *l, struct rest_call *c)
{
    c->taken = false;
    json_object_put(l->request);
    free(l);
}

/* ---- the door */

static bool wants_json(const struct rest_route *route)
{
    return route->method == HTTP_POST && route->form != REST_RAW;
}

static void run(struct rest_call *c)
{
    bool ok;
    struct json_object *result = NULL;
    if (!parse_query(&c->query, c->r->query)) {
        c->query.n = 0;
        fail_status(&c->e, 400, "The query string is malformed");
    }
    if (!c->e.set && wants_json(c->route)) {
        c->body = json_read(c->r->body, c->r->body_len, &ok);
        if (!ok) fail_status(&c->e, 400, "The body is not JSON");
    }
    struct api_error begin;
    c->w = c->e.set ? NULL : worker_begin(c->api, &begin);
    if (!c->e.set && c->w == NULL) c->e = begin;
    if (!c->e.set) result = c->route->run(c);
    if (!c->taken) {
        struct json_object *request = c->route->form == REST_V02 ? request_part(c) : NULL;
        reply(c->x, c->route->form == REST_RAW ? REST_OWN : c->route->form, request, result, &c->e);
    }
    json_object_put(c->body);
}

void rest_handle(void *ctx, const struct http_request *r, struct http_exchange *x)
{
    bool other;
    struct rest_call c = {.api = ctx, .r = r, .x = x};
    c.route = route_of(&c, r->path, r->method, &other);
    if (c.route != NULL) {
        run(&c);
    } else if (other) {
        http_reply_text(x, 405, TEXT_TYPE, "Method not allowed\n");
    } else if (strncmp(r->path, "/api/", 5) == 0 || (r->method != HTTP_GET && r->method != HTTP_HEAD)) {
        http_reply_text(x, 404, TEXT_TYPE, "Not found\n");
    } else {
        files_serve(c.api->files, r, x);
    }
}

/* ---- what handlers share */

bool rest_page(struct page *out, struct rest_call *c)
{
    const char *limit = query_get(&c->query, "limit"), *direction = query_get(&c->query, "direction");
    uint64_t n;
    out->from = query_get(&c->query, "from");
    if (out->from == NULL || limit == NULL || direction == NULL) {
        fail_status(&c->e, 400, "Query deserialize error: from, limit and direction are required");
        return false;
    }
    out->latest = strcmp(out->from, "latest") == 0;
    if (!parse_u64(&n, limit, UINT32_MAX) || n == 0) {
        fail_status(&c->e, 400, "Query deserialize error: limit must be a positive number");
        return false;
    }
    if (strcmp(direction, "newer") == 0) {
        out->order = STORE_NEWER;
    } else if (strcmp(direction, "older") == 0) {
        out->order = STORE_OLDER;
    } else {
        fail_status(&c->e, 400, "Query deserialize error: direction must be newer or older");
        return false;
    }
    if (n > STORE_PAGE_MAX) {
        fail_rest(&c->e, "invalidDataError", 206, "Limit for pagination should be less than or equal to 100");
        return false;
    }
    out->limit = (unsigned)n;
    return true;
}

struct json_object *rest_paginated(const struct page *page, struct json_object *list, struct json_object *from,
                                   uint64_t count)
{
    struct json_object *o = json_new_object(), *p = json_new_object();
    put(p, "from", from);
    put_u64(p, "limit", page->limit);
    put_text(p, "direction", page->order == STORE_NEWER ? "newer" : "older");
    put_u64(p, "count", count);
    put(o, "list", list);
    put(o, "pagination", p);
    return o;
}

bool rest_account(struct rest_call *c, eth_address *address, const char *text)
{
    struct store_account_head head;
    uint64_t id;
    bool found;
    if (parse_address(address, text, true)) return true;
    if (!parse_u64(&id, text, UINT32_MAX)) {
        fail_rest(&c->e, "invalidDataError", 203, "Cannot parse account id or address");
        return false;
    }
    if (store_account_head_by_id(c->w->store, &head, &found, (uint32_t)id) != ZK_OK) {
        fail_store(&c->e);
        return false;
    }
    if (!found) {
        fail_rest(&c->e, "invalidDataError", 204, "Account is not found");
        return false;
    }
    *address = head.address;
    return true;
}

bool rest_hash(struct rest_call *c, hash32 *hash, const char *text)
{
    const char *why;
    if (parse_tx_hash(hash, text, &why)) return true;
    fail_status(&c->e, 404, "%s", why);
    return false;
}

bool rest_number(struct rest_call *c, uint64_t *out, const char *text, uint64_t max)
{
    if (parse_u64(out, text, max)) return true;
    fail_status(&c->e, 404, "Not found");
    return false;
}

const struct store_token *rest_token(struct rest_call *c, const struct token_like *like)
{
    const struct store_token *t = worker_token_like(c->w, like, &c->e);
    if (t != NULL || c->e.set) return t;
    return fail_rest(&c->e, "tokenError", 500, "Token not found: %s",
                     like->kind == TOKEN_BY_SYMBOL ? like->symbol : "no token has that id or address");
}
