/* mnemonic: Ethereum keys from a sentence of 12 to 24 English words, as wallets back them up: BIP-39 gives a seed,
 * BIP-32 a tree of keys, BIP-44 an account's place in it: m/44'/60'/0'/0/index.
 *
 * Form      words in any case of letters, separated by white space; the last one holds a checksum. Passphrase:
 *           printable ASCII (others would need Unicode normalization to be the same everywhere), or "".
 * Secrets   everything derived is wiped; no message holds a word that is in the list.
 * Timing    constant time from the seed on; reading the words is not.
 * Failure   ZK_ERR_INPUT with what is wrong: the number of words, which word is not in the list, the checksum.
 * Source    BIP-39, BIP-32, BIP-44. */
#ifndef ZK_ETHEREUM_MNEMONIC_H
#define ZK_ETHEREUM_MNEMONIC_H

#include "ethereum/eth_key.h"

#define MNEMONIC_WORDS_MAX 24
#define MNEMONIC_SEED      64

/* The seed of a sentence. */
ZK_MUST_USE zk_err mnemonic_seed(uint8_t seed[MNEMONIC_SEED], const char *words, const char *passphrase);

/* The key m/44'/60'/0'/0/index; index < 2^31. */
ZK_MUST_USE zk_err mnemonic_key(struct eth_key *out, const char *words, const char *passphrase, uint32_t index);

#endif
