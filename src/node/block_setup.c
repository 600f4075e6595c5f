#include "node/block_setup.h"

#include "base/file.h"
#include "node/l1_link.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CIRCUIT_MEMORY ((size_t)256 << 20) /* reserved; 40 MB are used */
#define DEV_CHAINS                                                                                                     \
    {                                                                                                                  \
        9, 1337, 31337                                                                                                 \
    }

struct opened {
    bool open;
    struct srs_file srs;
    struct proving_key pk;
    struct arena home;
};

struct block_setup {
    char folder[FILE_PATH_MAX];
    char srs[FILE_PATH_MAX];
    bool has_srs;
    struct block_circuit circuit;
    struct arena circuit_home;
    pthread_mutex_t lock; /* of keys */
    struct opened keys[BLOCK_KEYS];
};

zk_err block_setup_dir(char *out, size_t cap, const struct node_config *config)
{
    if (config->prover.keys_dir[0] == '\0') return config_data_path(out, cap, config, "keys");
    int n = snprintf(out, cap, "%s", config->prover.keys_dir);
    return n > 0 && (size_t)n < cap ? ZK_OK : zk_fail(ZK_ERR_RANGE, "prover.keys-dir is too long a path");
}

static zk_err copy_path(char out[FILE_PATH_MAX], const char *path)
{
    int n = snprintf(out, FILE_PATH_MAX, "%s", path);
    return n > 0 && n < FILE_PATH_MAX ? ZK_OK : zk_fail(ZK_ERR_RANGE, "too long a path: %.80s", path);
}

static zk_err init(struct block_setup *s, const char *folder, const char *srs)
{
    ZK_TRY(copy_path(s->folder, folder));
    s->has_srs = srs != NULL;
    if (s->has_srs) ZK_TRY(copy_path(s->srs, srs));
    ZK_TRY(arena_map(&s->circuit_home, CIRCUIT_MEMORY));
    return block_circuit_init(&s->circuit, &s->circuit_home);
}

zk_err block_setup_create(struct block_setup **out, const char *folder, const char *srs)
{
    struct block_setup *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the circuit");
    (void)pthread_mutex_init(&s->lock, NULL);
    zk_err err = init(s, folder, srs);
    if (err != ZK_OK)
        block_setup_destroy(s);
    else
        *out = s;
    return err;
}

zk_err block_setup_of(struct block_setup **out, const struct node_config *config)
{
    char folder[FILE_PATH_MAX];
    bool insecure = config->prover.srs[0] == '\0';
    *out = NULL;
    if (insecure && !config->prover.insecure_srs)
        return zk_fail(ZK_ERR_INPUT, "no setup: prover.srs names a ceremony's file; on a development chain, "
                                     "prover.insecure-srs = yes does without");
    if (insecure && !l1_is_development(config->l1.chain_id))
        return zk_fail(ZK_ERR_INPUT, "prover.insecure-srs is refused on chain %llu: with it anybody can make proofs",
                       (unsigned long long)config->l1.chain_id);
    ZK_TRY(block_setup_dir(folder, sizeof folder, config));
    return block_setup_create(out, folder, insecure ? NULL : config->prover.srs);
}

void block_setup_destroy(struct block_setup *s)
{
    if (s == NULL) return;
    for (size_t i = 0; i < BLOCK_KEYS; i++) {
        srs_close(&s->keys[i].srs);
        arena_unmap(&s->keys[i].home);
    }
    arena_unmap(&s->circuit_home);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

const struct block_circuit *block_setup_circuit(const struct block_setup *s)
{
    return &s->circuit;
}

static zk_err open_key(struct block_setup *s, struct opened *k, bool *made, unsigned key_id, struct pool *pool)
{
    struct arena scratch = {0};
    const size_t rows = (size_t)1 << block_circuit_log_n(block_capacities[key_id]);
    /* block_keys.h: 64 or 128 bytes a row and a key; reserved with room for the last and the smallest. */
    zk_err err = arena_map(&scratch, 512 * rows + 4 * BLOCK_KEY_MEMORY);
    if (err == ZK_OK) err = arena_map(&k->home, 2 * BLOCK_KEY_MEMORY);
    if (err == ZK_OK) err = block_srs_open(&k->srs, s->folder, s->has_srs ? s->srs : NULL, key_id, pool, &scratch);
    if (err == ZK_OK)
        err = block_key_open(&k->pk, made, s->folder, &s->circuit, key_id, &k->srs.srs, pool, &k->home, &scratch);
    arena_unmap(&scratch);
    k->open = err == ZK_OK;
    if (k->open) return ZK_OK;
    srs_close(&k->srs);
    arena_unmap(&k->home);
    *k = (struct opened){0};
    return err;
}

zk_err block_setup_key(struct block_setup *s, const struct proving_key **pk, const struct srs **srs, bool *made,
                       unsigned key_id, struct pool *pool)
{
    bool made_now = false;
    zk_err err = ZK_OK;
    assert(key_id < BLOCK_KEYS);
    (void)pthread_mutex_lock(&s->lock);
    struct opened *k = &s->keys[key_id];
    if (!k->open) err = open_key(s, k, &made_now, key_id, pool);
    (void)pthread_mutex_unlock(&s->lock);
    if (made != NULL) *made = made_now;
    if (pk != NULL) *pk = err == ZK_OK ? &k->pk : NULL;
    if (srs != NULL) *srs = err == ZK_OK ? &k->srs.srs : NULL;
    return err;
}
