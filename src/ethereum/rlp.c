#include "ethereum/rlp.h"

#include "base/bytes.h"

/* First bytes: below 0x80 the byte itself; 0x80 + len a string up to 55 bytes; 0xb8 + k a string whose length takes
 * k + 1 bytes; 0xc0 and 0xf8 the same for lists. */
#define SHORT_MAX   55
#define STRING_BASE 0x80
#define LIST_BASE   0xc0

void rlp_out_init(struct rlp_out *o, uint8_t *buf, size_t cap)
{
    *o = (struct rlp_out){.buf = buf, .cap = cap, .at = cap};
}

bool rlp_out_ok(const struct rlp_out *o)
{
    return !o->full;
}

const uint8_t *rlp_out_data(const struct rlp_out *o)
{
    return o->buf + o->at;
}

size_t rlp_out_len(const struct rlp_out *o)
{
    return o->cap - o->at;
}

size_t rlp_mark(const struct rlp_out *o)
{
    return o->at;
}

void rlp_put_raw(struct rlp_out *o, const void *bytes, size_t len)
{
    if (o->full || len > o->at) {
        o->full = true;
        return;
    }
    o->at -= len;
    if (len > 0) memcpy(o->buf + o->at, bytes, len);
}

static void put_header(struct rlp_out *o, uint8_t base, size_t len)
{
    uint8_t head[9];
    if (len <= SHORT_MAX) {
        head[0] = (uint8_t)(base + len);
        rlp_put_raw(o, head, 1);
        return;
    }
    store_be64(head + 1, len);
    size_t skip = 0;
    while (head[1 + skip] == 0) skip++;
    head[skip] = (uint8_t)(base + SHORT_MAX + (8 - skip));
    rlp_put_raw(o, head + skip, 9 - skip);
}

void rlp_put_bytes(struct rlp_out *o, const void *bytes, size_t len)
{
    rlp_put_raw(o, bytes, len);
    if (len == 1 && *(const uint8_t *)bytes < STRING_BASE) return;
    put_header(o, STRING_BASE, len);
}

static void put_stripped(struct rlp_out *o, const uint8_t *be, size_t len)
{
    while (len > 0 && *be == 0) {
        be++;
        len--;
    }
    rlp_put_bytes(o, be, len);
}

void rlp_put_u64(struct rlp_out *o, uint64_t x)
{
    uint8_t be[8];
    store_be64(be, x);
    put_stripped(o, be, sizeof be);
}

void rlp_put_u256(struct rlp_out *o, const uint8_t be[32])
{
    put_stripped(o, be, 32);
}

void rlp_put_list(struct rlp_out *o, size_t mark)
{
    assert(mark >= o->at);
    put_header(o, LIST_BASE, mark - o->at);
}

/* The payload length of a long form: n_bytes bytes at p, without leading zeros, and too long for the short form. */
static bool read_length(size_t *len, const uint8_t *p, size_t n_bytes)
{
    if (p[0] == 0 || n_bytes > sizeof(size_t)) return false;
    size_t x = 0;
    for (size_t i = 0; i < n_bytes; i++) x = x << 8 | p[i];
    *len = x;
    return x > SHORT_MAX;
}

bool rlp_next(struct rlp_in *in, struct rlp_item *item)
{
    if (in->len == 0) return false;
    uint8_t first = in->p[0];
    if (first < STRING_BASE) {
        *item = (struct rlp_item){false, in->p, 1};
        in->p++;
        in->len--;
        return true;
    }
    bool is_list = first >= LIST_BASE;
    size_t code = first - (is_list ? LIST_BASE : STRING_BASE);
    size_t head = 1;
    size_t len = code;
    if (code > SHORT_MAX) {
        head += code - SHORT_MAX;
        if (head > in->len || !read_length(&len, in->p + 1, head - 1)) return false;
    }
    if (len > in->len - head) return false;
    const uint8_t *payload = in->p + head;
    if (!is_list && len == 1 && payload[0] < STRING_BASE) return false; /* has a shorter form */
    *item = (struct rlp_item){is_list, payload, len};
    in->p += head + len;
    in->len -= head + len;
    return true;
}

bool rlp_next_list(struct rlp_in *in, struct rlp_in *list)
{
    struct rlp_item item;
    if (!rlp_next(in, &item) || !item.is_list) return false;
    *list = (struct rlp_in){item.p, item.len};
    return true;
}

bool rlp_next_bytes(struct rlp_in *in, uint8_t *out, size_t len)
{
    struct rlp_item item;
    if (!rlp_next(in, &item) || item.is_list || item.len != len) return false;
    if (len > 0) memcpy(out, item.p, len);
    return true;
}

/* An integer of at most cap bytes, right-aligned in out. */
static bool next_integer(struct rlp_in *in, uint8_t *out, size_t cap)
{
    struct rlp_item item;
    if (!rlp_next(in, &item) || item.is_list || item.len > cap) return false;
    if (item.len > 0 && item.p[0] == 0) return false;
    memset(out, 0, cap);
    if (item.len > 0) memcpy(out + cap - item.len, item.p, item.len);
    return true;
}

bool rlp_next_u64(struct rlp_in *in, uint64_t *out)
{
    uint8_t be[8];
    if (!next_integer(in, be, sizeof be)) return false;
    *out = load_be64(be);
    return true;
}

bool rlp_next_u256(struct rlp_in *in, uint8_t out[32])
{
    return next_integer(in, out, 32);
}
