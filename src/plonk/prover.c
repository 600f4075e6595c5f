/* Set-up, the driver, and rounds 1 and 2: advice, multiplicities, grand product and lookup sums. */
#include "plonk/prover.h"

#include "base/bytes.h"
#include "plonk/check.h"
#include "plonk/prover_rounds.h"

#include <string.h>
#include <time.h>

const char *prover_phase_str(prover_phase phase)
{
    static const char *const names[PHASE_COUNT] = {"check", "advice", "products", "quotient", "values", "opening"};
    return names[phase];
}

const struct prover_times *prover_times(const struct prover *p)
{
    return &p->times;
}

double proving_now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

zk_err proving_step(struct proving *s, prover_phase phase, double fraction)
{
    const struct prover_options *o = s->options;
    if (o->progress == NULL || o->progress(o->progress_ctx, phase, fraction)) return ZK_OK;
    return zk_fail(ZK_ERR_CANCELLED, "the proof was cancelled in phase %s", prover_phase_str(phase));
}

zk_err proving_commit(struct proving *s, g1_affine *out, const fr *coefficients, size_t len)
{
    g1_jac sum;
    double start = proving_now_s();
    if (s->p->basis != NULL)
        ZK_TRY(g1_msm_fixed(&sum, s->p->basis, coefficients, len, s->p->pool, s->scratch));
    else
        ZK_TRY(g1_msm(&sum, s->p->srs->g1, coefficients, len, s->p->pool, s->scratch));
    g1_jac_to_affine(out, &sum);
    s->p->times.commit += proving_now_s() - start;
    return ZK_OK;
}

/* ---- blinding */

/* A key that no other proof has: from the seed, the claim and the witness itself. */
static void blinding_begin(struct proving *s)
{
    struct keccak256 k;
    if (s->options->unblinded) return;
    keccak256_init(&k);
    keccak256_update(&k, s->options->seed, 32);
    keccak256_update(&k, s->p->pk->vk.digest, 32);
    keccak256_update(&k, s->w->publics, s->w->n_public * sizeof(fr));
    for (int j = 0; j < PLONK_ADVICE; j++) keccak256_update(&k, s->w->advice[j], s->n * sizeof(fr));
    keccak256_final(&k, s->blinding_key);
}

void proving_blinder(struct proving *s, fr *out)
{
    uint8_t block[41], wide[64];
    memcpy(block, s->blinding_key, 32);
    store_be64(block + 32, s->blinders_made++);
    for (uint8_t half = 0; half < 2; half++) {
        block[40] = half;
        keccak256(wide + 32 * half, block, sizeof(block));
    }
    fr_from_be64_reduce(out, wide);
    zk_wipe(block, sizeof(block));
    zk_wipe(wide, sizeof(wide));
}

/* p += (b_0 + b_1 X + b_2 X^2) (X^n - 1): the same values on the rows. */
static void blind(struct proving *s, fr *p)
{
    if (s->options->unblinded) return;
    for (size_t i = 0; i < BLINDERS; i++) {
        fr b;
        proving_blinder(s, &b);
        fr_sub(&p[i], &p[i], &b);
        fr_add(&p[s->n + i], &p[s->n + i], &b);
    }
}

/* ---- round 1 */

static zk_err interpolate(struct proving *s, fr *const *dst, const fr *const *src, size_t count)
{
    double start = proving_now_s();
    ZK_TRY(ntt_interpolate_coset(s->p->domain, dst, src, count, NULL, s->p->pool, s->scratch));
    for (size_t i = 0; i < count; i++) {
        memset(dst[i] + s->n, 0, PLONK_PAD * sizeof(fr));
        blind(s, dst[i]);
    }
    s->p->times.ntt += proving_now_s() - start;
    return ZK_OK;
}

struct counting {
    const struct proving *s;
    uint32_t *counts[POOL_THREADS_MAX];
    fr *values[POOL_THREADS_MAX];
    uint32_t *nodes[PLONK_LOOKUPS_MAX];
    size_t n_nodes[PLONK_LOOKUPS_MAX];
};

#define COUNT_ROWS 2048

