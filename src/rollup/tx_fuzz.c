#include "base/fuzz.h"
#include "rollup/tx_legacy.h"
#include "rollup/tx_sign.h"

static void check_full(const uint8_t *data, size_t len)
{
    struct tx tx;
    uint8_t again[TX_FULL_BYTES_MAX];
    uint8_t sign[TX_SIGN_BYTES_MAX];
    size_t again_len;
    size_t sign_len;
    if (tx_from_full_bytes(&tx, data, len) != ZK_OK) return;
    FUZZ_CHECK(tx_full_bytes(again, &again_len, &tx) == ZK_OK);
    FUZZ_CHECK(again_len == len && memcmp(again, data, len) == 0);
    if (tx.type == TX_SWAP) return; /* its orders' hash is slow, and is compared with vectors */
    FUZZ_CHECK(tx_sign_bytes(sign, &sign_len, &tx) == ZK_OK);
    FUZZ_CHECK(sign_len == len && memcmp(sign, data, len) == 0);
}

static void check_order(const uint8_t *data, size_t len)
{
    struct order order;
    uint8_t again[ORDER_BYTES];
    if (order_from_sign_bytes(&order, data, len) != ZK_OK) return;
    FUZZ_CHECK(order_sign_bytes(again, &order) == ZK_OK);
    FUZZ_CHECK(len == ORDER_BYTES && memcmp(again, data, len) == 0);
}

static void check_legacy(const uint8_t *data, size_t len)
{
    struct tx tx;
    bool with_range;
    uint8_t again[TX_LEGACY_BYTES_MAX];
    size_t again_len;
    if (tx_from_legacy_bytes(&tx, &with_range, data, len) != ZK_OK) return;
    FUZZ_CHECK(tx_legacy_bytes(again, &again_len, &tx, with_range) == ZK_OK);
    FUZZ_CHECK(again_len == len && memcmp(again, data, len) == 0);
}

/* Whatever is read is written back to the same bytes, and is one of: a transaction, an order, an old transaction. */
FUZZ_TARGET(const uint8_t *data, size_t len)
{
    struct tx tx;
    struct order order;
    bool with_range;
    check_full(data, len);
    check_order(data, len);
    check_legacy(data, len);
    int kinds = (tx_from_full_bytes(&tx, data, len) == ZK_OK) + (order_from_sign_bytes(&order, data, len) == ZK_OK) +
                (tx_from_legacy_bytes(&tx, &with_range, data, len) == ZK_OK);
    FUZZ_CHECK(kinds <= 1);
}
