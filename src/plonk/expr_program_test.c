/* Compiled programs against the evaluation of their graph, node by node, in every row and on every kernel. */
#include "plonk/expr_program.h"

#include "base/test.h"

#include <string.h>

#define LOG_N   6
#define N       64
#define FIXED   3
#define PUBLICS 2
#define ALPHAS  4

static struct arena arena;

static void begin(void)
{
    if (arena.base == NULL) CHECK_OK(arena_map(&arena, (size_t)256 << 20));
    arena_release(&arena, 0);
}

struct columns {
    fr advice[PLONK_ADVICE][N], aux[AUX_MAX][N], fixed[FIXED][32], table[1][N], first[N];
    fr publics[PUBLICS], challenges[CHALLENGE_COUNT], alphas[ALPHAS];
    struct program_inputs in;
};

static void edges_or_random(fr *x, struct prng *rng)
{
    const fr one = FR_ONE;
    switch (prng_below(rng, 8)) {
    case 0: *x = FR_ZERO; break;
    case 1: fr_neg(x, &one); break;
    default: fr_random(x, rng);
    }
}

static void fill(struct columns *c, struct prng *rng)
{
    struct program_inputs *in = &c->in;
    for (size_t i = 0; i < offsetof(struct columns, in) / sizeof(fr); i++) edges_or_random((fr *)c + i, rng);
    *in = (struct program_inputs){.log_n = LOG_N, .first = c->first, .fixed_len = 32, .table_len = N};
    for (int j = 0; j < PLONK_ADVICE; j++) in->advice[j] = c->advice[j];
    for (int j = 0; j < AUX_MAX; j++) in->aux[j] = c->aux[j];
    for (int j = 0; j < FIXED; j++) in->fixed[j] = c->fixed[j];
    in->table[0] = c->table[0];
    in->publics = c->publics;
    in->challenges = c->challenges;
    in->alphas = c->alphas;
    fr_random(&in->shift, rng);
    fr_root_of_unity(&in->omega, LOG_N);
}

static expr random_leaf(struct expr_graph *g, struct prng *rng)
{
    fr c;
    switch (prng_below(rng, 12)) {
    case 0: fr_random(&c, rng); return expr_const(g, &c);
    case 1: return expr_public(g, (uint32_t)prng_below(rng, PUBLICS));
    case 2: return expr_challenge_leaf(g, (expr_challenge)prng_below(rng, CHALLENGE_COUNT));
    case 3: return expr_alpha(g, (uint32_t)prng_below(rng, ALPHAS));
    case 4: return expr_fixed(g, (uint32_t)prng_below(rng, FIXED));
    case 5: return expr_aux(g, (uint32_t)prng_below(rng, AUX_MAX), (uint32_t)prng_below(rng, 2));
    case 6: return expr_table(g, 0);
    case 7: return prng_below(rng, 2) ? expr_first(g) : expr_last(g);
    case 8: return expr_x(g);
    default: return expr_advice(g, (uint32_t)prng_below(rng, PLONK_ADVICE), (uint32_t)prng_below(rng, 2));
    }
}

/* Random nodes over earlier ones; products are kept rare enough that degrees stay small. */
static expr random_expr(struct expr_graph *g, struct prng *rng, size_t size)
{
    expr list[400];
    for (size_t i = 0; i < size; i++) {
        expr a = i == 0 ? random_leaf(g, rng) : list[prng_below(rng, i)];
        expr b = prng_below(rng, 2) || i == 0 ? random_leaf(g, rng) : list[prng_below(rng, i)];
        unsigned degree = expr_degree(g, a) + expr_degree(g, b);
        switch (prng_below(rng, 3)) {
        case 0: list[i] = expr_add(g, a, b); break;
        case 1: list[i] = expr_sub(g, a, b); break;
        default: list[i] = degree < 100 ? expr_mul(g, a, b) : expr_add(g, a, b);
        }
    }
    expr sum = expr_advice(g, 0, 0);
    for (size_t i = 0; i < size; i += 1 + prng_below(rng, 4)) {
        fr c;
        fr_random(&c, rng);
        sum = expr_sub(g, sum, expr_scale(g, &c, list[i]));
    }
    return sum;
}

static void expect_row(const struct columns *c, const struct expr_graph *g, size_t row, fr *value)
{
    fr advice[2][PLONK_ADVICE], aux[2][AUX_MAX], fixed[FIXED];
    struct expr_point at = {.advice = {advice[0], advice[1]},
                            .aux = {aux[0], aux[1]},
                            .fixed = fixed,
                            .table = &c->table[0][row],
                            .publics = c->publics,
                            .challenges = c->challenges,
                            .alphas = c->alphas};
    for (int rot = 0; rot < 2; rot++) {
        size_t r = (row + (size_t)rot) % N;
        for (int j = 0; j < PLONK_ADVICE; j++) advice[rot][j] = c->advice[j][r];
        for (int j = 0; j < AUX_MAX; j++) aux[rot][j] = c->aux[j][r];
    }
    for (int j = 0; j < FIXED; j++) fixed[j] = c->fixed[j][row % 32];
    fr_pow_u64_vartime(&at.x, &c->in.omega, row);
    fr_mul(&at.x, &at.x, &c->in.shift);
    at.first = c->first[row];
    at.last = c->first[(row + 1) % N];
    expr_eval(g, &at, NULL, value);
}

