/* Powers by a table of the generator's multiples: a scalar is cut into windows of WINDOW bits, and point i is the sum
 * of one table entry a window. CHUNK points are summed side by side in affine form, so that each addition's inversion
 * is shared. */
#include "plonk/srs.h"

#include "base/bytes.h"
#include "base/pool.h"
#include "curve/msm.h"
#include "curve/pairing.h"
#include "hash/keccak256.h"

#include <string.h>

#define WINDOW_MIN  4
#define WINDOW_MAX  13
#define WINDOWS_MAX 64 /* ceil(254 / WINDOW_MIN) */
#define CHUNK       1024

struct maker {
    g1_affine *points;
    const g1_affine *table; /* [windows][2^window]: d 2^(window w) G; entry 0 unused */
    unsigned window, windows;
    size_t n;
    fr tau;
    struct maker_scratch {
        fq dx[CHUNK], tmp[CHUNK];
        uint16_t digit[WINDOWS_MAX][CHUNK];
    } * scratch; /* [threads] */
};

/* r = p + q, lambda's denominator already inverted: q.x - p.x, or 2 y for q = p. */
static void add_with_inverse(g1_affine *p, const g1_affine *q, const fq *inverse)
{
    fq lambda, x;
    if (fq_eq(&p->x, &q->x)) {
        fq_sqr(&x, &p->x);
        fq_dbl(&lambda, &x);
        fq_add(&lambda, &lambda, &x);
    } else {
        fq_sub(&lambda, &q->y, &p->y);
    }
    fq_mul(&lambda, &lambda, inverse);
    fq_sqr(&x, &lambda);
    fq_sub(&x, &x, &p->x);
    fq_sub(&x, &x, &q->x);
    fq_sub(&p->x, &p->x, &x);
    fq_mul(&p->x, &p->x, &lambda);
    fq_sub(&p->y, &p->x, &p->y);
    p->x = x;
}

/* acc[i] += entry[digit[i]]. Windows ascend, so acc is a multiple below 2^(window w) of G and the entry one from there
 * on: the two are equal or opposite only if the scalar wraps around p, which the branch for equal points and infinity
 * covers. */
static void add_window(struct maker_scratch *s, g1_affine *acc, const g1_affine *entries, const uint16_t *digit,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const g1_affine *q = &entries[digit[i]];
        s->dx[i] = FQ_ONE;
        if (digit[i] == 0 || g1_affine_is_inf(&acc[i])) continue;
        fq_sub(&s->dx[i], &q->x, &acc[i].x);
        if (fq_is_zero(&s->dx[i])) fq_add(&s->dx[i], &q->y, &acc[i].y); /* 2 y, or 0 for opposite points */
    }
    fq_batch_inv(s->dx, s->dx, n, s->tmp);
    for (size_t i = 0; i < n; i++) {
        if (digit[i] == 0) continue;
        if (g1_affine_is_inf(&acc[i]))
            acc[i] = entries[digit[i]];
        else if (fq_is_zero(&s->dx[i]))
            acc[i] = G1_AFFINE_INF;
        else
            add_with_inverse(&acc[i], &entries[digit[i]], &s->dx[i]);
    }
}

static void make_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct maker *m = ctx;
    struct maker_scratch *s = &m->scratch[worker];
    fr power;
    fr_pow_u64_vartime(&power, &m->tau, begin);
    for (size_t i = begin; i < end; i++) {
        uint64_t l[5] = {0};
        fr_to_limbs(l, &power);
        for (unsigned w = 0; w < m->windows; w++) {
            unsigned bit = w * m->window;
            unsigned __int128 two = (unsigned __int128)l[bit / 64 + 1] << 64 | l[bit / 64];
            s->digit[w][i - begin] = (uint16_t)(two >> (bit % 64) & ((1u << m->window) - 1));
        }
        m->points[i] = G1_AFFINE_INF;
        fr_mul(&power, &power, &m->tau);
    }
    for (unsigned w = 0; w < m->windows; w++)
        add_window(s, m->points + begin, m->table + ((size_t)w << m->window), s->digit[w], end - begin);
}

static zk_err make_table(g1_affine *table, const struct maker *m, struct arena *scratch)
{
    const size_t entries = (size_t)1 << m->window;
    g1_jac *row = arena_push(scratch, g1_jac, entries);
    if (row == NULL) return ZK_ERR_FULL;
    g1_affine base = G1_GENERATOR;
    for (unsigned w = 0; w < m->windows; w++) {
        g1_jac at = G1_JAC_INF;
        for (size_t d = 0; d < entries; d++) {
            row[d] = at;
            g1_jac_add_mixed(&at, &at, &base);
        }
        ZK_TRY(g1_jac_batch_to_affine(table + w * entries, row, entries, scratch));
        g1_jac_to_affine(&base, &at); /* 2^window times the old one */
    }
    return ZK_OK;
}

