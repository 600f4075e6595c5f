#include "cli/cli.h"

#include "cli/sent.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

struct command {
    const char *name;
    const char *what;
    int (*run)(int argc, char **argv);
    char full_name[32];
    bool holds_keys;
};

static int cmd_help(int argc, char **argv);

static bool asks_help(int argc, char **argv)
{
    return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

static int cmd_version(int argc, char **argv)
{
    if (asks_help(argc, argv)) {
        printf("Usage: zkroll version\n\nThe program's version.\n");
        return CLI_DONE;
    }
    if (argc > 1) {
        (void)fprintf(stderr, "zkroll version: takes no arguments\n");
        return CLI_MISUSED;
    }
    printf("zkroll %s\n", ZK_VERSION);
    return CLI_DONE;
}

static struct command commands[] = {
    {"bench", "how fast this machine runs a node", cmd_bench, "zkroll bench", false},
    {"audit", "look for holes in the circuit of this program", cmd_audit, "zkroll audit", false},
    {"calldata", "what governor and validators send to the contracts by hand", cmd_calldata, "zkroll calldata", false},
    {"config", "every setting of a node, its default and its meaning", cmd_config, "zkroll config", false},
    {"deploy", "put the contracts on a chain, or check those that are there", cmd_deploy, "zkroll deploy", true},
    {"devnet", "a whole rollup on this machine, for development", cmd_devnet, "zkroll devnet", false},
    {"keys", "setups and keys of the block circuit", cmd_keys, "zkroll keys", false},
    {"help", "this list, or what a command takes: zkroll help COMMAND", cmd_help, "zkroll help", false},
    {"loadtest", "how many transfers a second a node takes", cmd_loadtest, "zkroll loadtest", false},
    {"node", "run a node", cmd_node, "zkroll node", true},
    {"exit", "leave a rollup whose operator is gone", cmd_exit, "zkroll exit", true},
    {"completion", "what a shell needs to complete these commands", cmd_completion, "zkroll completion", false},
    {"man", "the manual page", cmd_man, "zkroll man", false},
    {"restore", "rebuild the rollup's state from L1 alone", cmd_restore, "zkroll restore", false},
    {"verify", "check a block's proof, or a balance, on this machine", cmd_verify, "zkroll verify", false},
    {"status", "what a rollup is doing, for a person", cmd_status, "zkroll status", false},
    {"wallet", "accounts on the rollup: keys, balances, payments, the ways in and out", cmd_wallet, "zkroll wallet",
     true},
    {"prover", "make proofs for a node elsewhere", cmd_prover, "zkroll prover", false},
    {"version", "the program's version", cmd_version, "zkroll version", false},
};

size_t cli_command_count(void)
{
    return ZK_COUNT(commands);
}

const char *cli_command_name(size_t i)
{
    return commands[i].name;
}

const char *cli_command_what(size_t i)
{
    return commands[i].what;
}

static struct command *find(const char *name)
{
    for (size_t i = 0; i < ZK_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static void list(FILE *out)
{
    (void)fprintf(out, "Usage: zkroll COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < ZK_COUNT(commands); i++)
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
}

static int unknown(const char *name)
{
    (void)fprintf(stderr, "zkroll: there is no command '%s'; `zkroll help` lists all\n", name);
    return CLI_MISUSED;
}

static int cmd_help(int argc, char **argv)
{
    if (argc < 2 || asks_help(argc, argv)) {
        list(stdout);
        return CLI_DONE;
    }
    struct command *c = find(argv[1]);
    if (c == NULL) return unknown(argv[1]);
    if (c->run == cmd_help || c->run == cmd_version) {
        printf("%s: %s\n", c->full_name, c->what);
        return CLI_DONE;
    }
    static char help[] = "--help";
    char *help_argv[] = {c->full_name, help, NULL};
    return c->run(2, help_argv);
}

int cli_main(int argc, char **argv)
{
    argp_err_exit_status = CLI_MISUSED;
    if (argc < 2) {
        list(stderr);
        return CLI_MISUSED;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        list(stdout);
        return CLI_DONE;
    }
    struct command *c = find(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
    if (c == NULL) return unknown(argv[1]);
    argv[1] = c->full_name;
    if (c->holds_keys) (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core, no other process of this user's looks in */
    int code = c->run(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "%s: cannot write to standard output%s\n", c->full_name, sent_hint());
        return sent_name() != NULL ? CLI_UNSURE : CLI_FAILED;
    }
    return code;
}
