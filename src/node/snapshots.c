#include "node/snapshots.h"

#include "base/file.h"
#include "base/log.h"
#include "node/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A child that takes longer is stuck: ten million accounts take seconds. */
#define CHILD_SECONDS_MAX 600
#define END_WAIT_MS       30000

struct snapshots {
    const char *folder;
    pid_t child; /* 0: none */
    uint32_t child_block;
    double child_since;
    uint32_t final; /* as last told */
    struct metric *seconds, *last_block;
};

static zk_err path_of(char path[FILE_PATH_MAX], const struct snapshots *s, uint32_t block)
{
    int n = snprintf(path, FILE_PATH_MAX, "%s/state-%u.zks", s->folder, block);
    if (n < 0 || n >= FILE_PATH_MAX - 8) return zk_fail(ZK_ERR_RANGE, "the path of the data folder is too long");
    return ZK_OK;
}

/* The block of a name, or false: also for what an interrupted save leaves, state-N.zks.tmp. */
static bool block_of_name(uint32_t *block, const char *name)
{
    char *end;
    if (strncmp(name, "state-", 6) != 0 || name[6] < '0' || name[6] > '9') return false;
    errno = 0;
    unsigned long long n = strtoull(name + 6, &end, 10);
    *block = (uint32_t)n;
    return errno == 0 && n <= UINT32_MAX && strcmp(end, ".zks") == 0;
}

/* Calls one(ctx, block) for each snapshot there is. */
static zk_err for_each(const struct snapshots *s, void (*one)(void *ctx, uint32_t block), void *ctx)
{
    DIR *d = opendir(s->folder);
    if (d == NULL) return zk_fail(ZK_ERR_IO, "cannot open %s: %s", s->folder, strerror(errno));
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        uint32_t block;
        if (block_of_name(&block, e->d_name)) one(ctx, block);
    }
    (void)closedir(d);
    return ZK_OK;
}

