/* Each fail reason by the shortest way to it, the ends of the id ranges, what closes a block, and taking back. */
#include "base/test.h"
#include "rollup/amount.h"
#include "rollup/block.h"
#include "rollup/replay.h"
#include "rollup/trace_codec.h"

#include <stdio.h>
#include <stdlib.h>

#define TS 1700000000

/* A state with account i = 1 .. 6 at address_of(i), a key for 1 .. 5, and 10^6 of tokens 0 and 1 for each. */
struct world {
    struct state *s;
    struct block *b;
};

static eth_address address_of(uint32_t i)
{
    eth_address a = {{0xaa}};
    a.b[19] = (uint8_t)i;
    a.b[18] = (uint8_t)(i >> 8);
    return a;
}

static pubkey_hash key_of(uint32_t i)
{
    pubkey_hash k = {{0x77}};
    k.b[19] = (uint8_t)i;
    return k;
}

static const eth_address zero_address;
static const eth_address reserved = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static void begin(struct world *w)
{
    block_begin(w->b, w->s, &(struct block_header){.number = 1, .fee_account = 0, .timestamp = TS}, NULL, 0);
}

static void deposit(struct world *w, const eth_address *to, uint32_t token, u128 amount)
{
    struct priority_op request = {.type = PRIORITY_DEPOSIT, .deposit = {.token = token, .amount = amount, .to = *to}};
    struct block_result r;
    CHECK_OK(block_put_priority(w->b, &r, &request));
    CHECK(r.answer == BLOCK_TAKEN);
}

/* A key, without the ceremony. */
static void set_key(struct world *w, uint32_t id, const pubkey_hash *key)
{
    struct step step;
    state_step_account(&step, w->s, id, 0);
    step.after.pubkey_hash = *key;
    state_step_write(w->s, &step);
    CHECK_OK(state_update_trees(w->s, &step, 1, NULL));
}

static void set_nonce(struct world *w, uint32_t id, uint32_t nonce)
{
    struct step step;
    state_step_account(&step, w->s, id, 0);
    step.after.nonce = nonce;
    state_step_write(w->s, &step);
    CHECK_OK(state_update_trees(w->s, &step, 1, NULL));
}

static void world_create_with(struct world *w, const struct state_config *config, const struct block_config *block)
{
    eth_address fee = address_of(0);
    CHECK_OK(state_create(&w->s, config, &fee));
    const struct block_config roomy = block_config_default();
    CHECK_OK(block_create(&w->b, &roomy));
    begin(w);
    for (uint32_t i = 1; i <= 6; i++) {
        eth_address a = address_of(i);
        deposit(w, &a, 0, 1000000);
        deposit(w, &a, 1, 1000000);
    }
    CHECK_OK(block_seal(w->b, NULL, NULL, NULL));
    for (uint32_t i = 1; i <= 5; i++) {
        pubkey_hash key = key_of(i);
        set_key(w, i, &key);
    }
    block_destroy(w->b);
    CHECK_OK(block_create(&w->b, block));
    begin(w);
}

static void world_create(struct world *w)
{
    const struct state_config config = {.accounts = 64, .nfts = 64, .balance_bytes = 1 << 20, .address_key = {1, 1}};
    struct block_config block = block_config_default();
    world_create_with(w, &config, &block);
}

static void world_destroy(struct world *w)
{
    block_destroy(w->b);
    state_destroy(w->s);
}

/* ---- transactions that succeed, to be spoilt */

static struct tx good_transfer(void)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){
        .account_id = 1, .from = address_of(1), .to = address_of(2), .amount = 100, .fee = 10, .valid = TIME_RANGE_ALL};
    return tx;
}

static struct tx good_withdraw(void)
{
    struct tx tx = {.type = TX_WITHDRAW};
    tx.withdraw = (struct tx_withdraw){
        .account_id = 1, .from = address_of(1), .to = address_of(9), .amount = 100, .fee = 10, .valid = TIME_RANGE_ALL};
    return tx;
}

static struct tx good_change_pubkey(void)
{
    struct tx tx = {.type = TX_CHANGE_PUBKEY};
    tx.change_pubkey = (struct tx_change_pubkey){.account_id = 6,
                                                 .account = address_of(6),
                                                 .new_pubkey_hash = key_of(6),
                                                 .fee = 10,
                                                 .valid = TIME_RANGE_ALL,
                                                 .auth.kind = CHANGE_PUBKEY_ECDSA};
    return tx;
}

static struct tx good_forced_exit(void)
{
    struct tx tx = {.type = TX_FORCED_EXIT};
    tx.forced_exit =
        (struct tx_forced_exit){.initiator_id = 1, .target = address_of(6), .fee = 10, .valid = TIME_RANGE_ALL};
    return tx;
}

static struct tx good_mint(void)
{
    struct tx tx = {.type = TX_MINT_NFT};
    tx.mint_nft =
        (struct tx_mint_nft){.creator_id = 1, .creator = address_of(1), .recipient = address_of(1), .fee = 10};
    return tx;
}

static struct tx good_withdraw_nft(void)
{
    struct tx tx = {.type = TX_WITHDRAW_NFT};
    tx.withdraw_nft = (struct tx_withdraw_nft){.account_id = 2,
                                               .from = address_of(2),
                                               .to = address_of(9),
                                               .token = NFT_ID_FIRST,
                                               .fee = 10,
                                               .valid = TIME_RANGE_ALL};
    return tx;
}

/* 1 sells 100 of token 0 to 2 for 200 of token 1; 3 submits. */
static struct tx good_swap(void)
{
    struct tx tx = {.type = TX_SWAP};
    tx.swap = (struct tx_swap){.submitter_id = 3, .submitter = address_of(3), .fee = 10, .amounts = {100, 200}};
    for (uint32_t i = 0; i < 2; i++)
        tx.swap.orders[i] = (struct order){.account_id = 1 + i,
                                           .recipient = address_of(1 + i),
                                           .token_sell = i,
                                           .token_buy = 1 - i,
                                           .ratio = {i == 0 ? 1 : 2, i == 0 ? 2 : 1},
                                           .amount = tx.swap.amounts[i],
                                           .valid = TIME_RANGE_ALL};
    return tx;
}

static struct tx_facts facts_of(const struct tx *tx)
{
    struct tx_facts f = {.authorized = true};
    f.signers.tx = key_of(tx_account_id(tx));
    if (tx->type == TX_SWAP)
        for (int i = 0; i < 2; i++) f.signers.orders[i] = key_of(tx->swap.orders[i].account_id);
    return f;
}

static unsigned seen[FAIL_REASONS];

static void check_fails_facts(struct world *w, const struct tx *tx, const struct tx_facts *facts, fail_reason reason,
                              const char *text)
{
    struct block_result r;
    size_t before = block_op_count(w->b);
    CHECK_OK(block_put_tx(w->b, &r, tx, facts));
    CHECK(r.answer == BLOCK_REFUSED);
    CHECK_EQ_STR(text, fail_reason_str(r.reason));
    CHECK_EQ_STR(text, fail_reason_str(reason));
    CHECK_EQ_U64(before, block_op_count(w->b));
    seen[reason]++;
}

static void check_fails(struct world *w, const struct tx *tx, fail_reason reason, const char *text)
{
    struct tx_facts facts = facts_of(tx);
    check_fails_facts(w, tx, &facts, reason, text);
}

static void check_taken(struct world *w, const struct tx *tx, op_kind kind)
{
    struct tx_facts facts = facts_of(tx);
    struct block_result r;
    CHECK_OK(block_put_tx(w->b, &r, tx, &facts));
    CHECK_MSG(r.answer == BLOCK_TAKEN, "%s", r.answer == BLOCK_FULL ? "full" : fail_reason_str(r.reason));
    CHECK_EQ_STR(op_kind_str(kind), op_kind_str(block_op(w->b, r.first_op)->kind));
}

/* A transaction spoilt in one way. */
#define SPOILT(good, change, reason, text)                                                                             \
    do {                                                                                                               \
        struct tx t = good;                                                                                            \
        change;                                                                                                        \
        check_fails(&w, &t, reason, text);                                                                             \
    } while (0)

