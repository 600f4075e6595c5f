#include "api/web3.h"

#include "api/api_internal.h"
#include "api/model.h"
#include "api/web3_logs.h"
#include "hash/keccak256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define METHOD(name)                                                                                                   \
    static struct json_object *name(struct rpc_slot *slot, struct api_worker *w, struct json_object *params,           \
                                    struct api_error *e, bool *later)
#define UNUSED_METHOD_ARGUMENTS ((void)slot, (void)w, (void)params, (void)e, (void)later)

#define GAS_LIMIT       50000
#define CODE_REVERTED   3
#define EMPTY_BLOOM_LEN 512

static const char no_such_block[] = "Block with such number doesn't exist yet";

/* ---- constants */

METHOD(client_version)
{
    UNUSED_METHOD_ARGUMENTS;
    return json_new_text("zkSync");
}

METHOD(net_version)
{
    UNUSED_METHOD_ARGUMENTS;
    return json_new_text("240");
}

METHOD(chain_id)
{
    UNUSED_METHOD_ARGUMENTS;
    return new_quantity(WEB3_CHAIN_ID);
}

METHOD(protocol_version)
{
    UNUSED_METHOD_ARGUMENTS;
    return json_new_text("0");
}

METHOD(mining)
{
    UNUSED_METHOD_ARGUMENTS;
    return json_object_new_boolean(false);
}

METHOD(zero)
{
    UNUSED_METHOD_ARGUMENTS;
    return new_quantity(0);
}

METHOD(accounts)
{
    UNUSED_METHOD_ARGUMENTS;
    return json_new_array();
}

/* ---- blocks by number, tag or hash */

METHOD(block_number)
{
    UNUSED_METHOD_ARGUMENTS;
    return worker_heads(w, e) ? new_quantity(w->heads.last_executed) : NULL;
}

static bool parse_quantity(uint64_t *out, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    char digits[17] = "0000000000000000";
    uint8_t bytes[8];
    if (len < 3 || len > 18 || strncmp(text, "0x", 2) != 0) return false;
    memcpy(digits + 18 - len, text + 2, len - 2);
    if (!hex_decode(bytes, sizeof bytes, digits, 16)) return false;
    *out = load_be64(bytes);
    return true;
}

/* NULL or absent: latest. */
static bool block_of(uint64_t *number, struct api_worker *w, struct json_object *v, struct api_error *e)
{
    const char *text = v != NULL ? json_text(v) : "latest";
    if (!worker_heads(w, e)) return false;
    if (text == NULL || (text[0] == '0' && !parse_quantity(number, text))) {
        fail_params(e, "want a block's number in hexadecimal, or earliest, latest, committed, pending");
        return false;
    }
    if (text[0] == '0') return true;
    if (strcmp(text, "earliest") == 0) {
        *number = 0;
    } else if (strcmp(text, "latest") == 0 || strcmp(text, "finalized") == 0) {
        *number = w->heads.last_executed;
    } else if (strcmp(text, "committed") == 0) {
        *number = w->heads.last_committed;
    } else if (strcmp(text, "pending") == 0) {
        *number = w->heads.last_block;
    } else {
        fail_params(e, "unknown block: %.40s", text);
        return false;
    }
    return true;
}

/* NULL: not on L1 yet, or e is set. */
static const struct store_block *committed_block(struct api_worker *w, uint64_t number, struct api_error *e)
{
    if (number > UINT32_MAX) return NULL;
    const struct store_block *b = worker_block(w, (uint32_t)number, e);
    return b != NULL && b->status >= STORE_BLOCK_COMMITTED ? b : NULL;
}

static const struct store_block *block_by_hash(struct api_worker *w, struct json_object *v, struct api_error *e)
{
    hash32 root;
    const char *why;
    uint32_t number;
    bool found;
    if (!parse_tx_hash(&root, json_text(v), &why)) return fail_params(e, "want a block's hash");
    if (store_block_find(w->store, &number, &found, &root) != ZK_OK) return fail_store(e);
    const struct store_block *b = found ? committed_block(w, number, e) : NULL;
    uint8_t bytes[32];
    if (b != NULL) fr_to_be32(bytes, &b->new_root);
    return b != NULL && memcmp(bytes, root.b, 32) == 0 ? b : NULL; /* the same search finds L1 transactions */
}

