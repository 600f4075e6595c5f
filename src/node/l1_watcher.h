/* l1_watcher: what happens on L1, into the store: requests of users, tokens, factories, and how far the chain is.
 *
 *   step:  head -> scan (log_scan.h) -> LOGS:  requests, tokens, cursor, in one database transaction
 *                                       REORG: what was read from removed blocks is taken back, and read again
 *                                       IDLE:  is anything missing that can come from nowhere else?
 *
 *   W1  The cursor and what was made of the logs are one transaction: any stop is a good one.
 *   W2  Requests have serial ids without gaps, so a request that a node left out shows; then all is read again.
 *   W3  A request that was executed and is not on L1 any more is waited for: removed transactions mostly come back. If
 *       it does not, its block can never be committed, and the sequencer is asked to unwind it (unwind.h).
 *
 * Confirmations  events are read at once, so that users see them coming; the sequencer takes requests of blocks that
 *                have `confirmations` on top, which is what chain_set_l1_confirmed says.
 * Threads        one.  Failure of a step: ZK_ERR_IO, ZK_ERR_INPUT: L1 or the database does not answer; step again. */
#ifndef ZK_NODE_L1_WATCHER_H
#define ZK_NODE_L1_WATCHER_H

#include "ethereum/rpc.h"
#include "node/chain_info.h"
#include "node/events.h"
#include "node/node.h"

struct l1_watcher_config {
    struct chain_info info;
    uint64_t confirmations;
    uint64_t span;       /* blocks asked for at once, at first */
    int64_t patience_us; /* how long a vanished request is waited for */
};

struct l1_watcher;

/* Borrows rpc, store and events (may be NULL). Asks the contract for its settings. Returns owned. */
ZK_MUST_USE zk_err l1_watcher_create(struct l1_watcher **out, const struct l1_watcher_config *config, struct rpc *rpc,
                                     struct store *store, struct events *events);
void l1_watcher_destroy(struct l1_watcher *w);

/* *worked: there may be more to do at once. now: microseconds since 1970. */
ZK_MUST_USE zk_err l1_watcher_step(struct l1_watcher *w, bool *worked, int64_t now);

/* The part of a node that does it (node.h). */
extern const struct node_part l1_watcher_part;

/* ---- NFT factories that creators registered, as the watcher saw them */

ZK_MUST_USE zk_err nft_factory_save(struct store *s, uint32_t creator_id, const eth_address *creator,
                                    const eth_address *factory);
/* *found = false: the default one. */
ZK_MUST_USE zk_err nft_factory_of(struct store *s, eth_address *factory, bool *found, uint32_t creator_id,
                                  const eth_address *creator);

#endif
