/* Pippenger's method, in which every step but the last is a sum of affine points by key (msm_sum.h).
 *
 *   1  Scalars become |s| <= (p - 1)/2 and a sign, then digits of c bits in -2^(c-1) .. 2^(c-1) - 1: once the
 *      constant 2^(c-1) (1 + 2^c + ...) is added, each digit is a bit field less 2^(c-1). The top one is not offset.
 *   2  A digit d != 0 of window w is an entry: it adds +-point to bucket |d| of the window. Entries are sorted into
 *      parts, runs of neighbouring buckets, and a part's buckets are summed in the caches of one core.
 *   3  What remains is sum v 2^(c w) B[w][v] over the buckets. Each v is split in halves, v = hi 2^t + lo, and each
 *      bucket added to a sum for hi and a sum for lo; then hi and lo are split likewise, until all are single bits.
 *      A bucket costs two affine additions in the first split, and each further split has a square root as many sums.
 *   4  Now out = sum 2^j S_j over bits j: Horner's rule.
 *
 * Cost in affine additions (6 products each): n ceil(254/c) for the entries, and for each window some 2^(c-1) more (a
 * bucket's first entry is free, and its two places in the first split are not). The running sum that is usual in step 3
 * takes 2^c Jacobian additions (27 products a bucket), so the split lets c be one or two larger. At n = 2^20, c = 17:
 * 15 n + 15 * 2^16 = 16.7 M additions.
 *
 * The endomorphism (GLV) is not used: it would halve the windows' number and double the points, which leaves the first
 * term as it is and halves the second: 3 % at 2^20, where splitting the scalars takes as much.
 *
 * A fixed basis with T tables keeps 2^(c G j) P for j < T, G = ceil(W/T) and W = ceil(254/c): window w = G j + g reads
 * table j and shares the buckets of set g. With T = W one set serves all, and c may be as large as 20 at n = 2^20:
 * 13 n + 2^19 = 14.2 M additions.
 *
 * Determinism. Bucket contents depend on the scalars alone, and sums are canonical affine points, so neither the order
 * nor the thread of an addition shows in the result.
 *
 * Sources: Pippenger 1976; Bernstein, Doumen, Lange, Oosterwijk 2012, "Faster batch forgery identification" (the
 * method); Brickell, Gordon, McCurley, Wilson 1992 (fixed base); Gallant, Lambert, Vanstone 2001 (GLV). */
#include "curve/msm.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/pool.h"
#include "curve/msm_sum.h"

#include <string.h>

#define SCALAR_BITS  253 /* of |s| <= (p - 1)/2 < 2^253 */
#define WINDOW_MIN   2
#define WINDOW_MAX   22 /* of a fixed basis */
#define WINDOW_VAR   18 /* of a variable base: wider ones save a few percent above 2^21 and take gigabytes of buckets */
#define RANGES_MAX   64
#define RANGE_MIN    1024 /* scalars; fewer are not worth a task */
#define PARTS_MAX    16384
#define PART_ENTRIES 65536 /* wanted: half of what a summer takes, so that most parts are one chunk */
#define SPLIT_POINTS (MSM_ENTRIES_MAX / 2)

/* ---- what is to be done */

/* Where points come from, and how windows map to tables and sets of buckets. */
struct source {
    const g1_affine *points; /* table j begins at j * stride */
    size_t stride;
    unsigned tables;
    unsigned c; /* 0: to be chosen */
};

struct plan {
    unsigned c, windows;
    unsigned sets;   /* of buckets */
    unsigned low;    /* bits of a key within its part */
    size_t n_keys;   /* sets * 2^(c-1): key = set * 2^(c-1) + |d| - 1 */
    size_t n_parts;  /* key >> low */
    size_t n_ranges; /* of scalars, each counted and sorted by one task */
    size_t grain;
};

/* Points with keys, in pieces: one a task that made them. */
struct piece {
    size_t begin, n;
};
struct list {
    g1_affine *points;
    uint32_t *keys;
    struct piece *pieces;
    size_t n_pieces;
};

/* Entries begin .. begin + n - 1, all of one part. */
struct chunk {
    size_t begin, n;
    size_t part;
    size_t out;
};

struct worker {
    struct msm_summer summer;
    uint64_t *entries; /* [MSM_ENTRIES_MAX], for splits */
};

