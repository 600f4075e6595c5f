#include "curve/g1.h"

#include "base/prng.h"
#include "curve/bn254_gen.h"

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

static void fe_to_bytes(uint8_t *out, const fq *a)
{
    fq_to_be32(out, a);
}

static bool fe_from_bytes(fq *r, const uint8_t *in)
{
    return fq_from_be32(r, in);
}

static const fq *fe_sign_part(const fq *a)
{
    return a;
}

/* The cofactor is 1. */
static bool in_group(const g1_affine *p)
{
    (void)p;
    return true;
}

#define FE         fq
#define FE_ONE     FQ_ONE
#define FE_BYTES   32
#define FEN(name)  fq_##name
#define AFFINE     g1_affine
#define JAC        g1_jac
#define AFFINE_INF G1_AFFINE_INF
#define JAC_INF    G1_JAC_INF
#define FN(name)   g1_##name
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

void g1_to_be64(uint8_t out[64], const g1_affine *p)
{
    to_bytes(out, p);
}

bool g1_from_be64(g1_affine *r, const uint8_t in[64])
{
    return from_bytes(r, in);
}

void g1_to_be32c(uint8_t out[32], const g1_affine *p)
{
    to_packed(out, p);
}

bool g1_from_be32c(g1_affine *r, const uint8_t in[32])
{
    return from_packed(r, in);
}
