#include "curve/edwards.h"

#include "base/bytes.h"
#include "curve/edwards_gen.h"
#include "curve/wnaf.h"

const ed_affine ED_GENERATOR = ED_GENERATOR_L;
const ed_scalar ED_ORDER = {ED_ORDER_L};
const fr ED_D = ED_D_L;

/* ---- points */

bool ed_is_on_curve(const ed_affine *p)
{
    const fr one = FR_ONE;
    fr xx, yy, lhs, rhs;
    fr_sqr(&xx, &p->x);
    fr_sqr(&yy, &p->y);
    fr_sub(&lhs, &yy, &xx);
    fr_mul(&rhs, &xx, &yy);
    fr_mul(&rhs, &rhs, &ED_D);
    fr_add(&rhs, &rhs, &one);
    return fr_eq(&lhs, &rhs);
}

bool ed_is_identity(const ed_ext *p)
{
    return fr_is_zero(&p->x) & fr_eq(&p->y, &p->z);
}

bool ed_affine_is_identity(const ed_affine *p)
{
    return fr_is_zero(&p->x) & fr_is_one(&p->y);
}

bool ed_affine_eq(const ed_affine *p, const ed_affine *q)
{
    return fr_eq(&p->x, &q->x) & fr_eq(&p->y, &q->y);
}

bool ed_eq(const ed_ext *p, const ed_ext *q)
{
    fr a, b, c, d;
    fr_mul(&a, &p->x, &q->z);
    fr_mul(&b, &q->x, &p->z);
    fr_mul(&c, &p->y, &q->z);
    fr_mul(&d, &q->y, &p->z);
    return fr_eq(&a, &b) & fr_eq(&c, &d);
}

bool ed_eq_affine(const ed_ext *p, const ed_affine *q)
{
    fr x, y;
    fr_mul(&x, &q->x, &p->z);
    fr_mul(&y, &q->y, &p->z);
    return fr_eq(&x, &p->x) & fr_eq(&y, &p->y);
}

void ed_from_affine(ed_ext *r, const ed_affine *p)
{
    fr_mul(&r->t, &p->x, &p->y);
    r->x = p->x;
    r->y = p->y;
    r->z = FR_ONE;
}

void ed_to_affine(ed_affine *r, const ed_ext *p)
{
    fr zinv;
    fr_inv(&zinv, &p->z);
    fr_mul(&r->x, &p->x, &zinv);
    fr_mul(&r->y, &p->y, &zinv);
    zk_wipe(&zinv, sizeof zinv); /* the z of k P tells bits of k (Naccache, Smart, Stern 2004) */
}

void ed_neg(ed_ext *r, const ed_ext *p)
{
    fr_neg(&r->x, &p->x);
    r->y = p->y;
    r->z = p->z;
    fr_neg(&r->t, &p->t);
}

void ed_affine_neg(ed_affine *r, const ed_affine *p)
{
    fr_neg(&r->x, &p->x);
    r->y = p->y;
}

/* ---- the law. Additions and doublings meet in four values (Hisil et al., section 3.1, a = -1):
 *   x3 = E F   y3 = G H   t3 = E H   z3 = F G
 * The second operand of an addition is prepared, which saves three additions and a product each time it is used. */

struct efgh {
    fr e, f, g, h;
};

/* A point (x / z, y / z); z2 = 2 z. */
struct prepared {
    fr y_minus_x, y_plus_x, t2d, z2;
};

/* The same with z = 1: the tables of the generator. */
struct niels {
    fr y_minus_x, y_plus_x, t2d;
};

static void finish(ed_ext *r, const struct efgh *v)
{
    fr_mul(&r->x, &v->e, &v->f);
    fr_mul(&r->y, &v->g, &v->h);
    fr_mul(&r->z, &v->f, &v->g);
    fr_mul(&r->t, &v->e, &v->h);
}

/* For a following doubling, which does not read t. */
static void finish_without_t(ed_ext *r, const struct efgh *v)
{
    fr_mul(&r->x, &v->e, &v->f);
    fr_mul(&r->y, &v->g, &v->h);
    fr_mul(&r->z, &v->f, &v->g);
}

