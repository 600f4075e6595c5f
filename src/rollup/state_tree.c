/* How values become leaves, and leaves trees. An update takes the accounts in chunks: balance roots of a chunk's
 * accounts level by level, so that vectors are full also where each account has few balances, then its leaves. */
#include "hash/poseidon2.h"
#include "rollup/state_internal.h"

#include <stdlib.h>

/* ---- leaves as field elements */

/* a + b 2^shift, as an integer below 2^254; each part below 2^160, shift a multiple of 8. */
static void put_bits(uint64_t limbs[4], const uint8_t *be, size_t n, unsigned shift)
{
    for (size_t i = 0; i < n; i++) {
        unsigned bit = shift + 8 * (unsigned)(n - 1 - i);
        limbs[bit / 64] |= (uint64_t)be[i] << bit % 64;
    }
}

static void put_number(uint64_t limbs[4], uint32_t v, unsigned shift)
{
    limbs[shift / 64] |= (uint64_t)v << shift % 64;
    if (shift % 64 > 32) limbs[shift / 64 + 1] |= (uint64_t)v >> (64 - shift % 64);
}

static void limbs_to_fr(fr *out, const uint64_t limbs[4])
{
    bool ok = fr_from_limbs(out, limbs);
    assert(ok);
}

void balance_leaf(fr *out, u128 amount)
{
    limbs_to_fr(out, (const uint64_t[4]){(uint64_t)amount, (uint64_t)(amount >> 64), 0, 0});
}

void account_leaf_inputs(fr in[4], const struct account_leaf *leaf, const fr *balance_root)
{
    uint64_t who[4] = {0}, key[4] = {0};
    put_bits(who, leaf->address.b, sizeof leaf->address.b, 0);
    put_number(who, leaf->nonce, 160);
    put_bits(key, leaf->pubkey_hash.b, sizeof leaf->pubkey_hash.b, 0);
    limbs_to_fr(&in[0], who);
    limbs_to_fr(&in[1], key);
    in[2] = *balance_root;
    fr_from_u64(&in[3], leaf->minted);
}

void nft_leaf_inputs(fr in[4], const struct nft_leaf *leaf)
{
    uint64_t who[4] = {0}, high[4] = {0}, low[4] = {0};
    put_number(who, leaf->owner, 0);
    put_number(who, leaf->content.creator, 24);
    put_number(who, leaf->content.serial, 48);
    put_bits(who, leaf->content.creator_address.b, sizeof leaf->content.creator_address.b, 80);
    put_bits(high, leaf->content.hash.b, 16, 0);
    put_bits(low, leaf->content.hash.b + 16, 16, 0);
    limbs_to_fr(&in[0], who);
    limbs_to_fr(&in[1], high);
    limbs_to_fr(&in[2], low);
    in[3] = FR_ZERO;
}

void account_leaf_hash(fr *out, const struct account_leaf *leaf, const fr *balance_root)
{
    fr in[4];
    *out = FR_ZERO;
    if (!leaf->exists) return;
    account_leaf_inputs(in, leaf, balance_root);
    poseidon2_compress(out, in);
}

void nft_leaf_hash(fr *out, const struct nft_leaf *leaf)
{
    fr in[4];
    *out = FR_ZERO;
    if (!leaf->exists) return;
    nft_leaf_inputs(in, leaf);
    poseidon2_compress(out, in);
}

void state_root_of(fr *root, const fr *account_root, const fr *nft_root, uint32_t nft_count, uint32_t account_count)
{
    fr in[4] = {*account_root, *nft_root};
    fr_from_u64(&in[2], nft_count);
    fr_from_u64(&in[3], account_count);
    poseidon2_compress(root, in);
}

void state_root(fr *root, const struct state *s)
{
    fr account_root, nft_root;
    tree_root(&account_root, &s->account_tree);
    tree_root(&nft_root, &s->nft_tree);
    state_root_of(root, &account_root, &nft_root, s->nft_count, s->account_count);
}

/* ---- many leaves at once */

#define GROUP_ACCOUNTS 64
#define GROUP_NODES    (256 + TOKEN_ID_LAST) /* an account is added while fewer than 256 nodes are there */

