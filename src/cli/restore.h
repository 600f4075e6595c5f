/* restore: the whole state of a rollup from L1 alone. No operator is asked, and none is trusted: what the contract
 * holds a hash of is recomputed from published bytes, and what the state becomes is replayed.
 *
 *   events of the main contract, in order      log_scan       which blocks, in which transactions, reverted, executed
 *   the input of each commit's transaction     decoded        streams, times, roots
 *   C, r, y_s, y_d from those                  binding.h      the block's hash = storedBlockHashes(n), or L1 lies
 *   the streams                                replay.h       the root after them = the committed one
 *
 * Only executed blocks are replayed: nothing else counts on L1. A folder holds what was done, so that a restore that is
 * stopped anywhere goes on from its last checkpoint:
 *
 *   DIR/state-N.zks    the state after block N (snapshot.h)
 *   DIR/cursor-N.zkc   where L1 was read to (restore_cursor.h)
 *
 * written in this order, each whole or not at all; the last RESTORE_CHECKPOINTS are kept. A reorganization that goes
 * below what can be forgotten piece by piece goes back to an older one.
 *
 * Trust      of one endpoint: it cannot show anything that does not lead to the hashes it gives for the contract; it
 *            could invent a whole chain. With several endpoints, all must give the same hashes.
 * Failure    ZK_ERR_CORRUPT: L1's answers contradict each other, or the folder is damaged. ZK_ERR_IO: no answer;
 *            what was done is kept by restore_checkpoint. ZK_ERR_CANCELLED: restore_cancel.
 * Memory     the state, one block, and a few transactions' inputs at a time. */
#ifndef ZK_CLI_RESTORE_H
#define ZK_CLI_RESTORE_H

#include "base/file.h"
#include "base/pool.h"
#include "cli/restore_block.h"
#include "cli/restore_cursor.h"
#include "ethereum/zkroll_view.h"
#include "rollup/state.h"

#define RESTORE_CHECKPOINTS 3

struct restore;

struct replay;

/* A block that was just replayed, for whoever keeps more of it than the state. Borrowed for the call. */
struct restore_replayed {
    const struct restored_block *block;
    const struct zkroll_new_block *published;
    const struct replay *replay; /* its operations */
    const struct state *state;   /* after it */
    uint32_t nfts_before;
    const struct restore_request *requests; /* those that it executed, block->stored.priority_operations of them */
    const uint8_t *commit_tx;               /* 32 bytes */
};

struct restore_config {
    /* Called once a block, in order; blocks may come again after an interruption. NULL: nobody is told. */
    zk_err (*replayed)(void *ctx, const struct restore_replayed *b);
    void *replayed_ctx;
    const char *dir; /* made if it is not there */
    const char *urls[RPC_URLS_MAX];
    size_t n_urls;
    uint8_t contract[20];
    uint64_t chain_id;
    uint64_t first_block;
    uint64_t confirmations;
    bool read_only; /* only what is there: no L1, nothing is written */
    struct pool *pool;
};

/* Opens or makes the folder and loads its newest good checkpoint. Fails if the folder is of another contract or chain,
 * or in use by another restore. read_only: n_urls may be 0, contract and chain are those of the folder. */
ZK_MUST_USE zk_err restore_open(struct restore **out, const struct restore_config *config);
void restore_close(struct restore *r);

/* Takes a state whose root some executed block must have: reads L1's events, looks for that block from the newest on
 * backwards, and goes on from there. Only where no block was replayed yet. The file's tree is recomputed. ZK_ERR_INPUT
 * if no executed block has its root: the folder then is as it was, and takes another snapshot, or none. tell (or NULL)
 * is called after each piece of work. */
ZK_MUST_USE zk_err restore_begin_from(struct restore *r, const char *snapshot_path, void (*tell)(void *ctx), void *ctx);

/* Does a bounded piece of work: reads a range of L1's events, or replays some blocks. *idle: there is nothing more to
 * do now. */
ZK_MUST_USE zk_err restore_step(struct restore *r, bool *idle);

/* When idle: does the contract agree, at every endpoint? Its executed blocks and their last hash are ours, and the
 * requests that wait are those that it waits for. *behind: the contract has executed more meanwhile: step again. */
ZK_MUST_USE zk_err restore_confirm(struct restore *r, bool *behind);

/* Writes a checkpoint, if anything changed since the last one. */
ZK_MUST_USE zk_err restore_checkpoint(struct restore *r);

/* Makes a running step end with ZK_ERR_CANCELLED. From any thread or signal handler. */
void restore_cancel(struct restore *r);

struct restore_progress {
    uint64_t first_block, next_block, head; /* of L1 */
    uint32_t replayed, executed;            /* blocks; executed: as the contract said last */
    uint64_t ops;
    uint64_t ops_here; /* by this process */
    unsigned rewinds;  /* reorganizations met */
};

void restore_progress_get(struct restore_progress *out, const struct restore *r);

/* Valid until the next step. NULL before the genesis was seen. */
struct state *restore_state(struct restore *r);
const struct restore_cursor *restore_cursor_of(const struct restore *r);

/* DIR/state-N.zks of the last checkpoint. */
void restore_state_path(char out[FILE_PATH_MAX], const struct restore *r);

#endif
