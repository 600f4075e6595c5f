#include "node/submit_check.h"

#include "base/arena.h"
#include "base/log.h"
#include "rollup/block.h"
#include "rollup/eth_auth.h"

#include <stdio.h>
#include <stdlib.h>

/* Rows of the header's table; those of one transaction, and those of a batch. */
enum { ROW_FAST = 0, ROW_DISABLED = 1 };
enum { ONE_CLOSE = 2, ONE_TARGET, ONE_TOKEN, ONE_FEE, ONE_SENDER, ONE_CONSENT, ONE_STATELESS, ONE_ORDERS, ONE_POOL };
enum {
    BATCH_SHAPE = 1,
    BATCH_FEE_TOKEN,
    BATCH_FEE,
    BATCH_ORDERS,
    BATCH_TOKENS,
    BATCH_SENDERS,
    BATCH_PRESENT,
    BATCH_CONSENT,
    BATCH_STATELESS,
    BATCH_POOL
};
enum { TOGGLE_REQUEST = 0, TOGGLE_ACCOUNT, TOGGLE_CONSENT };

#define TOGGLE_WINDOW_MS (UINT64_C(40) * 60 * 1000)

/* ---- the job ---- */

struct submit_job *submit_job_create(struct submit_request *request, const struct toggle_2fa *toggle,
                                     submit_callback callback, void *ctx)
{
    size_t n = request == NULL ? 0 : request->n;
    struct submit_job *job = calloc(1, sizeof *job);
    if (job == NULL) return NULL;
    job->facts = calloc(n + 1, sizeof *job->facts);
    job->hashes = calloc(n + 1, sizeof *job->hashes);
    if (job->facts == NULL || job->hashes == NULL) {
        submit_job_destroy(job);
        return NULL;
    }
    job->request = request;
    if (request == NULL) job->toggle = *toggle;
    job->callback = callback;
    job->ctx = ctx;
    job->n = n;
    return job;
}

void submit_job_destroy(struct submit_job *job)
{
    if (job == NULL) return;
    submit_request_destroy(job->request);
    free(job->toggle.signature.eip1271);
    free(job->questions);
    free(job->facts);
    free(job->hashes);
    free(job);
}

void submit_fail(struct submit_job *job, unsigned row, submit_error error, const char *detail)
{
    if (job->error != SUBMIT_OK && job->row <= row) return;
    job->error = error;
    job->row = row;
    (void)snprintf(job->detail, sizeof job->detail, "%s", detail == NULL ? "" : detail);
}

bool submit_settled(const struct submit_job *job, unsigned row)
{
    return job->error != SUBMIT_OK && job->row < row;
}

static bool is_batch(const struct submit_job *job)
{
    return job->request != NULL && job->request->is_batch;
}

static void fail_store(struct submit_job *job, unsigned row)
{
    log_event(LOG_WARN, "submission_not_checked", LOG_STR("detail", zk_err_message()), LOG_END);
    submit_fail(job, row, SUBMIT_DATABASE, zk_err_message());
}

/* ---- what the store tells ---- */

/* The account of this id as it consents: an unknown one counts as a plain Ethereum account. */
static bool find_party(struct submit_job *job, unsigned row, struct submit_party *p, struct submit_view *view,
                       uint32_t id)
{
    if (store_account_head_by_id(view->store, &p->head, &p->found, id) != ZK_OK) {
        fail_store(job, row);
        return false;
    }
    p->type = p->found && p->head.type != STORE_TYPE_UNKNOWN ? p->head.type : STORE_TYPE_OWNED;
    if (p->found) p->address = p->head.address;
    return true;
}

/* Who has to consent to transaction i; of a forced exit, whose address only the state knows. */
static void find_sender(struct submit_job *job, unsigned row, size_t i, struct submit_view *view)
{
    struct submit_party *p = &job->facts[i].sender;
    const struct tx *tx = &job->request->txs[i].tx;
    if (!find_party(job, row, p, view, tx_account_id(tx))) return;
    if (!tx_sender(&p->address, tx)) {
        if (p->found)
            p->address = p->head.address;
        else
            submit_fail(job, row, SUBMIT_DATABASE, "no account has the initiator's id");
    }
}

/* The owners of a swap's orders, and that the signatures came in the form that has room for theirs. */
static void find_orders(struct submit_job *job, unsigned row, size_t i, struct submit_view *view)
{
    const struct submit_tx *t = &job->request->txs[i];
    if (t->tx.type != TX_SWAP) return;
    if (!t->is_array) {
        submit_fail(job, row, SUBMIT_MISSING_SIGNATURE, NULL);
        return;
    }
    for (int o = 0; o < 2; o++) {
        struct submit_party *p = &job->facts[i].orders[o];
        if (!find_party(job, row, p, view, t->tx.swap.orders[o].account_id)) return;
        if (!p->found) submit_fail(job, row, SUBMIT_DATABASE, "no account has the id of an order");
    }
}

