/* Claims of an owner: all of them, of all accounts with the address; and paths that lead to the state's root. */
#include "cli/exit_claim.h"

#include "base/test.h"

#include <stdlib.h>

static const eth_address owner = {{0xaa}};
static const eth_address other = {{0xbb}};
static struct step steps[16];
static size_t n_steps;

static void put(struct state *s, uint32_t id, const eth_address *address, uint32_t token, u128 amount)
{
    struct step *step = &steps[n_steps++];
    state_step_account(step, s, id, token);
    step->after.exists = true;
    step->after.address = *address;
    step->after.nonce = 5;
    step->balance_after = amount;
    state_step_write(s, step);
}

static void mint(struct state *s, uint32_t id, uint32_t to)
{
    struct step *step = &steps[n_steps++];
    state_step_nft(step, s, id);
    step->nft_after.exists = true;
    step->nft_after.owner = to;
    step->nft_after.content = (struct nft_content){.creator = 1, .serial = id - NFT_ID_FIRST, .creator_address = owner};
    state_step_write(s, step);
}

/* Two accounts of the owner, one of somebody else, three NFTs of which one has left. */
static struct state *small_state(void)
{
    const struct state_config config = {.accounts = 16, .nfts = 8, .balance_bytes = 1 << 16, .address_key = {1, 2}};
    struct state *s;
    CHECK_OK(state_create(&s, &config, &other));
    n_steps = 0;
    put(s, 1, &owner, 0, 100);
    put(s, 1, &owner, 7, 200);
    put(s, 2, &other, 0, 300);
    put(s, 3, &owner, 1023, U128_MAX);
    mint(s, NFT_ID_FIRST, 3);
    mint(s, NFT_ID_FIRST + 1, 2);
    mint(s, NFT_ID_FIRST + 2, ACCOUNT_ID_NOBODY);
    CHECK_OK(state_update_trees(s, steps, n_steps, NULL));
    return s;
}

static void check_claim(const struct exit_claim *c, uint32_t account, uint32_t token, u128 amount)
{
    CHECK_EQ_U64(account, c->account_id);
    CHECK_EQ_U64(token, c->token_id);
    CHECK(c->amount == amount);
}

static void test_find__lists_everything_of_an_owner(struct prng *rng)
{
    struct state *s = small_state();
    struct exit_claims c;
    (void)rng;
    CHECK_OK(exit_claims_find(&c, s, &owner, UINT32_MAX));
    CHECK_EQ_U64(4, c.n);
    check_claim(&c.items[0], 1, 0, 100);
    check_claim(&c.items[1], 1, 7, 200);
    check_claim(&c.items[2], 3, 1023, U128_MAX);
    check_claim(&c.items[3], 3, NFT_ID_FIRST, 1);
    exit_claims_free(&c);
    CHECK_OK(exit_claims_find(&c, s, &owner, 7));
    CHECK_EQ_U64(1, c.n);
    exit_claims_free(&c);
    CHECK_OK(exit_claims_find(&c, s, &owner, NFT_ID_FIRST + 2));
    CHECK_EQ_U64(0, c.n);
    exit_claims_free(&c);
    state_destroy(s);
}

/* The path's length and head; the contract's own tests and tests/exit compare what they lead to. */
static void test_prove__has_the_order_of_the_contract(struct prng *rng)
{
    static uint8_t path[ZKROLL_PATH_NFT][32];
    struct state *s = small_state();
    struct exit_claims c;
    struct zkroll_exit e;
    (void)rng;
    CHECK_OK(exit_claims_find(&c, s, &owner, UINT32_MAX));
    exit_claim_prove(&e, path, s, &c.items[1]);
    CHECK_EQ_U64(ZKROLL_PATH_FUNGIBLE, e.path_len);
    CHECK_EQ_BYTES(owner.b, e.owner, 20);
    CHECK_EQ_U64(200, e.amount[15]);
    CHECK_EQ_U64(5, path[0][31]); /* nonce */
    CHECK_EQ_U64(3, path[4][31]); /* NFT count */
    CHECK_EQ_U64(4, path[5][31]); /* account count */
    exit_claim_prove(&e, path, s, &c.items[3]);
    CHECK_EQ_U64(ZKROLL_PATH_NFT, e.path_len);
    CHECK_EQ_U64(1, e.creator_id);
    CHECK_EQ_U64(1, e.amount[15]);
    CHECK(exit_claim_gas(&c.items[3]) > exit_claim_gas(&c.items[1]));
    exit_claims_free(&c);
    state_destroy(s);
}

TEST_MAIN(TEST(test_find__lists_everything_of_an_owner), TEST(test_prove__has_the_order_of_the_contract))
