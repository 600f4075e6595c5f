#include "curve/g2.h"

#include "base/prng.h"
#include "curve/bn254_gen.h"

#include <string.h>

const g2_affine G2_GENERATOR = G2_GENERATOR_L;
static const fq2 curve_b = G2_B_L;

static void mul_b3(fq2 *r, const fq2 *a)
{
    static const fq2 b3 = G2_B3_L;
    fq2_mul(r, a, &b3);
}

#define FE        fq2
#define FE_ONE    FQ2_ONE
#define FEN(name) fq2_##name
#define AFFINE    g2_affine
#define JAC       g2_jac
#define JAC_INF   G2_JAC_INF
#define FN(name)  g2_##name
#include "curve/group_tmpl.h"

/* ---- the endomorphism psi: (x, y) -> (x^q xi^((q-1)/3), y^q xi^((q-1)/2)) */

static const fq2 psi_x = G2_PSI_X_L;
static const fq2 psi_y = G2_PSI_Y_L;

void g2_psi(g2_affine *r, const g2_affine *p)
{
    fq2_conj(&r->x, &p->x);
    fq2_mul(&r->x, &r->x, &psi_x);
    fq2_conj(&r->y, &p->y);
    fq2_mul(&r->y, &r->y, &psi_y);
}

static void jac_psi(g2_jac *r, const g2_jac *p)
{
    fq2_conj(&r->x, &p->x);
    fq2_mul(&r->x, &r->x, &psi_x);
    fq2_conj(&r->y, &p->y);
    fq2_mul(&r->y, &r->y, &psi_y);
    fq2_conj(&r->z, &p->z);
}

/* (x + 1) P + psi(x P) + psi^2(x P) = psi^3(2x P), x being the curve parameter of 63 bits. bn254_gen.py shows that this
 * holds for the points of the group and for no others of the curve. */
bool g2_in_subgroup_vartime(const g2_affine *p)
{
    g2_jac xp = G2_JAC_INF;
    g2_jac image, left, right;
    for (int i = 62; i >= 0; i--) {
        g2_jac_dbl(&xp, &xp);
        if (BN_X >> i & 1) g2_jac_add_mixed(&xp, &xp, p);
    }
    g2_jac_add_mixed(&left, &xp, p);
    jac_psi(&image, &xp);
    g2_jac_add(&left, &left, &image);
    jac_psi(&image, &image);
    g2_jac_add(&left, &left, &image);
    jac_psi(&image, &image);
    g2_jac_dbl(&right, &image);
    return g2_jac_eq(&left, &right);
}

/* A random point of the curve times the cofactor 2q - p is a point of the group. */
void g2_random(g2_affine *r, struct prng *rng)
{
    static const uint64_t cofactor[4] = G2_COFACTOR_L;
    g2_affine p;
    g2_jac acc;
    fq2 rhs;
    do {
        do {
            fq2_random(&p.x, rng);
            curve_rhs(&rhs, &p.x);
        } while (!fq2_sqrt_vartime(&p.y, &rhs));
        if (prng_u64(rng) & 1) g2_affine_neg(&p, &p);
        acc = G2_JAC_INF;
        for (int i = 255; i >= 0; i--) {
            g2_jac_dbl(&acc, &acc);
            if (cofactor[i / 64] >> (i % 64) & 1) g2_jac_add_mixed(&acc, &acc, &p);
        }
    } while (g2_jac_is_inf(&acc));
    g2_jac_to_affine(r, &acc);
}

/* ---- bytes */

#define FLAG_INF     0x40
#define FLAG_SMALLER 0x80
#define FLAG_LARGER  0xc0
#define FLAGS        0xc0

static void fq2_to_bytes(uint8_t out[64], const fq2 *a)
{
    fq_to_be32(out, &a->c1);
    fq_to_be32(out + 32, &a->c0);
}

static bool fq2_from_bytes(fq2 *r, const uint8_t in[64])
{
    bool ok = fq_from_be32(&r->c1, in);
    return fq_from_be32(&r->c0, in + 32) && ok;
}

void g2_to_be128(uint8_t out[128], const g2_affine *p)
{
    fq2_to_bytes(out, &p->x);
    fq2_to_bytes(out + 64, &p->y);
}

bool g2_from_be128(g2_affine *r, const uint8_t in[128])
{
    g2_affine p;
    bool ok = fq2_from_bytes(&p.x, in);
    ok = fq2_from_bytes(&p.y, in + 64) && ok;
    ok = ok && g2_affine_is_on_curve(&p) && g2_in_subgroup_vartime(&p);
    *r = ok ? p : G2_AFFINE_INF;
    return ok;
}

/* y > (q - 1) / 2, as integers. */
static bool fq_is_larger(const fq *y)
{
    static const uint64_t half[4] = FQ_HALF_L;
    uint64_t limbs[4];
    fq_to_limbs(limbs, y);
    for (int i = 3; i >= 0; i--)
        if (limbs[i] != half[i]) return limbs[i] > half[i];
    return false;
}

static bool is_larger_root(const fq2 *y)
{
    return fq_is_larger(fq_is_zero(&y->c1) ? &y->c0 : &y->c1);
}

void g2_to_be64c(uint8_t out[64], const g2_affine *p)
{
    fq2_to_bytes(out, &p->x);
    if (g2_affine_is_inf(p)) {
        out[0] = FLAG_INF;
    } else {
        out[0] |= is_larger_root(&p->y) ? FLAG_LARGER : FLAG_SMALLER;
    }
}

bool g2_from_be64c(g2_affine *r, const uint8_t in[64])
{
    uint8_t x_bytes[64];
    uint8_t flags = in[0] & FLAGS;
    g2_affine p;
    fq2 rhs;
    memcpy(x_bytes, in, sizeof x_bytes);
    x_bytes[0] &= (uint8_t)~FLAGS;
    *r = G2_AFFINE_INF;
    if (flags != FLAG_INF && flags != FLAG_SMALLER && flags != FLAG_LARGER) return false;
    if (!fq2_from_bytes(&p.x, x_bytes)) return false;
    if (flags == FLAG_INF) return fq2_is_zero(&p.x);
    curve_rhs(&rhs, &p.x);
    if (!fq2_sqrt_vartime(&p.y, &rhs)) return false;
    if (is_larger_root(&p.y) != (flags == FLAG_LARGER)) fq2_neg(&p.y, &p.y);
    if (!g2_in_subgroup_vartime(&p)) return false;
    *r = p;
    return true;
}
