/* Integers modulo L, the order of the signature subgroup. */
#include "curve/edwards.h"

#include "base/bytes.h"
#include "curve/edwards_gen.h"

typedef unsigned __int128 u128;

static const uint64_t order[4] = ED_ORDER_L;

/* r = t - L if t >= L, else t; t < 2L < 2^252. Without a branch. */
static void reduce_once(ed_scalar *r, const uint64_t t[4])
{
    uint64_t d[4];
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        u128 w = (u128)t[i] - order[i] - borrow;
        d[i] = (uint64_t)w;
        borrow = (uint64_t)(w >> 64) & 1;
    }
    uint64_t keep = 0 - borrow;
    for (int i = 0; i < 4; i++) r->l[i] = (t[i] & keep) | (d[i] & ~keep);
    zk_wipe(d, sizeof d);
}

/* r = a b / 2^256 mod L (CIOS, as fr_mul), for any 256-bit a and b < L: the sum stays below a + L < 2^257, and the
 * result below a b / 2^256 + L < 2L. */
static void mont_mul(ed_scalar *r, const uint64_t a[4], const uint64_t b[4])
{
    uint64_t t[6] = {0};
    for (int i = 0; i < 4; i++) {
        uint64_t hi = 0;
        for (int j = 0; j < 4; j++) {
            u128 w = (u128)a[j] * b[i] + t[j] + hi;
            t[j] = (uint64_t)w;
            hi = (uint64_t)(w >> 64);
        }
        u128 top = (u128)t[4] + hi;
        t[4] = (uint64_t)top;
        t[5] = (uint64_t)(top >> 64);
        uint64_t m = t[0] * ED_ORDER_NINV64;
        hi = 0;
        for (int j = 0; j < 4; j++) {
            u128 w = (u128)m * order[j] + t[j] + hi;
            t[j > 0 ? j - 1 : 0] = (uint64_t)w; /* the lowest limb is 0, and is overwritten by the next */
            hi = (uint64_t)(w >> 64);
        }
        top = (u128)t[4] + hi;
        t[3] = (uint64_t)top;
        t[4] = t[5] + (uint64_t)(top >> 64);
    }
    ZK_DCHECK(t[4] == 0);
    reduce_once(r, t);
    zk_wipe(t, sizeof t);
}

void ed_scalar_from_u64(ed_scalar *r, uint64_t x)
{
    *r = (ed_scalar){{x, 0, 0, 0}};
}

void ed_scalar_add(ed_scalar *r, const ed_scalar *a, const ed_scalar *b)
{
    uint64_t t[4];
    u128 carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (u128)a->l[i] + b->l[i];
        t[i] = (uint64_t)carry;
        carry >>= 64;
    }
    reduce_once(r, t);
}

/* L - a, which is L for 0. */
void ed_scalar_neg(ed_scalar *r, const ed_scalar *a)
{
    uint64_t t[4];
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        u128 w = (u128)order[i] - a->l[i] - borrow;
        t[i] = (uint64_t)w;
        borrow = (uint64_t)(w >> 64) & 1;
    }
    reduce_once(r, t);
}

void ed_scalar_mul(ed_scalar *r, const ed_scalar *a, const ed_scalar *b)
{
    static const uint64_t r2[4] = ED_ORDER_R2_L;
    mont_mul(r, a->l, b->l);
    mont_mul(r, r->l, r2);
}

static void limbs_from_be32(uint64_t out[4], const uint8_t in[32])
{
    for (int i = 0; i < 4; i++) out[i] = load_be64(in + 24 - 8 * i);
}

/* Keeps the limbs if they are below L, without a branch. */
static bool from_limbs(ed_scalar *r, const uint64_t in[4])
{
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) borrow = (uint64_t)(((u128)in[i] - order[i] - borrow) >> 64) & 1;
    for (int i = 0; i < 4; i++) r->l[i] = in[i] & (0 - borrow);
    return borrow == 1;
}

bool ed_scalar_from_be32(ed_scalar *r, const uint8_t in[32])
{
    uint64_t limbs[4];
    limbs_from_be32(limbs, in);
    bool ok = from_limbs(r, limbs);
    zk_wipe(limbs, sizeof limbs);
    return ok;
}

bool ed_scalar_from_le32(ed_scalar *r, const uint8_t in[32])
{
    uint64_t limbs[4];
    for (int i = 0; i < 4; i++) limbs[i] = load_le64(in + 8 * i);
    bool ok = from_limbs(r, limbs);
    zk_wipe(limbs, sizeof limbs);
    return ok;
}

/* hi 2^256 + lo = hi 2^512 / 2^256 + lo 2^256 / 2^256. */
void ed_scalar_from_be64_reduce(ed_scalar *r, const uint8_t in[64])
{
    static const uint64_t r1[4] = ED_ORDER_R_L;
    static const uint64_t r2[4] = ED_ORDER_R2_L;
    uint64_t hi[4], lo[4];
    ed_scalar t;
    limbs_from_be32(hi, in);
    limbs_from_be32(lo, in + 32);
    mont_mul(&t, hi, r2);
    mont_mul(r, lo, r1);
    ed_scalar_add(r, r, &t);
    zk_wipe(hi, sizeof hi);
    zk_wipe(lo, sizeof lo);
    zk_wipe(&t, sizeof t);
}

void ed_scalar_to_be32(uint8_t out[32], const ed_scalar *a)
{
    for (int i = 0; i < 4; i++) store_be64(out + 24 - 8 * i, a->l[i]);
}

void ed_scalar_to_le32(uint8_t out[32], const ed_scalar *a)
{
    for (int i = 0; i < 4; i++) store_le64(out + 8 * i, a->l[i]);
}
