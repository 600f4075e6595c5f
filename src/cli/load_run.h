/* load_run: accounts for a load, their money and keys, transfers signed ahead, and at the end whether every balance
 * is what the answers said.
 *
 *   load_run_open -> _fund -> _sign -> _fire -> _check -> load_run_close
 *
 * Accounts   derived from a text (the seed): the same seed finds the same accounts again, with their money. Whoever
 *            knows the seed has the accounts: for test money.
 * Order      each account's transfers go one after the other; nobody waits for another's.
 * Failure    ZK_ERR_INPUT: a refusal of the node, in its words, or too little money. ZK_ERR_IO: it does not answer, or
 *            does not get on. ZK_ERR_MEMORY. */
#ifndef ZK_CLI_LOAD_RUN_H
#define ZK_CLI_LOAD_RUN_H

#include "cli/chain_call.h"
#include "cli/client.h"
#include "cli/load_http.h"
#include "cli/signer.h"

struct load_options {
    const char *rpc_url; /* http://host:port[/path] */
    const char *rest_url;
    const char *l1_url;           /* NULL: the funder must have the money on L2 */
    const struct eth_key *funder; /* borrowed */
    const char *seed;
    const char *token; /* symbol */
    uint64_t chain_id;
    uint32_t accounts;  /* 2 .. 16,384 */
    uint32_t transfers; /* 1 .. 50,000,000 */
    unsigned connections;
    double rate;
    double max_seconds;
    uint32_t wait_seconds; /* for the node to execute what it took */
    bool quiet;
};

struct load_account {
    struct signer signer;
    uint32_t id;
    uint32_t nonce;   /* before the load */
    u128 balance;     /* before the load */
    uint32_t planned; /* transfers signed */
};

struct load_run {
    struct load_options o;
    struct client *client;
    struct client_token token;
    struct signer funder;
    struct load_account *accounts;
    struct load_shot *shots;
    struct load_feed feed;
    u128 amount, fee; /* of each transfer */
    char host[256], path[256];
    uint16_t port;
    double sign_seconds, execute_seconds; /* the second: from the first request until all is executed */
    size_t executed;
    size_t wrong; /* accounts whose balance or nonce is not what it must be */
};

ZK_MUST_USE zk_err load_run_open(struct load_run *t, const struct load_options *o);

/* Sees to it that every account exists, has its key, and enough money for its part. */
ZK_MUST_USE zk_err load_run_fund(struct load_run *t);

/* Signs transfers on all processors: all of them, or at a rate those of the first seconds; load_run_fire signs the rest
 * meanwhile, in a thread of its own. */
ZK_MUST_USE zk_err load_run_sign(struct load_run *t);

ZK_MUST_USE zk_err load_run_fire(struct load_run *t, struct load_report *report);

/* Waits until what was accepted is executed, and compares every account. *ok = false: t->wrong of them are wrong. */
ZK_MUST_USE zk_err load_run_check(struct load_run *t, bool *ok);

/* Harmless on a zeroed struct; wipes the keys. */
void load_run_close(struct load_run *t);

#endif
