/* cli: the program `zkroll`: one function a subcommand, and how they talk.
 *
 * Output     data to stdout, talk to stderr. An error is one line: "zkroll deploy: what is wrong and what to do".
 * Exit code  0: done. 1: refused, or failed. 2: misused (the command line does not make sense). 3: something was sent,
 *            and what became of it is not known, or could not be written: look before sending again (sent.h). */
#ifndef ZK_CLI_CLI_H
#define ZK_CLI_CLI_H

#include "base/common.h"

typedef enum cli_exit { CLI_DONE = 0, CLI_FAILED = 1, CLI_MISUSED = 2, CLI_UNSURE = 3 } cli_exit;

/* argv[0] is "zkroll deploy"; argp ends the program itself on --help and on misuse. */
int cmd_audit(int argc, char **argv);
int cmd_deploy(int argc, char **argv);
int cmd_devnet(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_loadtest(int argc, char **argv);
int cmd_prover(int argc, char **argv);

/* Commands of operators (node_args.h). */
int cmd_bench(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_node(int argc, char **argv);
int cmd_status(int argc, char **argv);

/* Commands of users (args.h). */
int cmd_wallet(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_exit(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_calldata(int argc, char **argv);

/* Written from the tables of the others. */
int cmd_completion(int argc, char **argv);
int cmd_man(int argc, char **argv);

/* All commands, in the order of `zkroll help`. */
size_t cli_command_count(void);
const char *cli_command_name(size_t i);
const char *cli_command_what(size_t i);

/* The program's whole main(). */
int cli_main(int argc, char **argv);

#endif
