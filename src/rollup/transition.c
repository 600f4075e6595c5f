#include "rollup/transition.h"

#include <stdio.h>

#include "rollup/amount.h"
#include "rollup/apply.h"

static const char *const texts[FAIL_REASONS] = {
    [FAIL_NONE] = "",
    [FAIL_BAD_TIME] = "The transaction can't be executed in the block because of an invalid timestamp",
    [FAIL_TOKEN_NOT_SUPPORTED] = "Token id is not supported",
    [FAIL_FEE_TOKEN_NOT_SUPPORTED] = "FeeToken id is not supported",
    [FAIL_TO_ZERO_ADDRESS] = "Transfer to Account with address 0 is not allowed",
    [FAIL_FROM_NOT_FOUND] = "From account does not exist",
    [FAIL_LOCKED] = "Account is locked",
    [FAIL_TRANSFER_BAD_SIGNATURE] = "Transfer signature is incorrect",
    [FAIL_TRANSFER_BAD_ID] = "Transfer account id is incorrect",
    [FAIL_TO_ID_TOO_BIG] = "Transfer to account id is bigger than max supported",
    [FAIL_NONCE_MISMATCH] = "Nonce mismatch",
    [FAIL_NOT_ENOUGH_BALANCE] = "Not enough balance",
    [FAIL_WITHDRAW_BAD_SIGNATURE] = "Withdraw signature is incorrect",
    [FAIL_WITHDRAW_BAD_ID] = "Withdraw account id is incorrect",
    [FAIL_ACCOUNT_NOT_FOUND] = "Account does not exist",
    [FAIL_CHANGE_PUBKEY_BAD_AUTH] = "ChangePubKey Ethereum auth data is incorrect",
    [FAIL_CHANGE_PUBKEY_BAD_SIGNATURE] = "ChangePubKey zkSync signature is incorrect",
    [FAIL_CHANGE_PUBKEY_BAD_ID] = "ChangePubKey account id is incorrect",
    [FAIL_INITIATOR_NOT_FOUND] = "Initiator account does not exist",
    [FAIL_FORCED_EXIT_BAD_SIGNATURE] = "ForcedExit signature is incorrect",
    [FAIL_TARGET_NOT_FOUND] = "Target account does not exist",
    [FAIL_TARGET_NOT_LOCKED] = "Target account is not locked; forced exit is forbidden",
    [FAIL_TARGET_INVALID] = "Target account is invalid",
    [FAIL_INITIATOR_NOT_ENOUGH_BALANCE] = "Initiator account: Not enough balance to cover fees",
    [FAIL_MINT_RECIPIENT_INCORRECT] = "Recipient account id is incorrect",
    [FAIL_CREATOR_NOT_FOUND] = "Creator account does not exist",
    [FAIL_CREATOR_INCORRECT] = "Creator account is incorrect",
    [FAIL_MINT_BAD_SIGNATURE] = "MintNFT signature is incorrect",
    [FAIL_MINT_RECIPIENT_NOT_FOUND] = "Recipient account not found",
    [FAIL_NFT_NOT_FOUND] = "NFT was not found",
    [FAIL_NOT_ENOUGH_NFT_BALANCE] = "Not enough nft balance",
    [FAIL_ORDER_BAD_ID] = "Order account id is incorrect",
    [FAIL_RECIPIENT_NOT_FOUND] = "Recipient Account does not exist",
    [FAIL_ORDER_BAD_SIGNATURE] = "Order signature is incorrect",
    [FAIL_SUBMITTER_NOT_FOUND] = "Submitter account does not exist",
    [FAIL_SWAP_BAD_SIGNATURE] = "Swap signature is incorrect",
    [FAIL_SUBMITTER_INCORRECT] = "Submitter account_id or address is incorrect",
    [FAIL_TOKENS_DO_NOT_MATCH] = "Buy/Sell tokens do not match",
    [FAIL_SAME_TOKENS] = "Can't swap the same tokens",
    [FAIL_AMOUNTS_DO_NOT_MATCH] = "Amounts do not match",
    [FAIL_SELF_SWAP] = "Self-swap is not allowed",
    [FAIL_BAD_PRICE] = "Amounts are not compatible with prices",
    [FAIL_BALANCE_TOO_BIG] = "A balance would exceed the maximum of 2^128-1",
    [FAIL_NFT_ID_TOO_BIG] = "NFT id is bigger than max supported",
    [FAIL_AMOUNT_NOT_PACKABLE] = "Specified amount is not packable",
    [FAIL_FEE_NOT_PACKABLE] = "Specified fee is not packable",
    [FAIL_PRICE_TOO_BIG] = "Specified price is greater than supported",
    [FAIL_BATCH_TOO_BIG] = "Amount of gas required to process batch is too big",
};

