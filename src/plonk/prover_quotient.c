/* Round 3: t = identity / (X^n - 1), of degree < 5n, from its values on five cosets of size n, one coset after the
 * other.
 *
 * On the coset g_j H, X^n is the constant c_j = g_j^n, so the divisor is c_j - 1, and interpolation gives t mod (X^n -
 * c_j): r_j[k] = sum_i c_j^i t_i[k] for t = sum X^(i n) t_i. A Vandermonde matrix of size 5, inverted once, gives back
 * the t_i. The g_j are powers 1 .. 5 of a root of order 8n, so the c_j are distinct eighth roots of 1 other than 1.
 *
 * With blinding the degree is up to 5n + 12. Then t = t' + P u with P = prod (X^n - c_j), t' what the five cosets
 * give, and u of degree < PLONK_PAD, which follows from the values of t at PLONK_PAD further points. */
#include "plonk/prover_rounds.h"

#include <string.h>

/* poly = poly * (X - root); poly has degree `degree` before and one more after. */
static void times_linear(fr *poly, size_t degree, const fr *root)
{
    fr t;
    poly[degree + 1] = poly[degree];
    for (size_t i = degree; i > 0; i--) {
        fr_mul(&t, &poly[i], root);
        fr_sub(&poly[i], &poly[i - 1], &t);
    }
    fr_mul(&t, &poly[0], root);
    fr_neg(&poly[0], &t);
}

/* The Lagrange basis polynomial that is 1 at x[e] and 0 at the other count - 1 points. basis has count + 1 places. */
static void basis_polynomial(fr *basis, const fr *x, size_t count, size_t e)
{
    fr d = FR_ONE;
    size_t degree = 0;
    basis[0] = FR_ONE;
    for (size_t k = 0; k < count; k++) {
        fr t;
        if (k == e) continue;
        times_linear(basis, degree++, &x[k]);
        fr_sub(&t, &x[e], &x[k]);
        fr_mul(&d, &d, &t);
    }
    fr_inv_vartime(&d, &d);
    for (size_t i = 0; i < count; i++) fr_mul(&basis[i], &basis[i], &d);
}

/* The inverse of the matrix c_j^i (row j, column i): its column j is the basis polynomial of c_j. */
static void invert_vandermonde(fr *inverse, const fr c[PLONK_CHUNKS])
{
    for (size_t j = 0; j < PLONK_CHUNKS; j++) {
        fr basis[PLONK_CHUNKS + 1];
        basis_polynomial(basis, c, PLONK_CHUNKS, j);
        for (size_t i = 0; i < PLONK_CHUNKS; i++) inverse[i * PLONK_CHUNKS + j] = basis[i];
    }
}

zk_err quotient_setup(struct prover *p, struct arena *arena)
{
    const unsigned log_n = p->pk->vk.log_n;
    fr root;
    p->cosets_inverse = arena_push(arena, fr, PLONK_CHUNKS * PLONK_CHUNKS);
    if (p->cosets_inverse == NULL) return ZK_ERR_FULL;
    fr_root_of_unity(&root, log_n + 3);
    for (unsigned j = 0; j < PLONK_CHUNKS; j++) {
        fr_pow_u64_vartime(&p->shifts[j], &root, j + 1);
        fr_pow_u64_vartime(&p->shift_powers[j], &p->shifts[j], (uint64_t)1 << log_n);
    }
    invert_vandermonde(p->cosets_inverse, p->shift_powers);
    return ZK_OK;
}

struct coset {
    struct program_inputs in;
    fr *first;
    fr *fixed[PLONK_FIXED_MAX], *table[PLONK_TUPLE_MAX];
};

static zk_err coset_allocate(struct proving *s, struct coset *k)
{
    k->first = arena_push(s->scratch, fr, s->n);
    if (k->first == NULL) return ZK_ERR_FULL;
    for (uint32_t f = 0; f < s->cs->n_fixed_all; f++) {
        k->fixed[f] = arena_push(s->scratch, fr, s->cs->period);
        if (k->fixed[f] == NULL) return ZK_ERR_FULL;
    }
    for (uint32_t w = 0; w < s->cs->table_width && s->cs->n_lookups > 0; w++) {
        k->table[w] = arena_push(s->scratch, fr, (size_t)1 << s->cs->log_table);
        if (k->table[w] == NULL) return ZK_ERR_FULL;
    }
    return ZK_OK;
}

