#include "circuit/schnorr.h"

#include "rollup/signature.h"

#include <string.h>

#define CHALLENGE_HALF 125
#define HASH_BITS      160
#define SCALAR_BITS    251

/* p / 8 in the subgroup: 1/8 = L - (L - 1)/8 modulo L, because L = 1 mod 8. */
static void eighth(ed_affine *r, const ed_affine *p)
{
    ed_scalar k = {{0}};
    unsigned __int128 borrow = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t shifted = ED_ORDER.l[i] >> 3 | (i < 3 ? ED_ORDER.l[i + 1] << 61 : 0);
        unsigned __int128 d = (unsigned __int128)ED_ORDER.l[i] - shifted - borrow;
        k.l[i] = (uint64_t)d;
        borrow = d >> 127;
    }
    ed_ext e;
    ed_mul(&e, p, &k);
    ed_to_affine(r, &e);
}

bool schnorr_hints_from(struct schnorr_hints *h, const uint8_t key[32], const uint8_t sig[64], const uint8_t *message,
                        size_t len)
{
    assert(len <= MESSAGE_BYTES);
    memset(h, 0, sizeof *h);
    if (!sig_parse_key(&h->key, key) || !sig_parse(&h->r, &h->s, sig)) return false;
    eighth(&h->key_eighth, &h->key);
    eighth(&h->r_eighth, &h->r);
    memcpy(h->message, message, len);
    return true;
}

/* A point 8 times one on the curve, and not the identity. */
static wire_point subgroup_point(struct builder *b, const struct gadgets *g, const ed_affine *eighth_hint)
{
    builder_open(b, "subgroup");
    wire_point p = g_eight_times(b, g, eighth_hint);
    g_not_zero(b, g, p.x);
    builder_close(b);
    return p;
}

/* The four elements of P.x, R.x and m. */
static void challenge_elements(struct builder *b, const struct gadgets *g, const wire in[3], wire out[4])
{
    struct coordinate c[3];
    for (int i = 0; i < 3; i++) g_coordinate_bytes(b, g, in[i], &c[i]);
    wire hi3 = g_cut(b, g, c[0].reversed_31, 5);
    wire hi6 = g_cut(b, g, c[1].reversed_31, 2);
    const fr zero = FR_ZERO;
    const fr minus = fr_i64(-1);
    fr top = fr_pow2(253);
    fr_mul(&top, &top, &minus);
    const struct term byte_30[2] = {{FR_ONE, c[2].reversed_30}, {fr_i64(-256), c[2].reversed_31}};
    wire hi1 = g_cut(b, g, g_sum(b, g, byte_30, 2, &zero), 7);
    const struct term hi9[2] = {{FR_ONE, hi1}, {fr_u64(2), c[2].reversed_31}};
    out[3] = g_sum(b, g, hi9, 2, &zero);
    const struct term e0[2] = {{FR_ONE, c[0].reversed}, {top, hi3}};
    const struct term e1[3] = {{FR_ONE, hi3}, {fr_u64(8), c[1].reversed}, {top, hi6}};
    const struct term e2[3] = {{FR_ONE, hi6}, {fr_u64(64), c[2].reversed}, {top, out[3]}};
    out[0] = g_sum(b, g, e0, 2, &zero);
    out[1] = g_sum(b, g, e1, 3, &zero);
    out[2] = g_sum(b, g, e2, 3, &zero);
}

/* x = lo + 2^lo_bits hi, canonically; lo is below 2^lo_bits already. */
static void require_split(struct builder *b, const struct gadgets *g, wire x, wire lo, unsigned lo_bits)
{
    const fr value = builder_value(b, x);
    uint64_t v[4], top[4] = {0};
    fr_to_limbs(v, &value);
    for (unsigned i = lo_bits; i < 254; i++)
        if (v[i / 64] >> i % 64 & 1) top[(i - lo_bits) / 64] |= 1ULL << (i - lo_bits) % 64;
    fr hi_value;
    fr_from_limbs_reduce(&hi_value, top);
    const fr q[8] = {FR_ONE, fr_i64(-1), [2] = fr_i64(0)};
    fr coefficients[8];
    for (int i = 0; i < 8; i++) coefficients[i] = q[i];
    coefficients[2] = fr_pow2(lo_bits);
    fr_neg(&coefficients[2], &coefficients[2]);
    const fr hint[5] = {[2] = hi_value};
    const wire *const in[5] = {&x, &lo, NULL, &g->zero, &g->zero};
    wire row[5];
    arith_row(b, &g->arith, coefficients, in, hint, row);
    g_canonical(b, g, row[2], lo_bits, true);
}

