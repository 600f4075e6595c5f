#include "node/mempool.h"

#include <stdlib.h>

#include "rollup/amount.h"

#define SECOND INT64_C(1000000)

struct account_queue;

typedef enum unit_place { PLACE_READY, PLACE_TIME, PLACE_HELD, PLACE_TAKEN } unit_place;

struct unit {
    struct mempool_unit view; /* what callers see: first, so that both have one address */
    uint64_t rank;
    uint64_t valid_from;
    unit_place place;
    /* PLACE_HELD: in the queue of the account whose nonce it waits for, by that nonce; and in the list of all held
     * ones, by deadline. */
    struct account_queue *queue;
    uint32_t nonce;
    struct unit *queue_before, *queue_after;
    int64_t deadline;
    struct unit *held_before, *held_after;
    struct store_queued_tx txs[];
};

/* The units that wait for one account's nonce. */
struct account_queue {
    struct account_queue *next; /* in its bucket */
    uint32_t account;
    struct unit *first, *last;
};

#define BUCKETS 65536

struct heap {
    struct heap_entry {
        uint64_t key;
        struct unit *unit;
    } * entries;
    size_t n, cap;
};

struct mempool {
    struct mempool_config config;
    size_t transactions, units, waiting_nonce;
    uint64_t timestamp;            /* the newest that was asked for */
    int64_t swept_at;              /* when those that wait for time were looked through */
    struct heap ready;             /* by rank */
    struct heap time;              /* by valid_from */
    struct unit *held, *held_last; /* by deadline, which rises */
    struct unit *taken;
    bool put_back; /* taken is to be given again */
    struct account_queue *buckets[BUCKETS];
};

/* ---- a binary heap, the smallest key on top */

static zk_err heap_reserve(struct heap *h)
{
    if (h->n < h->cap) return ZK_OK;
    size_t cap = h->cap == 0 ? 256 : 2 * h->cap;
    struct heap_entry *entries = realloc(h->entries, cap * sizeof *entries);
    if (entries == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for %zu waiting transactions", cap);
    h->entries = entries;
    h->cap = cap;
    return ZK_OK;
}

/* There is room: heap_reserve. */
static void heap_push(struct heap *h, uint64_t key, struct unit *u)
{
    assert(h->n < h->cap);
    size_t i = h->n++;
    for (; i > 0 && h->entries[(i - 1) / 2].key > key; i = (i - 1) / 2) h->entries[i] = h->entries[(i - 1) / 2];
    h->entries[i] = (struct heap_entry){key, u};
}

static struct unit *heap_pop(struct heap *h)
{
    assert(h->n > 0);
    struct unit *top = h->entries[0].unit;
    struct heap_entry last = h->entries[--h->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && h->entries[child + 1].key < h->entries[child].key) child++;
        if (last.key <= h->entries[child].key) break;
        h->entries[i] = h->entries[child];
    }
    h->entries[i] = last;
    return top;
}

/* ---- making and ending */

zk_err mempool_create(struct mempool **out, const struct mempool_config *config)
{
    *out = NULL;
    struct mempool *m = calloc(1, sizeof *m);
    if (m == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the mempool");
    m->config = *config;
    *out = m;
    return ZK_OK;
}

static void free_heap(struct heap *h)
{
    for (size_t i = 0; i < h->n; i++) free(h->entries[i].unit);
    free(h->entries);
}

void mempool_destroy(struct mempool *m)
{
    if (m == NULL) return;
    free_heap(&m->ready);
    free_heap(&m->time);
    free(m->taken);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct account_queue *q = m->buckets[i], *next; q != NULL; q = next) {
            next = q->next;
            for (struct unit *u = q->first, *after; u != NULL; u = after) {
                after = u->queue_after;
                free(u);
            }
            free(q);
        }
    }
    free(m);
}

bool mempool_has_room(const struct mempool *m, size_t n)
{
    return m->transactions + n <= m->config.transactions_max || (m->ready.n == 0 && m->taken == NULL);
}

/* ---- waiting for nonces */

static struct account_queue **queue_at(struct mempool *m, uint32_t account)
{
    struct account_queue **at = &m->buckets[account % BUCKETS];
    while (*at != NULL && (*at)->account != account) at = &(*at)->next;
    return at;
}

/* Behind all with a nonce that is not larger: units that come in order are put at the end at once. */
static void queue_insert(struct account_queue *q, struct unit *u)
{
    struct unit *before = q->last;
    while (before != NULL && before->nonce > u->nonce) before = before->queue_before;
    struct unit *after = before != NULL ? before->queue_after : q->first;
    u->queue_before = before;
    u->queue_after = after;
    *(before != NULL ? &before->queue_after : &q->first) = u;
    *(after != NULL ? &after->queue_before : &q->last) = u;
    u->queue = q;
}

/* False without memory for another account's queue: then the unit is offered at once, and may fail; the alternative
 * were to stop. */
static bool queue_add(struct mempool *m, struct unit *u, uint32_t account, uint32_t nonce)
{
    struct account_queue **at = queue_at(m, account);
    if (*at == NULL) {
        *at = calloc(1, sizeof **at);
        if (*at == NULL) return false;
        (*at)->account = account;
    }
    u->nonce = nonce;
    queue_insert(*at, u);
    return true;
}

