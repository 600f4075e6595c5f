#include "hash/rescue.h"

#include "hash/rescue_gen.h"
#include "hash/rescue_ifma.h"

#define HALF_ROUNDS 44

static const fr round_constant[HALF_ROUNDS + 1][RESCUE_WIDTH] = RESCUE_ROUND_FR;
static const fr mds[RESCUE_WIDTH][RESCUE_WIDTH] = RESCUE_MDS_FR;

/* x^(1/5) along the addition chain of rescue_gen.py. */
static void inverse_pow5(fr *x)
{
    static const uint8_t sums[RESCUE_CHAIN_LEN - 1][2] = RESCUE_CHAIN_SUMS;
    static const uint8_t steps[][2] = RESCUE_CHAIN_STEPS;
    fr power[RESCUE_CHAIN_LEN];
    power[0] = *x;
    for (size_t k = 0; k < ZK_COUNT(sums); k++) fr_mul(&power[k + 1], &power[sums[k][0]], &power[sums[k][1]]);
    *x = power[steps[0][1]];
    for (size_t i = 1; i < ZK_COUNT(steps); i++) {
        for (unsigned s = 0; s < steps[i][0]; s++) fr_sqr(x, x);
        fr_mul(x, x, &power[steps[i][1]]);
    }
}

static void mix(fr s[RESCUE_WIDTH], const fr c[RESCUE_WIDTH])
{
    fr out[RESCUE_WIDTH];
    for (int i = 0; i < RESCUE_WIDTH; i++) {
        fr_dot(&out[i], mds[i], s, RESCUE_WIDTH);
        fr_add(&out[i], &out[i], &c[i]);
    }
    for (int i = 0; i < RESCUE_WIDTH; i++) s[i] = out[i];
}

/* trace: 3 words a round, or NULL. */
static void permute(fr s[RESCUE_WIDTH], fr *trace)
{
    for (int i = 0; i < RESCUE_WIDTH; i++) fr_add(&s[i], &s[i], &round_constant[0][i]);
    for (int r = 0; r < HALF_ROUNDS; r++) {
        for (int i = 0; i < RESCUE_WIDTH; i++) {
            if (r % 2 == 0) {
                inverse_pow5(&s[i]);
                if (trace != NULL) *trace++ = s[i];
            } else {
                fr_pow5(&s[i], &s[i]);
            }
        }
        mix(s, round_constant[r + 1]);
    }
}

void rescue_permute(fr s[RESCUE_WIDTH])
{
    permute(s, NULL);
}

static void hash(fr out[2], fr *trace, const fr *in, size_t n)
{
    assert(n >= 1);
    assert(n <= RESCUE_LEN_MAX);
    const fr one = FR_ONE;
    fr s[RESCUE_WIDTH] = {FR_ZERO, FR_ZERO};
    fr_from_u64(&s[2], n);
    for (size_t i = 0; i < n; i += 2) {
        fr_add(&s[0], &s[0], &in[i]);
        fr_add(&s[1], &s[1], i + 1 < n ? &in[i + 1] : &one);
        permute(s, trace);
        if (trace != NULL) trace += (size_t)RESCUE_ROUNDS * RESCUE_WIDTH;
    }
    out[0] = s[0];
    out[1] = s[1];
}

void rescue_hash(fr out[2], const fr *in, size_t n)
{
    hash(out, NULL, in, n);
}

static void hash_many(fr *out, fr *trace, const fr *in, size_t n, size_t count)
{
    assert(n >= 1);
    assert(n <= RESCUE_LEN_MAX);
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_IFMA) {
        rescue_hash_many_ifma(out, trace, in, n, count);
        return;
    }
#endif
    for (size_t k = 0; k < count; k++)
        hash(out + 2 * k, trace != NULL ? trace + k * RESCUE_TRACE_LEN(n) : NULL, in + n * k, n);
}

void rescue_hash_many(fr *out, const fr *in, size_t n, size_t count)
{
    hash_many(out, NULL, in, n, count);
}

void rescue_hash_many_traced(fr *out, fr *trace, const fr *in, size_t n, size_t count)
{
    hash_many(out, trace, in, n, count);
}
