/* Forged witnesses: in each, one rule is broken and all else made consistent around it; every constraint that objects
 * must belong to that rule. So without the rule's constraints the forgery would pass, and with them it does not. */
#include "circuit/malicious_nft_test.h"

static struct tx transfer(unsigned from, unsigned to, u128 amount)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){.account_id = world_id(&world, from),
                                       .from = world.users[from].address,
                                       .to = world.users[to].address,
                                       .token = 0,
                                       .nonce = world_nonce(&world, from),
                                       .amount = amount,
                                       .valid = TIME_RANGE_ALL};
    return tx;
}

static void begin_block(void)
{
    static const struct fee_class class = {0, 0};
    begin();
    world_begin(&world, &class, 1);
}

static void test_harness__accepts_what_is_honest(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    accepted();
}

/* ---- signatures and what they cover */

static void test_signature__of_another_key(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 3);
    refused_by("/signer");
}

static void test_signature__forged(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    slot(0)->signature.s.l[0] ^= 4;
    refused_by("/schnorr");
}

static void test_signature__omitted(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    static struct slot_hints empty;
    slot_hints_empty(&empty);
    slot(0)->signature = empty.signature;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    bool signer = false;
    bool layout = false;
    for (size_t i = 0; i < report.n; i++) {
        signer = signer || strstr(report.found[i].path, "/signer") != NULL;
        layout = layout || strstr(report.found[i].path, "/layout") != NULL;
    }
    CHECK(signer && layout);
}

/* Each field of a transfer, changed after signing. */
static void test_transfer__changed_after_signing(struct prng *rng)
{
    (void)rng;
    for (unsigned field = 0; field < 8; field++) {
        begin_block();
        struct tx executed = transfer(1, 2, 100);
        struct tx is_signed = executed;
        switch (field) {
        case 0: is_signed.transfer.to = world.users[3].address; break;
        case 1: is_signed.transfer.amount = 99; break;
        case 2: is_signed.transfer.fee = 1; break;
        case 3: is_signed.transfer.token = 5; break;
        case 4: is_signed.transfer.nonce--; break; /* a replay */
        case 5: is_signed.transfer.account_id++; break;
        case 6: is_signed.transfer.from = world.users[3].address; break;
        case 7: is_signed.transfer.valid.until = 5; break;
        default: break;
        }
        execute_other(&executed, &is_signed, 1, 1);
        refused_by("/layout");
    }
}

static void test_message__of_another_kind_or_longer(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx executed = transfer(1, 2, 100);
    struct tx other = {.type = TX_WITHDRAW};
    other.withdraw = (struct tx_withdraw){.account_id = executed.transfer.account_id,
                                          .from = executed.transfer.from,
                                          .to = executed.transfer.to,
                                          .nonce = executed.transfer.nonce,
                                          .amount = 100,
                                          .valid = TIME_RANGE_ALL};
    execute_other(&executed, &other, 1, 1);
    refused_by("/layout");

    begin_block();
    execute_other(&executed, &executed, 1, 1);
    uint8_t message[MESSAGE_BYTES], sig[SIG_BYTES];
    memcpy(message, slot(0)->signature.message, sizeof message);
    message[80] = 1;
    CHECK_OK(sig_sign(sig, world.users[1].key, message, sizeof message));
    CHECK(schnorr_hints_from(&slot(0)->signature, world.users[1].pub, sig, message, sizeof message));
    refused_by("/layout");
}

static void test_withdraw__changed_after_signing(struct prng *rng)
{
    (void)rng;
    for (unsigned field = 0; field < 5; field++) {
        begin_block();
        struct tx executed = {.type = TX_WITHDRAW};
        executed.withdraw = (struct tx_withdraw){.account_id = world_id(&world, 1),
                                                 .from = world.users[1].address,
                                                 .to = world.users[3].address,
                                                 .token = 5,
                                                 .nonce = world_nonce(&world, 1),
                                                 .amount = 12345,
                                                 .valid = TIME_RANGE_ALL};
        struct tx is_signed = executed;
        switch (field) {
        case 0: is_signed.withdraw.to.b[19]++; break;
        case 1: is_signed.withdraw.amount--; break;
        case 2: is_signed.withdraw.fee = 7; break;
        case 3: is_signed.withdraw.nonce++; break;
        case 4: is_signed.withdraw.valid.from = 1; break;
        default: break;
        }
        execute_other(&executed, &is_signed, 1, 1);
        refused_by("/layout");
    }
}

