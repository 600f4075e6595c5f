#include "api/subscriptions.h"

#include "api/api_internal.h"
#include "api/model.h"
#include "api/rpc.h"
#include "base/prng.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BUCKETS (1u << 14)

/* Listeners hang in three lists: `order`, the one looked at longest ago first; that of their thing; that of their
 * connection. */
struct link {
    struct link *next, *prev;
};
enum { BY_ORDER, BY_THING, BY_CONNECTION, LINKS };

struct listener {
    struct link links[LINKS];
    ws_id conn;
    client_id who;
    char id[SUBSCRIPTION_ID_MAX];
    struct subscription_what what;
    uint64_t state_mark;   /* account: what was seen when it subscribed */
    uint64_t looked_round; /* of subscriptions.round; 0: never */
    uint32_t block;        /* where it was executed, as far as is known; 0: it was not */
    uint32_t executed;     /* VERIFY of an account: the last block executed on L1 when it was looked at */
    int64_t forget_ms;     /* then it is looked whether anybody knows it */
};

struct subscriptions {
    struct api *api;
    struct subscriptions_limits limits;
    size_t n;
    struct link order, *things, *connections; /* rings; BUCKETS of the latter two */
    uint64_t seed;
    uint64_t round; /* counts changes of the store */
    bool looked;
    uint64_t token; /* the store's change token at the last look */
};

/* ---- rings */

static void ring_init(struct link *ring)
{
    ring->next = ring->prev = ring;
}

/* Behind `after`. */
static void ring_add(struct link *after, struct link *l)
{
    l->prev = after;
    l->next = after->next;
    l->next->prev = l;
    after->next = l;
}

static void ring_remove(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
}

/* The listener of a link of this list. */
static struct listener *listener_of(struct link *l, int list)
{
    return (struct listener *)(void *)((char *)l - offsetof(struct listener, links) - (size_t)list * sizeof *l);
}

/* ---- life */

zk_err subscriptions_create(struct subscriptions **out, struct api *api, const struct subscriptions_limits *limits)
{
    struct subscriptions *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s != NULL) {
        s->things = calloc(BUCKETS, sizeof *s->things);
        s->connections = calloc(BUCKETS, sizeof *s->connections);
    }
    if (s == NULL || s->things == NULL || s->connections == NULL ||
        getrandom(&s->seed, sizeof s->seed, 0) != (ssize_t)sizeof s->seed) {
        if (s != NULL) free(s->things);
        if (s != NULL) free(s->connections);
        free(s);
        return zk_fail(ZK_ERR_MEMORY, "no memory for subscriptions");
    }
    s->api = api;
    s->limits = *limits;
    s->round = 1;
    ring_init(&s->order);
    for (size_t i = 0; i < BUCKETS; i++) ring_init(&s->things[i]), ring_init(&s->connections[i]);
    *out = s;
    return ZK_OK;
}

static void forget(struct subscriptions *s, struct listener *l)
{
    for (int i = 0; i < LINKS; i++) ring_remove(&l->links[i]);
    clients_give(s->api->clients, &l->who, CLIENT_LISTENERS, 1);
    s->n--;
    free(l);
}

void subscriptions_destroy(struct subscriptions *s)
{
    if (s == NULL) return;
    for (struct link *at = s->order.next, *next; at != &s->order; at = next) {
        next = at->next;
        forget(s, listener_of(at, BY_ORDER));
    }
    free(s->things);
    free(s->connections);
    free(s);
}

size_t subscriptions_count(const struct subscriptions *s)
{
    return s->n;
}

/* ---- finding */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static struct link *connection_ring(struct subscriptions *s, ws_id conn)
{
    return &s->connections[mix(s->seed, conn) % BUCKETS];
}

