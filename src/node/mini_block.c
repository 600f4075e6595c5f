#include "node/mini_block.h"

#include <stdlib.h>

#include "rollup/nft.h"

#define TOUCHED_PER_ENTRY 5 /* a swap: two accounts, two recipients, a submitter */
#define NFTS_PER_ENTRY    2
#define ACCOUNTS_MAX      ((size_t)MINI_BLOCK_ENTRIES_MAX * TOUCHED_PER_ENTRY)
#define NFTS_MAX          ((size_t)MINI_BLOCK_ENTRIES_MAX * NFTS_PER_ENTRY)

struct type_change {
    uint32_t account;
    store_type_change type;
};

struct mint {
    uint32_t nft;
    uint64_t tx;
};

struct mini_block {
    struct store_entry entries[MINI_BLOCK_ENTRIES_MAX];
    size_t n;
    char reasons[MINI_BLOCK_ENTRIES_MAX][BATCH_FAIL_TEXT_MAX];
    uint32_t accounts[ACCOUNTS_MAX]; /* touched; with repetitions until they are sorted */
    size_t n_accounts;
    uint32_t nfts[NFTS_MAX];
    size_t n_nfts;
    struct type_change types[MINI_BLOCK_ENTRIES_MAX];
    size_t n_types;
    struct mint mints[MINI_BLOCK_ENTRIES_MAX];
    size_t n_mints;
    uint32_t next_nft; /* the id of the next mint */
    struct store_account_change account_changes[ACCOUNTS_MAX];
    struct store_nft_change nft_changes[NFTS_MAX];
    struct token_balance *balances;
    size_t balances_cap;
};

zk_err mini_block_create(struct mini_block **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? ZK_OK : zk_fail(ZK_ERR_MEMORY, "no memory for a mini-block");
}

void mini_block_destroy(struct mini_block *m)
{
    if (m == NULL) return;
    free(m->balances);
    free(m);
}

void mini_block_begin(struct mini_block *m, const struct state *s)
{
    m->n = m->n_accounts = m->n_nfts = m->n_types = m->n_mints = 0;
    m->next_nft = NFT_ID_FIRST + state_nft_count(s);
}

size_t mini_block_entries(const struct mini_block *m)
{
    return m->n;
}

bool mini_block_has_room(const struct mini_block *m, size_t n)
{
    return m->n + n <= MINI_BLOCK_ENTRIES_MAX;
}

/* ---- what an operation touches */

static void touch(struct mini_block *m, uint32_t account)
{
    assert(m->n_accounts < ACCOUNTS_MAX);
    m->accounts[m->n_accounts++] = account;
}

static void touch_nft(struct mini_block *m, uint32_t token)
{
    if (!token_is_nft(token)) return;
    assert(m->n_nfts < NFTS_MAX);
    m->nfts[m->n_nfts++] = token;
}

static void touch_swap(struct mini_block *m, const struct op_swap *swap)
{
    for (int i = 0; i < 2; i++) {
        touch(m, swap->accounts[i]);
        touch(m, swap->recipients[i]);
        touch_nft(m, swap->tokens[i]);
    }
    touch(m, swap->submitter);
}

static void touch_op(struct mini_block *m, const struct op *op)
{
    switch (op->kind) {
    case OP_NOOP:
    case OP_COLLECT_FEES:
    case OP_KINDS:
    case OP_DEPOSIT_REFUSED: return;
    case OP_DEPOSIT:
    case OP_WITHDRAW:
    case OP_FULL_EXIT:
    case OP_CHANGE_PUBKEY: touch(m, op->account); return;
    case OP_FULL_EXIT_NFT:
    case OP_WITHDRAW_NFT:
        touch(m, op->account);
        touch_nft(m, op->token);
        return;
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_TRANSFER_NEW:
    case OP_FORCED_EXIT:
    case OP_MINT_NFT:
        touch(m, op->account);
        touch(m, op->other);
        return;
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW:
        touch(m, op->account);
        touch(m, op->other);
        touch_nft(m, op->token);
        return;
    case OP_SWAP:
    case OP_SWAP_NFT: touch_swap(m, &op->swap); return;
    }
}

/* ---- entries */

static struct store_entry *add(struct mini_block *m)
{
    assert(m->n < MINI_BLOCK_ENTRIES_MAX);
    struct store_entry *e = &m->entries[m->n++];
    *e = (struct store_entry){0};
    return e;
}

