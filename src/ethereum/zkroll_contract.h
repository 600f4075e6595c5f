/* zkroll_contract: the calls of the main contract as bytes: what the operator sends, what a restorer reads back from
 * commits, and what users in exodus send. docs/contracts.md says what each is for.
 *
 * Form       Hashes and roots are 32 bytes; field elements 32 bytes big-endian, below p; amounts 16 bytes big-endian;
 *            addresses 20. Streams are as in docs/pubdata.md; this module does not look into them.
 * Writing    into an abi_out of the caller's; zkroll_X_len says how many bytes a call takes, exactly.
 * Reading    takes only what the encoder writes, byte for byte, as the contract does (CalldataNotCanonical): so every
 *            call has one meaning.
 * Ownership  all borrowed, but for what zkroll_commit_free ends.
 * Purity     no I/O. Timing: of public data only.
 * Source     contracts/src/interfaces/IZkRoll.sol. */
#ifndef ZK_ETHEREUM_ZKROLL_CONTRACT_H
#define ZK_ETHEREUM_ZKROLL_CONTRACT_H

#include "ethereum/abi.h"

struct zkroll_bytes {
    const uint8_t *p;
    size_t len;
};

/* What L1 keeps a hash of for each block: StoredBlock. */
struct zkroll_stored {
    uint32_t number;
    uint64_t priority_operations;
    uint8_t settlement_hash[32]; /* keccak256 of the settlement stream */
    uint64_t timestamp;
    uint8_t state_root[32]; /* after it */
    uint8_t commitment[32]; /* zkroll_inputs_hash; 0 for genesis */
};

/* BlockInputs. */
struct zkroll_inputs {
    uint32_t key_id;
    uint8_t old_root[32];
    uint8_t chain[32]; /* C */
    uint8_t r[32];
    uint8_t y_settlement[32];
    uint8_t y_delta[32];
};

/* NewBlock. */
struct zkroll_new_block {
    uint64_t timestamp;
    uint8_t state_root[32];
    uint8_t chain[32];
    uint32_t key_id;
    struct zkroll_bytes settlement, delta;
    const struct zkroll_bytes *witnesses; /* one a change-pubkey, in order */
    size_t n_witnesses;
};

/* BlockProof. */
struct zkroll_proof {
    struct zkroll_stored stored;
    struct zkroll_inputs inputs;
    struct zkroll_bytes proof;
};

/* BlockExecution. */
struct zkroll_execution {
    struct zkroll_stored stored;
    struct zkroll_bytes settlement;
};

/* ---- hashes */

/* Block 0 of a rollup with this root. */
void zkroll_genesis(struct zkroll_stored *out, const uint8_t root[32]);

/* What storedBlockHashes(number) is. */
void zkroll_stored_hash(uint8_t out[32], const struct zkroll_stored *b);

/* What a block's commitment is. */
void zkroll_inputs_hash(uint8_t out[32], const struct zkroll_inputs *inputs);

/* ---- the operator's calls, selector first */

size_t zkroll_commit_len(const struct zkroll_new_block *blocks, size_t n);
void zkroll_put_commit(struct abi_out *o, const struct zkroll_stored *last, const struct zkroll_new_block *blocks,
                       size_t n);

size_t zkroll_prove_len(const struct zkroll_proof *proofs, size_t n);
void zkroll_put_prove(struct abi_out *o, const struct zkroll_proof *proofs, size_t n);

size_t zkroll_execute_len(const struct zkroll_execution *blocks, size_t n);
void zkroll_put_execute(struct abi_out *o, const struct zkroll_execution *blocks, size_t n);

/* All three; one proof a block. */
size_t zkroll_settle_len(const struct zkroll_new_block *blocks, const struct zkroll_bytes *proofs, size_t n);
void zkroll_put_settle(struct abi_out *o, const struct zkroll_stored *last, const struct zkroll_new_block *blocks,
                       const struct zkroll_bytes *proofs, size_t n);