struct msm {
    struct source src;
    struct plan plan;
    const fr *scalars;
    size_t n;
    uint64_t (*digits)[4];                /* |s|, then with offsets; the sign is bit 255 */
    uint32_t (*lengths)[SCALAR_BITS + 1]; /* [n_ranges]: how many |s| have so many bits */
    uint32_t *place;                      /* [n_ranges][n_parts]: counts, then where the next entry goes */
    uint64_t *entries;
    struct chunk *chunks;
    struct list list;
    struct worker *workers;
    struct pool *pool;
    struct arena *scratch;
};

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static void choose_ranges(struct plan *p, size_t n)
{
    p->n_ranges = min_size(RANGES_MAX, ceil_div(n, RANGE_MIN));
    p->grain = ceil_div(n, p->n_ranges);
    p->n_ranges = ceil_div(n, p->grain);
}

/* ---- 1: scalars */

static const uint64_t sign_bit = 1ULL << 63;

static unsigned bit_length(const uint64_t a[4])
{
    for (unsigned i = 4; i-- > 0;)
        if (a[i] != 0) return 64 * i + 64 - (unsigned)__builtin_clzll(a[i]);
    return 0;
}

/* a = p - a, and the sign, if that is the shorter; a < p. */
static void make_short(uint64_t a[4])
{
    static const uint64_t p[4] = FR_MODULUS_L;
    static const uint64_t half[4] = FR_HALF_L;
    unsigned i = 3;
    while (i > 0 && a[i] == half[i]) i--;
    if (a[i] <= half[i]) return;
    unsigned borrow = 0;
    for (i = 0; i < 4; i++) {
        unsigned __int128 d = (unsigned __int128)p[i] - a[i] - borrow;
        a[i] = (uint64_t)d;
        borrow = (unsigned)(d >> 64) & 1;
    }
    a[3] |= sign_bit;
}

static zk_err prepare_range(void *ctx, size_t range, unsigned worker)
{
    struct msm *m = ctx;
    const fr one = {{1, 0, 0, 0}}; /* a product with it takes the Montgomery factor off */
    size_t begin = range * m->plan.grain;
    size_t n = min_size(m->n - begin, m->plan.grain);
    uint32_t *lengths = m->lengths[range];
    fr block[256];
    (void)worker;
    memset(lengths, 0, sizeof m->lengths[range]);
    for (size_t at = 0; at < n; at += ZK_COUNT(block)) {
        size_t len = min_size(n - at, ZK_COUNT(block));
        fr_kernels()->scale(block, m->scalars + begin + at, &one, len);
        for (size_t i = 0; i < len; i++) {
            uint64_t *a = block[i].l;
            if (g1_affine_is_inf(&m->src.points[begin + at + i])) memset(a, 0, 4 * sizeof *a);
            make_short(a);
            uint64_t magnitude[4] = {a[0], a[1], a[2], a[3] & ~sign_bit};
            lengths[bit_length(magnitude)]++;
            memcpy(m->digits[begin + at + i], a, 4 * sizeof *a);
        }
    }
    return ZK_OK;
}

/* ---- the plan */

static unsigned half_width(unsigned width)
{
    return (width + 1) / 2;
}

/* Additions of the splits that follow buckets of width c, at most. */
static double split_cost(size_t sets, unsigned c, double points)
{
    double cost = 0;
    for (unsigned width = c; width > 1; width = half_width(width)) {
        unsigned half = half_width(width);
        sets *= 2;
        double sums = (double)sets * (double)((1ULL << half) - 1);
        if (sums > 2 * points) sums = 2 * points;
        cost += 2 * points - sums;
        points = sums;
    }
    return cost;
}

/* Sets of buckets that scalars of full length use. */
static unsigned whole_sets(unsigned c, unsigned tables)
{
    return (unsigned)ceil_div(SCALAR_BITS / c + 1, tables);
}

/* Additions with windows of c bits, for scalars of the given lengths: those with at least w c bits have an entry in
 * window w. *windows as needed by the longest. */
static double plan_cost(const size_t lengths[SCALAR_BITS + 1], unsigned c, unsigned tables, unsigned *windows)
{
    size_t at_least[SCALAR_BITS + 2] = {0};
    unsigned longest = 0;
    for (unsigned i = SCALAR_BITS + 1; i-- > 0;) {
        at_least[i] = at_least[i + 1] + lengths[i];
        if (lengths[i] != 0 && longest == 0) longest = i;
    }
    *windows = longest / c + 1; /* ceil((longest + 1) / c) */
    unsigned sets = whole_sets(c, tables);
    double entries = 0;
    double buckets = 0;
    for (unsigned g = 0; g < sets; g++) {
        double of_set = 0;
        for (unsigned w = g; w < *windows; w += sets) of_set += (double)at_least[w * c > 0 ? w * c : 1];
        double most = (double)(1ULL << (c - 1));
        entries += of_set;
        buckets += of_set < most ? of_set : most;
    }
    return entries - buckets + split_cost(sets < *windows ? sets : *windows, c, buckets);
}

