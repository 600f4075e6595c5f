/* store_lease: who may act. Of the processes that share a database one executes ("sequencer") and one sends to L1
 * ("sender"); each holds a lease that it must renew. When it dies, its lease runs out and another takes over.
 *
 * Fencing   A process may sleep past the end of its lease and wake up believing that it still holds it. So each lease
 *           has a token that rises with every holder, and a handle that was fenced with (name, token) fails with
 *           ZK_ERR_CANCELLED in every writing transaction from the moment that there is a newer token: checked inside
 *           the transaction, before it commits. */
#ifndef ZK_STORE_STORE_LEASE_H
#define ZK_STORE_STORE_LEASE_H

#include "store/store.h"

#define STORE_LEASE_NAME_MAX   32  /* bytes with the NUL */
#define STORE_LEASE_HOLDER_MAX 128 /* bytes with the NUL: host, process, random */

struct store_lease {
    char holder[STORE_LEASE_HOLDER_MAX];
    int64_t until; /* by the database's clock */
    uint64_t token;
};

/* Takes the lease if it is free, has run out, or is the same holder's already (then the token stays). *held = false:
 * out tells who has it. */
ZK_MUST_USE zk_err store_lease_take(struct store *s, struct store_lease *out, bool *held, const char *name,
                                    const char *holder, int64_t lease_for);

/* *held = false: it is another's now. */
ZK_MUST_USE zk_err store_lease_renew(struct store *s, bool *held, const char *name, uint64_t token, int64_t lease_for);

/* Gives it up, so that others need not wait. */
ZK_MUST_USE zk_err store_lease_release(struct store *s, const char *name, uint64_t token);

ZK_MUST_USE zk_err store_lease_get(struct store *s, struct store_lease *out, bool *found, const char *name);

/* From now on the handle writes only while this token is the lease's newest. name NULL: no fence. */
void store_fence(struct store *s, const char *name, uint64_t token);

#endif
