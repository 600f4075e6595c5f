/* Every decoder of points, scalars and signatures: what it accepts is valid and encodes back to the same bytes; what it
 * refuses comes out as infinity, identity or zero. The first byte chooses the decoder; the rest is its input, cut or
 * filled with zeros. Points that no random bytes would hit are reached by completing a coordinate. */
#include "curve/edwards.h"
#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/secp256k1.h"

#include "base/fuzz.h"

#include <string.h>

static void fuzz_g1(const uint8_t in[64])
{
    uint8_t out[64];
    g1_affine p, same;
    bool ok = g1_from_be64(&p, in);
    g1_to_be64(out, &p);
    FUZZ_CHECK(g1_affine_is_on_curve(&p));
    FUZZ_CHECK(ok ? memcmp(in, out, 64) == 0 : g1_affine_is_inf(&p));
    g1_to_be32c(out, &p);
    FUZZ_CHECK(g1_from_be32c(&same, out) && g1_affine_eq(&p, &same));
}

static void fuzz_g1_compressed(const uint8_t in[32])
{
    uint8_t out[64];
    g1_affine p, same;
    bool ok = g1_from_be32c(&p, in);
    g1_to_be32c(out, &p);
    FUZZ_CHECK(g1_affine_is_on_curve(&p));
    FUZZ_CHECK(ok ? memcmp(in, out, 32) == 0 : g1_affine_is_inf(&p));
    g1_to_be64(out, &p);
    FUZZ_CHECK(g1_from_be64(&same, out) && g1_affine_eq(&p, &same));
    out[63] ^= 1;
    FUZZ_CHECK(!g1_from_be64(&same, out) && g1_affine_is_inf(&same));
}

/* p P = infinity, by the slow way. */
static bool killed_by_order(const g2_affine *p)
{
    const fr order = FR_MODULUS;
    g2_jac acc = G2_JAC_INF;
    for (int i = 253; i >= 0; i--) {
        g2_jac_dbl(&acc, &acc);
        if (order.l[i / 64] >> (i % 64) & 1) g2_jac_add_mixed(&acc, &acc, p);
    }
    return g2_jac_is_inf(&acc);
}

static void fuzz_g2(const uint8_t in[128])
{
    uint8_t out[128];
    g2_affine p, same;
    bool ok = g2_from_be128(&p, in);
    g2_to_be128(out, &p);
    FUZZ_CHECK(g2_affine_is_on_curve(&p) && g2_in_subgroup_vartime(&p));
    FUZZ_CHECK(ok ? memcmp(in, out, 128) == 0 : g2_affine_is_inf(&p));
    if (ok) FUZZ_CHECK(killed_by_order(&p));
    g2_to_be64c(out, &p);
    FUZZ_CHECK(g2_from_be64c(&same, out) && g2_affine_eq(&p, &same));
}

static void fuzz_g2_compressed(const uint8_t in[64])
{
    uint8_t out[128];
    g2_affine p, same;
    bool ok = g2_from_be64c(&p, in);
    g2_to_be64c(out, &p);
    FUZZ_CHECK(g2_affine_is_on_curve(&p));
    FUZZ_CHECK(ok ? memcmp(in, out, 64) == 0 : g2_affine_is_inf(&p));
    if (ok) FUZZ_CHECK(killed_by_order(&p));
    g2_to_be128(out, &p);
    FUZZ_CHECK(g2_from_be128(&same, out) && g2_affine_eq(&p, &same));
}

