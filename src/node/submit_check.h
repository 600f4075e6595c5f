/* submit_check: the checks of one submission, in the protocol's order.
 *
 * A user is told the first thing that is wrong, in the order of the rows below; but the work is done in the order that
 * is cheap: the store first, then the Ethereum signatures of many submissions on all processors, then all their L2
 * signatures together. So each failure is noted with its row, and the lowest row wins.
 *
 *   row   one transaction                           batch
 *    0    fast
 *    1    disabled                                  disabled, empty, too many transactions or signatures, Close, …
 *    2    Close, kinds that no circuit carries       fee tokens
 *    3    target of a forced exit                   sum of fees
 *    4    token known                               orders of swaps
 *    5    fee token, fee                            tokens known
 *    6    sender                                    senders; batch signature though a sender is CREATE2
 *    7    Ethereum signature, or key on chain       signatures there where needed
 *    8    limits, times, authorization, L2 sign.    batch signature, own signatures, keys on chain
 *    9    orders of a swap                          limits, times, authorization, L2 signatures
 *   10    account, nonce                            accounts, nonces, size
 *
 *   submit_look_up -> submit_keys -> submit_consent -> submit_verify -> (questions to L1, and from the start again)
 *
 * L1 is asked last, when nothing else is wrong: then the first wrong thing may be one of a later row.
 *
 * Threads  submit_look_up, submit_keys, submit_verify: the one that owns the view. submit_consent: any, many at once.
 * Purity   reads the store and the clock's time in the view; writes nothing but the job. */
#ifndef ZK_NODE_SUBMIT_CHECK_H
#define ZK_NODE_SUBMIT_CHECK_H

#include "node/admission.h"
#include "node/eth_consent.h"
#include "node/fees.h"
#include "node/key_cache.h"
#include "node/l1_questions.h"
#include "rollup/transition.h"
#include "rollup/tx_verify.h"
#include "store/store_accounts.h"
#include "store/store_tokens.h"

/* What the operator decides. */
struct submit_rules {
    uint64_t chain_id;
    bool disabled;
    uint32_t forced_exit_min_age_s;
    bool enforce_pubkey_change_fee;
    const uint32_t *fee_free_ids;
    size_t n_fee_free_ids;
    unsigned block_slots;
};

/* The world as one group of submissions sees it. */
struct submit_view {
    struct store *store;
    const struct submit_rules *rules;
    const struct fee_market *market;
    struct token_labels labels;
    int64_t now_us;
    struct key_cache *keys;
};

/* How far ahead of now a transaction may begin to be valid: what waits for its time takes a place from others. A key
 * change that was announced on L1 may not wait at all: the announcement can be taken back (sequencer.h, Q6). */
#define SUBMIT_AHEAD_S         3600
#define SUBMIT_ONCHAIN_AHEAD_S 60

/* Questions that one submission may have for L1: more than this is refused. */
#define SUBMIT_QUESTIONS_MAX 64

/* How an account named in a submission consents. */
struct submit_party {
    bool found;
    struct store_account_head head; /* if found */
    store_account_type type;        /* as it counts here */
    eth_address address;            /* who has to sign */
};

/* What was found out about one transaction. */
struct submit_facts {
    hash32 hash;
    struct submit_party sender;
    struct submit_party orders[2];
    struct sig_key_info keys[TX_SIGNATURES_MAX];
    size_t n_keys;
    struct tx_facts tx;
    bool known_on_chain; /* a change-pubkey whose key L1 has */
};

struct submit_job {
    struct submit_job *next;
    struct submit_request *request; /* owned; NULL: toggle */
    struct toggle_2fa toggle;
    struct submit_party toggler;
    submit_callback callback;
    void *ctx;
    uint64_t arrived_us; /* monotonic */

    submit_error error; /* SUBMIT_OK so far */
    unsigned row;       /* of the error */
    char detail[SUBMIT_DETAIL_MAX];

    struct l1_question *questions;
    size_t n_questions;
    bool asking; /* some question has no answer yet */

    size_t n; /* transactions */
    struct submit_facts *facts;
    hash32 *hashes; /* parallel to facts */
};

/* Takes request (or, if it is NULL, *toggle). NULL: no memory; nothing is taken. */
struct submit_job *submit_job_create(struct submit_request *request, const struct toggle_2fa *toggle,
                                     submit_callback callback, void *ctx);
void submit_job_destroy(struct submit_job *job);

/* Notes a failure, unless one of an earlier row is known. detail may be NULL. */
void submit_fail(struct submit_job *job, unsigned row, submit_error error, const char *detail);

/* True if nothing of this row or later needs to be looked at any more. */
bool submit_settled(const struct submit_job *job, unsigned row);

/* All that the store tells. Also after answers came from L1: then all starts again, but the answers stay. */
void submit_look_up(struct submit_job *job, struct submit_view *view);

/* The L2 keys of n jobs: those not remembered are examined together. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err submit_keys(struct submit_job **jobs, size_t n, struct submit_view *view, struct pool *pool);

/* Ethereum signatures. Sets job->asking if L1 has to be asked first. */
void submit_consent(struct submit_job *job, const struct submit_view *view);

/* L2 signatures of n jobs, and what needs no state. ZK_ERR_FULL, ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err submit_verify(struct submit_job **jobs, size_t n, struct submit_view *view, struct pool *pool,
                                 struct arena *scratch);

/* True if some transaction is not signed with its account's key as it is now. */
bool submit_is_stranger(const struct submit_job *job);

/* True if some transaction is not valid yet. */
bool submit_waits_for_time(const struct submit_job *job, int64_t now_us);

/* The EthSig that is kept with transaction i. */
const struct submit_signature *submit_signature_of(const struct submit_job *job, size_t i);

#endif
