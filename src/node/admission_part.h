/* admission_part: admission as a node's settings, chain and database have it. The API, which is above this layer, makes
 * one for itself and ends it after it has closed its doors. */
#ifndef ZK_NODE_ADMISSION_PART_H
#define ZK_NODE_ADMISSION_PART_H

#include "node/admission.h"
#include "node/node.h"

struct chain_info;

/* Returns owned. chain: as the database has it; with an address of zero, nobody's key is known on chain. As
 * admission_create. */
ZK_MUST_USE zk_err admission_for_node(struct admission **out, struct node *n, const struct chain_info *chain);

#endif