/* Nodes of one level of the balance trees of a group of accounts: sorted by account, then index. */
struct group {
    size_t n;
    uint32_t key[GROUP_NODES + 1]; /* account's place in the group * 1024 + index of the node */
    fr node[GROUP_NODES + 1];
    fr in[(GROUP_NODES + 1) * TREE_ARITY];
};

static void group_add(struct group *g, const struct state *s, uint32_t place, uint32_t id)
{
    const struct balance_list *l = &s->accounts[id].balances;
    for (unsigned i = 0; i < l->n; i++) {
        u128 amount;
        g->key[g->n] = place << 2 * BALANCE_TREE_LEVELS | balance_at(&amount, &s->balances, l, i);
        balance_leaf(&g->node[g->n], amount);
        g->n++;
    }
}

/* From the nodes of height h to their parents. */
static void group_lift(struct group *g, unsigned h)
{
    size_t m = 0;
    for (size_t i = 0; i < g->n; i++) {
        uint32_t place = g->key[i] >> 2 * BALANCE_TREE_LEVELS;
        uint32_t index = g->key[i] & TOKEN_ID_LAST;
        uint32_t parent = place << 2 * BALANCE_TREE_LEVELS | index / TREE_ARITY;
        if (m == 0 || g->key[m - 1] != parent) {
            for (unsigned c = 0; c < TREE_ARITY; c++) g->in[TREE_ARITY * m + c] = *tree_empty(h);
            m++;
        }
        g->in[TREE_ARITY * (m - 1) + index % TREE_ARITY] = g->node[i];
        g->key[m - 1] = parent;
    }
    poseidon2_compress_many(g->node, g->in, m);
    g->n = m;
}

void state_leaf_hashes(fr *out, const struct state *s, const uint32_t *ids, size_t n)
{
    struct group g;
    for (size_t begin = 0; begin < n;) {
        size_t end = begin;
        g.n = 0;
        while (end < n && end - begin < GROUP_ACCOUNTS && g.n < 256) {
            group_add(&g, s, (uint32_t)(end - begin), ids[end]);
            end++;
        }
        for (unsigned h = 0; h < BALANCE_TREE_LEVELS; h++) group_lift(&g, h);

        for (size_t i = begin, k = 0; i < end; i++) {
            struct account_leaf leaf;
            state_account(&leaf, s, ids[i]);
            bool has = k < g.n && g.key[k] >> 2 * BALANCE_TREE_LEVELS == i - begin;
            account_leaf_inputs(&g.in[TREE_ARITY * (i - begin)], &leaf,
                                has ? &g.node[k] : tree_empty(BALANCE_TREE_LEVELS));
            k += has;
        }
        poseidon2_compress_many(out + begin, g.in, end - begin);
        for (size_t i = begin; i < end; i++)
            if (ids[i] >= s->account_count || !s->accounts[ids[i]].exists) out[i] = FR_ZERO;
        begin = end;
    }
}

struct leaves {
    struct state *s;
    const uint32_t *ids; /* NULL: id = index */
};

static void account_leaves_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct leaves *l = ctx;
    uint32_t ids[GROUP_ACCOUNTS];
    fr hashes[GROUP_ACCOUNTS];
    while (begin < end) {
        size_t n = end - begin < GROUP_ACCOUNTS ? end - begin : GROUP_ACCOUNTS;
        for (size_t i = 0; i < n; i++) ids[i] = l->ids != NULL ? l->ids[begin + i] : (uint32_t)(begin + i);
        state_leaf_hashes(hashes, l->s, ids, n);
        for (size_t i = 0; i < n; i++) tree_set_leaf(&l->s->account_tree, ids[i], &hashes[i]);
        begin += n;
    }
}

static void nft_leaves_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct leaves *l = ctx;
    for (size_t i = begin; i < end; i++) {
        uint32_t id = l->ids != NULL ? l->ids[i] : NFT_ID_FIRST + (uint32_t)i;
        struct nft_leaf leaf;
        fr hash;
        state_nft(&leaf, l->s, id);
        nft_leaf_hash(&hash, &leaf);
        tree_set_leaf(&l->s->nft_tree, id, &hash);
    }
}

static bool changes_leaf(const struct step *step, step_kind kind)
{
    if (step->kind != kind) return false;
    return kind == STEP_ACCOUNT ? step->after.exists : step->nft_after.exists;
}

