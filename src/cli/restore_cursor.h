/* restore_cursor: where a restore stands: what it has read of L1, what is replayed, and what waits. Plain data and pure
 * rules, without I/O; restore.h does the reading and replaying.
 *
 * A block's way, by the contract's events:
 *
 *   BlockCommit -> a struct restore_block at the end of the list      BlocksRevert takes unexecuted ones off the end
 *   BlockVerification -> its executed_in is set                       only then is it replayed
 *
 * So a revert never touches the state, and neither does a reorganization above `hard`: the L1 block below which nothing
 * can be forgotten piece by piece. One that goes deeper means an older checkpoint.
 *
 * Invariants  C1  numbers of the list are consecutive, from last.number + 1 on; executed ones come first.
 *             C2  serial ids of the requests are consecutive, up to next_serial - 1.
 * Trust       events come from a node that may leave some out: every gap is ZK_ERR_CORRUPT.
 *
 * As bytes (a file; integers little-endian):
 *   offset  size  field
 *        0     8  "zkrcursr"
 *        8     4  version, 1
 *       12        fixed part: what struct restore_cursor has above its lists, field by field
 *                 n_blocks times 4 + 8 + 8 + 32, n_requests times 8 + 8 + 1 + 1 + 105 + 20
 *      end    32  SHA-256 of all bytes before */
#ifndef ZK_CLI_RESTORE_CURSOR_H
#define ZK_CLI_RESTORE_CURSOR_H

#include "ethereum/log_scan.h"
#include "ethereum/zkroll_event.h"
#include "rollup/priority_op.h"

struct restore_block {
    uint32_t number;
    uint64_t committed_in; /* L1 block */
    uint64_t executed_in;  /* L1 block; 0: not executed yet */
    uint8_t tx[32];        /* that published it */
};

struct restore_request {
    uint64_t serial_id;
    uint64_t requested_in; /* L1 block */
    uint8_t op_type;
    uint8_t len;
    uint8_t data[PRIORITY_BYTES_MAX]; /* the queue's bytes */
    uint8_t sender[20];               /* who asked on L1 */
};

struct restore_cursor {
    uint64_t chain_id;
    uint8_t contract[20];
    bool has_genesis;
    bool exodus;
    uint8_t fee_address[20];
    uint8_t genesis_root[32];
    struct zkroll_stored last; /* replayed: what the state is */
    uint64_t ops;              /* replayed so far */
    uint64_t hard;             /* highest L1 block with something that cannot be taken back here */
    uint64_t next_serial;      /* of the next request that L1 will show */
    bool first_known;          /* false after a start from a snapshot: which requests were executed is not known yet */
    struct log_scan scan;

    struct restore_block *blocks; /* committed, not replayed */
    size_t n_blocks, cap_blocks;
    struct restore_request *requests; /* not in replayed blocks (if first_known) */
    size_t n_requests, cap_requests;
};

void restore_cursor_init(struct restore_cursor *c, uint64_t chain_id, const uint8_t contract[20], uint64_t first_block);
void restore_cursor_free(struct restore_cursor *c);

/* Takes one event of the main contract, which must come in order. ZK_ERR_CORRUPT: it does not follow from what came
 * before, so something was left out; ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err restore_cursor_event(struct restore_cursor *c, const struct zkroll_event *e,
                                        const struct eth_log *log);

/* L1 blocks from `next` on are gone: forgets what they did. False if that cannot be done here. */
ZK_MUST_USE bool restore_cursor_rewind(struct restore_cursor *c, uint64_t next);

/* How many blocks are executed and not replayed. */
size_t restore_cursor_ready(const struct restore_cursor *c);

/* The highest block that L1 has executed, as far as it was read. */
uint32_t restore_cursor_executed(const struct restore_cursor *c);

/* The first block of the list was replayed: `stored` is what the contract keeps of it. */
void restore_cursor_replayed(struct restore_cursor *c, const struct zkroll_stored *stored, size_t ops);

/* Drops requests below this serial id: they are executed, or cancelled. */
void restore_cursor_drop_requests(struct restore_cursor *c, uint64_t first);

size_t restore_cursor_encoded_len(const struct restore_cursor *c);
void restore_cursor_encode(uint8_t *out, const struct restore_cursor *c);

/* ZK_ERR_CORRUPT unless it is what encode wrote. The caller frees it. */
ZK_MUST_USE zk_err restore_cursor_decode(struct restore_cursor *out, const uint8_t *in, size_t len);

#endif
