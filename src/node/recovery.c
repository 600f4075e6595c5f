#include "node/recovery.h"

#include "base/log.h"
#include "rollup/replay.h"
#include "store/store_blocks.h"

static zk_err genesis_root(fr *root, const eth_address *fee_address)
{
    struct state_config small = {.accounts = 2, .nfts = 1, .balance_bytes = 1 << 20, .address_key = {1, 1}};
    struct state *s;
    ZK_TRY(state_create(&s, &small, fee_address));
    state_root(root, s);
    state_destroy(s);
    return ZK_OK;
}

zk_err recovery_genesis(struct store *s, const eth_address *fee_address, const hash32 *contract_root, int64_t now)
{
    fr root, have;
    hash32 bytes;
    bool found = false;
    ZK_TRY(genesis_root(&root, fee_address));
    fr_to_be32(bytes.b, &root);
    if (contract_root != NULL && !hash32_eq(&bytes, contract_root))
        return zk_fail(ZK_ERR_INPUT, "the contract's genesis root is not that of its fee account: it was deployed with "
                                     "other rules than this program has");
    ZK_TRY(store_genesis_root(s, &have, &found));
    if (!found) return store_genesis(s, fee_address, &root, now);
    if (fr_eq(&root, &have)) return ZK_OK;
    char address[41];
    hex_encode(address, fee_address->b, 20);
    return zk_fail(ZK_ERR_INPUT, "the database's genesis has another fee account than 0x%s: it is of another chain",
                   address);
}

static zk_err sealed_block(struct store_block *block, struct store *s, uint32_t number)
{
    bool found = false;
    ZK_TRY(store_block_get(s, block, &found, number));
    if (!found || block->status == STORE_BLOCK_OPEN)
        return zk_fail(ZK_ERR_CORRUPT, "block %u is missing in the database", number);
    return ZK_OK;
}

/* ---- where to begin */

static void pass_over(struct snapshots *snapshots, uint32_t block, const char *why)
{
    log_event(LOG_WARN, "snapshot_unusable", LOG_U64("block", block), LOG_STR("why", why), LOG_END);
    snapshots_remove(snapshots, block);
}

/* Of block 0 there is no snapshot: genesis is as fast. */
static zk_err try_snapshot(struct recovered *r, struct store *s, struct snapshots *snapshots,
                           const struct state_config *config, uint32_t number, struct pool *pool)
{
    struct store_block block;
    ZK_TRY(sealed_block(&block, s, number));
    struct state *state;
    zk_err err = snapshots_load(snapshots, &state, config, number, pool);
    if (err == ZK_ERR_FULL || err == ZK_ERR_MEMORY) return err; /* the configuration's fault, not the file's */
    if (err != ZK_OK) {
        pass_over(snapshots, number, zk_err_message());
        return ZK_OK;
    }
    fr root;
    state_root(&root, state);
    if (!fr_eq(&root, &block.new_root)) {
        state_destroy(state);
        pass_over(snapshots, number, "its root is not the block's");
        return ZK_OK;
    }
    r->state = state;
    r->from_snapshot = number;
    return ZK_OK;
}

static zk_err begin_at_genesis(struct recovered *r, struct store *s, const struct state_config *config)
{
    struct store_account_head fee;
    fr root, have;
    bool found = false;
    ZK_TRY(store_account_head_by_id(s, &fee, &found, ACCOUNT_ID_FEE));
    if (!found) return zk_fail(ZK_ERR_CORRUPT, "the database has no fee account");
    ZK_TRY(state_create(&r->state, config, &fee.address));
    ZK_TRY(store_genesis_root(s, &root, &found));
    state_root(&have, r->state);
    if (found && fr_eq(&root, &have)) return ZK_OK;
    return zk_fail(ZK_ERR_CORRUPT, "the database's genesis root is not that of its fee account");
}

static zk_err begin(struct recovered *r, struct store *s, struct snapshots *snapshots,
                    const struct state_config *config, struct pool *pool)
{
    uint32_t limit = r->last_sealed;
    while (r->state == NULL && limit > 0) {
        uint32_t number = 0;
        bool found = false;
        ZK_TRY(snapshots_newest(snapshots, &number, &found, limit));
        if (!found || number == 0) break;
        ZK_TRY(try_snapshot(r, s, snapshots, config, number, pool));
        limit = number - 1;
    }
    return r->state != NULL ? ZK_OK : begin_at_genesis(r, s, config);
}

/* ---- replaying */

static zk_err replay_one(struct recovered *r, struct store *s, struct replay *replay, uint32_t number,
                         struct pool *pool)
{
    struct store_block block;
    struct store_streams streams;
    bool found = false;
    ZK_TRY(sealed_block(&block, s, number));
    ZK_TRY(store_block_streams(s, &streams, &found, number));
    if (!found) return zk_fail(ZK_ERR_CORRUPT, "the streams of block %u are missing in the database", number);
    zk_err err = replay_block(replay, r->state, block.header.fee_account, streams.settlement, streams.settlement_len,
                              streams.delta, streams.delta_len, pool);
    store_streams_free(&streams);
    if (err == ZK_ERR_INPUT) return zk_fail(ZK_ERR_CORRUPT, "block %u does not follow from the one before it", number);
    if (err != ZK_OK) return err;
    fr root;
    state_root(&root, r->state);
    if (!fr_eq(&root, &block.new_root))
        return zk_fail(ZK_ERR_CORRUPT, "replaying block %u leads to another root than was stored", number);
    r->replayed++;
    return ZK_OK;
}

static zk_err replay_rest(struct recovered *r, struct store *s, struct pool *pool, zk_err (*progress)(void *ctx),
                          void *ctx)
{
    if (r->from_snapshot == r->last_sealed) return ZK_OK;
    struct replay *replay;
    ZK_TRY(replay_create(&replay));
    zk_err err = ZK_OK;
    for (uint32_t number = r->from_snapshot + 1; err == ZK_OK && number <= r->last_sealed; number++) {
        if (progress != NULL) err = progress(ctx);
        if (err == ZK_OK) err = replay_one(r, s, replay, number, pool);
    }
    replay_destroy(replay);
    return err;
}

static zk_err run(struct recovered *r, struct store *s, struct snapshots *snapshots, const struct state_config *config,
                  struct pool *pool, zk_err (*progress)(void *ctx), void *ctx)
{
    struct store_heads heads;
    ZK_TRY(store_heads(s, &heads));
    r->last_sealed = heads.last_sealed;
    snapshots_remove_above(snapshots, r->last_sealed); /* of blocks that were unwound, or of another database */
    ZK_TRY(begin(r, s, snapshots, config, pool));
    ZK_TRY(replay_rest(r, s, pool, progress, ctx));
    if (r->last_sealed == 0) return ZK_OK;
    struct store_block last;
    ZK_TRY(sealed_block(&last, s, r->last_sealed));
    r->last_timestamp = last.header.timestamp;
    return ZK_OK;
}

zk_err recovery_run(struct recovered *out, struct store *s, struct snapshots *snapshots,
                    const struct state_config *config, struct pool *pool, zk_err (*progress)(void *ctx), void *ctx)
{
    *out = (struct recovered){0};
    zk_err err = run(out, s, snapshots, config, pool, progress, ctx);
    if (err != ZK_OK) {
        state_destroy(out->state);
        out->state = NULL;
    }
    return err;
}