static void minus_one_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    fr *x = ctx;
    const fr one = FR_ONE;
    (void)worker;
    for (size_t i = begin; i < end; i++) fr_sub(&x[i], &x[i], &one);
}

/* L_first(x) = (x^n - 1) / (n (x - 1)) on the coset. */
static zk_err first_lagrange(struct proving *s, struct coset *k, unsigned j)
{
    const fr one = FR_ONE;
    fr scale;
    poly_powers(k->first, &s->p->shifts[j], &s->omega, s->n, s->p->pool);
    pool_for_range(s->p->pool, s->n, 4096, minus_one_range, k->first);
    ZK_TRY(poly_batch_inv(k->first, k->first, s->n, s->p->pool, s->scratch));
    fr_sub(&scale, &s->p->shift_powers[j], &one);
    fr_mul(&scale, &scale, ntt_domain_n_inv(s->p->domain));
    poly_scale(k->first, &scale, k->first, s->n, s->p->pool);
    return ZK_OK;
}

/* Values of all columns on coset j. */
static zk_err coset_columns(struct proving *s, struct coset *k, unsigned j)
{
    const struct cs *cs = s->cs;
    const struct proving_key *pk = s->p->pk;
    const fr *src[TEMPS];
    fr *dst[TEMPS];
    size_t count = 0;
    proving_inputs(s, &k->in);
    k->in.shift = s->p->shifts[j];
    k->in.first = k->first;
    for (int i = 0; i < PLONK_ADVICE; i++) {
        src[count] = s->advice[i];
        dst[count] = s->temp[count];
        k->in.advice[i] = dst[count++];
    }
    for (unsigned i = 0; i < AUX_MAX; i++) {
        if (!proof_has_aux(cs, i)) continue;
        src[count] = s->aux[i];
        dst[count] = s->temp[count];
        k->in.aux[i] = dst[count++];
    }
    ZK_TRY(ntt_eval_coset(s->p->domain, dst, src, s->len, count, &k->in.shift, s->p->pool, s->scratch));
    fr shift;
    const fr *fixed[PLONK_FIXED_MAX];
    for (uint32_t f = 0; f < cs->n_fixed_all; f++) k->in.fixed[f] = k->fixed[f];
    for (uint32_t f = 0; f < cs->n_fixed_all; f++) fixed[f] = pk->fixed[f];
    fr_pow_u64_vartime(&shift, &k->in.shift, s->n >> cs->config.log_t);
    ZK_TRY(ntt_eval_coset(s->p->period_domain, k->fixed, fixed, cs->period, cs->n_fixed_all, &shift, s->p->pool,
                          s->scratch));
    if (cs->n_lookups == 0) return ZK_OK;
    for (uint32_t w = 0; w < cs->table_width; w++) k->in.table[w] = k->table[w];
    for (uint32_t w = 0; w < cs->table_width; w++) fixed[w] = pk->table[w];
    fr_pow_u64_vartime(&shift, &k->in.shift, s->n >> cs->log_table);
    return ntt_eval_coset(s->p->table_domain, k->table, fixed, (size_t)1 << cs->log_table, cs->table_width, &shift,
                          s->p->pool, s->scratch);
}

/* quotient[j] = t mod (X^n - c_j). */
static zk_err on_coset(struct proving *s, struct coset *k, unsigned j)
{
    const fr one = FR_ONE;
    fr *const dst[1] = {s->quotient[j]};
    const fr *const src[1] = {s->quotient[j]};
    fr divisor;
    double start = proving_now_s();
    ZK_TRY(coset_columns(s, k, j));
    double transformed = proving_now_s();
    ZK_TRY(first_lagrange(s, k, j));
    ZK_TRY(program_run(s->p->identity, dst, &k->in, s->p->pool, s->scratch));
    fr_sub(&divisor, &s->p->shift_powers[j], &one);
    fr_inv_vartime(&divisor, &divisor);
    poly_scale(dst[0], &divisor, dst[0], s->n, s->p->pool);
    double evaluated = proving_now_s();
    ZK_TRY(ntt_interpolate_coset(s->p->domain, dst, src, 1, &s->p->shifts[j], s->p->pool, s->scratch));
    s->p->times.evaluate += evaluated - transformed;
    s->p->times.ntt += transformed - start + proving_now_s() - evaluated;
    return ZK_OK;
}

#define SOLVE_BLOCK 256

