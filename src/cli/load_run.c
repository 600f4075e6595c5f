#include "cli/load_run.h"

#include "base/bytes.h"
#include "base/pool.h"
#include "ethereum/zkroll_contract.h"
#include "hash/keccak256.h"
#include "rollup/amount.h"
#include "rollup/tx_json.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define AMOUNT         1000000 /* base units a transfer */
#define FUND_BATCH     16      /* accounts funded together: fits the smallest block */
#define POLL_US        50000
#define SETUP_SECONDS  180 /* for a step of the preparation */
#define FEE_PERCENT    150 /* of the quote: it must hold for the whole run */
#define RESERVE_FACTOR 4   /* key changes and quotes that rise */
#define SIGN_GROUP     16
#define SIGN_AHEAD_S   10 /* at a rate: signed so long before they are sent */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void nap(void)
{
    struct timespec t = {.tv_nsec = POLL_US * 1000};
    (void)nanosleep(&t, NULL);
}

static void say(const struct load_run *t, const char *what, uint64_t n)
{
    if (!t->o.quiet) (void)fprintf(stderr, "%s %llu\n", what, (unsigned long long)n);
}

/* ---- opening */

/* http://host[:port][/path]; nothing else is spoken to. */
static zk_err parse_url(struct load_run *t)
{
    unsigned port = 80;
    int used = 0;
    const char *url = t->o.rpc_url;
    if (sscanf(url, "http://%255[^:/]%n", t->host, &used) != 1)
        return zk_fail(ZK_ERR_INPUT, "the load needs an http:// address, not %s", url);
    url += used;
    if (*url == ':' && sscanf(url, ":%5u%n", &port, &used) == 1) url += used;
    if (port == 0 || port > 65535) return zk_fail(ZK_ERR_INPUT, "no such port: %u", port);
    t->port = (uint16_t)port;
    (void)snprintf(t->path, sizeof t->path, "%s", *url == '/' ? url : "/");
    return ZK_OK;
}

static zk_err make_account(void *ctx, size_t i, unsigned worker)
{
    struct load_run *t = ctx;
    struct eth_key key;
    uint8_t secret[32], index[4];
    struct keccak256 k;
    (void)worker;
    store_be32(index, (uint32_t)i);
    keccak256_init(&k);
    keccak256_update(&k, t->o.seed, strlen(t->o.seed));
    keccak256_update(&k, index, sizeof index);
    keccak256_final(&k, secret);
    ZK_TRY(eth_key_from_secret(&key, secret));
    return signer_init(&t->accounts[i].signer, &key, t->o.chain_id);
}

/* One after the other on every processor. */
static zk_err in_parallel(struct load_run *t, size_t n, pool_body body)
{
    struct pool *pool;
    ZK_TRY(pool_create(&pool, 0));
    zk_err err = pool_for(pool, n, body, t);
    pool_destroy(pool);
    return err;
}

zk_err load_run_open(struct load_run *t, const struct load_options *o)
{
    *t = (struct load_run){.o = *o};
    struct client_config c = {.rpc_url = o->rpc_url, .rest_url = o->rest_url};
    ZK_TRY(parse_url(t));
    ZK_TRY(client_create(&t->client, &c));
    ZK_TRY(client_load(t->client));
    ZK_TRY(client_token(t->client, &t->token, o->token));
    ZK_TRY(signer_init(&t->funder, o->funder, o->chain_id));
    t->accounts = calloc(o->accounts, sizeof *t->accounts);
    t->shots = calloc(o->transfers, sizeof *t->shots);
    if (t->accounts == NULL || t->shots == NULL)
        return zk_fail(ZK_ERR_MEMORY, "no memory for %u transfers", o->transfers);
    return in_parallel(t, o->accounts, make_account);
}

void load_run_close(struct load_run *t)
{
    for (size_t i = 0; t->shots != NULL && i < t->o.transfers; i++) free(t->shots[i].bytes);
    for (size_t i = 0; t->accounts != NULL && i < t->o.accounts; i++) signer_wipe(&t->accounts[i].signer);
    signer_wipe(&t->funder);
    free(t->accounts);
    free(t->shots);
    client_destroy(t->client);
    *t = (struct load_run){0};
}

/* ---- money and keys */

struct look {
    bool exists;
    uint32_t id, nonce;
    pubkey_hash key;
    u128 balance;
};

