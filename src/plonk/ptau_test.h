/* ptau_test: writes a .ptau file from an insecure SRS: what tests and fuzzers change bytes of. Alpha and beta are 1. */
#ifndef ZK_PLONK_PTAU_TEST_H
#define ZK_PLONK_PTAU_TEST_H

#include "base/bytes.h"
#include "plonk/srs_file.h"

#include <string.h>

#define PTAU_TEST_POWER 4
#define PTAU_TEST_N     ((2u << PTAU_TEST_POWER) - 1)
#define PTAU_TEST_CAP   16384

/* Offsets of the sections' contents. */
struct ptau_layout {
    size_t section[8];
    size_t len;
};

static inline uint8_t *ptau_put_fq(uint8_t *at, const fq *x)
{
    for (size_t i = 0; i < 4; i++) store_le64(at + 8 * i, x->l[i]);
    return at + 32;
}

static inline uint8_t *ptau_put_g1(uint8_t *at, const g1_affine *p)
{
    return ptau_put_fq(ptau_put_fq(at, &p->x), &p->y);
}

static inline uint8_t *ptau_put_g2(uint8_t *at, const g2_affine *p)
{
    at = ptau_put_fq(ptau_put_fq(at, &p->x.c0), &p->x.c1);
    return ptau_put_fq(ptau_put_fq(at, &p->y.c0), &p->y.c1);
}

static inline uint8_t *ptau_begin(uint8_t *out, uint8_t *at, struct ptau_layout *l, uint32_t type, uint64_t len)
{
    store_le32(at, type);
    store_le64(at + 4, len);
    l->section[type] = (size_t)(at + 12 - out);
    return at + 12;
}

/* srs has PTAU_TEST_N powers; out has PTAU_TEST_CAP bytes. */
static inline void ptau_write(uint8_t *out, struct ptau_layout *l, const struct srs *srs)
{
    const size_t n = (size_t)1 << PTAU_TEST_POWER;
    const fq q = FQ_MODULUS;
    uint8_t *at = out + 12;
    memcpy(out, (const uint8_t[]){'p', 't', 'a', 'u'}, 4);
    store_le32(out + 4, 1);
    store_le32(out + 8, 7);
    at = ptau_begin(out, at, l, 1, 44);
    store_le32(at, 32);
    at = ptau_put_fq(at + 4, &q);
    store_le32(at, PTAU_TEST_POWER);
    store_le32(at + 4, PTAU_TEST_POWER);
    at = ptau_begin(out, at + 8, l, 2, 64 * (2 * n - 1));
    for (size_t i = 0; i < 2 * n - 1; i++) at = ptau_put_g1(at, &srs->g1[i]);
    at = ptau_begin(out, at, l, 3, 128 * n);
    for (size_t i = 0; i < n; i++) at = ptau_put_g2(at, i == 0 ? &G2_GENERATOR : &srs->g2_tau);
    for (uint32_t type = 4; type <= 5; type++) {
        at = ptau_begin(out, at, l, type, 64 * n);
        for (size_t i = 0; i < n; i++) at = ptau_put_g1(at, &srs->g1[i]);
    }
    at = ptau_put_g2(ptau_begin(out, at, l, 6, 128), &G2_GENERATOR);
    at = ptau_begin(out, at, l, 7, 4);
    store_le32(at, 1);
    l->len = (size_t)(at + 4 - out);
    assert(l->len <= PTAU_TEST_CAP);
}

#endif
