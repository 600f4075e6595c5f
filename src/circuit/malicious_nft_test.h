/* malicious_nft_test: forgeries of operations on NFTs, of swaps, and of what the slots of one operation carry. */
#ifndef ZK_CIRCUIT_MALICIOUS_NFT_TEST_H
#define ZK_CIRCUIT_MALICIOUS_NFT_TEST_H

#include "circuit/forge_test.h"

static void set_nft_amount(unsigned amount)
{
    for (unsigned i = 0; i < 2; i++) {
        slot(i)->amount = amount;
        slot(i)->amount_packed = 32 * amount;
    }
    slot(0)->fee_class = slot(1)->fee_class = amount;
}

/* ---- NFTs */

static void test_nft__moved_by_another_than_its_owner(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    const struct tx executed = nft_transfer(2, 3, NFT_ID_FIRST, 0);
    const struct tx is_signed = nft_transfer(2, 3, NFT_ID_FIRST, 1);
    execute_other(&executed, &is_signed, 2, 2);
    set_nft_amount(1);
    refused_by("/nft");
}

static void test_nft__that_does_not_exist(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    const struct tx executed = nft_transfer(2, 3, NFT_ID_FIRST + 2, 0);
    const struct tx is_signed = nft_transfer(2, 3, NFT_ID_FIRST + 2, 1);
    execute_other(&executed, &is_signed, 2, 2);
    set_nft_amount(1);
    refused_by("/nft");
}

static void test_nft__two_of_one(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    const struct tx executed = nft_transfer(1, 3, NFT_ID_FIRST, 1);
    const struct tx is_signed = nft_transfer(1, 3, NFT_ID_FIRST, 2);
    execute_other(&executed, &is_signed, 1, 1);
    set_nft_amount(2);
    refused_by("/nft");
}

static void test_nft__kept_though_it_was_sent(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    const struct tx tx = nft_transfer(1, 3, NFT_ID_FIRST, 1);
    execute_other(&tx, &tx, 1, 1);
    set_nft_amount(0); /* the message says 1 */
    refused_by("/layout");
}

/* The published amount stands in the place of the class, and the NFT moves by the signed one: streams that say another
 * would hide from everybody but the operator where the NFT is. */
static void test_nft__published_with_another_amount(struct prng *rng)
{
    (void)rng;
    for (unsigned to = 3; to <= 5; to += 2) { /* user 5 has no account yet */
        for (unsigned amount = 0; amount < 2; amount++) {
            begin_nfts();
            const struct tx tx = nft_transfer(1, to, NFT_ID_FIRST, amount);
            execute_other(&tx, &tx, 1, 1);
            CHECK(slot(0)->kind == (to == 3 ? SLOT_NFT_TRANSFER : SLOT_NFT_TRANSFER_NEW));
            accepted();
            slot(0)->fee_class = slot(1)->fee_class = 1 - amount;
            refused_by("/words");
            slot(0)->fee_class = slot(1)->fee_class = 2; /* which no reader knows */
            refused_by("/words");
        }
    }
}

/* ---- mint */

static void begin_mint(void)
{
    begin_nfts();
    CHECK(world_mint(&world, 1, &world.users[2].address, 9, 0, 0));
    seal();
    CHECK(slot(0)->kind == SLOT_MINT && slot(1)->kind == SLOT_MINT_2);
}

static void test_mint__of_another_creator_serial_or_owner(struct prng *rng)
{
    (void)rng;
    for (unsigned field = 0; field < 4; field++) {
        begin_mint();
        struct step_hints *nft = &slot(0)->steps[1];
        switch (field) {
        case 0: nft->creator++; break;
        case 1: nft->nonce++; break;
        case 2: plus_one(&nft->address); break;
        case 3: nft->owner++; break;
        default: break;
        }
        refused_by("/nft");
    }
}

static void test_mint__of_another_content(struct prng *rng)
{
    (void)rng;
    begin_mint();
    plus_one(&slot(0)->steps[1].content_lo);
    refused_by("/layout");
    begin_mint();
    plus_one(&slot(0)->steps[1].pubkey_hash);
    refused_by("/layout");
}