static zk_err look_at(struct load_run *t, struct look *out, const struct signer *who)
{
    struct client_account a;
    eth_address address = signer_address(who);
    ZK_TRY(client_account(t->client, &a, &address));
    *out = (struct look){.exists = a.exists,
                         .id = a.id,
                         .nonce = a.committed.nonce,
                         .key = a.committed.pubkey_hash,
                         .balance = client_balance_of(&a.committed, t->token.id)};
    client_account_free(&a);
    return ZK_OK;
}

static zk_err await_tx(struct load_run *t, const hash32 *hash, const char *what)
{
    struct client_tx_info info;
    for (double end = now_s() + SETUP_SECONDS; now_s() < end; nap()) {
        ZK_TRY(client_tx_info(t->client, &info, hash));
        if (!info.executed) continue;
        return info.success ? ZK_OK : zk_fail(ZK_ERR_INPUT, "%s failed: %s", what, info.fail_reason);
    }
    return zk_fail(ZK_ERR_IO, "%s: not executed within %d s", what, SETUP_SECONDS);
}

/* The account's own key, if it has another or none. */
static zk_err set_key(struct load_run *t, hash32 *hash, bool *sent, const struct signer *who, const struct look *now)
{
    struct tx tx;
    u128 fee;
    eth_address address = signer_address(who);
    *sent = !pubkey_hash_eq(&now->key, &who->l2_hash);
    if (!*sent) return ZK_OK;
    ZK_TRY(client_fee(t->client, &fee, CLIENT_FEE_CHANGE_PUBKEY_ECDSA, &address, t->token.id));
    ZK_TRY(signer_change_pubkey(who, &tx, now->id, now->nonce, t->token.id, fee));
    struct client_submission s = {.tx = &tx};
    return client_submit(t->client, hash, &s, false);
}

static zk_err deposit(struct load_run *t, u128 amount)
{
    struct chain chain = {.chain_id = t->o.chain_id};
    struct rpc_config c = {.urls = {t->o.l1_url}, .n_urls = 1};
    struct eth_receipt receipt;
    struct abi_out o;
    struct look now;
    eth_address contract, governance;
    uint8_t data[64];
    if (t->token.id != TOKEN_ID_ETH) return zk_fail(ZK_ERR_INPUT, "only ETH is deposited by the load test");
    ZK_TRY(client_contracts(t->client, &contract, &governance));
    ZK_TRY(rpc_create(&chain.rpc, &c));
    abi_out_init(&o, data, sizeof data);
    zkroll_put_deposit_eth(&o, t->funder.eth.address);
    const struct chain_call call = {.to = contract.b, .value = amount, .data = data, .len = o.len};
    zk_err err = chain_send(&chain, &receipt, NULL, &t->funder.eth, &call);
    rpc_destroy(chain.rpc);
    ZK_TRY(err);
    for (double end = now_s() + SETUP_SECONDS; now_s() < end; nap()) {
        ZK_TRY(look_at(t, &now, &t->funder));
        if (now.exists && now.balance >= amount) return ZK_OK;
    }
    return zk_fail(ZK_ERR_IO, "the deposit does not come to L2 within %d s", SETUP_SECONDS);
}

/* The funder with at least this much, and its key. */
static zk_err prepare_funder(struct load_run *t, struct look *now, u128 need)
{
    hash32 hash;
    bool sent;
    ZK_TRY(look_at(t, now, &t->funder));
    if (!now->exists || now->balance < need) {
        if (t->o.l1_url == NULL) return zk_fail(ZK_ERR_INPUT, "the funder has too little on L2; --l1 deposits it");
        ZK_TRY(deposit(t, need));
        ZK_TRY(look_at(t, now, &t->funder));
    }
    ZK_TRY(set_key(t, &hash, &sent, &t->funder, now));
    if (!sent) return ZK_OK;
    ZK_TRY(await_tx(t, &hash, "the funder's key"));
    return look_at(t, now, &t->funder);
}

