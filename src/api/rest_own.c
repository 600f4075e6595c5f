/* zkroll's own: /api/zkroll/v1 (docs/api.md). */
#include "api/explorer.h"
#include "api/feed.h"
#include "api/history_csv.h"
#include "api/jobs.h"
#include "api/proofs.h"
#include "api/rest.h"
#include "base/file.h"
#include "ethereum/rpc.h"

#include <stdlib.h>
#include <string.h>

#define OWN(name) static struct json_object *name(struct rest_call *c)

#define L1_REPLY_MAX (8 << 20)

static struct json_object *or_404(struct rest_call *c, struct json_object *o, const char *what)
{
    if (o != NULL || c->e.set) return o;
    return fail_status(&c->e, 404, "%s", what);
}

OWN(get_overview)
{
    return json_overview(c->w, c->api->feed, &c->e);
}

/* ---- blocks */

/* from, limit and direction, each with a default. */
static bool block_page(struct rest_call *c, struct page *page, uint32_t *from)
{
    const char *limit = query_get(&c->query, "limit"), *direction = query_get(&c->query, "direction"),
               *start = query_get(&c->query, "from");
    uint64_t n = 20, at;
    page->order = direction != NULL && strcmp(direction, "newer") == 0 ? STORE_NEWER : STORE_OLDER;
    bool ok = direction == NULL || strcmp(direction, "newer") == 0 || strcmp(direction, "older") == 0;
    if (limit != NULL) ok &= parse_u64(&n, limit, STORE_PAGE_MAX) && n > 0;
    *from = c->w->heads.last_sealed;
    if (start != NULL && strcmp(start, "latest") != 0) {
        ok &= parse_u64(&at, start, UINT32_MAX);
        *from = (uint32_t)at;
    }
    page->limit = (unsigned)n;
    if (!ok) fail_status(&c->e, 400, "want from=latest or a number, limit=1 to 100, direction=older or newer");
    return ok;
}

OWN(get_blocks)
{
    struct page page;
    uint32_t from;
    size_t n;
    struct store_block *blocks = c->w->blocks;
    if (!worker_heads(c->w, &c->e) || !block_page(c, &page, &from)) return NULL;
    if (store_blocks_page(c->w->store, blocks, &n, page.limit, from, page.order, STORE_BLOCK_SEALED) != ZK_OK)
        return fail_store(&c->e);
    struct json_object *o = json_new_object(), *list = json_new_array();
    for (size_t i = 0; i < n && !c->e.set; i++) append(list, json_block_info(c->w, &blocks[i], &c->e));
    put(o, "list", list);
    put_u64(o, "count", c->w->heads.last_sealed);
    return o;
}

static bool block_number(struct rest_call *c, uint32_t *number)
{
    uint64_t n;
    if (!parse_u64(&n, c->args[0], UINT32_MAX)) {
        fail_status(&c->e, 400, "a block is named by its number");
        return false;
    }
    *number = (uint32_t)n;
    return true;
}

OWN(get_block)
{
    uint32_t number;
    if (!block_number(c, &number)) return NULL;
    const struct store_block *b = worker_block(c->w, number, &c->e);
    bool sealed = b != NULL && b->status >= STORE_BLOCK_SEALED;
    return or_404(c, sealed ? json_block_info(c->w, b, &c->e) : NULL, "there is no sealed block of that number");
}

OWN(get_streams)
{
    uint32_t number;
    if (!block_number(c, &number)) return NULL;
    return or_404(c, json_streams(c->w, number, &c->e), "there is no sealed block of that number");
}

OWN(get_timeline)
{
    const char *why;
    hash32 hash;
    if (!parse_tx_hash(&hash, c->args[0], &why)) return fail_status(&c->e, 400, "%s", why);
    return or_404(c, json_timeline(c->w, &hash, &c->e), "nobody knows a transaction of that hash");
}

OWN(get_search)
{
    const char *q = query_get(&c->query, "q");
    if (q == NULL || q[0] == '\0') return fail_status(&c->e, 400, "want q=");
    return json_search(c->w, q, &c->e);
}

OWN(get_events)
{
    c->taken = true;
    feed_open(c->api->feed, c->r, c->x);
    return NULL;
}

/* ---- accounts */

/* {a} of v0.2, with this API's errors. */
static bool account_of(struct rest_call *c, eth_address *address)
{
    if (rest_account(c, address, c->args[0])) return true;
    if (c->e.rest_code == 203) c->e.status = 400;
    if (c->e.rest_code == 204) c->e.status = 404;
    return false;
}

OWN(get_history_csv)
{
    eth_address address;
    if (!account_of(c, &address)) return NULL;
    c->taken = true;
    history_csv(c->api, &address, c->x);
    return NULL;
}

struct proof_job {
    struct rest_later *later;
    struct api *api;
    bool is_nft;
    eth_address address;
    uint32_t token;
};

static void run_proof(void *ctx)
{
    struct proof_job *j = ctx;
    struct api_error e;
    struct json_object *o = NULL;
    struct api_worker *w = worker_begin(j->api, &e);
    if (w != NULL) {
        o = j->is_nft ? proofs_nft(j->api->proofs, w, j->token, &e)
                      : proofs_account(j->api->proofs, w, &j->address, j->token, &e);
    }
    rest_later_done(j->later, o, &e);
    free(j);
}

