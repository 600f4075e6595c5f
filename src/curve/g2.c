#include "curve/g2.h"

#include "base/prng.h"
#include "curve/bn254_gen.h"

const g2_affine G2_GENERATOR = G2_GENERATOR_L;
static const fq2 curve_b = G2_B_L;

static void mul_b3(fq2 *r, const fq2 *a)
{
    static const fq2 b3 = G2_B3_L;
    fq2_mul(r, a, &b3);
}

/* The imaginary part first, as EIP-197 has it. */
static void fe_to_bytes(uint8_t *out, const fq2 *a)
{
    fq_to_be32(out, &a->c1);
    fq_to_be32(out + 32, &a->c0);
}

static bool fe_from_bytes(fq2 *r, const uint8_t *in)
{
    bool ok = fq_from_be32(&r->c1, in);
    return fq_from_be32(&r->c0, in + 32) && ok;
}

static const fq *fe_sign_part(const fq2 *a)
{
    return fq_is_zero(&a->c1) ? &a->c0 : &a->c1;
}

static bool in_group(const g2_affine *p)
{
    return g2_in_subgroup_vartime(p);
}

#define FE         fq2
#define FE_ONE     FQ2_ONE
#define FE_BYTES   64
#define FEN(name)  fq2_##name
#define AFFINE     g2_affine
#define JAC        g2_jac
#define AFFINE_INF G2_AFFINE_INF
#define JAC_INF    G2_JAC_INF
#define FN(name)   g2_##name
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

void g2_to_be128(uint8_t out[128], const g2_affine *p)
{
    to_bytes(out, p);
}

bool g2_from_be128(g2_affine *r, const uint8_t in[128])
{
    return from_bytes(r, in);
}

void g2_to_be64c(uint8_t out[64], const g2_affine *p)
{
    to_packed(out, p);
}

bool g2_from_be64c(g2_affine *r, const uint8_t in[64])
{
    return from_packed(r, in);
}
