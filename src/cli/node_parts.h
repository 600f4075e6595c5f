/* node_parts: the parts of a node that live above src/node, for whoever runs one: `zkroll node`, `zkroll devnet`. */
#ifndef ZK_CLI_NODE_PARTS_H
#define ZK_CLI_NODE_PARTS_H

#include "node/node.h"

ZK_MUST_USE zk_err node_parts_add(struct node *n);

#endif