static void test_published_recipient__other_than_signed(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_withdraw(&world, 1, &world.users[3].address, 0, 77, 0));
    seal();
    const fr one = FR_ONE;
    fr_add(&slot(0)->address, &slot(0)->address, &one);
    refused_by("/parties");
}

static void test_window__expired_or_not_begun(struct prng *rng)
{
    (void)rng;
    for (int before = 0; before < 2; before++) {
        begin_block();
        struct tx executed = transfer(1, 2, 100);
        struct tx is_signed = executed;
        if (before)
            is_signed.transfer.valid.from = WORLD_TIME + 1;
        else
            is_signed.transfer.valid.until = WORLD_TIME - 1;
        execute_other(&executed, &is_signed, 1, 1);
        slot(0)->valid_from = is_signed.transfer.valid.from;
        slot(0)->valid_until = is_signed.transfer.valid.until;
        refused_by("/time");
    }
}

/* ---- amounts */

static void test_withdraw__of_more_than_the_balance(struct prng *rng)
{
    (void)rng;
    begin_block();
    struct tx executed = {.type = TX_WITHDRAW};
    executed.withdraw = (struct tx_withdraw){.account_id = world_id(&world, 1),
                                             .from = world.users[1].address,
                                             .to = world.users[3].address,
                                             .nonce = world_nonce(&world, 1),
                                             .amount = 1000000,
                                             .valid = TIME_RANGE_ALL};
    struct tx is_signed = executed;
    is_signed.withdraw.amount = 1000001;
    execute_other(&executed, &is_signed, 1, 1);
    slot(0)->amount = 1000001;
    refused_by("/changes");
}

/* The sender would have -1: a balance of p - 1. */
static void test_transfer__of_more_than_the_balance(struct prng *rng)
{
    (void)rng;
    begin_block();
    struct tx executed = transfer(1, 2, 100);
    struct tx is_signed = executed;
    is_signed.transfer.amount = 1000001;
    execute_other(&executed, &is_signed, 1, 1);
    slot(0)->amount = slot(0)->amount_b = 1000001;
    slot(0)->amount_packed = 1000001u * 32;
    const fr after = fr_i64(-1);
    repair_second_path(slot(0), &after);
    refused_by("/changes");
}

static void test_amount__other_than_its_packed_form(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    slot(0)->amount = slot(0)->amount_b = 101;
    const fr after = fr_u64(1000000 - 101);
    repair_second_path(slot(0), &after);
    refused_by("/values");
}

static void test_deposit__that_overflows(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_deposit(&world, &world.users[1].address, 0, U128_MAX));
    seal();
    CHECK(slot(0)->kind == SLOT_DEPOSIT_REFUSED);
    slot(0)->kind = SLOT_DEPOSIT;
    refused_by("/changes");
}

static void test_deposit__refused_without_reason(struct prng *rng)
{
    (void)rng;
    for (int full = 0; full < 2; full++) {
        begin_block();
        CHECK(world_deposit(&world, &world.users[1].address, 0, 5));
        seal();
        slot(0)->kind = SLOT_DEPOSIT_REFUSED;
        slot(0)->refused_full = full;
        refused_by(full ? "/requests" : "/room");
    }
}

static void test_deposit__to_another_account(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_deposit(&world, &world.users[1].address, 0, 5));
    seal();
    const fr one = FR_ONE;
    fr_add(&slot(0)->address, &slot(0)->address, &one);
    refused_by("/requests");
}

static void test_full_exit__of_another_amount(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[1].address, 0));
    seal();
    slot(0)->amount = 0; /* nothing for the true owner */
    refused_by("/requests");
    slot(0)->amount = 999999;
    refused_by("/requests");
    begin_block();
    CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[2].address, 0));
    seal();
    slot(0)->amount = 1000000; /* everything for a stranger */
    refused_by("/requests");
}

