/* eth_sender: gets transactions of one key mined, each exactly once, through restarts, reorganizations and rising fees.
 *
 * A submission is named by an id of the caller's. Its life; only eth_sender_tick moves it:
 *
 *   QUEUED -sign-> SENT -receipt-> MINED -confirmations-> DONE, or FAILED if it reverted
 *      |             ^--reorganized-'
 *      '-> REFUSED: its gas cannot be estimated because it would fail; it takes no nonce
 *
 *   I1  An attempt (nonce, fees) is saved before it is sent. So after a crash the very same transaction can be sent
 *       again, which is harmless: signatures are deterministic, and equal bytes are one transaction.
 *   I2  A submission keeps its nonce for ever. A replacement is another attempt with the same nonce and higher fees, so
 *       at most one attempt of a submission is mined.
 *   I3  Nonces are given out without gaps, in the order of submission; after a restart, what was not sent yet goes in
 *       the order of ids. So ids should rise.
 *   I4  A second submission with an id that is known changes nothing.
 *   I5  A reorganization deeper than the confirmations can take back transactions that were DONE and are forgotten.
 *       What comes after them keeps its nonce (I2), and waits. If the gap is still there after stuck_ms, it is filled
 *       with transfers of nothing to ourselves; should the old ones come back instead, that is as good.
 *
 * The key must not be used by any other program: if the chain has used a nonce of ours for a transaction that is none
 * of our attempts, in a block with the confirmations asked for, and that lasts five seconds, tick fails with
 * ZK_ERR_CORRUPT, for then nobody knows what was sent.
 *
 * Fees       2 base fees + tip; a replacement raises both by an eighth at least (nodes want a tenth), never above the
 *            configured cap: at the cap it waits. The gas limit is at least the calldata floor of EIP-7623.
 * Time       comes from the caller, in milliseconds of any clock that does not jump over restarts.
 * Ownership  the sender copies submissions; it borrows rpc, key and store.
 * Threads    one at a time. */
#ifndef ZK_ETHEREUM_ETH_SENDER_H
#define ZK_ETHEREUM_ETH_SENDER_H

#include "base/common.h"
#include "ethereum/eth_key.h"
#include "ethereum/eth_rpc.h"

typedef enum eth_submission_state {
    ETH_SUBMISSION_QUEUED,
    ETH_SUBMISSION_SENT,
    ETH_SUBMISSION_MINED,
    ETH_SUBMISSION_DONE,
    ETH_SUBMISSION_FAILED,
    ETH_SUBMISSION_REFUSED,
} eth_submission_state;

const char *eth_submission_state_str(eth_submission_state state);

#define ETH_ATTEMPTS_MAX    32
#define ETH_SUBMISSIONS_MAX 1024

struct eth_attempt {
    uint64_t max_fee; /* wei a gas */
    uint64_t max_priority;
    uint64_t sent_ms;
    uint8_t hash[32];
};

/* All that must be stored; plain data but for `data`. */
struct eth_submission {
    uint64_t id;
    eth_submission_state state;
    bool creates;
    uint8_t to[20];
    uint8_t value[32];
    uint8_t *data; /* owned by whoever owns the struct */
    size_t data_len;
    uint64_t gas_limit; /* 0 until estimated */
    uint64_t nonce;     /* from SENT on */
    struct eth_attempt attempts[ETH_ATTEMPTS_MAX];
    size_t n_attempts;
    struct eth_receipt receipt; /* from MINED on */
    uint8_t mined_hash[32];     /* which attempt it was */
};

struct eth_sender_config {
    struct rpc *rpc;
    const struct eth_key *key;
    uint64_t chain_id;
    uint64_t confirmations; /* blocks on top before DONE or FAILED */
    uint64_t stuck_ms;      /* after this long without being mined, fees are raised */
    uint64_t max_fee_cap;   /* wei a gas, for fee and tip */
    size_t in_flight_max;   /* submissions SENT or MINED at once; at least 1 */
    /* Stores or replaces the submission of this id, durably before it returns. */
    zk_err (*save)(void *ctx, const struct eth_submission *s);
    void *save_ctx;
};

struct eth_sender;

/* saved: what save() stored last for each id that was not forgotten, in any order; copied. */
ZK_MUST_USE zk_err eth_sender_create(struct eth_sender **out, const struct eth_sender_config *config,
                                     const struct eth_submission *saved, size_t n_saved);
void eth_sender_destroy(struct eth_sender *s);

struct eth_request {
    bool creates;
    uint8_t to[20];
    uint8_t value[32];
    const uint8_t *data;
    size_t data_len;
    uint64_t gas_limit; /* 0: estimate, and add a fifth */
};

/* Saved as QUEUED on return. ZK_ERR_FULL with ETH_SUBMISSIONS_MAX known ids. */
ZK_MUST_USE zk_err eth_sender_submit(struct eth_sender *s, uint64_t id, const struct eth_request *request);

/* Looks at the chain and does what is due; call it every few seconds. ZK_ERR_IO: L1 did not answer, try again.
 * ZK_ERR_INPUT: it refuses for a reason that a person must see to, or that passes (its words are in the message); try
 * again later. ZK_ERR_CORRUPT: see above. What it got done before a failure is saved. */
ZK_MUST_USE zk_err eth_sender_tick(struct eth_sender *s, uint64_t now_ms);

/* Valid until the next call; NULL if the id is unknown. */
const struct eth_submission *eth_sender_get(const struct eth_sender *s, uint64_t id);

/* Removes a submission that is DONE, FAILED or REFUSED from memory; the store is the caller's. */
void eth_sender_forget(struct eth_sender *s, uint64_t id);

#endif