static void prepare(struct prepared *r, const ed_ext *p)
{
    const fr d2 = ED_2D_L;
    fr_sub(&r->y_minus_x, &p->y, &p->x);
    fr_add(&r->y_plus_x, &p->y, &p->x);
    fr_mul(&r->t2d, &p->t, &d2);
    fr_dbl(&r->z2, &p->z);
}

/* A = (y1 - x1)(y2 - x2)   B = (y1 + x1)(y2 + x2)   C = t1 2d t2   D = z1 2 z2
 * E = B - A   F = D - C   G = D + C   H = B + A */
static void add_common(struct efgh *v, const ed_ext *p, const struct niels *q, const fr *d)
{
    fr a, b, c;
    fr_sub(&a, &p->y, &p->x);
    fr_mul(&a, &a, &q->y_minus_x);
    fr_add(&b, &p->y, &p->x);
    fr_mul(&b, &b, &q->y_plus_x);
    fr_mul(&c, &p->t, &q->t2d);
    fr_sub(&v->e, &b, &a);
    fr_sub(&v->f, d, &c);
    fr_add(&v->g, d, &c);
    fr_add(&v->h, &b, &a);
}

static void add_niels(struct efgh *v, const ed_ext *p, const struct niels *q)
{
    fr d;
    fr_dbl(&d, &p->z);
    add_common(v, p, q, &d);
}

static void add_prepared(struct efgh *v, const ed_ext *p, const struct prepared *q)
{
    const struct niels n = {q->y_minus_x, q->y_plus_x, q->t2d};
    fr d;
    fr_mul(&d, &p->z, &q->z2);
    add_common(v, p, &n, &d);
}

/* A = x^2   B = y^2   C = 2 z^2   H = -(A + B)   E = (x + y)^2 + H   G = B - A   F = G - C */
static void dbl_common(struct efgh *v, const ed_ext *p)
{
    fr a, b, c;
    fr_sqr(&a, &p->x);
    fr_sqr(&b, &p->y);
    fr_sqr(&c, &p->z);
    fr_dbl(&c, &c);
    fr_add(&v->h, &a, &b);
    fr_neg(&v->h, &v->h);
    fr_add(&v->e, &p->x, &p->y);
    fr_sqr(&v->e, &v->e);
    fr_add(&v->e, &v->e, &v->h);
    fr_sub(&v->g, &b, &a);
    fr_sub(&v->f, &v->g, &c);
}

void ed_add(ed_ext *r, const ed_ext *p, const ed_ext *q)
{
    struct prepared pq;
    struct efgh v;
    prepare(&pq, q);
    add_prepared(&v, p, &pq);
    finish(r, &v);
}

void ed_dbl(ed_ext *r, const ed_ext *p)
{
    struct efgh v;
    dbl_common(&v, p);
    finish(r, &v);
}

/* r = 16 p. */
static void dbl4(ed_ext *r, const ed_ext *p)
{
    struct efgh v;
    dbl_common(&v, p);
    for (int i = 0; i < 3; i++) {
        finish_without_t(r, &v);
        dbl_common(&v, r);
    }
    finish(r, &v);
}

/* ---- multiplication by secret scalars */

#define DIGITS 64

/* k = sum of digit[i] 16^i, -8 <= digit[i] < 8; the last is 0 or 1 since k < 2^252. */
static void recode_radix16(int8_t digit[DIGITS], const ed_scalar *k)
{
    int carry = 0;
    for (int i = 0; i < DIGITS; i++) {
        int d = (int)(k->l[i / 16] >> (4 * (i % 16)) & 15) + carry;
        carry = (d + 8) >> 4;
        if (i == DIGITS - 1) carry = 0;
        digit[i] = (int8_t)(d - carry * 16);
    }
}

/* The sign and the magnitude of a digit, without a branch. */
static bool is_negative(int8_t digit)
{
    return (uint8_t)digit >> 7;
}

