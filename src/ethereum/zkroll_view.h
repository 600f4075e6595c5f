/* zkroll_view: what the contracts say when they are asked.
 *
 * One moment  each question, or group of questions in one function, is answered as of one L1 block, and the answer says
 *             which: answers of different calls may be of different blocks. The block may be reorganized away.
 * Trust       as eth_rpc.h: the form of answers is checked, their truth is the endpoint's.
 * Failure     ZK_ERR_IO: also if the node has not the state of the newest blocks; ZK_ERR_CANCELLED. ZK_ERR_INPUT: the
 *             contract refuses (it is not the contract one thinks it is, or is not there), with its reason.
 * Source      contracts/src/interfaces. */
#ifndef ZK_ETHEREUM_ZKROLL_VIEW_H
#define ZK_ETHEREUM_ZKROLL_VIEW_H

#include "ethereum/eth_rpc.h"
#include "ethereum/zkroll_contract.h"

/* Where the main contract is, and how to ask it. */
struct zkroll_view {
    struct rpc *rpc;
    uint8_t address[20];
};

struct zkroll_progress {
    uint64_t l1_block; /* as of its end */
    uint32_t committed, proven, executed;
    uint64_t first_request;      /* serial id of the oldest open request */
    uint64_t open_requests;      /* from there on */
    uint64_t committed_requests; /* of the open ones, in committed blocks */
    bool exodus;
};
ZK_MUST_USE zk_err zkroll_view_progress(struct zkroll_progress *out, const struct zkroll_view *v);

struct zkroll_settings {
    uint64_t l1_block;
    uint8_t governance[20];
    uint64_t priority_expiration; /* seconds */
    uint32_t key_count;
};
ZK_MUST_USE zk_err zkroll_view_settings(struct zkroll_settings *out, const struct zkroll_view *v);

/* The constants of the verifier of a key id. *found = false if there is none or it was retired. */
struct zkroll_verifier {
    uint8_t address[20];
    uint8_t key_digest[32];
    uint8_t circuit_hash[32];
    uint8_t srs_id[32];
    bool insecure;
    uint64_t proof_len;
};
ZK_MUST_USE zk_err zkroll_view_verifier(struct zkroll_verifier *out, bool *found, const struct zkroll_view *v,
                                        uint32_t key_id);

/* Zero for a block that is not committed. */
ZK_MUST_USE zk_err zkroll_view_stored_hash(uint8_t out[32], const struct zkroll_view *v, uint32_t block);

/* The same of n <= RPC_BATCH_MAX blocks, in one request. */
ZK_MUST_USE zk_err zkroll_view_stored_hashes(uint8_t (*out)[32], const struct zkroll_view *v, const uint32_t *blocks,
                                             size_t n);

/* A request of the queue; op_type 0 if there never was one of this id. */
struct zkroll_request {
    uint8_t hash[20]; /* the last 20 bytes of keccak256 of its data */
    uint64_t deadline;
    unsigned op_type;
};
ZK_MUST_USE zk_err zkroll_view_request(struct zkroll_request *out, const struct zkroll_view *v, uint64_t serial_id);

/* What was announced for a nonce: keccak256 of the key hash, or zero; and when a reset was started, or 0. */
struct zkroll_auth_fact {
    uint8_t fact[32];
    uint64_t reset_at;
};
ZK_MUST_USE zk_err zkroll_view_auth_fact(struct zkroll_auth_fact *out, const struct zkroll_view *v,
                                         const uint8_t owner[20], uint32_t nonce);

ZK_MUST_USE zk_err zkroll_view_pending_balance(uint8_t amount[16], const struct zkroll_view *v, const uint8_t owner[20],
                                               const uint8_t token[20]);

/* Zero if the NFT does not wait. */
ZK_MUST_USE zk_err zkroll_view_pending_nft_owner(uint8_t owner[20], const struct zkroll_view *v, uint32_t token_id);

/* Was (account, token) exited in exodus? */
ZK_MUST_USE zk_err zkroll_view_exited(bool *exited, const struct zkroll_view *v, uint32_t account_id,
                                      uint32_t token_id);

/* ---- governance: v->address is its own address */

ZK_MUST_USE zk_err zkroll_view_total_tokens(uint32_t *out, const struct zkroll_view *v);
ZK_MUST_USE zk_err zkroll_view_token_address(uint8_t out[20], const struct zkroll_view *v, uint32_t token_id);

/* 0: not listed (or the zero address, ETH). */
ZK_MUST_USE zk_err zkroll_view_token_id(uint32_t *out, const struct zkroll_view *v, const uint8_t token[20]);
ZK_MUST_USE zk_err zkroll_view_token_paused(bool *out, const struct zkroll_view *v, uint32_t token_id);
ZK_MUST_USE zk_err zkroll_view_is_validator(bool *out, const struct zkroll_view *v, const uint8_t who[20]);

#endif
