#include "api/rpc.h"

#include "api/api_internal.h"
#include "api/web3.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX (RPC_REQUESTS_MAX * 1024) /* bytes of refusals, beyond answer_max */

struct rpc_slot {
    struct rpc_call *call;
    struct json_object *id;
    bool has_id; /* else nobody hears of it */
    char *text;  /* the whole answer; NULL: none */
    size_t len;
};

struct rpc_call {
    struct api *api;
    struct rpc_origin origin;
    rpc_reply reply;
    void *ctx;
    bool is_batch;
    int64_t until_ms; /* what is not begun by then is not done */
    size_t n;
    _Atomic size_t bytes; /* of the answers so far, which are the client's */
    _Atomic size_t open;  /* slots without an answer; who takes the last one away finishes */
    struct rpc_slot slots[];
};

const struct rpc_origin *rpc_slot_origin(const struct rpc_slot *slot)
{
    return &slot->call->origin;
}

struct json_object *rpc_param(struct json_object *params, size_t i)
{
    if (!json_object_is_type(params, json_type_array) || i >= json_object_array_length(params)) return NULL;
    return json_object_array_get_idx(params, i);
}

static struct json_object *answer_object(struct json_object *id)
{
    struct json_object *o = json_new_object();
    put_text(o, "jsonrpc", "2.0");
    put(o, "id", json_object_get(id));
    return o;
}

static struct json_object *error_object(struct json_object *id, int code, const char *message, const char *data)
{
    struct json_object *o = answer_object(id), *e = json_new_object();
    put(e, "code", json_object_new_int(code));
    put_text(e, "message", message);
    if (data[0] != '\0') put_text(e, "data", data);
    put(o, "error", e);
    return o;
}

static void reply_object(rpc_reply reply, void *ctx, struct json_object *o)
{
    size_t len;
    char *text = json_take_text(&len, o);
    reply(ctx, text, len);
}

/* The answers, in order, with what an array has around them. */
static char *join(size_t *len, const struct rpc_call *call)
{
    char *all = malloc(atomic_load(&call->bytes) + call->n + 2), *at = all;
    if (all == NULL) abort(); /* as json_out.h says */
    *at++ = '[';
    for (size_t i = 0; i < call->n; i++) {
        const struct rpc_slot *s = &call->slots[i];
        if (s->text == NULL) continue;
        if (at > all + 1) *at++ = ',';
        memcpy(at, s->text, s->len);
        at += s->len;
    }
    *at++ = ']';
    *len = (size_t)(at - all);
    return all;
}

static void call_finish(struct rpc_call *call)
{
    size_t len = 0;
    char *text = NULL;
    if (!call->is_batch) {
        text = call->slots[0].text;
        len = call->slots[0].len;
        call->slots[0].text = NULL;
    } else if (atomic_load(&call->bytes) > 0) {
        text = join(&len, call);
    }
    for (size_t i = 0; i < call->n; i++) {
        json_object_put(call->slots[i].id);
        free(call->slots[i].text);
    }
    clients_give(call->api->clients, &call->origin.who, CLIENT_ANSWERS, atomic_load(&call->bytes));
    call->reply(call->ctx, text, len);
    free(call);
}

/* Room for more bytes, if they are then no more than max. */
static bool take_room(struct rpc_call *call, size_t len, size_t max)
{
    if (atomic_fetch_add(&call->bytes, len) + len <= max &&
        clients_take(call->api->clients, &call->origin.who, CLIENT_ANSWERS, len))
        return true;
    atomic_fetch_sub(&call->bytes, len);
    return false;
}

/* Takes o. What has no room is replaced by an error, and an error by nothing. */
static void slot_say(struct rpc_slot *slot, struct json_object *o)
{
    size_t max = slot->call->api->config.answer_max;
    slot->text = json_take_text(&slot->len, o);
    if (take_room(slot->call, slot->len, max)) return;
    free(slot->text);
    slot->text = json_take_text(&slot->len, error_object(slot->id, RPC_LIMIT, "The answer is too large", ""));
    if (take_room(slot->call, slot->len, max + ERRORS_MAX)) return;
    free(slot->text);
    slot->text = NULL;
}

/* Takes result. */
static void slot_answer(struct rpc_slot *slot, struct json_object *result, const struct api_error *e)
{
    if (!slot->has_id) {
        json_object_put(result);
    } else if (e->set) {
        json_object_put(result);
        slot_say(slot, error_object(slot->id, e->rpc_code, e->message, e->data));
    } else {
        struct json_object *o = answer_object(slot->id);
        put(o, "result", result);
        slot_say(slot, o);
    }
}

