/* Rescue on eight states in the lanes of fr8. The three words of a state are independent in the S-box, which is nearly
 * all of the work, and that is enough to fill the latency of a product.
 *
 * Ranges. A word is below 2p after an S-box and below 4.2p after the matrix: three products with constants, 1.03p each,
 * and a constant. A block adds 1.2p, and the first constants p, so that an S-box sees less than 7p. */
#include "hash/rescue_ifma.h"

#include "field/fr8.h"
#include "hash/rescue.h"
#include "hash/rescue_gen.h"

#include <string.h>

#define WIDTH       3
#define HALF_ROUNDS 44

static const uint64_t round_constant[HALF_ROUNDS + 1][WIDTH][5] = RESCUE_ROUND_52;
static const uint64_t mds[WIDTH][WIDTH][5] = RESCUE_MDS_52;

ZK_INLINE void square_times(fr8 x[WIDTH], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        for (int w = 0; w < WIDTH; w++) x[w] = fr8_sqr(x[w]);
}

/* x^(1/5) of three words along the addition chain of rescue_gen.py. In: carried, below 7p; out: lazy. */
static void inverse_pow5(fr8 x[WIDTH])
{
    static const uint8_t sums[RESCUE_CHAIN_LEN - 1][2] = RESCUE_CHAIN_SUMS;
    static const uint8_t steps[][2] = RESCUE_CHAIN_STEPS;
    fr8 power[RESCUE_CHAIN_LEN][WIDTH];
    for (int w = 0; w < WIDTH; w++) power[0][w] = x[w];
    for (size_t k = 0; k < ZK_COUNT(sums); k++) {
        const fr8 *a = power[sums[k][0]];
        const fr8 *b = power[sums[k][1]];
        for (int w = 0; w < WIDTH; w++) power[k + 1][w] = a == b ? fr8_sqr(a[w]) : fr8_mul(a[w], b[w]);
    }
    fr8 acc[WIDTH];
    for (int w = 0; w < WIDTH; w++) acc[w] = power[steps[0][1]][w];
    for (size_t i = 1; i < ZK_COUNT(steps); i++) {
        square_times(acc, steps[i][0]);
        for (int w = 0; w < WIDTH; w++) acc[w] = fr8_mul(acc[w], power[steps[i][1]][w]);
    }
    for (int w = 0; w < WIDTH; w++) x[w] = acc[w];
}

static void mix(fr8 s[WIDTH], const uint64_t c[WIDTH][5])
{
    fr8 out[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        out[i] = fr8_splat52(c[i]);
        for (int j = 0; j < WIDTH; j++) out[i] = fr8_add(out[i], fr8_mul(s[j], fr8_splat52(mds[i][j])));
    }
    for (int i = 0; i < WIDTH; i++) s[i] = fr8_carry(out[i]);
}

/* Where the traces of up to eight inputs go: `stride` apart, each at the same place. */
struct trace {
    fr *at; /* NULL: none is kept */
    size_t stride, lanes;
};

static void keep(struct trace *t, const fr8 s[WIDTH])
{
    if (t->at == NULL) return;
    for (int i = 0; i < WIDTH; i++, t->at++) {
        ZK_ALIGN(64) fr word[8];
        fr8_store(word, s[i]);
        for (size_t k = 0; k < t->lanes; k++) t->at[k * t->stride] = word[k];
    }
}

static void permute(fr8 s[WIDTH], struct trace *t)
{
    for (int i = 0; i < WIDTH; i++) s[i] = fr8_carry(fr8_add(s[i], fr8_splat52(round_constant[0][i])));
    for (int r = 0; r < HALF_ROUNDS; r += 2) {
        inverse_pow5(s);
        keep(t, s);
        mix(s, round_constant[r + 1]);
        for (int i = 0; i < WIDTH; i++) s[i] = fr8_mul(fr8_sqr(fr8_sqr(s[i])), s[i]);
        mix(s, round_constant[r + 2]);
    }
}

/* Element i of up to eight inputs, n apart; missing lanes are zero. Below p. */
static fr8 load_element(const fr *in, size_t i, size_t n, size_t lanes)
{
    ZK_ALIGN(64) fr word[8];
    memset(word, 0, sizeof word);
    for (size_t k = 0; k < lanes; k++) word[k] = in[n * k + i];
    return fr8_mul(fr8_load(word), fr8_one());
}

void rescue_hash_many_ifma(fr *out, fr *trace, const fr *in, size_t n, size_t count)
{
    fr length;
    fr_from_u64(&length, n);
    for (size_t at = 0; at < count; at += 8) {
        size_t lanes = count - at < 8 ? count - at : 8;
        const fr *part = in + n * at;
        struct trace t = {NULL, RESCUE_TRACE_LEN(n), lanes};
        if (trace != NULL) t.at = trace + at * RESCUE_TRACE_LEN(n);
        fr8 s[WIDTH] = {fr8_zero(), fr8_zero(), fr8_mul(fr8_splat(&length), fr8_one())};
        for (size_t i = 0; i < n; i += 2) {
            s[0] = fr8_add(s[0], load_element(part, i, n, lanes));
            s[1] = fr8_add(s[1], i + 1 < n ? load_element(part, i + 1, n, lanes) : fr8_one());
            permute(s, &t);
        }
        for (size_t w = 0; w < 2; w++) {
            ZK_ALIGN(64) fr word[8];
            fr8_store(word, fr8_mul(s[w], fr8_one()));
            for (size_t k = 0; k < lanes; k++) out[2 * (at + k) + w] = word[k];
        }
    }
}
