#include "circuit/kinds.h"

#define F(name) (UINT64_C(1) << ON_##name)

/* What several kinds have in common. */
#define SIGNED     (F(A) | F(SIGNS) | F(BY_LEAF) | F(NEEDS_A))
#define TWO_LEAVES (SIGNED | F(B))
#define TRANSFERS                                                                                                      \
    (TWO_LEAVES | F(LAYOUT_TRANSFER) | F(ZERO_77) | F(LAYOUT_SECOND) | F(AMOUNT_PACKED) | F(MOVED) | F(B_IS_OWN) |     \
     F(DELTA_1))
#define PAYMENTS      (TRANSFERS | F(SAME_TOKEN) | F(B_AMOUNT) | F(WORD_AMOUNT))
#define NFT_TRANSFERS (TRANSFERS | F(NO_FEE) | F(NFT_SIGNED) | F(WORD_NFT) | F(A_IS_OWN) | F(MORE))
#define TO_NEW        (F(CREATES_B) | F(NEW_B) | F(SIGNED_TOO) | F(DELTA_2))
#define TO_EXISTING   (F(NEEDS_B) | F(TO_SIGNED))
#define SETTLED       (F(SETTLES) | F(DELTA_1) | F(SETTLEMENT_4))
#define REQUEST       (F(A) | F(NO_FEE) | SETTLED)
#define NFT_LATER     (F(NFT) | F(CONTINUES) | F(NFT_IS_OWN) | F(NO_FEE))
#define NFT_EXITS     (NFT_LATER | F(NFT_EXIT) | F(CONTENT) | F(SETTLEMENT_4))
#define ORDERS                                                                                                         \
    (TWO_LEAVES | F(NEEDS_B) | F(ORDER) | F(NONCE_26) | F(AMOUNT_PACKED) | F(A_IS_OWN) | F(B_IS_OWN) | F(NO_FEE) |     \
     F(MORE) | F(DELTA_1))
#define ORDER_0    (ORDERS | F(MOVED) | F(WORD_AMOUNT))
#define ORDER_1    (ORDERS | F(SIDE_1) | F(SIDE_1_ORDER) | F(CONTINUES) | F(FROM_Q0))
#define IN_TOKEN   (F(SAME_TOKEN) | F(B_AMOUNT) | F(OWN_TOKEN))
#define SUBMISSION (SIGNED | F(SUBMITS) | F(NONCE_26) | F(ZERO_77) | F(CONTINUES) | F(DELTA_1))
#define SIDE_3     (F(SIDE_1) | F(CONTINUES) | F(NO_FEE) | F(WORD_TOKEN) | F(DELTA_1))
#define NFT_SIDE   (F(NFT) | F(NFT_IS_OWN) | F(AMOUNT_PACKED))

enum {
    ALONE,
    GROUP_NFT_TRANSFER,
    GROUP_MINT,
    GROUP_WITHDRAW_NFT,
    GROUP_FULL_EXIT_NFT,
    GROUP_SWAP,
    GROUP_NF,
    GROUP_FN,
    GROUP_NN
};