/* ---- transactions */

static void put_place(struct json_object *o, const struct store_op *op, const fr *root)
{
    put_fr(o, "blockHash", "0x", root);
    put_quantity(o, "blockNumber", op->place.block);
    put_quantity(o, "transactionIndex", op->place.index);
}

static void put_ends(struct json_object *o, struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    static const eth_address nobody;
    eth_address from, to;
    web3_ends(&from, &to, w, op, e);
    put_address(o, "from", &from);
    put(o, "to", eth_address_eq(&to, &nobody) ? NULL : json_new_hex("0x", to.b, sizeof to.b));
}

static struct json_object *transaction_of(struct api_worker *w, const struct store_op *op, const fr *root,
                                          struct api_error *e)
{
    struct json_object *o = json_new_object();
    put_hash(o, "hash", op_hash(op));
    put_quantity(o, "nonce", op->is_priority ? 0 : tx_nonce(&op->tx.tx));
    put_place(o, op, root);
    put_ends(o, w, op, e);
    put_quantity(o, "value", 0);
    put_quantity(o, "gasPrice", 0);
    put_quantity(o, "gas", 0);
    put_text(o, "input", "0x");
    put_quantity(o, "chainId", WEB3_CHAIN_ID);
    put_quantity(o, "v", 0);
    put_quantity(o, "r", 0);
    put_quantity(o, "s", 0);
    return o;
}

/* The entry of that hash in a block whose commit is confirmed; its block's root. */
static bool find_committed(struct api_worker *w, fr *root, struct json_object *v, struct api_error *e)
{
    hash32 hash;
    const char *why;
    bool found;
    if (!parse_tx_hash(&hash, json_text(v), &why)) {
        fail_params(e, "%s", why);
        return false;
    }
    if (!op_find(w, &w->ops[0], &found, &hash, e) || !found) return false;
    const struct store_block *b = committed_block(w, w->ops[0].place.block, e);
    if (b != NULL) *root = b->new_root;
    return b != NULL;
}

METHOD(get_transaction)
{
    fr root;
    (void)slot, (void)later;
    return find_committed(w, &root, rpc_param(params, 0), e) ? transaction_of(w, &w->ops[0], &root, e) : NULL;
}

static void put_bloom(struct json_object *o)
{
    char bloom[2 + EMPTY_BLOOM_LEN + 1] = "0x";
    memset(bloom + 2, '0', EMPTY_BLOOM_LEN);
    bloom[2 + EMPTY_BLOOM_LEN] = '\0';
    put_text(o, "logsBloom", bloom);
}

METHOD(get_receipt)
{
    fr root;
    uint64_t log_index = 0;
    (void)slot, (void)later;
    if (!find_committed(w, &root, rpc_param(params, 0), e)) return NULL;
    const struct store_op *op = &w->ops[0];
    struct json_object *o = json_new_object(), *logs = json_new_array();
    put_hash(o, "transactionHash", op_hash(op));
    put_place(o, op, &root);
    put_ends(o, w, op, e);
    put_quantity(o, "cumulativeGasUsed", 0);
    put_quantity(o, "gasUsed", 0);
    put_quantity(o, "effectiveGasPrice", 0);
    put_null(o, "contractAddress");
    web3_logs(logs, w, op, &root, &log_index, e);
    put(o, "logs", logs);
    put_bloom(o);
    put_fr(o, "root", "0x", &root);
    put_quantity(o, "status", op->rejected ? 0 : 1);
    return o;
}

/* ---- blocks */

typedef void (*op_visit)(void *ctx, const struct store_op *op);

