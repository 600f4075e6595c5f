#include "ethereum/zkroll_contract.h"

#include "base/bytes.h"
#include "hash/keccak256.h"

#include <stdlib.h>

#define WORD 32

#define STORED "(uint32,uint64,bytes32,uint256,bytes32,bytes32)"
#define INPUTS "(uint32,bytes32,uint256,uint256,uint256,uint256)"
#define NEW    "(uint256,bytes32,uint256,uint32,bytes,bytes,bytes[])"

#define COMMIT  "commitBlocks(" STORED "," NEW "[])"
#define PROVE   "proveBlocks((" STORED "," INPUTS ",bytes)[])"
#define EXECUTE "executeBlocks((" STORED ",bytes)[])"
#define SETTLE  "settleBlocks(" STORED "," NEW "[],bytes[])"
#define REVERT  "revertBlocks(" STORED "[])"
#define EXITS   "performExoduses(" STORED ",(address,uint32,uint32,uint128,uint32,address,uint32,bytes32,uint256[])[])"
#define EXIT    "performExodus(" STORED ",address,uint32,uint32,uint128,uint32,address,uint32,bytes32,uint256[])"

enum { SELECTOR = 4, STORED_WORDS = 6, INPUTS_WORDS = 6, NEW_WORDS = 7 };

/* ---- parts */

static void put_stored(struct abi_out *o, const struct zkroll_stored *b)
{
    abi_put_u64(o, b->number);
    abi_put_u64(o, b->priority_operations);
    abi_put_word(o, b->settlement_hash);
    abi_put_u64(o, b->timestamp);
    abi_put_word(o, b->state_root);
    abi_put_word(o, b->commitment);
}

static void put_inputs(struct abi_out *o, const struct zkroll_inputs *i)
{
    abi_put_u64(o, i->key_id);
    abi_put_word(o, i->old_root);
    abi_put_word(o, i->chain);
    abi_put_word(o, i->r);
    abi_put_word(o, i->y_settlement);
    abi_put_word(o, i->y_delta);
}

/* The data of `bytes` whose slot in the head this is. */
static void put_bytes_at(struct abi_out *o, size_t slot, size_t tuple, struct zkroll_bytes b)
{
    abi_fill_slot(o, slot, tuple);
    abi_put_bytes(o, b.p, b.len);
}

static size_t bytes_len(struct zkroll_bytes b)
{
    return WORD + (b.len + WORD - 1) / WORD * WORD;
}

/* An array of dynamic members: the count, a slot for each, and then the members, each put by the caller after
 * abi_fill_slot(o, *first + 32 i, *tuple). */
static void put_array_head(struct abi_out *o, size_t *tuple, size_t n)
{
    abi_put_u64(o, n);
    *tuple = abi_begin(o);
    for (size_t i = 0; i < n; i++) (void)abi_put_slot(o);
}

static void put_bytes_array(struct abi_out *o, const struct zkroll_bytes *items, size_t n)
{
    size_t tuple;
    put_array_head(o, &tuple, n);
    for (size_t i = 0; i < n; i++) put_bytes_at(o, tuple + WORD * i, tuple, items[i]);
}

static size_t bytes_array_len(const struct zkroll_bytes *items, size_t n)
{
    size_t len = WORD;
    for (size_t i = 0; i < n; i++) len += WORD + bytes_len(items[i]);
    return len;
}

static void put_new_block(struct abi_out *o, const struct zkroll_new_block *b)
{
    const size_t tuple = abi_begin(o);
    abi_put_u64(o, b->timestamp);
    abi_put_word(o, b->state_root);
    abi_put_word(o, b->chain);
    abi_put_u64(o, b->key_id);
    const size_t settlement = abi_put_slot(o), delta = abi_put_slot(o), witnesses = abi_put_slot(o);
    put_bytes_at(o, settlement, tuple, b->settlement);
    put_bytes_at(o, delta, tuple, b->delta);
    abi_fill_slot(o, witnesses, tuple);
    put_bytes_array(o, b->witnesses, b->n_witnesses);
}

