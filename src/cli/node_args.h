/* node_args: command lines that set a node's options: each row of the table of config.h is a flag, --SECTION.KEY=VALUE.
 *
 * Precedence  flags, then environment, then the file (--config FILE, or $ZKROLL_CONFIG), then the default. */
#ifndef ZK_CLI_NODE_ARGS_H
#define ZK_CLI_NODE_ARGS_H

#include "cli/cli.h"
#include "node/config.h"

struct node_args {
    struct node_config config; /* out: all sources together; config_check has not seen it */
    const char *doc;           /* for --help */
    const char *args_doc;      /* "" or names of positional arguments */
    const char *positional[4]; /* out */
    size_t n_positional;
    size_t max_positional;
    bool json; /* out: --json, where it is taken */
    bool takes_json;
};

/* Reads argv, the environment, and the file. Misuse ends the program with CLI_MISUSED and a line. */
ZK_MUST_USE zk_err node_args_parse(struct node_args *a, int argc, char **argv);

/* Prints zk_err_message after the command's name and gives CLI_FAILED. */
cli_exit node_args_failed(const char *command);

#endif
