#include "cli/restore.h"

#include "base/bytes.h"
#include "cli/restore_block.h"
#include "hash/keccak256.h"
#include "rollup/replay.h"
#include "rollup/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_TXS    8 /* inputs fetched at once: a megabyte or so */
#define DOUBTS_MAX   3
#define BATCH_BLOCKS 64 /* blocks replayed in a step, at most */

struct restore {
    char dir[FILE_PATH_MAX - 64];
    int lock;
    bool read_only;
    struct rpc *rpcs[RPC_URLS_MAX]; /* one an endpoint: they are compared */
    size_t n_rpcs;
    struct zkroll_view view; /* of the first */
    uint64_t confirmations;
    struct pool *pool;
    zk_err (*replayed)(void *ctx, const struct restore_replayed *b);
    void *replayed_ctx;
    struct restore_cursor cursor;
    struct state *state;
    struct replay *replay;
    uint32_t on_disk; /* block whose state is in a file; UINT32_MAX: none */
    bool changed;     /* since then */
    bool broken;      /* state and cursor do not fit together any more: never to be written */
    uint64_t head;
    uint64_t ops_here;
    unsigned rewinds;
    unsigned doubts;                 /* how often in a row what the contract promised was not found */
    struct zkroll_progress promised; /* what the contract said once; l1_block 0: nothing */
    uint64_t checked_requests;       /* serial ids below are compared with the contract's hashes */
    atomic_bool cancelled;
};

/* ---- the folder */

static zk_err path_in(char out[FILE_PATH_MAX], const struct restore *r, const char *kind, uint32_t number,
                      const char *suffix)
{
    int n = snprintf(out, FILE_PATH_MAX, "%s/%s-%u.%s", r->dir, kind, number, suffix);
    return n > 0 && n < FILE_PATH_MAX ? ZK_OK : zk_fail(ZK_ERR_RANGE, "the folder's path is too long");
}

/* Numbers of the checkpoints there, newest first; at most cap. */
static zk_err list_checkpoints(uint32_t *out, size_t *n, size_t cap, const struct restore *r)
{
    DIR *d = opendir(r->dir);
    *n = 0;
    if (d == NULL && errno == ENOENT && r->read_only) return ZK_OK; /* there is nothing: the caller says so */
    if (d == NULL) return zk_fail(ZK_ERR_IO, "cannot open the folder %.150s: %s", r->dir, strerror(errno));
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char expected[64];
        if (strncmp(e->d_name, "cursor-", 7) != 0) continue;
        uint32_t number = (uint32_t)strtoul(e->d_name + 7, NULL, 10);
        (void)snprintf(expected, sizeof expected, "cursor-%u.zkc", number);
        if (strcmp(e->d_name, expected) != 0) continue;
        size_t at = *n;
        while (at > 0 && out[at - 1] < number) at--;
        if (at == cap) continue;
        size_t moved = (*n < cap ? *n : cap - 1) - at;
        memmove(&out[at + 1], &out[at], moved * sizeof *out);
        out[at] = number;
        if (*n < cap) (*n)++;
    }
    (void)closedir(d);
    return ZK_OK;
}

static zk_err read_cursor(struct restore_cursor *out, const struct restore *r, uint32_t number)
{
    char path[FILE_PATH_MAX];
    struct file_map map;
    ZK_TRY(path_in(path, r, "cursor", number, "zkc"));
    ZK_TRY(file_map(&map, path));
    zk_err err = restore_cursor_decode(out, map.bytes, map.len);
    file_unmap(&map);
    return err;
}

