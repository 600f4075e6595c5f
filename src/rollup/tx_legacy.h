/* tx_legacy: the sign bytes of before 2021: type instead of 255 - type, no version, tokens in two bytes, and a time
 * range only if the JSON had one. Four kinds existed: transfer, withdraw, change-pubkey, forced exit.
 *
 * Nothing signed like this is accepted: the circuit proves one layout only. They are here because wallets may still
 * sign a batch by its old message (eth_auth.h), which hashes these bytes, and to recognize them in tests.
 * Failure  ZK_ERR_RANGE: this transaction has no such form. ZK_ERR_INPUT: not such bytes. */
#ifndef ZK_ROLLUP_TX_LEGACY_H
#define ZK_ROLLUP_TX_LEGACY_H

#include "rollup/tx.h"

#define TX_LEGACY_BYTES_MAX 85

/* Writes them; *len <= TX_LEGACY_BYTES_MAX. Without the range, the transaction's must be TIME_RANGE_ALL. */
ZK_MUST_USE zk_err tx_legacy_bytes(uint8_t *out, size_t *len, const struct tx *tx, bool with_range);

/* Reads them; signatures and authorization as in tx_from_full_bytes. */
ZK_MUST_USE zk_err tx_from_legacy_bytes(struct tx *tx, bool *with_range, const uint8_t *in, size_t len);

#endif
