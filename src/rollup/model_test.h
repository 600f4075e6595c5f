/* model_test: the rules once more, as simply as can be: arrays, copies, a tree computed from its leaves by recursion,
 * streams written byte by byte. Written from the tables of the protocol and of docs/pubdata.md; shares nothing with the
 * library but its value types, Poseidon2 and packed numbers. Slow, small, and what the library must agree with. */
#ifndef ZK_ROLLUP_MODEL_TEST_H
#define ZK_ROLLUP_MODEL_TEST_H

#include "base/test.h"
#include "hash/poseidon2.h"
#include "rollup/amount.h"
#include "rollup/priority_op.h"
#include "rollup/tx.h"

#define M_ACCOUNTS 64
#define M_NFTS     1024
#define M_TOKENS   6

static const uint32_t m_tokens[M_TOKENS] = {0, 1, 2, 63, 1022, 1023};

struct m_account {
    eth_address address;
    pubkey_hash key;
    uint32_t nonce, minted;
    u128 balance[M_TOKENS];
};

struct m_nft {
    uint32_t owner, creator, serial;
    hash32 hash;
};

struct m_class {
    uint32_t token;
    u128 fee, sum;
};

struct model {
    struct m_account accounts[M_ACCOUNTS];
    unsigned n_accounts;
    struct m_nft nfts[M_NFTS];
    unsigned n_nfts;
    /* the block in progress */
    struct m_class classes[16];
    unsigned n_classes, fee_tokens, slots, slot_limit;
    uint8_t settlement[8192], delta[8192];
    size_t n_settlement, n_delta;
};

/* ---- values */

static inline u128 *m_balance(struct model *m, uint32_t id, uint32_t token)
{
    for (unsigned i = 0; i < M_TOKENS; i++)
        if (m_tokens[i] == token) return &m->accounts[id].balance[i];
    return NULL;
}

static inline struct m_nft *m_nft(struct model *m, uint32_t token)
{
    return token >= 65536 && token - 65536 < m->n_nfts ? &m->nfts[token - 65536] : NULL;
}

/* Balance of anything: an NFT's is 1 for its owner. */
static inline u128 m_has(struct model *m, uint32_t id, uint32_t token)
{
    if (m_balance(m, id, token) != NULL) return *m_balance(m, id, token);
    return m_nft(m, token) != NULL && m_nft(m, token)->owner == id;
}

static inline int m_find(const struct model *m, const eth_address *address)
{
    for (unsigned i = 0; i < m->n_accounts; i++)
        if (memcmp(&m->accounts[i].address, address, 20) == 0) return (int)i;
    return -1;
}

static inline uint32_t m_create(struct model *m, const eth_address *address)
{
    CHECK(m->n_accounts < M_ACCOUNTS);
    m->accounts[m->n_accounts] = (struct m_account){.address = *address};
    return m->n_accounts++;
}

static inline bool m_zero(const void *p, size_t n)
{
    static const uint8_t zero[64];
    return memcmp(p, zero, n) == 0;
}

static inline bool m_all_ff(const eth_address *a)
{
    eth_address ff;
    memset(&ff, 0xff, sizeof ff);
    return memcmp(a, &ff, 20) == 0;
}

/* Moves amount of anything from one account, or from outside (-1), to another, or out. */
static inline void m_move(struct model *m, int from, int to, uint32_t token, u128 amount)
{
    if (m_nft(m, token) != NULL) {
        if (amount == 1) m_nft(m, token)->owner = to < 0 ? 0xffffff : (uint32_t)to;
        return;
    }
    if (amount == 0) return;
    if (from >= 0) *m_balance(m, (uint32_t)from, token) -= amount;
    if (to >= 0) *m_balance(m, (uint32_t)to, token) += amount;
}

/* ---- the tree, from its leaves */

static inline void m_number(fr *out, const uint8_t *be, size_t n)
{
    uint8_t bytes[32] = {0};
    memcpy(bytes + 32 - n, be, n);
    CHECK(fr_from_be32(out, bytes));
}

/* *acc += v * 2^bits */
static inline void m_add_shifted(fr *acc, const fr *v, unsigned bits)
{
    fr two, term;
    fr_from_u64(&two, 2);
    fr_pow_u64_vartime(&two, &two, bits);
    fr_mul(&term, v, &two);
    fr_add(acc, acc, &term);
}

static inline void m_add_u32(fr *acc, uint32_t v, unsigned bits)
{
    fr x;
    fr_from_u64(&x, v);
    m_add_shifted(acc, &x, bits);
}

