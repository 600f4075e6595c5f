#include "node/node.h"

#include "base/log.h"
#include "node/chain.h"
#include "node/cleaner.h"
#include "node/l1_watcher.h"
#include "node/market.h"
#include "node/prover.h"
#include "node/sequencer_part.h"
#include "node/settlement.h"
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The parts of this layer, in the order in which they are started. Those above it (the API) come by node_add_part. */
static const struct node_part *const own_parts[] = {
    &l1_watcher_part, &market_part, &sequencer_part, &cleaner_part, &settlement_part, &prover_part,
};

struct running {
    const struct node_part *part;
    struct node *node;
    void *self;
    bool has_thread;
    pthread_t thread;
};

struct node {
    struct node_config config;
    char database[CONFIG_DATABASE_CAP];
    struct events *events;
    struct pool *pool;
    const struct node_part *parts[NODE_PARTS_MAX];
    size_t n_parts;
    pthread_mutex_t parts_lock; /* of the next two: a part may fail while others are being started */
    struct running running[NODE_PARTS_MAX];
    size_t n_running;
    atomic_bool ready;
    pthread_mutex_t lock; /* of the failure */
    zk_err err;
    char why[256];
};

/* ---- making */

static zk_err make_folder(const char *path)
{
    struct stat st;
    if (mkdir(path, 0700) == 0) return ZK_OK;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return ZK_OK;
    return zk_fail(ZK_ERR_IO, "cannot make the data folder %s: %s", path, strerror(errno));
}

/* Makes the database if there is none, and looks whether it is this chain's. */
static zk_err check_database(const struct node *n)
{
    struct store *s;
    struct store_options options = {.create = true, .busy_timeout_ms = (unsigned)n->config.db.busy_timeout_ms};
    ZK_TRY(store_open(&s, n->database, &options));
    zk_err err = chain_bind_id(s, n->config.l1.chain_id);
    store_close(s);
    return err;
}

static zk_err create(struct node *n)
{
    ZK_TRY(config_check(&n->config));
    ZK_TRY(make_folder(n->config.data_dir));
    ZK_TRY(config_database(n->database, &n->config));
    ZK_TRY(check_database(n));
    ZK_TRY(events_create(&n->events));
    ZK_TRY(pool_create(&n->pool, (unsigned)n->config.threads));
    for (size_t i = 0; i < ZK_COUNT(own_parts); i++) ZK_TRY(node_add_part(n, own_parts[i]));
    return ZK_OK;
}

