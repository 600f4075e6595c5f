/* submit_error: why a submission was refused, and how either API says so.
 *
 * The codes and texts are part of the protocol: clients compare them. One row of the table in submit_error.c is one
 * reason; JSON-RPC and REST v0.2 are two columns of it.
 * Timing  variable: nothing here is secret.  Purity  no allocation, no state. */
#ifndef ZK_NODE_SUBMIT_ERROR_H
#define ZK_NODE_SUBMIT_ERROR_H

#include "base/common.h"

typedef enum submit_error {
    SUBMIT_OK = 0,

    /* Of one request: what was asked for cannot be. */
    SUBMIT_INVALID_PARAMS,   /* JSON of the wrong form; detail says how */
    SUBMIT_FAST_NOT_ALLOWED, /* fast with a kind that is no withdrawal */
    SUBMIT_FAST_SET,         /* RPC: `fast` stands in the transaction itself */
    SUBMIT_DISABLED,         /* the operator takes no transactions now */
    SUBMIT_CLOSE,
    SUBMIT_NO_TARGET,     /* forced exit of an account that does not exist */
    SUBMIT_TARGET_YOUNG,  /* … or not for long enough; detail is the least number of hours */
    SUBMIT_UNKNOWN_TOKEN, /* also an NFT whose mint is not verified yet */
    SUBMIT_FEE_TOKEN,     /* the token pays no fees */
    SUBMIT_FEE_TOO_LOW,
    SUBMIT_BATCH_FEE_TOO_LOW,
    SUBMIT_PRICE, /* no price for a token at the moment; detail says which */

    /* Of the Ethereum signature. */
    SUBMIT_CREATE2_SIGNATURE, /* one is there, and must not be */
    SUBMIT_MISSING_SIGNATURE,
    SUBMIT_BAD_ETH_SIGNATURE, /* not the sender's; EIP-1271: the contract says no */
    SUBMIT_NOT_AUTHORIZED,    /* change-pubkey: the contract has no such fact */

    SUBMIT_INCORRECT, /* stateless checks; detail is tx_verdict_str() */

    /* Of the pool. */
    SUBMIT_NONCE_TOO_LOW,
    SUBMIT_DUPLICATE, /* the same hash waits already, or was executed */
    SUBMIT_BUSY,      /* too much waits, in all or of this account; detail says which. Trying later may help */

    /* Of a batch. */
    SUBMIT_BATCH_EMPTY,
    SUBMIT_BATCH_TOO_BIG,
    SUBMIT_BATCH_WITHDRAWALS,
    SUBMIT_TOO_MANY_SIGNATURES,

    /* Of toggle_2fa. */
    SUBMIT_TOGGLE_CREATE2,
    SUBMIT_TOGGLE_KEY_GIVEN, /* switching on, with a key */
    SUBMIT_TOGGLE_TIMESTAMP,

    /* Ours. */
    SUBMIT_DATABASE, /* the store failed, or has no account of the sender's id */
    SUBMIT_L1,       /* no answer from L1 to a question that needs one, in time */
    SUBMIT_INTERNAL,
    SUBMIT_ERRORS /* how many there are */
} submit_error;

/* The reason's name in lower case with underscores, such as "fee_too_low": for metrics, logs and tests; static. */
const char *submit_error_str(submit_error error);

#define SUBMIT_TEXT_MAX   320
#define SUBMIT_DETAIL_MAX 256

/* What a client is told. */
struct submit_reply {
    int code;
    char message[SUBMIT_TEXT_MAX];
    bool has_data; /* JSON-RPC: the member `data` of the error */
    char data[SUBMIT_DETAIL_MAX];
};

/* The JSON-RPC error; error is not SUBMIT_OK. detail: "" where the reason needs none. */
void submit_error_rpc(struct submit_reply *out, submit_error error, const char *detail);

/* The same in REST v0.2, under errorType "submitError". */
void submit_error_rest(struct submit_reply *out, submit_error error, const char *detail);

/* The same for toggle_2fa, where a failing store is code 304 or 608. */
void submit_error_toggle_rpc(struct submit_reply *out, submit_error error, const char *detail);
void submit_error_toggle_rest(struct submit_reply *out, submit_error error, const char *detail);

#endif
