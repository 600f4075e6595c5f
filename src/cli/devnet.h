/* devnet: a whole rollup on one machine, from its L1 to its users: what `zkroll devnet` runs. */
#ifndef ZK_CLI_DEVNET_H
#define ZK_CLI_DEVNET_H

#include "cli/devnet_chain.h"
#include "node/config.h"

struct devnet_options {
    struct devnet_chain_options chain;
    struct node_config node; /* devnet_defaults, and what the user wants otherwise; paths and L1 are filled in */
    bool demo;
    uint64_t rate;          /* of the demo's users, transactions a second */
    uint32_t blocks;        /* end after so many were verified; 0: never */
    const char *ready_file; /* NULL: none */
};

/* A node's defaults, but for what a development network wants otherwise: quick, and quiet. */
void devnet_defaults(struct node_config *c);

/* Until SIGINT or SIGTERM, or the wanted number of blocks. Progress on stdout, talk on stderr. Call it from the first
 * thread, before there is another: it takes the signals. */
ZK_MUST_USE zk_err devnet_run(struct devnet_options *options);

#endif