static void queue_remove(struct mempool *m, struct unit *u)
{
    struct account_queue *q = u->queue;
    *(u->queue_before != NULL ? &u->queue_before->queue_after : &q->first) = u->queue_after;
    *(u->queue_after != NULL ? &u->queue_after->queue_before : &q->last) = u->queue_before;
    u->queue = NULL;
    if (q->first != NULL) return;
    struct account_queue **at = queue_at(m, q->account);
    *at = q->next;
    free(q);
}

static void held_add(struct mempool *m, struct unit *u, int64_t now)
{
    u->place = PLACE_HELD;
    u->deadline = now + m->config.hold_us;
    /* A clock that went back must not break the order of the list. */
    if (m->held_last != NULL && m->held_last->deadline > u->deadline) u->deadline = m->held_last->deadline;
    u->held_before = m->held_last;
    u->held_after = NULL;
    *(m->held_last != NULL ? &m->held_last->held_after : &m->held) = u;
    m->held_last = u;
    m->waiting_nonce++;
}

static void held_remove(struct mempool *m, struct unit *u)
{
    assert(u->place == PLACE_HELD);
    *(u->held_before != NULL ? &u->held_before->held_after : &m->held) = u->held_after;
    *(u->held_after != NULL ? &u->held_after->held_before : &m->held_last) = u->held_before;
    m->waiting_nonce--;
}

/* ---- where a unit belongs */

/* The first transaction of its account in the unit. */
static bool is_first_of_account(const struct unit *u, size_t i)
{
    uint32_t account = tx_account_id(&u->txs[i].tx);
    for (size_t j = 0; j < i; j++)
        if (tx_account_id(&u->txs[j].tx) == account) return false;
    return true;
}

static bool has_expired(const struct unit *u, uint64_t timestamp)
{
    for (size_t i = 0; i < u->view.n; i++)
        if (tx_valid(&u->txs[i].tx).until < timestamp) return true;
    return false;
}

/* Puts a unit into the queue of the first of its accounts whose nonce is too low for it; false: there is none. */
static bool is_queued(struct mempool *m, struct unit *u)
{
    if (has_expired(u, m->timestamp)) return false; /* nothing can help it */
    for (size_t i = 0; i < u->view.n; i++) {
        if (!is_first_of_account(u, i)) continue;
        uint32_t account = tx_account_id(&u->txs[i].tx), nonce = tx_nonce(&u->txs[i].tx);
        if (nonce > m->config.nonce_of(m->config.ctx, account) && queue_add(m, u, account, nonce)) return true;
    }
    return false;
}

static void make_ready(struct mempool *m, struct unit *u)
{
    u->place = PLACE_READY;
    heap_push(&m->ready, u->rank, u);
}

/* Puts a unit where it belongs; both heaps have room. */
static void place(struct mempool *m, struct unit *u, int64_t now)
{
    if (u->valid_from > m->timestamp) {
        u->place = PLACE_TIME;
        heap_push(&m->time, u->valid_from, u);
    } else if (is_queued(m, u)) {
        held_add(m, u, now);
    } else {
        make_ready(m, u);
    }
}

/* Every unit has a place kept for it in both heaps, so that moving one cannot fail. */
static zk_err reserve_places(struct mempool *m)
{
    size_t want = m->units + 1;
    struct heap *heaps[] = {&m->ready, &m->time};
    for (size_t i = 0; i < ZK_COUNT(heaps); i++) {
        while (heaps[i]->cap < want) {
            size_t n = heaps[i]->n;
            heaps[i]->n = heaps[i]->cap;
            zk_err err = heap_reserve(heaps[i]);
            heaps[i]->n = n;
            if (err != ZK_OK) return err;
        }
    }
    return ZK_OK;
}

