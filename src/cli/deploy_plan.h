/* deploy_plan: what a deployment consists of, without doing any of it: which contracts, in which order, with which
 * arguments, at which addresses, and what must be true on chain afterwards.
 *
 * An address of a contract is that of its creator and the creator's nonce, so all addresses follow from the deployer's
 * and the nonces that the steps got. The contract Deployment creates five more and hands them over in its constructor:
 * governance and main contract behind proxies, the gatekeeper that owns the proxies, the NFT factory, token governance.
 *
 * Ownership  a plan is plain data; deploy_step_data returns owned memory.
 * Failure    ZK_ERR_RANGE: settings that the contracts or their users must not be given; the message says which.
 * Source     contracts/src/Deployment.sol, ZkRollExodus.initialize. */
#ifndef ZK_CLI_DEPLOY_PLAN_H
#define ZK_CLI_DEPLOY_PLAN_H

#include "cli/artifact.h"

#define DEPLOY_VERIFIERS_MAX 8
#define DEPLOY_COUNCIL_MAX   32 /* ZkRollExodus.COUNCIL_MAX */
#define DEPLOY_STEPS_MAX     (9 + DEPLOY_VERIFIERS_MAX)
#define DEPLOY_CHECKS_MAX    96

#define DEPLOY_SECONDS_DAY        UINT64_C(86400)
#define DEPLOY_EXPIRATION_MIN     (14 * DEPLOY_SECONDS_DAY) /* ZkRollExodus.PRIORITY_EXPIRATION_MIN */
#define DEPLOY_EXPIRATION_MAX     (365 * DEPLOY_SECONDS_DAY)
#define DEPLOY_TIME_TO_LEAVE      (7 * DEPLOY_SECONDS_DAY) /* ZkRollExodus.TIME_TO_LEAVE */
#define DEPLOY_LISTING_CAP_MAX    1023                     /* Governance.TOKENS_MAX */
#define DEPLOY_NFT_NAME_MAX       63
#define DEPLOY_VERIFIER_ARTIFACTS "BlockVerifier" /* artifacts whose names begin so are verifiers, key ids in order */

struct deploy_settings {
    uint64_t chain_id;
    uint8_t deployer[20];
    uint8_t governor[20];
    uint8_t validator[20];
    uint8_t fee_account[20];
    uint8_t forced_exit_receiver[20];
    uint8_t verifiers[DEPLOY_VERIFIERS_MAX][20]; /* deployed already; none: those of the folder, or the build's */
    size_t n_verifiers;
    const struct artifact_folder *verifier_folder; /* NULL: none; borrowed as long as the plan is used */
    uint64_t priority_expiration;                  /* seconds */
    uint64_t notice_period;
    uint64_t notice_floor;
    uint8_t council[DEPLOY_COUNCIL_MAX][20];
    size_t n_council;
    uint64_t council_threshold;
    bool open_listing;
    uint8_t listing_fee_token[20];
    uint8_t listing_fee[32];
    uint64_t listing_cap;
    uint8_t treasury[20];
    char nft_name[DEPLOY_NFT_NAME_MAX + 1];
    char nft_symbol[DEPLOY_NFT_NAME_MAX + 1];
};

/* Chains on which nothing is worth anything: 9, 1337, 31337. */
bool deploy_is_development_chain(uint64_t chain_id);

/* Floors, limits, and what the constructors would refuse. */
ZK_MUST_USE zk_err deploy_settings_check(const struct deploy_settings *s);

typedef enum deploy_role {
    DEPLOY_VERIFIER,
    DEPLOY_POSEIDON2,
    DEPLOY_GOVERNANCE_TARGET,
    DEPLOY_EXODUS_PART,
    DEPLOY_OPERATOR_PART,
    DEPLOY_MAIN_TARGET,
    DEPLOY_MULTICALL,
    DEPLOY_FORCED_EXIT,
    DEPLOY_DEPLOYMENT, /* needs the code of all above */
    DEPLOY_WITHDRAWAL_HELPER,
} deploy_role;

struct deploy_step {
    deploy_role role;
    const struct artifact *artifact;
    bool has_nonce;
    uint64_t nonce;
    uint8_t address[20]; /* once it has a nonce */
};

struct deploy_plan {
    struct deploy_settings settings;
    struct deploy_step steps[DEPLOY_STEPS_MAX]; /* in the order in which they are sent */
    size_t n_steps;
    uint8_t genesis_root[32];
    uint8_t id[32]; /* hash of settings and code: two plans with the same id do the same */
};

/* Checks the settings first. ZK_ERR_INPUT if there is no verifier; ZK_ERR_RANGE for verifiers of an insecure setup on a
 * chain that is not for development, and for verifiers of another circuit than this program's. */
ZK_MUST_USE zk_err deploy_plan_make(struct deploy_plan *out, const struct deploy_settings *settings);

void deploy_plan_set_nonce(struct deploy_plan *p, size_t step, uint64_t nonce);

/* The hash of the circuit whose blocks this program makes; false in a build without verifiers. */
ZK_MUST_USE bool deploy_circuit_hash(uint8_t out[32]);

/* The step with this role; of verifiers the first. */
const struct deploy_step *deploy_plan_step(const struct deploy_plan *p, deploy_role role);

/* May the step be sent: do all steps before it have nonces, and if it runs their code, are they mined (bit i of
 * mined)? */
bool deploy_step_ready(const struct deploy_plan *p, size_t step, uint32_t mined);

/* Init code with constructor arguments; returns owned. Steps without a nonce count as address 0. */
ZK_MUST_USE zk_err deploy_step_data(uint8_t **data, size_t *len, const struct deploy_plan *p, size_t step);

/* About what creating it takes; within a few percent (tests/deploy compares). */
ZK_MUST_USE zk_err deploy_step_gas(uint64_t *gas, const struct deploy_plan *p, size_t step);

/* ---- what Deployment creates, in the order of its constructor */

typedef enum deploy_created {
    DEPLOY_GOVERNANCE = 1,
    DEPLOY_MAIN,
    DEPLOY_GATEKEEPER,
    DEPLOY_NFT_FACTORY,
    DEPLOY_TOKEN_GOVERNANCE,
} deploy_created;

void deploy_plan_created(uint8_t address[20], const struct deploy_plan *p, deploy_created which);

/* The key ids' verifiers. */
size_t deploy_plan_verifiers(uint8_t out[DEPLOY_VERIFIERS_MAX][20], const struct deploy_plan *p);

/* ---- what must be true afterwards */

typedef enum deploy_check_kind {
    DEPLOY_CHECK_CODE,   /* the runtime code of an artifact, with these immutables */
    DEPLOY_CHECK_ANSWER, /* a call answers with one word */
    DEPLOY_CHECK_REVERT, /* a call reverts */
    DEPLOY_CHECK_EVENT,  /* the one log with this topic in the deployment's block has this data */
} deploy_check_kind;

struct deploy_check {
    char name[64];
    deploy_check_kind kind;
    uint8_t address[20];
    const struct artifact *artifact;
    uint8_t immutables[ARTIFACT_IMMUTABLES_MAX][32];
    size_t n_immutables;
    uint8_t call[4 + 32]; /* or the topic */
    size_t call_len;
    uint8_t want[6 * 32];
    size_t want_len;
};

/* Every step must have a nonce. out has DEPLOY_CHECKS_MAX; returns how many. */
size_t deploy_plan_checks(struct deploy_check *out, const struct deploy_plan *p);

#endif
