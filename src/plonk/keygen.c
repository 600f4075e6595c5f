#include "plonk/key.h"

#include "base/bytes.h"
#include "curve/msm.h"
#include "poly/ntt.h"
#include "poly/poly.h"

#include <string.h>

/* ---- circuit hash */

static void hash_u32(struct keccak256 *k, uint32_t x)
{
    uint8_t b[4];
    store_be32(b, x);
    keccak256_update(k, b, 4);
}

static void hash_frs(struct keccak256 *k, const fr *x, size_t n)
{
    uint8_t block[32 * 32];
    for (size_t i = 0; i < n; i += 32) {
        size_t len = n - i < 32 ? n - i : 32;
        for (size_t j = 0; j < len; j++) fr_to_be32(block + 32 * j, &x[i + j]);
        keccak256_update(k, block, 32 * len);
    }
}

/* The whole identity is a node of the graph, so gates, selectors and lookups are in it. */
static void hash_graph(struct keccak256 *k, const struct cs *cs)
{
    const struct expr_graph *g = &cs->graph;
    hash_u32(k, g->n_consts);
    hash_frs(k, g->consts, g->n_consts);
    hash_u32(k, g->n_nodes);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hash_u32(k, g->nodes[i].kind);
        hash_u32(k, g->nodes[i].a);
        hash_u32(k, g->nodes[i].b);
    }
    hash_u32(k, cs->identity.id);
    hash_u32(k, cs->copy_num.id);
    hash_u32(k, cs->copy_den.id);
    for (uint32_t c = 0; c < cs->n_chunks; c++) {
        hash_u32(k, cs->sum_num[c].id);
        hash_u32(k, cs->sum_den[c].id);
    }
}

void circuit_hash(uint8_t out[32], const struct cs *cs)
{
    assert(cs->sealed);
    struct keccak256 k;
    keccak256_init(&k);
    keccak256_update(&k, TRANSCRIPT_LABEL, 32);
    const uint32_t sizes[] = {PLONK_KEY_VERSION, PLONK_ADVICE,    PLONK_COPY,   cs->config.log_t, cs->config.n_public,
                              cs->n_fixed,       cs->sigma_first, cs->n_aux,    cs->n_alphas,     cs->n_chunks,
                              cs->table_width,   cs->log_table,   cs->n_lookups};
    for (size_t i = 0; i < ZK_COUNT(sizes); i++) hash_u32(&k, sizes[i]);
    for (int j = 0; j < PLONK_ADVICE; j++) hash_u32(&k, cs->next_used[j]);
    hash_graph(&k, cs);
    for (uint32_t f = 0; f < cs->n_fixed; f++) hash_frs(&k, cs->fixed[f], cs->period);
    for (uint32_t i = 0; i < cs->period * PLONK_COPY; i++) hash_u32(&k, cs->copy_next[i]);
    for (uint32_t w = 0; w < cs->table_width && cs->n_lookups > 0; w++)
        hash_frs(&k, cs->table[w], (size_t)1 << cs->log_table);
    keccak256_final(&k, out);
}

/* ---- sizes */

/* The largest k with 2^k <= limit and 2^(k-1) < count. */
static unsigned pack_size(uint32_t count, unsigned log_limit)
{
    unsigned k = 0;
    while (k < log_limit && 1u << k < count) k++;
    return k;
}

zk_err key_layout(struct verifying_key *vk, const struct cs *cs, unsigned log_n)
{
    assert(cs->sealed);
    memset(vk, 0, sizeof(*vk));
    if (log_n < cs->config.log_t || log_n < cs->log_table || log_n > PLONK_LOG_N_MAX)
        return zk_fail(ZK_ERR_RANGE, "2^%u rows do not fit a period of 2^%u rows and a table of 2^%u", log_n,
                       cs->config.log_t, cs->log_table);
    vk->cs = cs;
    vk->log_n = log_n;
    vk->log_pack = pack_size(cs->n_fixed_all, log_n - cs->config.log_t);
    vk->n_fixed_commits = (cs->n_fixed_all + (1u << vk->log_pack) - 1) >> vk->log_pack;
    if (cs->n_lookups > 0) {
        vk->log_table_pack = pack_size(cs->table_width, log_n - cs->log_table);
        vk->n_table_commits = (cs->table_width + (1u << vk->log_table_pack) - 1) >> vk->log_table_pack;
    }
    return ZK_OK;
}

