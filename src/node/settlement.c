#include "node/settlement.h"

#include "base/log.h"
#include "ethereum/eth_sender.h"
#include "ethereum/zkroll_view.h"
#include "node/metrics.h"
#include "node/refusals.h"
#include "node/settle_call.h"
#include "node/unwind.h"
#include "rollup/eth_auth.h"
#include "store/store_jobs.h"
#include "store/store_l1.h"

#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT_MAX   8
#define OPEN_MAX        64
#define BALANCE_LOOK_US INT64_C(60000000)
#define RETRY_LEAST_US  INT64_C(1000000)
/* Without confirmations, a receipt that comes later than the nonce it used, or a reorganization, looks like a foreign
 * transaction for a while. */
#define FOREIGN_US    INT64_C(15000000)
#define RETRY_MOST_US INT64_C(300000000)
#define WEI_ETHER     1e18
#define NO_DEADLINE_S 1e9 /* what is shown while no request waits: far away */
#define SMALLER_FOR   100 /* blocks that follow one that L1 refused are made smaller, too */

/* A transaction of ours that is not closed. */
struct sent {
    uint64_t id;
    unsigned actions; /* 0: a revert */
    uint32_t first, last;
    eth_submission_state seen; /* what was last said about it */
};

struct settlement {
    struct settlement_config config;
    struct rpc *rpc;
    const struct eth_key *key;
    struct store *store;
    struct events *events;
    struct eth_sender *sender;
    struct sent open[OPEN_MAX]; /* by rising id */
    size_t n_open;
    int64_t differs_since; /* when the contract began to say something else; 0: it does not */
    int64_t retry_at;      /* nothing is planned before */
    int64_t retry_us;
    struct refusals refusals;
    int64_t balance_at; /* when it was last asked for */
    int64_t good_at;    /* when the sender's last tick was not a failure; 0: never */
    struct metric *m_jobs[2], *m_oldest, *m_deadline, *m_balance, *m_gas, *m_sent, *m_failed, *m_settle_seconds,
        *m_heads[3];
};

static void raise(struct settlement *s, unsigned mask)
{
    if (s->events != NULL) events_raise(s->events, mask);
}

/* ---- the journal */

/* Ends a database transaction that was begun, the way its work went. */
static zk_err end_transaction(struct settlement *s, zk_err err)
{
    if (err == ZK_OK) return store_commit(s->store);
    store_rollback(s->store);
    return err;
}

static zk_err close_undone(struct settlement *s, uint64_t id)
{
    ZK_TRY(store_begin(s->store));
    zk_err err = store_blocks_unassign(s->store, id);
    if (err == ZK_OK) err = store_l1_tx_close(s->store, id);
    return end_transaction(s, err);
}

/* What the database has of transactions under way. One that was reserved but never became a submission is closed: it
 * cannot have been sent (E1). */
static zk_err load_open(struct settlement *s, struct eth_submission *saved, size_t *n_saved,
                        const struct store_l1_tx *txs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct store_l1_tx *t = &txs[i];
        if (t->submission.data == NULL) {
            ZK_TRY(close_undone(s, t->id));
            continue;
        }
        if (s->n_open == OPEN_MAX)
            return zk_fail(ZK_ERR_CORRUPT, "more than %d L1 transactions are under way", OPEN_MAX);
        s->open[s->n_open++] = (struct sent){t->id, t->actions, t->first_block, t->last_block, t->submission.state};
        saved[(*n_saved)++] = t->submission; /* borrowed: the sender copies */
    }
    return ZK_OK;
}

