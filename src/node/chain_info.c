#include "node/chain_info.h"

#include "ethereum/eth_rpc.h"
#include "ethereum/eth_tx.h"
#include "ethereum/zkroll_event.h"
#include "ethereum/zkroll_view.h"

#include <json-c/json.h>
#include <stdio.h>

#define INFO_KEY     "chain_info"
#define INFO_VERSION 1
#define HEAD_KEY     "l1_head"

/* Stored: version 1, chain id 8, block 8, seven addresses, root 32; big-endian. */
#define ADDRESSES  7
#define INFO_BYTES (1 + 8 + 8 + 20 * ADDRESSES + 32)
#define HEAD_BYTES 40

static void addresses_of(eth_address *out[ADDRESSES], struct chain_info *info)
{
    out[0] = &info->main_contract;
    out[1] = &info->governance;
    out[2] = &info->nft_factory;
    out[3] = &info->multicall;
    out[4] = &info->forced_exit;
    out[5] = &info->token_governance;
    out[6] = &info->fee_account;
}

/* ---- the file */

/* The member at path "a.b", or NULL. */
static struct json_object *member(struct json_object *o, const char *first, const char *second)
{
    struct json_object *inner = NULL, *out = NULL;
    if (second == NULL) return json_object_object_get_ex(o, first, &out) ? out : NULL;
    if (!json_object_object_get_ex(o, first, &inner)) return NULL;
    return json_object_object_get_ex(inner, second, &out) ? out : NULL;
}

static bool read_address(eth_address *out, struct json_object *o, const char *first, const char *second)
{
    struct json_object *m = member(o, first, second);
    return json_object_is_type(m, json_type_string) && eth_address_parse(out->b, json_object_get_string(m));
}

static bool read_number(uint64_t *out, struct json_object *o, const char *key)
{
    struct json_object *m = member(o, key, NULL);
    *out = json_object_get_uint64(m);
    return json_object_is_type(m, json_type_int) && json_object_get_int64(m) >= 0;
}

static bool read_document(struct chain_info *out, struct json_object *o)
{
    struct json_object *root = member(o, "genesisRoot", NULL);
    const char *text = json_object_is_type(root, json_type_string) ? json_object_get_string(root) : "";
    return read_number(&out->chain_id, o, "chainId") && read_number(&out->block, o, "block") &&
           hex_decode(out->genesis_root.b, 32, text, strlen(text)) &&
           read_address(&out->main_contract, o, "contracts", "main") &&
           read_address(&out->governance, o, "contracts", "governance") &&
           read_address(&out->nft_factory, o, "contracts", "nftFactory") &&
           read_address(&out->multicall, o, "contracts", "multicall") &&
           read_address(&out->forced_exit, o, "contracts", "forcedExit") &&
           read_address(&out->token_governance, o, "contracts", "tokenGovernance") &&
           read_address(&out->fee_account, o, "settings", "feeAccount");
}

zk_err chain_info_read(struct chain_info *out, const char *path)
{
    *out = (struct chain_info){0};
    struct json_object *o = json_object_from_file(path);
    if (o == NULL) return zk_fail(ZK_ERR_INPUT, "%s cannot be read, or is not JSON", path);
    bool ok = json_object_is_type(o, json_type_object) && read_document(out, o);
    json_object_put(o);
    return ok ? ZK_OK : zk_fail(ZK_ERR_INPUT, "%s is not an addresses file of `zkroll deploy`", path);
}

/* ---- against the contract */

static zk_err read_genesis(struct zkroll_event *event, const struct chain_info *info, struct rpc *rpc)
{
    struct eth_logs logs;
    bool too_many;
    uint8_t address[1][20], topic[1][32];
    memcpy(address[0], info->main_contract.b, 20);
    zkroll_event_topic(topic[0], ZKROLL_GENESIS);
    const struct eth_filter filter = {.from_block = info->block,
                                      .to_block = info->block,
                                      .addresses = (const uint8_t(*)[20])address,
                                      .n_addresses = 1,
                                      .topics0 = (const uint8_t(*)[32])topic,
                                      .n_topics0 = 1};
    ZK_TRY(eth_rpc_logs(rpc, &logs, &too_many, &filter));
    zk_err err = logs.n == 1 && !too_many ? zkroll_event_decode(event, &logs.items[0])
                                          : zk_fail(ZK_ERR_INPUT, "L1 block %llu has no genesis of this contract",
                                                    (unsigned long long)info->block);
    eth_logs_free(&logs);
    return err;
}