/* The cheapest window of at most c_max bits; ties go to the smaller. */
static unsigned best_window(const size_t lengths[SCALAR_BITS + 1], unsigned c_max, unsigned tables, double *cost)
{
    unsigned best = 0;
    for (unsigned c = WINDOW_MIN; c <= c_max; c++) {
        unsigned windows;
        if ((size_t)whole_sets(c, tables) * 2 << half_width(c) > MSM_KEYS_MAX) continue; /* keys of the first split */
        double of_c = plan_cost(lengths, c, tables, &windows);
        if (best != 0 && of_c >= *cost) continue;
        best = c;
        *cost = of_c;
    }
    return best;
}

/* For n scalars of full length. */
static unsigned best_window_full(size_t n, unsigned c_max, unsigned tables, double *cost)
{
    size_t lengths[SCALAR_BITS + 1] = {0};
    lengths[SCALAR_BITS] = n;
    return best_window(lengths, c_max, tables, cost);
}

/* Scalars that are not of full length may make a larger window best, up to this. */
static unsigned window_max_for(size_t n, double *cost)
{
    unsigned full = best_window_full(n, WINDOW_VAR, 1, cost);
    return full < WINDOW_VAR ? full + 1 : WINDOW_VAR;
}

/* At most `entries` entries: parts small enough for a cache, and some for every thread. */
static void choose_parts(struct plan *p, size_t entries, unsigned threads)
{
    size_t wanted = entries / PART_ENTRIES + 1;
    if (threads > 1 && wanted < 4 * (size_t)threads) wanted = 4 * (size_t)threads;
    p->n_keys = (size_t)p->sets << (p->c - 1);
    p->low = MSM_KEYS_BITS;
    while (p->low > 0 && p->n_keys >> p->low < wanted && (p->n_keys >> (p->low - 1)) + 1 <= PARTS_MAX) p->low--;
    p->n_parts = ((p->n_keys - 1) >> p->low) + 1;
}

static void choose_plan(struct msm *m)
{
    struct plan *p = &m->plan;
    size_t lengths[SCALAR_BITS + 1] = {0};
    for (size_t r = 0; r < p->n_ranges; r++)
        for (size_t i = 0; i <= SCALAR_BITS; i++) lengths[i] += m->lengths[r][i];
    double cost = 0;
    p->c = m->src.c;
    if (p->c == 0) p->c = best_window(lengths, window_max_for(m->n, &cost), 1, &cost);
    (void)plan_cost(lengths, p->c, m->src.tables, &p->windows);
    p->sets = whole_sets(p->c, m->src.tables);
    if (p->sets > p->windows) p->sets = p->windows;
    size_t entries = 0;
    for (size_t i = 1; i <= SCALAR_BITS; i++) entries += lengths[i] * (i / p->c + 1);
    choose_parts(p, entries, pool_threads(m->pool));
}

/* ---- 2: entries and buckets */

/* The window's digits, as bit fields: four bytes from `byte` on, shifted and masked. */
struct field {
    size_t byte;
    unsigned shift;
    uint32_t mask;
    int32_t offset;
    size_t table; /* index of the table's first point */
    uint32_t key; /* of the set's first bucket */
};

static struct field window_field(const struct msm *m, unsigned w)
{
    const struct plan *p = &m->plan;
    unsigned bit = w * p->c;
    bool top = w + 1 == p->windows;
    unsigned bits = p->c;
    if (bit + bits > 255) bits = 255 - bit;
    assert(bits <= WINDOW_MAX);
    unsigned sets = whole_sets(p->c, m->src.tables);
    /* Never beyond the scalar's own 32 bytes: the next scalar may be another thread's. bit + bits <= 255. */
    unsigned byte = bit / 8 < 28 ? bit / 8 : 28;
    return (struct field){
        .byte = byte,
        .shift = bit - 8 * byte,
        .mask = (1U << bits) - 1,
        .offset = top ? 0 : 1 << (p->c - 1),
        .table = w / sets * m->src.stride,
        .key = (w % sets) << (p->c - 1),
    };
}

