#include "base/bytes.h"
#include "cli/cli.h"
#include "cli/deploy.h"
#include "ethereum/eth_rpc.h"
#include "ethereum/eth_tx.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_VARIABLE      "ZKROLL_KEY"
#define PASSWORD_VARIABLE "ZKROLL_KEY_PASSWORD"
#define OUT_DEFAULT       "zkroll-addresses.json"
#define GWEI              UINT64_C(1000000000)
#define MAX_FEE_GWEI      500
#define CONFIRMATIONS     2

enum {
    OPT_CHAIN_ID = 256,
    OPT_GOVERNOR,
    OPT_VALIDATOR,
    OPT_FEE_ACCOUNT,
    OPT_VERIFIER,
    OPT_VERIFIERS,
    OPT_PRIORITY_EXPIRATION,
    OPT_NOTICE_PERIOD,
    OPT_NOTICE_FLOOR,
    OPT_COUNCIL,
    OPT_COUNCIL_THRESHOLD,
    OPT_OPEN_LISTING,
    OPT_LISTING_FEE_TOKEN,
    OPT_LISTING_FEE,
    OPT_LISTING_CAP,
    OPT_TREASURY,
    OPT_FORCED_EXIT_RECEIVER,
    OPT_NFT_NAME,
    OPT_NFT_SYMBOL,
    OPT_CONFIRMATIONS,
    OPT_MAX_FEE,
    OPT_YES,
    OPT_DRY_RUN,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "The chain:", 1},
    {"l1", 'l', "URL", 0, "an Ethereum node; several are tried in turn", 1},
    {"key", 'k', "FILE", 0,
     "the deployer's key: a raw one or a keystore, whose password is in $" PASSWORD_VARIABLE
     "; else the raw key in $" KEY_VARIABLE,
     1},
    {"chain-id", OPT_CHAIN_ID, "N", 0, "refuse any other chain", 1},
    {"confirmations", OPT_CONFIRMATIONS, "N", 0,
     "blocks on top of a transaction before it counts (2; 0 on development chains)", 1},
    {"max-fee", OPT_MAX_FEE, "GWEI", 0, "never pay more than this for a gas (500)", 1},
    {"out", 'o', "FILE", 0, "the addresses file (" OUT_DEFAULT "); if it is there, it is checked and nothing is sent",
     1},
    {"yes", OPT_YES, NULL, 0, "send, also on a chain that is not for development", 1},
    {"dry-run", OPT_DRY_RUN, NULL, 0, "print the summary and its cost, and send nothing", 1},
    {NULL, 0, NULL, 0, "Who (on development chains all default to the deployer):", 2},
    {"governor", OPT_GOVERNOR, "ADDRESS", 0, "owns governance and upgrades", 2},
    {"validator", OPT_VALIDATOR, "ADDRESS", 0, "the operator's L1 account", 2},
    {"fee-account", OPT_FEE_ACCOUNT, "ADDRESS", 0, "owner of account 0, which collects the fees", 2},
    {"treasury", OPT_TREASURY, "ADDRESS", 0, "gets listing fees (the governor)", 2},
    {"forced-exit-receiver", OPT_FORCED_EXIT_RECEIVER, "ADDRESS", 0, "gets payments for forced exits (the fee account)",
     2},
    {"council", OPT_COUNCIL, "ADDRESS", 0, "a member of the council that can shorten an upgrade's notice; repeat", 2},
    {"council-threshold", OPT_COUNCIL_THRESHOLD, "N", 0, "how many members must agree", 2},
    {"verifier", OPT_VERIFIER, "ADDRESS", 0, "a deployed block verifier; repeat, in the order of key ids", 2},
    {"verifiers", OPT_VERIFIERS, "FOLDER", 0,
     "verifiers to deploy, as contracts/build.mjs compiled them (those of the development setup: INSECURE)", 2},
    {NULL, 0, NULL, 0, "Rules (times in seconds, or as 14d, 2h, 30m):", 3},
    {"priority-expiration", OPT_PRIORITY_EXPIRATION, "TIME", 0, "how long a request may wait before exodus (14d)", 3},
    {"notice-period", OPT_NOTICE_PERIOD, "TIME", 0, "from an upgrade's announcement to its end (28d)", 3},
    {"notice-floor", OPT_NOTICE_FLOOR, "TIME", 0, "what the council can shorten that to (21d)", 3},
    {"open-listing", OPT_OPEN_LISTING, NULL, 0, "anyone may list tokens, for the fee", 3},
    {"listing-fee-token", OPT_LISTING_FEE_TOKEN, "ADDRESS", 0, "the fee's token", 3},
    {"listing-fee", OPT_LISTING_FEE, "UNITS", 0, "in the token's smallest unit, below 2^64 (0)", 3},
    {"listing-cap", OPT_LISTING_CAP, "N", 0, "most tokens that can be listed so (1023)", 3},
    {"nft-name", OPT_NFT_NAME, "TEXT", 0, "name of the default NFT contract (zkroll NFT)", 3},
    {"nft-symbol", OPT_NFT_SYMBOL, "TEXT", 0, "its symbol (ZKNFT)", 3},
    {0},
};

