/* state: accounts, balances and NFTs, in memory, with their Merkle trees.
 *
 * Values are always current; the trees lag behind and are brought up to date in one batch, once a block
 * (state_update_trees). Values change in one way only: a *step* opens a leaf, shows it before and after, and is written
 * (state_step_write) or taken back (state_step_undo). So the list of steps of a block is at once its journal and the
 * raw material of its proof (trace.h).
 *
 *   account tree   H4(address + nonce 2^160, key hash, balance root, minted)     by account id
 *   balance tree   the balance                                                   by token, one tree an account
 *   NFT tree       H4(owner + creator 2^24 + serial 2^48 + creator address 2^80, content hi, lo, 0)  by NFT id
 *   root           H4(account root, NFT root, NFT count, account count)
 *
 * Invariants  S1  ids below account_count are accounts, but those skipped by state_skip_accounts; none is above.
 *             S2  an address finds the first account that was created with it.
 *             S3  balances that are 0 are not stored.
 *             S4  after state_update_trees with every step since the last one, the trees are those of the values.
 * Memory      One mapping, reserved by state_create from the limits in its config; pages cost memory from first use.
 *             About 150 bytes an account with two balances (rollup_bench). When a limit is reached: ZK_ERR_FULL, never
 *             a refusal: limits are the operator's, not the rollup's.
 * Threads     one writer, or many readers.
 * Purity      no I/O (snapshot.h has it), no clock; the address table's key changes no result. */
#ifndef ZK_ROLLUP_STATE_H
#define ZK_ROLLUP_STATE_H

#include "base/pool.h"
#include "field/fr.h"
#include "rollup/op.h"
#include "rollup/tree.h"

struct state;

struct state_config {
    uint32_t accounts;       /* room for ids 0 .. accounts - 1; at most ACCOUNT_ID_MAX + 1 */
    uint32_t nfts;           /* room for NFTs ever minted */
    uint64_t balance_bytes;  /* room for balances: about 20 bytes each, at most 16 GiB */
    uint64_t address_key[2]; /* secret, random: keeps strangers from choosing addresses that collide in the table */
};

/* All account ids, 2^24 NFTs, 4 GiB of balances: 8 GiB of address space. The address table's 130 MB of it are in use
 * soon, for a few thousand accounts touch all of its huge pages; smaller limits cost less. */
struct state_config state_config_default(void);

/* Genesis: account 0 with the fee account's address. Returns owned. ZK_ERR_MEMORY, ZK_ERR_RANGE. */
ZK_MUST_USE zk_err state_create(struct state **out, const struct state_config *config, const eth_address *fee_address);

/* NULL is allowed. */
void state_destroy(struct state *s);

/* ---- reading */

struct account_leaf {
    eth_address address;
    pubkey_hash pubkey_hash;
    uint32_t nonce;
    uint32_t minted; /* NFTs ever minted by it: the next serial */
    bool exists;     /* all else is 0 if not */
};

struct nft_leaf {
    struct nft_content content;
    uint32_t owner; /* ACCOUNT_ID_NOBODY after withdrawal */
    bool exists;    /* all else is 0 if not */
};

struct token_balance {
    uint32_t token;
    u128 amount;
};

uint32_t state_account_count(const struct state *s);
uint32_t state_nft_count(const struct state *s);

/* False if nobody has the address. */
ZK_MUST_USE bool state_find(uint32_t *id, const struct state *s, const eth_address *address);

/* An id that does not exist gives a leaf that does not. */
void state_account(struct account_leaf *out, const struct state *s, uint32_t id);
void state_nft(struct nft_leaf *out, const struct state *s, uint32_t nft_id);

/* A fungible balance; of an NFT 1 for its owner; 0 for all else. */
u128 state_balance(const struct state *s, uint32_t id, uint32_t token);

/* All fungible balances that are not 0, by rising token; out has room for TOKEN_ID_LAST + 1. Returns how many. */
size_t state_balances(struct token_balance *out, const struct state *s, uint32_t id);

