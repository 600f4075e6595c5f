/* group_tmpl: the group law of y^2 = x^3 + b, which g1.c and g2.c share; the contract is in g1.h. Included with
 *   FE, FE_ONE          the coordinate type, its 1    FEN(name)   fq_name or fq2_name
 *   AFFINE, JAC         the point types               FN(name)    g1_name or g2_name
 *   AFFINE_INF, JAC_INF infinity
 *   FE_BYTES            bytes of a coordinate
 * and, defined before it,
 *   static const FE curve_b;                                   b
 *   static void mul_b3(FE *r, const FE *a);                    r = 3 b a
 *   static void fe_to_bytes(uint8_t *out, const FE *a);        FE_BYTES, big-endian
 *   static bool fe_from_bytes(FE *r, const uint8_t *in);       false if not canonical
 *   static const fq *fe_sign_part(const FE *a);                the part that tells a root from its opposite
 *   static bool in_group(const AFFINE *p);                     of a point on the curve */

#include "base/arena.h"
#include "base/bytes.h"
#include "curve/wnaf.h"

/* y^2 = x^3 + b. */
static void curve_rhs(FE *r, const FE *x)
{
    FE t;
    FEN(sqr)(&t, x);
    FEN(mul)(&t, &t, x);
    FEN(add)(r, &t, &curve_b);
}

bool FN(affine_is_on_curve)(const AFFINE *p)
{
    FE lhs, rhs;
    FEN(sqr)(&lhs, &p->y);
    curve_rhs(&rhs, &p->x);
    return FN(affine_is_inf)(p) || FEN(eq)(&lhs, &rhs);
}

/* y^2 = x^3 + b z^6. */
bool FN(jac_is_on_curve)(const JAC *p)
{
    FE lhs, rhs, z6;
    FEN(sqr)(&z6, &p->z);
    FEN(mul)(&z6, &z6, &p->z);
    FEN(sqr)(&z6, &z6);
    FEN(mul)(&z6, &z6, &curve_b);
    FEN(sqr)(&rhs, &p->x);
    FEN(mul)(&rhs, &rhs, &p->x);
    FEN(add)(&rhs, &rhs, &z6);
    FEN(sqr)(&lhs, &p->y);
    return FN(jac_is_inf)(p) || FEN(eq)(&lhs, &rhs);
}

/* x1 z2^2 = x2 z1^2 and y1 z2^3 = y2 z1^3; with one z = 0 the products say nothing, so infinity is asked first. */
bool FN(jac_eq)(const JAC *p, const JAC *q)
{
    FE z1, z2, a, b;
    bool p_inf = FN(jac_is_inf)(p);
    bool q_inf = FN(jac_is_inf)(q);
    if (p_inf || q_inf) return p_inf && q_inf;
    FEN(sqr)(&z1, &p->z);
    FEN(sqr)(&z2, &q->z);
    FEN(mul)(&a, &p->x, &z2);
    FEN(mul)(&b, &q->x, &z1);
    if (!FEN(eq)(&a, &b)) return false;
    FEN(mul)(&z1, &z1, &p->z);
    FEN(mul)(&z2, &z2, &q->z);
    FEN(mul)(&a, &p->y, &z2);
    FEN(mul)(&b, &q->y, &z1);
    return FEN(eq)(&a, &b);
}

/* ---- conversion */

void FN(jac_from_affine)(JAC *r, const AFFINE *p)
{
    if (FN(affine_is_inf)(p)) {
        *r = JAC_INF;
        return;
    }
    r->x = p->x;
    r->y = p->y;
    r->z = FE_ONE;
}

/* r = (x zinv^2, y zinv^3); zinv = 0 gives (0, 0), infinity. */
static void affine_from_zinv(AFFINE *r, const JAC *p, const FE *zinv)
{
    FE zinv2;
    FEN(sqr)(&zinv2, zinv);
    FEN(mul)(&r->x, &p->x, &zinv2);
    FEN(mul)(&zinv2, &zinv2, zinv);
    FEN(mul)(&r->y, &p->y, &zinv2);
}

