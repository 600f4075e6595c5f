#include "rollup/tx_check.h"

#include "rollup/amount.h"

static const char *const verdict_text[TX_VERDICTS] = {
    [TX_VALID] = "valid",
    [TX_BAD_AMOUNT] = "Specified amount is greater than maximum supported amount",
    [TX_BAD_FEE] = "Specified fee amount is greater than maximum supported fee",
    [TX_UNPACKABLE_AMOUNT] = "Specified amount is not packable",
    [TX_UNPACKABLE_FEE] = "Specified fee is not packable",
    [TX_BAD_ACCOUNT_ID] = "Specified Account Id is greater than maximum supported",
    [TX_BAD_TOKEN] = "Specified token is not supported",
    [TX_BAD_FEE_TOKEN] = "Specified token is not supported for paying fees",
    [TX_BAD_TARGET] = "Transfer for specified address is not supported",
    [TX_BAD_NONCE] = "Specified nonce is greater than maximum supported",
    [TX_BAD_TIME] = "Specified time interval is not valid for the current time",
    [TX_BAD_AUTH] = "Specified auth data is incorrect",
    [TX_BAD_SIGNATURE] = "L2 signature is incorrect",
    [TX_BAD_ORDER0_PRICE] = "Error in 0 order: Specified price is greater than supported",
    [TX_BAD_ORDER0_ACCOUNT_ID] = "Error in 0 order: Specified sender account id is greater than maximum supported",
    [TX_BAD_ORDER0_RECIPIENT] = "Error in 0 order: Specified recipient address is not supported",
    [TX_BAD_ORDER0_BUY_TOKEN] = "Error in 0 order: Specified buy token is not supported",
    [TX_BAD_ORDER0_SELL_TOKEN] = "Error in 0 order: Specified sell token is not supported",
    [TX_BAD_ORDER0_TIME] = "Error in 0 order: Specified time interval is not valid for the current time",
    [TX_BAD_ORDER0_AMOUNT] = "Error in 0 order: Specified amount is greater than maximum supported amount",
    [TX_BAD_ORDER0_UNPACKABLE_AMOUNT] = "Error in 0 order: Specified amount is not packable",
    [TX_BAD_ORDER0_NONCE] = "Error in 0 order: Specified nonce is greater than maximum supported",
    [TX_BAD_ORDER1_PRICE] = "Error in 1 order: Specified price is greater than supported",
    [TX_BAD_ORDER1_ACCOUNT_ID] = "Error in 1 order: Specified sender account id is greater than maximum supported",
    [TX_BAD_ORDER1_RECIPIENT] = "Error in 1 order: Specified recipient address is not supported",
    [TX_BAD_ORDER1_BUY_TOKEN] = "Error in 1 order: Specified buy token is not supported",
    [TX_BAD_ORDER1_SELL_TOKEN] = "Error in 1 order: Specified sell token is not supported",
    [TX_BAD_ORDER1_TIME] = "Error in 1 order: Specified time interval is not valid for the current time",
    [TX_BAD_ORDER1_AMOUNT] = "Error in 1 order: Specified amount is greater than maximum supported amount",
    [TX_BAD_ORDER1_UNPACKABLE_AMOUNT] = "Error in 1 order: Specified amount is not packable",
    [TX_BAD_ORDER1_NONCE] = "Error in 1 order: Specified nonce is greater than maximum supported",
    [TX_BAD_ORDER_SIGNATURE] = "Order signature is incorrect",
};

const char *tx_verdict_str(tx_verdict verdict)
{
    assert(verdict < TX_VERDICTS);
    return verdict_text[verdict];
}

/* The first verdict that is not TX_VALID ends the check: each line below is one row of the protocol's tables. */
#define REQUIRE(cond, verdict)                                                                                         \
    do {                                                                                                               \
        if (!(cond)) return verdict;                                                                                   \
    } while (0)

static bool range_holds(struct time_range valid)
{
    return valid.from <= valid.until;
}

static tx_verdict check_transfer(const struct tx_transfer *t)
{
    REQUIRE(amount_is_packable(t->amount), TX_UNPACKABLE_AMOUNT);
    REQUIRE(t->token <= NFT_ID_LAST, TX_BAD_TOKEN);
    REQUIRE(!eth_address_is_zero(&t->to), TX_BAD_TARGET);
    REQUIRE(range_holds(t->valid), TX_BAD_TIME);
    REQUIRE(t->fee == 0 || token_is_fungible(t->token), TX_BAD_FEE_TOKEN);
    return TX_VALID;
}