static zk_err open_sender(struct settlement *s)
{
    struct store_l1_tx *txs = NULL;
    size_t n = 0, n_saved = 0;
    ZK_TRY(store_l1_txs_open(s->store, &txs, &n));
    struct eth_submission *saved = calloc(n + 1, sizeof *saved);
    zk_err err =
        saved == NULL ? zk_fail(ZK_ERR_MEMORY, "no memory for the L1 journal") : load_open(s, saved, &n_saved, txs, n);
    const struct eth_sender_config config = {.rpc = s->rpc,
                                             .key = s->key,
                                             .chain_id = s->config.info.chain_id,
                                             .confirmations = s->config.confirmations,
                                             .stuck_ms = s->config.stuck_ms,
                                             .max_fee_cap = s->config.max_fee,
                                             .in_flight_max = IN_FLIGHT_MAX,
                                             .save = store_l1_tx_save,
                                             .save_ctx = s->store};
    if (err == ZK_OK) err = eth_sender_create(&s->sender, &config, saved, n_saved);
    free(saved);
    for (size_t i = 0; i < n; i++) store_l1_tx_free(&txs[i]);
    free(txs);
    return err;
}

/* ---- what became of our transactions */

static void forget(struct settlement *s, size_t i)
{
    eth_sender_forget(s->sender, s->open[i].id);
    s->n_open--;
    for (; i < s->n_open; i++) s->open[i] = s->open[i + 1];
}

static zk_err block_time(struct settlement *s, int64_t *at, uint64_t number)
{
    struct eth_block block;
    bool found;
    ZK_TRY(eth_rpc_block(s->rpc, &block, &found, number));
    *at = found ? (int64_t)block.timestamp * 1000000 : 0;
    return ZK_OK;
}

static zk_err write_done(struct settlement *s, const struct sent *t, const struct store_l1_result *result)
{
    if (t->actions != 0)
        ZK_TRY(store_blocks_confirm(s->store, t->actions, t->first, t->last, result));
    else
        ZK_TRY(store_blocks_revert(s->store, t->first));
    return store_l1_tx_close(s->store, t->id);
}

static void say_done(struct settlement *s, const struct sent *t, const struct store_l1_result *result, int64_t now)
{
    char hash[65];
    struct store_block b;
    bool found;
    hex_encode(hash, result->hash.b, 32);
    metric_add(s->m_gas, result->gas_used);
    log_event(LOG_INFO, "l1_done", LOG_STR("what", t->actions == 0 ? "revert" : settle_actions_str(t->actions)),
              LOG_U64("first", t->first), LOG_U64("last", t->last), LOG_U64("gas", result->gas_used),
              LOG_STR("tx", hash), LOG_END);
    if ((t->actions & SETTLE_EXECUTE) == 0) return;
    for (uint32_t n = t->first; n <= t->last; n++)
        if (store_block_get(s->store, &b, &found, n) == ZK_OK && found)
            metric_observe(s->m_settle_seconds, (double)(now - b.sealed_at) * 1e-6);
}

static zk_err take_done(struct settlement *s, size_t i, const struct eth_submission *sub, int64_t now)
{
    const struct sent t = s->open[i];
    struct store_l1_result result = {.gas_used = sub->receipt.gas_used, .gas_price = sub->receipt.gas_price};
    memcpy(result.hash.b, sub->mined_hash, 32);
    ZK_TRY(block_time(s, &result.at, sub->receipt.block_number));
    ZK_TRY(store_begin(s->store));
    ZK_TRY(end_transaction(s, write_done(s, &t, &result)));
    forget(s, i);
    s->retry_us = 0;
    refusals_clear(&s->refusals);
    say_done(s, &t, &result, now);
    raise(s, EVENT_BIT(EVENT_SETTLED) | EVENT_BIT(EVENT_CHANGE) | (t.actions == 0 ? EVENT_BIT(EVENT_UNWIND) : 0));
    return ZK_OK;
}

/* ---- what L1 refuses, and what follows from that (E4) */

/* The number in "Name(7)"; false if the text is another. */
static bool revert_is(const char *text, const char *name, uint64_t *argument)
{
    size_t len = strlen(name);
    *argument = 0;
    if (strncmp(text, name, len) != 0 || text[len] != '(') return false;
    *argument = strtoull(text + len + 1, NULL, 10);
    return true;
}

static zk_err ask_unwind(struct settlement *s, uint32_t first, const uint64_t *offenders, size_t n, const char *why)
{
    log_event(LOG_WARN, "unwind_asked", LOG_U64("block", first), LOG_U64("offenders", n), LOG_STR("why", why), LOG_END);
    ZK_TRY(unwind_ask(s->store, first, offenders, n));
    raise(s, EVENT_BIT(EVENT_UNWIND));
    return ZK_OK;
}

