/* store_blocks: what the sequencer writes and reads: executed operations with what they changed, blocks, and the way
 * back.
 *
 *   store_execute (many a block) -> store_seal -> …          store_unwind takes back the last blocks
 *
 *   B1  Blocks have numbers from 1 without gaps; all are sealed but the last, which may be open.
 *   B2  Each entry (executed or rejected transaction, or request from L1) has its place in its block: index 0, 1, 2 …
 *       in the order of execution, rejected transactions counted. Operations of the circuit are counted elsewhere.
 *   B3  Of what a block changes the store keeps the value before it, until STORE_UNDO_KEPT more are executed on L1. So
 *       it can be unwound, even if L1 loses its execution in a reorganization, and the verified state is known.
 *   B4  Requests from L1 are executed by rising serial id without gaps.
 *
 * Fencing    store_execute, store_seal and store_unwind fail with ZK_ERR_CANCELLED, and write nothing, once the
 *            handle's fence (store_lease.h) has been broken. */
#ifndef ZK_STORE_STORE_BLOCKS_H
#define ZK_STORE_STORE_BLOCKS_H

#include "rollup/block.h"
#include "store/store_accounts.h"
#include "store/store_txs.h"

/* ---- executing */

/* Who finds an entry in his account's history, and by which tokens. */
#define STORE_PARTIES_MAX 5
#define STORE_TOKENS_MAX  4
struct store_parties {
    unsigned n_addresses, n_tokens;
    eth_address addresses[STORE_PARTIES_MAX]; /* different ones */
    uint32_t tokens[STORE_TOKENS_MAX];        /* different ones */
};

/* By the wire protocol's rules. order_accounts: addresses of the accounts of a swap's two orders (all zero: no such
 * account); not read for other kinds. sender: who asked for a deposit on L1; not read for an exit. */
void store_parties_of_tx(struct store_parties *out, const struct tx *tx, const eth_address order_accounts[2]);
void store_parties_of_priority(struct store_parties *out, const struct priority_op *op, const eth_address *sender);

struct store_entry {
    uint64_t id;             /* acceptance id of the transaction, or serial id of the request */
    const char *fail_reason; /* borrowed; NULL: executed */
    const struct op *op;     /* borrowed; what was done; NULL for a rejected transaction */
    struct store_parties parties;
    bool is_priority;
};

/* What a key change does to the account's type: CREATE2 by CHANGE_PUBKEY_CREATE2; else OWNED, but a NO2FA one stays. */
typedef enum store_type_change { STORE_TYPE_KEEP, STORE_TYPE_BY_CREATE2, STORE_TYPE_BY_OWNER } store_type_change;

/* An account after the mini-block. */
struct store_account_change {
    uint32_t id;
    struct account_leaf leaf;
    store_type_change type;
    const struct token_balance *balances; /* borrowed: all that are not 0, by rising token */
    size_t n_balances;
};

struct store_nft_change {
    uint32_t id;
    struct nft_leaf leaf;
    eth_address address; /* nft_address() */
    uint64_t mint_tx;    /* acceptance id of the mint, if it was minted now; else not read */
};

/* Some entries of one block, and all that they changed. Each account and NFT at most once. */
struct store_mini_block {
    uint32_t block;       /* last_sealed + 1 */
    uint64_t timestamp;   /* of the block's header, seconds; the first one that executes something fixes it */
    uint32_t first_index; /* of entries[0]: how many entries the block had */
    const struct store_entry *entries;
    size_t n_entries;
    const struct store_account_change *accounts;
    size_t n_accounts;
    const struct store_nft_change *nfts;
    size_t n_nfts;
    int64_t now;
};

/* Writes a mini-block: results, histories, state, undo values; opens the block if it is its first. */
ZK_MUST_USE zk_err store_execute(struct store *s, const struct store_mini_block *m);

/* The fee account before the first block; does nothing if it is there already. */
ZK_MUST_USE zk_err store_genesis(struct store *s, const eth_address *fee_address, const fr *root, int64_t now);
ZK_MUST_USE zk_err store_genesis_root(struct store *s, fr *root, bool *found);

/* ---- sealing */

struct store_seal {
    const struct block_sealed *block; /* borrowed */
    uint32_t key_id;
    uint32_t entries;            /* in the block, rejected ones included */
    uint32_t n_priority;         /* requests from L1 among them */
    const uint8_t *classes_hint; /* free bytes of the sequencer's, given back by recovery; may be NULL */
    size_t classes_hint_len;
    const uint8_t *trace; /* borrowed; what a prover needs (trace_codec.h) */
    size_t trace_len;
    const struct store_account_change *accounts; /* changed by sealing: the fee account */
    size_t n_accounts;
    int64_t now;
};

/* Seals the open block, or one without entries; with it goes its proof job, open to provers. */
ZK_MUST_USE zk_err store_seal(struct store *s, const struct store_seal *seal);

/* ---- reading back */

typedef enum store_block_status {
    STORE_BLOCK_OPEN,
    STORE_BLOCK_SEALED,
    STORE_BLOCK_COMMITTED, /* on L1, confirmed; so are the next two */
    STORE_BLOCK_PROVED,
    STORE_BLOCK_EXECUTED,
} store_block_status;