/* All entries of a block, in order, until e is set; through w->ops. */
static void each_op(struct api_worker *w, uint32_t block, op_visit visit, void *ctx, struct api_error *e)
{
    uint32_t from = 0;
    for (;;) {
        size_t n;
        if (store_block_page(w->store, w->ops, &n, STORE_PAGE_MAX, block, from, STORE_NEWER) != ZK_OK) {
            fail_store(e);
            return;
        }
        for (size_t i = 0; i < n && !e->set; i++) visit(ctx, &w->ops[i]);
        if (n < STORE_PAGE_MAX || e->set) return;
        from = w->ops[n - 1].place.index + 1;
    }
}

struct listing {
    struct json_object *list;
    struct api_worker *w;
    fr root;
    bool full;
    const struct log_filter *filter; /* logs */
    uint64_t log_index;
    struct api_error *e;
};

static bool list_has_room(const struct listing *l)
{
    if (json_object_array_length(l->list) < WEB3_LIST_MAX) return true;
    fail_rpc(l->e, RPC_LIMIT, "more than %d results", WEB3_LIST_MAX);
    return false;
}

static void list_transaction(void *ctx, const struct store_op *op)
{
    struct listing *l = ctx;
    if (!list_has_room(l)) return;
    append(l->list, l->full ? transaction_of(l->w, op, &l->root, l->e) : json_new_hex("0x", op_hash(op)->b, 32));
}

static struct json_object *block_json(struct api_worker *w, const struct store_block *b, bool full, struct api_error *e)
{
    static const uint8_t zeros[32];
    struct json_object *o = json_new_object();
    struct listing l = {.list = json_new_array(), .w = w, .root = b->new_root, .full = full, .e = e};
    put_quantity(o, "number", b->header.number);
    put_fr(o, "hash", "0x", &b->new_root);
    put_fr(o, "parentHash", "0x", &b->old_root);
    put_hex(o, "nonce", "0x", zeros, 8);
    put_hex(o, "sha3Uncles", "0x", zeros, 32);
    put_bloom(o);
    put_hex(o, "transactionsRoot", "0x", zeros, 32);
    put_fr(o, "stateRoot", "0x", &b->new_root);
    put_hex(o, "receiptsRoot", "0x", zeros, 32);
    put_hex(o, "miner", "0x", zeros, 20);
    put_hex(o, "mixHash", "0x", zeros, 32);
    put_quantity(o, "difficulty", 0);
    put_quantity(o, "totalDifficulty", 0);
    put_text(o, "extraData", "0x");
    put_quantity(o, "size", 0);
    put_quantity(o, "gasLimit", GAS_LIMIT);
    put_quantity(o, "gasUsed", 0);
    put_quantity(o, "timestamp", b->header.timestamp);
    put(o, "uncles", json_new_array());
    each_op(w, b->header.number, list_transaction, &l, e);
    put(o, "transactions", l.list);
    return o;
}

static bool wants_full(struct json_object *params)
{
    struct json_object *v = rpc_param(params, 1);
    return json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v);
}

METHOD(get_block_by_number)
{
    uint64_t number;
    (void)slot, (void)later;
    if (!block_of(&number, w, rpc_param(params, 0), e)) return NULL;
    const struct store_block *b = committed_block(w, number, e);
    return b != NULL ? block_json(w, b, wants_full(params), e) : NULL;
}

METHOD(get_block_by_hash)
{
    (void)slot, (void)later;
    const struct store_block *b = block_by_hash(w, rpc_param(params, 0), e);
    return b != NULL ? block_json(w, b, wants_full(params), e) : NULL;
}

METHOD(count_by_number)
{
    uint64_t number;
    (void)slot, (void)later;
    if (!block_of(&number, w, rpc_param(params, 0), e)) return NULL;
    const struct store_block *b = committed_block(w, number, e);
    return b != NULL ? new_quantity(b->entries) : NULL;
}

