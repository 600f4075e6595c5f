/* demo: users of a development network: they deposit, register their keys, pay each other, withdraw, and fetch what
 * they withdrew from the contract, all through the public API and L1, as anybody's users do.
 *
 * Users come back: with the same network they find their accounts and go on.
 * Threads   demo_start makes one; the other functions are for the thread that started it. */
#ifndef ZK_CLI_DEMO_H
#define ZK_CLI_DEMO_H

#include "cli/devnet_chain.h"

struct demo;

struct demo_options {
    const struct devnet_chain *chain; /* borrowed */
    const char *rpc_url, *rest_url;
    uint64_t rate;                     /* transactions a second, about */
    void (*say)(const char *fmt, ...); /* any thread */
};

ZK_MUST_USE zk_err demo_start(struct demo **out, const struct demo_options *options);

/* What made the users stop, if they did; ZK_OK while they go on. */
ZK_MUST_USE zk_err demo_failure(struct demo *d);

/* Ends the users; NULL is allowed. */
void demo_stop(struct demo *d);

/* Prints what they did. After demo_stop. */
void demo_summary(struct demo *d);
void demo_destroy(struct demo *d);

#endif
