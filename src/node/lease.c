#include "node/lease.h"

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct lease {
    struct store *store;
    struct events *events;
    const char *name;
    char holder[STORE_LEASE_HOLDER_MAX];
    int64_t lease_us;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop, abandon;
    bool held;
    int64_t until; /* by our monotonic clock */
    uint64_t token;
};

static int64_t clock_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void set(struct lease *l, bool held, uint64_t token, int64_t until)
{
    (void)pthread_mutex_lock(&l->lock);
    l->held = held;
    l->token = token;
    l->until = until;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
}

/* Another has it: says so once. */
static void say_waiting(const struct lease *l, const struct store_lease *other, bool *said)
{
    if (*said) return;
    *said = true;
    log_event(LOG_INFO, "lease_waiting", LOG_STR("lease", l->name), LOG_STR("holder", other->holder), LOG_END);
}

static void try_take(struct lease *l, bool *said)
{
    struct store_lease got;
    bool held = false;
    int64_t asked = clock_us();
    zk_err err = store_lease_take(l->store, &got, &held, l->name, l->holder, l->lease_us);
    if (err != ZK_OK) {
        log_event(LOG_WARN, "lease_unknown", LOG_STR("lease", l->name), LOG_STR("why", zk_err_message()), LOG_END);
        return;
    }
    if (!held) {
        say_waiting(l, &got, said);
        return;
    }
    *said = false;
    log_event(LOG_INFO, "lease_taken", LOG_STR("lease", l->name), LOG_U64("token", got.token), LOG_END);
    set(l, true, got.token, asked + l->lease_us);
}

static void renew(struct lease *l)
{
    bool held = false;
    int64_t asked = clock_us();
    zk_err err = store_lease_renew(l->store, &held, l->name, l->token, l->lease_us);
    if (err != ZK_OK) {
        /* Held until its end: the next round may reach the database. */
        log_event(LOG_WARN, "lease_unknown", LOG_STR("lease", l->name), LOG_STR("why", zk_err_message()), LOG_END);
        held = clock_us() < l->until;
        asked = l->until - l->lease_us;
    }
    if (!held) log_event(LOG_WARN, "lease_lost", LOG_STR("lease", l->name), LOG_U64("token", l->token), LOG_END);
    set(l, held, l->token, asked + l->lease_us);
}

/* A third of the lease, or until the end is asked for: false then. */
static bool pause_round(struct lease *l)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + l->lease_us / 3 * 1000;
    at.tv_sec += ns / 1000000000;
    at.tv_nsec = ns % 1000000000;
    (void)pthread_mutex_lock(&l->lock);
    int late = 0;
    while (!l->stop && late != ETIMEDOUT) late = pthread_cond_timedwait(&l->changed, &l->lock, &at);
    bool go_on = !l->stop;
    (void)pthread_mutex_unlock(&l->lock);
    return go_on;
}

static void *run(void *arg)
{
    struct lease *l = arg;
    bool said = false;
    do {
        if (l->held)
            renew(l);
        else
            try_take(l, &said);
    } while (pause_round(l));
    if (l->held && !l->abandon && store_lease_release(l->store, l->name, l->token) != ZK_OK)
        log_event(LOG_WARN, "lease_not_released", LOG_STR("lease", l->name), LOG_STR("why", zk_err_message()), LOG_END);
    set(l, false, l->token, 0);
    return NULL;
}

static zk_err make_holder(struct lease *l)
{
    uint8_t random[8];
    char host[64] = "", hex[17];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return zk_fail(ZK_ERR_IO, "no random numbers: errno %d", errno);
    (void)gethostname(host, sizeof host - 1);
    hex_encode(hex, random, sizeof random);
    (void)snprintf(l->holder, sizeof l->holder, "%s:%ld:%s", host, (long)getpid(), hex);
    return ZK_OK;
}

zk_err lease_create(struct lease **out, struct store *s, struct events *e, const char *name, int64_t lease_us)
{
    *out = NULL;
    struct lease *l = calloc(1, sizeof *l);
    if (l == NULL) {
        store_close(s);
        return zk_fail(ZK_ERR_MEMORY, "no memory for a lease");
    }
    zk_err err = make_holder(l);
    if (err != ZK_OK) {
        free(l);
        store_close(s);
        return err;
    }
    l->store = s;
    l->events = e;
    l->name = name;
    l->lease_us = lease_us;
    (void)pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&l->changed, &attr);
    (void)pthread_condattr_destroy(&attr);
    if (pthread_create(&l->thread, NULL, run, l) != 0) {
        store_close(s);
        free(l);
        return zk_fail(ZK_ERR_MEMORY, "no thread for a lease");
    }
    *out = l;
    return ZK_OK;
}

static void end(struct lease *l, bool abandon)
{
    if (l == NULL) return;
    (void)pthread_mutex_lock(&l->lock);
    l->stop = true;
    l->abandon = abandon;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
    (void)pthread_join(l->thread, NULL);
    store_close(l->store);
    (void)pthread_cond_destroy(&l->changed);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

void lease_destroy(struct lease *l)
{
    end(l, false);
}

void lease_abandon(struct lease *l)
{
    end(l, true);
}

bool lease_held(struct lease *l)
{
    (void)pthread_mutex_lock(&l->lock);
    bool held = l->held && clock_us() < l->until;
    (void)pthread_mutex_unlock(&l->lock);
    return held;
}

uint64_t lease_token(struct lease *l)
{
    (void)pthread_mutex_lock(&l->lock);
    uint64_t token = l->token;
    (void)pthread_mutex_unlock(&l->lock);
    return token;
}

/* In pieces, for the condition of the lease does not hear of the node's end. */
#define WAIT_MS 50

bool lease_wait(struct lease *l)
{
    for (;;) {
        if (events_stopping(l->events)) return false;
        if (lease_held(l)) return true;
        struct timespec at;
        (void)clock_gettime(CLOCK_MONOTONIC, &at);
        int64_t ns = at.tv_nsec + WAIT_MS * INT64_C(1000000);
        at.tv_sec += ns / 1000000000;
        at.tv_nsec = ns % 1000000000;
        (void)pthread_mutex_lock(&l->lock);
        if (!l->held || clock_us() >= l->until) (void)pthread_cond_timedwait(&l->changed, &l->lock, &at);
        (void)pthread_mutex_unlock(&l->lock);
    }
}
