#include "api/subscriptions.h"

#include "api/api_internal.h"
#include "api/model.h"
#include "api/rpc.h"
#include "base/prng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct listener {
    struct listener *next;
    ws_id conn;
    char id[SUBSCRIPTION_ID_MAX];
    struct subscription_what what;
    bool fresh;          /* not yet looked at */
    uint64_t state_mark; /* account: what was seen when it subscribed */
};

struct subscriptions {
    struct api *api;
    struct listener *all;
    size_t n, n_fresh;
    unsigned of_one, in_all;
    bool looked;
    uint64_t token; /* the store's change token at the last look */
};

zk_err subscriptions_create(struct subscriptions **out, struct api *api, unsigned of_one, unsigned in_all)
{
    struct subscriptions *s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for subscriptions");
    s->api = api;
    s->of_one = of_one;
    s->in_all = in_all;
    return ZK_OK;
}

void subscriptions_destroy(struct subscriptions *s)
{
    if (s == NULL) return;
    while (s->all != NULL) {
        struct listener *l = s->all;
        s->all = l->next;
        free(l);
    }
    free(s);
}

size_t subscriptions_count(const struct subscriptions *s)
{
    return s->n;
}

static bool same_thing(const struct subscription_what *a, const struct subscription_what *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case SUBSCRIBE_TX: return hash32_eq(&a->hash, &b->hash);
    case SUBSCRIBE_ETHOP: return a->serial_id == b->serial_id;
    case SUBSCRIBE_ACCOUNT: return eth_address_eq(&a->address, &b->address);
    }
    return false;
}

