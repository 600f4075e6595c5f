/* Blocks of the rollup library, satisfied by the block circuit; and pinned sizes. */
#include "circuit/world.h"

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
    CHECK(circuit.slot_rows <= 1611); /* so that five, head and tail are in 8,192 rows: 2,560 slots in 2^22 */
    CHECK_EQ_U64(97, circuit.head_rows);
    CHECK_EQ_U64(43, stats.fixed_columns);
    CHECK_EQ_U64(52, stats.gates);
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

/* Between users with keys, of tokens and NFTs that somebody may have. */
static bool random_swap(struct world *w, struct prng *rng)
{
    struct swap_plan p = {.fee_token = 5 * (uint32_t)prng_below(rng, 2), .fee = prng_below(rng, 2) * 40};
    p.submitter = 1 + (unsigned)prng_below(rng, 4);
    for (unsigned i = 0; i < 2; i++) {
        const bool nft = prng_below(rng, 3) == 0;
        p.sellers[i] = 1 + (unsigned)prng_below(rng, 4);
        p.recipients[i] = (unsigned)prng_below(rng, 5);
        p.tokens[i] = nft ? NFT_ID_FIRST + (uint32_t)prng_below(rng, 4) : 5 * (uint32_t)prng_below(rng, 2);
        p.amounts[i] = nft ? prng_below(rng, 2) : prng_below(rng, 1000);
        p.used[i] = prng_below(rng, 2) == 0;
    }
    return world_swap(w, &p);
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
    for (unsigned block = 0; block < 4; block++) {
        world_begin(&w, NULL, 0);
        for (unsigned i = 0; i < 40; i++) {
            const unsigned from = 1 + (unsigned)prng_below(rng, 5);
            const unsigned to = (unsigned)prng_below(rng, WORLD_USERS);
            const uint32_t token = tokens[prng_below(rng, 3)];
            const u128 amount = prng_below(rng, 3) == 0 ? 0 : (u128)prng_below(rng, 2000) * 100;
            const u128 fee = prng_below(rng, 2) == 0 ? 0 : prng_below(rng, 2000);
            const eth_address *address = &w.users[to].address;
            switch (prng_below(rng, 12)) {
            case 8:
                taken += world_id(&w, from) <= ACCOUNT_ID_MAX && world_mint(&w, from, address, (uint8_t)i, token, fee);
                break;
            case 9: {
                const uint32_t nft = NFT_ID_FIRST + (uint32_t)prng_below(rng, 4);
                if (prng_below(rng, 2) == 0)
                    taken += world_full_exit(&w, (uint32_t)prng_below(rng, 7), address, nft);
                else
                    taken +=
                        world_id(&w, from) <= ACCOUNT_ID_MAX && world_withdraw_nft(&w, from, address, nft, token, fee);
                break;
            }
            case 10:
                taken += world_id(&w, from) <= ACCOUNT_ID_MAX &&
                         world_transfer(&w, from, address, NFT_ID_FIRST + (uint32_t)prng_below(rng, 4),
                                        prng_below(rng, 2), 0);
                break;
            case 11: taken += random_swap(&w, rng); break;
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

/* Every operation on NFTs, and what L1 may ask of one: an unknown NFT, another's, an account that does not exist. */
static void test_blocks__of_nfts(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    const eth_address stranger = {{0x77, 1, 2, 3}};
    const eth_address other = {{0x99, 3}};
    world_create(&w, 40);
    world_fund(&w, 4);
    const struct fee_class classes[2] = {{0, 30}, {5, 2000}};
    world_begin(&w, classes, 2);
    CHECK(world_mint(&w, 1, &w.users[1].address, 1, 0, 30));
    CHECK(world_mint(&w, 1, &w.users[2].address, 250, 5, 2000));
    CHECK(world_transfer(&w, 1, &w.users[3].address, NFT_ID_FIRST, 1, 0));
    CHECK(world_transfer(&w, 1, &w.users[2].address, NFT_ID_FIRST, 0, 0));     /* none of it */
    CHECK(world_transfer(&w, 1, &w.users[2].address, NFT_ID_FIRST + 9, 0, 0)); /* and of none */
    CHECK(world_transfer(&w, 3, &stranger, NFT_ID_FIRST, 1, 0));
    CHECK(world_transfer(&w, 2, &w.users[2].address, NFT_ID_FIRST + 1, 1, 0));      /* to oneself */
    CHECK(world_full_exit(&w, world_id(&w, 2), &w.users[2].address, NFT_ID_FIRST)); /* another's */
    CHECK(world_full_exit(&w, world_id(&w, 2), &w.users[3].address, NFT_ID_FIRST + 1));
    CHECK(world_full_exit(&w, 9999, &w.users[3].address, NFT_ID_FIRST + 1));
    CHECK(world_full_exit(&w, world_id(&w, 2), &w.users[2].address, NFT_ID_LAST)); /* unknown */
    CHECK(world_withdraw_nft(&w, 2, &other, NFT_ID_FIRST + 1, 0, 60));
    CHECK(world_full_exit(&w, world_id(&w, 2), &w.users[2].address, NFT_ID_FIRST + 1)); /* gone */
    CHECK(world_full_exit(&w, ACCOUNT_ID_MAX, &stranger, NFT_ID_FIRST + 1));
    check_block(world_seal(&w));
    world_begin(&w, classes, 2);
    CHECK(world_mint(&w, 2, &w.users[4].address, 3, 0, 0));
    CHECK(world_full_exit(&w, world_id(&w, 4), &w.users[4].address, NFT_ID_FIRST + 2)); /* leaves */
    CHECK(world_full_exit(&w, world_id(&w, 4), &w.users[4].address, NFT_ID_FIRST + 2));
    check_block(world_seal(&w));
    world_destroy(&w);
}

static void test_blocks__of_swaps(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    world_create(&w, 40);
    world_fund(&w, 4);
    const struct fee_class classes[2] = {{0, 30}, {5, 2000}};
    world_begin(&w, classes, 2);
    struct swap_plan p = {.sellers = {1, 2}, .recipients = {1, 2}, .submitter = 3, .tokens = {0, 5}, .fee_token = 5};
    p.amounts[0] = 1000;
    p.amounts[1] = 2500;
    p.fee = 2000;
    for (unsigned mask = 0; mask < 4; mask++) { /* limit orders and others */
        p.used[0] = mask & 1;
        p.used[1] = mask >> 1;
        CHECK(world_swap(&w, &p));
    }
    p.recipients[0] = 4; /* the proceeds go elsewhere; a seller submits and pays in what it gets */
    p.recipients[1] = 3;
    p.submitter = 2;
    CHECK(world_swap(&w, &p));
    p.submitter = 1;
    p.fee_token = 0;
    p.fee = 30;
    CHECK(world_swap(&w, &p));
    check_block(world_seal(&w));
    world_begin(&w, classes, 2);
    p.fee = 0;
    p.amounts[0] = p.amounts[1] = 0; /* nothing for nothing */
    p.used[0] = p.used[1] = false;
    CHECK(world_swap(&w, &p));
    p.recipients[0] = 2; /* each other's, and oneself */
    p.recipients[1] = 1;
    p.amounts[0] = p.amounts[1] = 77;
    CHECK(world_swap(&w, &p));
    check_block(world_seal(&w));
    world_destroy(&w);
}

static void test_blocks__of_swaps_with_nfts(struct prng *rng)
{
    (void)rng;
    begin();
    struct world w;
    world_create(&w, 40);
    world_fund(&w, 4);
    const struct fee_class classes[2] = {{0, 30}, {5, 2000}};
    world_begin(&w, classes, 2);
    CHECK(world_mint(&w, 1, &w.users[1].address, 1, 0, 30));
    CHECK(world_mint(&w, 1, &w.users[2].address, 2, 0, 30));
    struct swap_plan p = {.sellers = {1, 2}, .recipients = {1, 3}, .submitter = 4, .fee_token = 0, .fee = 30};
    p.tokens[0] = NFT_ID_FIRST; /* NFT for token */
    p.tokens[1] = 5;
    p.amounts[0] = 1;
    p.amounts[1] = 4000;
    p.used[0] = true;
    CHECK(world_swap(&w, &p));
    p.sellers[0] = 4; /* token for NFT: user 3 has it now */
    p.sellers[1] = 3;
    p.tokens[0] = 0;
    p.tokens[1] = NFT_ID_FIRST;
    p.amounts[0] = 123;
    p.amounts[1] = 1;
    p.recipients[0] = 4;
    p.recipients[1] = 3;
    p.used[0] = p.used[1] = true;
    CHECK(world_swap(&w, &p));
    p.sellers[0] = 4; /* NFT for NFT */
    p.sellers[1] = 2;
    p.recipients[1] = 2;
    p.tokens[0] = NFT_ID_FIRST;
    p.tokens[1] = NFT_ID_FIRST + 1;
    p.amounts[0] = p.amounts[1] = 1;
    p.used[1] = false;
    CHECK(world_swap(&w, &p));
    p.amounts[0] = p.amounts[1] = 0; /* none for none */
    p.used[0] = false;
    CHECK(world_swap(&w, &p));
    check_block(world_seal(&w));
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
          TEST(test_witness__of_a_trace_that_travelled), TEST(test_blocks__of_nfts), TEST(test_blocks__of_swaps),
          TEST(test_blocks__of_swaps_with_nfts), TEST(test_check__names_slot_and_rule))
