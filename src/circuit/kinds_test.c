/* What the rules suppose of the kinds' flags: which exclude each other, and which imply others. */
#include "circuit/kinds.h"

#include "base/test.h"

/* Each kind has one of these flags at most. */
static void check_exclusive(const enum slot_flag *flags, size_t n)
{
    for (unsigned k = 0; k < SLOT_KINDS; k++) {
        unsigned has = 0;
        for (size_t i = 0; i < n; i++) has += kind_has((enum slot_kind)k, flags[i]);
        CHECK_MSG(has <= 1, "%s has two flags that exclude each other", kind_info((enum slot_kind)k)->name);
    }
}

static void check_implies(enum slot_flag flag, enum slot_flag other)
{
    for (unsigned k = 0; k < SLOT_KINDS; k++)
        CHECK(!kind_has((enum slot_kind)k, flag) || kind_has((enum slot_kind)k, other));
}

/* Where errors of several kinds are summed in one equation. */
static void test_flags__that_share_an_equation_exclude_each_other(struct prng *rng)
{
    (void)rng;
    static const enum slot_flag requests[] = {ON_FULL_EXIT, ON_FULL_EXIT_NFT, ON_DEPOSIT}; /* new_a is of a deposit */
    static const enum slot_flag ids[] = {ON_NEW_B, ON_MINT, ON_NFT_EXIT};
    static const enum slot_flag rests[] = {ON_ZERO_77, ON_CHANGE_PUBKEY, ON_MINT, ON_WITHDRAW_NFT, ON_ORDER};
    static const enum slot_flag second[] = {ON_AMOUNTS, ON_CHANGE_PUBKEY, ON_NFT_SETTLES};
    check_exclusive(requests, ZK_COUNT(requests));
    check_exclusive(ids, ZK_COUNT(ids));
    check_exclusive(rests, ZK_COUNT(rests));
    check_exclusive(second, ZK_COUNT(second));
}

/* What uses `room`, which is one value a slot. */
static void test_flags__that_use_room_exclude_each_other(struct prng *rng)
{
    (void)rng;
    static const enum slot_flag room[] = {ON_REFUSED, ON_DEPOSIT, ON_NEW_B, ON_MINT, ON_ORDER, ON_SUBMITS};
    check_exclusive(room, ZK_COUNT(room));
}

/* Words: what stands in the same bytes excludes each other; what is published is counted. */
static void test_words__have_one_content(struct prng *rng)
{
    (void)rng;
    static const enum slot_flag ends[] = {ON_WORD_AMOUNT, ON_WORD_NFT,     ON_WORD_TOKEN, ON_MINT,
                                          ON_NFT_EXIT,    ON_SIDE_1_ORDER, ON_SUBMITS};
    static const enum slot_flag heads[] = {ON_MOVED,        ON_SETTLES, ON_NFT_EXIT,
                                           ON_SIDE_1_ORDER, ON_SUBMITS, ON_WORD_TOKEN};
    static const enum slot_flag tokens[] = {ON_WORD_TOKENS, ON_WORD_NFT_SWAP};
    static const enum slot_flag in_second[] = {ON_SETTLES, ON_NEW_B, ON_MINT, ON_NFT_EXIT};
    check_exclusive(ends, ZK_COUNT(ends));
    check_exclusive(heads, ZK_COUNT(heads));
    check_exclusive(tokens, ZK_COUNT(tokens));
    check_exclusive(in_second, ZK_COUNT(in_second));
    check_implies(ON_WORD_TOKENS, ON_SUBMITS);
    check_implies(ON_WORD_NFT_SWAP, ON_SUBMITS);
    for (unsigned i = 0; i < SLOT_KINDS; i++) {
        const enum slot_kind k = (enum slot_kind)i;
        unsigned settled = 0;
        unsigned delta = kind_has(k, ON_DELTA_1) + 2u * kind_has(k, ON_DELTA_2) + 4u * kind_has(k, ON_DELTA_4);
        if (kind_has(k, ON_SETTLEMENT_4)) settled = 4;
        CHECK(kind_has(k, ON_SETTLEMENT_4) == (kind_has(k, ON_SETTLES) || kind_has(k, ON_NFT_EXIT)));
        CHECK(!kind_has(k, ON_SETTLES) || delta == 1); /* the marker */
        if (kind_info(k)->part == 0 && kind_info(k)->op != OP_COLLECT_FEES) {
            unsigned want = op_settlement_words(kind_info(k)->op);
            CHECK_EQ_U64(want > 4 ? 4 : want, settled); /* the rest is in the second slot */
            if (!kind_has(k, ON_MORE) || kind_has(k, ON_SETTLES) || k == SLOT_MINT) {
                CHECK_EQ_U64(op_delta_words(kind_info(k)->op), delta);
            }
        }
    }
}

