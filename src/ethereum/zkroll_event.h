/* zkroll_event: the contracts' events, decoded.
 *
 * Form       as in zkroll_contract.h. Tokens of the main contract's events are ids; addresses where the name says so.
 * Who        an event means something only from the contract it belongs to (the comment at each kind): filter by
 *            address. Anybody can emit anything elsewhere.
 * Strict     a known topic with data that is not as the compiler writes it is ZK_ERR_INPUT.
 * Ownership  byte strings point into the log's data.
 * Source     contracts/src/interfaces. */
#ifndef ZK_ETHEREUM_ZKROLL_EVENT_H
#define ZK_ETHEREUM_ZKROLL_EVENT_H

#include "ethereum/eth_rpc.h"
#include "ethereum/zkroll_contract.h"

typedef enum zkroll_event_kind {
    /* of the main contract */
    ZKROLL_NEW_PRIORITY_REQUEST,
    ZKROLL_DEPOSIT,
    ZKROLL_WITHDRAWAL,
    ZKROLL_WITHDRAWAL_PENDING,
    ZKROLL_WITHDRAWAL_NFT,
    ZKROLL_WITHDRAWAL_NFT_PENDING,
    ZKROLL_AUTH_FACT_SET,
    ZKROLL_AUTH_FACT_RESET_STARTED,
    ZKROLL_BLOCK_COMMIT,
    ZKROLL_BLOCK_PROVEN,
    ZKROLL_BLOCK_VERIFICATION, /* executed */
    ZKROLL_BLOCKS_REVERT,
    ZKROLL_EXODUS_MODE,
    ZKROLL_EXIT_PERFORMED,
    ZKROLL_GENESIS,
    ZKROLL_KEY_ADDED,
    ZKROLL_KEY_RETIRED,
    /* of governance */
    ZKROLL_NEW_TOKEN,
    ZKROLL_TOKEN_PAUSED_UPDATE,
    ZKROLL_VALIDATOR_STATUS_UPDATE,
    ZKROLL_NEW_GOVERNOR,
    ZKROLL_NEW_TOKEN_GOVERNANCE,
    ZKROLL_DEFAULT_NFT_FACTORY,
    ZKROLL_NFT_FACTORY_REGISTERED,
    /* of the upgrade gatekeeper */
    ZKROLL_UPGRADE_STARTED, /* announced: the notice runs */
    ZKROLL_UPGRADE_PREPARATION,
    ZKROLL_UPGRADE_CANCEL,
    ZKROLL_UPGRADE_COMPLETE,
    /* of the forced-exit receiver */
    ZKROLL_FORCED_EXIT_PAID,
    /* of Deployment, in the transaction that created it */
    ZKROLL_DEPLOYED,
    ZKROLL_EVENT_KINDS,
    ZKROLL_EVENT_OTHER = ZKROLL_EVENT_KINDS, /* none of these */
} zkroll_event_kind;

#define ZKROLL_UPGRADE_TARGETS_MAX 16 /* PROXIES_MAX of UpgradeGatekeeper.sol: it manages no more */

struct zkroll_event {
    zkroll_event_kind kind;
    union {
        struct {
            uint8_t sender[20];
            uint64_t serial_id;
            unsigned op_type;
            struct zkroll_bytes data; /* priority_op.h reads it */
            uint64_t expiration_block;
        } request;
        struct { /* DEPOSIT, WITHDRAWAL, WITHDRAWAL_PENDING */
            uint32_t token_id;
            uint8_t owner[20]; /* not of DEPOSIT */
            uint8_t amount[16];
            unsigned type; /* of WITHDRAWAL_PENDING: 0 withdrawal, 1 forced exit, 2 full exit or exodus, 3 refused */
        } balance;
        struct { /* WITHDRAWAL_NFT, WITHDRAWAL_NFT_PENDING */
            uint32_t token_id;
        } nft;
        struct { /* AUTH_FACT_SET, AUTH_FACT_RESET_STARTED */
            uint8_t owner[20];
            uint32_t nonce;
            struct zkroll_bytes pubkey_hash; /* 20 bytes; not of RESET_STARTED */
        } auth;
        struct { /* BLOCK_COMMIT, BLOCK_PROVEN, BLOCK_VERIFICATION */
            uint32_t number;
        } block;
        struct {
            uint32_t executed, committed;
        } revert;
        struct {
            uint32_t account_id, token_id;
            uint8_t owner[20];
        } exit;
        struct {
            uint8_t root[32];
            uint8_t fee_address[20];
            uint8_t governance[20];
            uint64_t priority_expiration, notice_period, notice_floor; /* seconds */
        } genesis;
        struct { /* KEY_ADDED, KEY_RETIRED */
            uint32_t key_id;
            uint8_t verifier[20]; /* of KEY_ADDED */
        } key;
        struct { /* NEW_TOKEN, TOKEN_PAUSED_UPDATE */
            uint8_t address[20];
            uint32_t token_id; /* of NEW_TOKEN */
            bool paused;       /* of TOKEN_PAUSED_UPDATE */
        } token;
        struct { /* VALIDATOR_STATUS_UPDATE, NEW_GOVERNOR, NEW_TOKEN_GOVERNANCE, DEFAULT_NFT_FACTORY */
            uint8_t address[20];
            bool active; /* of VALIDATOR_STATUS_UPDATE */
        } account;
        struct {
            uint32_t creator_id;
            uint8_t creator[20];
            uint8_t factory[20];
        } factory;
        struct { /* UPGRADE_* */
            uint64_t version;
            uint64_t notice_period; /* seconds; of STARTED */
            size_t n_targets;       /* of STARTED and COMPLETE: one a proxy, zero where nothing changes */
            uint8_t targets[ZKROLL_UPGRADE_TARGETS_MAX][20];
        } upgrade;
        struct {
            uint8_t amount[32]; /* wei, big-endian */
        } payment;
        struct {
            uint8_t main[20], governance[20], gatekeeper[20], token_governance[20], nft_factory[20], fee_address[20];
        } deployed;
    };
};

/* The event's signature, such as "BlockCommit(uint32)"; static. */
const char *zkroll_event_signature(zkroll_event_kind kind);

/* Its topic 0, for filters. */
void zkroll_event_topic(uint8_t out[32], zkroll_event_kind kind);

/* What a log says; kind = ZKROLL_EVENT_OTHER for events that are not of this list. ZK_ERR_INPUT. */
ZK_MUST_USE zk_err zkroll_event_decode(struct zkroll_event *out, const struct eth_log *log);

#endif
