/* The lane sums of msm_sum.h, eight lanes a vector. 256 vectors of lanes at a time (a block) take one addition each per
 * round; a round goes over the block twice:
 *
 *   forward    gather the next points; d = x2 - x1; chain the products of the d       1 product an addition
 *   between    one inversion for the whole round
 *   backward   unchain 1/d; slope s = (y2 - y1)/d; x3, y3; fetch the points of the next round      4M + 1S
 *
 * The fetches of the backward pass run a whole round ahead of their use, so that memory works while the products do.
 * The forward pass asks again, a few groups ahead, for what has meanwhile moved to the second-level cache: with it an
 * msm takes a tenth less.
 *
 * Form. Coordinates stay raw, with memory's Montgomery factor 2^256 (fq8.h), although a product divides by 2^260:
 * writing t = 2^-4, the product of raw a and b is m(a, b) = t a b, raw. The chain P_i = m(P_(i-1), d_i) starts with
 * 1/t, so P_0 = d_0. Let U be z over the last P. Then m(U, P_(i-1)) = t z P_(i-1) / (t P_(i-1) d_i) = z / d_i, and
 * m(U, d_i) = z / P_(i-1) is the next U: the factors cancel, and z is ours to choose. With z = 64 the slope comes
 * out as m(y2 - y1, 64/d) = 4 s, its square is m(4s, 4s) = s^2 exactly, and m(4s, 4(x1 - x3)) = s (x1 - x3).
 *
 * Ranges. Points from memory are reduced. Accumulators are `kept`: carried, below 2.4p, which settle() restores
 * after the subtractions of x3 and y3. So d < 5p, y2 - y1 < 6p and 4(x1 - x3) < 26p, and every product has bounds
 * below 84.
 *
 * Special cases. A lane may hold infinity (`empty`), and two points of one lane may be equal or opposite. The forward
 * pass takes no notice of the last two; if one occurs, the chain's product is 0, and the pass is done again
 * carefully. */
#include "curve/msm_sum.h"

#include "field/fq8.h"

#define GROUPS 256
#define LANES  (8 * (size_t)GROUPS)
#define AHEAD  4 /* groups, of the forward pass's fetches */

/* What the careful pass finds in a group; a bit a lane. */
struct cases {
    uint8_t idle;   /* no entry in this round: keep the accumulator */
    uint8_t fresh;  /* held infinity: take the point */
    uint8_t twice;  /* equal points: the tangent's slope */
    uint8_t cancel; /* opposite points: infinity */
};

struct block {
    fq8 x[GROUPS], y[GROUPS]; /* the accumulators */
    fq8 chain[GROUPS];        /* the product of the d before */
    fq8 d[GROUPS];
    fq8 dy[GROUPS];
    uint8_t empty[GROUPS];
    uint8_t special[GROUPS]; /* cases[g] counts */
    struct cases cases[GROUPS];
};

/* ---- vectors of elements */

static const uint64_t four_p[5] = FQ_4P52_L;

/* Adds the multiple of p that brings a value in (-5.2p, 5.2p), limbs signed below 2^60, to 0 .. 2.4p. It is chosen by
 * the top bits: floor(value / 2^254), and 2^254 = 1.322p. Row k is for k, k = -4 .. 3, modulo 8; the entry for 0 is
 * +p rather than 0, so that an uncarried value just below zero, which looks like 0, stays positive. */
ZK_INLINE fq8 settle(fq8 a)
{
    static const int64_t multiple[8] = {1, -1, -2, -3, 6, 4, 3, 2};
    static const uint64_t p52[5] = FQ_P52_L;
    const __m512i times = _mm512_permutexvar_epi64(_mm512_srai_epi64(a.l[4], 46), _mm512_loadu_si512(multiple));
    for (int i = 0; i < 5; i++)
        a.l[i] = _mm512_add_epi64(a.l[i], _mm512_mullo_epi64(times, _mm512_set1_epi64((long long)p52[i])));
    return fq8_carry(a);
}

/* a - p where a >= p. */
ZK_INLINE fq8 minus_p(fq8 a)
{
    static const uint64_t p52[5] = FQ_P52_L;
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    fq8 d = fq8_sub_exact(a, fq8_splat52(p52));
    for (int i = 0; i < 4; i++) {
        d.l[i + 1] = _mm512_add_epi64(d.l[i + 1], _mm512_srai_epi64(d.l[i], 52));
        d.l[i] = _mm512_and_si512(d.l[i], mask);
    }
    __mmask8 negative = _mm512_movepi64_mask(d.l[4]);
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_mask_mov_epi64(d.l[i], negative, a.l[i]);
    return d;
}

