/* test_circuit: a circuit that uses every gate and every kind of lookup, for the tests, the fuzzers and the benchmark.
 *
 * A value travels through all periods: public input 0 is where it starts (GATE_FIRST), public 1 where it ends
 * (GATE_LAST); a hand-over gate in the last row of each period passes it on. Public 2 is a constant of a gate in every
 * period. */
#ifndef ZK_PLONK_TEST_CIRCUIT_H
#define ZK_PLONK_TEST_CIRCUIT_H

#include "base/prng.h"
#include "plonk/builder.h"
#include "plonk/gate_arith.h"
#include "plonk/gate_edwards.h"
#include "plonk/gate_poseidon2.h"
#include "plonk/gate_rescue.h"

#include <string.h>

enum {
    TEST_ARITH = 1,    /* 9 rows                          */
    TEST_LOOKUP = 2,   /* 3 rows, four lookups            */
    TEST_MANY = 4,     /* one row with six lookups more   */
    TEST_POSEIDON = 8, /* 24 rows                         */
    TEST_RESCUE = 16,  /* 13 + 24 rows                    */
    TEST_EDWARDS = 32, /* 3 + 10 rows                     */
    TEST_ALL = 63
};

#define TEST_PUBLICS 3
#define TEST_TABLE   16 /* digits; then the sixteen cubes */

struct test_circuit {
    struct cs cs;
    unsigned parts;
    uint64_t shape_seed; /* 0: the parts once, in order; else a random sequence of them, wired at random */
    struct arith_gates arith;
    struct poseidon2_gates poseidon2;
    struct rescue_gates rescue;
    struct edwards_gates edwards;
    gate_id start, hand_over, end, scaled, limbs;
    lookup_id range[3], cube, more[6];
};

static inline void test_circuit_gates(struct test_circuit *t)
{
    struct cs *cs = &t->cs;
    struct expr_graph *g = &cs->graph;
    expr w[PLONK_ADVICE];
    for (unsigned j = 0; j < PLONK_ADVICE; j++) w[j] = cs_cell(cs, j, 0);
    t->start = cs_gate(cs, "start", GATE_FIRST);
    cs_require(cs, t->start, "first value", expr_sub(g, w[0], cs_public(cs, 0)));
    t->end = cs_gate(cs, "end", GATE_LAST);
    cs_require(cs, t->end, "last value", expr_sub(g, w[0], cs_public(cs, 1)));
    t->hand_over = cs_gate(cs, "hand_over", GATE_ROWS_NOT_LAST);
    cs_require(cs, t->hand_over, "value passed on", expr_sub(g, cs_cell(cs, 0, 1), w[0]));
    t->scaled = cs_gate(cs, "scaled", GATE_ROWS);
    cs_require(cs, t->scaled, "w1 = public w0", expr_sub(g, expr_mul(g, w[0], cs_public(cs, 2)), w[1]));
    arith_gates_add(&t->arith, cs);
    if (t->parts & TEST_POSEIDON) poseidon2_gates_add(&t->poseidon2, cs);
    if (t->parts & TEST_RESCUE) rescue_gates_add(&t->rescue, cs);
    if (t->parts & TEST_EDWARDS) edwards_gates_add(&t->edwards, cs);
    if (!(t->parts & (TEST_LOOKUP | TEST_MANY))) return;
    t->limbs = cs_gate(cs, "limbs", GATE_ROWS);
    expr sum = expr_zero();
    for (int j = 2; j >= 0; j--) sum = expr_add(g, expr_mul(g, sum, expr_u64(g, TEST_TABLE)), w[5 + j]);
    cs_require(cs, t->limbs, "w0 is its limbs", expr_sub(g, sum, w[0]));
    for (int j = 0; j < 3; j++) t->range[j] = cs_lookup(cs, "digit", &w[5 + j], 1);
    const expr tuple[3] = {expr_add(g, w[0], expr_u64(g, TEST_TABLE)), w[1], w[2]};
    t->cube = cs_lookup(cs, "cube", tuple, 3);
    for (int j = 0; j < 6 && (t->parts & TEST_MANY); j++) t->more[j] = cs_lookup(cs, "more digits", &w[j], 1);
    cs_table_range(cs, TEST_TABLE);
    for (uint64_t i = 0; i < 16; i++) {
        fr row[3];
        fr_from_u64(&row[0], TEST_TABLE + i);
        fr_from_u64(&row[1], (i + 1) * (i + 1)); /* not zero: no digit lookup can mean this row */
        fr_from_u64(&row[2], (i + 1) * (i + 1) * (i + 1));
        (void)cs_table_row(cs, row, 3);
    }
}

