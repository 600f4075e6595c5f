/* store_accounts: accounts with their balances, and NFTs, at two moments: committed (all that was executed, the open
 * block included) and verified (as of the last block executed on L1). The sequencer writes them (store_blocks.h). */
#ifndef ZK_STORE_STORE_ACCOUNTS_H
#define ZK_STORE_STORE_ACCOUNTS_H

#include "rollup/state.h"
#include "store/store.h"

typedef enum store_moment { STORE_COMMITTED, STORE_VERIFIED } store_moment;

/* What a user said of signatures with the Ethereum key (spec: AccountType). */
typedef enum store_account_type {
    STORE_TYPE_UNKNOWN, /* no key change executed, no 2FA toggled */
    STORE_TYPE_OWNED,
    STORE_TYPE_CREATE2,
    STORE_TYPE_NO2FA,     /* for every key */
    STORE_TYPE_NO2FA_KEY, /* for the key type_hash alone */
} store_account_type;

struct store_account {
    uint32_t id;
    struct account_leaf leaf;
    uint32_t last_block; /* that changed it */
    int64_t created_at;
    store_account_type type; /* the same at both moments */
    pubkey_hash type_hash;   /* of STORE_TYPE_NO2FA_KEY */
    size_t n_balances;       /* by rising token, none 0 */
    struct token_balance balances[TOKEN_ID_LAST + 1];
};

/* *found = false, and leaf.exists = false, if there is none at that moment. */
ZK_MUST_USE zk_err store_account_by_id(struct store *s, struct store_account *out, bool *found, uint32_t id,
                                       store_moment moment);
ZK_MUST_USE zk_err store_account_by_address(struct store *s, struct store_account *out, bool *found,
                                            const eth_address *address, store_moment moment);

/* What admission needs of an account, committed, without its balances: one look-up, microseconds. */
struct store_account_head {
    uint32_t id;
    eth_address address;
    pubkey_hash pubkey_hash;
    uint32_t nonce;
    store_account_type type;
    pubkey_hash type_hash;
    int64_t created_at;
};
ZK_MUST_USE zk_err store_account_head_by_id(struct store *s, struct store_account_head *out, bool *found, uint32_t id);
ZK_MUST_USE zk_err store_account_head_by_address(struct store *s, struct store_account_head *out, bool *found,
                                                 const eth_address *address);

/* Whether an account has the address, committed: from the index alone. */
ZK_MUST_USE zk_err store_account_exists(struct store *s, bool *exists, const eth_address *address);

/* What toggle2FA sets. *found = false if there is no such account. */
ZK_MUST_USE zk_err store_account_set_type(struct store *s, bool *found, uint32_t id, store_account_type type,
                                          const pubkey_hash *type_hash);

/* How many accounts there are, committed. */
ZK_MUST_USE zk_err store_account_count(struct store *s, uint32_t *n);

/* ---- NFTs */

struct store_nft {
    uint32_t id;
    struct nft_leaf leaf; /* owner ACCOUNT_ID_NOBODY after withdrawal */
    eth_address address;  /* nft_address() of it */
    uint32_t minted_block;
    uint32_t last_block; /* that changed it */
    hash32 mint_tx;      /* hash of the transaction that minted it */
};

ZK_MUST_USE zk_err store_nft_get(struct store *s, struct store_nft *out, bool *found, uint32_t id, store_moment moment);

/* Those an account owns, or has minted, with id >= from by rising id: up to cap. */
ZK_MUST_USE zk_err store_nfts_owned(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account,
                                    uint32_t from, store_moment moment);
ZK_MUST_USE zk_err store_nfts_minted(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account,
                                     uint32_t from, store_moment moment);

/* The NFT that the transaction of this hash minted. */
ZK_MUST_USE zk_err store_nft_by_mint(struct store *s, uint32_t *id, bool *found, const hash32 *tx_hash);

#endif