void FN(jac_to_affine)(AFFINE *r, const JAC *p)
{
    FE zinv;
    FEN(inv)(&zinv, &p->z);
    affine_from_zinv(r, p, &zinv);
}

zk_err FN(jac_batch_to_affine)(AFFINE *out, const JAC *in, size_t n, struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    zk_err err = ZK_ERR_FULL;
    FE *z = arena_push(scratch, FE, n);
    if (z == NULL) goto out;
    FE *tmp = arena_push(scratch, FE, n);
    if (tmp == NULL) goto out;
    for (size_t i = 0; i < n; i++) z[i] = in[i].z;
    FEN(batch_inv)(z, z, n, tmp);
    for (size_t i = 0; i < n; i++) affine_from_zinv(&out[i], &in[i], &z[i]);
    err = ZK_OK;
out:
    arena_release(scratch, mark);
    return err;
}

/* ---- Jacobian group law */

void FN(affine_neg)(AFFINE *r, const AFFINE *p)
{
    r->x = p->x;
    FEN(neg)(&r->y, &p->y);
}

void FN(jac_neg)(JAC *r, const JAC *p)
{
    r->x = p->x;
    FEN(neg)(&r->y, &p->y);
    r->z = p->z;
}

/* dbl-2009-l, 2M + 5S:  A = x^2  B = y^2  C = B^2  D = 2((x + B)^2 - A - C)  E = 3A
 *   x3 = E^2 - 2D   y3 = E (D - x3) - 8C   z3 = 2 y z       z = 0 gives z3 = 0; y is never 0, the order is odd. */
void FN(jac_dbl)(JAC *r, const JAC *p)
{
    FE a, b, c, d, e, f, z;
    FEN(sqr)(&a, &p->x);
    FEN(sqr)(&b, &p->y);
    FEN(sqr)(&c, &b);
    FEN(mul)(&z, &p->y, &p->z);
    FEN(add)(&d, &p->x, &b);
    FEN(sqr)(&d, &d);
    FEN(sub)(&d, &d, &a);
    FEN(sub)(&d, &d, &c);
    FEN(dbl)(&d, &d);
    FEN(dbl)(&e, &a);
    FEN(add)(&e, &e, &a);
    FEN(sqr)(&f, &e);
    FEN(sub)(&f, &f, &d);
    FEN(sub)(&r->x, &f, &d);
    FEN(sub)(&d, &d, &r->x);
    FEN(mul)(&e, &e, &d);
    FEN(dbl)(&c, &c);
    FEN(dbl)(&c, &c);
    FEN(dbl)(&c, &c);
    FEN(sub)(&r->y, &e, &c);
    FEN(dbl)(&r->z, &z);
}

/* The end of add-2007-bl and madd-2007-bl, with h = u2 - u1 != 0, rr = 2 (s2 - s1), i = (2h)^2:
 *   J = h i   V = u1 i   x3 = rr^2 - J - 2V   y3 = rr (V - x3) - 2 s1 J */
static void add_tail(JAC *r, const FE *u1, const FE *s1, const FE *h, const FE *rr, const FE *i)
{
    FE j, v, t;
    FEN(mul)(&j, h, i);
    FEN(mul)(&v, u1, i);
    FEN(mul)(&t, s1, &j);
    FEN(dbl)(&t, &t);
    FEN(sqr)(&r->x, rr);
    FEN(sub)(&r->x, &r->x, &j);
    FEN(sub)(&r->x, &r->x, &v);
    FEN(sub)(&r->x, &r->x, &v);
    FEN(sub)(&v, &v, &r->x);
    FEN(mul)(&r->y, rr, &v);
    FEN(sub)(&r->y, &r->y, &t);
}

