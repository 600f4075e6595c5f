#include "node/events.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct events {
    pthread_mutex_t lock;
    pthread_cond_t raised;
    uint64_t count[EVENT_KINDS];
    struct {
        int fd; /* -1: free */
        unsigned mask;
    } fds[EVENTS_FDS_MAX];
};

zk_err events_create(struct events **out)
{
    *out = NULL;
    struct events *e = calloc(1, sizeof *e);
    if (e == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for events");
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&e->raised, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)pthread_mutex_init(&e->lock, NULL);
    for (size_t i = 0; i < EVENTS_FDS_MAX; i++) e->fds[i].fd = -1;
    *out = e;
    return ZK_OK;
}

void events_destroy(struct events *e)
{
    if (e == NULL) return;
    for (size_t i = 0; i < EVENTS_FDS_MAX; i++)
        if (e->fds[i].fd >= 0) (void)close(e->fds[i].fd);
    (void)pthread_cond_destroy(&e->raised);
    (void)pthread_mutex_destroy(&e->lock);
    free(e);
}

/* A counter at its end, 2^64 - 1, is readable already: a failed write loses nothing. */
static void fd_signal(int fd)
{
    uint64_t one = 1;
    ssize_t done = write(fd, &one, sizeof one);
    (void)done;
}

void events_raise(struct events *e, unsigned mask)
{
    (void)pthread_mutex_lock(&e->lock);
    for (unsigned k = 0; k < EVENT_KINDS; k++)
        if (mask & EVENT_BIT(k)) e->count[k]++;
    for (size_t i = 0; i < EVENTS_FDS_MAX; i++)
        if (e->fds[i].fd >= 0 && (e->fds[i].mask & mask) != 0) fd_signal(e->fds[i].fd);
    (void)pthread_cond_broadcast(&e->raised);
    (void)pthread_mutex_unlock(&e->lock);
}

void events_seen_now(struct events_seen *seen, struct events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    memcpy(seen->count, e->count, sizeof seen->count);
    (void)pthread_mutex_unlock(&e->lock);
}

static unsigned take(struct events_seen *seen, const struct events *e, unsigned mask)
{
    unsigned got = e->count[EVENT_STOP] != 0 ? EVENT_BIT(EVENT_STOP) : 0;
    for (unsigned k = 0; k < EVENT_KINDS; k++) {
        if ((mask & EVENT_BIT(k)) == 0 || k == EVENT_STOP || seen->count[k] == e->count[k]) continue;
        seen->count[k] = e->count[k];
        got |= EVENT_BIT(k);
    }
    return got;
}

static struct timespec deadline_of(int timeout_ms)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

unsigned events_wait(struct events *e, struct events_seen *seen, unsigned mask, int timeout_ms)
{
    struct timespec deadline = deadline_of(timeout_ms < 0 ? 0 : timeout_ms);
    int late = 0;
    unsigned got;
    (void)pthread_mutex_lock(&e->lock);
    while ((got = take(seen, e, mask)) == 0 && late != ETIMEDOUT) {
        if (timeout_ms < 0)
            (void)pthread_cond_wait(&e->raised, &e->lock);
        else
            late = pthread_cond_timedwait(&e->raised, &e->lock, &deadline);
    }
    (void)pthread_mutex_unlock(&e->lock);
    return got;
}

bool events_stopping(struct events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    bool stopping = e->count[EVENT_STOP] != 0;
    (void)pthread_mutex_unlock(&e->lock);
    return stopping;
}

zk_err events_fd_open(int *fd, struct events *e, unsigned mask)
{
    *fd = -1;
    int made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made < 0) return zk_fail(ZK_ERR_IO, "no event descriptor: errno %d", errno);
    (void)pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < EVENTS_FDS_MAX && *fd < 0; i++) {
        if (e->fds[i].fd >= 0) continue;
        e->fds[i].fd = made;
        e->fds[i].mask = mask | EVENT_BIT(EVENT_STOP);
        *fd = made;
    }
    if (*fd >= 0 && e->count[EVENT_STOP] != 0) fd_signal(made);
    (void)pthread_mutex_unlock(&e->lock);
    if (*fd >= 0) return ZK_OK;
    (void)close(made);
    return zk_fail(ZK_ERR_FULL, "more than %d event descriptors", EVENTS_FDS_MAX);
}

void events_fd_close(struct events *e, int fd)
{
    if (fd < 0) return;
    (void)pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < EVENTS_FDS_MAX; i++)
        if (e->fds[i].fd == fd) e->fds[i].fd = -1;
    (void)pthread_mutex_unlock(&e->lock);
    (void)close(fd);
}
