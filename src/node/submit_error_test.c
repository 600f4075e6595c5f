/* Texts and codes of spec: what clients compare, letter by letter. */
#include "base/test.h"
#include "node/submit_error.h"

#include <string.h>

static void check_rpc(submit_error error, const char *detail, int code, const char *message)
{
    struct submit_reply reply;
    submit_error_rpc(&reply, error, detail);
    CHECK_MSG(reply.code == code, "%s: code %d, want %d", submit_error_str(error), reply.code, code);
    CHECK_EQ_STR(message, reply.message);
}

static void check_rest(submit_error error, const char *detail, int code, const char *message)
{
    struct submit_reply reply;
    submit_error_rest(&reply, error, detail);
    CHECK_MSG(reply.code == code, "%s: code %d, want %d", submit_error_str(error), reply.code, code);
    CHECK_EQ_STR(message, reply.message);
    CHECK(!reply.has_data);
}

static void test_rpc__texts_are_the_protocols(struct prng *rng)
{
    (void)rng;
    check_rpc(SUBMIT_NONCE_TOO_LOW, "", 101, "Tx nonce is too low.");
    check_rpc(SUBMIT_INCORRECT, "L2 signature is incorrect", 103, "Tx is incorrect: L2 signature is incorrect");
    check_rpc(SUBMIT_CREATE2_SIGNATURE, "", 103, "Eth signature from CREATE2 account not expected");
    check_rpc(SUBMIT_FAST_SET, "", 103, "'fast' field of Withdraw transaction must not be set manually.");
    check_rpc(SUBMIT_FEE_TOO_LOW, "", 104, "Transaction fee is too low");
    check_rpc(SUBMIT_BATCH_FEE_TOO_LOW, "", 104, "Transactions batch summary fee is too low");
    check_rpc(SUBMIT_FEE_TOKEN, "", 105, "Chosen token is not suitable for paying fees.");
    check_rpc(SUBMIT_MISSING_SIGNATURE, "", 200, "MissingEthSignature");
    check_rpc(SUBMIT_BAD_ETH_SIGNATURE, "", 202, "Eth signature is incorrect");
    check_rpc(SUBMIT_NOT_AUTHORIZED, "", 203, "Change pubkey tx is not authorized onchain");
    check_rpc(SUBMIT_INTERNAL, "", 300, "Internal error");
    check_rpc(SUBMIT_DUPLICATE, "", 300, "Database unavailable");
    check_rpc(SUBMIT_BATCH_EMPTY, "", 300, "Transaction batch is empty");
    check_rpc(SUBMIT_BATCH_TOO_BIG, "", 300, "Batch will not fit in any of supported block sizes");
    check_rpc(SUBMIT_BATCH_WITHDRAWALS, "", 300, "The number of withdrawals in the batch is too big");
    check_rpc(SUBMIT_TOO_MANY_SIGNATURES, "", 300, "Too many Ethereum signatures provided");
    check_rpc(SUBMIT_CLOSE, "", 301, "Account close tx is disabled.");
    check_rpc(SUBMIT_FAST_NOT_ALLOWED, "", 303, "Fast processing available only for 'withdraw' operation type.");
    check_rpc(SUBMIT_TOGGLE_CREATE2, "", 304, "Can not change 2FA for a CREATE2 account");
    check_rpc(SUBMIT_TOGGLE_KEY_GIVEN, "", 304, "Request to enable 2FA should not have PubKeyHash field set");
    check_rpc(SUBMIT_DISABLED, "", 305, "L2 transactions are disabled.");
    check_rpc(SUBMIT_NO_TARGET, "", -32602, "Target account does not exist");
    check_rpc(SUBMIT_TARGET_YOUNG, "24", -32602, "Target account exists less than required minimum amount (24 hours)");
    check_rpc(SUBMIT_TOGGLE_TIMESTAMP, "", -32602, "Timestamp differs by more than 40 minutes");
    check_rpc(SUBMIT_INVALID_PARAMS, "no type", -32602, "Invalid params: no type");
    check_rpc(SUBMIT_UNKNOWN_TOKEN, "", -32603, "Token not found in the DB");
}