/* The token that must be known: an NFT is from its verified mint on. */
static uint32_t token_of(const struct tx *tx)
{
    switch (tx->type) {
    case TX_TRANSFER: return tx->transfer.token;
    case TX_WITHDRAW: return tx->withdraw.token;
    case TX_FORCED_EXIT: return tx->forced_exit.token;
    default: return tx_fee_token(tx);
    }
}

static bool label_known(const struct token_labels *labels, uint32_t token)
{
    return token < labels->n && labels->of[token].symbol[0] != 0;
}

static void check_token(struct submit_job *job, unsigned row, size_t i, struct submit_view *view)
{
    uint32_t token = token_of(&job->request->txs[i].tx);
    struct store_nft nft;
    bool found = label_known(&view->labels, token);
    if (token_is_nft(token) && store_nft_get(view->store, &nft, &found, token, STORE_VERIFIED) != ZK_OK) {
        fail_store(job, row);
        return;
    }
    if (!found) submit_fail(job, row, SUBMIT_UNKNOWN_TOKEN, NULL);
}

static void check_target(struct submit_job *job, unsigned row, struct submit_view *view)
{
    const struct tx *tx = &job->request->txs[0].tx;
    struct store_account_head head;
    bool found;
    char hours[16];
    if (tx->type != TX_FORCED_EXIT) return;
    if (store_account_head_by_address(view->store, &head, &found, &tx->forced_exit.target) != ZK_OK) {
        fail_store(job, row);
        return;
    }
    uint32_t min_age_s = view->rules->forced_exit_min_age_s;
    (void)snprintf(hours, sizeof hours, "%u", min_age_s / 3600);
    if (!found)
        submit_fail(job, row, SUBMIT_NO_TARGET, NULL);
    else if (view->now_us - head.created_at < (int64_t)min_age_s * 1000000)
        submit_fail(job, row, SUBMIT_TARGET_YOUNG, hours);
}

/* ---- fees ---- */

static fee_type change_pubkey_fee(const struct tx_change_pubkey *t)
{
    switch (t->auth.kind) {
    case CHANGE_PUBKEY_ONCHAIN: return FEE_CHANGE_PUBKEY_ONCHAIN;
    case CHANGE_PUBKEY_ECDSA: return FEE_CHANGE_PUBKEY_ECDSA;
    case CHANGE_PUBKEY_CREATE2: return FEE_CHANGE_PUBKEY_CREATE2;
    case CHANGE_PUBKEY_LEGACY: return FEE_CHANGE_PUBKEY_LEGACY;
    case CHANGE_PUBKEY_EIP712: return FEE_CHANGE_PUBKEY_EIP712;
    }
    return FEE_CHANGE_PUBKEY_ONCHAIN;
}

/* A transfer to an address without account pays for creating it. */
static bool transfer_fee(fee_type *type, struct submit_job *job, unsigned row, const struct tx_transfer *t,
                         struct submit_view *view)
{
    bool found = eth_address_eq(&t->to, &t->from);
    if (!found && store_account_exists(view->store, &found, &t->to) != ZK_OK) {
        fail_store(job, row);
        return false;
    }
    *type = found ? FEE_TRANSFER : FEE_TRANSFER_TO_NEW;
    return true;
}

static bool fee_type_of(fee_type *type, struct submit_job *job, unsigned row, const struct tx *tx,
                        struct submit_view *view)
{
    *type = FEE_TRANSFER;
    switch (tx->type) {
    case TX_TRANSFER: return transfer_fee(type, job, row, &tx->transfer, view);
    case TX_WITHDRAW: *type = tx->withdraw.fast ? FEE_FAST_WITHDRAW : FEE_WITHDRAW; break;
    case TX_WITHDRAW_NFT: *type = tx->withdraw_nft.fast ? FEE_FAST_WITHDRAW_NFT : FEE_WITHDRAW_NFT; break;
    case TX_FORCED_EXIT: *type = FEE_FORCED_EXIT; break;
    case TX_CHANGE_PUBKEY: *type = change_pubkey_fee(&tx->change_pubkey); break;
    case TX_MINT_NFT: *type = FEE_MINT_NFT; break;
    case TX_SWAP: *type = FEE_SWAP; break;
    }
    return true;
}

static bool is_fee_free(const struct submit_rules *rules, uint32_t id)
{
    for (size_t i = 0; i < rules->n_fee_free_ids; i++)
        if (rules->fee_free_ids[i] == id) return true;
    return false;
}

static void check_fee(struct submit_job *job, struct submit_view *view)
{
    const struct tx *tx = &job->request->txs[0].tx;
    fee_type type;
    if (is_fee_free(view->rules, tx_account_id(tx))) return;
    if (!fee_type_of(&type, job, ONE_FEE, tx, view)) return;
    fee_verdict verdict = fee_check(view->market, (uint64_t)view->now_us, type, tx_fee_token(tx), tx_fee(tx));
    if (verdict == FEE_BAD_TOKEN) submit_fail(job, ONE_FEE, SUBMIT_FEE_TOKEN, NULL);
    if (verdict != FEE_TOO_LOW) return;
    if (tx->type == TX_CHANGE_PUBKEY && !view->rules->enforce_pubkey_change_fee) return;
    submit_fail(job, ONE_FEE, SUBMIT_FEE_TOO_LOW, NULL);
}

