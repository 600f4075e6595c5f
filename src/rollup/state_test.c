/* The parts a state is made of, each against something simpler: trees against recursion, balance lists against an
 * array, the address table against a list, proofs against roots. */
#include "base/test.h"
#include "hash/poseidon2.h"
#include "rollup/address_table.h"
#include "rollup/apply.h"
#include "rollup/balances.h"

#include <stdlib.h>

/* ---- trees */

/* The node over leaves[i 4^h ..], where all beyond n are empty. */
static void naive_node(fr *out, const fr *leaves, size_t n, unsigned h, uint64_t i)
{
    if ((i << 2 * h) >= n) {
        *out = *tree_empty(h);
    } else if (h == 0) {
        *out = leaves[i];
    } else {
        fr children[4];
        for (unsigned c = 0; c < 4; c++) naive_node(&children[c], leaves, n, h - 1, 4 * i + c);
        poseidon2_compress(out, children);
    }
}

static void test_empty__is_hashed_up_from_zero(struct prng *rng)
{
    (void)rng;
    CHECK(fr_is_zero(tree_empty(0)));
    for (unsigned h = 1; h <= TREE_LEVELS_MAX; h++) {
        fr children[4], node;
        for (unsigned c = 0; c < 4; c++) children[c] = *tree_empty(h - 1);
        poseidon2_compress(&node, children);
        CHECK(fr_eq(&node, tree_empty(h)));
    }
}

#define LEAVES 700

static void test_tree__agrees_with_recursion(struct prng *rng)
{
    struct arena arena;
    struct pool *pool;
    struct tree t, rebuilt;
    static fr leaves[LEAVES];
    CHECK_OK(pool_create(&pool, 2));
    CHECK_OK(arena_map(&arena, 2 * tree_memory(12, 0, LEAVES)));
    CHECK_OK(tree_init(&t, 12, 0, LEAVES, &arena));
    CHECK_OK(tree_init(&rebuilt, 12, 0, LEAVES, &arena));
    memset(leaves, 0, sizeof leaves);
    fr want, got;
    tree_root(&got, &t);
    CHECK(fr_eq(tree_empty(12), &got));
    for (unsigned round = 0; round < 12; round++) {
        uint32_t ids[LEAVES];
        size_t n = round == 0 ? LEAVES : 1 + prng_below(rng, 80);
        for (size_t i = 0; i < n; i++) {
            ids[i] = (uint32_t)prng_below(rng, LEAVES);
            if (prng_below(rng, 8) == 0)
                leaves[ids[i]] = FR_ZERO;
            else
                fr_random(&leaves[ids[i]], rng);
            tree_set_leaf(&t, ids[i], &leaves[ids[i]]);
        }
        tree_update(&t, ids, tree_sort_unique(ids, n), round % 2 == 0 ? pool : NULL);
        naive_node(&want, leaves, LEAVES, 12, 0);
        tree_root(&got, &t);
        CHECK(fr_eq(&want, &got));
    }
    for (uint32_t i = 0; i < LEAVES; i++) tree_set_leaf(&rebuilt, i, &leaves[i]);
    tree_rebuild(&rebuilt, LEAVES, pool);
    tree_root(&got, &rebuilt);
    CHECK(fr_eq(&want, &got));

    static const uint32_t outside[] = {LEAVES, 100000, (1u << 24) - 1};
    for (uint32_t i = 0; i < 40 + ZK_COUNT(outside); i++) {
        uint32_t id = i < 40 ? (uint32_t)prng_below(rng, LEAVES) : outside[i - 40];
        fr siblings[12][3], leaf = id < LEAVES ? leaves[id] : FR_ZERO;
        tree_proof(siblings, &t, id);
        tree_proof_root(&got, 12, id, &leaf, siblings);
        CHECK(fr_eq(&want, &got));
        fr_add(&leaf, &leaf, &FR_ONE);
        tree_proof_root(&got, 12, id, &leaf, siblings);
        CHECK(!fr_eq(&want, &got));
    }
    arena_unmap(&arena);
    pool_destroy(pool);
}

