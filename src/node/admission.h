/* admission: the way in: every check between a request of a user and the durable queue of transactions, in the order
 * and with the errors of the zkSync 1.x protocol.
 *
 *   api --admission_submit--> [inbox] -> worker: many at a time: cheap checks, fees, Ethereum signatures (pool),
 *                                        |       L2 signatures (tx_verify_many)            ^
 *                                        |                                                 | answer
 *                                        |--------> asks L1: EIP-1271, authFacts ----------/   (threads of their own)
 *                                        v
 *                                     committer: nonces and limits of the pool, one database transaction for all that
 *                                                passed, then their callbacks
 *
 * Invariants A1  A callback with SUBMIT_OK comes after its transactions are durable, never before.
 *            A2  Every request that was taken gets exactly one callback, also when admission stops.
 *            A3  A question to L1 delays only the request that has it. Requests overtake each other; whoever sends two
 *                that depend on their order waits for the first answer.
 *            A4  What names an account that does not exist, or another's, is refused. Strangers (not the account's key,
 *                which may be about to change) never use more than a quarter of the places of that account, nor of the
 *                pool: what they send fails when executed, as the protocol wants.
 *                Nor do transactions whose validFrom is still to come, which at most an hour ahead it may be.
 *            A5  Nothing is taken in exodus mode (SUBMIT_DISABLED).
 *            A6  L1 is asked only for what is right otherwise, L2 signature included, and for no more than a few
 *                submissions of one account and one client at once: asking costs the operator, and not who asks.
 * Bounds     inbox, L1 questions, pool places, remembered keys: all have a limit in the config. A full one refuses.
 * Ownership  A request is made by submit_request_create and taken by admission_submit, whatever it returns.
 * Threads    admission_submit and admission_toggle_2fa: any, at once. Callbacks come on admission's threads: they must
 *            not block, and must not call admission_destroy. */
#ifndef ZK_NODE_ADMISSION_H
#define ZK_NODE_ADMISSION_H

#include "node/config.h"
#include "node/submit_error.h"
#include "rollup/tx_check.h"

struct admission;
struct events;

#define SUBMIT_BATCH_MAX      200  /* transactions of a batch */
#define SUBMIT_SIGNATURES_MAX 10   /* Ethereum signatures of a batch as a whole that are looked at */
#define SUBMIT_EIP1271_MAX    4096 /* bytes of a contract's signature */

/* ---- a request, as the API parsed it */

typedef enum submit_signature_kind {
    SUBMIT_SIGNATURE_NONE = 0,
    SUBMIT_SIGNATURE_ETHEREUM, /* "EthereumSignature" */
    SUBMIT_SIGNATURE_EIP1271,  /* "EIP1271Signature" */
} submit_signature_kind;

/* An EthSig. */
struct submit_signature {
    submit_signature_kind kind;
    uint8_t ethereum[65]; /* r, s, v */
    uint8_t *eip1271;     /* malloc'd, the request's; len <= SUBMIT_EIP1271_MAX */
    size_t eip1271_len;
};

/* One transaction with its EthSigs. */
struct submit_tx {
    struct tx tx;                          /* of tx_from_json */
    struct submit_signature signatures[3]; /* submitter, order 0, order 1 */
    tx_verdict verdict; /* of tx_from_json: TX_VALID, or what is wrong with a number that struct tx cannot hold */
    bool is_array;      /* the EthSigs came in the array form */
    bool close;         /* type "Close": nothing else of this is looked at */
};

typedef enum submit_flavour {
    SUBMIT_RPC,  /* `fast` must not stand in the transaction; it is the request's */
    SUBMIT_REST, /* `fast` stands in the transaction */
} submit_flavour;

struct submit_request {
    submit_flavour flavour;
    uint64_t client;           /* whoever sent it, as a number; 0: nobody knows. Bounds questions to L1 */
    bool is_batch;             /* submit_txs_batch, also if n is 1 */
    bool fast;                 /* RPC, one transaction: tx_submit's third parameter */
    size_t n;                  /* transactions; 1 unless is_batch */
    size_t n_given;            /* as the client sent them: more than n if there were too many to be worth parsing */
    size_t n_signatures_given; /* of the batch, as the client sent them, nulls not counted */
    struct submit_signature signatures[SUBMIT_SIGNATURES_MAX]; /* of the batch; the first n_signatures_given */
    struct submit_tx txs[];
};

