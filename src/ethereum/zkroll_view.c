#include "ethereum/zkroll_view.h"

#include "base/bytes.h"

#include <stdio.h>

#include <stdlib.h>

#define WORD          32
#define QUESTIONS_MAX 8
#define CALL_MAX      (4 + 2 * WORD)
#define ANSWER_MAX    (3 * WORD)
#define BLOCKS_BEHIND 3

/* A call of a view function, and its answer: so many whole words, no more and no less. */
struct question {
    const char *signature;
    uint8_t args[2][WORD];
    size_t n_args, n_words;
    uint8_t answer[ANSWER_MAX];
};

static struct question ask_0(const char *signature)
{
    return (struct question){.signature = signature, .n_words = 1};
}

static struct question ask_u64(const char *signature, uint64_t x)
{
    struct question q = {.signature = signature, .n_args = 1, .n_words = 1};
    store_be64(q.args[0] + WORD - 8, x);
    return q;
}

static struct question ask_address(const char *signature, const uint8_t address[20])
{
    struct question q = {.signature = signature, .n_args = 1, .n_words = 1};
    memcpy(q.args[0] + WORD - 20, address, 20);
    return q;
}

static struct question with_u64(struct question q, uint64_t x)
{
    store_be64(q.args[q.n_args++] + WORD - 8, x);
    return q;
}

static struct question with_address(struct question q, const uint8_t address[20])
{
    memcpy(q.args[q.n_args++] + WORD - 20, address, 20);
    return q;
}

static zk_err read_answer(struct question *q, const struct eth_bytes *bytes, bool reverted)
{
    char reason[ZKROLL_REVERT_MAX];
    if (reverted) {
        (void)zkroll_revert_text(reason, bytes->p, bytes->len);
        return zk_fail(ZK_ERR_INPUT, "the contract refuses %s: %s", q->signature, reason);
    }
    if (bytes->len != q->n_words * WORD)
        return zk_fail(ZK_ERR_INPUT, "%s is answered with %zu bytes; the contract would answer with %zu", q->signature,
                       bytes->len, q->n_words * WORD);
    memcpy(q->answer, bytes->p, bytes->len);
    return ZK_OK;
}

/* All as of one block, the newest that the node has the state of. An endpoint may stand for several nodes, of which the
 * one that answers the calls is behind the one that named the newest block: so a few blocks before are tried too. */
static zk_err call_latest(const struct zkroll_view *v, struct eth_bytes *answers, bool *reverted,
                          const struct eth_call *calls, size_t n, uint64_t *l1_block)
{
    struct eth_block head;
    char words[256];
    ZK_TRY(eth_rpc_block_tag(v->rpc, &head, "latest"));
    for (unsigned back = 0; back <= BLOCKS_BEHIND && back <= head.number; back++) {
        *l1_block = head.number - back;
        const zk_err err = eth_rpc_call_many(v->rpc, answers, reverted, calls, n, *l1_block);
        if (err != ZK_ERR_INPUT) return err;
    }
    (void)snprintf(words, sizeof words, "%s", zk_err_message());
    return zk_fail(ZK_ERR_IO, "%s", words); /* what the node does not know says nothing about the contract */
}

/* All as of one block. */
static zk_err ask(const struct zkroll_view *v, struct question *q, size_t n, uint64_t *l1_block)
{
    uint8_t data[QUESTIONS_MAX][CALL_MAX];
    struct eth_call calls[QUESTIONS_MAX] = {0};
    struct eth_bytes answers[QUESTIONS_MAX];
    bool reverted[QUESTIONS_MAX];
    uint64_t number;
    assert(n <= QUESTIONS_MAX);
    for (size_t i = 0; i < n; i++) {
        abi_selector(data[i], q[i].signature);
        memcpy(data[i] + 4, q[i].args, q[i].n_args * WORD);
        calls[i] = (struct eth_call){.to = v->address, .data = data[i], .data_len = 4 + q[i].n_args * WORD};
    }
    ZK_TRY(call_latest(v, answers, reverted, calls, n, &number));
    zk_err err = ZK_OK;
    for (size_t i = 0; i < n; i++) {
        if (err == ZK_OK) err = read_answer(&q[i], &answers[i], reverted[i]);
        eth_bytes_free(&answers[i]);
    }
    if (l1_block != NULL) *l1_block = number;
    return err;
}

static zk_err bad_value(const struct question *q)
{
    return zk_fail(ZK_ERR_INPUT, "the answer to %s is not of its type: another contract?", q->signature);
}

/* ---- answers of a type */

static struct abi_in words(const struct question *q)
{
    return (struct abi_in){q->answer, q->n_words * WORD};
}