/* kept -> reduced. */
ZK_INLINE fq8 reduce_kept(fq8 a)
{
    return minus_p(minus_p(a));
}

ZK_INLINE fq8 blend(__mmask8 pick_b, fq8 a, fq8 b)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_mask_mov_epi64(a.l[i], pick_b, b.l[i]);
    return a;
}

ZK_INLINE fq8 shift_left(fq8 a, unsigned bits)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_slli_epi64(a.l[i], bits);
    return a;
}

/* Lanes that are 0 modulo p; a < 2p. */
static __mmask8 zero_lanes(fq8 a)
{
    a = minus_p(a);
    __m512i any = a.l[0];
    for (int i = 1; i < 5; i++) any = _mm512_or_si512(any, a.l[i]);
    return _mm512_testn_epi64_mask(any, any);
}

/* Every lane gets the value of another: that of lane i xor 4, i xor 2, i xor 1. */
ZK_INLINE fq8 swap4(fq8 a)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_shuffle_i64x2(a.l[i], a.l[i], 0x4e);
    return a;
}
ZK_INLINE fq8 swap2(fq8 a)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_permutex_epi64(a.l[i], 0x4e);
    return a;
}
ZK_INLINE fq8 swap1(fq8 a)
{
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_permutex_epi64(a.l[i], 0xb1);
    return a;
}

/* z / p in each lane, raw, with one scalar inversion; p is lazy with no lane 0. The factors t cancel as in the
 * chain. */
static fq8 invert_lanes(fq8 p, uint64_t z_int)
{
    fq8 p4 = fq8_mul(p, swap4(p));
    fq8 p2 = fq8_mul(p4, swap2(p4));
    fq8 p1 = fq8_mul(p2, swap1(p2));
    fq all[8];
    fq z;
    fq8_store_raw(all, p1);
    fq_inv_vartime(&all[0], &all[0]);
    fq_from_u64(&z, z_int);
    fq_mul(&all[0], &all[0], &z);
    fq8 u = fq8_splat_raw(&all[0]);
    u = fq8_mul(u, swap1(p2));
    u = fq8_mul(u, swap2(p4));
    return fq8_mul(u, swap4(p));
}

/* ---- points */

/* Eight points, 64 bytes each, wherever they are: x reduced, y in 0 .. p and loose, negated where the entry says so. */
ZK_INLINE void gather(fq8 *x, fq8 *y, const g1_affine *points, const uint32_t *entries)
{
    static const uint64_t p52[5] = FQ_P52_L;
    const char *base = (const char *)points;
    __m512i r[8], t[8], l[8];
    for (int i = 0; i < 8; i++) r[i] = _mm512_loadu_si512(base + (size_t)(entries[i] >> 1) * sizeof *points);
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);     /* words 0, 2, 4, 6 of two points */
        t[4 + i] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]); /* words 1, 3, 5, 7 */
    }
    for (int odd = 0; odd < 2; odd++) {
        const __m512i *u = t + 4 * odd;
        __m512i a = _mm512_shuffle_i64x2(u[0], u[1], 0x88); /* words 0, 4 of points 0 .. 3 */
        __m512i b = _mm512_shuffle_i64x2(u[0], u[1], 0xdd); /* words 2, 6 */
        __m512i c = _mm512_shuffle_i64x2(u[2], u[3], 0x88);
        __m512i d = _mm512_shuffle_i64x2(u[2], u[3], 0xdd);
        l[0 + odd] = _mm512_shuffle_i64x2(a, c, 0x88);
        l[4 + odd] = _mm512_shuffle_i64x2(a, c, 0xdd);
        l[2 + odd] = _mm512_shuffle_i64x2(b, d, 0x88);
        l[6 + odd] = _mm512_shuffle_i64x2(b, d, 0xdd);
    }
    *x = fq8_split(l);
    *y = fq8_split(l + 4);
    __m256i e = _mm256_loadu_si256((const __m256i *)(const void *)entries);
    __mmask8 negative = _mm256_test_epi32_mask(e, _mm256_set1_epi32(1));
    for (int i = 0; i < 5; i++)
        y->l[i] = _mm512_mask_sub_epi64(y->l[i], negative, _mm512_set1_epi64((long long)p52[i]), y->l[i]);
}