static void remove_leftovers(const struct snapshots *s)
{
    DIR *d = opendir(s->folder);
    if (d == NULL) return;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        size_t len = strlen(e->d_name);
        if (strncmp(e->d_name, "state-", 6) != 0 || len < 8 || strcmp(e->d_name + len - 8, ".zks.tmp") != 0) continue;
        (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    (void)closedir(d);
}

zk_err snapshots_create(struct snapshots **out, const char *folder)
{
    *out = NULL;
    struct snapshots *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for snapshots");
    s->folder = folder;
    s->seconds = metric_seconds("zkroll_snapshot_seconds", NULL, "time to write a snapshot of the state");
    s->last_block = metric_gauge("zkroll_snapshot_block", NULL, "block of the newest snapshot");
    remove_leftovers(s);
    *out = s;
    return ZK_OK;
}

struct newest {
    uint32_t limit, block;
    bool found;
};

static void note_newest(void *ctx, uint32_t block)
{
    struct newest *n = ctx;
    if (block > n->limit || (n->found && block < n->block)) return;
    n->block = block;
    n->found = true;
}

zk_err snapshots_newest(const struct snapshots *s, uint32_t *block, bool *found, uint32_t limit)
{
    struct newest n = {.limit = limit};
    ZK_TRY(for_each(s, note_newest, &n));
    *block = n.block;
    *found = n.found;
    return ZK_OK;
}

zk_err snapshots_load(const struct snapshots *s, struct state **out, const struct state_config *config, uint32_t block,
                      struct pool *pool)
{
    char path[FILE_PATH_MAX];
    *out = NULL;
    ZK_TRY(path_of(path, s, block));
    return state_load(out, config, path, false, pool);
}

void snapshots_remove(struct snapshots *s, uint32_t block)
{
    char path[FILE_PATH_MAX];
    if (path_of(path, s, block) == ZK_OK) (void)unlink(path);
}

static void forget_child(struct snapshots *s)
{
    s->child = 0;
}

static void end_child(struct snapshots *s)
{
    if (s->child == 0) return;
    (void)kill(s->child, SIGKILL);
    (void)waitpid(s->child, NULL, 0);
    forget_child(s);
}

void snapshots_remove_above(struct snapshots *s, uint32_t block)
{
    if (s->child != 0 && s->child_block > block) {
        end_child(s);
        remove_leftovers(s);
    }
    for (;;) {
        uint32_t newest;
        bool found = false;
        if (snapshots_newest(s, &newest, &found, UINT32_MAX) != ZK_OK || !found || newest <= block) return;
        snapshots_remove(s, newest);
    }
}

/* ---- which are kept */

struct kept {
    struct snapshots *s;
    uint32_t newest, second, final;
    bool has_second, has_final;
};

static void remove_others(void *ctx, uint32_t block)
{
    const struct kept *k = ctx;
    bool keep = block == k->newest || (k->has_second && block == k->second) || (k->has_final && block == k->final);
    if (!keep) snapshots_remove(k->s, block);
}

static void prune(struct snapshots *s, uint32_t final)
{
    struct kept k = {.s = s};
    bool found = false;
    if (snapshots_newest(s, &k.newest, &found, UINT32_MAX) != ZK_OK || !found) return;
    if (k.newest > 0 && snapshots_newest(s, &k.second, &k.has_second, k.newest - 1) != ZK_OK) return;
    if (snapshots_newest(s, &k.final, &k.has_final, final) != ZK_OK) return;
    if (for_each(s, remove_others, &k) != ZK_OK) log_event(LOG_WARN, "snapshots_not_pruned", LOG_END);
}

/* ---- saving */

static void note_saved(struct snapshots *s, uint32_t block, double since)
{
    double seconds = metric_clock_s() - since;
    metric_observe(s->seconds, seconds);
    metric_set(s->last_block, block);
    log_event(LOG_INFO, "snapshot", LOG_U64("block", block), LOG_F64("seconds", seconds), LOG_END);
}

void snapshots_begin(struct snapshots *s, const struct state *state, uint32_t block)
{
    char path[FILE_PATH_MAX];
    if (s->child != 0 || path_of(path, s, block) != ZK_OK) return;
    double now = metric_clock_s();
    pid_t child = fork();
    if (child < 0) {
        log_event(LOG_WARN, "snapshot_failed", LOG_U64("block", block), LOG_STR("why", strerror(errno)), LOG_END);
        return;
    }
    if (child == 0) {
        /* Alone here: no other thread was copied, so nothing may wait for one, and no handler of the parent may run. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(state_save(state, path) == ZK_OK ? 0 : 1);
    }
    s->child = child;
    s->child_block = block;
    s->child_since = now;
}

void snapshots_poll(struct snapshots *s, uint32_t final)
{
    s->final = final;
    if (s->child == 0) return;
    int status = 0;
    pid_t ended = waitpid(s->child, &status, WNOHANG);
    if (ended == 0) {
        if (metric_clock_s() - s->child_since < CHILD_SECONDS_MAX) return;
        end_child(s);
        status = -1;
    }
    uint32_t block = s->child_block;
    forget_child(s);
    if (ended < 0 || status != 0) {
        log_event(LOG_WARN, "snapshot_failed", LOG_U64("block", block), LOG_I64("status", status), LOG_END);
        remove_leftovers(s);
        return;
    }
    note_saved(s, block, s->child_since);
    prune(s, final);
}

zk_err snapshots_save(struct snapshots *s, const struct state *state, uint32_t block, uint32_t final)
{
    char path[FILE_PATH_MAX];
    if (s->child != 0 && s->child_block == block) end_child(s); /* it writes the same file */
    ZK_TRY(path_of(path, s, block));
    double since = metric_clock_s();
    ZK_TRY(state_save(state, path));
    note_saved(s, block, since);
    prune(s, final);
    return ZK_OK;
}

void snapshots_destroy(struct snapshots *s)
{
    if (s == NULL) return;
    for (int waited = 0; s->child != 0 && waited < END_WAIT_MS; waited += 10) {
        snapshots_poll(s, s->final);
        if (s->child == 0) break;
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    end_child(s);
    remove_leftovers(s);
    free(s);
}
