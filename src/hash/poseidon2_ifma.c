/* Poseidon2 on eight states in the lanes of fr8, two such groups interleaved so that the products of one fill the
 * latency of the other's.
 *
 * Ranges. A state word between rounds is carried and below 3.3p; the external matrix, whose rows sum to 16 at most, and
 * the internal sum are brought back by fold(), which takes away a multiple of p found from the top limb. */
#include "hash/poseidon2_ifma.h"

#include "field/fr8.h"
#include "hash/poseidon2_gen.h"

#include <string.h>

#define WIDTH     4
#define FULL_HALF 4
#define PARTIAL   56
#define GROUPS    2

static const uint64_t full_constant[2 * FULL_HALF][WIDTH][5] = POSEIDON2_FULL_52;
static const uint64_t partial_constant[PARTIAL][5] = POSEIDON2_PARTIAL_52;
static const uint64_t diagonal[WIDTH][5] = POSEIDON2_DIAGONAL_52;

struct state8 {
    fr8 s[WIDTH];
};

/* Limbs not negative, value < 2^260: the same limbs plus q (2^260 - p), which is the value minus q p once bits from 260
 * on are dropped. top = l[4] misses less than 2^-40 p of the value; q = floor(floor(top QUOTIENT / 2^52) / 2^6) then is
 * at most value / p and above value / p - 1.04. */
ZK_INLINE fr8 fold_loose(fr8 a)
{
    static const uint64_t minus_p[5] = POSEIDON2_MINUS_P52;
    const __m512i zero = _mm512_setzero_si512();
    __m512i q = _mm512_srli_epi64(_mm512_madd52hi_epu64(zero, a.l[4], _mm512_set1_epi64(POSEIDON2_QUOTIENT)), 6);
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_madd52lo_epu64(a.l[i], q, _mm512_set1_epi64((long long)minus_p[i]));
    for (int i = 0; i < 4; i++)
        a.l[i + 1] = _mm512_madd52hi_epu64(a.l[i + 1], q, _mm512_set1_epi64((long long)minus_p[i]));
    return a;
}

/* Carries, and drops what is above 2^260. */
ZK_INLINE fr8 carry_260(fr8 a)
{
    const __m512i mask = _mm512_set1_epi64(FIELD8_MASK52);
    for (int i = 0; i < 4; i++) {
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srli_epi64(a.l[i], 52));
        a.l[i] = _mm512_and_si512(a.l[i], mask);
    }
    a.l[4] = _mm512_and_si512(a.l[4], mask);
    return a;
}

/* Any sum of carried values below 2^260, to carried and < 1.04p. */
ZK_INLINE fr8 fold(fr8 a)
{
    return carry_260(fold_loose(a));
}

ZK_INLINE fr8 pow5(fr8 x)
{
    return fr8_mul(fr8_sqr(fr8_sqr(x)), x);
}

/* As external() of poseidon2.c, plus a constant a word. In: < 2p each; sums below 33p. */
ZK_INLINE void external(struct state8 *x, const uint64_t (*c)[5])
{
    fr8 *s = x->s;
    fr8 t0 = fr8_add(s[0], s[1]);
    fr8 t1 = fr8_add(s[2], s[3]);
    fr8 t2 = fr8_add(fr8_add(s[1], s[1]), t1);
    fr8 t3 = fr8_add(fr8_add(s[3], s[3]), t0);
    for (int i = 0; i < 5; i++) {
        t0.l[i] = _mm512_slli_epi64(t0.l[i], 2);
        t1.l[i] = _mm512_slli_epi64(t1.l[i], 2);
    }
    fr8 t4 = fr8_add(t1, t3);
    fr8 t5 = fr8_add(t0, t2);
    s[0] = fr8_add(t3, t5);
    s[1] = t5;
    s[2] = fr8_add(t2, t4);
    s[3] = t4;
    for (int i = 0; i < WIDTH; i++) s[i] = fold(c == NULL ? s[i] : fr8_add(s[i], fr8_splat52(c[i])));
}

