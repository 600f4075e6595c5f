#include "cli/bench_fill.h"

#include "circuit/block_keys.h"
#include "node/mini_block.h"
#include "node/recovery.h"
#include "store/store_jobs.h"
#include "store/store_l1.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Two blocks are on their way: one is executed and sealed, while a thread writes the one before it.
 *
 *   this thread   address -> block_put_priority -> block_seal -> copy of all that the store wants   -+
 *   writer        store_priority_add, store_execute, store_seal, the proof's job, confirmation   <---+ slots[2] */

/* 170,000 accounts. A page in the middle of an index then gets several rows before it is written, as long as the pages
 * of one such transaction stay in the writer's cache. */
#define BLOCKS_A_COMMIT 100
#define ALL_STEPS       (1U << STORE_COMMIT | 1U << STORE_PROVE | 1U << STORE_EXECUTE)

struct slot {
    bool full;
    size_t n;
    struct block_sealed sealed; /* its streams are the copies below */
    uint8_t *streams;
    size_t streams_cap;
    struct store_account_change fee_account;
    struct token_balance fee_balances[TOKEN_ID_LAST + 1];
    struct op ops[BLOCK_SLOTS_MAX];
    struct store_entry entries[BLOCK_SLOTS_MAX];
    struct store_priority_op requests[BLOCK_SLOTS_MAX];
    struct store_account_change changes[BLOCK_SLOTS_MAX];
    struct token_balance balances[BLOCK_SLOTS_MAX];
};

struct fill {
    const struct bench_fill *f;
    struct state *state;
    struct block *block;
    struct arena arena; /* nothing: there are no traces */
    uint32_t number, done;
    int64_t now;
    struct slot *slots; /* 2 */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool ended; /* no more blocks come */
    zk_err err; /* of the writer */
    char why[256];
};

/* ---- the writer */

static zk_err write_block(const struct fill *x, const struct slot *s)
{
    struct store *db = x->f->store;
    const struct block_header *h = &s->sealed.header;
    const uint32_t n = (uint32_t)s->n;
    struct store_l1_result result = {.at = x->now};
    uint32_t conflict = 0;
    bool stored = false;
    store_be64(result.hash.b, h->number);
    const struct store_mini_block mini = {.block = h->number,
                                          .timestamp = h->timestamp,
                                          .entries = s->entries,
                                          .n_entries = n,
                                          .accounts = s->changes,
                                          .n_accounts = n,
                                          .now = x->now};
    static const uint8_t no_classes[1]; /* an empty hint is another thing than none */
    const struct store_seal seal = {.block = &s->sealed,
                                    .key_id = block_key_id(s->sealed.capacity),
                                    .entries = n,
                                    .n_priority = n,
                                    .classes_hint = no_classes,
                                    .accounts = &s->fee_account,
                                    .n_accounts = 1,
                                    .now = x->now};
    ZK_TRY(store_priority_add(db, s->requests, n, &conflict));
    ZK_TRY(store_execute(db, &mini));
    ZK_TRY(store_seal(db, &seal));
    ZK_TRY(store_job_done(db, &stored, h->number, "benchmark", NULL, 0, 0));
    return store_blocks_confirm(db, ALL_STEPS, h->number, h->number, &result);
}

/* The next full slot, or NULL at the end. */
static struct slot *wait_full(struct fill *x, unsigned at)
{
    (void)pthread_mutex_lock(&x->lock);
    while (!x->slots[at].full && !x->ended) (void)pthread_cond_wait(&x->moved, &x->lock);
    struct slot *s = x->slots[at].full ? &x->slots[at] : NULL;
    (void)pthread_mutex_unlock(&x->lock);
    return s;
}

static zk_err write_all(struct fill *x)
{
    struct store *db = x->f->store;
    struct slot *s;
    unsigned written = 0;
    for (unsigned at = 0; (s = wait_full(x, at)) != NULL; at ^= 1U) {
        if (written % BLOCKS_A_COMMIT == 0) ZK_TRY(store_begin(db));
        ZK_TRY(write_block(x, s));
        if (++written % BLOCKS_A_COMMIT == 0) ZK_TRY(store_commit(db));
        (void)pthread_mutex_lock(&x->lock);
        s->full = false;
        (void)pthread_cond_broadcast(&x->moved);
        (void)pthread_mutex_unlock(&x->lock);
    }
    return written % BLOCKS_A_COMMIT == 0 ? ZK_OK : store_commit(db);
}

static void *writer(void *ctx)
{
    struct fill *x = ctx;
    zk_err err = write_all(x);
    if (err == ZK_OK) return NULL;
    store_rollback(x->f->store);
    (void)pthread_mutex_lock(&x->lock);
    x->err = err;
    (void)snprintf(x->why, sizeof x->why, "%s", zk_err_message());
    (void)pthread_cond_broadcast(&x->moved);
    (void)pthread_mutex_unlock(&x->lock);
    return NULL;
}

/* ---- blocks */

static void describe_request(struct store_priority_op *p, const struct fill *x, uint32_t i)
{
    *p = (struct store_priority_op){
        .serial_id = i, .eth_block = 1, .eth_index = i, .log_index = i, .created_at = x->now};
    p->op.type = PRIORITY_DEPOSIT;
    p->op.deposit.to = p->sender = x->f->address_of(x->f->ctx, i);
    p->op.deposit.amount = x->f->amount;
    store_be64(p->eth_hash.b, i);
}