static void put_new_blocks(struct abi_out *o, const struct zkroll_new_block *blocks, size_t n)
{
    size_t tuple;
    put_array_head(o, &tuple, n);
    for (size_t i = 0; i < n; i++) {
        abi_fill_slot(o, tuple + WORD * i, tuple);
        put_new_block(o, &blocks[i]);
    }
}

static size_t new_blocks_len(const struct zkroll_new_block *blocks, size_t n)
{
    size_t len = WORD;
    for (size_t i = 0; i < n; i++) {
        const struct zkroll_new_block *b = &blocks[i];
        len += WORD + NEW_WORDS * WORD + bytes_len(b->settlement) + bytes_len(b->delta) +
               bytes_array_len(b->witnesses, b->n_witnesses);
    }
    return len;
}

/* ---- hashes */

void zkroll_genesis(struct zkroll_stored *out, const uint8_t root[32])
{
    memset(out, 0, sizeof *out);
    keccak256(out->settlement_hash, "", 0);
    memcpy(out->state_root, root, 32);
}

void zkroll_stored_hash(uint8_t out[32], const struct zkroll_stored *b)
{
    uint8_t buf[STORED_WORDS * WORD];
    struct abi_out o;
    abi_out_init(&o, buf, sizeof buf);
    put_stored(&o, b);
    assert(abi_out_ok(&o) && o.len == sizeof buf);
    keccak256(out, buf, sizeof buf);
}

void zkroll_inputs_hash(uint8_t out[32], const struct zkroll_inputs *inputs)
{
    uint8_t buf[INPUTS_WORDS * WORD];
    struct abi_out o;
    abi_out_init(&o, buf, sizeof buf);
    put_inputs(&o, inputs);
    assert(abi_out_ok(&o) && o.len == sizeof buf);
    keccak256(out, buf, sizeof buf);
}

/* ---- the operator's calls */

size_t zkroll_commit_len(const struct zkroll_new_block *blocks, size_t n)
{
    return SELECTOR + (STORED_WORDS + 1) * WORD + new_blocks_len(blocks, n);
}

void zkroll_put_commit(struct abi_out *o, const struct zkroll_stored *last, const struct zkroll_new_block *blocks,
                       size_t n)
{
    abi_put_selector(o, COMMIT);
    const size_t tuple = abi_begin(o);
    put_stored(o, last);
    const size_t slot = abi_put_slot(o);
    abi_fill_slot(o, slot, tuple);
    put_new_blocks(o, blocks, n);
}

size_t zkroll_settle_len(const struct zkroll_new_block *blocks, const struct zkroll_bytes *proofs, size_t n)
{
    return zkroll_commit_len(blocks, n) + WORD + bytes_array_len(proofs, n);
}

void zkroll_put_settle(struct abi_out *o, const struct zkroll_stored *last, const struct zkroll_new_block *blocks,
                       const struct zkroll_bytes *proofs, size_t n)
{
    abi_put_selector(o, SETTLE);
    const size_t tuple = abi_begin(o);
    put_stored(o, last);
    const size_t blocks_slot = abi_put_slot(o), proofs_slot = abi_put_slot(o);
    abi_fill_slot(o, blocks_slot, tuple);
    put_new_blocks(o, blocks, n);
    abi_fill_slot(o, proofs_slot, tuple);
    put_bytes_array(o, proofs, n);
}

size_t zkroll_prove_len(const struct zkroll_proof *proofs, size_t n)
{
    size_t len = SELECTOR + 2 * WORD;
    for (size_t i = 0; i < n; i++) len += (1 + STORED_WORDS + INPUTS_WORDS + 1) * WORD + bytes_len(proofs[i].proof);
    return len;
}