/* add-2007-bl, 11M + 5S, where neither is infinite and x differs; the other cases before it. */
void FN(jac_add)(JAC *r, const JAC *p, const JAC *q)
{
    FE z1z1, z2z2, u1, u2, s1, s2, h, rr, i, z;
    if (FN(jac_is_inf)(p)) {
        *r = *q;
        return;
    }
    if (FN(jac_is_inf)(q)) {
        *r = *p;
        return;
    }
    FEN(sqr)(&z1z1, &p->z);
    FEN(sqr)(&z2z2, &q->z);
    FEN(mul)(&u1, &p->x, &z2z2);
    FEN(mul)(&u2, &q->x, &z1z1);
    FEN(mul)(&s1, &p->y, &q->z);
    FEN(mul)(&s1, &s1, &z2z2);
    FEN(mul)(&s2, &q->y, &p->z);
    FEN(mul)(&s2, &s2, &z1z1);
    FEN(sub)(&h, &u2, &u1);
    FEN(sub)(&rr, &s2, &s1);
    if (FEN(is_zero)(&h)) {
        if (FEN(is_zero)(&rr)) {
            FN(jac_dbl)(r, p);
        } else {
            *r = JAC_INF;
        }
        return;
    }
    FEN(dbl)(&rr, &rr);
    FEN(dbl)(&i, &h);
    FEN(sqr)(&i, &i);
    FEN(add)(&z, &p->z, &q->z); /* 2 z1 z2 = (z1 + z2)^2 - z1^2 - z2^2 */
    FEN(sqr)(&z, &z);
    FEN(sub)(&z, &z, &z1z1);
    FEN(sub)(&z, &z, &z2z2);
    add_tail(r, &u1, &s1, &h, &rr, &i);
    FEN(mul)(&r->z, &z, &h);
}

/* madd-2007-bl, 7M + 4S. */
void FN(jac_add_mixed)(JAC *r, const JAC *p, const AFFINE *q)
{
    FE z1z1, u1, u2, s1, s2, h, hh, rr, i, z;
    if (FN(affine_is_inf)(q)) {
        *r = *p;
        return;
    }
    if (FN(jac_is_inf)(p)) {
        FN(jac_from_affine)(r, q);
        return;
    }
    FEN(sqr)(&z1z1, &p->z);
    FEN(mul)(&u2, &q->x, &z1z1);
    FEN(mul)(&s2, &q->y, &p->z);
    FEN(mul)(&s2, &s2, &z1z1);
    u1 = p->x;
    s1 = p->y;
    FEN(sub)(&h, &u2, &u1);
    FEN(sub)(&rr, &s2, &s1);
    if (FEN(is_zero)(&h)) {
        if (FEN(is_zero)(&rr)) {
            FN(jac_dbl)(r, p);
        } else {
            *r = JAC_INF;
        }
        return;
    }
    FEN(sqr)(&hh, &h);
    FEN(dbl)(&rr, &rr);
    FEN(dbl)(&i, &hh);
    FEN(dbl)(&i, &i);
    FEN(add)(&z, &p->z, &h); /* 2 z1 h = (z1 + h)^2 - z1^2 - h^2 */
    FEN(sqr)(&z, &z);
    FEN(sub)(&z, &z, &z1z1);
    FEN(sub)(&r->z, &z, &hh);
    add_tail(r, &u1, &s1, &h, &rr, &i);
}

/* ---- constant-time multiplication, in homogeneous coordinates (x / z, y / z), infinity (0, 1, 0), with complete
 *      formulas: no case is special, because the curve has no point of order two */

struct proj {
    FE x, y, z;
};