/* Adds 2^(c-1) to each window but the top one; the sign bit stays, since |s| + offsets < 2^255. */
static void add_offsets(uint64_t (*digits)[4], size_t n, unsigned c, unsigned windows)
{
    uint64_t offsets[5] = {0};
    for (unsigned w = 0; w + 1 < windows; w++) {
        unsigned bit = w * c + c - 1;
        offsets[bit / 64] |= 1ULL << (bit % 64);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned __int128 t = 0;
        for (int j = 0; j < 4; j++) {
            t += (unsigned __int128)digits[i][j] + offsets[j];
            digits[i][j] = (uint64_t)t;
            t >>= 64;
        }
    }
}

ZK_INLINE int32_t digit_at(const struct field *f, const uint64_t digits[4])
{
    uint32_t v;
    memcpy(&v, (const char *)digits + f->byte, sizeof v);
    return (int32_t)(v >> f->shift & f->mask) - f->offset;
}

static zk_err count_range(void *ctx, size_t range, unsigned worker)
{
    struct msm *m = ctx;
    const struct plan *p = &m->plan;
    size_t begin = range * p->grain;
    size_t n = min_size(m->n - begin, p->grain);
    uint32_t *count = m->place + range * p->n_parts;
    (void)worker;
    memset(count, 0, p->n_parts * sizeof *count);
    add_offsets(m->digits + begin, n, p->c, p->windows);
    for (size_t at = 0; at < n; at += 256) {
        size_t len = min_size(n - at, 256);
        for (unsigned w = 0; w < p->windows; w++) {
            const struct field f = window_field(m, w);
            for (size_t i = 0; i < len; i++) {
                int32_t d = digit_at(&f, m->digits[begin + at + i]);
                uint32_t magnitude = (uint32_t)(d < 0 ? -d : d);
                if (d != 0) count[(f.key + magnitude - 1) >> p->low]++;
            }
        }
    }
    return ZK_OK;
}

static zk_err sort_range(void *ctx, size_t range, unsigned worker)
{
    struct msm *m = ctx;
    const struct plan *p = &m->plan;
    size_t begin = range * p->grain;
    size_t n = min_size(m->n - begin, p->grain);
    uint32_t *place = m->place + range * p->n_parts;
    const uint32_t low_mask = (1U << p->low) - 1;
    (void)worker;
    for (size_t at = 0; at < n; at += 256) {
        size_t len = min_size(n - at, 256);
        for (unsigned w = 0; w < p->windows; w++) {
            const struct field f = window_field(m, w);
            for (size_t i = 0; i < len; i++) {
                const uint64_t *digits = m->digits[begin + at + i];
                int32_t d = digit_at(&f, digits);
                if (d == 0) continue;
                uint32_t key = f.key + (uint32_t)(d < 0 ? -d : d) - 1;
                uint64_t index = f.table + begin + at + i;
                uint64_t negative = (digits[3] >> 63) ^ (d < 0);
                m->entries[place[key >> p->low]++] = (uint64_t)(key & low_mask) << 32 | index << 1 | negative;
            }
        }
    }
    return ZK_OK;
}

/* Counts to places, part by part and in each range by range. Returns the number of entries. */
static size_t make_places(struct msm *m)
{
    const struct plan *p = &m->plan;
    size_t at = 0;
    for (size_t part = 0; part < p->n_parts; part++) {
        for (size_t r = 0; r < p->n_ranges; r++) {
            uint32_t *place = &m->place[r * p->n_parts + part];
            size_t n = *place;
            *place = (uint32_t)at;
            at += n;
        }
    }
    return at;
}

/* Cuts the parts into chunks that a summer takes; returns their number. The last range's places, after the sort, are
 * where the parts end; before it, the first range's are where they begin. */
static size_t make_chunks(struct msm *m, struct chunk *chunks, size_t n_entries, size_t *out_len)
{
    const struct plan *p = &m->plan;
    size_t n_chunks = 0;
    *out_len = 0;
    for (size_t part = 0; part < p->n_parts; part++) {
        size_t at = m->place[part];
        size_t end = part + 1 < p->n_parts ? m->place[part + 1] : n_entries;
        while (at < end) {
            size_t n = min_size(end - at, MSM_ENTRIES_MAX);
            if (chunks != NULL) chunks[n_chunks] = (struct chunk){at, n, part, *out_len};
            n_chunks++;
            *out_len += min_size(n, (size_t)1 << p->low);
            at += n;
        }
    }
    return n_chunks;
}

