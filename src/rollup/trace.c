#include "rollup/trace.h"

#include "hash/poseidon2.h"

#include <stdlib.h>

/* ---- versions: changes of one level of one or many trees, in the order in which they happen */

struct version {
    uint32_t tree;                  /* which of many trees; 0 where there is one */
    uint32_t index;                 /* of the changed node in its level; shifted at each level */
    fr value;                       /* the node after the change */
    fr (*siblings)[TREE_ARITY - 1]; /* where this change's siblings go, a level a row */
};

/* The children of a node before the first change. */
typedef void (*children_fn)(const void *ctx, uint32_t tree, unsigned h, uint32_t parent, fr children[TREE_ARITY]);

/* Scratch for n versions. */
struct lift {
    size_t n;
    uint64_t *parents;          /* distinct parents of this level, sorted: tree * 2^32 + index */
    fr (*children)[TREE_ARITY]; /* of each parent, as the last change left them */
    fr (*in)[TREE_ARITY];       /* of each version's parent: what is hashed */
    fr *out;
};

static zk_err lift_create(struct lift *l, size_t n, struct arena *arena)
{
    l->n = n;
    l->parents = arena_push(arena, uint64_t, n);
    l->children = arena_push_bytes(arena, n, sizeof *l->children);
    l->in = arena_push_bytes(arena, n, sizeof *l->in);
    l->out = arena_push(arena, fr, n);
    bool ok = l->parents != NULL && l->children != NULL && l->in != NULL && l->out != NULL;
    return ok ? ZK_OK : ZK_ERR_FULL;
}

static size_t lift_memory(size_t n)
{
    return n * (sizeof(uint64_t) + 2 * TREE_ARITY * sizeof(fr) + sizeof(fr)) + (size_t)4 * ARENA_ALIGN;
}

/* The part of the scratch that belongs to versions begin .. begin + n - 1. */
static struct lift lift_slice(const struct lift *l, size_t begin, size_t n)
{
    assert(begin + n <= l->n);
    return (struct lift){n, l->parents + begin, l->children + begin, l->in + begin, l->out + begin};
}

static uint64_t parent_key(const struct version *v)
{
    return (uint64_t)v->tree << 32 | v->index / TREE_ARITY;
}

static int key_order(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static size_t distinct_parents(uint64_t *keys, const struct version *v, size_t n)
{
    for (size_t i = 0; i < n; i++) keys[i] = parent_key(&v[i]);
    qsort(keys, n, sizeof *keys, key_order);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (m == 0 || keys[m - 1] != keys[i]) keys[m++] = keys[i];
    return m;
}

static size_t find_parent(const uint64_t *keys, size_t n, uint64_t key)
{
    const uint64_t *at = bsearch(&key, keys, n, sizeof *keys, key_order);
    assert(at != NULL);
    return (size_t)(at - keys);
}

static void hash_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct lift *l = ctx;
    poseidon2_compress_many(l->out + begin, l->in[begin], end - begin);
}

/* From the changes of level h to those of the level above. */
static void lift_level(struct lift *l, struct version *v, size_t n, unsigned h, children_fn children, const void *ctx,
                       struct pool *pool)
{
    assert(n <= l->n);
    size_t m = distinct_parents(l->parents, v, n);
    for (size_t i = 0; i < m; i++)
        children(ctx, (uint32_t)(l->parents[i] >> 32), h, (uint32_t)l->parents[i], l->children[i]);

    for (size_t i = 0; i < n; i++) {
        fr *family = l->children[find_parent(l->parents, m, parent_key(&v[i]))];
        unsigned place = v[i].index % TREE_ARITY;
        unsigned k = 0;
        for (unsigned c = 0; c < TREE_ARITY; c++)
            if (c != place) v[i].siblings[h][k++] = family[c];
        family[place] = v[i].value;
        memcpy(l->in[i], family, sizeof l->in[i]);
        v[i].index /= TREE_ARITY;
    }
    pool_for_range(pool, n, 256, hash_range, l);
    for (size_t i = 0; i < n; i++) v[i].value = l->out[i];
}

/* ---- the account tree and the NFT tree */

static void children_in_tree(const void *ctx, uint32_t tree, unsigned h, uint32_t parent, fr children[TREE_ARITY])
{
    (void)tree;
    for (unsigned c = 0; c < TREE_ARITY; c++) tree_node(&children[c], ctx, h, TREE_ARITY * parent + c);
}