static void check_batch_fees(struct submit_job *job, struct submit_view *view)
{
    fee_type types[SUBMIT_BATCH_MAX];
    struct fee_offer offers[SUBMIT_BATCH_MAX];
    for (size_t i = 0; i < job->n; i++) {
        const struct tx *tx = &job->request->txs[i].tx;
        if (!fee_type_of(&types[i], job, BATCH_FEE, tx, view)) return;
        offers[i] = (struct fee_offer){tx_fee_token(tx), tx_fee(tx)};
    }
    switch (fee_check_batch(view->market, (uint64_t)view->now_us, types, offers, job->n)) {
    case FEE_ENOUGH: break;
    case FEE_TOO_LOW: submit_fail(job, BATCH_FEE, SUBMIT_BATCH_FEE_TOO_LOW, NULL); break;
    case FEE_BAD_TOKEN: submit_fail(job, BATCH_FEE_TOKEN, SUBMIT_FEE_TOKEN, NULL); break;
    }
}

/* ---- one transaction ---- */

static bool *fast_of(struct tx *tx)
{
    if (tx->type == TX_WITHDRAW) return &tx->withdraw.fast;
    if (tx->type == TX_WITHDRAW_NFT) return &tx->withdraw_nft.fast;
    return NULL;
}

/* Over JSON-RPC the wish stands beside the transaction; a second look-up of the same job finds it inside already. */
static void check_fast(struct submit_job *job)
{
    struct submit_request *r = job->request;
    struct tx *tx = &r->txs[0].tx;
    if (r->flavour != SUBMIT_RPC) return;
    bool close = r->txs[0].close;
    bool *fast = close ? NULL : fast_of(tx);
    if (r->fast && fast == NULL && (close || tx->type != TX_FORCED_EXIT)) {
        submit_fail(job, ROW_FAST, SUBMIT_FAST_NOT_ALLOWED, NULL);
        return;
    }
    if (fast == NULL) return;
    if (*fast && tx->type == TX_WITHDRAW) {
        submit_fail(job, ROW_FAST, SUBMIT_FAST_SET, NULL);
        return;
    }
    *fast = *fast || r->fast;
    r->flavour = SUBMIT_REST;
}

static void check_account(struct submit_job *job, unsigned row, size_t i)
{
    const struct submit_party *p = &job->facts[i].sender;
    /* Executed they could only fail, free for who sends them, and kept for all. An account's id is known to nobody
     * before the account is there, and its address never changes; its key may be about to. */
    if (!p->found)
        submit_fail(job, row, SUBMIT_INCORRECT, fail_reason_str(FAIL_ACCOUNT_NOT_FOUND));
    else if (!eth_address_eq(&p->head.address, &p->address))
        submit_fail(job, row, SUBMIT_INCORRECT, fail_reason_str(FAIL_TRANSFER_BAD_ID));
    else if (tx_nonce(&job->request->txs[i].tx) < p->head.nonce)
        submit_fail(job, row, SUBMIT_NONCE_TOO_LOW, NULL);
}

static void check_time(struct submit_job *job, unsigned row, size_t i, const struct submit_view *view)
{
    const struct tx *tx = &job->request->txs[i].tx;
    bool onchain = tx->type == TX_CHANGE_PUBKEY && tx->change_pubkey.auth.kind == CHANGE_PUBKEY_ONCHAIN;
    uint64_t now_s = (uint64_t)view->now_us / 1000000;
    if (tx_valid(tx).from > now_s + (onchain ? SUBMIT_ONCHAIN_AHEAD_S : SUBMIT_AHEAD_S))
        submit_fail(job, row, SUBMIT_INCORRECT, tx_verdict_str(TX_BAD_TIME));
}

static void look_up_one(struct submit_job *job, struct submit_view *view)
{
    struct submit_tx *t = &job->request->txs[0];
    check_fast(job);
    if (view->rules->disabled) submit_fail(job, ROW_DISABLED, SUBMIT_DISABLED, NULL);
    if (t->close) submit_fail(job, ONE_CLOSE, SUBMIT_CLOSE, NULL);
    /* There is no transaction to judge if one of its numbers is more than it can hold. */
    if (t->verdict != TX_VALID) submit_fail(job, ONE_CLOSE, SUBMIT_INCORRECT, tx_verdict_str(t->verdict));
    if (job->error != SUBMIT_OK) return;
    check_target(job, ONE_TARGET, view);
    check_token(job, ONE_TOKEN, 0, view);
    if (submit_settled(job, ONE_FEE)) return;
    check_fee(job, view);
    if (submit_settled(job, ONE_SENDER)) return;
    find_sender(job, ONE_SENDER, 0, view);
    find_orders(job, ONE_ORDERS, 0, view);
    check_time(job, ONE_STATELESS, 0, view);
    check_account(job, ONE_POOL, 0);
}

/* ---- a batch ---- */

static bool any_close(const struct submit_request *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->txs[i].close) return true;
    return false;
}

