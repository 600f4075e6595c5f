/* The builder, the gates and the checker: a satisfied witness passes; change any one cell that a gate, copy or lookup
 * pins, and the check fails and names the place. */
#include "plonk/check.h"

#include "base/pool.h"
#include "base/test.h"
#include "hash/poseidon2.h"
#include "hash/rescue.h"
#include "plonk/test_circuit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct test_circuit circuit;
static struct arena arena;

static void begin(void)
{
    if (arena.base == NULL) CHECK_OK(arena_map(&arena, (size_t)1 << 30));
    arena_release(&arena, 0);
}

static void test_witness_of_all_gates__is_satisfied(struct prng *rng)
{
    static const struct {
        unsigned log_t, log_n, parts;
    } cases[] = {{5, 5, TEST_ARITH},
                 {5, 6, TEST_ARITH | TEST_LOOKUP},
                 {7, 9, TEST_ALL & ~TEST_MANY},
                 {8, 9, TEST_ALL},
                 {6, 6, TEST_POSEIDON},
                 {6, 8, TEST_RESCUE},
                 {5, 10, TEST_EDWARDS}};
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        struct witness w;
        struct check_failure f;
        fr publics[TEST_PUBLICS];
        bool ok;
        begin();
        unsigned log_n = cases[i].log_n;
        CHECK_OK(test_circuit_init(&circuit, cases[i].log_t, cases[i].parts, &arena));
        if (log_n < circuit.cs.log_table) log_n = circuit.cs.log_table;
        CHECK_OK(test_witness(&circuit, &w, log_n, publics, rng, &arena));
        CHECK_OK(check_witness(&ok, &f, &circuit.cs, &w, NULL, &arena));
        CHECK_MSG(ok, "case %zu: %s", i, f.text);
    }
}

/* Does the expression depend on the cell in this row? A product with a fixed cell that is zero does not. */
static bool depends(const struct cs *cs, uint32_t id, uint32_t in_period, unsigned col, unsigned rot)
{
    const struct expr_node *n = &cs->graph.nodes[id];
    if (n->kind == EXPR_ADVICE) return n->a == col && n->b == rot;
    if (n->kind < EXPR_ADD) return false;
    const uint32_t operand[2] = {n->a, n->b};
    for (int k = 0; k < 2 && n->kind == EXPR_MUL; k++) {
        const struct expr_node *f = &cs->graph.nodes[operand[k]];
        if (f->kind == EXPR_FIXED && fr_is_zero(&cs->fixed[f->a][in_period])) return false;
    }
    return depends(cs, n->a, in_period, col, rot) || depends(cs, n->b, in_period, col, rot);
}

static bool gate_is_on(const struct cs *cs, const struct cs_gate *g, uint32_t row, uint32_t n)
{
    if (g->where == GATE_FIRST) return row == 0;
    if (g->where == GATE_LAST || (g->where == GATE_ROWS_NOT_LAST && row + 1 == n))
        return g->where == GATE_LAST && row + 1 == n;
    return cs_is_on(cs, row & (cs->period - 1), g->bit);
}

/* Is the cell read by a gate that is on, by a lookup, or joined to another by a copy? */
static bool is_pinned(const struct cs *cs, uint32_t row, uint32_t n, unsigned col)
{
    uint32_t in_period = row & (cs->period - 1);
    if (col < PLONK_COPY && cs->copy_next[in_period * PLONK_COPY + col] != in_period * PLONK_COPY + col) return true;
    for (unsigned rot = 0; rot < 2; rot++) {
        uint32_t at = (row + n - rot) % n;
        uint32_t at_period = at & (cs->period - 1);
        for (uint32_t k = 0; k < cs->n_constraints; k++)
            if (gate_is_on(cs, &cs->gates[cs->constraints[k].gate], at, n) &&
                depends(cs, cs->constraints[k].e.id, at_period, col, rot))
                return true;
        for (uint32_t l = 0; l < cs->n_lookups; l++)
            for (uint32_t e = 0; e < cs->table_width && cs_is_on(cs, at_period, cs->lookups[l].bit); e++)
                if (depends(cs, cs->lookups[l].tuple[e].id, at_period, col, rot)) return true;
    }
    return false;
}