/* ---- balance trees: of a few accounts at a time */

/* An account step, and where it stands in the order of execution. */
struct account_change {
    uint32_t id;
    uint32_t order;
    struct step_trace *t;
};

static int change_order(const void *a, const void *b)
{
    const struct account_change *x = a, *y = b;
    if (x->id != y->id) return (x->id > y->id) - (x->id < y->id);
    return (x->order > y->order) - (x->order < y->order);
}

#define GROUP_ENOUGH 256 /* a group takes no further account when it has so many balances or changes */
#define GROUP_NODES  (GROUP_ENOUGH + TOKEN_ID_LAST)

/* The trees of a group of accounts before the block: the nodes that are not empty, sorted, level by level. */
struct group {
    struct {
        size_t n;
        uint32_t key[GROUP_NODES]; /* tree * 1024 + index */
        fr node[GROUP_NODES];
    } level[BALANCE_TREE_LEVELS + 1];
    fr in[GROUP_NODES][TREE_ARITY];
    u128 amounts[TOKEN_ID_LAST + 1];
    struct token_balance balances[TOKEN_ID_LAST + 1];
};

static void children_in_group(const void *ctx, uint32_t tree, unsigned h, uint32_t parent, fr children[TREE_ARITY])
{
    const struct group *g = ctx;
    uint32_t first = tree << 2 * BALANCE_TREE_LEVELS | TREE_ARITY * parent;
    size_t low = 0, high = g->level[h].n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (g->level[h].key[mid] < first)
            low = mid + 1;
        else
            high = mid;
    }
    for (unsigned c = 0; c < TREE_ARITY; c++) {
        bool there = low < g->level[h].n && g->level[h].key[low] == first + c;
        children[c] = there ? g->level[h].node[low] : *tree_empty(h);
        low += there;
    }
}

/* The balances an account had before its first change: those it has now, with what its changes found put back. */
static void group_add(struct group *g, const struct state *s, uint32_t tree, const struct account_change *c, size_t n)
{
    memset(g->amounts, 0, sizeof g->amounts);
    size_t n_balances = state_balances(g->balances, s, c->id);
    for (size_t i = 0; i < n_balances; i++) g->amounts[g->balances[i].token] = g->balances[i].amount;
    for (size_t i = n; i-- > 0;) g->amounts[c[i].t->step->token] = c[i].t->step->balance_before;

    for (uint32_t token = 0; token <= TOKEN_ID_LAST; token++) {
        if (g->amounts[token] == 0) continue;
        size_t at = g->level[0].n++;
        g->level[0].key[at] = tree << 2 * BALANCE_TREE_LEVELS | token;
        balance_leaf(&g->level[0].node[at], g->amounts[token]);
    }
}

static void group_build(struct group *g)
{
    for (unsigned h = 0; h < BALANCE_TREE_LEVELS; h++) {
        size_t m = 0;
        uint32_t *up = g->level[h + 1].key;
        for (size_t i = 0; i < g->level[h].n; i++) {
            uint32_t key = g->level[h].key[i];
            uint32_t index = key & TOKEN_ID_LAST;
            uint32_t parent = (key ^ index) | index / TREE_ARITY;
            if (m == 0 || up[m - 1] != parent) {
                for (unsigned c = 0; c < TREE_ARITY; c++) g->in[m][c] = *tree_empty(h);
                up[m++] = parent;
            }
            g->in[m - 1][index % TREE_ARITY] = g->level[h].node[i];
        }
        poseidon2_compress_many(g->level[h + 1].node, g->in[0], m);
        g->level[h + 1].n = m;
    }
}

/* The roots before and after each change, from the roots before the first and the versions. */
static void group_roots(const struct group *g, const struct account_change *c, const struct version *v, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        bool first = i == 0 || v[i].tree != v[i - 1].tree;
        if (first) {
            while (at < g->level[BALANCE_TREE_LEVELS].n &&
                   g->level[BALANCE_TREE_LEVELS].key[at] >> 2 * BALANCE_TREE_LEVELS < v[i].tree)
                at++;
            bool there = at < g->level[BALANCE_TREE_LEVELS].n &&
                         g->level[BALANCE_TREE_LEVELS].key[at] >> 2 * BALANCE_TREE_LEVELS == v[i].tree;
            c[i].t->balance_root_before =
                there ? g->level[BALANCE_TREE_LEVELS].node[at] : *tree_empty(BALANCE_TREE_LEVELS);
        } else {
            c[i].t->balance_root_before = v[i - 1].value;
        }
        c[i].t->balance_root_after = v[i].value;
    }
}

