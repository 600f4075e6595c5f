/* tx_record: a transaction as the database keeps it: everything of struct tx, in few bytes.
 *
 *   offset  size  field
 *        0     1  version, 1
 *        1     n  full bytes (rollup/tx.h); their first byte tells the kind, the kind their length n
 *      1+n    96  public key 32, signature 64
 *                 withdrawals:    1  fast, 0 or 1
 *                 change-pubkey:  1  kind of authorization (change_pubkey_auth_kind), then
 *                                    ECDSA, EIP-712: Ethereum signature 65, batch hash 32; legacy: the same;
 *                                    CREATE2: creator 20, salt_arg 32, code_hash 32; on-chain: nothing
 *                 swap:         192  public key and signature of both orders
 *
 * Strict    one transaction has one record, and every record that is read would be written the same again.
 * Failure   Encoding: ZK_ERR_RANGE, as tx_full_bytes. Decoding: ZK_ERR_INPUT.
 * Purity    no allocation, no I/O. */
#ifndef ZK_STORE_TX_RECORD_H
#define ZK_STORE_TX_RECORD_H

#include "rollup/tx.h"

#define TX_RECORD_MAX (1 + TX_FULL_BYTES_MAX + 96 + 192)

ZK_MUST_USE zk_err tx_record_encode(uint8_t out[TX_RECORD_MAX], size_t *len, const struct tx *tx);
ZK_MUST_USE zk_err tx_record_decode(struct tx *tx, const uint8_t *in, size_t len);

#endif