ZK_INLINE void fetch(const g1_affine *points, const uint32_t *entries, size_t n)
{
    const char *base = (const char *)points;
    for (size_t i = 0; i < n; i++) _mm_prefetch(base + (size_t)(entries[i] >> 1) * sizeof *points, _MM_HINT_T0);
}

/* Fewer than eight entries: the other lanes repeat the first. */
static void pad_entries(uint32_t out[8], const uint32_t *entries, size_t n)
{
    for (size_t i = 0; i < 8; i++) out[i] = entries[i < n ? i : 0];
}

/* ---- a round */

/* The two chains, of even and odd groups: they are independent, so that one's latency hides behind the other. */
struct chains {
    fq8 next, last; /* after a pass over g groups: of group g and of group g - 1, modulo 2 */
};

ZK_INLINE void chain_group(struct block *b, struct chains *c, size_t g)
{
    fq8 product = fq8_mul(c->next, b->d[g]);
    b->chain[g] = c->next;
    c->next = c->last;
    c->last = product;
}

/* d = x2 - x1 and y2 - y1, carried. */
ZK_INLINE void differences(struct block *b, size_t g, const g1_affine *points, const uint32_t *entries)
{
    fq8 x2, y2;
    gather(&x2, &y2, points, entries);
    b->d[g] = fq8_carry(fq8_sub4(x2, b->x[g]));
    b->dy[g] = fq8_carry(fq8_sub4(y2, b->y[g]));
}

/* A group of which some lanes may be special: finds them, and gives them a d that is not 0. */
static void forward_careful(struct block *b, struct chains *c, size_t g, const g1_affine *points,
                            const uint32_t *entries, size_t n)
{
    uint32_t padded[8];
    fq k768;
    pad_entries(padded, entries, n);
    differences(b, g, points, padded);

    /* d and dy are below 7p; the product with 1/t is the same value, lazy. */
    uint8_t idle = n < 8 ? (uint8_t)(0xffU << n) : 0;
    uint8_t same_x = zero_lanes(fq8_mul(b->d[g], fq8_one()));
    uint8_t same_y = zero_lanes(fq8_mul(b->dy[g], fq8_one()));
    uint8_t fresh = (uint8_t)(b->empty[g] & ~idle);
    uint8_t twice = (uint8_t)(same_x & same_y & ~idle & ~fresh);
    uint8_t cancel = (uint8_t)(same_x & ~same_y & ~idle & ~fresh);
    b->cases[g] = (struct cases){idle, fresh, twice, cancel};
    b->special[g] = idle | fresh | twice | cancel;

    /* 3 x^2 = m(m(x, x), 3 / t^2). */
    fq_from_u64(&k768, 768);
    fq8 slope = fq8_mul(fq8_mul(b->x[g], b->x[g]), fq8_splat_raw(&k768));
    b->dy[g] = blend(twice, b->dy[g], slope);
    b->d[g] = blend(twice, b->d[g], fq8_carry(fq8_add(b->y[g], b->y[g])));
    b->d[g] = blend(idle | fresh | cancel, b->d[g], fq8_one());
    chain_group(b, c, g);
}

/* True if no lane of the chains is 0; u = z over each chain's product. */
static bool forward(struct block *b, struct chains *u, const g1_affine *points, const uint32_t *entries, size_t n,
                    bool careful)
{
    struct chains c = {fq8_one(), fq8_one()};
    for (size_t g = 0; 8 * g < n; g++) {
        b->special[g] = 0;
        if (careful || b->empty[g] != 0 || n - 8 * g < 8) {
            forward_careful(b, &c, g, points, entries + 8 * g, n - 8 * g < 8 ? n - 8 * g : 8);
        } else {
            if (8 * (g + AHEAD) + 8 <= n) fetch(points, entries + 8 * (g + AHEAD), 8);
            differences(b, g, points, entries + 8 * g);
            chain_group(b, &c, g);
        }
    }
    fq8 both = fq8_mul(c.next, c.last);
    if (zero_lanes(both) != 0) return false;
    both = invert_lanes(both, 64);
    u->last = fq8_mul(both, c.next);
    u->next = fq8_mul(both, c.last);
    return true;
}

/* The lanes that are not sums of two different points. */
static void finish_special(struct block *b, size_t g, fq8 *x3, fq8 *y3, const g1_affine *points,
                           const uint32_t *entries, size_t n)
{
    const struct cases *s = &b->cases[g];
    uint32_t padded[8];
    fq8 x2, y2;
    pad_entries(padded, entries, n);
    gather(&x2, &y2, points, padded);
    *x3 = blend(s->fresh, blend(s->idle, *x3, b->x[g]), x2);
    *y3 = blend(s->fresh, blend(s->idle, *y3, b->y[g]), fq8_carry(y2));
    b->empty[g] = (uint8_t)((b->empty[g] & ~s->fresh) | s->cancel);
}

