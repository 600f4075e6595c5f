/* chain_info: which rollup on which chain this node serves: what `zkroll deploy` wrote, checked against the contract,
 * and kept in the database for parts that do not talk to L1.
 *
 *   addresses file -chain_info_read-> struct chain_info -chain_info_check-> contract agrees -chain_info_save-> store
 *
 * The database belongs to one rollup for ever: saving another one's into it is refused.
 * Failure  ZK_ERR_INPUT: the file is not what deploy writes, or contract and file disagree, in words. */
#ifndef ZK_NODE_CHAIN_INFO_H
#define ZK_NODE_CHAIN_INFO_H

#include "ethereum/rpc.h"
#include "field/fr.h"
#include "store/store.h"

struct chain_info {
    uint64_t chain_id;
    uint64_t block; /* of the deployment: events before it are not ours */
    eth_address main_contract, governance;
    eth_address nft_factory, multicall, forced_exit, token_governance;
    eth_address fee_account; /* owner of account 0 */
    hash32 genesis_root;
};

/* From the addresses file of `zkroll deploy`. */
ZK_MUST_USE zk_err chain_info_read(struct chain_info *out, const char *path);

/* Chain id, genesis root, fee address and governance are those of the contract on L1. */
ZK_MUST_USE zk_err chain_info_check(const struct chain_info *info, struct rpc *rpc);

/* ZK_ERR_INPUT if the database holds another rollup. */
ZK_MUST_USE zk_err chain_info_save(struct store *s, const struct chain_info *info);
ZK_MUST_USE zk_err chain_info_load(struct store *s, struct chain_info *out, bool *found);

/* ---- L1 as the watcher saw it last */

struct l1_head {
    uint64_t number;
    uint64_t timestamp; /* of the block, seconds */
    int64_t seen_at;    /* microseconds */
    uint64_t base_fee;  /* wei a gas */
    uint64_t scanned;   /* events of blocks up to this are in the store */
};

ZK_MUST_USE zk_err l1_head_save(struct store *s, const struct l1_head *head);
/* *found = false before the watcher's first look; all 0 then. */
ZK_MUST_USE zk_err l1_head_load(struct store *s, struct l1_head *head, bool *found);

/* The newest L1 block whose requests count when `confirmations` blocks must stand on it; false if none does yet. */
bool l1_head_confirmed(uint64_t *block, const struct l1_head *head, uint64_t confirmations);

#endif