static const struct kind_info kinds[SLOT_KINDS] = {
    [SLOT_NOOP] = {"no-op", OP_NOOP, 0, ALONE, 0, 0, 0, 0, F(NO_FEE)},
    [SLOT_TRANSFER] = {"transfer", OP_TRANSFER, 0, ALONE, 0x10, 250, -1, 1, PAYMENTS | TO_EXISTING | F(SHORT)},
    [SLOT_TRANSFER_LONG] = {"transfer, long", OP_TRANSFER_LONG, 0, ALONE, 0x20, 250, -1, 1,
                            (PAYMENTS ^ F(DELTA_1)) | TO_EXISTING | F(LONG) | F(DELTA_2)},
    [SLOT_TRANSFER_NEW] = {"transfer to new", OP_TRANSFER_NEW, 0, ALONE, 0x30, 250, -1, 1, PAYMENTS | TO_NEW | F(LONG)},
    [SLOT_DEPOSIT] = {"deposit", OP_DEPOSIT, 0, ALONE, 0x01, 0, 1, 0, REQUEST | F(DEPOSIT) | F(AMOUNTS)},
    [SLOT_DEPOSIT_REFUSED] = {"deposit refused", OP_DEPOSIT_REFUSED, 0, ALONE, 0x11, 0, 0, 0,
                              REQUEST | F(REFUSED) | F(AMOUNTS)},
    [SLOT_WITHDRAW] = {"withdraw", OP_WITHDRAW, 0, ALONE, 0x03, 252, -1, 0,
                       SIGNED | SETTLED | F(WITHDRAW) | F(AMOUNTS) | F(SIGNED_TOO) | F(LAYOUT_SECOND)},
    [SLOT_FULL_EXIT] = {"full exit", OP_FULL_EXIT, 0, ALONE, 0x06, 0, -1, 0, REQUEST | F(FULL_EXIT) | F(AMOUNTS)},
    [SLOT_CHANGE_PUBKEY] = {"change pubkey", OP_CHANGE_PUBKEY, 0, ALONE, 0x07, 248, 0, 0,
                            (SIGNED ^ F(BY_LEAF)) | SETTLED | F(CHANGE_PUBKEY) | F(LAYOUT_SECOND)},
    [SLOT_FORCED_EXIT] = {"forced exit", OP_FORCED_EXIT, 0, ALONE, 0x08, 247, 0, -1,
                          TWO_LEAVES | SETTLED | F(NEEDS_B) | F(FORCED_EXIT) | F(ZERO_77) | F(AMOUNTS) | F(SAME_TOKEN) |
                              F(B_AMOUNT)},
    [SLOT_COLLECT_FEES] = {"collect fees", OP_COLLECT_FEES, 0, ALONE, 0, 0, 1, 1,
                           F(A) | F(B) | F(NEEDS_A) | F(NEEDS_B) | F(COLLECT) | F(NO_FEE)},
    [SLOT_NFT_TRANSFER] = {"NFT transfer", OP_NFT_TRANSFER, 0, GROUP_NFT_TRANSFER, 0x40, 250, 0, 0,
                           NFT_TRANSFERS | TO_EXISTING},
    [SLOT_NFT_TRANSFER_NEW] = {"NFT transfer to new", OP_NFT_TRANSFER_NEW, 0, GROUP_NFT_TRANSFER, 0x50, 250, 0, 0,
                               NFT_TRANSFERS | TO_NEW},
    [SLOT_NFT_TRANSFER_2] = {"NFT transfer, 2", OP_NFT_TRANSFER, 1, GROUP_NFT_TRANSFER, 0, 0, 0, 0,
                             NFT_LATER | F(AMOUNT_PACKED)},
    [SLOT_MINT] = {"mint NFT", OP_MINT_NFT, 0, GROUP_MINT, 0x60, 246, 0, 0,
                   SIGNED | F(NFT) | F(CREATES_B) | F(MINT) | F(CONTENT) | F(A_IS_OWN) | F(MOVED) | F(MORE) |
                       F(DELTA_4)},
    [SLOT_MINT_2] = {"mint NFT, 2", OP_MINT_NFT, 1, GROUP_MINT, 0, 0, 0, 0,
                     F(B) | F(NEEDS_B) | F(B_IS_OWN) | F(FROM_Q0) | F(CONTINUES) | F(NO_FEE)},
    [SLOT_WITHDRAW_NFT] = {"withdraw NFT", OP_WITHDRAW_NFT, 0, GROUP_WITHDRAW_NFT, 0x0a, 245, 0, 0,
                           SIGNED | SETTLED | F(WITHDRAW_NFT) | F(NFT_SETTLES) | F(NFT_SIGNED) | F(LAYOUT_SECOND) |
                               F(SIGNED_TOO) | F(A_IS_OWN) | F(MORE)},
    [SLOT_WITHDRAW_NFT_2] = {"withdraw NFT, 2", OP_WITHDRAW_NFT, 1, GROUP_WITHDRAW_NFT, 0, 0, 0, 0,
                             NFT_EXITS | F(MUST)},
    [SLOT_FULL_EXIT_NFT] = {"full exit NFT", OP_FULL_EXIT_NFT, 0, GROUP_FULL_EXIT_NFT, 0x16, 0, 0, 0,
                            REQUEST | F(FULL_EXIT_NFT) | F(NFT_SETTLES) | F(A_IS_OWN) | F(MORE)},
    [SLOT_FULL_EXIT_NFT_2] = {"full exit NFT, 2", OP_FULL_EXIT_NFT, 1, GROUP_FULL_EXIT_NFT, 0, 0, 0, 0, NFT_EXITS},
    [SLOT_SWAP_0] = {"swap, order 0", OP_SWAP, 0, GROUP_SWAP, 0x70, 'o', -1, 1, ORDER_0 | IN_TOKEN},
    [SLOT_SWAP_1] = {"swap, order 1", OP_SWAP, 1, GROUP_SWAP, 0, 'o', -1, 1, ORDER_1 | IN_TOKEN},
    [SLOT_SWAP_2] = {"swap, submitter", OP_SWAP, 2, GROUP_SWAP, 0, 244, 0, 0, SUBMISSION | F(WORD_TOKENS)},
    [SLOT_SWAP_NF_0] = {"swap of NFT for token, order 0", OP_SWAP_NFT, 0, GROUP_NF, 0x80, 'o', 0, 0, ORDER_0},
    [SLOT_SWAP_NF_1] = {"swap of NFT for token, order 1", OP_SWAP_NFT, 1, GROUP_NF, 0, 'o', -1, 1, ORDER_1 | IN_TOKEN},
    [SLOT_SWAP_NF_2] = {"swap of NFT for token, submitter", OP_SWAP_NFT, 2, GROUP_NF, 0, 244, 0, 0,
                        SUBMISSION | F(WORD_NFT_SWAP) | F(MORE) | NFT_SIDE},
    [SLOT_SWAP_NF_3] = {"swap of NFT for token, end", OP_SWAP_NFT, 3, GROUP_NF, 0, 0, 0, 0, SIDE_3},
    [SLOT_SWAP_FN_0] = {"swap of token for NFT, order 0", OP_SWAP_NFT, 0, GROUP_FN, 0x80, 'o', -1, 1,
                        ORDER_0 | IN_TOKEN},
    [SLOT_SWAP_FN_1] = {"swap of token for NFT, order 1", OP_SWAP_NFT, 1, GROUP_FN, 0, 'o', 0, 0, ORDER_1},
    [SLOT_SWAP_FN_2] = {"swap of token for NFT, submitter", OP_SWAP_NFT, 2, GROUP_FN, 0, 244, 0, 0,
                        SUBMISSION | F(WORD_NFT_SWAP) | F(MORE)},
    [SLOT_SWAP_FN_3] = {"swap of token for NFT, end", OP_SWAP_NFT, 3, GROUP_FN, 0, 0, 0, 0, SIDE_3 | NFT_SIDE},
    [SLOT_SWAP_NN_0] = {"swap of NFT for NFT, order 0", OP_SWAP_NFT, 0, GROUP_NN, 0x80, 'o', 0, 0, ORDER_0},
    [SLOT_SWAP_NN_1] = {"swap of NFT for NFT, order 1", OP_SWAP_NFT, 1, GROUP_NN, 0, 'o', 0, 0, ORDER_1},
    [SLOT_SWAP_NN_2] = {"swap of NFT for NFT, submitter", OP_SWAP_NFT, 2, GROUP_NN, 0, 244, 0, 0,
                        SUBMISSION | F(WORD_NFT_SWAP) | F(MORE) | NFT_SIDE},
    [SLOT_SWAP_NN_3] = {"swap of NFT for NFT, end", OP_SWAP_NFT, 3, GROUP_NN, 0, 0, 0, 0, SIDE_3 | NFT_SIDE},
};

