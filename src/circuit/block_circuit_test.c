/* Blocks of the rollup library, satisfied by the block circuit; and pinned sizes. */
#include "circuit/world_test.h"

#include "base/test.h"

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

TEST_MAIN(TEST(test_sizes__are_pinned), TEST(test_blocks__empty), TEST(test_blocks__of_deposits),
          TEST(test_blocks__of_everything))
