#include "hash/poseidon2.h"

#include "hash/poseidon2_gen.h"
#include "hash/poseidon2_ifma.h"

#include <string.h>

#define FULL_HALF 4 /* full rounds before, and after, the partial ones */
#define PARTIAL   56
#define RATE      3

static const fr full_constant[2 * FULL_HALF][POSEIDON2_WIDTH] = POSEIDON2_FULL_FR;
static const fr partial_constant[PARTIAL] = POSEIDON2_PARTIAL_FR;
static const fr diagonal[POSEIDON2_WIDTH] = POSEIDON2_DIAGONAL_FR;

/* The external matrix in eight additions and four doublings (Poseidon2, section 5.1). */
static void external(fr s[4])
{
    fr t0, t1, t2, t3, t4, t5;
    fr_add(&t0, &s[0], &s[1]);
    fr_add(&t1, &s[2], &s[3]);
    fr_dbl(&t2, &s[1]);
    fr_add(&t2, &t2, &t1);
    fr_dbl(&t3, &s[3]);
    fr_add(&t3, &t3, &t0);
    fr_dbl(&t4, &t1);
    fr_dbl(&t4, &t4);
    fr_add(&t4, &t4, &t3);
    fr_dbl(&t5, &t0);
    fr_dbl(&t5, &t5);
    fr_add(&t5, &t5, &t2);
    fr_add(&s[0], &t3, &t5);
    s[1] = t5;
    fr_add(&s[2], &t2, &t4);
    s[3] = t4;
}

/* s_i = d_i s_i + (s_0 + s_1 + s_2 + s_3). */
static void internal(fr s[4])
{
    fr sum = s[0];
    for (int i = 1; i < 4; i++) fr_add(&sum, &sum, &s[i]);
    for (int i = 0; i < 4; i++) {
        fr_mul(&s[i], &s[i], &diagonal[i]);
        fr_add(&s[i], &s[i], &sum);
    }
}

static void full_round(fr s[4], const fr c[4])
{
    for (int i = 0; i < 4; i++) {
        fr_add(&s[i], &s[i], &c[i]);
        fr_pow5(&s[i], &s[i]);
    }
    external(s);
}

void poseidon2_permute(fr s[POSEIDON2_WIDTH])
{
    external(s);
    for (int r = 0; r < FULL_HALF; r++) full_round(s, full_constant[r]);
    for (int r = 0; r < PARTIAL; r++) {
        fr_add(&s[0], &s[0], &partial_constant[r]);
        fr_pow5(&s[0], &s[0]);
        internal(s);
    }
    for (int r = FULL_HALF; r < 2 * FULL_HALF; r++) full_round(s, full_constant[r]);
}

void poseidon2_compress(fr *out, const fr in[POSEIDON2_WIDTH])
{
    fr s[POSEIDON2_WIDTH];
    memcpy(s, in, sizeof s);
    poseidon2_permute(s);
    fr_add(out, &s[0], &in[0]);
}

/* ---- many at once */

void poseidon2_permute_many(fr *states, size_t n)
{
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_IFMA) {
        poseidon2_permute_many_ifma(states, n);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) poseidon2_permute(states + POSEIDON2_WIDTH * i);
}

void poseidon2_compress_many(fr *out, const fr *in, size_t n)
{
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_IFMA) {
        poseidon2_compress_many_ifma(out, in, n);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) poseidon2_compress(out + i, in + POSEIDON2_WIDTH * i);
}

/* ---- sponge */

void poseidon2_sponge_init(struct poseidon2_sponge *s, uint64_t domain)
{
    memset(s, 0, sizeof *s);
    fr_from_u64(&s->state[RATE], domain);
}

static void absorb_one(struct poseidon2_sponge *s, const fr *x)
{
    if (s->used == RATE) {
        poseidon2_permute(s->state);
        s->used = 0;
    }
    fr_add(&s->state[s->used], &s->state[s->used], x);
    s->used++;
}

void poseidon2_sponge_absorb(struct poseidon2_sponge *s, const fr *in, size_t n)
{
    if (n > 0 && s->squeezing) {
        poseidon2_permute(s->state);
        s->used = 0;
        s->squeezing = false;
    }
    for (size_t i = 0; i < n; i++) absorb_one(s, &in[i]);
}

void poseidon2_sponge_squeeze(struct poseidon2_sponge *s, fr *out, size_t n)
{
    const fr one = FR_ONE;
    if (n > 0 && !s->squeezing) {
        absorb_one(s, &one);
        poseidon2_permute(s->state);
        s->used = 0;
        s->squeezing = true;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->used == RATE) {
            poseidon2_permute(s->state);
            s->used = 0;
        }
        out[i] = s->state[s->used++];
    }
}
