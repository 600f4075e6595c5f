/* settlement: sealed blocks to L1: committed, proved, executed, in order, each once.
 *
 *   step:  sender's tick -> what became of our transactions -> where is the contract? -> what is due: journal, send
 *
 *   E1  What a transaction is for, the assignment of its blocks, and the submission itself are one database
 *       transaction, before it is sent: a stop anywhere leads neither to a second one nor to a forgotten one.
 *   E2  A transaction is planned when all before it are mined: so its gas is estimated on what they left.
 *   E3  When none is under way, the contract's own counts are compared with ours. Where it is ahead with the same
 *       blocks (anyone may prove and execute), that is taken over; where it is behind (a reorganization deeper than
 *       the confirmations), blocks count as sealed again.
 *   E4  A block that L1 can never take (authorization reset, too old, its request gone) is not retried for ever: the
 *       sequencer is asked to unwind it; if it is committed already, it is reverted on L1 first.
 *
 * Policy   joint: blocks with proofs are committed, proved and executed in one call, the cheapest way (docs/gas.md).
 *          split: committed when they are sealed, proved and executed later. In both modes a block that has no proof
 *          after `commit_ahead_us` is committed (L1 refuses blocks of more than 24 h), and what waits so is finished
 *          step by step. A call waits for company until `deadline_us`, and for cheaper gas; fast withdrawals do not.
 * Threads  one.  Failure of a step: ZK_ERR_IO, ZK_ERR_INPUT: L1 does not answer, or refuses for now: step again.
 *          ZK_ERR_CANCELLED: another process has the lease. ZK_ERR_CORRUPT: a person must look; the message tells. */
#ifndef ZK_NODE_SETTLEMENT_H
#define ZK_NODE_SETTLEMENT_H

#include "ethereum/eth_key.h"
#include "ethereum/rpc.h"
#include "node/chain_info.h"
#include "node/events.h"
#include "node/node.h"

struct settlement_config {
    struct chain_info info;
    uint64_t confirmations;
    uint64_t stuck_ms;
    uint64_t max_fee; /* wei a gas */
    bool split;
    uint64_t blocks_max;
    int64_t deadline_us;
    uint64_t gas_price_max; /* wei; 0: any */
    int64_t commit_ahead_us;
    int64_t patience_us; /* how long the contract may say something else than we before we believe it */
};

struct settlement;

/* Borrows rpc, key, store (fenced by the caller) and events (may be NULL). Returns owned. */
ZK_MUST_USE zk_err settlement_create(struct settlement **out, const struct settlement_config *config, struct rpc *rpc,
                                     const struct eth_key *key, struct store *store, struct events *events);
void settlement_destroy(struct settlement *s);

/* *worked: something moved; there may be more to do at once. now: microseconds since 1970. */
ZK_MUST_USE zk_err settlement_step(struct settlement *s, bool *worked, int64_t now);

/* The part of a node that does it (node.h). */
extern const struct node_part settlement_part;

#endif
