/* node: one process of the rollup: what its parts share, and their threads.
 *
 *   created -node_start-> running -node_stop-> stopping -node_join-> stopped
 *
 * A part (sequencer, L1 watcher, settlement, prover, API, …) is a row of functions; the node opens the parts whose
 * role it has in the order in which they were added, gives each a thread, and ends them the other way round, so that
 * the API takes nothing more while the sequencer seals. Parts share the store, not memory: each opens its own handle.
 * A part that fails stops the node, and its message is the node's.
 *
 * Threads   node_stop from any thread, not from a signal handler; all else from the one that created the node. The
 *           accessors below from any. */
#ifndef ZK_NODE_NODE_H
#define ZK_NODE_NODE_H

#include "base/pool.h"
#include "node/config.h"
#include "node/events.h"

struct node;
struct store;

struct node_part {
    const char *name;
    unsigned roles; /* it runs if the node has one of them */
    size_t size;    /* bytes of its own, zeroed, which the others get as self */
    /* Everything that can fail for a reason that a person should see at once: ports, files, keys. */
    zk_err (*open)(void *self, struct node *n);
    /* In a thread of its own, until *stop* was called or EVENT_STOP raised. NULL: the part has its own threads, which
     * open starts and stop ends. */
    zk_err (*run)(void *self);
    /* Any thread; may be called more than once; returns at once. NULL: run watches EVENT_STOP. */
    void (*stop)(void *self);
    /* After run has returned, or open has failed at any point. */
    void (*close)(void *self);
};

/* Copies config. Makes the data directory. Returns owned. */
ZK_MUST_USE zk_err node_create(struct node **out, const struct node_config *config);
void node_destroy(struct node *n);

#define NODE_PARTS_MAX 16

/* Adds a part, to be started by node_start; borrows *part. The parts of this layer are there already. */
ZK_MUST_USE zk_err node_add_part(struct node *n, const struct node_part *part);

/* Opens the parts and starts their threads. On failure those that were started are ended again. */
ZK_MUST_USE zk_err node_start(struct node *n);

/* Asks all parts to end: the API refuses, the sequencer seals and persists. */
void node_stop(struct node *n);

/* Waits for the parts to end, and returns the failure that ended the node, if one did. */
ZK_MUST_USE zk_err node_join(struct node *n);

/* ---- for parts */

const struct node_config *node_config_of(const struct node *n);
struct events *node_events(struct node *n);
struct pool *node_pool(struct node *n);

/* A new handle on the node's database; the caller ends it with store_close. */
ZK_MUST_USE zk_err node_open_store(struct store **out, const struct node *n);

/* Its URL, for those that open it themselves (admission). It may hold a password: never shown, never logged. */
const char *node_database(const struct node *n);

/* A part that has met something nobody can go on from says so here as well as by returning it. */
void node_fail(struct node *n, zk_err err, const char *part);

/* True while every part is running: for /ready. */
bool node_ready(const struct node *n);

#endif
