/* audit: what is wrong with a witness, all of it and not only the first; witnesses made consistent around a forgery;
 * and the mutation sweep: which cells may be changed without a constraint noticing.
 *
 * The tests of the circuit are built on it, and `zkroll audit circuit`.
 *
 * Sweep      Every cell of a satisfied witness gets wrong values, one at a time. One whose change nothing notices is
 *            either read by no constraint that is on, which is found out with random values around it; or it is free:
 *            then it is one of a short list (audit_explained), or a hole.
 * Memory     The caller's arena, for what rows with the same gates need evaluated: a few MB. Running out of it, as of
 *            the tables here, is an assertion: their sizes depend on the circuit alone.
 * Threads    one audit, one thread. */
#ifndef ZK_CIRCUIT_AUDIT_H
#define ZK_CIRCUIT_AUDIT_H

#include "base/prng.h"
#include "circuit/block_witness.h"

#define AUDIT_FOUND_MAX   4096
#define AUDIT_LISTS_MAX   256
#define AUDIT_TALLIES_MAX 256
#define AUDIT_PATH        160

/* What rows with the same gates and lookups on need evaluated. */
struct audit_list {
    uint64_t active;
    bool first, last;
    uint32_t n;
    uint32_t *ids;
};

struct audit {
    const struct block_circuit *c;
    struct arena *arena;
    fr *value; /* of the graph's nodes, in the row that was evaluated last */
    bool *used;
    struct audit_list lists[AUDIT_LISTS_MAX];
    unsigned n_lists;
    const char *dropped; /* what belongs to a gadget with this in its path does not count; NULL: all does */
};

/* One thing that is wrong: what, and in which gadget. */
struct audit_found {
    uint32_t row;
    const char *what;
    char path[AUDIT_PATH];
};

struct audit_report {
    size_t n; /* at most AUDIT_FOUND_MAX: the rest is not looked at */
    struct audit_found found[AUDIT_FOUND_MAX];
};

/* Borrows both. */
void audit_init(struct audit *a, const struct block_circuit *c, struct arena *arena);

/* Adds what gates and lookups of one row find. */
void audit_row(struct audit *a, struct audit_report *r, const struct witness *w, uint32_t row);

/* Everything: copies, gates, lookups. */
void audit_witness(struct audit *a, struct audit_report *r, const struct witness *w);

/* Is the cell one of several that must be equal? */
bool audit_is_copied(const struct cs *cs, uint32_t row_in_period, unsigned col);

/* Fills every period from its slots' hints, each taking over what the one before left, and sets the public inputs that
 * an operator chooses to what comes out: so whatever slots claim is carried through, and only rules can object.
 * h->publics is written, and borrowed by *w. lie: a cell of period 0, or NULL. */
void audit_forge(struct witness *w, const struct block_circuit *c, struct block_hints *h, const struct builder_lie *lie,
                 struct arena *arena);

/* ---- the sweep */

/* Cells of one column of one gadget that are read and yet free. */
struct audit_tally {
    char path[AUDIT_PATH];
    unsigned col;
    uint32_t count;
};

struct audit_sweep {
    uint32_t cells, unread, unnoticed;
    struct audit_tally tallies[AUDIT_TALLIES_MAX];
    unsigned n_tallies;
};

/* Sweeps the first `rows` rows of a satisfied witness, which is as before when it returns. progress: called after each
 * thousand of rows, or NULL. */
void audit_sweep(struct audit_sweep *out, struct audit *a, struct witness *w, uint32_t rows, struct prng *rng,
                 void (*progress)(void *ctx, uint32_t done, uint32_t rows), void *ctx);

/* Why the cells are harmless, or NULL if nobody has found a reason: then they may be a hole. Static. */
const char *audit_explained(const struct audit_tally *t);

#endif