static zk_err sum_chunk(void *ctx, size_t i, unsigned worker)
{
    struct msm *m = ctx;
    const struct chunk *c = &m->chunks[i];
    struct piece *piece = &m->list.pieces[i];
    uint32_t *keys = m->list.keys + c->out;
    piece->begin = c->out;
    piece->n = msm_sum_by_key(&m->workers[worker].summer, m->list.points + c->out, keys, m->src.points,
                              m->entries + c->begin, c->n, (size_t)1 << m->plan.low);
    for (size_t k = 0; k < piece->n; k++) keys[k] += (uint32_t)(c->part << m->plan.low);
    return ZK_OK;
}

static zk_err list_init(struct list *list, size_t len, size_t n_pieces, struct arena *scratch)
{
    list->points = arena_push(scratch, g1_affine, len);
    list->keys = arena_push(scratch, uint32_t, len);
    list->pieces = arena_push(scratch, struct piece, n_pieces);
    list->n_pieces = n_pieces;
    return list->points != NULL && list->keys != NULL && list->pieces != NULL ? ZK_OK : ZK_ERR_FULL;
}

/* m->list = the sums of all buckets that are not empty. */
static zk_err sum_buckets(struct msm *m)
{
    size_t len;
    m->place = arena_push(m->scratch, uint32_t, m->plan.n_ranges * m->plan.n_parts);
    if (m->place == NULL) return ZK_ERR_FULL;
    ZK_TRY(pool_for(m->pool, m->plan.n_ranges, count_range, m));
    size_t n_entries = make_places(m);
    size_t n_chunks = make_chunks(m, NULL, n_entries, &len);
    m->chunks = arena_push(m->scratch, struct chunk, n_chunks);
    m->entries = arena_push(m->scratch, uint64_t, n_entries);
    if (m->chunks == NULL || m->entries == NULL) return ZK_ERR_FULL;
    (void)make_chunks(m, m->chunks, n_entries, &len);
    ZK_TRY(list_init(&m->list, len, n_chunks, m->scratch));
    ZK_TRY(pool_for(m->pool, m->plan.n_ranges, sort_range, m));
    return pool_for(m->pool, n_chunks, sum_chunk, m);
}

/* ---- 3: splits. In a list of width t, a key is set << t | v; in the bucket list (`first`), set << (t-1) | v - 1. */

struct split {
    struct msm *m;
    struct list in, out;
    bool first;
    unsigned width, half;
    size_t n_keys;    /* of out */
    size_t *first_of; /* [out.n_pieces + 1]: in's pieces of each task */
};

static size_t add_split(uint64_t *entries, size_t n, const struct split *s, size_t i)
{
    uint32_t key = s->in.keys[i];
    unsigned shift = s->first ? s->width - 1 : s->width;
    uint64_t set = key >> shift;
    uint64_t v = (key & ((1U << shift) - 1)) + (s->first ? 1 : 0);
    uint64_t lo = v & ((1U << s->half) - 1);
    uint64_t hi = v >> s->half;
    if (lo != 0) entries[n++] = ((2 * set) << s->half | lo) << 32 | (uint64_t)i << 1;
    if (hi != 0) entries[n++] = ((2 * set + 1) << s->half | hi) << 32 | (uint64_t)i << 1;
    return n;
}

static zk_err split_task(void *ctx, size_t task, unsigned worker)
{
    struct split *s = ctx;
    struct worker *w = &s->m->workers[worker];
    struct piece *out = &s->out.pieces[task];
    size_t n = 0;
    for (size_t i = s->first_of[task]; i < s->first_of[task + 1]; i++) {
        const struct piece *in = &s->in.pieces[i];
        for (size_t k = 0; k < in->n; k++) n = add_split(w->entries, n, s, in->begin + k);
    }
    out->n = msm_sum_by_key(&w->summer, s->out.points + out->begin, s->out.keys + out->begin, s->in.points, w->entries,
                            n, s->n_keys);
    return ZK_OK;
}

