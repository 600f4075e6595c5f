/* events: wake-ups between the threads of one process. An event says "look into the store", never what is there.
 *
 * Lost       never: each listener keeps how many events of each kind it has seen, so that one raised between two waits
 *            ends the next at once. Several of a kind may be seen as one.
 * Elsewhere  processes do not wake each other: who waits for another process's work uses a time-out (store.h has a
 *            change token) and takes an event as a reason to look sooner.
 * Threads    any. events_raise is safe in any thread, not in a signal handler. */
#ifndef ZK_NODE_EVENTS_H
#define ZK_NODE_EVENTS_H

#include "base/common.h"

typedef enum event_kind {
    EVENT_TX,       /* transactions were accepted (table txs) */
    EVENT_PRIORITY, /* priority operations were confirmed or dropped */
    EVENT_CHANGE,   /* anything that the API shows moved: a mini-block, a block, a status */
    EVENT_SEALED,   /* a block was sealed: there is a proof job */
    EVENT_PROVED,   /* a proof came in */
    EVENT_SETTLED,  /* an L1 transaction of ours was mined, confirmed, or dropped */
    EVENT_UNWIND,   /* the sequencer is asked to unwind blocks */
    EVENT_STOP,     /* the node is stopping: every wait ends from now on */
    EVENT_KINDS
} event_kind;

#define EVENT_BIT(kind) (1U << (kind))

struct events;

ZK_MUST_USE zk_err events_create(struct events **out);
void events_destroy(struct events *e);

/* Wakes whoever waits for one of the mask's kinds. */
void events_raise(struct events *e, unsigned mask);

/* What a thread has seen. Zeroed: nothing yet, so that the first wait ends at once if anything was ever raised. */
struct events_seen {
    uint64_t count[EVENT_KINDS];
};

/* From now on: only what is raised after this call. */
void events_seen_now(struct events_seen *seen, struct events *e);

/* Waits until one of the mask's kinds, or EVENT_STOP, was raised since *seen, or for timeout_ms (negative: for ever).
 * Returns the kinds raised, 0 after the time-out, and marks them as seen, but for EVENT_STOP, which stays. */
unsigned events_wait(struct events *e, struct events_seen *seen, unsigned mask, int timeout_ms);

/* True once EVENT_STOP was raised. */
bool events_stopping(struct events *e);

/* A file descriptor for event loops (eventfd): readable after one of the mask's kinds or EVENT_STOP is raised. Read its
 * eight bytes to reset it. ZK_ERR_IO; ZK_ERR_FULL above EVENTS_FDS_MAX. Ends with events_fd_close. */
#define EVENTS_FDS_MAX 16
ZK_MUST_USE zk_err events_fd_open(int *fd, struct events *e, unsigned mask);
void events_fd_close(struct events *e, int fd);

#endif
