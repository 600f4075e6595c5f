/* Keys are found as they were put, forgotten only for others, and never taken for one another. */
#include "base/test.h"
#include "node/key_cache.h"

enum { KEYS = 400 };

static uint8_t keys[KEYS][SIG_KEY_BYTES];
static struct sig_key_info infos[KEYS];

/* Infos that tell their keys apart; what they mean is signature_test's. */
static void make_keys(struct prng *rng)
{
    for (size_t i = 0; i < KEYS; i++) {
        prng_bytes(rng, keys[i], sizeof keys[i]);
        memset(&infos[i], 0, sizeof infos[i]);
        memcpy(infos[i].hash.b, keys[i], sizeof infos[i].hash.b);
        infos[i].verdict = i % 2 == 0 ? SIG_OK : SIG_NOT_IN_SUBGROUP;
    }
}

static bool found(struct key_cache *c, size_t i)
{
    struct sig_key_info got;
    if (!key_cache_find(&got, c, keys[i])) return false;
    CHECK(pubkey_hash_eq(&got.hash, &infos[i].hash) && got.verdict == infos[i].verdict);
    return true;
}

static void test_find__gives_what_was_put(struct prng *rng)
{
    struct key_cache *c;
    make_keys(rng);
    CHECK_OK(key_cache_create(&c, 4 * KEYS)); /* so roomy that hardly a set overflows */
    size_t known = 0;
    for (size_t i = 0; i < KEYS; i++) CHECK(!found(c, i));
    for (size_t i = 0; i < KEYS; i++) key_cache_put(c, keys[i], &infos[i]);
    for (size_t i = 0; i < KEYS; i++) known += found(c, i);
    CHECK(known > KEYS * 95 / 100);
    key_cache_destroy(c);
}

/* One set of four: the fifth key takes the place of the one that was used longest ago. */
static void test_put__forgets_what_was_used_longest_ago(struct prng *rng)
{
    struct key_cache *c;
    make_keys(rng);
    CHECK_OK(key_cache_create(&c, 4));
    for (size_t i = 0; i < 4; i++) key_cache_put(c, keys[i], &infos[i]);
    CHECK(found(c, 0));
    key_cache_put(c, keys[4], &infos[4]);
    CHECK(!found(c, 1));
    CHECK(found(c, 0) && found(c, 2) && found(c, 3) && found(c, 4));
    key_cache_put(c, keys[0], &infos[0]); /* is there: nobody has to go */
    CHECK(found(c, 2) && found(c, 3) && found(c, 4));
    key_cache_destroy(c);
}

static void test_create__has_bounds(struct prng *rng)
{
    struct key_cache *c;
    (void)rng;
    CHECK_ERR(ZK_ERR_RANGE, key_cache_create(&c, 3));
    CHECK_ERR(ZK_ERR_RANGE, key_cache_create(&c, ((size_t)1 << 24) + 1));
    CHECK(c == NULL);
}

TEST_MAIN(TEST(test_find__gives_what_was_put), TEST(test_put__forgets_what_was_used_longest_ago),
          TEST(test_create__has_bounds))