/* Takes the first accounts of c and gives their changes' balance siblings and roots; returns how many changes. */
static size_t group_trace(struct group *g, struct lift *l, struct version *v, const struct state *s,
                          const struct account_change *c, size_t n)
{
    g->level[0].n = 0;
    size_t end = 0;
    uint32_t trees = 0;
    while (end < n && end < GROUP_ENOUGH && g->level[0].n < GROUP_ENOUGH) {
        size_t begin = end;
        while (end < n && c[end].id == c[begin].id) end++;
        group_add(g, s, trees, c + begin, end - begin);
        for (size_t i = begin; i < end; i++) {
            v[i] = (struct version){.tree = trees, .index = c[i].t->step->token, .siblings = c[i].t->balance_siblings};
            balance_leaf(&v[i].value, c[i].t->step->balance_after);
        }
        trees++;
    }
    group_build(g);
    for (unsigned h = 0; h < BALANCE_TREE_LEVELS; h++) lift_level(l, v, end, h, children_in_group, g, NULL);
    group_roots(g, c, v, end);
    return end;
}

/* ---- the whole */

/* All account changes, sorted by account, are cut into pieces that workers take: whole accounts, PIECE changes or more.
 */
#define PIECE ((size_t)256)

static size_t steps_memory(size_t n, unsigned threads)
{
    return n * (sizeof(struct account_change) + sizeof(struct version)) + lift_memory(n) +
           threads * sizeof(struct group) + (n / PIECE + 2) * sizeof(size_t) + (size_t)8 * ARENA_ALIGN;
}

size_t block_trace_memory(unsigned capacity, const struct pool *pool)
{
    return sizeof(struct block_trace) + (size_t)capacity * sizeof(struct slot_trace) +
           steps_memory((size_t)capacity * SLOT_STEPS, pool_threads(pool)) + (size_t)4 * ARENA_ALIGN;
}

struct balance_work {
    const struct state *s;
    const struct account_change *changes;
    struct version *versions;
    const struct lift *lift;
    struct group *groups; /* one a worker */
    const size_t *pieces; /* piece i is changes pieces[i] .. pieces[i + 1] - 1 */
};

static zk_err balances_piece(void *ctx, size_t piece, unsigned worker)
{
    const struct balance_work *w = ctx;
    size_t end = w->pieces[piece + 1];
    for (size_t i = w->pieces[piece]; i < end;) {
        struct lift l = lift_slice(w->lift, i, end - i);
        i += group_trace(&w->groups[worker], &l, w->versions + i, w->s, w->changes + i, end - i);
    }
    return ZK_OK;
}

static size_t cut_pieces(size_t *pieces, const struct account_change *c, size_t n)
{
    size_t m = 0;
    pieces[0] = 0;
    for (size_t end = 0; end < n;) {
        end = n - end > PIECE ? end + PIECE : n;
        while (end < n && c[end].id == c[end - 1].id) end++;
        pieces[++m] = end;
    }
    return m;
}

static zk_err trace_balances(struct account_change *c, struct version *v, size_t n, struct lift *l,
                             const struct state *s, struct pool *pool, struct arena *arena)
{
    struct group *groups = arena_push(arena, struct group, pool_threads(pool));
    size_t *pieces = arena_push(arena, size_t, n / PIECE + 2);
    if (groups == NULL || pieces == NULL) return ZK_ERR_FULL;
    qsort(c, n, sizeof *c, change_order);
    struct balance_work w = {s, c, v, l, groups, pieces};
    return pool_for(pool, cut_pieces(pieces, c, n), balances_piece, &w);
}

static struct step_trace *step_at(struct block_trace *t, size_t i)
{
    return &t->slots[i / SLOT_STEPS].steps[i % SLOT_STEPS];
}

