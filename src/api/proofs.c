#include "api/proofs.h"

#include "base/log.h"
#include "rollup/replay.h"
#include "rollup/snapshot.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct proofs {
    const char *snapshots;
    struct replay *replay;
    struct state *state; /* NULL: not yet */
    uint32_t block;      /* that it is after */
};

zk_err proofs_create(struct proofs **out, const char *snapshots)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for proofs");
    (*out)->snapshots = snapshots;
    return ZK_OK;
}

static void forget(struct proofs *p)
{
    state_destroy(p->state);
    p->state = NULL;
    p->block = 0;
}

void proofs_destroy(struct proofs *p)
{
    if (p == NULL) return;
    forget(p);
    replay_destroy(p->replay);
    free(p);
}

/* ---- the state */

static struct state_config config_of(void)
{
    struct state_config c = state_config_default();
    if (getrandom(c.address_key, sizeof c.address_key, 0) != (ssize_t)sizeof c.address_key)
        c.address_key[0] = (uint64_t)clock_wall_us();
    return c;
}

/* The newest snapshot that is not newer than `last`; 0: none. */
static uint32_t newest_snapshot(const struct proofs *p, uint32_t last)
{
    uint32_t best = 0;
    DIR *dir = p->snapshots != NULL ? opendir(p->snapshots) : NULL;
    for (struct dirent *d = dir != NULL ? readdir(dir) : NULL; d != NULL; d = readdir(dir)) {
        unsigned n;
        int end = 0;
        if (sscanf(d->d_name, "state-%u.zks%n", &n, &end) != 1 || end == 0 || d->d_name[end] != '\0') continue;
        if (n <= last && n > best) best = n;
    }
    if (dir != NULL) closedir(dir);
    return best;
}

