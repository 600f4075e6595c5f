/* block_setup: the circuit of blocks and its keys, opened once for all who prove or verify in this process.
 *
 * Setup      a ceremony's file, or the development setup, which is refused unless the config asks for it, and on any
 *            chain where something is worth something.
 * Memory     about 40 MB for the circuit, 64 MB a key, and the setup's file mapped: 64 bytes a row.
 * Threads    any. Keys are opened once and then only read. */
#ifndef ZK_NODE_BLOCK_SETUP_H
#define ZK_NODE_BLOCK_SETUP_H

#include "circuit/block_keys.h"
#include "node/config.h"

struct block_setup;

/* Where keys are kept: prover.keys-dir, or keys in the data directory. */
ZK_MUST_USE zk_err block_setup_dir(char *out, size_t cap, const struct node_config *config);

/* Builds the circuit (a second); opens no key. folder and srs (a file; NULL: the development setup) are copied. */
ZK_MUST_USE zk_err block_setup_create(struct block_setup **out, const char *folder, const char *srs);

/* The one that the config means, if it is allowed. */
ZK_MUST_USE zk_err block_setup_of(struct block_setup **out, const struct node_config *config);

/* No one may use a key any more. NULL is allowed. */
void block_setup_destroy(struct block_setup *s);

const struct block_circuit *block_setup_circuit(const struct block_setup *s);

/* A key and its setup, opened or made (which takes a while; the pool helps). Valid until block_setup_destroy. *made,
 * unless NULL: it was made now. */
ZK_MUST_USE zk_err block_setup_key(struct block_setup *s, const struct proving_key **pk, const struct srs **srs,
                                   bool *made, unsigned key_id, struct pool *pool);

#endif
