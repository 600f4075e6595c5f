#include "cli/deploy_plan.h"

#include "base/bytes.h"
#include "ethereum/abi.h"
#include "ethereum/eth_tx.h"
#include "hash/keccak256.h"
#include "node/l1_link.h"
#include "rollup/state.h"

#include <stdio.h>
#include <stdlib.h>

/* Room for constructor arguments: the longest are Deployment's, 19 words, two arrays and two short strings. */
#define ARGUMENTS_CAP (32 * (20 + 1 + DEPLOY_VERIFIERS_MAX + 1 + DEPLOY_COUNCIL_MAX + 2 * 3))

static const uint8_t zero_address[20];

static bool is_zero(const uint8_t address[20])
{
    return memcmp(address, zero_address, 20) == 0;
}

/* ---- settings */

bool deploy_is_development_chain(uint64_t chain_id)
{
    return l1_is_development(chain_id);
}

static zk_err check_periods(const struct deploy_settings *s)
{
    if (s->priority_expiration == 0) return zk_fail(ZK_ERR_RANGE, "the priority expiration is 0");
    if (s->priority_expiration > DEPLOY_EXPIRATION_MAX)
        return zk_fail(ZK_ERR_RANGE, "the priority expiration is above 365 days");
    if (s->notice_period < s->notice_floor)
        return zk_fail(ZK_ERR_RANGE, "the notice period is below its floor, to which the council may shorten it");
    if (deploy_is_development_chain(s->chain_id)) return ZK_OK;
    if (s->priority_expiration < DEPLOY_EXPIRATION_MIN)
        return zk_fail(ZK_ERR_RANGE, "the priority expiration must be at least 14 days: only development chains may "
                                     "have less");
    if (s->notice_floor < s->priority_expiration + DEPLOY_TIME_TO_LEAVE)
        return zk_fail(ZK_ERR_RANGE, "the notice floor must be at least the priority expiration and 7 days, so that "
                                     "users can leave before an upgrade");
    return ZK_OK;
}

static zk_err check_council(const struct deploy_settings *s)
{
    if (s->council_threshold > s->n_council || (s->council_threshold == 0) != (s->n_council == 0))
        return zk_fail(ZK_ERR_RANGE, "a council of %zu cannot have a threshold of %llu", s->n_council,
                       (unsigned long long)s->council_threshold);
    for (size_t i = 0; i < s->n_council; i++) {
        if (is_zero(s->council[i])) return zk_fail(ZK_ERR_RANGE, "a council member is the zero address");
        for (size_t k = 0; k < i; k++)
            if (memcmp(s->council[i], s->council[k], 20) == 0)
                return zk_fail(ZK_ERR_RANGE, "a council member is named twice");
    }
    return ZK_OK;
}

zk_err deploy_settings_check(const struct deploy_settings *s)
{
    const struct {
        const char *name;
        const uint8_t *address;
    } needed[] = {{"governor", s->governor},
                  {"validator", s->validator},
                  {"fee account", s->fee_account},
                  {"treasury", s->treasury},
                  {"forced exit receiver", s->forced_exit_receiver}};
    for (size_t i = 0; i < ZK_COUNT(needed); i++)
        if (is_zero(needed[i].address)) return zk_fail(ZK_ERR_RANGE, "the %s is the zero address", needed[i].name);
    if (s->listing_cap > DEPLOY_LISTING_CAP_MAX)
        return zk_fail(ZK_ERR_RANGE, "the listing cap is above %d, the number of tokens there can be",
                       DEPLOY_LISTING_CAP_MAX);
    ZK_TRY(check_council(s));
    return check_periods(s);
}

/* ---- the plan */

static zk_err add_step(struct deploy_plan *p, deploy_role role, const char *name)
{
    const struct artifact *a = artifact_find(name);
    if (a == NULL) return zk_fail(ZK_ERR_UNSUPPORTED, "this program was built without the contract %s", name);
    assert(p->n_steps < DEPLOY_STEPS_MAX);
    p->steps[p->n_steps++] = (struct deploy_step){.role = role, .artifact = a};
    return ZK_OK;
}

static bool is_verifier(const struct artifact *a)
{
    return strncmp(a->name, DEPLOY_VERIFIER_ARTIFACTS, strlen(DEPLOY_VERIFIER_ARTIFACTS)) == 0;
}

