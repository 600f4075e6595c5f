#include "plonk/verifier.h"

#include "base/bytes.h"
#include "curve/msm.h"
#include "curve/pairing.h"

#include <string.h>

#define TERMS_MAX (PLONK_POINTS_MAX + PLONK_FIXED_MAX + PLONK_TUPLE_MAX + 2)

void plonk_challenges(struct plonk_challenges *c, const struct verifying_key *vk, const fr *publics, uint32_t n_public,
                      const struct proof *proof)
{
    const struct cs *cs = vk->cs;
    struct transcript t;
    fr omega;
    transcript_init(&t, vk->transcript, vk->digest);
    transcript_absorb_fr(&t, publics, n_public);
    transcript_absorb_g1(&t, proof->advice, PLONK_ADVICE);
    if (cs->n_lookups > 0) transcript_absorb_g1(&t, &proof->aux[AUX_M], 1);
    for (int i = CHALLENGE_BETA; i <= CHALLENGE_LAMBDA; i++) transcript_challenge(&t, &c->round1[i]);
    fr_root_of_unity(&omega, vk->log_n);
    fr_inv_vartime(&c->round1[CHALLENGE_OMEGA_LAST], &omega);
    for (unsigned i = AUX_Z; i < AUX_MAX; i++)
        if (proof_has_aux(cs, i)) transcript_absorb_g1(&t, &proof->aux[i], 1);
    transcript_challenge(&t, &c->alpha);
    transcript_absorb_g1(&t, proof->quotient, PLONK_CHUNKS);
    transcript_challenge(&t, &c->zeta);
    proof_absorb_values(&t, vk, proof);
    transcript_challenge(&t, &c->nu);
    transcript_absorb_g1(&t, &proof->w[0], 1);
    transcript_challenge(&t, &c->u);
    transcript_absorb_g1(&t, &proof->w[1], 1);
    transcript_challenge(&t, &c->end);
}

/* x^(2^k) */
static fr square_times(const fr *x, unsigned k)
{
    fr r = *x;
    while (k-- > 0) fr_sqr(&r, &r);
    return r;
}

/* L_first(zeta), L_last(zeta) = L_first(omega zeta); false if zeta is in the group. */
static bool lagrange_ends(struct expr_point *at, const struct verifying_key *vk, const fr *zeta)
{
    const fr one = FR_ONE;
    fr vanish = square_times(zeta, vk->log_n);
    fr omega, n, d;
    fr_sub(&vanish, &vanish, &one);
    if (fr_is_zero(&vanish)) return false;
    fr_from_u64(&n, (uint64_t)1 << vk->log_n);
    fr_sub(&d, zeta, &one);
    fr_mul(&d, &d, &n);
    fr_inv_vartime(&d, &d);
    fr_mul(&at->first, &vanish, &d);
    fr_root_of_unity(&omega, vk->log_n);
    fr_mul(&d, zeta, &omega);
    fr_sub(&d, &d, &one);
    fr_mul(&d, &d, &n);
    fr_inv_vartime(&d, &d);
    fr_mul(&at->last, &vanish, &d);
    return true;
}

static bool linearize(fr *rest, fr factor[AUX_MAX], zk_err *err, const struct verifying_key *vk, const fr *publics,
                      const struct plonk_challenges *c, const struct proof *proof, struct arena *scratch)
{
    const struct cs *cs = vk->cs;
    fr *alphas = arena_push(scratch, fr, cs->n_alphas);
    fr *values = arena_push(scratch, fr, cs->graph.n_nodes);
    bool *used = arena_push(scratch, bool, cs->graph.n_nodes);
    *err = alphas != NULL && values != NULL && used != NULL ? ZK_OK : ZK_ERR_FULL;
    if (*err != ZK_OK) return false;
    alphas[0] = FR_ONE;
    for (uint32_t i = 1; i < cs->n_alphas; i++) fr_mul(&alphas[i], &alphas[i - 1], &c->alpha);
    struct expr_point at = {.advice = {proof->advice_at[0], proof->advice_at[1]},
                            .aux = {NULL, proof->aux_next},
                            .fixed = proof->fixed_at,
                            .table = proof->table_at,
                            .publics = publics,
                            .challenges = c->round1,
                            .alphas = alphas,
                            .x = c->zeta};
    if (!lagrange_ends(&at, vk, &c->zeta)) return false;
    memset(used, 0, cs->graph.n_nodes);
    expr_mark(&cs->graph, cs->rest, used);
    for (unsigned i = 0; i < AUX_MAX; i++) expr_mark(&cs->graph, cs->aux_factor[i], used);
    expr_eval(&cs->graph, &at, used, values);
    *rest = values[cs->rest.id];
    for (unsigned i = 0; i < AUX_MAX; i++) factor[i] = values[cs->aux_factor[i].id]; /* node 0 is the constant 0 */
    return true;
}

