#include "cli/deploy_plan.h"

#include "base/bytes.h"
#include "base/test.h"
#include "ethereum/abi.h"
#include "ethereum/eth_tx.h"

#include <stdlib.h>

static struct deploy_settings settings_ok(uint64_t chain_id)
{
    struct deploy_settings s = {.chain_id = chain_id,
                                .n_verifiers = 1,
                                .priority_expiration = DEPLOY_EXPIRATION_MIN,
                                .notice_floor = DEPLOY_EXPIRATION_MIN + DEPLOY_TIME_TO_LEAVE,
                                .notice_period = 28 * DEPLOY_SECONDS_DAY,
                                .listing_cap = 1000,
                                .nft_name = "Name",
                                .nft_symbol = "SYM"};
    uint8_t *const addresses[] = {s.deployer, s.governor, s.validator, s.fee_account, s.forced_exit_receiver,
                                  s.treasury};
    for (size_t i = 0; i < ZK_COUNT(addresses); i++) memset(addresses[i], (int)i + 1, 20);
    memset(s.verifiers[0], 0x77, 20);
    return s;
}

static void plan_with_nonces(struct deploy_plan *p, const struct deploy_settings *s, uint64_t first)
{
    CHECK_OK(deploy_plan_make(p, s));
    for (size_t i = 0; i < p->n_steps; i++) deploy_plan_set_nonce(p, i, first + i);
}

static void test_settings__floors_hold_where_something_is_worth(struct prng *rng)
{
    (void)rng;
    struct deploy_settings s = settings_ok(1);
    CHECK_OK(deploy_settings_check(&s));
    s.priority_expiration--;
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    s = settings_ok(1);
    s.notice_floor--;
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    s = settings_ok(1);
    s.notice_period = s.notice_floor - 1;
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    s = settings_ok(1);
    s.priority_expiration = DEPLOY_EXPIRATION_MAX + 1;
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    const uint64_t development[] = {9, 1337, 31337};
    for (size_t i = 0; i < ZK_COUNT(development); i++) {
        s = settings_ok(development[i]);
        s.priority_expiration = s.notice_floor = s.notice_period = 1;
        CHECK_OK(deploy_settings_check(&s));
        s.priority_expiration = 0;
        CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    }
}

static void test_settings__nobody_is_the_zero_address(struct prng *rng)
{
    (void)rng;
    for (size_t i = 0; i < 5; i++) {
        struct deploy_settings s = settings_ok(9);
        uint8_t *const addresses[] = {s.governor, s.validator, s.fee_account, s.forced_exit_receiver, s.treasury};
        memset(addresses[i], 0, 20);
        CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    }
}

static void test_settings__a_council_has_different_members_and_a_threshold(struct prng *rng)
{
    (void)rng;
    struct deploy_settings s = settings_ok(9);
    s.n_council = 2;
    memset(s.council[0], 1, 20);
    memset(s.council[1], 2, 20);
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s)); /* threshold 0 */
    s.council_threshold = 3;
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    s.council_threshold = 2;
    CHECK_OK(deploy_settings_check(&s));
    memset(s.council[1], 1, 20);
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
    memset(s.council[1], 0, 20);
    CHECK_ERR(ZK_ERR_RANGE, deploy_settings_check(&s));
}

static void test_plan__needs_a_verifier(struct prng *rng)
{
    (void)rng;
    struct deploy_plan p;
    struct deploy_settings s = settings_ok(9);
    s.n_verifiers = 0;
    bool embedded = false;
    for (size_t i = 0; i < artifact_count; i++)
        embedded |= strncmp(artifacts[i].name, DEPLOY_VERIFIER_ARTIFACTS, strlen(DEPLOY_VERIFIER_ARTIFACTS)) == 0;
    if (embedded)
        CHECK_OK(deploy_plan_make(&p, &s));
    else
        CHECK_ERR(ZK_ERR_INPUT, deploy_plan_make(&p, &s));
}

