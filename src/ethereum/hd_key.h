/* hd_key: Ethereum keys from a mnemonic, at the path m/44'/60'/0'/0/INDEX that wallets use.
 *
 * Words     taken as they are, ASCII only, single spaces between them; whether they are of a word list, and their
 *           checksum, is not looked at: development chains have mnemonics that have none.
 * Secrets   everything in between is wiped; the caller ends the key with eth_key_wipe.
 * Source    BIP-39 (seed), BIP-32 (derivation), BIP-44 (path). */
#ifndef ZK_ETHEREUM_HD_KEY_H
#define ZK_ETHEREUM_HD_KEY_H

#include "ethereum/eth_key.h"

#define HD_MNEMONIC_MAX 512 /* bytes */

/* index < 2^31. ZK_ERR_INPUT for a mnemonic that is none. Takes a millisecond: 2,048 rounds of HMAC-SHA512. */
ZK_MUST_USE zk_err hd_key(struct eth_key *out, const char *mnemonic, uint32_t index);

#endif