static void test_rpc__a_full_pool_says_why_in_its_data(struct prng *rng)
{
    (void)rng;
    struct submit_reply reply;
    submit_error_rpc(&reply, SUBMIT_BUSY, "too many transactions wait");
    CHECK_EQ_U64(300, (uint64_t)reply.code);
    CHECK_EQ_STR("Error communicating core server", reply.message);
    CHECK(reply.has_data);
    CHECK_EQ_STR("too many transactions wait", reply.data);
}

static void test_rest__texts_are_the_protocols(struct prng *rng)
{
    (void)rng;
    check_rest(SUBMIT_INTERNAL, "", 600, "Internal error");
    check_rest(SUBMIT_CLOSE, "", 601, "Account close tx is disabled.");
    check_rest(SUBMIT_NO_TARGET, "", 602, "Invalid params: Target account does not exist.");
    check_rest(SUBMIT_INVALID_PARAMS, "no type", 602, "Invalid params: no type.");
    check_rest(SUBMIT_FAST_NOT_ALLOWED, "", 603, "Fast processing available only for 'withdraw' operation type.");
    check_rest(SUBMIT_CREATE2_SIGNATURE, "", 604,
               "Incorrect transaction: Eth signature from CREATE2 account not expected.");
    check_rest(SUBMIT_INCORRECT, "L2 signature is incorrect", 605,
               "Transaction adding error: Tx is incorrect: L2 signature is incorrect.");
    check_rest(SUBMIT_BAD_ETH_SIGNATURE, "", 605, "Transaction adding error: Eth signature is incorrect.");
    check_rest(SUBMIT_BATCH_FEE_TOO_LOW, "", 605,
               "Transaction adding error: Transactions batch summary fee is too low.");
    check_rest(SUBMIT_NONCE_TOO_LOW, "", 605, "Transaction adding error: Tx nonce is too low..");
    check_rest(SUBMIT_FEE_TOKEN, "", 606, "Chosen token is not suitable for paying fees.");
    check_rest(SUBMIT_BUSY, "queue", 607, "Communication error with the mempool: queue.");
    check_rest(SUBMIT_TOGGLE_CREATE2, "", 608, "Failed to toggle 2FA: Can not change 2FA for a CREATE2 account.");
    check_rest(SUBMIT_DISABLED, "", 609, "L2 transactions are disabled.");
}

static void test_toggle__failures_of_the_store_are_its_own(struct prng *rng)
{
    (void)rng;
    struct submit_reply reply;
    submit_error_toggle_rpc(&reply, SUBMIT_DATABASE, "");
    CHECK_EQ_U64(304, (uint64_t)reply.code);
    CHECK_EQ_STR("Database unavailable", reply.message);
    submit_error_toggle_rpc(&reply, SUBMIT_BAD_ETH_SIGNATURE, "");
    CHECK_EQ_U64(202, (uint64_t)reply.code);
    submit_error_toggle_rest(&reply, SUBMIT_INTERNAL, "");
    CHECK_EQ_U64(608, (uint64_t)reply.code);
    CHECK_EQ_STR("Failed to toggle 2FA: Internal error.", reply.message);
}

/* Whatever the detail, the answer is whole text in its room, and every reason has a name of its own. */
static void test_every_reason__has_texts_and_a_name(struct prng *rng)
{
    (void)rng;
    char detail[2000];
    memset(detail, 'x', sizeof detail - 1);
    detail[sizeof detail - 1] = 0;
    for (int e = SUBMIT_OK + 1; e < SUBMIT_ERRORS; e++) {
        struct submit_reply reply;
        submit_error_rpc(&reply, (submit_error)e, detail);
        CHECK(reply.code != 0 && reply.message[0] != 0);
        submit_error_rest(&reply, (submit_error)e, detail);
        CHECK(reply.code >= 600 && reply.code <= 609 && reply.message[0] != 0);
        for (int other = SUBMIT_OK; other < e; other++)
            CHECK(strcmp(submit_error_str((submit_error)e), submit_error_str((submit_error)other)) != 0);
    }
}

TEST_MAIN(TEST(test_rpc__texts_are_the_protocols), TEST(test_rpc__a_full_pool_says_why_in_its_data),
          TEST(test_rest__texts_are_the_protocols), TEST(test_toggle__failures_of_the_store_are_its_own),
          TEST(test_every_reason__has_texts_and_a_name))