/* A zeroed request with room for n transactions, n <= SUBMIT_BATCH_MAX; n and n_given are set to n. NULL: no memory. */
struct submit_request *submit_request_create(size_t n);

/* NULL is allowed. */
void submit_request_destroy(struct submit_request *request);

/* ---- the answer */

struct submit_answer {
    submit_error error;
    char detail[SUBMIT_DETAIL_MAX]; /* what the error's text wants, or "" */
    size_t n;                       /* hashes: as many as transactions if SUBMIT_OK, else 0 */
    const hash32 *hashes;           /* in order; borrowed until the callback returns */
    hash32 batch_hash;              /* of a batch */
};

typedef void (*submit_callback)(void *ctx, const struct submit_answer *answer);

/* Takes the request. SUBMIT_OK: callback(ctx, answer) comes later, once. Else it never comes: SUBMIT_BUSY. */
ZK_MUST_USE submit_error admission_submit(struct admission *a, struct submit_request *request, submit_callback callback,
                                          void *ctx);

/* ---- two-factor authentication */

struct toggle_2fa {
    uint64_t client; /* as in submit_request */
    bool enable;
    uint32_t account_id;
    uint64_t timestamp_ms;
    struct submit_signature signature; /* its EIP-1271 bytes are taken, whatever is returned */
    bool has_key;
    pubkey_hash key;
};

/* As admission_submit; the answer has no hashes. */
ZK_MUST_USE submit_error admission_toggle_2fa(struct admission *a, const struct toggle_2fa *toggle,
                                              submit_callback callback, void *ctx);

/* ---- life */

struct admission_config {
    struct events *events;  /* EVENT_TX is raised after each commit; NULL: nobody waits. Borrowed */
    const char *database;   /* as store_open takes it */
    uint64_t chain_id;      /* L1's */
    const char *l1_urls[8]; /* none: questions to L1 are answered with SUBMIT_L1 */
    size_t n_l1_urls;
    eth_address contract;                            /* zkroll's, on L1 */
    uint32_t l1_timeout_ms;                          /* of a question, all attempts together */
    uint32_t l1_threads;                             /* questions asked at once */
    bool disabled;                                   /* refuse every transaction */
    uint32_t forced_exit_min_age_s;                  /* of the target account */
    bool enforce_pubkey_change_fee;                  /* single change-pubkeys pay */
    uint32_t fee_free_ids[CONFIG_FREE_ACCOUNTS_MAX]; /* accounts whose single transactions may be free */
    size_t n_fee_free_ids;
    uint32_t inbox_max;   /* transactions that wait for their checks */
    uint32_t pool_max;    /* transactions that wait for the sequencer, in all */
    uint32_t account_max; /* the same, of one account */
    uint32_t keys_max;    /* L2 keys remembered */
    unsigned threads;     /* for signatures; 0: one a processor */
    unsigned block_slots; /* of the largest block that the sequencer makes */
};

/* Development defaults: chain id 9, no L1, 20 000 in the inbox, 200 000 in the pool, 1 000 an account. */
struct admission_config admission_config_default(void);

/* Opens the store and starts the threads. Returns owned. ZK_ERR_IO, ZK_ERR_RANGE, ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err admission_create(struct admission **out, const struct admission_config *config);

/* What waits is answered (SUBMIT_BUSY, where its checks had not begun), what passed is made durable; then everything
 * ends. NULL is allowed. */
void admission_destroy(struct admission *a);

/* The operator's switch, at run time; any thread. */
void admission_set_disabled(struct admission *a, bool disabled);

/* Refuse for now, for a reason that detail gives (such as an unproved backlog); NULL or "": take again. Any thread. */
void admission_hold(struct admission *a, const char *detail);

#endif