typedef void (*m_leaf)(fr *out, struct model *m, uint32_t owner, uint32_t i);
typedef bool (*m_any)(struct model *m, uint32_t owner, uint64_t first, uint64_t last);

/* The node of height h over leaves i 4^h .. (i + 1) 4^h - 1. */
static inline void m_node(fr *out, struct model *m, uint32_t owner, unsigned h, uint64_t i, m_leaf leaf, m_any any)
{
    if (h == 0) {
        leaf(out, m, owner, (uint32_t)i);
        return;
    }
    fr children[4];
    if (!any(m, owner, i << 2 * h, ((i + 1) << 2 * h) - 1)) {
        /* all leaves alike: one child stands for four */
        m_node(&children[0], m, owner, h - 1, 4 * i, leaf, any);
        children[1] = children[2] = children[3] = children[0];
    } else {
        for (unsigned c = 0; c < 4; c++) m_node(&children[c], m, owner, h - 1, 4 * i + c, leaf, any);
    }
    poseidon2_compress(out, children);
}

static inline void m_balance_leaf(fr *out, struct model *m, uint32_t owner, uint32_t token)
{
    uint8_t be[16] = {0};
    if (m_balance(m, owner, token) != NULL) store_be128(be, *m_balance(m, owner, token));
    m_number(out, be, 16);
}

static inline bool m_balance_any(struct model *m, uint32_t owner, uint64_t first, uint64_t last)
{
    for (unsigned i = 0; i < M_TOKENS; i++)
        if (m_tokens[i] >= first && m_tokens[i] <= last && m->accounts[owner].balance[i] != 0) return true;
    return false;
}

static inline void m_account_leaf(fr *out, struct model *m, uint32_t owner, uint32_t id)
{
    (void)owner;
    *out = FR_ZERO;
    if (id >= m->n_accounts) return;
    const struct m_account *a = &m->accounts[id];
    fr in[4];
    m_number(&in[0], a->address.b, 20);
    m_add_u32(&in[0], a->nonce, 160);
    m_number(&in[1], a->key.b, 20);
    m_node(&in[2], m, id, 5, 0, m_balance_leaf, m_balance_any);
    fr_from_u64(&in[3], a->minted);
    poseidon2_compress(out, in);
}

static inline bool m_account_any(struct model *m, uint32_t owner, uint64_t first, uint64_t last)
{
    (void)owner;
    (void)last;
    return first < m->n_accounts;
}

static inline void m_nft_leaf(fr *out, struct model *m, uint32_t owner, uint32_t token)
{
    (void)owner;
    *out = FR_ZERO;
    const struct m_nft *n = m_nft(m, token);
    if (n == NULL) return;
    fr in[4], address;
    fr_from_u64(&in[0], n->owner);
    m_add_u32(&in[0], n->creator, 24);
    m_add_u32(&in[0], n->serial, 48);
    m_number(&address, m->accounts[n->creator].address.b, 20);
    m_add_shifted(&in[0], &address, 80);
    m_number(&in[1], n->hash.b, 16);
    m_number(&in[2], n->hash.b + 16, 16);
    in[3] = FR_ZERO;
    poseidon2_compress(out, in);
}

static inline bool m_nft_any(struct model *m, uint32_t owner, uint64_t first, uint64_t last)
{
    (void)owner;
    return first < 65536 + (uint64_t)m->n_nfts && last >= 65536;
}

static inline void m_root(fr *root, struct model *m)
{
    fr in[4];
    m_node(&in[0], m, 0, 12, 0, m_account_leaf, m_account_any);
    m_node(&in[1], m, 0, 16, 0, m_nft_leaf, m_nft_any);
    fr_from_u64(&in[2], m->n_nfts);
    fr_from_u64(&in[3], m->n_accounts);
    poseidon2_compress(root, in);
}

/* ---- streams */

static inline void m_put(uint8_t *stream, size_t *len, const void *p, size_t n)
{
    memcpy(stream + *len, p, n);
    *len += n;
}

static inline void m_put_be(uint8_t *stream, size_t *len, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) stream[(*len)++] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static inline void m_pad(uint8_t *stream, size_t *len)
{
    while (*len % 12 != 0) stream[(*len)++] = 0;
}

#define D_BE(v, n)    m_put_be(m->delta, &m->n_delta, (v), (n))
#define D_BYTES(p, n) m_put(m->delta, &m->n_delta, (p), (n))
#define S_BE(v, n)    m_put_be(m->settlement, &m->n_settlement, (v), (n))
#define S_BYTES(p, n) m_put(m->settlement, &m->n_settlement, (p), (n))

