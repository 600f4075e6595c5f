/* bench_sequencer: how many transfers a second a node takes from submission to sealed block, and where the time goes.
 *
 * The node is the real one: admission with every check (both signatures) and group commit, the sequencer with its
 * lease, a database on disk. Only the network, L1 and the provers are left out. Transfers are signed before the clock
 * starts.
 *
 *   set-up   accounts by deposits (bench_fill.h), unless the database has them from an earlier run; the node starts;
 *            users (those that send) get keys by key changes
 *   run      all transfers are offered as fast as admission takes them, at most `window` unanswered at once
 *   end      when the last one is executed and its block sealed */
#ifndef ZK_CLI_BENCH_SEQUENCER_H
#define ZK_CLI_BENCH_SEQUENCER_H

#include "node/config.h"

#include <stdio.h>

struct bench_sequencer {
    struct node_config config; /* of the node: its database is empty, or of a run with as many accounts and users */
    size_t transfers;
    uint32_t accounts; /* in all */
    uint32_t users;    /* of them, that send */
    uint32_t window;
    FILE *out;
};

/* ZK_ERR_INPUT: the database is another one. */
ZK_MUST_USE zk_err bench_sequencer_run(const struct bench_sequencer *b);

#endif