static zk_err write_cursor(const struct restore *r)
{
    char path[FILE_PATH_MAX];
    size_t len = restore_cursor_encoded_len(&r->cursor);
    uint8_t *bytes = malloc(len);
    if (bytes == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a checkpoint");
    restore_cursor_encode(bytes, &r->cursor);
    const struct file_piece piece = {bytes, len};
    zk_err err = path_in(path, r, "cursor", r->cursor.last.number, "zkc");
    if (err == ZK_OK) err = file_replace(path, &piece, 1);
    free(bytes);
    return err;
}

static void remove_checkpoint(const struct restore *r, uint32_t number)
{
    char path[FILE_PATH_MAX];
    if (path_in(path, r, "cursor", number, "zkc") == ZK_OK) (void)unlink(path);
    if (path_in(path, r, "state", number, "zks") == ZK_OK) (void)unlink(path);
}

void restore_state_path(char out[FILE_PATH_MAX], const struct restore *r)
{
    (void)path_in(out, r, "state", r->on_disk, "zks");
}

static struct state_config big_state(void)
{
    struct state_config config = state_config_default();
    /* Strangers chose the addresses: without the key they could make them collide. Whole up to 256 bytes. */
    ssize_t got = getrandom(config.address_key, sizeof config.address_key, 0);
    assert(got == (ssize_t)sizeof config.address_key);
    return config;
}

/* The state of a cursor: from its file, and it must have the root that the contract holds. */
static zk_err load_state(struct state **out, const struct restore *r, const struct restore_cursor *c)
{
    char path[FILE_PATH_MAX];
    struct state_config config = big_state();
    uint8_t root[32];
    fr have;
    *out = NULL;
    if (!c->has_genesis) return ZK_OK;
    ZK_TRY(path_in(path, r, "state", c->last.number, "zks"));
    /* Stopped between its event and its making, the genesis has no file, and is made again. */
    if (c->last.number == 0 && access(path, F_OK) != 0) return ZK_OK;
    ZK_TRY(state_load(out, &config, path, false, r->pool));
    state_root(&have, *out);
    fr_to_be32(root, &have);
    if (memcmp(root, c->last.state_root, 32) == 0) return ZK_OK;
    state_destroy(*out);
    *out = NULL;
    return zk_fail(ZK_ERR_CORRUPT, "%.150s is not the state that its cursor is of", path);
}

static void take(struct restore *r, struct restore_cursor *c, struct state *s)
{
    restore_cursor_free(&r->cursor);
    state_destroy(r->state);
    r->cursor = *c;
    r->state = s;
    r->on_disk = s != NULL ? c->last.number : UINT32_MAX;
    r->changed = false;
}

/* The newest checkpoint that can be read and, unless next is 0, can forget the L1 blocks from there on. Newer ones are
 * removed then. *found = false: there is none. */
static zk_err load_checkpoint(struct restore *r, bool *found, uint64_t next)
{
    uint32_t numbers[4 * RESTORE_CHECKPOINTS];
    size_t n;
    zk_err err = ZK_OK;
    *found = false;
    ZK_TRY(list_checkpoints(numbers, &n, ZK_COUNT(numbers), r));
    for (size_t i = 0; i < n && !*found; i++) {
        struct restore_cursor c;
        struct state *s = NULL;
        err = read_cursor(&c, r, numbers[i]);
        if (err == ZK_OK && next != 0 && !restore_cursor_rewind(&c, next)) {
            restore_cursor_free(&c);
            remove_checkpoint(r, numbers[i]);
            continue;
        }
        if (err == ZK_OK) err = load_state(&s, r, &c);
        *found = err == ZK_OK;
        if (*found)
            take(r, &c, s);
        else
            restore_cursor_free(&c); /* damaged: an older one may be whole */
    }
    if (n == 0 || *found || err == ZK_OK) return ZK_OK;
    char why[200];
    (void)snprintf(why, sizeof why, "%.199s", zk_err_message());
    return zk_fail(err, "%s; remove the folder to begin again", why);
}

zk_err restore_checkpoint(struct restore *r)
{
    char path[FILE_PATH_MAX];
    uint32_t numbers[4 * RESTORE_CHECKPOINTS];
    size_t n;
    if (r->read_only || !r->changed || r->broken) return ZK_OK;
    if (r->state != NULL && r->on_disk != r->cursor.last.number) {
        ZK_TRY(path_in(path, r, "state", r->cursor.last.number, "zks"));
        ZK_TRY(state_save(r->state, path));
        r->on_disk = r->cursor.last.number;
    }
    ZK_TRY(write_cursor(r));
    r->changed = false;
    ZK_TRY(list_checkpoints(numbers, &n, ZK_COUNT(numbers), r));
    for (size_t i = RESTORE_CHECKPOINTS; i < n; i++) remove_checkpoint(r, numbers[i]);
    return ZK_OK;
}

/* ---- life */

static zk_err lock_folder(struct restore *r)
{
    char path[FILE_PATH_MAX];
    if (mkdir(r->dir, 0777) != 0 && errno != EEXIST)
        return zk_fail(ZK_ERR_IO, "cannot make the folder %.150s: %s", r->dir, strerror(errno));
    (void)snprintf(path, sizeof path, "%s/lock", r->dir);
    r->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (r->lock < 0) return zk_fail(ZK_ERR_IO, "cannot write to the folder %.150s: %s", r->dir, strerror(errno));
    if (flock(r->lock, LOCK_EX | LOCK_NB) != 0) return zk_fail(ZK_ERR_INPUT, "another restore works in %.150s", r->dir);
    return ZK_OK;
}

static zk_err connect_all(struct restore *r, const struct restore_config *config)
{
    for (size_t i = 0; i < config->n_urls; i++) {
        const struct rpc_config one = {.urls = {config->urls[i]}, .n_urls = 1};
        uint64_t chain_id;
        ZK_TRY(rpc_create(&r->rpcs[i], &one));
        r->n_rpcs++;
        ZK_TRY(eth_rpc_chain_id(r->rpcs[i], &chain_id));
        if (chain_id != config->chain_id)
            return zk_fail(ZK_ERR_INPUT, "L1 endpoint %zu is of chain %llu, not %llu", i + 1,
                           (unsigned long long)chain_id, (unsigned long long)config->chain_id);
    }
    r->view.rpc = r->rpcs[0];
    memcpy(r->view.address, config->contract, 20);
    return ZK_OK;
}

static zk_err open_folder(struct restore *r, const struct restore_config *config)
{
    bool found;
    if (!config->read_only) ZK_TRY(lock_folder(r));
    ZK_TRY(load_checkpoint(r, &found, 0));
    if (!found && config->read_only)
        return zk_fail(ZK_ERR_INPUT, "there is no restored state in %.120s; make one with `zkroll restore`", r->dir);
    if (!found) {
        restore_cursor_init(&r->cursor, config->chain_id, config->contract, config->first_block);
        return ZK_OK;
    }
    if (config->read_only && config->n_urls == 0) return ZK_OK;
    if (r->cursor.chain_id != config->chain_id || memcmp(r->cursor.contract, config->contract, 20) != 0)
        return zk_fail(ZK_ERR_INPUT, "%.120s holds the state of another rollup or chain: take another --dir", r->dir);
    return ZK_OK;
}

zk_err restore_open(struct restore **out, const struct restore_config *config)
{
    *out = NULL;
    if (strlen(config->dir) >= sizeof((struct restore *)0)->dir)
        return zk_fail(ZK_ERR_INPUT, "the folder's path is too long");
    struct restore *r = calloc(1, sizeof *r);
    if (r == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a restore");
    (void)snprintf(r->dir, sizeof r->dir, "%s", config->dir);
    r->lock = -1;
    r->on_disk = UINT32_MAX;
    r->read_only = config->read_only;
    r->confirmations = config->confirmations;
    r->pool = config->pool;
    r->replayed = config->replayed;
    r->replayed_ctx = config->replayed_ctx;
    zk_err err = replay_create(&r->replay);
    if (err == ZK_OK && config->n_urls > 0) err = connect_all(r, config);
    if (err == ZK_OK) err = open_folder(r, config);
    if (err == ZK_OK && r->n_rpcs > 0) err = zkroll_view_progress(&r->promised, &r->view);
    if (err != ZK_OK) {
        restore_close(r);
        return err;
    }
    *out = r;
    return ZK_OK;
}

void restore_close(struct restore *r)
{
    if (r == NULL) return;
    for (size_t i = 0; i < r->n_rpcs; i++) rpc_destroy(r->rpcs[i]);
    if (r->lock >= 0) (void)close(r->lock);
    restore_cursor_free(&r->cursor);
    state_destroy(r->state);
    replay_destroy(r->replay);
    free(r);
}

void restore_cancel(struct restore *r)
{
    atomic_store(&r->cancelled, true);
    for (size_t i = 0; i < r->n_rpcs; i++) rpc_cancel(r->rpcs[i]);
}

struct state *restore_state(struct restore *r)
{
    return r->state;
}

const struct restore_cursor *restore_cursor_of(const struct restore *r)
{
    return &r->cursor;
}

void restore_progress_get(struct restore_progress *out, const struct restore *r)
{
    uint32_t seen = restore_cursor_executed(&r->cursor);
    *out = (struct restore_progress){.first_block = r->cursor.scan.first,
                                     .next_block = r->cursor.scan.next,
                                     .head = r->head,
                                     .replayed = r->cursor.last.number,
                                     .executed = r->promised.executed > seen ? r->promised.executed : seen,
                                     .ops = r->cursor.ops,
                                     .ops_here = r->ops_here,
                                     .rewinds = r->rewinds};
}

/* ---- reading L1 */

static zk_err take_logs(struct restore *r, const struct eth_logs *logs)
{
    for (size_t i = 0; i < logs->n; i++) {
        struct zkroll_event e;
        if (zkroll_event_decode(&e, &logs->items[i]) != ZK_OK)
            return zk_fail(ZK_ERR_CORRUPT,
                           "L1 shows an event that no contract of ours emits: its node lies, or this is "
                           "another contract");
        if (e.kind != ZKROLL_EVENT_OTHER) ZK_TRY(restore_cursor_event(&r->cursor, &e, &logs->items[i]));
    }
    return ZK_OK;
}

/* The scanner has its cursor at the fork already. */
static zk_err on_reorg(struct restore *r)
{
    uint64_t next = r->cursor.scan.next;
    bool found;
    r->rewinds++;
    r->promised.l1_block = 0;
    r->checked_requests = 0;
    r->changed = true;
    if (restore_cursor_rewind(&r->cursor, next)) return ZK_OK;
    ZK_TRY(load_checkpoint(r, &found, next));
    if (found) {
        r->changed = true;
        return ZK_OK;
    }
    struct restore_cursor fresh;
    restore_cursor_init(&fresh, r->cursor.chain_id, r->cursor.contract, r->cursor.scan.first);
    take(r, &fresh, NULL);
    r->on_disk = UINT32_MAX;
    r->changed = true;
    return ZK_OK;
}

static zk_err scan(struct restore *r, bool *idle)
{
    static const zkroll_event_kind kinds[] = {
        ZKROLL_GENESIS,       ZKROLL_BLOCK_COMMIT,         ZKROLL_BLOCK_VERIFICATION,
        ZKROLL_BLOCKS_REVERT, ZKROLL_NEW_PRIORITY_REQUEST, ZKROLL_EXODUS_MODE};
    uint8_t topics[ZK_COUNT(kinds)][32];
    struct log_scan_step step;
    for (size_t i = 0; i < ZK_COUNT(kinds); i++) zkroll_event_topic(topics[i], kinds[i]);
    const struct eth_filter filter = {.addresses = (const uint8_t(*)[20]) & r->cursor.contract,
                                      .n_addresses = 1,
                                      .topics0 = (const uint8_t(*)[32])topics,
                                      .n_topics0 = ZK_COUNT(kinds)};
    ZK_TRY(log_scan_step(&r->cursor.scan, &step, r->rpcs[0], &filter, r->confirmations));
    r->head = step.head;
    *idle = step.outcome == LOG_SCAN_IDLE;
    if (step.outcome == LOG_SCAN_REORG) return on_reorg(r);
    if (step.outcome == LOG_SCAN_LOGS) {
        zk_err err = take_logs(r, &step.logs);
        eth_logs_free(&step.logs);
        r->broken = err != ZK_OK; /* the scanner is behind events that were not taken */
        r->changed = true;
        return err;
    }
    return ZK_OK;
}

/* ---- replaying */

static zk_err contradiction(uint32_t number)
{
    return zk_fail(ZK_ERR_CORRUPT,
                   "block %u: what was published is not what the contract holds a hash of: this L1 node "
                   "lies, or shows two chains",
                   number);
}

static zk_err make_genesis(struct restore *r)
{
    struct state_config config = big_state();
    eth_address fee;
    uint8_t root[32];
    uint8_t hash[32];
    uint8_t want[32];
    fr have;
    memcpy(fee.b, r->cursor.fee_address, 20);
    ZK_TRY(state_create(&r->state, &config, &fee));
    state_root(&have, r->state);
    fr_to_be32(root, &have);
    ZK_TRY(zkroll_view_stored_hash(hash, &r->view, 0));
    zkroll_stored_hash(want, &r->cursor.last);
    r->changed = true;
    if (memcmp(root, r->cursor.genesis_root, 32) == 0 && memcmp(hash, want, 32) == 0) return ZK_OK;
    state_destroy(r->state);
    r->state = NULL;
    return contradiction(0);
}

/* Replays the first block of the list, whose hash the contract gives as `hash`. */
static zk_err replay_one(struct restore *r, const struct zkroll_commit *commit, const uint8_t hash[32])
{
    const uint32_t number = r->cursor.blocks[0].number;
    struct restored_block b;
    uint8_t ours[32];
    size_t i;
    fr root;
    ZK_TRY(restored_block_find(&i, commit, number));
    if (restored_block_make(&b, commit, i) != ZK_OK) return contradiction(number);
    zkroll_stored_hash(ours, &b.stored);
    if (memcmp(ours, hash, 32) != 0 || memcmp(b.inputs.old_root, r->cursor.last.state_root, 32) != 0)
        return contradiction(number);
    if (r->cursor.first_known && b.stored.priority_operations > r->cursor.n_requests)
        return zk_fail(ZK_ERR_CORRUPT, "block %u has requests that L1 did not show: its node leaves out events",
                       number);
    const struct zkroll_new_block *n = &commit->blocks[i];
    const uint32_t nfts_before = state_nft_count(r->state);
    ZK_TRY(replay_block(r->replay, r->state, ACCOUNT_ID_FEE, n->settlement.p, n->settlement.len, n->delta.p,
                        n->delta.len, r->pool));
    state_root(&root, r->state);
    if (!fr_eq(&root, &b.publics[1])) {
        /* The contract took a proof of this block, and its bytes are those that the proof is about. */
        r->broken = true;
        return zk_fail(ZK_ERR_CORRUPT,
                       "block %u does not lead to the root that the contract holds: this program or the "
                       "rollup's circuit is wrong, please report it",
                       number);
    }
    if (r->replayed != NULL) {
        const struct restore_replayed told = {.block = &b,
                                              .published = n,
                                              .replay = r->replay,
                                              .state = r->state,
                                              .nfts_before = nfts_before,
                                              .requests = r->cursor.requests,
                                              .commit_tx = r->cursor.blocks[0].tx};
        zk_err err = r->replayed(r->replayed_ctx, &told);
        r->broken = err != ZK_OK; /* the state is a block ahead of the cursor */
        if (err != ZK_OK) return err;
    }
    restore_cursor_replayed(&r->cursor, &b.stored, replay_op_count(r->replay));
    r->ops_here += replay_op_count(r->replay);
    r->changed = true;
    return ZK_OK;
}

struct fetched {
    struct eth_bytes inputs[BATCH_TXS];
    uint8_t txs[BATCH_TXS][32];
    size_t n_txs;
    uint32_t numbers[BATCH_BLOCKS];
    uint8_t hashes[BATCH_BLOCKS][32];
    size_t n_blocks;
};

/* The next blocks that are executed, as far as a few transactions hold them. */
static zk_err fetch(struct fetched *f, struct restore *r)
{
    size_t ready = restore_cursor_ready(&r->cursor);
    for (size_t i = 0; i < ready && f->n_blocks < BATCH_BLOCKS; i++) {
        const struct restore_block *b = &r->cursor.blocks[i];
        if (f->n_txs == 0 || memcmp(f->txs[f->n_txs - 1], b->tx, 32) != 0) {
            if (f->n_txs == BATCH_TXS) break;
            memcpy(f->txs[f->n_txs++], b->tx, 32);
        }
        f->numbers[f->n_blocks++] = b->number;
    }
    ZK_TRY(zkroll_view_stored_hashes(f->hashes, &r->view, f->numbers, f->n_blocks));
    return eth_rpc_tx_inputs(r->rpcs[0], f->inputs, (const uint8_t(*)[32])f->txs, f->n_txs);
}

static zk_err replay_ready(struct restore *r)
{
    struct fetched f = {.n_txs = 0};
    struct zkroll_commit commit = {0};
    size_t at = 0; /* of f.txs */
    zk_err err = fetch(&f, r);
    for (size_t k = 0; err == ZK_OK && k < f.n_blocks && !atomic_load(&r->cancelled); k++) {
        if (commit.n == 0 || memcmp(r->cursor.blocks[0].tx, f.txs[at], 32) != 0) {
            at += commit.n != 0;
            zkroll_commit_free(&commit);
            commit = (struct zkroll_commit){0};
            err = zkroll_commit_decode(&commit, f.inputs[at].p, f.inputs[at].len);
            if (err == ZK_ERR_INPUT) err = contradiction(f.numbers[k]);
        }
        if (err == ZK_OK) err = replay_one(r, &commit, f.hashes[k]);
    }
    zkroll_commit_free(&commit);
    for (size_t i = 0; i < f.n_txs; i++) eth_bytes_free(&f.inputs[i]);
    return err;
}

zk_err restore_step(struct restore *r, bool *idle)
{
    *idle = false;
    if (atomic_load(&r->cancelled)) return zk_fail(ZK_ERR_CANCELLED, "the restore was interrupted");
    if (r->state == NULL && r->cursor.has_genesis) return make_genesis(r);
    if (r->state != NULL && restore_cursor_ready(&r->cursor) > 0) return replay_ready(r);
    return scan(r, idle);
}

/* ---- from a snapshot */

/* Looks into the commit of block i of the list: is its root the one wanted? */
static zk_err look_at(bool *same, struct zkroll_stored *stored, struct restore *r, size_t i, const uint8_t root[32])
{
    struct restore_block *b = &r->cursor.blocks[i];
    struct eth_bytes input;
    struct zkroll_commit commit = {0};
    struct restored_block made;
    uint8_t hash[32];
    uint8_t ours[32];
    size_t k;
    *same = false;
    ZK_TRY(eth_rpc_tx_inputs(r->rpcs[0], &input, (const uint8_t(*)[32]) & b->tx, 1));
    zk_err err = zkroll_commit_decode(&commit, input.p, input.len);
    if (err == ZK_OK) err = restored_block_find(&k, &commit, b->number);
    *same = err == ZK_OK && memcmp(commit.blocks[k].state_root, root, 32) == 0;
    if (*same) err = restored_block_make(&made, &commit, k);
    if (err == ZK_ERR_INPUT) err = contradiction(b->number);
    if (*same && err == ZK_OK) {
        err = zkroll_view_stored_hash(hash, &r->view, b->number);
        zkroll_stored_hash(ours, &made.stored);
        *stored = made.stored;
        if (err == ZK_OK && memcmp(ours, hash, 32) != 0) err = contradiction(b->number);
    }
    zkroll_commit_free(&commit);
    eth_bytes_free(&input);
    return err;
}

static void start_after(struct restore *r, size_t i, const struct zkroll_stored *stored)
{
    struct restore_cursor *c = &r->cursor;
    c->hard = c->blocks[i].executed_in > c->hard ? c->blocks[i].executed_in : c->hard;
    c->last = *stored;
    c->first_known = false;
    c->n_blocks -= i + 1;
    memmove(c->blocks, c->blocks + i + 1, c->n_blocks * sizeof *c->blocks);
    r->changed = true;
}

zk_err restore_begin_from(struct restore *r, const char *snapshot_path, void (*tell)(void *ctx), void *ctx)
{
    struct state_config config = big_state();
    struct state *s;
    struct zkroll_stored stored;
    uint8_t root[32];
    bool same = false;
    fr have;
    if (r->cursor.last.number != 0)
        return zk_fail(ZK_ERR_INPUT, "%.120s holds a state already: --snapshot begins where no block was replayed yet",
                       r->dir);
    ZK_TRY(state_load(&s, &config, snapshot_path, true, r->pool));
    state_root(&have, s);
    fr_to_be32(root, &have);
    zk_err err = ZK_OK;
    for (bool idle = false; err == ZK_OK && !idle;) {
        err = atomic_load(&r->cancelled) ? zk_fail(ZK_ERR_CANCELLED, "the restore was interrupted") : scan(r, &idle);
        if (tell != NULL) tell(ctx);
    }
    if (err == ZK_OK && memcmp(root, r->cursor.genesis_root, 32) == 0 && r->cursor.has_genesis) {
        state_destroy(s); /* the genesis itself */
        return ZK_OK;
    }
    for (size_t i = restore_cursor_ready(&r->cursor); err == ZK_OK && i-- > 0 && !same;) {
        err = atomic_load(&r->cancelled) ? zk_fail(ZK_ERR_CANCELLED, "the restore was interrupted")
                                         : look_at(&same, &stored, r, i, root);
        if (tell != NULL) tell(ctx);
        if (err == ZK_OK && same) start_after(r, i, &stored);
    }
    if (err == ZK_OK && !same)
        err = zk_fail(ZK_ERR_INPUT, "no block that L1 executed has the root of %.120s", snapshot_path);
    if (err != ZK_OK) {
        state_destroy(s);
        return err;
    }
    state_destroy(r->state); /* the genesis of an earlier run, or nothing */
    r->state = s;
    return ZK_OK;
}

/* ---- agreement */

static zk_err lies(const char *what)
{
    return zk_fail(ZK_ERR_CORRUPT, "L1's node shows fewer %s than its contract counts: it leaves out events", what);
}

/* Once everything up to that L1 block was read, what the contract said there must have been seen. */
static zk_err check_promise(const struct restore *r)
{
    const struct zkroll_progress *p = &r->promised;
    const struct restore_cursor *c = &r->cursor;
    if (p->l1_block == 0 || c->scan.next <= p->l1_block) return ZK_OK;
    if (restore_cursor_executed(c) < p->executed) return lies("executed blocks");
    if (c->next_serial < p->first_request + p->open_requests) return lies("requests");
    if (p->exodus && !c->exodus) return lies("events of exodus");
    return ZK_OK;
}

static zk_err check_requests(struct restore *r)
{
    for (size_t i = 0; i < r->cursor.n_requests; i++) {
        const struct restore_request *q = &r->cursor.requests[i];
        struct zkroll_request stored;
        uint8_t hash[32];
        if (q->serial_id < r->checked_requests) continue;
        ZK_TRY(zkroll_view_request(&stored, &r->view, q->serial_id));
        keccak256(hash, q->data, q->len);
        if (stored.op_type != 0 && (stored.op_type != q->op_type || memcmp(stored.hash, hash + 12, 20) != 0))
            return zk_fail(ZK_ERR_CORRUPT, "request %llu is not what the contract holds a hash of: L1's node lies",
                           (unsigned long long)q->serial_id);
        r->checked_requests = q->serial_id + 1;
    }
    return ZK_OK;
}

/* Every endpoint gives the same hash for our last block. */
static zk_err check_endpoints(struct restore *r)
{
    uint8_t ours[32];
    zkroll_stored_hash(ours, &r->cursor.last);
    for (size_t i = 0; i < r->n_rpcs; i++) {
        struct zkroll_view v = r->view;
        uint8_t hash[32];
        v.rpc = r->rpcs[i];
        ZK_TRY(zkroll_view_stored_hash(hash, &v, r->cursor.last.number));
        if (memcmp(hash, ours, 32) != 0)
            return zk_fail(ZK_ERR_CORRUPT, "L1 endpoint %zu gives another hash for block %u: one of the nodes lies",
                           i + 1, r->cursor.last.number);
    }
    return ZK_OK;
}

static zk_err confirm(struct restore *r, bool *behind)
{
    struct zkroll_progress now;
    *behind = true;
    if (!r->cursor.has_genesis)
        return zk_fail(ZK_ERR_INPUT,
                       "L1 shows no genesis of this contract: is it a rollup of ours, is --from-block too "
                       "high, are there enough confirmations?");
    ZK_TRY(check_promise(r));
    ZK_TRY(zkroll_view_progress(&now, &r->view));
    if (r->promised.l1_block == 0 || r->cursor.scan.next > r->promised.l1_block) r->promised = now;
    ZK_TRY(check_promise(r));
    if (r->cursor.last.number > now.executed) return ZK_OK; /* a node that is behind, or a reorganization to come */
    ZK_TRY(check_endpoints(r));
    if (r->cursor.last.number != now.executed) return ZK_OK;
    if (!r->cursor.first_known || now.exodus) {
        restore_cursor_drop_requests(&r->cursor, now.first_request);
        r->cursor.first_known = true;
        r->changed = true;
    }
    if (r->cursor.n_requests > 0 && r->cursor.requests[0].serial_id != now.first_request) return lies("requests");
    ZK_TRY(check_requests(r));
    *behind = false;
    return ZK_OK;
}

/* What contradicts what we read may be said of other L1 blocks, which took the place of those: reading on shows that. A
 * lie stays one. */
zk_err restore_confirm(struct restore *r, bool *behind)
{
    zk_err err = confirm(r, behind);
    if (err == ZK_OK && !*behind) r->doubts = 0;
    if (err != ZK_ERR_CORRUPT || r->doubts++ == DOUBTS_MAX) return err;
    r->promised.l1_block = 0;
    *behind = true;
    return ZK_OK;
}