struct arguments {
    struct deploy_settings settings;
    struct deploy_options options;
    const char *urls[RPC_URLS_MAX];
    size_t n_urls;
    const char *key_file;
    const char *verifier_folder;
    uint64_t chain_id; /* 0: any */
    bool has_confirmations;
};

/* ---- texts */

static uint64_t parse_u64(struct argp_state *state, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long x = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) argp_error(state, "'%s' is not a number", text);
    return x;
}

static uint64_t parse_time(struct argp_state *state, const char *text)
{
    static const struct {
        char suffix;
        uint64_t seconds;
    } units[] = {{'d', DEPLOY_SECONDS_DAY}, {'h', 3600}, {'m', 60}, {'s', 1}};
    char digits[24];
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof digits) argp_error(state, "'%s' is not a time", text);
    for (size_t i = 0; i < ZK_COUNT(units) && len < sizeof digits; i++) {
        if (len < 2 || text[len - 1] != units[i].suffix) continue;
        memcpy(digits, text, len - 1);
        digits[len - 1] = '\0';
        uint64_t x = parse_u64(state, digits);
        if (x > UINT32_MAX) argp_error(state, "'%s' is too long a time", text);
        return x * units[i].seconds;
    }
    uint64_t x = parse_u64(state, text);
    if (x > UINT32_MAX) argp_error(state, "'%s' is too long a time", text);
    return x;
}

static void parse_address(uint8_t out[20], struct argp_state *state, const char *text)
{
    if (!eth_address_parse(out, text)) argp_error(state, "'%s' is not an address (or its checksum is wrong)", text);
}

static void add_address(uint8_t (*list)[20], size_t *n, size_t max, struct argp_state *state, const char *text)
{
    if (*n == max) argp_error(state, "more than %zu of one kind", max);
    parse_address(list[(*n)++], state, text);
}

static void parse_name(char out[DEPLOY_NFT_NAME_MAX + 1], struct argp_state *state, const char *text)
{
    if (strlen(text) > DEPLOY_NFT_NAME_MAX) argp_error(state, "a name has at most %d bytes", DEPLOY_NFT_NAME_MAX);
    (void)snprintf(out, DEPLOY_NFT_NAME_MAX + 1, "%s", text);
}

/* ---- argp */

