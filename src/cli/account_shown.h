/* account_shown: an account and its balance of one token, as somebody shows it, with the Merkle path to a root; and
 * whether that root is one that L1 has executed.
 *
 * Trust      every value is hashed on the way to the root: none needs to be believed once account_shown_check agrees.
 * Failure    ZK_ERR_INPUT: no such account. ZK_ERR_CORRUPT: the path does not lead to L1's root. ZK_ERR_IO. */
#ifndef ZK_CLI_ACCOUNT_SHOWN_H
#define ZK_CLI_ACCOUNT_SHOWN_H

#include "cli/client.h"
#include "cli/l1.h"
#include "rollup/state.h"

struct account_shown {
    struct account_proof proof;
    uint32_t account_id, token;
    uint32_t block;
    fr root; /* that it leads to */
};

/* By a node; by a folder that `zkroll restore` made. The address is the one asked for. */
ZK_MUST_USE zk_err account_shown_by_node(struct account_shown *s, struct client *c, const eth_address *owner,
                                         uint32_t token);
ZK_MUST_USE zk_err account_shown_by_folder(struct account_shown *s, const char *dir, const eth_address *owner,
                                           uint32_t token);

/* The root must be that of a block which L1 has executed. l->main is set; first_block: L1's events are read from it. */
ZK_MUST_USE zk_err account_shown_check(const struct account_shown *s, struct l1 *l, uint64_t first_block);

/* After account_shown_check: is the block the last that L1 has executed, or was until a moment ago
 * (ACCOUNT_SHOWN_L1_BLOCKS)? ZK_ERR_INPUT, saying how old it is, if not: an old path is as true as a new one, and shows
 * what the owner has no more. is_own: the caller's own state, for the advice. */
#define ACCOUNT_SHOWN_L1_BLOCKS 64
ZK_MUST_USE zk_err account_shown_check_new(const struct account_shown *s, struct l1 *l, uint64_t first_block,
                                           bool is_own);

#endif