const char *fail_reason_str(fail_reason reason)
{
    assert(reason < FAIL_REASONS);
    return texts[reason];
}

void batch_fail_text(char out[BATCH_FAIL_TEXT_MAX], size_t k, fail_reason reason)
{
    if (reason == FAIL_BATCH_TOO_BIG)
        (void)snprintf(out, BATCH_FAIL_TEXT_MAX, "%s", fail_reason_str(reason));
    else
        (void)snprintf(out, BATCH_FAIL_TEXT_MAX,
                       "Batch execution failed, since tx #%zu of batch failed with a reason: %s", k,
                       fail_reason_str(reason));
}

/* The first check that fails decides; each line below is a row of the rules. */
#define REQUIRE(cond, reason)                                                                                          \
    do {                                                                                                               \
        if (!(cond)) return (reason);                                                                                  \
    } while (0)

/* An account as the rules see it. */
struct party {
    uint32_t id;
    struct account_leaf leaf;
};

static bool party_by_address(struct party *p, const struct state *s, const eth_address *address)
{
    bool found = state_find(&p->id, s, address);
    if (found)
        state_account(&p->leaf, s, p->id);
    else
        *p = (struct party){0};
    return found;
}

static bool party_by_id(struct party *p, const struct state *s, uint32_t id)
{
    p->id = id;
    state_account(&p->leaf, s, id);
    return p->leaf.exists;
}

static bool has_key(const struct party *p)
{
    return !pubkey_hash_is_zero(&p->leaf.pubkey_hash);
}

static bool signed_by(const struct party *p, const pubkey_hash *signer)
{
    return has_key(p) && pubkey_hash_eq(&p->leaf.pubkey_hash, signer);
}

static bool nonce_is(const struct party *p, uint32_t nonce)
{
    return p->leaf.nonce == nonce && nonce <= NONCE_LAST;
}

/* a >= b + c, where the sum may be more than 128 bits. */
static bool covers(u128 a, u128 b, u128 c)
{
    return a >= b && a - b >= c;
}

static bool fits(u128 balance, u128 more)
{
    return more <= U128_MAX - balance;
}

static bool is_reserved(const eth_address *a)
{
    for (size_t i = 0; i < sizeof a->b; i++)
        if (a->b[i] != 0xff) return false;
    return true;
}

static bool token_is_known_kind(uint32_t token)
{
    return token_is_fungible(token) || token_is_nft(token);
}