static void parties_of(struct store_parties *out, const struct state *s, const struct tx *tx)
{
    eth_address orders[2] = {0};
    for (int i = 0; tx->type == TX_SWAP && i < 2; i++) {
        struct account_leaf leaf;
        state_account(&leaf, s, tx->swap.orders[i].account_id);
        orders[i] = leaf.address;
    }
    store_parties_of_tx(out, tx, orders);
}

void mini_block_executed(struct mini_block *m, const struct state *s, const struct store_queued_tx *tx,
                         const struct op *op)
{
    struct store_entry *e = add(m);
    e->id = tx->id;
    e->op = op;
    parties_of(&e->parties, s, &tx->tx);
    touch_op(m, op);
    if (op->kind == OP_CHANGE_PUBKEY) {
        bool by_create2 = tx->tx.change_pubkey.auth.kind == CHANGE_PUBKEY_CREATE2;
        m->types[m->n_types++] =
            (struct type_change){op->account, by_create2 ? STORE_TYPE_BY_CREATE2 : STORE_TYPE_BY_OWNER};
    }
    if (op->kind == OP_MINT_NFT) {
        m->mints[m->n_mints++] = (struct mint){m->next_nft, tx->id};
        touch_nft(m, m->next_nft++);
    }
}

void mini_block_rejected(struct mini_block *m, const struct state *s, const struct store_queued_tx *tx,
                         const char *reason)
{
    char *copy = m->reasons[m->n];
    struct store_entry *e = add(m);
    size_t len = strnlen(reason, BATCH_FAIL_TEXT_MAX - 1);
    memcpy(copy, reason, len);
    copy[len] = '\0';
    e->id = tx->id;
    e->fail_reason = copy;
    parties_of(&e->parties, s, &tx->tx);
}

void mini_block_priority(struct mini_block *m, uint64_t serial_id, const struct priority_op *request,
                         const eth_address *sender, const struct op *op)
{
    struct store_entry *e = add(m);
    e->is_priority = true;
    e->id = serial_id;
    e->op = op;
    store_parties_of_priority(&e->parties, request, sender);
    touch_op(m, op);
}

/* ---- values */

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static size_t sort_unique(uint32_t *ids, size_t n)
{
    size_t kept = 0;
    qsort(ids, n, sizeof ids[0], by_number);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || ids[kept - 1] != ids[i]) ids[kept++] = ids[i];
    return kept;
}

void account_change_read(struct store_account_change *out, struct token_balance *balances, const struct state *s,
                         uint32_t id)
{
    *out = (struct store_account_change){.id = id, .balances = balances};
    state_account(&out->leaf, s, id);
    out->n_balances = state_balances(balances, s, id);
}

#define BALANCES_OF_ONE (TOKEN_ID_LAST + 1)

