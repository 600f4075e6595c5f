#include "rollup/tx_verify.h"

#include "base/arena.h"
#include "base/pool.h"
#include "rollup/eth_auth.h"

#define PREPARE_GRAIN 8 /* transactions a task: a change-pubkey or a swap among them costs about 0.1 ms */

/* Everything that transaction i needs stands at its index; everything that signature s of it needs, at 3i + s. */
struct work {
    struct tx_verify_item *items;
    struct tx_message *messages;
    uint8_t *n_messages;
    uint64_t chain_id;
};

/* What stands in the way of a transaction before its signatures are looked at. */
static tx_verdict check_unsigned(const struct tx *tx, uint64_t chain_id)
{
    tx_verdict verdict = tx_check_limits(tx);
    if (verdict != TX_VALID) return verdict;
    if (tx->type == TX_CHANGE_PUBKEY && !change_pubkey_authorized(&tx->change_pubkey, chain_id)) return TX_BAD_AUTH;
    return TX_VALID;
}

static size_t make_messages(struct tx_message out[TX_SIGNATURES_MAX], const struct tx *tx)
{
    size_t n;
    zk_err err = tx_messages(out, &n, tx);
    assert(err == ZK_OK); /* within its limits a transaction can be encoded */
    return n;
}

static void prepare(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct work *w = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        struct tx_verify_item *item = &w->items[i];
        memset(&item->signers, 0, sizeof item->signers);
        item->verdict = check_unsigned(item->tx, w->chain_id);
        w->n_messages[i] = 0;
        if (item->verdict != TX_VALID) continue;
        w->n_messages[i] = (uint8_t)make_messages(&w->messages[TX_SIGNATURES_MAX * i], item->tx);
    }
}

/* One item's verdict from those on its signatures, in their order: the submitter's, then the orders'. */
static void judge(struct tx_verify_item *item, const sig_verdict *verdicts, const struct sig_key_info *const *keys,
                  size_t n)
{
    struct tx_signers signers = {0};
    const pubkey_hash *new_key = &item->tx->change_pubkey.new_pubkey_hash;
    pubkey_hash *slots[TX_SIGNATURES_MAX] = {&signers.tx, &signers.orders[0], &signers.orders[1]};
    for (size_t s = n; s-- > 0;) {
        *slots[s] = keys[s]->hash;
        if (verdicts[s] != SIG_OK) item->verdict = s == 0 ? TX_BAD_SIGNATURE : TX_BAD_ORDER_SIGNATURE;
    }
    if (item->tx->type == TX_CHANGE_PUBKEY && !pubkey_hash_eq(&signers.tx, new_key)) item->verdict = TX_BAD_SIGNATURE;
    if (item->verdict == TX_VALID) item->signers = signers;
}

tx_verdict tx_verify(struct tx_signers *signers, const struct tx *tx, uint64_t chain_id)
{
    struct tx_verify_item item = {.tx = tx, .verdict = check_unsigned(tx, chain_id)};
    struct tx_message messages[TX_SIGNATURES_MAX];
    struct sig_key_info infos[TX_SIGNATURES_MAX];
    const struct sig_key_info *keys[TX_SIGNATURES_MAX] = {&infos[0], &infos[1], &infos[2]};
    sig_verdict verdicts[TX_SIGNATURES_MAX];

    memset(signers, 0, sizeof *signers);
    if (item.verdict != TX_VALID) return item.verdict;
    size_t n = make_messages(messages, tx);
    for (size_t s = 0; s < n; s++) {
        const struct l2_signature *sig = messages[s].signature;
        sig_key_info_many(&infos[s], &sig->pubkey, 1, NULL);
        verdicts[s] = sig_verify(sig->pubkey, sig->sig, messages[s].bytes, messages[s].len);
    }
    judge(&item, verdicts, keys, n);
    *signers = item.signers;
    return item.verdict;
}

/* The signatures of all items in a row, and the keys among them that nobody knew. */
struct signatures {
    struct sig_item *items;
    const struct sig_key_info **keys; /* parallel to items */
    sig_verdict *verdicts;            /* parallel to items */
    size_t n;
    uint8_t (*unknown)[SIG_KEY_BYTES];
    struct sig_key_info *infos; /* parallel to unknown */
    size_t n_unknown;
};

static void collect(struct signatures *sigs, const struct work *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < w->n_messages[i]; s++) {
            const struct tx_message *m = &w->messages[TX_SIGNATURES_MAX * i + s];
            const struct sig_key_info *known = w->items[i].keys[s];
            if (known == NULL) {
                memcpy(sigs->unknown[sigs->n_unknown], m->signature->pubkey, SIG_KEY_BYTES);
                known = &sigs->infos[sigs->n_unknown++];
            }
            sigs->keys[sigs->n] = known;
            sigs->items[sigs->n++] =
                (struct sig_item){m->signature->pubkey, known, m->signature->sig, m->bytes, m->len};
        }
    }
}

static bool push(struct work *w, struct signatures *sigs, size_t n, struct arena *scratch)
{
    size_t m = TX_SIGNATURES_MAX * n;
    w->messages = arena_push(scratch, struct tx_message, m);
    w->n_messages = arena_push(scratch, uint8_t, n);
    sigs->items = arena_push(scratch, struct sig_item, m);
    sigs->keys = arena_push(scratch, const struct sig_key_info *, m);
    sigs->verdicts = arena_push(scratch, sig_verdict, m);
    sigs->unknown = arena_push_bytes(scratch, m, SIG_KEY_BYTES);
    sigs->infos = arena_push(scratch, struct sig_key_info, m);
    return w->messages != NULL && w->n_messages != NULL && sigs->items != NULL && sigs->keys != NULL &&
           sigs->verdicts != NULL && sigs->unknown != NULL && sigs->infos != NULL;
}

size_t tx_verify_scratch_len(size_t n, const struct pool *pool)
{
    size_t one = sizeof(struct tx_message) + sizeof(struct sig_item) + sizeof(struct sig_key_info *) +
                 sizeof(sig_verdict) + SIG_KEY_BYTES + sizeof(struct sig_key_info);
    return n * (TX_SIGNATURES_MAX * one + 1) + (size_t)8 * ARENA_ALIGN + sig_verify_scratch_len(pool);
}

zk_err tx_verify_many(struct tx_verify_item *items, size_t n, uint64_t chain_id, struct pool *pool,
                      struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    zk_err err = ZK_ERR_FULL;
    struct work w = {.items = items, .chain_id = chain_id};
    struct signatures sigs = {.n = 0};
    if (!push(&w, &sigs, n, scratch)) goto out;

    pool_for_range(pool, n, PREPARE_GRAIN, prepare, &w);
    collect(&sigs, &w, n);
    sig_key_info_many(sigs.infos, (const uint8_t(*)[SIG_KEY_BYTES])sigs.unknown, sigs.n_unknown, pool);
    err = sig_verify_batch(sigs.verdicts, sigs.items, sigs.n, pool, scratch);
    if (err != ZK_OK) goto out;
    for (size_t i = 0, at = 0; i < n; at += w.n_messages[i], i++)
        if (w.n_messages[i] > 0) judge(&items[i], sigs.verdicts + at, sigs.keys + at, w.n_messages[i]);
out:
    arena_release(scratch, mark);
    return err;
}
