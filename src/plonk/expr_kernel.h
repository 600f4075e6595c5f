/* expr_kernel: a compiled program, and what runs it over one block. Seen by the expr_program*.c files alone. */
#ifndef ZK_PLONK_EXPR_KERNEL_H
#define ZK_PLONK_EXPR_KERNEL_H

#include "plonk/expr_program.h"

/* A product +- a b, or an addend +- a: registers, or scalars where a flag says so. */
struct program_item {
    uint16_t a, b;
    bool a_scalar, b_scalar, negative;
};

struct program_op {
    bool load;
    uint16_t dst;
    uint16_t n_pairs, n_terms; /* sum: items first .. are pairs, then terms */
    uint32_t first;            /* load: which leaf */
};

struct program_leaf {
    uint8_t kind;
    uint32_t a, b;
};

struct program {
    const struct expr_graph *graph;
    struct program_op *ops;
    struct program_item *items;
    struct program_leaf *leaves;
    uint32_t *scalars; /* nodes */
    uint32_t n_ops, n_items, n_leaves, n_scalars, n_regs;
    uint16_t roots[PROGRAM_ROOTS]; /* registers */
    uint32_t n_roots;
    bool *scalar_nodes; /* what the scalars consist of */
};

/* Sums longer than this are not made: 10 column sums a product, below 2^52 each, stay far below 2^63. */
#define PROGRAM_PAIRS_MAX 48
/* The bound of a sum in units of p stays below 2^260 / p = 84. */
#define PROGRAM_TERMS_MAX 24

struct program_kernel {
    size_t reg_len, scalar_len; /* bytes */
    void (*scalars)(void *out, const fr *in, size_t n);
    /* leaf[i]: PROGRAM_BLOCK elements of leaf i; out[k]: where root k goes. regs: n_regs * reg_len bytes, 64-byte
     * aligned. */
    void (*run)(const struct program *p, const fr *const *leaf, const void *scalars, void *regs, fr *const *out);
};

extern const struct program_kernel program_kernel_plain;
extern const struct program_kernel program_kernel_ifma;

#endif