static void test_every_pinned_cell__is_needed(struct prng *rng)
{
    struct witness w;
    fr publics[TEST_PUBLICS];
    begin();
    CHECK_OK(test_circuit_init(&circuit, 8, TEST_ALL, &arena));
    CHECK_OK(test_witness(&circuit, &w, 9, publics, rng, &arena));
    size_t changed = 0;
    for (uint32_t row = 0; row < 512; row++) {
        if (row > 256 && row % 256 > 4 && row % 256 < 250) continue; /* the second period is the first again */
        for (unsigned col = 0; col < PLONK_ADVICE; col++) {
            struct check_failure f;
            bool ok;
            if (!is_pinned(&circuit.cs, row, 512, col)) continue;
            fr old = w.advice[col][row];
            fr delta;
            fr_random(&delta, rng);
            fr_add(&w.advice[col][row], &old, &delta);
            CHECK_OK(check_witness(&ok, &f, &circuit.cs, &w, NULL, &arena));
            char path[256];
            check_row_path(path, sizeof(path), &circuit.cs, row & 255);
            CHECK_MSG(!ok, "row %u column %u (%s) changed and nobody noticed", row, col, path);
            w.advice[col][row] = old;
            changed++;
        }
    }
    CHECK(changed > 500);
}

static void test_checker__names_what_fails(struct prng *rng)
{
    struct witness w;
    struct check_failure f;
    fr publics[TEST_PUBLICS];
    bool ok;
    begin();
    CHECK_OK(test_circuit_init(&circuit, 7, TEST_POSEIDON | TEST_LOOKUP, &arena));
    CHECK_OK(test_witness(&circuit, &w, 9, publics, rng, &arena));

    uint32_t row = 0;
    while (!cs_is_on(&circuit.cs, row, circuit.cs.gates[circuit.poseidon2.partial.i].bit)) row++;
    fr old = w.advice[6][row + 128];
    fr_random(&w.advice[6][row + 128], rng);
    CHECK_OK(check_witness(&ok, &f, &circuit.cs, &w, NULL, &arena));
    CHECK(!ok);
    CHECK_EQ_U64(CHECK_GATE, f.kind);
    CHECK_EQ_U64(row + 128, f.row);
    CHECK_EQ_U64(1, f.period);
    CHECK_EQ_STR("poseidon2_partial", circuit.cs.gates[f.index].name);
    CHECK(strstr(f.text, "circuit/work/poseidon2") != NULL);
    CHECK(strstr(f.text, "recurrence") != NULL);
    w.advice[6][row + 128] = old;

    row = 0;
    while (!cs_is_on(&circuit.cs, row, circuit.cs.lookups[circuit.cube.i].bit)) row++;
    old = w.advice[1][row];
    fr_from_u64(&w.advice[1][row], 7);
    CHECK_OK(check_witness(&ok, &f, &circuit.cs, &w, NULL, &arena));
    CHECK(!ok && f.kind == CHECK_LOOKUP && f.row == row);
    CHECK(strstr(f.text, "cube") != NULL);
    w.advice[1][row] = old;

    fr_add(&w.advice[0][127], &w.advice[0][127], &publics[0]); /* the copied last row of period 0 */
    CHECK_OK(check_witness(&ok, &f, &circuit.cs, &w, NULL, &arena));
    CHECK(!ok);
    CHECK(f.kind == CHECK_COPY || f.kind == CHECK_GATE);
}

static void test_digit_lookup__takes_digits_only(struct prng *rng)
{
    struct witness w;
    fr publics[TEST_PUBLICS];
    bool ok;
    begin();
    CHECK_OK(test_circuit_init(&circuit, 6, TEST_LOOKUP, &arena));
    CHECK_OK(test_witness(&circuit, &w, 6, publics, rng, &arena));
    uint32_t row = 0;
    while (!cs_is_on(&circuit.cs, row, circuit.cs.lookups[circuit.range[0].i].bit)) row++;
    const fr limb = w.advice[5][row];
    const fr whole = w.advice[0][row];
    for (uint64_t v = 0; v < 40; v++) {
        fr delta;
        fr_from_u64(&w.advice[5][row], v);
        fr_sub(&delta, &w.advice[5][row], &limb);
        fr_add(&w.advice[0][row], &whole, &delta); /* the sum of the limbs stays right */
        CHECK_OK(check_witness(&ok, NULL, &circuit.cs, &w, NULL, &arena));
        CHECK(ok == (v < TEST_TABLE));
    }
}

