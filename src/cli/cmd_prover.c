/* zkroll prover: makes proofs for a node elsewhere. */
#include "base/bytes.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/prover_http.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIR_DEFAULT "zkroll-data/keys"
#define TOKEN_CAP   256
#define RETRY_MS    1000

enum { OPT_TOKEN_FILE = 256, OPT_INSECURE, OPT_MEMORY, OPT_PROOFS, OPT_NAME, OPT_LOG };

static const struct argp_option options[] = {
    {"server", 'u', "URL", 0, "the node's REST server, such as http://10.0.0.7:3001", 1},
    {"token-file", OPT_TOKEN_FILE, "FILE", 0,
     "holds the node's token for provers; else $" CONFIG_PROVER_TOKEN_VARIABLE " does", 1},
    {"name", OPT_NAME, "NAME", 0, "what this prover is called (host and process)", 1},
    {"keys-dir", 'd', "DIR", 0, "where keys are kept, or made (" DIR_DEFAULT ")", 2},
    {"srs", 's', "FILE", 0, "the setup, as `zkroll keys import` writes it", 2},
    {"insecure-srs", OPT_INSECURE, NULL, 0, "the development setup in place of one", 2},
    {"memory", OPT_MEMORY, "GIB", 0, "leave larger blocks to others (no limit)", 2},
    {"threads", 't', "N", 0, "threads (one a processor)", 2},
    {"proofs", OPT_PROOFS, "N", 0, "end after so many proofs", 3},
    {"log-level", OPT_LOG, "LEVEL", 0, "debug, info, warn, error (info)", 3},
    {0},
};

struct arguments {
    const char *server, *token_file, *name, *dir, *srs;
    bool insecure;
    struct prover_config prover;
    log_level level;
};

static uint64_t number(struct argp_state *state, const char *text, uint64_t max)
{
    char *end;
    unsigned long long x = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || x > max) argp_error(state, "'%s' is out of range", text);
    return x;
}

static error_t parse(int opt, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (opt) {
    case 'u': a->server = arg; return 0;
    case 'd': a->dir = arg; return 0;
    case 's': a->srs = arg; return 0;
    case 't': a->prover.threads = (unsigned)number(state, arg, POOL_THREADS_MAX); return 0;
    case OPT_TOKEN_FILE: a->token_file = arg; return 0;
    case OPT_NAME: a->name = arg; return 0;
    case OPT_INSECURE: a->insecure = true; return 0;
    case OPT_MEMORY: a->prover.memory_max = (size_t)number(state, arg, 1 << 20) << 30; return 0;
    case OPT_PROOFS: a->prover.proofs = number(state, arg, UINT32_MAX); return 0;
    case OPT_LOG:
        if (!log_level_parse(&a->level, arg)) argp_error(state, "'%s' is no log level", arg);
        return 0;
    case ARGP_KEY_ARG: argp_error(state, "'%s' is one argument too many", arg); return 0;
    case ARGP_KEY_END:
        if (a->server == NULL) argp_error(state, "whose blocks? name a node with --server URL");
        if ((a->srs != NULL) == a->insecure) argp_error(state, "which setup? --srs FILE, or --insecure-srs");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static struct prover_http *running; /* for the signal handler */

static void on_signal(int signal_no)
{
    (void)signal_no;
    prover_http_stop(running);
}

static void handle_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static zk_err read_token(char token[TOKEN_CAP], const struct arguments *a)
{
    token[0] = '\0';
    if (a->token_file == NULL && getenv(CONFIG_PROVER_TOKEN_VARIABLE) == NULL) return ZK_OK;
    return config_secret(token, TOKEN_CAP, a->token_file == NULL ? "" : a->token_file, CONFIG_PROVER_TOKEN_VARIABLE);
}

static zk_err prove(struct arguments *a)
{
    struct block_setup *setup;
    ZK_TRY(block_setup_create(&setup, a->dir, a->srs));
    const struct prover_source source = prover_http_source(running);
    zk_err err = prover_run(&source, setup, &a->prover);
    block_setup_destroy(setup);
    return err;
}

static zk_err run(struct arguments *a)
{
    char token[TOKEN_CAP], host[40] = "", name[STORE_PROVER_MAX];
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(name, sizeof name, "%s:%ld", host, (long)getpid());
    const struct prover_http_config http = {.url = a->server, .token = token, .name = a->name != NULL ? a->name : name};
    ZK_TRY(read_token(token, a));
    zk_err err = prover_http_create(&running, &http);
    zk_wipe(token, sizeof token);
    if (err != ZK_OK) return err;
    handle_signals();
    log_event(LOG_INFO, "prover_started", LOG_STR("server", a->server), LOG_STR("name", http.name), LOG_END);
    err = prove(a);
    prover_http_destroy(running);
    return err;
}

int cmd_prover(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Makes proofs of blocks for a node elsewhere: asks it for jobs, and sends it what comes out. Any number "
               "may "
               "work for one node; one that dies is replaced. Needs no access to database or L1.",
    };
    struct arguments a = {.dir = DIR_DEFAULT, .level = LOG_INFO, .prover = {.retry_ms = RETRY_MS}};
    (void)argp_parse(&argp, argc, argv, 0, NULL, &a);
    log_configure(a.level, LOG_TEXT, stderr);
    if (run(&a) == ZK_OK) return CLI_DONE;
    (void)fprintf(stderr, "%s: %s\n", argv[0], zk_err_message());
    return CLI_FAILED;
}