static zk_err get_u64(uint64_t *out, const struct question *q)
{
    const struct abi_in in = words(q);
    return abi_get_u64(&in, 0, out) ? ZK_OK : bad_value(q);
}

static zk_err get_u32(uint32_t *out, const struct question *q)
{
    uint64_t x;
    ZK_TRY(get_u64(&x, q));
    if (x > UINT32_MAX) return bad_value(q);
    *out = (uint32_t)x;
    return ZK_OK;
}

static zk_err get_bool(bool *out, const struct question *q)
{
    const struct abi_in in = words(q);
    return abi_get_bool(&in, 0, out) ? ZK_OK : bad_value(q);
}

static zk_err get_address(uint8_t out[20], const struct question *q)
{
    const struct abi_in in = words(q);
    return abi_get_address(&in, 0, out) ? ZK_OK : bad_value(q);
}

/* ---- the main contract */

zk_err zkroll_view_progress(struct zkroll_progress *out, const struct zkroll_view *v)
{
    struct question q[] = {
        ask_0("totalBlocksCommitted()"),
        ask_0("totalBlocksProven()"),
        ask_0("totalBlocksExecuted()"),
        ask_0("firstPriorityRequestId()"),
        ask_0("totalOpenPriorityRequests()"),
        ask_0("totalCommittedPriorityRequests()"),
        ask_0("exodusMode()"),
    };
    memset(out, 0, sizeof *out);
    ZK_TRY(ask(v, q, ZK_COUNT(q), &out->l1_block));
    ZK_TRY(get_u32(&out->committed, &q[0]));
    ZK_TRY(get_u32(&out->proven, &q[1]));
    ZK_TRY(get_u32(&out->executed, &q[2]));
    ZK_TRY(get_u64(&out->first_request, &q[3]));
    ZK_TRY(get_u64(&out->open_requests, &q[4]));
    ZK_TRY(get_u64(&out->committed_requests, &q[5]));
    return get_bool(&out->exodus, &q[6]);
}

zk_err zkroll_view_settings(struct zkroll_settings *out, const struct zkroll_view *v)
{
    struct question q[] = {ask_0("governance()"), ask_0("priorityExpiration()"), ask_0("keyCount()")};
    memset(out, 0, sizeof *out);
    ZK_TRY(ask(v, q, ZK_COUNT(q), &out->l1_block));
    ZK_TRY(get_address(out->governance, &q[0]));
    ZK_TRY(get_u64(&out->priority_expiration, &q[1]));
    return get_u32(&out->key_count, &q[2]);
}

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0) return false;
    return true;
}

zk_err zkroll_view_verifier(struct zkroll_verifier *out, bool *found, const struct zkroll_view *v, uint32_t key_id)
{
    struct question which = ask_u64("verifiers(uint32)", key_id);
    struct question q[] = {ask_0("KEY_DIGEST()"), ask_0("CIRCUIT_HASH()"), ask_0("SRS_ID()"), ask_0("INSECURE_SRS()"),
                           ask_0("PROOF_LENGTH()")};
    memset(out, 0, sizeof *out);
    ZK_TRY(ask(v, &which, 1, NULL));
    ZK_TRY(get_address(out->address, &which));
    *found = !is_zero(out->address, 20);
    if (!*found) return ZK_OK;
    struct zkroll_view verifier = {.rpc = v->rpc};
    memcpy(verifier.address, out->address, 20);
    ZK_TRY(ask(&verifier, q, ZK_COUNT(q), NULL));
    memcpy(out->key_digest, q[0].answer, 32);
    memcpy(out->circuit_hash, q[1].answer, 32);
    memcpy(out->srs_id, q[2].answer, 32);
    ZK_TRY(get_bool(&out->insecure, &q[3]));
    return get_u64(&out->proof_len, &q[4]);
}

zk_err zkroll_view_stored_hash(uint8_t out[32], const struct zkroll_view *v, uint32_t block)
{
    struct question q = ask_u64("storedBlockHashes(uint32)", block);
    ZK_TRY(ask(v, &q, 1, NULL));
    memcpy(out, q.answer, 32);
    return ZK_OK;
}

