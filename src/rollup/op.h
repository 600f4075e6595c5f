/* op: an executed operation: what a transaction or a request from L1 did, with ids and amounts as published.
 *
 * A transaction says what its signer wants; an op says what happened. It is everything a block publishes of it
 * (pubdata.h), everything a restorer needs to repeat it (state_apply in apply.h), and it fixes which slots of the
 * circuit it takes. docs/pubdata.md is the page that explains it to those who do not read C.
 *
 * Form     a value. Members that a kind does not use are zero, so that two equal operations have equal members. */
#ifndef ZK_ROLLUP_OP_H
#define ZK_ROLLUP_OP_H

#include "rollup/types.h"

typedef enum op_kind {
    OP_NOOP, /* an unused slot: publishes nothing, changes nothing */
    /* in the delta stream */
    OP_TRANSFER,      /* short form: token and fee are those of the fee class */
    OP_TRANSFER_LONG, /* token and fee stated */
    OP_TRANSFER_NEW,  /* creates the receiver */
    OP_NFT_TRANSFER,
    OP_NFT_TRANSFER_NEW,
    OP_MINT_NFT,
    OP_SWAP,
    OP_SWAP_NFT, /* at least one of the two tokens is an NFT */
    /* in the settlement stream, with a marker in the delta stream */
    OP_DEPOSIT,
    OP_DEPOSIT_REFUSED,
    OP_WITHDRAW,
    OP_FULL_EXIT,
    OP_FULL_EXIT_NFT,
    OP_CHANGE_PUBKEY,
    OP_FORCED_EXIT,
    OP_WITHDRAW_NFT,
    /* not published: follows from the operations before it */
    OP_COLLECT_FEES,
    OP_KINDS
} op_kind;

/* "transfer", "deposit refused", …; static. */
const char *op_kind_str(op_kind kind);

/* Sixteen classes of token and fee a block; an operation names one. */
#define FEE_CLASSES     16
#define FEE_CLASS_PAIRS (FEE_CLASSES / 2) /* one slot collects the fees of two classes */

struct fee_class {
    uint32_t token; /* fungible */
    u128 fee;       /* packable */
};

/* Whose NFT, and what it is: a leaf of the NFT tree without its owner. */
struct nft_content {
    uint32_t creator;            /* account id */
    uint32_t serial;             /* how many the creator had minted before it */
    eth_address creator_address; /* the creator account's address */
    hash32 hash;                 /* opaque to us */
};

/* What both orders of a swap and its submitter have done. Side i sells tokens[i]; its proceeds go to recipients[i]. */
struct op_swap {
    uint32_t accounts[2];
    uint32_t recipients[2];
    uint32_t submitter;
    uint32_t tokens[2];
    u128 amounts[2];
    bool nonce_used[2]; /* orders[i].amount != 0: its account's nonce moves, unless the submitter is that account */
};

struct op {
    u128 amount; /* 0 or 1 for an NFT */
    u128 fee;
    struct op_swap swap;
    op_kind kind;
    uint32_t account;        /* who acts or is acted upon: sender, creator, account of a deposit, exit or key change,
                                target of a forced exit; 2k for OP_COLLECT_FEES of classes 2k and 2k + 1 */
    uint32_t other;          /* receiver, recipient; initiator of a forced exit */
    uint32_t token;          /* fungible or NFT */
    uint32_t fee_token;      /* what the fee is paid in; read from a stream, 0 if there is no fee */
    uint32_t nonce;          /* key change */
    struct nft_content nft;  /* mint: hash alone; NFT withdrawal and exit: all */
    eth_address address;     /* of a new account; on L1: recipient of a withdrawal, owner of an exit or of a key */
    pubkey_hash pubkey_hash; /* key change */
    uint8_t fee_class;       /* 0 where there is no fee */
};

/* True if all members are equal. */
bool op_eq(const struct op *a, const struct op *b);

/* True if L1 acts on the kind or checks it. */
bool op_is_settlement(op_kind kind);

/* True if the kind comes from L1's priority queue. */
bool op_is_priority(op_kind kind);

/* ---- slots: what the circuit is made of. A slot touches up to two leaves, in the order A, B. */
#define OP_SLOTS_MAX   4
#define SLOT_STEPS     2
#define SLOT_WORDS_MAX 5
#define OP_WORDS_MAX   9
#define WORD_BYTES     12

/* How many slots, and words of either stream, an operation of this kind takes. */
unsigned op_slots(op_kind kind);
unsigned op_settlement_words(op_kind kind);
unsigned op_delta_words(op_kind kind);

/* ---- executing on L1: what ZkRollOperator.sol counts when a block is committed. It refuses one that counts more than
 * EXECUTE_GAS_MAX, since the block would have to be executed in one transaction. */
#define CREDIT_GAS      30000
#define CREDIT_NFT_GAS  78000
#define EXECUTE_GAS_MAX 14000000

uint32_t op_execute_gas(op_kind kind);

#endif
