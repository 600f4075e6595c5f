#include "cli/cli.h"
#include "cli/devnet.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#define DIR_DEFAULT "zkroll-devnet"

enum {
    OPT_MNEMONIC = 256,
    OPT_PORTS,
    OPT_L1_PORT,
    OPT_RPC_PORT,
    OPT_WS_PORT,
    OPT_REST_PORT,
    OPT_L1_BLOCK_TIME,
    OPT_BLOCK_TIME,
    OPT_BLOCK_SLOTS,
    OPT_RESET,
    OPT_DEMO,
    OPT_NO_DEMO,
    OPT_RATE,
    OPT_BLOCKS,
    OPT_READY_FILE,
    OPT_NO_PROVER,
    OPT_SET,
    OPT_LOG,
};

static const struct argp_option options[] = {
    {"data-dir", 'd', "DIR", 0, "everything of this network (" DIR_DEFAULT "); it goes on where it was", 1},
    {"reset", OPT_RESET, NULL, 0, "throw away what is in the data directory, but for keys, and start anew", 1},
    {"mnemonic", OPT_MNEMONIC, "WORDS", 0, "of the accounts (\"test test … junk\")", 1},
    {"demo", OPT_DEMO, NULL, 0, "users that deposit, pay each other and withdraw", 2},
    {"no-demo", OPT_NO_DEMO, NULL, 0, "none of them (default)", 2},
    {"rate", OPT_RATE, "N", 0, "what these users send, in transactions a second (2)", 2},
    {"blocks", OPT_BLOCKS, "N", 0, "end after N blocks were verified on L1, with a summary", 2},
    {"block-time", OPT_BLOCK_TIME, "TIME", 0, "a block is closed at least so often, if there is anything in it (10s)",
     3},
    {"block-slots", OPT_BLOCK_SLOTS, "N", 0, "most slots of a block: 40, 160, 640 or 2560 (40)", 3},
    {"l1-block-time", OPT_L1_BLOCK_TIME, "TIME", 0, "an L1 block at least so often; 0s: only with transactions (2s)",
     3},
    {"ports", OPT_PORTS, "auto", 0, "any free ports, for L1 and node", 4},
    {"l1-port", OPT_L1_PORT, "N", 0, "port of L1 (8545); 0: a free one", 4},
    {"rpc-port", OPT_RPC_PORT, "N", 0, "JSON-RPC over HTTP (3030)", 4},
    {"ws-port", OPT_WS_PORT, "N", 0, "JSON-RPC over WebSocket (3031)", 4},
    {"rest-port", OPT_REST_PORT, "N", 0, "REST, web pages, metrics (3001)", 4},
    {"ready-file", OPT_READY_FILE, "FILE", 0, "written when all is up: URLs, contracts and accounts as JSON", 5},
    {"no-prover", OPT_NO_PROVER, NULL, 0, "no prover in this process: start `zkroll prover` elsewhere", 5},
    {"set", OPT_SET, "NAME=VALUE", 0, "any option of the node, as `zkroll config` lists them; repeat", 5},
    {"log-level", OPT_LOG, "LEVEL", 0, "of the node: debug, info, warn, error (warn)", 5},
    {0},
};

/* The node's table knows how each kind of value is written. */
static void set(struct devnet_options *o, struct argp_state *state, const char *name, const char *value)
{
    if (config_set(&o->node, name, value) != ZK_OK) argp_error(state, "%s", zk_err_message());
}

static uint64_t number(struct argp_state *state, const char *text, uint64_t max)
{
    char *end;
    unsigned long long x = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || x > max) argp_error(state, "'%s' is out of range", text);
    return x;
}

static void set_ports(struct devnet_options *o, struct argp_state *state, const char *text)
{
    if (strcmp(text, "auto") != 0 && strcmp(text, "0") != 0) argp_error(state, "--ports takes 'auto'");
    o->chain.port = 0;
    set(o, state, "api.rpc-port", "0");
    set(o, state, "api.ws-port", "0");
    set(o, state, "api.rest-port", "0");
    set(o, state, "api.web3-port", "0");
}