/* Room that begins in the middle of the leaves, and not on a boundary of many levels. */
static void test_tree__with_room_away_from_zero(struct prng *rng)
{
    struct arena arena;
    struct tree a, b;
    const uint32_t first = 65536 + 1000 * 7;
    CHECK_OK(arena_map(&arena, tree_memory(16, first, 300) + tree_memory(16, 0, first + 300)));
    CHECK_OK(tree_init(&a, 16, first, 300, &arena));
    CHECK_OK(tree_init(&b, 16, 0, first + 300, &arena));
    uint32_t ids[300], copy[300];
    for (uint32_t i = 0; i < 300; i++) {
        fr leaf;
        fr_random(&leaf, rng);
        tree_set_leaf(&a, first + i, &leaf);
        tree_set_leaf(&b, first + i, &leaf);
        ids[i] = copy[i] = first + i;
    }
    tree_update(&a, ids, 300, NULL);
    tree_update(&b, copy, 300, NULL);
    fr x, y;
    tree_root(&x, &a);
    tree_root(&y, &b);
    CHECK(fr_eq(&x, &y));
    arena_unmap(&arena);
}

/* ---- balances */

#define LISTS 9

static void test_balances__agree_with_an_array(struct prng *rng)
{
    static u128 want[LISTS][TOKEN_ID_LAST + 1];
    static uint8_t memory[1 << 20];
    struct balance_pool pool;
    struct balance_list lists[LISTS] = {{0}};
    memset(want, 0, sizeof want);
    balance_pool_init(&pool, memory, sizeof memory);
    for (unsigned i = 0; i < 30000; i++) {
        unsigned l = (unsigned)prng_below(rng, LISTS);
        uint32_t token = (uint32_t)prng_below(rng, l < 2 ? TOKEN_ID_LAST + 1 : 1 + 3 * l);
        bool clear = prng_below(rng, i % 4000 < 2000 ? 4 : 2) == 0;
        want[l][token] = clear ? 0 : (u128)prng_u64(rng) << 64 | prng_u64(rng);
        CHECK(balance_pool_has_room(&pool, 1));
        balance_set(&pool, &lists[l], token, want[l][token]);
        uint32_t other = (uint32_t)prng_below(rng, TOKEN_ID_LAST + 1);
        CHECK(balance_get(&pool, &lists[l], other) == want[l][other]);
    }
    for (unsigned l = 0; l < LISTS; l++) {
        unsigned n = 0;
        uint32_t last = 0;
        for (uint32_t token = 0; token <= TOKEN_ID_LAST; token++) {
            CHECK(balance_get(&pool, &lists[l], token) == want[l][token]);
            n += want[l][token] != 0;
        }
        CHECK_EQ_U64(n, lists[l].n);
        for (unsigned i = 0; i < n; i++) {
            u128 amount;
            uint32_t token = balance_at(&amount, &pool, &lists[l], i);
            CHECK(amount == want[l][token] && amount != 0);
            CHECK(i == 0 || token > last);
            last = token;
        }
    }
}

static void test_balances__reuse_what_they_give_back(struct prng *rng)
{
    (void)rng;
    static uint8_t memory[1 << 16];
    struct balance_pool pool;
    balance_pool_init(&pool, memory, sizeof memory);
    struct balance_list list = {0};
    for (unsigned round = 0; round < 100; round++) {
        for (uint32_t token = 0; token < 100; token++) balance_set(&pool, &list, token, 1 + token);
        for (uint32_t token = 0; token < 100; token++) balance_set(&pool, &list, token, 0);
    }
    CHECK_EQ_U64(0, list.n);
    CHECK(pool.used * BALANCE_UNIT < 18 * 256 + 100); /* 1 + 2 + .. + 128 balances, and rounding */
}

/* ---- addresses */

static void test_siphash__agrees_with_the_paper(struct prng *rng)
{
    (void)rng;
    uint8_t data[15];
    for (unsigned i = 0; i < sizeof data; i++) data[i] = (uint8_t)i;
    const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    CHECK_EQ_U64(UINT64_C(0xa129ca6149be45e5), siphash24(key, data, sizeof data)); /* its appendix A */
}