/* Money for n accounts in one batch. */
static zk_err fund_batch(struct load_run *t, struct look *from, const eth_address *to, const u128 *amounts, size_t n)
{
    struct tx txs[FUND_BATCH];
    struct client_submission subs[FUND_BATCH];
    client_fee_type types[FUND_BATCH];
    hash32 hashes[FUND_BATCH];
    uint8_t signature[65];
    struct token_labels labels = client_labels(t->client);
    u128 fee;
    for (size_t i = 0; i < n; i++) types[i] = CLIENT_FEE_TRANSFER;
    ZK_TRY(client_fee_batch(t->client, &fee, types, to, n, t->token.id));
    for (size_t i = 0; i < n; i++) {
        txs[i] = (struct tx){.type = TX_TRANSFER};
        txs[i].transfer = (struct tx_transfer){.account_id = from->id,
                                               .from = signer_address(&t->funder),
                                               .to = to[i],
                                               .token = t->token.id,
                                               .nonce = from->nonce++,
                                               .amount = amounts[i],
                                               .fee = i == 0 ? fee : 0,
                                               .valid = {0, UINT32_MAX}};
        ZK_TRY(signer_sign(&t->funder, &txs[i]));
        subs[i] = (struct client_submission){.tx = &txs[i]};
    }
    ZK_TRY(signer_sign_batch(&t->funder, signature, txs, n, &labels));
    ZK_TRY(client_submit_batch(t->client, hashes, subs, n, signature));
    return await_tx(t, &hashes[n - 1], "funding");
}

/* What account i needs in all; packable. */
static zk_err need_of(const struct load_run *t, u128 *need, size_t i)
{
    u128 each = t->amount + t->fee;
    size_t share = t->o.transfers / t->o.accounts + (i < t->o.transfers % t->o.accounts ? 1 : 0);
    u128 x = each * share + each * RESERVE_FACTOR * 16;
    return amount_closest_up(need, x) ? ZK_OK : zk_fail(ZK_ERR_RANGE, "too many transfers for one account");
}

static zk_err fund_poor(struct load_run *t, const struct look *looks)
{
    eth_address to[FUND_BATCH];
    u128 amounts[FUND_BATCH], total = 0, need;
    size_t n = 0, poor = 0;
    struct look from;
    for (size_t i = 0; i < t->o.accounts; i++) {
        ZK_TRY(need_of(t, &need, i));
        if (looks[i].balance >= need) continue;
        total += need + 64 * t->fee;
        poor++;
    }
    if (poor == 0) return ZK_OK;
    say(t, "accounts to fund:", poor);
    ZK_TRY(prepare_funder(t, &from, total));
    for (size_t i = 0; i < t->o.accounts; i++) {
        ZK_TRY(need_of(t, &need, i));
        if (looks[i].balance < need) {
            to[n] = signer_address(&t->accounts[i].signer);
            amounts[n++] = need;
        }
        if (n == 0 || (n < FUND_BATCH && i + 1 < t->o.accounts)) continue;
        ZK_TRY(fund_batch(t, &from, to, amounts, n));
        n = 0;
    }
    return ZK_OK;
}

static zk_err look_at_all(struct load_run *t, struct look *looks)
{
    for (size_t i = 0; i < t->o.accounts; i++) ZK_TRY(look_at(t, &looks[i], &t->accounts[i].signer));
    return ZK_OK;
}

static zk_err set_keys(struct load_run *t, const struct look *looks)
{
    hash32 hash, last;
    bool sent, any = false;
    for (size_t i = 0; i < t->o.accounts; i++) {
        ZK_TRY(set_key(t, &hash, &sent, &t->accounts[i].signer, &looks[i]));
        if (sent) last = hash;
        any |= sent;
    }
    return any ? await_tx(t, &last, "an account's key") : ZK_OK;
}

static zk_err fund(struct load_run *t, struct look *looks)
{
    eth_address someone = signer_address(&t->funder);
    u128 quote;
    ZK_TRY(client_fee(t->client, &quote, CLIENT_FEE_TRANSFER, &someone, t->token.id));
    t->amount = AMOUNT;
    if (!fee_closest_up(&t->fee, quote * FEE_PERCENT / 100)) return zk_fail(ZK_ERR_RANGE, "a fee without packed form");
    ZK_TRY(look_at_all(t, looks));
    ZK_TRY(fund_poor(t, looks));
    ZK_TRY(look_at_all(t, looks));
    ZK_TRY(set_keys(t, looks));
    ZK_TRY(look_at_all(t, looks));
    for (size_t i = 0; i < t->o.accounts; i++) {
        struct load_account *a = &t->accounts[i];
        if (!looks[i].exists || !pubkey_hash_eq(&looks[i].key, &a->signer.l2_hash))
            return zk_fail(ZK_ERR_IO, "account %zu of the load has no key yet", i);
        a->id = looks[i].id;
        a->nonce = looks[i].nonce;
        a->balance = looks[i].balance;
    }
    return ZK_OK;
}