ZK_INLINE void backward_group(struct block *b, struct chains *u, size_t g, const g1_affine *points,
                              const uint32_t *entries, size_t n)
{
    const fq8 d = b->d[g];
    const fq8 x1 = b->x[g];
    const fq8 y1 = b->y[g];
    fq8 inverse = fq8_mul(u->last, b->chain[g]);
    fq8 next = fq8_mul(u->last, d);
    u->last = u->next;
    u->next = next;

    /* x3 = s^2 - x1 - x2 = s^2 - 2 x1 - (d - 4p). On a tangent x2 - x1 is 0 while d is not; the other special lanes
     * need no x3, only one within its range. */
    fq8 slope = fq8_mul(b->dy[g], inverse);
    fq8 shift = fq8_sub_exact(d, fq8_splat52(four_p));
    if (b->special[g]) shift = blend(b->special[g], shift, fq8_zero());
    fq8 x3 = fq8_wide_reduce_sum(fq8_wide_sqr(slope));
    x3 = settle(fq8_sub_exact(fq8_sub_exact(x3, shift), fq8_add(x1, x1)));
    fq8 y3 = fq8_wide_reduce_sum(fq8_wide_mul(slope, fq8_carry(shift_left(fq8_sub4(x1, x3), 2))));
    y3 = settle(fq8_sub_exact(y3, y1));
    if (b->special[g]) finish_special(b, g, &x3, &y3, points, entries + 8 * g, n - 8 * g);
    b->x[g] = x3;
    b->y[g] = y3;
}

/* Adds entry i to lane i for i < n; next and n_next are those of the round after. */
static void add_round(struct block *b, const g1_affine *points, const uint32_t *entries, size_t n, const uint32_t *next,
                      size_t n_next)
{
    struct chains u;
    if (!forward(b, &u, points, entries, n, false)) {
        bool ok = forward(b, &u, points, entries, n, true);
        assert(ok);
    }
    for (size_t g = (n + 7) / 8; g-- > 0;) {
        if (8 * g < n_next) fetch(points, next + 8 * g, n_next - 8 * g < 8 ? n_next - 8 * g : 8);
        backward_group(b, &u, g, points, entries, n);
    }
}

/* ---- a block of lanes */

static void load_first(struct block *b, const g1_affine *points, const uint32_t *entries, size_t n)
{
    const size_t ahead = 64;
    for (size_t g = 0; 8 * g < n; g++) {
        uint32_t padded[8];
        size_t at = 8 * g + ahead;
        if (at < n) fetch(points, entries + at, n - at < 8 ? n - at : 8);
        pad_entries(padded, entries + 8 * g, n - 8 * g);
        gather(&b->x[g], &b->y[g], points, padded);
        b->y[g] = fq8_carry(b->y[g]);
        b->empty[g] = 0;
    }
}

static void store_sums(g1_affine *out, const struct block *b, size_t n)
{
    for (size_t g = 0; 8 * g < n; g++) {
        fq x[8], y[8];
        fq8_store_raw(x, reduce_kept(b->x[g]));
        fq8_store_raw(y, reduce_kept(b->y[g]));
        for (size_t i = 0; i < 8 && 8 * g + i < n; i++) {
            out[8 * g + i] = (g1_affine){x[i], y[i]};
            if (b->empty[g] >> i & 1) out[8 * g + i] = G1_AFFINE_INF;
        }
    }
}

static size_t lanes_from(uint32_t active, size_t first)
{
    if (active <= first) return 0;
    return active - first < LANES ? active - first : LANES;
}

static void ifma_sum_lanes(g1_affine *out, const struct msm_lanes *in, void *scratch)
{
    struct block *b = scratch;
    for (size_t first = 0; first < in->active[0]; first += LANES) {
        const uint32_t *entries = in->entries + first;
        size_t n = lanes_from(in->active[0], first);
        load_first(b, in->points, entries, n);
        for (size_t k = 0; k + 1 < in->rounds; k++) {
            const uint32_t *now = entries + in->active[k];
            size_t m = lanes_from(in->active[k + 1], first);
            size_t n_next = k + 2 < in->rounds ? lanes_from(in->active[k + 2], first) : 0;
            if (m == 0) break;
            add_round(b, in->points, now, m, n_next > 0 ? now + in->active[k + 1] : NULL, n_next);
            entries = now;
        }
        store_sums(out + first, b, n);
    }
}