static inline void m_put_amount(struct model *m, u128 v)
{
    uint8_t b[5];
    CHECK(amount_pack(b, v));
    D_BYTES(b, 5);
}

static inline void m_put_fee(struct model *m, u128 v)
{
    uint8_t b[2];
    CHECK(fee_pack(b, v));
    D_BYTES(b, 2);
}

static inline void m_marker(struct model *m, unsigned class, u128 fee, uint32_t initiator)
{
    D_BE(0xf0 | class, 1);
    m_put_fee(m, fee);
    D_BE(initiator, 3);
    m_pad(m->delta, &m->n_delta);
}

static inline void m_settle(struct model *m, unsigned opcode, uint32_t id, const void *address, uint32_t token,
                            u128 amount)
{
    uint8_t be[16];
    S_BE(opcode, 1);
    S_BE(id, 3);
    S_BYTES(address, 20);
    S_BE(token, 2);
    S_BE(0, 6);
    store_be128(be, amount);
    S_BYTES(be, 16);
}

static inline void m_settle_nft(struct model *m, unsigned opcode, uint32_t id, const void *address, uint32_t token,
                                unsigned amount)
{
    static const struct m_nft none;
    static const eth_address nobody;
    const struct m_nft *n = m_nft(m, token) != NULL ? m_nft(m, token) : &none;
    S_BE(opcode, 1);
    S_BE(id, 3);
    S_BYTES(address, 20);
    S_BE(token, 4);
    S_BYTES(m_nft(m, token) != NULL ? &m->accounts[n->creator].address : &nobody, 20);
    S_BE(n->creator, 3);
    S_BE(n->serial, 4);
    S_BE(amount, 1);
    S_BYTES(n->hash.b, 32);
    S_BE(0, 8);
}

/* ---- the block */

static inline void m_begin(struct model *m, unsigned slot_limit, unsigned fee_tokens, const struct m_class *classes,
                           unsigned n_classes)
{
    memset(m->classes, 0, sizeof m->classes);
    memcpy(m->classes, classes, n_classes * sizeof *classes);
    m->n_classes = n_classes;
    m->slots = 0;
    m->slot_limit = slot_limit;
    m->fee_tokens = fee_tokens;
    m->n_settlement = m->n_delta = 0;
}

/* The class an operation gets: 16 for none to be had. exact: a transfer's wish for its own class; *is_long if it must
 * do without. */
static inline unsigned m_class(struct model *m, uint32_t token, u128 fee, bool exact, bool *is_long)
{
    unsigned same_token = 16, distinct = 0;
    *is_long = false;
    for (unsigned i = 0; i < m->n_classes; i++) {
        if (exact && m->classes[i].token == token && m->classes[i].fee == fee) return i;
        if (m->classes[i].token == token && same_token == 16) same_token = i;
        bool seen = false;
        for (unsigned k = 0; k < i; k++) seen |= m->classes[k].token == m->classes[i].token;
        distinct += !seen;
    }
    unsigned kept = distinct < m->fee_tokens ? m->fee_tokens - distinct : 0;
    bool may_add = m->n_classes < 16;
    if (exact && (same_token != 16 || fee == 0)) may_add = m->n_classes + kept < 16;
    if (!exact) may_add = may_add && fee != 0 && same_token == 16;
    *is_long = exact && !may_add;
    if (may_add) {
        m->classes[m->n_classes] = (struct m_class){token, fee, 0};
        return m->n_classes++;
    }
    return fee == 0 ? 0 : same_token;
}

static inline unsigned m_fee_slots(const struct model *m)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 16; i += 2) n += m->classes[i].sum != 0 || m->classes[i + 1].sum != 0;
    return n;
}

/* Adds the slots and the fee; false if the block is full. */
static inline bool m_fits(struct model *m, unsigned slots, unsigned class, u128 fee)
{
    if (class == 16) return false;
    m->slots += slots;
    m->classes[class].sum += fee;
    return m->slots + m_fee_slots(m) <= m->slot_limit;
}

/* Pays the fees out and completes the delta stream. */
static inline void m_seal(struct model *m)
{
    uint8_t opening[72] = {1};
    for (unsigned i = 0; i < 16; i++) {
        opening[8 + 4 * i] = (uint8_t)(m->classes[i].token >> 8);
        opening[9 + 4 * i] = (uint8_t)m->classes[i].token;
        CHECK(fee_pack(opening + 10 + 4 * i, m->classes[i].fee));
        m_move(m, -1, 0, m->classes[i].token, m->classes[i].sum);
    }
    memmove(m->delta + 72, m->delta, m->n_delta);
    memcpy(m->delta, opening, 72);
    m->n_delta += 72;
}

