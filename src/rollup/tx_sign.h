/* tx_sign: the messages that L2 keys sign.
 *
 * A transaction's sign bytes are its full bytes, but that a swap carries the hash of its orders instead of them. A swap
 * comes with three signatures: its submitter's, and that of each order's owner over the order's own 89 bytes.
 * Failure  ZK_ERR_RANGE, as in tx.h.  Purity  no allocation, no state. */
#ifndef ZK_ROLLUP_TX_SIGN_H
#define ZK_ROLLUP_TX_SIGN_H

#include "rollup/tx.h"

#define TX_SIGN_BYTES_MAX ORDER_BYTES
#define TX_SIGNATURES_MAX 3

/* Writes a transaction's sign bytes; *len <= TX_SIGN_BYTES_MAX. */
ZK_MUST_USE zk_err tx_sign_bytes(uint8_t *out, size_t *len, const struct tx *tx);

/* One signature that must hold: this key signed these bytes. */
struct tx_message {
    uint8_t bytes[TX_SIGN_BYTES_MAX];
    size_t len;
    const struct l2_signature *signature; /* borrowed from the transaction */
};

/* All signatures of a transaction: its own first, then those of a swap's orders. *n is 1 or 3. */
ZK_MUST_USE zk_err tx_messages(struct tx_message out[TX_SIGNATURES_MAX], size_t *n, const struct tx *tx);

#endif
