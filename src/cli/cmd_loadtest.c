/* zkroll loadtest: how much a node takes. */
#include "cli/cli.h"
#include "cli/load_run.h"

#include <argp.h>
#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define KEY_VARIABLE      "ZKROLL_KEY"
#define PASSWORD_VARIABLE "ZKROLL_KEY_PASSWORD"
#define ACCOUNTS_MAX      16384
#define TRANSFERS_MAX     50000000
#define CONNECTIONS_MAX   10000

enum { OPT_SECONDS = 256, OPT_WAIT, OPT_CHAIN_ID, OPT_JSON, OPT_REST, OPT_SEED };

static const struct argp_option options[] = {
    {"node", 'n', "URL", 0, "JSON-RPC of the node (" CLIENT_RPC_DEFAULT ")", 1},
    {"rest", OPT_REST, "URL", 0, "its REST (" CLIENT_REST_DEFAULT ")", 1},
    {"l1", 'l', "URL", 0, "an Ethereum node: the funder deposits what it lacks on the rollup", 1},
    {"chain-id", OPT_CHAIN_ID, "N", 0, "of L1 (9)", 1},
    {"key", 'k', "FILE", 0,
     "the funder's Ethereum key: a raw one or a keystore, whose password is in $" PASSWORD_VARIABLE
     "; else the raw key in $" KEY_VARIABLE,
     1},
    {"accounts", 'a', "N", 0, "how many pay each other (32)", 2},
    {"transfers", 't', "N", 0, "how many transfers in all (10000)", 2},
    {"connections", 'c', "N", 0, "kept open (16)", 2},
    {"rate", 'r', "N", 0, "transfers a second; 0: as many as the node takes (0)", 2},
    {"seconds", OPT_SECONDS, "N", 0, "stop sending after this long (600)", 2},
    {"wait", OPT_WAIT, "N", 0, "seconds for the node to execute what it took (120)", 2},
    {"token", 'T', "SYMBOL", 0, "what is paid (ETH)", 2},
    {"seed", OPT_SEED, "TEXT", 0,
     "accounts are derived from this: the same seed, the same accounts, with their money; whoever knows it has them "
     "(random)",
     2},
    {"json", OPT_JSON, NULL, 0, "the report as JSON", 3},
    {"quiet", 'q', NULL, 0, "no progress on stderr", 3},
    {0},
};

struct arguments {
    struct load_options o;
    const char *key_file;
    bool json;
};

