#include "ethereum/eth_sender.h"

#include "base/bytes.h"
#include "ethereum/eth_tx.h"

#include <stdlib.h>

#define FILL_GAS   21000 /* a transfer to an account without code */
#define FILL_MAX   64    /* nonces that are filled at once */
#define FOREIGN_MS 5000  /* until a nonce that is used without a receipt of ours counts as somebody else's */

/* I5: nonces below those in flight that the chain has not used any more. */
struct gap {
    bool open;
    uint64_t since_ms;            /* when it was first seen, or last tried to fill */
    struct eth_submission filler; /* how it is filled: nothing, to ourselves; attempts: the fees so far */
};

struct eth_sender {
    struct eth_sender_config config;
    struct eth_submission *items[ETH_SUBMISSIONS_MAX]; /* rising ids of submission order: the array's order */
    size_t n;
    bool has_nonce;
    uint64_t next_nonce; /* the next to give out, once has_nonce; before that, it is not less than this */
    struct gap gap;
    uint64_t foreign_nonce, foreign_since_ms; /* used on the chain, as it seems not by us; 0: none is */
};

const char *eth_submission_state_str(eth_submission_state state)
{
    static const char *const names[] = {"queued", "sent", "mined", "done", "failed", "refused"};
    assert((size_t)state < ZK_COUNT(names));
    return names[state];
}

static bool has_nonce(const struct eth_submission *s)
{
    return s->state != ETH_SUBMISSION_QUEUED && s->state != ETH_SUBMISSION_REFUSED;
}

static bool is_in_flight(const struct eth_submission *s)
{
    return s->state == ETH_SUBMISSION_SENT || s->state == ETH_SUBMISSION_MINED;
}

static bool is_final(const struct eth_submission *s)
{
    return s->state >= ETH_SUBMISSION_DONE;
}

/* ---- life of the sender and its list */

static struct eth_submission *copy_submission(const struct eth_submission *s)
{
    struct eth_submission *copy = malloc(sizeof *copy);
    uint8_t *data = malloc(s->data_len + 1);
    if (copy == NULL || data == NULL) {
        free(copy);
        free(data);
        return NULL;
    }
    *copy = *s;
    copy->data = data;
    if (s->data_len > 0) memcpy(data, s->data, s->data_len);
    return copy;
}

static void free_submission(struct eth_submission *s)
{
    if (s != NULL) free(s->data);
    free(s);
}

static zk_err add_submission(struct eth_sender *s, const struct eth_submission *item)
{
    if (s->n == ETH_SUBMISSIONS_MAX)
        return zk_fail(ZK_ERR_FULL, "%d L1 transactions are waiting already", ETH_SUBMISSIONS_MAX);
    struct eth_submission *copy = copy_submission(item);
    if (copy == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an L1 transaction of %zu bytes", item->data_len);
    s->items[s->n++] = copy;
    return ZK_OK;
}

/* Those with nonces first, by nonce; then those that wait, by id. */
static int compare_saved(const void *a, const void *b)
{
    const struct eth_submission *x = *(struct eth_submission *const *)a;
    const struct eth_submission *y = *(struct eth_submission *const *)b;
    if (has_nonce(x) != has_nonce(y)) return has_nonce(x) ? -1 : 1;
    if (has_nonce(x)) return (x->nonce > y->nonce) - (x->nonce < y->nonce);
    return (x->id > y->id) - (x->id < y->id);
}

zk_err eth_sender_create(struct eth_sender **out, const struct eth_sender_config *config,
                         const struct eth_submission *saved, size_t n_saved)
{
    *out = NULL;
    assert(config->in_flight_max >= 1);
    struct eth_sender *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the L1 transaction sender");
    s->config = *config;
    zk_err err = ZK_OK;
    for (size_t i = 0; i < n_saved && err == ZK_OK; i++) err = add_submission(s, &saved[i]);
    if (err != ZK_OK) {
        eth_sender_destroy(s);
        return err;
    }
    qsort(s->items, s->n, sizeof(struct eth_submission *), compare_saved);
    /* What is in flight has the highest nonces of all. If all is final, what is saved may not be all: some may have
     * been forgotten, in any order. */
    for (size_t i = 0; i < s->n && has_nonce(s->items[i]); i++) {
        s->has_nonce = s->has_nonce || is_in_flight(s->items[i]);
        s->next_nonce = s->items[i]->nonce + 1;
    }
    *out = s;
    return ZK_OK;
}

void eth_sender_destroy(struct eth_sender *s)
{
    if (s == NULL) return;
    for (size_t i = 0; i < s->n; i++) free_submission(s->items[i]);
    free(s);
}

static struct eth_submission *find(const struct eth_sender *s, uint64_t id)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->items[i]->id == id) return s->items[i];
    return NULL;
}

