#include "cli/restore_cursor.h"

#include "base/bytes.h"
#include "hash/sha256.h"

#include <stdlib.h>

#define VERSION     1
#define MAGIC_LEN   8
#define DIGEST      32
#define BLOCK_LEN   (4 + 8 + 8 + 32)
#define REQUEST_LEN (8 + 8 + 1 + 1 + PRIORITY_BYTES_MAX + 20)
#define FIXED_LEN                                                                                                      \
    (12 + 8 + 20 + 1 + 1 + 20 + 32 + (4 + 8 + 32 + 8 + 32 + 32) + 8 + 8 + 8 + 1 + (8 + 8 + 8 + 8) +                    \
     LOG_SCAN_ANCHORS * 40 + 8 + 8)
#define LIST_MAX (UINT64_C(1) << 32)

static const uint8_t magic[MAGIC_LEN] = {'z', 'k', 'r', 'c', 'u', 'r', 's', 'r'};

void restore_cursor_init(struct restore_cursor *c, uint64_t chain_id, const uint8_t contract[20], uint64_t first_block)
{
    *c = (struct restore_cursor){.chain_id = chain_id, .first_known = true};
    memcpy(c->contract, contract, 20);
    log_scan_init(&c->scan, first_block);
}

void restore_cursor_free(struct restore_cursor *c)
{
    free(c->blocks);
    free(c->requests);
    *c = (struct restore_cursor){0};
}

/* ---- events */

static zk_err left_out(const char *what, uint64_t got, uint64_t want)
{
    return zk_fail(ZK_ERR_CORRUPT, "L1 shows %s %llu where %llu must come: its node leaves out events", what,
                   (unsigned long long)got, (unsigned long long)want);
}

static uint32_t committed(const struct restore_cursor *c)
{
    return c->last.number + (uint32_t)c->n_blocks;
}

size_t restore_cursor_ready(const struct restore_cursor *c)
{
    size_t n = 0;
    while (n < c->n_blocks && c->blocks[n].executed_in != 0) n++;
    return n;
}

uint32_t restore_cursor_executed(const struct restore_cursor *c)
{
    return c->last.number + (uint32_t)restore_cursor_ready(c);
}

/* Room for one more in a list. */
static zk_err grow(void **list, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) return ZK_OK;
    size_t wanted = *cap == 0 ? 64 : 2 * *cap;
    void *p = realloc(*list, wanted * size);
    if (p == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for %zu blocks or requests", wanted);
    *list = p;
    *cap = wanted;
    return ZK_OK;
}

static zk_err on_genesis(struct restore_cursor *c, const struct zkroll_event *e, const struct eth_log *log)
{
    if (c->has_genesis) return zk_fail(ZK_ERR_CORRUPT, "L1 shows a second genesis of one contract: its node lies");
    c->has_genesis = true;
    c->hard = log->block_number;
    memcpy(c->fee_address, e->genesis.fee_address, 20);
    memcpy(c->genesis_root, e->genesis.root, 32);
    zkroll_genesis(&c->last, e->genesis.root);
    return ZK_OK;
}

static zk_err on_commit(struct restore_cursor *c, uint32_t number, const struct eth_log *log)
{
    if (number != committed(c) + 1) return left_out("the commit of block", number, committed(c) + 1);
    ZK_TRY(grow((void **)&c->blocks, &c->cap_blocks, c->n_blocks, sizeof *c->blocks));
    struct restore_block *b = &c->blocks[c->n_blocks++];
    *b = (struct restore_block){.number = number, .committed_in = log->block_number};
    memcpy(b->tx, log->tx_hash, 32);
    return ZK_OK;
}

static zk_err on_execution(struct restore_cursor *c, uint32_t number, const struct eth_log *log)
{
    size_t ready = restore_cursor_ready(c);
    if (ready == c->n_blocks || number != c->blocks[ready].number)
        return left_out("the execution of block", number, c->last.number + ready + 1);
    c->blocks[ready].executed_in = log->block_number;
    return ZK_OK;
}

static zk_err on_revert(struct restore_cursor *c, const struct zkroll_event *e, const struct eth_log *log)
{
    uint32_t executed = restore_cursor_executed(c);
    if (e->revert.executed != executed) return left_out("a revert down to block", e->revert.executed, executed);
    if (e->revert.committed > committed(c) || e->revert.committed < executed)
        return left_out("a revert to block", e->revert.committed, committed(c));
    c->n_blocks -= committed(c) - e->revert.committed;
    c->hard = log->block_number;
    return ZK_OK;
}

