#include "circuit/block_keys.h"

#include "base/bytes.h"
#include "plonk/key_file.h"
#include "plonk/proof.h"

#include <stdio.h>
#include <sys/stat.h>

const uint8_t block_development_seed[32] = "zkroll development: INSECURE";

unsigned block_key_id(unsigned capacity)
{
    unsigned id = 0;
    while (id < BLOCK_KEYS && block_capacities[id] != capacity) id++;
    assert(id < BLOCK_KEYS);
    return id;
}

static unsigned key_log_n(unsigned key_id)
{
    assert(key_id < BLOCK_KEYS);
    return block_circuit_log_n(block_capacities[key_id]);
}

void block_key_info(struct block_key_info *out, const struct verifying_key *vk)
{
    memset(out, 0, sizeof *out);
    while (out->id < BLOCK_KEYS - 1 && key_log_n(out->id) != vk->log_n) out->id++;
    assert(key_log_n(out->id) == vk->log_n);
    out->capacity = block_capacities[out->id];
    out->log_n = vk->log_n;
    out->proof_len = proof_len(vk);
    out->insecure = vk->insecure;
    memcpy(out->digest, vk->digest, 32);
    memcpy(out->circuit_hash, vk->circuit_hash, 32);
    memcpy(out->srs_id, vk->srs_id, 32);
}

static zk_err path_in(char out[FILE_PATH_MAX], const char *folder, const char *name)
{
    const int len = snprintf(out, FILE_PATH_MAX, "%s/%s", folder, name);
    if (len < 0 || len >= FILE_PATH_MAX) return zk_fail(ZK_ERR_RANGE, "the path %.40s.. is too long", folder);
    return ZK_OK;
}

/* The folder may be there, or it cannot be made: then nothing can be kept, which the files' writers find out. */
static void make_folder(const char *folder)
{
    (void)!mkdir(folder, 0755);
}

/* ---- setups */

static zk_err development_id(uint8_t id[32], struct pool *pool, struct arena *scratch)
{
    struct srs two; /* the id does not depend on the length */
    const size_t mark = arena_mark(scratch);
    zk_err err = srs_make_insecure(&two, 2, block_development_seed, pool, scratch, scratch);
    arena_release(scratch, mark);
    if (err == ZK_OK) memcpy(id, two.id, 32);
    return err;
}

/* Made, kept, and then opened as it will be next time. */
static zk_err make_development_srs(struct srs_file *out, const char *path, size_t powers, struct pool *pool,
                                   struct arena *scratch)
{
    struct srs srs;
    const size_t mark = arena_mark(scratch);
    zk_err err = srs_make_insecure(&srs, powers, block_development_seed, pool, scratch, scratch);
    if (err == ZK_OK) err = srs_save(path, &srs, pool, scratch);
    arena_release(scratch, mark);
    return err == ZK_OK ? srs_open(out, path, pool, scratch) : err;
}

static zk_err open_development_srs(struct srs_file *out, const char *folder, size_t powers, struct pool *pool,
                                   struct arena *scratch)
{
    char path[FILE_PATH_MAX];
    uint8_t id[32];
    ZK_TRY(path_in(path, folder, "development.srs"));
    ZK_TRY(development_id(id, pool, scratch));
    zk_err err = srs_open(out, path, pool, scratch);
    if (err == ZK_ERR_FULL) return err;
    if (err == ZK_OK) {
        if (out->srs.n >= powers && memcmp(out->srs.id, id, 32) == 0) return ZK_OK;
        srs_close(out);
    }
    make_folder(folder);
    return make_development_srs(out, path, powers, pool, scratch);
}

zk_err block_srs_open(struct srs_file *out, const char *folder, const char *path, unsigned key_id, struct pool *pool,
                      struct arena *scratch)
{
    const unsigned log_n = key_log_n(key_id);
    const size_t powers = ((size_t)1 << log_n) + PLONK_PAD;
    memset(out, 0, sizeof *out);
    if (path == NULL) return open_development_srs(out, folder, powers, pool, scratch);
    ZK_TRY(srs_open(out, path, pool, scratch));
    if (out->srs.n >= powers) return ZK_OK;
    const size_t n = out->srs.n;
    srs_close(out);
    return zk_fail(ZK_ERR_RANGE, "the setup %.80s has %zu powers; blocks of %u slots need %zu", path, n,
                   block_capacities[key_id], powers);
}

/* ---- keys */

zk_err block_key_open(struct proving_key *out, bool *made, const char *folder, const struct block_circuit *c,
                      unsigned key_id, const struct srs *srs, struct pool *pool, struct arena *home,
                      struct arena *scratch)
{
    char setup[17], name[64], path[FILE_PATH_MAX];
    const unsigned log_n = key_log_n(key_id);
    hex_encode(setup, srs->id, 8);
    (void)snprintf(name, sizeof name, "block-%u-%s.key", block_capacities[key_id], setup);
    ZK_TRY(path_in(path, folder, name));
    make_folder(folder);
    return key_load_or_generate(out, made, path, &c->cs, log_n, srs, TRANSCRIPT_KECCAK, pool, home, scratch);
}

zk_err block_key_development(struct proving_key *out, const struct block_circuit *c, unsigned key_id, struct pool *pool,
                             struct arena *home, struct arena *scratch)
{
    return key_generate_insecure(out, &c->cs, key_log_n(key_id), block_development_seed, TRANSCRIPT_KECCAK, pool, home,
                                 scratch);
}