METHOD(count_by_hash)
{
    (void)slot, (void)later;
    const struct store_block *b = block_by_hash(w, rpc_param(params, 0), e);
    return b != NULL ? new_quantity(b->entries) : NULL;
}

/* ---- balances: only the state as executed and as final is kept */

static bool moment_of(store_moment *moment, struct api_worker *w, struct json_object *v, struct api_error *e)
{
    uint64_t number;
    if (!block_of(&number, w, v, e)) return false;
    if (number > w->heads.last_block) {
        fail_rpc(e, RPC_INVALID_PARAMS, "%s", no_such_block);
        return false;
    }
    if (number < w->heads.last_executed) {
        fail_rpc(e, RPC_INTERNAL, "The state of block %llu is not kept any more", (unsigned long long)number);
        return false;
    }
    *moment = number == w->heads.last_executed ? STORE_VERIFIED : STORE_COMMITTED;
    return true;
}

static u128 balance_of(struct api_worker *w, const eth_address *address, uint32_t token, store_moment moment,
                       struct api_error *e)
{
    bool found;
    if (store_account_by_address(w->store, &w->account, &found, address, moment) != ZK_OK) {
        fail_store(e);
        return 0;
    }
    for (size_t i = 0; found && i < w->account.n_balances; i++)
        if (w->account.balances[i].token == token) return w->account.balances[i].amount;
    return 0;
}

METHOD(get_balance)
{
    eth_address address;
    store_moment moment;
    (void)slot, (void)later;
    if (!parse_address(&address, json_text(rpc_param(params, 0)), false)) return fail_params(e, "want an address");
    if (!moment_of(&moment, w, rpc_param(params, 1), e)) return NULL;
    u128 balance = balance_of(w, &address, TOKEN_ID_ETH, moment, e);
    return e->set ? NULL : new_quantity(balance);
}

/* ---- logs */

/* What a filter asks of an address or a topic: one of these texts, as they stand in a log; n = 0: any will do. */
struct log_values {
    size_t n;
    char texts[WEB3_FILTER_MAX][2 + 64 + 1];
};

struct log_filter {
    struct log_values addresses, topics;
    bool fits_nothing; /* it asks for a second topic, and logs have one */
};

static bool add_value(struct log_values *v, struct json_object *value, size_t bytes, struct api_error *e)
{
    const char *text = json_text(value);
    uint8_t raw[32];
    if (text == NULL || strlen(text) != 2 + 2 * bytes || strncmp(text, "0x", 2) != 0 ||
        !hex_decode(raw, bytes, text + 2, 2 * bytes)) {
        fail_params(e, "a filter has addresses of 20 and topics of 32 bytes in hexadecimal");
        return false;
    }
    hex_text(v->texts[v->n++], "0x", raw, bytes);
    return true;
}

/* One text, an array of them, or nothing. */
static bool read_values(struct log_values *v, struct json_object *value, size_t bytes, struct api_error *e)
{
    v->n = 0;
    if (value == NULL) return true;
    if (!json_object_is_type(value, json_type_array)) return add_value(v, value, bytes, e);
    if (json_object_array_length(value) > WEB3_FILTER_MAX) {
        fail_params(e, "a filter has at most %d addresses and topics", WEB3_FILTER_MAX);
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!add_value(v, json_object_array_get_idx(value, i), bytes, e)) return false;
    return true;
}

static bool read_filter(struct log_filter *f, struct json_object *filter, struct api_error *e)
{
    struct json_object *topics = json_member(filter, "topics");
    size_t n = json_object_is_type(topics, json_type_array) ? json_object_array_length(topics) : 0;
    f->fits_nothing = false;
    for (size_t i = 1; i < n; i++) f->fits_nothing |= json_object_array_get_idx(topics, i) != NULL;
    return read_values(&f->addresses, json_member(filter, "address"), sizeof(eth_address), e) &&
           read_values(&f->topics, n > 0 ? json_object_array_get_idx(topics, 0) : NULL, 32, e);
}

static bool value_fits(const struct log_values *v, const char *text)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->texts[i], text) == 0) return true;
    return v->n == 0;
}

