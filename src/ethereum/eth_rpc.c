#include "ethereum/eth_rpc.h"

#include "base/bytes.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#define DATA_MAX ((size_t)16 << 20)
#define LOGS_MAX 1000000

void eth_bytes_free(struct eth_bytes *b)
{
    free(b->p);
    *b = (struct eth_bytes){0};
}

void eth_logs_free(struct eth_logs *logs)
{
    free(logs->items);
    free(logs->bytes);
    *logs = (struct eth_logs){0};
}

/* ---- forms: quantities are 0x and hexadecimal digits, data is 0x and pairs of them */

static struct json_object *json_data(const uint8_t *bytes, size_t len)
{
    char *text = malloc(2 * len + 3);
    if (text == NULL) return NULL;
    text[0] = '0';
    text[1] = 'x';
    hex_encode(text + 2, bytes, len);
    struct json_object *o = json_object_new_string_len(text, (int)(2 * len + 2));
    free(text);
    return o;
}

static struct json_object *json_quantity(uint64_t x)
{
    char text[24];
    (void)snprintf(text, sizeof text, "0x%llx", (unsigned long long)x);
    return json_object_new_string(text);
}

/* A 256-bit quantity without leading zeros, as the specification demands of requests. */
static struct json_object *json_u256(const uint8_t be[32])
{
    char digits[65];
    char text[67];
    hex_encode(digits, be, 32);
    const char *p = digits;
    while (p[0] == '0' && p[1] != '\0') p++;
    (void)snprintf(text, sizeof text, "0x%s", p);
    return json_object_new_string(text);
}

static struct json_object *params_1(struct json_object *a)
{
    struct json_object *params = json_object_new_array();
    (void)json_object_array_add(params, a);
    return params;
}

static struct json_object *params_2(struct json_object *a, struct json_object *b)
{
    struct json_object *params = params_1(a);
    (void)json_object_array_add(params, b);
    return params;
}

static bool is_string(struct json_object *v)
{
    return v != NULL && json_object_is_type(v, json_type_string);
}

static bool read_u256(uint8_t out[32], struct json_object *v)
{
    char padded[65];
    if (!is_string(v)) return false;
    const char *text = json_object_get_string(v);
    size_t len = (size_t)json_object_get_string_len(v);
    if (len < 3 || len > 66 || text[0] != '0' || text[1] != 'x') return false;
    size_t digits = len - 2;
    memset(padded, '0', 64 - digits);
    memcpy(padded + 64 - digits, text + 2, digits);
    return hex_decode(out, 32, padded, 64);
}

static bool read_u64(uint64_t *out, struct json_object *v)
{
    uint8_t be[32];
    if (!read_u256(be, v)) return false;
    for (int i = 0; i < 24; i++)
        if (be[i] != 0) return false;
    *out = load_be64(be + 24);
    return true;
}

static bool read_fixed(uint8_t *out, size_t len, struct json_object *v)
{
    return is_string(v) && json_object_get_string_len(v) == (int)(2 * len + 2) &&
           hex_decode(out, len, json_object_get_string(v), 2 * len + 2);
}

/* The number of bytes that a data string stands for; false if it is none or too long. */
static bool data_len(size_t *len, struct json_object *v)
{
    if (!is_string(v)) return false;
    size_t n = (size_t)json_object_get_string_len(v);
    if (n < 2 || n % 2 != 0 || memcmp(json_object_get_string(v), "0x", 2) != 0 || n / 2 - 1 > DATA_MAX) return false;
    *len = n / 2 - 1;
    return true;
}

static bool read_data(struct eth_bytes *out, struct json_object *v)
{
    *out = (struct eth_bytes){0};
    if (!data_len(&out->len, v)) return false;
    out->p = malloc(out->len + 1);
    if (out->p == NULL || !hex_decode(out->p, out->len, json_object_get_string(v), 2 * out->len + 2)) {
        eth_bytes_free(out);
        return false;
    }
    return true;
}

