/* web3_logs: the events of an operation, as the logs of a contract would be. Pure but for the names of tokens. */
#ifndef ZK_API_WEB3_LOGS_H
#define ZK_API_WEB3_LOGS_H

#include "api/worker.h"

/* Appends the logs of an executed entry of a block with this root: {address, topics, data, blockNumber, …, logIndex}.
 * *log_index counts on. */
void web3_logs(struct json_object *list, struct api_worker *w, const struct store_op *op, const fr *block_root,
               uint64_t *log_index, struct api_error *e);

/* Who acts and who receives, as columns of a transaction; to is zero if there is nobody. */
void web3_ends(eth_address *from, eth_address *to, struct api_worker *w, const struct store_op *op,
               struct api_error *e);

/* "0x" and the number without leading zeros. */
void put_quantity(struct json_object *o, const char *key, u128 v);
struct json_object *new_quantity(u128 v);

#endif
