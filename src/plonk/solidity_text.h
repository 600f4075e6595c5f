/* solidity_text: what the two halves of the Solidity writer share: text with a bound, and the contract's memory map.
 * Seen by the solidity*.c files alone. */
#ifndef ZK_PLONK_SOLIDITY_TEXT_H
#define ZK_PLONK_SOLIDITY_TEXT_H

#include "plonk/proof.h"

/* Text; what does not fit is not written, and `full` is set. */
struct text {
    char *out;
    size_t cap, len;
    bool full;
};

void text_add(struct text *t, const char *fmt, ...) ZK_PRINTF(2, 3);

/* 0x and the digits of an element, without leading zeros. */
void text_fr(struct text *t, const fr *x);

/* Where things are in the contract's memory. The contract knows the addresses by names. */
struct sol_map {
    uint32_t label, publics, proof, points_end, values, values_end, hash, challenges, first, last, inverses, n_inverses;
    uint32_t prefixes, alphas, factors, rest, scalars, n_scalars, generator, mul, acc, temps, end;
    uint32_t n_temps;
};

/* Plans and prints the evaluation of cs->rest and cs->aux_factor. */
struct sol_expr;

/* Decides which nodes are kept in memory, and where: *n_temps words. */
ZK_MUST_USE zk_err sol_expr_plan(struct sol_expr **out, uint32_t *n_temps, const struct verifying_key *vk,
                                 struct arena *scratch);

/* The statements. The variable p is the modulus; leaves have the names that solidity.c declares. */
void sol_expr_print(struct sol_expr *e, struct text *t, const struct sol_map *map);

#endif
