/* cs: a constraint system: what a circuit demands of its rows.
 *
 * A circuit has n rows and repeats every T rows (its period; T = n is the general circuit). A row has PLONK_ADVICE
 * advice cells, which the prover fills, and fixed cells, which belong to the circuit and are the same in every period.
 *
 *   gate      named polynomial identities over the advice cells of a row and of the next row, the fixed cells of the
 *             row, public inputs and constants. Degree <= 5 in the cells. Where it holds:
 *               GATE_ROWS            in the rows it is switched on in (builder_gate), the same rows of every period;
 *                                    the row after the last row is the first row of all
 *               GATE_ROWS_NOT_LAST   the same, but not in the very last row: for handing values to the next period
 *               GATE_FIRST           in row 0 alone
 *               GATE_LAST            in row n - 1 alone
 *   copy      cells of the first PLONK_COPY columns, in the same period, that are equal (builder_connect)
 *   lookup    a tuple of expressions over the row that, where switched on, must be a row of the one table of tuples
 *   public    public inputs are constants of all identities: use expr_public in a gate, in any row. To show a cell,
 *             write a GATE_FIRST or GATE_LAST gate `cell - public`
 *
 * Order of work: cs_init, then columns, gates, lookups and table rows, then one pass of a shape builder (builder.h),
 * then cs_seal. After sealing nothing changes, and any number of threads may read.
 *
 * Next-row access to few columns is cheaper: each column that any gate reads in the next row adds one value to the
 * proof. Selectors are packed: gates and lookups that are on in exactly the same rows share one, and those of low
 * degree that are never on in the same row share a fixed column (k of them make a selector of degree k).
 *
 * Failure    misuse by a circuit's author (degree too high, a fixed cell set twice to different values) is an
 *            assertion. What depends on sizes (too many rows, nodes, table rows) is kept and reported by cs_seal.
 * Ownership  a cs borrows names and labels (string literals) and takes its memory from the arena given to cs_init. */
#ifndef ZK_PLONK_CS_H
#define ZK_PLONK_CS_H

#include "plonk/expr.h"

#define PLONK_ADVICE        8
#define PLONK_COPY          5  /* columns 0 .. 4 take copy constraints: 5 factors and z make degree 6 */
#define PLONK_DEGREE        6  /* of the whole identity: selector and 5 cells; the quotient then has degree < 5n */
#define PLONK_CHUNKS        5  /* PLONK_DEGREE - 1 pieces of the quotient */
#define PLONK_FIXED_MAX     48 /* constants, selectors and labels */
#define PLONK_GATES_MAX     64 /* gates and lookups that are switched on in rows: bits of a mask */
#define PLONK_TUPLE_MAX     4
#define PLONK_LOOKUPS_MAX   12
#define PLONK_LABELS_MAX    4096
#define PLONK_CONSTRAINTS   512
#define PLONK_LOG_N_MIN     5  /* the smallest circuit: 32 rows */
#define PLONK_LOG_N_MAX     25 /* the quotient is evaluated on cosets by roots of order 8n, and fr has 2^28-th ones */
#define PLONK_CHUNK_HELPERS 4  /* lookup sums beyond the first */

typedef enum gate_where { GATE_ROWS, GATE_ROWS_NOT_LAST, GATE_FIRST, GATE_LAST } gate_where;

typedef struct gate_id {
    uint16_t i;
} gate_id;
typedef struct lookup_id {
    uint16_t i;
} lookup_id;
typedef struct fixed_id {
    uint16_t i;
} fixed_id;

/* How a gate or lookup is switched on: fixed column `col` has value `value` of 1 .. `of`. */
struct cs_selector {
    uint16_t col;
    uint8_t value, of;
    expr when; /* 1 where it is on, else 0; degree `of` */
};

struct cs_constraint {
    expr e; /* = 0 */
    const char *label;
    uint16_t gate;
};

struct cs_gate {
    const char *name;
    gate_where where;
    uint8_t degree;
    uint8_t bit; /* in the masks of rows; GATE_ROWS and GATE_ROWS_NOT_LAST only */
    struct cs_selector selector;
};

struct cs_lookup {
    const char *name;
    expr tuple[PLONK_TUPLE_MAX];
    uint8_t degree;
    uint8_t bit;
    uint8_t chunk; /* which sum it is part of */
    struct cs_selector selector;
};

/* A gadget's name, and the one it was called from; label 0 is the circuit itself. */
struct cs_label {
    const char *name;
    uint16_t parent;
    uint32_t rows; /* rows allocated directly under it */
};

/* Auxiliary columns. */
enum {
    AUX_M,      /* how often each table row is looked up; committed with the advice */
    AUX_Z,      /* grand product of the copies                                      */
    AUX_PHI,    /* running sum of the lookups                                       */
    AUX_HELPER, /* one for each further lookup sum                                  */
    AUX_MAX = AUX_HELPER + PLONK_CHUNK_HELPERS
};

struct cs_config {
    unsigned log_t;     /* the period */
    uint32_t table_cap; /* rows of the lookup table; 0: no lookups */
    uint32_t n_public;
};

struct cs {
    struct cs_config config;
    struct arena *arena;
    struct expr_graph graph;
    uint32_t period; /* T */
    bool sealed;
    zk_err failed; /* the first failure; its message is in failed_text */
    char failed_text[256];

    struct cs_gate gates[PLONK_GATES_MAX];
    struct cs_lookup lookups[PLONK_LOOKUPS_MAX];
    struct cs_constraint constraints[PLONK_CONSTRAINTS];
    uint32_t n_gates, n_lookups, n_constraints, n_bits;

