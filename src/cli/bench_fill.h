/* bench_fill: a database with millions of accounts in minutes, for benchmarks.
 *
 * What the node makes of deposits, made by the same parts without the waiting between them: blocks of deposits within
 * the usual limits, executed, sealed with their streams and bindings; requests, entries, histories and accounts go
 * into the store as the sequencer writes them, and each block is confirmed in all three steps on L1, so that it is
 * final as old blocks are. At the end the state's snapshot lies in the data folder. A node that starts on it verifies
 * what it always does, and could replay it all from genesis.
 *
 * What differs from a chain that got there by itself: many blocks go into one transaction of the database; nothing is
 * kept for provers; the L1 transactions named are nobody's; and no transactions of users are in its past. */
#ifndef ZK_CLI_BENCH_FILL_H
#define ZK_CLI_BENCH_FILL_H

#include "node/sequencer.h"

struct bench_fill {
    struct store *store; /* empty; used by a thread of its own until the end */
    const struct sequencer_config *sequencer;
    struct pool *pool;
    eth_address fee_address;
    uint32_t accounts;                                      /* ids 1 .. accounts */
    u128 amount;                                            /* that each gets, in ETH */
    eth_address (*address_of)(const void *ctx, uint32_t i); /* of account i + 1; all are different */
    const void *ctx;
};

ZK_MUST_USE zk_err bench_fill_run(const struct bench_fill *f);

#endif