/* The S-boxes of a full round whose constants are already in, and the external matrix with the next constants. */
ZK_INLINE void full_round(struct state8 x[GROUPS], const uint64_t (*next)[5])
{
    for (int i = 0; i < WIDTH; i++)
        for (int g = 0; g < GROUPS; g++) x[g].s[i] = pow5(x[g].s[i]);
    for (int g = 0; g < GROUPS; g++) external(&x[g], next);
}

/* Words 1 .. 3 stay below 1.2p (a product with a constant) + 1.04p; word 0 gets the constant too: below 3.3p. */
ZK_INLINE void partial_round(struct state8 x[GROUPS], const uint64_t constant[5])
{
    fr8 sbox[GROUPS];
    for (int g = 0; g < GROUPS; g++) sbox[g] = fr8_carry(fr8_add(x[g].s[0], fr8_splat52(constant)));
    for (int g = 0; g < GROUPS; g++) sbox[g] = pow5(sbox[g]);
    for (int g = 0; g < GROUPS; g++) {
        fr8 *s = x[g].s;
        fr8 sum = fold_loose(fr8_add(fr8_add(sbox[g], s[1]), fr8_add(s[2], s[3])));
        s[0] = sbox[g];
        for (int i = 0; i < WIDTH; i++) s[i] = carry_260(fr8_add(fr8_mul(s[i], fr8_splat52(diagonal[i])), sum));
    }
}

static void permute_groups(struct state8 x[GROUPS])
{
    for (int g = 0; g < GROUPS; g++) {
        for (int i = 0; i < WIDTH; i++) x[g].s[i] = fold(x[g].s[i]);
        external(&x[g], full_constant[0]);
    }
    for (int r = 1; r < FULL_HALF; r++) full_round(x, full_constant[r]);
    full_round(x, NULL);
    for (int r = 0; r < PARTIAL; r++) partial_round(x, partial_constant[r]);
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < WIDTH; i++)
            x[g].s[i] = fr8_carry(fr8_add(x[g].s[i], fr8_splat52(full_constant[FULL_HALF][i])));
    for (int r = FULL_HALF + 1; r < 2 * FULL_HALF; r++) full_round(x, full_constant[r]);
    full_round(x, NULL);
}

/* Lane k of group g is state 8g + k; lanes from n on are zero. */
static void load_groups(struct state8 x[GROUPS], const fr *in, size_t n)
{
    for (size_t g = 0; g < GROUPS; g++)
        for (size_t i = 0; i < WIDTH; i++) {
            ZK_ALIGN(64) fr word[8];
            memset(word, 0, sizeof word);
            for (size_t k = 0; k < 8 && 8 * g + k < n; k++) word[k] = in[WIDTH * (8 * g + k) + i];
            x[g].s[i] = fr8_load(word);
        }
}

void poseidon2_permute_many_ifma(fr *states, size_t n)
{
    for (size_t at = 0; at < n; at += 8 * GROUPS) {
        struct state8 x[GROUPS];
        fr *part = states + WIDTH * at;
        size_t lanes = n - at < 8 * GROUPS ? n - at : 8 * GROUPS;
        load_groups(x, part, lanes);
        permute_groups(x);
        for (size_t g = 0; 8 * g < lanes; g++)
            for (size_t i = 0; i < WIDTH; i++) {
                ZK_ALIGN(64) fr word[8];
                fr8_store(word, x[g].s[i]);
                for (size_t k = 0; k < 8 && 8 * g + k < lanes; k++) part[WIDTH * (8 * g + k) + i] = word[k];
            }
    }
}

void poseidon2_compress_many_ifma(fr *out, const fr *in, size_t n)
{
    for (size_t at = 0; at < n; at += 8 * GROUPS) {
        struct state8 x[GROUPS];
        fr8 first[GROUPS];
        size_t lanes = n - at < 8 * GROUPS ? n - at : 8 * GROUPS;
        load_groups(x, in + WIDTH * at, lanes);
        for (size_t g = 0; g < GROUPS; g++) first[g] = x[g].s[0];
        permute_groups(x);
        for (size_t g = 0; 8 * g < lanes; g++) {
            ZK_ALIGN(64) fr word[8];
            fr8_store(word, fold(fr8_add(x[g].s[0], first[g])));
            for (size_t k = 0; k < 8 && 8 * g + k < lanes; k++) out[at + 8 * g + k] = word[k];
        }
    }
}