static double parse_number(struct argp_state *state, const char *text, double least, double most)
{
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !(x >= least && x <= most))
        argp_error(state, "'%s' is not a number from %.0f to %.0f", text, least, most);
    return x;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    struct load_options *o = &a->o;
    switch (key) {
    case 'n': o->rpc_url = arg; break;
    case OPT_REST: o->rest_url = arg; break;
    case 'l': o->l1_url = arg; break;
    case 'k': a->key_file = arg; break;
    case 'T': o->token = arg; break;
    case OPT_SEED: o->seed = arg; break;
    case 'q': o->quiet = true; break;
    case OPT_JSON: a->json = true; break;
    case OPT_CHAIN_ID: o->chain_id = (uint64_t)parse_number(state, arg, 1, 9007199254740991); break;
    case 'a': o->accounts = (uint32_t)parse_number(state, arg, 2, ACCOUNTS_MAX); break;
    case 't': o->transfers = (uint32_t)parse_number(state, arg, 1, TRANSFERS_MAX); break;
    case 'c': o->connections = (unsigned)parse_number(state, arg, 1, CONNECTIONS_MAX); break;
    case 'r': o->rate = parse_number(state, arg, 0, 1000000); break;
    case OPT_SECONDS: o->max_seconds = parse_number(state, arg, 1, 86400); break;
    case OPT_WAIT: o->wait_seconds = (uint32_t)parse_number(state, arg, 1, 86400); break;
    case ARGP_KEY_ARG: argp_error(state, "takes no arguments, such as '%s'", arg); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static zk_err read_key(struct eth_key *key, const char *file)
{
    return file != NULL ? eth_key_from_file(key, file, getenv(PASSWORD_VARIABLE)) : eth_key_from_env(key, KEY_VARIABLE);
}

/* ---- the report */

static struct json_object *report_json(const struct load_run *t, const struct load_report *r, bool ok)
{
    static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
    static const char *const names[] = {"p50", "p90", "p99", "p99.9"};
    struct json_object *o = json_object_new_object(), *latency = json_object_new_object();
    struct json_object *reasons = json_object_new_array();
    (void)json_object_object_add(o, "transfers", json_object_new_uint64(t->o.transfers));
    (void)json_object_object_add(o, "accounts", json_object_new_uint64(t->o.accounts));
    (void)json_object_object_add(o, "connections", json_object_new_uint64(t->o.connections));
    (void)json_object_object_add(o, "signSeconds", json_object_new_double(t->sign_seconds));
    (void)json_object_object_add(o, "seconds", json_object_new_double(r->seconds));
    (void)json_object_object_add(o, "accepted", json_object_new_uint64(r->accepted));
    (void)json_object_object_add(o, "acceptedPerSecond",
                                 json_object_new_double(r->seconds > 0 ? (double)r->accepted / r->seconds : 0));
    (void)json_object_object_add(o, "executed", json_object_new_uint64(t->executed));
    (void)json_object_object_add(
        o, "executedPerSecond",
        json_object_new_double(t->execute_seconds > 0 ? (double)t->executed / t->execute_seconds : 0));
    (void)json_object_object_add(o, "refused", json_object_new_uint64(r->refused));
    (void)json_object_object_add(o, "lost", json_object_new_uint64(r->lost));
    (void)json_object_object_add(o, "unsent", json_object_new_uint64(r->unsent));
    (void)json_object_object_add(o, "retries", json_object_new_uint64(r->retries));
    for (size_t i = 0; i < ZK_COUNT(quantiles); i++)
        (void)json_object_object_add(latency, names[i],
                                     json_object_new_uint64(load_latency(t->shots, t->o.transfers, quantiles[i])));
    (void)json_object_object_add(o, "latencyMicroseconds", latency);
    for (size_t i = 0; i < r->n_reasons; i++) {
        struct json_object *reason = json_object_new_object();
        (void)json_object_object_add(reason, "code", json_object_new_int64(r->reasons[i].code));
        (void)json_object_object_add(reason, "message", json_object_new_string(r->reasons[i].text));
        (void)json_object_object_add(reason, "count", json_object_new_uint64(r->reasons[i].n));
        (void)json_object_array_add(reasons, reason);
    }
    (void)json_object_object_add(o, "reasons", reasons);
    (void)json_object_object_add(o, "wrongAccounts", json_object_new_uint64(t->wrong));
    (void)json_object_object_add(o, "balancesAgree", json_object_new_boolean(ok));
    return o;
}

static void print_report(const struct load_run *t, const struct load_report *r, bool ok)
{
    printf("accepted     %zu of %u in %.2f s: %.0f a second\n", r->accepted, t->o.transfers, r->seconds,
           r->seconds > 0 ? (double)r->accepted / r->seconds : 0.0);
    printf("executed     %zu in %.2f s: %.0f a second\n", t->executed, t->execute_seconds,
           t->execute_seconds > 0 ? (double)t->executed / t->execute_seconds : 0.0);
    printf("latency      %.1f ms median, %.1f ms of 90 %%, %.1f ms of 99 %%\n",
           load_latency(t->shots, t->o.transfers, 0.5) / 1e3, load_latency(t->shots, t->o.transfers, 0.9) / 1e3,
           load_latency(t->shots, t->o.transfers, 0.99) / 1e3);
    printf("otherwise    %zu refused, %zu without answer, %zu not sent; %zu sent again\n", r->refused, r->lost,
           r->unsent, r->retries);
    for (size_t i = 0; i < r->n_reasons; i++)
        printf("  %zu times   %lld %s\n", r->reasons[i].n, (long long)r->reasons[i].code, r->reasons[i].text);
    printf("balances     %s\n", ok ? "agree with the answers, of every account" : "DO NOT AGREE with the answers");
}

static zk_err run(const struct arguments *a, bool *ok)
{
    struct load_run t = {0};
    struct load_report report;
    zk_err err = load_run_open(&t, &a->o);
    if (err == ZK_OK) err = load_run_fund(&t);
    if (err == ZK_OK) err = load_run_sign(&t);
    if (err == ZK_OK) err = load_run_fire(&t, &report);
    if (err == ZK_OK) err = load_run_check(&t, ok);
    if (err == ZK_OK && a->json) {
        struct json_object *o = report_json(&t, &report, *ok);
        printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
        json_object_put(o);
    } else if (err == ZK_OK) {
        print_report(&t, &report, *ok);
    }
    load_run_close(&t);
    return err;
}

static bool make_seed(char seed[33])
{
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return false;
    hex_encode(seed, random, sizeof random);
    return true;
}

int cmd_loadtest(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc = "Accounts that pay each other through a node, as fast as it takes it or at a rate: how many transfers a "
               "second, how long the answers take, and whether every balance is right at the end. For test money."};
    struct arguments a = {.o = {.rpc_url = CLIENT_RPC_DEFAULT,
                                .rest_url = CLIENT_REST_DEFAULT,
                                .token = "ETH",
                                .chain_id = 9,
                                .accounts = 32,
                                .transfers = 10000,
                                .connections = 16,
                                .max_seconds = 600,
                                .wait_seconds = 120}};
    char seed[33];
    struct eth_key key;
    bool ok = false;
    if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0) return CLI_MISUSED;
    (void)signal(SIGPIPE, SIG_IGN);
    zk_err err = a.o.seed == NULL && !make_seed(seed) ? zk_fail(ZK_ERR_IO, "no random numbers") : ZK_OK;
    if (a.o.seed == NULL) a.o.seed = seed;
    if (err == ZK_OK) err = read_key(&key, a.key_file);
    if (err == ZK_OK) {
        a.o.funder = &key;
        if (!a.o.quiet) (void)fprintf(stderr, "seed %s\n", a.o.seed);
        err = run(&a, &ok);
        eth_key_wipe(&key);
    }
    if (err != ZK_OK) (void)fprintf(stderr, "%s: %s\n", argv[0], zk_err_message());
    return err == ZK_OK && ok ? CLI_DONE : CLI_FAILED;
}
