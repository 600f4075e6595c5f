/* artifact: the contracts' code, compiled with the program and part of it (contracts/embed.mjs writes the table).
 *
 * Form  init_code is what creates the contract, constructor arguments to be appended. runtime_code is what stands at
 *       its address then, with zeros where immutables go: each a whole word, in one place or more. */
#ifndef ZK_CLI_ARTIFACT_H
#define ZK_CLI_ARTIFACT_H

#include "base/common.h"

#define ARTIFACT_IMMUTABLES_MAX 8

struct immutable_place {
    uint32_t immutable; /* 0 .. n_immutables - 1 */
    uint32_t offset;    /* of 32 bytes in the runtime code */
};

/* What key a block verifier is of (circuit/block_keys.h). */
struct artifact_key {
    uint8_t key_digest[32];
    uint8_t circuit_hash[32];
    uint8_t srs_id[32];
    uint64_t proof_len;
    uint32_t key_id, capacity;
    bool insecure;
};

struct artifact {
    const char *name;
    const uint8_t *init_code;
    size_t init_len;
    const uint8_t *runtime_code;
    size_t runtime_len;
    const struct immutable_place *places;
    size_t n_places;
    size_t n_immutables;
    const struct artifact_key *key; /* NULL for what is no block verifier */
};

extern const struct artifact artifacts[]; /* by name */
extern const size_t artifact_count;

/* NULL if there is none of this name. */
const struct artifact *artifact_find(const char *name);

/* Verifiers that were compiled elsewhere: BlockVerifier0.json .. of a folder that contracts/build.mjs wrote, in the
 * order of key ids. */
struct artifact_folder {
    struct artifact *items;
    size_t n;
    void *owned;
};

/* ZK_ERR_INPUT: there is none, or one is not what build.mjs writes; ZK_ERR_IO. */
ZK_MUST_USE zk_err artifact_folder_read(struct artifact_folder *out, const char *path);

/* Harmless on a zeroed struct. */
void artifact_folder_free(struct artifact_folder *f);

/* Is `code` the artifact's runtime code with these n words as immutables, each once, in whatever order the compiler
 * gave them? */
ZK_MUST_USE bool artifact_matches(const struct artifact *a, const uint8_t *code, size_t len,
                                  const uint8_t (*immutables)[32], size_t n);

#endif
