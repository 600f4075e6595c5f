/* wallet_file: where a wallet's one secret is: an Ethereum keystore (version 3), the format that other wallets read and
 * write too. The L2 key follows from it (signer.h) and is stored nowhere.
 *
 * Default    $HOME/.zkroll/wallet.json, in a folder that only its owner may enter.
 * Secrets    wallet_file_open reads the password itself and wipes it; the caller wipes the key. */
#ifndef ZK_CLI_WALLET_FILE_H
#define ZK_CLI_WALLET_FILE_H

#include "base/file.h"
#include "cli/args.h"
#include "ethereum/eth_key.h"

/* The path of --wallet, $ZKROLL_WALLET, or the default. */
ZK_MUST_USE zk_err wallet_file_path(char out[FILE_PATH_MAX], const struct args *a);

/* The address without the password: what the file says of itself. */
ZK_MUST_USE zk_err wallet_file_address(uint8_t address[20], const struct args *a);

/* Asks for the password and opens it. */
ZK_MUST_USE zk_err wallet_file_open(struct eth_key *key, const struct args *a);

/* Encrypts under a new password, which it asks for. Refuses to replace a file unless --force is given. */
ZK_MUST_USE zk_err wallet_file_create(const struct args *a, const struct eth_key *key);

#endif
