/* anvil: a development L1 as a child process (npm package @foundry-rs/anvil).
 *
 * The child is in a process group of its own, so that a Ctrl-C ends the node first and then, by anvil_stop, the chain;
 * it ends with its parent whatever happens to that. Only the program's first thread may start it: Linux ties a child's
 * end to the thread that made it.
 *
 * State      with a state file, anvil reads it at start and writes it every few seconds and when it is stopped. Killed
 *            hard, it loses the last seconds.
 * Rules      chain 9 (what the SDK calls localhost), Osaka, the gas limit of a transaction as on the real chain. */
#ifndef ZK_CLI_ANVIL_H
#define ZK_CLI_ANVIL_H

#include "base/common.h"

#include <sys/types.h>

#define ANVIL_CHAIN_ID    9
#define ANVIL_PROGRAM_VAR "ZKROLL_ANVIL"

struct anvil_options {
    const char *program;    /* NULL: $ZKROLL_ANVIL, the one in this tree's node_modules, the one in $PATH */
    const char *mnemonic;   /* of the ten accounts that have 10,000 ETH */
    const char *state_file; /* NULL: none */
    const char *log_file;   /* NULL: none */
    uint16_t port;          /* 0: any free one */
    uint64_t block_time_ms; /* a block at least so often; transactions are mined at once in any case. 0: only then */
};

struct anvil {
    pid_t pid; /* 0: not running */
    uint16_t port;
    char url[40];
};

/* Returns when it answers, within a minute. ZK_ERR_IO: not found, or it ended (its words are in the log file). */
ZK_MUST_USE zk_err anvil_start(struct anvil *a, const struct anvil_options *options);

/* False if it has ended by itself. */
bool anvil_runs(struct anvil *a);

/* Lets it write its state; after a minute it is killed. Harmless on a zeroed struct. */
void anvil_stop(struct anvil *a);

/* A loopback port that nobody listens on now. */
ZK_MUST_USE zk_err free_port(uint16_t *port);

#endif
