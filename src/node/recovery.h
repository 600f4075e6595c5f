/* recovery: the state again, from what survives a power failure: a snapshot and the streams of later blocks.
 *
 *   newest snapshot whose root is that of its block in the store, else genesis
 *   + replay of every later sealed block, each compared with the root that was stored when it was sealed
 *
 * The open block's operations are executed again by the sequencer, which owns the block they go into.
 * Trust      nothing: a snapshot that is damaged or does not fit is passed over (and removed); a block that does not
 *            replay to its root is ZK_ERR_CORRUPT, and the node does not start. */
#ifndef ZK_NODE_RECOVERY_H
#define ZK_NODE_RECOVERY_H

#include "node/snapshots.h"
#include "store/store.h"

struct recovered {
    struct state *state;     /* owned by the caller */
    uint32_t last_sealed;    /* 0: none */
    uint64_t last_timestamp; /* of that block; 0 */
    uint32_t from_snapshot;  /* its block; 0: genesis */
    uint32_t replayed;       /* blocks */
};

/* The store must have its genesis (recovery_genesis). progress, may be NULL, is called before every replayed block: an
 * error of its ends the recovery. */
ZK_MUST_USE zk_err recovery_run(struct recovered *out, struct store *s, struct snapshots *snapshots,
                                const struct state_config *config, struct pool *pool, zk_err (*progress)(void *ctx),
                                void *ctx);

/* Writes the genesis of a new database; in an old one compares it (ZK_ERR_INPUT). contract_root: as
 * 32 big-endian bytes, or NULL if it is not known; it must be that of this fee account. */
ZK_MUST_USE zk_err recovery_genesis(struct store *s, const eth_address *fee_address, const hash32 *contract_root,
                                    int64_t now);

#endif
