#include "cli/exit_claim.h"

#include <stdlib.h>

#define GAS_FUNGIBLE 520000
#define GAS_NFT      820000

static zk_err add(struct exit_claims *c, uint32_t account_id, uint32_t token_id, u128 amount)
{
    if (c->n == c->cap) {
        size_t cap = c->cap == 0 ? 16 : 2 * c->cap;
        struct exit_claim *items = realloc(c->items, cap * sizeof *items);
        if (items == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a list of claims");
        c->items = items;
        c->cap = cap;
    }
    c->items[c->n++] = (struct exit_claim){account_id, token_id, amount};
    return ZK_OK;
}

static zk_err add_balances(struct exit_claims *c, const struct state *s, uint32_t id, uint32_t token_id,
                           struct token_balance *balances)
{
    size_t n = state_balances(balances, s, id);
    for (size_t i = 0; i < n; i++)
        if (token_id == UINT32_MAX || token_id == balances[i].token)
            ZK_TRY(add(c, id, balances[i].token, balances[i].amount));
    return ZK_OK;
}

static bool is_owned(const struct state *s, uint32_t id, const eth_address *owner)
{
    struct account_leaf leaf;
    state_account(&leaf, s, id);
    return leaf.exists && eth_address_eq(&leaf.address, owner);
}

static zk_err add_nfts(struct exit_claims *c, const struct state *s, const eth_address *owner, uint32_t token_id)
{
    for (uint32_t i = 0; i < state_nft_count(s); i++) {
        struct nft_leaf nft;
        uint32_t id = NFT_ID_FIRST + i;
        if (token_id != UINT32_MAX && token_id != id) continue;
        state_nft(&nft, s, id);
        if (nft.exists && nft.owner != ACCOUNT_ID_NOBODY && is_owned(s, nft.owner, owner))
            ZK_TRY(add(c, nft.owner, id, 1));
    }
    return ZK_OK;
}

zk_err exit_claims_find(struct exit_claims *out, const struct state *s, const eth_address *owner, uint32_t token_id)
{
    struct token_balance *balances = malloc((TOKEN_ID_LAST + 1) * sizeof *balances);
    *out = (struct exit_claims){0};
    if (balances == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a list of claims");
    zk_err err = ZK_OK;
    /* One by one: the state finds only the first account of an address. */
    for (uint32_t id = 0; id < state_account_count(s) && err == ZK_OK; id++)
        if (is_owned(s, id, owner)) err = add_balances(out, s, id, token_id, balances);
    if (err == ZK_OK) err = add_nfts(out, s, owner, token_id);
    free(balances);
    if (err != ZK_OK) exit_claims_free(out);
    return err;
}

void exit_claims_free(struct exit_claims *c)
{
    free(c->items);
    *c = (struct exit_claims){0};
}

/* ---- paths, in the order of IZkRollExodus */

struct path {
    uint8_t (*words)[32];
    size_t n;
};

static void put_u32(struct path *p, uint32_t v)
{
    memset(p->words[p->n], 0, 32);
    store_be32(p->words[p->n++] + 28, v);
}

static void put_frs(struct path *p, const fr *x, size_t n)
{
    for (size_t i = 0; i < n; i++) fr_to_be32(p->words[p->n++], &x[i]);
}

static void put_head(struct path *p, const struct account_leaf *leaf, const fr *root, uint32_t nfts, uint32_t accounts)
{
    put_u32(p, leaf->nonce);
    memset(p->words[p->n], 0, 32);
    memcpy(p->words[p->n++] + 12, leaf->pubkey_hash.b, 20);
    put_u32(p, leaf->minted);
    put_frs(p, root, 1);
    put_u32(p, nfts);
    put_u32(p, accounts);
}

static void prove_balance(struct path *p, const struct account_proof *a)
{
    put_head(p, &a->leaf, &a->nft_root, a->nft_count, a->account_count);
    for (int h = 0; h < BALANCE_TREE_LEVELS; h++) put_frs(p, a->balance_siblings[h], TREE_ARITY - 1);
    for (int h = 0; h < ACCOUNT_TREE_LEVELS; h++) put_frs(p, a->account_siblings[h], TREE_ARITY - 1);
    assert(p->n == ZKROLL_PATH_FUNGIBLE);
}

static void prove_nft(struct path *p, const struct account_proof *a, const struct nft_proof *n)
{
    fr balance;
    fr root;
    balance_leaf(&balance, a->balance);
    tree_proof_root(&root, BALANCE_TREE_LEVELS, TOKEN_ID_ETH, &balance,
                    (const fr(*)[TREE_ARITY - 1]) a->balance_siblings);
    put_head(p, &a->leaf, &root, n->nft_count, n->account_count);
    for (int h = 0; h < ACCOUNT_TREE_LEVELS; h++) put_frs(p, a->account_siblings[h], TREE_ARITY - 1);
    for (int h = 0; h < NFT_TREE_LEVELS; h++) put_frs(p, n->siblings[h], TREE_ARITY - 1);
    assert(p->n == ZKROLL_PATH_NFT);
}

void exit_claim_prove(struct zkroll_exit *e, uint8_t path[ZKROLL_PATH_NFT][32], const struct state *s,
                      const struct exit_claim *c)
{
    struct path p = {.words = path};
    struct account_proof account;
    bool nft = token_is_nft(c->token_id);
    state_prove_account(&account, s, c->account_id, nft ? TOKEN_ID_ETH : c->token_id);
    *e = (struct zkroll_exit){.account_id = c->account_id, .token_id = c->token_id};
    memcpy(e->owner, account.leaf.address.b, 20);
    store_be128(e->amount, c->amount);
    if (nft) {
        struct nft_proof n;
        state_prove_nft(&n, s, c->token_id);
        e->creator_id = n.leaf.content.creator;
        memcpy(e->creator, n.leaf.content.creator_address.b, 20);
        e->serial_id = n.leaf.content.serial;
        memcpy(e->content_hash, n.leaf.content.hash.b, 32);
        prove_nft(&p, &account, &n);
    } else {
        prove_balance(&p, &account);
    }
    e->path = (const uint8_t(*)[32])path;
    e->path_len = p.n;
}

uint64_t exit_claim_gas(const struct exit_claim *c)
{
    return token_is_nft(c->token_id) ? GAS_NFT : GAS_FUNGIBLE;
}
