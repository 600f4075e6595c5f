/* field_tmpl: what fr.c and fq.c share, included once for each with
 *   FIELD        the type, fr or fq            FN(name)     fr_name or fq_name
 *   CONST(name)  FR_name or FQ_name
 * Everything is the plain definition, the meaning that other kernels are tested against, except that single sums and
 * products go to those of the CPU level. */

#include "base/bytes.h"
#include "base/cpu.h"
#include "base/prng.h"

typedef unsigned __int128 u128;

static const FIELD modulus = {CONST(MODULUS_L)};

/* s = a + b + *carry; *carry = the carry out. */
ZK_INLINE uint64_t add_carry(uint64_t a, uint64_t b, uint64_t *carry)
{
    u128 s = (u128)a + b + *carry;
    *carry = (uint64_t)(s >> 64);
    return (uint64_t)s;
}

/* d = a - b - *borrow; *borrow = 1 if that is negative. */
ZK_INLINE uint64_t sub_borrow(uint64_t a, uint64_t b, uint64_t *borrow)
{
    u128 d = (u128)a - b - *borrow;
    *borrow = (uint64_t)(d >> 64) & 1;
    return (uint64_t)d;
}

/* lo = a * b + c + *hi_io; *hi_io = the high half. Cannot overflow: (2^64-1)^2 + 2(2^64-1) = 2^128-1. */
ZK_INLINE uint64_t mul_add(uint64_t a, uint64_t b, uint64_t c, uint64_t *hi_io)
{
    u128 t = (u128)a * b + c + *hi_io;
    *hi_io = (uint64_t)(t >> 64);
    return (uint64_t)t;
}

/* r = t - p if t >= p, else t; t < 2p, as four limbs (2p < 2^255). */
ZK_INLINE void reduce_once(FIELD *r, const uint64_t t[4])
{
    uint64_t d[4];
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) d[i] = sub_borrow(t[i], modulus.l[i], &borrow);
    uint64_t keep = 0 - borrow;
    for (int i = 0; i < 4; i++) r->l[i] = (t[i] & keep) | (d[i] & ~keep);
}

bool FN(is_one)(const FIELD *a)
{
    const FIELD one = {CONST(R_L)};
    return FN(eq)(a, &one);
}

void FN(select)(FIELD *r, const FIELD *a, const FIELD *b, bool pick_b)
{
    uint64_t mask = 0 - (uint64_t)pick_b;
    for (int i = 0; i < 4; i++) r->l[i] = (a->l[i] & ~mask) | (b->l[i] & mask);
}

static void one_plain_add(FIELD *r, const FIELD *a, const FIELD *b)
{
    uint64_t t[4];
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) t[i] = add_carry(a->l[i], b->l[i], &carry);
    reduce_once(r, t);
}

static void one_plain_sub(FIELD *r, const FIELD *a, const FIELD *b)
{
    uint64_t t[4];
    uint64_t borrow = 0;
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) t[i] = sub_borrow(a->l[i], b->l[i], &borrow);
    uint64_t mask = 0 - borrow;
    for (int i = 0; i < 4; i++) r->l[i] = add_carry(t[i], modulus.l[i] & mask, &carry);
}

/* CIOS: add a * b[i], then a multiple of p that clears the lowest limb, and shift. Four limbs and a carry suffice:
 * p < 2^254, so the running sum stays below 2p after each shift. */
static void one_plain_mul(FIELD *r, const FIELD *a, const FIELD *b)
{
    uint64_t t[5] = {0};
    for (int i = 0; i < 4; i++) {
        uint64_t hi = 0;
        for (int j = 0; j < 4; j++) t[j] = mul_add(a->l[j], b->l[i], t[j], &hi);
        t[4] += hi;
        uint64_t m = t[0] * CONST(NINV64);
        hi = 0;
        (void)mul_add(m, modulus.l[0], t[0], &hi);
        for (int j = 1; j < 4; j++) t[j - 1] = mul_add(m, modulus.l[j], t[j], &hi);
        t[3] = t[4] + hi;
        t[4] = 0;
    }
    reduce_once(r, t);
}

static void one_plain_sqr(FIELD *r, const FIELD *a)
{
    one_plain_mul(r, a, a);
}

