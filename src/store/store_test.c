/* The store on both databases: random life of a small rollup, compared with the state in memory. */
#include "store/databases_test.h"
#include "store/world_test.h"

static void run_blocks(struct world *w, struct prng *rng, unsigned n)
{
    for (unsigned b = 0; b < n; b++) {
        for (unsigned i = 0; i < 3; i++) {
            w_activity(w, rng, 6);
            w_tick(w, 40);
            w_check_state(w, &w->current, STORE_COMMITTED);
        }
        w_seal(w);
    }
}

DB_TEST(test_state__is_that_in_memory)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    w_check_state(w, &w->current, STORE_COMMITTED);
    run_blocks(w, rng, 4);
    w_check_state(w, &w->current, STORE_COMMITTED);
    w_destroy(w);
}

TEST_MAIN(TEST(test_state__is_that_in_memory))
