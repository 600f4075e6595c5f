/* expr: polynomial identities as a graph, written once and read by everybody: the witness checker, the quotient
 * kernel (expr_program.h), the verifier at zeta, and the writer of the Solidity verifier.
 *
 * A node is a leaf or a sum, difference or product of two earlier nodes, so node order is evaluation order. Equal nodes
 * are one node (common subexpressions are found as the graph grows), and sums and products with 0 and 1 vanish.
 *
 *   vector leaves   differ from row to row: advice and auxiliary columns at this row or the next, fixed columns, table
 *                   columns, X itself, and the Lagrange polynomials of the first and the last row
 *   scalar leaves   are the same in all rows: constants, public inputs, challenges, powers of alpha
 *
 * Degree     expr_degree counts factors that are columns or Lagrange polynomials (degree < n); X counts 0.
 * Ownership  the graph's arrays come from an arena and live as long as it.
 * Failure    a graph that is full keeps `full` set and gives node 0 (the constant 0) from then on; cs_seal reports it.
 *            */
#ifndef ZK_PLONK_EXPR_H
#define ZK_PLONK_EXPR_H

#include "base/arena.h"
#include "field/fr.h"

typedef struct expr {
    uint32_t id;
} expr;

typedef enum expr_kind {
    EXPR_CONST,     /* a: index into consts                                          */
    EXPR_PUBLIC,    /* a: which public input                                         */
    EXPR_CHALLENGE, /* a: expr_challenge                                             */
    EXPR_ALPHA,     /* alpha^a, what separates the constraints                       */
    EXPR_ADVICE,    /* a: column, b: 0 this row, 1 the next (after the last, the first) */
    EXPR_AUX,       /* a: auxiliary column, b: row as above                          */
    EXPR_FIXED,     /* a: fixed column, period T                                     */
    EXPR_TABLE,     /* a: table column, period T_t                                   */
    EXPR_X,         /* X: omega^i at row i                                           */
    EXPR_FIRST,     /* 1 in row 0, else 0                                            */
    EXPR_LAST,      /* 1 in row n - 1, else 0                                        */
    EXPR_ADD,
    EXPR_SUB,
    EXPR_MUL,
} expr_kind;

typedef enum expr_challenge {
    CHALLENGE_BETA,       /* permutation: labels        */
    CHALLENGE_GAMMA,      /* permutation: shift         */
    CHALLENGE_ETA,        /* lookups: folds a tuple     */
    CHALLENGE_LAMBDA,     /* lookups: the pole          */
    CHALLENGE_OMEGA_LAST, /* no challenge: omega^(n-1), where next-row constraints may be excused */
    CHALLENGE_COUNT
} expr_challenge;

struct expr_node {
    uint8_t kind;
    uint8_t degree;
    bool scalar; /* the same in all rows */
    uint32_t a, b;
};

struct expr_graph {
    struct expr_node *nodes;
    fr *consts;
    uint32_t *buckets; /* hash of a node to its index + 1 */
    uint32_t n_nodes, cap_nodes, n_consts, cap_consts, n_buckets;
    bool full;
};

/* Room for cap nodes and cap constants. */
ZK_MUST_USE zk_err expr_graph_init(struct expr_graph *g, uint32_t cap, struct arena *arena);

/* ---- leaves */
expr expr_zero(void);
expr expr_const(struct expr_graph *g, const fr *c);
expr expr_u64(struct expr_graph *g, uint64_t c);
expr expr_public(struct expr_graph *g, uint32_t i);
expr expr_challenge_leaf(struct expr_graph *g, expr_challenge c);
expr expr_alpha(struct expr_graph *g, uint32_t power);
expr expr_advice(struct expr_graph *g, uint32_t col, uint32_t rot);
expr expr_aux(struct expr_graph *g, uint32_t col, uint32_t rot);
expr expr_fixed(struct expr_graph *g, uint32_t col);
expr expr_table(struct expr_graph *g, uint32_t col);
expr expr_x(struct expr_graph *g);
expr expr_first(struct expr_graph *g);
expr expr_last(struct expr_graph *g);

/* ---- operations */
expr expr_add(struct expr_graph *g, expr a, expr b);
expr expr_sub(struct expr_graph *g, expr a, expr b);
expr expr_mul(struct expr_graph *g, expr a, expr b);
expr expr_neg(struct expr_graph *g, expr a);
expr expr_scale(struct expr_graph *g, const fr *c, expr a);
expr expr_pow5(struct expr_graph *g, expr a);

/* Sum of c[i] * a[i]. */
expr expr_dot(struct expr_graph *g, const fr *c, const expr *a, size_t n);

unsigned expr_degree(const struct expr_graph *g, expr e);

/* ---- reading */

/* What the leaves are at one point. Unused pointers may be NULL. */
struct expr_point {
    const fr *advice[2]; /* [rot][col] */
    const fr *aux[2];
    const fr *fixed;
    const fr *table;
    const fr *publics;
    const fr *challenges; /* CHALLENGE_COUNT of them */
    const fr *alphas;
    fr x, first, last;
};

/* Marks in used[n_nodes] what `root` is made of; adds to earlier marks. */
void expr_mark(const struct expr_graph *g, expr root, bool *used);

/* value[i] of node i at the point, for the nodes marked in used (NULL: all). */
void expr_eval(const struct expr_graph *g, const struct expr_point *at, const bool *used, fr *value);

/* value[id] for the n nodes listed in ascending order, children before parents. */
void expr_eval_list(const struct expr_graph *g, const struct expr_point *at, const uint32_t *ids, size_t n, fr *value);

#endif