/* Tuples that are not in the table are not counted: the witness is wrong, and the proof will not verify. */
static void count_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct counting *c = ctx;
    const struct cs *cs = c->s->cs;
    const struct witness *w = c->s->w;
    fr cells[2][PLONK_ADVICE], fixed[PLONK_FIXED_MAX], tuple[PLONK_TUPLE_MAX];
    struct expr_point at = {.advice = {cells[0], cells[1]}, .fixed = fixed, .publics = w->publics};
    uint64_t any = 0;
    for (uint32_t l = 0; l < cs->n_lookups; l++) any |= 1ULL << cs->lookups[l].bit;
    for (size_t row = begin; row < end; row++) {
        const size_t in_period = row & (cs->period - 1);
        if ((cs->active[in_period] & any) == 0) continue;
        const size_t next = (row + 1) & (c->s->n - 1);
        for (int j = 0; j < PLONK_ADVICE; j++) {
            cells[0][j] = w->advice[j][row];
            cells[1][j] = w->advice[j][next];
        }
        for (uint32_t f = 0; f < cs->n_fixed; f++) fixed[f] = cs->fixed[f][in_period];
        for (uint32_t l = 0; l < cs->n_lookups; l++) {
            uint32_t found;
            if (!cs_is_on(cs, (uint32_t)in_period, cs->lookups[l].bit)) continue;
            expr_eval_list(&cs->graph, &at, c->nodes[l], c->n_nodes[l], c->values[worker]);
            for (uint32_t t = 0; t < cs->table_width; t++) tuple[t] = c->values[worker][cs->lookups[l].tuple[t].id];
            if (cs_table_find(cs, tuple, &found)) c->counts[worker][found]++;
        }
    }
}

static zk_err counting_prepare(struct counting *c, struct arena *scratch)
{
    const struct cs *cs = c->s->cs;
    bool *used = arena_push(scratch, bool, cs->graph.n_nodes);
    if (used == NULL) return ZK_ERR_FULL;
    for (uint32_t l = 0; l < cs->n_lookups; l++) {
        memset(used, 0, cs->graph.n_nodes);
        for (uint32_t t = 0; t < cs->table_width; t++) expr_mark(&cs->graph, cs->lookups[l].tuple[t], used);
        c->nodes[l] = arena_push(scratch, uint32_t, cs->graph.n_nodes);
        if (c->nodes[l] == NULL) return ZK_ERR_FULL;
        for (uint32_t i = 0; i < cs->graph.n_nodes; i++)
            if (used[i]) c->nodes[l][c->n_nodes[l]++] = i;
    }
    for (unsigned t = 0; t < pool_threads(c->s->p->pool); t++) {
        c->counts[t] = arena_push(scratch, uint32_t, cs->table_rows);
        c->values[t] = arena_push(scratch, fr, cs->graph.n_nodes);
        if (c->counts[t] == NULL || c->values[t] == NULL) return ZK_ERR_FULL;
        memset(c->counts[t], 0, cs->table_rows * sizeof(uint32_t));
    }
    return ZK_OK;
}

/* m: in the first repetition of the table, how often each row is looked up; zero in the others. */
static zk_err count_lookups(struct proving *s, fr *m)
{
    struct counting c = {.s = s};
    size_t mark = arena_mark(s->scratch);
    zk_err err = counting_prepare(&c, s->scratch);
    if (err != ZK_OK) goto out;
    pool_for_range(s->p->pool, s->n, COUNT_ROWS, count_range, &c);
    memset(m, 0, s->n * sizeof(fr));
    for (uint32_t i = 0; i < s->cs->table_rows; i++) {
        uint64_t sum = 0;
        for (unsigned t = 0; t < pool_threads(s->p->pool); t++) sum += c.counts[t][i];
        fr_from_u64(&m[i], sum);
    }
out:
    arena_release(s->scratch, mark);
    return err;
}

/* Temporaries 0 .. are free for round 2, except the multiplicities' values. */
#define TEMP_M (TEMPS - 1)

