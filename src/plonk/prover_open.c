/* Rounds 4 and 5: the values at zeta, zeta omega and their powers, and one opening for all (Boneh, Drake, Fisch,
 * Gabizon 2020, section 4), in which the divisor of a pack is X^K - y.
 *
 *   f_g = the sum of nu^i f_i over group g, r_g = the same of the remainders r_i modulo Z_g
 *   h   = sum over groups (f_g - r_g) / Z_g                                      -> [W] = [h]
 *   l   = sum over groups (f_g - r_g(u)) / Z_g(u) - h, which vanishes at u       -> [W'] = [l / (X - u)]
 * Dividing f_g by Z_g and dropping the remainder is dividing f_g - r_g. */
#include "plonk/prover_rounds.h"

#include <string.h>

static fr power_of_two(const fr *x, unsigned k)
{
    fr r = *x;
    while (k-- > 0) fr_sqr(&r, &r);
    return r;
}

zk_err round_values(struct proving *s)
{
    const struct cs *cs = s->cs;
    const struct proving_key *pk = s->p->pk;
    const fr *polys[PLONK_ADVICE + AUX_MAX];
    fr *values[2][PLONK_ADVICE + AUX_MAX];
    fr out[PLONK_ADVICE + AUX_MAX], next;
    size_t n[2] = {0, 0};
    ZK_TRY(proving_step(s, PHASE_VALUES, 0));
    fr_mul(&next, &s->c.zeta, &s->omega);
    for (int rot = 0; rot < 2; rot++) {
        for (int j = 0; j < PLONK_ADVICE; j++) {
            if (rot == 1 && !cs->next_used[j]) continue;
            polys[n[rot]] = s->advice[j];
            values[rot][n[rot]++] = &s->proof.advice_at[rot][j];
        }
        for (unsigned i = 0; i < AUX_MAX && rot == 1; i++) {
            if (!proof_has_aux(cs, i) || !proof_aux_next(i)) continue;
            polys[n[rot]] = s->aux[i];
            values[rot][n[rot]++] = &s->proof.aux_next[i];
        }
        poly_eval_many(out, polys, n[rot], s->len, rot == 0 ? &s->c.zeta : &next, s->p->pool);
        for (size_t i = 0; i < n[rot]; i++) *values[rot][i] = out[i];
    }
    fr y = power_of_two(&s->c.zeta, pk->vk.log_n - cs->config.log_t);
    for (uint32_t f = 0; f < cs->n_fixed_all; f++)
        poly_eval(&s->proof.fixed_at[f], pk->fixed[f], cs->period, &y, s->p->pool);
    if (cs->n_lookups > 0) {
        y = power_of_two(&s->c.zeta, pk->vk.log_n - cs->log_table);
        for (uint32_t w = 0; w < cs->table_width; w++)
            poly_eval(&s->proof.table_at[w], pk->table[w], (size_t)1 << cs->log_table, &y, s->p->pool);
    }
    proof_absorb_values(&s->transcript, &pk->vk, &s->proof);
    transcript_challenge(&s->transcript, &s->c.nu);
    return proving_step(s, PHASE_VALUES, 1);
}

enum { GROUP_A, GROUP_B, GROUP_C, GROUP_D, GROUP_E, GROUPS };

/* The batch in the making. Lengths are n + PLONK_PAD; a pack's is at most n. */
struct opening {
    struct proving *s;
    fr *f[GROUPS]; /* f_g, NULL for a group that is not there */
    fr *h, *work;
    fr nu_power;
    fr pack_y[2];
};

struct list {
    const fr *polys[PLONK_ADVICE + AUX_MAX + PLONK_CHUNKS];
    fr c[PLONK_ADVICE + AUX_MAX + PLONK_CHUNKS];
    size_t n;
};

static void list_add(struct opening *o, struct list *l, const fr *poly)
{
    l->polys[l->n] = poly;
    l->c[l->n++] = o->nu_power;
    fr_mul(&o->nu_power, &o->nu_power, &o->s->c.nu);
}

