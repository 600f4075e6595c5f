/* snapshots: the files of the state (rollup/snapshot.h) in the data folder: state-N.zks is the state after block N.
 *
 * Saving     by a forked child, which sees the state as it was at that moment while the sequencer goes on: memory is
 *            copied page by page as it changes. One child at a time; one that takes too long is ended. The child only
 *            computes, writes its file, and leaves.
 * Kept       the newest two, and the newest of a block that is final on L1: unwinding never goes behind that one.
 * Trust      whoever loads one compares its root with the store's (recovery.h); a file that does not fit is not used.
 * Threads    one at a time. */
#ifndef ZK_NODE_SNAPSHOTS_H
#define ZK_NODE_SNAPSHOTS_H

#include "rollup/snapshot.h"

struct snapshots;

/* Borrows folder. Removes what an interrupted save has left. */
ZK_MUST_USE zk_err snapshots_create(struct snapshots **out, const char *folder);

/* Waits for a running save to end, a little while. NULL is allowed. */
void snapshots_destroy(struct snapshots *s);

/* The newest of a block <= limit; *found = false: none. */
ZK_MUST_USE zk_err snapshots_newest(const struct snapshots *s, uint32_t *block, bool *found, uint32_t limit);

/* Reads one; as state_load. */
ZK_MUST_USE zk_err snapshots_load(const struct snapshots *s, struct state **out, const struct state_config *config,
                                  uint32_t block, struct pool *pool);

/* Removes one, and those of all blocks above. */
void snapshots_remove(struct snapshots *s, uint32_t block);
void snapshots_remove_above(struct snapshots *s, uint32_t block);

/* Begins to save the state after `block`, whose trees are up to date; does nothing while a save is running. */
void snapshots_begin(struct snapshots *s, const struct state *state, uint32_t block);

/* Looks whether a running save has ended, and if so, removes what is not kept: `final` is the last block that is final
 * on L1. Returns at once. */
void snapshots_poll(struct snapshots *s, uint32_t final);

/* The same in this thread, now. */
ZK_MUST_USE zk_err snapshots_save(struct snapshots *s, const struct state *state, uint32_t block, uint32_t final);

#endif