static zk_err on_request(struct restore_cursor *c, const struct zkroll_event *e, const struct eth_log *log)
{
    if (e->request.serial_id != c->next_serial) return left_out("request", e->request.serial_id, c->next_serial);
    if (e->request.data.len > PRIORITY_BYTES_MAX)
        return zk_fail(ZK_ERR_CORRUPT, "request %llu has %zu bytes: no contract of ours writes that",
                       (unsigned long long)e->request.serial_id, e->request.data.len);
    ZK_TRY(grow((void **)&c->requests, &c->cap_requests, c->n_requests, sizeof *c->requests));
    struct restore_request *r = &c->requests[c->n_requests++];
    *r = (struct restore_request){.serial_id = e->request.serial_id,
                                  .requested_in = log->block_number,
                                  .op_type = (uint8_t)e->request.op_type,
                                  .len = (uint8_t)e->request.data.len};
    memcpy(r->data, e->request.data.p, e->request.data.len);
    memcpy(r->sender, e->request.sender, 20);
    c->next_serial++;
    return ZK_OK;
}

zk_err restore_cursor_event(struct restore_cursor *c, const struct zkroll_event *e, const struct eth_log *log)
{
    if (e->kind == ZKROLL_GENESIS) return on_genesis(c, e, log);
    if (!c->has_genesis) return zk_fail(ZK_ERR_CORRUPT, "L1 shows events before the genesis: --from-block is too high");
    switch (e->kind) {
    case ZKROLL_BLOCK_COMMIT: return on_commit(c, e->block.number, log);
    case ZKROLL_BLOCK_VERIFICATION: return on_execution(c, e->block.number, log);
    case ZKROLL_BLOCKS_REVERT: return on_revert(c, e, log);
    case ZKROLL_NEW_PRIORITY_REQUEST: return on_request(c, e, log);
    case ZKROLL_EXODUS_MODE: c->exodus = true; return ZK_OK;
    default: return ZK_OK;
    }
}

bool restore_cursor_rewind(struct restore_cursor *c, uint64_t next)
{
    if (c->hard >= next) return false;
    while (c->n_blocks > 0 && c->blocks[c->n_blocks - 1].committed_in >= next) c->n_blocks--;
    for (size_t i = 0; i < c->n_blocks; i++)
        if (c->blocks[i].executed_in >= next) c->blocks[i].executed_in = 0;
    for (; c->n_requests > 0 && c->requests[c->n_requests - 1].requested_in >= next; c->n_requests--) c->next_serial--;
    c->exodus = false; /* nothing comes after it; if it still stands, it is read again or asked for */
    return true;
}

void restore_cursor_drop_requests(struct restore_cursor *c, uint64_t first)
{
    size_t n = 0;
    while (n < c->n_requests && c->requests[n].serial_id < first) n++;
    c->n_requests -= n;
    if (n > 0) memmove(c->requests, c->requests + n, c->n_requests * sizeof *c->requests);
}

void restore_cursor_replayed(struct restore_cursor *c, const struct zkroll_stored *stored, size_t ops)
{
    assert(c->n_blocks > 0 && c->blocks[0].number == stored->number && c->blocks[0].executed_in != 0);
    if (c->blocks[0].executed_in > c->hard) c->hard = c->blocks[0].executed_in;
    c->last = *stored;
    c->ops += ops;
    c->n_blocks--;
    memmove(c->blocks, c->blocks + 1, c->n_blocks * sizeof *c->blocks);
    if (c->first_known && stored->priority_operations > 0 && c->n_requests > 0)
        restore_cursor_drop_requests(c, c->requests[0].serial_id + stored->priority_operations);
}

/* ---- bytes: one walk over the fields writes them or reads them */

struct walk {
    uint8_t *out; /* NULL: reading */
    const uint8_t *in;
    size_t len;
    bool ok; /* reading: every value had a form that is written */
};

static void bytes(struct walk *w, void *p, size_t n)
{
    if (w->out != NULL)
        memcpy(w->out + w->len, p, n);
    else
        memcpy(p, w->in + w->len, n);
    w->len += n;
}

static void u64(struct walk *w, uint64_t *x)
{
    uint8_t le[8];
    store_le64(le, *x);
    bytes(w, le, 8);
    *x = load_le64(le);
}

static void u32(struct walk *w, uint32_t *x)
{
    uint8_t le[4];
    store_le32(le, *x);
    bytes(w, le, 4);
    *x = load_le32(le);
}

static void flag(struct walk *w, bool *x)
{
    uint8_t byte = *x;
    bytes(w, &byte, 1);
    w->ok = w->ok && byte <= 1;
    *x = byte == 1;
}

static void walk_scan(struct walk *w, struct log_scan *s)
{
    uint64_t n = s->n_anchors;
    u64(w, &s->first);
    u64(w, &s->next);
    u64(w, &s->span);
    u64(w, &n);
    w->ok = w->ok && n <= LOG_SCAN_ANCHORS && s->span >= 1 && s->next >= s->first;
    s->n_anchors = n <= LOG_SCAN_ANCHORS ? n : 0;
    for (size_t i = 0; i < LOG_SCAN_ANCHORS; i++) {
        u64(w, &s->anchors[i].number);
        bytes(w, s->anchors[i].hash, 32);
        if (i > 0 && i < s->n_anchors) w->ok = w->ok && s->anchors[i].number > s->anchors[i - 1].number;
    }
}