void zkroll_put_prove(struct abi_out *o, const struct zkroll_proof *proofs, size_t n)
{
    size_t tuple;
    abi_put_selector(o, PROVE);
    abi_put_u64(o, WORD);
    put_array_head(o, &tuple, n);
    for (size_t i = 0; i < n; i++) {
        abi_fill_slot(o, tuple + WORD * i, tuple);
        const size_t member = abi_begin(o);
        put_stored(o, &proofs[i].stored);
        put_inputs(o, &proofs[i].inputs);
        put_bytes_at(o, abi_put_slot(o), member, proofs[i].proof);
    }
}

size_t zkroll_execute_len(const struct zkroll_execution *blocks, size_t n)
{
    size_t len = SELECTOR + 2 * WORD;
    for (size_t i = 0; i < n; i++) len += (1 + STORED_WORDS + 1) * WORD + bytes_len(blocks[i].settlement);
    return len;
}

void zkroll_put_execute(struct abi_out *o, const struct zkroll_execution *blocks, size_t n)
{
    size_t tuple;
    abi_put_selector(o, EXECUTE);
    abi_put_u64(o, WORD);
    put_array_head(o, &tuple, n);
    for (size_t i = 0; i < n; i++) {
        abi_fill_slot(o, tuple + WORD * i, tuple);
        const size_t member = abi_begin(o);
        put_stored(o, &blocks[i].stored);
        put_bytes_at(o, abi_put_slot(o), member, blocks[i].settlement);
    }
}

size_t zkroll_revert_len(size_t n)
{
    return SELECTOR + 2 * WORD + n * STORED_WORDS * WORD;
}

void zkroll_put_revert(struct abi_out *o, const struct zkroll_stored *blocks, size_t n)
{
    abi_put_selector(o, REVERT);
    abi_put_u64(o, WORD);
    abi_put_u64(o, n);
    for (size_t i = 0; i < n; i++) put_stored(o, &blocks[i]);
}

/* ---- reading a commit. What is read is written again and compared, so the reader need not know all the ways in which
 *      the ABI lets one write. */

static bool get_u32(const struct abi_in *in, size_t word, uint32_t *out)
{
    uint64_t x;
    if (!abi_get_u64(in, word, &x) || x > UINT32_MAX) return false;
    *out = (uint32_t)x;
    return true;
}

static bool get_stored(const struct abi_in *in, struct zkroll_stored *b)
{
    return get_u32(in, 0, &b->number) && abi_get_u64(in, 1, &b->priority_operations) &&
           abi_get_word(in, 2, b->settlement_hash) && abi_get_u64(in, 3, &b->timestamp) &&
           abi_get_word(in, 4, b->state_root) && abi_get_word(in, 5, b->commitment);
}

/* The members of an array, at most as many as its bytes can hold. */
static bool get_array(const struct abi_in *in, size_t word, struct abi_in *members, size_t *n)
{
    return abi_get_array(in, word, in->len / WORD, members, n);
}

static bool get_bytes_array(const struct abi_in *in, size_t word, struct zkroll_bytes *items, size_t n)
{
    struct abi_in members;
    size_t count;
    if (!get_array(in, word, &members, &count) || count != n) return false;
    for (size_t i = 0; i < n; i++)
        if (!abi_get_bytes(&members, i, &items[i].p, &items[i].len)) return false;
    return true;
}

static bool get_new_block(const struct abi_in *members, size_t i, struct zkroll_new_block *b,
                          struct zkroll_bytes **free_bytes)
{
    struct abi_in in, witnesses;
    if (!abi_get_tuple(members, i, &in) || !abi_get_u64(&in, 0, &b->timestamp) ||
        !abi_get_word(&in, 1, b->state_root) || !abi_get_word(&in, 2, b->chain) || !get_u32(&in, 3, &b->key_id) ||
        !abi_get_bytes(&in, 4, &b->settlement.p, &b->settlement.len) ||
        !abi_get_bytes(&in, 5, &b->delta.p, &b->delta.len) || !get_array(&in, 6, &witnesses, &b->n_witnesses))
        return false;
    struct zkroll_bytes *items = *free_bytes;
    *free_bytes += b->n_witnesses;
    b->witnesses = items;
    return get_bytes_array(&in, 6, items, b->n_witnesses);
}

