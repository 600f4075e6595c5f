#include "rollup/state_internal.h"

#include <stdlib.h>

struct state_config state_config_default(void)
{
    return (struct state_config){
        .accounts = ACCOUNT_ID_MAX + 1, .nfts = UINT32_C(1) << 24, .balance_bytes = UINT64_C(4) << 30};
}

static size_t arena_bytes(size_t n, size_t size)
{
    return (n * size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

static size_t memory_bytes(const struct state_config *c)
{
    return arena_bytes(c->accounts, sizeof(struct account_record)) + arena_bytes(c->nfts, sizeof(struct nft_record)) +
           arena_bytes(c->balance_bytes, 1) + arena_bytes(address_table_slots(c->accounts), sizeof(uint32_t)) +
           tree_memory(ACCOUNT_TREE_LEVELS, 0, c->accounts) + tree_memory(NFT_TREE_LEVELS, NFT_ID_FIRST, c->nfts);
}

static zk_err config_check(const struct state_config *c)
{
    if (c->accounts < 1 || c->accounts > ACCOUNT_ID_MAX + 1)
        return zk_fail(ZK_ERR_RANGE, "a state has room for 1 to %u accounts, not %u", ACCOUNT_ID_MAX + 1, c->accounts);
    if (c->nfts < 1 || c->nfts > NFT_ID_LAST - NFT_ID_FIRST + 1)
        return zk_fail(ZK_ERR_RANGE, "a state has room for 1 to %u NFTs, not %u", NFT_ID_LAST - NFT_ID_FIRST + 1,
                       c->nfts);
    if (c->balance_bytes > BALANCE_POOL_BYTES_MAX)
        return zk_fail(ZK_ERR_RANGE, "a state has room for at most 16 GiB of balances");
    return ZK_OK;
}

zk_err state_create_empty(struct state **out, const struct state_config *config)
{
    *out = NULL;
    ZK_TRY(config_check(config));
    struct state *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a state");
    s->config = *config;
    zk_err err = arena_map(&s->memory, memory_bytes(config));
    if (err != ZK_OK) goto fail;

    /* The mapping is fresh, so all of this is zero: no account, no NFT, empty table, empty trees. */
    uint32_t n_slots = address_table_slots(config->accounts);
    err = ZK_ERR_FULL;
    s->accounts = arena_push(&s->memory, struct account_record, config->accounts);
    s->nfts = arena_push(&s->memory, struct nft_record, config->nfts);
    uint8_t *balances = arena_push(&s->memory, uint8_t, config->balance_bytes);
    uint32_t *slots = arena_push(&s->memory, uint32_t, n_slots);
    if (s->accounts == NULL || s->nfts == NULL || balances == NULL || slots == NULL) goto fail;
    balance_pool_init(&s->balances, balances, config->balance_bytes);
    address_table_init(&s->addresses, slots, n_slots, config->address_key, &s->accounts[0].address,
                       sizeof s->accounts[0]);
    err = tree_init(&s->account_tree, ACCOUNT_TREE_LEVELS, 0, config->accounts, &s->memory);
    if (err == ZK_OK) err = tree_init(&s->nft_tree, NFT_TREE_LEVELS, NFT_ID_FIRST, config->nfts, &s->memory);
    if (err != ZK_OK) goto fail;
    *out = s;
    return ZK_OK;
fail:
    state_destroy(s);
    return err;
}

zk_err state_create(struct state **out, const struct state_config *config, const eth_address *fee_address)
{
    ZK_TRY(state_create_empty(out, config));
    assert(*out != NULL);
    struct step genesis;
    state_step_account(&genesis, *out, ACCOUNT_ID_FEE, TOKEN_ID_ETH);
    genesis.after.exists = true;
    genesis.after.address = *fee_address;
    state_step_write(*out, &genesis);
    zk_err err = state_update_trees(*out, &genesis, 1, NULL);
    if (err != ZK_OK) {
        state_destroy(*out);
        *out = NULL;
    }
    return err;
}

void state_destroy(struct state *s)
{
    if (s == NULL) return;
    arena_unmap(&s->memory);
    free(s);
}

/* ---- reading */

uint32_t state_account_count(const struct state *s)
{
    return s->account_count;
}

uint32_t state_nft_count(const struct state *s)
{
    return s->nft_count;
}

bool state_find(uint32_t *id, const struct state *s, const eth_address *address)
{
    return address_table_find(id, &s->addresses, address);
}

void state_account(struct account_leaf *out, const struct state *s, uint32_t id)
{
    memset(out, 0, sizeof *out);
    if (id >= s->account_count) return;
    const struct account_record *a = &s->accounts[id];
    out->address = a->address;
    out->pubkey_hash = a->pubkey_hash;
    out->nonce = a->nonce;
    out->minted = a->minted;
    out->exists = a->exists;
}

static const struct nft_record *nft_record(const struct state *s, uint32_t nft_id)
{
    uint32_t i = nft_id - NFT_ID_FIRST; /* wraps to a large number below the first */
    return i < s->nft_count && s->nfts[i].exists ? &s->nfts[i] : NULL;
}

void state_nft(struct nft_leaf *out, const struct state *s, uint32_t nft_id)
{
    memset(out, 0, sizeof *out);
    const struct nft_record *nft = nft_record(s, nft_id);
    if (nft == NULL) return;
    out->exists = true;
    out->owner = nft->owner;
    out->content.creator = nft->creator;
    out->content.serial = nft->serial;
    out->content.creator_address = s->accounts[nft->creator].address;
    out->content.hash = nft->hash;
}

u128 state_balance(const struct state *s, uint32_t id, uint32_t token)
{
    if (token_is_fungible(token))
        return id < s->account_count ? balance_get(&s->balances, &s->accounts[id].balances, token) : 0;
    const struct nft_record *nft = nft_record(s, token);
    return nft != NULL && nft->owner == id;
}

size_t state_balances(struct token_balance *out, const struct state *s, uint32_t id)
{
    if (id >= s->account_count) return 0;
    const struct balance_list *l = &s->accounts[id].balances;
    for (unsigned i = 0; i < l->n; i++) out[i].token = balance_at(&out[i].amount, &s->balances, l, i);
    return l->n;
}

const struct tree *state_account_tree(const struct state *s)
{
    return &s->account_tree;
}

const struct tree *state_nft_tree(const struct state *s)
{
    return &s->nft_tree;
}

/* ---- changing */

void state_step_account(struct step *step, const struct state *s, uint32_t id, uint32_t token)
{
    assert(id <= ACCOUNT_ID_NOBODY);
    assert(token_is_fungible(token));
    memset(step, 0, sizeof *step);
    step->kind = STEP_ACCOUNT;
    step->id = id;
    step->token = token;
    state_account(&step->before, s, id);
    step->balance_before = state_balance(s, id, token);
    step->after = step->before;
    step->balance_after = step->balance_before;
}

void state_step_nft(struct step *step, const struct state *s, uint32_t nft_id)
{
    memset(step, 0, sizeof *step);
    step->kind = STEP_NFT;
    step->id = nft_id;
    state_nft(&step->nft_before, s, nft_id);
    step->nft_after = step->nft_before;
}

static void account_put(struct state *s, const struct step *step, const struct account_leaf *leaf, u128 balance)
{
    struct account_record *a = &s->accounts[step->id];
    a->address = leaf->address;
    a->pubkey_hash = leaf->pubkey_hash;
    a->nonce = leaf->nonce;
    a->minted = leaf->minted;
    a->exists = leaf->exists;
    balance_set(&s->balances, &a->balances, step->token, balance);
}

static void nft_put(struct state *s, uint32_t nft_id, const struct nft_leaf *leaf)
{
    struct nft_record *nft = &s->nfts[nft_id - NFT_ID_FIRST];
    nft->owner = leaf->owner;
    nft->creator = leaf->content.creator;
    nft->serial = leaf->content.serial;
    nft->hash = leaf->content.hash;
    nft->exists = leaf->exists;
}

void state_step_write(struct state *s, const struct step *step)
{
    if (step->kind == STEP_ACCOUNT && step->after.exists) {
        bool created = !step->before.exists;
        if (created) {
            assert(step->id == s->account_count);
            assert(step->id < s->config.accounts);
            s->account_count++;
        }
        account_put(s, step, &step->after, step->balance_after);
        if (created) address_table_add(&s->addresses, step->id);
    } else if (step->kind == STEP_NFT && step->nft_after.exists) {
        if (!step->nft_before.exists) {
            assert(step->id - NFT_ID_FIRST == s->nft_count);
            assert(s->nft_count < s->config.nfts);
            s->nft_count++;
        }
        nft_put(s, step->id, &step->nft_after);
    }
}

void state_step_undo(struct state *s, const struct step *step)
{
    if (step->kind == STEP_ACCOUNT && step->after.exists) {
        bool created = !step->before.exists;
        if (created) {
            assert(step->id + 1 == s->account_count);
            address_table_undo_add(&s->addresses, step->id);
        }
        account_put(s, step, &step->before, step->balance_before);
        if (created) s->account_count--;
    } else if (step->kind == STEP_NFT && step->nft_after.exists) {
        nft_put(s, step->id, &step->nft_before);
        if (!step->nft_before.exists) {
            assert(step->id - NFT_ID_FIRST + 1 == s->nft_count);
            s->nft_count--;
        }
    }
}

zk_err state_has_room(const struct state *s, unsigned accounts, unsigned nfts)
{
    if (s->config.accounts <= ACCOUNT_ID_MAX && s->config.accounts - s->account_count < accounts)
        return zk_fail(ZK_ERR_FULL, "room for %u accounts is used up: configure more", s->config.accounts);
    if (s->config.nfts <= NFT_ID_LAST - NFT_ID_FIRST && s->config.nfts - s->nft_count < nfts)
        return zk_fail(ZK_ERR_FULL, "room for %u NFTs is used up: configure more", s->config.nfts);
    /* One operation adds a balance to at most three lists; a block's fees add at most sixteen to one. */
    if (!balance_pool_has_room(&s->balances, 3))
        return zk_fail(ZK_ERR_FULL, "room for balances is used up: configure more");
    return ZK_OK;
}

void state_skip_accounts(struct state *s, uint32_t next_id)
{
    assert(next_id >= s->account_count && next_id <= s->config.accounts);
    s->account_count = next_id;
}

void state_skip_nfts(struct state *s, uint32_t next_id)
{
    assert(next_id >= NFT_ID_FIRST);
    uint32_t count = next_id - NFT_ID_FIRST;
    assert(count >= s->nft_count && count <= s->config.nfts);
    s->nft_count = count;
}