static bool log_fits(const struct log_filter *f, struct json_object *log)
{
    return value_fits(&f->addresses, json_text(json_member(log, "address"))) &&
           value_fits(&f->topics, json_text(json_object_array_get_idx(json_member(log, "topics"), 0)));
}

static void list_logs(void *ctx, const struct store_op *op)
{
    struct listing *l = ctx;
    if (!list_has_room(l)) return;
    struct json_object *logs = json_new_array();
    web3_logs(logs, l->w, op, &l->root, &l->log_index, l->e);
    for (size_t i = 0; i < json_object_array_length(logs); i++) {
        struct json_object *log = json_object_array_get_idx(logs, i);
        if (log_fits(l->filter, log)) append(l->list, json_object_get(log));
    }
    json_object_put(logs);
}

/* Blocks that exist, in any state but open: pending logs are those of sealed blocks. */
static bool log_range(uint64_t *first, uint64_t *last, struct api_worker *w, struct json_object *filter,
                      struct api_error *e)
{
    if (json_member(filter, "blockHash") != NULL) {
        const struct store_block *b = block_by_hash(w, json_member(filter, "blockHash"), e);
        *first = *last = b != NULL ? b->header.number : 0;
        return !e->set;
    }
    if (!block_of(first, w, json_member(filter, "fromBlock"), e) ||
        !block_of(last, w, json_member(filter, "toBlock"), e))
        return false;
    if (*first == 0) *first = 1;
    if (*last > w->heads.last_sealed) *last = w->heads.last_sealed;
    if (*last < *first || *last - *first < WEB3_LOG_BLOCKS_MAX) return true;
    fail_params(e, "logs of at most %d blocks at once", WEB3_LOG_BLOCKS_MAX);
    return false;
}

METHOD(get_logs)
{
    struct json_object *asked = rpc_param(params, 0);
    struct log_filter filter;
    uint64_t first, last;
    (void)slot, (void)later;
    if (!json_object_is_type(asked, json_type_object)) return fail_params(e, "want a filter");
    if (!read_filter(&filter, asked, e)) return NULL;
    if (!worker_heads(w, e) || !log_range(&first, &last, w, asked, e)) return NULL;
    struct listing l = {.list = json_new_array(), .w = w, .filter = &filter, .e = e};
    for (uint64_t n = first; n <= last && n > 0 && !e->set && !filter.fits_nothing; n++) {
        const struct store_block *b = worker_block(w, (uint32_t)n, e);
        if (b == NULL) break;
        l.root = b->new_root;
        l.log_index = 0;
        each_op(w, (uint32_t)n, list_logs, &l, e);
    }
    return l.list;
}

/* ---- eth_call */

struct call {
    struct api_worker *w;
    uint8_t selector[4];
    const uint8_t *arg; /* the first 32 bytes of arguments; NULL: there are none */
    store_moment moment;
    struct api_error *e;
};

static bool selects(const struct call *c, const char *signature)
{
    uint8_t hash[32];
    keccak256(hash, signature, strlen(signature));
    return memcmp(hash, c->selector, 4) == 0;
}

static struct json_object *number_word(u128 v)
{
    uint8_t word[32] = {0};
    store_be128(word + 16, v);
    return json_new_hex("0x", word, sizeof word);
}

static struct json_object *address_word(const eth_address *a)
{
    uint8_t word[32] = {0};
    memcpy(word + 12, a->b, sizeof a->b);
    return json_new_hex("0x", word, sizeof word);
}

static struct json_object *all_ones(void)
{
    uint8_t word[32];
    memset(word, 0xff, sizeof word);
    return json_new_hex("0x", word, sizeof word);
}