static void test_program__agrees_with_its_graph(struct prng *rng)
{
    static struct columns c;
    for (int round = 0; round < 60; round++) {
        begin();
        struct expr_graph g;
        struct program *p;
        expr roots[3];
        fr *got[3];
        CHECK_OK(expr_graph_init(&g, 4096, &arena));
        size_t n_roots = 1 + prng_below(rng, 3);
        for (size_t k = 0; k < n_roots; k++) roots[k] = random_expr(&g, rng, 1 + prng_below(rng, 300));
        fill(&c, rng);
        CHECK_OK(program_compile(&p, &g, roots, n_roots, &arena));
        fr *value = arena_push(&arena, fr, g.n_nodes);
        for (size_t k = 0; k < n_roots; k++) {
            got[k] = arena_push(&arena, fr, N);
            CHECK(got[k] != NULL && value != NULL);
        }
        for (int level = CPU_PLAIN; level <= (int)cpu_level_get(); level++) {
            CHECK_OK(program_run_at(p, got, &c.in, (cpu_level)level, NULL, &arena));
            for (size_t row = 0; row < N; row++) {
                expect_row(&c, &g, row, value);
                for (size_t k = 0; k < n_roots; k++) CHECK_EQ_BYTES(&value[roots[k].id], &got[k][row], sizeof(fr));
            }
        }
    }
}

/* One sum at the limits of its kind: as many products and addends as the compiler folds, all with the largest values.
 * */
static void test_program__keeps_its_bounds_at_the_largest_sums(struct prng *rng)
{
    static struct columns c;
    for (uint32_t pairs = 0; pairs < 70; pairs += 3) {
        begin();
        struct expr_graph g;
        struct program *p;
        fr *got[1], minus_one;
        const fr one = FR_ONE;
        fr_neg(&minus_one, &one);
        CHECK_OK(expr_graph_init(&g, 4096, &arena));
        fill(&c, rng);
        for (int j = 0; j < PLONK_ADVICE; j++)
            for (int i = 0; i < N; i++) c.advice[j][i] = minus_one;
        expr root = expr_advice(&g, 7, 0);
        for (uint32_t i = 0; i < pairs; i++) {
            expr factor = expr_mul(&g, expr_advice(&g, i % 7, 0), expr_advice(&g, i % 5, 1));
            for (uint32_t k = 0; k < i / 35; k++) factor = expr_mul(&g, factor, expr_advice(&g, 0, 0));
            root = expr_sub(&g, root, factor);
            root = expr_sub(&g, root, expr_advice(&g, i % 8, i & 1));
        }
        CHECK_OK(program_compile(&p, &g, &root, 1, &arena));
        fr *value = arena_push(&arena, fr, g.n_nodes);
        got[0] = arena_push(&arena, fr, N);
        CHECK(value != NULL && got[0] != NULL);
        CHECK_OK(program_run(p, got, &c.in, NULL, &arena));
        for (size_t row = 0; row < N; row++) {
            expect_row(&c, &g, row, value);
            CHECK_EQ_BYTES(&value[root.id], &got[0][row], sizeof(fr));
        }
    }
}

static void test_program__is_the_same_at_any_thread_count(struct prng *rng)
{
    static struct columns c;
    struct pool *pool;
    begin();
    struct expr_graph g;
    struct program *p;
    CHECK_OK(expr_graph_init(&g, 4096, &arena));
    expr root = random_expr(&g, rng, 200);
    fill(&c, rng);
    CHECK_OK(program_compile(&p, &g, &root, 1, &arena));
    fr *one[1] = {arena_push(&arena, fr, N)};
    fr *four[1] = {arena_push(&arena, fr, N)};
    CHECK(one[0] != NULL && four[0] != NULL);
    CHECK_OK(program_run(p, one, &c.in, NULL, &arena));
    CHECK_OK(pool_create(&pool, 4));
    CHECK_OK(program_run(p, four, &c.in, pool, &arena));
    pool_destroy(pool);
    CHECK_EQ_BYTES(one[0], four[0], N * sizeof(fr));
}

TEST_MAIN(TEST(test_program__agrees_with_its_graph), TEST(test_program__keeps_its_bounds_at_the_largest_sums),
          TEST(test_program__is_the_same_at_any_thread_count))