/* Renes, Costello, Batina, algorithm 7 (a = 0), 12M and two products by 3b. */
static void proj_add(struct proj *r, const struct proj *p, const struct proj *q)
{
    FE t0, t1, t2, t3, t4, x3, y3, z3;
    FEN(mul)(&t0, &p->x, &q->x);
    FEN(mul)(&t1, &p->y, &q->y);
    FEN(mul)(&t2, &p->z, &q->z);
    FEN(add)(&t3, &p->x, &p->y); /* t3 = x1 y2 + x2 y1 */
    FEN(add)(&t4, &q->x, &q->y);
    FEN(mul)(&t3, &t3, &t4);
    FEN(sub)(&t3, &t3, &t0);
    FEN(sub)(&t3, &t3, &t1);
    FEN(add)(&t4, &p->y, &p->z); /* t4 = y1 z2 + y2 z1 */
    FEN(add)(&x3, &q->y, &q->z);
    FEN(mul)(&t4, &t4, &x3);
    FEN(sub)(&t4, &t4, &t1);
    FEN(sub)(&t4, &t4, &t2);
    FEN(add)(&x3, &p->x, &p->z); /* y3 = x1 z2 + x2 z1 */
    FEN(add)(&y3, &q->x, &q->z);
    FEN(mul)(&y3, &x3, &y3);
    FEN(sub)(&y3, &y3, &t0);
    FEN(sub)(&y3, &y3, &t2);
    FEN(dbl)(&x3, &t0);
    FEN(add)(&t0, &x3, &t0); /* t0 = 3 x1 x2 */
    mul_b3(&t2, &t2);
    FEN(add)(&z3, &t1, &t2);
    FEN(sub)(&t1, &t1, &t2);
    mul_b3(&y3, &y3);
    FEN(mul)(&x3, &t4, &y3); /* x3 = t3 t1 - t4 y3 */
    FEN(mul)(&t2, &t3, &t1);
    FEN(sub)(&r->x, &t2, &x3);
    FEN(mul)(&y3, &y3, &t0); /* y3 = t1 z3 + y3 t0 */
    FEN(mul)(&t1, &t1, &z3);
    FEN(add)(&r->y, &t1, &y3);
    FEN(mul)(&t0, &t0, &t3); /* z3 = z3 t4 + t0 t3 */
    FEN(mul)(&z3, &z3, &t4);
    FEN(add)(&r->z, &z3, &t0);
}

/* Algorithm 9 (a = 0), 6M + 2S and one product by 3b. */
static void proj_dbl(struct proj *r, const struct proj *p)
{
    FE t0, t1, t2, x3, y3, z3;
    FEN(sqr)(&t0, &p->y);
    FEN(dbl)(&z3, &t0);
    FEN(dbl)(&z3, &z3);
    FEN(dbl)(&z3, &z3);
    FEN(mul)(&t1, &p->y, &p->z);
    FEN(sqr)(&t2, &p->z);
    mul_b3(&t2, &t2);
    FEN(mul)(&x3, &t2, &z3);
    FEN(add)(&y3, &t0, &t2);
    FEN(mul)(&z3, &t1, &z3);
    FEN(dbl)(&t1, &t2);
    FEN(add)(&t2, &t1, &t2);
    FEN(sub)(&t0, &t0, &t2);
    FEN(mul)(&y3, &t0, &y3);
    FEN(add)(&y3, &x3, &y3);
    FEN(mul)(&t1, &p->x, &p->y);
    FEN(mul)(&x3, &t0, &t1);
    FEN(dbl)(&r->x, &x3);
    r->y = y3;
    r->z = z3;
}

static void proj_select(struct proj *r, const struct proj *p, const struct proj *q, bool pick_q)
{
    FEN(select)(&r->x, &p->x, &q->x, pick_q);
    FEN(select)(&r->y, &p->y, &q->y, pick_q);
    FEN(select)(&r->z, &p->z, &q->z, pick_q);
}

/* Windows of four bits from the top; every table entry is read each time. */
void FN(mul)(JAC *r, const AFFINE *p, const fr *k)
{
    const struct proj inf = {.y = FE_ONE};
    struct proj table[16], acc, term;
    uint64_t limbs[4];
    fr_to_limbs(limbs, k);

    table[0] = inf;
    table[1] = (struct proj){p->x, p->y, FE_ONE};
    proj_select(&table[1], &table[1], &inf, FN(affine_is_inf)(p));
    for (int i = 2; i < 16; i++) proj_add(&table[i], &table[i - 1], &table[1]);

    acc = inf;
    for (int i = 63; i >= 0; i--) {
        unsigned digit = (unsigned)(limbs[i / 16] >> (4 * (i % 16))) & 15;
        for (int j = 0; j < 4; j++) proj_dbl(&acc, &acc);
        term = table[0];
        for (unsigned j = 1; j < 16; j++) proj_select(&term, &term, &table[j], j == digit);
        proj_add(&acc, &acc, &term);
    }
    /* x/z = (x z)/z^2 and y/z = (y z^2)/z^3. */
    FEN(mul)(&r->x, &acc.x, &acc.z);
    FEN(sqr)(&term.z, &acc.z);
    FEN(mul)(&r->y, &acc.y, &term.z);
    r->z = acc.z;
    zk_wipe(limbs, sizeof limbs);
    zk_wipe(&acc, sizeof acc);
    zk_wipe(&term, sizeof term);
}

