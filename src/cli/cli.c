#include "cli/cli.h"

#include "cli/sent.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    const char *what;
    int (*run)(int argc, char **argv);
    char full_name[32];
};

static int cmd_help(int argc, char **argv);

static int cmd_version(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        (void)fprintf(stderr, "zkroll version: takes no arguments\n");
        return CLI_MISUSED;
    }
    printf("zkroll %s\n", ZK_VERSION);
    return CLI_DONE;
}

static struct command commands[] = {
    {"bench", "how fast this machine runs a node", cmd_bench, "zkroll bench"},
    {"audit", "look for holes in the circuit of this program", cmd_audit, "zkroll audit"},
    {"calldata", "what governor and validators send to the contracts by hand", cmd_calldata, "zkroll calldata"},
    {"config", "every setting of a node, its default and its meaning", cmd_config, "zkroll config"},
    {"deploy", "put the contracts on a chain, or check those that are there", cmd_deploy, "zkroll deploy"},
    {"devnet", "a whole rollup on this machine, for development", cmd_devnet, "zkroll devnet"},
    {"keys", "setups and keys of the block circuit", cmd_keys, "zkroll keys"},
    {"help", "this list, or what a command takes: zkroll help COMMAND", cmd_help, "zkroll help"},
    {"loadtest", "how many transfers a second a node takes", cmd_loadtest, "zkroll loadtest"},
    {"node", "run a node", cmd_node, "zkroll node"},
    {"exit", "leave a rollup whose operator is gone", cmd_exit, "zkroll exit"},
    {"completion", "what a shell needs to complete these commands", cmd_completion, "zkroll completion"},
    {"man", "the manual page", cmd_man, "zkroll man"},
    {"restore", "rebuild the rollup's state from L1 alone", cmd_restore, "zkroll restore"},
    {"verify", "check a block's proof, or a balance, on this machine", cmd_verify, "zkroll verify"},
    {"status", "what a rollup is doing, for a person", cmd_status, "zkroll status"},
    {"wallet", "accounts on the rollup: keys, balances, payments, the ways in and out", cmd_wallet, "zkroll wallet"},
    {"prover", "make proofs for a node elsewhere", cmd_prover, "zkroll prover"},
    {"version", "the program's version", cmd_version, "zkroll version"},
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
    if (argc < 2) {
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
    int code = c->run(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "%s: cannot write to standard output%s\n", c->full_name, sent_hint());
        return sent_name() != NULL ? CLI_UNSURE : CLI_FAILED;
    }
    return code;
}
