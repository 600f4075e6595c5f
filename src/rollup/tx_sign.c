#include "rollup/tx_sign.h"

#include "rollup/signature.h"

#define ORDERS_OFFSET 30 /* in a swap's full bytes: type, version, submitter id, address, nonce */
#define ORDERS_BYTES  (2 * ORDER_BYTES)

static_assert(ORDERS_BYTES == SIG_ORDERS_BYTES, "a swap signs two orders");
static_assert(TX_SIGN_BYTES_MAX <= SIG_MESSAGE_MAX, "all sign bytes can be signed");

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
    sig_orders_hash(out + ORDERS_OFFSET, full + ORDERS_OFFSET);
    memcpy(out + ORDERS_OFFSET + SIG_ORDERS_DIGEST, tail, tail_len);
    *len = ORDERS_OFFSET + SIG_ORDERS_DIGEST + tail_len;
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