/* c P, the bits of c taken from both hashes. */
static wire_point mul_challenge(struct builder *b, const struct gadgets *g, const wire hash[2], wire_point key)
{
    uint8_t bits[2 * CHALLENGE_HALF];
    for (unsigned k = 0; k < 2; k++) {
        const fr value = builder_value(b, hash[k]);
        uint64_t v[4];
        fr_to_limbs(v, &value);
        for (unsigned i = 0; i < CHALLENGE_HALF; i++) bits[CHALLENGE_HALF * k + i] = v[i / 64] >> i % 64 & 1;
    }
    wire scalar;
    wire_point out = edwards_place_mul(b, &g->edwards, key, bits, 2 * CHALLENGE_HALF, g->zero, g->one, &scalar);
    /* the accumulator after the first half of the bits is the high half: Horner from the top */
    wire high = builder_wire(b->cs->failed == ZK_OK ? wire_row(scalar) - CHALLENGE_HALF : 0, wire_col(scalar));
    const fr zero = FR_ZERO;
    fr shift = fr_pow2(CHALLENGE_HALF);
    fr_neg(&shift, &shift);
    const struct term low[2] = {{FR_ONE, scalar}, {shift, high}};
    require_split(b, g, hash[0], g_sum(b, g, low, 2, &zero), CHALLENGE_HALF);
    require_split(b, g, hash[1], high, CHALLENGE_HALF);
    return out;
}

static wire key_hash(struct builder *b, const struct gadgets *g, wire_point key)
{
    const wire in[2] = {key.x, key.y};
    wire hash[2];
    builder_open(b, "key_hash");
    rescue_place(b, &g->rescue, in, 2, g->one, hash);
    g_spare_rescue(g, hash[0], 2);
    const fr value = builder_value(b, hash[0]);
    uint64_t v[4];
    fr_to_limbs(v, &value);
    const uint64_t low[4] = {v[0], v[1], v[2] & 0xffffffff, 0};
    fr low_value;
    fr_from_limbs_reduce(&low_value, low);
    wire out = g_number(b, g, &low_value, HASH_BITS);
    require_split(b, g, hash[0], out, HASH_BITS);
    g_not_zero(b, g, out);
    builder_close(b);
    return out;
}

static void require_reduced(struct builder *b, const struct gadgets *g, wire s)
{
    fr bound;
    fr_from_limbs_reduce(&bound, ED_ORDER.l);
    const fr minus = fr_i64(-1);
    fr_add(&bound, &bound, &minus);
    const struct term t[1] = {{minus, s}};
    g_range(b, g, g_sum(b, g, t, 1, &bound), SCALAR_BITS);
}

void schnorr_place(struct builder *b, const struct gadgets *g, const struct schnorr_hints *h, struct schnorr *out)
{
    builder_open(b, "schnorr");
    wire_point key = subgroup_point(b, g, &h->key_eighth);
    wire_point r = subgroup_point(b, g, &h->r_eighth);
    out->pubkey_hash = key_hash(b, g, key);
    g_message(b, g, h->message, &out->message);
    wire hash[2], elements[4];
    rescue_place(b, &g->rescue, out->message.elements, 3, g->one, hash);
    g_spare_rescue(g, hash[0], 3);
    const wire in[3] = {key.x, r.x, hash[0]};
    challenge_elements(b, g, in, elements);
    rescue_place(b, &g->rescue, elements, 4, g->one, hash);
    g_spare_rescue(g, hash[0], 4);
    wire_point cp = mul_challenge(b, g, hash, key);
    wire scalar;
    wire_point sg = g_mul_base(b, g, &h->s, &scalar);
    require_reduced(b, g, scalar);
    wire_point sum = edwards_place_add(b, &g->edwards, r, cp);
    builder_connect(b, sum.x, sg.x);
    builder_connect(b, sum.y, sg.y);
    builder_close(b);
}
