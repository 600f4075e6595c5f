/* devnet_chain: the L1 of a development network: anvil with the contracts, two tokens, and accounts that are rich.
 *
 *   DIR/l1/state.json       anvil's state              DIR/l1/anvil.log     its words
 *   DIR/l1/addresses.json   the contracts (deploy.h)   DIR/l1/operator.key  the operator's key
 *   DIR/devnet.json         mnemonic and tokens; written last: without it the rest is of no value, and made anew
 *
 * Accounts   all of one mnemonic. 0 .. 9 are rich and nobody's: for people and tests. The network's own are far from
 *            them (DEVNET_OPERATOR and so on), since the operator's nonces must be its own. */
#ifndef ZK_CLI_DEVNET_CHAIN_H
#define ZK_CLI_DEVNET_CHAIN_H

#include "base/file.h"
#include "cli/anvil.h"
#include "cli/chain_call.h"
#include "ethereum/mnemonic.h"

#define DEVNET_MNEMONIC "test test test test test test test test test test test junk"

enum { DEVNET_RICH = 10, DEVNET_TOKENS = 2, DEVNET_USERS_MAX = 32 };

/* Indices of the mnemonic. */
enum { DEVNET_OPERATOR = 100, DEVNET_GOVERNOR = 101, DEVNET_FEE_ACCOUNT = 102, DEVNET_USERS = 1000 };

struct devnet_token {
    const char *name, *symbol;
    uint8_t decimals;
    uint64_t plenty; /* whole tokens that each rich account gets */
    uint8_t address[20];
};

struct devnet_chain {
    struct anvil anvil;
    struct chain l1;
    const char *mnemonic;
    struct eth_key operator_key, governor;
    struct eth_key rich[DEVNET_RICH];
    uint8_t main[20], governance[20];
    struct devnet_token tokens[DEVNET_TOKENS]; /* listed, in this order: ids 1, 2 */
    char addresses_file[FILE_PATH_MAX];
    char key_file[FILE_PATH_MAX];
};

struct devnet_chain_options {
    const char *dir;
    const char *mnemonic;
    uint16_t port;
    uint64_t block_time_ms;
    bool reset; /* throw away what is there */
};

/* Starts the chain, or goes on with the one that is there. Talk on stderr. */
ZK_MUST_USE zk_err devnet_chain_start(struct devnet_chain *c, const struct devnet_chain_options *options);

/* Harmless on a zeroed struct. */
void devnet_chain_stop(struct devnet_chain *c);

/* Makes an address have this much ETH. */
ZK_MUST_USE zk_err devnet_give_eth(const struct devnet_chain *c, const uint8_t to[20], uint64_t ether);

/* From the token's faucet; amount in base units; key pays the gas. */
ZK_MUST_USE zk_err devnet_give_token(const struct devnet_chain *c, const struct devnet_token *token,
                                     const struct eth_key *key, const uint8_t to[20], u128 amount);

/* dir/name. */
ZK_MUST_USE zk_err devnet_path(char out[FILE_PATH_MAX], const char *dir, const char *name);

#endif
