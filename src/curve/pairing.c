/* The twist: (x, y) of g2 is (x w^2, y w^3) on the curve over fq12, since w^6 = xi. A line through such points, at P of
 * g1 and up to factors in fq2 (which the final power kills), has three coefficients:
 *   l(P) = c0 yP + c1 xP w + c3 w^3.
 * T runs through multiples of Q in homogeneous coordinates, (X/Z, Y/Z). */
#include "curve/pairing.h"

#include "curve/bn254_gen.h"

struct twist_point {
    fq2 x, y, z;
};

struct line {
    fq2 c0, c1, c3;
};

/* T = 2T, and the tangent, scaled by -2YZ:  c0 = -2YZ   c1 = 3X^2   c3 = 3 b' Z^2 - Y^2.
 *   A = XY/2  B = Y^2  C = Z^2  E = 3 b' C  F = 3E  G = (B + F)/2  H = (Y + Z)^2 - B - C
 *   X3 = A (B - F)   Y3 = G^2 - 3 E^2   Z3 = B H */
static void double_step(struct line *l, struct twist_point *t)
{
    static const fq2 b3 = G2_B3_L;
    fq2 a, b, c, e, f, g, h, s;
    fq2_mul(&a, &t->x, &t->y);
    fq2_half(&a, &a);
    fq2_sqr(&b, &t->y);
    fq2_sqr(&c, &t->z);
    fq2_mul(&e, &c, &b3);
    fq2_dbl(&f, &e);
    fq2_add(&f, &f, &e);
    fq2_add(&g, &b, &f);
    fq2_half(&g, &g);
    fq2_add(&h, &t->y, &t->z);
    fq2_sqr(&h, &h);
    fq2_sub(&h, &h, &b);
    fq2_sub(&h, &h, &c);
    fq2_neg(&l->c0, &h);
    fq2_sqr(&s, &t->x);
    fq2_dbl(&l->c1, &s);
    fq2_add(&l->c1, &l->c1, &s);
    fq2_sub(&l->c3, &e, &b);
    fq2_sub(&f, &b, &f);
    fq2_mul(&t->x, &a, &f);
    fq2_sqr(&g, &g);
    fq2_sqr(&e, &e);
    fq2_sub(&g, &g, &e);
    fq2_dbl(&e, &e);
    fq2_sub(&t->y, &g, &e);
    fq2_mul(&t->z, &b, &h);
}

/* T = T + Q, and the chord:  O = Y - yQ Z   L = X - xQ Z   c0 = L   c1 = -O   c3 = O xQ - L yQ.
 *   C = O^2  D = L^2  E = L D  F = Z C  G = X D  H = E + F - 2G
 *   X3 = L H   Y3 = (G - H) O - E Y   Z3 = E Z
 * T is never Q or -Q: it is k Q with 1 < k < p - 1. */
static void add_step(struct line *l, struct twist_point *t, const g2_affine *q)
{
    fq2 o, d, e, f, g, h;
    fq2_mul(&o, &q->y, &t->z);
    fq2_sub(&o, &t->y, &o);
    fq2_mul(&l->c0, &q->x, &t->z);
    fq2_sub(&l->c0, &t->x, &l->c0);
    fq2_neg(&l->c1, &o);
    fq2_mul(&l->c3, &o, &q->x);
    fq2_mul(&d, &l->c0, &q->y);
    fq2_sub(&l->c3, &l->c3, &d);

    fq2_sqr(&d, &l->c0);
    fq2_mul(&e, &l->c0, &d);
    fq2_sqr(&f, &o);
    fq2_mul(&f, &f, &t->z);
    fq2_mul(&g, &t->x, &d);
    fq2_add(&h, &e, &f);
    fq2_sub(&h, &h, &g);
    fq2_sub(&h, &h, &g);
    fq2_mul(&t->x, &l->c0, &h);
    fq2_sub(&g, &g, &h);
    fq2_mul(&g, &g, &o);
    fq2_mul(&h, &e, &t->y);
    fq2_sub(&t->y, &g, &h);
    fq2_mul(&t->z, &e, &t->z);
}

/* f = f * l(P). */
static void mul_line(fq12 *f, const struct line *l, const g1_affine *p)
{
    fq2 c0, c1;
    fq2_mul_fq(&c0, &l->c0, &p->y);
    fq2_mul_fq(&c1, &l->c1, &p->x);
    fq12_mul_013(f, f, &c0, &c1, &l->c3);
}

/* ---- Miller loop */

#define BATCH 8 /* pairs that share their squarings; more are cut into batches, which keeps this off the heap */

struct batch {
    g1_affine p[BATCH];
    g2_affine q[BATCH], minus_q[BATCH];
    struct twist_point t[BATCH];
    size_t n;
};

static void double_all(fq12 *f, struct batch *b)
{
    struct line l;
    for (size_t i = 0; i < b->n; i++) {
        double_step(&l, &b->t[i]);
        mul_line(f, &l, &b->p[i]);
    }
}

static void add_all(fq12 *f, struct batch *b, const g2_affine *q)
{
    struct line l;
    for (size_t i = 0; i < b->n; i++) {
        add_step(&l, &b->t[i], &q[i]);
        mul_line(f, &l, &b->p[i]);
    }
}

