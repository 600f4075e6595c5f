/* model: what the store holds, as the JSON that JSON-RPC and REST share. One function a thing; the transports only put
 * them into their envelopes.
 *
 * Result   a new object, owned by the caller; NULL means JSON's null, or a failure: then e->set. */
#ifndef ZK_API_MODEL_H
#define ZK_API_MODEL_H

#include "api/worker.h"

/* ---- accounts (json_account.c) */

/* account_info: address, id, depositing, committed, verified, accountType. Never null. */
struct json_object *json_account_info(struct api_worker *w, const eth_address *address, struct api_error *e);

/* One state of it: {balances, nfts, mintedNfts, nonce, pubKeyHash}; of nobody if there is no account. */
struct json_object *json_account_state(struct api_worker *w, const eth_address *address, store_moment moment,
                                       struct api_error *e);

/* {balances: {SYM: {amount, expectedAcceptBlock}}} */
struct json_object *json_depositing(struct api_worker *w, const eth_address *address, struct api_error *e);

/* REST's Account; null if there is none at that moment. */
struct json_object *json_account(struct api_worker *w, const eth_address *address, store_moment moment,
                                 struct api_error *e);

/* ---- tokens and NFTs (json_token.c) */

struct json_object *json_token_rpc(const struct store_token *t);  /* {id, address, symbol, decimals, kind, is_nft} */
struct json_object *json_token_rest(const struct store_token *t); /* {id, address, symbol, decimals, enabledForFees} */
struct json_object *json_nft(const struct store_nft *nft);        /* NFT */
/* Of the verified state: NFT with its factories; null before. */
struct json_object *json_nft_full(struct api_worker *w, uint32_t id, struct api_error *e);
struct json_object *json_nft_owner(struct api_worker *w, uint32_t id, struct api_error *e);
struct json_object *json_nft_id_by_tx(struct api_worker *w, const hash32 *hash, struct api_error *e);

/* USD a whole token, in pico dollars. False: unknown. */
ZK_MUST_USE bool token_price(const struct store_token *t, uint64_t *pico);

/* a / b as a decimal with at most 18 digits behind the point. b > 0. */
#define PRICE_TEXT_MAX 64
void price_ratio_text(char out[PRICE_TEXT_MAX], uint64_t a, uint64_t b);

/* ---- fees (json_fee.c) */

/* What is asked for, in the order of the protocol's checks. NULL: *rpc and *rest differ, so e is set by the function.
 * */
struct fee_request {
    size_t n;
    fee_type types[SUBMIT_BATCH_MAX];
    eth_address addresses[SUBMIT_BATCH_MAX];
    struct json_object *type_json; /* borrowed; of the first */
    struct token_like token;
};
ZK_MUST_USE bool fee_of(struct fee_quote *out, fee_type *first, struct api_worker *w, struct fee_request *r,
                        struct api_error *e);
struct json_object *json_fee_rpc(const struct fee_quote *q, fee_type type, struct json_object *type_json);
struct json_object *json_fee_rest(const struct fee_quote *q);

/* ---- transactions and requests from L1 (json_tx.c) */

struct json_object *json_tx_info(struct api_worker *w, const hash32 *hash, struct api_error *e);
struct json_object *json_ethop_info(struct api_worker *w, uint64_t serial_id, struct api_error *e);
struct json_object *json_eth_tx_for_withdrawal(struct api_worker *w, const hash32 *hash, struct api_error *e);

/* Whatever goes by that hash (L2, a request's, or L1's), as an entry; not executed: place.block = 0. False: e is set.
 * */
ZK_MUST_USE bool op_find(struct api_worker *w, struct store_op *op, bool *found, const hash32 *hash,
                         struct api_error *e);

/* "queued", "committed", "finalized", "rejected". */
const char *op_status(const struct store_op *op, const struct store_heads *heads);

/* REST's Receipt by L2 hash, hash of a request, or L1 hash; null if nobody knows it. */
struct json_object *json_receipt(struct api_worker *w, const hash32 *hash, struct api_error *e);

/* REST's TxData; needs worker_heads. */
struct json_object *json_tx_data(struct api_worker *w, const struct store_op *op, struct api_error *e);
/* A queued deposit. */
struct json_object *json_tx_data_pending(const struct store_priority_op *p);
/* {tx, ethSignature} by any of the three hashes; null if nobody knows it. */
struct json_object *json_tx_data_by_hash(struct api_worker *w, const hash32 *hash, struct api_error *e);

/* The hash under which pages name it. */
const hash32 *op_hash(const struct store_op *op);

/* ---- blocks (json_block.c) */

/* REST's Block. */
struct json_object *json_block(const struct store_block *b);
void put_fr(struct json_object *o, const char *key, const char *prefix, const fr *x);

#endif
