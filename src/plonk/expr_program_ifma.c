/* Registers hold fr8 vectors with factor 2^260, limbs below 2^52 and values below 2p ("lazy" in fr8.h).
 *
 * A sum of products is collected in ten columns of 52 bits and reduced once. An addend c counts as c 2^260: its limbs
 * go to columns 5 .. 9, which the reduction leaves as they are. With N products and M addends, each value below 2p (a
 * negative one is replaced by 2p - it), the result is below (1 + N / 21 + 2 M) p, because 4 p^2 / 2^260 < p / 21;
 * where that exceeds 2p, a multiple of p is taken away by the quotient of the top limb. */
#include "field/fr8.h"
#include "plonk/expr_kernel.h"

#define VECTORS (PROGRAM_BLOCK / 8)

typedef struct block8 {
    fr8 v[VECTORS];
} block8;

typedef struct scalar8 {
    uint64_t l[5];
} scalar8;

static const uint64_t p52[5] = FR_P52_L;
static const uint64_t twice_p52[5] = FR_2P52_L;

/* floor(2^92 / (floor(p / 2^208) + 1)): a quotient by the top limb with 40 bits after the point. */
#define TOP_OF_P 0x30644e72e131
#define QUOTIENT ((uint64_t)(((unsigned __int128)1 << 92) / (TOP_OF_P + 1)))

/* Carried, below 84p -> carried, below 2p. q is at most the true quotient and at least that less one: the top limb's
 * fraction loses less than 2^-40 of it. */
ZK_INLINE fr8 fold(fr8 a)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i q = _mm512_madd52hi_epu64(zero, a.l[4], _mm512_set1_epi64((long long)QUOTIENT));
    q = _mm512_srli_epi64(q, 40);
    for (int i = 0; i < 5; i++) {
        const __m512i limb = _mm512_set1_epi64((long long)p52[i]);
        a.l[i] = _mm512_sub_epi64(a.l[i], _mm512_madd52lo_epu64(zero, q, limb));
        if (i < 4) a.l[i + 1] = _mm512_sub_epi64(a.l[i + 1], _mm512_madd52hi_epu64(zero, q, limb));
    }
    return fr8_carry(a);
}

/* 2p - a, carried. */
ZK_INLINE fr8 negate(const fr8 *a)
{
    fr8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_sub_epi64(_mm512_set1_epi64((long long)twice_p52[i]), a->l[i]);
    return fr8_carry(r);
}

static void ifma_scalars(void *out, const fr *in, size_t n)
{
    scalar8 *s = out;
    for (size_t k = 0; k < n; k++) {
        fr x = in[k];
        for (int i = 0; i < 4; i++) fr_dbl(&x, &x); /* factor 2^260 */
        const uint64_t *l = x.l;
        s[k] = (scalar8){{l[0] & FIELD8_MASK52, (l[0] >> 52 | l[1] << 12) & FIELD8_MASK52,
                          (l[1] >> 40 | l[2] << 24) & FIELD8_MASK52, (l[2] >> 28 | l[3] << 36) & FIELD8_MASK52,
                          l[3] >> 16}};
    }
}

ZK_INLINE void multiply_add(__m512i t[10], const fr8 *a, const __m512i b[5])
{
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) t[i + j] = _mm512_madd52lo_epu64(t[i + j], a->l[j], b[i]);
        for (int j = 0; j < 5; j++) t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a->l[j], b[i]);
    }
}

ZK_INLINE void add_pair(__m512i t[10], const struct program_item *item, const block8 *regs, const scalar8 *scalars,
                        int v)
{
    __m512i b[5];
    for (int i = 0; i < 5; i++)
        b[i] = item->b_scalar ? _mm512_set1_epi64((long long)scalars[item->b].l[i]) : regs[item->b].v[v].l[i];
    if (item->negative) {
        const fr8 a = negate(&regs[item->a].v[v]);
        multiply_add(t, &a, b);
    } else {
        multiply_add(t, &regs[item->a].v[v], b);
    }
}

ZK_INLINE void add_term(__m512i t[10], const struct program_item *item, const block8 *regs, const scalar8 *scalars,
                        int v)
{
    for (int i = 0; i < 5; i++) {
        const __m512i c =
            item->a_scalar ? _mm512_set1_epi64((long long)scalars[item->a].l[i]) : regs[item->a].v[v].l[i];
        const __m512i negative = _mm512_sub_epi64(_mm512_set1_epi64((long long)twice_p52[i]), c);
        t[5 + i] = _mm512_add_epi64(t[5 + i], item->negative ? negative : c);
    }
}

ZK_INLINE fr8 reduce(__m512i t[10])
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i ninv = _mm512_set1_epi64((long long)FR_NINV52);
    fr8 r;
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        const __m512i m = _mm512_madd52lo_epu64(zero, t[i], ninv);
        for (int j = 0; j < 5; j++) {
            const __m512i limb = _mm512_set1_epi64((long long)p52[j]);
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], m, limb);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], m, limb);
        }
        t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64(t[i], 52));
    }
    for (int i = 0; i < 5; i++) r.l[i] = t[5 + i];
    return fr8_carry(r);
}

static void run_sum(block8 *dst, const struct program_op *op, const struct program_item *items, const block8 *regs,
                    const scalar8 *scalars)
{
    const bool folds = op->n_terms > 0 || op->n_pairs > 21;
    for (int v = 0; v < VECTORS; v++) {
        __m512i t[10];
        for (int i = 0; i < 10; i++) t[i] = _mm512_setzero_si512();
        for (uint32_t i = 0; i < op->n_pairs; i++) add_pair(t, &items[i], regs, scalars, v);
        for (uint32_t i = 0; i < op->n_terms; i++) add_term(t, &items[op->n_pairs + i], regs, scalars, v);
        fr8 r;
        if (op->n_pairs > 0) {
            r = reduce(t);
        } else {
            for (int i = 0; i < 5; i++) r.l[i] = t[5 + i];
            r = fr8_carry(r);
        }
        dst->v[v] = folds ? fold(r) : r;
    }
}

static void ifma_run(const struct program *p, const fr *const *leaf, const void *scalars, void *regs_, fr *const *out)
{
    block8 *regs = regs_;
    for (uint32_t i = 0; i < p->n_ops; i++) {
        const struct program_op *op = &p->ops[i];
        if (op->load) {
            for (int v = 0; v < VECTORS; v++) regs[op->dst].v[v] = fold(fr8_load(leaf[op->first] + 8 * v));
        } else {
            run_sum(&regs[op->dst], op, p->items + op->first, regs, scalars);
        }
    }
    for (uint32_t k = 0; k < p->n_roots; k++)
        for (int v = 0; v < VECTORS; v++) fr8_store(out[k] + 8 * v, regs[p->roots[k]].v[v]);
}

const struct program_kernel program_kernel_ifma = {
    .reg_len = sizeof(block8),
    .scalar_len = sizeof(scalar8),
    .scalars = ifma_scalars,
    .run = ifma_run,
};