/* Verifiers that come with the program are of its circuit. */
bool deploy_circuit_hash(uint8_t out[32])
{
    for (size_t i = 0; i < artifact_count; i++) {
        if (!is_verifier(&artifacts[i]) || artifacts[i].key == NULL) continue;
        memcpy(out, artifacts[i].key->circuit_hash, 32);
        return true;
    }
    return false;
}

static zk_err check_key(const struct deploy_plan *p, const struct artifact *a)
{
    uint8_t circuit[32];
    if (a->key == NULL) return ZK_OK;
    if (deploy_circuit_hash(circuit) && memcmp(circuit, a->key->circuit_hash, 32) != 0)
        return zk_fail(ZK_ERR_RANGE, "the verifier %s is of another circuit than this program's: make it anew",
                       a->name);
    if (a->key->insecure && !deploy_is_development_chain(p->settings.chain_id))
        return zk_fail(ZK_ERR_RANGE,
                       "the verifier %s is of an insecure setup: anybody can prove anything. For chain %llu name "
                       "verifiers of a ceremony's setup with --verifiers FOLDER",
                       a->name, (unsigned long long)p->settings.chain_id);
    return ZK_OK;
}

static zk_err add_verifier(struct deploy_plan *p, const struct artifact *a)
{
    if (p->n_steps == DEPLOY_VERIFIERS_MAX) return zk_fail(ZK_ERR_FULL, "more than %d verifiers", DEPLOY_VERIFIERS_MAX);
    ZK_TRY(check_key(p, a));
    p->steps[p->n_steps++] = (struct deploy_step){.role = DEPLOY_VERIFIER, .artifact = a};
    return ZK_OK;
}

static zk_err add_verifiers(struct deploy_plan *p)
{
    const struct artifact_folder *folder = p->settings.verifier_folder;
    if (p->settings.n_verifiers > 0) return ZK_OK;
    for (size_t i = 0; folder != NULL && i < folder->n; i++) ZK_TRY(add_verifier(p, &folder->items[i]));
    for (size_t i = 0; folder == NULL && i < artifact_count; i++)
        if (is_verifier(&artifacts[i])) ZK_TRY(add_verifier(p, &artifacts[i]));
    if (p->n_steps == 0)
        return zk_fail(ZK_ERR_INPUT, "this build has no block verifiers: name deployed ones with --verifier ADDRESS");
    return ZK_OK;
}

static zk_err genesis_root(uint8_t out[32], const uint8_t fee_account[20])
{
    struct state_config config = state_config_default();
    config.accounts = config.nfts = 1;
    config.balance_bytes = 1 << 20;
    eth_address address;
    memcpy(address.b, fee_account, 20);
    struct state *s;
    ZK_TRY(state_create(&s, &config, &address));
    fr root;
    state_root(&root, s);
    fr_to_be32(out, &root);
    state_destroy(s);
    return ZK_OK;
}

/* Everything that decides what is sent: the arguments with addresses still 0, and the code. */
static zk_err plan_id(struct deploy_plan *p)
{
    struct keccak256 k;
    uint8_t chain[8];
    keccak256_init(&k);
    store_be64(chain, p->settings.chain_id);
    keccak256_update(&k, chain, sizeof chain);
    keccak256_update(&k, p->settings.deployer, 20);
    for (size_t i = 0; i < p->n_steps; i++) {
        uint8_t *data = NULL;
        size_t len = 0;
        uint8_t hash[32];
        ZK_TRY(deploy_step_data(&data, &len, p, i));
        keccak256(hash, data, len);
        keccak256_update(&k, hash, sizeof hash);
        free(data);
    }
    keccak256_final(&k, p->id);
    return ZK_OK;
}

