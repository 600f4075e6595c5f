/* proofs: Merkle proofs of balances and NFTs against the state root of the last block executed on L1: what an exit in
 * exodus mode needs, and what `zkroll verify` checks.
 *
 * The API has a state of its own for this: made at the first request, from the newest snapshot that is old enough (or
 * genesis), brought forward by replaying published streams from the store, each block's root compared with the stored
 * one. So it needs no sequencer, works in any API process, and proves what anyone could rebuild from L1. The first
 * request may take long (a block takes about a tenth of a second); later ones replay only what is new.
 * Memory   that of one state (rollup/state.h), from the first request on.
 * Threads  proofs_account and proofs_nft in one thread, the jobs'. */
#ifndef ZK_API_PROOFS_H
#define ZK_API_PROOFS_H

#include "api/model.h"

struct proofs;

/* snapshots: the folder with state-N.zks; NULL: none. Borrowed. */
ZK_MUST_USE zk_err proofs_create(struct proofs **out, const char *snapshots);
void proofs_destroy(struct proofs *p);

/* Proof (docs/api.md). e->status = 404 if there is no such account at that block. */
struct json_object *proofs_account(struct proofs *p, struct api_worker *w, const eth_address *address, uint32_t token,
                                   struct api_error *e);
struct json_object *proofs_nft(struct proofs *p, struct api_worker *w, uint32_t nft_id, struct api_error *e);

#endif