static struct json_object *prove(struct rest_call *c, const struct proof_job *what)
{
    struct proof_job *j = malloc(sizeof *j);
    struct rest_later *later = j != NULL ? rest_later(c) : NULL;
    if (later == NULL) {
        free(j);
        return fail_status(&c->e, 503, "out of memory");
    }
    *j = *what;
    j->api = c->api;
    j->later = later;
    if (jobs_put(c->api->jobs, run_proof, j)) return NULL;
    rest_later_cancel(later, c);
    free(j);
    return fail_status(&c->e, 503, "too many ask for proofs, try again later");
}

OWN(get_account_proof)
{
    struct proof_job j = {0};
    const char *text = query_get(&c->query, "token");
    uint64_t token = 0;
    if (text != NULL && !parse_u64(&token, text, TOKEN_ID_LAST))
        return fail_status(&c->e, 400, "token: want the id of a fungible token, 0 to %d", TOKEN_ID_LAST);
    if (!account_of(c, &j.address)) return NULL;
    j.token = (uint32_t)token;
    return prove(c, &j);
}

OWN(get_nft_proof)
{
    uint64_t id;
    if (!parse_u64(&id, c->args[0], UINT32_MAX) || !token_is_nft((uint32_t)id))
        return fail_status(&c->e, 400, "want the id of an NFT, from %u on", NFT_ID_FIRST);
    return prove(c, &(struct proof_job){.is_nft = true, .token = (uint32_t)id});
}

/* ---- development chains */

OWN(get_dev)
{
    struct file_map m = {0};
    bool ok = false;
    struct json_object *o = NULL;
    if (c->api->config.dev_file != NULL && file_map(&m, c->api->config.dev_file) == ZK_OK)
        o = json_read((const char *)m.bytes, m.len, &ok);
    file_unmap(&m);
    if (!ok || !json_object_is_type(o, json_type_object)) {
        json_object_put(o);
        return fail_status(&c->e, 404, "this is no development chain");
    }
    if (c->api->config.l1_url != NULL) put_text(o, "l1", "/api/zkroll/v1/dev/l1");
    return o;
}

struct l1_job {
    struct rest_later *later;
    struct api *api;
    struct json_object *request; /* owned */
};

static struct json_object *l1_answer(struct api *api, struct json_object *request, struct api_error *e)
{
    struct rpc_config config = {.urls = {api->config.l1_url}, .n_urls = 1, .tries = 1, .reply_max = L1_REPLY_MAX};
    struct rpc_reply reply;
    struct rpc *l1;
    struct json_object *params = json_member(request, "params");
    if (rpc_create(&l1, &config) != ZK_OK) return fail_status(e, 502, "%s", zk_err_message());
    zk_err err = rpc_call(l1, &reply, json_text(json_member(request, "method")),
                          params != NULL ? json_object_get(params) : json_new_array());
    rpc_destroy(l1);
    if (err != ZK_OK) return fail_status(e, 502, "%s", zk_err_message());
    struct json_object *o = json_new_object();
    put_text(o, "jsonrpc", "2.0");
    put(o, "id", json_object_get(json_member(request, "id")));
    if (reply.failed) {
        struct json_object *error = json_new_object();
        put(error, "code", json_object_new_int64(reply.code));
        put_text(error, "message", reply.message);
        put(error, "data", json_object_get(reply.data));
        put(o, "error", error);
    } else {
        put(o, "result", json_object_get(reply.result));
    }
    rpc_reply_free(&reply);
    return o;
}

static void run_l1(void *ctx)
{
    struct l1_job *j = ctx;
    struct api_error e = {0};
    struct json_object *o = l1_answer(j->api, j->request, &e);
    json_object_put(j->request);
    rest_later_done(j->later, o, &e);
    free(j);
}

OWN(post_dev_l1)
{
    if (c->api->config.l1_url == NULL || c->api->config.dev_file == NULL)
        return fail_status(&c->e, 404, "this is no development chain");
    struct json_object *params = json_member(c->body, "params");
    if (json_text(json_member(c->body, "method")) == NULL ||
        (params != NULL && !json_object_is_type(params, json_type_array)))
        return fail_status(&c->e, 400, "want one JSON-RPC request");
    struct l1_job *j = malloc(sizeof *j);
    struct rest_later *later = j != NULL ? rest_later(c) : NULL;
    if (later == NULL) {
        free(j);
        return fail_status(&c->e, 503, "out of memory");
    }
    *j = (struct l1_job){later, c->api, json_object_get(c->body)};
    if (jobs_put(c->api->jobs, run_l1, j)) return NULL;
    rest_later_cancel(later, c);
    json_object_put(j->request);
    free(j);
    return fail_status(&c->e, 503, "too many ask L1, try again later");
}

#define BASE "/api/zkroll/v1"
const struct rest_route routes_own[] = {
    {HTTP_GET, REST_OWN, BASE "/overview", get_overview},
    {HTTP_GET, REST_OWN, BASE "/blocks", get_blocks},
    {HTTP_GET, REST_OWN, BASE "/blocks/{number}", get_block},
    {HTTP_GET, REST_OWN, BASE "/blocks/{number}/streams", get_streams},
    {HTTP_GET, REST_OWN, BASE "/transactions/{hash}", get_timeline},
    {HTTP_GET, REST_OWN, BASE "/accounts/{account}/history.csv", get_history_csv},
    {HTTP_GET, REST_OWN, BASE "/accounts/{account}/proof", get_account_proof},
    {HTTP_GET, REST_OWN, BASE "/nfts/{id}/proof", get_nft_proof},
    {HTTP_GET, REST_OWN, BASE "/search", get_search},
    {HTTP_GET, REST_OWN, BASE "/events", get_events},
    {HTTP_GET, REST_OWN, BASE "/dev", get_dev},
    {HTTP_POST, REST_OWN, BASE "/dev/l1", post_dev_l1},
    {0},
};