static void test_gadgets__agree_with_their_twins(struct prng *rng)
{
    struct witness w;
    fr publics[TEST_PUBLICS];
    begin();
    CHECK_OK(test_circuit_init(&circuit, 8, TEST_POSEIDON | TEST_RESCUE, &arena));
    CHECK_OK(test_witness(&circuit, &w, 8, publics, rng, &arena));
    fr v = publics[0];
    fr state[4] = {v, v, v, v};
    poseidon2_permute(state);
    poseidon2_compress(&v, state);
    fr pair[2], list[4] = {v};
    rescue_hash(pair, list, 1);
    list[0] = pair[0];
    list[1] = pair[1];
    list[2] = v;
    list[3] = FR_ONE;
    rescue_hash(pair, list, 4);
    fr_add(&v, &pair[0], &pair[1]);
    CHECK(fr_eq(&v, &publics[1]));
}

static void test_sizes__are_refused_when_they_do_not_fit(struct prng *rng)
{
    begin();
    CHECK_ERR(ZK_ERR_FULL, test_circuit_init(&circuit, 5, TEST_ALL, &arena));
    begin();
    CHECK_ERR(ZK_ERR_RANGE, test_circuit_init(&circuit, 2, TEST_ARITH, &arena));
    begin();
    struct witness w;
    fr publics[TEST_PUBLICS];
    bool ok;
    CHECK_OK(test_circuit_init(&circuit, 6, TEST_ARITH, &arena));
    CHECK_OK(test_witness(&circuit, &w, 6, publics, rng, &arena));
    w.log_n = 5;
    CHECK_ERR(ZK_ERR_RANGE, check_witness(&ok, NULL, &circuit.cs, &w, NULL, &arena));
    w.log_n = 6;
    w.n_public = 2;
    CHECK_ERR(ZK_ERR_RANGE, check_witness(&ok, NULL, &circuit.cs, &w, NULL, &arena));
}