static void test_transfer__fails_for_each_reason(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
#define T(change, reason, text) SPOILT(good_transfer(), change, reason, text)
    T(t.transfer.valid.from = TS + 1, FAIL_BAD_TIME,
      "The transaction can't be executed in the block because of an invalid timestamp");
    T(t.transfer.valid.until = TS - 1, FAIL_BAD_TIME,
      "The transaction can't be executed in the block because of an invalid timestamp");
    T(t.transfer.token = NFT_ID_LAST + 1, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.transfer.token = 1024, FAIL_FEE_TOKEN_NOT_SUPPORTED, "FeeToken id is not supported");
    T(t.transfer.to = zero_address, FAIL_TO_ZERO_ADDRESS, "Transfer to Account with address 0 is not allowed");
    T(t.transfer.from = address_of(50), FAIL_FROM_NOT_FOUND, "From account does not exist");
    T(t.transfer.from = address_of(6), FAIL_LOCKED, "Account is locked");
    T(t.transfer.account_id = 2, FAIL_TRANSFER_BAD_SIGNATURE, "Transfer signature is incorrect");
    struct tx wrong_id = good_transfer();
    struct tx_facts facts = facts_of(&wrong_id);
    wrong_id.transfer.account_id = 7;
    check_fails_facts(&w, &wrong_id, &facts, FAIL_TRANSFER_BAD_ID, "Transfer account id is incorrect");
    T(t.transfer.to = reserved, FAIL_TO_ID_TOO_BIG, "Transfer to account id is bigger than max supported");
    T(t.transfer.nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T(t.transfer.amount = 999991, FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T(t.transfer.amount = 1000001, FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T((t.transfer.token = 5000, t.transfer.fee = 0, t.transfer.amount = 1), FAIL_NOT_ENOUGH_BALANCE,
      "Not enough balance");
    T((t.transfer.token = 5000, t.transfer.fee = 0, t.transfer.amount = 0), FAIL_TOKEN_NOT_SUPPORTED,
      "Token id is not supported");
    T((t.transfer.token = NFT_ID_FIRST, t.transfer.fee = 0, t.transfer.amount = 1), FAIL_NOT_ENOUGH_BALANCE,
      "Not enough balance");
    T(t.transfer.fee = 2049, FAIL_FEE_NOT_PACKABLE, "Specified fee is not packable");
#undef T
    struct tx ok = good_transfer();
    ok.transfer.amount = 999990;
    check_taken(&w, &ok, OP_TRANSFER);
    eth_address rich = address_of(1);
    deposit(&w, &rich, 5, U128_MAX);
    struct tx odd = good_transfer();
    odd.transfer.token = 5;
    odd.transfer.nonce = 1;
    odd.transfer.amount = ((u128)1 << 100) + 1;
    check_fails(&w, &odd, FAIL_AMOUNT_NOT_PACKABLE, "Specified amount is not packable");
    eth_address other = address_of(2);
    deposit(&w, &other, 5, U128_MAX);
    odd.transfer.amount = 1;
    check_fails(&w, &odd, FAIL_BALANCE_TOO_BIG, "A balance would exceed the maximum of 2^128-1");
    odd.transfer.to = rich;
    check_taken(&w, &odd, OP_TRANSFER);
    world_destroy(&w);
}

static void test_withdraw__fails_for_each_reason(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
#define T(change, reason, text) SPOILT(good_withdraw(), change, reason, text)
    T(t.withdraw.valid.until = TS - 1, FAIL_BAD_TIME,
      "The transaction can't be executed in the block because of an invalid timestamp");
    T(t.withdraw.token = 1024, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.withdraw.from = address_of(50), FAIL_FROM_NOT_FOUND, "From account does not exist");
    T(t.withdraw.from = address_of(6), FAIL_LOCKED, "Account is locked");
    T(t.withdraw.account_id = 2, FAIL_WITHDRAW_BAD_SIGNATURE, "Withdraw signature is incorrect");
    struct tx wrong_id = good_withdraw();
    struct tx_facts facts = facts_of(&wrong_id);
    wrong_id.withdraw.account_id = 7;
    check_fails_facts(&w, &wrong_id, &facts, FAIL_WITHDRAW_BAD_ID, "Withdraw account id is incorrect");
    T(t.withdraw.nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T(t.withdraw.amount = 999991, FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T(t.withdraw.fee = 2049, FAIL_FEE_NOT_PACKABLE, "Specified fee is not packable");
#undef T
    struct tx ok = good_withdraw();
    ok.withdraw.to = zero_address;
    ok.withdraw.amount = 987654; /* needs no packed form */
    check_taken(&w, &ok, OP_WITHDRAW);
    world_destroy(&w);
}

static void test_change_pubkey__fails_for_each_reason(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
#define T(change, reason, text) SPOILT(good_change_pubkey(), change, reason, text)
    T(t.change_pubkey.valid.until = TS - 1, FAIL_BAD_TIME,
      "The transaction can't be executed in the block because of an invalid timestamp");
    T(t.change_pubkey.account = address_of(50), FAIL_ACCOUNT_NOT_FOUND, "Account does not exist");
    T(t.change_pubkey.fee_token = 1024, FAIL_FEE_TOKEN_NOT_SUPPORTED, "FeeToken id is not supported");
    struct tx tx = good_change_pubkey();
    struct tx_facts facts = facts_of(&tx);
    facts.authorized = false;
    check_fails_facts(&w, &tx, &facts, FAIL_CHANGE_PUBKEY_BAD_AUTH, "ChangePubKey Ethereum auth data is incorrect");
    T(t.change_pubkey.new_pubkey_hash = key_of(5), FAIL_CHANGE_PUBKEY_BAD_SIGNATURE,
      "ChangePubKey zkSync signature is incorrect");
    facts = (struct tx_facts){.authorized = true};
    memset(&tx.change_pubkey.new_pubkey_hash, 0, sizeof tx.change_pubkey.new_pubkey_hash);
    check_fails_facts(&w, &tx, &facts, FAIL_CHANGE_PUBKEY_BAD_SIGNATURE, "ChangePubKey zkSync signature is incorrect");
    T((t.change_pubkey.account_id = 3, t.change_pubkey.new_pubkey_hash = key_of(3)), FAIL_CHANGE_PUBKEY_BAD_ID,
      "ChangePubKey account id is incorrect");
    T(t.change_pubkey.nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T(t.change_pubkey.fee = 1000002, FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T(t.change_pubkey.fee = 2049, FAIL_FEE_NOT_PACKABLE, "Specified fee is not packable");
    set_nonce(&w, 6, 4);
    T((t.change_pubkey.nonce = 4, t.change_pubkey.auth.kind = CHANGE_PUBKEY_CREATE2), FAIL_NONCE_MISMATCH,
      "Nonce mismatch");
    set_nonce(&w, 6, UINT32_MAX);
    T(t.change_pubkey.nonce = UINT32_MAX, FAIL_NONCE_MISMATCH, "Nonce mismatch");
#undef T
    set_nonce(&w, 6, 0);
    struct tx ok = good_change_pubkey();
    ok.change_pubkey.auth.kind = CHANGE_PUBKEY_CREATE2;
    check_taken(&w, &ok, OP_CHANGE_PUBKEY);
    world_destroy(&w);
}

static void test_forced_exit__fails_for_each_reason(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    deposit(&w, &zero_address, 0, 5);
    deposit(&w, &reserved, 0, 5);
#define T(change, reason, text) SPOILT(good_forced_exit(), change, reason, text)
    T(t.forced_exit.valid.until = TS - 1, FAIL_BAD_TIME,
      "The transaction can't be executed in the block because of an invalid timestamp");
    T(t.forced_exit.initiator_id = 50, FAIL_INITIATOR_NOT_FOUND, "Initiator account does not exist");
    T(t.forced_exit.initiator_id = UINT32_MAX, FAIL_INITIATOR_NOT_FOUND, "Initiator account does not exist");
    T(t.forced_exit.initiator_id = 6, FAIL_FORCED_EXIT_BAD_SIGNATURE, "ForcedExit signature is incorrect");
    T(t.forced_exit.token = 1024, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.forced_exit.target = address_of(50), FAIL_TARGET_NOT_FOUND, "Target account does not exist");
    T(t.forced_exit.target = reserved, FAIL_TARGET_NOT_FOUND, "Target account does not exist");
    T(t.forced_exit.target = address_of(2), FAIL_TARGET_NOT_LOCKED,
      "Target account is not locked; forced exit is forbidden");
    T(t.forced_exit.target = zero_address, FAIL_TARGET_INVALID, "Target account is invalid");
    T(t.forced_exit.nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T(t.forced_exit.fee = 1000002, FAIL_INITIATOR_NOT_ENOUGH_BALANCE,
      "Initiator account: Not enough balance to cover fees");
    T(t.forced_exit.fee = 2049, FAIL_FEE_NOT_PACKABLE, "Specified fee is not packable");
#undef T
    struct tx ok = good_forced_exit();
    check_taken(&w, &ok, OP_FORCED_EXIT);
    CHECK(state_balance(w.s, 6, 0) == 0);
    world_destroy(&w);
}

static void test_mint__fails_for_each_reason(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
#define T(change, reason, text) SPOILT(good_mint(), change, reason, text)
    T(t.mint_nft.fee_token = 1024, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.mint_nft.recipient = zero_address, FAIL_MINT_RECIPIENT_INCORRECT, "Recipient account id is incorrect");
    T(t.mint_nft.recipient = reserved, FAIL_MINT_RECIPIENT_INCORRECT, "Recipient account id is incorrect");
    T(t.mint_nft.creator_id = 50, FAIL_CREATOR_NOT_FOUND, "Creator account does not exist");
    T(t.mint_nft.creator_id = 6, FAIL_CREATOR_INCORRECT, "Creator account is incorrect");
    T(t.mint_nft.creator = address_of(2), FAIL_CREATOR_INCORRECT, "Creator account is incorrect");
    struct tx tx = good_mint();
    struct tx_facts facts = {.signers.tx = key_of(2)};
    check_fails_facts(&w, &tx, &facts, FAIL_MINT_BAD_SIGNATURE, "MintNFT signature is incorrect");
    T(t.mint_nft.recipient = address_of(50), FAIL_MINT_RECIPIENT_NOT_FOUND, "Recipient account not found");
    T(t.mint_nft.nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T(t.mint_nft.fee = 1000002, FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T(t.mint_nft.fee = 2049, FAIL_FEE_NOT_PACKABLE, "Specified fee is not packable");
#undef T
    struct tx ok = good_mint();
    check_taken(&w, &ok, OP_MINT_NFT);
    CHECK(state_balance(w.s, 1, NFT_ID_FIRST) == 1);
    world_destroy(&w);
}

static void test_withdraw_nft__fails_for_each_reason(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    struct tx mint = good_mint();
    mint.mint_nft.recipient = address_of(2);
    check_taken(&w, &mint, OP_MINT_NFT);
#define T(change, reason, text) SPOILT(good_withdraw_nft(), change, reason, text)
    T(t.withdraw_nft.valid.until = TS - 1, FAIL_BAD_TIME,
      "The transaction can't be executed in the block because of an invalid timestamp");
    T(t.withdraw_nft.token = NFT_ID_FIRST - 1, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.withdraw_nft.token = NFT_ID_LAST + 1, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.withdraw_nft.from = address_of(50), FAIL_WITHDRAW_BAD_ID, "Withdraw account id is incorrect");
    T(t.withdraw_nft.from = address_of(6), FAIL_LOCKED, "Account is locked");
    T(t.withdraw_nft.account_id = 3, FAIL_WITHDRAW_BAD_SIGNATURE, "Withdraw signature is incorrect");
    T(t.withdraw_nft.fee_token = 1024, FAIL_FEE_TOKEN_NOT_SUPPORTED, "FeeToken id is not supported");
    T(t.withdraw_nft.token = NFT_ID_FIRST + 1, FAIL_NFT_NOT_FOUND, "NFT was not found");
    T(t.withdraw_nft.nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T((t.withdraw_nft.account_id = 3, t.withdraw_nft.from = address_of(3)), FAIL_NOT_ENOUGH_NFT_BALANCE,
      "Not enough nft balance");
    T(t.withdraw_nft.fee = 1000002, FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T(t.withdraw_nft.fee = 2049, FAIL_FEE_NOT_PACKABLE, "Specified fee is not packable");
#undef T
    struct tx ok = good_withdraw_nft();
    check_taken(&w, &ok, OP_WITHDRAW_NFT);
    ok.withdraw_nft.nonce = 1;
    check_fails(&w, &ok, FAIL_NOT_ENOUGH_NFT_BALANCE, "Not enough nft balance");
    world_destroy(&w);
}

static void test_swap__fails_for_each_reason(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
#define T(change, reason, text) SPOILT(good_swap(), change, reason, text)
    T(t.swap.orders[1].valid.until = TS - 1, FAIL_BAD_TIME,
      "The transaction can't be executed in the block because of an invalid timestamp");
    T(t.swap.orders[0].token_buy = NFT_ID_LAST + 1, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.swap.orders[1].token_sell = UINT32_MAX, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.swap.orders[0].account_id = UINT32_MAX, FAIL_ORDER_BAD_ID, "Order account id is incorrect");
    T(t.swap.orders[0].account_id = 50, FAIL_ORDER_BAD_ID, "Order account id is incorrect");
    T(t.swap.orders[1].recipient = address_of(50), FAIL_RECIPIENT_NOT_FOUND, "Recipient Account does not exist");
    T(t.swap.orders[1].recipient = reserved, FAIL_RECIPIENT_NOT_FOUND, "Recipient Account does not exist");
    T(t.swap.orders[1].account_id = 6, FAIL_LOCKED, "Account is locked");
    struct tx tx = good_swap();
    struct tx_facts facts = facts_of(&tx);
    facts.signers.orders[1] = key_of(1);
    check_fails_facts(&w, &tx, &facts, FAIL_ORDER_BAD_SIGNATURE, "Order signature is incorrect");
    T(t.swap.submitter_id = ACCOUNT_ID_NOBODY, FAIL_ORDER_BAD_ID, "Order account id is incorrect");
    T(t.swap.fee_token = 1024, FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
    T(t.swap.submitter = address_of(50), FAIL_SUBMITTER_NOT_FOUND, "Submitter account does not exist");
    T(t.swap.submitter = address_of(6), FAIL_LOCKED, "Account is locked");
    T(t.swap.submitter_id = 4, FAIL_SWAP_BAD_SIGNATURE, "Swap signature is incorrect");
    facts = facts_of(&tx);
    tx.swap.submitter_id = 4;
    check_fails_facts(&w, &tx, &facts, FAIL_SUBMITTER_INCORRECT, "Submitter account_id or address is incorrect");
    T(t.swap.orders[0].token_buy = 2, FAIL_TOKENS_DO_NOT_MATCH, "Buy/Sell tokens do not match");
    T((t.swap.orders[0].token_buy = 0, t.swap.orders[1].token_sell = 0), FAIL_SAME_TOKENS,
      "Can't swap the same tokens");
    T(t.swap.orders[0].amount = 99, FAIL_AMOUNTS_DO_NOT_MATCH, "Amounts do not match");
    T(t.swap.orders[1].account_id = 1, FAIL_SELF_SWAP, "Self-swap is not allowed");
    T(t.swap.orders[0].ratio[0] = (u128)1 << ORDER_PRICE_BITS, FAIL_PRICE_TOO_BIG,
      "Specified price is greater than supported");
    T(t.swap.orders[0].ratio[1] = 3, FAIL_BAD_PRICE, "Amounts are not compatible with prices");
    T(t.swap.orders[1].ratio[1] = 2, FAIL_BAD_PRICE, "Amounts are not compatible with prices");
    T(t.swap.nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T(t.swap.fee = 1000002, FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T(t.swap.orders[1].nonce = 1, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    T((t.swap.amounts[0] = t.swap.orders[0].amount = 1000001, t.swap.amounts[1] = t.swap.orders[1].amount = 2000002),
      FAIL_NOT_ENOUGH_BALANCE, "Not enough balance");
    T(t.swap.fee = 2049, FAIL_FEE_NOT_PACKABLE, "Specified fee is not packable");
#define GAP(i)  (t.swap.orders[i].token_sell = t.swap.orders[1 - (i)].token_buy = 5000)
#define NOTHING (t.swap.orders[0].amount = t.swap.orders[1].amount = t.swap.amounts[0] = t.swap.amounts[1] = 0)
    T((GAP(1), NOTHING), FAIL_TOKEN_NOT_SUPPORTED, "Token id is not supported");
#undef T
    eth_address one = address_of(1), two = address_of(2);
    deposit(&w, &one, 9, U128_MAX);
    tx = good_swap();
    tx.swap.orders[0].token_sell = tx.swap.orders[1].token_buy = 9;
    tx.swap.amounts[0] = tx.swap.orders[0].amount = ((u128)1 << 100) + 1;
    tx.swap.orders[0].ratio[1] = 0;
    check_fails(&w, &tx, FAIL_AMOUNT_NOT_PACKABLE, "Specified amount is not packable");
    deposit(&w, &two, 9, U128_MAX);
    tx.swap.amounts[0] = tx.swap.orders[0].amount = 1000;
    check_fails(&w, &tx, FAIL_BALANCE_TOO_BIG, "A balance would exceed the maximum of 2^128-1");
    tx = good_swap();
    check_taken(&w, &tx, OP_SWAP);
    world_destroy(&w);
}

static void test_nonce__of_2_32_minus_1_is_never_used(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    for (uint32_t i = 1; i <= 3; i++) set_nonce(&w, i, UINT32_MAX);
    SPOILT(good_transfer(), t.transfer.nonce = UINT32_MAX, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    SPOILT(good_withdraw(), t.withdraw.nonce = UINT32_MAX, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    SPOILT(good_forced_exit(), t.forced_exit.nonce = UINT32_MAX, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    SPOILT(good_mint(), t.mint_nft.nonce = UINT32_MAX, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    SPOILT(good_swap(), t.swap.nonce = UINT32_MAX, FAIL_NONCE_MISMATCH, "Nonce mismatch");
    set_nonce(&w, 3, 0);
    /* also a limit order's, which would not move */
    SPOILT(good_swap(),
           (t.swap.orders[0].nonce = t.swap.orders[1].nonce = UINT32_MAX,
            t.swap.orders[0].amount = t.swap.orders[1].amount = 0),
           FAIL_NONCE_MISMATCH, "Nonce mismatch");
    set_nonce(&w, 1, UINT32_MAX - 1);
    struct tx tx = good_transfer();
    tx.transfer.nonce = UINT32_MAX - 1;
    check_taken(&w, &tx, OP_TRANSFER);
    world_destroy(&w);
}

/* ---- the ends of the id ranges */

static const struct state_config whole = {
    .accounts = ACCOUNT_ID_MAX + 1, .nfts = 64, .balance_bytes = 1 << 20, .address_key = {1, 1}};

static struct priority_op deposit_to(uint32_t i, uint32_t token, u128 amount)
{
    return (struct priority_op){.type = PRIORITY_DEPOSIT,
                                .deposit = {.token = token, .amount = amount, .to = address_of(i)}};
}

static op_kind priority_kind(struct world *w, const struct priority_op *request)
{
    struct block_result r;
    CHECK_OK(block_put_priority(w->b, &r, request));
    CHECK(r.answer == BLOCK_TAKEN);
    return block_op(w->b, r.first_op)->kind;
}

static void seal_and_replay(struct world *w, struct state *copy)
{
    struct replay *r;
    fr a, b;
    CHECK_OK(replay_create(&r));
    CHECK_OK(block_seal(w->b, NULL, NULL, NULL));
    const struct block_sealed *sealed = block_sealed(w->b);
    CHECK_OK(
        replay_block(r, copy, 0, sealed->settlement, sealed->settlement_len, sealed->delta, sealed->delta_len, NULL));
    state_root(&a, w->s);
    state_root(&b, copy);
    CHECK(fr_eq(&a, &b));
    replay_destroy(r);
    begin(w);
}

static void test_accounts__end_with_refused_deposits(struct prng *rng)
{
    (void)rng;
    struct world w;
    struct block_config config = block_config_default();
    world_create_with(&w, &whole, &config);

    state_skip_accounts(w.s, ACCOUNT_ID_LAST_BY_TRANSFER);
    begin(&w);
    struct tx tx = good_transfer();
    tx.transfer.to = address_of(100);
    check_taken(&w, &tx, OP_TRANSFER_NEW);
    tx.transfer.nonce = 1;
    tx.transfer.to = address_of(101);
    check_fails(&w, &tx, FAIL_TO_ID_TOO_BIG, "Transfer to account id is bigger than max supported");
    struct priority_op request = deposit_to(101, 0, 5);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT);
    block_abandon(w.b);

    state_skip_accounts(w.s, ACCOUNT_ID_MAX);
    begin(&w);
    request = deposit_to(102, 0, 5);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT); /* the last account there is */
    CHECK_EQ_U64(ACCOUNT_ID_MAX, block_op(w.b, 0)->account);
    request = deposit_to(103, 0, 5);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT_REFUSED);
    request = deposit_to(102, 0, 5);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT);
    CHECK(state_balance(w.s, ACCOUNT_ID_MAX, 0) == 10);
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    world_destroy(&w);
}

/* All NFT ids need 190 GB of address space, which costs nothing but under AddressSanitizer. */
#if defined(__SANITIZE_ADDRESS__)
#define SKIP_ALL_NFTS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SKIP_ALL_NFTS 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SKIP_ALL_NFTS 1
#endif

static void test_nfts__end_with_a_refusal(struct prng *rng)
{
    (void)rng;
#ifdef SKIP_ALL_NFTS
    seen[FAIL_NFT_ID_TOO_BIG]++;
    return;
#else
    struct world w;
    struct state_config config = {.accounts = 64, .nfts = NFT_ID_LAST - NFT_ID_FIRST + 1, .balance_bytes = 1 << 20};
    struct block_config block = block_config_default();
    world_create_with(&w, &config, &block);
    state_skip_nfts(w.s, NFT_ID_LAST);
    begin(&w);
    struct tx tx = good_mint();
    check_taken(&w, &tx, OP_MINT_NFT);
    CHECK(state_balance(w.s, 1, NFT_ID_LAST) == 1);
    tx.mint_nft.nonce = 1;
    check_fails(&w, &tx, FAIL_NFT_ID_TOO_BIG, "NFT id is bigger than max supported");
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    world_destroy(&w);
#endif
}

static void test_deposit__that_overflows_is_refused(struct prng *rng)
{
    (void)rng;
    struct world w, copy;
    world_create(&w);
    world_create(&copy);
    struct priority_op request = deposit_to(1, 7, U128_MAX);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT);
    request = deposit_to(1, 7, 1);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT_REFUSED);
    CHECK_EQ_U64(1, block_op(w.b, 1)->account);
    CHECK(state_balance(w.s, 1, 7) == U128_MAX);
    seal_and_replay(&w, copy.s);
    world_destroy(&w);
    world_destroy(&copy);
}

static void test_priority__refuses_what_L1_cannot_queue(struct prng *rng)
{
    (void)rng;
    struct world w;
    struct block_result r;
    world_create(&w);
    struct priority_op request = deposit_to(1, 1024, 5);
    CHECK_ERR(ZK_ERR_INPUT, block_put_priority(w.b, &r, &request));
    request = (struct priority_op){.type = PRIORITY_FULL_EXIT, .full_exit = {.account_id = ACCOUNT_ID_NOBODY}};
    CHECK_ERR(ZK_ERR_INPUT, block_put_priority(w.b, &r, &request));
    request = (struct priority_op){.type = PRIORITY_FULL_EXIT, .full_exit = {.account_id = 1, .token = 1024}};
    CHECK_ERR(ZK_ERR_INPUT, block_put_priority(w.b, &r, &request));
    CHECK_EQ_U64(0, block_op_count(w.b));
    world_destroy(&w);
}

/* Fees and what else the fee account gets may not add up to 2^128. */
static void test_fee_account__never_overflows(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    struct priority_op request = deposit_to(1, 7, U128_MAX);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT);
    request = deposit_to(0, 7, U128_MAX - 15);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT);
    struct tx tx = good_transfer();
    tx.transfer.token = 7;
    check_taken(&w, &tx, OP_TRANSFER); /* fee 10 */
    tx.transfer.nonce = 1;
    check_fails(&w, &tx, FAIL_BALANCE_TOO_BIG, "A balance would exceed the maximum of 2^128-1");
    tx.transfer.fee = 5;
    check_taken(&w, &tx, OP_TRANSFER);
    struct block_result r;
    request = deposit_to(0, 7, 1);
    CHECK_OK(block_put_priority(w.b, &r, &request));
    CHECK(r.answer == BLOCK_FULL && r.limit == BLOCK_LIMIT_FEE_ACCOUNT);
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    CHECK(state_balance(w.s, 0, 7) == U128_MAX);
    begin(&w);
    CHECK(priority_kind(&w, &request) == OP_DEPOSIT_REFUSED);
    world_destroy(&w);
}

/* ---- what closes a block */

/* Puts transfers 1 -> 2 with these fees until the block is full; returns how many were taken. */
static unsigned fill(struct world *w, block_limit want)
{
    for (unsigned n = 0;; n++) {
        struct tx tx = good_transfer();
        tx.transfer.nonce = n;
        tx.transfer.amount = 1;
        tx.transfer.fee = 1;
        struct tx_facts facts = facts_of(&tx);
        struct block_result r;
        CHECK_OK(block_put_tx(w->b, &r, &tx, &facts));
        if (r.answer == BLOCK_TAKEN) continue;
        CHECK(r.answer == BLOCK_FULL);
        CHECK_EQ_STR(block_limit_str(want), block_limit_str(r.limit));
        return n;
    }
}

static void world_with_limits(struct world *w, struct block_config *config)
{
    const struct state_config state = {.accounts = 64, .nfts = 64, .balance_bytes = 1 << 20, .address_key = {1, 1}};
    world_create_with(w, &state, config);
}

static void test_block__closes_at_each_limit(struct prng *rng)
{
    (void)rng;
    struct world w;
    struct block_config config = block_config_default();
    config.slots = 40;
    world_with_limits(&w, &config);
    CHECK_EQ_U64(39, fill(&w, BLOCK_LIMIT_SLOTS)); /* and one slot for the fees */
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    CHECK_EQ_U64(40, block_sealed(w.b)->used);
    CHECK_EQ_U64(40, block_sealed(w.b)->capacity);
    world_destroy(&w);

    config = block_config_default();
    config.calldata_bytes = config.costs.base_bytes + PUBDATA_OPENING_BYTES + 500;
    world_with_limits(&w, &config);
    CHECK_EQ_U64(500 / 12, fill(&w, BLOCK_LIMIT_BYTES));
    CHECK_EQ_U64(config.calldata_bytes - 500 % 12, block_totals(w.b).bytes);
    world_destroy(&w);

    config = block_config_default();
    config.gas = config.costs.base_gas + (6 + 500) * config.costs.word_gas;
    world_with_limits(&w, &config);
    CHECK_EQ_U64(500, fill(&w, BLOCK_LIMIT_GAS));
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    CHECK_EQ_U64(640, block_sealed(w.b)->capacity);
    world_destroy(&w);
}

/* ---- what the contract refuses to commit (TooMuchToExecute) */

/* "NAME = 30_000;" in the contract's source. */
static uint64_t contract_constant(const char *name)
{
    static char *source;
    if (source == NULL) {
        FILE *f = fopen(ZK_SOURCE_DIR "/contracts/src/ZkRollOperator.sol", "rb");
        CHECK(f != NULL);
        source = calloc(1, 1 << 17);
        CHECK(source != NULL);
        CHECK(fread(source, 1, (1 << 17) - 1, f) > 1000);
        (void)fclose(f);
    }
    char text[64];
    uint64_t value = 0;
    (void)snprintf(text, sizeof text, " constant %s = ", name);
    const char *p = strstr(source, text);
    CHECK_MSG(p != NULL, "no %s in the contract", name);
    for (p += strlen(text); *p != ';'; p++) {
        if (*p == '_') continue;
        CHECK(*p >= '0' && *p <= '9');
        value = 10 * value + (uint64_t)(*p - '0');
    }
    return value;
}

/* What the contract counts, as its _checkSettlement does. */
static uint64_t contract_counts(const uint8_t *settlement, size_t len)
{
    uint64_t gas = 0;
    for (size_t at = 0; at < len;) {
        const uint8_t code = settlement[at];
        const bool nft = code == SETTLE_WITHDRAW_NFT || code == SETTLE_FULL_EXIT_NFT;
        if (code != SETTLE_DEPOSIT && code != SETTLE_CHANGE_PUBKEY)
            gas += contract_constant(nft ? "CREDIT_NFT_GAS" : "CREDIT_GAS");
        at += contract_constant(nft ? "NFT_OPERATION_BYTES" : "OPERATION_BYTES");
        CHECK(at <= len);
    }
    return gas;
}

#define SETTLED_KINDS 8
static const op_kind settled_kinds[SETTLED_KINDS] = {OP_DEPOSIT,      OP_DEPOSIT_REFUSED, OP_WITHDRAW,
                                                     OP_FORCED_EXIT,  OP_FULL_EXIT,       OP_CHANGE_PUBKEY,
                                                     OP_WITHDRAW_NFT, OP_FULL_EXIT_NFT};

/* A request from L1 that becomes such an operation. */
static struct priority_op request_of(op_kind kind)
{
    struct priority_op p = {.type = PRIORITY_DEPOSIT};
    if (kind == OP_DEPOSIT || kind == OP_DEPOSIT_REFUSED) {
        p.deposit.token = kind == OP_DEPOSIT ? 3 : 0;
        p.deposit.amount = kind == OP_DEPOSIT ? 1 : U128_MAX;
        p.deposit.to = address_of(1);
        return p;
    }
    p.type = PRIORITY_FULL_EXIT;
    p.full_exit.account_id = 5;
    p.full_exit.owner = address_of(5);
    p.full_exit.token = kind == OP_FULL_EXIT ? 1 : NFT_ID_FIRST + 50000;
    return p;
}

static uint32_t nonce_of(struct world *w, uint32_t id)
{
    struct account_leaf leaf;
    state_account(&leaf, w->s, id);
    return leaf.nonce;
}

/* One more operation of the kind, without a fee; an NFT withdrawal takes the next of account 2's. */
static struct block_result put_settled(struct world *w, op_kind kind, uint32_t *nft)
{
    struct block_result r;
    if (op_is_priority(kind)) {
        const struct priority_op request = request_of(kind);
        CHECK_OK(block_put_priority(w->b, &r, &request));
    } else {
        struct tx tx = kind == OP_WITHDRAW        ? good_withdraw()
                       : kind == OP_FORCED_EXIT   ? good_forced_exit()
                       : kind == OP_CHANGE_PUBKEY ? good_change_pubkey()
                                                  : good_withdraw_nft();
        switch (kind) {
        case OP_WITHDRAW:
            tx.withdraw.fee = 0;
            tx.withdraw.amount = 1;
            tx.withdraw.nonce = nonce_of(w, 1);
            break;
        case OP_FORCED_EXIT:
            tx.forced_exit.fee = 0;
            tx.forced_exit.initiator_id = 3;
            tx.forced_exit.nonce = nonce_of(w, 3);
            break;
        case OP_CHANGE_PUBKEY:
            tx.change_pubkey.fee = 0;
            tx.change_pubkey.account_id = 4;
            tx.change_pubkey.account = address_of(4);
            tx.change_pubkey.new_pubkey_hash = key_of(4);
            tx.change_pubkey.nonce = nonce_of(w, 4);
            break;
        default:
            tx.withdraw_nft.fee = 0;
            tx.withdraw_nft.token = *nft;
            tx.withdraw_nft.nonce = nonce_of(w, 2);
            break;
        }
        const struct tx_facts facts = facts_of(&tx);
        CHECK_OK(block_put_tx(w->b, &r, &tx, &facts));
    }
    CHECK_MSG(r.answer != BLOCK_REFUSED, "%s", fail_reason_str(r.reason));
    if (r.answer == BLOCK_FULL) return r;
    CHECK_EQ_STR(op_kind_str(kind), op_kind_str(block_op(w->b, r.first_op)->kind));
    *nft += kind == OP_WITHDRAW_NFT;
    return r;
}

/* An open block without limits but those of the contract, and of 2,560 slots; account 2 has 500 NFTs. */
static uint32_t world_for_execution(struct world *w)
{
    const struct state_config state = {.accounts = 64, .nfts = 1024, .balance_bytes = 1 << 20, .address_key = {1, 1}};
    struct block_config config = block_config_default();
    config.gas = 1000000000;
    config.calldata_bytes = 10000000;
    world_create_with(w, &state, &config);
    for (unsigned i = 0; i < 500; i++) {
        struct tx tx = good_mint();
        tx.mint_nft.fee = 0;
        tx.mint_nft.recipient = address_of(2);
        tx.mint_nft.nonce = i;
        check_taken(w, &tx, OP_MINT_NFT);
    }
    CHECK_OK(block_seal(w->b, NULL, NULL, NULL));
    begin(w);
    return NFT_ID_FIRST;
}

/* The block that is full of what L1 executes is one that the contract commits, by an operation at most. */
static void check_execution(struct world *w, op_kind next)
{
    const uint64_t most = contract_constant("EXECUTE_GAS_MAX");
    const struct block_totals totals = block_totals(w->b);
    CHECK_OK(block_seal(w->b, NULL, NULL, NULL));
    const struct block_sealed *b = block_sealed(w->b);
    const uint64_t gas = contract_counts(b->settlement, b->settlement_len);
    CHECK_EQ_U64(gas, totals.execute_gas);
    CHECK(gas <= most && gas + op_execute_gas(next) > most);
}

static void test_execution__constants_are_the_contracts(struct prng *rng)
{
    (void)rng;
    CHECK_EQ_U64(contract_constant("CREDIT_GAS"), CREDIT_GAS);
    CHECK_EQ_U64(contract_constant("CREDIT_NFT_GAS"), CREDIT_NFT_GAS);
    CHECK_EQ_U64(contract_constant("EXECUTE_GAS_MAX"), EXECUTE_GAS_MAX);
}

static void test_execution__closes_a_block_of_any_kind(struct prng *rng)
{
    (void)rng;
    for (unsigned i = 0; i < SETTLED_KINDS; i++) {
        struct world w;
        const op_kind kind = settled_kinds[i];
        uint32_t nft = world_for_execution(&w);
        const unsigned each = op_execute_gas(kind);
        const unsigned most = each == 0 ? BLOCK_SLOTS_MAX : EXECUTE_GAS_MAX / each;
        struct block_result r;
        unsigned n = 0;
        for (r = put_settled(&w, kind, &nft); r.answer == BLOCK_TAKEN; r = put_settled(&w, kind, &nft)) n++;
        CHECK_EQ_STR(block_limit_str(each == 0 ? BLOCK_LIMIT_SLOTS : BLOCK_LIMIT_EXECUTION), block_limit_str(r.limit));
        CHECK_EQ_U64(most, n);
        if (each != 0) {
            check_execution(&w, kind);
            begin(&w);
            CHECK(put_settled(&w, kind, &nft).answer == BLOCK_TAKEN); /* it is the next block's first */
        }
        world_destroy(&w);
    }
}

static void test_execution__closes_a_block_of_any_mixture(struct prng *rng)
{
    unsigned closed = 0;
    for (unsigned run = 0; run < 8; run++) {
        struct world w;
        struct block_result r;
        op_kind kind;
        uint32_t nft = world_for_execution(&w);
        const unsigned kinds = 1 + (unsigned)prng_below(rng, 255); /* which of them this block has */
        do {
            unsigned i = (unsigned)prng_below(rng, SETTLED_KINDS);
            while ((kinds >> i & 1) == 0) i = (i + 1) % SETTLED_KINDS;
            kind = settled_kinds[i];
            r = put_settled(&w, kind, &nft);
        } while (r.answer == BLOCK_TAKEN);
        if (r.limit == BLOCK_LIMIT_EXECUTION) check_execution(&w, kind);
        closed += r.limit == BLOCK_LIMIT_EXECUTION;
        world_destroy(&w);
    }
    CHECK(closed >= 4);
}

static bool is_config(const struct block_config *config)
{
    struct block *b;
    if (block_create(&b, config) != ZK_OK) return false;
    block_destroy(b);
    return true;
}

/* Whatever L1 queues fits into an empty block, of the smallest that there may be too: else it would stop the chain. */
static void test_requests__fit_into_the_smallest_block(struct prng *rng)
{
    (void)rng;
    const struct state_config state = {.accounts = 64, .nfts = 64, .balance_bytes = 1 << 20, .address_key = {1, 1}};
    struct block_config small = block_config_default();
    small.slots = 0;
    while (!is_config(&small)) small.slots++;
    for (unsigned which = 0; which < 2; which++) {
        struct block_config config = small;
        if (which == 0)
            for (; is_config(&config); config.gas -= 100) {}
        else
            for (; is_config(&config); config.calldata_bytes -= 4) {}
        config.gas += which == 0 ? 100 : 0;
        config.calldata_bytes += which == 0 ? 0 : 4;
        for (unsigned i = 0; i < SETTLED_KINDS; i++) {
            struct world w;
            uint32_t nft = 0;
            if (!op_is_priority(settled_kinds[i])) continue;
            world_create_with(&w, &state, &config);
            CHECK(put_settled(&w, settled_kinds[i], &nft).answer == BLOCK_TAKEN);
            world_destroy(&w);
        }
    }
}

static void test_block__config_must_hold_any_operation(struct prng *rng)
{
    (void)rng;
    struct block *b;
    struct block_config config = block_config_default();
    config.slots = 4;
    CHECK_ERR(ZK_ERR_RANGE, block_create(&b, &config));
    config = block_config_default();
    config.slots = BLOCK_SLOTS_MAX + 1;
    CHECK_ERR(ZK_ERR_RANGE, block_create(&b, &config));
    config = block_config_default();
    config.gas = config.costs.base_gas;
    CHECK_ERR(ZK_ERR_RANGE, block_create(&b, &config));
    config = block_config_default();
    config.calldata_bytes = config.costs.base_bytes + 100;
    CHECK_ERR(ZK_ERR_RANGE, block_create(&b, &config));
    config = block_config_default();
    config.fee_tokens = 0;
    CHECK_ERR(ZK_ERR_RANGE, block_create(&b, &config));
}

static void test_classes__are_kept_for_tokens_without_one(struct prng *rng)
{
    (void)rng;
    struct world w;
    struct block_config config = block_config_default();
    config.fee_tokens = 3;
    world_with_limits(&w, &config);
    eth_address one = address_of(1);
    for (uint32_t token = 2; token < 20; token++) deposit(&w, &one, token, 1000000);
    uint32_t nonce = 0;
    for (unsigned fee = 1; fee <= 20; fee++) {
        struct tx tx = good_transfer();
        tx.transfer.nonce = nonce++;
        tx.transfer.fee = fee;
        check_taken(&w, &tx, fee <= 14 ? OP_TRANSFER : OP_TRANSFER_LONG);
    }
    /* two classes are left for two more tokens */
    for (uint32_t token = 2; token < 5; token++) {
        struct tx tx = good_transfer();
        tx.transfer.nonce = nonce;
        tx.transfer.token = token;
        struct tx_facts facts = facts_of(&tx);
        struct block_result r;
        CHECK_OK(block_put_tx(w.b, &r, &tx, &facts));
        if (token < 4) {
            CHECK(r.answer == BLOCK_TAKEN);
            nonce++;
        } else {
            CHECK(r.answer == BLOCK_FULL && r.limit == BLOCK_LIMIT_CLASSES);
        }
    }
    CHECK_EQ_U64(FEE_CLASSES, block_totals(w.b).classes);
    /* without a fee any token goes, in the long form */
    struct tx tx = good_transfer();
    tx.transfer.nonce = nonce;
    tx.transfer.token = 10;
    tx.transfer.fee = 0;
    check_taken(&w, &tx, OP_TRANSFER_LONG);
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    world_destroy(&w);
}

/* Expected classes never stand in the way of an empty block's first operation. */
static void test_classes__expected_ones_give_way(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    struct fee_class classes[FEE_CLASSES];
    for (unsigned i = 0; i < FEE_CLASSES; i++) classes[i] = (struct fee_class){0, 100 + i};
    block_begin(w.b, w.s, &(struct block_header){1, 0, TS}, classes, FEE_CLASSES);
    struct tx tx = good_transfer();
    tx.transfer.token = 1;
    check_taken(&w, &tx, OP_TRANSFER);
    CHECK_EQ_U64(1, block_totals(w.b).classes);
    world_destroy(&w);
}

/* Nor in that of a batch, whose later transactions may need other classes than the first. */
static void test_classes__expected_ones_give_way_to_a_batch(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    struct fee_class classes[FEE_CLASSES];
    for (unsigned i = 0; i < FEE_CLASSES; i++) classes[i] = (struct fee_class){0, 10 + i};
    struct tx txs[3] = {good_transfer(), good_transfer(), good_transfer()};
    struct tx_facts facts[3];
    txs[1].transfer.nonce = 1;
    txs[1].transfer.token = 1;
    txs[2].transfer.nonce = 3; /* a gap */
    for (int i = 0; i < 3; i++) facts[i] = facts_of(&txs[i]);
    struct block_result r;
    for (size_t n = 3; n >= 2; n--) {
        block_begin(w.b, w.s, &(struct block_header){1, 0, TS}, classes, FEE_CLASSES);
        CHECK_OK(block_put_batch(w.b, &r, txs, facts, n));
        CHECK_EQ_U64(n == 2 ? 2 : 0, block_op_count(w.b));
        CHECK_EQ_U64(n == 2 ? 2 : FEE_CLASSES, block_totals(w.b).classes);
        if (n == 2) break;
        CHECK(r.answer == BLOCK_REFUSED && r.reason == FAIL_NONCE_MISMATCH);
        CHECK_EQ_U64(2, r.failed);
    }
    CHECK(r.answer == BLOCK_TAKEN);
    CHECK(block_op(w.b, 0)->kind == OP_TRANSFER && block_op(w.b, 1)->kind == OP_TRANSFER);
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    CHECK_EQ_U64(20, (uint64_t)state_balance(w.s, 0, 0) + (uint64_t)state_balance(w.s, 0, 1));
    world_destroy(&w);
}

/* ---- taking back */

static void test_batch__undoes_all_of_a_failed_one(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    struct tx txs[3] = {good_transfer(), good_mint(), good_transfer()};
    txs[0].transfer.to = address_of(60); /* creates an account */
    txs[1].mint_nft.nonce = 1;
    txs[2].transfer.nonce = 3;
    struct tx_facts facts[3];
    for (int i = 0; i < 3; i++) facts[i] = facts_of(&txs[i]);
    struct block_result r;
    struct block_totals before = block_totals(w.b);
    CHECK_OK(block_put_batch(w.b, &r, txs, facts, 3));
    CHECK(r.answer == BLOCK_REFUSED);
    CHECK_EQ_U64(2, r.failed);
    char text[BATCH_FAIL_TEXT_MAX];
    batch_fail_text(text, r.failed + 1, r.reason);
    CHECK_EQ_STR("Batch execution failed, since tx #3 of batch failed with a reason: Nonce mismatch", text);
    struct block_totals after = block_totals(w.b);
    CHECK(before.slots == after.slots && before.bytes == after.bytes && before.gas == after.gas);
    CHECK(before.classes == after.classes && before.priority == after.priority);
    CHECK_EQ_U64(7, state_account_count(w.s));
    CHECK_EQ_U64(0, state_nft_count(w.s));
    uint32_t id;
    CHECK(!state_find(&id, w.s, &txs[0].transfer.to));
    txs[2].transfer.nonce = 2;
    CHECK_OK(block_put_batch(w.b, &r, txs, facts, 3));
    CHECK(r.answer == BLOCK_TAKEN);
    CHECK_EQ_U64(3, block_op_count(w.b));
    CHECK(block_op_tx(w.b, 1)->type == TX_MINT_NFT);
    world_destroy(&w);
}

static void test_batch__too_big_for_any_block_fails(struct prng *rng)
{
    (void)rng;
    struct world w;
    struct block_config config = block_config_default();
    config.slots = 16;
    world_with_limits(&w, &config);
    struct tx txs[20];
    struct tx_facts facts[20];
    for (unsigned i = 0; i < 20; i++) {
        txs[i] = good_transfer();
        txs[i].transfer.nonce = i;
        facts[i] = facts_of(&txs[i]);
    }
    struct block_result r;
    CHECK_OK(block_put_batch(w.b, &r, txs, facts, 20));
    CHECK(r.answer == BLOCK_REFUSED && r.reason == FAIL_BATCH_TOO_BIG);
    char text[BATCH_FAIL_TEXT_MAX];
    batch_fail_text(text, r.failed + 1, r.reason);
    CHECK_EQ_STR("Amount of gas required to process batch is too big", text);
    seen[r.reason]++;
    struct tx tx = good_withdraw();
    tx.withdraw.account_id = 2;
    tx.withdraw.from = address_of(2);
    check_taken(&w, &tx, OP_WITHDRAW);
    CHECK_OK(block_put_batch(w.b, &r, txs, facts, 15));
    CHECK(r.answer == BLOCK_FULL);
    CHECK_EQ_U64(1, block_op_count(w.b));
    CHECK_OK(block_put_batch(w.b, &r, txs, facts, 14));
    CHECK(r.answer == BLOCK_TAKEN);
    world_destroy(&w);
}

static void put_some(struct world *w)
{
    eth_address a = address_of(77);
    deposit(w, &a, 3, 12345);
    struct tx tx = good_swap();
    check_taken(w, &tx, OP_SWAP);
    tx = good_mint();
    tx.mint_nft.nonce = 1;
    check_taken(w, &tx, OP_MINT_NFT);
    tx = good_transfer();
    tx.transfer.nonce = 2;
    tx.transfer.to = address_of(78);
    check_taken(w, &tx, OP_TRANSFER_NEW);
    tx = good_forced_exit();
    tx.forced_exit.nonce = 3;
    check_taken(w, &tx, OP_FORCED_EXIT);
    tx = good_transfer();
    tx.transfer.nonce = 4;
    tx.transfer.token = NFT_ID_FIRST;
    tx.transfer.amount = 1;
    tx.transfer.fee = 0;
    tx.transfer.to = address_of(79);
    check_taken(w, &tx, OP_NFT_TRANSFER_NEW);
    tx = good_transfer();
    tx.transfer.nonce = 5;
    check_taken(w, &tx, OP_TRANSFER);
}

static void test_block__abandon_and_unwind_leave_no_trace(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    fr before, after, sealed;
    state_root(&before, w.s);
    put_some(&w);
    block_abandon(w.b);
    put_some(&w);
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    sealed = block_sealed(w.b)->new_root;
    CHECK(!fr_eq(&before, &sealed));
    CHECK_OK(block_unwind(w.b, NULL));
    state_root(&after, w.s);
    CHECK(fr_eq(&before, &after));
    CHECK_EQ_U64(7, state_account_count(w.s));
    block_set_timestamp(w.b, TS + 5);
    put_some(&w);
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    CHECK(fr_eq(&sealed, &block_sealed(w.b)->new_root));
    world_destroy(&w);
}

static void test_block__may_be_empty(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    struct arena arena;
    struct block_trace *trace;
    CHECK_OK(arena_map(&arena, block_trace_memory(40, NULL)));
    CHECK_OK(block_seal(w.b, NULL, &arena, &trace));
    const struct block_sealed *sealed = block_sealed(w.b);
    CHECK(fr_eq(&sealed->old_root, &sealed->new_root));
    CHECK_EQ_U64(0, sealed->settlement_len);
    CHECK_EQ_U64(PUBDATA_OPENING_BYTES, sealed->delta_len);
    CHECK_EQ_U64(40, trace->capacity);
    CHECK(trace->slots[39].op->kind == OP_NOOP);
    arena_unmap(&arena);
    world_destroy(&w);
}

/* Each slot says whose signature it verifies, and over which bytes. */
static void test_trace__names_the_signers(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    put_some(&w);
    struct arena arena;
    struct block_trace *trace;
    CHECK_OK(arena_map(&arena, block_trace_memory(40, NULL)));
    CHECK_OK(block_seal(w.b, NULL, &arena, &trace));
    static const slot_signer want[] = {SIGNER_NONE, SIGNER_ORDER_0, SIGNER_ORDER_1, SIGNER_TX,
                                       SIGNER_TX,   SIGNER_NONE,    SIGNER_TX,      SIGNER_TX,
                                       SIGNER_TX,   SIGNER_NONE,    SIGNER_TX,      SIGNER_NONE};
    static const uint8_t first[] = {0, 'o', 'o', 0xf4, 0xf6, 0, 0xfa, 0xf7, 0xfa, 0, 0xfa, 0};
    for (unsigned i = 0; i < ZK_COUNT(want); i++) {
        uint8_t bytes[TX_SIGN_BYTES_MAX];
        size_t len;
        CHECK_EQ_U64(want[i], trace->slots[i].signer);
        CHECK(slot_sign_bytes(bytes, &len, &trace->slots[i]) == (want[i] != SIGNER_NONE));
        CHECK((trace->slots[i].signature != NULL) == (want[i] != SIGNER_NONE));
        if (len > 0) CHECK_EQ_U64(first[i], bytes[0]);
    }
    CHECK(trace->slots[11].op->kind == OP_COLLECT_FEES);
    CHECK(trace->slots[2].part == 1 && trace->slots[2].op->kind == OP_SWAP);
    arena_unmap(&arena);
    world_destroy(&w);
}

/* Damaged traces are refused, or are other traces: never read out of bounds, never the same. */
static void test_trace__decoding_refuses_damage(struct prng *rng)
{
    struct world w;
    world_create(&w);
    put_some(&w);
    struct arena arena;
    struct block_trace *trace, *back;
    CHECK_OK(arena_map(&arena, (size_t)1 << 23));
    CHECK_OK(block_seal(w.b, NULL, &arena, &trace));
    size_t len, cap = block_trace_bytes_max(40), len_again;
    uint8_t *bytes = arena_push(&arena, uint8_t, cap), *again = arena_push(&arena, uint8_t, cap);
    CHECK_OK(block_trace_encode(bytes, &len, cap, trace));
    size_t mark = arena_mark(&arena);
    for (size_t cut = 0; cut < len; cut += 61) CHECK_ERR(ZK_ERR_INPUT, block_trace_decode(&back, bytes, cut, &arena));
    CHECK_EQ_U64(mark, arena_mark(&arena));
    unsigned refused = 0, other = 0;
    for (size_t i = 0; i < len; i += i < 5000 ? 1 + prng_below(rng, 7) : 1 + prng_below(rng, 200)) {
        bytes[i] ^= (uint8_t)(1u << prng_below(rng, 8));
        zk_err err = block_trace_decode(&back, bytes, len, &arena);
        if (err != ZK_OK) {
            CHECK(err == ZK_ERR_INPUT || err == ZK_ERR_UNSUPPORTED);
            refused++;
        } else {
            CHECK_OK(block_trace_encode(again, &len_again, cap, back));
            CHECK(len_again == len && memcmp(bytes, again, len) == 0);
            other++;
        }
        CHECK_OK(block_trace_encode(bytes, &len_again, cap, trace));
        arena_release(&arena, mark);
    }
    CHECK(refused > 0 && other > 0);
    struct arena tiny;
    CHECK_OK(arena_map(&tiny, 4096));
    CHECK_ERR(ZK_ERR_FULL, block_trace_decode(&back, bytes, len, &tiny));
    arena_unmap(&tiny);
    arena_unmap(&arena);
    world_destroy(&w);
}

/* ---- replay refuses what no block can have published */

static void check_replay_refused(const struct block_sealed *good, struct state *s, size_t at, uint8_t flip, bool delta)
{
    static uint8_t settlement[8192], copy[8192];
    memcpy(settlement, good->settlement, good->settlement_len);
    memcpy(copy, good->delta, good->delta_len);
    (delta ? copy : settlement)[at] ^= flip;
    fr before, after;
    struct replay *r;
    CHECK_OK(replay_create(&r));
    state_root(&before, s);
    zk_err err = replay_block(r, s, 0, settlement, good->settlement_len, copy, good->delta_len, NULL);
    state_root(&after, s);
    if (err != ZK_OK) {
        CHECK(fr_eq(&before, &after));
        CHECK_EQ_U64(0, replay_op_count(r));
    } else {
        CHECK_MSG(!fr_eq(&good->new_root, &after), "%s byte %zu", delta ? "delta" : "settlement", at);
        CHECK_OK(replay_undo(r, s, NULL));
    }
    state_root(&after, s);
    CHECK(fr_eq(&before, &after));
    replay_destroy(r);
}

static void test_replay__of_altered_streams_never_gives_the_root(struct prng *rng)
{
    struct world w, copy;
    world_create(&w);
    world_create(&copy);
    put_some(&w);
    CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
    const struct block_sealed *sealed = block_sealed(w.b);
    for (size_t i = 0; i < sealed->settlement_len; i++)
        check_replay_refused(sealed, copy.s, i, (uint8_t)(1u << prng_below(rng, 8)), false);
    for (size_t i = 0; i < sealed->delta_len; i++) {
        uint8_t flip = (uint8_t)(1u << prng_below(rng, 8));
        /* A class that nobody uses means nothing, and two classes of one token mean the same to who states a fee. */
        bool unused = i >= 8 + 4 * block_totals(w.b).classes && i < PUBDATA_OPENING_BYTES;
        bool free_class = i >= PUBDATA_OPENING_BYTES && i % WORD_BYTES == 0 && flip < 16;
        if (!unused && !free_class) check_replay_refused(sealed, copy.s, i, flip, true);
    }
    world_destroy(&w);
    world_destroy(&copy);
}

/* Nobody checks a fee account that gets nothing. */
static void test_replay__needs_a_fee_account_only_for_fees(struct prng *rng)
{
    (void)rng;
    static const uint32_t nobody[] = {40, ACCOUNT_ID_MAX, ACCOUNT_ID_NOBODY, UINT32_MAX};
    for (unsigned i = 0; i < ZK_COUNT(nobody); i++) {
        for (unsigned fee = 0; fee < 2; fee++) {
            struct world w, copy;
            struct replay *r;
            world_create(&w);
            world_create(&copy);
            struct tx tx = good_transfer();
            tx.transfer.fee = fee;
            check_taken(&w, &tx, OP_TRANSFER);
            CHECK_OK(block_seal(w.b, NULL, NULL, NULL));
            const struct block_sealed *b = block_sealed(w.b);
            CHECK_OK(replay_create(&r));
            zk_err err =
                replay_block(r, copy.s, nobody[i], b->settlement, b->settlement_len, b->delta, b->delta_len, NULL);
            CHECK(err == (fee == 0 ? ZK_OK : ZK_ERR_INPUT));
            replay_destroy(r);
            world_destroy(&w);
            world_destroy(&copy);
        }
    }
}

/* Transfers of nothing from account 1 to 2, with the fees of classes 0 and 2 in turn: 1 or 2 of token 0. */
static size_t put_transfers(uint8_t *delta, size_t n)
{
    const struct fee_class classes[FEE_CLASSES] = {[0] = {0, 1}, [2] = {0, 2}};
    fee_classes_encode(delta, classes);
    uint8_t *p = delta + PUBDATA_OPENING_BYTES;
    for (size_t i = 0; i < n; i++, p += WORD_BYTES) {
        memset(p, 0, WORD_BYTES);
        p[0] = (uint8_t)(0x10 | (i & 1) * 2);
        p[3] = 1;
        p[6] = 2;
    }
    return (size_t)(p - delta);
}

/* A block with one operation a slot and fees in two pairs of classes, of one token: a circuit may collect them in one
 * slot, so that only one is missing to the operations. */
static void test_replay__of_a_full_block_with_fees_in_many_classes(struct prng *rng)
{
    (void)rng;
    static uint8_t delta[PUBDATA_OPENING_BYTES + (BLOCK_SLOTS_MAX + 1) * WORD_BYTES];
    struct world w;
    struct replay *r;
    fr at_once, in_parts, before, after;
    world_create(&w);
    CHECK_OK(replay_create(&r));
    state_root(&before, w.s);
    CHECK_OK(replay_block(r, w.s, 0, NULL, 0, delta, put_transfers(delta, BLOCK_SLOTS_MAX - 1), NULL));
    CHECK_EQ_U64(BLOCK_SLOTS_MAX - 1, replay_op_count(r));
    CHECK(state_balance(w.s, 0, 0) == BLOCK_SLOTS_MAX / 2 + 2 * (BLOCK_SLOTS_MAX / 2 - 1));
    state_root(&at_once, w.s);
    CHECK_OK(replay_undo(r, w.s, NULL));
    state_root(&after, w.s);
    CHECK(fr_eq(&before, &after));
    for (size_t left = BLOCK_SLOTS_MAX - 1; left > 0;) { /* the same in smaller blocks */
        const size_t n = left > 1000 ? 1000 : left;
        CHECK_OK(replay_block(r, w.s, 0, NULL, 0, delta, put_transfers(delta, n), NULL));
        left -= n;
    }
    state_root(&in_parts, w.s);
    CHECK(fr_eq(&at_once, &in_parts));
    CHECK_ERR(ZK_ERR_INPUT, replay_block(r, w.s, 0, NULL, 0, delta, put_transfers(delta, BLOCK_SLOTS_MAX + 1), NULL));
    state_root(&after, w.s);
    CHECK(fr_eq(&in_parts, &after));
    replay_destroy(r);
    world_destroy(&w);
}

/* An operator may create a second account for an address; replay follows, and the first one stays the one found. */
static void test_replay__accepts_a_second_account_of_an_address(struct prng *rng)
{
    (void)rng;
    struct world w;
    world_create(&w);
    const struct op op = {.kind = OP_DEPOSIT, .account = 7, .amount = 5, .address = address_of(1)};
    struct slot_words slots[OP_SLOTS_MAX];
    CHECK_EQ_U64(1, op_encode(slots, &op));
    uint8_t delta[PUBDATA_OPENING_BYTES + WORD_BYTES];
    const struct fee_class classes[FEE_CLASSES] = {{0}};
    fee_classes_encode(delta, classes);
    memcpy(delta + PUBDATA_OPENING_BYTES, slots[0].words[4], WORD_BYTES);
    struct replay *r;
    CHECK_OK(replay_create(&r));
    CHECK_OK(replay_block(r, w.s, 0, slots[0].words[0], 4 * WORD_BYTES, delta, sizeof delta, NULL));
    CHECK(state_balance(w.s, 7, 0) == 5);
    uint32_t id;
    CHECK(state_find(&id, w.s, &op.address));
    CHECK_EQ_U64(1, id);
    CHECK_OK(replay_undo(r, w.s, NULL));
    CHECK(state_find(&id, w.s, &op.address));
    CHECK_EQ_U64(1, id);
    replay_destroy(r);
    world_destroy(&w);
}

/* Last: every reason has been met. */
static void test_reasons__were_all_provoked(struct prng *rng)
{
    (void)rng;
    for (fail_reason i = FAIL_NONE + 1; i < FAIL_REASONS; i++)
        CHECK_MSG(seen[i] > 0, "\"%s\" was never provoked", fail_reason_str(i));
}

/* Runs the tests that provoke reasons first, so that it also works alone. */
static void test_every_reason__is_provoked(struct prng *rng)
{
    test_transfer__fails_for_each_reason(rng);
    test_withdraw__fails_for_each_reason(rng);
    test_change_pubkey__fails_for_each_reason(rng);
    test_forced_exit__fails_for_each_reason(rng);
    test_mint__fails_for_each_reason(rng);
    test_withdraw_nft__fails_for_each_reason(rng);
    test_swap__fails_for_each_reason(rng);
    test_nfts__end_with_a_refusal(rng);
    test_batch__too_big_for_any_block_fails(rng);
    test_reasons__were_all_provoked(rng);
}

TEST_MAIN(TEST(test_every_reason__is_provoked), TEST(test_nonce__of_2_32_minus_1_is_never_used),
          TEST(test_accounts__end_with_refused_deposits), TEST(test_deposit__that_overflows_is_refused),
          TEST(test_priority__refuses_what_L1_cannot_queue), TEST(test_fee_account__never_overflows),
          TEST(test_block__closes_at_each_limit), TEST(test_block__config_must_hold_any_operation),
          TEST(test_classes__are_kept_for_tokens_without_one), TEST(test_classes__expected_ones_give_way),
          TEST(test_classes__expected_ones_give_way_to_a_batch), TEST(test_batch__undoes_all_of_a_failed_one),
          TEST(test_block__abandon_and_unwind_leave_no_trace), TEST(test_block__may_be_empty),
          TEST(test_trace__names_the_signers), TEST(test_trace__decoding_refuses_damage),
          TEST(test_replay__of_altered_streams_never_gives_the_root),
          TEST(test_replay__needs_a_fee_account_only_for_fees),
          TEST(test_replay__of_a_full_block_with_fees_in_many_classes),
          TEST(test_execution__constants_are_the_contracts), TEST(test_execution__closes_a_block_of_any_kind),
          TEST(test_execution__closes_a_block_of_any_mixture), TEST(test_requests__fit_into_the_smallest_block),
          TEST(test_replay__accepts_a_second_account_of_an_address))