static fail_reason check_transfer(struct op *op, const struct state *s, const struct tx_transfer *tx,
                                  const pubkey_hash *signer)
{
    struct party from, to;
    REQUIRE(tx->token <= NFT_ID_LAST, FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(tx->fee == 0 || token_is_fungible(tx->token), FAIL_FEE_TOKEN_NOT_SUPPORTED);
    REQUIRE(!eth_address_is_zero(&tx->to), FAIL_TO_ZERO_ADDRESS);
    REQUIRE(party_by_address(&from, s, &tx->from), FAIL_FROM_NOT_FOUND);
    REQUIRE(has_key(&from), FAIL_LOCKED);
    REQUIRE(signed_by(&from, signer), FAIL_TRANSFER_BAD_SIGNATURE);
    REQUIRE(from.id == tx->account_id, FAIL_TRANSFER_BAD_ID);
    bool is_new = !party_by_address(&to, s, &tx->to);
    if (is_new) to.id = state_account_count(s);
    REQUIRE(!is_reserved(&tx->to), FAIL_TO_ID_TOO_BIG);
    REQUIRE(to.id <= (is_new ? ACCOUNT_ID_LAST_BY_TRANSFER : ACCOUNT_ID_MAX), FAIL_TO_ID_TOO_BIG);
    REQUIRE(nonce_is(&from, tx->nonce), FAIL_NONCE_MISMATCH);
    REQUIRE(covers(state_balance(s, from.id, tx->token), tx->amount, tx->fee), FAIL_NOT_ENOUGH_BALANCE);

    REQUIRE(token_is_known_kind(tx->token), FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(amount_is_packable(tx->amount), FAIL_AMOUNT_NOT_PACKABLE);
    REQUIRE(fee_is_packable(tx->fee), FAIL_FEE_NOT_PACKABLE);
    bool fungible = token_is_fungible(tx->token);
    if (fungible && !is_new && to.id != from.id)
        REQUIRE(fits(state_balance(s, to.id, tx->token), tx->amount), FAIL_BALANCE_TOO_BIG);

    if (fungible)
        op->kind = is_new ? OP_TRANSFER_NEW : OP_TRANSFER;
    else
        op->kind = is_new ? OP_NFT_TRANSFER_NEW : OP_NFT_TRANSFER;
    op->account = from.id;
    op->other = to.id;
    op->token = tx->token;
    op->fee_token = fungible ? tx->token : 0;
    op->amount = tx->amount;
    op->fee = tx->fee;
    if (is_new) op->address = tx->to;
    return FAIL_NONE;
}

static fail_reason check_withdraw(struct op *op, const struct state *s, const struct tx_withdraw *tx,
                                  const pubkey_hash *signer)
{
    struct party from;
    REQUIRE(token_is_fungible(tx->token), FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(party_by_address(&from, s, &tx->from), FAIL_FROM_NOT_FOUND);
    REQUIRE(has_key(&from), FAIL_LOCKED);
    REQUIRE(signed_by(&from, signer), FAIL_WITHDRAW_BAD_SIGNATURE);
    REQUIRE(from.id == tx->account_id, FAIL_WITHDRAW_BAD_ID);
    REQUIRE(nonce_is(&from, tx->nonce), FAIL_NONCE_MISMATCH);
    REQUIRE(covers(state_balance(s, from.id, tx->token), tx->amount, tx->fee), FAIL_NOT_ENOUGH_BALANCE);
    REQUIRE(fee_is_packable(tx->fee), FAIL_FEE_NOT_PACKABLE);
    op->kind = OP_WITHDRAW;
    op->account = from.id;
    op->token = op->fee_token = tx->token;
    op->amount = tx->amount;
    op->fee = tx->fee;
    op->address = tx->to;
    return FAIL_NONE;
}

static fail_reason check_change_pubkey(struct op *op, const struct state *s, const struct tx_change_pubkey *tx,
                                       const struct tx_facts *facts)
{
    struct party account;
    REQUIRE(party_by_address(&account, s, &tx->account), FAIL_ACCOUNT_NOT_FOUND);
    REQUIRE(token_is_fungible(tx->fee_token), FAIL_FEE_TOKEN_NOT_SUPPORTED);
    REQUIRE(facts->authorized, FAIL_CHANGE_PUBKEY_BAD_AUTH);
    REQUIRE(!pubkey_hash_is_zero(&tx->new_pubkey_hash), FAIL_CHANGE_PUBKEY_BAD_SIGNATURE);
    REQUIRE(pubkey_hash_eq(&facts->signers.tx, &tx->new_pubkey_hash), FAIL_CHANGE_PUBKEY_BAD_SIGNATURE);
    REQUIRE(account.id == tx->account_id, FAIL_CHANGE_PUBKEY_BAD_ID);
    REQUIRE(tx->auth.kind != CHANGE_PUBKEY_CREATE2 || tx->nonce == 0, FAIL_NONCE_MISMATCH);
    REQUIRE(nonce_is(&account, tx->nonce), FAIL_NONCE_MISMATCH);
    REQUIRE(state_balance(s, account.id, tx->fee_token) >= tx->fee, FAIL_NOT_ENOUGH_BALANCE);
    REQUIRE(fee_is_packable(tx->fee), FAIL_FEE_NOT_PACKABLE);
    op->kind = OP_CHANGE_PUBKEY;
    op->account = account.id;
    op->fee_token = tx->fee_token;
    op->fee = tx->fee;
    op->address = tx->account;
    op->nonce = tx->nonce;
    op->pubkey_hash = tx->new_pubkey_hash;
    return FAIL_NONE;
}

static fail_reason check_forced_exit(struct op *op, const struct state *s, const struct tx_forced_exit *tx,
                                     const pubkey_hash *signer)
{
    struct party initiator, target;
    REQUIRE(party_by_id(&initiator, s, tx->initiator_id), FAIL_INITIATOR_NOT_FOUND);
    REQUIRE(signed_by(&initiator, signer), FAIL_FORCED_EXIT_BAD_SIGNATURE);
    REQUIRE(token_is_fungible(tx->token), FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(party_by_address(&target, s, &tx->target) && !is_reserved(&tx->target), FAIL_TARGET_NOT_FOUND);
    REQUIRE(!has_key(&target), FAIL_TARGET_NOT_LOCKED);
    REQUIRE(!eth_address_is_zero(&tx->target), FAIL_TARGET_INVALID);
    REQUIRE(nonce_is(&initiator, tx->nonce), FAIL_NONCE_MISMATCH);
    REQUIRE(state_balance(s, initiator.id, tx->token) >= tx->fee, FAIL_INITIATOR_NOT_ENOUGH_BALANCE);
    REQUIRE(fee_is_packable(tx->fee), FAIL_FEE_NOT_PACKABLE);
    op->kind = OP_FORCED_EXIT;
    op->account = target.id;
    op->other = initiator.id;
    op->token = op->fee_token = tx->token;
    op->amount = state_balance(s, target.id, tx->token);
    op->fee = tx->fee;
    op->address = tx->target;
    return FAIL_NONE;
}

static fail_reason check_mint(struct op *op, const struct state *s, const struct tx_mint_nft *tx,
                              const pubkey_hash *signer)
{
    struct party creator, recipient;
    REQUIRE(token_is_fungible(tx->fee_token), FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(!eth_address_is_zero(&tx->recipient) && !is_reserved(&tx->recipient), FAIL_MINT_RECIPIENT_INCORRECT);
    REQUIRE(party_by_id(&creator, s, tx->creator_id), FAIL_CREATOR_NOT_FOUND);
    REQUIRE(has_key(&creator), FAIL_CREATOR_INCORRECT);
    REQUIRE(eth_address_eq(&creator.leaf.address, &tx->creator), FAIL_CREATOR_INCORRECT);
    REQUIRE(signed_by(&creator, signer), FAIL_MINT_BAD_SIGNATURE);
    REQUIRE(party_by_address(&recipient, s, &tx->recipient), FAIL_MINT_RECIPIENT_NOT_FOUND);
    REQUIRE(nonce_is(&creator, tx->nonce), FAIL_NONCE_MISMATCH);
    REQUIRE(state_balance(s, creator.id, tx->fee_token) >= tx->fee, FAIL_NOT_ENOUGH_BALANCE);
    REQUIRE(state_nft_count(s) <= NFT_ID_LAST - NFT_ID_FIRST, FAIL_NFT_ID_TOO_BIG);
    REQUIRE(fee_is_packable(tx->fee), FAIL_FEE_NOT_PACKABLE);
    op->kind = OP_MINT_NFT;
    op->account = creator.id;
    op->other = recipient.id;
    op->fee_token = tx->fee_token;
    op->fee = tx->fee;
    op->nft.hash = tx->content_hash;
    return FAIL_NONE;
}

static fail_reason check_withdraw_nft(struct op *op, const struct state *s, const struct tx_withdraw_nft *tx,
                                      const pubkey_hash *signer)
{
    struct party from;
    struct nft_leaf nft;
    REQUIRE(token_is_nft(tx->token), FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(party_by_address(&from, s, &tx->from), FAIL_WITHDRAW_BAD_ID);
    REQUIRE(has_key(&from), FAIL_LOCKED);
    REQUIRE(signed_by(&from, signer), FAIL_WITHDRAW_BAD_SIGNATURE);
    REQUIRE(from.id == tx->account_id, FAIL_WITHDRAW_BAD_ID);
    REQUIRE(token_is_fungible(tx->fee_token), FAIL_FEE_TOKEN_NOT_SUPPORTED);
    state_nft(&nft, s, tx->token);
    REQUIRE(nft.exists, FAIL_NFT_NOT_FOUND);
    REQUIRE(nonce_is(&from, tx->nonce), FAIL_NONCE_MISMATCH);
    REQUIRE(nft.owner == from.id, FAIL_NOT_ENOUGH_NFT_BALANCE);
    REQUIRE(state_balance(s, from.id, tx->fee_token) >= tx->fee, FAIL_NOT_ENOUGH_BALANCE);
    REQUIRE(fee_is_packable(tx->fee), FAIL_FEE_NOT_PACKABLE);
    op->kind = OP_WITHDRAW_NFT;
    op->account = from.id;
    op->token = tx->token;
    op->fee_token = tx->fee_token;
    op->amount = 1;
    op->fee = tx->fee;
    op->address = tx->to;
    op->nft = nft.content;
    return FAIL_NONE;
}

/* One order of a swap: whose it is and who gets its proceeds. */
struct side {
    struct party account, recipient;
};

static fail_reason check_order(struct side *side, const struct state *s, const struct order *order,
                               const pubkey_hash *signer)
{
    REQUIRE(order->token_buy <= NFT_ID_LAST, FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(order->token_sell <= NFT_ID_LAST, FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(order->account_id <= ACCOUNT_ID_MAX, FAIL_ORDER_BAD_ID);
    REQUIRE(party_by_id(&side->account, s, order->account_id), FAIL_ORDER_BAD_ID);
    REQUIRE(!is_reserved(&order->recipient), FAIL_RECIPIENT_NOT_FOUND);
    REQUIRE(party_by_address(&side->recipient, s, &order->recipient), FAIL_RECIPIENT_NOT_FOUND);
    REQUIRE(has_key(&side->account), FAIL_LOCKED);
    REQUIRE(signed_by(&side->account, signer), FAIL_ORDER_BAD_SIGNATURE);
    return FAIL_NONE;
}

/* a * b in 248 bits: high and low halves. b < 2^120. */
struct product {
    u128 high, low;
};

static struct product multiply(u128 a, u128 b)
{
    const u128 mask = UINT64_MAX;
    u128 low = (a & mask) * (b & mask);
    u128 mid1 = (a >> 64) * (b & mask);
    u128 mid2 = (a & mask) * (b >> 64);
    u128 mid = (low >> 64) + (mid1 & mask) + (mid2 & mask);
    return (struct product){(a >> 64) * (b >> 64) + (mid1 >> 64) + (mid2 >> 64) + (mid >> 64),
                            (low & mask) | mid << 64};
}

/* "I sell ratio[0] for ratio[1]": selling `sold` for `bought` is at least as good. */
static bool price_accepts(const struct order *order, u128 sold, u128 bought)
{
    struct product left = multiply(sold, order->ratio[1]);
    struct product right = multiply(bought, order->ratio[0]);
    return left.high < right.high || (left.high == right.high && left.low <= right.low);
}

/* The fee is covered by what the submitter has, or has after the trade. */
static bool submitter_covers_fee(const struct state *s, const struct tx_swap *tx, const struct side sides[2],
                                 uint32_t submitter)
{
    u128 balance = state_balance(s, submitter, tx->fee_token);
    for (unsigned i = 0; i < 2; i++) {
        if (submitter != sides[i].recipient.id || tx->fee_token != tx->orders[i].token_buy) continue;
        u128 gain = tx->amounts[1 - i];
        return gain > U128_MAX - balance || balance + gain >= tx->fee;
    }
    return balance >= tx->fee;
}

static fail_reason check_order_funds(const struct state *s, const struct tx_swap *tx, const struct side *side,
                                     unsigned i, uint32_t submitter)
{
    const struct order *order = &tx->orders[i];
    REQUIRE(nonce_is(&side->account, order->nonce), FAIL_NONCE_MISMATCH);
    bool pays_fee = submitter == side->account.id && tx->fee_token == order->token_sell;
    u128 balance = state_balance(s, side->account.id, order->token_sell);
    REQUIRE(covers(balance, tx->amounts[i], pays_fee ? tx->fee : 0), FAIL_NOT_ENOUGH_BALANCE);
    return FAIL_NONE;
}

/* Buyers must have room. Side 0 is paid out before side 1, and accounts may meet themselves, so follow the order in
 * which balances really move. Fees are paid last and only make room. */
static bool swap_fits(const struct state *s, const struct tx_swap *tx, const struct side sides[2])
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t token = tx->orders[i].token_sell;
        const struct party *buyer = &sides[1 - i].recipient;
        if (!token_is_fungible(token) || buyer->id == sides[i].account.id) continue;
        if (!fits(state_balance(s, buyer->id, token), tx->amounts[i])) return false;
    }
    return true;
}

static fail_reason check_swap(struct op *op, const struct state *s, const struct tx_swap *tx,
                              const struct tx_facts *facts)
{
    struct side sides[2];
    struct party submitter;
    for (unsigned i = 0; i < 2; i++) {
        fail_reason reason = check_order(&sides[i], s, &tx->orders[i], &facts->signers.orders[i]);
        REQUIRE(reason == FAIL_NONE, reason);
    }
    REQUIRE(tx->submitter_id <= ACCOUNT_ID_MAX, FAIL_ORDER_BAD_ID);
    REQUIRE(token_is_fungible(tx->fee_token), FAIL_TOKEN_NOT_SUPPORTED);
    REQUIRE(party_by_address(&submitter, s, &tx->submitter), FAIL_SUBMITTER_NOT_FOUND);
    REQUIRE(has_key(&submitter), FAIL_LOCKED);
    REQUIRE(signed_by(&submitter, &facts->signers.tx), FAIL_SWAP_BAD_SIGNATURE);
    REQUIRE(submitter.id == tx->submitter_id, FAIL_SUBMITTER_INCORRECT);
    const struct order *o0 = &tx->orders[0], *o1 = &tx->orders[1];
    REQUIRE(o0->token_buy == o1->token_sell && o1->token_buy == o0->token_sell, FAIL_TOKENS_DO_NOT_MATCH);
    REQUIRE(o0->token_sell != o1->token_sell, FAIL_SAME_TOKENS);
    for (unsigned i = 0; i < 2; i++)
        REQUIRE(tx->orders[i].amount == 0 || tx->orders[i].amount == tx->amounts[i], FAIL_AMOUNTS_DO_NOT_MATCH);
    REQUIRE(sides[0].account.id != sides[1].account.id, FAIL_SELF_SWAP);
    for (unsigned i = 0; i < 2; i++) {
        bool small = tx->orders[i].ratio[0] >> ORDER_PRICE_BITS == 0 && tx->orders[i].ratio[1] >> ORDER_PRICE_BITS == 0;
        REQUIRE(small, FAIL_PRICE_TOO_BIG);
    }
    for (unsigned i = 0; i < 2; i++)
        REQUIRE(price_accepts(&tx->orders[i], tx->amounts[i], tx->amounts[1 - i]), FAIL_BAD_PRICE);
    REQUIRE(nonce_is(&submitter, tx->nonce), FAIL_NONCE_MISMATCH);
    REQUIRE(submitter_covers_fee(s, tx, sides, submitter.id), FAIL_NOT_ENOUGH_BALANCE);
    for (unsigned i = 0; i < 2; i++) {
        fail_reason reason = check_order_funds(s, tx, &sides[i], i, submitter.id);
        REQUIRE(reason == FAIL_NONE, reason);
    }

    for (unsigned i = 0; i < 2; i++) {
        REQUIRE(token_is_known_kind(tx->orders[i].token_sell), FAIL_TOKEN_NOT_SUPPORTED);
        REQUIRE(amount_is_packable(tx->amounts[i]), FAIL_AMOUNT_NOT_PACKABLE);
    }
    REQUIRE(fee_is_packable(tx->fee), FAIL_FEE_NOT_PACKABLE);
    REQUIRE(swap_fits(s, tx, sides), FAIL_BALANCE_TOO_BIG);
    bool fungible = token_is_fungible(o0->token_sell) && token_is_fungible(o1->token_sell);
    op->kind = fungible ? OP_SWAP : OP_SWAP_NFT;
    op->fee_token = tx->fee_token;
    op->fee = tx->fee;
    op->swap.submitter = submitter.id;
    for (unsigned i = 0; i < 2; i++) {
        op->swap.accounts[i] = sides[i].account.id;
        op->swap.recipients[i] = sides[i].recipient.id;
        op->swap.tokens[i] = tx->orders[i].token_sell;
        op->swap.amounts[i] = tx->amounts[i];
        op->swap.nonce_used[i] = tx->orders[i].amount != 0;
    }
    return FAIL_NONE;
}

fail_reason transition_tx(struct op *op, const struct state *s, const struct tx *tx, const struct tx_facts *facts,
                          uint64_t timestamp)
{
    memset(op, 0, sizeof *op);
    struct time_range valid = tx_valid(tx);
    REQUIRE(valid.from <= timestamp && timestamp <= valid.until, FAIL_BAD_TIME);
    switch (tx->type) {
    case TX_TRANSFER: return check_transfer(op, s, &tx->transfer, &facts->signers.tx);
    case TX_WITHDRAW: return check_withdraw(op, s, &tx->withdraw, &facts->signers.tx);
    case TX_CHANGE_PUBKEY: return check_change_pubkey(op, s, &tx->change_pubkey, facts);
    case TX_FORCED_EXIT: return check_forced_exit(op, s, &tx->forced_exit, &facts->signers.tx);
    case TX_MINT_NFT: return check_mint(op, s, &tx->mint_nft, &facts->signers.tx);
    case TX_WITHDRAW_NFT: return check_withdraw_nft(op, s, &tx->withdraw_nft, &facts->signers.tx);
    case TX_SWAP: return check_swap(op, s, &tx->swap, facts);
    }
    assert(false);
    return FAIL_REASONS;
}

static void priority_deposit(struct op *op, const struct state *s, uint32_t token, u128 amount, const eth_address *to)
{
    uint32_t id;
    bool found = state_find(&id, s, to);
    if (!found) id = state_account_count(s);
    bool refused = found ? !fits(state_balance(s, id, token), amount) : id > ACCOUNT_ID_MAX;
    op->kind = refused ? OP_DEPOSIT_REFUSED : OP_DEPOSIT;
    op->account = id > ACCOUNT_ID_MAX ? 0 : id;
    op->token = token;
    op->amount = amount;
    op->address = *to;
}

static void priority_full_exit(struct op *op, const struct state *s, uint32_t id, const eth_address *owner,
                               uint32_t token)
{
    struct account_leaf leaf;
    state_account(&leaf, s, id);
    op->kind = token_is_fungible(token) ? OP_FULL_EXIT : OP_FULL_EXIT_NFT;
    op->account = id;
    op->address = *owner;
    op->token = token;
    if (leaf.exists && eth_address_eq(&leaf.address, owner)) op->amount = state_balance(s, id, token);
    if (op->kind == OP_FULL_EXIT) return;
    struct nft_leaf nft;
    state_nft(&nft, s, token);
    op->nft = nft.content;
}

zk_err transition_priority(struct op *op, const struct state *s, const struct priority_op *request)
{
    memset(op, 0, sizeof *op);
    if (request->type == PRIORITY_DEPOSIT) {
        if (!token_is_fungible(request->deposit.token))
            return zk_fail(ZK_ERR_INPUT, "a deposit of token %u, which L1 cannot have queued", request->deposit.token);
        priority_deposit(op, s, request->deposit.token, request->deposit.amount, &request->deposit.to);
        return ZK_OK;
    }
    if (!token_is_known_kind(request->full_exit.token) || request->full_exit.account_id > ACCOUNT_ID_MAX)
        return zk_fail(ZK_ERR_INPUT, "a full exit of account %u, token %u, which L1 cannot have queued",
                       request->full_exit.account_id, request->full_exit.token);
    priority_full_exit(op, s, request->full_exit.account_id, &request->full_exit.owner, request->full_exit.token);
    return ZK_OK;
}
