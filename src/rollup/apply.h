/* apply: what each operation does to the state. The one place where the state changes: execution (block.h) and replay
 * (replay.h) both come here, so that what is published is what was done.
 *
 * Order     the steps, and the slots they stand in, are those of docs/pubdata.md, "Slots": steps[2 k] and
 *           steps[2 k + 1] are A and B of slot k. A step that a slot does not use is STEP_NONE.
 * Checks    what the circuit proves of an operation without its signature: the accounts and NFTs it names exist, or do
 *           not yet; balances suffice and stay below 2^128; published addresses, nonces, amounts and NFT contents are
 *           those of the leaves. Who signed, and when, is transition.h's to check.
 * Failure   ZK_ERR_INPUT: the operation is not possible here, the message says why, and the state is untouched.
 *           ZK_ERR_FULL: no room (state_has_room). */
#ifndef ZK_ROLLUP_APPLY_H
#define ZK_ROLLUP_APPLY_H

#include "rollup/state.h"

#define OP_STEPS_MAX (OP_SLOTS_MAX * SLOT_STEPS)

/* Applies an operation, all or nothing, and fills 2 * op_slots(kind) steps. Not for OP_COLLECT_FEES. */
ZK_MUST_USE zk_err state_apply(struct state *s, const struct op *op, struct step steps[OP_STEPS_MAX]);

/* Applies OP_COLLECT_FEES: the fee account gets the amounts of two classes. One state_has_room before the first of a
 * block's collections is enough for all. */
ZK_MUST_USE zk_err state_apply_fees(struct state *s, uint32_t fee_account, const struct fee_class classes[2],
                                    const u128 amounts[2], struct step steps[SLOT_STEPS]);

/* Takes back n steps, the last first. */
void state_undo(struct state *s, const struct step *steps, size_t n);

/* Transfers create no accounts among the last 2^20 ids: they are kept for deposits. */
#define ACCOUNT_ID_LAST_BY_TRANSFER (ACCOUNT_ID_MAX - (UINT32_C(1) << 20))

#endif
