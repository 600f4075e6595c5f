/* eth_rpc: the questions that zkroll asks an Ethereum node, with typed answers.
 *
 * Trust      An endpoint may lie. Every answer is checked for form here (lengths, ranges, types); what it means is
 *            checked by whoever can: the watcher compares hashes of blocks, the restorer roots, the sender its own
 *            hashes.
 * Failure    ZK_ERR_IO: no endpoint answered, or the answer has not the form it must have. ZK_ERR_INPUT: the node
 *            refuses the request; the message has its words. ZK_ERR_CANCELLED.
 * Ownership  struct eth_bytes and struct eth_logs own memory; end them with their _free.
 * Source     Ethereum JSON-RPC specification (execution-apis). */
#ifndef ZK_ETHEREUM_ETH_RPC_H
#define ZK_ETHEREUM_ETH_RPC_H

#include "base/common.h"
#include "ethereum/rpc.h"

struct eth_bytes {
    uint8_t *p;
    size_t len;
};

void eth_bytes_free(struct eth_bytes *b);

ZK_MUST_USE zk_err eth_rpc_chain_id(struct rpc *r, uint64_t *out);

struct eth_block {
    uint64_t number;
    uint8_t hash[32];
    uint8_t parent_hash[32];
    uint64_t timestamp;
    uint64_t base_fee; /* wei a gas; 0 on chains before EIP-1559 */
    uint64_t gas_limit;
};

/* The header of a block by number. *found = false if the node has no such block (yet). */
ZK_MUST_USE zk_err eth_rpc_block(struct rpc *r, struct eth_block *out, bool *found, uint64_t number);

/* By tag: "latest", "safe", "finalized", "earliest". */
ZK_MUST_USE zk_err eth_rpc_block_tag(struct rpc *r, struct eth_block *out, const char *tag);

/* Transaction count: of mined transactions only, or with those that wait. */
ZK_MUST_USE zk_err eth_rpc_nonce(struct rpc *r, uint64_t *out, const uint8_t address[20], bool pending);

/* As it was after the block of this number. Nodes forget old states: ask about recent blocks only. */
ZK_MUST_USE zk_err eth_rpc_nonce_at(struct rpc *r, uint64_t *out, const uint8_t address[20], uint64_t block_number);

ZK_MUST_USE zk_err eth_rpc_balance(struct rpc *r, uint8_t out[32], const uint8_t address[20]);

ZK_MUST_USE zk_err eth_rpc_code(struct rpc *r, struct eth_bytes *out, const uint8_t address[20]);

/* wei a gas that the node suggests as tip; falls back to 1 gwei where it does not know the question. */
ZK_MUST_USE zk_err eth_rpc_priority_fee(struct rpc *r, uint64_t *out);

struct eth_call {
    const uint8_t *from;  /* 20 bytes, or NULL */
    const uint8_t *to;    /* 20 bytes, or NULL: creation */
    const uint8_t *value; /* 32 bytes, or NULL: 0 */
    const uint8_t *data;
    size_t data_len;
    uint64_t gas; /* 0: as much as the node gives. Bounds what a contract that is not ours can make the node do */
};

/* eth_call on the latest block. *reverted tells a revert from success; out has the returned or the revert data. */
ZK_MUST_USE zk_err eth_rpc_call(struct rpc *r, struct eth_bytes *out, bool *reverted, const struct eth_call *call);

/* n <= RPC_BATCH_MAX calls in one request, all as of the end of one block. On failure there is nothing to free. Nodes
 * forget old states: ask about recent blocks only. */
ZK_MUST_USE zk_err eth_rpc_call_many(struct rpc *r, struct eth_bytes *out, bool *reverted, const struct eth_call *calls,
                                     size_t n, uint64_t block_number);

/* *fails = true, and no gas, if the node says that the execution fails. That it cannot answer (it has not the block's
 * state, the sender cannot pay the value) is ZK_ERR_INPUT: it says nothing about the call. */
ZK_MUST_USE zk_err eth_rpc_estimate_gas(struct rpc *r, uint64_t *gas, bool *fails, const struct eth_call *call);

typedef enum eth_send {
    ETH_SEND_ACCEPTED,      /* the node has it; also if it had it before */
    ETH_SEND_NONCE_TOO_LOW, /* another transaction with this nonce was mined */
    ETH_SEND_UNDERPRICED, /* a waiting transaction with this nonce pays as much, or the fee is below the node's least */
    ETH_SEND_NO_FUNDS,    /* the sender cannot pay value and gas */
    ETH_SEND_REFUSED,     /* anything else; zk_err_message() has the node's words */
} eth_send;

ZK_MUST_USE zk_err eth_rpc_send_raw(struct rpc *r, eth_send *outcome, const uint8_t *raw, size_t len);

struct eth_receipt {
    bool succeeded;
    uint64_t block_number;
    uint8_t block_hash[32];
    uint64_t gas_used;
    uint64_t gas_price; /* what was paid, wei a gas */
    bool created;
    uint8_t contract[20];
};

ZK_MUST_USE zk_err eth_rpc_receipt(struct rpc *r, struct eth_receipt *out, bool *found, const uint8_t tx_hash[32]);

/* Does the node know the transaction, mined or waiting? */
ZK_MUST_USE zk_err eth_rpc_knows_tx(struct rpc *r, bool *known, const uint8_t tx_hash[32]);

/* The input and sender of a mined transaction: where published blocks are read from. */
ZK_MUST_USE zk_err eth_rpc_tx_input(struct rpc *r, struct eth_bytes *input, uint8_t from[20], bool *found,
                                    const uint8_t tx_hash[32]);

/* The inputs of n <= RPC_BATCH_MAX transactions in one request; an unknown one is ZK_ERR_IO, for they were seen in
 * logs. On failure there is nothing to free. */
ZK_MUST_USE zk_err eth_rpc_tx_inputs(struct rpc *r, struct eth_bytes *inputs, const uint8_t (*hashes)[32], size_t n);

#define ETH_TOPICS_MAX 4

struct eth_log {
    uint8_t address[20];
    uint8_t topics[ETH_TOPICS_MAX][32];
    size_t n_topics;
    const uint8_t *data; /* in memory of the struct eth_logs */
    size_t data_len;
    uint64_t block_number;
    uint8_t block_hash[32];
    uint8_t tx_hash[32];
    uint64_t log_index; /* in the block */
    uint64_t tx_index;  /* of its transaction, in the block */
};

struct eth_logs {
    struct eth_log *items; /* in rising order of block and index */
    size_t n;
    uint8_t *bytes;
};

void eth_logs_free(struct eth_logs *logs);

struct eth_filter {
    uint64_t from_block; /* both ends included */
    uint64_t to_block;
    const uint8_t (*addresses)[20];
    size_t n_addresses;
    const uint8_t (*topics0)[32]; /* any of these as first topic; none: all */
    size_t n_topics0;
    const uint8_t (*topics1)[32]; /* any of these as second topic; none: all. Only with topics0 */
    size_t n_topics1;
};

/* *too_many = true, and no logs, if the node says that the answer would be too large or the range too long. Logs
 * outside of the filter's blocks or addresses are an answer of wrong form. */
ZK_MUST_USE zk_err eth_rpc_logs(struct rpc *r, struct eth_logs *out, bool *too_many, const struct eth_filter *filter);

#endif
