/* l1_codec: what the database keeps of a scan cursor and of a submission to L1, as bytes. Big-endian.
 *
 *   scan         version 1, 1 | first 8 | next 8 | span 8 | anchors: number 8, hash 32 each, as many as there are
 *   submission   version 1, 1 | id 8 | state 1 | creates 1 | to 20 | value 32 | gas limit 8 | nonce 8 |
 *                receipt: succeeded 1, block 8, block hash 32, gas used 8, gas price 8, created 1, contract 20 |
 *                mined hash 32 | n 1 | n attempts: max fee 8, tip 8, sent 8, hash 32 | data to the end
 *
 * Strict    what decodes would be encoded the same again.
 * Failure   log_scan_decode: false. submission_decode: ZK_ERR_INPUT, ZK_ERR_MEMORY. */
#ifndef ZK_STORE_L1_CODEC_H
#define ZK_STORE_L1_CODEC_H

#include "ethereum/eth_sender.h"
#include "ethereum/log_scan.h"

#define LOG_SCAN_BYTES_MAX (1 + 3 * 8 + LOG_SCAN_ANCHORS * 40)

size_t log_scan_encode(uint8_t out[LOG_SCAN_BYTES_MAX], const struct log_scan *scan);
ZK_MUST_USE bool log_scan_decode(struct log_scan *scan, const uint8_t *in, size_t len);

size_t submission_encoded_len(const struct eth_submission *s);
void submission_encode(uint8_t *out, const struct eth_submission *s);

/* out->data is owned by the caller afterwards. */
ZK_MUST_USE zk_err submission_decode(struct eth_submission *out, const uint8_t *in, size_t len);

#endif