/* ---- leaves and paths */

static void test_leaf__with_other_contents_than_the_trees(struct prng *rng)
{
    (void)rng;
    for (unsigned field = 0; field < 5; field++) {
        begin_block();
        CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[1].address, 0));
        seal();
        struct step_hints *h = &slot(0)->steps[0];
        switch (field) {
        case 0:
            h->balance += 5;
            slot(0)->amount += 5;
            break;
        case 1: h->nonce++; break;
        case 2: h->minted++; break;
        case 3: h->siblings[11][1] = FR_ONE; break;
        case 4: h->balance_siblings[2][0] = FR_ONE; break;
        default: break;
        }
        refused_by("/step");
    }
}

static void test_path__of_another_leaf(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[1].address, 0));
    seal();
    slot(0)->steps[0].id ^= 1;
    refused_by("/step");
    slot(0)->steps[0].id ^= 1;
    slot(0)->steps[0].id += 1 << ACCOUNT_ID_BITS; /* the same digits */
    refused_by("/step");
    slot(0)->steps[0].id -= 1 << ACCOUNT_ID_BITS;
    slot(0)->steps[0].token += TOKEN_ID_LAST + 1;
    refused_by("/step");
}

static void test_second_leaf__opened_against_a_stale_root(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    struct account_proof p;
    state_prove_account(&p, world.s, world_id(&world, 2), 0);
    execute_other(&tx, &tx, 1, 1);
    memcpy(slot(0)->steps[1].siblings, p.account_siblings, sizeof p.account_siblings);
    refused_by("/step");
}

static void test_new_account__with_another_id_than_the_next(struct prng *rng)
{
    (void)rng;
    begin_block();
    const eth_address stranger = {{9, 9}};
    struct account_proof p;
    const uint32_t id = state_account_count(world.s) + 1;
    state_prove_account(&p, world.s, id, 0);
    CHECK(world_deposit(&world, &stranger, 0, 5));
    seal();
    slot(0)->steps[0].id = id;
    memcpy(slot(0)->steps[0].siblings, p.account_siblings, sizeof p.account_siblings);
    refused_by("/requests");
}

static void test_new_account__that_nobody_may_be(struct prng *rng)
{
    (void)rng;
    begin();
    state_skip_accounts(world.s, ACCOUNT_ID_NOBODY);
    struct account_proof p;
    state_prove_account(&p, world.s, ACCOUNT_ID_NOBODY, 0);
    const eth_address stranger = {{9, 9}};
    world_begin(&world, NULL, 0);
    CHECK(world_deposit(&world, &stranger, 0, 5));
    seal();
    CHECK(slot(0)->kind == SLOT_DEPOSIT_REFUSED);
    accepted();
    slot(0)->kind = SLOT_DEPOSIT;
    slot(0)->steps[0].id = ACCOUNT_ID_NOBODY;
    slot(0)->steps[0].exists = false;
    slot(0)->steps[0].address = slot(0)->steps[0].pubkey_hash = FR_ZERO;
    slot(0)->steps[0].balance = 0;
    slot(0)->steps[0].nonce = slot(0)->steps[0].minted = 0;
    memcpy(slot(0)->steps[0].siblings, p.account_siblings, sizeof p.account_siblings);
    memcpy(slot(0)->steps[0].balance_siblings, p.balance_siblings, sizeof p.balance_siblings);
    refused_by("/room");
}

static void test_new_account__over_an_existing_one(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    slot(0)->kind = SLOT_TRANSFER_NEW;
    slot(0)->address = slot(0)->signed_address;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    bool parties = false;
    for (size_t i = 0; i < report.n; i++) parties = parties || strstr(report.found[i].path, "/parties") != NULL;
    CHECK(parties);
}

/* ---- forced exit, key change */

