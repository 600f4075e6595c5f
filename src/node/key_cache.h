/* key_cache: what signature.h found out about L2 keys, remembered by the key's bytes: an account keeps its key for
 * long, and finding out costs about as much as half a signature check.
 *
 * Sets of four; a full one forgets the entry that was used longest ago. Where a key goes depends on a secret, so that
 * nobody can choose keys that push each other out.
 * Memory   about 128 bytes a key, all of it at creation.
 * Threads  one at a time. */
#ifndef ZK_NODE_KEY_CACHE_H
#define ZK_NODE_KEY_CACHE_H

#include "rollup/signature.h"

struct key_cache;

/* Room for at least max keys, 4 <= max <= 2^24. Returns owned. ZK_ERR_MEMORY, ZK_ERR_RANGE. */
ZK_MUST_USE zk_err key_cache_create(struct key_cache **out, size_t max);
void key_cache_destroy(struct key_cache *c);

/* Copies what is known of the key. False if nothing is. */
ZK_MUST_USE bool key_cache_find(struct sig_key_info *out, struct key_cache *c, const uint8_t key[SIG_KEY_BYTES]);

/* Remembers it. */
void key_cache_put(struct key_cache *c, const uint8_t key[SIG_KEY_BYTES], const struct sig_key_info *info);

#endif
