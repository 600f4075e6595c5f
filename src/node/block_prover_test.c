#include "node/block_prover.h"

#include "base/test.h"
#include "circuit/block_circuit.h"
#include "circuit/block_keys.h"
#include "node/config.h"

/* Peaks that were measured (docs/performance.md): an estimate below them would take a job that does not fit. */
static const size_t measured_mb[BLOCK_KEYS] = {230, 570, 1700, 6000};

static void test_memory__is_estimated_for_every_capacity(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    config_defaults(&c);
    for (unsigned id = 0; id < BLOCK_KEYS; id++) {
        const size_t bytes = block_prover_memory(block_capacities[id]);
        CHECK_EQ_U64((UINT64_C(2048) << block_circuit_log_n(block_capacities[id])) + (UINT64_C(128) << 20), bytes);
        CHECK_MSG(bytes >= measured_mb[id] * 1000000, "%u slots: %zu bytes", block_capacities[id], bytes);
        CHECK_MSG(bytes <= c.prover.memory_max, "%u slots: %zu bytes", block_capacities[id], bytes);
        CHECK(id == 0 || bytes > block_prover_memory(block_capacities[id - 1]));
    }
}

TEST_MAIN(TEST(test_memory__is_estimated_for_every_capacity))
