#include "cli/restore_block.h"

#include "base/bytes.h"
#include "hash/keccak256.h"
#include "rollup/binding.h"
#include "rollup/types.h"

zk_err restored_block_find(size_t *i, const struct zkroll_commit *commit, uint32_t number)
{
    *i = number - commit->last.number - 1;
    if (number > commit->last.number && *i < commit->n) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "the transaction that committed block %u does not hold it", number);
}

/* How many operations of the settlement stream come from the priority queue. */
static zk_err count_requests(uint64_t *out, const struct zkroll_new_block *b)
{
    struct pubdata_reader reader;
    struct op op;
    bool end = false;
    *out = 0;
    ZK_TRY(pubdata_open(&reader, b->settlement.p, b->settlement.len, b->delta.p, b->delta.len));
    for (;;) {
        ZK_TRY(pubdata_next(&reader, &op, &end));
        if (end) return ZK_OK;
        *out += op_is_priority(op.kind);
    }
}

zk_err restored_block_make(struct restored_block *out, const struct zkroll_commit *commit, size_t i)
{
    const struct zkroll_new_block *b = &commit->blocks[i];
    const uint8_t *old_root = i == 0 ? commit->last.state_root : commit->blocks[i - 1].state_root;
    const struct block_header header = {
        .number = commit->last.number + 1 + (uint32_t)i, .fee_account = ACCOUNT_ID_FEE, .timestamp = b->timestamp};
    fr *p = out->publics; /* old root, new root, header, C, r, y_s, y_d */
    if (!fr_from_be32(&p[0], old_root) || !fr_from_be32(&p[1], b->state_root) || !fr_from_be32(&p[3], b->chain))
        return zk_fail(ZK_ERR_INPUT, "block %u has a root that is no field element", header.number);
    if (b->settlement.len % WORD_BYTES != 0 || b->delta.len % WORD_BYTES != 0)
        return zk_fail(ZK_ERR_INPUT, "block %u has streams that are not whole words", header.number);
    binding_header(&p[2], &header);
    binding_challenge(&p[4], b->settlement.p, b->settlement.len, b->delta.p, b->delta.len, &p[3], &header, &p[0],
                      &p[1]);
    binding_evaluate(&p[5], b->settlement.p, b->settlement.len, &p[4]);
    binding_evaluate(&p[6], b->delta.p, b->delta.len, &p[4]);

    out->inputs = (struct zkroll_inputs){.key_id = b->key_id};
    memcpy(out->inputs.old_root, old_root, 32);
    memcpy(out->inputs.chain, b->chain, 32);
    fr_to_be32(out->inputs.r, &p[4]);
    fr_to_be32(out->inputs.y_settlement, &p[5]);
    fr_to_be32(out->inputs.y_delta, &p[6]);

    out->stored = (struct zkroll_stored){.number = header.number, .timestamp = b->timestamp};
    memcpy(out->stored.state_root, b->state_root, 32);
    keccak256(out->stored.settlement_hash, b->settlement.p, b->settlement.len);
    zkroll_inputs_hash(out->stored.commitment, &out->inputs);
    return count_requests(&out->stored.priority_operations, b);
}