/* l = sum of factor_i column_i - (zeta^n - 1) sum of zeta^(i n) t_i: one place in the list. */
static zk_err add_linearization(struct opening *o, struct list *a)
{
    struct proving *s = o->s;
    const struct verifying_key *vk = &s->p->pk->vk;
    const fr one = FR_ONE;
    fr rest, factor[AUX_MAX], scale;
    zk_err err;
    if (!plonk_linearize(&rest, factor, &err, vk, s->w->publics, &s->c, &s->proof, s->scratch))
        return err != ZK_OK ? err : zk_fail(ZK_ERR_RANGE, "a challenge is a root of unity: prove with another seed");
    for (unsigned i = 0; i < AUX_MAX; i++) {
        if (!proof_has_aux(s->cs, i)) continue;
        a->polys[a->n] = s->aux[i];
        fr_mul(&a->c[a->n++], &factor[i], &o->nu_power);
    }
    const fr zeta_n = power_of_two(&s->c.zeta, vk->log_n);
    fr_sub(&scale, &one, &zeta_n);
    fr_mul(&scale, &scale, &o->nu_power);
    for (int i = 0; i < PLONK_CHUNKS; i++) {
        a->polys[a->n] = s->quotient[i];
        a->c[a->n++] = scale;
        fr_mul(&scale, &scale, &zeta_n);
    }
    fr_mul(&o->nu_power, &o->nu_power, &s->c.nu);
    return ZK_OK;
}

static zk_err combine_groups(struct opening *o)
{
    struct proving *s = o->s;
    struct list lists[3] = {{.n = 0}, {.n = 0}, {.n = 0}};
    for (int j = 0; j < PLONK_ADVICE; j++)
        if (!s->cs->next_used[j]) list_add(o, &lists[GROUP_A], s->advice[j]);
    ZK_TRY(add_linearization(o, &lists[GROUP_A]));
    for (int j = 0; j < PLONK_ADVICE; j++)
        if (s->cs->next_used[j]) list_add(o, &lists[GROUP_B], s->advice[j]);
    for (unsigned i = 0; i < AUX_MAX; i++)
        if (proof_has_aux(s->cs, i) && proof_aux_next(i)) list_add(o, &lists[GROUP_C], s->aux[i]);
    for (int g = GROUP_A; g <= GROUP_C; g++)
        poly_combine(o->f[g], lists[g].c, lists[g].polys, lists[g].n, s->n + PLONK_PAD, s->p->pool);
    return ZK_OK;
}

/* f[k K + i] += nu^c column_(c K + i)[k] for all packs c. */
static void combine_packs(struct opening *o, fr *f, fr *const *columns, uint32_t n_columns, size_t len,
                          unsigned log_pack)
{
    memset(f, 0, (len << log_pack) * sizeof(fr));
    for (uint32_t first = 0; first < n_columns; first += 1u << log_pack) {
        for (uint32_t i = first; i < first + (1u << log_pack) && i < n_columns; i++) {
            for (size_t k = 0; k < len; k++) {
                fr t;
                fr *at = &f[(k << log_pack) + i - first];
                fr_mul(&t, &columns[i][k], &o->nu_power);
                fr_add(at, at, &t);
            }
        }
        fr_mul(&o->nu_power, &o->nu_power, &o->s->c.nu);
    }
}

/* h += (f - r) / (X^K - y): q[i] = f[i + K] + y q[i + K], from the top. */
static void add_pack_quotient(struct opening *o, const fr *f, size_t len, unsigned log_pack, const fr *y)
{
    const size_t k = (size_t)1 << log_pack;
    fr *q = o->work;
    for (size_t i = len; i-- > 0;) {
        q[i] = FR_ZERO;
        if (i + k >= len) continue;
        fr_mul(&q[i], &q[i + k], y);
        fr_add(&q[i], &q[i], &f[i + k]);
        fr_add(&o->h[i], &o->h[i], &q[i]);
    }
}