static void test_addresses__find_the_first_account(struct prng *rng)
{
    enum { N = 3000 };
    static eth_address addresses[N];
    static uint32_t slots[4096];
    struct address_table t;
    CHECK_EQ_U64(4096, address_table_slots(N));
    memset(slots, 0, sizeof slots);
    address_table_init(&t, slots, 4096, (const uint64_t[2]){1, 2}, addresses, sizeof addresses[0]);
    for (uint32_t i = 0; i < N; i++) {
        prng_bytes(rng, addresses[i].b, 20);
        if (i % 10 == 9) addresses[i] = addresses[i - 5];
        address_table_add(&t, i);
    }
    static uint32_t full[4096];
    memcpy(full, slots, sizeof slots);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t id;
        CHECK(address_table_find(&id, &t, &addresses[i]));
        CHECK_EQ_U64(i % 10 == 9 ? i - 5 : i, id);
        eth_address other = addresses[i];
        other.b[3] ^= 1;
        CHECK(!address_table_find(&id, &t, &other));
    }
    for (uint32_t i = N; i-- > N / 2;) address_table_undo_add(&t, i);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t id;
        uint32_t first = i % 10 == 9 ? i - 5 : i;
        CHECK(address_table_find(&id, &t, &addresses[i]) == (first < N / 2));
    }
    for (uint32_t i = N / 2; i < N; i++) address_table_add(&t, i);
    CHECK(memcmp(full, slots, sizeof slots) == 0);
}

/* ---- states */

static const struct state_config small = {.accounts = 256, .nfts = 64, .balance_bytes = 1 << 20, .address_key = {1, 2}};

/* Random steps on random accounts; fills steps and returns how many. */
static size_t random_steps(struct state *s, struct step *steps, size_t n, struct prng *rng)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t what = prng_below(rng, 10);
        struct step *step = &steps[i];
        if (what == 0 && state_nft_count(s) < small.nfts) {
            state_step_nft(step, s, NFT_ID_FIRST + state_nft_count(s));
            step->nft_after.exists = true;
            prng_bytes(rng, step->nft_after.content.hash.b, 32);
        } else if (what == 1 && state_nft_count(s) > 0) {
            state_step_nft(step, s, NFT_ID_FIRST + (uint32_t)prng_below(rng, state_nft_count(s)));
            step->nft_after.owner = (uint32_t)prng_below(rng, state_account_count(s));
        } else {
            uint32_t count = state_account_count(s);
            bool create = what < 5 && count < small.accounts;
            uint32_t id = create ? count : (uint32_t)prng_below(rng, count);
            state_step_account(step, s, id, (uint32_t)prng_below(rng, prng_below(rng, 4) == 0 ? 1024 : 4));
            if (create) prng_bytes(rng, step->after.address.b, 20);
            step->after.exists = true;
            step->after.nonce++;
            step->balance_after = prng_below(rng, 4) == 0 ? 0 : prng_u64(rng);
        }
        state_step_write(s, step);
    }
    return n;
}

static void test_state__undo_gives_the_same_root(struct prng *rng)
{
    struct state *s;
    const eth_address fee = {{9}};
    CHECK_OK(state_create(&s, &small, &fee));
    static struct step first[300], second[300];
    size_t n = random_steps(s, first, 300, rng);
    CHECK_OK(state_update_trees(s, first, n, NULL));
    fr before, changed, after;
    state_root(&before, s);
    n = random_steps(s, second, 300, rng);
    CHECK_OK(state_update_trees(s, second, n, NULL));
    state_root(&changed, s);
    CHECK(!fr_eq(&before, &changed));
    state_undo(s, second, n);
    CHECK_OK(state_update_trees(s, second, n, NULL));
    state_root(&after, s);
    CHECK(fr_eq(&before, &after));
    state_destroy(s);
}

