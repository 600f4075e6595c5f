#include "api/jobs.h"

#include <pthread.h>
#include <stdlib.h>

struct job {
    void (*run)(void *ctx);
    void *ctx;
};

struct jobs {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *ring;
    unsigned max, first, n;
    bool stopping;
    void (*end)(void *ctx);
    void *end_ctx;
};

static void *jobs_main(void *arg)
{
    struct jobs *j = arg;
    for (;;) {
        pthread_mutex_lock(&j->lock);
        while (j->n == 0 && !j->stopping) pthread_cond_wait(&j->changed, &j->lock);
        bool over = j->n == 0;
        struct job job = {0};
        if (!over) {
            job = j->ring[j->first];
            j->first = (j->first + 1) % j->max;
            j->n--;
        }
        pthread_mutex_unlock(&j->lock);
        if (over) break;
        job.run(job.ctx);
    }
    if (j->end != NULL) j->end(j->end_ctx);
    return NULL;
}

zk_err jobs_start(struct jobs **out, unsigned max, void (*end)(void *ctx), void *ctx)
{
    assert(max >= 1);
    *out = NULL;
    struct jobs *j = calloc(1, sizeof *j);
    if (j == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for jobs");
    j->max = max;
    j->end = end;
    j->end_ctx = ctx;
    j->ring = calloc(max, sizeof *j->ring);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->changed, NULL);
    if (j->ring == NULL || pthread_create(&j->thread, NULL, jobs_main, j) != 0) {
        free(j->ring);
        free(j);
        return zk_fail(ZK_ERR_MEMORY, "no memory for a thread");
    }
    *out = j;
    return ZK_OK;
}

void jobs_stop(struct jobs *j)
{
    if (j == NULL) return;
    pthread_mutex_lock(&j->lock);
    j->stopping = true;
    pthread_cond_signal(&j->changed);
    pthread_mutex_unlock(&j->lock);
    pthread_join(j->thread, NULL);
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->changed);
    free(j->ring);
    free(j);
}

bool jobs_put(struct jobs *j, void (*run)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&j->lock);
    bool room = j->n < j->max && !j->stopping;
    if (room) {
        j->ring[(j->first + j->n) % j->max] = (struct job){run, ctx};
        j->n++;
        pthread_cond_signal(&j->changed);
    }
    pthread_mutex_unlock(&j->lock);
    return room;
}
