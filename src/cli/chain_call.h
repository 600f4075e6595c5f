/* chain_call: transactions of a plain account on a development chain: sent, and waited for.
 *
 * For accounts that nobody else uses at the same time, and chains where nothing is lost by sending twice. What must
 * arrive exactly once goes through ethereum/eth_sender.h.
 * Failure  ZK_ERR_INPUT: the chain refuses it, or it reverted, in words. ZK_ERR_IO: no answer, or not mined in time. */
#ifndef ZK_CLI_CHAIN_CALL_H
#define ZK_CLI_CHAIN_CALL_H

#include "ethereum/eth_key.h"
#include "ethereum/eth_rpc.h"
#include "rollup/types.h"

struct chain {
    struct rpc *rpc;
    uint64_t chain_id;
};

struct chain_call {
    const uint8_t *to; /* 20 bytes; NULL: data creates a contract */
    u128 value;        /* wei */
    const uint8_t *data;
    size_t len;
    uint64_t gas_limit; /* 0: estimated, and a half more */
};

/* hash, unless NULL: of the transaction. */
ZK_MUST_USE zk_err chain_send(const struct chain *c, struct eth_receipt *receipt, uint8_t hash[32],
                              const struct eth_key *key, const struct chain_call *call);

#endif
