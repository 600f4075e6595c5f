/* zkroll audit: what this program's circuit would let pass. */
#include "base/pool.h"
#include "circuit/audit.h"
#include "circuit/world.h"
#include "cli/cli.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOME_BYTES    ((size_t)256 << 20)
#define SCRATCH_BYTES ((size_t)1 << 30)

static const struct argp_option options[] = {
    {"slots", 'n', "N", 0, "sweep the first N slots of the block, in steps of five (all 40)", 0},
    {"seed", 's', "SEED", 0, "seed of the random values that tell which cells are read (1)", 0},
    {"quiet", 'q', NULL, 0, "no progress", 0},
    {0},
};

struct arguments {
    const char *what;
    unsigned slots;
    uint64_t seed;
    bool quiet;
};

static uint64_t parse_number(struct argp_state *state, const char *text)
{
    char *end;
    unsigned long long x = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0') argp_error(state, "'%s' is not a number", text);
    return x;
}

static error_t parse_option(int opt, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (opt) {
    case 'n': {
        const uint64_t n = parse_number(state, arg);
        if (n == 0 || n > block_capacities[0]) argp_error(state, "the block has %u slots", block_capacities[0]);
        a->slots = (unsigned)n;
        return 0;
    }
    case 's': a->seed = parse_number(state, arg); return 0;
    case 'q': a->quiet = true; return 0;
    case ARGP_KEY_ARG:
        if (a->what != NULL) return ARGP_ERR_UNKNOWN;
        a->what = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->what == NULL || strcmp(a->what, "circuit") != 0) argp_error(state, "audit what? There is: circuit");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse_option,
    "circuit",
    "Changes every cell of a satisfied block with slots of every kind, one at a time, to several wrong values, and "
    "lists those "
    "that no constraint notices.\v"
    "Cells that nothing reads are only counted. Of the others each must have a reason; one without is a hole in the "
    "circuit, and the command then fails.",
    NULL,
    NULL,
    NULL};

struct job {
    struct world world;
    struct arena home, scratch;
    struct block_circuit circuit;
    struct block_hints hints;
    struct witness witness;
    struct audit audit;
    struct audit_sweep sweep;
    struct pool *pool;
};

/* The block, its witness, and the check that nothing is wrong with it yet. */
static zk_err make_witness(struct job *j)
{
    char text[2304];
    bool ok;
    ZK_TRY(arena_map(&j->home, HOME_BYTES));
    ZK_TRY(arena_map(&j->scratch, SCRATCH_BYTES));
    ZK_TRY(pool_create(&j->pool, 0));
    ZK_TRY(block_circuit_init(&j->circuit, &j->home));
    world_create(&j->world, block_capacities[0]);
    world_everything(&j->world);
    ZK_TRY(block_hints_make(&j->hints, world_seal(&j->world), j->pool, &j->home));
    ZK_TRY(block_witness_make(&j->witness, &j->circuit, &j->hints, j->pool, &j->home));
    ZK_TRY(block_witness_check(&ok, text, &j->circuit, &j->witness, j->pool, &j->scratch));
    return ok ? ZK_OK : zk_fail(ZK_ERR_CORRUPT, "the block that was to be altered is wrong already: %s", text);
}

static void show_progress(void *ctx, uint32_t done, uint32_t rows)
{
    (void)ctx;
    (void)fprintf(stderr, "\rrow %u of %u%s", done, rows, done == rows ? "\n" : "");
    (void)fflush(stderr);
}

/* Returns how many kinds of cells nobody has explained. */
static unsigned report(const struct audit_sweep *s)
{
    unsigned holes = 0;
    printf("%u cells: %u are read by no constraint that is on, %u are read and may have other values\n", s->cells,
           s->unread, s->unnoticed);
    for (unsigned i = 0; i < s->n_tallies; i++) {
        const struct audit_tally *t = &s->tallies[i];
        const char *why = audit_explained(t);
        holes += why == NULL;
        printf("%-28s column %u %6u   %s\n", t->path, t->col, t->count, why != NULL ? why : "NO REASON KNOWN");
    }
    printf(holes == 0 ? "no hole found\n" : "%u may be holes\n", holes);
    return holes;
}

int cmd_audit(int argc, char **argv)
{
    static struct job job;
    struct arguments a = {.slots = block_capacities[0], .seed = 1};
    if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0) return CLI_MISUSED;
    zk_err err = make_witness(&job);
    if (err != ZK_OK) {
        (void)fprintf(stderr, "%s: %s\n", argv[0], zk_err_message());
        return CLI_FAILED;
    }
    struct prng rng;
    prng_seed(&rng, a.seed);
    audit_init(&job.audit, &job.circuit, &job.home);
    const uint32_t periods = (a.slots + SLOTS_PER_PERIOD - 1) / SLOTS_PER_PERIOD;
    const bool quiet = a.quiet || isatty(STDERR_FILENO) == 0;
    audit_sweep(&job.sweep, &job.audit, &job.witness, periods * job.circuit.cs.period, &rng,
                quiet ? NULL : show_progress, NULL);
    world_destroy(&job.world);
    pool_destroy(job.pool);
    return report(&job.sweep) == 0 ? CLI_DONE : CLI_FAILED;
}