bool plonk_linearize(fr *rest, fr factor[AUX_MAX], zk_err *err, const struct verifying_key *vk, const fr *publics,
                     const struct plonk_challenges *c, const struct proof *proof, struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    bool ok = linearize(rest, factor, err, vk, publics, c, proof, scratch);
    arena_release(scratch, mark);
    return ok;
}

struct check {
    const struct verifying_key *vk;
    const struct proof *proof;
    struct plonk_challenges c;
    fr omega;
    fr rest, factor[AUX_MAX];
    /* the sum of scalar * point, and of scalar * generator */
    g1_affine points[TERMS_MAX];
    fr scalars[TERMS_MAX];
    uint32_t n_terms;
    uint32_t aux_term[AUX_MAX]; /* where each auxiliary column's commitment stands */
    fr generator;
    fr nu_power;
};

/* points += nu^i / Z(u) * commitment; returns nu^i and moves on. */
static fr add_commitment(struct check *k, const g1_affine *commitment, const fr *z_inv)
{
    const fr power = k->nu_power;
    assert(k->n_terms < TERMS_MAX);
    k->points[k->n_terms] = *commitment;
    fr_mul(&k->scalars[k->n_terms++], &power, z_inv);
    fr_mul(&k->nu_power, &k->nu_power, &k->c.nu);
    return power;
}

/* sum += power * value */
static void add_scaled(fr *sum, const fr *power, const fr *value)
{
    fr t;
    fr_mul(&t, power, value);
    fr_add(sum, sum, &t);
}

/* generator -= r * z_inv */
static void subtract_remainder(struct check *k, const fr *r, const fr *z_inv)
{
    fr t;
    fr_mul(&t, r, z_inv);
    fr_sub(&k->generator, &k->generator, &t);
}

/* l = sum of factor_i column_i - (zeta^n - 1) sum of zeta^(i n) t_i, whose value at zeta is -rest: one place in the
 * list. */
static void add_linearization(struct check *k, const fr *z_inv, fr *r)
{
    const fr one = FR_ONE;
    const fr power = k->nu_power;
    fr scale, zeta_n, t;
    fr_mul(&scale, &power, z_inv);
    for (unsigned i = 0; i < AUX_MAX; i++) {
        if (!proof_has_aux(k->vk->cs, i)) continue;
        k->aux_term[i] = k->n_terms;
        k->points[k->n_terms] = k->proof->aux[i];
        fr_mul(&k->scalars[k->n_terms++], &scale, &k->factor[i]);
    }
    zeta_n = square_times(&k->c.zeta, k->vk->log_n);
    fr_sub(&t, &one, &zeta_n);
    fr_mul(&scale, &scale, &t);
    for (int i = 0; i < PLONK_CHUNKS; i++) {
        k->points[k->n_terms] = k->proof->quotient[i];
        k->scalars[k->n_terms++] = scale;
        fr_mul(&scale, &scale, &zeta_n);
    }
    fr_mul(&t, &power, &k->rest);
    fr_sub(r, r, &t);
    fr_mul(&k->nu_power, &k->nu_power, &k->c.nu);
}

static void group_a(struct check *k, const fr *z_inv)
{
    const struct proof *p = k->proof;
    fr r = FR_ZERO;
    for (int j = 0; j < PLONK_ADVICE; j++) {
        if (k->vk->cs->next_used[j]) continue;
        fr power = add_commitment(k, &p->advice[j], z_inv);
        add_scaled(&r, &power, &p->advice_at[0][j]);
    }
    add_linearization(k, z_inv, &r);
    subtract_remainder(k, &r, z_inv);
}

/* The remainder is the line through the values at zeta and zeta omega. */
static void group_b(struct check *k, const fr *z_inv)
{
    const struct cs *cs = k->vk->cs;
    const struct proof *p = k->proof;
    fr at[2] = {FR_ZERO, FR_ZERO};
    for (int j = 0; j < PLONK_ADVICE; j++) {
        if (!cs->next_used[j]) continue;
        fr power = add_commitment(k, &p->advice[j], z_inv);
        for (int rot = 0; rot < 2; rot++) add_scaled(&at[rot], &power, &p->advice_at[rot][j]);
    }
    fr next, slope, run, r;
    fr_mul(&next, &k->c.zeta, &k->omega);
    fr_sub(&run, &next, &k->c.zeta);
    fr_inv_vartime(&run, &run);
    fr_sub(&slope, &at[1], &at[0]);
    fr_mul(&slope, &slope, &run);
    fr_sub(&r, &k->c.u, &k->c.zeta);
    fr_mul(&r, &r, &slope);
    fr_add(&r, &r, &at[0]);
    subtract_remainder(k, &r, z_inv);
}