/* Is the fact that the owner announced on L1 still there, for this change's key and nonce? */
static zk_err fact_holds(struct settlement *s, bool *holds, const struct tx_change_pubkey *t)
{
    struct zkroll_auth_fact there;
    struct zkroll_view view = {.rpc = s->rpc};
    hash32 want;
    memcpy(view.address, s->config.info.main_contract.b, 20);
    ZK_TRY(zkroll_view_auth_fact(&there, &view, t->account.b, t->nonce));
    change_pubkey_auth_fact(&want, &t->new_pubkey_hash);
    *holds = memcmp(there.fact, want.b, 32) == 0;
    return ZK_OK;
}

/* The block is made again, smaller. *asked = false: it has one operation, or batch, only. */
static zk_err unwind_smaller(struct settlement *s, bool *asked, uint32_t first, const char *reason)
{
    struct block_shrink limit;
    struct store_block b;
    bool found;
    ZK_TRY(block_shrink_load(s->store, &limit));
    ZK_TRY(store_block_get(s->store, &b, &found, first));
    uint32_t operations = found ? refusals_smaller(b.entries, block_shrink_of(&limit, first)) : 0;
    *asked = operations > 0;
    if (!*asked) return ZK_OK;
    limit = (struct block_shrink){.last = first + SMALLER_FOR, .operations = operations};
    log_event(LOG_ERROR, "unwind_asked", LOG_U64("block", first), LOG_U64("operations", operations),
              LOG_STR("why", reason), LOG_END);
    ZK_TRY(unwind_ask_smaller(s->store, first, &limit));
    raise(s, EVENT_BIT(EVENT_UNWIND));
    return ZK_OK;
}

/* No cure is known for this reason. */
static zk_err act_on_unknown(struct settlement *s, const struct sent *t, const char *reason)
{
    bool asked = false;
    refusal_advice advice =
        refusals_add(&s->refusals, reason, t->first, t->actions == 0 ? UINT32_MAX : t->last - t->first + 1);
    if (advice == REFUSAL_RETRY) return ZK_OK;
    if (advice == REFUSAL_UNWIND) ZK_TRY(unwind_smaller(s, &asked, t->first, reason));
    if (!asked)
        log_event(LOG_ERROR, "l1_keeps_refusing", LOG_U64("first", t->first), LOG_U64("last", t->last),
                  LOG_U64("times", s->refusals.in_a_row), LOG_STR("reason", reason), LOG_END);
    return ZK_OK;
}

/* Key changes of a block whose fact on L1 was reset, or never was. */
static zk_err add_unauthorized(struct settlement *s, uint64_t offenders[UNWIND_OFFENDERS_MAX], size_t *n,
                               uint32_t number)
{
    struct settle_change *changes;
    size_t n_changes;
    zk_err err = settle_changes(&changes, &n_changes, s->store, number);
    for (size_t i = 0; err == ZK_OK && i < n_changes && *n < UNWIND_OFFENDERS_MAX; i++) {
        bool holds = true;
        if (changes[i].tx.auth.kind == CHANGE_PUBKEY_ONCHAIN) err = fact_holds(s, &holds, &changes[i].tx);
        if (err == ZK_OK && !holds) offenders[(*n)++] = changes[i].tx_id;
    }
    free(changes);
    return err;
}

/* Key changes by a fact on L1 that was reset since: their first block and all after it must be made again. Looks
 * through all sealed blocks, so that one unwinding is enough for them. */
static zk_err find_unauthorized(struct settlement *s, const struct sent *t, const char *reason)
{
    uint64_t offenders[UNWIND_OFFENDERS_MAX];
    size_t n_offenders = 0;
    uint32_t lowest = 0;
    struct store_heads heads;
    ZK_TRY(store_heads(s->store, &heads));
    for (uint32_t number = t->first; number <= heads.last_sealed && n_offenders < UNWIND_OFFENDERS_MAX; number++) {
        ZK_TRY(add_unauthorized(s, offenders, &n_offenders, number));
        if (lowest == 0 && n_offenders > 0) lowest = number;
    }
    if (lowest == 0) return act_on_unknown(s, t, reason); /* we find all of them authorized */
    return ask_unwind(s, lowest, offenders, n_offenders, "an authorization on L1 was reset");
}

