/* refusals: what follows when L1 refuses a transaction for a reason that has no cure of its own.
 *
 * A refusal may pass (another's transaction was mined first, a reorganization), or be about nothing in our blocks (the
 * operator's key is no validator's any more), or be about a block, for a reason that nobody foresaw: then that block
 * can never be settled, and nothing after it. So equal ones are counted:
 *
 *   the 2nd in a row    one block a call from now on, to know which one it is, until a call gets through
 *   from the 3rd on     a person is told
 *   the 6th             if it is of a single block, and may be about it: the block is taken back, and what was in it is
 *                       executed again in blocks of half as many operations. What halving cannot help ends alone in a
 *                       block, and the person who is told knows what it is.
 * Purity   no I/O. */
#ifndef ZK_NODE_REFUSALS_H
#define ZK_NODE_REFUSALS_H

#include "ethereum/zkroll_contract.h"

#define REFUSALS_ALONE  2
#define REFUSALS_ALARM  3
#define REFUSALS_UNWIND 6

struct refusals {
    char reason[ZKROLL_REVERT_MAX]; /* of the last */
    uint32_t first;                 /* the first block of its call */
    unsigned in_a_row;              /* equal ones; 0: none since a call got through */
};

typedef enum refusal_advice { REFUSAL_RETRY, REFUSAL_ALARM, REFUSAL_UNWIND } refusal_advice;

/* Another one, of a call with n blocks from `first` on. reason: as zkroll_revert_text has it, or "". */
refusal_advice refusals_add(struct refusals *r, const char *reason, uint32_t first, uint32_t n);

/* A call got through. */
void refusals_clear(struct refusals *r);

/* Most blocks of the next call, of at most `max`. */
uint64_t refusals_blocks_max(const struct refusals *r, uint64_t max);

/* Half as many operations as a block that was refused has had, within the limit that it was made under (0: none). 0: it
 * cannot be made smaller. */
uint32_t refusals_smaller(uint32_t entries, uint32_t limit);

#endif
