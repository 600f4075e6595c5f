/* A hash table of chains, doubled when it is full; entries that hold nothing are freed at once. */
#include "api/clients.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define BUCKETS_FIRST 64

struct entry {
    struct entry *next;
    client_id who;
    size_t held[CLIENT_THINGS];
};

struct clients {
    struct clients_limits limits;
    pthread_mutex_t lock;
    uint64_t seed; /* nobody can choose addresses that meet in one bucket */
    struct entry **buckets;
    size_t n_buckets, n;
    size_t held[CLIENT_THINGS];
    uint64_t refused[CLIENT_THINGS];
};

const client_id client_local = {{0}};

bool client_id_eq(const client_id *a, const client_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

uint64_t client_id_number(const client_id *id)
{
    /* Of IPv6 the first half, of IPv4 the last: the two differ in their highest bits. */
    uint64_t high = load_be64(id->b), low = load_be64(id->b + 8);
    return high != 0 ? high : low;
}

static void from_ipv4(client_id *out, const uint8_t address[4])
{
    *out = (client_id){{[10] = 0xff, [11] = 0xff}};
    memcpy(out->b + 12, address, 4);
}

static void from_ipv6(client_id *out, const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    *out = client_local;
    if (memcmp(address, mapped, sizeof mapped) == 0) {
        from_ipv4(out, address + 12);
    } else {
        memcpy(out->b, address, 8);
    }
    /* ::/64 has ::1 only, which is nobody's address in public; but whoever sends it is no local client. */
    if (client_id_eq(out, &client_local)) out->b[15] = 1;
}

bool client_id_parse(client_id *out, const char *text)
{
    uint8_t address[16];
    if (inet_pton(AF_INET, text, address) == 1) {
        from_ipv4(out, address);
    } else if (inet_pton(AF_INET6, text, address) == 1) {
        from_ipv6(out, address);
    } else {
        return false;
    }
    return true;
}

void client_id_of_peer(client_id *out, const struct sockaddr *peer)
{
    *out = client_local;
    if (peer != NULL && peer->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, peer, sizeof in);
        from_ipv4(out, (const uint8_t *)&in.sin_addr);
    } else if (peer != NULL && peer->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, peer, sizeof in6);
        if (!IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr)) from_ipv6(out, in6.sin6_addr.s6_addr);
    }
    if (out->b[10] == 0xff && out->b[12] == 127) *out = client_local;
}

/* ---- the table; the lock is held */

static size_t bucket_of(const struct clients *c, const client_id *who)
{
    uint64_t h = c->seed, parts[2];
    memcpy(parts, who->b, sizeof parts);
    for (int i = 0; i < 2; i++) {
        h = (h ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h & (c->n_buckets - 1);
}

static struct entry **find(struct clients *c, const client_id *who)
{
    struct entry **at = &c->buckets[bucket_of(c, who)];
    while (*at != NULL && !client_id_eq(&(*at)->who, who)) at = &(*at)->next;
    return at;
}

/* Without memory the table stays as it is: slower, and right. */
static void grow(struct clients *c)
{
    struct entry **old = c->buckets, **new = calloc(2 * c->n_buckets, sizeof(struct entry *));
    size_t n_old = c->n_buckets;
    if (new == NULL) return;
    c->buckets = new;
    c->n_buckets *= 2;
    for (size_t i = 0; i < n_old; i++) {
        while (old[i] != NULL) {
            struct entry *e = old[i];
            struct entry **to = &new[bucket_of(c, &e->who)];
            old[i] = e->next;
            e->next = *to;
            *to = e;
        }
    }
    free(old);
}

static struct entry *find_or_add(struct clients *c, const client_id *who)
{
    if (c->n >= c->n_buckets) grow(c);
    struct entry **at = find(c, who);
    if (*at != NULL) return *at;
    *at = calloc(1, sizeof **at);
    if (*at == NULL) return NULL;
    (*at)->who = *who;
    c->n++;
    return *at;
}

static void remove_if_empty(struct clients *c, struct entry **at)
{
    struct entry *e = *at;
    for (int i = 0; i < CLIENT_THINGS; i++)
        if (e->held[i] != 0) return;
    *at = e->next;
    c->n--;
    free(e);
}

static bool fits(size_t held, size_t n, size_t limit)
{
    return limit == 0 || (held <= limit && n <= limit - held);
}

static bool take(struct clients *c, const client_id *who, client_thing thing, size_t n)
{
    if (!fits(c->held[thing], n, c->limits.all[thing])) return false;
    if (!client_id_eq(who, &client_local)) {
        struct entry *e = find_or_add(c, who);
        if (e == NULL) return false;
        if (!fits(e->held[thing], n, c->limits.one[thing])) {
            remove_if_empty(c, find(c, who));
            return false;
        }
        e->held[thing] += n;
    }
    c->held[thing] += n;
    return true;
}

bool clients_take(struct clients *c, const client_id *who, client_thing thing, size_t n)
{
    if (n == 0) return true;
    pthread_mutex_lock(&c->lock);
    bool ok = take(c, who, thing, n);
    if (!ok) c->refused[thing]++;
    pthread_mutex_unlock(&c->lock);
    return ok;
}

void clients_give(struct clients *c, const client_id *who, client_thing thing, size_t n)
{
    if (n == 0) return;
    pthread_mutex_lock(&c->lock);
    assert(c->held[thing] >= n);
    c->held[thing] -= n;
    if (!client_id_eq(who, &client_local)) {
        struct entry **at = find(c, who);
        assert(*at != NULL && (*at)->held[thing] >= n);
        (*at)->held[thing] -= n;
        remove_if_empty(c, at);
    }
    pthread_mutex_unlock(&c->lock);
}

size_t clients_held(struct clients *c, client_thing thing)
{
    pthread_mutex_lock(&c->lock);
    size_t held = c->held[thing];
    pthread_mutex_unlock(&c->lock);
    return held;
}

uint64_t clients_refused(struct clients *c, client_thing thing)
{
    pthread_mutex_lock(&c->lock);
    uint64_t refused = c->refused[thing];
    pthread_mutex_unlock(&c->lock);
    return refused;
}

/* ---- life */

zk_err clients_create(struct clients **out, const struct clients_limits *limits)
{
    struct clients *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c != NULL) c->buckets = calloc(BUCKETS_FIRST, sizeof(struct entry *));
    if (c == NULL || c->buckets == NULL) {
        free(c);
        return zk_fail(ZK_ERR_MEMORY, "no memory for the clients' accounts");
    }
    c->limits = *limits;
    c->n_buckets = BUCKETS_FIRST;
    if (getrandom(&c->seed, sizeof c->seed, 0) != (ssize_t)sizeof c->seed) c->seed = (uintptr_t)c;
    pthread_mutex_init(&c->lock, NULL);
    *out = c;
    return ZK_OK;
}

void clients_destroy(struct clients *c)
{
    if (c == NULL) return;
    assert(c->n == 0);
    pthread_mutex_destroy(&c->lock);
    free(c->buckets);
    free(c);
}
