/* The mutation sweep (circuit/audit.h) over a block with slots of every kind: no cell is free without a reason. */
#include "base/test.h"
#include "circuit/audit.h"
#include "circuit/world.h"

#define SWEPT_PERIODS 8 /* 40 slots, of all kinds */

static struct world world;

/* A block with slots of every kind but of token for token in an NFT swap's form, which does not exist. */
static const struct block_trace *everything(void)
{
    world_create(&world, 40);
    world_everything(&world);
    const struct block_trace *t = world_seal(&world);
    bool seen[SLOT_KINDS] = {false};
    for (unsigned i = 0; i < t->capacity; i++) seen[kind_of_op(t->slots[i].op, t->slots[i].part)] = true;
    for (unsigned k = 0; k < SLOT_KINDS; k++) CHECK_MSG(seen[k], "no slot is a %s", kind_info((enum slot_kind)k)->name);
    return t;
}

static void test_every_cell__is_pinned_or_unread(struct prng *rng)
{
    static struct arena home, scratch;
    static struct block_circuit circuit;
    static struct block_hints hints;
    static struct audit audit;
    static struct audit_sweep sweep;
    struct witness w;
    CHECK_OK(arena_map(&home, (size_t)256 << 20));
    CHECK_OK(arena_map(&scratch, (size_t)1 << 30));
    CHECK_OK(block_circuit_init(&circuit, &home));
    audit_init(&audit, &circuit, &home);
    CHECK_OK(block_hints_make(&hints, everything(), NULL, &scratch));
    CHECK_OK(block_witness_make(&w, &circuit, &hints, NULL, &scratch));
    audit_sweep(&sweep, &audit, &w, SWEPT_PERIODS * circuit.cs.period, rng, NULL, NULL);
    printf("  %u cells; %u are not read by any constraint; %u are read, and may have other values\n", sweep.cells,
           sweep.unread, sweep.unnoticed);
    for (unsigned i = 0; i < sweep.n_tallies; i++) {
        const struct audit_tally *t = &sweep.tallies[i];
        printf("    %-30s column %u: %u\n", t->path, t->col, t->count);
        CHECK_MSG(audit_explained(t) != NULL, "cells that no constraint notices");
    }
    CHECK_EQ_U64(8, sweep.n_tallies);
    CHECK_EQ_U64(39720, sweep.unread); /* a constraint that is lost frees cells */
    world_destroy(&world);
}

TEST_MAIN(TEST(test_every_cell__is_pinned_or_unread))