/* The commitments are in the list already, as parts of l. */
static void group_c(struct check *k, const fr *z_inv)
{
    fr r = FR_ZERO;
    for (unsigned i = 0; i < AUX_MAX; i++) {
        if (!proof_has_aux(k->vk->cs, i) || !proof_aux_next(i)) continue;
        add_scaled(&r, &k->nu_power, &k->proof->aux_next[i]);
        add_scaled(&k->scalars[k->aux_term[i]], &k->nu_power, z_inv);
        fr_mul(&k->nu_power, &k->nu_power, &k->c.nu);
    }
    subtract_remainder(k, &r, z_inv);
}

/* The remainder of a pack is sum u^i value_i. */
static void group_packs(struct check *k, const g1_affine *commits, uint32_t n_commits, const fr *values,
                        uint32_t n_values, unsigned log_pack, const fr *z_inv)
{
    fr r = FR_ZERO;
    for (uint32_t c = 0; c < n_commits; c++) {
        fr power = add_commitment(k, &commits[c], z_inv);
        for (uint32_t i = c << log_pack; i < (c + 1) << log_pack && i < n_values; i++) {
            add_scaled(&r, &power, &values[i]);
            fr_mul(&power, &power, &k->c.u);
        }
    }
    subtract_remainder(k, &r, z_inv);
}

/* 1 / (x - y); false if there is none. */
static bool inverse_of_difference(fr *out, const fr *x, const fr *y)
{
    fr_sub(out, x, y);
    if (fr_is_zero(out)) return false;
    fr_inv_vartime(out, out);
    return true;
}

static bool collect(struct check *k)
{
    const struct verifying_key *vk = k->vk;
    const struct cs *cs = vk->cs;
    fr za, zb, zc, zd, next;
    k->nu_power = FR_ONE;
    k->generator = FR_ZERO;
    fr_mul(&next, &k->c.zeta, &k->omega);
    if (!inverse_of_difference(&za, &k->c.u, &k->c.zeta)) return false;
    if (!inverse_of_difference(&zc, &k->c.u, &next)) return false;
    fr_mul(&zb, &zc, &za);
    group_a(k, &za);
    group_b(k, &zb);
    group_c(k, &zc);
    fr y = square_times(&k->c.zeta, vk->log_n - cs->config.log_t);
    fr uk = square_times(&k->c.u, vk->log_pack);
    if (!inverse_of_difference(&zd, &uk, &y)) return false;
    group_packs(k, vk->fixed_commits, vk->n_fixed_commits, k->proof->fixed_at, cs->n_fixed_all, vk->log_pack, &zd);
    if (cs->n_lookups == 0) return true;
    y = square_times(&k->c.zeta, vk->log_n - cs->log_table);
    uk = square_times(&k->c.u, vk->log_table_pack);
    if (!inverse_of_difference(&zd, &uk, &y)) return false;
    group_packs(k, vk->table_commits, vk->n_table_commits, k->proof->table_at, cs->table_width, vk->log_table_pack,
                &zd);
    return true;
}

/* lhs = sum of the terms + generator * G - W + u W' */
static zk_err finish(struct check *k, g1_affine *lhs, uint32_t *n_products, struct arena *scratch)
{
    g1_jac sum, w;
    g1_affine minus_w;
    k->points[k->n_terms] = G1_GENERATOR;
    k->scalars[k->n_terms++] = k->generator;
    k->points[k->n_terms] = k->proof->w[1];
    k->scalars[k->n_terms++] = k->c.u;
    if (n_products != NULL) *n_products = k->n_terms;
    ZK_TRY(g1_msm(&sum, k->points, k->scalars, k->n_terms, NULL, scratch));
    g1_affine_neg(&minus_w, &k->proof->w[0]);
    g1_jac_from_affine(&w, &minus_w);
    g1_jac_add(&sum, &sum, &w);
    g1_jac_to_affine(lhs, &sum);
    return ZK_OK;
}

static zk_err final_points(bool *ok, g1_affine *lhs, g1_affine *rhs, uint32_t *n_products, fr *end,
                           const struct plonk_claim *claim, struct arena *scratch)
{
    struct check *k = arena_push(scratch, struct check, 1);
    struct proof *proof = arena_push(scratch, struct proof, 1);
    zk_err err = ZK_OK;
    *ok = false;
    if (k == NULL || proof == NULL) return ZK_ERR_FULL;
    if (claim->n_public != claim->vk->cs->config.n_public) return ZK_OK;
    if (!proof_decode(proof, claim->vk, claim->proof, claim->proof_len)) return ZK_OK;
    k->vk = claim->vk;
    k->proof = proof;
    k->n_terms = 0;
    fr_root_of_unity(&k->omega, claim->vk->log_n);
    plonk_challenges(&k->c, claim->vk, claim->publics, claim->n_public, proof);
    if (!plonk_linearize(&k->rest, k->factor, &err, k->vk, claim->publics, &k->c, proof, scratch)) return err;
    if (!collect(k)) return ZK_OK;
    ZK_TRY(finish(k, lhs, n_products, scratch));
    *rhs = proof->w[1];
    *end = k->c.end;
    *ok = true;
    return ZK_OK;
}

