#include "api/model.h"

#include "api/api_internal.h"

#include <stdio.h>
#include <string.h>

#define PENDING_MAX 1000 /* deposits of one account that are looked at */
#define NFTS_MAX    2000 /* of one account in one list: the first of them by id */

static struct json_object *balances_of(struct api_worker *w, const struct store_account *a, struct api_error *e)
{
    struct json_object *o = json_new_object();
    char symbol[SYMBOL_TEXT_MAX];
    for (size_t i = 0; i < a->n_balances; i++)
        put_u128(o, worker_symbol(w, symbol, a->balances[i].token, e), a->balances[i].amount);
    return o;
}

typedef zk_err (*nft_reader)(struct store *s, struct store_nft *out, size_t *n, size_t cap, uint32_t account,
                             uint32_t from, store_moment moment);

static struct json_object *nfts_of(struct api_worker *w, nft_reader read, uint32_t account, store_moment moment,
                                   struct api_error *e)
{
    struct json_object *o = json_new_object();
    uint32_t from = 0;
    for (size_t seen = 0; seen < NFTS_MAX;) {
        size_t n;
        if (read(w->store, w->nfts, &n, ZK_COUNT(w->nfts), account, from, moment) != ZK_OK) {
            fail_store(e);
            break;
        }
        for (size_t i = 0; i < n; i++) {
            char key[16];
            (void)snprintf(key, sizeof key, "%u", w->nfts[i].id);
            put(o, key, json_nft(&w->nfts[i]));
        }
        seen += n;
        if (n < ZK_COUNT(w->nfts)) break;
        from = w->nfts[n - 1].id + 1;
    }
    return o;
}

/* Reads into w->account; an account of nobody if there is none. */
static bool account_read(struct api_worker *w, bool *found, const eth_address *address, store_moment moment,
                         struct api_error *e)
{
    if (store_account_by_address(w->store, &w->account, found, address, moment) != ZK_OK) {
        fail_store(e);
        return false;
    }
    if (!*found) memset(&w->account, 0, sizeof w->account);
    return true;
}

/* The members that both APIs have. */
static void put_holdings(struct json_object *o, struct api_worker *w, bool found, store_moment moment,
                         struct api_error *e)
{
    uint32_t id = w->account.id;
    put(o, "balances", balances_of(w, &w->account, e));
    put(o, "nfts", found ? nfts_of(w, store_nfts_owned, id, moment, e) : json_new_object());
    put(o, "mintedNfts",
        found && w->account.leaf.minted > 0 ? nfts_of(w, store_nfts_minted, id, moment, e) : json_new_object());
}

static struct json_object *state_of(struct api_worker *w, bool found, store_moment moment, struct api_error *e)
{
    struct json_object *o = json_new_object();
    put_holdings(o, w, found, moment, e);
    put_u64(o, "nonce", w->account.leaf.nonce);
    put_pubkey_hash(o, "pubKeyHash", &w->account.leaf.pubkey_hash);
    return o;
}

static struct json_object *account_type(const struct store_account *a)
{
    struct json_object *o;
    switch (a->type) {
    case STORE_TYPE_UNKNOWN: return NULL;
    case STORE_TYPE_OWNED: return json_new_text("Owned");
    case STORE_TYPE_CREATE2: return json_new_text("CREATE2");
    case STORE_TYPE_NO2FA:
        o = json_new_object();
        put_null(o, "No2FA");
        return o;
    case STORE_TYPE_NO2FA_KEY:
        o = json_new_object();
        put_pubkey_hash(o, "No2FA", &a->type_hash);
        return o;
    }
    return NULL;
}

/* What a failure leaves behind. */
static struct json_object *unless_failed(struct json_object *o, const struct api_error *e)
{
    if (!e->set) return o;
    json_object_put(o);
    return NULL;
}

struct json_object *json_account_state(struct api_worker *w, const eth_address *address, store_moment moment,
                                       struct api_error *e)
{
    bool found;
    if (!account_read(w, &found, address, moment, e)) return NULL;
    return unless_failed(state_of(w, found, moment, e), e);
}

struct json_object *json_depositing(struct api_worker *w, const eth_address *address, struct api_error *e)
{
    struct json_object *o = json_new_object(), *balances = json_new_object();
    put(o, "balances", balances);
    uint32_t touched[PENDING_MAX];
    size_t n_touched = 0, seen = 0;
    uint64_t from = 0;
    for (;;) {
        size_t n;
        if (store_priority_pending(w->store, w->pending, &n, ZK_COUNT(w->pending), address, from, STORE_NEWER) !=
            ZK_OK) {
            fail_store(e);
            break;
        }
        for (size_t i = 0; i < n; i++) {
            const struct store_priority_op *p = &w->pending[i];
            uint32_t token = p->op.deposit.token;
            if (!token_is_fungible(token)) continue;
            uint64_t block = p->eth_block + w->api->config.confirmations;
            if (w->deposit_blocks[token] == 0) touched[n_touched++] = token;
            w->deposits[token] += p->op.deposit.amount;
            if (block > w->deposit_blocks[token]) w->deposit_blocks[token] = block;
        }
        seen += n;
        if (n < ZK_COUNT(w->pending) || seen >= PENDING_MAX) break;
        from = w->pending[n - 1].serial_id + 1;
    }
    for (size_t i = 0; i < n_touched; i++) {
        char symbol[SYMBOL_TEXT_MAX];
        uint32_t token = touched[i];
        struct json_object *item = json_new_object();
        put_u128(item, "amount", w->deposits[token]);
        put_u64(item, "expectedAcceptBlock", w->deposit_blocks[token]);
        put(balances, worker_symbol(w, symbol, token, e), item);
        w->deposits[token] = 0;
        w->deposit_blocks[token] = 0;
    }
    return unless_failed(o, e);
}

struct json_object *json_account_info(struct api_worker *w, const eth_address *address, struct api_error *e)
{
    struct json_object *o = json_new_object();
    bool found = false;
    put_address(o, "address", address);
    if (account_read(w, &found, address, STORE_COMMITTED, e)) {
        put_u64_or_null(o, "id", found, w->account.id);
        put(o, "accountType", found ? account_type(&w->account) : NULL);
        put(o, "committed", state_of(w, found, STORE_COMMITTED, e));
    }
    if (!e->set) put(o, "depositing", json_depositing(w, address, e));
    if (!e->set) put(o, "verified", json_account_state(w, address, STORE_VERIFIED, e));
    return unless_failed(o, e);
}

struct json_object *json_account(struct api_worker *w, const eth_address *address, store_moment moment,
                                 struct api_error *e)
{
    bool found;
    if (!account_read(w, &found, address, moment, e) || !found) return NULL;
    struct json_object *o = json_new_object();
    put_u64(o, "accountId", w->account.id);
    put_address(o, "address", address);
    put_u64(o, "nonce", w->account.leaf.nonce);
    put_pubkey_hash(o, "pubKeyHash", &w->account.leaf.pubkey_hash);
    put_u64(o, "lastUpdateInBlock", w->account.last_block);
    put(o, "accountType", account_type(&w->account));
    put_holdings(o, w, true, moment, e);
    return unless_failed(o, e);
}