/* ---- doubling: here coordinates have the vectors' own factor 2^260 */

struct jac8 {
    fq8 x, y, z; /* kept */
};

struct double_block {
    struct jac8 p[GROUPS];
    fq8 chain[GROUPS];
    uint8_t inf[GROUPS];
};
static_assert(sizeof(struct double_block) <= sizeof(struct block), "both work in one scratch");

/* A = x^2  B = y^2  E = 3A  D = 4 x B:   x3 = E^2 - 2D   y3 = E (D - x3) - 8 B^2   z3 = 2 y z.   4M + 3S. */
ZK_INLINE void double_group(struct jac8 *p)
{
    fq8 a = fq8_sqr(p->x);
    fq8 b = fq8_sqr(p->y);
    fq8 e = fq8_carry(fq8_add(fq8_add(a, a), a));
    fq8 d = fq8_mul(p->x, fq8_carry(shift_left(b, 2)));
    fq8 c8 = fq8_mul(b, fq8_carry(shift_left(b, 3)));
    p->z = fq8_mul(p->y, fq8_carry(fq8_add(p->z, p->z)));
    p->x = settle(fq8_sub_exact(fq8_sqr(e), fq8_add(d, d)));
    p->y = settle(fq8_sub_exact(fq8_mul(e, fq8_carry(fq8_sub4(d, p->x))), c8));
}

/* Coordinates of n <= 8 points, the first repeated, with z = 1; the lanes that are infinity. */
static uint8_t load_jac(struct jac8 *p, const g1_affine *in, size_t n)
{
    fq x[8], y[8], k16;
    unsigned inf = 0;
    for (size_t i = 0; i < 8; i++) {
        const g1_affine *a = &in[i < n ? i : 0];
        x[i] = a->x;
        y[i] = a->y;
        inf |= (unsigned)g1_affine_is_inf(a) << i;
    }
    fq_from_u64(&k16, 16); /* raw 2^256 times 2^4 2^260, over 2^260 */
    const fq8 factor = fq8_splat(&k16);
    p->x = fq8_mul(fq8_load_raw(x), factor);
    p->y = fq8_mul(fq8_load_raw(y), factor);
    p->z = fq8_one();
    return (uint8_t)inf;
}

/* (x / z^2, y / z^3), given 1/z. */
static void store_jac(g1_affine *out, const struct jac8 *p, fq8 inverse, uint8_t inf, size_t n)
{
    fq x[8], y[8];
    fq8 square = fq8_sqr(inverse);
    fq8_store(x, fq8_mul(p->x, square));
    fq8_store(y, fq8_mul(p->y, fq8_mul(square, inverse)));
    for (size_t i = 0; i < n; i++) out[i] = inf >> i & 1 ? G1_AFFINE_INF : (g1_affine){x[i], y[i]};
}

static void double_lanes(struct double_block *b, g1_affine *out, const g1_affine *in, size_t n, unsigned times)
{
    fq8 product = fq8_one();
    for (size_t g = 0; 8 * g < n; g++) {
        struct jac8 p;
        b->inf[g] = load_jac(&p, in + 8 * g, n - 8 * g);
        for (unsigned t = 0; t < times; t++) double_group(&p);
        p.z = blend(b->inf[g], p.z, fq8_one());
        b->p[g] = p;
        b->chain[g] = product;
        product = fq8_mul(product, p.z);
    }
    /* The product v, with factor 2^260, is 16 v raw; 256 / 16v raw is 1/v with factor 2^260. */
    fq8 u = invert_lanes(product, 256);
    for (size_t g = (n + 7) / 8; g-- > 0;) {
        store_jac(out + 8 * g, &b->p[g], fq8_mul(u, b->chain[g]), b->inf[g], n - 8 * g < 8 ? n - 8 * g : 8);
        u = fq8_mul(u, b->p[g].z);
    }
}

static void ifma_double_many(g1_affine *out, const g1_affine *in, size_t n, unsigned times, void *scratch)
{
    for (size_t at = 0; at < n; at += LANES)
        double_lanes(scratch, out + at, in + at, n - at < LANES ? n - at : LANES, times);
}

const struct msm_kernel msm_kernel_ifma = {"ifma", sizeof(struct block), ifma_sum_lanes, ifma_double_many};