const struct kind_info *kind_info(enum slot_kind kind)
{
    assert(kind < SLOT_KINDS);
    return &kinds[kind];
}

bool kind_may_follow(enum slot_kind before, enum slot_kind kind)
{
    const struct kind_info *k = kind_info(kind);
    if (before == SLOT_START) return k->part == 0;
    const struct kind_info *b = kind_info(before);
    if (b->flags & F(MORE)) return k->group == b->group && k->part == b->part + 1;
    if (before == SLOT_NOOP) return kind == SLOT_NOOP;
    if (before == SLOT_COLLECT_FEES) return kind == SLOT_COLLECT_FEES || kind == SLOT_NOOP;
    return k->part == 0;
}

static unsigned group_of(const struct op *op)
{
    const bool nft_0 = !token_is_fungible(op->swap.tokens[0]);
    const bool nft_1 = !token_is_fungible(op->swap.tokens[1]);
    return nft_0 ? nft_1 ? GROUP_NN : GROUP_NF : GROUP_FN;
}

enum slot_kind kind_of_op(const struct op *op, unsigned part)
{
    op_kind of = op->kind;
    if (of == OP_NFT_TRANSFER_NEW && part == 1) of = OP_NFT_TRANSFER;
    for (unsigned k = 0; k < SLOT_KINDS; k++)
        if (kinds[k].op == of && kinds[k].part == part && (of != OP_SWAP_NFT || kinds[k].group == group_of(op)))
            return (enum slot_kind)k;
    return SLOT_KINDS;
}