/* Room for one more account, whatever it has. */
static zk_err reserve_balances(struct mini_block *m, size_t used)
{
    if (m->balances_cap - used >= BALANCES_OF_ONE) return ZK_OK;
    size_t cap = m->balances_cap == 0 ? (size_t)16 * BALANCES_OF_ONE : 2 * m->balances_cap;
    struct token_balance *balances = realloc(m->balances, cap * sizeof *balances);
    if (balances == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the balances of a mini-block");
    m->balances = balances;
    m->balances_cap = cap;
    return ZK_OK;
}

/* An exit of an account that does not exist touches nothing. */
static zk_err read_accounts(struct mini_block *m, const struct state *s, size_t *n)
{
    size_t used = 0;
    *n = 0;
    m->n_accounts = sort_unique(m->accounts, m->n_accounts);
    for (size_t i = 0; i < m->n_accounts; i++) {
        ZK_TRY(reserve_balances(m, used));
        struct store_account_change *c = &m->account_changes[*n];
        account_change_read(c, m->balances + used, s, m->accounts[i]);
        if (!c->leaf.exists) continue;
        used += c->n_balances;
        (*n)++;
    }
    /* The list may have moved while it grew. */
    used = 0;
    for (size_t i = 0; i < *n; i++) {
        m->account_changes[i].balances = m->balances + used;
        used += m->account_changes[i].n_balances;
    }
    return ZK_OK;
}

static int by_account_id(const void *key, const void *change)
{
    const uint32_t *id = key;
    const struct store_account_change *c = change;
    return (*id > c->id) - (*id < c->id);
}

static void mark_types(struct mini_block *m, size_t n_accounts)
{
    for (size_t i = 0; i < m->n_types; i++) {
        struct store_account_change *c =
            bsearch(&m->types[i].account, m->account_changes, n_accounts, sizeof m->account_changes[0], by_account_id);
        assert(c != NULL);
        c->type = m->types[i].type;
    }
}

static int by_nft_id(const void *key, const void *change)
{
    const uint32_t *id = key;
    const struct store_nft_change *c = change;
    return (*id > c->id) - (*id < c->id);
}

static size_t read_nfts(struct mini_block *m, const struct state *s)
{
    size_t n = 0;
    m->n_nfts = sort_unique(m->nfts, m->n_nfts);
    for (size_t i = 0; i < m->n_nfts; i++) {
        struct store_nft_change *c = &m->nft_changes[n];
        *c = (struct store_nft_change){.id = m->nfts[i]};
        state_nft(&c->leaf, s, c->id);
        if (!c->leaf.exists) continue;
        nft_address(&c->address, &c->leaf.content);
        n++;
    }
    for (size_t i = 0; i < m->n_mints; i++) {
        struct store_nft_change *c = bsearch(&m->mints[i].nft, m->nft_changes, n, sizeof m->nft_changes[0], by_nft_id);
        assert(c != NULL);
        c->mint_tx = m->mints[i].tx;
    }
    return n;
}

zk_err mini_block_store(struct mini_block *m, struct store *store, const struct state *s, uint32_t block,
                        uint64_t timestamp, uint32_t first_index, int64_t now)
{
    struct store_mini_block out = {.block = block,
                                   .timestamp = timestamp,
                                   .first_index = first_index,
                                   .entries = m->entries,
                                   .n_entries = m->n,
                                   .accounts = m->account_changes,
                                   .nfts = m->nft_changes,
                                   .now = now};
    ZK_TRY(read_accounts(m, s, &out.n_accounts));
    mark_types(m, out.n_accounts);
    out.n_nfts = read_nfts(m, s);
    return store_execute(store, &out);
}

/* ---- comparing */

static bool same_account(const struct store_account_change *c, const struct store_account *have)
{
    if (!have->leaf.exists || !eth_address_eq(&c->leaf.address, &have->leaf.address) ||
        !pubkey_hash_eq(&c->leaf.pubkey_hash, &have->leaf.pubkey_hash) || c->leaf.nonce != have->leaf.nonce ||
        c->leaf.minted != have->leaf.minted || c->n_balances != have->n_balances)
        return false;
    for (size_t i = 0; i < c->n_balances; i++)
        if (c->balances[i].token != have->balances[i].token || c->balances[i].amount != have->balances[i].amount)
            return false;
    return true;
}

static zk_err compare_accounts(const struct mini_block *m, struct store *store, size_t n)
{
    struct store_account *have = malloc(sizeof *have);
    if (have == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an account");
    zk_err err = ZK_OK;
    for (size_t i = 0; err == ZK_OK && i < n; i++) {
        const struct store_account_change *c = &m->account_changes[i];
        bool found = false;
        err = store_account_by_id(store, have, &found, c->id, STORE_COMMITTED);
        if (err == ZK_OK && (!found || !same_account(c, have)))
            err = zk_fail(ZK_ERR_CORRUPT, "the open block's operations lead to another account %u than was stored",
                          c->id);
    }
    free(have);
    return err;
}

zk_err mini_block_compare(struct mini_block *m, struct store *store, const struct state *s)
{
    size_t n_accounts = 0;
    ZK_TRY(read_accounts(m, s, &n_accounts));
    ZK_TRY(compare_accounts(m, store, n_accounts));
    size_t n_nfts = read_nfts(m, s);
    for (size_t i = 0; i < n_nfts; i++) {
        const struct store_nft_change *c = &m->nft_changes[i];
        struct store_nft have;
        bool found = false;
        ZK_TRY(store_nft_get(store, &have, &found, c->id, STORE_COMMITTED));
        if (!found || have.leaf.owner != c->leaf.owner || !hash32_eq(&have.leaf.content.hash, &c->leaf.content.hash))
            return zk_fail(ZK_ERR_CORRUPT, "the open block's operations lead to another NFT %u than was stored", c->id);
    }
    return ZK_OK;
}
