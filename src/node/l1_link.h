/* l1_link: a part's connection to L1: a client of its own, and the rollup it serves, checked against contract and
 * database once it is opened.
 *
 * A node that has been at work starts without L1, so that L2 serves while L1 is away: what the database says of the
 * rollup is compared with the addresses file at once, and with L1 when that answers (l1_link_check).
 *
 * Threads   one; l1_link_cancel from any. */
#ifndef ZK_NODE_L1_LINK_H
#define ZK_NODE_L1_LINK_H

#include "ethereum/rpc.h"
#include "node/chain_info.h"
#include "node/config.h"

struct l1_link {
    struct rpc *rpc;
    struct chain_info info;
    bool unchecked; /* L1 did not answer yet */
};

/* A client of the config's nodes. Returns owned. */
ZK_MUST_USE zk_err l1_rpc_open(struct rpc **out, const struct node_config *c);

/* Reads the addresses file, checks it against L1 and binds the database to it (chain.h, chain_info_save). If the
 * database is bound already and L1 does not answer, leaves the check for later: link->unchecked. */
ZK_MUST_USE zk_err l1_link_open(struct l1_link *link, const struct node_config *c, struct store *store);

/* The check that was left for later; ZK_OK if there is none. ZK_ERR_IO: L1 still does not answer. */
ZK_MUST_USE zk_err l1_link_check(struct l1_link *link);

/* Harmless on a zeroed struct. */
void l1_link_close(struct l1_link *link);

/* Ends running and coming requests. */
void l1_link_cancel(struct l1_link *link);

/* Chains on which nothing is worth anything: 9, 1337, 31337. */
bool l1_is_development(uint64_t chain_id);

/* Microseconds since 1970, by this machine. */
int64_t l1_now_us(void);

#endif
