/* snapshot: a state in a file, so that a restart does not replay history. The only file of this layer that does I/O.
 *
 *   offset  size  field
 *        0     8  "zkrstate"
 *        8     4  version, 1
 *       12     4  account_count
 *       16     4  NFT count
 *       20     4  zero
 *       24    32  state root, big-endian
 *       56        the accounts, by id 0 .. account_count - 1:
 *                   1  exists, 0 or 1; if 0 (a skipped id) the account ends here
 *                  20  address              20  key hash        4  nonce       4  minted
 *                  32  leaf of the account tree                 2  number n of balances
 *                 18n  token 2, amount 16; tokens rise, no amount is 0
 *                 the NFTs, by id:
 *                   1  exists, 0 or 1; if 0 the NFT ends here
 *                   4  owner                 4  creator         4  serial     32  content hash
 *                  32  leaf of the NFT tree
 *      end    32  SHA-256 of all bytes before
 *
 * Integers are little-endian, leaves 32 bytes little-endian, below p.
 * Saving    writes PATH.tmp, syncs it, and renames it: PATH is the old snapshot or the new one, whole.
 * Loading   checks the checksum, every value's range, and that the leaves lead to the root. With `recompute`, also that
 *           they are those of the values: minutes for millions of accounts, for who does not trust the file's maker.
 * Failure   ZK_ERR_IO; ZK_ERR_CORRUPT if the file is not what was saved; ZK_ERR_UNSUPPORTED for another version;
 *           ZK_ERR_FULL if the config has no room for it; ZK_ERR_MEMORY. */
#ifndef ZK_ROLLUP_SNAPSHOT_H
#define ZK_ROLLUP_SNAPSHOT_H

#include "rollup/state.h"

/* The state's trees must be up to date. */
ZK_MUST_USE zk_err state_save(const struct state *s, const char *path);

/* Returns owned. */
ZK_MUST_USE zk_err state_load(struct state **out, const struct state_config *config, const char *path, bool recompute,
                              struct pool *pool);

#endif
