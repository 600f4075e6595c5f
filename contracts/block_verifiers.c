/* block_verifiers: writes the verifier contracts of the block circuit, one a capacity, for contracts/build.mjs.
 *
 *   block_verifiers OUT                        of the development setup: INSECURE
 *   block_verifiers OUT FOLDER SETUP [COUNT]   of a setup (ours or .ptau); keys are kept in FOLDER, where provers look
 *
 * COUNT: only the first so many key ids, which is what a setup with fewer powers is good for. OUT gets BlockVerifierN.sol for each key id N, and verifiers.json, which says of each what key it is. A file that would
 * not change is not touched, so that nothing is compiled again. */
#include "base/bytes.h"
#include "base/file.h"
#include "circuit/block_keys.h"
#include "plonk/solidity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FACTS_MAX 4096

static struct arena home, scratch;
static struct pool *pool;
static struct block_circuit circuit;
static struct srs setup; /* unused for the development setup */
static struct srs_file mapped;
static unsigned count = BLOCK_KEYS;

static zk_err path_in(char out[FILE_PATH_MAX], const char *folder, const char *name)
{
    const int len = snprintf(out, FILE_PATH_MAX, "%s/%s", folder, name);
    return len > 0 && len < FILE_PATH_MAX ? ZK_OK : zk_fail(ZK_ERR_RANGE, "the path %.40s.. is too long", folder);
}

static bool is_there(const char *path, const char *text, size_t len)
{
    struct file_map map;
    if (file_map(&map, path) != ZK_OK) return false;
    const bool same = map.len == len && memcmp(map.bytes, text, len) == 0;
    file_unmap(&map);
    return same;
}

static zk_err write_if_new(const char *folder, const char *name, const char *text, size_t len)
{
    char path[FILE_PATH_MAX];
    const struct file_piece piece = {text, len};
    ZK_TRY(path_in(path, folder, name));
    return is_there(path, text, len) ? ZK_OK : file_replace(path, &piece, 1);
}

static bool is_ptau(const char *path)
{
    struct file_map map;
    if (file_map(&map, path) != ZK_OK) return false;
    const bool is = map.len >= 4 && memcmp(map.bytes, "ptau", 4) == 0;
    file_unmap(&map);
    return is;
}

static zk_err open_setup(const char *path)
{
    const size_t powers = ((size_t)1 << block_circuit_log_n(block_capacities[count - 1])) + PLONK_PAD;
    if (is_ptau(path)) return srs_import_ptau(&setup, path, powers, pool, &home, &scratch);
    ZK_TRY(block_srs_open(&mapped, NULL, path, count - 1, pool, &scratch));
    setup = mapped.srs;
    return ZK_OK;
}

static void append_facts(char facts[FACTS_MAX], const struct block_key_info *k)
{
    const size_t used = strlen(facts);
    char digest[65], hash[65], srs[65];
    hex_encode(digest, k->digest, 32);
    hex_encode(hash, k->circuit_hash, 32);
    hex_encode(srs, k->srs_id, 32);
    const int len = snprintf(facts + used, FACTS_MAX - used,
                             "%s{\"name\":\"BlockVerifier%u\",\"keyId\":%u,\"capacity\":%u,\"keyDigest\":\"0x%s\","
                             "\"circuitHash\":\"0x%s\",\"srsId\":\"0x%s\",\"insecure\":%s,\"proofLength\":%zu}",
                             k->id == 0 ? "[\n" : ",\n", k->id, k->id, k->capacity, digest, hash, srs,
                             k->insecure ? "true" : "false", k->proof_len);
    assert(len > 0 && (size_t)len < FACTS_MAX - used);
}

static zk_err write_verifier(const char *out, const char *keys, unsigned id, char facts[FACTS_MAX])
{
    struct proving_key pk;
    struct block_key_info info;
    char name[32], file[40];
    size_t len;
    char *text = arena_push(&home, char, SOLIDITY_LEN_MAX);
    if (text == NULL) return ZK_ERR_FULL;
    if (keys == NULL)
        ZK_TRY(block_key_development(&pk, &circuit, id, pool, &home, &scratch));
    else
        ZK_TRY(block_key_open(&pk, NULL, keys, &circuit, id, &setup, pool, &home, &scratch));
    (void)snprintf(name, sizeof name, "BlockVerifier%u", id);
    (void)snprintf(file, sizeof file, "%s.sol", name);
    ZK_TRY(solidity_write(text, SOLIDITY_LEN_MAX, &len, &pk.vk, name, &scratch));
    ZK_TRY(write_if_new(out, file, text, len));
    block_key_info(&info, &pk.vk);
    append_facts(facts, &info);
    return ZK_OK;
}

static zk_err run(const char *out, const char *keys, const char *setup_path)
{
    static char facts[FACTS_MAX];
    ZK_TRY(pool_create(&pool, 0));
    ZK_TRY(arena_map(&home, (size_t)2 << 30));
    ZK_TRY(arena_map(&scratch, (size_t)4 << 30));
    ZK_TRY(block_circuit_init(&circuit, &home));
    if (setup_path != NULL) ZK_TRY(open_setup(setup_path));
    (void)!mkdir(out, 0755);
    for (unsigned id = 0; id < count; id++) {
        const size_t mark = arena_mark(&home);
        ZK_TRY(write_verifier(out, keys, id, facts));
        arena_release(&home, mark);
    }
    memcpy(facts + strlen(facts), "\n]\n", 4);
    return write_if_new(out, "verifiers.json", facts, strlen(facts));
}

int main(int argc, char **argv)
{
    const bool has_setup = argc >= 4;
    if (argc == 5) count = (unsigned)strtoul(argv[4], NULL, 10);
    if (argc < 2 || argc == 3 || argc > 5 || count == 0 || count > BLOCK_KEYS) {
        (void)fprintf(stderr, "usage: block_verifiers OUT [FOLDER SETUP [COUNT]]\n");
        return 2;
    }
    const zk_err err = run(argv[1], has_setup ? argv[2] : NULL, has_setup ? argv[3] : NULL);
    if (err != ZK_OK) (void)fprintf(stderr, "block_verifiers: %s\n", zk_err_message());
    srs_close(&mapped);
    pool_destroy(pool);
    return err == ZK_OK ? 0 : 1;
}
