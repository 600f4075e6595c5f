#include "rollup/priority_op.h"

#include "rollup/vectors_test.h"

static void check_queued(struct json_object *c)
{
    struct json_object *fields = vector_get(c, "fields");
    uint8_t bytes[PRIORITY_BYTES_MAX];
    uint8_t again[PRIORITY_BYTES_MAX];
    struct priority_op op;
    eth_address owner;
    size_t len = vector_hex(bytes, sizeof bytes, c, "priority_pubdata");
    CHECK_EQ_U64(vector_u64(c, "length"), len);
    CHECK_OK(priority_op_decode(&op, (unsigned)vector_u64(c, "opType"), bytes, len));
    vector_bytes(owner.b, 20, fields, "owner");
    if (op.type == PRIORITY_DEPOSIT) {
        CHECK_EQ_U64(vector_u64(fields, "token"), op.deposit.token);
        CHECK(op.deposit.amount == vector_u128(fields, "amount"));
        CHECK_EQ_BYTES(owner.b, op.deposit.to.b, 20);
    } else {
        CHECK_EQ_U64(vector_u64(fields, "accountId"), op.full_exit.account_id);
        CHECK_EQ_U64(vector_u64(fields, "token"), op.full_exit.token);
        CHECK_EQ_BYTES(owner.b, op.full_exit.owner.b, 20);
    }
    CHECK_EQ_U64(len, priority_op_encode(again, &op));
    CHECK_EQ_BYTES(bytes, again, len);
    for (size_t cut = 0; cut < len; cut++) CHECK_ERR(ZK_ERR_INPUT, priority_op_decode(&op, bytes[0], bytes, cut));
}

static void test_priority_op__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("pubdata.json");
    struct json_object *list = vector_get(file, "priority_queue");
    for (size_t i = 0; i < vector_count(list); i++) check_queued(json_object_array_get_idx(list, i));
    printf("pubdata.json, priority_queue: %zu entries\n", vector_count(list));
    CHECK(vector_count(list) == 8);
    json_object_put(file);
}

static void test_priority_op__hashes(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("pubdata.json");
    struct json_object *list = vector_get(file, "priority_op_hashes");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        hash32 eth_hash;
        hash32 hash;
        char hex[65];
        vector_bytes(eth_hash.b, 32, c, "ethHash");
        priority_op_hash(&hash, &eth_hash, vector_u64(c, "ethBlock"), vector_u64(c, "ethBlockIndex"),
                         vector_u64(c, "serialId"));
        hex_encode(hex, hash.b, 32);
        CHECK_EQ_STR(vector_str(c, "tx_hash") + strlen("sync-tx:"), hex);
    }
    printf("pubdata.json, priority_op_hashes: %zu entries\n", vector_count(list));
    CHECK(vector_count(list) == 4);
    json_object_put(file);
}

/* What the block fills in must be zero in the queue; a type is what its bytes say, and one of two. */
static void test_priority_op__refuses(struct prng *rng)
{
    struct priority_op op = {.type = PRIORITY_FULL_EXIT};
    uint8_t bytes[PRIORITY_BYTES_MAX + 1] = {0};
    op.full_exit.account_id = 7;
    size_t len = priority_op_encode(bytes, &op);
    for (size_t i = 29; i < len; i++) {
        bytes[i] = (uint8_t)(1 + prng_below(rng, 255));
        CHECK_ERR(ZK_ERR_INPUT, priority_op_decode(&op, PRIORITY_FULL_EXIT, bytes, len));
        bytes[i] = 0;
    }
    CHECK_OK(priority_op_decode(&op, PRIORITY_FULL_EXIT, bytes, len));
    CHECK_ERR(ZK_ERR_INPUT, priority_op_decode(&op, PRIORITY_FULL_EXIT, bytes, len + 1));
    CHECK_ERR(ZK_ERR_INPUT, priority_op_decode(&op, PRIORITY_DEPOSIT, bytes, len));

    op = (struct priority_op){.type = PRIORITY_DEPOSIT, .deposit = {.amount = U128_MAX, .token = UINT32_MAX}};
    len = priority_op_encode(bytes, &op);
    CHECK_OK(priority_op_decode(&op, PRIORITY_DEPOSIT, bytes, len)); /* senseless, but it gets a slot */
    for (size_t i = 1; i < 5; i++) {
        bytes[i] = 1;
        CHECK_ERR(ZK_ERR_INPUT, priority_op_decode(&op, PRIORITY_DEPOSIT, bytes, len));
        bytes[i] = 0;
    }
    for (unsigned type = 0; type < 256; type++) {
        bytes[0] = (uint8_t)type;
        CHECK((priority_op_decode(&op, type, bytes, len) == ZK_OK) == (type == PRIORITY_DEPOSIT));
        CHECK(type == 1 || priority_op_decode(&op, 1, bytes, len) == ZK_ERR_INPUT);
    }
}

TEST_MAIN(TEST(test_priority_op__vectors), TEST(test_priority_op__hashes), TEST(test_priority_op__refuses))
