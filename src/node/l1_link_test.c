#include "node/l1_link.h"

#include "store/databases_test.h"

#include <stdio.h>
#include <unistd.h>

/* What `zkroll deploy` would have written; `last` is the last digit of the contract's address. */
static void write_addresses(char path[64], char last)
{
    (void)snprintf(path, 64, "/tmp/zkroll-addresses-XXXXXX");
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    CHECK(f != NULL);
    (void)fprintf(
        f,
        "{\"chainId\": 9, \"block\": 5, \"genesisRoot\": \"0x%064d\", \"settings\": {\"feeAccount\": \"0x%040d\"},"
        " \"contracts\": {\"main\": \"0x%039d%c\", \"governance\": \"0x%040d\", \"nftFactory\": \"0x%040d\","
        " \"multicall\": \"0x%040d\", \"forcedExit\": \"0x%040d\", \"tokenGovernance\": \"0x%040d\"}}",
        1, 2, 0, last, 4, 5, 6, 7, 8);
    CHECK(fclose(f) == 0);
}

/* Nobody listens at port 1. */
static void configure(struct node_config *c, const char *addresses)
{
    config_defaults(c);
    CHECK_OK(config_set(c, "l1.urls", "http://127.0.0.1:1"));
    CHECK_OK(config_set(c, "l1.addresses", addresses));
}

DB_TEST(test_link__of_a_node_that_was_at_work_opens_without_l1)
{
    (void)rng;
    struct store *s;
    static struct node_config config;
    struct chain_info info;
    struct l1_link link;
    char path[64], other[64];
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    write_addresses(path, '3');
    write_addresses(other, '4');
    CHECK_OK(chain_info_read(&info, path));
    CHECK_OK(chain_info_save(s, &info)); /* as the first start did, when L1 answered */

    configure(&config, path);
    CHECK_OK(l1_link_open(&link, &config, s));
    CHECK(link.unchecked);
    CHECK(link.rpc != NULL);
    CHECK_EQ_U64(3, link.info.main_contract.b[19]);
    l1_link_close(&link);

    configure(&config, other); /* that is another rollup, whatever L1 would say */
    CHECK_ERR(ZK_ERR_INPUT, l1_link_open(&link, &config, s));
    CHECK(link.rpc == NULL);
    store_close(s);
    CHECK(unlink(path) == 0 && unlink(other) == 0);
}

TEST_MAIN(TEST(test_link__of_a_node_that_was_at_work_opens_without_l1))
