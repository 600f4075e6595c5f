#include "node/refusals.h"

#include "base/test.h"

static void test_add__isolates_then_tells_then_unwinds(struct prng *rng)
{
    (void)rng;
    struct refusals r = {0};
    CHECK_EQ_U64(10, refusals_blocks_max(&r, 10));
    CHECK(refusals_add(&r, "TooMuchToExecute()", 7, 10) == REFUSAL_RETRY);
    CHECK_EQ_U64(10, refusals_blocks_max(&r, 10));
    CHECK(refusals_add(&r, "TooMuchToExecute()", 7, 10) == REFUSAL_RETRY);
    CHECK_EQ_U64(1, refusals_blocks_max(&r, 10));
    for (unsigned i = REFUSALS_ALARM; i < REFUSALS_UNWIND; i++)
        CHECK(refusals_add(&r, "TooMuchToExecute()", 7, 1) == REFUSAL_ALARM);
    CHECK(refusals_add(&r, "TooMuchToExecute()", 7, 1) == REFUSAL_UNWIND);
    CHECK(refusals_add(&r, "TooMuchToExecute()", 7, 1) == REFUSAL_ALARM); /* it waits for that */
    refusals_clear(&r);
    CHECK_EQ_U64(10, refusals_blocks_max(&r, 10));
    CHECK(refusals_add(&r, "TooMuchToExecute()", 7, 1) == REFUSAL_RETRY);
}

static void test_add__counts_equal_ones_only(struct prng *rng)
{
    (void)rng;
    struct refusals r = {0};
    for (int i = 0; i < 20; i++) {
        CHECK(refusals_add(&r, "TooMuchToExecute()", 7, 1) == REFUSAL_RETRY);
        CHECK(refusals_add(&r, "TruncatedOperation(3)", 7, 1) == REFUSAL_RETRY);
        CHECK(refusals_add(&r, "TruncatedOperation(3)", 8, 1) == REFUSAL_RETRY);
    }
}

static void test_add__without_a_reason_is_one_too(struct prng *rng)
{
    (void)rng;
    struct refusals r = {0};
    for (unsigned i = 1; i < REFUSALS_UNWIND; i++) CHECK(refusals_add(&r, "", 1, 1) != REFUSAL_UNWIND);
    CHECK(refusals_add(&r, "", 1, 1) == REFUSAL_UNWIND);
}

/* No block is taken back for what the next would meet as well; a person is told all the same. */
static void test_add__never_unwinds_for_what_is_not_about_blocks(struct prng *rng)
{
    (void)rng;
    static const char *const reasons[] = {"NotValidator(0x00000000000000000000000000000000000000aa)", "InExodus()",
                                          "OutOfOrder(4)", "UnknownKey(2)"};
    for (size_t k = 0; k < ZK_COUNT(reasons); k++) {
        struct refusals r = {0};
        for (unsigned i = 1; i <= 5 * REFUSALS_UNWIND; i++)
            CHECK(refusals_add(&r, reasons[k], 1, 1) == (i < REFUSALS_ALARM ? REFUSAL_RETRY : REFUSAL_ALARM));
    }
}

static void test_add__never_unwinds_one_of_many(struct prng *rng)
{
    (void)rng;
    struct refusals r = {0};
    for (unsigned i = 1; i <= 5 * REFUSALS_UNWIND; i++) CHECK(refusals_add(&r, "", 1, 2) != REFUSAL_UNWIND);
}

static void test_smaller__halves_until_nothing_can_be_halved(struct prng *rng)
{
    (void)rng;
    CHECK_EQ_U64(20, refusals_smaller(40, 0));
    CHECK_EQ_U64(20, refusals_smaller(41, 0));
    CHECK_EQ_U64(10, refusals_smaller(300, 20)); /* most entries were rejected ones */
    CHECK_EQ_U64(1, refusals_smaller(2, 20));
    CHECK_EQ_U64(0, refusals_smaller(1, 0));
    CHECK_EQ_U64(0, refusals_smaller(200, 1)); /* one batch */
}

TEST_MAIN(TEST(test_add__isolates_then_tells_then_unwinds), TEST(test_add__counts_equal_ones_only),
          TEST(test_add__without_a_reason_is_one_too), TEST(test_add__never_unwinds_for_what_is_not_about_blocks),
          TEST(test_add__never_unwinds_one_of_many), TEST(test_smaller__halves_until_nothing_can_be_halved))