static zk_err round_advice(struct proving *s)
{
    const struct cs *cs = s->cs;
    const fr *values[PLONK_ADVICE];
    for (int j = 0; j < PLONK_ADVICE; j++) values[j] = s->w->advice[j];
    ZK_TRY(interpolate(s, s->advice, values, PLONK_ADVICE));
    for (int j = 0; j < PLONK_ADVICE; j++) {
        ZK_TRY(proving_step(s, PHASE_ADVICE, j / (PLONK_ADVICE + 1.0)));
        ZK_TRY(proving_commit(s, &s->proof.advice[j], s->advice[j], s->len));
    }
    transcript_init(&s->transcript, s->p->pk->vk.transcript, s->p->pk->vk.digest);
    transcript_absorb_fr(&s->transcript, s->w->publics, s->w->n_public);
    transcript_absorb_g1(&s->transcript, s->proof.advice, PLONK_ADVICE);
    if (cs->n_lookups > 0) {
        const fr *m[1] = {s->temp[TEMP_M]};
        ZK_TRY(count_lookups(s, s->temp[TEMP_M]));
        ZK_TRY(interpolate(s, &s->aux[AUX_M], m, 1));
        ZK_TRY(proving_commit(s, &s->proof.aux[AUX_M], s->aux[AUX_M], s->len));
        transcript_absorb_g1(&s->transcript, &s->proof.aux[AUX_M], 1);
    }
    for (int i = CHALLENGE_BETA; i <= CHALLENGE_LAMBDA; i++) transcript_challenge(&s->transcript, &s->c.round1[i]);
    fr_inv_vartime(&s->c.round1[CHALLENGE_OMEGA_LAST], &s->omega);
    return proving_step(s, PHASE_ADVICE, 1);
}

/* ---- round 2 */

void proving_inputs(const struct proving *s, struct program_inputs *in)
{
    *in = (struct program_inputs){.log_n = s->p->pk->vk.log_n,
                                  .fixed_len = s->cs->period,
                                  .table_len = (size_t)1 << s->cs->log_table,
                                  .publics = s->w->publics,
                                  .challenges = s->c.round1,
                                  .alphas = s->alphas,
                                  .shift = FR_ONE,
                                  .omega = s->omega};
}

static void row_inputs(const struct proving *s, struct program_inputs *in)
{
    proving_inputs(s, in);
    for (int j = 0; j < PLONK_ADVICE; j++) in->advice[j] = s->w->advice[j];
    for (uint32_t f = 0; f < s->cs->n_fixed; f++) in->fixed[f] = s->cs->fixed[f];
    for (uint32_t j = 0; j < PLONK_COPY; j++) in->fixed[s->cs->sigma_first + j] = s->p->pk->labels[j];
    for (uint32_t t = 0; t < PLONK_TUPLE_MAX; t++) in->table[t] = s->cs->table[t];
    in->aux[AUX_M] = s->temp[TEMP_M];
}

struct pair {
    fr *out;
    const fr *a, *b;
};

static void multiply_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct pair *p = ctx;
    (void)worker;
    fr_kernels()->mul(p->out + begin, p->a + begin, p->b + begin, end - begin);
}

static void add_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct pair *p = ctx;
    (void)worker;
    fr_kernels()->add(p->out + begin, p->a + begin, p->b + begin, end - begin);
}

#define VECTOR_GRAIN 4096

/* out[i] = numerator / denominator of a program with these two roots; temporaries 0 and 1 are used. */
static zk_err fractions(struct proving *s, fr *out, const struct program *program)
{
    struct program_inputs in;
    fr *roots[2] = {s->temp[0], s->temp[1]};
    row_inputs(s, &in);
    double start = proving_now_s();
    ZK_TRY(program_run(program, roots, &in, s->p->pool, s->scratch));
    ZK_TRY(poly_batch_inv(roots[1], roots[1], s->n, s->p->pool, s->scratch));
    struct pair p = {out, roots[0], roots[1]};
    pool_for_range(s->p->pool, s->n, VECTOR_GRAIN, multiply_range, &p);
    s->p->times.evaluate += proving_now_s() - start;
    return ZK_OK;
}

/* In place: values to a committed, absorbed polynomial. */
static zk_err finish_column(struct proving *s, unsigned aux)
{
    fr *const dst[1] = {s->aux[aux]};
    const fr *const src[1] = {s->aux[aux]};
    ZK_TRY(interpolate(s, dst, src, 1));
    return proving_commit(s, &s->proof.aux[aux], s->aux[aux], s->len);
}

/* z(omega^i) = the product of num / den over the rows before i. */
static zk_err grand_product(struct proving *s)
{
    ZK_TRY(fractions(s, s->aux[AUX_Z], s->p->copies));
    poly_prefix_product(s->aux[AUX_Z], NULL, s->aux[AUX_Z], s->n, s->p->pool);
    return finish_column(s, AUX_Z);
}