/* Counts the byte strings that blocks and proofs need; false if they cannot all be there. Different arrays may claim
 * the same bytes, which no encoder does: the sum is bounded by the words that there are. */
static bool count_bytes(const struct abi_in *blocks, size_t n, size_t limit, size_t *total)
{
    for (size_t i = 0; i < n; i++) {
        struct abi_in in, witnesses;
        size_t count;
        if (!abi_get_tuple(blocks, i, &in) || !get_array(&in, 6, &witnesses, &count)) return false;
        *total += count;
        if (*total > limit) return false;
    }
    return true;
}

static bool is_call(const uint8_t *input, size_t len, const char *signature)
{
    uint8_t selector[SELECTOR];
    abi_selector(selector, signature);
    return len >= SELECTOR && memcmp(input, selector, SELECTOR) == 0;
}

static zk_err malformed(void)
{
    return zk_fail(ZK_ERR_INPUT, "the input of a call is not as an encoder writes it");
}

/* With memory for n blocks and n_bytes byte strings. */
static bool read_commit(struct zkroll_commit *c, const struct abi_in *args, bool settles, struct zkroll_bytes *bytes)
{
    struct abi_in blocks;
    size_t n;
    if (!get_stored(args, &c->last) || !get_array(args, STORED_WORDS, &blocks, &n)) return false;
    if (settles) {
        c->proofs = bytes;
        bytes += n;
        if (!get_bytes_array(args, STORED_WORDS + 1, c->proofs, n)) return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!get_new_block(&blocks, i, &c->blocks[i], &bytes)) return false;
    return true;
}

static bool writes_as(const struct zkroll_commit *c, const uint8_t *input, size_t len, uint8_t *scratch)
{
    struct abi_out o;
    abi_out_init(&o, scratch, len);
    if (c->proofs != NULL)
        zkroll_put_settle(&o, &c->last, c->blocks, c->proofs, c->n);
    else
        zkroll_put_commit(&o, &c->last, c->blocks, c->n);
    return abi_out_ok(&o) && o.len == len && memcmp(scratch, input, len) == 0;
}

