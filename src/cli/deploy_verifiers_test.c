/* A build that has block verifiers: this program brings a table of artifacts of its own, with names and a few bytes. */
#include "cli/deploy_plan.h"

#include "base/bytes.h"
#include "base/test.h"
#include "ethereum/abi.h"
#include "ethereum/eth_tx.h"

#include <stdlib.h>

static const uint8_t code[] = {0x60, 0x00, 0x60, 0x00, 0xf3};

#define ARTIFACT(name)                                                                                                 \
    {                                                                                                                  \
        name, code, sizeof code, code, sizeof code, NULL, 0, 0, NULL                                                   \
    }

const struct artifact artifacts[] = {
    ARTIFACT("BlockVerifier1"),  ARTIFACT("BlockVerifier2"),    ARTIFACT("Deployment"),
    ARTIFACT("ForcedExit"),      ARTIFACT("Governance"),        ARTIFACT("Multicall"),
    ARTIFACT("NFTFactory"),      ARTIFACT("Poseidon2"),         ARTIFACT("Proxy"),
    ARTIFACT("TokenGovernance"), ARTIFACT("UpgradeGatekeeper"), ARTIFACT("WithdrawalHelper"),
    ARTIFACT("ZkRoll"),          ARTIFACT("ZkRollExodus"),      ARTIFACT("ZkRollOperator"),
};
const size_t artifact_count = ZK_COUNT(artifacts);

static void plan_init(struct deploy_plan *p, size_t n_verifiers)
{
    struct deploy_settings s = {
        .chain_id = 9, .n_verifiers = n_verifiers, .priority_expiration = 1, .notice_floor = 1, .notice_period = 1};
    uint8_t *const addresses[] = {s.deployer, s.governor, s.validator, s.fee_account, s.forced_exit_receiver,
                                  s.treasury};
    for (size_t i = 0; i < ZK_COUNT(addresses); i++) memset(addresses[i], (int)i + 1, 20);
    for (size_t i = 0; i < n_verifiers; i++) memset(s.verifiers[i], 0x77, 20);
    CHECK_OK(deploy_plan_make(p, &s));
    for (size_t i = 0; i < p->n_steps; i++) deploy_plan_set_nonce(p, i, 40 + i);
}

/* The verifiers in the arguments of Deployment's constructor. */
static void check_arguments(const struct deploy_plan *p, const uint8_t (*want)[20], size_t n_want)
{
    size_t step = (size_t)(deploy_plan_step(p, DEPLOY_DEPLOYMENT) - p->steps);
    uint8_t *data;
    uint8_t address[20];
    size_t len, n;
    struct abi_in tuple, list;
    CHECK_OK(deploy_step_data(&data, &len, p, step));
    const struct abi_in in = {data + sizeof code, len - sizeof code};
    CHECK(abi_get_tuple(&in, 0, &tuple));
    CHECK(abi_get_array(&tuple, 3, DEPLOY_VERIFIERS_MAX, &list, &n));
    CHECK_EQ_U64(n_want, n);
    for (size_t i = 0; i < n; i++) {
        CHECK(abi_get_address(&list, i, address));
        CHECK_EQ_BYTES(want[i], address, 20);
    }
    free(data);
}

static void test_verifiers__are_created_first_and_in_order(struct prng *rng)
{
    (void)rng;
    static struct deploy_plan p;
    uint8_t want[2][20];
    plan_init(&p, 0);
    CHECK_EQ_U64(9 + 2, p.n_steps);
    for (size_t i = 0; i < 2; i++) {
        CHECK(p.steps[i].role == DEPLOY_VERIFIER);
        eth_create_address(want[i], p.settings.deployer, 40 + i);
    }
    CHECK_EQ_STR("BlockVerifier2", p.steps[1].artifact->name);
    check_arguments(&p, (const uint8_t(*)[20])want, 2);
}

static void test_verifiers__named_ones_replace_those_of_the_build(struct prng *rng)
{
    (void)rng;
    static struct deploy_plan p;
    plan_init(&p, 1);
    CHECK_EQ_U64(9, p.n_steps);
    check_arguments(&p, p.settings.verifiers, 1);
}

static void test_verifiers__are_checked(struct prng *rng)
{
    (void)rng;
    static struct deploy_plan p;
    static struct deploy_check checks[DEPLOY_CHECKS_MAX];
    plan_init(&p, 0);
    size_t n = deploy_plan_checks(checks, &p);
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(checks[i].name, "code of the verifier of key 1") == 0) {
            CHECK_EQ_BYTES(p.steps[1].address, checks[i].address, 20);
            found++;
        }
        if (strcmp(checks[i].name, "verifier of key 1") == 0) {
            CHECK_EQ_BYTES(p.steps[1].address, checks[i].want + 12, 20);
            found++;
        }
    }
    CHECK_EQ_U64(2, found);
}

TEST_MAIN(TEST(test_verifiers__are_created_first_and_in_order),
          TEST(test_verifiers__named_ones_replace_those_of_the_build), TEST(test_verifiers__are_checked))
