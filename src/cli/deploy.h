/* deploy: carries a plan out on a chain: sends what is missing, waits, checks, writes the files.
 *
 * Resumable   stopped at any point and started again with the same options, it goes on; no contract is created twice.
 *             When the addresses file is there, it only checks.
 * Failure     ZK_ERR_*, with a line that says what to do. ZK_ERR_RANGE: checks failed; each is on stderr.
 * Output      talk and progress on stderr, the addresses document on stdout. */
#ifndef ZK_CLI_DEPLOY_H
#define ZK_CLI_DEPLOY_H

#include "cli/deploy_plan.h"
#include "ethereum/eth_key.h"
#include "ethereum/rpc.h"

struct deploy_options {
    const char *out; /* the addresses file; its state is beside it, in OUT.state */
    bool yes;        /* really, on a chain that is not for development */
    bool dry_run;    /* only the summary */
    bool silent;     /* no document on stdout, no summary */
    uint64_t confirmations;
    uint64_t max_fee; /* wei a gas */
};

ZK_MUST_USE zk_err deploy_run(struct deploy_plan *plan, const struct deploy_options *options, struct rpc *rpc,
                              const struct eth_key *key);

#endif
