#include "cli/args.h"

#include "cli/sent.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct args_option_info infos[ARGS_OPTIONS] = {
    [ARG_L1] = {"l1", 'l', "URL", "ZKROLL_L1",
                "an Ethereum node; several are tried in turn, and compared by `zkroll restore`"},
    [ARG_CONTRACT] = {"contract", 'c', "ADDRESS", "ZKROLL_CONTRACT", "the rollup's main contract"},
    [ARG_CHAIN_ID] = {"chain-id", 0, "N", NULL, "of L1; else it is asked for"},
    [ARG_NODE] = {"node", 'n', "URL", "ZKROLL_NODE", "the rollup node's JSON-RPC (http://127.0.0.1:3030)"},
    [ARG_REST] = {"rest", 0, "URL", "ZKROLL_REST", "its REST interface (http://127.0.0.1:3001/api/v0.2)"},
    [ARG_WALLET] = {"wallet", 'w', "FILE", "ZKROLL_WALLET", "the wallet (~/.zkroll/wallet.json)"},
    [ARG_PASSWORD_FILE] = {"password-file", 0, "FILE", NULL,
                           "its first line is the password; else $ZKROLL_PASSWORD, else you are asked"},
    [ARG_YES] = {"yes", 'y', NULL, NULL, "do not ask before sending"},
    [ARG_JSON] = {"json", 'j', NULL, NULL, "print results as JSON"},
    [ARG_QUIET] = {"quiet", 'q', NULL, NULL, "no progress on stderr, only errors and the names of what is sent"},
    [ARG_WAIT] =
        {"wait", 0, "LEVEL", NULL,
         "until it is `committed` (executed by the operator), `verified` (final on L1), or `none`; without it, a "
         "moment for it to be executed"},
    [ARG_TIMEOUT] = {"timeout", 0, "SECONDS", NULL, "give up waiting after so long (no limit)"},
    [ARG_FEE] = {"fee", 'f', "AMOUNT", NULL, "pay this instead of what the node asks"},
    [ARG_FEE_TOKEN] = {"fee-token", 0, "TOKEN", NULL, "pay the fee in this token (that of the transaction)"},
    [ARG_FAST] = {"fast", 0, NULL, NULL, "close the block at once, for a higher fee"},
    [ARG_TO] = {"to", 0, "ADDRESS", NULL, "who gets it (the wallet's own address)"},
    [ARG_ACCOUNT] = {"account", 'a', "ID", NULL,
                     "the account's id, as `zkroll verify balance` shows it, where no node can be asked"},
    [ARG_MAX_FEE] = {"max-fee", 0, "GWEI", NULL, "never pay more than this for a gas on L1 (500)"},
    [ARG_CONFIRMATIONS] = {"confirmations", 0, "N", NULL,
                           "L1 blocks on top before something counts (2; 0 on development chains)"},
    [ARG_LIMIT] = {"limit", 0, "N", NULL, "how many (20)"},
    [ARG_FROM] = {"from", 0, "HASH", NULL, "begin at this transaction (the latest)"},
    [ARG_FROM_LINE] = {"from-line", 0, "N", NULL, "leave out what is before this line of the file: it is sent already"},
    [ARG_KEYSTORE] = {"keystore", 0, "FILE", NULL, "an Ethereum keystore (version 3)"},
    [ARG_MNEMONIC] = {"mnemonic", 0, "FILE", NULL, "a file with 12 to 24 words; - asks for them"},
    [ARG_RAW] = {"raw", 0, "FILE", NULL, "a file with 64 hexadecimal digits; - asks for them"},
    [ARG_INDEX] = {"index", 'i', "N", NULL, "which key of a mnemonic: m/44'/60'/0'/0/N (0)"},
    [ARG_SCRYPT_COST] = {"scrypt-cost", 0, "LOG2", NULL, "how slow guessing the password is: 2^N steps, 10 to 20 (18)"},
    [ARG_FORCE] = {"force", 0, NULL, NULL, "put aside what is there"},
    [ARG_DIR] = {"dir", 'd', "DIR", NULL, "where the restored state is kept (./zkroll-restore)"},
    [ARG_SNAPSHOT] = {"snapshot", 's', "FILE", NULL, "begin with a published state, once its root is found on L1"},
    [ARG_FOLLOW] = {"follow", 0, NULL, NULL, "go on as the chain grows"},
    [ARG_FROM_BLOCK] = {"from-block", 0, "N", NULL, "an L1 block before the contract was made: saves time (0)"},
    [ARG_OUT] = {"out", 'o', "FILE", NULL, "write the result here"},
    [ARG_ALL] = {"all", 0, NULL, NULL, "everything that the owner has"},
    [ARG_OWNER] = {"owner", 0, "ADDRESS", NULL,
                   "on whose behalf (the wallet's own address): the money goes to the owner"},
    [ARG_TOKEN] = {"token", 't', "TOKEN", NULL, "one token: its id, its address on L1, or ETH; NFT ids from 65536"},
    [ARG_EXIT_BATCH] = {"batch", 0, "N", NULL, "most exits in one L1 transaction (20)"},
    [ARG_SETUP] = {"setup", 0, "FILE", NULL, "the ceremony's setup, as `zkroll keys import` writes it"},
    [ARG_DATABASE] =
        {"database", 0, "URL", NULL,
         "also write a node's database: a file for SQLite, or postgres://USER@HOST/NAME, whose password is "
         "in $ZKROLL_DB_PASSWORD; with --dir its data folder"},
    [ARG_KEYS] = {"keys", 0, "DIR", NULL, "where keys are kept once they are made (./zkroll-keys)"},
    [ARG_HELP] = {"help", 'h', NULL, NULL, "this text"},
};

