/* slot: one slot of an operation: two leaves opened, one signature, five words. docs/circuit.md has the rules.
 *
 * Every slot has the same rows; its kind (circuit/kinds.h) says which rules hold. What no rule uses is harmless: a step
 * that is not used opens nothing (the roots pass by), a slot that signs nothing verifies any signature of any message.
 *
 * Context    What the slots of one operation have in common: two accounts and receivers, a submitter, two tokens, two
 *            amounts, two bits and the fee class. Every slot of it has all, and shows that they are those of the slot
 *            before; what a slot does itself is compared with its part of them ("own": that of side 0 or 1).
 * Carry      what goes from a slot to the next: the context, two addresses, and what is left to hash of the orders. */
#ifndef ZK_CIRCUIT_SLOT_H
#define ZK_CIRCUIT_SLOT_H

#include "circuit/schnorr.h"
#include "rollup/types.h"

#define SLOT_ROWS 1610

/* A leaf as it is before the operation, with its path. */
struct step_hints {
    uint32_t id, token, nonce, minted;
    bool exists;
    fr address, pubkey_hash;
    u128 balance;
    fr balance_siblings[BALANCE_TREE_LEVELS][CHILDREN - 1];
    fr siblings[ACCOUNT_TREE_LEVELS][CHILDREN - 1];
    /* Of an NFT: address is its creator's, nonce its serial, pubkey_hash the first half of its content. The path's
     * first twelve levels are in siblings, the other four in balance_siblings[1] .., whose index is token: 4 times the
     * id's upper bits. */
    uint32_t owner, creator;
    fr content_lo;
};

struct slot_hints {
    struct step_hints steps[2];
    u128 amount, amount_b; /* amount_b: what step B gets or loses */
    fr address;            /* published */
    fr signed_address;     /* the second address of the message */
    struct schnorr_hints signature;
    uint64_t amount_packed, other_packed; /* of the own side and of the other */
    uint64_t valid_from, valid_until;
    uint32_t fee_packed;
    uint32_t class_token, class_fee;
    unsigned fee_class;
    enum slot_kind kind;
    bool refused_full;
    /* context */
    uint32_t accounts[2], receivers[2], submitter, tokens[2];
    bool used[2]; /* of orders: the nonce moves; of a full exit of an NFT, used[0]: its owner asks */
};

struct slot_gates {
    gate_id words, streams, fee_share;
};

#define CARRY_WIRES 7
enum carry_wire { CARRY_CONTEXT, CARRY_AMOUNTS, CARRY_SIGNED, CARRY_SECOND, CARRY_ORDERS };

/* What slots hand on. */
struct slot_state {
    wire account_root, nft_root, nft_count, account_count;
    wire chain, y_settlement, y_delta, phi;
    wire kind, more; /* of the slot before; more: its operation goes on */
    wire carry[CARRY_WIRES];
};

/* What all slots of a period use. */
struct slot_env {
    const struct gadgets *g;
    const struct slot_gates *gates;
    wire fee_account, timestamp;
    wire classes[16]; /* class + 16 (packed fee + token 2^16) */
    fr challenge;     /* r, for values */
};

/* challenge: number of the public input r. */
void slot_gates_add(struct slot_gates *s, struct cs *cs, uint32_t challenge);

/* Makes hints that change nothing: a no-op, the empty balance tree, no leaf, a signature of nothing. */
void slot_hints_empty(struct slot_hints *h);

/* A signature of this message under a key that everybody knows: for slots whose message is content, not an order of
 * anybody's. */
void slot_hints_say(struct slot_hints *h, const uint8_t *message, size_t len);

/* The twin of what slot_place hands on: before is the slot before it, or NULL. */
void slot_carry(fr out[CARRY_WIRES], const struct slot_hints *h, const struct slot_hints *before);

void slot_place(struct builder *b, const struct slot_env *env, struct slot_state *s, const struct slot_hints *h);

#endif