/* x^3 + b' with x from the input: mostly points outside the group, which both g2 decoders must refuse. */
static void fuzz_g2_outside(const uint8_t in[64])
{
    uint8_t out[128];
    g2_affine p, got;
    fq2 rhs, b;
    const g2_affine g = G2_GENERATOR;
    fq_from_be32_reduce(&p.x.c1, in);
    fq_from_be32_reduce(&p.x.c0, in + 32);
    fq2_sqr(&b, &g.x); /* b' = y^2 - x^3 */
    fq2_mul(&b, &b, &g.x);
    fq2_sqr(&rhs, &g.y);
    fq2_sub(&b, &rhs, &b);
    fq2_sqr(&rhs, &p.x);
    fq2_mul(&rhs, &rhs, &p.x);
    fq2_add(&rhs, &rhs, &b);
    if (!fq2_sqrt_vartime(&p.y, &rhs)) return;
    bool inside = killed_by_order(&p);
    FUZZ_CHECK(g2_affine_is_on_curve(&p) && g2_in_subgroup_vartime(&p) == inside);
    g2_to_be128(out, &p);
    FUZZ_CHECK(g2_from_be128(&got, out) == inside);
    g2_to_be64c(out, &p);
    FUZZ_CHECK(g2_from_be64c(&got, out) == inside);
}

static void fuzz_edwards(const uint8_t in[32])
{
    uint8_t out[32];
    ed_affine p;
    ed_ext acc = ED_EXT_IDENTITY;
    ed_ext q;
    bool ok = ed_unpack(&p, in);
    ed_pack(out, &p);
    FUZZ_CHECK(ed_is_on_curve(&p));
    if (!ok) FUZZ_CHECK(ed_affine_is_identity(&p));
    if (ok && fr_is_zero(&p.x)) out[31] |= in[31] & 0x80; /* the one freedom there is */
    if (ok) FUZZ_CHECK(memcmp(in, out, 32) == 0);
    ed_from_affine(&q, &p);
    for (int i = 250; i >= 0; i--) {
        ed_dbl(&acc, &acc);
        if (ED_ORDER.l[i / 64] >> (i % 64) & 1) ed_add(&acc, &acc, &q);
    }
    FUZZ_CHECK(ed_in_subgroup_vartime(&p) == ed_is_identity(&acc));
}

static void fuzz_scalar(const uint8_t in[64])
{
    uint8_t out[32], reversed[32];
    ed_scalar k, same;
    bool ok = ed_scalar_from_be32(&k, in);
    ed_scalar_to_be32(out, &k);
    FUZZ_CHECK(ok ? memcmp(in, out, 32) == 0 : ed_scalar_is_zero(&k));
    for (int i = 0; i < 32; i++) reversed[i] = in[31 - i];
    FUZZ_CHECK(ed_scalar_from_le32(&same, reversed) == ok && ed_scalar_eq(&k, &same));
    ed_scalar_from_be64_reduce(&k, in);
    ed_scalar_to_be32(out, &k);
    FUZZ_CHECK(ed_scalar_from_be32(&same, out) && ed_scalar_eq(&k, &same));
}

static void fuzz_secp(const uint8_t in[128])
{
    static const uint8_t zero[65] = {0};
    uint8_t key[64], again[64], sig[65];
    if (!secp_recover(key, in, in + 32)) FUZZ_CHECK(memcmp(key, zero, 64) == 0);
    bool ok = secp_public_key(key, in);
    FUZZ_CHECK(secp_sign_recoverable(sig, in + 32, in) == ok);
    if (ok) FUZZ_CHECK(secp_recover(again, in + 32, sig) && memcmp(key, again, 64) == 0);
    if (!ok) FUZZ_CHECK(memcmp(sig, zero, 65) == 0 && memcmp(key, zero, 64) == 0);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static void (*const decoders[])(const uint8_t *) = {
        fuzz_g1,         fuzz_g1_compressed, fuzz_g2,     fuzz_g2_compressed,
        fuzz_g2_outside, fuzz_edwards,       fuzz_scalar, fuzz_secp};
    uint8_t in[128] = {0};
    if (len == 0) return;
    memcpy(in, data + 1, len - 1 < sizeof in ? len - 1 : sizeof in);
    decoders[data[0] % ZK_COUNT(decoders)](in);
}