void key_set_digest(struct verifying_key *vk)
{
    struct keccak256 k;
    uint8_t bytes[128];
    keccak256_init(&k);
    keccak256_update(&k, TRANSCRIPT_LABEL, 32);
    keccak256_update(&k, vk->circuit_hash, 32);
    hash_u32(&k, vk->log_n);
    hash_u32(&k, (uint32_t)vk->transcript);
    hash_u32(&k, vk->insecure);
    keccak256_update(&k, vk->srs_id, 32);
    g2_to_be128(bytes, &vk->g2_tau);
    keccak256_update(&k, bytes, 128);
    for (uint32_t i = 0; i < vk->n_fixed_commits + vk->n_table_commits; i++) {
        const bool fixed = i < vk->n_fixed_commits;
        g1_to_be64(bytes, fixed ? &vk->fixed_commits[i] : &vk->table_commits[i - vk->n_fixed_commits]);
        keccak256_update(&k, bytes, 64);
    }
    keccak256_final(&k, vk->digest);
}

/* ---- columns */

zk_err key_labels(struct proving_key *pk, struct arena *home)
{
    const struct cs *cs = pk->vk.cs;
    const uint32_t t = cs->period;
    fr *power = arena_push(home, fr, 2 * (size_t)t); /* omega^(d - t), d < 2 t */
    fr omega, k[PLONK_COPY];
    if (power == NULL) return ZK_ERR_FULL;
    fr_root_of_unity(&omega, pk->vk.log_n);
    fr_pow_u64_vartime(&power[0], &omega, ((uint64_t)1 << pk->vk.log_n) - t);
    for (uint32_t d = 1; d < 2 * t; d++) fr_mul(&power[d], &power[d - 1], &omega);
    for (unsigned j = 0; j < PLONK_COPY; j++) cs_coset_label(&k[j], j);
    for (unsigned j = 0; j < PLONK_COPY; j++) {
        pk->labels[j] = arena_push(home, fr, t);
        if (pk->labels[j] == NULL) return ZK_ERR_FULL;
        for (uint32_t i = 0; i < t; i++) {
            uint32_t to = cs->copy_next[i * PLONK_COPY + j];
            fr_mul(&pk->labels[j][i], &k[to % PLONK_COPY], &power[t + to / PLONK_COPY - i]);
        }
    }
    return ZK_OK;
}

/* coefficients[c] of the columns with these values. */
static zk_err interpolate(fr **coefficients, const fr *const *values, size_t n_columns, unsigned log_len,
                          struct pool *pool, struct arena *home, struct arena *scratch)
{
    struct ntt_domain *domain;
    for (size_t c = 0; c < n_columns; c++) {
        coefficients[c] = arena_push(home, fr, (size_t)1 << log_len);
        if (coefficients[c] == NULL) return ZK_ERR_FULL;
    }
    ZK_TRY(ntt_domain_create(&domain, log_len, pool, scratch));
    return ntt_interpolate_coset(domain, coefficients, values, n_columns, NULL, pool, scratch);
}

/* What commitments are made with: the powers, or, where it is known, tau itself. */
struct committer {
    const struct srs *srs;
    const fr *tau; /* NULL: unknown, and srs has the powers */
};

/* One commitment for every 2^log_pack columns: [sum tau^i g_i(tau^(2^log_pack))]_1. */
static void commit_packs_by_tau(g1_affine *commits, fr *const *columns, uint32_t n_columns, size_t len,
                                unsigned log_pack, const fr *tau, struct pool *pool)
{
    const uint32_t pack = 1u << log_pack;
    fr inner = *tau, value, term;
    for (unsigned i = 0; i < log_pack; i++) fr_sqr(&inner, &inner);
    for (uint32_t first = 0; first < n_columns; first += pack) {
        g1_jac commit;
        fr power = FR_ONE;
        value = FR_ZERO;
        for (uint32_t i = first; i < n_columns && i < first + pack; i++) {
            poly_eval(&term, columns[i], len, &inner, pool);
            fr_mul(&term, &term, &power);
            fr_add(&value, &value, &term);
            fr_mul(&power, &power, tau);
        }
        g1_mul_vartime(&commit, &G1_GENERATOR, &value);
        g1_jac_to_affine(&commits[first >> log_pack], &commit);
    }
}