static unsigned magnitude(int8_t digit)
{
    int sign = -(int)is_negative(digit);
    return (unsigned)((digit ^ sign) - sign);
}

/* r = digit * (the point whose multiples 1 .. 8 the table holds); every entry is read. */
static void select_prepared(struct prepared *r, const struct prepared table[8], int8_t digit)
{
    fr minus;
    fr two;
    fr_from_u64(&two, 2);
    struct prepared s = {FR_ONE, FR_ONE, FR_ZERO, two};
    for (unsigned j = 0; j < 8; j++) {
        bool pick = j + 1 == magnitude(digit);
        fr_select(&s.y_minus_x, &s.y_minus_x, &table[j].y_minus_x, pick);
        fr_select(&s.y_plus_x, &s.y_plus_x, &table[j].y_plus_x, pick);
        fr_select(&s.t2d, &s.t2d, &table[j].t2d, pick);
        fr_select(&s.z2, &s.z2, &table[j].z2, pick);
    }
    bool neg = is_negative(digit);
    fr_select(&r->y_minus_x, &s.y_minus_x, &s.y_plus_x, neg);
    fr_select(&r->y_plus_x, &s.y_plus_x, &s.y_minus_x, neg);
    fr_neg(&minus, &s.t2d);
    fr_select(&r->t2d, &s.t2d, &minus, neg);
    r->z2 = s.z2;
}

static void select_niels(struct niels *r, const struct niels table[8], int8_t digit)
{
    fr minus;
    struct niels s = {FR_ONE, FR_ONE, FR_ZERO};
    for (unsigned j = 0; j < 8; j++) {
        bool pick = j + 1 == magnitude(digit);
        fr_select(&s.y_minus_x, &s.y_minus_x, &table[j].y_minus_x, pick);
        fr_select(&s.y_plus_x, &s.y_plus_x, &table[j].y_plus_x, pick);
        fr_select(&s.t2d, &s.t2d, &table[j].t2d, pick);
    }
    bool neg = is_negative(digit);
    fr_select(&r->y_minus_x, &s.y_minus_x, &s.y_plus_x, neg);
    fr_select(&r->y_plus_x, &s.y_plus_x, &s.y_minus_x, neg);
    fr_neg(&minus, &s.t2d);
    fr_select(&r->t2d, &s.t2d, &minus, neg);
}

void ed_mul(ed_ext *r, const ed_affine *p, const ed_scalar *k)
{
    struct prepared table[8], term;
    struct efgh v;
    int8_t digit[DIGITS];
    ed_ext acc;

    ed_from_affine(&acc, p);
    prepare(&table[0], &acc);
    for (int j = 1; j < 8; j++) {
        add_prepared(&v, &acc, &table[0]);
        finish(&acc, &v);
        prepare(&table[j], &acc);
    }
    recode_radix16(digit, k);
    acc = ED_EXT_IDENTITY;
    for (int i = DIGITS - 1; i >= 0; i--) {
        if (i != DIGITS - 1) dbl4(&acc, &acc);
        select_prepared(&term, table, digit[i]);
        add_prepared(&v, &acc, &term);
        finish(&acc, &v);
    }
    *r = acc;
    zk_wipe(digit, sizeof digit);
    zk_wipe(&term, sizeof term);
    zk_wipe(&v, sizeof v);
    zk_wipe(&acc, sizeof acc);
}

/* sum digit[2i+1] 256^i, times 16, plus sum digit[2i] 256^i: one table row serves two digits. */
void ed_mul_base(ed_ext *r, const ed_scalar *k)
{
    static const struct niels base[ED_BASE_ROWS][8] = ED_BASE_L;
    static_assert(2 * ED_BASE_ROWS == DIGITS, "a row for each two digits");
    struct niels term;
    struct efgh v;
    int8_t digit[DIGITS];
    ed_ext acc = ED_EXT_IDENTITY;

    recode_radix16(digit, k);
    for (int odd = 1; odd >= 0; odd--) {
        for (int i = 0; i < ED_BASE_ROWS; i++) {
            select_niels(&term, base[i], digit[2 * i + odd]);
            add_niels(&v, &acc, &term);
            finish(&acc, &v);
        }
        if (odd) dbl4(&acc, &acc);
    }
    *r = acc;
    zk_wipe(digit, sizeof digit);
    zk_wipe(&term, sizeof term);
    zk_wipe(&v, sizeof v);
    zk_wipe(&acc, sizeof acc);
}

