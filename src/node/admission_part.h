/* admission_part: admission as a node's settings, chain and database have it. The API, which is above this layer, makes
 * one for itself and ends it after it has closed its doors. */
#ifndef ZK_NODE_ADMISSION_PART_H
#define ZK_NODE_ADMISSION_PART_H

#include "node/admission.h"
#include "node/node.h"

/* Returns owned. The contract is the database's, or, before anything has written it there, the addresses file's. As
 * admission_create; ZK_ERR_INPUT if neither knows the contract. */
ZK_MUST_USE zk_err admission_for_node(struct admission **out, struct node *n);

#endif