/* ---- single operations, chosen once. Every pointer starts at a function that chooses for all of them, then calls the
 * chosen one: so no constructor is needed and no call pays for a test. Threads that race store the same values. */

typedef void op1(FIELD *r, const FIELD *a);
typedef void op2(FIELD *r, const FIELD *a, const FIELD *b);

static op2 add_first, sub_first, mul_first;
static op1 sqr_first;
static op2 *add_chosen = add_first;
static op2 *sub_chosen = sub_first;
static op2 *mul_chosen = mul_first;
static op1 *sqr_chosen = sqr_first;

static void choose(op2 *add, op2 *sub, op2 *mul, op1 *sqr)
{
    __atomic_store_n(&add_chosen, add, __ATOMIC_RELAXED);
    __atomic_store_n(&sub_chosen, sub, __ATOMIC_RELAXED);
    __atomic_store_n(&mul_chosen, mul, __ATOMIC_RELAXED);
    __atomic_store_n(&sqr_chosen, sqr, __ATOMIC_RELAXED);
}

static void choose_by_level(void)
{
#ifdef ZK_X86_64
    if (cpu_level_get() >= CPU_ADX) {
        choose(FN(add_adx), FN(sub_adx), FN(mul_adx), FN(sqr_adx));
        return;
    }
#endif
    choose(one_plain_add, one_plain_sub, one_plain_mul, one_plain_sqr);
}

void FN(add)(FIELD *r, const FIELD *a, const FIELD *b)
{
    __atomic_load_n(&add_chosen, __ATOMIC_RELAXED)(r, a, b);
}

void FN(sub)(FIELD *r, const FIELD *a, const FIELD *b)
{
    __atomic_load_n(&sub_chosen, __ATOMIC_RELAXED)(r, a, b);
}

void FN(mul)(FIELD *r, const FIELD *a, const FIELD *b)
{
    __atomic_load_n(&mul_chosen, __ATOMIC_RELAXED)(r, a, b);
}

void FN(sqr)(FIELD *r, const FIELD *a)
{
    __atomic_load_n(&sqr_chosen, __ATOMIC_RELAXED)(r, a);
}

static void add_first(FIELD *r, const FIELD *a, const FIELD *b)
{
    choose_by_level();
    FN(add)(r, a, b);
}

static void sub_first(FIELD *r, const FIELD *a, const FIELD *b)
{
    choose_by_level();
    FN(sub)(r, a, b);
}

static void mul_first(FIELD *r, const FIELD *a, const FIELD *b)
{
    choose_by_level();
    FN(mul)(r, a, b);
}

static void sqr_first(FIELD *r, const FIELD *a)
{
    choose_by_level();
    FN(sqr)(r, a);
}

void FN(neg)(FIELD *r, const FIELD *a)
{
    const FIELD zero = {{0, 0, 0, 0}};
    FN(sub)(r, &zero, a);
}

void FN(dbl)(FIELD *r, const FIELD *a)
{
    FN(add)(r, a, a);
}

void FN(half)(FIELD *r, const FIELD *a)
{
    /* a or a + p is even; a + p < 2^255. */
    uint64_t t[4];
    uint64_t mask = 0 - (a->l[0] & 1);
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) t[i] = add_carry(a->l[i], modulus.l[i] & mask, &carry);
    for (int i = 0; i < 3; i++) r->l[i] = t[i] >> 1 | t[i + 1] << 63;
    r->l[3] = t[3] >> 1;
}

void FN(pow)(FIELD *r, const FIELD *a, const uint64_t e[4])
{
    FIELD base = *a;
    FIELD acc = {CONST(R_L)};
    for (int i = 255; i >= 0; i--) {
        FIELD next;
        FN(sqr)(&acc, &acc);
        FN(mul)(&next, &acc, &base);
        FN(select)(&acc, &acc, &next, e[i / 64] >> (i % 64) & 1);
    }
    *r = acc;
}

void FN(pow_u64_vartime)(FIELD *r, const FIELD *a, uint64_t e)
{
    FIELD base = *a;
    FIELD acc = {CONST(R_L)};
    for (; e != 0; e >>= 1) {
        if (e & 1) FN(mul)(&acc, &acc, &base);
        FN(sqr)(&base, &base);
    }
    *r = acc;
}

#include "field/field_inv_tmpl.h"