/* t_i[k] = sum_j inverse[i][j] r_j[k], in place. */
static void solve_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    struct proving *s = ctx;
    fr out[PLONK_CHUNKS][SOLVE_BLOCK];
    const fr *in[PLONK_CHUNKS];
    const size_t len = end - begin;
    (void)worker;
    assert(len <= SOLVE_BLOCK);
    for (int j = 0; j < PLONK_CHUNKS; j++) in[j] = s->quotient[j] + begin;
    for (int i = 0; i < PLONK_CHUNKS; i++)
        poly_combine(out[i], s->p->cosets_inverse + (size_t)i * PLONK_CHUNKS, in, PLONK_CHUNKS, len, NULL);
    for (int i = 0; i < PLONK_CHUNKS; i++) memcpy(s->quotient[i] + begin, out[i], len * sizeof(fr));
}

/* ---- blinding */

/* identity(x) / (x^n - 1) at one point outside the cosets. */
static zk_err quotient_at(struct proving *s, fr *out, const fr *x)
{
    const struct cs *cs = s->cs;
    const fr one = FR_ONE;
    fr next, y, d;
    struct proof at;
    fr aux[2][AUX_MAX];
    size_t mark = arena_mark(s->scratch);
    fr *values = arena_push(s->scratch, fr, cs->graph.n_nodes);
    bool *used = arena_push(s->scratch, bool, cs->graph.n_nodes);
    if (values == NULL || used == NULL) {
        arena_release(s->scratch, mark);
        return ZK_ERR_FULL;
    }
    fr_mul(&next, x, &s->omega);
    for (int j = 0; j < PLONK_ADVICE; j++) {
        poly_eval(&at.advice_at[0][j], s->advice[j], s->len, x, s->p->pool);
        if (cs->next_used[j]) poly_eval(&at.advice_at[1][j], s->advice[j], s->len, &next, s->p->pool);
    }
    for (unsigned i = 0; i < AUX_MAX; i++) {
        if (!proof_has_aux(cs, i)) continue;
        poly_eval(&aux[0][i], s->aux[i], s->len, x, s->p->pool);
        if (proof_aux_next(i)) poly_eval(&aux[1][i], s->aux[i], s->len, &next, s->p->pool);
    }
    fr_pow_u64_vartime(&y, x, s->n >> cs->config.log_t);
    for (uint32_t f = 0; f < cs->n_fixed_all; f++) poly_eval(&at.fixed_at[f], s->p->pk->fixed[f], cs->period, &y, NULL);
    fr_pow_u64_vartime(&y, x, s->n >> cs->log_table);
    for (uint32_t w = 0; w < cs->table_width && cs->n_lookups > 0; w++)
        poly_eval(&at.table_at[w], s->p->pk->table[w], (size_t)1 << cs->log_table, &y, NULL);
    struct expr_point point = {.advice = {at.advice_at[0], at.advice_at[1]},
                               .aux = {aux[0], aux[1]},
                               .fixed = at.fixed_at,
                               .table = at.table_at,
                               .publics = s->w->publics,
                               .challenges = s->c.round1,
                               .alphas = s->alphas,
                               .x = *x};
    poly_lagrange(&point.first, s->p->domain, 0, x);
    poly_lagrange(&point.last, s->p->domain, s->n - 1, x);
    memset(used, 0, cs->graph.n_nodes);
    expr_mark(&cs->graph, cs->identity, used);
    expr_eval(&cs->graph, &point, used, values);
    fr_pow_u64_vartime(&d, x, s->n);
    fr_sub(&d, &d, &one);
    fr_inv_vartime(&d, &d);
    fr_mul(out, &values[cs->identity.id], &d);
    arena_release(s->scratch, mark);
    return ZK_OK;
}

/* What the five cosets gave, at x: sum x^(i n) t_i(x). */
static void pieces_at(struct proving *s, fr *out, const fr *x, const fr *xn)
{
    *out = FR_ZERO;
    for (int i = PLONK_CHUNKS; i-- > 0;) {
        fr v;
        poly_eval(&v, s->quotient[i], s->n, x, s->p->pool);
        fr_mul(out, out, xn);
        fr_add(out, out, &v);
    }
}

/* The coefficients of the polynomial of degree < PLONK_PAD through (x_e, y_e). */
static void interpolate_few(fr *poly, const fr *x, const fr *y)
{
    memset(poly, 0, PLONK_PAD * sizeof(fr));
    for (size_t e = 0; e < PLONK_PAD; e++) {
        fr basis[PLONK_PAD + 1];
        basis_polynomial(basis, x, PLONK_PAD, e);
        for (size_t i = 0; i < PLONK_PAD; i++) {
            fr t;
            fr_mul(&t, &basis[i], &y[e]);
            fr_add(&poly[i], &poly[i], &t);
        }
    }
}