void srs_set_id(struct srs *srs)
{
    struct keccak256 k;
    uint8_t bytes[128];
    const uint8_t insecure = srs->insecure;
    keccak256_init(&k);
    keccak256_update(&k, "zkroll srs", 10);
    keccak256_update(&k, &insecure, 1);
    g1_to_be64(bytes, &srs->g1[1]);
    keccak256_update(&k, bytes, 64);
    g2_to_be128(bytes, &srs->g2_tau);
    keccak256_update(&k, bytes, 128);
    keccak256_final(&k, srs->id);
}

void srs_insecure_tau(fr *tau, const uint8_t seed[32])
{
    uint8_t wide[64], buf[33];
    memcpy(buf, seed, 32);
    for (uint8_t i = 0; i < 2; i++) {
        buf[32] = i;
        keccak256(wide + 32 * i, buf, sizeof(buf));
    }
    fr_from_be64_reduce(tau, wide);
    if (fr_is_zero(tau)) *tau = FR_ONE;
}

static zk_err make(struct srs *out, struct maker *m, struct pool *pool, struct arena *scratch)
{
    /* A table costs as many additions as it has entries, each window n. */
    m->window = WINDOW_MIN;
    while (m->window < WINDOW_MAX && m->n >> (m->window + 3) != 0) m->window++;
    m->windows = (254 + m->window - 1) / m->window;
    g1_affine *table = arena_push(scratch, g1_affine, (size_t)m->windows << m->window);
    m->scratch = arena_push(scratch, struct maker_scratch, pool_threads(pool));
    if (table == NULL || m->scratch == NULL) return ZK_ERR_FULL;
    size_t mark = arena_mark(scratch);
    zk_err err = make_table(table, m, scratch);
    arena_release(scratch, mark);
    if (err != ZK_OK) return err;
    m->table = table;
    pool_for_range(pool, m->n, CHUNK, make_range, m);
    g2_jac tau2;
    g2_mul(&tau2, &G2_GENERATOR, &m->tau);
    g2_jac_to_affine(&out->g2_tau, &tau2);
    return ZK_OK;
}

zk_err srs_make_insecure(struct srs *out, size_t n, const uint8_t seed[32], struct pool *pool, struct arena *home,
                         struct arena *scratch)
{
    assert(n >= 2);
    struct maker m = {.n = n};
    memset(out, 0, sizeof(*out));
    m.points = arena_push(home, g1_affine, n);
    if (m.points == NULL) return ZK_ERR_FULL;
    srs_insecure_tau(&m.tau, seed);
    size_t mark = arena_mark(scratch);
    zk_err err = make(out, &m, pool, scratch);
    arena_release(scratch, mark);
    zk_wipe(&m.tau, sizeof(m.tau));
    if (err != ZK_OK) return err;
    out->g1 = m.points;
    out->n = n;
    out->insecure = true;
    srs_set_id(out);
    return ZK_OK;
}

/* 128-bit numbers from a hash of all points. */
static zk_err random_weights(fr **weights, const struct srs *srs, struct arena *scratch)
{
    struct keccak256 k;
    uint8_t block[40] = {0}, digest[32], bytes[32] = {0};
    *weights = arena_push(scratch, fr, srs->n);
    if (*weights == NULL) return ZK_ERR_FULL;
    keccak256_init(&k);
    keccak256_update(&k, srs->id, 32);
    keccak256_update(&k, srs->g1, srs->n * sizeof(g1_affine));
    keccak256_final(&k, block);
    for (size_t i = 0; i < srs->n; i += 2) {
        store_le64(block + 32, i);
        keccak256(digest, block, sizeof(block));
        for (size_t half = 0; half < 2 && i + half < srs->n; half++) {
            memcpy(bytes + 16, digest + 16 * half, 16);
            fr_from_be32_reduce(&(*weights)[i + half], bytes);
        }
    }
    return ZK_OK;
}

static zk_err check(bool *ok, const struct srs *srs, struct pool *pool, struct arena *scratch)
{
    fr *weights;
    g1_jac low, high;
    g1_affine p[2];
    ZK_TRY(random_weights(&weights, srs, scratch));
    ZK_TRY(g1_msm(&low, srs->g1, weights, srs->n - 1, pool, scratch));
    ZK_TRY(g1_msm(&high, srs->g1 + 1, weights, srs->n - 1, pool, scratch));
    g1_jac_neg(&low, &low);
    g1_jac_to_affine(&p[0], &high);
    g1_jac_to_affine(&p[1], &low);
    const g2_affine q[2] = {G2_GENERATOR, srs->g2_tau};
    *ok = g1_affine_eq(&srs->g1[0], &G1_GENERATOR) && !g1_affine_is_inf(&srs->g1[1]) &&
          !g2_affine_is_inf(&srs->g2_tau) && pairing_check(p, q, 2);
    return ZK_OK;
}

zk_err srs_check(bool *ok, const struct srs *srs, struct pool *pool, struct arena *scratch)
{
    *ok = false;
    if (srs->n < 2) return zk_fail(ZK_ERR_RANGE, "an SRS has two powers at least");
    size_t mark = arena_mark(scratch);
    zk_err err = check(ok, srs, pool, scratch);
    arena_release(scratch, mark);
    return err;
}