static void check_shape(struct submit_job *job, const struct submit_rules *rules)
{
    const struct submit_request *r = job->request;
    submit_error error = SUBMIT_OK;
    if (rules->disabled)
        error = SUBMIT_DISABLED;
    else if (r->n_given == 0)
        error = SUBMIT_BATCH_EMPTY;
    else if (r->n_given > SUBMIT_BATCH_MAX)
        error = SUBMIT_BATCH_TOO_BIG;
    else if (r->n_signatures_given > SUBMIT_SIGNATURES_MAX)
        error = SUBMIT_TOO_MANY_SIGNATURES;
    else if (any_close(r))
        error = SUBMIT_CLOSE;
    if (error != SUBMIT_OK) submit_fail(job, BATCH_SHAPE, error, NULL);
}

/* A key change by CREATE2 makes its account one for the rest of the batch, as its execution will. */
static void apply_create2(struct submit_job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        const struct tx *tx = &job->request->txs[i].tx;
        if (tx->type != TX_CHANGE_PUBKEY || tx->change_pubkey.auth.kind != CHANGE_PUBKEY_CREATE2) continue;
        for (size_t j = i + 1; j < job->n; j++)
            if (tx_account_id(&job->request->txs[j].tx) == tx_account_id(tx))
                job->facts[j].sender.type = STORE_TYPE_CREATE2;
    }
}

/* The operation that a transaction becomes, in the form that takes the least. */
static op_kind kind_of(const struct tx *tx)
{
    switch (tx->type) {
    case TX_TRANSFER: return token_is_nft(tx->transfer.token) ? OP_NFT_TRANSFER : OP_TRANSFER;
    case TX_WITHDRAW: return OP_WITHDRAW;
    case TX_CHANGE_PUBKEY: return OP_CHANGE_PUBKEY;
    case TX_FORCED_EXIT: return OP_FORCED_EXIT;
    case TX_MINT_NFT: return OP_MINT_NFT;
    case TX_WITHDRAW_NFT: return OP_WITHDRAW_NFT;
    case TX_SWAP: break;
    }
    const struct order *orders = tx->swap.orders;
    return token_is_nft(orders[0].token_sell) || token_is_nft(orders[1].token_sell) ? OP_SWAP_NFT : OP_SWAP;
}

/* The least that the batch takes in a block of its own, with one slot that collects fees. The sequencer judges again,
 * exactly: this spares users the waiting, and everybody else a pool full of what can never be executed. */
static void check_size(struct submit_job *job, const struct submit_rules *rules)
{
    struct block_config largest = block_config_default();
    unsigned slots = 0;
    uint64_t gas = largest.costs.base_gas, settlement_gas = 0;
    size_t bytes = largest.costs.base_bytes;
    for (size_t i = 0; i < job->n; i++) {
        op_kind kind = kind_of(&job->request->txs[i].tx);
        unsigned words = op_settlement_words(kind) + op_delta_words(kind);
        slots += op_slots(kind);
        bytes += (size_t)words * WORD_BYTES + largest.costs.op_bytes[kind];
        gas += words * largest.costs.word_gas + largest.costs.op_gas[kind];
        if (op_is_settlement(kind)) settlement_gas += largest.costs.op_gas[kind];
    }
    if (slots + 1 > rules->block_slots || bytes > largest.calldata_bytes)
        submit_fail(job, BATCH_POOL, SUBMIT_BATCH_TOO_BIG, NULL);
    else if (gas > largest.gas)
        submit_fail(job, BATCH_POOL, settlement_gas > 0 ? SUBMIT_BATCH_WITHDRAWALS : SUBMIT_BATCH_TOO_BIG, NULL);
}

static void look_up_batch(struct submit_job *job, struct submit_view *view)
{
    const struct submit_request *r = job->request;
    check_shape(job, view->rules);
    if (job->error != SUBMIT_OK) return;
    for (size_t i = 0; i < job->n; i++)
        if (r->txs[i].verdict != TX_VALID)
            submit_fail(job, BATCH_SHAPE, SUBMIT_INCORRECT, tx_verdict_str(r->txs[i].verdict));
    if (job->error != SUBMIT_OK) return;
    check_batch_fees(job, view);
    if (job->error != SUBMIT_OK) return;
    for (size_t i = 0; i < job->n; i++) find_orders(job, BATCH_ORDERS, i, view);
    for (size_t i = 0; i < job->n; i++) check_token(job, BATCH_TOKENS, i, view);
    for (size_t i = 0; i < job->n; i++) find_sender(job, BATCH_SENDERS, i, view);
    apply_create2(job);
    for (size_t i = 0; i < job->n; i++) {
        if (r->n_signatures_given > 0 && job->facts[i].sender.type == STORE_TYPE_CREATE2)
            submit_fail(job, BATCH_SENDERS, SUBMIT_CREATE2_SIGNATURE, NULL);
        check_time(job, BATCH_STATELESS, i, view);
        check_account(job, BATCH_POOL, i);
    }
    check_size(job, view->rules);
}

/* ---- two-factor authentication ---- */

