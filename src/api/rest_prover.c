/* The door for provers: /prover/v1, as node/proof_jobs.h says. */
#include "api/rest.h"
#include "node/proof_jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROVER(name) static struct json_object *name(struct rest_call *c)

#define KEYS_MAX 16

/* "Authorization: Bearer TOKEN". */
static bool may_enter(struct rest_call *c)
{
    const char *token = c->api->config.prover_token, *said = http_header(c->x, "Authorization");
    if (c->api->config.proof_jobs == NULL) {
        fail_status(&c->e, 404, "this node has no work for provers");
        return false;
    }
    if (token == NULL) return true;
    size_t len = strlen(token);
    if (said != NULL && strncmp(said, "Bearer ", 7) == 0 && strlen(said + 7) == len &&
        zk_bytes_eq_ct(said + 7, token, len))
        return true;
    fail_status(&c->e, 401, "want the header \"Authorization: Bearer TOKEN\" with this node's token for provers");
    return false;
}

static bool bad_request(struct rest_call *c, const char *why)
{
    fail_status(&c->e, 400, "%s", why);
    return false;
}

static bool get_name(struct rest_call *c, const char **name, const char *text)
{
    *name = text;
    return (text != NULL && proof_jobs_is_name(text)) ||
           bad_request(c, "prover: want 1 to 63 of A-Z a-z 0-9 . _ : @ -");
}

static bool get_keys(struct rest_call *c, uint32_t keys[KEYS_MAX], size_t *n)
{
    struct json_object *list = json_member(c->body, "keys");
    *n = 0;
    if (list == NULL) return true;
    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) > KEYS_MAX)
        return bad_request(c, "keys: want an array of key ids");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        uint64_t id;
        if (!json_u64(&id, json_object_array_get_idx(list, i)) || id > UINT32_MAX)
            return bad_request(c, "keys: want an array of key ids");
        keys[(*n)++] = (uint32_t)id;
    }
    return true;
}

static bool get_block_and_token(struct rest_call *c, uint32_t *block, uint64_t *token)
{
    uint64_t n;
    if (!json_u64(&n, json_member(c->body, "block")) || n > UINT32_MAX) return bad_request(c, "block: want a number");
    *block = (uint32_t)n;
    return parse_u64(token, json_text(json_member(c->body, "token")), UINT64_MAX) ||
           bad_request(c, "token: want the lease's, as text");
}

static void put_key(struct json_object *o, const struct block_key_info *k)
{
    put_hex(o, "keyDigest", "0x", k->digest, sizeof k->digest);
    put_hex(o, "srsId", "0x", k->srs_id, sizeof k->srs_id);
}

PROVER(post_lease)
{
    const char *name;
    uint32_t keys[KEYS_MAX];
    size_t n;
    struct proof_lease l;
    bool found;
    char token[24];
    if (!may_enter(c) || !get_name(c, &name, json_text(json_member(c->body, "prover"))) || !get_keys(c, keys, &n))
        return NULL;
    if (proof_jobs_lease(c->api->config.proof_jobs, c->w->store, &l, &found, name, keys, n) != ZK_OK)
        return fail_store(&c->e);
    if (!found) {
        c->taken = true;
        http_reply(c->x, &(struct http_response){.status = 204});
        return NULL;
    }
    struct json_object *o = json_new_object();
    (void)snprintf(token, sizeof token, "%llu", (unsigned long long)l.token);
    put_u64(o, "block", l.block);
    put_u64(o, "keyId", l.key_id);
    put_u64(o, "capacity", l.capacity);
    put_text(o, "token", token);
    put_u64(o, "leaseMs", l.lease_ms);
    put_key(o, &l.key);
    return o;
}

static bool block_of_path(struct rest_call *c, uint32_t *block)
{
    uint64_t n;
    if (!parse_u64(&n, c->args[0], UINT32_MAX)) return bad_request(c, "a block is named by its number");
    *block = (uint32_t)n;
    return true;
}

PROVER(get_trace)
{
    uint8_t *trace;
    size_t len;
    bool found;
    uint32_t block;
    if (!may_enter(c) || !block_of_path(c, &block)) return NULL;
    if (proof_jobs_trace(c->api->config.proof_jobs, c->w->store, &trace, &len, &found, block) != ZK_OK)
        return fail_store(&c->e);
    if (!found) return fail_status(&c->e, 404, "there is no trace of that block");
    c->taken = true;
    http_reply(c->x, &(struct http_response){
                         .status = 200, .type = "application/octet-stream", .body = (char *)trace, .len = len});
    return NULL;
}

PROVER(post_heartbeat)
{
    uint32_t block;
    uint64_t token;
    bool ours;
    if (!may_enter(c) || !get_block_and_token(c, &block, &token)) return NULL;
    if (proof_jobs_heartbeat(c->api->config.proof_jobs, c->w->store, &ours, block, token) != ZK_OK)
        return fail_store(&c->e);
    struct json_object *o = json_new_object();
    put_bool(o, "ours", ours);
    return o;
}

PROVER(post_proof)
{
    uint32_t block;
    uint64_t token, ms;
    const char *name;
    proof_verdict verdict;
    if (!may_enter(c) || !block_of_path(c, &block) || !get_name(c, &name, query_get(&c->query, "prover"))) return NULL;
    if (!parse_u64(&token, query_get(&c->query, "token"), UINT64_MAX) ||
        !parse_u64(&ms, query_get(&c->query, "ms"), INT64_MAX))
        return fail_status(&c->e, 400, "want token= and ms=");
    if (c->r->body_len > PROOF_JOBS_PROOF_MAX) return fail_status(&c->e, 413, "no proof is that long");
    if (proof_jobs_submit(c->api->config.proof_jobs, c->w->store, &verdict, block, token, name,
                          (const uint8_t *)c->r->body, c->r->body_len, ms) != ZK_OK)
        return fail_store(&c->e);
    struct json_object *o = json_new_object();
    put_text(o, "verdict", proof_verdict_str(verdict));
    return o;
}

PROVER(post_fail)
{
    uint32_t block;
    uint64_t token;
    if (!may_enter(c) || !get_block_and_token(c, &block, &token)) return NULL;
    const char *error = json_text(json_member(c->body, "error"));
    if (error == NULL || strlen(error) >= STORE_ERROR_MAX)
        return fail_status(&c->e, 400, "error: want less than %d bytes of text", STORE_ERROR_MAX);
    if (proof_jobs_fail(c->api->config.proof_jobs, c->w->store, block, token, error) != ZK_OK) return fail_store(&c->e);
    return json_new_object();
}

#define BASE "/prover/v1"
const struct rest_route routes_prover[] = {
    {HTTP_POST, REST_OWN, BASE "/lease", post_lease},
    {HTTP_GET, REST_OWN, BASE "/trace/{block}", get_trace},
    {HTTP_POST, REST_OWN, BASE "/heartbeat", post_heartbeat},
    {HTTP_POST, REST_RAW, BASE "/proof/{block}", post_proof}, /* the body is no JSON */
    {HTTP_POST, REST_OWN, BASE "/fail", post_fail},
    {0},
};