/* A call that L1 refuses, asked again so that it says why. */
static zk_err find_reason(struct settlement *s, char text[ZKROLL_REVERT_MAX], const struct eth_submission *sub)
{
    struct eth_bytes out;
    bool reverted;
    const struct eth_call call = {.from = s->key->address, .to = sub->to, .data = sub->data, .data_len = sub->data_len};
    text[0] = '\0';
    ZK_TRY(eth_rpc_call(s->rpc, &out, &reverted, &call));
    if (reverted) (void)zkroll_revert_text(text, out.p, out.len);
    eth_bytes_free(&out);
    return ZK_OK;
}

static zk_err act_on_reason(struct settlement *s, const struct sent *t, const char *reason)
{
    uint64_t number;
    if (revert_is(reason, "ProofRejected", &number)) {
        ZK_TRY(store_proof_discard(s->store, (uint32_t)number, "L1 refused the proof"));
        return act_on_unknown(s, t, reason); /* one that is wrong again and again has another cause */
    }
    if (revert_is(reason, "NotAuthorized", &number)) return find_unauthorized(s, t, reason);
    if (revert_is(reason, "BadTimestamp", &number))
        return ask_unwind(s, (uint32_t)number, NULL, 0, "L1 does not take a block of this time");
    /* Mostly the contract's counts tell the rest (E3), or the watcher sees that requests have vanished. */
    return act_on_unknown(s, t, reason);
}

static void wait_before_retry(struct settlement *s, int64_t now)
{
    s->retry_us = s->retry_us == 0 ? RETRY_LEAST_US : 2 * s->retry_us;
    if (s->retry_us > RETRY_MOST_US) s->retry_us = RETRY_MOST_US;
    s->retry_at = now + s->retry_us;
}

static zk_err take_failed(struct settlement *s, size_t i, const struct eth_submission *sub, int64_t now)
{
    const struct sent t = s->open[i];
    char reason[ZKROLL_REVERT_MAX] = "";
    ZK_TRY(find_reason(s, reason, sub));
    log_event(LOG_WARN, "l1_refused", LOG_STR("what", t.actions == 0 ? "revert" : settle_actions_str(t.actions)),
              LOG_U64("first", t.first), LOG_U64("last", t.last),
              LOG_STR("state", eth_submission_state_str(sub->state)), LOG_STR("reason", reason), LOG_END);
    metric_add(s->m_failed, 1);
    ZK_TRY(close_undone(s, t.id));
    forget(s, i);
    wait_before_retry(s, now);
    return act_on_reason(s, &t, reason);
}

static zk_err take_results(struct settlement *s, bool *worked, int64_t now)
{
    for (size_t i = 0; i < s->n_open;) {
        const struct eth_submission *sub = eth_sender_get(s->sender, s->open[i].id);
        assert(sub != NULL);
        if (sub->state != s->open[i].seen) *worked = true;
        s->open[i].seen = sub->state;
        switch (sub->state) {
        case ETH_SUBMISSION_DONE: ZK_TRY(take_done(s, i, sub, now)); break;
        case ETH_SUBMISSION_FAILED:
        case ETH_SUBMISSION_REFUSED: ZK_TRY(take_failed(s, i, sub, now)); break;
        default: i++;
        }
    }
    return ZK_OK;
}

/* ---- sending */

static zk_err journal(struct settlement *s, struct sent *t, const struct eth_request *request, int64_t now)
{
    const char *what = t->actions == 0 ? "revert" : settle_actions_str(t->actions);
    ZK_TRY(store_l1_tx_begin(s->store, &t->id, t->actions, t->first, t->last, what, now));
    if (t->actions != 0) ZK_TRY(store_blocks_assign(s->store, t->id, t->actions, t->first, t->last));
    return eth_sender_submit(s->sender, t->id, request); /* saves, in this transaction */
}

