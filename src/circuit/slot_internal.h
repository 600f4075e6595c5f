/* slot_internal: the wires of one slot, shared by the files that place its rules. Not for others. */
#ifndef ZK_CIRCUIT_SLOT_INTERNAL_H
#define ZK_CIRCUIT_SLOT_INTERNAL_H

#include "circuit/slot.h"

#define AMOUNT_BITS  128
#define ADDRESS_BITS 160
#define NONCE_BITS   32
#define TIME_BITS    64
#define TOKEN_BITS   32
#define PACKED_BITS  40
#define HALF_BITS    128 /* of a content hash */
#define ROOM_BITS    248
#define HASH_TOP     248 /* an orders' hash is signed without its bits from here */
#define HASH_CUT     96  /* where its upper part begins, to be shown below the modulus */

struct leaf {
    wire id, token, exists, address, nonce, pubkey_hash, minted, balance;
};

struct values {
    struct control c;
    struct leaf a, b;
    wire owner, creator, content_lo; /* of B, if it is an NFT */
    wire moves;                      /* its owner becomes `target` */
    wire target;
    struct schnorr signature;
    struct packed amount_packed, other_packed, fee;
    wire amount, amount_b, address, signed_address, valid_from, valid_until;
    wire class, class_token, class_fee;
    wire refused_full;
    wire new_a; /* a deposit that creates its account */
    wire room;  /* what must not be negative: see place_room */
    wire top;   /* the upper bits of the orders' hash */
    wire accounts[2], receivers[2], submitter, tokens[2], used[2];
    wire own_account, own_receiver, own_token, own_used;
    wire is_submitter;             /* A is the submitter of the context */
    wire carry[CARRY_WIRES];       /* handed on */
    wire before[CARRY_WIRES];      /* from the slot before */
    wire order_sold, order_bought; /* the price of an order: ratio[0], ratio[1] */
};

/* ---- slot_rules.c */

/* v->room: what must not be negative. A refused deposit's balance and amount over 2^128, room for accounts and NFTs,
 * what an order gets over its price, what a hash is below its bound: of any slot one at most, as its rule says. */
void place_room(struct builder *b, const struct gadgets *g, struct values *v, const struct slot_state *s);
void require_signer(struct builder *b, const struct gadgets *g, const struct values *v);
void require_parties(struct builder *b, const struct slot_env *env, const struct values *v);
void require_requests(struct builder *b, const struct gadgets *g, struct values *v, const struct slot_state *s);
void place_accounts(struct builder *b, const struct gadgets *g, const struct values *v, struct slot_state *s);
void require_nft(struct builder *b, const struct gadgets *g, const struct values *v);
void require_context(struct builder *b, const struct gadgets *g, const struct values *v);
void require_carry(struct builder *b, const struct gadgets *g, const struct values *v);
void require_swap(struct builder *b, const struct gadgets *g, const struct values *v);
void place_fees(struct builder *b, const struct slot_env *env, const struct values *v, struct slot_state *s);
void require_time(struct builder *b, const struct slot_env *env, const struct values *v);

/* *bound: the most that the bits of a hash from HASH_CUT on may be. */
void hash_bound(fr *bound);

/* ---- slot_words.c */

/* The Rescue hash of both orders, if this slot is order 1 of a swap; any value if not. */
wire place_orders_hash(struct builder *b, const struct gadgets *g, const struct values *v);
void require_message(struct builder *b, const struct gadgets *g, struct values *v);
void place_words(struct builder *b, const struct gadgets *g, const struct values *v, wire w[5]);
void place_binding(struct builder *b, const struct slot_env *env, const struct values *v, const wire w[5],
                   struct slot_state *s);

#endif