const struct eth_submission *eth_sender_get(const struct eth_sender *s, uint64_t id)
{
    return find(s, id);
}

void eth_sender_forget(struct eth_sender *s, uint64_t id)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i]->id != id) continue;
        assert(is_final(s->items[i]));
        free_submission(s->items[i]);
        memmove(&s->items[i], &s->items[i + 1], (s->n - i - 1) * sizeof(struct eth_submission *));
        s->n--;
        return;
    }
}

static zk_err save(struct eth_sender *s, const struct eth_submission *item)
{
    return s->config.save(s->config.save_ctx, item);
}

zk_err eth_sender_submit(struct eth_sender *s, uint64_t id, const struct eth_request *request)
{
    if (find(s, id) != NULL) return ZK_OK;
    struct eth_submission item = {.id = id,
                                  .state = ETH_SUBMISSION_QUEUED,
                                  .creates = request->creates,
                                  .data_len = request->data_len,
                                  .gas_limit = request->gas_limit};
    uint8_t none = 0;
    memcpy(item.to, request->to, sizeof item.to);
    memcpy(item.value, request->value, sizeof item.value);
    /* The copy in the list gets memory of its own; this one only reads the caller's. */
    uint8_t *data = malloc(request->data_len + 1);
    if (data == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an L1 transaction of %zu bytes", request->data_len);
    memcpy(data, request->data_len > 0 ? request->data : &none, request->data_len);
    item.data = data;
    zk_err err = add_submission(s, &item);
    free(data);
    if (err != ZK_OK) return err;
    err = save(s, s->items[s->n - 1]);
    if (err != ZK_OK) free_submission(s->items[--s->n]);
    return err;
}

/* ---- attempts */

static zk_err sign(uint8_t **raw, size_t *len, uint8_t hash[32], const struct eth_sender *s,
                   const struct eth_submission *item, const struct eth_attempt *attempt)
{
    struct eth_tx tx = {.type = ETH_TX_1559,
                        .chain_id = s->config.chain_id,
                        .nonce = item->nonce,
                        .gas_limit = item->gas_limit,
                        .creates = item->creates,
                        .data = item->data,
                        .data_len = item->data_len};
    memcpy(tx.to, item->to, sizeof tx.to);
    memcpy(tx.value, item->value, sizeof tx.value);
    store_be64(tx.max_fee + 24, attempt->max_fee);
    store_be64(tx.max_priority + 24, attempt->max_priority);
    *raw = malloc(eth_tx_raw_cap(&tx));
    if (*raw == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to sign an L1 transaction");
    zk_err err = eth_tx_sign(*raw, len, hash, &tx, s->config.key);
    if (err != ZK_OK) {
        free(*raw);
        *raw = NULL;
    }
    return err;
}

/* Sends an attempt that is saved. A node that refuses it keeps nothing from being tried again: the next tick will. But
 * unless a higher fee or a receipt will settle it, somebody must hear the node's reason: nothing behind it is mined. */
static zk_err broadcast(const struct eth_sender *s, const struct eth_submission *item,
                        const struct eth_attempt *attempt)
{
    uint8_t *raw = NULL;
    size_t len = 0;
    uint8_t hash[32];
    eth_send outcome;
    ZK_TRY(sign(&raw, &len, hash, s, item, attempt));
    if (memcmp(hash, attempt->hash, 32) != 0) { /* I1: the same bytes as before the crash */
        free(raw);
        return zk_fail(ZK_ERR_CORRUPT, "a transaction that is under way was signed with another key, or for another "
                                       "chain: finish it with that key before it is changed");
    }
    zk_err err = eth_rpc_send_raw(s->config.rpc, &outcome, raw, len);
    free(raw);
    if (err != ZK_OK) return err;
    if (outcome == ETH_SEND_NO_FUNDS)
        return zk_fail(ZK_ERR_INPUT, "the operator's L1 account cannot pay for its transaction: send ETH to it");
    if (outcome == ETH_SEND_REFUSED) return zk_fail(ZK_ERR_INPUT, "%.200s", zk_err_message());
    return ZK_OK;
}

static uint64_t add_eighth(uint64_t x)
{
    return x > UINT64_MAX / 2 ? x : x + x / 8 + 1;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

struct fees {
    uint64_t base;
    uint64_t tip;
};

/* The next attempt's fees. False if the cap, or the number of attempts, leaves no room for a raise. */
static bool next_fees(struct eth_attempt *out, const struct eth_sender *s, const struct eth_submission *item,
                      const struct fees *market)
{
    uint64_t cap = s->config.max_fee_cap;
    uint64_t tip = market->tip;
    uint64_t fee = market->base > UINT64_MAX / 4 ? UINT64_MAX / 2 : 2 * market->base;
    fee = fee > UINT64_MAX - tip ? UINT64_MAX : fee + tip;
    if (item->n_attempts > 0) {
        const struct eth_attempt *last = &item->attempts[item->n_attempts - 1];
        fee = max_u64(fee, add_eighth(last->max_fee));
        tip = max_u64(tip, add_eighth(last->max_priority));
        if (fee > cap || item->n_attempts == ETH_ATTEMPTS_MAX) return false;
    }
    out->max_fee = min_u64(fee, cap);
    out->max_priority = min_u64(tip, out->max_fee);
    return true;
}

/* Saves the attempt, whose fees and time are set, and sends it. */
static zk_err add_attempt(struct eth_sender *s, struct eth_submission *item, struct eth_attempt *attempt)
{
    uint8_t *raw = NULL;
    size_t len = 0;
    ZK_TRY(sign(&raw, &len, attempt->hash, s, item, attempt));
    free(raw);
    item->attempts[item->n_attempts++] = *attempt;
    zk_err err = save(s, item);
    if (err != ZK_OK) {
        item->n_attempts--;
        return err;
    }
    return broadcast(s, item, &item->attempts[item->n_attempts - 1]);
}

/* ---- what a tick does with one submission */

/* The gas limit by estimate; a submission whose execution fails is REFUSED. */
static zk_err set_gas(struct eth_sender *s, struct eth_submission *item)
{
    struct eth_call call = {.from = s->config.key->address,
                            .to = item->creates ? NULL : item->to,
                            .value = item->value,
                            .data = item->data,
                            .data_len = item->data_len};
    uint64_t gas = item->gas_limit;
    if (gas == 0) {
        bool fails;
        ZK_TRY(eth_rpc_estimate_gas(s->config.rpc, &gas, &fails, &call));
        if (fails) {
            item->state = ETH_SUBMISSION_REFUSED;
            zk_err err = save(s, item);
            if (err != ZK_OK) item->state = ETH_SUBMISSION_QUEUED; /* what is not stored is not so */
            return err;
        }
        gas += gas / 5;
    }
    item->gas_limit = max_u64(gas, eth_tx_floor_gas(item->data, item->data_len));
    return ZK_OK;
}

/* The first nonce of a sender with nothing in flight is the chain's, counting what waits; but never one that a saved
 * submission had. */
static zk_err know_nonce(struct eth_sender *s)
{
    uint64_t pending;
    if (s->has_nonce) return ZK_OK;
    ZK_TRY(eth_rpc_nonce(s->config.rpc, &pending, s->config.key->address, true));
    s->next_nonce = max_u64(s->next_nonce, pending);
    s->has_nonce = true;
    return ZK_OK;
}

/* QUEUED to SENT: the nonce is given when the first attempt is saved, not before. */
static zk_err launch(struct eth_sender *s, struct eth_submission *item, const struct fees *market, uint64_t now_ms)
{
    ZK_TRY(set_gas(s, item));
    if (item->state == ETH_SUBMISSION_REFUSED) return ZK_OK;
    ZK_TRY(know_nonce(s));
    item->nonce = s->next_nonce;
    item->state = ETH_SUBMISSION_SENT;
    struct eth_attempt first = {.sent_ms = now_ms};
    bool affordable = next_fees(&first, s, item, market);
    assert(affordable); /* the cap bounds a first attempt, it does not forbid it */
    zk_err err = add_attempt(s, item, &first);
    if (item->n_attempts == 0)
        item->state = ETH_SUBMISSION_QUEUED; /* not saved, so the nonce is free */
    else
        s->next_nonce++;
    return err;
}

/* Looks for the receipt of any attempt, the newest first. */
static zk_err find_receipt(struct eth_receipt *receipt, const uint8_t **hash, bool *found, const struct eth_sender *s,
                           const struct eth_submission *item)
{
    *found = false;
    for (size_t i = item->n_attempts; i-- > 0 && !*found;) {
        ZK_TRY(eth_rpc_receipt(s->config.rpc, receipt, found, item->attempts[i].hash));
        *hash = item->attempts[i].hash;
    }
    return ZK_OK;
}

static zk_err on_mined(struct eth_sender *s, struct eth_submission *item, const struct eth_receipt *receipt,
                       const uint8_t hash[32], uint64_t head)
{
    bool deep = head >= receipt->block_number && head - receipt->block_number >= s->config.confirmations;
    eth_submission_state state = ETH_SUBMISSION_MINED;
    if (deep) state = receipt->succeeded ? ETH_SUBMISSION_DONE : ETH_SUBMISSION_FAILED;
    if (state == item->state && memcmp(item->receipt.block_hash, receipt->block_hash, 32) == 0) return ZK_OK;
    struct eth_submission before = *item;
    item->state = state;
    item->receipt = *receipt;
    memcpy(item->mined_hash, hash, 32);
    zk_err err = save(s, item);
    if (err != ZK_OK) *item = before; /* what is not stored is not so: the next tick comes here again */
    return err;
}

/* The chain has a transaction with the submission's nonce, but the node no receipt of ours. Ours may have been mined
 * between the two questions; a reorganization, or a node that lags behind another, gives the same picture for a while.
 * Only if it lasts until the block is as deep as DONE asks for, and some seconds (a node may know its new nonce before
 * its new receipts), was it somebody else. */
static zk_err on_nonce_used(struct eth_sender *s, const struct eth_submission *item, uint64_t head, uint64_t now_ms)
{
    struct eth_receipt receipt;
    const uint8_t *hash;
    bool found;
    uint64_t deep_nonce;
    if (head < s->config.confirmations) return ZK_OK;
    ZK_TRY(eth_rpc_nonce_at(s->config.rpc, &deep_nonce, s->config.key->address, head - s->config.confirmations));
    if (deep_nonce <= item->nonce) return ZK_OK;
    ZK_TRY(find_receipt(&receipt, &hash, &found, s, item));
    if (found) return ZK_OK; /* the next tick takes it */
    if (s->foreign_since_ms == 0 || s->foreign_nonce != item->nonce || now_ms < s->foreign_since_ms) {
        s->foreign_nonce = item->nonce;
        s->foreign_since_ms = now_ms;
    }
    if (now_ms - s->foreign_since_ms < FOREIGN_MS) return ZK_OK;
    return zk_fail(ZK_ERR_CORRUPT,
                   "L1 nonce %llu was used by a transaction that is not ours: another program has the key",
                   (unsigned long long)item->nonce);
}

static zk_err on_waiting(struct eth_sender *s, struct eth_submission *item, uint64_t head, uint64_t chain_nonce,
                         const struct fees *market, uint64_t now_ms)
{
    if (item->state == ETH_SUBMISSION_MINED) { /* the block that had it is gone */
        item->state = ETH_SUBMISSION_SENT;
        item->receipt = (struct eth_receipt){0};
        ZK_TRY(save(s, item));
    }
    if (chain_nonce > item->nonce) return on_nonce_used(s, item, head, now_ms);
    const struct eth_attempt *last = &item->attempts[item->n_attempts - 1];
    struct eth_attempt next = {.sent_ms = now_ms};
    bool stuck = now_ms >= last->sent_ms && now_ms - last->sent_ms >= s->config.stuck_ms; /* clocks go back */
    if (stuck && next_fees(&next, s, item, market)) return add_attempt(s, item, &next);
    /* Also at the cap: nodes drop what waits long. */
    bool known;
    ZK_TRY(eth_rpc_knows_tx(s->config.rpc, &known, last->hash));
    return known ? ZK_OK : broadcast(s, item, last);
}

static zk_err follow(struct eth_sender *s, struct eth_submission *item, uint64_t head, uint64_t chain_nonce,
                     const struct fees *market, uint64_t now_ms)
{
    struct eth_receipt receipt;
    const uint8_t *hash = NULL;
    bool found;
    ZK_TRY(find_receipt(&receipt, &hash, &found, s, item));
    if (found) return on_mined(s, item, &receipt, hash, head);
    return on_waiting(s, item, head, chain_nonce, market, now_ms);
}

/* ---- nonces that the chain took back */

static zk_err send_filler(struct eth_sender *s, const struct eth_attempt *fees, uint64_t nonce)
{
    uint8_t *raw = NULL, hash[32];
    size_t len = 0;
    eth_send outcome;
    s->gap.filler.nonce = nonce;
    ZK_TRY(sign(&raw, &len, hash, s, &s->gap.filler, fees));
    zk_err err = eth_rpc_send_raw(s->config.rpc, &outcome, raw, len);
    free(raw);
    if (err == ZK_OK && outcome == ETH_SEND_NO_FUNDS)
        err = zk_fail(ZK_ERR_INPUT, "the operator's L1 account cannot pay for its transaction: send ETH to it");
    return err; /* another answer says that something waits or was mined there: just as good */
}

/* The first fillers leave alone what waits in the node's pool; later ones replace what does not get mined. */
static zk_err fill_gap(struct eth_sender *s, uint64_t first, uint64_t end, const struct fees *market, uint64_t now_ms)
{
    struct eth_submission *f = &s->gap.filler;
    if (f->n_attempts == 0) ZK_TRY(eth_rpc_nonce(s->config.rpc, &first, s->config.key->address, true));
    s->gap.since_ms = now_ms;
    if (first >= end) return ZK_OK;
    struct eth_attempt next = {.sent_ms = now_ms};
    if (next_fees(&next, s, f, market)) f->attempts[f->n_attempts++] = next;
    const struct eth_attempt *fees = &f->attempts[f->n_attempts - 1]; /* at the cap: the same again */
    for (uint64_t nonce = first; nonce < end && nonce - first < FILL_MAX; nonce++) ZK_TRY(send_filler(s, fees, nonce));
    return ZK_OK;
}

/* I5. What is missing may come back by itself, and a node that lags looks the same: so not at once. */
static zk_err look_for_gap(struct eth_sender *s, uint64_t chain_nonce, const struct fees *market, uint64_t now_ms)
{
    uint64_t lowest = UINT64_MAX;
    for (size_t i = 0; i < s->n; i++)
        if (is_in_flight(s->items[i])) lowest = min_u64(lowest, s->items[i]->nonce);
    bool open = lowest != UINT64_MAX && chain_nonce < lowest;
    if (!open || !s->gap.open) {
        s->gap = (struct gap){.open = open, .since_ms = now_ms, .filler.gas_limit = FILL_GAS};
        memcpy(s->gap.filler.to, s->config.key->address, sizeof s->gap.filler.to);
        return ZK_OK;
    }
    if (now_ms - s->gap.since_ms < s->config.stuck_ms) return ZK_OK;
    return fill_gap(s, chain_nonce, lowest, market, now_ms);
}

zk_err eth_sender_tick(struct eth_sender *s, uint64_t now_ms)
{
    size_t open = 0;
    for (size_t i = 0; i < s->n; i++) open += !is_final(s->items[i]);
    if (open == 0) return ZK_OK;

    struct eth_block head;
    struct fees market;
    uint64_t chain_nonce;
    /* The nonce is asked before the receipts, so that a nonce that is used has its receipt by the time it is looked
     * for. */
    ZK_TRY(eth_rpc_block_tag(s->config.rpc, &head, "latest"));
    ZK_TRY(eth_rpc_nonce(s->config.rpc, &chain_nonce, s->config.key->address, false));
    ZK_TRY(eth_rpc_priority_fee(s->config.rpc, &market.tip));
    market.base = head.base_fee;

    size_t in_flight = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct eth_submission *item = s->items[i];
        if (is_in_flight(item)) ZK_TRY(follow(s, item, head.number, chain_nonce, &market, now_ms));
        in_flight += is_in_flight(item);
    }
    ZK_TRY(look_for_gap(s, chain_nonce, &market, now_ms));
    for (size_t i = 0; i < s->n && in_flight < s->config.in_flight_max; i++) {
        struct eth_submission *item = s->items[i];
        if (item->state != ETH_SUBMISSION_QUEUED) continue;
        ZK_TRY(launch(s, item, &market, now_ms));
        in_flight += is_in_flight(item);
        if (item->state == ETH_SUBMISSION_QUEUED) break; /* I3 */
    }
    return ZK_OK;
}