static zk_err send(struct settlement *s, unsigned actions, uint32_t first, uint32_t last, int64_t now)
{
    struct sent t = {.actions = actions, .first = first, .last = last, .seen = ETH_SUBMISSION_QUEUED};
    struct eth_request request = {0};
    uint8_t *data;
    if (s->n_open == OPEN_MAX) return ZK_OK;
    if (actions == 0)
        ZK_TRY(settle_revert_call(&data, &request.data_len, s->store, first, last));
    else
        ZK_TRY(settle_call(&data, &request.data_len, s->store, actions, first, last, &s->config.info.genesis_root));
    request.data = data;
    memcpy(request.to, s->config.info.main_contract.b, 20);
    zk_err err = store_begin(s->store);
    if (err == ZK_OK) err = end_transaction(s, journal(s, &t, &request, now));
    free(data);
    /* The sender may know of a submission that the database does not: only a new start makes them agree. */
    if (err != ZK_OK) return err == ZK_ERR_CANCELLED ? err : zk_fail(ZK_ERR_FULL, "%s", zk_err_message());
    s->open[s->n_open++] = t;
    metric_add(s->m_sent, 1);
    log_event(LOG_INFO, "l1_submitted", LOG_STR("what", actions == 0 ? "revert" : settle_actions_str(actions)),
              LOG_U64("first", first), LOG_U64("last", last), LOG_U64("bytes", request.data_len), LOG_END);
    return ZK_OK;
}

/* ---- what is due */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

struct plan {
    struct store_heads heads;
    uint32_t committed, proved, executed; /* with what is under way */
    uint32_t proofs;                      /* blocks up to this have proofs */
    uint64_t gas_price;                   /* wei */
};

static zk_err make_plan(struct settlement *s, struct plan *p)
{
    struct l1_head head;
    struct unwind_request asked;
    bool found;
    ZK_TRY(store_heads(s->store, &p->heads));
    ZK_TRY(store_proved_up_to(s->store, &p->proofs));
    ZK_TRY(unwind_asked(s->store, &asked, &found));
    if (found) { /* what will be taken back is not sent any more */
        p->heads.last_sealed = least(p->heads.last_sealed, asked.first - 1);
        p->proofs = least(p->proofs, asked.first - 1);
    }
    ZK_TRY(l1_head_load(s->store, &head, &found));
    p->gas_price = head.base_fee;
    p->committed = p->heads.last_committed;
    p->proved = p->heads.last_proved;
    p->executed = p->heads.last_executed;
    for (size_t i = 0; i < s->n_open; i++) {
        const struct sent *t = &s->open[i];
        if ((t->actions & SETTLE_COMMIT) != 0 && t->last > p->committed) p->committed = t->last;
        if ((t->actions & SETTLE_PROVE) != 0 && t->last > p->proved) p->proved = t->last;
        if ((t->actions & SETTLE_EXECUTE) != 0 && t->last > p->executed) p->executed = t->last;
    }
    return ZK_OK;
}

/* May a call with blocks first .. first + n - 1 go now? `full`: no more blocks would fit. */
static zk_err is_due(struct settlement *s, bool *due, const struct plan *p, uint32_t first, uint32_t n, bool full,
                     int64_t now)
{
    struct store_block b;
    bool found, fast = false;
    *due = false;
    ZK_TRY(store_block_get(s->store, &b, &found, first));
    if (!found) return zk_fail(ZK_ERR_CORRUPT, "block %u is not there", first);
    int64_t since = b.has_proof && !s->config.split ? b.proved_at : b.sealed_at;
    bool cheap = s->config.gas_price_max == 0 || p->gas_price <= s->config.gas_price_max;
    *due = now - since >= s->config.deadline_us || (full && cheap);
    for (uint32_t i = 0; i < n && !*due; i++) {
        ZK_TRY(store_block_has_fast(s->store, &fast, first + i));
        *due = fast;
    }
    return ZK_OK;
}