static void test_state__root_does_not_depend_on_batches_or_threads(struct prng *rng)
{
    struct state *a, *b;
    struct pool *pool;
    const eth_address fee = {{9}};
    struct state_config other = small;
    other.address_key[0] = 99;
    CHECK_OK(pool_create(&pool, 3));
    CHECK_OK(state_create(&a, &small, &fee));
    CHECK_OK(state_create(&b, &other, &fee));
    static struct step steps[400];
    size_t n = random_steps(a, steps, 400, rng);
    CHECK_OK(state_update_trees(a, steps, n, pool));
    for (size_t i = 0; i < n; i++) {
        state_step_write(b, &steps[i]);
        CHECK_OK(state_update_trees(b, &steps[i], 1, NULL));
    }
    fr x, y;
    state_root(&x, a);
    state_root(&y, b);
    CHECK(fr_eq(&x, &y));
    state_destroy(a);
    state_destroy(b);
    pool_destroy(pool);
}

static void test_proofs__lead_to_the_root(struct prng *rng)
{
    struct state *s;
    const eth_address fee = {{9}};
    CHECK_OK(state_create(&s, &small, &fee));
    static struct step steps[300];
    size_t n = random_steps(s, steps, 300, rng);
    CHECK_OK(state_update_trees(s, steps, n, NULL));
    fr want, got;
    state_root(&want, s);
    for (unsigned i = 0; i < 60; i++) {
        struct account_proof p;
        uint32_t id = i < 50 ? (uint32_t)prng_below(rng, state_account_count(s)) : ACCOUNT_ID_NOBODY - i;
        uint32_t token = (uint32_t)prng_below(rng, i % 2 == 0 ? 4 : 1024);
        state_prove_account(&p, s, id, token);
        CHECK(p.leaf.exists == (i < 50));
        CHECK(p.balance == state_balance(s, id, token));
        account_proof_root(&got, &p, id, token);
        CHECK(fr_eq(&want, &got));
        struct account_proof wrong = p;
        wrong.balance++;
        account_proof_root(&got, &wrong, id, token);
        CHECK(fr_eq(&want, &got) == !p.leaf.exists); /* of an account that is not there, no balance is looked at */
        account_proof_root(&got, &p, id ^ 1, token);
        CHECK(!fr_eq(&want, &got) || !p.leaf.exists);
    }
    for (unsigned i = 0; i < 20; i++) {
        struct nft_proof p;
        uint32_t id = NFT_ID_FIRST + i;
        state_prove_nft(&p, s, id);
        CHECK(p.leaf.exists == (i < state_nft_count(s)));
        nft_proof_root(&got, &p, id);
        CHECK(fr_eq(&want, &got));
        p.leaf.owner ^= 1;
        nft_proof_root(&got, &p, id);
        CHECK(fr_eq(&want, &got) == !p.leaf.exists);
    }
    state_destroy(s);
}