/* Does an assertion stop the function? In a process of its own. */
static bool is_stopped(void (*misuse)(void))
{
    (void)fflush(NULL);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(2);
        misuse();
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void shape_of_arith(struct builder *b)
{
    const struct cs_config config = {.log_t = 6, .n_public = 0};
    begin();
    CHECK_OK(cs_init(&circuit.cs, &config, &arena));
    arith_gates_add(&circuit.arith, &circuit.cs);
    builder_shape(b, &circuit.cs, NULL);
}

static void set_a_coefficient_that_must_be_zero(void)
{
    struct builder b;
    const fr one = FR_ONE;
    shape_of_arith(&b);
    wire w = arith_const(&b, &circuit.arith, &one);
    builder_fix(&b, wire_row(w), circuit.arith.q[6], &one); /* arith_const put 0 there */
}

static void set_a_coefficient_again(void)
{
    struct builder b;
    const fr one = FR_ONE;
    shape_of_arith(&b);
    wire w = arith_const(&b, &circuit.arith, &one);
    builder_fix(&b, wire_row(w), circuit.arith.q[7], &one);
}

/* A gadget whose rows depend on a value: the witness has another shape than the circuit. */
static void place_by_value(bool extra)
{
    struct builder b;
    struct witness w;
    const fr one = FR_ONE;
    shape_of_arith(&b);
    (void)arith_const(&b, &circuit.arith, &one);
    CHECK_OK(cs_seal(&circuit.cs));
    CHECK_OK(witness_init(&w, 6, NULL, 0, &arena));
    builder_witness(&b, &circuit.cs, 0, w.advice);
    wire v = arith_const(&b, &circuit.arith, &one);
    if (extra) arith_assert_boolean(&b, &circuit.arith, &v, 1);
}

static void place_the_shape(void)
{
    place_by_value(false);
}

static void place_another_shape(void)
{
    place_by_value(true);
}

static void test_misuse__by_a_gadget_is_stopped(struct prng *rng)
{
    (void)rng;
    CHECK(is_stopped(set_a_coefficient_that_must_be_zero));
    CHECK(!is_stopped(set_a_coefficient_again));
    CHECK(is_stopped(place_another_shape));
    CHECK(!is_stopped(place_the_shape));
}

static void test_statistics__count_rows_and_pack_selectors(struct prng *rng)
{
    (void)rng;
    begin();
    CHECK_OK(test_circuit_init(&circuit, 8, TEST_ALL, &arena));
    struct cs_stats s;
    cs_stats(&circuit.cs, &s);
    CHECK_EQ_U64(256, s.rows);
    CHECK_EQ_U64(5, s.next_columns);
    CHECK_EQ_U64(2 * 6, s.gate_rows[circuit.poseidon2.partial.i]);
    CHECK_EQ_U64(11 + 22 - 2, s.gate_rows[circuit.rescue.step.i]);
    CHECK(s.selector_columns < s.gates + s.lookups);
    printf("  all gates: %u nodes, %u constraints, %u fixed columns of which %u select %u gates and %u lookups\n",
           s.nodes, s.constraints, s.fixed_columns, s.selector_columns, s.gates, s.lookups);
    for (uint32_t l = 1; l < circuit.cs.n_labels; l++)
        if (strcmp(circuit.cs.labels[l].name, "poseidon2") == 0)
            CHECK_EQ_U64(POSEIDON2_ROWS, circuit.cs.labels[l].rows);
}

/* The gate of its own that ends a compression: the same hash, and other cells of its last row are free. */
static void test_compression__may_leave_its_last_row_free(struct prng *rng)
{
    static struct arena own;
    static struct cs cs;
    struct poseidon2_gates gates;
    struct builder b;
    struct witness w;
    fr in[4], want;
    bool ok;
    CHECK_OK(arena_map(&own, (size_t)16 << 20));
    const struct cs_config config = {.log_t = 5};
    CHECK_OK(cs_init(&cs, &config, &own));
    poseidon2_gates_add(&gates, &cs);
    poseidon2_gate_last_add(&gates, &cs);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 0)
            builder_shape(&b, &cs, NULL);
        else
            builder_witness(&b, &cs, 0, w.advice);
        const uint32_t row = builder_rows(&b, 1);
        wire inputs[4];
        for (unsigned j = 0; j < 4; j++) {
            fr_random(&in[j], rng);
            inputs[j] = builder_put(&b, row, j, &in[j]);
        }
        wire out = poseidon2_place_compress(&b, &gates, inputs);
        if (pass == 0) {
            CHECK_OK(cs_seal(&cs));
            CHECK_OK(witness_init(&w, 5, NULL, 0, &own));
            continue;
        }
        poseidon2_compress(&want, in);
        const fr got = builder_value(&b, out);
        CHECK(fr_eq(&want, &got));
        const uint32_t last = wire_row(out);
        for (unsigned j = 0; j < PLONK_ADVICE; j++) {
            const fr kept = w.advice[j][last];
            fr_random(&w.advice[j][last], rng);
            CHECK_OK(check_witness(&ok, NULL, &cs, &w, NULL, &own));
            CHECK_EQ_U64(j != 0 && j != 4, ok);
            w.advice[j][last] = kept;
        }
        CHECK_OK(check_witness(&ok, NULL, &cs, &w, NULL, &own));
        CHECK(ok);
    }
    arena_unmap(&own);
}

TEST_MAIN(TEST(test_compression__may_leave_its_last_row_free), TEST(test_witness_of_all_gates__is_satisfied),
          TEST(test_every_pinned_cell__is_needed), TEST(test_checker__names_what_fails),
          TEST(test_digit_lookup__takes_digits_only), TEST(test_gadgets__agree_with_their_twins),
          TEST(test_sizes__are_refused_when_they_do_not_fit), TEST(test_misuse__by_a_gadget_is_stopped),
          TEST(test_statistics__count_rows_and_pack_selectors))