/* One call with these actions for what of first .. last fits, if it is due. */
static zk_err settle_run(struct settlement *s, bool *sent, const struct plan *p, unsigned actions, uint32_t first,
                         uint32_t last, int64_t now)
{
    uint32_t n;
    bool due;
    if (first > last) return ZK_OK;
    uint64_t blocks_max = refusals_blocks_max(&s->refusals, s->config.blocks_max);
    ZK_TRY(settle_fit(&n, s->store, actions, first, last, blocks_max));
    bool full = n == blocks_max || n < last - first + 1;
    ZK_TRY(is_due(s, &due, p, first, n, full, now));
    if (!due) return ZK_OK;
    *sent = true;
    return send(s, actions, first, first + n - 1, now);
}

/* The last of the blocks from `first` on that are too old to wait for their proofs: first - 1 if none is. */
static zk_err find_aged(struct settlement *s, uint32_t *last, uint32_t first, uint32_t sealed, int64_t now)
{
    for (*last = first - 1; *last < sealed; (*last)++) {
        struct store_block b;
        bool found;
        ZK_TRY(store_block_get(s->store, &b, &found, *last + 1));
        if (!found || now - b.sealed_at < s->config.commit_ahead_us) break;
    }
    return ZK_OK;
}

/* At most one call a step: what is nearest to its end first. */
static zk_err send_due(struct settlement *s, const struct plan *p, bool *sent, int64_t now)
{
    uint32_t aged;
    bool waits = p->executed < p->committed;
    ZK_TRY(find_aged(s, &aged, p->committed + 1, p->heads.last_sealed, now));
    if (waits) {
        ZK_TRY(settle_run(s, sent, p, SETTLE_EXECUTE, p->executed + 1, p->proved, now));
        if (*sent) return ZK_OK;
        ZK_TRY(settle_run(s, sent, p, SETTLE_PROVE, p->proved + 1, least(p->committed, p->proofs), now));
        if (*sent) return ZK_OK;
    } else if (!s->config.split) {
        ZK_TRY(settle_run(s, sent, p, SETTLE_ALL, p->committed + 1, p->proofs, now));
        if (*sent) return ZK_OK;
    }
    uint32_t to_commit = s->config.split ? p->heads.last_sealed : aged;
    return settle_run(s, sent, p, SETTLE_COMMIT, p->committed + 1, to_commit, now);
}

/* ---- E3: where is the contract? */

/* Are the contract's blocks first .. last ours? */
static zk_err same_blocks(struct settlement *s, bool *same, const struct zkroll_view *view, uint32_t first,
                          uint32_t last)
{
    *same = true;
    for (uint32_t number = first; number <= last && *same; number++) {
        uint8_t ours[32], theirs[32];
        ZK_TRY(settle_stored_hash(ours, s->store, number));
        ZK_TRY(zkroll_view_stored_hash(theirs, view, number));
        *same = memcmp(ours, theirs, 32) == 0;
    }
    return ZK_OK;
}

/* Takes over steps that were done by a transaction we do not know: of another prover or executor, or of ours from
 * before a database was restored. Its hash stays zero. */
static zk_err adopt(struct settlement *s, unsigned action, uint32_t ours, uint32_t theirs, int64_t now)
{
    const struct store_l1_result unknown = {.at = now};
    if (theirs <= ours) return ZK_OK;
    log_event(LOG_INFO, "l1_ahead", LOG_STR("what", settle_actions_str(action)), LOG_U64("from", ours + 1),
              LOG_U64("to", theirs), LOG_END);
    return store_blocks_confirm(s->store, action, ours + 1, theirs, &unknown);
}

static zk_err adopt_all(struct settlement *s, const struct zkroll_progress *c, const struct store_heads *h, int64_t now)
{
    ZK_TRY(store_begin(s->store));
    zk_err err = adopt(s, SETTLE_COMMIT, h->last_committed, c->committed, now);
    if (err == ZK_OK) err = adopt(s, SETTLE_PROVE, h->last_proved, c->proven, now);
    if (err == ZK_OK) err = adopt(s, SETTLE_EXECUTE, h->last_executed, c->executed, now);
    return end_transaction(s, err);
}