/* T = (6x + 2) Q at the end; the last two lines add psi(Q) and -psi^2(Q). */
static void miller_batch(fq12 *f, struct batch *b)
{
    static const int8_t digits[BN_LOOP_LEN] = BN_LOOP_DIGITS;
    static const fq psi2_x = G2_PSI2_X_L;
    g2_affine last[BATCH];
    *f = FQ12_ONE;
    for (int i = BN_LOOP_LEN - 2; i >= 0; i--) {
        if (i != BN_LOOP_LEN - 2) fq12_sqr(f, f);
        double_all(f, b);
        if (digits[i] > 0) add_all(f, b, b->q);
        if (digits[i] < 0) add_all(f, b, b->minus_q);
    }
    for (size_t i = 0; i < b->n; i++) g2_psi(&last[i], &b->q[i]);
    add_all(f, b, last);
    for (size_t i = 0; i < b->n; i++) { /* psi^2(x, y) = (x xi^((q^2-1)/3), -y) */
        fq2_mul_fq(&last[i].x, &b->q[i].x, &psi2_x);
        last[i].y = b->q[i].y;
    }
    add_all(f, b, last);
}

void pairing_miller(fq12 *out, const g1_affine *p, const g2_affine *q, size_t n)
{
    struct batch b;
    fq12 f;
    fq12 product = FQ12_ONE;
    bool is_first = true;
    for (size_t i = 0; i < n;) {
        b.n = 0;
        for (; i < n && b.n < BATCH; i++) {
            if (g1_affine_is_inf(&p[i]) || g2_affine_is_inf(&q[i])) continue;
            b.p[b.n] = p[i];
            b.q[b.n] = q[i];
            g2_affine_neg(&b.minus_q[b.n], &q[i]);
            b.t[b.n] = (struct twist_point){q[i].x, q[i].y, FQ2_ONE};
            b.n++;
        }
        if (b.n == 0) break;
        miller_batch(&f, &b);
        if (is_first) {
            product = f;
        } else {
            fq12_mul(&product, &product, &f);
        }
        is_first = false;
    }
    *out = product;
}

/* ---- final power */

/* r = a^x for cyclotomic a: signed digits, 1/a being the conjugate. */
static void power_x(fq12 *r, const fq12 *a)
{
    static const int8_t digits[BN_X_LEN] = BN_X_DIGITS;
    fq12 odd[4], acc, t;
    odd[0] = *a;
    fq12_cyclotomic_sqr(&t, a);
    for (int i = 1; i < 4; i++) fq12_mul(&odd[i], &odd[i - 1], &t);
    acc = odd[digits[BN_X_LEN - 1] / 2];
    for (int i = BN_X_LEN - 2; i >= 0; i--) {
        fq12_cyclotomic_sqr(&acc, &acc);
        if (digits[i] > 0) fq12_mul(&acc, &acc, &odd[digits[i] / 2]);
        if (digits[i] < 0) {
            fq12_conj(&t, &odd[-digits[i] / 2]);
            fq12_mul(&acc, &acc, &t);
        }
    }
    *r = acc;
}

/* (q^12 - 1)/p = (q^6 - 1)(q^2 + 1) (q^4 - q^2 + 1)/p, and the last factor is
 *   a + 2b + 6c + 12d + 18e + 30g + 36h  with  a = q + q^2 + q^3, b = -1, c = x^2 q^2, d = -x q, e = -x - x^2 q,
 *   g = -x^2, h = -x^3 - x^3 q:
 * y0 y1^2 y2^6 y3^12 y4^18 y5^30 y6^36, by the addition chain of Scott et al., section 5. */
void pairing_final_power(fq12 *out, const fq12 *in)
{
    fq12 f, fx, fx2, fx3, y0, y1, y2, y3, y4, y5, y6, t;
    fq12_inv(&t, in);
    fq12_conj(&f, in);
    fq12_mul(&f, &f, &t);
    fq12_frobenius(&t, &f, 2);
    fq12_mul(&f, &f, &t);

    power_x(&fx, &f);
    power_x(&fx2, &fx);
    power_x(&fx3, &fx2);
    fq12_frobenius(&y0, &f, 1);
    fq12_frobenius(&t, &f, 2);
    fq12_mul(&y0, &y0, &t);
    fq12_frobenius(&t, &f, 3);
    fq12_mul(&y0, &y0, &t);
    fq12_conj(&y1, &f);
    fq12_frobenius(&y2, &fx2, 2);
    fq12_frobenius(&y3, &fx, 1);
    fq12_conj(&y3, &y3);
    fq12_frobenius(&y4, &fx2, 1);
    fq12_mul(&y4, &y4, &fx);
    fq12_conj(&y4, &y4);
    fq12_conj(&y5, &fx2);
    fq12_frobenius(&y6, &fx3, 1);
    fq12_mul(&y6, &y6, &fx3);
    fq12_conj(&y6, &y6);

    fq12_cyclotomic_sqr(&t, &y6); /* t = y4 y5 y6^2 */
    fq12_mul(&t, &t, &y4);
    fq12_mul(&t, &t, &y5);
    fq12_mul(&f, &y3, &y5); /* f = y3 y4 y5^2 y6^2 */
    fq12_mul(&f, &f, &t);
    fq12_mul(&t, &t, &y2);
    fq12_cyclotomic_sqr(&f, &f);
    fq12_mul(&f, &f, &t);
    fq12_cyclotomic_sqr(&f, &f); /* f = y2^2 y3^4 y4^6 y5^10 y6^12 */
    fq12_mul(&t, &f, &y1);
    fq12_mul(&f, &f, &y0);
    fq12_cyclotomic_sqr(&t, &t);
    fq12_mul(out, &t, &f);
}

void pairing(fq12 *out, const g1_affine *p, const g2_affine *q)
{
    fq12 f;
    pairing_miller(&f, p, q, 1);
    pairing_final_power(out, &f);
}

bool pairing_check(const g1_affine *p, const g2_affine *q, size_t n)
{
    fq12 f;
    pairing_miller(&f, p, q, n);
    pairing_final_power(&f, &f);
    return fq12_is_one(&f);
}