/* ---- operations. NULL: done; M_FULL: does not fit the block; else the fail reason. What they leave behind when they
 * do not return NULL is garbage: the caller keeps a copy. */

#define M_FULL    "(block is full)"
#define M_TOO_BIG "A balance would exceed the maximum of 2^128-1"
#define FAIL_IF(cond, text)                                                                                            \
    if (cond) return (text)
#define NFT_LAST 2147483645u

static inline bool m_signed(const struct m_account *a, const pubkey_hash *signer)
{
    return !m_zero(&a->key, 20) && memcmp(&a->key, signer, 20) == 0;
}

static inline bool m_nonce(const struct m_account *a, uint32_t nonce)
{
    return a->nonce == nonce && nonce != UINT32_MAX;
}

static inline const char *m_transfer(struct model *m, const struct tx_transfer *t, const pubkey_hash *signer)
{
    FAIL_IF(t->token > NFT_LAST, "Token id is not supported");
    FAIL_IF(t->fee != 0 && t->token > 1023, "FeeToken id is not supported");
    FAIL_IF(m_zero(&t->to, 20), "Transfer to Account with address 0 is not allowed");
    int from = m_find(m, &t->from);
    FAIL_IF(from < 0, "From account does not exist");
    struct m_account *a = &m->accounts[from];
    FAIL_IF(m_zero(&a->key, 20), "Account is locked");
    FAIL_IF(!m_signed(a, signer), "Transfer signature is incorrect");
    FAIL_IF((uint32_t)from != t->account_id, "Transfer account id is incorrect");
    FAIL_IF(m_all_ff(&t->to), "Transfer to account id is bigger than max supported");
    FAIL_IF(!m_nonce(a, t->nonce), "Nonce mismatch");
    u128 has = m_has(m, (uint32_t)from, t->token);
    FAIL_IF(has < t->amount || has - t->amount < t->fee, "Not enough balance");
    FAIL_IF(t->token > 1023 && t->token < 65536, "Token id is not supported");

    int to = m_find(m, &t->to);
    bool is_new = to<0, is_nft = t->token> 1023;
    if (is_new) to = (int)m_create(m, &t->to);
    a->nonce++;
    if (is_nft) {
        m_move(m, from, to, t->token, t->amount);
        D_BE((is_new ? 0x50u : 0x40u) | (unsigned)t->amount, 1);
        D_BE((uint32_t)from, 3);
        D_BE((uint32_t)to, 3);
        D_BE(t->token, 4);
        m_pad(m->delta, &m->n_delta);
        if (is_new) {
            D_BE(0, 4);
            D_BYTES(&t->to, 20);
        }
        return m_fits(m, 2, 0, 0) ? NULL : M_FULL;
    }
    m_move(m, from, -1, t->token, t->amount + t->fee);
    if ((u128)(*m_balance(m, (uint32_t)to, t->token) + t->amount) < t->amount) return M_TOO_BIG;
    m_move(m, -1, to, t->token, t->amount);
    bool is_long;
    unsigned class = m_class(m, t->token, t->fee, !is_new, &is_long);
    D_BE((is_new ? 0x30u : is_long ? 0x20u : 0x10u) | (class & 15), 1);
    D_BE((uint32_t)from, 3);
    D_BE((uint32_t)to, 3);
    m_put_amount(m, t->amount);
    if (is_new || is_long) {
        D_BE(t->token, 2);
        m_put_fee(m, t->fee);
    }
    if (is_new) D_BYTES(&t->to, 20);
    m_pad(m->delta, &m->n_delta);
    return m_fits(m, 1, class, t->fee) ? NULL : M_FULL;
}

static inline const char *m_withdraw(struct model *m, const struct tx_withdraw *t, const pubkey_hash *signer)
{
    FAIL_IF(t->token > 1023, "Token id is not supported");
    int from = m_find(m, &t->from);
    FAIL_IF(from < 0, "From account does not exist");
    struct m_account *a = &m->accounts[from];
    FAIL_IF(m_zero(&a->key, 20), "Account is locked");
    FAIL_IF(!m_signed(a, signer), "Withdraw signature is incorrect");
    FAIL_IF((uint32_t)from != t->account_id, "Withdraw account id is incorrect");
    FAIL_IF(!m_nonce(a, t->nonce), "Nonce mismatch");
    u128 has = m_has(m, (uint32_t)from, t->token);
    FAIL_IF(has < t->amount || has - t->amount < t->fee, "Not enough balance");
    a->nonce++;
    m_move(m, from, -1, t->token, t->amount + t->fee);
    bool is_long;
    unsigned class = m_class(m, t->token, t->fee, false, &is_long);
    m_settle(m, 0x03, (uint32_t)from, &t->to, t->token, t->amount);
    m_marker(m, class & 15, t->fee, 0);
    return m_fits(m, 1, class, t->fee) ? NULL : M_FULL;
}