zk_err plonk_final_points(bool *ok, g1_affine *lhs, g1_affine *rhs, uint32_t *n_products, fr *end,
                          const struct plonk_claim *claim, struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    zk_err err = final_points(ok, lhs, rhs, n_products, end, claim, scratch);
    arena_release(scratch, mark);
    return err;
}

/* Is e(lhs, [1]) = e(rhs, [tau])? */
static bool paired(const g1_affine *lhs, const g1_affine *rhs, const g2_affine *g2_tau)
{
    g1_affine p[2] = {*lhs};
    const g2_affine q[2] = {G2_GENERATOR, *g2_tau};
    g1_affine_neg(&p[1], rhs);
    return pairing_check(p, q, 2);
}

zk_err plonk_verify(bool *ok, const struct plonk_claim *claim, struct arena *scratch)
{
    g1_affine lhs, rhs;
    fr end;
    ZK_TRY(plonk_final_points(ok, &lhs, &rhs, NULL, &end, claim, scratch));
    if (*ok) *ok = paired(&lhs, &rhs, &claim->vk->g2_tau);
    return ZK_OK;
}

/* Weights 1, keccak256(all ends, i): each depends on every proof. */
static void batch_weight(fr *weight, const uint8_t seed[32], uint64_t i)
{
    uint8_t block[40], digest[32];
    if (i == 0) {
        *weight = FR_ONE;
        return;
    }
    memcpy(block, seed, 32);
    store_be64(block + 32, i);
    keccak256(digest, block, sizeof(block));
    fr_from_be32_reduce(weight, digest);
}

static zk_err verify_batch(bool *ok, const struct plonk_claim *claims, size_t n, struct arena *scratch)
{
    g1_affine *lhs = arena_push(scratch, g1_affine, n);
    g1_affine *rhs = arena_push(scratch, g1_affine, n);
    fr *weights = arena_push(scratch, fr, n);
    struct keccak256 hash;
    uint8_t seed[32], bytes[32];
    if (lhs == NULL || rhs == NULL || weights == NULL) return ZK_ERR_FULL;
    keccak256_init(&hash);
    for (size_t i = 0; i < n; i++) {
        fr end;
        if (!g2_affine_eq(&claims[i].vk->g2_tau, &claims[0].vk->g2_tau))
            return zk_fail(ZK_ERR_RANGE, "claims %zu and 0 are of different SRSs", i);
        ZK_TRY(plonk_final_points(ok, &lhs[i], &rhs[i], NULL, &end, &claims[i], scratch));
        if (!*ok) return ZK_OK;
        fr_to_be32(bytes, &end);
        keccak256_update(&hash, claims[i].vk->digest, 32);
        keccak256_update(&hash, bytes, 32);
    }
    keccak256_final(&hash, seed);
    for (size_t i = 0; i < n; i++) batch_weight(&weights[i], seed, i);
    g1_jac sum[2];
    g1_affine pair[2];
    ZK_TRY(g1_msm(&sum[0], lhs, weights, n, NULL, scratch));
    ZK_TRY(g1_msm(&sum[1], rhs, weights, n, NULL, scratch));
    for (int i = 0; i < 2; i++) g1_jac_to_affine(&pair[i], &sum[i]);
    *ok = paired(&pair[0], &pair[1], &claims[0].vk->g2_tau);
    return ZK_OK;
}

zk_err plonk_verify_batch(bool *ok, const struct plonk_claim *claims, size_t n, struct arena *scratch)
{
    *ok = n == 0;
    if (n == 0) return ZK_OK;
    size_t mark = arena_mark(scratch);
    zk_err err = verify_batch(ok, claims, n, scratch);
    if (err != ZK_OK) *ok = false;
    arena_release(scratch, mark);
    return err;
}

size_t verifier_scratch_len(const struct verifying_key *vk)
{
    return sizeof(struct check) + sizeof(struct proof) + vk->cs->graph.n_nodes * (sizeof(fr) + 1) +
           vk->cs->n_alphas * sizeof(fr) + g1_msm_scratch_len(TERMS_MAX, 1) + 4096;
}