static void look_up_toggle(struct submit_job *job, struct submit_view *view)
{
    const struct toggle_2fa *t = &job->toggle;
    uint64_t now_ms = (uint64_t)view->now_us / 1000;
    uint64_t off = t->timestamp_ms > now_ms ? t->timestamp_ms - now_ms : now_ms - t->timestamp_ms;
    if (!find_party(job, TOGGLE_REQUEST, &job->toggler, view, t->account_id)) return;
    if (job->toggler.type == STORE_TYPE_CREATE2)
        submit_fail(job, TOGGLE_REQUEST, SUBMIT_TOGGLE_CREATE2, NULL);
    else if (t->enable && t->has_key)
        submit_fail(job, TOGGLE_REQUEST, SUBMIT_TOGGLE_KEY_GIVEN, NULL);
    else if (off > TOGGLE_WINDOW_MS)
        submit_fail(job, TOGGLE_REQUEST, SUBMIT_TOGGLE_TIMESTAMP, NULL);
    else if (!job->toggler.found)
        submit_fail(job, TOGGLE_ACCOUNT, SUBMIT_DATABASE, "no such account");
}

void submit_look_up(struct submit_job *job, struct submit_view *view)
{
    job->error = SUBMIT_OK;
    job->asking = false;
    memset(job->facts, 0, (job->n + 1) * sizeof *job->facts);
    if (job->request == NULL)
        look_up_toggle(job, view);
    else if (is_batch(job))
        look_up_batch(job, view);
    else
        look_up_one(job, view);
}

/* ---- L2 keys ---- */

static size_t key_count(const struct tx *tx)
{
    return tx->type == TX_SWAP ? TX_SIGNATURES_MAX : 1;
}

/* Of the transaction itself, then of its orders. */
static const uint8_t *key_at(const struct tx *tx, size_t k)
{
    return k == 0 ? tx->signature.pubkey : tx->swap.orders[k - 1].signature.pubkey;
}

/* Whose keys are of interest: rows before the signatures have settled the others. */
static bool wants_keys(const struct submit_job *job)
{
    return job->request != NULL && (job->error == SUBMIT_OK || job->row > ONE_SENDER);
}

zk_err submit_keys(struct submit_job **jobs, size_t n, struct submit_view *view, struct pool *pool)
{
    size_t total = 0, unknown = 0;
    for (size_t j = 0; j < n; j++) total += TX_SIGNATURES_MAX * jobs[j]->n;
    if (total == 0) return ZK_OK;
    struct sig_key_info **places = malloc(total * sizeof(struct sig_key_info *));
    uint8_t(*keys)[SIG_KEY_BYTES] = malloc(total * sizeof *keys);
    struct sig_key_info *infos = malloc(total * sizeof *infos);
    zk_err err = ZK_OK;
    if (places == NULL || keys == NULL || infos == NULL) {
        err = zk_fail(ZK_ERR_MEMORY, "no memory for the keys of %zu transactions", total);
        goto out;
    }
    for (size_t j = 0; j < n; j++) {
        if (!wants_keys(jobs[j])) continue;
        for (size_t i = 0; i < jobs[j]->n; i++) {
            struct submit_facts *facts = &jobs[j]->facts[i];
            const struct tx *tx = &jobs[j]->request->txs[i].tx;
            facts->n_keys = key_count(tx);
            for (size_t k = 0; k < facts->n_keys; k++) {
                if (key_cache_find(&facts->keys[k], view->keys, key_at(tx, k))) continue;
                memcpy(keys[unknown], key_at(tx, k), SIG_KEY_BYTES);
                places[unknown++] = &facts->keys[k];
            }
        }
    }
    sig_key_info_many(infos, (const uint8_t(*)[SIG_KEY_BYTES])keys, unknown, pool);
    for (size_t i = 0; i < unknown; i++) *places[i] = infos[i];
out:
    free(places);
    free(keys);
    free(infos);
    return err;
}

/* ---- Ethereum signatures ---- */

/* The answer to a question, if it was asked before; else it is added to the questions, and unanswered. */
static l1_answer ask(struct submit_job *job, unsigned row, const struct l1_question *q)
{
    for (size_t i = 0; i < job->n_questions; i++) {
        const struct l1_question *old = &job->questions[i];
        if (old->kind != q->kind || old->nonce != q->nonce || old->sig != q->sig) continue;
        if (!eth_address_eq(&old->account, &q->account) || !hash32_eq(&old->digest, &q->digest)) continue;
        return old->answer;
    }
    if (job->questions == NULL) job->questions = malloc(SUBMIT_QUESTIONS_MAX * sizeof *q);
    if (job->questions == NULL || job->n_questions == SUBMIT_QUESTIONS_MAX) {
        submit_fail(job, row, SUBMIT_TOO_MANY_SIGNATURES, NULL);
        return L1_NO;
    }
    job->questions[job->n_questions++] = *q;
    job->asking = true;
    return L1_UNASKED;
}