static inline const char *m_change_pubkey(struct model *m, const struct tx_change_pubkey *t, const pubkey_hash *signer,
                                          bool authorized)
{
    int id = m_find(m, &t->account);
    FAIL_IF(id < 0, "Account does not exist");
    FAIL_IF(t->fee_token > 1023, "FeeToken id is not supported");
    FAIL_IF(!authorized, "ChangePubKey Ethereum auth data is incorrect");
    FAIL_IF(m_zero(&t->new_pubkey_hash, 20) || memcmp(signer, &t->new_pubkey_hash, 20) != 0,
            "ChangePubKey zkSync signature is incorrect");
    FAIL_IF((uint32_t)id != t->account_id, "ChangePubKey account id is incorrect");
    struct m_account *a = &m->accounts[id];
    FAIL_IF(t->auth.kind == CHANGE_PUBKEY_CREATE2 && t->nonce != 0, "Nonce mismatch");
    FAIL_IF(!m_nonce(a, t->nonce), "Nonce mismatch");
    FAIL_IF(m_has(m, (uint32_t)id, t->fee_token) < t->fee, "Not enough balance");
    m_move(m, id, -1, t->fee_token, t->fee);
    a->key = t->new_pubkey_hash;
    a->nonce++;
    bool is_long;
    unsigned class = m_class(m, t->fee_token, t->fee, false, &is_long);
    S_BE(0x07, 1);
    S_BE((uint32_t)id, 3);
    S_BYTES(&t->account, 20);
    S_BE(t->nonce, 4);
    S_BYTES(&t->new_pubkey_hash, 20);
    m_marker(m, class & 15, t->fee, 0);
    return m_fits(m, 1, class, t->fee) ? NULL : M_FULL;
}

static inline const char *m_forced_exit(struct model *m, const struct tx_forced_exit *t, const pubkey_hash *signer)
{
    FAIL_IF(t->initiator_id >= m->n_accounts, "Initiator account does not exist");
    struct m_account *a = &m->accounts[t->initiator_id];
    FAIL_IF(!m_signed(a, signer), "ForcedExit signature is incorrect");
    FAIL_IF(t->token > 1023, "Token id is not supported");
    int target = m_find(m, &t->target);
    FAIL_IF(target < 0 || m_all_ff(&t->target), "Target account does not exist");
    FAIL_IF(!m_zero(&m->accounts[target].key, 20), "Target account is not locked; forced exit is forbidden");
    FAIL_IF(m_zero(&t->target, 20), "Target account is invalid");
    FAIL_IF(!m_nonce(a, t->nonce), "Nonce mismatch");
    FAIL_IF(m_has(m, t->initiator_id, t->token) < t->fee, "Initiator account: Not enough balance to cover fees");
    a->nonce++;
    m_move(m, (int)t->initiator_id, -1, t->token, t->fee);
    u128 amount = m_has(m, (uint32_t)target, t->token);
    m_move(m, target, -1, t->token, amount);
    bool is_long;
    unsigned class = m_class(m, t->token, t->fee, false, &is_long);
    m_settle(m, 0x08, (uint32_t)target, &t->target, t->token, amount);
    m_marker(m, class & 15, t->fee, t->initiator_id);
    return m_fits(m, 1, class, t->fee) ? NULL : M_FULL;
}