zk_err zkroll_commit_decode(struct zkroll_commit *out, const uint8_t *input, size_t len)
{
    *out = (struct zkroll_commit){0};
    const bool settles = is_call(input, len, SETTLE);
    if (!settles && !is_call(input, len, COMMIT))
        return zk_fail(ZK_ERR_INPUT, "the transaction calls neither commitBlocks nor settleBlocks");
    const struct abi_in args = {input + SELECTOR, len - SELECTOR};
    struct abi_in blocks;
    size_t n, n_bytes = 0;
    if (!get_array(&args, STORED_WORDS, &blocks, &n)) return malformed();
    if (settles) n_bytes = n;
    if (!count_bytes(&blocks, n, len / WORD, &n_bytes)) return malformed();

    const size_t blocks_size = n * sizeof *out->blocks, bytes_size = n_bytes * sizeof *out->proofs;
    uint8_t *memory = calloc(1, blocks_size + bytes_size + len);
    if (memory == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a commit of %zu bytes", len);
    out->owned = memory;
    out->blocks = (struct zkroll_new_block *)(void *)memory;
    out->n = n;
    struct zkroll_bytes *bytes = (struct zkroll_bytes *)(void *)(memory + blocks_size);
    if (read_commit(out, &args, settles, bytes) && writes_as(out, input, len, memory + blocks_size + bytes_size))
        return ZK_OK;
    zkroll_commit_free(out);
    return malformed();
}

void zkroll_commit_free(struct zkroll_commit *c)
{
    free(c->owned);
    *c = (struct zkroll_commit){0};
}

/* ---- reading proofs */

static bool get_inputs(const struct abi_in *in, size_t word, struct zkroll_inputs *i)
{
    return get_u32(in, word, &i->key_id) && abi_get_word(in, word + 1, i->old_root) &&
           abi_get_word(in, word + 2, i->chain) && abi_get_word(in, word + 3, i->r) &&
           abi_get_word(in, word + 4, i->y_settlement) && abi_get_word(in, word + 5, i->y_delta);
}

static bool get_proof(const struct abi_in *members, size_t i, struct zkroll_proof *p)
{
    struct abi_in in;
    return abi_get_tuple(members, i, &in) && get_stored(&in, &p->stored) && get_inputs(&in, STORED_WORDS, &p->inputs) &&
           abi_get_bytes(&in, STORED_WORDS + INPUTS_WORDS, &p->proof.p, &p->proof.len);
}

static bool proves_as(const struct zkroll_proof *proofs, size_t n, const uint8_t *input, size_t len, uint8_t *scratch)
{
    struct abi_out o;
    abi_out_init(&o, scratch, len);
    zkroll_put_prove(&o, proofs, n);
    return abi_out_ok(&o) && o.len == len && memcmp(scratch, input, len) == 0;
}

zk_err zkroll_prove_decode(struct zkroll_proof **out, size_t *n, const uint8_t *input, size_t len)
{
    struct abi_in members;
    *out = NULL;
    *n = 0;
    if (!is_call(input, len, PROVE)) return zk_fail(ZK_ERR_INPUT, "the transaction does not call proveBlocks");
    const struct abi_in args = {input + SELECTOR, len - SELECTOR};
    size_t count;
    if (!get_array(&args, 0, &members, &count)) return malformed();
    struct zkroll_proof *proofs = calloc(count + 1, sizeof *proofs);
    uint8_t *scratch = malloc(len);
    zk_err err = proofs != NULL && scratch != NULL ? ZK_OK : zk_fail(ZK_ERR_MEMORY, "no memory for %zu proofs", count);
    if (err == ZK_OK) {
        assert(proofs != NULL && scratch != NULL);
        bool ok = true;
        for (size_t i = 0; i < count && ok; i++) ok = get_proof(&members, i, &proofs[i]);
        if (!ok || !proves_as(proofs, count, input, len, scratch)) err = malformed();
    }
    free(scratch);
    if (err != ZK_OK) {
        free(proofs);
        return err;
    }
    *out = proofs;
    *n = count;
    return ZK_OK;
}

/* ---- other calls */

size_t zkroll_exit_len(const struct zkroll_exit *e)
{
    return SELECTOR + (STORED_WORDS + 9 + 1 + e->path_len) * WORD;
}

/* The claim's own members, in a tuple that begins at `tuple`; its path is the tail. */
static void put_claim(struct abi_out *o, const struct zkroll_exit *e, size_t tuple)
{
    abi_put_address(o, e->owner);
    abi_put_u64(o, e->account_id);
    abi_put_u64(o, e->token_id);
    abi_put_u128(o, e->amount);
    abi_put_u64(o, e->creator_id);
    abi_put_address(o, e->creator);
    abi_put_u64(o, e->serial_id);
    abi_put_word(o, e->content_hash);
    abi_fill_slot(o, abi_put_slot(o), tuple);
    abi_put_u64(o, e->path_len);
    for (size_t i = 0; i < e->path_len; i++) abi_put_word(o, e->path[i]);
}

void zkroll_put_exit(struct abi_out *o, const struct zkroll_stored *last_executed, const struct zkroll_exit *e)
{
    abi_put_selector(o, EXIT);
    const size_t tuple = abi_begin(o);
    put_stored(o, last_executed);
    put_claim(o, e, tuple);
}

size_t zkroll_exits_len(const struct zkroll_exit *exits, size_t n)
{
    size_t len = SELECTOR + (STORED_WORDS + 2) * WORD;
    for (size_t i = 0; i < n; i++) len += (1 + 9 + 1 + exits[i].path_len) * WORD;
    return len;
}

void zkroll_put_exits(struct abi_out *o, const struct zkroll_stored *last_executed, const struct zkroll_exit *exits,
                      size_t n)
{
    abi_put_selector(o, EXITS);
    const size_t tuple = abi_begin(o);
    put_stored(o, last_executed);
    abi_fill_slot(o, abi_put_slot(o), tuple);
    abi_put_u64(o, n);
    const size_t list = abi_begin(o);
    const size_t slots = o->len;
    for (size_t i = 0; i < n; i++) (void)abi_put_slot(o);
    for (size_t i = 0; i < n; i++) {
        abi_fill_slot(o, slots + i * WORD, list);
        put_claim(o, &exits[i], abi_begin(o));
    }
}

size_t zkroll_cancel_deposits_len(const struct zkroll_bytes *deposits, size_t n)
{
    return SELECTOR + 2 * WORD + bytes_array_len(deposits, n);
}

void zkroll_put_cancel_deposits(struct abi_out *o, uint64_t n_requests, const struct zkroll_bytes *deposits, size_t n)
{
    abi_put_selector(o, "cancelOutstandingDepositsForExodusMode(uint64,bytes[])");
    const size_t tuple = abi_begin(o);
    abi_put_u64(o, n_requests);
    abi_fill_slot(o, abi_put_slot(o), tuple);
    put_bytes_array(o, deposits, n);
}

void zkroll_put_activate_exodus(struct abi_out *o)
{
    abi_put_selector(o, "activateExodusMode()");
}

void zkroll_put_withdraw_pending(struct abi_out *o, const uint8_t owner[20], const uint8_t token[20],
                                 const uint8_t amount[16])
{
    abi_put_selector(o, "withdrawPendingBalance(address,address,uint128)");
    abi_put_address(o, owner);
    abi_put_address(o, token);
    abi_put_u128(o, amount);
}

void zkroll_put_withdraw_pending_nft(struct abi_out *o, uint32_t token_id)
{
    abi_put_selector(o, "withdrawPendingNFTBalance(uint32)");
    abi_put_u64(o, token_id);
}

void zkroll_put_full_exit(struct abi_out *o, uint32_t account_id, const uint8_t token[20])
{
    abi_put_selector(o, "requestFullExit(uint32,address)");
    abi_put_u64(o, account_id);
    abi_put_address(o, token);
}

void zkroll_put_full_exit_nft(struct abi_out *o, uint32_t account_id, uint32_t token_id)
{
    abi_put_selector(o, "requestFullExitNFT(uint32,uint32)");
    abi_put_u64(o, account_id);
    abi_put_u64(o, token_id);
}

void zkroll_put_auth_fact(struct abi_out *o, const uint8_t pubkey_hash[20], uint32_t nonce)
{
    abi_put_selector(o, "setAuthPubkeyHash(bytes,uint32)");
    const size_t tuple = abi_begin(o);
    const size_t hash = abi_put_slot(o);
    abi_put_u64(o, nonce);
    abi_fill_slot(o, hash, tuple);
    abi_put_bytes(o, pubkey_hash, 20);
}

void zkroll_put_deposit_eth(struct abi_out *o, const uint8_t to[20])
{
    abi_put_selector(o, "depositETH(address)");
    abi_put_address(o, to);
}

void zkroll_put_deposit_erc20(struct abi_out *o, const uint8_t token[20], const uint8_t amount[16],
                              const uint8_t to[20])
{
    abi_put_selector(o, "depositERC20(address,uint104,address)");
    abi_put_address(o, token);
    abi_put_u128(o, amount);
    abi_put_address(o, to);
}