static void set_pair(struct devnet_options *o, struct argp_state *state, const char *text)
{
    char name[64];
    const char *is = strchr(text, '=');
    if (is == NULL || (size_t)(is - text) >= sizeof name) argp_error(state, "--set takes NAME=VALUE");
    memcpy(name, text, (size_t)(is - text));
    name[is - text] = '\0';
    set(o, state, name, is + 1);
}

/* A time as the node's options write it. */
static uint64_t time_ms(struct argp_state *state, const char *text)
{
    struct node_config scratch;
    config_defaults(&scratch);
    if (config_set(&scratch, "mempool.hold", text) != ZK_OK) argp_error(state, "'%s' is not a time", text);
    return scratch.mempool.hold_ms;
}

static error_t parse_node(int opt, char *arg, struct argp_state *state, struct devnet_options *o)
{
    switch (opt) {
    case OPT_BLOCK_TIME: set(o, state, "sequencer.block-time", arg); return 0;
    case OPT_BLOCK_SLOTS: set(o, state, "sequencer.block-slots", arg); return 0;
    case OPT_PORTS: set_ports(o, state, arg); return 0;
    case OPT_RPC_PORT: set(o, state, "api.rpc-port", arg); return 0;
    case OPT_WS_PORT: set(o, state, "api.ws-port", arg); return 0;
    case OPT_REST_PORT: set(o, state, "api.rest-port", arg); return 0;
    case OPT_SET: set_pair(o, state, arg); return 0;
    case OPT_LOG: set(o, state, "log-level", arg); return 0;
    case OPT_NO_PROVER: o->node.roles &= ~(unsigned)ROLE_PROVER; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_option(int opt, char *arg, struct argp_state *state)
{
    struct devnet_options *o = state->input;
    switch (opt) {
    case 'd': o->chain.dir = arg; return 0;
    case OPT_RESET: o->chain.reset = true; return 0;
    case OPT_MNEMONIC: o->chain.mnemonic = arg; return 0;
    case OPT_L1_PORT: o->chain.port = (uint16_t)number(state, arg, UINT16_MAX); return 0;
    case OPT_L1_BLOCK_TIME: o->chain.block_time_ms = time_ms(state, arg); return 0;
    case OPT_DEMO: o->demo = true; return 0;
    case OPT_NO_DEMO: o->demo = false; return 0;
    case OPT_RATE:
        o->rate = number(state, arg, 1000);
        if (o->rate == 0) argp_error(state, "--rate is at least 1");
        return 0;
    case OPT_BLOCKS: o->blocks = (uint32_t)number(state, arg, UINT32_MAX); return 0;
    case OPT_READY_FILE: o->ready_file = arg; return 0;
    case ARGP_KEY_ARG: argp_error(state, "'%s' is one argument too many", arg); return 0;
    default: return parse_node(opt, arg, state, o);
    }
}

int cmd_devnet(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc =
            "A whole rollup on this machine, for development: a chain to stand on (anvil), the contracts, the tokens "
            "DAI and wBTC, rich accounts, and a node with all roles. Ends on Ctrl-C; goes on where it was.",
    };
    struct devnet_options *o = calloc(1, sizeof *o);
    if (o == NULL) return CLI_FAILED;
    *o = (struct devnet_options){
        .chain = {.dir = DIR_DEFAULT, .mnemonic = DEVNET_MNEMONIC, .port = 8545, .block_time_ms = 2000}, .rate = 2};
    devnet_defaults(&o->node);
    (void)argp_parse(&argp, argc, argv, 0, NULL, o);
    zk_err err = devnet_run(o);
    free(o);
    if (err == ZK_OK) return CLI_DONE;
    (void)fprintf(stderr, "%s: %s\n", argv[0], zk_err_message());
    return CLI_FAILED;
}