static inline const char *m_mint(struct model *m, const struct tx_mint_nft *t, const pubkey_hash *signer)
{
    FAIL_IF(t->fee_token > 1023, "Token id is not supported");
    FAIL_IF(m_zero(&t->recipient, 20) || m_all_ff(&t->recipient), "Recipient account id is incorrect");
    FAIL_IF(t->creator_id >= m->n_accounts, "Creator account does not exist");
    struct m_account *a = &m->accounts[t->creator_id];
    FAIL_IF(m_zero(&a->key, 20) || memcmp(&a->address, &t->creator, 20) != 0, "Creator account is incorrect");
    FAIL_IF(!m_signed(a, signer), "MintNFT signature is incorrect");
    int to = m_find(m, &t->recipient);
    FAIL_IF(to < 0, "Recipient account not found");
    FAIL_IF(!m_nonce(a, t->nonce), "Nonce mismatch");
    FAIL_IF(m_has(m, t->creator_id, t->fee_token) < t->fee, "Not enough balance");
    m_move(m, (int)t->creator_id, -1, t->fee_token, t->fee);
    CHECK(m->n_nfts < M_NFTS);
    m->nfts[m->n_nfts++] = (struct m_nft){(uint32_t)to, t->creator_id, a->minted, t->content_hash};
    a->nonce++;
    a->minted++;
    bool is_long;
    unsigned class = m_class(m, t->fee_token, t->fee, false, &is_long);
    D_BE(0x60 | (class & 15), 1);
    D_BE(t->creator_id, 3);
    D_BE((uint32_t)to, 3);
    m_put_fee(m, t->fee);
    D_BE(0, 3);
    D_BYTES(t->content_hash.b, 32);
    m_pad(m->delta, &m->n_delta);
    return m_fits(m, 2, class, t->fee) ? NULL : M_FULL;
}

static inline const char *m_withdraw_nft(struct model *m, const struct tx_withdraw_nft *t, const pubkey_hash *signer)
{
    FAIL_IF(t->token < 65536 || t->token > NFT_LAST, "Token id is not supported");
    int from = m_find(m, &t->from);
    FAIL_IF(from < 0, "Withdraw account id is incorrect");
    struct m_account *a = &m->accounts[from];
    FAIL_IF(m_zero(&a->key, 20), "Account is locked");
    FAIL_IF(!m_signed(a, signer), "Withdraw signature is incorrect");
    FAIL_IF((uint32_t)from != t->account_id, "Withdraw account id is incorrect");
    FAIL_IF(t->fee_token > 1023, "FeeToken id is not supported");
    FAIL_IF(m_nft(m, t->token) == NULL, "NFT was not found");
    FAIL_IF(!m_nonce(a, t->nonce), "Nonce mismatch");
    FAIL_IF(m_has(m, (uint32_t)from, t->token) != 1, "Not enough nft balance");
    FAIL_IF(m_has(m, (uint32_t)from, t->fee_token) < t->fee, "Not enough balance");
    m_move(m, from, -1, t->fee_token, t->fee);
    m_move(m, from, -1, t->token, 1);
    a->nonce++;
    bool is_long;
    unsigned class = m_class(m, t->fee_token, t->fee, false, &is_long);
    m_settle_nft(m, 0x0a, (uint32_t)from, &t->to, t->token, 1);
    m_marker(m, class & 15, t->fee, 0);
    return m_fits(m, 2, class, t->fee) ? NULL : M_FULL;
}

/* a * b <= c * d, all below 2^128, by long multiplication in base 2^32. */
static inline bool m_products_le(u128 a, u128 b, u128 c, u128 d)
{
    uint64_t left[9] = {0}, right[9] = {0};
    for (unsigned i = 0; i < 4; i++)
        for (unsigned k = 0; k < 4; k++) {
            uint64_t x = (uint64_t)(uint32_t)(a >> 32 * i) * (uint32_t)(b >> 32 * k);
            uint64_t y = (uint64_t)(uint32_t)(c >> 32 * i) * (uint32_t)(d >> 32 * k);
            left[i + k] += (uint32_t)x, left[i + k + 1] += x >> 32;
            right[i + k] += (uint32_t)y, right[i + k + 1] += y >> 32;
        }
    for (unsigned i = 0; i < 8; i++) {
        left[i + 1] += left[i] >> 32, left[i] &= UINT32_MAX;
        right[i + 1] += right[i] >> 32, right[i] &= UINT32_MAX;
    }
    for (unsigned i = 8; i-- > 0;)
        if (left[i] != right[i]) return left[i] < right[i];
    return true;
}