zk_err load_run_fund(struct load_run *t)
{
    struct look *looks = calloc(t->o.accounts, sizeof *looks);
    if (looks == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for %u accounts", t->o.accounts);
    zk_err err = fund(t, looks);
    free(looks);
    return err;
}

/* ---- signing */

/* The JSON-RPC call that the SDK would send. */
static zk_err make_call(struct load_shot *shot, const struct load_run *t, const struct tx *tx,
                        const uint8_t signature[65])
{
    static const char form[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tx_submit\",\"params\":[%s,"
                               "{\"type\":\"EthereumSignature\",\"signature\":\"0x%s\"},null]}";
    struct json_object *json;
    char hex[131], call[4096];
    ZK_TRY(tx_to_json(&json, tx));
    hex_encode(hex, signature, 65);
    const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
    int len = text == NULL ? -1 : snprintf(call, sizeof call, form, text, hex);
    json_object_put(json);
    if (len < 0 || (size_t)len >= sizeof call) return zk_fail(ZK_ERR_MEMORY, "no memory for a request");
    shot->bytes = load_http_post(&shot->len, t->host, t->path, call);
    return shot->bytes == NULL ? zk_fail(ZK_ERR_MEMORY, "no memory for a request") : ZK_OK;
}

/* Transfer i: account i mod n pays another one, each time the next. */
static struct tx transfer_of(const struct load_run *t, size_t i)
{
    uint32_t n = t->o.accounts, from = (uint32_t)(i % n), round = (uint32_t)(i / n);
    uint32_t to = (from + 1 + round % (n - 1)) % n;
    const struct load_account *a = &t->accounts[from];
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){.account_id = a->id,
                                       .from = signer_address(&a->signer),
                                       .to = signer_address(&t->accounts[to].signer),
                                       .token = t->token.id,
                                       .nonce = a->nonce + round,
                                       .amount = t->amount,
                                       .fee = t->fee,
                                       .valid = {0, UINT32_MAX}};
    return tx;
}

/* A group of transfers, which share the lanes of a hash. */
static zk_err sign_group(void *ctx, size_t group, unsigned worker)
{
    struct load_run *t = ctx;
    struct token_labels labels = client_labels(t->client);
    size_t first = group * SIGN_GROUP, left = t->o.transfers - first, n = left < SIGN_GROUP ? left : SIGN_GROUP;
    const struct signer *signers[SIGN_GROUP];
    struct tx txs[SIGN_GROUP];
    (void)worker;
    for (size_t k = 0; k < n; k++) {
        signers[k] = &t->accounts[(first + k) % t->o.accounts].signer;
        txs[k] = transfer_of(t, first + k);
    }
    ZK_TRY(signer_sign_many(signers, txs, n));
    for (size_t k = 0; k < n; k++) {
        uint8_t signature[65];
        ZK_TRY(signer_sign_consent(signers[k], signature, &txs[k], &labels));
        ZK_TRY(make_call(&t->shots[first + k], t, &txs[k], signature));
    }
    return ZK_OK;
}

static size_t groups_of(size_t transfers)
{
    return (transfers + SIGN_GROUP - 1) / SIGN_GROUP;
}

/* Those of the first groups may be sent. */
static void groups_made(struct load_run *t, size_t groups)
{
    size_t n = groups * SIGN_GROUP;
    atomic_store_explicit(&t->feed.made, n < t->o.transfers ? n : t->o.transfers, memory_order_release);
}

zk_err load_run_sign(struct load_run *t)
{
    double start = now_s(), first = t->o.rate * SIGN_AHEAD_S;
    size_t n = t->o.rate > 0 && first < t->o.transfers ? (size_t)first : t->o.transfers;
    say(t, "transfers to sign:", n);
    for (size_t i = 0; i < t->o.transfers; i++) t->shots[i].lane = (uint32_t)(i % t->o.accounts);
    ZK_TRY(in_parallel(t, groups_of(n), sign_group));
    groups_made(t, groups_of(n));
    t->sign_seconds = now_s() - start;
    return ZK_OK;
}

struct ahead {
    struct load_run *run;
    atomic_bool stop;
    zk_err err;
    char why[256];
};

/* The thread that signs what will be sent some seconds later. */
static void *sign_ahead(void *ctx)
{
    struct ahead *a = ctx;
    struct load_run *t = a->run;
    double start = now_s();
    size_t n = groups_of(t->o.transfers), i = groups_of(atomic_load(&t->feed.made));
    while (a->err == ZK_OK && i < n && !atomic_load(&a->stop)) {
        if ((double)(i * SIGN_GROUP) >= t->o.rate * (now_s() - start + SIGN_AHEAD_S)) {
            nap();
            continue;
        }
        a->err = sign_group(t, i++, 0);
        if (a->err == ZK_OK) groups_made(t, i);
    }
    if (a->err != ZK_OK) (void)snprintf(a->why, sizeof a->why, "%s", zk_err_message());
    atomic_store_explicit(&t->feed.ended, true, memory_order_release);
    return NULL;
}

/* ---- the run, and what is left behind */

static void tell(void *ctx, size_t answered)
{
    say(ctx, "answered:", answered);
}

zk_err load_run_fire(struct load_run *t, struct load_report *report)
{
    struct load_config c = {.host = t->host,
                            .port = t->port,
                            .connections = t->o.connections,
                            .rate = t->o.rate,
                            .max_seconds = t->o.max_seconds,
                            .timeout_ms = 30000,
                            .feed = &t->feed,
                            .progress = t->o.quiet ? NULL : tell,
                            .progress_ctx = t};
    struct ahead ahead = {.run = t};
    pthread_t thread;
    if (pthread_create(&thread, NULL, sign_ahead, &ahead) != 0)
        return zk_fail(ZK_ERR_MEMORY, "no memory for a thread that signs");
    double start = now_s();
    zk_err err = load_http(report, t->shots, t->o.transfers, &c);
    t->execute_seconds = now_s() - start;
    atomic_store(&ahead.stop, true);
    (void)pthread_join(thread, NULL);
    return err != ZK_OK || ahead.err == ZK_OK ? err : zk_fail(ahead.err, "signing ended: %s", ahead.why);
}

struct expected {
    uint32_t nonce;
    u128 balance;
};

/* What the accepted transfers leave behind, all else being still. */
static void expect(struct expected *e, const struct load_run *t)
{
    uint32_t n = t->o.accounts;
    assert(n >= 2);
    for (uint32_t i = 0; i < n; i++) e[i] = (struct expected){t->accounts[i].nonce, t->accounts[i].balance};
    for (size_t i = 0; i < t->o.transfers; i++) {
        if (t->shots[i].state != LOAD_ACCEPTED) continue;
        uint32_t from = (uint32_t)(i % n), to = (from + 1 + (uint32_t)(i / n) % (n - 1)) % n;
        e[from].nonce++;
        e[from].balance -= t->amount + t->fee;
        e[to].balance += t->amount;
    }
}

/* An account at a time until it has got as far as it must; the last that had to be waited for sets the time. */
static zk_err compare(struct load_run *t, const struct expected *e, double start)
{
    double end = now_s() + t->o.wait_seconds, waited = 0;
    for (uint32_t i = 0; i < t->o.accounts; i++) {
        struct look now;
        for (;;) {
            ZK_TRY(look_at(t, &now, &t->accounts[i].signer));
            if (now.nonce >= e[i].nonce || now_s() >= end) break;
            nap();
            waited = now_s() - start;
        }
        t->executed += now.nonce - t->accounts[i].nonce;
        if (now.nonce != e[i].nonce) t->wrong++;
    }
    t->execute_seconds += waited;
    /* Money arrives with other accounts' nonces: only now are all of them there. */
    for (uint32_t i = 0; i < t->o.accounts; i++) {
        struct look now;
        ZK_TRY(look_at(t, &now, &t->accounts[i].signer));
        if (now.nonce == e[i].nonce && now.balance != e[i].balance) t->wrong++;
    }
    return ZK_OK;
}

zk_err load_run_check(struct load_run *t, bool *ok)
{
    double start = now_s();
    *ok = false;
    struct expected *e = calloc(t->o.accounts, sizeof *e);
    if (e == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for %u accounts", t->o.accounts);
    expect(e, t);
    zk_err err = compare(t, e, start);
    free(e);
    *ok = err == ZK_OK && t->wrong == 0;
    return err;
}