void FN(batch_inv)(FIELD *out, const FIELD *in, size_t n, FIELD *scratch)
{
    FN(kernels)()->batch_inv(out, in, n, scratch);
}

void FN(dot)(FIELD *r, const FIELD *a, const FIELD *b, size_t n)
{
    FIELD acc = {{0, 0, 0, 0}};
    for (size_t i = 0; i < n; i++) {
        FIELD t;
        FN(mul)(&t, &a[i], &b[i]);
        FN(add)(&acc, &acc, &t);
    }
    *r = acc;
}

void FN(from_limbs_reduce)(FIELD *r, const uint64_t in[4])
{
    /* The product takes any 256-bit factor: in * 2^512 / 2^256 < 2^256 p / 2^256 + p. */
    const FIELD r2 = {CONST(R2_L)};
    FIELD t = {{in[0], in[1], in[2], in[3]}};
    FN(mul)(r, &r2, &t);
}

void FN(from_u64)(FIELD *r, uint64_t x)
{
    const uint64_t limbs[4] = {x, 0, 0, 0};
    FN(from_limbs_reduce)(r, limbs);
}

void FN(to_limbs)(uint64_t out[4], const FIELD *a)
{
    const FIELD one = {{1, 0, 0, 0}};
    FIELD t;
    FN(mul)(&t, a, &one);
    for (int i = 0; i < 4; i++) out[i] = t.l[i];
}

static bool is_canonical(const uint64_t in[4])
{
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) (void)sub_borrow(in[i], modulus.l[i], &borrow);
    return borrow == 1;
}

bool FN(from_limbs)(FIELD *r, const uint64_t in[4])
{
    bool ok = is_canonical(in);
    uint64_t kept[4];
    for (int i = 0; i < 4; i++) kept[i] = in[i] & (0 - (uint64_t)ok);
    FN(from_limbs_reduce)(r, kept);
    return ok;
}

static void limbs_from_be32(uint64_t out[4], const uint8_t in[32])
{
    for (int i = 0; i < 4; i++) out[i] = load_be64(in + 24 - 8 * i);
}

bool FN(from_be32)(FIELD *r, const uint8_t in[32])
{
    uint64_t limbs[4];
    limbs_from_be32(limbs, in);
    return FN(from_limbs)(r, limbs);
}

bool FN(from_le32)(FIELD *r, const uint8_t in[32])
{
    uint64_t limbs[4];
    for (int i = 0; i < 4; i++) limbs[i] = load_le64(in + 8 * i);
    return FN(from_limbs)(r, limbs);
}

void FN(to_be32)(uint8_t out[32], const FIELD *a)
{
    uint64_t limbs[4];
    FN(to_limbs)(limbs, a);
    for (int i = 0; i < 4; i++) store_be64(out + 24 - 8 * i, limbs[i]);
}

void FN(to_le32)(uint8_t out[32], const FIELD *a)
{
    uint64_t limbs[4];
    FN(to_limbs)(limbs, a);
    for (int i = 0; i < 4; i++) store_le64(out + 8 * i, limbs[i]);
}

void FN(from_be32_reduce)(FIELD *r, const uint8_t in[32])
{
    uint64_t limbs[4];
    limbs_from_be32(limbs, in);
    FN(from_limbs_reduce)(r, limbs);
}

void FN(from_be64_reduce)(FIELD *r, const uint8_t in[64])
{
    /* hi * 2^256 + lo, with R3 / R = 2^512, the Montgomery form of 2^256. */
    const FIELD r3 = {CONST(R3_L)};
    uint64_t limbs[4];
    FIELD hi;
    FIELD lo;
    limbs_from_be32(limbs, in);
    hi = (FIELD){{limbs[0], limbs[1], limbs[2], limbs[3]}};
    FN(mul)(&hi, &r3, &hi);
    FN(from_be32_reduce)(&lo, in + 32);
    FN(add)(r, &hi, &lo);
}

void FN(random)(FIELD *r, struct prng *rng)
{
    uint8_t bytes[64];
    prng_bytes(rng, bytes, sizeof bytes);
    FN(from_be64_reduce)(r, bytes);
}

/* ---- plain kernels */

#define LOOP(name) plain_##name
#define ONE(name)  one_plain_##name
#include "field/field_loops_tmpl.h"
#undef LOOP
#undef ONE