zk_err deploy_plan_make(struct deploy_plan *out, const struct deploy_settings *settings)
{
    static const struct {
        deploy_role role;
        const char *name;
    } rest[] = {
        {DEPLOY_POSEIDON2, "Poseidon2"},
        {DEPLOY_GOVERNANCE_TARGET, "Governance"},
        {DEPLOY_EXODUS_PART, "ZkRollExodus"},
        {DEPLOY_OPERATOR_PART, "ZkRollOperator"},
        {DEPLOY_MAIN_TARGET, "ZkRoll"},
        {DEPLOY_MULTICALL, "Multicall"},
        {DEPLOY_FORCED_EXIT, "ForcedExit"},
        {DEPLOY_DEPLOYMENT, "Deployment"},
        {DEPLOY_WITHDRAWAL_HELPER, "WithdrawalHelper"},
    };
    ZK_TRY(deploy_settings_check(settings));
    *out = (struct deploy_plan){.settings = *settings};
    ZK_TRY(add_verifiers(out));
    for (size_t i = 0; i < ZK_COUNT(rest); i++) ZK_TRY(add_step(out, rest[i].role, rest[i].name));
    ZK_TRY(genesis_root(out->genesis_root, settings->fee_account));
    return plan_id(out);
}

void deploy_plan_set_nonce(struct deploy_plan *p, size_t step, uint64_t nonce)
{
    assert(step < p->n_steps);
    p->steps[step].has_nonce = true;
    p->steps[step].nonce = nonce;
    eth_create_address(p->steps[step].address, p->settings.deployer, nonce);
}

const struct deploy_step *deploy_plan_step(const struct deploy_plan *p, deploy_role role)
{
    size_t i = 0;
    while (i < p->n_steps && p->steps[i].role != role) i++;
    assert(i < p->n_steps);
    return &p->steps[i];
}

void deploy_plan_created(uint8_t address[20], const struct deploy_plan *p, deploy_created which)
{
    /* A contract's own nonce begins at 1 (EIP-161). */
    eth_create_address(address, deploy_plan_step(p, DEPLOY_DEPLOYMENT)->address, (uint64_t)which);
}

size_t deploy_plan_verifiers(uint8_t out[DEPLOY_VERIFIERS_MAX][20], const struct deploy_plan *p)
{
    const struct deploy_settings *s = &p->settings;
    if (s->n_verifiers > 0) {
        memcpy(out, s->verifiers, s->n_verifiers * 20);
        return s->n_verifiers;
    }
    size_t n = 0;
    while (p->steps[n].role == DEPLOY_VERIFIER) {
        memcpy(out[n], p->steps[n].address, 20);
        n++;
    }
    return n;
}

bool deploy_step_ready(const struct deploy_plan *p, size_t step, uint32_t mined)
{
    for (size_t i = 0; i < step; i++) {
        if (!p->steps[i].has_nonce) return false;
        if (p->steps[step].role == DEPLOY_DEPLOYMENT && !(mined >> i & 1)) return false;
    }
    return true;
}

/* ---- constructor arguments */

static void put_addresses(struct abi_out *o, const uint8_t (*addresses)[20], size_t n)
{
    abi_put_u64(o, n);
    for (size_t i = 0; i < n; i++) abi_put_address(o, addresses[i]);
}

/* Deployment.Settings, as the only argument. */
static void put_settings(struct abi_out *o, const struct deploy_plan *p)
{
    const struct deploy_settings *s = &p->settings;
    uint8_t verifiers[DEPLOY_VERIFIERS_MAX][20];
    size_t n_verifiers = deploy_plan_verifiers(verifiers, p);

    size_t arguments = abi_begin(o);
    size_t argument = abi_put_slot(o);
    abi_fill_slot(o, argument, arguments);
    size_t tuple = abi_begin(o);
    abi_put_address(o, deploy_plan_step(p, DEPLOY_MAIN_TARGET)->address);
    abi_put_address(o, deploy_plan_step(p, DEPLOY_GOVERNANCE_TARGET)->address);
    abi_put_address(o, deploy_plan_step(p, DEPLOY_POSEIDON2)->address);
    size_t verifiers_slot = abi_put_slot(o);
    abi_put_address(o, s->governor);
    abi_put_address(o, s->validator);
    abi_put_address(o, s->fee_account);
    abi_put_u64(o, s->priority_expiration);
    abi_put_u64(o, s->notice_period);
    abi_put_u64(o, s->notice_floor);
    size_t council_slot = abi_put_slot(o);
    abi_put_u64(o, s->council_threshold);
    abi_put_bool(o, s->open_listing);
    abi_put_address(o, s->listing_fee_token);
    abi_put_word(o, s->listing_fee);
    abi_put_u64(o, s->listing_cap);
    abi_put_address(o, s->treasury);
    size_t name_slot = abi_put_slot(o);
    size_t symbol_slot = abi_put_slot(o);

    abi_fill_slot(o, verifiers_slot, tuple);
    put_addresses(o, (const uint8_t(*)[20])verifiers, n_verifiers);
    abi_fill_slot(o, council_slot, tuple);
    put_addresses(o, s->council, s->n_council);
    abi_fill_slot(o, name_slot, tuple);
    abi_put_bytes(o, (const uint8_t *)s->nft_name, strlen(s->nft_name));
    abi_fill_slot(o, symbol_slot, tuple);
    abi_put_bytes(o, (const uint8_t *)s->nft_symbol, strlen(s->nft_symbol));
}

