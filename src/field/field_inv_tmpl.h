/* field_inv_tmpl: inverses by division steps (Bernstein, Yang 2019, "Fast constant-time gcd computation and modular
 * inversion", with the half-integer delta of Wuille and Maxwell); included by field_tmpl.h.
 *
 * A step maps (f, g), f odd, to (f, g/2), (f, (g+f)/2) or, when delta > 0 and g is odd, (g, (g-f)/2). It looks only at
 * the lowest bits, so 62 steps at a time run on 64-bit words and give a matrix t with
 *     2^62 (f', g') = t (f, g),      |t00| + |t01| <= 2^62,  |t10| + |t11| <= 2^62,
 * which is then applied to the long numbers, and modulo p to (d, e), of which always
 *     f = d x / y,  g = e x / y  (mod p),      where we start with f = p, g = x, d = 0, e = y.
 * In the end g = 0 and f = +-1, so that +-d = y / x. With y = R^2 and x = a R that is the Montgomery form of 1/a.
 * For 256-bit inputs 590 steps are enough; we make 620 in constant time, and only until g = 0 in the other form.
 *
 * Long numbers are five signed words of radix 2^62, the top one with the sign; d and e lie in -2p + 1 .. p - 1. */

#define STEP_BITS 62
#define MASK62    (UINT64_MAX >> 2)

typedef __int128 i128;

typedef struct signed62 {
    int64_t v[5];
} signed62;

typedef struct step_matrix {
    int64_t u, v; /* f' = (u f + v g) / 2^62 */
    int64_t q, r; /* g' = (q f + r g) / 2^62 */
} step_matrix;

static const signed62 modulus62 = {CONST(P62_L)};

