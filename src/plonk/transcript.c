#include "plonk/transcript.h"

#include <string.h>

#define SPONGE_DOMAIN 0x7a6b706c6f6e6b31 /* "zkplonk1" */

static_assert(sizeof(TRANSCRIPT_LABEL) == 33, "the label is 32 bytes and the string's own zero");

/* The integer of 16 big-endian bytes. */
static void fr_from_half(fr *r, const uint8_t half[16])
{
    uint8_t bytes[32] = {0};
    memcpy(bytes + 16, half, 16);
    fr_from_be32_reduce(r, bytes);
}

void transcript_absorb_bytes32(struct transcript *t, const uint8_t bytes[32])
{
    if (t->kind == TRANSCRIPT_KECCAK) {
        keccak256_update(&t->keccak, bytes, 32);
        return;
    }
    fr halves[2];
    fr_from_half(&halves[0], bytes + 16);
    fr_from_half(&halves[1], bytes);
    poseidon2_sponge_absorb(&t->sponge, halves, 2);
}

void transcript_init(struct transcript *t, transcript_kind kind, const uint8_t key_digest[32])
{
    static const uint8_t label[] = TRANSCRIPT_LABEL;
    memset(t, 0, sizeof(*t));
    t->kind = kind;
    if (kind == TRANSCRIPT_KECCAK)
        keccak256_init(&t->keccak);
    else
        poseidon2_sponge_init(&t->sponge, SPONGE_DOMAIN);
    transcript_absorb_bytes32(t, label);
    transcript_absorb_bytes32(t, key_digest);
}

void transcript_absorb_fr(struct transcript *t, const fr *values, size_t n)
{
    if (t->kind == TRANSCRIPT_POSEIDON2) {
        poseidon2_sponge_absorb(&t->sponge, values, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[32];
        fr_to_be32(bytes, &values[i]);
        keccak256_update(&t->keccak, bytes, 32);
    }
}

void transcript_absorb_g1(struct transcript *t, const g1_affine *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[64];
        g1_to_be64(bytes, &points[i]);
        transcript_absorb_bytes32(t, bytes);
        transcript_absorb_bytes32(t, bytes + 32);
    }
}

void transcript_challenge(struct transcript *t, fr *out)
{
    if (t->kind == TRANSCRIPT_POSEIDON2) {
        poseidon2_sponge_squeeze(&t->sponge, out, 1);
        return;
    }
    uint8_t state[32];
    keccak256_final(&t->keccak, state);
    fr_from_be32_reduce(out, state);
    keccak256_init(&t->keccak);
    keccak256_update(&t->keccak, state, 32);
}
