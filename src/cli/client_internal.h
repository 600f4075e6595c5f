/* client_internal: what client.c and client_submit.c share. */
#ifndef ZK_CLI_CLIENT_INTERNAL_H
#define ZK_CLI_CLIENT_INTERNAL_H

#include "cli/client.h"
#include "ethereum/rpc.h"

#include <json-c/json.h>

struct client {
    struct rpc *rpc;
    struct rpc *once; /* the same node, each question asked once: for submissions, which are not idempotent */
    char *rest_url;
    uint32_t timeout_ms;
    uint32_t tries;
    int64_t refusal;
    bool loaded;
    eth_address main_contract, governance;
    struct client_token *tokens; /* by id */
    struct token_label *labels;  /* by id, as many as the highest id and one */
    size_t n_tokens, n_labels;
};

/* Calls a method; a refusal is ZK_ERR_INPUT with its words. On ZK_OK the reply is the caller's to free. */
ZK_MUST_USE zk_err client_call(struct client *c, struct rpc_reply *reply, const char *method,
                               struct json_object *params);

/* "The node answers METHOD with something else." */
zk_err client_bad_answer(const char *method);

/* Members of an answer; false if absent or of another type. */
struct json_object *client_get(struct json_object *o, const char *key);
bool client_get_u64(struct json_object *o, const char *key, uint64_t *out);
bool client_get_u32(struct json_object *o, const char *key, uint32_t *out);
bool client_get_bool(struct json_object *o, const char *key, bool *out);
bool client_get_hex(struct json_object *o, const char *key, uint8_t *out, size_t len);

/* A decimal string. */
bool client_read_amount(struct json_object *v, u128 *out);

/* "0x" and hexadecimal digits. */
struct json_object *client_json_hex(const uint8_t *bytes, size_t len);

#endif