zk_err mempool_add(struct mempool *m, const struct store_queued_tx *txs, size_t n, uint64_t rank, int64_t now)
{
    assert(n >= 1);
    ZK_TRY(reserve_places(m));
    struct unit *u = calloc(1, sizeof *u + n * sizeof u->txs[0]);
    if (u == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a waiting transaction");
    memcpy(u->txs, txs, n * sizeof u->txs[0]);
    u->view = (struct mempool_unit){.n = n, .txs = u->txs};
    u->rank = rank;
    for (size_t i = 0; i < n; i++) {
        uint64_t from = tx_valid(&txs[i].tx).from;
        if (from > u->valid_from) u->valid_from = from;
        u->view.fast |= txs[i].fast;
    }
    m->transactions += n;
    m->units++;
    place(m, u, now);
    return ZK_OK;
}

/* ---- taking */

static bool has_used_nonce(const struct mempool *m, const struct unit *u)
{
    for (size_t i = 0; i < u->view.n; i++)
        if (tx_nonce(&u->txs[i].tx) < m->config.nonce_of(m->config.ctx, tx_account_id(&u->txs[i].tx))) return true;
    return false;
}

/* Gives those a place among the ready ones that wait for a time at which they could only fail. */
static void sweep(struct mempool *m)
{
    struct heap waiting = m->time;
    size_t n = waiting.n;
    m->time.n = 0;
    for (size_t i = 0; i < n; i++) {
        struct heap_entry e = waiting.entries[i]; /* pushing writes only what was read */
        if (has_used_nonce(m, e.unit))
            make_ready(m, e.unit);
        else
            heap_push(&m->time, e.key, e.unit);
    }
}

const struct mempool_unit *mempool_take(struct mempool *m, uint64_t timestamp, int64_t now, uint64_t below)
{
    if (m->taken != NULL) {
        assert(m->put_back);
        if (m->taken->rank >= below) return NULL;
        m->put_back = false;
        return &m->taken->view;
    }
    m->timestamp = timestamp;
    bool due = m->swept_at != 0 && now - m->swept_at >= SWEEP_US;
    if (due) sweep(m);
    if (due || m->swept_at == 0 || now < m->swept_at) m->swept_at = now;
    while (m->time.n > 0 && m->time.entries[0].key <= timestamp) place(m, heap_pop(&m->time), now);
    while (m->held != NULL && m->held->deadline <= now) {
        struct unit *u = m->held;
        queue_remove(m, u);
        held_remove(m, u);
        make_ready(m, u);
    }
    if (m->ready.n == 0 || m->ready.entries[0].key >= below) return NULL;
    m->taken = heap_pop(&m->ready);
    m->taken->place = PLACE_TAKEN;
    return &m->taken->view;
}

void mempool_nonce_moved(struct mempool *m, uint32_t account)
{
    uint32_t nonce = m->config.nonce_of(m->config.ctx, account);
    for (;;) {
        struct account_queue *q = *queue_at(m, account);
        if (q == NULL || q->first->nonce > nonce) return;
        struct unit *u = q->first;
        queue_remove(m, u);
        if (is_queued(m, u)) continue; /* a batch may wait for another account now, but no longer in all */
        held_remove(m, u);
        make_ready(m, u);
    }
}

void mempool_done(struct mempool *m)
{
    struct unit *u = m->taken;
    assert(u != NULL);
    assert(!m->put_back);
    m->taken = NULL;
    m->transactions -= u->view.n;
    m->units--;
    for (size_t i = 0; i < u->view.n; i++)
        if (is_first_of_account(u, i)) mempool_nonce_moved(m, tx_account_id(&u->txs[i].tx));
    free(u);
}

void mempool_put_back(struct mempool *m)
{
    assert(m->taken != NULL);
    assert(!m->put_back);
    m->put_back = true;
}

int64_t mempool_next_at(const struct mempool *m)
{
    int64_t at = m->held != NULL ? m->held->deadline : INT64_MAX;
    if (m->time.n == 0 || m->time.entries[0].key >= (uint64_t)(INT64_MAX / SECOND)) return at;
    int64_t time = (int64_t)m->time.entries[0].key * SECOND;
    return time < at ? time : at;
}

void mempool_counts(struct mempool_counts *out, const struct mempool *m)
{
    *out = (struct mempool_counts){.transactions = m->transactions,
                                   .units = m->units,
                                   .waiting_time = m->time.n,
                                   .waiting_nonce = m->waiting_nonce};
}

/* ---- fee classes */

struct class_count {
    struct fee_class class;
    size_t n;
};

#define CLASSES_SEEN_MAX 64 /* different ones looked at; those that come later are rare, or there are too many anyway */

static void count_class(struct class_count *seen, size_t *n, const struct tx *tx)
{
    if (tx->type != TX_TRANSFER || !token_is_fungible(tx->transfer.token) || !fee_is_packable(tx->transfer.fee)) return;
    for (size_t i = 0; i < *n; i++) {
        if (seen[i].class.token != tx->transfer.token || seen[i].class.fee != tx->transfer.fee) continue;
        seen[i].n++;
        return;
    }
    if (*n < CLASSES_SEEN_MAX) seen[(*n)++] = (struct class_count){{tx->transfer.token, tx->transfer.fee}, 1};
}

/* The most common first; equal ones by token and fee, so that the order is the same on every machine. */
static int by_count(const void *a, const void *b)
{
    const struct class_count *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    if (x->class.token != y->class.token) return x->class.token < y->class.token ? -1 : 1;
    return (x->class.fee > y->class.fee) - (x->class.fee < y->class.fee);
}

size_t mempool_fee_classes(const struct mempool *m, struct fee_class *out, size_t max, size_t depth, size_t least)
{
    struct class_count seen[CLASSES_SEEN_MAX];
    size_t n = 0, taken = 0;
    for (size_t i = 0; i < m->ready.n && i < depth; i++) {
        const struct unit *u = m->ready.entries[i].unit;
        for (size_t j = 0; j < u->view.n; j++) count_class(seen, &n, &u->txs[j].tx);
    }
    qsort(seen, n, sizeof seen[0], by_count);
    while (taken < n && taken < max && seen[taken].n >= least) {
        out[taken] = seen[taken].class;
        taken++;
    }
    return taken;
}