/* h = the quotients of all groups, and [W]. */
static zk_err first_opening(struct opening *o)
{
    struct proving *s = o->s;
    const struct cs *cs = s->cs;
    const struct verifying_key *vk = &s->p->pk->vk;
    const size_t len = s->n + PLONK_PAD;
    const fr one = FR_ONE;
    fr next;
    fr_mul(&next, &s->c.zeta, &s->omega);
    poly_div_linear(o->h, NULL, o->f[GROUP_A], len, &s->c.zeta, s->p->pool);
    poly_div_linear(o->work, NULL, o->f[GROUP_B], len, &s->c.zeta, s->p->pool);
    poly_div_linear(o->work, NULL, o->work, len, &next, s->p->pool);
    poly_add_scaled(o->h, &one, o->work, len, s->p->pool);
    poly_div_linear(o->work, NULL, o->f[GROUP_C], len, &next, s->p->pool);
    poly_add_scaled(o->h, &one, o->work, len, s->p->pool);
    add_pack_quotient(o, o->f[GROUP_D], (size_t)cs->period << vk->log_pack, vk->log_pack, &o->pack_y[0]);
    if (o->f[GROUP_E] != NULL)
        add_pack_quotient(o, o->f[GROUP_E], (size_t)1 << (cs->log_table + vk->log_table_pack), vk->log_table_pack,
                          &o->pack_y[1]);
    ZK_TRY(proving_commit(s, &s->proof.w[0], o->h, s->options->unblinded ? s->n : len));
    transcript_absorb_g1(&s->transcript, &s->proof.w[0], 1);
    transcript_challenge(&s->transcript, &s->c.u);
    return proving_step(s, PHASE_OPENING, 0.5);
}

/* l, whose value at u is what the constant term makes zero; [W']. */
static zk_err second_opening(struct opening *o)
{
    struct proving *s = o->s;
    const struct cs *cs = s->cs;
    const struct verifying_key *vk = &s->p->pk->vk;
    const size_t len = s->n + PLONK_PAD;
    const fr one = FR_ONE;
    fr d, next, minus_one, z[GROUPS];
    fr_neg(&minus_one, &one);
    fr_mul(&next, &s->c.zeta, &s->omega);
    fr_sub(&z[GROUP_A], &s->c.u, &s->c.zeta);
    fr_sub(&z[GROUP_C], &s->c.u, &next);
    fr_mul(&z[GROUP_B], &z[GROUP_A], &z[GROUP_C]);
    d = power_of_two(&s->c.u, vk->log_pack);
    fr_sub(&z[GROUP_D], &d, &o->pack_y[0]);
    d = power_of_two(&s->c.u, vk->log_table_pack);
    fr_sub(&z[GROUP_E], &d, &o->pack_y[1]);
    for (int g = 0; g < GROUPS; g++) fr_inv_vartime(&z[g], &z[g]);
    const fr c[4] = {z[GROUP_A], z[GROUP_B], z[GROUP_C], minus_one};
    const fr *const polys[4] = {o->f[GROUP_A], o->f[GROUP_B], o->f[GROUP_C], o->h};
    poly_combine(o->work, c, polys, 4, len, s->p->pool);
    poly_add_scaled(o->work, &z[GROUP_D], o->f[GROUP_D], (size_t)cs->period << vk->log_pack, s->p->pool);
    if (o->f[GROUP_E] != NULL)
        poly_add_scaled(o->work, &z[GROUP_E], o->f[GROUP_E], (size_t)1 << (cs->log_table + vk->log_table_pack),
                        s->p->pool);
    /* The remainders r_g(u) only change the constant term, which division by X - u drops. */
    poly_div_linear(o->work, NULL, o->work, len, &s->c.u, s->p->pool);
    return proving_commit(s, &s->proof.w[1], o->work, s->options->unblinded ? s->n : len);
}

/* The temporaries are free by now. */
zk_err round_opening(struct proving *s)
{
    const struct cs *cs = s->cs;
    const struct proving_key *pk = s->p->pk;
    struct opening o = {.s = s, .h = s->temp[GROUPS], .work = s->temp[GROUPS + 1], .nu_power = FR_ONE};
    ZK_TRY(proving_step(s, PHASE_OPENING, 0));
    for (int g = GROUP_A; g <= GROUP_D; g++) o.f[g] = s->temp[g];
    ZK_TRY(combine_groups(&o));
    o.pack_y[0] = power_of_two(&s->c.zeta, pk->vk.log_n - cs->config.log_t);
    combine_packs(&o, o.f[GROUP_D], pk->fixed, cs->n_fixed_all, cs->period, pk->vk.log_pack);
    if (cs->n_lookups > 0) {
        o.f[GROUP_E] = s->temp[GROUP_E];
        o.pack_y[1] = power_of_two(&s->c.zeta, pk->vk.log_n - cs->log_table);
        combine_packs(&o, o.f[GROUP_E], pk->table, cs->table_width, (size_t)1 << cs->log_table, pk->vk.log_table_pack);
    }
    ZK_TRY(first_opening(&o));
    ZK_TRY(second_opening(&o));
    return proving_step(s, PHASE_OPENING, 1);
}