/* A dynamic string: its offset, length, bytes. */
static struct json_object *string_result(const char *text)
{
    uint8_t bytes[64 + 128] = {0};
    char hex[2 + 2 * sizeof bytes + 1];
    size_t len = strlen(text), padded = (len + 31) / 32 * 32;
    assert(padded <= 128);
    bytes[31] = 32;
    store_be64(bytes + 56, len);
    for (size_t i = 0; i < len; i++) bytes[64 + i] = (uint8_t)text[i];
    hex_text(hex, "0x", bytes, 64 + padded);
    return json_new_text(hex);
}

static bool arg_address(const struct call *c, eth_address *out)
{
    if (c->arg != NULL && bytes_are_zero(c->arg, 12)) {
        memcpy(out->b, c->arg + 12, 20);
        return true;
    }
    fail_rpc(c->e, CODE_REVERTED, "execution reverted");
    return false;
}

static struct json_object *call_token(const struct call *c, const struct store_token *t)
{
    eth_address owner;
    if (selects(c, "name()") || selects(c, "symbol()")) return string_result(t->symbol);
    if (selects(c, "decimals()")) return number_word(t->decimals);
    if (selects(c, "totalSupply()") || selects(c, "allowance(address,address)")) return all_ones();
    if (!selects(c, "balanceOf(address)")) return fail_rpc(c->e, CODE_REVERTED, "execution reverted");
    if (!arg_address(c, &owner)) return NULL;
    u128 balance = balance_of(c->w, &owner, t->id, c->moment, c->e);
    return c->e->set ? NULL : number_word(balance);
}

/* "ipfs://" and the CID of the content hash: base58 of 0x12, 0x20, hash. */
static void ipfs_uri(char out[80], const hash32 *hash)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t number[34] = {0x12, 0x20};
    char text[48];
    size_t n = sizeof text;
    memcpy(number + 2, hash->b, 32);
    text[--n] = '\0';
    for (;;) {
        unsigned rest = 0;
        bool zero_left = true;
        for (size_t i = 0; i < sizeof number; i++) {
            rest = rest << 8 | number[i];
            number[i] = (uint8_t)(rest / 58);
            rest %= 58;
            zero_left &= number[i] == 0;
        }
        text[--n] = digits[rest];
        if (zero_left) break;
    }
    (void)snprintf(out, 80, "ipfs://%s", text + n);
}

static struct json_object *nft_owner(const struct call *c, const struct store_nft *nft)
{
    struct store_account_head head = {0};
    bool found;
    if (store_account_head_by_id(c->w->store, &head, &found, nft->leaf.owner) != ZK_OK) return fail_store(c->e);
    return address_word(&head.address);
}

static struct json_object *nft_balance(const struct call *c)
{
    eth_address owner;
    u128 n_owned = 0;
    bool found;
    uint32_t from = 0;
    if (!arg_address(c, &owner)) return NULL;
    if (eth_address_is_zero(&owner))
        return fail_rpc(c->e, CODE_REVERTED, "execution reverted: ERC721: balance query for the zero address");
    if (store_account_by_address(c->w->store, &c->w->account, &found, &owner, c->moment) != ZK_OK)
        return fail_store(c->e);
    while (found) {
        size_t n = 0;
        if (store_nfts_owned(c->w->store, c->w->nfts, &n, ZK_COUNT(c->w->nfts), c->w->account.id, from, c->moment) !=
            ZK_OK)
            return fail_store(c->e);
        n_owned += n;
        if (n < ZK_COUNT(c->w->nfts)) break;
        from = c->w->nfts[n - 1].id + 1;
    }
    return number_word(n_owned);
}

static struct json_object *no_nft(const struct call *c, const char *what)
{
    return fail_rpc(c->e, CODE_REVERTED, "execution reverted: ERC721%s query for nonexistent token", what);
}

