/* The mutation sweep: every advice cell of a block with every kind of slot is set to wrong values, one at a time. A
 * cell whose change no constraint notices is either one that nothing reads (they are counted), or one of a short list,
 * or a hole. docs/circuit.md says why those of the list are harmless. */
#include "circuit/audit_test.h"

#define SWEPT_PERIODS 8 /* 40 slots, of all kinds */

static struct arena home, scratch;
static struct block_circuit circuit;
static struct audit audit;
static struct world world;

/* Unnoticed cells by gadget and column. */
struct tally {
    char path[160];
    unsigned col;
    uint32_t count;
};
static struct tally tallies[2048];
static unsigned n_tallies;

static void tally_add(const char *path, unsigned col)
{
    for (unsigned i = 0; i < n_tallies; i++) {
        if (tallies[i].col != col || strcmp(tallies[i].path, path) != 0) continue;
        tallies[i].count++;
        return;
    }
    CHECK(n_tallies < ZK_COUNT(tallies));
    struct tally *t = &tallies[n_tallies++];
    (void)snprintf(t->path, sizeof t->path, "%s", path);
    t->col = col;
    t->count = 1;
}

/* The cells that are read and yet free, each period or slot: bits that nothing uses, hints of is_zero gates whose input
 * is 0 (the hint is then multiplied by 0, and the answer is 1 whatever it is), and one of a condition that is off. */
static const struct {
    const char *path;
    unsigned col;
} harmless[] = {
    {"circuit/head/carry", 1},    /* spare bits beside `open` */
    {"circuit/head/carry", 2},    /**/
    {"circuit/head/carry", 3},    /**/
    {"circuit/head/carry", 4},    /**/
    {"circuit/slot/accounts", 2}, /* 1 / (owner - own account), where they are equal */
    {"circuit/slot/changes", 3},  /* 1 / (account - submitter), where they are equal */
    {"circuit/slot/requests", 3}, /* 1 / (address - published address), where they are equal */
    {"circuit/slot/swap", 5},     /* 1 / the product of differences, in slots without an order */
};

static bool is_harmless(const struct tally *t)
{
    for (unsigned i = 0; i < ZK_COUNT(harmless); i++)
        if (harmless[i].col == t->col && strcmp(harmless[i].path, t->path) == 0) return true;
    return false;
}

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

/* Does some constraint or lookup that is on in the row, or in the one before, depend on the cell at all? Found out with
 * random values in all cells around it: a polynomial that does not change there does not have the cell. */
static bool is_read(struct witness *w, uint32_t row, unsigned col, struct prng *rng)
{
    static fr before[PLONK_CONSTRAINTS + PLONK_LOOKUPS_MAX * PLONK_TUPLE_MAX];
    const struct cs *cs = &circuit.cs;
    const uint32_t n = 1u << w->log_n;
    fr kept[3][PLONK_ADVICE];
    bool read = false;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < PLONK_ADVICE; j++) {
            fr *cell = &w->advice[j][(row + n - 1 + i) & (n - 1)];
            kept[i][j] = *cell;
            fr_random(cell, rng);
        }
    for (unsigned i = 0; i < 2 && !read; i++) {
        const uint32_t at = (row + n - 1 + i) & (n - 1);
        for (unsigned pass = 0; pass < 2; pass++) {
            size_t k = 0;
            if (pass == 1) fr_random(&w->advice[col][row], rng);
            audit_evaluate(&audit, w, at);
            for (uint32_t c = 0; c < cs->n_constraints; c++) {
                if (!audit_gate_on(cs, &cs->gates[cs->constraints[c].gate], at, n)) continue;
                const fr v = audit.value[cs->constraints[c].e.id];
                if (pass == 1 && !fr_eq(&before[k], &v)) read = true;
                before[k++] = v;
            }
            for (uint32_t l = 0; l < cs->n_lookups; l++) {
                for (uint32_t t = 0; t < cs->table_width && cs_is_on(cs, at & (cs->period - 1), cs->lookups[l].bit);
                     t++) {
                    const fr v = audit.value[cs->lookups[l].tuple[t].id];
                    if (pass == 1 && !fr_eq(&before[k], &v)) read = true;
                    before[k++] = v;
                }
            }
        }
    }
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < PLONK_ADVICE; j++) w->advice[j][(row + n - 1 + i) & (n - 1)] = kept[i][j];
    return read;
}

/* Does a constraint notice each of several wrong values in a cell that no other must equal? */
static bool noticed(const struct witness *w, struct audit_report *r, uint32_t row, unsigned col)
{
    const uint32_t n = 1u << w->log_n;
    fr *cell = &w->advice[col][row];
    const fr kept = *cell;
    const fr wrong[3] = {fr_u64(1), fr_i64(-1), fr_pow2(200)};
    bool all = true;
    for (unsigned k = 0; k < ZK_COUNT(wrong) && all; k++) {
        fr_add(cell, &kept, &wrong[k]);
        r->n = 0;
        audit_row(&audit, r, w, row);
        if (r->n == 0) audit_row(&audit, r, w, (row + n - 1) & (n - 1));
        all = r->n != 0;
        *cell = kept;
    }
    return all;
}

/* A witness of three periods in which the constraints of every period but the swept ones are not looked at. */
static void test_every_cell__is_pinned_or_unread(struct prng *rng)
{
    static struct block_hints hints;
    static struct audit_report report;
    struct witness w;
    CHECK_OK(arena_map(&home, (size_t)256 << 20));
    CHECK_OK(arena_map(&scratch, (size_t)1 << 30));
    CHECK_OK(block_circuit_init(&circuit, &home));
    audit_init(&audit, &circuit, &home);
    CHECK_OK(block_hints_make(&hints, everything(), NULL, &scratch));
    CHECK_OK(block_witness_make(&w, &circuit, &hints, NULL, &scratch));
    const struct cs *cs = &circuit.cs;
    uint32_t swept = 0;
    uint32_t unread = 0;
    uint32_t unnoticed = 0;
    for (uint32_t row = 0; row < SWEPT_PERIODS * cs->period; row++) {
        const uint32_t at = row & (cs->period - 1);
        for (unsigned col = 0; col < PLONK_ADVICE; col++, swept++) {
            if (audit_is_copied(cs, at, col) || noticed(&w, &report, row, col)) continue;
            if (!is_read(&w, row, col, rng)) {
                unread++;
                continue;
            }
            char path[160];
            check_cell_path(path, sizeof path, cs, at, col);
            tally_add(path, col);
            unnoticed++;
        }
    }
    printf("  %u cells; %u are not read by any constraint; %u are read, and may have other values\n", swept, unread,
           unnoticed);
    for (unsigned i = 0; i < n_tallies; i++) {
        printf("    %-50s column %u: %u\n", tallies[i].path, tallies[i].col, tallies[i].count);
        CHECK_MSG(is_harmless(&tallies[i]), "cells that no constraint notices");
    }
    CHECK_EQ_U64(ZK_COUNT(harmless), n_tallies);
    CHECK_EQ_U64(41760, unread); /* a constraint that is lost frees cells */
    world_destroy(&world);
}

TEST_MAIN(TEST(test_every_cell__is_pinned_or_unread))
