/* api_part: admission and the API as a part of a node: `zkroll node` adds it after the parts of src/node. */
#ifndef ZK_API_API_PART_H
#define ZK_API_API_PART_H

#include "node/node.h"

extern const struct node_part api_part;

/* In the data folder of a development chain: JSON that /api/zkroll/v1/dev answers with. Without it there is no such
 * address. */
#define API_DEV_FILE "dev.json"

#endif