static inline const char *m_swap(struct model *m, const struct tx_swap *t, const struct tx_signers *signers)
{
    int a[2], r[2];
    for (unsigned i = 0; i < 2; i++) {
        const struct order *o = &t->orders[i];
        FAIL_IF(o->token_buy > NFT_LAST || o->token_sell > NFT_LAST, "Token id is not supported");
        FAIL_IF(o->account_id >= m->n_accounts, "Order account id is incorrect");
        a[i] = (int)o->account_id;
        r[i] = m_find(m, &o->recipient);
        FAIL_IF(r[i] < 0 || m_all_ff(&o->recipient), "Recipient Account does not exist");
        FAIL_IF(m_zero(&m->accounts[a[i]].key, 20), "Account is locked");
        FAIL_IF(!m_signed(&m->accounts[a[i]], &signers->orders[i]), "Order signature is incorrect");
    }
    FAIL_IF(t->submitter_id > 16777214, "Order account id is incorrect");
    FAIL_IF(t->fee_token > 1023, "Token id is not supported");
    int s = m_find(m, &t->submitter);
    FAIL_IF(s < 0, "Submitter account does not exist");
    FAIL_IF(m_zero(&m->accounts[s].key, 20), "Account is locked");
    FAIL_IF(!m_signed(&m->accounts[s], &signers->tx), "Swap signature is incorrect");
    FAIL_IF((uint32_t)s != t->submitter_id, "Submitter account_id or address is incorrect");
    const struct order *o0 = &t->orders[0], *o1 = &t->orders[1];
    u128 a0 = t->amounts[0], a1 = t->amounts[1];
    FAIL_IF(o0->token_buy != o1->token_sell || o1->token_buy != o0->token_sell, "Buy/Sell tokens do not match");
    FAIL_IF(o0->token_sell == o1->token_sell, "Can't swap the same tokens");
    FAIL_IF((o0->amount != 0 && o0->amount != a0) || (o1->amount != 0 && o1->amount != a1), "Amounts do not match");
    FAIL_IF(a[0] == a[1], "Self-swap is not allowed");
    FAIL_IF(!m_products_le(a0, o0->ratio[1], a1, o0->ratio[0]), "Amounts are not compatible with prices");
    FAIL_IF(!m_products_le(a1, o1->ratio[1], a0, o1->ratio[0]), "Amounts are not compatible with prices");
    struct m_account *sa = &m->accounts[s];
    FAIL_IF(!m_nonce(sa, t->nonce), "Nonce mismatch");
    u128 can = m_has(m, (uint32_t)s, t->fee_token);
    if (s == r[0] && t->fee_token == o0->token_buy)
        can += a1;
    else if (s == r[1] && t->fee_token == o1->token_buy)
        can += a0;
    FAIL_IF(can < t->fee, "Not enough balance");
    for (unsigned i = 0; i < 2; i++) {
        const struct order *o = &t->orders[i];
        FAIL_IF(!m_nonce(&m->accounts[a[i]], o->nonce), "Nonce mismatch");
        u128 has = m_has(m, (uint32_t)a[i], o->token_sell);
        u128 fee = s == a[i] && t->fee_token == o->token_sell ? t->fee : 0;
        FAIL_IF(has < t->amounts[i] || has - t->amounts[i] < fee, "Not enough balance");
    }
    for (unsigned i = 0; i < 2; i++) {
        uint32_t token = t->orders[i].token_sell;
        FAIL_IF(token > 1023 && token < 65536, "Token id is not supported");
    }
    for (unsigned i = 0; i < 2; i++) {
        u128 has = m_has(m, (uint32_t)r[1 - i], t->orders[i].token_sell);
        bool wraps = (u128)(has + t->amounts[i]) < has && r[1 - i] != a[i];
        FAIL_IF(wraps, M_TOO_BIG);
    }

    m_move(m, a[0], r[1], o0->token_sell, a0);
    m_move(m, a[1], r[0], o1->token_sell, a1);
    m_move(m, s, -1, t->fee_token, t->fee);
    sa->nonce++;
    for (unsigned i = 0; i < 2; i++)
        if (t->orders[i].amount != 0 && a[i] != s) m->accounts[a[i]].nonce++;

    bool is_long, nft = o0->token_sell > 1023 || o1->token_sell > 1023;
    unsigned class = m_class(m, t->fee_token, t->fee, false, &is_long);
    D_BE((nft ? 0x80 : 0x70) | (class & 15), 1);
    D_BE((uint32_t)a[0], 3);
    D_BE((uint32_t)r[1], 3);
    m_put_amount(m, a0);
    D_BE((uint32_t)a[1], 3);
    D_BE((uint32_t)r[0], 3);
    m_put_amount(m, a1);
    D_BE((o0->amount != 0 ? 1u : 0u) + (o1->amount != 0 ? 2u : 0u), 1);
    D_BE((uint32_t)s, 3);
    D_BE(o0->token_sell, nft ? 4 : 2);
    if (!nft) D_BE(o1->token_sell, 2);
    m_put_fee(m, t->fee);
    m_pad(m->delta, &m->n_delta);
    if (nft) D_BE(o1->token_sell, 4);
    m_pad(m->delta, &m->n_delta);
    return m_fits(m, nft ? 4 : 3, class, t->fee) ? NULL : M_FULL;
}

