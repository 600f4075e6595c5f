/* replay: a block again, from its two published streams alone: no transactions, no signatures, no times. What a
 * restorer does with data from L1; the root after it must be the one that L1 accepted. */
#ifndef ZK_ROLLUP_REPLAY_H
#define ZK_ROLLUP_REPLAY_H

#include "rollup/block.h"

/* A block's worth of memory, for any number of blocks, one after the other. */
struct replay;

ZK_MUST_USE zk_err replay_create(struct replay **out);
void replay_destroy(struct replay *r);

/* Applies one block to a state whose trees are up to date, and brings them up to date again. On failure the state is as
 * before. ZK_ERR_INPUT if the streams cannot be a block on this state, ZK_ERR_UNSUPPORTED for another format,
 * ZK_ERR_FULL, ZK_ERR_MEMORY. A fee account that does not exist is an error only if there are fees. */
ZK_MUST_USE zk_err replay_block(struct replay *r, struct state *s, uint32_t fee_account, const uint8_t *settlement,
                                size_t settlement_len, const uint8_t *delta, size_t delta_len, struct pool *pool);

/* The last block's operations, in order, without fee collections. Valid until the next replay_block. */
size_t replay_op_count(const struct replay *r);
const struct op *replay_op(const struct replay *r, size_t i);

/* Takes the last block back: when the root turns out to be another. ZK_ERR_MEMORY: the values are those of before the
 * block, the trees are not; the state can only be destroyed. */
ZK_MUST_USE zk_err replay_undo(struct replay *r, struct state *s, struct pool *pool);

#endif