static error_t parse_who(int opt, char *arg, struct argp_state *state, struct arguments *a)
{
    struct deploy_settings *s = &a->settings;
    switch (opt) {
    case OPT_GOVERNOR: parse_address(s->governor, state, arg); return 0;
    case OPT_VALIDATOR: parse_address(s->validator, state, arg); return 0;
    case OPT_FEE_ACCOUNT: parse_address(s->fee_account, state, arg); return 0;
    case OPT_TREASURY: parse_address(s->treasury, state, arg); return 0;
    case OPT_FORCED_EXIT_RECEIVER: parse_address(s->forced_exit_receiver, state, arg); return 0;
    case OPT_LISTING_FEE_TOKEN: parse_address(s->listing_fee_token, state, arg); return 0;
    case OPT_COUNCIL: add_address(s->council, &s->n_council, DEPLOY_COUNCIL_MAX, state, arg); return 0;
    case OPT_VERIFIERS: a->verifier_folder = arg; return 0;
    case OPT_VERIFIER: add_address(s->verifiers, &s->n_verifiers, DEPLOY_VERIFIERS_MAX, state, arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_rules(int opt, char *arg, struct argp_state *state, struct arguments *a)
{
    struct deploy_settings *s = &a->settings;
    switch (opt) {
    case OPT_COUNCIL_THRESHOLD: s->council_threshold = parse_u64(state, arg); return 0;
    case OPT_PRIORITY_EXPIRATION: s->priority_expiration = parse_time(state, arg); return 0;
    case OPT_NOTICE_PERIOD: s->notice_period = parse_time(state, arg); return 0;
    case OPT_NOTICE_FLOOR: s->notice_floor = parse_time(state, arg); return 0;
    case OPT_OPEN_LISTING: s->open_listing = true; return 0;
    case OPT_LISTING_FEE: store_be64(s->listing_fee + 24, parse_u64(state, arg)); return 0;
    case OPT_LISTING_CAP: s->listing_cap = parse_u64(state, arg); return 0;
    case OPT_NFT_NAME: parse_name(s->nft_name, state, arg); return 0;
    case OPT_NFT_SYMBOL: parse_name(s->nft_symbol, state, arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static uint64_t parse_max_fee(struct argp_state *state, const char *text)
{
    uint64_t gwei = parse_u64(state, text);
    if (gwei == 0 || gwei > UINT32_MAX) argp_error(state, "'%s' is not a fee", text);
    return gwei * GWEI;
}

static error_t parse_option(int opt, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (opt) {
    case 'l':
        if (a->n_urls == RPC_URLS_MAX) argp_error(state, "more than %d nodes", RPC_URLS_MAX);
        a->urls[a->n_urls++] = arg;
        return 0;
    case 'k': a->key_file = arg; return 0;
    case 'o': a->options.out = arg; return 0;
    case OPT_CHAIN_ID: a->chain_id = parse_u64(state, arg); return 0;
    case OPT_YES: a->options.yes = true; return 0;
    case OPT_DRY_RUN: a->options.dry_run = true; return 0;
    case OPT_MAX_FEE: a->options.max_fee = parse_max_fee(state, arg); return 0;
    case OPT_CONFIRMATIONS:
        a->options.confirmations = parse_u64(state, arg);
        a->has_confirmations = true;
        return 0;
    case ARGP_KEY_ARG: argp_error(state, "'%s' is one argument too many", arg); return 0;
    case ARGP_KEY_END:
        if (a->n_urls == 0) argp_error(state, "which chain? name a node with --l1 URL");
        if (a->verifier_folder != NULL && a->settings.n_verifiers > 0)
            argp_error(state, "--verifier and --verifiers are two ways to say one thing");
        return 0;
    default: break;
    }
    error_t err = parse_who(opt, arg, state, a);
    return err == ARGP_ERR_UNKNOWN ? parse_rules(opt, arg, state, a) : err;
}

/* ---- defaults that depend on the chain and the key */

static void default_to(uint8_t address[20], const uint8_t other[20])
{
    static const uint8_t zero[20];
    if (memcmp(address, zero, 20) == 0) memcpy(address, other, 20);
}

static void fill_defaults(struct arguments *a, uint64_t chain_id, const struct eth_key *key)
{
    struct deploy_settings *s = &a->settings;
    s->chain_id = chain_id;
    memcpy(s->deployer, key->address, 20);
    if (deploy_is_development_chain(chain_id)) {
        default_to(s->governor, key->address);
        default_to(s->validator, key->address);
        default_to(s->fee_account, key->address);
    }
    default_to(s->treasury, s->governor);
    default_to(s->forced_exit_receiver, s->fee_account);
    if (!a->has_confirmations) a->options.confirmations = deploy_is_development_chain(chain_id) ? 0 : CONFIRMATIONS;
}

/* On a chain of worth nobody is chosen by leaving an option out. */
static zk_err check_named(const struct deploy_settings *s)
{
    static const uint8_t zero[20];
    const struct {
        const char *option;
        const uint8_t *address;
    } needed[] = {{"--governor", s->governor}, {"--validator", s->validator}, {"--fee-account", s->fee_account}};
    for (size_t i = 0; i < ZK_COUNT(needed); i++)
        if (memcmp(needed[i].address, zero, 20) == 0)
            return zk_fail(ZK_ERR_INPUT, "chain %llu is not for development: it needs %s ADDRESS",
                           (unsigned long long)s->chain_id, needed[i].option);
    return ZK_OK;
}

static zk_err read_key(struct eth_key *key, const char *file)
{
    if (file != NULL) return eth_key_from_file(key, file, getenv(PASSWORD_VARIABLE));
    if (getenv(KEY_VARIABLE) == NULL)
        return zk_fail(ZK_ERR_INPUT, "no key: give one with --key FILE or in $" KEY_VARIABLE);
    return eth_key_from_env(key, KEY_VARIABLE);
}

static zk_err run(struct arguments *a, struct rpc *rpc, const struct eth_key *key)
{
    uint64_t chain_id;
    (void)fprintf(stderr, "asking L1 for its chain\n"); /* an unreachable node takes seconds to give up on */
    ZK_TRY(eth_rpc_chain_id(rpc, &chain_id));
    if (a->chain_id != 0 && a->chain_id != chain_id)
        return zk_fail(ZK_ERR_INPUT, "the node is of chain %llu, and --chain-id wants %llu",
                       (unsigned long long)chain_id, (unsigned long long)a->chain_id);
    fill_defaults(a, chain_id, key);
    ZK_TRY(check_named(&a->settings));
    struct artifact_folder folder = {0};
    if (a->verifier_folder != NULL) {
        ZK_TRY(artifact_folder_read(&folder, a->verifier_folder));
        a->settings.verifier_folder = &folder;
    }
    struct deploy_plan *plan = malloc(sizeof *plan);
    zk_err err = plan == NULL ? zk_fail(ZK_ERR_MEMORY, "no memory for the deployment") : ZK_OK;
    if (err == ZK_OK) err = deploy_plan_make(plan, &a->settings);
    if (err == ZK_OK) err = deploy_run(plan, &a->options, rpc, key);
    free(plan);
    artifact_folder_free(&folder);
    a->settings.verifier_folder = NULL;
    return err;
}

int cmd_deploy(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc = "Puts zkroll's contracts on a chain, or goes on with that, and checks that what is there is what was "
               "meant. Prints the addresses as JSON.",
    };
    struct arguments a = {.options = {.out = OUT_DEFAULT, .max_fee = MAX_FEE_GWEI * GWEI},
                          .settings = {.priority_expiration = DEPLOY_EXPIRATION_MIN,
                                       .notice_floor = DEPLOY_EXPIRATION_MIN + DEPLOY_TIME_TO_LEAVE,
                                       .notice_period = 28 * DEPLOY_SECONDS_DAY,
                                       .listing_cap = DEPLOY_LISTING_CAP_MAX,
                                       .nft_name = "zkroll NFT",
                                       .nft_symbol = "ZKNFT"}};
    (void)argp_parse(&argp, argc, argv, 0, NULL, &a);

    struct eth_key key = {0};
    struct rpc *rpc = NULL;
    struct rpc_config config = {.n_urls = a.n_urls};
    memcpy(config.urls, a.urls, sizeof a.urls);
    zk_err err = read_key(&key, a.key_file);
    if (err == ZK_OK) err = rpc_create(&rpc, &config);
    if (err == ZK_OK) err = run(&a, rpc, &key);
    rpc_destroy(rpc);
    eth_key_wipe(&key);
    if (err == ZK_OK) return CLI_DONE;
    (void)fprintf(stderr, "%s: %s\n", argv[0], zk_err_message());
    return CLI_FAILED;
}