/* Steps and signers are as the rules suppose. */
static void test_flags__that_follow_from_others(struct prng *rng)
{
    (void)rng;
    static const enum slot_flag step_b[] = {ON_B, ON_NFT};
    static const enum slot_flag from[] = {ON_TO_SIGNED, ON_FROM_Q0, ON_NFT_EXIT};
    check_exclusive(step_b, ZK_COUNT(step_b));
    check_exclusive(from, ZK_COUNT(from));
    check_implies(ON_SIGNS, ON_NEEDS_A);
    check_implies(ON_SIGNS, ON_A);
    check_implies(ON_NEEDS_A, ON_A);
    check_implies(ON_NEEDS_B, ON_B);
    check_implies(ON_NEW_B, ON_CREATES_B);
    check_implies(ON_NEW_B, ON_B);
    check_implies(ON_MINT, ON_NFT);
    check_implies(ON_NFT_IS_OWN, ON_NFT);
    check_implies(ON_WORD_NFT, ON_AMOUNT_PACKED); /* what is published for the amount is what was signed */
    check_implies(ON_WORD_NFT, ON_MORE);          /* 0 or 1: the second slot moves it */
    check_implies(ON_NFT_EXIT, ON_NFT_IS_OWN);
    check_implies(ON_MUST, ON_NFT_EXIT);
    check_implies(ON_SIDE_1_ORDER, ON_ORDER);
    check_implies(ON_SIDE_1_ORDER, ON_SIDE_1);
    check_implies(ON_ORDER, ON_NO_FEE);
    check_implies(ON_OWN_TOKEN, ON_B_AMOUNT);
    for (unsigned i = 0; i < SLOT_KINDS; i++) {
        const struct kind_info *k = kind_info((enum slot_kind)i);
        const bool signs = kind_has((enum slot_kind)i, ON_SIGNS);
        CHECK(signs == (k->type != 0));
        CHECK(signs || kind_has((enum slot_kind)i, ON_NO_FEE));
        CHECK(signs == kind_has((enum slot_kind)i, ON_BY_LEAF) || i == SLOT_CHANGE_PUBKEY);
        CHECK(k->way_b == 0 || kind_has((enum slot_kind)i, ON_B_AMOUNT) || i == SLOT_COLLECT_FEES);
    }
}

/* An operation's slots, in order, and nothing else. */
static void test_order__is_that_of_the_operations(struct prng *rng)
{
    (void)rng;
    for (unsigned before = 0; before <= SLOT_START; before++) {
        for (unsigned after = 0; after < SLOT_KINDS; after++) {
            const enum slot_kind k = (enum slot_kind)after;
            const bool may = kind_may_follow((enum slot_kind)before, k);
            CHECK(kind_has(k, ON_CONTINUES) == (kind_info(k)->part > 0));
            if (before == SLOT_START) {
                CHECK(may == (kind_info(k)->part == 0));
                continue;
            }
            const enum slot_kind p = (enum slot_kind)before;
            if (kind_has(p, ON_MORE)) {
                CHECK(!may || (kind_info(k)->part == kind_info(p)->part + 1 && kind_has(k, ON_CONTINUES)));
            } else {
                CHECK(!may || kind_info(k)->part == 0);
            }
            if (p == SLOT_NOOP) CHECK(may == (k == SLOT_NOOP));
            if (p == SLOT_COLLECT_FEES) CHECK(may == (k == SLOT_NOOP || k == SLOT_COLLECT_FEES));
        }
        /* one continuation of each open kind, but for the NFT transfers' common one */
        unsigned next = 0;
        for (unsigned k = 0; k < SLOT_KINDS; k++) next += kind_may_follow((enum slot_kind)before, (enum slot_kind)k);
        if (before != SLOT_START && kind_has((enum slot_kind)before, ON_MORE)) CHECK_EQ_U64(1, next);
    }
}

static void test_kind_of_op__finds_every_slot(struct prng *rng)
{
    (void)rng;
    for (unsigned i = 0; i < OP_KINDS; i++) {
        struct op op = {.kind = (op_kind)i};
        op.swap.tokens[1] = NFT_ID_FIRST;
        for (unsigned part = 0; part < op_slots(op.kind); part++) {
            const enum slot_kind k = kind_of_op(&op, part);
            CHECK(k < SLOT_KINDS);
            CHECK(kind_has(k, ON_MORE) == (part + 1 < op_slots(op.kind)));
        }
        CHECK(kind_of_op(&op, op_slots(op.kind) == 0 ? 1 : op_slots(op.kind)) == SLOT_KINDS);
    }
}

TEST_MAIN(TEST(test_flags__that_share_an_equation_exclude_each_other),
          TEST(test_flags__that_use_room_exclude_each_other), TEST(test_words__have_one_content),
          TEST(test_flags__that_follow_from_others), TEST(test_order__is_that_of_the_operations),
          TEST(test_kind_of_op__finds_every_slot))
