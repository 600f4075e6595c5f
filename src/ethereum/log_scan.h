/* log_scan: reads a contract's events from the chain, in order, each once, and notices reorganizations.
 *
 * The scanner holds a cursor: the next block to read, and the hashes of blocks it has read up to (the anchors). A step
 *
 *   1. looks whether the newest anchor is still on the chain. If another block has its place, it goes back to the
 *      newest anchor that is, and says so (LOG_SCAN_REORG): what was read above `next` never happened, and the caller
 *      undoes it. That the node has no block of that number yet proves nothing: it lags behind the one that answered
 *      before, or the chain is shorter now and will show its other blocks as it grows (LOG_SCAN_IDLE);
 *   2. else reads the logs of the next range of blocks that has enough confirmations, and gives them out. The hash of
 *      the range's last block is asked before and after, and of one endpoint, so the logs are those of one chain.
 *
 * The range grows while the node answers, and is halved when the node says that it is too much.
 *
 * State      struct log_scan is plain data: whoever stores it together with what it made of the logs (one database
 *            transaction) can stop at any point and go on from there. Nodes forget removed blocks, and anvil never
 *            reports removed logs: only hashes tell.
 * Trust      an endpoint that stands for several nodes may answer from one that has not the range's last blocks, and
 *            some then give the logs they have without a word. Confirmations are what protects from that: ask for more
 *            than such nodes ever lag.
 * Bounds     anchors are thinned out so that LOG_SCAN_ANCHORS of them reach back far: distances double.
 * Threads    one at a time. */
#ifndef ZK_ETHEREUM_LOG_SCAN_H
#define ZK_ETHEREUM_LOG_SCAN_H

#include "base/common.h"
#include "ethereum/eth_rpc.h"

#define LOG_SCAN_ANCHORS  64
#define LOG_SCAN_SPAN_MAX 100000

struct log_scan {
    uint64_t first; /* where the contract's history begins: never read before */
    uint64_t next;
    uint64_t span; /* blocks to ask for at once */
    struct log_scan_anchor {
        uint64_t number;
        uint8_t hash[32];
    } anchors[LOG_SCAN_ANCHORS]; /* rising */
    size_t n_anchors;
};

void log_scan_init(struct log_scan *s, uint64_t first_block);

typedef enum log_scan_outcome {
    LOG_SCAN_IDLE,  /* nothing new has enough confirmations, or the node is behind */
    LOG_SCAN_LOGS,  /* logs of blocks `from` .. next - 1 (there may be none) */
    LOG_SCAN_REORG, /* blocks from `next` on must be undone, and will be read again */
} log_scan_outcome;

struct log_scan_step {
    log_scan_outcome outcome;
    uint64_t from;
    uint64_t head;        /* the chain's newest block as the node sees it */
    struct eth_logs logs; /* LOG_SCAN_LOGS: the caller's, to end with eth_logs_free */
};

/* addresses and topics of *filter say what to read; its block range is set here. confirmations: how many blocks must
 * stand on top of one before it is read; 0 reads the newest. On failure the scanner is as before. */
ZK_MUST_USE zk_err log_scan_step(struct log_scan *s, struct log_scan_step *step, struct rpc *r,
                                 const struct eth_filter *filter, uint64_t confirmations);

#endif
