#include "rollup/replay.h"

#include <stdlib.h>

/* A block's operations, and then a collection of every pair of classes: one slot may collect the fees of several pairs
 * in the same tokens, so a full block can have been proved with fewer slots than that. */
#define REPLAY_SLOTS_MAX (BLOCK_SLOTS_MAX + FEE_CLASS_PAIRS)

struct replay {
    struct step *steps; /* two a slot */
    struct op *ops;
    unsigned n_slots;
    size_t n_ops;
    struct fee_class classes[FEE_CLASSES];
    u128 fees[FEE_CLASSES];
};

zk_err replay_create(struct replay **out)
{
    *out = NULL;
    struct replay *r = calloc(1, sizeof *r);
    if (r == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to replay blocks");
    r->steps = calloc((size_t)REPLAY_SLOTS_MAX * SLOT_STEPS, sizeof *r->steps);
    r->ops = calloc(BLOCK_SLOTS_MAX, sizeof *r->ops);
    if (r->steps == NULL || r->ops == NULL) {
        replay_destroy(r);
        return zk_fail(ZK_ERR_MEMORY, "no memory to replay blocks");
    }
    *out = r;
    return ZK_OK;
}

void replay_destroy(struct replay *r)
{
    if (r == NULL) return;
    free(r->steps);
    free(r->ops);
    free(r);
}

static zk_err replay_one(struct replay *r, struct state *s, const struct op *op)
{
    if (r->n_slots + op_slots(op->kind) > BLOCK_SLOTS_MAX)
        return zk_fail(ZK_ERR_INPUT, "the streams have more operations than %d slots hold", BLOCK_SLOTS_MAX);
    if (op->fee > U128_MAX - r->fees[op->fee_class])
        return zk_fail(ZK_ERR_INPUT, "the fees of a class are 2^128 or more together");
    ZK_TRY(state_apply(s, op, &r->steps[SLOT_STEPS * r->n_slots]));
    r->fees[op->fee_class] += op->fee;
    r->n_slots += op_slots(op->kind);
    r->ops[r->n_ops++] = *op;
    return ZK_OK;
}

static zk_err replay_fees(struct replay *r, struct state *s, uint32_t fee_account)
{
    ZK_TRY(state_has_room(s, 0, 0));
    for (unsigned k = 0; k < FEE_CLASS_PAIRS; k++) {
        if (r->fees[2 * k] == 0 && r->fees[2 * k + 1] == 0) continue;
        if (fee_account > ACCOUNT_ID_MAX)
            return zk_fail(ZK_ERR_INPUT, "fees for account %u, which cannot exist", fee_account);
        assert(r->n_slots < REPLAY_SLOTS_MAX);
        ZK_TRY(
            state_apply_fees(s, fee_account, &r->classes[2 * k], &r->fees[2 * k], &r->steps[SLOT_STEPS * r->n_slots]));
        r->n_slots++;
    }
    return ZK_OK;
}

static zk_err replay_streams(struct replay *r, struct state *s, uint32_t fee_account, struct pubdata_reader *reader)
{
    for (;;) {
        struct op op;
        bool end;
        ZK_TRY(pubdata_next(reader, &op, &end));
        if (end) return replay_fees(r, s, fee_account);
        ZK_TRY(replay_one(r, s, &op));
    }
}

zk_err replay_block(struct replay *r, struct state *s, uint32_t fee_account, const uint8_t *settlement,
                    size_t settlement_len, const uint8_t *delta, size_t delta_len, struct pool *pool)
{
    struct pubdata_reader reader;
    r->n_slots = 0;
    r->n_ops = 0;
    memset(r->fees, 0, sizeof r->fees);
    ZK_TRY(pubdata_open(&reader, settlement, settlement_len, delta, delta_len));
    memcpy(r->classes, reader.classes, sizeof r->classes);

    zk_err err = replay_streams(r, s, fee_account, &reader);
    if (err == ZK_OK) err = state_update_trees(s, r->steps, (size_t)SLOT_STEPS * r->n_slots, pool);
    if (err == ZK_OK) return ZK_OK;
    state_undo(s, r->steps, (size_t)SLOT_STEPS * r->n_slots);
    r->n_slots = 0;
    r->n_ops = 0;
    return err;
}

size_t replay_op_count(const struct replay *r)
{
    return r->n_ops;
}

const struct op *replay_op(const struct replay *r, size_t i)
{
    assert(i < r->n_ops);
    return &r->ops[i];
}

zk_err replay_undo(struct replay *r, struct state *s, struct pool *pool)
{
    size_t n = (size_t)SLOT_STEPS * r->n_slots;
    state_undo(s, r->steps, n);
    r->n_slots = 0;
    r->n_ops = 0;
    return state_update_trees(s, r->steps, n, pool);
}