/* Digit i of the value in base 16. */
static inline uint64_t test_digit(const fr *v, unsigned i)
{
    uint64_t limbs[4];
    fr_to_limbs(limbs, v);
    return limbs[0] >> (4 * i) & 15;
}

static inline void test_place_arith(struct builder *b, struct test_circuit *t, wire *v)
{
    fr c;
    fr_from_u64(&c, 3);
    wire k = arith_const(b, &t->arith, &c);
    wire s = arith_add(b, &t->arith, *v, k);
    wire p = arith_mul(b, &t->arith, s, *v);
    wire zero = arith_is_zero(b, &t->arith, p);
    wire d = arith_sub(b, &t->arith, p, k);
    *v = arith_select(b, &t->arith, zero, k, d);
    arith_assert_boolean(b, &t->arith, &zero, 1);
    arith_assert_const(b, &t->arith, k, &c);
    uint32_t row = builder_rows(b, 1);
    builder_gate(b, t->scaled, row);
    (void)builder_copy(b, row, 0, *v);
    /* column 1 is filled by test_scale: it needs the public input */
}

static inline void test_place_lookups(struct builder *b, struct test_circuit *t, wire *v)
{
    const fr value = builder_value(b, *v);
    fr x;
    for (int k = 0; k < 2; k++) {
        uint32_t row = builder_rows(b, 1);
        uint64_t whole = 0;
        for (unsigned j = 0; j < 3; j++) {
            uint64_t limb = test_digit(&value, j + (unsigned)k);
            fr_from_u64(&x, limb);
            (void)builder_put(b, row, 5 + j, &x);
            builder_lookup(b, t->range[j], row);
            whole |= limb << (4 * j);
        }
        fr_from_u64(&x, whole);
        (void)builder_put(b, row, 0, &x);
        builder_gate(b, t->limbs, row);
    }
    uint32_t row = builder_rows(b, 1);
    uint64_t i = test_digit(&value, 0);
    for (unsigned j = 0; j < 3; j++) {
        fr_from_u64(&x, j == 0 ? i : j == 1 ? (i + 1) * (i + 1) : (i + 1) * (i + 1) * (i + 1));
        (void)builder_put(b, row, j, &x);
    }
    builder_lookup(b, t->cube, row);
    *v = arith_add(b, &t->arith, *v, builder_wire(row, 2));
}

static inline void test_place_many(struct builder *b, struct test_circuit *t, wire *v)
{
    const fr value = builder_value(b, *v);
    uint32_t row = builder_rows(b, 1);
    for (unsigned j = 0; j < 6; j++) {
        fr x;
        fr_from_u64(&x, test_digit(&value, j));
        (void)builder_put(b, row, j, &x);
        builder_lookup(b, t->more[j], row);
    }
    *v = arith_add(b, &t->arith, *v, builder_wire(row, 4));
}

static inline void test_place_edwards(struct builder *b, struct test_circuit *t, wire *v)
{
    const fr one_value = FR_ONE;
    const fr zero_value = FR_ZERO;
    wire one = arith_const(b, &t->arith, &one_value);
    wire zero = arith_const(b, &t->arith, &zero_value);
    wire_point base = {arith_const(b, &t->arith, &ED_GENERATOR.x), arith_const(b, &t->arith, &ED_GENERATOR.y)};
    const fr value = builder_value(b, *v);
    uint8_t bits[7];
    for (unsigned i = 0; i < 7; i++) bits[i] = (uint8_t)(test_digit(&value, i / 4) >> (i % 4) & 1);
    wire scalar;
    edwards_assert_on_curve(b, &t->edwards, base);
    wire_point p = edwards_place_mul(b, &t->edwards, base, bits, 7, zero, one, &scalar);
    p = edwards_place_add(b, &t->edwards, p, base);
    *v = arith_add(b, &t->arith, *v, p.x);
}

static inline void test_place_poseidon(struct builder *b, struct test_circuit *t, wire *v)
{
    const wire first[4] = {*v, *v, builder_wire(0, 0), *v};
    wire state[4];
    poseidon2_place(b, &t->poseidon2, first, state);
    *v = poseidon2_place_compress(b, &t->poseidon2, state);
}

static inline void test_place_rescue(struct builder *b, struct test_circuit *t, wire *v)
{
    const fr one_value = FR_ONE;
    wire one = arith_const(b, &t->arith, &one_value);
    wire pair[2];
    const wire list[4] = {*v, builder_wire(0, 0), one, *v};
    rescue_place(b, &t->rescue, list, 1, one, pair);
    const wire again[4] = {pair[0], pair[1], *v, one};
    rescue_place(b, &t->rescue, again, 4, one, pair);
    *v = arith_add(b, &t->arith, pair[0], pair[1]);
}

