#include "ethereum/abi.h"

#include "base/bytes.h"
#include "hash/keccak256.h"

#define WORD 32

void abi_out_init(struct abi_out *o, uint8_t *buf, size_t cap)
{
    *o = (struct abi_out){.buf = buf, .cap = cap};
}

bool abi_out_ok(const struct abi_out *o)
{
    return !o->full;
}

void abi_topic(uint8_t out[32], const char *signature)
{
    keccak256(out, signature, strlen(signature));
}

void abi_selector(uint8_t out[4], const char *signature)
{
    uint8_t hash[32];
    abi_topic(hash, signature);
    memcpy(out, hash, 4);
}

/* Room for len zeroed bytes at the end, or NULL. */
static uint8_t *grow(struct abi_out *o, size_t len)
{
    if (o->full || len > o->cap - o->len) {
        o->full = true;
        return NULL;
    }
    uint8_t *p = o->buf + o->len;
    o->len += len;
    memset(p, 0, len);
    return p;
}

/* A word that ends with the len bytes given. */
static void put_right(struct abi_out *o, const uint8_t *bytes, size_t len)
{
    uint8_t *p = grow(o, WORD);
    if (p != NULL) memcpy(p + WORD - len, bytes, len);
}

void abi_put_selector(struct abi_out *o, const char *signature)
{
    uint8_t *p = grow(o, 4);
    if (p != NULL) abi_selector(p, signature);
}

void abi_put_word(struct abi_out *o, const uint8_t word[32])
{
    put_right(o, word, WORD);
}

void abi_put_u64(struct abi_out *o, uint64_t x)
{
    uint8_t be[8];
    store_be64(be, x);
    put_right(o, be, sizeof be);
}

void abi_put_u128(struct abi_out *o, const uint8_t be[16])
{
    put_right(o, be, 16);
}

void abi_put_bool(struct abi_out *o, bool x)
{
    abi_put_u64(o, x);
}

void abi_put_address(struct abi_out *o, const uint8_t address[20])
{
    put_right(o, address, 20);
}

void abi_put_fixed_bytes(struct abi_out *o, const uint8_t *bytes, size_t n)
{
    assert(n <= WORD);
    uint8_t *p = grow(o, WORD);
    if (p != NULL) memcpy(p, bytes, n);
}

void abi_put_bytes(struct abi_out *o, const uint8_t *bytes, size_t len)
{
    abi_put_u64(o, len);
    if (len > SIZE_MAX - WORD) {
        o->full = true;
        return;
    }
    uint8_t *p = grow(o, (len + WORD - 1) / WORD * WORD);
    if (p != NULL && len > 0) memcpy(p, bytes, len);
}

size_t abi_begin(const struct abi_out *o)
{
    return o->len;
}

size_t abi_put_slot(struct abi_out *o)
{
    size_t slot = o->len;
    (void)grow(o, WORD);
    return slot;
}

void abi_fill_slot(struct abi_out *o, size_t slot, size_t tuple)
{
    if (o->full) return;
    assert(slot + WORD <= o->len && tuple <= slot);
    store_be64(o->buf + slot + WORD - 8, o->len - tuple);
}

/* The word's bytes, of which the first `zeros` must be zero; NULL if they are not, or the word is outside. */
static const uint8_t *word_at(const struct abi_in *in, size_t word, size_t zeros)
{
    if (word >= in->len / WORD) return NULL;
    const uint8_t *p = in->p + word * WORD;
    for (size_t i = 0; i < zeros; i++)
        if (p[i] != 0) return NULL;
    return p;
}

bool abi_get_word(const struct abi_in *in, size_t word, uint8_t out[32])
{
    const uint8_t *p = word_at(in, word, 0);
    if (p != NULL) memcpy(out, p, WORD);
    return p != NULL;
}

bool abi_get_u64(const struct abi_in *in, size_t word, uint64_t *out)
{
    const uint8_t *p = word_at(in, word, WORD - 8);
    if (p != NULL) *out = load_be64(p + WORD - 8);
    return p != NULL;
}

bool abi_get_u128(const struct abi_in *in, size_t word, uint8_t be[16])
{
    const uint8_t *p = word_at(in, word, WORD - 16);
    if (p != NULL) memcpy(be, p + WORD - 16, 16);
    return p != NULL;
}

bool abi_get_bool(const struct abi_in *in, size_t word, bool *out)
{
    const uint8_t *p = word_at(in, word, WORD - 1);
    if (p == NULL || p[WORD - 1] > 1) return false;
    *out = p[WORD - 1] == 1;
    return true;
}

bool abi_get_address(const struct abi_in *in, size_t word, uint8_t out[20])
{
    const uint8_t *p = word_at(in, word, WORD - 20);
    if (p != NULL) memcpy(out, p + WORD - 20, 20);
    return p != NULL;
}

static bool all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0) return false;
    return true;
}

bool abi_get_fixed_bytes(const struct abi_in *in, size_t word, uint8_t *out, size_t n)
{
    assert(n <= WORD);
    const uint8_t *p = word_at(in, word, 0);
    if (p == NULL || !all_zero(p + n, WORD - n)) return false;
    memcpy(out, p, n);
    return true;
}

bool abi_get_tuple(const struct abi_in *in, size_t word, struct abi_in *tuple)
{
    uint64_t offset;
    if (!abi_get_u64(in, word, &offset) || offset > in->len) return false;
    *tuple = (struct abi_in){in->p + offset, in->len - (size_t)offset};
    return true;
}

bool abi_get_bytes(const struct abi_in *in, size_t word, const uint8_t **bytes, size_t *len)
{
    struct abi_in data;
    uint64_t n;
    if (!abi_get_tuple(in, word, &data) || !abi_get_u64(&data, 0, &n) || n > data.len - WORD) return false;
    size_t padded = ((size_t)n + WORD - 1) / WORD * WORD;
    if (padded > data.len - WORD || !all_zero(data.p + WORD + n, padded - (size_t)n)) return false;
    *bytes = data.p + WORD;
    *len = (size_t)n;
    return true;
}

bool abi_get_array(const struct abi_in *in, size_t word, size_t max, struct abi_in *members, size_t *n)
{
    struct abi_in data;
    uint64_t count;
    if (!abi_get_tuple(in, word, &data) || !abi_get_u64(&data, 0, &count) || count > max) return false;
    if (count > (data.len - WORD) / WORD) return false; /* each member has at least a word in the head */
    *members = (struct abi_in){data.p + WORD, data.len - WORD};
    *n = (size_t)count;
    return true;
}
