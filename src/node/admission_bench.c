/* How many signed transfers a second pass admission, with every check and a durable commit, and where the time goes.
 * The database is on disk, so the commits are real; the submitters only hand over requests made before. */
#include "base/bench.h"
#include "base/pool.h"
#include "node/admission_world_test.h"
#include "node/metrics.h"

#define TXS_MAX 8192
#define USERS   64

struct load {
    struct world world;
    struct submit_request *requests[TXS_MAX];
    size_t n;
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t answers, accepted;
};

static struct load load = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static zk_err make_request(void *ctx, size_t i, unsigned worker)
{
    struct load *l = ctx;
    (void)worker;
    const struct world_user *from = &l->world.users[i % USERS], *to = &l->world.users[(i + 1) % USERS];
    struct submit_request *r = submit_request_create(1);
    CHECK(r != NULL);
    r->txs[0].tx = world_transfer(&l->world, from, to, 5 + (uint32_t)(i / USERS));
    world_sign_tx(&r->txs[0].tx, from);
    world_sign_text(&r->txs[0].signatures[0], &l->world, from, &r->txs[0].tx);
    l->requests[i] = r;
    return ZK_OK;
}

static void count(void *ctx, const struct submit_answer *answer)
{
    struct load *l = ctx;
    pthread_mutex_lock(&l->lock);
    l->answers++;
    l->accepted += answer->error == SUBMIT_OK ? 1 : 0;
    if (l->answers == l->n) pthread_cond_signal(&l->done);
    pthread_mutex_unlock(&l->lock);
}

static double run(struct load *l)
{
    double start = bench_now_s();
    for (size_t i = 0; i < l->n; i++) {
        submit_error error = admission_submit(l->world.admission, l->requests[i], count, l);
        CHECK(error == SUBMIT_OK);
    }
    pthread_mutex_lock(&l->lock);
    while (l->answers < l->n) pthread_cond_wait(&l->done, &l->lock);
    pthread_mutex_unlock(&l->lock);
    CHECK_EQ_U64(l->n, l->accepted);
    return bench_now_s() - start;
}

/* What a transfer costs in one stage: the sum that the metrics hold, by the number of transfers. */
static void report_stage(const struct bench_options *o, const char *stage, size_t n, unsigned threads)
{
    char labels[64], name[64];
    (void)snprintf(labels, sizeof labels, "stage=\"%s\"", stage);
    (void)snprintf(name, sizeof name, "admission, %s", stage);
    double sum = metric_sum(metric_seconds("zkroll_admission_stage_seconds", labels, ""));
    bench_report(
        o, &(struct bench_result){.name = name, .value = sum * 1e9 / (double)n, .unit = "ns", .threads = threads});
}

int main(int argc, char **argv)
{
    static const char *const stages[] = {"look_up", "keys", "ethereum_signatures", "l2_signatures", "commit"};
    struct bench_options o;
    bench_begin(&o, "admission: signed transfers, single, with all checks, group commit in SQLite", argc, argv);
    unsigned threads = o.threads == 0 ? 1 : o.threads;
    struct pool *pool;
    load.n = o.tiny ? 64 : TXS_MAX;
    world_on_disk = true;
    world_init(&load.world, USERS, USERS);
    load.world.config.threads = threads;
    load.world.config.account_max = TXS_MAX;
    CHECK_OK(pool_create(&pool, 0));
    CHECK_OK(pool_for(pool, load.n, make_request, &load));
    pool_destroy(pool);
    world_start(&load.world);
    double seconds = run(&load);
    bench_report(&o, &(struct bench_result){
                         .name = "admission", .value = (double)load.n / seconds, .unit = "1/s", .threads = threads});
    for (size_t i = 0; i < ZK_COUNT(stages); i++) report_stage(&o, stages[i], load.n, threads);
    world_end(&load.world);
    return 0;
}