/* Deposits until the block is full or all are done. */
static zk_err put_deposits(struct fill *x, struct slot *s)
{
    for (s->n = 0; x->done < x->f->accounts && s->n < BLOCK_SLOTS_MAX; s->n++, x->done++) {
        struct block_result r;
        describe_request(&s->requests[s->n], x, x->done);
        ZK_TRY(block_put_priority(x->block, &r, &s->requests[s->n].op));
        if (r.answer != BLOCK_TAKEN) break;
    }
    return s->n > 0 ? ZK_OK : zk_fail(ZK_ERR_RANGE, "a deposit does not fit an empty block");
}

static zk_err copy_sealed(struct slot *s, const struct block_sealed *b)
{
    size_t len = b->settlement_len + b->delta_len;
    if (len > s->streams_cap) {
        uint8_t *more = realloc(s->streams, len);
        if (more == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a block's streams");
        s->streams = more;
        s->streams_cap = len;
    }
    s->sealed = *b;
    memcpy(s->streams, b->settlement, b->settlement_len);
    memcpy(s->streams + b->settlement_len, b->delta, b->delta_len);
    s->sealed.settlement = s->streams;
    s->sealed.delta = s->streams + b->settlement_len;
    return ZK_OK;
}

static zk_err describe_entries(const struct fill *x, struct slot *s)
{
    struct token_balance balances[TOKEN_ID_LAST + 1];
    for (size_t i = 0; i < s->n; i++) {
        s->ops[i] = *block_op(x->block, i);
        s->entries[i] = (struct store_entry){.is_priority = true, .id = s->requests[i].serial_id, .op = &s->ops[i]};
        store_parties_of_priority(&s->entries[i].parties, &s->requests[i].op, &s->requests[i].sender);
        struct store_account_change *c = &s->changes[i];
        account_change_read(c, balances, x->state, s->ops[i].account);
        if (s->ops[i].kind != OP_DEPOSIT || c->n_balances != 1)
            return zk_fail(ZK_ERR_INPUT, "two of the accounts have one address, or there are too many");
        s->balances[i] = balances[0];
        c->balances = &s->balances[i];
    }
    return ZK_OK;
}

static zk_err make_block(struct fill *x, struct slot *s)
{
    const struct block_header header = {
        .number = x->number, .fee_account = ACCOUNT_ID_FEE, .timestamp = (uint64_t)(x->now / 1000000)};
    block_begin(x->block, x->state, &header, NULL, 0);
    ZK_TRY(put_deposits(x, s));
    ZK_TRY(block_seal(x->block, x->f->pool, &x->arena, NULL));
    ZK_TRY(copy_sealed(s, block_sealed(x->block)));
    ZK_TRY(describe_entries(x, s));
    account_change_read(&s->fee_account, s->fee_balances, x->state, ACCOUNT_ID_FEE);
    x->number++;
    return ZK_OK;
}

/* False if the writer has failed. */
static bool wait_empty(struct fill *x, unsigned at)
{
    (void)pthread_mutex_lock(&x->lock);
    while (x->slots[at].full && x->err == ZK_OK) (void)pthread_cond_wait(&x->moved, &x->lock);
    bool ok = x->err == ZK_OK;
    (void)pthread_mutex_unlock(&x->lock);
    return ok;
}

static zk_err make_blocks(struct fill *x)
{
    for (unsigned at = 0; x->done < x->f->accounts; at ^= 1U) {
        if (!wait_empty(x, at)) return ZK_OK; /* it tells why */
        ZK_TRY(make_block(x, &x->slots[at]));
        (void)pthread_mutex_lock(&x->lock);
        x->slots[at].full = true;
        (void)pthread_cond_broadcast(&x->moved);
        (void)pthread_mutex_unlock(&x->lock);
    }
    return ZK_OK;
}

/* ---- all of it */

static zk_err make_and_write(struct fill *x)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, writer, x) != 0) return zk_fail(ZK_ERR_MEMORY, "no thread for the database");
    zk_err err = make_blocks(x);
    (void)pthread_mutex_lock(&x->lock);
    x->ended = true;
    (void)pthread_cond_broadcast(&x->moved);
    (void)pthread_mutex_unlock(&x->lock);
    (void)pthread_join(thread, NULL);
    if (err != ZK_OK) return err;
    return x->err == ZK_OK ? ZK_OK : zk_fail(x->err, "%s", x->why);
}

static zk_err save_snapshot(const struct fill *x)
{
    struct snapshots *snapshots;
    ZK_TRY(snapshots_create(&snapshots, x->f->sequencer->data_dir));
    zk_err err = snapshots_save(snapshots, x->state, x->number - 1, x->number - 1);
    snapshots_destroy(snapshots);
    return err;
}

static zk_err run(struct fill *x)
{
    const struct bench_fill *f = x->f;
    x->slots = calloc(2, sizeof *x->slots);
    if (x->slots == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for two blocks");
    ZK_TRY(store_now(f->store, &x->now));
    ZK_TRY(recovery_genesis(f->store, &f->fee_address, NULL, x->now));
    ZK_TRY(state_create(&x->state, &f->sequencer->state, &f->fee_address));
    ZK_TRY(block_create(&x->block, &f->sequencer->block));
    ZK_TRY(make_and_write(x));
    return save_snapshot(x);
}

zk_err bench_fill_run(const struct bench_fill *f)
{
    struct fill x = {.f = f, .number = 1, .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    zk_err err = run(&x);
    block_destroy(x.block);
    state_destroy(x.state);
    for (unsigned i = 0; x.slots != NULL && i < 2; i++) free(x.slots[i].streams);
    free(x.slots);
    return err;
}
