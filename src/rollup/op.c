#include "rollup/op.h"

struct op_shape {
    const char *name;
    uint8_t slots;
    uint8_t settlement_words;
    uint8_t delta_words;
    uint32_t execute_gas;
};

static const struct op_shape shapes[OP_KINDS] = {
    [OP_NOOP] = {"noop", 1, 0, 0, 0},
    [OP_TRANSFER] = {"transfer", 1, 0, 1, 0},
    [OP_TRANSFER_LONG] = {"transfer, long", 1, 0, 2, 0},
    [OP_TRANSFER_NEW] = {"transfer to new", 1, 0, 3, 0},
    [OP_NFT_TRANSFER] = {"NFT transfer", 2, 0, 1, 0},
    [OP_NFT_TRANSFER_NEW] = {"NFT transfer to new", 2, 0, 3, 0},
    [OP_MINT_NFT] = {"mint NFT", 2, 0, 4, 0},
    [OP_SWAP] = {"swap", 3, 0, 3, 0},
    [OP_SWAP_NFT] = {"swap with an NFT", 4, 0, 4, 0},
    [OP_DEPOSIT] = {"deposit", 1, 4, 1, 0},
    [OP_DEPOSIT_REFUSED] = {"refused deposit", 1, 4, 1, CREDIT_GAS},
    [OP_WITHDRAW] = {"withdraw", 1, 4, 1, CREDIT_GAS},
    [OP_FULL_EXIT] = {"full exit", 1, 4, 1, CREDIT_GAS},
    [OP_FULL_EXIT_NFT] = {"full exit of an NFT", 2, 8, 1, CREDIT_NFT_GAS},
    [OP_CHANGE_PUBKEY] = {"change pubkey", 1, 4, 1, 0},
    [OP_FORCED_EXIT] = {"forced exit", 1, 4, 1, CREDIT_GAS},
    [OP_WITHDRAW_NFT] = {"withdraw NFT", 2, 8, 1, CREDIT_NFT_GAS},
    [OP_COLLECT_FEES] = {"collect fees", 1, 0, 0, 0},
};

const char *op_kind_str(op_kind kind)
{
    assert(kind < OP_KINDS);
    return shapes[kind].name;
}

unsigned op_slots(op_kind kind)
{
    assert(kind < OP_KINDS);
    return shapes[kind].slots;
}

unsigned op_settlement_words(op_kind kind)
{
    assert(kind < OP_KINDS);
    return shapes[kind].settlement_words;
}

unsigned op_delta_words(op_kind kind)
{
    assert(kind < OP_KINDS);
    return shapes[kind].delta_words;
}

static_assert(CREDIT_GAS <= EXECUTE_GAS_MAX && CREDIT_NFT_GAS <= EXECUTE_GAS_MAX,
              "a block of one operation can be committed, whatever it is: no request may wait for ever");

uint32_t op_execute_gas(op_kind kind)
{
    assert(kind < OP_KINDS);
    return shapes[kind].execute_gas;
}

bool op_is_settlement(op_kind kind)
{
    return op_settlement_words(kind) != 0;
}

bool op_is_priority(op_kind kind)
{
    return kind == OP_DEPOSIT || kind == OP_DEPOSIT_REFUSED || kind == OP_FULL_EXIT || kind == OP_FULL_EXIT_NFT;
}

static bool nft_content_eq(const struct nft_content *a, const struct nft_content *b)
{
    return a->creator == b->creator && a->serial == b->serial && hash32_eq(&a->hash, &b->hash) &&
           eth_address_eq(&a->creator_address, &b->creator_address);
}

static bool op_swap_eq(const struct op_swap *a, const struct op_swap *b)
{
    bool eq = a->submitter == b->submitter;
    for (unsigned i = 0; i < 2; i++)
        eq = eq && a->accounts[i] == b->accounts[i] && a->recipients[i] == b->recipients[i] &&
             a->tokens[i] == b->tokens[i] && a->amounts[i] == b->amounts[i] && a->nonce_used[i] == b->nonce_used[i];
    return eq;
}

bool op_eq(const struct op *a, const struct op *b)
{
    return a->kind == b->kind && a->amount == b->amount && a->fee == b->fee && a->account == b->account &&
           a->other == b->other && a->token == b->token && a->fee_token == b->fee_token && a->nonce == b->nonce &&
           a->fee_class == b->fee_class && eth_address_eq(&a->address, &b->address) &&
           pubkey_hash_eq(&a->pubkey_hash, &b->pubkey_hash) && nft_content_eq(&a->nft, &b->nft) &&
           op_swap_eq(&a->swap, &b->swap);
}