static void put_arguments(struct abi_out *o, const struct deploy_plan *p, deploy_role role)
{
    uint8_t main_contract[20];
    switch (role) {
    case DEPLOY_OPERATOR_PART: abi_put_address(o, deploy_plan_step(p, DEPLOY_EXODUS_PART)->address); break;
    case DEPLOY_MAIN_TARGET: abi_put_address(o, deploy_plan_step(p, DEPLOY_OPERATOR_PART)->address); break;
    case DEPLOY_FORCED_EXIT:
        abi_put_address(o, p->settings.governor);
        abi_put_address(o, p->settings.forced_exit_receiver);
        break;
    case DEPLOY_DEPLOYMENT: put_settings(o, p); break;
    case DEPLOY_WITHDRAWAL_HELPER:
        deploy_plan_created(main_contract, p, DEPLOY_MAIN);
        abi_put_address(o, main_contract);
        break;
    case DEPLOY_VERIFIER:
    case DEPLOY_POSEIDON2:
    case DEPLOY_GOVERNANCE_TARGET:
    case DEPLOY_EXODUS_PART:
    case DEPLOY_MULTICALL: break;
    }
}

zk_err deploy_step_data(uint8_t **data, size_t *len, const struct deploy_plan *p, size_t step)
{
    assert(step < p->n_steps);
    const struct artifact *a = p->steps[step].artifact;
    *data = malloc(a->init_len + ARGUMENTS_CAP);
    if (*data == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the code of %s", a->name);
    memcpy(*data, a->init_code, a->init_len);
    struct abi_out o;
    abi_out_init(&o, *data + a->init_len, ARGUMENTS_CAP);
    put_arguments(&o, p, p->steps[step].role);
    assert(abi_out_ok(&o));
    *len = a->init_len + o.len;
    return ZK_OK;
}

zk_err deploy_step_gas(uint64_t *gas, const struct deploy_plan *p, size_t step)
{
    static const char *const created[] = {"Proxy", "Proxy", "UpgradeGatekeeper", "NFTFactory", "TokenGovernance"};
    enum { GAS_A_CODE_BYTE = 200 };
    const uint64_t gas_deployment = 1300000; /* the constructors of the five, and the genesis root */
    const struct deploy_step *s = &p->steps[step];
    uint8_t *data = NULL;
    size_t len = 0;
    ZK_TRY(deploy_step_data(&data, &len, p, step));
    *gas = eth_tx_intrinsic_gas(data, len, true) + GAS_A_CODE_BYTE * s->artifact->runtime_len;
    free(data);
    if (s->role != DEPLOY_DEPLOYMENT) return ZK_OK;
    *gas += gas_deployment;
    for (size_t i = 0; i < ZK_COUNT(created); i++) {
        const struct artifact *a = artifact_find(created[i]);
        if (a == NULL) return zk_fail(ZK_ERR_UNSUPPORTED, "this program was built without the contract %s", created[i]);
        *gas += GAS_A_CODE_BYTE * a->runtime_len;
    }
    return ZK_OK;
}

/* ---- checks */

struct list {
    struct deploy_check *items;
    size_t n;
};

static struct deploy_check *add(struct list *l, deploy_check_kind kind, const char *name, const uint8_t address[20])
{
    assert(l->n < DEPLOY_CHECKS_MAX);
    struct deploy_check *c = &l->items[l->n++];
    *c = (struct deploy_check){.kind = kind};
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    memcpy(c->address, address, 20);
    return c;
}

static void word_of_address(uint8_t word[32], const uint8_t address[20])
{
    memset(word, 0, 12);
    memcpy(word + 12, address, 20);
}

/* Code with up to two immutables that are addresses; NULL: fewer. */
static void add_code(struct list *l, const char *name, const uint8_t address[20], const struct artifact *a,
                     const uint8_t *first, const uint8_t *second)
{
    assert(a != NULL);
    struct deploy_check *c = add(l, DEPLOY_CHECK_CODE, name, address);
    c->artifact = a;
    if (first != NULL) word_of_address(c->immutables[c->n_immutables++], first);
    if (second != NULL) word_of_address(c->immutables[c->n_immutables++], second);
}

/* address.signature(argument) = word; argument: one word, or NULL. */
static struct deploy_check *add_call(struct list *l, deploy_check_kind kind, const char *name,
                                     const uint8_t address[20], const char *signature, const uint8_t *argument)
{
    struct deploy_check *c = add(l, kind, name, address);
    abi_selector(c->call, signature);
    c->call_len = 4;
    if (argument == NULL) return c;
    memcpy(c->call + 4, argument, 32);
    c->call_len = 36;
    return c;
}

static void add_address(struct list *l, const char *name, const uint8_t address[20], const char *signature,
                        const uint8_t *argument, const uint8_t want[20])
{
    struct deploy_check *c = add_call(l, DEPLOY_CHECK_ANSWER, name, address, signature, argument);
    word_of_address(c->want, want);
    c->want_len = 32;
}

static void add_u64(struct list *l, const char *name, const uint8_t address[20], const char *signature,
                    const uint8_t *argument, uint64_t want)
{
    struct deploy_check *c = add_call(l, DEPLOY_CHECK_ANSWER, name, address, signature, argument);
    store_be64(c->want + 24, want);
    c->want_len = 32;
}

static void word_of_u64(uint8_t word[32], uint64_t x)
{
    memset(word, 0, 24);
    store_be64(word + 24, x);
}

/* The addresses that checks speak of. */
struct places {
    uint8_t governance[20], main[20], gatekeeper[20], factory[20], listing[20];
    const uint8_t *deployment, *main_target, *operator_part, *exodus_part, *governance_target, *forced_exit, *helper;
};

static void find_places(struct places *out, const struct deploy_plan *p)
{
    deploy_plan_created(out->governance, p, DEPLOY_GOVERNANCE);
    deploy_plan_created(out->main, p, DEPLOY_MAIN);
    deploy_plan_created(out->gatekeeper, p, DEPLOY_GATEKEEPER);
    deploy_plan_created(out->factory, p, DEPLOY_NFT_FACTORY);
    deploy_plan_created(out->listing, p, DEPLOY_TOKEN_GOVERNANCE);
    out->deployment = deploy_plan_step(p, DEPLOY_DEPLOYMENT)->address;
    out->main_target = deploy_plan_step(p, DEPLOY_MAIN_TARGET)->address;
    out->operator_part = deploy_plan_step(p, DEPLOY_OPERATOR_PART)->address;
    out->exodus_part = deploy_plan_step(p, DEPLOY_EXODUS_PART)->address;
    out->governance_target = deploy_plan_step(p, DEPLOY_GOVERNANCE_TARGET)->address;
    out->forced_exit = deploy_plan_step(p, DEPLOY_FORCED_EXIT)->address;
    out->helper = deploy_plan_step(p, DEPLOY_WITHDRAWAL_HELPER)->address;
}

/* What the verifier says of itself is what was said of it: that it is of the development setup, above all. */
static void add_verifier_key(struct list *l, const uint8_t address[20], const struct artifact_key *k)
{
    struct deploy_check *c = add_call(l, DEPLOY_CHECK_ANSWER, "", address, "KEY_DIGEST()", NULL);
    (void)snprintf(c->name, sizeof c->name, "key of the verifier of key %u", k->key_id);
    memcpy(c->want, k->key_digest, 32);
    c->want_len = 32;
    add_u64(l, "", address, "INSECURE_SRS()", NULL, k->insecure);
    (void)snprintf(l->items[l->n - 1].name, sizeof l->items->name, "setup of the verifier of key %u", k->key_id);
}

static void add_codes(struct list *l, const struct deploy_plan *p, const struct places *a)
{
    for (size_t i = 0; i < p->n_steps && p->steps[i].role == DEPLOY_VERIFIER; i++) {
        add_code(l, "", p->steps[i].address, p->steps[i].artifact, NULL, NULL);
        (void)snprintf(l->items[l->n - 1].name, sizeof l->items->name, "code of the verifier of key %zu", i);
        if (p->steps[i].artifact->key != NULL) add_verifier_key(l, p->steps[i].address, p->steps[i].artifact->key);
    }
    add_code(l, "code of poseidon2", deploy_plan_step(p, DEPLOY_POSEIDON2)->address, artifact_find("Poseidon2"), NULL,
             NULL);
    add_code(l, "code of the governance target", a->governance_target, artifact_find("Governance"),
             a->governance_target, NULL);
    add_code(l, "code of the exodus part", a->exodus_part, artifact_find("ZkRollExodus"), a->exodus_part, NULL);
    add_code(l, "code of the operator part", a->operator_part, artifact_find("ZkRollOperator"), a->operator_part,
             a->exodus_part);
    add_code(l, "code of the main target", a->main_target, artifact_find("ZkRoll"), a->main_target, a->operator_part);
    add_code(l, "code of multicall", deploy_plan_step(p, DEPLOY_MULTICALL)->address, artifact_find("Multicall"), NULL,
             NULL);
    add_code(l, "code of forced exit", a->forced_exit, artifact_find("ForcedExit"), p->settings.governor, NULL);
    add_code(l, "code of the withdrawal helper", a->helper, artifact_find("WithdrawalHelper"), a->main, NULL);
    add_code(l, "code of the main proxy", a->main, artifact_find("Proxy"), NULL, NULL);
    add_code(l, "code of the governance proxy", a->governance, artifact_find("Proxy"), NULL, NULL);
    add_code(l, "code of the gatekeeper", a->gatekeeper, artifact_find("UpgradeGatekeeper"), a->main, NULL);
    add_code(l, "code of the NFT factory", a->factory, artifact_find("NFTFactory"), a->main, NULL);
    add_code(l, "code of token governance", a->listing, artifact_find("TokenGovernance"), a->governance, a->main);

    const uint8_t *made[] = {a->main, a->governance, a->gatekeeper, a->listing, a->factory};
    struct deploy_check *c = add(l, DEPLOY_CHECK_CODE, "code of the deployment", a->deployment);
    c->artifact = artifact_find("Deployment");
    for (size_t i = 0; i < ZK_COUNT(made); i++) word_of_address(c->immutables[c->n_immutables++], made[i]);
}

static void add_upgrades(struct list *l, const struct deploy_plan *p, const struct places *a)
{
    uint8_t index[32];
    add_address(l, "target of the main proxy", a->main, "getTarget()", NULL, a->main_target);
    add_address(l, "owner of the main proxy", a->main, "getMaster()", NULL, a->gatekeeper);
    add_address(l, "target of the governance proxy", a->governance, "getTarget()", NULL, a->governance_target);
    add_address(l, "owner of the governance proxy", a->governance, "getMaster()", NULL, a->gatekeeper);
    add_address(l, "owner of the gatekeeper", a->gatekeeper, "getMaster()", NULL, p->settings.governor);
    word_of_u64(index, 0);
    add_address(l, "first contract of the gatekeeper", a->gatekeeper, "managedContracts(uint256)", index,
                a->governance);
    word_of_u64(index, 1);
    add_address(l, "second contract of the gatekeeper", a->gatekeeper, "managedContracts(uint256)", index, a->main);
    word_of_u64(index, 2);
    (void)add_call(l, DEPLOY_CHECK_REVERT, "no third contract of the gatekeeper", a->gatekeeper,
                   "managedContracts(uint256)", index);
    add_u64(l, "no upgrade under way", a->gatekeeper, "upgradeStatus()", NULL, 0);
}

static void add_governance(struct list *l, const struct deploy_plan *p, const struct places *a)
{
    const struct deploy_settings *s = &p->settings;
    uint8_t who[32];
    add_address(l, "governor", a->governance, "networkGovernor()", NULL, s->governor);
    add_address(l, "who lists tokens", a->governance, "tokenGovernance()", NULL,
                s->open_listing ? a->listing : s->governor);
    add_address(l, "default NFT factory", a->governance, "defaultFactory()", NULL, a->factory);
    word_of_address(who, s->validator);
    add_u64(l, "validator", a->governance, "validators(address)", who, 1);
    word_of_address(who, a->deployment);
    add_u64(l, "the deployment is no validator", a->governance, "validators(address)", who, 0);
    if (memcmp(s->deployer, s->validator, 20) != 0) {
        word_of_address(who, s->deployer);
        add_u64(l, "the deployer is no validator", a->governance, "validators(address)", who, 0);
    }
    add_address(l, "governance of token governance", a->listing, "governance()", NULL, a->governance);
    add_address(l, "token of the listing fee", a->listing, "listingFeeToken()", NULL, s->listing_fee_token);
    struct deploy_check *fee = add_call(l, DEPLOY_CHECK_ANSWER, "listing fee", a->listing, "listingFee()", NULL);
    memcpy(fee->want, s->listing_fee, 32);
    fee->want_len = 32;
    add_u64(l, "listing cap", a->listing, "listingCap()", NULL, s->listing_cap);
    add_address(l, "treasury", a->listing, "treasury()", NULL, s->treasury);
    word_of_address(who, s->governor);
    add_u64(l, "the governor lists for nothing", a->listing, "tokenLister(address)", who, 1);
    add_address(l, "receiver of forced exits", a->forced_exit, "receiver()", NULL, s->forced_exit_receiver);
}

/* The hash of StoredBlock(0, 0, keccak256(""), 0, genesis root, 0). */
static void genesis_hash(uint8_t out[32], const struct deploy_plan *p)
{
    uint8_t words[6 * 32] = {0};
    keccak256(words + 2 * 32, "", 0);
    memcpy(words + 4 * 32, p->genesis_root, 32);
    keccak256(out, words, sizeof words);
}

static void add_main(struct list *l, const struct deploy_plan *p, const struct places *a)
{
    const struct deploy_settings *s = &p->settings;
    uint8_t verifiers[DEPLOY_VERIFIERS_MAX][20];
    uint8_t index[32];
    size_t n = deploy_plan_verifiers(verifiers, p);
    add_address(l, "governance of the main contract", a->main, "governance()", NULL, a->governance);
    add_u64(l, "number of verifiers", a->main, "keyCount()", NULL, n);
    for (size_t i = 0; i < n; i++) {
        word_of_u64(index, i);
        add_address(l, "verifier", a->main, "verifiers(uint32)", index, verifiers[i]);
        (void)snprintf(l->items[l->n - 1].name, sizeof l->items->name, "verifier of key %zu", i);
    }
    add_u64(l, "priority expiration", a->main, "priorityExpiration()", NULL, s->priority_expiration);
    add_u64(l, "notice period", a->main, "getNoticePeriod()", NULL, s->notice_period);
    add_u64(l, "no exodus", a->main, "exodusMode()", NULL, 0);
    word_of_u64(index, 0);
    struct deploy_check *c =
        add_call(l, DEPLOY_CHECK_ANSWER, "genesis block", a->main, "storedBlockHashes(uint32)", index);
    genesis_hash(c->want, p);
    c->want_len = 32;

    c = add(l, DEPLOY_CHECK_EVENT, "genesis event", a->main);
    abi_topic(c->call, "Genesis(bytes32,address,address,uint64,uint64,uint64)");
    c->call_len = 32;
    memcpy(c->want, p->genesis_root, 32);
    word_of_address(c->want + 32, s->fee_account);
    word_of_address(c->want + 64, a->governance);
    word_of_u64(c->want + 96, s->priority_expiration);
    word_of_u64(c->want + 128, s->notice_period);
    word_of_u64(c->want + 160, s->notice_floor);
    c->want_len = 192;
}

size_t deploy_plan_checks(struct deploy_check *out, const struct deploy_plan *p)
{
    struct list l = {.items = out};
    struct places a;
    for (size_t i = 0; i < p->n_steps; i++) assert(p->steps[i].has_nonce);
    find_places(&a, p);
    add_codes(&l, p, &a);
    add_upgrades(&l, p, &a);
    add_governance(&l, p, &a);
    add_main(&l, p, &a);
    return l.n;
}