static void walk_fixed(struct walk *w, struct restore_cursor *c, uint64_t *n_blocks, uint64_t *n_requests)
{
    u64(w, &c->chain_id);
    bytes(w, c->contract, 20);
    flag(w, &c->has_genesis);
    flag(w, &c->exodus);
    bytes(w, c->fee_address, 20);
    bytes(w, c->genesis_root, 32);
    u32(w, &c->last.number);
    u64(w, &c->last.priority_operations);
    bytes(w, c->last.settlement_hash, 32);
    u64(w, &c->last.timestamp);
    bytes(w, c->last.state_root, 32);
    bytes(w, c->last.commitment, 32);
    u64(w, &c->ops);
    u64(w, &c->hard);
    u64(w, &c->next_serial);
    flag(w, &c->first_known);
    walk_scan(w, &c->scan);
    u64(w, n_blocks);
    u64(w, n_requests);
}

static void walk_block(struct walk *w, struct restore_block *b)
{
    u32(w, &b->number);
    u64(w, &b->committed_in);
    u64(w, &b->executed_in);
    bytes(w, b->tx, 32);
}

static void walk_request(struct walk *w, struct restore_request *r)
{
    u64(w, &r->serial_id);
    u64(w, &r->requested_in);
    bytes(w, &r->op_type, 1);
    bytes(w, &r->len, 1);
    bytes(w, r->data, sizeof r->data);
    bytes(w, r->sender, sizeof r->sender);
    w->ok = w->ok && r->len <= PRIORITY_BYTES_MAX;
}

size_t restore_cursor_encoded_len(const struct restore_cursor *c)
{
    return FIXED_LEN + c->n_blocks * BLOCK_LEN + c->n_requests * REQUEST_LEN + DIGEST;
}

void restore_cursor_encode(uint8_t *out, const struct restore_cursor *c)
{
    struct restore_cursor copy = *c; /* a walk takes what it could change; lists are shared, and stay as they are */
    uint64_t n_blocks = c->n_blocks;
    uint64_t n_requests = c->n_requests;
    struct walk w = {.out = out, .len = 12, .ok = true};
    memcpy(out, magic, MAGIC_LEN);
    store_le32(out + 8, VERSION);
    walk_fixed(&w, &copy, &n_blocks, &n_requests);
    assert(w.len == FIXED_LEN);
    for (size_t i = 0; i < n_blocks; i++) walk_block(&w, &copy.blocks[i]);
    for (size_t i = 0; i < n_requests; i++) walk_request(&w, &copy.requests[i]);
    assert(w.len + DIGEST == restore_cursor_encoded_len(c));
    sha256(out + w.len, out, w.len);
}

/* C1, C2, and that nothing is later than it can be. */
static bool is_consistent(const struct restore_cursor *c)
{
    bool executed = true;
    for (size_t i = 0; i < c->n_blocks; i++) {
        if (c->blocks[i].number != c->last.number + 1 + i) return false;
        if (c->blocks[i].executed_in != 0 && !executed) return false;
        executed = c->blocks[i].executed_in != 0;
    }
    for (size_t i = 0; i < c->n_requests; i++)
        if (c->requests[i].serial_id + c->n_requests - i != c->next_serial) return false;
    return true;
}

static zk_err damaged(void)
{
    return zk_fail(ZK_ERR_CORRUPT, "the restore's cursor file is damaged");
}

zk_err restore_cursor_decode(struct restore_cursor *out, const uint8_t *in, size_t len)
{
    uint8_t digest[DIGEST];
    uint64_t n_blocks = 0;
    uint64_t n_requests = 0;
    *out = (struct restore_cursor){0};
    if (len < FIXED_LEN + DIGEST || memcmp(in, magic, MAGIC_LEN) != 0) return damaged();
    if (load_le32(in + 8) != VERSION)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the restore's cursor file is of version %u", load_le32(in + 8));
    sha256(digest, in, len - DIGEST);
    if (memcmp(digest, in + len - DIGEST, DIGEST) != 0) return damaged();

    struct walk w = {.in = in, .len = 12, .ok = true};
    walk_fixed(&w, out, &n_blocks, &n_requests);
    if (!w.ok || n_blocks > LIST_MAX || n_requests > LIST_MAX ||
        len != FIXED_LEN + n_blocks * BLOCK_LEN + n_requests * REQUEST_LEN + DIGEST)
        return damaged();
    out->blocks = calloc(n_blocks + 1, sizeof *out->blocks);
    out->requests = calloc(n_requests + 1, sizeof *out->requests);
    out->cap_blocks = out->n_blocks = n_blocks;
    out->cap_requests = out->n_requests = n_requests;
    if (out->blocks == NULL || out->requests == NULL) {
        restore_cursor_free(out);
        return zk_fail(ZK_ERR_MEMORY, "no memory for a restore's cursor");
    }
    for (size_t i = 0; i < n_blocks; i++) walk_block(&w, &out->blocks[i]);
    for (size_t i = 0; i < n_requests; i++) walk_request(&w, &out->requests[i]);
    if (w.ok && is_consistent(out)) return ZK_OK;
    restore_cursor_free(out);
    return damaged();
}