#define KEY_FIRST 1000 /* getopt's value of an option: above all letters */

const struct args_option_info *args_option_info(args_option option)
{
    return &infos[option];
}

static bool allows(const struct args_command *c, args_option option)
{
    return option == ARG_HELP || (c->options & ARGS_BIT(option)) != 0;
}

/* ---- help */

static void print_option(FILE *out, args_option option)
{
    const struct args_option_info *o = &infos[option];
    char left[64];
    char letter[6] = "    ";
    if (o->letter != 0) (void)snprintf(letter, sizeof letter, "-%c, ", o->letter);
    (void)snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->arg != NULL ? " " : "",
                   o->arg != NULL ? o->arg : "");
    (void)fprintf(out, "  %-28s %s%s%s\n", left, o->what, o->variable != NULL ? "; default in $" : "",
                  o->variable != NULL ? o->variable : "");
}

static bool is_single(const struct args_program *p)
{
    return p->n == 1 && p->commands[0].name[0] == '\0';
}

static void print_usage(FILE *out, const struct args_program *p, const struct args_command *c)
{
    (void)fprintf(out, "Usage: %s%s%s%s%s%s\n", p->name, c->name[0] != '\0' ? " " : "", c->name,
                  c->args[0] != '\0' ? " " : "", c->args, c->options != 0 ? " [OPTION...]" : "");
}

static void print_help(FILE *out, const struct args_program *p, const struct args_command *c)
{
    print_usage(out, p, c);
    (void)fprintf(out, "\n%c%s.\n", toupper((unsigned char)c->what[0]), c->what + 1);
    if (c->text != NULL) (void)fprintf(out, "%s\n", c->text);
    (void)fprintf(out, "\n");
    for (int i = 0; i < ARGS_OPTIONS; i++)
        if (allows(c, (args_option)i)) print_option(out, (args_option)i);
}

static void print_list(FILE *out, const struct args_program *p)
{
    (void)fprintf(out, "Usage: %s COMMAND [OPTION...]\n\n%s.\n\n", p->name, p->what);
    for (size_t i = 0; i < p->n; i++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%s %s", p->commands[i].name, p->commands[i].args);
        (void)fprintf(out, "  %-34s %s\n", left, p->commands[i].what);
    }
    (void)fprintf(out, "\n`%s COMMAND --help` says what a command takes.\n", p->name);
}

/* ---- reading */

/* The option that getopt's value stands for; ARGS_OPTIONS if there is none. */
static args_option option_of(int value)
{
    if (value >= KEY_FIRST) return (args_option)(value - KEY_FIRST);
    for (int i = 0; i < ARGS_OPTIONS; i++)
        if (infos[i].letter != 0 && infos[i].letter == value) return (args_option)i;
    return ARGS_OPTIONS;
}

static void make_tables(struct option longs[ARGS_OPTIONS + 1], char letters[2 * ARGS_OPTIONS + 3],
                        const struct args_command *c)
{
    size_t n = 0;
    size_t k = 0;
    letters[k++] = ':'; /* a missing value is told apart from an unknown option */
    for (int i = 0; i < ARGS_OPTIONS; i++) {
        if (!allows(c, (args_option)i)) continue;
        longs[n++] =
            (struct option){infos[i].name, infos[i].arg != NULL ? required_argument : no_argument, NULL, KEY_FIRST + i};
        if (infos[i].letter == 0) continue;
        letters[k++] = infos[i].letter;
        if (infos[i].arg != NULL) letters[k++] = ':';
    }
    letters[k] = '\0';
    longs[n] = (struct option){0};
}

static cli_exit misused(const struct args *a, const char *what, const char *which)
{
    (void)fprintf(stderr, "%s: %s%.100s; see %s --help\n", a->command, what, which, a->command);
    return CLI_MISUSED;
}