/* True if the contract at this address accepts one of the digests, or has not been asked yet. */
static bool contract_consents(struct submit_job *job, unsigned row, const struct eth_consent *c,
                              const eth_address *address, const struct submit_signature *sig)
{
    for (size_t i = 0; i < c->n; i++) {
        struct l1_question q = {.kind = L1_ASK_SIGNATURE,
                                .account = *address,
                                .digest = c->digests[i],
                                .sig = sig->eip1271,
                                .sig_len = sig->eip1271_len};
        l1_answer answer = ask(job, row, &q);
        if (answer == L1_SILENT) submit_fail(job, row, SUBMIT_L1, "L1 does not answer");
        if (answer != L1_NO) return true;
    }
    return false;
}

static bool signature_holds(struct submit_job *job, unsigned row, const struct eth_consent *c,
                            const eth_address *address, const struct submit_signature *sig)
{
    if (sig->kind == SUBMIT_SIGNATURE_EIP1271) return contract_consents(job, row, c, address, sig);
    return eth_consent_given(c, address, sig->ethereum);
}

/* What the text of a transaction or an order could not be made of. */
static void fail_text(struct submit_job *job, unsigned row, zk_err err)
{
    if (err == ZK_ERR_RANGE)
        submit_fail(job, row, SUBMIT_UNKNOWN_TOKEN, NULL);
    else
        submit_fail(job, row, SUBMIT_INTERNAL, zk_err_message());
}

static void verify_signature(struct submit_job *job, unsigned row, const struct eth_consent *c, zk_err err,
                             const eth_address *address, const struct submit_signature *sig)
{
    if (err != ZK_OK)
        fail_text(job, row, err);
    else if (!signature_holds(job, row, c, address, sig))
        submit_fail(job, row, SUBMIT_BAD_ETH_SIGNATURE, NULL);
}

/* Does this account's kind ask for a signature, given the L2 key that signed? */
static bool needs_signature(const struct submit_party *p, const struct sig_key_info *key)
{
    switch (p->type) {
    case STORE_TYPE_UNKNOWN:
    case STORE_TYPE_OWNED: return true;
    case STORE_TYPE_CREATE2:
    case STORE_TYPE_NO2FA: return false;
    case STORE_TYPE_NO2FA_KEY: return !pubkey_hash_eq(&p->head.type_hash, &key->hash);
    }
    return true;
}

static void consent_to_order(struct submit_job *job, unsigned row, size_t i, int o, const struct submit_view *view)
{
    const struct submit_tx *t = &job->request->txs[i];
    const struct submit_signature *sig = &t->signatures[1 + o];
    const struct submit_party *p = &job->facts[i].orders[o];
    struct eth_consent c;
    if (p->type == STORE_TYPE_CREATE2 && sig->kind != SUBMIT_SIGNATURE_NONE)
        submit_fail(job, row, SUBMIT_CREATE2_SIGNATURE, NULL);
    if (!needs_signature(p, &job->facts[i].keys[1 + o])) return;
    if (sig->kind == SUBMIT_SIGNATURE_NONE) {
        submit_fail(job, row, SUBMIT_MISSING_SIGNATURE, NULL);
        return;
    }
    zk_err err = eth_consent_order(&c, &t->tx.swap.orders[o], &view->labels);
    verify_signature(job, row, &c, err, &p->address, sig);
}

static void consent_to_orders(struct submit_job *job, unsigned row, size_t i, const struct submit_view *view)
{
    if (job->request->txs[i].tx.type != TX_SWAP || submit_settled(job, row)) return;
    if (job->error != SUBMIT_OK && job->row == row)
        return; /* an owner is unknown, or there is no room for signatures */
    for (int o = 0; o < 2; o++) consent_to_order(job, row, i, o, view);
}

/* Of the five ways to authorize a key, this is the one that only L1 can tell. */
static void check_known_on_chain(struct submit_job *job, unsigned row, size_t i)
{
    const struct tx_change_pubkey *t = &job->request->txs[i].tx.change_pubkey;
    if (t->auth.kind != CHANGE_PUBKEY_ONCHAIN) return;
    struct l1_question q = {.kind = L1_ASK_KEY, .account = t->account, .nonce = t->nonce};
    change_pubkey_auth_fact(&q.digest, &t->new_pubkey_hash);
    switch (ask(job, row, &q)) {
    case L1_UNASKED: break;
    case L1_YES: job->facts[i].known_on_chain = true; break;
    case L1_NO: submit_fail(job, row, SUBMIT_NOT_AUTHORIZED, NULL); break;
    case L1_SILENT: submit_fail(job, row, SUBMIT_L1, "L1 does not answer"); break;
    }
}

static void consent_to_one(struct submit_job *job, const struct submit_view *view)
{
    const struct submit_tx *t = &job->request->txs[0];
    const struct submit_party *p = &job->facts[0].sender;
    const struct submit_signature *sig = &t->signatures[0];
    struct eth_consent c;
    if (t->tx.type == TX_CHANGE_PUBKEY) {
        check_known_on_chain(job, ONE_CONSENT, 0);
    } else if (p->type == STORE_TYPE_CREATE2 && sig->kind != SUBMIT_SIGNATURE_NONE) {
        submit_fail(job, ONE_CONSENT, SUBMIT_CREATE2_SIGNATURE, NULL);
    } else if (needs_signature(p, &job->facts[0].keys[0])) {
        if (sig->kind == SUBMIT_SIGNATURE_NONE) {
            submit_fail(job, ONE_CONSENT, SUBMIT_MISSING_SIGNATURE, NULL);
        } else {
            zk_err err = eth_consent_tx(&c, &t->tx, &view->labels);
            verify_signature(job, ONE_CONSENT, &c, err, &p->address, sig);
        }
    }
    consent_to_orders(job, ONE_ORDERS, 0, view);
}

