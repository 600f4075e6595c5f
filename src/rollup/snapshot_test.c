#include "base/test.h"
#include "rollup/apply.h"
#include "rollup/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct state_config config = {
    .accounts = 4096, .nfts = 256, .balance_bytes = 1 << 20, .address_key = {5, 6}};

static void path_of(char out[512], const char *name)
{
    (void)snprintf(out, 512, "%s/snapshot_test.%ld.%s", ZK_BINARY_DIR, (long)getpid(), name);
}

/* Accounts with none, one, a few and many balances, a gap in the ids, NFTs. */
static struct state *make_state(struct prng *rng, unsigned n)
{
    struct state *s;
    eth_address fee = {{1}};
    CHECK_OK(state_create(&s, &config, &fee));
    struct step *steps = calloc(20 * n + 64, sizeof *steps);
    CHECK(steps != NULL);
    size_t m = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i == n / 2) state_skip_accounts(s, state_account_count(s) + 3);
        uint32_t id = state_account_count(s);
        unsigned balances = i % 5 == 0 ? 0 : i % 7 == 0 ? 18 : 2;
        for (unsigned k = 0; k <= balances; k++) {
            struct step *step = &steps[m++];
            state_step_account(step, s, id, k == 0 ? 0 : (uint32_t)prng_below(rng, TOKEN_ID_LAST + 1));
            if (k == 0) prng_bytes(rng, step->after.address.b, 20);
            step->after.exists = true;
            step->after.nonce = i;
            if (i % 3 == 0) step->after.pubkey_hash.b[7] = 7;
            if (k > 0) step->balance_after = (u128)prng_u64(rng) << prng_below(rng, 64);
            state_step_write(s, step);
        }
    }
    for (uint32_t i = 0; i < 9; i++) {
        struct step *step = &steps[m++];
        state_step_nft(step, s, NFT_ID_FIRST + i);
        step->nft_after.exists = true;
        step->nft_after.owner = i == 3 ? ACCOUNT_ID_NOBODY : i;
        step->nft_after.content.creator = 1;
        step->nft_after.content.serial = i;
        prng_bytes(rng, step->nft_after.content.hash.b, 32);
        state_step_write(s, step);
    }
    CHECK_OK(state_update_trees(s, steps, m, NULL));
    free(steps);
    return s;
}

static void check_same(const struct state *a, const struct state *b)
{
    fr x, y;
    state_root(&x, a);
    state_root(&y, b);
    CHECK(fr_eq(&x, &y));
    CHECK_EQ_U64(state_account_count(a), state_account_count(b));
    CHECK_EQ_U64(state_nft_count(a), state_nft_count(b));
    for (uint32_t id = 0; id < state_account_count(a); id++) {
        struct account_leaf p, q;
        struct token_balance s[TOKEN_ID_LAST + 1], t[TOKEN_ID_LAST + 1];
        state_account(&p, a, id);
        state_account(&q, b, id);
        CHECK(p.exists == q.exists);
        CHECK(eth_address_eq(&p.address, &q.address));
        CHECK(pubkey_hash_eq(&p.pubkey_hash, &q.pubkey_hash));
        CHECK_EQ_U64(p.nonce, q.nonce);
        CHECK_EQ_U64(p.minted, q.minted);
        size_t n = state_balances(s, a, id);
        CHECK_EQ_U64(n, state_balances(t, b, id));
        for (size_t i = 0; i < n; i++) CHECK(s[i].token == t[i].token && s[i].amount == t[i].amount);
        uint32_t found_a, found_b;
        if (!p.exists) continue;
        CHECK(state_find(&found_a, a, &p.address));
        CHECK(state_find(&found_b, b, &p.address));
        CHECK_EQ_U64(found_a, found_b);
    }
    for (uint32_t i = 0; i < state_nft_count(a); i++) {
        struct nft_leaf p, q;
        state_nft(&p, a, NFT_ID_FIRST + i);
        state_nft(&q, b, NFT_ID_FIRST + i);
        CHECK(p.owner == q.owner && p.content.serial == q.content.serial);
        CHECK(hash32_eq(&p.content.hash, &q.content.hash));
    }
}

static void test_load__gives_back_what_was_saved(struct prng *rng)
{
    char path[512];
    path_of(path, "same");
    struct pool *pool;
    CHECK_OK(pool_create(&pool, 2));
    struct state *s = make_state(rng, 700);
    CHECK_OK(state_save(s, path));
    for (int recompute = 0; recompute < 2; recompute++) {
        struct state *t;
        CHECK_OK(state_load(&t, &config, path, recompute != 0, pool));
        check_same(s, t);
        /* and it lives on as the first does */
        struct step step[2];
        for (int k = 0; k < 2; k++) {
            struct state *which = k == 0 ? s : t;
            state_step_account(&step[k], which, 5, 17);
            step[k].balance_after = 99 + (unsigned)recompute;
            state_step_write(which, &step[k]);
            CHECK_OK(state_update_trees(which, &step[k], 1, NULL));
        }
        check_same(s, t);
        state_destroy(t);
        CHECK_OK(state_save(s, path));
    }
    state_destroy(s);
    pool_destroy(pool);
    CHECK(unlink(path) == 0);
}

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    uint8_t *bytes = malloc(1 << 20);
    CHECK(bytes != NULL);
    *len = fread(bytes, 1, 1 << 20, f);
    (void)fclose(f);
    return bytes;
}

