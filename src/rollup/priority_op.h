/* priority_op: what users ask for through the contract on L1: deposits and full exits. The contract queues the bytes
 * below (and stores their hash); blocks must take them in order of serial id, before their deadline.
 *
 *   deposit     01 | account id 4 = 0 | token 4 | amount 16 | owner 20                                       45 bytes
 *   full exit   06 | account id 4 | owner 20 | token 4 | amount 16 = 0 | creator id 4 = 0 |
 *               creator address 20 = 0 | serial 4 = 0 | content hash 32 = 0                                 105 bytes
 *
 * Decoding is strict about the form (lengths, zeros), and takes any id and amount: what the contract has queued must
 * get a slot, however senseless; the state transition gives it a harmless one.
 * Failure   ZK_ERR_INPUT.  Purity  no allocation, no state. */
#ifndef ZK_ROLLUP_PRIORITY_OP_H
#define ZK_ROLLUP_PRIORITY_OP_H

#include "rollup/types.h"

typedef enum priority_op_type {
    PRIORITY_DEPOSIT = 1,
    PRIORITY_FULL_EXIT = 6,
} priority_op_type;

#define PRIORITY_DEPOSIT_BYTES   45
#define PRIORITY_FULL_EXIT_BYTES 105
#define PRIORITY_BYTES_MAX       105

struct priority_op {
    priority_op_type type;
    union {
        struct {
            uint32_t token;
            u128 amount;
            eth_address to;
        } deposit;
        struct {
            uint32_t account_id;
            eth_address owner; /* who asked, on L1: must be the account's address for anything to happen */
            uint32_t token;    /* fungible or NFT */
        } full_exit;
    };
};

/* Reads the queue's bytes of an operation of this opType. */
ZK_MUST_USE zk_err priority_op_decode(struct priority_op *op, unsigned op_type, const uint8_t *in, size_t len);

/* Writes them; returns the length, at most PRIORITY_BYTES_MAX. */
size_t priority_op_encode(uint8_t *out, const struct priority_op *op);

/* SHA-256(L1 transaction hash | L1 block 8 | index of the transaction in it 8 | serial id 8): the name under which
 * users find it. */
void priority_op_hash(hash32 *hash, const hash32 *eth_hash, uint64_t eth_block, uint64_t eth_index, uint64_t serial_id);

#endif