static void test_plan__id_tells_all_settings_apart(struct prng *rng)
{
    (void)rng;
    static struct deploy_plan plan, other;
    struct deploy_settings s = settings_ok(9);
    CHECK_OK(deploy_plan_make(&plan, &s));
    CHECK_OK(deploy_plan_make(&other, &s));
    CHECK_EQ_BYTES(plan.id, other.id, 32);
    for (int i = 0; i < 12; i++) {
        s = settings_ok(9);
        switch (i) {
        case 0: s.chain_id = 1337; break;
        case 1: s.deployer[0] ^= 1; break;
        case 2: s.governor[0] ^= 1; break;
        case 3: s.validator[0] ^= 1; break;
        case 4: s.fee_account[0] ^= 1; break;
        case 5: s.forced_exit_receiver[0] ^= 1; break;
        case 6: s.verifiers[0][0] ^= 1; break;
        case 7: s.notice_period++; break;
        case 8: s.open_listing = true; break;
        case 9: s.listing_fee[31] = 1; break;
        case 10: s.nft_name[0] = 'n'; break;
        default: s.treasury[0] ^= 1; break;
        }
        CHECK_OK(deploy_plan_make(&other, &s));
        CHECK(memcmp(plan.id, other.id, 32) != 0);
    }
}

static void test_plan__deployment_waits_for_all_before_it(struct prng *rng)
{
    (void)rng;
    static struct deploy_plan p;
    struct deploy_settings s = settings_ok(9);
    CHECK_OK(deploy_plan_make(&p, &s));
    CHECK_EQ_U64(9, p.n_steps);
    size_t at = (size_t)(deploy_plan_step(&p, DEPLOY_DEPLOYMENT) - p.steps);
    CHECK(deploy_step_ready(&p, 0, 0));
    CHECK(!deploy_step_ready(&p, 1, 0));
    for (size_t i = 0; i <= at; i++) deploy_plan_set_nonce(&p, i, i);
    const uint32_t before = (UINT32_C(1) << at) - 1;
    CHECK(deploy_step_ready(&p, at, before));
    for (size_t i = 0; i < at; i++) CHECK(!deploy_step_ready(&p, at, before & ~(UINT32_C(1) << i)));
    CHECK(deploy_step_ready(&p, at + 1, 0)); /* the helper needs an address, no code */
}

/* The settings as Deployment's constructor reads them. */
static void test_plan__deployment_gets_the_settings(struct prng *rng)
{
    (void)rng;
    static struct deploy_plan p;
    struct deploy_settings s = settings_ok(9);
    s.n_council = 1;
    s.council_threshold = 1;
    memset(s.council[0], 0xc0, 20);
    plan_with_nonces(&p, &s, 5);
    const struct deploy_step *step = deploy_plan_step(&p, DEPLOY_DEPLOYMENT);
    uint8_t *data;
    size_t len;
    CHECK_OK(deploy_step_data(&data, &len, &p, (size_t)(step - p.steps)));
    CHECK(memcmp(data, step->artifact->init_code, step->artifact->init_len) == 0);

    const struct abi_in in = {data + step->artifact->init_len, len - step->artifact->init_len};
    struct abi_in tuple, list;
    uint8_t address[20], want[20];
    uint64_t x;
    size_t n;
    const uint8_t *text;
    CHECK(abi_get_tuple(&in, 0, &tuple));
    eth_create_address(want, s.deployer, 9); /* ZkRoll is the fifth, and the first had nonce 5 */
    CHECK(abi_get_address(&tuple, 0, address));
    CHECK_EQ_BYTES(want, address, 20);
    CHECK(abi_get_array(&tuple, 3, 8, &list, &n));
    CHECK_EQ_U64(1, n);
    CHECK(abi_get_address(&list, 0, address));
    CHECK_EQ_BYTES(s.verifiers[0], address, 20);
    CHECK(abi_get_address(&tuple, 6, address));
    CHECK_EQ_BYTES(s.fee_account, address, 20);
    CHECK(abi_get_u64(&tuple, 9, &x));
    CHECK_EQ_U64(s.notice_floor, x);
    CHECK(abi_get_array(&tuple, 10, 32, &list, &n));
    CHECK_EQ_U64(1, n);
    CHECK(abi_get_address(&list, 0, address));
    CHECK_EQ_BYTES(s.council[0], address, 20);
    CHECK(abi_get_bytes(&tuple, 18, &text, &n));
    CHECK_EQ_U64(3, n);
    CHECK_EQ_BYTES("SYM", text, 3);
    free(data);
}