zk_err chain_info_check(const struct chain_info *info, struct rpc *rpc)
{
    uint64_t chain_id;
    struct zkroll_event genesis;
    ZK_TRY(eth_rpc_chain_id(rpc, &chain_id));
    if (chain_id != info->chain_id)
        return zk_fail(ZK_ERR_INPUT, "the L1 node is of chain %llu, the contracts are on chain %llu",
                       (unsigned long long)chain_id, (unsigned long long)info->chain_id);
    ZK_TRY(read_genesis(&genesis, info, rpc));
    if (memcmp(genesis.genesis.root, info->genesis_root.b, 32) != 0)
        return zk_fail(ZK_ERR_INPUT, "the contract's genesis root is another than that of the addresses file");
    if (memcmp(genesis.genesis.fee_address, info->fee_account.b, 20) != 0)
        return zk_fail(ZK_ERR_INPUT, "the contract's fee account is another than that of the addresses file");
    if (memcmp(genesis.genesis.governance, info->governance.b, 20) != 0)
        return zk_fail(ZK_ERR_INPUT, "the contract's governance is another than that of the addresses file");
    return ZK_OK;
}

/* ---- the store */

static void encode(uint8_t out[INFO_BYTES], const struct chain_info *info)
{
    struct chain_info copy = *info;
    eth_address *addresses[ADDRESSES];
    addresses_of(addresses, &copy);
    out[0] = INFO_VERSION;
    store_be64(out + 1, info->chain_id);
    store_be64(out + 9, info->block);
    for (size_t i = 0; i < ADDRESSES; i++) memcpy(out + 17 + 20 * i, addresses[i]->b, 20);
    memcpy(out + 17 + 20 * ADDRESSES, info->genesis_root.b, 32);
}

zk_err chain_info_load(struct store *s, struct chain_info *out, bool *found)
{
    uint8_t bytes[INFO_BYTES];
    size_t len;
    eth_address *addresses[ADDRESSES];
    *out = (struct chain_info){0};
    ZK_TRY(store_get(s, INFO_KEY, bytes, &len, sizeof bytes, found));
    if (!*found) return ZK_OK;
    if (len != INFO_BYTES || bytes[0] != INFO_VERSION)
        return zk_fail(ZK_ERR_CORRUPT, "the database's record of the rollup is damaged");
    addresses_of(addresses, out);
    out->chain_id = load_be64(bytes + 1);
    out->block = load_be64(bytes + 9);
    for (size_t i = 0; i < ADDRESSES; i++) memcpy(addresses[i]->b, bytes + 17 + 20 * i, 20);
    memcpy(out->genesis_root.b, bytes + 17 + 20 * ADDRESSES, 32);
    return ZK_OK;
}

zk_err chain_info_save(struct store *s, const struct chain_info *info)
{
    uint8_t bytes[INFO_BYTES];
    struct chain_info there;
    bool found;
    ZK_TRY(chain_info_load(s, &there, &found));
    encode(bytes, info);
    if (!found) return store_put(s, INFO_KEY, bytes, sizeof bytes);
    uint8_t other[INFO_BYTES];
    encode(other, &there);
    if (memcmp(bytes, other, sizeof bytes) == 0) return ZK_OK;
    char address[43];
    eth_address_str(address, there.main_contract.b);
    return zk_fail(ZK_ERR_INPUT, "the database is of another rollup, that of contract %s on chain %llu", address,
                   (unsigned long long)there.chain_id);
}

/* ---- L1's head */

zk_err l1_head_save(struct store *s, const struct l1_head *head)
{
    uint8_t bytes[HEAD_BYTES];
    store_be64(bytes, head->number);
    store_be64(bytes + 8, head->timestamp);
    store_be64(bytes + 16, (uint64_t)head->seen_at);
    store_be64(bytes + 24, head->base_fee);
    store_be64(bytes + 32, head->scanned);
    return store_put(s, HEAD_KEY, bytes, sizeof bytes);
}

zk_err l1_head_load(struct store *s, struct l1_head *head, bool *found)
{
    uint8_t bytes[HEAD_BYTES];
    size_t len;
    *head = (struct l1_head){0};
    ZK_TRY(store_get(s, HEAD_KEY, bytes, &len, sizeof bytes, found));
    if (!*found) return ZK_OK;
    if (len != HEAD_BYTES) return zk_fail(ZK_ERR_CORRUPT, "the database's record of L1's head is damaged");
    head->number = load_be64(bytes);
    head->timestamp = load_be64(bytes + 8);
    head->seen_at = (int64_t)load_be64(bytes + 16);
    head->base_fee = load_be64(bytes + 24);
    head->scanned = load_be64(bytes + 32);
    return ZK_OK;
}

bool l1_head_confirmed(uint64_t *block, const struct l1_head *head, uint64_t confirmations)
{
    if (head->number < confirmations) return false;
    *block = head->number - confirmations;
    if (*block > head->scanned) *block = head->scanned;
    return true;
}
