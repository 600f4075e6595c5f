/* restore_store: writes what restore replays into a node's database, so that a node can go on from there.
 *
 * What L1 has is written: blocks with their streams and bindings, all final; accounts, balances and NFTs; requests from
 * L1 with their place in the blocks. What L1 has not, no restore can bring back: the transactions themselves, their
 * hashes and signatures. Tokens and the places of requests on L1 come from the node's own watcher, which reads L1 from
 * the start.
 *
 * One database transaction a block; a block that is there already is passed over.
 * Failure   those of store.h; ZK_ERR_INPUT if the database is behind the restored state, or of another rollup. */
#ifndef ZK_CLI_RESTORE_STORE_H
#define ZK_CLI_RESTORE_STORE_H

#include "cli/restore.h"

struct restore_store;

/* Makes the database if it is not there. */
ZK_MUST_USE zk_err restore_store_open(struct restore_store **out, const char *url);
void restore_store_close(struct restore_store *s);

/* Does it have every block up to this one? */
ZK_MUST_USE zk_err restore_store_check(const struct restore_store *s, uint32_t replayed);

/* For restore_config.replayed; ctx is the struct restore_store. */
zk_err restore_store_put(void *ctx, const struct restore_replayed *b);

#endif
