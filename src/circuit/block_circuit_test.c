/* Blocks of the rollup library, satisfied by the block circuit; and pinned sizes. */
#include "circuit/world_test.h"

#include "base/test.h"
#include "rollup/trace_codec.h"

static struct arena home, scratch;
static struct block_circuit circuit;
static struct pool *pool;

static void begin(void)
{
    if (pool != NULL) {
        arena_release(&scratch, 0);
        return;
    }
    CHECK_OK(pool_create(&pool, 0));
    CHECK_OK(arena_map(&home, (size_t)256 << 20));
    CHECK_OK(arena_map(&scratch, (size_t)1 << 30));
    CHECK_OK(block_circuit_init(&circuit, &home));
}

static bool satisfied(const struct block_hints *h, char text[2304])
{
    const size_t mark = arena_mark(&scratch);
    struct witness w;
    bool ok;
    CHECK_OK(block_witness_make(&w, &circuit, h, pool, &scratch));
    CHECK_OK(block_witness_check(&ok, text, &circuit, &w, pool, &scratch));
    arena_release(&scratch, mark);
    return ok;
}

static void check_block(const struct block_trace *t)
{
    struct block_hints h;
    char text[2304];
    const size_t mark = arena_mark(&scratch);
    CHECK_OK(block_hints_make(&h, t, pool, &scratch));
    CHECK_MSG(satisfied(&h, text), "%s", text);
    arena_release(&scratch, mark);
}

static void test_sizes__are_pinned(struct prng *rng)
{
    (void)rng;
    begin();
    struct cs_stats stats;
    cs_stats(&circuit.cs, &stats);
    printf(
        "  slot %u rows, head %u, of a period %u used; fixed %u (%u selectors), %u gates, %u constraints, %u nodes\n",
        circuit.slot_rows, circuit.head_rows, stats.rows_used, stats.fixed_columns, stats.selector_columns, stats.gates,
        stats.constraints, stats.nodes);
    for (uint32_t i = 0; i < circuit.cs.n_labels; i++)
        if (circuit.cs.labels[i].rows != 0)
            printf("    %-20s in %-12s %5u\n", circuit.cs.labels[i].name,
                   circuit.cs.labels[circuit.cs.labels[i].parent].name, circuit.cs.labels[i].rows);
    CHECK_EQ_U64(SLOT_ROWS, circuit.slot_rows);
    CHECK_EQ_U64(78, circuit.head_rows);
    CHECK_EQ_U64(42, stats.fixed_columns);
    CHECK_EQ_U64(37, stats.gates);
    for (unsigned i = 0; i < BLOCK_CAPACITIES; i++) CHECK_EQ_U64(16 + 2 * i, block_circuit_log_n(block_capacities[i]));
}

static void test_blocks__empty(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    world_create(&w, 40);
    world_begin(&w, NULL, 0);
    check_block(world_seal(&w));
    world_destroy(&w);
}

static void test_blocks__of_deposits(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    world_create(&w, 40);
    world_begin(&w, NULL, 0);
    CHECK(world_deposit(&w, &w.users[1].address, 0, 100));
    CHECK(world_deposit(&w, &w.users[1].address, 1023, 100));
    CHECK(world_deposit(&w, &w.users[1].address, 0, U128_MAX));
    check_block(world_seal(&w));
    world_destroy(&w);
}

static void test_blocks__of_everything(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    const eth_address stranger = {{0x77, 1, 2, 3}};
    const eth_address other = {{0x99, 3}};
    world_create(&w, 40);
    world_fund(&w, 4);
    check_block(w.trace);
    const struct fee_class classes[3] = {{0, 30}, {5, 2000}, {0, 0}};
    world_begin(&w, classes, 3);
    CHECK(world_transfer(&w, 1, &w.users[2].address, 0, 1000, 30));
    CHECK(world_transfer(&w, 2, &w.users[2].address, 5, 1200, 2000));
    CHECK(world_transfer(&w, 3, &w.users[2].address, 0, 1000, 0));
    CHECK(world_transfer(&w, 3, &stranger, 0, 500, 20));
    CHECK(world_withdraw(&w, 2, &other, 5, 123456, 2000));
    CHECK(world_forced_exit(&w, 1, &stranger, 0, 10));
    CHECK(world_full_exit(&w, world_id(&w, 3), &w.users[3].address, 0));
    CHECK(world_full_exit(&w, world_id(&w, 3), &w.users[3].address, 0));
    CHECK(world_full_exit(&w, world_id(&w, 3), &w.users[2].address, 5));
    CHECK(world_full_exit(&w, 5000, &w.users[2].address, 5));
    CHECK(world_deposit(&w, &w.users[4].address, 5, 7));
    CHECK(world_deposit(&w, &w.users[4].address, 5, U128_MAX));
    CHECK(world_change_pubkey(&w, 4, 6, 0, 100));
    check_block(world_seal(&w));
    world_destroy(&w);
}