struct test_part {
    unsigned bit, rows;
    void (*place)(struct builder *b, struct test_circuit *t, wire *v);
};
static const struct test_part test_parts[] = {
    {TEST_ARITH, 9, test_place_arith},    {TEST_LOOKUP | TEST_MANY, 4, test_place_lookups},
    {TEST_MANY, 2, test_place_many},      {TEST_POSEIDON, 24, test_place_poseidon},
    {TEST_RESCUE, 39, test_place_rescue}, {TEST_EDWARDS, 16, test_place_edwards},
};

/* Parts in random order, each fed by a random earlier value, until the period is full. */
static inline wire test_place_random(struct builder *b, struct test_circuit *t)
{
    wire values[256] = {builder_wire(0, 0)};
    size_t n = 1;
    struct prng rng;
    prng_seed(&rng, t->shape_seed);
    for (int i = 0; i < 200; i++) {
        const struct test_part *part = &test_parts[prng_below(&rng, ZK_COUNT(test_parts))];
        wire v = values[n - 1 - prng_below(&rng, n < 4 ? n : 4)];
        if ((t->parts & part->bit) == 0 || builder_rows_left(b) < part->rows + 1) continue;
        part->place(b, t, &v);
        values[n++] = v;
    }
    return values[n - 1];
}

/* One period; the value comes in at row 0, column 0 and leaves at the last row. */
static inline void test_place(struct builder *b, struct test_circuit *t, const fr *in, fr *out)
{
    uint32_t row = builder_rows(b, 1);
    wire v = builder_put(b, row, 0, in);
    builder_open(b, "work");
    if (t->shape_seed != 0) v = test_place_random(b, t);
    for (size_t i = 0; i < ZK_COUNT(test_parts) && t->shape_seed == 0; i++)
        if (t->parts & test_parts[i].bit) test_parts[i].place(b, t, &v);
    builder_close(b);
    if (builder_rows_left(b) > 1) (void)builder_rows(b, builder_rows_left(b) - 1);
    row = builder_rows(b, 1);
    v = builder_copy(b, row, 0, v);
    builder_gate(b, t->hand_over, row);
    *out = builder_value(b, v);
}

static inline zk_err test_circuit_init_random(struct test_circuit *t, unsigned log_t, unsigned parts,
                                              uint64_t shape_seed, struct arena *arena)
{
    const struct cs_config config = {.log_t = log_t, .table_cap = 2 * TEST_TABLE, .n_public = TEST_PUBLICS};
    struct builder b;
    fr out;
    memset(t, 0, sizeof(*t));
    t->parts = parts;
    t->shape_seed = shape_seed;
    ZK_TRY(cs_init(&t->cs, &config, arena));
    test_circuit_gates(t);
    builder_shape(&b, &t->cs, NULL);
    test_place(&b, t, &FR_ZERO, &out);
    return cs_seal(&t->cs);
}

static inline zk_err test_circuit_init(struct test_circuit *t, unsigned log_t, unsigned parts, struct arena *arena)
{
    return test_circuit_init_random(t, log_t, parts, 0, arena);
}

/* w1 = public_2 w0 wherever `scaled` is on. */
static inline void test_scale(const struct test_circuit *t, struct witness *w, const fr *by)
{
    for (size_t row = 0; row < (size_t)1 << w->log_n; row++)
        if (cs_is_on(&t->cs, (uint32_t)row & (t->cs.period - 1), t->cs.gates[t->scaled.i].bit))
            fr_mul(&w->advice[1][row], &w->advice[0][row], by);
}

/* A satisfying witness of 2^log_n rows; publics[TEST_PUBLICS] is written and borrowed. */
static inline zk_err test_witness(struct test_circuit *t, struct witness *w, unsigned log_n, fr *publics,
                                  struct prng *rng, struct arena *arena)
{
    ZK_TRY(witness_init(w, log_n, publics, TEST_PUBLICS, arena));
    fr_random(&publics[0], rng);
    fr_random(&publics[2], rng);
    fr value = publics[0];
    for (uint32_t p = 0; p < (1u << log_n) >> t->cs.config.log_t; p++) {
        struct builder b;
        builder_witness(&b, &t->cs, p, w->advice);
        test_place(&b, t, &value, &value);
    }
    publics[1] = value;
    test_scale(t, w, &publics[2]);
    return ZK_OK;
}

#endif
