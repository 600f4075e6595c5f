/* tx_check: everything about a transaction that can be judged without the state.
 *
 * The verdicts are answers for users: tx_verdict_str gives the protocol's text, which the API shows after
 * "Tx is incorrect: ". What passes here can be encoded and, the state permitting, proved.
 * Timing  variable: nothing here is secret.  Purity  no allocation, no state. */
#ifndef ZK_ROLLUP_TX_CHECK_H
#define ZK_ROLLUP_TX_CHECK_H

#include "rollup/tx.h"

typedef enum tx_verdict {
    TX_VALID = 0,
    TX_BAD_AMOUNT,        /* 2^128 or more: only JSON can say that */
    TX_BAD_FEE,           /* likewise */
    TX_UNPACKABLE_AMOUNT, /* where the amount is signed in packed form */
    TX_UNPACKABLE_FEE,
    TX_BAD_ACCOUNT_ID,
    TX_BAD_TOKEN,
    TX_BAD_FEE_TOKEN,
    TX_BAD_TARGET, /* transfer to the zero address */
    TX_BAD_NONCE,  /* 2^32 - 1, which has no successor */
    TX_BAD_TIME,   /* from > until; swap: no moment at which both orders hold */
    TX_BAD_AUTH,   /* change-pubkey: not authorized by the owner of the address */
    TX_BAD_SIGNATURE,
    TX_BAD_ORDER0_PRICE,
    TX_BAD_ORDER0_ACCOUNT_ID,
    TX_BAD_ORDER0_RECIPIENT,
    TX_BAD_ORDER0_BUY_TOKEN,
    TX_BAD_ORDER0_SELL_TOKEN,
    TX_BAD_ORDER0_TIME,
    TX_BAD_ORDER0_AMOUNT,
    TX_BAD_ORDER0_UNPACKABLE_AMOUNT,
    TX_BAD_ORDER0_NONCE,
    TX_BAD_ORDER1_PRICE,
    TX_BAD_ORDER1_ACCOUNT_ID,
    TX_BAD_ORDER1_RECIPIENT,
    TX_BAD_ORDER1_BUY_TOKEN,
    TX_BAD_ORDER1_SELL_TOKEN,
    TX_BAD_ORDER1_TIME,
    TX_BAD_ORDER1_AMOUNT,
    TX_BAD_ORDER1_UNPACKABLE_AMOUNT,
    TX_BAD_ORDER1_NONCE,
    TX_BAD_ORDER_SIGNATURE,
    TX_VERDICTS, /* how many there are */
} tx_verdict;

/* From a verdict on order 0 to the same one on order 1. */
#define TX_NEXT_ORDER (TX_BAD_ORDER1_PRICE - TX_BAD_ORDER0_PRICE)

/* The text for users; static. */
const char *tx_verdict_str(tx_verdict verdict);

/* Limits alone: ids, tokens, packability, time ranges. Looks at no signature. */
ZK_MUST_USE tx_verdict tx_check_limits(const struct tx *tx);

#endif
