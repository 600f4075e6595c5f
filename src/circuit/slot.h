/* slot: one operation of a block: two leaves opened, one signature, five words. docs/circuit.md has the rules.
 *
 * Every slot has the same rows; eleven selectors, of which exactly one is 1, say which rules hold. What no rule uses is
 * harmless: a step that is not used opens nothing (the roots pass by), a slot that signs nothing verifies a fixed
 * signature of the empty message. */
#ifndef ZK_CIRCUIT_SLOT_H
#define ZK_CIRCUIT_SLOT_H

#include "circuit/schnorr.h"
#include "rollup/types.h"

#define SLOT_ROWS 1581

enum slot_kind {
    SLOT_NOOP,
    SLOT_TRANSFER,
    SLOT_TRANSFER_LONG,
    SLOT_TRANSFER_NEW,
    SLOT_DEPOSIT,
    SLOT_DEPOSIT_REFUSED,
    SLOT_WITHDRAW,
    SLOT_FULL_EXIT,
    SLOT_CHANGE_PUBKEY,
    SLOT_FORCED_EXIT,
    SLOT_COLLECT_FEES,
    SLOT_KINDS
};

/* A leaf as it is before the operation, with its path. */
struct step_hints {
    uint32_t id, token, nonce, minted;
    bool exists;
    fr address, pubkey_hash;
    u128 balance;
    fr balance_siblings[BALANCE_TREE_LEVELS][CHILDREN - 1];
    fr siblings[ACCOUNT_TREE_LEVELS][CHILDREN - 1];
};

struct slot_hints {
    struct step_hints steps[2];
    u128 amount, amount_2; /* amount_2: what step B collects */
    fr address;            /* published */
    fr signed_address;     /* the second address of the message */
    struct schnorr_hints signature;
    uint64_t amount_packed; /* transfers */
    uint64_t valid_from, valid_until;
    uint32_t fee_packed;
    uint32_t class_token, class_fee;
    unsigned fee_class;
    enum slot_kind kind;
    bool refused_full;
};

struct slot_gates {
    gate_id powers, stream_s, stream_d, fee_share;
};

/* What slots hand on. */
struct slot_state {
    wire account_root, nft_root, nft_count, account_count;
    wire chain, y_settlement, y_delta, phi, closing;
};

/* What all slots of a period use. */
struct slot_env {
    const struct gadgets *g;
    const struct slot_gates *gates;
    wire fee_account, timestamp;
    wire classes[16]; /* class + 16 (token 2^16 + packed fee) */
    fr challenge;     /* r, for values */
};

/* challenge: number of the public input r. */
void slot_gates_add(struct slot_gates *s, struct cs *cs, uint32_t challenge);

/* Makes hints that change nothing: the empty balance tree, no leaf, the fixed signature. */
void slot_hints_empty(struct slot_hints *h);

void slot_place(struct builder *b, const struct slot_env *env, struct slot_state *s, const struct slot_hints *h);

#endif
