#include "node/market.h"

#define MARKET_KEY     "fee_market"
#define MARKET_VERSION 1

/* Stored, big-endian: version 1, policy 4 * 8, then twice: since 8, gas price 8, ETH price 8, open slots 4, tokens 4,
 * and a token each id 4, decimals 1, price 8. */
#define POLICY_BYTES 32
#define HEAD_BYTES   32
#define TOKEN_BYTES  13
#define MARKET_BYTES (1 + POLICY_BYTES + 2 * (HEAD_BYTES + FEE_TOKENS_MAX * TOKEN_BYTES))
static_assert(MARKET_BYTES <= STORE_VALUE_MAX, "a market fits a value");

/* ---- what changes when */

/* The view in steps, from what counts now. */
static void next_inputs(struct fee_inputs *out, const struct fee_inputs *now, const struct market_view *v, uint64_t us)
{
    *out = (struct fee_inputs){.since_us = us,
                               .gas_price_wei = now->gas_price_wei,
                               .eth_price_pico = fee_price_step(now->eth_price_pico, v->eth_price_pico),
                               .open_slots = v->open_slots,
                               .n_tokens = v->n_tokens};
    if (v->gas_price_wei != 0 || now->gas_price_wei == 0)
        out->gas_price_wei = fee_gas_price_step(now->gas_price_wei, v->gas_price_wei);
    for (unsigned i = 0; i < v->n_tokens; i++) {
        const struct fee_token *before = fee_token_find(now, v->tokens[i].id);
        out->tokens[i] = v->tokens[i];
        out->tokens[i].price_pico = fee_price_step(before == NULL ? 0 : before->price_pico, v->tokens[i].price_pico);
    }
}

static bool same_inputs(const struct fee_inputs *a, const struct fee_inputs *b)
{
    if (a->gas_price_wei != b->gas_price_wei || a->eth_price_pico != b->eth_price_pico ||
        a->open_slots != b->open_slots || a->n_tokens != b->n_tokens)
        return false;
    for (unsigned i = 0; i < a->n_tokens; i++)
        if (a->tokens[i].id != b->tokens[i].id || a->tokens[i].decimals != b->tokens[i].decimals ||
            a->tokens[i].price_pico != b->tokens[i].price_pico)
            return false;
    return true;
}

/* A token that could pay and cannot any more must not be taken a minute longer: its price may be gone for a reason. */
static bool drops_token(struct fee_inputs *in, const struct market_view *v)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < in->n_tokens; i++) {
        bool there = false;
        for (unsigned k = 0; k < v->n_tokens; k++)
            there |= v->tokens[k].id == in->tokens[i].id && v->tokens[k].price_pico != 0;
        if (there) in->tokens[kept++] = in->tokens[i];
    }
    bool dropped = kept != in->n_tokens;
    in->n_tokens = kept;
    return dropped;
}

/* A token that nobody could pay with until now can at once: that raises no quote. */
static bool adds_token(struct fee_inputs *in, const struct market_view *v)
{
    bool added = false;
    for (unsigned k = 0; k < v->n_tokens && in->n_tokens < FEE_TOKENS_MAX; k++) {
        unsigned at = 0;
        while (at < in->n_tokens && in->tokens[at].id < v->tokens[k].id) at++;
        if (v->tokens[k].price_pico == 0 || (at < in->n_tokens && in->tokens[at].id == v->tokens[k].id)) continue;
        memmove(&in->tokens[at + 1], &in->tokens[at], (in->n_tokens - at) * sizeof in->tokens[0]);
        in->tokens[at] = v->tokens[k];
        in->tokens[at].price_pico = fee_price_step(0, v->tokens[k].price_pico);
        in->n_tokens++;
        added = true;
    }
    return added;
}

