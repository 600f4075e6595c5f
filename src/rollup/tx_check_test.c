#include "rollup/tx_check.h"

#include "rollup/tx_json.h"
#include "rollup/vectors_test.h"

/* In the vectors 2^64 - 1 is a string, because JavaScript has no such number. */
static void times_to_numbers(struct json_object *json)
{
    static const char *const keys[] = {"validFrom", "validUntil"};
    for (size_t i = 0; i < 2; i++) {
        struct json_object *v;
        if (!json_object_object_get_ex(json, keys[i], &v) || !json_object_is_type(v, json_type_string)) continue;
        json_object_object_add(json, keys[i], json_object_new_uint64(strtoull(json_object_get_string(v), NULL, 10)));
    }
}

static tx_verdict judge(struct json_object *json)
{
    struct tx tx;
    tx_verdict verdict;
    times_to_numbers(json);
    CHECK_OK(tx_from_json(&tx, &verdict, json));
    return verdict == TX_VALID ? tx_check_limits(&tx) : verdict;
}

static void test_limits__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions_invalid.json");
    struct json_object *cases = vector_get(file, "cases");
    size_t refused = 0;
    for (size_t i = 0; i < vector_count(cases); i++) {
        struct json_object *c = json_object_array_get_idx(cases, i);
        tx_verdict verdict = judge(vector_get(c, "tx"));
        const char *want = vector_has(c, "expected_error") ? vector_str(c, "expected_error") : "valid";
        bool later =
            strcmp(want, tx_verdict_str(TX_BAD_SIGNATURE)) == 0 || strcmp(want, tx_verdict_str(TX_BAD_AUTH)) == 0;
        if (strcmp(want, "reject") == 0) want = tx_verdict_str(TX_BAD_TOKEN);
        CHECK_MSG(strcmp(later ? "valid" : want, tx_verdict_str(verdict)) == 0, "%s, %s: want %s, got %s",
                  vector_str(c, "type"), vector_str(c, "what"), want, tx_verdict_str(verdict));
        refused += verdict != TX_VALID;
    }
    printf("transactions_invalid.json: %zu entries, %zu refused for their limits\n", vector_count(cases), refused);
    CHECK(vector_count(cases) == 94);
    json_object_put(file);
}

/* The SDK signs with ids, nonces and tokens to the edge of their types, so some of its transactions are refused; each
 * of them by one of these. */
static void test_limits__of_what_the_sdk_signs(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("transactions.json");
    size_t count[TX_VERDICTS] = {0};
    json_object_object_foreach(file, kind, list)
    {
        if (!json_object_is_type(list, json_type_array) || strcmp(kind, "Order") == 0 ||
            strcmp(kind, "sdk_refuses") == 0)
            continue;
        for (size_t i = 0; i < vector_count(list); i++)
            count[judge(vector_get(json_object_array_get_idx(list, i), "json"))]++;
    }
    CHECK_EQ_U64(94, count[TX_VALID]);
    CHECK_EQ_U64(2, count[TX_BAD_TOKEN]);
    CHECK_EQ_U64(5, count[TX_BAD_FEE_TOKEN]);
    CHECK_EQ_U64(7, count[TX_BAD_NONCE]);
    CHECK_EQ_U64(6, count[TX_BAD_TIME]);
    json_object_put(file);
}

/* A swap in which every limit can be broken. */
static struct tx good_swap(void)
{
    struct tx tx = {.type = TX_SWAP};
    for (int i = 0; i < 2; i++) {
        struct order *o = &tx.swap.orders[i];
        *o = (struct order){
            .account_id = 5, .token_sell = (uint32_t)i, .token_buy = (uint32_t)(1 - i), .valid = {10, 20}};
        o->recipient.b[0] = 1;
    }
    return tx;
}