zk_err node_create(struct node **out, const struct node_config *config)
{
    *out = NULL;
    struct node *n = calloc(1, sizeof *n);
    if (n == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a node");
    n->config = *config;
    (void)pthread_mutex_init(&n->lock, NULL);
    (void)pthread_mutex_init(&n->parts_lock, NULL);
    zk_err err = create(n);
    if (err == ZK_OK)
        *out = n;
    else
        node_destroy(n);
    return err;
}

void node_destroy(struct node *n)
{
    if (n == NULL) return;
    assert(n->n_running == 0); /* joined */
    pool_destroy(n->pool);
    events_destroy(n->events);
    (void)pthread_mutex_destroy(&n->lock);
    (void)pthread_mutex_destroy(&n->parts_lock);
    zk_wipe(n->database, sizeof n->database);
    free(n);
}

zk_err node_add_part(struct node *n, const struct node_part *part)
{
    if (n->n_parts == NODE_PARTS_MAX) return zk_fail(ZK_ERR_FULL, "more than %d parts of a node", NODE_PARTS_MAX);
    n->parts[n->n_parts++] = part;
    return ZK_OK;
}

/* ---- running */

void node_fail(struct node *n, zk_err err, const char *part)
{
    char why[256];
    (void)snprintf(why, sizeof why, "%s", zk_err_message());
    log_event(LOG_ERROR, "part_failed", LOG_STR("part", part), LOG_STR("error", zk_err_str(err)), LOG_STR("why", why),
              LOG_END);
    (void)pthread_mutex_lock(&n->lock);
    if (n->err == ZK_OK) {
        n->err = err;
        (void)snprintf(n->why, sizeof n->why, "%s: %.200s", part, why);
    }
    (void)pthread_mutex_unlock(&n->lock);
    node_stop(n);
}

static void *run(void *arg)
{
    struct running *r = arg;
    char name[16]; /* what the system keeps of it */
    (void)snprintf(name, sizeof name, "%s", r->part->name);
    (void)pthread_setname_np(pthread_self(), name);
    zk_err err = r->part->run(r->self);
    bool stopping = events_stopping(r->node->events);
    if (err == ZK_ERR_CANCELLED && stopping) err = ZK_OK; /* what it waited for was cut short by its own stop */
    if (err != ZK_OK)
        node_fail(r->node, err, r->part->name);
    else if (!stopping)
        node_fail(r->node, zk_fail(ZK_ERR_CANCELLED, "ended by itself"), r->part->name);
    return NULL;
}

static void count_running(struct node *n, int change)
{
    (void)pthread_mutex_lock(&n->parts_lock);
    n->n_running += (size_t)change;
    (void)pthread_mutex_unlock(&n->parts_lock);
}

static void close_part(struct running *r)
{
    r->part->close(r->self);
    free(r->self);
    r->self = NULL;
}

static zk_err start_part(struct node *n, const struct node_part *part)
{
    struct running *r = &n->running[n->n_running];
    *r = (struct running){.part = part, .node = n};
    r->self = calloc(1, part->size);
    if (r->self == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the %s", part->name);
    zk_err err = part->open(r->self, n);
    if (err != ZK_OK) {
        char why[256];
        (void)snprintf(why, sizeof why, "%s", zk_err_message());
        close_part(r);
        return zk_fail(err, "%s", why);
    }
    count_running(n, 1);
    if (part->run == NULL) return ZK_OK;
    if (pthread_create(&r->thread, NULL, run, r) != 0)
        return zk_fail(ZK_ERR_MEMORY, "no thread for the %s", part->name);
    r->has_thread = true;
    return ZK_OK;
}

/* In the reverse of the order in which they began. */
static void end_parts(struct node *n)
{
    while (n->n_running > 0) {
        struct running *r = &n->running[n->n_running - 1];
        if (r->has_thread) (void)pthread_join(r->thread, NULL);
        count_running(n, -1);
        close_part(r);
    }
}

zk_err node_start(struct node *n)
{
    for (size_t i = 0; i < n->n_parts; i++) {
        const struct node_part *part = n->parts[i];
        if ((part->roles & n->config.roles) == 0) continue;
        zk_err err = start_part(n, part);
        if (err == ZK_OK) continue;
        char why[256];
        (void)snprintf(why, sizeof why, "%s", zk_err_message());
        node_stop(n);
        end_parts(n);
        return zk_fail(err, "%s", why);
    }
    if (n->n_running == 0) return zk_fail(ZK_ERR_INPUT, "none of the node's roles has a part in this program");
    atomic_store(&n->ready, true);
    return ZK_OK;
}

void node_stop(struct node *n)
{
    atomic_store(&n->ready, false);
    events_raise(n->events, EVENT_BIT(EVENT_STOP)); /* first: who is interrupted below can see why */
    (void)pthread_mutex_lock(&n->parts_lock);
    for (size_t i = n->n_running; i-- > 0;)
        if (n->running[i].part->stop != NULL) n->running[i].part->stop(n->running[i].self);
    (void)pthread_mutex_unlock(&n->parts_lock);
}

zk_err node_join(struct node *n)
{
    struct events_seen seen = {0};
    while (!events_stopping(n->events)) (void)events_wait(n->events, &seen, 0, -1);
    end_parts(n);
    (void)pthread_mutex_lock(&n->lock);
    zk_err err = n->err;
    (void)pthread_mutex_unlock(&n->lock);
    return err == ZK_OK ? ZK_OK : zk_fail(err, "%s", n->why);
}

/* ---- for parts */

const struct node_config *node_config_of(const struct node *n)
{
    return &n->config;
}

struct events *node_events(struct node *n)
{
    return n->events;
}

struct pool *node_pool(struct node *n)
{
    return n->pool;
}

zk_err node_open_store(struct store **out, const struct node *n)
{
    struct store_options options = {.busy_timeout_ms = (unsigned)n->config.db.busy_timeout_ms};
    return store_open(out, n->database, &options);
}

const char *node_database(const struct node *n)
{
    return n->database;
}

bool node_ready(const struct node *n)
{
    return atomic_load(&n->ready);
}