/* The last block first. */
size_t zkroll_revert_len(size_t n);
void zkroll_put_revert(struct abi_out *o, const struct zkroll_stored *blocks, size_t n);

/* ---- reading a commit */

/* What a transaction published: the input of commitBlocks or settleBlocks. Byte strings point into the input. */
struct zkroll_commit {
    struct zkroll_stored last;
    struct zkroll_new_block *blocks;
    struct zkroll_bytes *proofs; /* of settleBlocks, one a block; NULL for commitBlocks */
    size_t n;
    void *owned;
};

/* ZK_ERR_INPUT if it is another call, or not as an encoder writes it; ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err zkroll_commit_decode(struct zkroll_commit *out, const uint8_t *input, size_t len);

/* Harmless on a zeroed struct. */
void zkroll_commit_free(struct zkroll_commit *c);

/* ---- reading proofs */

/* The input of proveBlocks: its proofs, whose byte strings point into the input. Returns owned memory (free).
 * ZK_ERR_INPUT if it is another call, or not as an encoder writes it: who proves through a contract of his own leaves
 * none. */
ZK_MUST_USE zk_err zkroll_prove_decode(struct zkroll_proof **out, size_t *n, const uint8_t *input, size_t len);

/* ---- leaving, and other calls that a command line or a node makes; each takes ZKROLL_SMALL_CALL_MAX at most, unless
 *      it has a _len */

#define ZKROLL_SMALL_CALL_MAX 512

/* A claim on a leaf of the last executed state; fungible tokens leave the NFT's members 0. */
struct zkroll_exit {
    uint8_t owner[20];
    uint32_t account_id;
    uint32_t token_id;
    uint8_t amount[16];
    uint32_t creator_id;
    uint8_t creator[20];
    uint32_t serial_id;
    uint8_t content_hash[32];
    const uint8_t (*path)[32]; /* order: IZkRollExodus */
    size_t path_len;
};
#define ZKROLL_PATH_FUNGIBLE 57
#define ZKROLL_PATH_NFT      90

size_t zkroll_exit_len(const struct zkroll_exit *e);
void zkroll_put_exit(struct abi_out *o, const struct zkroll_stored *last_executed, const struct zkroll_exit *e);

/* Several at once, all or none. */
size_t zkroll_exits_len(const struct zkroll_exit *exits, size_t n);
void zkroll_put_exits(struct abi_out *o, const struct zkroll_stored *last_executed, const struct zkroll_exit *exits,
                      size_t n);

/* Cancels the first n_requests outstanding requests; deposits: the queue's bytes of each deposit among them. */
size_t zkroll_cancel_deposits_len(const struct zkroll_bytes *deposits, size_t n);
void zkroll_put_cancel_deposits(struct abi_out *o, uint64_t n_requests, const struct zkroll_bytes *deposits, size_t n);

void zkroll_put_activate_exodus(struct abi_out *o);
void zkroll_put_withdraw_pending(struct abi_out *o, const uint8_t owner[20], const uint8_t token[20],
                                 const uint8_t amount[16]);
void zkroll_put_withdraw_pending_nft(struct abi_out *o, uint32_t token_id);
void zkroll_put_full_exit(struct abi_out *o, uint32_t account_id, const uint8_t token[20]);
void zkroll_put_full_exit_nft(struct abi_out *o, uint32_t account_id, uint32_t token_id);
void zkroll_put_auth_fact(struct abi_out *o, const uint8_t pubkey_hash[20], uint32_t nonce);
void zkroll_put_deposit_eth(struct abi_out *o, const uint8_t to[20]);
void zkroll_put_deposit_erc20(struct abi_out *o, const uint8_t token[20], const uint8_t amount[16],
                              const uint8_t to[20]);

/* ---- reverts */

#define ZKROLL_REVERT_MAX 160

/* What a call reverted with, for people: a custom error with its arguments, such as "ProofRejected(7)", or the text of
 * require. False, and the first bytes in hex, for what no contract of ours reverts with. */
bool zkroll_revert_text(char out[ZKROLL_REVERT_MAX], const uint8_t *data, size_t len);

#endif