/* The sequencer waits to take back blocks that L1 holds: they are reverted there. */
static zk_err revert_asked(struct settlement *s, bool *sent, const struct zkroll_progress *c, int64_t now)
{
    struct unwind_request asked;
    bool found;
    ZK_TRY(unwind_asked(s->store, &asked, &found));
    if (!found || asked.first > c->committed) return ZK_OK;
    if (asked.first <= c->executed)
        return zk_fail(ZK_ERR_CORRUPT, "block %u is to be taken back, but L1 has executed it", asked.first);
    *sent = true;
    return send(s, 0, asked.first, c->committed, now);
}

static zk_err believe(struct settlement *s, const struct zkroll_view *view, const struct zkroll_progress *c,
                      const struct store_heads *h, int64_t now)
{
    bool behind = c->committed < h->last_committed || c->proven < h->last_proved || c->executed < h->last_executed;
    if (behind) {
        uint32_t first = least(least(c->committed, c->proven), c->executed) + 1;
        log_event(LOG_WARN, "l1_behind", LOG_U64("from", first), LOG_U64("ours", h->last_committed), LOG_END);
        return store_blocks_revert(s->store, first);
    }
    bool same;
    if (c->committed > h->last_sealed)
        return zk_fail(ZK_ERR_CORRUPT, "L1 has %u blocks, and this database only %u: it is not the newest",
                       c->committed, h->last_sealed);
    ZK_TRY(same_blocks(s, &same, view, h->last_committed + 1, c->committed));
    if (!same) return zk_fail(ZK_ERR_CORRUPT, "L1 has blocks after %u that are not ours", h->last_committed);
    return adopt_all(s, c, h, now);
}

/* With nothing under way, contract and database should say the same; what differs is believed after a while. */
static zk_err compare_with_contract(struct settlement *s, bool *busy, int64_t now)
{
    struct zkroll_view view = {.rpc = s->rpc};
    struct zkroll_progress c;
    struct store_heads h;
    memcpy(view.address, s->config.info.main_contract.b, 20);
    ZK_TRY(zkroll_view_progress(&c, &view));
    ZK_TRY(store_heads(s->store, &h));
    *busy = false;
    if (c.exodus) {
        *busy = true; /* L1 takes no more blocks, for good */
        return ZK_OK;
    }
    ZK_TRY(revert_asked(s, busy, &c, now));
    if (*busy) return ZK_OK;
    if (c.committed == h.last_committed && c.proven == h.last_proved && c.executed == h.last_executed) {
        s->differs_since = 0;
        return ZK_OK;
    }
    *busy = true;
    if (s->differs_since == 0) s->differs_since = now;
    if (now - s->differs_since < s->config.patience_us) return ZK_OK;
    s->differs_since = 0;
    ZK_TRY(believe(s, &view, &c, &h, now));
    raise(s, EVENT_BIT(EVENT_SETTLED) | EVENT_BIT(EVENT_CHANGE));
    return ZK_OK;
}

/* ---- one step */

static zk_err look_at_balance(struct settlement *s, int64_t now)
{
    uint8_t be[32];
    double wei = 0;
    if (now - s->balance_at < BALANCE_LOOK_US) return ZK_OK;
    ZK_TRY(eth_rpc_balance(s->rpc, be, s->key->address));
    for (int i = 0; i < 32; i++) wei = wei * 256 + be[i];
    metric_set(s->m_balance, wei / WEI_ETHER);
    s->balance_at = now;
    return ZK_OK;
}

/* What an operator must not be surprised by: how far blocks are, what waits for a proof and since when, and how long
 * until a request's deadline would let users close the rollup. */
static zk_err show(struct settlement *s, int64_t now)
{
    struct store_job_counts jobs;
    struct store_priority_op oldest;
    struct store_heads heads;
    bool waits;
    ZK_TRY(store_heads(s->store, &heads));
    ZK_TRY(store_job_counts(s->store, &jobs));
    ZK_TRY(store_priority_oldest(s->store, &oldest, &waits));
    metric_set(s->m_heads[0], heads.last_committed);
    metric_set(s->m_heads[1], heads.last_proved);
    metric_set(s->m_heads[2], heads.last_executed);
    metric_set(s->m_jobs[0], (double)jobs.waiting);
    metric_set(s->m_jobs[1], (double)jobs.leased);
    metric_set(s->m_oldest, jobs.oldest_at == 0 ? 0 : (double)(now - jobs.oldest_at) * 1e-6);
    metric_set(s->m_deadline, waits ? (double)oldest.expires - (double)now * 1e-6 : NO_DEADLINE_S);
    return ZK_OK;
}