/* getopt takes any unique beginning of a name. We do not: what it means would change with every new option, and
 * --password must never come to mean something that takes a value. */
static const char *unknown_name(const struct args_command *c, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) != 0) continue;
        size_t len = strcspn(argv[i] + 2, "=");
        bool known = false;
        for (int k = 0; k < ARGS_OPTIONS && !known; k++)
            known = allows(c, (args_option)k) && strlen(infos[k].name) == len &&
                    strncmp(infos[k].name, argv[i] + 2, len) == 0;
        if (!known) {
            argv[i][2 + len] = '\0';
            return argv[i];
        }
    }
    return NULL;
}

static void count_check(const struct args *a, const struct args_command *c, cli_exit *code)
{
    if (a->n < c->min) *code = misused(a, "something is missing: it takes ", c->args);
    if (a->n > c->max) *code = misused(a, "one argument too many: ", a->positional[c->max]);
}

static cli_exit read_options(struct args *a, bool *help, const struct args_command *c, int argc, char **argv)
{
    struct option longs[ARGS_OPTIONS + 1];
    char letters[2 * ARGS_OPTIONS + 3];
    make_tables(longs, letters, c);
    const char *unknown = unknown_name(c, argc, argv);
    *help = false;
    if (unknown != NULL) return misused(a, "there is no option ", unknown);
    opterr = 0;
    optind = 0;
    for (int value; (value = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (value == '?') return misused(a, "there is no option ", argv[optind - 1]);
        if (value == ':') return misused(a, "a value is missing after ", argv[optind - 1]);
        args_option option = option_of(value);
        assert(option < ARGS_OPTIONS);
        if (option == ARG_HELP) *help = true;
        if (a->n_values[option] == ARGS_VALUES_MAX) return misused(a, "too many of --", infos[option].name);
        a->values[option][a->n_values[option]++] = optarg != NULL ? optarg : "";
    }
    for (; optind < argc; optind++) {
        if (a->n == ARGS_POSITIONALS_MAX) return misused(a, "one argument too many: ", argv[optind]);
        a->positional[a->n++] = argv[optind];
    }
    return CLI_DONE;
}

static int run_command(const struct args_program *p, const struct args_command *c, int argc, char **argv)
{
    char full_name[96];
    struct args *a = calloc(1, sizeof *a);
    bool help;
    if (a == NULL) {
        (void)fprintf(stderr, "%s: no memory\n", p->name);
        return CLI_FAILED;
    }
    (void)snprintf(full_name, sizeof full_name, "%s%s%s", p->name, c->name[0] != '\0' ? " " : "", c->name);
    a->command = full_name;
    cli_exit code = read_options(a, &help, c, argc, argv);
    if (code == CLI_DONE && help) {
        print_help(stdout, p, c);
    } else if (code == CLI_DONE) {
        count_check(a, c, &code);
        if (code == CLI_DONE) code = c->run(a);
    }
    free(a);
    return code;
}

int args_main(const struct args_program *p, int argc, char **argv)
{
    if (is_single(p)) return run_command(p, &p->commands[0], argc, argv);
    if (argc < 2) {
        print_list(stderr, p);
        return CLI_MISUSED;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_list(stdout, p);
        return CLI_DONE;
    }
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->commands[i].name, argv[1]) == 0) return run_command(p, &p->commands[i], argc - 1, argv + 1);
    (void)fprintf(stderr, "%s: there is no command '%.60s'; `%s --help` lists all\n", p->name, argv[1], p->name);
    return CLI_MISUSED;
}

/* ---- values */

const char *args_get(const struct args *a, args_option option)
{
    if (a->n_values[option] > 0) return a->values[option][a->n_values[option] - 1];
    const char *value = infos[option].variable != NULL ? getenv(infos[option].variable) : NULL;
    return value != NULL && value[0] != '\0' ? value : NULL;
}

bool args_has(const struct args *a, args_option option)
{
    return args_get(a, option) != NULL;
}

zk_err args_u64(uint64_t *out, const struct args *a, args_option option, uint64_t otherwise, uint64_t min, uint64_t max)
{
    const char *text = args_get(a, option);
    *out = otherwise;
    if (text == NULL) return ZK_OK;
    char *end;
    errno = 0;
    unsigned long long x = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || x < min || x > max)
        return zk_fail(ZK_ERR_INPUT, "--%s takes a number from %llu to %llu, not '%.40s'", infos[option].name,
                       (unsigned long long)min, (unsigned long long)max, text);
    *out = x;
    return ZK_OK;
}

cli_exit args_failed(const struct args *a)
{
    (void)fprintf(stderr, "%s: %s%s\n", a->command, zk_err_message(), sent_hint());
    return sent_name() != NULL ? CLI_UNSURE : CLI_FAILED;
}