/* ---- multiplication by public scalars */

#define P_WIDTH 5
#define P_ODD   (1 << (P_WIDTH - 2))

static void prepared_neg(struct prepared *r, const struct prepared *p)
{
    *r = (struct prepared){p->y_plus_x, p->y_minus_x, p->t2d, p->z2};
    fr_neg(&r->t2d, &r->t2d);
}

static void niels_neg(struct niels *r, const struct niels *p)
{
    *r = (struct niels){p->y_plus_x, p->y_minus_x, p->t2d};
    fr_neg(&r->t2d, &r->t2d);
}

/* p, 3p, 5p, .. */
static void prepare_odd(struct prepared table[P_ODD], const ed_affine *p)
{
    struct prepared twice;
    struct efgh v;
    ed_ext acc, dbl;
    ed_from_affine(&acc, p);
    ed_dbl(&dbl, &acc);
    prepare(&twice, &dbl);
    prepare(&table[0], &acc);
    for (int j = 1; j < P_ODD; j++) {
        add_prepared(&v, &acc, &twice);
        finish(&acc, &v);
        prepare(&table[j], &acc);
    }
}

/* Interleaved windows over one chain of doublings: width 8 for the generator, whose table is constant, 5 for p. */
void ed_mul2_vartime(ed_ext *r, const ed_scalar *s, const ed_scalar *c, const ed_affine *p)
{
    static const struct niels odd[1 << (ED_ODD_WIDTH - 2)] = ED_ODD_L;
    struct prepared table[P_ODD], pt;
    struct niels gt;
    struct efgh v;
    int8_t s_digit[WNAF_LEN], c_digit[WNAF_LEN];
    ed_affine minus_p;
    ed_ext acc = ED_EXT_IDENTITY;

    ed_affine_neg(&minus_p, p);
    prepare_odd(table, &minus_p);
    wnaf_recode(s_digit, s->l, ED_ODD_WIDTH);
    wnaf_recode(c_digit, c->l, P_WIDTH);
    int i = WNAF_LEN - 1;
    while (i >= 0 && s_digit[i] == 0 && c_digit[i] == 0) i--;
    for (; i >= 0; i--) {
        dbl_common(&v, &acc);
        if (c_digit[i] != 0) {
            finish(&acc, &v);
            pt = table[magnitude(c_digit[i]) / 2];
            if (is_negative(c_digit[i])) prepared_neg(&pt, &pt);
            add_prepared(&v, &acc, &pt);
        }
        if (s_digit[i] != 0) {
            finish(&acc, &v);
            gt = odd[magnitude(s_digit[i]) / 2];
            if (is_negative(s_digit[i])) niels_neg(&gt, &gt);
            add_niels(&v, &acc, &gt);
        }
        if (i == 0) {
            finish(&acc, &v);
        } else {
            finish_without_t(&acc, &v);
        }
    }
    *r = acc;
}

/* ---- the subgroup
 *
 * The points form a cyclic group of order 8 L, and p = 1 mod 8. With T of order 8, the reduced Tate pairing
 * P -> f(P)^((p-1)/8), div f = 8 (T) - 8 (O), is a homomorphism whose kernel is 8 E, the subgroup of order L. So one
 * value of f and one power decide, some 300 products where L P would take 2,000.
 *
 * On the Montgomery form, u = (1 + y)/(1 - y), v = u/x, 4T = (0, 0) and 2T has u = 1, three doubling steps of Miller's
 * algorithm give
 *   f = l1^4 l2^2 / ((u - 1)^4 u),   l1 = v - slope u - offset (tangent at T),   l2 = v - slope2 u (tangent at 2T),
 * with the value B at infinity, hence the target B^((p-1)/8). Put into x and y, and without eighth powers:
 *   f ~ ((line1 2y)^2 line2 x (1 - y)^3)^2 (1 - y^2),
 *   line1 = (1 + y) - x (offset (1 - y) + slope (1 + y)),   line2 = 1 - slope2 x.
 * f has zeros and poles at multiples of T alone. Of these only the identity is in the subgroup: it is asked first, and
 * all others make the right side 0. edwards_gen.py checks the constants on every coset. */