void rpc_done(struct rpc_slot *slot, struct json_object *result, const struct api_error *e)
{
    struct rpc_call *call = slot->call;
    slot_answer(slot, result, e);
    if (atomic_fetch_sub(&call->open, 1) == 1) call_finish(call);
}

/* While rpc_handle still hands out, its own count keeps the call alive. */
static void slot_close(struct rpc_slot *slot)
{
    (void)atomic_fetch_sub(&slot->call->open, 1);
}

static void slot_fail(struct rpc_slot *slot, int code, const char *message)
{
    slot_say(slot, error_object(slot->id, code, message, ""));
    slot_close(slot);
}

static void slot_run(struct rpc_slot *slot, struct json_object *request)
{
    struct json_object *id = NULL, *params = NULL;
    struct api_error e = {0};
    if (!json_object_is_type(request, json_type_object)) {
        slot_fail(slot, RPC_INVALID_REQUEST, "Invalid request");
        return;
    }
    slot->has_id = json_object_object_get_ex(request, "id", &id);
    bool bad_id = json_object_is_type(id, json_type_object) || json_object_is_type(id, json_type_array) ||
                  json_object_is_type(id, json_type_boolean);
    if (!bad_id) slot->id = json_object_get(id);
    const char *version = json_text(json_member(request, "jsonrpc"));
    const char *name = json_text(json_member(request, "method"));
    if (bad_id || name == NULL) {
        slot_fail(slot, RPC_INVALID_REQUEST, "Invalid request");
        return;
    }
    if (version == NULL || strcmp(version, "2.0") != 0) {
        slot_fail(slot, RPC_INVALID_REQUEST, "Unsupported JSON-RPC protocol version");
        return;
    }
    if (clock_ms() >= slot->call->until_ms || atomic_load(&slot->call->bytes) >= slot->call->api->config.answer_max) {
        if (slot->has_id) {
            slot_fail(slot, RPC_LIMIT, "Too much for one batch");
        } else {
            slot_close(slot);
        }
        return;
    }
    const struct rpc_method *method = slot->call->origin.is_web3 ? web3_method_find(name) : rpc_method_find(name);
    if (method == NULL) fail_rpc(&e, RPC_METHOD_NOT_FOUND, "Method not found");
    params = json_member(request, "params");
    if (params != NULL && !json_object_is_type(params, json_type_array)) fail_params(&e, "expected an array");
    struct json_object *result = NULL;
    bool later = false;
    struct api_worker *w = e.set ? NULL : worker_begin(slot->call->api, &e);
    if (method != NULL && !e.set) result = method->run(slot, w, params, &e, &later);
    if (later) return;
    slot_answer(slot, result, &e);
    slot_close(slot);
}

void rpc_handle(struct api *api, const char *text, size_t len, const struct rpc_origin *origin, rpc_reply reply,
                void *ctx)
{
    bool ok;
    struct json_object *json = json_read(text, len, &ok);
    if (!ok) {
        reply_object(reply, ctx, error_object(NULL, RPC_PARSE_ERROR, "Parse error", ""));
        return;
    }
    bool is_batch = json_object_is_type(json, json_type_array);
    size_t n = is_batch ? json_object_array_length(json) : 1;
    struct rpc_call *call = n == 0 || n > RPC_REQUESTS_MAX ? NULL : calloc(1, sizeof *call + n * sizeof call->slots[0]);
    if (call == NULL) {
        json_object_put(json);
        reply_object(reply, ctx, error_object(NULL, RPC_INVALID_REQUEST, "Invalid request", ""));
        return;
    }
    call->api = api;
    call->origin = *origin;
    call->reply = reply;
    call->ctx = ctx;
    call->is_batch = is_batch;
    call->n = n;
    call->until_ms = clock_ms() + (int64_t)api->config.batch_ms / (origin->is_ws ? 8 : 1);
    atomic_init(&call->open, n + 1); /* one is ours: nothing finishes while we still hand out */
    for (size_t i = 0; i < n; i++) {
        call->slots[i].call = call;
        slot_run(&call->slots[i], is_batch ? json_object_array_get_idx(json, i) : json);
    }
    json_object_put(json);
    if (atomic_fetch_sub(&call->open, 1) == 1) call_finish(call);
}
