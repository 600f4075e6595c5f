/* args: command lines of the users' commands (wallet, restore, exit, verify), read from tables that are also what
 * --help, the shell completion and the manual page are made of, so that none of them can be out of date.
 *
 * An option is declared once (args.c) and means the same wherever it is allowed; a command says which it allows, and
 * some options have an environment variable that is their default.
 *
 * Secrets   none may be given as an argument: the process list shows those. There is no option for one.
 * Failure   misuse ends in CLI_MISUSED with one line that says how it is meant. */
#ifndef ZK_CLI_ARGS_H
#define ZK_CLI_ARGS_H

#include "cli/cli.h"

#include <stdio.h>

typedef enum args_option {
    ARG_L1,
    ARG_CONTRACT,
    ARG_CHAIN_ID,
    ARG_NODE,
    ARG_REST,
    ARG_WALLET,
    ARG_PASSWORD_FILE,
    ARG_YES,
    ARG_JSON,
    ARG_QUIET,
    ARG_WAIT,
    ARG_TIMEOUT,
    ARG_FEE,
    ARG_FEE_TOKEN,
    ARG_FAST,
    ARG_TO,
    ARG_ACCOUNT,
    ARG_MAX_FEE,
    ARG_CONFIRMATIONS,
    ARG_LIMIT,
    ARG_FROM,
    ARG_FROM_LINE,
    ARG_KEYSTORE,
    ARG_MNEMONIC,
    ARG_RAW,
    ARG_INDEX,
    ARG_SCRYPT_COST,
    ARG_FORCE,
    ARG_DIR,
    ARG_SNAPSHOT,
    ARG_FOLLOW,
    ARG_FROM_BLOCK,
    ARG_OUT,
    ARG_ALL,
    ARG_OWNER,
    ARG_TOKEN,
    ARG_EXIT_BATCH,
    ARG_SETUP,
    ARG_DATABASE,
    ARG_KEYS,
    ARG_HELP,
    ARGS_OPTIONS,
} args_option;

#define ARGS_BIT(option)     (UINT64_C(1) << (option))
#define ARGS_VALUES_MAX      8
#define ARGS_POSITIONALS_MAX 8

struct args {
    const char *command; /* "zkroll wallet transfer": what errors begin with */
    const char *values[ARGS_OPTIONS][ARGS_VALUES_MAX];
    size_t n_values[ARGS_OPTIONS];
    const char *positional[ARGS_POSITIONALS_MAX];
    size_t n;
};

struct args_command {
    const char *name; /* "transfer" */
    const char *args; /* "AMOUNT TOKEN ADDRESS"; those in [] are optional; "" for none */
    const char *what; /* a line */
    const char *text; /* more, for the manual; or NULL */
    uint64_t options; /* ARGS_BIT of each that is allowed; ARG_HELP always is */
    size_t min, max;  /* positional arguments */
    cli_exit (*run)(const struct args *a);
};

struct args_program {
    const char *name; /* "zkroll wallet" */
    const char *what;
    const struct args_command *commands;
    size_t n; /* a program with one command that has no name takes its arguments directly */
};

extern const struct args_program wallet_program, restore_program, exit_program, verify_program, calldata_program;

/* Reads argv and runs. argv[0] is the program's name. */
int args_main(const struct args_program *p, int argc, char **argv);

/* The last value given, or that of the environment, or NULL. A flag's value is "". */
const char *args_get(const struct args *a, args_option option);
bool args_has(const struct args *a, args_option option);

/* A number in a range; `otherwise` if it is not given. ZK_ERR_INPUT names the option. */
ZK_MUST_USE zk_err args_u64(uint64_t *out, const struct args *a, args_option option, uint64_t otherwise, uint64_t min,
                            uint64_t max);

/* Prints zk_err_message after the command's name and gives CLI_FAILED, or CLI_UNSURE (sent.h). */
cli_exit args_failed(const struct args *a);

/* ---- tables, for completion and manual */

struct args_option_info {
    const char *name;     /* without dashes */
    char letter;          /* or 0 */
    const char *arg;      /* "URL"; NULL for a flag */
    const char *variable; /* of the environment, or NULL */
    const char *what;
};

const struct args_option_info *args_option_info(args_option option);

#endif
