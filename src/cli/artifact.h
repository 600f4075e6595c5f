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

struct artifact {
    const char *name;
    const uint8_t *init_code;
    size_t init_len;
    const uint8_t *runtime_code;
    size_t runtime_len;
    const struct immutable_place *places;
    size_t n_places;
    size_t n_immutables;
};

extern const struct artifact artifacts[]; /* by name */
extern const size_t artifact_count;

/* NULL if there is none of this name. */
const struct artifact *artifact_find(const char *name);

/* Is `code` the artifact's runtime code with these n words as immutables, each once, in whatever order the compiler
 * gave them? */
ZK_MUST_USE bool artifact_matches(const struct artifact *a, const uint8_t *code, size_t len,
                                  const uint8_t (*immutables)[32], size_t n);

#endif
