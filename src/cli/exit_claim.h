/* exit_claim: what an owner can claim of a state in exodus, and the Merkle paths that show it. Pure.
 *
 * A claim is one leaf: a balance of an account, or an NFT. Several accounts may have the owner's address; each has its
 * own. Ownership  claims own memory; exit_claims_free ends it. */
#ifndef ZK_CLI_EXIT_CLAIM_H
#define ZK_CLI_EXIT_CLAIM_H

#include "ethereum/zkroll_contract.h"
#include "rollup/state.h"

struct exit_claim {
    uint32_t account_id;
    uint32_t token_id; /* fungible or NFT */
    u128 amount;       /* 1 of an NFT */
};

struct exit_claims {
    struct exit_claim *items; /* by account and token; NFTs after balances */
    size_t n, cap;
};

/* All that accounts with this address have; token_id UINT32_MAX: of every token. ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err exit_claims_find(struct exit_claims *out, const struct state *s, const eth_address *owner,
                                    uint32_t token_id);
void exit_claims_free(struct exit_claims *c);

/* The contract's form of a claim, with its path; e->path points into path. */
void exit_claim_prove(struct zkroll_exit *e, uint8_t path[ZKROLL_PATH_NFT][32], const struct state *s,
                      const struct exit_claim *c);

/* About what it takes to perform one: 475,000 and 755,000 measured (docs/contracts.md), and some to spare. */
uint64_t exit_claim_gas(const struct exit_claim *c);

#endif
