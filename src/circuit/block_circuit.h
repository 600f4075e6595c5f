/* block_circuit: what a block's proof says. docs/circuit.md has every rule in words; docs/pubdata.md is the relation.
 *
 * Public inputs: old root, new root, header, C, r, y_s, y_d (enum block_public). L1 computes each by itself.
 *
 * A period of 8,192 rows: its head takes the state that the period before left and the block's constants; then come
 * five
 * slots; its tail hands the state on.
 *
 *   row 0       state root | C | y_s | y_d | Phi || C0 | kind | carry     || not copyable: row 1 has them again
 *   row 1       C0 | kind | carry | y_d before the first slot
 *   head        constants, header, opening words and their hash C0, the state root opened, the carry opened
 *   5 slots     SLOT_ROWS each
 *   tail        the state root of what the slots left, and the carry; unused rows
 *   row T-2     C0 | kind | carry
 *   row T-1     as row 0: equal to row 0 of the next period, or in the last row of all to the public inputs
 *
 * kind        of the slot before the period's first (circuit/kinds.h): SLOT_START at the beginning of a block.
 * carry       a hash of what the slot before hands to the next part of its operation; 0 if the operation is complete,
 *             as it must be at the end of a block. */
#ifndef ZK_CIRCUIT_BLOCK_CIRCUIT_H
#define ZK_CIRCUIT_BLOCK_CIRCUIT_H

#include "circuit/gadgets.h"
#include "circuit/slot.h"

#define BLOCK_LOG_T      13
#define SLOTS_PER_PERIOD 5

enum block_public {
    PUBLIC_OLD_ROOT,
    PUBLIC_NEW_ROOT,
    PUBLIC_HEADER,
    PUBLIC_CHAIN,
    PUBLIC_CHALLENGE,
    PUBLIC_Y_SETTLEMENT,
    PUBLIC_Y_DELTA,
    BLOCK_PUBLICS
};

struct block_circuit {
    struct cs cs;
    struct gadgets gadgets;
    struct slot_gates slot;
    gate_id first, last, pass_in, pass_out, hand_over, header, opening;
    uint32_t head_rows, slot_rows; /* as placed */
};

/* The sealed circuit; one for all capacities. Arena: about 40 MB. */
ZK_MUST_USE zk_err block_circuit_init(struct block_circuit *c, struct arena *arena);

/* log2 of the rows for so many slots: 16 for 40, 18 for 160, 20 for 640, 22 for 2560. */
unsigned block_circuit_log_n(unsigned capacity);

/* What a period is filled from. */
struct period_hints {
    fr root, chain, y_settlement, y_delta, phi, opening_chain;
    unsigned kind;         /* of the slot before */
    bool open;             /* its operation goes on */
    fr carry[CARRY_WIRES]; /* then what it hands on */
    fr account_root, nft_root, nft_count, account_count;
    fr number, fee_account, timestamp;
    uint32_t class_token[16], class_fee[16]; /* packed fees */
    struct slot_hints slots[SLOTS_PER_PERIOD];
};

/* Where the tail has what the slots left, for those who continue from it: rows of the period. */
uint32_t block_circuit_tail(const struct block_circuit *c);

/* Places one period: the shape, or the values of one. publics: BLOCK_PUBLICS of them. */
void block_circuit_place(struct builder *b, const struct block_circuit *c, const struct period_hints *h,
                         const fr *publics);

#endif