static void test_forced_exit__of_an_account_with_a_key(struct prng *rng)
{
    (void)rng;
    begin_block();
    struct tx executed = transfer(1, 2, 0); /* changes account 1 as a forced exit without fee does */
    struct tx is_signed = {.type = TX_FORCED_EXIT};
    is_signed.forced_exit = (struct tx_forced_exit){.initiator_id = world_id(&world, 1),
                                                    .target = world.users[2].address,
                                                    .nonce = world_nonce(&world, 1),
                                                    .valid = TIME_RANGE_ALL};
    execute_other(&executed, &is_signed, 1, 1);
    slot(0)->kind = SLOT_FORCED_EXIT;
    slot(0)->address = slot(0)->steps[1].address;
    slot(0)->amount = slot(0)->amount_b = slot(0)->steps[1].balance;
    slot(0)->signed_address = FR_ZERO;
    refused_by("/parties");
}

static void test_key_change__published_for_another_owner(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_change_pubkey(&world, 1, 5, 0, 0));
    seal();
    const fr one = FR_ONE;
    fr_add(&slot(0)->address, &slot(0)->address, &one);
    refused_by("/parties");
}

/* ---- fees */

/* The leaf that step A of a slot opens. */
static fr slot_leaf_before(unsigned i)
{
    const struct step_hints *a = &slot(i)->steps[0];
    fr node = fr_u128(a->balance);
    for (unsigned k = 0; k < BALANCE_TREE_LEVELS; k++) hash_up(&node, a->balance_siblings[k], a->token >> 2 * k & 3);
    fr leaf[4] = {fr_pow2(160), a->pubkey_hash, node, fr_u64(a->minted)};
    const fr nonce = fr_u64(a->nonce);
    fr_mul(&leaf[0], &leaf[0], &nonce);
    fr_add(&leaf[0], &leaf[0], &a->address);
    poseidon2_compress(&node, leaf);
    return node;
}

static void begin_fees(void)
{
    const struct fee_class classes[2] = {{0, 30}, {5, 7}};
    begin();
    world_begin(&world, classes, 2);
    CHECK(world_transfer(&world, 1, &world.users[2].address, 0, 1000, 30));
    CHECK(world_transfer(&world, 1, &world.users[2].address, 5, 1000, 7));
    seal();
    CHECK(slot(2)->kind == SLOT_COLLECT_FEES);
    accepted();
}

static void test_fees__not_collected(struct prng *rng)
{
    (void)rng;
    begin_fees();
    slot(2)->kind = SLOT_NOOP;
    refused_by_label("all fees are collected");
}

static void test_fees__collected_twice_or_too_much(struct prng *rng)
{
    (void)rng;
    begin_fees();
    slot(2)->amount_b++;
    refused_by_label("all fees are collected");
    begin_fees();
    slot(2)->amount_b--;
    refused_by_label("all fees are collected");
}

/* Fees of one token in two pairs of classes: one slot may collect them all, where the library takes two. */
static void test_fees__of_two_pairs_collected_in_one_slot(struct prng *rng)
{
    (void)rng;
    static const struct fee_class classes[4] = {{0, 30}, {5, 1}, {0, 40}, {5, 2}};
    begin();
    world_begin(&world, classes, 4);
    CHECK(world_transfer(&world, 1, &world.users[2].address, 0, 1000, 30));
    CHECK(world_transfer(&world, 1, &world.users[2].address, 0, 1000, 40));
    seal();
    CHECK(slot(2)->kind == SLOT_COLLECT_FEES && slot(3)->kind == SLOT_COLLECT_FEES);
    slot(2)->amount = 70;
    *slot(3) = *slot(4); /* a no-op */
    repair_paths();
    accepted();
    slot(2)->amount = 69;
    repair_paths();
    refused_by_label("all fees are collected");
}

static void test_fees__collected_by_another(struct prng *rng)
{
    (void)rng;
    begin_fees();
    hints.period[0].fee_account = fr_u64(world_id(&world, 4));
    for (unsigned i = 1; i < hints.periods; i++) hints.period[i].fee_account = hints.period[0].fee_account;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    bool header = false;
    bool parties = false;
    for (size_t i = 0; i < report.n; i++) {
        header = header || strstr(report.found[i].path, "/header") != NULL;
        parties = parties || strstr(report.found[i].path, "/parties") != NULL;
    }
    CHECK(header && parties);
}