bool market_update(struct fee_market *m, const struct market_view *view, uint64_t now_us)
{
    struct fee_inputs next;
    assert(view->n_tokens <= FEE_TOKENS_MAX);
    next_inputs(&next, &m->now, view, now_us);
    if (m->now.since_us == 0) {
        m->now = next;
        return true;
    }
    bool changed = drops_token(&m->now, view);
    changed |= drops_token(&m->before, view);
    changed |= adds_token(&m->now, view);
    if (same_inputs(&m->now, &next) || now_us < m->now.since_us + m->policy.hold_us) return changed;
    m->before = m->now;
    m->now = next;
    return true;
}

/* ---- bytes */

static uint8_t *put_inputs(uint8_t *p, const struct fee_inputs *in)
{
    store_be64(p, in->since_us);
    store_be64(p + 8, in->gas_price_wei);
    store_be64(p + 16, in->eth_price_pico);
    store_be32(p + 24, in->open_slots);
    store_be32(p + 28, in->n_tokens);
    p += HEAD_BYTES;
    for (unsigned i = 0; i < in->n_tokens; i++, p += TOKEN_BYTES) {
        store_be32(p, in->tokens[i].id);
        p[4] = in->tokens[i].decimals;
        store_be64(p + 5, in->tokens[i].price_pico);
    }
    return p;
}

/* What follows, or NULL. */
static const uint8_t *get_inputs(struct fee_inputs *in, const uint8_t *p, const uint8_t *end)
{
    if (p == NULL || end - p < HEAD_BYTES) return NULL;
    in->since_us = load_be64(p);
    in->gas_price_wei = load_be64(p + 8);
    in->eth_price_pico = load_be64(p + 16);
    in->open_slots = load_be32(p + 24);
    in->n_tokens = load_be32(p + 28);
    p += HEAD_BYTES;
    if (in->n_tokens > FEE_TOKENS_MAX || (size_t)(end - p) < in->n_tokens * (size_t)TOKEN_BYTES) return NULL;
    for (unsigned i = 0; i < in->n_tokens; i++, p += TOKEN_BYTES)
        in->tokens[i] = (struct fee_token){load_be32(p), p[4], load_be64(p + 5)};
    return p;
}

zk_err market_save(struct store *s, const struct fee_market *m)
{
    uint8_t bytes[MARKET_BYTES];
    bytes[0] = MARKET_VERSION;
    store_be32(bytes + 1, m->policy.block_slots);
    store_be32(bytes + 5, m->policy.gas_percent);
    store_be64(bytes + 9, m->policy.slot_price_pico);
    store_be64(bytes + 17, m->policy.minimum_pico);
    store_be64(bytes + 25, m->policy.hold_us);
    const uint8_t *end = put_inputs(put_inputs(bytes + 1 + POLICY_BYTES, &m->now), &m->before);
    return store_put(s, MARKET_KEY, bytes, (size_t)(end - bytes));
}

zk_err market_load(struct store *s, struct fee_market *m, bool *found)
{
    uint8_t bytes[MARKET_BYTES];
    size_t len;
    *m = (struct fee_market){.policy = fee_policy_default()};
    ZK_TRY(store_get(s, MARKET_KEY, bytes, &len, sizeof bytes, found));
    if (!*found) return ZK_OK;
    const uint8_t *p = bytes + 1 + POLICY_BYTES, *end = bytes + len;
    if (len <= 1 + POLICY_BYTES || bytes[0] != MARKET_VERSION) p = NULL;
    m->policy = (struct fee_policy){.block_slots = load_be32(bytes + 1),
                                    .gas_percent = load_be32(bytes + 5),
                                    .slot_price_pico = load_be64(bytes + 9),
                                    .minimum_pico = load_be64(bytes + 17),
                                    .hold_us = load_be64(bytes + 25)};
    p = get_inputs(&m->now, p, end);
    p = get_inputs(&m->before, p, end);
    if (p != end || m->policy.block_slots == 0)
        return zk_fail(ZK_ERR_CORRUPT, "the database's record of the fee market is damaged");
    return ZK_OK;
}