/* Whatever the library takes, in any order, over several blocks. */
static void test_blocks__of_random_mixes(struct prng *rng)
{
    begin();
    struct world w;
    static const uint32_t tokens[3] = {0, 5, 1023};
    unsigned taken = 0;
    world_create(&w, 40);
    world_fund(&w, 4);
    for (unsigned block = 0; block < 3; block++) {
        world_begin(&w, NULL, 0);
        for (unsigned i = 0; i < 30; i++) {
            const unsigned from = 1 + (unsigned)prng_below(rng, 5);
            const unsigned to = (unsigned)prng_below(rng, WORLD_USERS);
            const uint32_t token = tokens[prng_below(rng, 3)];
            const u128 amount = prng_below(rng, 3) == 0 ? 0 : (u128)prng_below(rng, 2000) * 100;
            const u128 fee = prng_below(rng, 2) == 0 ? 0 : prng_below(rng, 2000);
            const eth_address *address = &w.users[to].address;
            switch (prng_below(rng, 8)) {
            case 0: taken += world_deposit(&w, address, token, prng_below(rng, 9) == 0 ? U128_MAX : amount); break;
            case 1: taken += world_full_exit(&w, (uint32_t)prng_below(rng, 12), address, token); break;
            case 2:
                taken += world_id(&w, from) <= ACCOUNT_ID_MAX && world_withdraw(&w, from, address, token, amount, fee);
                break;
            case 3:
                taken += world_id(&w, from) <= ACCOUNT_ID_MAX && world_change_pubkey(&w, from, from, token, fee);
                break;
            case 4:
                taken += world_id(&w, from) <= ACCOUNT_ID_MAX && world_forced_exit(&w, from, address, token, fee);
                break;
            default:
                taken += world_id(&w, from) <= ACCOUNT_ID_MAX && world_transfer(&w, from, address, token, amount, fee);
                break;
            }
        }
        check_block(world_seal(&w));
    }
    printf("  %u operations\n", taken);
    CHECK(taken >= 20);
    world_destroy(&w);
}

static void test_blocks__with_full_account_tree(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    const eth_address stranger = {{0x77, 1}};
    world_create(&w, 40);
    world_fund(&w, 2);
    state_skip_accounts(w.s, ACCOUNT_ID_MAX);
    world_begin(&w, NULL, 0);
    CHECK(world_deposit(&w, &w.users[5].address, 0, 5)); /* the last account */
    CHECK(world_deposit(&w, &stranger, 0, 5));           /* refused */
    CHECK(world_deposit(&w, &w.users[1].address, 0, 5));
    CHECK(world_deposit(&w, &w.users[1].address, 0, U128_MAX));
    CHECK(!world_transfer(&w, 1, &stranger, 0, 1, 0));
    check_block(world_seal(&w));
    CHECK_EQ_U64(ACCOUNT_ID_NOBODY, state_account_count(w.s));
    world_destroy(&w);
}

static void test_witness__is_the_same_at_any_thread_count(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    struct block_hints h[2];
    struct witness cells[2];
    world_create(&w, 40);
    world_fund(&w, 3);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_OK(block_hints_make(&h[i], w.trace, i == 0 ? NULL : pool, &scratch));
        CHECK_OK(block_witness_make(&cells[i], &circuit, &h[i], i == 0 ? NULL : pool, &scratch));
    }
    for (unsigned j = 0; j < PLONK_ADVICE; j++)
        CHECK_EQ_BYTES(cells[0].advice[j], cells[1].advice[j], sizeof(fr) << cells[0].log_n);
    world_destroy(&w);
}

/* A prover elsewhere gets the trace as bytes. */
static void test_witness__of_a_trace_that_travelled(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    struct block_hints here, there;
    struct block_trace *decoded;
    static uint8_t bytes[8 << 20];
    size_t len;
    char text[2304];
    world_create(&w, 40);
    world_fund(&w, 3);
    CHECK_OK(block_trace_encode(bytes, &len, sizeof bytes, w.trace));
    CHECK_OK(block_trace_decode(&decoded, bytes, len, &scratch));
    CHECK_OK(block_hints_make(&here, w.trace, pool, &scratch));
    CHECK_OK(block_hints_make(&there, decoded, pool, &scratch));
    CHECK_EQ_BYTES(here.publics, there.publics, sizeof here.publics);
    CHECK_EQ_BYTES(here.period, there.period, here.periods * sizeof *here.period);
    CHECK_MSG(satisfied(&there, text), "%s", text);
    world_destroy(&w);
}

/* What the circuit does not carry is named, not proved wrongly. */
static void test_unsupported_operations__are_refused_by_name(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    struct block_hints h;
    world_create(&w, 40);
    world_fund(&w, 2);
    world_begin(&w, NULL, 0);
    CHECK(world_full_exit(&w, 1, &w.users[1].address, NFT_ID_FIRST));
    CHECK_ERR(ZK_ERR_UNSUPPORTED, block_hints_make(&h, world_seal(&w), pool, &scratch));
    CHECK(strstr(zk_err_message(), "full exit") != NULL);
    world_destroy(&w);
}

static void test_check__names_slot_and_rule(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    struct block_hints h;
    char text[2304];
    world_create(&w, 40);
    world_fund(&w, 3);
    CHECK_OK(block_hints_make(&h, w.trace, pool, &scratch));
    h.period[1].slots[2].valid_until = 3; /* slot 7 */
    CHECK(!satisfied(&h, text));
    CHECK_MSG(strncmp(text, "slot 7: ", 8) == 0, "%s", text);
    CHECK_MSG(strstr(text, "/time") != NULL, "%s", text);
    world_destroy(&w);
}

TEST_MAIN(TEST(test_sizes__are_pinned), TEST(test_blocks__empty), TEST(test_blocks__of_deposits),
          TEST(test_blocks__of_everything), TEST(test_blocks__of_random_mixes),
          TEST(test_blocks__with_full_account_tree), TEST(test_witness__is_the_same_at_any_thread_count),
          TEST(test_witness__of_a_trace_that_travelled), TEST(test_unsupported_operations__are_refused_by_name),
          TEST(test_check__names_slot_and_rule))
