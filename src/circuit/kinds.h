/* kinds: what a slot may be: one slot of one kind of operation. The whole difference between operations is in this
 * table and in the rules that its flags switch on (docs/circuit.md has both in words).
 *
 * A slot's kind is one number. The circuit looks it up with its control word, whose bits are the flags below, with the
 * first byte it publishes, the type byte of the message it verifies, and which way its amounts go. So no witness
 * chooses flags: it chooses a kind.
 *
 * Order      kinds may follow each other only as kind_may_follow says: the parts of an operation stand side by side,
 *            from the first to the last; after a fee collection only fee collections and no-ops, after a no-op only
 *            no-ops. Before the first slot stands SLOT_START. */
#ifndef ZK_CIRCUIT_KINDS_H
#define ZK_CIRCUIT_KINDS_H

#include "rollup/op.h"

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
    SLOT_NFT_TRANSFER,
    SLOT_NFT_TRANSFER_NEW,
    SLOT_NFT_TRANSFER_2, /* second slot of both */
    SLOT_MINT,
    SLOT_MINT_2,
    SLOT_WITHDRAW_NFT,
    SLOT_WITHDRAW_NFT_2,
    SLOT_FULL_EXIT_NFT,
    SLOT_FULL_EXIT_NFT_2,
    SLOT_SWAP_0, /* order 0, order 1, submitter */
    SLOT_SWAP_1,
    SLOT_SWAP_2,
    /* swaps with NFTs: which side is fungible (F) and which an NFT (N), then the slot */
    SLOT_SWAP_NF_0,
    SLOT_SWAP_NF_1,
    SLOT_SWAP_NF_2,
    SLOT_SWAP_NF_3,
    SLOT_SWAP_FN_0,
    SLOT_SWAP_FN_1,
    SLOT_SWAP_FN_2,
    SLOT_SWAP_FN_3,
    SLOT_SWAP_NN_0,
    SLOT_SWAP_NN_1,
    SLOT_SWAP_NN_2,
    SLOT_SWAP_NN_3,
    SLOT_KINDS,
    SLOT_START = SLOT_KINDS /* stands before a block's first slot */
};

/* What a kind switches on. */
enum slot_flag {
    /* leaves */
    ON_A,         /* step A opens an account */
    ON_B,         /* step B opens an account */
    ON_NFT,       /* step B opens an NFT */
    ON_NEEDS_A,   /* A exists */
    ON_NEEDS_B,   /* B exists */
    ON_CREATES_B, /* B does not exist, and does after */
    ON_NEW_B,     /* it is a new account */
    /* who signs */
    ON_SIGNS,   /* the message is of this operation, and A's nonce is its nonce */
    ON_BY_LEAF, /* by the key in A's leaf */
    ON_NO_FEE,
    /* parties and values */
    ON_TO_SIGNED,     /* B has the signed address */
    ON_SIGNED_TOO,    /* the published address is the signed one */
    ON_SAME_TOKEN,    /* A and B use one token */
    ON_B_AMOUNT,      /* B's amount is A's */
    ON_AMOUNT_PACKED, /* the amount is its packed form's value */
    ON_SHORT,         /* token and fee are those of the class */
    ON_DEPOSIT,
    ON_REFUSED,
    ON_FULL_EXIT,
    ON_FULL_EXIT_NFT,
    ON_WITHDRAW,
    ON_WITHDRAW_NFT,
    ON_CHANGE_PUBKEY,
    ON_FORCED_EXIT,
    ON_COLLECT,
    /* operations of several slots */
    ON_MORE,       /* the operation goes on in the next slot */
    ON_CONTINUES,  /* it began in an earlier one: the context is the same */
    ON_SIDE_1,     /* "own" is side 1 of the context, else side 0 */
    ON_A_IS_OWN,   /* A is the own account of the context */
    ON_B_IS_OWN,   /* B is the own receiver of the context */
    ON_NFT_IS_OWN, /* the NFT is the own token of the context */
    ON_FROM_Q0,    /* B's address is the one that the slot before had signed */
    /* NFTs */
    ON_MINT,
    ON_CONTENT,  /* bytes 26 .. 57 of the message are the NFT's content */
    ON_NFT_EXIT, /* the amount says whether it leaves; its creator's address stood in B before */
    ON_MUST,     /* it does */
    /* swaps */
    ON_ORDER,        /* the message is an order */
    ON_SIDE_1_ORDER, /* of side 1 */
    ON_OWN_TOKEN,    /* A's token is the own token */
    ON_SUBMITS,      /* the message is a swap */
    /* messages */
    ON_LAYOUT_TRANSFER,
    ON_LAYOUT_SECOND, /* bytes 26 .. 49 are an address and a token */
    ON_NONCE_26,      /* bytes 26 .. 29 are the nonce */
    ON_ZERO_77,       /* bytes from 77 are 0 */
    ON_NFT_SIGNED,    /* that token is the context's token 0, else A's */
    /* words */
    ON_SETTLES,       /* four settlement words and a marker */
    ON_AMOUNTS,       /* of a token and an amount */
    ON_NFT_SETTLES,   /* of an NFT and its creator's address */
    ON_MOVED,         /* the first word has class, A, and the own receiver */
    ON_LONG,          /* the second word has token and fee */
    ON_WORD_AMOUNT,   /* the first ends with the packed amount */
    ON_WORD_NFT,      /* the first ends with token 0; in the place of the class is the amount */
    ON_WORD_TOKEN,    /* the only word is token 1 */
    ON_WORD_TOKENS,   /* the only word has both tokens, of two bytes */
    ON_WORD_NFT_SWAP, /* the only word has token 0, of four */
    ON_DELTA_1,       /* words of the delta stream, in binary */
    ON_DELTA_2,
    ON_DELTA_4,
    ON_SETTLEMENT_4, /* four words of the settlement stream */
    SLOT_FLAGS
};

static_assert(SLOT_FLAGS <= 64, "a control word has 64 bits");

struct kind_info {
    const char *name;
    op_kind op;     /* the operation, for the trace; of two that share a slot, one */
    uint8_t part;   /* which slot of it, from 0 */
    uint8_t group;  /* operations whose slots may stand together */
    uint8_t opcode; /* the first byte it publishes, without class; 0: none */
    uint8_t type;   /* byte 0 of the message; 0: none */
    int8_t way_a;   /* what A's balance gets of the amount: 1, 0, -1 */
    int8_t way_b;
    uint64_t flags;
};

/* kind < SLOT_KINDS. */
const struct kind_info *kind_info(enum slot_kind kind);

/* May a slot of this kind stand after one of kind `before` (or SLOT_START)? */
bool kind_may_follow(enum slot_kind before, enum slot_kind kind);

/* The kind of slot `part` of an operation; SLOT_KINDS if it has no such slot. */
enum slot_kind kind_of_op(const struct op *op, unsigned part);

ZK_INLINE bool kind_has(enum slot_kind kind, enum slot_flag flag)
{
    return (kind_info(kind)->flags >> flag & 1) != 0;
}

#endif