static void test_fees__of_another_class(struct prng *rng)
{
    (void)rng;
    begin_fees();
    slot(0)->fee_class = 1;
    refused_by("/class");
    begin_fees();
    slot(0)->class_fee ^= 32;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    CHECK(report.n >= 2);
    begin_fees();
    slot(0)->class_token = 5;
    slot(0)->fee_class = 1;
    slot(0)->class_fee = 7 * 32;
    refused_by("/fees");
}

/* A no-op, and a collection of nothing, before an operation. */
static void test_fees__in_the_middle_of_a_block(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_full_exit(&world, 500, &world.users[1].address, 0)); /* changes nothing */
    CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[1].address, 0));
    seal();
    accepted();
    const struct slot_hints first = *slot(0);
    *slot(0) = *slot(4);
    CHECK(slot(0)->kind == SLOT_NOOP);
    refused_by("/order");
    *slot(0) = first;
    slot(0)->kind = SLOT_COLLECT_FEES;
    struct account_proof p;
    state_prove_account(&p, world.s, 0, 0); /* the fee account has not changed, but stands beside who has */
    for (unsigned k = 0; k < 2; k++) {
        struct step_hints *h = &slot(0)->steps[k];
        memset(h, 0, sizeof *h);
        h->exists = true;
        memcpy(h->balance_siblings, p.balance_siblings, sizeof h->balance_siblings);
        memcpy(h->siblings, p.account_siblings, sizeof h->siblings);
        uint8_t wide[32] = {0};
        memcpy(wide + 12, world.users[0].address.b, 20);
        fr_from_be32_reduce(&h->address, wide);
    }
    slot(0)->steps[0].siblings[0][0] = slot_leaf_before(1);
    slot(0)->steps[1].siblings[0][0] = slot_leaf_before(1);
    refused_by("/order");
}

static void test_requests__cannot_carry_a_fee(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[2].address, 0));
    seal();
    slot(0)->fee_packed = 32;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    bool fees = false;
    for (size_t i = 0; i < report.n; i++) fees = fees || strstr(report.found[i].path, "/fees") != NULL;
    CHECK(fees);
}

/* ---- cells that no hint reaches */

static void test_slot__without_a_kind(struct prng *rng)
{
    (void)rng;
    begin_block();
    CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[1].address, 0));
    seal();
    slot(0)->kind = SLOT_KINDS;
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    CHECK_EQ_U64(6, report.n); /* no number stands for it, and it may follow nothing */
    for (size_t i = 0; i < report.n; i++) CHECK_EQ_STR("lookup", report.found[i].what);
}

/* A nonce that no other could follow. */
static void test_nonce__of_all_ones(struct prng *rng)
{
    (void)rng;
    begin();
    struct step step;
    state_step_account(&step, world.s, world_id(&world, 1), 0);
    step.after.nonce = UINT32_MAX;
    state_step_write(world.s, &step);
    CHECK_OK(state_update_trees(world.s, &step, 1, NULL));
    world_begin(&world, NULL, 0);
    CHECK(world_full_exit(&world, world_id(&world, 1), &world.users[1].address, 0));
    seal();
    accepted();
    /* the same leaf, emptied by a withdrawal that its owner signs */
    struct tx tx = {.type = TX_WITHDRAW};
    tx.withdraw = (struct tx_withdraw){.account_id = world_id(&world, 1),
                                       .from = world.users[1].address,
                                       .to = world.users[1].address,
                                       .nonce = UINT32_MAX,
                                       .amount = 1000000,
                                       .valid = TIME_RANGE_ALL};
    uint8_t bytes[TX_SIGN_BYTES_MAX], sig[SIG_BYTES];
    size_t len;
    CHECK_OK(tx_sign_bytes(bytes, &len, &tx));
    CHECK_OK(sig_sign(sig, world.users[1].key, bytes, len));
    CHECK(schnorr_hints_from(&slot(0)->signature, world.users[1].pub, sig, bytes, len));
    slot(0)->kind = SLOT_WITHDRAW;
    slot(0)->signed_address = slot(0)->address;
    refused_by("/changes/range");
}