/* ---- Ethereum signatures of a batch ---- */

/* Is a signature there wherever one is needed, and absent where it must not be? */
static void check_present(struct submit_job *job, size_t i)
{
    const struct submit_request *r = job->request;
    const struct submit_party *p = &job->facts[i].sender;
    bool own = r->txs[i].signatures[0].kind != SUBMIT_SIGNATURE_NONE;
    if (r->txs[i].tx.type == TX_CHANGE_PUBKEY) return;
    if (p->type == STORE_TYPE_CREATE2) {
        if (own) submit_fail(job, BATCH_PRESENT, SUBMIT_CREATE2_SIGNATURE, NULL);
    } else if (!own && r->n_signatures_given == 0 && needs_signature(p, &job->facts[i].keys[0])) {
        submit_fail(job, BATCH_PRESENT, SUBMIT_MISSING_SIGNATURE, NULL);
    }
}

static void check_own_signature(struct submit_job *job, size_t i, const struct submit_view *view)
{
    const struct submit_tx *t = &job->request->txs[i];
    struct eth_consent c;
    if (t->tx.type == TX_CHANGE_PUBKEY) {
        check_known_on_chain(job, BATCH_CONSENT, i);
        return;
    }
    if (t->signatures[0].kind == SUBMIT_SIGNATURE_NONE) return;
    zk_err err = eth_consent_tx(&c, &t->tx, &view->labels);
    verify_signature(job, BATCH_CONSENT, &c, err, &job->facts[i].sender.address, &t->signatures[0]);
}

/* Who signed the batch with an Ethereum key of their own. */
struct batch_signers {
    eth_address of[SUBMIT_SIGNATURES_MAX * CONSENT_DIGESTS_MAX];
    size_t n;
};

static void find_batch_signers(struct batch_signers *s, const struct submit_request *r, const struct eth_consent *c)
{
    s->n = 0;
    for (size_t k = 0; k < r->n_signatures_given; k++) {
        if (r->signatures[k].kind != SUBMIT_SIGNATURE_ETHEREUM) continue;
        eth_consent_signers(&s->of[s->n], c, r->signatures[k].ethereum);
        s->n += CONSENT_DIGESTS_MAX;
    }
}

static bool sender_signed_batch(struct submit_job *job, const struct batch_signers *s, const struct eth_consent *c,
                                const eth_address *sender)
{
    const struct submit_request *r = job->request;
    for (size_t k = 0; k < s->n; k++)
        if (eth_address_eq(&s->of[k], sender) && !eth_address_is_zero(sender)) return true;
    for (size_t k = 0; k < r->n_signatures_given; k++)
        if (r->signatures[k].kind == SUBMIT_SIGNATURE_EIP1271 &&
            contract_consents(job, BATCH_CONSENT, c, sender, &r->signatures[k]))
            return true;
    return false;
}

static bool seen_before(const eth_address *senders, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (eth_address_eq(&senders[k], &senders[i])) return true;
    return false;
}

static void check_batch_signatures(struct submit_job *job, const struct submit_view *view)
{
    const struct submit_request *r = job->request;
    struct eth_consent c;
    struct batch_signers signers;
    if (r->n_signatures_given == 0) return;
    assert(job->n > 0); /* an empty batch was refused by its shape */
    struct tx *txs = calloc(job->n, sizeof *txs);
    eth_address *senders = calloc(job->n, sizeof *senders);
    if (txs == NULL || senders == NULL) {
        fail_text(job, BATCH_CONSENT, zk_fail(ZK_ERR_MEMORY, "no memory for a batch"));
        goto out;
    }
    for (size_t i = 0; i < job->n; i++) {
        txs[i] = r->txs[i].tx;
        senders[i] = job->facts[i].sender.address;
    }
    zk_err err = eth_consent_batch(&c, txs, senders, job->n, &view->labels);
    if (err != ZK_OK) {
        fail_text(job, BATCH_CONSENT, err);
        goto out;
    }
    find_batch_signers(&signers, r, &c);
    for (size_t i = 0; i < job->n; i++)
        if (!seen_before(senders, i) && !sender_signed_batch(job, &signers, &c, &senders[i]))
            submit_fail(job, BATCH_CONSENT, SUBMIT_BAD_ETH_SIGNATURE, NULL);
out:
    free(txs);
    free(senders);
}

static void consent_to_batch(struct submit_job *job, const struct submit_view *view)
{
    for (size_t i = 0; i < job->n; i++) consent_to_orders(job, BATCH_ORDERS, i, view);
    if (submit_settled(job, BATCH_PRESENT)) return;
    for (size_t i = 0; i < job->n; i++) check_present(job, i);
    if (submit_settled(job, BATCH_CONSENT)) return;
    check_batch_signatures(job, view);
    for (size_t i = 0; i < job->n; i++) check_own_signature(job, i, view);
}