zk_err zkroll_view_stored_hashes(uint8_t (*out)[32], const struct zkroll_view *v, const uint32_t *blocks, size_t n)
{
    uint64_t number;
    struct eth_call *calls = calloc(n + 1, sizeof *calls);
    struct eth_bytes *answers = calloc(n + 1, sizeof *answers);
    uint8_t(*data)[4 + WORD] = calloc(n + 1, sizeof *data);
    bool *reverted = calloc(n + 1, sizeof *reverted);
    zk_err err = ZK_ERR_MEMORY;
    if (calls == NULL || answers == NULL || data == NULL || reverted == NULL) {
        err = zk_fail(ZK_ERR_MEMORY, "no memory to ask for %zu blocks", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        abi_selector(data[i], "storedBlockHashes(uint32)");
        store_be32(data[i] + 4 + WORD - 4, blocks[i]);
        calls[i] = (struct eth_call){.to = v->address, .data = data[i], .data_len = sizeof data[i]};
    }
    err = call_latest(v, answers, reverted, calls, n, &number);
    for (size_t i = 0; i < n && answers[i].p != NULL; i++) {
        if (err == ZK_OK && (reverted[i] || answers[i].len != WORD))
            err = zk_fail(ZK_ERR_INPUT, "the answer to storedBlockHashes is not of its type: another contract?");
        if (err == ZK_OK) memcpy(out[i], answers[i].p, WORD);
        eth_bytes_free(&answers[i]);
    }
done:
    free(calls);
    free(answers);
    free(data);
    free(reverted);
    return err;
}

zk_err zkroll_view_request(struct zkroll_request *out, const struct zkroll_view *v, uint64_t serial_id)
{
    struct question q = ask_u64("priorityRequests(uint64)", serial_id);
    uint64_t op_type;
    q.n_words = 3;
    memset(out, 0, sizeof *out);
    ZK_TRY(ask(v, &q, 1, NULL));
    const struct abi_in in = words(&q);
    if (!abi_get_fixed_bytes(&in, 0, out->hash, 20) || !abi_get_u64(&in, 1, &out->deadline) ||
        !abi_get_u64(&in, 2, &op_type) || op_type > UINT8_MAX)
        return bad_value(&q);
    out->op_type = (unsigned)op_type;
    return ZK_OK;
}

zk_err zkroll_view_auth_fact(struct zkroll_auth_fact *out, const struct zkroll_view *v, const uint8_t owner[20],
                             uint32_t nonce)
{
    struct question q[] = {with_u64(ask_address("authFacts(address,uint32)", owner), nonce),
                           with_u64(ask_address("authFactsResetTimer(address,uint32)", owner), nonce)};
    memset(out, 0, sizeof *out);
    ZK_TRY(ask(v, q, ZK_COUNT(q), NULL));
    memcpy(out->fact, q[0].answer, 32);
    return get_u64(&out->reset_at, &q[1]);
}

zk_err zkroll_view_pending_balance(uint8_t amount[16], const struct zkroll_view *v, const uint8_t owner[20],
                                   const uint8_t token[20])
{
    struct question q = with_address(ask_address("getPendingBalance(address,address)", owner), token);
    ZK_TRY(ask(v, &q, 1, NULL));
    const struct abi_in in = words(&q);
    return abi_get_u128(&in, 0, amount) ? ZK_OK : bad_value(&q);
}

zk_err zkroll_view_pending_nft_owner(uint8_t owner[20], const struct zkroll_view *v, uint32_t token_id)
{
    struct question q = ask_u64("pendingNFTOwner(uint32)", token_id);
    ZK_TRY(ask(v, &q, 1, NULL));
    return get_address(owner, &q);
}

zk_err zkroll_view_exited(bool *exited, const struct zkroll_view *v, uint32_t account_id, uint32_t token_id)
{
    struct question q = with_u64(ask_u64("performedExodus(uint32,uint32)", account_id), token_id);
    ZK_TRY(ask(v, &q, 1, NULL));
    return get_bool(exited, &q);
}

/* ---- governance */

zk_err zkroll_view_total_tokens(uint32_t *out, const struct zkroll_view *v)
{
    struct question q = ask_0("totalTokens()");
    ZK_TRY(ask(v, &q, 1, NULL));
    return get_u32(out, &q);
}

zk_err zkroll_view_token_address(uint8_t out[20], const struct zkroll_view *v, uint32_t token_id)
{
    struct question q = ask_u64("tokenAddresses(uint16)", token_id);
    ZK_TRY(ask(v, &q, 1, NULL));
    return get_address(out, &q);
}

zk_err zkroll_view_token_id(uint32_t *out, const struct zkroll_view *v, const uint8_t token[20])
{
    struct question q = ask_address("tokenIds(address)", token);
    ZK_TRY(ask(v, &q, 1, NULL));
    return get_u32(out, &q);
}

zk_err zkroll_view_token_paused(bool *out, const struct zkroll_view *v, uint32_t token_id)
{
    struct question q = ask_u64("pausedTokens(uint16)", token_id);
    ZK_TRY(ask(v, &q, 1, NULL));
    return get_bool(out, &q);
}

zk_err zkroll_view_is_validator(bool *out, const struct zkroll_view *v, const uint8_t who[20])
{
    struct question q = ask_address("validators(address)", who);
    ZK_TRY(ask(v, &q, 1, NULL));
    return get_bool(out, &q);
}