    /* fixed columns: constants in the order made, then (sealed) selectors; the labels of copies follow in the key */
    fr *fixed[PLONK_FIXED_MAX];
    const char *fixed_name[PLONK_FIXED_MAX];
    uint32_t n_constants, n_fixed;
    fixed_id shared[16]; /* cs_coefficient */
    uint32_t n_shared;

    uint64_t *active;      /* [T] which gates and lookups are on */
    uint64_t *fixed_set;   /* [T] which fixed cells have been given a value, zero too */
    uint32_t *copy_next;   /* [T * PLONK_COPY] the next cell of the cycle of equal cells */
    uint32_t *copy_rep;    /* [T * PLONK_COPY] a cell that stands for the cycle */
    uint32_t *copy_size;   /* [T * PLONK_COPY] at the representative: how many cells */
    uint16_t *row_label;   /* [T] */
    uint16_t *guest_label; /* [T] whose gate stands in cells that the row's own gadget leaves free; 0: nobody's */
    uint8_t *guest_cells;  /* [T] those of the copyable columns that are its */
    uint8_t *guest_gate;   /* [T] the gate, + 1 */
    uint32_t rows_used;
    struct cs_label labels[PLONK_LABELS_MAX];
    uint32_t n_labels;

    fr *table[PLONK_TUPLE_MAX]; /* columns of the lookup table */
    uint32_t table_rows, table_width;
    unsigned log_table;
    uint32_t *table_index; /* hash of a tuple to its row + 1 */
    uint32_t table_buckets;

    /* ---- after cs_seal */
    uint32_t sigma_first;           /* fixed columns sigma_first .. + PLONK_COPY - 1 are the labels s_j */
    uint32_t n_fixed_all;           /* with labels */
    uint32_t n_aux;                 /* auxiliary columns, below */
    uint32_t n_alphas;              /* constraints in all */
    uint32_t n_chunks;              /* lookup sums, 0 without lookups */
    bool next_used[PLONK_ADVICE];   /* columns read in the next row */
    expr identity;                  /* the sum over all constraints k of alpha^k * selector * constraint */
    expr rest, aux_factor[AUX_MAX]; /* identity = rest + sum of aux_factor[i] * auxiliary column i in this row */
    expr copy_num, copy_den;        /* z(next) / z */
    expr sum_num[PLONK_CHUNK_HELPERS + 1], sum_den[PLONK_CHUNK_HELPERS + 1];
};

/* A constraint system with nothing in it. Arena: about 60 bytes * 2^log_t and 32 bytes * 2^log_t a fixed column, 200
 * bytes a table row, and 1 MB. */
ZK_MUST_USE zk_err cs_init(struct cs *cs, const struct cs_config *config, struct arena *arena);

/* A new fixed column, all zero. */
fixed_id cs_fixed(struct cs *cs, const char *name);

/* The i-th of the fixed columns that gates share for their coefficients (i < 16): a row has one set, so gates that use
 * the same ones cannot be on in the same row with different values. Makes columns 0 .. i if they are not there yet. */
fixed_id cs_coefficient(struct cs *cs, unsigned i);

/* Leaves, for building identities. rot 0 is this row, 1 the next. */
expr cs_cell(struct cs *cs, unsigned col, unsigned rot);
expr cs_fixed_cell(struct cs *cs, fixed_id col);
expr cs_public(struct cs *cs, uint32_t i);

gate_id cs_gate(struct cs *cs, const char *name, gate_where where);

/* The gate demands e = 0. */
void cs_require(struct cs *cs, gate_id gate, const char *label, expr e);

/* Appends a row to the lookup table; missing elements are zero. Returns its number. */
uint32_t cs_table_row(struct cs *cs, const fr *tuple, size_t width);

/* Appends the rows (0, 0, ..), (1, 0, ..) .. (count - 1, 0, ..). */
void cs_table_range(struct cs *cs, uint32_t count);

/* All lookups share the one table, and missing elements are zero: a lookup of (x) alone is one of (x, 0, ..). So rows
 * meant for different lookups must be told apart by what they contain: a tag, disjoint first elements, or an element
 * that is never zero. Otherwise a range check accepts the first element of any row (x, 0, ..) of another table. */
lookup_id cs_lookup(struct cs *cs, const char *name, const expr *tuple, size_t width);

/* Ends the shape: packs selectors, groups lookups, and composes the whole identity. Reports what failed on the way. */
ZK_MUST_USE zk_err cs_seal(struct cs *cs);

/* The table row of a tuple of table_width elements. False if there is none. After cs_seal. */
ZK_MUST_USE bool cs_table_find(const struct cs *cs, const fr *tuple, uint32_t *row);

/* Is the gate or lookup with this bit on in the row? */
ZK_INLINE bool cs_is_on(const struct cs *cs, uint32_t row, unsigned bit)
{
    return (cs->active[row] >> bit & 1) != 0;
}

/* Labels of the columns' identity permutation: 7^j, one coset of the rows' group each. */
void cs_coset_label(fr *k, unsigned col);

/* Keeps the first failure, with its message, for cs_seal: cs_failed(cs, zk_fail(..)). */
void cs_failed(struct cs *cs, zk_err err);

/* What a row or a whole circuit costs; for reports and pinned tests. */
struct cs_stats {
    uint32_t rows, rows_used, gates, lookups, constraints, fixed_columns, selector_columns, next_columns, nodes;
    uint32_t gate_rows[PLONK_GATES_MAX]; /* rows each gate is on in */
    uint32_t lookup_rows[PLONK_LOOKUPS_MAX];
};
void cs_stats(const struct cs *cs, struct cs_stats *out);

#endif