/* The x of the key written as x + p: other bytes, the same element. */
static void test_coordinate__with_a_second_decomposition(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    const struct cs *cs = &circuit.cs;
    uint32_t row = 0;
    while (strcmp(cs->labels[cs->row_label[row]].name, "coordinate") != 0) row++;
    const fr modulus = FR_MODULUS;
    uint64_t x[4];
    uint8_t bytes[32];
    fr_to_limbs(x, &w.advice[0][row]);
    unsigned __int128 carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        carry += (unsigned __int128)x[i] + modulus.l[i];
        for (unsigned k = 0; k < 8; k++) bytes[8 * i + k] = (uint8_t)(carry >> 8 * k);
        carry >>= 64;
    }
    CHECK(carry == 0);
    fr rest = FR_ZERO;
    fr suffix = FR_ZERO;
    const fr base = fr_u64(256);
    for (unsigned k = 32; k-- > 0;) {
        unsigned reversed = 0;
        for (unsigned i = 0; i < 8; i++) reversed |= (bytes[k] >> i & 1u) << (7 - i);
        const fr byte = fr_u64(bytes[k]);
        const fr mirror = fr_u64(reversed);
        const uint32_t at = row + (k < 31 ? k / 3 : 11);
        const unsigned j = k < 31 ? k % 3 : 0;
        fr_mul(&rest, &rest, &base);
        fr_add(&rest, &rest, &byte);
        fr_mul(&suffix, &suffix, &base);
        fr_add(&suffix, &suffix, &mirror);
        w.advice[1 + j][at] = byte;
        w.advice[5 + j][at] = mirror;
        if (j == 0) w.advice[0][at] = rest;
        if (j == 0) w.advice[4][at] = suffix;
    }
    /* rows 0 .. 11 are content with it; the bound on the upper bytes is not */
    report.n = 0;
    for (uint32_t i = 0; i < 12; i++) audit_row(&audit, &report, &w, row + i);
    CHECK_EQ_U64(0, report.n);
    fr room = w.advice[4][row + 12];
    fr_add(&room, &room, &w.advice[0][row + 12]);
    w.advice[0][row + 12] = w.advice[0][row + 5];
    fr_sub(&room, &room, &w.advice[0][row + 5]);
    w.advice[4][row + 12] = w.advice[0][row + 13] = room;
    for (uint32_t i = 12; i < 16; i++) audit_row(&audit, &report, &w, row + i);
    CHECK(report.n != 0);
    for (size_t i = 0; i < report.n; i++) CHECK(strstr(report.found[i].path, "coordinate/range") != NULL);
}

/* ---- the block */

static void test_header__other_than_public(struct prng *rng)
{
    (void)rng;
    begin_block();
    seal();
    const fr one = FR_ONE;
    for (unsigned i = 0; i < hints.periods; i++) fr_add(&hints.period[i].timestamp, &hints.period[i].timestamp, &one);
    refused_by("/header");
}

static void test_publics__are_all_bound(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    CHECK_EQ_U64(0, report.n);
    const fr one = FR_ONE;
    for (unsigned i = 0; i < BLOCK_PUBLICS; i++) {
        const fr kept = hints.publics[i];
        fr_add(&hints.publics[i], &hints.publics[i], &one);
        audit_witness(&audit, &report, &w);
        CHECK_MSG(report.n != 0, "public input %u is free", i);
        if (report.n == 1) family_shown(report.found[0].what);
        hints.publics[i] = kept;
    }
}

static void test_block__beginning_elsewhere(struct prng *rng)
{
    (void)rng;
    static const char *const what[4] = {"C starts with the opening words", "y_s starts with 1",
                                        "y_d starts with the opening words", "no slot stands before"};
    for (unsigned field = 0; field < 4; field++) {
        begin_block();
        const struct tx tx = transfer(1, 2, 100);
        execute_other(&tx, &tx, 1, 1);
        struct period_hints *p = &hints.period[0];
        switch (field) {
        case 0: plus_one(&p->chain); break;
        case 1: plus_one(&p->y_settlement); break;
        case 2: plus_one(&p->y_delta); break;
        default: p->kind = SLOT_TRANSFER; break;
        }
        refused_by_label(what[field]);
    }
    begin_fees(); /* one more is collected than was paid, as if it had been paid before the block */
    slot(2)->amount_b++;
    fr share = fr_u64(slot(2)->steps[1].token);
    fr_add(&share, &share, &hints.publics[PUBLIC_CHALLENGE]);
    fr_inv_vartime(&share, &share);
    hints.period[0].phi = share;
    refused_by_label("Phi starts with 0");
}

