#include "node/chain.h"

#define KEY_ID           "chain.id"
#define KEY_CONTRACT     "chain.contract"
#define KEY_FEE_ADDRESS  "chain.fee-address"
#define KEY_L1_CONFIRMED "l1.confirmed"

static zk_err get(struct store *s, const char *key, uint8_t *out, size_t len, bool *found)
{
    size_t have = 0;
    ZK_TRY(store_get(s, key, out, &have, len, found));
    if (*found && have != len)
        return zk_fail(ZK_ERR_CORRUPT, "the database's value of %s has %zu bytes instead of %zu", key, have, len);
    return ZK_OK;
}

/* *same: the database has this value now. */
static zk_err bind(struct store *s, const char *key, const uint8_t *value, uint8_t *have, size_t len, bool *same)
{
    bool found = false;
    ZK_TRY(get(s, key, have, len, &found));
    if (!found) ZK_TRY(store_put(s, key, value, len));
    *same = !found || memcmp(have, value, len) == 0;
    return ZK_OK;
}

zk_err chain_bind_id(struct store *s, uint64_t chain_id)
{
    uint8_t value[8], have[8];
    bool same = false;
    store_be64(value, chain_id);
    ZK_TRY(bind(s, KEY_ID, value, have, sizeof value, &same));
    if (same) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "the database belongs to chain %llu, and l1.chain-id says %llu",
                   (unsigned long long)load_be64(have), (unsigned long long)chain_id);
}

static zk_err bind_address(struct store *s, const char *key, const char *what, const eth_address *address)
{
    uint8_t have[20];
    bool same = false;
    ZK_TRY(bind(s, key, address->b, have, sizeof have, &same));
    if (same) return ZK_OK;
    char known[41], given[41];
    hex_encode(known, have, 20);
    hex_encode(given, address->b, 20);
    return zk_fail(ZK_ERR_INPUT, "the database belongs to another chain: its %s is 0x%s, not 0x%s", what, known, given);
}

zk_err chain_bind_contract(struct store *s, const eth_address *contract)
{
    return bind_address(s, KEY_CONTRACT, "contract", contract);
}

zk_err chain_bind_fee_address(struct store *s, const eth_address *address)
{
    return bind_address(s, KEY_FEE_ADDRESS, "fee account", address);
}

zk_err chain_fee_address(struct store *s, eth_address *address, bool *found)
{
    return get(s, KEY_FEE_ADDRESS, address->b, sizeof address->b, found);
}

zk_err chain_set_l1_confirmed(struct store *s, uint64_t block)
{
    uint8_t value[8];
    store_be64(value, block);
    return store_put(s, KEY_L1_CONFIRMED, value, sizeof value);
}

zk_err chain_l1_confirmed(struct store *s, uint64_t *block)
{
    uint8_t value[8];
    bool found = false;
    *block = 0;
    ZK_TRY(get(s, KEY_L1_CONFIRMED, value, sizeof value, &found));
    if (found) *block = load_be64(value);
    return ZK_OK;
}

zk_err chain_set_exodus(struct store *s, bool exodus, uint64_t l1_block)
{
    uint8_t value[8];
    store_be64(value, l1_block);
    return exodus ? store_put(s, CHAIN_EXODUS_KEY, value, sizeof value) : store_remove(s, CHAIN_EXODUS_KEY);
}

zk_err chain_exodus(struct store *s, bool *exodus)
{
    uint8_t value[8];
    return get(s, CHAIN_EXODUS_KEY, value, sizeof value, exodus);
}
