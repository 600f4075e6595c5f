/* state_internal: how a state lies in memory: for state.c, state_tree.c and snapshot.c only. */
#ifndef ZK_ROLLUP_STATE_INTERNAL_H
#define ZK_ROLLUP_STATE_INTERNAL_H

#include "base/arena.h"
#include "rollup/address_table.h"
#include "rollup/balances.h"
#include "rollup/state.h"

struct account_record {
    eth_address address;
    pubkey_hash pubkey_hash;
    uint32_t nonce;
    uint32_t minted;
    struct balance_list balances;
    bool exists;
};

/* The creator's address is not kept: accounts never change theirs. */
struct nft_record {
    hash32 hash;
    uint32_t owner;
    uint32_t creator;
    uint32_t serial;
    bool exists;
};

struct state {
    struct arena memory;
    struct state_config config;
    uint32_t account_count;
    uint32_t nft_count;
    struct account_record *accounts;
    struct nft_record *nfts; /* [i] is NFT NFT_ID_FIRST + i */
    struct balance_pool balances;
    struct address_table addresses;
    struct tree account_tree;
    struct tree nft_tree;
};

/* A state without any account. */
ZK_MUST_USE zk_err state_create_empty(struct state **out, const struct state_config *config);

/* The balance roots of n accounts, and the hashes of their leaves. The ids need not be in order. */
void state_leaf_hashes(fr *out, const struct state *s, const uint32_t *ids, size_t n);

/* Every leaf and node from the values. */
void state_rebuild_leaves(struct state *s, struct pool *pool);

#endif