static void test_mint__with_another_id_than_the_next(struct prng *rng)
{
    (void)rng;
    begin_mint();
    struct step_hints *nft = &slot(0)->steps[1];
    CHECK_EQ_U64(NFT_ID_FIRST + 2, nft->id);
    nft->id++; /* both are empty, and have the same siblings but for their places */
    refused_by("/accounts");
}

static void test_mint__for_another_than_signed(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    struct tx executed = {.type = TX_MINT_NFT};
    executed.mint_nft = (struct tx_mint_nft){.creator_id = world_id(&world, 1),
                                             .creator = world.users[1].address,
                                             .recipient = world.users[3].address,
                                             .nonce = world_nonce(&world, 1)};
    struct tx is_signed = executed;
    is_signed.mint_nft.recipient = world.users[2].address;
    execute_other(&executed, &is_signed, 1, 1);
    refused_by("/layout");
    slot(0)->signed_address = bytes_of(world.users[2].address.b);
    refused_by("/carry");
}

/* ---- exits */

static void begin_exit(unsigned user, unsigned owner, uint32_t nft)
{
    begin_nfts();
    CHECK(world_full_exit(&world, world_id(&world, user), &world.users[owner].address, nft));
    seal();
    CHECK(slot(0)->kind == SLOT_FULL_EXIT_NFT && slot(1)->kind == SLOT_FULL_EXIT_NFT_2);
}

static void test_nft_exit__that_nobody_may_ask_for(struct prng *rng)
{
    (void)rng;
    begin_exit(1, 2, NFT_ID_FIRST); /* user 2 asks for user 1's */
    slot(1)->amount = 1;
    refused_by("/accounts");
    slot(0)->used[0] = slot(1)->used[0] = true;
    refused_by("/requests");
}

static void test_nft_exit__of_anothers(struct prng *rng)
{
    (void)rng;
    begin_exit(1, 1, NFT_ID_FIRST + 1);
    slot(1)->amount = 1;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    bool nft = false;
    bool accounts = false;
    for (size_t i = 0; i < report.n; i++) {
        nft = nft || strstr(report.found[i].path, "/nft") != NULL;
        accounts = accounts || strstr(report.found[i].path, "/accounts") != NULL;
    }
    CHECK(nft && accounts);
}

static void test_nft_exit__denied(struct prng *rng)
{
    (void)rng;
    begin_exit(1, 1, NFT_ID_FIRST);
    accepted();
    slot(1)->amount = 0;
    refused_by("/accounts");
    slot(1)->used[0] = slot(0)->used[0] = false;
    refused_by("/requests");
}

static void test_nft_exit__with_another_content(struct prng *rng)
{
    (void)rng;
    begin_exit(1, 1, NFT_ID_FIRST);
    plus_one(&slot(0)->steps[1].address); /* the creator's, which slot 0 publishes */
    refused_by("/carry");
    begin_exit(1, 1, NFT_ID_FIRST);
    const uint8_t nothing[58] = {0};
    slot_hints_say(slot(1), nothing, sizeof nothing); /* slot 1 publishes the message's bytes */
    refused_by("/layout");
}

static void test_nft_withdrawal__of_none(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    CHECK(world_withdraw_nft(&world, 1, &world.users[3].address, NFT_ID_FIRST, 0, 0));
    seal();
    slot(0)->used[0] = slot(1)->used[0] = false;
    slot(1)->amount = 0;
    refused_by("/nft");
}

static void test_nft_withdrawal__to_another(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    CHECK(world_withdraw_nft(&world, 1, &world.users[3].address, NFT_ID_FIRST, 0, 0));
    seal();
    plus_one(&slot(0)->address);
    refused_by("/parties");
    plus_one(&slot(0)->signed_address);
    refused_by("/layout");
}

/* ---- what slots of one operation carry */