/* One step of a block on L1. */
struct store_block_step {
    uint64_t l1_tx; /* store_l1.h's id of the transaction that does it; 0: none yet */
    bool done;      /* confirmed: what follows is set */
    hash32 hash;    /* of the L1 transaction */
    uint64_t gas_used, gas_price;
    int64_t at;
};

struct store_block {
    struct block_header header;
    store_block_status status;
    uint32_t capacity, used, key_id; /* used: slots */
    uint32_t entries, n_priority;
    uint64_t first_priority; /* serial id of its first request, if n_priority > 0 */
    fr old_root, new_root;
    size_t settlement_len, delta_len, trace_len;
    fr chain, challenge, y_settlement, y_delta;
    int64_t sealed_at;
    int64_t proved_at; /* if has_proof */
    uint64_t prove_ms;
    struct store_block_step commit, prove, execute;
    bool has_proof;
};

ZK_MUST_USE zk_err store_block_get(struct store *s, struct store_block *out, bool *found, uint32_t number);

/* Both streams of a sealed block, one after the other, in memory that the caller frees with free(). */
struct store_streams {
    uint8_t *settlement, *delta; /* owned; delta lies in the same memory: free settlement */
    size_t settlement_len, delta_len;
};
ZK_MUST_USE zk_err store_block_streams(struct store *s, struct store_streams *out, bool *found, uint32_t number);
void store_streams_free(struct store_streams *streams);

/* The trace; returned owned (free()). *found = false once it has been dropped. */
ZK_MUST_USE zk_err store_block_trace(struct store *s, uint8_t **trace, size_t *len, bool *found, uint32_t number);

/* The sequencer's own bytes of store_seal (cap at least STORE_VALUE_MAX). */
ZK_MUST_USE zk_err store_block_hint(struct store *s, uint8_t *out, size_t *len, size_t cap, bool *found,
                                    uint32_t number);

/* Entries of a block in order, rejected ones included, from index `from` on: what recovery executes again, and what
 * settlement takes the witnesses of key changes from. Indices have gaps (T2: a rejected transaction that is sent again
 * leaves its place), so the next page begins after the last entry's index, not after so many entries. *n = 0: no
 * more. */
struct store_block_entry {
    struct store_queued_tx tx;   /* !is_priority */
    struct priority_op priority; /* is_priority: the request */
    uint64_t serial_id;          /* is_priority */
    uint32_t index;
    bool is_priority;
    bool rejected;
};
ZK_MUST_USE zk_err store_block_entries(struct store *s, struct store_block_entry *out, size_t *n, size_t cap,
                                       uint32_t number, uint32_t from);

/* The same without rejected ones, of which there may be any number: what recovery and settlement want. */
ZK_MUST_USE zk_err store_block_executed(struct store *s, struct store_block_entry *out, size_t *n, size_t cap,
                                        uint32_t number, uint32_t from);

/* Where an entry is, and of what: acceptance id, or serial id of a request. */
struct store_entry_place {
    uint64_t ref;
    uint32_t index;
    bool is_priority;
};

/* All entries of a block as store_block_entries, without reading what they are. */
ZK_MUST_USE zk_err store_block_places(struct store *s, struct store_entry_place *out, size_t *n, size_t cap,
                                      uint32_t number, uint32_t from);

/* Has a fast withdrawal been executed in the block? (A rejected one is in a hurry no more.) */
ZK_MUST_USE zk_err store_block_has_fast(struct store *s, bool *fast, uint32_t number);

/* ---- L1's view; written by settlement */

typedef enum store_block_action { STORE_COMMIT, STORE_PROVE, STORE_EXECUTE } store_block_action;

/* Says that this L1 transaction is to do the steps of blocks first .. last (bits 1 << store_block_action). */
ZK_MUST_USE zk_err store_blocks_assign(struct store *s, uint64_t l1_tx, unsigned actions, uint32_t first,
                                       uint32_t last);

/* Takes back assignments to an L1 transaction that will not do it (failed, refused). */
ZK_MUST_USE zk_err store_blocks_unassign(struct store *s, uint64_t l1_tx);

struct store_l1_result {
    hash32 hash;
    uint64_t gas_used, gas_price;
    int64_t at; /* of the L1 block */
};

/* A reorganization of L1 up to its finality (64 blocks of 12 s) takes back fewer of ours, at the default block time. */
#define STORE_UNDO_KEPT 128

/* The steps of blocks first .. last are confirmed. */
ZK_MUST_USE zk_err store_blocks_confirm(struct store *s, unsigned actions, uint32_t first, uint32_t last,
                                        const struct store_l1_result *result);

/* L1 has taken back commits, proofs and executions (revert, reorganization): blocks from `first` on are only sealed
 * again. ZK_ERR_CORRUPT if more than STORE_UNDO_KEPT executed ones are among them. */
ZK_MUST_USE zk_err store_blocks_revert(struct store *s, uint32_t first);

/* ---- unwinding */

/* Takes back blocks first .. last_block, none of which may be committed on L1: state, histories, proofs; their
 * transactions are queued again, rejected ones too, and their requests from L1 wait again (those that are missing on L1
 * are gone). */
ZK_MUST_USE zk_err store_unwind(struct store *s, uint32_t first);

/* Drops traces of executed blocks below `number`. */
ZK_MUST_USE zk_err store_traces_drop(struct store *s, uint32_t number);

#endif