static struct json_object *call_factory(const struct call *c)
{
    static const eth_address nobody;
    struct store_nft nft;
    bool found = false;
    char uri[80];
    if (selects(c, "balanceOf(address)")) return nft_balance(c);
    uint32_t id = c->arg != NULL && bytes_are_zero(c->arg, 28) ? load_be32(c->arg + 28) : 0;
    if (token_is_nft(id) && store_nft_get(c->w->store, &nft, &found, id, c->moment) != ZK_OK) return fail_store(c->e);
    if (selects(c, "ownerOf(uint256)")) return found ? nft_owner(c, &nft) : no_nft(c, ": owner");
    if (selects(c, "getApproved(uint256)")) return found ? address_word(&nobody) : no_nft(c, ": approved");
    if (selects(c, "tokenURI(uint256)")) {
        if (!found) return no_nft(c, "Metadata: URI");
        ipfs_uri(uri, &nft.leaf.content.hash);
        return string_result(uri);
    }
    if (selects(c, "creatorId(uint256)"))
        return found ? number_word(nft.leaf.content.creator) : no_nft(c, ": creator id");
    if (selects(c, "serialId(uint256)")) return found ? number_word(nft.leaf.content.serial) : no_nft(c, ": serial id");
    if (selects(c, "contentHash(uint256)"))
        return found ? json_new_hex("0x", nft.leaf.content.hash.b, 32) : no_nft(c, ": content hash");
    if (selects(c, "creatorAddress(uint256)"))
        return found ? address_word(&nft.leaf.content.creator_address) : no_nft(c, ": creator address");
    return fail_rpc(c->e, CODE_REVERTED, "execution reverted");
}

METHOD(eth_call)
{
    static const eth_address factory = {{0x20}};
    struct json_object *o = rpc_param(params, 0);
    struct token_like to = {.kind = TOKEN_BY_ADDRESS};
    struct call c = {.w = w, .e = e};
    const char *data = json_text(json_member(o, "data"));
    uint8_t bytes[4 + 64] = {0};
    (void)slot, (void)later;
    if (data == NULL) data = json_text(json_member(o, "input"));
    if (!parse_address(&to.address, json_text(json_member(o, "to")), false) || data == NULL)
        return fail_params(e, "want {to, data}");
    size_t len = strlen(data) >= 2 ? (strlen(data) - 2) / 2 : 0;
    if (len < 4 || len > sizeof bytes || !hex_decode(bytes, len, data, strlen(data)))
        return fail_rpc(e, CODE_REVERTED, "execution reverted");
    if (!moment_of(&c.moment, w, rpc_param(params, 1), e)) return NULL;
    memcpy(c.selector, bytes, 4);
    c.arg = len >= 36 ? bytes + 4 : NULL;
    if (eth_address_eq(&to.address, &factory)) return call_factory(&c);
    const struct store_token *t = worker_token_like(w, &to, e);
    if (e->set) return NULL;
    return t != NULL ? call_token(&c, t) : json_new_text("0x"); /* nobody's code */
}

/* ---- the table */

static const struct rpc_method methods[] = {
    {"eth_accounts", accounts},
    {"eth_blockNumber", block_number},
    {"eth_call", eth_call},
    {"eth_chainId", chain_id},
    {"eth_gasPrice", zero},
    {"eth_getBalance", get_balance},
    {"eth_getBlockByHash", get_block_by_hash},
    {"eth_getBlockByNumber", get_block_by_number},
    {"eth_getBlockTransactionCountByHash", count_by_hash},
    {"eth_getBlockTransactionCountByNumber", count_by_number},
    {"eth_getLogs", get_logs},
    {"eth_getTransactionByHash", get_transaction},
    {"eth_getTransactionReceipt", get_receipt},
    {"eth_getUncleCountByBlockHash", zero},
    {"eth_getUncleCountByBlockNumber", zero},
    {"eth_hashrate", zero},
    {"eth_mining", mining},
    {"eth_protocolVersion", protocol_version},
    {"net_version", net_version},
    {"web3_clientVersion", client_version},
};

static int by_name(const void *key, const void *method)
{
    return strcmp(key, ((const struct rpc_method *)method)->name);
}

const struct rpc_method *web3_method_find(const char *name)
{
    return bsearch(name, methods, ZK_COUNT(methods), sizeof methods[0], by_name);
}
