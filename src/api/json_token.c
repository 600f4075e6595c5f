#include "api/model.h"

#include "api/api_internal.h"
#include "node/l1_watcher.h"

#include <stdio.h>
#include <string.h>

#define PRICE_DIGITS 18

struct json_object *json_token_rpc(const struct store_token *t)
{
    struct json_object *o = json_new_object();
    put_u64(o, "id", t->id);
    put_address(o, "address", &t->address);
    put_text(o, "symbol", t->symbol);
    put_u64(o, "decimals", t->decimals);
    put_text(o, "kind", "ERC20");
    put_bool(o, "is_nft", false);
    return o;
}

struct json_object *json_token_rest(const struct store_token *t)
{
    struct json_object *o = json_new_object();
    put_u64(o, "id", t->id);
    put_address(o, "address", &t->address);
    put_text(o, "symbol", t->symbol);
    put_u64(o, "decimals", t->decimals);
    put_bool(o, "enabledForFees", t->enabled_for_fees);
    return o;
}

struct json_object *json_nft(const struct store_nft *nft)
{
    struct json_object *o = json_new_object();
    char symbol[24];
    (void)snprintf(symbol, sizeof symbol, "NFT-%u", nft->id);
    put_u64(o, "id", nft->id);
    put_hash(o, "contentHash", &nft->leaf.content.hash);
    put_u64(o, "creatorId", nft->leaf.content.creator);
    put_address(o, "creatorAddress", &nft->leaf.content.creator_address);
    put_u64(o, "serialId", nft->leaf.content.serial);
    put_address(o, "address", &nft->address);
    put_text(o, "symbol", symbol);
    return o;
}

/* The one that its creator registered, else the common one. */
static bool factory_of(struct api_worker *w, eth_address *factory, const struct nft_content *nft, struct api_error *e)
{
    bool found;
    if (nft_factory_of(w->store, factory, &found, nft->creator, &nft->creator_address) != ZK_OK) {
        fail_store(e);
        return false;
    }
    if (!found) *factory = w->api->config.nft_factory;
    return true;
}

struct json_object *json_nft_full(struct api_worker *w, uint32_t id, struct api_error *e)
{
    bool found;
    struct store_nft nft;
    if (store_nft_get(w->store, &nft, &found, id, STORE_VERIFIED) != ZK_OK) return fail_store(e);
    eth_address factory;
    if (!found || !factory_of(w, &factory, &nft.leaf.content, e)) return NULL;
    struct json_object *o = json_nft(&nft);
    put_address(o, "currentFactory", &factory);
    if (nft.leaf.owner == ACCOUNT_ID_NOBODY) {
        put_address(o, "withdrawnFactory", &factory);
    } else {
        put_null(o, "withdrawnFactory");
    }
    return o;
}

struct json_object *json_nft_owner(struct api_worker *w, uint32_t id, struct api_error *e)
{
    bool found;
    struct store_nft nft;
    if (!token_is_nft(id)) return NULL;
    if (store_nft_get(w->store, &nft, &found, id, STORE_VERIFIED) != ZK_OK) return fail_store(e);
    return found && nft.leaf.owner != ACCOUNT_ID_NOBODY ? json_new_u64(nft.leaf.owner) : NULL;
}

struct json_object *json_nft_id_by_tx(struct api_worker *w, const hash32 *hash, struct api_error *e)
{
    bool found;
    uint32_t id;
    if (store_nft_by_mint(w->store, &id, &found, hash) != ZK_OK) return fail_store(e);
    return found ? json_new_u64(id) : NULL;
}

bool token_price(const struct store_token *t, uint64_t *pico)
{
    return t->price[0] != '\0' && fee_price_parse(pico, t->price);
}

void price_ratio_text(char out[PRICE_TEXT_MAX], uint64_t a, uint64_t b)
{
    assert(b > 0);
    uint64_t whole = a / b;
    u128 rest = a % b;
    char digits[PRICE_DIGITS + 1];
    for (int i = 0; i < PRICE_DIGITS; i++) {
        rest *= 10;
        digits[i] = (char)('0' + (int)(rest / b));
        rest %= b;
    }
    size_t n = PRICE_DIGITS;
    while (n > 0 && digits[n - 1] == '0') n--;
    digits[n] = '\0';
    (void)snprintf(out, PRICE_TEXT_MAX, n > 0 ? "%llu.%s" : "%llu%s", (unsigned long long)whole, digits);
}