/* The root of the trees as they were last updated. */
void state_root(fr *root, const struct state *s);

/* H4(account root, NFT root, NFT count, account count). */
void state_root_of(fr *root, const fr *account_root, const fr *nft_root, uint32_t nft_count, uint32_t account_count);

const struct tree *state_account_tree(const struct state *s);
const struct tree *state_nft_tree(const struct state *s);

/* ---- leaves as field elements */

/* 0 if it does not exist. */
void account_leaf_hash(fr *out, const struct account_leaf *leaf, const fr *balance_root);
void nft_leaf_hash(fr *out, const struct nft_leaf *leaf);
void balance_leaf(fr *out, u128 amount);

/* The four inputs of the hash of a leaf that exists. */
void account_leaf_inputs(fr in[4], const struct account_leaf *leaf, const fr *balance_root);
void nft_leaf_inputs(fr in[4], const struct nft_leaf *leaf);

/* ---- proofs of membership, against the root of the trees as they were last updated */

struct account_proof {
    struct account_leaf leaf;
    u128 balance;
    fr balance_siblings[BALANCE_TREE_LEVELS][TREE_ARITY - 1];
    fr account_siblings[ACCOUNT_TREE_LEVELS][TREE_ARITY - 1];
    fr nft_root;
    uint32_t nft_count, account_count;
};

struct nft_proof {
    struct nft_leaf leaf;
    fr siblings[NFT_TREE_LEVELS][TREE_ARITY - 1];
    fr account_root;
    uint32_t nft_count, account_count;
};

/* token is fungible; the account need not exist. Values and trees must agree: no steps since the last update. */
void state_prove_account(struct account_proof *out, const struct state *s, uint32_t id, uint32_t token);
void state_prove_nft(struct nft_proof *out, const struct state *s, uint32_t nft_id);

/* The state root that a proof leads to: equal to the known one, or the proof is wrong. */
void account_proof_root(fr *root, const struct account_proof *p, uint32_t id, uint32_t token);
void nft_proof_root(fr *root, const struct nft_proof *p, uint32_t nft_id);

/* ---- changing */

typedef enum step_kind { STEP_NONE, STEP_ACCOUNT, STEP_NFT } step_kind;

/* One leaf, opened: what it was, what it becomes. */
struct step {
    step_kind kind;
    uint32_t id;    /* account or NFT */
    uint32_t token; /* of an account: which balance */
    union {
        struct {
            struct account_leaf before, after;
            u128 balance_before, balance_after;
        };
        struct {
            struct nft_leaf nft_before, nft_after;
        };
    };
};

/* Fills a step that changes nothing. token is fungible. */
void state_step_account(struct step *step, const struct state *s, uint32_t id, uint32_t token);
void state_step_nft(struct step *step, const struct state *s, uint32_t nft_id);

/* Writes a step's after. A leaf that begins to exist must be the next of its kind, and makes the count rise. There must
 * be room (state_has_room). */
void state_step_write(struct state *s, const struct step *step);

/* Takes back a written step: the last one that is not yet taken back. */
void state_step_undo(struct state *s, const struct step *step);

/* ZK_ERR_FULL unless there is room for so many more accounts and NFTs, and for what any one operation may add to
 * balances. Beyond the last id that the rollup has there is always "room": no operation gets there. */
ZK_MUST_USE zk_err state_has_room(const struct state *s, unsigned accounts, unsigned nfts);

/* Brings the trees up to date with n steps, written or taken back. STEP_NONE is skipped. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err state_update_trees(struct state *s, const struct step *steps, size_t n, struct pool *pool);

/* For tests of the ends of the id ranges: the next account, or NFT, gets this id; those between will never exist. No
 * chain has such a state. */
void state_skip_accounts(struct state *s, uint32_t next_id);
void state_skip_nfts(struct state *s, uint32_t next_id);

#endif
