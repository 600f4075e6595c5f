#include "rollup/tx_sign.h"

#include "field/fr.h"
#include "hash/rescue.h"

#define ORDERS_OFFSET 30 /* in a swap's full bytes: type, version, submitter id, address, nonce */
#define ORDERS_BYTES  (2 * ORDER_BYTES)
#define CHUNK_BITS    253 /* what an element surely holds */
#define ORDERS_CHUNKS ((8 * ORDERS_BYTES + CHUNK_BITS - 1) / CHUNK_BITS)

/* Bit i of a string, counting each byte from its most significant bit. */
static unsigned bit_at(const uint8_t *bytes, size_t i)
{
    return bytes[i / 8] >> (7 - i % 8) & 1;
}

void orders_hash(uint8_t out[ORDERS_HASH_BYTES], const uint8_t orders[ORDERS_BYTES])
{
    fr chunks[ORDERS_CHUNKS];
    for (size_t c = 0; c < ORDERS_CHUNKS; c++) {
        uint64_t limbs[4] = {0};
        for (size_t k = 0; k < CHUNK_BITS && c * CHUNK_BITS + k < 8 * ORDERS_BYTES; k++)
            limbs[k / 64] |= (uint64_t)bit_at(orders, c * CHUNK_BITS + k) << k % 64;
        bool fits = fr_from_limbs(&chunks[c], limbs);
        assert(fits);
        (void)fits;
    }
    fr hash[2];
    uint64_t limbs[4];
    rescue_hash(hash, chunks, ORDERS_CHUNKS);
    fr_to_limbs(limbs, &hash[0]);
    memset(out, 0, ORDERS_HASH_BYTES);
    for (size_t k = 0; k < 8 * ORDERS_HASH_BYTES; k++)
        out[k / 8] |= (uint8_t)((limbs[k / 64] >> k % 64 & 1) << (7 - k % 8));
}

zk_err tx_sign_bytes(uint8_t *out, size_t *len, const struct tx *tx)
{
    uint8_t full[TX_FULL_BYTES_MAX];
    ZK_TRY(tx_full_bytes(full, len, tx));
    if (tx->type != TX_SWAP) {
        memcpy(out, full, *len);
        return ZK_OK;
    }
    const uint8_t *tail = full + ORDERS_OFFSET + ORDERS_BYTES;
    size_t tail_len = *len - ORDERS_OFFSET - ORDERS_BYTES;
    memcpy(out, full, ORDERS_OFFSET);
    orders_hash(out + ORDERS_OFFSET, full + ORDERS_OFFSET);
    memcpy(out + ORDERS_OFFSET + ORDERS_HASH_BYTES, tail, tail_len);
    *len = ORDERS_OFFSET + ORDERS_HASH_BYTES + tail_len;
    return ZK_OK;
}

zk_err tx_messages(struct tx_message out[TX_SIGNATURES_MAX], size_t *n, const struct tx *tx)
{
    *n = 1;
    out[0].signature = &tx->signature;
    ZK_TRY(tx_sign_bytes(out[0].bytes, &out[0].len, tx));
    if (tx->type != TX_SWAP) return ZK_OK;
    *n = 3;
    for (int i = 0; i < 2; i++) {
        out[1 + i].signature = &tx->swap.orders[i].signature;
        out[1 + i].len = ORDER_BYTES;
        ZK_TRY(order_sign_bytes(out[1 + i].bytes, &tx->swap.orders[i]));
    }
    return ZK_OK;
}