static void test_carry__of_another_nft_or_receiver(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    CHECK(world_mint(&world, 1, &world.users[1].address, 5, 0, 0)); /* user 1 has two */
    (void)world_seal(&world);
    world_begin(&world, NULL, 0);
    struct nft_proof p;
    state_prove_nft(&p, world.s, NFT_ID_FIRST + 2);
    const struct tx tx = nft_transfer(1, 3, NFT_ID_FIRST, 1);
    execute_other(&tx, &tx, 1, 1);
    const struct slot_hints honest = *slot(1);
    struct step_hints *nft = &slot(1)->steps[1];
    slot(1)->tokens[0] = nft->id = NFT_ID_FIRST + 2;
    nft->nonce = p.leaf.content.serial;
    nft->pubkey_hash = half_of(p.leaf.content.hash.b);
    nft->content_lo = half_of(p.leaf.content.hash.b + 16);
    memcpy(nft->siblings, p.siblings, sizeof nft->siblings);
    memcpy(nft->balance_siblings[1], p.siblings[ACCOUNT_TREE_LEVELS], 4 * sizeof p.siblings[0]);
    refused_by("/carry");
    *slot(1) = honest;
    slot(1)->receivers[1]++;
    refused_by("/carry");
}

static void test_operation__cut_or_without_beginning(struct prng *rng)
{
    (void)rng;
    begin_nfts();
    const struct tx tx = nft_transfer(1, 3, NFT_ID_FIRST, 1);
    execute_other(&tx, &tx, 1, 1);
    const struct slot_hints first = *slot(0);
    const struct slot_hints second = *slot(1);
    *slot(1) = *slot(4); /* its end never comes */
    refused_by("/order");
    *slot(0) = second; /* it has none but the end, and the block begins with it, and with any carry */
    slot_carry(hints.period[0].carry, &first, NULL);
    refused_by("/order");
    *slot(0) = first;
    *slot(1) = second;
    *slot(2) = second; /* twice the end: the NFT is not user 1's any more, but before that: */
    bool order = false;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    for (size_t i = 0; i < report.n; i++) order = order || strstr(report.found[i].path, "/order") != NULL;
    CHECK(order);
}

/* Four slots that change nothing, then an NFT transfer: its second slot stands in the next period. */
static void begin_across_periods(void)
{
    begin_nfts();
    for (unsigned i = 0; i < 4; i++) CHECK(world_full_exit(&world, 500 + i, &world.users[1].address, 0));
    const struct tx tx = nft_transfer(1, 3, NFT_ID_FIRST, 1);
    execute_other(&tx, &tx, 1, 1);
    CHECK(slot(4)->kind == SLOT_NFT_TRANSFER && slot(5)->kind == SLOT_NFT_TRANSFER_2);
}

static void test_operation__left_open_at_the_end(struct prng *rng)
{
    (void)rng;
    begin_across_periods();
    refused_by_label("no operation is left open"); /* period 0 alone */
}

static void test_carry__is_handed_from_period_to_period(struct prng *rng)
{
    (void)rng;
    for (int open = 0; open < 2; open++) {
        begin_across_periods();
        keep_periods(2);
        struct witness w;
        struct builder b;
        accepted();
        audit_forge(&w, &circuit, &hints, NULL, &scratch);
        hints.period[1].open = open == 1; /* as if nothing were handed on, or another context */
        plus_one(&hints.period[1].carry[CARRY_CONTEXT]);
        slot(5)->receivers[1]++;
        if (open == 1) plus_one(&hints.period[1].carry[CARRY_CONTEXT]);
        fr context[CARRY_WIRES];
        slot_carry(context, slot(5), NULL);
        hints.period[1].carry[CARRY_CONTEXT] = context[CARRY_CONTEXT];
        builder_witness(&b, &circuit.cs, 1, w.advice);
        block_circuit_place(&b, &circuit, &hints.period[1], hints.publics);
        hints.publics[PUBLIC_NEW_ROOT] = builder_cell(&b, circuit.cs.period - 1, 0);
        hints.publics[PUBLIC_CHAIN] = builder_cell(&b, circuit.cs.period - 1, 1);
        audit_witness(&audit, &report, &w);
        if (report.n != 1) print_report();
        CHECK_EQ_U64(1, report.n);
        CHECK_EQ_STR("to the next period", report.found[0].what);
        family_shown("to the next period");
    }
}