static void test_classes__other_than_published(struct prng *rng)
{
    (void)rng;
    begin_fees();
    keep_periods(2);
    for (unsigned i = 1; i < hints.periods; i++) hints.period[i].class_fee[3] = 99; /* another list in a later period */
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    CHECK(report.n != 0);
    for (size_t i = 0; i < report.n; i++) CHECK_EQ_STR("copy", report.found[i].what); /* C0 is not that of the list */
}

static void test_state__not_handed_on(struct prng *rng)
{
    (void)rng;
    begin_block();
    const struct tx tx = transfer(1, 2, 100);
    execute_other(&tx, &tx, 1, 1);
    keep_periods(2);
    /* period 1 begins with the old state again */
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    hints.period[1].root = hints.publics[PUBLIC_OLD_ROOT];
    hints.period[1].account_root = hints.period[0].account_root;
    struct builder b;
    for (unsigned p = 1; p < hints.periods; p++) {
        hints.period[p].root = hints.period[1].root;
        hints.period[p].account_root = hints.period[1].account_root;
        builder_witness(&b, &circuit.cs, p, w.advice);
        block_circuit_place(&b, &circuit, &hints.period[p], hints.publics);
    }
    hints.publics[PUBLIC_NEW_ROOT] = hints.publics[PUBLIC_OLD_ROOT];
    audit_witness(&audit, &report, &w);
    CHECK_EQ_U64(1, report.n);
    CHECK_EQ_STR("to the next period", report.found[0].what);
}

/* ---- the dual: without any one family of constraints, some forgery passes */

/* A block whose first slots mint an NFT and deposit, for forgeries of single cells. */
static void begin_lies(void)
{
    begin();
    world_begin(&world, NULL, 0);
    CHECK(world_mint(&world, 1, &world.users[2].address, 9, 0, 0));
    CHECK(world_withdraw(&world, 1, &world.users[3].address, 5, 777, 0));
    CHECK(world_transfer(&world, 2, &world.users[3].address, 0, 100, 0));
    CHECK(world_deposit(&world, &world.users[5].address, 0, 100));
    seal();
    accepted();
}

/* One cell of the family gets another value, and all that is derived from it follows: refused by the family alone? */
static bool lie_is_refused_by(const char *family, uint32_t row, unsigned col)
{
    const size_t mark = arena_mark(&scratch);
    struct witness w;
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    struct builder_lie lie = {row, col, w.advice[col][row]};
    plus_one(&lie.value);
    arena_release(&scratch, mark);
    audit_forge(&w, &circuit, &hints, &lie, &scratch);
    audit_witness(&audit, &report, &w);
    const bool refused = report.n != 0;
    audit.dropped = family;
    audit_witness(&audit, &report, &w);
    audit.dropped = NULL;
    const bool alone = refused && report.n == 0;
    arena_release(&scratch, mark);
    return alone;
}

#define LIES_MAX 64

/* Looks for such a cell among those that the family's constraints determine. */
static bool find_lie(const char *family)
{
    const struct cs *cs = &circuit.cs;
    unsigned tried = 0;
    for (uint32_t row = 0; row < cs->period; row++) {
        for (unsigned col = 0; col < PLONK_ADVICE && tried < LIES_MAX; col++) {
            char path[160];
            check_cell_path(path, sizeof path, cs, row, col);
            if (strstr(path, family) == NULL) continue;
            tried++;
            if (!lie_is_refused_by(family, row, col)) continue;
            printf("  %-12s a lie in row %u, column %u\n", family, row, col);
            return true;
        }
    }
    return false;
}

static bool is_family(const struct cs *cs, uint32_t label, char family[40])
{
    const struct cs_label *l = &cs->labels[label];
    const char *parent = cs->labels[l->parent].name;
    if (label == 0 || (strcmp(parent, "slot") != 0 && strcmp(parent, "head") != 0 && strcmp(parent, "circuit") != 0))
        return false;
    if (strcmp(l->name, "slot") == 0) return false;
    (void)snprintf(family, 40, "/%s", l->name);
    return true;
}

