/* zkroll status: what a rollup is doing, for a person, read from its database: also when no process runs. */
#include "cli/cli.h"
#include "cli/node_args.h"
#include "node/chain_info.h"
#include "node/lease.h"
#include "store/store_blocks.h"
#include "store/store_jobs.h"
#include "store/store_l1.h"
#include "store/store_lease.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000)

static const char doc[] =
    "Shows what a rollup is doing: who runs it, how far its blocks are, what waits. Reads the database that --data-dir "
    "or --db.url names; needs no running node.\vEnds with 0 if a sequencer is alive, else with 1.";

struct status {
    int64_t now; /* by the database's clock */
    struct store_heads heads;
    struct store_job_counts jobs;
    bool has_sequencer, has_sender, has_l1, has_open;
    struct store_lease sequencer, sender;
    struct l1_head l1;
    struct store_block open;
    uint64_t deadline; /* seconds; 0: no request waits */
};

static zk_err read_status(struct status *out, struct store *s)
{
    ZK_TRY(store_now(s, &out->now));
    ZK_TRY(store_heads(s, &out->heads));
    ZK_TRY(store_job_counts(s, &out->jobs));
    ZK_TRY(store_lease_get(s, &out->sequencer, &out->has_sequencer, LEASE_SEQUENCER));
    ZK_TRY(store_lease_get(s, &out->sender, &out->has_sender, LEASE_SENDER));
    ZK_TRY(l1_head_load(s, &out->l1, &out->has_l1));
    struct store_priority_op oldest;
    bool waits;
    ZK_TRY(store_priority_oldest(s, &oldest, &waits));
    out->deadline = waits ? oldest.expires : 0;
    if (!out->heads.open) return ZK_OK;
    return store_block_get(s, &out->open, &out->has_open, out->heads.last_block);
}

static bool is_alive(bool has, const struct store_lease *lease, int64_t now)
{
    return has && lease->until > now;
}

/* ---- for a person */

/* "3 s", "5 min", "2 h", "4 d". */
static const char *duration(char out[32], int64_t us)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{2 * 86400, "d"}, {2 * 3600, "h"}, {2 * 60, "min"}, {0, "s"}};
    static const int64_t lengths[] = {86400, 3600, 60, 1};
    int64_t seconds = us < 0 ? 0 : us / SECOND;
    for (size_t i = 0; i < ZK_COUNT(units); i++) {
        if (seconds < units[i].seconds) continue;
        (void)snprintf(out, 32, "%lld %s", (long long)(seconds / lengths[i]), units[i].unit);
        break;
    }
    return out;
}

static void print_lease(const char *what, bool has, const struct store_lease *lease, int64_t now)
{
    char time[32];
    if (is_alive(has, lease, now))
        printf("%-13s %s, token %llu\n", what, lease->holder, (unsigned long long)lease->token);
    else if (has && lease->holder[0] == '\0')
        printf("%-13s none; the last one ended in order\n", what);
    else if (has)
        printf("%-13s none; the last one, %s, ended %s ago\n", what, lease->holder, duration(time, now - lease->until));
    else
        printf("%-13s none yet\n", what);
}

static void print_blocks(const struct status *s)
{
    char time[32];
    printf("%-13s sealed %u, committed %u, proved %u, executed %u on L1\n", "blocks", s->heads.last_sealed,
           s->heads.last_committed, s->heads.last_proved, s->heads.last_executed);
    if (!s->has_open) return;
    int64_t age = s->now - (int64_t)s->open.header.timestamp * SECOND;
    printf("%-13s %u, with %u entries, begun %s ago\n", "open block", s->open.header.number, s->open.entries,
           duration(time, age));
}