static void write_file(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    CHECK(fwrite(bytes, 1, len, f) == len);
    CHECK(fclose(f) == 0);
}

static void check_damaged(const char *path, zk_err want)
{
    struct state *t;
    zk_err err = state_load(&t, &config, path, false, NULL);
    CHECK(t == NULL);
    CHECK_MSG(err == want, "want %s, got %s: %s", zk_err_str(want), zk_err_str(err), zk_err_message());
}

static void test_load__refuses_every_damaged_byte_and_length(struct prng *rng)
{
    char path[512];
    path_of(path, "bad");
    struct state *s = make_state(rng, 12);
    CHECK_OK(state_save(s, path));
    state_destroy(s);
    size_t len;
    uint8_t *bytes = read_file(path, &len);
    for (size_t i = 0; i < len; i += i < 200 ? 1 : 7) {
        uint8_t flip = (uint8_t)(1u << prng_below(rng, 8));
        bytes[i] ^= flip;
        write_file(path, bytes, len);
        bytes[i] ^= flip;
        struct state *t;
        zk_err err = state_load(&t, &config, path, false, NULL);
        CHECK(t == NULL);
        bool counts = i >= 12 && i < 20; /* a large count may be more than there is room for */
        CHECK(err == ZK_ERR_CORRUPT || (i >= 8 && i < 12 && err == ZK_ERR_UNSUPPORTED) ||
              (counts && err == ZK_ERR_FULL));
    }
    for (size_t cut = 0; cut < len; cut += 13) {
        write_file(path, bytes, cut);
        check_damaged(path, ZK_ERR_CORRUPT);
    }
    bytes[len] = 0;
    write_file(path, bytes, len + 1);
    check_damaged(path, ZK_ERR_CORRUPT);
    free(bytes);
    CHECK(unlink(path) == 0);
    check_damaged(path, ZK_ERR_IO);
    path_of(path, "no/such/folder");
    s = make_state(rng, 3);
    CHECK_ERR(ZK_ERR_IO, state_save(s, path));
    state_destroy(s);
}

static void test_load__needs_room(struct prng *rng)
{
    char path[512];
    path_of(path, "room");
    struct state *s = make_state(rng, 40), *t;
    CHECK_OK(state_save(s, path));
    struct state_config tight = config;
    tight.accounts = 20;
    CHECK_ERR(ZK_ERR_FULL, state_load(&t, &tight, path, false, NULL));
    tight = config;
    tight.nfts = 3;
    CHECK_ERR(ZK_ERR_FULL, state_load(&t, &tight, path, false, NULL));
    tight = config;
    tight.balance_bytes = 1 << 10;
    CHECK_ERR(ZK_ERR_FULL, state_load(&t, &tight, path, false, NULL));
    state_destroy(s);
    CHECK(unlink(path) == 0);
}

/* One account with every balance there can be: whatever room there is, it is enough or ZK_ERR_FULL. */
static void test_load__never_outgrows_its_room(struct prng *rng)
{
    (void)rng;
    char path[512];
    path_of(path, "largest");
    struct state *s, *t;
    eth_address fee = {{1}};
    struct step *steps = calloc(TOKEN_ID_LAST + 1, sizeof *steps);
    CHECK(steps != NULL);
    CHECK_OK(state_create(&s, &config, &fee));
    for (uint32_t token = 0; token <= TOKEN_ID_LAST; token++) {
        state_step_account(&steps[token], s, 0, token);
        steps[token].balance_after = token + 1;
        state_step_write(s, &steps[token]);
    }
    CHECK_OK(state_update_trees(s, steps, TOKEN_ID_LAST + 1, NULL));
    CHECK_OK(state_save(s, path));
    unsigned loaded = 0, full = 0;
    for (uint64_t kib = 12; kib < 48; kib++) {
        struct state_config tight = config;
        tight.balance_bytes = kib << 10;
        zk_err err = state_load(&t, &tight, path, false, NULL);
        CHECK(err == ZK_OK || err == ZK_ERR_FULL);
        loaded += err == ZK_OK;
        full += err == ZK_ERR_FULL;
        state_destroy(t);
    }
    CHECK(loaded > 0 && full > 0);
    state_destroy(s);
    free(steps);
    CHECK(unlink(path) == 0);
}

TEST_MAIN(TEST(test_load__gives_back_what_was_saved), TEST(test_load__refuses_every_damaged_byte_and_length),
          TEST(test_load__needs_room), TEST(test_load__never_outgrows_its_room))
