/* The definition: a register is PROGRAM_BLOCK elements, a sum is what it says. */
#include "plonk/expr_kernel.h"

#include <string.h>

typedef fr block[PROGRAM_BLOCK];

static void plain_scalars(void *out, const fr *in, size_t n)
{
    memcpy(out, in, n * sizeof(fr));
}

static void sum_row(fr *out, const struct program_op *op, const struct program_item *items, const block *regs,
                    const fr *scalars, size_t row)
{
    fr sum = FR_ZERO;
    for (uint32_t i = 0; i < op->n_pairs + 0u + op->n_terms; i++) {
        const struct program_item *item = &items[i];
        fr t = item->a_scalar ? scalars[item->a] : regs[item->a][row];
        if (i < op->n_pairs) fr_mul(&t, &t, item->b_scalar ? &scalars[item->b] : &regs[item->b][row]);
        if (item->negative)
            fr_sub(&sum, &sum, &t);
        else
            fr_add(&sum, &sum, &t);
    }
    *out = sum;
}

static void plain_run(const struct program *p, const fr *const *leaf, const void *scalars, void *regs_, fr *const *out)
{
    block *regs = regs_;
    for (uint32_t i = 0; i < p->n_ops; i++) {
        const struct program_op *op = &p->ops[i];
        if (op->load) {
            memcpy(regs[op->dst], leaf[op->first], sizeof(block));
            continue;
        }
        for (size_t row = 0; row < PROGRAM_BLOCK; row++)
            sum_row(&regs[op->dst][row], op, p->items + op->first, regs, scalars, row);
    }
    for (uint32_t k = 0; k < p->n_roots; k++) memcpy(out[k], regs[p->roots[k]], sizeof(block));
}

const struct program_kernel program_kernel_plain = {
    .reg_len = sizeof(block),
    .scalar_len = sizeof(fr),
    .scalars = plain_scalars,
    .run = plain_run,
};