/* P(X) u(X) with P = prod (Y - c_j), Y = X^n: coefficient k of P times u is added to piece k; the sixth piece is u,
 * which becomes the coefficients n .. of the fifth. */
static void add_excess(struct proving *s, const fr u[PLONK_PAD])
{
    fr p[PLONK_CHUNKS + 1] = {FR_ONE};
    for (size_t j = 0; j < PLONK_CHUNKS; j++) times_linear(p, j, &s->p->shift_powers[j]);
    for (int i = 0; i < PLONK_CHUNKS; i++) {
        for (size_t k = 0; k < PLONK_PAD; k++) {
            fr t;
            fr_mul(&t, &p[i], &u[k]);
            fr_add(&s->quotient[i][k], &s->quotient[i][k], &t);
        }
    }
    memcpy(s->quotient[PLONK_CHUNKS - 1] + s->n, u, PLONK_PAD * sizeof(fr));
}

/* Blinds the pieces among each other: t_i + b_i X^n - b_(i-1) leaves the sum as it is. */
static void blind_pieces(struct proving *s)
{
    fr before = FR_ZERO;
    for (int i = 0; i < PLONK_CHUNKS; i++) {
        fr_sub(&s->quotient[i][0], &s->quotient[i][0], &before);
        if (i == PLONK_CHUNKS - 1) break;
        proving_blinder(s, &before);
        fr_add(&s->quotient[i][s->n], &s->quotient[i][s->n], &before);
    }
}

static zk_err correct_for_blinding(struct proving *s)
{
    fr x[PLONK_PAD], y[PLONK_PAD], u[PLONK_PAD];
    for (uint64_t e = 0; e < PLONK_PAD; e++) {
        fr xn, pieces, p = FR_ONE;
        fr_from_u64(&x[e], 3 + e); /* of large order: in no coset of the rows' group that is used */
        fr_pow_u64_vartime(&xn, &x[e], s->n);
        ZK_TRY(quotient_at(s, &y[e], &x[e]));
        pieces_at(s, &pieces, &x[e], &xn);
        fr_sub(&y[e], &y[e], &pieces);
        for (int j = 0; j < PLONK_CHUNKS; j++) {
            fr d;
            fr_sub(&d, &xn, &s->p->shift_powers[j]);
            fr_mul(&p, &p, &d);
        }
        fr_inv_vartime(&p, &p);
        fr_mul(&y[e], &y[e], &p);
    }
    interpolate_few(u, x, y);
    add_excess(s, u);
    blind_pieces(s);
    return ZK_OK;
}

static zk_err cosets(struct proving *s)
{
    struct coset *k = arena_push(s->scratch, struct coset, 1);
    if (k == NULL) return ZK_ERR_FULL;
    ZK_TRY(coset_allocate(s, k));
    for (unsigned j = 0; j < PLONK_CHUNKS; j++) {
        ZK_TRY(proving_step(s, PHASE_QUOTIENT, j / (PLONK_CHUNKS + 2.0)));
        ZK_TRY(on_coset(s, k, j));
    }
    return ZK_OK;
}

zk_err round_quotient(struct proving *s)
{
    size_t mark = arena_mark(s->scratch);
    zk_err err = cosets(s);
    arena_release(s->scratch, mark);
    if (err != ZK_OK) return err;
    for (int i = 0; i < PLONK_CHUNKS; i++) memset(s->quotient[i] + s->n, 0, PLONK_PAD * sizeof(fr));
    pool_for_range(s->p->pool, s->n, SOLVE_BLOCK, solve_range, s);
    if (!s->options->unblinded) ZK_TRY(correct_for_blinding(s));
    const size_t len = s->options->unblinded ? s->n : s->n + PLONK_PAD;
    for (int i = 0; i < PLONK_CHUNKS; i++) {
        ZK_TRY(proving_step(s, PHASE_QUOTIENT, (PLONK_CHUNKS + 0.4 * i) / (PLONK_CHUNKS + 2.0)));
        ZK_TRY(proving_commit(s, &s->proof.quotient[i], s->quotient[i], len));
    }
    transcript_absorb_g1(&s->transcript, s->proof.quotient, PLONK_CHUNKS);
    transcript_challenge(&s->transcript, &s->c.zeta);
    return proving_step(s, PHASE_QUOTIENT, 1);
}
