/* explorer: what zkroll shows of itself beyond zkSync 1.x: docs/api.md is the contract. Results as in model.h. */
#ifndef ZK_API_EXPLORER_H
#define ZK_API_EXPLORER_H

#include "api/model.h"

struct feed;

/* Overview; the feed has measured the rates. */
struct json_object *json_overview(struct api_worker *w, const struct feed *feed, struct api_error *e);

/* BlockInfo of a sealed block. */
struct json_object *json_block_info(struct api_worker *w, const struct store_block *b, struct api_error *e);

/* Streams, raw and decoded; null if there is no such sealed block. */
struct json_object *json_streams(struct api_worker *w, uint32_t block, struct api_error *e);

/* Timeline by L2 hash, hash of a request, or L1 hash; null if nobody knows it. */
struct json_object *json_timeline(struct api_worker *w, const hash32 *hash, struct api_error *e);

/* {kind, id} */
struct json_object *json_search(struct api_worker *w, const char *what, struct api_error *e);

/* Bytes that zkSync 1.x would publish of an operation of this kind: its chunks, ten bytes each. */
unsigned zksync_bytes(op_kind kind);

#endif
