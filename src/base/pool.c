/* The loop that is running is one struct job in the pool. Threads sleep until `generation` moves, then draw indices
 * from `next` until none is left; the caller draws too, then sleeps until every thread has left the job.
 *
 *   I1  `job` changes only while no thread is inside it (`inside` = 0), under `lock`.
 *   I2  a thread enters a generation at most once. */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct job {
    pool_body body;
    void *ctx;
    size_t n;
    atomic_size_t next;
    pthread_mutex_t fail_lock;
    zk_err err;
    size_t err_index;
    char err_message[256];
};

struct pool {
    unsigned n_threads; /* the caller's included */
    pthread_t threads[POOL_THREADS_MAX];
    pthread_mutex_t callers; /* held for a whole pool_for: one loop at a time */
    pthread_mutex_t lock;
    pthread_cond_t begin;
    pthread_cond_t end;
    uint64_t generation;
    unsigned inside;
    bool stop;
    struct job job;
};

struct thread_arg {
    struct pool *pool;
    unsigned worker;
};

/* The pool whose body this thread is in: a nested loop would wait for itself, so it is refused at once. A body may run
 * a loop of another pool, and is in its own again after it. */
static _Thread_local const struct pool *current;

static void job_fail(struct job *job, size_t i, zk_err err)
{
    (void)pthread_mutex_lock(&job->fail_lock);
    if (job->err == ZK_OK || i < job->err_index) {
        job->err = err;
        job->err_index = i;
        (void)snprintf(job->err_message, sizeof job->err_message, "%s", zk_err_message());
    }
    (void)pthread_mutex_unlock(&job->fail_lock);
    atomic_store(&job->next, job->n);
}

static void job_run(struct job *job, unsigned worker)
{
    for (;;) {
        size_t i = atomic_fetch_add(&job->next, 1);
        if (i >= job->n) return;
        zk_err err = job->body(job->ctx, i, worker);
        if (err != ZK_OK) job_fail(job, i, err);
    }
}

static void *thread_main(void *p)
{
    struct thread_arg arg = *(struct thread_arg *)p;
    free(p);
    struct pool *pool = arg.pool;
    uint64_t seen = 0;
    current = pool;
    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->generation == seen && !pool->stop) (void)pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->stop) break;
        seen = pool->generation;
        (void)pthread_mutex_unlock(&pool->lock);
        job_run(&pool->job, arg.worker);
        (void)pthread_mutex_lock(&pool->lock);
        if (--pool->inside == 0) (void)pthread_cond_signal(&pool->end);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static unsigned processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    if (n < 1) return 1;
    return n > POOL_THREADS_MAX ? POOL_THREADS_MAX : (unsigned)n;
}

zk_err pool_create(struct pool **out, unsigned n_threads)
{
    *out = NULL;
    if (n_threads > POOL_THREADS_MAX)
        return zk_fail(ZK_ERR_RANGE, "%u threads asked for; at most %d are supported", n_threads, POOL_THREADS_MAX);
    if (n_threads == 0) n_threads = processors();

    struct pool *p = calloc(1, sizeof *p);
    if (p == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a thread pool");
    p->n_threads = 1;
    (void)pthread_mutex_init(&p->callers, NULL);
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_mutex_init(&p->job.fail_lock, NULL);
    (void)pthread_cond_init(&p->begin, NULL);
    (void)pthread_cond_init(&p->end, NULL);
    for (unsigned w = 1; w < n_threads; w++) {
        struct thread_arg *arg = malloc(sizeof *arg);
        if (arg != NULL) *arg = (struct thread_arg){p, w};
        if (arg == NULL || pthread_create(&p->threads[w], NULL, thread_main, arg) != 0) {
            free(arg);
            pool_destroy(p);
            return zk_fail(ZK_ERR_MEMORY, "cannot start thread %u of %u", w + 1, n_threads);
        }
        p->n_threads = w + 1;
    }
    *out = p;
    return ZK_OK;
}

void pool_destroy(struct pool *p)
{
    if (p == NULL) return;
    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    (void)pthread_cond_broadcast(&p->begin);
    (void)pthread_mutex_unlock(&p->lock);
    for (unsigned w = 1; w < p->n_threads; w++) (void)pthread_join(p->threads[w], NULL);
    (void)pthread_cond_destroy(&p->begin);
    (void)pthread_cond_destroy(&p->end);
    (void)pthread_mutex_destroy(&p->job.fail_lock);
    (void)pthread_mutex_destroy(&p->lock);
    (void)pthread_mutex_destroy(&p->callers);
    free(p);
}

unsigned pool_threads(const struct pool *p)
{
    return p == NULL ? 1 : p->n_threads;
}

static zk_err run_in_place(size_t n, pool_body body, void *ctx)
{
    for (size_t i = 0; i < n; i++) ZK_TRY(body(ctx, i, 0));
    return ZK_OK;
}

zk_err pool_for(struct pool *p, size_t n, pool_body body, void *ctx)
{
    assert(p == NULL || current != p);
    if (p == NULL || p->n_threads == 1 || n <= 1) return run_in_place(n, body, ctx);

    (void)pthread_mutex_lock(&p->callers);
    struct job *job = &p->job;
    job->body = body;
    job->ctx = ctx;
    job->n = n;
    job->err = ZK_OK;
    atomic_store(&job->next, 0);

    (void)pthread_mutex_lock(&p->lock);
    p->generation++;
    p->inside = p->n_threads - 1;
    (void)pthread_cond_broadcast(&p->begin);
    (void)pthread_mutex_unlock(&p->lock);

    const struct pool *outer = current;
    current = p;
    job_run(job, 0);
    current = outer;

    (void)pthread_mutex_lock(&p->lock);
    while (p->inside != 0) (void)pthread_cond_wait(&p->end, &p->lock);
    (void)pthread_mutex_unlock(&p->lock);

    zk_err err = job->err;
    if (err != ZK_OK) err = zk_fail(err, "%s", job->err_message);
    (void)pthread_mutex_unlock(&p->callers);
    return err;
}

struct ranges {
    pool_range_body body;
    void *ctx;
    size_t n;
    size_t grain;
};

static zk_err run_range(void *ctx, size_t i, unsigned worker)
{
    const struct ranges *r = ctx;
    size_t begin = i * r->grain;
    size_t end = r->n - begin > r->grain ? begin + r->grain : r->n;
    r->body(r->ctx, begin, end, worker);
    return ZK_OK;
}

void pool_for_range(struct pool *p, size_t n, size_t grain, pool_range_body body, void *ctx)
{
    assert(grain >= 1);
    struct ranges r = {body, ctx, n, grain};
    zk_err err = pool_for(p, n / grain + (n % grain != 0), run_range, &r);
    assert(err == ZK_OK); /* run_range cannot fail */
}