static void test_limits__edges(struct prng *rng)
{
    (void)rng;
    struct tx good = good_swap();
    struct tx tx;
    CHECK(tx_check_limits(&good) == TX_VALID);
#define EDGE(field, last, first_bad, verdict)                                                                          \
    do {                                                                                                               \
        tx = good;                                                                                                     \
        tx.field = (last);                                                                                             \
        CHECK(tx_check_limits(&tx) == TX_VALID);                                                                       \
        tx.field = (first_bad);                                                                                        \
        CHECK_EQ_STR(tx_verdict_str(verdict), tx_verdict_str(tx_check_limits(&tx)));                                   \
    } while (0)
    EDGE(swap.submitter_id, 16777214, 16777215, TX_BAD_ACCOUNT_ID);
    EDGE(swap.nonce, 4294967294, 4294967295, TX_BAD_NONCE);
    EDGE(swap.fee_token, 1023, 1024, TX_BAD_FEE_TOKEN);
    EDGE(swap.fee, 2047, 2049, TX_UNPACKABLE_FEE);
    EDGE(swap.amounts[0], 34359738367, 34359738369, TX_UNPACKABLE_AMOUNT);
    EDGE(swap.amounts[1], 34359738367, 34359738369, TX_UNPACKABLE_AMOUNT);
    EDGE(swap.orders[0].ratio[0], ((u128)1 << 120) - 1, (u128)1 << 120, TX_BAD_ORDER0_PRICE);
    EDGE(swap.orders[1].ratio[1], ((u128)1 << 120) - 1, (u128)1 << 120, TX_BAD_ORDER1_PRICE);
    EDGE(swap.orders[0].account_id, 16777214, 16777215, TX_BAD_ORDER0_ACCOUNT_ID);
    EDGE(swap.orders[1].account_id, 16777214, 16777215, TX_BAD_ORDER1_ACCOUNT_ID);
    EDGE(swap.orders[0].token_buy, 2147483645, 2147483646, TX_BAD_ORDER0_BUY_TOKEN);
    EDGE(swap.orders[1].token_buy, 2147483645, 2147483646, TX_BAD_ORDER1_BUY_TOKEN);
    EDGE(swap.orders[0].token_sell, 2147483645, 2147483646, TX_BAD_ORDER0_SELL_TOKEN);
    EDGE(swap.orders[1].token_sell, 2147483645, 2147483646, TX_BAD_ORDER1_SELL_TOKEN);
    EDGE(swap.orders[0].nonce, 4294967294, 4294967295, TX_BAD_ORDER0_NONCE);
    EDGE(swap.orders[1].nonce, 4294967294, 4294967295, TX_BAD_ORDER1_NONCE);
    EDGE(swap.orders[0].amount, 34359738367, 34359738369, TX_BAD_ORDER0_UNPACKABLE_AMOUNT);
    EDGE(swap.orders[1].amount, 34359738367, 34359738369, TX_BAD_ORDER1_UNPACKABLE_AMOUNT);
    EDGE(swap.orders[0].recipient.b[0], 2, 0, TX_BAD_ORDER0_RECIPIENT);
    EDGE(swap.orders[1].recipient.b[0], 2, 0, TX_BAD_ORDER1_RECIPIENT);
    EDGE(swap.orders[0].valid.from, 20, 21, TX_BAD_ORDER0_TIME);
    EDGE(swap.orders[1].valid.until, 10, 9, TX_BAD_ORDER1_TIME);
    good.swap.orders[1].valid = (struct time_range){5, 15};
    EDGE(swap.orders[0].valid.from, 15, 16, TX_BAD_TIME); /* each holds, but never both */
#undef EDGE
}

static void test_limits__unpackable_where_the_amount_is_signed_packed(struct prng *rng)
{
    (void)rng;
    struct tx tx = {.type = TX_WITHDRAW, .withdraw = {.amount = U128_MAX, .valid = TIME_RANGE_ALL}};
    CHECK(tx_check_limits(&tx) == TX_VALID);
    tx = (struct tx){.type = TX_TRANSFER, .transfer = {.amount = U128_MAX, .valid = TIME_RANGE_ALL}};
    CHECK(tx_check_limits(&tx) == TX_UNPACKABLE_AMOUNT);
    tx.transfer.amount = 0;
    CHECK(tx_check_limits(&tx) == TX_BAD_TARGET);
}

/* A number that no struct tx holds is judged by the parser; and malformed comes before too big. */
static void test_limits__numbers_beyond_128_bits(struct prng *rng)
{
    (void)rng;
    static const char big[] = "340282366920938463463374607431768211456";
    struct json_object *file = vectors_load("transactions.json");
    struct json_object *json = vector_get(json_object_array_get_idx(vector_get(file, "Swap"), 1), "json");
    struct json_object *order = json_object_array_get_idx(vector_get(json, "orders"), 1);
    json_object_object_add(order, "amount", json_object_new_string(big));
    CHECK(judge(json) == TX_BAD_ORDER1_AMOUNT);
    json_object_array_put_idx(vector_get(json, "amounts"), 0, json_object_new_string(big));
    CHECK(judge(json) == TX_BAD_AMOUNT);
    json_object_object_add(json, "fee", json_object_new_string(big));
    CHECK(judge(json) == TX_UNPACKABLE_FEE);
    json_object_object_add(json, "nonce", json_object_new_string("1"));
    struct tx tx;
    tx_verdict verdict;
    CHECK_ERR(ZK_ERR_INPUT, tx_from_json(&tx, &verdict, json));
    json_object_put(file);
}

static void test_verdict__each_has_a_text(struct prng *rng)
{
    (void)rng;
    for (int i = 0; i < TX_VERDICTS; i++) {
        const char *text = tx_verdict_str((tx_verdict)i);
        CHECK(text != NULL && text[0] != '\0');
        if (i < TX_BAD_ORDER0_PRICE || i >= TX_BAD_ORDER1_PRICE) continue;
        const char *other = tx_verdict_str((tx_verdict)(i + TX_NEXT_ORDER));
        CHECK(strncmp(text, "Error in 0 order: ", 18) == 0 && strncmp(other, "Error in 1 order: ", 18) == 0);
        CHECK_EQ_STR(text + 18, other + 18);
    }
}

TEST_MAIN(TEST(test_limits__vectors), TEST(test_limits__of_what_the_sdk_signs), TEST(test_limits__edges),
          TEST(test_limits__unpackable_where_the_amount_is_signed_packed), TEST(test_limits__numbers_beyond_128_bits),
          TEST(test_verdict__each_has_a_text))