static struct json_object *get(struct json_object *object, const char *key)
{
    struct json_object *v = NULL;
    if (object == NULL || !json_object_is_type(object, json_type_object)) return NULL;
    (void)json_object_object_get_ex(object, key, &v);
    return v;
}

static zk_err bad_form(const char *method)
{
    return zk_fail(ZK_ERR_IO, "L1 answers %s in a form that cannot be read", method);
}

/* ---- questions with one number or string as answer */

static zk_err ask_u64(struct rpc *r, uint64_t *out, const char *method, struct json_object *params)
{
    struct rpc_reply reply;
    ZK_TRY(rpc_call(r, &reply, method, params));
    zk_err err = rpc_reply_check(&reply, method);
    if (err == ZK_OK && !read_u64(out, reply.result)) err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

zk_err eth_rpc_chain_id(struct rpc *r, uint64_t *out)
{
    return ask_u64(r, out, "eth_chainId", json_object_new_array());
}

zk_err eth_rpc_nonce(struct rpc *r, uint64_t *out, const uint8_t address[20], bool pending)
{
    return ask_u64(r, out, "eth_getTransactionCount",
                   params_2(json_data(address, 20), json_object_new_string(pending ? "pending" : "latest")));
}

zk_err eth_rpc_nonce_at(struct rpc *r, uint64_t *out, const uint8_t address[20], uint64_t block_number)
{
    return ask_u64(r, out, "eth_getTransactionCount", params_2(json_data(address, 20), json_quantity(block_number)));
}

zk_err eth_rpc_balance(struct rpc *r, uint8_t out[32], const uint8_t address[20])
{
    static const char method[] = "eth_getBalance";
    struct rpc_reply reply;
    ZK_TRY(rpc_call(r, &reply, method, params_2(json_data(address, 20), json_object_new_string("latest"))));
    zk_err err = rpc_reply_check(&reply, method);
    if (err == ZK_OK && !read_u256(out, reply.result)) err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

zk_err eth_rpc_code(struct rpc *r, struct eth_bytes *out, const uint8_t address[20])
{
    static const char method[] = "eth_getCode";
    struct rpc_reply reply;
    *out = (struct eth_bytes){0};
    ZK_TRY(rpc_call(r, &reply, method, params_2(json_data(address, 20), json_object_new_string("latest"))));
    zk_err err = rpc_reply_check(&reply, method);
    if (err == ZK_OK && !read_data(out, reply.result)) err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

zk_err eth_rpc_priority_fee(struct rpc *r, uint64_t *out)
{
    static const char method[] = "eth_maxPriorityFeePerGas";
    struct rpc_reply reply;
    zk_err err = ZK_OK;
    ZK_TRY(rpc_call(r, &reply, method, json_object_new_array()));
    if (reply.failed)
        *out = 1000000000;
    else if (!read_u64(out, reply.result))
        err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

/* ---- blocks */

static bool read_block(struct eth_block *out, struct json_object *v)
{
    struct json_object *base_fee = get(v, "baseFeePerGas");
    out->base_fee = 0;
    return read_u64(&out->number, get(v, "number")) && read_fixed(out->hash, 32, get(v, "hash")) &&
           read_fixed(out->parent_hash, 32, get(v, "parentHash")) && read_u64(&out->timestamp, get(v, "timestamp")) &&
           read_u64(&out->gas_limit, get(v, "gasLimit")) && (base_fee == NULL || read_u64(&out->base_fee, base_fee));
}

static zk_err ask_block(struct rpc *r, struct eth_block *out, bool *found, struct json_object *which)
{
    static const char method[] = "eth_getBlockByNumber";
    struct rpc_reply reply;
    ZK_TRY(rpc_call(r, &reply, method, params_2(which, json_object_new_boolean(false))));
    zk_err err = rpc_reply_check(&reply, method);
    *found = err == ZK_OK && reply.result != NULL;
    if (*found && !read_block(out, reply.result)) err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

zk_err eth_rpc_block(struct rpc *r, struct eth_block *out, bool *found, uint64_t number)
{
    ZK_TRY(ask_block(r, out, found, json_quantity(number)));
    if (*found && out->number != number)
        return zk_fail(ZK_ERR_IO, "L1 answers with block %llu for block %llu", (unsigned long long)out->number,
                       (unsigned long long)number);
    return ZK_OK;
}

zk_err eth_rpc_block_tag(struct rpc *r, struct eth_block *out, const char *tag)
{
    bool found;
    ZK_TRY(ask_block(r, out, &found, json_object_new_string(tag)));
    return found ? ZK_OK : zk_fail(ZK_ERR_IO, "L1 has no \"%s\" block", tag);
}

/* ---- calls */

static struct json_object *call_object(const struct eth_call *c)
{
    struct json_object *o = json_object_new_object();
    if (c->from != NULL) (void)json_object_object_add(o, "from", json_data(c->from, 20));
    if (c->to != NULL) (void)json_object_object_add(o, "to", json_data(c->to, 20));
    if (c->value != NULL) (void)json_object_object_add(o, "value", json_u256(c->value));
    (void)json_object_object_add(o, "data", json_data(c->data, c->data_len));
    if (c->gas != 0) (void)json_object_object_add(o, "gas", json_quantity(c->gas));
    return o;
}

/* Nodes wrap revert data: a string, or an object with a string "data" in it. */
static struct json_object *revert_data(const struct rpc_reply *reply)
{
    return json_object_is_type(reply->data, json_type_object) ? get(reply->data, "data") : reply->data;
}

static const char call_method[] = "eth_call";

static zk_err read_call(struct eth_bytes *out, bool *reverted, const struct rpc_reply *reply)
{
    /* 3 is EIP-1474's "execution reverted"; some nodes answer -32000 with the word. */
    *reverted = reply->failed && (reply->code == 3 || strstr(reply->message, "revert") != NULL);
    if (*reverted) {
        struct json_object *data = revert_data(reply);
        return data == NULL || read_data(out, data) ? ZK_OK : bad_form(call_method);
    }
    ZK_TRY(rpc_reply_check(reply, call_method));
    return read_data(out, reply->result) ? ZK_OK : bad_form(call_method);
}

zk_err eth_rpc_call(struct rpc *r, struct eth_bytes *out, bool *reverted, const struct eth_call *call)
{
    struct rpc_reply reply;
    *out = (struct eth_bytes){0};
    ZK_TRY(rpc_call(r, &reply, call_method, params_2(call_object(call), json_object_new_string("latest"))));
    zk_err err = read_call(out, reverted, &reply);
    rpc_reply_free(&reply);
    return err;
}

static zk_err batch_calls(struct rpc *r, struct rpc_reply *replies, struct rpc_request *requests,
                          const struct eth_call *calls, size_t n, uint64_t block_number)
{
    for (size_t i = 0; i < n; i++)
        requests[i] = (struct rpc_request){call_method, params_2(call_object(&calls[i]), json_quantity(block_number))};
    return rpc_batch(r, replies, requests, n);
}

zk_err eth_rpc_call_many(struct rpc *r, struct eth_bytes *out, bool *reverted, const struct eth_call *calls, size_t n,
                         uint64_t block_number)
{
    struct rpc_reply *replies = calloc(n + 1, sizeof *replies);
    struct rpc_request *requests = calloc(n + 1, sizeof *requests);
    zk_err err = ZK_ERR_MEMORY;
    size_t got = 0;
    memset(out, 0, n * sizeof *out);
    if (replies == NULL || requests == NULL) {
        err = zk_fail(ZK_ERR_MEMORY, "no memory for %zu calls", n);
        goto done;
    }
    err = batch_calls(r, replies, requests, calls, n, block_number);
    if (err != ZK_OK) goto done;
    for (got = 0; got < n && err == ZK_OK; got++) err = read_call(&out[got], &reverted[got], &replies[got]);
    for (size_t i = 0; i < n; i++) rpc_reply_free(&replies[i]);
    for (size_t i = 0; i < got && err != ZK_OK; i++) eth_bytes_free(&out[i]);
done:
    free(replies);
    free(requests);
    return err;
}

/* 3 is EIP-1474's "execution reverted"; nodes have these words for other ways to fail, with various codes. */
static bool says_execution_fails(const struct rpc_reply *reply)
{
    static const char *const words[] = {
        "revert",          "invalid opcode",        "invalid jump", "out of gas",
        "stack underflow", "gas required exceeds",  "vm exception", "vm execution error",
        "evm error",       "max code size exceeded"};
    if (!reply->failed) return false;
    for (size_t i = 0; i < ZK_COUNT(words); i++)
        if (strcasestr(reply->message, words[i]) != NULL) return true;
    return reply->code == 3;
}

zk_err eth_rpc_estimate_gas(struct rpc *r, uint64_t *gas, bool *fails, const struct eth_call *call)
{
    static const char method[] = "eth_estimateGas";
    struct rpc_reply reply;
    *gas = 0;
    ZK_TRY(rpc_call(r, &reply, method, params_1(call_object(call))));
    *fails = says_execution_fails(&reply);
    zk_err err = *fails ? ZK_OK : rpc_reply_check(&reply, method);
    if (err == ZK_OK && !*fails && !read_u64(gas, reply.result)) err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

/* ---- transactions */

/* Nodes agree on few codes but, after years of libraries that look for them, on these words. */
static eth_send classify(const char *message)
{
    static const struct {
        const char *words;
        eth_send outcome;
    } known[] = {
        {"already known", ETH_SEND_ACCEPTED},
        {"already imported", ETH_SEND_ACCEPTED},
        {"known transaction", ETH_SEND_ACCEPTED},
        {"nonce too low", ETH_SEND_NONCE_TOO_LOW},
        {"underpriced", ETH_SEND_UNDERPRICED},
        {"fee cap less than block base fee", ETH_SEND_UNDERPRICED},
        {"less than block base fee", ETH_SEND_UNDERPRICED},
        {"insufficient funds", ETH_SEND_NO_FUNDS},
    };
    for (size_t i = 0; i < ZK_COUNT(known); i++)
        if (strcasestr(message, known[i].words) != NULL) return known[i].outcome;
    return ETH_SEND_REFUSED;
}

zk_err eth_rpc_send_raw(struct rpc *r, eth_send *outcome, const uint8_t *raw, size_t len)
{
    static const char method[] = "eth_sendRawTransaction";
    struct rpc_reply reply;
    uint8_t hash[32];
    ZK_TRY(rpc_call(r, &reply, method, params_1(json_data(raw, len))));
    zk_err err = ZK_OK;
    *outcome = ETH_SEND_ACCEPTED;
    if (reply.failed) {
        *outcome = classify(reply.message);
        zk_err words = rpc_reply_check(&reply, method); /* for zk_err_message() */
        assert(words != ZK_OK);
    } else if (!read_fixed(hash, 32, reply.result)) {
        err = bad_form(method);
    }
    rpc_reply_free(&reply);
    return err;
}

static bool read_receipt(struct eth_receipt *out, struct json_object *v)
{
    uint64_t status;
    struct json_object *price = get(v, "effectiveGasPrice");
    struct json_object *contract = get(v, "contractAddress");
    *out = (struct eth_receipt){0};
    out->created = contract != NULL;
    bool ok = read_u64(&status, get(v, "status")) && status <= 1 &&
              read_u64(&out->block_number, get(v, "blockNumber")) &&
              read_fixed(out->block_hash, 32, get(v, "blockHash")) && read_u64(&out->gas_used, get(v, "gasUsed")) &&
              (price == NULL || read_u64(&out->gas_price, price)) &&
              (contract == NULL || read_fixed(out->contract, 20, contract));
    out->succeeded = ok && status == 1;
    return ok;
}

zk_err eth_rpc_receipt(struct rpc *r, struct eth_receipt *out, bool *found, const uint8_t tx_hash[32])
{
    static const char method[] = "eth_getTransactionReceipt";
    struct rpc_reply reply;
    ZK_TRY(rpc_call(r, &reply, method, params_1(json_data(tx_hash, 32))));
    zk_err err = rpc_reply_check(&reply, method);
    *found = err == ZK_OK && reply.result != NULL;
    if (*found && !read_receipt(out, reply.result)) err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

zk_err eth_rpc_knows_tx(struct rpc *r, bool *known, const uint8_t tx_hash[32])
{
    static const char method[] = "eth_getTransactionByHash";
    struct rpc_reply reply;
    ZK_TRY(rpc_call(r, &reply, method, params_1(json_data(tx_hash, 32))));
    zk_err err = rpc_reply_check(&reply, method);
    *known = err == ZK_OK && reply.result != NULL;
    rpc_reply_free(&reply);
    return err;
}

zk_err eth_rpc_tx_input(struct rpc *r, struct eth_bytes *input, uint8_t from[20], bool *found,
                        const uint8_t tx_hash[32])
{
    static const char method[] = "eth_getTransactionByHash";
    struct rpc_reply reply;
    *input = (struct eth_bytes){0};
    ZK_TRY(rpc_call(r, &reply, method, params_1(json_data(tx_hash, 32))));
    zk_err err = rpc_reply_check(&reply, method);
    *found = err == ZK_OK && reply.result != NULL;
    if (*found && (!read_fixed(from, 20, get(reply.result, "from")) || !read_data(input, get(reply.result, "input"))))
        err = bad_form(method);
    rpc_reply_free(&reply);
    return err;
}

static zk_err read_input(struct eth_bytes *input, const struct rpc_reply *reply, const char *method)
{
    ZK_TRY(rpc_reply_check(reply, method));
    if (reply->result == NULL) return zk_fail(ZK_ERR_IO, "L1 does not have a transaction whose logs it gave");
    return read_data(input, get(reply->result, "input")) ? ZK_OK : bad_form(method);
}

zk_err eth_rpc_tx_inputs(struct rpc *r, struct eth_bytes *inputs, const uint8_t (*hashes)[32], size_t n)
{
    static const char method[] = "eth_getTransactionByHash";
    struct rpc_reply *replies = calloc(n + 1, sizeof *replies);
    struct rpc_request *requests = calloc(n + 1, sizeof *requests);
    zk_err err = ZK_ERR_MEMORY;
    memset(inputs, 0, n * sizeof *inputs);
    if (replies == NULL || requests == NULL) {
        err = zk_fail(ZK_ERR_MEMORY, "no memory for %zu transactions", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) requests[i] = (struct rpc_request){method, params_1(json_data(hashes[i], 32))};
    err = rpc_batch(r, replies, requests, n);
    if (err != ZK_OK) goto done;
    for (size_t i = 0; i < n && err == ZK_OK; i++) err = read_input(&inputs[i], &replies[i], method);
    for (size_t i = 0; i < n; i++) rpc_reply_free(&replies[i]);
    for (size_t i = 0; i < n && err != ZK_OK; i++) eth_bytes_free(&inputs[i]);
done:
    free(replies);
    free(requests);
    return err;
}

/* ---- logs */

static struct json_object *any_of(const uint8_t (*topics)[32], size_t n)
{
    struct json_object *any = json_object_new_array();
    for (size_t i = 0; i < n; i++) (void)json_object_array_add(any, json_data(topics[i], 32));
    return any;
}

static struct json_object *filter_object(const struct eth_filter *f)
{
    struct json_object *o = json_object_new_object();
    struct json_object *addresses = json_object_new_array();
    (void)json_object_object_add(o, "fromBlock", json_quantity(f->from_block));
    (void)json_object_object_add(o, "toBlock", json_quantity(f->to_block));
    for (size_t i = 0; i < f->n_addresses; i++) (void)json_object_array_add(addresses, json_data(f->addresses[i], 20));
    (void)json_object_object_add(o, "address", addresses);
    if (f->n_topics0 > 0) {
        struct json_object *topics = params_1(any_of(f->topics0, f->n_topics0));
        if (f->n_topics1 > 0) (void)json_object_array_add(topics, any_of(f->topics1, f->n_topics1));
        (void)json_object_object_add(o, "topics", topics);
    }
    return o;
}

static bool address_is_asked(const struct eth_filter *f, const uint8_t address[20])
{
    for (size_t i = 0; i < f->n_addresses; i++)
        if (memcmp(f->addresses[i], address, 20) == 0) return true;
    return f->n_addresses == 0;
}

static bool read_topics(struct eth_log *log, struct json_object *v)
{
    if (!json_object_is_type(v, json_type_array) || json_object_array_length(v) > ETH_TOPICS_MAX) return false;
    log->n_topics = json_object_array_length(v);
    for (size_t i = 0; i < log->n_topics; i++)
        if (!read_fixed(log->topics[i], 32, json_object_array_get_idx(v, i))) return false;
    return true;
}

/* Everything but the data, whose length only is taken. */
static bool read_log(struct eth_log *log, struct json_object *v, const struct eth_filter *f)
{
    *log = (struct eth_log){0};
    return read_fixed(log->address, 20, get(v, "address")) && address_is_asked(f, log->address) &&
           read_topics(log, get(v, "topics")) && data_len(&log->data_len, get(v, "data")) &&
           read_u64(&log->block_number, get(v, "blockNumber")) && log->block_number >= f->from_block &&
           log->block_number <= f->to_block && read_fixed(log->block_hash, 32, get(v, "blockHash")) &&
           read_fixed(log->tx_hash, 32, get(v, "transactionHash")) && read_u64(&log->log_index, get(v, "logIndex")) &&
           read_u64(&log->tx_index, get(v, "transactionIndex"));
}

static bool logs_rise(const struct eth_log *a, const struct eth_log *b)
{
    return a->block_number < b->block_number || (a->block_number == b->block_number && a->log_index < b->log_index);
}

static bool read_logs(struct eth_logs *out, struct json_object *v, const struct eth_filter *f)
{
    size_t total = 0;
    if (!json_object_is_type(v, json_type_array) || json_object_array_length(v) > LOGS_MAX) return false;
    size_t n = json_object_array_length(v);
    out->items = calloc(n + 1, sizeof *out->items);
    if (out->items == NULL) return false;
    for (; out->n < n; out->n++) {
        struct eth_log *log = &out->items[out->n];
        if (!read_log(log, json_object_array_get_idx(v, out->n), f)) return false;
        if (out->n > 0 && !logs_rise(log - 1, log)) return false;
        total += log->data_len;
    }
    out->bytes = malloc(total + 1);
    if (out->bytes == NULL) return false;
    uint8_t *p = out->bytes;
    for (size_t i = 0; i < n; i++) {
        struct json_object *data = get(json_object_array_get_idx(v, i), "data");
        size_t len = out->items[i].data_len;
        if (!hex_decode(p, len, json_object_get_string(data), 2 * len + 2)) return false;
        out->items[i].data = p;
        p += len;
    }
    return true;
}

/* How providers say that a range is too long: -32005, or one of these words. */
static bool says_too_many(const struct rpc_reply *reply)
{
    static const char *const words[] = {"more than", "too many", "too large",     "limit",
                                        "range",     "exceed",   "query returned"};
    if (!reply->failed) return false;
    for (size_t i = 0; i < ZK_COUNT(words); i++)
        if (strcasestr(reply->message, words[i]) != NULL) return true;
    return false;
}

zk_err eth_rpc_logs(struct rpc *r, struct eth_logs *out, bool *too_many, const struct eth_filter *filter)
{
    static const char method[] = "eth_getLogs";
    struct rpc_reply reply;
    *out = (struct eth_logs){0};
    ZK_TRY(rpc_call(r, &reply, method, params_1(filter_object(filter))));
    *too_many = says_too_many(&reply);
    zk_err err = *too_many ? ZK_OK : rpc_reply_check(&reply, method);
    if (err == ZK_OK && !*too_many && !read_logs(out, reply.result, filter)) {
        eth_logs_free(out);
        err = bad_form(method);
    }
    rpc_reply_free(&reply);
    return err;
}