static zk_err trace_accounts(struct block_trace *t, const struct state *s, size_t n_steps, struct pool *pool,
                             struct arena *arena)
{
    struct account_change *c = arena_push(arena, struct account_change, n_steps);
    struct version *v = arena_push(arena, struct version, n_steps);
    struct lift l;
    if (c == NULL || v == NULL) return ZK_ERR_FULL;
    ZK_TRY(lift_create(&l, n_steps, arena));
    size_t n = 0;
    for (size_t i = 0; i < n_steps; i++) {
        struct step_trace *st = step_at(t, i);
        if (st->step->kind == STEP_ACCOUNT) c[n++] = (struct account_change){st->step->id, (uint32_t)i, st};
    }
    ZK_TRY(trace_balances(c, v, n, &l, s, pool, arena));

    n = 0;
    for (size_t i = 0; i < n_steps; i++) {
        struct step_trace *st = step_at(t, i);
        if (st->step->kind != STEP_ACCOUNT) continue;
        v[n] = (struct version){.index = st->step->id, .siblings = st->siblings};
        account_leaf_inputs(l.in[n++], &st->step->after, &st->balance_root_after);
    }
    pool_for_range(pool, n, 256, hash_range, &l);
    n = 0;
    for (size_t i = 0; i < n_steps; i++) {
        const struct step *step = step_at(t, i)->step;
        if (step->kind != STEP_ACCOUNT) continue;
        v[n].value = step->after.exists ? l.out[n] : FR_ZERO;
        n++;
    }
    for (unsigned h = 0; h < ACCOUNT_TREE_LEVELS; h++)
        lift_level(&l, v, n, h, children_in_tree, state_account_tree(s), pool);
    n = 0;
    for (size_t i = 0; i < n_steps; i++)
        if (step_at(t, i)->step->kind == STEP_ACCOUNT) step_at(t, i)->account_root = v[n++].value;
    return ZK_OK;
}

static zk_err trace_nfts(struct block_trace *t, const struct state *s, size_t n_steps, struct pool *pool,
                         struct arena *arena)
{
    struct version *v = arena_push(arena, struct version, n_steps);
    struct lift l;
    if (v == NULL) return ZK_ERR_FULL;
    ZK_TRY(lift_create(&l, n_steps, arena));
    size_t n = 0;
    for (size_t i = 0; i < n_steps; i++) {
        struct step_trace *st = step_at(t, i);
        if (st->step->kind != STEP_NFT) continue;
        v[n] = (struct version){.index = st->step->id, .siblings = st->siblings};
        nft_leaf_hash(&v[n++].value, &st->step->nft_after);
    }
    for (unsigned h = 0; h < NFT_TREE_LEVELS; h++) lift_level(&l, v, n, h, children_in_tree, state_nft_tree(s), pool);
    n = 0;
    for (size_t i = 0; i < n_steps; i++)
        if (step_at(t, i)->step->kind == STEP_NFT) step_at(t, i)->nft_root = v[n++].value;
    return ZK_OK;
}

/* Counts before the block: those of the state, which has them after it, less what the steps created. */
static void counts_before(struct block_trace *t, const struct state *s, size_t n_steps)
{
    t->account_count = state_account_count(s);
    t->nft_count = state_nft_count(s);
    for (size_t i = 0; i < n_steps; i++) {
        const struct step *step = step_at(t, i)->step;
        t->account_count -= step->kind == STEP_ACCOUNT && step->after.exists && !step->before.exists;
        t->nft_count -= step->kind == STEP_NFT && step->nft_after.exists && !step->nft_before.exists;
    }
}

void block_trace_carry(struct block_trace *t)
{
    fr account_root = t->account_root, nft_root = t->nft_root;
    uint32_t account_count = t->account_count, nft_count = t->nft_count;
    for (size_t i = 0; i < (size_t)t->capacity * SLOT_STEPS; i++) {
        struct step_trace *st = step_at(t, i);
        const struct step *step = st->step;
        if (step->kind == STEP_ACCOUNT) {
            account_root = st->account_root;
            account_count += step->after.exists && !step->before.exists;
        } else if (step->kind == STEP_NFT) {
            nft_root = st->nft_root;
            nft_count += step->nft_after.exists && !step->nft_before.exists;
        }
        st->account_root = account_root;
        st->nft_root = nft_root;
        st->account_count = account_count;
        st->nft_count = nft_count;
    }
}