static void consent_to_toggle(struct submit_job *job)
{
    const struct toggle_2fa *t = &job->toggle;
    struct eth_consent c;
    zk_err err = eth_consent_toggle(&c, t->enable, t->timestamp_ms, t->has_key ? &t->key : NULL);
    if (t->signature.kind == SUBMIT_SIGNATURE_NONE) {
        submit_fail(job, TOGGLE_CONSENT, SUBMIT_BAD_ETH_SIGNATURE, NULL);
        return;
    }
    verify_signature(job, TOGGLE_CONSENT, &c, err, &job->toggler.address, &t->signature);
}

void submit_consent(struct submit_job *job, const struct submit_view *view)
{
    if (job->request == NULL) {
        if (!submit_settled(job, TOGGLE_CONSENT)) consent_to_toggle(job);
    } else if (is_batch(job)) {
        if (!submit_settled(job, BATCH_ORDERS)) consent_to_batch(job, view);
    } else if (!submit_settled(job, ONE_CONSENT)) {
        consent_to_one(job, view);
    }
    /* What is wrong anyway needs no answer: a question costs the operator a call, and the user nothing. */
    if (job->error != SUBMIT_OK) job->asking = false;
}

/* ---- L2 signatures ---- */

static unsigned stateless_row(const struct submit_job *job)
{
    return is_batch(job) ? BATCH_STATELESS : ONE_STATELESS;
}

static bool wants_verification(const struct submit_job *job)
{
    return job->request != NULL && !submit_settled(job, stateless_row(job));
}

static void take_verdict(struct submit_job *job, size_t i, const struct tx_verify_item *item, struct key_cache *keys)
{
    struct submit_facts *facts = &job->facts[i];
    const struct tx *tx = &job->request->txs[i].tx;
    if (item->verdict != TX_VALID) {
        submit_fail(job, stateless_row(job), SUBMIT_INCORRECT, tx_verdict_str(item->verdict));
        return;
    }
    for (size_t k = 0; k < facts->n_keys; k++) key_cache_put(keys, key_at(tx, k), &facts->keys[k]);
    facts->tx.signers = item->signers;
    facts->tx.authorized =
        tx->type == TX_CHANGE_PUBKEY && (tx->change_pubkey.auth.kind != CHANGE_PUBKEY_ONCHAIN || facts->known_on_chain);
    zk_err err = tx_hash(&facts->hash, tx);
    assert(err == ZK_OK); /* within its limits a transaction can be encoded */
    job->hashes[i] = facts->hash;
}

zk_err submit_verify(struct submit_job **jobs, size_t n, struct submit_view *view, struct pool *pool,
                     struct arena *scratch)
{
    size_t mark = arena_mark(scratch), total = 0, at = 0;
    for (size_t j = 0; j < n; j++)
        if (wants_verification(jobs[j])) total += jobs[j]->n;
    if (total == 0) return ZK_OK;
    struct tx_verify_item *items = arena_push(scratch, struct tx_verify_item, total);
    if (items == NULL) return ZK_ERR_FULL;
    for (size_t j = 0; j < n; j++) {
        if (!wants_verification(jobs[j])) continue;
        for (size_t i = 0; i < jobs[j]->n; i++) {
            struct submit_facts *facts = &jobs[j]->facts[i];
            items[at] = (struct tx_verify_item){.tx = &jobs[j]->request->txs[i].tx};
            for (size_t k = 0; k < facts->n_keys; k++) items[at].keys[k] = &facts->keys[k];
            at++;
        }
    }
    zk_err err = tx_verify_many(items, total, view->rules->chain_id, pool, scratch);
    at = 0;
    for (size_t j = 0; j < n && err == ZK_OK; j++) {
        if (!wants_verification(jobs[j])) continue;
        size_t first = at;
        at += jobs[j]->n;
        for (size_t i = 0; i < jobs[j]->n; i++) take_verdict(jobs[j], i, &items[first + i], view->keys);
        if (jobs[j]->error != SUBMIT_OK) jobs[j]->asking = false;
    }
    arena_release(scratch, mark);
    return err;
}

/* ---- of those that passed ---- */

bool submit_is_stranger(const struct submit_job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        const struct submit_facts *f = &job->facts[i];
        const struct tx *tx = &job->request->txs[i].tx;
        if (tx->type != TX_CHANGE_PUBKEY && !pubkey_hash_eq(&f->sender.head.pubkey_hash, &f->tx.signers.tx))
            return true;
    }
    return false;
}

bool submit_waits_for_time(const struct submit_job *job, int64_t now_us)
{
    for (size_t i = 0; i < job->n; i++)
        if (tx_valid(&job->request->txs[i].tx).from > (uint64_t)now_us / 1000000 + SUBMIT_ONCHAIN_AHEAD_S) return true;
    return false;
}

const struct submit_signature *submit_signature_of(const struct submit_job *job, size_t i)
{
    return &job->request->txs[i].signatures[0];
}