static size_t changed_ids(uint32_t *ids, const struct step *steps, size_t n, step_kind kind)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (changes_leaf(&steps[i], kind)) ids[m++] = steps[i].id;
    return tree_sort_unique(ids, m);
}

zk_err state_update_trees(struct state *s, const struct step *steps, size_t n, struct pool *pool)
{
    uint32_t *ids = malloc((n + 1) * sizeof *ids);
    if (ids == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the ids of %zu changed leaves", n);
    struct leaves l = {s, ids};

    size_t m = changed_ids(ids, steps, n, STEP_ACCOUNT);
    pool_for_range(pool, m, GROUP_ACCOUNTS, account_leaves_range, &l);
    tree_update(&s->account_tree, ids, m, pool);

    m = changed_ids(ids, steps, n, STEP_NFT);
    pool_for_range(pool, m, GROUP_ACCOUNTS, nft_leaves_range, &l);
    tree_update(&s->nft_tree, ids, m, pool);
    free(ids);
    return ZK_OK;
}

void state_rebuild_leaves(struct state *s, struct pool *pool)
{
    struct leaves l = {s, NULL};
    pool_for_range(pool, s->account_count, 1024, account_leaves_range, &l);
    tree_rebuild(&s->account_tree, s->account_count, pool);
    pool_for_range(pool, s->nft_count, 1024, nft_leaves_range, &l);
    tree_rebuild(&s->nft_tree, s->nft_count, pool);
}

/* ---- proofs */

/* The siblings of one balance: its account's balances lifted level by level, a small tree made for the occasion. */
static void balance_proof(fr (*siblings)[TREE_ARITY - 1], const struct state *s, uint32_t id, uint32_t token)
{
    struct group g = {0};
    if (id < s->account_count) group_add(&g, s, 0, id);
    for (unsigned h = 0; h < BALANCE_TREE_LEVELS; h++, token /= TREE_ARITY) {
        fr children[TREE_ARITY];
        for (unsigned c = 0; c < TREE_ARITY; c++) children[c] = *tree_empty(h);
        for (size_t i = 0; i < g.n; i++)
            if (g.key[i] / TREE_ARITY == token / TREE_ARITY) children[g.key[i] % TREE_ARITY] = g.node[i];
        unsigned k = 0;
        for (unsigned c = 0; c < TREE_ARITY; c++)
            if (c != token % TREE_ARITY) siblings[h][k++] = children[c];
        group_lift(&g, h);
    }
}

void state_prove_account(struct account_proof *out, const struct state *s, uint32_t id, uint32_t token)
{
    assert(id <= ACCOUNT_ID_NOBODY);
    assert(token_is_fungible(token));
    state_account(&out->leaf, s, id);
    out->balance = state_balance(s, id, token);
    balance_proof(out->balance_siblings, s, id, token);
    tree_proof(out->account_siblings, &s->account_tree, id);
    tree_root(&out->nft_root, &s->nft_tree);
    out->nft_count = s->nft_count;
    out->account_count = s->account_count;
}

void state_prove_nft(struct nft_proof *out, const struct state *s, uint32_t nft_id)
{
    state_nft(&out->leaf, s, nft_id);
    tree_proof(out->siblings, &s->nft_tree, nft_id);
    tree_root(&out->account_root, &s->account_tree);
    out->nft_count = s->nft_count;
    out->account_count = s->account_count;
}

void account_proof_root(fr *root, const struct account_proof *p, uint32_t id, uint32_t token)
{
    fr leaf, node;
    balance_leaf(&leaf, p->balance);
    tree_proof_root(&node, BALANCE_TREE_LEVELS, token, &leaf, p->balance_siblings);
    account_leaf_hash(&leaf, &p->leaf, &node);
    tree_proof_root(&node, ACCOUNT_TREE_LEVELS, id, &leaf, p->account_siblings);
    state_root_of(root, &node, &p->nft_root, p->nft_count, p->account_count);
}

void nft_proof_root(fr *root, const struct nft_proof *p, uint32_t nft_id)
{
    fr leaf, node;
    nft_leaf_hash(&leaf, &p->leaf);
    tree_proof_root(&node, NFT_TREE_LEVELS, nft_id, &leaf, p->siblings);
    state_root_of(root, &p->account_root, &node, p->nft_count, p->account_count);
}