/* A number that is another one once the account's state at that moment has changed. */
static bool account_mark(uint64_t *mark, bool *found, struct api_worker *w, const struct subscription_what *what,
                         struct api_error *e)
{
    store_moment moment = what->verify ? STORE_VERIFIED : STORE_COMMITTED;
    if (store_account_by_address(w->store, &w->account, found, &what->address, moment) != ZK_OK) {
        fail_store(e);
        return false;
    }
    const struct store_account *a = &w->account;
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    const uint64_t parts[] = {*found,
                              a->leaf.nonce,
                              a->last_block,
                              a->leaf.minted,
                              load_le64(a->leaf.pubkey_hash.b),
                              load_le64(a->leaf.pubkey_hash.b + 8)};
    for (size_t i = 0; i < ZK_COUNT(parts) && *found; i++) h = (h ^ parts[i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; *found && i < a->n_balances; i++) {
        h = (h ^ a->balances[i].token) * UINT64_C(0x100000001b3);
        h = (h ^ (uint64_t)a->balances[i].amount) * UINT64_C(0x100000001b3);
        h = (h ^ (uint64_t)(a->balances[i].amount >> 64)) * UINT64_C(0x100000001b3);
        h ^= h >> 31;
    }
    *mark = h;
    return true;
}

static bool write_id(struct listener *l, const char *subject)
{
    static const char *const prefixes[] = {
        [SUBSCRIBE_TX] = "txsub", [SUBSCRIBE_ETHOP] = "eosub", [SUBSCRIBE_ACCOUNT] = "acsub"};
    uint64_t salt;
    if (getrandom(&salt, sizeof salt, 0) != (ssize_t)sizeof salt) return false;
    (void)snprintf(l->id, sizeof l->id, "%s/%s/%s/%" PRIu64, prefixes[l->what.kind], subject,
                   l->what.verify ? "VERIFY" : "COMMIT", salt);
    return true;
}

static void subject_of(char out[80], const struct subscription_what *what)
{
    switch (what->kind) {
    case SUBSCRIBE_TX: hex_text(out, "sync-tx:", what->hash.b, sizeof what->hash.b); break;
    case SUBSCRIBE_ETHOP: (void)snprintf(out, 80, "%" PRIu64, what->serial_id); break;
    case SUBSCRIBE_ACCOUNT: hex_text(out, "0x", what->address.b, sizeof what->address.b); break;
    }
}

bool subscriptions_add(struct subscriptions *s, char id[SUBSCRIPTION_ID_MAX], const struct subscription_what *what,
                       ws_id conn, struct api_worker *w, struct api_error *e)
{
    unsigned same = 0;
    uint64_t mark = 0;
    char subject[80];
    for (const struct listener *l = s->all; l != NULL; l = l->next) same += same_thing(&l->what, what);
    if (same >= s->of_one || s->n >= s->in_all) {
        fail_rpc(e, RPC_SUBSCRIPTION_REJECTED, "Subscription rejected");
        return false;
    }
    if (what->kind == SUBSCRIBE_ACCOUNT) {
        struct store_account_head head;
        bool exists, found;
        if (store_account_head_by_address(w->store, &head, &exists, &what->address) != ZK_OK) {
            fail_store(e);
            return false;
        }
        if (!exists) {
            fail_rpc(e, RPC_SUBSCRIPTION_REJECTED, "Subscription rejected");
            return false;
        }
        if (!account_mark(&mark, &found, w, what, e)) return false;
    }
    struct listener *l = calloc(1, sizeof *l);
    subject_of(subject, what);
    if (l != NULL) l->what = *what;
    if (l == NULL || !write_id(l, subject)) {
        free(l);
        fail_rpc(e, RPC_INTERNAL, "Internal error");
        return false;
    }
    l->conn = conn;
    l->fresh = true;
    l->state_mark = mark;
    l->next = s->all;
    s->all = l;
    s->n++;
    s->n_fresh++;
    memcpy(id, l->id, SUBSCRIPTION_ID_MAX);
    ws_wake(s->api->ws); /* the answer goes out first: the next look is after this message */
    return true;
}

static void remove_at(struct subscriptions *s, struct listener **at)
{
    struct listener *l = *at;
    *at = l->next;
    s->n--;
    s->n_fresh -= l->fresh;
    free(l);
}

void subscriptions_remove(struct subscriptions *s, const char *id, ws_id conn)
{
    for (struct listener **at = &s->all; *at != NULL; at = &(*at)->next) {
        if ((*at)->conn != conn || strcmp((*at)->id, id) != 0) continue;
        remove_at(s, at);
        return;
    }
}

void subscriptions_drop(struct subscriptions *s, ws_id conn)
{
    for (struct listener **at = &s->all; *at != NULL;) {
        if ((*at)->conn == conn) {
            remove_at(s, at);
        } else {
            at = &(*at)->next;
        }
    }
}

/* The payload if the listener's time has come, else NULL. */
static struct json_object *payload(struct listener *l, struct api_worker *w, struct api_error *e)
{
    struct json_object *o;
    bool found;
    uint64_t mark;
    if (l->what.kind == SUBSCRIBE_ACCOUNT) {
        if (!account_mark(&mark, &found, w, &l->what, e) || mark == l->state_mark) return NULL;
        return json_account_state(w, &l->what.address, l->what.verify ? STORE_VERIFIED : STORE_COMMITTED, e);
    }
    o = l->what.kind == SUBSCRIBE_TX ? json_tx_info(w, &l->what.hash, e) : json_ethop_info(w, l->what.serial_id, e);
    struct json_object *block = json_member(o, "block");
    struct json_object *reached = json_member(block, l->what.verify ? "verified" : "committed");
    if (reached != NULL && json_object_get_boolean(reached)) return o;
    json_object_put(o);
    return NULL;
}

static void notify(struct subscriptions *s, const struct listener *l, struct json_object *result)
{
    static const char *const names[] = {
        [SUBSCRIBE_TX] = "tx", [SUBSCRIBE_ETHOP] = "eth_op", [SUBSCRIBE_ACCOUNT] = "account"};
    struct json_object *o = json_new_object(), *params = json_new_object();
    size_t len;
    put_text(o, "jsonrpc", "2.0");
    put_text(o, "method", names[l->what.kind]);
    put(params, "result", result);
    put_text(params, "subscription", l->id);
    put(o, "params", params);
    char *text = json_take_text(&len, o);
    ws_send(s->api->ws, l->conn, text, len);
    free(text);
}

void subscriptions_look(struct subscriptions *s)
{
    struct api_error e;
    if (s->n == 0) return;
    struct api_worker *w = worker_begin(s->api, &e);
    if (w == NULL) return; /* the database is away: next time */
    bool changed = !s->looked || w->token != s->token;
    if (!changed && s->n_fresh == 0) return;
    for (struct listener **at = &s->all; *at != NULL;) {
        struct listener *l = *at;
        struct json_object *result = changed || l->fresh ? payload(l, w, &e) : NULL;
        if (e.set) {
            json_object_put(result);
            return;
        }
        s->n_fresh -= l->fresh;
        l->fresh = false;
        if (result != NULL) {
            notify(s, l, result);
            remove_at(s, at);
        } else {
            at = &l->next;
        }
    }
    s->looked = true;
    s->token = w->token;
}
