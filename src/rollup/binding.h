/* binding: what ties the published streams to the proof without hashing them in the circuit with SHA-256.
 *
 *   C    a Poseidon2 chain over the words of every slot, made by the operator and by the circuit
 *   r    keccak256(keccak256(settlement) | keccak256(delta) | C | header | old root | new root) mod p: made by
 *        L1, after all that it depends on is fixed
 *   y    each stream as a polynomial at r, by Horner from 1: made by L1 from its calldata, and by the circuit
 *
 * Two different streams that agree with C agree in y with probability <= words / p. Starting from 1 binds the length.
 * Failure   cannot fail.  Source  docs/pubdata.md, section "Binding". */
#ifndef ZK_ROLLUP_BINDING_H
#define ZK_ROLLUP_BINDING_H

#include "field/fr.h"
#include "rollup/pubdata.h"

/* C before the first slot: H4(1, k0, k1, k2), the six opening words two an element. */
void binding_chain_start(fr *c, const uint8_t opening[PUBDATA_OPENING_BYTES]);

/* The three elements that a slot adds to the chain: (w0 + 2^96 w1, w2 + 2^96 w3, w4 + 2^96 n_s + 2^104 n_d). */
void binding_slot_elements(fr out[3], const struct slot_words *slot);

/* C after one more slot: H4(C, elements). Unused slots count. */
void binding_chain_slot(fr *c, const struct slot_words *slot);

struct block_header {
    uint32_t number;
    uint32_t fee_account;
    uint64_t timestamp;
};

/* number * 2^96 + fee_account * 2^64 + timestamp. */
void binding_header(fr *out, const struct block_header *h);

void binding_challenge(fr *r, const uint8_t *settlement, size_t settlement_len, const uint8_t *delta, size_t delta_len,
                       const fr *c, const struct block_header *h, const fr *old_root, const fr *new_root);

/* y of one stream; len is a multiple of WORD_BYTES. */
void binding_evaluate(fr *y, const uint8_t *stream, size_t len, const fr *r);

#endif
