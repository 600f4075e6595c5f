#include "rollup/priority_op.h"

#include "hash/sha256.h"

static_assert(PRIORITY_DEPOSIT_BYTES == 1 + 4 + 4 + 16 + 20, "deposit");
static_assert(PRIORITY_FULL_EXIT_BYTES == 1 + 4 + 20 + 4 + 16 + 4 + 20 + 4 + 32, "full exit");
#define FULL_EXIT_ZEROS 29 /* from here on a full exit in the queue is zero: the block fills it in */

static zk_err decode_deposit(struct priority_op *op, const uint8_t *in, size_t len)
{
    if (len != PRIORITY_DEPOSIT_BYTES) return zk_fail(ZK_ERR_INPUT, "deposit of %zu bytes; want 45", len);
    if (!bytes_are_zero(in + 1, 4)) return zk_fail(ZK_ERR_INPUT, "queued deposit with an account id");
    op->deposit.token = load_be32(in + 5);
    op->deposit.amount = load_be128(in + 9);
    memcpy(op->deposit.to.b, in + 25, 20);
    return ZK_OK;
}

static zk_err decode_full_exit(struct priority_op *op, const uint8_t *in, size_t len)
{
    if (len != PRIORITY_FULL_EXIT_BYTES) return zk_fail(ZK_ERR_INPUT, "full exit of %zu bytes; want 105", len);
    if (!bytes_are_zero(in + FULL_EXIT_ZEROS, len - FULL_EXIT_ZEROS))
        return zk_fail(ZK_ERR_INPUT, "queued full exit with an amount or NFT fields");
    op->full_exit.account_id = load_be32(in + 1);
    memcpy(op->full_exit.owner.b, in + 5, 20);
    op->full_exit.token = load_be32(in + 25);
    return ZK_OK;
}

zk_err priority_op_decode(struct priority_op *op, unsigned op_type, const uint8_t *in, size_t len)
{
    memset(op, 0, sizeof *op);
    if (len == 0 || in[0] != op_type)
        return zk_fail(ZK_ERR_INPUT, "priority operation of type %u whose bytes do not say so", op_type);
    op->type = (priority_op_type)op_type;
    if (op_type == PRIORITY_DEPOSIT) return decode_deposit(op, in, len);
    if (op_type == PRIORITY_FULL_EXIT) return decode_full_exit(op, in, len);
    return zk_fail(ZK_ERR_INPUT, "priority operation of unknown type %u", op_type);
}

size_t priority_op_encode(uint8_t *out, const struct priority_op *op)
{
    memset(out, 0, PRIORITY_BYTES_MAX);
    out[0] = (uint8_t)op->type;
    if (op->type == PRIORITY_DEPOSIT) {
        store_be32(out + 5, op->deposit.token);
        store_be128(out + 9, op->deposit.amount);
        memcpy(out + 25, op->deposit.to.b, 20);
        return PRIORITY_DEPOSIT_BYTES;
    }
    assert(op->type == PRIORITY_FULL_EXIT);
    store_be32(out + 1, op->full_exit.account_id);
    memcpy(out + 5, op->full_exit.owner.b, 20);
    store_be32(out + 25, op->full_exit.token);
    return PRIORITY_FULL_EXIT_BYTES;
}

void priority_op_hash(hash32 *hash, const hash32 *eth_hash, uint64_t eth_block, uint64_t eth_index, uint64_t serial_id)
{
    uint8_t bytes[32 + 3 * 8];
    memcpy(bytes, eth_hash->b, 32);
    store_be64(bytes + 32, eth_block);
    store_be64(bytes + 40, eth_index);
    store_be64(bytes + 48, serial_id);
    sha256(hash->b, bytes, sizeof bytes);
}
