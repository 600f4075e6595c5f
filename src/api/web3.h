/* web3: a read-only JSON-RPC of Ethereum's form over the rollup, for tools that know nothing else.
 *
 *   blocks       rollup blocks whose commit is confirmed; hash = state root, parent = the root before
 *   latest       the last block executed on L1; "committed" and "pending": as executed
 *   transactions by their rollup hash (0x…); requests from L1 too
 *   logs         per operation one event of the proxy 0x1000…00, then Transfer of the amount and of the fee at the
 *                token's address; one topic each, all parameters in data
 *   contracts    eth_call knows tokens by their L1 addresses, and the NFT factory 0x2000…00
 *
 * Only two moments are kept, so balances of older blocks are refused. Chain id 240, as zkSync 1.x's. */
#ifndef ZK_API_WEB3_H
#define ZK_API_WEB3_H

#include "api/rpc.h"

#define WEB3_CHAIN_ID       240
#define WEB3_LOG_BLOCKS_MAX 10
#define WEB3_FILTER_MAX     100   /* addresses, and topics, of a filter of logs */
#define WEB3_LIST_MAX       20000 /* transactions or logs of one answer; a block has fewer, but ten may have more */

/* NULL: there is none of that name. */
const struct rpc_method *web3_method_find(const char *name);

#endif