/* phi(omega^i) = the sum of all fractions over the rows before i; the helpers are the fractions of the later sums. */
static zk_err lookup_sums(struct proving *s)
{
    const uint32_t n_chunks = s->cs->n_chunks;
    fr *phi = s->aux[AUX_PHI];
    ZK_TRY(fractions(s, phi, s->p->sums[0]));
    for (uint32_t c = 1; c < n_chunks; c++) {
        fr *helper = s->aux[AUX_HELPER + c - 1];
        ZK_TRY(fractions(s, helper, s->p->sums[c]));
        struct pair p = {phi, phi, helper};
        pool_for_range(s->p->pool, s->n, VECTOR_GRAIN, add_range, &p);
    }
    poly_prefix_sum(phi, NULL, phi, s->n, s->p->pool);
    ZK_TRY(finish_column(s, AUX_PHI));
    for (uint32_t c = 1; c < n_chunks; c++) {
        ZK_TRY(proving_step(s, PHASE_PRODUCTS, (double)c / n_chunks));
        ZK_TRY(finish_column(s, AUX_HELPER + c - 1));
    }
    return ZK_OK;
}

static zk_err round_products(struct proving *s)
{
    ZK_TRY(grand_product(s));
    ZK_TRY(proving_step(s, PHASE_PRODUCTS, 0.5));
    if (s->cs->n_lookups > 0) ZK_TRY(lookup_sums(s));
    for (unsigned i = AUX_Z; i < AUX_MAX; i++)
        if (proof_has_aux(s->cs, i)) transcript_absorb_g1(&s->transcript, &s->proof.aux[i], 1);
    transcript_challenge(&s->transcript, &s->c.alpha);
    s->alphas[0] = FR_ONE;
    for (uint32_t i = 1; i < s->cs->n_alphas; i++) fr_mul(&s->alphas[i], &s->alphas[i - 1], &s->c.alpha);
    return proving_step(s, PHASE_PRODUCTS, 1);
}

/* ---- the driver */

static zk_err check_first(struct proving *s)
{
    struct check_failure *f;
    bool ok;
    if (s->options->unchecked) return ZK_OK;
    ZK_TRY(proving_step(s, PHASE_CHECK, 0));
    f = arena_push(s->scratch, struct check_failure, 1);
    if (f == NULL) return ZK_ERR_FULL;
    ZK_TRY(check_witness(&ok, f, s->cs, s->w, s->p->pool, s->scratch));
    if (ok) return ZK_OK;
    /* The place only: the lines after it have the cells, and the witness may be secret. */
    return zk_fail(ZK_ERR_INPUT, "the witness does not satisfy the circuit: %.*s", (int)strcspn(f->text, "\n"),
                   f->text);
}

static zk_err columns(fr **out, size_t count, size_t n, struct arena *scratch)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = arena_push(scratch, fr, n + PLONK_PAD);
        if (out[i] == NULL) return ZK_ERR_FULL;
    }
    return ZK_OK;
}

static zk_err rounds(struct proving *s)
{
    static zk_err (*const steps[PHASE_COUNT])(struct proving *) = {check_first,    round_advice, round_products,
                                                                   round_quotient, round_values, round_opening};
    ZK_TRY(columns(s->advice, PLONK_ADVICE, s->n, s->scratch));
    ZK_TRY(columns(s->aux, AUX_MAX, s->n, s->scratch));
    ZK_TRY(columns(s->quotient, PLONK_CHUNKS, s->n, s->scratch));
    ZK_TRY(columns(s->temp, TEMPS, s->n, s->scratch));
    s->alphas = arena_push(s->scratch, fr, s->cs->n_alphas);
    if (s->alphas == NULL) return ZK_ERR_FULL;
    blinding_begin(s);
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        double start = proving_now_s();
        ZK_TRY(steps[phase](s));
        s->p->times.phase[phase] = proving_now_s() - start;
    }
    return ZK_OK;
}

zk_err plonk_prove(uint8_t *out, struct prover *p, const struct witness *w, const struct prover_options *options,
                   struct arena *scratch)
{
    const struct verifying_key *vk = &p->pk->vk;
    if (w->log_n != vk->log_n || w->n_public != vk->cs->config.n_public)
        return zk_fail(ZK_ERR_RANGE, "a witness of 2^%u rows and %u public inputs for a key of 2^%u rows and %u",
                       w->log_n, w->n_public, vk->log_n, vk->cs->config.n_public);
    size_t mark = arena_mark(scratch);
    zk_err err = ZK_ERR_FULL;
    struct proving *s = arena_push(scratch, struct proving, 1);
    if (s == NULL) goto out;
    memset(s, 0, sizeof(*s));
    memset(&p->times, 0, sizeof(p->times));
    s->p = p;
    s->cs = vk->cs;
    s->w = w;
    s->options = options;
    s->scratch = scratch;
    s->n = (size_t)1 << vk->log_n;
    s->len = options->unblinded ? s->n : s->n + BLINDERS;
    fr_root_of_unity(&s->omega, vk->log_n);
    err = rounds(s);
    if (err == ZK_OK) proof_encode(out, vk, &s->proof);
    zk_wipe(s->blinding_key, sizeof(s->blinding_key));
out:
    arena_release(scratch, mark);
    return err;
}

