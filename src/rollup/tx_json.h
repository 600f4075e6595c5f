/* tx_json: transactions as JSON, the form in which users send them and see them again.
 *
 *   numbers   ids, nonces and times; integers up to 2^64 - 1 are exact. A later time is read as 2^64 - 1: JavaScript
 *             prints that as 18446744073709552000
 *   strings   amounts, fees and prices in decimal (numbers below 2^64 - 1 are taken too); "0x" + hex for addresses and
 *             hashes, any case in, lower case out; "sync:" + hex (or "0x") for key hashes; bare hex for L2 signatures
 *
 * Members that are not the protocol's are ignored, as upstream does: the SDK sends several (tokenId, ethAddress, …).
 * A missing time range is 0 .. 2^64 - 1, and is left out again when it is that (but where it is required).
 * Ownership  borrows the object it reads; returns the object it makes owned (json_object_put).
 * Failure    ZK_ERR_INPUT for JSON that is not a transaction; the message names the member. ZK_ERR_MEMORY. */
#ifndef ZK_ROLLUP_TX_JSON_H
#define ZK_ROLLUP_TX_JSON_H

#include "rollup/tx_check.h"

struct json_object;

/* No transaction needs more: a swap as the SDK sends it has about 2,000 characters, at depth 4. */
#define TX_JSON_TEXT_MAX  16384
#define TX_JSON_DEPTH_MAX 16

/* Reads a transaction of any kind. *verdict is TX_VALID, or, if a number is well formed but more than a struct tx can
 * hold, what the protocol says about that; *tx is then not to be used. Other limits are tx_check_limits' to judge. */
ZK_MUST_USE zk_err tx_from_json(struct tx *tx, tx_verdict *verdict, struct json_object *json);

/* The same from text: one JSON object, and nothing else but white space. */
ZK_MUST_USE zk_err tx_from_json_text(struct tx *tx, tx_verdict *verdict, const char *text, size_t len);

/* Makes the object; tx is of a known type. */
ZK_MUST_USE zk_err tx_to_json(struct json_object **json, const struct tx *tx);

#endif
