/* Registers hold fr8 vectors with factor 2^260, limbs below 2^52 and values below 2p ("lazy" in fr8.h).
 *
 * A sum of products is collected in one fr8_wide and reduced once; the addends join the result. With N products and M
 * addends, each value below 2p (a negative one is replaced by 2p - it), the result is below
 * (1 + 2^-52 + N 4p / 2^260 + 2 M) p, and 4p / 2^260 < 1 / 21.1; where that exceeds 2p, a multiple of p is taken away
 * by the quotient of the top limb. */
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

ZK_INLINE fr8 operand_b(const struct program_item *item, const block8 *regs, const scalar8 *scalars, int v)
{
    return item->b_scalar ? fr8_splat52(scalars[item->b].l) : regs[item->b].v[v];
}

ZK_INLINE void add_pair(fr8_wide *w, const struct program_item *item, const block8 *regs, const scalar8 *scalars, int v)
{
    const fr8 a = item->negative ? negate(&regs[item->a].v[v]) : regs[item->a].v[v];
    fr8_wide_add_mul(w, a, operand_b(item, regs, scalars, v));
}

ZK_INLINE void add_term(__m512i t[5], const struct program_item *item, const block8 *regs, const scalar8 *scalars,
                        int v)
{
    const fr8 c = item->a_scalar ? fr8_splat52(scalars[item->a].l) : regs[item->a].v[v];
    const fr8 twice = fr8_splat52(twice_p52);
    for (int i = 0; i < 5; i++)
        t[i] = _mm512_add_epi64(t[i], item->negative ? _mm512_sub_epi64(twice.l[i], c.l[i]) : c.l[i]);
}

static fr8 sum_of(const struct program_op *op, const struct program_item *items, const block8 *regs,
                  const scalar8 *scalars, int v)
{
    const struct program_item *terms = items + op->n_pairs;
    fr8 r = fr8_zero();
    if (op->n_pairs > 0) {
        const bool square = op->n_pairs == 1 && !items->b_scalar && items->a == items->b && !items->negative;
        fr8_wide w = square ? fr8_wide_sqr(regs[items->a].v[v]) : fr8_wide_zero();
        for (uint32_t i = 0; i < op->n_pairs && !square; i++) add_pair(&w, &items[i], regs, scalars, v);
        r = fr8_wide_reduce_sum(w);
    }
    for (uint32_t i = 0; i < op->n_terms; i++) add_term(r.l, &terms[i], regs, scalars, v);
    return fr8_carry(r);
}

static void run_sum(block8 *dst, const struct program_op *op, const struct program_item *items, const block8 *regs,
                    const scalar8 *scalars)
{
    const bool folds = op->n_terms > 0 || op->n_pairs > 21;
    for (int v = 0; v < VECTORS; v++) {
        const fr8 r = sum_of(op, items, regs, scalars, v);
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