/* ---- set-up */

static zk_err compile_all(struct prover *p, struct arena *arena)
{
    const struct cs *cs = p->pk->vk.cs;
    const expr copies[2] = {cs->copy_num, cs->copy_den};
    ZK_TRY(program_compile(&p->copies, &cs->graph, copies, 2, arena));
    for (uint32_t c = 0; c < cs->n_chunks; c++) {
        const expr sum[2] = {cs->sum_num[c], cs->sum_den[c]};
        ZK_TRY(program_compile(&p->sums[c], &cs->graph, sum, 2, arena));
    }
    return program_compile(&p->identity, &cs->graph, &cs->identity, 1, arena);
}

static zk_err create(struct prover *p, unsigned msm_tables, struct arena *arena, struct arena *scratch)
{
    const struct verifying_key *vk = &p->pk->vk;
    const struct cs *cs = vk->cs;
    const size_t powers = ((size_t)1 << vk->log_n) + PLONK_PAD;
    ZK_TRY(ntt_domain_create(&p->domain, vk->log_n, p->pool, arena));
    ZK_TRY(ntt_domain_create(&p->period_domain, cs->config.log_t, p->pool, arena));
    if (cs->n_lookups > 0) ZK_TRY(ntt_domain_create(&p->table_domain, cs->log_table, p->pool, arena));
    ZK_TRY(compile_all(p, arena));
    ZK_TRY(quotient_setup(p, arena));
    if (msm_tables == 0) return ZK_OK;
    return msm_basis_create(&p->basis, p->srs->g1, powers, msm_tables, p->pool, arena, scratch);
}

zk_err prover_create(struct prover **out, const struct proving_key *pk, const struct srs *srs, unsigned msm_tables,
                     struct pool *pool, struct arena *arena, struct arena *scratch)
{
    const struct verifying_key *vk = &pk->vk;
    if (memcmp(vk->srs_id, srs->id, 32) != 0) return zk_fail(ZK_ERR_INPUT, "the key was made from another SRS");
    if (srs->n < ((size_t)1 << vk->log_n) + PLONK_PAD)
        return zk_fail(ZK_ERR_RANGE, "the SRS has %zu powers; 2^%u rows need %zu", srs->n, vk->log_n,
                       ((size_t)1 << vk->log_n) + PLONK_PAD);
    struct prover *p = arena_push(arena, struct prover, 1);
    if (p == NULL) return ZK_ERR_FULL;
    memset(p, 0, sizeof(*p));
    p->pk = pk;
    p->srs = srs;
    p->pool = pool;
    ZK_TRY(create(p, msm_tables, arena, scratch));
    *out = p;
    return ZK_OK;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t prover_scratch_len(const struct prover *p)
{
    const struct verifying_key *vk = &p->pk->vk;
    const size_t n = (size_t)1 << vk->log_n;
    const unsigned threads = pool_threads(p->pool);
    const size_t a_column = (n + PLONK_PAD) * sizeof(fr) + ARENA_ALIGN;
    const size_t kept = (2 * (PLONK_ADVICE + AUX_MAX) + PLONK_CHUNKS + 1) * a_column;
    const size_t checking = 2 * (threads + 20u) * vk->cs->graph.n_nodes * sizeof(fr) + n;
    size_t step = p->basis != NULL ? g1_msm_fixed_scratch_len(p->basis, n + PLONK_PAD, threads)
                                   : g1_msm_scratch_len(n + PLONK_PAD, threads);
    step = larger(step, ntt_scratch_len(p->domain, PLONK_ADVICE + AUX_MAX, p->pool));
    step = larger(step, poly_batch_inv_scratch_len(n, p->pool));
    step = larger(step, program_scratch_len(p->identity, p->pool));
    step = larger(step, checking);
    const size_t fixed = PLONK_FIXED_MAX * ((size_t)vk->cs->period * sizeof(fr) + ARENA_ALIGN) +
                         PLONK_TUPLE_MAX * (((size_t)sizeof(fr) << vk->cs->log_table) + ARENA_ALIGN);
    return kept + step + fixed + ((size_t)1 << 20);
}