static tx_verdict check_withdraw(const struct tx_withdraw *t)
{
    REQUIRE(token_is_fungible(t->token), TX_BAD_TOKEN);
    REQUIRE(range_holds(t->valid), TX_BAD_TIME);
    return TX_VALID;
}

static tx_verdict check_change_pubkey(const struct tx_change_pubkey *t)
{
    REQUIRE(token_is_fungible(t->fee_token), TX_BAD_FEE_TOKEN);
    REQUIRE(range_holds(t->valid), TX_BAD_TIME);
    return TX_VALID;
}

static tx_verdict check_forced_exit(const struct tx_forced_exit *t)
{
    REQUIRE(token_is_fungible(t->token), TX_BAD_TOKEN);
    REQUIRE(range_holds(t->valid), TX_BAD_TIME);
    return TX_VALID;
}

static tx_verdict check_mint_nft(const struct tx_mint_nft *t)
{
    REQUIRE(token_is_fungible(t->fee_token), TX_BAD_FEE_TOKEN);
    return TX_VALID;
}

static tx_verdict check_withdraw_nft(const struct tx_withdraw_nft *t)
{
    REQUIRE(token_is_nft(t->token), TX_BAD_TOKEN);
    REQUIRE(range_holds(t->valid), TX_BAD_TIME);
    REQUIRE(token_is_fungible(t->fee_token), TX_BAD_FEE_TOKEN);
    return TX_VALID;
}

static tx_verdict check_order(const struct order *o)
{
    REQUIRE(o->ratio[0] >> ORDER_PRICE_BITS == 0, TX_BAD_ORDER0_PRICE);
    REQUIRE(o->ratio[1] >> ORDER_PRICE_BITS == 0, TX_BAD_ORDER0_PRICE);
    REQUIRE(o->account_id <= ACCOUNT_ID_MAX, TX_BAD_ORDER0_ACCOUNT_ID);
    REQUIRE(!eth_address_is_zero(&o->recipient), TX_BAD_ORDER0_RECIPIENT);
    REQUIRE(o->token_buy <= NFT_ID_LAST, TX_BAD_ORDER0_BUY_TOKEN);
    REQUIRE(o->token_sell <= NFT_ID_LAST, TX_BAD_ORDER0_SELL_TOKEN);
    REQUIRE(range_holds(o->valid), TX_BAD_ORDER0_TIME);
    REQUIRE(amount_is_packable(o->amount), TX_BAD_ORDER0_UNPACKABLE_AMOUNT);
    REQUIRE(o->nonce <= NONCE_LAST, TX_BAD_ORDER0_NONCE);
    return TX_VALID;
}

static tx_verdict check_swap(const struct tx_swap *t)
{
    REQUIRE(amount_is_packable(t->amounts[0]), TX_UNPACKABLE_AMOUNT);
    REQUIRE(amount_is_packable(t->amounts[1]), TX_UNPACKABLE_AMOUNT);
    REQUIRE(token_is_fungible(t->fee_token), TX_BAD_FEE_TOKEN);
    for (int i = 0; i < 2; i++) {
        tx_verdict verdict = check_order(&t->orders[i]);
        REQUIRE(verdict == TX_VALID, (tx_verdict)(verdict + i * TX_NEXT_ORDER));
    }
    return TX_VALID;
}

static tx_verdict check_kind(const struct tx *tx)
{
    switch (tx->type) {
    case TX_WITHDRAW: return check_withdraw(&tx->withdraw);
    case TX_TRANSFER: return check_transfer(&tx->transfer);
    case TX_CHANGE_PUBKEY: return check_change_pubkey(&tx->change_pubkey);
    case TX_FORCED_EXIT: return check_forced_exit(&tx->forced_exit);
    case TX_MINT_NFT: return check_mint_nft(&tx->mint_nft);
    case TX_WITHDRAW_NFT: return check_withdraw_nft(&tx->withdraw_nft);
    case TX_SWAP: return check_swap(&tx->swap);
    }
    assert(false); /* the codecs make no other kind */
    return TX_BAD_SIGNATURE;
}

tx_verdict tx_check_limits(const struct tx *tx)
{
    REQUIRE(fee_is_packable(tx_fee(tx)), TX_UNPACKABLE_FEE);
    REQUIRE(tx_account_id(tx) <= ACCOUNT_ID_MAX, TX_BAD_ACCOUNT_ID);
    REQUIRE(tx_nonce(tx) <= NONCE_LAST, TX_BAD_NONCE);
    tx_verdict verdict = check_kind(tx);
    REQUIRE(verdict == TX_VALID, verdict);
    REQUIRE(range_holds(tx_valid(tx)), TX_BAD_TIME); /* of a swap: both orders hold at some moment */
    return TX_VALID;
}
