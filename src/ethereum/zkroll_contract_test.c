/* Commits written and read; what is malformed; reverts. The same against ethers: tests/ethereum/contract.mjs. */
#include "ethereum/zkroll_contract.h"

#include "base/bytes.h"
#include "base/test.h"
#include "ethereum/zkroll_event.h"

static uint8_t call[8192];
static size_t call_len;
static uint8_t stream[96], witness[66], proof[100];

static void make_call(bool settles)
{
    struct zkroll_stored last;
    const uint8_t root[32] = {1, 2, 3};
    const struct zkroll_bytes witnesses[] = {{witness, 0}, {witness, sizeof witness}};
    const struct zkroll_new_block blocks[] = {{.timestamp = 5,
                                               .state_root = {9},
                                               .key_id = 3,
                                               .settlement = {stream, 48},
                                               .delta = {stream, 72},
                                               .witnesses = witnesses,
                                               .n_witnesses = 2},
                                              {.timestamp = 6, .chain = {8}, .delta = {stream, 96}}};
    const struct zkroll_bytes proofs[] = {{proof, 64}, {proof, sizeof proof}};
    struct abi_out o;
    memset(stream, 7, sizeof stream);
    memset(witness, 6, sizeof witness);
    zkroll_genesis(&last, root);
    abi_out_init(&o, call, sizeof call);
    if (settles)
        zkroll_put_settle(&o, &last, blocks, proofs, 2);
    else
        zkroll_put_commit(&o, &last, blocks, 2);
    CHECK(abi_out_ok(&o));
    CHECK_EQ_U64(settles ? zkroll_settle_len(blocks, proofs, 2) : zkroll_commit_len(blocks, 2), o.len);
    call_len = o.len;
}

static void test_commit__is_read_back(struct prng *rng)
{
    (void)rng;
    for (int settles = 0; settles < 2; settles++) {
        struct zkroll_commit c;
        make_call(settles);
        CHECK_OK(zkroll_commit_decode(&c, call, call_len));
        CHECK_EQ_U64(2, c.n);
        CHECK_EQ_U64(0, c.last.number);
        CHECK_EQ_U64(2, c.last.state_root[1]);
        CHECK_EQ_U64(3, c.blocks[0].key_id);
        CHECK_EQ_U64(2, c.blocks[0].n_witnesses);
        CHECK_EQ_U64(0, c.blocks[0].witnesses[0].len);
        CHECK_EQ_BYTES(witness, c.blocks[0].witnesses[1].p, sizeof witness);
        CHECK_EQ_U64(96, c.blocks[1].delta.len);
        CHECK((c.proofs != NULL) == settles);
        if (settles) CHECK_EQ_U64(sizeof proof, c.proofs[1].len);
        zkroll_commit_free(&c);
    }
}

static void test_commit__of_any_other_length_is_refused(struct prng *rng)
{
    struct zkroll_commit c;
    (void)rng;
    for (int settles = 0; settles < 2; settles++) {
        make_call(settles);
        for (size_t len = 0; len < call_len; len++) CHECK_ERR(ZK_ERR_INPUT, zkroll_commit_decode(&c, call, len));
        for (size_t more = 1; more <= 64; more++)
            CHECK_ERR(ZK_ERR_INPUT, zkroll_commit_decode(&c, call, call_len + more));
    }
}

static void test_commit__with_a_changed_offset_or_count_is_refused(struct prng *rng)
{
    struct zkroll_commit c;
    for (int i = 0; i < 20000; i++) {
        make_call(i % 2 == 0);
        const size_t at = 4 + 32 * prng_below(rng, (call_len - 4) / 32);
        store_be64(call + at + 24, prng_below(rng, 8) == 0 ? prng_u64(rng) : prng_below(rng, 1024));
        if (zkroll_commit_decode(&c, call, call_len) != ZK_OK) continue;
        uint8_t again[sizeof call]; /* a value changed, not the form */
        struct abi_out o;
        abi_out_init(&o, again, sizeof again);
        if (c.proofs != NULL)
            zkroll_put_settle(&o, &c.last, c.blocks, c.proofs, c.n);
        else
            zkroll_put_commit(&o, &c.last, c.blocks, c.n);
        CHECK_EQ_U64(call_len, o.len);
        CHECK_EQ_BYTES(call, again, call_len);
        zkroll_commit_free(&c);
    }
}

static void test_encoders__notice_when_there_is_no_room(struct prng *rng)
{
    static const uint8_t words[ZKROLL_PATH_FUNGIBLE][32];
    struct zkroll_stored last;
    struct abi_out o;
    (void)rng;
    zkroll_genesis(&last, words[0]);
    const struct zkroll_exit e = {.path = words, .path_len = ZKROLL_PATH_FUNGIBLE};
    for (size_t cap = 0; cap <= zkroll_exit_len(&e); cap += 31) {
        abi_out_init(&o, call, cap);
        zkroll_put_exit(&o, &last, &e);
        CHECK(abi_out_ok(&o) == (cap == zkroll_exit_len(&e)));
    }
    abi_out_init(&o, call, zkroll_exit_len(&e));
    zkroll_put_exit(&o, &last, &e);
    CHECK(abi_out_ok(&o) && o.len == zkroll_exit_len(&e));
}

static void test_topics__are_known_ones(struct prng *rng)
{
    uint8_t topic[32], want[32];
    (void)rng;
    zkroll_event_topic(topic, ZKROLL_NEW_PRIORITY_REQUEST);
    CHECK(hex_decode(want, 32, "d0943372c08b438a88d4b39d77216901079eda9ca59d45349841c099083b6830", 64));
    CHECK_EQ_BYTES(want, topic, 32);
}

TEST_MAIN(TEST(test_commit__is_read_back), TEST(test_commit__of_any_other_length_is_refused),
          TEST(test_commit__with_a_changed_offset_or_count_is_refused),
          TEST(test_encoders__notice_when_there_is_no_room), TEST(test_topics__are_known_ones))
