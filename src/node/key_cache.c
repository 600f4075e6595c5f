#include "node/key_cache.h"

#include <stdlib.h>
#include <sys/random.h>

#define WAYS     4
#define KEYS_MAX ((size_t)1 << 24)

struct entry {
    uint8_t key[SIG_KEY_BYTES];
    struct sig_key_info info;
    uint64_t used; /* when, by the clock below; 0: empty */
};

struct key_cache {
    struct entry (*sets)[WAYS];
    size_t n_sets; /* a power of two */
    uint64_t secret[2];
    uint64_t clock;
};

zk_err key_cache_create(struct key_cache **out, size_t max)
{
    *out = NULL;
    if (max < WAYS || max > KEYS_MAX) return zk_fail(ZK_ERR_RANGE, "keys to remember: 4 to 16777216, not %zu", max);
    struct key_cache *c = calloc(1, sizeof *c);
    if (c == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for remembered keys");
    c->n_sets = 1;
    while (c->n_sets * WAYS < max) c->n_sets *= 2;
    c->sets = calloc(c->n_sets, sizeof *c->sets);
    if (c->sets == NULL || getrandom(c->secret, sizeof c->secret, 0) != (ssize_t)sizeof c->secret) {
        key_cache_destroy(c);
        return zk_fail(ZK_ERR_MEMORY, "no memory for %zu remembered keys", max);
    }
    *out = c;
    return ZK_OK;
}

void key_cache_destroy(struct key_cache *c)
{
    if (c == NULL) return;
    free(c->sets);
    free(c);
}

/* Multiply and fold, word by word, with a secret in each factor: enough against somebody who sees only delays. */
static struct entry *set_of(struct key_cache *c, const uint8_t key[SIG_KEY_BYTES])
{
    uint64_t h = c->secret[0];
    for (size_t i = 0; i < SIG_KEY_BYTES; i += 8) {
        unsigned __int128 p = (unsigned __int128)(h ^ load_le64(key + i)) * (c->secret[1] | 1);
        h = (uint64_t)p ^ (uint64_t)(p >> 64);
    }
    return c->sets[h & (c->n_sets - 1)];
}

static bool holds(const struct entry *e, const uint8_t key[SIG_KEY_BYTES])
{
    return e->used != 0 && memcmp(e->key, key, SIG_KEY_BYTES) == 0;
}

bool key_cache_find(struct sig_key_info *out, struct key_cache *c, const uint8_t key[SIG_KEY_BYTES])
{
    struct entry *set = set_of(c, key);
    for (size_t i = 0; i < WAYS; i++) {
        if (!holds(&set[i], key)) continue;
        set[i].used = ++c->clock;
        *out = set[i].info;
        return true;
    }
    return false;
}

void key_cache_put(struct key_cache *c, const uint8_t key[SIG_KEY_BYTES], const struct sig_key_info *info)
{
    struct entry *set = set_of(c, key);
    struct entry *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (holds(&set[i], key)) return;
        if (set[i].used < place->used) place = &set[i];
    }
    memcpy(place->key, key, SIG_KEY_BYTES);
    place->info = *info;
    place->used = ++c->clock;
}
