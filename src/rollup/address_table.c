#include "rollup/address_table.h"

static uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

uint64_t siphash24(const uint64_t key[2], const uint8_t *data, size_t len)
{
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    size_t left = len;
    for (; left >= 8; left -= 8, data += 8) {
        uint64_t m = load_le64(data);
        v[3] ^= m;
        sip_round(v);
        sip_round(v);
        v[0] ^= m;
    }
    uint64_t m = (uint64_t)len << 56;
    for (size_t i = 0; i < left; i++) m |= (uint64_t)data[i] << 8 * i;
    v[3] ^= m;
    sip_round(v);
    sip_round(v);
    v[0] ^= m;
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint32_t address_table_slots(uint32_t accounts)
{
    uint32_t n = 16;
    while (n / 4 * 3 < accounts) n *= 2;
    return n;
}

void address_table_init(struct address_table *t, uint32_t *slots, uint32_t n_slots, const uint64_t key[2],
                        const void *addresses, size_t stride)
{
    assert(n_slots >= 16 && (n_slots & (n_slots - 1)) == 0);
    *t = (struct address_table){slots, n_slots - 1, {key[0], key[1]}, addresses, stride};
}

#define ID_MASK ((UINT32_C(1) << ACCOUNT_ID_BITS) - 1)

static const uint8_t *address_of(const struct address_table *t, uint32_t id)
{
    return t->addresses + id * t->stride;
}

/* The slot where the address is, or the empty one where it would go. */
static uint32_t probe(const struct address_table *t, const uint8_t address[20], uint32_t *tag)
{
    uint64_t h = siphash24(t->key, address, 20);
    *tag = (uint32_t)(h >> 56) << ACCOUNT_ID_BITS;
    for (uint32_t i = (uint32_t)h & t->mask;; i = (i + 1) & t->mask) {
        uint32_t slot = t->slots[i];
        if (slot == 0) return i;
        if ((slot & ~ID_MASK) == *tag && memcmp(address_of(t, (slot & ID_MASK) - 1), address, 20) == 0) return i;
    }
}

bool address_table_find(uint32_t *id, const struct address_table *t, const eth_address *address)
{
    uint32_t tag;
    uint32_t slot = t->slots[probe(t, address->b, &tag)];
    *id = slot == 0 ? 0 : (slot & ID_MASK) - 1;
    return slot != 0;
}

void address_table_add(struct address_table *t, uint32_t id)
{
    assert(id < ID_MASK);
    uint32_t tag;
    uint32_t i = probe(t, address_of(t, id), &tag);
    if (t->slots[i] == 0) t->slots[i] = tag | (id + 1);
}

void address_table_undo_add(struct address_table *t, uint32_t id)
{
    /* What was entered last stands at the end of its chain of probes, so nothing else is cut off. */
    uint32_t tag;
    uint32_t i = probe(t, address_of(t, id), &tag);
    if ((t->slots[i] & ID_MASK) == id + 1) t->slots[i] = 0;
}
