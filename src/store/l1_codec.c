#include "store/l1_codec.h"

#include "base/bytes.h"

#include <stdlib.h>

#define VERSION          1
#define ANCHOR_BYTES     40
#define ATTEMPT_BYTES    (3 * 8 + 32)
#define SUBMISSION_BYTES (1 + 8 + 1 + 1 + 20 + 32 + 8 + 8 + (1 + 8 + 32 + 8 + 8 + 1 + 20) + 32 + 1)

size_t log_scan_encode(uint8_t out[LOG_SCAN_BYTES_MAX], const struct log_scan *scan)
{
    assert(scan->n_anchors <= LOG_SCAN_ANCHORS);
    uint8_t *p = out;
    *p++ = VERSION;
    const uint64_t numbers[] = {scan->first, scan->next, scan->span};
    for (size_t i = 0; i < ZK_COUNT(numbers); i++, p += 8) store_be64(p, numbers[i]);
    for (size_t i = 0; i < scan->n_anchors; i++, p += ANCHOR_BYTES) {
        store_be64(p, scan->anchors[i].number);
        memcpy(p + 8, scan->anchors[i].hash, 32);
    }
    return (size_t)(p - out);
}

bool log_scan_decode(struct log_scan *scan, const uint8_t *in, size_t len)
{
    memset(scan, 0, sizeof *scan);
    size_t head = 1 + 3 * 8;
    if (len < head || in[0] != VERSION || (len - head) % ANCHOR_BYTES != 0) return false;
    size_t n = (len - head) / ANCHOR_BYTES;
    if (n > LOG_SCAN_ANCHORS) return false;
    scan->first = load_be64(in + 1);
    scan->next = load_be64(in + 9);
    scan->span = load_be64(in + 17);
    scan->n_anchors = n;
    const uint8_t *p = in + head;
    for (size_t i = 0; i < n; i++, p += ANCHOR_BYTES) {
        scan->anchors[i].number = load_be64(p);
        memcpy(scan->anchors[i].hash, p + 8, 32);
        if (i > 0 && scan->anchors[i].number <= scan->anchors[i - 1].number) return false;
    }
    return scan->span <= LOG_SCAN_SPAN_MAX;
}

size_t submission_encoded_len(const struct eth_submission *s)
{
    return SUBMISSION_BYTES + s->n_attempts * ATTEMPT_BYTES + s->data_len;
}

static uint8_t *put_u64(uint8_t *p, uint64_t v)
{
    store_be64(p, v);
    return p + 8;
}

static uint8_t *put(uint8_t *p, const void *bytes, size_t n)
{
    if (n > 0) memcpy(p, bytes, n);
    return p + n;
}

void submission_encode(uint8_t *out, const struct eth_submission *s)
{
    assert(s->n_attempts <= ETH_ATTEMPTS_MAX);
    uint8_t *p = out;
    *p++ = VERSION;
    p = put_u64(p, s->id);
    *p++ = (uint8_t)s->state;
    *p++ = s->creates;
    p = put(p, s->to, 20);
    p = put(p, s->value, 32);
    p = put_u64(p, s->gas_limit);
    p = put_u64(p, s->nonce);
    *p++ = s->receipt.succeeded;
    p = put_u64(p, s->receipt.block_number);
    p = put(p, s->receipt.block_hash, 32);
    p = put_u64(p, s->receipt.gas_used);
    p = put_u64(p, s->receipt.gas_price);
    *p++ = s->receipt.created;
    p = put(p, s->receipt.contract, 20);
    p = put(p, s->mined_hash, 32);
    *p++ = (uint8_t)s->n_attempts;
    for (size_t i = 0; i < s->n_attempts; i++) {
        p = put_u64(p, s->attempts[i].max_fee);
        p = put_u64(p, s->attempts[i].max_priority);
        p = put_u64(p, s->attempts[i].sent_ms);
        p = put(p, s->attempts[i].hash, 32);
    }
    p = put(p, s->data, s->data_len);
    assert((size_t)(p - out) == submission_encoded_len(s));
}

/* The length is known to be enough for what is read. */
struct reader {
    const uint8_t *p;
    bool bad;
};

static uint64_t get_u64(struct reader *r)
{
    r->p += 8;
    return load_be64(r->p - 8);
}

static bool get_flag(struct reader *r)
{
    uint8_t b = *r->p++;
    if (b > 1) r->bad = true;
    return b == 1;
}

static void get(struct reader *r, void *out, size_t n)
{
    memcpy(out, r->p, n);
    r->p += n;
}

static void get_head(struct reader *r, struct eth_submission *s)
{
    s->id = get_u64(r);
    uint8_t state = *r->p++;
    if (state > ETH_SUBMISSION_REFUSED) r->bad = true;
    s->state = (eth_submission_state)state;
    s->creates = get_flag(r);
    get(r, s->to, 20);
    get(r, s->value, 32);
    s->gas_limit = get_u64(r);
    s->nonce = get_u64(r);
    s->receipt.succeeded = get_flag(r);
    s->receipt.block_number = get_u64(r);
    get(r, s->receipt.block_hash, 32);
    s->receipt.gas_used = get_u64(r);
    s->receipt.gas_price = get_u64(r);
    s->receipt.created = get_flag(r);
    get(r, s->receipt.contract, 20);
    get(r, s->mined_hash, 32);
}

zk_err submission_decode(struct eth_submission *out, const uint8_t *in, size_t len)
{
    memset(out, 0, sizeof *out);
    if (len < SUBMISSION_BYTES || in[0] != VERSION) return zk_fail(ZK_ERR_INPUT, "not an L1 transaction");
    struct reader r = {in + 1, false};
    get_head(&r, out);
    size_t n = *r.p++;
    size_t rest = len - SUBMISSION_BYTES;
    if (r.bad || n > ETH_ATTEMPTS_MAX || n * ATTEMPT_BYTES > rest) {
        memset(out, 0, sizeof *out);
        return zk_fail(ZK_ERR_INPUT, "an L1 transaction with other bytes than it must have");
    }
    out->n_attempts = n;
    for (size_t i = 0; i < n; i++) {
        out->attempts[i].max_fee = get_u64(&r);
        out->attempts[i].max_priority = get_u64(&r);
        out->attempts[i].sent_ms = get_u64(&r);
        get(&r, out->attempts[i].hash, 32);
    }
    out->data_len = rest - n * ATTEMPT_BYTES;
    out->data = malloc(out->data_len + 1);
    if (out->data == NULL) {
        memset(out, 0, sizeof *out);
        return zk_fail(ZK_ERR_MEMORY, "no memory for an L1 transaction of %zu bytes", rest);
    }
    if (out->data_len > 0) get(&r, out->data, out->data_len);
    return ZK_OK;
}