/* ---- swaps */

static void plan(struct swap_plan *p)
{
    *p = (struct swap_plan){.sellers = {1, 2}, .recipients = {1, 2}, .submitter = 3, .tokens = {0, 5}, .fee_token = 5};
    p->amounts[0] = 1000;
    p->amounts[1] = 2500;
    p->used[0] = true;
}

static void begin_swap(struct swap_plan *p, struct tx *tx)
{
    begin_nfts();
    plan(p);
    *tx = world_plan_swap(&world, p);
}

static void test_swap__is_accepted_when_honest(struct prng *rng)
{
    (void)rng;
    struct swap_plan p;
    struct tx tx;
    begin_swap(&p, &tx);
    struct tx is_signed = tx;
    execute_other_swap(&tx, &is_signed, &p);
    accepted();
    repair_paths(); /* of what is honest, it changes nothing */
    accepted();
}

/* Each field of each order, changed after signing; both orders and the submitter signed the same other orders. */
static void test_swap__order_changed_after_signing(struct prng *rng)
{
    (void)rng;
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned field = 0; field < 7; field++) {
            struct swap_plan p;
            struct tx tx;
            begin_swap(&p, &tx);
            struct tx is_signed = tx;
            struct order *o = &is_signed.swap.orders[side];
            switch (field) {
            case 0: o->account_id++; break;
            case 1: o->recipient = world.users[4].address; break;
            case 2: o->nonce += 1; break; /* a replay, or to come */
            case 3: o->token_sell ^= 2; break;
            case 4: o->token_buy ^= 2; break;
            case 5: o->amount = side == 0 ? 0 : 77; break; /* another than exchanged, or none */
            case 6: o->valid.until = WORLD_TIME - 1; break;
            default: break;
            }
            execute_other_swap(&tx, &is_signed, &p);
            refused_by("/layout");
        }
    }
}

static void test_swap__order_of_another_key_or_none(struct prng *rng)
{
    (void)rng;
    struct swap_plan p;
    struct tx tx;
    begin_swap(&p, &tx);
    struct tx is_signed = tx;
    static const unsigned signers[2] = {1, 4};
    execute_signed_swap(&tx, &is_signed, &p, signers);
    refused_by("/signer");
    begin_swap(&p, &tx);
    is_signed = tx;
    execute_other_swap(&tx, &is_signed, &p);
    slot(0)->signature.s.l[0] ^= 4;
    refused_by("/schnorr");
}

static void test_swap__price_not_met(struct prng *rng)
{
    (void)rng;
    for (unsigned side = 0; side < 2; side++) {
        struct swap_plan p;
        struct tx tx;
        begin_swap(&p, &tx);
        struct tx is_signed = tx;
        is_signed.swap.orders[side].ratio[1]++; /* a little more than it gets */
        execute_other_swap(&tx, &is_signed, &p);
        refused_by("/room");
        begin_swap(&p, &tx);
        is_signed = tx;
        is_signed.swap.orders[side].ratio[0]++; /* a little less is enough */
        execute_other_swap(&tx, &is_signed, &p);
        accepted();
    }
}