static void print_status(const struct status *s)
{
    char time[32];
    print_lease("sequencer", s->has_sequencer, &s->sequencer, s->now);
    print_lease("sender to L1", s->has_sender, &s->sender, s->now);
    print_blocks(s);
    printf("%-13s %llu waiting, %llu in work", "proofs", (unsigned long long)s->jobs.waiting,
           (unsigned long long)s->jobs.leased);
    if (s->jobs.oldest_at != 0)
        printf("; the oldest block without one is %s old", duration(time, s->now - s->jobs.oldest_at));
    printf("\n%-13s %llu accepted, %llu waiting\n", "transactions", (unsigned long long)s->heads.accepted_txs,
           (unsigned long long)s->heads.queued_txs);
    printf("%-13s next is %llu", "L1 requests", (unsigned long long)s->heads.next_priority);
    if (s->deadline != 0)
        printf("; it must be executed within %s", duration(time, (int64_t)s->deadline * SECOND - s->now));
    printf("\n");
    if (s->has_l1)
        printf("%-13s block %llu, seen %s ago; events are read up to block %llu\n", "L1",
               (unsigned long long)s->l1.number, duration(time, s->now - s->l1.seen_at),
               (unsigned long long)s->l1.scanned);
    else
        printf("%-13s not looked at yet\n", "L1");
}

/* ---- for a program */

static void put_u64(struct json_object *o, const char *key, uint64_t n)
{
    (void)json_object_object_add(o, key, json_object_new_uint64(n));
}

static void put_lease(struct json_object *o, const char *key, bool has, const struct store_lease *lease, int64_t now)
{
    struct json_object *value = NULL;
    if (is_alive(has, lease, now)) {
        value = json_object_new_object();
        (void)json_object_object_add(value, "holder", json_object_new_string(lease->holder));
        put_u64(value, "token", lease->token);
    }
    (void)json_object_object_add(o, key, value);
}

static void print_json(const struct status *s)
{
    struct json_object *o = json_object_new_object();
    put_lease(o, "sequencer", s->has_sequencer, &s->sequencer, s->now);
    put_lease(o, "sender", s->has_sender, &s->sender, s->now);
    put_u64(o, "sealedBlock", s->heads.last_sealed);
    put_u64(o, "committedBlock", s->heads.last_committed);
    put_u64(o, "provedBlock", s->heads.last_proved);
    put_u64(o, "executedBlock", s->heads.last_executed);
    put_u64(o, "openBlockEntries", s->has_open ? s->open.entries : 0);
    put_u64(o, "proofsWaiting", s->jobs.waiting);
    put_u64(o, "proofsInWork", s->jobs.leased);
    put_u64(o, "transactionsAccepted", s->heads.accepted_txs);
    put_u64(o, "transactionsWaiting", s->heads.queued_txs);
    put_u64(o, "nextRequest", s->heads.next_priority);
    put_u64(o, "l1Block", s->l1.number);
    put_u64(o, "l1EventsReadTo", s->l1.scanned);
    printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
    (void)json_object_put(o);
}

static zk_err run(const struct node_args *args, bool *alive)
{
    char url[CONFIG_DATABASE_CAP];
    struct store *store;
    struct status status = {0};
    ZK_TRY(config_database(url, &args->config));
    zk_err err = store_open(&store, url, &(struct store_options){.create = false});
    zk_wipe(url, sizeof url);
    if (err != ZK_OK) return err;
    err = store_begin_read(store);
    if (err == ZK_OK) err = read_status(&status, store);
    store_close(store);
    if (err != ZK_OK) return err;
    *alive = is_alive(status.has_sequencer, &status.sequencer, status.now);
    if (args->json)
        print_json(&status);
    else
        print_status(&status);
    return ZK_OK;
}

int cmd_status(int argc, char **argv)
{
    static struct node_args args = {.doc = doc, .args_doc = "", .takes_json = true};
    bool alive = false;
    if (node_args_parse(&args, argc, argv) != ZK_OK) return node_args_failed(argv[0]);
    if (run(&args, &alive) != ZK_OK) return node_args_failed(argv[0]);
    return alive ? CLI_DONE : CLI_FAILED;
}