/* a^((p - 1) / 8), four bits at a time. */
static void octic_character(fr *r, const fr *a)
{
    static const uint64_t e[4] = ED_TATE_EXPONENT_L;
    fr power[16], acc = FR_ONE;
    power[0] = FR_ONE;
    for (int i = 1; i < 16; i++) fr_mul(&power[i], &power[i - 1], a);
    for (int i = 62; i >= 0; i--) {
        unsigned digit = (unsigned)(e[i / 16] >> (4 * (i % 16))) & 15;
        for (int j = 0; j < 4 && i != 62; j++) fr_sqr(&acc, &acc);
        if (digit != 0) fr_mul(&acc, &acc, &power[digit]);
    }
    *r = acc;
}

bool ed_in_subgroup_vartime(const ed_affine *p)
{
    const fr one = FR_ONE;
    const fr offset = ED_TATE_OFFSET_L;
    const fr slope = ED_TATE_SLOPE_L;
    const fr slope2 = ED_TATE_SLOPE2_L;
    const fr target = ED_TATE_TARGET_L;
    fr minus, plus, line, t, f;
    if (fr_is_zero(&p->x)) return fr_is_one(&p->y);

    fr_sub(&minus, &one, &p->y);
    fr_add(&plus, &one, &p->y);
    fr_mul(&line, &offset, &minus);
    fr_mul(&t, &slope, &plus);
    fr_add(&line, &line, &t);
    fr_mul(&line, &line, &p->x);
    fr_sub(&line, &plus, &line); /* line1 */
    fr_mul(&f, &line, &p->y);
    fr_dbl(&f, &f);
    fr_sqr(&f, &f);
    fr_mul(&t, &slope2, &p->x);
    fr_sub(&t, &one, &t); /* line2 */
    fr_mul(&f, &f, &t);
    fr_mul(&f, &f, &p->x);
    fr_sqr(&t, &minus);
    fr_mul(&t, &t, &minus);
    fr_mul(&f, &f, &t);
    fr_sqr(&f, &f);
    fr_mul(&t, &minus, &plus);
    fr_mul(&f, &f, &t);
    octic_character(&f, &f);
    return fr_eq(&f, &target);
}

/* ---- bytes */

void ed_pack(uint8_t out[32], const ed_affine *p)
{
    uint64_t x[4];
    fr_to_limbs(x, &p->x);
    fr_to_le32(out, &p->y);
    out[31] |= (uint8_t)((x[0] & 1) << 7);
}

/* x^2 = (y^2 - 1) / (d y^2 + 1). The denominator is never 0: -1/d is no square, since -1 is one and d is not. */
bool ed_unpack(ed_affine *r, const uint8_t in[32])
{
    const fr one = FR_ONE;
    uint8_t y_bytes[32];
    uint64_t limbs[4];
    fr num, den;
    ed_affine p;
    bool is_odd = in[31] >> 7;
    *r = ED_AFFINE_IDENTITY;
    memcpy(y_bytes, in, sizeof y_bytes);
    y_bytes[31] &= 0x7f;
    if (!fr_from_le32(&p.y, y_bytes)) return false;
    fr_sqr(&num, &p.y);
    fr_mul(&den, &num, &ED_D);
    fr_add(&den, &den, &one);
    fr_sub(&num, &num, &one);
    fr_inv_vartime(&den, &den);
    fr_mul(&num, &num, &den);
    if (!fr_sqrt_vartime(&p.x, &num)) return false;
    fr_to_limbs(limbs, &p.x);
    if ((limbs[0] & 1) != is_odd) fr_neg(&p.x, &p.x);
    *r = p;
    return true;
}