/* Leaves as docs/pubdata.md writes them, by field arithmetic. */
static void test_leaves__are_as_documented(struct prng *rng)
{
    struct account_leaf a = {.nonce = 0xfedcba98, .minted = 77, .exists = true};
    struct nft_leaf n = {
        .owner = ACCOUNT_ID_NOBODY, .content = {.creator = ACCOUNT_ID_MAX, .serial = UINT32_MAX}, .exists = true};
    memset(a.address.b, 0xff, 20);
    memset(a.pubkey_hash.b, 0xfe, 20);
    memset(n.content.creator_address.b, 0xff, 20);
    prng_bytes(rng, n.content.hash.b, 32);
    fr root, in[4], want, x, shift;
    fr_random(&root, rng);
    account_leaf_inputs(in, &a, &root);
    uint8_t be[32] = {0};
    memcpy(be + 12, a.address.b, 20);
    store_be32(be + 8, a.nonce);
    CHECK(fr_from_be32(&want, be));
    CHECK(fr_eq(&want, &in[0]));
    CHECK(fr_eq(&root, &in[2]));
    fr_from_u64(&x, 77);
    CHECK(fr_eq(&x, &in[3]));

    nft_leaf_inputs(in, &n);
    fr_from_u64(&want, n.owner);
    fr_from_u64(&shift, 1 << 24);
    fr_from_u64(&x, n.content.creator);
    fr_mul(&x, &x, &shift);
    fr_add(&want, &want, &x);
    fr_mul(&shift, &shift, &shift);
    fr_from_u64(&x, n.content.serial);
    fr_mul(&x, &x, &shift);
    fr_add(&want, &want, &x);
    uint64_t two_80[4] = {0, 1 << 16, 0, 0};
    CHECK(fr_from_limbs(&shift, two_80));
    memset(be, 0, 32);
    memcpy(be + 12, n.content.creator_address.b, 20);
    CHECK(fr_from_be32(&x, be));
    fr_mul(&x, &x, &shift);
    fr_add(&want, &want, &x);
    CHECK(fr_eq(&want, &in[0]));
    memset(be, 0, 32);
    memcpy(be + 16, n.content.hash.b, 16);
    CHECK(fr_from_be32(&want, be));
    CHECK(fr_eq(&want, &in[1]));
    memcpy(be + 16, n.content.hash.b + 16, 16);
    CHECK(fr_from_be32(&want, be));
    CHECK(fr_eq(&want, &in[2]));
    CHECK(fr_is_zero(&in[3]));
}

static void test_state__refuses_bad_configs_and_says_when_it_is_full(struct prng *rng)
{
    struct state *s;
    const eth_address fee = {{9}};
    struct state_config c = small;
    c.accounts = 0;
    CHECK_ERR(ZK_ERR_RANGE, state_create(&s, &c, &fee));
    c.accounts = ACCOUNT_ID_MAX + 2;
    CHECK_ERR(ZK_ERR_RANGE, state_create(&s, &c, &fee));
    c = small;
    c.nfts = 0;
    CHECK_ERR(ZK_ERR_RANGE, state_create(&s, &c, &fee));
    c = small;
    c.balance_bytes = UINT64_C(1) << 40;
    CHECK_ERR(ZK_ERR_RANGE, state_create(&s, &c, &fee));
    c = small;
    c.accounts = 2;
    c.balance_bytes = 100 << 10;
    CHECK_OK(state_create(&s, &c, &fee));
    CHECK_OK(state_has_room(s, 1, 1));
    CHECK_ERR(ZK_ERR_FULL, state_has_room(s, 2, 0));
    CHECK_ERR(ZK_ERR_FULL, state_has_room(s, 0, 65));
    struct step step;
    state_step_account(&step, s, 1, 0);
    step.after.exists = true;
    state_step_write(s, &step);
    CHECK_ERR(ZK_ERR_FULL, state_has_room(s, 1, 0));
    const struct op op = {.kind = OP_DEPOSIT, .account = 2, .amount = 5};
    struct step steps[OP_STEPS_MAX];
    CHECK_ERR(ZK_ERR_FULL, state_apply(s, &op, steps));
    for (uint32_t id = 0; id < 2; id++)
        for (uint32_t token = 0; token <= TOKEN_ID_LAST; token++) {
            state_step_account(&step, s, id, token);
            step.after.exists = true;
            step.balance_after = 1 + prng_below(rng, 9);
            state_step_write(s, &step);
        }
    CHECK_ERR(ZK_ERR_FULL, state_has_room(s, 0, 0));
    state_destroy(s);
}

TEST_MAIN(TEST(test_empty__is_hashed_up_from_zero), TEST(test_tree__agrees_with_recursion),
          TEST(test_tree__with_room_away_from_zero), TEST(test_balances__agree_with_an_array),
          TEST(test_balances__reuse_what_they_give_back), TEST(test_siphash__agrees_with_the_paper),
          TEST(test_addresses__find_the_first_account), TEST(test_state__undo_gives_the_same_root),
          TEST(test_state__root_does_not_depend_on_batches_or_threads), TEST(test_proofs__lead_to_the_root),
          TEST(test_leaves__are_as_documented), TEST(test_state__refuses_bad_configs_and_says_when_it_is_full))
