/* deploy_state: the two files of a deployment, as JSON text, and nothing else of it.
 *
 *   FILE.state   while it is under way: which plan, and of each transaction the nonce and the attempts, written before
 *                one is sent. What is missing in it was never sent; what is in it can be sent again, byte for byte.
 *   FILE         when it is done and checked: every address, the settings, the deployer's nonces, the block. All of it
 *                follows from the plan, the nonces and the block, so a changed file is found by making it anew.
 *
 * Trust    a file may have been changed: ZK_ERR_CORRUPT with what is wrong. Neither holds a secret. */
#ifndef ZK_CLI_DEPLOY_STATE_H
#define ZK_CLI_DEPLOY_STATE_H

#include "cli/deploy_plan.h"
#include "ethereum/eth_sender.h"

struct json_object;

/* Saved submissions, by step; a step without one has n_attempts = 0. Only id, nonce, gas limit and attempts are stored:
 * what became of it is asked of the chain again. */
struct deploy_state {
    struct eth_submission saved[DEPLOY_STEPS_MAX];
};

/* Replaces the file. */
ZK_MUST_USE zk_err deploy_state_write(const char *path, const struct deploy_plan *plan,
                                      const struct deploy_state *state);

/* *found = false if there is no such file. ZK_ERR_INPUT if it is of another plan. */
ZK_MUST_USE zk_err deploy_state_read(struct deploy_state *out, bool *found, const char *path,
                                     const struct deploy_plan *plan);

/* The addresses file's content; every step has a nonce. block: that of Deployment. Returns owned. */
struct json_object *deploy_document(const struct deploy_plan *plan, uint64_t block);

ZK_MUST_USE zk_err deploy_document_write(const char *path, struct json_object *document);

/* Reads an addresses file, gives the plan its nonces, and fails with ZK_ERR_CORRUPT, naming the first difference, if it
 * is not what plan, nonces and block make. */
ZK_MUST_USE zk_err deploy_document_read(struct deploy_plan *plan, uint64_t *block, bool *found, const char *path);

#endif