/* True if the root is the one that the store has for the block. */
static zk_err check_root(const struct state *s, struct store *store, uint32_t block)
{
    struct store_block *b = malloc(sizeof *b);
    bool found = false;
    fr want = {0}, got;
    if (b == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a block");
    zk_err err = block == 0 ? store_genesis_root(store, &want, &found) : store_block_get(store, b, &found, block);
    if (block != 0) want = b->new_root;
    free(b);
    ZK_TRY(err);
    state_root(&got, s);
    if (!found || memcmp(&want, &got, sizeof want) != 0)
        return zk_fail(ZK_ERR_CORRUPT, "the state after block %u has another root than the block", block);
    return ZK_OK;
}

static zk_err begin_snapshot(struct proofs *p, struct store *store, uint32_t block)
{
    char path[4096];
    struct state_config c = config_of();
    if (snprintf(path, sizeof path, "%s/state-%u.zks", p->snapshots, block) >= (int)sizeof path)
        return zk_fail(ZK_ERR_RANGE, "the path of the snapshots is too long");
    ZK_TRY(state_load(&p->state, &c, path, false, NULL));
    p->block = block;
    return check_root(p->state, store, block);
}

static zk_err begin_genesis(struct proofs *p, struct store *store)
{
    struct store_account_head fee;
    bool found;
    struct state_config c = config_of();
    ZK_TRY(store_account_head_by_id(store, &fee, &found, ACCOUNT_ID_FEE));
    if (!found) return zk_fail(ZK_ERR_IO, "the database has no genesis yet");
    ZK_TRY(state_create(&p->state, &c, &fee.address));
    p->block = 0;
    return check_root(p->state, store, 0);
}

static zk_err begin(struct proofs *p, struct store *store, uint32_t last)
{
    uint32_t snapshot = newest_snapshot(p, last);
    if (snapshot > 0 && begin_snapshot(p, store, snapshot) == ZK_OK) return ZK_OK;
    forget(p); /* a snapshot may be deleted while we read it: then from the beginning */
    return begin_genesis(p, store);
}

static zk_err forward_one(struct proofs *p, struct store *store)
{
    struct store_streams s;
    bool found;
    uint32_t n = p->block + 1;
    ZK_TRY(store_block_streams(store, &s, &found, n));
    if (!found) return zk_fail(ZK_ERR_CORRUPT, "block %u has no streams", n);
    zk_err err =
        replay_block(p->replay, p->state, ACCOUNT_ID_FEE, s.settlement, s.settlement_len, s.delta, s.delta_len, NULL);
    store_streams_free(&s);
    ZK_TRY(err);
    p->block = n;
    return check_root(p->state, store, n);
}

static zk_err forward(struct proofs *p, struct store *store, uint32_t last)
{
    if (p->replay == NULL) ZK_TRY(replay_create(&p->replay));
    /* L1 may have lost what it had executed, and executed something else. */
    if (p->state != NULL && (p->block > last || check_root(p->state, store, p->block) != ZK_OK)) forget(p);
    if (p->state == NULL) ZK_TRY(begin(p, store, last));
    while (p->block < last) ZK_TRY(forward_one(p, store));
    return ZK_OK;
}

static bool ready(struct proofs *p, struct api_worker *w, struct api_error *e)
{
    if (!worker_heads(w, e)) return false;
    if (forward(p, w->store, w->heads.last_executed) == ZK_OK) return true;
    log_event(LOG_WARN, "api_state_failed", LOG_U64("block", p->block), LOG_STR("why", zk_err_message()), LOG_END);
    forget(p);
    fail_status(e, 503, "the state for proofs cannot be made: %s", zk_err_message());
    return false;
}

/* ---- proofs */

static struct json_object *siblings_of(const fr siblings[][TREE_ARITY - 1], size_t levels)
{
    struct json_object *all = json_new_array();
    for (size_t i = 0; i < levels; i++) {
        struct json_object *level = json_new_array();
        for (size_t k = 0; k < TREE_ARITY - 1; k++) {
            uint8_t bytes[32];
            fr_to_be32(bytes, &siblings[i][k]);
            append(level, json_new_hex("0x", bytes, sizeof bytes));
        }
        append(all, level);
    }
    return all;
}

static void put_root(struct json_object *o, const struct proofs *p)
{
    fr root;
    state_root(&root, p->state);
    put_u64(o, "blockNumber", p->block);
    put_fr(o, "root", "0x", &root);
}

struct json_object *proofs_account(struct proofs *p, struct api_worker *w, const eth_address *address, uint32_t token,
                                   struct api_error *e)
{
    struct account_proof proof;
    uint32_t id;
    fr root, proved;
    if (!ready(p, w, e)) return NULL;
    if (!state_find(&id, p->state, address))
        return fail_status(e, 404, "no account of that address at block %u, the last one executed on L1", p->block);
    state_prove_account(&proof, p->state, id, token);
    state_root(&root, p->state);
    account_proof_root(&proved, &proof, id, token);
    assert(memcmp(&root, &proved, sizeof root) == 0);
    struct json_object *o = json_new_object();
    put_root(o, p);
    put_u64(o, "accountId", id);
    put_address(o, "address", &proof.leaf.address);
    put_pubkey_hash(o, "pubKeyHash", &proof.leaf.pubkey_hash);
    put_u64(o, "nonce", proof.leaf.nonce);
    put_u64(o, "minted", proof.leaf.minted);
    put_u64(o, "token", token);
    put_u128(o, "balance", proof.balance);
    put(o, "balanceSiblings", siblings_of(proof.balance_siblings, BALANCE_TREE_LEVELS));
    put(o, "accountSiblings", siblings_of(proof.account_siblings, ACCOUNT_TREE_LEVELS));
    put_fr(o, "nftRoot", "0x", &proof.nft_root);
    put_u64(o, "nftCount", proof.nft_count);
    put_u64(o, "accountCount", proof.account_count);
    return o;
}

struct json_object *proofs_nft(struct proofs *p, struct api_worker *w, uint32_t nft_id, struct api_error *e)
{
    struct nft_proof proof;
    struct nft_leaf leaf;
    fr root, proved;
    if (!ready(p, w, e)) return NULL;
    state_nft(&leaf, p->state, nft_id);
    if (!leaf.exists) return fail_status(e, 404, "no such NFT at block %u, the last one executed on L1", p->block);
    state_prove_nft(&proof, p->state, nft_id);
    state_root(&root, p->state);
    nft_proof_root(&proved, &proof, nft_id);
    assert(memcmp(&root, &proved, sizeof root) == 0);
    struct json_object *o = json_new_object();
    put_root(o, p);
    put_u64(o, "id", nft_id);
    put_u64(o, "owner", proof.leaf.owner);
    put_u64(o, "creatorId", proof.leaf.content.creator);
    put_u64(o, "serial", proof.leaf.content.serial);
    put_address(o, "creatorAddress", &proof.leaf.content.creator_address);
    put_hash(o, "contentHash", &proof.leaf.content.hash);
    put(o, "siblings", siblings_of(proof.siblings, NFT_TREE_LEVELS));
    put_fr(o, "accountRoot", "0x", &proof.account_root);
    put_u64(o, "nftCount", proof.nft_count);
    put_u64(o, "accountCount", proof.account_count);
    return o;
}
