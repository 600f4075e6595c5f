#include "cli/account_shown.h"

#include "base/bytes.h"
#include "cli/block_on_l1.h"
#include "cli/restore.h"
#include "rollup/amount.h"

#include <json-c/json.h>

#define PROOF_PATH "/api/zkroll/v1/accounts/0x%s/proof?token=%u"

static bool read_fr(fr *out, struct json_object *v)
{
    uint8_t bytes[32];
    return v != NULL && json_object_is_type(v, json_type_string) &&
           hex_decode(bytes, 32, json_object_get_string(v), (size_t)json_object_get_string_len(v)) &&
           fr_from_be32(out, bytes);
}

static struct json_object *get(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return o != NULL && json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static bool read_u32(uint32_t *out, struct json_object *v)
{
    if (v == NULL || !json_object_is_type(v, json_type_int)) return false;
    int64_t x = json_object_get_int64(v);
    *out = (uint32_t)x;
    return x >= 0 && x <= UINT32_MAX;
}

static bool read_fixed(uint8_t *out, size_t n, struct json_object *v, const char *prefix)
{
    if (v == NULL || !json_object_is_type(v, json_type_string)) return false;
    const char *text = json_object_get_string(v);
    size_t skip = strlen(prefix);
    return strncmp(text, prefix, skip) == 0 && hex_decode(out, n, text + skip, strlen(text + skip));
}

static bool read_siblings(fr (*out)[TREE_ARITY - 1], size_t levels, struct json_object *v)
{
    if (v == NULL || !json_object_is_type(v, json_type_array) || json_object_array_length(v) != levels) return false;
    for (size_t h = 0; h < levels; h++) {
        struct json_object *level = json_object_array_get_idx(v, h);
        if (!json_object_is_type(level, json_type_array) || json_object_array_length(level) != TREE_ARITY - 1)
            return false;
        for (size_t i = 0; i < TREE_ARITY - 1; i++)
            if (!read_fr(&out[h][i], json_object_array_get_idx(level, i))) return false;
    }
    return true;
}

/* What a node shows. Every value is hashed on the way to the root, so none needs to be believed. */
static bool read_proof(struct account_shown *s, struct json_object *o)
{
    struct account_proof *p = &s->proof;
    struct json_object *balance = get(o, "balance");
    p->leaf.exists = true;
    return read_u32(&s->block, get(o, "blockNumber")) && read_u32(&s->account_id, get(o, "accountId")) &&
           s->account_id <= ACCOUNT_ID_MAX && read_fixed(p->leaf.address.b, 20, get(o, "address"), "0x") &&
           read_fixed(p->leaf.pubkey_hash.b, 20, get(o, "pubKeyHash"), "sync:") &&
           read_u32(&p->leaf.nonce, get(o, "nonce")) && read_u32(&p->leaf.minted, get(o, "minted")) &&
           balance != NULL && json_object_is_type(balance, json_type_string) &&
           u128_from_text(&p->balance, json_object_get_string(balance), (size_t)json_object_get_string_len(balance)) ==
               U128_PARSED &&
           read_siblings(p->balance_siblings, BALANCE_TREE_LEVELS, get(o, "balanceSiblings")) &&
           read_siblings(p->account_siblings, ACCOUNT_TREE_LEVELS, get(o, "accountSiblings")) &&
           read_fr(&p->nft_root, get(o, "nftRoot")) && read_u32(&p->nft_count, get(o, "nftCount")) &&
           read_u32(&p->account_count, get(o, "accountCount"));
}

zk_err account_shown_by_node(struct account_shown *s, struct client *c, const eth_address *owner, uint32_t token)
{
    struct json_object *o;
    char path[160];
    char hex[41];
    *s = (struct account_shown){.token = token};
    hex_encode(hex, owner->b, 20);
    (void)snprintf(path, sizeof path, PROOF_PATH, hex, s->token);
    ZK_TRY(client_own(c, &o, path));
    bool ok = read_proof(s, o);
    json_object_put(o);
    if (!ok) return zk_fail(ZK_ERR_IO, "the node's answer is not a Merkle proof");
    if (!eth_address_eq(&s->proof.leaf.address, owner))
        return zk_fail(ZK_ERR_IO, "the node shows the account of another address");
    account_proof_root(&s->root, &s->proof, s->account_id, s->token);
    return ZK_OK;
}

zk_err account_shown_by_folder(struct account_shown *s, const char *dir, const eth_address *owner, uint32_t token)
{
    const struct restore_config config = {.dir = dir, .read_only = true};
    struct restore *r;
    *s = (struct account_shown){.token = token};
    ZK_TRY(restore_open(&r, &config));
    struct state *state = restore_state(r);
    bool found = state != NULL && state_find(&s->account_id, state, owner);
    if (found) {
        state_prove_account(&s->proof, state, s->account_id, s->token);
        account_proof_root(&s->root, &s->proof, s->account_id, s->token);
        s->block = restore_cursor_of(r)->last.number;
    }
    restore_close(r);
    return found ? ZK_OK : zk_fail(ZK_ERR_INPUT, "this address has no account in the restored state");
}

zk_err account_shown_check(const struct account_shown *s, struct l1 *l, uint64_t first_block)
{
    struct zkroll_progress now;
    struct block_on_l1 b;
    uint8_t root[32];
    ZK_TRY(zkroll_view_progress(&now, &l->main));
    if (s->block > now.executed)
        return zk_fail(ZK_ERR_INPUT, "the proof is for block %u, and L1 has executed block %u", s->block, now.executed);
    fr_to_be32(root, &s->root);
    if (s->block == 0) {
        struct zkroll_stored genesis;
        uint8_t ours[32];
        uint8_t hash[32];
        ZK_TRY(zkroll_view_stored_hash(hash, &l->main, 0));
        zkroll_genesis(&genesis, root);
        zkroll_stored_hash(ours, &genesis);
        return memcmp(ours, hash, 32) == 0 ? ZK_OK : zk_fail(ZK_ERR_CORRUPT, "the proof does not lead to L1's root");
    }
    ZK_TRY(block_on_l1_read(&b, l, s->block, first_block));
    bool same = memcmp(b.block.stored.state_root, root, 32) == 0;
    block_on_l1_free(&b);
    return same ? ZK_OK
                : zk_fail(ZK_ERR_CORRUPT,
                          "the proof does not lead to the root of block %u that L1 executed: do not "
                          "believe who gave it",
                          s->block);
}

/* A node learns of an execution a little after L1: so the next block may be executed, but not for long. */
zk_err account_shown_check_new(const struct account_shown *s, struct l1 *l, uint64_t first_block, bool is_own)
{
    struct zkroll_progress now;
    struct block_on_l1 next;
    struct eth_receipt receipt;
    struct eth_block head;
    bool found;
    ZK_TRY(zkroll_view_progress(&now, &l->main));
    if (s->block >= now.executed) return ZK_OK;
    ZK_TRY(block_on_l1_read(&next, l, s->block + 1, first_block));
    zk_err err = eth_rpc_receipt(l->rpc, &receipt, &found, next.execute_tx);
    block_on_l1_free(&next);
    ZK_TRY(err);
    if (!found) return zk_fail(ZK_ERR_IO, "L1 does not show the transaction that executed block %u", s->block + 1);
    ZK_TRY(eth_rpc_block_tag(l->rpc, &head, "latest"));
    uint64_t age = head.number > receipt.block_number ? head.number - receipt.block_number : 0;
    if (age <= ACCOUNT_SHOWN_L1_BLOCKS) return ZK_OK;
    return zk_fail(
        ZK_ERR_INPUT,
        "this is what was after block %u, and L1 has executed block %u; the next one %llu blocks of L1 ago: %s",
        s->block, now.executed, (unsigned long long)age,
        is_own ? "run `zkroll restore` again" : "the node is behind, or shows old states");
}