static bool was_shown(const char *family)
{
    for (unsigned i = 0; i < n_families; i++)
        if (strstr(families[i], family) == families[i]) return true;
    return false;
}

static void test_every_family__has_a_forgery(struct prng *rng);

static const struct test tests[] = {NFT_TESTS,
                                    TEST(test_harness__accepts_what_is_honest),
                                    TEST(test_signature__of_another_key),
                                    TEST(test_signature__forged),
                                    TEST(test_signature__omitted),
                                    TEST(test_transfer__changed_after_signing),
                                    TEST(test_message__of_another_kind_or_longer),
                                    TEST(test_withdraw__changed_after_signing),
                                    TEST(test_published_recipient__other_than_signed),
                                    TEST(test_window__expired_or_not_begun),
                                    TEST(test_withdraw__of_more_than_the_balance),
                                    TEST(test_transfer__of_more_than_the_balance),
                                    TEST(test_amount__other_than_its_packed_form),
                                    TEST(test_deposit__that_overflows),
                                    TEST(test_deposit__refused_without_reason),
                                    TEST(test_deposit__to_another_account),
                                    TEST(test_full_exit__of_another_amount),
                                    TEST(test_leaf__with_other_contents_than_the_trees),
                                    TEST(test_path__of_another_leaf),
                                    TEST(test_second_leaf__opened_against_a_stale_root),
                                    TEST(test_new_account__with_another_id_than_the_next),
                                    TEST(test_new_account__that_nobody_may_be),
                                    TEST(test_new_account__over_an_existing_one),
                                    TEST(test_forced_exit__of_an_account_with_a_key),
                                    TEST(test_key_change__published_for_another_owner),
                                    TEST(test_fees__not_collected),
                                    TEST(test_fees__collected_twice_or_too_much),
                                    TEST(test_fees__of_two_pairs_collected_in_one_slot),
                                    TEST(test_fees__collected_by_another),
                                    TEST(test_fees__of_another_class),
                                    TEST(test_fees__in_the_middle_of_a_block),
                                    TEST(test_requests__cannot_carry_a_fee),
                                    TEST(test_slot__without_a_kind),
                                    TEST(test_nonce__of_all_ones),
                                    TEST(test_coordinate__with_a_second_decomposition),
                                    TEST(test_header__other_than_public),
                                    TEST(test_publics__are_all_bound),
                                    TEST(test_block__beginning_elsewhere),
                                    TEST(test_classes__other_than_published),
                                    TEST(test_state__not_handed_on),
                                    TEST(test_every_family__has_a_forgery)};

/* Every group of constraints, by the labels of slot, head and tail, and every constraint of the first and last row. */
static void test_every_family__has_a_forgery(struct prng *rng)
{
    if (n_families < 10) /* it runs alone */
        for (size_t i = 0; i + 1 < ZK_COUNT(tests); i++) tests[i].run(rng);
    begin_lies();
    const struct cs *cs = &circuit.cs;
    unsigned missing = 0;
    for (uint32_t label = 0; label < cs->n_labels; label++) {
        char family[40];
        if (!is_family(cs, label, family) || was_shown(family)) continue;
        if (find_lie(family)) {
            static char names[32][40];
            static unsigned n_names;
            CHECK(n_names < ZK_COUNT(names));
            memcpy(names[n_names], family, sizeof family);
            family_shown(names[n_names++]);
            continue;
        }
        printf("  %s: no forgery\n", family);
        missing++;
    }
    for (uint32_t i = 0; i < cs->n_constraints; i++) {
        const struct cs_gate *gate = &cs->gates[cs->constraints[i].gate];
        if (gate->where == GATE_ROWS || was_shown(cs->constraints[i].label)) continue;
        printf("  %s, %s: no forgery\n", gate->name, cs->constraints[i].label);
        missing++;
    }
    CHECK_EQ_U64(0, missing);
}

int main(int argc, char **argv)
{
    return test_main(tests, ZK_COUNT(tests), argc, argv);
}