/* 62 division steps on the low words; delta is the true one minus 1/2. Constant time. */
static int64_t steps(step_matrix *t, int64_t delta, uint64_t f, uint64_t g)
{
    uint64_t u = 1;
    uint64_t v = 0;
    uint64_t q = 0;
    uint64_t r = 1;
    for (int i = 0; i < STEP_BITS; i++) {
        uint64_t positive = ~(uint64_t)(delta >> 63);
        uint64_t odd = 0 - (g & 1);
        uint64_t swap = positive & odd;
        /* (g, q, r) -+ (f, u, v) if g is odd; minus if delta is positive. */
        g += ((f ^ positive) - positive) & odd;
        q += ((u ^ positive) - positive) & odd;
        r += ((v ^ positive) - positive) & odd;
        /* f' = g = f + (g - f) where they swap. */
        f += g & swap;
        u += q & swap;
        v += r & swap;
        delta = (int64_t)(((uint64_t)delta ^ swap) + 1); /* -delta, or delta + 1 */
        g >>= 1;
        u <<= 1;
        v <<= 1;
    }
    *t = (step_matrix){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return delta;
}

/* The same steps, several at once where g allows. */
static int64_t steps_vartime(step_matrix *t, int64_t delta, uint64_t f, uint64_t g)
{
    uint64_t u = 1;
    uint64_t v = 0;
    uint64_t q = 0;
    uint64_t r = 1;
    int left = STEP_BITS;
    for (;;) {
        int zeros = __builtin_ctzll(g | UINT64_C(1) << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        delta += zeros;
        left -= zeros;
        if (left == 0) break;
        if (delta >= 0) { /* (f, g) = (g, -f), and the sum below completes the step, which adds one to delta */
            uint64_t old_f = f;
            uint64_t old_u = u;
            uint64_t old_v = v;
            f = g;
            u = q;
            v = r;
            g = 0 - old_f;
            q = 0 - old_u;
            r = 0 - old_v;
            delta = -delta - 1;
        }
        /* No swap for the next -delta steps: add the multiple w of f that clears up to six bits of g at once.
         * f (2 - f^2) = 1/f mod 2^6, as f^2 = 1 mod 2^3. */
        int64_t bits = -delta < left ? -delta : left;
        if (bits > 6) bits = 6;
        uint64_t w = g * f * (f * f - 2) & ((UINT64_C(1) << bits) - 1);
        g += f * w;
        q += u * w;
        r += v * w;
    }
    *t = (step_matrix){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return delta;
}

/* (f, g) = t (f, g) / 2^62 exactly, over the first len words. */
ZK_INLINE void apply(signed62 *f, signed62 *g, const step_matrix *t, int len)
{
    i128 cf = ((i128)t->u * f->v[0] + (i128)t->v * g->v[0]) >> STEP_BITS;
    i128 cg = ((i128)t->q * f->v[0] + (i128)t->r * g->v[0]) >> STEP_BITS;
    for (int i = 1; i < len; i++) {
        cf += (i128)t->u * f->v[i] + (i128)t->v * g->v[i];
        cg += (i128)t->q * f->v[i] + (i128)t->r * g->v[i];
        f->v[i - 1] = (int64_t)((uint64_t)cf & MASK62);
        g->v[i - 1] = (int64_t)((uint64_t)cg & MASK62);
        cf >>= STEP_BITS;
        cg >>= STEP_BITS;
    }
    f->v[len - 1] = (int64_t)cf;
    g->v[len - 1] = (int64_t)cg;
}

/* (d, e) = t (d, e) / 2^62 mod p. Negative ones first get a p, so that both are in -p .. p and the row of t gives at
 * most 2^62 p; then a multiple of p below 2^62 p is taken away to clear the low word: -2p < d, e < p again. */
static void apply_mod(signed62 *d, signed62 *e, const step_matrix *t)
{
    int64_t d_sign = d->v[4] >> 63;
    int64_t e_sign = e->v[4] >> 63;
    i128 cd = (i128)t->u * d->v[0] + (i128)t->v * e->v[0];
    i128 ce = (i128)t->q * d->v[0] + (i128)t->r * e->v[0];
    int64_t md = (t->u & d_sign) + (t->v & e_sign);
    int64_t me = (t->q & d_sign) + (t->r & e_sign);
    md -= (int64_t)(((uint64_t)cd * CONST(INV62) + (uint64_t)md) & MASK62);
    me -= (int64_t)(((uint64_t)ce * CONST(INV62) + (uint64_t)me) & MASK62);
    cd = (cd + (i128)modulus62.v[0] * md) >> STEP_BITS;
    ce = (ce + (i128)modulus62.v[0] * me) >> STEP_BITS;
    for (int i = 1; i < 5; i++) {
        cd += (i128)t->u * d->v[i] + (i128)t->v * e->v[i] + (i128)modulus62.v[i] * md;
        ce += (i128)t->q * d->v[i] + (i128)t->r * e->v[i] + (i128)modulus62.v[i] * me;
        d->v[i - 1] = (int64_t)((uint64_t)cd & MASK62);
        e->v[i - 1] = (int64_t)((uint64_t)ce & MASK62);
        cd >>= STEP_BITS;
        ce >>= STEP_BITS;
    }
    d->v[4] = (int64_t)cd;
    e->v[4] = (int64_t)ce;
}

/* a += p if a is negative; then a = -a where `negate` is all ones. Words are carried after each. */
static void add_then_negate(signed62 *a, int64_t negate)
{
    int64_t sign = a->v[4] >> 63;
    for (int i = 0; i < 5; i++) a->v[i] = ((a->v[i] + (modulus62.v[i] & sign)) ^ negate) - negate;
    for (int i = 0; i < 4; i++) {
        a->v[i + 1] += a->v[i] >> STEP_BITS;
        a->v[i] = (int64_t)((uint64_t)a->v[i] & MASK62);
    }
}

/* r = d, negated where f = -1; -2p < d < p. */
static void finish(FIELD *r, signed62 *d, int64_t f_sign)
{
    add_then_negate(d, f_sign); /* -p .. p */
    add_then_negate(d, 0);      /*  0 .. p - 1 */
    const int64_t *v = d->v;
    r->l[0] = (uint64_t)v[0] | (uint64_t)v[1] << 62;
    r->l[1] = (uint64_t)v[1] >> 2 | (uint64_t)v[2] << 60;
    r->l[2] = (uint64_t)v[2] >> 4 | (uint64_t)v[3] << 58;
    r->l[3] = (uint64_t)v[3] >> 6 | (uint64_t)v[4] << 56;
}

static signed62 to_signed62(const FIELD *a)
{
    const uint64_t *l = a->l;
    return (signed62){{(int64_t)(l[0] & MASK62), (int64_t)((l[0] >> 62 | l[1] << 2) & MASK62),
                       (int64_t)((l[1] >> 60 | l[2] << 4) & MASK62), (int64_t)((l[2] >> 58 | l[3] << 6) & MASK62),
                       (int64_t)(l[3] >> 56)}};
}

void FN(inv)(FIELD *r, const FIELD *a)
{
    signed62 d = {{0}};
    signed62 e = {CONST(R2_62_L)};
    signed62 f = modulus62;
    signed62 g = to_signed62(a);
    int64_t delta = 0;
    for (int i = 0; i < 10; i++) {
        step_matrix t;
        delta = steps(&t, delta, (uint64_t)f.v[0] | (uint64_t)f.v[1] << 62, (uint64_t)g.v[0] | (uint64_t)g.v[1] << 62);
        apply_mod(&d, &e, &t);
        apply(&f, &g, &t, 5);
    }
    finish(r, &d, f.v[4] >> 63);
}

void FN(inv_vartime)(FIELD *r, const FIELD *a)
{
    signed62 d = {{0}};
    signed62 e = {CONST(R2_62_L)};
    signed62 f = modulus62;
    signed62 g = to_signed62(a);
    int64_t delta = 0;
    int len = 5; /* words that f and g still need */
    while ((g.v[0] | g.v[1] | g.v[2] | g.v[3] | g.v[4]) != 0) {
        step_matrix t;
        uint64_t f_low = (uint64_t)f.v[0] | (uint64_t)f.v[1] << 62;
        uint64_t g_low = (uint64_t)g.v[0] | (uint64_t)g.v[1] << 62;
        delta = steps_vartime(&t, delta, f_low, g_low);
        apply_mod(&d, &e, &t);
        apply(&f, &g, &t, len);
        /* Both top words only signs: give the sign to the words below, where it is bit 62 and up. */
        int64_t f_top = f.v[len - 1];
        int64_t g_top = g.v[len - 1];
        if (len > 1 && (f_top ^ f_top >> 63) == 0 && (g_top ^ g_top >> 63) == 0) {
            f.v[len - 2] |= (int64_t)((uint64_t)f_top << STEP_BITS);
            g.v[len - 2] |= (int64_t)((uint64_t)g_top << STEP_BITS);
            f.v[len - 1] = 0;
            g.v[len - 1] = 0;
            len--;
        }
    }
    finish(r, &d, f.v[len - 1] >> 63);
}

#undef STEP_BITS
#undef MASK62