/* Signed windows of width 5: p, 3p, .. 15p, and one addition about every sixth bit. */
void FN(mul_vartime)(JAC *r, const AFFINE *p, const fr *k)
{
    int8_t digits[WNAF_LEN];
    uint64_t limbs[4];
    JAC table[8], twice;
    JAC acc = JAC_INF;
    fr_to_limbs(limbs, k);
    wnaf_recode(digits, limbs, 5);

    FN(jac_from_affine)(&table[0], p);
    FN(jac_dbl)(&twice, &table[0]);
    for (int i = 1; i < 8; i++) FN(jac_add)(&table[i], &table[i - 1], &twice);
    for (int i = WNAF_LEN - 1; i >= 0; i--) {
        FN(jac_dbl)(&acc, &acc);
        if (digits[i] > 0) FN(jac_add)(&acc, &acc, &table[digits[i] / 2]);
        if (digits[i] < 0) {
            JAC minus;
            FN(jac_neg)(&minus, &table[-digits[i] / 2]);
            FN(jac_add)(&acc, &acc, &minus);
        }
    }
    *r = acc;
}

/* ---- bytes; the headers describe the forms */

static void to_bytes(uint8_t *out, const AFFINE *p)
{
    fe_to_bytes(out, &p->x);
    fe_to_bytes(out + FE_BYTES, &p->y);
}

static bool from_bytes(AFFINE *r, const uint8_t *in)
{
    AFFINE p;
    bool ok = fe_from_bytes(&p.x, in);
    ok = fe_from_bytes(&p.y, in + FE_BYTES) && ok;
    ok = ok && FN(affine_is_on_curve)(&p) && in_group(&p);
    *r = ok ? p : AFFINE_INF;
    return ok;
}

#define FLAG_INF     0x40
#define FLAG_SMALLER 0x80
#define FLAG_LARGER  0xc0
#define FLAGS        0xc0

/* Is the part that decides above (q - 1) / 2, as an integer? */
static bool is_larger_root(const FE *y)
{
    static const uint64_t half[4] = FQ_HALF_L;
    uint64_t limbs[4];
    fq_to_limbs(limbs, fe_sign_part(y));
    for (int i = 3; i >= 0; i--)
        if (limbs[i] != half[i]) return limbs[i] > half[i];
    return false;
}

static void to_packed(uint8_t *out, const AFFINE *p)
{
    fe_to_bytes(out, &p->x);
    if (FN(affine_is_inf)(p)) {
        out[0] = FLAG_INF;
    } else {
        out[0] |= is_larger_root(&p->y) ? FLAG_LARGER : FLAG_SMALLER;
    }
}

static bool from_packed(AFFINE *r, const uint8_t *in)
{
    uint8_t x_bytes[FE_BYTES];
    uint8_t flags = in[0] & FLAGS;
    AFFINE p;
    FE rhs;
    memcpy(x_bytes, in, sizeof x_bytes);
    x_bytes[0] &= (uint8_t)~FLAGS;
    *r = AFFINE_INF;
    if (flags != FLAG_INF && flags != FLAG_SMALLER && flags != FLAG_LARGER) return false;
    if (!fe_from_bytes(&p.x, x_bytes)) return false;
    if (flags == FLAG_INF) return FEN(is_zero)(&p.x);
    curve_rhs(&rhs, &p.x);
    if (!FEN(sqrt_vartime)(&p.y, &rhs)) return false;
    if (is_larger_root(&p.y) != (flags == FLAG_LARGER)) FEN(neg)(&p.y, &p.y);
    if (!in_group(&p)) return false;
    *r = p;
    return true;
}