/* The submitter signed other orders, other amounts, or to submit for another. */
static void test_swap__not_as_submitted(struct prng *rng)
{
    (void)rng;
    for (unsigned field = 0; field < 6; field++) {
        struct swap_plan p;
        struct tx tx;
        begin_swap(&p, &tx);
        struct tx honest = tx;
        execute_other_swap(&tx, &honest, &p);
        struct tx other = tx;
        uint8_t bytes[TX_SIGN_BYTES_MAX], sig[SIG_BYTES];
        size_t len;
        switch (field) {
        case 0: other.swap.orders[0].recipient = world.users[4].address; break;
        case 1: other.swap.orders[1].valid.from++; break;
        case 2: other.swap.amounts[0]++; break;
        case 3: other.swap.amounts[1]++; break;
        case 4: other.swap.fee_token = 0; break;
        case 5: other.swap.submitter_id++; break;
        default: break;
        }
        CHECK_OK(tx_sign_bytes(bytes, &len, &other));
        CHECK_OK(sig_sign(sig, world.users[3].key, bytes, len));
        CHECK(schnorr_hints_from(&slot(2)->signature, world.users[3].pub, sig, bytes, len));
        struct witness w;
        audit_forge(&w, &circuit, &hints, NULL, &scratch);
        audit_witness(&audit, &report, &w);
        bool layout = false;
        for (size_t i = 0; i < report.n; i++) {
            const bool room = strstr(report.found[i].path, "/room") != NULL; /* of the orders' hash, which is another */
            const bool here = strstr(report.found[i].path, "/layout") != NULL;
            CHECK_MSG(here || (room && field < 2), "%s objects", report.found[i].path);
            layout = layout || here;
        }
        CHECK(layout);
    }
}

/* Proceeds to another account than the order says: the address of the leaf is not the signed one. */
static void test_swap__proceeds_to_another(struct prng *rng)
{
    (void)rng;
    for (unsigned side = 0; side < 2; side++) {
        struct swap_plan p;
        struct tx tx;
        begin_swap(&p, &tx);
        struct tx is_signed = tx;
        is_signed.swap.orders[side].recipient = world.users[4].address;
        execute_other_swap(&tx, &is_signed, &p);
        slot(side)->signed_address = bytes_of(world.users[4].address.b);
        refused_by("/carry");
    }
}

/* An order that states no amount, and yet moves the nonce; one that states it, and does not. */
static void test_swap__mask_other_than_the_orders(struct prng *rng)
{
    (void)rng;
    for (unsigned side = 0; side < 2; side++) {
        struct swap_plan p;
        struct tx tx;
        begin_swap(&p, &tx);
        p.recipients[0] = p.recipients[1] = 4; /* whose leaf has no nonce that moves */
        tx = world_plan_swap(&world, &p);
        struct tx is_signed = tx;
        execute_other_swap(&tx, &is_signed, &p);
        for (unsigned i = 0; i < 3; i++) slot(i)->used[side] = !slot(i)->used[side];
        repair_paths();
        refused_by("/layout");
    }
}

/* The mask says one thing in slot 0 and another in slot 1. */
static void test_swap__context_not_the_same(struct prng *rng)
{
    (void)rng;
    struct swap_plan p;
    struct tx tx;
    for (unsigned field = 0; field < 4; field++) {
        begin_swap(&p, &tx);
        struct tx is_signed = tx;
        execute_other_swap(&tx, &is_signed, &p);
        switch (field) {
        case 0: slot(2)->accounts[0]++; break;
        case 1: slot(2)->tokens[1]++; break;
        case 2: slot(0)->receivers[0]++; break;
        case 3: slot(2)->used[1] = true; break;
        default: break;
        }
        refused_by("/carry");
    }
}