/* One commitment for every 2^log_pack columns. */
static zk_err commit_packs(g1_affine *commits, fr *const *columns, uint32_t n_columns, unsigned log_len,
                           unsigned log_pack, const struct committer *by, struct pool *pool, struct arena *scratch)
{
    const size_t len = (size_t)1 << log_len;
    const uint32_t pack = 1u << log_pack;
    if (by->tau != NULL) {
        commit_packs_by_tau(commits, columns, n_columns, len, log_pack, by->tau, pool);
        return ZK_OK;
    }
    fr *packed = arena_push(scratch, fr, len << log_pack);
    if (packed == NULL) return ZK_ERR_FULL;
    for (uint32_t first = 0; first < n_columns; first += pack) {
        g1_jac commit;
        for (uint32_t i = 0; i < pack; i++)
            for (size_t k = 0; k < len; k++)
                packed[(k << log_pack) + i] = first + i < n_columns ? columns[first + i][k] : FR_ZERO;
        ZK_TRY(g1_msm(&commit, by->srs->g1, packed, len << log_pack, pool, scratch));
        g1_jac_to_affine(&commits[first >> log_pack], &commit);
    }
    return ZK_OK;
}

static zk_err fill_in(struct proving_key *pk, const struct committer *by, struct pool *pool, struct arena *home,
                      struct arena *scratch)
{
    struct verifying_key *vk = &pk->vk;
    const struct cs *cs = vk->cs;
    const fr *values[PLONK_FIXED_MAX];
    ZK_TRY(key_labels(pk, home));
    for (uint32_t f = 0; f < cs->n_fixed; f++) values[f] = cs->fixed[f];
    for (uint32_t j = 0; j < PLONK_COPY; j++) values[cs->sigma_first + j] = pk->labels[j];
    ZK_TRY(interpolate(pk->fixed, values, cs->n_fixed_all, cs->config.log_t, pool, home, scratch));
    ZK_TRY(
        commit_packs(vk->fixed_commits, pk->fixed, cs->n_fixed_all, cs->config.log_t, vk->log_pack, by, pool, scratch));
    if (cs->n_lookups == 0) return ZK_OK;
    for (uint32_t w = 0; w < cs->table_width; w++) values[w] = cs->table[w];
    ZK_TRY(interpolate(pk->table, values, cs->table_width, cs->log_table, pool, home, scratch));
    return commit_packs(vk->table_commits, pk->table, cs->table_width, cs->log_table, vk->log_table_pack, by, pool,
                        scratch);
}

static zk_err generate(struct proving_key *out, const struct cs *cs, unsigned log_n, const struct committer *by,
                       transcript_kind transcript, struct pool *pool, struct arena *home, struct arena *scratch)
{
    memset(out, 0, sizeof(*out));
    ZK_TRY(key_layout(&out->vk, cs, log_n));
    const size_t powers = ((size_t)1 << log_n) + PLONK_PAD;
    if (by->tau == NULL && by->srs->n < powers)
        return zk_fail(ZK_ERR_RANGE, "the SRS has %zu powers; 2^%u rows need %zu", by->srs->n, log_n, powers);
    out->vk.transcript = transcript;
    out->vk.g2_tau = by->srs->g2_tau;
    out->vk.insecure = by->srs->insecure;
    memcpy(out->vk.srs_id, by->srs->id, 32);
    circuit_hash(out->vk.circuit_hash, cs);
    size_t mark = arena_mark(scratch);
    zk_err err = fill_in(out, by, pool, home, scratch);
    arena_release(scratch, mark);
    if (err == ZK_OK) key_set_digest(&out->vk);
    return err;
}

zk_err key_generate(struct proving_key *out, const struct cs *cs, unsigned log_n, const struct srs *srs,
                    transcript_kind transcript, struct pool *pool, struct arena *home, struct arena *scratch)
{
    const struct committer by = {srs, NULL};
    return generate(out, cs, log_n, &by, transcript, pool, home, scratch);
}

zk_err key_generate_insecure(struct proving_key *out, const struct cs *cs, unsigned log_n, const uint8_t seed[32],
                             transcript_kind transcript, struct pool *pool, struct arena *home, struct arena *scratch)
{
    struct srs srs; /* two powers: what its id is made of */
    fr tau;
    srs_insecure_tau(&tau, seed);
    const struct committer by = {&srs, &tau};
    const size_t mark = arena_mark(scratch);
    zk_err err = srs_make_insecure(&srs, 2, seed, NULL, scratch, scratch);
    if (err == ZK_OK) err = generate(out, cs, log_n, &by, transcript, pool, home, scratch);
    arena_release(scratch, mark);
    return err;
}
