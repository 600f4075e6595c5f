/* l1_questions: asking L1 on behalf of submissions, in threads of their own: does a contract accept a signature
 * (EIP-1271), has an account announced a key on chain (authFacts)?
 *
 * Time     a set of questions ends within the time given at creation, answered or not.
 * Cost     a call may use two million gas: a contract that needs more says no.
 * Trust    an endpoint is believed: it is the operator's. A contract that is asked may answer anything; all but the one
 *          right answer is "no".
 * Threads  l1_ask: any. The callback comes on one of the threads here, and must not block. */
#ifndef ZK_NODE_L1_QUESTIONS_H
#define ZK_NODE_L1_QUESTIONS_H

#include "rollup/types.h"

typedef enum l1_answer {
    L1_UNASKED = 0,
    L1_YES,
    L1_NO,
    L1_SILENT, /* no endpoint answered in time */
} l1_answer;

struct l1_question {
    enum { L1_ASK_SIGNATURE, L1_ASK_KEY } kind;
    eth_address account; /* the contract that signs; the owner of the key */
    hash32 digest;       /* what is signed; the fact: keccak256 of the key's hash */
    uint32_t nonce;      /* of the change-pubkey */
    const uint8_t *sig;  /* borrowed until the callback */
    size_t sig_len;
    l1_answer answer;
};

struct l1_asker;

struct l1_asker_config {
    const char *const *urls; /* copied */
    size_t n_urls;           /* 0: every question is answered with L1_SILENT */
    eth_address contract;
    uint32_t timeout_ms; /* of all questions of one set together */
    uint32_t threads;
    size_t waiting_max; /* sets of questions */
};

/* Returns owned. ZK_ERR_RANGE, ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err l1_asker_create(struct l1_asker **out, const struct l1_asker_config *config);

/* Answers what waits with L1_SILENT, and waits for what runs. */
void l1_asker_destroy(struct l1_asker *a);

/* Makes running and coming questions end soon with L1_SILENT; any thread. */
void l1_asker_cancel(struct l1_asker *a);

/* Answers each of the n questions that is L1_UNASKED, then calls done(ctx). questions is borrowed until then. False if
 * too many sets wait: nothing happens. */
ZK_MUST_USE bool l1_ask(struct l1_asker *a, struct l1_question *questions, size_t n, void (*done)(void *ctx),
                        void *ctx);

#endif