static bool all_mined(const struct settlement *s)
{
    for (size_t i = 0; i < s->n_open; i++)
        if (s->open[i].seen < ETH_SUBMISSION_MINED) return false;
    return true;
}

/* The sender's tick; what looks like another's use of our key is believed when it lasts. */
static zk_err tick_sender(struct settlement *s, int64_t now)
{
    zk_err err = eth_sender_tick(s->sender, (uint64_t)(now / 1000));
    if (err != ZK_ERR_CORRUPT || s->good_at == 0) s->good_at = now;
    return err == ZK_ERR_CORRUPT && now - s->good_at <= FOREIGN_US ? ZK_OK : err;
}

zk_err settlement_step(struct settlement *s, bool *worked, int64_t now)
{
    struct plan plan;
    bool busy = false;
    *worked = false;
    ZK_TRY(show(s, now)); /* first: nothing that fails below may hide an alarm */
    zk_err tick = tick_sender(s, now);
    if (tick == ZK_ERR_CORRUPT || tick == ZK_ERR_CANCELLED) return tick;
    ZK_TRY(take_results(s, worked, now)); /* what a failed tick got done is saved, and counts */
    if (tick != ZK_OK) return tick;
    ZK_TRY(look_at_balance(s, now));
    if (!all_mined(s) || now < s->retry_at) return ZK_OK;
    if (s->n_open == 0) ZK_TRY(compare_with_contract(s, &busy, now));
    if (busy) return ZK_OK;
    ZK_TRY(make_plan(s, &plan));
    bool sent = false;
    ZK_TRY(send_due(s, &plan, &sent, now));
    *worked |= sent;
    return ZK_OK;
}

/* ---- life */

static void make_metrics(struct settlement *s)
{
    static const char help[] = "last block with this step confirmed on L1";
    s->m_balance = metric_gauge("zkroll_operator_balance_ether", NULL, "ETH of the operator's account on L1");
    s->m_gas = metric_counter("zkroll_l1_gas_total", NULL, "gas that our L1 transactions used");
    s->m_sent = metric_counter("zkroll_l1_transactions_total", NULL, "transactions submitted to L1");
    s->m_failed = metric_counter("zkroll_l1_transactions_failed_total", NULL, "transactions that L1 refused");
    s->m_settle_seconds = metric_seconds("zkroll_settle_seconds", NULL, "from sealed to executed on L1, confirmed");
    s->m_jobs[0] = metric_gauge("zkroll_proof_jobs", "status=\"waiting\"", "blocks without proof");
    s->m_jobs[1] = metric_gauge("zkroll_proof_jobs", "status=\"leased\"", "blocks without proof");
    s->m_oldest = metric_gauge("zkroll_unproved_age_seconds", NULL, "since the oldest block without proof was sealed");
    s->m_deadline = metric_gauge("zkroll_request_deadline_seconds", NULL,
                                 "until a request of users that is not executed on L1 allows exodus mode");
    s->m_heads[0] = metric_gauge("zkroll_block", "status=\"committed\"", help);
    s->m_heads[1] = metric_gauge("zkroll_block", "status=\"proved\"", help);
    s->m_heads[2] = metric_gauge("zkroll_block", "status=\"executed\"", help);
}

zk_err settlement_create(struct settlement **out, const struct settlement_config *config, struct rpc *rpc,
                         const struct eth_key *key, struct store *store, struct events *events)
{
    struct settlement *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for settlement");
    *s = (struct settlement){.config = *config, .rpc = rpc, .key = key, .store = store, .events = events};
    make_metrics(s);
    zk_err err = open_sender(s);
    if (err != ZK_OK)
        settlement_destroy(s);
    else
        *out = s;
    return err;
}

void settlement_destroy(struct settlement *s)
{
    if (s == NULL) return;
    eth_sender_destroy(s->sender);
    free(s);
}
