/* sequencer_part: the sequencer as a part of a node: waits for the lease, recovers, executes until the node stops or
 * another has the lease, then seals and saves. Also the housekeeping of what the sequencer has written. */
#ifndef ZK_NODE_SEQUENCER_PART_H
#define ZK_NODE_SEQUENCER_PART_H

#include "node/node.h"

extern const struct node_part sequencer_part;

#endif
