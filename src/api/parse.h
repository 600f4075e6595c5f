/* parse: what users write in requests, as values: addresses, hashes, tokens, fee types, signatures, query strings.
 *
 * Failure  a bool: false for anything that is not of the form; outputs are then not to be read. Where users are told
 *          what is wrong, the text is the protocol's. Timing: variable. Purity: no state, no I/O. */
#ifndef ZK_API_PARSE_H
#define ZK_API_PARSE_H

#include "node/admission.h"
#include "node/fees.h"

struct json_object;

/* 0x + 40 digits of either case; `bare`: also without 0x. */
ZK_MUST_USE bool parse_address(eth_address *out, const char *text, bool bare);

/* 0x or sync-tx:, and 64 digits. *why: the protocol's text for what is wrong. */
ZK_MUST_USE bool parse_tx_hash(hash32 *out, const char *text, const char **why);

/* sync: or 0x, and 40 digits. */
ZK_MUST_USE bool parse_pubkey_hash(pubkey_hash *out, const char *text);

/* Decimal digits only, no more than 20, at most max. */
ZK_MUST_USE bool parse_u64(uint64_t *out, const char *text, uint64_t max);

/* True if text is not empty and has digits only. */
bool parse_is_digits(const char *text);

/* How a token is named: by id, address or symbol. */
struct token_like {
    enum { TOKEN_BY_ID, TOKEN_BY_ADDRESS, TOKEN_BY_SYMBOL } kind;
    uint32_t id;
    eth_address address;
    char symbol[64];
};
ZK_MUST_USE bool parse_token_like(struct token_like *out, struct json_object *json);
/* In a path: digits are an id. */
ZK_MUST_USE bool parse_token_like_text(struct token_like *out, const char *text);

/* Transfer comes as FEE_TRANSFER, whoever receives it. */
ZK_MUST_USE bool parse_fee_type(fee_type *out, struct json_object *json);

/* An EthSig. *out owns its EIP-1271 bytes. */
ZK_MUST_USE bool parse_eth_signature(struct submit_signature *out, struct json_object *json);

/* One transaction with its EthSigs (JSON null, an object, or an array of three). false: *why says what is wrong. */
ZK_MUST_USE bool parse_submit_tx(struct submit_tx *out, struct json_object *tx, struct json_object *signatures,
                                 const char **why);

/* [{tx, signature}…] and the signatures of the batch as a whole (null, an EthSig, or an array of them). Returns owned;
 * NULL: *why. */
struct submit_request *parse_batch(struct json_object *txs, struct json_object *signatures, submit_flavour flavour,
                                   const char **why);

/* {enable, accountId, timestamp, signature, pubKeyHash?}. Takes nothing; out->signature owns its bytes. */
ZK_MUST_USE bool parse_toggle_2fa(struct toggle_2fa *out, struct json_object *json, const char **why);

/* Strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF. json-c's own check is laxer. */
bool parse_is_utf8(const char *text, size_t len);

/* ---- query strings */

#define QUERY_PAIRS_MAX 16

struct query {
    size_t n;
    const char *keys[QUERY_PAIRS_MAX];
    const char *values[QUERY_PAIRS_MAX];
    char text[2048]; /* owns keys and values */
};

/* name=value&…, percent-encoded UTF-8, '+' is a space. False for bad escapes, a NUL, bytes that are not UTF-8, too many
 * pairs, or one name twice. */
ZK_MUST_USE bool parse_query(struct query *out, const char *text);

/* NULL if it is not there. */
const char *query_get(const struct query *q, const char *key);

/* Decodes a path segment into out (cap bytes with the NUL). False as above, or if it does not fit. */
ZK_MUST_USE bool parse_segment(char *out, size_t cap, const char *text, size_t len);

#endif
