#include "node/refusals.h"

#include <stdio.h>
#include <string.h>

/* Reasons that another block would meet just the same, or that the contract's counts explain. */
static bool is_about_blocks(const char *reason)
{
    static const char *const others[] = {"NotValidator(",    "InExodus(",    "OutOfOrder(",      "NotReady(",
                                         "UnknownKey(",      "NotOwner(",    "NotLastExecuted(", "Reentered(",
                                         "UnknownFunction(", "WrongStatus(", "NotEnoughGas(",    "ProofRejected("};
    for (size_t i = 0; i < ZK_COUNT(others); i++)
        if (strncmp(reason, others[i], strlen(others[i])) == 0) return false;
    return true;
}

refusal_advice refusals_add(struct refusals *r, const char *reason, uint32_t first, uint32_t n)
{
    bool same = r->in_a_row > 0 && r->first == first && strncmp(r->reason, reason, sizeof r->reason - 1) == 0;
    r->in_a_row = same ? r->in_a_row + 1 : 1;
    r->first = first;
    (void)snprintf(r->reason, sizeof r->reason, "%s", reason);
    if (r->in_a_row < REFUSALS_ALARM) return REFUSAL_RETRY;
    bool ripe = r->in_a_row % REFUSALS_UNWIND == 0; /* again after a while, should the first time be without effect */
    return ripe && n == 1 && is_about_blocks(reason) ? REFUSAL_UNWIND : REFUSAL_ALARM;
}

void refusals_clear(struct refusals *r)
{
    *r = (struct refusals){0};
}

uint64_t refusals_blocks_max(const struct refusals *r, uint64_t max)
{
    return r->in_a_row >= REFUSALS_ALONE ? 1 : max;
}

uint32_t refusals_smaller(uint32_t entries, uint32_t limit)
{
    return (limit != 0 && limit < entries ? limit : entries) / 2;
}
