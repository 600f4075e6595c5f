#include "node/chain.h"
#include "node/l1_watcher.h"
#include "node/unwind.h"
#include "store/databases_test.h"

static struct store *open_store(const char *url)
{
    struct store *s;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    return s;
}

DB_TEST(test_ask__adds_to_what_is_asked_for)
{
    struct store *s = open_store(url);
    struct unwind_request r;
    bool found;
    CHECK_OK(unwind_asked(s, &r, &found));
    CHECK(!found);
    CHECK_OK(unwind_ask(s, 9, (const uint64_t[]){5, 7}, 2));
    CHECK_OK(unwind_ask(s, 12, (const uint64_t[]){7, 8}, 2));
    CHECK_OK(unwind_asked(s, &r, &found));
    CHECK(found);
    CHECK_EQ_U64(9, r.first);
    CHECK_EQ_U64(3, r.n);
    CHECK(r.offenders[0] == 5 && r.offenders[1] == 7 && r.offenders[2] == 8);
    CHECK_OK(unwind_ask(s, 2, NULL, 0));
    CHECK_OK(unwind_asked(s, &r, &found));
    CHECK_EQ_U64(2, r.first);
    CHECK_EQ_U64(3, r.n);
    CHECK_OK(unwind_forget(s));
    CHECK_OK(unwind_asked(s, &r, &found));
    CHECK(!found);
    store_close(s);
}

DB_TEST(test_ask__leaves_out_what_is_too_many)
{
    struct store *s = open_store(url);
    struct unwind_request r;
    bool found;
    uint64_t many[UNWIND_OFFENDERS_MAX + 1];
    for (size_t i = 0; i < ZK_COUNT(many); i++) many[i] = 100 + i;
    CHECK_OK(unwind_ask(s, 3, many, UNWIND_OFFENDERS_MAX));
    CHECK_OK(unwind_ask(s, 1, many, UNWIND_OFFENDERS_MAX + 1)); /* never a failure that comes again and again */
    CHECK_OK(unwind_asked(s, &r, &found));
    CHECK_EQ_U64(1, r.first);
    CHECK_EQ_U64(UNWIND_OFFENDERS_MAX, r.n);
    CHECK(memcmp(r.offenders, many, sizeof r.offenders) == 0);
    store_close(s);
}

DB_TEST(test_ask_smaller__limits_some_blocks)
{
    struct store *s = open_store(url);
    struct unwind_request r;
    struct block_shrink limit;
    bool found;
    CHECK_OK(block_shrink_load(s, &limit));
    CHECK_EQ_U64(0, block_shrink_of(&limit, 1));
    CHECK_OK(unwind_ask(s, 9, (const uint64_t[]){5}, 1));
    CHECK_OK(unwind_ask_smaller(s, 7, &(struct block_shrink){.last = 107, .operations = 20}));
    CHECK_OK(unwind_asked(s, &r, &found));
    CHECK(found && r.first == 7 && r.n == 1);
    CHECK_OK(block_shrink_load(s, &limit));
    CHECK_EQ_U64(20, block_shrink_of(&limit, 7));
    CHECK_EQ_U64(20, block_shrink_of(&limit, 107));
    CHECK_EQ_U64(0, block_shrink_of(&limit, 108));
    store_close(s);
}

/* Whoever registers his own address for another's id changes nothing for that one. */
DB_TEST(test_factory__is_of_an_id_and_its_address)
{
    struct store *s = open_store(url);
    const eth_address owner = {{1}}, other = {{2}}, first = {{3}}, second = {{4}};
    eth_address got;
    bool found;
    CHECK_OK(nft_factory_of(s, &got, &found, UINT32_MAX, &owner));
    CHECK(!found);
    CHECK_OK(nft_factory_save(s, UINT32_MAX, &owner, &first));
    CHECK_OK(nft_factory_save(s, UINT32_MAX, &other, &second));
    CHECK_OK(nft_factory_of(s, &got, &found, UINT32_MAX, &owner));
    CHECK(found && eth_address_eq(&got, &first));
    CHECK_OK(nft_factory_save(s, UINT32_MAX, &owner, &second));
    CHECK_OK(nft_factory_of(s, &got, &found, UINT32_MAX, &owner));
    CHECK(found && eth_address_eq(&got, &second));
    CHECK_OK(nft_factory_of(s, &got, &found, 7, &owner));
    CHECK(!found && eth_address_is_zero(&got));
    store_close(s);
}

DB_TEST(test_chain__database_is_bound_to_one)
{
    struct store *s = open_store(url);
    eth_address a = {{1}}, b = {{2}}, got;
    bool found;
    uint64_t block;
    CHECK_OK(chain_bind_id(s, 9));
    CHECK_OK(chain_bind_id(s, 9));
    CHECK_ERR(ZK_ERR_INPUT, chain_bind_id(s, 1));
    CHECK_OK(chain_fee_address(s, &got, &found));
    CHECK(!found);
    CHECK_OK(chain_bind_fee_address(s, &a));
    CHECK_ERR(ZK_ERR_INPUT, chain_bind_fee_address(s, &b));
    CHECK_OK(chain_fee_address(s, &got, &found));
    CHECK(found && eth_address_eq(&a, &got));
    CHECK_OK(chain_bind_contract(s, &b));
    CHECK_ERR(ZK_ERR_INPUT, chain_bind_contract(s, &a));
    CHECK_OK(chain_l1_confirmed(s, &block));
    CHECK_EQ_U64(0, block);
    CHECK_OK(chain_set_l1_confirmed(s, UINT64_C(1) << 40));
    CHECK_OK(chain_l1_confirmed(s, &block));
    CHECK_EQ_U64(UINT64_C(1) << 40, block);
    store_close(s);
}

TEST_MAIN(TEST(test_ask__adds_to_what_is_asked_for), TEST(test_ask__leaves_out_what_is_too_many),
          TEST(test_ask_smaller__limits_some_blocks), TEST(test_factory__is_of_an_id_and_its_address),
          TEST(test_chain__database_is_bound_to_one))
