/* How the sums are made. The entries of each key are cut into pieces of at most `len`, and each piece becomes a lane:
 * an accumulator that takes one entry a round. In a round no two additions touch the same accumulator, so all of them
 * are independent affine additions that share one inversion (Montgomery's trick):
 *
 *   round 0    lane 0  1  2  3  4  5     lanes stand in order of falling length, so the active ones are a prefix;
 *   round 1    lane 0  1  2  3           `order` lists the entries in just this order, and a kernel reads it from
 *   round 2    lane 0  1                 front to back
 *
 * The sums of the pieces are entries of the next pass, until each key has one. Short pieces keep the last rounds full,
 * where a shared inversion is otherwise paid by few; long ones save passes.
 *
 * An addition costs 5M + 1S (three products are the shared inversion's) against 7M + 4S for a mixed Jacobian one. */
#include "curve/msm_sum.h"

#include "base/arena.h"
#include "base/cpu.h"

#include <string.h>

/* Lanes that a pass should have, if its lists allow: enough that an inversion (some 100 products) is noise. */
#define LANES_WANTED 1024
#define LEN_MIN      4
static_assert(LEN_MIN >= 2 && MSM_ENTRIES_MAX / LANES_WANTED <= MSM_ROUNDS_MAX, "pieces fit the rounds");

/* ---- a pass: from entries to the order of rounds and lanes */

struct pass {
    size_t n_keys;
    uint32_t len; /* of a whole piece */
    size_t rounds, lanes, keys_used;
    uint32_t active[MSM_ROUNDS_MAX];
    uint32_t start[MSM_ROUNDS_MAX];
};

/* Pieces of each length, then their lanes: whole pieces first, then the rest by falling length. */
static void assign_lanes(struct msm_summer *s, struct pass *p)
{
    uint32_t of_len[MSM_ROUNDS_MAX + 1] = {0};
    uint32_t next[MSM_ROUNDS_MAX + 1];
    for (size_t k = 0; k < p->n_keys; k++) {
        of_len[p->len] += s->count[k] / p->len;
        of_len[s->count[k] % p->len]++;
        p->keys_used += s->count[k] != 0;
    }
    uint32_t lane = 0;
    for (uint32_t len = p->len; len > 0; len--) {
        next[len] = lane;
        lane += of_len[len];
        p->active[len - 1] = lane; /* round len - 1 has the lanes of at least this length */
        if (p->rounds == 0 && lane > 0) p->rounds = len;
    }
    p->lanes = lane;
    uint32_t at = 0;
    for (size_t k = 0; k < p->rounds; k++) {
        p->start[k] = at;
        at += p->active[k];
    }
    for (size_t k = 0; k < p->n_keys; k++) {
        uint32_t whole = s->count[k] / p->len;
        uint32_t rest = s->count[k] % p->len;
        for (uint32_t i = 0; i < whole; i++) s->lane_key[next[p->len] + i] = (uint32_t)k;
        s->cursor[k].lane = next[p->len];
        s->cursor[k].round = 0;
        next[p->len] += whole;
        if (rest == 0) continue;
        s->lane_key[next[rest]] = (uint32_t)k;
        s->spare_lane[k] = next[rest]++;
        if (whole == 0) s->cursor[k].lane = s->spare_lane[k];
    }
}

/* Each entry to its place. `count` falls to what the key has left, which tells when its last piece begins. */
static void place_entries(struct msm_summer *s, const struct pass *p, const uint64_t *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t key = entries[i] >> 32;
        struct msm_cursor *c = &s->cursor[key];
        s->order[p->start[c->round] + c->lane] = (uint32_t)entries[i];
        if (++c->round == p->len) {
            s->count[key] -= p->len;
            c->round = 0;
            c->lane = s->count[key] < p->len ? s->spare_lane[key] : c->lane + 1;
        }
    }
}

static void run_pass(struct msm_summer *s, struct pass *p, g1_affine *out, const g1_affine *points,
                     const uint64_t *entries, size_t n)
{
    memset(s->count, 0, p->n_keys * sizeof *s->count);
    for (size_t i = 0; i < n; i++) {
        ZK_DCHECK(entries[i] >> 32 < p->n_keys);
        s->count[entries[i] >> 32]++;
    }
    assign_lanes(s, p);
    place_entries(s, p, entries, n);
    const struct msm_lanes work = {points, s->order, p->active, p->rounds};
    s->kernel->sum_lanes(out, &work, s->lanes);
}

