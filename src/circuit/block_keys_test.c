/* Keys by number, and their cache: what is good is used, what is missing, short, damaged or stale is made anew. */
#include "circuit/block_keys.h"

#include "base/bytes.h"
#include "base/pool.h"
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena home, scratch;
static struct block_circuit circuit;
static struct pool *pool;
static char folder[] = "/tmp/zk_block_keys_XXXXXX";

static void begin(void)
{
    if (pool != NULL) return;
    CHECK_OK(pool_create(&pool, 0));
    CHECK_OK(arena_map(&home, (size_t)512 << 20));
    CHECK_OK(arena_map(&scratch, (size_t)512 << 20));
    CHECK_OK(block_circuit_init(&circuit, &home));
    CHECK(mkdtemp(folder) != NULL);
}

static void path_of(char out[256], const char *name)
{
    CHECK((size_t)snprintf(out, 256, "%s/%s", folder, name) < 256);
}

static void test_key_ids__rise_with_capacity(struct prng *rng)
{
    (void)rng;
    for (unsigned id = 0; id < BLOCK_KEYS; id++) {
        CHECK_EQ_U64(id, block_key_id(block_capacities[id]));
        CHECK_EQ_U64(16 + 2 * id, block_circuit_log_n(block_capacities[id]));
        CHECK(id == 0 || block_capacities[id] > block_capacities[id - 1]);
    }
}

static void test_keys__of_one_setup_differ_and_know_their_number(struct prng *rng)
{
    struct proving_key pk;
    struct block_key_info info[BLOCK_KEYS];
    (void)rng;
    begin();
    for (unsigned id = 0; id < BLOCK_KEYS; id++) {
        const size_t mark = arena_mark(&home);
        CHECK_OK(block_key_development(&pk, &circuit, id, pool, &home, &scratch));
        CHECK(arena_mark(&home) - mark <= BLOCK_KEY_MEMORY);
        block_key_info(&info[id], &pk.vk);
        arena_release(&home, mark);
        CHECK_EQ_U64(id, info[id].id);
        CHECK_EQ_U64(block_capacities[id], info[id].capacity);
        CHECK(info[id].insecure);
        CHECK_EQ_BYTES(info[0].circuit_hash, info[id].circuit_hash, 32);
        CHECK_EQ_BYTES(info[0].srs_id, info[id].srs_id, 32);
        for (unsigned other = 0; other < id; other++) CHECK(memcmp(info[other].digest, info[id].digest, 32) != 0);
    }
}

/* The key by way of the cache; says what was made. */
static bool open_key(uint8_t digest[32])
{
    struct srs_file setup;
    struct proving_key pk;
    bool made;
    const size_t mark = arena_mark(&home);
    CHECK_OK(block_srs_open(&setup, folder, NULL, 0, pool, &scratch));
    CHECK(setup.srs.insecure);
    CHECK_OK(block_key_open(&pk, &made, folder, &circuit, 0, &setup.srs, pool, &home, &scratch));
    memcpy(digest, pk.vk.digest, 32);
    srs_close(&setup);
    arena_release(&home, mark);
    return made;
}

static void key_path(char out[256])
{
    struct proving_key pk;
    char name[64], hex[17];
    const size_t mark = arena_mark(&home);
    CHECK_OK(block_key_development(&pk, &circuit, 0, pool, &home, &scratch));
    hex_encode(hex, pk.vk.srs_id, 8);
    arena_release(&home, mark);
    (void)snprintf(name, sizeof name, "block-40-%s.key", hex);
    path_of(out, name);
}

static void flip(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");
    CHECK(f != NULL && fseek(f, at, SEEK_SET) == 0);
    const int c = fgetc(f);
    CHECK(fseek(f, at, SEEK_SET) == 0 && fputc(c ^ 1, f) != EOF && fclose(f) == 0);
}

static void test_cache__is_used_while_it_is_good(struct prng *rng)
{
    uint8_t first[32], again[32];
    char key[256], setup[256];
    struct proving_key pk;
    struct stat before, after;
    begin();
    CHECK(open_key(first));
    CHECK(!open_key(again));
    CHECK_EQ_BYTES(first, again, 32);
    const size_t mark = arena_mark(&home);
    CHECK_OK(block_key_development(&pk, &circuit, 0, pool, &home, &scratch));
    CHECK_EQ_BYTES(pk.vk.digest, first, 32); /* powers or tau: the same key */
    arena_release(&home, mark);

    key_path(key);
    flip(key, 300 + (long)prng_below(rng, 10000));
    CHECK(open_key(again));
    CHECK_EQ_BYTES(first, again, 32);
    CHECK(!open_key(again));

    path_of(setup, "development.srs");
    CHECK(stat(setup, &before) == 0);
    flip(setup, 4096 + (long)prng_below(rng, 1 << 20));
    CHECK(!open_key(again)); /* the setup was made anew, and is the same */
    CHECK(stat(setup, &after) == 0 && before.st_size == after.st_size && before.st_ino != after.st_ino);
}

static void test_setups__of_somebody_else_or_too_short(struct prng *rng)
{
    static const uint8_t seed[32] = {77};
    struct srs srs;
    struct srs_file file;
    char development[256], path[256];
    (void)rng;
    begin();
    const size_t mark = arena_mark(&home);
    path_of(development, "development.srs");
    path_of(path, "other.srs");
    CHECK(rename(development, path) == 0);
    CHECK_ERR(ZK_ERR_RANGE, block_srs_open(&file, folder, path, 1, pool, &scratch));
    CHECK_OK(block_srs_open(&file, folder, path, 0, pool, &scratch));
    uint8_t id[32];
    memcpy(id, file.srs.id, 32);
    srs_close(&file);

    CHECK_OK(srs_make_insecure(&srs, (1 << 16) + PLONK_PAD, seed, pool, &home, &scratch));
    CHECK_OK(srs_save(development, &srs, pool, &scratch)); /* not the one for everybody: not used in its place */
    CHECK_OK(block_srs_open(&file, folder, NULL, 0, pool, &scratch));
    CHECK_EQ_BYTES(id, file.srs.id, 32);
    srs_close(&file);
    srs.n = 2; /* its beginning is a setup too, and too short */
    CHECK_OK(srs_save(path, &srs, pool, &scratch));
    CHECK_ERR(ZK_ERR_RANGE, block_srs_open(&file, folder, path, 0, pool, &scratch));
    CHECK_ERR(ZK_ERR_IO, block_srs_open(&file, folder, "/nonexistent/setup.srs", 0, pool, &scratch));
    CHECK_ERR(ZK_ERR_IO, block_srs_open(&file, "/proc/nowhere", NULL, 0, pool, &scratch));
    arena_release(&home, mark);
    char command[300];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK(system(command) == 0);
}

TEST_MAIN(TEST(test_key_ids__rise_with_capacity), TEST(test_keys__of_one_setup_differ_and_know_their_number),
          TEST(test_cache__is_used_while_it_is_good), TEST(test_setups__of_somebody_else_or_too_short))