static struct link *thing_ring(struct subscriptions *s, const struct subscription_what *what)
{
    uint64_t h = mix(s->seed, (uint64_t)what->kind);
    switch (what->kind) {
    case SUBSCRIBE_TX:
        for (size_t i = 0; i < sizeof what->hash.b; i += 8) h = mix(h, load_le64(what->hash.b + i));
        break;
    case SUBSCRIBE_ETHOP: h = mix(h, what->serial_id); break;
    case SUBSCRIBE_ACCOUNT:
        h = mix(mix(h, load_le64(what->address.b)), load_le64(what->address.b + 8));
        h = mix(h, load_le32(what->address.b + 16));
        break;
    }
    return &s->things[h % BUCKETS];
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

/* ---- adding and removing */

static bool is_full(struct subscriptions *s, const struct subscription_what *what, ws_id conn)
{
    struct link *ring = thing_ring(s, what);
    unsigned of_one = 0, of_connection = 0;
    for (struct link *l = ring->next; l != ring; l = l->next)
        of_one += same_thing(&listener_of(l, BY_THING)->what, what);
    ring = connection_ring(s, conn);
    for (struct link *l = ring->next; l != ring; l = l->next)
        of_connection += listener_of(l, BY_CONNECTION)->conn == conn;
    return of_one >= s->limits.of_one || of_connection >= s->limits.of_connection;
}

/* Until it is looked whether anybody knows it. */
static int64_t patience_ms(const struct subscriptions *s, const struct subscription_what *what)
{
    return (int64_t)s->limits.forget_s * (what->kind == SUBSCRIBE_ETHOP ? 6000 : 1000);
}

/* Takes a place among the client's listeners. */
static struct listener *listener_new(struct subscriptions *s, const struct subscription_what *what, ws_id conn)
{
    client_id who;
    char subject[80];
    if (!ws_client(&who, s->api->ws, conn) || !clients_take(s->api->clients, &who, CLIENT_LISTENERS, 1)) return NULL;
    struct listener *l = calloc(1, sizeof *l);
    subject_of(subject, what);
    if (l != NULL) l->what = *what;
    if (l == NULL || !write_id(l, subject)) {
        clients_give(s->api->clients, &who, CLIENT_LISTENERS, 1);
        free(l);
        return NULL;
    }
    l->conn = conn;
    l->who = who;
    l->forget_ms = clock_ms() + patience_ms(s, what);
    return l;
}

static bool account_exists(struct api_worker *w, const eth_address *address, struct api_error *e)
{
    bool exists;
    if (store_account_exists(w->store, &exists, address) != ZK_OK) {
        fail_store(e);
        return false;
    }
    return exists;
}

bool subscriptions_add(struct subscriptions *s, char id[SUBSCRIPTION_ID_MAX], const struct subscription_what *what,
                       ws_id conn, struct api_worker *w, struct api_error *e)
{
    uint64_t mark = 0;
    bool found, is_account = what->kind == SUBSCRIBE_ACCOUNT;
    bool room = !is_full(s, what, conn) && (!is_account || account_exists(w, &what->address, e));
    if (room && is_account && !account_mark(&mark, &found, w, what, e)) return false;
    struct listener *l = room ? listener_new(s, what, conn) : NULL;
    if (l == NULL) {
        fail_rpc(e, RPC_SUBSCRIPTION_REJECTED, "Subscription rejected"); /* the first error stays */
        return false;
    }
    l->state_mark = mark;
    ring_add(&s->order, &l->links[BY_ORDER]);
    ring_add(thing_ring(s, what), &l->links[BY_THING]);
    ring_add(connection_ring(s, conn), &l->links[BY_CONNECTION]);
    s->n++;
    memcpy(id, l->id, SUBSCRIPTION_ID_MAX);
    ws_wake(s->api->ws); /* the answer goes out first: the next look is after this message */
    return true;
}

void subscriptions_remove(struct subscriptions *s, const char *id, ws_id conn)
{
    struct link *ring = connection_ring(s, conn);
    for (struct link *at = ring->next; at != ring; at = at->next) {
        struct listener *l = listener_of(at, BY_CONNECTION);
        if (l->conn != conn || strcmp(l->id, id) != 0) continue;
        forget(s, l);
        return;
    }
}

void subscriptions_drop(struct subscriptions *s, ws_id conn)
{
    struct link *ring = connection_ring(s, conn);
    for (struct link *at = ring->next, *next; at != ring; at = next) {
        struct listener *l = listener_of(at, BY_CONNECTION);
        next = at->next;
        if (l->conn == conn) forget(s, l);
    }
}

/* ---- looking */

/* Its time has not come, and that is known without a look at the store. */
static bool must_wait(const struct listener *l, const struct store_heads *heads)
{
    if (!l->what.verify || l->looked_round == 0 || clock_ms() >= l->forget_ms) return false; /* it may be unwound */
    if (l->what.kind == SUBSCRIBE_ACCOUNT) return l->executed == heads->last_executed;
    return l->block > heads->last_executed;
}

/* The payload if the listener's time has come, else NULL. */
static struct json_object *payload(struct listener *l, struct api_worker *w, struct api_error *e)
{
    struct json_object *o;
    bool found;
    uint64_t mark, number;
    if (l->what.kind == SUBSCRIBE_ACCOUNT) {
        l->executed = w->heads.last_executed;
        if (!account_mark(&mark, &found, w, &l->what, e) || mark == l->state_mark) return NULL;
        return json_account_state(w, &l->what.address, l->what.verify ? STORE_VERIFIED : STORE_COMMITTED, e);
    }
    o = l->what.kind == SUBSCRIBE_TX ? json_tx_info(w, &l->what.hash, e) : json_ethop_info(w, l->what.serial_id, e);
    struct json_object *block = json_member(o, "block");
    struct json_object *reached = json_member(block, l->what.verify ? "verified" : "committed");
    l->block = json_u64(&number, json_member(block, "blockNumber")) ? (uint32_t)number : 0;
    if (reached != NULL && json_object_get_boolean(reached)) return o;
    json_object_put(o);
    return NULL;
}

/* True of a hash or serial id that nobody knew for too long; what is known gets as much time again. */
static bool is_unknown(struct subscriptions *s, struct listener *l, struct api_worker *w, struct api_error *e)
{
    struct store_tx tx;
    struct store_priority_op op;
    bool found = true;
    int64_t now = clock_ms();
    if (now < l->forget_ms) return false;
    l->forget_ms = now + patience_ms(s, &l->what);
    if (l->what.kind == SUBSCRIBE_ACCOUNT || l->block != 0) return false;
    zk_err err = l->what.kind == SUBSCRIBE_TX ? store_tx_get(w->store, &tx, &found, &l->what.hash)
                                              : store_priority_get(w->store, &op, &found, l->what.serial_id);
    if (err != ZK_OK) fail_store(e);
    return err == ZK_OK && !found;
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

/* One listener; false if the store failed. */
static bool look_at(struct subscriptions *s, struct listener *l, struct api_worker *w)
{
    struct api_error e = {0};
    struct json_object *result = must_wait(l, &w->heads) ? NULL : payload(l, w, &e);
    bool unknown = !e.set && result == NULL && is_unknown(s, l, w, &e);
    if (e.set) {
        json_object_put(result);
        return false;
    }
    if (result != NULL) notify(s, l, result);
    if (result != NULL || unknown) {
        forget(s, l);
        return true;
    }
    l->looked_round = s->round;
    ring_remove(&l->links[BY_ORDER]);
    ring_add(s->order.prev, &l->links[BY_ORDER]);
    return true;
}

void subscriptions_look(struct subscriptions *s)
{
    struct api_error e;
    if (s->n == 0) return;
    struct api_worker *w = worker_begin(s->api, &e);
    if (w == NULL) return; /* the database is away: next time */
    if (!s->looked || w->token != s->token) s->round++;
    s->looked = true;
    s->token = w->token;
    if (listener_of(s->order.next, BY_ORDER)->looked_round == s->round || !worker_heads(w, &e)) return;
    int64_t until = clock_wall_us() + s->limits.look_us;
    do {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what was forgotten is out of the ring, through links */
        struct listener *l = listener_of(s->order.next, BY_ORDER);
        if (l->looked_round == s->round || !look_at(s, l, w)) return;
    } while (s->n > 0 && clock_wall_us() < until);
}
