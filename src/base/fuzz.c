#include "base/fuzz.h"

#include "base/prng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_broken(const char *file, int line, const char *law)
{
    (void)fprintf(stderr, "%s:%d: broken: %s\n", file, line, law);
    abort();
}

#ifndef ZK_FUZZ
#define CORPUS_MAX 4096

struct corpus {
    struct input {
        uint8_t *data;
        size_t len;
    } inputs[CORPUS_MAX];
    size_t n;
};

static void load(struct corpus *c, const char *dir)
{
    DIR *d = opendir(dir);
    if (d == NULL) return; /* a target may have no corpus yet */
    const struct dirent *e;
    while ((e = readdir(d)) != NULL && c->n < CORPUS_MAX) {
        char path[4096];
        if (e->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        FILE *f = fopen(path, "rb");
        if (f == NULL) continue;
        uint8_t *data = malloc(FUZZ_LEN_MAX);
        assert(data != NULL);
        c->inputs[c->n].data = data;
        c->inputs[c->n].len = fread(data, 1, FUZZ_LEN_MAX, f);
        c->n++;
        (void)fclose(f);
    }
    (void)closedir(d);
}

/* A random string, or an input of the corpus with a few bytes changed, cut or repeated. */
static size_t make_input(uint8_t *out, const struct corpus *c, struct prng *rng)
{
    size_t len;
    if (c->n == 0 || prng_below(rng, 4) == 0) {
        len = prng_below(rng, 512);
        prng_bytes(rng, out, len);
        return len;
    }
    const struct input *from = &c->inputs[prng_below(rng, c->n)];
    len = from->len;
    memcpy(out, from->data, len);
    if (len > 0) {
        for (uint64_t k = prng_below(rng, 4); k > 0; k--) out[prng_below(rng, len)] = (uint8_t)prng_u64(rng);
        if (prng_below(rng, 8) == 0) len = prng_below(rng, len + 1);
    }
    if (len < FUZZ_LEN_MAX && prng_below(rng, 8) == 0) out[len++] = (uint8_t)prng_u64(rng);
    return len;
}

/* The input stands at the end of a block of exactly its size, so that a sanitizer sees one byte too many. */
static void run_one(void (*one)(const uint8_t *, size_t), const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert(copy != NULL);
    if (len > 0) memcpy(copy, data, len);
    one(copy, len);
    free(copy);
}

int fuzz_replay_main(int argc, char **argv, void (*one)(const uint8_t *data, size_t len))
{
    static struct corpus corpus;
    static uint8_t input[FUZZ_LEN_MAX + 1];
    struct prng rng;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
        return 2;
    }
    load(&corpus, argv[1]);
    run_one(one, NULL, 0);
    for (size_t i = 0; i < corpus.n; i++) run_one(one, corpus.inputs[i].data, corpus.inputs[i].len);
    prng_seed(&rng, 1);
    for (int i = 0; i < FUZZ_ROUNDS; i++) {
        size_t len = make_input(input, &corpus, &rng);
        run_one(one, input, len);
    }
    (void)printf("replayed %zu inputs and %d made from them\n", corpus.n, FUZZ_ROUNDS);
    for (size_t i = 0; i < corpus.n; i++) free(corpus.inputs[i].data);
    return 0;
}
#endif
