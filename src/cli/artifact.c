#include "cli/artifact.h"

#include <string.h>

const struct artifact *artifact_find(const char *name)
{
    for (size_t i = 0; i < artifact_count; i++)
        if (strcmp(artifacts[i].name, name) == 0) return &artifacts[i];
    return NULL;
}

/* The index of the first expected word, not yet taken, that equals the found one; n if there is none. */
static size_t take(bool *taken, const uint8_t (*expected)[32], size_t n, const uint8_t *found)
{
    for (size_t i = 0; i < n; i++) {
        if (taken[i] || memcmp(expected[i], found, 32) != 0) continue;
        taken[i] = true;
        return i;
    }
    return n;
}

bool artifact_matches(const struct artifact *a, const uint8_t *code, size_t len, const uint8_t (*immutables)[32],
                      size_t n)
{
    assert(a->n_immutables <= ARTIFACT_IMMUTABLES_MAX);
    if (len != a->runtime_len || n != a->n_immutables) return false;
    const uint8_t *found[ARTIFACT_IMMUTABLES_MAX] = {NULL};
    bool taken[ARTIFACT_IMMUTABLES_MAX] = {false};
    /* Every place of an immutable has the same word. */
    for (size_t i = 0; i < a->n_places; i++) {
        const struct immutable_place *p = &a->places[i];
        if (found[p->immutable] == NULL)
            found[p->immutable] = code + p->offset;
        else if (memcmp(found[p->immutable], code + p->offset, 32) != 0)
            return false;
    }
    for (size_t i = 0; i < n; i++)
        if (found[i] == NULL || take(taken, immutables, n, found[i]) == n) return false;
    /* And all else is the compiler's. */
    for (size_t at = 0; at < len;) {
        size_t place = 0;
        while (place < a->n_places && a->places[place].offset != at) place++;
        if (place < a->n_places) {
            at += 32;
        } else {
            if (code[at] != a->runtime_code[at]) return false;
            at++;
        }
    }
    return true;
}
