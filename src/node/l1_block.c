#include "node/l1_block.h"

#include "circuit/block_keys.h"
#include "hash/keccak256.h"

void l1_block_make(struct l1_block *out, const struct block_sealed *b, uint64_t priority_operations)
{
    memset(out, 0, sizeof *out);
    struct zkroll_inputs *in = &out->inputs;
    in->key_id = block_key_id(b->capacity);
    fr_to_be32(in->old_root, &b->old_root);
    fr_to_be32(in->chain, &b->chain);
    fr_to_be32(in->r, &b->challenge);
    fr_to_be32(in->y_settlement, &b->y_settlement);
    fr_to_be32(in->y_delta, &b->y_delta);

    struct zkroll_stored *s = &out->stored;
    s->number = b->header.number;
    s->priority_operations = priority_operations;
    keccak256(s->settlement_hash, b->settlement, b->settlement_len);
    s->timestamp = b->header.timestamp;
    fr_to_be32(s->state_root, &b->new_root);
    zkroll_inputs_hash(s->commitment, in);

    struct zkroll_new_block *n = &out->block;
    n->timestamp = b->header.timestamp;
    memcpy(n->state_root, s->state_root, 32);
    memcpy(n->chain, in->chain, 32);
    n->key_id = in->key_id;
    n->settlement = (struct zkroll_bytes){b->settlement, b->settlement_len};
    n->delta = (struct zkroll_bytes){b->delta, b->delta_len};
}