static void test_checks__name_every_contract_once(struct prng *rng)
{
    (void)rng;
    static struct deploy_plan p;
    static struct deploy_check checks[DEPLOY_CHECKS_MAX];
    struct deploy_settings s = settings_ok(9);
    s.n_verifiers = DEPLOY_VERIFIERS_MAX;
    plan_with_nonces(&p, &s, 0);
    size_t n = deploy_plan_checks(checks, &p);
    size_t codes = 0;
    for (size_t i = 0; i < n; i++) {
        codes += checks[i].kind == DEPLOY_CHECK_CODE;
        for (size_t k = 0; k < i; k++) CHECK(strcmp(checks[i].name, checks[k].name) != 0);
        if (checks[i].kind == DEPLOY_CHECK_CODE) CHECK_EQ_U64(checks[i].artifact->n_immutables, checks[i].n_immutables);
    }
    CHECK_EQ_U64(9 + 5, codes);
}

static void test_artifact__any_changed_byte_is_seen(struct prng *rng)
{
    const struct artifact *a = artifact_find("ZkRoll");
    CHECK(a != NULL && a->n_immutables == 2 && a->n_places >= 2);
    uint8_t *code = malloc(a->runtime_len);
    CHECK(code != NULL);
    uint8_t words[2][32];
    memset(words[0], 0x11, 32);
    memset(words[1], 0x22, 32);
    memcpy(code, a->runtime_code, a->runtime_len);
    for (size_t i = 0; i < a->n_places; i++) memcpy(code + a->places[i].offset, words[a->places[i].immutable], 32);
    const uint8_t(*expected)[32] = (const uint8_t(*)[32])words;
    CHECK(artifact_matches(a, code, a->runtime_len, expected, 2));
    CHECK(!artifact_matches(a, code, a->runtime_len, expected, 1));
    CHECK(!artifact_matches(a, code, a->runtime_len - 1, expected, 2));
    for (int i = 0; i < 200; i++) {
        size_t at = (size_t)prng_below(rng, a->runtime_len);
        code[at] ^= 0x80;
        CHECK(!artifact_matches(a, code, a->runtime_len, expected, 2));
        code[at] ^= 0x80;
    }
    for (size_t i = 0; i < a->n_places; i++) { /* one place of an immutable, and all of it */
        code[a->places[i].offset + 31] ^= 1;
        CHECK(!artifact_matches(a, code, a->runtime_len, expected, 2));
        code[a->places[i].offset + 31] ^= 1;
    }
    words[1][0] ^= 1;
    CHECK(!artifact_matches(a, code, a->runtime_len, expected, 2));
    free(code);
}

TEST_MAIN(TEST(test_settings__floors_hold_where_something_is_worth), TEST(test_settings__nobody_is_the_zero_address),
          TEST(test_settings__a_council_has_different_members_and_a_threshold), TEST(test_plan__needs_a_verifier),
          TEST(test_plan__id_tells_all_settings_apart), TEST(test_plan__deployment_waits_for_all_before_it),
          TEST(test_plan__deployment_gets_the_settings), TEST(test_checks__name_every_contract_once),
          TEST(test_artifact__any_changed_byte_is_seen))