static const struct step no_step = {.kind = STEP_NONE};
static const struct op no_op = {.kind = OP_NOOP};

zk_err block_trace_create(struct block_trace **out, const struct state *s, const struct step *steps, unsigned used,
                          unsigned capacity, struct pool *pool, struct arena *arena)
{
    *out = NULL;
    size_t start = arena_mark(arena);
    struct block_trace *t = arena_push(arena, struct block_trace, 1);
    struct slot_trace *slots = arena_push(arena, struct slot_trace, capacity);
    if (t == NULL || slots == NULL) goto full;
    memset(slots, 0, capacity * sizeof *slots);
    *t = (struct block_trace){.capacity = capacity, .slots = slots};
    tree_root(&t->account_root, state_account_tree(s));
    tree_root(&t->nft_root, state_nft_tree(s));
    size_t n_steps = (size_t)SLOT_STEPS * used;
    for (size_t i = 0; i < (size_t)SLOT_STEPS * capacity; i++) step_at(t, i)->step = i < n_steps ? &steps[i] : &no_step;

    size_t scratch = arena_mark(arena);
    zk_err err = n_steps == 0 ? ZK_OK : trace_accounts(t, s, n_steps, pool, arena);
    arena_release(arena, scratch);
    if (err == ZK_OK && n_steps != 0) err = trace_nfts(t, s, n_steps, pool, arena);
    arena_release(arena, scratch);
    if (err != ZK_OK) goto full;
    counts_before(t, s, n_steps);
    block_trace_carry(t);
    *out = t;
    return ZK_OK;
full:
    arena_release(arena, start);
    return ZK_ERR_FULL;
}

/* Whose signature the given slot of an operation verifies: docs/pubdata.md, "Slots". */
static slot_signer signer_of(op_kind kind, unsigned part)
{
    if (kind == OP_SWAP || kind == OP_SWAP_NFT) {
        static const slot_signer swap[OP_SLOTS_MAX] = {SIGNER_ORDER_0, SIGNER_ORDER_1, SIGNER_TX, SIGNER_NONE};
        return swap[part];
    }
    return part == 0 ? SIGNER_TX : SIGNER_NONE;
}

static void slot_fill(struct slot_trace *slot, const struct op *op, unsigned part, const struct tx *tx)
{
    slot->op = op;
    slot->part = part;
    slot->tx = tx;
    slot->signer = tx != NULL ? signer_of(op->kind, part) : SIGNER_NONE;
    switch (slot->signer) {
    case SIGNER_NONE: break;
    case SIGNER_TX: slot->signature = &tx->signature; break;
    case SIGNER_ORDER_0: slot->signature = &tx->swap.orders[0].signature; break;
    case SIGNER_ORDER_1: slot->signature = &tx->swap.orders[1].signature; break;
    }
}

void block_trace_finish(struct block_trace *t, const struct block_sealed *sealed, const struct op *ops, size_t n_ops,
                        const struct tx *const *op_txs, const fr *chains)
{
    t->block = sealed;
    unsigned at = 0;
    for (size_t i = 0; i < n_ops; i++) {
        struct slot_words words[OP_SLOTS_MAX];
        unsigned n = op_encode(words, &ops[i]);
        for (unsigned part = 0; part < n; part++) {
            struct slot_trace *slot = &t->slots[at++];
            slot_fill(slot, &ops[i], part, op_txs[i]);
            slot->words = words[part];
        }
    }
    for (unsigned i = at; i < t->capacity; i++) t->slots[i].op = &no_op;
    for (unsigned i = 0; i < t->capacity; i++) t->slots[i].chain = chains[i];
}

bool slot_sign_bytes(uint8_t out[TX_SIGN_BYTES_MAX], size_t *len, const struct slot_trace *slot)
{
    zk_err err = ZK_OK;
    *len = ORDER_BYTES;
    switch (slot->signer) {
    case SIGNER_NONE: *len = 0; return false;
    case SIGNER_TX: err = tx_sign_bytes(out, len, slot->tx); break;
    case SIGNER_ORDER_0: err = order_sign_bytes(out, &slot->tx->swap.orders[0]); break;
    case SIGNER_ORDER_1: err = order_sign_bytes(out, &slot->tx->swap.orders[1]); break;
    }
    assert(err == ZK_OK); /* what was executed has an encoding */
    return true;
}
