/* l1: what the users' commands do on Ethereum: open it from the command line's options, call the main contract, and
 * wait until a transaction is mined.
 *
 * Trust      several --l1 endpoints are tried in turn; restore compares them (restore.h).
 * Failure    ZK_ERR_INPUT: the contract refuses a call, with its own words, before anything is sent; or options that do
 *            not make sense. ZK_ERR_IO as in eth_rpc.h.
 * Output     progress on stderr, unless --quiet. */
#ifndef ZK_CLI_L1_H
#define ZK_CLI_L1_H

#include "cli/args.h"
#include "ethereum/eth_key.h"
#include "ethereum/eth_rpc.h"
#include "ethereum/zkroll_view.h"
#include "rollup/types.h"

struct l1 {
    const struct args *a;
    struct rpc *rpc;
    uint64_t chain_id;
    uint64_t confirmations;
    uint64_t max_fee;        /* wei a gas */
    struct zkroll_view main; /* address zero until l1_set_contract */
};

/* Opens what --l1 names and asks for the chain. --contract, if given, becomes the main contract. */
ZK_MUST_USE zk_err l1_open(struct l1 *l, const struct args *a);
void l1_close(struct l1 *l);

/* The contract must have code. */
ZK_MUST_USE zk_err l1_set_contract(struct l1 *l, const uint8_t address[20]);

struct l1_call {
    const char *what; /* "depositing 1.0 ETH": for progress and errors */
    const uint8_t *to;
    u128 value; /* wei */
    const uint8_t *data;
    size_t len;
};

struct l1_result {
    uint8_t hash[32];
    struct eth_receipt receipt;
};

/* Does the call succeed, asked of the node without sending? ZK_ERR_INPUT with the contract's reason if not. */
ZK_MUST_USE zk_err l1_try(struct l1 *l, const uint8_t from[20], const struct l1_call *call);

/* l1_try, then sends it and waits until it is mined with --confirmations blocks on top. Its hash is printed before it
 * is sent; ZK_ERR_IO if L1 does not answer for two minutes after that: it may be mined all the same (sent.h). */
ZK_MUST_USE zk_err l1_send(struct l1 *l, struct l1_result *out, const struct eth_key *key, const struct l1_call *call);

/* An ERC-20's symbol and decimals as its contract states them: printable ASCII of at most 15 characters, at most 36
 * decimals; false if it does not. The zero address is ETH. */
struct l1_token {
    char symbol[16];
    uint8_t decimals;
};
ZK_MUST_USE zk_err l1_token(struct l1 *l, struct l1_token *out, bool *known, const uint8_t token[20]);

/* What the main contract may take of the owner's tokens, and what the owner has of them. */
ZK_MUST_USE zk_err l1_erc20_allowance(struct l1 *l, uint8_t out[32], const uint8_t token[20], const uint8_t owner[20]);
ZK_MUST_USE zk_err l1_erc20_balance(struct l1 *l, uint8_t out[32], const uint8_t token[20], const uint8_t owner[20]);

/* A line of progress on stderr. */
void l1_say(const struct l1 *l, const char *fmt, ...) ZK_PRINTF(2, 3);

#endif