size_t msm_sum_by_key(struct msm_summer *s, g1_affine *out, uint32_t *keys, const g1_affine *points,
                      const uint64_t *entries, size_t n, size_t n_keys)
{
    assert(n <= MSM_ENTRIES_MAX);
    assert(n_keys <= MSM_KEYS_MAX);
    unsigned side = 0;
    while (n > 0) {
        g1_affine *sums = s->sums[side];
        size_t len = n / LANES_WANTED;
        struct pass p = {.n_keys = n_keys, .len = len < LEN_MIN ? LEN_MIN : (uint32_t)len};
        run_pass(s, &p, sums, points, entries, n);

        bool last = p.lanes == p.keys_used;
        n = 0;
        for (size_t i = 0; i < p.lanes; i++) {
            if (g1_affine_is_inf(&sums[i])) continue;
            if (last) {
                out[n] = sums[i];
                keys[n] = s->lane_key[i];
            } else {
                s->again[n] = (uint64_t)s->lane_key[i] << 32 | i << 1;
            }
            n++;
        }
        if (last) break;
        points = sums;
        entries = s->again;
        side ^= 1;
    }
    return n;
}

/* ---- memory */

static size_t padded(size_t len)
{
    return (len + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

size_t msm_summer_len(void)
{
    return padded(MSM_KEYS_MAX * (2 * sizeof(uint32_t) + sizeof(struct msm_cursor))) +
           padded(MSM_ENTRIES_MAX * (2 * sizeof(uint32_t) + sizeof(uint64_t) + 2 * sizeof(g1_affine))) +
           padded(msm_kernel()->scratch_len);
}

zk_err msm_summer_init(struct msm_summer *s, struct arena *scratch)
{
    s->kernel = msm_kernel();
    s->count = arena_push(scratch, uint32_t, MSM_KEYS_MAX);
    s->cursor = arena_push(scratch, struct msm_cursor, MSM_KEYS_MAX);
    s->spare_lane = arena_push(scratch, uint32_t, MSM_KEYS_MAX);
    s->order = arena_push(scratch, uint32_t, MSM_ENTRIES_MAX);
    s->lane_key = arena_push(scratch, uint32_t, MSM_ENTRIES_MAX);
    s->again = arena_push(scratch, uint64_t, MSM_ENTRIES_MAX);
    s->sums[0] = arena_push(scratch, g1_affine, MSM_ENTRIES_MAX);
    s->sums[1] = arena_push(scratch, g1_affine, MSM_ENTRIES_MAX);
    s->lanes = arena_push_bytes(scratch, 1, s->kernel->scratch_len);
    /* An arena that lacked room for one piece may have room for a later, smaller one: ask them all. */
    bool ok = s->count != NULL && s->cursor != NULL && s->spare_lane != NULL && s->order != NULL && s->again != NULL;
    ok = ok && s->lane_key != NULL && s->sums[0] != NULL && s->sums[1] != NULL && s->lanes != NULL;
    return ok ? ZK_OK : ZK_ERR_FULL;
}

/* ---- the plain kernel */

#define PLAIN_LANES 256

enum lane_case { LANE_ADD, LANE_DOUBLE, LANE_KEEP };

struct plain_lanes {
    g1_affine acc[PLAIN_LANES]; /* infinity as (0, 0) */
    g1_affine term[PLAIN_LANES];
    fq den[PLAIN_LANES];
    fq scratch[PLAIN_LANES];
    uint8_t kind[PLAIN_LANES];
};

static void load_term(g1_affine *out, const g1_affine *points, uint32_t entry)
{
    *out = points[entry >> 1];
    if (entry & 1) fq_neg(&out->y, &out->y);
}

/* The slope's denominator; 1 where there is no slope, and the sum is stored at once. */
static uint8_t plain_prepare(fq *den, g1_affine *acc, const g1_affine *term)
{
    fq_sub(den, &term->x, &acc->x);
    if (!fq_is_zero(den) && !g1_affine_is_inf(acc)) return LANE_ADD;
    if (g1_affine_is_inf(acc)) {
        *acc = *term;
    } else if (fq_eq(&acc->y, &term->y)) {
        fq_dbl(den, &acc->y);
        return LANE_DOUBLE;
    } else {
        *acc = G1_AFFINE_INF;
    }
    *den = FQ_ONE;
    return LANE_KEEP;
}

/* slope = (y2 - y1) / (x2 - x1), or 3 x^2 / 2 y;  x3 = slope^2 - x1 - x2;  y3 = slope (x1 - x3) - y1. */
static void plain_finish(g1_affine *acc, const g1_affine *term, const fq *inverse, uint8_t kind)
{
    fq slope, x3;
    if (kind == LANE_KEEP) return;
    if (kind == LANE_DOUBLE) {
        fq_sqr(&x3, &acc->x);
        fq_dbl(&slope, &x3);
        fq_add(&slope, &slope, &x3);
    } else {
        fq_sub(&slope, &term->y, &acc->y);
    }
    fq_mul(&slope, &slope, inverse);
    fq_sqr(&x3, &slope);
    fq_sub(&x3, &x3, &acc->x);
    fq_sub(&x3, &x3, &term->x);
    fq_sub(&acc->x, &acc->x, &x3);
    fq_mul(&slope, &slope, &acc->x);
    fq_sub(&acc->y, &slope, &acc->y);
    acc->x = x3;
}

static void plain_round(struct plain_lanes *b, const g1_affine *points, const uint32_t *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        load_term(&b->term[i], points, entries[i]);
        b->kind[i] = plain_prepare(&b->den[i], &b->acc[i], &b->term[i]);
    }
    fq_batch_inv(b->den, b->den, n, b->scratch);
    for (size_t i = 0; i < n; i++) plain_finish(&b->acc[i], &b->term[i], &b->den[i], b->kind[i]);
}

static void plain_sum_lanes(g1_affine *out, const struct msm_lanes *in, void *scratch)
{
    struct plain_lanes *b = scratch;
    for (size_t first = 0; first < in->active[0]; first += PLAIN_LANES) {
        const uint32_t *entries = in->entries + first;
        for (size_t k = 0; k < in->rounds && in->active[k] > first; k++) {
            size_t n = in->active[k] - first < PLAIN_LANES ? in->active[k] - first : PLAIN_LANES;
            if (k == 0) {
                for (size_t i = 0; i < n; i++) load_term(&b->acc[i], in->points, entries[i]);
            } else {
                plain_round(b, in->points, entries, n);
            }
            entries += in->active[k];
        }
        size_t n = in->active[0] - first < PLAIN_LANES ? in->active[0] - first : PLAIN_LANES;
        memcpy(out + first, b->acc, n * sizeof *out);
    }
}

/* Jacobian doublings, then one inversion for all. */
static void plain_double_many(g1_affine *out, const g1_affine *in, size_t n, unsigned times, void *scratch)
{
    struct plain_lanes *b = scratch;
    for (size_t first = 0; first < n; first += PLAIN_LANES) {
        size_t m = n - first < PLAIN_LANES ? n - first : PLAIN_LANES;
        for (size_t i = 0; i < m; i++) {
            g1_jac p;
            g1_jac_from_affine(&p, &in[first + i]);
            for (unsigned t = 0; t < times; t++) g1_jac_dbl(&p, &p);
            b->acc[i] = (g1_affine){p.x, p.y};
            b->den[i] = p.z;
        }
        fq_batch_inv(b->den, b->den, m, b->scratch);
        for (size_t i = 0; i < m; i++) {
            fq square;
            fq_sqr(&square, &b->den[i]);
            fq_mul(&out[first + i].x, &b->acc[i].x, &square);
            fq_mul(&square, &square, &b->den[i]);
            fq_mul(&out[first + i].y, &b->acc[i].y, &square);
        }
    }
}

const struct msm_kernel msm_kernel_plain = {"plain", sizeof(struct plain_lanes), plain_sum_lanes, plain_double_many};

const struct msm_kernel *msm_kernel(void)
{
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_IFMA) return &msm_kernel_ifma;
#endif
    return &msm_kernel_plain;
}