/* Both accounts the same, or both tokens: all three slots say so, and so do all three messages. */
static void test_swap__of_an_account_with_itself(struct prng *rng)
{
    (void)rng;
    struct swap_plan p;
    struct tx tx;
    begin_swap(&p, &tx);
    p.used[0] = false; /* no nonce moves: the second leaf of account 1 is as before, but for the other token */
    p.amounts[0] = p.amounts[1] = 0;
    p.recipients[0] = p.recipients[1] = 4;
    tx = world_plan_swap(&world, &p);
    struct tx is_signed = tx;
    is_signed.swap.orders[1].account_id = world_id(&world, 1);
    is_signed.swap.orders[1].nonce = world_nonce(&world, 1);
    struct account_proof proof;
    state_prove_account(&proof, world.s, world_id(&world, 1), 5);
    begin_swap(&p, &tx);
    p.used[0] = false;
    p.amounts[0] = p.amounts[1] = 0;
    p.recipients[0] = p.recipients[1] = 4;
    tx = world_plan_swap(&world, &p);
    struct tx_message messages[TX_SIGNATURES_MAX];
    size_t n;
    struct tx honest = tx;
    execute_other_swap(&tx, &honest, &p);
    for (unsigned i = 0; i < 2; i++) world_sign_order(&world, &is_signed.swap.orders[i], 1);
    CHECK_OK(tx_messages(messages, &n, &is_signed));
    CHECK_OK(sig_sign(is_signed.signature.sig, world.users[3].key, messages[0].bytes, messages[0].len));
    memcpy(is_signed.signature.pubkey, world.users[3].pub, 32);
    for (unsigned i = 0; i < 3; i++) {
        const struct tx_message *m = &messages[i < 2 ? 1 + i : 0];
        CHECK(schnorr_hints_from(&slot(i)->signature, m->signature->pubkey, m->signature->sig, m->bytes, m->len));
        slot(i)->accounts[1] = slot(i)->accounts[0];
    }
    struct step_hints *a = &slot(1)->steps[0];
    *a = slot(0)->steps[0];
    a->token = 5;
    a->balance = proof.balance;
    memcpy(a->balance_siblings, proof.balance_siblings, sizeof a->balance_siblings);
    repair_paths();
    refused_by("/swap");
}

/* The fee of a swap in another token than its class's: the class was published two slots before. */
static void test_swap__fee_of_another_class(struct prng *rng)
{
    (void)rng;
    const struct fee_class classes[2] = {{5, 7}, {0, 30}};
    begin();
    world_begin(&world, classes, 2);
    struct swap_plan p;
    plan(&p);
    p.fee = 7;
    CHECK(world_swap(&world, &p));
    seal();
    for (unsigned i = 0; i < 3; i++) {
        slot(i)->fee_class = 1;
        slot(i)->class_token = 0;
        slot(i)->class_fee = 30 * 32;
    }
    refused_by("/fees");
    slot(2)->fee_class = 0; /* the right one where it is paid, another where it is published */
    slot(2)->class_token = 5;
    slot(2)->class_fee = 7 * 32;
    refused_by("/carry");
}

#define NFT_TESTS                                                                                                      \
    TEST(test_nft__moved_by_another_than_its_owner), TEST(test_nft__that_does_not_exist), TEST(test_nft__two_of_one),  \
        TEST(test_nft__kept_though_it_was_sent), TEST(test_nft__published_with_another_amount),                        \
        TEST(test_mint__of_another_creator_serial_or_owner), TEST(test_mint__of_another_content),                      \
        TEST(test_mint__with_another_id_than_the_next), TEST(test_mint__for_another_than_signed),                      \
        TEST(test_nft_exit__that_nobody_may_ask_for), TEST(test_nft_exit__of_anothers), TEST(test_nft_exit__denied),   \
        TEST(test_nft_exit__with_another_content), TEST(test_nft_withdrawal__of_none),                                 \
        TEST(test_nft_withdrawal__to_another), TEST(test_carry__of_another_nft_or_receiver),                           \
        TEST(test_operation__cut_or_without_beginning), TEST(test_operation__left_open_at_the_end),                    \
        TEST(test_carry__is_handed_from_period_to_period), TEST(test_swap__is_accepted_when_honest),                   \
        TEST(test_swap__order_changed_after_signing), TEST(test_swap__order_of_another_key_or_none),                   \
        TEST(test_swap__price_not_met), TEST(test_swap__not_as_submitted), TEST(test_swap__proceeds_to_another),       \
        TEST(test_swap__mask_other_than_the_orders), TEST(test_swap__context_not_the_same),                            \
        TEST(test_swap__of_an_account_with_itself), TEST(test_swap__fee_of_another_class)

#endif