/* The fee account can take what the block has collected. */
static inline bool m_fees_fit(struct model *m)
{
    for (unsigned t = 0; t < M_TOKENS; t++) {
        u128 sum = m->accounts[0].balance[t];
        for (unsigned i = 0; i < m->n_classes; i++) {
            if (m->classes[i].token != m_tokens[t]) continue;
            if ((u128)(sum + m->classes[i].sum) < sum) return false;
            sum += m->classes[i].sum;
        }
    }
    return true;
}

static inline const char *m_any_tx(struct model *m, const struct tx *tx, const struct tx_signers *signers,
                                   bool authorized, uint64_t timestamp)
{
    const struct time_range *ranges[2] = {NULL, NULL};
    switch (tx->type) {
    case TX_TRANSFER: ranges[0] = &tx->transfer.valid; break;
    case TX_WITHDRAW: ranges[0] = &tx->withdraw.valid; break;
    case TX_CHANGE_PUBKEY: ranges[0] = &tx->change_pubkey.valid; break;
    case TX_FORCED_EXIT: ranges[0] = &tx->forced_exit.valid; break;
    case TX_WITHDRAW_NFT: ranges[0] = &tx->withdraw_nft.valid; break;
    case TX_SWAP:
        ranges[0] = &tx->swap.orders[0].valid;
        ranges[1] = &tx->swap.orders[1].valid;
        break;
    case TX_MINT_NFT: break;
    }
    for (unsigned i = 0; i < 2; i++)
        FAIL_IF(ranges[i] != NULL && (timestamp < ranges[i]->from || timestamp > ranges[i]->until),
                "The transaction can't be executed in the block because of an invalid timestamp");
    switch (tx->type) {
    case TX_TRANSFER: return m_transfer(m, &tx->transfer, &signers->tx);
    case TX_WITHDRAW: return m_withdraw(m, &tx->withdraw, &signers->tx);
    case TX_CHANGE_PUBKEY: return m_change_pubkey(m, &tx->change_pubkey, &signers->tx, authorized);
    case TX_FORCED_EXIT: return m_forced_exit(m, &tx->forced_exit, &signers->tx);
    case TX_MINT_NFT: return m_mint(m, &tx->mint_nft, &signers->tx);
    case TX_WITHDRAW_NFT: return m_withdraw_nft(m, &tx->withdraw_nft, &signers->tx);
    case TX_SWAP: return m_swap(m, &tx->swap, signers);
    }
    return "?";
}

static inline const char *m_tx(struct model *m, const struct tx *tx, const struct tx_signers *signers, bool authorized,
                               uint64_t timestamp)
{
    const char *why = m_any_tx(m, tx, signers, authorized, timestamp);
    return why == NULL && !m_fees_fit(m) ? M_TOO_BIG : why;
}

static inline const char *m_priority(struct model *m, const struct priority_op *p)
{
    if (p->type == PRIORITY_DEPOSIT) {
        int to = m_find(m, &p->deposit.to);
        if (to >= 0 && (u128)(*m_balance(m, (uint32_t)to, p->deposit.token) + p->deposit.amount) < p->deposit.amount) {
            m_settle(m, 0x11, (uint32_t)to, &p->deposit.to, p->deposit.token, p->deposit.amount);
        } else {
            if (to < 0) to = (int)m_create(m, &p->deposit.to);
            m_move(m, -1, to, p->deposit.token, p->deposit.amount);
            m_settle(m, 0x01, (uint32_t)to, &p->deposit.to, p->deposit.token, p->deposit.amount);
        }
        m_marker(m, 0, 0, 0);
        return m_fits(m, 1, 0, 0) ? NULL : M_FULL;
    }
    uint32_t id = p->full_exit.account_id, token = p->full_exit.token;
    bool owns = id < m->n_accounts && memcmp(&m->accounts[id].address, &p->full_exit.owner, 20) == 0;
    u128 amount = owns ? m_has(m, id, token) : 0;
    if (token > 1023)
        m_settle_nft(m, 0x16, id, &p->full_exit.owner, token, (unsigned)amount);
    else
        m_settle(m, 0x06, id, &p->full_exit.owner, token, amount);
    m_move(m, (int)id, -1, token, amount);
    m_marker(m, 0, 0, 0);
    return m_fits(m, token > 1023 ? 2 : 1, 0, 0) ? NULL : M_FULL;
}

#endif