/* Consecutive pieces of at most SPLIT_POINTS points together make a task; with out_pieces NULL only counts. */
static size_t make_tasks(struct split *s, struct piece *out_pieces, size_t *out_len)
{
    size_t tasks = 0;
    *out_len = 0;
    for (size_t i = 0; i < s->in.n_pieces;) {
        size_t n = 0;
        size_t begin = i;
        while (i < s->in.n_pieces && n + s->in.pieces[i].n <= SPLIT_POINTS) n += s->in.pieces[i++].n;
        assert(i > begin);
        if (out_pieces != NULL) {
            s->first_of[tasks] = begin;
            s->first_of[tasks + 1] = i;
            out_pieces[tasks] = (struct piece){*out_len, 0};
        }
        tasks++;
        *out_len += min_size(2 * n, s->n_keys);
    }
    return tasks;
}

/* m->list, of width *width, becomes one of half the width. */
static zk_err split_list(struct msm *m, bool first, unsigned width, size_t sets)
{
    struct split s = {.m = m, .in = m->list, .first = first, .width = width, .half = half_width(width)};
    size_t len;
    s.n_keys = 2 * sets << s.half;
    assert(s.n_keys <= MSM_KEYS_MAX);
    size_t tasks = make_tasks(&s, NULL, &len);
    s.first_of = arena_push(m->scratch, size_t, tasks + 1);
    if (s.first_of == NULL) return ZK_ERR_FULL;
    ZK_TRY(list_init(&s.out, len, tasks, m->scratch));
    (void)make_tasks(&s, s.out.pieces, &len);
    ZK_TRY(pool_for(m->pool, tasks, split_task, &s));
    m->list = s.out;
    return ZK_OK;
}

/* ---- 4: the last sum */

/* The power of two of a set of single bits: the low half of set s / 2 of twice the width, or its high half. */
static unsigned set_position(size_t set, unsigned width, unsigned c)
{
    unsigned widths[8];
    unsigned n = 0;
    for (unsigned t = c; t > width; t = half_width(t)) widths[n++] = half_width(t);
    unsigned position = 0;
    while (n-- > 0) {
        position += (unsigned)(set & 1) * widths[n];
        set >>= 1;
    }
    return position + (unsigned)set * c;
}

static void horner(g1_jac *out, const struct msm *m)
{
    g1_jac sums[SCALAR_BITS + 64];
    unsigned top = 0;
    for (size_t i = 0; i < ZK_COUNT(sums); i++) sums[i] = G1_JAC_INF;
    for (size_t i = 0; i < m->list.n_pieces; i++) {
        const struct piece *piece = &m->list.pieces[i];
        for (size_t k = piece->begin; k < piece->begin + piece->n; k++) {
            unsigned at = set_position(m->list.keys[k] >> 1, 1, m->plan.c);
            assert(at < ZK_COUNT(sums));
            g1_jac_add_mixed(&sums[at], &sums[at], &m->list.points[k]);
            if (at > top) top = at;
        }
    }
    g1_jac acc = sums[top];
    for (unsigned i = top; i-- > 0;) {
        g1_jac_dbl(&acc, &acc);
        g1_jac_add(&acc, &acc, &sums[i]);
    }
    g1_affine result;
    g1_jac_to_affine(&result, &acc);
    g1_jac_from_affine(out, &result);
}

/* ---- all */

static zk_err make_workers(struct msm *m)
{
    unsigned threads = pool_threads(m->pool);
    m->workers = arena_push(m->scratch, struct worker, threads);
    if (m->workers == NULL) return ZK_ERR_FULL;
    for (unsigned i = 0; i < threads; i++) {
        m->workers[i].entries = arena_push(m->scratch, uint64_t, MSM_ENTRIES_MAX);
        if (m->workers[i].entries == NULL) return ZK_ERR_FULL;
        ZK_TRY(msm_summer_init(&m->workers[i].summer, m->scratch));
    }
    return ZK_OK;
}

static zk_err run(g1_jac *out, struct msm *m)
{
    choose_ranges(&m->plan, m->n);
    m->digits = arena_push_bytes(m->scratch, m->n, sizeof *m->digits);
    m->lengths = arena_push_bytes(m->scratch, m->plan.n_ranges, sizeof *m->lengths);
    if (m->digits == NULL || m->lengths == NULL) return ZK_ERR_FULL;
    ZK_TRY(make_workers(m));
    ZK_TRY(pool_for(m->pool, m->plan.n_ranges, prepare_range, m));
    choose_plan(m);
    ZK_TRY(sum_buckets(m));
    size_t sets = m->plan.sets;
    for (unsigned width = m->plan.c; width > 1; width = half_width(width)) {
        ZK_TRY(split_list(m, width == m->plan.c, width, sets));
        sets *= 2;
    }
    horner(out, m);
    return ZK_OK;
}

