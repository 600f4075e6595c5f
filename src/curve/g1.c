#include "curve/g1.h"

#include "base/prng.h"
#include "curve/bn254_gen.h"

#include <string.h>

const g1_affine G1_GENERATOR = G1_GENERATOR_L;
static const fq curve_b = G1_B_L;

/* 3 b = 9. */
static void mul_b3(fq *r, const fq *a)
{
    fq t;
    fq_dbl(&t, a);
    fq_dbl(&t, &t);
    fq_dbl(&t, &t);
    fq_add(r, &t, a);
}

#define FE        fq
#define FE_ONE    FQ_ONE
#define FEN(name) fq_##name
#define AFFINE    g1_affine
#define JAC       g1_jac
#define JAC_INF   G1_JAC_INF
#define FN(name)  g1_##name
#include "curve/group_tmpl.h"

/* Half of all x have a point; the sign comes from one more random bit. */
void g1_random(g1_affine *r, struct prng *rng)
{
    fq rhs;
    do {
        fq_random(&r->x, rng);
        curve_rhs(&rhs, &r->x);
    } while (!fq_sqrt_vartime(&r->y, &rhs));
    if (prng_u64(rng) & 1) g1_affine_neg(r, r);
}

/* ---- bytes */

#define FLAG_INF     0x40
#define FLAG_SMALLER 0x80
#define FLAG_LARGER  0xc0
#define FLAGS        0xc0

void g1_to_be64(uint8_t out[64], const g1_affine *p)
{
    fq_to_be32(out, &p->x);
    fq_to_be32(out + 32, &p->y);
}

bool g1_from_be64(g1_affine *r, const uint8_t in[64])
{
    g1_affine p;
    bool ok = fq_from_be32(&p.x, in);
    ok = fq_from_be32(&p.y, in + 32) && ok;
    ok = ok && g1_affine_is_on_curve(&p);
    *r = ok ? p : G1_AFFINE_INF;
    return ok;
}

/* y > (q - 1) / 2, as integers. */
static bool is_larger_root(const fq *y)
{
    static const uint64_t half[4] = FQ_HALF_L;
    uint64_t limbs[4];
    fq_to_limbs(limbs, y);
    for (int i = 3; i >= 0; i--)
        if (limbs[i] != half[i]) return limbs[i] > half[i];
    return false;
}

void g1_to_be32c(uint8_t out[32], const g1_affine *p)
{
    fq_to_be32(out, &p->x);
    if (g1_affine_is_inf(p)) {
        out[0] = FLAG_INF;
    } else {
        out[0] |= is_larger_root(&p->y) ? FLAG_LARGER : FLAG_SMALLER;
    }
}

bool g1_from_be32c(g1_affine *r, const uint8_t in[32])
{
    uint8_t x_bytes[32];
    uint8_t flags = in[0] & FLAGS;
    g1_affine p;
    fq rhs;
    memcpy(x_bytes, in, sizeof x_bytes);
    x_bytes[0] &= (uint8_t)~FLAGS;
    *r = G1_AFFINE_INF;
    if (flags != FLAG_INF && flags != FLAG_SMALLER && flags != FLAG_LARGER) return false;
    if (!fq_from_be32(&p.x, x_bytes)) return false;
    if (flags == FLAG_INF) return fq_is_zero(&p.x);
    curve_rhs(&rhs, &p.x);
    if (!fq_sqrt_vartime(&p.y, &rhs)) return false;
    if (is_larger_root(&p.y) != (flags == FLAG_LARGER)) fq_neg(&p.y, &p.y);
    *r = p;
    return true;
}