static zk_err run_source(g1_jac *out, const struct source *src, const fr *scalars, size_t n, struct pool *pool,
                         struct arena *scratch)
{
    struct msm m = {.src = *src, .scalars = scalars, .n = n, .pool = pool, .scratch = scratch};
    *out = G1_JAC_INF;
    if (n > MSM_N_MAX) return zk_fail(ZK_ERR_RANGE, "msm of %zu points; at most %zu are supported", n, MSM_N_MAX);
    if (n == 0) return ZK_OK;
    size_t mark = arena_mark(scratch);
    zk_err err = run(out, &m);
    arena_release(scratch, mark);
    return err;
}

zk_err g1_msm(g1_jac *out, const g1_affine *points, const fr *scalars, size_t n, struct pool *pool,
              struct arena *scratch)
{
    const struct source src = {.points = points, .stride = n, .tables = 1};
    return run_source(out, &src, scalars, n, pool, scratch);
}

/* ---- scratch */

static size_t padded(size_t count, size_t size)
{
    return (count * size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

static size_t list_len(size_t len, size_t n_pieces)
{
    return padded(len, sizeof(g1_affine)) + padded(len, sizeof(uint32_t)) + padded(n_pieces, sizeof(struct piece));
}

/* What depends on the window, for at most `entries` entries. Beyond one chunk a part, there are at most
 * entries / MSM_ENTRIES_MAX, each with at most a part's keys; and two tasks of a split in a row have more than
 * SPLIT_POINTS points. */
static size_t window_scratch_len(size_t n_ranges, size_t entries, unsigned c, unsigned sets, unsigned threads)
{
    struct plan p = {.c = c, .sets = sets};
    choose_parts(&p, entries, threads);
    size_t chunks = p.n_parts + entries / MSM_ENTRIES_MAX;
    size_t points = min_size(entries, 2 * p.n_keys + ((entries / MSM_ENTRIES_MAX + 1) << p.low));
    size_t len = padded(n_ranges * p.n_parts, sizeof(uint32_t)) + padded(chunks, sizeof(struct chunk)) +
                 padded(entries, sizeof(uint64_t)) + list_len(points, chunks);
    size_t split_sets = sets;
    for (unsigned width = c; width > 1; width = half_width(width)) {
        split_sets *= 2;
        size_t keys = split_sets << half_width(width);
        size_t tasks = 2 * points / SPLIT_POINTS + 1;
        points = min_size(2 * points, tasks * keys);
        len += padded(tasks + 1, sizeof(size_t)) + list_len(points, tasks);
    }
    return len;
}

static size_t common_scratch_len(const struct plan *p, size_t n, unsigned threads)
{
    return padded(n, 4 * sizeof(uint64_t)) + padded(p->n_ranges, (SCALAR_BITS + 1) * sizeof(uint32_t)) +
           padded(threads, sizeof(struct worker)) +
           threads * (padded(MSM_ENTRIES_MAX, sizeof(uint64_t)) + msm_summer_len());
}

/* Whatever window the scalars' lengths make best costs no more than the best for full length; and a plan's cost is at
 * least its entries less the single bits that remain. */
size_t g1_msm_scratch_len(size_t n, unsigned threads)
{
    struct plan p = {0};
    double cost = 0;
    size_t most = 0;
    if (n == 0) return 0;
    choose_ranges(&p, n);
    unsigned c_max = window_max_for(n, &cost);
    for (unsigned c = WINDOW_MIN; c <= c_max; c++) {
        size_t entries = min_size((size_t)cost + 2 * SCALAR_BITS + 64, n * whole_sets(c, 1));
        size_t len = window_scratch_len(p.n_ranges, entries, c, whole_sets(c, 1), threads);
        if (len > most) most = len;
    }
    return common_scratch_len(&p, n, threads) + most;
}

/* ---- a fixed basis */

struct msm_basis {
    struct source src;
    size_t n;
};

/* The window, and the tables that it has use for. */
static unsigned basis_window(size_t n, unsigned tables, unsigned *used)
{
    double cost = 0;
    unsigned c = best_window_full(n, WINDOW_MAX, tables, &cost);
    *used = (unsigned)ceil_div(SCALAR_BITS / c + 1, whole_sets(c, tables));
    return c;
}

unsigned msm_basis_tables_max(size_t n)
{
    unsigned used;
    (void)basis_window(n, SCALAR_BITS + 1, &used);
    return used;
}

size_t msm_basis_len(size_t n, unsigned tables)
{
    unsigned used;
    (void)basis_window(n, tables, &used);
    return padded(1, sizeof(struct msm_basis)) + padded(n * used, sizeof(g1_affine));
}

size_t msm_basis_scratch_len(unsigned threads)
{
    return threads * padded(1, msm_kernel()->scratch_len);
}

struct table_job {
    g1_affine *out;
    const g1_affine *in;
    unsigned times;
    void *scratch[POOL_THREADS_MAX];
};

static void make_table_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct table_job *job = ctx;
    msm_kernel()->double_many(job->out + begin, job->in + begin, end - begin, job->times, job->scratch[worker]);
}

static zk_err make_tables(g1_affine *points, const struct msm_basis *b, struct pool *pool, struct arena *scratch)
{
    struct table_job job = {.times = b->src.c * whole_sets(b->src.c, b->src.tables)};
    for (unsigned i = 0; i < pool_threads(pool); i++) {
        job.scratch[i] = arena_push_bytes(scratch, 1, msm_kernel()->scratch_len);
        if (job.scratch[i] == NULL) return ZK_ERR_FULL;
    }
    for (unsigned t = 1; t < b->src.tables; t++) {
        job.in = points + (t - 1) * b->n;
        job.out = points + t * b->n;
        pool_for_range(pool, b->n, 2048, make_table_range, &job);
    }
    return ZK_OK;
}

zk_err msm_basis_create(struct msm_basis **out, const g1_affine *points, size_t n, unsigned tables, struct pool *pool,
                        struct arena *home, struct arena *scratch)
{
    *out = NULL;
    if (n == 0 || n > MSM_N_MAX || tables == 0)
        return zk_fail(ZK_ERR_RANGE, "a basis has 1 to %zu points and at least one table", MSM_N_MAX);
    unsigned used;
    unsigned c = basis_window(n, tables, &used);
    size_t mark = arena_mark(home);
    struct msm_basis *b = arena_push(home, struct msm_basis, 1);
    g1_affine *table = arena_push(home, g1_affine, n * used);
    if (b == NULL || table == NULL) {
        arena_release(home, mark);
        return ZK_ERR_FULL;
    }
    memcpy(table, points, n * sizeof *table);
    *b = (struct msm_basis){.src = {.points = table, .stride = n, .tables = used, .c = c}, .n = n};
    size_t scratch_mark = arena_mark(scratch);
    zk_err err = make_tables(table, b, pool, scratch);
    arena_release(scratch, scratch_mark);
    if (err != ZK_OK) {
        arena_release(home, mark);
        return err;
    }
    *out = b;
    return ZK_OK;
}

size_t msm_basis_n(const struct msm_basis *basis)
{
    return basis->n;
}

const g1_affine *msm_basis_points(const struct msm_basis *basis)
{
    return basis->src.points;
}

/* Few scalars are served better by windows of their own than by the basis's wide ones. */
static struct source source_for(const struct msm_basis *basis, size_t n)
{
    size_t lengths[SCALAR_BITS + 1] = {0};
    unsigned windows;
    double variable = 0;
    lengths[SCALAR_BITS] = n;
    (void)best_window(lengths, WINDOW_VAR, 1, &variable);
    if (n > 0 && plan_cost(lengths, basis->src.c, basis->src.tables, &windows) < variable) return basis->src;
    return (struct source){.points = basis->src.points, .stride = n, .tables = 1};
}

zk_err g1_msm_fixed(g1_jac *out, const struct msm_basis *basis, const fr *scalars, size_t n, struct pool *pool,
                    struct arena *scratch)
{
    assert(n <= basis->n);
    const struct source src = source_for(basis, n);
    return run_source(out, &src, scalars, n, pool, scratch);
}

size_t g1_msm_fixed_scratch_len(const struct msm_basis *basis, size_t n, unsigned threads)
{
    assert(n <= basis->n);
    const struct source src = source_for(basis, n);
    if (src.c == 0) return g1_msm_scratch_len(n, threads);
    struct plan p = {0};
    choose_ranges(&p, n);
    return common_scratch_len(&p, n, threads) +
           window_scratch_len(p.n_ranges, n * (SCALAR_BITS / src.c + 1), src.c, whole_sets(src.c, src.tables), threads);
}
